CREATE TYPE appraisal.grade_scale;

CREATE FUNCTION appraisal.grade_scale_in(cstring) RETURNS appraisal.grade_scale
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_scale_in(cstring) IS 'I/O';

CREATE FUNCTION appraisal.grade_scale_out(appraisal.grade_scale) RETURNS cstring
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_scale_out(appraisal.grade_scale) IS 'I/O';

CREATE FUNCTION appraisal.grade_scale_recv(internal) RETURNS appraisal.grade_scale
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_scale_recv(internal) IS 'I/O';

CREATE FUNCTION appraisal.grade_scale_send(appraisal.grade_scale) RETURNS bytea
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_scale_send(appraisal.grade_scale) IS 'I/O';

CREATE TYPE appraisal.grade_scale (
    INPUT = appraisal.grade_scale_in,
    OUTPUT = appraisal.grade_scale_out,
    RECEIVE = appraisal.grade_scale_recv,
    SEND = appraisal.grade_scale_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE appraisal.grade_scale IS
    'grades from best to worst with the scores they take: ''A >= 90, B >= 80 : 1.2, C''';

-- A stored scale is canonical, so equality is equality of bytes and bytea's
-- own functions do.
CREATE FUNCTION appraisal.grade_scale_eq(appraisal.grade_scale, appraisal.grade_scale)
    RETURNS boolean AS 'byteaeq' LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_scale_eq(appraisal.grade_scale, appraisal.grade_scale) IS
    'implementation of = operator';

CREATE FUNCTION appraisal.grade_scale_ne(appraisal.grade_scale, appraisal.grade_scale)
    RETURNS boolean AS 'byteane' LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_scale_ne(appraisal.grade_scale, appraisal.grade_scale) IS
    'implementation of <> operator';

CREATE FUNCTION appraisal.grade_scale_hash(appraisal.grade_scale)
    RETURNS integer AS 'hashvarlena' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_scale_hash(appraisal.grade_scale) IS 'hash';

CREATE FUNCTION appraisal.grade_scale_hash_extended(appraisal.grade_scale, bigint)
    RETURNS bigint AS 'hashvarlenaextended' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_scale_hash_extended(appraisal.grade_scale, bigint) IS 'hash';

CREATE OPERATOR appraisal.= (
    FUNCTION = appraisal.grade_scale_eq,
    LEFTARG = appraisal.grade_scale,
    RIGHTARG = appraisal.grade_scale,
    COMMUTATOR = OPERATOR(appraisal.=),
    NEGATOR = OPERATOR(appraisal.<>),
    RESTRICT = eqsel,
    JOIN = eqjoinsel,
    HASHES
);
COMMENT ON OPERATOR appraisal.= (appraisal.grade_scale, appraisal.grade_scale) IS
    'same labels, bounds and coefficients';

CREATE OPERATOR appraisal.<> (
    FUNCTION = appraisal.grade_scale_ne,
    LEFTARG = appraisal.grade_scale,
    RIGHTARG = appraisal.grade_scale,
    COMMUTATOR = OPERATOR(appraisal.<>),
    NEGATOR = OPERATOR(appraisal.=),
    RESTRICT = neqsel,
    JOIN = neqjoinsel
);
COMMENT ON OPERATOR appraisal.<> (appraisal.grade_scale, appraisal.grade_scale) IS
    'some label, bound or coefficient differs';

CREATE OPERATOR CLASS appraisal.grade_scale_ops
    DEFAULT FOR TYPE appraisal.grade_scale USING hash AS
    OPERATOR 1 appraisal.=,
    FUNCTION 1 appraisal.grade_scale_hash(appraisal.grade_scale),
    FUNCTION 2 appraisal.grade_scale_hash_extended(appraisal.grade_scale, bigint);
COMMENT ON OPERATOR CLASS appraisal.grade_scale_ops USING hash IS
    'lets scales be grouped, told apart and hashed';
COMMENT ON OPERATOR FAMILY appraisal.grade_scale_ops USING hash IS
    'equality and hash of scales';
