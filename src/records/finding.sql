-- Findings of process audits: recorded, put right by their owner, verified by another, counted as a figure.
--
-- Days are those of UTC, so that nobody gains one by the setting of a session.

CREATE FUNCTION appraisal.refuse_finding(act text, finding_id bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'AP003',
        MESSAGE = CASE act
            WHEN 'record' THEN 'findings are recorded by HR and executives, and by managers for themselves and the people below'
            WHEN 'rectify' THEN format('finding %s is put right by its owner', finding_id)
            WHEN 'day' THEN format('the day on which finding %s was put right is the day of the call', finding_id)
            ELSE format('finding %s is verified by HR, executives, managers above its owner and who found it, never by its owner', finding_id) END,
        HINT = CASE act
            WHEN 'record' THEN 'Ask one of them to CALL appraisal.record_finding().'
            WHEN 'rectify' THEN 'Ask that one, or HR, to CALL appraisal.rectify_finding().'
            WHEN 'day' THEN 'HR may give an earlier one.'
            ELSE 'Ask one of them to CALL appraisal.verify_finding().' END;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_finding(text, bigint) IS 'raise AP003 for who may not record, rectify or verify a finding';

CREATE FUNCTION appraisal.today_utc() RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp RETURN (statement_timestamp() AT TIME ZONE 'UTC')::date;
COMMENT ON FUNCTION appraisal.today_utc() IS 'the day in UTC, whatever the zone of the session';

-- Runs with the rights of the tables' owner, in write_finding().
CREATE FUNCTION appraisal.add_finding(cycle_id bigint, unit_id bigint, participant_id bigint, process text, description text,
                                      found_on date, owner_id bigint, due_on date) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    acting_id CONSTANT bigint := appraisal.acting_person();
    by_office CONSTANT boolean := appraisal.acting_as('hr') OR appraisal.acting_as('executive');
    new_id bigint;
BEGIN
    IF NOT by_office AND owner_id IS DISTINCT FROM acting_id
       AND owner_id NOT IN (SELECT appraisal.my_people() UNION ALL SELECT appraisal.people_in_my_cycles()) THEN
        PERFORM appraisal.refuse_finding('record', NULL);
    ELSIF btrim(coalesce(process, '')) = '' OR btrim(coalesce(description, '')) = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = 'a finding says which process it is about and what is wrong';
    ELSIF found_on > appraisal.today_utc() OR (due_on < found_on) IS NOT FALSE THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = 'a finding is found by today and due on that day or later',
            DETAIL = format('It would be found on %s and due on %s.', found_on, coalesce(due_on::text, 'no day'));
    END IF;
    INSERT INTO appraisal.finding AS f (cycle_id, unit_id, participant_id, process, description, found_on, found_by, found_by_login, owner_id, due_on)
    VALUES (add_finding.cycle_id, add_finding.unit_id, add_finding.participant_id, add_finding.process, add_finding.description,
            add_finding.found_on, acting_id, session_user, add_finding.owner_id, add_finding.due_on)
    RETURNING f.finding_id INTO new_id;
    RETURN new_id;
END
$$;
COMMENT ON FUNCTION appraisal.add_finding(bigint, bigint, bigint, text, text, date, bigint, date) IS 'step of record_finding(): adds it, for write_finding()';

-- Whoever may not see a finding is told what one is told of a number that was never given.
CREATE FUNCTION appraisal.finding_to_change(cycle_id bigint, finding_id bigint, OUT owner_id bigint, OUT found_by bigint, OUT found_on date,
                                            OUT rectified_on date, OUT verified_on date, OUT accepted boolean, OUT is_owner boolean,
                                            OUT is_judge boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    acting_id CONSTANT bigint := appraisal.acting_person();
    by_office CONSTANT boolean := appraisal.acting_as('hr') OR appraisal.acting_as('executive');
    is_seen boolean;
BEGIN
    SELECT f.owner_id, f.found_by, f.found_on, f.rectified_on, f.verified_on, f.accepted, coalesce(f.owner_id = acting_id, false),
           (by_office OR f.found_by = acting_id
            OR f.owner_id IN (SELECT appraisal.my_people() UNION ALL SELECT appraisal.people_in_my_cycles())) IS TRUE,
           f.participant_id IN (SELECT appraisal.my_participations())
    INTO finding_to_change.owner_id, finding_to_change.found_by, finding_to_change.found_on, finding_to_change.rectified_on,
         finding_to_change.verified_on, finding_to_change.accepted, is_owner, is_judge, is_seen
    FROM appraisal.finding AS f
    WHERE f.cycle_id = finding_to_change.cycle_id AND f.finding_id = finding_to_change.finding_id
    FOR UPDATE;
    IF (is_owner OR is_judge OR is_seen) IS NOT TRUE THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no finding %s in this cycle', finding_id),
            HINT = 'record_finding() said its key; or ask who may see this one.';
    ELSIF accepted THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('finding %s is closed: its rectification is accepted', finding_id),
            HINT = 'CALL appraisal.record_finding() records another.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.finding_to_change(bigint, bigint) IS
    'a finding, held until the transaction ends, and what it is to the one who is asking; an error if there is none to change';

-- A day that the owner could choose would always be in time.
CREATE FUNCTION appraisal.apply_rectification(cycle_id bigint, finding_id bigint, rectification text, rectified_on date) RETURNS date
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this record;
    by_hr CONSTANT boolean := appraisal.acting_as('hr');
    done_on CONSTANT date := coalesce(rectified_on, appraisal.today_utc());
BEGIN
    SELECT f.* INTO this FROM appraisal.finding_to_change(apply_rectification.cycle_id, apply_rectification.finding_id) AS f;
    IF NOT this.is_owner AND NOT by_hr THEN
        PERFORM appraisal.refuse_finding('rectify', finding_id);
    ELSIF done_on <> appraisal.today_utc() AND (this.is_owner OR NOT by_hr) THEN
        PERFORM appraisal.refuse_finding('day', finding_id);
    ELSIF btrim(coalesce(rectification, '')) = '' OR done_on NOT BETWEEN this.found_on AND appraisal.today_utc() THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = 'a rectification says what was done, on a day from the finding to today',
            DETAIL = format('Finding %s is of %s.', finding_id, this.found_on);
    END IF;
    UPDATE appraisal.finding AS f
    SET rectification = apply_rectification.rectification, rectified_on = done_on, verified_by = NULL, verified_by_login = NULL,
        verified_on = NULL, accepted = NULL, verification = NULL
    WHERE f.cycle_id = apply_rectification.cycle_id AND f.finding_id = apply_rectification.finding_id;
    RETURN done_on;
END
$$;
COMMENT ON FUNCTION appraisal.apply_rectification(bigint, bigint, text, date) IS 'step of rectify_finding(), for write_rectification()';

CREATE FUNCTION appraisal.apply_verification(cycle_id bigint, finding_id bigint, accepted boolean, verification text) RETURNS date
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this record;
    looked_on CONSTANT date := appraisal.today_utc();
BEGIN
    SELECT f.* INTO this FROM appraisal.finding_to_change(apply_verification.cycle_id, apply_verification.finding_id) AS f;
    IF this.is_owner OR NOT this.is_judge THEN
        PERFORM appraisal.refuse_finding('verify', finding_id);
    ELSIF this.rectified_on IS NULL OR this.verified_on IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('finding %s has nothing to verify', finding_id),
            DETAIL = CASE WHEN this.rectified_on IS NULL THEN 'Its owner has not put it right yet.'
                          ELSE 'The last rectification was not accepted.' END,
            HINT = 'The owner: CALL appraisal.rectify_finding().';
    ELSIF accepted IS NULL OR NOT accepted AND btrim(coalesce(verification, '')) = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = 'a verification accepts, or says why not',
            DETAIL = format('It is finding %s.', finding_id);
    END IF;
    UPDATE appraisal.finding AS f
    SET verified_by = appraisal.acting_person(), verified_by_login = session_user, verified_on = looked_on,
        accepted = apply_verification.accepted, verification = nullif(btrim(apply_verification.verification), '')
    WHERE f.cycle_id = apply_verification.cycle_id AND f.finding_id = apply_verification.finding_id;
    RETURN looked_on;
END
$$;
COMMENT ON FUNCTION appraisal.apply_verification(bigint, bigint, boolean, text) IS 'step of verify_finding(), for write_verification()';

CREATE PROCEDURE appraisal.record_finding(cycle text, unit text, process text, description text, owner text, due_on date,
                                          found_on date DEFAULT NULL, person text DEFAULT NULL, INOUT finding_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    about bigint;
BEGIN
    IF person IS NOT NULL THEN
        SELECT p.participant_id INTO about
        FROM appraisal.participant AS p
        WHERE p.cycle_id = this_cycle AND p.leads AND p.participant_id IN (SELECT appraisal.participants_named(cycle, record_finding.person, NULL));
    END IF;
    finding_id := appraisal.write_finding(this_cycle, appraisal.unit_of_code(unit), about, process, description,
                                          coalesce(found_on, appraisal.today_utc()), appraisal.person_of_code(owner), due_on);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.record_finding(text, text, text, text, text, date, date, text, bigint) IS
    'records what an audit found in a unit, or in the work of a person, who owns it and by when it is put right';

CREATE PROCEDURE appraisal.rectify_finding(cycle text, finding_id bigint, rectification text, INOUT rectified_on date DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    rectified_on := appraisal.write_rectification(appraisal.cycle_of_code(cycle), finding_id, rectification, rectified_on);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.rectify_finding(text, bigint, text, date) IS
    'says how a finding was put right; for its owner, or for HR, which may say on which day; what was verified before is to be verified anew';

CREATE PROCEDURE appraisal.verify_finding(cycle text, finding_id bigint, accepted boolean, verification text DEFAULT NULL,
                                          INOUT verified_on date DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    verified_on := appraisal.write_verification(appraisal.cycle_of_code(cycle), finding_id, accepted, verification);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.verify_finding(text, bigint, boolean, text, date) IS
    'accepts what was done about a finding, or says why not; for others than its owner';

-- What was due in the period, whatever cycle it was found in; in time is what the verifier accepted and was done
-- by the day. All segments of a person have the same rate.
CREATE FUNCTION appraisal.rectification_rates(of_cycle bigint, until date) RETURNS TABLE (person_id bigint, due integer, in_time integer)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT f.owner_id, count(*)::integer, count(*) FILTER (WHERE f.accepted AND f.rectified_on <= f.due_on)::integer
    FROM appraisal.finding AS f JOIN appraisal.cycle AS c ON c.cycle_id = of_cycle
    WHERE f.due_on <@ c.during AND f.due_on <= until
    GROUP BY f.owner_id;
END
$$;
COMMENT ON FUNCTION appraisal.rectification_rates(bigint, date) IS
    'for each owner the findings due in the period of a cycle until a day, and how many of them were put right in time and accepted';

CREATE PROCEDURE appraisal.record_rectification_rates(cycle text, indicator text, measured_on date DEFAULT NULL,
                                                      without_findings numeric DEFAULT NULL, INOUT recorded integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    acting_id CONSTANT bigint := appraisal.acting_person();
    until date;
BEGIN
    SELECT coalesce(measured_on, upper(c.during) - 1) INTO until FROM appraisal.cycle AS c WHERE c.cycle_id = this_cycle;
    IF NOT EXISTS (SELECT FROM appraisal.cycle_indicators(this_cycle) AS i WHERE i.code = indicator AND i.kind = 'measured') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no measured indicator "%s" in cycle "%s"', indicator, cycle),
            HINT = 'cycle_indicators() lists what is measured of whom.';
    END IF;
    INSERT INTO appraisal.measurement (cycle_id, participant_id, indicator_id, value, measured_on, data_source, supersedes, corrected_because,
                                       recorded_by)
    SELECT this_cycle, x.participant_id, x.indicator_id, x.value, until, 'findings', s.measurement_id,
           CASE WHEN s.measurement_id IS NOT NULL THEN 'findings were counted anew' END, acting_id
    FROM (SELECT p.participant_id, i.indicator_id,
                 CASE WHEN r.due > 0 THEN trim_scale(round(r.in_time::numeric / r.due, 16)) ELSE without_findings END AS value
          FROM appraisal.participant AS p
          JOIN appraisal.cycle_indicators(this_cycle) AS i ON i.job_group = p.job_group AND i.code = indicator AND i.kind = 'measured'
          LEFT JOIN appraisal.rectification_rates(this_cycle, until) AS r ON r.person_id = p.person_id
          WHERE p.cycle_id = this_cycle AND p.exempt_because IS NULL AND p.person_id IS NOT NULL
            AND p.person_id IS DISTINCT FROM acting_id) AS x
    LEFT JOIN appraisal.measurement AS s
        ON s.cycle_id = this_cycle AND s.participant_id = x.participant_id AND s.indicator_id = x.indicator_id AND s.data_source = 'findings'
       AND NOT EXISTS (SELECT FROM appraisal.measurement AS n WHERE n.cycle_id = this_cycle AND n.supersedes = s.measurement_id)
    WHERE x.value IS NOT NULL AND x.value IS DISTINCT FROM s.value
    ORDER BY x.participant_id;
    GET DIAGNOSTICS recorded = ROW_COUNT;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.record_rectification_rates(text, text, date, numeric, integer) IS
    'records, as a figure of each owner but the caller, the share of the findings due in the period that was put right in time; rates that changed supersede those recorded before';
