-- grade(), grade_rank(), coefficient(), grade_bounds() and the forms of grade_scale, against the
-- bands a scale was written from.
--
-- Proves that a score gets the first band, from the top, whose condition holds, for random scales
-- (mixed > and >=, equal bounds, ungraded rest, up to 20 decimals, huge and negative bounds,
-- awkward labels) and scores that often hit a bound exactly. The oracle never parses: scales exist
-- as rows, the text is made from the rows, and the answers are plain comparisons over the rows.
\set feature grade
\set ECHO none
BEGIN;
SELECT plan(40);
\ir oracle.psql

-- Bands as rows. Equal bounds come often; of two equal bounds '>' is the higher.
CREATE UNLOGGED TABLE band AS
SELECT s, row_number() OVER (PARTITION BY s ORDER BY bound DESC, op COLLATE "C")::int AS pos, k, op, bound, open_end,
  NULL::text AS label, NULL::numeric AS coefficient
FROM (
  SELECT s, k, open_end, (ARRAY['>', '>='])[pick(1, 2)] AS op,
    CASE style
      WHEN 0 THEN pick(0, 12) * 10
      WHEN 1 THEN round((random() * 4 - 2)::numeric, pick(0, 1))
      WHEN 2 THEN pick(-2, 2) + (pick(-2, 2) || 'e-' || pick(9, 20))::numeric
      WHEN 3 THEN (pick(-9, 9) || 'e' || pick(0, 40))::numeric
      WHEN 4 THEN pick(59, 61) + pick(0, 3) * 0.25 + pick(0, 1) * 0.000
      ELSE (ARRAY[92233720368.54775807, 92233720368.54775808, -92233720368.54775808, -92233720368.54775809, 0, 0.00000001, -0.000000001])[pick(1, 7)]
    END AS bound
  FROM (SELECT s, pick(1, 12) AS k, pick(0, 5) AS style, random() < 0.6 AS open_end FROM generate_series(1, 3000) s) scale
    CROSS JOIN LATERAL generate_series(1, k)) b;
