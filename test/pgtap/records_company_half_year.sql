-- The scheme company-half-year from its loading to computed results, by a company of 240 people and its
-- four departments: the first half of 2026 for all, and the year for a department, in which everybody votes on
-- everybody for reference. Each figure is compared with plain SQL (organisation.psql, scoring.psql).
\set ECHO none
BEGIN;
SELECT no_plan();
\set head_group middle_manager
\ir organisation.psql
\ir to_publication.psql
\ir scoring.psql

SELECT as_hr($$CALL appraisal.load_scheme('company-half-year')$$);
SELECT as_hr($$CALL appraisal.activate_scheme('company-half-year', valid_from => '2026-01-01')$$);
SELECT as_hr($$CALL appraisal.open_cycle('h1', 'company-half-year', 'half_year', '[2026-01-01,2026-07-01)', '上半年')$$);
SELECT as_hr($$CALL appraisal.enrol('h1', subject => 'unit')$$);
SELECT as_hr($$CALL appraisal.enrol('h1')$$);
SELECT same_rows($$SELECT p.code, g.segment::int, g.segment_days, g.leads, u.code AS unit, m.code AS manager, g.job_group, g.exempt_because
    FROM appraisal.participant g JOIN appraisal.cycle c USING (cycle_id) JOIN appraisal.person p USING (person_id)
    JOIN appraisal.unit u USING (unit_id) LEFT JOIN appraisal.person m ON m.person_id = g.manager_id WHERE c.code = 'h1'$$,
  $$SELECT person, segment::int, days, leads, unit, manager, job_group, exempt FROM expected_participants('[2026-01-01,2026-07-01)', false)$$,
  'who is appraised in the half-year, where they are at its end');
SELECT results_eq($$SELECT u.code, h.code, g.job_group FROM appraisal.participant g JOIN appraisal.unit u ON u.unit_id = g.appraised_unit_id LEFT JOIN appraisal.person h ON h.person_id = g.manager_id ORDER BY 1$$,
  $$VALUES ('goods', 'p053', 'department'), ('marketing', 'p113', 'department'), ('operations', 'p017', 'department'), ('service', 'p083', 'department')$$,
  'departments, each with its head');
SELECT as_hr($$CALL appraisal.exempt('h1', 'p050', '长病假')$$);
SELECT as_hr($$CALL appraisal.exempt('h1', 'p130', '产假')$$);
-- those who lead the company are appraised by its owners
SELECT as_hr(format('CALL appraisal.exempt(%L, %L, %L)', 'h1', p, '由董事会考核')) FROM unnest('{p001,p007,p012}'::text[]) AS p;

-- The contracts of the departments
CREATE TABLE contract (unit text PRIMARY KEY, revenue numeric, profit numeric);
INSERT INTO contract VALUES ('operations', 9000000, 400000), ('goods', 7000000, 350000), ('service', 100000, -600000), ('marketing', 3000000, 90000);
SELECT as_hr(format('CALL appraisal.propose_goals(%L, goals => %L, unit => %L)', 'h1',
    jsonb_build_array(jsonb_build_object('indicator', 'revenue', 'target', revenue), jsonb_build_object('indicator', 'profit', 'target', profit)), unit)) FROM contract;
SELECT as_hr($$CALL appraisal.start_scoring('h1')$$);

-- What the departments earned, month by month; one month was booked wrong
CREATE TABLE figure AS
SELECT unit, i.indicator, (date '2026-02-01' + (m || ' months')::interval)::date - 1 AS measured_on,
       round(CASE i.indicator WHEN 'revenue' THEN revenue ELSE profit END / 6 * draw(60, 115, unit, i.indicator, m::text) / 100, 2) AS value
