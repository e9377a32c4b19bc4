-- Single rules of results: who may compute and when, exact ties, corrections, calibration, pooling, published results.
\set feature result_rules
BEGIN;
\i test/pgtap/oracle.psql
SELECT no_plan();
CALL appraisal.create_tables();
\i test/pgtap/results.psql
CREATE ROLE regress_hr; CREATE ROLE regress_manager;
CREATE ROLE regress_one;
INSERT INTO appraisal.unit (code, title) VALUES ('firm', 'Firm');
INSERT INTO appraisal.unit (code, title, parent_id) SELECT v, v, unit_id FROM appraisal.unit, unnest('{s1,s2}'::text[]) v;
INSERT INTO appraisal.person (code, name, hired_on) SELECT 'p' || i, 'P' || i, '2020-01-01' FROM generate_series(1, 20) i;
INSERT INTO appraisal.posting (person_id, unit_id, manager_id, job_group, during)
SELECT p.person_id, u.unit_id, CASE WHEN p.code <> 'p1' THEN m.person_id END, 'staff', '[2020-01-01,)'
FROM appraisal.person p, appraisal.person m, appraisal.unit u WHERE m.code = 'p1' AND u.code = 's2';
CALL appraisal.link_account('regress_hr', 'hr');
CALL appraisal.link_account('regress_manager', 'manager', 'p1');
CALL appraisal.link_account('regress_one', 'employee', 'p2');

-- three measured indicators of equal weight, a curve that keeps the figure, two decimals
SELECT make_cycle('tie', 'participation', '{"scale": "S >= 90 : 1.5, A >= 80 : 1.2, B >= 70 : 1, C", "quota": "S <= 20%, S+A <= 50%, C >= 10%", "least_group": 5, "outcomes": null, "assumed": null,
  "indicators": {"sales": {"gathering": null}, "customer_satisfaction": {"gathering": null}, "operating_efficiency": {"gathering": null}},
  "dimensions": {"results": {"indicators": {"*": {"sales": {"weight": 40, "target": 3, "curve": "linear (0, 0), (1, 100)"},
    "customer_satisfaction": {"weight": 30, "target": 100}, "operating_efficiency": {"weight": 30, "target": 100}}}}}}', 'quarter', 'scoring') AS id \gset
