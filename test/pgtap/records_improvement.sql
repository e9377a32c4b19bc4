-- Improvement plans: opened by hand and by rule, carried out, closed; every path and every error.
BEGIN;
SELECT no_plan();
\ir calibration.psql
\ir after_publication.psql
CREATE ROLE regress_b01;
CALL appraisal.link_account('regress_b01', 'employee', 'b01');
SELECT pg_temp.make_published('y') AS done \gset
SELECT is(pg_temp.rows_of($$SELECT n.code, pg_temp.grades_of('y', n.code) FROM appraisal.person AS n WHERE n.code ~ '^(a0[6-9]|b01|hb|hl)' ORDER BY 1$$),
  'a06 B B - B 1, a07 B B C C 0.5, a08 C C - C 0.5, a09 B C - C 0.5, b01 B C - C 0.5, hb B C - C 0.5, hl B B - B 1',
  'a07 is calibrated to C, a08 has earned it, the others have it of the forced distribution');
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.open_improvement_plan('y', 'a08', 'x', current_date)$$),
  'AP001 | improvement plans of cycle "y" cannot be written: the cycle is in status calibration | It can be in status published. | CALL appraisal.compute_results() computes results, sign_off() signs and publish() publishes them.',
  'no plan before publication');
SELECT is(pg_temp.publish('y'), '21', 'published');

-- by rule: never from the forced distribution alone
SELECT is(pg_temp.as_login('regress_h1', $$SELECT string_agg(concat_ws(' ', person, unit, what, grade, natural_grade, final_grade, version), ', ') FROM appraisal.due_improvement_plans('y')$$),
  'a07 a open C B C 1, a08 a open C C C 1', 'who is due: by people''s grade and by the score''s');
SELECT is(pg_temp.as_login(login, $$SELECT string_agg(person, ' ') FROM appraisal.due_improvement_plans('y')$$), seen, login || ' knows of plans due')
FROM (VALUES ('regress_ha', 'a07 a08'), ('regress_hb', NULL), ('regress_c', NULL), ('regress_a01', NULL), ('regress_z', 'a07 a08'), ('regress_app', NULL)) AS v (login, seen);
SELECT is(pg_temp.as_login('regress_h1', $$SELECT * FROM appraisal.due_improvement_plans('no')$$), 'AP004 | there is no cycle "no" | Open it with CALL appraisal.open_cycle().', 'of a cycle that is there');
SELECT is(pg_temp.missing('regress_h1', 'y', 'improvement_plan'), NULL, 'not overdue on the day of publication');
SELECT pg_temp.published_ago('y', 2) AS done \gset
SELECT is(pg_temp.missing('regress_h1', 'y', 'improvement_plan'), 'a07 a08', 'then they are missing');
SELECT is(pg_temp.missing('regress_c', 'y', 'improvement_plan'), NULL, 'to an executive, who sees no plans, none is missing');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.open_due_improvement_plans('y')$$), '2', 'the rule opens them');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.open_due_improvement_plans('y')$$), '0', 'once');
SELECT is(pg_temp.missing('regress_h1', 'y', 'improvement_plan'), NULL, 'none is missing');
SELECT is(pg_temp.rows_of($$SELECT n.code, l.status, l.by_rule, coalesce(l.goals, '-') AS goals, l.due_on - current_date AS days, o.code AS by, l.opened_by_login, l.version
    FROM appraisal.improvement_plan AS l JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id)
    LEFT JOIN appraisal.person AS o ON o.person_id = l.opened_by ORDER BY 1$$),
  'a07 open true - 365 h1 regress_h1 1, a08 open true - 365 h1 regress_h1 1', 'for as long as the period was, without goals yet');

-- with improvement_reads final the forced grade is enough; HR's own is not left out
SELECT pg_temp.make_published('forced', '{"improvement_reads": "final"}') AS done \gset
SELECT pg_temp.publish('forced') AS done \gset
SELECT is(pg_temp.as_login('regress_h1', $$SELECT string_agg(person, ' ') FROM appraisal.due_improvement_plans('forced')$$), 'a07 a08 a09 b01 b02 b03 b04 b05 b06 b07 b08 b09 hb', 'a scheme that says so');
SELECT is(pg_temp.as_login('regress_a09', $$CALL appraisal.open_due_improvement_plans('forced', current_date + 30)$$), '13', 'has them all opened, the own one too');
SELECT set_eq($$SELECT n.code, l.due_on FROM appraisal.improvement_plan AS l JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    JOIN appraisal.person AS n USING (person_id) WHERE c.code = 'forced'$$,
  $$SELECT n.code, current_date + 30 FROM appraisal.result AS r JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    JOIN appraisal.person AS n USING (person_id) WHERE c.code = 'forced' AND r.final_grade IN ('C', 'D')$$, 'as plain SQL counts them');

