-- Bonuses: award_bonus() by base and out of a pool, with unit factors, shares of the period and bonuses lost;
-- what later versions add; that sums are right to the cent, over random companies with a printed seed.
\set feature award
\set ECHO none
\pset fieldsep '\n'
BEGIN;
SELECT no_plan();
\ir oracle.psql
\ir calibration.psql
SELECT quote_ident(:'schema') AS own \gset
SELECT set_config('search_path', :'own' || ', appraisal, public', true) AS path \gset

CALL appraisal.define_scheme('{"code": "pay", "title": "P", "label": "P", "language": "en", "subjects": ["person", "unit"], "unit_levels": ["unit"], "scale": "A >= 90 : 1.5, B >= 75 : 1.2, C >= 60 : 1, D : 0",
  "periods": {"*": {"month": {}, "year": {}}}, "dimensions": {"work": {"position": 1, "title": "W", "label": "W", "weights": {"*": 100}, "indicators": {"*": {"pay": {"weight": 100}}}}},
  "indicators": {"pay": {"title": "R", "label": "R", "kind": "rated", "least": 0, "most": 100}}, "raters": {"*": {"manager": {"label": "M", "weight": 100}}},
  "outcomes": {"lost": {"title": "L", "label": "L", "period": "month", "grade": "D", "run": 2, "outcome": "bonus_lost"}}}') \g /dev/null
CALL appraisal.activate_scheme('pay', valid_from => '2020-01-01') \g /dev/null
-- a published cycle by hand: [{"who", "grade", "days", "exempt"}, ...]
CREATE PROCEDURE past(of_scheme text, code text, period text, during daterange, results jsonb, status text DEFAULT 'published') LANGUAGE plpgsql AS $$
DECLARE this bigint;
BEGIN
  SET LOCAL session_replication_role = replica;
  INSERT INTO appraisal.cycle (code, title, scheme_id, period, during, cohort_date, status)
  SELECT past.code, past.code, max(s.scheme_id), past.period, past.during, upper(past.during) - 1, past.status FROM appraisal.scheme AS s WHERE s.code = of_scheme RETURNING cycle_id INTO this;
  INSERT INTO appraisal.participant (cycle_id, person_id, appraised_unit_id, segment, segment_days, leads, unit_id, manager_id, job_group, exempt_because)
  SELECT this, n.person_id, CASE WHEN n.person_id IS NULL THEN u.unit_id END, d.segment, d.days, d.segment = cardinality(x.days), coalesce(o.unit_id, u.unit_id), o.manager_id, coalesce(o.job_group, u.kind, 'unit'), x.exempt
  FROM jsonb_to_recordset(past.results) AS x (who text, grade text, days int[], exempt text)
  LEFT JOIN appraisal.person AS n ON n.code = x.who LEFT JOIN appraisal.posting AS o USING (person_id) LEFT JOIN appraisal.unit AS u ON u.code = x.who AND n.code IS NULL
  CROSS JOIN unnest(x.days) WITH ORDINALITY AS d (days, segment) ORDER BY x.who, d.segment;
  INSERT INTO appraisal.result (cycle_id, participant_id, state, coverage, raw_score, score, natural_grade, coefficient, published_at)
  SELECT this, p.participant_id, CASE WHEN x.exempt IS NOT NULL THEN 'exempt' WHEN x.grade IS NULL THEN 'insufficient' ELSE 'scored' END, 1, CASE WHEN x.grade IS NOT NULL THEN 50 END, CASE WHEN x.grade IS NOT NULL THEN 50 END,
         x.grade, appraisal.coefficient(x.grade, s.scale), statement_timestamp()
  FROM jsonb_to_recordset(past.results) AS x (who text, grade text, exempt text)
  JOIN appraisal.participant AS p ON p.cycle_id = this AND p.leads AND (p.person_id = (SELECT n.person_id FROM appraisal.person AS n WHERE n.code = x.who) OR p.appraised_unit_id = (SELECT u.unit_id FROM appraisal.unit AS u WHERE u.code = x.who))
  JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.scheme AS s USING (scheme_id);
  SET LOCAL session_replication_role = origin;
