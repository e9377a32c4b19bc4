-- Results rolled up from shorter periods against an oracle in plain SQL: random part results of random people, for
-- every combination of periods, ways to combine them and rules for what is missing.
\set feature roll_up
BEGIN;
\i test/pgtap/oracle.psql
SELECT no_plan();
CALL appraisal.create_tables();
\i test/pgtap/results.psql
CALL appraisal.link_account(session_user, 'hr');

-- The schemes: staff take in parts of one length, "mix" of another, "self" are appraised by the long period alone.
CREATE TABLE trial (code text PRIMARY KEY, top text, part text, other text, how text, missing text);
INSERT INTO trial
SELECT format('%s-%s-%s-%s', top, part, how, missing), top, part, other, how, missing
FROM (VALUES ('year', 'month', 'quarter'), ('year', 'quarter', 'half_year'), ('year', 'half_year', 'quarter'), ('half_year', 'month', 'quarter'),
             ('half_year', 'quarter', 'month'), ('quarter', 'month', 'month')) AS p (top, part, other),
     unnest('{mean,weighted,latest}'::text[]) AS how, unnest('{block,renormalise,zero}'::text[]) AS missing
UNION ALL
SELECT 'reference', 'year', 'half_year', 'quarter', 'reference', 'block';
CREATE FUNCTION months(period text) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT (ARRAY[1, 3, 6, 12])[array_position('{month,quarter,half_year,year}', period)] $$;
-- weights that differ and add up to 100
CREATE FUNCTION some_weights(n int) RETURNS numeric[] LANGUAGE sql IMMUTABLE AS $$
  SELECT array_agg(CASE WHEN i = n THEN 100 - (SELECT coalesce(sum(1.25 * j), 0) FROM generate_series(0, n - 2) j) ELSE 1.25 * (i - 1) END ORDER BY i)
  FROM generate_series(1, n) i $$;
CREATE FUNCTION make_scheme(t trial) RETURNS void LANGUAGE plpgsql AS $$
DECLARE scheme_id bigint; document jsonb;
BEGIN
  document := jsonb_build_object('code', t.code, 'title', t.code, 'label', t.code, 'language', 'en', 'scale', 'A >= 85 : 1.5, B >= 70 : 1, C : 0.5',
    'quota', 'A <= 20%', 'least_group', 4, 'missing', t.missing, 'decimals', CASE t.how WHEN 'latest' THEN 1 ELSE 2 END, 'subjects', '["person", "unit"]'::jsonb, 'unit_levels', '["shop"]'::jsonb,
    'periods', jsonb_build_object(
      '*', jsonb_build_object(t.part, '{}'::jsonb, t.top, jsonb_strip_nulls(jsonb_build_object('composed_of', t.part, 'combined_by', t.how,
           'part_weights', CASE t.how WHEN 'weighted' THEN to_jsonb(some_weights(months(t.top) / months(t.part))) END))),
      'mix', jsonb_build_object(t.other, '{}'::jsonb, t.top, jsonb_build_object('composed_of', t.other, 'combined_by', 'mean')),
      'self', jsonb_build_object(t.top, '{}'::jsonb)),
    'dimensions', jsonb_build_object(
      'work', '{"position": 1, "title": "W", "label": "W", "weights": {"*": 60}, "gate": 60, "gate_grade": "C", "scale": "high >= 75, low", "box_axis": "performance", "indicators": {"*": {"work": {"weight": 100}}}}'::jsonb,
      'ways', '{"position": 2, "title": "V", "label": "V", "weights": {"*": 40}, "scale": "high >= 75, low", "box_axis": "values", "indicators": {"*": {"ways": {"weight": 100}}}}'::jsonb),
    'boxes', '{"high": {"high": {"label": "star", "title": "star"}, "low": {"label": "wild dog", "title": "wild dog"}}, "low": {"high": {"label": "rabbit", "title": "rabbit"}, "low": {"label": "dog", "title": "dog"}}}'::jsonb,
    'indicators', '{"work": {"title": "W", "label": "W", "kind": "rated", "least": 0, "most": 100}, "ways": {"title": "V", "label": "V", "kind": "rated", "least": 0, "most": 100}}'::jsonb,
    'raters', '{"*": {"manager": {"label": "M", "weight": 100}}}'::jsonb) || CASE t.missing WHEN 'renormalise' THEN '{"least_coverage": 0.6}' ELSE '{}' END::jsonb;
  CALL appraisal.define_scheme(document, scheme_id);
  CALL appraisal.activate_scheme(t.code, NULL, '2025-01-01', scheme_id);
END $$;
SELECT make_scheme(t) FROM trial t \g /dev/null

