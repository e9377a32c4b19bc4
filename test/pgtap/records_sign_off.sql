-- sign_off(), withdraw_sign_off(), override_quota(): the chain, who signs, what a signature holds, the quota.
BEGIN;
SELECT no_plan();
\ir calibration.psql
SELECT pg_temp.make_cycle('y') AS done \gset

-- results as the figures say, or no signature
SELECT pg_temp.in_bulk($$UPDATE appraisal.rating SET score = 84 WHERE score = 86$$) AS done \gset
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.sign_off('y', 'a')$$),
  'AP001 | results of cycle "y" are not what its figures and marks come to | CALL appraisal.compute_results(''y'').', 'nobody signs results that are out of date');
SELECT is((SELECT count(*) FROM appraisal.sign_off), 0::bigint, 'and nothing is written');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.compute_results('y')$$), '21', 'computed anew');

-- wrong signers of the first step, the head's
SELECT is(pg_temp.as_login(login, statement), told, login || ' ' || statement) FROM (VALUES
  ('regress_hb', $$CALL appraisal.sign_off('y', 'a')$$, 'AP003 | step 1 of unit "a" in cycle "y" is not yours to sign | It is signed by the head of the unit, "Head". | Ask that one to CALL appraisal.sign_off().'),
  ('regress_h1', $$CALL appraisal.sign_off('y', 'a')$$, 'AP003 | step 1 of unit "a" in cycle "y" is not yours to sign | It is signed by the head of the unit, "Head". | Ask that one to CALL appraisal.sign_off().'),
  ('regress_c', $$CALL appraisal.sign_off('y', 'a')$$, 'AP003 | step 1 of unit "a" in cycle "y" is not yours to sign | It is signed by the head of the unit, "Head". | Ask that one to CALL appraisal.sign_off().'),
  ('regress_a01', $$CALL appraisal.sign_off('y', 'a')$$, 'AP003 | step 1 of unit "a" in cycle "y" is not yours to sign | It is signed by the head of the unit, "Head". | Ask that one to CALL appraisal.sign_off().'),
  ('regress_c', $$CALL appraisal.sign_off('y')$$, 'AP003 | step 1 of cycle "y" is not yours to sign | It is signed by the head of the unit, "Head". | That step is signed unit by unit: sign_off(cycle, unit).'),
  ('regress_hl', $$CALL appraisal.sign_off('y', 'lone')$$, 'AP003 | nobody signs off for oneself alone, and nobody else in unit "lone" in cycle "y" is left for step 1 | The superior signs for a unit above.'),
  ('regress_hl', $$CALL appraisal.sign_off('y', 'bare')$$, 'AP005 | nobody takes part in unit "bare" in cycle "y" | Sign for the unit in which people are appraised, or for the whole cycle.'),
  ('regress_hr', $$CALL appraisal.sign_off('y')$$, 'AP003 | results are signed by people, and this login is nobody in particular | A service sets appraisal.actor to the person it acts for.'),
  ('regress_app', $$CALL appraisal.sign_off('y')$$, 'AP003 | results are signed by people, and this login is nobody in particular | A service sets appraisal.actor to the person it acts for.'),
  ('regress_ha', $$CALL appraisal.sign_off('no')$$, 'AP004 | there is no cycle "no" | Open it with CALL appraisal.open_cycle().'),
  ('regress_ha', $$CALL appraisal.sign_off('y', 'no')$$, 'AP004 | there is no unit "no" | Add it with CALL appraisal.add_unit().'),
  ('regress_ha', $$SELECT appraisal.write_sign_off(-1, NULL, NULL)$$, 'AP004 | there is no cycle with cycle_id -1'),
  ('regress_z', $$SELECT appraisal.write_sign_off(1, NULL, NULL)$$, '42501 | permission denied for function write_sign_off'),
  ('regress_h1', $$CALL appraisal.withdraw_sign_off('y', reason => 'x')$$, 'AP001 | there is no signature to withdraw in cycle "y" | CALL appraisal.sign_off() signs.')) AS v (login, statement, told);

