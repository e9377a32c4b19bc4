-- The reports against plain SQL over the tables, on random cycles with quota, without, with appraised units and
-- with several versions. Who sees which rows of them is in records_access.sql.
\set feature reports
BEGIN;
\i test/pgtap/oracle.psql
SELECT no_plan();
CALL appraisal.create_tables();
\i test/pgtap/results.psql
CALL appraisal.link_account(session_user, 'hr');

INSERT INTO appraisal.unit (code, title, kind) VALUES ('firm', 'Firm', 'company');
INSERT INTO appraisal.unit (code, title, kind, parent_id) SELECT 'c' || i, 'Centre', 'centre', u.unit_id FROM appraisal.unit u, generate_series(1, 3) i WHERE u.code = 'firm';
INSERT INTO appraisal.unit (code, title, kind, parent_id)
SELECT v.code, v.code, v.kind, u.unit_id FROM (VALUES ('s1', 'station', 'c1'), ('s2', 'station', 'c1'), ('s3', 'station', 'c2'), ('d1', 'department', 'c2'),
  ('d2', 'department', 'firm'), ('d3', 'department', 'c3')) v (code, kind, parent) JOIN appraisal.unit u ON u.code = v.parent;
INSERT INTO appraisal.person (code, name, hired_on) SELECT 'p' || i, 'P' || i, '2020-01-01' FROM generate_series(1, 50) i;

-- quotas with rules for the upper end, a grade by itself and the lower end; none; appraised units
CREATE TABLE trial (code text, library text, period text, status text, absent int, overrides jsonb);
INSERT INTO trial VALUES
  ('values', 'performance-and-values', 'quarter', 'calibration', 4, '{"least_group": 4}'),
  ('values-raw', 'performance-and-values', 'quarter', 'calibration', 10, '{"missing": "zero", "grade_reads": "raw", "rounding": "down", "decimals": 1}'),
  ('month', 'operations-monthly', 'month', 'calibration', 5, '{"missing": "zero", "quota": "优秀 <= 20%, 优秀+良好 <= 50%, 不合格 >= 10%", "least_group": 10}'),
  ('shop', 'ecommerce-monthly', 'month', 'calibration', 20, '{"missing": "zero"}'),
  ('levels', 'three-level', 'quarter', 'calibration', 4, '{"missing": "zero"}');
SELECT make_cycle(code, library, overrides, period, status) FROM trial \g /dev/null
SELECT in_bulk(format('SELECT make_people(%s, 50); SELECT make_marks(%s, %s)', c.cycle_id, c.cycle_id, t.absent)) FROM trial t JOIN appraisal.cycle c USING (code) \g /dev/null
SELECT compute(code) FROM trial \g /dev/null
-- some were calibrated, some have a second version, some sources are several
SELECT in_bulk($$UPDATE appraisal.result r SET calibrated_grade = natural_grade WHERE quota_grade <> natural_grade AND pick(1, 3) = 1;
  INSERT INTO appraisal.result (cycle_id, participant_id, version, state, coverage, raw_score, score, natural_grade, cohort_unit_id, quota_grade, rank)
  SELECT cycle_id, participant_id, 2, state, coverage, raw_score, score + 1, natural_grade, cohort_unit_id, natural_grade, rank FROM appraisal.result
  WHERE state = 'scored' AND participant_id % 7 = 0;
  INSERT INTO appraisal.dimension_score SELECT s.cycle_id, s.participant_id, 2, s.dimension_id, s.weight, s.coverage, s.score + 1, s.grade, s.scheme_indicators, s.weights, s.figures, s.points
  FROM appraisal.dimension_score s JOIN appraisal.result r USING (cycle_id, participant_id) WHERE r.version = 2$$) \g /dev/null

SELECT cmp_ok(count(score), '>', 30::bigint, 'scores in cycle ' || min(cycle_id)) FROM appraisal.result GROUP BY cycle_id;