UPDATE band SET
  label = (ARRAY['S', 'A', 'B', '优秀', '良好', 'excellent, really', 'the "best"', 'A+', '100%', ' spaced out ', 'a:b',
                 '>= 3', '"', 'with', 'between', 'and', 's', 'Ａ', '1', '(x)', '=', '''', E'tab\there', '\'])[1 + (s * 7 + pos * 5) % 24],
  coefficient = CASE WHEN random() < 0.4 THEN round((random() * 3)::numeric, pick(0, 6)) END;
UPDATE band SET bound = NULL, op = NULL WHERE pos = k AND open_end;
CREATE UNLOGGED TABLE scale AS
SELECT s, count(*)::int AS k, min(pos) FILTER (WHERE bound IS NULL) IS NULL AS closed,
  string_agg(written(label) || coalesce(repeat(' ', pick(0, 1)) || op || repeat(' ', pick(0, 2)) || bound, '')
             || coalesce(' : ' || coefficient, ''), repeat(' ', pick(0, 1)) || ', ' ORDER BY pos) AS written
FROM band GROUP BY s;
ALTER TABLE scale ADD scale grade_scale;
UPDATE scale SET scale = written::grade_scale;
ALTER TABLE scale ADD PRIMARY KEY (s);
ALTER TABLE band ADD PRIMARY KEY (s, pos);
ANALYZE scale, band;
SELECT is(count(*), 0::bigint, 'labels of a scale differ') FROM (SELECT FROM band GROUP BY s, label HAVING count(*) > 1) d;

-- Scores: on a bound, just beside one, written with other zeros, anywhere, infinite, NULL
CREATE UNLOGGED TABLE score AS
SELECT row_number() OVER () AS id, s, CASE
    WHEN p < 40 THEN bound
    WHEN p < 50 THEN bound + 1e-20
    WHEN p < 60 THEN bound - 1e-20
    WHEN p < 66 THEN bound + 0.000000000000000000000000
    WHEN p < 72 THEN trim_scale(bound)
    WHEN p < 78 THEN bound * 1.1
    WHEN p < 90 THEN pick(-3, 130) + round(random()::numeric, pick(0, 15))
    WHEN p < 94 THEN :'inf'
    WHEN p < 98 THEN -(:'inf'::numeric)
  END AS score
FROM (SELECT s, pick(1, k) AS pos, pick(0, 99) AS p FROM scale CROSS JOIN generate_series(1, 45)) t JOIN band USING (s, pos);
ANALYZE score;
SELECT cmp_ok(count(*), '>=', 100000::bigint, count(*) || ' pairs of a score and a scale') FROM score;

-- The oracle
CREATE UNLOGGED TABLE expected AS
SELECT id, min(pos) AS pos
FROM score LEFT JOIN band ON band.s = score.s AND score IS NOT NULL
  AND CASE op WHEN '>=' THEN score >= bound WHEN '>' THEN score > bound ELSE true END
GROUP BY id;
ALTER TABLE expected ADD PRIMARY KEY (id);
ANALYZE expected;
SELECT cmp_ok(count(*) FILTER (WHERE score IS NOT NULL AND pos IS NULL), '>', 1000::bigint, 'ungraded scores occur') FROM expected JOIN score USING (id);

SELECT no_rows($$
  SELECT id, score, scale, grade(score, scale), label AS expected
  FROM score JOIN scale USING (s) JOIN expected USING (id) LEFT JOIN band USING (s, pos)
  WHERE grade(score, scale) IS DISTINCT FROM label $$, 'grade');
SELECT no_rows($$
  SELECT scale, label, pos, grade_rank(label, scale) FROM band JOIN scale USING (s)
  WHERE grade_rank(label, scale) IS DISTINCT FROM pos $$, 'grade_rank');
SELECT no_rows($$
  SELECT scale, label, coefficient, coefficient(label, scale) AS given FROM band JOIN scale USING (s)
  WHERE coefficient(label, scale) IS DISTINCT FROM coefficient $$, 'coefficient');

-- The range of each grade: from the rows, and containing exactly the scores of that grade
SELECT no_rows($$
  SELECT * FROM (
    SELECT scale, label, grade_bounds(label, scale) AS range,
      numrange(bound, lag(bound) OVER above, CASE WHEN op = '>=' THEN '[' ELSE '(' END || CASE WHEN lag(op) OVER above = '>' THEN ']' ELSE ')' END) AS expected
    FROM band JOIN scale USING (s)
    WINDOW above AS (PARTITION BY s ORDER BY pos)) r
  WHERE range IS DISTINCT FROM expected $$, 'grade_bounds');
SELECT no_rows($$
  SELECT score, scale, label, grade_bounds(label, scale) AS range, band.pos AS band, expected.pos AS graded
  FROM score JOIN scale USING (s) JOIN expected USING (id) JOIN band USING (s)
  WHERE score IS NOT NULL AND (score <@ grade_bounds(label, scale)) IS DISTINCT FROM (band.pos IS NOT DISTINCT FROM expected.pos) $$,
  'a score is in the range of its grade and of no other');

-- Text and binary forms give the same scale back
SELECT no_rows($$ SELECT written, scale FROM scale WHERE scale::text::grade_scale IS DISTINCT FROM scale $$, 'round trip through text: equal');
SELECT no_rows($$ SELECT written, scale FROM scale WHERE scale::text::grade_scale::text IS DISTINCT FROM scale::text $$, 'round trip through text: canonical');
CREATE UNLOGGED TABLE back (s int, scale grade_scale);
\copy (SELECT s, scale FROM scale) TO PROGRAM 'cat > "${TMPDIR:-/tmp}/pg_appraisal_oracle.$PPID"' WITH (FORMAT binary)
\copy back FROM PROGRAM 'cat "${TMPDIR:-/tmp}/pg_appraisal_oracle.$PPID"; rm "${TMPDIR:-/tmp}/pg_appraisal_oracle.$PPID"' WITH (FORMAT binary)
SELECT is((SELECT count(*) FROM back), (SELECT count(*) FROM scale), 'binary COPY returns every scale');
SELECT no_rows($$
  SELECT written, scale.scale, back.scale AS back FROM scale JOIN back USING (s)
  WHERE scale.scale IS DISTINCT FROM back.scale OR scale.scale::text IS DISTINCT FROM back.scale::text
    OR grade_scale_send(scale.scale) IS DISTINCT FROM grade_scale_send(back.scale) $$, 'round trip through binary COPY');
SELECT no_rows($$
  SELECT s, scale, back.scale AS back FROM score JOIN back USING (s) JOIN expected USING (id) LEFT JOIN band USING (s, pos)
  WHERE grade(score, scale) IS DISTINCT FROM label $$, 'grade by the scales that came back');

-- Equality tells different scales apart
SELECT no_rows($$
  SELECT a, b FROM (VALUES ('A >= 90, B', 'A > 90, B'), ('A >= 90, B', 'A >= 91, B'), ('A >= 90, B', 'A >= 90, B >= 1'),
    ('A >= 90, B', 'A >= 90, C'), ('A >= 90, B', 'A >= 90 : 1, B'), ('A : 1', 'A : 2'), ('A', 'A >= 0'), ('A', 'B'),
    ('A >= 90, B', 'A >= 90, B >= 80, C'), ('A', 'a')) v (a, b)
  WHERE a::grade_scale = b::grade_scale $$, 'different scales are not equal');

-- Single cases
SELECT is(grade(NULL, 'A >= 1, B'), NULL, 'no score');
SELECT is(grade(1, NULL), NULL, 'no scale');
SELECT throws_ok($$ SELECT grade('NaN', 'A >= 1, B') $$, '22023', NULL, 'NaN');
SELECT is(grade(90, 'A >= 90, B >= 80, C'), 'A', '90 is an A');
SELECT is(grade(89.9999999999999999999999999999, 'A >= 90, B >= 80, C'), 'B', 'just below 90 is a B');
SELECT is(grade(90, 'A > 90, B >= 90, C'), 'B', 'between > and >= of one bound');
SELECT is(grade(80, 'A >= 80, B >= 80, C'), 'A', 'an empty band gives nothing');
SELECT is(grade(59, 'A >= 80, B >= 60'), NULL, 'below a bounded last band');
SELECT is(grade(95, '优秀 >= 90 : 1.5, "良, 好" >= 80 : 1.2, "不""合""格" : 0'), '优秀', 'Chinese labels');
SELECT is(coefficient('不"合"格', '优秀 >= 90 : 1.5, "良, 好" >= 80 : 1.2, "不""合""格" : 0'), 0::numeric, 'a doubled quote in a label');
SELECT is(grade_bounds('B', 'A >= 80, B >= 80, C'), 'empty'::numrange, 'range of an empty band');
SELECT is(grade_bounds('A', 'A'), '(,)'::numrange, 'range of a lone band');

-- Texts that are no scale
SELECT throws_ok(format('SELECT %L::grade_scale', bad), NULL, NULL, 'no scale: ' || bad)
FROM (VALUES (''), ('A >= 80, B >= 90, C'), ('A >= 80, B > 80, C'), ('A, B'), ('A >= 80, A'), ('A >= NaN, B'), ('A >= 80,'),
  ('A => 80, B'), ('A >= 80 B'), ('"A >= 80, B'), ('A >= 80 :, B'), ('A >= eighty, B'), (', A'), ('A < 80, B')) v (bad);
SELECT * FROM finish();
ROLLBACK;