-- the chain
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.sign_off('y', 'a', 'a good year')$$), '1', 'the head signs for the department, for all but oneself');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.sign_off('y', 'a')$$), '2', 'HR is next, for the department');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.sign_off('y')$$),
  'AP003 | step 1 of cycle "y" is not yours to sign | It is signed by the head of the unit, "Head". | That step is signed unit by unit: sign_off(cycle, unit).', 'not for the whole cycle, where heads have not signed');
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.sign_off('y', 'a')$$),
  'AP003 | step 3 of unit "a" in cycle "y" is not yours to sign | It is signed by an executive, "Chief". | Ask that one to CALL appraisal.sign_off().', 'the head not twice');
SELECT is(pg_temp.as_login('regress_app', $$CALL appraisal.sign_off('y', 'b')$$, 'hb'), '1', 'by way of a service');
SELECT is(pg_temp.as_login('regress_c', $$CALL appraisal.sign_off('y', 'firm')$$), '1', 'for who leads nobody but oneself: the head above');
SELECT is(pg_temp.as_login('regress_h2', $$CALL appraisal.sign_off('y')$$), '2', 'another one of HR for all others');
SELECT is(pg_temp.as_login('regress_c', $$CALL appraisal.sign_off('y', 'a')$$),
  'AP003 | you have signed another step for people of unit "a" in cycle "y" | Step 3 is signed by somebody else, "Chief". | Ask that one to CALL appraisal.sign_off().', 'each step by another person');
SELECT is(pg_temp.as_login('regress_hb', $$CALL appraisal.sign_off('y', 'b')$$),
  'AP003 | you have signed another step for people of unit "b" in cycle "y" | Step 3 is signed by somebody else, "Chief". | Ask that one to CALL appraisal.sign_off().', 'also where one is an executive, too');

-- what is signed stays
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.calibrate('y', 'a02', 'A', 'x')$$),
  'AP001 | the result of person "a02" is signed off | What is signed stays. | CALL appraisal.withdraw_sign_off(''y'').', 'no calibration after the first signature');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.compute_results('y')$$),
  'AP001 | results of cycle "y" stay: somebody has signed its results | CALL appraisal.withdraw_sign_off(''y'') when they have to change.', 'no computation');
SELECT throws_ok($$INSERT INTO appraisal.measurement (cycle_id, participant_id, indicator_id, value, measured_on)
  SELECT cycle_id, participant_id, 1, 1, '2026-01-01' FROM appraisal.participant LIMIT 1$$, 'AP001', 'figures of cycle "y" stay: somebody has signed its results', 'and no figure');

-- the last signature looks at the quota: block
SELECT is(pg_temp.as_login('regress_c2', $$CALL appraisal.sign_off('y', 'a')$$), '3', 'group a meets its quota');
SELECT is(pg_temp.as_login('regress_c2', $$CALL appraisal.sign_off('y')$$),
  'AP005 | group "b" of cycle "y" misses its quota | Rules: D = 10%; heads out of bounds: 1. Groups that miss theirs: 1. | Calibrate as suggest_calibration(''y'') says, or CALL appraisal.override_quota(''y'', ''b'', reason).',
  'group b does not');
SELECT is((SELECT count(*) FROM appraisal.sign_off WHERE step = 3), 1::bigint, 'and is not signed');

-- an override
SELECT is(pg_temp.as_login(login, statement), told, told) FROM (VALUES
  ('regress_ha', $$CALL appraisal.override_quota('y', 'b', 'x')$$, '42501 | permission denied for function write_quota_override'),
  ('regress_app', $$CALL appraisal.override_quota('y', 'b', 'x')$$, 'AP003 | quotas are overridden by HR and executives | Ask one of them to CALL appraisal.override_quota().'),
  ('regress_c', $$CALL appraisal.override_quota('y', 'lone', 'x')$$, 'AP004 | unit "lone" has no group in cycle "y" | SELECT * FROM appraisal.quota_status(''y'') lists the groups.'),
  ('regress_c', $$CALL appraisal.override_quota('y', 'a', 'x')$$, 'AP005 | group "a" of cycle "y" meets its quota'),
  ('regress_a09', $$CALL appraisal.override_quota('y', 'a', 'x')$$, 'AP003 | nobody overrides the quota of the own group, which "a" of cycle "y" is | Another one of HR or of the executives calls override_quota().'),
  ('regress_hb', $$CALL appraisal.override_quota('y', 'b', 'x')$$, 'AP003 | nobody overrides the quota of the own group, which "b" of cycle "y" is | Another one of HR or of the executives calls override_quota().'),
  ('regress_c', $$CALL appraisal.override_quota('y', 'b', '')$$, 'AP005 | overriding the quota of group "b" of cycle "y" needs a reason | Give the argument reason.'),
  ('regress_c', $$SELECT appraisal.write_quota_override(-1, 1, 'x')$$, 'AP004 | there is no cycle with cycle_id -1'),
  ('regress_c', $$CALL appraisal.override_quota('y', 'b', 'all did the same')$$, '1')) AS v (login, statement, told);
