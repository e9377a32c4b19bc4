-- The window function streak.
-- test/pgtap/streak.sql holds it against gaps and islands in plain SQL.
SET search_path = appraisal, public;

SELECT person, month, low, streak(low) OVER (PARTITION BY person ORDER BY month) AS months_low
FROM (VALUES ('Ann', 1, true), ('Ann', 2, true), ('Ann', 3, false), ('Ann', 4, true),
             ('Ben', 1, true), ('Ben', 2, NULL), ('Ben', 3, true), ('Ben', 4, true)) AS t (person, month, low)
ORDER BY person, month;

-- whatever the frame
SELECT streak(true) OVER (ORDER BY i ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING) FROM generate_series(1, 3) i;
SELECT streak(NULL) OVER () IS NULL;
SELECT streak(true);