SELECT in_bulk(format($$INSERT INTO appraisal.participant (cycle_id, person_id, segment_days, unit_id, manager_id, job_group, exempt_because)
SELECT %s, person_id, 90, (SELECT unit_id FROM appraisal.unit WHERE unit.code = CASE WHEN n <= 3 THEN 's1' ELSE 's2' END),
       CASE WHEN n > 1 THEN (SELECT person_id FROM appraisal.person WHERE code = 'p1') END, 'staff', CASE WHEN n = 20 THEN 'long leave' END
FROM (SELECT person_id, row_number() OVER (ORDER BY person_id) n FROM appraisal.person) p$$, :id)) \g /dev/null
CREATE FUNCTION measure(person text, indicator text, v numeric) RETURNS void LANGUAGE sql AS $$
  SELECT in_bulk(format('INSERT INTO appraisal.measurement (cycle_id, participant_id, indicator_id, value, measured_on)
    SELECT p.cycle_id, p.participant_id, u.indicator_id, %s, ''2026-03-31'' FROM appraisal.participant p JOIN appraisal.person o USING (person_id)
    JOIN appraisal.cycle c USING (cycle_id) JOIN appraisal.scheme_indicator u USING (scheme_id) JOIN appraisal.indicator i USING (indicator_id)
    WHERE o.code = %L AND i.code = %L', v, person, indicator)) $$;
CREATE VIEW outcome AS SELECT o.code, r.* FROM appraisal.result r JOIN appraisal.participant p USING (cycle_id, participant_id) JOIN appraisal.person o USING (person_id);

-- who, and when
SELECT throws_ok($$CALL appraisal.compute_results('tie')$$, 'AP003', 'results are computed by HR only', 'not by the owner without the capability');
SELECT throws_ok('SELECT appraisal.write_results(-1)', 'AP003', 'results are computed by HR only', 'nor by what lies beneath');
CALL appraisal.link_account(session_user, 'hr');
SELECT throws_ok($$CALL appraisal.compute_results('nothing')$$, 'AP004', 'there is no cycle "nothing"', 'a cycle that is not there');
SELECT throws_ok('SELECT appraisal.write_results(-1)', 'AP004', 'there is no cycle with cycle_id -1', 'nor its key');
SELECT set_status('tie', s) FROM unnest('{goals}'::text[]) s \g /dev/null
SELECT throws_ok($$CALL appraisal.compute_results('tie')$$, 'AP001', 'results of cycle "tie" cannot be computed: the cycle is in status goals', 'before scoring');
SELECT set_status('tie', 'scoring') \g /dev/null

-- nothing measured yet
SELECT is(compute('tie'), '0 scored, 19 missing', 'nobody has a score');
SELECT results_eq('SELECT state, count(*)::int FROM outcome GROUP BY 1 ORDER BY 1', $$VALUES ('exempt', 1), ('pending', 19)$$, 'figures may still come; who is exempt is');
SELECT set_status('tie', 'calibration') \g /dev/null
SELECT compute('tie') \g /dev/null
SELECT results_eq('SELECT state, count(*)::int FROM outcome GROUP BY 1 ORDER BY 1', $$VALUES ('exempt', 1), ('insufficient', 19)$$, 'and no longer');

-- p1: 40 * 200/3/100 ... made so that thirds add up to 90 exactly; p2: a tie at the third decimal
SELECT measure('p' || i, 'sales', 2), measure('p' || i, 'customer_satisfaction', 70 + i), measure('p' || i, 'operating_efficiency', 70 + i) FROM generate_series(3, 19) i \g /dev/null
SELECT measure('p1', 'sales', 2.75), measure('p1', 'customer_satisfaction', 88.888888888888888888888889), measure('p1', 'operating_efficiency', 88.888888888888888888888889) \g /dev/null
SELECT measure('p2', 'sales', 2.5), measure('p2', 'customer_satisfaction', 80.025), measure('p2', 'operating_efficiency', 80.025) \g /dev/null
SELECT is(compute('tie'), '19 scored, 0 missing', 'all have a score');
SELECT results_eq($$SELECT code, raw_score, score, natural_grade FROM outcome WHERE code IN ('p1', 'p2') ORDER BY 1$$,
  $$VALUES ('p1', 90::numeric, 90.00, 'S'), ('p2', round(0.4 * 250 / 3 + 0.6 * 80.025, 14), round(0.4 * 250 / 3 + 0.6 * 80.025, 2), 'A')$$, 'thirds add up to 90, which is an S');
SELECT measure('p2', 'sales', 2.4) \g /dev/null
SELECT compute('tie') \g /dev/null
SELECT is(score, 80.02, 'before the tie') FROM outcome WHERE code = 'p2';
SELECT measure('p2', 'customer_satisfaction', 80.05) \g /dev/null
CREATE TABLE log_before AS SELECT max(audit_id) AS n FROM appraisal.audit_log;
SELECT compute('tie') \g /dev/null
SELECT is(score, 80.02, '80.0225 is no tie') FROM outcome WHERE code = 'p2';
SELECT results_eq($$SELECT DISTINCT l.table_name::text COLLATE "default", l.command, l.after ->> 'participant_id' FROM appraisal.audit_log l, log_before b WHERE l.audit_id > b.n ORDER BY 1$$,
  $$SELECT t, 'UPDATE', participant_id::text FROM outcome, unnest('{dimension_score,result}'::text[]) t WHERE code = 'p2' ORDER BY 1$$, 'a figure of one is written for that one alone');
SELECT measure('p2', 'customer_satisfaction', 80.0416666666666666666666667), measure('p2', 'operating_efficiency', 80.0416666666666666666666667) \g /dev/null
SELECT compute('tie') \g /dev/null
SELECT results_eq($$SELECT raw_score, score FROM outcome WHERE code = 'p2'$$, 'VALUES (80.025, 80.03)', 'a tie goes up, though its parts have no end');

-- a correction supersedes
SELECT in_bulk($$INSERT INTO appraisal.measurement (cycle_id, participant_id, indicator_id, value, measured_on, supersedes, corrected_because)
  SELECT m.cycle_id, m.participant_id, m.indicator_id, 0, m.measured_on, m.measurement_id, 'mistyped' FROM appraisal.measurement m JOIN outcome o USING (cycle_id, participant_id)
  JOIN appraisal.indicator i USING (indicator_id) WHERE o.code = 'p19' AND i.code = 'sales'$$) \g /dev/null
UPDATE log_before SET n = (SELECT max(audit_id) FROM appraisal.audit_log);
SELECT compute('tie') \g /dev/null
SELECT is(score, 0.6 * 89, 'the correction counts') FROM outcome WHERE code = 'p19';
SELECT is_empty($$SELECT l.after FROM appraisal.audit_log l, log_before b WHERE l.audit_id > b.n AND l.table_name = 'dimension_score'
  AND l.after ->> 'participant_id' <> (SELECT participant_id::text FROM outcome WHERE code = 'p19')$$, 'and touches nobody else''s figures');

-- the unit of three is in the group of the firm, the others are a group
SELECT results_eq('SELECT u.code, l.members, cardinality(l.units) FROM appraisal.cut_line l JOIN appraisal.unit u USING (unit_id) ORDER BY 1', $$VALUES ('firm', 3, 1), ('s2', 16, 1)$$, 'three are no group');
SELECT results_eq($$SELECT count(*) FILTER (WHERE quota_grade = 'S') <= 3, count(*) FILTER (WHERE quota_grade IN ('S', 'A')) <= 8, count(*) FILTER (WHERE quota_grade = 'C') >= 2
  FROM outcome JOIN appraisal.unit u ON u.unit_id = cohort_unit_id WHERE u.code = 's2'$$, 'VALUES (true, true, true)', 'the quota of 16 holds');
SELECT is((SELECT sum(heads_out) FROM appraisal.cut_line l JOIN appraisal.unit u USING (unit_id) WHERE u.code = 's2'), 0::bigint, 'and says so');

-- calibration stays while the grades under it do
SELECT in_bulk($$UPDATE appraisal.result SET calibrated_grade = 'A' FROM outcome o WHERE result.participant_id = o.participant_id AND o.code IN ('p4', 'p5')$$) \g /dev/null
SELECT compute('tie') \g /dev/null
SELECT results_eq($$SELECT code, calibrated_grade, final_grade, coefficient FROM outcome WHERE code IN ('p4', 'p5') ORDER BY 1$$,
  $$VALUES ('p4', 'A', 'A', 1.2), ('p5', 'A', 'A', 1.2)$$, 'a calibrated grade survives, and its coefficient is in force');
SELECT measure('p4', 'sales', 3), measure('p4', 'customer_satisfaction', 100), measure('p4', 'operating_efficiency', 100) \g /dev/null
SELECT compute('tie') \g /dev/null
SELECT is(final_grade, 'S', 'not once what it replaced is another') FROM outcome WHERE code = 'p4';

-- who becomes exempt, or changes job group, leaves nothing behind
SELECT in_bulk($$UPDATE appraisal.participant p SET exempt_because = 'long leave' FROM outcome o WHERE p.participant_id = o.participant_id AND o.code = 'p6'$$) \g /dev/null
SELECT compute('tie') \g /dev/null
SELECT results_eq($$SELECT o.state, o.score, o.cohort_unit_id, (SELECT count(*) FROM appraisal.dimension_score d WHERE d.participant_id = o.participant_id) FROM outcome o WHERE code = 'p6'$$,
  $$VALUES ('exempt', NULL::numeric, NULL::bigint, 0::bigint)$$, 'exempt by now');

-- explained to who may see it
SELECT results_eq($$SELECT what, label, raw, weight, points FROM appraisal.explain_score('tie', 'p1') WHERE what IN ('dimension', 'total', 'score', 'natural grade', 'final grade')$$,
  $$VALUES ('dimension', '业绩', NULL::numeric, 100::numeric, 90.0000000000000000), ('total', NULL, NULL, NULL, 90), ('score', NULL, 90, NULL, 90), ('natural grade', 'S', 90, NULL, NULL),
           ('final grade', (SELECT final_grade FROM outcome WHERE code = 'p1'), NULL, NULL, (SELECT coefficient FROM outcome WHERE code = 'p1'))$$, 'from dimension to grade');
SELECT throws_ok($$SELECT * FROM appraisal.explain_score('tie', 'nobody')$$, 'AP004', 'there is no person "nobody"', 'nobody is explained');
SELECT is_empty($$SELECT * FROM appraisal.explain_score('tie', unit => 's1')$$, 'a unit that is not appraised');
SET LOCAL SESSION AUTHORIZATION regress_manager;
SELECT isnt_empty($$SELECT * FROM appraisal.explain_score('tie', 'p2') WHERE what = 'score'$$, 'a manager sees that of those below');
SELECT is_empty($$SELECT * FROM appraisal.explain_score('tie', 'p1')$$, 'and none of the own before it is published');
SELECT throws_ok($$CALL appraisal.compute_results('tie')$$, '42501', NULL, 'and computes nothing');
SET LOCAL SESSION AUTHORIZATION regress_one;
SELECT is_empty($$SELECT * FROM appraisal.explain_score('tie', 'p2')$$, 'nor does an employee, of the own');
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT is(compute_without_helper.n, 18, 'HR computes') FROM (SELECT count(*)::int AS n FROM appraisal.result WHERE state = 'scored') compute_without_helper;
CALL appraisal.compute_results('tie') \g /dev/null
RESET SESSION AUTHORIZATION;

-- what is published stays
UPDATE appraisal.result SET published_at = now();
SELECT set_status('tie', 'published') \g /dev/null
\set message '''results of cycle "tie" are published and never change'''
SELECT throws_ok(statement, 'AP006', :message, statement) FROM unnest(ARRAY[
  'UPDATE appraisal.result SET rank = rank + 1', 'DELETE FROM appraisal.result', 'UPDATE appraisal.result SET published_at = NULL',
  'UPDATE appraisal.dimension_score SET score = 100', 'DELETE FROM appraisal.dimension_score', 'UPDATE appraisal.cut_line SET members = 1', 'TRUNCATE appraisal.result CASCADE',
  'TRUNCATE appraisal.dimension_score', 'TRUNCATE appraisal.source_score', 'TRUNCATE appraisal.result, appraisal.cut_line CASCADE',
  'INSERT INTO appraisal.source_score (cycle_id, participant_id, source, weight, raters, state, anonymous) SELECT cycle_id, participant_id, ''hr'', 0, 0, ''pending'', false FROM appraisal.result LIMIT 1'
]) AS statement;
SELECT throws_ok($$CALL appraisal.compute_results('tie')$$, 'AP001', 'results of cycle "tie" cannot be computed: the cycle is in status published', 'and is not computed anew');
SELECT lives_ok($$INSERT INTO appraisal.result (cycle_id, participant_id, version, state) SELECT cycle_id, participant_id, 2, 'pending' FROM outcome WHERE code = 'p3'$$, 'a next version is another row');
SELECT lives_ok($$INSERT INTO appraisal.dimension_score (cycle_id, participant_id, version, dimension_id, weight, scheme_indicators, weights, figures, points)
  SELECT d.cycle_id, d.participant_id, 2, d.dimension_id, d.weight, '{}', '{}', '{}', '{}' FROM appraisal.dimension_score d JOIN outcome o USING (cycle_id, participant_id, version) WHERE o.code = 'p3'$$,
  'with dimensions of its own');
SET LOCAL SESSION AUTHORIZATION regress_one;
SELECT isnt_empty($$SELECT * FROM appraisal.explain_score('tie', 'p2')$$, 'the published result is explained to its person');
RESET SESSION AUTHORIZATION;
SELECT * FROM finish();
ROLLBACK;
