-- The scheme operations-monthly from its loading to computed results, by a company of 240 people: June, with
-- customers among the raters of those who have some. Each figure is compared with plain SQL
-- (organisation.psql, scoring.psql).
\set ECHO none
BEGIN;
SELECT no_plan();
\ir organisation.psql
\ir to_publication.psql
\ir scoring.psql

-- targets are the company's own
SELECT as_hr($$CALL appraisal.load_scheme('operations-monthly', '{"dimensions": {"performance": {"indicators": {"*": {
    "sales": {"target": 80000}, "profit": {"target": -2000}, "new_customers": {"target": 30}, "customer_satisfaction": {"target": 96}}}}}}')$$);
SELECT as_hr($$CALL appraisal.activate_scheme('operations-monthly', valid_from => '2026-01-01')$$);
SELECT as_hr($$CALL appraisal.open_cycle('june', 'operations-monthly', 'month', '[2026-06-01,2026-07-01)', '六月', NULL, current_date + 30)$$);
SELECT as_hr($$CALL appraisal.enrol('june')$$);
SELECT same_rows($$SELECT p.code, g.segment::int, g.segment_days, g.leads, u.code AS unit, m.code AS manager, g.job_group, g.exempt_because
    FROM appraisal.participant g JOIN appraisal.cycle c USING (cycle_id) JOIN appraisal.person p USING (person_id)
    JOIN appraisal.unit u USING (unit_id) LEFT JOIN appraisal.person m ON m.person_id = g.manager_id WHERE c.code = 'june'$$,
  $$SELECT person, segment::int, days, leads, unit, manager, job_group, exempt FROM expected_participants('[2026-06-01,2026-07-01)')$$,
  'who is appraised in June, by segments');
SELECT as_hr($$CALL appraisal.exempt('june', 'p050', '长病假')$$);
SELECT as_hr($$CALL appraisal.exempt('june', 'p130', '产假')$$);
SELECT as_hr($$CALL appraisal.start_scoring('june')$$);

-- Figures come from HR, but those of HR itself from the managing director. Times come by the day.
CREATE TABLE figure AS
SELECT g.person_id, p.code AS person, i.indicator, d.day AS measured_on,
       CASE i.indicator WHEN 'sales' THEN draw(30000, 110000, p.code, 'sales', d.day::text) WHEN 'profit' THEN draw(-4000, 0, p.code, 'profit', d.day::text)
                        WHEN 'new_customers' THEN draw(10, 40, p.code, 'new', d.day::text) WHEN 'customer_satisfaction' THEN 80 + draw(0, 190, p.code, 'satisfied', d.day::text) / 10.0
                        WHEN 'response_time' THEN draw(1, 120, p.code, 'response', d.day::text) / 10.0 WHEN 'order_processing' THEN draw(2, 50, p.code, 'order', d.day::text)
                        WHEN 'rectification' THEN draw(0, 20, p.code, 'audit', d.day::text) / 20.0 END AS value
FROM appraisal.participant g JOIN appraisal.cycle c USING (cycle_id) JOIN appraisal.person p USING (person_id)
CROSS JOIN (VALUES ('sales'), ('profit'), ('new_customers'), ('customer_satisfaction'), ('response_time'), ('order_processing'), ('rectification')) AS i (indicator)
CROSS JOIN LATERAL (SELECT day::date FROM unnest(CASE WHEN i.indicator IN ('response_time', 'order_processing') THEN '{2026-06-05,2026-06-16,2026-06-30}' ELSE '{2026-06-01,2026-06-30}' END::date[]) AS day) AS d
WHERE c.code = 'june'
  -- nothing is known of one person's profit
  AND NOT (p.code = 'p025' AND i.indicator = 'profit');
CREATE FUNCTION figures(own boolean) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_agg(to_jsonb(f) - 'person_id' ORDER BY person, indicator, measured_on) FROM org.figure AS f WHERE (person = 'p002') = own $$;
SELECT as_hr(format('CALL appraisal.record_measurements(%L, %L)', 'june', figures(false)));
SELECT is(error_as('org_hr', format('CALL appraisal.record_measurements(%L, %L)', 'june', figures(true))) ~ '^AP003', true, 'HR does not record its own figures');
SELECT as_person('p001', format('CALL appraisal.record_measurements(%L, %L)', 'june', figures(true)));
-- two that were wrong, one of them twice
CREATE FUNCTION correct(person text, indicator text, value numeric) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT org.as_hr(format('CALL appraisal.correct_measurement(%L, %s, %s, %L)', 'june', max(m.measurement_id), correct.value, '录入错误'))
    FROM appraisal.measurement AS m JOIN appraisal.indicator AS i USING (indicator_id) JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    JOIN appraisal.person AS n USING (person_id) WHERE i.code = correct.indicator AND n.code = correct.person $$;