FROM contract, (VALUES ('revenue'), ('profit')) AS i (indicator), generate_series(0, 5) AS m;
SELECT as_hr(format('CALL appraisal.record_measurements(%L, %L)', 'h1', (SELECT jsonb_agg(to_jsonb(f)) FROM figure AS f)));
SELECT as_hr(format('CALL appraisal.correct_measurement(%L, %s, %s, %L)', 'h1', max(measurement_id), 111111.11, '跨月收入')) FROM appraisal.measurement;
-- who works in a centre has no department: HR says what counts instead
SELECT as_hr($$CALL appraisal.record_measurement('h1', 'p008', 'department_contract', 88, '2026-06-30')$$);
ANALYZE appraisal.participant, appraisal.goal, appraisal.cycle, appraisal.scheme_indicator, appraisal.dimension_weight, appraisal.indicator, appraisal.indicator_level, appraisal.rater_rule;

-- and has one superior fewer: the managing director is named twice
SELECT as_hr($$CALL appraisal.assign_reviews('h1', '[{"person": "p008", "source": "top_manager", "rater": "p001"}]')$$);
SELECT same_rows($$SELECT coalesce(n.code, u.code) AS whom, r.source, m.code AS rater FROM appraisal.review r JOIN appraisal.participant p USING (cycle_id, participant_id) JOIN appraisal.person m ON m.person_id = r.rater_id
    LEFT JOIN appraisal.person n ON n.person_id = p.person_id LEFT JOIN appraisal.unit u ON u.unit_id = p.appraised_unit_id$$,
  $$WITH plan AS (SELECT e.*, m.manager AS second FROM expected_participants('[2026-01-01,2026-07-01)', false) AS e LEFT JOIN expected_participants('[2026-01-01,2026-07-01)', false) AS m ON m.person = e.manager)
    SELECT person, source, rater FROM plan, LATERAL (VALUES ('manager', manager), ('second_manager', CASE WHEN job_group <> 'middle_manager' THEN second END),
        ('top_manager', CASE WHEN second <> 'p001' OR job_group = 'middle_manager' OR person = 'p008' THEN 'p001' END)) AS v (source, rater)
    WHERE exempt IS NULL AND rater IS NOT NULL AND person NOT IN ('p001', 'p007', 'p012', 'p050', 'p130')
    UNION ALL SELECT unit, source, rater FROM (VALUES ('operations', 'p007'), ('goods', 'p007'), ('service', 'p012'), ('marketing', 'p012')) AS d (unit, head), LATERAL (VALUES ('manager', head), ('top_manager', 'p001')) AS v (source, rater)$$,
  'reviews as assigned: department head, division head, managing director; of departments the two above');

-- The managing director hands some on, to the division head, and no further than the rules have it
SELECT as_login('org_chief', $$CALL appraisal.delegate_review('h1', 'p018', '委托分管领导', source => 'top_manager')$$);
SELECT as_login('org_chief', $$CALL appraisal.delegate_review('h1', 'p017', '委托分管领导', source => 'top_manager')$$);
SELECT as_login('org_chief', $$CALL appraisal.delegate_review('h1', NULL, '委托分管领导', source => 'top_manager', unit => 'goods')$$);
SELECT matches(error_as('org_east', $$CALL appraisal.delegate_review('h1', 'p020', '没空', source => 'second_manager')$$), '^AP005', 'a division head hands nothing on');
SELECT results_eq($$SELECT coalesce(n.code, u.code), m.code, r.status, d.code FROM appraisal.review r JOIN appraisal.participant p USING (cycle_id, participant_id) JOIN appraisal.person m ON m.person_id = r.rater_id LEFT JOIN appraisal.person d ON d.person_id = r.delegated_to
    LEFT JOIN appraisal.person n ON n.person_id = p.person_id LEFT JOIN appraisal.unit u ON u.unit_id = p.appraised_unit_id
    WHERE r.source = 'top_manager' AND (n.code IN ('p017', 'p018') OR u.code = 'goods') ORDER BY 1, 2$$,
  $$VALUES ('goods', 'p001', 'declined', 'p007'), ('goods', 'p007', 'assigned', NULL), ('p017', 'p001', 'declined', 'p007'), ('p017', 'p007', 'assigned', NULL),
           ('p018', 'p001', 'declined', 'p007'), ('p018', 'p007', 'assigned', NULL)$$, 'what was handed on');
