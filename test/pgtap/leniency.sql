-- The recipe of doc/leniency.md on real ratings, against lme4's mixed model.
--
-- Runs the document's own SQL (its blocks "sql recipe" and "sql parts") on the 73,421 lecture ratings
-- of InstEval (see ../shared/data/README.md, or the folder named by PG_APPRAISAL_DATA; without the file
-- those tests are skipped) and compares with the effects that lme4 predicts for the same model (test/data/insteval_lme4.csv,
-- made by the R script beside it).  Only the estimates of the variances differ, moments here and REML
-- there: deviations by 2 %, the shares n / (n + ratio) by 4 % at n = 1 and by 1 % at the 10 ratings that
-- every lecturer has.  Effects that differ by 1 % of their size correlate above 0.9999, so 0.999 is due.
-- The rows of figures in the document must be those found here.
-- Runs from the top of the tree.
\set feature leniency
\set ECHO none
\set data `echo "${PG_APPRAISAL_DATA:-../shared/data}"`
\set found `test -r "${PG_APPRAISAL_DATA:-../shared/data}/insteval.csv.gz" && echo true || echo false`
\set document `cat doc/leniency.md`
\set parts `awk '/^\140\140\140sql parts/ {inside = 1; next} /^\140\140\140/ {inside = 0} inside' doc/leniency.md`
\set recipe `awk '/^\140\140\140sql recipe/ {inside = 1; next} /^\140\140\140/ {inside = 0} inside' doc/leniency.md`
BEGIN;
SELECT plan(35);
\ir oracle.psql

-- The parts of sparse made-up ratings, against a recursive query that walks from every rater
CREATE TABLE rating AS SELECT DISTINCT pick(1, 300) AS rater, pick(1, 300) AS ratee, 1::numeric AS score FROM generate_series(1, 330);
:parts
SELECT no_rows($$
  WITH RECURSIVE reached AS (
    SELECT DISTINCT rater AS part, rater FROM rating
    UNION SELECT part, other.rater FROM reached JOIN rating USING (rater) JOIN rating other USING (ratee))
  SELECT * FROM (SELECT rater, min(part) AS expected FROM reached GROUP BY rater) e FULL JOIN part USING (rater)
  WHERE part IS DISTINCT FROM expected $$, 'parts of made-up ratings');
SELECT cmp_ok(count(DISTINCT part), '>', 10::bigint, count(DISTINCT part) || ' parts') FROM part;
DROP TABLE rating;

-- Where leniency cannot be told from merit: each ratee has one rater, one rater only, one ratee only, equal scores
CREATE TABLE rating (rater int, ratee int, score numeric);
CREATE TABLE design (design text, rater int, ratee int, score numeric);
INSERT INTO design SELECT 'teams', i % 3, i, i FROM generate_series(1, 12) i;
INSERT INTO design SELECT 'one rater', 1, i, i FROM generate_series(1, 12) i;
INSERT INTO design SELECT 'one ratee', i, 1, i FROM generate_series(1, 12) i;
INSERT INTO design SELECT 'equal scores', i % 3, i / 3, 7 FROM generate_series(1, 12) i;
-- The recipe, as a procedure that starts anew
CREATE PROCEDURE fit() LANGUAGE plpgsql AS $fit$
BEGIN
  DROP PROCEDURE IF EXISTS refine();
  DROP TABLE IF EXISTS component, leniency, merit;
  EXECUTE current_setting('leniency.recipe');
  CALL refine();
