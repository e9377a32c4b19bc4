-- effectiveness(): two cycles of random people beside plain SQL; and the scheme "participation" (参与) from a first
-- quarter over a survey and a better version to the third.
-- several assertions in a row are a line each
\pset fieldsep '\n'
BEGIN;
SELECT no_plan();
\ir calibration.psql
SELECT coalesce(current_setting('test.seed', true), '7') AS seed \gset
SELECT diag('seed ' || :'seed');
SELECT set_config('test.seed', :'seed', true) \g /dev/null
CREATE FUNCTION pg_temp.draw(VARIADIC of text[]) RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT round((('x' || left(md5(current_setting('test.seed') || array_to_string(of, '/')), 8))::bit(32)::bigint / 4294967296.0)::numeric, 6) $$;

-- What is to be expected of one cycle, read from the tables. Every figure is a mean, a share or a spread of rows.
CREATE FUNCTION pg_temp.expected(this bigint) RETURNS TABLE (measure text, item text, value numeric) LANGUAGE sql AS $$
  WITH latest AS (SELECT DISTINCT ON (r.participant_id) r.*, p.person_id FROM appraisal.result AS r JOIN appraisal.participant AS p USING (cycle_id, participant_id)
                  WHERE r.cycle_id = this AND r.state <> 'exempt' AND p.person_id IS NOT NULL ORDER BY r.participant_id, r.version DESC),
  standing AS (SELECT m.* FROM appraisal.measurement AS m WHERE m.cycle_id = this AND m.measurement_id NOT IN (SELECT x.supersedes FROM appraisal.measurement AS x WHERE x.cycle_id = this AND x.supersedes IS NOT NULL)),
  figure AS (SELECT s.participant_id, i.code, CASE i.gathering WHEN 'sum' THEN sum(s.value) WHEN 'mean' THEN avg(s.value) ELSE (array_agg(s.value ORDER BY s.measured_on DESC, s.measurement_id DESC))[1] END AS value
             FROM standing AS s JOIN appraisal.indicator AS i USING (indicator_id) GROUP BY s.participant_id, i.code, i.gathering),
  part AS (SELECT p.person_id, d.code, sum(x.score * p.segment_days) / sum(p.segment_days) AS score FROM appraisal.dimension_score AS x JOIN appraisal.participant AS p USING (cycle_id, participant_id)
           JOIN appraisal.dimension AS d USING (dimension_id) WHERE x.cycle_id = this AND x.score IS NOT NULL GROUP BY 1, 2),
  review AS (SELECT * FROM appraisal.review WHERE cycle_id = this)
  SELECT 'scored_share', NULL, count(score)::numeric / count(*) FROM latest
  UNION ALL SELECT 'score_mean', NULL, sum(score) / count(score) FROM latest
  UNION ALL SELECT 'score_spread', NULL, sqrt((sum(score * score) - sum(score) * sum(score) / count(score)) / (count(score) - 1)) FROM latest
  UNION ALL SELECT 'dimension_mean', code, avg(score) FROM part GROUP BY code
  UNION ALL SELECT 'measurement_mean', code, avg(value) FROM figure GROUP BY code
  UNION ALL SELECT 'grade_share', g.grade, (SELECT count(*) FROM latest AS l WHERE l.final_grade = g.grade)::numeric / (SELECT count(final_grade) FROM latest)
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id), appraisal.grades(s.scale) AS g WHERE c.cycle_id = this
  UNION ALL SELECT 'appeals_filed', NULL, count(*) FROM appraisal.appeal WHERE cycle_id = this
  UNION ALL SELECT 'appeals_filed_share', NULL, (SELECT count(*) FROM appraisal.appeal WHERE cycle_id = this)::numeric / count(*) FROM latest
  UNION ALL SELECT 'appeals_upheld', NULL, count(*) FROM appraisal.appeal WHERE cycle_id = this AND status = 'upheld'
  UNION ALL SELECT 'appeals_upheld_share', NULL, count(*) FILTER (WHERE status = 'upheld')::numeric / count(*) FROM appraisal.appeal WHERE cycle_id = this AND status IN ('upheld', 'dismissed') HAVING count(*) > 0
  UNION ALL SELECT 'reviews_missing_share', NULL, count(*) FILTER (WHERE submitted_at IS NULL)::numeric / count(*) FROM review HAVING count(*) > 0
  UNION ALL SELECT 'reviews_late_share', NULL, count(*) FILTER (WHERE (submitted_at AT TIME ZONE 'UTC')::date > due_on)::numeric / count(*) FROM review WHERE submitted_at IS NOT NULL AND due_on IS NOT NULL HAVING count(*) > 0
  UNION ALL SELECT 'rater_spread', NULL, avg(s.sd) FROM (SELECT v.rater_id, stddev_samp(m.score) AS sd FROM review AS v JOIN appraisal.rating AS m USING (cycle_id, review_id)
    WHERE v.status = 'submitted' AND v.source <> 'self' GROUP BY 1) AS s HAVING count(s.sd) > 0
  UNION ALL SELECT 'rater_leniency_spread', NULL, stddev_samp(t.leniency) FROM appraisal.rater_statistics AS t WHERE t.cycle_id = this HAVING count(t.leniency) > 1
  UNION ALL SELECT 'rater_agreement', 'alpha', alpha FROM appraisal.rater_agreement WHERE cycle_id = this
  UNION ALL SELECT 'rater_agreement', 'icc', icc FROM appraisal.rater_agreement WHERE cycle_id = this
  UNION ALL SELECT 'survey_turnout', NULL, (SELECT count(*) FROM appraisal.survey_turnout WHERE cycle_id = this)::numeric / asked FROM appraisal.survey WHERE cycle_id = this AND closed_at IS NOT NULL
  UNION ALL SELECT 'survey_mean', q.code, avg(r.mark) FROM appraisal.survey_response AS r JOIN appraisal.survey_question AS q USING (cycle_id, question_no) WHERE r.cycle_id = this AND r.mark IS NOT NULL GROUP BY 1, 2
