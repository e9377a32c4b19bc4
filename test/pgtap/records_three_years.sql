-- Three years of monthly cycles for 1,000 people, opened, measured, computed, signed, published and closed by the
-- calls of the records, as HR; and the outcomes of all of them, confirmed month by month, against gaps and
-- islands in plain SQL over the published grades. People come, leave, are on leave and have months without a
-- grade; the scheme gets a second version after a year and a half; one month is not appraised at all.
\set feature three_years
\set ECHO none
BEGIN;
SELECT no_plan();
\ir oracle.psql
CALL appraisal.create_tables();

CREATE ROLE regress_hr;
SELECT jsonb_build_object('units', (SELECT jsonb_agg(x) FROM (SELECT 'shop' AS code, 'Shop' AS title, NULL AS parent UNION ALL SELECT 'office', 'Office', NULL
      UNION ALL SELECT 'u' || u, 'Unit', 'shop' FROM generate_series(1, 20) AS u) AS x),
    'people', jsonb_agg(jsonb_build_object('code', 'p' || n, 'name', 'Person ' || n,
      'hired_on', CASE WHEN n % 20 = 7 THEN date '2023-01-01' + n % 900 ELSE date '2015-01-01' + n % 2500 END,
      'left_on', CASE WHEN n % 20 = 13 THEN date '2024-01-01' + n % 700 END)),
    'postings', jsonb_agg(jsonb_build_object('person', 'p' || n, 'unit', CASE WHEN n = 0 THEN 'office' ELSE 'u' || 1 + n % 20 END, 'job_group', 'staff',
      'manager', CASE WHEN n > 20 THEN 'p' || 1 + (n - 1) % 20 END,
      'from_date', CASE WHEN n % 20 = 7 THEN date '2023-01-01' + n % 900 ELSE date '2015-01-01' + n % 2500 END,
      'until_date', CASE WHEN n % 20 = 13 THEN date '2024-01-01' + n % 700 END))) AS organisation
FROM generate_series(0, 1000) AS n \gset
CALL appraisal.import_organisation(:'organisation') \g /dev/null
CALL appraisal.link_account('regress_hr', 'hr', 'p0');
\set overrides '{"dimensions": {"month": {"indicators": {"*": {"promotion_effect": {"target": 1000}, "channel_results": {"target": 200000}}}}}, "outcomes": {"slow": {"title": "Slow", "label": "慢", "period": "month", "grade": "一般", "compares": "or_worse", "run": 5, "outcome": "training"}, "steady": {"title": "Steady", "label": "稳", "period": "month", "grade": "合格", "compares": "or_better", "run": 12, "service_years": 3, "outcome": "pay_step", "amount": 1}}}'
CALL appraisal.load_scheme('ecommerce-monthly', :'overrides') \g /dev/null
CALL appraisal.activate_scheme('ecommerce-monthly', valid_from => '2023-01-01') \g /dev/null

-- How each does each month: mostly as the month before, which makes runs. Some months have a figure less.
CREATE TABLE plan AS
WITH RECURSIVE month AS (
  SELECT n, 1 AS month, pick(1, 100) AS level FROM generate_series(1, 1000) AS n
  UNION ALL
  SELECT n, month + 1, CASE WHEN pick(1, 100) <= 65 THEN level ELSE pick(1, 100) END FROM month WHERE month < 37
)
SELECT n, month, level, CASE WHEN level <= 25 THEN pick(30, 57) WHEN level <= 50 THEN pick(62, 78) WHEN level <= 75 THEN pick(81, 88) ELSE pick(92, 99) END AS reached,
  pick(1, 100) <= 2 AS lacks_a_figure, pick(1, 200) = 1 AS is_on_leave
FROM month;
CREATE INDEX ON plan (month);
ANALYZE;
CREATE TABLE spent (step text, milliseconds numeric);
GRANT USAGE ON SCHEMA :schema TO regress_hr;
GRANT SELECT ON plan TO regress_hr;
GRANT INSERT, SELECT ON spent TO regress_hr;

CREATE PROCEDURE timed(step text, statement text) LANGUAGE plpgsql AS $$
DECLARE began CONSTANT timestamptz := clock_timestamp();
BEGIN
  EXECUTE statement;
  INSERT INTO spent VALUES (step, extract(epoch FROM clock_timestamp() - began) * 1000);
END $$;
CREATE PROCEDURE appraise(month int) LANGUAGE plpgsql AS $$
DECLARE
  first CONSTANT date := (date '2023-01-01' + make_interval(months => month - 1))::date;
  until CONSTANT date := (first + interval '1 month')::date;
  of_cycle CONSTANT text := to_char(first, 'YYYY-MM');
  statement text;
