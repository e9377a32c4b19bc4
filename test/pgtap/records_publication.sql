-- publish(), close_cycle(), reopen(), surprises(): what is published, who sees it, and that it stays.
BEGIN;
SELECT no_plan();
\ir calibration.psql
SELECT pg_temp.make_cycle('y', '{"sign_off": null, "enforcement": "off"}') AS done \gset
SELECT pg_temp.make_cycle('other', '{"sign_off": null, "enforcement": "off"}') AS done \gset
CREATE FUNCTION pg_temp.own(login text, of_cycle text DEFAULT 'y') RETURNS text LANGUAGE sql AS $$
  SELECT pg_temp.as_login(login, format('SELECT concat_ws('' '', count(*), string_agg(n.code || r.final_grade, '' '')) FROM appraisal.result AS r JOIN appraisal.cycle AS c USING (cycle_id)
    JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id) WHERE c.code = %L AND n.code = %L', of_cycle, substr(login, 9)))
$$;

-- surprises: a08 has D; so has b02, once it is calibrated
SELECT is(pg_temp.rows_of($$SELECT * FROM appraisal.surprises('y')$$), 'a08 a D', 'a low grade that nobody spoke of');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.calibrate('y', 'b02', 'C', 'x')$$), '1', 'one step');
SELECT pg_temp.in_bulk($$UPDATE appraisal.result SET natural_grade = 'C', quota_grade = 'D', calibrated_grade = NULL WHERE cycle_id = (SELECT cycle_id FROM appraisal.cycle WHERE code = 'other')
  AND participant_id IN (SELECT participant_id FROM appraisal.participant JOIN appraisal.person USING (person_id) WHERE code IN ('b02', 'b03', 'b04'))$$) AS done \gset
SELECT is(pg_temp.rows_of($$SELECT * FROM appraisal.surprises('other')$$), 'a08 a D, b02 b D, b03 b D, b04 b D', 'four');
SELECT is(pg_temp.as_login('regress_hb', $$CALL appraisal.record_feedback('other', 'b02', 'concern', 'too late')$$) ~ '^[0-9]+$', true, 'a concern after reviews are closed');
SELECT is(pg_temp.rows_of($$SELECT * FROM appraisal.surprises('other')$$), 'a08 a D, b02 b D, b03 b D, b04 b D', 'comes too late');
SELECT pg_temp.in_bulk($$INSERT INTO appraisal.feedback (cycle_id, participant_id, given_by, given_at, kind, content)
  SELECT c.cycle_id, p.participant_id, p.manager_id, '2026-06-01', CASE n.code WHEN 'b03' THEN 'concern' ELSE 'praise' END, 'words'
  FROM appraisal.participant AS p JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.person AS n USING (person_id) WHERE c.code = 'other' AND n.code IN ('b03', 'b04')$$) AS done \gset
SELECT is(pg_temp.rows_of($$SELECT * FROM appraisal.surprises('other')$$), 'a08 a D, b02 b D, b04 b D', 'one before is none; praise does not count');
SELECT is(pg_temp.as_login(login, $$SELECT string_agg(person, ' ') FROM appraisal.surprises('other')$$), seen, login || ' sees whom it would surprise')
FROM (VALUES ('regress_h1', 'a08 b02 b04'), ('regress_z', 'a08 b02 b04'), ('regress_ha', 'a08'), ('regress_hb', 'b02 b04'), ('regress_c', NULL), ('regress_a01', NULL)) AS v (login, seen);
SELECT throws_ok($$SELECT * FROM appraisal.surprises('no')$$, 'AP004', 'there is no cycle "no"', 'no such cycle');