-- what is wrong with a rule of combination
CREATE FUNCTION faulty(rule jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE scheme_id bigint; document jsonb; told text;
BEGIN
  document := appraisal.merge_patch(appraisal.scheme_document('year-quarter-mean-block'), jsonb_build_object('code', 'faulty', 'periods', jsonb_build_object('*', jsonb_build_object('year', rule))));
  CALL appraisal.define_scheme(document, scheme_id);
  CALL appraisal.activate_scheme('faulty', NULL, '2025-01-01', scheme_id);
  RAISE EXCEPTION USING ERRCODE = 'AP999';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS told = CONSTRAINT_NAME;
  RETURN nullif(concat_ws(' ', SQLSTATE, coalesce(nullif(told, ''), SQLERRM)), 'AP999 AP999');
END $$;
SELECT is(faulty(rule::jsonb), told, coalesce(told, 'in order')) FROM (VALUES
  ('{"combined_by": "weighted", "part_weights": [10, 20, 30, 40]}', NULL), ('{"combined_by": "latest"}', NULL),
  ('{"combined_by": "weighted", "part_weights": [10, 20, 30, 41]}', 'AP002 weights of the parts of each year for job group "*" add up to 101, not 100'),
  ('{"combined_by": "weighted", "part_weights": [40, 60]}', 'AP005 each year of job group "*" has 2 part_weights, and 4 parts'),
  ('{"combined_by": "weighted", "part_weights": [50, 80, -40, 10]}', '23514 period_rule_part_weights_are_not_negative'),
  ('{"combined_by": "weighted"}', '23514 period_rule_weighted_has_part_weights'), ('{"part_weights": [10, 20, 30, 40]}', '23514 period_rule_weighted_has_part_weights'),
  ('{"combined_by": "weighted", "part_weights": [10, "20", 30, 40]}', 'AP005 scheme document is wrong at "periods.*.year.part_weights[1]": must be a number, not string'),
  ('{"combined_by": "median"}', '23514 period_rule_combination_is_known')) AS v (rule, told);
SELECT is(appraisal.scheme_document('year-quarter-weighted-block') #> '{periods,*,year}', '{"composed_of": "quarter", "combined_by": "weighted", "part_weights": [0.0, 1.25, 2.5, 96.25]}', 'a scheme''s document has the weights again')
WHERE some_weights(4) = '{0,1.25,2.5,96.25}';

-- People come, go and change their posts.
INSERT INTO appraisal.unit (code, title, kind) SELECT 'u' || i, 'U', 'shop' FROM generate_series(1, 4) i;
INSERT INTO appraisal.person (code, name, hired_on)
SELECT 'p' || i, 'P', CASE WHEN pick(1, 10) <= 7 THEN date '2020-01-01' ELSE date '2026-01-01' + pick(0, 330) END FROM generate_series(1, 45) i;
UPDATE appraisal.person SET left_on = greatest(hired_on, '2026-01-05') + pick(1, 250) WHERE pick(1, 7) = 1;
CREATE FUNCTION some_group() RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT ('{staff,staff,staff,mix,mix,self}'::text[])[pick(1, 6)] $$;
CREATE FUNCTION make_postings() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO appraisal.posting (person_id, unit_id, job_group, during) SELECT person_id, pick(1, 4), some_group(), daterange(hired_on, NULL) FROM appraisal.person;
  UPDATE appraisal.posting SET during = daterange(lower(during), greatest(lower(during), '2026-01-01') + pick(20, 300)) WHERE pick(1, 3) = 1;
  INSERT INTO appraisal.posting (person_id, unit_id, job_group, during)
  SELECT person_id, pick(1, 4), some_group(), daterange(upper(during) + CASE pick(1, 4) WHEN 1 THEN 40 ELSE 0 END, NULL) FROM appraisal.posting WHERE upper(during) IS NOT NULL;
END $$;
SELECT in_bulk('SELECT make_postings()') \g /dev/null

-- Cycles of the parts: most are published, a few are not, a few never took place; some places have two.
CREATE FUNCTION make_parts(t trial) RETURNS void LANGUAGE sql AS $$
  INSERT INTO appraisal.cycle (code, title, scheme_id, period, during, cohort_date, status)
  SELECT format('%s %s %s %s', t.code, k.period, n, twin), 'part', s.scheme_id, k.period, d.during, upper(d.during) - 1,
         CASE WHEN k.fate <= 1 THEN 'calibration' WHEN k.fate = 2 THEN 'scoring' WHEN k.fate = 3 THEN 'closed' ELSE 'published' END
  FROM appraisal.scheme s, (SELECT DISTINCT x AS period FROM unnest(ARRAY[t.part, t.other]) x) p,
       LATERAL (SELECT p.period, n, twin, pick(0, 30) AS fate FROM generate_series(0, months(t.top) / months(p.period) - 1) n, generate_series(1, 2) twin) k,
       LATERAL (SELECT daterange((date '2026-01-01' + make_interval(months => months(k.period) * k.n))::date + pick(0, 3),
                                 (date '2026-01-01' + make_interval(months => months(k.period) * (k.n + 1)))::date) AS during) d
  WHERE s.code = t.code AND (k.twin = 1 OR k.fate % 5 = 0) AND k.fate <> 30;
  INSERT INTO appraisal.cycle (code, title, scheme_id, period, during, cohort_date, status)
  SELECT t.code, t.code, s.scheme_id, t.top, d.during, upper(d.during) - 1, CASE pick(1, 3) WHEN 1 THEN 'scoring' ELSE 'calibration' END
  FROM appraisal.scheme s, LATERAL (SELECT daterange('2026-01-01', (date '2026-01-01' + make_interval(months => months(t.top)))::date) AS during) d WHERE s.code = t.code;
  -- who takes part in a part, mostly as posted
  INSERT INTO appraisal.participant (cycle_id, person_id, segment_days, unit_id, job_group, exempt_because)
  SELECT c.cycle_id, g.person_id, 20 + pick(0, 10), g.unit_id, g.job_group, CASE pick(1, 14) WHEN 1 THEN 'long leave' END
  FROM appraisal.cycle c JOIN appraisal.scheme s USING (scheme_id)
  CROSS JOIN LATERAL (SELECT DISTINCT ON (p.person_id) p.person_id, p.unit_id, p.job_group FROM appraisal.posting p JOIN appraisal.person n USING (person_id)
                      WHERE p.during && c.during AND daterange(n.hired_on, n.left_on) && c.during ORDER BY p.person_id, p.during DESC) g
  WHERE s.code = t.code AND c.code <> t.code
    AND (c.period = CASE g.job_group WHEN 'staff' THEN t.part WHEN 'mix' THEN t.other END AND pick(1, 30) > 1 AND (c.code ~ '1$' OR pick(1, 8) = 1) OR pick(1, 25) = 1);
  INSERT INTO appraisal.participant (cycle_id, appraised_unit_id, segment_days, unit_id, job_group)
  SELECT c.cycle_id, u.unit_id, 30, u.unit_id, 'shop' FROM appraisal.cycle c JOIN appraisal.scheme s USING (scheme_id), appraisal.unit u
  WHERE s.code = t.code AND c.code <> t.code AND c.period = t.part AND pick(1, 20) > 1;
  -- a few are in two segments there
  INSERT INTO appraisal.participant (cycle_id, person_id, segment, leads, segment_days, unit_id, job_group, exempt_because)
  SELECT p.cycle_id, p.person_id, 2, false, pick(5, 20), p.unit_id, p.job_group, p.exempt_because FROM appraisal.participant p JOIN appraisal.cycle c USING (cycle_id) JOIN appraisal.scheme s USING (scheme_id)
  WHERE s.code = t.code AND c.code <> t.code AND p.person_id IS NOT NULL AND pick(1, 10) = 1;
  INSERT INTO appraisal.result (cycle_id, participant_id, state, coverage, score, raw_score, published_at)
  SELECT p.cycle_id, p.participant_id, x.state, CASE pick(1, 6) WHEN 1 THEN 0.9 ELSE 1 END, CASE x.state WHEN 'scored' THEN x.score END, CASE x.state WHEN 'scored' THEN x.score + 0.001 END,
         CASE WHEN c.status IN ('published', 'closed') THEN timestamptz '2026-12-31 UTC' END
  FROM appraisal.participant p JOIN appraisal.cycle c USING (cycle_id) JOIN appraisal.scheme s USING (scheme_id),
       LATERAL (SELECT CASE WHEN p.exempt_because IS NOT NULL THEN 'exempt' WHEN pick(1, 25) > 1 THEN 'scored'
                            ELSE ('{pending,not_applicable,declined,recused,insufficient}'::text[])[pick(1, 5)] END AS state, pick(5000, 10000) / 100.0 AS score, p.participant_id) x
  WHERE s.code = t.code AND c.code <> t.code AND p.leads;
  INSERT INTO appraisal.result (cycle_id, participant_id, version, state, coverage, score, raw_score, published_at)
  SELECT r.cycle_id, r.participant_id, 2, 'scored', 1, pick(5000, 10000) / 100.0, 1, r.published_at
  FROM appraisal.result r JOIN appraisal.cycle c USING (cycle_id) JOIN appraisal.scheme s USING (scheme_id) WHERE s.code = t.code AND r.published_at IS NOT NULL AND r.state <> 'exempt' AND pick(1, 12) = 1;
  INSERT INTO appraisal.dimension_score (cycle_id, participant_id, dimension_id, weight, coverage, score, scheme_indicators, weights, figures, points)
  SELECT p.cycle_id, p.participant_id, d.dimension_id, 50, 1, CASE WHEN pick(1, 20) > 1 THEN round((50 + random() * 50)::numeric, pick(2, 16)) END, '{}', '{}', '{}', '{}'
  FROM appraisal.participant p JOIN appraisal.cycle c USING (cycle_id) JOIN appraisal.scheme s USING (scheme_id) JOIN appraisal.dimension d USING (scheme_id)
  WHERE s.code = t.code AND c.code <> t.code AND pick(1, 20) > 1
$$;
-- The long cycle: a row a posting; who is "self" is rated in it.
CREATE FUNCTION make_top(t trial) RETURNS void LANGUAGE sql AS $$
  INSERT INTO appraisal.participant (cycle_id, person_id, segment, leads, segment_days, unit_id, job_group, exempt_because)
  SELECT c.cycle_id, g.person_id, row_number() OVER w, row_number() OVER w = count(*) OVER (PARTITION BY g.person_id), upper(g.held) - lower(g.held), g.unit_id, g.job_group,
         CASE g.person_id % 19 WHEN 0 THEN 'long leave' END
  FROM appraisal.cycle c, LATERAL (SELECT p.*, p.during * c.during * daterange(n.hired_on, n.left_on) AS held FROM appraisal.posting p JOIN appraisal.person n USING (person_id)) g
  WHERE c.code = t.code AND NOT isempty(g.held) WINDOW w AS (PARTITION BY g.person_id ORDER BY lower(g.held));
  INSERT INTO appraisal.participant (cycle_id, appraised_unit_id, segment_days, unit_id, job_group)
  SELECT c.cycle_id, u.unit_id, 365, u.unit_id, 'shop' FROM appraisal.cycle c, appraisal.unit u WHERE c.code = t.code;
  INSERT INTO appraisal.review (cycle_id, participant_id, rater_id, source, status, submitted_at)
  SELECT c.cycle_id, p.participant_id, 1000, 'manager', 'submitted', now() FROM appraisal.participant p JOIN appraisal.cycle c USING (cycle_id)
  WHERE c.code = t.code AND (p.job_group = 'self' OR t.how = 'reference' AND p.job_group <> 'mix');
  INSERT INTO appraisal.rating (cycle_id, review_id, indicator_id, score)
  SELECT v.cycle_id, v.review_id, i.indicator_id, pick(50, 100) FROM appraisal.review v JOIN appraisal.cycle c USING (cycle_id), appraisal.indicator i WHERE c.code = t.code
$$;
SELECT in_bulk(format('SELECT make_parts(t), make_top(t) FROM %I.trial t WHERE code = %L', :'schema', code)) FROM trial \g /dev/null
ANALYZE appraisal.participant, appraisal.result, appraisal.dimension_score, appraisal.cycle;

-- The oracle: place by place, day by day.
CREATE TABLE expected_part (cycle_id bigint, participant_id bigint, part_cycle_id bigint, weight numeric, version int, score numeric, state text);
CREATE TABLE expected_roll (cycle_id bigint, participant_id bigint, who bigint, total numeric, coverage numeric, rank int, dims jsonb);
CREATE FUNCTION roll_up_of(top_id bigint, holder appraisal.participant, t trial, OUT total numeric, OUT coverage numeric, OUT rank int, OUT dims jsonb) LANGUAGE plpgsql AS $$
DECLARE
  top appraisal.cycle; own text; how text; weights numeric[]; n int; m int; first date; next date; mid date; r record; kind text; fill numeric; whole numeric := 0; here numeric;
  last_place int; kinds text[]; states CONSTANT text[] := '{pending,recused,declined,insufficient,not_applicable}'; gap boolean; gaps int[] := '{}'; lost numeric := 0; s numeric; w numeric; d record;
BEGIN
  SELECT * INTO top FROM appraisal.cycle WHERE cycle_id = top_id;
  own := CASE holder.job_group WHEN 'mix' THEN t.other ELSE t.part END;
  how := CASE holder.job_group WHEN 'mix' THEN 'mean' ELSE t.how END;
  m := months(own); n := months(t.top) / m;
  weights := CASE how WHEN 'mean' THEN array_fill(m::numeric, ARRAY[n]) WHEN 'weighted' THEN some_weights(n) ELSE array_fill(100::numeric, ARRAY[n]) END;
  CREATE TEMP TABLE IF NOT EXISTS entry (place int, cycle_id bigint, participant_id bigint, months int, state text, version int, score numeric, coverage numeric, counted numeric, share numeric, expects numeric);
  TRUNCATE entry;
  FOR i IN 1..n LOOP
    first := top_start(top) + make_interval(months => m * (i - 1));
    next := CASE WHEN i = n THEN upper(top.during) ELSE (lower(top.during) + make_interval(months => m * i))::date END;
    mid := first + (next - first) / 2;
    kind := NULL;
    FOREACH kind IN ARRAY ARRAY(SELECT x FROM unnest(ARRAY[t.part, t.other]) x GROUP BY x ORDER BY x <> own, months(x) DESC) LOOP
      INSERT INTO entry
      SELECT i, c.cycle_id, p.participant_id, least(months(kind), m),
             CASE WHEN p.exempt_because IS NOT NULL THEN 'exempt' WHEN c.status NOT IN ('published', 'closed') THEN 'pending'
                  WHEN v.score IS NOT NULL THEN 'scored' WHEN v.state = 'pending' THEN 'insufficient' ELSE v.state END,
             v.version, CASE WHEN p.exempt_because IS NULL THEN v.score END, v.coverage, 0, 0, 0
      FROM appraisal.cycle c JOIN appraisal.scheme q USING (scheme_id) JOIN appraisal.participant p USING (cycle_id)
      LEFT JOIN LATERAL (SELECT y.* FROM appraisal.result y WHERE y.cycle_id = c.cycle_id AND y.participant_id = p.participant_id AND c.status IN ('published', 'closed')
                         ORDER BY y.version DESC LIMIT 1) v ON true
      WHERE q.code = t.code AND c.period = kind AND p.leads AND (p.person_id = holder.person_id OR p.appraised_unit_id = holder.appraised_unit_id)
        AND CASE WHEN months(kind) > m THEN lower(c.during) <= mid AND mid < upper(c.during)
                 ELSE lower(c.during) + (upper(c.during) - lower(c.during)) / 2 BETWEEN first AND next - 1 END;
      EXIT WHEN EXISTS (SELECT FROM entry WHERE place = i AND state <> 'exempt');
    END LOOP;
    -- exempt in one length, appraised in another
    IF EXISTS (SELECT FROM entry WHERE place = i AND state <> 'exempt') THEN
      UPDATE entry e SET counted = e.months WHERE e.place = i AND e.state <> 'exempt'
        AND NOT (kind = own AND e.state <> 'scored' AND EXISTS (SELECT FROM entry x WHERE x.place = i AND x.state = 'scored'));
      SELECT sum(counted) INTO here FROM entry WHERE place = i;
      UPDATE entry SET share = counted / greatest(m, here) WHERE place = i;
    ELSIF NOT EXISTS (SELECT FROM entry WHERE place = i) THEN
      IF holder.person_id IS NULL OR 2 * (SELECT count(*) FROM generate_series(first, next - 1, interval '1 day') day JOIN appraisal.posting g ON g.during @> day::date
          JOIN appraisal.person h USING (person_id) WHERE g.person_id = holder.person_id AND g.job_group <> 'self' AND day >= h.hired_on AND (h.left_on IS NULL OR day < h.left_on)) >= next - first THEN
        gaps := gaps || i;
      END IF;
    END IF;
  END LOOP;
  IF how = 'reference' THEN weights := array_fill(0::numeric, ARRAY[n]); END IF;
  IF how = 'latest' THEN
    last_place := greatest((SELECT max(place) FROM entry WHERE counted > 0), (SELECT max(x) FROM unnest(gaps) x));
    FOR i IN 1..n LOOP weights[i] := CASE WHEN i = last_place THEN 100 ELSE 0 END; END LOOP;
  END IF;
  INSERT INTO expected_part
  SELECT top_id, holder.participant_id, e.cycle_id, sum(e.share * weights[e.place]), max(e.version), max(e.score), max(e.state) FROM entry e GROUP BY e.cycle_id, e.participant_id;
  SELECT coalesce(sum(share * weights[place]), 0) INTO whole FROM entry;
  SELECT coalesce(sum(weights[x]), 0) INTO lost FROM unnest(gaps) x;
  IF NOT EXISTS (SELECT FROM entry) OR whole + lost = 0 THEN RETURN; END IF;
  SELECT sum(round(e.score, 40) * e.share * weights[e.place]), sum(e.share * weights[e.place]) FILTER (WHERE e.score IS NOT NULL),
         coalesce(sum(round(coalesce(e.coverage, 1), 40) * e.share * weights[e.place]) FILTER (WHERE e.score IS NOT NULL), 0) / (whole + lost),
         min(array_position(states, e.state)) FILTER (WHERE e.share * weights[e.place] > 0)
  INTO s, w, coverage, rank FROM entry e;
  total := CASE t.missing WHEN 'zero' THEN round(coalesce(s, 0), 40) / (whole + lost) ELSE s / nullif(w, 0) END;
  IF lost > 0 THEN rank := least(rank, CASE top.status WHEN 'scoring' THEN 1 ELSE 4 END); END IF;
  dims := '{}';
  FOR d IN SELECT x.dimension_id FROM appraisal.dimension x WHERE x.scheme_id = top.scheme_id LOOP
    SELECT sum(z.score * e.share * weights[e.place]), sum(e.share * weights[e.place]) INTO s, w
    FROM entry e, LATERAL (SELECT round(sum(y.score * q.segment_days), 40) / sum(q.segment_days) AS score FROM appraisal.participant p
      JOIN appraisal.participant q ON q.cycle_id = p.cycle_id AND (q.participant_id = p.participant_id OR q.person_id = p.person_id)
      JOIN appraisal.dimension_score y ON y.cycle_id = q.cycle_id AND y.participant_id = q.participant_id
      WHERE p.cycle_id = e.cycle_id AND p.participant_id = e.participant_id AND y.dimension_id = d.dimension_id AND y.score IS NOT NULL) z
    WHERE e.state = 'scored' AND z.score IS NOT NULL AND e.share * weights[e.place] > 0;
    SELECT coalesce(sum(e.share * weights[e.place]), 0) INTO here FROM entry e WHERE e.state = 'scored';
    dims := dims || jsonb_build_object(d.dimension_id, jsonb_build_object('coverage', coalesce(w, 0) / (whole + lost),
      'score', CASE t.missing WHEN 'zero' THEN round(coalesce(s, 0), 40) / nullif(coalesce(w, 0) + whole + lost - here, 0) ELSE round(s, 40) / w END));
  END LOOP;
END $$;
CREATE FUNCTION top_start(c appraisal.cycle) RETURNS date LANGUAGE sql AS $$ SELECT lower(c.during) $$;
CREATE FUNCTION expect_roll_ups(t trial) RETURNS bigint LANGUAGE sql AS $$
  INSERT INTO expected_roll
  SELECT h.cycle_id, h.participant_id, coalesce(h.person_id, -h.appraised_unit_id), x.total, x.coverage, x.rank, x.dims
  FROM (SELECT DISTINCT ON (p.person_id, p.appraised_unit_id, p.job_group = 'mix' OR t.how <> 'reference') p.* FROM appraisal.participant p JOIN appraisal.cycle c USING (cycle_id)
        WHERE c.code = t.code AND p.exempt_because IS NULL AND p.job_group <> 'self'
        ORDER BY p.person_id, p.appraised_unit_id, p.job_group = 'mix' OR t.how <> 'reference', p.leads DESC, p.segment DESC) y
  JOIN appraisal.participant h USING (cycle_id, participant_id), LATERAL roll_up_of(h.cycle_id, h, t) x
  RETURNING 1
$$;
SELECT count(expect_roll_ups(t)) AS done FROM trial t \gset

SELECT set_config('jit', 'off', true) AS jit, count(compute(code)) AS computed FROM trial \gset

-- what was taken in
SELECT cmp_ok(count(*) FILTER (WHERE weight > 0), '>', 3000::bigint, format('%s parts, of them %s in a second version, %s missing', count(*), count(*) FILTER (WHERE version > 1), count(*) FILTER (WHERE state NOT IN ('scored', 'exempt'))))
FROM expected_part;
SELECT no_rows($$SELECT c.code, g.participant_id, g.part_cycle_id, g.weight, e.weight AS wanted, g.part_version, e.version, g.state, e.state AS wanted_state, g.score, e.score AS wanted_score
  FROM appraisal.part_score g FULL JOIN (SELECT * FROM expected_part WHERE state <> 'exempt') e USING (cycle_id, participant_id, part_cycle_id) LEFT JOIN appraisal.cycle c USING (cycle_id)
  WHERE g.state IS DISTINCT FROM 'exempt' AND ((g.state, g.part_version, g.score) IS DISTINCT FROM (e.state, e.version, e.score) OR NOT is_near(g.weight, e.weight))$$,
  'each part: its weight, version, score, or why it has none');
SELECT no_rows($$SELECT c.code, g.participant_id, g.part_cycle_id, g.weight FROM appraisal.part_score g JOIN appraisal.cycle c USING (cycle_id) WHERE g.state = 'exempt' AND g.weight > 0$$, 'who was exempt in a part: it weighs nothing');
SELECT no_rows($$SELECT c.code, g.* FROM appraisal.part_score g JOIN appraisal.cycle c USING (cycle_id) JOIN trial t USING (code) JOIN appraisal.participant p USING (cycle_id, participant_id)
  WHERE t.how = 'reference' AND p.job_group <> 'mix' AND (g.weight, g.of_weight) <> (0, 0)$$, 'parts for reference weigh nothing');

-- totals: parts and segments that are rated by themselves, by their days
CREATE TABLE expected_total AS
SELECT x.cycle_id, x.lead_id AS participant_id, sum(round(x.total, 40) * x.segment_days) / nullif(sum(x.segment_days) FILTER (WHERE x.total IS NOT NULL), 0) AS total,
       sum(round(x.coverage, 40) * x.segment_days) / nullif(sum(x.segment_days) FILTER (WHERE x.coverage IS NOT NULL), 0) AS coverage, min(x.rank) AS rank
FROM (SELECT p.cycle_id, l.participant_id AS lead_id, p.segment_days, CASE WHEN y.is_self THEN (SELECT sum(g.score * CASE i.code WHEN 'work' THEN 60 ELSE 40 END) / 100 FROM appraisal.review v
                JOIN appraisal.rating g USING (cycle_id, review_id) JOIN appraisal.indicator i USING (indicator_id) WHERE v.cycle_id = p.cycle_id AND v.participant_id = p.participant_id) ELSE e.total END AS total,
             CASE WHEN y.is_self THEN 1 ELSE e.coverage END AS coverage, CASE WHEN NOT y.is_self THEN e.rank END AS rank
      FROM appraisal.participant p JOIN appraisal.cycle c USING (cycle_id) JOIN trial t USING (code)
      CROSS JOIN LATERAL (SELECT p.job_group = 'self' OR t.how = 'reference' AND p.job_group <> 'mix' AS is_self) y
      JOIN appraisal.participant l ON l.cycle_id = p.cycle_id AND l.leads AND coalesce(l.person_id, -l.appraised_unit_id) = coalesce(p.person_id, -p.appraised_unit_id)
      LEFT JOIN expected_roll e ON NOT y.is_self AND e.cycle_id = p.cycle_id AND e.who = coalesce(p.person_id, -p.appraised_unit_id)
           AND (t.how <> 'reference' OR EXISTS (SELECT FROM appraisal.participant h WHERE h.cycle_id = e.cycle_id AND h.participant_id = e.participant_id AND h.job_group = 'mix'))
      WHERE p.exempt_because IS NULL) x
GROUP BY x.cycle_id, x.lead_id;
CREATE TABLE expected_state AS
SELECT e.cycle_id, e.participant_id, round(e.total, 14) AS raw, round(e.coverage, 14) AS coverage, s.decimals, s.scale::text AS scale,
       CASE WHEN e.coverage IS NULL THEN 'not_applicable' WHEN s.missing = 'block' AND e.rank IS NOT NULL THEN ('{pending,recused,declined,insufficient,not_applicable}'::text[])[e.rank]
            WHEN e.total IS NULL OR round(e.coverage, 14) < s.least_coverage THEN 'insufficient' ELSE 'scored' END AS state
FROM expected_total e JOIN appraisal.cycle c USING (cycle_id) JOIN appraisal.scheme s USING (scheme_id);
SELECT no_rows($$SELECT c.code, r.participant_id, r.state, e.state AS wanted, r.raw_score, e.raw, r.coverage, e.coverage AS wanted_coverage, r.score
  FROM (SELECT * FROM appraisal.result WHERE cycle_id IN (SELECT cycle_id FROM expected_state) AND state <> 'exempt') r FULL JOIN expected_state e USING (cycle_id, participant_id) LEFT JOIN appraisal.cycle c USING (cycle_id)
  WHERE r.state IS DISTINCT FROM e.state OR NOT is_near(r.coverage, e.coverage) OR NOT is_near(r.raw_score, CASE e.state WHEN 'scored' THEN e.raw END)
     OR r.score IS DISTINCT FROM round(r.raw_score, e.decimals)$$, 'state, coverage, raw and rounded score of everybody');
SELECT diag(string_agg(format('%s %s', state, n), ', ' ORDER BY state)) FROM (SELECT state, count(*) AS n FROM expected_state GROUP BY 1) x;
SELECT cmp_ok(min(n), '>', 3::bigint, 'each way to combine leaves scores') FROM (SELECT t.how, t.missing, count(*) FILTER (WHERE e.state = 'scored') AS n FROM trial t JOIN appraisal.cycle c USING (code) JOIN expected_state e USING (cycle_id) GROUP BY 1, 2) x;

-- dimensions of results that are rolled up, and what is made of them
SELECT no_rows($$SELECT c.code, d.participant_id, d.dimension_id, d.score, e.score AS wanted, d.coverage, e.coverage AS wanted_coverage, d.points
  FROM (SELECT d.* FROM appraisal.dimension_score d JOIN appraisal.participant p USING (cycle_id, participant_id) JOIN appraisal.cycle c USING (cycle_id) JOIN trial t USING (code) WHERE p.job_group = 'mix' OR t.how <> 'reference' AND p.job_group <> 'self') d
  FULL JOIN (SELECT r.cycle_id, r.participant_id, k.key::bigint AS dimension_id, (k.value ->> 'score')::numeric AS score, (k.value ->> 'coverage')::numeric AS coverage FROM expected_roll r, jsonb_each(r.dims) k) e
    USING (cycle_id, participant_id, dimension_id) LEFT JOIN appraisal.cycle c USING (cycle_id)
  WHERE (d.participant_id IS NOT NULL OR e.score IS NOT NULL) AND (NOT is_near(d.score, e.score) OR NOT is_near(d.coverage, coalesce(e.coverage, CASE WHEN d.score IS NULL THEN d.coverage END)) OR d.points <> '{}')$$,
  'every dimension: combined as the total is');
SELECT no_rows($$SELECT c.code, r.participant_id, r.score, r.natural_grade, g.score AS work FROM appraisal.result r JOIN appraisal.cycle c USING (cycle_id) JOIN trial t USING (code) JOIN appraisal.scheme s USING (scheme_id)
  LEFT JOIN (appraisal.dimension_score g JOIN appraisal.dimension d ON d.dimension_id = g.dimension_id AND d.code = 'work') ON g.cycle_id = r.cycle_id AND g.participant_id = r.participant_id
  WHERE (r.natural_grade, r.gate_dimension_id) IS DISTINCT FROM (CASE WHEN r.score IS NULL THEN NULL WHEN round(g.score, 14) < 60 THEN 'C' ELSE (SELECT b.label FROM bands(s.scale::text) b WHERE b.place = place_in(s.scale::text, r.score)) END,
    CASE WHEN r.score IS NOT NULL AND round(g.score, 14) < 60 THEN d.dimension_id END)$$, 'natural grades, and the gate of the rolled dimension');
SELECT no_rows($$SELECT c.code, r.participant_id, r.box_label, x.* FROM appraisal.result r JOIN appraisal.cycle c USING (cycle_id) JOIN trial t USING (code)
  LEFT JOIN LATERAL (SELECT max(CASE WHEN d.code = 'work' THEN g.score END) AS work, max(CASE WHEN d.code = 'ways' THEN g.score END) AS ways FROM appraisal.dimension_score g JOIN appraisal.dimension d USING (dimension_id)
    WHERE g.cycle_id = r.cycle_id AND g.participant_id = r.participant_id) x ON true
  WHERE r.box_label IS DISTINCT FROM CASE WHEN r.score IS NULL THEN NULL WHEN round(x.work, 14) >= 75 THEN CASE WHEN round(x.ways, 14) >= 75 THEN 'star' WHEN x.ways IS NOT NULL THEN 'wild dog' END
    WHEN x.work IS NOT NULL THEN CASE WHEN round(x.ways, 14) >= 75 THEN 'rabbit' WHEN x.ways IS NOT NULL THEN 'dog' END END$$, 'boxes of the rolled dimensions');
SELECT no_rows($$SELECT c.code, l.unit_id, l.members, l.scale::text, x.* FROM appraisal.cut_line l JOIN appraisal.cycle c USING (cycle_id)
  JOIN LATERAL (SELECT count(*) AS heads, appraisal.forced_scale(CASE WHEN r.gate_dimension_id IS NOT NULL THEN -1 ELSE r.score END, s.scale, s.quota)::text AS line
    FROM appraisal.result r JOIN appraisal.participant p USING (cycle_id, participant_id), appraisal.scheme s WHERE s.scheme_id = c.scheme_id AND r.cycle_id = l.cycle_id AND p.unit_id = ANY (l.units) AND p.person_id IS NOT NULL AND r.score IS NOT NULL) x ON true
  WHERE (l.members, l.scale::text) IS DISTINCT FROM (x.heads, x.line)$$, 'cut lines of the groups');
SELECT no_rows($$SELECT c.code, p.participant_id FROM appraisal.participant p JOIN appraisal.cycle c USING (cycle_id) JOIN trial t USING (code) JOIN appraisal.source_score s USING (cycle_id, participant_id)
  WHERE p.job_group = 'mix' OR t.how <> 'reference' AND p.job_group <> 'self'$$, 'nobody rates what is rolled up');

-- again, and nothing is written
SELECT count(*) AS entries FROM appraisal.audit_log \gset
SELECT count(compute(code)) AS computed FROM trial \gset
SELECT is(count(*), :entries::bigint, 'computed again, nothing is written') FROM appraisal.audit_log;
SELECT no_rows($$SELECT t.code, s.* FROM trial t, appraisal.stale_roll_ups(t.code) s$$, 'nothing is stale');

-- explain_score adds up
CREATE TABLE explained AS
SELECT t.code, t.how, t.missing, n.code AS person, r.*, x.* FROM trial t JOIN appraisal.cycle c USING (code) JOIN appraisal.result r USING (cycle_id) JOIN appraisal.participant p USING (cycle_id, participant_id) JOIN appraisal.person n USING (person_id),
     LATERAL (SELECT jsonb_agg(to_jsonb(e) ORDER BY e.step) AS lines FROM appraisal.explain_score(t.code, n.code) e) x WHERE r.score IS NOT NULL AND p.participant_id % 17 = 0;
SELECT no_rows($$SELECT e.code, e.person, e.raw_score, y.total, y.days, e.lines FROM explained e, LATERAL (
    SELECT sum(l.points * l.weight) FILTER (WHERE l.what IN ('segment', 'parts')) / sum(l.weight) FILTER (WHERE l.what IN ('segment', 'parts')) AS days, max(l.points) FILTER (WHERE l.what = 'parts') AS parts,
           max(l.points) FILTER (WHERE l.what = 'total') AS total, count(*) FILTER (WHERE l.what = 'part' AND l.weight > 0) AS n FROM jsonb_to_recordset(e.lines) l (what text, points numeric, weight numeric)) y
  WHERE y.total IS DISTINCT FROM e.raw_score OR y.parts IS NOT NULL AND NOT is_near(coalesce(y.days, y.parts), e.raw_score) OR (y.parts IS NOT NULL AND y.n = 0 AND e.missing <> 'zero')$$, 'the steps lead to the result');
SELECT no_rows($$SELECT e.code, e.person, y.parts, y.mean, e.lines FROM explained e, LATERAL (
    SELECT sum(l.points * l.weight) FILTER (WHERE l.what = 'part' AND l.points IS NOT NULL) / nullif(sum(l.weight) FILTER (WHERE l.what = 'part' AND l.points IS NOT NULL), 0) AS mean, max(l.points) FILTER (WHERE l.what = 'parts') AS parts
    FROM jsonb_to_recordset(e.lines) l (what text, points numeric, weight numeric)) y WHERE e.missing <> 'zero' AND NOT is_near(round(y.mean, 14), round(y.parts, 14)) AND y.parts IS NOT NULL$$, 'the parts, by their weights, lead to what they come to');

-- the trend
SELECT no_rows($$SELECT v.cycle, v.person, v.dimension, v.scores, v.change, w.scores AS wanted FROM appraisal.result_trend v JOIN trial t ON t.code = v.cycle
  JOIN LATERAL (SELECT array_agg(k.code::text ORDER BY lower(k.during), k.cycle_id) AS parts, array_agg(e.score ORDER BY lower(k.during), k.cycle_id) AS scores FROM expected_part e JOIN appraisal.cycle k ON k.cycle_id = e.part_cycle_id
    WHERE e.cycle_id = v.cycle_id AND e.participant_id = v.participant_id AND e.state <> 'exempt') w ON true
  WHERE v.dimension IS NULL AND (array_remove(v.scores, NULL) IS DISTINCT FROM coalesce(array_remove(w.scores, NULL), '{}')
    OR v.change IS DISTINCT FROM CASE WHEN cardinality(array_remove(w.scores, NULL)) > 1 THEN (array_remove(w.scores, NULL))[cardinality(array_remove(w.scores, NULL))] - (array_remove(w.scores, NULL))[1] END)$$,
  'the trend: scores in order, the last less the first');
SELECT cmp_ok(count(*), '>', 500::bigint, 'trends of dimensions') FROM appraisal.result_trend WHERE dimension IS NOT NULL AND change IS NOT NULL;
SELECT * FROM finish();
ROLLBACK;
