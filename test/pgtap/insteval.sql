-- Scores, grades and forced distribution of 1,128 real lecturers in 14 departments against plain SQL.
--
-- The data are the 73,421 lecture ratings of InstEval (see ../shared/data/README.md, or the folder
-- named by PG_APPRAISAL_DATA; without the file the test is skipped). A lecturer's score is the mean
-- of the ratings, those from the own department (service = 0) counting twice. Proves, for three
-- quotas and for exact and rounded (heavily tied) scores, that every number the extension reports is
-- the one that GROUP BY, CASE and the plain cost table of best_of.psql give: scores, grades, counts,
-- bounds, heads out, steps, and the forced grade of every lecturer.
\set feature insteval
\set ECHO none
\set data `echo "${PG_APPRAISAL_DATA:-../shared/data}"`
\set found `test -r "${PG_APPRAISAL_DATA:-../shared/data}/insteval.csv.gz" && echo true || echo false`
BEGIN;
SELECT plan(15);
\if :found
\ir oracle.psql
\ir best_of.psql
CREATE UNLOGGED TABLE rating (s int, d int, studage int, lectage int, service int, dept int, y int);
\copy rating FROM PROGRAM 'gzip -dc "${PG_APPRAISAL_DATA:-../shared/data}/insteval.csv.gz"' WITH (FORMAT csv, HEADER)
ANALYZE rating;
SELECT is(count(*), 73421::bigint, 'ratings') FROM rating;
SELECT is(count(DISTINCT d), 1128::bigint, 'lecturers') FROM rating;
SELECT is(count(DISTINCT s), 2972::bigint, 'students') FROM rating;
SELECT is(count(DISTINCT dept), 14::bigint, 'departments') FROM rating;
SELECT is(count(DISTINCT (d, dept)), 1128::bigint, 'every lecturer is in one department') FROM rating;

-- Scores
CREATE UNLOGGED TABLE exact AS
SELECT dept, d, weighted_score(y, 2 - service) AS score, sum(y * (2 - service)::numeric) / sum((2 - service)::numeric) AS expected
FROM rating GROUP BY dept, d;
SELECT no_rows('SELECT * FROM exact WHERE score::text IS DISTINCT FROM expected::text', 'weighted scores');
SELECT no_rows($$
  SELECT * FROM (SELECT d, weight_coverage(nullif(y, 3), 2 - service) AS coverage,
                   sum((2 - service)::numeric) FILTER (WHERE y <> 3) / sum((2 - service)::numeric) AS expected
                 FROM rating GROUP BY d) c
  WHERE coverage <> coalesce(expected, 0) $$, 'coverage when the middling ratings are left out');

-- Natural grades. v 0: exact scores, v 1: rounded to one decimal
\set scale 'S >= 3.9, A >= 3.5, B >= 3, C >= 2.4, D >= 1.9, E'
CREATE UNLOGGED TABLE lecturer AS
SELECT v, dept, d, score, grade(score, :'scale') AS grade,
  CASE WHEN score >= 3.9 THEN 1 WHEN score >= 3.5 THEN 2 WHEN score >= 3 THEN 3 WHEN score >= 2.4 THEN 4 WHEN score >= 1.9 THEN 5 ELSE 6 END AS own
FROM (SELECT v, dept, d, CASE v WHEN 0 THEN score ELSE round(score, 1) END AS score FROM exact CROSS JOIN generate_series(0, 1) v) e;
SELECT no_rows($$ SELECT * FROM lecturer WHERE grade IS DISTINCT FROM substr('SABCDE', own, 1) $$, 'natural grades');
SELECT no_rows(format($q$
  SELECT v, dept, counts, expected
  FROM (SELECT v, dept, grade_counts(grade, %L) AS counts, array_agg(own) AS owns FROM lecturer GROUP BY v, dept) c
    CROSS JOIN LATERAL (SELECT array_agg((SELECT count(*)::int FROM unnest(owns) o WHERE o = p) ORDER BY p) AS expected FROM generate_series(1, 6) p) e
  WHERE counts IS DISTINCT FROM expected $q$, :'scale'), 'grade counts');

