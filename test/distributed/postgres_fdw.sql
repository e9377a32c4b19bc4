-- The engine over postgres_fdw: a coordinator and two shards, which test/distributed/run starts.
--
-- Proves that answers put together from the shards have the digits of one pass over one table, and what
-- postgres_fdw sends to the shards and what it never does, by the SQL that EXPLAIN shows.
\set feature postgres_fdw
\set ECHO none
\getenv shard1 SHARD1
\getenv shard2 SHARD2
\getenv port1 SHARD1_PORT
\getenv port2 SHARD2_PORT
\getenv coordinator PGHOST
\getenv port PGPORT
CREATE DATABASE fdw;
\connect postgres - :shard1 :port1
CREATE DATABASE fdw;
\connect fdw
\ir shard.psql
\connect postgres - :shard2 :port2
CREATE DATABASE fdw;
\connect fdw
\ir shard.psql
\connect fdw - :coordinator :port
CREATE EXTENSION pgtap;
CREATE EXTENSION pg_appraisal;
CREATE EXTENSION postgres_fdw;

BEGIN;
\ir ../pgtap/oracle.psql
SET LOCAL enable_partitionwise_aggregate = on;
CREATE SERVER shard1 FOREIGN DATA WRAPPER postgres_fdw OPTIONS
  (host :'shard1', port :'port1', dbname 'fdw', extensions 'pg_appraisal', use_remote_estimate 'on', batch_size '100');
CREATE SERVER shard2 FOREIGN DATA WRAPPER postgres_fdw OPTIONS
  (host :'shard2', port :'port2', dbname 'fdw', extensions 'pg_appraisal', use_remote_estimate 'on', batch_size '100');
CREATE USER MAPPING FOR CURRENT_USER SERVER shard1 OPTIONS (user 'postgres');
CREATE USER MAPPING FOR CURRENT_USER SERVER shard2 OPTIONS (user 'postgres');

