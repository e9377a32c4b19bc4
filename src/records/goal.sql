-- Goals: proposed, adjusted, confirmed, approved. What each may do is held by keep_goal() and its like,
-- whatever way a goal is written; the calls here choose the rows.

-- A goal is wanted for each indicator that has a direction, which is a figure that can be aimed at, and
-- whose figure is not a unit's result; none in a cycle that takes its results from shorter ones.
CREATE FUNCTION appraisal.goal_indicators(cycle_id bigint)
    RETURNS TABLE (job_group text, dimension text, scheme_indicator_id bigint, code text, direction text, weight numeric,
                   target numeric, title text, earns text, is_wanted boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT k.job_group, d.code, k.scheme_indicator_id, k.code, i.direction, k.weight, k.target, i.label,
           (SELECT string_agg(l.label || ': ' || l.earns, E'\n' ORDER BY l."position")
            FROM appraisal.indicator_level AS l WHERE l.indicator_id = i.indicator_id),
           i.direction IS NOT NULL AND k.unit_level IS NULL AND k.dimension_weight > 0
               AND k.job_group NOT IN (SELECT appraisal.rolled_groups(goal_indicators.cycle_id))
    FROM appraisal.cycle_indicators(goal_indicators.cycle_id) AS k
    JOIN appraisal.indicator AS i USING (indicator_id)
    JOIN appraisal.dimension AS d USING (dimension_id);
END
$$;
COMMENT ON FUNCTION appraisal.goal_indicators(bigint) IS
    'the indicators of each job group in a cycle, with what a goal for them has unless said otherwise, and whether the scheme wants one';

-- Figures of periods of the same kind that were over when this one began. Whoever has a goal is compared
-- with the own figures, by the indicator's code, whatever version or scheme they were gathered under.
CREATE FUNCTION appraisal.earlier_actuals(cycle_id bigint, participants bigint[])
    RETURNS TABLE (participant_id bigint, scheme_indicator_id bigint, direction text, actual numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this record;
BEGIN
    SELECT c.period, c.during, s.target_floor INTO this
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
    WHERE c.cycle_id = earlier_actuals.cycle_id;
    IF this.target_floor = 'none' THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH aimed AS (
        SELECT p.participant_id, p.person_id, p.appraised_unit_id, k.scheme_indicator_id, k.code, k.direction
        FROM appraisal.participant AS p
        JOIN appraisal.goal_indicators(earlier_actuals.cycle_id) AS k USING (job_group)
        WHERE p.cycle_id = earlier_actuals.cycle_id AND p.participant_id = ANY (participants) AND k.direction IS NOT NULL
    ),
    gathered AS (
        SELECT p.person_id, p.appraised_unit_id, i.code, c.cycle_id, upper(c.during) AS until,
               CASE i.gathering
                   WHEN 'sum' THEN sum(m.value)
                   WHEN 'mean' THEN avg(m.value)
                   ELSE (array_agg(m.value ORDER BY m.measured_on DESC, m.measurement_id DESC))[1] END AS value
        FROM (SELECT DISTINCT a.person_id, a.appraised_unit_id FROM aimed AS a) AS who
        JOIN appraisal.participant AS p ON p.person_id = who.person_id OR p.appraised_unit_id = who.appraised_unit_id
        JOIN appraisal.cycle AS c ON c.cycle_id = p.cycle_id AND c.period = this.period AND upper(c.during) <= lower(this.during)
        JOIN appraisal.measurement AS m ON m.cycle_id = p.cycle_id AND m.participant_id = p.participant_id
        JOIN appraisal.indicator AS i USING (indicator_id)
        WHERE NOT EXISTS (SELECT FROM appraisal.measurement AS later
                          WHERE later.cycle_id = m.cycle_id AND later.supersedes = m.measurement_id)
        GROUP BY p.person_id, p.appraised_unit_id, i.code, i.gathering, c.cycle_id
    )
    SELECT a.participant_id, a.scheme_indicator_id, a.direction,
           CASE WHEN this.target_floor = 'last' THEN (array_agg(g.value ORDER BY g.until DESC, g.cycle_id DESC))[1]
                WHEN a.direction = 'higher' THEN max(g.value)
                ELSE min(g.value) END
    FROM aimed AS a
    JOIN gathered AS g ON g.code = a.code AND (g.person_id = a.person_id OR g.appraised_unit_id = a.appraised_unit_id)
    GROUP BY a.participant_id, a.scheme_indicator_id, a.direction;
END
$$;
COMMENT ON FUNCTION appraisal.earlier_actuals(bigint, bigint[]) IS
    'the last or best earlier figure of participants for each of their indicators, as the cycle''s scheme has it: the floor of a goal';

CREATE FUNCTION appraisal.is_worse(target numeric, actual numeric, direction text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE direction WHEN 'higher' THEN target < actual ELSE target > actual END
$$;
COMMENT ON FUNCTION appraisal.is_worse(numeric, numeric, text) IS 'is a target worse than an earlier figure, where higher or lower is better?';

-- Goals as a call gives them, checked.
CREATE FUNCTION appraisal.goals_of_document(cycle_id bigint, participants bigint[], goals jsonb)
    RETURNS TABLE (participant_id bigint, scheme_indicator_id bigint, title text, earns text, weight numeric, target numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fault text;
BEGIN
    IF jsonb_typeof(goals) <> 'array' OR jsonb_path_exists(goals, 'strict $[*] ? (@.type() != "object")') THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = 'goals are a list of objects',
            HINT = 'For example: [{"indicator": "sales", "weight": 60, "target": 1200000}].';
    END IF;
    SELECT format('a goal has no key "%s"', min(k.key)) INTO fault
    FROM jsonb_array_elements(goals) AS e, jsonb_object_keys(e.value) AS k (key)
    WHERE k.key <> ALL ('{indicator,dimension,title,earns,weight,target}')
    HAVING count(*) > 0;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = fault,
            HINT = 'The keys are indicator, dimension, title, earns, weight and target.';
    END IF;
    SELECT coalesce(x.indicator, '') INTO fault
    FROM jsonb_to_recordset(goals) AS x (indicator text, dimension text)
    WHERE NOT EXISTS (SELECT FROM appraisal.participant AS p
                      JOIN appraisal.goal_indicators(goals_of_document.cycle_id) AS k USING (job_group)
                      WHERE p.cycle_id = goals_of_document.cycle_id AND p.participant_id = ANY (participants)
                        AND k.code = x.indicator AND (x.dimension IS NULL OR x.dimension = k.dimension))
    ORDER BY 1 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'AP004',
            MESSAGE = format('there is no indicator "%s" among those of the participants', fault),
            HINT = 'goal_indicators() lists them by job group and dimension.';
    END IF;
    RETURN QUERY
    SELECT p.participant_id, k.scheme_indicator_id, x.title, x.earns, x.weight, x.target
    FROM jsonb_to_recordset(goals) AS x (indicator text, dimension text, title text, earns text, weight numeric, target numeric)
    JOIN appraisal.goal_indicators(goals_of_document.cycle_id) AS k
      ON k.code = x.indicator AND (x.dimension IS NULL OR x.dimension = k.dimension)
    JOIN appraisal.participant AS p USING (job_group)
    WHERE p.cycle_id = goals_of_document.cycle_id AND p.participant_id = ANY (participants);
    SELECT k.code INTO fault
    FROM jsonb_to_recordset(goals) AS x (indicator text, dimension text)
    JOIN appraisal.goal_indicators(goals_of_document.cycle_id) AS k
      ON k.code = x.indicator AND (x.dimension IS NULL OR x.dimension = k.dimension)
    GROUP BY k.job_group, k.code
    HAVING count(*) > 1
    ORDER BY k.code LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005',
            MESSAGE = format('indicator "%s" is meant more than once', fault),
            HINT = 'Name each once; where it is in several dimensions, name the dimension, too.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.goals_of_document(bigint, bigint[], jsonb) IS
    'step of propose_goals(): goals given for participants, by indicator; null where nothing is said';

-- Whose goals the caller may propose: HR everybody's, a manager those of the people below, and where the
-- scheme lets people set goals one's own.
CREATE FUNCTION appraisal.participants_to_propose_for(cycle text, person text, unit text) RETURNS bigint[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    named CONSTANT bigint[] := ARRAY(SELECT appraisal.participants_named(cycle, person, unit));
    keeps_all CONSTANT boolean := appraisal.acting_as('hr') OR NOT row_security_active('appraisal.goal');
    acting_id CONSTANT bigint := appraisal.acting_person();
    chosen bigint[];
BEGIN
    SELECT coalesce(array_agg(p.participant_id), '{}') INTO chosen
    FROM appraisal.participant AS p
    JOIN appraisal.cycle AS c USING (cycle_id)
    JOIN appraisal.scheme AS s USING (scheme_id)
    WHERE c.code = participants_to_propose_for.cycle AND p.exempt_because IS NULL AND p.participant_id = ANY (named)
      AND CASE WHEN coalesce(p.person_id, p.manager_id) = acting_id THEN s.goals_set_by = 'person'
               ELSE keeps_all OR p.participant_id IN (SELECT appraisal.my_participants()) END;
    IF chosen = '{}' AND (person IS NOT NULL OR unit IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'AP003',
            MESSAGE = format('goals of %s are not yours to propose', coalesce('person "' || person || '"', 'unit "' || unit || '"')),
            DETAIL = 'HR proposes goals for all who are not exempt, managers for those below, and people for themselves where the scheme says so.';
    END IF;
    RETURN chosen;
END
$$;
COMMENT ON FUNCTION appraisal.participants_to_propose_for(text, text, text) IS
    'step of propose_goals(): participants whose goals the caller may propose';

CREATE PROCEDURE appraisal.propose_goals(cycle text, person text DEFAULT NULL, goals jsonb DEFAULT NULL, unit text DEFAULT NULL,
                                         INOUT proposed integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this record;
    participants bigint[];
    this_id CONSTANT bigint := appraisal.cycle_of_code(cycle);
    acting_id CONSTANT bigint := appraisal.acting_person();
BEGIN
    SELECT c.cycle_id, c.status INTO this FROM appraisal.cycle AS c WHERE c.cycle_id = this_id;
    IF this.status = 'draft' AND (appraisal.acting_as('hr') OR NOT row_security_active('appraisal.cycle')) THEN
        UPDATE appraisal.cycle AS c SET status = 'goals' WHERE c.cycle_id = this.cycle_id AND c.status = 'draft';
    ELSIF this.status <> 'goals' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001',
            MESSAGE = format('cycle "%s" takes no goals: it is in status %s', cycle, this.status),
            HINT = CASE this.status WHEN 'draft' THEN format('HR begins with goals: CALL appraisal.propose_goals(''%s'').', cycle)
                                    ELSE appraisal.next_step(this.status) END;
    END IF;
    participants := appraisal.participants_to_propose_for(cycle, person, unit);
    proposed := 0;
    IF goals IS NOT NULL THEN
        UPDATE appraisal.goal AS g
        SET title = coalesce(x.title, g.title), earns = coalesce(x.earns, g.earns), weight = coalesce(x.weight, g.weight),
            target = coalesce(x.target, g.target), proposed_by = acting_id
        FROM appraisal.goals_of_document(this.cycle_id, participants, goals) AS x
        WHERE g.cycle_id = this.cycle_id AND g.participant_id = x.participant_id
          AND g.scheme_indicator_id = x.scheme_indicator_id
          AND (g.title, g.earns, g.weight, g.target) IS DISTINCT FROM
              (coalesce(x.title, g.title), coalesce(x.earns, g.earns), coalesce(x.weight, g.weight), coalesce(x.target, g.target));
        GET DIAGNOSTICS proposed = ROW_COUNT;
    END IF;
    WITH added AS (
        INSERT INTO appraisal.goal (cycle_id, participant_id, scheme_indicator_id, title, earns, weight, target, floor, proposed_by)
        SELECT this.cycle_id, p.participant_id, k.scheme_indicator_id, coalesce(x.title, k.title), coalesce(x.earns, k.earns),
               coalesce(x.weight, k.weight),
               CASE WHEN x.target IS NOT NULL THEN x.target
                    WHEN appraisal.is_worse(k.target, f.actual, k.direction) THEN f.actual
                    ELSE coalesce(k.target, f.actual) END,
               f.actual, acting_id
        FROM appraisal.participant AS p
        JOIN appraisal.goal_indicators(this.cycle_id) AS k USING (job_group)
        LEFT JOIN appraisal.goals_of_document(this.cycle_id, participants, coalesce(goals, '[]')) AS x
          ON x.participant_id = p.participant_id AND x.scheme_indicator_id = k.scheme_indicator_id
        LEFT JOIN appraisal.my_earlier_actuals(this.cycle_id, participants) AS f
          ON f.participant_id = p.participant_id AND f.scheme_indicator_id = k.scheme_indicator_id
        WHERE p.cycle_id = this.cycle_id AND p.participant_id = ANY (participants)
          AND CASE WHEN goals IS NULL THEN k.is_wanted ELSE x.participant_id IS NOT NULL END
          AND NOT EXISTS (SELECT FROM appraisal.goal AS g
                          WHERE g.cycle_id = p.cycle_id AND g.participant_id = p.participant_id
                            AND g.scheme_indicator_id = k.scheme_indicator_id)
        ORDER BY p.participant_id, k.scheme_indicator_id
        RETURNING goal_id
    )
    SELECT proposed + count(*) INTO proposed FROM added;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.propose_goals(text, text, jsonb, text, integer) IS
    'proposes goals: those of the scheme that are not there yet, or those given, by indicator, in place of earlier proposals; says how many';

CREATE PROCEDURE appraisal.adjust_goal(cycle text, person text, indicator text, reason text, title text DEFAULT NULL,
                                       earns text DEFAULT NULL, weight numeric DEFAULT NULL, target numeric DEFAULT NULL,
                                       dimension text DEFAULT NULL, unit text DEFAULT NULL,
                                       INOUT adjusted integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_id CONSTANT bigint := appraisal.cycle_of_code(cycle);
    acting_id CONSTANT bigint := appraisal.acting_person();
    chosen bigint[];
BEGIN
    IF num_nonnulls(person, unit) <> 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = 'an adjustment is for one person or one unit';
    ELSIF coalesce(reason, '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = 'an adjustment needs a reason';
    ELSIF num_nonnulls(title, earns, weight, target) = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = 'an adjustment changes something',
            HINT = 'Give a title, what earns which mark, a weight or a target.';
    END IF;
    SELECT array_agg(g.goal_id) INTO chosen
    FROM appraisal.goal AS g
    JOIN appraisal.scheme_indicator AS u USING (scheme_indicator_id)
    JOIN appraisal.indicator AS i USING (indicator_id)
    JOIN appraisal.dimension AS d ON d.dimension_id = u.dimension_id
    WHERE g.cycle_id = this_id AND i.code = adjust_goal.indicator
      AND (adjust_goal.dimension IS NULL OR d.code = adjust_goal.dimension)
      AND g.participant_id IN (SELECT appraisal.participants_named(cycle, person, adjust_goal.unit));
    IF chosen IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP004',
            MESSAGE = format('%s has no goal for indicator "%s" in cycle "%s"',
                             coalesce('person "' || person || '"', 'unit "' || unit || '"'), indicator, cycle),
            HINT = 'CALL appraisal.propose_goals() proposes one.';
    END IF;
    UPDATE appraisal.goal AS g
    SET title = coalesce(adjust_goal.title, g.title), earns = coalesce(adjust_goal.earns, g.earns),
        weight = coalesce(adjust_goal.weight, g.weight), target = coalesce(adjust_goal.target, g.target),
        adjusted_by = acting_id, adjusted_because = reason
    WHERE g.cycle_id = this_id AND g.goal_id = ANY (chosen);
    GET DIAGNOSTICS adjusted = ROW_COUNT;
    IF adjusted = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'AP003',
            MESSAGE = format('goals of %s are not yours to adjust', coalesce('person "' || person || '"', 'unit "' || unit || '"')),
            DETAIL = 'HR and the managers above do.';
    END IF;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.adjust_goal(text, text, text, text, text, text, numeric, numeric, text, text, integer) IS
    'changes a goal of somebody below, or as HR of anybody, for a reason; it has to be confirmed and approved anew';

-- A unit's goals are confirmed by its head.
CREATE PROCEDURE appraisal.confirm_goal(cycle text, person text DEFAULT NULL, indicator text DEFAULT NULL, unit text DEFAULT NULL,
                                        INOUT confirmed integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_id CONSTANT bigint := appraisal.cycle_of_code(cycle);
    acting_id CONSTANT bigint := appraisal.acting_person();
    chosen bigint[];
BEGIN
    SELECT array_agg(p.participant_id) INTO chosen
    FROM appraisal.participant AS p
    WHERE p.cycle_id = this_id AND coalesce(p.person_id, p.manager_id) = acting_id
      AND (person IS NOT NULL OR unit IS NOT NULL OR p.person_id IS NOT NULL)
      AND p.participant_id IN (SELECT appraisal.participants_named(cycle, person, unit));
    IF chosen IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP003',
            MESSAGE = 'goals are confirmed by their person only',
            DETAIL = format('The one who is asking is not %s of cycle "%s".',
                            CASE WHEN person IS NOT NULL THEN 'person "' || person || '"'
                                 WHEN unit IS NOT NULL THEN 'the head of unit "' || unit || '"'
                                 ELSE 'a participant' END, cycle);
    END IF;
    IF indicator IS NOT NULL AND NOT EXISTS (
        SELECT FROM appraisal.goal AS g
        JOIN appraisal.scheme_indicator AS u USING (scheme_indicator_id)
        JOIN appraisal.indicator AS i USING (indicator_id)
        WHERE g.cycle_id = this_id AND g.participant_id = ANY (chosen) AND i.code = confirm_goal.indicator)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'AP004',
            MESSAGE = format('there is no goal for indicator "%s" to confirm in cycle "%s"', indicator, cycle),
            HINT = 'CALL appraisal.propose_goals() proposes one.';
    END IF;
    UPDATE appraisal.goal AS g SET confirmed_at = statement_timestamp()
    FROM appraisal.scheme_indicator AS u JOIN appraisal.indicator AS i USING (indicator_id)
    WHERE g.cycle_id = this_id AND g.participant_id = ANY (chosen) AND g.confirmed_at IS NULL
      AND u.scheme_indicator_id = g.scheme_indicator_id AND (confirm_goal.indicator IS NULL OR i.code = confirm_goal.indicator);
    GET DIAGNOSTICS confirmed = ROW_COUNT;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.confirm_goal(text, text, text, text, integer) IS
    'agrees to one''s own goals as they are, or to the one for an indicator; with unit, as its head to the unit''s; says how many were not confirmed before';

-- Who is above approves as head, HR otherwise; who did the one does not do the other.
CREATE PROCEDURE appraisal.approve_goals(cycle text, person text DEFAULT NULL, unit text DEFAULT NULL,
                                         INOUT approved integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_id CONSTANT bigint := appraisal.cycle_of_code(cycle);
    acting_id CONSTANT bigint := appraisal.acting_person();
    acts_as_hr CONSTANT boolean := appraisal.acting_as('hr');
    below CONSTANT bigint[] := ARRAY(SELECT appraisal.my_participants());
    chosen bigint[];
BEGIN
    SELECT array_agg(p.participant_id) INTO chosen
    FROM appraisal.participant AS p
    WHERE p.cycle_id = this_id AND (coalesce(p.person_id, p.manager_id) = acting_id) IS NOT TRUE
      AND (acts_as_hr OR p.participant_id = ANY (below))
      AND p.participant_id IN (SELECT appraisal.participants_named(cycle, person, unit));
    IF chosen IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP003',
            MESSAGE = CASE WHEN person IS NOT NULL OR unit IS NOT NULL
                           THEN format('goals of %s are not yours to approve', coalesce('person "' || person || '"', 'unit "' || unit || '"'))
                           ELSE format('there is nobody in cycle "%s" whose goals are yours to approve', cycle) END,
            DETAIL = 'HR and the managers above approve, nobody one''s own.';
    END IF;
    UPDATE appraisal.goal AS g
    SET approved_by_head = CASE WHEN x.as_head THEN acting_id ELSE g.approved_by_head END,
        approved_by_hr = CASE WHEN x.as_head THEN g.approved_by_hr ELSE session_user END
    FROM (SELECT h.goal_id, h.approved_by_head IS NULL AND h.participant_id = ANY (below) AS as_head,
                 h.approved_by_hr IS NULL AND acts_as_hr AND (h.approved_by_head = acting_id) IS NOT TRUE AS as_hr
          FROM appraisal.goal AS h WHERE h.cycle_id = this_id AND h.participant_id = ANY (chosen)) AS x
    WHERE g.cycle_id = this_id AND g.goal_id = x.goal_id AND (x.as_head OR x.as_hr);
    GET DIAGNOSTICS approved = ROW_COUNT;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.approve_goals(text, text, text, integer) IS
    'approves goals as they are: of those below as their head, of others as HR; says how many were not approved so before';

CREATE FUNCTION appraisal.refuse_goal(fault text, title text, who text, target numeric, actual numeric) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = CASE WHEN fault IN ('key', 'indicator', 'floor', 'target') THEN 'AP005'
                       WHEN fault = 'early' THEN 'AP001'
                       ELSE 'AP003' END,
        MESSAGE = format(CASE fault
            WHEN 'key' THEN 'goal "%s" keeps its participant, its indicator and its floor'
            WHEN 'indicator' THEN 'goal "%s" is for none of the participant''s indicators'
            WHEN 'floor' THEN 'the floor of goal "%s" is the earlier figure'
            WHEN 'target' THEN 'the target of goal "%s" is worse than the earlier figure'
            WHEN 'early' THEN 'goal "%s" is proposed before it is adjusted, confirmed or approved'
            WHEN 'proposer' THEN 'goal "%s" is proposed in the own name only'
            WHEN 'own' THEN 'goal "%s" is not set by its person'
            WHEN 'proposal' THEN 'goal "%s" is changed by an adjustment only'
            WHEN 'adjuster' THEN 'goal "%s" is adjusted in the own name only'
            WHEN 'adjust own' THEN 'goal "%s" is adjusted by others than its person'
            WHEN 'confirm' THEN 'goal "%s" is confirmed by its person only'
            WHEN 'approve own' THEN 'goal "%s" is approved by others than its person'
            WHEN 'approve as head' THEN 'goal "%s" is approved as head by a manager above, in the own name, once'
            WHEN 'approve as hr' THEN 'goal "%s" is approved as HR by HR, in the own name'
            WHEN 'approve twice' THEN 'goal "%s" is not approved as head and as HR by the same person' END, title),
        DETAIL = format('It is a goal of %s.', who)
                 || CASE WHEN fault IN ('floor', 'target') THEN format(' The earlier figure is %s, the target %s.',
                                                                       coalesce(actual::text, 'none'), coalesce(target::text, 'none'))
                         ELSE '' END,
        HINT = CASE WHEN fault IN ('proposal', 'own', 'adjuster') THEN 'A manager above or HR: CALL appraisal.adjust_goal() with a reason.'
                    WHEN fault IN ('confirm', 'early') THEN 'The person: CALL appraisal.confirm_goal().'
                    WHEN fault LIKE 'approve%' THEN 'A manager above, and HR: CALL appraisal.approve_goals().'
                    ELSE 'CALL appraisal.propose_goals() proposes a goal.' END;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_goal(text, text, text, numeric, numeric) IS
    'error: a goal must not be written so; the guards call it';