SELECT is(pg_temp.as_login('regress_a01', $$SELECT appraisal.write_quota_override(1, 1, 'x')$$), '42501 | permission denied for function write_quota_override', 'not by employees at all');
SELECT is(pg_temp.rows_of($$SELECT u.code, o.heads_out, o.reason, n.code AS by, o.made_by_login FROM appraisal.quota_override AS o JOIN appraisal.unit AS u USING (unit_id) JOIN appraisal.person AS n ON n.person_id = o.made_by$$),
  'b 1 all did the same c regress_c', 'is kept');
SELECT is(pg_temp.as_login('regress_c2', $$CALL appraisal.sign_off('y')$$), '3', 'and lets the last signature through');
SELECT is(pg_temp.as_login('regress_c2', $$CALL appraisal.sign_off('y')$$), 'AP001 | the results of cycle "y" are signed by the whole chain | CALL appraisal.publish(''y'') when all are.', 'there is none after it');
SELECT is(pg_temp.rows_of($$SELECT u.code AS unit, s.step, s.signer, n.code, s.remark FROM appraisal.sign_off AS s LEFT JOIN appraisal.unit AS u USING (unit_id) JOIN appraisal.person AS n ON n.person_id = s.signed_by ORDER BY sign_off_id$$),
  'a 1 unit_head ha a good year, a 2 hr h1, b 1 unit_head hb, firm 1 unit_head c, 2 hr h2, a 3 executive c2, 3 executive c2', 'all signatures');
SELECT is((SELECT count(*) FROM appraisal.audit_log WHERE table_name IN ('sign_off', 'quota_override')), 8::bigint, 'all of it is in the audit log');

-- withdrawn: what covers somebody of the unit
SELECT is(pg_temp.as_login(login, statement), told, told) FROM (VALUES
  ('regress_ha', $$CALL appraisal.withdraw_sign_off('y', 'a', 'x')$$, '42501 | permission denied for function write_withdrawal'),
  ('regress_c', $$CALL appraisal.withdraw_sign_off('y', 'a', 'x')$$, '42501 | permission denied for function write_withdrawal'),
  ('regress_app', $$CALL appraisal.withdraw_sign_off('y', 'a', 'x')$$, 'AP003 | HR alone withdraws signatures | Ask HR to CALL appraisal.withdraw_sign_off().'),
  ('regress_h1', $$CALL appraisal.withdraw_sign_off('y', 'a')$$, 'AP005 | withdrawing signatures of cycle "y" needs a reason | Give the argument reason.'),
  ('regress_h1', $$CALL appraisal.withdraw_sign_off('y', 'b', 'one was forgotten')$$, '4')) AS v (login, statement, told);
SELECT is(pg_temp.rows_of($$SELECT u.code AS unit, s.step, s.withdrawn_because AS why FROM appraisal.sign_off AS s LEFT JOIN appraisal.unit AS u USING (unit_id) ORDER BY sign_off_id$$),
  'a 1, a 2, b 1 one was forgotten, firm 1 one was forgotten, 2 one was forgotten, a 3, 3 one was forgotten', 'those of b, of the firm above it and of the whole cycle');