-- by hand
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.open_improvement_plan('y', 'a06', 'answer within a day', current_date + 60,
    '[{"title": " Shadow a01 ", "owner": "a01", "due_on": "2099-01-01"}]')$$), 'AP005 | action "Shadow a01" is due after the improvement plan of person "a06" | ' ||
  format('The action is due on 2099-01-01, the plan on %s. | Give the action an earlier due_on, or the plan a later one.', current_date + 60), 'an action is within its plan');
SELECT is(pg_temp.as_login('regress_ha', format($$CALL appraisal.open_improvement_plan('y', 'a06', 'answer within a day', current_date + 60, %L,
    direction => 'speed', support => 'a second screen', training => 'typing')$$,
    format('[{"title": " Shadow a01 ", "owner": "a01", "training": "listening"}, {"title": "Course", "support": "fees are paid", "due_on": "%s"}]', current_date + 30))) ~ '^\d+$', true, 'a manager opens one');
SELECT is(pg_temp.rows_of($$SELECT l.by_rule, l.goals, l.direction, l.support, l.training, l.due_on - current_date AS days, o.code AS by FROM appraisal.improvement_plan AS l
    JOIN appraisal.person AS o ON o.person_id = l.opened_by WHERE NOT l.by_rule$$), 'false answer within a day speed a second screen typing 60 ha', 'goals, direction, support and training');
SELECT is(pg_temp.rows_of($$SELECT a.title, o.code, a.due_on - current_date AS days, coalesce(a.support, '-') AS support, coalesce(a.training, '-') AS training, a.progress
    FROM appraisal.improvement_action AS a JOIN appraisal.person AS o ON o.person_id = a.owner_id ORDER BY a.action_id$$),
  'Shadow a01 a01 60 - listening 0, Course a06 30 fees are paid - 0', 'actions: the person''s own, until the plan''s day, unless said otherwise');
SELECT is(pg_temp.as_login('regress_hr', $$CALL appraisal.open_improvement_plan('y', 'ha', 'hold the meetings', current_date + 60)$$) ~ '^\d+$', true, 'HR, without actions');
SELECT is(pg_temp.as_login('regress_app', $$CALL appraisal.open_improvement_plan('y', 'a05', 'x', current_date + 60)$$, 'ha') ~ '^\d+$', true, 'a service for whom it acts');

