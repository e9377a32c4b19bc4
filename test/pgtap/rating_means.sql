-- rating_means() against weighted_score() and rater_score(), which have oracles in plain SQL of their own, on more
-- than 100,000 random ratings of 4,000 people; as text, so that every digit and the display scale count.
\set feature rating_means
\set ECHO none
BEGIN;
SELECT plan(7);
\ir oracle.psql

CREATE FUNCTION number() RETURNS numeric LANGUAGE sql VOLATILE AS $$
  SELECT (CASE pick(0, 9)
    WHEN 0 THEN floor(random() * 1e15)::bigint || 'e-' || pick(9, 20)
    WHEN 1 THEN floor(random() * 9e17 + 1e17)::bigint || lpad(floor(random() * 1e18)::bigint::text, 18, '0') || 'e-' || pick(0, 30)
    WHEN 2 THEN '0e-' || pick(0, 6)
    ELSE floor(random() * 10 ^ pick(1, 5))::bigint || 'e-' || pick(0, 4)
  END)::numeric
$$;
-- for each person how much the sources and the indicators weigh; some sources have no weight
CREATE TABLE source AS
SELECT person, source, CASE WHEN pick(1, 10) > 1 THEN number() END AS weight
FROM (SELECT person, pick(1, 6) AS sources FROM generate_series(1, 4000) AS person) AS p, generate_series(1, p.sources) AS source;
CREATE TABLE indicator AS
SELECT person, i * 1000 - 5000 AS indicator, number() AS weight, random() AS place
FROM (SELECT person, pick(1, 12) AS indicators FROM generate_series(1, 4000) AS person) AS p, generate_series(1, p.indicators) AS i;
-- ratings by one to four raters a source, with gaps, and of indicators that are not rated
CREATE TABLE rating AS
SELECT s.person, s.source, i.indicator, r.score * CASE WHEN pick(1, 3) = 1 THEN -1 ELSE 1 END AS score, random() AS place
FROM source AS s
JOIN (SELECT person, indicator FROM indicator UNION ALL SELECT person, 77 FROM generate_series(1, 4000, 7) AS person) AS i USING (person),
     generate_series(1, pick(1, 4) + 0 * s.source) AS rater, -- drawn anew for each
     LATERAL (SELECT CASE pick(1, 400) WHEN 1 THEN 'NaN' WHEN 2 THEN 'Infinity' WHEN 3 THEN '-Infinity'
                          ELSE CASE WHEN pick(1, 12) > 1 THEN number() END END AS score WHERE rater > 0) AS r
WHERE pick(1, 10) > 1;
SELECT diag('ratings: ' || count(*)) FROM rating;
SELECT cmp_ok(count(*), '>', 100000::bigint, 'so many ratings') FROM rating;

CREATE VIEW asked AS
SELECT p.person, coalesce(r.sources, '{}') AS sources, coalesce(r.indicators, '{}') AS indicators, coalesce(r.scores, '{}') AS scores,
       s.weights AS source_weights, i.rated, i.weights AS indicator_weights
FROM generate_series(1, 4000) AS p (person)
JOIN (SELECT person, array_agg(weight ORDER BY source) AS weights FROM source GROUP BY person) AS s USING (person)
JOIN (SELECT person, array_agg(indicator::bigint ORDER BY place) AS rated, array_agg(weight ORDER BY place) AS weights FROM indicator GROUP BY person) AS i USING (person)
LEFT JOIN (SELECT person, array_agg(source ORDER BY place) AS sources, array_agg(indicator::bigint ORDER BY place) AS indicators, array_agg(score ORDER BY place) AS scores
           FROM rating GROUP BY person) AS r USING (person);
CREATE TABLE answer AS
SELECT a.person, a.rated, (a.means).by_source, (a.means).by_indicator
FROM (SELECT person, rated, rating_means(sources, indicators, scores, source_weights, rated, indicator_weights) AS means FROM asked OFFSET 0) AS a;

