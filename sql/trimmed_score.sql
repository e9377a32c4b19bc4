-- The aggregate trimmed_score and its state, trimmed_scores.
-- test/pgtap/trimmed_score.sql holds them against row_number() in plain SQL.
SET search_path = appraisal, public;

-- seven judges, without the best and the worst
SELECT trimmed_score(s, 1), trimmed_score(s, 0) AS plain, trimmed_score(s, 3) AS median
FROM unnest('{9.5,9.6,9.9,9.4,9.6,8.0,9.7}'::numeric[]) s;

-- fewer than 2k+1 scores: the plain mean; no score: NULL
SELECT trimmed_score(s, 2) AS four, trimmed_score(s, 1) AS three, trimmed_score(s, 1) FILTER (WHERE s < 9) AS two,
       trimmed_score(s, 1000000) FILTER (WHERE s = 7) AS one, trimmed_score(NULL, 1) AS nulls, trimmed_score(s, 1) FILTER (WHERE false) AS none
FROM unnest('{7,8,10,NULL}'::numeric[]) s;

-- equal scores: one copy is trimmed, the one with the fewest decimals at the bottom, with the most at the top
SELECT trimmed_score(s, 1), avg(s) FROM unnest('{12345678901.50,12345678901.5,12345678901.500000000000}'::numeric[]) s;

-- NaN is above all numbers, infinities are numbers at the ends
SELECT trimmed_score(s, 1) AS trimmed, trimmed_score(s, 0) AS untrimmed FROM unnest('{1,2,3,NaN}'::numeric[]) s;
SELECT trimmed_score(s, 1) AS trimmed FROM unnest('{1,2,3,NaN,NaN}'::numeric[]) s;
SELECT trimmed_score(s, 1) AS trimmed, trimmed_score(s, 0) AS untrimmed FROM unnest('{1,2,-Infinity,Infinity}'::numeric[]) s;
SELECT trimmed_score(s, 1) AS both, trimmed_score(s, 2) AS plain FROM unnest('{-Infinity,-Infinity,Infinity,Infinity}'::numeric[]) s;

-- long numbers and more scores than may wait
SELECT trimmed_score(s, 1) FROM unnest('{1e40,1234567890123456789012345678901234567890,1e-30,3}'::numeric[]) s;
SELECT trimmed_score(i, 5) AS mean, trimmed_score(i + 1e-20, 5) AS of_long_ones,
       trimmed_score(CASE i % 3 WHEN 0 THEN i ELSE i * 1e15 END, 5) AS of_both
FROM generate_series(1, 1000) i;
SELECT trimmed_score(i, 400) AS mean, trimmed_score(i, 600) AS plain FROM generate_series(1, 1000) i;

-- k
SELECT trimmed_score(1, -1);
SELECT trimmed_score(1, 1000001);
SELECT trimmed_score(1, NULL);
SELECT trimmed_score(NULL, NULL);
SELECT trimmed_score(i, i) FROM generate_series(1, 2) i;
SELECT trimmed_score(NULL, i) FROM generate_series(1, 2) i;

-- over a growing window
SELECT i, trimmed_score(s, 1) OVER (ORDER BY i), trimmed_score(s, 1) OVER (ORDER BY i ROWS 2 PRECEDING) AS of_three
FROM unnest('{5,1,9,NULL,3,1e20}'::numeric[]) WITH ORDINALITY AS t (s, i);

-- partial aggregation, by way of two workers
CREATE TABLE parallel_score AS
SELECT i % 7 AS g, (i * 7919 % 10007)::numeric / 4 AS s FROM generate_series(1, 20000) i;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT trimmed_score(s, 3) FROM parallel_score;
SELECT trimmed_score(s, 3) FROM parallel_score;
SELECT avg(s) FILTER (WHERE lo > 3 AND hi > 3)
FROM (SELECT s, row_number() OVER (ORDER BY s) AS lo, row_number() OVER (ORDER BY s DESC) AS hi FROM parallel_score) r;
SELECT trimmed_score(s, 3) FROM parallel_score WHERE s < 0;
SELECT trimmed_score(s, g) FROM parallel_score;
RESET ALL;
SET search_path = appraisal, public;
DROP TABLE parallel_score;

-- the state: k, scores in the middle, their sum, the others in order
SELECT trimmed_score_add(NULL, NULL, 1), trimmed_score_add(NULL, 5.0, 1), trimmed_score_add(NULL, 5.0, 0);
SELECT state, trimmed_score_final(state), trimmed_score_add(state, 100, 1) AS more, trimmed_score_add(state, 5, 1) AS middle,
       trimmed_score_combine(state, state) AS twice, state AS unchanged
FROM unnest('{"(1,0,0,{})","(1,0,0,{4,4.0})","(1,2,11.50,{4,7})","(1,1,1e,{-Infinity,NaN})"}'::text[]) t,
     LATERAL (SELECT replace(t, '1e', '1')::trimmed_scores) AS s (state);
SELECT trimmed_score_combine('(1,1,NaN,{-Infinity,Infinity})', '(1,1,-Infinity,{-Infinity,0.00000000000000000001})');
SELECT trimmed_score_combine('(0,1,5,{})', '(1,0,0,{})');
SELECT trimmed_score_combine('(0,4611686018427387904,5,{})', '(0,1,5,{})');
-- stored, it is compressed
CREATE TABLE stored AS
SELECT trimmed_score_combine(trimmed_score_combine(a, a), trimmed_score_combine(a, a)) AS state
FROM (SELECT ('(400,0,0,{' || string_agg(i::text, ',') || '})')::trimmed_scores AS a FROM generate_series(1, 700) i) t;
SELECT pg_column_size(state) < 8000 AS compressed, trimmed_score_final(state), trimmed_score_final(state::text::trimmed_scores),
       trimmed_score_final(trimmed_score_add(state, 100, 400))
FROM stored;
DROP TABLE stored;

-- text that cannot be read
SELECT ''::trimmed_scores;
SELECT '(1,0,0,{1,2}'::trimmed_scores;
SELECT '(1,0,0,{1,2}) '::trimmed_scores, '( 0 , 1 , 2.50 , { } )'::trimmed_scores;
SELECT '(1,0,0,{1 2})'::trimmed_scores;
SELECT '(1,0,0,{1,})'::trimmed_scores;
SELECT '(1,0,x,{})'::trimmed_scores;
SELECT '(-1,0,0,{})'::trimmed_scores;
SELECT '(1,99999999999999999999,0,{})'::trimmed_scores;
-- or read and not be: k, too many others, too few, order, sums
SELECT '(1000001,0,0,{})'::trimmed_scores;
SELECT '(4294967296,0,0,{})'::trimmed_scores;
SELECT '(0,4611686018427387905,0,{})'::trimmed_scores;
SELECT '(1,0,0,{1,2,3})'::trimmed_scores;
SELECT '(1,1,1,{1})'::trimmed_scores;
SELECT '(1,0,0,{2,1})'::trimmed_scores;
SELECT '(1,0,0,{1.0,1})'::trimmed_scores;
SELECT '(1,0,1,{1,2})'::trimmed_scores;
SELECT '(1,0,0.0,{1,2})'::trimmed_scores;
SELECT '(1,2,1.9,{1,2})'::trimmed_scores;
SELECT '(1,2,4.1,{1,2})'::trimmed_scores;
SELECT '(1,2,NaN,{1,Infinity})'::trimmed_scores;
SELECT '(1,2,-Infinity,{1,2})'::trimmed_scores;
