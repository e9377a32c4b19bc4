-- Appraisal cycles: opening, and the steps from one status to the next.

CREATE FUNCTION appraisal.next_step(status text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE status
        WHEN 'draft' THEN 'CALL appraisal.enrol() adds people, propose_goals() begins with goals, start_scoring() with reviews.'
        WHEN 'goals' THEN 'CALL appraisal.start_scoring() when the goals are set.'
        WHEN 'scoring' THEN 'CALL appraisal.close_reviews() when the reviews are in.'
        WHEN 'calibration' THEN 'CALL appraisal.compute_results() computes them anew.'
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