-- p017 asks whoever led p090 before
SELECT as_login('org_operations', $$CALL appraisal.record_feedback('h1', 'p090', 'consultation', '客服部：工作认真')$$);
CREATE TABLE told (who text, n bigint);
GRANT USAGE ON SCHEMA org TO org_hr, org_service;
GRANT INSERT ON told TO org_hr, org_service;
SELECT as_hr($$INSERT INTO org.told SELECT 'hr', count(*) FROM appraisal.feedback WHERE kind = 'consultation'$$), as_person('p090', $$INSERT INTO org.told SELECT 'p090', count(*) FROM appraisal.feedback$$);
SELECT set_eq('SELECT who, n FROM told', $$VALUES ('hr', 1::bigint), ('p090', 0)$$, 'the present head has asked the former one, and the person does not read it');
SELECT as_person('p083', $$CALL appraisal.recuse('h1', 'p111', '亲属')$$);

SELECT find_rules(cycle_id), give_marks(cycle_id) FROM appraisal.cycle WHERE code = 'h1' \g /dev/null
SELECT marks(r.review_id) AS marks FROM appraisal.review r JOIN appraisal.participant p USING (cycle_id, participant_id) WHERE r.source = 'manager' AND p.person_id = appraisal.person_of_code('p018') \gset
SELECT matches(error_as('org_operations', format('CALL appraisal.submit_review(%L, %L, %L)', 'h1', 'p018', :'marks')), '^AP005 .*comments', 'a superior says in words, too');
SELECT cmp_ok(submit_reviews('h1', '{"总体评价": "称职", "优点": "认真", "不足": "经验少", "期望": "多学习"}'), '>', 600::bigint, 'reviews are handed in');
-- the managing director questions one
SELECT as_hr($$CALL appraisal.reopen_review('h1', 'p019', 'p017', '总经理质疑', source => 'manager')$$);
UPDATE given SET score = 61 FROM appraisal.review r JOIN appraisal.participant p USING (cycle_id, participant_id)
WHERE given.review_id = r.review_id AND p.person_id = appraisal.person_of_code('p019') AND r.status = 'assigned';
SELECT is(submit_reviews('h1'), 1::bigint, 'and it is given again');
SELECT same_rows($$SELECT cycle_id, review_id, indicator_id, label, levels, score, evidence FROM appraisal.rating$$,
  $$SELECT g.cycle_id, review_id, indicator_id, label, levels, g.score, evidence FROM given AS g JOIN appraisal.review AS r USING (review_id) WHERE r.status = 'submitted'$$, 'marks are kept as given');
SELECT as_hr($$CALL appraisal.close_reviews('h1')$$);
SELECT as_hr($$CALL appraisal.compute_results('h1')$$);
SELECT compare_results('h1');
SELECT results_eq($$SELECT n.code, r.state FROM appraisal.result r JOIN appraisal.participant p USING (cycle_id, participant_id) JOIN appraisal.person n USING (person_id)
    WHERE n.code IN ('p001', 'p002', 'p008', 'p009', 'p017', 'p018', 'p040', 'p110', 'p111', 'p160', 'p239') ORDER BY 1$$,
  $$VALUES ('p001', 'exempt'), ('p002', 'insufficient'), ('p008', 'scored'), ('p009', 'insufficient'), ('p017', 'scored'), ('p018', 'scored'), ('p040', 'exempt'), ('p110', 'exempt'), ('p111', 'recused'),
           ('p160', 'exempt'), ('p239', 'scored')$$, 'who has a score');
