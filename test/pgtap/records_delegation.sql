-- delegate_sign_off(), withdraw_delegation(), signatures in somebody's place, and the archive step, which judges
-- nothing: who may sign it, and what it does not hold up.
BEGIN;
SELECT no_plan();
\ir calibration.psql
SELECT pg_temp.make_cycle('y', '{"enforcement": "off", "sign_off": [{"signer": "unit_head", "act": "submit", "label": "Head", "delegable": true},
  {"signer": "hr", "act": "check", "label": "HR"}, {"signer": "executive", "act": "approve", "label": "Chief", "delegable": true},
  {"signer": "hr", "act": "archive", "label": "Files", "delegable": true}]}') AS done \gset
CREATE FUNCTION pg_temp.signatures(of_cycle text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(concat_ws(' ', u.code, s.step, n.code, 'for ' || f.code), ', ' ORDER BY s.sign_off_id)
  FROM appraisal.sign_off AS s JOIN appraisal.cycle AS c USING (cycle_id) LEFT JOIN appraisal.unit AS u USING (unit_id)
  JOIN appraisal.person AS n ON n.person_id = s.signed_by LEFT JOIN appraisal.person AS f ON f.person_id = s.delegated_for
  WHERE c.code = of_cycle AND s.withdrawn_at IS NULL $$;

SELECT is((SELECT string_agg(r.delegable::text, ' ' ORDER BY r.step) FROM appraisal.sign_off_rule AS r JOIN appraisal.cycle AS c USING (scheme_id) WHERE c.code = 'y'),
  'true false true true', 'a step is not delegated unless the scheme says so');
SELECT is(appraisal.scheme_document('y') -> 'sign_off' -> 0, '{"signer": "unit_head", "act": "submit", "label": "Head", "delegable": true}', 'which its document says');
SELECT is(appraisal.scheme_document('y') -> 'sign_off' -> 1, '{"signer": "hr", "act": "check", "label": "HR"}', 'or leaves out');
SELECT is_empty('SELECT FROM appraisal.scheme_library() AS l, jsonb_path_query(l.document, ''$.sign_off[*].delegable'')', 'no scheme of the library has it: their rules say nothing of it');

-- what is refused
SELECT is(pg_temp.as_login(login, statement), told, login || ' ' || statement) FROM (VALUES
  ('regress_ha', $$CALL appraisal.delegate_sign_off('y', 9, 'a01', 'leave', 'a')$$, 'AP004 | the chain of cycle "y" has no step 9 | Steps: 1 "Head", 2 "HR", 3 "Chief", 4 "Files". | Give one of these.'),
  ('regress_ha', $$CALL appraisal.delegate_sign_off('y', NULL, 'a01', 'leave', 'a')$$, 'AP004 | the chain of cycle "y" has no step null | Steps: 1 "Head", 2 "HR", 3 "Chief", 4 "Files". | Give one of these.'),
  ('regress_h1', $$CALL appraisal.delegate_sign_off('y', 2, 'a01', 'leave')$$, 'AP005 | step 2 of cycle "y" cannot be delegated | The scheme wants "HR" to sign. | A version of the scheme whose step is delegable lets later cycles do so.'),
  ('regress_hb', $$CALL appraisal.delegate_sign_off('y', 1, 'a01', 'leave', 'a')$$, 'AP003 | step 1 of unit "a" in cycle "y" is not yours to sign | It is signed by the head of the unit, "Head". | Ask that one to CALL appraisal.sign_off().'),
  ('regress_a01', $$CALL appraisal.delegate_sign_off('y', 1, 'a02', 'leave', 'a')$$, 'AP003 | step 1 of unit "a" in cycle "y" is not yours to sign | It is signed by the head of the unit, "Head". | Ask that one to CALL appraisal.sign_off().'),
  ('regress_ha', $$CALL appraisal.delegate_sign_off('y', 1, 'a01', 'leave')$$, 'AP003 | step 1 of cycle "y" is not yours to sign | It is signed by the head of the unit, "Head". | That step is signed unit by unit: sign_off(cycle, unit).'),
  ('regress_h1', $$CALL appraisal.delegate_sign_off('y', 3, 'a01', 'leave')$$, 'AP003 | step 3 of cycle "y" is not yours to sign | It is signed by an executive, "Chief". | Ask that one to CALL appraisal.sign_off().'),
  ('regress_ha', $$CALL appraisal.delegate_sign_off('y', 1, 'a01', ' ', 'a')$$, 'AP005 | delegating step 1 of unit "a" in cycle "y" needs a reason | Give the argument reason.'),
  ('regress_ha', $$CALL appraisal.delegate_sign_off('y', 1, 'ha', 'leave', 'a')$$, 'AP005 | nobody delegates to oneself | It is step 1 of unit "a" in cycle "y". | Name somebody else in to_person.'),
  ('regress_ha', $$CALL appraisal.delegate_sign_off('y', 1, 'nobody', 'leave', 'a')$$, 'AP004 | there is no person "nobody" | Add the person with CALL appraisal.add_person(), or ask who may see this one.'),
  ('regress_a01', $$CALL appraisal.delegate_sign_off('y', 1, 'nobody', 'leave', 'a')$$, 'AP003 | step 1 of unit "a" in cycle "y" is not yours to sign | It is signed by the head of the unit, "Head". | Ask that one to CALL appraisal.sign_off().'),
  ('regress_ha', $$CALL appraisal.delegate_sign_off('no', 1, 'a01', 'leave', 'a')$$, 'AP004 | there is no cycle "no" | Open it with CALL appraisal.open_cycle().'),
  ('regress_ha', $$CALL appraisal.delegate_sign_off('y', 1, 'a01', 'leave', 'no')$$, 'AP004 | there is no unit "no" | Add it with CALL appraisal.add_unit().'),
  ('regress_ha', $$SELECT appraisal.write_delegation(-1, 1, 1, 'a01', 'x')$$, 'AP004 | there is no cycle with cycle_id -1'),
  ('regress_hr', $$CALL appraisal.delegate_sign_off('y', 4, 'a01', 'leave')$$, 'AP003 | signatures are delegated by people, and this login is nobody in particular | A service sets appraisal.actor to the person it acts for.'),
  ('regress_app', $$CALL appraisal.withdraw_delegation('y', 1, 'a')$$, 'AP003 | signatures are delegated by people, and this login is nobody in particular | A service sets appraisal.actor to the person it acts for.'),
  ('regress_z', $$CALL appraisal.delegate_sign_off('y', 1, 'a01', 'leave', 'a')$$, '42501 | permission denied for function write_delegation'),
  ('regress_z', $$CALL appraisal.withdraw_delegation('y', 1, 'a')$$, '42501 | permission denied for function write_delegation_withdrawal'),
  ('regress_ha', $$CALL appraisal.withdraw_delegation('y', 1, 'a')$$, 'AP001 | nothing is delegated at step 1 of unit "a" in cycle "y" | SELECT * FROM appraisal.delegation shows what you delegated; give its step and unit.')) AS v (login, statement, told);
SELECT is((SELECT count(*) FROM appraisal.delegation), 0::bigint, 'and nothing is written');

-- a head's, to an employee of the unit: whom the head does not see can be named, too
SELECT matches(pg_temp.as_login('regress_ha', $$CALL appraisal.delegate_sign_off('y', 1, 'h2', 'on leave', 'a')$$), '^\d+$', 'a head delegates to whom one does not see');
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.delegate_sign_off('y', 1, 'a01', 'on leave', 'a')$$),
  'AP005 | you have delegated step 1 of unit "a" in cycle "y" already | To person "h2". | CALL appraisal.withdraw_delegation() first.', 'to one at a time');