SELECT correct('p018', 'sales', 99000), correct('p019', 'response_time', 2.5), correct('p018', 'sales', 101000);

-- Customers are people whom nobody appraises
SELECT as_hr(format('CALL appraisal.add_person(%L, %L, %L)', code, name, '2026-01-01'))
FROM (VALUES ('c1', '客户甲 Customer A'), ('c2', '客户乙 Customer B'), ('c3', '客户丙 Customer C'), ('c4', '客户丁 Customer D')) AS c (code, name);
-- p090 has some until the move to the back office, in which there are none; of p095 only two are known; two heads
-- of stations have each other's colleagues for peers, as they have none in their units
CREATE FUNCTION named_raters() RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_agg(jsonb_build_object('person', person, 'source', source, 'rater', rater))
    FROM (SELECT p.code AS person, 'customer' AS source, 'c' || c AS rater
          FROM appraisal.participant AS g JOIN appraisal.person AS p USING (person_id), generate_series(1, 3) AS c
          WHERE g.job_group = 'customer_contact' AND g.exempt_because IS NULL AND NOT (p.code = 'p095' AND c = 3)
          UNION ALL
          SELECT h, 'peer', r FROM unnest('{p139,p169}'::text[]) AS h, unnest('{p139,p169,p197,p219,p238}'::text[]) AS r WHERE r <> h) AS n $$;
SELECT as_hr(format('CALL appraisal.assign_reviews(%L, %L, %s)', 'june', named_raters(), 4));
ANALYZE appraisal.participant, appraisal.cycle, appraisal.measurement, appraisal.review, appraisal.scheme_indicator, appraisal.dimension_weight, appraisal.indicator, appraisal.indicator_level, appraisal.rater_rule;

-- Peers: at most four, of the same unit and superior; none to be seen of another group
SELECT is_empty($$SELECT p.participant_id, count(*) FROM appraisal.review r JOIN appraisal.participant p USING (cycle_id, participant_id)
    LEFT JOIN appraisal.participant o ON o.cycle_id = r.cycle_id AND o.person_id = r.rater_id AND o.leads AND o.exempt_because IS NULL
    WHERE r.source = 'peer' AND p.person_id NOT IN (appraisal.person_of_code('p139'), appraisal.person_of_code('p169'))
    GROUP BY p.participant_id, p.unit_id, p.manager_id, p.person_id
    HAVING count(*) > 4 OR bool_or((o.unit_id, o.manager_id) IS DISTINCT FROM (p.unit_id, p.manager_id) OR o.person_id = p.person_id)$$, 'peers as the rule has them');
SELECT same_rows($$SELECT p.participant_id, count(r.*) FROM appraisal.participant p LEFT JOIN appraisal.review r ON r.participant_id = p.participant_id AND r.source = 'peer' WHERE p.exempt_because IS NULL GROUP BY 1$$,
  $$SELECT p.participant_id, CASE WHEN n.code IN ('p139', 'p169') THEN 4
        ELSE least(4, (SELECT count(*) FROM appraisal.participant o WHERE o.leads AND o.exempt_because IS NULL AND o.unit_id = p.unit_id AND o.manager_id = p.manager_id AND o.person_id <> p.person_id)) END
    FROM appraisal.participant p JOIN appraisal.person n USING (person_id) WHERE p.exempt_because IS NULL$$, 'as many as there are, up to four');
SELECT ok(max(n) <= 2 * min(n) + 4, format('they rate about as many: from %s to %s', min(n), max(n)))
FROM (SELECT count(*) AS n FROM appraisal.review r JOIN appraisal.participant p USING (cycle_id, participant_id) WHERE r.source = 'peer' AND p.leads AND p.unit_id = appraisal.unit_of_code('marketing') GROUP BY r.rater_id) AS s;
SELECT set_eq($$SELECT DISTINCT p.job_group, r.source FROM appraisal.review r JOIN appraisal.participant p USING (cycle_id, participant_id) WHERE r.source = 'customer'$$,
  $$VALUES ('customer_contact', 'customer')$$, 'customers rate those who have customers');

