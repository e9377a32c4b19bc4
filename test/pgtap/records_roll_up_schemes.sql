-- The schemes of the library whose long periods take in shorter ones, each through a year, step by step: a team of
-- four and, where units are appraised, the units. What a long period comes to is compared with plain SQL.
\set ECHO none
BEGIN;
SELECT no_plan();
\ir organisation.psql
\ir to_publication.psql
\ir scoring.psql
SELECT '{"units": [{"code": "team", "title": "试点组 Team", "parent": "marketing"}],
    "people": [{"code": "t1", "name": "Tang 1", "hired_on": "2020-01-01"}, {"code": "t2", "name": "Tian 2", "hired_on": "2020-01-01"}, {"code": "t3", "name": "Tong 3", "hired_on": "2020-01-01"}, {"code": "t4", "name": "Tu 4", "hired_on": "2020-01-01"}, {"code": "t5", "name": "Tao 5", "hired_on": "2020-01-01"}],
    "postings": [{"person": "t1", "unit": "team", "manager": "p113", "job_group": "head", "from_date": "2020-01-01"}, {"person": "t2", "unit": "team", "manager": "t1", "job_group": "staff", "from_date": "2020-01-01"},
                 {"person": "t3", "unit": "team", "manager": "t1", "job_group": "staff", "from_date": "2020-01-01"}, {"person": "t4", "unit": "team", "manager": "t1", "job_group": "staff", "from_date": "2020-01-01"}, {"person": "t5", "unit": "team", "manager": "t1", "job_group": "staff", "from_date": "2020-01-01"}]}' AS document \gset
CALL appraisal.import_organisation(:'document') \g /dev/null
CREATE ROLE org_t1; CREATE ROLE org_t2;
CALL appraisal.link_account('org_t1', 'manager', 't1');
CALL appraisal.link_account('org_t2', 'employee', 't2');
SET LOCAL client_min_messages = error;