-- what the department reached is what its people inherit, those in its stations, too
SELECT results_eq($$SELECT n.code, f.figure = r.score AND f.points = r.score FROM appraisal.dimension_score d JOIN appraisal.participant p USING (cycle_id, participant_id) JOIN appraisal.person n USING (person_id),
    unnest(d.scheme_indicators, d.figures, d.points) AS f (scheme_indicator_id, figure, points) JOIN appraisal.scheme_indicator USING (scheme_indicator_id) JOIN appraisal.indicator i USING (indicator_id),
    appraisal.result r JOIN appraisal.participant u USING (cycle_id, participant_id)
    WHERE i.code = 'department_contract' AND n.code IN ('p113', 'p120', 'p238', 'p239') AND u.appraised_unit_id = appraisal.unit_of_code('marketing') ORDER BY 1$$,
  $$VALUES ('p113', true), ('p120', true), ('p238', true), ('p239', true)$$, 'employees inherit from the contract of the department');
SELECT ok(count(DISTINCT natural_grade) >= 4 AND count(*) FILTER (WHERE quota_grade IS NOT NULL OR cohort_unit_id IS NOT NULL) = 0, format('grades %s, and no forced distribution', string_agg(DISTINCT natural_grade, ' '))) FROM appraisal.result;

-- The year of a department: the half-year is referred to, and everybody votes on everybody, for reference
SELECT as_hr($$CALL appraisal.open_cycle('2026', 'company-half-year', 'year', '[2026-01-01,2027-01-01)', '年度', NULL, current_date)$$);
SELECT as_hr($$CALL appraisal.enrol('2026', 'marketing', subject => 'unit')$$);
SELECT as_hr($$CALL appraisal.enrol('2026', 'marketing')$$);
SELECT as_hr($$CALL appraisal.propose_goals('2026', goals => '[{"indicator": "revenue", "target": 6000000}, {"indicator": "profit", "target": 180000}]', unit => 'marketing')$$);
SELECT as_hr($$CALL appraisal.start_scoring('2026')$$);
SELECT as_hr($$CALL appraisal.record_measurements('2026', '[{"unit": "marketing", "indicator": "revenue", "value": 5712345.67, "measured_on": "2026-12-31"}, {"unit": "marketing", "indicator": "profit", "value": 183000, "measured_on": "2026-12-31"}]')$$);
SELECT as_hr($$CALL appraisal.assign_reviews('2026', most => 5)$$);
SELECT is(n, least(5, people - 1)::bigint, 'votes on each person') FROM (SELECT DISTINCT count(*) AS n FROM appraisal.review r JOIN appraisal.cycle c USING (cycle_id) WHERE c.code = '2026' AND r.source = 'colleague' AND r.anonymous GROUP BY r.participant_id) AS v,
  (SELECT count(*) AS people FROM appraisal.participant p JOIN appraisal.cycle c USING (cycle_id) WHERE c.code = '2026' AND p.person_id IS NOT NULL) AS e;
INSERT INTO kept_back SELECT min(r.review_id) FROM appraisal.review r JOIN appraisal.cycle c USING (cycle_id) JOIN appraisal.participant p USING (cycle_id, participant_id) WHERE c.code = '2026' AND r.source = 'colleague' AND p.person_id = appraisal.person_of_code('p118');
-- the self-report is of the year alone, and is words
SELECT is((SELECT string_agg(n, ', ' ORDER BY n) FROM (SELECT c.code || ' ' || count(*) AS n FROM appraisal.review r JOIN appraisal.cycle c USING (cycle_id) WHERE r.source = 'self' GROUP BY c.code) AS s),
  (SELECT '2026 ' || count(*) FROM appraisal.participant p JOIN appraisal.cycle c USING (cycle_id) WHERE c.code = '2026' AND p.person_id IS NOT NULL AND p.exempt_because IS NULL), 'a self-report of everybody, of the year alone');