-- not before it is signed, by nobody else, by no other way
SELECT is(pg_temp.as_login(login, statement), told, login || ' ' || statement) FROM (VALUES
  ('regress_h1', $$CALL appraisal.publish('y')$$, 'AP001 | the results of cycle "y" are not signed off | Results that want a signature: 21. The first is step 1, "HR", in unit "a". | CALL appraisal.sign_off(''y'').'),
  ('regress_h1', $$UPDATE appraisal.cycle SET status = 'published' WHERE code = 'y'$$, 'AP001 | the results of cycle "y" are not signed off | Results that want a signature: 21. The first is step 1, "HR", in unit "a". | CALL appraisal.sign_off(''y'').'),
  ('regress_c', $$CALL appraisal.publish('y')$$, '42501 | permission denied for table cycle'),
  ('regress_ha', $$CALL appraisal.publish('y')$$, '42501 | permission denied for table cycle'),
  ('regress_app', $$CALL appraisal.publish('y')$$, 'AP003 | cycle "y" is kept by HR | Ask an account with the capability hr.'),
  ('regress_h1', $$CALL appraisal.publish('no')$$, 'AP004 | there is no cycle "no" | Open it with CALL appraisal.open_cycle().'),
  ('regress_h1', $$CALL appraisal.close_cycle('y')$$, 'AP001 | cycle "y" cannot go from calibration to closed | A cycle goes from draft to goals, scoring, calibration, published and closed, one step at a time, and back one step until it is published. | CALL appraisal.compute_results() computes results, sign_off() signs and publish() publishes them.'),
  ('regress_h1', $$CALL appraisal.close_cycle('no')$$, 'AP004 | there is no cycle "no" | Open it with CALL appraisal.open_cycle().')) AS v (login, statement, told);
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.sign_off('y')$$), '1', 'signed');
SELECT is(pg_temp.own(login), '0', login || ' sees nothing of the own result before') FROM unnest('{regress_a01,regress_ha,regress_hb,regress_hl,regress_a09}'::text[]) AS login;
SELECT is(pg_temp.as_login('regress_a01', format('SELECT count(*) FROM appraisal.%I', t)), '0', 'an employee sees no row of ' || t)
FROM unnest('{result,dimension_score,source_score,cut_line,adjustment,sign_off,quota_override}'::text[]) AS t;

-- published
SET LOCAL client_min_messages = error;
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.publish('y')$$), '21', 'HR publishes');
SELECT is((SELECT status FROM appraisal.cycle WHERE code = 'y'), 'published', 'the cycle is published');
SELECT is(pg_temp.rows_of($$SELECT c.code, count(r.published_at) AS published, count(*) FROM appraisal.result AS r JOIN appraisal.cycle AS c USING (cycle_id) GROUP BY 1 ORDER BY 1$$), 'other 0 21, y 21 21', 'its results are, and no others');
SELECT is((SELECT count(*) FROM appraisal.audit_seal), 1::bigint, 'the audit log is sealed');
SELECT is((SELECT count(*) FROM appraisal.audit_log AS l WHERE NOT EXISTS (SELECT FROM appraisal.audit_seal AS s WHERE l.audit_id = ANY (s.audit_ids))), 0::bigint, 'all of it, publication included');
SELECT is((SELECT count(*) FROM appraisal.audit_log WHERE table_name = 'cycle' AND after ->> 'status' = 'published'), 1::bigint, 'which is in it');
SELECT is_empty('SELECT * FROM appraisal.verify_audit()', 'and as it was');
SELECT is(pg_temp.own(login), '1 ' || seen, login || ' sees the own result after')
FROM (VALUES ('regress_a01', 'a01A'), ('regress_ha', 'haA'), ('regress_hb', 'hbB'), ('regress_hl', 'hlB'), ('regress_a09', 'a09B')) AS v (login, seen);
SELECT is(pg_temp.as_login('regress_a01', 'SELECT count(*) FROM appraisal.result'), '1', 'and nobody else''s');
SELECT is(pg_temp.as_login('regress_a01', format('SELECT count(*) FROM appraisal.%I', t)), '0', 'and no row of ' || t) FROM unnest('{adjustment,sign_off,quota_override}'::text[]) AS t;
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.publish('y')$$),
  'AP001 | cycle "y" cannot go from published to published | A cycle goes from draft to goals, scoring, calibration, published and closed, one step at a time, and back one step until it is published. | CALL appraisal.close_cycle() ends it; what is published is changed by an appeal only.', 'once');

-- Nothing published changes: every row of the cycle and what it rests on, before and after all that follows.
CREATE FUNCTION pg_temp.content() RETURNS text LANGUAGE plpgsql AS $$
DECLARE t text; h text; all_of text := '';
BEGIN
  FOREACH t IN ARRAY '{participant,goal,measurement,review,rating,feedback,cut_line,result,dimension_score,source_score,adjustment,sign_off,quota_override}'::text[] LOOP
    EXECUTE format('SELECT md5(string_agg(x::text, '','' ORDER BY x::text)) FROM appraisal.%I AS x WHERE cycle_id = (SELECT c.cycle_id FROM appraisal.cycle AS c WHERE c.code = ''y'')', t) INTO h;
    all_of := all_of || t || ' ' || coalesce(h, '-') || E'\n';
  END LOOP;
  RETURN all_of || (SELECT status FROM appraisal.cycle WHERE code = 'y');
