-- forced_scale() against brute force over every cut line.
--
-- Proves that the chosen cut line has the least heads out of bounds, then the fewest grade steps,
-- then the kindest higher cuts; that each bound of the result is the one the rules for bounds
-- demand; and that row order, parallel and partitioned plans and windows change nothing. The oracle
-- lists every way to cut a group's distinct scores into grades (combinations, no programme of any
-- kind) and takes the minimum of one key; rules are rows (random_quota.psql), never parsed. Only
-- the large groups, where listing is out of reach, use a table of best costs (best_of.psql),
-- quadratic and by definition, which the listed groups check first.
\set feature forced_scale
\set configs 14000
\set ECHO none
BEGIN;
SELECT plan(33);
\ir oracle.psql
\ir random_quota.psql
\ir best_of.psql
SET LOCAL work_mem = '64MB';
ALTER TABLE config ADD scale grade_scale, ADD quota quota;
DELETE FROM config WHERE NOT accepted(quota_text, scale_text);
UPDATE config SET scale = scale_text::grade_scale, quota = quota_text::quota;
ANALYZE config;

-- Groups: 130,000 of 0 to 9 people, 300 of 200 with at most 12 scores, 12 of 2,500 with hundreds
CREATE UNLOGGED TABLE team AS
SELECT g, c, k, decimals, size, size_class, pick(0, 9) AS style, pick(0, 6) AS base
FROM (
  SELECT g, size_class, CASE size_class WHEN 'small' THEN greatest(pick(0, 9), pick(0, 9)) WHEN 'medium' THEN 200 ELSE 2500 END AS size,
    CASE size_class WHEN 'small' THEN all_c[pick(1, cardinality(all_c))] ELSE c_of_5[pick(1, cardinality(c_of_5))] END AS c
  FROM (SELECT g, CASE WHEN g <= 130000 THEN 'small' WHEN g <= 130300 THEN 'medium' ELSE 'large' END AS size_class FROM generate_series(1, 130312) g) t
    CROSS JOIN (SELECT array_agg(c ORDER BY c) AS all_c, array_agg(c ORDER BY c) FILTER (WHERE k = 5) AS c_of_5 FROM config) c) t
  JOIN config USING (c);
-- Scores fall on bounds, tie heavily, carry needless zeros, go beyond 8 decimals, are infinite or NULL
CREATE UNLOGGED TABLE person AS
SELECT g, row_number() OVER () AS id, CASE
    WHEN odd < 7 THEN NULL
    WHEN odd < 20 AND style = 0 AND size_class = 'small' THEN :'inf'::numeric
    WHEN odd < 33 AND style = 0 AND size_class = 'small' THEN -(:'inf'::numeric)
    WHEN size_class = 'large' THEN pick(0, 300) / 30.0 - pick(0, 1) * 2
    WHEN size_class = 'medium' THEN pick(0, 11) * 0.9
    WHEN style IN (1, 2) THEN base + pick(0, 1)
    WHEN decimals = 1 THEN pick(0, 20) / 2.0
    WHEN decimals = 2 THEN pick(0, 3) + pick(-1, 1) * 1e-12
    WHEN style = 3 THEN pick(0, 10) + pick(0, 1) * 0.00000
    ELSE pick(-2, 10)
  END::numeric AS score
FROM team CROSS JOIN LATERAL (SELECT g AS same, pick(0, 99) AS odd FROM generate_series(1, size)) p;
ALTER TABLE team ADD PRIMARY KEY (g);
CREATE INDEX ON person (g);
ANALYZE team, person;

-- The members of each group with their natural grades; distinct scores x with the heads down to them
CREATE UNLOGGED TABLE member AS
SELECT g, id, score, min(pos) AS own
FROM person JOIN team USING (g) JOIN band USING (c)
WHERE CASE op WHEN '>=' THEN score >= bound WHEN '>' THEN score > bound ELSE score IS NOT NULL END
GROUP BY g, id, score;
CREATE UNLOGGED TABLE level AS
SELECT g, score, own, heads, row_number() OVER down AS x, sum(heads) OVER down AS heads_down
FROM (SELECT g, score, min(own) AS own, count(*) AS heads FROM member GROUP BY g, score) l
WINDOW down AS (PARTITION BY g ORDER BY score DESC);
ANALYZE member, level;
-- One row a group, see best_of.psql
INSERT INTO facts
WITH counted AS (
  SELECT g, c, k, size_class, coalesce(n, 0) AS n, coalesce(d, 0) AS d, coalesce(cum, '{0}') AS cum,
    ARRAY[0, coalesce(n1, 0), coalesce(n2, 0), coalesce(n3, 0), coalesce(n4, 0), coalesce(n, 0)] AS own
  FROM (SELECT DISTINCT g FROM person) p JOIN team USING (g) LEFT JOIN (
    SELECT g, sum(heads)::int AS n, count(*)::int AS d, array_prepend(0, array_agg(heads_down::int ORDER BY x)) AS cum,
      sum(heads) FILTER (WHERE own <= 1)::int AS n1, sum(heads) FILTER (WHERE own <= 2)::int AS n2,
      sum(heads) FILTER (WHERE own <= 3)::int AS n3, sum(heads) FILTER (WHERE own <= 4)::int AS n4
    FROM level GROUP BY g) l USING (g))
