-- The last signature of 240 people whose groups miss their quota: what each enforcement says.
\set ECHO none
BEGIN;
\i test/pgtap/organisation.psql
\i test/pgtap/enforcement.psql
\set SHOW_CONTEXT never
SELECT make_enforced(e, e) FROM unnest('{off,warn,block}'::text[]) AS e \g /dev/null
SELECT as_hr(format('CALL appraisal.sign_off(%L)', c)) FROM unnest('{off,warn,block}'::text[]) AS c \g /dev/null
\set ECHO all
SELECT unit, members, rule, "least", most, actual, heads_out, feasible FROM appraisal.quota_status('warn') WHERE heads_out > 0;
SET SESSION AUTHORIZATION org_chief;
CALL appraisal.sign_off('off');
CALL appraisal.sign_off('warn');
CALL appraisal.sign_off('block');
ROLLBACK;