SELECT is(pg_temp.as_login(login, call), told, told) FROM (VALUES
  ('regress_ha', $$CALL appraisal.open_improvement_plan('y', 'a09', 'x', current_date + 60)$$, 'AP005 | an improvement plan of person "a09" would follow from the forced distribution alone | '
    'The score earned "B", the group''s cut line made it "C"; plans are for "C" or worse. | A scheme whose plans may follow from it has improvement_reads "final".'),
  ('regress_h1', $$CALL appraisal.open_improvement_plan('y', 'b01', 'x', current_date + 60)$$, 'AP005 | an improvement plan of person "b01" would follow from the forced distribution alone | '
    'The score earned "B", the group''s cut line made it "C"; plans are for "C" or worse. | A scheme whose plans may follow from it has improvement_reads "final".'),
  ('regress_ha', $$CALL appraisal.open_improvement_plan('y', 'ha', 'x', current_date)$$, 'AP003 | nobody writes improvement plans of the own result | It is that of person "ha". | A manager above or HR calls open_improvement_plan().'),
  ('regress_a09', $$CALL appraisal.open_improvement_plan('y', 'a09', 'x', current_date)$$, 'AP003 | nobody writes improvement plans of the own result | It is that of person "a09". | A manager above or HR calls open_improvement_plan().'),
  ('regress_ha', format('SELECT appraisal.write_improvement_plan(%s, ''x'', current_date, ''[]'', NULL, NULL, NULL)', pg_temp.key_of('y', 'b01')),
   'AP003 | improvement plans of person "b01" are not yours to write | HR and the managers above are who writes them, as far as the scheme shows them results. | Ask one of them to CALL appraisal.open_improvement_plan().'),
  ('regress_ha', $$CALL appraisal.open_improvement_plan('y', 'a01', ' ', current_date)$$, 'AP005 | the improvement plan of person "a01" needs goals | Say in goals what is to be reached.'),
  ('regress_ha', $$CALL appraisal.open_improvement_plan('y', 'a01', 'x', NULL)$$, 'AP005 | the improvement plan of person "a01" cannot be due on NULL | Give in due_on the last day of the plan, which is to come.'),
  ('regress_ha', $$CALL appraisal.open_improvement_plan('y', 'a01', 'x', '2020-01-01')$$, 'AP005 | the improvement plan of person "a01" cannot be due on 2020-01-01 | Give in due_on the last day of the plan, which is to come.'),
  ('regress_ha', $$CALL appraisal.open_improvement_plan('y', 'a01', 'x', '2099-01-01', '[{"title": "x"}, {"titel": "x"}]')$$,
   'AP005 | action 2 of the improvement plan of person "a01" has no title | Actions are a list of objects: title, owner, due_on, support, training.'),
  ('regress_ha', $$CALL appraisal.open_improvement_plan('y', 'a01', 'x', '2099-01-01', '[{"title": "x"}, {"title": "x "}]')$$, 'AP005 | action "x" is there more than once | It is in the improvement plan of person "a01". | Give each action once.'),
  ('regress_ha', $$CALL appraisal.open_improvement_plan('y', 'a01', 'x', '2099-01-01', '[{"title": "x", "owner": "b01"}]')$$, 'AP004 | there is no person "b01" | Add the person with CALL appraisal.add_person(), or ask who may see this one.'),
  ('regress_h1', $$CALL appraisal.open_improvement_plan('y', 'c', 'x', current_date)$$, 'AP004 | person "c" takes no part in cycle "y" | Ask who may see this one.'),
  ('regress_ha', 'SELECT appraisal.write_due_improvement_plans(1, NULL)', '42501 | permission denied for function write_due_improvement_plans'),
  ('regress_h1', $$CALL appraisal.open_due_improvement_plans('y', '2020-01-01')$$, 'AP005 | the improvement plan of cycle "y" cannot be due on 2020-01-01 | Give in due_on the last day of the plan, which is to come.'),
  ('regress_a01', 'SELECT appraisal.write_improvement_plan(1, 1, ''x'', current_date, ''[]'', NULL, NULL, NULL)', '42501 | permission denied for function write_improvement_plan'),
  ('regress_z', 'SELECT appraisal.write_improvement_progress(1, 1, ''x'', 1, NULL, NULL)', '42501 | permission denied for function write_improvement_progress')) AS v (login, call, told);
SELECT is(pg_temp.as_login('regress_app', $$CALL appraisal.open_due_improvement_plans('y')$$, 'ha'),
  'AP003 | improvement plans are opened by rule by HR only | A manager above opens one by hand: CALL appraisal.open_improvement_plan().', 'by rule by HR only, by way of a service, too');
SELECT matches(pg_temp.as_login('regress_ha', $$CALL appraisal.open_improvement_plan('y', 'a08', 'x', current_date)$$),
  '^AP001 [|] person "a08" has an open improvement plan already [|] It was opened at .* and is due on .*[.] [|] CALL appraisal.revise_improvement_plan\(\) changes it, close_improvement_plan\(\) closes it[.]$', 'one at a time');

-- what the rule opened is filled in
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.close_improvement_plan('y', 'a08', true, 'did well')$$),
  'AP005 | the improvement plan of person "a08" has no goals that could be met or not | CALL appraisal.revise_improvement_plan() sets them; with met NULL the plan is cancelled.', 'nothing to be met yet');
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.revise_improvement_plan('y', 'a08', 'no complaint for a month', current_date + 40, '[{"title": "Talk weekly", "owner": "ha"}, {"title": "Course"}]', 'tone')$$) ~ '^\d+$', true, 'goals and actions are set');
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.revise_improvement_plan('y', 'a08', actions => '[{"title": "Course ", "owner": "a01", "support": "fees"}]', training => 'talking')$$) ~ '^\d+$', true, 'an action is given to another');
SELECT is(pg_temp.rows_of($$SELECT l.goals, l.direction, coalesce(l.support, '-') AS support, l.training, l.due_on - current_date AS days, a.title, o.code, a.due_on - current_date AS by, coalesce(a.support, '-') AS help
    FROM appraisal.improvement_plan AS l JOIN appraisal.improvement_action AS a USING (cycle_id, plan_id) JOIN appraisal.person AS o ON o.person_id = a.owner_id
    WHERE l.direction = 'tone' ORDER BY a.action_id$$),
  'no complaint for a month tone - talking 40 Talk weekly ha 40 -, no complaint for a month tone - talking 40 Course a01 40 fees', 'what is not given stays');
