-- What keeps cycles, participants and goals to their rules, by whatever way they are written. As in the
-- file before, the guards belong to the tables' owner and see rows that the writer may not. They name the
-- first fault in order of keys; without an order the planner would look for any one row by row, which is
-- slow where there is none.

-- A cycle: what it is settled by, and its steps. The row is locked here, and whoever writes rows of the
-- cycle locks it, too: what is checked stays so until the step is taken.
CREATE FUNCTION appraisal.keep_cycle() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    steps CONSTANT text[] := ARRAY['draft', 'goals', 'scoring', 'calibration', 'published', 'closed'];
    step CONSTANT integer := array_position(steps, NEW.status) - array_position(steps, OLD.status);
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status <> 'draft' OR EXISTS (SELECT FROM appraisal.participant AS p WHERE p.cycle_id = OLD.cycle_id) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AP001',
                MESSAGE = format('cycle "%s" cannot be removed', OLD.code),
                DETAIL = CASE WHEN OLD.status <> 'draft' THEN format('It is in status %s.', OLD.status)
                              ELSE 'It has participants.' END;
        END IF;
        RETURN OLD;
    ELSIF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'draft' OR NEW.reopened_because IS NOT NULL THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AP001',
                MESSAGE = format('cycle "%s" begins as a draft', NEW.code),
                HINT = 'CALL appraisal.open_cycle().';
        END IF;
        PERFORM appraisal.check_cycle(NEW.code, NEW.scheme_id, NEW.period);
        NEW.calibration_began := NULL;
        RETURN NEW;
    END IF;
    -- nobody says when calibration began
    NEW.calibration_began := CASE WHEN step = 1 AND NEW.status = 'calibration' THEN statement_timestamp()
                                  WHEN step IS DISTINCT FROM -1 THEN OLD.calibration_began END;

    IF (NEW.scheme_id, NEW.period, NEW.during, NEW.cohort_date)
       IS DISTINCT FROM (OLD.scheme_id, OLD.period, OLD.during, OLD.cohort_date) THEN
        IF OLD.status <> 'draft' OR EXISTS (SELECT FROM appraisal.participant AS p WHERE p.cycle_id = OLD.cycle_id) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AP001',
                MESSAGE = format('scheme, period and cohort date of cycle "%s" are settled', OLD.code),
                DETAIL = CASE WHEN OLD.status <> 'draft' THEN format('It is in status %s.', OLD.status)
                              ELSE 'It has participants, who were enrolled by them.' END,
                HINT = 'CALL appraisal.open_cycle() opens another.';
        END IF;
        PERFORM appraisal.check_cycle(NEW.code, NEW.scheme_id, NEW.period);
    END IF;
    IF step = -1 AND OLD.status NOT IN ('published', 'closed') THEN
        IF NEW.reopened_because IS NULL OR NEW.reopened_because IS NOT DISTINCT FROM OLD.reopened_because THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AP005',
                MESSAGE = format('taking cycle "%s" back to %s needs a reason of its own', OLD.code, NEW.status),
                DETAIL = coalesce('The last time it was: ' || OLD.reopened_because, 'There is none.'),
                HINT = format('CALL appraisal.reopen(''%s'', reason).', OLD.code);
        END IF;
        UPDATE appraisal.sign_off AS s SET withdrawn_at = statement_timestamp(), withdrawn_because = NEW.reopened_because
        WHERE s.cycle_id = OLD.cycle_id AND s.withdrawn_at IS NULL;
        RETURN NEW;
    ELSIF NEW.reopened_because IS DISTINCT FROM OLD.reopened_because THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('why cycle "%s" was taken back is written when it is', OLD.code),
            HINT = format('CALL appraisal.reopen(''%s'', reason).', OLD.code);
    END IF;
    IF step NOT IN (0, 1) THEN
        PERFORM appraisal.refuse_step(OLD.code, OLD.status, NEW.status);
    ELSIF step = 1 AND NEW.status = 'published' THEN
        PERFORM appraisal.publish_results(OLD.cycle_id);
    ELSIF step = 1 AND NEW.status = 'closed' THEN
        PERFORM appraisal.warn_of_missing_interviews(OLD.cycle_id);
    ELSIF step = 1 AND NEW.status = 'scoring' THEN
        PERFORM appraisal.check_before_scoring(OLD.cycle_id);
    ELSIF step = 1 AND NEW.status = 'calibration' THEN
        -- here, because HR does not see reviews of oneself
        UPDATE appraisal.review AS r SET status = 'lapsed' WHERE r.cycle_id = OLD.cycle_id AND r.status = 'assigned';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_cycle() IS
    'trigger: a cycle begins as a draft by a scheme in force, and takes one step at a time when it is ready for it';
