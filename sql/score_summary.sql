-- score_summary: exact sums, storable and mergeable, and what they say.
SET search_path = appraisal, public;

SELECT v::score_summary FROM (VALUES
    ('(0,0,0)'), (' ( 2 , 5.00 , 437.500 ) '), ('(1,1,NaN)'), ('(1,1,-Infinity)'), ('(3,0,0)'),
    ('(9000000000,123456789012345678901234567890,0.000000000000000000000000000001)')
) AS t (v);

-- shipped as text or kept in pieces, the sums merge to the same digits
SELECT score_summary_combine(a::text::score_summary, b) AS merged,
       summary_mean(score_summary_combine(a, b)) AS score
FROM (SELECT score_summary_add(score_summary_add('(0,0,0)', 90, 1.5), 80.25, 2),
             score_summary_add('(0,0,0)', 1e30, 0.000000000001)) AS t (a, b);
SELECT score_summary_combine('(0,0,0)', '(0,0,0)'), score_summary_combine('(0,0,0)', '(1,2,3.0)'),
       score_summary_combine('(1,2,3.0)', '(0,0,0)'), score_summary_combine(NULL, '(1,2,3)');
SELECT score_summary_combine('(9223372036854775807,1,1)', '(1,1,1)');
-- where two small forms do not fit one
SELECT score_summary_combine(s, s)
FROM (VALUES ('(40000,1,1)'::score_summary), ('(1,90000000000,1)'), ('(1,1,10000000000000000000000)'),
             ('(1,1,-10000000000000000000000)'), ('(32767,46116860184.27387903,1.00000000)'),
             (('(1,1,' || round(1, 300) || ')')::score_summary)) AS v (s);
SELECT summary_mean('(0,0,0)') IS NULL, summary_mean('(1,0,0)') IS NULL;

-- the aggregates and what reads a summary
SELECT score_summary(s), score_summary(s, w), merge_summaries(score_summary_add('(0,0,0,0,0)', s, w))
FROM (VALUES (90, 0.4), (80.5, 0.6), (NULL, 1), (70, NULL)) AS t (s, w);
SELECT summary_count(x), summary_weight(x), summary_mean(x), summary_stddev(x)
FROM (VALUES ('(2,1.0,84.30,7128.150,0.52)'::score_summary), ('(3,3,240.5,19380.25,3)'), ('(2,2,180,16200,2)'),
             ('(1,1,90,8100,1)'), ('(2,1,90,8100,1)'), ('(1,0,0,0,0)'), ('(0,0,0,0,0)'), ('(1,1,NaN,NaN,1)'), (NULL)) AS t (x);
SELECT score_summary(s), score_summary(s, s), merge_summaries(x) FROM (SELECT 1.0, '(0,0,0)'::score_summary WHERE false) AS t (s, x);
SELECT summary_stddev('(2,2,180)');
SELECT score_summary(90, -1);
SELECT score_summary(90, 'NaN');
SELECT a = b AS equal, a <> b AS differ FROM (VALUES
    ('(1,1,2)'::score_summary, '(1,1,2)'::score_summary), ('(1,1,2)', '(1,1,2.0)'), ('(1,1,2)', '(1,1,3)'),
    ('(1,1,2)', '(2,1,2)'), ('(1,1,2)', '(1,1,2,4,1)')) AS t (a, b);
-- the sums do not fit 128 bits
SELECT score_summary(s, s) AS far, score_summary(s / 3) = merge_summaries(score_summary_add('(0,0,0,0,0)', s / 3, 1)) AS same
FROM unnest('{90000000000.00000001,1e30,2,90000000000.00000001}'::numeric[]) AS s;
-- a sum that just fits them
SELECT summary_mean(score_summary_combine(s, s)) AS mean, 17014118346046923173168.73037158 / 1000000000000 AS division
FROM (VALUES ('(1,500000000000,8507059173023461586584.36518579)'::score_summary)) AS v (s);

SELECT ''::score_summary;
SELECT '(1,1,2,4)'::score_summary;
SELECT '(1,1,2,4,1,1)'::score_summary;
SELECT '(1,1,2,3,1)'::score_summary;        -- less than the square of the mean
SELECT '(2,1,2,4,0.4)'::score_summary;      -- two weights of sum 1 have squares of 0.5 and more
SELECT '(2,1,2,4,1.1)'::score_summary;      -- but no more than 1
SELECT '(1,1.0,2.0,4.0,1)'::score_summary;  -- the square of 1.0 is 1.00
SELECT '(1,1,2.00,4.0,1)'::score_summary;   -- a square has as many decimals as the score
SELECT '(1,1,NaN,4,1)'::score_summary;
SELECT '(1,1.0,2)'::score_summary;
SELECT '(1,2)'::score_summary;
SELECT '(1,2,3'::score_summary;
SELECT '(1,2,3) x'::score_summary;
SELECT '(x,2,3)'::score_summary;
SELECT '(1.5,2,3)'::score_summary;
SELECT '(9223372036854775808,2,3)'::score_summary;
SELECT '(-1,2,3)'::score_summary;
SELECT '(1,-2,3)'::score_summary;
SELECT '(1,NaN,3)'::score_summary;
SELECT '(0,1,0)'::score_summary;
SELECT '(0,0.0,0)'::score_summary;
