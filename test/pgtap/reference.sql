-- doc/reference.md against the extension: every type, and every function that
-- users call, has an entry; every entry has all its fields; every error is
-- raised by the statement behind it; and every member has a comment.  The
-- examples are run by test/docs.  Runs from the top of the tree, as test/run
-- does; it reads the document through psql.
BEGIN;
SET LOCAL search_path = appraisal, public;
\ir members.psql
\set reference `cat doc/reference.md`

-- headings are `name` for a type and `name(arguments)` for a function
CREATE TEMP TABLE entry AS
SELECT (regexp_match(section, '^`(\w+)'))[1] AS name, section ~ '^`\w+\(' AS is_function,
    ARRAY(SELECT part[1] FROM regexp_matches(section, '^- \*\*([^*:]+):\*\*', 'gn') AS part) AS fields,
    section
FROM regexp_split_to_table(:'reference', '\n###? ') AS section
WHERE section ~ '^`';

CREATE TEMP TABLE error AS
SELECT name, part[1] AS state, part[2] AS reason, part[4] AS statement
FROM entry, regexp_matches(section, '^  - `(\w{5})` (.*?)(: `(SELECT .*)`)?$', 'gn') AS part;

SELECT plan(7 + (SELECT count(*)::int FROM error WHERE statement IS NOT NULL));

-- functions of one name share an entry
SELECT set_eq('SELECT name FROM entry WHERE is_function', 'SELECT name FROM user_function',
    'all functions that users call have an entry, and no others');
SELECT is_empty('SELECT name FROM entry GROUP BY name, is_function HAVING count(*) > 1',
    'nothing has two entries');
-- array types are members from PostgreSQL 17 on
SELECT set_eq('SELECT name FROM entry WHERE NOT is_function',
    $$ SELECT typname::text FROM member JOIN pg_type ON classid = 'pg_type'::regclass AND objid = pg_type.oid
       WHERE typelem = 0 $$,
    'all types have an entry, and no others');

SELECT is_empty(
    $$ SELECT name, fields FROM entry
       WHERE array_remove(fields, 'Source') <> CASE
           WHEN is_function THEN '{Arguments,Result,"NULL, NaN, infinity",Errors,Cost,Example}'::text[]
           ELSE '{Text,Range,Operators,Errors,Cost,Example}' END
           OR coalesce(array_position(fields, 'Source') <> cardinality(fields) - 1, false) $$,
    'entries have all fields, in one order');
SELECT is_empty(
    $$ SELECT name FROM entry WHERE section !~ '- \*\*Example:\*\*[^\n]*\n\n```sql\n.*\n```\n\n```text\n' $$,
    'every entry has an example with its output');

SELECT is_empty($$ SELECT * FROM error WHERE statement IS NULL AND state NOT IN ('22003', '54000') $$,
    'errors have a statement that raises them, but for sizes out of reach');
SELECT throws_ok(statement, state::char(5), NULL, name || ': ' || reason) FROM error WHERE statement IS NOT NULL;

SELECT is_empty(
    $$ SELECT pg_describe_object(classid, objid, 0) AS without_comment
       FROM (TABLE member UNION ALL SELECT 'pg_namespace'::regclass, 'appraisal'::regnamespace) AS described
       WHERE obj_description(objid, classid::regclass::name) IS NULL
           AND NOT (classid = 'pg_type'::regclass AND objid IN (SELECT oid FROM pg_type WHERE typelem <> 0)) $$,
    'every member, and the schema, has a comment');

SELECT * FROM finish();
ROLLBACK;
