-- Every scheme of the library from its loading to computed results, on a team in which each job group that
-- a scheme names has people. Results are compared with plain SQL (scoring.psql).
--
-- The three large schemes have tests of their own (records_performance_and_values, records_company_half_year,
-- records_operations_monthly).
\set ECHO none
BEGIN;
SELECT no_plan();
\ir organisation.psql
\ir scoring.psql

-- The team: q01 leads it, q02 leads four of it, and there are four of each job group that is none of a unit
CREATE TABLE named AS
SELECT DISTINCT code AS scheme, job_group
FROM appraisal.scheme_library(), jsonb_each(document -> 'dimensions') AS d, unnest('{weights,indicators}'::text[]) AS part, jsonb_object_keys(d.value -> part) AS job_group
WHERE job_group NOT IN ('*', 'company', 'centre', 'station', 'department');
CREATE TABLE team AS
SELECT 'q' || lpad((row_number() OVER (ORDER BY n, job_group))::text, 2, '0') AS code, job_group
FROM (SELECT -2 AS n, 'manager' AS job_group UNION ALL SELECT -1, 'middle_manager' UNION ALL SELECT 0, 'staff' FROM generate_series(1, 4)
      UNION ALL
      SELECT n, g.job_group
      FROM (SELECT DISTINCT job_group FROM named) AS g, generate_series(1, 4) AS n) AS t;
SELECT diag(string_agg(job_group || ' ' || n, ', ' ORDER BY job_group)) FROM (SELECT job_group, count(*) AS n FROM team GROUP BY job_group) AS t;
SELECT jsonb_build_object(
    'units', '[{"code": "team", "title": "试点组 Team", "kind": "station", "parent": "marketing"}]'::jsonb,
    'people', jsonb_agg(jsonb_build_object('code', code, 'name', job_group || ' ' || code, 'hired_on', '2024-01-01')),
    'postings', jsonb_agg(jsonb_build_object('person', code, 'unit', 'team', 'job_group', job_group, 'from_date', '2024-01-01',
                                             'manager', CASE WHEN code = 'q01' THEN 'p113' WHEN code IN ('q03', 'q04', 'q05', 'q06') THEN 'q02' ELSE 'q01' END)))
    AS document FROM team \gset
CALL appraisal.import_organisation(:'document') \g /dev/null
CREATE ROLE org_team;
CALL appraisal.link_account('org_team', 'manager', 'q01');

