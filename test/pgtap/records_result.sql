-- compute_results() and explain_score() against an oracle in plain SQL, over random cycles of several schemes.
\set feature result
BEGIN;
\i test/pgtap/oracle.psql
SELECT no_plan();
CALL appraisal.create_tables();
\i test/pgtap/results.psql
CALL appraisal.link_account(session_user, 'hr');

INSERT INTO appraisal.unit (code, title) VALUES ('firm', 'Firm');
UPDATE appraisal.unit SET kind = 'company';
INSERT INTO appraisal.unit (code, title, kind, parent_id) SELECT 'c' || i, 'Centre', 'centre', u.unit_id FROM appraisal.unit u, generate_series(1, 3) i WHERE u.code = 'firm';
INSERT INTO appraisal.unit (code, title, kind, parent_id)
SELECT v.code, v.code, v.kind, u.unit_id FROM (VALUES ('s1', 'station', 'c1'), ('s2', 'station', 'c1'), ('s3', 'station', 'c2'), ('d1', 'department', 'c2'),
  ('d2', 'department', 'firm'), ('d3', 'department', 'c3')) v (code, kind, parent) JOIN appraisal.unit u ON u.code = v.parent;
INSERT INTO appraisal.unit (code, title, parent_id) SELECT 't1', 'Team', unit_id FROM appraisal.unit WHERE code = 'd1';
INSERT INTO appraisal.person (code, name, hired_on) SELECT 'p' || i, 'P' || i, '2020-01-01' FROM generate_series(1, 50) i;

CREATE TABLE trial (code text, library text, period text, status text, absent int, overrides jsonb);
INSERT INTO trial VALUES
  ('values-block', 'performance-and-values', 'quarter', 'calibration', 12, '{}'),
  ('values-full', 'performance-and-values', 'quarter', 'calibration', 0, '{"least_group": 4}'),
  ('values-raw', 'performance-and-values', 'quarter', 'scoring', 20,
    '{"missing": "renormalise", "least_coverage": 0.5, "grade_reads": "raw", "rounding": "down", "decimals": 1}'),
  ('values-zero', 'performance-and-values', 'quarter', 'calibration', 20,
    '{"missing": "zero", "dimensions": {"performance": {"gate": 3.4, "gate_grade": "符合期望"}}, "least_group": 6}'),
  ('half-block', 'company-half-year', 'year', 'calibration', 8, '{}'),
  ('half-renormalise', 'company-half-year', 'half_year', 'scoring', 25, '{"missing": "renormalise", "least_coverage": 0.7}'),
  ('half-zero', 'company-half-year', 'year', 'calibration', 25, '{"missing": "zero", "decimals": 0}'),
  ('month-block', 'operations-monthly', 'month', 'scoring', 6, '{"raters": {"*": {"peer": {"trim": 1}}, "customer_contact": {"customer": {"required": false}}}}'),
  ('month-zero', 'operations-monthly', 'month', 'calibration', 20, '{"missing": "zero", "quota": "优秀 <= 20%, 优秀+良好 <= 50%, 不合格 >= 10%", "least_group": 10}'),
  ('shop-renormalise', 'ecommerce-monthly', 'month', 'calibration', 40, '{"missing": "renormalise", "least_coverage": 0.6}'),
  ('round-block', 'half-year-360', 'half_year', 'calibration', 10,
    '{"raters": {"middle_manager": {"peer": {"trim": 1}, "subordinate": {"trim": 2, "required": false}}, "technical": {"peer": {"required": false}}}}'),
  ('round-renormalise', 'half-year-360', 'half_year', 'scoring', 30, '{"missing": "renormalise", "least_coverage": 0.9}'),
  ('level-block', 'three-level', 'quarter', 'calibration', 4, '{}'),
  ('level-zero', 'three-level', 'quarter', 'calibration', 25, '{"missing": "zero"}'),
  ('course', 'course-marks', 'half_year', 'calibration', 10, '{}'),
  ('manager', 'manager-quarterly', 'quarter', 'calibration', 5, '{"grade_reads": "raw"}'),
  ('goals', 'quarterly-operations', 'quarter', 'scoring', 10, '{"missing": "renormalise", "least_coverage": 0.5}');