-- scorecard and its parts: the last version of each
CREATE VIEW last AS SELECT DISTINCT ON (cycle_id, participant_id) * FROM appraisal.result ORDER BY cycle_id, participant_id, version DESC;
SELECT no_rows($$SELECT * FROM (SELECT l.cycle_id, c.code, l.participant_id, l.version, p.person_id, h.code, h.name, p.unit_id, u.code, u.title, p.job_group, l.state, l.coverage, l.raw_score, l.score,
      l.natural_grade, d.code, l.cohort_unit_id, g.code, l.quota_grade, l.calibrated_grade, l.final_grade, l.rank, l.coefficient, l.box_label
    FROM last l JOIN appraisal.cycle c USING (cycle_id) JOIN appraisal.participant p USING (cycle_id, participant_id) JOIN appraisal.unit u ON u.unit_id = p.unit_id
    LEFT JOIN appraisal.person h ON h.person_id = p.person_id LEFT JOIN appraisal.dimension d ON d.dimension_id = l.gate_dimension_id LEFT JOIN appraisal.unit g ON g.unit_id = l.cohort_unit_id
    EXCEPT ALL SELECT cycle_id, cycle, participant_id, version, person_id, person, name, unit_id, unit, unit_title, job_group, state, coverage, raw_score, score, natural_grade, gate, group_unit_id, group_unit,
      quota_grade, calibrated_grade, final_grade, rank, coefficient, box_label FROM appraisal.scorecard) x$$, 'scorecard: every result as it is stored');
SELECT is((SELECT count(*) FROM appraisal.scorecard), (SELECT count(DISTINCT (cycle_id, participant_id)) FROM appraisal.result), 'and each once');
SELECT cmp_ok(count(*) FILTER (WHERE version = 2), '>', 10::bigint, 'of the latest version') FROM appraisal.scorecard;
SELECT no_rows($$SELECT * FROM appraisal.scorecard WHERE subject <> CASE WHEN person IS NULL THEN 'unit' ELSE 'person' END$$, 'people and units');
SELECT no_rows($$SELECT * FROM (SELECT d.cycle_id, d.participant_id, x.code, d.weight, d.coverage, d.score, d.grade FROM appraisal.dimension_score d JOIN appraisal.dimension x USING (dimension_id)
    WHERE d.version = (SELECT max(version) FROM appraisal.dimension_score e WHERE (e.cycle_id, e.participant_id) = (d.cycle_id, d.participant_id))
    EXCEPT ALL SELECT cycle_id, participant_id, dimension, weight, coverage, score, grade FROM appraisal.scorecard_dimension) x$$, 'its dimensions');
SELECT is((SELECT count(*) FROM appraisal.scorecard_dimension), (SELECT count(DISTINCT (cycle_id, participant_id, dimension_id)) FROM appraisal.dimension_score), 'each once');
SELECT no_rows($$SELECT * FROM (SELECT cycle_id, participant_id, source, anonymous, weight, raters, state, score FROM appraisal.source_score
    EXCEPT ALL SELECT cycle_id, participant_id, source, anonymous, weight, raters, state, score FROM appraisal.scorecard_source) x$$, 'and sources');
SELECT is((SELECT count(*) FROM appraisal.scorecard_source), (SELECT count(*) FROM appraisal.source_score), 'each once');
-- ranks are of version 1: a later version displaces nobody
SELECT no_rows($$SELECT k.cycle, k.participant_id, k.rank FROM appraisal.ranking k JOIN appraisal.result r USING (cycle_id, participant_id)
  WHERE r.version = 1 AND k.rank <> (SELECT 1 + count(*) FROM appraisal.result o JOIN appraisal.participant p USING (cycle_id, participant_id)
    WHERE o.cycle_id = k.cycle_id AND o.version = 1 AND o.score > r.score AND CASE k.subject WHEN 'person' THEN p.person_id IS NOT NULL ELSE p.person_id IS NULL AND p.job_group = k.job_group END)$$,
  'ranking: one more than are better');
SELECT is((SELECT count(*) FROM appraisal.ranking), (SELECT count(*) FROM last WHERE score IS NOT NULL), 'all who have a score');

-- grade_distribution: counted by hand, groups, units and kinds
CREATE TABLE head AS
SELECT l.*, c.code AS cycle, s.scale::text AS scale, CASE WHEN p.person_id IS NULL THEN p.job_group ELSE 'person' END AS level,
  CASE WHEN p.person_id IS NULL THEN NULL WHEN s.quota IS NULL THEN p.unit_id ELSE l.cohort_unit_id END AS group_id, s.quota IS NOT NULL AND p.person_id IS NOT NULL AS has_quota
