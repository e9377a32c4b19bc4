CREATE TYPE appraisal.score_curve;

CREATE FUNCTION appraisal.score_curve_in(cstring) RETURNS appraisal.score_curve
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_curve_in(cstring) IS 'I/O';

CREATE FUNCTION appraisal.score_curve_out(appraisal.score_curve) RETURNS cstring
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_curve_out(appraisal.score_curve) IS 'I/O';

CREATE FUNCTION appraisal.score_curve_recv(internal) RETURNS appraisal.score_curve
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_curve_recv(internal) IS 'I/O';

CREATE FUNCTION appraisal.score_curve_send(appraisal.score_curve) RETURNS bytea
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_curve_send(appraisal.score_curve) IS 'I/O';

CREATE TYPE appraisal.score_curve (
    INPUT = appraisal.score_curve_in,
    OUTPUT = appraisal.score_curve_out,
    RECEIVE = appraisal.score_curve_recv,
    SEND = appraisal.score_curve_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE appraisal.score_curve IS
    'from a measurement to points: ''linear (0.6, 0), (1, 100)'' or ''step (0, 60), (0.8, 80)''';

-- A stored curve is canonical, so equality is equality of bytes and bytea's
-- own functions do.
CREATE FUNCTION appraisal.score_curve_eq(appraisal.score_curve, appraisal.score_curve)
    RETURNS boolean AS 'byteaeq' LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_curve_eq(appraisal.score_curve, appraisal.score_curve) IS
    'implementation of = operator';

CREATE FUNCTION appraisal.score_curve_ne(appraisal.score_curve, appraisal.score_curve)
    RETURNS boolean AS 'byteane' LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_curve_ne(appraisal.score_curve, appraisal.score_curve) IS
    'implementation of <> operator';

CREATE FUNCTION appraisal.score_curve_hash(appraisal.score_curve)
    RETURNS integer AS 'hashvarlena' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_curve_hash(appraisal.score_curve) IS 'hash';

CREATE FUNCTION appraisal.score_curve_hash_extended(appraisal.score_curve, bigint)
    RETURNS bigint AS 'hashvarlenaextended' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_curve_hash_extended(appraisal.score_curve, bigint) IS 'hash';

CREATE OPERATOR appraisal.= (
    FUNCTION = appraisal.score_curve_eq,
    LEFTARG = appraisal.score_curve,
    RIGHTARG = appraisal.score_curve,
    COMMUTATOR = OPERATOR(appraisal.=),
    NEGATOR = OPERATOR(appraisal.<>),
    RESTRICT = eqsel,
    JOIN = eqjoinsel,
    HASHES
);
COMMENT ON OPERATOR appraisal.= (appraisal.score_curve, appraisal.score_curve) IS
    'same kind and knots';

CREATE OPERATOR appraisal.<> (
    FUNCTION = appraisal.score_curve_ne,
    LEFTARG = appraisal.score_curve,
    RIGHTARG = appraisal.score_curve,
    COMMUTATOR = OPERATOR(appraisal.<>),
    NEGATOR = OPERATOR(appraisal.=),
    RESTRICT = neqsel,
    JOIN = neqjoinsel
);
COMMENT ON OPERATOR appraisal.<> (appraisal.score_curve, appraisal.score_curve) IS
    'the kind or some knot differs';

CREATE OPERATOR CLASS appraisal.score_curve_ops
    DEFAULT FOR TYPE appraisal.score_curve USING hash AS
    OPERATOR 1 appraisal.=,
    FUNCTION 1 appraisal.score_curve_hash(appraisal.score_curve),
    FUNCTION 2 appraisal.score_curve_hash_extended(appraisal.score_curve, bigint);
COMMENT ON OPERATOR CLASS appraisal.score_curve_ops USING hash IS
    'lets curves be grouped, told apart and hashed';
COMMENT ON OPERATOR FAMILY appraisal.score_curve_ops USING hash IS
    'equality and hash of curves';