SELECT make_cycle(code, library, overrides, period, status) FROM trial \g /dev/null
SELECT in_bulk(format('SELECT make_people(%s, 50); SELECT make_marks(%s, %s)', c.cycle_id, c.cycle_id, t.absent)) FROM trial t JOIN appraisal.cycle c USING (code) \g /dev/null
SELECT expect(cycle_id) FROM appraisal.cycle \g /dev/null

SELECT is(compute(t.code), (SELECT format('%s scored, %s missing', count(*) FILTER (WHERE e.state = 'scored'), count(*) FILTER (WHERE e.state NOT IN ('scored', 'exempt')))
  FROM expected e JOIN appraisal.cycle c USING (cycle_id) WHERE c.code = t.code), t.code || ': how many are scored') FROM trial t;

CREATE VIEW got AS SELECT c.code AS cycle, s.scale::text AS scale, s.grade_reads, p.person_id, p.unit_id, r.* FROM appraisal.result r JOIN appraisal.cycle c USING (cycle_id)
  JOIN appraisal.scheme s USING (scheme_id) JOIN appraisal.participant p USING (cycle_id, participant_id);

SELECT no_rows($$SELECT coalesce(g.cycle, e.cycle_id::text), g.participant_id, g.state, e.state AS wanted, g.raw_score, e.raw, g.score, e.score AS wanted_score, g.coverage, e.coverage AS wanted_coverage
  FROM got g FULL JOIN expected e USING (cycle_id, participant_id)
  WHERE (g.state, g.score) IS DISTINCT FROM (e.state, e.score) OR NOT is_near(g.raw_score, e.raw) OR NOT is_near(g.coverage, e.coverage)$$, 'state, coverage, raw and rounded score of everybody');
SELECT no_rows($$SELECT s.*, e.state AS wanted, e.score AS wanted_score, e.raters AS wanted_raters FROM appraisal.source_score s FULL JOIN expected_source e USING (cycle_id, participant_id, source)
  WHERE (s.state, s.raters) IS DISTINCT FROM (e.state, e.raters) OR NOT is_near(s.score, e.score)$$, 'every source: state, raters, score');
SELECT no_rows($$SELECT d.*, e.* FROM appraisal.dimension_score d FULL JOIN expected_dimension e USING (cycle_id, participant_id, dimension_id)
  WHERE NOT is_near(d.score, e.score) OR NOT is_near(d.coverage, e.coverage)$$, 'every dimension: score, coverage');
SELECT no_rows($$SELECT d.participant_id, x.scale::text, d.score, d.grade FROM appraisal.dimension_score d JOIN appraisal.dimension x USING (dimension_id)
  WHERE d.grade IS DISTINCT FROM (SELECT b.label FROM bands(x.scale::text) b WHERE b.place = place_in(x.scale::text, round(d.score, 14)))$$, 'grades of dimensions');
SELECT no_rows($$SELECT g.cycle, g.participant_id, g.score, g.natural_grade, g.gate_dimension_id, e.natural_place, e.gate
  FROM got g JOIN expected e USING (cycle_id, participant_id)
  WHERE g.natural_grade IS DISTINCT FROM (SELECT b.label FROM bands(g.scale) b WHERE b.place = e.natural_place) OR g.gate_dimension_id IS DISTINCT FROM e.gate$$,
  'natural grades and missed gates');
