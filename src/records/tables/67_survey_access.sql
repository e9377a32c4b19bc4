-- Who sees what of surveys: everybody what is asked, nobody who answered, and those who run the scheme the
-- means. Nobody writes by hand (80_survey_guards.sql).

ALTER TABLE appraisal.survey ENABLE ROW LEVEL SECURITY;
CREATE POLICY known_to_all ON appraisal.survey FOR SELECT USING (true);
ALTER TABLE appraisal.survey_question ENABLE ROW LEVEL SECURITY;
CREATE POLICY known_to_all ON appraisal.survey_question FOR SELECT USING (true);

CREATE FUNCTION appraisal.my_open_surveys() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT s.cycle_id
    FROM appraisal.survey AS s JOIN appraisal.participant AS p USING (cycle_id)
    WHERE s.closed_at IS NULL AND p.person_id = appraisal.acting_person() AND p.leads AND p.exempt_because IS NULL
      AND NOT EXISTS (SELECT FROM appraisal.survey_turnout AS t
                      WHERE t.cycle_id = s.cycle_id AND t.person_id = p.person_id)
$function$;
COMMENT ON FUNCTION appraisal.my_open_surveys() IS
    'keys of the cycles whose survey is open and which the one who is asking has yet to answer';

CREATE FUNCTION appraisal.reads_surveys() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('auditor')
        OR pg_has_role(session_user, current_user, 'USAGE')
$function$;
COMMENT ON FUNCTION appraisal.reads_surveys() IS 'may the one who is asking see what surveys came to?';

-- Nothing while people answer: two means with an answer between them would tell that answer.
CREATE FUNCTION appraisal.survey_means(cycle_id bigint)
    RETURNS TABLE (question_no integer, answers bigint, mean numeric, words text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT q.question_no, count(r.response_id), avg(r.mark), array_agg(r.words ORDER BY r.response_id) FILTER (WHERE r.words IS NOT NULL)
    FROM appraisal.survey AS s
    JOIN appraisal.survey_question AS q USING (cycle_id)
    LEFT JOIN appraisal.survey_response AS r ON r.cycle_id = q.cycle_id AND r.question_no = q.question_no
    WHERE s.cycle_id = $1 AND s.closed_at IS NOT NULL AND s.answered >= s.least_answers AND (SELECT appraisal.reads_surveys())
    GROUP BY q.question_no
$function$;
COMMENT ON FUNCTION appraisal.survey_means(bigint) IS
    'what a closed survey came to, if enough people answered, for HR, executives, auditors and the tables'' owner; no rows for others';

REVOKE ALL ON FUNCTION appraisal.my_open_surveys(), appraisal.survey_means(bigint), appraisal.reads_surveys() FROM PUBLIC;
