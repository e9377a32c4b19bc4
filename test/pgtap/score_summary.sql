-- score_summary(), merge_summaries() and the functions that read a summary, against plain SQL.
--
-- Proves that a summary gives the digits and the display scale of count(), sum(), avg() and
-- stddev_samp(), that weights count by their proportions, and that summaries which were kept by
-- part, stored, shipped as text and merged in any order give the same digits as one
-- pass over all the scores.
\set feature score_summary
\set ECHO none
BEGIN;
SELECT plan(22);
\ir oracle.psql

-- The text of a random number: n narrow, z trailing zeros, w 40 digits, l near the 64-bit limit,
-- m more than 8 decimals, x tiny or huge.
CREATE FUNCTION number_text(kind text) RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT CASE kind
    WHEN 'n' THEN floor(random() * 10 ^ pick(1, 6))::bigint || 'e-' || pick(0, 4)
    WHEN 'z' THEN pick(0, 12) || repeat('0', pick(0, 9)) || 'e-' || pick(0, 9)
    WHEN 'l' THEN floor(random() * 9.2e18)::bigint || 'e-8'
    WHEN 'm' THEN floor(random() * 1e15)::bigint || 'e-' || pick(9, 20)
    WHEN 'w' THEN floor(random() * 9e17 + 1e17)::bigint || lpad(floor(random() * 1e17)::bigint::text, 17, '0') || 'e-' || pick(0, 40)
    ELSE pick(0, 999) || 'e' || pick(-40, 40) END
$$;
CREATE TABLE class (id int, scores text[], weights text[], null_score int, null_weight int, nan int, inf int);
INSERT INTO class VALUES
  (0, '{n}', '{n}', 0, 0, 0, 0), (1, '{n,z}', '{n,z}', 10, 10, 0, 0), (2, '{l}', '{l}', 0, 0, 0, 0),
  (3, '{w,n}', '{w,n}', 0, 0, 0, 0), (4, '{m,n}', '{n,m}', 0, 0, 0, 0), (5, '{x,n,w,l}', '{x,n,l}', 5, 5, 0, 0),
  (6, '{n}', '{n}', 5, 0, 5, 0), (7, '{n,w}', '{n}', 0, 5, 0, 5), (8, '{n}', '{n}', 100, 0, 0, 0),
  (9, '{z}', '{z}', 0, 0, 1, 1);
CREATE UNLOGGED TABLE pair AS
SELECT g, class.id AS class, pick(0, 6) AS part,
  CASE WHEN p < null_score THEN NULL WHEN p < null_score + nan THEN 'NaN'
       WHEN p < null_score + nan + inf THEN (CASE WHEN random() < 0.5 THEN '-' ELSE '' END || 'Infinity')::numeric
       ELSE (CASE WHEN random() < 0.3 THEN '-' ELSE '' END || number_text(scores[pick(1, cardinality(scores))]))::numeric
  END AS s,
  CASE WHEN pick(0, 99) < null_weight THEN NULL WHEN random() < 0.1 THEN 0
       ELSE number_text(weights[pick(1, cardinality(weights))])::numeric END AS w
FROM (SELECT g, CASE WHEN g < 10 THEN 5000 WHEN g < 1000 THEN pick(1, 60) ELSE pick(1, 6) END AS size
      FROM generate_series(0, 30000) g) s
  JOIN class ON class.id = g % 10
  CROSS JOIN LATERAL (SELECT g AS same, pick(0, 99) AS p FROM generate_series(1, size)) r;
CREATE INDEX ON pair (g);
ANALYZE pair;
SELECT cmp_ok(count(*), '>=', 100000::bigint, 'pairs: ' || count(*) || ' in ' || count(DISTINCT g) || ' groups') FROM pair;
SELECT ok(bool_or(s = 'NaN') AND bool_or(s = 'Infinity') AND bool_or(s = '-Infinity') AND bool_or(w = 0),
  'there are NaN, infinities and weights of 0') FROM pair;

