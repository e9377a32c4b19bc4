-- points() against rational arithmetic in plain SQL.
--
-- A result r with s decimals is right when it is the dividend over the divisor
-- of the line through two knots: exact and without trailing zeros, or not
-- exact, no further than half a unit of its last decimal from the quotient
-- and of 16 significant digits or more.  All of that is multiplication and
-- comparison; no division is trusted.  attainment() is held likewise.
\set feature points
\set ECHO none
BEGIN;
SELECT plan(9);
\ir oracle.psql

-- Curves as rows: c, kind, n-th knot (x, y); falling and rising, with jumps,
-- short and long numbers
CREATE TEMP TABLE curve AS
SELECT c, CASE WHEN random() < 0.7 THEN 'linear' ELSE 'step' END AS kind, pick(1, 6) AS size, pick(0, 3) AS style
FROM generate_series(1, 4000) c;
CREATE TEMP TABLE knot AS
SELECT c, kind, row_number() OVER (PARTITION BY c ORDER BY x, i) AS n, x, y
FROM (SELECT *, row_number() OVER (PARTITION BY c, x) AS nth
      FROM (SELECT c, kind, i,
              (CASE style WHEN 0 THEN pick(0, 8) WHEN 1 THEN pick(-30, 30) / 4.0 WHEN 2 THEN pick(0, 99999) * 1e-7
                          ELSE pick(-9, 9) * 1e12 + pick(0, 9) * 1e-12 END)::numeric AS x,
              (CASE style WHEN 0 THEN pick(0, 10) * 10 WHEN 1 THEN pick(-999, 999) / 8.0 WHEN 2 THEN pick(0, 12) / 10.0
                          ELSE pick(0, 9) * 1e-10 + pick(0, 99) END)::numeric AS y
            FROM curve, generate_series(1, size) i) k) k
WHERE nth <= CASE kind WHEN 'linear' THEN 2 ELSE 1 END;
ALTER TABLE curve ADD spelling score_curve;
UPDATE curve SET spelling = s.spelling FROM (
  SELECT c, (min(kind) || ' ' || string_agg(format('(%s, %s)', x, y), ', ' ORDER BY n))::score_curve AS spelling FROM knot GROUP BY c) s
WHERE s.c = curve.c;
CREATE INDEX ON knot (c, x, n);
ANALYZE knot;

-- Measurements: on knots, between them, beside them
CREATE TEMP TABLE measured AS
SELECT c, i, (CASE pick(0, 4)
    WHEN 0 THEN a.x WHEN 1 THEN (a.x + b.x) / 2 WHEN 2 THEN a.x + (b.x - a.x) * pick(0, 1000) / 1000
    WHEN 3 THEN a.x + pick(-2, 2) ELSE round(a.x + (b.x - a.x) * random()::numeric, pick(0, 14)) END)::numeric AS x
FROM curve, generate_series(1, 32) i,
  LATERAL (SELECT x FROM knot WHERE knot.c = curve.c AND i > 0 OFFSET i % greatest((SELECT count(*) FROM knot k WHERE k.c = curve.c), 1) LIMIT 1) a,
  LATERAL (SELECT x FROM knot WHERE knot.c = curve.c AND i > 0 ORDER BY random() LIMIT 1) b;
CREATE TEMP TABLE answer AS
SELECT m.c, m.i, m.x, v.kind, points(m.x, v.spelling) AS points, l.x AS lx, l.y AS ly, r.x AS rx, r.y AS ry, f.y AS first_y
FROM measured m JOIN curve v USING (c)
LEFT JOIN LATERAL (SELECT x, y FROM knot k WHERE k.c = m.c AND k.x <= m.x ORDER BY k.x DESC, n DESC LIMIT 1) l ON true
LEFT JOIN LATERAL (SELECT x, y FROM knot k WHERE k.c = m.c AND k.x > m.x ORDER BY k.x, n LIMIT 1) r ON true
JOIN knot f ON f.c = m.c AND f.n = 1;
SELECT cmp_ok(count(*), '>=', 100000::bigint, count(*) || ' measurements') FROM answer;

SELECT no_rows($$ SELECT * FROM answer WHERE (lx IS NULL OR rx IS NULL OR kind = 'step')
    AND points::text IS DISTINCT FROM trim_scale(coalesce(ly, first_y))::text $$, 'outside the knots and on steps');
CREATE TEMP TABLE inner_answer AS
SELECT *, ly * (rx - lx) + (ry - ly) * (x - lx) AS dividend, rx - lx AS divisor
FROM answer WHERE lx IS NOT NULL AND rx IS NOT NULL AND kind = 'linear';
SELECT cmp_ok(count(*), '>=', 20000::bigint, count(*) || ' between knots') FROM inner_answer;

-- r = dividend / divisor to half a unit of the last decimal; exact or with enough digits
CREATE FUNCTION is_right(r numeric, dividend numeric, divisor numeric) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN r * divisor = dividend THEN r::text = trim_scale(r)::text
    ELSE 2 * abs(r * divisor - dividend) <= divisor * ('1e-' || scale(r))::numeric
      AND length(ltrim(replace(abs(r)::text, '.', ''), '0')) >= 16 END
$$;
SELECT no_rows('SELECT * FROM inner_answer WHERE NOT is_right(points, dividend, divisor)', 'between knots');
SELECT cmp_ok(count(*) FILTER (WHERE points * divisor <> dividend), '>', 1000::bigint, 'some are not exact') FROM inner_answer;

CREATE TEMP TABLE attained AS
SELECT actual, target, attainment(actual, target) AS rate
FROM (SELECT round((random() * 2000 - 1000)::numeric, pick(0, 12)) AS actual,
             round((random() * 2000 - 1000)::numeric, pick(0, 6)) AS target FROM generate_series(1, 101000)) a
WHERE target <> 0;
SELECT no_rows('SELECT * FROM attained WHERE NOT is_right(rate, abs(target) + actual - target, abs(target))', 'attainment');
SELECT no_rows('SELECT * FROM attained WHERE target > 0 AND NOT is_right(rate, actual, target)', 'attainment of targets above zero is actual by target');

-- gated_score(): add up to the first level that is not passed, by windows
CREATE TEMP TABLE gated AS
SELECT id, levels, gated_score(levels) AS score
FROM (SELECT id, ARRAY(SELECT ('{1,1,1,1,1,0.50,0,0.25,NULL}'::numeric[])[pick(1, 9)] FROM generate_series(1, pick(0, 8) + 0 * id) AS n
                       WHERE n IS NOT NULL) AS levels
      FROM generate_series(1, 100000) AS id) a;
SELECT no_rows($$
  SELECT id, levels, score, expected
  FROM gated LEFT JOIN (
      SELECT id, CASE WHEN bool_and(level IS NOT NULL) FILTER (WHERE place <= coalesce(gate, place)) THEN
                 sum(level) FILTER (WHERE place <= coalesce(gate, place)) END AS expected
      FROM (SELECT id, place, level, min(place) FILTER (WHERE level IS DISTINCT FROM 1) OVER (PARTITION BY id) AS gate
            FROM gated, unnest(levels) WITH ORDINALITY AS l (level, place)) l GROUP BY id) e USING (id)
  WHERE score IS DISTINCT FROM expected $$, 'levels passed in order');
SELECT cmp_ok(count(DISTINCT levels), '>=', 10000::bigint, count(DISTINCT levels) || ' different ways through the gates') FROM gated;
SELECT * FROM finish();
ROLLBACK;
