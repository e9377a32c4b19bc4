-- How interviews and acknowledgements are written, and that they stay. As in 74_calibration_guards.sql, who
-- calls is checked here or in the member functions that these call, and each takes the cycle's row first.

CREATE FUNCTION appraisal.write_interview(cycle_id bigint, participant_id bigint, held_on date, held_by bigint, summary text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.take_cycle_in(write_interview.cycle_id, 'interviews', 'published');
    RETURN appraisal.apply_interview(write_interview.cycle_id, write_interview.participant_id, write_interview.held_on,
                                     write_interview.held_by, write_interview.summary);
END
$function$;
COMMENT ON FUNCTION appraisal.write_interview(bigint, bigint, date, bigint, text) IS
    'what record_interview() calls: records an interview, with the rights of the tables'' owner; returns its key';

CREATE FUNCTION appraisal.write_acknowledgement(cycle_id bigint, unit_id bigint, remark text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.take_cycle_in(write_acknowledgement.cycle_id, 'acknowledgements', 'published');
    RETURN appraisal.apply_acknowledgement(write_acknowledgement.cycle_id, write_acknowledgement.unit_id, write_acknowledgement.remark);
END
$function$;
COMMENT ON FUNCTION appraisal.write_acknowledgement(bigint, bigint, text) IS
    'what acknowledge_result() calls: notes that the one who asks knows the own result, with the rights of the tables'' owner; returns its version';
REVOKE ALL ON FUNCTION appraisal.write_interview(bigint, bigint, date, bigint, text),
    appraisal.write_acknowledgement(bigint, bigint, text) FROM PUBLIC;

DECLARE
    written name;
BEGIN
    FOREACH written IN ARRAY ARRAY['interview', 'acknowledgement'] LOOP
        EXECUTE format('CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.%I
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change()', written);
        EXECUTE format('CREATE TRIGGER refuse_out_of_step_insert AFTER INSERT ON appraisal.%I REFERENCING NEW TABLE AS written_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(published)', written);
    END LOOP;
END;
