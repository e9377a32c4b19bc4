-- The type score_summary: the state of weighted_score, storable and mergeable.
SET search_path = appraisal, public;

SELECT v::score_summary FROM (VALUES
    ('(0,0,0)'), (' ( 2 , 5.00 , 437.500 ) '), ('(1,1,NaN)'), ('(1,1,-Infinity)'), ('(3,0,0)'),
    ('(9000000000,123456789012345678901234567890,0.000000000000000000000000000001)')
) AS t (v);

-- shipped as text or kept in pieces, the sums merge to the same digits
SELECT score_summary_combine(a::text::score_summary, b) AS merged,
       weighted_score_final(score_summary_combine(a, b)) AS score
FROM (SELECT weighted_score_add(weighted_score_add('(0,0,0)', 90, 1.5), 80.25, 2),
             weighted_score_add('(0,0,0)', 1e30, 0.000000000001)) AS t (a, b);
SELECT score_summary_combine('(0,0,0)', '(0,0,0)'), score_summary_combine('(0,0,0)', '(1,2,3.0)'),
       score_summary_combine('(1,2,3.0)', '(0,0,0)'), score_summary_combine(NULL, '(1,2,3)');
SELECT score_summary_combine('(9223372036854775807,1,1)', '(1,1,1)');
SELECT weighted_score_final('(0,0,0)') IS NULL, weighted_score_final('(1,0,0)') IS NULL;

SELECT ''::score_summary;
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