END $$;
CREATE PROCEDURE later(of_cycle text, who text, grade text) LANGUAGE plpgsql AS $$
BEGIN
  SET LOCAL session_replication_role = replica;
  INSERT INTO appraisal.result (cycle_id, participant_id, version, state, coverage, raw_score, score, natural_grade, coefficient, published_at)
  SELECT r.cycle_id, r.participant_id, r.version + 1, 'scored', 1, 60, 60, later.grade, appraisal.coefficient(later.grade, s.scale), statement_timestamp()
  FROM appraisal.current_result AS r JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.scheme AS s USING (scheme_id)
  LEFT JOIN appraisal.person AS n USING (person_id) LEFT JOIN appraisal.unit AS u ON u.unit_id = p.appraised_unit_id
  WHERE c.code = of_cycle AND coalesce(n.code, u.code) = who;
  SET LOCAL session_replication_role = origin;
END $$;
-- awards of a cycle as text: who, amount, + for a supplement, lost
CREATE FUNCTION paid(of_cycle text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(n.code || CASE WHEN a.supplements IS NOT NULL THEN ' +' ELSE ' ' END || a.amount || CASE WHEN a.lost_outcome_id IS NOT NULL THEN ' lost' ELSE '' END, ', ' ORDER BY n.code, a.award_id)
  FROM appraisal.award AS a JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id) WHERE c.code = of_cycle $$;
CREATE FUNCTION award(of_cycle text, arguments text DEFAULT '', login text DEFAULT 'regress_h1') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN pg_temp.as_login(login, format('CALL appraisal.award_bonus(%L%s)', of_cycle, arguments));
END $$;

-- By base: base x coefficient x unit factor x share. Unit a has B; a02 was there for 73 of 365 days, a03 in two
-- segments, a04 has no grade, a05 is exempt, a06 has D; unit b has none.
CALL past('pay', 'y', 'year', '[2025-01-01,2026-01-01)', '[{"who": "a", "grade": "B", "days": [365]}, {"who": "a01", "grade": "A", "days": [365]}, {"who": "a02", "grade": "C", "days": [73]}, {"who": "a03", "grade": "B", "days": [100, 200]},
  {"who": "a04", "days": [365]}, {"who": "a05", "exempt": "leave", "days": [365]}, {"who": "a06", "grade": "D", "days": [365]}, {"who": "b01", "grade": "C", "days": [365]}, {"who": "b02", "grade": "A", "days": [365]}]');
SELECT is(award('y', $$, base => 1000, bases => '[{"person": "a03", "base": 3333.33}, {"person": "b02", "base": 0.01}]'$$), '7', 'seven are awarded');
SELECT is(paid('y'), 'a01 1800.00, a02 240.00, a03 3945.20, a04 0.00, a06 0.00, b01 1000.00, b02 0.02', 'base x coefficient x unit factor x share, half a cent up');
SELECT is(pg_temp.rows_of($$SELECT base, coefficient, unit_factor, share, rate, decimals, version, made_by_login FROM appraisal.award AS a WHERE amount IN (240, 3945.20) ORDER BY amount$$),
  '1000 1 1.2 0.2 2 1 regress_h1, 3333.33 1.2 1.2 0.8219178082191781 2 1 regress_h1', 'and of what it is made');
