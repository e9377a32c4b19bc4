-- run_due_work(): who is reminded of what, once a day, and that it may run at any time.
-- several assertions in a row are a line each
\pset fieldsep '\n'
BEGIN;
SELECT no_plan();
\ir calibration.psql
\set today '(statement_timestamp() AT TIME ZONE ''UTC'')::date'
CREATE FUNCTION pg_temp.run(login text DEFAULT 'regress_hr', actor text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
DECLARE n int; e int; said text; owner CONSTANT text := session_user;
BEGIN
  PERFORM set_config('appraisal.actor', actor, true), set_config('session_authorization', login, true);
  CALL appraisal.run_due_work(n, e);
  PERFORM set_config('session_authorization', owner, true);
  RETURN format('%s reminded, %s escalated', n, e);
EXCEPTION WHEN OTHERS THEN
  RETURN concat_ws(' | ', SQLSTATE, SQLERRM);
END $$;
CREATE FUNCTION pg_temp.reminded() RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(format('%s %s %s%s', c.code, n.kind, p.code, CASE WHEN n.items <> '{}' THEN ' ' || cardinality(n.items) END), ', ' ORDER BY c.code, n.kind, p.code)
  FROM appraisal.notice AS n JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.person AS p USING (person_id) WHERE n.reminds_on = (statement_timestamp() AT TIME ZONE 'UTC')::date $$;
CREATE FUNCTION pg_temp.next_day() RETURNS void LANGUAGE sql AS $$ UPDATE appraisal.notice SET reminds_on = reminds_on - 1 WHERE reminds_on IS NOT NULL $$;

-- nothing to do
CREATE FUNCTION pg_temp.unsealed() RETURNS bigint LANGUAGE sql AS $$
  SELECT count(*) FROM appraisal.audit_log AS l WHERE NOT EXISTS (SELECT FROM appraisal.audit_seal AS s WHERE l.audit_id = ANY (s.audit_ids)) $$;
SELECT cmp_ok(pg_temp.unsealed(), '>', 0::bigint, 'rows of the log wait for a seal');
SELECT is(pg_temp.run(), '0 reminded, 0 escalated', 'nothing is due');
SELECT is(pg_temp.unsealed(), 0::bigint, 'the log is sealed'), is_empty('SELECT * FROM appraisal.verify_audit()', 'as it is');
SELECT is((SELECT count(*) FROM appraisal.audit_seal), 1::bigint, 'in one block');
SELECT is(pg_temp.run(), '0 reminded, 0 escalated', 'again'), is((SELECT count(*) FROM appraisal.audit_seal), 1::bigint, 'adds no block of nothing');

-- overdue reviews: of raters who are in service, while the cycle is in scoring
SELECT pg_temp.make_cycle('work', '{"surveyed": true, "interview": true, "interview_days": 3, "quota": null, "enforcement": "off", "least_group": 1}');
UPDATE appraisal.notice SET read_at = now();
SELECT pg_temp.in_bulk($$UPDATE appraisal.cycle SET status = 'scoring' WHERE code = 'work'$$);
SELECT pg_temp.in_bulk(format($$UPDATE appraisal.review AS v SET status = 'assigned', submitted_at = NULL,
    due_on = %s + CASE n.code WHEN 'a01' THEN 0 WHEN 'a02' THEN 1 WHEN 'ha' THEN NULL ELSE -1 END
  FROM appraisal.participant AS p JOIN appraisal.person AS n USING (person_id) WHERE p.cycle_id = v.cycle_id AND p.participant_id = v.participant_id AND n.code IN ('a01', 'a02', 'a03', 'a04', 'b01', 'ha', 'hl')$$, :'today'));
UPDATE appraisal.person SET left_on = :today WHERE code = 'hb';
SELECT is(pg_temp.run(), '2 reminded, 0 escalated', 'raters of a03 and a04 and of hl; not of those who are due today or later, or at no time, nor who has left');
SELECT is(pg_temp.reminded(), 'work review_overdue c 1, work review_overdue ha 2', 'each once for all');
SELECT set_eq($$SELECT unnest(items) FROM appraisal.notice WHERE kind = 'review_overdue'$$,
  format($$SELECT v.review_id FROM appraisal.review AS v JOIN appraisal.person AS n ON n.person_id = v.rater_id WHERE v.status = 'assigned' AND v.due_on < %s AND n.left_on IS NULL$$, :'today'), 'by the keys of the reviews');
SELECT is(pg_temp.run(), '0 reminded, 0 escalated', 'the same day nobody is reminded again');
SELECT is(pg_temp.as_login('regress_ha', 'SELECT string_agg(kind, '', '') FROM appraisal.read_notices()'), 'review_overdue', 'not even who has read it'), is(pg_temp.run(), '0 reminded, 0 escalated', 'that is');
SELECT pg_temp.next_day();
SELECT is(pg_temp.run('regress_app'), '2 reminded, 0 escalated', 'the next day they are, by a service as well');
SELECT pg_temp.next_day();
SELECT is((SELECT pg_temp.run(session_user)), '2 reminded, 0 escalated', 'or the tables'' owner');
SELECT pg_temp.next_day();
SELECT pg_temp.in_bulk($$UPDATE appraisal.cycle AS c SET reviews_due = '2026-01-01' WHERE c.code = 'work'$$);
SELECT is(pg_temp.run(), '2 reminded, 0 escalated', 'a review without a day of its own is due with the cycle''s'), is(pg_temp.reminded(), 'work review_overdue c 2, work review_overdue ha 2', 'that of ha');
SELECT pg_temp.next_day();
SELECT pg_temp.in_bulk($$UPDATE appraisal.cycle SET status = 'calibration' WHERE code = 'work'$$);
SELECT is(pg_temp.run(), '0 reminded, 0 escalated', 'after scoring there is nothing to do');
-- signatures whose day has passed: who is to sign the next step that a unit wants; hb has left
SELECT pg_temp.in_bulk(format($$UPDATE appraisal.cycle SET during = daterange(%1$s - 40, %1$s - 9), cohort_date = %1$s - 20 WHERE code = 'work'$$, :'today'));
SELECT pg_temp.in_bulk($$UPDATE appraisal.sign_off_rule SET due_days = 10$$);
SELECT is(pg_temp.run(), '0 reminded, 0 escalated', 'signatures are due today');
SELECT pg_temp.in_bulk($$UPDATE appraisal.sign_off_rule SET due_days = CASE step WHEN 3 THEN 10 ELSE 9 END$$);
SELECT is(pg_temp.run(), '2 reminded, 0 escalated', 'yesterday'), is(pg_temp.reminded(), 'work sign_off_overdue ha 1, work sign_off_overdue hl 1', 'heads of units who have not signed');
SELECT set_eq($$SELECT unnest(items) FROM appraisal.notice WHERE kind = 'sign_off_overdue'$$, $$SELECT unit_id FROM appraisal.unit WHERE code IN ('a', 'lone')$$, 'by the keys of the units');
SELECT pg_temp.next_day();
CREATE FUNCTION pg_temp.sign(step integer, who text, unit text DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
  SELECT pg_temp.in_bulk(format('INSERT INTO appraisal.sign_off (cycle_id, unit_id, step, signer, signed_by, signed_at)
    SELECT c.cycle_id, (SELECT unit_id FROM appraisal.unit WHERE code = %L), %s, r.signer, p.person_id, now() FROM appraisal.cycle AS c JOIN appraisal.sign_off_rule AS r USING (scheme_id)
    JOIN appraisal.person AS p ON p.code = %L WHERE c.code = %L AND r.step = %2$s', unit, step, who, 'work')) $$;
SELECT pg_temp.sign(1, 'ha', 'a'), pg_temp.sign(1, 'hl', 'lone');
SELECT is(pg_temp.run(), '3 reminded, 0 escalated', 'where the head has signed'), is(pg_temp.reminded(), 'work sign_off_overdue a09 2, work sign_off_overdue h1 2, work sign_off_overdue h2 2', 'it is the turn of HR');
SELECT pg_temp.next_day();
SELECT pg_temp.sign(2, 'h1', 'a');
SELECT is(pg_temp.run(), '3 reminded, 0 escalated', 'of the last step the day has not passed'), is(pg_temp.reminded(), 'work sign_off_overdue a09 1, work sign_off_overdue h1 1, work sign_off_overdue h2 1', 'another unit waits for HR');
SELECT pg_temp.next_day();
SELECT pg_temp.in_bulk($$UPDATE appraisal.sign_off_rule SET due_days = 9$$);
SELECT is(pg_temp.run(), '5 reminded, 0 escalated', 'it has'), is(pg_temp.reminded(), 'work sign_off_overdue a09 1, work sign_off_overdue c 1, work sign_off_overdue c2 1, work sign_off_overdue h1 1, work sign_off_overdue h2 1', 'executives are to sign it');
SELECT pg_temp.next_day();
SELECT pg_temp.sign(1, 'hb', 'b'), pg_temp.sign(2, 'h2', 'b'), pg_temp.sign(2, 'h2', 'lone'), pg_temp.sign(3, 'hb');
SELECT is(pg_temp.run(), '3 reminded, 0 escalated', 'what a signer left as the own result'), is(pg_temp.reminded(), 'work sign_off_overdue a09 1, work sign_off_overdue h1 1, work sign_off_overdue h2 1', 'is for HR');
SELECT pg_temp.next_day();
SELECT pg_temp.sign(3, 'c');
SELECT is(pg_temp.run(), '0 reminded, 0 escalated', 'all is signed');
SELECT pg_temp.in_bulk($$DELETE FROM appraisal.sign_off$$), pg_temp.in_bulk($$UPDATE appraisal.sign_off_rule SET due_days = NULL$$);
SELECT is(pg_temp.run(), '0 reminded, 0 escalated', 'steps without a day are not watched');
SELECT is((SELECT pg_temp.as_login('regress_a01', ' CALL appraisal.run_due_work()')) ~ '^42501', true, 'an employee does not run it');
SELECT is(pg_temp.as_login('regress_app', 'SELECT appraisal.write_reminders()', 'a01'), 'AP003 | recurring work is done for HR, or for a service that acts for nobody | CALL appraisal.run_due_work() with such a login.', 'nor does a service for one');

-- interviews that were not held in three days, and no survey where the scheme wants one: for who is of HR
SELECT pg_temp.in_bulk($$UPDATE appraisal.cycle SET status = 'published' WHERE code = 'work'$$);
SELECT pg_temp.in_bulk(format($$UPDATE appraisal.result SET published_at = (%s - 3)::timestamp AT TIME ZONE 'UTC'$$, :'today'));
SELECT is(pg_temp.run(), '3 reminded, 0 escalated', 'three of HR'), is(pg_temp.reminded(), 'work survey_to_open a09, work survey_to_open h1, work survey_to_open h2', 'are to ask staff; interviews are due today');
SELECT pg_temp.next_day();
SELECT pg_temp.in_bulk($$UPDATE appraisal.result SET published_at = published_at - interval '1 day'$$);
SELECT pg_temp.in_bulk($$INSERT INTO appraisal.interview (cycle_id, participant_id, held_on, held_by, summary, recorded_by_login, recorded_at)
  SELECT p.cycle_id, p.participant_id, '2026-11-01', p.manager_id, 'talk', 'x', now() FROM appraisal.participant AS p JOIN appraisal.person AS n USING (person_id) WHERE n.code NOT IN ('a01', 'a02', 'b01', 'hb')$$);
SELECT pg_temp.hr_does($$CALL appraisal.open_survey('work', '[{"code": "fair", "question": "Fair?", "least": 1, "most": 5}]')$$);
SELECT is(pg_temp.run(), '2 reminded, 0 escalated', 'a day later'), is(pg_temp.reminded(), 'work interview_overdue c 1, work interview_overdue ha 2', 'superiors of those with whom nobody has talked; and a survey is there');
SELECT pg_temp.next_day();
SELECT pg_temp.in_bulk($$INSERT INTO appraisal.interview (cycle_id, participant_id, held_on, held_by, summary, recorded_by_login, recorded_at)
  SELECT p.cycle_id, p.participant_id, '2026-11-02', p.manager_id, 'talk', 'x', now() FROM appraisal.participant AS p$$);

-- actions of open plans
SELECT pg_temp.in_bulk($$INSERT INTO appraisal.improvement_plan (cycle_id, participant_id, version, status, by_rule, goals, due_on, opened_by_login, opened_at, closed_by_login, closed_at, closed_because)
  SELECT p.cycle_id, p.participant_id, 1, v.status, true, 'better', '2099-01-01', 'x', now(), v.closed, v.closed::timestamptz, v.closed FROM (VALUES ('a01', 'open', NULL), ('a02', 'cancelled', '2026-11-01')) AS v (code, status, closed)
  JOIN appraisal.person AS n USING (code) JOIN appraisal.participant AS p USING (person_id)$$);
SELECT pg_temp.in_bulk(format($$INSERT INTO appraisal.improvement_action (cycle_id, plan_id, title, owner_id, due_on, progress, done_on)
  SELECT l.cycle_id, l.plan_id, v.title, n.person_id, %s + v.days, coalesce(v.progress, 0), CASE WHEN v.progress = 100 THEN date '2026-11-01' END
  FROM appraisal.improvement_plan AS l, (VALUES ('late', 'a01', -1, NULL), ('later', 'a01', -9, 50), ('today', 'ha', 0, NULL), ('done', 'ha', -1, 100)) AS v (title, code, days, progress) JOIN appraisal.person AS n USING (code)$$, :'today'));
SELECT is(pg_temp.run(), '1 reminded, 0 escalated', 'one owner'), is(pg_temp.reminded(), 'work plan_overdue a01 2', 'of two actions of a plan that is open, not done, and due before today');
SELECT pg_temp.in_bulk('DELETE FROM appraisal.improvement_action');
SELECT pg_temp.next_day();

-- appeals: one goes to the next level, where nobody has taken it yet; on the last its handler is reminded
SELECT pg_temp.in_bulk($$INSERT INTO appraisal.appeal_rule (scheme_id, level, reviewer, label, decision_days) SELECT scheme_id, v.level, v.reviewer, 'x', 5 FROM appraisal.cycle, (VALUES (1, 'hr'), (2, 'executive')) AS v (level, reviewer)$$);
SELECT pg_temp.in_bulk($$INSERT INTO appraisal.appeal (cycle_id, participant_id, version, status, level, grounds, filed_at, due_at, handler_id)
  SELECT p.cycle_id, p.participant_id, 1, v.status, v.level, 'why', now() - interval '9 days', now() + v.days * interval '1 day', h.person_id
  FROM (VALUES ('a01', 'investigating', 'hr', -1, 'h1'), ('a02', 'investigating', 'executive', -1, 'c'), ('a03', 'investigating', 'executive', 1, 'c'), ('a04', 'filed', 'executive', -1, NULL)) AS v (code, status, level, days, handler)
  JOIN appraisal.person AS n USING (code) JOIN appraisal.participant AS p USING (person_id) LEFT JOIN appraisal.person AS h ON h.code = v.handler$$);
SELECT is(pg_temp.run(), '2 reminded, 1 escalated', 'one appeal goes on, two people are reminded'), is(pg_temp.reminded(), 'work appeal_overdue c 2, work appeal_overdue c2 1', 'who has one, and all executives of one that nobody has taken');
SELECT is((SELECT string_agg(level || coalesce(handler_id::text, '-'), ' ' ORDER BY appeal_id) FROM appraisal.appeal), (SELECT format('executive- executive%1$s executive%1$s executive-', person_id) FROM appraisal.person WHERE code = 'c'), 'that is so');
SELECT is(pg_temp.run(), '0 reminded, 0 escalated', 'and it is done');
SELECT is(pg_temp.unsealed(), 0::bigint, 'all is sealed'), is_empty('SELECT * FROM appraisal.verify_audit()', 'and holds');
SELECT pg_temp.next_day();
SELECT pg_temp.in_bulk($$UPDATE appraisal.appeal SET handler_id = NULL, level = CASE participant_id WHEN (SELECT max(participant_id) FROM appraisal.appeal) THEN 'leader' ELSE 'hr' END, due_at = now() - interval '1 day'$$);
SELECT pg_temp.in_bulk($$DELETE FROM appraisal.appeal_rule$$), pg_temp.in_bulk($$INSERT INTO appraisal.appeal (cycle_id, participant_id, version, status, level, grounds, filed_at, due_at)
  SELECT p.cycle_id, p.participant_id, 1, 'filed', 'hr', 'why', now() - interval '9 days', now() - interval '1 day' FROM appraisal.participant AS p JOIN appraisal.person AS n USING (person_id) WHERE n.code = 'a09'$$);
SELECT is(pg_temp.run(), '4 reminded, 0 escalated', 'that nobody has taken'), is(pg_temp.reminded(), 'work appeal_overdue a09 3, work appeal_overdue h1 4, work appeal_overdue h2 4, work appeal_overdue ha 1', 'HR, but not of one''s own; on the level of leaders the superior');
SELECT * FROM finish();
ROLLBACK;
