-- The appeals of two schemes, from publication to decision, by people made to hit every rule of them.
\pset fieldsep '\n'
BEGIN;
SELECT no_plan();
\ir calibration.psql
SET LOCAL client_min_messages = error;
-- under c, who is the general manager: a division led by dv, in it a department of dh with three people; h3 is of HR,
-- too, and c2 an executive as c is
CALL appraisal.import_organisation('{"units": [{"code": "div", "title": "Division", "parent": "firm"}, {"code": "dep", "title": "Department", "parent": "div"}],
  "people": [{"code": "dv", "name": "dv", "hired_on": "2020-01-01"}, {"code": "dh", "name": "dh", "hired_on": "2020-01-01"}, {"code": "s1", "name": "s1", "hired_on": "2020-01-01"},
             {"code": "s2", "name": "s2", "hired_on": "2020-01-01"}, {"code": "s3", "name": "s3", "hired_on": "2020-01-01"}, {"code": "h3", "name": "h3", "hired_on": "2020-01-01"}],
  "postings": [{"person": "dv", "unit": "div", "manager": "c", "job_group": "division_head", "from_date": "2020-01-01"}, {"person": "dh", "unit": "dep", "manager": "dv", "job_group": "middle_manager", "from_date": "2020-01-01"},
               {"person": "s1", "unit": "dep", "manager": "dh", "job_group": "staff", "from_date": "2020-01-01"}, {"person": "s2", "unit": "dep", "manager": "dh", "job_group": "staff", "from_date": "2020-01-01"},
               {"person": "s3", "unit": "dep", "manager": "dh", "job_group": "staff", "from_date": "2020-01-01"}]}') \g /dev/null
CREATE ROLE regress_dv; CREATE ROLE regress_dh; CREATE ROLE regress_h3;
CALL appraisal.link_account('regress_dv', 'manager', 'dv');
CALL appraisal.link_account('regress_dh', 'manager', 'dh');
CALL appraisal.link_account('regress_h3', 'hr', 'h3');
CREATE FUNCTION pg_temp.does(who text, call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM appraisal.account WHERE role_name = 'regress_' || who) THEN RETURN pg_temp.as_login('regress_' || who, call); END IF;
  RETURN pg_temp.as_login('regress_app', call, who);
