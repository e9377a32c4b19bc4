-- Questions to a scale.
SET search_path = appraisal, public;

-- on, just above and just below each bound; long and infinite scores
SELECT s AS score, grade(s, 'A >= 90, B > 80, C >= 80, D >= 60.5') AS grade
FROM unnest('{100, 90, 89.99999999, 89.999999999999, 80.00000001, 80.000000000001, 80, 79.9,
              60.5, 60.49999999, 60.4999999999999, 0, -1, 99999999, 123456789012345678901234567890,
              -123456789012345678901234567890, Infinity, -Infinity}'::numeric[]) s;

-- the decoding of numerics: zero, fractions, all lengths, both signs
SELECT s AS score, grade(s, 'a >= 10000000000, b >= 100000000, c >= 10000, d >= 1, e > 0.0001, f > 0, g >= 0, h >= -10000, i')
FROM unnest('{92199999999.99999999, 92200000000, 99999999.9999, 100000000, 12345678, 10000.0001, 9999.99999999,
              1, 0.99999999, 0.0001, 0.00010001, 0.00000001, 0.000000001, 0, 0.000, -0.00000001, -10000,
              -10000.00000001, -99999999999999}'::numeric[]) s;

-- as stored in a table (packed), computed (not packed) and toasted
CREATE TEMP TABLE score (s numeric);
INSERT INTO score VALUES (90), (89.99), (('1' || repeat('0', 20000) || '.5')::numeric);
SELECT grade(s, 'A >= 90, B'), grade(s + 0, 'A >= 90, B') FROM score;

-- null in, null out; a score that is no number is an error
SELECT grade(NULL, 'A >= 90, B') IS NULL, grade(1, NULL) IS NULL;
SELECT grade('NaN', 'A >= 90, B');

-- rank, coefficient, bounds
SELECT * FROM grades('优秀 >= 90 : 1.50, 良好 >= 90 : 1.2, 合格 > 60 : 1, 不合格 >= 60 : 0.8, 末 >= 0');
SELECT grade_rank('B', 'A >= 90, B'), coefficient('A', 'A >= 90 : 1.20, B'),
       coefficient('B', 'A >= 90 : 1.20, B') IS NULL AS none,
       grade_bounds('B', 'A > 90, B'), grade_bounds('A', 'A');
SELECT grade_rank(NULL, 'A') IS NULL, coefficient('A', NULL) IS NULL, grade_bounds(NULL, 'A') IS NULL;

-- unknown labels
SELECT grade_rank('b', 'A >= 90, B');
SELECT coefficient('', 'A >= 90, B');
SELECT grade_bounds('A ', 'A >= 90, B');
SELECT grade_rank(repeat('长', 10000), 'A >= 90, B');
SELECT grade_rank('x', string_agg('G' || i || ' >= 1', ', ')::grade_scale) FROM generate_series(1, 30) i;