FROM last l JOIN appraisal.cycle c USING (cycle_id) JOIN appraisal.scheme s USING (scheme_id) JOIN appraisal.participant p USING (cycle_id, participant_id) WHERE l.score IS NOT NULL AND s.scale IS NOT NULL;
CREATE TABLE counted AS
SELECT h.cycle_id, h.level, h.group_id, b.label, b.place, count(*) AS n, count(*) FILTER (WHERE natural_grade = b.label) AS by_score,
  CASE WHEN bool_and(has_quota) THEN count(*) FILTER (WHERE quota_grade = b.label) END AS by_quota, count(*) FILTER (WHERE final_grade = b.label) AS at_last
FROM head h, bands(h.scale) b GROUP BY 1, 2, 3, 4, 5;
SELECT no_rows($$SELECT coalesce(d.cycle_id, n.cycle_id), d.*, n.* FROM appraisal.grade_distribution d FULL JOIN counted n
    ON n.cycle_id = d.cycle_id AND n.level = d.level AND coalesce(n.group_id, 0) = coalesce(d.unit_id, 0) AND n.place = d.place
  WHERE (d.grade, d.seen, d.members, d.natural_heads, d.quota_heads, d.final_heads) IS DISTINCT FROM (n.label, n.n::int, n.n::int, n.by_score::int, n.by_quota::int, n.at_last::int)$$, 'grade_distribution: heads of every group and grade');
SELECT cmp_ok(count(DISTINCT level), '>', 1::bigint, 'people and units') FROM appraisal.grade_distribution;
SELECT cmp_ok(count(*), '>', 0::bigint, 'with and without a quota') FROM (SELECT FROM appraisal.grade_distribution GROUP BY cycle HAVING bool_and(quota_heads IS NULL)) x;
-- the bounds of two quotas, by hand: grades 1 to 3 <= 20 %, to 4 <= 35 %, 5 = 50 %, 6 to 8 >= 15 %; and 1 <= 20 %, to 2 <= 50 %, 4 >= 10 %
SELECT no_rows($$SELECT d.cycle, d.members, d.place, d."least", d.most, d.least_or_better, d.most_or_better, x.*
  FROM (SELECT *, round(members * 0.2) AS p20, round(members * 0.35) AS p35, round(members * 0.5) AS p50, members - round(members * 0.15) AS p85, round(members * 0.1) AS p10 FROM appraisal.grade_distribution) d,
  LATERAL (SELECT CASE WHEN cycle LIKE 'values%' AND place = 5 THEN p50 WHEN cycle = 'month' AND place = 1 THEN 0 WHEN cycle = 'month' AND place = 4 THEN p10 END AS a,
                  CASE WHEN cycle LIKE 'values%' AND place = 5 THEN p50 WHEN cycle = 'month' AND place = 1 THEN p20 WHEN cycle = 'month' AND place = 4 THEN members END AS b,
                  CASE WHEN cycle LIKE 'values%' AND place IN (3, 4, 5) OR cycle = 'month' AND place IN (1, 2, 3) THEN 0 END AS c,
                  CASE WHEN cycle LIKE 'values%' THEN CASE place WHEN 3 THEN p20 WHEN 4 THEN p35 WHEN 5 THEN p85 END
                       WHEN cycle = 'month' THEN CASE place WHEN 1 THEN p20 WHEN 2 THEN p50 WHEN 3 THEN members - p10 END END AS d) x
  WHERE d.level = 'person' AND (d.least, d.most, d.least_or_better, d.most_or_better) IS DISTINCT FROM (x.a::int, x.b::int, x.c::int, x.d::int)$$, 'and the bounds of their quotas');

-- rater_statistics and rater_agreement
CREATE TABLE given AS
SELECT v.cycle_id, v.review_id, v.participant_id, v.rater_id, avg(m.score) AS mean, array_agg(m.score) AS scores,
  count(*) FILTER (WHERE m.score = CASE i.kind WHEN 'gated' THEN 0 ELSE coalesce(i.least, (SELECT min(coalesce(x.least, x.points)) FROM appraisal.indicator_level x WHERE x.indicator_id = i.indicator_id)) END) AS low,
  count(*) FILTER (WHERE m.score = CASE i.kind WHEN 'gated' THEN (SELECT count(*) FROM appraisal.indicator_level x WHERE x.indicator_id = i.indicator_id)
    ELSE coalesce(i.most, (SELECT max(x.points) FROM appraisal.indicator_level x WHERE x.indicator_id = i.indicator_id)) END) AS high