SELECT no_rows($$SELECT g.cycle, g.participant_id, g.rank, 1 + count(o.*) AS wanted FROM got g LEFT JOIN got o ON o.cycle_id = g.cycle_id AND o.score > g.score
    AND (o.person_id IS NULL) = (g.person_id IS NULL) AND (g.person_id IS NOT NULL OR (SELECT kind FROM appraisal.unit u WHERE u.unit_id = o.unit_id) = (SELECT kind FROM appraisal.unit u WHERE u.unit_id = g.unit_id))
  GROUP BY 1, 2, 3, g.score HAVING g.rank IS DISTINCT FROM CASE WHEN g.score IS NOT NULL THEN 1 + count(o.*) END$$, 'ranks, among people and among units of a kind');
SELECT no_rows($$SELECT g.cycle, g.participant_id, g.final_grade, g.coefficient FROM got g
  WHERE g.coefficient IS DISTINCT FROM (SELECT b.coefficient FROM bands(g.scale) b WHERE b.label = g.final_grade)
     OR g.final_grade IS DISTINCT FROM coalesce(g.quota_grade, g.natural_grade)$$, 'final grades and coefficients');
SELECT no_rows($$SELECT g.cycle, g.participant_id, g.box_label, b.label FROM got g
  LEFT JOIN (SELECT d.cycle_id, d.participant_id, x.scheme_id, max(d.grade) FILTER (WHERE x.box_axis = 'performance') AS pg, max(d.grade) FILTER (WHERE x.box_axis = 'values') AS vg
             FROM appraisal.dimension_score d JOIN appraisal.dimension x USING (dimension_id) GROUP BY 1, 2, 3) a USING (cycle_id, participant_id)
  LEFT JOIN appraisal.box b ON b.scheme_id = a.scheme_id AND b.performance_grade = a.pg AND b.values_grade = a.vg
  WHERE g.box_label IS DISTINCT FROM CASE WHEN g.state = 'scored' THEN b.label END$$, 'boxes');

-- the forced distribution
CREATE TABLE grouped AS SELECT c.cycle_id, x.* FROM appraisal.cycle c, expect_groups(c.cycle_id) x;
SELECT cmp_ok(count(*), '>', 0::bigint, 'units that joined another''s group') FROM grouped WHERE unit_id <> group_id;
SELECT no_rows($$SELECT g.cycle, g.participant_id, g.cohort_unit_id, x.group_id FROM got g LEFT JOIN grouped x ON x.cycle_id = g.cycle_id AND x.unit_id = g.unit_id
  WHERE g.cohort_unit_id IS DISTINCT FROM CASE WHEN g.state = 'scored' AND g.person_id IS NOT NULL THEN x.group_id END$$, 'groups');
SELECT no_rows($$SELECT l.cycle_id, l.unit_id, l.units, l.members, x.units AS wanted FROM appraisal.cut_line l
  FULL JOIN (SELECT cycle_id, group_id AS unit_id, array_agg(unit_id ORDER BY unit_id) AS units FROM grouped GROUP BY 1, 2) x USING (cycle_id, unit_id)
  WHERE l.units IS DISTINCT FROM x.units OR l.members <> (SELECT count(*) FROM got g WHERE g.cycle_id = l.cycle_id AND g.cohort_unit_id = l.unit_id)$$, 'cut lines, their units and members');
-- below a gate nobody's quota grade is better than the gate leaves; everybody else's is that of the cut line
SELECT no_rows($$SELECT g.cycle, g.participant_id, g.score, g.quota_grade, l.scale, e.capped FROM got g JOIN expected e USING (cycle_id, participant_id)
  JOIN appraisal.cut_line l ON l.cycle_id = g.cycle_id AND l.unit_id = g.cohort_unit_id
  WHERE CASE WHEN e.capped IS NULL THEN g.quota_grade <> (SELECT b.label FROM bands(l.scale::text) b
                       WHERE b.place = place_in(l.scale::text, CASE g.grade_reads WHEN 'raw' THEN g.raw_score ELSE g.score END))
             ELSE (SELECT b.place FROM bands(g.scale) b WHERE b.label = g.quota_grade) < e.capped END$$, 'quota grades follow the cut line');
