-- What keeps the rows of a cycle to its steps, by whatever way they are written. The guards belong to the
-- tables' owner, because they must see rows that the writer may not; each looks at a statement's rows at
-- once. They lock the cycle's row, so that a step and a write do not pass each other.

CREATE FUNCTION appraisal.refuse_out_of_step() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    written record;
BEGIN
    FOR written IN
        SELECT c.code, c.status FROM appraisal.cycle AS c
        WHERE c.cycle_id IN (SELECT w.cycle_id FROM written_rows AS w)
        ORDER BY c.cycle_id
        FOR SHARE
    LOOP
        IF written.status <> ALL (TG_ARGV) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AP001',
                MESSAGE = format('%s of cycle "%s" cannot be written: the cycle is in status %s', TG_TABLE_NAME, written.code, written.status),
                DETAIL = format('It can be in status %s.', array_to_string(TG_ARGV, ' or ')),
                HINT = appraisal.next_step(written.status);
        END IF;
    END LOOP;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_out_of_step() IS
    'trigger: rows of a cycle are written in the statuses named as arguments';
REVOKE ALL ON FUNCTION appraisal.refuse_out_of_step() FROM PUBLIC;

-- In which statuses the rows of each table may be added, changed and removed.
DECLARE
    step record;
BEGIN
    FOR step IN
        SELECT v.* FROM (VALUES
            ('participant', 'INSERT', 'draft, goals'),
            ('participant', 'UPDATE', 'draft, goals, scoring'),
            ('participant', 'DELETE', 'draft, goals'),
            ('goal', 'INSERT', 'goals'),
            ('goal', 'UPDATE', 'goals'),
            ('goal', 'DELETE', 'goals'),
            ('measurement', 'INSERT', 'goals, scoring, calibration'),
            ('review', 'INSERT', 'scoring'),
            ('review', 'UPDATE', 'scoring'),
            ('review', 'DELETE', 'scoring'),
            ('rating', 'INSERT', 'scoring'),
            ('rating', 'UPDATE', 'scoring'),
            ('rating', 'DELETE', 'scoring'),
            ('feedback', 'INSERT', 'draft, goals, scoring, calibration')
        ) AS v (table_name, command, statuses)
    LOOP
        EXECUTE format('CREATE TRIGGER refuse_out_of_step_%s AFTER %s ON appraisal.%I
            REFERENCING %s TABLE AS written_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(%s)',
            lower(step.command), step.command, step.table_name,
            CASE step.command WHEN 'DELETE' THEN 'OLD' ELSE 'NEW' END, step.statuses);
    END LOOP;
END;

-- Only added to, like the audit log.
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.measurement
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.feedback
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
