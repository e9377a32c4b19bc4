-- rater_score() and rater_coverage() against plain SQL on more than 100,000 random ratings.
--
-- The oracle groups twice, by ratee and source and then by ratee, and brings the means to their
-- least common denominator with numeric's own lcm(), so that it divides once, too; results are
-- compared as text, so that every digit and the display scale count. The same answers are asked of
-- hashed and sorted groups, any order of rows, parallel workers, partitions, windows, and of partial
-- states that have been stored, printed and sent.
\set feature rater_score
\set ECHO none
BEGIN;
SELECT plan(41);
\ir oracle.psql

-- A random score or weight without its sign: n narrow, m 9 to 20 decimals, w 40 digits, l up to the 64-bit limit at
-- 8 decimals, x tiny or huge, 0 zero, with any decimals.
CREATE FUNCTION number(kind text) RETURNS numeric LANGUAGE sql VOLATILE AS $$
  SELECT (CASE kind
    WHEN 'n' THEN floor(random() * 10 ^ pick(1, 6))::bigint || 'e-' || pick(0, 4)
    WHEN 'm' THEN floor(random() * 1e15)::bigint || 'e-' || pick(9, 20)
    WHEN 'w' THEN floor(random() * 9e12 + 1e12)::bigint || lpad(floor(random() * 1e14)::bigint::text, 14, '0')
                  || lpad(floor(random() * 1e13)::bigint::text, 13, '0') || 'e-' || pick(0, 40)
    WHEN 'l' THEN floor(random() * 9.2e18)::bigint || 'e-8'
    WHEN 'x' THEN pick(1, 999) || 'e' || pick(-80, 80)
    ELSE '0e-' || pick(0, 12)
  END)::numeric
$$;

-- What a group is made of: how many sources of which names, how many rows each has, kinds of scores and weights, and
-- percentages of odd scores.
CREATE TABLE class (id int, name text, groups int, least int, most int, rows int, names text[], scores text[], weights text[],
                    null_score int, nan int, inf int, minus_inf int);
INSERT INTO class
SELECT id, name, groups, least, most, rows,
  CASE names WHEN 'usual' THEN '{self,peer,manager,report}'::text[]
    WHEN 'many' THEN (SELECT array_agg('source ' || i) FROM generate_series(1, 400) i)
    ELSE '{""," ",a,A,abcdefg,abcdefgh,abcdefghi,abcdefghj,abcdefgi,"abcdefgh ",abcdefghabcdefgh,同事,上级,"同事 ",é,e}'::text[] END,
  scores::text[], weights::text[], null_score, nan, inf, minus_inf
FROM (VALUES
  (0, 'usual', 6000, 1, 4, 6, 'usual', '{n}', '{n}', 5, 0, 0, 0),
  (1, 'few answers', 2000, 1, 4, 3, 'usual', '{n}', '{n}', 60, 0, 0, 0),
  (2, 'no answer', 500, 1, 4, 3, 'usual', '{n}', '{n,0,w}', 100, 0, 0, 0),
  (3, 'zero weights', 2000, 1, 4, 4, 'usual', '{n,w}', '{n,0,0}', 20, 2, 2, 2),
  (4, 'no weight', 500, 1, 4, 4, 'usual', '{n}', '{0}', 20, 0, 0, 0),
  (5, '40 digits', 1000, 1, 4, 4, 'usual', '{w}', '{n,w}', 5, 0, 0, 0),
  (6, 'rarely long', 1000, 1, 4, 9, 'usual', '{n,n,n,n,n,n,n,n,n,m}', '{n,n,n,m}', 5, 0, 0, 0),
  (7, 'everything', 2000, 1, 10, 6, 'awkward', '{n,m,w,l,x,0}', '{n,m,w,l,x,0}', 20, 1, 1, 1),
  (8, 'NaN', 500, 1, 4, 4, 'usual', '{n,w}', '{n,m,0}', 5, 15, 0, 0),
  (9, 'infinity', 500, 1, 4, 4, 'usual', '{n,w}', '{n,m,0}', 5, 0, 15, 0),
  (10, 'both infinities', 500, 1, 4, 4, 'usual', '{n,w}', '{n,m,0}', 5, 0, 10, 10),
  (11, 'other names', 2000, 4, 16, 5, 'awkward', '{n}', '{n}', 10, 0, 0, 0),
  (12, 'long weights', 1000, 1, 4, 6, 'usual', '{n}', '{m,w,x}', 5, 0, 0, 0),
  (13, 'large common denominators', 40, 12, 40, 80, 'many', '{n}', '{n}', 5, 0, 0, 0),
  (14, 'beyond 128 bits', 1000, 1, 6, 9, 'awkward', '{l}', '{l}', 5, 0, 0, 0),
  (15, 'hundreds of sources', 40, 100, 400, 6, 'many', '{n,n,n,n,n,n,n,w}', '{n,n,n,0,m}', 20, 0, 0, 0)
) c (id, name, groups, least, most, rows, names, scores, weights, null_score, nan, inf, minus_inf);

