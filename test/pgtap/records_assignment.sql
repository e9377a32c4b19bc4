-- assign_reviews() against plain SQL, over a random organisation: loops and gaps among superiors, people
-- who moved, people who are exempt, units; with and without a cap.
\set feature assignment
BEGIN;
SELECT no_plan();
\ir oracle.psql
CALL appraisal.create_tables();
-- past the guards: participants are by chance here, and not by enrol()
SET LOCAL session_replication_role = replica;
CREATE FUNCTION pg_temp.assign(cycle text, most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE assigned integer;
BEGIN
  CALL appraisal.assign_reviews(cycle, most => most, assigned => assigned);
  RETURN assigned;
END $$;
CALL appraisal.link_account(session_user::name, 'hr');

-- 150 people in 12 units; in some 60 groups of unit, manager; some managers are not in the cycle
INSERT INTO appraisal.unit (code, title, kind) SELECT 'u' || n, 'u', 'team' FROM generate_series(1, 12) AS n;
INSERT INTO appraisal.person (code, name, hired_on) SELECT 'p' || n, 'p', '2020-01-01' FROM generate_series(1, 160) AS n;
CREATE TABLE place AS
SELECT p.person_id, n, pick(1, 12) AS unit, CASE WHEN n = 1 OR random() < 0.02 THEN NULL WHEN n <= 20 THEN pick(1, 20) ELSE pick(1, 8) + 12 END AS manager,
       (ARRAY['staff', 'staff', 'lead', 'other'])[pick(1, 4)] AS job_group
FROM (SELECT person_id, substr(code, 2)::int AS n FROM appraisal.person) AS p;
UPDATE place SET manager = NULL WHERE manager = n;
CREATE TABLE key AS SELECT person_id, substr(code, 2)::int AS n FROM appraisal.person;
INSERT INTO appraisal.posting (person_id, unit_id, manager_id, job_group, during)
SELECT p.person_id, u.unit_id, m.person_id, p.job_group, daterange('2020-01-01', NULL)
FROM place AS p JOIN appraisal.unit AS u ON u.code = 'u' || p.unit LEFT JOIN key AS m ON m.n = p.manager;

CALL appraisal.define_scheme('{
  "code": "ring", "title": "Ring", "label": "环", "language": "zh", "periods": {"*": {"half_year": {}, "year": {}}},
  "subjects": ["person", "unit"], "unit_levels": ["team"],
  "dimensions": {"work": {"position": 1, "title": "Work", "label": "工作", "weights": {"*": 100}, "indicators": {"*": {"chores": {"weight": 100}}}}},
  "indicators": {"chores": {"title": "Chores", "label": "任务", "kind": "rated", "least": 0, "most": 100}},
  "raters": {
    "*": {"self": {"label": "1", "weight": 0}, "manager": {"label": "2", "weight": 60}, "peer": {"label": "3", "weight": 20, "least_raters": 3, "anonymous": true},
          "second_manager": {"label": "4", "weight": 10}, "top_manager": {"label": "5", "weight": 10}, "colleague": {"label": "6", "weight": 0, "period": "year", "required": false}},
    "lead": {"manager": {"label": "2", "weight": 70}, "subordinate": {"label": "7", "weight": 30}, "top_manager": {"label": "5", "weight": 0}, "peer": {"label": "3", "weight": 0}},
    "other": {"top_manager": {"label": "5", "weight": 100}, "second_manager": {"label": "4", "weight": 0, "period": "year"}},
    "team": {"self": {"label": "1", "weight": 0}, "manager": {"label": "2", "weight": 50}, "second_manager": {"label": "4", "weight": 25}, "top_manager": {"label": "5", "weight": 25}}}}');
CALL appraisal.activate_scheme('ring', valid_from => '2026-01-01');
INSERT INTO appraisal.cycle (code, title, scheme_id, period, during, cohort_date)
SELECT v.code, 'x', s.scheme_id, v.period, v.during, upper(v.during) - 1 FROM appraisal.scheme AS s,
  (VALUES ('half', 'half_year', '[2026-01-01,2026-07-01)'::daterange), ('again', 'half_year', '[2026-01-01,2026-07-01)'), ('year', 'year', '[2026-01-01,2027-01-01)')) AS v (code, period, during)
WHERE s.code = 'ring';
-- a fifth moved, a tenth is exempt, p2 to p6 manage and take no part
INSERT INTO appraisal.participant (cycle_id, person_id, segment, segment_days, leads, unit_id, manager_id, job_group, exempt_because)
SELECT c.cycle_id, x.person_id, x.segment, 90, x.leads, x.unit_id, x.manager_id, x.job_group, x.exempt
FROM appraisal.cycle AS c, (
  SELECT g.person_id, g.moved + 1 AS segment, true AS leads, g.unit_id, g.manager_id, g.job_group, g.exempt
  FROM (SELECT o.*, (random() < 0.2)::int AS moved, CASE WHEN random() < 0.1 THEN 'leave' END AS exempt
        FROM appraisal.posting AS o JOIN key AS k USING (person_id) WHERE k.n NOT BETWEEN 2 AND 6) AS g
) AS x;
INSERT INTO appraisal.participant (cycle_id, person_id, segment, segment_days, leads, unit_id, manager_id, job_group, exempt_because)
SELECT p.cycle_id, p.person_id, 1, 90, false, o.unit_id, nullif(o.manager_id, p.person_id), o.job_group, p.exempt_because
FROM appraisal.participant AS p JOIN LATERAL (SELECT * FROM appraisal.posting AS g WHERE g.person_id <> p.person_id ORDER BY md5(g.person_id::text || p.person_id) LIMIT 1) AS o ON true
WHERE p.segment = 2;
INSERT INTO appraisal.participant (cycle_id, appraised_unit_id, segment_days, unit_id, manager_id, job_group)
SELECT c.cycle_id, u.unit_id, 181, u.unit_id, k.person_id, 'team'
FROM appraisal.cycle AS c, (SELECT unit_id, pick(1, 25) AS head FROM appraisal.unit) AS u LEFT JOIN key AS k ON k.n = u.head AND k.n <= 20;
UPDATE appraisal.cycle SET status = 'scoring';
SET LOCAL session_replication_role = origin;

-- all pairs that the rules allow, by brute force: one row a participant, one a possible rater
CREATE FUNCTION boss(of_cycle bigint, of_person bigint) RETURNS bigint LANGUAGE sql AS $$
  SELECT CASE WHEN EXISTS (SELECT FROM participant WHERE cycle_id = of_cycle AND person_id = of_person AND leads)
              THEN (SELECT manager_id FROM participant WHERE cycle_id = of_cycle AND person_id = of_person AND leads)
              ELSE (SELECT manager_id FROM posting WHERE person_id = of_person AND during @> (SELECT cohort_date FROM cycle WHERE cycle_id = of_cycle)) END $$;
CREATE FUNCTION top(of_cycle bigint, of_person bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE next bigint;
BEGIN
  FOR step IN 1 .. 200 LOOP
    next := boss(of_cycle, of_person);
    IF next IS NULL THEN RETURN of_person; END IF;
    of_person := next;
  END LOOP;
  RETURN NULL; -- a loop
END $$;
CREATE TABLE allowed AS
WITH p AS (
  SELECT t.*, coalesce(person_id, manager_id) AS oneself, CASE WHEN person_id IS NULL THEN boss(cycle_id, manager_id) ELSE manager_id END AS first
  FROM participant t WHERE exempt_because IS NULL
), q AS (SELECT p.*, boss(cycle_id, first) AS second, top(cycle_id, first) AS top FROM p)
SELECT q.cycle_id, q.participant_id, q.person_id, 'self' AS source, oneself AS rater FROM q WHERE job_group IN ('staff', 'team') AND oneself IS NOT NULL
UNION ALL SELECT q.cycle_id, participant_id, person_id, 'manager', first FROM q WHERE job_group <> 'other' AND first <> oneself
UNION ALL SELECT q.cycle_id, participant_id, person_id, 'second_manager', second FROM q JOIN cycle c USING (cycle_id)
  WHERE (job_group IN ('staff', 'team') OR job_group = 'other' AND c.period = 'year') AND second <> oneself
UNION ALL SELECT q.cycle_id, participant_id, person_id, 'top_manager', top FROM q JOIN cycle c USING (cycle_id)
  WHERE first IS NOT NULL AND top <> oneself AND CASE WHEN job_group = 'lead' THEN top <> first
    WHEN job_group = 'other' THEN c.period = 'half_year' OR top IS DISTINCT FROM second ELSE top <> first AND top IS DISTINCT FROM second END
UNION ALL SELECT q.cycle_id, q.participant_id, q.person_id, 'peer', o.person_id FROM q JOIN participant o ON o.cycle_id = q.cycle_id AND o.unit_id = q.unit_id AND o.manager_id = q.manager_id
  WHERE q.job_group IN ('staff', 'lead') AND o.person_id <> q.person_id AND o.leads AND o.exempt_because IS NULL
UNION ALL SELECT q.cycle_id, q.participant_id, q.person_id, 'subordinate', o.person_id FROM q JOIN participant o ON o.cycle_id = q.cycle_id AND o.manager_id = q.person_id
  WHERE q.job_group = 'lead' AND o.person_id IS NOT NULL AND o.leads AND o.exempt_because IS NULL
UNION ALL SELECT q.cycle_id, q.participant_id, q.person_id, 'colleague', o.person_id FROM q JOIN cycle c USING (cycle_id) JOIN participant o ON o.cycle_id = q.cycle_id
  WHERE c.period = 'year' AND q.job_group = 'staff' AND q.person_id IS NOT NULL AND o.person_id <> q.person_id AND o.leads AND o.exempt_because IS NULL;

SELECT is(pg_temp.assign('half', NULL), (SELECT count(*)::int FROM allowed JOIN cycle USING (cycle_id) WHERE code = 'half'), 'without a cap: as many as plain SQL has');
SELECT set_eq($$SELECT participant_id, source, rater_id FROM review JOIN cycle USING (cycle_id) WHERE code = 'half'$$,
              $$SELECT participant_id, source, rater FROM allowed JOIN cycle USING (cycle_id) WHERE code = 'half'$$, 'and the same: ' || (
              SELECT string_agg(n || ' ' || source, ', ' ORDER BY source) FROM (SELECT source, count(*) AS n FROM review GROUP BY 1) AS s));
SELECT is(pg_temp.assign('half', NULL), 0, 'nothing is missing then');
SELECT cmp_ok(pg_temp.assign('again', 2), '>', 0, 'a cap of two');
SELECT cmp_ok(pg_temp.assign('year', 7), '>', 0, 'a cap of seven, with colleagues');
SELECT no_rows($$SELECT participant_id, source, rater_id FROM review EXCEPT SELECT participant_id, source, rater FROM allowed$$, 'nobody who may not');
SELECT no_rows($$SELECT cycle_id, participant_id, source, n, wanted FROM (
    SELECT cycle_id, participant_id, source, CASE WHEN source IN ('peer', 'subordinate', 'colleague') AND code <> 'half' THEN least(count(*), CASE code WHEN 'again' THEN 2 ELSE 7 END) ELSE count(*) END AS wanted
    FROM allowed JOIN cycle USING (cycle_id) GROUP BY 1, 2, 3, code) AS a
  FULL JOIN (SELECT cycle_id, participant_id, source, count(*) AS n FROM review GROUP BY 1, 2, 3) AS r USING (cycle_id, participant_id, source)
  WHERE n IS DISTINCT FROM wanted$$, 'as many raters each as there are, up to the cap');
-- all rate about as many: exactly the cap where all who rate are rated
SELECT no_rows($$SELECT r.rater_id, count(*) FROM review AS r JOIN participant AS p USING (cycle_id, participant_id) JOIN cycle AS c USING (cycle_id)
  WHERE c.code = 'year' AND r.source = 'colleague' AND p.leads GROUP BY 1 HAVING count(*) > 7$$, 'nobody rates more than the cap as a colleague');
CREATE TABLE first_time AS SELECT participant_id, source, rater_id FROM review;
DELETE FROM review;
SELECT cmp_ok(pg_temp.assign('again', 2) + pg_temp.assign('year', 7) + pg_temp.assign('half', NULL), '>', 0, 'once more');
SELECT set_eq('SELECT participant_id, source, rater_id FROM review', 'SELECT * FROM first_time', 'the choice is the same each time');
SELECT isnt((SELECT string_agg(format('%s %s', p.person_id, r.rater_id), ',' ORDER BY p.person_id, r.rater_id) FROM review AS r JOIN participant AS p USING (cycle_id, participant_id) JOIN cycle AS c USING (cycle_id)
             WHERE c.code = 'year' AND r.source = 'colleague'),
            (SELECT string_agg(format('%s %s', p.person_id, o.person_id), ',' ORDER BY p.person_id, o.person_id) FROM participant AS p, participant AS o
             WHERE o.person_id - p.person_id BETWEEN 1 AND 7), 'and it does not follow keys');
SELECT * FROM finish();
ROLLBACK;
