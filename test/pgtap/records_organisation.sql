-- The organisation, who may see and change what, and the audit trail.
--
-- Each capability is tried out as a login of its own; the matrix of rights is compared with the
-- catalog's, so that a table without a line in it fails.
BEGIN;
SELECT no_plan();
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = appraisal, public;

CREATE ROLE regress_hr; CREATE ROLE regress_chief; CREATE ROLE regress_manager; CREATE ROLE regress_employee;
CREATE ROLE regress_auditor; CREATE ROLE regress_app; CREATE ROLE regress_nobody;

CALL appraisal.create_tables();
SELECT lives_ok('CALL appraisal.create_tables()', 'making the tables twice changes nothing');

-- 1 leads the company, 2 a department of it, 3 and 4 work there, 5 elsewhere
SELECT set_config('test.document', '{
  "units": [{"code": "shop", "title": "运营部", "parent": "firm"}, {"code": "firm", "title": "公司", "kind": "company"},
            {"code": "store", "title": "Warehouse", "parent": "firm"}],
  "people": [{"code": "1", "name": "王", "hired_on": "2020-01-01"}, {"code": "2", "name": "Li", "hired_on": "2020-01-01"},
             {"code": "3", "name": "Zhao", "hired_on": "2021-01-01"}, {"code": "4", "name": "Qian", "hired_on": "2021-01-01"},
             {"code": "5", "name": "Sun", "hired_on": "2021-01-01", "left_on": "2030-01-01"}],
  "postings": [{"person": "1", "unit": "firm", "job_group": "executive", "from_date": "2020-01-01"},
               {"person": "2", "unit": "shop", "manager": "1", "job_group": "manager", "from_date": "2020-01-01"},
               {"person": "3", "unit": "shop", "manager": "2", "job_group": "staff", "from_date": "2021-01-01"},
               {"person": "4", "unit": "shop", "manager": "2", "job_group": "staff", "from_date": "2021-01-01"},
               {"person": "5", "unit": "store", "manager": "1", "job_group": "staff", "from_date": "2021-01-01"}],
  "holidays": [{"day": "2026-10-01", "title": "国庆节"}, {"day": "2026-10-10", "title": "调休", "is_workday": true}]}', true) AS set \gset
CREATE FUNCTION pg_temp.import() RETURNS text LANGUAGE plpgsql AS $$
DECLARE units int; people int; postings int; holidays int;
BEGIN
  CALL appraisal.import_organisation(current_setting('test.document')::jsonb, units, people, postings, holidays);
  RETURN format('%s units, %s people, %s postings, %s holidays', units, people, postings, holidays);
END $$;
SELECT is(pg_temp.import(), '3 units, 5 people, 5 postings, 2 holidays', 'an organisation in one document, in any order');
SELECT is(pg_temp.import(), '3 units, 5 people, 5 postings, 2 holidays', 'the same again');
SELECT results_eq('SELECT u.code, p.code FROM appraisal.unit u LEFT JOIN appraisal.unit p ON p.unit_id = u.parent_id ORDER BY 1',
  $$VALUES ('firm', NULL), ('shop', 'firm'), ('store', 'firm')$$, 'units hang together');
SELECT throws_ok($$CALL appraisal.import_organisation('{"units": [{"code": "x", "title": "X", "parent": "y"}]}')$$,
  'AP004', 'there is no unit "y"', 'a parent that is not there');
SELECT throws_ok($$CALL appraisal.import_organisation('{"postings": [{"person": "9", "unit": "shop", "job_group": "staff", "from_date": "2021-01-01"}]}')$$,
  'AP004', 'there is no person "9"', 'a person who is not there');
SELECT is((SELECT count(*) FROM appraisal.unit), 3::bigint, 'a refused document leaves nothing behind');

-- one by one
SELECT lives_ok($$CALL appraisal.add_unit('team', 'Team', 'shop')$$, 'a unit');
SELECT throws_ok($$CALL appraisal.add_unit('team', 'Team')$$, '23505', NULL, 'its code is taken');
SELECT throws_ok($$CALL appraisal.add_unit('x', 'X', 'y')$$, 'AP004', 'there is no unit "y"', 'no such parent');
SELECT throws_ok($$UPDATE appraisal.unit SET parent_id = appraisal.unit_of_code('team') WHERE code = 'firm'$$,
  'AP005', 'unit "firm" cannot belong to a unit below it', 'no loops');