CREATE TRIGGER keep_cycle BEFORE INSERT OR UPDATE OR DELETE ON appraisal.cycle
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_cycle();

-- Participants: one segment of a person leads, all are exempt for one reason or none, and nobody has a say
-- in one's own participation beyond being enrolled by rule.
CREATE FUNCTION appraisal.keep_new_participants() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    acting_id CONSTANT bigint := appraisal.acting_person();
    fault record;
BEGIN
    SELECT n.cycle_id, n.participant_id, 'segments' AS kind INTO fault
    FROM new_rows AS n
    WHERE NOT n.leads AND NOT EXISTS (
        SELECT FROM appraisal.participant AS p
        WHERE p.cycle_id = n.cycle_id AND p.person_id = n.person_id AND p.leads
          AND p.exempt_because IS NOT DISTINCT FROM n.exempt_because)
    LIMIT 1;
    IF NOT FOUND THEN
        SELECT n.cycle_id, n.participant_id, 'own' AS kind INTO fault
        FROM new_rows AS n
        WHERE n.person_id = acting_id AND n.exempt_because NOT IN ('newcomer', 'leaver')
        LIMIT 1;
    END IF;
    IF NOT FOUND THEN
        SELECT n.cycle_id, n.participant_id, 'subject' AS kind INTO fault
        FROM (SELECT w.cycle_id, min(w.participant_id) AS participant_id,
                     CASE WHEN w.person_id IS NULL THEN 'unit' ELSE 'person' END AS subject
              FROM new_rows AS w GROUP BY 1, 3) AS n
        JOIN appraisal.cycle AS c USING (cycle_id)
        JOIN appraisal.scheme AS s USING (scheme_id)
        WHERE n.subject <> ALL (s.subjects)
        LIMIT 1;
    END IF;
    IF FOUND THEN
        PERFORM appraisal.refuse_participant(fault.kind, appraisal.participant_name(fault.cycle_id, fault.participant_id));
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_new_participants() IS
    'trigger: participants are of the scheme''s subjects, and the segments of a person hang together';

CREATE FUNCTION appraisal.keep_changed_participants() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    acting_id CONSTANT bigint := appraisal.acting_person();
    fault record;
BEGIN
    SELECT o.cycle_id, o.participant_id,
           CASE WHEN (n.person_id, n.appraised_unit_id) IS DISTINCT FROM (o.person_id, o.appraised_unit_id)
                     OR n.participant_id IS NULL THEN 'key'
                WHEN n.person_id = acting_id AND n IS DISTINCT FROM o THEN 'own'
                ELSE 'segments' END AS kind INTO fault
    FROM old_rows AS o
    LEFT JOIN new_rows AS n ON n.cycle_id = o.cycle_id AND n.participant_id = o.participant_id
    WHERE (n.person_id, n.appraised_unit_id) IS DISTINCT FROM (o.person_id, o.appraised_unit_id)
       OR n.person_id = acting_id AND n IS DISTINCT FROM o
       OR EXISTS (SELECT FROM appraisal.participant AS p
                  WHERE p.cycle_id = n.cycle_id AND p.person_id = n.person_id
                  HAVING NOT bool_or(p.leads) OR count(DISTINCT coalesce(p.exempt_because, '')) > 1)
    ORDER BY o.participant_id LIMIT 1;
    IF FOUND THEN
        PERFORM appraisal.refuse_participant(fault.kind, coalesce(appraisal.participant_name(fault.cycle_id, fault.participant_id),
                                                                  'a participant'));
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_changed_participants() IS
    'trigger: a participant stays who it is, the segments of a person hang together, and nobody changes one''s own';

