-- Publication: what is signed becomes what those concerned may see, and stays. keep_cycle() does the work, so
-- that whoever takes the step, by whatever way, does all of it.

-- Whom a low grade would surprise: nobody told them of a concern before the cycle went to calibration.
CREATE FUNCTION appraisal.surprised(of_cycle bigint) RETURNS TABLE (participant_id bigint, grade text)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this record;
BEGIN
    SELECT s.scale, appraisal.grade_rank(s.no_surprise_grade, s.scale) AS low, coalesce(c.calibration_began, 'infinity') AS began INTO this
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    RETURN QUERY
    SELECT r.participant_id, r.final_grade
    FROM appraisal.result AS r JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    WHERE r.cycle_id = of_cycle AND r.version = 1 AND p.person_id IS NOT NULL
      AND appraisal.grade_rank(r.final_grade, this.scale) >= this.low
      -- to whichever of a person's segments
      AND p.person_id NOT IN (
          SELECT o.person_id
          FROM appraisal.feedback AS f JOIN appraisal.participant AS o USING (cycle_id, participant_id)
          WHERE f.cycle_id = of_cycle AND f.kind = 'concern' AND f.given_at < this.began AND o.person_id IS NOT NULL);
END
$$;
COMMENT ON FUNCTION appraisal.surprised(bigint) IS
    'participants with a grade that needs feedback before, who had none, as far as the caller sees results and feedback';

CREATE FUNCTION appraisal.surprises(cycle text) RETURNS TABLE (person text, unit text, grade text)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    -- others see feedback of those below only, and that of the rest is not missing because they do not see it
    sees_all CONSTANT boolean := appraisal.acting_as('hr') OR appraisal.acting_as('auditor')
        OR NOT row_security_active('appraisal.feedback');
BEGIN
    RETURN QUERY
    SELECT n.code, u.code, s.grade
    FROM appraisal.surprised(this_cycle) AS s
    JOIN appraisal.participant AS p ON p.cycle_id = this_cycle AND p.participant_id = s.participant_id
    JOIN appraisal.person AS n USING (person_id)
    JOIN appraisal.unit AS u USING (unit_id)
    WHERE sees_all OR s.participant_id IN (SELECT appraisal.my_participants())
    ORDER BY u.code, n.code;
END
$$;
COMMENT ON FUNCTION appraisal.surprises(text) IS
    'people with a final grade at or below the scheme''s mark to whom nobody recorded a concern before calibration began';

CREATE FUNCTION appraisal.publish_results(of_cycle bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    wanted record;
    surprised bigint;
BEGIN
    SELECT w.step, c.label, u.code AS unit, (SELECT count(DISTINCT x.participant_id) FROM appraisal.wanted_signatures(of_cycle) AS x) AS results
    INTO wanted
    FROM appraisal.wanted_signatures(of_cycle) AS w
    JOIN appraisal.sign_off_chain(of_cycle) AS c USING (step)
    JOIN appraisal.unit AS u USING (unit_id)
    ORDER BY w.step, u.code LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('the results of cycle "%s" are not signed off', cycle_code),
            DETAIL = format('Results that want a signature: %s. The first is step %s, "%s", in unit "%s".',
                            wanted.results, wanted.step, wanted.label, wanted.unit),
            HINT = format('CALL appraisal.sign_off(''%s'').', cycle_code);
    END IF;
    PERFORM appraisal.refuse_stale_parts(of_cycle);
    SELECT count(*) INTO surprised FROM appraisal.surprised(of_cycle) AS s;
    IF surprised > 0 THEN
        RAISE WARNING USING
            MESSAGE = format('low grades of cycle "%s" that come without earlier feedback: %s', cycle_code, surprised),
            HINT = format('SELECT * FROM appraisal.surprises(''%s'').', cycle_code);
    END IF;
    UPDATE appraisal.result AS r SET published_at = statement_timestamp() WHERE r.cycle_id = of_cycle AND r.version = 1;
END
$$;
COMMENT ON FUNCTION appraisal.publish_results(bigint) IS
    'publishes the results of a cycle, if all are signed by the whole chain; warns of low grades without earlier feedback';

CREATE PROCEDURE appraisal.publish(cycle text, INOUT published integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this record;
BEGIN
    SELECT c.* INTO this FROM appraisal.cycle_to_change(publish.cycle) AS c;
    IF this.status <> 'calibration' THEN
        PERFORM appraisal.refuse_step(cycle, this.status, 'published');
    END IF;
    UPDATE appraisal.cycle AS c SET status = 'published' WHERE c.cycle_id = this.cycle_id;
    SELECT count(*) INTO published FROM appraisal.participant AS p WHERE p.cycle_id = this.cycle_id AND p.leads;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.publish(text, integer) IS
    'publishes a cycle whose results are signed by the whole chain, and seals the audit log; says how many results';

CREATE PROCEDURE appraisal.close_cycle(cycle text, INOUT status text DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this record;
BEGIN
    SELECT c.* INTO this FROM appraisal.cycle_to_change(close_cycle.cycle) AS c;
    IF this.status <> 'published' THEN
        PERFORM appraisal.refuse_step(cycle, this.status, 'closed');
    END IF;
    UPDATE appraisal.cycle AS c SET status = 'closed' WHERE c.cycle_id = this.cycle_id
    RETURNING c.status INTO close_cycle.status;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.close_cycle(text, text) IS 'ends a published cycle';
