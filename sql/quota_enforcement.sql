-- A quota that final grades miss at the last signature: off, warn, block.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
BEGIN;
CALL appraisal.create_tables();
INSERT INTO appraisal.unit (code, title) VALUES ('u', 'U');
INSERT INTO appraisal.person (code, name, hired_on) SELECT 'p' || n, 'P', '2020-01-01' FROM generate_series(0, 5) AS n;
CREATE FUNCTION pg_temp.open(code text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE id bigint;
BEGIN
  CALL appraisal.define_scheme(jsonb_build_object('code', code, 'enforcement', code) || '{"title": "I", "label": "I", "language": "en",
    "scale": "A >= 90, B", "quota": "A = 40%, B >= 50%", "periods": {"*": {"year": {}}},
    "dimensions": {"work": {"position": 1, "title": "W", "label": "W", "weights": {"*": 100}, "indicators": {"*": {"figure": {"weight": 100}}}}},
    "indicators": {"figure": {"title": "F", "label": "F", "kind": "measured", "direction": "higher", "curve": "linear (0, 0), (100, 100)"}},
    "raters": {"*": {"manager": {"label": "M", "weight": 100}}}}', id);
  CALL appraisal.activate_scheme(code, NULL, '2026-01-01', id);
  INSERT INTO appraisal.cycle (code, title, scheme_id, period, during, cohort_date)
  SELECT open.code, 'C', s.scheme_id, 'year', '[2026-01-01,2027-01-01)', '2026-12-31' FROM appraisal.scheme AS s WHERE s.code = open.code RETURNING cycle_id INTO id;
  -- all alike: whoever of them is the best, all are
  INSERT INTO appraisal.participant (cycle_id, person_id, segment_days, unit_id, job_group)
  SELECT id, p.person_id, 365, u.unit_id, 'staff' FROM appraisal.person AS p, appraisal.unit AS u WHERE p.code <> 'p0';
  UPDATE appraisal.cycle SET status = 'goals' WHERE cycle_id = id;
  UPDATE appraisal.cycle SET status = 'scoring' WHERE cycle_id = id;
  INSERT INTO appraisal.measurement (cycle_id, participant_id, indicator_id, value, measured_on, recorded_by)
  SELECT id, p.participant_id, i.indicator_id, 80, '2026-12-31', NULL FROM appraisal.participant AS p, appraisal.cycle_indicators(id) AS i WHERE p.cycle_id = id;
  UPDATE appraisal.cycle SET status = 'calibration' WHERE cycle_id = id;
  PERFORM appraisal.write_results(id);
END $$;
INSERT INTO appraisal.account SELECT session_user, person_id, ARRAY['hr'] FROM appraisal.person WHERE code = 'p0';
SELECT pg_temp.open(e) FROM unnest('{off,warn,block}'::text[]) AS e \g /dev/null
SELECT * FROM appraisal.quota_status('warn');
CALL appraisal.sign_off('off');
CALL appraisal.sign_off('warn');
SAVEPOINT blocked;
CALL appraisal.sign_off('block');
ROLLBACK TO blocked;
CALL appraisal.override_quota('block', 'u', 'all alike');
CALL appraisal.sign_off('block');
ROLLBACK;
