-- The window function standardized_score.
-- test/pgtap/standardized_score.sql holds it against plain SQL.
SET search_path = appraisal, public;

-- each score in standard deviations of its rater, and on a scale that all share
SELECT rater, score, standardized_score(score) OVER w AS z, standardized_score(score, 50, 10) OVER w AS t
FROM (VALUES ('Ann', 1), ('Ann', 2), ('Ann', 3), ('Ben', 80), ('Ben', 90), ('Ben', 90.5), ('Ben', NULL),
             ('Cai', 7), ('Cai', 7), ('Dee', 4), ('Eli', NULL), ('Eli', NULL)) AS t (rater, score)
WINDOW w AS (PARTITION BY rater)
ORDER BY rater, score;

-- whatever the frame and the order
SELECT s, standardized_score(s) OVER (ORDER BY s ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING) AS z
FROM generate_series(1, 3) s;

-- exact results have no trailing zeros, others 16 decimals or 16 digits
SELECT s, standardized_score(s) OVER () AS z, standardized_score(s, 0, 0.25) OVER () AS quarters
FROM unnest('{-4.5, 4.5, 13.50}'::numeric[]) s;
SELECT s, standardized_score(s) OVER () AS z
FROM unnest('{-1000000000, 0, 0, 0.00000001, 0, 1000000000}'::numeric[]) s;
SELECT s, standardized_score(s, 1.000000000000000000000000005, 1) OVER () AS as_many_as_the_mean
FROM unnest('{1, 2, 3, 5}'::numeric[]) s;
-- a mean and a deviation that nearly cancel out
SELECT standardized_score(s, 0.7071067811865475244, 1) OVER (ORDER BY s) AS nearly_nothing FROM generate_series(1, 2) s;
-- a deviation of zero leaves the mean
SELECT standardized_score(s, 50.10, 0) OVER () FROM generate_series(1, 2) s;

-- the scale may differ from row to row
SELECT s, standardized_score(s, m, d) OVER (ORDER BY s)
FROM (VALUES (1, 100, 15), (2, NULL, 15), (3, 100, NULL), (4, 50, 10)) AS t (s, m, d);

-- long scores
SELECT s, standardized_score(s) OVER () AS z, standardized_score(s, 50, 10) OVER () AS t
FROM unnest('{1234567890123456789012345678901234567890, -1e-30, 0.5, NULL, -1e39}'::numeric[]) s;
-- integers run over into numeric
SELECT DISTINCT s, standardized_score(s) OVER () AS z
FROM unnest('{92000000000, -92000000000, 92000000000, -92000000000, 0}'::numeric[]) s ORDER BY s;
-- no more than 1000 decimals
SELECT i, scale(standardized_score(s) OVER ()), standardized_score(s) OVER () = 0 AS is_zero
FROM unnest('{-1e600, 1, 1e600}'::numeric[]) WITH ORDINALITY AS t (s, i);
SELECT i, scale(standardized_score(s) OVER ()), standardized_score(s) OVER () = 0 AS is_zero
FROM unnest('{-1e1100, 1, 1e1100}'::numeric[]) WITH ORDINALITY AS t (s, i);

-- NaN and infinities: as numeric's own mean and standard deviation
SELECT s, standardized_score(s) OVER () AS z, standardized_score(s, 50, 10) OVER () AS t,
       (s - avg(s) OVER ()) / stddev_samp(s) OVER () AS plain
FROM unnest('{1, NaN, NULL, 2}'::numeric[]) s;
SELECT s, standardized_score(s) OVER () AS z, (s - avg(s) OVER ()) / stddev_samp(s) OVER () AS plain
FROM unnest('{1, -Infinity}'::numeric[]) s;
SELECT s, standardized_score(s) OVER () AS z, (s - avg(s) OVER ()) / stddev_samp(s) OVER () AS plain
FROM unnest('{Infinity, NULL}'::numeric[]) s;

SELECT standardized_score(s, 50, -10) OVER () FROM generate_series(1, 2) s;
SELECT standardized_score(s, 50, -1e-20) OVER () FROM generate_series(1, 2) s;
SELECT standardized_score(s, 50, 'NaN') OVER () FROM generate_series(1, 2) s;
SELECT standardized_score(s, '-Infinity', 10) OVER () FROM generate_series(1, 2) s;
SELECT standardized_score(s) OVER () FROM unnest('{1e131071, 1}'::numeric[]) s;
SELECT standardized_score(1);