SELECT is(award('y', $$, base => 1000, bases => '[{"person": "a03", "base": 3333.33}]'$$), '0', 'the same again pays nothing');
SELECT is(award('y'), '0', 'nor does it without arguments');
SELECT is(paid('y'), 'a01 1800.00, a02 240.00, a03 3945.20, a04 0.00, a06 0.00, b01 1000.00, b02 0.02', 'all is as it was');
-- later versions: one better, one worse, one that had no grade
CALL later('y', 'a02', 'A');
CALL later('y', 'a01', 'C');
CALL later('y', 'a04', 'B');
SELECT is(award('y'), '2', 'supplements');
SELECT is(paid('y'), 'a01 1800.00, a02 240.00, a02 +120.00, a03 3945.20, a04 0.00, a04 +1440.00, a06 0.00, b01 1000.00, b02 0.02', 'to whom an appeal gave more; nobody loses');
SELECT is(award('y'), '0', 'once');
CALL later('y', 'a02', 'B');
SELECT is(award('y'), '0', 'less than was paid takes nothing back');
-- the unit's later result is paid to those of it who have a later one themselves
CALL later('y', 'a', 'A');
SELECT is(award('y'), '0', 'a unit''s alone adds nothing');
CALL later('y', 'a06', 'C');
SELECT is(award('y'), '1', 'but counts with the own');
SELECT matches(paid('y'), 'a06 0.00, a06 \+1500.00', 'at the unit factor of now');
SELECT is(pg_temp.rows_of($$SELECT coefficient, unit_factor, amount, version FROM appraisal.award WHERE supplements IS NOT NULL ORDER BY award_id DESC LIMIT 1$$), '1 1.5 1500.00 2', 'which the row says');
-- by base, who is new may come later
CALL past('pay', 'late', 'month', '[2025-03-01,2025-04-01)', '[{"who": "a01", "grade": "A", "days": [31]}, {"who": "b01", "grade": "C", "days": [31]}, {"who": "a09", "grade": "C", "days": [31]}]');
SELECT is(award('late', $$, bases => '[{"person": "a01", "base": 100}]'$$), '1', 'a list');
SELECT is(award('late', $$, bases => '[{"person": "a01", "base": 100}, {"person": "b01", "base": 70}]'$$), '1', 'a longer list');
SELECT is(paid('late'), 'a01 150.00, b01 70.00', 'who is named nowhere gets nothing');

-- Out of a pool, to the cent
CALL past('pay', 'q', 'year', '[2024-01-01,2025-01-01)', '[{"who": "a01", "grade": "C", "days": [366]}, {"who": "a02", "grade": "C", "days": [366]}, {"who": "a03", "grade": "C", "days": [366]}, {"who": "a04", "days": [366]}, {"who": "a06", "grade": "D", "days": [366]}]');
SELECT is(award('q', ', pool => 100'), '5', 'a hundred among three');
SELECT is(paid('q'), 'a01 33.33, a02 33.34, a03 33.33, a04 0.00, a06 0.00', 'adds up');
SELECT is(award('q', ', pool => 100'), '0', 'once');
CALL later('q', 'a06', 'C');
CALL later('q', 'a02', 'B');
SELECT is(award('q', ', pool => 100'), '2', 'supplements come at the pool''s rate');
SELECT is(paid('q'), 'a01 33.33, a02 33.34, a02 +6.66, a03 33.33, a04 0.00, a06 0.00, a06 +33.33', 'beyond the pool, and the others keep theirs');
SELECT is((SELECT min(rate) FROM appraisal.award AS a JOIN appraisal.cycle AS c USING (cycle_id) WHERE c.code = 'q'), round(round(100, 40) / 3, 30), 'the rate is kept');

-- The bonus that is lost: two months D within the year
CALL past('pay', 'd1', 'month', '[2023-06-01,2023-07-01)', '[{"who": "a01", "grade": "D", "days": [30]}, {"who": "a02", "grade": "D", "days": [30]}, {"who": "a03", "grade": "D", "days": [30]}]');
CALL past('pay', 'd2', 'month', '[2023-07-01,2023-08-01)', '[{"who": "a01", "grade": "D", "days": [31]}, {"who": "a02", "grade": "D", "days": [31]}, {"who": "a03", "grade": "D", "days": [31]}]');
CALL past('pay', 'd', 'year', '[2023-01-01,2024-01-01)', '[{"who": "a01", "grade": "B", "days": [365]}, {"who": "a02", "grade": "B", "days": [365]}, {"who": "b01", "grade": "B", "days": [365]}, {"who": "a03", "grade": "B", "days": [365]}]');
CALL past('pay', 'd3', 'month', '[2023-08-01,2023-09-01)', '[{"who": "a01", "grade": "B", "days": [31]}]');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.confirm_outcome('d2', 'a01', 'lost')$$) ~ '^\d+$', true, 'one is confirmed'),
  is(pg_temp.as_login('regress_h1', $$CALL appraisal.confirm_outcome('d2', 'a03', 'lost')$$) ~ '^\d+$', true, 'another'),
  is(pg_temp.as_login('regress_h1', $$CALL appraisal.revoke_outcome('d2', 'a03', 'lost', 'x')$$) ~ '^\d+$', true, 'and revoked');
