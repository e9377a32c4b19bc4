-- A company of :people people in units of 50, half of them below :people / 500 centres, appraised by a scheme
-- like operations-monthly: ten indicators that are rated by three sources with one rater each, 30 marks a
-- person, a quota, groups of at least 20; or, with :measured true, five of the ten are measured, with curves
-- and targets.  Reviews and figures are there already.

\if :{?measured}
\else
\set measured false
\endif
CREATE EXTENSION IF NOT EXISTS pg_appraisal;
SET client_min_messages = warning;
CALL appraisal.create_tables();
CALL appraisal.link_account(session_user, 'hr');
SELECT setseed(0.42) \g /dev/null

CREATE TEMP TABLE document AS SELECT '{
  "code": "bench", "title": "Bench", "label": "Bench", "language": "en",
  "scale": "S >= 90 : 1.5, A >= 80 : 1.2, B >= 70 : 1, C : 0",
  "quota": "S <= 20%, S+A <= 40%, C >= 10%", "enforcement": "block", "least_group": 20,
  "periods": {"*": {"month": {}}},
  "dimensions": {
    "performance": {"position": 1, "title": "Performance", "label": "Performance", "weights": {"*": 60}, "indicators": {"*": {
      "sales": {"weight": 30, "target": 120}, "profit": {"weight": 20, "target": 80}, "customers": {"weight": 20, "target": 50},
      "response": {"weight": 15}, "errors": {"weight": 15}}}},
    "ability": {"position": 2, "title": "Ability", "label": "Ability", "weights": {"*": 40}, "indicators": {"*": {
      "knowledge": {"weight": 20}, "communication": {"weight": 20}, "learning": {"weight": 20}, "teamwork": {"weight": 20},
      "discipline": {"weight": 20}}}}},
  "indicators": {
    "sales": {"title": "Sales", "label": "Sales", "kind": "measured", "reads": "attainment", "direction": "higher", "curve": "linear (0.5, 0), (1, 100)"},
    "profit": {"title": "Profit", "label": "Profit", "kind": "measured", "reads": "attainment", "direction": "higher", "curve": "linear (0.5, 0), (1, 100)"},
    "customers": {"title": "Customers", "label": "Customers", "kind": "measured", "reads": "attainment", "direction": "higher", "curve": "linear (0, 0), (1, 100), (1.2, 120)"},
    "response": {"title": "Response", "label": "Response", "kind": "measured", "direction": "lower", "curve": "linear (1, 100), (3, 80), (10, 0)"},
    "errors": {"title": "Errors", "label": "Errors", "kind": "measured", "direction": "lower", "curve": "step (0, 100), (1, 80), (3, 60), (6, 0)"},
    "knowledge": {"title": "Knowledge", "label": "Knowledge", "kind": "rated", "least": 0, "most": 100},
    "communication": {"title": "Communication", "label": "Communication", "kind": "rated", "least": 0, "most": 100},
    "learning": {"title": "Learning", "label": "Learning", "kind": "rated", "least": 0, "most": 100},
    "teamwork": {"title": "Teamwork", "label": "Teamwork", "kind": "rated", "least": 0, "most": 100},
    "discipline": {"title": "Discipline", "label": "Discipline", "kind": "rated", "least": 0, "most": 100}},
  "raters": {"*": {"manager": {"label": "Manager", "weight": 60}, "peer": {"label": "Peer", "weight": 30}, "self": {"label": "Self", "weight": 10}}}
}'::jsonb AS document;
UPDATE document SET document = jsonb_set(document, '{indicators}', (
    SELECT jsonb_object_agg(i.key, jsonb_build_object('title', i.key, 'label', i.key, 'kind', 'rated', 'least', 0, 'most', 100))
    FROM jsonb_each(document -> 'indicators') AS i)) WHERE NOT :measured;
SELECT document FROM document \gset
CALL appraisal.define_scheme(:'document') \g /dev/null
CALL appraisal.activate_scheme('bench', valid_from => '2026-01-01') \g /dev/null

-- in bulk, without the guards and the audit
SET session_replication_role = replica;
INSERT INTO appraisal.unit (code, title) VALUES ('firm', 'Firm');
INSERT INTO appraisal.unit (code, title, parent_id) SELECT 'c' || i, 'Centre', 1 FROM generate_series(1, :people / 500) AS i;
INSERT INTO appraisal.unit (code, title, parent_id)
SELECT 'u' || i, 'Unit', 1 + CASE WHEN i % 2 = 0 THEN 0 ELSE 1 + i % (:people / 500) END FROM generate_series(1, :people / 50) AS i;
INSERT INTO appraisal.person (code, name, hired_on) SELECT 'p' || i, 'Person ' || i, '2020-01-01' FROM generate_series(1, :people) AS i;
INSERT INTO appraisal.cycle (code, title, scheme_id, period, during, cohort_date, status)
SELECT 'bench', 'Bench', s.scheme_id, 'month', '[2026-01-01,2026-02-01)', '2026-01-31', 'calibration' FROM appraisal.scheme AS s;
INSERT INTO appraisal.participant (cycle_id, person_id, segment_days, unit_id, job_group)
SELECT c.cycle_id, p.person_id, 31, 2 + :people / 500 + p.person_id % (:people / 50), 'staff'
FROM appraisal.cycle AS c, appraisal.person AS p ORDER BY p.person_id;
INSERT INTO appraisal.review (cycle_id, participant_id, rater_id, source, status, submitted_at)
SELECT p.cycle_id, p.participant_id, CASE r.source WHEN 'self' THEN p.person_id ELSE 1 + (p.person_id * 7 + length(r.source)) % :people END,
       r.source, 'submitted', '2026-02-02'
FROM appraisal.participant AS p, appraisal.rater_rule AS r;
INSERT INTO appraisal.rating (cycle_id, review_id, indicator_id, score)
SELECT v.cycle_id, v.review_id, i.indicator_id, 60 + floor(random() * 81) / 2
FROM appraisal.review AS v, appraisal.indicator AS i WHERE i.kind = 'rated' ORDER BY v.review_id, i.indicator_id;
INSERT INTO appraisal.measurement (cycle_id, participant_id, indicator_id, value, measured_on)
SELECT p.cycle_id, p.participant_id, i.indicator_id,
       CASE i.code WHEN 'response' THEN round((1 + random() * 5)::numeric, 1) WHEN 'errors' THEN floor(random() * 5)
                   ELSE floor(u.target * (0.8 + random() * 0.4)::numeric) END, '2026-01-31'
FROM appraisal.participant AS p, appraisal.indicator AS i JOIN appraisal.scheme_indicator AS u USING (indicator_id)
WHERE i.kind = 'measured' ORDER BY p.participant_id, i.indicator_id;
RESET session_replication_role;
VACUUM ANALYZE;