SELECT is(pg_temp.as_login(login, call), told, told) FROM (VALUES
  ('regress_ha', $$CALL appraisal.revise_improvement_plan('y', 'a08', due_on => current_date + 10)$$,
   format('AP005 | action "Talk weekly" is due after the improvement plan of person "a08" | The action is due on %s, the plan on %s. | Give the action an earlier due_on, or the plan a later one.', current_date + 40, current_date + 10)),
  ('regress_ha', $$CALL appraisal.revise_improvement_plan('y', 'a08', due_on => '2020-01-01')$$, 'AP005 | the improvement plan of person "a08" cannot be due on 2020-01-01 | Give in due_on the last day of the plan, which is to come.'),
  ('regress_ha', $$CALL appraisal.revise_improvement_plan('y', 'a01', 'x')$$, 'AP001 | person "a01" has no open improvement plan in cycle "y" | CALL appraisal.open_improvement_plan() opens one.'),
  ('regress_ha', $$CALL appraisal.revise_improvement_plan('y', 'ha', 'x')$$, 'AP003 | nobody writes improvement plans of the own result | It is that of person "ha". | A manager above or HR calls revise_improvement_plan().'),
  ('regress_ha', format('SELECT appraisal.write_improvement_change(%s, ''x'', NULL, ''[]'', NULL, NULL, NULL)', pg_temp.key_of('forced', 'b01')),
   'AP003 | improvement plans of person "b01" are not yours to write | HR and the managers above are who writes them, as far as the scheme shows them results. | Ask one of them to CALL appraisal.revise_improvement_plan().')) AS v (login, call, told);

-- progress: by the owner, who does not know whose plan it is; by those above; by HR
SELECT is(pg_temp.as_login('regress_a01', $$SELECT string_agg(title, ', ' ORDER BY title) FROM appraisal.improvement_action$$), 'Course, Shadow a01', 'an owner sees the own actions');
SELECT is(pg_temp.as_login('regress_a01', $$SELECT count(*) FROM appraisal.improvement_plan$$), '0', 'and no plan');
SELECT is(pg_temp.as_login('regress_a01', $$CALL appraisal.record_improvement_progress('y', NULL, 'Shadow a01', 40, 'two days')$$) ~ '^\d+$', true, 'reports on one');
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.record_improvement_progress('y', 'a06', 'Shadow a01', 60)$$) ~ '^\d+$', true, 'so does the manager');
SELECT is(pg_temp.as_login('regress_app', $$CALL appraisal.record_improvement_progress('y', NULL, ' Course', 100, 'passed', current_date - 1)$$, 'a06') ~ '^\d+$', true, 'the person on the own');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.record_improvement_progress('y', 'a08', 'Course', 100)$$) ~ '^\d+$', true, 'HR on another''s');
SELECT is(pg_temp.rows_of($$SELECT a.title, a.progress, coalesce(a.note, '-') AS note, coalesce((current_date - a.done_on)::text, '-') AS ago FROM appraisal.improvement_action AS a ORDER BY a.action_id$$),
  'Shadow a01 60 two days -, Course 100 passed 1, Talk weekly 0 - -, Course 100 - 0', 'how far they are');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.record_improvement_progress('y', 'a08', 'Course', 90, 'one day is missing')$$) ~ '^\d+$', true, 'it was not done after all');
SELECT is(pg_temp.as_login('regress_ha', $$SELECT string_agg(concat_ws(' ', person, status, by_rule, actions, actions_done, actions_overdue, progress), ', ' ORDER BY person) FROM appraisal.improvement_progress WHERE cycle = 'y'$$),
  'a05 open f 0 0 0, a06 open f 2 1 0 80.0, a07 open t 0 0 0, a08 open t 2 0 0 45.0, ha open f 0 0 0', 'and the plans');