SELECT is(award('d', ', pool => 300'), '4', 'of the year');
SELECT is(paid('d'), 'a01 0.00 lost, a02 100.00, a03 100.00, b01 100.00', 'who lost the bonus has no part; who only would have has');
SELECT is(award('d3', ', base => 10'), '1', 'of a month'), is(paid('d3'), 'a01 12.00', 'nothing is lost');
CALL later('d1', 'a01', 'C');
SELECT is(award('d'), '0', 'as long as the outcome stands, contradicted or not');
SELECT is(pg_temp.as_login('regress_h2', $$CALL appraisal.revoke_outcome('d2', 'a01', 'lost', 'the appeal')$$) ~ '^\d+$', true, 'once it is revoked');
SELECT is(award('d'), '1', 'the bonus is paid'), is(paid('d'), 'a01 0.00 lost, a01 +100.00, a02 100.00, a03 100.00, b01 100.00', 'at the rate of the pool');
SELECT is(award('d'), '0', 'once');

-- a scheme whose grades have no coefficients: 1 for every grade
CALL appraisal.load_scheme('ecommerce-monthly') \g /dev/null
CALL appraisal.activate_scheme('ecommerce-monthly', valid_from => '2020-01-01') \g /dev/null
CALL past('ecommerce-monthly', 'e', 'year', '[2025-01-01,2026-01-01)', '[{"who": "a01", "grade": "优秀", "days": [365]}, {"who": "a02", "grade": "需激励", "days": [365]}, {"who": "a03", "days": [365]}]');
SELECT is(award('e', ', base => 5000, decimals => -2'), '3', 'a year-end bonus'), is(paid('e'), 'a01 5000, a02 5000, a03 0', 'the same for every grade; none without one');
CALL appraisal.revise_scheme('pay', '{"scale": "A >= 90 : 1.5, B >= 75 : 1.2, C >= 60, D : 0"}') \g /dev/null
CALL appraisal.activate_scheme('pay', valid_from => '2026-01-01') \g /dev/null
CALL past('pay', 'gap', 'month', '[2026-01-01,2026-02-01)', '[{"who": "a01", "grade": "A", "days": [31]}, {"who": "a02", "grade": "C", "days": [31]}]');
CALL past('pay', 'none', 'month', '[2026-02-01,2026-03-01)', '[{"who": "a01", "grade": "D", "days": [28]}]');
CALL past('pay', 'draft', 'month', '[2026-03-01,2026-04-01)', '[{"who": "a01", "grade": "D", "days": [31]}]', 'scoring');