SELECT lives_ok($$CALL appraisal.add_person('6', 'Zhou', '2024-01-01')$$, 'a person');
SELECT throws_ok($$CALL appraisal.post_person('7', 'shop', 'staff', '2024-01-01')$$, 'AP004', 'there is no person "7"', 'nobody is posted');
SELECT lives_ok($$CALL appraisal.post_person('6', 'shop', 'staff', '2024-01-01', '2')$$, 'a posting');
SELECT lives_ok($$CALL appraisal.post_person('6', 'team', 'staff', '2025-01-01', '3')$$, 'a later one');
SELECT lives_ok($$CALL appraisal.post_person('6', 'store', 'staff', '2024-07-01')$$, 'one between them');
SELECT results_eq($$SELECT u.code, g.during::text FROM appraisal.posting g JOIN appraisal.unit u USING (unit_id)
  WHERE g.person_id = appraisal.person_of_code('6') ORDER BY lower(g.during)$$,
  $$VALUES ('shop', '[2024-01-01,2024-07-01)'), ('store', '[2024-07-01,2025-01-01)'), ('team', '[2025-01-01,)')$$,
  'postings follow each other without a gap');
SELECT throws_ok($$CALL appraisal.post_person('6', 'shop', 'staff', '2025-01-01')$$, '23P01', NULL, 'two from the same day');
SELECT throws_ok($$CALL appraisal.post_person('5', 'shop', 'staff', '2026-01-01', '5')$$, '23514', NULL, 'nobody manages oneself');

-- accounts
SELECT lives_ok(format('CALL appraisal.link_account(%L, %L, %L)', r, c, p), format('an account for %s', c))
FROM (VALUES ('regress_hr', 'hr', NULL), ('regress_chief', 'executive', '1'), ('regress_manager', 'manager', '2'),
             ('regress_manager', 'employee', NULL), ('regress_employee', 'employee', '3'), ('regress_auditor', 'auditor', NULL),
             ('regress_app', 'service', NULL)) AS a (r, c, p);
SELECT results_eq('SELECT role_name::text COLLATE "default", person_id IS NOT NULL, capabilities::text FROM appraisal.account ORDER BY 1',
  $$VALUES ('regress_app', false, '{service}'), ('regress_auditor', false, '{auditor}'), ('regress_chief', true, '{executive}'),
    ('regress_employee', true, '{employee}'), ('regress_hr', false, '{hr}'), ('regress_manager', true, '{manager,employee}')$$,
  'capabilities add up');
SELECT throws_ok($$CALL appraisal.link_account('regress_nobody', 'god')$$, '23514', NULL, 'an unknown capability');
SELECT throws_ok($$CALL appraisal.link_account('regress_app', 'hr')$$, '23514', NULL, 'a service is nothing else');
SELECT throws_ok($$CALL appraisal.link_account('regress_nobody', 'employee', '3')$$, '23505', NULL, 'one login a person');

-- The matrix: what each capability may do to each table (s select, i insert, u update, d delete).
CREATE TEMP TABLE matrix (table_name name, hr text, executive text, manager text, employee text, auditor text, service text);
INSERT INTO matrix
SELECT t, 'siud', 's', 's', 's', 's', 'siud'
FROM unnest('{unit,holiday,person,posting,scheme,period_rule,dimension,dimension_weight,indicator,indicator_level,
  scheme_indicator,rater_rule,box,outcome_rule,sign_off_rule,appeal_rule,cycle,participant}'::text[]) AS t;