SELECT matches(pg_temp.as_login('regress_ha', $$CALL appraisal.withdraw_delegation('y', 1, 'a')$$), '^\d+$', 'takes it back');
SELECT matches(pg_temp.as_login('regress_h2', $$CALL appraisal.sign_off('y', 'a')$$), '^AP003 . step 1 of unit "a" in cycle "y" is not yours to sign', 'so that one does not sign');
SELECT matches(pg_temp.as_login('regress_ha', $$CALL appraisal.delegate_sign_off('y', 1, 'a01', 'on leave', 'a')$$), '^\d+$', 'and gives it to another');
SELECT is(pg_temp.as_login('regress_a01', $$CALL appraisal.delegate_sign_off('y', 1, 'a02', 'me too', 'a')$$),
  'AP003 | step 1 of unit "a" in cycle "y" was delegated to you, and is not delegated again | Sign it, or ask who delegated it to CALL appraisal.withdraw_delegation().', 'no delegation of a delegation');
SELECT is(pg_temp.as_login('regress_hb', $$CALL appraisal.withdraw_delegation('y', 1, 'a', 'ha')$$),
  'AP003 | HR alone withdraws what others delegated | Ask HR, or who delegated, to CALL appraisal.withdraw_delegation().', 'another does not withdraw it');