SELECT is(pg_temp.as_login('regress_hb', $$CALL appraisal.calibrate('y', 'b01', 'C', 'less than the others')$$), '1', 'and b is calibrated again');
SELECT matches(pg_temp.as_login('regress_ha', $$CALL appraisal.calibrate('y', 'a02', 'A', 'x')$$), '^AP001', 'a, signed as it is, not');
SELECT throws_ok($$UPDATE appraisal.sign_off SET withdrawn_at = NULL, withdrawn_because = NULL WHERE withdrawn_at IS NOT NULL$$, 'AP007', 'a signature is withdrawn, once, and else never changes', 'what is withdrawn stays so');
SELECT throws_ok($$UPDATE appraisal.sign_off SET remark = 'y'$$, 'AP007', 'a signature is withdrawn, once, and else never changes', 'nobody edits a remark');
SELECT throws_ok($$UPDATE appraisal.sign_off SET withdrawn_at = now(), withdrawn_because = 'x', signed_by = 1 WHERE withdrawn_at IS NULL$$, 'AP007', 'a signature is withdrawn, once, and else never changes', 'or who signed');
SELECT throws_ok('DELETE FROM appraisal.sign_off', 'AP007', 'sign_off is only added to', 'signatures stay');
SELECT throws_ok('TRUNCATE appraisal.sign_off', 'AP007', 'sign_off is only added to', 'all of them');
SELECT throws_ok('UPDATE appraisal.quota_override SET heads_out = 9', 'AP007', 'quota_override is only added to', 'overrides, too');
SELECT throws_ok('DELETE FROM appraisal.quota_override', 'AP007', 'quota_override is only added to', 'of whatever age');

-- an override covers so many heads, not more
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.calibrate('y', '[{"person": "b02", "grade": "A", "reason": "x"}, {"person": "b03", "grade": "A", "reason": "x"}, {"person": "b04", "grade": "A", "reason": "x"}]')$$), '3', 'one A too many in b');
SELECT is(pg_temp.as_login('regress_hb', $$CALL appraisal.sign_off('y', 'b')$$), '1', 'signed once more');
SELECT is(pg_temp.as_login('regress_c', $$CALL appraisal.sign_off('y', 'firm')$$), '1', 'for lone');
SELECT is(pg_temp.as_login('regress_h2', $$CALL appraisal.sign_off('y')$$), '2', 'by HR');
SELECT is(pg_temp.as_login('regress_c2', $$CALL appraisal.sign_off('y', 'b')$$),
  'AP005 | group "b" of cycle "y" misses its quota | Rules: A <= 20%, D = 10%; heads out of bounds: 2. Groups that miss theirs: 1. | Calibrate as suggest_calibration(''y'') says, or CALL appraisal.override_quota(''y'', ''b'', reason).', 'two heads where one was allowed');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.override_quota('y', 'b', 'agreed')$$), '2', 'allowed');
SELECT is(pg_temp.as_login('regress_c2', $$CALL appraisal.sign_off('y', 'b')$$), '3', 'signed');

-- who sees signatures
SELECT is(pg_temp.as_login(login, 'SELECT count(*) FROM appraisal.sign_off'), seen, login || ' sees signatures')
FROM (VALUES ('regress_h1', '11'), ('regress_c', '11'), ('regress_z', '11'), ('regress_ha', '1'), ('regress_hl', '0'), ('regress_a01', '0')) AS v (login, seen);
SELECT is(pg_temp.as_login(login, 'SELECT count(*) FROM appraisal.quota_override'), seen, login || ' sees overrides')
FROM (VALUES ('regress_h1', '2'), ('regress_c', '2'), ('regress_z', '2'), ('regress_ha', '0'), ('regress_a01', '0')) AS v (login, seen);
SELECT is(pg_temp.as_login(login, statement), '42501 | permission denied for table ' || split_part(split_part(statement, 'appraisal.', 2), ' ', 1), login || ': ' || statement)
FROM unnest('{regress_h1,regress_c,regress_ha,regress_a01,regress_z,regress_app}'::text[]) AS login,
     unnest(ARRAY['UPDATE appraisal.sign_off SET remark = ''x''', 'DELETE FROM appraisal.sign_off', 'INSERT INTO appraisal.sign_off OVERRIDING SYSTEM VALUE SELECT * FROM appraisal.sign_off',
                  'UPDATE appraisal.quota_override SET heads_out = 9', 'DELETE FROM appraisal.quota_override', 'INSERT INTO appraisal.quota_override OVERRIDING SYSTEM VALUE SELECT * FROM appraisal.quota_override']) AS statement;