CREATE UNLOGGED TABLE source AS
SELECT g, class, source, rows, number(weights[pick(1, cardinality(weights))]) AS weight
FROM (SELECT row_number() OVER () AS g, id AS class, pick(least, most) AS most_sources FROM class, generate_series(1, groups) i) g
JOIN class c ON c.id = class,
LATERAL (SELECT source, row_number() OVER (ORDER BY random()) AS nth FROM unnest(c.names) source) s
WHERE nth <= most_sources;

-- the weight of a source is the same in all its rows, but written with any number of zeros behind it
CREATE UNLOGGED TABLE rating AS
SELECT row_number() OVER (ORDER BY random()) AS id, g, class, source,
  CASE WHEN odd < null_score THEN NULL
       WHEN odd < null_score + nan THEN 'NaN'
       WHEN odd < null_score + nan + inf THEN 'Infinity'
       WHEN odd < null_score + nan + inf + minus_inf THEN '-Infinity'
       ELSE number(scores[pick(1, cardinality(scores))]) * sign(random() - 0.3)::int END AS score,
  CASE WHEN pick(1, 4) = 1 THEN round(weight, scale(weight) + pick(0, 12)) ELSE weight END AS weight
FROM (SELECT s.*, random() * 100 AS odd
      FROM (SELECT *, pick(1, rows) AS nrows FROM source) s, generate_series(1, nrows) i) s
JOIN class c ON c.id = class;
-- for single groups, by a bitmap; not for grouping
CREATE INDEX ON rating (g);
SET LOCAL enable_indexscan = off;
SET LOCAL enable_indexonlyscan = off;
ANALYZE rating;
SELECT cmp_ok(count(*), '>=', 100000::bigint, 'ratings: ' || count(*) || ' in ' || count(DISTINCT g) || ' groups') FROM rating;

-- The oracle
CREATE AGGREGATE lcm_of(numeric) (sfunc = lcm, stype = numeric, initcond = 1);
CREATE UNLOGGED TABLE mean AS
SELECT g, class, source, count(score)::numeric AS n, sum(score) AS sum, round(max(weight), max(scale(weight))) AS weight
FROM rating GROUP BY g, class, source;
CREATE UNLOGGED TABLE expected AS
SELECT g, class, (sum(weight * sum * div(denominator, n)) FILTER (WHERE n > 0 AND weight > 0) /
                  (sum(weight) FILTER (WHERE n > 0 AND weight > 0) * min(denominator)))::text AS score,
  (sum(weight * (n > 0)::int) / nullif(sum(weight), 0))::text AS coverage
FROM mean JOIN (SELECT g, lcm_of(n) FILTER (WHERE n > 0 AND weight > 0) AS denominator FROM mean GROUP BY g) d USING (g)
GROUP BY g, class;
ANALYZE expected;
SELECT ok(bool_or(score IS NULL) AND bool_or(score = 'NaN') AND bool_or(score = 'Infinity') AND bool_or(score = '-Infinity') AND bool_or(score < '0'),
  'the answers include NULL, NaN, both infinities and negative scores') FROM expected;
SELECT ok(bool_or(coverage IS NULL) AND bool_or(coverage::numeric = 0) AND bool_or(coverage::numeric = 1) AND bool_or(coverage::numeric BETWEEN 0.1 AND 0.9),
  'the coverages are none, 0, 1 and between') FROM expected;
