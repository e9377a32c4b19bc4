-- Improvement plans: opened by hand or by the scheme's rule, carried out in actions, closed met or not met.
--
-- A plan never follows from the forced distribution alone, unless the scheme says so: the grade that is read is
-- the calibrated one, which people gave for a reason, else the one that the score earned.

CREATE FUNCTION appraisal.grade_for_improvement(improvement_reads text, natural_grade text, calibrated_grade text, final_grade text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE improvement_reads WHEN 'final' THEN final_grade ELSE coalesce(calibrated_grade, natural_grade) END
$$;
COMMENT ON FUNCTION appraisal.grade_for_improvement(text, text, text, text) IS
    'the grade of a result that the scheme''s improvement_grade is held against';

CREATE FUNCTION appraisal.results_to_improve(of_cycle bigint)
    RETURNS TABLE (participant_id bigint, version integer, grade text, natural_grade text, final_grade text, is_low boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this record;
BEGIN
    SELECT s.scale, s.improvement_reads, appraisal.grade_rank(s.improvement_grade, s.scale) AS low INTO this
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    RETURN QUERY
    SELECT r.participant_id, r.version, g.grade, r.natural_grade, r.final_grade,
           coalesce(appraisal.grade_rank(g.grade, this.scale) >= this.low, false)
    FROM appraisal.current_result AS r
    JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    CROSS JOIN LATERAL (SELECT appraisal.grade_for_improvement(this.improvement_reads, r.natural_grade, r.calibrated_grade, r.final_grade) AS grade) AS g
    WHERE r.cycle_id = of_cycle AND r.published_at IS NOT NULL AND p.person_id IS NOT NULL;
END
$$;
COMMENT ON FUNCTION appraisal.results_to_improve(bigint) IS
    'published results of people, as far as the caller sees them: the grade that is read, and whether it is low enough for a plan';

-- One that was cancelled is not opened again by the same version of the result.
CREATE FUNCTION appraisal.improvement_plans_due(of_cycle bigint) RETURNS TABLE (participant_id bigint, version integer)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT r.participant_id, r.version
    FROM appraisal.results_to_improve(of_cycle) AS r
    WHERE r.is_low
      AND NOT EXISTS (SELECT FROM appraisal.improvement_plan AS l
                      WHERE l.cycle_id = of_cycle AND +l.participant_id = r.participant_id
                        AND (l.status <> 'cancelled' OR l.version = r.version));
END
$$;
COMMENT ON FUNCTION appraisal.improvement_plans_due(bigint) IS
    'participants whose result wants an improvement plan by the scheme''s rule and has none';

CREATE FUNCTION appraisal.open_plan_of(of_cycle bigint, of_participant bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_id bigint;
BEGIN
    SELECT l.plan_id INTO found_id
    FROM appraisal.improvement_plan AS l WHERE l.cycle_id = of_cycle AND +l.participant_id = of_participant AND l.status = 'open';
    IF found_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('%s has no open improvement plan in cycle "%s"', appraisal.participant_name(of_cycle, of_participant),
                             (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle)),
            HINT = 'CALL appraisal.open_improvement_plan() opens one.';
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION appraisal.open_plan_of(bigint, bigint) IS 'key of the open improvement plan of a participant; an error if there is none';

-- Actions of a plan: those of a title that is there are changed in what is given, others are added.
CREATE FUNCTION appraisal.write_improvement_actions(of_cycle bigint, of_plan bigint, actions jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    plan record;
    fault record;
BEGIN
    SELECT l.due_on, coalesce(p.person_id, p.manager_id) AS person_id, appraisal.participant_name(of_cycle, p.participant_id) AS who INTO plan
    FROM appraisal.improvement_plan AS l JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    WHERE l.cycle_id = of_cycle AND l.plan_id = of_plan;
    SELECT x.place, x.title, count(*) OVER (PARTITION BY btrim(x.title)) > 1 AS twice INTO fault
    FROM ROWS FROM (jsonb_to_recordset(actions) AS (title text)) WITH ORDINALITY AS x (title, place)
    ORDER BY coalesce(btrim(x.title), '') = '' DESC, twice DESC, x.place LIMIT 1;
    IF coalesce(btrim(fault.title), '') = '' AND FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('action %s of the improvement plan of %s has no title', fault.place, plan.who),
            HINT = 'Actions are a list of objects: title, owner, due_on, support, training.';
    ELSIF fault.twice THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('action "%s" is there more than once', fault.title),
            DETAIL = format('It is in the improvement plan of %s.', plan.who),
            HINT = 'Give each action once.';
    END IF;
    UPDATE appraisal.improvement_action AS a
    SET owner_id = coalesce(x.owner_id, a.owner_id), due_on = coalesce(x.due_on, a.due_on),
        support = coalesce(x.support, a.support), training = coalesce(x.training, a.training)
    FROM jsonb_to_recordset(actions) AS x (title text, owner_id bigint, due_on date, support text, training text)
    WHERE a.cycle_id = of_cycle AND a.plan_id = of_plan AND btrim(a.title) = btrim(x.title);
    INSERT INTO appraisal.improvement_action (cycle_id, plan_id, title, owner_id, due_on, support, training)
    SELECT of_cycle, of_plan, btrim(x.title), coalesce(x.owner_id, plan.person_id), coalesce(x.due_on, plan.due_on), x.support, x.training
    FROM ROWS FROM (jsonb_to_recordset(actions) AS (title text, owner_id bigint, due_on date, support text, training text))
        WITH ORDINALITY AS x (title, owner_id, due_on, support, training, place)
    WHERE NOT EXISTS (SELECT FROM appraisal.improvement_action AS a
                      WHERE a.cycle_id = of_cycle AND a.plan_id = of_plan AND btrim(a.title) = btrim(x.title))
    ORDER BY x.place;
    SELECT a.title, a.due_on INTO fault
    FROM appraisal.improvement_action AS a
    WHERE a.cycle_id = of_cycle AND a.plan_id = of_plan AND a.due_on > plan.due_on
    ORDER BY a.action_id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('action "%s" is due after the improvement plan of %s', fault.title, plan.who),
            DETAIL = format('The action is due on %s, the plan on %s.', fault.due_on, plan.due_on),
            HINT = 'Give the action an earlier due_on, or the plan a later one.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.write_improvement_actions(bigint, bigint, jsonb) IS
    'adds actions to an improvement plan, or changes those that it has: [{"title", "owner_id", "due_on", "support", "training"}, ...]';

CREATE FUNCTION appraisal.check_improvement_due_on(who text, due_on date) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- as improvement_plan_due_on_is_ahead
    IF due_on IS NULL OR due_on < (statement_timestamp() AT TIME ZONE INTERVAL '-12:00')::date THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('the improvement plan of %s cannot be due on %s', who, coalesce(due_on::text, 'NULL')),
            HINT = 'Give in due_on the last day of the plan, which is to come.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.check_improvement_due_on(text, date) IS 'an error unless the last day of an improvement plan is to come';

CREATE FUNCTION appraisal.apply_improvement_plan(of_cycle bigint, of_participant bigint, goals text, due_on date, actions jsonb,
                                                 direction text, support text, training text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who CONSTANT text := appraisal.participant_name(of_cycle, of_participant);
    rule record;
    found_result record;
    present record;
    new_id bigint;
BEGIN
    PERFORM appraisal.refuse_unless_above(of_cycle, of_participant, 'improvement plans', 'open_improvement_plan');
    SELECT r.* INTO found_result FROM appraisal.result_after_publication(of_cycle, of_participant) AS r;
    SELECT s.scale, s.improvement_reads, s.improvement_grade, appraisal.grade_rank(s.improvement_grade, s.scale) AS low INTO rule
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    SELECT l.opened_at, l.due_on INTO present
    FROM appraisal.improvement_plan AS l WHERE l.cycle_id = of_cycle AND +l.participant_id = of_participant AND l.status = 'open';
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('%s has an open improvement plan already', who),
            DETAIL = format('It was opened at %s and is due on %s.', present.opened_at, present.due_on),
            HINT = 'CALL appraisal.revise_improvement_plan() changes it, close_improvement_plan() closes it.';
    ELSIF coalesce(btrim(goals), '') = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('the improvement plan of %s needs goals', who),
            HINT = 'Say in goals what is to be reached.';
    ELSIF appraisal.grade_rank(found_result.final_grade, rule.scale) >= rule.low
          AND appraisal.grade_rank(appraisal.grade_for_improvement(rule.improvement_reads, found_result.natural_grade,
                                                                   found_result.calibrated_grade, found_result.final_grade), rule.scale) < rule.low THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('an improvement plan of %s would follow from the forced distribution alone', who),
            DETAIL = format('The score earned "%s", the group''s cut line made it "%s"; plans are for "%s" or worse.',
                            found_result.natural_grade, found_result.final_grade, rule.improvement_grade),
            HINT = 'A scheme whose plans may follow from it has improvement_reads "final".';
    END IF;
    PERFORM appraisal.check_improvement_due_on(who, apply_improvement_plan.due_on);
    INSERT INTO appraisal.improvement_plan AS l
        (cycle_id, participant_id, version, by_rule, goals, direction, support, training, due_on, opened_by, opened_by_login, opened_at)
    VALUES (of_cycle, of_participant, found_result.version, false, apply_improvement_plan.goals, nullif(btrim(apply_improvement_plan.direction), ''),
            nullif(btrim(apply_improvement_plan.support), ''), nullif(btrim(apply_improvement_plan.training), ''), apply_improvement_plan.due_on,
            appraisal.acting_person(), session_user, statement_timestamp())
    RETURNING l.plan_id INTO new_id;
    PERFORM appraisal.write_improvement_actions(of_cycle, new_id, coalesce(actions, '[]'));
    RETURN new_id;
END
$$;
COMMENT ON FUNCTION appraisal.apply_improvement_plan(bigint, bigint, text, date, jsonb, text, text, text) IS
    'opens an improvement plan by hand, if the one who asks may; returns its key';

-- Rule is rule: whoever has the call made does not choose for whom, so one's own is not left out.
CREATE FUNCTION appraisal.apply_due_improvement_plans(of_cycle bigint, due_on date) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this record;
    last_day date;
    opened integer;
BEGIN
    SELECT c.code, c.during, s.improvement_grade INTO this
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    IF this.improvement_grade IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('the scheme of cycle "%s" opens no improvement plans by rule', this.code),
            DETAIL = 'It has no improvement_grade.',
            HINT = 'CALL appraisal.open_improvement_plan() opens one by hand.';
    END IF;
    last_day := coalesce(apply_due_improvement_plans.due_on, current_date + (upper(this.during) - lower(this.during)));
    PERFORM appraisal.check_improvement_due_on(format('cycle "%s"', this.code), last_day);
    INSERT INTO appraisal.improvement_plan (cycle_id, participant_id, version, by_rule, due_on, opened_by, opened_by_login, opened_at)
    SELECT of_cycle, d.participant_id, d.version, true, last_day, appraisal.acting_person(), session_user, statement_timestamp()
    FROM appraisal.improvement_plans_due(of_cycle) AS d
    ORDER BY d.participant_id;
    GET DIAGNOSTICS opened = ROW_COUNT;
    RETURN opened;
END
$$;
COMMENT ON FUNCTION appraisal.apply_due_improvement_plans(bigint, date) IS
    'opens the improvement plans that the scheme''s rule wants; returns how many';

CREATE FUNCTION appraisal.apply_improvement_change(of_cycle bigint, of_participant bigint, goals text, due_on date, actions jsonb,
                                                   direction text, support text, training text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_plan bigint;
BEGIN
    PERFORM appraisal.refuse_unless_above(of_cycle, of_participant, 'improvement plans', 'revise_improvement_plan');
    this_plan := appraisal.open_plan_of(of_cycle, of_participant);
    IF apply_improvement_change.due_on IS NOT NULL THEN
        PERFORM appraisal.check_improvement_due_on(appraisal.participant_name(of_cycle, of_participant), apply_improvement_change.due_on);
    END IF;
    UPDATE appraisal.improvement_plan AS l
    SET goals = coalesce(nullif(btrim(apply_improvement_change.goals), ''), l.goals),
        due_on = coalesce(apply_improvement_change.due_on, l.due_on),
        direction = coalesce(nullif(btrim(apply_improvement_change.direction), ''), l.direction),
        support = coalesce(nullif(btrim(apply_improvement_change.support), ''), l.support),
        training = coalesce(nullif(btrim(apply_improvement_change.training), ''), l.training)
    WHERE l.cycle_id = of_cycle AND l.plan_id = this_plan;
    PERFORM appraisal.write_improvement_actions(of_cycle, this_plan, coalesce(actions, '[]'));
    RETURN this_plan;
END
$$;
COMMENT ON FUNCTION appraisal.apply_improvement_change(bigint, bigint, text, date, jsonb, text, text, text) IS
    'changes an open improvement plan, if the one who asks may; returns its key';

-- Who owns an action reports on it, without seeing whose plan it is of.
CREATE FUNCTION appraisal.apply_improvement_progress(of_cycle bigint, of_participant bigint, action text, progress integer, note text,
                                                     done_on date) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
    this_plan bigint;
    found_actions bigint[];
BEGIN
    SELECT array_agg(a.action_id) INTO found_actions
    FROM appraisal.improvement_action AS a JOIN appraisal.improvement_plan AS l USING (cycle_id, plan_id)
    WHERE a.cycle_id = of_cycle AND +a.owner_id = me AND l.status = 'open' AND btrim(a.title) = btrim(apply_improvement_progress.action)
      AND (of_participant IS NULL OR +l.participant_id = of_participant);
    IF found_actions IS NULL AND of_participant IS NOT NULL THEN
        PERFORM appraisal.refuse_unless_above(of_cycle, of_participant, 'improvement plans', 'record_improvement_progress');
        this_plan := appraisal.open_plan_of(of_cycle, of_participant);
        SELECT array_agg(a.action_id) INTO found_actions
        FROM appraisal.improvement_action AS a
        WHERE a.cycle_id = of_cycle AND a.plan_id = this_plan AND btrim(a.title) = btrim(apply_improvement_progress.action);
    END IF;
    IF found_actions IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no action "%s" for you to report on', action),
            HINT = 'Actions of open plans count, by their titles; who does not own one names the person.';
    ELSIF cardinality(found_actions) > 1 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('you own several actions "%s"', action),
            DETAIL = format('They are %s, in plans of different people.', cardinality(found_actions)),
            HINT = 'Name the person, too.';
    ELSIF progress IS NULL OR progress NOT BETWEEN 0 AND 100 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('progress of action "%s" cannot be %s', action, coalesce(progress::text, 'NULL')),
            HINT = 'Give per cent, 0 to 100.';
    ELSIF done_on IS NOT NULL AND (progress < 100 OR done_on > (statement_timestamp() AT TIME ZONE INTERVAL '14:00')::date) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('action "%s" cannot be done on %s', action, done_on),
            DETAIL = format('Its progress is %s per cent.', progress),
            HINT = 'Give done_on when it is done, with progress 100.';
    END IF;
    UPDATE appraisal.improvement_action AS a
    SET progress = apply_improvement_progress.progress,
        note = coalesce(nullif(btrim(apply_improvement_progress.note), ''), a.note),
        done_on = CASE apply_improvement_progress.progress WHEN 100 THEN coalesce(apply_improvement_progress.done_on, a.done_on, current_date) END
    WHERE a.cycle_id = of_cycle AND a.action_id = found_actions[1];
    RETURN found_actions[1];
END
$$;
COMMENT ON FUNCTION appraisal.apply_improvement_progress(bigint, bigint, text, integer, text, date) IS
    'notes how far an action of an open improvement plan is, for its owner, a manager above or HR; returns its key';

CREATE FUNCTION appraisal.apply_improvement_closing(of_cycle bigint, of_participant bigint, met boolean, reason text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    new_status CONSTANT text := CASE met WHEN true THEN 'met' WHEN false THEN 'not_met' ELSE 'cancelled' END;
    who CONSTANT text := appraisal.participant_name(of_cycle, of_participant);
    this_plan bigint;
BEGIN
    PERFORM appraisal.refuse_unless_above(of_cycle, of_participant, 'improvement plans', 'close_improvement_plan');
    this_plan := appraisal.open_plan_of(of_cycle, of_participant);
    IF coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('closing the improvement plan of %s needs a reason', who),
            HINT = 'Give the argument reason.';
    ELSIF met IS NOT NULL AND (SELECT l.goals IS NULL FROM appraisal.improvement_plan AS l
                               WHERE l.cycle_id = of_cycle AND l.plan_id = this_plan) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('the improvement plan of %s has no goals that could be met or not', who),
            HINT = 'CALL appraisal.revise_improvement_plan() sets them; with met NULL the plan is cancelled.';
    END IF;
    UPDATE appraisal.improvement_plan AS l
    SET status = new_status, closed_by = appraisal.acting_person(), closed_by_login = session_user, closed_at = statement_timestamp(),
        closed_because = reason
    WHERE l.cycle_id = of_cycle AND l.plan_id = this_plan;
    RETURN new_status;
END
$$;
COMMENT ON FUNCTION appraisal.apply_improvement_closing(bigint, bigint, boolean, text) IS
    'closes an open improvement plan, if the one who asks may; returns its status';

-- Owners of actions are people whom the caller may know of.
CREATE FUNCTION appraisal.actions_with_owners(actions jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    resolved jsonb;
BEGIN
    SELECT jsonb_agg(jsonb_build_object('title', x.title, 'owner_id', CASE WHEN x.owner IS NOT NULL THEN appraisal.person_of_code(x.owner) END,
                                        'due_on', x.due_on, 'support', nullif(btrim(x.support), ''), 'training', nullif(btrim(x.training), ''))
                     ORDER BY x.place)
    INTO resolved
    FROM ROWS FROM (jsonb_to_recordset(actions) AS (title text, owner text, due_on date, support text, training text))
        WITH ORDINALITY AS x (title, owner, due_on, support, training, place);
    RETURN coalesce(resolved, '[]');
END
$$;
COMMENT ON FUNCTION appraisal.actions_with_owners(jsonb) IS 'a list of actions with the keys of their owners instead of codes';

CREATE PROCEDURE appraisal.open_improvement_plan(cycle text, person text, goals text, due_on date, actions jsonb DEFAULT '[]',
                                                 direction text DEFAULT NULL, support text DEFAULT NULL, training text DEFAULT NULL,
                                                 unit text DEFAULT NULL, INOUT plan_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    plan_id := appraisal.write_improvement_plan(appraisal.cycle_of_code(cycle), appraisal.leading_participant(cycle, person, unit), goals, due_on,
                                                appraisal.actions_with_owners(actions), direction, support, training);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.open_improvement_plan(text, text, text, date, jsonb, text, text, text, text, bigint) IS
    'opens an improvement plan after a published result: for those above and HR';

CREATE PROCEDURE appraisal.open_due_improvement_plans(cycle text, due_on date DEFAULT NULL, INOUT opened integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    opened := appraisal.write_due_improvement_plans(appraisal.cycle_of_code(cycle), due_on);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.open_due_improvement_plans(text, date, integer) IS
    'for HR: opens the improvement plans that the scheme''s rule wants and that are not there yet; says how many';

CREATE PROCEDURE appraisal.revise_improvement_plan(cycle text, person text, goals text DEFAULT NULL, due_on date DEFAULT NULL,
                                                   actions jsonb DEFAULT '[]', direction text DEFAULT NULL, support text DEFAULT NULL,
                                                   training text DEFAULT NULL, unit text DEFAULT NULL, INOUT plan_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    plan_id := appraisal.write_improvement_change(appraisal.cycle_of_code(cycle), appraisal.leading_participant(cycle, person, unit), goals, due_on,
                                                  appraisal.actions_with_owners(actions), direction, support, training);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.revise_improvement_plan(text, text, text, date, jsonb, text, text, text, text, bigint) IS
    'changes an open improvement plan in what is given: for those above and HR';

CREATE PROCEDURE appraisal.record_improvement_progress(cycle text, person text, action text, progress integer, note text DEFAULT NULL,
                                                       done_on date DEFAULT NULL, unit text DEFAULT NULL, INOUT action_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    action_id := appraisal.write_improvement_progress(appraisal.cycle_of_code(cycle),
        CASE WHEN num_nonnulls(person, unit) > 0 THEN appraisal.leading_participant(cycle, person, unit) END, action, progress, note, done_on);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.record_improvement_progress(text, text, text, integer, text, date, text, bigint) IS
    'notes how far an action of an open improvement plan is: for its owner, who need not name the person, those above and HR';

CREATE PROCEDURE appraisal.close_improvement_plan(cycle text, person text, met boolean, reason text, unit text DEFAULT NULL,
                                                  INOUT status text DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    status := appraisal.write_improvement_closing(appraisal.cycle_of_code(cycle), appraisal.leading_participant(cycle, person, unit), met, reason);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.close_improvement_plan(text, text, boolean, text, text, text) IS
    'closes an open improvement plan as met or not met, or with met NULL as cancelled, for a reason: for those above and HR';

CREATE FUNCTION appraisal.due_improvement_plans(cycle text)
    RETURNS TABLE (person text, unit text, what text, grade text, natural_grade text, final_grade text, version integer)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    -- who sees results and not their plans must not take these for missing
    sees_all CONSTANT boolean := appraisal.acting_as('hr') OR appraisal.acting_as('auditor')
        OR NOT row_security_active('appraisal.improvement_plan');
BEGIN
    RETURN QUERY
    WITH due AS MATERIALIZED (
        SELECT d.participant_id FROM appraisal.improvement_plans_due(this_cycle) AS d
    )
    SELECT n.code, u.code, x.what, r.grade, r.natural_grade, r.final_grade, r.version
    FROM appraisal.results_to_improve(this_cycle) AS r
    CROSS JOIN LATERAL (
        SELECT CASE WHEN r.participant_id IN (SELECT d.participant_id FROM due AS d) THEN 'open'
                    WHEN NOT r.is_low AND r.participant_id IN (SELECT l.participant_id FROM appraisal.improvement_plan AS l
                                                               WHERE l.cycle_id = this_cycle AND l.status = 'open' AND l.by_rule) THEN 'cancel' END AS what) AS x
    JOIN appraisal.participant AS p ON p.cycle_id = this_cycle AND p.participant_id = r.participant_id
    JOIN appraisal.person AS n USING (person_id)
    JOIN appraisal.unit AS u USING (unit_id)
    WHERE x.what IS NOT NULL AND (sees_all OR r.participant_id IN (SELECT appraisal.my_participants()))
    ORDER BY u.code, n.code;
END
$$;
COMMENT ON FUNCTION appraisal.due_improvement_plans(text) IS
    'people for whom the scheme''s rule wants an improvement plan that is not there, and plans by rule that a later version of the result leaves without ground';
