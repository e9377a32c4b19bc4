-- plpgsql_check finds nothing in any PL/pgSQL function of the schema, once the
-- tables are there.  Trigger functions are checked on each of their tables.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION plpgsql_check;
CALL appraisal.create_tables();

CREATE TEMP TABLE subject AS
SELECT p.oid, p.prorettype = 'trigger'::regtype AS is_trigger, t.tgrelid, t.old_rows, t.new_rows
FROM pg_proc p
JOIN pg_language l ON l.oid = p.prolang
LEFT JOIN (SELECT tgfoid, tgrelid, max(tgoldtable::text) AS old_rows, max(tgnewtable::text) AS new_rows
           FROM pg_trigger WHERE NOT tgisinternal GROUP BY 1, 2) t ON t.tgfoid = p.oid
WHERE pronamespace = 'appraisal'::regnamespace AND lanname = 'plpgsql';

SELECT plan((SELECT count(*)::int FROM subject) + 2);
SELECT cmp_ok(count(*), '>=', 20::bigint, count(*) || ' functions to check') FROM subject;
SELECT is((SELECT string_agg(oid::regprocedure::text, ', ') FROM subject WHERE is_trigger AND tgrelid IS NULL), NULL,
          'every trigger function has a trigger');
SELECT is((SELECT string_agg(concat_ws(' ', level, 'in line', lineno || ':', message, detail, context), E'\n')
           FROM plpgsql_check_function_tb(s.oid, coalesce(s.tgrelid, 0), extra_warnings => true,
               oldtable => nullif(s.old_rows, s.new_rows), newtable => s.new_rows)),
          NULL, s.oid::regprocedure || coalesce(' on ' || s.tgrelid::regclass, ''))
FROM subject s ORDER BY s.oid::regprocedure::text, s.tgrelid;
SELECT * FROM finish();
ROLLBACK;