-- A table whose rows are those of the shards' tables of that name, spread by hash of the key if there is one.
CREATE FUNCTION spread(name text, columns text, key text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TABLE %I (%s)', name, columns) || coalesce(' PARTITION BY HASH (' || key || ')', '');
  FOR i IN 1 .. 2 LOOP
    EXECUTE format('CREATE FOREIGN TABLE %I ', name || i)
      || CASE WHEN key IS NULL THEN format('() INHERITS (%I)', name)
              ELSE format('PARTITION OF %I FOR VALUES WITH (MODULUS 2, REMAINDER %s)', name, i - 1) END
      || format(' SERVER %I OPTIONS (schema_name %L, table_name %L)', 'shard' || i, 'public', name);
  END LOOP;
END
$$;
SELECT spread('rating', 'ratee int, unit text, day date, score numeric, weight numeric', 'ratee') \g /dev/null
SELECT spread('person', 'id int, unit text, source text, weight numeric, score numeric, grade text, scores score_summary', 'unit') \g /dev/null
SELECT spread('rating_by_ratee', 'ratee int, unit text, scores score_summary, votes score_summary', 'ratee') \g /dev/null
SELECT spread('rating_by_day', 'unit text, day date, scores score_summary, heads int[]', NULL) \g /dev/null

\ir data.psql
INSERT INTO rating SELECT * FROM local_rating;
INSERT INTO person SELECT * FROM local_person;
SELECT plan((16 + 4 * count(*) FILTER (WHERE kind = 'a') + 2 * count(*) FILTER (WHERE kind = 'w'))::int) FROM call;
SELECT ok(count(*) = 2 AND min(n) > 1000, 'ratings on the shards: ' || string_agg(n::text, ', '))
FROM (SELECT count(*) AS n FROM rating GROUP BY tableoid) s;
SELECT ok(count(*) = 2 AND min(n) > 100, 'persons on the shards: ' || string_agg(n::text, ', '))
FROM (SELECT count(*) AS n FROM person GROUP BY tableoid) s;
SELECT cmp_ok(count(*), '=', 20::bigint, 'units with ratings on both shards: ' || count(*))
FROM (SELECT unit FROM rating GROUP BY unit HAVING count(DISTINCT tableoid) = 2) s;

-- two levels: the shards make partial states, the coordinator merges them
SELECT bag_eq(
  'SELECT unit, summary_count(s), summary_weight(s)::text, summary_mean(s)::text, summary_stddev(s)::text
   FROM (SELECT unit, merge_summaries(scores) AS s FROM rating_by_day GROUP BY unit) d',
  'SELECT unit, summary_count(score_summary(score, weight)), summary_weight(score_summary(score, weight))::text,
     weighted_score(score, weight)::text, summary_stddev(score_summary(score, weight))::text FROM local_rating GROUP BY unit',
  'two levels: a unit''s mean and deviation');
SELECT bag_eq('SELECT day, summary_mean(merge_summaries(scores))::text FROM rating_by_day GROUP BY day',
  'SELECT day, weighted_score(score, weight)::text FROM local_rating GROUP BY day', 'two levels: a day''s mean');
SELECT bag_eq(
  'SELECT unit, krippendorff_alpha(votes)::text, icc(votes)::text FROM rating_by_ratee GROUP BY unit',
  'SELECT unit, krippendorff_alpha(s)::text, icc(s)::text
   FROM (SELECT unit, score_summary(score) AS s FROM local_rating GROUP BY unit, ratee) r GROUP BY unit',
  'two levels: a unit''s alpha and icc');
SELECT isnt(krippendorff_alpha(votes), NULL, 'the alpha of all is a number') FROM rating_by_ratee;
SELECT bag_eq('SELECT krippendorff_alpha(votes)::text, icc(votes)::text FROM rating_by_ratee',
  'SELECT krippendorff_alpha(s)::text, icc(s)::text FROM (SELECT score_summary(score) AS s FROM local_rating GROUP BY ratee) r',
  'two levels: alpha and icc of all');
SELECT bag_eq(
  'SELECT unit, forced_scale(summary_mean(scores), scale, quota)::text FROM rating_by_ratee, policy GROUP BY unit',
  'SELECT unit, forced_scale(score, scale, quota)::text
   FROM (SELECT unit, weighted_score(score, weight) AS score FROM local_rating GROUP BY unit, ratee) r, policy GROUP BY unit',
  'two levels: a unit''s cut line');
SELECT bag_eq(
  'SELECT unit, array_agg(heads ORDER BY rank)::text
   FROM (SELECT unit, rank, sum(n) AS heads FROM rating_by_day, unnest(heads) WITH ORDINALITY AS h (n, rank) GROUP BY unit, rank) s
   GROUP BY unit',
  'SELECT unit, grade_counts(grade(score, scale), scale)::text FROM local_rating, policy GROUP BY unit',
  'two levels: a unit''s heads, added up grade by grade');

-- How many statements a query sends to the shards, and how many of them call the extension.
CREATE FUNCTION sent_calls(query text) RETURNS text LANGUAGE sql AS $$
  SELECT count(*) FILTER (WHERE line ~ 'appraisal\.') || ' of ' || count(*) FROM verbose_plan(query) line WHERE line ~ 'Remote SQL: '
$$;

-- no view is needed where the inner level groups by the key
SELECT is(sent_calls('SELECT unit, merge_summaries(s) FROM (SELECT unit, score_summary(score, weight) AS s
  FROM rating GROUP BY ratee, unit) r GROUP BY unit'), '2 of 2', 'nested GROUP BY: the inner one is sent');
SELECT bag_eq('SELECT unit, summary_mean(merge_summaries(s))::text FROM (SELECT unit, score_summary(score, weight) AS s
    FROM rating GROUP BY ratee, unit) r GROUP BY unit',
  'SELECT unit, weighted_score(score, weight)::text FROM local_rating GROUP BY unit', 'nested GROUP BY: the same digits');

-- grouped by the key: sent; by something else: rows are pulled
SELECT is(sent_calls(format('SELECT unit, %s FROM person GROUP BY unit', call)), '2 of 2', name || ' by the key: sent')
FROM call WHERE kind = 'a' ORDER BY name;
SELECT is(sent_calls(format('SELECT grade, %s FROM person GROUP BY grade', call)), '0 of 2', name || ' of groups that are spread: not sent')
FROM call WHERE kind = 'a' ORDER BY name;
SELECT bag_eq(format('SELECT unit, (%s)::text FROM person GROUP BY unit', call),
  format('SELECT unit, (%s)::text FROM local_person GROUP BY unit', call), name || ' by the key: the same digits')
FROM call WHERE kind = 'a' ORDER BY name;
SELECT bag_eq(format('SELECT grade, (%s)::text FROM person GROUP BY grade', call),
  format('SELECT grade, (%s)::text FROM local_person GROUP BY grade', call), name || ' of groups that are spread: the same digits')
FROM call WHERE kind = 'a' ORDER BY name;
SELECT is(sent_calls(format('SELECT %s OVER (PARTITION BY unit ORDER BY score DESC) FROM person', call)), '0 of 2',
  name || ', a window function: not sent') FROM call WHERE kind = 'w' ORDER BY name;
SELECT bag_eq(format('SELECT id, %s OVER (PARTITION BY unit ORDER BY score DESC NULLS LAST, id) FROM person', call),
  format('SELECT id, %s OVER (PARTITION BY unit ORDER BY score DESC NULLS LAST, id) FROM local_person', call), name || ': the same')
FROM call WHERE kind = 'w' ORDER BY name;

-- conditions
SELECT is(sent_calls($$ SELECT id FROM person WHERE grade_rank(grade, 'S >= 90, A >= 70, B >= 40, C') <= 2 $$), '2 of 2',
  'a condition on a column: sent');
SELECT is(sent_calls($$ SELECT id FROM person WHERE grade(score, 'S >= 90, A >= 70, B >= 40, C') = 'A' $$), '0 of 2',
  'a condition on a text that no column holds: not sent');

-- what it takes
SET LOCAL enable_partitionwise_aggregate = off;
SELECT is(sent_calls('SELECT unit, weighted_score(score, 1) FROM person GROUP BY unit'), '0 of 2', 'not without partitionwise aggregation');
SET LOCAL enable_partitionwise_aggregate = on;
ALTER SERVER shard1 OPTIONS (DROP extensions);
ALTER SERVER shard2 OPTIONS (DROP extensions);
SELECT is(sent_calls('SELECT unit, weighted_score(score, 1) FROM person GROUP BY unit'), '0 of 2', 'nor to a server without the option extensions');
SELECT * FROM finish();
ROLLBACK;