SELECT cmp_ok(max(denominator), '>', 1e20, 'common denominators beyond 64 bits') FROM (SELECT lcm_of(n) FILTER (WHERE n > 0) AS denominator FROM mean GROUP BY g) d;

-- Runs the aggregates over a table and compares each group with the oracle's answer.
CREATE FUNCTION check_groups(what text, source text, plan_pattern text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  query text := 'SELECT g, rater_score(score, source, weight)::text AS score, rater_coverage(score, source, weight)::text AS coverage FROM ' || source || ' GROUP BY g';
  plan text := plan_of(query);
BEGIN
  RETURN NEXT ok(plan ~ plan_pattern, what || ': the plan has ' || plan_pattern);
  IF plan !~ plan_pattern THEN
    RETURN NEXT diag(plan);
  END IF;
  DROP TABLE IF EXISTS actual;
  EXECUTE 'CREATE UNLOGGED TABLE actual AS ' || query;
  RETURN QUERY SELECT no_rows($q$
    SELECT g, e.class, a.score, e.score AS expected_score, a.coverage, e.coverage AS expected_coverage,
      (SELECT array_agg((source, score, weight)) FROM (SELECT * FROM rating r WHERE r.g = e.g LIMIT 12) r) AS some_ratings
    FROM expected e FULL JOIN actual a USING (g)
    WHERE a.score IS DISTINCT FROM e.score OR a.coverage IS DISTINCT FROM e.coverage OR a.g IS NULL OR e.g IS NULL $q$, what);
END
$$;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT check_groups('hashed groups', 'rating', 'HashAggregate.*Seq Scan');
SET LOCAL enable_hashagg = off;
SELECT check_groups('sorted groups', 'rating', 'GroupAggregate.*Sort.*Seq Scan');
SELECT check_groups('rows by source', '(SELECT * FROM rating ORDER BY g, source, id) r', 'GroupAggregate');
SELECT check_groups('rows by source, backwards', '(SELECT * FROM rating ORDER BY g, source DESC, id) r', 'GroupAggregate');
SELECT check_groups('rows by score', '(SELECT * FROM rating ORDER BY g, score, id) r', 'GroupAggregate');
SET LOCAL enable_hashagg = on;

-- Nearly the same from two plain levels, which round several times
SELECT no_rows($$
  SELECT * FROM (
    SELECT g, rater_score(score, source, weight) AS score FROM rating WHERE class IN (0, 1, 11) GROUP BY g) a
  JOIN (SELECT g, sum(m * w) / nullif(sum(w), 0) AS expected
        FROM (SELECT g, avg(score) AS m, max(weight) AS w FROM rating WHERE class IN (0, 1, 11) GROUP BY g, source) s
        WHERE m IS NOT NULL GROUP BY g) b USING (g)
  WHERE abs(score - expected) > 1e-9 OR (score IS NULL) <> (expected IS NULL) $$, 'two levels of GROUP BY');

-- Partial states combined: from workers, from partitions that each hold a part of every group
SELECT prefer_parallel() \g /dev/null
SELECT check_groups('parallel workers', 'rating', '(?=.*Gather)(?=.*Partial (Hash|Group)Aggregate).*Parallel Seq Scan');
CREATE TABLE part (LIKE rating) PARTITION BY HASH (id);
SELECT format('CREATE UNLOGGED TABLE part%1$s PARTITION OF part FOR VALUES WITH (MODULUS 5, REMAINDER %1$s)', i) FROM generate_series(0, 4) i \gexec
INSERT INTO part SELECT * FROM rating;
ANALYZE part;
SET LOCAL enable_partitionwise_aggregate = on;
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL enable_hashagg = off;
SELECT check_groups('partitions', 'part', 'Append.*Partial GroupAggregate');
SET LOCAL enable_hashagg = on;

-- Windows, whose frames grow: each row is the answer for the rows so far
SELECT no_rows($$
  SELECT * FROM (
    SELECT id, g, rater_score(score, source, weight) OVER w::text AS score, rater_coverage(score, source, weight) OVER w::text AS coverage
    FROM rating WHERE g % 29 = 0 AND class NOT IN (13, 15) WINDOW w AS (PARTITION BY g ORDER BY id)) a,
  LATERAL (SELECT rater_score(score, source, weight)::text AS expected_score, rater_coverage(score, source, weight)::text AS expected_coverage
           FROM rating r WHERE r.g = a.g AND r.id <= a.id) e
  WHERE score IS DISTINCT FROM expected_score OR coverage IS DISTINCT FROM expected_coverage $$, 'windows');

-- Stored partial states. collect() and merge() stop before the final function.
CREATE AGGREGATE collect(numeric, text, numeric) (sfunc = rater_scores_add, stype = rater_scores);
CREATE AGGREGATE merge(rater_scores) (sfunc = rater_scores_combine, stype = rater_scores);
CREATE TABLE whole AS SELECT g, collect(score, source, weight) AS state FROM rating GROUP BY g;
CREATE TABLE partial AS SELECT g, id % 3 AS third, collect(score, source, weight) AS state FROM rating GROUP BY 1, 2;
CREATE FUNCTION check_merged(what text, parts text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT no_rows(format($q$
    SELECT g, rater_score_final(m.state)::text AS score, e.score AS expected_score, rater_coverage_final(m.state)::text AS coverage,
      e.coverage AS expected_coverage, m.state, w.state AS whole
    FROM (SELECT g, merge(state) AS state FROM %s GROUP BY g) m FULL JOIN expected e USING (g) FULL JOIN whole w USING (g)
    WHERE rater_score_final(m.state)::text IS DISTINCT FROM e.score OR rater_coverage_final(m.state)::text IS DISTINCT FROM e.coverage
      OR m.state::text IS DISTINCT FROM w.state::text $q$, parts), what)
$$;
SELECT check_merged('states at once', 'whole');
SELECT check_merged('states stored in thirds', 'partial');
SELECT check_merged('in another order', '(SELECT * FROM partial ORDER BY g, third DESC) p');
SELECT check_merged('one row at a time', '(SELECT g, rater_scores_add(NULL, score, source, weight) AS state FROM rating) p');
SELECT check_merged('rows and stored thirds', '(SELECT g, rater_scores_add(NULL, score, source, weight) AS state FROM rating WHERE id % 3 = 0
  UNION ALL SELECT g, state FROM partial WHERE third <> 0) p');

-- Text and binary: both lose nothing and are the same again
SELECT check_merged('states read from their text', '(SELECT g, state::text::rater_scores FROM partial) p');
SELECT no_rows('SELECT * FROM whole WHERE state::text::rater_scores::text <> state::text', 'text is canonical');
SELECT current_setting('data_directory') || '/pg_appraisal_rater_scores' AS file \gset
CREATE TABLE received (LIKE partial);
COPY partial TO :'file' (FORMAT binary);
COPY received FROM :'file' (FORMAT binary);
SELECT check_merged('states that were sent in binary', 'received');
SELECT no_rows('SELECT * FROM partial p JOIN received r USING (g, third) WHERE rater_scores_send(p.state) <> rater_scores_send(r.state)', 'binary is canonical');

-- Rows that cannot be
SELECT throws_ok('SELECT rater_score(1, NULL, 1)', '22004', 'source must not be null', 'no source');
SELECT throws_ok('SELECT rater_score(1, ''peer'', NULL)', '22004', 'weight must not be null', 'no weight');
SELECT throws_ok(format('SELECT %s(%s, ''peer'', ''%s'')', call, score, weight), '22023', 'weight must be a number and not negative, not ' || weight, call || ': weight ' || weight)
FROM unnest('{rater_score,rater_coverage}'::text[], '{5,"NULL"}'::text[]) c (call, score), unnest('{-1,-0.0000000000001,NaN,Infinity}'::text[]) weight;
SELECT throws_ok('SELECT rater_coverage(NULL, ''peer'', w) FROM unnest(''{30,1e-30}''::numeric[]) w', '22023',
  'source "peer" has weight 0.000000000000000000000000000001 and weight 30 in one group', 'two weights');
SELECT throws_ok('SELECT rater_score(1, i::text, 1) FROM generate_series(1, 1001) i', '54000', 'more than 1000 sources in one group', 'raters for sources');
SELECT * FROM finish();
ROLLBACK;
