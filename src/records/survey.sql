-- Surveys of staff about the scheme: HR opens one for a published cycle, each person who was appraised answers
-- once, and what they said shows when HR has closed it.

CREATE FUNCTION appraisal.refuse_all_but_hr(call text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT appraisal.acting_as('hr') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'surveys are opened and closed by HR',
            HINT = format('Ask HR to CALL appraisal.%s().', call);
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_all_but_hr(text) IS 'raise AP003 for who opens or closes a survey without the capability hr';

-- The steps below run with the rights of the tables' owner, in write_survey(), write_answers() and
-- write_survey_end(), which have taken the cycle's row.
CREATE FUNCTION appraisal.add_survey(of_cycle bigint, questions jsonb, least_answers integer) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this CONSTANT appraisal.cycle := (SELECT c FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    people CONSTANT bigint[] := ARRAY(SELECT p.person_id FROM appraisal.participant AS p
                                      WHERE p.cycle_id = of_cycle AND p.leads AND p.exempt_because IS NULL AND p.person_id IS NOT NULL);
    wrong record;
BEGIN
    IF this.status NOT IN ('published', 'closed') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('staff are not asked about cycle "%s" yet: the cycle is in status %s', this.code, this.status),
            DETAIL = 'It can be in status published or closed.',
            HINT = appraisal.next_step(this.status);
    ELSIF EXISTS (SELECT FROM appraisal.survey AS s WHERE s.cycle_id = of_cycle) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('cycle "%s" has its survey', this.code),
            DETAIL = 'There is one a cycle, and it is not opened again.',
            HINT = format('SELECT * FROM appraisal.survey_results(''%s'') once it is closed.', this.code);
    ELSIF least_answers IS NULL OR least_answers < 3 OR least_answers > cardinality(people) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('the least number of answers to the survey of cycle "%s" cannot be %s', this.code, coalesce(least_answers::text, 'NULL')),
            DETAIL = format('People who are asked: %s. From fewer than 3 answers each could be told from the others.', cardinality(people)),
            HINT = 'Give one from 3 to the people who are asked.';
    END IF;
    SELECT x.place, x.code, count(*) OVER (PARTITION BY x.code) AS alike,
           (x.code ~ '^[a-z][a-z0-9_-]*$' AND btrim(x.question) <> ''
            AND coalesce(x."least" < x.most, num_nonnulls(x."least", x.most) = 0)) IS TRUE AS is_complete
    INTO wrong
    FROM ROWS FROM (jsonb_to_recordset(questions) AS (code text, question text, "least" integer, most integer))
         WITH ORDINALITY AS x (code, question, "least", most, place)
    ORDER BY is_complete, alike DESC, x.place
    LIMIT 1;
    IF NOT FOUND OR NOT wrong.is_complete OR wrong.alike > 1 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = CASE WHEN wrong.place IS NULL THEN format('the survey of cycle "%s" asks nothing', this.code)
                           WHEN NOT wrong.is_complete THEN format('question %s of the survey of cycle "%s" is not complete', wrong.place, this.code)
                           ELSE format('two questions of the survey of cycle "%s" have the code "%s"', this.code, wrong.code) END,
            HINT = 'Give a list of objects with code (a plain word), question, and least and most for a mark or neither for words.';
    END IF;
    INSERT INTO appraisal.survey (cycle_id, least_answers, asked, opened_at)
    VALUES (of_cycle, add_survey.least_answers, cardinality(people), statement_timestamp());
    INSERT INTO appraisal.survey_question (cycle_id, question_no, code, question, "least", most)
    SELECT of_cycle, x.place, x.code, x.question, x."least", x.most
    FROM ROWS FROM (jsonb_to_recordset(questions) AS (code text, question text, "least" integer, most integer))
         WITH ORDINALITY AS x (code, question, "least", most, place);
    RETURN cardinality(people);
END
$$;
COMMENT ON FUNCTION appraisal.add_survey(bigint, jsonb, integer) IS 'adds the survey of a cycle with its questions; for write_survey()';

CREATE FUNCTION appraisal.add_answers(of_cycle bigint, of_person bigint, answers jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    is_closed boolean;
    wrong record;
BEGIN
    SELECT s.closed_at IS NOT NULL INTO is_closed FROM appraisal.survey AS s WHERE s.cycle_id = of_cycle FOR SHARE;
    IF is_closed IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no survey of cycle "%s"', cycle_code),
            HINT = 'HR opens one with CALL appraisal.open_survey().';
    ELSIF is_closed THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('the survey of cycle "%s" is closed', cycle_code),
            HINT = 'HR opens one for the next cycle with CALL appraisal.open_survey().';
    ELSIF NOT EXISTS (SELECT FROM appraisal.participant AS p
                      WHERE p.cycle_id = of_cycle AND p.person_id = of_person AND p.leads AND p.exempt_because IS NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('the survey of cycle "%s" does not ask you', cycle_code),
            DETAIL = 'It asks the people who were appraised.',
            HINT = 'A service sets appraisal.actor to the person it acts for.';
    END IF;
    INSERT INTO appraisal.survey_turnout (cycle_id, person_id) VALUES (of_cycle, of_person) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('you have answered the survey of cycle "%s"', cycle_code),
            DETAIL = 'Whose an answer is is not known, so none can be changed.',
            HINT = 'SELECT * FROM appraisal.my_open_surveys() has the surveys that wait for you.';
    END IF;

    SELECT coalesce(q.code, x.question) AS question, q.question_no, q."least", q.most,
           CASE WHEN q.question_no IS NULL THEN 'unknown'
                WHEN count(*) OVER (PARTITION BY coalesce(q.code, x.question)) > 1 THEN 'twice'
                WHEN q."least" IS NULL AND x.mark IS NOT NULL THEN 'words'
                WHEN q."least" IS NOT NULL AND (x.words IS NOT NULL OR (x.mark BETWEEN q."least" AND q.most AND x.mark = trunc(x.mark)) IS NOT TRUE) THEN 'mark'
           END AS fault
    INTO wrong
    FROM ROWS FROM (jsonb_to_recordset(answers) AS (question text, mark numeric, words text)) WITH ORDINALITY AS x (question, mark, words, place)
    FULL JOIN (SELECT * FROM appraisal.survey_question AS k WHERE k.cycle_id = of_cycle) AS q ON q.code = x.question
    ORDER BY 5 NULLS LAST, x.place, q.question_no
    LIMIT 1;
    IF wrong.fault IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE wrong.fault WHEN 'unknown' THEN 'AP004' ELSE 'AP005' END,
            MESSAGE = CASE wrong.fault
                WHEN 'unknown' THEN format('the survey of cycle "%s" has no question "%s"', cycle_code, wrong.question)
                WHEN 'twice' THEN format('question "%s" of the survey of cycle "%s" is answered more than once', wrong.question, cycle_code)
                WHEN 'words' THEN format('question "%s" of the survey of cycle "%s" is answered in words', wrong.question, cycle_code)
                ELSE format('question "%s" of the survey of cycle "%s" is answered with a whole number from %s to %s',
                            wrong.question, cycle_code, wrong."least", wrong.most) END,
            HINT = 'Give a mark for each question with a range; words may be left out.';
    END IF;
    INSERT INTO appraisal.survey_response (cycle_id, question_no, mark, words)
    SELECT of_cycle, q.question_no, x.mark, x.words
    FROM jsonb_to_recordset(answers) AS x (question text, mark integer, words text)
    JOIN appraisal.survey_question AS q ON q.cycle_id = of_cycle AND q.code = x.question
    WHERE x.mark IS NOT NULL OR btrim(x.words) <> '';
END
$$;
COMMENT ON FUNCTION appraisal.add_answers(bigint, bigint, jsonb) IS 'adds the answers of a person to a survey, of nobody in particular; for write_answers()';

-- All answers are written anew, with other keys, in an order that is drawn: after that no answer was written by the
-- transaction that wrote who answered, and they no longer lie in the order in which people came.
CREATE FUNCTION appraisal.end_survey(of_cycle bigint) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    heads integer;
BEGIN
    PERFORM FROM appraisal.survey AS s WHERE s.cycle_id = of_cycle AND s.closed_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('cycle "%s" has no open survey', cycle_code),
            HINT = 'CALL appraisal.open_survey() opens the one that a cycle may have.';
    END IF;
    WITH gone AS (
        DELETE FROM appraisal.survey_response AS r WHERE r.cycle_id = of_cycle RETURNING r.question_no, r.mark, r.words
    )
    INSERT INTO appraisal.survey_response (cycle_id, question_no, mark, words)
    SELECT of_cycle, g.question_no, g.mark, g.words FROM gone AS g ORDER BY gen_random_uuid();
    SELECT count(*) INTO heads FROM appraisal.survey_turnout AS t WHERE t.cycle_id = of_cycle;
    UPDATE appraisal.survey AS s SET closed_at = statement_timestamp(), answered = heads WHERE s.cycle_id = of_cycle;
    RETURN heads;
END
$$;
COMMENT ON FUNCTION appraisal.end_survey(bigint) IS 'closes the survey of a cycle and mixes its answers; for write_survey_end()';

CREATE PROCEDURE appraisal.open_survey(cycle text, questions jsonb, least_answers integer DEFAULT 5, INOUT asked integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
BEGIN
    asked := appraisal.write_survey(this_cycle, questions, open_survey.least_answers);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.open_survey(text, jsonb, integer, integer) IS
    'asks the people who were appraised in a published cycle about the scheme, each once and nobody by name; says how many are asked';

CREATE PROCEDURE appraisal.answer_survey(cycle text, answers jsonb)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
BEGIN
    PERFORM appraisal.write_answers(this_cycle, answers);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.answer_survey(text, jsonb) IS
    'answers a survey, once: a mark for each question with a range, words for the others as one likes';

CREATE PROCEDURE appraisal.close_survey(cycle text, INOUT answered integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
BEGIN
    answered := appraisal.write_survey_end(this_cycle);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.close_survey(text, integer) IS
    'ends a survey for good, after which its results show; says how many people answered';

CREATE FUNCTION appraisal.survey_results(cycle text)
    RETURNS TABLE (question_no integer, code text, question text, "least" integer, most integer, asked integer, answered integer,
                   answers bigint, mean numeric, words text[])
LANGUAGE plpgsql STABLE ROWS 10 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    is_closed CONSTANT boolean := (SELECT s.closed_at IS NOT NULL FROM appraisal.survey AS s WHERE s.cycle_id = this_cycle);
BEGIN
    IF NOT appraisal.reads_surveys() THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'what surveys came to is for HR, executives and auditors',
            HINT = 'Ask one of them.';
    ELSIF is_closed IS NOT TRUE THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE WHEN is_closed IS NULL THEN 'AP004' ELSE 'AP001' END,
            MESSAGE = format(CASE WHEN is_closed IS NULL THEN 'there is no survey of cycle "%s"'
                                  ELSE 'the survey of cycle "%s" is open, and shows what it came to when it is closed' END, cycle),
            HINT = CASE WHEN is_closed IS NULL THEN 'CALL appraisal.open_survey().' ELSE 'CALL appraisal.close_survey().' END;
    END IF;
    RETURN QUERY
    SELECT q.question_no, q.code, q.question, q."least", q.most, s.asked, s.answered, m.answers, round(m.mean, 8), m.words
    FROM appraisal.survey AS s
    JOIN appraisal.survey_question AS q USING (cycle_id)
    LEFT JOIN appraisal.survey_means(this_cycle) AS m ON m.question_no = q.question_no
    WHERE s.cycle_id = this_cycle
    ORDER BY q.question_no;
END
$$;
COMMENT ON FUNCTION appraisal.survey_results(text) IS
    'what a closed survey came to, question by question: means, and words in no order; without them if fewer answered than the survey takes';