END $$;
-- every review is in, with one mark a source
CREATE FUNCTION pg_temp.rate_all(of_cycle text, marks jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_temp.in_bulk(format($i$INSERT INTO appraisal.rating (cycle_id, review_id, indicator_id, score)
    SELECT v.cycle_id, v.review_id, i.indicator_id, (%L::jsonb ->> v.source)::numeric
    FROM appraisal.review AS v JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.participant AS p USING (cycle_id, participant_id), appraisal.cycle_indicators(c.cycle_id) AS i
    WHERE c.code = %L AND i.job_group = p.job_group AND i.kind = 'rated'$i$, marks, of_cycle));
  PERFORM pg_temp.in_bulk(format($i$UPDATE appraisal.review AS v SET status = 'submitted', submitted_at = now() FROM appraisal.cycle AS c WHERE c.cycle_id = v.cycle_id AND c.code = %L$i$, of_cycle));
END $$;
CREATE FUNCTION pg_temp.result_of(of_cycle text, person text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(concat_ws(' ', version, score, final_grade), ', ' ORDER BY version) FROM appraisal.result AS r JOIN appraisal.cycle AS c USING (cycle_id)
  JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id) WHERE c.code = of_cycle AND n.code = person $$;
-- results were published so many days ago, and spoken of so many days ago
CREATE FUNCTION pg_temp.days_since(of_cycle text, publication int, interview int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE today date := (SELECT (now() AT TIME ZONE timezone)::date FROM appraisal.cycle WHERE code = of_cycle);
BEGIN
  PERFORM pg_temp.in_bulk(format('UPDATE appraisal.result AS r SET published_at = now() - %s * interval ''1 day'' FROM appraisal.cycle AS c WHERE c.cycle_id = r.cycle_id AND c.code = %L', publication, of_cycle));
  PERFORM pg_temp.in_bulk(format('UPDATE appraisal.interview AS i SET held_on = %L FROM appraisal.cycle AS c WHERE c.cycle_id = i.cycle_id AND c.code = %L', today - interview, of_cycle));
END $$;
CREATE TEMP TABLE step (n int GENERATED ALWAYS AS IDENTITY, who text, call text, told text, what text, done boolean DEFAULT false);
CREATE FUNCTION pg_temp.run_steps() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE s record;
BEGIN
  FOR s IN SELECT * FROM step WHERE NOT done ORDER BY n LOOP
    RETURN NEXT public.matches(coalesce(pg_temp.does(s.who, 'CALL appraisal.' || s.call), 'null'), s.told, s.who || ': ' || s.what);
    UPDATE step SET done = true WHERE n = s.n;
  END LOOP;
END $$;

-- company-half-year: first a talk with the division head; if that does not settle it, within 7 days of the feedback
-- to the head of HR on a form; HR investigates and proposes; the managers' meeting decides.
CALL appraisal.load_scheme('company-half-year') \g /dev/null
CALL appraisal.activate_scheme('company-half-year', valid_from => '2026-01-01') \g /dev/null
SELECT pg_temp.hr_does($$CALL appraisal.open_cycle('half', 'company-half-year', 'half_year', '[2026-01-01,2026-07-01)')$$), pg_temp.hr_does($$CALL appraisal.enrol('half', unit => 'dep')$$),
  pg_temp.hr_does($$CALL appraisal.start_scoring('half')$$) \g /dev/null
SELECT pg_temp.hr_does(format($$CALL appraisal.record_measurement('half', %L, 'department_contract', 88, '2026-06-30')$$, p)) FROM unnest('{dh,s1,s2,s3}'::text[]) AS p \g /dev/null
SELECT pg_temp.hr_does($$CALL appraisal.assign_reviews('half')$$), pg_temp.rate_all('half', '{"manager": 80, "second_manager": 70, "top_manager": 90}'), pg_temp.hr_does($$CALL appraisal.close_reviews('half')$$), pg_temp.hr_does($$CALL appraisal.compute_results('half')$$) \g /dev/null
SELECT is(pg_temp.result_of('half', p), told, p) FROM (VALUES ('s1', '1 80.80 B'), ('s2', '1 80.80 B'), ('dh', '1 84.80 B')) AS v (p, told);
INSERT INTO step (who, call, told, what) VALUES
  ('dh', $$sign_off('half', 'dep')$$, '^1$', 'the head of the department signs'), ('h1', $$sign_off('half')$$, '^2$', 'HR'), ('c', $$sign_off('half')$$, '^3$', 'the meeting'), ('h2', $$sign_off('half')$$, '^4$', 'HR archives'),
  ('h1', $$publish('half')$$, '^4$', 'published');
SELECT * FROM pg_temp.run_steps();
SELECT is(pg_temp.does('s1', $$SELECT closes_at FROM appraisal.appeal_window('half')$$), 'infinity', 'before the feedback the days do not run');
INSERT INTO step (who, call, told, what) VALUES
  ('dh', $$record_interview('half', 's1', (now() AT TIME ZONE 'UTC')::date, 'the result was explained')$$, '^\d+$', 'feedback, recorded'),
  ('dh', $$record_interview('half', 's2', (now() AT TIME ZONE 'UTC')::date, 'the result was explained')$$, '^\d+$', 'feedback, recorded');
SELECT * FROM pg_temp.run_steps();
SELECT pg_temp.days_since('half', 30, 8) \g /dev/null
INSERT INTO step (who, call, told, what) VALUES ('s1', $$file_appeal('half', 'late')$$, '^AP005 . the days to appeal in cycle "half" are over', 'eight days after the feedback it is too late'), ('s3', $$file_appeal('half', 'not told yet')$$, '^\d+$', 'who had no feedback is not'), ('s3', $$withdraw_appeal('half')$$, '^\d+$', 'withdrawn');
SELECT * FROM pg_temp.run_steps();
SELECT pg_temp.days_since('half', 30, 7) \g /dev/null
INSERT INTO step (who, call, told, what) VALUES
  ('s1', $$file_appeal('half', 'the contract of June is missing')$$, '^\d+$', 'seven days after it is not, however long ago results were published'),
  ('s2', $$file_appeal('half', 'so am I')$$, '^\d+$', 'another one'),
  ('s1', $$escalate_appeal('half')$$, '^AP001 . there was no talk yet', 'first a talk'),
  ('h3', $$take_appeal('half', 's1')$$, '^AP003 . the appeal of person "s1" is on another level', 'not HR first'),
  ('c2', $$decide_appeal('half', 's1', true, 'x', score => 95)$$, '^AP004', 'nor the meeting'),
  ('dv', $$add_appeal_note('half', 's1', 'We spoke; the contract is not mine to count.', talk => true)$$, '^\d+$', 'the talk with the division head, who rated, too'),
  ('dv', $$propose_decision('half', 's1', 'x')$$, '^AP003 . you rated the result', 'which is all that one may'),
  ('s1', $$escalate_appeal('half', remark => 'form 7, handed in')$$, '^\d+$', 'which did not settle it: on a form to HR'),
  ('h1', $$take_appeal('half', 's1')$$, '^AP003 . you signed the result', 'who checked the results stands aside'), ('h2', $$take_appeal('half', 's1')$$, '^AP003 . you signed the result', 'who archived them, too'),
  ('h3', $$take_appeal('half', 's1')$$, '^\d+$', 'HR investigates'), ('h3', $$add_appeal_note('half', 's1', 'the contract was signed on 29 June', internal => true)$$, '^\d+$', 'and writes it down'),
  ('h3', $$decide_appeal('half', 's1', true, 'x', score => 91.2)$$, '^AP001 . level "hr" does not decide', 'does not decide'),
  ('h3', $$propose_decision('half', 's1', 'key tasks were reached', score => 91.2)$$, '^executive$', 'proposes'),
  ('c', $$decide_appeal('half', 's1', true, 'x')$$, '^AP003 . you rated the result', 'the general manager rated'),
  ('c2', $$decide_appeal('half', 's1', true, '会议决定：采纳')$$, '^2$', 'the meeting decides'),
  ('dv', $$add_appeal_note('half', 's2', 'We spoke.', talk => true)$$, '^\d+$', 'the other one: the talk'), ('s2', $$escalate_appeal('half')$$, '^\d+$', 'to HR'),
  ('h3', $$propose_decision('half', 's2', 'nothing new')$$, '^executive$', 'HR proposes to dismiss'), ('c2', $$decide_appeal('half', 's2', false, '维持原结果')$$, '^null$', 'and so it is decided');
SELECT * FROM pg_temp.run_steps();
SELECT is(pg_temp.result_of('half', p), told, p || ' after') FROM (VALUES ('s1', '1 80.80 B, 2 91.20 A'), ('s2', '1 80.80 B'), ('s3', '1 80.80 B'), ('dh', '1 84.80 B')) AS v (p, told);
SELECT is(pg_temp.does('s1', $$SELECT string_agg(e.kind || coalesce(' ' || n.code, ''), ', ' ORDER BY e.event_id) FROM appraisal.appeal_event AS e LEFT JOIN appraisal.person AS n USING (person_id)$$),
  'filed s1, talk, escalated s1, taken, proposed, decided', 'the person follows every step');
SELECT is(pg_temp.does('s1', $$SELECT string_agg(remark, '; ' ORDER BY event_id) FROM appraisal.appeal_event$$), 'We spoke; the contract is not mine to count.; form 7, handed in; 会议决定：采纳', 'and what was said, but not among HR');
SELECT is(pg_temp.does('h3', $$CALL appraisal.close_cycle('half')$$), 'closed', 'archived');

-- quarterly-operations: appeal, re-examined by HR.
CALL appraisal.load_scheme('quarterly-operations') \g /dev/null
CALL appraisal.activate_scheme('quarterly-operations', valid_from => '2026-01-01') \g /dev/null
SELECT pg_temp.hr_does($$CALL appraisal.open_cycle('quarter', 'quarterly-operations', 'quarter', '[2026-01-01,2026-04-01)')$$), pg_temp.hr_does($$CALL appraisal.enrol('quarter', unit => 'dep', job_group => 'staff')$$),
  pg_temp.hr_does($$CALL appraisal.propose_goals('quarter', goals => '[{"indicator": "sales", "target": 1000}, {"indicator": "customer_satisfaction", "target": 1}]')$$), pg_temp.hr_does($$CALL appraisal.approve_goals('quarter')$$) \g /dev/null
SELECT matches(pg_temp.does('dh', $$CALL appraisal.approve_goals('quarter')$$), '^[0-9]+$', 'the head of the department approves the goals');
SELECT pg_temp.hr_does($$CALL appraisal.start_scoring('quarter')$$) \g /dev/null
SELECT pg_temp.hr_does(format($$CALL appraisal.record_measurement('quarter', %L, %L, %s, '2026-03-31')$$, p, i, v)) FROM unnest('{s1,s2,s3}'::text[]) AS p, (VALUES ('sales', 800), ('customer_satisfaction', 0.9)) AS x (i, v) \g /dev/null
SELECT pg_temp.hr_does($$CALL appraisal.assign_reviews('quarter')$$), pg_temp.rate_all('quarter', '{"self": 100, "manager": 70, "peer": 80}'), pg_temp.hr_does($$CALL appraisal.close_reviews('quarter')$$), pg_temp.hr_does($$CALL appraisal.compute_results('quarter')$$) \g /dev/null
INSERT INTO step (who, call, told, what) VALUES ('h1', $$sign_off('quarter')$$, '^1$', 'HR signs'), ('h1', $$publish('quarter')$$, '^3$', 'published'),
  ('s1', $$file_appeal('quarter', 'returns were counted twice')$$, '^\d+$', 'appealed before the interview'),
  ('dh', $$take_appeal('quarter', 's1')$$, '^AP004', 'no leader hears it'), ('c2', $$take_appeal('quarter', 's1')$$, '^AP004', 'nor an executive'),
  ('h1', $$decide_appeal('quarter', 's1', true, 'x', score => 90)$$, '^AP003 . you signed', 'nor who signed it'), ('h2', $$take_appeal('quarter', 's1', '重新核查')$$, '^\d+$', 'HR re-examines'),
  ('h2', $$propose_decision('quarter', 's1', 'x', score => 90)$$, '^AP001 . the appeal of person "s1" is on the last level', 'and decides itself');
SELECT * FROM pg_temp.run_steps();
SELECT is((SELECT due_at FROM appraisal.appeal AS a JOIN appraisal.cycle AS c USING (cycle_id) WHERE c.code = 'quarter'), (SELECT ((now() AT TIME ZONE timezone)::date + 8)::timestamp AT TIME ZONE timezone FROM appraisal.cycle WHERE code = 'quarter'), 'within seven days');
SELECT pg_temp.in_bulk('UPDATE appraisal.appeal SET due_at = now() WHERE status = ''investigating''') \g /dev/null
SELECT is(pg_temp.does('app', 'CALL appraisal.escalate_overdue_appeals()'), '0', 'overdue, it has nowhere to go');
SELECT is((SELECT count(*) FROM appraisal.appeal_event WHERE kind = 'overdue'), 1::bigint, 'which is told');
SELECT is(pg_temp.result_of('quarter', p), told, p || ' in the quarter') FROM (VALUES ('s1', '1 81.30 良好'), ('s2', '1 81.30 良好')) AS v (p, told);
INSERT INTO step (who, call, told, what) VALUES ('h2', $$decide_appeal('quarter', 's1', true, '退货重复计算，已更正', score => 90.5)$$, '^2$', 'decided late, and upheld');
SELECT * FROM pg_temp.run_steps();
SELECT is(pg_temp.result_of('quarter', p), told, p || ' after the appeal') FROM (VALUES ('s1', '1 81.30 良好, 2 90.50 优秀'), ('s2', '1 81.30 良好')) AS v (p, told);
SELECT * FROM finish();
ROLLBACK;