FROM appraisal.review v JOIN appraisal.rating m USING (cycle_id, review_id) JOIN appraisal.indicator i USING (indicator_id)
WHERE v.status = 'submitted' AND v.source <> 'self' GROUP BY 1, 2, 3, 4;
CREATE TABLE statistics AS
SELECT g.cycle_id, g.rater_id, count(*) AS reviews, sum(cardinality(g.scores)) AS marks, sum(low) AS low, sum(high) AS high, count(o.mean) AS compared, avg(g.mean - o.mean) AS leniency
FROM given g, LATERAL (SELECT avg(x.mean) AS mean FROM given x WHERE x.cycle_id = g.cycle_id AND x.participant_id = g.participant_id AND x.review_id <> g.review_id) o GROUP BY 1, 2;
SELECT cmp_ok(count(*), '>', 5::bigint, 'raters beside others') FROM statistics WHERE compared > 0;
SELECT no_rows($$SELECT s.*, t.* FROM appraisal.rater_statistics s FULL JOIN (SELECT t.*, m.mean, m.spread FROM statistics t,
      LATERAL (SELECT avg(x) AS mean, stddev_pop(x) AS pop, stddev_samp(x) AS spread FROM given g, unnest(g.scores) x WHERE g.cycle_id = t.cycle_id AND g.rater_id = t.rater_id) m) t USING (cycle_id, rater_id)
  WHERE (s.reviews, s.marks, s.compared) IS DISTINCT FROM (t.reviews::int, t.marks::bigint, t.compared::int) OR abs(s.mean - t.mean) > 1e-9
     OR abs(s.leniency - t.leniency) > 1e-7 OR (s.leniency IS NULL) <> (t.leniency IS NULL) OR abs(s.spread - t.spread) > 1e-9
     OR s.lowest_share <> round(t.low / t.marks, 4) OR s.highest_share <> round(t.high / t.marks, 4)$$, 'rater_statistics: number, mean, spread, leniency, extremes of every rater');
SELECT no_rows($$WITH pairable AS (SELECT g.*, count(*) OVER (PARTITION BY cycle_id, participant_id) AS m FROM given g), p AS (SELECT * FROM pairable WHERE m > 1),
    observed AS (SELECT a.cycle_id, sum((a.mean - b.mean) ^ 2 / (a.m - 1)) AS d FROM p a JOIN p b ON b.cycle_id = a.cycle_id AND b.participant_id = a.participant_id GROUP BY 1),
    expected AS (SELECT a.cycle_id, sum((a.mean - b.mean) ^ 2) AS d FROM p a JOIN p b ON b.cycle_id = a.cycle_id GROUP BY 1),
    n AS (SELECT cycle_id, count(*) AS n, count(DISTINCT participant_id) AS people FROM p GROUP BY 1)
  SELECT * FROM appraisal.rater_agreement x FULL JOIN (SELECT cycle_id, n, people, 1 - (o.d / n) / (e.d / (n * (n - 1))) AS by_hand FROM n JOIN observed o USING (cycle_id) JOIN expected e USING (cycle_id)) y USING (cycle_id)
  WHERE x.reviews IS DISTINCT FROM y.n::int OR x.people IS DISTINCT FROM y.people::int OR abs(x.alpha - y.by_hand) > 1e-6$$, 'rater_agreement: alpha by all pairs');

-- simulate: with the scheme's own rules what was computed; with others what plain SQL says. It writes nothing.
CREATE TABLE log_before AS SELECT count(*) AS n FROM appraisal.audit_log;
SELECT no_rows($$SELECT c.code, s.*, r.natural_grade AS wanted, r.quota_grade FROM appraisal.cycle c JOIN appraisal.scheme k USING (scheme_id), LATERAL appraisal.simulate(c.code) s
  JOIN appraisal.result r USING (participant_id) WHERE r.cycle_id = c.cycle_id AND r.version = 1 AND k.scale IS NOT NULL AND r.participant_id % 7 <> 0 AND s.natural_grade IS DISTINCT FROM r.natural_grade$$,
  'simulate: the scheme''s own scale gives the natural grades');
DELETE FROM head WHERE version = 2;
SELECT in_bulk('DELETE FROM appraisal.result WHERE version = 2') \g /dev/null
SELECT no_rows($$SELECT c.code, s.*, r.quota_grade FROM appraisal.cycle c JOIN appraisal.scheme k USING (scheme_id), LATERAL appraisal.simulate(c.code) s
  JOIN appraisal.result r USING (participant_id) JOIN appraisal.unit u ON u.unit_id IS NOT DISTINCT FROM r.cohort_unit_id
  WHERE r.cycle_id = c.cycle_id AND k.quota IS NOT NULL AND (s.forced_grade, s.group_unit, s.final_grade) IS DISTINCT FROM (r.quota_grade, u.code, r.final_grade)$$, 'and its own quota the grades and groups of the forced distribution');
