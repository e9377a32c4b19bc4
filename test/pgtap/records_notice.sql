-- Notices: what makes one, for whom, that nobody else sees it, and that it tells nothing.
-- several assertions in a row are a line each
\pset fieldsep '\n'
BEGIN;
SELECT no_plan();
\ir calibration.psql
CREATE FUNCTION pg_temp.notices(of_kind text, of_cycle text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(p.code || CASE WHEN n.items = '{}' THEN '' ELSE cardinality(n.items)::text END, ' ' ORDER BY p.code, n.notice_id)
  FROM appraisal.notice AS n JOIN appraisal.person AS p USING (person_id) JOIN appraisal.cycle AS c USING (cycle_id) WHERE n.kind = of_kind AND c.code = of_cycle AND n.read_at IS NULL
$$;
CREATE FUNCTION pg_temp.all_read() RETURNS void LANGUAGE sql AS $$ UPDATE appraisal.notice SET read_at = now() WHERE read_at IS NULL $$;

-- goals to confirm: each person's whose goals somebody else proposed or changed
CALL appraisal.define_scheme('{"code": "aims", "title": "Aims", "label": "Aims", "language": "en", "periods": {"staff": {"year": {}}}, "interview": true, "interview_days": 5,
  "goals_set_by": "manager", "goals_confirmed": true, "missing": "zero", "sign_off": [{"signer": "hr", "act": "approve", "label": "HR"}],
  "dimensions": {"work": {"position": 1, "title": "Work", "label": "Work", "weights": {"*": 100}, "indicators": {"*": {"aim_a": {"weight": 50, "target": 10}, "aim_b": {"weight": 50, "target": 5}}}}},
  "indicators": {"aim_a": {"title": "A", "label": "A", "kind": "measured", "direction": "higher", "curve": "linear (0, 0), (10, 100)"},
                 "aim_b": {"title": "B", "label": "B", "kind": "rated", "direction": "higher", "least": 0, "most": 100}},
  "raters": {"*": {"manager": {"label": "Manager", "weight": 100}, "peer": {"label": "Peers", "weight": 0, "least_raters": 3, "anonymous": true, "required": false}}}}') \g /dev/null
CALL appraisal.activate_scheme('aims', NULL, '2026-01-01') \g /dev/null
SELECT pg_temp.hr_does('CALL appraisal.open_cycle(''aims'', ''aims'', ''year'', ''[2026-01-01,2027-01-01)'')'),
  pg_temp.hr_does('CALL appraisal.enrol(''aims'')'), pg_temp.hr_does('CALL appraisal.exempt(''aims'', ''b07'', ''leave'')');
SELECT is((SELECT count(*) FROM appraisal.notice), 0::bigint, 'no notices yet');
SELECT pg_temp.hr_does('CALL appraisal.propose_goals(''aims'')');
SELECT set_eq($$SELECT person_id, kind, items, read_at, reminds_on FROM appraisal.notice$$,
  $$SELECT p.person_id, 'goal_to_confirm', array_agg(g.goal_id ORDER BY g.goal_id), NULL::timestamptz, NULL::date
    FROM appraisal.goal AS g JOIN appraisal.participant AS p USING (cycle_id, participant_id) GROUP BY 1$$, 'each person has goals to confirm, one notice for all');
SELECT cmp_ok(count(*), '>=', 20::bigint, count(*) || ' people') FROM appraisal.notice;
SELECT pg_temp.all_read();
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.adjust_goal('aims', 'a01', 'aim_a', 'too easy', target => 12)$$) ~ '^AP|^4', false, 'the manager adjusts one');
SELECT is(pg_temp.notices('goal_to_confirm', 'aims'), 'a011', 'who has that one to confirm again');
SELECT pg_temp.all_read();
SELECT pg_temp.as_login('regress_app', ' CALL appraisal.confirm_goal(''aims'')', p.code) FROM appraisal.person AS p JOIN appraisal.participant AS q USING (person_id) WHERE q.exempt_because IS NULL;
SELECT is((SELECT count(*) FROM appraisal.notice WHERE read_at IS NULL), 0::bigint, 'to confirm is no change');
SELECT pg_temp.hr_does('CALL appraisal.start_scoring(''aims'')');

