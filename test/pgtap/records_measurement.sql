-- Measurements: recording, correcting, what they come to, and who may not.
BEGIN;
SELECT no_plan();
\ir review_cycle.psql

-- figures of m's staff, by m; none of them m's own
SET LOCAL SESSION AUTHORIZATION regress_m;
SELECT pg_temp.said($$CALL appraisal.record_measurement('h1', 's1', 'sales', 10, '2026-01-31', 'till')$$) AS first \gset
SELECT isnt(pg_temp.said($$CALL appraisal.record_measurement('h1', 's1', 'sales', 20.50, '2026-02-28')$$), NULL, 'a second figure');
SELECT is(pg_temp.said($$CALL appraisal.record_measurements('h1', '[
    {"person": "s1", "indicator": "visits", "value": 7, "measured_on": "2026-03-01"},
    {"person": "s1", "indicator": "visits", "value": 5, "measured_on": "2026-02-01"},
    {"person": "s1", "indicator": "returns", "value": 1, "measured_on": "2026-02-01"},
    {"person": "s1", "indicator": "returns", "value": 2, "measured_on": "2026-02-01"},
    {"person": "s1", "indicator": "returns", "value": 2, "measured_on": "2026-02-01", "data_source": "till"},
    {"person": "mv", "indicator": "visits", "value": 1, "measured_on": "2026-06-30"}]')$$), 6::bigint, 'several at once');
SELECT is(pg_temp.said($$CALL appraisal.record_measurements('h1', '[]')$$), 0::bigint, 'none at once');
SELECT throws_ok($$CALL appraisal.record_measurement('h1', NULL, 'sales', 1, '2026-06-30', unit => 'shop')$$, '42501', NULL,
  'no figure of the unit that one heads');
SET LOCAL SESSION AUTHORIZATION regress_d;
SELECT isnt(pg_temp.said($$CALL appraisal.record_measurement('h1', NULL, 'sales', 1, '2026-06-30', unit => 'shop')$$), NULL, 'the superior records it');
SELECT is(pg_temp.said($$CALL appraisal.record_measurements('h1', '[{"unit": "shop", "indicator": "sales", "value": 99, "measured_on": "2026-06-30"}]')$$),
  1::bigint, 'one of several, too');
SET LOCAL SESSION AUTHORIZATION regress_m;
SELECT results_eq($$SELECT data_source, recorded_by = acting_person(), recorded_at > now(), measured_on FROM measurement WHERE measurement_id = $$ || :first,
  $$VALUES ('till', true, true, '2026-01-31'::date)$$, 'what is kept of a figure');
SELECT results_eq($$SELECT i.code, m.value FROM current_measurements(pg_temp.cycle_id()) AS m JOIN indicator AS i USING (indicator_id)
    WHERE participant_id = pg_temp.part('s1') ORDER BY 1$$,
  $$SELECT 'returns', avg(v) FROM (VALUES (1.0), (2), (2)) AS a (v) UNION ALL VALUES ('sales', 30.50), ('visits', 7.0)$$, 'mean, sum and latest by day');
SELECT is((SELECT value FROM current_measurements(pg_temp.cycle_id()) WHERE participant_id = pg_temp.part('shop')), 100::numeric, 'and of the unit');

-- whose figure: m sees the first segment of who moved only
SELECT is((SELECT participant_id FROM measurement WHERE value = 1 AND measured_on = '2026-06-30' AND participant_id <> pg_temp.part('shop')),
  pg_temp.part('mv', 1), 'a superior''s figure is of the segment under that superior');
SET LOCAL SESSION AUTHORIZATION regress_hr;
CREATE FUNCTION pg_temp.segment_of(day date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE id bigint;
BEGIN
  CALL appraisal.record_measurement('h1', 'mv', 'visits', 1, day, measurement_id => id);
  RETURN (SELECT p.segment FROM appraisal.measurement AS m JOIN appraisal.participant AS p USING (cycle_id, participant_id)
          WHERE m.measurement_id = id);
END $$;
SELECT is(pg_temp.segment_of(day::date), segment, 'a figure of ' || day || ' is of segment ' || segment)
FROM (VALUES ('2026-01-01', 1), ('2026-03-31', 1), ('2026-04-01', 2), ('2026-06-30', 2), ('2025-12-31', 1), ('2026-07-15', 2), ('2019-12-31', 2)) AS v (day, segment);
SET LOCAL SESSION AUTHORIZATION regress_d;
SELECT is(pg_temp.segment_of('2026-03-31'), 1, 'a superior of both tells the segments apart, too');
RESET SESSION AUTHORIZATION;
SELECT is(pg_temp.segment_of('2026-03-31'), 1, 'and so does the owner');
UPDATE appraisal.posting SET during = daterange('2026-04-01', '2026-05-01') WHERE during = daterange('2026-04-01', NULL);
INSERT INTO appraisal.posting (person_id, unit_id, manager_id, job_group, during)
SELECT pg_temp.person('mv'), unit_of_code('shop'), pg_temp.person('m'), 'staff', daterange('2026-05-01', NULL);
SELECT is(pg_temp.segment_of('2026-04-30'), 2, 'a later change of postings changes no segment');
SELECT is(pg_temp.segment_of('2026-05-01'), 2, 'and what is no segment counts for the leading one');
-- a third segment, which enrol() would not add any more
SET LOCAL session_replication_role = replica;
UPDATE appraisal.participant SET leads = false WHERE participant_id = pg_temp.part('mv');
INSERT INTO appraisal.participant (cycle_id, person_id, segment, segment_days, unit_id, manager_id, job_group)
SELECT pg_temp.cycle_id(), pg_temp.person('mv'), 3, 61, unit_of_code('shop'), pg_temp.person('m'), 'staff';
SET LOCAL session_replication_role = origin;
SELECT is(pg_temp.segment_of(day::date), segment, 'who came back: ' || day || ' is of segment ' || segment)
FROM (VALUES ('2026-03-31', 1), ('2026-04-30', 2), ('2026-05-01', 3)) AS v (day, segment);

-- corrections
SET LOCAL SESSION AUTHORIZATION regress_m;
SELECT pg_temp.said(format($$CALL appraisal.correct_measurement('h1', %s, 11, 'typing error')$$, :first)) AS second \gset
SELECT is(pg_temp.failure(format($$CALL appraisal.correct_measurement('h1', %s, 12, 'again')$$, :first)),
  format('AP001 | measurement %s of cycle "h1" has been corrected already | CALL appraisal.correct_measurement() with measurement %s.', :first, :second), 'once');
SELECT isnt(pg_temp.said(format($$CALL appraisal.correct_measurement('h1', %s, 12.125, 'again')$$, :second)), NULL, 'a correction of a correction');
SELECT results_eq(format($$SELECT value, measured_on, data_source, corrected_because FROM measurement WHERE measurement_id >= %s AND data_source = 'till'
    AND indicator_id = (SELECT indicator_id FROM indicator WHERE code = 'sales') ORDER BY measurement_id$$, :first),
  $$VALUES (10::numeric, '2026-01-31'::date, 'till', NULL), (11, '2026-01-31', 'till', 'typing error'), (12.125, '2026-01-31', 'till', 'again')$$,
  'all remain, of the same day and source');
SELECT is((SELECT value FROM current_measurements(pg_temp.cycle_id()) JOIN indicator USING (indicator_id) WHERE participant_id = pg_temp.part('s1') AND code = 'sales'),
  32.625, 'what was superseded does not count');
SELECT throws_ok(format($$CALL appraisal.correct_measurement('h1', %s, 12, '')$$, (SELECT max(measurement_id) FROM measurement)), '23514', NULL, 'a correction without a reason');
SELECT is(pg_temp.failure($$CALL appraisal.correct_measurement('h1', 0, 12, 'x')$$),
  'AP004 | there is no measurement 0 in cycle "h1" | record_measurement() said the key; or ask who may see this one.', 'no such measurement');

-- what is refused
SELECT is(pg_temp.failure($$CALL appraisal.record_measurement('h2', 's1', 'sales', 1, '2026-01-31')$$),
  'AP004 | there is no cycle "h2" | Open it with CALL appraisal.open_cycle().', 'no such cycle');
SELECT is(pg_temp.failure($$CALL appraisal.record_measurement('h1', 'd', 'visits', 1, '2026-01-31')$$),
  'AP004 | person "d" takes no part in cycle "h1" | It is measurement 1 of the call. | Enrol with CALL appraisal.enrol(), or ask who may see this one.', 'somebody whom one does not see');
SELECT is(pg_temp.failure($$CALL appraisal.record_measurement('h1', NULL, 'visits', 1, '2026-01-31', unit => 'store')$$),
  'AP004 | unit "store" takes no part in cycle "h1" | It is measurement 1 of the call. | Enrol with CALL appraisal.enrol(), or ask who may see this one.', 'a unit that is not appraised');
SELECT is(pg_temp.failure($$CALL appraisal.record_measurements('h1', '[{"person": "s1", "indicator": "sales", "value": 1, "measured_on": "2026-01-31"},
    {"person": "s2", "indicator": "chores", "value": 1, "measured_on": "2026-01-31"}, {"person": "s9", "indicator": "sales", "value": 1, "measured_on": "2026-01-31"}]')$$),
  'AP004 | there is no measured indicator "chores" for job group "staff" in cycle "h1" | It is measurement 2 of the call, of person "s2". | cycle_indicators() lists what is measured of whom.',
  'the first of what is wrong is named');
SELECT throws_ok($$CALL appraisal.record_measurement('h1', 's1', 'sales', 'NaN', '2026-01-31')$$, '23514', NULL, 'what is no number');
SELECT throws_ok($$CALL appraisal.record_measurement('h1', 's1', 'sales', NULL, '2026-01-31')$$, '23502', NULL, 'no value');
SELECT throws_ok($$CALL appraisal.record_measurement('h1', 's1', 'sales', 1, NULL)$$, '23502', NULL, 'no day');
SET LOCAL SESSION AUTHORIZATION regress_s1;
SELECT throws_ok(c, 'AP003', 'nobody records or corrects measurements of their own', 'own figures: ' || c)
FROM (VALUES ($$CALL appraisal.record_measurement('h1', 's1', 'sales', 1, '2026-01-31')$$),
             ($$CALL appraisal.record_measurements('h1', '[{"person": "s1", "indicator": "sales", "value": 1, "measured_on": "2026-01-31"}]')$$),
             (format($$CALL appraisal.correct_measurement('h1', %s, 12, 'x')$$, :first))) AS v (c);
SELECT is(pg_temp.failure($$CALL appraisal.record_measurement('h1', 's1', 'sales', 1, '2026-01-31')$$),
  'AP003 | nobody records or corrects measurements of their own | A superior or HR calls record_measurement() or correct_measurement().', 'who may');
SELECT throws_ok($$CALL appraisal.record_measurement('h1', 's2', 'sales', 1, '2026-01-31')$$, 'AP004', NULL, 'a colleague''s figures');
SET LOCAL SESSION AUTHORIZATION regress_c;
SELECT throws_ok($$CALL appraisal.record_measurement('h1', 's2', 'sales', 1, '2026-01-31')$$, '42501', NULL, 'an executive records nothing');
SET LOCAL SESSION AUTHORIZATION regress_auditor;
SELECT throws_ok($$CALL appraisal.record_measurement('h1', 's2', 'sales', 1, '2026-01-31')$$, '42501', NULL, 'nor does an auditor');

-- written directly: the guard says the same
SET LOCAL SESSION AUTHORIZATION regress_m;
CREATE FUNCTION pg_temp.direct(part bigint, indicator text, by_whom bigint DEFAULT appraisal.acting_person(), at timestamptz DEFAULT statement_timestamp(),
                               corrects bigint DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO appraisal.measurement (cycle_id, participant_id, indicator_id, value, measured_on, recorded_by, recorded_at, supersedes, corrected_because)
                 SELECT %s, %s, indicator_id, 1, ''2026-01-31'', %L, %s, %L, %L FROM appraisal.indicator WHERE code = %L',
                pg_temp.cycle_id(), part, by_whom, CASE WHEN at = statement_timestamp() THEN 'statement_timestamp()' ELSE quote_literal(at) END,
                corrects, CASE WHEN corrects IS NOT NULL THEN 'x' END, indicator) $$;
SELECT lives_ok(pg_temp.direct(pg_temp.part('s1'), 'sales'), 'as the procedure does it');
SELECT matches(pg_temp.failure(pg_temp.direct(pg_temp.part('s1'), 'chores')),
  '^AP005 \| indicator "chores" is not measured for job group "staff" \| It is measurement \d+ of cycle "h1". \| CALL appraisal.record_measurement\(\) or correct_measurement\(\).$', 'a rated indicator');
SELECT matches(pg_temp.failure(pg_temp.direct(pg_temp.part('s1'), 'sales', pg_temp.person('d'))), '^AP003 \| a measurement is recorded in one''s own name', 'in another''s name');
SELECT matches(pg_temp.failure(pg_temp.direct(pg_temp.part('s1'), 'sales', NULL)), '^AP003 \| a measurement is recorded in one''s own name', 'in nobody''s name');
SELECT matches(pg_temp.failure(pg_temp.direct(pg_temp.part('s1'), 'sales', at => '2026-01-01')), '^AP003 \| the time of a measurement is that of recording it', 'at another time');
SELECT matches(pg_temp.failure(pg_temp.direct(pg_temp.part('s2'), 'sales', corrects => (SELECT max(measurement_id) FROM measurement))),
  '^AP005 \| a correction is of the same participant and indicator', 'a correction of another''s figure');
SELECT throws_ok(pg_temp.direct(pg_temp.part('s1'), 'sales', corrects => :first), '23505', NULL, 'a correction of what is corrected');
SELECT throws_ok(pg_temp.direct(pg_temp.part('m'), 'visits'), '42501', NULL, 'one''s own');
SELECT throws_ok('UPDATE appraisal.measurement SET value = 0', '42501', NULL, 'a change');
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT lives_ok(pg_temp.direct(pg_temp.part('s1'), 'sales'), 'HR that is nobody in particular records as such');
SELECT matches(pg_temp.failure(pg_temp.direct(pg_temp.part('s1'), 'sales', pg_temp.person('m'))), '^AP003 \| a measurement is recorded in one''s own name', 'and not as somebody');
SET LOCAL SESSION AUTHORIZATION regress_app;
SET LOCAL appraisal.actor = 'm';
SELECT isnt(pg_temp.said($$CALL appraisal.record_measurement('h1', 's3', 'sales', 4, '2026-01-31')$$), NULL, 'a service, for a superior');
SELECT is((SELECT recorded_by FROM measurement WHERE participant_id = pg_temp.part('s3')), pg_temp.person('m'), 'who is named');
SET LOCAL appraisal.actor = '';
SELECT throws_ok($$CALL appraisal.record_measurement('h1', 's3', 'sales', 4, '2026-01-31')$$, 'AP004', NULL, 'a service, for nobody');
RESET SESSION AUTHORIZATION;
CALL appraisal.link_account(session_user::name, 'hr', 's2');
SELECT throws_ok(pg_temp.direct(pg_temp.part('s2'), 'sales'), 'AP003', 'nobody records or corrects measurements of their own', 'not even the owner records figures of one''s own');
DELETE FROM appraisal.account WHERE role_name = session_user;

-- in season: up to calibration
SELECT pg_temp.set_status('h1', 'calibration') AS applied \gset
SET LOCAL SESSION AUTHORIZATION regress_m;
SELECT lives_ok($$CALL appraisal.record_measurement('h1', 's1', 'sales', 1, '2026-01-31')$$, 'while results are calibrated');
RESET SESSION AUTHORIZATION;
ALTER TABLE appraisal.cycle DISABLE TRIGGER USER;
SELECT pg_temp.set_status('h1', 'published') AS applied \gset
ALTER TABLE appraisal.cycle ENABLE TRIGGER USER;
SET LOCAL SESSION AUTHORIZATION regress_m;
SELECT throws_ok($$CALL appraisal.record_measurement('h1', 's1', 'sales', 1, '2026-01-31')$$, 'AP001',
  'measurement of cycle "h1" cannot be written: the cycle is in status published', 'not afterwards');
RESET SESSION AUTHORIZATION;

-- against plain SQL: random figures, random corrections, every way of gathering
\set seed `echo "${PG_APPRAISAL_SEED:-}"`
SELECT coalesce(nullif(:'seed', '')::float8, round(random()::numeric, 9)::float8) AS seed
FROM (SELECT 1) AS s \gset
SELECT diag('seed ' || :seed);
SELECT setseed(:seed) AS applied \gset
SELECT pg_temp.set_status('h1', 'scoring') AS applied \gset
INSERT INTO appraisal.measurement (cycle_id, participant_id, indicator_id, value, measured_on)
SELECT p.cycle_id, p.participant_id, i.indicator_id, round((random() * 1000)::numeric, 2), '2026-01-01'::date + floor(random() * 20)::int
FROM appraisal.participant AS p, appraisal.indicator AS i, generate_series(1, 30)
WHERE p.job_group = 'staff' AND i.code IN ('sales', 'visits', 'returns');
DO $$
BEGIN
  FOR round IN 1 .. 4 LOOP -- of chains of corrections, too
    INSERT INTO appraisal.measurement (cycle_id, participant_id, indicator_id, value, measured_on, supersedes, corrected_because)
    SELECT m.cycle_id, m.participant_id, m.indicator_id, m.value + 1, m.measured_on, m.measurement_id, 'x'
    FROM appraisal.measurement AS m
    WHERE random() < 0.3 AND m.measurement_id NOT IN (SELECT n.supersedes FROM appraisal.measurement AS n WHERE n.supersedes IS NOT NULL);
  END LOOP;
END $$;
CREATE TEMP TABLE plain AS
WITH RECURSIVE replaced AS (SELECT m.* FROM appraisal.measurement m EXCEPT ALL
                            SELECT m.* FROM appraisal.measurement m JOIN appraisal.measurement n ON n.supersedes = m.measurement_id)
SELECT r.participant_id, r.indicator_id,
  CASE i.code WHEN 'sales' THEN sum(r.value) WHEN 'returns' THEN avg(r.value)
              ELSE (SELECT l.value FROM replaced l WHERE l.participant_id = r.participant_id AND l.indicator_id = r.indicator_id
                    ORDER BY l.measured_on DESC, l.measurement_id DESC LIMIT 1) END AS value
FROM replaced r JOIN appraisal.indicator i USING (indicator_id) GROUP BY 1, 2, i.code;
SELECT bag_eq('SELECT participant_id, indicator_id, value::text FROM current_measurements(pg_temp.cycle_id())', 'SELECT participant_id, indicator_id, value::text FROM plain',
  (SELECT count(*) FROM plain) || ' figures of ' || (SELECT count(*) FROM measurement) || ' measurements, digit for digit');
SELECT * FROM finish();
ROLLBACK;