SELECT g, c, k, size_class, n, d, cum, own, i, j, lo, hi
FROM counted JOIN (
  SELECT c, n, array_agg(b.i ORDER BY r) AS i, array_agg(b.j ORDER BY r) AS j, array_agg(b.least ORDER BY r) AS lo, array_agg(b.most ORDER BY r) AS hi
  FROM (SELECT DISTINCT c, n FROM counted) f CROSS JOIN LATERAL rule_bounds(c, n) b GROUP BY c, n) rules USING (c, n);
ANALYZE facts;
SELECT cmp_ok(count(*), '>=', 100000::bigint, count(*) || ' groups, ' || count(DISTINCT c) || ' quotas, ' || sum(n) || ' people') FROM facts;
SELECT is(max(cardinality(i)), 5, 'as many rules as heads_out below reads') FROM facts;

-- down[j + 1] heads in grades 1 .. j. greatest() passes over the NULLs of rules that are not there.
CREATE FUNCTION heads_out(down int[], i int[], j int[], lo int[], hi int[]) RETURNS int LANGUAGE sql IMMUTABLE AS $$
  SELECT greatest(lo[1] - (down[j[1] + 1] - down[i[1] + 1]), 0) + greatest(down[j[1] + 1] - down[i[1] + 1] - hi[1], 0)
    + CASE WHEN i[2] IS NULL THEN 0 ELSE greatest(lo[2] - (down[j[2] + 1] - down[i[2] + 1]), 0) + greatest(down[j[2] + 1] - down[i[2] + 1] - hi[2], 0) END
    + CASE WHEN i[3] IS NULL THEN 0 ELSE greatest(lo[3] - (down[j[3] + 1] - down[i[3] + 1]), 0) + greatest(down[j[3] + 1] - down[i[3] + 1] - hi[3], 0)
      + greatest(lo[4] - (down[j[4] + 1] - down[i[4] + 1]), 0) + greatest(down[j[4] + 1] - down[i[4] + 1] - hi[4], 0)
      + greatest(lo[5] - (down[j[5] + 1] - down[i[5] + 1]), 0) + greatest(down[j[5] + 1] - down[i[5] + 1] - hi[5], 0) END
$$;
-- Every person between two cuts moves one step for each cut passed, so the steps of a cut line are
-- the sum over its cuts of the people between natural and chosen place (checked below, by people).
CREATE FUNCTION steps(down int[], nat int[]) RETURNS int LANGUAGE sql IMMUTABLE AS
  'SELECT abs(down[2] - nat[2]) + abs(down[3] - nat[3]) + abs(down[4] - nat[4]) + abs(down[5] - nat[5])';

-- Every cut line: grades 1 .. j get the top p_j scores; p_k and beyond are d, so that one width serves all k
CREATE UNLOGGED TABLE cut AS
SELECT d, k, p1, p2, p3, p4
FROM generate_series(0, 12) d CROSS JOIN generate_series(1, 5) k
  CROSS JOIN LATERAL generate_series(CASE WHEN k > 1 THEN 0 ELSE d END, d) p1
  CROSS JOIN LATERAL generate_series(CASE WHEN k > 2 THEN p1 ELSE d END, d) p2
  CROSS JOIN LATERAL generate_series(CASE WHEN k > 3 THEN p2 ELSE d END, d) p3
  CROSS JOIN LATERAL generate_series(CASE WHEN k > 4 THEN p3 ELSE d END, d) p4;
