-- enrol() and assign_reviews() for :people people, one call each, beside a bare INSERT ... SELECT of the rows that
-- they made into the same tables, with the same triggers.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
SET jit = off;
SET max_parallel_workers_per_gather = 0;
SET work_mem = '256MB';
CREATE EXTENSION IF NOT EXISTS pg_appraisal;
CALL appraisal.create_tables();
CALL appraisal.link_account(session_user, 'hr');
-- units of 50 with a superior each, who is under one of the first ten people; every tenth moved in the period
SET session_replication_role = replica;
INSERT INTO appraisal.unit (code, title) SELECT 'u' || i, 'Unit' FROM generate_series(1, :people / 50) AS i;
INSERT INTO appraisal.person (code, name, hired_on) SELECT 'p' || i, 'Person', '2020-01-01' FROM generate_series(1, :people) AS i;
INSERT INTO appraisal.posting (person_id, unit_id, manager_id, job_group, during)
SELECT i, 1 + (i + v.moved) % (:people / 50), CASE WHEN i <= 10 THEN NULL WHEN i <= :people / 50 THEN 1 + i % 10 ELSE 1 + (i + v.moved) % (:people / 50) END,
       'staff', v.during
FROM generate_series(1, :people) AS i,
     (VALUES (0, false, '[2020-01-01,)'::daterange), (0, true, '[2020-01-01,2026-03-01)'), (1, true, '[2026-03-01,)')) AS v (moved, is_mover, during)
WHERE (i % 10 = 9) = v.is_mover AND (CASE WHEN i <= 10 THEN 0 WHEN i <= :people / 50 THEN 1 + i % 10 ELSE 1 + (i + v.moved) % (:people / 50) END) <> i;
SET session_replication_role = origin;
CALL appraisal.define_scheme('{"code": "bench", "title": "Bench", "label": "Bench", "language": "en", "periods": {"*": {"half_year": {}}},
    "dimensions": {"work": {"position": 1, "title": "Work", "label": "Work", "weights": {"*": 100}, "indicators": {"*": {"a": {"weight": 100}}}}},
    "indicators": {"a": {"title": "A", "label": "A", "kind": "rated", "least": 0, "most": 100}},
    "raters": {"*": {"manager": {"label": "M", "weight": 60}, "second_manager": {"label": "S", "weight": 20, "required": false},
                     "peer": {"label": "P", "weight": 20, "least_raters": 3, "anonymous": true, "required": false},
                     "self": {"label": "I", "weight": 0}}}}') \g /dev/null
CALL appraisal.activate_scheme('bench', valid_from => '2026-01-01') \g /dev/null
CALL appraisal.open_cycle('bench', 'bench', 'half_year', '[2026-01-01,2026-07-01)') \g /dev/null
VACUUM ANALYZE;

CREATE SCHEMA bench;
CREATE TABLE bench.run (what text, who text, milliseconds numeric);
CREATE PROCEDURE bench.time(what text, who text, statement text) LANGUAGE plpgsql AS $$
DECLARE
    start timestamptz := clock_timestamp();
BEGIN
    EXECUTE statement;
    INSERT INTO bench.run VALUES (what, who, extract(epoch FROM clock_timestamp() - start) * 1000);
END
$$;
-- the call, then the same rows by hand
CREATE PROCEDURE bench.empty(emptied text) LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL session_replication_role = replica;
    EXECUTE format('TRUNCATE appraisal.audit_log, %s', emptied);
    SET LOCAL session_replication_role = origin;
END
$$;
CREATE PROCEDURE bench.compare(what text, call text, columns text, emptied text) LANGUAGE plpgsql AS $$
BEGIN
    CALL bench.empty(emptied);
    CALL bench.time(what, 'call', call);
    EXECUTE format('CREATE TEMP TABLE made ON COMMIT DROP AS SELECT %s FROM appraisal.%I', columns, what);
    CALL bench.empty(emptied);
    CALL bench.time(what, 'bare', format('INSERT INTO appraisal.%I (%s) SELECT %2$s FROM made', what, columns));
END
$$;
SELECT $$CALL bench.compare('participant', $c$CALL appraisal.enrol('bench')$c$,
    'cycle_id, person_id, segment, segment_days, leads, unit_id, manager_id, job_group, exempt_because', 'appraisal.participant CASCADE')$$
FROM generate_series(1, :rounds) \gexec
CALL appraisal.start_scoring('bench');
SELECT $$CALL bench.compare('review', $c$CALL appraisal.assign_reviews('bench', most => 3)$c$,
    'cycle_id, participant_id, rater_id, source, anonymous, due_on', 'appraisal.review CASCADE')$$
FROM generate_series(1, :rounds) \gexec
\pset format unaligned
\pset tuples_only on
SELECT format('%s: %s rows, %s ms by the call, %s ms by INSERT ... SELECT, ratio %s (to reach: 1.5)', what,
              CASE what WHEN 'review' THEN (SELECT count(*) FROM appraisal.review) ELSE (SELECT count(*) FROM appraisal.participant) END,
              round(c::numeric), round(b::numeric), round((c / b)::numeric, 2))
FROM (SELECT what, percentile_cont(0.5) WITHIN GROUP (ORDER BY milliseconds) FILTER (WHERE who = 'call') AS c,
             percentile_cont(0.5) WITHIN GROUP (ORDER BY milliseconds) FILTER (WHERE who = 'bare') AS b FROM bench.run GROUP BY what) AS r;
TABLE bench.run;
