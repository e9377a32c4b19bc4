-- Feedback given while a cycle runs.

CREATE PROCEDURE appraisal.record_feedback(cycle text, person text, kind text, content text,
                                           INOUT feedback_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    found_id bigint := appraisal.cycle_of_code(cycle);
    told_id bigint := appraisal.person_of_code(person);
    giver_id bigint := appraisal.acting_person();
    told_as bigint;
BEGIN
    IF giver_id IS NULL OR giver_id = told_id THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = CASE WHEN giver_id IS NULL THEN 'feedback is given by a person, and this login is nobody in particular'
                           ELSE 'nobody gives feedback to themselves' END,
            HINT = 'A superior or HR calls record_feedback(); a service sets appraisal.actor to the person it acts for.';
    END IF;
    -- a former superior speaks of the segment of that time
    SELECT p.participant_id INTO told_as
    FROM appraisal.participant AS p
    WHERE p.cycle_id = found_id AND p.person_id = told_id
    ORDER BY p.participant_id IN (SELECT appraisal.my_participants()) DESC, p.leads DESC, p.segment DESC
    LIMIT 1;
    IF told_as IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('person "%s" takes no part in cycle "%s"', person, cycle),
            HINT = 'Enrol with CALL appraisal.enrol(), or ask who may see this one.';
    END IF;
    INSERT INTO appraisal.feedback AS f (cycle_id, participant_id, given_by, kind, content)
    VALUES (found_id, told_as, giver_id, record_feedback.kind, record_feedback.content)
    RETURNING f.feedback_id INTO record_feedback.feedback_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.record_feedback(text, text, text, text, bigint) IS
    'keeps what a superior told a person: praise, concern, or consultation, which the person does not see';