BEGIN
  CALL timed('open_cycle', format('CALL appraisal.open_cycle(%L, %L, %L, %L)', of_cycle, 'ecommerce-monthly', 'month', daterange(first, until)));
  CALL timed('enrol', format('CALL appraisal.enrol(%L, %L)', of_cycle, 'shop'));
  statement := (SELECT string_agg(format('CALL appraisal.exempt(%L, %L, %L)', of_cycle, 'p' || p.n, 'leave'), ';')
                FROM plan AS p JOIN appraisal.person AS n ON n.code = 'p' || p.n
                WHERE p.month = appraise.month AND p.is_on_leave AND n.hired_on < first AND (n.left_on IS NULL OR n.left_on > until));
  CALL timed('exempt', coalesce(statement, 'SELECT'));
  CALL timed('start_scoring', format('CALL appraisal.start_scoring(%L)', of_cycle));
  statement := format('CALL appraisal.record_measurements(%L, %L)', of_cycle, (
    SELECT jsonb_agg(jsonb_build_object('person', 'p' || p.n, 'indicator', i.code, 'measured_on', until - 1,
        'value', CASE i.code WHEN 'promotion_effect' THEN 10 * p.reached WHEN 'channel_results' THEN 2000 * p.reached
                             ELSE CASE WHEN p.reached >= 80 THEN 1 - (p.reached - 80) / 200.0 ELSE round(1 + (80 - p.reached) * 0.3 / 80, 4) END END))
    FROM appraisal.cycle AS c
    JOIN appraisal.participant AS a USING (cycle_id)
    JOIN appraisal.person AS n USING (person_id)
    JOIN plan AS p ON p.month = appraise.month AND 'p' || p.n = n.code
    CROSS JOIN unnest('{promotion_cost,promotion_effect,channel_results}'::text[]) AS i (code)
    WHERE c.code = of_cycle AND a.exempt_because IS NULL AND NOT (p.lacks_a_figure AND i.code = 'promotion_cost')));
  CALL timed('record_measurements', statement);
  CALL timed('close_reviews', format('CALL appraisal.close_reviews(%L)', of_cycle));
  CALL timed('compute_results', format('CALL appraisal.compute_results(%L)', of_cycle));
  CALL timed('sign_off', format('CALL appraisal.sign_off(%L)', of_cycle));
  CALL timed('publish', format('CALL appraisal.publish(%L)', of_cycle));
  CALL timed('confirm_outcomes', format('CALL appraisal.confirm_outcomes(%L)', of_cycle));
  CALL timed('close_cycle', format('CALL appraisal.close_cycle(%L)', of_cycle));
END $$;
GRANT EXECUTE ON PROCEDURE timed(text, text), appraise(int) TO regress_hr;

SELECT clock_timestamp() AS began \gset
SET LOCAL SESSION AUTHORIZATION regress_hr;
-- May 2025 is left out. What autovacuum does between calls has to be done here, within one transaction.
CALL appraise(1);
RESET SESSION AUTHORIZATION;
ANALYZE;
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT format('CALL appraise(%s)', m) FROM generate_series(2, 18) AS m \gexec
RESET SESSION AUTHORIZATION;
ANALYZE;
CALL appraisal.revise_scheme('ecommerce-monthly', '{"title": "Second"}') \g /dev/null
CALL appraisal.activate_scheme('ecommerce-monthly', valid_from => '2024-07-01') \g /dev/null
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT format('CALL appraise(%s)', m) FROM generate_series(19, 37) AS m WHERE m <> 29 \gexec
RESET SESSION AUTHORIZATION;
SELECT extract(epoch FROM clock_timestamp() - :'began'::timestamptz)::numeric AS seconds \gset
SELECT diag(step || ': ' || round(sum(milliseconds) / 1000, 1) || ' s, first ' || round((array_agg(milliseconds ORDER BY s.ctid))[1])
  || ' ms, last ' || round((array_agg(milliseconds ORDER BY s.ctid DESC))[1]) || ' ms') FROM spent AS s GROUP BY step ORDER BY sum(milliseconds) DESC;
SELECT is(count(*), 36::bigint, format('36 cycles of %s results closed in %s s', (SELECT count(*) FROM appraisal.result), round((:seconds)::numeric, 1)))
FROM appraisal.cycle WHERE status = 'closed';

-- By plain SQL: rows of a person that fulfil a rule, numbered by the month less their own number; the last of
-- each so many rows of an island is due.
CREATE VIEW expected AS
WITH graded AS (
  SELECT c.code AS cycle, upper(c.during) AS ends, (extract(year FROM lower(c.during)) * 12 + extract(month FROM lower(c.during)))::int AS month,
    p.person_id, r.version, r.final_grade, position(left(r.final_grade, 1) IN '优合一需') AS rank
  FROM appraisal.result AS r JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.cycle AS c USING (cycle_id)
  WHERE r.version = (SELECT max(x.version) FROM appraisal.result AS x WHERE x.cycle_id = r.cycle_id AND x.participant_id = r.participant_id)
),
hit AS (
  SELECT g.*, o.code AS rule, o.run, o.service_years, g.month - row_number() OVER (PARTITION BY o.code, g.person_id ORDER BY g.month) AS island
  FROM graded AS g JOIN appraisal.outcome_rule AS o ON o.scheme_id = (SELECT min(scheme_id) FROM appraisal.scheme)
  WHERE CASE o.compares WHEN 'equal' THEN g.final_grade = o.grade WHEN 'or_better' THEN g.rank <= position(left(o.grade, 1) IN '优合一需')
                        ELSE g.rank >= position(left(o.grade, 1) IN '优合一需') END
)
SELECT h.cycle, n.code AS person, h.rule, e.cycles, e.versions, e.grades,
  greatest(h.ends, (date_trunc('month', n.hired_on) + h.service_years * interval '1 year')::date) AS effective_on
