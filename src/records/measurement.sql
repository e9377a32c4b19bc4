-- Measurements: recording, correcting, and what several figures of one indicator come to.

-- Which participant and indicator each figure is of. Rows whose names stand for nothing are left out:
-- refuse_figures() says which.
CREATE FUNCTION appraisal.figures_of(cycle_id bigint, measurements jsonb)
    RETURNS TABLE (place bigint, participant_id bigint, indicator_id bigint, value numeric, measured_on date, data_source text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $function$
BEGIN
    RETURN QUERY
    -- Step by step: the planner knows nothing of a new cycle's participants, and would hold each figure against
    -- all of its job group.
    WITH named AS MATERIALIZED (
        SELECT x.*, coalesce(n.person_id, -u.unit_id) AS subject_id
        FROM ROWS FROM (jsonb_to_recordset(measurements)
                        AS (person text, unit text, indicator text, value numeric, measured_on date, data_source text))
             WITH ORDINALITY AS x (person, unit, indicator, value, measured_on, data_source, place)
        LEFT JOIN appraisal.person AS n ON n.code = x.person
        LEFT JOIN appraisal.unit AS u ON u.code = x.unit AND x.person IS NULL
    ),
    met AS MATERIALIZED (
        SELECT m.*, p.participant_id, p.job_group, p.leads, p.segment
        FROM named AS m
        JOIN appraisal.participant AS p
          ON p.cycle_id = figures_of.cycle_id AND coalesce(p.person_id, -p.appraised_unit_id) = m.subject_id
    )
    -- of several segments the one of that day, else the leading one, else the last that the caller sees
    SELECT DISTINCT ON (x.place) x.place, x.participant_id, i.indicator_id, x.value, x.measured_on, x.data_source
    FROM met AS x
    -- rated ones are measured, too, where higher or lower is better: floors of later targets are made of them
    JOIN (SELECT DISTINCT r.job_group, r.code, r.indicator_id
          FROM appraisal.cycle_indicators(figures_of.cycle_id) AS r JOIN appraisal.indicator AS d USING (indicator_id)
          WHERE d.direction IS NOT NULL) AS i ON i.job_group = x.job_group AND i.code = x.indicator
    LEFT JOIN appraisal.segment_times(figures_of.cycle_id) AS t ON t.participant_id = x.participant_id
    ORDER BY x.place, coalesce(t.during @> x.measured_on, false) DESC, x.leads DESC, x.segment DESC;
END
$function$;
COMMENT ON FUNCTION appraisal.figures_of(bigint, jsonb) IS
    'the participant and the indicator that each figure of a document is of, as far as there are such';

CREATE FUNCTION appraisal.refuse_figures(cycle_id bigint, measurements jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    wrong record;
BEGIN
    SELECT x.place, x.person, x.unit, x.indicator, p.job_group, c.code AS cycle_code INTO wrong
    FROM ROWS FROM (jsonb_to_recordset(measurements) AS (person text, unit text, indicator text))
         WITH ORDINALITY AS x (person, unit, indicator, place)
    JOIN appraisal.cycle AS c ON c.cycle_id = refuse_figures.cycle_id
    LEFT JOIN appraisal.person AS n ON n.code = x.person
    LEFT JOIN appraisal.unit AS u ON u.code = x.unit AND x.person IS NULL
    LEFT JOIN appraisal.participant AS p
      ON p.cycle_id = c.cycle_id AND coalesce(p.person_id, -p.appraised_unit_id) = coalesce(n.person_id, -u.unit_id)
    WHERE x.place NOT IN (SELECT f.place FROM appraisal.figures_of(refuse_figures.cycle_id, measurements) AS f)
    ORDER BY x.place, p.leads DESC
    LIMIT 1;
    CASE
    WHEN NOT FOUND THEN
        RETURN;
    WHEN wrong.job_group IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('%s takes no part in cycle "%s"',
                             appraisal.person_or_unit(wrong.person, wrong.unit), wrong.cycle_code),
            DETAIL = format('It is measurement %s of the call.', wrong.place),
            HINT = 'Enrol with CALL appraisal.enrol(), or ask who may see this one.';
    ELSE
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no measured indicator "%s" for job group "%s" in cycle "%s"',
                             wrong.indicator, wrong.job_group, wrong.cycle_code),
            DETAIL = format('It is measurement %s of the call, of %s.', wrong.place,
                            appraisal.person_or_unit(wrong.person, wrong.unit)),
            HINT = 'cycle_indicators() lists what is measured of whom.';
    END CASE;
END
$function$;
COMMENT ON FUNCTION appraisal.refuse_figures(bigint, jsonb) IS
    'raise AP004 for the first figure of a document that figures_of() finds no participant or indicator for';

CREATE FUNCTION appraisal.person_or_unit(person text, unit text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT CASE WHEN person IS NULL THEN concat('unit "', unit, '"') ELSE concat('person "', person, '"') END
$function$;
COMMENT ON FUNCTION appraisal.person_or_unit(text, text) IS 'how messages call who is appraised';

CREATE PROCEDURE appraisal.record_measurements(cycle text, measurements jsonb, INOUT recorded integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    found_id bigint := appraisal.cycle_of_code(cycle);
BEGIN
    IF EXISTS (SELECT FROM jsonb_to_recordset(measurements) AS x (person text)
               JOIN appraisal.person AS p ON p.code = x.person
               WHERE p.person_id = (SELECT appraisal.acting_person())) THEN
        PERFORM appraisal.refuse_own_measurement();
    END IF;
    INSERT INTO appraisal.measurement (cycle_id, participant_id, indicator_id, value, measured_on, data_source, recorded_by)
    SELECT found_id, f.participant_id, f.indicator_id, f.value, f.measured_on, f.data_source, (SELECT appraisal.acting_person())
    FROM appraisal.figures_of(found_id, measurements) AS f
    ORDER BY f.place;
    GET DIAGNOSTICS recorded = ROW_COUNT;
    IF recorded < jsonb_array_length(measurements) THEN
        PERFORM appraisal.refuse_figures(found_id, measurements);
    END IF;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.record_measurements(text, jsonb, integer) IS
    'records figures: an array of objects with person or unit, indicator, value, measured_on and data_source';

CREATE PROCEDURE appraisal.record_measurement(cycle text, person text, indicator text, value numeric, measured_on date,
                                              data_source text DEFAULT NULL, unit text DEFAULT NULL,
                                              INOUT measurement_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    found_id bigint := appraisal.cycle_of_code(cycle);
    figures jsonb := jsonb_build_array(jsonb_build_object(
        'person', person, 'unit', unit, 'indicator', indicator, 'value', value, 'measured_on', measured_on,
        'data_source', data_source));
BEGIN
    IF person = (SELECT p.code FROM appraisal.person AS p WHERE p.person_id = appraisal.acting_person()) THEN
        PERFORM appraisal.refuse_own_measurement();
    END IF;
    INSERT INTO appraisal.measurement AS m (cycle_id, participant_id, indicator_id, value, measured_on, data_source, recorded_by)
    SELECT found_id, f.participant_id, f.indicator_id, f.value, f.measured_on, f.data_source, appraisal.acting_person()
    FROM appraisal.figures_of(found_id, figures) AS f
    RETURNING m.measurement_id INTO record_measurement.measurement_id;
    IF NOT FOUND THEN
        PERFORM appraisal.refuse_figures(found_id, figures);
    END IF;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.record_measurement(text, text, text, numeric, date, text, text, bigint) IS
    'records a figure of a person, or of a unit where person is null';

CREATE FUNCTION appraisal.refuse_own_measurement() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'AP003',
        MESSAGE = 'nobody records or corrects measurements of their own',
        HINT = 'A superior or HR calls record_measurement() or correct_measurement().';
END
$function$;
COMMENT ON FUNCTION appraisal.refuse_own_measurement() IS 'raise AP003 for who records a figure of their own';

CREATE PROCEDURE appraisal.correct_measurement(cycle text, measurement_id bigint, value numeric, reason text,
                                               INOUT correction_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    found_id bigint := appraisal.cycle_of_code(cycle);
    earlier record;
BEGIN
    SELECT m.participant_id, m.indicator_id, m.measured_on, m.data_source, p.person_id,
           (SELECT n.measurement_id FROM appraisal.measurement AS n
            WHERE n.cycle_id = m.cycle_id AND n.supersedes = m.measurement_id) AS next_id
    INTO earlier
    FROM appraisal.measurement AS m JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    WHERE m.cycle_id = found_id AND m.measurement_id = correct_measurement.measurement_id;
    CASE
    WHEN NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no measurement %s in cycle "%s"', measurement_id, cycle),
            HINT = 'record_measurement() said the key; or ask who may see this one.';
    WHEN earlier.person_id = appraisal.acting_person() THEN
        PERFORM appraisal.refuse_own_measurement();
    WHEN earlier.next_id IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('measurement %s of cycle "%s" has been corrected already', measurement_id, cycle),
            HINT = format('CALL appraisal.correct_measurement() with measurement %s.', earlier.next_id);
    ELSE
        INSERT INTO appraisal.measurement AS m (cycle_id, participant_id, indicator_id, value, measured_on, data_source,
                                                supersedes, corrected_because, recorded_by)
        VALUES (found_id, earlier.participant_id, earlier.indicator_id, correct_measurement.value, earlier.measured_on,
                earlier.data_source, correct_measurement.measurement_id, reason, appraisal.acting_person())
        RETURNING m.measurement_id INTO correction_id;
    END CASE;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.correct_measurement(text, bigint, numeric, text, bigint) IS
    'puts another value in the place of a measurement, which stays as it was; says why';

CREATE FUNCTION appraisal.current_measurements(cycle_id bigint)
    RETURNS TABLE (participant_id bigint, indicator_id bigint, value numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RETURN QUERY
    WITH standing AS NOT MATERIALIZED (
        SELECT m.participant_id, m.indicator_id, m.value, m.measured_on, m.measurement_id, i.gathering
        FROM appraisal.measurement AS m JOIN appraisal.indicator AS i USING (indicator_id)
        WHERE m.cycle_id = current_measurements.cycle_id
          AND NOT EXISTS (SELECT FROM appraisal.measurement AS n
                          WHERE n.cycle_id = current_measurements.cycle_id AND n.supersedes = m.measurement_id)
    ), newest AS (
        SELECT DISTINCT ON (s.participant_id, s.indicator_id) s.participant_id, s.indicator_id, s.value
        FROM standing AS s
        WHERE s.gathering = 'latest'
        ORDER BY s.participant_id, s.indicator_id, s.measured_on DESC, s.measurement_id DESC
    )
    SELECT n.participant_id, n.indicator_id, n.value FROM newest AS n
    UNION ALL
    SELECT s.participant_id, s.indicator_id, CASE s.gathering WHEN 'sum' THEN sum(s.value) ELSE avg(s.value) END
    FROM standing AS s
    WHERE s.gathering <> 'latest'
    GROUP BY s.participant_id, s.indicator_id, s.gathering;
END
$function$;
COMMENT ON FUNCTION appraisal.current_measurements(bigint) IS
    'what the measurements of a cycle come to: the latest, the sum or the mean, of those that no other supersedes';