SELECT is(count(*) FILTER (WHERE d = 12 AND k = 5), 1820::bigint, 'C(16, 4) cut lines of 12 scores') FROM cut;
ANALYZE cut;
-- Heads out, steps, then 999 less the heads down to each cut: three digits each, so the least key is the best cut line
CREATE INDEX ON cut (d, k);
CREATE UNLOGGED TABLE best AS
SELECT g, n, (
  SELECT min(heads_out(down, i, j, lo, hi) * 1000000000000000 + steps(down, own) * 1000000000000
    + (999 - down[2]) * 1000000000::bigint + (999 - down[3]) * 1000000 + (999 - down[4]) * 1000 + 999 - down[5])
  FROM (SELECT ARRAY[0, cum[p1 + 1], cum[p2 + 1], cum[p3 + 1], cum[p4 + 1], n] AS down FROM cut WHERE cut.d = facts.d AND cut.k = facts.k OFFSET 0) l) AS key,
  (SELECT count(*) FROM cut WHERE cut.d = facts.d AND cut.k = facts.k) AS cut_lines
FROM facts WHERE size_class <> 'large';
CREATE UNLOGGED TABLE expected AS
SELECT g, cut_lines, (key / 1000000000000000)::int AS heads_out, (key / 1000000000000 % 1000)::int AS steps,
  ARRAY[0, 999 - key / 1000000000 % 1000, 999 - key / 1000000 % 1000, 999 - key / 1000 % 1000, 999 - key % 1000, n]::int[] AS down
FROM best;
SELECT ok(count(*) FILTER (WHERE heads_out > 0) > 3000 AND count(*) FILTER (WHERE heads_out = 0 AND steps > 0) > 10000,
  format('%s cut lines tried; %s groups must move, %s cannot meet the quota', sum(cut_lines), count(*) FILTER (WHERE steps > 0), count(*) FILTER (WHERE heads_out > 0))) FROM expected;
SELECT no_rows($$
  SELECT g, p1, p2, p3, p4, by_people, by_cuts
  FROM (SELECT g, p1, p2, p3, p4, sum(heads * abs(1 + (p1 < x)::int + (p2 < x)::int + (p3 < x)::int + (p4 < x)::int - l.own)) AS by_people,
          steps(ARRAY[0, cum[p1 + 1], cum[p2 + 1], cum[p3 + 1], cum[p4 + 1], n], f.own) AS by_cuts
        FROM facts f JOIN cut USING (d, k) JOIN level l USING (g) WHERE g <= 3000
        GROUP BY g, p1, p2, p3, p4, cum, n, f.own) s
  WHERE by_people <> by_cuts $$, 'steps by cuts are steps by people, for every cut line of 3,000 groups');

SELECT no_rows($$
  SELECT g, e.heads_out, b.heads_out, e.steps, b.steps, e.down, b.down
  FROM expected e JOIN facts USING (g) CROSS JOIN LATERAL best_of(g) b
  WHERE size_class = 'medium' AND (e.heads_out, e.steps, e.down) IS DISTINCT FROM (b.heads_out, b.steps, b.down) $$,
  'the table of best costs agrees with the list of all cut lines');
INSERT INTO expected SELECT g, NULL, b.* FROM facts CROSS JOIN LATERAL best_of(g) b WHERE size_class = 'large';
ANALYZE expected;

-- The extension's answers: the scale, the grade everybody gets from it
CREATE UNLOGGED TABLE forced AS
SELECT g, forced_scale(score, scale, quota) AS forced FROM person JOIN team USING (g) JOIN config USING (c) GROUP BY g;
CREATE UNLOGGED TABLE graded AS
SELECT g, id, score, own, grade_rank(grade(score, forced), forced) AS rank FROM person JOIN forced USING (g) LEFT JOIN member USING (g, id, score);
CREATE UNLOGGED TABLE actual AS
SELECT g, heads_out(down, i, j, lo, hi) AS heads_out, steps, down
FROM (SELECT facts.*, coalesce(a.steps, 0) AS steps, CASE WHEN n = 0 THEN '{0,0,0,0,0,0}' ELSE ARRAY[0, r1, r2, r3, r4, r5] END AS down
      FROM facts LEFT JOIN (
        SELECT g, sum(abs(rank - own)) AS steps, count(*) FILTER (WHERE rank <= 1)::int AS r1, count(*) FILTER (WHERE rank <= 2)::int AS r2,
          count(*) FILTER (WHERE rank <= 3)::int AS r3, count(*) FILTER (WHERE rank <= 4)::int AS r4, count(*) FILTER (WHERE rank <= 5)::int AS r5
        FROM graded GROUP BY g) a USING (g)) t;
