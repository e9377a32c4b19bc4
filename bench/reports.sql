-- The plans and times of the reports that doc/reports.md keeps: on a published cycle of :people people and
-- three older ones, as HR.
--
--   tools/cluster psql -v people=100000 -f bench/records_data.sql -f bench/reports.sql

\set QUIET on
SET client_min_messages = warning;
SET session_replication_role = replica;
-- the first of each unit is above its people
UPDATE appraisal.participant AS p SET manager_id = m.boss
FROM (SELECT unit_id, min(person_id) AS boss FROM appraisal.participant GROUP BY 1) AS m
WHERE p.unit_id = m.unit_id AND p.person_id <> m.boss;
SELECT appraisal.run_results(1) \g /dev/null
UPDATE appraisal.result SET published_at = '2026-02-10';
UPDATE appraisal.cycle SET status = 'published';
INSERT INTO appraisal.cycle (code, title, scheme_id, period, during, cohort_date, status)
SELECT 'older' || i, 'Older', c.scheme_id, 'month', daterange(d, (d + interval '1 month')::date), d, 'closed'
FROM appraisal.cycle AS c, generate_series(1, 3) AS i, LATERAL (SELECT (date '2025-09-01' + i * interval '1 month')::date AS d) AS m;
INSERT INTO appraisal.participant (cycle_id, participant_id, person_id, segment_days, unit_id, manager_id, job_group)
OVERRIDING SYSTEM VALUE
SELECT c.cycle_id, p.participant_id + c.cycle_id * 10 * :people, p.person_id, 30, p.unit_id, p.manager_id, p.job_group
FROM appraisal.cycle AS c, appraisal.participant AS p WHERE c.cycle_id > 1 AND p.cycle_id = 1 ORDER BY 1, 2;
INSERT INTO appraisal.cut_line SELECT c.cycle_id, l.unit_id, l.units, l.members, l.scale, l.heads_out
FROM appraisal.cycle AS c, appraisal.cut_line AS l WHERE c.cycle_id > 1 AND l.cycle_id = 1;
INSERT INTO appraisal.result (cycle_id, participant_id, state, coverage, raw_score, score, natural_grade, cohort_unit_id, quota_grade, rank, coefficient, published_at)
SELECT c.cycle_id, r.participant_id + c.cycle_id * 10 * :people, r.state, r.coverage, r.raw_score, r.score, r.natural_grade, r.cohort_unit_id, r.quota_grade, r.rank,
       r.coefficient, '2025-12-31'
FROM appraisal.cycle AS c, appraisal.result AS r WHERE c.cycle_id > 1 AND r.cycle_id = 1 ORDER BY 1, 2;
-- every third review says something, every fiftieth mark has its case
UPDATE appraisal.review SET comments = '{"standing": "good work", "expectation": "more of it"}' WHERE review_id % 3 = 0;
UPDATE appraisal.rating SET evidence = 'seen in the shop' WHERE review_id % 50 = 0;
RESET session_replication_role;
VACUUM ANALYZE;

