-- Where the server knows soft errors (from 16 on), text that is no quota and no score_summary raises
-- none of another kind. sql/grade_scale.sql and sql/score_curve.sql have those of their types.
SET search_path = appraisal, public;

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

SELECT v, pg_temp.is_valid(v, 'appraisal.quota') FROM (VALUES
    ('A <= 20%, B >= 1 with (rounding = strict)'), (''), ('A'), ('A+ <= 1'), ('"A <= 1'), ('"" <= 1'),
    ('A <= '), ('A <= x'), ('A <= -1'), ('A <= 2.5'), ('A <= 0.123456789%'), ('A <= NaN'),
    ('A <= 1 x'), ('A between 1'), ('A between 1 and'), ('A between 1 and 2%'), ('A between 2 and 1'),
    ('A <= 100.1%'), ('A <= 2147483648'), ('A+A <= 1'), ('A <= 1,'), ('A <= 1 with'),
    ('A <= 1 with (rounding = up)'), ('A <= 1 with (rounding = strict')
) AS t (v);
SELECT pg_temp.is_valid(string_agg('A <= 1', ', '), 'appraisal.quota') AS too_many_rules,
       pg_temp.is_valid(string_agg('A' || i, '+') || ' <= 1', 'appraisal.quota') AS too_many_grades,
       pg_temp.is_valid('A <= ' || repeat('9', 140000), 'appraisal.quota') AS too_long
FROM generate_series(1, 1001) i;

SELECT v, pg_temp.is_valid(v, 'appraisal.score_summary') FROM (VALUES
    (''), ('('), ('(x)'), ('(9223372036854775808'), ('(1,x'), ('(1,NaN)')
) AS t (v);
