-- trimmed_score() against row_number() both ways and avg() on more than 100,000 random rows.
--
-- Proves that the aggregate gives the digits and the display scale of numeric's own avg() over the
-- scores that are left, whatever the inputs and the plan, and that its states lose nothing as text,
-- in binary and when merged. Among equal scores the oracle trims as the aggregate says it does: at
-- the bottom those with the fewest decimals first, at the top those with the most.
\set feature trimmed_score
\set ECHO none
BEGIN;
SELECT plan(29);
\ir oracle.psql

-- The text of a random number: n narrow, t a few values with many ties, m 9 to 20 decimals, w 40
-- digits, x tiny or huge, l up to the 64-bit limit at 8 decimals, e edges of what an int64 can pack.
CREATE FUNCTION number_text(kind text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  zeros int := pick(0, 4) * pick(0, 5);
BEGIN
  RETURN CASE kind
    WHEN 'n' THEN floor(random() * 10 ^ pick(1, 10))::bigint || 'e-' || pick(0, 8)
    WHEN 't' THEN pick(0, 3) || repeat('0', zeros) || 'e-' || zeros
    WHEN 'l' THEN floor(random() * 9.2e18)::bigint || 'e-8'
    WHEN 'm' THEN floor(random() * 1e15)::bigint || 'e-' || pick(9, 20)
    WHEN 'w' THEN floor(random() * 9e12 + 1e12)::bigint || lpad(floor(random() * 1e14)::bigint::text, 14, '0')
                  || lpad(floor(random() * 1e13)::bigint::text, 13, '0') || 'e-' || pick(0, 40)
    WHEN 'x' THEN pick(0, 999) || 'e' || pick(-100, 100)
    ELSE ('{5764607523.03423487, 5764607523.03423488, 5764607523.03423489, 5764607523.034234870, 99999999.99999999, 100000000,
      92199999999.99999999, 92200000000, 9e-9, 1e-8, 0e-15, 0e-16, 0, 5e-15, 7.000000000000000, 7.0000000000000000, 7e0}'::text[])[pick(1, 17)]
  END;
END
$$;

-- What a group is made of: kinds of scores, percentages of odd ones.
CREATE TABLE class (id int, name text, scores text[], null_score int, nan int, inf int, minus_inf int);
INSERT INTO class VALUES
  (0, 'narrow', '{n}', 0, 0, 0, 0), (1, 'ties', '{t}', 5, 0, 0, 0), (2, 'wide', '{w}', 0, 0, 0, 0), (3, 'mixed', '{n,t,m,w,e}', 10, 0, 0, 0),
  (4, 'NaN', '{n}', 0, 15, 0, 0), (5, 'infinity', '{n,m}', 0, 0, 15, 0), (6, 'both infinities', '{n,t}', 5, 0, 10, 10), (7, 'all odd', '{t}', 5, 20, 20, 20),
  (8, 'no score', '{n}', 100, 0, 0, 0), (9, 'edges', '{e,l}', 0, 0, 0, 0), (10, 'rarely wide', '{n,n,n,n,n,n,n,n,n,n,n,n,n,n,n,n,n,n,n,w}', 2, 0, 0, 0),
  (11, 'everything', '{n,t,m,w,x,l,e}', 10, 2, 2, 2), (12, 'many decimals', '{m}', 0, 0, 0, 0);
CREATE TABLE score AS
SELECT g, k, class.id AS class, row_number() OVER () AS id,
  CASE WHEN p < null_score THEN NULL
       WHEN p < null_score + nan THEN 'NaN'
       WHEN p < null_score + nan + inf THEN 'Infinity'
       WHEN p < null_score + nan + inf + minus_inf THEN '-Infinity'
       ELSE (CASE WHEN random() < 0.3 THEN '-' ELSE '' END || number_text(scores[pick(1, cardinality(scores))]))::numeric
  END AS s
FROM (SELECT g, CASE WHEN g < 13 THEN 5000 WHEN g < 2000 THEN pick(1, 100) ELSE pick(1, 9) END AS size,
             CASE WHEN g % 40 = 0 THEN pick(11, 200) ELSE pick(0, 10) END AS k
      FROM generate_series(0, 15000) g) g
  JOIN class ON class.id = g % 13
  CROSS JOIN LATERAL (SELECT g AS same, pick(0, 99) AS p FROM generate_series(1, size)) r;
ANALYZE score;
SELECT cmp_ok(count(*), '>=', 100000::bigint, count(*) || ' scores in ' || count(DISTINCT g) || ' groups') FROM score;

-- What is left of the groups that a table has, and its mean
CREATE FUNCTION oracle(source text, k text) RETURNS TABLE (g int, expected text, n bigint) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format($q$
    SELECT g, avg(s)::text, n
    FROM (SELECT g, n, CASE WHEN n < 2 * k + 1 OR (lo > k AND hi > k) THEN s END AS s
          FROM (SELECT g, s, %s AS k, count(s) OVER (PARTITION BY g) AS n,
                  row_number() OVER (PARTITION BY g ORDER BY s, scale(s), id) AS lo,
                  row_number() OVER (PARTITION BY g ORDER BY s DESC, scale(s) DESC, id DESC) AS hi
                FROM %s WHERE s IS NOT NULL) r) t
    GROUP BY g, n $q$, k, source);
END
$$;
CREATE TABLE expected AS
SELECT g, k, class, o.expected, coalesce(o.n, 0) AS n FROM (SELECT DISTINCT g, k, class FROM score) s LEFT JOIN oracle('score', 'k') o USING (g);
ANALYZE expected;
SELECT ok(bool_or(expected IS NULL) AND bool_or(expected = 'NaN') AND bool_or(expected = 'Infinity') AND bool_or(expected = '-Infinity'),
  'the answers include NULL, NaN and both infinities') FROM expected;
SELECT ok(count(*) FILTER (WHERE n > 2 * k AND k > 0) > 1000 AND count(*) FILTER (WHERE n BETWEEN 1 AND 2 * k) > 1000 AND count(*) FILTER (WHERE n = 2 * k + 1) > 50,
  'groups with more, fewer and just 2k+1 scores') FROM expected;

-- Runs the aggregate over a table and compares each group with the oracle's answer.
CREATE FUNCTION check_groups(what text, source text, plan_pattern text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  query text := 'SELECT g, trimmed_score(s, k)::text AS mean FROM ' || source || ' GROUP BY g';
  plan text := plan_of(query);
BEGIN
  RETURN NEXT ok(plan ~ plan_pattern, what || ': the plan has ' || plan_pattern);
  IF plan !~ plan_pattern THEN
    RETURN NEXT diag(plan);
  END IF;
  DROP TABLE IF EXISTS actual;
  EXECUTE 'CREATE TABLE actual AS ' || query;
  RETURN QUERY SELECT no_rows($q$
    SELECT g, e.class, e.k, e.n, a.mean, e.expected, (SELECT array_agg(s) FROM (SELECT s FROM score p WHERE p.g = e.g LIMIT 10) p) AS some_scores
    FROM expected e FULL JOIN actual a USING (g)
    WHERE a.mean IS DISTINCT FROM e.expected OR a.g IS NULL OR e.g IS NULL
    ORDER BY e.n $q$, what);
END
$$;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT check_groups('hashed groups', 'score', 'HashAggregate');
SET LOCAL enable_hashagg = off;
SELECT check_groups('sorted groups', 'score', 'GroupAggregate');
SELECT check_groups('rising scores', '(SELECT * FROM score ORDER BY g, s OFFSET 0) score', 'Sort');
SELECT check_groups('falling scores', '(SELECT * FROM score ORDER BY g, s DESC OFFSET 0) score', 'Sort');
SELECT check_groups('scores in any order', '(SELECT * FROM score ORDER BY random() OFFSET 0) score', 'Sort');
SET LOCAL enable_hashagg = on;
SET LOCAL enable_sort = off;
SET LOCAL work_mem = '64kB';
SELECT check_groups('hashed groups on disk', 'score', 'HashAggregate');
SET LOCAL work_mem = '4MB';
SET LOCAL enable_sort = on;

-- Partial states combined: from workers, from partitions that each hold a part of every group
SELECT prefer_parallel() \g /dev/null
SELECT check_groups('parallel workers', 'score', '(?=.*Gather)(?=.*Partial (Hash|Group)Aggregate).*Parallel Seq Scan');
CREATE TABLE part (LIKE score) PARTITION BY HASH (id);
SELECT format('CREATE TABLE part%1$s PARTITION OF part FOR VALUES WITH (MODULUS 5, REMAINDER %1$s)', i) FROM generate_series(0, 4) i \gexec
INSERT INTO part SELECT * FROM score;
ANALYZE part;
SET LOCAL enable_partitionwise_aggregate = on;
SELECT check_groups('partitions', 'part', 'Append.*Partial (Hash|Group)Aggregate');

-- All scores in one group, also with large k
SELECT matches(plan_of('SELECT trimmed_score(s, 3) FROM score'), 'Finalize Aggregate.*Gather.*Partial Aggregate.*Parallel Seq Scan', 'one group: the plan');
CREATE FUNCTION check_one(condition text, VARIADIC ks int[]) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT no_rows(format($q$ SELECT * FROM (SELECT %2$s AS k, trimmed_score(s, %2$s)::text AS mean,
                              (SELECT expected FROM oracle('(SELECT 0 AS g, id, s FROM score WHERE %3$s) score', '%2$s')) AS expected FROM score WHERE %1$s) m
                            WHERE mean IS DISTINCT FROM expected $q$, condition, k, replace(condition, '''', '''''')), format('one group, k = %s: %s', k, condition))
  FROM unnest(ks) k
$$;
SELECT check_one('class IN (0, 1, 9)', 0, 1, 500);
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT check_one('true', 1, 20000);

-- The state as a value: as text, in binary, merged from random parts
CREATE AGGREGATE collect(numeric, integer) (SFUNC = trimmed_score_add, STYPE = trimmed_scores);
CREATE AGGREGATE merge(trimmed_scores) (SFUNC = trimmed_score_combine, STYPE = trimmed_scores);
CREATE TABLE state AS SELECT g, collect(s, k) AS state FROM score GROUP BY g;
CREATE TABLE received (LIKE state);
SELECT format('COPY state TO %1$L (FORMAT binary); COPY received FROM %1$L (FORMAT binary)', current_setting('data_directory') || '/trimmed_scores_test') AS copies \gset
:copies;
SELECT no_rows($$
  SELECT * FROM (SELECT g, expected, s.state, trimmed_score_final(s.state)::text AS direct, trimmed_score_final(s.state::text::trimmed_scores)::text AS by_text,
                   trimmed_score_final(r.state)::text AS by_binary, r.state::text = s.state::text AND s.state::text::trimmed_scores::text = s.state::text AS same
                 FROM expected LEFT JOIN state s USING (g) LEFT JOIN received r USING (g)) t
  WHERE direct IS DISTINCT FROM expected OR by_text IS DISTINCT FROM expected OR by_binary IS DISTINCT FROM expected OR same IS NOT TRUE $$,
  'states as text and in binary');
SELECT no_rows($$
  SELECT g, merge(trimmed_score_add(NULL, s, k))::text FROM score GROUP BY g
  EXCEPT SELECT g, state::text FROM state $$, 'states merged one by one');
SELECT no_rows($$
  SELECT g, merge(part)::text FROM (SELECT g, collect(s, k) AS part FROM (SELECT *, pick(1, 4) AS p FROM score) r GROUP BY g, p) t GROUP BY g
  EXCEPT SELECT g, state::text FROM state $$, 'states merged from random parts');

-- The state of a growing window is not used up
CREATE TABLE few AS SELECT * FROM score WHERE g BETWEEN 1500 AND 1552;
CREATE INDEX ON few (g, id);
ANALYZE few;
SELECT no_rows($$
  SELECT * FROM (SELECT g, id, trimmed_score(s, k) OVER (PARTITION BY g ORDER BY id)::text AS mean FROM few) m
  WHERE mean IS DISTINCT FROM (SELECT trimmed_score(s, k)::text FROM few f WHERE f.g = m.g AND f.id <= m.id) $$, 'a growing window');
SELECT * FROM finish();
ROLLBACK;
