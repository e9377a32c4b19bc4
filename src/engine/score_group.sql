CREATE TYPE appraisal.score_group;

CREATE FUNCTION appraisal.score_group_in(cstring) RETURNS appraisal.score_group
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_group_in(cstring) IS 'I/O';

CREATE FUNCTION appraisal.score_group_out(appraisal.score_group) RETURNS cstring
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_group_out(appraisal.score_group) IS 'I/O';

CREATE FUNCTION appraisal.score_group_recv(internal) RETURNS appraisal.score_group
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_group_recv(internal) IS 'I/O';

CREATE FUNCTION appraisal.score_group_send(appraisal.score_group) RETURNS bytea
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_group_send(appraisal.score_group) IS 'I/O';

CREATE TYPE appraisal.score_group (
    INPUT = appraisal.score_group_in,
    OUTPUT = appraisal.score_group_out,
    RECEIVE = appraisal.score_group_recv,
    SEND = appraisal.score_group_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE appraisal.score_group IS
    'state of forced_scale: the scores of a group with their scale and quota';
