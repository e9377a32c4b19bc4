-- The window function apportion.
-- test/pgtap/apportion.sql holds it against plain SQL on random partitions.
SET search_path = appraisal, public;

-- three equal shares: the order of the window says who gets the odd cent
SELECT person, share, apportion(100, share) OVER (ORDER BY person) AS part,
       apportion(100, share) OVER (ORDER BY person DESC) AS reversed
FROM (VALUES ('Ann', 1), ('Ben', 1), ('Cai', 1), ('Dee', NULL), ('Eli', 0)) AS t (person, share)
ORDER BY person;

-- each partition has a total of its own
SELECT unit, person, apportion(bonus, score) OVER (PARTITION BY unit ORDER BY person) AS part
FROM (VALUES ('shop', 10000, 1, 94.4), ('shop', 10000, 2, 92.4), ('shop', 10000, 3, 90.7),
             ('depot', -0.05, 4, 88), ('depot', -0.050, 5, 71), ('depot', NULL::numeric, 6, 71)) AS t (unit, bonus, person, score)
WHERE bonus IS NOT NULL
ORDER BY person;

-- decimals
SELECT decimals, array_agg(part) AS parts, sum(part)
FROM (SELECT decimals, apportion(7000000000000, share, decimals) OVER (PARTITION BY decimals ORDER BY share) AS part
      FROM unnest('{1,2,3.5}'::numeric[]) share, unnest('{-12,-4,-3,0,1,4,5,20}'::int[]) decimals) p
GROUP BY decimals ORDER BY decimals;

-- a total of nothing, and no total
SELECT apportion(0.00, share) OVER () AS zero, apportion(NULL, share) OVER () AS no_total,
       apportion(1, share, NULL) OVER () AS no_decimals, apportion(share, 1) OVER (PARTITION BY share) AS itself
FROM unnest('{0,NULL,2.5}'::numeric[]) share;
SELECT apportion(0, share) OVER () FROM unnest('{0,NULL}'::numeric[]) share;

-- long numbers
SELECT share, apportion(1, share, 20) OVER (ORDER BY share) AS part
FROM unnest('{1e-30,1,1e40,3e40}'::numeric[]) share;
SELECT apportion(12345678901234567890123456789012345678.90, share) OVER (ORDER BY share) AS part,
       apportion(-12345678901234567890123456789012345678.90, share) OVER (ORDER BY share) AS negative
FROM unnest('{1,2}'::numeric[]) share;
SELECT apportion(46116860184273879.04, share) OVER (ORDER BY share) AS part
FROM unnest('{30000000000,60000000000}'::numeric[]) share;

-- whatever the frame
SELECT apportion(10, 1, 0) OVER (ORDER BY i ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING EXCLUDE TIES)
FROM generate_series(1, 3) i;

-- totals that cannot be paid out
SELECT apportion(10.005, share) OVER () FROM unnest('{1,2}'::numeric[]) share;
SELECT apportion(150, share, -2) OVER () FROM unnest('{1,2}'::numeric[]) share;
\set VERBOSITY sqlstate
SELECT apportion(1e-16383, share, -12) OVER () FROM unnest('{1,2}'::numeric[]) share;
\set VERBOSITY default
SELECT apportion('NaN', share) OVER () FROM unnest('{1,2}'::numeric[]) share;
SELECT apportion('-Infinity', share) OVER () FROM unnest('{1,2}'::numeric[]) share;
SELECT apportion(10, share) OVER () FROM unnest('{0,NULL,0.00}'::numeric[]) share;
SELECT apportion(10, NULL) OVER ();

-- shares that make no sense
SELECT apportion(10, share) OVER () FROM unnest('{1,-0.01}'::numeric[]) share;
SELECT apportion(10, share) OVER () FROM unnest('{1,-1e-20}'::numeric[]) share;
SELECT apportion(10, share) OVER () FROM unnest('{1,NaN}'::numeric[]) share;
SELECT apportion(10, share) OVER () FROM unnest('{1,Infinity}'::numeric[]) share;
SELECT apportion(10, random()::numeric) OVER () FROM generate_series(1, 3);
SELECT apportion(10, random()::numeric + 1e-20) OVER () FROM generate_series(1, 3);

-- what must not change within a partition
SELECT apportion(total, 1) OVER (ORDER BY total) FROM unnest('{10,11}'::numeric[]) total;
SELECT apportion(total, 1) OVER (ORDER BY total) FROM unnest('{10,NULL}'::numeric[]) total;
SELECT apportion(total, 1) OVER (ORDER BY total NULLS FIRST) FROM unnest('{10,NULL}'::numeric[]) total;
SELECT apportion(10, 1, decimals) OVER (ORDER BY decimals) FROM unnest('{1,2}'::int[]) decimals;
SELECT apportion(10, 1, decimals) OVER (ORDER BY decimals) FROM unnest('{1,NULL}'::int[]) decimals;
SELECT apportion(10, 1, decimals) OVER (ORDER BY decimals NULLS FIRST) FROM unnest('{1,NULL}'::int[]) decimals;
SELECT apportion(10, 1, 21) OVER ();
SELECT apportion(10, 1, -13) OVER ();
SELECT apportion(10, 1);