-- refused
SELECT is(award(of_cycle, arguments, login), told, login || ' ' || of_cycle || arguments) FROM (VALUES
  ('regress_ha', 'y', '', '42501 | permission denied for function write_awards'), ('regress_c', 'y', '', '42501 | permission denied for function write_awards'),
  ('regress_z', 'y', '', '42501 | permission denied for function write_awards'), ('regress_app', 'y', '', 'AP003 | bonuses are awarded by HR only | Ask HR to CALL appraisal.award_bonus().'),
  ('regress_h1', 'no', '', 'AP004 | there is no cycle "no" | Open it with CALL appraisal.open_cycle().'),
  ('regress_h1', 'draft', ', base => 1', 'AP001 | awards of cycle "draft" cannot be written: the cycle is in status scoring | It can be in status published or closed. | CALL appraisal.close_reviews() when the reviews are in.'),
  ('regress_h1', 'none', '', 'AP005 | awards of cycle "none" need a pool or a base | There are none yet. | Give the argument pool, base or bases.'),
  ('regress_h1', 'none', ', pool => 10', 'AP005 | nobody in cycle "none" has a part in the pool | Every product of base, coefficient and unit factor is 0. | Give other bases, or no pool.'),
  ('regress_h1', 'none', ', base => 1, decimals => 21', 'AP005 | amounts cannot be rounded to 21 decimals | It can be -12 to 20. | Give 2 for cents.'),
  ('regress_h1', 'none', ', base => 1, decimals => NULL', 'AP005 | amounts cannot be rounded to null decimals | It can be -12 to 20. | Give 2 for cents.'),
  ('regress_h1', 'none', ', pool => 10.001', 'AP005 | a pool of 10.001 has more than 2 decimals | Awards add up to the pool. | Give the pool or the argument decimals otherwise.'),
  ('regress_h1', 'none', ', pool => -1', 'AP005 | a pool or base of -1 cannot be paid | An award is no less than nothing. | Give an amount that is not negative.'),
  ('regress_h1', 'none', $$, base => 'NaN'$$, 'AP005 | a pool or base of NaN cannot be paid | An award is no less than nothing. | Give an amount that is not negative.'),
  ('regress_h1', 'none', $$, pool => 'Infinity', base => 1$$, 'AP005 | a pool or base of Infinity cannot be paid | An award is no less than nothing. | Give an amount that is not negative.'),
  ('regress_h1', 'none', $$, bases => '[{"person": "a01", "base": 1}, {"person": "a01", "base": 1}]'$$, 'AP005 | person "a01" is there more than once | So often: 2. | Give each person once.'),
  ('regress_h1', 'none', $$, bases => '[{"person": "a01", "base": -1}]'$$, 'AP005 | person "a01" cannot have a base of -1 | An award is no less than nothing. | Give an amount that is not negative.'),
  ('regress_h1', 'none', $$, bases => '[{"person": "a01"}]'$$, 'AP005 | person "a01" cannot have a base of null | An award is no less than nothing. | Give an amount that is not negative.'),
  ('regress_h1', 'none', $$, bases => '[{"person": "b09", "base": 1}]'$$, 'AP004 | person "b09" takes no part in cycle "none" | Ask who may see this one.'),
  ('regress_a09', 'late', $$, bases => '[{"person": "a09", "base": 1}]'$$, 'AP003 | nobody sets the own base | It is that of person "a09". | Somebody else of HR calls it.'),
  ('regress_h1', 'late', $$, bases => '[{"person": "a01", "base": 101}]'$$, 'AP005 | the base of person "a01" was 100, not 101 | It is awarded. | Leave the person out.'),
  ('regress_h1', 'late', ', pool => 10', 'AP005 | cycle "late" was awarded by base, not out of a pool | Awards that there are: 2. | CALL appraisal.award_bonus(''late'') adds supplements.'),
  ('regress_h1', 'q', ', pool => 200', 'AP005 | the pool of cycle "q" was 100.00, not 200 | It is shared out. | CALL appraisal.award_bonus(''q'') adds supplements.'),
  ('regress_h1', 'gap', ', base => 1', 'AP005 | grade "C" of cycle "gap" has no coefficient, and others have | It could be 0 or 1. | CALL appraisal.revise_scheme() gives it one, for cycles to come.')) AS v (login, of_cycle, arguments, told);
