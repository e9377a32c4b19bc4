-- compute_results() beside a script in plain SQL that computes the same results of the same scheme into the
-- same tables: avg and sum instead of the engine's aggregates, curves and grades as CASE, cut lines by
-- counting over windows.  It knows the scheme and that nothing is missing; ours does not.

SET jit = off;
SET max_parallel_workers_per_gather = 0;
SET work_mem = '256MB';
SET client_min_messages = warning;
CREATE SCHEMA bench;

CREATE PROCEDURE bench.by_hand() LANGUAGE plpgsql AS $$
BEGIN
    CREATE TEMP TABLE source_mean ON COMMIT DROP AS
    SELECT v.cycle_id, v.participant_id, v.source, r.weight AS source_weight, g.indicator_id, avg(g.score) AS mean, count(*) AS raters
    FROM appraisal.review AS v
    JOIN appraisal.rating AS g USING (cycle_id, review_id)
    JOIN appraisal.rater_rule AS r ON r.source = v.source
    WHERE v.status = 'submitted'
    GROUP BY 1, 2, 3, 4, 5;
    ANALYZE source_mean;

    INSERT INTO appraisal.source_score (cycle_id, participant_id, source, weight, raters, state, score, anonymous)
    SELECT s.cycle_id, s.participant_id, s.source, s.source_weight, max(s.raters), 'scored',
           trim_scale(round(sum(s.mean * u.weight * w.weight) / sum(u.weight * w.weight), 14)), false
    FROM source_mean AS s JOIN appraisal.scheme_indicator AS u USING (indicator_id) JOIN appraisal.dimension_weight AS w USING (dimension_id)
    GROUP BY 1, 2, 3, 4;

    CREATE TEMP TABLE part ON COMMIT DROP AS
    WITH figure AS (
        SELECT DISTINCT ON (m.participant_id, m.indicator_id) m.participant_id, u.dimension_id, u.scheme_indicator_id, i.code, u.weight,
               trim_scale(CASE WHEN i.reads = 'attainment' THEN 1 + round(m.value - u.target, 24) / abs(u.target) ELSE m.value END) AS figure
        FROM appraisal.measurement AS m
        JOIN appraisal.indicator AS i USING (indicator_id)
        JOIN appraisal.scheme_indicator AS u USING (indicator_id)
        WHERE NOT EXISTS (SELECT FROM appraisal.measurement AS n WHERE n.cycle_id = m.cycle_id AND n.supersedes = m.measurement_id)
        ORDER BY m.participant_id, m.indicator_id, m.measured_on DESC, m.measurement_id DESC
    )
    SELECT f.participant_id, f.dimension_id, f.scheme_indicator_id, f.weight, f.figure,
           trim_scale(CASE f.code
               WHEN 'customers' THEN CASE WHEN f.figure <= 0 THEN 0 WHEN f.figure < 1.2 THEN round(f.figure * 100, 16) ELSE 120 END
               WHEN 'response' THEN CASE WHEN f.figure <= 1 THEN 100 WHEN f.figure < 3 THEN round((200 - 20 * (f.figure - 1)) / 2, 16)
                                         WHEN f.figure < 10 THEN round((80 * 7 - 80 * (f.figure - 3)) / 7, 16) ELSE 0 END
               WHEN 'errors' THEN CASE WHEN f.figure < 1 THEN 100 WHEN f.figure < 3 THEN 80 WHEN f.figure < 6 THEN 60 ELSE 0 END
               ELSE CASE WHEN f.figure <= 0.5 THEN 0 WHEN f.figure < 1 THEN round((f.figure - 0.5) * 200, 16) ELSE 100 END END) AS points
    FROM figure AS f
    UNION ALL
    SELECT s.participant_id, u.dimension_id, u.scheme_indicator_id, u.weight, NULL,
           trim_scale(sum(s.mean * s.source_weight) / sum(s.source_weight))
    FROM source_mean AS s JOIN appraisal.scheme_indicator AS u USING (indicator_id)
    GROUP BY 1, 2, 3, 4;
    ANALYZE part;

    INSERT INTO appraisal.dimension_score (cycle_id, participant_id, dimension_id, weight, coverage, score, scheme_indicators, weights, figures, points)
    SELECT c.cycle_id, p.participant_id, p.dimension_id, w.weight, 1, trim_scale(sum(p.points * p.weight) / sum(p.weight)),
           array_agg(p.scheme_indicator_id), array_agg(p.weight), array_agg(p.figure), array_agg(p.points)
    FROM (SELECT * FROM part ORDER BY participant_id, dimension_id, scheme_indicator_id) AS p
    JOIN appraisal.dimension_weight AS w USING (dimension_id)
    CROSS JOIN appraisal.cycle AS c
    GROUP BY c.cycle_id, p.participant_id, p.dimension_id, w.weight;

    CREATE TEMP TABLE total ON COMMIT DROP AS
    WITH raw AS (
        SELECT d.cycle_id, d.participant_id, trim_scale(round(sum(d.score * d.weight) / sum(d.weight), 14)) AS raw_score
        FROM appraisal.dimension_score AS d GROUP BY 1, 2
    ),
    unit_heads AS (
        SELECT p.unit_id, count(*) AS heads FROM appraisal.participant AS p GROUP BY 1
    )
    SELECT r.cycle_id, r.participant_id, r.raw_score, round(r.raw_score, 2) AS score, p.unit_id,
           CASE WHEN h.heads < 20 THEN u.parent_id ELSE p.unit_id END AS group_id
    FROM raw AS r JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    JOIN unit_heads AS h USING (unit_id) JOIN appraisal.unit AS u USING (unit_id);
    ANALYZE total;

    CREATE TEMP TABLE graded ON COMMIT DROP AS
    WITH placed AS (
        SELECT t.*, CASE WHEN t.score >= 90 THEN 'S' WHEN t.score >= 80 THEN 'A' WHEN t.score >= 70 THEN 'B' ELSE 'C' END AS natural_grade,
               count(*) OVER (PARTITION BY t.group_id) AS n,
               count(*) OVER (PARTITION BY t.group_id ORDER BY t.score DESC) AS up_to,
               rank() OVER (ORDER BY t.score DESC) AS rank
        FROM total AS t
    )
    SELECT p.*, CASE WHEN p.score >= 90 AND p.up_to <= round(p.n * 0.2) THEN 'S'
                     WHEN p.score >= 80 AND p.up_to <= round(p.n * 0.4) THEN 'A'
                     WHEN p.score >= 70 AND p.up_to <= p.n - round(p.n * 0.1) THEN 'B' ELSE 'C' END AS quota_grade
    FROM placed AS p;
    ANALYZE graded;

    INSERT INTO appraisal.cut_line (cycle_id, unit_id, units, members, scale, heads_out)
    SELECT g.cycle_id, g.group_id, array_agg(DISTINCT g.unit_id), count(*),
           format('S %s : 1.5, A %s : 1.2, B %s : 1, C : 0',
                  CASE WHEN count(*) FILTER (WHERE natural_grade = 'S' AND quota_grade <> 'S') = 0 THEN '>= 90'
                       ELSE coalesce('>= ' || trim_scale(min(score) FILTER (WHERE quota_grade = 'S')), '> ' || trim_scale(max(score))) END,
                  CASE WHEN count(*) FILTER (WHERE score >= 80 AND quota_grade IN ('B', 'C')) = 0 THEN '>= 80'
                       ELSE coalesce('>= ' || trim_scale(min(score) FILTER (WHERE quota_grade IN ('S', 'A'))), '> ' || trim_scale(max(score))) END,
                  CASE WHEN count(*) FILTER (WHERE score >= 70 AND quota_grade = 'C') = 0 THEN '>= 70'
                       ELSE coalesce('>= ' || trim_scale(min(score) FILTER (WHERE quota_grade <> 'C')), '> ' || trim_scale(max(score))) END)::appraisal.grade_scale,
           greatest(count(*) FILTER (WHERE quota_grade = 'S') - round(count(*) * 0.2), 0)
           + greatest(count(*) FILTER (WHERE quota_grade IN ('S', 'A')) - round(count(*) * 0.4), 0)
           + greatest(round(count(*) * 0.1) - count(*) FILTER (WHERE quota_grade = 'C'), 0)
    FROM graded AS g GROUP BY 1, 2;

    INSERT INTO appraisal.result (cycle_id, participant_id, state, coverage, raw_score, score, natural_grade, cohort_unit_id, quota_grade, rank, coefficient)
    SELECT g.cycle_id, g.participant_id, 'scored', 1, g.raw_score, g.score, g.natural_grade, g.group_id, g.quota_grade, g.rank,
           CASE g.quota_grade WHEN 'S' THEN 1.5 WHEN 'A' THEN 1.2 WHEN 'B' THEN 1 ELSE 0 END
    FROM graded AS g;