CREATE FUNCTION check_best(size_class text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT no_rows(format($q$
    SELECT quota_text, scale_text, a.heads_out, e.heads_out AS least_heads_out, a.steps, e.steps AS least_steps, a.down, e.down AS expected_down,
      forced, n, CASE WHEN n < 20 THEN (SELECT array_agg(score ORDER BY score DESC) FROM person p WHERE p.g = e.g) END AS scores
    FROM expected e FULL JOIN actual a USING (g) JOIN facts USING (g) LEFT JOIN forced USING (g) JOIN config USING (c)
    WHERE size_class = %L AND (a.heads_out, a.steps, a.down) IS DISTINCT FROM (e.heads_out, e.steps, e.down) $q$, check_best.size_class),
    format('heads out, steps and cuts are the best: %s %s groups', count(*), check_best.size_class))
  FROM facts WHERE facts.size_class = check_best.size_class
$$;
SELECT check_best('small');
SELECT check_best('medium');
SELECT check_best('large');
SELECT no_rows('SELECT * FROM graded WHERE (rank IS NULL) <> (own IS NULL)', 'nobody enters or leaves the group');

-- Each bound: the natural one where it cuts in the right place; above everybody when nobody gets the
-- top grade; else the lowest score admitted, and the upper neighbour's for an emptied grade
CREATE UNLOGGED TABLE bound AS
SELECT g, c, pos, label, coefficient,
  first_value(new_op) OVER kept AS op, first_value(new_bound) OVER kept AS bound
FROM (
  SELECT *, count(*) FILTER (WHERE NOT inherits) OVER (PARTITION BY g ORDER BY pos) AS run
  FROM (
    SELECT g, c, pos, label, coefficient, NOT natural_serves AND pos > 1 AND down[pos + 1] = down[pos] AS inherits,
      CASE WHEN natural_serves THEN op WHEN down[pos + 1] = 0 THEN '>' ELSE '>=' END AS new_op,
      CASE WHEN natural_serves THEN b.bound ELSE l.score END AS new_bound
    FROM (SELECT expected.g, facts.c, d, down, band.*, pos = k OR own[pos + 1] = down[pos + 1] AS natural_serves, cum
          FROM expected JOIN facts USING (g) JOIN (SELECT c AS band_c, pos, label, op, bound, coefficient FROM band) band ON band_c = facts.c) b
      LEFT JOIN level l USING (g)
    WHERE natural_serves AND coalesce(x, 1) = 1 OR NOT natural_serves AND (heads_down = down[pos + 1] OR down[pos + 1] = 0 AND x = 1)) t) r
WINDOW kept AS (PARTITION BY g, run ORDER BY pos);
SELECT no_rows($$
  SELECT quota_text, scale_text, forced, text AS expected, e.down, CASE WHEN n < 20 THEN (SELECT array_agg(score ORDER BY score DESC) FROM person p WHERE p.g = e.g) END AS scores
  FROM (SELECT g, string_agg(written(label) || coalesce(' ' || op || ' ' || bound, '') || coalesce(': ' || coefficient, ''), ', ' ORDER BY pos) AS text FROM bound GROUP BY g) b
    JOIN forced USING (g) JOIN expected e USING (g) JOIN facts USING (g) JOIN config USING (c)
  WHERE forced IS DISTINCT FROM text::grade_scale $$, 'every bound of every forced scale');

-- The same from shuffled rows, from partitions, from parallel workers, from windows
-- ("crowd" has the bigger groups only, for which aggregating each partition first is the better plan)
CREATE TABLE shuffled (g bigint, id bigint, score numeric, scale grade_scale, quota quota) PARTITION BY HASH (id);
CREATE TABLE crowd (LIKE shuffled) PARTITION BY HASH (id);
SELECT format('CREATE UNLOGGED TABLE %1$s%2$s PARTITION OF %1$s FOR VALUES WITH (MODULUS 4, REMAINDER %2$s)', name, i)
FROM unnest('{shuffled,crowd}'::text[]) name CROSS JOIN generate_series(0, 3) i \gexec
INSERT INTO shuffled SELECT g, id, score, scale, quota FROM person JOIN team USING (g) JOIN config USING (c) ORDER BY random();
INSERT INTO crowd SELECT * FROM shuffled WHERE g > 130000;
ANALYZE shuffled, crowd;
CREATE FUNCTION check_same(what text, condition text, query text, plan_pattern text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  plan text;
BEGIN
  query := format(query, condition);
  plan := plan_of(query);
  RETURN NEXT ok(plan ~ plan_pattern, what || ': the plan has ' || plan_pattern);
  IF plan !~ plan_pattern THEN
    RETURN NEXT diag(plan);
  END IF;
  DROP TABLE IF EXISTS again;
  EXECUTE 'CREATE UNLOGGED TABLE again AS ' || query;
  RETURN QUERY SELECT no_rows(format($q$
    SELECT g, f.forced, a.forced AS again FROM (SELECT * FROM forced WHERE %s) f FULL JOIN again a USING (g)
    WHERE f.forced IS DISTINCT FROM a.forced OR f.forced::text IS DISTINCT FROM a.forced::text $q$, condition), what);
END
$$;
\set grouped 'SELECT g, forced_scale(score, scale, quota) AS forced FROM shuffled WHERE %s GROUP BY g'
\set crowded 'SELECT g, forced_scale(score, scale, quota) AS forced FROM crowd WHERE %s GROUP BY g'
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT check_same('shuffled rows', 'true', :'grouped', 'Aggregate');
SELECT check_same('window', 'true', 'SELECT DISTINCT g, forced_scale(score, scale, quota) OVER (PARTITION BY g) AS forced FROM shuffled WHERE %s', 'WindowAgg');
SET LOCAL enable_partitionwise_aggregate = on;
SELECT check_same('partitions', 'g > 130000', :'crowded', 'Finalize.*Append.*Partial (Hash|Group)Aggregate');
SELECT prefer_parallel() \g /dev/null
SELECT check_same('parallel workers', 'true', :'grouped', 'Finalize.*Gather.*Partial (Hash|Group)Aggregate');
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT no_rows($$
  SELECT g, id, running, expected
  FROM (SELECT g, id, forced_scale(score, scale, quota) OVER (PARTITION BY g ORDER BY id) AS running FROM shuffled WHERE g % 25 = 0) r
    JOIN (SELECT p.g, p.id, forced_scale(q.score, scale, quota) AS expected FROM person p JOIN person q USING (g) JOIN team USING (g) JOIN config USING (c)
          WHERE g % 25 = 0 AND q.id <= p.id AND size_class = 'small' GROUP BY p.g, p.id) e USING (g, id)
  WHERE running IS DISTINCT FROM expected $$, 'a window that grows row by row');

-- Worked out by hand
CREATE FUNCTION forced_by(scores text, scale grade_scale, quota quota) RETURNS text LANGUAGE sql AS
  'SELECT forced_scale(nullif(s, ''-'')::numeric, scale, quota)::text FROM regexp_split_to_table(scores, '' '') s';
SELECT is(forced_by(scores, scale::grade_scale, quota::quota), expected::grade_scale::text, what)
FROM (VALUES
  ('95 94 93 92 91 85 84 83 70 60', 'A >= 90, B >= 80, C', 'A <= 20%', 'A >= 94, B >= 80, C', 'a cap: three of five fall, B keeps its bound'),
  ('95 95 95 82 81', 'A >= 90, B >= 80, C', 'A <= 20%', 'A > 95, B >= 80, C', 'a tie larger than the cap falls together'),
  ('95 95 95 95 95', 'A >= 90, B >= 80, C', 'C >= 20%', 'A > 95, B > 95, C', 'a tie meets the floor together, grade B is emptied'),
  ('85 84 83', 'A >= 90, B >= 80, C', 'B <= 1', 'A >= 84, B >= 80, C', 'of three ways with two steps the one kindest to the top'),
  ('95 94 50 -', 'A >= 90, B >= 60', 'A <= 50%', 'A >= 95, B >= 60', 'the ungraded and the unscored do not count'),
  ('91 90', 'A > 90, B', 'A <= 50%', 'A > 90, B', 'nothing to move'),
  ('- -', 'A > 90 : 2, B', 'A <= 50%', 'A > 90 : 2, B', 'nobody'),
  ('50 40 -', 'A > 90, B >= 60', 'A = 50%', 'A > 90, B >= 60', 'nobody graded'),
  ('99 70 60 50', 'S >= 90, A >= 80, B', 'S+A = 50%', 'S >= 90, A >= 70, B', 'a target lifts one'),
  ('3 2 2 1', 'A >= 3, B >= 2, C', 'A >= 2', 'A >= 2, B >= 2, C', 'a floor takes the whole tie: no head out, an emptied grade keeps its bound'),
  ('99 98 97', 'A >= 90, B', 'A <= 1, B <= 1', 'A >= 98, B', 'one head too many wherever the cut is: the fewer steps')) v (scores, scale, quota, expected, what);
SELECT throws_ok($$ SELECT forced_scale(v, 'A >= 1, B', 'A <= 50%') FROM (VALUES (1), ('NaN'::numeric)) v (v) $$, '22023', NULL, 'NaN');
SELECT throws_ok($$ SELECT forced_scale(1, 'A >= 1, B', 'C <= 50%') $$, '22023', NULL, 'a quota that check_quota refuses');
SELECT * FROM finish();
ROLLBACK;
