-- apportion() against plain SQL on more than 100,000 rows in random partitions.
--
-- Two oracles in numeric's own arithmetic. What a split must be: parts add up to the total, each is
-- less than a unit from its exact share, has the total's sign and the decimals asked for. And which
-- of all such splits it is: the differences of the rounded running sums.
\set feature apportion
\set ECHO none
BEGIN;
SELECT plan(17);
\ir oracle.psql

-- The text of a random number: n narrow, m 9 to 20 decimals, w 40 digits, l up to the 64-bit limit
-- at 8 decimals, x tiny or huge, s small and whole, 0 zero.
CREATE FUNCTION number_text(kind text) RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT CASE kind
    WHEN 'n' THEN floor(random() * 10 ^ pick(1, 8))::bigint || 'e-' || pick(0, 4)
    WHEN 'm' THEN floor(random() * 1e15)::bigint || 'e-' || pick(9, 20)
    WHEN 'w' THEN floor(random() * 9e12 + 1e12)::bigint || lpad(floor(random() * 1e14)::bigint::text, 14, '0')
                  || lpad(floor(random() * 1e13)::bigint::text, 13, '0') || 'e-' || pick(0, 40)
    WHEN 'l' THEN floor(random() * 9.2e18)::bigint || 'e-8'
    WHEN 'x' THEN pick(0, 999) || 'e' || pick(-60, 60)
    WHEN 's' THEN pick(1, 5)::text
    ELSE '0e-' || pick(0, 12)
  END
$$;

-- What a partition is made of: kinds of shares, and of totals in units of 10^-decimals.
CREATE TABLE class (id int, shares text[], units text, null_share int);
INSERT INTO class VALUES
  (0, '{n}', 'n', 0), (1, '{n,n,n,0}', 'n', 10), (2, '{n,0}', 'l', 5), (3, '{l}', 'n', 0), (4, '{l}', 'l', 0),
  (5, '{w}', 'w', 0), (6, '{n,m,w,l,x,0}', 'n', 10), (7, '{m}', 'n', 0), (8, '{x}', 'x', 5), (9, '{n,n,n,n,n,n,n,n,n,w}', 'n', 0),
  (10, '{n}', 'w', 0), (11, '{n}', '0', 0), (12, '{0}', '0', 20), (13, '{s}', 'n', 5);
CREATE TABLE unit AS
SELECT g, class.id AS class, shares, null_share, decimals, ('1e' || -decimals)::numeric AS unit,
  trunc((CASE WHEN random() < 0.3 THEN '-' ELSE '' END || number_text(units))::numeric) * ('1e' || -decimals)::numeric AS total,
  CASE WHEN g < 28 THEN 2000 WHEN g < 1000 THEN pick(1, 200) ELSE pick(1, 8) END AS size
FROM (SELECT g, CASE pick(0, 2) WHEN 0 THEN 2 WHEN 1 THEN pick(-12, 20) ELSE pick(-2, 4) END AS decimals FROM generate_series(0, 12000) g) g
  JOIN class ON class.id = g % 14;
CREATE TABLE drawn AS
SELECT g, class, decimals, unit, total, row_number() OVER () AS id,
  CASE WHEN pick(0, 99) < null_share THEN NULL ELSE number_text(shares[pick(1, cardinality(shares))])::numeric END AS share
FROM unit CROSS JOIN LATERAL generate_series(1, size);
CREATE TABLE member AS -- a total must have someone to go to; physical order is not the window's
SELECT * FROM drawn WHERE total = 0 OR g IN (SELECT g FROM drawn GROUP BY g HAVING sum(share) > 0) ORDER BY random();
ANALYZE member;
SELECT cmp_ok(count(*), '>=', 100000::bigint, count(*) || ' rows in ' || count(DISTINCT g) || ' partitions') FROM member;