SELECT find_rules(cycle_id), give_marks(cycle_id) FROM appraisal.cycle WHERE code = '2026' \g /dev/null
SELECT matches(error_as('org_service', format('CALL appraisal.submit_review(%L, %L, %L, source => %L)', '2026', 'p119', marks(r.review_id), 'self'), 'p119'), '^AP005 review .* lacks comments: "self-report"', 'a self-report without words is none')
FROM appraisal.review r JOIN appraisal.cycle c USING (cycle_id) JOIN appraisal.participant p USING (cycle_id, participant_id) WHERE c.code = '2026' AND r.source = 'self' AND p.person_id = appraisal.person_of_code('p119');
SELECT cmp_ok(submit_reviews('2026', '{"总体评价": "称职", "优点": "认真", "不足": "经验少", "期望": "多学习"}'), '>', 200::bigint, 'reviews are handed in');
SELECT as_hr($$CALL appraisal.close_reviews('2026')$$);
SELECT as_hr($$CALL appraisal.compute_results('2026')$$);
SELECT compare_results('2026');
SELECT results_eq($$SELECT n.code, s.weight, s.raters, s.state, s.score IS NOT NULL, r.state FROM appraisal.source_score s JOIN appraisal.result r USING (cycle_id, participant_id) JOIN appraisal.cycle c USING (cycle_id)
    JOIN appraisal.participant p USING (cycle_id, participant_id) JOIN appraisal.person n USING (person_id) WHERE c.code = '2026' AND s.source = 'colleague' AND n.code IN ('p118', 'p119') ORDER BY 1$$,
  $$VALUES ('p118', 0::numeric, 0, 'insufficient', false, 'scored'), ('p119', 0, 5, 'scored', true, 'scored')$$, 'votes weigh nothing, and four of them are not shown');

-- Signed off by the scheme's chain, and published
SET LOCAL client_min_messages = error;
CREATE FUNCTION comments_to(person text, login name DEFAULT 'org_service') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM org.as_login(login, format('CREATE TEMP TABLE comments ON COMMIT DROP AS SELECT cycle, source, topic, comment FROM appraisal.scorecard_comment WHERE person = %L AND kind = ''comment''', person), person);
    RETURN (SELECT string_agg(line, ', ' ORDER BY line) FROM (SELECT concat_ws(' ', cycle, source, count(*)) AS line FROM pg_temp.comments GROUP BY cycle, source) AS c);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE FUNCTION comments_once(person text, login name DEFAULT 'org_service') RETURNS text LANGUAGE plpgsql AS $$
DECLARE said text := org.comments_to(person, login);
BEGIN
    DROP TABLE IF EXISTS pg_temp.comments;
    RETURN said;
END $$;
SELECT is(comments_once('p119'), '2026 self 4', 'before publication the person is told nothing of what others wrote');
SELECT is(comments_once('p119', 'org_hr'), '2026 colleague 20, 2026 manager 4, 2026 second_manager 4, 2026 self 4, 2026 top_manager 4, h1 manager 4, h1 second_manager 4, h1 top_manager 4', 'HR reads all');
-- who was drawn as one of the colleagues, too, reads what was written by oneself
SELECT is(replace(comments_once('p119', 'org_p113'), '2026 colleague 4, ', ''), '2026 manager 4, 2026 second_manager 4, 2026 self 4, 2026 top_manager 4, h1 manager 4, h1 second_manager 4, h1 top_manager 4', 'the superior what is signed by name');
SELECT take_to_publication('h1');
SELECT is(comments_once('p119'), '2026 self 4, h1 manager 4, h1 second_manager 4, h1 top_manager 4', 'published, the person reads what each superior wrote on each topic');
SELECT as_hr($$CALL appraisal.compute_results('2026')$$); -- the half-year is shown beside it, and is published now
SELECT take_to_publication('2026');
SELECT is(comments_once('p119'), '2026 manager 4, 2026 second_manager 4, 2026 self 4, 2026 top_manager 4, h1 manager 4, h1 second_manager 4, h1 top_manager 4', 'and never what the anonymous wrote');
SELECT is((SELECT string_agg(DISTINCT topic, ' ') FROM appraisal.scorecard_comment AS s WHERE s.person = 'p119' AND s.kind = 'comment'),
  (SELECT string_agg(t, ' ' ORDER BY t) FROM appraisal.scheme AS k, unnest(k.comment_topics) AS t WHERE k.code = 'company-half-year'), 'by the topics of the scheme');
SELECT finish();
ROLLBACK;