-- without weights: numeric's own aggregates
CREATE UNLOGGED TABLE expected AS
SELECT g, class, count(s) AS n, count(s)::numeric AS weight, avg(s)::text AS mean, stddev_samp(s)::text AS stddev
FROM pair GROUP BY g, class;
SELECT no_rows($$
  SELECT * FROM (
    SELECT g, class, summary_count(x) AS n, summary_weight(x) AS weight, summary_mean(x)::text AS mean, summary_stddev(x)::text AS stddev
    FROM (SELECT g, class, score_summary(s) AS x FROM pair GROUP BY g, class) a
    EXCEPT ALL SELECT * FROM expected) d $$, 'weight 1: count, sum of weights, avg and stddev_samp, by digits and display scale');
SELECT cmp_ok(count(*), '>', 20000::bigint, 'groups with a standard deviation: ' || count(*)) FROM expected WHERE stddev IS NOT NULL;

-- with weights: the definition, in exact numeric
CREATE UNLOGGED TABLE weighted AS
SELECT g, class, count(*) FILTER (WHERE s IS NOT NULL AND w IS NOT NULL) AS n,
  coalesce(sum(w) FILTER (WHERE s IS NOT NULL), 0) AS weight, coalesce(sum(s * w), 0) AS product,
  coalesce(sum(s * w * s), 0) AS square, coalesce(sum(w * w) FILTER (WHERE s IS NOT NULL), 0) AS weight_square
FROM pair GROUP BY g, class;
SELECT no_rows($$
  SELECT a.g, e.class, x::text AS summary, format('(%s,%s,%s,%s,%s)', n, weight, product, square, weight_square) AS expected
  FROM (SELECT g, score_summary(s, w) AS x FROM pair GROUP BY g) a JOIN weighted e USING (g)
  WHERE x::text <> format('(%s,%s,%s,%s,%s)', n, weight, product, square, weight_square) $$,
  'with weights: each sum as numeric has it');
SELECT no_rows($$
  SELECT a.g, e.class FROM (SELECT g, score_summary(s, w) AS x FROM pair GROUP BY g) a JOIN weighted e USING (g)
  WHERE summary_mean(x)::text IS DISTINCT FROM (product / nullif(weight, 0))::text
     OR summary_count(x) <> n OR summary_weight(x) <> weight $$, 'with weights: the mean of weighted_score');
-- sum of w (s - mean)^2 / (W - V/W), with a mean of 40 digits more; the deviation has the decimals of its
-- variance, as in stddev_samp, so the last of them is rounded
SELECT no_rows($$
  SELECT * FROM (
    SELECT a.g, e.class, summary_stddev(x) AS stddev,
      (SELECT sqrt(sum(w * (s - m) ^ 2) / (weight - weight_square::numeric(200,100) / weight))
       FROM pair p, (SELECT round(product, 60)::numeric(400,100) / weight AS m) m
       WHERE p.g = a.g AND w IS NOT NULL AND s IS NOT NULL) AS expected
    FROM (SELECT g, score_summary(s, w) AS x FROM pair WHERE class IN (0, 1, 9) AND g BETWEEN 10 AND 6000 GROUP BY g) a
      JOIN weighted e USING (g)
    WHERE weight * weight > weight_square) d
  WHERE stddev <> 'NaN' AND abs(stddev - expected) > greatest(1e-12 * (1 + expected), 0.6 * 10.0 ^ -scale(stddev)) $$,
  'with weights: the deviation by its definition');
SELECT no_rows($$
  SELECT a.g, x, y FROM
    (SELECT g, summary_stddev(score_summary(s, w)) AS x, summary_stddev(score_summary(s, 1000 * w)) AS y
     FROM pair WHERE class IN (0, 1) GROUP BY g) a
  WHERE abs(x - y) > greatest(1e-12 * (1 + x), 1.2 * 10.0 ^ -least(scale(x), scale(y))) $$, 'weights count by their proportions');
