-- Goals: who proposes, adjusts, confirms and approves them, by call and by direct write; floors against a
-- plain computation over random figures; and what keeps a cycle from going on to scoring.
\set feature goal
BEGIN;
SELECT no_plan();
\ir oracle.psql
SET LOCAL client_min_messages = warning;
CREATE ROLE regress_hr; CREATE ROLE regress_zhou; CREATE ROLE regress_chief; CREATE ROLE regress_manager; CREATE ROLE regress_other;
CREATE ROLE regress_employee; CREATE ROLE regress_colleague; CREATE ROLE regress_executive; CREATE ROLE regress_app;
CALL appraisal.create_tables();

-- 1 leads all, 2 the shop, where 3 and 4 work, 5 leads the store; 6 is of HR, and 7 an executive
CALL appraisal.import_organisation('{
  "units": [{"code": "firm", "title": "公司", "kind": "company"}, {"code": "shop", "title": "运营部", "parent": "firm", "kind": "centre"},
            {"code": "store", "title": "Warehouse", "parent": "firm", "kind": "station"}],
  "people": [{"code": "1", "name": "王", "hired_on": "2020-01-01"}, {"code": "2", "name": "Li", "hired_on": "2020-01-01"},
             {"code": "3", "name": "Zhao", "hired_on": "2021-01-01"}, {"code": "4", "name": "Qian", "hired_on": "2021-01-01"},
             {"code": "5", "name": "Sun", "hired_on": "2021-01-01"}, {"code": "6", "name": "Zhou", "hired_on": "2021-01-01"},
             {"code": "7", "name": "Wu", "hired_on": "2021-01-01"}],
  "postings": [{"person": "1", "unit": "firm", "job_group": "staff", "from_date": "2020-01-01"},
               {"person": "2", "unit": "shop", "manager": "1", "job_group": "shop_manager", "from_date": "2020-01-01"},
               {"person": "3", "unit": "shop", "manager": "2", "job_group": "staff", "from_date": "2021-01-01"},
               {"person": "4", "unit": "shop", "manager": "2", "job_group": "crm", "from_date": "2021-01-01"},
               {"person": "5", "unit": "store", "manager": "1", "job_group": "staff", "from_date": "2021-01-01"},
               {"person": "6", "unit": "firm", "manager": "1", "job_group": "staff", "from_date": "2021-01-01"},
               {"person": "7", "unit": "firm", "manager": "1", "job_group": "staff", "from_date": "2021-01-01"}]}');
