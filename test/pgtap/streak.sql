-- streak() against gaps and islands in plain SQL on 200,000 rows.
--
-- The oracle numbers the islands of each person: a row belongs to the island
-- that the last row which was not true, up to it, began.
\set feature streak
\set ECHO none
BEGIN;
SELECT plan(4);
\ir oracle.psql

CREATE TABLE period AS
SELECT person, month, CASE pick(1, 10) WHEN 1 THEN NULL WHEN 2 THEN false WHEN 3 THEN false ELSE true END AS low
FROM generate_series(1, 4000) person, generate_series(1, pick(person - person + 1, 100)) month; -- of its own length each
ANALYZE period;
SELECT cmp_ok(count(*), '>=', 100000::bigint, count(*) || ' periods') FROM period;
CREATE TABLE island AS
SELECT *, count(*) FILTER (WHERE low IS NOT TRUE) OVER (PARTITION BY person ORDER BY month) AS island FROM period;
CREATE TABLE answer AS
SELECT person, month, low, streak(low) OVER (PARTITION BY person ORDER BY month) AS streak,
  CASE WHEN low THEN count(*) FILTER (WHERE low) OVER (PARTITION BY person, island ORDER BY month) WHEN NOT low THEN 0 END AS expected
FROM island;
SELECT no_rows('SELECT * FROM answer WHERE streak IS DISTINCT FROM expected', 'every row');
SELECT cmp_ok(max(streak), '>', 20::bigint, 'long streaks were there') FROM answer;
SELECT is(count(DISTINCT s), 1::bigint, 'one long streak without a partition') FROM (
  SELECT streak(true) OVER (ORDER BY i) - row_number() OVER (ORDER BY i) AS s FROM generate_series(1, 200000) i) t;
SELECT * FROM finish();
ROLLBACK;
