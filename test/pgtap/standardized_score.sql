-- standardized_score() against plain SQL on 200,000 rows.
--
-- With n scores x of a rater, S = sum(x), Q = sum(x * x) and M = n * (n * Q - S * S), all exact in
-- numeric, z = (n * x - S) * sqrt((n - 1) / M).  A result r with s decimals is right when it is no
-- further than half a unit of its last decimal from mean + stddev * z, when it has 16 decimals and
-- 16 digits, or is exact and without trailing zeros.  That is multiplication and comparison of
-- squares; no division and no root is trusted.
\set feature standardized_score
\set ECHO none
BEGIN;
SELECT plan(16);
\ir oracle.psql

-- Raters of 0 to 60 scores, of each style: few scores of few values, two decimals, eight decimals, sixteen
-- decimals, 40 digits, tiny differences, huge fixed-point numbers, all equal, numbers of every length
CREATE TABLE rater AS
SELECT r, r % 9 AS style, pick(r - r, CASE r % 9 WHEN 0 THEN 9 ELSE 60 END) AS size, pick(1, 4) AS m, pick(1, 4) AS d FROM generate_series(1, 8100) r;
CREATE TABLE rating AS
SELECT r, style, row_number() OVER () AS id, CASE WHEN pick(1, 15) = 1 THEN NULL ELSE CASE style
    WHEN 0 THEN pick(1, 5) WHEN 1 THEN round((random() * 200 - 100)::numeric, 2)
    WHEN 2 THEN round((random() * 2000 - 1000)::numeric, 8) WHEN 3 THEN pick(-99, 99) + random()::numeric * 1e-1
    WHEN 4 THEN pick(-9, 9) * 1e39 + pick(0, 99999) * 1e20 + pick(0, 9999) + pick(0, 3) * 1e-12
    WHEN 5 THEN 50 + pick(0, 2) * 1e-8 WHEN 6 THEN pick(-92199, 92199) * 1e6 + pick(0, 9) * 1e-8
    WHEN 7 THEN 88.50 ELSE pick(-9, 9) * ('1e' || pick(-20, 20))::numeric END END::numeric AS x,
  (CASE m WHEN 1 THEN 50 WHEN 2 THEN -3.25 WHEN 3 THEN 0 ELSE 1.23456789012345678901234567 END)::numeric AS mean,
  (CASE d WHEN 1 THEN 10 WHEN 2 THEN 0.015 WHEN 3 THEN 1 ELSE 2.00000000001 END)::numeric AS stddev
FROM rater, generate_series(1, size);
ANALYZE rating;
SELECT cmp_ok(count(*), '>=', 200000::bigint, count(*) || ' ratings') FROM rating;

CREATE TABLE answer AS
SELECT a.*, n * x - s AS deviation, n, n * (n * q - s * s) AS m
FROM (SELECT *, standardized_score(x) OVER (PARTITION BY r) AS z,
        standardized_score(x, mean, stddev) OVER (PARTITION BY r) AS t,
        standardized_score(x) OVER (PARTITION BY r ORDER BY id DESC ROWS 1 PRECEDING) AS framed
      FROM rating) a
  JOIN (SELECT r, count(x) AS n, sum(x) AS s, sum(x * x) AS q FROM rating GROUP BY r) t USING (r);

-- is r = mean + sign(deviation) * sqrt(square / m), rounded once?  numeric's ^ is not exact
CREATE FUNCTION is_right(r numeric, mean numeric, deviation numeric, stddev numeric, n numeric, m numeric) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  half numeric := ('5e-' || scale(r) + 1)::numeric;
  signed_square numeric := stddev * stddev * deviation * abs(deviation) * (n - 1);
  low numeric := r - half - mean;
  high numeric := r + half - mean;
BEGIN
  IF (r - mean) * abs(r - mean) * m = signed_square THEN
    RETURN r::text = trim_scale(r)::text;
  END IF;
  RETURN low * abs(low) * m <= signed_square AND signed_square <= high * abs(high) * m
    AND scale(r) >= 16 AND length(ltrim(replace(abs(r)::text, '.', ''), '0')) >= 16;
END
$$;
SELECT no_rows('SELECT * FROM answer WHERE (z IS NULL) IS DISTINCT FROM (x IS NULL OR n < 2 OR m = 0)', 'what has no score');
SELECT no_rows('SELECT * FROM answer WHERE (t IS NULL) IS DISTINCT FROM (z IS NULL)', 'what has no rescaled score');
SELECT no_rows(format('SELECT * FROM answer WHERE z IS NOT NULL AND style = %s AND NOT is_right(z, 0, deviation, 1, n, m)', style),
  'scores, style ' || style) FROM generate_series(0, 8) style WHERE style <> 7;
SELECT no_rows('SELECT * FROM answer WHERE t IS NOT NULL AND NOT is_right(t, mean, deviation, stddev, n, m)', 'rescaled scores');
SELECT no_rows('SELECT * FROM answer WHERE z IS DISTINCT FROM framed', 'whatever the order and the frame');
SELECT cmp_ok(count(*), '>', 20::bigint, count(*) || ' are exact') FROM answer WHERE z <> 0 AND scale(z) < 16;

-- What can be told from the results alone: mean and standard deviation are the wanted ones
SELECT no_rows($$
  SELECT r, avg(t) AS mean, stddev_samp(t) AS stddev FROM answer WHERE t IS NOT NULL GROUP BY r
  HAVING abs(avg(t) - min(mean)) > 1e-15 OR abs(stddev_samp(t) - min(stddev)) > 1e-15 $$, 'mean and standard deviation of the results');
-- A scale change of the scores changes nothing
SELECT no_rows($$
  SELECT * FROM (SELECT z, standardized_score(x * 1e30 - 12345678901234567890) OVER (PARTITION BY r) AS moved FROM answer) a
  WHERE z IS DISTINCT FROM moved $$, 'scores in other units');
SELECT * FROM finish();
ROLLBACK;
