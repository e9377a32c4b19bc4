-- The scheme company-half-year from its loading to computed results, by a company of 240 people and its
-- four departments: the first half of 2026 for all, and the year for a department, in which everybody votes on
-- everybody for reference. Each figure is compared with plain SQL (organisation.psql, scoring.psql).
\set ECHO none
BEGIN;
SELECT no_plan();
\set head_group middle_manager
\ir organisation.psql
\ir scoring.psql

SELECT as_hr($$CALL appraisal.load_scheme('company-half-year')$$);
SELECT as_hr($$CALL appraisal.activate_scheme('company-half-year', valid_from => '2026-01-01')$$);
SELECT as_hr($$CALL appraisal.open_cycle('h1', 'company-half-year', 'half_year', '[2026-01-01,2026-07-01)', '上半年')$$);
SELECT as_hr($$CALL appraisal.enrol('h1', subject => 'unit')$$);
SELECT as_hr($$CALL appraisal.enrol('h1')$$);
SELECT same_rows($$SELECT p.code, g.segment::int, g.segment_days, g.leads, u.code AS unit, m.code AS manager, g.job_group, g.exempt_because
    FROM appraisal.participant g JOIN appraisal.cycle c USING (cycle_id) JOIN appraisal.person p USING (person_id)
    JOIN appraisal.unit u USING (unit_id) LEFT JOIN appraisal.person m ON m.person_id = g.manager_id WHERE c.code = 'h1'$$,
  $$SELECT person, segment::int, days, leads, unit, manager, job_group, exempt FROM expected_participants('[2026-01-01,2026-07-01)', false)$$,
  'who is appraised in the half-year, where they are at its end');
SELECT results_eq($$SELECT u.code, h.code, g.job_group FROM appraisal.participant g JOIN appraisal.unit u ON u.unit_id = g.appraised_unit_id LEFT JOIN appraisal.person h ON h.person_id = g.manager_id ORDER BY 1$$,
  $$VALUES ('goods', 'p053', 'department'), ('marketing', 'p113', 'department'), ('operations', 'p017', 'department'), ('service', 'p083', 'department')$$,
  'departments, each with its head');
SELECT as_hr($$CALL appraisal.exempt('h1', 'p050', '长病假')$$);
SELECT as_hr($$CALL appraisal.exempt('h1', 'p130', '产假')$$);
-- those who lead the company are appraised by its owners
SELECT as_hr(format('CALL appraisal.exempt(%L, %L, %L)', 'h1', p, '由董事会考核')) FROM unnest('{p001,p007,p012}'::text[]) AS p;

-- The contracts of the departments
CREATE TABLE contract (unit text PRIMARY KEY, revenue numeric, profit numeric);
INSERT INTO contract VALUES ('operations', 9000000, 400000), ('goods', 7000000, 350000), ('service', 100000, -600000), ('marketing', 3000000, 90000);
SELECT as_hr(format('CALL appraisal.propose_goals(%L, goals => %L, unit => %L)', 'h1',
    jsonb_build_array(jsonb_build_object('indicator', 'revenue', 'target', revenue), jsonb_build_object('indicator', 'profit', 'target', profit)), unit)) FROM contract;
SELECT as_hr($$CALL appraisal.start_scoring('h1')$$);

-- What the departments earned, month by month; one month was booked wrong
CREATE TABLE figure AS
SELECT unit, i.indicator, (date '2026-02-01' + (m || ' months')::interval)::date - 1 AS measured_on,
       round(CASE i.indicator WHEN 'revenue' THEN revenue ELSE profit END / 6 * draw(60, 115, unit, i.indicator, m::text) / 100, 2) AS value
FROM contract, (VALUES ('revenue'), ('profit')) AS i (indicator), generate_series(0, 5) AS m;
SELECT jsonb_agg(to_jsonb(f)) AS figures FROM figure AS f \gset
SELECT as_hr(format('CALL appraisal.record_measurements(%L, %L)', 'h1', :'figures'));
SELECT as_hr(format('CALL appraisal.correct_measurement(%L, %s, %s, %L)', 'h1', max(measurement_id), 111111.11, '跨月收入')) FROM appraisal.measurement;
-- the department of one who came from elsewhere; the results of others above departments have none to take
SELECT as_hr($$CALL appraisal.assign_reviews('h1')$$);
ROLLBACK;
