-- quota, check_quota(), quota_bounds() and quota_check() against the rules a quota was written from.
--
-- Proves the rounding of every kind of rule, that full sets of targets add up to the group, the
-- verdict of check_quota() in both directions, the arithmetic of quota_check() and the text and
-- binary forms. The oracle works on rules as rows and never parses. Its verdict on a quota tries
-- every group size from 1 to 240, which is enough: the configs judged have shares in multiples of
-- 5 % and at most four rules of at most 3 heads, so each condition reads a + b*n >= 0 with
-- |a| <= 12 and b a multiple of 1/20, and the least size that meets all of them is 240 or less.
\set feature quota
\set configs 12000
\set ECHO none
BEGIN;
SELECT plan(44);
\ir oracle.psql
\ir random_quota.psql

-- Could a group of n, cut anywhere between whole heads too, meet all rules? Boundary p is the head
-- count of grades 1 .. p; what it may be is an interval, carried from grade to grade. Times 20, so
-- that shares of 5 % stay whole.
CREATE FUNCTION can_meet(k int, i int[], j int[], lo int[], hi int[], share boolean[], n int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  low int := 0;
  high int := 0;
  rule_low int;
  rule_high int;
  grade_low int;
  grade_high int;
BEGIN
  FOR p IN 1 .. k LOOP
    grade_low := 0;
    grade_high := 20 * n;
    FOR r IN 1 .. coalesce(cardinality(i), 0) LOOP
      IF i[r] = p - 1 AND j[r] = p THEN
        grade_low := greatest(grade_low, CASE WHEN share[r] THEN lo[r] / 5 * n ELSE lo[r] * 20 END);
        grade_high := least(grade_high, CASE WHEN share[r] THEN hi[r] / 5 * n ELSE hi[r] * 20 END);
      END IF;
    END LOOP;
    low := low + grade_low;
    high := high + grade_high;
    FOR r IN 1 .. coalesce(cardinality(i), 0) LOOP
      rule_low := coalesce(CASE WHEN share[r] THEN lo[r] / 5 * n ELSE lo[r] * 20 END, 0);
      rule_high := coalesce(CASE WHEN share[r] THEN hi[r] / 5 * n ELSE hi[r] * 20 END, 20 * n);
      IF i[r] = 0 AND j[r] = p THEN
        low := greatest(low, rule_low);
        high := least(high, rule_high);
      ELSIF i[r] = p AND j[r] = k THEN
        low := greatest(low, 20 * n - rule_high);
        high := least(high, 20 * n - rule_low);
      END IF;
    END LOOP;
    IF p = k THEN
      low := greatest(low, 20 * n);
      high := least(high, 20 * n);
    END IF;
    IF low > high OR grade_low > grade_high THEN
      RETURN false;
    END IF;
  END LOOP;
  RETURN true;
END
$$;
CREATE FUNCTION can_ever_meet(k int, i int[], j int[], lo int[], hi int[], share boolean[]) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  FOR n IN 1 .. CASE WHEN false = ANY (share) THEN 240 ELSE 1 END LOOP
    IF can_meet(k, i, j, lo, hi, share, n) THEN
      RETURN true;
    END IF;
  END LOOP;
  RETURN false;
END
$$;

-- Verdicts
ALTER TABLE config ADD taken boolean;
UPDATE config SET taken = accepted(quota_text, scale_text);
CREATE UNLOGGED TABLE judged AS
SELECT c, k, taken, quota_text, scale_text, can_ever_meet(k, i, j, lo, hi, share) AS expected
FROM (
  SELECT c, array_agg(i) AS i, array_agg(j) AS j, array_agg(lo::int) AS lo, array_agg(hi::int) AS hi, array_agg(share) AS share
  FROM rule GROUP BY c
  HAVING count(*) <= 4 AND bool_and(CASE WHEN share THEN coalesce(lo, 0) % 5 = 0 AND coalesce(hi, 0) % 5 = 0 ELSE coalesce(lo, 0) <= 3 AND coalesce(hi, 0) <= 3 END)) r
  JOIN config USING (c);
SELECT cmp_ok(least(count(*) FILTER (WHERE expected), count(*) FILTER (WHERE NOT expected)), '>', 800::bigint,
  count(*) FILTER (WHERE expected) || ' quotas that can be met, ' || count(*) FILTER (WHERE NOT expected) || ' that cannot') FROM judged;
SELECT no_rows('SELECT k, scale_text, quota_text, taken, expected FROM judged WHERE taken <> expected', 'check_quota takes exactly the quotas that some group could meet');

-- Runs of labels: every subset of grades of scales of 1 to 6, with a limit that binds nobody
CREATE UNLOGGED TABLE run AS
SELECT k, bits, string_agg(chr(64 + p), '+' ORDER BY p) FILTER (WHERE bits >> p & 1 = 1) || ' <= 100%' AS quota_text,
  string_agg(chr(64 + p) || CASE WHEN p < k THEN ' >= ' || 100 - p ELSE '' END, ', ' ORDER BY p) AS scale_text,
  max(p) FILTER (WHERE bits >> p & 1 = 1) - min(p) FILTER (WHERE bits >> p & 1 = 1) + 1 = count(*) FILTER (WHERE bits >> p & 1 = 1)
  AND (count(*) FILTER (WHERE bits >> p & 1 = 1) = 1 OR bits >> 1 & 1 = 1 OR bits >> k & 1 = 1) AS expected
FROM generate_series(1, 6) k CROSS JOIN LATERAL generate_series(2, (1 << k + 1) - 2, 2) bits CROSS JOIN LATERAL generate_series(1, k) p
GROUP BY k, bits;
SELECT no_rows('SELECT * FROM run WHERE accepted(quota_text, scale_text) <> expected', 'check_quota takes runs from the top, to the last and single grades: all ' || count(*) || ' sets') FROM run;

-- Bounds
CREATE UNLOGGED TABLE bounds_case AS
SELECT c, n FROM config CROSS JOIN LATERAL (
  SELECT CASE WHEN t < 8 THEN pick(0, 30) WHEN t < 11 THEN pick(0, 400) ELSE pick(0, 10000) END AS n, c AS same FROM generate_series(1, 12) t) s
WHERE taken;
SELECT cmp_ok(count(*), '>=', 50000::bigint, count(*) || ' pairs of a quota and a group size') FROM bounds_case;
CREATE UNLOGGED TABLE bounds AS
SELECT c, n, b.rule, b.least, b.most, b.ordinality AS r
FROM bounds_case JOIN config USING (c) CROSS JOIN LATERAL quota_bounds(quota_text::quota, scale_text::grade_scale, n) WITH ORDINALITY b (rule, least, most);
SELECT no_rows($$
  SELECT c, quota_text, scale_text, n, r, b.rule, b.least, b.most, e.least AS expected_least, e.most AS expected_most
  FROM bounds b
    FULL JOIN (SELECT c, n, e.* FROM bounds_case CROSS JOIN LATERAL rule_bounds(c, n) e) e USING (c, n, r)
    JOIN config USING (c)
  WHERE (b.least, b.most) IS DISTINCT FROM (e.least, e.most) $$, 'quota_bounds');
SELECT no_rows($$
  SELECT DISTINCT c, quota_text, rule FROM bounds JOIN config USING (c) WHERE accepted(rule, scale_text) IS NOT TRUE $$, 'quota_bounds: the text of each rule is a quota itself');

-- Full sets of targets, by grade or by prefix, add up to the group whatever its size
CREATE UNLOGGED TABLE target AS
SELECT t, k, (SELECT array_agg(CASE WHEN p < k THEN 100.0 * weight[p] / 1000 ELSE 100 - (SELECT sum(100.0 * x / 1000) FROM unnest(weight[:k - 1]) x) END ORDER BY p) FROM generate_series(1, k) p) AS shares
FROM (SELECT t, k, ARRAY(SELECT CASE WHEN t % 3 = 0 THEN pick(0, 4) * 50 ELSE pick(0, 1000 / k) END FROM generate_series(1, k)) AS weight
      FROM (SELECT t, pick(2, 5) AS k FROM generate_series(1, 120) t) s) w;
ALTER TABLE target ADD quota_text text, ADD scale_text text;
UPDATE target SET
  scale_text = (SELECT string_agg(chr(64 + p) || CASE WHEN p < k THEN ' >= ' || 100 - p ELSE '' END, ', ' ORDER BY p) FROM generate_series(1, k) p),
  quota_text = (SELECT string_agg(CASE WHEN t % 2 = 0 THEN chr(64 + p) ELSE (SELECT string_agg(chr(64 + q), '+' ORDER BY q) FROM generate_series(1, p) q) END
      || ' = ' || CASE WHEN t % 2 = 0 THEN shares[p] ELSE (SELECT sum(shares[q]) FROM generate_series(1, p) q) END || '%', ', ' ORDER BY p) FROM generate_series(1, k) p)
    || (ARRAY['', ' with (rounding = nearest)', ' with (rounding = strict)', ' with (rounding = lenient)'])[pick(1, 4)];
SELECT no_rows($$
  SELECT quota_text, n, array_agg(least) AS least, array_agg(most) AS most, sum(least) AS heads
  FROM target CROSS JOIN generate_series(0, 500) n CROSS JOIN LATERAL quota_bounds(quota_text::quota, scale_text::grade_scale, n) WITH ORDINALITY b (rule, least, most, r)
  GROUP BY t, t % 2, k, quota_text, n
  HAVING CASE WHEN t % 2 = 0 THEN sum(least) ELSE max(least) FILTER (WHERE r = k) END <> n OR bool_or(least <> most OR least < 0) $$,
  'targets of 100 % in all add up to the group: ' || count(*) || ' quotas, groups of 0 to 500') FROM target;

-- Heads counted against the bounds
CREATE UNLOGGED TABLE counted AS
SELECT c, row_number() OVER () AS id, counts, (SELECT sum(x) FROM unnest(counts) x)::int AS n
FROM (SELECT c, ARRAY(SELECT pick(0, top) FROM generate_series(1, k)) AS counts
      FROM config CROSS JOIN LATERAL (SELECT t, CASE WHEN t < 3 THEN 3 ELSE 60 END AS top FROM generate_series(1, 4) t) s WHERE taken) d;
SELECT no_rows($$
  SELECT quota_text, scale_text, counts, r, q, e.least, e.most, e.actual, greatest(e.least - e.actual, 0) + greatest(e.actual - e.most, 0) AS heads_out
  FROM (SELECT id, q.* FROM counted JOIN config USING (c) CROSS JOIN LATERAL quota_check(counts, scale_text::grade_scale, quota_text::quota)
        WITH ORDINALITY q (rule, least, most, actual, heads_out, r)) q
    FULL JOIN (SELECT id, e.*, (SELECT coalesce(sum(x), 0) FROM unnest(counts[i + 1:j]) x)::int AS actual FROM counted CROSS JOIN LATERAL rule_bounds(c, n) e) e USING (id, r)
    JOIN counted USING (id) JOIN config USING (c)
  WHERE (q.least, q.most, q.actual, q.heads_out) IS DISTINCT FROM (e.least, e.most, e.actual, greatest(e.least - e.actual, 0) + greatest(e.actual - e.most, 0)) $$,
  'quota_check: ' || count(*) || ' head counts') FROM counted;

-- Text and binary forms
ALTER TABLE config ADD quota quota;
UPDATE config SET quota = quota_text::quota;
SELECT no_rows($$ SELECT quota_text, quota FROM config WHERE quota::text::quota IS DISTINCT FROM quota $$, 'round trip through text: equal');
SELECT no_rows($$ SELECT quota_text, quota FROM config WHERE quota::text::quota::text IS DISTINCT FROM quota::text $$, 'round trip through text: canonical');
CREATE UNLOGGED TABLE back (c int, quota quota);
\copy (SELECT c, quota FROM config) TO PROGRAM 'cat > "${TMPDIR:-/tmp}/pg_appraisal_oracle.$PPID"' WITH (FORMAT binary)
\copy back FROM PROGRAM 'cat "${TMPDIR:-/tmp}/pg_appraisal_oracle.$PPID"; rm "${TMPDIR:-/tmp}/pg_appraisal_oracle.$PPID"' WITH (FORMAT binary)
SELECT is((SELECT count(*) FROM back), (SELECT count(*) FROM config), 'binary COPY returns every quota');
SELECT no_rows($$
  SELECT quota_text, config.quota, back.quota AS back FROM config JOIN back USING (c)
  WHERE config.quota IS DISTINCT FROM back.quota OR config.quota::text IS DISTINCT FROM back.quota::text OR quota_send(config.quota) IS DISTINCT FROM quota_send(back.quota) $$,
  'round trip through binary COPY');
SELECT no_rows($$
  SELECT c, quota_text, n FROM bounds_case JOIN back USING (c) JOIN config USING (c)
  WHERE c % 20 = 0 AND (SELECT array_agg(b) FROM quota_bounds(back.quota, scale_text::grade_scale, n) b)
    IS DISTINCT FROM (SELECT array_agg(b) FROM quota_bounds(quota_text::quota, scale_text::grade_scale, n) b) $$, 'bounds by the quotas that came back');
SELECT no_rows($$
  SELECT a, b FROM (VALUES ('S <= 20%', 'S <= 21%'), ('S <= 20%', 'S >= 20%'), ('S <= 20%', 'A <= 20%'), ('S <= 2', 'S <= 2%'),
    ('S <= 20%', 'S+A <= 20%'), ('S <= 20%', 'S <= 20% with (rounding = strict)'), ('S between 5% and 10%', 'S between 5% and 11%')) v (a, b)
  WHERE a::quota = b::quota $$, 'different quotas are not equal');

-- Heads in each grade; NULL grades are not counted
CREATE UNLOGGED TABLE graded AS
SELECT c, label FROM config CROSS JOIN LATERAL (
  SELECT (SELECT label FROM band WHERE band.c = config.c AND pos = at) AS label FROM (SELECT pick(0, k) AS at FROM generate_series(1, 12)) t) g
WHERE c <= 2000;
SELECT no_rows($$
  SELECT scale_text, given, expected
  FROM (SELECT c, grade_counts(label, scale_text::grade_scale) AS given FROM graded JOIN config USING (c) GROUP BY c) g
    JOIN (SELECT c, array_agg(heads ORDER BY pos) AS expected FROM (
            SELECT c, pos, count(graded.label)::int AS heads FROM band LEFT JOIN graded USING (c, label) GROUP BY c, pos) h GROUP BY c) e USING (c)
    JOIN config USING (c)
  WHERE given IS DISTINCT FROM expected $$, 'grade_counts');
SELECT throws_ok($$ SELECT grade_counts(label, 'A >= 1, B') FROM (VALUES ('A'), ('C')) v (label) $$, '22023', NULL, 'grade_counts: unknown label');

-- Single cases
CREATE FUNCTION bounds_of(quota, n int) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(format('%s..%s', least, most), ' ' ORDER BY r) FROM quota_bounds($1, 'S >= 90, A >= 80, B >= 70, C >= 60, D', n) WITH ORDINALITY b (rule, least, most, r)
$$;
SELECT is(bounds_of('S <= 20%, S+A <= 35%, B = 50%, C+D >= 15%', 10), '0..2 0..4 5..5 2..10', 'nearest, half up');
SELECT is(bounds_of('S <= 20%, S+A <= 35%, B = 50%, C+D >= 15% with (rounding = strict)', 9), '0..1 0..3 5..5 2..9', 'strict');
SELECT is(bounds_of('S <= 20%, S+A <= 35%, B = 50%, C+D >= 15% with (rounding = lenient)', 9), '0..2 0..4 5..5 1..9', 'lenient');
SELECT is(bounds_of('S <= 2, A between 5% and 10%, D between 2 and 5', 1), '0..2 0..0 2..5', 'head-counts are not clamped');
SELECT is(bounds_of('S = 10%, A = 20%, B = 40%, C+D = 30%', 5), '1..1 1..1 2..2 1..1', 'targets: boundaries at 0.5, 1.5 and 3.5 go up');
SELECT is(bounds_of('A = 50%', 5), '3..3', 'a target of its own');
SELECT is(bounds_of('A = 20%, S = 10%', 8), '1..1 1..1', 'targets in another order');
SELECT is(check_quota('S <= 20%, S+A <= 35%', 'S >= 90, A >= 80, B'), true, 'check_quota returns true');
SELECT throws_ok(format('SELECT check_quota(%L, %L)', bad, 'S >= 90, A >= 80, B >= 70, C'), '22023', NULL, 'check_quota refuses ' || bad)
FROM (VALUES ('X <= 20%'), ('S+B <= 20%'), ('A+B <= 20%'), ('S <= 20%, S <= 10%'), ('S >= 5%, S between 1% and 9%'), ('S >= 30%, S+A <= 20%'),
  ('S >= 3, S+A <= 2'), ('S+A <= 40%, B+C <= 50%'), ('S = 60%, C = 50%'), ('S >= 3, S <= 0%')) v (bad);
SELECT throws_ok(format('SELECT %L::quota', bad), NULL, NULL, 'no quota: ' || bad)
FROM (VALUES ('S <= 120%'), ('S <= -5%'), ('S <= 1.5'), ('S < 20%'), ('S <= 20% A <= 3%'), ('S+ <= 20%'), ('S between 10% and 5%'),
  ('S <= 20% with (rounding = up)'), ('S <= NaN%'), ('S <= 20%,')) v (bad);
SELECT * FROM finish();
ROLLBACK;
