-- What staff say about the scheme by which they were appraised.
--
-- Who has answered and what was answered are two tables with nothing in common: no person, no time and no key
-- from which one could tell whose answer it is, nor which answers are of the same person. Neither is audited,
-- because the audit log says who and when. No account reads either; what is answered shows as means, once the
-- survey is closed, from the least number of people up (survey_means() in 67_survey_access.sql).

CREATE TABLE appraisal.survey (
    cycle_id bigint PRIMARY KEY CONSTRAINT survey_cycle_exists REFERENCES appraisal.cycle,
    -- of two who answered each knows the other's mark from the mean
    least_answers integer NOT NULL CONSTRAINT survey_takes_three CHECK (least_answers >= 3),
    asked integer NOT NULL CONSTRAINT survey_asks_enough_people CHECK (asked >= least_answers),
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    answered integer,
    CONSTRAINT survey_closed_says_how_many_answered CHECK ((closed_at IS NULL) = (answered IS NULL))
);
COMMENT ON TABLE appraisal.survey IS 'survey of staff about the scheme of a cycle, anonymous';
COMMENT ON COLUMN appraisal.survey.cycle_id IS 'the cycle, whose people are asked';
COMMENT ON COLUMN appraisal.survey.least_answers IS 'with fewer people who answered nothing is shown';
COMMENT ON COLUMN appraisal.survey.asked IS 'people who are asked';
COMMENT ON COLUMN appraisal.survey.opened_at IS 'when it was opened';
COMMENT ON COLUMN appraisal.survey.closed_at IS 'when it was closed; null while people answer';
COMMENT ON COLUMN appraisal.survey.answered IS 'people who had answered by then';

CREATE TABLE appraisal.survey_question (
    cycle_id bigint NOT NULL CONSTRAINT survey_question_survey_exists REFERENCES appraisal.survey,
    question_no integer NOT NULL CONSTRAINT survey_question_number_is_positive CHECK (question_no > 0),
    code text NOT NULL CONSTRAINT survey_question_code_is_a_plain_word CHECK (code ~ '^[a-z][a-z0-9_-]*$'),
    question text NOT NULL CONSTRAINT survey_question_is_not_empty CHECK (btrim(question) <> ''),
    "least" integer,
    most integer,
    PRIMARY KEY (cycle_id, question_no),
    CONSTRAINT survey_question_code_is_unique UNIQUE (cycle_id, code),
    CONSTRAINT survey_question_range_has_two_ends CHECK (("least" IS NULL) = (most IS NULL)),
    CONSTRAINT survey_question_range_is_not_empty CHECK ("least" < most)
);
COMMENT ON TABLE appraisal.survey_question IS 'what a survey asks';
COMMENT ON COLUMN appraisal.survey_question.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.survey_question.question_no IS 'order, from 1';
COMMENT ON COLUMN appraisal.survey_question.code IS 'name by which calls refer to it; the same name in another survey is the same question';
COMMENT ON COLUMN appraisal.survey_question.question IS 'the question, to show';
COMMENT ON COLUMN appraisal.survey_question."least" IS 'lowest mark; null for a question that is answered in words';
COMMENT ON COLUMN appraisal.survey_question.most IS 'highest mark';

CREATE TABLE appraisal.survey_turnout (
    cycle_id bigint NOT NULL CONSTRAINT survey_turnout_survey_exists REFERENCES appraisal.survey,
    person_id bigint NOT NULL CONSTRAINT survey_turnout_person_exists REFERENCES appraisal.person,
    PRIMARY KEY (cycle_id, person_id)
);
CREATE INDEX survey_turnout_person_id_idx ON appraisal.survey_turnout (person_id);
COMMENT ON TABLE appraisal.survey_turnout IS 'who has answered a survey, so that nobody does twice; for the tables'' owner alone';
COMMENT ON COLUMN appraisal.survey_turnout.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.survey_turnout.person_id IS 'who';
ALTER TABLE appraisal.survey_turnout ENABLE ROW LEVEL SECURITY;

CREATE TABLE appraisal.survey_response (
    cycle_id bigint NOT NULL,
    response_id uuid NOT NULL DEFAULT gen_random_uuid(),
    question_no integer NOT NULL,
    mark integer,
    words text CONSTRAINT survey_response_words_are_not_empty CHECK (btrim(words) <> ''),
    PRIMARY KEY (cycle_id, response_id),
    CONSTRAINT survey_response_question_exists FOREIGN KEY (cycle_id, question_no) REFERENCES appraisal.survey_question,
    CONSTRAINT survey_response_is_a_mark_or_words CHECK (num_nonnulls(mark, words) = 1)
);
CREATE INDEX survey_response_question_idx ON appraisal.survey_response (cycle_id, question_no);
COMMENT ON TABLE appraisal.survey_response IS 'answers, one by one, of nobody in particular; for the tables'' owner alone';
COMMENT ON COLUMN appraisal.survey_response.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.survey_response.response_id IS 'key, random';
COMMENT ON COLUMN appraisal.survey_response.question_no IS 'the question';
COMMENT ON COLUMN appraisal.survey_response.mark IS 'the mark; null for words';
COMMENT ON COLUMN appraisal.survey_response.words IS 'the words; null for a mark';
ALTER TABLE appraisal.survey_response ENABLE ROW LEVEL SECURITY;