CREATE ROLE bench_reports;
CALL appraisal.link_account('bench_reports', 'hr');
SET jit = off;
SET max_parallel_workers_per_gather = 0;
SET SESSION AUTHORIZATION bench_reports;
\pset format unaligned
\pset tuples_only on
-- first the query, then its time, then its plan; of the policies, which are filters, no word
CREATE FUNCTION pg_temp.show(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    depth integer;
    under integer;
    best numeric := 'Infinity';
    start timestamptz;
BEGIN
    RETURN NEXT '== ' || query;
    FOR i IN 1 .. 3 LOOP
        start := clock_timestamp();
        EXECUTE 'SELECT count(s) FROM (' || query || ') AS s';
        best := least(best, extract(epoch FROM clock_timestamp() - start) * 1000);
    END LOOP;
    RETURN NEXT format('%s ms', round(best, CASE WHEN best < 100 THEN 1 ELSE 0 END));
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
        depth := length(line) - length(ltrim(line));
        IF line ~ '^ *(InitPlan|SubPlan) ' THEN
            under := coalesce(least(under, depth), depth);
        ELSIF under IS NOT NULL AND depth <= under THEN
            under := NULL;
        END IF;
        CONTINUE WHEN under IS NOT NULL OR line ~ '^ *(Filter: .*decide_first|Cache|Hits|Heap Fetches|Buckets|Batches|Rows Removed|Planning|Memory)';
        RETURN NEXT line;
    END LOOP;
END
$$;
SELECT pg_temp.show(query) FROM unnest(ARRAY[
    'SELECT * FROM appraisal.scorecard WHERE cycle_id = 1 ORDER BY participant_id LIMIT 20',
    'SELECT * FROM appraisal.scorecard WHERE cycle = ''bench'' AND person = ''p777''',
    'SELECT * FROM appraisal.scorecard WHERE person = ''p777'' ORDER BY cycle_id',
    'SELECT * FROM appraisal.scorecard WHERE cycle = ''bench'' AND unit = ''u77''',
    'SELECT * FROM appraisal.scorecard_dimension WHERE cycle_id = 1 ORDER BY participant_id LIMIT 20',
    'SELECT * FROM appraisal.scorecard_dimension WHERE cycle = ''bench'' AND person = ''p777''',
    'SELECT * FROM appraisal.scorecard_dimension WHERE cycle = ''bench'' AND unit = ''u77''',
    'SELECT * FROM appraisal.scorecard_source WHERE cycle_id = 1 ORDER BY participant_id LIMIT 20',
    'SELECT * FROM appraisal.scorecard_source WHERE cycle = ''bench'' AND person = ''p777''',
    'SELECT * FROM appraisal.scorecard_source WHERE cycle = ''bench'' AND unit = ''u77''',
    'SELECT * FROM appraisal.scorecard_comment WHERE cycle_id = 1 ORDER BY participant_id LIMIT 20',
    'SELECT * FROM appraisal.scorecard_comment WHERE cycle = ''bench'' AND person = ''p777''',
    'SELECT * FROM appraisal.scorecard_comment WHERE cycle = ''bench'' AND unit = ''u77''',
    'SELECT * FROM appraisal.ranking WHERE cycle_id = 1 ORDER BY rank LIMIT 20',
    'SELECT * FROM appraisal.ranking WHERE cycle = ''bench'' AND person = ''p777''',
    'SELECT * FROM appraisal.ranking WHERE cycle = ''bench'' AND unit = ''u77'' ORDER BY rank LIMIT 20',
    'SELECT * FROM appraisal.grade_distribution WHERE cycle = ''bench''',
    'SELECT * FROM appraisal.grade_distribution WHERE cycle = ''bench'' AND unit = ''u77''',
    'SELECT * FROM appraisal.review_summary WHERE cycle_id = 1 ORDER BY review_id LIMIT 20',
    'SELECT * FROM appraisal.rater_statistics WHERE cycle_id = 1 ORDER BY rater_id LIMIT 20',
    'SELECT * FROM appraisal.rater_statistics WHERE cycle = ''bench'' AND rater = ''p777''',
    'SELECT * FROM appraisal.rater_agreement WHERE cycle_id = 1',
    'SELECT * FROM appraisal.simulate(''bench'', ''S >= 85, A >= 75, B >= 65, C'', ''S <= 10%'')',
    'SELECT * FROM appraisal.compare_cycles(''older3'', ''bench'')']) AS query;

-- under way again, a fifth of the reviews and a seventh of the figures missing
RESET SESSION AUTHORIZATION;
SET session_replication_role = replica;
UPDATE appraisal.cycle SET status = 'scoring' WHERE cycle_id = 1;
UPDATE appraisal.review SET status = 'assigned', submitted_at = NULL, due_on = '2026-02-05' WHERE review_id % 5 = 0;
DELETE FROM appraisal.measurement WHERE measurement_id % 7 = 0;
RESET session_replication_role;
VACUUM ANALYZE;
SET SESSION AUTHORIZATION bench_reports;
SELECT pg_temp.show(query) FROM unnest(ARRAY[
    'SELECT * FROM appraisal.cycle_progress WHERE cycle_id = 1 ORDER BY participant_id LIMIT 20',
    'SELECT * FROM appraisal.cycle_progress WHERE cycle = ''bench'' AND person = ''p777''',
    'SELECT * FROM appraisal.cycle_progress WHERE cycle = ''bench'' AND unit = ''u77''',
    'SELECT what, waits_for, count(*) FROM appraisal.cycle_progress WHERE cycle = ''bench'' GROUP BY 1, 2']) AS query;
