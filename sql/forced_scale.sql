-- The aggregate forced_scale.
-- test/pgtap/forced_scale.sql holds it against every cut line of 100,000 groups.
SET search_path = appraisal, public;

\set scale '''S >= 90, A >= 80, B >= 70, C'''

-- nothing to force: the scale as it is; then a cap, a floor, a target
SELECT forced_scale(s, :scale, 'S <= 100%') FROM generate_series(60, 100) s;
SELECT forced_scale(s, :scale, 'S <= 10%') FROM generate_series(60, 100) s;
SELECT forced_scale(s, :scale, 'C >= 50%') FROM generate_series(60, 100) s;
SELECT forced_scale(s, :scale, 'S = 10%, A = 20%, B = 50%, C = 20%') FROM generate_series(61, 100) s;

-- a tie is never split: of four equals at the top none or all are S
SELECT forced_scale(s, :scale, 'S <= 25%') FROM unnest('{95,95,95,95,85,85,75,65}'::numeric[]) s;
SELECT forced_scale(s, :scale, 'S >= 25%') FROM unnest('{85,85,85,85,75,75,75,65}'::numeric[]) s;

-- when no cut line can meet the quota, the fewest heads are out
SELECT forced_scale(s, :scale, 'S = 50%') FROM unnest('{95,95,95,85}'::numeric[]) s;

-- a grade that is emptied: top, middle, bottom
SELECT forced_scale(s, :scale, 'S <= 0') FROM unnest('{95,85,75,65}'::numeric[]) s;
SELECT forced_scale(s, :scale, 'A <= 0') FROM unnest('{95,85,75,65}'::numeric[]) s;
SELECT forced_scale(s, :scale, 'C <= 0') FROM unnest('{95,85,75,65}'::numeric[]) s;
SELECT forced_scale(s, :scale, 'S+A+B <= 0') FROM unnest('{95,85,75,65}'::numeric[]) s;

-- coefficients and quoted labels come along; long scores become bounds
SELECT forced_scale(s, '"A+" > 90 : 1.5, B : 1', '"A+" <= 50%')
FROM unnest('{95.123456789123, 95.123456789124, 1, 2}'::numeric[]) s;
SELECT forced_scale(s, 'A >= 90, B', 'A <= 0') FROM unnest('{Infinity, 95, -Infinity}'::numeric[]) s;

-- no scores, and scores without a natural grade, are not in the group
SELECT forced_scale(s, 'A >= 90, B >= 60', 'A <= 50%') FROM unnest('{95, NULL, 94, 93, 50, 40}'::numeric[]) s;
SELECT forced_scale(s, 'A >= 90, B >= 60', 'A <= 50%') FROM unnest('{NULL, 50}'::numeric[]) s;
SELECT forced_scale(1, 'A >= 90, B', 'A <= 50%') FILTER (WHERE false) IS NULL AS no_rows;

-- null rules make a null scale, but not for some rows only
SELECT forced_scale(1, NULL, 'A <= 50%') IS NULL, forced_scale(1, 'A', NULL) IS NULL;
SELECT forced_scale(1, s, 'A <= 50%') FROM unnest(ARRAY['A >= 90, B', NULL]::grade_scale[]) s;
SELECT forced_scale(1, s, 'A <= 50%') FROM unnest(ARRAY[NULL, 'A >= 90, B']::grade_scale[]) s;
SELECT forced_scale(1, 'A >= 90, B', q) FROM unnest('{A <= 50%,A <= 40%}'::quota[]) q;

SELECT forced_scale('NaN', :scale, 'S <= 10%');
SELECT forced_scale(1, :scale, 'X <= 10%');
SELECT forced_scale(NULL, :scale, 'S <= 10%, S >= 20%');

-- a window aggregate: the grade in force beside each score
SELECT unit, score, grade(score, :scale) AS natural,
       grade(score, forced_scale(score, :scale, 'S <= 25%, C >= 25%') OVER (PARTITION BY unit)) AS forced
FROM (VALUES (1, 95), (1, 93), (1, 91), (1, 72), (2, 99), (2, 85), (2, 71), (2, 60)) AS t (unit, score)
ORDER BY unit, score DESC;

-- many scores: through sorting and growing; any order gives the same scale
SELECT f, count(*) AS orders FROM (
    SELECT forced_scale(s, :scale, 'S <= 5%, S+A <= 30%, C >= 80%') f
    FROM generate_series(1, 3) o, generate_series(1, 30000) i,
         LATERAL (SELECT (CASE o WHEN 1 THEN i WHEN 2 THEN 30001 - i ELSE i * 7919 % 30011 END) % 9999 / 100.0) AS t (s)
    GROUP BY o) f GROUP BY f;

-- partial aggregation, by way of two workers
CREATE TABLE parallel_score AS
SELECT ((i * 7919) % 10007)::numeric / 100 AS s FROM generate_series(1, 20000) i
UNION ALL SELECT 1e-20 UNION ALL SELECT 1e20;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT forced_scale(s, :scale, 'S <= 20%') FROM parallel_score;
SET max_parallel_workers_per_gather = 2;
SELECT forced_scale(s, :scale, 'S <= 5%') FROM parallel_score;
SET max_parallel_workers_per_gather = 0;
SELECT forced_scale(s, :scale, 'S <= 5%') FROM parallel_score;
SET max_parallel_workers_per_gather = 2;
SELECT forced_scale(s, :scale, 'S <= 20%') FROM parallel_score WHERE s < -1;
SELECT forced_scale(s, NULL, 'S <= 20%') IS NULL FROM parallel_score;
DROP TABLE parallel_score;

-- the functions behind it, called by hand
SELECT forced_scale_final(forced_scale_combine(
    forced_scale_add(NULL, 95, :scale, 'S <= 0'), forced_scale_add(NULL, 99, :scale, 'S <= 0')));
SELECT forced_scale_combine(
    forced_scale_add(NULL, 95, :scale, 'S <= 0'), forced_scale_add(NULL, 99, :scale, 'S <= 1'));
SELECT forced_scale_combine(forced_scale_add(NULL, 95, :scale, NULL), forced_scale_add(NULL, 99, :scale, 'S <= 1'));
SELECT forced_scale_final(forced_scale_add(g, 50, :scale, 'S <= 0')), forced_scale_final(forced_scale_add(g, 99, :scale, 'S <= 0'))
FROM (SELECT forced_scale_add(NULL, 95, :scale, 'S <= 0')) AS t (g);
