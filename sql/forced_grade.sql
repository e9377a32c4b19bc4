-- The window functions forced_grade and forced_grade_rank.
-- test/pgtap/forced_grade.sql holds them against forced_scale and plain SQL.
SET search_path = appraisal, public;

\set scale '''S >= 90, A >= 80, B >= 70, C >= 50'''

-- beside the grade of the forced scale, which keeps ties together
SELECT id, score, grade(score, :scale) AS natural, forced_grade(score, :scale, 'S <= 25%, C >= 25%') OVER w AS forced,
       forced_grade_rank(score, :scale, 'S <= 25%, C >= 25%') OVER w AS rank,
       grade(score, forced_scale(score, :scale, 'S <= 25%, C >= 25%') OVER ()) AS with_ties
FROM (VALUES (1, 95), (2, 95), (3, 95), (4, 72), (5, 71), (6, 71), (7, 71), (8, 60), (9, 40), (10, NULL)) AS t (id, score)
WINDOW w AS (ORDER BY score DESC NULLS LAST, id);

-- partitions are apart; null scores may come first for the grade
SELECT unit, id, score, forced_grade(score, :scale, 'S <= 1') OVER (PARTITION BY unit ORDER BY score DESC, id)
FROM (VALUES (1, 1, 95), (1, 2, NULL), (1, 3, 95), (2, 4, 91), (2, 5, 99), (3, 6, NULL)) AS t (unit, id, score);

-- long and infinite scores
SELECT s, forced_grade(s, 'A >= 90, B', 'A <= 3') OVER (ORDER BY s DESC)
FROM unnest('{Infinity, 123456789012345678901234567890, 95.123456789123, 95.123456789122, 95, -Infinity}'::numeric[]) s;

-- no scale or no quota: no grade
SELECT forced_grade(1, NULL, 'A <= 1') OVER () IS NULL, forced_grade(1, 'A', NULL) OVER () IS NULL,
       forced_grade_rank(1, NULL, NULL) OVER () IS NULL;

-- early stop: the planner sees that ranks rise
CREATE FUNCTION pg_temp.plan_has(part text, query text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
        IF line LIKE '%' || part || '%' THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END $$;
SELECT pg_temp.plan_has('Run Condition', $$ SELECT * FROM (
    SELECT s, forced_grade_rank(s, 'A >= 9, B', 'A <= 1') OVER (ORDER BY s DESC NULLS LAST) AS rank
    FROM generate_series(1, 100) s) r WHERE rank <= 1 $$);
SELECT count(*), min(s) FROM (
    SELECT s, forced_grade_rank(s, :scale, 'S <= 5%') OVER (ORDER BY s DESC NULLS LAST) AS rank FROM generate_series(1, 100) s) r
WHERE rank <= 2;

SELECT forced_grade(s, :scale, 'S <= 1') OVER (ORDER BY s) FROM generate_series(1, 2) s;
SELECT forced_grade(s, 'A >= 1, B', 'A <= 1') OVER (ORDER BY s) FROM unnest('{1, 123456789012345678901234567890}'::numeric[]) s;
SELECT forced_grade_rank(s, :scale, 'S <= 1') OVER (ORDER BY s DESC) FROM unnest('{NULL, 1}'::numeric[]) s;
SELECT forced_grade(s, :scale, 'S <= 1') OVER (ORDER BY s DESC) FROM unnest('{NaN, 1}'::numeric[]) s;
SELECT forced_grade(s, :scale, 'X <= 1') OVER (ORDER BY s DESC) FROM unnest('{2, 1}'::numeric[]) s;
SELECT forced_grade(1, :scale, 'S <= 1');
SELECT forced_grade(s, ('A >= ' || s || ', B')::grade_scale, 'A <= 1') OVER (ORDER BY s DESC) FROM generate_series(1, 2) s;
SELECT forced_grade_rank(s, :scale, CASE s WHEN 1 THEN 'S <= 1'::quota END) OVER (ORDER BY s DESC) FROM generate_series(1, 2) s;
