-- Findings of process audits: who records, puts right and verifies them, what is refused, and the rate as a figure.
\set feature finding
BEGIN;
\i test/pgtap/oracle.psql
SELECT no_plan();
CALL appraisal.create_tables();
SET LOCAL client_min_messages = warning;
CREATE ROLE fi_hr; CREATE ROLE fi_hr2; CREATE ROLE fi_boss; CREATE ROLE fi_m; CREATE ROLE fi_n; CREATE ROLE fi_a; CREATE ROLE fi_b; CREATE ROLE fi_auditor; CREATE ROLE fi_app;
SELECT '{"units": [{"code": "firm", "title": "Firm"}, {"code": "shop", "title": "运营部", "parent": "firm"}, {"code": "store", "title": "仓储部", "parent": "firm"}],
  "people": [{"code": "boss", "name": "Boss", "hired_on": "2020-01-01"}, {"code": "h", "name": "H", "hired_on": "2020-01-01"}, {"code": "m", "name": "M", "hired_on": "2020-01-01"}, {"code": "n", "name": "N", "hired_on": "2020-01-01"},
    {"code": "a", "name": "A", "hired_on": "2020-01-01"}, {"code": "b", "name": "B", "hired_on": "2020-01-01"}, {"code": "c", "name": "C", "hired_on": "2020-01-01"}],
  "postings": [{"person": "boss", "unit": "firm", "job_group": "office", "from_date": "2020-01-01"}, {"person": "h", "unit": "firm", "manager": "boss", "job_group": "staff", "from_date": "2020-01-01"},
    {"person": "m", "unit": "shop", "manager": "boss", "job_group": "staff", "from_date": "2020-01-01"}, {"person": "n", "unit": "store", "manager": "boss", "job_group": "staff", "from_date": "2020-01-01"},
    {"person": "a", "unit": "shop", "manager": "m", "job_group": "staff", "from_date": "2020-01-01"}, {"person": "b", "unit": "shop", "manager": "m", "job_group": "staff", "from_date": "2020-01-01"},
    {"person": "c", "unit": "store", "manager": "n", "job_group": "customer_contact", "from_date": "2020-01-01"}]}' AS document \gset
CALL appraisal.import_organisation(:'document') \g /dev/null
CALL appraisal.link_account('fi_hr', 'hr', 'h'); CALL appraisal.link_account('fi_hr2', 'hr'); CALL appraisal.link_account('fi_boss', 'executive', 'boss');
CALL appraisal.link_account('fi_m', 'manager', 'm'); CALL appraisal.link_account('fi_n', 'manager', 'n'); CALL appraisal.link_account('fi_a', 'employee', 'a');
CALL appraisal.link_account('fi_b', 'employee', 'b'); CALL appraisal.link_account('fi_auditor', 'auditor'); CALL appraisal.link_account('fi_app', 'service');
CALL appraisal.load_scheme('operations-monthly') \g /dev/null
CALL appraisal.activate_scheme('operations-monthly', valid_from => '2024-01-01') \g /dev/null

