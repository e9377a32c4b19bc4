-- What schemes say that no other test shows, each scheme by its own calls from the organisation to the last
-- consequence, on people made to hit the rule; figures and marks are round, so that results are reckoned by hand.
-- doc/schemes.md has each rule with the test that shows it.
--
-- In a team p241 leads, under p113. p242 to p245 are staff; p246 to p250 one each of the departments of
-- quarterly-operations, p251 to p255 of the groups of half-year-360; p256 to p258 work for p253.
\set ECHO none
BEGIN;
SELECT no_plan();
\ir organisation.psql
\ir to_publication.psql
\ir scoring.psql
INSERT INTO unit_plan VALUES (13, 'team', '试点组 Team', 'station', 'marketing', 241, 18, 113, '{staff}');
CREATE TABLE team AS
SELECT n, code(n) AS code, job_group, CASE WHEN n = 241 THEN 'p113' WHEN job_group = 'clerk' THEN 'p253' ELSE 'p241' END AS manager
FROM unnest('{manager,staff,staff,staff,staff,marketing,customer_service,product,logistics,data_analysis,senior_manager,project,middle_manager,technical,functional,clerk,clerk,clerk}'::text[])
     WITH ORDINALITY AS g (job_group, nth), LATERAL (SELECT 240 + nth::int AS n) AS x;
SELECT jsonb_build_object('units', '[{"code": "team", "title": "试点组 Team", "kind": "station", "parent": "marketing"}]'::jsonb,
  'people', jsonb_agg(jsonb_build_object('code', code, 'name', '试 Shi ' || n, 'hired_on', '2024-01-01')),
  'postings', jsonb_agg(jsonb_build_object('person', code, 'unit', 'team', 'job_group', job_group, 'from_date', '2024-01-01', 'manager', manager))) AS document FROM team \gset
CALL appraisal.import_organisation(:'document') \g /dev/null
SELECT link_manager(241) AS linked \gset
SET LOCAL client_min_messages = error;

