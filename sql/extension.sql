-- The extension as a whole: its members and who may use them.

-- functions run with the caller's rights and live in the extension's schema;
-- those of the engine, in C, are immutable and parallel safe, those of the
-- records, in SQL and PL/pgSQL, pin the search path
SELECT proname, provolatile, proparallel, prosecdef, pronamespace::regnamespace, proconfig
FROM pg_proc
JOIN pg_depend ON classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e'
JOIN pg_language ON pg_language.oid = prolang
WHERE refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_appraisal')
  AND (prosecdef OR pronamespace <> 'appraisal'::regnamespace
       OR CASE WHEN lanname IN ('c', 'internal') THEN provolatile <> 'i' OR proparallel <> 's'
               WHEN prosqlbody IS NOT NULL THEN false -- names are resolved when it is made
               ELSE 'search_path=pg_catalog, pg_temp' = ANY (proconfig) IS NOT TRUE END);

-- what users call of the engine
SELECT p.oid::regprocedure AS function, pg_get_function_result(p.oid) AS result
FROM pg_proc p
JOIN pg_depend ON classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e'
JOIN pg_language ON pg_language.oid = prolang
WHERE refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_appraisal')
  AND lanname IN ('c', 'internal')
  AND proname !~ '_(in|out|recv|send|eq|ne|hash|hash_extended|add|remove|combine|final|support)$'
ORDER BY p.oid::regprocedure::text COLLATE "C";

-- aggregates can be pushed down: states are real types, with a combine function
SELECT aggfnoid::regproc, aggtranstype::regtype, aggcombinefn
FROM pg_aggregate
JOIN pg_depend ON classid = 'pg_proc'::regclass AND objid = aggfnoid AND deptype = 'e'
WHERE refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_appraisal')
ORDER BY aggfnoid::regproc::text COLLATE "C";

-- a role with no rights at all may compute
CREATE ROLE regress_appraisal_analyst;
SET ROLE regress_appraisal_analyst;
SELECT appraisal.grade(appraisal.weighted_score(s, 1), 'A >= 90, B') FROM generate_series(85, 100) s;
RESET ROLE;
DROP ROLE regress_appraisal_analyst;

-- a database owner who is no superuser can install it: it is trusted
CREATE ROLE regress_appraisal_owner;
CREATE DATABASE regress_appraisal OWNER regress_appraisal_owner;
\connect regress_appraisal
SET ROLE regress_appraisal_owner;
CREATE EXTENSION pg_appraisal;
SELECT appraisal.grade(90, 'A >= 90, B');
-- it cannot be put elsewhere, and goes without a trace
CREATE EXTENSION pg_appraisal SCHEMA public;
ALTER EXTENSION pg_appraisal SET SCHEMA public;
DROP EXTENSION pg_appraisal;
CREATE EXTENSION pg_appraisal SCHEMA public;
\connect contrib_regression
DROP DATABASE regress_appraisal;
DROP ROLE regress_appraisal_owner;