SELECT is(s.n, (SELECT count(*) FROM appraisal.result r JOIN appraisal.participant p USING (cycle_id, participant_id) JOIN appraisal.cycle c USING (cycle_id)
    WHERE c.code = t.code AND r.score IS NOT NULL AND p.person_id IS NOT NULL), t.code || ': everybody with a score is in it')
FROM trial t JOIN appraisal.cycle c USING (code) JOIN appraisal.scheme k USING (scheme_id), LATERAL (SELECT count(*) AS n FROM appraisal.simulate(t.code, 'A >= 80, B >= 60, C', 'A <= 100%')) s;
SELECT no_rows($$SELECT * FROM appraisal.simulate('shop', 'A >= 80, B > 60, C') s WHERE s.natural_grade <> CASE WHEN s.score >= 80 THEN 'A' WHEN s.score > 60 THEN 'B' ELSE 'C' END OR s.forced_grade <> s.natural_grade$$,
  'another scale where there is no quota');
-- least_group of the scheme is 1: each unit is a group; the share is rounded to whole heads
SELECT no_rows($$WITH s AS (SELECT *, count(*) OVER (PARTITION BY group_unit) AS n, count(*) OVER (PARTITION BY group_unit ORDER BY score DESC) AS up_to FROM appraisal.simulate('shop', 'A >= 50, B', 'A <= 30%'))
  SELECT * FROM s WHERE forced_grade <> CASE WHEN score >= 50 AND up_to <= round(n * 0.3) THEN 'A' ELSE 'B' END OR group_unit IS DISTINCT FROM unit$$, 'another quota: the best as far as it goes, ties together');
SELECT throws_ok($$SELECT appraisal.simulate('values', 'A >= 3, B')$$, '22023', NULL, 'a scale that the quota does not fit');
SELECT throws_ok($$SELECT appraisal.simulate('nothing')$$, 'AP004', 'there is no cycle "nothing"', 'no such cycle');
SELECT is((SELECT count(*) FROM appraisal.audit_log), n, 'nothing is written') FROM log_before;
SELECT is((SELECT provolatile FROM pg_proc WHERE proname = 'simulate'), 's'::"char", 'nor could be');

-- compare_cycles
SELECT no_rows($$WITH a AS (SELECT * FROM last JOIN appraisal.participant USING (cycle_id, participant_id) WHERE cycle_id = (SELECT cycle_id FROM appraisal.cycle WHERE code = 'values')),
    b AS (SELECT * FROM last JOIN appraisal.participant USING (cycle_id, participant_id) WHERE cycle_id = (SELECT cycle_id FROM appraisal.cycle WHERE code = 'values-raw')),
    wanted AS (SELECT h.code, a.score AS score_a, b.score AS score_b, b.score - a.score AS gained, a.rank AS rank_a, b.rank AS rank_b, a.final_grade AS grade_a, b.final_grade AS grade_b,
      ((SELECT place FROM bands((SELECT scale::text FROM appraisal.scheme WHERE code = 'values')) x WHERE label = a.final_grade)
       - (SELECT place FROM bands((SELECT scale::text FROM appraisal.scheme WHERE code = 'values')) x WHERE label = b.final_grade))::int AS steps
      FROM appraisal.person h LEFT JOIN a ON a.person_id = h.person_id LEFT JOIN b ON b.person_id = h.person_id WHERE num_nonnulls(a.cycle_id, b.cycle_id) > 0)
  SELECT * FROM ((SELECT * FROM wanted EXCEPT ALL SELECT person, score_a, score_b, difference, rank_a, rank_b, grade_a, grade_b, steps FROM appraisal.compare_cycles('values', 'values-raw'))
  UNION ALL (SELECT person, score_a, score_b, difference, rank_a, rank_b, grade_a, grade_b, steps FROM appraisal.compare_cycles('values', 'values-raw') EXCEPT ALL SELECT * FROM wanted)) x$$, 'compare_cycles: each person in both');
