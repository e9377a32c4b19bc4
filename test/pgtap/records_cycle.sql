-- Cycles and who takes part in them: each step and each refusal, by call and by direct write; enrolment
-- against a count of days over a random organisation.
\set feature cycle
BEGIN;
SELECT no_plan();
\ir oracle.psql
SET LOCAL client_min_messages = warning;
CREATE ROLE regress_hr; CREATE ROLE regress_zhou; CREATE ROLE regress_manager; CREATE ROLE regress_employee; CREATE ROLE regress_app;
CALL appraisal.create_tables();

-- A firm: 1 leads it, 2 the shop, 3 to 5 work there, 6 is of HR, 7 a senior manager. 3 moved on 1 February
-- from the store, 4 came on 1 March, 5 left on 10 February, 8 had left before though posted still.
CALL appraisal.import_organisation('{
  "units": [{"code": "firm", "title": "公司", "kind": "company"}, {"code": "shop", "title": "运营部", "parent": "firm", "kind": "centre"},
            {"code": "store", "title": "Warehouse", "parent": "shop", "kind": "station"}, {"code": "desk", "title": "Desk", "parent": "firm", "kind": "station"}],
  "people": [{"code": "1", "name": "王", "hired_on": "2020-01-01"}, {"code": "2", "name": "Li", "hired_on": "2020-01-01"},
             {"code": "3", "name": "Zhao", "hired_on": "2021-01-01"}, {"code": "4", "name": "Qian", "hired_on": "2026-03-01"},
             {"code": "5", "name": "Sun", "hired_on": "2021-01-01", "left_on": "2026-02-10"}, {"code": "6", "name": "Zhou", "hired_on": "2021-01-01"},
             {"code": "7", "name": "Wu", "hired_on": "2021-01-01"}, {"code": "8", "name": "Zheng", "hired_on": "2019-01-01", "left_on": "2025-07-01"},
             {"code": "9", "name": "Feng", "hired_on": "2026-04-01"}],
  "postings": [{"person": "1", "unit": "firm", "job_group": "staff", "from_date": "2020-01-01"},
               {"person": "2", "unit": "shop", "manager": "1", "job_group": "shop_manager", "from_date": "2020-01-01"},
               {"person": "3", "unit": "store", "manager": "2", "job_group": "staff", "from_date": "2021-01-01", "until_date": "2026-02-01"},
               {"person": "3", "unit": "shop", "manager": "2", "job_group": "product", "from_date": "2026-02-01"},
               {"person": "4", "unit": "shop", "manager": "2", "job_group": "staff", "from_date": "2026-03-01"},
               {"person": "5", "unit": "shop", "manager": "2", "job_group": "staff", "from_date": "2021-01-01", "until_date": "2026-02-10"},
               {"person": "6", "unit": "firm", "manager": "1", "job_group": "staff", "from_date": "2021-01-01"},
               {"person": "7", "unit": "firm", "manager": "1", "job_group": "senior_manager", "from_date": "2021-01-01"},
               {"person": "8", "unit": "firm", "manager": "1", "job_group": "staff", "from_date": "2019-01-01"},
               {"person": "9", "unit": "firm", "manager": "1", "job_group": "staff", "from_date": "2026-04-01"}]}');
CALL appraisal.link_account('regress_hr', 'hr');
CALL appraisal.link_account('regress_zhou', 'hr', '6');
CALL appraisal.link_account('regress_manager', 'manager', '2');
CALL appraisal.link_account('regress_employee', 'employee', '3');
CALL appraisal.link_account('regress_app', 'service');
CALL appraisal.load_scheme('performance-and-values');
CALL appraisal.activate_scheme('performance-and-values', valid_from => '2026-01-01');
CALL appraisal.load_scheme('operations-monthly');
CALL appraisal.load_scheme('three-level');
CALL appraisal.activate_scheme('three-level', valid_from => '2026-01-01');
CALL appraisal.load_scheme('performance-and-values', '{"code": "present", "transfer": "present_unit", "goals_set_by": "none", "goals_confirmed": false, "target_floor": "none"}');
CALL appraisal.activate_scheme('present', valid_from => '2026-01-01');

CREATE FUNCTION pg_temp.enrol(cycle text, unit text DEFAULT NULL, job_group text DEFAULT NULL, subject text DEFAULT 'person', least_days int DEFAULT NULL)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE enrolled int; exempted int;
BEGIN
  CALL appraisal.enrol(cycle, unit, job_group, subject, least_days, enrolled, exempted);
  RETURN format('%s enrolled, %s exempt', enrolled, exempted);
