-- What five schemes of the library say of results once they are published, from the schemes' loading to the last
-- consequence: interviews, acknowledgements, improvement plans. In a team of six p241 leads and is not appraised;
-- p246 does everything as badly as can be, the others as well as can be.
\set ECHO none
BEGIN;
SELECT no_plan();
\ir organisation.psql
\ir to_publication.psql
\ir scoring.psql

INSERT INTO unit_plan VALUES (13, 'team', '试点组 Team', 'station', 'marketing', 241, 6, 113, '{staff}');
SELECT jsonb_build_object('units', '[{"code": "team", "title": "试点组 Team", "kind": "station", "parent": "marketing"}]'::jsonb,
  'people', jsonb_agg(jsonb_build_object('code', code(n), 'name', '试 Shi ' || n, 'hired_on', '2024-01-01')),
  'postings', jsonb_agg(jsonb_build_object('person', code(n), 'unit', 'team', 'job_group', CASE n WHEN 241 THEN 'manager' ELSE 'staff' END, 'from_date', '2024-01-01',
                                           'manager', code(CASE n WHEN 241 THEN 113 ELSE 241 END)))) AS document FROM generate_series(241, 246) AS n \gset
CALL appraisal.import_organisation(:'document') \g /dev/null
SELECT link_manager(241) AS linked \gset
CREATE TABLE run (code text PRIMARY KEY, scheme text, period text, during daterange, worst text, has_rule boolean);
INSERT INTO run VALUES
  ('q', 'quarterly-operations', 'quarter', '[2026-04-01,2026-07-01)', '不合格', true), ('c', 'commerce-staff-monthly', 'month', '[2026-06-01,2026-07-01)', '不合格', false),
  ('h', 'company-half-year', 'half_year', '[2026-01-01,2026-07-01)', 'E', false), ('r', 'half-year-360', 'half_year', '[2026-01-01,2026-07-01)', '不合格', true),
  ('m', 'operations-monthly', 'month', '[2026-06-01,2026-07-01)', '不合格', true);
