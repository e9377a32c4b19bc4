-- The aggregates rater_score and rater_coverage, and their state, the type
-- rater_scores.
-- test/pgtap/rater_score.sql holds them against plain SQL on random ratings.
SET search_path = appraisal, public;

-- peers 80, 90 and 100 are one mean of 90; the reports have not answered
SELECT rater_score(score, source, weight), (70 * 40 + 90 * 30) / 70.0 AS by_hand,
       rater_coverage(score, source, weight), 70 / 100.0 AS by_hand
FROM (VALUES (70, 'manager', 40), (80, 'peer', 30), (90, 'peer', 30), (100, 'peer', 30),
             (NULL, 'peer', 30), (NULL, 'report', 30)) AS t (score, source, weight);

-- rounded once: thirds and sevenths that add up to a whole
SELECT rater_score(score, source, weight)
FROM (VALUES (1, 'a', 3), (0, 'a', 3), (0, 'a', 3), (1, 'b', 7), (1, 'b', 7), (1, 'b', 7), (0, 'b', 7),
             (0, 'b', 7), (0, 'b', 7), (0, 'b', 7), (16, 'c', 1)) AS t (score, source, weight);

-- nothing to count is null; a source of weight 0 is collected and does not count
SELECT rater_score(1, 'a', 1) FILTER (WHERE false), rater_score(NULL, 'a', 1), rater_score(1, 'a', 0),
       rater_coverage(1, 'a', 1) FILTER (WHERE false), rater_coverage(NULL, 'a', 1),
       rater_coverage(1, 'a', 0), rater_coverage(0, 'a', 2);
SELECT rater_score(score, source, weight), rater_coverage(score, source, weight)
FROM (VALUES (100, 'self', 0), ('NaN'::numeric, 'votes', 0.00), (60, 'peer', 1)) AS t (score, source, weight);

-- sources are told apart byte by byte, empty, long and alike
SELECT rater_score(score, source, 1), rater_coverage(score, source, 1)
FROM (VALUES (1, ''), (2, ' '), (4, 'Peer'), (8, 'peer'), (16, 'peer '), (32, 'manager of the manager'),
             (64, 'manager of the manages'), (128, 'manager '), (256, 'manager o'), (NULL, '同事'), (640, '上级'))
     AS t (score, source);
SELECT rater_score(i, repeat('x', 3000) || i % 2, 1 + i % 2) FROM generate_series(1, 4) i;
CREATE TEMP TABLE toasted AS SELECT repeat('x', 100000) || i % 2 AS source, i FROM generate_series(1, 4) i;
SELECT rater_score(i, source, 1 + i % 2) FROM toasted;

-- a weight may be written with other decimals
SELECT rater_score(i, 'a', w), rater_coverage(i, 'a', w)
FROM (VALUES (1, 1), (2, 1.00), (3, 1.000000000000)) AS t (i, w);
SELECT rater_score(i, 'a', w), rater_coverage(i, 'a', w)
FROM (VALUES (1, 33.333333333), (2, 33.3333333330), (3, 33.33333333300000)) AS t (i, w);

-- long numbers, NaN and infinities
SELECT rater_score(s, source, w) FROM (VALUES
    (1234567890123456789012345678901234567890, 'a', 1), (0.000000000000000000000000000001, 'b', 3)) AS t (s, source, w);
SELECT rater_score(s, 'a', 1) FROM unnest('{1, NaN}'::numeric[]) s;
SELECT rater_score(s, 'a', 1) FROM unnest('{1, -Infinity}'::numeric[]) s;
SELECT rater_score(s, s::text, 1) FROM unnest('{Infinity, -Infinity}'::numeric[]) s;

-- what makes no sense
SELECT rater_score(1, NULL, 1);
SELECT rater_coverage(1, 'peer', NULL);
SELECT rater_score(1, 'peer', -1);
SELECT rater_score(NULL, 'peer', -0.000000000001);
SELECT rater_score(1, 'peer', 'NaN');
SELECT rater_coverage(NULL, 'peer', 'Infinity');
SELECT rater_score(1, 'peer', w) FROM unnest('{30, 30.00, 40}'::numeric[]) w;
SELECT rater_score(1, 'peer', w) FROM unnest('{40, 30}'::numeric[]) w;
SELECT rater_score(NULL, 'peer', w) FROM unnest('{0, 1e-20}'::numeric[]) w;
SELECT rater_score(1, i::text, 1) FROM generate_series(1, 1000) i;
SELECT rater_score(1, i::text, 1) FROM generate_series(1, 1001) i;