END $$;
CREATE FUNCTION pg_temp.told(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  EXECUTE call INTO result;
  RETURN result;
END $$;
-- what an error says besides its message
CREATE FUNCTION pg_temp.error_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE code text; message text; detail text; hint text;
BEGIN
  EXECUTE query;
  RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(' | ', code, message, nullif(detail, ''), nullif(hint, ''));
END $$;

CREATE TEMP VIEW enrolled WITH (security_invoker = true) AS
SELECT c.code AS cycle, coalesce(n.code, a.code) AS who, p.segment, p.segment_days AS days, p.leads, u.code AS unit, m.code AS manager,
       p.job_group, p.exempt_because
FROM appraisal.participant p JOIN appraisal.cycle c USING (cycle_id) LEFT JOIN appraisal.person n USING (person_id)
LEFT JOIN appraisal.unit a ON a.unit_id = p.appraised_unit_id
JOIN appraisal.unit u ON u.unit_id = p.unit_id LEFT JOIN appraisal.person m ON m.person_id = p.manager_id;
GRANT SELECT ON enrolled TO PUBLIC;

-- opening
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT throws_ok($$CALL appraisal.open_cycle('q1', 'nothing', 'quarter', '[2026-01-01,2026-04-01)')$$, 'AP004', 'there is no scheme "nothing"', 'no such scheme');
SELECT is(pg_temp.error_of($$CALL appraisal.open_cycle('q1', 'operations-monthly', 'month', '[2026-01-01,2026-02-01)')$$),
  'AP001 | scheme "operations-monthly" has no active version | CALL appraisal.activate_scheme(''operations-monthly'') brings its draft into force.', 'a scheme that is not in force');
SELECT is(pg_temp.error_of($$CALL appraisal.open_cycle('q1', 'performance-and-values', 'month', '[2026-01-01,2026-02-01)')$$),
  'AP005 | scheme "performance-and-values" has no appraisals for each month | Its periods are: half_year, quarter, year.', 'a period that the scheme has not');
SELECT is(pg_temp.error_of(format($$CALL appraisal.open_cycle('q1', 'performance-and-values', 'quarter', %L)$$, r)),
  format('AP005 | cycle "q1" needs a first and a last day | The period given is %s.', r::daterange), 'a period without ends: ' || r)
FROM unnest('{"[2026-01-01,)","(,2026-01-01)",empty}'::text[]) r;
SELECT throws_ok($$CALL appraisal.open_cycle('q1', 'performance-and-values', 'quarter', '[2026-01-01,2026-04-01)', cohort_date => '2026-04-01')$$,
  '23514', NULL, 'a cohort date outside the period');
SELECT lives_ok($$CALL appraisal.open_cycle('q1', 'performance-and-values', 'quarter', '[2026-01-01,2026-04-01)', reviews_due => '2026-04-10')$$, 'a cycle');
SELECT throws_ok($$CALL appraisal.open_cycle('q1', 'performance-and-values', 'quarter', '[2026-01-01,2026-04-01)')$$, '23505', NULL, 'its code is taken');
SELECT results_eq('SELECT code, title, period, during::text, cohort_date, reviews_due, status FROM appraisal.cycle',
  $$VALUES ('q1', 'q1', 'quarter', '[2026-01-01,2026-04-01)', '2026-03-31'::date, '2026-04-10'::date, 'draft')$$, 'with its defaults');
SELECT throws_ok(format($$INSERT INTO appraisal.cycle (code, title, scheme_id, period, during, cohort_date, status, reopened_because)
  SELECT 'x', 'x', scheme_id, 'quarter', '[2026-01-01,2026-04-01)', '2026-03-31', %L, %L FROM appraisal.scheme WHERE code = 'present'$$, s, b),
  'AP001', 'cycle "x" begins as a draft', 'by direct write, too: ' || s) FROM (VALUES ('scoring', NULL), ('draft', 'why')) v (s, b);
SELECT throws_ok($$INSERT INTO appraisal.cycle (code, title, scheme_id, period, during, cohort_date)
  SELECT 'x', 'x', scheme_id, 'month', '[2026-01-01,2026-02-01)', '2026-01-31' FROM appraisal.scheme WHERE code = 'operations-monthly'$$,
  'AP001', 'cycle "x" cannot go by version 1 of scheme "operations-monthly", which is a draft', 'nor by a draft');
SELECT throws_ok($$INSERT INTO appraisal.cycle (code, title, scheme_id, period, during, cohort_date)
  SELECT 'x', 'x', scheme_id, 'month', '[2026-01-01,2026-02-01)', '2026-01-31' FROM appraisal.scheme WHERE code = 'present'$$,
  'AP005', 'scheme "present" has no appraisals for each month', 'nor for a period that the scheme has not');
SELECT throws_ok($$INSERT INTO appraisal.cycle (code, title, scheme_id, period, during, cohort_date)
  VALUES ('x', 'x', 0, 'month', '[2026-01-01,2026-02-01)', '2026-01-31')$$, '23503', NULL, 'nor by no scheme at all');
SET LOCAL SESSION AUTHORIZATION regress_employee;
SELECT throws_ok($$CALL appraisal.open_cycle('x', 'present', 'quarter', '[2026-01-01,2026-04-01)')$$, '42501', NULL, 'employees open none');
SELECT throws_ok($$CALL appraisal.enrol('q1')$$, '42501', NULL, 'and enrol nobody');
SET LOCAL SESSION AUTHORIZATION regress_app;
SET LOCAL appraisal.actor = '3';
SELECT is(pg_temp.error_of($$CALL appraisal.enrol('q1')$$), 'AP003 | cycle "q1" is kept by HR | Ask an account with the capability hr.', 'nor for an employee through a service');
SELECT is(pg_temp.error_of(format('CALL appraisal.%s', call)), 'AP003 | cycle "q1" is kept by HR | Ask an account with the capability hr.', call)
FROM unnest(ARRAY['exempt(''q1'', ''3'', ''x'')', 'start_scoring(''q1'')', 'close_reviews(''q1'')', 'reopen(''q1'', ''x'')']) call;
SET LOCAL appraisal.actor = '6';
SELECT is(pg_temp.enrol('q1', unit => 'desk'), '0 enrolled, 0 exempt', 'for HR it is HR');
SET LOCAL appraisal.actor = '';

-- enrolling
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT throws_ok($$CALL appraisal.enrol('nothing')$$, 'AP004', 'there is no cycle "nothing"', 'no such cycle');
SELECT throws_ok($$CALL appraisal.enrol('q1', 'nothing')$$, 'AP004', 'there is no unit "nothing"', 'no such unit');
SELECT is(pg_temp.error_of($$CALL appraisal.enrol('q1', subject => 'unit')$$),
  'AP005 | the scheme of cycle "q1" does not appraise a "unit" | It appraises: person.', 'a subject that the scheme has not');
SELECT throws_ok($$CALL appraisal.start_scoring('q1')$$, 'AP001', 'cycle "q1" has nobody to appraise', 'nobody to appraise');
SELECT is(pg_temp.enrol('q1', job_group => 'staff'), '4 enrolled, 2 exempt', 'a job group');
SELECT is(pg_temp.enrol('q1', unit => 'shop'), '2 enrolled, 0 exempt', 'a unit with those below');
SELECT is(pg_temp.enrol('q1'), '0 enrolled, 0 exempt', 'everybody is enrolled once');
RESET SESSION AUTHORIZATION;
SELECT results_eq($$SELECT who, segment, days, leads, unit, manager, job_group, exempt_because FROM enrolled WHERE cycle = 'q1' ORDER BY who, segment$$,
  $$VALUES ('1', 1, 90, true, 'firm', NULL, 'staff', NULL), ('2', 1, 90, true, 'shop', '1', 'shop_manager', NULL),
    ('3', 1, 31, false, 'store', '2', 'staff', NULL), ('3', 2, 59, true, 'shop', '2', 'product', NULL),
    ('4', 1, 31, true, 'shop', '2', 'staff', 'newcomer'), ('5', 1, 40, true, 'shop', '2', 'staff', 'leaver'),
    ('6', 1, 90, true, 'firm', '1', 'staff', NULL)$$,
  'who was posted in the period, once a segment, exempt by rule; no senior managers, who have no quarters, nobody who had left before');
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT lives_ok($$CALL appraisal.open_cycle('p1', 'present', 'quarter', '[2026-01-01,2026-04-01)', cohort_date => '2026-01-15')$$, 'a scheme that appraises by the present unit');
SELECT is(pg_temp.enrol('p1', least_days => 40), '6 enrolled, 1 exempt', 'with a limit of one''s own for newcomers and leavers');
SELECT lives_ok($$CALL appraisal.open_cycle('h1', 'performance-and-values', 'half_year', '[2026-01-01,2026-07-01)', 'First half')$$, 'a half-year');
SELECT is(pg_temp.enrol('h1'), '1 enrolled, 0 exempt', 'is for senior managers only');
SELECT lives_ok($$CALL appraisal.open_cycle('t1', 'three-level', 'quarter', '[2026-01-01,2026-04-01)')$$, 'a scheme that appraises units');
SELECT is(pg_temp.enrol('t1', subject => 'unit', unit => 'shop', job_group => 'station'), '1 enrolled, 0 exempt', 'units of a kind, of a part of the tree');
SELECT is(pg_temp.enrol('t1', subject => 'unit'), '3 enrolled, 0 exempt', 'the other units');
SELECT is(pg_temp.enrol('t1', subject => 'unit'), '0 enrolled, 0 exempt', 'once');
RESET SESSION AUTHORIZATION;
SELECT results_eq($$SELECT who, days, leads, unit, manager, job_group, exempt_because FROM enrolled WHERE cycle = 'p1' ORDER BY who$$,
  $$VALUES ('1', 90, true, 'firm', NULL, 'staff', NULL), ('2', 90, true, 'shop', '1', 'shop_manager', NULL),
    ('3', 90, true, 'store', '2', 'staff', NULL), ('4', 31, true, 'shop', '2', 'staff', 'newcomer'),
    ('5', 40, true, 'shop', '2', 'staff', NULL), ('6', 90, true, 'firm', '1', 'staff', NULL)$$, 'one row each, as posted on the cohort date or else last');
SELECT results_eq($$SELECT who, days, leads, unit, manager, job_group FROM enrolled WHERE cycle = 't1' ORDER BY who$$,
  $$VALUES ('desk', 90, true, 'desk', NULL, 'station'), ('firm', 90, true, 'firm', '1', 'company'), ('shop', 90, true, 'shop', '2', 'centre'),
    ('store', 90, true, 'store', NULL, 'station')$$, 'a unit has the head that it has on the cohort date, or nobody');
-- two heads are none
UPDATE appraisal.posting SET manager_id = NULL WHERE person_id = appraisal.person_of_code('6');
CALL appraisal.open_cycle('t2', 'three-level', 'quarter', '[2026-01-01,2026-04-01)');
SELECT is(pg_temp.enrol('t2', subject => 'unit', job_group => 'company'), '1 enrolled, 0 exempt', 'a unit with two at its top');
SELECT is((SELECT manager FROM enrolled WHERE cycle = 't2'), NULL, 'has no head');
UPDATE appraisal.posting SET manager_id = appraisal.person_of_code('1') WHERE person_id = appraisal.person_of_code('6');

-- exemptions
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT throws_ok($$CALL appraisal.exempt('q1', '9', 'long leave')$$, 'AP004', 'person "9" is not enrolled in cycle "q1"', 'who is not enrolled');
SELECT throws_ok($$CALL appraisal.exempt('q1', 'nobody', 'long leave')$$, 'AP004', 'there is no person "nobody"', 'who is not there');
SELECT throws_ok($$CALL appraisal.exempt('t1', NULL, 'closed', 'nothing')$$, 'AP004', 'there is no unit "nothing"', 'a unit that is not there');
SELECT throws_ok($$CALL appraisal.exempt('q1', NULL, 'closed', 'store')$$, 'AP004', 'unit "store" is not enrolled in cycle "q1"', 'a unit that is not enrolled');
SELECT throws_ok($$CALL appraisal.exempt('q1', NULL, 'long leave')$$, 'AP005', 'an exemption is for one person or one unit', 'neither a person nor a unit');
SELECT throws_ok($$CALL appraisal.exempt('q1', '3', '')$$, '23514', NULL, 'an empty reason');
SELECT is(pg_temp.told($$CALL appraisal.exempt('q1', '3', 'long leave')$$), '1', 'long leave');
SELECT is(pg_temp.told($$CALL appraisal.exempt('q1', '3', 'long leave')$$), '0', 'the same again changes nothing');
SELECT is((SELECT string_agg(exempt_because, ',') FROM enrolled WHERE cycle = 'q1' AND who = '3'), 'long leave,long leave', 'for all segments');
SELECT is(pg_temp.told($$CALL appraisal.exempt('q1', '3', NULL)$$), '1', 'no reason ends it');
SELECT is(pg_temp.told($$CALL appraisal.exempt('t1', NULL, 'closed', 'desk')$$), '1', 'a unit');
SET LOCAL SESSION AUTHORIZATION regress_zhou;
SELECT is(pg_temp.error_of($$CALL appraisal.exempt('q1', '6', 'busy')$$),
  'AP003 | nobody changes one''s own participation | It is that of person "6". | Ask another account with the capability hr.', 'not even HR exempts oneself');
SELECT throws_ok(format($$UPDATE appraisal.participant SET %s WHERE person_id = appraisal.person_of_code('6')$$, change), 'AP003',
  'nobody changes one''s own participation', 'nor by direct write: ' || change) FROM unnest('{exempt_because = ''x'',manager_id = NULL}'::text[]) change;
SELECT throws_ok($$DELETE FROM appraisal.participant WHERE person_id = appraisal.person_of_code('6')$$, 'AP003', 'nobody changes one''s own participation', 'nor takes oneself out');
SELECT throws_ok($$INSERT INTO appraisal.participant (cycle_id, person_id, segment_days, unit_id, job_group, exempt_because)
  VALUES (appraisal.cycle_of_code('h1'), appraisal.person_of_code('6'), 1, appraisal.unit_of_code('firm'), 'staff', 'busy')$$,
  'AP003', 'nobody changes one''s own participation', 'nor puts oneself in as exempt');

-- a snapshot that does not hang together
SET LOCAL SESSION AUTHORIZATION regress_hr;
\set segments 'one segment of a person leads, and all are exempt for one reason or none'
SELECT throws_ok($$UPDATE appraisal.participant SET leads = false WHERE segment_days = 59$$, 'AP005', :'segments', 'no segment leads');
SELECT throws_ok($$UPDATE appraisal.participant SET leads = true WHERE segment_days = 31 AND NOT leads$$, '23505', NULL, 'two lead');
SELECT throws_ok($$UPDATE appraisal.participant SET exempt_because = 'x' WHERE segment_days = 59$$, 'AP005', :'segments', 'one segment is exempt');
SELECT throws_ok($$DELETE FROM appraisal.participant WHERE segment_days = 59$$, 'AP005', :'segments', 'the leading segment is removed alone');
SELECT throws_ok($$INSERT INTO appraisal.participant (cycle_id, person_id, segment, leads, segment_days, unit_id, job_group)
  VALUES (appraisal.cycle_of_code('h1'), appraisal.person_of_code('1'), 1, false, 9, appraisal.unit_of_code('firm'), 'staff')$$, 'AP005', :'segments', 'one that does not lead, alone');
SELECT throws_ok($$UPDATE appraisal.participant SET person_id = appraisal.person_of_code('9') WHERE segment_days = 40 AND cycle_id = appraisal.cycle_of_code('q1')$$,
  'AP005', 'a participant stays the one who was enrolled', 'another person');
SELECT throws_ok($$UPDATE appraisal.participant SET cycle_id = appraisal.cycle_of_code('h1') WHERE segment_days = 40 AND cycle_id = appraisal.cycle_of_code('q1')$$,
  'AP005', 'a participant stays the one who was enrolled', 'another cycle');
SELECT throws_ok($$INSERT INTO appraisal.participant (cycle_id, appraised_unit_id, segment_days, unit_id, job_group)
  VALUES (appraisal.cycle_of_code('q1'), appraisal.unit_of_code('desk'), 90, appraisal.unit_of_code('desk'), 'station')$$,
  'AP005', 'the scheme does not appraise such participants', 'a unit where the scheme appraises people');
SELECT lives_ok($$DELETE FROM appraisal.participant WHERE person_id = appraisal.person_of_code('3') AND cycle_id = appraisal.cycle_of_code('q1')$$, 'all segments of a person are removed together');
SELECT is(pg_temp.enrol('q1'), '1 enrolled, 0 exempt', 'who is enrolled anew then');

-- what a cycle is settled by
SELECT is(pg_temp.error_of(format('UPDATE appraisal.cycle SET %s WHERE code = ''q1''', change)),
  'AP001 | scheme, period and cohort date of cycle "q1" are settled | It has participants, who were enrolled by them. | CALL appraisal.open_cycle() opens another.', change)
FROM unnest(ARRAY['period = ''year''', 'during = ''[2026-01-01,2026-04-02)''', 'cohort_date = ''2026-03-30''']) change;
SELECT throws_ok($$DELETE FROM appraisal.cycle WHERE code = 'q1'$$, 'AP001', 'cycle "q1" cannot be removed', 'with participants a cycle stays');
SELECT lives_ok($$CALL appraisal.open_cycle('empty', 'present', 'quarter', '[2026-01-01,2026-04-01)')$$, 'a cycle without participants');
SELECT lives_ok($$UPDATE appraisal.cycle SET during = '[2026-04-01,2026-07-01)', cohort_date = '2026-06-30' WHERE code = 'empty'$$, 'is put right');
SELECT throws_ok($$UPDATE appraisal.cycle SET period = 'month' WHERE code = 'empty'$$, 'AP005', 'scheme "present" has no appraisals for each month', 'within the rules');
SELECT lives_ok($$DELETE FROM appraisal.cycle WHERE code = 'empty'$$, 'and removed');

-- the steps, by direct write: each pair of statuses
SELECT is(pg_temp.error_of(format('UPDATE appraisal.cycle SET status = %L WHERE code = ''q1''', s)),
  format('AP001 | cycle "q1" cannot go from draft to %s | A cycle goes from draft to goals, scoring, calibration, published and closed, one step at a time, and back one step until it is published. | %s',
         s, appraisal.next_step('draft')), 'no skipping to ' || s) FROM unnest('{scoring,calibration,published,closed}'::text[]) s;
SELECT throws_ok($$UPDATE appraisal.cycle SET status = 'nowhere' WHERE code = 'q1'$$, '23514', NULL, 'an unknown status');
SELECT throws_ok($$UPDATE appraisal.cycle SET reopened_because = 'x' WHERE code = 'q1'$$, 'AP005', 'why cycle "q1" was taken back is written when it is', 'a reason for nothing');
SELECT throws_ok($$CALL appraisal.close_reviews('q1')$$, 'AP001', 'cycle "q1" cannot go from draft to calibration', 'closing before scoring');
SELECT throws_ok($$CALL appraisal.reopen('q1', 'x')$$, 'AP001', 'cycle "q1" cannot go back from draft', 'back from the beginning');
SELECT throws_ok($$CALL appraisal.start_scoring('q1')$$, 'AP001', 'person "1" has no goal for indicator "goal_1"', 'goals that the scheme wants are missing');
SELECT throws_ok($$UPDATE appraisal.cycle SET status = 'goals' WHERE code = 'h1'; UPDATE appraisal.cycle SET status = 'scoring' WHERE code = 'h1'$$,
  'AP001', 'person "7" has no goal for indicator "goal_1"', 'a direct step is no way round');
SELECT is((SELECT string_agg(status, ',') FROM appraisal.cycle WHERE code IN ('q1', 'h1')), 'draft,draft', 'a refused step leaves nothing behind');
SELECT is(pg_temp.told($$CALL appraisal.start_scoring('p1')$$), '5', 'without goals of their own: scoring begins');
SELECT throws_ok($$CALL appraisal.start_scoring('p1')$$, 'AP001', 'cycle "p1" cannot go from scoring to scoring', 'once');
SELECT is(pg_temp.error_of($$CALL appraisal.enrol('p1')$$),
  'AP001 | cycle "p1" is in status scoring: nobody is enrolled any more | CALL appraisal.close_reviews() when the reviews are in.', 'too late to enrol');
SELECT lives_ok($$CALL appraisal.exempt('p1', '2', 'long leave')$$, 'not too late to exempt');
SELECT throws_ok($$UPDATE appraisal.cycle SET during = '[2026-01-01,2026-04-02)' WHERE code = 'p1'$$, 'AP001', 'scheme, period and cohort date of cycle "p1" are settled', 'the period stays');
SELECT lives_ok($$UPDATE appraisal.cycle SET title = 'Quarter', reviews_due = '2026-04-20' WHERE code = 'p1'$$, 'a title changes');
SELECT throws_ok($$DELETE FROM appraisal.cycle WHERE code = 'p1'$$, 'AP001', 'cycle "p1" cannot be removed', 'a cycle that goes on stays');
SELECT is(pg_temp.error_of($$UPDATE appraisal.cycle SET status = 'goals' WHERE code = 'p1'$$),
  'AP005 | taking cycle "p1" back to goals needs a reason of its own | There is none. | CALL appraisal.reopen(''p1'', reason).', 'back needs a reason');
SELECT throws_ok($$CALL appraisal.reopen('p1', NULL)$$, 'AP005', 'taking cycle "p1" back to goals needs a reason of its own', 'by call, too');
SELECT throws_ok($$CALL appraisal.reopen('p1', '')$$, '23514', NULL, 'one that says something');
SELECT is(pg_temp.told($$CALL appraisal.reopen('p1', 'wrong people')$$), 'goals', 'back a step');
SELECT is(pg_temp.error_of($$CALL appraisal.reopen('p1', 'wrong people')$$),
  'AP005 | taking cycle "p1" back to draft needs a reason of its own | The last time it was: wrong people | CALL appraisal.reopen(''p1'', reason).', 'the next step back needs another');
SELECT is(pg_temp.told($$CALL appraisal.reopen('p1', 'wrong people again')$$), 'draft', 'and one more');
SELECT is(pg_temp.told($$CALL appraisal.start_scoring('p1')$$), '4', 'on again');

-- closing: reviews that are not in lapse, those of HR people, too, who are not told
RESET SESSION AUTHORIZATION;
INSERT INTO appraisal.review (cycle_id, participant_id, rater_id, source)
SELECT p.cycle_id, p.participant_id, appraisal.person_of_code(r.rater), r.source
FROM (VALUES ('3', '3', 'self'), ('3', '2', 'manager'), ('6', '1', 'manager'), ('6', '6', 'self')) r (who, rater, source)
JOIN appraisal.participant p ON p.cycle_id = appraisal.cycle_of_code('p1') AND p.person_id = appraisal.person_of_code(r.who);
SET LOCAL SESSION AUTHORIZATION regress_employee;
SELECT throws_ok($$CALL appraisal.close_reviews('p1')$$, '42501', NULL, 'not for employees');
SET LOCAL SESSION AUTHORIZATION regress_zhou;
SELECT is(pg_temp.told($$CALL appraisal.close_reviews('p1')$$), '3', 'closed; HR counts what HR may see');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT string_agg(DISTINCT status, ',') FROM appraisal.review), 'lapsed', 'all lapsed');
SELECT is((SELECT status FROM appraisal.cycle WHERE code = 'p1'), 'calibration', 'the cycle is in calibration');
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT throws_ok($$UPDATE appraisal.cycle SET status = 'published' WHERE code = 'p1'$$, 'AP001', 'the results of cycle "p1" are not signed off', 'not published before the results are signed off');
SELECT throws_ok($$CALL appraisal.exempt('p1', '3', 'long leave')$$, 'AP001', 'participant of cycle "p1" cannot be written: the cycle is in status calibration', 'too late to exempt');
SELECT is(pg_temp.told($$CALL appraisal.reopen('p1', 'a late review')$$), 'scoring', 'back to scoring');
SELECT is(pg_temp.told($$CALL appraisal.close_reviews('p1')$$), '0', 'nothing is left to lapse');
-- what is published stays so
RESET SESSION AUTHORIZATION;
ALTER TABLE appraisal.cycle DISABLE TRIGGER keep_cycle;
UPDATE appraisal.cycle SET status = 'published' WHERE code = 'p1';
ALTER TABLE appraisal.cycle ENABLE TRIGGER keep_cycle;
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT throws_ok($$CALL appraisal.reopen('p1', 'second thoughts')$$, 'AP001', 'cycle "p1" cannot go back from published', 'not by call');
SELECT throws_ok($$UPDATE appraisal.cycle SET status = 'calibration', reopened_because = 'second thoughts' WHERE code = 'p1'$$, 'AP005', NULL, 'nor by direct write, with a reason');
SELECT throws_ok($$UPDATE appraisal.cycle SET status = 'calibration' WHERE code = 'p1'$$, 'AP001', 'cycle "p1" cannot go from published to calibration', 'or without');
SELECT lives_ok($$UPDATE appraisal.cycle SET status = 'closed' WHERE code = 'p1'$$, 'it is closed in the end');
SELECT throws_ok($$UPDATE appraisal.cycle SET status = 'published' WHERE code = 'p1'$$, 'AP001', 'cycle "p1" cannot go from closed to published', 'and stays closed');
SELECT throws_ok($$CALL appraisal.start_scoring('nothing')$$, 'AP004', 'there is no cycle "nothing"', 'no such cycle');
RESET SESSION AUTHORIZATION;