-- targets are the company's own
CREATE FUNCTION targets(document jsonb) RETURNS jsonb LANGUAGE sql AS $$
  SELECT coalesce(jsonb_build_object('dimensions', jsonb_object_agg(dimension, jsonb_build_object('indicators', job_groups))), '{}')
  FROM (SELECT dimension, jsonb_object_agg(job_group, indicators) AS job_groups
        FROM (SELECT d.key AS dimension, g.key AS job_group, jsonb_object_agg(i.key, '{"target": 100}'::jsonb) AS indicators
              FROM jsonb_each(document -> 'dimensions') AS d, jsonb_each(d.value -> 'indicators') AS g, jsonb_each(g.value) AS i
              WHERE document #>> ARRAY['indicators', i.key, 'reads'] = 'attainment' GROUP BY 1, 2) AS x GROUP BY dimension) AS y HAVING count(*) > 0 $$;
SELECT as_hr(format('CALL appraisal.load_scheme(%L, %L)', l.code, coalesce(targets(l.document), '{}'))) FROM run AS r JOIN appraisal.scheme_library() AS l ON l.code = r.scheme;
SELECT as_hr(format('CALL appraisal.activate_scheme(%L, valid_from => %L)', scheme, '2026-01-01')) FROM run;
SELECT as_hr(format('CALL appraisal.open_cycle(%L, %L, %L, %L)', code, scheme, period, during)) FROM run;
SELECT as_hr(format('CALL appraisal.enrol(%L, %L, %L)', code, 'team', 'staff')) FROM run;
SELECT as_hr($$CALL appraisal.propose_goals('q')$$);
SELECT as_hr($$CALL appraisal.approve_goals('q')$$);
SELECT as_person('p241', $$CALL appraisal.approve_goals('q')$$);
SELECT as_hr(format('CALL appraisal.start_scoring(%L)', code)) FROM run;

-- figures and marks at either end of what earns points
SELECT count(find_rules(cycle_id)) AS done FROM appraisal.cycle \gset
SELECT as_hr(format('CALL appraisal.record_measurements(%L, %L)', c.code, jsonb_agg(jsonb_build_object('person', n.code, 'indicator', r.indicator, 'measured_on', upper(c.during) - 1,
    'value', (SELECT k.x * CASE r.reads WHEN 'attainment' THEN r.target ELSE 1 END FROM knots(r.curve) AS k ORDER BY CASE n.code WHEN 'p246' THEN k.y ELSE -k.y END LIMIT 1)))))
FROM rules_of AS r JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id)
WHERE r.kind = 'measured' GROUP BY c.code;
SELECT as_hr(format('CALL appraisal.assign_reviews(%L)', code)) FROM run;
SELECT count(give_marks(cycle_id)) AS done FROM appraisal.cycle \gset
CREATE FUNCTION level_of(indicator bigint, best boolean) RETURNS appraisal.indicator_level LANGUAGE sql AS $$
  SELECT l FROM appraisal.indicator_level AS l WHERE l.indicator_id = indicator ORDER BY CASE WHEN best THEN -l.points ELSE l.points END LIMIT 1 $$;
UPDATE given AS g SET label = (level_of(g.indicator_id, n.code <> 'p246')).label, evidence = '事例',
  score = CASE n.code WHEN 'p246' THEN coalesce((level_of(g.indicator_id, false)).least, (level_of(g.indicator_id, false)).points, i.least)
                      ELSE coalesce((level_of(g.indicator_id, true)).points, i.most) END
FROM appraisal.review AS v JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id), appraisal.indicator AS i
WHERE v.review_id = g.review_id AND i.indicator_id = g.indicator_id AND i.kind <> 'gated';
SELECT cmp_ok(sum(n), '>', 60::numeric, sum(n) || ' reviews are handed in') FROM run, submit_reviews(code, CASE WHEN scheme = 'company-half-year' THEN '{"总体评价": "称职", "优点": "认真", "不足": "经验少", "期望": "多学习"}'::jsonb END) AS n;
SELECT as_hr(format('CALL appraisal.close_reviews(%L)', code)) FROM run;
SELECT as_hr(format('CALL appraisal.compute_results(%L)', code)) FROM run;
SELECT compare_results(code) FROM run;
SELECT set_eq(format($$SELECT n.code, r.final_grade FROM appraisal.result AS r JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id) WHERE c.code = %L$$, code),
  format($$SELECT code(n), CASE n WHEN 246 THEN %L ELSE %L END FROM generate_series(242, 246) AS n$$, worst, CASE worst WHEN 'E' THEN 'A' ELSE '优秀' END), scheme || ': one is as bad as can be') FROM run;

-- nothing is talked about before it is published
SELECT matches(error_as('org_service', format('CALL appraisal.record_interview(%L, %L, current_date, %L)', code, 'p246', '面谈'), 'p241'), '^AP001 interviews', scheme || ': no interview before publication') FROM run;
SET LOCAL client_min_messages = error;
SELECT take_to_publication(code) FROM run;

