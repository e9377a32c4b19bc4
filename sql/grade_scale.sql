-- The type grade_scale: what it takes, how it shows, what it refuses.
SET search_path = appraisal, public;

-- canonical text: bounds and coefficients without trailing zeros, labels
-- quoted only when needed
SELECT v::grade_scale FROM (VALUES
    ('A >= 90, B >= 80, C >= 70, D >= 60, E'),
    ('  A>=90.00 ,B>80.50:1.50,C>=-0.5 : 0 , D  '),
    ('优秀 >= 90 : 1.5, 良好 >= 80 : 1.2, 合格 >= 60 : 1, 不合格 : 0'),
    ('"A+" >= 95, A- >= 90, "needs help" >= 50, "a ""quoted"" label"'),
    ('only'),
    ('4.5 > 90, 4 >= 90, 3.75 >= 90, 3.5'),
    ('A >= +1, B'),
    ('high > .5, low >= -Infinity'),
    ('A > 123456789012345678901234567890.123456789, B')
) AS t (v);

-- reading the text again gives the same value
SELECT bool_and(v::grade_scale::text::grade_scale = v::grade_scale) FROM (VALUES
    ('A >= 90.0, B'), ('"A+" > 1, "," >= 1, """" >= 1'), ('优 >= 1 : 2.50')
) AS t (v);

-- equality is by value, not by spelling
SELECT 'A >= 90, B'::grade_scale = 'A>=90.000,B'::grade_scale AS same,
       'A >= 90, B'::grade_scale = 'A > 90, B'::grade_scale AS other_bound,
       'A >= 90, B'::grade_scale <> 'A >= 90 : 1, B'::grade_scale AS other_coefficient;
SELECT v::grade_scale, count(*) FROM (VALUES
    ('A >= 90, B'), ('A >= 90.0, B'), ('A >= 91, B')) AS t (v) GROUP BY 1 ORDER BY 2;

-- a scale can be stored, also a long one
CREATE TEMP TABLE stored (id int, scale grade_scale);
INSERT INTO stored VALUES (1, 'A >= 90, B'), (2, 'A >= 90 : 1.5, B >= 80 : 1.2, C >= 70 : 1, D : 0.5');
INSERT INTO stored
SELECT 1000, string_agg(format('G%s >= %s', i, 2000 - i), ', ' ORDER BY i)::grade_scale
FROM generate_series(1, 1000) i;
INSERT INTO stored SELECT 10000, (repeat('长', 10000) || ' >= 1, B')::grade_scale;
SELECT id, length(scale::text), (SELECT count(*) FROM grades(scale)),
       scale = scale::text::grade_scale AS same
FROM stored ORDER BY id;
SELECT grade(1500, scale) FROM stored WHERE id = 1000;
SELECT length(grade(1, scale)), grade(0, scale) FROM stored WHERE id = 10000;

-- syntax errors name the band and the place
SELECT ''::grade_scale;
SELECT 'A >= 90, '::grade_scale;
SELECT 'A >= 90, B >= x'::grade_scale;
SELECT 'A >= 90 B'::grade_scale;
SELECT 'A = 90, B'::grade_scale;
SELECT 'A >= 90, "B'::grade_scale;
SELECT 'A >= 90, ""'::grade_scale;
SELECT 'A >= 90 : x, B'::grade_scale;
SELECT 'A >= 1e5, B'::grade_scale;
SELECT '优秀 >= 90, 良好 ≥ 80'::grade_scale;
SELECT ('A >= 90, ' || repeat('长', 100) || ' B')::grade_scale;

-- so do errors of meaning
SELECT 'A >= 90, B >= 95, C'::grade_scale;
SELECT 'A >= 90, B > 90, C'::grade_scale;
SELECT 'A >= 90, B, C'::grade_scale;
SELECT 'A >= 90, B >= 80, A'::grade_scale;
SELECT 'A >= NaN, B'::grade_scale;
SELECT 'A >= 90 : Infinity, B'::grade_scale;
SELECT ('A >= ' || repeat('9', 140000))::grade_scale;
SELECT string_agg('G' || i || ' >= 1', ', ')::grade_scale FROM generate_series(1, 1001) i;

-- where the server knows soft errors, these are soft
CREATE FUNCTION pg_temp.is_valid(input text, type text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    result boolean;
BEGIN
    IF current_setting('server_version_num')::int >= 160000 THEN
        EXECUTE 'SELECT pg_input_is_valid($1, $2)' INTO result USING input, type;
        RETURN result;
    END IF;
    EXECUTE format('SELECT %L::%s IS NOT NULL', input, type) INTO result;
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    IF current_setting('server_version_num')::int >= 160000 THEN
        RAISE;              -- a hard error
    END IF;
    RETURN false;
END $$;
SELECT v, pg_temp.is_valid(v, 'appraisal.grade_scale') FROM (VALUES
    ('A >= 90, B'), (''), ('A >= 90 B'), ('A >= 90, "B'), ('A >= 90, ""'), ('A >= x'),
    ('A, B'), ('A >= 1, A'), ('A >= 1, B >= 2'), ('A >= NaN')
) AS t (v);
SELECT pg_temp.is_valid('A >= ' || repeat('9', 140000), 'appraisal.grade_scale');
SELECT pg_temp.is_valid(string_agg('G' || i || ' >= 1', ', '), 'appraisal.grade_scale')
FROM generate_series(1, 1001) i;
