-- The scheme performance-and-values from its loading to computed results, by a company of 240 people:
-- a quarter of the staff, and a half-year of the heads. Each step is taken by who takes it in life; each figure is
-- compared with plain SQL (organisation.psql, scoring.psql).
\set ECHO none
BEGIN;
SELECT no_plan();
\ir organisation.psql
\ir to_publication.psql
\ir scoring.psql

SELECT as_hr($$CALL appraisal.load_scheme('performance-and-values')$$);
SELECT as_hr($$CALL appraisal.activate_scheme('performance-and-values', valid_from => '2026-01-01')$$);

-- The quarter before leaves figures behind, of which the best are the least that is aimed at now
SELECT as_hr($$CALL appraisal.open_cycle('q1', 'performance-and-values', 'quarter', '[2026-01-01,2026-04-01)', 'First quarter')$$);
SELECT as_hr($$CALL appraisal.enrol('q1', job_group => 'shop_manager')$$);
SELECT as_hr($$CALL appraisal.propose_goals('q1')$$);
SELECT as_hr($$CALL appraisal.record_measurements('q1', '[
    {"person": "p139", "indicator": "paid_sales", "value": 30000, "measured_on": "2026-01-31"},
    {"person": "p139", "indicator": "paid_sales", "value": 28000, "measured_on": "2026-02-28"},
    {"person": "p139", "indicator": "paid_sales", "value": 42000, "measured_on": "2026-03-31"},
    {"person": "p139", "indicator": "staff_turnover", "value": 0.04, "measured_on": "2026-01-31"},
    {"person": "p139", "indicator": "staff_turnover", "value": 0.02, "measured_on": "2026-03-31"}]')$$);

SELECT as_hr($$CALL appraisal.open_cycle('q2', 'performance-and-values', 'quarter', '[2026-04-01,2026-07-01)', '二季度', NULL, current_date - 1)$$);
SELECT as_hr($$CALL appraisal.enrol('q2')$$);
SELECT same_rows($$SELECT p.code, g.segment::int, g.segment_days, g.leads, u.code AS unit, m.code AS manager, g.job_group, g.exempt_because
    FROM appraisal.participant g JOIN appraisal.cycle c USING (cycle_id) JOIN appraisal.person p USING (person_id)
    JOIN appraisal.unit u USING (unit_id) LEFT JOIN appraisal.person m ON m.person_id = g.manager_id WHERE c.code = 'q2'$$,
  $$SELECT person, segment::int, days, leads, unit, manager, job_group, exempt FROM expected_participants('[2026-04-01,2026-07-01)')
    WHERE job_group NOT IN ('senior_manager', 'department_head')$$, 'who is appraised in a quarter, by segments; heads are not');
SELECT as_hr($$CALL appraisal.exempt('q2', 'p050', '长病假')$$);
SELECT as_hr($$CALL appraisal.exempt('q2', 'p130', '产假')$$);

-- Goals: HR proposes for all; one's own, the manager's change, everybody's confirmation
SELECT as_hr($$CALL appraisal.propose_goals('q2')$$);
SELECT results_eq($$SELECT i.code, g.floor, g.target FROM appraisal.goal g JOIN appraisal.cycle c USING (cycle_id)
    JOIN appraisal.participant p USING (cycle_id, participant_id) JOIN appraisal.scheme_indicator u USING (scheme_indicator_id) JOIN appraisal.indicator i USING (indicator_id)
    WHERE c.code = 'q2' AND p.person_id = appraisal.person_of_code('p139') ORDER BY i.code$$,
  $$VALUES ('paid_sales', 100000::numeric, 100000::numeric), ('staff_turnover', 0.03, 0.03), ('team_growth', NULL, NULL)$$,
  'today''s best is tomorrow''s least: sales added up, turnover averaged');
SELECT matches(error_as('org_hr', $$CALL appraisal.adjust_goal('q2', 'p139', 'paid_sales', '市场不好', target => 99000)$$), '^AP005', 'HR does not aim lower, either');
SELECT is(error_as('org_operations', $$CALL appraisal.adjust_goal('q2', 'p139', 'staff_turnover', '新店', target => 0.02)$$), NULL, 'a manager aims higher');
SELECT matches(error_as('org_service', $$CALL appraisal.propose_goals('q2', 'p019', '[{"indicator": "pages_improved", "target": 5}]')$$, 'p018'), '^AP00[34]', 'nobody proposes goals of a colleague');
SELECT as_login('org_employee', $$CALL appraisal.propose_goals('q2', 'p018', '[{"indicator": "new_members", "weight": 40, "target": 500}, {"indicator": "member_growth", "weight": 10},
    {"indicator": "daily_visitors", "weight": 10, "title": "日均访客3000"}]')$$);
SELECT as_person('p023', $$CALL appraisal.propose_goals('q2', 'p023', '[{"indicator": "goal_1", "title": "上新流程提速", "weight": 50}, {"indicator": "goal_2", "weight": 25}, {"indicator": "goal_3", "weight": 30}]')$$);
SELECT as_login('org_operations', $$CALL appraisal.adjust_goal('q2', 'p019', 'pages_improved', '页面是重点', weight => 25, target => 40)$$);
SELECT as_login('org_operations', $$CALL appraisal.adjust_goal('q2', 'p019', 'conversion', '页面是重点', weight => 10)$$);

SELECT matches(error_as('org_hr', $$CALL appraisal.start_scoring('q2')$$), '^AP00[12]', 'goals are not confirmed');
SELECT matches(error_as('org_operations', $$CALL appraisal.confirm_goal('q2', 'p019')$$), '^AP003', 'not even by the manager');
CREATE FUNCTION confirm_all(cycle text) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM (SELECT org.as_person(p.code, format('CALL appraisal.confirm_goal(%L)', cycle))
    FROM (SELECT DISTINCT n.code FROM appraisal.participant AS g JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.person AS n USING (person_id)
          WHERE c.code = cycle AND g.exempt_because IS NULL) AS p) AS done $$;
SELECT confirm_all('q2') AS done \gset
SELECT matches(error_as('org_hr', $$CALL appraisal.start_scoring('q2')$$), '^AP002 .*"p023".* 105,', 'weights that one set do not add up');
SELECT as_person('p023', $$CALL appraisal.propose_goals('q2', 'p023', '[{"indicator": "goal_2", "weight": 20}]')$$);
SELECT matches(error_as('org_hr', $$CALL appraisal.start_scoring('q2')$$), '^AP001 goal .*"p023"', 'what was changed is to be confirmed anew');
SELECT as_person('p023', $$CALL appraisal.confirm_goal('q2', 'p023')$$);
SELECT as_hr($$CALL appraisal.start_scoring('q2')$$);
ANALYZE appraisal.participant, appraisal.goal, appraisal.cycle, appraisal.scheme_indicator, appraisal.dimension_weight, appraisal.indicator, appraisal.indicator_level, appraisal.rater_rule;

-- Reviews: of each segment by its superior and by oneself
SELECT as_hr($$CALL appraisal.assign_reviews('q2')$$);
SELECT same_rows($$SELECT n.code, p.segment::int, r.source, m.code AS rater, r.status, r.due_on = current_date - 1 AS due FROM appraisal.review r JOIN appraisal.participant p USING (cycle_id, participant_id)
    JOIN appraisal.cycle c USING (cycle_id) JOIN appraisal.person n USING (person_id) JOIN appraisal.person m ON m.person_id = r.rater_id WHERE c.code = 'q2'$$,
  $$SELECT person, segment::int, source, rater, 'assigned', true FROM expected_participants('[2026-04-01,2026-07-01)') AS e, LATERAL (VALUES ('manager', e.manager), ('self', e.person)) AS v (source, rater)
    WHERE job_group NOT IN ('senior_manager', 'department_head') AND exempt IS NULL AND person NOT IN ('p050', 'p130') AND rater IS NOT NULL$$, 'reviews as assigned');
SELECT as_person('p017', $$CALL appraisal.recuse('q2', 'p026', '亲属')$$);
SELECT as_login('org_p053', $$CALL appraisal.decline_review('q2', 'p056', '共事不足一个月')$$);
SELECT as_login('org_operations', $$CALL appraisal.record_feedback('q2', 'p018', 'concern', '访客增长落后')$$);

SELECT find_rules(cycle_id), give_marks(cycle_id) FROM appraisal.cycle WHERE code = 'q2' \g /dev/null
-- whose marks they are, in what hits the rules
CREATE VIEW given_to AS
SELECT g.*, n.code AS person, v.source FROM given AS g JOIN appraisal.review AS v USING (cycle_id, review_id) JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id);
-- p024 does all and lives up to nothing; p027 did the hard things and not the simple one, which does not count
UPDATE given AS g SET score = 5, label = '杰出' FROM given_to AS t WHERE t.review_id = g.review_id AND t.indicator_id = g.indicator_id AND t.person = 'p024' AND g.levels IS NULL;
UPDATE given AS g SET levels = '{1,1,0,1,1}', score = 2, evidence = '未达到第三级' FROM given_to AS t WHERE t.review_id = g.review_id AND t.indicator_id = g.indicator_id AND t.person = 'p024' AND g.levels IS NOT NULL;
UPDATE given AS g SET levels = '{1,0.5,1,1,1}', score = 1.5, evidence = '第二级只达到一半' FROM given_to AS t WHERE t.review_id = g.review_id AND t.indicator_id = g.indicator_id AND t.person = 'p027' AND g.indicator = 'honesty';
-- p029 and p032 to the same marks: a tie
UPDATE given AS g SET score = o.score, label = o.label, levels = o.levels, evidence = o.evidence
FROM given_to AS t, given_to AS o
WHERE t.review_id = g.review_id AND t.indicator_id = g.indicator_id AND t.person = 'p032' AND o.person = 'p029' AND o.source = t.source AND o.indicator_id = t.indicator_id;

-- what is refused
SELECT marks(review_id) AS marks FROM given_to WHERE person = 'p035' AND source = 'manager' LIMIT 1 \gset
SELECT jsonb_agg(CASE WHEN m ->> 'indicator' = 'customers' THEN '{"indicator": "customers", "levels": [1, 1, 1, 0, 0]}' ELSE m END) AS no_evidence, jsonb_agg(CASE WHEN m ->> 'indicator' = 'goal_1' THEN '{"indicator": "goal_1", "score": 3.6}' ELSE m END) AS no_such_mark,
       jsonb_agg(m) FILTER (WHERE m ->> 'indicator' <> 'goal_2') AS one_short
FROM jsonb_array_elements(:'marks') AS m \gset
SELECT matches(error_as('org_operations', format('CALL appraisal.submit_review(%L, %L, %L)', 'q2', 'p035', :'no_evidence')), '^AP005', 'an extreme mark needs a case');
SELECT matches(error_as('org_operations', format('CALL appraisal.submit_review(%L, %L, %L)', 'q2', 'p035', :'no_such_mark')), '^AP005', 'a mark that is not on the list');
SELECT matches(error_as('org_operations', format('CALL appraisal.submit_review(%L, %L, %L)', 'q2', 'p035', :'one_short')), '^AP005', 'a mark is missing');
SELECT matches(error_as('org_service', format('CALL appraisal.submit_review(%L, %L, %L)', 'q2', 'p152', :'marks'), 'p152'), '^AP00', 'of several segments one is named');
SELECT matches(error_as('org_service', format('CALL appraisal.submit_review(%L, %L, %L)', 'q2', 'p035', :'marks'), 'p034'), '^AP004', 'nobody reviews who was not asked');

-- one manager's review does not come, and one that nobody needs
INSERT INTO kept_back SELECT v.review_id FROM appraisal.review AS v JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id)
WHERE c.code = 'q2' AND (n.code, v.source) IN (('p085', 'manager'), ('p086', 'self'));
SELECT cmp_ok(submit_reviews('q2'), '>', 400::bigint, 'reviews are handed in');
SELECT same_rows($$SELECT cycle_id, review_id, indicator_id, label, levels, score, evidence FROM appraisal.rating$$,
  $$SELECT cycle_id, review_id, indicator_id, label, levels, score, evidence FROM given WHERE review_id NOT IN (SELECT review_id FROM kept_back)$$, 'marks are kept as given');