FROM (SELECT *, row_number() OVER (PARTITION BY rule, person_id, island ORDER BY month) AS length FROM hit) AS h
JOIN appraisal.person AS n USING (person_id)
CROSS JOIN LATERAL (SELECT array_agg(x.cycle ORDER BY x.month) AS cycles, array_agg(x.version ORDER BY x.month) AS versions, array_agg(x.final_grade ORDER BY x.month) AS grades
                    FROM graded AS x WHERE x.person_id = h.person_id AND x.month > h.month - h.run AND x.month <= h.month) AS e
WHERE h.length % h.run = 0
  AND NOT coalesce(h.service_years IS NOT NULL AND n.left_on <= greatest(h.ends, (date_trunc('month', n.hired_on) + h.service_years * interval '1 year')::date), false);
CREATE VIEW confirmed AS
SELECT c.code AS cycle, n.code AS person, r.code AS rule, (SELECT array_agg(x.code ORDER BY lower(x.during)) FROM appraisal.cycle AS x WHERE x.cycle_id = ANY (o.cycles)) AS cycles,
  o.versions, o.grades, o.effective_on
FROM appraisal.outcome AS o JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.person AS n USING (person_id) JOIN appraisal.outcome_rule AS r USING (outcome_rule_id);
CREATE TABLE expected_then AS TABLE expected;
SELECT no_rows('(TABLE confirmed EXCEPT ALL TABLE expected_then) UNION ALL (TABLE expected_then EXCEPT ALL TABLE confirmed)', 'every outcome confirmed in three years is due by plain SQL, with its evidence, and none is missing');
SELECT diag(string_agg(rule || ' ' || n, ', ' ORDER BY rule)) FROM (SELECT rule, count(*) AS n FROM expected_then GROUP BY 1) AS s;
SELECT cmp_ok(count(DISTINCT rule), '=', 7::bigint, 'by each of the rules') FROM expected_then;
SELECT cmp_ok(count(*), '>', 100::bigint, 'and runs over the change of the scheme') FROM expected_then WHERE cycles @> '{2024-06,2024-07}';

-- Appeals: two in a hundred results get a later version, with another grade. All cycles are looked at again.
SELECT set_config('session_replication_role', 'replica', true) AS replica \gset
INSERT INTO appraisal.result (cycle_id, participant_id, version, state, coverage, raw_score, score, natural_grade, published_at)
SELECT r.cycle_id, r.participant_id, 2, 'scored', 1, 50, 50, ('{优秀,合格,一般,需激励}'::text[])[pick(1, 4)], statement_timestamp() FROM appraisal.result AS r WHERE pick(1, 50) = 1;
SELECT set_config('session_replication_role', 'origin', true) AS origin \gset
SELECT clock_timestamp() AS began \gset
CREATE TABLE found AS SELECT d.* FROM appraisal.due_outcomes('2023-01', onwards => true) AS d;
SELECT diag('due_outcomes of 36 cycles: ' || round(extract(epoch FROM clock_timestamp() - :'began'::timestamptz)::numeric, 1) || ' s');
CREATE TABLE wanted AS
SELECT coalesce(e.cycle, k.cycle) AS cycle, coalesce(e.person, k.person) AS person, coalesce(e.rule, k.rule) AS rule, coalesce(k.cycles, e.cycles) AS cycles,
  coalesce(k.versions, e.versions) AS versions, coalesce(k.grades, e.grades) AS grades, coalesce(k.effective_on, e.effective_on) AS effective_on,
  CASE WHEN k.cycle IS NULL THEN 'due' WHEN e.cycle IS NULL THEN 'contradicted' ELSE 'confirmed' END AS state
FROM expected AS e FULL JOIN confirmed AS k ON (k.cycle, k.person, k.rule) = (e.cycle, e.person, e.rule);
CREATE VIEW listed AS SELECT in_cycle, person, rule, cycles, versions, grades, effective_on, state FROM found;
SELECT no_rows('(TABLE listed EXCEPT ALL TABLE wanted) UNION ALL (TABLE wanted EXCEPT ALL TABLE listed)', 'after appeals: what holds, what is contradicted, and what is newly due');
SELECT cmp_ok(least(count(*) FILTER (WHERE state = 'due'), count(*) FILTER (WHERE state = 'contradicted')), '>', 20::bigint,
  format('%s hold, %s are contradicted, %s newly due', count(*) FILTER (WHERE state = 'confirmed'), count(*) FILTER (WHERE state = 'contradicted'), count(*) FILTER (WHERE state = 'due'))) FROM wanted;
SELECT * FROM finish();
ROLLBACK;