END $$;
CREATE TABLE pg_temp.kept AS SELECT pg_temp.content() AS content;
-- a first column that can be written, and the rows of the cycle
CREATE TABLE pg_temp.tried AS
SELECT k.login, t.name AS table_name, s.command, pg_temp.as_login(k.login, s.statement) AS told
FROM unnest('{regress_h1,regress_a09,regress_c,regress_hb,regress_ha,regress_a01,regress_z,regress_app}'::text[]) AS k (login),
     (VALUES ('participant', 'segment_days = segment_days + 1'), ('participant', 'exempt_because = ''x'''), ('goal', 'title = ''x'''), ('measurement', 'value = 0'), ('review', 'status = ''assigned'', submitted_at = NULL'),
             ('review', 'comments = ''{}'''), ('rating', 'score = 1'), ('feedback', 'content = ''x'''), ('cut_line', 'members = 1'), ('result', 'calibrated_grade = ''A'''),
             ('result', 'published_at = NULL'), ('dimension_score', 'score = 1'), ('source_score', 'raters = 9'), ('adjustment', 'reason = ''x'''), ('sign_off', 'withdrawn_at = now(), withdrawn_because = ''x'''),
             ('quota_override', 'heads_out = 9'), ('cycle', 'status = ''calibration'', reopened_because = ''x'''), ('cycle', 'status = ''draft''')) AS t (name, change),
     LATERAL (VALUES ('UPDATE', format('UPDATE appraisal.%I SET %s WHERE cycle_id = 1', t.name, t.change)),
                     ('DELETE', format('DELETE FROM appraisal.%I WHERE cycle_id = 1', t.name)),
                     ('TRUNCATE', format('TRUNCATE appraisal.%I CASCADE', t.name)),
                     ('INSERT', format('INSERT INTO appraisal.%1$I SELECT (jsonb_populate_record(x, ''{"version": 2, "code": "z"}'')).* FROM appraisal.%1$I AS x WHERE cycle_id = 1', t.name))) AS s (command, statement);
SELECT is(pg_temp.content(), (SELECT content FROM pg_temp.kept), count(*) || ' writes by hand change nothing that is published') FROM pg_temp.tried;
SELECT is((SELECT string_agg(DISTINCT concat_ws(' ', command, left(told, 5)), ', ') FROM pg_temp.tried WHERE told !~ '^(42501|AP00[13567]|428C9|23503)'), NULL, 'and are refused for what they are');
SELECT is(pg_temp.as_login('regress_h1', statement), told, told) FROM (VALUES
  ($$CALL appraisal.compute_results('y')$$, 'AP001 | results of cycle "y" cannot be computed: the cycle is in status published | It can be in status scoring or calibration. | CALL appraisal.close_cycle() ends it; what is published is changed by an appeal only.'),
  ($$CALL appraisal.calibrate('y', 'a01', 'B', 'x')$$, 'AP001 | calibrated grades of cycle "y" cannot be written: the cycle is in status published | It can be in status calibration. | CALL appraisal.close_cycle() ends it; what is published is changed by an appeal only.'),
  ($$CALL appraisal.undo_calibration('y', 'b02', 'x')$$, 'AP001 | calibrated grades of cycle "y" cannot be written: the cycle is in status published | It can be in status calibration. | CALL appraisal.close_cycle() ends it; what is published is changed by an appeal only.'),
  ($$CALL appraisal.sign_off('y')$$, 'AP001 | signatures of cycle "y" cannot be written: the cycle is in status published | It can be in status calibration. | CALL appraisal.close_cycle() ends it; what is published is changed by an appeal only.'),
  ($$CALL appraisal.withdraw_sign_off('y', reason => 'x')$$, 'AP001 | signatures of cycle "y" cannot be written: the cycle is in status published | It can be in status calibration. | CALL appraisal.close_cycle() ends it; what is published is changed by an appeal only.'),
  ($$CALL appraisal.override_quota('y', 'b', 'x')$$, 'AP001 | overrides of the quota of cycle "y" cannot be written: the cycle is in status published | It can be in status calibration. | CALL appraisal.close_cycle() ends it; what is published is changed by an appeal only.'),
  ($$CALL appraisal.reopen('y', 'x')$$, 'AP001 | cycle "y" cannot go back from published | A cycle goes from draft to goals, scoring, calibration, published and closed, one step at a time, and back one step until it is published. | CALL appraisal.close_cycle() ends it; what is published is changed by an appeal only.'),
  ($$CALL appraisal.exempt('y', 'a01', 'x')$$, NULL), ($$CALL appraisal.start_scoring('y')$$, NULL), ($$CALL appraisal.close_reviews('y')$$, NULL), ($$CALL appraisal.enrol('y')$$, NULL),
  ($$CALL appraisal.reopen_review('y', 'a01', 'ha', 'x')$$, NULL), ($$CALL appraisal.record_feedback('y', 'a01', 'praise', 'x')$$, NULL)) AS v (statement, told) WHERE told IS NOT NULL;