CREATE FUNCTION missing(of_cycle text, kind text, login text DEFAULT 'org_hr', actor text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
DECLARE found text; before CONSTANT text := current_setting('session_authorization');
BEGIN
  PERFORM set_config('appraisal.actor', actor, true), set_config('session_authorization', login, true);
  SELECT string_agg(person, ' ' ORDER BY person) INTO found FROM appraisal.cycle_progress WHERE cycle = of_cycle AND what = kind;
  PERFORM set_config('session_authorization', before, true), set_config('appraisal.actor', '', true);
  RETURN coalesce(found, '-');
END $$;
CREATE FUNCTION published_ago(days integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  SET LOCAL session_replication_role = replica;
  UPDATE appraisal.result SET published_at = statement_timestamp() - days * interval '1 day';
  SET LOCAL session_replication_role = origin;
END $$;
SELECT published_ago(14) AS done \gset
SELECT is(missing(code, 'interview'), '-', scheme || ': there are 14 days for the interview') FROM run;
SELECT published_ago(16) AS done \gset
SELECT is(missing(code, 'interview') || ', ' || missing(code, 'acknowledgement'), CASE code WHEN 'm' THEN '-, -' ELSE 'p242 p243 p244 p245 p246, p242 p243 p244 p245 p246' END,
  scheme || CASE code WHEN 'm' THEN ' wants no interview' ELSE ': after them it is missing' END) FROM run;
SELECT is(missing(code, 'interview', 'org_employee') || ', ' || missing(code, 'interview', 'org_service', 'p242') || ', ' || missing(code, 'interview', 'org_service', 'p241'),
  CASE code WHEN 'm' THEN '-, -, -' ELSE '-, p242, p242 p243 p244 p245 p246' END, scheme || ': which is told to the person and the one above') FROM run;

-- the rater talks with each person: one to one, and closes the appraisal
SELECT as_person('p241', format('CALL appraisal.record_interview(%L, %L, current_date, %L)', code, code(n), '面谈：' || n)) FROM run, generate_series(242, 246) AS n WHERE code <> 'm' AND (code, n) <> ('c', 243);
SELECT is(missing('c', 'interview'), 'p243', 'commerce-staff-monthly: without its talk an appraisal is not closed');
SELECT matches(error_as('org_service', $$CALL appraisal.record_interview('c', 'p243', current_date, '我自己')$$, 'p243'), '^(42501|AP003)', 'commerce-staff-monthly: nobody has it with oneself');
SELECT matches(error_as('org_service', $$CALL appraisal.record_interview('c', 'p243', current_date, '同事谈')$$, 'p244'), '^AP00[34]', 'commerce-staff-monthly: nor is a colleague who holds it');
SELECT as_person('p241', $$CALL appraisal.record_interview('c', 'p243', current_date, '面谈：243')$$);
SELECT is(missing(code, 'interview'), '-', scheme || ': all talks are held') FROM run;
SELECT set_eq($$SELECT DISTINCT h.code, p.manager_id = i.held_by FROM appraisal.interview AS i JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    JOIN appraisal.person AS h ON h.person_id = i.held_by WHERE c.code = 'c'$$, $$VALUES ('p241', true)$$, 'commerce-staff-monthly: between rater and person');

-- results always go back to the person
SELECT matches(error_as('org_hr', $$CALL appraisal.acknowledge_result('r')$$), '^AP004 you take no part', 'half-year-360: nobody acknowledges for another');
SELECT as_person(code(n), format('CALL appraisal.acknowledge_result(%L, %L)', 'r', CASE n WHEN 246 THEN '不同意，但已知悉' END)) FROM generate_series(242, 246) AS n;
SELECT is(missing('r', 'acknowledgement'), '-', 'half-year-360: every result has come back to its person');
SELECT is((SELECT string_agg(n.code || coalesce(' ' || a.remark, ''), ', ' ORDER BY n.code) FROM appraisal.acknowledgement AS a JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id)),
  'p242, p243, p244, p245, p246 不同意，但已知悉', 'half-year-360: with what they had to say');
SELECT as_login('org_service', $$CREATE TEMP TABLE seen_by_p246 AS SELECT c.code, n.code AS person, r.final_grade, i.summary FROM appraisal.result AS r JOIN appraisal.cycle AS c USING (cycle_id)
    JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id) LEFT JOIN appraisal.interview AS i USING (cycle_id, participant_id)$$, 'p246');
SELECT set_eq('SELECT code, person, final_grade, summary FROM pg_temp.seen_by_p246', $$SELECT code, 'p246', worst, CASE WHEN code <> 'm' THEN '面谈：246' END FROM run$$, 'the person sees the own results and talks, and no others');
SELECT as_login('org_employee', 'CREATE TEMP TABLE seen_by_other AS SELECT summary FROM appraisal.interview');
SELECT is((SELECT count(*) FROM pg_temp.seen_by_other), 0::bigint, 'quarterly-operations: what was said is confidential');

-- plans by rule, where the scheme has one
SELECT is(missing(code, 'improvement_plan'), CASE WHEN has_rule THEN 'p246' ELSE '-' END, scheme || CASE WHEN has_rule THEN ': who is below standard gets a plan' ELSE ' has no such rule' END) FROM run;
SELECT as_hr(format('CALL appraisal.open_due_improvement_plans(%L)', code)) FROM run WHERE has_rule;
SELECT matches(error_as('org_hr', format('CALL appraisal.open_due_improvement_plans(%L)', code)), '^AP005 the scheme of cycle', scheme || ' opens none by rule') FROM run WHERE NOT has_rule;
SELECT set_eq($$SELECT c.code AS cycle, n.code, l.by_rule, l.due_on FROM appraisal.improvement_plan AS l JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id)$$,
  $$SELECT code, 'p246' AS person, true AS by_rule, current_date + (upper(during) - lower(during)) AS due_on FROM run WHERE has_rule$$, 'plans of 不合格, for as long as the period was');