-- A random organisation: 12 units in a tree, 150 people, each with up to five postings with gaps between
-- them, hired and gone at random around the quarter.
CREATE TEMP TABLE chart AS SELECT i, CASE WHEN i > 1 THEN pick(1, i - 1) END AS parent FROM generate_series(1, 12) i;
INSERT INTO appraisal.unit (code, title, kind) SELECT 'u' || i, 'U', 'r' FROM chart ORDER BY i;
UPDATE appraisal.unit u SET parent_id = p.unit_id FROM chart c JOIN appraisal.unit p ON p.code = 'u' || c.parent WHERE u.code = 'u' || c.i;
INSERT INTO appraisal.person (code, name, hired_on, left_on)
SELECT 'r' || i, 'R', h, CASE WHEN random() < 0.4 THEN h + pick(0, 300) END
FROM (SELECT i, date '2026-06-01' + pick(-200, 130) AS h FROM generate_series(1, 150) i) s;
CREATE TEMP TABLE stay AS
SELECT i, from_date + CASE WHEN random() < 0.3 THEN pick(1, 20) ELSE 0 END AS from_date, lead(from_date) OVER (PARTITION BY i ORDER BY from_date) AS until_date,
       'u' || pick(1, 12) AS unit, (ARRAY['staff', 'staff', 'product', 'crm', 'senior_manager', 'department_head'])[pick(1, 6)] AS job_group