INSERT INTO matrix VALUES
  ('account', 's', 's', 's', 's', 's', 's'), ('tables_version', 's', 's', 's', 's', 's', 's'), ('indicator_document', 's', 's', 's', 's', 's', 's'),
  ('goal', 'siud', 'siu', 'siu', 'siu', 's', 'siud'), ('measurement', 'si', 'si', 'si', 'si', 's', 'si'),
  ('review', 'su', 'su', 'su', 'su', 's', 'su'), ('rating', 'siud', 'siud', 'siud', 'siud', 's', 'siud'),
  ('feedback', 'si', 'si', 'si', 'si', 's', 'si'), ('cut_line', 's', 's', 's', 's', 's', 's'), ('result', 's', 's', 's', 's', 's', 's'),
  ('dimension_score', 's', 's', 's', 's', 's', 's'), ('source_score', 's', 's', 's', 's', 's', 's'),
  ('part_score', 's', 's', 's', 's', 's', 's'), ('finding', 's', 's', 's', 's', 's', 's'),
  ('adjustment', 's', 's', 's', 's', 's', 's'), ('sign_off', 's', 's', 's', 's', 's', 's'), ('delegation', 's', 's', 's', 's', 's', 's'), ('quota_override', 's', 's', 's', 's', 's', 's'),
  ('interview', 's', 's', 's', 's', 's', 's'), ('acknowledgement', 's', 's', 's', 's', 's', 's'),
  ('improvement_plan', 's', 's', 's', 's', 's', 's'), ('improvement_action', 's', 's', 's', 's', 's', 's'),
  ('appeal', 's', 's', 's', 's', 's', 's'), ('appeal_event', 's', 's', 's', 's', 's', 's'), ('appeal_internal', 's', 's', 's', 's', 's', 's'),
  ('survey', 's', 's', 's', 's', 's', 's'), ('survey_question', 's', 's', 's', 's', 's', 's'), ('notice', 's', 's', 's', 's', 's', 's'),
  ('survey_turnout', '', '', '', '', '', ''), ('survey_response', '', '', '', '', '', ''),
  ('outcome', 's', 's', 's', 's', 's', 's'), ('award', 's', 's', 's', 's', 's', 's'),
  ('rater_draw', '', '', '', '', '', ''), ('audit_log', '', '', '', '', 's', 's'), ('audit_seal', '', '', '', '', 's', 's');
INSERT INTO matrix SELECT v, 's', 's', 's', 's', 's', 's'
FROM unnest('{current_result,scorecard,scorecard_dimension,scorecard_source,scorecard_comment,ranking,grade_distribution,cycle_progress,improvement_progress,review_summary,rater_statistics,rater_agreement,result_trend}'::text[]) AS v;
SELECT set_eq(
  $$SELECT c.relname, k.capability, concat(
        CASE WHEN has_table_privilege(k.role, c.oid, 'SELECT') THEN 's' END, CASE WHEN has_table_privilege(k.role, c.oid, 'INSERT') THEN 'i' END,
        CASE WHEN has_table_privilege(k.role, c.oid, 'UPDATE') THEN 'u' END, CASE WHEN has_table_privilege(k.role, c.oid, 'DELETE') THEN 'd' END,
        CASE WHEN has_table_privilege(k.role, c.oid, 'TRUNCATE, REFERENCES, TRIGGER') THEN 'x' END)
    FROM pg_class c, (VALUES ('hr', 'regress_hr'), ('executive', 'regress_chief'), ('manager', 'regress_manager'),
        ('employee', 'regress_employee'), ('auditor', 'regress_auditor'), ('service', 'regress_app')) AS k (capability, role)
    WHERE c.relnamespace = 'appraisal'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'f', 'm')$$,
  $$SELECT m.table_name, k.capability, k.rights FROM matrix m, LATERAL (VALUES ('hr', m.hr), ('executive', m.executive),
        ('manager', m.manager), ('employee', m.employee), ('auditor', m.auditor), ('service', m.service)) AS k (capability, rights)$$,
  'rights by capability and table, all tables');
SELECT is_empty($$SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'appraisal'::regnamespace AND c.relkind IN ('r', 'p')
  AND NOT c.relrowsecurity$$, 'every table has row-level security');
SELECT is_empty($$SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'appraisal'::regnamespace AND c.relkind IN ('r', 'p')
  AND c.relname NOT LIKE 'audit\_%' AND c.relname NOT IN ('survey_turnout', 'survey_response', 'notice') AND (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname LIKE 'audit\_%') <> 4$$,
  'every change of every table is audited, save who answered what in a survey, and notices');
SELECT is_empty($$SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'appraisal'::regnamespace AND c.relkind = 'v'
  AND NOT coalesce(c.reloptions::text LIKE '%security_invoker=true%', false)$$, 'views show what their reader may see');
SELECT is_empty($$SELECT c.relname FROM pg_class c, LATERAL aclexplode(c.relacl) a
  WHERE c.relnamespace = 'appraisal'::regnamespace AND a.grantee = 0$$, 'nothing is granted to PUBLIC');

SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
  WHERE p.pronamespace = 'appraisal'::regnamespace AND l.lanname NOT IN ('c', 'internal')
  AND has_function_privilege('regress_nobody', p.oid, 'EXECUTE')$$, 'nor may PUBLIC call what reads or writes the records');

SELECT lives_ok('CALL appraisal.load_scheme(''fulfilment'')', 'a scheme');
-- Who sees whom. A login's rows, as one text.
CREATE FUNCTION pg_temp.seen(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  EXECUTE format('SELECT string_agg(x::text, '','' ORDER BY x) FROM (%s) AS s (x)', query) INTO result;
  RETURN coalesce(result, 'nobody');
END $$;
GRANT USAGE ON SCHEMA appraisal TO regress_nobody;
\set people 'SELECT code FROM appraisal.person'
\set postings 'SELECT DISTINCT p.code FROM appraisal.posting JOIN appraisal.person p USING (person_id)'
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT is(pg_temp.seen(:'people'), '1,2,3,4,5,6', 'HR sees everybody');
SELECT is(pg_temp.seen(:'postings'), '1,2,3,4,5,6', 'and all postings');
SELECT lives_ok($$CALL appraisal.load_scheme('performance-and-values')$$, 'loads schemes');
SELECT lives_ok($$CALL appraisal.activate_scheme('performance-and-values')$$, 'and activates them');
SELECT throws_ok($$CALL appraisal.link_account('regress_hr', 'executive')$$, '42501', NULL, 'but gives nobody a capability');
SET LOCAL SESSION AUTHORIZATION regress_chief;
SELECT is(pg_temp.seen(:'people'), '1,2,3,4,5,6', 'executives see everybody');
SELECT throws_ok($$CALL appraisal.add_person('x', 'X', '2024-01-01')$$, '42501', NULL, 'and change nobody');
SELECT throws_ok($$CALL appraisal.load_scheme('participation')$$, '42501', NULL, 'nor the rules');
SET LOCAL SESSION AUTHORIZATION regress_manager;
SELECT is(pg_temp.seen(:'people'), '2,3,4,6', 'a manager sees oneself and those below, on every level');
SELECT is(pg_temp.seen(:'postings'), '2,3,4,6', 'and their postings');
SET LOCAL SESSION AUTHORIZATION regress_employee;
SELECT is(pg_temp.seen(:'people'), '3', 'an employee sees oneself, though another reports to them');
SELECT is(pg_temp.seen('SELECT role_name FROM appraisal.account'), 'regress_employee', 'and the own account');
SELECT throws_ok($$CALL appraisal.link_account('regress_employee', 'hr')$$, '42501', NULL, 'nobody makes oneself HR');
SELECT throws_ok($$UPDATE appraisal.account SET capabilities = '{hr}'$$, '42501', NULL, 'nor by the table');
SELECT throws_ok('SELECT * FROM appraisal.audit_log', '42501', NULL, 'the log is not for employees');
SELECT throws_ok('CALL appraisal.seal_audit()', '42501', NULL, 'nor are seals');
SELECT is((SELECT count(*) FROM appraisal.unit), 4::bigint, 'the units are known to all');
SELECT is((SELECT string_agg(code, ',' ORDER BY code) FROM appraisal.scheme), 'fulfilment,performance-and-values', 'so are the rules');
SET LOCAL SESSION AUTHORIZATION regress_auditor;
SELECT is(pg_temp.seen(:'people'), '1,2,3,4,5,6', 'auditors see everybody');
SELECT throws_ok($$INSERT INTO appraisal.holiday VALUES ('2026-01-01', 'x')$$, '42501', NULL, 'and write nothing');
SELECT cmp_ok(count(*), '>', 20::bigint, 'they read the log') FROM appraisal.audit_log;
SET LOCAL SESSION AUTHORIZATION regress_nobody;
SELECT throws_ok('SELECT * FROM appraisal.person', '42501', NULL, 'a login without an account sees nothing');
SELECT throws_ok('SELECT appraisal.acting_person()', '42501', NULL, 'and cannot ask who it is');

-- a service acts for whom it names
SET LOCAL SESSION AUTHORIZATION regress_app;
SELECT is(pg_temp.seen(:'people'), 'nobody', 'a service that acts for nobody sees nobody');
SET LOCAL appraisal.actor = '4';
SELECT is(pg_temp.seen(:'people'), '4', 'for an employee without a login: what an employee sees');
SET LOCAL appraisal.actor = '2';
SELECT is(pg_temp.seen(:'people'), '2,3,4,6', 'for a manager: what the manager sees');
SELECT throws_ok($$INSERT INTO appraisal.holiday VALUES ('2026-01-01', 'x')$$, '42501', NULL, 'and what the manager may do');
SET LOCAL appraisal.actor = 'nobody';
SELECT is(pg_temp.seen(:'people'), 'nobody', 'for somebody unknown: nobody');
SET LOCAL SESSION AUTHORIZATION regress_employee;
SET LOCAL appraisal.actor = '1';
SELECT is(pg_temp.seen(:'people'), '3', 'who is no service cannot act for others');
SET LOCAL appraisal.actor = '';

-- the audit trail
SET LOCAL SESSION AUTHORIZATION regress_hr;
UPDATE appraisal.person SET name = 'Wu' WHERE code = '6';
UPDATE appraisal.person SET name = name WHERE code = '5';
DELETE FROM appraisal.holiday WHERE day = '2026-10-10';
RESET SESSION AUTHORIZATION;
SELECT results_eq($$SELECT role_name::text COLLATE "default", table_name::text COLLATE "default", command, before ->> 'name', after ->> 'name', before ->> 'title'
  FROM appraisal.audit_log WHERE role_name = 'regress_hr' AND table_name IN ('person', 'holiday') ORDER BY audit_id$$,
  $$VALUES ('regress_hr', 'person', 'UPDATE', 'Zhou', 'Wu', NULL), ('regress_hr', 'holiday', 'DELETE', NULL, NULL, '调休')$$,
  'who changed what, before and after; what changed nothing is not written');
SELECT throws_ok('DELETE FROM appraisal.audit_log', 'AP007', 'audit_log is only added to', 'rows of the log stay');
SELECT throws_ok($$UPDATE appraisal.audit_log SET role_name = 'x'$$, 'AP007', 'audit_log is only added to', 'and stay as they are');
SELECT throws_ok('TRUNCATE appraisal.audit_seal', 'AP007', 'audit_seal is only added to', 'so do seals');

-- two blocks, in two time zones
SET LOCAL timezone = 'UTC';
CALL appraisal.seal_audit();
CALL appraisal.seal_audit();
SELECT is((SELECT count(*) FROM appraisal.audit_seal), 1::bigint, 'no block of nothing');
CALL appraisal.add_unit('later', 'Later', 'firm');
SET LOCAL timezone = 'Asia/Shanghai';
CALL appraisal.seal_audit();
SELECT results_eq('SELECT seal_id - min(seal_id) OVER (), follows - min(seal_id) OVER (), cardinality(audit_ids) FROM appraisal.audit_seal ORDER BY 1',
  'SELECT * FROM (SELECT 0::bigint, NULL::bigint, count(*)::int - 1 FROM appraisal.audit_log UNION ALL SELECT 1, 0, 1) s ORDER BY 1',
  'each row is in one block, and the blocks are a chain');
SELECT throws_ok('INSERT INTO appraisal.audit_seal (follows, audit_ids, row_hashes, hash) SELECT follows, audit_ids, row_hashes, hash FROM appraisal.audit_seal',
  '23505', NULL, 'which does not fork');
SELECT is_empty('SELECT * FROM appraisal.verify_audit()', 'an untouched log, in any time zone');
SET LOCAL session_replication_role = replica; -- what the owner could do by switching triggers off
UPDATE appraisal.audit_log SET after = '{}' WHERE audit_id = (SELECT min(audit_id) + 2 FROM appraisal.audit_log);
DELETE FROM appraisal.audit_log WHERE audit_id = (SELECT min(audit_id) + 4 FROM appraisal.audit_log);
SELECT results_eq($$SELECT audit_id - (SELECT min(audit_id) FROM appraisal.audit_log), finding FROM appraisal.verify_audit()$$,
  $$VALUES (2::bigint, 'row was changed'), (4::bigint, 'row is missing')$$, 'a changed and a missing row are named, the first one first');
UPDATE appraisal.audit_seal SET hash = '\x00' WHERE follows IS NULL;
SELECT is((SELECT count(*) FROM appraisal.verify_audit() WHERE audit_id IS NULL
             AND finding = 'seal does not follow from the rows and the seal before it'), 2::bigint,
  'a seal that was touched shows, and so does the one that follows');
SELECT * FROM finish();
ROLLBACK;
