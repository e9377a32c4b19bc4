-- Appraisal cycles: opening, and the steps from one status to the next.

CREATE FUNCTION appraisal.next_step(status text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE status
        WHEN 'draft' THEN 'CALL appraisal.enrol() adds people, propose_goals() begins with goals, start_scoring() with reviews.'
        WHEN 'goals' THEN 'CALL appraisal.start_scoring() when the goals are set.'
        WHEN 'scoring' THEN 'CALL appraisal.close_reviews() when the reviews are in.'
        WHEN 'calibration' THEN 'CALL appraisal.compute_results() computes results, sign_off() signs and publish() publishes them.'
        WHEN 'published' THEN 'CALL appraisal.close_cycle() ends it; what is published is changed by an appeal only.'
        ELSE 'What is published is changed by an appeal only.'
    END
$$;
COMMENT ON FUNCTION appraisal.next_step(text) IS 'hint: the call that takes a cycle on from a status';

CREATE FUNCTION appraisal.cycle_of_code(code text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    found_id bigint;
BEGIN
    SELECT c.cycle_id INTO found_id FROM appraisal.cycle AS c WHERE c.code = cycle_of_code.code;
    IF found_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no cycle "%s"', cycle_of_code.code),
            HINT = 'Open it with CALL appraisal.open_cycle().';
    END IF;
    RETURN found_id;
END
$function$;
COMMENT ON FUNCTION appraisal.cycle_of_code(text) IS 'key of the cycle with this code; an error if there is none';

-- Functions that look up a code or raise an error are called for a variable, not within a condition: the
-- planner may try them there, with an older snapshot, in which what the transaction made is missing.

-- Locks the cycle until the transaction ends, so that calls that change it follow one another.
CREATE FUNCTION appraisal.cycle_to_change(cycle text, OUT cycle_id bigint, OUT scheme_id bigint, OUT period text,
                                          OUT during daterange, OUT cohort_date date, OUT status text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    SELECT c.cycle_id, c.scheme_id, c.period, c.during, c.cohort_date, c.status
    INTO cycle_to_change.cycle_id, cycle_to_change.scheme_id, cycle_to_change.period, cycle_to_change.during,
         cycle_to_change.cohort_date, cycle_to_change.status
    FROM appraisal.cycle AS c WHERE c.code = cycle_to_change.cycle
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM appraisal.cycle_of_code(cycle_to_change.cycle);
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('cycle "%s" is kept by HR', cycle_to_change.cycle),
            HINT = 'Ask an account with the capability hr.';
    END IF;
END
$function$;
COMMENT ON FUNCTION appraisal.cycle_to_change(text) IS
    'the cycle with this code, locked; an error if there is none or the caller may not change it';

CREATE PROCEDURE appraisal.open_cycle(code text, scheme text, period text, during daterange, title text DEFAULT NULL,
                                      cohort_date date DEFAULT NULL, reviews_due date DEFAULT NULL, INOUT cycle_id bigint DEFAULT NULL,
                                      timezone text DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    active_id bigint;
BEGIN
    SELECT s.scheme_id INTO active_id FROM appraisal.scheme AS s WHERE s.code = open_cycle.scheme AND s.status = 'active';
    IF active_id IS NULL THEN
        PERFORM appraisal.find_scheme(scheme);
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('scheme "%s" has no active version', scheme),
            HINT = format('CALL appraisal.activate_scheme(''%s'') brings its draft into force.', scheme);
    ELSIF isempty(during) OR lower_inf(during) OR upper_inf(during) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('cycle "%s" needs a first and a last day', code),
            DETAIL = format('The period given is %s.', during);
    END IF;
    INSERT INTO appraisal.cycle (code, title, scheme_id, period, during, cohort_date, reviews_due, timezone)
    VALUES (open_cycle.code, coalesce(open_cycle.title, open_cycle.code), active_id, open_cycle.period, open_cycle.during,
            coalesce(open_cycle.cohort_date, upper(open_cycle.during) - 1),
            coalesce(open_cycle.reviews_due,
                     (SELECT upper(open_cycle.during) - 1 + r.due_days FROM appraisal.period_rule AS r
                      WHERE r.scheme_id = active_id AND r.job_group = '*' AND r.period = open_cycle.period)),
            coalesce(open_cycle.timezone, appraisal.database_timezone()))
    RETURNING cycle.cycle_id INTO open_cycle.cycle_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.open_cycle(text, text, text, daterange, text, date, date, bigint, text) IS
    'opens a cycle, a draft, by the active version of a scheme; units and superiors are those of the cohort date, the last day unless said otherwise; reviews are due when the scheme has results due, unless said otherwise; days of deadlines are those of the time zone, the database''s unless said otherwise';

CREATE PROCEDURE appraisal.start_scoring(cycle text, INOUT appraised integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this record;
BEGIN
    SELECT c.* INTO this FROM appraisal.cycle_to_change(start_scoring.cycle) AS c;
    IF this.status NOT IN ('draft', 'goals') THEN
        PERFORM appraisal.refuse_step(cycle, this.status, 'scoring');
    END IF;
    UPDATE appraisal.cycle AS c SET status = 'goals' WHERE c.cycle_id = this.cycle_id AND c.status = 'draft';
    UPDATE appraisal.cycle AS c SET status = 'scoring' WHERE c.cycle_id = this.cycle_id;
    SELECT count(*) INTO appraised
    FROM appraisal.participant AS p WHERE p.cycle_id = this.cycle_id AND p.leads AND p.exempt_because IS NULL;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.start_scoring(text, integer) IS
    'begins with reviews and figures, if there is somebody to appraise and the goals are as the scheme wants them; says how many are appraised';

-- HR does not see reviews of oneself, so these are not counted.
CREATE PROCEDURE appraisal.close_reviews(cycle text, INOUT lapsed integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this record;
BEGIN
    SELECT c.* INTO this FROM appraisal.cycle_to_change(close_reviews.cycle) AS c;
    SELECT count(*) INTO lapsed
    FROM appraisal.review AS r WHERE r.cycle_id = this.cycle_id AND r.status = 'assigned';
    UPDATE appraisal.cycle AS c SET status = 'calibration' WHERE c.cycle_id = this.cycle_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.close_reviews(text, integer) IS
    'takes a cycle to calibration; reviews that are not in lapse, and it says how many of those the caller may see';

CREATE PROCEDURE appraisal.reopen(cycle text, reason text, INOUT status text DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this record;
BEGIN
    SELECT c.* INTO this FROM appraisal.cycle_to_change(reopen.cycle) AS c;
    status := CASE this.status WHEN 'goals' THEN 'draft' WHEN 'scoring' THEN 'goals' WHEN 'calibration' THEN 'scoring' END;
    IF status IS NULL THEN
        PERFORM appraisal.refuse_step(cycle, this.status, NULL);
    END IF;
    UPDATE appraisal.cycle AS c SET status = reopen.status, reopened_because = reason
    WHERE c.cycle_id = this.cycle_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.reopen(text, text, text) IS
    'takes a cycle that is not published back one step, for a reason; signatures are withdrawn by that; says the status it has then';

CREATE FUNCTION appraisal.refuse_step(code text, status text, wanted text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'AP001',
        MESSAGE = format('cycle "%s" cannot go ', code) || coalesce('from ' || status || ' to ' || wanted, 'back from ' || status),
        DETAIL = 'A cycle goes from draft to goals, scoring, calibration, published and closed, one step at a time, and back one step until it is published.',
        HINT = appraisal.next_step(status);
END
$function$;
COMMENT ON FUNCTION appraisal.refuse_step(text, text, text) IS 'error: a cycle does not go from one status to the other';

CREATE FUNCTION appraisal.check_cycle(code text, scheme_id bigint, period text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    this record;
    periods text[];
BEGIN
    SELECT s.code, s.version, s.status INTO this FROM appraisal.scheme AS s WHERE s.scheme_id = check_cycle.scheme_id;
    IF this.status <> 'active' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('cycle "%s" cannot go by version %s of scheme "%s", which is %s', code, this.version, this.code,
                             CASE this.status WHEN 'draft' THEN 'a draft' ELSE this.status END),
            HINT = 'CALL appraisal.activate_scheme() brings a draft into force.';
    END IF;
    SELECT array_agg(DISTINCT r.period) INTO periods
    FROM appraisal.period_rule AS r WHERE r.scheme_id = check_cycle.scheme_id;
    IF check_cycle.period <> ALL (periods) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('scheme "%s" has no appraisals for each %s', this.code, check_cycle.period),
            DETAIL = format('Its periods are: %s.', array_to_string(periods, ', '));
    END IF;
END
$function$;
COMMENT ON FUNCTION appraisal.check_cycle(text, bigint, text) IS
    'an error unless the scheme version is in force and has such periods; keep_cycle() asks';

-- What must hold before a cycle goes on to scoring; keep_cycle() asks, whoever takes the step.
CREATE FUNCTION appraisal.check_before_scoring(cycle_id bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    this record;
    fault record;
BEGIN
    SELECT c.code, s.goals_set_by, s.goals_confirmed, s.goals_approved INTO this
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
    WHERE c.cycle_id = check_before_scoring.cycle_id;
    IF NOT EXISTS (SELECT FROM appraisal.participant AS p
                   WHERE p.cycle_id = check_before_scoring.cycle_id AND p.exempt_because IS NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('cycle "%s" has nobody to appraise', this.code),
            HINT = format('CALL appraisal.enrol(''%s'') adds people.', this.code);
    END IF;

    IF this.goals_set_by <> 'none' THEN
        SELECT appraisal.participant_name(f.cycle_id, f.participant_id) AS who, f.indicator,
               f.participants INTO fault
        FROM (SELECT w.cycle_id, w.participant_id, w.indicator, count(*) OVER () AS participants
              FROM (SELECT DISTINCT ON (p.participant_id) p.cycle_id, p.participant_id, k.code AS indicator
                    FROM appraisal.participant AS p
                    JOIN appraisal.goal_indicators(check_before_scoring.cycle_id) AS k USING (job_group)
                    LEFT JOIN appraisal.goal AS g
                      ON g.cycle_id = p.cycle_id AND g.participant_id = p.participant_id
                     AND g.scheme_indicator_id = k.scheme_indicator_id
                    WHERE p.cycle_id = check_before_scoring.cycle_id AND p.exempt_because IS NULL AND k.is_wanted AND g.goal_id IS NULL
                    ORDER BY p.participant_id, k.scheme_indicator_id) AS w
              ORDER BY w.participant_id LIMIT 1) AS f;
        IF FOUND THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AP001',
                MESSAGE = format('%s has no goal for indicator "%s"', fault.who, fault.indicator),
                DETAIL = format('Participants whose goals are not complete: %s.', fault.participants),
                HINT = format('CALL appraisal.propose_goals(''%s'') proposes those of the scheme.', this.code);
        END IF;
    END IF;

    SELECT appraisal.participant_name(f.cycle_id, f.participant_id) AS who, f.dimension, f.total, f.sets INTO fault
    FROM (SELECT w.*, count(*) OVER () AS sets
          FROM (SELECT p.cycle_id, p.participant_id, d.code AS dimension, d."position", sum(coalesce(g.weight, k.weight)) AS total
                FROM appraisal.participant AS p
                JOIN appraisal.cycle_indicators(check_before_scoring.cycle_id) AS k USING (job_group)
                JOIN appraisal.dimension AS d USING (dimension_id)
                LEFT JOIN appraisal.goal AS g
                  ON g.cycle_id = p.cycle_id AND g.participant_id = p.participant_id
                 AND g.scheme_indicator_id = k.scheme_indicator_id
                WHERE p.cycle_id = check_before_scoring.cycle_id AND p.exempt_because IS NULL
                GROUP BY p.cycle_id, p.participant_id, d.code, d."position"
                HAVING count(g.goal_id) > 0 AND sum(coalesce(g.weight, k.weight)) <> 100) AS w
          ORDER BY w.participant_id, w."position" LIMIT 1) AS f;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP002',
            MESSAGE = format('weights of the goals of %s in dimension "%s" add up to %s, not 100', fault.who, fault.dimension,
                             trim_scale(fault.total)),
            DETAIL = format('Sets of goals that do not add up: %s.', fault.sets),
            HINT = 'CALL appraisal.adjust_goal() with another weight; indicators without a goal have the scheme''s.';
    END IF;

    SELECT appraisal.participant_name(f.cycle_id, f.participant_id) AS who, f.title, f.want, f.goals INTO fault
    FROM (SELECT w.*, count(*) OVER () AS goals
          FROM (SELECT g.cycle_id, g.participant_id, g.goal_id, g.title,
                       CASE WHEN this.goals_confirmed AND g.confirmed_at IS NULL THEN 'confirmed'
                            WHEN this.goals_approved AND g.approved_by_hr IS NULL THEN 'approved by HR'
                            WHEN this.goals_approved AND g.approved_by_head IS NULL
                                 AND CASE WHEN p.person_id IS NOT NULL THEN p.manager_id IS NOT NULL
                                          ELSE EXISTS (SELECT FROM appraisal.participant AS head
                                                       WHERE head.cycle_id = p.cycle_id AND head.person_id = p.manager_id
                                                         AND head.manager_id IS NOT NULL) END
                                 THEN 'approved by a manager above' END AS want
                FROM appraisal.goal AS g JOIN appraisal.participant AS p USING (cycle_id, participant_id)
                WHERE g.cycle_id = check_before_scoring.cycle_id AND p.exempt_because IS NULL) AS w
          WHERE w.want IS NOT NULL
          ORDER BY w.goal_id LIMIT 1) AS f;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('goal "%s" of %s is not %s', fault.title, fault.who, fault.want),
            DETAIL = format('Goals that are not ready: %s.', fault.goals),
            HINT = CASE fault.want WHEN 'confirmed' THEN format('The person does: CALL appraisal.confirm_goal(''%s'').', this.code)
                                   ELSE format('CALL appraisal.approve_goals(''%s'').', this.code) END;
    END IF;
END
$function$;
COMMENT ON FUNCTION appraisal.check_before_scoring(bigint) IS
    'an error unless there is somebody to appraise and all goals that the scheme wants are there, add up, and are confirmed and approved';

CREATE FUNCTION appraisal.participant_name(cycle_id bigint, participant_id bigint) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    name text;
BEGIN
    SELECT CASE WHEN p.person_id IS NOT NULL THEN format('person "%s"', n.code) ELSE format('unit "%s"', u.code) END INTO name
    FROM appraisal.participant AS p
    LEFT JOIN appraisal.person AS n ON n.person_id = p.person_id
    LEFT JOIN appraisal.unit AS u ON u.unit_id = p.appraised_unit_id
    WHERE p.cycle_id = participant_name.cycle_id AND p.participant_id = participant_name.participant_id;
    RETURN name;
END
$function$;
COMMENT ON FUNCTION appraisal.participant_name(bigint, bigint) IS 'a participant as messages name it: person "code" or unit "code"';

CREATE FUNCTION appraisal.participants_named(cycle text, person text, unit text) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    this_id CONSTANT bigint := appraisal.cycle_of_code(cycle);
    named_person CONSTANT bigint := CASE WHEN person IS NOT NULL THEN appraisal.person_of_code(person) END;
    named_unit CONSTANT bigint := CASE WHEN unit IS NOT NULL THEN appraisal.unit_of_code(unit) END;
BEGIN
    RETURN QUERY
    SELECT p.participant_id
    FROM appraisal.participant AS p
    WHERE p.cycle_id = this_id
      AND (p.person_id = named_person OR p.appraised_unit_id = named_unit OR (person IS NULL AND unit IS NULL));
    IF NOT FOUND AND (person IS NOT NULL OR unit IS NOT NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('%s is not enrolled in cycle "%s"',
                             concat_ws(' or ', 'person "' || person || '"', 'unit "' || unit || '"'), cycle),
            HINT = 'CALL appraisal.enrol() enrols people and units; ask who may see this one.';
    END IF;
END
$function$;
COMMENT ON FUNCTION appraisal.participants_named(text, text, text) IS
    'keys of a person''s or a unit''s participants in a cycle, of all when neither is named; an error if there are none whom the caller may see';