$$;
-- Two sets of these, with the change of those who are in both.
CREATE FUNCTION pg_temp.of_same(this bigint, earlier bigint[]) RETURNS TABLE (measure text, item text, value numeric, before numeric) LANGUAGE sql AS $$
  WITH figure AS (
    SELECT r.cycle_id, p.person_id, 'score_mean_of_same' AS measure, NULL AS item, r.score AS value FROM appraisal.scorecard AS r JOIN appraisal.participant AS p USING (cycle_id, participant_id) WHERE r.score IS NOT NULL
    UNION ALL
    SELECT c.cycle_id, p.person_id, 'measurement_mean_of_same', i.code, avg(m.value) FROM appraisal.cycle AS c, appraisal.current_measurements(c.cycle_id) AS m, appraisal.participant AS p, appraisal.indicator AS i
    WHERE p.participant_id = m.participant_id AND p.cycle_id = c.cycle_id AND i.indicator_id = m.indicator_id GROUP BY 1, 2, i.code)
  SELECT n.measure, n.item, avg(n.value), avg(b.value) FROM figure AS n
  JOIN (SELECT person_id, measure, item, avg(value) AS value FROM figure WHERE cycle_id = ANY (earlier) GROUP BY 1, 2, 3) AS b ON b.person_id = n.person_id AND b.measure = n.measure AND b.item IS NOT DISTINCT FROM n.item
  WHERE n.cycle_id = this GROUP BY 1, 2 $$;