SELECT is(count(*), 0::bigint, 'no deviation where fewer than two scores have a weight') FROM (
  SELECT summary_stddev(score_summary(s, w)) AS x, count(*) FILTER (WHERE w > 0 AND s IS NOT NULL) AS n FROM pair GROUP BY g) a
WHERE (x IS NULL) <> (n < 2);

-- kept by part and merged
CREATE UNLOGGED TABLE kept AS
SELECT g, part, score_summary(s) AS x, score_summary(s, w) AS y FROM pair GROUP BY g, part;
CREATE UNLOGGED TABLE whole AS SELECT g, score_summary(s) AS x, score_summary(s, w) AS y FROM pair GROUP BY g;
CREATE FUNCTION check_merge(what text, x text, y text, ordering text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT no_rows(format($q$
    SELECT g, m.x, w.x AS whole FROM (SELECT g, merge_summaries(%s ORDER BY %s) AS x, merge_summaries(%s ORDER BY %s) AS y FROM kept GROUP BY g) m
      JOIN whole w USING (g)
    WHERE m.x <> w.x OR m.y <> w.y OR m.x::text <> w.x::text OR m.y::text <> w.y::text $q$, x, ordering, y, ordering), what)
$$;
SELECT check_merge('kept by part and merged: the same as in one pass', 'x', 'y', 'part');
SELECT check_merge('in another order', 'x', 'y', 'part DESC');
SELECT check_merge('from text', 'x::text::score_summary', 'y::text::score_summary', 'part');
SELECT no_rows($$
  SELECT g FROM (SELECT g, merge_summaries(score_summary_combine(x, '(0,0,0,0,0)')) AS x FROM kept GROUP BY g) m JOIN whole w USING (g)
  WHERE m.x <> w.x $$, 'the summary of nothing changes nothing');
SELECT no_rows($$ SELECT * FROM kept WHERE x::text::score_summary <> x OR y::text::score_summary <> y
  OR score_summary_hash(x::text::score_summary) <> score_summary_hash(x) $$, 'text gives the same summary back, with the same hash');
SELECT is((SELECT count(*) FROM (SELECT x FROM kept UNION SELECT x::text::score_summary FROM kept) d),
          (SELECT count(DISTINCT x::text) FROM kept), 'summaries group by what they say');

-- squares are lost when one part has none
SELECT is(score_summary_combine('(1,1,2,4,1)', '(1,1,3)')::text, '(2,2,5)', 'with and without squares: without');
SELECT is(score_summary_combine('(1,1,3)', '(1,1,2,4,1)')::text, '(2,2,5)', 'the other way round');
SELECT no_rows($$
  SELECT score_summary_combine(x, weighted) FROM (SELECT x, format('(%s,%s,%s)', summary_count(x), summary_weight(x), s)::score_summary AS weighted
    FROM (SELECT x, split_part(x::text, ',', 3) AS s FROM kept) k) t
  WHERE summary_count(x) > 0 AND score_summary_combine(x, weighted)::text <> score_summary_combine(weighted, weighted)::text $$,
  'on random summaries');

-- in parallel
SELECT prefer_parallel() \g /dev/null
SET LOCAL enable_hashagg = on;
SELECT ok(plan_of('SELECT g, score_summary(s, w) FROM pair GROUP BY g') ~ 'Partial', 'a parallel plan');
SELECT no_rows($$
  SELECT g FROM (SELECT g, score_summary(s) AS x, score_summary(s, w) AS y FROM pair GROUP BY g) p JOIN whole w USING (g)
  WHERE p.x::text <> w.x::text OR p.y::text <> w.y::text $$, 'parallel: the same');
SELECT ok(plan_of('SELECT merge_summaries(x) FROM kept') ~ 'Partial', 'merging in parallel');
SELECT is((SELECT merge_summaries(x) FROM kept)::text, (SELECT score_summary(s) FROM pair)::text, 'merged in parallel: the same');
SELECT * FROM finish();
ROLLBACK;