SELECT matches(pg_temp.as_login('regress_h1', statement), '^AP001', statement)
FROM unnest(ARRAY[$$CALL appraisal.exempt('y', 'a01', 'x')$$, $$CALL appraisal.start_scoring('y')$$, $$CALL appraisal.close_reviews('y')$$, $$CALL appraisal.reopen_review('y', 'a01', 'ha', 'x')$$,
                  $$CALL appraisal.record_feedback('y', 'a01', 'praise', 'x')$$]) AS statement;
-- not even the owner, guards being on
SELECT throws_ok(statement, code, NULL, statement) FROM (VALUES ('UPDATE appraisal.result SET published_at = NULL WHERE cycle_id = 1', 'AP006'), ('DELETE FROM appraisal.result WHERE cycle_id = 1', 'AP006'),
  ('TRUNCATE appraisal.result CASCADE', 'AP006'), ('UPDATE appraisal.cut_line SET members = 9 WHERE cycle_id = 1', 'AP006'), ('UPDATE appraisal.dimension_score SET score = 9 WHERE cycle_id = 1', 'AP006'),
  ('DELETE FROM appraisal.source_score WHERE cycle_id = 1', 'AP006'), ('UPDATE appraisal.cycle SET status = ''calibration'', reopened_because = ''x'' WHERE cycle_id = 1', 'AP005'), ('UPDATE appraisal.cycle SET status = ''calibration'' WHERE cycle_id = 1', 'AP001'),
  ('UPDATE appraisal.sign_off SET withdrawn_at = now(), withdrawn_because = ''x'' WHERE cycle_id = 1', 'AP001')) AS v (statement, code);
SELECT is(pg_temp.content(), (SELECT content FROM pg_temp.kept), 'all of it as it was published');
SELECT is(pg_temp.rows_of($$SELECT cycle_id FROM appraisal.cycle WHERE code = 'y'$$), '1', 'that was the cycle');

-- the cycle's own dates are not told by hand
SELECT is(pg_temp.as_login('regress_h1', $$UPDATE appraisal.cycle SET calibration_began = '2000-01-01' WHERE code IN ('y', 'other')$$), NULL, 'no error');
SELECT ok(bool_and(calibration_began >= now()), 'and no effect') FROM appraisal.cycle;

-- by the table, all that the call does
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.compute_results('other')$$), '21', 'the other cycle');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.sign_off('other')$$), '1', 'is signed');
SELECT is(pg_temp.as_login('regress_h1', $$UPDATE appraisal.cycle SET status = 'published' WHERE code = 'other'$$), NULL, 'and published by a direct write');
SELECT is((SELECT count(published_at) FROM appraisal.result), 42::bigint, 'with its results');
SELECT is((SELECT count(*) FROM appraisal.audit_seal), 2::bigint, 'and a seal');

SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.close_cycle('y')$$), 'closed', 'the end');
SELECT is(pg_temp.as_login('regress_c', $$CALL appraisal.close_cycle('other')$$), '42501 | permission denied for table cycle', 'HR does that');
SELECT matches(pg_temp.as_login('regress_h1', $$CALL appraisal.close_cycle('y')$$), '^AP001 . cycle "y" cannot go from closed to closed', 'once');
SELECT matches(pg_temp.as_login('regress_h1', $$CALL appraisal.reopen('y', 'x')$$), '^AP001 . cycle "y" cannot go back from closed', 'for good');
SELECT is(pg_temp.own('regress_a01'), '1 a01A', 'and one sees the own result for ever');
SELECT * FROM finish();
ROLLBACK;
