-- The README's table of functions: every example gives the result beside it,
-- and every function of the engine that users call has a row (the engine is
-- in C, what is in SQL or PL/pgSQL is of the records).  Runs from the top of the
-- tree, as test/run does; it reads the document through psql.
BEGIN;
SET LOCAL search_path = appraisal, public;
\ir members.psql
\set readme `cat README.md`

CREATE TEMP TABLE example AS
SELECT parts[1] AS call, parts[2] AS expression, parts[3] AS result
FROM regexp_matches(:'readme', '^\| `([^`]+)` \|[^|]*\| `([^`]+)` \| `([^`]+)` \|$', 'gn') AS parts;

CREATE FUNCTION pg_temp.evaluate(expression text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE 'SELECT (' || expression || ')::text' INTO result;
    RETURN result;
END $$;

SELECT plan(1 + (SELECT count(*)::int FROM example));

SELECT is(pg_temp.evaluate(expression), result, call) FROM example;

SELECT set_eq(
    $$ SELECT (regexp_match(call, '^\w+'))[1] FROM example $$,
    'SELECT name FROM user_function',
    'the table has all functions that users call and no others');

SELECT * FROM finish();
ROLLBACK;
