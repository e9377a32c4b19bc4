-- How appeals are written, and that what is written of them stays. Each function takes the cycle's row first;
-- who may do what is said by the member functions that they call.

CREATE FUNCTION appraisal.write_appeal(cycle_id bigint, participant_id bigint, act text, remark text, internal boolean) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.take_cycle_in(write_appeal.cycle_id, 'appeals', 'published');
    CASE act
    WHEN 'file' THEN
        RETURN appraisal.apply_filing(write_appeal.cycle_id, write_appeal.participant_id, write_appeal.remark);
    WHEN 'withdraw' THEN
        RETURN appraisal.apply_appeal_withdrawal(write_appeal.cycle_id, write_appeal.participant_id, write_appeal.remark);
    WHEN 'take' THEN
        RETURN appraisal.apply_taking(write_appeal.cycle_id, write_appeal.participant_id, write_appeal.remark);
    WHEN 'escalate' THEN
        RETURN appraisal.apply_appeal_escalation(write_appeal.cycle_id, write_appeal.participant_id, write_appeal.remark);
    ELSE
        RETURN appraisal.apply_appeal_note(write_appeal.cycle_id, write_appeal.participant_id, write_appeal.act, write_appeal.remark,
                                           write_appeal.internal);
    END CASE;
END
$function$;
COMMENT ON FUNCTION appraisal.write_appeal(bigint, bigint, text, text, boolean) IS
    'what the calls on appeals but those of decisions call: file, withdraw, take, escalate, talk or note, with the rights of the tables'' owner; returns the appeal''s key, of a note the event''s';

CREATE FUNCTION appraisal.write_appeal_proposal(cycle_id bigint, participant_id bigint, score numeric, grade text, reason text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.take_cycle_in(write_appeal_proposal.cycle_id, 'appeals', 'published');
    RETURN appraisal.apply_proposal(write_appeal_proposal.cycle_id, write_appeal_proposal.participant_id, write_appeal_proposal.score,
                                    write_appeal_proposal.grade, write_appeal_proposal.reason);
END
$function$;
COMMENT ON FUNCTION appraisal.write_appeal_proposal(bigint, bigint, numeric, text, text) IS
    'what propose_decision() calls, with the rights of the tables'' owner; returns the level to which the appeal goes';

CREATE FUNCTION appraisal.write_appeal_decision(cycle_id bigint, participant_id bigint, upheld boolean, score numeric, grade text,
                                                reason text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.take_cycle_in(write_appeal_decision.cycle_id, 'appeals', 'published');
    RETURN appraisal.apply_decision(write_appeal_decision.cycle_id, write_appeal_decision.participant_id, write_appeal_decision.upheld,
                                    write_appeal_decision.score, write_appeal_decision.grade, write_appeal_decision.reason);
END
$function$;
COMMENT ON FUNCTION appraisal.write_appeal_decision(bigint, bigint, boolean, numeric, text, text) IS
    'what decide_appeal() calls, with the rights of the tables'' owner; returns the new version of the result, if it makes one';

-- It does what is due and nothing else, so who calls does not matter.
CREATE FUNCTION appraisal.write_appeal_escalations(only_cycle bigint, OUT escalated integer, OUT overdue integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    this_cycle bigint;
    moved record;
BEGIN
    escalated := 0;
    overdue := 0;
    FOR this_cycle IN
        SELECT DISTINCT a.cycle_id FROM appraisal.appeal AS a
        WHERE (only_cycle IS NULL OR a.cycle_id = only_cycle)
          AND a.status IN ('filed', 'investigating') AND a.due_at <= statement_timestamp()
        ORDER BY a.cycle_id
    LOOP
        PERFORM appraisal.take_cycle_in(this_cycle, 'appeals', 'published');
        SELECT e.escalated, e.overdue INTO moved FROM appraisal.apply_escalations(this_cycle) AS e;
        escalated := escalated + moved.escalated;
        overdue := overdue + moved.overdue;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION appraisal.write_appeal_escalations(bigint) IS
    'what escalate_overdue_appeals() calls: takes overdue appeals of a cycle, or of all, to the next level, with the rights of the tables'' owner';
REVOKE ALL ON FUNCTION appraisal.write_appeal(bigint, bigint, text, text, boolean),
    appraisal.write_appeal_proposal(bigint, bigint, numeric, text, text),
    appraisal.write_appeal_decision(bigint, bigint, boolean, numeric, text, text),
    appraisal.write_appeal_escalations(bigint) FROM PUBLIC;

CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.appeal_event
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE TRIGGER only_added_to BEFORE DELETE OR TRUNCATE ON appraisal.appeal
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE TRIGGER only_added_to BEFORE DELETE OR TRUNCATE ON appraisal.appeal_internal
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();

DECLARE
    written name;
BEGIN
    FOREACH written IN ARRAY ARRAY['appeal', 'appeal_event', 'appeal_internal'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_out_of_step_insert AFTER INSERT ON appraisal.%I REFERENCING NEW TABLE AS written_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(published)', written);
    END LOOP;
    FOREACH written IN ARRAY ARRAY['appeal', 'appeal_internal'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_out_of_step_update AFTER UPDATE ON appraisal.%I REFERENCING NEW TABLE AS written_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(published)', written);
    END LOOP;
END;

-- What was appealed, when and why stays; and so does all of an appeal that is over.
CREATE FUNCTION appraisal.keep_appeal() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    IF OLD.status NOT IN ('filed', 'investigating')
       OR (NEW.cycle_id, NEW.appeal_id, NEW.participant_id, NEW.version, NEW.grounds, NEW.filed_at)
          IS DISTINCT FROM (OLD.cycle_id, OLD.appeal_id, OLD.participant_id, OLD.version, OLD.grounds, OLD.filed_at) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP007',
            MESSAGE = 'what was appealed, when and why never changes, nor does an appeal that is over',
            DETAIL = format('It is appeal %s, %s.', OLD.appeal_id, OLD.status),
            HINT = 'CALL appraisal.file_appeal() files another, add_appeal_note() adds to one that is open.';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_appeal() IS 'trigger: what was appealed stays, and so does an appeal that is over';
REVOKE ALL ON FUNCTION appraisal.keep_appeal() FROM PUBLIC;
CREATE TRIGGER keep_appeal BEFORE UPDATE ON appraisal.appeal
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_appeal();

-- A result is added to a published cycle as the next version that an upheld appeal has announced, and by no other way.
CREATE FUNCTION appraisal.keep_versions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    PERFORM appraisal.refuse_published((
        SELECT min(c.code)
        FROM new_rows AS n JOIN appraisal.cycle AS c USING (cycle_id)
        WHERE (n.version > 1 OR c.status IN ('published', 'closed'))
          AND NOT EXISTS (SELECT FROM appraisal.appeal AS a
                          WHERE a.cycle_id = n.cycle_id AND +a.participant_id = n.participant_id AND a.status = 'upheld'
                            AND a.new_version = n.version)));
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_versions() IS 'trigger: a later version of a result is that of an upheld appeal';
REVOKE ALL ON FUNCTION appraisal.keep_versions() FROM PUBLIC;
CREATE TRIGGER keep_versions AFTER INSERT ON appraisal.result REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_versions();