END
$$;

-- The time of the clock, and that of the processor, which tells more where others are at work.
CREATE FUNCTION bench.processor() RETURNS numeric LANGUAGE sql AS $$
    SELECT (s[12]::numeric + s[13]::numeric) * 10
    FROM regexp_split_to_array(regexp_replace(pg_read_file('/proc/' || pg_backend_pid() || '/stat'), '^.*\) ', 'x '), ' ') AS s
$$;
CREATE TABLE bench.run (who text, milliseconds numeric, processor numeric);
CREATE PROCEDURE bench.time(who text, statement text) LANGUAGE plpgsql AS $$
DECLARE
    start timestamptz;
    used numeric;
BEGIN
    -- with the guards off, as the owner could
    SET LOCAL session_replication_role = replica;
    TRUNCATE appraisal.result, appraisal.dimension_score, appraisal.source_score, appraisal.cut_line, appraisal.audit_log CASCADE;
    SET LOCAL session_replication_role = origin;
    used := bench.processor();
    start := clock_timestamp();
    EXECUTE statement;
    INSERT INTO bench.run VALUES (who, extract(epoch FROM clock_timestamp() - start) * 1000, bench.processor() - used);
END
$$;
CREATE VIEW bench.written AS
SELECT 'result' AS what, r::text AS line FROM appraisal.result AS r UNION ALL SELECT 'dimension', d::text FROM appraisal.dimension_score AS d
UNION ALL SELECT 'source', s::text FROM appraisal.source_score AS s UNION ALL SELECT 'cut line', l::text FROM appraisal.cut_line AS l;