SELECT is(pg_temp.as_login('regress_a01', $$CALL appraisal.sign_off('y', 'b')$$),
  'AP003 | step 1 of unit "b" in cycle "y" is not yours to sign | It is signed by the head of the unit, "Head". | Ask that one to CALL appraisal.sign_off().', 'it is for that unit');
SELECT is(pg_temp.as_login('regress_a01', 'SELECT count(*) FROM appraisal.result'), '0', 'and gives no sight of results');
SELECT is(pg_temp.as_login('regress_a01', $$CALL appraisal.sign_off('y', 'a')$$), '1', 'the delegate signs');
SELECT is(pg_temp.signatures('y'), 'a 1 a01 for ha', 'for whom is kept');
SELECT matches(pg_temp.as_login('regress_ha', $$CALL appraisal.withdraw_delegation('y', 1, 'a')$$), '^\d+$', 'taken back after');
SELECT is(pg_temp.signatures('y'), 'a 1 a01 for ha', 'what is signed stays');

-- who sees it
SELECT is(pg_temp.as_login(login, 'SELECT string_agg(d.to_person::text, '' '') FROM appraisal.delegation AS d') IS NOT NULL, seen, login || ' sees delegations')
FROM (VALUES ('regress_h1', true), ('regress_c', true), ('regress_z', true), ('regress_ha', true), ('regress_a01', true), ('regress_h2', true), ('regress_hl', false)) AS v (login, seen);
SELECT is(pg_temp.as_login(login, 'SELECT count(*) FROM appraisal.sign_off'), seen, login || ' sees the signature') FROM (VALUES ('regress_ha', '1'), ('regress_a01', '1'), ('regress_hl', '0')) AS v (login, seen);

-- one is not in two steps, by oneself or by others
SELECT is(pg_temp.as_login('regress_hb', $$CALL appraisal.sign_off('y', 'b')$$), '1', 'the head of b, who is an executive');
SELECT is(pg_temp.as_login('regress_c', $$CALL appraisal.sign_off('y', 'lone')$$),
  'AP003 | step 1 of unit "lone" in cycle "y" is not yours to sign | It is signed by the head of the unit, "Head". | Ask that one to CALL appraisal.sign_off().', 'lone has a head');
SELECT matches(pg_temp.as_login('regress_hl', $$CALL appraisal.delegate_sign_off('y', 1, 'a01', 'own', 'lone')$$), '^\d+$', 'who delegates');
SELECT is(pg_temp.as_login('regress_a01', $$CALL appraisal.sign_off('y', 'lone')$$),
  'AP003 | nobody signs off for oneself alone, and nobody else in unit "lone" in cycle "y" is left for step 1 | The superior signs for a unit above.', 'but has nobody sign for the own result');
SELECT is(pg_temp.as_login('regress_c', $$CALL appraisal.sign_off('y', 'firm')$$), '1', 'the superior does');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.sign_off('y')$$), '2', 'HR checks');
SELECT matches(pg_temp.as_login('regress_hb', $$CALL appraisal.delegate_sign_off('y', 3, 'h2', 'signed already', 'b')$$), '^\d+$', 'an executive who was the head');
SELECT is(pg_temp.as_login('regress_h2', $$CALL appraisal.sign_off('y', 'b')$$),
  'AP003 | you, or who delegated to you, signed another step for people of unit "b" in cycle "y" | Step 3 is signed by somebody else, "Chief". | Ask that one to CALL appraisal.sign_off().', 'does not sign a second step by somebody else');