-- Quotas as rows beside their texts: the heads of grades i + 1 .. j, share in percent or heads
CREATE UNLOGGED TABLE rule (q int, r int, written text, i int, j int, lo numeric, hi numeric, share boolean);
INSERT INTO rule VALUES
  (1, 1, 'S <= 10%', 0, 1, NULL, 10, true), (1, 2, 'S+A <= 30%', 0, 2, NULL, 30, true), (1, 3, 'D+E >= 10%', 4, 6, 10, NULL, true),
  (2, 1, 'S = 10%', 0, 1, 10, 10, true), (2, 2, 'A = 20%', 1, 2, 20, 20, true), (2, 3, 'B = 40%', 2, 3, 40, 40, true),
  (2, 4, 'C = 20%', 3, 4, 20, 20, true), (2, 5, 'D = 7%', 4, 5, 7, 7, true), (2, 6, 'E = 3%', 5, 6, 3, 3, true),
  (3, 1, 'B between 30% and 35%', 2, 3, 30, 35, true), (3, 2, 'C+D+E <= 25%', 3, 6, NULL, 25, true), (3, 3, 'S <= 4', 0, 1, NULL, 4, false), (3, 4, 'E = 1', 5, 6, 1, 1, false);
CREATE UNLOGGED TABLE quota_of AS SELECT q, string_agg(written, ', ' ORDER BY r)::quota AS quota FROM rule GROUP BY q;

-- Targets (2) are rounded on their cumulative boundaries
CREATE UNLOGGED TABLE rule_bounds AS
SELECT q, v, dept, r, i, j, n,
  CASE WHEN q = 2 THEN floor(above * n / 100 + lo * n / 100 + 0.5) - floor(above * n / 100 + 0.5)
       WHEN lo IS NULL THEN 0 WHEN share THEN floor(lo * n / 100 + 0.5) ELSE lo END::int AS lo,
  CASE WHEN q = 2 THEN floor(above * n / 100 + lo * n / 100 + 0.5) - floor(above * n / 100 + 0.5)
       WHEN hi IS NULL THEN n WHEN share THEN floor(hi * n / 100 + 0.5) ELSE hi END::int AS hi