CREATE FUNCTION appraisal.keep_removed_participants() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    acting_id CONSTANT bigint := appraisal.acting_person();
    fault record;
BEGIN
    SELECT CASE WHEN o.person_id = acting_id THEN 'own' ELSE 'segments' END AS kind, n.code INTO fault
    FROM old_rows AS o JOIN appraisal.person AS n USING (person_id)
    WHERE o.person_id = acting_id
       OR o.leads AND EXISTS (SELECT FROM appraisal.participant AS p WHERE p.cycle_id = o.cycle_id AND p.person_id = o.person_id)
    LIMIT 1;
    IF FOUND THEN
        PERFORM appraisal.refuse_participant(fault.kind, format('person "%s"', fault.code));
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_removed_participants() IS
    'trigger: all segments of a person are removed together, and nobody removes one''s own';
CREATE TRIGGER keep_participant_insert AFTER INSERT ON appraisal.participant REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_new_participants();
CREATE TRIGGER keep_participant_update AFTER UPDATE ON appraisal.participant REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_changed_participants();
CREATE TRIGGER keep_participant_delete AFTER DELETE ON appraisal.participant REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_removed_participants();

-- Earlier figures of those for whom the one who is asking may propose goals, and of nobody else: a manager
-- needs those of the years before, when the person had another one.
CREATE FUNCTION appraisal.my_earlier_actuals(cycle_id bigint, participants bigint[])
    RETURNS TABLE (participant_id bigint, scheme_indicator_id bigint, actual numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    is_owner CONSTANT boolean := pg_has_role(session_user, current_user, 'USAGE');
BEGIN
    RETURN QUERY
    SELECT e.participant_id, e.scheme_indicator_id, e.actual
    FROM appraisal.earlier_actuals(my_earlier_actuals.cycle_id, participants) AS e
    WHERE (SELECT appraisal.acting_as('hr')) OR is_owner
       OR e.participant_id IN (SELECT appraisal.my_participants() UNION ALL SELECT appraisal.my_participations());
END
$function$;
COMMENT ON FUNCTION appraisal.my_earlier_actuals(bigint, bigint[]) IS
    'earlier_actuals() of the participants for whom the one who is asking may propose goals';

-- A goal that changes is neither confirmed nor approved any more, and nobody chooses when one confirmed.
CREATE FUNCTION appraisal.clear_goal() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    IF (NEW.title, NEW.earns, NEW.weight, NEW.target) IS DISTINCT FROM (OLD.title, OLD.earns, OLD.weight, OLD.target) THEN
        NEW.confirmed_at := NULL;
        NEW.approved_by_head := NULL;
        NEW.approved_by_hr := NULL;
    ELSIF NEW.confirmed_at IS DISTINCT FROM OLD.confirmed_at AND NEW.confirmed_at IS NOT NULL THEN
        NEW.confirmed_at := statement_timestamp();
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION appraisal.clear_goal() IS 'trigger: a goal that changes has to be confirmed and approved anew';
CREATE TRIGGER clear_goal BEFORE UPDATE ON appraisal.goal
    FOR EACH ROW EXECUTE FUNCTION appraisal.clear_goal();

CREATE FUNCTION appraisal.keep_new_goals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    acting_id CONSTANT bigint := appraisal.acting_person();
    fault record;
BEGIN
    -- the rules once a cycle, not once a row
    WITH written AS MATERIALIZED (
        SELECT w.cycle_id, array_agg(DISTINCT w.participant_id) AS participants FROM new_rows AS w GROUP BY w.cycle_id
    ),
    rule AS MATERIALIZED (
        SELECT w.cycle_id, k.job_group, k.scheme_indicator_id
        FROM written AS w, appraisal.cycle_indicators(w.cycle_id) AS k
    ),
    earlier AS MATERIALIZED (
        SELECT w.cycle_id, e.* FROM written AS w, appraisal.earlier_actuals(w.cycle_id, w.participants) AS e
    )
    SELECT x.* INTO fault
    FROM (SELECT n.cycle_id, n.participant_id, n.goal_id, n.title, n.target, e.actual,
                 CASE WHEN num_nonnulls(n.confirmed_at, n.approved_by_head, n.approved_by_hr, n.adjusted_by, n.adjusted_because) > 0
                          THEN 'early'
                      WHEN k.scheme_indicator_id IS NULL THEN 'indicator'
                      WHEN n.proposed_by IS DISTINCT FROM acting_id THEN 'proposer'
                      WHEN coalesce(p.person_id, p.manager_id) = acting_id AND s.goals_set_by <> 'person' THEN 'own'
                      WHEN n.floor IS DISTINCT FROM e.actual THEN 'floor'
                      WHEN n.target IS NULL AND e.actual IS NOT NULL OR appraisal.is_worse(n.target, e.actual, e.direction)
                          THEN 'target' END AS kind
          FROM new_rows AS n
          JOIN appraisal.participant AS p USING (cycle_id, participant_id)
          JOIN appraisal.cycle AS y USING (cycle_id)
          JOIN appraisal.scheme AS s USING (scheme_id)
          LEFT JOIN rule AS k
            ON k.cycle_id = n.cycle_id AND k.job_group = p.job_group AND k.scheme_indicator_id = n.scheme_indicator_id
          LEFT JOIN earlier AS e
            ON e.cycle_id = n.cycle_id AND e.participant_id = n.participant_id
           AND e.scheme_indicator_id = n.scheme_indicator_id) AS x
    WHERE x.kind IS NOT NULL
    ORDER BY x.goal_id LIMIT 1;
    IF FOUND THEN
        PERFORM appraisal.refuse_goal(fault.kind, fault.title, appraisal.participant_name(fault.cycle_id, fault.participant_id),
                                      fault.target, fault.actual);
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_new_goals() IS
    'trigger: a goal is for one of the participant''s indicators, proposed by who adds it, and no worse than its floor';

CREATE FUNCTION appraisal.keep_changed_goals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    acting_id CONSTANT bigint := appraisal.acting_person();
    below CONSTANT bigint[] := ARRAY(SELECT appraisal.my_participants());
    acts_as_hr CONSTANT boolean := appraisal.acting_as('hr');
    fault record;
BEGIN
    SELECT x.* INTO fault
    FROM (SELECT o.cycle_id, o.participant_id, o.goal_id, o.title, n.target, n.floor AS actual,
                 CASE WHEN (n.participant_id, n.scheme_indicator_id, n.floor)
                           IS DISTINCT FROM (o.participant_id, o.scheme_indicator_id, o.floor) THEN 'key'
                      WHEN v.is_own AND g.is_adjusted THEN 'adjust own'
                      WHEN g.is_adjusted AND (n.adjusted_by IS DISTINCT FROM acting_id OR n.adjusted_because IS NULL) THEN 'adjuster'
                      WHEN n.proposed_by IS DISTINCT FROM o.proposed_by AND n.proposed_by IS DISTINCT FROM acting_id THEN 'proposer'
                      WHEN v.is_own AND g.is_changed AND s.goals_set_by <> 'person' THEN 'own'
                      -- not adjusted by the one who is acting: a proposal in place of an earlier one
                      WHEN (g.is_changed OR n.proposed_by IS DISTINCT FROM o.proposed_by)
                           AND NOT (n.adjusted_because IS NOT NULL AND n.adjusted_by IS NOT DISTINCT FROM acting_id)
                           AND (n.adjusted_because IS NOT NULL OR o.adjusted_because IS NOT NULL
                                OR n.proposed_by IS DISTINCT FROM acting_id
                                OR NOT (o.proposed_by IS NOT DISTINCT FROM acting_id
                                        OR s.goals_set_by = 'person' AND v.is_own
                                        OR s.goals_set_by = 'manager' AND o.participant_id = ANY (below)))
                          THEN 'proposal'
                      WHEN g.is_changed AND (n.target IS NULL AND n.floor IS NOT NULL
                                             OR appraisal.is_worse(n.target, n.floor, i.direction)) THEN 'target'
                      -- what a change has cleared needs nobody's leave
                      WHEN g.is_changed THEN NULL
                      WHEN n.confirmed_at IS DISTINCT FROM o.confirmed_at AND NOT v.is_own THEN 'confirm'
                      WHEN v.is_own AND (n.approved_by_head, n.approved_by_hr)
                                        IS DISTINCT FROM (o.approved_by_head, o.approved_by_hr) THEN 'approve own'
                      WHEN n.approved_by_head IS DISTINCT FROM o.approved_by_head
                           AND NOT (coalesce(o.approved_by_head, acting_id) = acting_id
                                    AND coalesce(n.approved_by_head, acting_id) = acting_id
                                    AND o.participant_id = ANY (below)) IS TRUE THEN 'approve as head'
                      WHEN n.approved_by_hr IS DISTINCT FROM o.approved_by_hr
                           AND NOT (acts_as_hr AND coalesce(n.approved_by_hr, session_user) = session_user) THEN 'approve as hr'
                      -- who is above approves as head
                      WHEN n.approved_by_hr IS DISTINCT FROM o.approved_by_hr AND n.approved_by_hr IS NOT NULL
                           AND o.participant_id = ANY (below) AND coalesce(o.approved_by_head, acting_id) = acting_id
                          THEN 'approve twice'
                 END AS kind
          FROM old_rows AS o
          JOIN appraisal.participant AS p ON p.cycle_id = o.cycle_id AND p.participant_id = o.participant_id
          JOIN appraisal.cycle AS y ON y.cycle_id = o.cycle_id
          JOIN appraisal.scheme AS s ON s.scheme_id = y.scheme_id
          JOIN appraisal.scheme_indicator AS u ON u.scheme_indicator_id = o.scheme_indicator_id
          JOIN appraisal.indicator AS i ON i.indicator_id = u.indicator_id
          LEFT JOIN new_rows AS n ON n.cycle_id = o.cycle_id AND n.goal_id = o.goal_id,
          LATERAL (SELECT coalesce(coalesce(p.person_id, p.manager_id) = acting_id, false) AS is_own) AS v,
          LATERAL (SELECT (n.title, n.earns, n.weight, n.target) IS DISTINCT FROM (o.title, o.earns, o.weight, o.target) AS is_changed,
                          (n.adjusted_by, n.adjusted_because) IS DISTINCT FROM (o.adjusted_by, o.adjusted_because) AS is_adjusted) AS g
         ) AS x
    WHERE x.kind IS NOT NULL
    ORDER BY x.goal_id LIMIT 1;
    IF FOUND THEN
        PERFORM appraisal.refuse_goal(fault.kind, fault.title, appraisal.participant_name(fault.cycle_id, fault.participant_id),
                                      fault.target, fault.actual);
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_changed_goals() IS
    'trigger: who may propose, adjust, confirm and approve a goal, each in the own name, and that its target is no worse than its floor';
CREATE TRIGGER keep_goal_insert AFTER INSERT ON appraisal.goal REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_new_goals();
CREATE TRIGGER keep_goal_update AFTER UPDATE ON appraisal.goal REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_changed_goals();

REVOKE ALL ON FUNCTION appraisal.keep_cycle(), appraisal.keep_new_participants(), appraisal.keep_changed_participants(),
    appraisal.keep_removed_participants(), appraisal.my_earlier_actuals(bigint, bigint[]), appraisal.clear_goal(),
    appraisal.keep_new_goals(), appraisal.keep_changed_goals() FROM PUBLIC;
