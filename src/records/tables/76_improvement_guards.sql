-- How improvement plans are opened, changed and closed, and that a closed one stays. Plans are opened while the
-- cycle is published; they run on, and are closed, after it is.

CREATE FUNCTION appraisal.write_improvement_plan(cycle_id bigint, participant_id bigint, goals text, due_on date, actions jsonb,
                                                 direction text, support text, training text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.take_cycle_in(write_improvement_plan.cycle_id, 'improvement plans', 'published');
    RETURN appraisal.apply_improvement_plan(write_improvement_plan.cycle_id, write_improvement_plan.participant_id, write_improvement_plan.goals,
        write_improvement_plan.due_on, write_improvement_plan.actions, write_improvement_plan.direction, write_improvement_plan.support,
        write_improvement_plan.training);
END
$function$;
COMMENT ON FUNCTION appraisal.write_improvement_plan(bigint, bigint, text, date, jsonb, text, text, text) IS
    'what open_improvement_plan() calls: opens a plan by hand, with the rights of the tables'' owner; returns its key';

CREATE FUNCTION appraisal.write_due_improvement_plans(cycle_id bigint, due_on date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF NOT appraisal.acting_as('hr') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'improvement plans are opened by rule by HR only',
            HINT = 'A manager above opens one by hand: CALL appraisal.open_improvement_plan().';
    END IF;
    PERFORM appraisal.take_cycle_in(write_due_improvement_plans.cycle_id, 'improvement plans', 'published');
    RETURN appraisal.apply_due_improvement_plans(write_due_improvement_plans.cycle_id, write_due_improvement_plans.due_on);
END
$function$;
COMMENT ON FUNCTION appraisal.write_due_improvement_plans(bigint, date) IS
    'what open_due_improvement_plans() calls: for HR, with the rights of the tables'' owner; returns how many were opened';

CREATE FUNCTION appraisal.write_improvement_change(cycle_id bigint, participant_id bigint, goals text, due_on date, actions jsonb,
                                                   direction text, support text, training text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.take_cycle_in(write_improvement_change.cycle_id, 'improvement plans', 'published', 'closed');
    RETURN appraisal.apply_improvement_change(write_improvement_change.cycle_id, write_improvement_change.participant_id,
        write_improvement_change.goals, write_improvement_change.due_on, write_improvement_change.actions, write_improvement_change.direction,
        write_improvement_change.support, write_improvement_change.training);
END
$function$;
COMMENT ON FUNCTION appraisal.write_improvement_change(bigint, bigint, text, date, jsonb, text, text, text) IS
    'what revise_improvement_plan() calls: changes an open plan, with the rights of the tables'' owner; returns its key';

CREATE FUNCTION appraisal.write_improvement_progress(cycle_id bigint, participant_id bigint, action text, progress integer, note text,
                                                     done_on date) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.take_cycle_in(write_improvement_progress.cycle_id, 'improvement plans', 'published', 'closed');
    RETURN appraisal.apply_improvement_progress(write_improvement_progress.cycle_id, write_improvement_progress.participant_id,
        write_improvement_progress.action, write_improvement_progress.progress, write_improvement_progress.note,
        write_improvement_progress.done_on);
END
$function$;
COMMENT ON FUNCTION appraisal.write_improvement_progress(bigint, bigint, text, integer, text, date) IS
    'what record_improvement_progress() calls: with the rights of the tables'' owner; returns the key of the action';

CREATE FUNCTION appraisal.write_improvement_closing(cycle_id bigint, participant_id bigint, met boolean, reason text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.take_cycle_in(write_improvement_closing.cycle_id, 'improvement plans', 'published', 'closed');
    RETURN appraisal.apply_improvement_closing(write_improvement_closing.cycle_id, write_improvement_closing.participant_id,
        write_improvement_closing.met, write_improvement_closing.reason);
END
$function$;
COMMENT ON FUNCTION appraisal.write_improvement_closing(bigint, bigint, boolean, text) IS
    'what close_improvement_plan() calls: with the rights of the tables'' owner; returns the status';

CREATE TRIGGER only_added_to BEFORE DELETE OR TRUNCATE ON appraisal.improvement_plan
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE TRIGGER only_added_to BEFORE DELETE OR TRUNCATE ON appraisal.improvement_action
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();

CREATE FUNCTION appraisal.keep_improvement_plan() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    changing CONSTANT text[] := ARRAY['status', 'goals', 'direction', 'support', 'training', 'due_on', 'closed_by', 'closed_by_login', 'closed_at',
                                      'closed_because'];
BEGIN
    IF OLD.status <> 'open' OR to_jsonb(NEW) - changing IS DISTINCT FROM to_jsonb(OLD) - changing THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP007',
            MESSAGE = CASE OLD.status WHEN 'open' THEN 'whose improvement plan it is, and who opened it, never changes'
                                      ELSE 'a closed improvement plan never changes' END,
            DETAIL = format('It is improvement_plan %s.', OLD.plan_id),
            HINT = 'CALL appraisal.open_improvement_plan() opens another.';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_improvement_plan() IS
    'trigger: an improvement plan stays whose it is, and stays as it is once it is closed';
CREATE TRIGGER keep_improvement_plan BEFORE UPDATE ON appraisal.improvement_plan
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_improvement_plan();

CREATE FUNCTION appraisal.keep_improvement_action() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    fault record;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.cycle_id, NEW.plan_id, NEW.action_id, NEW.title) <> (OLD.cycle_id, OLD.plan_id, OLD.action_id, OLD.title) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP007',
            MESSAGE = 'plan and title of an improvement action never change',
            DETAIL = format('It is improvement_action %s.', OLD.action_id),
            HINT = 'CALL appraisal.revise_improvement_plan() adds another.';
    END IF;
    SELECT p.plan_id, p.status INTO fault
    FROM appraisal.improvement_plan AS p WHERE p.cycle_id = NEW.cycle_id AND p.plan_id = NEW.plan_id AND p.status <> 'open';
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP007',
            MESSAGE = 'the actions of a closed improvement plan never change',
            DETAIL = format('It is improvement_plan %s, which is %s.', fault.plan_id, fault.status),
            HINT = 'CALL appraisal.open_improvement_plan() opens another.';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_improvement_action() IS
    'trigger: actions are of open improvement plans, and keep their titles';
CREATE TRIGGER keep_improvement_action BEFORE INSERT OR UPDATE ON appraisal.improvement_action
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_improvement_action();
REVOKE ALL ON FUNCTION appraisal.write_improvement_plan(bigint, bigint, text, date, jsonb, text, text, text),
    appraisal.write_due_improvement_plans(bigint, date),
    appraisal.write_improvement_change(bigint, bigint, text, date, jsonb, text, text, text),
    appraisal.write_improvement_progress(bigint, bigint, text, integer, text, date),
    appraisal.write_improvement_closing(bigint, bigint, boolean, text),
    appraisal.keep_improvement_plan(), appraisal.keep_improvement_action() FROM PUBLIC;

CREATE TRIGGER refuse_out_of_step_insert AFTER INSERT ON appraisal.improvement_plan REFERENCING NEW TABLE AS written_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(published);
DECLARE
    step record;
BEGIN
    FOR step IN
        SELECT v.* FROM (VALUES ('improvement_plan', 'UPDATE'), ('improvement_action', 'INSERT'), ('improvement_action', 'UPDATE'))
            AS v (table_name, command)
    LOOP
        EXECUTE format('CREATE TRIGGER refuse_out_of_step_%s AFTER %s ON appraisal.%I REFERENCING NEW TABLE AS written_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(published, closed)',
            lower(step.command), step.command, step.table_name);
    END LOOP;
END;
