-- How grades are calibrated and results signed off, and that what is written of it stays. Who calls is checked
-- here or in the member functions that these call; the rest is theirs. Each takes the cycle's row first.

CREATE FUNCTION appraisal.write_adjustments(cycle_id bigint, participants bigint[], grades text[], reasons text[],
                                            authorised_by bigint, undoing boolean) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF NOT (appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('manager')) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'grades are calibrated by HR, executives and managers',
            HINT = 'Ask one of them to CALL appraisal.calibrate().';
    END IF;
    PERFORM appraisal.take_cycle_in(write_adjustments.cycle_id, 'calibrated grades', 'calibration');
    RETURN appraisal.apply_adjustments(write_adjustments.cycle_id, participants, grades, reasons, authorised_by, undoing);
END
$function$;
COMMENT ON FUNCTION appraisal.write_adjustments(bigint, bigint[], text[], text[], bigint, boolean) IS
    'what calibrate() and undo_calibration() call: changes final grades, with the rights of the tables'' owner';

CREATE FUNCTION appraisal.write_sign_off(cycle_id bigint, unit_id bigint, remark text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF appraisal.acting_person() IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'results are signed by people, and this login is nobody in particular',
            HINT = 'A service sets appraisal.actor to the person it acts for.';
    END IF;
    PERFORM appraisal.take_cycle_in(write_sign_off.cycle_id, 'signatures', 'calibration');
    RETURN appraisal.apply_sign_off(write_sign_off.cycle_id, write_sign_off.unit_id, write_sign_off.remark);
END
$function$;
COMMENT ON FUNCTION appraisal.write_sign_off(bigint, bigint, text) IS
    'what sign_off() calls: signs the next step for a unit or a cycle, with the rights of the tables'' owner; returns the step';

CREATE FUNCTION appraisal.write_withdrawal(cycle_id bigint, unit_id bigint, reason text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF NOT appraisal.acting_as('hr') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'HR alone withdraws signatures',
            HINT = 'Ask HR to CALL appraisal.withdraw_sign_off().';
    END IF;
    PERFORM appraisal.take_cycle_in(write_withdrawal.cycle_id, 'signatures', 'calibration');
    RETURN appraisal.apply_withdrawal(write_withdrawal.cycle_id, write_withdrawal.unit_id, write_withdrawal.reason);
END
$function$;
COMMENT ON FUNCTION appraisal.write_withdrawal(bigint, bigint, text) IS
    'what withdraw_sign_off() calls: for HR, with the rights of the tables'' owner; returns how many signatures it was';

-- Who delegates may not see whom, so the delegate comes by code; it is looked up for who may delegate only.
CREATE FUNCTION appraisal.write_delegation(cycle_id bigint, step integer, unit_id bigint, to_code text, reason text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.take_cycle_to_delegate(write_delegation.cycle_id);
    RETURN appraisal.apply_delegation(write_delegation.cycle_id, write_delegation.step, write_delegation.unit_id,
                                      write_delegation.to_code, write_delegation.reason);
END
$function$;
COMMENT ON FUNCTION appraisal.write_delegation(bigint, integer, bigint, text, text) IS
    'what delegate_sign_off() calls: has somebody sign a step in the caller''s place, with the rights of the tables'' owner; returns its key';

CREATE FUNCTION appraisal.write_delegation_withdrawal(cycle_id bigint, step integer, unit_id bigint, from_person bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.take_cycle_to_delegate(write_delegation_withdrawal.cycle_id);
    RETURN appraisal.apply_delegation_withdrawal(write_delegation_withdrawal.cycle_id, write_delegation_withdrawal.step,
                                                 write_delegation_withdrawal.unit_id, write_delegation_withdrawal.from_person);
END
$function$;
COMMENT ON FUNCTION appraisal.write_delegation_withdrawal(bigint, integer, bigint, bigint) IS
    'what withdraw_delegation() calls, with the rights of the tables'' owner; returns the key of what was withdrawn';

CREATE FUNCTION appraisal.write_quota_override(cycle_id bigint, unit_id bigint, reason text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF NOT (appraisal.acting_as('hr') OR appraisal.acting_as('executive')) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'quotas are overridden by HR and executives',
            HINT = 'Ask one of them to CALL appraisal.override_quota().';
    END IF;
    PERFORM appraisal.take_cycle_in(write_quota_override.cycle_id, 'overrides of the quota', 'calibration');
    RETURN appraisal.apply_quota_override(write_quota_override.cycle_id, write_quota_override.unit_id, write_quota_override.reason);
END
$function$;
COMMENT ON FUNCTION appraisal.write_quota_override(bigint, bigint, text) IS
    'what override_quota() calls, with the rights of the tables'' owner; returns the heads out of bounds';
REVOKE ALL ON FUNCTION appraisal.write_adjustments(bigint, bigint[], text[], text[], bigint, boolean),
    appraisal.write_sign_off(bigint, bigint, text), appraisal.write_withdrawal(bigint, bigint, text),
    appraisal.write_quota_override(bigint, bigint, text), appraisal.write_delegation(bigint, integer, bigint, text, text),
    appraisal.write_delegation_withdrawal(bigint, integer, bigint, bigint) FROM PUBLIC;

CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.adjustment
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.quota_override
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE TRIGGER only_added_to BEFORE DELETE OR TRUNCATE ON appraisal.sign_off
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();

-- A signature is withdrawn, once, and else stays as it is.
CREATE FUNCTION appraisal.keep_sign_off() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    IF OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL
       OR to_jsonb(NEW) - '{withdrawn_at,withdrawn_because}'::text[]
          IS DISTINCT FROM to_jsonb(OLD) - '{withdrawn_at,withdrawn_because}'::text[] THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP007',
            MESSAGE = 'a signature is withdrawn, once, and else never changes',
            DETAIL = format('It is sign_off %s.', OLD.sign_off_id),
            HINT = 'CALL appraisal.withdraw_sign_off().';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_sign_off() IS 'trigger: a signature is withdrawn, once, and else never changes';
REVOKE ALL ON FUNCTION appraisal.keep_sign_off() FROM PUBLIC;
CREATE TRIGGER keep_sign_off BEFORE UPDATE ON appraisal.sign_off
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_sign_off();

-- So is a delegation: what was signed under it is explained by it.
CREATE TRIGGER only_added_to BEFORE DELETE OR TRUNCATE ON appraisal.delegation
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE FUNCTION appraisal.keep_delegation() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    IF OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL
       OR to_jsonb(NEW) - 'withdrawn_at' IS DISTINCT FROM to_jsonb(OLD) - 'withdrawn_at' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP007',
            MESSAGE = 'a delegation is withdrawn, once, and else never changes',
            DETAIL = format('It is delegation %s.', OLD.delegation_id),
            HINT = 'CALL appraisal.withdraw_delegation().';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_delegation() IS 'trigger: a delegation is withdrawn, once, and else never changes';
REVOKE ALL ON FUNCTION appraisal.keep_delegation() FROM PUBLIC;
CREATE TRIGGER keep_delegation BEFORE UPDATE ON appraisal.delegation
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_delegation();
CREATE TRIGGER refuse_out_of_step_insert AFTER INSERT ON appraisal.delegation REFERENCING NEW TABLE AS written_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(draft, goals, scoring, calibration);
CREATE TRIGGER refuse_out_of_step_update AFTER UPDATE ON appraisal.delegation REFERENCING NEW TABLE AS written_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(draft, goals, scoring, calibration);

DECLARE
    written name;
BEGIN
    FOREACH written IN ARRAY ARRAY['adjustment', 'sign_off', 'quota_override'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_out_of_step_insert AFTER INSERT ON appraisal.%I REFERENCING NEW TABLE AS written_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(calibration)', written);
    END LOOP;
END;
CREATE TRIGGER refuse_out_of_step_update AFTER UPDATE ON appraisal.sign_off REFERENCING NEW TABLE AS written_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(calibration);

-- What is signed is what the figures come to, so no figure is added after.
CREATE FUNCTION appraisal.refuse_signed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    PERFORM appraisal.refuse_if_signed(w.cycle_id, 'figures') FROM (SELECT DISTINCT m.cycle_id FROM written_rows AS m) AS w;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_signed() IS 'trigger: no figures are added to a cycle whose results somebody has signed';
REVOKE ALL ON FUNCTION appraisal.refuse_signed() FROM PUBLIC;
CREATE TRIGGER refuse_signed AFTER INSERT ON appraisal.measurement REFERENCING NEW TABLE AS written_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_signed();

-- After the audit's own trigger, so that what publishing wrote is in the block.
CREATE FUNCTION appraisal.seal_publication() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    IF EXISTS (SELECT FROM new_rows AS n JOIN old_rows AS o USING (cycle_id)
               WHERE n.status = 'published' AND o.status = 'calibration') THEN
        CALL appraisal.seal_audit();
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.seal_publication() IS 'trigger: publication seals the audit log';
REVOKE ALL ON FUNCTION appraisal.seal_publication() FROM PUBLIC;
CREATE TRIGGER seal_publication AFTER UPDATE ON appraisal.cycle REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.seal_publication();