-- the first column of a query's row, as somebody
CREATE FUNCTION read_as(login name, query text, actor text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
DECLARE told text; before CONSTANT text := current_setting('session_authorization');
BEGIN
  PERFORM set_config('appraisal.actor', actor, true), set_config('session_authorization', login, true);
  EXECUTE query INTO told;
  PERFORM set_config('session_authorization', before, true), set_config('appraisal.actor', '', true);
  RETURN told;
END $$;
-- targets are the company's own: 100 of everything
CREATE FUNCTION load(scheme text, overrides jsonb DEFAULT '{}') RETURNS void LANGUAGE plpgsql AS $$
DECLARE targets jsonb;
BEGIN
  SELECT jsonb_build_object('dimensions', jsonb_object_agg(dimension, jsonb_build_object('indicators', job_groups))) INTO targets
  FROM (SELECT dimension, jsonb_object_agg(job_group, indicators) AS job_groups
        FROM (SELECT d.key AS dimension, g.key AS job_group, jsonb_object_agg(i.key, '{"target": 100}'::jsonb) AS indicators
              FROM appraisal.scheme_library() AS l, jsonb_each(l.document -> 'dimensions') AS d, jsonb_each(d.value -> 'indicators') AS g, jsonb_each(g.value) AS i
              WHERE l.code = scheme AND l.document #>> ARRAY['indicators', i.key, 'reads'] = 'attainment' GROUP BY 1, 2) AS x GROUP BY dimension) AS y HAVING count(*) > 0;
  PERFORM org.as_hr(format('CALL appraisal.load_scheme(%L, %L)', scheme, appraisal.merge_patch(coalesce(targets, '{}'), overrides)));
  PERFORM org.as_hr(format('CALL appraisal.activate_scheme(%L, valid_from => %L)', scheme, '2026-01-01'));
END $$;
CREATE FUNCTION open(code text, scheme text, period text, during daterange, VARIADIC groups text[] DEFAULT '{staff}') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM org.as_hr(format('CALL appraisal.open_cycle(%L, %L, %L, %L)', code, scheme, period, during));
  PERFORM org.as_hr(format('CALL appraisal.enrol(%L, %L, %L)', code, 'team', g)) FROM unnest(groups) AS g;
END $$;
-- a figure of the last day of the period, or several, of the last days
CREATE FUNCTION figures(of_cycle text, who text, figures jsonb, login name DEFAULT 'org_hr') RETURNS SETOF text LANGUAGE sql AS $$
  SELECT org.as_login(login, format('CALL appraisal.record_measurements(%L, %L)', of_cycle, (
    SELECT jsonb_agg(jsonb_build_object('person', who, 'indicator', f.key, 'value', v.value, 'measured_on', upper(c.during) - v.nth::int))
    FROM appraisal.cycle AS c, jsonb_each(figures) AS f,
         jsonb_array_elements(CASE jsonb_typeof(f.value) WHEN 'array' THEN f.value ELSE jsonb_build_array(f.value) END) WITH ORDINALITY AS v (value, nth)
    WHERE c.code = of_cycle))) $$;
-- everybody who is asked gives one mark to all indicators: that of the source, or of a person's source
CREATE FUNCTION rate(of_cycle text, marks jsonb, comments jsonb DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
DECLARE this CONSTANT bigint := appraisal.cycle_of_code(of_cycle);
BEGIN
  IF NOT EXISTS (SELECT FROM org.rules_of WHERE cycle_id = this) THEN PERFORM org.find_rules(this); END IF;
  PERFORM org.give_marks(this);
  UPDATE org.given AS g SET score = m.mark, label = l.label
  FROM appraisal.review AS v JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id)
  CROSS JOIN LATERAL (SELECT coalesce(marks ->> (n.code || ' ' || v.source), marks ->> v.source)::numeric AS mark) AS m, appraisal.indicator AS i
  LEFT JOIN LATERAL (SELECT x.* FROM appraisal.indicator_level AS x WHERE x.indicator_id = i.indicator_id) AS l ON true
  WHERE v.cycle_id = this AND v.review_id = g.review_id AND i.indicator_id = g.indicator_id AND (l.label IS NULL OR m.mark BETWEEN l.least AND l.points);
  PERFORM org.submit_reviews(of_cycle, comments);
END $$;
CREATE FUNCTION compute(of_cycle text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM org.as_hr(format('CALL appraisal.close_reviews(%L)', of_cycle)), org.as_hr(format('CALL appraisal.compute_results(%L)', of_cycle));
END $$;
CREATE FUNCTION results(of_cycle text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(concat_ws(' ', person, coalesce(score::text, state), final_grade), ', ' ORDER BY person) FROM appraisal.scorecard WHERE cycle = of_cycle $$;
-- points of a person's indicators, by hand and by the database
CREATE FUNCTION points_of(of_cycle text, who text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(i.code || ' ' || trim_scale(round(u.points, 6)), ', ' ORDER BY i.code)
  FROM appraisal.dimension_score AS s JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id) JOIN appraisal.cycle AS c USING (cycle_id),
       unnest(s.scheme_indicators, s.points) AS u (scheme_indicator_id, points) JOIN appraisal.scheme_indicator AS x USING (scheme_indicator_id) JOIN appraisal.indicator AS i USING (indicator_id)
  WHERE c.code = of_cycle AND n.code = who AND i.kind = 'measured' $$;
CREATE FUNCTION due(of_cycle text) RETURNS text LANGUAGE sql AS $$
  SELECT org.read_as('org_hr', format('SELECT string_agg(person || '' '' || rule, '', '' ORDER BY person, rule) FROM appraisal.due_outcomes(%L)', of_cycle)) $$;
CREATE FUNCTION paid(of_cycle text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(n.code || ' ' || a.amount || CASE WHEN a.lost_outcome_id IS NOT NULL THEN ' lost' ELSE '' END, ', ' ORDER BY n.code)
  FROM appraisal.award AS a JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id) WHERE c.code = of_cycle $$;

-- quarterly-operations
SELECT load('quarterly-operations', '{"outcomes": {"promotion": {"title": "Considered for promotion", "label": "晋升资格", "period": "quarter", "grade": "优秀", "outcome": "promotion"}}}');
SELECT open('qo', 'quarterly-operations', 'quarter', '[2026-01-01,2026-04-01)', 'marketing', 'customer_service', 'product', 'logistics', 'data_analysis');
SELECT as_hr($$CALL appraisal.propose_goals('qo', 'p250')$$);
SELECT as_login('org_p241', $$CALL appraisal.propose_goals('qo', 'p246', '[{"indicator": "sales", "target": 900}]')$$), as_hr($$CALL appraisal.propose_goals('qo')$$);
SELECT is((SELECT string_agg(job_group || ': ' || goals, '; ' ORDER BY job_group) FROM (
    SELECT p.job_group, string_agg(i.code, ' ' ORDER BY i.code) AS goals FROM appraisal.goal JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    JOIN appraisal.scheme_indicator USING (scheme_indicator_id) JOIN appraisal.indicator AS i USING (indicator_id) GROUP BY 1) AS g),
  'customer_service: customer_satisfaction first_response; data_analysis: report_accuracy report_on_time; logistics: customer_satisfaction damage_rate dispatched_on_time; marketing: conversion promotion_return sales; product: conversion listing_on_time sales',
  'quarterly-operations: goals of each department, refined into its indicators');
SELECT as_hr($$CALL appraisal.approve_goals('qo')$$);
SELECT matches(error_as('org_hr', $$CALL appraisal.start_scoring('qo')$$), '^AP001 goal .* is not approved by a manager above', 'quarterly-operations: HR alone does not bind goals');
SELECT as_login('org_p241', $$CALL appraisal.approve_goals('qo')$$), as_hr($$CALL appraisal.start_scoring('qo')$$);
SELECT is((SELECT string_agg(DISTINCT i.data_source || ' ' || i.frequency, ', ' ORDER BY i.data_source || ' ' || i.frequency)
    FROM appraisal.scheme JOIN appraisal.scheme_indicator USING (scheme_id) JOIN appraisal.indicator AS i USING (indicator_id) WHERE scheme.code = 'quarterly-operations' AND i.kind = 'measured'),
  (SELECT string_agg(x, ', ' ORDER BY x) FROM unnest('{仓储系统 day,仓储系统 week,商品系统 week,客服系统 day,客服系统 week,数据平台 month,营销工具 day,营销工具 week,销售系统 day}'::text[]) AS x),
  'quarterly-operations: each figure has its source, and comes by the day, week or month');
SELECT figures('qo', 'p246', '{"sales": [300, 300, 210], "conversion": [70, 90], "promotion_return": 100}'), figures('qo', 'p247', '{"customer_satisfaction": [90, 80], "first_response": [40, 80]}'),
  figures('qo', 'p248', '{"sales": [50, 50], "conversion": 50, "listing_on_time": 1}'), figures('qo', 'p249', '{"dispatched_on_time": 0.95, "damage_rate": 0.01, "customer_satisfaction": 100}'),
  figures('qo', 'p250', '{"report_on_time": 1, "report_accuracy": 1}');
SELECT as_hr($$CALL appraisal.assign_reviews('qo', most => 2)$$);
SELECT is((SELECT string_agg(source || ' ' || n, ', ' ORDER BY source) FROM (SELECT source, count(*) AS n FROM appraisal.review JOIN appraisal.cycle USING (cycle_id) WHERE code = 'qo' GROUP BY 1) AS s), 'manager 5, peer 10, self 5',
  'quarterly-operations: self, manager and peers are asked');
SELECT rate('qo', '{"self": 100, "manager": 80, "peer": 90, "p250 manager": 95, "p250 peer": 95}');
SELECT compute('qo');
SELECT is(points_of('qo', 'p246') || '; ' || points_of('qo', 'p247'), 'conversion 80, promotion_return 100, sales 90; customer_satisfaction 85, first_response 80', 'quarterly-operations: days are added up, or their mean is taken, and read against the goal');
-- 0.7 of the goals and 0.3 of conduct, which is 0.1 x 100 + 0.7 x 80 + 0.2 x 90 = 84; of p250 95.5
SELECT is(results('qo'), 'p246 87.50 良好, p247 83.30 良好, p248 84.70 良好, p249 81.20 良好, p250 98.65 优秀', 'quarterly-operations: results, by hand');
SELECT is(read_as('org_hr', $$SELECT count(*) FROM appraisal.scorecard_dimension WHERE cycle = 'qo'$$) || ' ' || read_as('org_p241', $$SELECT count(*) FROM appraisal.scorecard_source WHERE cycle = 'qo'$$), '10 15',
  'quarterly-operations: HR and the manager have a report of it');
SELECT take_to_publication('qo');
SELECT is(read_as('org_service', $$SELECT string_agg(person, ' ') FROM appraisal.scorecard WHERE cycle = 'qo'$$, 'p246'), 'p246', 'quarterly-operations: confidential to those concerned');
SELECT as_hr($$CALL appraisal.award_bonus('qo', pool => 1000)$$);
SELECT is(paid('qo'), 'p246 200.00, p247 200.00, p248 200.00, p249 200.00, p250 200.00', 'quarterly-operations: a bonus');
SELECT is(due('qo'), 'p250 promotion', 'quarterly-operations: promotion, by a rule of the company''s own');
SELECT as_hr($$CALL appraisal.confirm_outcome('qo', 'p250', 'promotion')$$);
SELECT as_person('p241', $$CALL appraisal.record_interview('qo', 'p250', current_date, '面谈')$$);
-- what is changed is changed for the next cycle
SELECT as_hr($$CALL appraisal.revise_scheme('quarterly-operations', '{"dimensions": {"goals": {"indicators": {"data_analysis": {"report_on_time": {"weight": 20}, "report_accuracy": {"weight": 80}}}}}}')$$),
  as_hr($$CALL appraisal.activate_scheme('quarterly-operations', valid_from => '2026-04-01')$$);
SELECT open('qo2', 'quarterly-operations', 'quarter', '[2026-04-01,2026-07-01)', 'data_analysis');
SELECT is((SELECT string_agg(c.code || ' ' || i.code || ' ' || k.weight, ', ' ORDER BY c.code, i.code) FROM appraisal.cycle AS c JOIN appraisal.scheme_indicator AS k USING (scheme_id) JOIN appraisal.indicator AS i USING (indicator_id) WHERE k.job_group = 'data_analysis'),
  'qo report_accuracy 50, qo report_on_time 50, qo2 report_accuracy 80, qo2 report_on_time 20', 'quarterly-operations: indicators change between cycles, and not within one');

-- manager-quarterly: the team's head is appraised, by the superior and three who work with the head
SELECT load('manager-quarterly');
SELECT open('mq', 'manager-quarterly', 'quarter', '[2026-01-01,2026-04-01)', 'manager');
SELECT as_hr($$CALL appraisal.start_scoring('mq')$$);
SELECT figures('mq', 'p241', '{"planning_omissions_important": 0, "planning_omissions_ordinary": 3, "plan_completion": 0.9, "budget_variance": 0.1, "quality_nonconformities": 2, "suggestions_adopted": 3, "training_completion": 1, "report_on_time": [1, 0.9]}');
SELECT as_hr($$CALL appraisal.assign_reviews('mq', '[{"person": "p241", "source": "related", "rater": "p114"}, {"person": "p241", "source": "related", "rater": "p115"}, {"person": "p241", "source": "related", "rater": "p116"}]')$$);
SELECT is((SELECT string_agg(source || ' ' || day, ', ' ORDER BY source) FROM (SELECT DISTINCT source, due_on AS day FROM appraisal.review JOIN appraisal.cycle USING (cycle_id) WHERE code = 'mq') AS d), 'manager 2026-04-15, related 2026-04-15, self 2026-04-05',
  'manager-quarterly: the self-report is due first, then the others judge');
SELECT matches(error_as('org_p241', $$CALL appraisal.submit_review('mq', 'p241', '[{"indicator": "initiative", "score": 100}, {"indicator": "responsibility", "score": 100}, {"indicator": "cooperation", "score": 100}, {"indicator": "knowledge", "score": 100},
    {"indicator": "planning", "score": 100}, {"indicator": "leadership", "score": 100}, {"indicator": "analysis", "score": 100}]')$$), '^AP005 review .* lacks comments: "self-report"', 'manager-quarterly: a self-report is in words');
SELECT is(read_as('org_p241', $$SELECT string_agg(what || ' ' || source || ' ' || since, ', ') FROM appraisal.cycle_progress WHERE cycle = 'mq' AND waits_for_person = 'p241'$$), 'review self 2026-04-05', 'manager-quarterly: until it is handed in it is asked for');
SELECT rate('mq', '{"manager": 80, "related": 60, "self": 100}', '{"述职": "计划完成九成"}');
SELECT is((SELECT bool_and(late) FROM appraisal.review JOIN appraisal.cycle USING (cycle_id) WHERE code = 'mq' AND source = 'self'), true, 'manager-quarterly: after its date it is late');
SELECT compute('mq');
SELECT is(points_of('mq', 'p241'), 'budget_variance 60, plan_completion 75, planning_omissions_important 100, planning_omissions_ordinary 80, quality_nonconformities 80, report_on_time 95, suggestions_adopted 80, training_completion 100',
  'manager-quarterly: what each task indicator earns, fewer or more being better');
SELECT is((SELECT string_agg(i || ' ' || appraisal.points(v, n.curve), ', ' ORDER BY nth) FROM (VALUES (1, 'planning_omissions_important', 1), (2, 'planning_omissions_ordinary', 0), (3, 'plan_completion', 1), (4, 'budget_variance', 0.05), (5, 'quality_nonconformities', 6), (6, 'suggestions_adopted', 5)) AS x (nth, i, v)
    JOIN appraisal.indicator AS n ON n.code = x.i), 'planning_omissions_important 0, planning_omissions_ordinary 100, plan_completion 100, budget_variance 100, quality_nonconformities 0, suggestions_adopted 100', 'manager-quarterly: at the ends of the curves');
-- 0.55 x 82.5 + (0.10 + 0.35) x (0.7 x 80 + 0.3 x 60)
SELECT is(results('mq'), 'p241 78.68 C 好', 'manager-quarterly: tasks weigh 55, attitude 10, ability 35');
SELECT is((SELECT string_agg(d.code || ': ' || d.indicators, '; ' ORDER BY d."position") FROM (SELECT d.code, d."position", string_agg(i.code, ' ' ORDER BY i.code) AS indicators FROM appraisal.dimension AS d JOIN appraisal.scheme AS s USING (scheme_id)
    JOIN appraisal.scheme_indicator AS k USING (dimension_id) JOIN appraisal.indicator AS i USING (indicator_id) WHERE s.code = 'manager-quarterly' AND i.kind = 'rated' GROUP BY 1, 2) AS d),
  'attitude: cooperation initiative responsibility; ability: analysis knowledge leadership planning', 'manager-quarterly: what attitude and ability are');
SELECT is((SELECT string_agg(appraisal.grade(m, scale), ', ' ORDER BY m DESC) FROM appraisal.scheme, unnest('{90,89.99,79.99,69.99,59.99}'::numeric[]) AS m WHERE code = 'manager-quarterly'), 'A 优秀, B 良好, C 好, D 合格, E 较差', 'manager-quarterly: five grades');
SELECT matches(error_as('org_chief2', $$CALL appraisal.sign_off('mq')$$), '^AP003 step 1 of cycle', 'manager-quarterly: the general manager does not sign what HR has not checked');
SELECT take_to_publication('mq');
SELECT is((SELECT string_agg(s.step || ' ' || n.code, ', ' ORDER BY s.step) FROM appraisal.sign_off AS s JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.person AS n ON n.person_id = s.signed_by WHERE c.code = 'mq'), '1 p002, 2 p004', 'manager-quarterly: HR supervises, the general manager leads');

-- commerce-staff-monthly: staff and the head
SELECT load('commerce-staff-monthly');
SELECT open('cs', 'commerce-staff-monthly', 'month', '[2026-06-01,2026-07-01)', 'staff', 'manager');
SELECT as_hr($$CALL appraisal.start_scoring('cs')$$);
SELECT figures('cs', p, '{"sales": 80, "payment_collection": 0.9, "new_customers": 100}', 'org_p241') FROM unnest('{p242,p243,p244,p245}'::text[]) AS p;
SELECT matches(error_as('org_p241', $$CALL appraisal.record_measurement('cs', 'p241', 'team_sales', 100, '2026-06-30')$$), '^AP003', 'commerce-staff-monthly: a head gathers the figures of the department, and not the own');
SELECT figures('cs', 'p241', '{"team_sales": 100, "payment_collection": 0.5}');
SELECT matches(error_as('org_hr', format($$CALL appraisal.assign_reviews('cs', '[{"person": "%s", "source": "manager", "rater": "%1$s"}]')$$, p)), '^AP003 nobody reviews oneself', 'commerce-staff-monthly: who is appraised stands aside: ' || p) FROM unnest('{p242,p241}'::text[]) AS p;
SELECT as_hr($$CALL appraisal.assign_reviews('cs')$$);
SELECT is((SELECT string_agg(source || ' by ' || rater, ', ' ORDER BY source, rater) FROM (SELECT DISTINCT v.source, CASE WHEN v.source = 'self' THEN 'self' ELSE m.code END AS rater FROM appraisal.review AS v JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.person AS m ON m.person_id = v.rater_id WHERE c.code = 'cs') AS r),
  'manager by p113, manager by p241, self by self', 'commerce-staff-monthly: the direct superior evaluates');
SELECT is((SELECT reviews_due FROM appraisal.cycle WHERE code = 'cs'), '2026-07-10', 'commerce-staff-monthly: by the 10th');
INSERT INTO kept_back SELECT review_id FROM appraisal.review AS v JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.person AS m ON m.person_id = v.rater_id WHERE c.code = 'cs' AND v.source = 'self' AND m.code = 'p245';
SELECT rate('cs', '{"manager": 70, "self": 100, "p243 self": 0}');
SELECT is(read_as('org_hr', $$SELECT string_agg(waits_for_person || ' ' || source, ', ') FROM appraisal.cycle_progress WHERE cycle = 'cs' AND what = 'review'$$), 'p245 self', 'commerce-staff-monthly: a self-appraisal that is not there is asked for');
DELETE FROM kept_back;
SELECT rate('cs', '{"manager": 70, "self": 100}');
SELECT compute('cs');
-- 0.6 x (0.5 x 80 + 0.3 x 90 + 0.2 x 100) + 0.4 x 70; 0.7 x (0.6 x 100 + 0.4 x 50) + 0.3 x 70
SELECT is(results('cs'), 'p241 77.00 合格, p242 80.20 良好, p243 80.20 良好, p244 80.20 良好, p245 80.20 良好', 'commerce-staff-monthly: the self-appraisal counts 0, and weights differ between head and staff');
SELECT as_hr('CALL appraisal.run_due_work()');
SELECT is((SELECT string_agg(p.code || ' ' || u.code, ', ') FROM appraisal.notice AS n JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.person AS p USING (person_id)
           JOIN appraisal.unit AS u ON u.unit_id = ANY (n.items) WHERE c.code = 'cs' AND n.kind = 'sign_off_overdue'), 'p241 team',
  'commerce-staff-monthly: who has not signed by the 10th is reminded');
SELECT as_person('p241', $$CALL appraisal.sign_off('cs', 'team', '七月八日会议商定')$$);
SELECT is((SELECT remark FROM appraisal.sign_off JOIN appraisal.cycle USING (cycle_id) WHERE code = 'cs'), '七月八日会议商定', 'commerce-staff-monthly: the head says with the signature what the meeting agreed');
SELECT as_hr($$CALL appraisal.withdraw_sign_off('cs', 'team', '重走流程')$$);
SELECT matches(error_as('org_chief2', $$CALL appraisal.sign_off('cs')$$), '^AP003 step 1 of cycle', 'commerce-staff-monthly: nobody signs before the director');
SELECT take_to_publication('cs');
SELECT is((SELECT string_agg(x.step || ' ' || x.signer || ' ' || r.act, ', ' ORDER BY x.step) FROM (SELECT DISTINCT s.step FROM appraisal.sign_off AS s JOIN appraisal.cycle AS c USING (cycle_id) WHERE c.code = 'cs' AND s.withdrawn_at IS NULL) AS d
    JOIN appraisal.cycle AS c ON c.code = 'cs' JOIN appraisal.sign_off_rule AS r ON r.scheme_id = c.scheme_id AND r.step = d.step CROSS JOIN LATERAL (SELECT r.step, r.signer) AS x),
  '1 unit_head submit, 2 hr check, 3 executive approve, 4 hr archive', 'commerce-staff-monthly: the chain, which ends in the archive');
SELECT is(read_as(login, $$SELECT count(*) FROM appraisal.result AS r JOIN appraisal.cycle AS c USING (cycle_id) WHERE c.code = 'cs'$$, actor), seen, 'commerce-staff-monthly: open to ' || who)
FROM (VALUES ('org_p241', '', '5', 'the rater, and of the own'), ('org_service', 'p242', '1', 'the person'), ('org_hr', '', '5', 'HR'), ('org_chief2', '', '5', 'the general manager'), ('org_p083', '', '0', 'no other manager'), ('org_employee', '', '0', 'nobody else')) AS v (login, actor, seen, who);

-- ecommerce-monthly: three months and the year that they feed. Here and below a year is made of less than all its
-- parts, which takes a scheme that renormalises; records_roll_up_schemes.sql has whole years.
SELECT load('ecommerce-monthly', '{"missing": "renormalise", "least_coverage": 0.05}');
CREATE FUNCTION month(n int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE m CONSTANT text := 'em' || n; first CONSTANT date := make_date(2026, n, 1);
BEGIN
  PERFORM org.open(m, 'ecommerce-monthly', 'month', daterange(first, (first + interval '1 month')::date));
  PERFORM org.as_hr(format('CALL appraisal.start_scoring(%L)', m));
  PERFORM org.figures(m, 'p242', '{"promotion_cost": 1.3, "promotion_effect": 50, "channel_results": 50}'), org.figures(m, 'p243', '{"promotion_cost": 0.8, "promotion_effect": 100, "channel_results": 120}'),
          org.figures(m, 'p244', '{"promotion_cost": 1, "promotion_effect": 70, "channel_results": 70}'), org.figures(m, 'p245', '{"promotion_cost": 0.9, "promotion_effect": 80, "channel_results": 80}');
  PERFORM org.compute(m);
END $$;
SELECT month(1);
SELECT is(results('em1'), 'p242 35.00 需激励, p243 100.00 优秀, p244 73.00 一般, p245 86.00 合格', 'ecommerce-monthly: a hundred points of cost, effect and channels; the band without a name');
SELECT take_to_publication('em1');
SELECT month(2);
SELECT take_to_publication('em2');
SELECT month(3);
SELECT take_to_publication('em3');
SELECT is(due('em1') || '; ' || due('em2') || '; ' || due('em3'), 'p243 reward; p242 warning, p243 reward; p242 bonus-lost, p243 reward, p243 star, p243 star-reward', 'ecommerce-monthly: what three months lead to');
SELECT as_hr(format('CALL appraisal.confirm_outcomes(%L)', 'em' || n)) FROM generate_series(1, 3) AS n;
SELECT is((SELECT string_agg(n.code || ' ' || o.outcome, ', ' ORDER BY n.code, o.outcome) FROM appraisal.outcome AS o JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.person AS n USING (person_id) WHERE c.code LIKE 'em_' AND n.code IN ('p242', 'p243')),
  'p242 bonus_lost, p242 warning, p243 reward, p243 reward, p243 reward, p243 reward, p243 title', 'ecommerce-monthly: warned, then the bonus lost; rewarded, then a star');
SELECT open('em', 'ecommerce-monthly', 'year', '[2026-01-01,2027-01-01)');
SELECT as_hr($$CALL appraisal.start_scoring('em')$$), compute('em');
SELECT take_to_publication('em');
SELECT as_hr($$CALL appraisal.award_bonus('em', base => 3650)$$);
SELECT is(results('em') || '; ' || paid('em'), 'p242 35.00 需激励, p243 100.00 优秀, p244 73.00 一般, p245 86.00 合格; p242 0.00 lost, p243 3650.00, p244 3650.00, p245 3650.00', 'ecommerce-monthly: months feed the year, and who lost the year-end bonus has none');

-- half-year-360: how each group is appraised
SELECT load('half-year-360');
SELECT open('hy', 'half-year-360', 'half_year', '[2026-01-01,2026-07-01)', 'senior_manager', 'project', 'middle_manager', 'technical', 'functional', 'clerk');
SELECT as_hr($$CALL appraisal.start_scoring('hy')$$);
SELECT as_hr($$CALL appraisal.assign_reviews('hy')$$);
SELECT figures('hy', 'p251', '{"business_plan": 90, "profit": 100}'), figures('hy', 'p252', '{"milestones": 0.5, "project_budget": 1.1}'), rate('hy', '{"manager": 80, "peer": 70, "subordinate": 60, "self": 100, "p256 manager": 95, "p257 manager": 59}'), compute('hy');
SELECT results_eq($$SELECT p.job_group, string_agg(DISTINCT d.code, ' '), (SELECT string_agg(DISTINCT v.source, ' ') FROM appraisal.source_score AS v JOIN appraisal.participant AS q USING (cycle_id, participant_id) WHERE v.cycle_id = p.cycle_id AND q.job_group = p.job_group)
    FROM appraisal.dimension_score JOIN appraisal.dimension AS d USING (dimension_id) JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.cycle AS c USING (cycle_id) WHERE c.code = 'hy' GROUP BY p.cycle_id, p.job_group ORDER BY 1$$,
  $$VALUES ('clerk', 'interview', 'manager self'), ('functional', 'all_round', 'manager peer self'), ('middle_manager', 'all_round', 'manager peer self subordinate'),
           ('project', 'indicators', NULL), ('senior_manager', 'indicators', NULL), ('technical', 'all_round', 'manager peer self')$$, 'half-year-360: the method of each group');
SELECT is(results('hy'), 'p251 94.00 优秀, p252 54.00 不合格, p253 76.00 合格, p254 79.00 合格, p255 79.00 合格, p256 95.00 优秀, p257 59.00 不合格, p258 80.00 良好', 'half-year-360: by indicators, by 360 degrees, by interview');
SELECT is((SELECT count(DISTINCT g) || ' ' || bool_and(g_rank >= before) FROM (SELECT appraisal.grade(n / 100.0, scale) AS g, appraisal.grade_rank(appraisal.grade(n / 100.0, scale), scale) AS g_rank,
    lag(appraisal.grade_rank(appraisal.grade(n / 100.0, scale), scale), 1, 0) OVER (ORDER BY n DESC) AS before FROM appraisal.scheme, generate_series(0, 10000) AS n WHERE code = 'half-year-360') AS x), '4 true', 'half-year-360: grades are apart: each score has one, and none is better than that of a higher score');
SELECT take_to_publication('hy');
SELECT as_person(t.code, $$CALL appraisal.acknowledge_result('hy')$$) FROM team AS t WHERE t.n BETWEEN 251 AND 258;
SELECT is(count(*), 8::bigint, 'half-year-360: the result goes back to everybody, whatever the method') FROM appraisal.acknowledgement JOIN appraisal.cycle USING (cycle_id) WHERE code = 'hy';

-- quarterly-sales-pay: a quarter's bonus; the year, and what it is used for
SELECT load('quarterly-sales-pay', '{"missing": "renormalise", "least_coverage": 0.05}');
SELECT open('sp', 'quarterly-sales-pay', 'quarter', '[2026-01-01,2026-04-01)');
SELECT as_hr($$CALL appraisal.start_scoring('sp')$$);
SELECT figures('sp', p, '{"sales_growth": 0.1, "new_visitors": [40, 40], "returning_visitors": 90, "conversion": 0.03, "listing_rate": 0.9, "stock_turnover": 80, "customer_satisfaction": 0.98, "after_sales": 0.84}') FROM unnest('{p242,p245}'::text[]) AS p;
SELECT figures('sp', 'p243', '{"sales_growth": 0.3, "new_visitors": 100, "returning_visitors": 100, "conversion": 0.03, "listing_rate": 1, "stock_turnover": 100, "customer_satisfaction": 0.98, "after_sales": 0.98}'),
  figures('sp', 'p244', '{"sales_growth": -0.2, "new_visitors": 50, "returning_visitors": 50, "conversion": 0.01, "listing_rate": 0.6, "stock_turnover": 50, "customer_satisfaction": 0.7, "after_sales": 0.7}');
SELECT compute('sp');
SELECT is(points_of('sp', 'p242'), 'after_sales 50, conversion 100, customer_satisfaction 100, listing_rate 75, new_visitors 80, returning_visitors 90, sales_growth 80, stock_turnover 80', 'quarterly-sales-pay: what each figure earns');
-- 0.4 x 80 + 0.25 x (24 + 27 + 40) + 0.2 x 77.5 + 0.15 x 80
SELECT is((SELECT results('sp')), 'p242 82.25 良好, p243 100.00 优秀, p244 15.83 不合格, p245 82.25 良好', 'quarterly-sales-pay: the quarter''s results');
SELECT take_to_publication('sp');
SELECT as_hr($$CALL appraisal.award_bonus('sp', base => 2000, bases => '[{"person": "p245", "base": 3000}]')$$);
SELECT is(paid('sp'), 'p242 2400.00, p243 3000.00, p244 0.00, p245 3600.00', 'quarterly-sales-pay: the quarter''s bonus, base by coefficient');
SELECT is((SELECT string_agg(p.code || ' ' || (p.salary + a.amount + p.benefits + p.other), ', ' ORDER BY p.code) FROM (VALUES ('p242', 5000, 300, 0), ('p245', 6000, 300, 500)) AS p (code, salary, benefits, other)
    JOIN appraisal.person AS n USING (code) JOIN appraisal.participant USING (person_id) JOIN appraisal.award AS a USING (cycle_id, participant_id) JOIN appraisal.cycle AS c USING (cycle_id) WHERE c.code = 'sp'), 'p242 7700.00, p245 10400.00',
  'quarterly-sales-pay: pay is base, bonus, benefits and other; payroll adds the bonus to the rest');
SELECT open('spy', 'quarterly-sales-pay', 'year', '[2026-01-01,2027-01-01)');
SELECT as_hr($$CALL appraisal.start_scoring('spy')$$), compute('spy');
SELECT take_to_publication('spy');
SELECT is(due('spy'), 'p243 promotion, p244 training', 'quarterly-sales-pay: promotion and training follow the year');

-- participation: rewards follow results
SELECT load('participation');
SELECT open('pa', 'participation', 'quarter', '[2026-01-01,2026-04-01)');
SELECT as_hr($$CALL appraisal.start_scoring('pa')$$);
SELECT figures('pa', p, format('{"sales": %s, "customer_satisfaction": %1$s, "operating_efficiency": %1$s}', v)::jsonb) FROM (VALUES ('p242', 95), ('p243', 80), ('p244', 79), ('p245', 50)) AS x (p, v);
SELECT compute('pa');
SELECT take_to_publication('pa');
SELECT as_hr($$CALL appraisal.confirm_outcomes('pa')$$), as_hr($$CALL appraisal.award_bonus('pa', pool => 900, bases => '[{"person": "p242", "base": 2}, {"person": "p243", "base": 1}]')$$);
SELECT is(results('pa') || '; ' || due('pa') || '; ' || paid('pa'), 'p242 95.00 优秀, p243 80.00 良好, p244 79.00 合格, p245 50.00 不合格; p242 reward, p243 reward; p242 600.00, p243 300.00', 'participation: sales, satisfaction and efficiency; rewards follow results');
SELECT is(read_as('org_hr', $$SELECT string_agg(person || ' ' || state, ', ' ORDER BY person) FROM appraisal.due_outcomes('pa')$$), 'p242 confirmed, p243 confirmed', 'participation: and are confirmed');

-- operations-monthly: marks by the gap, bonus by grade, promotion by the year
SELECT load('operations-monthly', '{"missing": "renormalise", "least_coverage": 0.05}');
SELECT open('om', 'operations-monthly', 'month', '[2026-06-01,2026-07-01)');
SELECT as_hr($$CALL appraisal.start_scoring('om')$$);
SELECT figures('om', p, v) FROM (VALUES
  ('p242', '{"sales": 120, "profit": 100, "new_customers": 90, "customer_satisfaction": 50, "response_time": [2, 4], "order_processing": 12, "rectification": 1}'::jsonb),
  ('p243', '{"sales": 100, "profit": 100, "new_customers": 100, "customer_satisfaction": 100, "response_time": 1, "order_processing": 4, "rectification": 1}'),
  ('p244', '{"sales": 50, "profit": 50, "new_customers": 50, "customer_satisfaction": 50, "response_time": 10, "order_processing": 48, "rectification": 0}'),
  ('p245', '{"sales": 85, "profit": 85, "new_customers": 85, "customer_satisfaction": 85, "response_time": 3, "order_processing": 12, "rectification": 0.7}')) AS x (p, v);
SELECT as_hr($$CALL appraisal.assign_reviews('om', most => 3)$$);
SELECT is((SELECT string_agg(DISTINCT due_on::text, ' ') FROM appraisal.review JOIN appraisal.cycle USING (cycle_id) WHERE code = 'om'), '2026-07-10', 'operations-monthly: in the first ten days of the next month');
SELECT rate('om', '{"manager": 80, "peer": 80, "self": 80, "p243 manager": 95, "p243 peer": 90, "p243 self": 100, "p244 manager": 50, "p244 peer": 40, "p244 self": 60, "p245 manager": 70, "p245 peer": 70, "p245 self": 70}');
SELECT compute('om');
SELECT is(points_of('om', 'p242'), 'customer_satisfaction 0, new_customers 80, order_processing 80, profit 100, rectification 100, response_time 80, sales 100', 'operations-monthly: at target or above full marks, below it less by the size of the gap; response and processing times count');
-- p242: 0.6 x 80 + 0.4 x 80; p243: 0.6 x 100 + 0.4 x (57 + 27 + 10); p244: 0.4 x (30 + 12 + 6); p245: 0.6 x 71 + 0.4 x 70
SELECT is(results('om'), 'p242 80.00 良好, p243 97.60 优秀, p244 19.20 不合格, p245 70.60 合格', 'operations-monthly: performance, ability and attitude, each with a weight');
SELECT is((SELECT string_agg(n || ' ' || i, ', ' ORDER BY n) FROM (SELECT d.code AS n, string_agg(x.code, ' ' ORDER BY x.code) AS i FROM appraisal.scheme AS s JOIN appraisal.dimension AS d USING (scheme_id) JOIN appraisal.scheme_indicator USING (dimension_id) JOIN appraisal.indicator AS x USING (indicator_id) WHERE s.code = 'operations-monthly' GROUP BY 1) AS g),
  'ability communication knowledge learning problem_solving, attitude discipline initiative responsibility teamwork, performance customer_satisfaction new_customers order_processing profit rectification response_time sales', 'operations-monthly: what is looked at');
SELECT take_to_publication('om');
SELECT as_hr($$CALL appraisal.award_bonus('om', base => 1000)$$);
SELECT is(paid('om'), 'p242 1200.00, p243 1500.00, p244 0.00, p245 1000.00', 'operations-monthly: the bonus by the grade''s coefficient');
SELECT open('omy', 'operations-monthly', 'year', '[2026-01-01,2027-01-01)');
SELECT as_hr($$CALL appraisal.start_scoring('omy')$$), compute('omy');
SELECT take_to_publication('omy');
SELECT is(due('om') || '; ' || due('omy'), 'p244 training; p243 promotion', 'operations-monthly: training after a month, promotion by the year');

-- performance-and-values: what each role is measured by
SELECT load('performance-and-values');
SELECT is((SELECT string_agg(job_group || ': ' || i, '; ' ORDER BY job_group) FROM (SELECT k.job_group, string_agg(i.code, ' ' ORDER BY i.code) AS i FROM appraisal.scheme AS s JOIN appraisal.scheme_indicator AS k USING (scheme_id) JOIN appraisal.indicator AS i USING (indicator_id)
    WHERE s.code = 'performance-and-values' AND k.job_group <> '*' GROUP BY 1) AS g),
  'crm: message_conversion message_open_rate repeat_purchase; planning: click_rate conversion dwell_time pages_improved pages_seen unsold_rate; product: basket_size lead_item_sales; promotion: conversion daily_visitors member_growth new_members visitor_growth; shop_manager: paid_sales staff_turnover team_growth',
  'performance-and-values: the indicators of each role');
SELECT is((SELECT string_agg(d.code || ' ' || w.weight || coalesce(' gate ' || d.gate || ' ' || d.gate_grade, ''), ', ' ORDER BY d."position") FROM appraisal.scheme AS s JOIN appraisal.dimension AS d USING (scheme_id) JOIN appraisal.dimension_weight AS w USING (dimension_id) WHERE s.code = 'performance-and-values'),
  'performance 70, values 30 gate 2.5 不合格', 'performance-and-values: performance 70, values 30');
SELECT is((SELECT bool_and(t.n = 8) FROM (SELECT count(*) FILTER (WHERE l.earns <> '') AS n FROM appraisal.scheme AS s JOIN appraisal.scheme_indicator AS k USING (scheme_id) JOIN appraisal.dimension AS d ON d.dimension_id = k.dimension_id JOIN appraisal.indicator_level AS l USING (indicator_id)
    WHERE s.code = 'performance-and-values' AND d.code = 'performance' GROUP BY k.scheme_indicator_id) AS t), true, 'performance-and-values: each goal says what earns each of the eight marks');

-- course-marks: a mark, and no grade
SELECT load('course-marks');
SELECT open('cm', 'course-marks', 'half_year', '[2026-01-01,2026-07-01)');
SELECT as_hr($$CALL appraisal.start_scoring('cm')$$);
SELECT figures('cm', p, v) FROM (VALUES ('p242', '{"posts": [15, 15], "search_rank": [5, 200], "visits": [250, 250], "inbound_links": 10}'::jsonb), ('p243', '{"posts": 45, "search_rank": 1, "visits": 5000, "inbound_links": 50}'),
  ('p244', '{"posts": 3, "search_rank": 101, "visits": 0, "inbound_links": 0}'), ('p245', '{"posts": 15, "search_rank": 40, "visits": 1750, "inbound_links": 30}')) AS x (p, v);
SELECT compute('cm');
SELECT is(points_of('cm', 'p242') || '; ' || points_of('cm', 'p244'), 'inbound_links 60, posts 100, search_rank 90, visits 60; inbound_links 0, posts 10, search_rank 0, visits 0', 'course-marks: posts, rank (lower is better), visits and links, each through its curve');
SELECT take_to_publication('cm');
SELECT is(results('cm'), 'p242 77.50, p243 100.00, p244 2.50, p245 67.50', 'course-marks: the mark');

-- fulfilment: 24 hours, at most 48
SELECT load('fulfilment');
SELECT open('ff', 'fulfilment', 'month', '[2026-06-01,2026-07-01)');
SELECT as_hr($$CALL appraisal.start_scoring('ff')$$);
SELECT figures('ff', p, v) FROM (VALUES ('p242', '{"order_to_dispatch": [20, 28], "out_of_stock_notice": 0.9, "stock_count_done": 1, "stock_accuracy": 0.99}'::jsonb), ('p243', '{"order_to_dispatch": 12, "out_of_stock_notice": 1, "stock_count_done": 1, "stock_accuracy": 1}'),
  ('p244', '{"order_to_dispatch": 48.5, "out_of_stock_notice": 1, "stock_count_done": 1, "stock_accuracy": 1}'), ('p245', '{"order_to_dispatch": 36, "out_of_stock_notice": 0.8, "stock_count_done": 0.5, "stock_accuracy": 0.95}')) AS x (p, v);
SELECT compute('ff');
SELECT is((SELECT string_agg(p || ' ' || points_of('ff', p), '; ' ORDER BY p) FROM unnest('{p242,p244,p245}'::text[]) AS p),
  'p242 order_to_dispatch 100, out_of_stock_notice 50, stock_accuracy 80, stock_count_done 100; p244 order_to_dispatch 0, out_of_stock_notice 100, stock_accuracy 100, stock_count_done 100; p245 order_to_dispatch 80, out_of_stock_notice 0, stock_accuracy 0, stock_count_done 50',
  'fulfilment: a day is full marks, two days the end; notices and stock counts');
SELECT take_to_publication('ff');
SELECT is(results('ff'), 'p242 85.90 良好, p243 100.00 优秀, p244 51.00 不合格, p245 45.20 不合格', 'fulfilment: results, by hand');

-- what results are used for, as each scheme says
SELECT results_eq($$SELECT code, array_to_string(uses, ' ') FROM appraisal.scheme WHERE status = 'active' AND uses <> '{}' ORDER BY code COLLATE "C"$$,
  $$VALUES ('course-marks', 'mark'), ('ecommerce-monthly', 'bonus award'), ('manager-quarterly', 'pay training post'), ('operations-monthly', 'bonus promotion pay post training'), ('participation', 'award bonus'),
           ('quarterly-operations', 'bonus promotion training'), ('quarterly-sales-pay', 'bonus promotion training pay')$$, 'what results are used for');
SELECT * FROM finish();
ROLLBACK;