CALL bench.time('by hand', 'CALL bench.by_hand()');
CREATE TABLE bench.by_hand_wrote AS SELECT * FROM bench.written;
CALL bench.time('compute_results', $$CALL appraisal.compute_results('bench')$$);
\pset format unaligned
\pset tuples_only on
SELECT CASE WHEN count(*) = 0 THEN 'both wrote the same rows' ELSE count(*) || ' rows differ: ' || min(what || ' ' || line) END
FROM ((TABLE bench.by_hand_wrote EXCEPT ALL TABLE bench.written) UNION ALL (TABLE bench.written EXCEPT ALL TABLE bench.by_hand_wrote)) AS x;
DROP TABLE bench.by_hand_wrote;
SELECT format('CALL bench.time(%L, %L)', v.who, v.statement)
FROM generate_series(2, :rounds) AS i,
     (VALUES (1, 'by hand', 'CALL bench.by_hand()'), (2, 'compute_results', $$CALL appraisal.compute_results('bench')$$)) AS v (place, who, statement)
ORDER BY i, v.place \gexec
SELECT format('%s people, %s: %s ms by hand, %s ms by compute_results, ratio %s (to reach: 0.7)', :people, r.what, round(h), round(o), round((o / h)::numeric, 2))
FROM (SELECT what, percentile_cont(0.5) WITHIN GROUP (ORDER BY spent) FILTER (WHERE who = 'by hand') AS h,
             percentile_cont(0.5) WITHIN GROUP (ORDER BY spent) FILTER (WHERE who = 'compute_results') AS o
      FROM bench.run, LATERAL (VALUES ('clock', milliseconds), ('processor', processor)) AS v (what, spent) GROUP BY what) AS r;
TABLE bench.run;
