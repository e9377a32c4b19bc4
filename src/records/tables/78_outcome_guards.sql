-- How outcomes are confirmed and bonuses awarded, and that what is written of it stays. Who calls is checked
-- here; the rest is the member functions'. Each takes the cycle's row first, so of two at once the second
-- goes by what the first has written.

-- What is due rests on all results of a run, and on plans that not all who confirm may read; the own is left out.
CREATE FUNCTION appraisal.outcomes_seen(cycle_id bigint)
    RETURNS TABLE (participant_id bigint, outcome_rule_id bigint, cycles bigint[], versions integer[], grades text[], effective_on date,
                   state text)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF appraisal.acting_as('hr') OR appraisal.acting_as('auditor') OR pg_has_role(session_user, current_user, 'USAGE')
       OR appraisal.acting_as('executive') AND appraisal.outcomes_shown_to_executives(outcomes_seen.cycle_id) THEN
        RETURN QUERY
        SELECT s.* FROM appraisal.outcome_states(outcomes_seen.cycle_id) AS s
        WHERE s.participant_id NOT IN (SELECT appraisal.my_participations());
    END IF;
END
$function$;
COMMENT ON FUNCTION appraisal.outcomes_seen(bigint) IS
    'outcome_states() for HR, auditors, and executives to whom the scheme shows results, without the caller''s own; for others none';

CREATE FUNCTION appraisal.write_outcomes(cycle_id bigint, participant_id bigint, outcome_rule_id bigint, note text) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.refuse_outcomes_by_others(write_outcomes.cycle_id);
    PERFORM appraisal.take_cycle_in(write_outcomes.cycle_id, 'outcomes', 'published', 'closed');
    RETURN appraisal.apply_outcomes(write_outcomes.cycle_id, write_outcomes.participant_id, write_outcomes.outcome_rule_id,
                                    write_outcomes.note);
END
$function$;
COMMENT ON FUNCTION appraisal.write_outcomes(bigint, bigint, bigint, text) IS
    'what confirm_outcome() and confirm_outcomes() call, with the rights of the tables'' owner; returns the keys of what was confirmed';

CREATE FUNCTION appraisal.write_revocation(cycle_id bigint, participant_id bigint, outcome_rule_id bigint, reason text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.refuse_outcomes_by_others(write_revocation.cycle_id);
    PERFORM appraisal.take_cycle_in(write_revocation.cycle_id, 'outcomes', 'published', 'closed');
    RETURN appraisal.apply_revocation(write_revocation.cycle_id, write_revocation.participant_id, write_revocation.outcome_rule_id,
                                      write_revocation.reason);
END
$function$;
COMMENT ON FUNCTION appraisal.write_revocation(bigint, bigint, bigint, text) IS
    'what revoke_outcome() calls, with the rights of the tables'' owner; returns the key of what was revoked';

CREATE FUNCTION appraisal.write_awards(cycle_id bigint, pool numeric, base numeric, people bigint[], bases numeric[], decimals integer,
                                       OUT awarded integer, OUT paid numeric)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF NOT appraisal.acting_as('hr') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'bonuses are awarded by HR only',
            HINT = 'Ask HR to CALL appraisal.award_bonus().';
    END IF;
    PERFORM appraisal.take_cycle_in(write_awards.cycle_id, 'awards', 'published', 'closed');
    SELECT a.awarded, a.paid INTO write_awards.awarded, write_awards.paid
    FROM appraisal.apply_awards(write_awards.cycle_id, write_awards.pool, write_awards.base, write_awards.people, write_awards.bases,
                                write_awards.decimals) AS a;
END
$function$;
COMMENT ON FUNCTION appraisal.write_awards(bigint, numeric, numeric, bigint[], numeric[], integer) IS
    'what award_bonus() calls, for HR, with the rights of the tables'' owner; returns how many awards and how much it was';
REVOKE ALL ON FUNCTION appraisal.outcomes_seen(bigint), appraisal.write_outcomes(bigint, bigint, bigint, text), appraisal.write_revocation(bigint, bigint, bigint, text),
    appraisal.write_awards(bigint, numeric, numeric, bigint[], numeric[], integer) FROM PUBLIC;

CREATE TRIGGER only_added_to BEFORE DELETE OR TRUNCATE ON appraisal.outcome
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.award
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();

-- An outcome is revoked, once, and else stays as it is.
CREATE FUNCTION appraisal.keep_outcome() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    revocation CONSTANT text[] := ARRAY['revoked_by', 'revoked_by_login', 'revoked_at', 'revoked_because'];
BEGIN
    IF OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL
       OR to_jsonb(NEW) - revocation IS DISTINCT FROM to_jsonb(OLD) - revocation THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP007',
            MESSAGE = 'an outcome is revoked, once, and else never changes',
            DETAIL = format('It is outcome %s.', OLD.outcome_id),
            HINT = 'CALL appraisal.revoke_outcome().';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_outcome() IS 'trigger: an outcome is revoked, once, and else never changes';
REVOKE ALL ON FUNCTION appraisal.keep_outcome() FROM PUBLIC;
CREATE TRIGGER keep_outcome BEFORE UPDATE ON appraisal.outcome
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_outcome();

DECLARE
    written record;
BEGIN
    FOR written IN
        SELECT v.* FROM (VALUES ('outcome', 'INSERT'), ('outcome', 'UPDATE'), ('award', 'INSERT')) AS v (table_name, command)
    LOOP
        EXECUTE format('CREATE TRIGGER refuse_out_of_step_%s AFTER %s ON appraisal.%I REFERENCING NEW TABLE AS written_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(published, closed)',
            lower(written.command), written.command, written.table_name);
    END LOOP;
END;
