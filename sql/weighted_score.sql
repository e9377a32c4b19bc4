-- The aggregates weighted_score and weight_coverage.
-- test/pgtap/weighted_score.sql holds them against plain SQL on a million rows.
SET search_path = appraisal, public;

SELECT weighted_score(score, weight), sum(score * weight) / sum(weight) AS plain
FROM (VALUES (90, 30), (85.5, 50), (70.25, 20)) AS t (score, weight);

-- digits and display scale are numeric's own
SELECT weighted_score(90, 1), weighted_score(90.0, 1), weighted_score(90, 1.00),
       weighted_score(1, 3), weighted_score(0.00000001, 3), weighted_score(-5, 2);

-- pairs with a null do not count; nothing to count is null
SELECT weighted_score(score, weight), weight_coverage(score, weight)
FROM (VALUES (90, 30), (NULL, 50), (70, NULL)) AS t (score, weight);
SELECT weighted_score(1, 1) FILTER (WHERE false), weighted_score(NULL, 1), weighted_score(1, 0),
       weight_coverage(1, 1) FILTER (WHERE false), weight_coverage(1, NULL), weight_coverage(1, 0);
SELECT weight_coverage(NULL, 1), weight_coverage(0, 2);

-- long numbers, NaN and infinities
SELECT weighted_score(s, w) FROM (VALUES
    (1234567890123456789012345678901234567890, 1), (0.000000000000000000000000000001, 3)) AS t (s, w);
SELECT weighted_score(s, 1) FROM unnest('{1, NaN}'::numeric[]) s;
SELECT weighted_score(s, 1) FROM unnest('{1, Infinity}'::numeric[]) s;
SELECT weighted_score(s, 1) FROM unnest('{Infinity, -Infinity}'::numeric[]) s;
SELECT weighted_score(s, w) FROM (VALUES ('Infinity'::numeric, 0), (1, 1)) AS t (s, w);
SELECT weighted_score('NaN', 0);

-- sums that pass 128 bits
SELECT weighted_score(s, w) = sum(s * w) / sum(w) AS same
FROM (SELECT 92199999999.99999999, 92199999999.99999999 FROM generate_series(1, 20)) AS t (s, w);

-- what a small state has no room for, beside what it has
SELECT what, weighted_score(s, w)::text = (sum(s * w) / sum(w))::text AS same
FROM (SELECT 'many', 1.5, 2.0 FROM generate_series(1, 70000)
      UNION ALL SELECT 'heavy', i, 90000000000 FROM generate_series(1, 5) AS i
      UNION ALL SELECT 'high', 90000000000 + i, 10000000000 FROM generate_series(1, 30) AS i
      UNION ALL SELECT 'long', 1 + i * pow(0.1, 140), 1.0 FROM generate_series(0, 2) AS i
      UNION ALL SELECT 'long for show', round(i, 200), round(2, 100) FROM generate_series(1, 3) AS i
      UNION ALL SELECT 'zero', 0.0, 0.00 + i FROM generate_series(0, 2) AS i
      UNION ALL SELECT 'below zero', -i, i / 4.0 FROM generate_series(0, 9) AS i
      UNION ALL SELECT 'eight decimals', 1.12345678 * i, 0.00000001 FROM generate_series(1, 9) AS i) AS t (what, s, w)
GROUP BY what ORDER BY what;

-- weights that make no sense, in every spelling
SELECT weighted_score(1, -1);
SELECT weighted_score(1, -0.000000000001);
SELECT weighted_score(1, 'NaN');
SELECT weighted_score(1, 'Infinity');
SELECT weight_coverage(NULL, -1);
SELECT weighted_score(NULL, -1);        -- skipped before it is looked at

-- moving frames
SELECT i, weighted_score(s, w) OVER two AS moving, sum(s * w) OVER two / sum(w) OVER two AS plain
FROM (VALUES (1, 10, 1), (2, 20.50, 2.0), (3, NULL, 3), (4, 'NaN', 1), (5, 40, 1.5), (6, 1e20, 1),
             (7, 'Infinity', 1), (8, '-Infinity', 2), (9, 7, 0.00), (10, 3, 1), (11, 2, 1),
             (12, 1e-70, 1), (13, 2, 1), (14, 3, 1)) AS t (i, s, w)
WINDOW two AS (ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW);

-- partial aggregation, by way of two workers
CREATE TABLE parallel_score AS
SELECT i % 7 AS g, (i % 101)::numeric / 4 AS s, (i % 5)::numeric AS w FROM generate_series(1, 20000) i;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT weighted_score(s, w), weight_coverage(s, w) FROM parallel_score;
SELECT weighted_score(s, w) = sum(s * w) / sum(w) AS same, weight_coverage(s, w) FROM parallel_score;
SELECT weighted_score(s, w), weight_coverage(s, w) FROM parallel_score WHERE s < 0;
DROP TABLE parallel_score;

-- the functions behind it, called by hand, change nothing in place
SELECT score_summary_add(s, 80, 2) AS one, score_summary_add(s, 70, 2) AS other, s
FROM (SELECT '(1,2,180)'::score_summary) AS t (s);
SELECT weight_coverage_add(NULL, 1, 1), weight_coverage_add('(1,2,180)', 1, NULL);
SELECT weight_coverage_add('(0,0,0,0,0)', 80, 2);