SELECT is(pg_temp.as_login(login, call, actor), told, told) FROM (VALUES
  ('regress_a01', $$CALL appraisal.record_improvement_progress('y', NULL, 'Course', 101)$$, '', 'AP005 | progress of action "Course" cannot be 101 | Give per cent, 0 to 100.'),
  ('regress_a01', $$CALL appraisal.record_improvement_progress('y', NULL, 'Course', NULL)$$, '', 'AP005 | progress of action "Course" cannot be NULL | Give per cent, 0 to 100.'),
  ('regress_a01', $$CALL appraisal.record_improvement_progress('y', NULL, 'Course', 50, done_on => '2026-01-01')$$, '', 'AP005 | action "Course" cannot be done on 2026-01-01 | Its progress is 50 per cent. | Give done_on when it is done, with progress 100.'),
  ('regress_a01', $$CALL appraisal.record_improvement_progress('y', NULL, 'Course', 100, done_on => '2099-01-01')$$, '', 'AP005 | action "Course" cannot be done on 2099-01-01 | Its progress is 100 per cent. | Give done_on when it is done, with progress 100.'),
  ('regress_a01', $$CALL appraisal.record_improvement_progress('y', NULL, 'Talk weekly', 50)$$, '', 'AP004 | there is no action "Talk weekly" for you to report on | Actions of open plans count, by their titles; who does not own one names the person.'),
  ('regress_ha', $$CALL appraisal.record_improvement_progress('y', 'a08', 'Dance', 50)$$, '', 'AP004 | there is no action "Dance" for you to report on | Actions of open plans count, by their titles; who does not own one names the person.'),
  ('regress_ha', $$CALL appraisal.record_improvement_progress('y', 'a01', 'Dance', 50)$$, '', 'AP001 | person "a01" has no open improvement plan in cycle "y" | CALL appraisal.open_improvement_plan() opens one.'),
  ('regress_app', $$CALL appraisal.record_improvement_progress('y', 'a08', 'Course', 100)$$, 'a08', 'AP003 | nobody writes improvement plans of the own result | It is that of person "a08". | A manager above or HR calls record_improvement_progress().'),
  ('regress_b01', format('SELECT appraisal.write_improvement_progress(%s, ''Course'', 1, NULL, NULL)', pg_temp.key_of('y', 'a08')), '',
   'AP003 | improvement plans of person "a08" are not yours to write | HR and the managers above are who writes them, as far as the scheme shows them results. | Ask one of them to CALL appraisal.record_improvement_progress().')) AS v (login, call, actor, told);
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.revise_improvement_plan('y', 'a06', actions => '[{"title": "Course", "owner": "a01"}]')$$) ~ '^\d+$', true, 'a01 owns two of a name');
SELECT is(pg_temp.as_login('regress_a01', $$CALL appraisal.record_improvement_progress('y', NULL, 'Course', 1)$$), 'AP005 | you own several actions "Course" | They are 2, in plans of different people. | Name the person, too.', 'which one?');

-- who sees plans
SELECT is(pg_temp.as_login(login, $$SELECT string_agg(n.code, ' ' ORDER BY n.code) FROM appraisal.improvement_plan AS i JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    JOIN appraisal.person AS n USING (person_id) JOIN appraisal.cycle AS c USING (cycle_id) WHERE c.code = 'y'$$, actor), seen, login || actor || ' sees plans')
FROM (VALUES ('regress_ha', '', 'a05 a06 a07 a08 ha'), ('regress_hb', '', NULL), ('regress_c', '', NULL), ('regress_a01', '', NULL), ('regress_app', 'a08', 'a08'),
             ('regress_h1', '', 'a05 a06 a07 a08 ha'), ('regress_z', '', 'a05 a06 a07 a08 ha')) AS v (login, actor, seen);
SELECT is(pg_temp.as_login('regress_app', $$SELECT string_agg(title, ', ' ORDER BY title) FROM appraisal.improvement_action$$, 'a08'), 'Course, Talk weekly', 'the person sees all actions of the own plan');
SELECT is(pg_temp.as_login('regress_hr', format('INSERT INTO appraisal.%I DEFAULT VALUES', t)), format('42501 | permission denied for table %s', t), 'nobody writes ' || t || ' by hand') FROM unnest('{improvement_plan,improvement_action}'::text[]) AS t;