SELECT matches(pg_temp.as_login('regress_c2', $$CALL appraisal.delegate_sign_off('y', 3, 'h1', 'travel')$$), '^\d+$', 'one who is in no step, to who checked');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.sign_off('y')$$),
  'AP003 | you, or who delegated to you, signed another step for people of cycle "y" | Step 3 is signed by somebody else, "Chief". | Ask that one to CALL appraisal.sign_off().', 'who does not sign a second step for somebody else');
SELECT matches(pg_temp.as_login('regress_h2', $$CALL appraisal.withdraw_delegation('y', 3, from_person => 'c2')$$), '^\d+$', 'HR takes it back');
SELECT matches(pg_temp.as_login('regress_c2', $$CALL appraisal.delegate_sign_off('y', 3, 'a09', 'travel')$$), '^\d+$', 'to one who takes part');
SELECT is(pg_temp.as_login('regress_a09', $$CALL appraisal.sign_off('y', 'a')$$), '3', 'signs for a department: what is delegated for the cycle is for its units');
SELECT is(pg_temp.as_login('regress_a09', $$CALL appraisal.sign_off('y', 'a')$$),
  'AP003 | nobody signs off for oneself alone, and nobody else in unit "a" in cycle "y" is left for step 3 | Another one of HR or of the executives signs.', 'not for oneself');
SELECT is(pg_temp.as_login('regress_a09', $$CALL appraisal.sign_off('y')$$), '3', 'but for the others');
SELECT is(pg_temp.as_login('regress_h2', $$CALL appraisal.sign_off('y')$$), '3', 'the own result is left to one of HR');
SELECT is(pg_temp.signatures('y'), 'a 1 a01 for ha, b 1 hb, firm 1 c, 2 h1, a 3 a09 for c2, 3 a09 for c2, 3 h2', 'all judgements');

-- archived by who checked
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.publish('y')$$),
  'AP001 | the results of cycle "y" are not signed off | Results that want a signature: 21. The first is step 4, "Files", in unit "a". | CALL appraisal.sign_off(''y'').', 'not without the files');
SELECT is(pg_temp.as_login('regress_c', $$CALL appraisal.sign_off('y')$$), 'AP003 | step 4 of cycle "y" is not yours to sign | It is signed by HR, "Files". | Ask that one to CALL appraisal.sign_off().', 'which are not everybody''s');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.sign_off('y', 'lone')$$), '4', 'who checked archives');
SELECT is(pg_temp.as_login('regress_a09', $$CALL appraisal.sign_off('y', 'a')$$), '4', 'and so may who approved, as somebody''s delegate, the own result, too: nothing is judged');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.delegate_sign_off('y', 4, 'a01', 'the clerk')$$) ~ '^\d+$', true, 'that is delegated like any step');
SELECT is(pg_temp.as_login('regress_a01', $$CALL appraisal.sign_off('y')$$), '4', 'to one who signed, even');
SELECT is((SELECT count(*) FROM appraisal.cycle AS c, appraisal.wanted_signatures(c.cycle_id) WHERE c.code = 'y'), 0::bigint, 'everything is signed');

-- kept as it is
SELECT throws_ok(statement, 'AP007', told, statement) FROM (VALUES
  ('UPDATE appraisal.delegation SET reason = ''x''', 'a delegation is withdrawn, once, and else never changes'),
  ('UPDATE appraisal.delegation SET withdrawn_at = NULL', 'a delegation is withdrawn, once, and else never changes'),
  ('UPDATE appraisal.delegation SET withdrawn_at = now(), to_person = 1 WHERE withdrawn_at IS NULL', 'a delegation is withdrawn, once, and else never changes'),
  ('DELETE FROM appraisal.delegation', 'delegation is only added to'), ('TRUNCATE appraisal.delegation', 'delegation is only added to'),
  ('UPDATE appraisal.sign_off SET delegated_for = 1, withdrawn_at = now(), withdrawn_because = ''x'' WHERE delegated_for IS NULL', 'a signature is withdrawn, once, and else never changes')) AS v (statement, told);