-- quarterly-operations: direction, goals, support and training
SELECT as_person('p241', $$CALL appraisal.revise_improvement_plan('q', 'p246', '客户满意度达到90%', NULL,
    '[{"title": "客服课程", "training": "两天"}, {"title": "每周辅导", "owner": "p241"}, {"title": "旁听", "owner": "p242"}]', '服务意识', '一位导师', '沟通技巧')$$);
SELECT results_eq($$SELECT l.goals, l.direction, l.support, l.training, string_agg(a.title || ' ' || o.code, ', ' ORDER BY a.action_id)
    FROM appraisal.improvement_plan AS l JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.improvement_action AS a USING (cycle_id, plan_id) JOIN appraisal.person AS o ON o.person_id = a.owner_id
    WHERE c.code = 'q' GROUP BY 1, 2, 3, 4$$, $$VALUES ('客户满意度达到90%', '服务意识', '一位导师', '沟通技巧', '客服课程 p246, 每周辅导 p241, 旁听 p242')$$,
  'quarterly-operations: a personal plan with direction, goals, support and training');
SELECT as_person('p246', $$CALL appraisal.record_improvement_progress('q', NULL, '客服课程', 100)$$);
SELECT as_person('p242', $$CALL appraisal.record_improvement_progress('q', NULL, '旁听', 50)$$);
SELECT matches(error_as('org_service', $$CALL appraisal.close_improvement_plan('q', 'p246', true, '我做到了')$$, 'p246'), '^AP003 nobody writes improvement plans of the own result', 'nobody closes the own plan');
SELECT as_person('p241', $$CALL appraisal.close_improvement_plan('q', 'p246', true, '满意度92%')$$);
-- operations-monthly: trained, and still not good enough
SELECT as_person('p241', $$CALL appraisal.revise_improvement_plan('m', 'p246', '差错率低于1%', NULL, '[{"title": "培训", "training": "订单处理"}]')$$);
SELECT as_hr($$CALL appraisal.close_cycle('m')$$);
SELECT as_person('p246', $$CALL appraisal.record_improvement_progress('m', NULL, '培训', 100)$$);
SELECT as_person('p241', $$CALL appraisal.close_improvement_plan('m', 'p246', false, '差错率3%')$$);
SELECT results_eq($$SELECT c.code, l.status, g.done FROM appraisal.improvement_plan AS l JOIN appraisal.cycle AS c USING (cycle_id)
    LEFT JOIN LATERAL (SELECT count(a.done_on) AS done FROM appraisal.improvement_action AS a WHERE a.cycle_id = l.cycle_id AND a.plan_id = l.plan_id) AS g ON true ORDER BY 1$$,
  $$VALUES ('m', 'not_met', 1::bigint), ('q', 'met', 1), ('r', 'open', 0)$$, 'how the plans came out: what later outcomes read');
-- by hand, where there is no rule
SELECT as_person('p241', $$CALL appraisal.open_improvement_plan('h', 'p246', '按时提交报告', current_date + 60, direction => '纪律')$$);
SELECT is((SELECT count(*) FROM appraisal.improvement_plan AS l JOIN appraisal.cycle AS c USING (cycle_id) WHERE c.code = 'h' AND NOT l.by_rule), 1::bigint, 'company-half-year: by hand');

-- it goes on record, and stays there
SELECT throws_ok('UPDATE appraisal.interview SET summary = ''x''', 'AP007', 'interview is only added to', 'company-half-year: the recorded interview is archived');
SELECT throws_ok('UPDATE appraisal.result SET score = 0 WHERE score > 0', 'AP006', NULL, 'quarterly-operations: the result is on record');
SELECT cmp_ok(count(*), '=', 20::bigint, 'every interview is in the audit log') FROM appraisal.audit_log WHERE table_name = 'interview' AND command = 'INSERT';
SELECT as_hr(format('CALL appraisal.close_cycle(%L)', code)) FROM run WHERE code <> 'm';
SELECT is((SELECT string_agg(DISTINCT status, ' ') FROM appraisal.cycle), 'closed', 'all cycles are closed');
SELECT finish();
ROLLBACK;