CREATE FUNCTION pg_temp.compare(this text, earlier text[], against text[], login text DEFAULT 'regress_hr') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE n bigint; owner CONSTANT text := session_user;
BEGIN
  PERFORM set_config('session_authorization', login, true);
  CREATE TEMP TABLE got ON COMMIT DROP AS SELECT * FROM appraisal.effectiveness(this, against);
  PERFORM set_config('session_authorization', owner, true);
  CREATE TEMP TABLE wanted ON COMMIT DROP AS
    SELECT coalesce(a.measure, b.measure) AS measure, coalesce(a.item, b.item) AS item, round(a.value, 8) AS value, b.value AS before
    FROM (SELECT e.* FROM appraisal.cycle AS c, pg_temp.expected(c.cycle_id) AS e WHERE c.code = this) AS a
    FULL JOIN (SELECT e.measure, e.item, round(avg(round(e.value, 8)), 8) AS value FROM appraisal.cycle AS c, pg_temp.expected(c.cycle_id) AS e WHERE c.code = ANY (earlier) GROUP BY 1, 2) AS b
      ON b.measure = a.measure AND coalesce(b.item, '') = coalesce(a.item, '')
    UNION ALL
    SELECT s.measure, s.item, round(s.value, 8), round(s.before, 8)
    FROM pg_temp.of_same((SELECT c.cycle_id FROM appraisal.cycle AS c WHERE c.code = this), ARRAY(SELECT c.cycle_id FROM appraisal.cycle AS c WHERE c.code = ANY (earlier))) AS s;
  INSERT INTO wanted SELECT 'grade_drift', NULL, round(sum(abs(w.value - w.before)) / 2, 8), NULL FROM wanted AS w WHERE w.measure = 'grade_share' HAVING count(w.before) > 0;
  RETURN NEXT public.set_eq('SELECT measure, item, value, before FROM pg_temp.got', 'SELECT measure, item, value, before FROM pg_temp.wanted', format('%s against %s: %s figures', this, earlier, (SELECT count(*) FROM pg_temp.wanted)));
  RETURN NEXT public.is((SELECT count(*) FROM pg_temp.got), (SELECT count(*) FROM pg_temp.wanted), 'each once');
  RETURN NEXT public.is_empty('SELECT * FROM pg_temp.got WHERE change IS DISTINCT FROM value - before', 'the change is the difference');
  RETURN NEXT public.is_empty($q$SELECT * FROM pg_temp.got WHERE better IS DISTINCT FROM CASE
      WHEN change = 0 OR measure IN ('score_spread', 'grade_share', 'grade_drift', 'appeals_filed', 'appeals_filed_share', 'rater_spread', 'survey_mean') OR measure LIKE 'measurement%' AND item = 'stock' THEN NULL
      WHEN measure ~ '^(appeals_upheld|reviews_|rater_leniency)' OR item = 'hours' THEN change < 0 ELSE change > 0 END$q$, 'better is up, or down, where that is known');
  DROP TABLE pg_temp.got; DROP TABLE pg_temp.wanted;
END $$;

-- Two cycles with everything in them: raters who differ, late and missing reviews, two versions, appeals, a mover.
CALL appraisal.define_scheme('{"code": "mixed", "title": "Mixed", "label": "Mixed", "language": "en", "periods": {"staff": {"quarter": {}}}, "scale": "A >= 60, B >= 50, C >= 40, D", "missing": "zero",
  "dimensions": {"work": {"position": 1, "title": "Work", "label": "Work", "weights": {"*": 50}, "indicators": {"*": {"care": {"weight": 60}, "speed": {"weight": 40}}}},
                 "figures": {"position": 2, "title": "Figures", "label": "Figures", "weights": {"*": 50}, "indicators": {"*": {"sold": {"weight": 50}, "hours": {"weight": 50}}}}},
  "indicators": {"care": {"title": "Care", "label": "Care", "kind": "rated", "least": 0, "most": 100}, "speed": {"title": "Speed", "label": "Speed", "kind": "rated", "least": 0, "most": 100},
                 "sold": {"title": "Sold", "label": "Sold", "kind": "measured", "direction": "higher", "gathering": "sum", "curve": "linear (0, 0), (300, 100)"},
                 "hours": {"title": "Hours", "label": "Hours", "kind": "measured", "direction": "lower", "gathering": "mean", "curve": "linear (0, 100), (48, 0)"}},
  "raters": {"*": {"manager": {"label": "M", "weight": 60}, "peer": {"label": "P", "weight": 40, "least_raters": 3, "anonymous": true, "required": false}, "self": {"label": "S", "weight": 0}}},
  "sign_off": [{"signer": "hr", "act": "approve", "label": "HR"}]}') \g /dev/null