SELECT ok(bool_and(late), 'all of them are late, and count') FROM appraisal.review WHERE status = 'submitted';

-- meanwhile
SELECT as_hr($$CALL appraisal.compute_results('q2')$$);
CREATE FUNCTION state_of(cycle text, person text) RETURNS text LANGUAGE sql AS $$
    SELECT r.state FROM appraisal.result AS r JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id)
    WHERE c.code = cycle AND n.code = person $$;
SELECT is(state_of('q2', 'p085'), 'pending', 'a review that may still come');
SELECT as_hr($$CALL appraisal.close_reviews('q2')$$);
SELECT as_hr($$CALL appraisal.compute_results('q2')$$);
SELECT results_eq($$SELECT p, state_of('q2', p) FROM unnest('{p001,p026,p030,p040,p050,p056,p085,p086}'::text[]) AS p$$,
  $$VALUES ('p001', 'not_applicable'), ('p026', 'recused'), ('p030', 'exempt'), ('p040', 'exempt'), ('p050', 'exempt'), ('p056', 'declined'), ('p085', 'insufficient'), ('p086', 'scored')$$,
  'why there is no score');
SELECT compare_results('q2');

-- Forced distribution: 4 and above at most 20 %, 3.75 and above at most 35 %, half of them 3.5, 15 % below at least
CREATE FUNCTION check_quota(code text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    cycle CONSTANT bigint := (SELECT c.cycle_id FROM appraisal.cycle AS c WHERE c.code = check_quota.code);
BEGIN
    PERFORM org.find_groups(cycle);
    DELETE FROM org.facts;
    DELETE FROM org.rest;
    INSERT INTO org.facts (g, c, k, size_class, n, d, cum, own, i, j, lo, hi)
    SELECT e.unit_id, 1, 8, 'any', count(*), count(DISTINCT e.enters),
           ARRAY[0] || (SELECT array_agg(h.heads_down ORDER BY h.heads_down) FROM (SELECT DISTINCT x.heads_down::int FROM org.expected_group AS x WHERE x.cycle_id = cycle AND x.unit_id = e.unit_id) AS h),
           ARRAY(SELECT count(*) FILTER (WHERE x.band <= b)::int FROM generate_series(0, 8) AS b, org.expected_group AS x WHERE x.cycle_id = cycle AND x.unit_id = e.unit_id GROUP BY b ORDER BY b),
           '{0,0,4,5}', '{3,4,5,8}', ARRAY[0, 0, floor(count(*) * 0.5 + 0.5), floor(count(*) * 0.15 + 0.5)],
           ARRAY[floor(count(*) * 0.2 + 0.5), floor(count(*) * 0.35 + 0.5), floor(count(*) * 0.5 + 0.5), count(*)]
    FROM org.expected_group AS e WHERE e.cycle_id = cycle GROUP BY e.unit_id;
    CREATE TEMP TABLE best ON COMMIT DROP AS SELECT f.g, f.n, b.* FROM org.facts AS f, org.best_of(f.g) AS b;
    RETURN QUERY SELECT * FROM org.same_rows(format('SELECT unit_id, units, members, heads_out FROM appraisal.cut_line WHERE cycle_id = %s', cycle),
        format('SELECT e.unit_id, array_agg(DISTINCT e.own_unit ORDER BY e.own_unit), b.n, b.heads_out FROM org.expected_group AS e JOIN pg_temp.best AS b ON b.g = e.unit_id WHERE e.cycle_id = %s GROUP BY e.unit_id, b.n, b.heads_out', cycle), code || ': groups and pooling');
    RETURN QUERY SELECT * FROM org.same_rows(format('SELECT p.person_id, r.cohort_unit_id, r.quota_grade, r.final_grade, s.label AS by_scale FROM appraisal.result AS r JOIN appraisal.participant AS p USING (cycle_id, participant_id)
            JOIN org.expected_group AS e USING (cycle_id, participant_id) JOIN appraisal.cut_line AS l ON l.cycle_id = r.cycle_id AND l.unit_id = r.cohort_unit_id, org.bands(l.scale::text) AS s
            WHERE r.cycle_id = %s AND r.quota_grade IS NOT NULL AND s.nth = org.plain_band(e.enters, l.scale::text)', cycle),
        format('SELECT p.person_id, e.unit_id, s.label, s.label, s.label FROM org.expected_group AS e JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN pg_temp.best AS b ON b.g = e.unit_id,
            LATERAL (SELECT min(j) AS nth FROM generate_series(1, 8) AS j WHERE e.heads_down <= b.down[j + 1]) AS m, appraisal.cycle AS c JOIN appraisal.scheme AS h USING (scheme_id), org.bands(h.scale::text) AS s
            WHERE e.cycle_id = %s AND c.cycle_id = e.cycle_id AND s.nth = m.nth', cycle), code || ': grades by quota');
    DROP TABLE pg_temp.best;
END $$;
SELECT check_quota('q2');
SELECT results_eq($$SELECT r.natural_grade, d.code, r.box_label, r.quota_grade FROM appraisal.result r JOIN appraisal.dimension d ON d.dimension_id = r.gate_dimension_id
    JOIN appraisal.participant p USING (cycle_id, participant_id) WHERE p.person_id = appraisal.person_of_code('p024')$$,
  $$VALUES ('不合格', 'values', '野狗', '不合格')$$, 'values failed: the whole failed, a wild dog');
SELECT is(count(DISTINCT (r.score, r.quota_grade, r.rank)), 1::bigint, 'a tie is one place and one grade')
FROM appraisal.result r JOIN appraisal.participant p USING (cycle_id, participant_id) JOIN appraisal.person n USING (person_id) WHERE n.code IN ('p029', 'p032') AND r.score IS NOT NULL;
SELECT ok(count(DISTINCT r.natural_grade) >= 6 AND count(DISTINCT r.box_label) = 5 AND count(*) FILTER (WHERE r.gate_dimension_id IS NOT NULL) > 1 AND count(*) FILTER (WHERE r.natural_grade <> r.quota_grade) > 10,
  format('%s grades, %s boxes, %s gates missed, %s moved by the quota', count(DISTINCT r.natural_grade), count(DISTINCT r.box_label), count(r.gate_dimension_id), count(*) FILTER (WHERE r.natural_grade <> r.quota_grade)))
FROM appraisal.result r;
SELECT is(u.code, 'marketing', 'three people of a station are graded with the department')
FROM appraisal.result r JOIN appraisal.participant p USING (cycle_id, participant_id) JOIN appraisal.person n USING (person_id) JOIN appraisal.unit u ON u.unit_id = r.cohort_unit_id WHERE n.code = 'p239';

-- The heads of centres and departments: by the half-year, and few enough to be graded as one
SELECT as_hr($$CALL appraisal.open_cycle('heads', 'performance-and-values', 'half_year', '[2026-01-01,2026-07-01)')$$);
SELECT as_hr($$CALL appraisal.enrol('heads')$$);
SELECT set_eq($$SELECT n.code FROM appraisal.participant JOIN appraisal.cycle c USING (cycle_id) JOIN appraisal.person n USING (person_id) WHERE c.code = 'heads'$$,
  '{p007,p012,p017,p053,p083,p113}'::text[], 'who is appraised by the half-year');
SELECT as_hr($$CALL appraisal.propose_goals('heads')$$);
SELECT confirm_all('heads') AS done \gset
SELECT as_hr($$CALL appraisal.start_scoring('heads')$$);
SELECT as_hr($$CALL appraisal.assign_reviews('heads')$$);
SELECT is(submit_reviews('heads'), 12::bigint, 'reviews are handed in');
SELECT as_hr($$CALL appraisal.close_reviews('heads')$$);
SELECT as_hr($$CALL appraisal.compute_results('heads')$$);
SELECT compare_results('heads');
SELECT check_quota('heads');
SELECT results_eq($$SELECT u.code, l.members FROM appraisal.cut_line l JOIN appraisal.unit u USING (unit_id) JOIN appraisal.cycle c USING (cycle_id) WHERE c.code = 'heads'$$,
  $$VALUES ('firm', 6)$$, 'they are one group');

-- Signed off by the scheme's chain, and published
SET LOCAL client_min_messages = error;
-- No surprises: p018 alone was warned
SELECT same_rows($$SELECT person, grade FROM appraisal.surprises('q2')$$,
  $$SELECT n.code, r.final_grade FROM appraisal.result r JOIN appraisal.cycle c USING (cycle_id) JOIN appraisal.participant p USING (cycle_id, participant_id) JOIN appraisal.person n USING (person_id)
    WHERE c.code = 'q2' AND r.final_grade IN ('需要提高', '需要改进', '不合格') AND n.code <> 'p018'$$, 'no surprises: low grades of which nobody was warned');
SELECT same_rows($$SELECT s.person, s.source, s.weight, s.state FROM appraisal.scorecard_source s WHERE s.cycle = 'q2' AND s.person IN ('p018', 'p019')$$,
  $$VALUES ('p018', 'manager', 100::numeric, 'scored'), ('p018', 'self', 0, 'scored'), ('p019', 'manager', 100, 'scored'), ('p019', 'self', 0, 'scored')$$,
  'self-rating and manager''s rating stand side by side, and the manager''s counts');
SELECT take_to_publication('q2');
SELECT same_rows($$SELECT DISTINCT s.step, k.signer, coalesce(u.code, 'all') AS unit, n.code FROM appraisal.sign_off s JOIN appraisal.cycle c USING (cycle_id) JOIN appraisal.sign_off_rule k USING (scheme_id, step)
    LEFT JOIN appraisal.unit u USING (unit_id) JOIN appraisal.person n ON n.person_id = s.signed_by WHERE c.code = 'q2' AND (u.code = 'hangzhou' OR u.code IS NULL)$$,
  $$VALUES (1, 'second_manager', 'hangzhou', 'p017'), (2, 'hr', 'all', 'p002'), (2, 'hr', 'all', 'p003')$$, 'one over one, and HR: who signed');

-- Plans follow the grade that the score earned, whatever the forced distribution made of it
SELECT as_hr($$CALL appraisal.open_due_improvement_plans('q2')$$);
SELECT same_rows($$SELECT n.code, l.by_rule, l.version FROM appraisal.improvement_plan l JOIN appraisal.participant p USING (cycle_id, participant_id) JOIN appraisal.person n USING (person_id)$$,
  $$SELECT n.code, true, r.version FROM appraisal.result r JOIN appraisal.cycle c USING (cycle_id) JOIN appraisal.participant p USING (cycle_id, participant_id) JOIN appraisal.person n USING (person_id)
    WHERE c.code = 'q2' AND r.natural_grade IN ('需要改进', '不合格')$$, 'improvement plans by rule');
SELECT cmp_ok(count(*), '>', 0::bigint, count(*) || ' plans; final grades as low: ' || (SELECT count(*) FROM appraisal.result r JOIN appraisal.cycle c USING (cycle_id) WHERE c.code = 'q2' AND r.final_grade IN ('需要改进', '不合格')))
FROM appraisal.improvement_plan;
SELECT finish();
ROLLBACK;
