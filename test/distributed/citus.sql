-- The engine over Citus: a coordinator and two workers, which test/distributed/run starts.
--
-- Proves that aggregates have the digits of one pass over one table, with
-- citus.coordinator_aggregation_strategy = 'disabled', so that pulling rows to aggregate them is an error,
-- and that what can run on the workers does.
\set feature citus
\set ECHO none
\getenv citus CITUS
\if :citus
\else
\echo '1..0 # SKIP this PostgreSQL has no Citus'
\quit
\endif
\getenv worker1 SHARD1
\getenv worker2 SHARD2
\getenv port1 SHARD1_PORT
\getenv port2 SHARD2_PORT
\getenv coordinator PGHOST
\getenv port PGPORT
SET client_min_messages = warning;
CREATE DATABASE citus;
\connect postgres - :worker1 :port1
SET client_min_messages = warning;
CREATE DATABASE citus;
\connect citus
CREATE EXTENSION citus;
\connect postgres - :worker2 :port2
SET client_min_messages = warning;
CREATE DATABASE citus;
\connect citus
CREATE EXTENSION citus;
\connect citus - :coordinator :port
SET client_min_messages = warning;
CREATE EXTENSION citus;
SELECT citus_set_coordinator_host('127.0.0.1', :port), citus_add_node('127.0.0.1', :port1),
  citus_add_node('127.0.0.1', :port2) \g /dev/null
CREATE EXTENSION pgtap;
CREATE EXTENSION pg_appraisal; -- on the workers, too

BEGIN;
\ir ../pgtap/oracle.psql
SET LOCAL citus.shard_count = 4;
SET LOCAL citus.coordinator_aggregation_strategy = 'disabled';
\ir data.psql
CREATE TABLE rating (LIKE local_rating);
CREATE TABLE person (LIKE local_person);
SELECT create_distributed_table('rating', 'ratee'), create_distributed_table('person', 'unit') \g /dev/null
INSERT INTO rating SELECT * FROM local_rating;
INSERT INTO person SELECT * FROM local_person;
SELECT plan((10 + 4 * count(*) FILTER (WHERE kind = 'a') + 3 * count(*) FILTER (WHERE kind = 'w'))::int) FROM call;
SELECT is(count(DISTINCT nodeport), 2::bigint, table_name || ' is on both workers, in shards: ' || count(*))
FROM citus_shards WHERE table_name IN ('rating'::regclass, 'person'::regclass) GROUP BY table_name;
SELECT throws_like('SELECT unit, array_agg(score ORDER BY score) FROM rating GROUP BY unit', '%unsupported%',
  'an aggregate that needs all rows in one place is an error');

-- Who does it: 'workers' when all that the coordinator does is to put the workers' rows together, 'both'
-- when the workers make states and it combines them, 'coordinator' when they only send their rows.
CREATE FUNCTION done_by(query text) RETURNS text LANGUAGE sql AS $$
  SELECT CASE WHEN min(line) FILTER (WHERE nth = 1) ~ '^Custom Scan \(Citus Adaptive\)'
                AND bool_or(line ~ ' Query: .*appraisal\.') THEN 'workers'
              WHEN bool_or(line ~ 'coord_combine_agg') AND bool_or(line ~ ' Query: .*worker_partial_agg') THEN 'both'
              WHEN NOT bool_or(line ~ ' Query: .*appraisal\.') THEN 'coordinator' END
  FROM verbose_plan(query) WITH ORDINALITY AS p (line, nth)
$$;
SELECT is(done_by(format('SELECT unit, %s FROM person GROUP BY unit', call)), 'workers', name || ' by the key: on the workers')
FROM call WHERE kind = 'a' ORDER BY name;
SELECT is(done_by(format('SELECT grade, %s FROM person GROUP BY grade', call)), 'both', name || ' of groups that are spread: combined')
FROM call WHERE kind = 'a' ORDER BY name;
SELECT bag_eq(format('SELECT unit, (%s)::text FROM person GROUP BY unit', call),
  format('SELECT unit, (%s)::text FROM local_person GROUP BY unit', call), name || ' by the key: the same digits')
FROM call WHERE kind = 'a' ORDER BY name;
SELECT bag_eq(format('SELECT grade, (%s)::text FROM person GROUP BY grade', call),
  format('SELECT grade, (%s)::text FROM local_person GROUP BY grade', call), name || ' of groups that are spread: the same digits')
FROM call WHERE kind = 'a' ORDER BY name;

SELECT is(done_by(format('SELECT id, %s OVER (PARTITION BY unit ORDER BY score DESC) FROM person', call)), 'workers',
  name || ' in windows by the key: on the workers') FROM call WHERE kind = 'w' ORDER BY name;
SELECT is(done_by(format('SELECT id, %s OVER (PARTITION BY grade ORDER BY score DESC) FROM person', call)), 'coordinator',
  name || ' in other windows: rows are pulled') FROM call WHERE kind = 'w' ORDER BY name;
SELECT bag_eq(format('SELECT id, %s OVER (PARTITION BY unit ORDER BY score DESC NULLS LAST, id) FROM person', call),
  format('SELECT id, %s OVER (PARTITION BY unit ORDER BY score DESC NULLS LAST, id) FROM local_person', call), name || ': the same')
FROM call WHERE kind = 'w' ORDER BY name;

-- one row a ratee first, by the key, and then by something else
SELECT bag_eq(format(query, 'rating', scale, quota), format(query, 'local_rating', scale, quota), what || ' of a unit, over its ratees: the same digits')
FROM policy, (VALUES
  ('mean and deviation', 'SELECT unit, summary_mean(s)::text, summary_stddev(s)::text FROM (SELECT unit, merge_summaries(s) AS s
     FROM (SELECT unit, ratee, score_summary(score, weight) AS s FROM %I GROUP BY unit, ratee) r GROUP BY unit) u'),
  ('alpha and icc', 'SELECT unit, krippendorff_alpha(s)::text, icc(s)::text
     FROM (SELECT unit, ratee, score_summary(score) AS s FROM %I GROUP BY unit, ratee) r GROUP BY unit'),
  ('cut line', 'SELECT unit, forced_scale(score, %2$L, %3$L)::text
     FROM (SELECT unit, ratee, weighted_score(score, weight) AS score FROM %1$I GROUP BY unit, ratee) r GROUP BY unit'),
  ('heads', 'SELECT unit, grade_counts(grade(score, %2$L), %2$L)::text
     FROM (SELECT unit, ratee, weighted_score(score, weight) AS score FROM %1$I GROUP BY unit, ratee) r GROUP BY unit')
) v (what, query);
SELECT is(done_by('SELECT unit, merge_summaries(s) FROM (SELECT unit, ratee, score_summary(score, weight) AS s
  FROM rating GROUP BY unit, ratee) r GROUP BY unit'), 'both', 'both levels start on the workers');
SELECT is(done_by($$ SELECT id FROM person WHERE grade(score, 'S >= 90, A >= 70, B >= 40, C') = 'A' $$), 'workers',
  'a condition: on the workers');
SET LOCAL citus.coordinator_aggregation_strategy = 'row-gather';
SELECT is(done_by('SELECT grade, weighted_score(score, weight), array_agg(id ORDER BY id) FROM person GROUP BY grade'), 'coordinator',
  'with the strategy row-gather, one aggregate that needs all rows in one place takes the others along');
SELECT * FROM finish();
ROLLBACK;
