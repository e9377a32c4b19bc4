-- How results are written, and that they stay once they are published.

CREATE FUNCTION appraisal.write_results(cycle_id bigint, OUT scored integer, OUT missing integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    written record;
BEGIN
    IF NOT appraisal.acting_as('hr') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'results are computed by HR only',
            HINT = 'Ask for it a login with the capability hr.';
    END IF;
    -- written, not only locked, for the reason that take_cycle_in() has
    UPDATE appraisal.cycle AS c SET status = c.status WHERE c.cycle_id = write_results.cycle_id RETURNING c.code, c.status INTO written;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'AP004', MESSAGE = format('there is no cycle with cycle_id %s', write_results.cycle_id);
    ELSIF written.status NOT IN ('scoring', 'calibration') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('results of cycle "%s" cannot be computed: the cycle is in status %s', written.code, written.status),
            DETAIL = 'It can be in status scoring or calibration.',
            HINT = appraisal.next_step(written.status);
    END IF;
    PERFORM appraisal.refuse_if_signed(write_results.cycle_id, 'results');
    PERFORM appraisal.run_results(write_results.cycle_id);
    SELECT count(*) FILTER (WHERE r.state = 'scored'), count(*) FILTER (WHERE r.state NOT IN ('scored', 'exempt'))
    INTO scored, missing
    FROM appraisal.result AS r WHERE r.cycle_id = write_results.cycle_id AND r.version = 1;
END
$function$;
COMMENT ON FUNCTION appraisal.write_results(bigint) IS
    'what compute_results() calls: computes and writes the results of a cycle, for HR, with the rights of the tables'' owner';

-- A published result is one version of one participant, with the dimensions and sources that it rests on,
-- those of other segments included, and the cut line that it names. A next version, which keep_versions() lets
-- an appeal make, rests on those of the first.
CREATE FUNCTION appraisal.keep_published_result() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    PERFORM appraisal.refuse_published((SELECT min(c.code) FROM old_rows AS o JOIN appraisal.cycle AS c USING (cycle_id)
                                        WHERE o.published_at IS NOT NULL));
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_published_result() IS 'trigger: a published result never changes';

CREATE FUNCTION appraisal.keep_published_part() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    IF EXISTS (SELECT FROM appraisal.cycle AS c
               WHERE c.status IN ('published', 'closed') AND c.cycle_id IN (SELECT w.cycle_id FROM changed_rows AS w)) THEN
        PERFORM appraisal.refuse_published((
            SELECT min(c.code)
            FROM changed_rows AS w
            JOIN appraisal.participant AS p USING (cycle_id, participant_id)
            JOIN appraisal.participant AS l
                ON l.cycle_id = p.cycle_id AND coalesce(l.person_id, -l.appraised_unit_id) = coalesce(p.person_id, -p.appraised_unit_id)
            JOIN appraisal.result AS r
                ON r.cycle_id = l.cycle_id AND r.participant_id = l.participant_id AND r.version <= w.version
            JOIN appraisal.cycle AS c ON c.cycle_id = w.cycle_id
            WHERE r.published_at IS NOT NULL));
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_published_part() IS 'trigger: what a published result rests on never changes';

CREATE FUNCTION appraisal.keep_published_cut_line() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    PERFORM appraisal.refuse_published((
        SELECT min(c.code)
        FROM old_rows AS o
        JOIN appraisal.result AS r ON r.cycle_id = o.cycle_id AND r.cohort_unit_id = o.unit_id
        JOIN appraisal.cycle AS c ON c.cycle_id = o.cycle_id
        WHERE r.published_at IS NOT NULL));
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_published_cut_line() IS 'trigger: a cut line that a published result names never changes';

CREATE FUNCTION appraisal.keep_published() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    PERFORM appraisal.refuse_published((SELECT min(c.code) FROM appraisal.result AS r JOIN appraisal.cycle AS c USING (cycle_id)
                                        WHERE r.published_at IS NOT NULL));
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_published() IS 'trigger: tables with published results are never emptied';
REVOKE ALL ON FUNCTION appraisal.write_results(bigint), appraisal.keep_published_result(), appraisal.keep_published_part(),
    appraisal.keep_published_cut_line(), appraisal.keep_published() FROM PUBLIC;

DECLARE
    guard record;
BEGIN
    FOR guard IN
        SELECT v.* FROM (VALUES
            ('result', 'UPDATE', 'OLD', 'old_rows', 'keep_published_result'),
            ('result', 'DELETE', 'OLD', 'old_rows', 'keep_published_result'),
            ('cut_line', 'UPDATE', 'OLD', 'old_rows', 'keep_published_cut_line'),
            ('cut_line', 'DELETE', 'OLD', 'old_rows', 'keep_published_cut_line'),
            ('dimension_score', 'INSERT', 'NEW', 'changed_rows', 'keep_published_part'),
            ('dimension_score', 'UPDATE', 'OLD', 'changed_rows', 'keep_published_part'),
            ('dimension_score', 'DELETE', 'OLD', 'changed_rows', 'keep_published_part'),
            ('source_score', 'INSERT', 'NEW', 'changed_rows', 'keep_published_part'),
            ('source_score', 'UPDATE', 'OLD', 'changed_rows', 'keep_published_part'),
            ('source_score', 'DELETE', 'OLD', 'changed_rows', 'keep_published_part'),
            ('part_score', 'INSERT', 'NEW', 'changed_rows', 'keep_published_part'),
            ('part_score', 'UPDATE', 'OLD', 'changed_rows', 'keep_published_part'),
            ('part_score', 'DELETE', 'OLD', 'changed_rows', 'keep_published_part')
        ) AS v (table_name, command, side, row_set, function)
    LOOP
        EXECUTE format('CREATE TRIGGER keep_published_%s AFTER %s ON appraisal.%I REFERENCING %s TABLE AS %I
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.%I()',
            lower(guard.command), guard.command, guard.table_name, guard.side, guard.row_set, guard.function);
    END LOOP;
END;
CREATE TRIGGER keep_published_truncate BEFORE TRUNCATE ON appraisal.result
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_published();
CREATE TRIGGER keep_published_truncate BEFORE TRUNCATE ON appraisal.cut_line
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_published();
CREATE TRIGGER keep_published_truncate BEFORE TRUNCATE ON appraisal.dimension_score
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_published();
CREATE TRIGGER keep_published_truncate BEFORE TRUNCATE ON appraisal.source_score
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_published();
CREATE TRIGGER keep_published_truncate BEFORE TRUNCATE ON appraisal.part_score
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_published();
