-- Who is below whom in a cycle: the chain goes on through superiors who take no part in it, as they were
-- posted on the cohort date, and not through where they are today.
BEGIN;
SELECT plan(8);
SET LOCAL client_min_messages = warning;
CALL appraisal.create_tables();
CREATE ROLE regress_top; CREATE ROLE regress_former; CREATE ROLE regress_other;
-- c works under b, b under a in the period and under d today
CALL appraisal.import_organisation('{
  "units": [{"code": "u", "title": "U"}],
  "people": [{"code": "a", "name": "A", "hired_on": "2020-01-01"}, {"code": "b", "name": "B", "hired_on": "2020-01-01"},
             {"code": "c", "name": "C", "hired_on": "2020-01-01"}, {"code": "d", "name": "D", "hired_on": "2020-01-01"}],
  "postings": [{"person": "a", "unit": "u", "job_group": "head", "from_date": "2020-01-01"},
               {"person": "d", "unit": "u", "job_group": "head", "from_date": "2020-01-01"},
               {"person": "b", "unit": "u", "job_group": "head", "manager": "a", "from_date": "2020-01-01", "until_date": "2021-01-01"},
               {"person": "b", "unit": "u", "job_group": "head", "manager": "d", "from_date": "2021-01-01"},
               {"person": "c", "unit": "u", "job_group": "staff", "manager": "b", "from_date": "2020-01-01"}]}') \g /dev/null
CALL appraisal.load_scheme('participation', '{"periods": {"head": {"year": {}}}}') \g /dev/null
CALL appraisal.activate_scheme('participation', valid_from => '2020-01-01') \g /dev/null
CALL appraisal.open_cycle('then', 'participation', 'quarter', '[2020-01-01,2020-04-01)') \g /dev/null
CALL appraisal.open_cycle('now', 'participation', 'quarter', '[2026-01-01,2026-04-01)') \g /dev/null
CALL appraisal.enrol('then') \g /dev/null
CALL appraisal.enrol('now') \g /dev/null
CALL appraisal.link_account('regress_top', 'manager', 'a');
CALL appraisal.link_account('regress_former', 'manager', 'b');
CALL appraisal.link_account('regress_other', 'manager', 'd');
CREATE FUNCTION pg_temp.seen() RETURNS text LANGUAGE sql AS
  $$ SELECT coalesce(string_agg(c.code, ' ' ORDER BY c.code), 'nobody') FROM appraisal.participant AS p JOIN appraisal.cycle AS c USING (cycle_id) $$;
SELECT is((SELECT string_agg(DISTINCT n.code, ' ') FROM appraisal.participant JOIN appraisal.person AS n USING (person_id)), 'c', 'of the three c alone takes part');
SET LOCAL SESSION AUTHORIZATION regress_former;
SELECT is(pg_temp.seen(), 'now then', 'the superior sees c in both cycles');
SET LOCAL SESSION AUTHORIZATION regress_top;
SELECT is(pg_temp.seen(), 'then', 'who was above the superior then sees c in that cycle');
SET LOCAL SESSION AUTHORIZATION regress_other;
SELECT is(pg_temp.seen(), 'now', 'who is above the superior now, in this one');
RESET SESSION AUTHORIZATION;
-- as an employee nobody is below
UPDATE appraisal.account SET capabilities = '{employee}' WHERE role_name = 'regress_top';
SET LOCAL SESSION AUTHORIZATION regress_top;
SELECT is(pg_temp.seen(), 'nobody', 'without the capability nobody');
RESET SESSION AUTHORIZATION;
-- two who are each other's superior are below each other, and the walk ends
UPDATE appraisal.posting SET manager_id = appraisal.person_of_code('c') WHERE manager_id = appraisal.person_of_code('d');
SET LOCAL SESSION AUTHORIZATION regress_former;
SELECT is(pg_temp.seen(), 'now then', 'a circle of superiors ends');
SET LOCAL SESSION AUTHORIZATION regress_other;
SELECT is(pg_temp.seen(), 'nobody', 'and has nobody above');
SELECT is((SELECT count(*) FROM appraisal.person), 1::bigint, 'nor anybody of it to see');
SELECT * FROM finish();
ROLLBACK;