-- closing; the cycle may be closed before
SELECT pg_temp.as_login('regress_hr', $$CALL appraisal.close_cycle('y')$$) AS done \gset
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.open_improvement_plan('y', 'a04', 'x', current_date)$$),
  'AP001 | improvement plans of cycle "y" cannot be written: the cycle is in status closed | It can be in status published. | What is published is changed by an appeal only.', 'a closed cycle has no new plans');
SELECT is(pg_temp.as_login('regress_a01', $$CALL appraisal.record_improvement_progress('y', NULL, 'Shadow a01', 100)$$) ~ '^\d+$', true, 'those that are there run on');
SELECT is(pg_temp.as_login(login, call), told, told) FROM (VALUES
  ('regress_ha', $$CALL appraisal.close_improvement_plan('y', 'a06', true, ' ')$$, 'AP005 | closing the improvement plan of person "a06" needs a reason | Give the argument reason.'),
  ('regress_ha', $$CALL appraisal.close_improvement_plan('y', 'ha', true, 'x')$$, 'AP003 | nobody writes improvement plans of the own result | It is that of person "ha". | A manager above or HR calls close_improvement_plan().'),
  ('regress_ha', format('SELECT appraisal.write_improvement_closing(%s, true, ''x'')', pg_temp.key_of('forced', 'b01')),
   'AP003 | improvement plans of person "b01" are not yours to write | HR and the managers above are who writes them, as far as the scheme shows them results. | Ask one of them to CALL appraisal.close_improvement_plan().'),
  ('regress_ha', $$CALL appraisal.close_improvement_plan('y', 'a01', true, 'x')$$, 'AP001 | person "a01" has no open improvement plan in cycle "y" | CALL appraisal.open_improvement_plan() opens one.'),
  ('regress_ha', $$CALL appraisal.close_improvement_plan('y', 'a06', true, 'answers at once')$$, 'met'),
  ('regress_h1', $$CALL appraisal.close_improvement_plan('y', 'a08', false, 'two more complaints')$$, 'not_met'),
  ('regress_hr', $$CALL appraisal.close_improvement_plan('y', 'a07', NULL, 'the complaints were of another')$$, 'cancelled'),
  ('regress_ha', $$CALL appraisal.close_improvement_plan('y', 'a06', true, 'again')$$, 'AP001 | person "a06" has no open improvement plan in cycle "y" | CALL appraisal.open_improvement_plan() opens one.')) AS v (login, call, told);
SELECT is(pg_temp.rows_of($$SELECT n.code, l.status, coalesce(b.code, '-') AS by, l.closed_by_login, l.closed_because FROM appraisal.improvement_plan AS l JOIN appraisal.cycle AS c USING (cycle_id)
    JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id) LEFT JOIN appraisal.person AS b ON b.person_id = l.closed_by
    WHERE c.code = 'y' AND l.status <> 'open' ORDER BY 1$$),
  'a06 met ha regress_ha answers at once, a07 cancelled - regress_hr the complaints were of another, a08 not_met h1 regress_h1 two more complaints', 'how, by whom and why');
SELECT is(pg_temp.as_login('regress_h1', $$SELECT count(*) FROM appraisal.due_improvement_plans('y')$$), '0', 'what was closed or cancelled is not due again');

-- the ledger stays
SELECT throws_ok($$UPDATE appraisal.improvement_plan SET goals = 'x' WHERE status = 'met'$$, 'AP007', 'a closed improvement plan never changes', 'a closed plan');
SELECT throws_ok($$UPDATE appraisal.improvement_plan SET status = 'open', closed_by_login = NULL, closed_by = NULL, closed_at = NULL, closed_because = NULL WHERE status = 'met'$$, 'AP007', 'a closed improvement plan never changes', 'nor is opened again');
SELECT throws_ok($$UPDATE appraisal.improvement_plan SET by_rule = NOT by_rule WHERE status = 'open'$$, 'AP007', 'whose improvement plan it is, and who opened it, never changes', 'an open one');
SELECT throws_ok($$UPDATE appraisal.improvement_action AS a SET progress = 1 FROM appraisal.improvement_plan AS l WHERE l.plan_id = a.plan_id AND l.status = 'met'$$, 'AP007', 'the actions of a closed improvement plan never change', 'actions of a closed plan');
SELECT throws_ok($$INSERT INTO appraisal.improvement_action (cycle_id, plan_id, title, owner_id, due_on) SELECT cycle_id, plan_id, 'x', 1, due_on FROM appraisal.improvement_plan WHERE status = 'met'$$,
  'AP007', 'the actions of a closed improvement plan never change', 'nor are there new ones');