-- the rules of each quota, counted by hand: performance-and-values and month-zero
SELECT no_rows($$WITH heads AS (SELECT g.cycle, g.cycle_id, g.cohort_unit_id AS unit_id, count(*) AS n,
       array_agg((SELECT count(*) FROM got o WHERE o.cycle_id = g.cycle_id AND o.cohort_unit_id = g.cohort_unit_id AND o.quota_grade = b.label) ORDER BY b.place) FILTER (WHERE first) AS h
     FROM (SELECT *, row_number() OVER (PARTITION BY cycle_id, cohort_unit_id) = 1 AS first FROM got WHERE cohort_unit_id IS NOT NULL) g, bands(g.scale) b GROUP BY 1, 2, 3),
  counted AS (SELECT cycle, cycle_id, unit_id, n / cardinality(h) AS n, h FROM heads),
  o AS (SELECT *, CASE WHEN cycle LIKE 'values%' THEN
      greatest(h[1] + h[2] + h[3] - round(n * 0.2), 0) + greatest(h[1] + h[2] + h[3] + h[4] - round(n * 0.35), 0)
      + abs(h[5] - round(n * 0.5)) + greatest(round(n * 0.15) - h[6] - h[7] - h[8], 0)
    ELSE greatest(h[1] - round(n * 0.2), 0) + greatest(h[1] + h[2] - round(n * 0.5), 0) + greatest(round(n * 0.1) - h[4], 0) END AS heads_out FROM counted)
  SELECT o.*, l.heads_out AS stored FROM o JOIN appraisal.cut_line l USING (cycle_id, unit_id) WHERE o.heads_out <> l.heads_out$$, 'heads by which a quota is missed');

-- explained: the parts add up to what is stored
CREATE TABLE explained AS
SELECT g.cycle_id, g.participant_id, g.score, g.raw_score, g.final_grade, g.natural_grade, g.quota_grade, g.state, x.*
FROM got g JOIN appraisal.participant p USING (cycle_id, participant_id) LEFT JOIN appraisal.person o ON o.person_id = p.person_id
LEFT JOIN appraisal.unit u ON u.unit_id = p.appraised_unit_id, appraisal.explain_score(g.cycle, o.code, u.code) x;
ALTER TABLE explained ADD part int;
UPDATE explained e SET part = (SELECT min(d.step) FROM explained d WHERE d.cycle_id = e.cycle_id AND d.participant_id = e.participant_id AND d.what = 'dimension' AND d.step > e.step)
WHERE e.what = 'indicator';
SELECT no_rows($$SELECT d.cycle_id, d.participant_id, d.label, d.points, round(sum(i.weight * coalesce(i.points, 0)), 40) / sum(i.weight) AS sum
  FROM explained d JOIN explained i ON i.cycle_id = d.cycle_id AND i.participant_id = d.participant_id AND i.part = d.step
  JOIN appraisal.cycle c ON c.cycle_id = d.cycle_id JOIN appraisal.scheme s USING (scheme_id)
  WHERE d.what = 'dimension' AND (i.points IS NOT NULL OR s.missing = 'zero') AND i.weight > 0 GROUP BY 1, 2, 3, d.points, d.step
  HAVING NOT is_near(round(sum(i.weight * coalesce(i.points, 0)), 40) / sum(i.weight), d.points)$$, 'explained indicators add up to their dimension');
SELECT no_rows($$WITH one AS (SELECT cycle_id, participant_id FROM explained GROUP BY 1, 2 HAVING count(*) FILTER (WHERE what = 'segment') = 0)
  SELECT cycle_id, participant_id, raw_score, round(sum(weight * points), 40) / sum(weight) FROM explained JOIN one USING (cycle_id, participant_id)
  WHERE what = 'dimension' AND points IS NOT NULL AND state = 'scored' GROUP BY 1, 2, 3 HAVING NOT is_near(round(sum(weight * points), 40) / sum(weight), raw_score)$$, 'dimensions add up to the total');
