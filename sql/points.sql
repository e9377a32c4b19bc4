-- What a measurement earns.
-- test/pgtap/points.sql holds points() against rational arithmetic in plain SQL.
SET search_path = appraisal, public;

-- between the knots, on them, beside them and at a jump
SELECT x, points(x, 'linear (0.6, 0), (1, 100), (1.2, 120)') AS attained,
          points(x, 'linear (0.5, 100), (1, 60), (1, 20), (2, 0)') AS smaller_is_better,
          points(x, 'step (0, 60), (0.8, 80), (1, 100)') AS steps
FROM unnest('{-5, 0.5, 0.6, 0.7, 0.79999999, 0.8, 0.85, 0.999, 1, 1.00000001, 1.1, 1.2, 5,
              Infinity, -Infinity}'::numeric[]) x;

-- exact results have no trailing zeros, others are rounded once
SELECT points(1.00, 'linear (0, 0), (3, 1)') AS third, points(1.50, 'linear (0, 0), (3, 1.0)') AS half,
       points(2, 'linear (0, 0), (3, -1)') AS negative, points(0.000000000001, 'linear (0, 0), (1, 1)') AS tiny,
       points(1, 'linear (0, 0), (1024, 1)') AS long;
SELECT points(50000000000, 'linear (-92000000000, -92000000000), (92000000000, 92000000000)') AS wide_run,
       points(500000000000000000000, 'linear (0, 0), (1000000000000000000000, 100)') AS beyond,
       points(0.3, 'linear (0, 0.000000000001), (1, 1)') AS long_points,
       points(1, 'linear (0, 90000000000), (90000000000, 0)') AS wide_product;
-- as small as numeric can say, and smaller; as large
SELECT attainment(1e-16383, 1) = 1e-16383 AS least, attainment(1e-16383, 2) = 1e-16383 AS half,
       attainment(1e-16383, 3) = 0 AS third, attainment(1, 1e131000) = 0 AS beyond,
       scale(attainment(1, 1e131000)), points(1e-16383, 'linear (0, 0), (1, 1)') = 1e-16383 AS on_a_line;
SELECT attainment(1e131071, 1);
SELECT points(NULL, 'step (0, 1)') IS NULL, points(1, NULL) IS NULL;
SELECT points('NaN', 'step (0, 1)');

-- attainment: actual by target where that is above zero
SELECT a AS actual, t AS target, attainment(a, t)
FROM (VALUES (90, 100), (110, 100), (-10, 100), (1, 3), (-80, -100), (-100, -100), (-120, -100),
             (10, -100), (0, 5), (2.50, 2.5)) AS v (a, t);
SELECT attainment('NaN', 1), attainment(1, 'NaN'), attainment('Infinity', 2), attainment(2, 'Infinity'),
       attainment('-Infinity', -2);
SELECT attainment(NULL, 1) IS NULL, attainment(1, NULL) IS NULL;
SELECT attainment(5, 0);

-- levels passed in order
SELECT levels, gated_score(levels::numeric[]) FROM (VALUES
    ('{1,1,1,1,1}'), ('{1,1,0.5,1,1}'), ('{0.5,1,1}'), ('{0,1,1}'), ('{1,1,0}'), ('{1.0,0.50}'),
    ('{1,0.5,NULL}'), ('{1,NULL,1}'), ('{NULL}'), ('{}')) AS v (levels);
SELECT gated_score(NULL) IS NULL;
SELECT gated_score('{1,1.5}');
SELECT gated_score('{1,-0.5}');
SELECT gated_score('{NaN}');
SELECT gated_score('{{1,1},{1,0}}');