-- p118 has three peers who speak and one who does not, p119 two and two: too few of them, and nobody learns who
SELECT find_rules(cycle_id), give_marks(cycle_id) FROM appraisal.cycle WHERE code = 'june' \g /dev/null
INSERT INTO kept_back
SELECT review_id FROM (SELECT r.review_id, n.code, row_number() OVER (PARTITION BY n.code ORDER BY r.review_id) AS nth
                       FROM appraisal.review r JOIN appraisal.participant p USING (cycle_id, participant_id) JOIN appraisal.person n USING (person_id)
                       WHERE r.source = 'peer' AND n.code IN ('p118', 'p119')) AS s WHERE (code, nth) IN (('p118', 1), ('p119', 1), ('p119', 2));
SELECT matches(error_as('org_service', format('CALL appraisal.submit_review(%L, %L, %L, source => %L)', 'june', 'p018', '[{"indicator": "knowledge", "label": "良好", "score": 95}]', 'self'), 'p018'),
  '^AP005', 'a score outside of the range of its level');
SELECT cmp_ok(submit_reviews('june'), '>', 1300::bigint, 'reviews are handed in');
SELECT same_rows($$SELECT cycle_id, review_id, indicator_id, label, levels, score, evidence FROM appraisal.rating$$,
  $$SELECT cycle_id, review_id, indicator_id, label, levels, score, evidence FROM given WHERE review_id NOT IN (SELECT review_id FROM kept_back)$$, 'marks are kept as given');
SELECT is(count(*) FILTER (WHERE late), 0::bigint, 'none of them is late') FROM appraisal.review WHERE status = 'submitted';
-- one that was hasty is given back and handed in again
SELECT r.review_id AS hasty FROM appraisal.review r JOIN appraisal.participant p USING (cycle_id, participant_id) WHERE r.source = 'manager' AND p.person_id = appraisal.person_of_code('p120') \gset
SELECT as_hr($$CALL appraisal.reopen_review('june', 'p120', 'p113', '复核')$$);
UPDATE given SET score = 100, label = '优秀' WHERE review_id = :hasty;
SELECT submit_reviews('june') AS again \gset
SELECT is(:again, 1, 'a review that was opened again');
SELECT as_hr($$CALL appraisal.close_reviews('june')$$);
SELECT as_hr($$CALL appraisal.compute_results('june')$$);

SELECT results_eq($$SELECT n.code, s.state, s.raters FROM appraisal.source_score s JOIN appraisal.participant p USING (cycle_id, participant_id) JOIN appraisal.person n USING (person_id)
    WHERE s.source = 'peer' AND n.code IN ('p118', 'p119', 'p139', 'p197', 'p239') ORDER BY 1$$,
  $$VALUES ('p118', 'scored', 3), ('p119', 'insufficient', 0), ('p139', 'scored', 4), ('p197', 'insufficient', 0), ('p239', 'insufficient', 0)$$, 'peers, too few of whom are nobody');
SELECT results_eq($$SELECT n.code, r.state FROM appraisal.result r JOIN appraisal.participant p USING (cycle_id, participant_id) JOIN appraisal.person n USING (person_id)
    WHERE n.code IN ('p001', 'p025', 'p041', 'p050', 'p095', 'p100', 'p119', 'p139', 'p239') ORDER BY 1$$,
  $$VALUES ('p001', 'insufficient'), ('p025', 'insufficient'), ('p041', 'exempt'), ('p050', 'exempt'), ('p095', 'insufficient'), ('p100', 'exempt'), ('p119', 'insufficient'),
           ('p139', 'scored'), ('p239', 'insufficient')$$, 'who has no score, and why');
SELECT compare_results('june');
SELECT results_eq($$SELECT u.code, p.segment_days FROM appraisal.participant p JOIN appraisal.unit u USING (unit_id) WHERE p.person_id = appraisal.person_of_code('p021') ORDER BY p.segment$$,
  $$VALUES ('operations', 10), ('hangzhou', 20)$$, 'who moved is appraised in both places');
SELECT ok(count(*) FILTER (WHERE r.state = 'scored') > 180 AND count(DISTINCT r.coefficient) = 4, format('%s scores, coefficients %s', count(r.score), string_agg(DISTINCT r.coefficient::text, ' ')))
FROM appraisal.result r;

-- Signed off by the scheme's chain, and published
SET LOCAL client_min_messages = error;
SELECT take_to_publication('june');
SELECT finish();
ROLLBACK;