-- A statement as a login: what it gives as text, or "SQLSTATE message".
CREATE FUNCTION as_login(login name, statement text, actor text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
DECLARE got text; before CONSTANT text := current_setting('session_authorization');
BEGIN
  BEGIN
    PERFORM set_config('appraisal.actor', actor, true), set_config('session_authorization', login, true);
    EXECUTE statement INTO got;
  EXCEPTION WHEN OTHERS THEN
    got := SQLSTATE || ' ' || SQLERRM;
  END;
  PERFORM set_config('session_authorization', before, true), set_config('appraisal.actor', '', true);
  RETURN got;
END $$;
SELECT is(left(as_login('fi_hr2', format('CALL appraisal.open_cycle(%L, %L, %L, %L)', c, 'operations-monthly', 'month', d)), 2) ~ '^\d', true, 'a month') FROM (VALUES ('03', '[2024-03-01,2024-04-01)'), ('04', '[2024-04-01,2024-05-01)')) v (c, d);
SELECT ok(as_login('fi_hr2', format('CALL appraisal.enrol(%L)', c)) ~ '^\d', 'people') FROM unnest('{03,04}'::text[]) c;
CREATE FUNCTION record(login name, owner text, due text, found text DEFAULT '2024-03-02', unit text DEFAULT 'shop', person text DEFAULT NULL, process text DEFAULT '订单处理', actor text DEFAULT '') RETURNS text LANGUAGE sql AS
$$ SELECT as_login(login, format('CALL appraisal.record_finding(%L, %L, %L, %L, %L, %L, %L, %L)', '03', unit, process, '超时未处理', owner, due, found, person), actor) $$;

-- who records
SELECT is(record('fi_hr', 'a', '2024-03-10'), '1', 'HR records one');
SELECT is(record('fi_boss', 'c', '2024-03-20', unit => 'store', person => 'c'), '2', 'an executive one about a person''s work');
SELECT is(record('fi_m', 'b', '2024-03-20'), '3', 'a manager one of somebody below');
SELECT is(record('fi_m', 'm', '2024-04-05'), '4', 'and one of the own');
SELECT matches(record('fi_m', 'c', '2024-03-20'), '^AP004 there is no person', 'not of others, whom a manager does not see');
SELECT matches(as_login('fi_m', $$SELECT appraisal.write_finding(1, 1, NULL, 'x', 'y', '2024-03-02', (SELECT max(person_id) FROM appraisal.person) + 7, '2024-03-20')$$), '^AP003 findings are recorded by HR', 'by key neither');
SELECT matches(record('fi_a', 'a', '2024-03-20'), '^42501', 'an employee records none');
SELECT matches(record('fi_app', 'b', '2024-03-20', actor => 'b'), '^AP003 findings are recorded by HR and executives, and by managers', 'nor through a service');
SELECT matches(record('fi_auditor', 'a', '2024-03-20'), '^42501', 'nor does an auditor');
SELECT matches(record('fi_hr', 'a', '2024-03-01'), '^AP005 a finding is found by today', 'due before it was found');
SELECT matches(record('fi_hr', 'a', NULL), '^AP005 a finding is found by today', 'due on no day');
SELECT matches(record('fi_hr', 'a', '9999-01-02', '9999-01-01'), '^AP005 a finding is found by today', 'found in the future');
SELECT matches(record('fi_hr', 'a', '2024-03-20', process => ' '), '^AP005 a finding says which process', 'of no process');
SELECT matches(record('fi_hr', 'x', '2024-03-20'), '^AP004 there is no person "x"', 'no such owner');
SELECT matches(record('fi_hr', 'a', '2024-03-20', unit => 'x'), '^AP004 there is no unit "x"', 'no such unit');
DELETE FROM appraisal.participant WHERE person_id = appraisal.person_of_code('boss');
SELECT matches(record('fi_hr', 'a', '2024-03-20', person => 'boss'), '^AP004 person "boss" is not enrolled', 'about who takes no part');
SELECT matches(as_login('fi_hr', $$CALL appraisal.record_finding('99', 'shop', 'p', 'd', 'a', '2024-03-20')$$), '^AP004 there is no cycle', 'no such cycle');

-- who sees which
SELECT is(as_login(l, 'SELECT coalesce(string_agg(finding_id::text, '','' ORDER BY finding_id), '''') FROM appraisal.finding'), f, l || ' sees') FROM (VALUES
  ('fi_hr', '1,2,3,4'), ('fi_boss', '1,2,3,4'), ('fi_auditor', '1,2,3,4'), ('fi_m', '1,3,4'), ('fi_n', '2'), ('fi_a', '1'), ('fi_b', '3')) v (l, f);
SELECT matches(as_login(l, c), '^42501', l || ' writes none by hand') FROM unnest('{fi_hr,fi_boss,fi_m,fi_a}'::text[]) l, unnest(ARRAY['UPDATE appraisal.finding SET due_on = due_on + 1', 'DELETE FROM appraisal.finding',
  $$INSERT INTO appraisal.finding (cycle_id, unit_id, process, description, found_on, found_by_login, owner_id, due_on) VALUES (1, 1, 'p', 'd', '2024-03-02', 'x', 1, '2024-03-03')$$]) c;

-- putting right
SELECT matches(as_login('fi_b', $$CALL appraisal.rectify_finding('03', 1, '改好了')$$), '^AP004 there is no finding 1', 'who does not see it is told there is none');
SELECT matches(as_login('fi_m', $$CALL appraisal.rectify_finding('03', 1, '改好了')$$), '^AP003 finding 1 is put right by its owner', 'a manager does not do it for the owner');
SELECT matches(as_login('fi_a', $$CALL appraisal.rectify_finding('03', 1, '改好了', '2024-03-09')$$), '^AP003 the day on which finding 1 was put right', 'the owner does not choose the day');
SELECT matches(as_login('fi_a', $$CALL appraisal.rectify_finding('03', 1, ' ')$$), '^AP005 a rectification says what was done', 'without words');
SELECT matches(as_login('fi_hr', $$CALL appraisal.rectify_finding('03', 1, '改好了', '2024-03-01')$$), '^AP005 a rectification says what was done, on a day from the finding', 'before it was found');
SELECT matches(as_login('fi_hr', $$CALL appraisal.verify_finding('03', 1, true)$$), '^AP001 finding 1 has nothing to verify', 'nothing is done yet');
SELECT is(as_login('fi_a', $$CALL appraisal.rectify_finding('03', 1, '增加夜班')$$), (statement_timestamp() AT TIME ZONE 'UTC')::date::text, 'the owner does, on the day of the call');
SELECT is(as_login('fi_hr', $$CALL appraisal.rectify_finding('03', 1, '增加夜班', '2024-03-09')$$), '2024-03-09', 'HR says on which day it was');
-- verifying
SELECT matches(as_login('fi_a', $$CALL appraisal.verify_finding('03', 1, true)$$), '^AP003 finding 1 is verified by HR', 'the owner does not verify');
SELECT matches(as_login('fi_b', $$CALL appraisal.verify_finding('03', 1, true)$$), '^AP004', 'nor a colleague');
SELECT matches(as_login('fi_n', $$CALL appraisal.verify_finding('03', 1, true)$$), '^AP004', 'nor a manager of others');
SELECT matches(as_login('fi_m', $$CALL appraisal.verify_finding('03', 1, NULL)$$), '^AP005 a verification accepts, or says why not', 'neither yes nor no');
SELECT matches(as_login('fi_m', $$CALL appraisal.verify_finding('03', 1, false)$$), '^AP005 a verification accepts, or says why not', 'no without a reason');
SELECT is(as_login('fi_m', $$CALL appraisal.verify_finding('03', 1, false, '夜班无人')$$), (statement_timestamp() AT TIME ZONE 'UTC')::date::text, 'not accepted');
SELECT matches(as_login('fi_m', $$CALL appraisal.verify_finding('03', 1, true)$$), '^AP001 finding 1 has nothing to verify', 'the owner is to do more first');
SELECT is(as_login('fi_hr', $$CALL appraisal.rectify_finding('03', 1, '夜班排定', '2024-03-10')$$), '2024-03-10', 'which is done');
SELECT results_eq('SELECT accepted, verification, verified_by FROM appraisal.finding WHERE finding_id = 1', 'SELECT NULL::boolean, NULL::text, NULL::bigint', 'and to be verified anew');
SELECT ok(as_login('fi_m', $$CALL appraisal.verify_finding('03', 1, true)$$) ~ '^\d', 'accepted');
SELECT matches(as_login('fi_a', $$CALL appraisal.rectify_finding('03', 1, '再改')$$), '^AP001 finding 1 is closed', 'then it is closed');
SELECT matches(as_login('fi_m', $$CALL appraisal.verify_finding('03', 1, false, '不')$$), '^AP001 finding 1 is closed', 'for good');
SELECT throws_ok('UPDATE appraisal.finding SET rectified_on = ''2024-03-08'' WHERE finding_id = 1', 'AP007', NULL, 'even for the tables'' owner');
SELECT throws_ok('UPDATE appraisal.finding SET due_on = due_on + 9 WHERE finding_id = 3', 'AP007', NULL, 'whose day for it stays, too');
SELECT throws_ok('DELETE FROM appraisal.finding', NULL, NULL, 'none is removed');
SELECT throws_ok($$UPDATE appraisal.finding SET rectification = 'x', rectified_on = '2024-03-05', verified_on = '2024-03-05', verified_by = owner_id, verified_by_login = 'x', accepted = true WHERE finding_id = 3$$, '23514', NULL, 'nobody verifies the own, by no way');
-- the owner of number 4 found it; somebody above verifies
SELECT ok(as_login('fi_m', $$CALL appraisal.rectify_finding('03', 4, '已改')$$) ~ '^\d', 'the owner who found it puts it right');
SELECT matches(as_login('fi_m', $$CALL appraisal.verify_finding('03', 4, true)$$), '^AP003', 'and does not verify it');
SELECT ok(as_login('fi_boss', $$CALL appraisal.verify_finding('03', 4, true)$$) ~ '^\d', 'who is above does');
SELECT is(count(*), 7::bigint, 'every step is audited') FROM appraisal.audit_log WHERE table_name = 'finding' AND command = 'UPDATE';

-- The rate, against plain SQL over random findings
SET LOCAL session_replication_role = replica;
INSERT INTO appraisal.finding (cycle_id, unit_id, process, description, found_on, found_by_login, owner_id, due_on, rectification, rectified_on, verified_by_login, verified_on, accepted, verification)
SELECT (SELECT min(cycle_id) FROM appraisal.cycle), 1, 'p', 'd', '2024-03-01', 'x', p.person_id, x.due, CASE WHEN x.done IS NOT NULL THEN 'r' END, x.done, CASE WHEN v.ok IS NOT NULL THEN 'x' END, CASE WHEN v.ok IS NOT NULL THEN x.done END, v.ok, 'w'
FROM appraisal.person p, generate_series(1, 12) i, LATERAL (SELECT date '2024-03-02' + pick(0, 45) AS due, CASE WHEN pick(1, 5) > 1 THEN date '2024-03-02' + pick(0, 45) END AS done, i) x,
     LATERAL (SELECT CASE WHEN x.done IS NOT NULL AND pick(1, 4) > 1 THEN pick(1, 4) > 1 END AS ok) v WHERE p.code IN ('a', 'b', 'c', 'h', 'm');
SET LOCAL session_replication_role = origin;
SELECT ok(as_login('fi_hr2', format('CALL appraisal.start_scoring(%L)', c)) ~ '^\d', 'scoring') FROM unnest('{03,04}'::text[]) c;
SELECT matches(as_login('fi_hr2', $$CALL appraisal.record_rectification_rates('03', 'nothing')$$), '^AP004 there is no measured indicator "nothing"', 'no such indicator');
SELECT is(as_login('fi_hr', $$CALL appraisal.record_rectification_rates('03', 'rectification')$$), '4', 'HR records those of the others who had some');
SELECT is(as_login('fi_hr2', $$CALL appraisal.record_rectification_rates('03', 'rectification', without_findings => 1)$$), '2', 'another one that of HR, and 1 where nothing was due');
CREATE FUNCTION rates(cycle text) RETURNS TABLE (code text, value numeric) LANGUAGE sql AS $$
  SELECT n.code, m.value FROM appraisal.cycle c, appraisal.current_measurements(c.cycle_id) m JOIN appraisal.indicator i USING (indicator_id) JOIN appraisal.participant p USING (participant_id) JOIN appraisal.person n USING (person_id)
  WHERE c.code = rates.cycle AND i.code = 'rectification' AND p.cycle_id = c.cycle_id $$;
CREATE FUNCTION plain_rates(first date, last date) RETURNS TABLE (code text, value numeric) LANGUAGE sql AS $$
  SELECT n.code, coalesce(trim_scale(round(sum(CASE WHEN f.accepted AND f.rectified_on <= f.due_on THEN 1 ELSE 0 END)::numeric / nullif(count(f.finding_id), 0), 16)), 1)
  FROM appraisal.person n LEFT JOIN appraisal.finding f ON f.owner_id = n.person_id AND f.due_on BETWEEN first AND last WHERE n.code <> 'boss' GROUP BY n.code $$;
SELECT set_eq($$SELECT * FROM rates('03')$$, $$SELECT * FROM plain_rates('2024-03-01', '2024-03-31')$$, 'put right in time and accepted, of what was due in the month');
SELECT is(as_login('fi_hr2', $$CALL appraisal.record_rectification_rates('03', 'rectification', without_findings => 1)$$), '0', 'again, and nothing changes');
SELECT ok(as_login('fi_hr', format('CALL appraisal.rectify_finding(%L, 3, %L, %L)', '03', '改了', '2024-03-19')) ~ '^\d' AND as_login('fi_m', $$CALL appraisal.verify_finding('03', 3, true)$$) ~ '^\d', 'one more is put right');
SELECT is(as_login('fi_hr2', $$CALL appraisal.record_rectification_rates('03', 'rectification', without_findings => 1)$$), '1', 'one rate has changed');
SELECT set_eq($$SELECT * FROM rates('03')$$, $$SELECT * FROM plain_rates('2024-03-01', '2024-03-31')$$, 'and supersedes the one before');
SELECT is((SELECT corrected_because FROM appraisal.measurement WHERE supersedes IS NOT NULL), 'findings were counted anew', 'which says why');
CREATE TEMP VIEW below AS SELECT DISTINCT n.code FROM appraisal.finding f JOIN appraisal.person n ON n.person_id = f.owner_id WHERE n.code IN ('a', 'b') AND f.due_on BETWEEN '2024-04-01' AND '2024-04-16';
SELECT is(as_login('fi_m', $$CALL appraisal.record_rectification_rates('04', 'rectification', '2024-04-16')$$), (SELECT count(*)::text FROM below), 'a manager records those of the people below');
SELECT set_eq($$SELECT * FROM rates('04')$$, $$SELECT * FROM plain_rates('2024-04-01', '2024-04-16') WHERE code IN (TABLE below)$$, 'of what is due in the next month, wherever it was found, until a day');
SELECT matches(as_login('fi_app', $$CALL appraisal.record_rectification_rates('04', 'rectification')$$, 'a'), '^0$', 'an employee none: nobody records the own');
-- and the points
SELECT set_eq($$SELECT n.code, round(100 * r.value, 10) FROM rates('03') r JOIN appraisal.person n USING (code)$$,
  $$SELECT n.code, round(x.points, 10) FROM appraisal.cycle c, appraisal.indicator_points(c.cycle_id, NULL) x JOIN appraisal.scheme_indicator u USING (scheme_indicator_id) JOIN appraisal.indicator i USING (indicator_id)
    JOIN appraisal.participant p USING (participant_id) JOIN appraisal.person n USING (person_id) WHERE c.code = '03' AND p.cycle_id = c.cycle_id AND i.code = 'rectification'$$, 'the rate is an indicator of the person''s performance');
SELECT * FROM finish();
ROLLBACK;