FROM (SELECT DISTINCT i, date '2026-05-15' + pick(-3, 5) * 30 AS from_date FROM generate_series(1, 150) i, generate_series(1, 5)) d;
INSERT INTO appraisal.posting (person_id, unit_id, manager_id, job_group, during)
SELECT p.person_id, u.unit_id, m.person_id, s.job_group, daterange(s.from_date, s.until_date)
FROM stay s JOIN appraisal.person p ON p.code = 'r' || s.i JOIN appraisal.unit u ON u.code = s.unit
JOIN appraisal.person m ON m.code = 'r' || ((s.i + date_part('doy', s.from_date)::int % 120) % 150 + 1);
CREATE TEMP TABLE world AS SELECT pick(0, 91) AS cohort, pick(2, 12) AS only_unit, pick(1, 91) AS least_days;
CREATE FUNCTION pg_temp.expected(segments boolean, cohort date, only_unit text, least_days int)
RETURNS TABLE (who text, segment bigint, days bigint, leads boolean, unit text, manager text, job_group text, exempt text) LANGUAGE sql AS $$
  WITH RECURSIVE
  -- each day of the quarter that a person serves and is posted
  day AS (SELECT n.person_id, d::date AS d, g.unit_id, g.manager_id, g.job_group
          FROM appraisal.person n CROSS JOIN generate_series(date '2026-07-01', date '2026-09-30', interval '1 day') d
          JOIN appraisal.posting g ON g.person_id = n.person_id AND g.during @> d::date
          WHERE n.code LIKE 'r%' AND n.hired_on <= d AND (n.left_on IS NULL OR d < n.left_on)),
  run AS (SELECT *, sum(new) OVER (PARTITION BY person_id ORDER BY d) AS run
          FROM (SELECT *, CASE WHEN segments AND unit_id <> lag(unit_id) OVER (PARTITION BY person_id ORDER BY d) THEN 1 ELSE 0 END AS new FROM day) s),
  -- the day by which a run is described
  described AS (SELECT r.person_id, r.run, count(*) AS days, bool_or(r.d = cohort) AS holds, max(r.d) AS last,
                       coalesce(max(r.d) FILTER (WHERE NOT segments AND r.d = cohort), max(r.d)) AS by_day
                FROM run r GROUP BY 1, 2),
  first AS (SELECT x.person_id, x.run FROM described x
              WHERE x.run = (SELECT y.run FROM described y WHERE y.person_id = x.person_id ORDER BY y.holds DESC, y.last DESC LIMIT 1)),
  with_quarter AS (SELECT x.person_id, x.run, x.days, r.unit_id, r.manager_id, r.job_group, (x.person_id, x.run) IN (SELECT l.person_id, l.run FROM first l) AS leads
                   FROM described x JOIN run r ON r.person_id = x.person_id AND r.d = x.by_day
                   WHERE r.job_group NOT IN ('senior_manager', 'department_head')),
  tree AS (SELECT unit_id FROM appraisal.unit WHERE code = only_unit
           UNION SELECT u.unit_id FROM appraisal.unit u JOIN tree t ON u.parent_id = t.unit_id)
  SELECT n.code, count(*) OVER (PARTITION BY w.person_id ORDER BY w.run), w.days, w.leads, u.code, m.code, w.job_group,
         CASE WHEN served.days < least_days THEN CASE WHEN n.left_on < '2026-10-01' THEN 'leaver' WHEN n.hired_on > '2026-07-01' THEN 'newcomer' END END
  FROM with_quarter w JOIN appraisal.person n USING (person_id) JOIN appraisal.unit u USING (unit_id) LEFT JOIN appraisal.person m ON m.person_id = w.manager_id,
  LATERAL (SELECT count(*) AS days FROM generate_series(date '2026-07-01', date '2026-09-30', interval '1 day') d
           WHERE n.hired_on <= d AND (n.left_on IS NULL OR d < n.left_on)) served
  WHERE EXISTS (SELECT FROM with_quarter l WHERE l.person_id = w.person_id AND l.leads AND l.unit_id IN (SELECT unit_id FROM tree))