SELECT is(pg_temp.as_login(login, statement), '42501 | permission denied for table delegation', login || ': ' || statement)
FROM unnest('{regress_h1,regress_c,regress_ha,regress_a01,regress_z,regress_app}'::text[]) AS login,
     unnest(ARRAY['UPDATE appraisal.delegation SET reason = ''x''', 'DELETE FROM appraisal.delegation', 'INSERT INTO appraisal.delegation OVERRIDING SYSTEM VALUE SELECT * FROM appraisal.delegation']) AS statement;
SELECT is((SELECT count(*) FROM appraisal.audit_log WHERE table_name = 'delegation' AND command = 'INSERT'), (SELECT count(*) FROM appraisal.delegation), 'all of it is in the audit log');
SET LOCAL client_min_messages = error;
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.publish('y')$$), '21', 'published');
SELECT is(pg_temp.as_login('regress_c2', $$CALL appraisal.delegate_sign_off('y', 3, 'a01', 'late')$$),
  'AP001 | delegations of cycle "y" cannot be written: the cycle is in status published | It can be in status draft or goals or scoring or calibration. | ' || appraisal.next_step('published'), 'after which nothing is delegated');
SELECT throws_ok($$UPDATE appraisal.delegation SET withdrawn_at = now() WHERE withdrawn_at IS NULL$$, 'AP001',
  'delegation of cycle "y" cannot be written: the cycle is in status published', 'or withdrawn');
SET LOCAL client_min_messages = warning;

-- a delegation holds as long as who gave it is who signs; it is given before there is anything to sign
SELECT pg_temp.make_cycle('early', '{"enforcement": "off", "sign_off": [{"signer": "executive", "act": "approve", "label": "Chief", "delegable": true}]}') AS done \gset
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.reopen('early', 'to begin with')$$), 'scoring', 'while reviews are written');
SELECT matches(pg_temp.as_login('regress_c2', $$CALL appraisal.delegate_sign_off('early', 1, 'a01', 'a long journey')$$), '^\d+$', 'one who leaves for long delegates');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.close_reviews('early')$$), '0', 'reviews are in');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.compute_results('early')$$), '21', 'and results');
CREATE TABLE pg_temp.savepoint AS SELECT capabilities FROM appraisal.account WHERE role_name = 'regress_c2';
UPDATE appraisal.account SET capabilities = '{employee}' WHERE role_name = 'regress_c2';
SELECT matches(pg_temp.as_login('regress_a01', $$CALL appraisal.sign_off('early')$$), '^AP003 . step 1 of cycle "early" is not yours to sign', 'whose giver is no executive any more');
UPDATE appraisal.account SET capabilities = (SELECT s.capabilities FROM pg_temp.savepoint AS s) WHERE role_name = 'regress_c2';
SELECT is(pg_temp.as_login('regress_a01', $$CALL appraisal.sign_off('early')$$), '1', 'or is one');
SELECT is(pg_temp.as_login('regress_c', $$CALL appraisal.sign_off('early')$$), '1', 'the delegate''s own result is left');
-- a chain of archive steps alone judges by them
SELECT pg_temp.make_cycle('files', '{"enforcement": "off", "sign_off": [{"signer": "hr", "act": "archive", "label": "Files"}]}') AS done \gset
SELECT is(pg_temp.as_login('regress_a09', $$CALL appraisal.sign_off('files')$$), '1', 'one of HR who takes part');
SELECT matches(pg_temp.as_login('regress_a09', $$CALL appraisal.sign_off('files')$$), '^AP003 . nobody signs off for oneself alone', 'does not for oneself');
-- the quota is looked at by who judges last, not by who keeps the files
SELECT pg_temp.make_cycle('quota', '{"sign_off": [{"signer": "executive", "act": "approve", "label": "Chief"}, {"signer": "hr", "act": "archive", "label": "Files"}]}') AS done \gset
SELECT matches(pg_temp.as_login('regress_c', $$CALL appraisal.sign_off('quota')$$), '^AP005 . group "b" of cycle "quota" misses its quota', 'who approves is stopped');
SELECT is(pg_temp.as_login('regress_c', $$CALL appraisal.override_quota('quota', 'b', 'alike')$$), '1', 'lets it through');
SELECT is(pg_temp.as_login('regress_c', $$CALL appraisal.sign_off('quota')$$), '1', 'approves');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.sign_off('quota')$$), '2', 'and HR archives');
SELECT * FROM finish();
ROLLBACK;
