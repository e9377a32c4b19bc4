-- The type score_curve: what it takes, how it shows, what it refuses.
SET search_path = appraisal, public;

SELECT v::score_curve FROM (VALUES
    ('linear (0.6, 0), (1, 100), (1.2, 120)'),
    (' STEP(0,60) ,(0.80 , 80.0),(1,100) '),
    ('linear (24, 100), (48, 60), (48, 0)'),
    ('linear (5, 5)'),
    ('linear (-1.5, -2), (123456789012345678901234567890.5, 0.000000000001)')
) AS t (v);
SELECT v::score_curve, count(*) FROM (VALUES ('step (1, 2)'), ('step (1.0, 2.00)'), ('linear (1, 2)')) AS t (v)
GROUP BY 1 ORDER BY 2;
SELECT 'step (1, 2)'::score_curve = 'linear (1, 2)'::score_curve AS same, 'step (1, 2)'::score_curve <> 'step (1, 3)'::score_curve AS other;
SELECT length(string_agg(format('(%s, %s)', i, i), ', ')) AS chars,
       points(999.5, ('linear ' || string_agg(format('(%s, %s)', i, i), ', '))::score_curve)
FROM generate_series(1, 1000) i;

SELECT ''::score_curve;
SELECT 'line (1, 2)'::score_curve;
SELECT 'linear'::score_curve;
SELECT 'linear (1, 2), 3'::score_curve;
SELECT 'linear (1, 2), (3'::score_curve;
SELECT 'linear (1, 2), (3, x)'::score_curve;
SELECT 'linear (1, 2), (3, 4'::score_curve;
SELECT 'linear (1, 2) (3, 4)'::score_curve;

SELECT 'linear (1, 2), (0, 4)'::score_curve;
SELECT 'linear (1, 2), (1, 4), (1, 5)'::score_curve;
SELECT 'step (1, 2), (1, 4)'::score_curve;
SELECT 'linear (1, NaN)'::score_curve;
SELECT 'step (Infinity, 1)'::score_curve;
SELECT ('linear ' || string_agg(format('(%s, 1)', i), ', '))::score_curve FROM generate_series(1, 1001) i;

-- where the server knows soft errors, these are soft
CREATE FUNCTION pg_temp.is_valid(input text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    result boolean;
BEGIN
    IF current_setting('server_version_num')::int < 160000 THEN
        BEGIN
            PERFORM input::score_curve;
            RETURN true;
        EXCEPTION WHEN OTHERS THEN
            RETURN false;
        END;
    END IF;
    EXECUTE 'SELECT pg_input_is_valid($1, $2)' INTO result USING input, 'appraisal.score_curve';
    RETURN result;
END $$;
SELECT v, pg_temp.is_valid(v) FROM (VALUES
    ('step (1, 2)'), (''), ('line (1, 2)'), ('linear 1'), ('step (1, x)'), ('step (1, 2) x'),
    ('step (2, 1), (1, 1)'), ('step (1, 1), (1, 2)'), ('linear (1, 1), (1, 2), (1, 3)'), ('step (1, NaN)')
) AS t (v);