SELECT cmp_ok(count(steps), '=', 0::bigint, 'no steps between scales of other grades') FROM appraisal.compare_cycles('values', 'month');
SELECT cmp_ok(count(*) FILTER (WHERE subject = 'unit'), '>', 0::bigint, 'units, too') FROM appraisal.compare_cycles('levels', 'values');

-- cycle_progress: a cycle still setting goals, and one being scored
SELECT make_cycle('goals', 'quarterly-operations', '{}', 'quarter', 'goals') \g /dev/null
SELECT make_cycle('scored', 'performance-and-values', '{}', 'quarter', 'scoring') \g /dev/null
SELECT make_cycle('figures', 'operations-monthly', '{}', 'month', 'scoring') \g /dev/null
SELECT in_bulk(format('SELECT make_people(%1$s, 50); SELECT make_marks(%1$s, 40)', cycle_id)) FROM appraisal.cycle WHERE code IN ('goals', 'scored', 'figures') \g /dev/null
SELECT in_bulk($$UPDATE appraisal.participant SET manager_id = 1 WHERE person_id > 1;
  UPDATE appraisal.scheme SET goals_set_by = 'manager', goals_confirmed = true, goals_approved = true WHERE code = 'goals';
  UPDATE appraisal.goal SET confirmed_at = CASE WHEN pick(1, 2) = 1 THEN now() END, approved_by_head = CASE WHEN pick(1, 2) = 1 THEN 1 END, approved_by_hr = CASE WHEN pick(1, 2) = 1 THEN 'x' END;
  DELETE FROM appraisal.goal WHERE participant_id % 5 = 0;
  DELETE FROM appraisal.measurement WHERE pick(1, 3) = 1;
  UPDATE appraisal.review SET due_on = '2026-04-10' WHERE review_id % 2 = 0$$) \g /dev/null
CREATE TABLE missing AS
WITH p AS (SELECT p.*, c.code AS cycle, c.status, c.during FROM appraisal.participant p JOIN appraisal.cycle c USING (cycle_id) WHERE exempt_because IS NULL)
SELECT cycle, participant_id, 'goal' AS what, i.code AS item, NULL AS source, 'manager' AS waits_for, manager_id AS who, lower(during) AS since
FROM p JOIN indicator_rule r USING (cycle_id, participant_id) JOIN appraisal.indicator i USING (indicator_id)
WHERE p.status = 'goals' AND i.direction IS NOT NULL AND r.unit_level IS NULL
  AND NOT EXISTS (SELECT FROM appraisal.goal g WHERE g.cycle_id = p.cycle_id AND g.participant_id = p.participant_id AND g.scheme_indicator_id = r.scheme_indicator_id)
UNION ALL SELECT cycle, participant_id, 'confirmation', title, NULL, 'person', person_id, lower(during) FROM p JOIN appraisal.goal USING (cycle_id, participant_id) WHERE cycle = 'goals' AND confirmed_at IS NULL
UNION ALL SELECT cycle, participant_id, 'approval', title, NULL, 'head', manager_id, lower(during) FROM p JOIN appraisal.goal USING (cycle_id, participant_id) WHERE cycle = 'goals' AND approved_by_head IS NULL AND manager_id IS NOT NULL
UNION ALL SELECT cycle, participant_id, 'approval', title, NULL, 'hr', NULL, lower(during) FROM p JOIN appraisal.goal USING (cycle_id, participant_id) WHERE cycle = 'goals' AND approved_by_hr IS NULL
UNION ALL SELECT cycle, participant_id, 'review', NULL, source, 'rater', rater_id, coalesce(due_on, upper(during)) FROM p JOIN appraisal.review v USING (cycle_id, participant_id) WHERE p.status = 'scoring' AND v.status = 'assigned'
UNION ALL SELECT DISTINCT cycle, participant_id, 'measurement', i.code, NULL, coalesce(i.data_source, 'hr'), NULL::bigint, upper(during)
FROM p JOIN indicator_rule r USING (cycle_id, participant_id) JOIN appraisal.indicator i USING (indicator_id)
WHERE p.status IN ('scoring', 'calibration') AND i.kind = 'measured' AND r.unit_level IS NULL
  AND NOT EXISTS (SELECT FROM appraisal.measurement m WHERE m.cycle_id = p.cycle_id AND m.participant_id = p.participant_id AND m.indicator_id = i.indicator_id);