CALL past('pay', 'part', 'month', '[2025-05-01,2025-06-01)', '[{"who": "a01", "grade": "A", "days": [31]}, {"who": "a02", "grade": "A", "days": [31]}]');
SELECT pg_temp.in_bulk($$UPDATE appraisal.cycle SET scheme_id = (SELECT min(scheme_id) FROM appraisal.scheme WHERE code = 'pay') WHERE code = 'part'$$) AS done \gset
SELECT is(award('part', $$, pool => 10, bases => '[{"person": "a01", "base": 7}]'$$), '1', 'a pool for some'),
  is(award('part', $$, bases => '[{"person": "a02", "base": 7}]'$$), 'AP005 | person "a02" had no part in the pool of cycle "part" | It is shared out. | Leave the person out.', 'is for them'),
  is(award('part', $$, base => 7$$), '0', 'a base later adds nobody to it');
SELECT throws_ok(statement, code, message, statement) FROM (VALUES ('DELETE FROM appraisal.award', 'AP007', 'award is only added to'), ('UPDATE appraisal.award SET amount = 1', 'AP007', 'award is only added to'), ('TRUNCATE appraisal.award', 'AP007', 'award is only added to'),
  ($$INSERT INTO appraisal.award OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(a, '{"award_id": 9999}')).* FROM appraisal.award AS a WHERE supplements IS NULL LIMIT 1$$, '23P01', NULL)) AS v (statement, code, message);
-- confidential: the person, HR, executives and auditors; a manager sees the own only
SELECT is(pg_temp.as_login(login, $$SELECT count(*) || ' ' || sum(amount) FROM appraisal.award AS a JOIN appraisal.cycle AS c USING (cycle_id) WHERE c.code = 'late'$$), seen, login || ' sees awards')
FROM (VALUES ('regress_h1', '2 220.00'), ('regress_z', '2 220.00'), ('regress_c', '2 220.00'), ('regress_hb', '2 220.00'), ('regress_ha', NULL), ('regress_a01', '1 150.00'), ('regress_hl', NULL)) AS v (login, seen);

-- Random companies: by base and by pool, then appeals, against plain SQL.
CREATE TABLE plan AS
SELECT r, CASE WHEN r % 2 = 0 THEN pick(1, 900000000) / 100.0 END AS pool, pick(1, 999999) / 100.0 AS base, pick(0, 3) AS decimals FROM generate_series(1, 12) AS r;
UPDATE plan SET pool = round(pool, decimals);
CREATE TABLE worker AS
SELECT r, n.code AS who, ('{A,B,C,D,NULL}'::text[])[pick(1, 5)] AS grade, pick(1, 31) AS days, CASE WHEN pick(1, 3) = 1 THEN pick(0, 99999999) / 10000.0 END AS own_base, ('{A,B,C,D}'::text[])[pick(1, 4)] AS later, pick(1, 3) = 1 AS appeals
FROM plan CROSS JOIN appraisal.person AS n JOIN appraisal.posting AS o USING (person_id) WHERE n.code ~ '^[ab]0[1-8]';
CREATE TABLE unit_grade AS SELECT r, u, ('{A,B,C,NULL}'::text[])[pick(1, 4)] AS grade FROM plan, unnest('{a,b}'::text[]) AS u;
SELECT pg_temp.in_bulk($$UPDATE appraisal.scheme SET code = 'old', status = 'retired', retired_on = '2027-01-01' WHERE code = 'pay' AND version = 2$$) AS done \gset
SELECT format('CALL past(''pay'', %L, ''month'', ''[2025-10-01,2025-11-01)'', %L)', 'z' || r, jsonb_agg(x)) FROM (
  SELECT r, jsonb_strip_nulls(jsonb_build_object('who', who, 'grade', nullif(grade, 'NULL'), 'days', CASE WHEN days > 5 THEN ARRAY[3, days - 3] ELSE ARRAY[days] END)) AS x FROM worker
  UNION ALL SELECT r, jsonb_build_object('who', u, 'grade', grade, 'days', ARRAY[31]) FROM unit_grade WHERE grade <> 'NULL') AS v GROUP BY r ORDER BY r \gexec
CREATE TABLE awarded AS SELECT award('z' || r, format(', pool => %s, base => %s, decimals => %s, bases => %L', coalesce(pool::text, 'NULL'), base, decimals,
  (SELECT jsonb_agg(jsonb_build_object('person', who, 'base', own_base)) FROM worker AS w WHERE w.r = p.r AND own_base IS NOT NULL))) AS said FROM plan AS p;