-- in a window, in frames that grow
SELECT i, rater_score(i * 10, source, weight) OVER w, rater_coverage(i * 10, source, weight) OVER w
FROM (VALUES (1, 'peer', 1), (2, 'manager', 3), (3, 'peer', 1)) AS t (i, source, weight)
WINDOW w AS (ORDER BY i);

-- partial aggregation, by way of two workers
CREATE TABLE parallel_score AS
SELECT (i % 101)::numeric / 4 AS s, 'source ' || i % 5 AS source, (i % 5)::numeric AS w FROM generate_series(1, 20000) i;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT rater_score(s, source, w), rater_coverage(s, source, w) FROM parallel_score;
SELECT round(rater_score(s, source, w), 12) AS score,
       (SELECT round(sum(m * w) / sum(w), 12) FROM (SELECT avg(s) AS m, w FROM parallel_score GROUP BY source, w) t) AS plain,
       rater_coverage(s, source, w)
FROM parallel_score;
SELECT rater_score(s, source, w), rater_coverage(s, source, w) FROM parallel_score WHERE s < 0;
DROP TABLE parallel_score;

-- the state: canonical text
SELECT v::rater_scores FROM (VALUES
    ('(peer,2,181.50,30)'), (' ( peer , 2 , 181.50 , 30 ) , ( "two words" , 0 , 0 , 10.0 ) '),
    ('(z,1,1,1),(a,1,1,1),("",0,0,0),("q""(),",1,NaN,1),(同事,1,-Infinity,0.00)'),
    ('(a,9000000000,123456789012345678901234567890,0.000000000000000000000000000001)')
) AS t (v);

-- shipped as text or kept in pieces, the sums merge to the same digits
SELECT a, b, rater_scores_combine(a, b) AS merged, rater_scores_combine(b::text::rater_scores, a) AS reverse,
       rater_score_final(rater_scores_combine(a, b)) AS score,
       rater_coverage_final(rater_scores_combine(a, b)) AS coverage
FROM (SELECT rater_scores_add(rater_scores_add(NULL, 90, 'peer', 1.5), NULL, 'report', 2),
             rater_scores_add(rater_scores_add(NULL, 1e20, 'self', 1), 70.25, 'peer', 1.50)) AS t (a, b);
SELECT rater_scores_combine(NULL, '(a,1,1,1)'), rater_scores_combine('(a,1,1,1)', NULL);
SELECT rater_scores_combine('(a,9223372036854775807,1,1)', '(a,1,1,1)');
SELECT rater_scores_add('(a,9223372036854775807,1,1)', 1, 'a', 1);
SELECT rater_scores_add('(a,9223372036854775807,1,1)', NULL, 'a', 1);
SELECT rater_score_final('(a,9223372036854775807,9223372036854775807,1),(b,9223372036854775806,0,1)');
SELECT rater_scores_combine('(a,1,1,1)', '(a,1,1,2)');

-- the functions behind it, called by hand, change nothing in place
SELECT rater_scores_add(s, 80, 'peer', 2) AS one, rater_scores_add(s, 70, 'self', 1) AS other,
       rater_scores_combine(s, s) AS twice, s
FROM (SELECT '(peer,1,90,2)'::rater_scores) AS t (s);

SELECT ''::rater_scores;
SELECT '(a,1,2)'::rater_scores;
SELECT '(a,1,2,3'::rater_scores;
SELECT '(a,1,2,3) x'::rater_scores;
SELECT '(a,1,2,3),'::rater_scores;
SELECT '(,1,2,3)'::rater_scores;
SELECT '("" "",1,2,3)'::rater_scores;
SELECT '(""a"",1,2,3)'::rater_scores;
SELECT '(a,x,2,3)'::rater_scores;
SELECT '(a,9223372036854775808,2,3)'::rater_scores;
SELECT '(a,-1,2,3)'::rater_scores;
SELECT '(a,1,2,-3)'::rater_scores;
SELECT '(a,1,2,Infinity)'::rater_scores;
SELECT '(a,0,1,1)'::rater_scores;
SELECT '(a,0,0.0,1)'::rater_scores;
SELECT '(a,0,NaN,1)'::rater_scores;
SELECT '(a,1,2,3),(b,1,2,3),(a,1,2,3)'::rater_scores;
SELECT left(string_agg(format('(%s,1,1,1)', i), ',')::rater_scores::text, 40) FROM generate_series(1, 1001) i;