CREATE TABLE answer AS
SELECT *, apportion(total, share, decimals) OVER (PARTITION BY g ORDER BY id) AS part FROM member;
ANALYZE answer;
SELECT is(count(DISTINCT class), 14::bigint, 'every class is there') FROM answer;
SELECT no_rows('SELECT g, total, sum(part) FROM answer GROUP BY g, total HAVING sum(part) <> total', 'parts add up to the total');
SELECT no_rows($$
  SELECT * FROM (SELECT *, sum(share) OVER (PARTITION BY g) AS shares FROM answer) a
  WHERE shares > 0 AND NOT abs(part * shares - total * share) < unit * shares $$, 'less than a unit from the exact share');
SELECT no_rows('SELECT * FROM answer WHERE (part IS NULL) <> (share IS NULL)', 'a part for each share');
SELECT no_rows('SELECT * FROM answer WHERE sign(part) = -sign(total) AND part <> 0', 'parts have the sign of the total');
SELECT no_rows('SELECT * FROM answer WHERE share = 0 AND part <> 0', 'no share, no part');
SELECT no_rows('SELECT * FROM answer WHERE mod(part, unit) <> 0 OR scale(part) <> greatest(decimals, 0)', 'decimals');
SELECT cmp_ok(count(*), '>', 300::bigint, 'equal shares with different parts were there')
FROM (SELECT 1 FROM answer GROUP BY g, share HAVING count(DISTINCT part) > 1) s;

-- The running sums, rounded half away from zero: div() is an exact quotient
CREATE TABLE expected AS
SELECT *, boundary - lag(boundary, 1, 0::numeric) OVER (PARTITION BY g ORDER BY id) AS expected
FROM (SELECT *, CASE WHEN shares = 0 THEN 0 ELSE sign(total) * unit * div(2 * (abs(total) / unit)::numeric(1000,0) * so_far + shares, 2 * shares) END AS boundary
      FROM (SELECT *, coalesce(sum(share) OVER (PARTITION BY g), 0) AS shares, coalesce(sum(share) OVER (PARTITION BY g ORDER BY id), 0) AS so_far FROM answer) s) b;
SELECT no_rows('SELECT * FROM expected WHERE share IS NOT NULL AND part IS DISTINCT FROM expected', 'differences of rounded running sums');
SELECT no_rows('SELECT * FROM expected WHERE share IS NULL AND expected <> 0', 'no share moves no boundary');

-- The order of the input, the frame and the other direction
CREATE FUNCTION again(source text, frame text DEFAULT '') RETURNS SETOF text LANGUAGE sql AS $$
  SELECT no_rows(format($q$
    SELECT * FROM (SELECT id, part, apportion(total, share, decimals) OVER (PARTITION BY g ORDER BY id %s) AS part_again FROM %s) a
    WHERE part::text IS DISTINCT FROM part_again::text $q$, frame, source), 'the same from ' || source || ' ' || frame)
$$;
SELECT again('(SELECT * FROM answer ORDER BY id DESC) a');
SELECT again('answer', 'ROWS BETWEEN 2 FOLLOWING AND 3 FOLLOWING');
SELECT no_rows($$
  SELECT * FROM (SELECT part, apportion(-total, share, decimals) OVER (PARTITION BY g ORDER BY id) AS opposite FROM answer) a
  WHERE part <> -opposite $$, 'a claim back is the opposite of a grant');
SELECT no_rows($$
  SELECT g FROM (SELECT g, total, apportion(total, share, decimals) OVER (PARTITION BY g ORDER BY share DESC, id) AS part FROM answer) a
  GROUP BY g, total HAVING sum(part) <> total $$, 'parts add up in another order');

-- Partitions on disk
SET LOCAL work_mem = '64kB';
SELECT again('answer');
SELECT is(sum(part), 1000000.00, 'one partition of a million rows on disk')
FROM (SELECT apportion(1000000, i % 7) OVER (ORDER BY i) AS part FROM generate_series(1, 1000000) i) p;
SELECT * FROM finish();
ROLLBACK;