CALL appraisal.link_account('regress_hr', 'hr');
CALL appraisal.link_account('regress_zhou', 'hr', '6');
CALL appraisal.link_account('regress_chief', 'manager', '1');
CALL appraisal.link_account('regress_chief', 'hr');
CALL appraisal.link_account('regress_manager', 'manager', '2');
CALL appraisal.link_account('regress_other', 'manager', '5');
CALL appraisal.link_account('regress_employee', 'employee', '3');
CALL appraisal.link_account('regress_colleague', 'employee', '4');
CALL appraisal.link_account('regress_executive', 'executive', '7');
CALL appraisal.link_account('regress_app', 'service');
CREATE FUNCTION pg_temp.scheme(source text, changes jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE 'CALL appraisal.load_scheme($1, $2)' USING source, changes;
  EXECUTE 'CALL appraisal.activate_scheme($1, valid_from => ''2025-01-01'')' USING changes ->> 'code';
END $$;
SELECT pg_temp.scheme('performance-and-values', '{"code": "by_person", "target_floor": "none", "goals_approved": true}');
SELECT pg_temp.scheme('quarterly-operations', '{"code": "by_manager"}');
SELECT pg_temp.scheme('three-level', '{"code": "units", "goals_set_by": "person", "goals_confirmed": true, "goals_approved": true}');
-- one indicator in two dimensions
SELECT pg_temp.scheme('fulfilment', '{"code": "twice", "dimensions": {"stock": {"indicators": {"*": {"order_to_dispatch": {"weight": 0}}}}}}');

CREATE FUNCTION pg_temp.told(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  EXECUTE call INTO result;
  RETURN result;
END $$;
CREATE FUNCTION pg_temp.error_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE code text; message text; detail text; hint text;
BEGIN
  EXECUTE query;
  RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(' | ', code, message, nullif(detail, ''), nullif(hint, ''));
END $$;
CREATE TEMP VIEW goals WITH (security_invoker = true) AS
SELECT c.code AS cycle, coalesce(n.code, a.code) AS who, i.code AS indicator, g.title, g.earns, g.weight, g.target, g.floor,
       b.code AS proposer, j.code AS adjuster, g.adjusted_because, g.confirmed_at IS NOT NULL AS confirmed, h.code AS head,
       g.approved_by_hr::text COLLATE "default" AS hr, g.goal_id
FROM appraisal.goal g JOIN appraisal.cycle c USING (cycle_id) JOIN appraisal.participant p USING (cycle_id, participant_id)
LEFT JOIN appraisal.person n USING (person_id) LEFT JOIN appraisal.unit a ON a.unit_id = p.appraised_unit_id
JOIN appraisal.scheme_indicator u USING (scheme_indicator_id) JOIN appraisal.indicator i USING (indicator_id)
LEFT JOIN appraisal.person b ON b.person_id = g.proposed_by LEFT JOIN appraisal.person j ON j.person_id = g.adjusted_by
LEFT JOIN appraisal.person h ON h.person_id = g.approved_by_head;
GRANT SELECT ON goals TO PUBLIC;

SET LOCAL SESSION AUTHORIZATION regress_hr;
CALL appraisal.open_cycle('q', 'by_person', 'quarter', '[2026-01-01,2026-04-01)');
CALL appraisal.enrol('q');
CALL appraisal.exempt('q', '5', 'long leave');

-- proposing: by the person, where the scheme says so
SET LOCAL SESSION AUTHORIZATION regress_employee;
SELECT throws_ok($$CALL appraisal.propose_goals('nothing')$$, 'AP004', 'there is no cycle "nothing"', 'no such cycle');
SELECT is(pg_temp.error_of($$CALL appraisal.propose_goals('q')$$),
  'AP001 | cycle "q" takes no goals: it is in status draft | HR begins with goals: CALL appraisal.propose_goals(''q'').', 'people wait for HR to begin');
SELECT throws_ok($$INSERT INTO appraisal.goal (cycle_id, participant_id, scheme_indicator_id, title, weight, proposed_by)
  SELECT c.cycle_id, my_participations(), u.scheme_indicator_id, 'x', 40, acting_person() FROM appraisal.cycle c JOIN appraisal.scheme_indicator u USING (scheme_id)
  JOIN appraisal.indicator i USING (indicator_id) WHERE i.code = 'goal_1'$$,
  'AP001', 'goal of cycle "q" cannot be written: the cycle is in status draft', 'nor add one by direct write');
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT is(pg_temp.told($$CALL appraisal.propose_goals('q', '4')$$), '3', 'HR begins');
SELECT is((SELECT status FROM appraisal.cycle WHERE code = 'q'), 'goals', 'which takes the cycle to its goals');
SELECT results_eq($$SELECT indicator, title, earns LIKE E'不合格: 目标完成率低于60%\n需要改进: %', weight, target, proposer FROM goals WHERE who = '4' ORDER BY goal_id$$,
  $$VALUES ('repeat_purchase', '重复购买率', true, 50::numeric, NULL::numeric, NULL), ('message_open_rate', '信息打开率', true, 25, NULL, NULL),
    ('message_conversion', '信息转化率', true, 25, NULL, NULL)$$, 'those of the scheme for the job group, in the scheme''s words; none for marks of values');
SET LOCAL SESSION AUTHORIZATION regress_employee;
SELECT is(pg_temp.told($$CALL appraisal.propose_goals('q', '3', '[{"indicator": "goal_1", "title": "Sell more", "weight": 60, "target": 100},
  {"indicator": "goal_2", "weight": 40, "earns": "what it takes"}]')$$), '2', 'a person proposes goals');
SELECT results_eq($$SELECT indicator, title, weight, target, proposer FROM goals WHERE who = '3' ORDER BY goal_id$$,
  $$VALUES ('goal_1', 'Sell more', 60::numeric, 100::numeric, '3'), ('goal_2', '目标二', 40, NULL, '3')$$, 'the rest as in the scheme');
SELECT is(pg_temp.told($$CALL appraisal.propose_goals('q')$$), '1', 'then those that are missing');
SELECT is(pg_temp.told($$CALL appraisal.propose_goals('q')$$), '0', 'once');
SELECT is(pg_temp.told($$CALL appraisal.propose_goals('q', goals => '[{"indicator": "goal_3", "weight": 0, "target": 5}, {"indicator": "goal_2", "weight": 40}]')$$), '1',
  'another proposal in place of it; what is as it was does not count');
SELECT is((SELECT array_agg(weight ORDER BY goal_id) FROM goals WHERE who = '3'), '{60,40,0}', 'it has the new weight');
SELECT is(pg_temp.error_of($$CALL appraisal.propose_goals('q', goals => '{}')$$),
  'AP005 | goals are a list of objects | For example: [{"indicator": "sales", "weight": 60, "target": 1200000}].', 'no list');
SELECT throws_ok($$CALL appraisal.propose_goals('q', goals => '[1]')$$, 'AP005', 'goals are a list of objects', 'of no objects');
SELECT is(pg_temp.error_of($$CALL appraisal.propose_goals('q', goals => '[{"indicator": "goal_1", "wieght": 3}]')$$),
  'AP005 | a goal has no key "wieght" | The keys are indicator, dimension, title, earns, weight and target.', 'a misspelt key');
SELECT is(pg_temp.error_of($$CALL appraisal.propose_goals('q', goals => '[{"indicator": "repeat_purchase"}]')$$),
  'AP004 | there is no indicator "repeat_purchase" among those of the participants | goal_indicators() lists them by job group and dimension.', 'another group''s indicator');
SELECT throws_ok($$CALL appraisal.propose_goals('q', goals => '[{"title": "x"}]')$$, 'AP004', 'there is no indicator "" among those of the participants', 'no indicator');
SELECT throws_ok($$CALL appraisal.propose_goals('q', goals => '[{"indicator": "goal_1", "dimension": "values"}]')$$, 'AP004',
  'there is no indicator "goal_1" among those of the participants', 'nor in that dimension');
SELECT is(pg_temp.error_of($$CALL appraisal.propose_goals('q', goals => '[{"indicator": "goal_1"}, {"indicator": "goal_1", "weight": 3}]')$$),
  'AP005 | indicator "goal_1" is meant more than once | Name each once; where it is in several dimensions, name the dimension, too.', 'one twice');
SELECT throws_ok($$CALL appraisal.propose_goals('q', goals => '[{"indicator": "goal_1", "weight": 101}]')$$, '23514', NULL, 'too much weight');
SELECT throws_ok($$CALL appraisal.propose_goals('q', '4')$$, 'AP004', 'there is no person "4"', 'a colleague is not there for an employee');
SET LOCAL SESSION AUTHORIZATION regress_manager;
SELECT is(pg_temp.error_of($$CALL appraisal.propose_goals('q', '3', '[{"indicator": "goal_1", "weight": 1}]')$$),
  'AP003 | goal "Sell more" is changed by an adjustment only | It is a goal of person "3". | A manager above or HR: CALL appraisal.adjust_goal() with a reason.', 'a manager adjusts what the person proposed');
SELECT is(pg_temp.told($$CALL appraisal.propose_goals('q')$$), '3', 'a manager proposes for those below what is missing, and for oneself');
SELECT is((SELECT string_agg(DISTINCT who, ',') FROM goals WHERE proposer = '2'), '2', 'nothing was missing below');
SET LOCAL SESSION AUTHORIZATION regress_executive;
SELECT is(pg_temp.error_of($$CALL appraisal.propose_goals('q', '3')$$),
  'AP003 | goals of person "3" are not yours to propose | HR proposes goals for all who are not exempt, managers for those below, and people for themselves where the scheme says so.',
  'who sees everybody proposes nothing for all that');
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT throws_ok($$CALL appraisal.propose_goals('q', '5')$$, 'AP003', 'goals of person "5" are not yours to propose', 'nor HR for who is exempt');
SELECT throws_ok($$CALL appraisal.propose_goals('q', unit => 'shop')$$, 'AP004', 'unit "shop" is not enrolled in cycle "q"', 'nor for who is not enrolled');
SELECT is(pg_temp.told($$CALL appraisal.propose_goals('q')$$), '9', 'HR proposes all that is missing');

-- direct writes of goals
SET LOCAL SESSION AUTHORIZATION regress_employee;
CREATE FUNCTION pg_temp.added(indicator text, columns text, vals text) RETURNS text LANGUAGE sql AS $$
  SELECT pg_temp.error_of(format('INSERT INTO appraisal.goal (cycle_id, participant_id, scheme_indicator_id, title, weight%s)
    SELECT c.cycle_id, (SELECT my_participations() LIMIT 1), u.scheme_indicator_id, ''x'', 0%s FROM appraisal.cycle c JOIN appraisal.scheme_indicator u USING (scheme_id)
    JOIN appraisal.indicator i USING (indicator_id) WHERE c.code = ''q'' AND i.code = %L AND u.job_group = CASE i.code WHEN ''paid_sales'' THEN ''shop_manager'' ELSE ''*'' END',
    columns, vals, indicator)) $$;
SELECT matches(pg_temp.added('paid_sales', ', proposed_by', ', acting_person()'), '^AP005 \| goal "x" is for none of the participant''s indicators', 'an indicator of another job group');
SELECT matches(pg_temp.added('customers', '', ''), '^AP003 \| goal "x" is proposed in the own name only', 'in nobody''s name');
SELECT matches(pg_temp.added('customers', ', proposed_by, ' || c, ', acting_person(), ' || v), '^AP001 \| goal "x" is proposed before it is adjusted, confirmed or approved', 'with ' || c)
FROM (VALUES ('confirmed_at', 'now()'), ('approved_by_hr', '''regress_hr'''), ('approved_by_head', '1'), ('adjusted_because', '''x''')) v (c, v);
SELECT matches(pg_temp.added('customers', ', proposed_by, floor', ', acting_person(), 1'), '^AP005 \| the floor of goal "x" is the earlier figure', 'with a floor of one''s own');
SELECT is(pg_temp.added('customers', ', proposed_by', ', acting_person()'), 'no error', 'as the rules are');
SELECT is(pg_temp.error_of(format('UPDATE appraisal.goal SET %s WHERE title = ''Sell more''', change)), format('AP00%s | goal "Sell more" %s', code, message), change)
FROM (VALUES ('floor = 3', 5, 'keeps its participant, its indicator and its floor | It is a goal of person "3". | CALL appraisal.propose_goals() proposes a goal.'),
             ('goal_id = DEFAULT', 5, 'keeps its participant, its indicator and its floor | It is a goal of person "3". | CALL appraisal.propose_goals() proposes a goal.'),
             ('proposed_by = 1, title = ''x''', 3, 'is proposed in the own name only | It is a goal of person "3". | CALL appraisal.propose_goals() proposes a goal.'),
             ('adjusted_by = acting_person(), adjusted_because = ''x''', 3, 'is adjusted by others than its person | It is a goal of person "3". | CALL appraisal.propose_goals() proposes a goal.'),
             ('approved_by_head = acting_person()', 3, 'is approved by others than its person | It is a goal of person "3". | A manager above, and HR: CALL appraisal.approve_goals().'),
             ('approved_by_hr = session_user', 3, 'is approved by others than its person | It is a goal of person "3". | A manager above, and HR: CALL appraisal.approve_goals().')) v (change, code, message);
SELECT throws_ok($$DELETE FROM appraisal.goal$$, '42501', NULL, 'employees remove none');

-- confirming
SELECT is(pg_temp.told($$CALL appraisal.confirm_goal('q', indicator => 'goal_2')$$), '1', 'one goal is confirmed');
SELECT throws_ok($$CALL appraisal.confirm_goal('q', indicator => 'paid_sales')$$, 'AP004', 'there is no goal for indicator "paid_sales" to confirm in cycle "q"', 'there is no such goal');
SELECT is(pg_temp.told($$CALL appraisal.confirm_goal('q', '3')$$), '3', 'all others');
SELECT is(pg_temp.told($$CALL appraisal.confirm_goal('q')$$), '0', 'once');
UPDATE appraisal.goal SET confirmed_at = '2020-01-01' WHERE title = 'Sell more';
SELECT is((SELECT confirmed_at = (SELECT max(confirmed_at) FROM appraisal.goal) OR confirmed_at > '2026-01-01' FROM appraisal.goal WHERE title = 'Sell more'), true, 'when is not chosen');
SET LOCAL SESSION AUTHORIZATION regress_manager;
SELECT is(pg_temp.error_of($$CALL appraisal.confirm_goal('q', '3')$$),
  'AP003 | goals are confirmed by their person only | The one who is asking is not person "3" of cycle "q".', 'a manager does not confirm');
SELECT is(pg_temp.error_of($$UPDATE appraisal.goal SET confirmed_at = now() WHERE title = '重复购买率'$$),
  'AP003 | goal "重复购买率" is confirmed by its person only | It is a goal of person "4". | The person: CALL appraisal.confirm_goal().', 'nor by direct write');
SELECT throws_ok($$UPDATE appraisal.goal SET confirmed_at = NULL WHERE title = 'Sell more'$$, 'AP003', 'goal "Sell more" is confirmed by its person only', 'nor takes it back');
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT is(pg_temp.error_of($$CALL appraisal.confirm_goal('q')$$),
  'AP003 | goals are confirmed by their person only | The one who is asking is not a participant of cycle "q".', 'nor does HR');
SELECT is(pg_temp.error_of($$CALL appraisal.confirm_goal('q', unit => 'shop')$$),
  'AP004 | unit "shop" is not enrolled in cycle "q" | CALL appraisal.enrol() enrols people and units; ask who may see this one.', 'nor for a unit that is not there');
SET LOCAL SESSION AUTHORIZATION regress_app;
SET LOCAL appraisal.actor = '4';
SELECT is(pg_temp.told($$CALL appraisal.confirm_goal('q')$$), '3', 'an application confirms for the person');
SELECT throws_ok($$CALL appraisal.confirm_goal('q', '3')$$, 'AP004', 'there is no person "3"', 'whom it acts for, and nobody else');
SET LOCAL appraisal.actor = '';

-- approving
SET LOCAL SESSION AUTHORIZATION regress_employee;
SELECT is(pg_temp.error_of($$CALL appraisal.approve_goals('q')$$),
  'AP003 | there is nobody in cycle "q" whose goals are yours to approve | HR and the managers above approve, nobody one''s own.', 'employees approve nothing');
SELECT throws_ok($$CALL appraisal.approve_goals('q', '3')$$, 'AP003', 'goals of person "3" are not yours to approve', 'nor their own');
SET LOCAL SESSION AUTHORIZATION regress_other;
SELECT throws_ok($$CALL appraisal.approve_goals('q')$$, 'AP003', NULL, 'nor does a manager those of other departments');
SET LOCAL SESSION AUTHORIZATION regress_manager;
SELECT throws_ok($$CALL appraisal.approve_goals('q', '2')$$, 'AP003', 'goals of person "2" are not yours to approve', 'nor a manager one''s own');
SELECT is(pg_temp.told($$CALL appraisal.approve_goals('q', '3')$$), '4', 'a manager approves those of a person');
SELECT is(pg_temp.told($$CALL appraisal.approve_goals('q')$$), '3', 'and of all others below');
SELECT is(pg_temp.told($$CALL appraisal.approve_goals('q')$$), '0', 'once');
SELECT throws_ok($$UPDATE appraisal.goal SET approved_by_hr = session_user WHERE title = 'Sell more'$$, 'AP003', 'goal "Sell more" is approved as HR by HR, in the own name', 'but not as HR');
SELECT throws_ok($$UPDATE appraisal.goal SET approved_by_head = 1 WHERE title = 'Sell more'$$, 'AP003',
  'goal "Sell more" is approved as head by a manager above, in the own name, once', 'nor in another name');
SET LOCAL SESSION AUTHORIZATION regress_zhou;
SELECT throws_ok($$CALL appraisal.approve_goals('q', '6')$$, 'AP003', 'goals of person "6" are not yours to approve', 'nor HR one''s own');
SELECT throws_ok($$UPDATE appraisal.goal SET approved_by_hr = session_user$$, 'AP003', NULL, 'nor with all by direct write');
SELECT throws_ok($$UPDATE appraisal.goal SET approved_by_hr = 'regress_hr' WHERE title = 'Sell more'$$, 'AP003', 'goal "Sell more" is approved as HR by HR, in the own name', 'nor in another name');
SELECT throws_ok($$UPDATE appraisal.goal SET approved_by_head = acting_person() WHERE title = '目标三'$$, 'AP003', NULL, 'nor as head');
SELECT is(pg_temp.told($$CALL appraisal.approve_goals('q', '3')$$), '4', 'HR approves those of a person');
SET LOCAL SESSION AUTHORIZATION regress_chief;
SELECT throws_ok($$UPDATE appraisal.goal SET approved_by_head = acting_person() WHERE title = 'Sell more'$$, 'AP003',
  'goal "Sell more" is approved as head by a manager above, in the own name, once', 'two heads do not');
SELECT throws_ok($$UPDATE appraisal.goal SET approved_by_hr = session_user WHERE title = '支付销售额'$$, 'AP003',
  'goal "支付销售额" is not approved as head and as HR by the same person', 'who is above and of HR is not both');
SELECT is(pg_temp.told($$CALL appraisal.approve_goals('q', '2')$$), '3', 'but the head');
SELECT is(pg_temp.told($$CALL appraisal.approve_goals('q', '2')$$), '0', 'and no more');
SELECT is(pg_temp.told($$CALL appraisal.approve_goals('q', '4')$$), '3', 'where another was the head, HR');
SELECT results_eq($$SELECT who, head, hr FROM goals WHERE who IN ('2', '3', '4') GROUP BY 1, 2, 3 ORDER BY 1$$,
  $$VALUES ('2', '1', NULL), ('3', '2', 'regress_zhou'), ('4', '2', 'regress_chief')$$, 'who approved');

-- adjusting
SET LOCAL SESSION AUTHORIZATION regress_manager;
SELECT throws_ok($$CALL appraisal.adjust_goal('q', '3', 'goal_1', '', target => 3)$$, 'AP005', 'an adjustment needs a reason', 'without a reason');
SELECT throws_ok($$UPDATE appraisal.goal SET target = 3, adjusted_by = acting_person() WHERE adjusted_by IS NULL$$, '23514', NULL, 'nor by hand');
SELECT throws_ok($$CALL appraisal.adjust_goal('q', '3', 'goal_1', 'why')$$, 'AP005', 'an adjustment changes something', 'without a change');
SELECT throws_ok($$CALL appraisal.adjust_goal('q', NULL, 'goal_1', 'why', target => 3)$$, 'AP005', 'an adjustment is for one person or one unit', 'for nobody');
SELECT throws_ok($$CALL appraisal.adjust_goal('q', '3', 'paid_sales', 'why', target => 3)$$, 'AP004', 'person "3" has no goal for indicator "paid_sales" in cycle "q"', 'of none');
SELECT throws_ok($$CALL appraisal.adjust_goal('q', '3', 'goal_1', 'why', target => 3, dimension => 'values')$$, 'AP004', NULL, 'nor in that dimension');
SELECT throws_ok($$CALL appraisal.adjust_goal('q', '2', 'paid_sales', 'why', target => 3)$$, 'AP003', 'goal "支付销售额" is adjusted by others than its person', 'one''s own');
SELECT throws_ok($$UPDATE appraisal.goal SET target = 3 WHERE title = 'Sell more'$$, 'AP003', 'goal "Sell more" is changed by an adjustment only', 'by direct write without a reason');
SELECT throws_ok($$UPDATE appraisal.goal SET target = 3, adjusted_by = 1, adjusted_because = 'x' WHERE title = 'Sell more'$$, 'AP003', 'goal "Sell more" is adjusted in the own name only', 'nor in another name');
SELECT is(pg_temp.told($$CALL appraisal.adjust_goal('q', '3', 'goal_1', 'too easy', target => 120, title => 'Sell still more', earns => 'all', dimension => 'performance')$$), '1', 'for a reason');
SELECT results_eq($$SELECT title, earns, weight, target, proposer, adjuster, adjusted_because, confirmed, head, hr FROM goals WHERE who = '3' AND indicator = 'goal_1'$$,
  $$VALUES ('Sell still more', 'all', 60::numeric, 120::numeric, '3', '2', 'too easy', false, NULL, NULL)$$, 'who and why; it is neither confirmed nor approved any more');
SELECT is((SELECT count(*) FILTER (WHERE confirmed AND head IS NOT NULL AND hr IS NOT NULL) FROM goals WHERE who = '3'), 3::bigint, 'the other goals still are');
SET LOCAL SESSION AUTHORIZATION regress_employee;
SELECT throws_ok($$CALL appraisal.propose_goals('q', goals => '[{"indicator": "goal_1", "target": 100}]')$$, 'AP003',
  'goal "Sell still more" is changed by an adjustment only', 'what was adjusted is not proposed anew');
SELECT throws_ok($$UPDATE appraisal.goal SET adjusted_by = NULL, adjusted_because = NULL WHERE title = 'Sell still more'$$, 'AP003', NULL, 'nor is that it was adjusted taken away');
SELECT throws_ok($$CALL appraisal.adjust_goal('q', '3', 'goal_1', 'why', target => 3)$$, 'AP003', 'goal "Sell still more" is adjusted by others than its person', 'nobody adjusts one''s own');
SET LOCAL SESSION AUTHORIZATION regress_executive;
SELECT is(pg_temp.error_of($$CALL appraisal.adjust_goal('q', '3', 'goal_1', 'why', target => 3)$$),
  'AP003 | goals of person "3" are not yours to adjust | HR and the managers above do.', 'nor does who only sees it');
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT throws_ok($$UPDATE appraisal.goal SET adjusted_by = NULL, adjusted_because = NULL WHERE title = 'Sell still more'$$, 'AP003',
  'goal "Sell still more" is adjusted in the own name only', 'not even by HR');
SELECT is(pg_temp.told($$CALL appraisal.adjust_goal('q', '3', 'goal_1', 'as agreed', weight => 50)$$), '1', 'HR adjusts, too');

-- on to scoring
SELECT is(pg_temp.error_of($$CALL appraisal.start_scoring('q')$$),
  'AP002 | weights of the goals of person "3" in dimension "performance" add up to 90, not 100 | Sets of goals that do not add up: 2. | CALL appraisal.adjust_goal() with another weight; indicators without a goal have the scheme''s.', 'weights');
SELECT is(pg_temp.told($$CALL appraisal.adjust_goal('q', '3', 'goal_1', 'adds up', weight => 59.50)$$), '1', 'nearly');
SELECT throws_ok($$UPDATE appraisal.cycle SET status = 'scoring' WHERE code = 'q'$$, 'AP002', 'weights of the goals of person "3" in dimension "performance" add up to 99.5, not 100', 'by direct write, too');
SELECT is(pg_temp.told($$CALL appraisal.adjust_goal('q', '3', 'goal_1', 'adds up', weight => 60)$$), '1', 'right');
-- the one goal for a mark of values, with weight 0, leaves 80
SELECT throws_ok($$CALL appraisal.start_scoring('q')$$, 'AP002', 'weights of the goals of person "3" in dimension "values" add up to 80, not 100', 'indicators without a goal count with the scheme''s weight');
SELECT lives_ok($$DELETE FROM appraisal.goal WHERE title = 'x'$$, 'HR takes a goal away');
SELECT is(pg_temp.error_of($$CALL appraisal.start_scoring('q')$$),
  'AP001 | goal "Sell still more" of person "3" is not confirmed | Goals that are not ready: 13. | The person does: CALL appraisal.confirm_goal(''q'').', 'not confirmed');
SET LOCAL SESSION AUTHORIZATION regress_app;
SET LOCAL appraisal.actor = '1';
SELECT is(pg_temp.told($$CALL appraisal.confirm_goal('q')$$), '3', 'the chief confirms');
SET LOCAL appraisal.actor = '2';
SELECT is(pg_temp.told($$CALL appraisal.confirm_goal('q')$$), '3', 'and the manager');
SELECT is(pg_temp.told($$CALL appraisal.approve_goals('q')$$), '1', 'who approves what was adjusted');
SET LOCAL appraisal.actor = '3';
SELECT is(pg_temp.told($$CALL appraisal.confirm_goal('q')$$), '1', 'and the person');
SET LOCAL appraisal.actor = '6';
SELECT is(pg_temp.told($$CALL appraisal.confirm_goal('q')$$), '3', 'HR their own');
SET LOCAL appraisal.actor = '7';
SELECT is(pg_temp.told($$CALL appraisal.confirm_goal('q')$$), '3', 'the executive, too');
SET LOCAL appraisal.actor = '';
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT throws_ok($$CALL appraisal.start_scoring('q')$$, 'AP001', 'goal "Sell still more" of person "3" is not approved by HR', 'not approved by HR');
SELECT is(pg_temp.told($$CALL appraisal.approve_goals('q')$$), '13', 'HR approves the rest');
SELECT is(pg_temp.error_of($$CALL appraisal.start_scoring('q')$$),
  'AP001 | goal "目标一" of person "6" is not approved by a manager above | Goals that are not ready: 6. | CALL appraisal.approve_goals(''q'').', 'nor by a head; who has nobody above needs none');
SET LOCAL SESSION AUTHORIZATION regress_chief;
SELECT is(pg_temp.told($$CALL appraisal.approve_goals('q')$$), '6', 'the chief approves');
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT is(pg_temp.told($$CALL appraisal.start_scoring('q')$$), '6', 'scoring begins');
SELECT throws_ok($$CALL appraisal.adjust_goal('q', '3', 'goal_1', 'too late', weight => 50)$$, 'AP001', 'goal of cycle "q" cannot be written: the cycle is in status scoring', 'too late to adjust');
SELECT throws_ok($$CALL appraisal.propose_goals('q')$$, 'AP001', 'cycle "q" takes no goals: it is in status scoring', 'and to propose');
SET LOCAL SESSION AUTHORIZATION regress_employee;
SELECT throws_ok($$UPDATE appraisal.goal SET confirmed_at = NULL WHERE title = 'Sell still more'$$, 'AP001', 'goal of cycle "q" cannot be written: the cycle is in status scoring', 'and to take back');

-- goals that managers set
SET LOCAL SESSION AUTHORIZATION regress_hr;
CALL appraisal.open_cycle('m', 'by_manager', 'quarter', '[2026-01-01,2026-04-01)');
CALL appraisal.enrol('m');
SELECT is(pg_temp.told($$CALL appraisal.propose_goals('m')$$), '14', 'HR proposes the scheme''s');
SET LOCAL SESSION AUTHORIZATION regress_employee;
SELECT throws_ok($$CALL appraisal.propose_goals('m', '3', '[{"indicator": "sales", "target": 1}]')$$, 'AP003', 'goals of person "3" are not yours to propose', 'people do not');
SELECT is(pg_temp.told($$CALL appraisal.propose_goals('m')$$), '0', 'not even what is missing');
SELECT throws_ok($$UPDATE appraisal.goal g SET target = 1, proposed_by = acting_person() FROM appraisal.cycle c WHERE c.cycle_id = g.cycle_id AND c.code = 'm'$$,
  'AP003', 'goal "销售额" is not set by its person', 'nor by direct write');
SET LOCAL SESSION AUTHORIZATION regress_manager;
SELECT is(pg_temp.told($$CALL appraisal.propose_goals('m', goals => '[{"indicator": "sales", "target": 1000}, {"indicator": "customer_satisfaction", "target": 0.9}]')$$), '4', 'managers do, for all below');
SELECT results_eq($$SELECT who, indicator, target, proposer FROM goals WHERE cycle = 'm' AND who < '5' ORDER BY goal_id$$,
  $$SELECT * FROM (VALUES ('2', 'sales', NULL::numeric, NULL), ('2', 'customer_satisfaction', NULL, NULL), ('3', 'sales', 1000, '2'), ('3', 'customer_satisfaction', 0.9, '2'),
    ('4', 'sales', 1000, '2'), ('4', 'customer_satisfaction', 0.9, '2')) v$$, 'in place of HR''s');
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT throws_ok($$CALL appraisal.propose_goals('m', '3', '[{"indicator": "sales", "target": 10}]')$$, 'AP003', 'goal "销售额" is changed by an adjustment only', 'HR adjusts then');
SELECT lives_ok($$UPDATE appraisal.goal g SET target = 10, adjusted_because = 'why' FROM goals v WHERE v.goal_id = g.goal_id AND v.who = '3' AND v.cycle = 'm' AND v.indicator = 'sales'$$,
  'by direct write, with the reason that adjust_goal() would want');
SELECT throws_ok($$UPDATE appraisal.goal g SET participant_id = (SELECT p.participant_id FROM appraisal.participant p JOIN appraisal.person n USING (person_id) WHERE n.code = '4' AND p.cycle_id = g.cycle_id)
  FROM goals v WHERE v.goal_id = g.goal_id AND v.who = '3' AND v.cycle = 'm' AND v.indicator = 'customer_satisfaction'$$, '23505', NULL, 'a goal of another');

-- what a transaction has just made is there for its next calls, in one statement, too
SELECT lives_ok($test$DO $$
DECLARE none bigint; counted int;
BEGIN
  CALL appraisal.open_cycle('do', 'by_manager', 'quarter', '[2026-01-01,2026-04-01)', NULL, NULL, NULL, none);
  CALL appraisal.enrol('do', NULL, NULL, 'person', NULL, counted, counted);
  CALL appraisal.propose_goals('do', '3', NULL, NULL, counted);
  CALL appraisal.adjust_goal('do', '3', 'sales', 'why', 'x', NULL, NULL, NULL, NULL, NULL, counted);
END $$ $test$, 'all in one block');

-- an indicator in two dimensions
CALL appraisal.open_cycle('t', 'twice', 'month', '[2026-01-01,2026-02-01)');
CALL appraisal.enrol('t');
SELECT throws_ok($$CALL appraisal.propose_goals('t', goals => '[{"indicator": "order_to_dispatch", "target": 20}]')$$, 'AP005',
  'indicator "order_to_dispatch" is meant more than once', 'an indicator of two dimensions');
SELECT is(pg_temp.told($$CALL appraisal.propose_goals('t', '3', '[{"indicator": "order_to_dispatch", "dimension": "dispatch", "target": 20}]')$$), '1', 'names its dimension; goals are welcome where the scheme wants none');
SELECT is(pg_temp.told($$CALL appraisal.start_scoring('t')$$), '7', 'who has none is appraised by the scheme''s');

-- units: the head answers for the goals, whoever is above the head approves
CALL appraisal.open_cycle('u', 'units', 'quarter', '[2026-01-01,2026-04-01)');
CALL appraisal.enrol('u');
CALL appraisal.enrol('u', subject => 'unit', job_group => 'centre');
SELECT cmp_ok(pg_temp.told($$CALL appraisal.propose_goals('u', unit => 'shop')$$)::int, '>', 0, 'goals of a unit');
SET LOCAL SESSION AUTHORIZATION regress_manager;
SELECT is(pg_temp.told($$CALL appraisal.propose_goals('u', unit => 'shop')$$), '0', 'the head proposes them, too');
SELECT throws_ok($$CALL appraisal.approve_goals('u', unit => 'shop')$$, 'AP003', 'goals of unit "shop" are not yours to approve', 'but approves none');
SELECT throws_ok($$CALL appraisal.adjust_goal('u', NULL, 'sales', 'why', weight => 3, unit => 'shop')$$, 'AP003', 'goal "销售额" is adjusted by others than its person', 'nor adjusts any');
SELECT is(pg_temp.told($$CALL appraisal.confirm_goal('u', unit => 'shop')$$), (SELECT count(*)::text FROM goals WHERE cycle = 'u'), 'the head confirms them');
SET LOCAL SESSION AUTHORIZATION regress_other;
SELECT throws_ok($$CALL appraisal.confirm_goal('u', unit => 'shop')$$, 'AP004', 'unit "shop" is not enrolled in cycle "u"', 'another does not even see them');
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT is(pg_temp.error_of($$CALL appraisal.confirm_goal('u', unit => 'shop')$$),
  'AP003 | goals are confirmed by their person only | The one who is asking is not the head of unit "shop" of cycle "u".', 'HR does not confirm them');
SELECT is(pg_temp.told($$CALL appraisal.approve_goals('u', unit => 'shop')$$), (SELECT count(*)::text FROM goals WHERE cycle = 'u'), 'HR approves them');
SELECT throws_ok($$CALL appraisal.adjust_goal('u', NULL, 'nothing', 'why', weight => 3, unit => 'shop')$$, 'AP004', 'unit "shop" has no goal for indicator "nothing" in cycle "u"', 'none for such an indicator');
SET LOCAL SESSION AUTHORIZATION regress_chief;
SELECT is(pg_temp.told($$CALL appraisal.approve_goals('u', unit => 'shop')$$), (SELECT count(*)::text FROM goals WHERE cycle = 'u'), 'and who is above the head');

-- Floors: random figures of three quarters and a year, corrected at random, of people who moved.
RESET SESSION AUTHORIZATION;
SELECT pg_temp.scheme('quarterly-operations', format('{"code": "floor_%1$s", "target_floor": "%1$s", "goals_approved": false}', f)::jsonb) FROM unnest('{none,last,best}'::text[]) f;
INSERT INTO appraisal.person (code, name, hired_on) SELECT 'f' || i, 'F', '2020-01-01' FROM generate_series(1, 40) i;
INSERT INTO appraisal.posting (person_id, unit_id, job_group, during)
SELECT person_id, appraisal.unit_of_code('firm'), (ARRAY['marketing', 'customer_service', 'logistics'])[pick(1, 3)], daterange('2020-01-01', '2025-08-01') FROM appraisal.person WHERE code LIKE 'f%'
UNION ALL
SELECT person_id, appraisal.unit_of_code('shop'), (ARRAY['marketing', 'customer_service', 'logistics'])[pick(1, 3)], daterange('2025-08-01', NULL) FROM appraisal.person WHERE code LIKE 'f%';
CREATE FUNCTION pg_temp.earlier(code text, period text, during daterange) RETURNS void LANGUAGE plpgsql AS $$
DECLARE this bigint;
BEGIN
  EXECUTE 'CALL appraisal.open_cycle($1, ''floor_none'', $2, $3)' USING code, period, during;
  EXECUTE 'CALL appraisal.enrol($1)' USING code;
  EXECUTE 'CALL appraisal.propose_goals($1)' USING code;
  this := appraisal.cycle_of_code(code);
  INSERT INTO appraisal.measurement (cycle_id, participant_id, indicator_id, value, measured_on)
  SELECT p.cycle_id, p.participant_id, k.indicator_id, pick(1, 9), lower(earlier.during) + pick(0, 80)
  FROM appraisal.participant p JOIN appraisal.person n USING (person_id)
  JOIN LATERAL appraisal.cycle_indicators(p.cycle_id) k ON k.job_group = p.job_group CROSS JOIN generate_series(1, 3) repeats
  WHERE p.cycle_id = this AND n.code LIKE 'f%' AND k.kind = 'measured' AND random() < 0.5;
  -- a third is corrected, a part of that again
  FOR i IN 1..2 LOOP
    INSERT INTO appraisal.measurement (cycle_id, participant_id, indicator_id, value, measured_on, supersedes, corrected_because)
    SELECT m.cycle_id, m.participant_id, m.indicator_id, pick(1, 9), m.measured_on, m.measurement_id, 'x' FROM appraisal.measurement m
    WHERE m.cycle_id = this AND random() < 0.3 AND NOT EXISTS (SELECT FROM appraisal.measurement s WHERE s.supersedes = m.measurement_id);
  END LOOP;
END $$;
SELECT pg_temp.earlier('f1', 'quarter', '[2025-01-01,2025-04-01)'), pg_temp.earlier('f3', 'quarter', '[2025-07-01,2025-10-01)'),
       pg_temp.earlier('f2', 'quarter', '[2025-04-01,2025-07-01)'), pg_temp.earlier('fy', 'year', '[2024-01-01,2025-01-01)'),
       pg_temp.earlier('later', 'quarter', '[2026-01-01,2026-04-01)') \gset none_
-- plain: what counts in each cycle, then the last or best of the quarters before October
CREATE TEMP TABLE gathered AS
WITH counting AS (
  SELECT c.code AS cycle, n.code AS who, i.code AS indicator, i.direction, i.gathering, m.*
  FROM appraisal.measurement m JOIN appraisal.participant p USING (cycle_id, participant_id) JOIN appraisal.person n USING (person_id)
  JOIN appraisal.cycle c USING (cycle_id) JOIN appraisal.indicator i USING (indicator_id)
  WHERE m.measurement_id NOT IN (SELECT supersedes FROM appraisal.measurement WHERE supersedes IS NOT NULL))
SELECT DISTINCT cycle, who, indicator, direction,
  CASE gathering WHEN 'sum' THEN (SELECT sum(x.value) FROM counting x WHERE (x.cycle, x.who, x.indicator) = (k.cycle, k.who, k.indicator))
       WHEN 'mean' THEN (SELECT avg(x.value) FROM counting x WHERE (x.cycle, x.who, x.indicator) = (k.cycle, k.who, k.indicator))
       ELSE (SELECT x.value FROM counting x WHERE (x.cycle, x.who, x.indicator) = (k.cycle, k.who, k.indicator) ORDER BY x.measured_on DESC, x.measurement_id DESC LIMIT 1) END AS value
FROM counting k;
SELECT cmp_ok(count(*), '>', 100::bigint, 'figures of earlier cycles') FROM gathered;
CREATE FUNCTION pg_temp.floors(rule text) RETURNS TABLE (who text, indicator text, floor numeric) LANGUAGE sql AS $$
  SELECT g.who, g.indicator, CASE WHEN rule = 'last' THEN (array_agg(g.value ORDER BY g.cycle DESC))[1] WHEN g.direction = 'higher' THEN max(g.value) ELSE min(g.value) END
  FROM gathered g WHERE g.cycle IN ('f1', 'f2', 'f3') GROUP BY g.who, g.indicator, g.direction $$;
SELECT lives_ok(format($$CALL appraisal.open_cycle(%1$L, %1$L, 'quarter', '[2025-10-01,2026-01-01)')$$, f), 'a quarter by ' || f) FROM unnest('{floor_none,floor_last,floor_best}'::text[]) f;
SELECT lives_ok(format('CALL appraisal.enrol(%L)', f), 'enrolled') FROM unnest('{floor_none,floor_last,floor_best}'::text[]) f;
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT cmp_ok(pg_temp.told(format('CALL appraisal.propose_goals(%L)', f))::int, '>', 100, 'goals with floors: ' || f) FROM unnest('{floor_none,floor_last,floor_best}'::text[]) f;
RESET SESSION AUTHORIZATION;
SELECT is((SELECT count(floor) FROM goals WHERE cycle = 'floor_none'), 0::bigint, 'no floor where the scheme has none');
SELECT no_rows(format($$SELECT g.who, g.indicator, g.floor, g.target, f.floor AS plain FROM goals g LEFT JOIN pg_temp.floors(%1$L) f USING (who, indicator)
  WHERE g.cycle = 'floor_%1$s' AND (g.floor IS DISTINCT FROM f.floor OR g.target IS DISTINCT FROM f.floor)$$, r), 'floors, and targets that were not given: ' || r) FROM unnest('{last,best}'::text[]) r;
SELECT cmp_ok(count(DISTINCT (g.floor, i.direction)) , '>', 4::bigint, 'for higher and for lower is better')
FROM goals g JOIN appraisal.indicator i ON i.code = g.indicator WHERE cycle = 'floor_best' AND floor IS NOT NULL;
SELECT g.who AS best_who, g.indicator AS best_indicator, g.floor AS best_floor FROM goals g JOIN appraisal.indicator i ON i.code = g.indicator
WHERE g.cycle = 'floor_best' AND g.floor IS NOT NULL AND i.direction = 'higher' ORDER BY 1, 2 LIMIT 1 \gset
SELECT g.who AS low_who, g.indicator AS low_indicator, g.floor AS low_floor FROM goals g JOIN appraisal.indicator i ON i.code = g.indicator
WHERE g.cycle = 'floor_best' AND g.floor IS NOT NULL AND i.direction = 'lower' ORDER BY 1, 2 LIMIT 1 \gset
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT matches(pg_temp.error_of(format($$CALL appraisal.propose_goals('floor_best', %L, '[{"indicator": "%s", "target": %s}]')$$, :'best_who', :'best_indicator', :best_floor - 0.01)),
  format('^AP005 \| the target of goal ".*" is worse than the earlier figure \| It is a goal of person "%s". The earlier figure is %s, the target %s.', :'best_who', :best_floor, :best_floor - 0.01), 'a lower target');
SELECT matches(pg_temp.error_of(format($$CALL appraisal.adjust_goal('floor_best', %L, %L, 'why', target => %s)$$, :'low_who', :'low_indicator', :low_floor + 0.01)),
  '^AP005 \| the target of goal ".*" is worse than the earlier figure', 'a higher one where lower is better, by adjustment');
SELECT is(pg_temp.told(format($$CALL appraisal.propose_goals('floor_best', %L, '[{"indicator": "%s", "target": %s}]')$$, :'best_who', :'best_indicator', :best_floor + 0.01)), '1', 'a better one');
SELECT is(pg_temp.told(format($$CALL appraisal.adjust_goal('floor_best', %L, %L, 'why', target => %s)$$, :'low_who', :'low_indicator', :low_floor - 0.01)), '1', 'also where lower is better');
SELECT throws_ok(format($$UPDATE appraisal.goal g SET target = NULL, adjusted_because = 'why' FROM goals v WHERE v.goal_id = g.goal_id AND v.cycle = 'floor_best' AND v.who = %L AND v.indicator = %L$$, :'low_who', :'low_indicator'),
  'AP005', NULL, 'none at all');
SELECT lives_ok($$DELETE FROM appraisal.goal g USING goals v WHERE v.goal_id = g.goal_id AND v.cycle = 'floor_best'$$, 'without goals');
SELECT matches(pg_temp.error_of(format($$CALL appraisal.propose_goals('floor_best', goals => '[{"indicator": "%s", "target": %s}]')$$, :'low_indicator', 100)),
  '^AP005 \| the target of goal ".*" is worse than the earlier figure', 'a worse target, anew');
SELECT throws_ok($$INSERT INTO appraisal.goal (cycle_id, participant_id, scheme_indicator_id, title, weight)
  SELECT p.cycle_id, p.participant_id, k.scheme_indicator_id, 'x', 0 FROM appraisal.participant p JOIN LATERAL appraisal.goal_indicators(p.cycle_id) k USING (job_group)
  WHERE p.cycle_id = appraisal.cycle_of_code('floor_best') AND k.is_wanted$$, 'AP005', 'the floor of goal "x" is the earlier figure', 'nor without a floor by direct write');
-- a default target of the scheme gives way to a better floor
RESET SESSION AUTHORIZATION;
SELECT pg_temp.scheme('quarterly-operations', '{"code": "defaults", "target_floor": "best", "dimensions": {"goals": {"indicators": {"marketing": {"sales": {"weight": 50, "target": 5}}}}}}');
CALL appraisal.open_cycle('defaults', 'defaults', 'quarter', '[2025-10-01,2026-01-01)');
CALL appraisal.enrol('defaults', job_group => 'marketing');
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT lives_ok($$CALL appraisal.propose_goals('defaults')$$, 'a scheme with targets of its own');
RESET SESSION AUTHORIZATION;
SELECT no_rows($$SELECT g.* FROM goals g LEFT JOIN pg_temp.floors('best') f USING (who, indicator) WHERE g.cycle = 'defaults' AND g.indicator = 'sales' AND g.target <> greatest(5, f.floor)$$, 'the better of its target and the floor');
SELECT * FROM finish();
ROLLBACK;
