-- create_tables() and upgrade_tables(): what they make, run once and twice.
BEGIN;
SELECT plan(9);

SELECT throws_ok('CALL appraisal.upgrade_tables()', 'AP001', 'there are no tables to upgrade', 'nothing to upgrade before');
SELECT is((SELECT array_agg(relname ORDER BY relname) FROM pg_class WHERE relnamespace = 'appraisal'::regnamespace AND relkind IN ('r', 'v', 'S')),
          NULL, 'the extension itself has no tables');
SELECT lives_ok('CALL appraisal.create_tables()', 'tables are made');

-- every object of the schema, with what a second run could change
CREATE TEMP VIEW object AS
SELECT 'class' AS kind, oid, relname::text AS name, xmin::text AS version FROM pg_class WHERE relnamespace = 'appraisal'::regnamespace
UNION ALL
SELECT 'constraint', oid, conname::text, xmin::text FROM pg_constraint WHERE connamespace = 'appraisal'::regnamespace
UNION ALL
SELECT 'trigger', t.oid, tgname::text, t.xmin::text
FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid WHERE relnamespace = 'appraisal'::regnamespace;
CREATE TEMP TABLE before AS TABLE object;
CALL appraisal.create_tables();
SELECT results_eq('SELECT * FROM object ORDER BY kind, oid', 'SELECT * FROM before ORDER BY kind, oid', 'the second time nothing changes');
SELECT lives_ok('CALL appraisal.upgrade_tables()', 'tables of this version are upgraded without ado');

UPDATE appraisal.tables_version SET version = 99;
SELECT throws_ok('CALL appraisal.upgrade_tables()', 'AP001', 'the tables are of version 99, this extension knows 2', 'tables from the future');

SELECT is((SELECT string_agg(c.oid::regclass || coalesce('.' || attname, ''), ', ' ORDER BY 1)
           FROM pg_class c LEFT JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
           WHERE relnamespace = 'appraisal'::regnamespace AND relkind IN ('r', 'p', 'v')
             AND (obj_description(c.oid, 'pg_class') IS NULL OR col_description(c.oid, attnum) IS NULL)),
          NULL, 'every table and column has a comment');
SELECT is((SELECT string_agg(conrelid::regclass || '.' || conname, ', ' ORDER BY 1)
           FROM pg_constraint k
           WHERE connamespace = 'appraisal'::regnamespace AND contype = 'f'
             AND conname NOT IN ('review_rater_exists', 'notice_person_exists', 'review_delegate_exists', 'result_gate_exists',
               'adjustment_participant_exists', 'adjustment_maker_exists', 'adjustment_authoriser_exists',
               'interview_holder_exists', 'interview_recorder_exists',
               'improvement_plan_result_exists', 'improvement_plan_opener_exists', 'improvement_plan_closer_exists', 'improvement_action_owner_exists',
               'outcome_participant_exists', 'outcome_person_exists', 'outcome_unit_exists', 'outcome_rule_exists', 'outcome_confirmer_exists',
               'outcome_revoker_exists', 'award_result_exists', 'award_outcome_exists', 'award_supplemented_exists', 'award_maker_exists',
               'appeal_result_exists', 'appeal_new_result_exists', 'appeal_handler_exists', 'appeal_decider_exists', 'appeal_event_person_exists', 'appeal_internal_proposer_exists') AND NOT EXISTS (
               SELECT FROM pg_index i
               WHERE i.indrelid = k.conrelid AND i.indpred IS NULL
                 AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)),
          NULL, 'every foreign key has an index that begins with its columns, save those whose columns are nobody''s to search (records_confidential.sql)');
SELECT is((SELECT string_agg(DISTINCT d.objid::regclass::text, ', ') FROM pg_depend d
           WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'e'
             AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_appraisal')),
          NULL, 'no table is a member of the extension');
SELECT * FROM finish();
ROLLBACK;
