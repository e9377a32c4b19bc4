-- Synthetic ratings: scores with two decimals from 0 to 100, weights in whole
-- and half points.  One table a question, so that scans cost what they would.

SELECT setseed(0.42) \g /dev/null

CREATE TABLE rating AS
SELECT (i % (500000 * :size)::int)::int AS person,
       (random() * 100)::numeric(5,2) AS score,
       (1 + floor(random() * 40) / 2)::numeric(4,1) AS weight
FROM generate_series(1, (5000000 * :size)::int) i;

CREATE TABLE rating_float AS
SELECT person, score::float8, weight::float8 FROM rating;

CREATE TABLE person AS
SELECT i AS id, 1 + (random() * 2000 * :size)::int % greatest((2000 * :size)::int, 1) AS unit,
       (random() * 100)::numeric(5,2) AS score
FROM generate_series(1, (1000000 * :size)::int) i;

CREATE TABLE many AS
SELECT (random() * 100)::numeric(9,6) AS score
FROM generate_series(1, (10000000 * :size)::int);

-- twelve ratings of each person: one's own, the manager's, six of peers and
-- four of reports
CREATE TABLE feedback AS
SELECT (i % (100000 * :size)::int)::int AS ratee, source,
       (random() * 100)::numeric(5,2) AS score,
       CASE source WHEN 'self' THEN 10 WHEN 'manager' THEN 40 WHEN 'peer' THEN 30 ELSE 20 END::numeric AS weight
FROM generate_series(0, (1200000 * :size)::int - 1) i,
     LATERAL (SELECT ('{self,manager,peer,peer,report,peer,report,peer,peer,report,peer,report}'::text[])
                     [1 + i / (100000 * :size)::int]) s (source);

VACUUM ANALYZE rating;
VACUUM ANALYZE rating_float;
VACUUM ANALYZE person;
VACUUM ANALYZE many;
VACUUM ANALYZE feedback;
