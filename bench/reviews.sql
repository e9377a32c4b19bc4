-- A cycle with a review of each of 20000 people (times :size) by one of 400 superiors, for bench/reviews.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_appraisal;
CALL appraisal.create_tables();
INSERT INTO appraisal.unit (code, title) VALUES ('u', 'U');
INSERT INTO appraisal.person (code, name, hired_on)
SELECT 'p' || n, 'P', '2020-01-01' FROM generate_series(1, (20000 * :size)::integer) AS n;
CALL appraisal.define_scheme('{"code": "bench", "title": "B", "label": "B", "language": "en", "periods": {"*": {"year": {}}},
    "dimensions": {"work": {"position": 1, "title": "W", "label": "W", "weights": {"*": 100}, "indicators": {"*": {"a": {"weight": 50}, "b": {"weight": 50}}}}},
    "indicators": {"a": {"title": "A", "label": "A", "kind": "rated", "least": 0, "most": 100}, "b": {"title": "B", "label": "B", "kind": "rated", "least": 0, "most": 100}},
    "raters": {"*": {"manager": {"label": "M", "weight": 100}}}}');
CALL appraisal.activate_scheme('bench', valid_from => '2026-01-01');
INSERT INTO appraisal.cycle (code, title, scheme_id, period, during, cohort_date)
SELECT 'bench', 'B', scheme_id, 'year', '[2026-01-01,2027-01-01)', '2026-12-31' FROM appraisal.scheme;
INSERT INTO appraisal.participant (cycle_id, person_id, segment_days, unit_id, manager_id, job_group)
SELECT c.cycle_id, p.person_id, 365, u.unit_id, m.person_id, 'staff'
FROM appraisal.cycle AS c, appraisal.unit AS u,
     (SELECT person_id, substr(code, 2)::integer AS n FROM appraisal.person) AS p
     JOIN (SELECT person_id, substr(code, 2)::integer AS n FROM appraisal.person) AS m ON m.n = p.n % 400 + 1 AND m.n <> p.n;
UPDATE appraisal.cycle SET status = 'goals';
UPDATE appraisal.cycle SET status = 'scoring';
CREATE ROLE bench_app LOGIN;
CALL appraisal.link_account('bench_app', 'service');
CREATE ROLE bench_hr LOGIN;
CALL appraisal.link_account('bench_hr', 'hr');
-- what there is to do, each taken once
CREATE SEQUENCE bench_turn;
CREATE TABLE bench_task AS
SELECT row_number() OVER (ORDER BY md5(p.code)) AS turn, substr(p.code, 2)::integer AS person, substr(m.code, 2)::integer AS rater
FROM appraisal.participant AS t JOIN appraisal.person AS p USING (person_id) JOIN appraisal.person AS m ON m.person_id = t.manager_id;
ALTER TABLE bench_task ADD PRIMARY KEY (turn);
GRANT SELECT ON bench_task TO bench_app;
GRANT USAGE ON bench_turn TO bench_app;
SET SESSION AUTHORIZATION bench_hr;
CALL appraisal.assign_reviews('bench');
RESET SESSION AUTHORIZATION;
VACUUM ANALYZE;
