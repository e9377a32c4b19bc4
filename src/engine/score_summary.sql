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
    'exact sums of a set of weighted scores: (count,sum of weights,sum of score times weight[,sum of weight times score squared,sum of weights squared])';

CREATE FUNCTION appraisal.score_summary_eq(appraisal.score_summary, appraisal.score_summary)
    RETURNS boolean
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_summary_eq(appraisal.score_summary, appraisal.score_summary) IS
    'implementation of = operator';

CREATE FUNCTION appraisal.score_summary_ne(appraisal.score_summary, appraisal.score_summary)
    RETURNS boolean
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_summary_ne(appraisal.score_summary, appraisal.score_summary) IS
    'implementation of <> operator';

CREATE FUNCTION appraisal.score_summary_hash(appraisal.score_summary) RETURNS integer
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_summary_hash(appraisal.score_summary) IS 'hash';

CREATE OPERATOR appraisal.= (
    LEFTARG = appraisal.score_summary,
    RIGHTARG = appraisal.score_summary,
    PROCEDURE = appraisal.score_summary_eq,
    COMMUTATOR = OPERATOR(appraisal.=),
    NEGATOR = OPERATOR(appraisal.<>),
    RESTRICT = eqsel,
    JOIN = eqjoinsel,
    HASHES
);
COMMENT ON OPERATOR appraisal.= (appraisal.score_summary, appraisal.score_summary) IS 'equal';

CREATE OPERATOR appraisal.<> (
    LEFTARG = appraisal.score_summary,
    RIGHTARG = appraisal.score_summary,
    PROCEDURE = appraisal.score_summary_ne,
    COMMUTATOR = OPERATOR(appraisal.<>),
    NEGATOR = OPERATOR(appraisal.=),
    RESTRICT = neqsel,
    JOIN = neqjoinsel
);
COMMENT ON OPERATOR appraisal.<> (appraisal.score_summary, appraisal.score_summary) IS 'not equal';

CREATE OPERATOR CLASS appraisal.score_summary_ops
    DEFAULT FOR TYPE appraisal.score_summary USING hash AS
    OPERATOR 1 appraisal.=,
    FUNCTION 1 appraisal.score_summary_hash(appraisal.score_summary);
COMMENT ON OPERATOR CLASS appraisal.score_summary_ops USING hash IS
    'hash operator class of score_summary';
COMMENT ON OPERATOR FAMILY appraisal.score_summary_ops USING hash IS
    'equality and hash of summaries';
