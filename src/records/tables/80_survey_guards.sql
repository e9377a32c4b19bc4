-- How surveys are opened, answered and closed, with the rights of the tables' owner. Each takes the cycle's row
-- first, then the survey's.

CREATE FUNCTION appraisal.write_survey(cycle_id bigint, questions jsonb, least_answers integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.refuse_all_but_hr('open_survey');
    PERFORM FROM appraisal.cycle AS c WHERE c.cycle_id = write_survey.cycle_id FOR NO KEY UPDATE;
    RETURN appraisal.add_survey(write_survey.cycle_id, questions, write_survey.least_answers);
END
$function$;
COMMENT ON FUNCTION appraisal.write_survey(bigint, jsonb, integer) IS
    'what open_survey() calls: for HR, with the rights of the tables'' owner; returns how many people are asked';

CREATE FUNCTION appraisal.write_answers(cycle_id bigint, answers jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM FROM appraisal.cycle AS c WHERE c.cycle_id = write_answers.cycle_id FOR SHARE;
    PERFORM appraisal.add_answers(write_answers.cycle_id, appraisal.acting_person(), answers);
END
$function$;
COMMENT ON FUNCTION appraisal.write_answers(bigint, jsonb) IS
    'what answer_survey() calls: the answers of the one who is asking, with the rights of the tables'' owner';

CREATE FUNCTION appraisal.write_survey_end(cycle_id bigint) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.refuse_all_but_hr('close_survey');
    PERFORM FROM appraisal.cycle AS c WHERE c.cycle_id = write_survey_end.cycle_id FOR NO KEY UPDATE;
    RETURN appraisal.end_survey(write_survey_end.cycle_id);
END
$function$;
COMMENT ON FUNCTION appraisal.write_survey_end(bigint) IS
    'what close_survey() calls: for HR, with the rights of the tables'' owner; returns how many people answered';
REVOKE ALL ON FUNCTION appraisal.write_survey(bigint, jsonb, integer), appraisal.write_answers(bigint, jsonb),
    appraisal.write_survey_end(bigint) FROM PUBLIC;

-- What was asked stays, and who answered; answers are written anew once, when a survey is closed.
CREATE TRIGGER only_added_to BEFORE DELETE OR TRUNCATE ON appraisal.survey
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.survey_question
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.survey_turnout
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE TRIGGER only_added_to BEFORE UPDATE OR TRUNCATE ON appraisal.survey_response
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
