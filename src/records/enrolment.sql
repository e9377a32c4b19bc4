-- Enrolment: who takes part in a cycle, as posted then, and who is exempt.

-- Which job groups a cycle is for: a group's own set of periods replaces that of '*'.
CREATE FUNCTION appraisal.groups_with_period(scheme_id bigint, period text, OUT own_set text[], OUT with_period text[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    SELECT array_agg(DISTINCT r.job_group), array_agg(DISTINCT r.job_group) FILTER (WHERE r.period = groups_with_period.period)
    INTO own_set, with_period
    FROM appraisal.period_rule AS r WHERE r.scheme_id = groups_with_period.scheme_id;
END
$function$;
COMMENT ON FUNCTION appraisal.groups_with_period(bigint, text) IS
    'job groups with a set of periods of their own, * among them, and those whose set has this period';

-- The unit named and all below it; all units when none is named.
CREATE FUNCTION appraisal.units_below(unit text) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF unit IS NULL THEN
        RETURN QUERY SELECT u.unit_id FROM appraisal.unit AS u;
    ELSE
        RETURN QUERY
        WITH RECURSIVE below AS (
            SELECT appraisal.unit_of_code(units_below.unit) AS unit_id
            UNION ALL
            SELECT u.unit_id FROM below AS b JOIN appraisal.unit AS u ON u.parent_id = b.unit_id
        )
        SELECT b.unit_id FROM below AS b;
    END IF;
END
$function$;
COMMENT ON FUNCTION appraisal.units_below(text) IS 'keys of a unit and of all below it; of all units without one';

-- A posting counts while the person is in service: the days of it in the period are what is held. Days
-- run together as long as the unit stays; with the scheme's present_unit all days are one run. The leading
-- run decides whether the person is enrolled; of the others those stay whose job group has the period.
CREATE FUNCTION appraisal.enrol_people(cycle text, unit text, job_group text, least_days integer,
                                       OUT enrolled integer, OUT exempted integer)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    this record;
    groups record;
    in_segments boolean;
BEGIN
    SELECT c.* INTO this FROM appraisal.cycle_to_change(enrol_people.cycle) AS c;
    SELECT g.* INTO groups FROM appraisal.groups_with_period(this.scheme_id, this.period) AS g;
    SELECT s.transfer = 'segments' INTO in_segments FROM appraisal.scheme AS s WHERE s.scheme_id = this.scheme_id;
    WITH held AS (
        SELECT g.person_id, g.unit_id, g.manager_id, g.job_group, n.hired_on, n.left_on,
               g.during * this.during * daterange(n.hired_on, n.left_on) AS held
        FROM appraisal.posting AS g JOIN appraisal.person AS n USING (person_id)
        WHERE g.during && this.during AND daterange(n.hired_on, n.left_on) && this.during
          AND NOT EXISTS (SELECT FROM appraisal.participant AS p
                          WHERE p.cycle_id = this.cycle_id AND p.person_id = g.person_id)
    ),
    in_order AS (
        SELECT h.*, in_segments AND h.unit_id <> lag(h.unit_id) OVER (PARTITION BY h.person_id ORDER BY lower(h.held)) AS moved
        FROM held AS h
        WHERE NOT isempty(h.held)
    ),
    numbered AS (
        SELECT o.*, count(*) FILTER (WHERE o.moved) OVER (PARTITION BY o.person_id ORDER BY lower(o.held)) AS run
        FROM in_order AS o
    ),
    -- a row a run: that of its last posting, or for the present unit that of the cohort date
    run AS (
        SELECT DISTINCT ON (m.person_id, m.run)
               m.person_id, m.unit_id, m.manager_id, m.job_group, m.hired_on, m.left_on, m.run,
               sum(upper(m.held) - lower(m.held)) OVER whole AS segment_days,
               bool_or(m.held @> this.cohort_date) OVER whole AS on_cohort_date
        FROM numbered AS m
        WINDOW whole AS (PARTITION BY m.person_id, m.run)
        ORDER BY m.person_id, m.run, NOT in_segments AND m.held @> this.cohort_date DESC, lower(m.held) DESC
    ),
    placed AS (
        SELECT r.*, r.run = first_value(r.run) OVER (PARTITION BY r.person_id ORDER BY r.on_cohort_date DESC, r.run DESC) AS leads,
               CASE WHEN r.job_group = ANY (groups.own_set) THEN r.job_group ELSE '*' END = ANY (groups.with_period) AS has_period
        FROM run AS r
    ),
    chosen AS (
        SELECT l.*, bool_or(l.leads AND (enrol_people.job_group IS NULL OR l.job_group = enrol_people.job_group)
                            AND l.unit_id IN (SELECT appraisal.units_below(enrol_people.unit)))
                    OVER (PARTITION BY l.person_id) AS is_wanted
        FROM (SELECT x.*, bool_or(x.leads) OVER (PARTITION BY x.person_id) AS stays FROM placed AS x WHERE x.has_period) AS l
        WHERE l.stays
    ),
    added AS (
        INSERT INTO appraisal.participant AS p
            (cycle_id, person_id, segment, segment_days, leads, unit_id, manager_id, job_group, exempt_because)
        SELECT this.cycle_id, c.person_id, row_number() OVER (PARTITION BY c.person_id ORDER BY c.run), c.segment_days, c.leads,
               c.unit_id, c.manager_id, c.job_group,
               CASE WHEN least(c.left_on, upper(this.during)) - greatest(c.hired_on, lower(this.during)) 
                          >= enrol_people.least_days THEN NULL
                    WHEN c.left_on < upper(this.during) THEN 'leaver'
                    WHEN c.hired_on > lower(this.during) THEN 'newcomer' END
        FROM chosen AS c
        WHERE c.is_wanted
        ORDER BY c.person_id, c.run
        RETURNING p.leads, p.exempt_because
    )
    SELECT count(*), count(a.exempt_because) INTO enrolled, exempted FROM added AS a WHERE a.leads;
END
$function$;
COMMENT ON FUNCTION appraisal.enrol_people(text, text, text, integer) IS 'step of enrol(): people';

-- A unit's head is who is posted there under somebody who is not.
CREATE FUNCTION appraisal.enrol_units(cycle text, unit text, kind text, OUT enrolled integer)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    this record;
    groups record;
BEGIN
    SELECT c.* INTO this FROM appraisal.cycle_to_change(enrol_units.cycle) AS c;
    SELECT g.* INTO groups FROM appraisal.groups_with_period(this.scheme_id, this.period) AS g;
    WITH posted AS (
        SELECT g.person_id, g.unit_id, g.manager_id
        FROM appraisal.posting AS g JOIN appraisal.person AS n USING (person_id)
        WHERE g.during @> this.cohort_date AND daterange(n.hired_on, n.left_on) @> this.cohort_date
    ),
    head AS (
        SELECT g.unit_id, min(g.person_id) AS person_id
        FROM posted AS g
        LEFT JOIN posted AS above ON above.person_id = g.manager_id AND above.unit_id = g.unit_id
        WHERE above.person_id IS NULL
        GROUP BY g.unit_id
        HAVING count(*) = 1
    )
    INSERT INTO appraisal.participant (cycle_id, appraised_unit_id, segment_days, unit_id, manager_id, job_group)
    SELECT this.cycle_id, u.unit_id, upper(this.during) - lower(this.during), u.unit_id, h.person_id, u.kind
    FROM appraisal.unit AS u
    JOIN appraisal.scheme AS s ON s.scheme_id = this.scheme_id AND u.kind = ANY (s.unit_levels)
    LEFT JOIN head AS h USING (unit_id)
    WHERE u.unit_id IN (SELECT appraisal.units_below(enrol_units.unit))
      AND (enrol_units.kind IS NULL OR u.kind = enrol_units.kind)
      AND CASE WHEN u.kind = ANY (groups.own_set) THEN u.kind ELSE '*' END = ANY (groups.with_period)
      AND NOT EXISTS (SELECT FROM appraisal.participant AS p
                      WHERE p.cycle_id = this.cycle_id AND p.appraised_unit_id = u.unit_id)
    ORDER BY u.unit_id;
    GET DIAGNOSTICS enrolled = ROW_COUNT;
END
$function$;
COMMENT ON FUNCTION appraisal.enrol_units(text, text, text) IS 'step of enrol(): units';

CREATE PROCEDURE appraisal.enrol(cycle text, unit text DEFAULT NULL, job_group text DEFAULT NULL, subject text DEFAULT 'person',
                                 least_days integer DEFAULT NULL, INOUT enrolled integer DEFAULT NULL,
                                 INOUT exempted integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this record;
    subjects text[];
BEGIN
    SELECT c.* INTO this FROM appraisal.cycle_to_change(enrol.cycle) AS c;
    SELECT s.subjects INTO subjects FROM appraisal.scheme AS s WHERE s.scheme_id = this.scheme_id;
    IF this.status NOT IN ('draft', 'goals') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('cycle "%s" is in status %s: nobody is enrolled any more', cycle, this.status),
            HINT = appraisal.next_step(this.status);
    ELSIF subject <> ALL (subjects) OR subject IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('the scheme of cycle "%s" does not appraise a "%s"', cycle, subject),
            DETAIL = format('It appraises: %s.', array_to_string(subjects, ', '));
    ELSIF subject = 'person' THEN
        SELECT e.enrolled, e.exempted INTO enrol.enrolled, enrol.exempted
        FROM appraisal.enrol_people(cycle, unit, job_group,
                                    coalesce(least_days, (upper(this.during) - lower(this.during) + 1) / 2)) AS e;
    ELSE
        enrolled := appraisal.enrol_units(cycle, unit, job_group);
        exempted := 0;
    END IF;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.enrol(text, text, text, text, integer, integer, integer) IS
    'enrols who was posted in the period, or units: in a unit and below it, of a job group, or all; says how many, and how many of them are exempt as newcomers and leavers';

CREATE PROCEDURE appraisal.exempt(cycle text, person text, reason text, unit text DEFAULT NULL,
                                  INOUT exempted integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this record;
BEGIN
    SELECT c.* INTO this FROM appraisal.cycle_to_change(exempt.cycle) AS c;
    IF num_nonnulls(person, unit) <> 1 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = 'an exemption is for one person or one unit';
    END IF;
    UPDATE appraisal.participant AS p SET exempt_because = reason
    WHERE p.cycle_id = this.cycle_id AND p.exempt_because IS DISTINCT FROM reason
      AND p.participant_id IN (SELECT appraisal.participants_named(cycle, person, unit));
    exempted := CASE WHEN FOUND THEN 1 ELSE 0 END;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.exempt(text, text, text, text, integer) IS
    'exempts an enrolled person or unit for a reason, long leave for one, or without a reason ends the exemption; says whether that changed anything';

CREATE FUNCTION appraisal.refuse_participant(fault text, who text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF fault = 'own' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'nobody changes one''s own participation',
            DETAIL = format('It is that of %s.', who),
            HINT = 'Ask another account with the capability hr.';
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'AP005',
        MESSAGE = CASE fault
            WHEN 'key' THEN 'a participant stays the one who was enrolled'
            WHEN 'subject' THEN 'the scheme does not appraise such participants'
            ELSE 'one segment of a person leads, and all are exempt for one reason or none' END,
        DETAIL = format('The participant is %s.', who),
        HINT = 'CALL appraisal.enrol() and exempt() keep participants.';
END
$function$;
COMMENT ON FUNCTION appraisal.refuse_participant(text, text) IS 'error: a participant must not be written so; the guards call it';
