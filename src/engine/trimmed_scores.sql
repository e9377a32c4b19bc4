CREATE TYPE appraisal.trimmed_scores;

CREATE FUNCTION appraisal.trimmed_scores_in(cstring) RETURNS appraisal.trimmed_scores
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.trimmed_scores_in(cstring) IS 'I/O';

CREATE FUNCTION appraisal.trimmed_scores_out(appraisal.trimmed_scores) RETURNS cstring
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.trimmed_scores_out(appraisal.trimmed_scores) IS 'I/O';

CREATE FUNCTION appraisal.trimmed_scores_recv(internal) RETURNS appraisal.trimmed_scores
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.trimmed_scores_recv(internal) IS 'I/O';

CREATE FUNCTION appraisal.trimmed_scores_send(appraisal.trimmed_scores) RETURNS bytea
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.trimmed_scores_send(appraisal.trimmed_scores) IS 'I/O';

CREATE TYPE appraisal.trimmed_scores (
    INPUT = appraisal.trimmed_scores_in,
    OUTPUT = appraisal.trimmed_scores_out,
    RECEIVE = appraisal.trimmed_scores_recv,
    SEND = appraisal.trimmed_scores_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE appraisal.trimmed_scores IS
    'scores that may be trimmed, and the sum of the others: (k,scores in the middle,their sum,{other scores})';