FROM (SELECT *, coalesce(sum(lo) OVER (PARTITION BY q ORDER BY r ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS above FROM rule) r
  CROSS JOIN (SELECT v, dept, count(*)::int AS n FROM lecturer GROUP BY v, dept) n;
INSERT INTO facts
SELECT q * 1000 + v * 100 + dept, dept, 6, 'real', n, d, cum, own, i, j, lo, hi
FROM (SELECT v, dept, sum(heads)::int AS n, count(*)::int AS d, array_prepend(0, array_agg(down::int ORDER BY score DESC)) AS cum
      FROM (SELECT v, dept, score, count(*) AS heads, sum(count(*)) OVER (PARTITION BY v, dept ORDER BY score DESC) AS down FROM lecturer GROUP BY v, dept, score) s
      GROUP BY v, dept) c
  JOIN (SELECT v, dept, array_agg(heads ORDER BY p) AS own
        FROM (SELECT v, dept, p, count(*) FILTER (WHERE own <= p)::int AS heads FROM lecturer CROSS JOIN generate_series(0, 6) p GROUP BY v, dept, p) o
        GROUP BY v, dept) o USING (v, dept)
  JOIN (SELECT q, v, dept, array_agg(i ORDER BY r) AS i, array_agg(j ORDER BY r) AS j, array_agg(lo ORDER BY r) AS lo, array_agg(hi ORDER BY r) AS hi
        FROM rule_bounds GROUP BY q, v, dept) r USING (v, dept);
CREATE UNLOGGED TABLE expected AS
SELECT g / 1000 AS q, g / 100 % 10 AS v, g % 100 AS dept, best.* FROM facts CROSS JOIN LATERAL best_of(g) best;

-- Forced grades
CREATE UNLOGGED TABLE forced AS
SELECT q, v, dept, forced_scale(score, :'scale', quota) AS forced FROM lecturer CROSS JOIN quota_of GROUP BY q, v, dept;
CREATE UNLOGGED TABLE graded AS
SELECT q, v, dept, d, score, own, grade(score, forced) AS grade,
  (SELECT min(p) FROM generate_series(1, 6) p WHERE down[p + 1] >= people_down) AS expected
FROM (SELECT *, count(*) OVER (PARTITION BY v, dept ORDER BY score DESC) AS people_down FROM lecturer) l
  JOIN forced USING (v, dept) JOIN expected USING (q, v, dept);
SELECT no_rows($$ SELECT * FROM graded WHERE grade IS DISTINCT FROM substr('SABCDE', expected, 1) $$, 'the forced grade of every lecturer: ' || count(*)) FROM graded;
SELECT no_rows('SELECT q, v, dept, score FROM graded GROUP BY q, v, dept, score HAVING count(DISTINCT grade) > 1', 'no tie is split');
SELECT no_rows($$
  SELECT q, v, dept, g.moved, g.steps, e.steps AS least_steps, p.moved AS expected_moved
  FROM (SELECT q, v, dept, count(*) FILTER (WHERE grade_rank(grade, forced) <> own) AS moved, sum(abs(grade_rank(grade, forced) - own)) AS steps
        FROM graded JOIN forced USING (q, v, dept) GROUP BY q, v, dept) g
    JOIN (SELECT q, v, dept, count(*) FILTER (WHERE expected <> own) AS moved FROM graded GROUP BY q, v, dept) p USING (q, v, dept)
    JOIN expected e USING (q, v, dept)
  WHERE (g.moved, g.steps) IS DISTINCT FROM (p.moved, e.steps) $$, 'people moved and steps');
CREATE UNLOGGED TABLE checked AS
SELECT q, v, dept, c.* FROM (SELECT q, v, dept, grade_counts(grade, :'scale') AS counts FROM graded GROUP BY q, v, dept) g JOIN quota_of USING (q)
  CROSS JOIN LATERAL quota_check(counts, :'scale', quota) WITH ORDINALITY c (rule, least, most, actual, heads_out, r);
SELECT no_rows($$
  SELECT q, v, dept, r, rule, least, most, c.actual, c.heads_out, lo, hi, e.actual AS expected_actual
  FROM checked c FULL JOIN (SELECT q, v, dept, r, lo, hi, count(d)::int AS actual
      FROM rule_bounds b LEFT JOIN graded USING (q, v, dept) WHERE strpos('SABCDE', grade) BETWEEN i + 1 AND j GROUP BY q, v, dept, r, lo, hi
      UNION ALL SELECT q, v, dept, r, lo, hi, 0 FROM rule_bounds b WHERE NOT EXISTS
        (SELECT FROM graded g WHERE (g.q, g.v, g.dept) = (b.q, b.v, b.dept) AND strpos('SABCDE', grade) BETWEEN i + 1 AND j)) e USING (q, v, dept, r)
  WHERE (least, most, c.actual, c.heads_out) IS DISTINCT FROM (lo, hi, e.actual, greatest(lo - e.actual, 0) + greatest(e.actual - hi, 0)) $$, 'quota_check');
SELECT no_rows($$
  SELECT q, v, dept, c.heads_out, e.heads_out AS least_heads_out FROM (SELECT q, v, dept, sum(heads_out) AS heads_out FROM checked GROUP BY q, v, dept) c JOIN expected e USING (q, v, dept)
  WHERE c.heads_out <> e.heads_out $$, 'every department is inside its bounds, or the heads out are as few as can be');
SELECT ok(count(*) FILTER (WHERE heads_out = 0) >= 14 AND count(*) FILTER (WHERE heads_out > 0) >= 5,
  format('%s of %s distributions are inside their bounds', count(*) FILTER (WHERE heads_out = 0), count(*))) FROM expected;
\else
SELECT skip('no insteval.csv.gz in ' || :'data', 15);
\endif
SELECT * FROM finish();
ROLLBACK;