-- reviews to do
SELECT is((SELECT count(*) FROM appraisal.notice WHERE read_at IS NULL), 0::bigint, 'a step is none');
SELECT pg_temp.hr_does('CALL appraisal.assign_reviews(''aims'')');
SELECT set_eq($$SELECT person_id, kind, items FROM appraisal.notice WHERE read_at IS NULL$$,
  $$SELECT rater_id, 'review_to_do', array_agg(review_id ORDER BY review_id) FROM appraisal.review GROUP BY 1$$, 'each rater has reviews to do, one notice for all');
SELECT pg_temp.hr_does('CALL appraisal.assign_reviews(''aims'')');
SELECT is((SELECT count(*) FROM appraisal.notice WHERE read_at IS NULL), (SELECT count(DISTINCT rater_id) FROM appraisal.review), 'assigned again, nothing is added');
SELECT pg_temp.all_read();
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.submit_review('aims', 'a01', '[{"indicator": "aim_b", "score": 50}]')$$) ~ '^[A-Z0-9]{5} ', false, 'a review');
SELECT is((SELECT count(*) FROM appraisal.notice WHERE read_at IS NULL), 0::bigint, 'that is handed in is none');
SELECT pg_temp.hr_does($$CALL appraisal.reopen_review('aims', 'a01', 'ha', 'look again')$$);
SELECT is(pg_temp.notices('review_to_do', 'aims'), 'ha1', 'one that comes back is');
SELECT pg_temp.all_read();
SELECT pg_temp.hr_does('CALL appraisal.close_reviews(''aims'')'), pg_temp.hr_does('CALL appraisal.compute_results(''aims'')');
SELECT is((SELECT count(*) FROM appraisal.notice WHERE read_at IS NULL), 0::bigint, 'neither lapsed reviews nor results are told');

-- publication: who has a result, and who is to talk about it
SELECT pg_temp.as_login('regress_h1', 'CALL appraisal.sign_off(''aims'')'), pg_temp.hr_does('CALL appraisal.publish(''aims'')');
SELECT set_eq($$SELECT person_id, items FROM appraisal.notice WHERE read_at IS NULL AND kind = 'result_published'$$,
  $$SELECT person_id, ARRAY[participant_id] FROM appraisal.participant WHERE exempt_because IS NULL$$, 'who is appraised has a result to see');
SELECT set_eq($$SELECT person_id, items FROM appraisal.notice WHERE read_at IS NULL AND kind = 'interview_to_hold'$$,
  $$SELECT manager_id, array_agg(participant_id ORDER BY participant_id) FROM appraisal.participant WHERE exempt_because IS NULL GROUP BY 1$$, 'and superiors have interviews to hold, with everybody');
SELECT is((SELECT string_agg(DISTINCT kind, ' ') FROM appraisal.notice WHERE read_at IS NULL), 'interview_to_hold result_published', 'and that is all');
SELECT pg_temp.all_read();
-- a scheme that shows results to superiors only, without interviews
SELECT pg_temp.make_cycle('quiet', '{"visible_to": ["manager", "hr", "executive"], "quota": null, "enforcement": "off", "least_group": 1, "sign_off": [{"signer": "hr", "act": "approve", "label": "HR"}]}');
SELECT pg_temp.all_read();
SELECT pg_temp.as_login('regress_h1', 'CALL appraisal.sign_off(''quiet'')'), pg_temp.as_login('regress_h2', 'CALL appraisal.sign_off(''quiet'')'), pg_temp.hr_does('CALL appraisal.publish(''quiet'')');
SELECT is((SELECT status FROM appraisal.cycle WHERE code = 'quiet'), 'published', 'a cycle whose results are not for the people');
SELECT is((SELECT count(*) FROM appraisal.notice WHERE read_at IS NULL), 0::bigint, 'makes no notices');

-- an appeal that is decided, an action of a plan, a survey
SELECT pg_temp.in_bulk($$INSERT INTO appraisal.appeal (cycle_id, participant_id, version, level, grounds, filed_at)
  SELECT p.cycle_id, p.participant_id, 1, 'hr', 'why', now() FROM appraisal.participant AS p JOIN appraisal.person AS n USING (person_id) JOIN appraisal.cycle AS c USING (cycle_id)
  WHERE c.code = 'aims' AND n.code IN ('a01', 'a02', 'a03')$$);