CALL appraisal.activate_scheme('mixed', NULL, '2025-01-01') \g /dev/null
CALL appraisal.post_person('a03', 'b', 'staff', '2026-02-10', 'hb') \g /dev/null
CREATE FUNCTION pg_temp.make_quarter(code text, scheme text, during daterange, leaves_out text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE n int;
BEGIN
  PERFORM pg_temp.hr_does(format('CALL appraisal.open_cycle(%L, %L, ''quarter'', %L, reviews_due => %L)', code, scheme, during, upper(during) + 5));
  PERFORM pg_temp.hr_does(format('CALL appraisal.enrol(%L)', code));
  PERFORM pg_temp.hr_does(format('CALL appraisal.exempt(%L, %L, ''leave'')', code, p)) FROM unnest(leaves_out) AS p;
  PERFORM pg_temp.hr_does(format('CALL appraisal.start_scoring(%L)', code));
  PERFORM pg_temp.in_bulk(format($i$INSERT INTO appraisal.measurement (cycle_id, participant_id, indicator_id, value, measured_on)
    SELECT p.cycle_id, p.participant_id, k.indicator_id, round(CASE k.code WHEN 'hours' THEN 50 ELSE 100 END * pg_temp.draw(%1$L, p.participant_id::text, k.code, d::text), 2), lower(c.during) + d
    FROM appraisal.participant AS p JOIN appraisal.cycle AS c USING (cycle_id) CROSS JOIN LATERAL appraisal.cycle_indicators(c.cycle_id) AS k, unnest('{9,40,70}'::int[]) AS d
    WHERE c.code = %1$L AND k.kind = 'measured' AND k.job_group = p.job_group AND p.exempt_because IS NULL$i$, code));
  PERFORM pg_temp.in_bulk(format($i$INSERT INTO appraisal.measurement (cycle_id, participant_id, indicator_id, value, measured_on, supersedes, corrected_because)
    SELECT m.cycle_id, m.participant_id, m.indicator_id, m.value + 5, m.measured_on, m.measurement_id, 'wrong' FROM appraisal.measurement AS m JOIN appraisal.cycle AS c USING (cycle_id) WHERE c.code = %L AND m.measurement_id %% 5 = 0$i$, code));
  PERFORM pg_temp.hr_does(format('CALL appraisal.assign_reviews(%L, most => 4)', code));
  PERFORM pg_temp.in_bulk(format($i$INSERT INTO appraisal.rating (cycle_id, review_id, indicator_id, score)
    SELECT v.cycle_id, v.review_id, k.indicator_id, round(20 * pg_temp.draw('rater', v.rater_id::text) + 50 * pg_temp.draw(%1$L, v.participant_id::text, k.code) + 30 * pg_temp.draw(%1$L, v.review_id::text, k.code))
    FROM appraisal.review AS v JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.participant AS p USING (cycle_id, participant_id) CROSS JOIN LATERAL appraisal.cycle_indicators(c.cycle_id) AS k
    WHERE c.code = %1$L AND k.kind = 'rated' AND k.job_group = p.job_group AND pg_temp.draw(%1$L, 'missing', v.review_id::text) > 0.1$i$, code));
  PERFORM pg_temp.in_bulk(format($i$UPDATE appraisal.review AS v SET status = 'submitted', submitted_at = (v.due_on + (CASE WHEN pg_temp.draw(%1$L, 'late', v.review_id::text) < 0.3 THEN 1 ELSE 0 END))::timestamp AT TIME ZONE 'UTC'
    FROM appraisal.cycle AS c WHERE c.cycle_id = v.cycle_id AND c.code = %1$L AND pg_temp.draw(%1$L, 'missing', v.review_id::text) > 0.1$i$, code));
  PERFORM pg_temp.hr_does(format('CALL appraisal.close_reviews(%L)', code));
  PERFORM pg_temp.hr_does(format('CALL appraisal.compute_results(%L)', code));
  PERFORM pg_temp.as_login('regress_h1', format('CALL appraisal.sign_off(%L)', code));
  PERFORM pg_temp.as_login('regress_h2', format('CALL appraisal.sign_off(%L)', code));
  PERFORM pg_temp.hr_does(format('CALL appraisal.publish(%L)', code));
END $$;
SELECT pg_temp.make_quarter('m1', 'mixed', '[2026-01-01,2026-04-01)', '{b01,b02}');
-- nothing before it
SELECT is((SELECT count(*) FROM appraisal.effectiveness('m1') WHERE before IS NOT NULL OR change IS NOT NULL OR better IS NOT NULL), 0::bigint, 'a first cycle has nothing before it');
SELECT pg_temp.compare('m1', '{}', NULL);
SELECT pg_temp.make_quarter('m2', 'mixed', '[2026-04-01,2026-07-01)', '{a01,b02}');
SELECT pg_temp.make_quarter('m3', 'mixed', '[2026-07-01,2026-10-01)', '{}');
SELECT cmp_ok(count(*) FILTER (WHERE leads IS FALSE), '>', 0::bigint, 'somebody moved') FROM appraisal.participant;
-- later versions of some results, and appeals
SELECT pg_temp.in_bulk($$INSERT INTO appraisal.result (cycle_id, participant_id, version, state, coverage, raw_score, score, natural_grade, published_at)
  SELECT cycle_id, participant_id, 2, state, coverage, raw_score + 7, score + 7, 'A', published_at FROM appraisal.result WHERE participant_id % 7 = 0 AND state = 'scored'$$);
SELECT pg_temp.in_bulk($$INSERT INTO appraisal.appeal (cycle_id, participant_id, version, status, level, grounds, filed_at, decided_by, decided_at, decision, new_version)
  SELECT r.cycle_id, r.participant_id, 1, v.status, 'hr', 'why', now(), CASE WHEN v.status <> 'filed' THEN 1 END, CASE WHEN v.status <> 'filed' THEN now() END, CASE WHEN v.status <> 'filed' THEN 'so' END, CASE v.status WHEN 'upheld' THEN 2 END
  FROM appraisal.result AS r, LATERAL (SELECT (ARRAY['upheld', 'dismissed', 'filed'])[1 + (r.participant_id / 7 % 3)::int] AS status) AS v WHERE r.participant_id % 7 = 0 AND r.version = 1$$);
SELECT is((SELECT count(DISTINCT status) FROM appraisal.appeal), 3::bigint, 'appeals of each kind');
SELECT pg_temp.compare('m2', '{m1}', NULL);
SELECT pg_temp.compare('m3', '{m2}', NULL);
SELECT pg_temp.compare('m3', '{m1,m2}', '{m1,m2}');
SELECT pg_temp.compare('m3', '{m1}', '{m1}', 'regress_z');
SELECT pg_temp.compare('m3', '{}', '{}');
SELECT throws_ok($$SELECT * FROM appraisal.effectiveness('none')$$, 'AP004', 'there is no cycle "none"', 'no such cycle'),
  throws_ok($$SELECT * FROM appraisal.effectiveness('m1', '{m2,none}')$$, 'AP004', 'there is no cycle "none"', 'nor to compare with');
-- who sees less learns less
SELECT is(pg_temp.as_login('regress_a01', $$SELECT string_agg(value::text, ' ') FROM appraisal.effectiveness('m3') WHERE measure IN ('score_mean', 'survey_turnout')$$),
  (SELECT round(score, 8)::text FROM appraisal.scorecard WHERE cycle = 'm3' AND person = 'a01'), 'an employee has the own figures'),
  is(pg_temp.as_login('regress_c', $$SELECT count(*) FROM appraisal.effectiveness('m3') WHERE measure ~ '^(reviews|rater_agreement)' AND value IS NOT NULL AND item = 'alpha'$$), '0', 'who sees no reviews has nothing of them');

-- Participation: staff are surveyed about the scheme, effect and fairness are evaluated, and it is improved.
CALL appraisal.load_scheme('participation', '{"sign_off": [{"signer": "hr", "act": "approve", "label": "HR"}],
  "dimensions": {"results": {"indicators": {"*": {"sales": {"target": 500}, "customer_satisfaction": {"target": 90}, "operating_efficiency": {"target": 80}}}}}}') \g /dev/null
CALL appraisal.activate_scheme('participation', valid_from => '2025-01-01') \g /dev/null
SELECT is((SELECT surveyed FROM appraisal.scheme WHERE code = 'participation'), true, 'the scheme asks its staff');
CREATE FUNCTION pg_temp.survey(of_cycle text, lift int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE said text;
BEGIN
  PERFORM pg_temp.hr_does(format($q$CALL appraisal.open_survey(%L, '[{"code": "fair", "question": "方案公平吗？", "least": 1, "most": 5}, {"code": "useful", "question": "有用吗？", "least": 1, "most": 5}, {"code": "lacks", "question": "不足？"}]', 5)$q$, of_cycle));
  FOR said IN SELECT pg_temp.as_login('regress_app', format($q$ CALL appraisal.answer_survey(%L, %L)$q$, of_cycle, jsonb_build_array(jsonb_build_object('question', 'fair', 'mark', least(5, 2 + lift + length(md5(n.code)) % 2 + p.participant_id % 3)),
      jsonb_build_object('question', 'useful', 'mark', 3), jsonb_build_object('question', 'lacks', 'words', CASE n.code WHEN 'a01' THEN '目标太高' END))), n.code)
    FROM appraisal.participant AS p JOIN appraisal.person AS n USING (person_id) JOIN appraisal.cycle AS c USING (cycle_id)
    WHERE c.code = of_cycle AND p.leads AND p.exempt_because IS NULL AND n.code <> 'b09' LOOP
    IF said IS NOT NULL THEN RAISE EXCEPTION '%', said; END IF;
  END LOOP;
  PERFORM pg_temp.hr_does(format('CALL appraisal.close_survey(%L)', of_cycle));
END $$;
SELECT pg_temp.make_quarter('q1', 'participation', '[2026-01-01,2026-04-01)', '{}');
SELECT pg_temp.survey('q1', 0);
SELECT is((SELECT words FROM appraisal.survey_results('q1') WHERE code = 'lacks'), ARRAY['目标太高'], 'a shortcoming that staff name');
-- grades of another scale are shown, and not compared
SELECT is((SELECT string_agg(item || ' ' || (value IS NULL) || ' ' || (before IS NULL), ', ' ORDER BY item COLLATE "C") FROM appraisal.effectiveness('q1', '{m1}') WHERE measure = 'grade_share'),
  (SELECT string_agg(g || ' ' || (g <= 'D') || ' ' || (g > 'D'), ', ' ORDER BY g COLLATE "C") FROM unnest('{A,B,C,D,优秀,良好,合格,不合格}'::text[] COLLATE "C") AS g), 'grades of two scales'),
  is_empty($$SELECT FROM appraisal.effectiveness('q1', '{m1}') WHERE measure = 'grade_drift'$$, 'do not drift');
-- improved by it: a lower target, in a new version
CALL appraisal.revise_scheme('participation', '{"dimensions": {"results": {"indicators": {"*": {"sales": {"target": 300}}}}}}') \g /dev/null
CALL appraisal.activate_scheme('participation', valid_from => '2026-04-01') \g /dev/null
SELECT pg_temp.make_quarter('q2', 'participation', '[2026-04-01,2026-07-01)', '{}');
SELECT pg_temp.survey('q2', 1);
SELECT is((SELECT string_agg(s.version::text, ' ' ORDER BY c.code) FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.code IN ('q1', 'q2')), '1 2', 'two versions');
SELECT pg_temp.compare('q2', '{q1}', NULL);
SELECT is((SELECT string_agg(measure, ' ' ORDER BY measure) FROM appraisal.effectiveness('q2') WHERE measure IN ('score_mean', 'score_mean_of_same', 'survey_turnout', 'grade_drift') AND value IS NOT NULL), 'grade_drift score_mean score_mean_of_same survey_turnout', 'its effect on results and what staff think of it stand side by side'),
  is((SELECT change > 0 FROM appraisal.effectiveness('q2') WHERE measure = 'survey_mean' AND item = 'fair'), true, 'it is found fairer');
-- quarterly-operations: effect is evaluated by the change in work, staff feedback and shortcomings found; half-year-360:
-- plan, do, check, act, each cycle's findings feed the next. Figures and results are put in, by the scheme's own
-- indicators and grades.
CREATE FUNCTION pg_temp.put_cycle(code text, scheme text, period text, during daterange, lift numeric) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_temp.hr_does(format('CALL appraisal.open_cycle(%L, %L, %L, %L)', code, scheme, period, during));
  PERFORM pg_temp.in_bulk(format($i$INSERT INTO appraisal.participant (cycle_id, person_id, segment_days, unit_id, manager_id, job_group)
    SELECT c.cycle_id, g.person_id, 90, g.unit_id, g.manager_id, g.job_group FROM appraisal.cycle AS c, appraisal.posting AS g WHERE c.code = %L AND g.during @> c.cohort_date AND g.job_group = 'staff'$i$, code));
  PERFORM pg_temp.in_bulk(format($i$INSERT INTO appraisal.measurement (cycle_id, participant_id, indicator_id, value, measured_on)
    SELECT p.cycle_id, p.participant_id, k.indicator_id, round(100 * pg_temp.draw(%1$L, p.participant_id::text, k.code) + %2$s, 2), c.cohort_date
    FROM appraisal.participant AS p JOIN appraisal.cycle AS c USING (cycle_id) CROSS JOIN LATERAL appraisal.cycle_indicators(c.cycle_id) AS k WHERE c.code = %1$L AND k.kind = 'measured' AND k.job_group = p.job_group$i$, code, lift));
  PERFORM pg_temp.in_bulk(format($i$INSERT INTO appraisal.result (cycle_id, participant_id, state, coverage, raw_score, score, natural_grade, published_at)
    SELECT p.cycle_id, p.participant_id, 'scored', 1, v.score, v.score, appraisal.grade(v.score, s.scale), now()
    FROM appraisal.participant AS p JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.scheme AS s USING (scheme_id), LATERAL (SELECT round(50 + 40 * pg_temp.draw(%1$L, p.person_id::text) + %2$s, 2)) AS v (score) WHERE c.code = %1$L$i$, code, lift));
  PERFORM pg_temp.in_bulk(format('UPDATE appraisal.cycle SET status = ''published'' WHERE code = %L', code));
END $$;
CREATE FUNCTION pg_temp.plan_do_check_act(scheme text, period text, first daterange, second daterange) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE made bigint;
BEGIN
  CALL appraisal.load_scheme(scheme, NULL, made);
  CALL appraisal.activate_scheme(scheme, NULL, '2025-01-01', made);
  PERFORM pg_temp.put_cycle(scheme || '1', scheme, period, first, 0);
  PERFORM pg_temp.survey(scheme || '1', 0);
  RETURN NEXT public.is((SELECT r.words FROM appraisal.survey_results(scheme || '1') AS r WHERE r.code = 'lacks'), ARRAY['目标太高'], scheme || ': staff name a shortcoming');
  made := NULL;
  CALL appraisal.revise_scheme(scheme, '{"decimals": 1}', NULL, made);
  CALL appraisal.activate_scheme(scheme, NULL, lower(second), made);
  PERFORM pg_temp.put_cycle(scheme || '2', scheme, period, second, 10);
  PERFORM pg_temp.survey(scheme || '2', 1);
  RETURN NEXT public.is((SELECT s.version FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.code = scheme || '2'), 2, 'the next cycle goes by a better version');
  RETURN QUERY SELECT pg_temp.compare(scheme || '2', ARRAY[scheme || '1'], NULL);
  RETURN NEXT public.is((SELECT string_agg(DISTINCT e.measure, ' ' ORDER BY e.measure) FROM appraisal.effectiveness(scheme || '2') AS e WHERE e.better), CASE WHEN scheme = 'half-year-360' THEN 'score_mean score_mean_of_same'
    ELSE 'measurement_mean measurement_mean_of_same score_mean score_mean_of_same' END, 'what has become better by it') ;
END $$;
SELECT pg_temp.plan_do_check_act('quarterly-operations', 'quarter', '[2026-01-01,2026-04-01)', '[2026-04-01,2026-07-01)');
SELECT pg_temp.plan_do_check_act('half-year-360', 'half_year', '[2026-01-01,2026-07-01)', '[2026-07-01,2027-01-01)');
-- a cycle of units only: its figures are theirs
SELECT pg_temp.in_bulk($$INSERT INTO appraisal.cycle (code, title, scheme_id, period, during, cohort_date, status) SELECT 'units', 'U', scheme_id, 'quarter', '[2026-07-01,2026-10-01)', '2026-09-30', 'published' FROM appraisal.scheme WHERE code = 'mixed'$$);
SELECT pg_temp.in_bulk($$INSERT INTO appraisal.participant (cycle_id, appraised_unit_id, unit_id, segment_days, job_group) SELECT c.cycle_id, u.unit_id, u.unit_id, 92, 'shop' FROM appraisal.cycle AS c, appraisal.unit AS u WHERE c.code = 'units' AND u.code IN ('a', 'b')$$);
SELECT pg_temp.in_bulk($$INSERT INTO appraisal.result (cycle_id, participant_id, state, coverage, raw_score, score, natural_grade, published_at) SELECT p.cycle_id, p.participant_id, 'scored', 1, v.score, v.score, 'A', now()
  FROM appraisal.participant AS p JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.unit AS u ON u.unit_id = p.appraised_unit_id JOIN (VALUES ('a', 70), ('b', 75)) AS v (code, score) ON v.code = u.code WHERE c.code = 'units'$$);
SELECT is((SELECT string_agg(measure || ' ' || round(value, 1), ', ') FROM appraisal.effectiveness('units', '{m1}') WHERE measure IN ('score_mean', 'scored_share', 'score_mean_of_same')), 'scored_share 1.0, score_mean 72.5', 'a cycle of units, which are in no other');
SELECT * FROM finish();
ROLLBACK;
