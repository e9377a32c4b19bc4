-- krippendorff_alpha() and icc() against their definitions, on random ratings.
--
-- Proves both by formulas that share nothing with the extension's: alpha by going through every
-- pair of values, observed within the ratees and expected among all; ICC by the mean squares of an
-- analysis of variance. Both in float8, so compared to 9 digits; exactness is shown by giving the
-- same digits in any order, in parallel and merged from parts.
\set feature rater_agreement
\set ECHO none
BEGIN;
SELECT plan(8);
\ir oracle.psql

-- 3,000 panels of 2 to 9 ratees with 0 to 6 scores each, some of them odd: all alike, few values
CREATE UNLOGGED TABLE rating AS
SELECT panel, ratee, row_number() OVER () AS id,
  CASE panel % 4 WHEN 0 THEN pick(1, 5) WHEN 1 THEN round((random() * 100)::numeric, pick(0, 6))
       WHEN 2 THEN (CASE WHEN random() < 0.02 THEN 4 ELSE 3 END) ELSE ratee * 10 + pick(-9, 9) * 0.5 END AS score
FROM (SELECT panel, ratee, pick(0, 6) AS size
      FROM (SELECT panel, pick(2, 9) AS ratees FROM generate_series(1, 7000) panel) p
        CROSS JOIN LATERAL generate_series(1, ratees) ratee) r
  CROSS JOIN LATERAL generate_series(1, size);
ANALYZE rating;
SELECT cmp_ok(count(*), '>=', 100000::bigint, 'ratings: ' || count(*)) FROM rating;

CREATE UNLOGGED TABLE actual AS
SELECT panel, krippendorff_alpha(s) AS alpha, icc(s) AS icc
FROM (SELECT panel, ratee, score_summary(score) AS s FROM rating GROUP BY panel, ratee) r GROUP BY panel;

CREATE UNLOGGED TABLE pairable AS
SELECT panel, ratee, id, score::float8 AS score, n FROM
  (SELECT *, count(*) OVER (PARTITION BY panel, ratee) AS n FROM rating) r WHERE n > 1;
ANALYZE pairable;
CREATE UNLOGGED TABLE alpha AS
SELECT panel, 1 - observed / nullif(expected, 0) AS alpha FROM
  (SELECT panel,
     sum(CASE WHEN a.ratee = b.ratee THEN (a.score - b.score) ^ 2 / (a.n - 1) END) / sqrt(count(*)) AS observed,
     sum((a.score - b.score) ^ 2) / (count(*) - sqrt(count(*))) AS expected
   FROM pairable a JOIN pairable b USING (panel) GROUP BY panel) d;
SELECT no_rows($$ SELECT panel, a.alpha, e.alpha AS expected FROM actual a LEFT JOIN alpha e USING (panel)
  WHERE (a.alpha IS NULL) <> (e.alpha IS NULL) OR abs(a.alpha - e.alpha) > 1e-9 $$, 'alpha by every pair of values');
SELECT ok(min(alpha) < -0.2 AND max(alpha) > 0.9 AND bool_or(alpha IS NULL), 'alphas of all kinds') FROM actual;

CREATE UNLOGGED TABLE icc AS
SELECT panel, (msb - msw) / nullif(msb + (k - 1) * msw, 0) AS icc FROM
  (SELECT panel, sum(n * (mean - grand) ^ 2) / (count(*) - 1) AS msb, sum(within) / (sum(n) - count(*)) AS msw,
     (sum(n) - sum(n * n) / sum(n)) / (count(*) - 1) AS k
   FROM (SELECT panel, ratee, count(*)::float8 AS n, avg(score::float8) AS mean, var_pop(score::float8) * count(*) AS within
         FROM rating GROUP BY panel, ratee) r
     JOIN (SELECT panel, avg(score::float8) AS grand FROM rating GROUP BY panel) g USING (panel)
   GROUP BY panel HAVING count(*) > 1 AND sum(n) > count(*)) m;
SELECT no_rows($$ SELECT panel, a.icc, e.icc AS expected FROM actual a LEFT JOIN icc e USING (panel)
  WHERE (a.icc IS NULL) <> (e.icc IS NULL) OR abs(a.icc - e.icc) > 1e-9 $$, 'icc by the mean squares');
SELECT cmp_ok(count(icc), '>=', 3000::bigint, 'panels with an icc: ' || count(icc)) FROM actual;

SELECT no_rows($$
  SELECT panel FROM (SELECT panel, krippendorff_alpha(s ORDER BY s::text DESC) AS alpha, icc(s ORDER BY ratee DESC) AS icc
    FROM (SELECT panel, ratee, merge_summaries(s) AS s FROM
        (SELECT panel, ratee, score_summary(score) AS s FROM rating GROUP BY panel, ratee, id % 3) part
      GROUP BY panel, ratee) r GROUP BY panel) o JOIN actual a USING (panel)
  WHERE o.alpha::text IS DISTINCT FROM a.alpha::text OR o.icc::text IS DISTINCT FROM a.icc::text $$,
  'merged from parts and in another order: the same digits');

CREATE UNLOGGED TABLE summary AS SELECT panel, ratee, score_summary(score) AS s FROM rating GROUP BY panel, ratee;
CREATE UNLOGGED TABLE total AS SELECT krippendorff_alpha(s) AS alpha, icc(s) FROM summary;
SELECT prefer_parallel() \g /dev/null
SELECT ok(plan_of('SELECT krippendorff_alpha(s), icc(s) FROM summary') ~ 'Partial', 'a parallel plan');
SELECT is((SELECT (krippendorff_alpha(s), icc(s))::text FROM summary), (SELECT (alpha, icc)::text FROM total),
  'parallel: the same digits');
SELECT * FROM finish();
ROLLBACK;