CREATE VIEW product AS
SELECT w.*, p.pool, p.decimals, coalesce(w.own_base, p.base) AS paid_base, f.factor, coalesce(w.own_base, p.base) * k.coefficient * f.factor * w.days AS first, coalesce(w.own_base, p.base) * l.coefficient * f.factor * w.days AS second
FROM worker AS w JOIN plan AS p USING (r)
CROSS JOIN LATERAL (SELECT coalesce((SELECT CASE u.grade WHEN 'A' THEN 1.5 WHEN 'B' THEN 1.2 WHEN 'C' THEN 1 END FROM unit_grade AS u WHERE u.r = w.r AND u.u = left(w.who, 1)), 1) AS factor) AS f
CROSS JOIN LATERAL (SELECT CASE w.grade WHEN 'A' THEN 1.5 WHEN 'B' THEN 1.2 WHEN 'C' THEN 1 ELSE 0 END AS coefficient) AS k
CROSS JOIN LATERAL (SELECT CASE w.later WHEN 'A' THEN 1.5 WHEN 'B' THEN 1.2 WHEN 'C' THEN 1 ELSE 0 END AS coefficient) AS l;
CREATE VIEW made AS
SELECT substr(c.code, 2)::int AS r, n.code AS who, a.* FROM appraisal.award AS a JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id) WHERE c.code ~ '^z\d';
SELECT no_rows($$SELECT * FROM product AS p LEFT JOIN made AS m USING (r, who) WHERE p.pool IS NULL AND m.amount IS DISTINCT FROM round(p.first / 31, p.decimals)$$, 'by base: each amount');
SELECT no_rows($$SELECT p.r, p.pool, sum(m.amount) FROM plan AS p LEFT JOIN made AS m USING (r) WHERE p.pool IS NOT NULL GROUP BY 1, 2 HAVING sum(m.amount) IS DISTINCT FROM p.pool$$, 'pools add up to the last digit');
SELECT no_rows($$SELECT * FROM (SELECT p.*, m.amount, p.pool * p.first / sum(p.first) OVER (PARTITION BY r) AS exact FROM product AS p LEFT JOIN made AS m USING (r, who) WHERE p.pool IS NOT NULL) AS x
  WHERE NOT abs(amount - exact) < 10.0 ^ -decimals$$, 'and no part is a whole unit from its exact share');
SELECT format('CALL later(%L, %L, %L)', 'z' || r, who, later) FROM worker WHERE appeals ORDER BY r, who \gexec
CREATE TABLE before AS SELECT r, who, amount FROM made;
CREATE TABLE supplemented AS SELECT award('z' || r) AS said FROM plan;
SELECT no_rows($$SELECT * FROM (
  SELECT p.*, b.amount AS paid, (SELECT sum(m.amount) FROM made AS m WHERE m.r = p.r AND m.who = p.who AND m.supplements IS NOT NULL) AS added,
    round(CASE WHEN p.pool IS NULL THEN p.second / 31 ELSE p.second * p.pool / nullif((SELECT sum(o.first) FROM product AS o WHERE o.r = p.r), 0) END, p.decimals) AS wanted
  FROM product AS p JOIN before AS b USING (r, who)) AS x
  WHERE added IS DISTINCT FROM CASE WHEN appeals AND wanted > paid THEN wanted - paid END$$, 'supplements: what is wanted by the later version less what was paid, for nobody else');
SELECT cmp_ok(count(*), '>', 10::bigint, format('%s supplements of %s awards', count(*), (SELECT count(*) FROM before))) FROM made WHERE supplements IS NOT NULL;
CREATE TABLE again AS SELECT award('z' || r) AS said FROM plan;
SELECT is((SELECT string_agg(DISTINCT said, ' ') FROM again), '0', 'called again they add nothing');
SELECT * FROM finish();
ROLLBACK;