-- reopening withdraws
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.reopen('y', 'a late review')$$), 'scoring', 'back to scoring');
SELECT is((SELECT count(*) FROM appraisal.sign_off WHERE withdrawn_at IS NULL), 0::bigint, 'no signature holds');
SELECT is((SELECT count(*) FROM appraisal.sign_off WHERE withdrawn_because = 'a late review'), 7::bigint, 'for the reason given');
SELECT is((SELECT count(*) FROM appraisal.adjustment), 4::bigint, 'calibrations are kept');
SELECT matches(pg_temp.as_login('regress_ha', $$CALL appraisal.sign_off('y', 'a')$$), '^AP001 . signatures of cycle "y" cannot be written: the cycle is in status scoring', 'nothing is signed in scoring');
SELECT matches(pg_temp.as_login('regress_h1', $$CALL appraisal.withdraw_sign_off('y', reason => 'x')$$), '^AP001 . signatures of cycle "y" cannot be written', 'or withdrawn');
SELECT matches(pg_temp.as_login('regress_h1', $$CALL appraisal.override_quota('y', 'b', 'x')$$), '^AP001 . overrides of the quota of cycle "y" cannot be written', 'or overridden');
SELECT is((SELECT calibration_began FROM appraisal.cycle WHERE code = 'y'), NULL, 'calibration has not begun');

-- warn and off
SELECT pg_temp.make_cycle('warn', '{"enforcement": "warn", "sign_off": [{"signer": "meeting", "act": "approve", "label": "Meeting"}]}') AS done \gset
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.sign_off('warn')$$),
  'AP003 | step 1 of cycle "warn" is not yours to sign | It is signed by an executive, "Meeting". | Ask that one to CALL appraisal.sign_off().', 'a meeting is signed for by an executive');
SET LOCAL client_min_messages = error;
SELECT is(pg_temp.as_login('regress_c2', $$CALL appraisal.sign_off('warn')$$), '1', 'warned (sql/quota_enforcement.sql has the warning), and signed');
SELECT pg_temp.make_cycle('off', '{"enforcement": "off", "sign_off": null}') AS done \gset
SELECT is(pg_temp.as_login('regress_c', $$CALL appraisal.sign_off('off')$$),
  'AP003 | step 1 of cycle "off" is not yours to sign | It is signed by HR, "HR". | Ask that one to CALL appraisal.sign_off().', 'a scheme without a chain: HR signs');
-- the last signer's own result is somebody else's to sign
SELECT is(pg_temp.as_login('regress_a09', $$CALL appraisal.sign_off('off')$$), '1', 'one of HR who takes part');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.publish('off')$$),
  'AP001 | the results of cycle "off" are not signed off | Results that want a signature: 1. The first is step 1, "HR", in unit "a". | CALL appraisal.sign_off(''off'').', 'signed for all but oneself');
SELECT is(pg_temp.as_login('regress_a09', $$CALL appraisal.sign_off('off')$$),
  'AP003 | nobody signs off for oneself alone, and nobody else in cycle "off" is left for step 1 | Another one of HR or of the executives signs.', 'not for oneself');
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.sign_off('off', 'a')$$),
  'AP003 | step 1 of unit "a" in cycle "off" is not yours to sign | It is signed by HR, "HR". | Ask that one to CALL appraisal.sign_off().', 'nor does a manager');
SELECT is(pg_temp.as_login('regress_c', $$CALL appraisal.sign_off('off', 'a')$$), '1', 'an executive does');
SELECT is(pg_temp.as_login('regress_c2', $$CALL appraisal.sign_off('off')$$), 'AP001 | the results of cycle "off" are signed by the whole chain | CALL appraisal.publish(''off'') when all are.', 'and that is all');

-- the other signers of the chain
SELECT pg_temp.make_cycle('chain', '{"enforcement": "off", "sign_off": [{"signer": "second_manager", "act": "approve", "label": "Second"}, {"signer": "division_head", "act": "approve", "label": "Division"}]}') AS done \gset
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.sign_off('chain', 'a')$$),
  'AP003 | step 1 of unit "a" in cycle "chain" is not yours to sign | It is signed by the superior of the unit''s head, "Second". | Ask that one to CALL appraisal.sign_off().', 'the head is not the head''s superior');
