-- forced_grade() and forced_grade_rank() against forced_scale() on scores
-- without ties.
--
-- Where scores differ, both say the same.  Where they tie, the window's order
-- decides: taking a little off each score in that order, too little to reach
-- a bound, makes the ties differ, and forced_scale (itself held against brute
-- force) must then give the grades that forced_grade gave.
\set feature forced_grade
\set ECHO none
BEGIN;
SELECT plan(8);
\ir oracle.psql

-- Groups of 0 to 12 people with whole scores; bounds lie half way between
CREATE TABLE team AS
SELECT g, (ARRAY['S > 7.5, A >= 5.5, B >= 2.5, C', 'S > 6.5, A >= 6.5, B >= 3.5', 'A >= 4.5, B', 'A'])[p]::grade_scale AS scale,
  (CASE p WHEN 4 THEN '{A <= 100%}' WHEN 3 THEN '{A <= 25%,A = 50%,B >= 2,A between 1 and 2}'
     WHEN 2 THEN '{S <= 20%,S+A <= 40%,A >= 30%,B = 1}'
     ELSE '{"S <= 20%, S+A <= 50%","A between 20% and 30%, C >= 10%","S = 10%, A = 20%, B = 50%, C = 20%","B <= 1, C <= 2","A = 2, B = 25%"}' END)::text[] AS quotas
FROM (SELECT g, pick(1, 4) AS p FROM generate_series(1, 20000) g) t;
CREATE TABLE person AS
SELECT g, scale, (quotas[pick(1, cardinality(quotas))] || (ARRAY['', ' with (rounding = strict)', ' with (rounding = lenient)'])[r])::quota AS quota,
  row_number() OVER () AS id, CASE WHEN pick(1, 12) = 1 THEN NULL ELSE pick(0, 9)::numeric END AS score, 0::numeric AS shaved
FROM (SELECT *, pick(1, 3) AS r FROM team) t, generate_series(1, pick(g - g, 12)); -- of its own size each
UPDATE person p SET quota = f.quota FROM (SELECT DISTINCT ON (g) g, quota FROM person ORDER BY g, id) f WHERE f.g = p.g;
UPDATE person p SET shaved = s.shaved FROM (
  SELECT id, score - 0.001 * row_number() OVER (PARTITION BY g ORDER BY score DESC NULLS LAST, id DESC) AS shaved FROM person) s WHERE s.id = p.id;
ANALYZE person;
SELECT cmp_ok(count(*), '>=', 100000::bigint, count(*) || ' people in ' || count(DISTINCT g) || ' groups') FROM person;

CREATE TABLE answer AS
SELECT *, forced_grade(score, scale, quota) OVER (PARTITION BY g ORDER BY score DESC NULLS LAST, id DESC) AS split,
  forced_grade(score, scale, quota) OVER (PARTITION BY g ORDER BY score DESC, id DESC) AS nulls_first,
  forced_grade_rank(score, scale, quota) OVER (PARTITION BY g ORDER BY score DESC NULLS LAST, id DESC) AS rank,
  forced_grade(shaved, scale, quota) OVER (PARTITION BY g ORDER BY shaved DESC NULLS LAST) AS split_shaved,
  grade(shaved, forced_scale(shaved, scale, quota) OVER (PARTITION BY g)) AS whole_shaved,
  grade(score, forced_scale(score, scale, quota) OVER (PARTITION BY g)) AS whole
FROM person;
SELECT no_rows('SELECT * FROM answer WHERE split_shaved IS DISTINCT FROM whole_shaved', 'different scores');
SELECT no_rows('SELECT * FROM answer WHERE split IS DISTINCT FROM whole_shaved', 'ties, split by the order');
SELECT no_rows('SELECT * FROM answer WHERE nulls_first IS DISTINCT FROM split', 'null scores first or last');
SELECT no_rows('SELECT * FROM answer WHERE rank IS DISTINCT FROM grade_rank(split, scale)', 'ranks');
SELECT cmp_ok(count(*), '>', 1000::bigint, 'ties were split') FROM answer WHERE split <> whole;

-- Stopping early gives the same rows
SELECT no_rows($$
  SELECT id FROM (SELECT id, forced_grade_rank(score, scale, quota) OVER (PARTITION BY g ORDER BY score DESC NULLS LAST, id DESC) AS rank FROM person) r WHERE rank <= 2
  EXCEPT SELECT id FROM answer WHERE rank <= 2 $$, 'rank <= 2: none too many');
SELECT no_rows($$
  SELECT id FROM answer WHERE rank <= 2
  EXCEPT SELECT id FROM (SELECT id, forced_grade_rank(score, scale, quota) OVER (PARTITION BY g ORDER BY score DESC NULLS LAST, id DESC) AS rank FROM person) r WHERE rank <= 2 $$, 'rank <= 2: none too few');
SELECT * FROM finish();
ROLLBACK;
