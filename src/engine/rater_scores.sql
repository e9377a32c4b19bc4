CREATE TYPE appraisal.rater_scores;

CREATE FUNCTION appraisal.rater_scores_in(cstring) RETURNS appraisal.rater_scores
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.rater_scores_in(cstring) IS 'I/O';

CREATE FUNCTION appraisal.rater_scores_out(appraisal.rater_scores) RETURNS cstring
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.rater_scores_out(appraisal.rater_scores) IS 'I/O';

CREATE FUNCTION appraisal.rater_scores_recv(internal) RETURNS appraisal.rater_scores
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.rater_scores_recv(internal) IS 'I/O';

CREATE FUNCTION appraisal.rater_scores_send(appraisal.rater_scores) RETURNS bytea
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.rater_scores_send(appraisal.rater_scores) IS 'I/O';

CREATE TYPE appraisal.rater_scores (
    INPUT = appraisal.rater_scores_in,
    OUTPUT = appraisal.rater_scores_out,
    RECEIVE = appraisal.rater_scores_recv,
    SEND = appraisal.rater_scores_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE appraisal.rater_scores IS
    'scores of one person by source: (source,count,sum of scores,weight),...';
