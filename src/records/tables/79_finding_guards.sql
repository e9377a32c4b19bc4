-- How findings are written, and that they stay. Who calls is checked here, the rest in the member functions.

CREATE FUNCTION appraisal.write_finding(cycle_id bigint, unit_id bigint, participant_id bigint, process text, description text,
                                        found_on date, owner_id bigint, due_on date) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF NOT (appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('manager')) THEN
        PERFORM appraisal.refuse_finding('record', NULL);
    END IF;
    RETURN appraisal.add_finding(write_finding.cycle_id, write_finding.unit_id, write_finding.participant_id, write_finding.process,
                                 write_finding.description, write_finding.found_on, write_finding.owner_id, write_finding.due_on);
END
$function$;
COMMENT ON FUNCTION appraisal.write_finding(bigint, bigint, bigint, text, text, date, bigint, date) IS
    'what record_finding() calls: for HR, executives and managers, with the rights of the tables'' owner; returns its key';

CREATE FUNCTION appraisal.write_rectification(cycle_id bigint, finding_id bigint, rectification text, rectified_on date) RETURNS date
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RETURN appraisal.apply_rectification(write_rectification.cycle_id, write_rectification.finding_id, write_rectification.rectification,
                                         write_rectification.rectified_on);
END
$function$;
COMMENT ON FUNCTION appraisal.write_rectification(bigint, bigint, text, date) IS
    'what rectify_finding() calls: for the owner and HR, with the rights of the tables'' owner; returns the day';

CREATE FUNCTION appraisal.write_verification(cycle_id bigint, finding_id bigint, accepted boolean, verification text) RETURNS date
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RETURN appraisal.apply_verification(write_verification.cycle_id, write_verification.finding_id, write_verification.accepted,
                                        write_verification.verification);
END
$function$;
COMMENT ON FUNCTION appraisal.write_verification(bigint, bigint, boolean, text) IS
    'what verify_finding() calls: for others than the owner, with the rights of the tables'' owner; returns the day';
REVOKE ALL ON FUNCTION appraisal.write_finding(bigint, bigint, bigint, text, text, date, bigint, date),
    appraisal.write_rectification(bigint, bigint, text, date), appraisal.write_verification(bigint, bigint, boolean, text) FROM PUBLIC;

CREATE FUNCTION appraisal.keep_finding() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    may_change CONSTANT text[] := ARRAY['rectification', 'rectified_on', 'verified_by', 'verified_by_login', 'verified_on', 'accepted', 'verification'];
BEGIN
    IF OLD.accepted IS TRUE OR to_jsonb(NEW) - may_change IS DISTINCT FROM to_jsonb(OLD) - may_change THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP007',
            MESSAGE = 'a finding stays as it was recorded, and never changes once its rectification is accepted',
            DETAIL = format('It is finding %s.', OLD.finding_id),
            HINT = 'CALL appraisal.record_finding() records another.';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_finding() IS 'trigger: a finding is rectified and verified, and else never changes';
REVOKE ALL ON FUNCTION appraisal.keep_finding() FROM PUBLIC;
CREATE TRIGGER keep_finding BEFORE UPDATE ON appraisal.finding
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_finding();
CREATE TRIGGER only_added_to BEFORE DELETE OR TRUNCATE ON appraisal.finding
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