SELECT pg_temp.as_login('regress_h1', $$CALL appraisal.revise_improvement_plan('y', 'ha', actions => '[{"title": "x"}]')$$) AS done \gset
SELECT throws_ok($$UPDATE appraisal.improvement_action SET title = 'y' WHERE title = 'x'$$, 'AP007', 'plan and title of an improvement action never change', 'an action keeps its title');
SELECT throws_ok(format('%s appraisal.%I%s', v.c, t, v.x), 'AP007', t || ' is only added to', v.c || ' ' || t)
FROM unnest('{improvement_plan,improvement_action}'::text[]) AS t, (VALUES ('DELETE FROM', ''), ('TRUNCATE', ' CASCADE')) AS v (c, x);
SELECT throws_ok($$INSERT INTO appraisal.improvement_plan (cycle_id, participant_id, version, by_rule, due_on, opened_by_login, opened_at)
    SELECT cycle_id, participant_id, version, true, due_on, 'x', now() FROM appraisal.improvement_plan AS l JOIN appraisal.cycle AS c USING (cycle_id) WHERE c.code = 'forced' LIMIT 1$$,
  '23P01', NULL, 'one open plan a person and cycle, by whatever way');

-- a later version of the result: the rule looks again, and says which plans have lost their ground
SELECT pg_temp.new_version('forced', 'a08', 'B') AS done, pg_temp.new_version('forced', 'a07', 'D') AS done2 \gset
SELECT is(pg_temp.as_login('regress_h1', $$SELECT string_agg(concat_ws(' ', person, what, grade, version), ', ') FROM appraisal.due_improvement_plans('forced')$$), 'a08 cancel B 2', 'an appeal that was upheld');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.close_improvement_plan('forced', 'a07', NULL, 'x')$$), 'cancelled', 'one is cancelled');
SELECT is(pg_temp.as_login('regress_h1', $$SELECT string_agg(concat_ws(' ', person, what, grade, version), ', ') FROM appraisal.due_improvement_plans('forced')$$), 'a07 open D 2, a08 cancel B 2', 'but the version after is still low');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.open_due_improvement_plans('forced')$$), '1', 'so there is one anew');
SELECT is(pg_temp.rows_of($$SELECT l.status, l.version FROM appraisal.improvement_plan AS l WHERE (l.cycle_id, l.participant_id) = ($$ || pg_temp.key_of('forced', 'a07') || ') ORDER BY plan_id'), 'cancelled 1, open 2', 'of that version');

-- schemes without a rule, and those that keep results from managers
SELECT pg_temp.make_published('plain', '{"improvement_grade": null, "visible_to": ["person", "hr"]}') AS done \gset
SELECT pg_temp.publish('plain') AS done \gset
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.open_due_improvement_plans('plain')$$),
  'AP005 | the scheme of cycle "plain" opens no improvement plans by rule | It has no improvement_grade. | CALL appraisal.open_improvement_plan() opens one by hand.', 'no rule');
SELECT is(pg_temp.as_login('regress_h1', $$SELECT count(*) FROM appraisal.due_improvement_plans('plain')$$), '0', 'nobody is due');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.open_improvement_plan('plain', 'a09', 'x', current_date)$$) ~ '^\d+$', true, 'by hand, for whomever');
SELECT is(pg_temp.as_login('regress_ha', $$SELECT count(*) FROM appraisal.improvement_plan AS l JOIN appraisal.cycle AS c USING (cycle_id) WHERE c.code = 'plain'$$), '0', 'managers who see no results see no plans');
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.open_improvement_plan('plain', 'a08', 'x', current_date)$$),
  'AP003 | improvement plans of person "a08" are not yours to write | HR and the managers above are who writes them, as far as the scheme shows them results. | Ask one of them to CALL appraisal.open_improvement_plan().', 'and open none');
SELECT throws_ok($$CALL appraisal.load_scheme('operations-monthly', '{"improvement_reads": "x"}')$$, '23514', NULL, 'improvement_reads is natural or final');
SELECT is(appraisal.scheme_document('forced') ->> 'improvement_reads', 'final', 'the document has it');
SELECT * FROM finish();
ROLLBACK;
