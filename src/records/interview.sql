-- After publication: interviews, and that people have taken note of their results.

-- What is written about somebody else's result after publication. Nobody is told by a refusal what there is.
CREATE FUNCTION appraisal.refuse_unless_above(of_cycle bigint, of_participant bigint, what text, call text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who CONSTANT text := appraisal.participant_name(of_cycle, of_participant);
BEGIN
    IF who IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no participant %s in cycle %s', coalesce(of_participant::text, 'NULL'), of_cycle),
            HINT = format('CALL appraisal.%s() takes the codes of cycle and person.', call);
    ELSIF of_participant IN (SELECT appraisal.my_participations()) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('nobody writes %s of the own result', what),
            DETAIL = format('It is that of %s.', who),
            HINT = format('A manager above or HR calls %s().', call);
    ELSIF NOT (appraisal.acting_as('hr')
               OR of_cycle IN (SELECT appraisal.cycles_shown_to('manager')) AND of_participant IN (SELECT appraisal.my_participants())) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('%s of %s are not yours to write', what, who),
            DETAIL = 'HR and the managers above are who writes them, as far as the scheme shows them results.',
            HINT = format('Ask one of them to CALL appraisal.%s().', call);
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_unless_above(bigint, bigint, text, text) IS
    'an error unless the one who asks is of HR or above this participant, as far as the scheme shows managers results';

CREATE FUNCTION appraisal.result_after_publication(of_cycle bigint, of_participant bigint, OUT version integer, OUT natural_grade text,
                                                   OUT calibrated_grade text, OUT final_grade text, OUT first_published_at timestamptz)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    SELECT r.version, r.natural_grade, r.calibrated_grade, r.final_grade,
           (SELECT min(o.published_at) FROM appraisal.result AS o WHERE o.cycle_id = of_cycle AND o.participant_id = of_participant)
    INTO result_after_publication.version, result_after_publication.natural_grade, result_after_publication.calibrated_grade,
         result_after_publication.final_grade, first_published_at
    FROM appraisal.current_result AS r
    WHERE r.cycle_id = of_cycle AND r.participant_id = of_participant AND r.state <> 'exempt' AND r.published_at IS NOT NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('%s has no result in cycle "%s"', appraisal.participant_name(of_cycle, of_participant),
                             (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle)),
            DETAIL = 'Who is exempt has none; who moved has it with the last of the postings.',
            HINT = 'SELECT * FROM appraisal.scorecard lists the results.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.result_after_publication(bigint, bigint) IS
    'the published result of a participant in its latest version; an error if there is none';

-- A day is one somewhere on earth: a date has no time zone, and who records a talk may be in any.
CREATE FUNCTION appraisal.apply_interview(of_cycle bigint, of_participant bigint, held_on date, held_by bigint, summary text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who CONSTANT text := appraisal.participant_name(of_cycle, of_participant);
    holder_id CONSTANT bigint := coalesce(apply_interview.held_by, appraisal.acting_person());
    published timestamptz;
    new_id bigint;
BEGIN
    PERFORM appraisal.refuse_unless_above(of_cycle, of_participant, 'interviews', 'record_interview');
    SELECT r.first_published_at INTO published FROM appraisal.result_after_publication(of_cycle, of_participant) AS r;
    IF holder_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('who held the interview with %s is not said', who),
            DETAIL = 'This login is nobody in particular.',
            HINT = 'Give the argument held_by.';
    ELSIF EXISTS (SELECT FROM appraisal.participant AS p
                  WHERE p.cycle_id = of_cycle AND p.participant_id = of_participant AND coalesce(p.person_id, p.manager_id) = holder_id) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('%s cannot hold the interview about the own result', (SELECT format('person "%s"', n.code) FROM appraisal.person AS n WHERE n.person_id = holder_id)),
            HINT = 'Name in held_by who held it.';
    ELSIF held_on IS NULL OR held_on < (published AT TIME ZONE INTERVAL '-12:00')::date
          OR held_on > (statement_timestamp() AT TIME ZONE INTERVAL '14:00')::date THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('the interview with %s cannot be of day %s', who, coalesce(held_on::text, 'NULL')),
            DETAIL = format('Results were published at %s; it is recorded when it was held.', published),
            HINT = 'Give in held_on the day on which it was held.';
    ELSIF coalesce(btrim(summary), '') = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('the interview with %s needs a summary', who),
            HINT = 'Give the argument summary.';
    END IF;
    INSERT INTO appraisal.interview AS i (cycle_id, participant_id, held_on, held_by, summary, recorded_by, recorded_by_login, recorded_at)
    VALUES (of_cycle, of_participant, apply_interview.held_on, holder_id, apply_interview.summary, appraisal.acting_person(), session_user,
            statement_timestamp())
    ON CONFLICT ON CONSTRAINT interview_is_recorded_once DO NOTHING
    RETURNING i.interview_id INTO new_id;
    IF new_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('this interview with %s is recorded already', who),
            DETAIL = format('It was held on %s by the same person.', held_on),
            HINT = 'SELECT * FROM appraisal.interview shows it, to those who may see it.';
    END IF;
    RETURN new_id;
END
$$;
COMMENT ON FUNCTION appraisal.apply_interview(bigint, bigint, date, bigint, text) IS
    'records an interview, if the one who asks may; returns its key';

CREATE FUNCTION appraisal.apply_acknowledgement(of_cycle bigint, of_unit bigint, remark text) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    mine bigint;
    this_version integer;
BEGIN
    IF me IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'results are acknowledged by people, and this login is nobody in particular',
            HINT = 'A service sets appraisal.actor to the person it acts for.';
    ELSIF of_cycle NOT IN (SELECT appraisal.cycles_published_to('person')) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('the scheme of cycle "%s" does not show people their results', cycle_code),
            HINT = 'Ask HR.';
    END IF;
    SELECT p.participant_id INTO mine
    FROM appraisal.participant AS p
    WHERE p.cycle_id = of_cycle AND p.leads
      AND (of_unit IS NULL AND p.person_id = me OR p.appraised_unit_id = of_unit AND p.manager_id = me);
    IF mine IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = CASE WHEN of_unit IS NULL THEN format('you take no part in cycle "%s"', cycle_code)
                           ELSE format('you are not who answers for that unit in cycle "%s"', cycle_code) END,
            HINT = 'A result is acknowledged by whose it is, that of a unit by its head.';
    END IF;
    SELECT r.version INTO this_version FROM appraisal.result_after_publication(of_cycle, mine) AS r;
    INSERT INTO appraisal.acknowledgement (cycle_id, participant_id, version, remark, acknowledged_at)
    VALUES (of_cycle, mine, this_version, nullif(btrim(apply_acknowledgement.remark), ''), statement_timestamp())
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('the result of %s in cycle "%s" is acknowledged already', appraisal.participant_name(of_cycle, mine), cycle_code),
            DETAIL = format('It is version %s of the result.', this_version),
            HINT = 'SELECT * FROM appraisal.acknowledgement shows it.';
    END IF;
    RETURN this_version;
END
$$;
COMMENT ON FUNCTION appraisal.apply_acknowledgement(bigint, bigint, text) IS
    'notes that the one who asks has taken note of the own result, or that of the unit led; returns its version';

-- What closing a cycle leaves for good: interviews are recorded while it is published.
CREATE FUNCTION appraisal.warn_of_missing_interviews(of_cycle bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this record;
    missing bigint;
BEGIN
    SELECT c.code, s.interview INTO this FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    SELECT count(*) INTO missing
    FROM appraisal.current_result AS r
    WHERE this.interview AND r.cycle_id = of_cycle AND r.state <> 'exempt'
      AND NOT EXISTS (SELECT FROM appraisal.interview AS i WHERE i.cycle_id = of_cycle AND i.participant_id = r.participant_id);
    IF missing > 0 THEN
        RAISE WARNING USING
            MESSAGE = format('results of cycle "%s" about which no interview is recorded: %s', this.code, missing),
            HINT = 'CALL appraisal.record_interview() records them before the cycle is closed.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.warn_of_missing_interviews(bigint) IS
    'a warning if the scheme wants interviews and some results of the cycle are without';

CREATE PROCEDURE appraisal.record_interview(cycle text, person text, held_on date, summary text, held_by text DEFAULT NULL,
                                            unit text DEFAULT NULL, INOUT interview_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    interview_id := appraisal.write_interview(appraisal.cycle_of_code(cycle), appraisal.leading_participant(cycle, person, unit), held_on,
        CASE WHEN held_by IS NOT NULL THEN appraisal.person_of_code(held_by) END, summary);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.record_interview(text, text, date, text, text, text, bigint) IS
    'records a talk with a person about the published result, or with person NULL with the head of an appraised unit';

CREATE PROCEDURE appraisal.acknowledge_result(cycle text, remark text DEFAULT NULL, unit text DEFAULT NULL, INOUT version integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    version := appraisal.write_acknowledgement(appraisal.cycle_of_code(cycle),
        CASE WHEN unit IS NOT NULL THEN appraisal.unit_of_code(unit) END, remark);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.acknowledge_result(text, text, text, integer) IS
    'the one who asks has taken note of the own published result, or that of the unit led; says which version';