SELECT is(pg_temp.as_login('regress_c2', $$CALL appraisal.sign_off('chain', 'a')$$),
  'AP003 | step 1 of unit "a" in cycle "chain" is not yours to sign | It is signed by the superior of the unit''s head, "Second". | Ask that one to CALL appraisal.sign_off().', 'nor is any executive');
SELECT is(pg_temp.as_login('regress_c', $$CALL appraisal.sign_off('chain', 'a')$$), '1', 'the superior');
SELECT is(pg_temp.as_login('regress_c', $$CALL appraisal.sign_off('chain', 'a')$$),
  'AP003 | you have signed another step for people of unit "a" in cycle "chain" | Step 2 is signed by somebody else, "Division". | Ask that one to CALL appraisal.sign_off().', 'is the head of the division here, and signs once');
SELECT is(pg_temp.as_login('regress_c2', $$CALL appraisal.sign_off('chain', 'b')$$),
  'AP003 | step 1 of unit "b" in cycle "chain" is not yours to sign | It is signed by the superior of the unit''s head, "Second". | Ask that one to CALL appraisal.sign_off().', 'somebody is above b');
SELECT is(pg_temp.as_login('regress_c2', $$CALL appraisal.sign_off('chain', 'firm')$$), '1', 'nobody is above the firm: an executive signs, for all below');
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.sign_off('chain', 'b')$$),
  'AP003 | step 2 of unit "b" in cycle "chain" is not yours to sign | It is signed by the head of the unit above, "Division". | Ask that one to CALL appraisal.sign_off().', 'not the head of a unit beside');
SELECT is(pg_temp.as_login('regress_c', $$CALL appraisal.sign_off('chain', 'b')$$), '2', 'the head of the unit above');

-- a group is looked at when all of it is signed; who is in it is not told by how many heads it is out
SELECT pg_temp.make_cycle('own', '{"sign_off": null}') AS done \gset
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.override_quota('own', 'b', 'alike')$$), '1', 'b is let through');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.calibrate('own', 'a02', 'A', 'x')$$), '1', 'a has one too many');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.sign_off('own', 'a')$$),
  'AP005 | group "a" of cycle "own" misses its quota | Rules: A <= 20%; heads out of bounds: 1. Groups that miss theirs: 1. | Calibrate as suggest_calibration(''own'') says, or CALL appraisal.override_quota(''own'', ''a'', reason).', 'who is not in it is told how many');
SELECT is(pg_temp.as_login('regress_a09', $$CALL appraisal.sign_off('own', 'a')$$), '1', 'the own result is still to be signed, so the group is not looked at');
SELECT is(pg_temp.as_login('regress_c', $$CALL appraisal.sign_off('own', 'a')$$),
  'AP005 | group "a" of cycle "own" misses its quota | Rules: A <= 20%; heads out of bounds: 1. Groups that miss theirs: 1. | Calibrate as suggest_calibration(''own'') says, or CALL appraisal.override_quota(''own'', ''a'', reason).', 'until it is');
SELECT pg_temp.make_cycle('pool', '{"sign_off": null, "least_group": 15}') AS done \gset
SELECT is(pg_temp.rows_of($$SELECT unit, members, heads_out FROM appraisal.quota_status('pool')$$), 'firm 21 0, firm 21 1', 'all in one group');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.calibrate('pool', 'a06', 'A', 'x')$$), '1', 'with one A too many');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.sign_off('pool', 'a')$$), '1', 'which is looked at');
SELECT is(pg_temp.as_login('regress_a09', $$CALL appraisal.sign_off('pool', 'b')$$), '1', 'when the last of the group');
SELECT is(pg_temp.as_login('regress_a09', $$CALL appraisal.sign_off('pool', 'lone')$$),
  'AP005 | group "firm" of cycle "pool" misses its quota | Rules: A <= 20%, D = 10%. Groups that miss theirs: 1. | Calibrate as suggest_calibration(''pool'') says, or CALL appraisal.override_quota(''pool'', ''firm'', reason).',
  'is signed; a signer who is in it could reckon with the number of heads');
SELECT * FROM finish();
ROLLBACK;