CREATE TABLE counted AS
SELECT r.person, r.source, r.indicator, r.score, s.weight AS source_weight, i.weight AS indicator_weight
FROM rating AS r JOIN source AS s USING (person, source) JOIN indicator AS i USING (person, indicator)
WHERE s.weight IS NOT NULL;
SELECT no_rows($$
  SELECT person, source, u.mean::text, e.mean::text AS expected
  FROM answer CROSS JOIN unnest(by_source) WITH ORDINALITY AS u (mean, source)
  FULL JOIN (SELECT person, source, weighted_score(score, indicator_weight) AS mean FROM counted GROUP BY person, source) AS e USING (person, source)
  WHERE u.mean::text IS DISTINCT FROM e.mean::text$$, 'by source as weighted_score');
SELECT no_rows($$
  SELECT person, indicator, u.mean::text, e.mean::text AS expected
  FROM answer CROSS JOIN unnest(rated, by_indicator) AS u (indicator, mean)
  FULL JOIN (SELECT person, indicator, rater_score(score, source::text, source_weight) AS mean FROM counted GROUP BY person, indicator) AS e
      USING (person, indicator)
  WHERE u.mean::text IS DISTINCT FROM e.mean::text$$, 'by indicator as rater_score');
SELECT no_rows($$
  SELECT person FROM answer JOIN asked USING (person)
  WHERE (cardinality(by_source), cardinality(by_indicator)) IS DISTINCT FROM (cardinality(source_weights), cardinality(asked.rated))$$,
  'a mean for each source and each indicator, null where there is none');

-- the usual order, by source and then as the indicators are listed
SELECT no_rows($$
  SELECT person
  FROM answer AS a
  JOIN (SELECT r.person, array_agg(r.source ORDER BY r.source, r.place, i.place) AS sources,
               array_agg(r.indicator::bigint ORDER BY r.source, r.place, i.place) AS indicators,
               array_agg(r.score ORDER BY r.source, r.place, i.place) AS scores
        FROM (SELECT *, row_number() OVER (PARTITION BY person, source, indicator) AS nth FROM rating) AS r
        LEFT JOIN indicator AS i USING (person, indicator) GROUP BY r.person) AS o USING (person)
  JOIN asked AS k USING (person),
       rating_means(o.sources, o.indicators, o.scores, k.source_weights, k.rated, k.indicator_weights) AS m
  WHERE (m.by_source::text, m.by_indicator::text) IS DISTINCT FROM (a.by_source::text, a.by_indicator::text)$$, 'in any order');
-- stored arrays are packed, compressed or out of line
CREATE TABLE stored AS
SELECT person, sources, indicators, scores, source_weights, rated, indicator_weights FROM asked
UNION ALL
SELECT 0, array_agg(1 + i % 3), array_agg((i % 500)::bigint), array_agg(i::numeric / 8), '{1,2,3}', (SELECT array_agg(j::bigint) FROM generate_series(0, 499) AS j),
       array_fill(1::numeric, ARRAY[500])
FROM generate_series(1, 60000) AS i;
SELECT no_rows($$
  SELECT s.person FROM stored AS s JOIN answer AS a USING (person),
      rating_means(s.sources, s.indicators, s.scores, s.source_weights, s.rated, s.indicator_weights) AS m
  WHERE (m.by_source::text, m.by_indicator::text) IS DISTINCT FROM (a.by_source::text, a.by_indicator::text)$$, 'of stored lists');
SELECT is(m.by_source::text, e.means, 'of long lists')
FROM stored AS s, rating_means(s.sources, s.indicators, s.scores, s.source_weights, s.rated, s.indicator_weights) AS m,
     (SELECT array_agg(mean ORDER BY source)::text AS means
      FROM (SELECT 1 + i % 3 AS source, weighted_score(i::numeric / 8, 1) AS mean FROM generate_series(1, 60000) AS i GROUP BY 1) AS x) AS e
WHERE s.person = 0;
SELECT * FROM finish();
ROLLBACK;
