-- Sealing the audit log: many rows at once, logs restored and logs of 0.1.0. That nothing is lost while others
-- write: test/isolation/specs/seal_audit.spec.
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT plan(8);
CALL appraisal.create_tables();
CALL appraisal.seal_audit();

CREATE FUNCTION pg_temp.state() RETURNS text AS $$
    SELECT format('%s unsealed, %s twice, %s wrong', (SELECT count(*) FROM appraisal.audit_log) - count(DISTINCT id),
                  count(*) - count(DISTINCT id), (SELECT count(*) FROM appraisal.verify_audit()))
    FROM appraisal.audit_seal AS s, unnest(s.audit_ids) AS id
$$ LANGUAGE sql;
CREATE FUNCTION pg_temp.write(rows integer) RETURNS void AS $$
    INSERT INTO appraisal.audit_log (role_name, table_name, command, after)
    SELECT 'somebody', 'unit', 'INSERT', jsonb_build_object('unit_id', i) FROM generate_series(1, rows) AS i
$$ LANGUAGE sql;

-- many rows at once are more than one seal
SELECT pg_temp.write(250001);
CALL appraisal.seal_audit();
SELECT results_eq($$SELECT cardinality(audit_ids), cardinality(row_hashes), follows = lag(seal_id) OVER w FROM appraisal.audit_seal
                    WHERE cardinality(audit_ids) >= 50001 WINDOW w AS (ORDER BY seal_id) ORDER BY seal_id$$,
  'VALUES (100000, 100000, NULL), (100000, 100000, true), (50001, 50001, true)', '250,001 rows: three seals, each after the one before');
SELECT is((SELECT array_agg(id ORDER BY seal_id, place) FROM appraisal.audit_seal AS s, unnest(s.audit_ids) WITH ORDINALITY AS u (id, place)),
  (SELECT array_agg(audit_id ORDER BY audit_id) FROM appraisal.audit_log), 'all rows, in their order');
SELECT is(pg_temp.state(), '0 unsealed, 0 twice, 0 wrong', 'each once, and the chain holds');

-- what was complete at an earlier seal is not looked for again: that is what makes it quick
SET LOCAL session_replication_role = replica;
UPDATE appraisal.audit_seal SET complete_to = drawn_to - 3 WHERE cardinality(audit_ids) = 50001;
DELETE FROM appraisal.audit_seal WHERE cardinality(audit_ids) < 50001;
UPDATE appraisal.audit_seal SET audit_ids = audit_ids[:49990], row_hashes = row_hashes[:49990] WHERE cardinality(audit_ids) = 50001;
SET LOCAL session_replication_role = origin;
CALL appraisal.seal_audit();
SELECT is((SELECT array_agg(id) FROM unnest((SELECT audit_ids FROM appraisal.audit_seal ORDER BY seal_id DESC LIMIT 1)) AS id),
  (SELECT array_agg(drawn_to - i ORDER BY i DESC) FROM appraisal.audit_seal, generate_series(0, 2) AS i WHERE cardinality(audit_ids) = 49990),
  'of eleven rows that no seal holds, the three that are not said to be complete');

SELECT results_eq($$SELECT count(*), min(audit_id) = (SELECT drawn_to - 10 FROM appraisal.audit_seal WHERE cardinality(audit_ids) = 49990)
                    FROM appraisal.verify_audit() WHERE finding = 'row was added' AND seal_id IS NULL$$,
  'VALUES (8::bigint, true)', 'the other eight are told: somebody put them there');

-- a log of 0.1.0: its seals say nothing of this
SET LOCAL session_replication_role = replica;
UPDATE appraisal.audit_seal SET drawn_to = NULL, complete_to = NULL;
SET LOCAL session_replication_role = origin;
SELECT pg_temp.write(5);
CALL appraisal.seal_audit();
SELECT matches(pg_temp.state(), '^0 unsealed, 0 twice', 'after seals of 0.1.0 all is looked at');
SELECT results_eq('SELECT drawn_to, complete_to FROM appraisal.audit_seal ORDER BY seal_id DESC LIMIT 1',
  'SELECT max(audit_id), NULL::bigint FROM appraisal.audit_log', 'and the first seal says how far keys were given out');

-- keys that were given out while a seal was made are in it, above its drawn_to
SET LOCAL session_replication_role = replica;
UPDATE appraisal.audit_seal SET drawn_to = drawn_to - 2, complete_to = drawn_to - 2 WHERE seal_id = (SELECT max(seal_id) FROM appraisal.audit_seal);
SET LOCAL session_replication_role = origin;
SELECT pg_temp.write(1);
CALL appraisal.seal_audit();
SELECT matches(pg_temp.state(), '^0 unsealed, 0 twice', 'and are not sealed again');
SELECT * FROM finish();
ROLLBACK;