SELECT no_rows($$SELECT cycle_id, participant_id, raw_score, round(sum(weight * points), 40) / sum(weight) FROM explained
  WHERE what = 'segment' AND points IS NOT NULL AND state = 'scored' GROUP BY 1, 2, 3 HAVING NOT is_near(round(sum(weight * points), 40) / sum(weight), raw_score)$$, 'segments add up to the total');
SELECT no_rows($$SELECT cycle_id, participant_id, state FROM explained GROUP BY 1, 2, 3, score, raw_score, natural_grade, quota_grade, final_grade
  HAVING max(label) FILTER (WHERE what = 'state') <> state OR max(points) FILTER (WHERE what = 'score') IS DISTINCT FROM score
      OR max(points) FILTER (WHERE what = 'total') IS DISTINCT FROM raw_score OR max(label) FILTER (WHERE what = 'natural grade') IS DISTINCT FROM natural_grade
      OR max(label) FILTER (WHERE what = 'quota grade') IS DISTINCT FROM quota_grade OR max(label) FILTER (WHERE what = 'final grade') IS DISTINCT FROM final_grade$$, 'and the rest is as stored');
SELECT cmp_ok(count(DISTINCT (cycle_id, participant_id)), '>=', (SELECT count(*) FROM got), 'everybody is explained') FROM explained;

-- again: nothing is written; and from rows in another order the same bytes come
CREATE TABLE log_before AS SELECT count(*) AS n FROM appraisal.audit_log;
SELECT compute(code) FROM trial \g /dev/null
SELECT is((SELECT count(*) FROM appraisal.audit_log), n, 'computed again, nothing is written') FROM log_before;
CREATE FUNCTION all_results() RETURNS TABLE (line text) LANGUAGE sql AS $$
  SELECT r::text FROM appraisal.result r UNION ALL SELECT r::text FROM appraisal.dimension_score r UNION ALL SELECT r::text FROM appraisal.source_score r
  UNION ALL SELECT r::text FROM appraisal.cut_line r $$;
CREATE TABLE before AS SELECT * FROM all_results();
CREATE TABLE shuffled_rating AS SELECT * FROM appraisal.rating ORDER BY random();
CREATE TABLE shuffled_review AS SELECT * FROM appraisal.review ORDER BY random();
CREATE TABLE shuffled_participant AS SELECT * FROM appraisal.participant ORDER BY random();
CREATE TABLE shuffled_measurement AS SELECT * FROM appraisal.measurement ORDER BY random();
SELECT in_bulk($$DELETE FROM appraisal.rating; DELETE FROM appraisal.review; DELETE FROM appraisal.participant; DELETE FROM appraisal.measurement;
  DELETE FROM appraisal.result; DELETE FROM appraisal.dimension_score; DELETE FROM appraisal.source_score; DELETE FROM appraisal.cut_line;
  INSERT INTO appraisal.participant OVERRIDING SYSTEM VALUE SELECT * FROM shuffled_participant;
  INSERT INTO appraisal.review (cycle_id, review_id, participant_id, rater_id, source, anonymous, status, submitted_at, reason, delegated_to)
    OVERRIDING SYSTEM VALUE SELECT cycle_id, review_id, participant_id, rater_id, source, anonymous, status, submitted_at, reason, delegated_to FROM shuffled_review;
  INSERT INTO appraisal.rating SELECT * FROM shuffled_rating;
  INSERT INTO appraisal.measurement OVERRIDING SYSTEM VALUE SELECT * FROM shuffled_measurement$$) \g /dev/null
SELECT compute(code) FROM trial \g /dev/null
SELECT no_rows('(SELECT * FROM all_results() EXCEPT ALL SELECT * FROM before) UNION ALL (SELECT * FROM before EXCEPT ALL SELECT * FROM all_results())',
  'rows in another order give the same bytes');
SELECT * FROM finish();
ROLLBACK;