SELECT is((SELECT array_agg(DISTINCT what ORDER BY what) FROM missing), '{approval,confirmation,goal,measurement,review}', 'everything is missing somewhere');
SELECT no_rows($$SELECT * FROM ((SELECT * FROM missing EXCEPT ALL SELECT cycle, participant_id, what, item, source, waits_for, waits_for_id, since FROM appraisal.cycle_progress)
  UNION ALL (SELECT cycle, participant_id, what, item, source, waits_for, waits_for_id, since FROM appraisal.cycle_progress EXCEPT ALL SELECT * FROM missing)) x$$, 'cycle_progress: what, from whom, since when');
-- start_scoring() refuses as long as it shows a goal, and not after
SELECT throws_ok('CALL appraisal.start_scoring(''goals'')', 'AP001', NULL, 'a cycle whose goals are not complete waits');
SELECT in_bulk($$INSERT INTO appraisal.goal (cycle_id, participant_id, scheme_indicator_id, title, weight)
    SELECT g.cycle_id, g.participant_id, r.scheme_indicator_id, 'x', r.weight FROM appraisal.cycle_progress g JOIN indicator_rule r USING (cycle_id, participant_id)
    JOIN appraisal.indicator i USING (indicator_id) WHERE g.what = 'goal' AND i.code = g.item;
  UPDATE appraisal.goal g SET weight = r.weight FROM indicator_rule r WHERE r.cycle_id = g.cycle_id AND r.participant_id = g.participant_id AND r.scheme_indicator_id = g.scheme_indicator_id;
  UPDATE appraisal.goal g SET confirmed_at = now(), approved_by_head = p.manager_id FROM appraisal.participant p WHERE p.participant_id = g.participant_id;
  UPDATE appraisal.goal SET approved_by_hr = 'x' WHERE goal_id > (SELECT min(goal_id) FROM appraisal.goal WHERE cycle_id = (SELECT cycle_id FROM appraisal.cycle WHERE code = 'goals'))$$) \g /dev/null
SELECT cmp_ok(count(*), '<=', 1::bigint, 'at most one goal waits') FROM appraisal.cycle_progress WHERE cycle = 'goals';
SELECT in_bulk('UPDATE appraisal.goal SET approved_by_hr = ''x''') \g /dev/null
SELECT is_empty('SELECT * FROM appraisal.cycle_progress WHERE cycle = ''goals''', 'now nothing is missing');
SELECT lives_ok('CALL appraisal.start_scoring(''goals'')', 'and the cycle goes on');
SELECT no_rows($$SELECT * FROM appraisal.cycle_progress WHERE days <> greatest(current_date - since, 0) OR name IS DISTINCT FROM (SELECT h.name FROM appraisal.person h WHERE h.code = person)$$, 'and how long ago');

-- a grade of another scale, as imported results may have, does no harm to the others
SELECT in_bulk('UPDATE appraisal.result r SET natural_grade = ''foreign'', quota_grade = ''foreign'', calibrated_grade = NULL WHERE participant_id = (SELECT min(x.participant_id) FROM appraisal.result x WHERE x.cycle_id = 2 AND x.state = ''scored'')') \g /dev/null
SELECT is((SELECT sum(natural_heads) FROM appraisal.grade_distribution WHERE cycle_id = 2), (SELECT count(*) - 1 FROM appraisal.result WHERE cycle_id = 2 AND state = 'scored'), 'a foreign grade is not counted');
SELECT is((SELECT count(*) FROM appraisal.compare_cycles('values-raw', 'values') WHERE grade_a = 'foreign' AND steps IS NULL), 1::bigint, 'nor compared by steps');
SELECT is((SELECT count(*) FROM appraisal.simulate('values-raw') WHERE final_grade = 'foreign'), 1::bigint, 'and simulated like any other');
-- without grades at all
SELECT in_bulk('UPDATE appraisal.scheme SET scale = NULL, quota = NULL, enforcement = ''off'', no_surprise_grade = NULL, improvement_grade = NULL WHERE code = ''shop''') \g /dev/null
SELECT throws_ok($$SELECT appraisal.simulate('shop')$$, 'AP005', 'the scheme of cycle "shop" has no grades', 'nothing to simulate without a scale');
SELECT is_empty($$SELECT * FROM appraisal.grade_distribution WHERE cycle = 'shop'$$, 'nor a distribution');
SELECT isnt_empty($$SELECT * FROM appraisal.ranking WHERE cycle = 'shop'$$, 'ranks there are');
SELECT * FROM finish();
ROLLBACK;