-- as the owner, past the guards of appeals but with the triggers that tell
CREATE FUNCTION pg_temp.with_notices(statement text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE t record;
BEGIN
  FOR t IN SELECT tgrelid::regclass AS of, tgname FROM pg_trigger WHERE tgname LIKE 'notify\_%' OR tgname = 'signal_notices' LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', t.of, t.tgname);
  END LOOP;
  PERFORM pg_temp.in_bulk(statement);
  FOR t IN SELECT tgrelid::regclass AS of, tgname FROM pg_trigger WHERE tgname LIKE 'notify\_%' OR tgname = 'signal_notices' LOOP
    EXECUTE format('ALTER TABLE %s ENABLE TRIGGER %I', t.of, t.tgname);
  END LOOP;
END $$;
SELECT pg_temp.with_notices($$UPDATE appraisal.appeal SET status = 'investigating', handler_id = 1$$);
SELECT is((SELECT count(*) FROM appraisal.notice WHERE read_at IS NULL), 0::bigint, 'an appeal that is taken is not told');
SELECT pg_temp.with_notices($$UPDATE appraisal.appeal AS a SET status = k.status, decision = 'so', decided_by = 1, decided_at = now(), new_version = k.version
  FROM appraisal.participant AS p JOIN appraisal.person AS n USING (person_id), LATERAL (SELECT CASE n.code WHEN 'a01' THEN 'upheld' ELSE 'dismissed' END, CASE n.code WHEN 'a01' THEN 2 END) AS k (status, version)
  WHERE p.cycle_id = a.cycle_id AND p.participant_id = a.participant_id AND n.code IN ('a01', 'a02')$$);
SELECT is(pg_temp.notices('appeal_decided', 'aims'), 'a011 a021', 'one that is decided is, upheld or not alike');
SELECT pg_temp.all_read();
SELECT pg_temp.in_bulk($$INSERT INTO appraisal.improvement_plan (cycle_id, participant_id, version, by_rule, goals, due_on, opened_by_login, opened_at)
  SELECT p.cycle_id, p.participant_id, 1, true, 'better', '2099-01-01', 'x', now() FROM appraisal.participant AS p JOIN appraisal.person AS n USING (person_id) JOIN appraisal.cycle AS c USING (cycle_id)
  WHERE c.code = 'aims' AND n.code = 'a04'$$);
SELECT pg_temp.with_notices($$INSERT INTO appraisal.improvement_action (cycle_id, plan_id, title, owner_id, due_on, progress, done_on)
  SELECT l.cycle_id, l.plan_id, v.title, p.person_id, '2099-01-01', CASE WHEN v.done_on IS NULL THEN 0 ELSE 100 END, v.done_on::date
  FROM appraisal.improvement_plan AS l, (VALUES ('learn', 'a04', NULL), ('train', 'a04', NULL), ('help', 'ha', NULL), ('done', 'a05', '2026-01-01')) AS v (title, owner, done_on) JOIN appraisal.person AS p ON p.code = v.owner$$);
SELECT is(pg_temp.notices('plan_due', 'aims'), 'a042 ha1', 'who owns an action of a plan that is not done');
SELECT pg_temp.all_read();
SELECT pg_temp.hr_does($$CALL appraisal.open_survey('aims', '[{"code": "fair", "question": "Fair?", "least": 1, "most": 5}]')$$);
SELECT is(pg_temp.notices('survey_to_answer', 'aims'), (SELECT string_agg(n.code, ' ' ORDER BY n.code) FROM appraisal.participant AS p JOIN appraisal.person AS n USING (person_id) JOIN appraisal.cycle AS c USING (cycle_id)
  WHERE c.code = 'aims' AND p.exempt_because IS NULL), 'whom a survey asks');
SELECT is_empty($$SELECT table_name FROM appraisal.audit_log WHERE table_name = 'notice'$$, 'the log has what they follow from, not them');

-- reading: one's own, once
CREATE FUNCTION pg_temp.reads(login text, actor text DEFAULT '') RETURNS text LANGUAGE sql AS $$
  SELECT pg_temp.as_login(login, $q$SELECT string_agg(cycle || ' ' || kind || ' ' || cardinality(items), ', ') FROM appraisal.read_notices()$q$, actor) $$;
SELECT is(pg_temp.as_login('regress_app', 'SELECT count(*) FROM appraisal.people_to_notify()'), (SELECT count(DISTINCT person_id)::text FROM appraisal.notice WHERE read_at IS NULL), 'a service learns who has notices'),
  is(pg_temp.as_login('regress_app', 'SELECT string_agg(x, '','') FROM (SELECT appraisal.people_to_notify()) AS s (x) WHERE x IN (''a01'', ''b07'')'), 'a01', 'by their codes');
SELECT is(pg_temp.as_login(login, 'SELECT count(*) FROM appraisal.people_to_notify()', actor), '0', concat(login, ' ', actor, ' does not'))
FROM (VALUES ('regress_hr', ''), ('regress_a01', ''), ('regress_z', ''), ('regress_app', 'h1'), ('regress_app', 'a01')) AS v (login, actor);
SELECT is(pg_temp.as_login(login, 'SELECT count(*) FROM appraisal.notice', actor), (SELECT count(*)::text FROM appraisal.notice AS n LEFT JOIN appraisal.person AS p USING (person_id) WHERE p.code = whose), concat(login, ' ', actor, ' sees the own notices, read ones too, and no others'))
FROM (VALUES ('regress_hr', '', NULL), ('regress_h1', '', 'h1'), ('regress_c', '', 'c'), ('regress_ha', '', 'ha'), ('regress_a01', '', 'a01'), ('regress_z', '', NULL), ('regress_app', '', NULL), ('regress_app', 'a02', 'a02')) AS v (login, actor, whose);
SELECT is(pg_temp.reads('regress_a01'), 'aims survey_to_answer 0', 'a01 reads'), is(pg_temp.reads('regress_a01'), NULL, 'and has read');
SELECT is(pg_temp.reads('regress_app', 'a02'), 'aims survey_to_answer 0', 'a service reads for a02'), is(pg_temp.reads('regress_app', ''), NULL, 'and for nobody nothing');
SELECT is(pg_temp.reads('regress_hr'), NULL, 'a login that is nobody has none');
SELECT is(pg_temp.reads('regress_z'), '42501 | permission denied for function take_notices', 'an auditor neither');
SELECT pg_temp.with_notices($$INSERT INTO appraisal.notice (cycle_id, person_id, kind, items, created_at) SELECT c.cycle_id, p.person_id, v.kind, '{1}', v.at::timestamptz
  FROM appraisal.cycle AS c, appraisal.person AS p, (VALUES ('review_to_do', '2026-03-02'), ('goal_to_confirm', '2026-03-01')) AS v (kind, at) WHERE c.code = 'aims' AND p.code = 'a01'$$);
SELECT is(pg_temp.reads('regress_a01'), 'aims goal_to_confirm 1, aims review_to_do 1', 'oldest first');
SELECT is(pg_temp.as_login('regress_a01', statement), '42501 | permission denied for table notice', 'by hand nobody writes: ' || statement)
FROM unnest(ARRAY['UPDATE appraisal.notice SET read_at = NULL', 'DELETE FROM appraisal.notice', $$INSERT INTO appraisal.notice (cycle_id, person_id, kind) VALUES (1, 1, 'review_to_do')$$]) AS statement;

-- Nobody asks the index who has which notice: no condition of a reader's own is searched for.
SET LOCAL enable_seqscan = off;
CREATE FUNCTION pg_temp.searched(condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; result text := '';
BEGIN
  PERFORM set_config('session_authorization', 'regress_hr', true);
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) SELECT FROM appraisal.notice WHERE ' || condition LOOP
    IF line ~ 'Index Cond' THEN result := result || line; END IF;
  END LOOP;
  PERFORM set_config('session_authorization', 'postgres', true);
  RETURN result;
END $$;
SELECT doesnt_match(pg_temp.searched(condition), substring(condition from '\w+'), condition || ' searches no index')
FROM unnest(ARRAY['kind = ''plan_due'' AND reminds_on = ''2026-01-01''', 'reminds_on = ''2026-01-01''', 'read_at IS NULL']) AS condition;
SELECT doesnt_match(pg_temp.searched('person_id = 5'), '[( ]person_id = ', 'nor does a person');
RESET enable_seqscan;
SELECT * FROM finish();
ROLLBACK;
