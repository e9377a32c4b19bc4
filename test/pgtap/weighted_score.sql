-- weighted_score() and weight_coverage() against plain SQL on more than a million random pairs.
--
-- Proves that both aggregates give the digits and the display scale of sum(v*w)/sum(w) (and of the
-- covered share of the weight) whatever the inputs: plain, grouped, by sorted and by hashed
-- groups, combined by parallel workers and across partitions, and as moving aggregates in every
-- kind of frame. The oracle is numeric's own sum() and division, which share no code with the
-- extension; results are compared as text, so that the display scale counts.
\set feature weighted_score
\set ECHO none
BEGIN;
SELECT plan(51);
\ir oracle.psql

-- The text of a random number: n narrow, z trailing zeros, m 9 to 20 decimals, w 40 digits, x tiny
-- or huge, l up to the 64-bit limit at 8 decimals, 0 zero, e edges: ends of the 64-bit and 128-bit ranges at 8 decimals, digit-group borders of
-- numeric, zeros and short numbers with display scales up to the long header format.
CREATE FUNCTION number_text(kind text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  zeros int := pick(0, 9) * pick(0, 9);
BEGIN
  RETURN CASE kind
    WHEN 'n' THEN floor(random() * 10 ^ pick(1, 10))::bigint || 'e-' || pick(0, 8)
    WHEN 'z' THEN pick(0, 12) || repeat('0', zeros) || 'e-' || zeros
    WHEN 'l' THEN floor(random() * 9.2e18)::bigint || 'e-8'
    WHEN 'm' THEN floor(random() * 1e15)::bigint || 'e-' || pick(9, 20)
    WHEN 'w' THEN floor(random() * 9e12 + 1e12)::bigint || lpad(floor(random() * 1e14)::bigint::text, 14, '0')
                  || lpad(floor(random() * 1e13)::bigint::text, 13, '0') || 'e-' || pick(0, 40)
    WHEN 'x' THEN pick(0, 999) || 'e' || pick(-100, 100)
    WHEN 'e' THEN ('{92233720368.54775807, 92233720368.54775808, 92233720368.54775809, 92233720369,
      9223372036854775807, 9223372036854775808, 922337203685477.5807, 0.00000001, 0.000000001, 0.0000000149,
      99999999.99999999, 100000000, 100000000.00000001, 9999, 10000, 0.0001, 0.9999, 9999.9999, 12345678.12345678,
      1e18, 1e19, 170141183460469231731687303715884105727, 17014118346046923173168.7303715884105727,
      17014118346046923173168.7303715884105728, 13043817825332782212, 1304381782533.27822, 0, 0.0000, 0.00000000,
      0.000000000, 0e-16, 0e-70, 5.000, 5.00000000, 5.000000000, 7e0, 1e-63, 1e-64, 1.0e-4, 1e4, 1e8, 1e12, 90, 89.5}'::text[])[pick(1, 44)]
    ELSE '0e-' || pick(0, 12)
  END;
END
$$;

-- What a group is made of: kinds of scores and weights to choose from, percentages of odd ones.
CREATE TABLE class (id int, name text, scores text[], weights text[], null_score int, null_weight int, nan int, inf int, minus_inf int);
INSERT INTO class VALUES
  (0, 'narrow', '{n}', '{n}', 0, 0, 0, 0, 0),
  (1, 'wide', '{w}', '{w}', 0, 0, 0, 0, 0),
  (2, 'mixed', '{n,z,m,w,e}', '{n,z,m,w,e,0}', 10, 10, 0, 0, 0),
  (3, 'NaN', '{n}', '{n,0}', 0, 0, 8, 0, 0),
  (4, 'infinity', '{n,m}', '{n,0}', 0, 0, 0, 8, 0),
  (5, 'both infinities', '{n,w}', '{n,w}', 0, 0, 0, 5, 5),
  (6, 'zero weights', '{n,z,m}', '{0}', 5, 5, 3, 3, 3),
  (7, 'no score', '{n}', '{n,w}', 100, 20, 0, 0, 0),
  (8, 'display scales', '{z}', '{z,n}', 5, 0, 0, 0, 0),
  (9, 'edges', '{e}', '{e}', 0, 0, 0, 0, 0),
  (10, 'rarely wide', '{n,n,n,n,n,n,n,n,n,z,n,n,n,n,n,n,n,n,n,w}', '{n,n,n,n,n,n,n,n,n,n,n,n,n,n,n,n,n,n,0,m}', 2, 2, 0, 0, 0),
  (11, 'everything', '{n,z,m,w,x,e}', '{n,z,m,w,x,e,0}', 10, 10, 1, 1, 1),
  (12, '9 to 20 decimals', '{m}', '{m,n}', 0, 0, 0, 0, 0),
  (13, 'tiny and huge', '{x}', '{x}', 5, 5, 0, 0, 0),
  (14, 'no weight', '{n}', '{n}', 10, 100, 0, 0, 0),
  (15, 'plain appraisal', '{z,n}', '{z}', 3, 0, 0, 0, 0),
  (16, 'sums beyond 128 bits', '{l}', '{l}', 0, 0, 0, 0, 0);

-- One big group of each class, some of 1 to 200 rows, very many of 1 to 8.
CREATE UNLOGGED TABLE pair AS
SELECT g, class.id AS class, row_number() OVER () AS id,
  CASE WHEN p < null_score THEN NULL
       WHEN p < null_score + nan THEN 'NaN'
       WHEN p < null_score + nan + inf THEN :'inf'::numeric
       WHEN p < null_score + nan + inf + minus_inf THEN -(:'inf'::numeric)
       ELSE (CASE WHEN random() < 0.3 THEN '-' ELSE '' END || number_text(scores[pick(1, cardinality(scores))]))::numeric
  END AS v,
  CASE WHEN pick(0, 99) < null_weight THEN NULL
       ELSE number_text(weights[pick(1, cardinality(weights))])::numeric END AS w
FROM (SELECT g, CASE WHEN g < 17 THEN 31000 WHEN g < 3000 THEN pick(1, 200) ELSE pick(1, 8) END AS size
      FROM generate_series(0, 60000) g) s
  JOIN class ON class.id = g % 17
  CROSS JOIN LATERAL (SELECT g AS same, pick(0, 99) AS p FROM generate_series(1, size)) r;
-- for the examples of a failure; not for grouping
CREATE INDEX ON pair (g);
SET LOCAL enable_indexscan = off;
SET LOCAL enable_indexonlyscan = off;
ANALYZE pair;
SELECT cmp_ok(count(*), '>=', 1000000::bigint, 'pairs: ' || count(*) || ' in ' || count(DISTINCT g) || ' groups') FROM pair;

-- All pairs in one group, then parts of them
CREATE FUNCTION check_plain(what text, condition text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT no_rows(format($q$
    SELECT * FROM (
      SELECT weighted_score(v, w)::text AS score,
             (sum(v * w) / nullif(sum(w) FILTER (WHERE v IS NOT NULL), 0))::text AS expected_score,
             weight_coverage(v, w)::text AS coverage,
             (sum(w * (v IS NOT NULL)::int) / nullif(sum(w), 0))::text AS expected_coverage
      FROM pair WHERE %s) s
    WHERE score IS DISTINCT FROM expected_score OR coverage IS DISTINCT FROM expected_coverage $q$, condition), what)
$$;
SELECT check_plain('one group: all pairs', 'true');
SELECT check_plain('one group: ' || name, 'class = ' || id) FROM class WHERE id IN (0, 1, 2, 4, 8, 9, 10, 12, 13, 15, 16) ORDER BY id;
SELECT check_plain('one group: finite scores', 'v NOT IN (''NaN'', ''' || :'inf' || ''', -''' || :'inf' || '''::numeric)');
SELECT check_plain('one group: no pair', 'false');
SELECT no_rows($$
  SELECT * FROM (
    SELECT g, weighted_score(v, w) FILTER (WHERE id % 3 = 0)::text AS score,
      (sum(v * w) FILTER (WHERE id % 3 = 0) / nullif(sum(w) FILTER (WHERE v IS NOT NULL AND id % 3 = 0), 0))::text AS expected
    FROM pair GROUP BY g) s
  WHERE score IS DISTINCT FROM expected $$, 'FILTER');

-- Groups: the oracle's answers are kept for the plans that follow
CREATE UNLOGGED TABLE expected AS
SELECT g, class, count(*) AS pairs,
  (sum(v * w) / nullif(sum(w) FILTER (WHERE v IS NOT NULL), 0))::text AS score,
  (sum(w * (v IS NOT NULL)::int) / nullif(sum(w), 0))::text AS coverage
FROM pair GROUP BY g, class;
ANALYZE expected;
SELECT is(count(DISTINCT class) FILTER (WHERE pairs = 1), 17::bigint, 'every class has groups of one pair') FROM expected;
SELECT ok(bool_or(score IS NULL) AND bool_or(score = 'NaN') AND (:'inf' <> 'Infinity' OR bool_or(score::numeric = :'inf') AND bool_or(score::numeric = -:'inf'::numeric)),
  'the answers include NULL, NaN and both infinities') FROM expected;

-- Runs the aggregates over a table and compares each group with the oracle's answer.
CREATE FUNCTION check_groups(what text, source text, plan_pattern text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  query text := 'SELECT g, weighted_score(v, w)::text AS score, weight_coverage(v, w)::text AS coverage FROM ' || source || ' GROUP BY g';
  plan text := plan_of(query);
BEGIN
  RETURN NEXT ok(plan ~ plan_pattern, what || ': the plan has ' || plan_pattern);
  IF plan !~ plan_pattern THEN
    RETURN NEXT diag(plan);
  END IF;
  DROP TABLE IF EXISTS actual;
  EXECUTE 'CREATE UNLOGGED TABLE actual AS ' || query;
  RETURN QUERY SELECT no_rows($q$
    SELECT g, e.class, e.pairs, a.score, e.score AS expected_score, a.coverage, e.coverage AS expected_coverage,
      (SELECT array_agg((v, w)) FROM (SELECT v, w FROM pair p WHERE p.g = e.g LIMIT 8) p) AS some_pairs
    FROM expected e FULL JOIN actual a USING (g)
    WHERE a.score IS DISTINCT FROM e.score OR a.coverage IS DISTINCT FROM e.coverage OR a.g IS NULL OR e.g IS NULL
    ORDER BY e.pairs $q$, what);
END
$$;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT check_groups('hashed groups', 'pair', 'HashAggregate');
SET LOCAL enable_hashagg = off;
SELECT check_groups('sorted groups', 'pair', 'GroupAggregate');
SET LOCAL enable_hashagg = on;

-- Partial states combined: from workers, from partitions that each hold a part of every group
SELECT prefer_parallel() \g /dev/null
SELECT check_groups('parallel workers', 'pair', '(?=.*Gather)(?=.*Partial (Hash|Group)Aggregate).*Parallel Seq Scan');
SELECT matches(plan_of('SELECT weighted_score(v, w), weight_coverage(v, w) FROM pair'), 'Finalize Aggregate.*Gather.*Partial Aggregate.*Parallel Seq Scan',
  'parallel workers, one group: the plan');
SELECT check_plain('parallel workers, one group', 'class NOT IN (3, 5, 11)');
CREATE TABLE part (LIKE pair) PARTITION BY HASH (id);
SELECT format('CREATE UNLOGGED TABLE part%1$s PARTITION OF part FOR VALUES WITH (MODULUS 5, REMAINDER %1$s)', i) FROM generate_series(0, 4) i \gexec
INSERT INTO part SELECT * FROM pair;
ANALYZE part;
SET LOCAL enable_partitionwise_aggregate = on;
SELECT check_groups('partitions', 'part', 'Append.*Partial (Hash|Group)Aggregate');
SET LOCAL max_parallel_workers_per_gather = 0;

-- Moving aggregates: over 100,000 rows in partitions of about 100, of one class or of all; k has peers
CREATE UNLOGGED TABLE moving AS
SELECT id, CASE WHEN nth <= 4000 THEN class * 1000 + nth % 40 ELSE 100000 + nth % 360 END AS part, pick(1, 40) AS k, v, w
FROM (SELECT *, row_number() OVER (PARTITION BY class ORDER BY id) AS nth FROM pair WHERE g < 17) p
WHERE nth <= 5900;
ANALYZE moving;
SELECT cmp_ok(count(*), '>=', 100000::bigint, count(*) || ' rows for frames') FROM moving;
CREATE FUNCTION check_frame(frame text, ordering text DEFAULT 'k, id') RETURNS SETOF text LANGUAGE sql AS $$
  SELECT no_rows(format($q$
    SELECT * FROM (
      SELECT id, part, weighted_score(v, w) OVER f::text AS score,
        (sum(v * w) OVER f / nullif(sum(w) FILTER (WHERE v IS NOT NULL) OVER f, 0))::text AS expected_score,
        weight_coverage(v, w) OVER f::text AS coverage,
        (sum(w * (v IS NOT NULL)::int) OVER f / nullif(sum(w) OVER f, 0))::text AS expected_coverage
      FROM moving WINDOW f AS (PARTITION BY part ORDER BY %s %s)) s
    WHERE score IS DISTINCT FROM expected_score OR coverage IS DISTINCT FROM expected_coverage $q$, ordering, frame), 'frame ' || frame)
$$;
SELECT check_frame('ROWS BETWEEN 5 PRECEDING AND CURRENT ROW');
SELECT check_frame('ROWS BETWEEN 7 PRECEDING AND 3 PRECEDING');
SELECT check_frame('ROWS BETWEEN 2 FOLLOWING AND 9 FOLLOWING');
SELECT check_frame('ROWS UNBOUNDED PRECEDING');
SELECT check_frame('ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING');
SELECT check_frame('RANGE BETWEEN 3 PRECEDING AND 2 FOLLOWING', 'k');
SELECT check_frame('GROUPS BETWEEN 1 PRECEDING AND 2 FOLLOWING', 'k');
SELECT check_frame('ROWS BETWEEN 4 PRECEDING AND 4 FOLLOWING EXCLUDE CURRENT ROW');
SELECT check_frame('GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES', 'k');
SELECT check_frame('RANGE BETWEEN 2 PRECEDING AND CURRENT ROW EXCLUDE GROUP', 'k');

-- Weights that cannot be; a pair with a NULL is looked at by the coverage only
SELECT CASE :'inf' WHEN 'Infinity' THEN 'Infinity' ELSE 'NaN' END AS bad_infinity \gset
CREATE FUNCTION check_weights(call text, bad_infinity text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT throws_ok(format('SELECT %s FROM (VALUES (1::numeric, 1::numeric), (%s, %s)) p (v, w)', call, v, w), '22023', NULL, format('%s: weight %s', call, w))
  FROM (VALUES ('5', '-1'), ('5', '-0.000000001'), ('5', '''NaN'''), ('5', '''' || bad_infinity || '''::numeric'), ('''NaN''', '-1e40')) bad (v, w)
$$;
SELECT check_weights('weighted_score(v, w)', :'bad_infinity');
SELECT check_weights('weight_coverage(v, w)', :'bad_infinity');
SELECT is(weighted_score(v, w), 1.0000000000000000, 'weighted_score: a bad weight without a score is no pair') FROM (VALUES (1::numeric, 1::numeric), (NULL, -1), (NULL, 'NaN')) p (v, w);
SELECT throws_ok('SELECT weight_coverage(v, w) FROM (VALUES (1::numeric, 1::numeric), (NULL, -1)) p (v, w)', '22023', NULL, 'weight_coverage: a bad weight without a score');
SELECT * FROM finish();
ROLLBACK;