$$;
SELECT date '2026-07-01' + cohort AS cohort, 'u' || only_unit AS only_unit, least_days FROM world \gset
DELETE FROM appraisal.posting WHERE person_id IN (SELECT person_id FROM appraisal.person WHERE code IN ('1','2','3','4','5','6','7','8','9'));
SELECT lives_ok(format($$CALL appraisal.open_cycle('r-%1$s', %1$L, 'quarter', '[2026-07-01,2026-10-01)', cohort_date => %2$L)$$, s, :'cohort'), 'a quarter by ' || s)
FROM unnest('{performance-and-values,present}'::text[]) s;
\set difference '(SELECT who, segment, days, leads, unit, manager, job_group, exempt_because FROM enrolled WHERE cycle = %1$L EXCEPT ALL SELECT * FROM pg_temp.expected(%2$L, %3$L, %4$L, %5$L)) UNION ALL (SELECT * FROM pg_temp.expected(%2$L, %3$L, %4$L, %5$L) EXCEPT ALL SELECT who, segment, days, leads, unit, manager, job_group, exempt_because FROM enrolled WHERE cycle = %1$L)'
CREATE TEMP TABLE counted AS
SELECT s, pg_temp.enrol('r-' || s, :'only_unit', least_days => :least_days) AS part FROM unnest('{performance-and-values,present}'::text[]) s;
SELECT no_rows(format(:'difference', 'r-' || s, s <> 'present', :'cohort', :'only_unit', :least_days), 'a part of the tree, as counted by days: ' || s)
FROM unnest('{performance-and-values,present}'::text[]) s;
SELECT is(part, (SELECT format('%s enrolled, %s exempt', count(*), count(exempt)) FROM pg_temp.expected(s <> 'present', :'cohort', :'only_unit', :least_days) WHERE leads),
          'and what the call says of it: ' || s) FROM counted;
SELECT lives_ok(format('SELECT pg_temp.enrol(%L, least_days => %s)', 'r-' || s, :least_days), 'all others: ' || s) FROM counted;
SELECT no_rows(format(:'difference', 'r-' || s, s <> 'present', :'cohort', 'u1', :least_days), 'everybody, as counted by days: ' || s) FROM counted;
SELECT cmp_ok(count(*), '>', 20::bigint, 'the organisation has people who moved') FROM enrolled WHERE cycle = 'r-performance-and-values' AND segment > 1;
SELECT cmp_ok(count(*), '>', 5::bigint, 'and exempt ones') FROM enrolled WHERE cycle = 'r-present' AND exempt_because IS NOT NULL AND :least_days > 20 OR cycle = 'r-present' AND :least_days <= 20;
SELECT is(pg_temp.enrol('r-' || s), '0 enrolled, 0 exempt', 'again: nobody') FROM counted;
SELECT * FROM finish();
ROLLBACK;
