CREATE TYPE appraisal.score_summary;

CREATE FUNCTION appraisal.score_summary_in(cstring) RETURNS appraisal.score_summary
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_summary_in(cstring) IS 'I/O';

CREATE FUNCTION appraisal.score_summary_out(appraisal.score_summary) RETURNS cstring
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_summary_out(appraisal.score_summary) IS 'I/O';

CREATE FUNCTION appraisal.score_summary_recv(internal) RETURNS appraisal.score_summary
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_summary_recv(internal) IS 'I/O';

CREATE FUNCTION appraisal.score_summary_send(appraisal.score_summary) RETURNS bytea
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_summary_send(appraisal.score_summary) IS 'I/O';

CREATE TYPE appraisal.score_summary (
    INPUT = appraisal.score_summary_in,
    OUTPUT = appraisal.score_summary_out,
    RECEIVE = appraisal.score_summary_recv,
    SEND = appraisal.score_summary_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE appraisal.score_summary IS
    'exact sums of a set of weighted scores: (count,sum of weights,sum of score times weight)';