-- a target for each figure that is read against one: the scheme's documents leave them to the company
CREATE FUNCTION targets(document jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT CASE WHEN count(*) = 0 THEN '{}' ELSE jsonb_build_object('dimensions', jsonb_object_agg(dimension, jsonb_build_object('indicators', job_groups))) END
    FROM (SELECT dimension, jsonb_object_agg(job_group, indicators) AS job_groups
          FROM (SELECT d.key AS dimension, g.key AS job_group, jsonb_object_agg(i.key, jsonb_build_object('target', draw(50, 150, i.key, g.key))) AS indicators
                FROM jsonb_each(document -> 'dimensions') AS d, jsonb_each(d.value -> 'indicators') AS g, jsonb_each(g.value) AS i
                WHERE document #>> ARRAY['indicators', i.key, 'reads'] = 'attainment'
                GROUP BY d.key, g.key) AS x GROUP BY dimension) AS y $$;

CREATE TABLE run (code text PRIMARY KEY, scheme text, period text, during daterange, uses_units boolean);
INSERT INTO run
SELECT format('%s %s', s.code, p.period), s.code, p.period, p.during, document ? 'unit_levels'
FROM appraisal.scheme_library() AS s
CROSS JOIN LATERAL (SELECT v.* FROM (VALUES (1, 'month', daterange '[2026-05-01,2026-06-01)'), (2, 'quarter', '[2026-01-01,2026-04-01)'), (3, 'half_year', '[2025-07-01,2026-01-01)')) AS v (n, period, during)
                    WHERE document -> 'periods' -> '*' ? v.period ORDER BY n LIMIT 1) AS p
WHERE s.code NOT IN ('performance-and-values', 'company-half-year', 'operations-monthly');
SELECT is(count(*), 10::bigint, 'every scheme but the large ones') FROM run;

SELECT as_hr(format('CALL appraisal.load_scheme(%L, %L)', l.code, targets(l.document))) FROM run AS r JOIN appraisal.scheme_library() AS l ON l.code = r.scheme;
SELECT as_hr(format('CALL appraisal.activate_scheme(%L, valid_from => %L)', scheme, '2025-01-01')) FROM run;
SELECT as_hr(format('CALL appraisal.open_cycle(%L, %L, %L, %L)', code, scheme, period, during)) FROM run;
SELECT as_hr(format('CALL appraisal.enrol(%L, subject => %L)', code, 'unit')) FROM run WHERE uses_units;
-- of the team those whom the scheme names, and some of the others
CREATE TABLE enrolled AS
SELECT r.code AS cycle, t.code AS person, t.job_group FROM run AS r, team AS t
WHERE t.job_group IN ('manager', 'middle_manager', 'staff') OR (r.scheme, t.job_group) IN (TABLE named);
SELECT as_hr(format('CALL appraisal.enrol(%L, %L, %L)', cycle, 'team', job_group)) FROM (SELECT DISTINCT cycle, job_group FROM enrolled) AS e ORDER BY cycle, job_group;
SELECT same_rows('SELECT c.code, n.code AS person FROM appraisal.participant JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.person AS n USING (person_id)',
                 'SELECT cycle, person FROM enrolled', 'who takes part');

-- goals, where a manager sets them and they are checked
CREATE TABLE goal_run AS SELECT r.* FROM run AS r JOIN appraisal.scheme AS s ON s.code = r.scheme WHERE s.goals_set_by <> 'none';
SELECT is((SELECT string_agg(scheme, ', ') FROM goal_run), 'quarterly-operations', 'one of them has goals');
SELECT matches(error_as('org_hr', format('CALL appraisal.start_scoring(%L)', code)), '^AP001', 'no goals yet') FROM goal_run;
SELECT as_hr(format('CALL appraisal.propose_goals(%L)', code)) FROM goal_run;
SELECT matches(error_as('org_hr', format('CALL appraisal.start_scoring(%L)', code)), '^AP001', 'they are not approved') FROM goal_run;
SELECT as_hr(format('CALL appraisal.approve_goals(%L)', code)) FROM goal_run;
SELECT as_login('org_team', format('CALL appraisal.approve_goals(%L)', code)) FROM goal_run;
SELECT as_login('org_p113', format('CALL appraisal.approve_goals(%L)', code)) FROM goal_run;
SELECT as_hr(format('CALL appraisal.start_scoring(%L)', code)) FROM run;

-- figures: three of what is collected more often than the scheme appraises, else one
SELECT count(find_rules(cycle_id)) AS done FROM appraisal.cycle \gset
CREATE TABLE figure AS
SELECT r.cycle_id, n.code AS person, u.code AS unit, r.indicator, upper(c.during) - d.day AS measured_on,
       CASE WHEN r.reads = 'attainment' THEN round(r.target * draw(70, 115, c.code, r.participant_id::text, r.indicator, d.day::text) / CASE r.gathering WHEN 'sum' THEN 100 * d.n ELSE 100 END, 2)
            ELSE round(k.low + (k.high - k.low) * (1.2 * draw(c.code, r.participant_id::text, r.indicator, d.day::text) - 0.1), 3) END AS value
FROM rules_of AS r
JOIN appraisal.participant AS p USING (cycle_id, participant_id)
JOIN appraisal.cycle AS c USING (cycle_id)
JOIN appraisal.indicator AS i USING (indicator_id)
LEFT JOIN appraisal.person AS n USING (person_id)
LEFT JOIN appraisal.unit AS u ON u.unit_id = p.appraised_unit_id
CROSS JOIN LATERAL (SELECT min(x) AS low, max(x) AS high FROM knots(r.curve)) AS k
CROSS JOIN LATERAL (SELECT day, count(*) OVER () AS n FROM generate_series(1, CASE WHEN i.frequency IN ('day', 'week') THEN 15 ELSE 1 END, 7) AS day) AS d
WHERE r.kind = 'measured' AND r.unit_level IS NULL;
SELECT as_hr(format('CALL appraisal.record_measurements(%L, %L)', c.code, (SELECT jsonb_agg(to_jsonb(f) - 'cycle_id') FROM figure AS f WHERE f.cycle_id = c.cycle_id)))
FROM appraisal.cycle AS c WHERE EXISTS (SELECT FROM figure AS f WHERE f.cycle_id = c.cycle_id);

-- staff who work with a person are named
SELECT as_hr(format('CALL appraisal.assign_reviews(%L, %L, 4)', c.code, (
    SELECT jsonb_agg(jsonb_build_object('person', t.person, 'source', 'related', 'rater', k))
    FROM enrolled AS t, unnest('{p114,p115,p116}'::text[]) AS k WHERE c.scheme = 'manager-quarterly' AND t.cycle = c.code))) FROM run AS c;
SELECT cmp_ok(sum(n), '>', 150::numeric, sum(n) || ' reviews are handed in') FROM run, submit_reviews(code, CASE scheme WHEN 'manager-quarterly' THEN '{"述职": "计划完成"}'::jsonb END) AS n;
SELECT as_hr(format('CALL appraisal.close_reviews(%L)', code)) FROM run;
SELECT as_hr(format('CALL appraisal.compute_results(%L)', code)) FROM run;
SELECT compare_results(code) FROM run;
-- who is without a score, and why: heads without peers, managers without subordinates
SELECT is(m.missing, CASE r.scheme WHEN 'half-year-360' THEN '4 middle_manager insufficient' WHEN 'quarterly-operations' THEN '1 manager not_applicable' END,
          r.code || ': who has no score')
FROM run AS r
CROSS JOIN LATERAL (
    SELECT string_agg(format('%s %s %s', n, job_group, state), ', ' ORDER BY job_group, state) AS missing
    FROM (SELECT p.job_group, x.state, count(*) AS n FROM appraisal.result AS x JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.cycle AS c USING (cycle_id)
          WHERE c.code = r.code AND x.state <> 'scored' GROUP BY p.job_group, x.state) AS s) AS m;
-- nothing changes when it is computed again
SELECT count(*) AS entries FROM appraisal.audit_log \gset
SELECT as_hr(format('CALL appraisal.compute_results(%L)', code)) FROM run WHERE uses_units;
SELECT is(count(*), :entries::bigint, 'computed again, nothing is written') FROM appraisal.audit_log;
SELECT * FROM finish();
ROLLBACK;