END
$fit$;
SELECT set_config('leniency.recipe', :'recipe', true) \g /dev/null
CREATE FUNCTION no_effects(of_design text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  TRUNCATE rating;
  INSERT INTO rating SELECT rater, ratee, score FROM design WHERE design = of_design;
  CALL fit();
  RETURN (SELECT residual IS NULL AND leniency IS NULL AND merit IS NULL FROM component)
    AND (SELECT count(effect) = 0 AND count(*) > 0 FROM leniency) AND (SELECT count(effect) = 0 AND count(*) > 0 FROM merit);
END
$$;
SELECT ok(no_effects(design), 'no effects: ' || design) FROM (SELECT DISTINCT design FROM design) d ORDER BY design;
DROP TABLE rating;
\if :found
CREATE TABLE insteval (s int, d int, studage int, lectage int, service int, dept int, y int);
\copy insteval FROM PROGRAM 'gzip -dc "${PG_APPRAISAL_DATA:-../shared/data}/insteval.csv.gz"' WITH (FORMAT csv, HEADER)
CREATE TABLE lme4 (ratee int, effect numeric);
\copy lme4 FROM PROGRAM 'sed -E "/^(#|d,)/d" test/data/insteval_lme4.csv' WITH (FORMAT csv)
CREATE TABLE rating AS SELECT s AS rater, d AS ratee, y::numeric AS score FROM insteval;
ANALYZE rating;
SELECT is(count(*), 73421::bigint, 'ratings') FROM rating;
SELECT is(count(*), 1128::bigint, 'effects of lecturers') FROM lme4;
SELECT is(count(DISTINCT (rater, ratee)), count(*), 'no one rates a lecturer twice') FROM rating;
TRUNCATE part;
INSERT INTO part SELECT DISTINCT rater FROM rating;
CALL find_parts();
SELECT is(count(DISTINCT part), 1::bigint, 'all students are in one part') FROM part;

CREATE TABLE step (step text, ratee int, score numeric);
INSERT INTO step SELECT 'plain means', ratee, avg(score) FROM rating GROUP BY ratee;
INSERT INTO step SELECT 'means of standard scores', ratee, avg(z)
FROM (SELECT ratee, standardized_score(score) OVER (PARTITION BY rater) AS z FROM rating) z GROUP BY ratee;
CALL fit();
INSERT INTO step SELECT 'one pass', ratee, mean + effect FROM merit, component;
INSERT INTO step SELECT 'means, shrunk', ratee, mean + merit * sum(score - mean) / (count(*) * merit + residual)
FROM rating, component GROUP BY ratee, mean, merit, residual;
CALL refine();
INSERT INTO step SELECT 'two passes', ratee, mean + effect FROM merit, component;
CALL refine(); CALL refine(); CALL refine();
INSERT INTO step SELECT 'five passes', ratee, mean + effect FROM merit, component;

-- The variances, against those of REML in the file's comment
SELECT ok(abs(sqrt(estimate) / reml - 1) < 0.03, format('standard deviation of %s: %s, by REML %s', part, round(sqrt(estimate), 4), reml))
FROM component, LATERAL (VALUES ('leniency', leniency, 0.32590567), ('merit', merit, 0.52319677), ('residual', residual, 1.17778593)) v (part, estimate, reml);
SELECT ok(position(format('| %s | %s | %s |', part, round(sqrt(estimate), 3), round(reml, 3)) IN :'document') > 0, 'the document has the deviation of ' || part)
FROM component, LATERAL (VALUES ('leniency', leniency, 0.32590567), ('merit', merit, 0.52319677), ('residual', residual, 1.17778593)) v (part, estimate, reml);

-- Agreement with lme4; ranks with ties shared, as Spearman's coefficient wants them
CREATE TABLE ranked AS
SELECT step, ratee, score, effect, rank() OVER (PARTITION BY step ORDER BY score) + (count(*) OVER (PARTITION BY step, score) - 1) / 2.0 AS place,
  rank() OVER (PARTITION BY step ORDER BY effect) + (count(*) OVER (PARTITION BY step, effect) - 1) / 2.0 AS lme4_place
FROM step JOIN lme4 USING (ratee);
CREATE TABLE agreement AS
SELECT step, count(score) AS n, corr(score, effect) AS pearson, corr(place, lme4_place) AS spearman, count(*) FILTER (WHERE abs(place - lme4_place) > 50) AS far
FROM ranked GROUP BY step;
SELECT no_rows('SELECT * FROM agreement WHERE n <> 1128', 'every lecturer has a score at every step');
CREATE FUNCTION pearson(of_step text) RETURNS float8 LANGUAGE sql AS 'SELECT pearson FROM agreement WHERE step = of_step';
SELECT cmp_ok(pearson('five passes'), '>', 0.999::float8, 'five passes: the same as lme4');
SELECT cmp_ok(pearson('five passes'), '>', pearson('two passes'), 'five passes gain on two');
SELECT cmp_ok(pearson('two passes'), '>', pearson('one pass'), 'two passes gain on one');
SELECT cmp_ok(pearson('one pass'), '>', pearson('means, shrunk'), 'leniency gains on shrinking alone');
SELECT cmp_ok(pearson('means, shrunk'), '>', pearson('plain means'), 'shrinking gains on plain means');
SELECT cmp_ok(pearson('plain means'), '<', 0.99::float8, 'plain means are apart');
SELECT ok(position(line IN :'document') > 0, 'the document has: ' || line)
FROM (SELECT format('| %s | %s | %s | %s |', step, round(pearson::numeric, 4), round(spearman::numeric, 4), far) AS line FROM agreement) l;

-- What it changes: places of lecturers, spread of raters, and how well ratings that it has not seen are foretold
CREATE TABLE fact (line text);
INSERT INTO fact
SELECT format('%s of 1,128 lecturers move by more than 50 places, %s by more than 100', count(*) FILTER (WHERE moved > 50), count(*) FILTER (WHERE moved > 100))
FROM (SELECT abs(a.place - b.place) AS moved FROM ranked a JOIN ranked b USING (ratee) WHERE a.step = 'plain means' AND b.step = 'five passes') m;
INSERT INTO fact
SELECT format('from %s to %s', round(stddev_samp(plain), 3), round(stddev_samp(corrected), 3))
FROM (SELECT avg(score) AS plain, avg(score - effect) AS corrected FROM rating JOIN leniency USING (rater) GROUP BY rater) r;

INSERT INTO fact
SELECT format('with %s ratings in the median', percentile_disc(0.5) WITHIN GROUP (ORDER BY n)) FROM (SELECT count(*) AS n FROM rating GROUP BY rater) r;

CREATE TABLE held_out AS SELECT * FROM rating WHERE (rater * 31 + ratee * 17) % 10 = 0;
DELETE FROM rating WHERE (rater * 31 + ratee * 17) % 10 = 0;
CALL fit();
CALL refine(); CALL refine(); CALL refine(); CALL refine();
CREATE TABLE foretold AS
SELECT sqrt(avg((score - ratee_mean) ^ 2)) AS by_mean, sqrt(avg((score - ratee_mean - rater_mean + mean) ^ 2)) AS by_means,
  sqrt(avg((score - mean - merit.effect - leniency.effect) ^ 2)) AS by_effects, count(*) AS n
FROM held_out JOIN merit USING (ratee) JOIN leniency USING (rater) CROSS JOIN component
  JOIN (SELECT ratee, avg(score) AS ratee_mean FROM rating GROUP BY ratee) d USING (ratee)
  JOIN (SELECT rater, avg(score) AS rater_mean FROM rating GROUP BY rater) s USING (rater);
SELECT ok(by_effects < by_means AND by_means < by_mean, 'the effects foretell ratings that they have not seen better than plain means do') FROM foretold;
INSERT INTO fact SELECT format('%s ratings', to_char(n, 'FM99,999')) FROM foretold;
INSERT INTO fact SELECT format('by %s from the plain means of lecturers, by %s when the plain deviation of the rater is added, and by %s', round(by_mean, 3), round(by_means, 3), round(by_effects, 3)) FROM foretold;
SELECT ok(position(line IN translate(:'document', E'\n', ' ')) > 0, 'the document has: ' || line) FROM fact;
\else
SELECT skip('no insteval.csv.gz in ' || :'data', 29);
\endif
SELECT * FROM finish();
ROLLBACK;