CREATE FUNCTION targets(document jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT CASE WHEN count(*) = 0 THEN '{}' ELSE jsonb_build_object('dimensions', jsonb_object_agg(dimension, jsonb_build_object('indicators', job_groups))) END
    FROM (SELECT dimension, jsonb_object_agg(job_group, indicators) AS job_groups
          FROM (SELECT d.key AS dimension, g.key AS job_group, jsonb_object_agg(i.key, jsonb_build_object('target', 100)) AS indicators
                FROM jsonb_each(document -> 'dimensions') AS d, jsonb_each(d.value -> 'indicators') AS g, jsonb_each(g.value) AS i
                WHERE document #>> ARRAY['indicators', i.key, 'reads'] = 'attainment'
                GROUP BY d.key, g.key) AS x GROUP BY dimension) AS y $$;
CREATE TABLE run (scheme text PRIMARY KEY, part text, units boolean, parts int);
INSERT INTO run VALUES ('ecommerce-monthly', 'month', false, 12), ('operations-monthly', 'month', false, 12), ('commerce-staff-monthly', 'month', false, 12), ('half-year-360', 'half_year', false, 2), ('quarterly-sales-pay', 'quarter', false, 4),
    ('quarterly-operations', 'quarter', false, 4), ('performance-and-values', 'quarter', false, 4), ('company-half-year', 'half_year', false, 2), ('manager-quarterly', 'quarter', false, 4), ('three-level', 'quarter', true, 4);
SELECT as_hr(format('CALL appraisal.load_scheme(%L, %L)', l.code, targets(l.document))) FROM run AS r JOIN appraisal.scheme_library() AS l ON l.code = r.scheme;
SELECT as_hr(format('CALL appraisal.activate_scheme(%L, valid_from => %L)', scheme, '2024-01-01')) FROM run;

-- A cycle is called SCHEME PERIOD NUMBER.
CREATE FUNCTION months(period text) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT (ARRAY[1, 3, 6, 12])[array_position('{month,quarter,half_year,year}', period)] $$;
CREATE FUNCTION open(scheme text, period text, n int, year int DEFAULT 2025) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    code CONSTANT text := format('%s %s %s %s', scheme, year, period, n);
    first CONSTANT date := make_date(year, 1 + months(period) * (n - 1), 1);
BEGIN
    PERFORM as_hr(format('CALL appraisal.open_cycle(%L, %L, %L, %L, %L)', code, scheme, period, daterange(first, (first + make_interval(months => months(period)))::date), format('%s %s', period, n)));
    IF scheme = 'three-level' THEN
        PERFORM as_hr(format('CALL appraisal.enrol(%L, subject => %L)', code, 'unit'));
        PERFORM as_hr(format('CALL appraisal.enrol(%L, %L)', code, 'lhasa'));
    ELSE
        PERFORM as_hr(format('CALL appraisal.enrol(%L, %L, %L)', code, 'team', 'staff'));
    END IF;
    RETURN code;
END $$;
CREATE FUNCTION begin_scoring(code text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    this record;
BEGIN
    SELECT s.*, c.cycle_id INTO this FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.code = begin_scoring.code;
    IF this.goals_set_by <> 'none' THEN
        PERFORM as_hr(format('CALL appraisal.propose_goals(%L)', code));
        IF this.goals_confirmed THEN
            PERFORM as_person(p, format('CALL appraisal.confirm_goal(%L)', code)) FROM unnest('{t2,t3,t4,t5}'::text[]) AS p WHERE EXISTS (SELECT FROM appraisal.goal AS g WHERE g.cycle_id = this.cycle_id);
        END IF;
        IF this.goals_approved THEN
            PERFORM as_login('org_t1', format('CALL appraisal.approve_goals(%L)', code)), as_hr(format('CALL appraisal.approve_goals(%L)', code));
        END IF;
    END IF;
    PERFORM as_hr(format('CALL appraisal.start_scoring(%L)', code));
    PERFORM as_hr(format('CALL appraisal.assign_reviews(%L, %L)', code, (
        SELECT jsonb_agg(jsonb_build_object('person', t, 'source', 'related', 'rater', k)) FROM unnest('{t2,t3,t4,t5}'::text[]) AS t, unnest('{p114,p115,p116}'::text[]) AS k WHERE this.code = 'manager-quarterly')));
    RETURN code;
END $$;
-- Figures and marks go up and down from period to period.
CREATE FUNCTION give_all(code text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    this CONSTANT bigint := appraisal.cycle_of_code(code);
    figures jsonb;
BEGIN
    PERFORM find_rules(this), give_marks(this);
    UPDATE given AS g
    SET evidence = '事例', label = CASE i.kind WHEN 'levels' THEN l.label END,
        score = CASE WHEN i.kind = 'gated' THEN x.n WHEN l.points IS NOT NULL THEN l.points ELSE 60 + draw(0, 39, give_all.code, g.review_id::text, g.indicator) END,
        levels = CASE WHEN i.kind = 'gated' THEN array_fill(1::numeric, ARRAY[x.n]) || array_fill(0::numeric, ARRAY[5 - x.n]) END
    FROM appraisal.indicator AS i
    CROSS JOIN LATERAL (SELECT draw(2, 4, give_all.code, i.code) AS n) AS x
    LEFT JOIN LATERAL (SELECT y.points, y.label FROM appraisal.indicator_level AS y WHERE y.indicator_id = i.indicator_id AND i.kind <> 'gated' ORDER BY draw(give_all.code, y.label, i.code) LIMIT 1) AS l ON true
    WHERE g.cycle_id = this AND i.indicator_id = g.indicator_id;
    SELECT jsonb_agg(jsonb_build_object('person', n.code, 'unit', u.code, 'indicator', r.indicator, 'measured_on', upper(c.during) - 1,
               'value', CASE WHEN r.unit_level IS NOT NULL THEN 88 WHEN r.reads = 'attainment' THEN draw(60, 99, give_all.code, r.participant_id::text, r.indicator)
                             ELSE round(k.low + (k.high - k.low) * draw(give_all.code, r.participant_id::text, r.indicator), 3) END)) INTO figures
    FROM rules_of AS r JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.cycle AS c USING (cycle_id)
    LEFT JOIN appraisal.person AS n USING (person_id) LEFT JOIN appraisal.unit AS u ON u.unit_id = p.appraised_unit_id
    CROSS JOIN LATERAL (SELECT min(x) AS low, max(x) AS high FROM knots(r.curve)) AS k
    WHERE r.cycle_id = this AND r.kind = 'measured' AND (r.unit_level IS NULL OR r.unit_level = 'department');
    PERFORM as_hr(format('CALL appraisal.record_measurements(%L, %L)', give_all.code, figures)) WHERE figures IS NOT NULL;
    PERFORM submit_reviews(code, '{"总体评价": "好", "优点": "快", "不足": "粗", "期望": "稳"}');
END $$;
CREATE FUNCTION sign_and_publish(of_cycle text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    step record;
    hr text[] := '{p002,p003,p005}';
BEGIN
    PERFORM as_hr(format('CALL appraisal.override_quota(%L, %L, %L)', of_cycle, q.unit, 'four people')) FROM appraisal.quota_status(of_cycle) AS q GROUP BY q.unit HAVING sum(q.heads_out) > 0;
    FOR step IN SELECT x.signer FROM appraisal.cycle AS c, appraisal.sign_off_chain(c.cycle_id) AS x WHERE c.code = of_cycle ORDER BY x.step LOOP
        IF step.signer IN ('unit_head', 'second_manager') THEN
            PERFORM as_person(CASE step.signer WHEN 'unit_head' THEN 't1' ELSE 'p113' END, format('CALL appraisal.sign_off(%L, %L)', of_cycle, 'team'));
        ELSIF step.signer = 'hr' THEN
            PERFORM as_person(hr[1], format('CALL appraisal.sign_off(%L)', of_cycle));
            hr := hr[2:];
        ELSE
            PERFORM as_person('p004', format('CALL appraisal.sign_off(%L)', of_cycle));
        END IF;
    END LOOP;
    PERFORM as_person(hr[1], format('CALL appraisal.sign_off(%L)', of_cycle)) WHERE wanted(of_cycle) > 0;
    PERFORM as_hr(format('CALL appraisal.publish(%L)', of_cycle));
END $$;
CREATE FUNCTION finish_cycle(code text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM as_hr(format('CALL appraisal.close_reviews(%L)', code)), as_hr(format('CALL appraisal.compute_results(%L)', code));
    PERFORM sign_and_publish(code);
    RETURN code;
END $$;
CREATE FUNCTION part(scheme text, period text, n int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    code CONSTANT text := open(scheme, period, n);
BEGIN
    PERFORM begin_scoring(code);
    PERFORM give_all(code);
    RETURN finish_cycle(code);
END $$;

CREATE VIEW stored AS
SELECT s.code AS scheme, c.code AS cycle, c.period, c.during, c.status, coalesce(n.code, u.code) AS who, r.*
FROM appraisal.current_result AS r JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.scheme AS s USING (scheme_id) JOIN appraisal.participant AS p USING (cycle_id, participant_id)
LEFT JOIN appraisal.person AS n USING (person_id) LEFT JOIN appraisal.unit AS u ON u.unit_id = p.appraised_unit_id;
CREATE VIEW stored_dimension AS
SELECT c.code AS cycle, c.period, c.during, s.code AS scheme, coalesce(n.code, u.code) AS who, d.code AS dimension, x.*
FROM appraisal.dimension_score AS x JOIN appraisal.dimension AS d USING (dimension_id) JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.scheme AS s ON s.scheme_id = c.scheme_id
JOIN appraisal.participant AS p USING (cycle_id, participant_id) LEFT JOIN appraisal.person AS n USING (person_id) LEFT JOIN appraisal.unit AS u ON u.unit_id = p.appraised_unit_id;

-- the parts; the last of each is still awaited when the year is begun
SELECT part(scheme, part, n) FROM run, generate_series(1, parts) AS n WHERE n < parts \g /dev/null
SELECT open(scheme, 'year', 1) FROM run \g /dev/null
SELECT begin_scoring(format('%s 2025 year 1', scheme)) FROM run \g /dev/null
SELECT is_empty($$SELECT c.code FROM appraisal.review AS v JOIN appraisal.cycle AS c USING (cycle_id) JOIN run ON c.code = scheme || ' 2025 year 1' AND scheme NOT IN ('company-half-year', 'manager-quarterly')
  UNION ALL SELECT c.code FROM appraisal.goal AS g JOIN appraisal.cycle AS c USING (cycle_id) JOIN run ON c.code = scheme || ' 2025 year 1'$$, 'a year out of its parts needs no reviews and no goals');
SELECT set_eq($$SELECT DISTINCT c.code FROM appraisal.review AS v JOIN appraisal.cycle AS c USING (cycle_id) WHERE c.period = 'year'$$, '{company-half-year 2025 year 1,manager-quarterly 2025 year 1}'::text[], 'a year that only refers to them is reviewed');
SELECT matches(error_as('org_hr', $$CALL appraisal.assign_reviews('half-year-360 2025 year 1', '[{"person": "t2", "source": "manager", "rater": "t1"}]')$$), '^AP005 "manager" is no rater source', 'nor is a rater named');
SELECT as_hr(format('CALL appraisal.compute_results(%L)', scheme || ' 2025 year 1')) FROM run;
SELECT results_eq($$SELECT DISTINCT state FROM stored WHERE period = 'year' AND scheme NOT IN ('company-half-year', 'manager-quarterly')$$, $$VALUES ('pending')$$, 'the last part is awaited');
CREATE TABLE progress AS SELECT * FROM appraisal.cycle_progress LIMIT 0;
GRANT ALL ON progress TO org_hr; GRANT USAGE ON SCHEMA org TO org_hr;
SELECT as_hr('INSERT INTO org.progress SELECT * FROM appraisal.cycle_progress');
SELECT is_empty($$SELECT cycle, what, item FROM progress JOIN run ON cycle = scheme || ' 2025 year 1' WHERE scheme NOT IN ('company-half-year', 'manager-quarterly')$$, 'nothing else is asked for');
SELECT part(scheme, part, parts) FROM run \g /dev/null
-- a half-year and a quarter are made of parts, too
SELECT finish_cycle(begin_scoring(open('quarterly-operations', 'half_year', n))) FROM generate_series(1, 2) AS n \g /dev/null
SELECT finish_cycle(begin_scoring(open('commerce-staff-monthly', 'quarter', n))) FROM generate_series(1, 4) AS n \g /dev/null
SELECT matches(error_as('org_hr', format('CALL appraisal.publish(%L)', 'half-year-360 2025 year 1')), '^AP001', 'a year that is not computed anew is not published');
SELECT give_all(format('%s 2025 year 1', scheme)) FROM run WHERE scheme IN ('company-half-year', 'manager-quarterly');
SELECT finish_cycle(format('%s 2025 year 1', scheme)) FROM run \g /dev/null

CREATE VIEW made_of AS
SELECT y.scheme, y.cycle, y.who, y.score, y.raw_score, count(*) AS parts, avg(p.score) AS mean, array_agg(p.score ORDER BY lower(p.during)) AS scores
FROM stored AS y JOIN appraisal.period_rule AS r ON r.scheme_id = (SELECT scheme_id FROM appraisal.cycle WHERE cycle_id = y.cycle_id) AND r.job_group = '*' AND r.period = y.period
JOIN stored AS p ON p.scheme = y.scheme AND p.who = y.who AND p.period = r.composed_of AND p.during <@ y.during
GROUP BY y.scheme, y.cycle, y.who, y.score, y.raw_score;
SELECT same_rows(format($$SELECT who, score, raw_score FROM made_of WHERE cycle = '%s 2025 year 1'$$, scheme), format($$SELECT who, round(mean, 2), trim_scale(round(mean, 14)) FROM made_of WHERE cycle = '%s 2025 year 1' AND parts = %s$$, scheme, parts),
                 format('%s: the year is the mean of %s %ss', scheme, parts, part))
FROM run WHERE scheme NOT IN ('company-half-year', 'manager-quarterly');
SELECT same_rows($$SELECT cycle, who, score FROM made_of WHERE cycle LIKE 'quarterly-operations 2025 half_year%'$$, $$SELECT cycle, who, round(mean, 2) FROM made_of WHERE cycle LIKE 'quarterly-operations 2025 half_year%' AND parts = 2$$, 'quarterly-operations: a half-year is the mean of two quarters');
SELECT same_rows($$SELECT cycle, who, score FROM made_of WHERE cycle LIKE 'commerce-staff-monthly 2025 quarter%'$$, $$SELECT cycle, who, round(mean, 2) FROM made_of WHERE cycle LIKE 'commerce-staff-monthly 2025 quarter%' AND parts = 3$$, 'commerce-staff-monthly: a quarter is the mean of three months');
SELECT is_empty($$SELECT cycle, who, state FROM stored WHERE score IS NULL$$, 'everybody has a score in every cycle');
SELECT cmp_ok(min(p.n), '>', 1::bigint, 'months, quarters and halves differ') FROM (SELECT max(w.n) AS n FROM (SELECT scheme, count(DISTINCT score) AS n FROM stored WHERE period <> 'year' GROUP BY scheme, who) AS w GROUP BY w.scheme) AS p;
SELECT same_rows($$SELECT who, natural_grade, rank FROM stored WHERE cycle = 'ecommerce-monthly 2025 year 1'$$,
  $$SELECT who, CASE WHEN mean >= 90 THEN '优秀' WHEN mean >= 80 THEN '合格' WHEN mean >= 60 THEN '一般' ELSE '需激励' END, rank() OVER (ORDER BY round(mean, 2) DESC)::int FROM made_of WHERE cycle = 'ecommerce-monthly 2025 year 1'$$, 'ecommerce-monthly: the year''s grade and place');

-- performance-and-values: the year's values mark is the mean of the four quarters, with the trend
SELECT same_rows($$SELECT who, dimension, round(score, 14) FROM stored_dimension WHERE cycle = 'performance-and-values 2025 year 1'$$,
  $$SELECT who, dimension, round(avg(score), 14) FROM stored_dimension WHERE scheme = 'performance-and-values' AND period = 'quarter' GROUP BY 1, 2 HAVING count(*) = 4$$, 'performance-and-values: the year''s marks are the means of the quarters''');
SELECT same_rows($$SELECT person, dimension, parts, scores, change, score FROM appraisal.result_trend WHERE cycle = 'performance-and-values 2025 year 1' AND dimension IS NOT NULL$$,
  $$SELECT q.who, q.dimension, array_agg(q.cycle::text ORDER BY q.during), array_agg(q.score ORDER BY q.during), max(q.score) FILTER (WHERE q.cycle ~ '4$') - max(q.score) FILTER (WHERE q.cycle ~ '1$'), y.score
    FROM stored_dimension AS q JOIN stored_dimension AS y ON y.cycle = 'performance-and-values 2025 year 1' AND y.who = q.who AND y.dimension = q.dimension
    WHERE q.scheme = 'performance-and-values' AND q.period = 'quarter' GROUP BY q.who, q.dimension, y.score$$, 'performance-and-values: the trend of each mark');
SELECT same_rows($$SELECT r.who, r.box_label, r.gate_dimension_id IS NOT NULL AS failed FROM stored AS r WHERE r.cycle = 'performance-and-values 2025 year 1'$$,
  $$SELECT v.who, b.label, round(v.score, 14) < 2.5 FROM stored_dimension AS v JOIN stored_dimension AS p ON p.cycle = v.cycle AND p.who = v.who AND p.dimension = 'performance'
    JOIN appraisal.dimension AS dv ON dv.dimension_id = v.dimension_id JOIN appraisal.dimension AS dp ON dp.dimension_id = p.dimension_id JOIN appraisal.box AS b ON b.scheme_id = dv.scheme_id
      AND b.values_grade = (SELECT x.label FROM bands(dv.scale::text) AS x WHERE x.nth = plain_band(round(v.score, 14), dv.scale::text)) AND b.performance_grade = (SELECT x.label FROM bands(dp.scale::text) AS x WHERE x.nth = plain_band(round(p.score, 14), dp.scale::text))
    WHERE v.cycle = 'performance-and-values 2025 year 1' AND v.dimension = 'values'$$, 'performance-and-values: the year''s box and gate');
-- what each sees of it
CREATE TABLE seen (who text, n bigint);
GRANT ALL ON seen TO org_t1, org_t2; GRANT USAGE ON SCHEMA org TO org_t1, org_t2;
SELECT as_login('org_t2', $$INSERT INTO org.seen SELECT 't2 ' || t.person, count(*) FROM appraisal.result_trend AS t GROUP BY t.person$$);
SELECT as_login('org_t1', $$INSERT INTO org.seen SELECT 't1 ' || t.person, count(*) FROM appraisal.result_trend AS t WHERE t.cycle LIKE 'performance-and-values%' GROUP BY t.person$$);
SELECT results_eq('SELECT who FROM seen ORDER BY 1', $$VALUES ('t1 t2'), ('t1 t3'), ('t1 t4'), ('t1 t5'), ('t2 t2')$$, 'people see their own trend, superiors those of the people below');
SELECT results_eq($$SELECT what, label, weight, note FROM appraisal.explain_score('quarterly-operations 2025 year 1', 't3') WHERE what IN ('part', 'parts', 'indicator', 'source')$$,
  $$VALUES ('part', 'quarter 1', 3::numeric, NULL), ('part', 'quarter 2', 3, NULL), ('part', 'quarter 3', 3, NULL), ('part', 'quarter 4', 3, NULL), ('parts', 'mean', NULL, NULL)$$, 'explain_score names the parts');

-- for reference: by itself, the parts beside it
SELECT same_rows($$SELECT t.cycle, t.person, t.scores, t.score FROM appraisal.result_trend AS t WHERE t.cycle IN ('company-half-year 2025 year 1', 'manager-quarterly 2025 year 1') AND t.dimension IS NULL$$,
  $$SELECT cycle, who, scores, score FROM made_of WHERE cycle IN ('company-half-year 2025 year 1', 'manager-quarterly 2025 year 1')$$, 'company-half-year, manager-quarterly: the half-years and quarters are shown beside the year');
SELECT compare_results(c) FROM unnest('{company-half-year 2025 year 1,manager-quarterly 2025 year 1}'::text[]) AS c;
SELECT ok(bool_and(weight = 0 AND of_weight = 0), 'and weigh nothing') FROM appraisal.part_score AS o JOIN appraisal.cycle AS c USING (cycle_id) WHERE c.code IN ('company-half-year 2025 year 1', 'manager-quarterly 2025 year 1');
SELECT is((SELECT count(*) FROM appraisal.explain_score('company-half-year 2025 year 1', 't2') WHERE what = 'part' AND weight = 0 AND note = 'does not count'), 2::bigint, 'explain_score says so');

-- three-level: each quarter a unit's result feeds what is below it; the year is the mean of the quarters of each
SELECT same_rows($$SELECT d.cycle, d.who, d.score FROM stored_dimension AS d WHERE d.scheme = 'three-level' AND d.period = 'quarter' AND d.dimension = 'unit'$$,
  $$SELECT r.cycle, b.who, r.score FROM stored AS r JOIN (VALUES ('p238', 'lhasa'), ('p239', 'lhasa'), ('p240', 'lhasa'), ('hangzhou', 'east'), ('ningbo', 'east'), ('suzhou', 'east'), ('chengdu', 'west'), ('lhasa', 'west'), ('east', 'firm'), ('west', 'firm')) AS b (who, above) ON b.above = r.who
    WHERE r.scheme = 'three-level' AND r.period = 'quarter'$$, 'three-level: company to centre to station to people, each quarter');
SELECT same_rows($$SELECT who, round(score, 10) FROM stored_dimension WHERE cycle = 'three-level 2025 year 1' AND dimension = 'unit'$$,
  $$SELECT b.who, round(avg(r.score), 10) FROM stored AS r JOIN (VALUES ('p238', 'lhasa'), ('p239', 'lhasa'), ('p240', 'lhasa'), ('hangzhou', 'east'), ('ningbo', 'east'), ('suzhou', 'east'), ('chengdu', 'west'), ('lhasa', 'west'), ('east', 'firm'), ('west', 'firm')) AS b (who, above) ON b.above = r.who
    WHERE r.scheme = 'three-level' AND r.period = 'quarter' GROUP BY b.who$$, 'three-level: through the year, the units'' part in it');
SELECT ok(count(*) = 11 AND bool_and(score IS NOT NULL), 'eight units and three people have a year') FROM stored WHERE cycle = 'three-level 2025 year 1';

-- An appeal that is upheld later: version 2 of a quarter; the year stays, and says that it is stale.
SET LOCAL session_replication_role = replica;
INSERT INTO appraisal.result (cycle_id, participant_id, version, state, coverage, raw_score, score, natural_grade, rank, coefficient, published_at)
SELECT cycle_id, participant_id, 2, state, coverage, 100, 100, '优秀', rank, 1.5, statement_timestamp() + interval '1 second' FROM stored WHERE cycle = 'quarterly-sales-pay 2025 quarter 2' AND who = 't3';
SET LOCAL session_replication_role = origin;
CREATE TABLE stale AS SELECT ''::text AS cycle, s.* FROM appraisal.stale_roll_ups('quarterly-sales-pay 2025 year 1') AS s LIMIT 0;
GRANT ALL ON stale TO org_hr, org_t2;
SELECT as_hr(format('INSERT INTO org.stale SELECT %L, s.* FROM appraisal.stale_roll_ups(%1$L) AS s', scheme || ' 2025 year 1')) FROM run;
SELECT results_eq('SELECT cycle, person, unit, part, version, score, version_now, score_now, result, result_now FROM stale',
  $$SELECT y.cycle, y.who, 'team', p.code, 1, o.score, 2, 100::numeric, y.score, round((100 + (SELECT sum(x.score) FROM appraisal.part_score AS x WHERE x.cycle_id = y.cycle_id AND x.participant_id = y.participant_id AND x.part_cycle_id <> p.cycle_id)) / 4, 2)
    FROM stored AS y JOIN appraisal.part_score AS o USING (cycle_id, participant_id) JOIN appraisal.cycle AS p ON p.cycle_id = o.part_cycle_id WHERE y.cycle = 'quarterly-sales-pay 2025 year 1' AND y.who = 't3' AND p.code ~ 'quarter 2$'$$,
  'an upheld appeal in a part: the year that rests on it is listed, with what it would be');
TRUNCATE stale;
SELECT as_login('org_t2', format('INSERT INTO org.stale SELECT %L, s.* FROM appraisal.stale_roll_ups(%1$L) AS s', 'quarterly-sales-pay 2025 year 1'));
SELECT is(count(*), 0::bigint, 'not to a colleague') FROM stale;
SELECT matches(error_as('org_hr', $$SELECT * FROM appraisal.stale_roll_ups('2099')$$), '^AP004 there is no cycle', 'no such cycle');

-- What changes after the first signature: what is signed is not published.
SELECT open('quarterly-sales-pay', 'year', 1, 2026) \g /dev/null
SELECT begin_scoring(open('quarterly-sales-pay', 'quarter', n, 2026)) AS c FROM generate_series(1, 4) AS n \g /dev/null
SELECT give_all(format('quarterly-sales-pay 2026 quarter %s', n)) FROM generate_series(1, 4) AS n;
SELECT finish_cycle(format('quarterly-sales-pay 2026 quarter %s', n)) FROM generate_series(1, 4) AS n \g /dev/null
SELECT begin_scoring('quarterly-sales-pay 2026 year 1') \g /dev/null
SELECT as_hr($$CALL appraisal.close_reviews('quarterly-sales-pay 2026 year 1')$$), as_hr($$CALL appraisal.compute_results('quarterly-sales-pay 2026 year 1')$$);
SELECT as_person('p002', $$CALL appraisal.sign_off('quarterly-sales-pay 2026 year 1')$$);
SET LOCAL session_replication_role = replica;
INSERT INTO appraisal.result (cycle_id, participant_id, version, state, coverage, raw_score, score, natural_grade, rank, coefficient, published_at)
SELECT cycle_id, participant_id, 2, state, coverage, 100, 100, '优秀', rank, 1.5, statement_timestamp() FROM stored WHERE cycle = 'quarterly-sales-pay 2026 quarter 3' AND who = 't4';
SET LOCAL session_replication_role = origin;
SELECT matches(error_as('org_hr', $$CALL appraisal.publish('quarterly-sales-pay 2026 year 1')$$), '^AP001 results of cycle "quarterly-sales-pay 2026 year 1" rest on parts that have changed since', 'a part has changed since it was signed');
SELECT as_hr($$CALL appraisal.withdraw_sign_off('quarterly-sales-pay 2026 year 1', reason => '三季度申诉成立')$$);
SELECT matches(error_as('org_service', $$CALL appraisal.sign_off('quarterly-sales-pay 2026 year 1')$$, 'p002'), '^AP001 results of cycle', 'nor signed before it is computed anew');
SELECT as_hr($$CALL appraisal.compute_results('quarterly-sales-pay 2026 year 1')$$);
SELECT sign_and_publish('quarterly-sales-pay 2026 year 1');
SELECT same_rows($$SELECT who, score FROM made_of WHERE cycle = 'quarterly-sales-pay 2026 year 1'$$, $$SELECT who, round(mean, 2) FROM made_of WHERE cycle = 'quarterly-sales-pay 2026 year 1' AND parts = 4$$, 'then the year is the mean of the quarters as they are now');
SELECT results_eq($$SELECT note FROM appraisal.explain_score('quarterly-sales-pay 2026 year 1', 't4') WHERE label = 'quarter 3'$$, $$VALUES ('version 2')$$, 'and says which version it took');

-- Today's best is tomorrow's minimum, over two years: the floor of a year's target is the best of the years before.
SELECT as_hr($$CALL appraisal.load_scheme('performance-and-values', '{"code": "best", "goals_confirmed": false, "target_floor": "best"}')$$), as_hr($$CALL appraisal.activate_scheme('best', valid_from => '2024-01-01')$$);
UPDATE appraisal.posting SET job_group = 'shop_manager' WHERE person_id = appraisal.person_of_code('t2');
SELECT as_hr(format('CALL appraisal.open_cycle(%L, %L, %L, %L)', 'best ' || n, 'best', 'quarter', daterange(make_date(2024, 3 * n - 2, 1), (make_date(2024, 3 * n - 2, 1) + interval '3 months')::date))) FROM generate_series(1, 3) AS n;
SELECT as_hr(format('CALL appraisal.enrol(%L, %L, %L)', 'best ' || n, 'team', 'shop_manager')) FROM generate_series(1, 3) AS n;
SELECT as_hr($$CALL appraisal.propose_goals('best 1')$$);
SELECT as_hr(format('CALL appraisal.record_measurement(%L, %L, %L, %s, %L)', 'best 1', 't2', i, v, d)) FROM (VALUES ('paid_sales', 70, '2024-01-31'::date), ('paid_sales', 50, '2024-03-31'), ('staff_turnover', 0.2, '2024-01-31'), ('staff_turnover', 0.4, '2024-03-31')) AS m (i, v, d);
SELECT as_hr($$CALL appraisal.propose_goals('best 2')$$);
SELECT as_hr(format('CALL appraisal.record_measurement(%L, %L, %L, %s, %L)', 'best 2', 't2', i, v, d)) FROM (VALUES ('paid_sales', 100, '2024-06-30'::date), ('staff_turnover', 0.1, '2024-06-30')) AS m (i, v, d);
SELECT as_hr($$CALL appraisal.propose_goals('best 3')$$);
SELECT results_eq($$SELECT c.code, i.code, trim_scale(g.floor), trim_scale(g.target) FROM appraisal.goal AS g JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.scheme_indicator AS u USING (scheme_indicator_id) JOIN appraisal.indicator AS i USING (indicator_id)
  WHERE c.code LIKE 'best %' AND i.code <> 'team_growth' ORDER BY 1, 2$$,
  $$VALUES ('best 1', 'paid_sales', NULL::numeric, NULL::numeric), ('best 1', 'staff_turnover', NULL, NULL), ('best 2', 'paid_sales', 120, 120), ('best 2', 'staff_turnover', 0.3, 0.3), ('best 3', 'paid_sales', 120, 120), ('best 3', 'staff_turnover', 0.1, 0.1)$$,
  'the best of two quarters: the most sales, of the first, and the least turnover, of the second');
SELECT matches(error_as('org_t1', $$CALL appraisal.adjust_goal('best 3', 't2', 'paid_sales', '淡季', target => 119)$$), '^AP005 the target of goal', 'no target is worse than the best');
SELECT is(error_as('org_t1', $$CALL appraisal.adjust_goal('best 3', 't2', 'paid_sales', '旺季', target => 121)$$), NULL, 'a better one is');
SELECT * FROM finish();
ROLLBACK;
