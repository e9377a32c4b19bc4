-- krippendorff_alpha() and icc(): published data, and what has no answer.
SET search_path = appraisal, public;

-- Krippendorff, Computing Krippendorff's Alpha-Reliability (2011): 4 observers, 12 units,
-- missing values; alpha for interval data is 0.849
CREATE TEMP TABLE observed (unit int, value numeric);
INSERT INTO observed
SELECT unit, value FROM (VALUES
    (ARRAY[1, 2, 3, 3, 2, 1, 4, 1, 2, NULL, NULL, NULL]),
    (ARRAY[1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NULL, 3]),
    (ARRAY[NULL, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NULL]),
    (ARRAY[1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NULL])
) AS observer (vals) CROSS JOIN LATERAL unnest(vals) WITH ORDINALITY AS v (value, unit);
SELECT round(krippendorff_alpha(s), 3) AS alpha, krippendorff_alpha(s) AS all_digits
FROM (SELECT score_summary(value) AS s FROM observed GROUP BY unit) AS unit;

-- Shrout and Fleiss, Psychological Bulletin 86 (1979), table 2: 6 targets, 4 judges;
-- ICC(1,1) is .17, and by Spearman and Brown ICC(1,4) is .44
CREATE TEMP TABLE judged (target int, rating numeric);
INSERT INTO judged
SELECT target, unnest(ratings) FROM (VALUES
    (1, ARRAY[9, 2, 5, 8]), (2, ARRAY[6, 1, 3, 2]), (3, ARRAY[8, 4, 6, 8]),
    (4, ARRAY[7, 1, 2, 6]), (5, ARRAY[10, 5, 6, 9]), (6, ARRAY[6, 2, 4, 7])
) AS t (target, ratings);
SELECT round(icc, 2) AS icc_1_1, round(4 * icc / (1 + 3 * icc), 2) AS icc_1_4, icc AS all_digits
FROM (SELECT icc(s) FROM (SELECT score_summary(rating) AS s FROM judged GROUP BY target) AS target) AS i;

-- full agreement, and as little as there can be
SELECT krippendorff_alpha(s), icc(s) FROM (VALUES ('(2,2,6,18,2)'::score_summary), ('(2,2,8,32,2)')) AS t (s);
SELECT krippendorff_alpha(s), icc(s) FROM (VALUES ('(2,2,4,10,2)'::score_summary), ('(2,2,4,10,2)')) AS t (s);
-- no answer: no ratee, one ratee, no ratee with two scores, no two scores that differ, nothing but nulls
SELECT krippendorff_alpha(s), icc(s) FROM (SELECT '(0,0,0,0,0)'::score_summary WHERE false) AS t (s);
SELECT krippendorff_alpha(s), icc(s) FROM (VALUES ('(2,2,3,5,2)'::score_summary)) AS t (s);
SELECT krippendorff_alpha(s), icc(s) FROM (VALUES ('(1,1,3,9,1)'::score_summary), ('(1,1,4,16,1)')) AS t (s);
SELECT krippendorff_alpha(s), icc(s) FROM (VALUES ('(2,2,6,18,2)'::score_summary), ('(3,3,9,27,3)')) AS t (s);
SELECT krippendorff_alpha(s), icc(s) FROM (VALUES (NULL::score_summary), ('(0,0,0,0,0)')) AS t (s);
SELECT krippendorff_alpha(s), icc(s) FROM (VALUES ('(2,2,NaN,NaN,2)'::score_summary), ('(2,2,3,5,2)')) AS t (s);

-- scores must count alike, and their squares must be there
SELECT icc('(1,2,180,16200,4)');
SELECT krippendorff_alpha(s) FROM (SELECT score_summary(v, w) AS s FROM (VALUES (1, 0.5), (2, 1.5)) AS t (v, w)) AS g;
SELECT icc('(2,2,3)');
-- the functions behind it
SELECT rater_agreement_add('{}', '(2,2,3,5,2)');
SELECT rater_agreement_combine(rater_agreement_add('{}', '(2,2,3,5,2)'), rater_agreement_add('{}', '(1,1,3,9,1)'));
SELECT rater_agreement_add('{1,2}', '(2,2,3,5,2)');
SELECT rater_agreement_combine('{}', '{1,2,3,4,NULL}');
SELECT icc_final('{{1,2,3,4,5},{1,2,3,4,5}}');
