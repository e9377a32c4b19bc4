CREATE TYPE appraisal.quota;

CREATE FUNCTION appraisal.quota_in(cstring) RETURNS appraisal.quota
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.quota_in(cstring) IS 'I/O';

CREATE FUNCTION appraisal.quota_out(appraisal.quota) RETURNS cstring
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.quota_out(appraisal.quota) IS 'I/O';

CREATE FUNCTION appraisal.quota_recv(internal) RETURNS appraisal.quota
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.quota_recv(internal) IS 'I/O';

CREATE FUNCTION appraisal.quota_send(appraisal.quota) RETURNS bytea
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.quota_send(appraisal.quota) IS 'I/O';

CREATE TYPE appraisal.quota (
    INPUT = appraisal.quota_in,
    OUTPUT = appraisal.quota_out,
    RECEIVE = appraisal.quota_recv,
    SEND = appraisal.quota_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE appraisal.quota IS
    'how many of a group may or must get which grades: ''A <= 20%, A+B <= 50%, D+E >= 10%''';

-- A stored quota is canonical, so equality is equality of bytes and bytea's
-- own functions do.
CREATE FUNCTION appraisal.quota_eq(appraisal.quota, appraisal.quota)
    RETURNS boolean AS 'byteaeq' LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.quota_eq(appraisal.quota, appraisal.quota) IS
    'implementation of = operator';

CREATE FUNCTION appraisal.quota_ne(appraisal.quota, appraisal.quota)
    RETURNS boolean AS 'byteane' LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.quota_ne(appraisal.quota, appraisal.quota) IS
    'implementation of <> operator';

CREATE FUNCTION appraisal.quota_hash(appraisal.quota)
    RETURNS integer AS 'hashvarlena' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.quota_hash(appraisal.quota) IS 'hash';

CREATE FUNCTION appraisal.quota_hash_extended(appraisal.quota, bigint)
    RETURNS bigint AS 'hashvarlenaextended' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.quota_hash_extended(appraisal.quota, bigint) IS 'hash';

CREATE OPERATOR appraisal.= (
    FUNCTION = appraisal.quota_eq,
    LEFTARG = appraisal.quota,
    RIGHTARG = appraisal.quota,
    COMMUTATOR = OPERATOR(appraisal.=),
    NEGATOR = OPERATOR(appraisal.<>),
    RESTRICT = eqsel,
    JOIN = eqjoinsel,
    HASHES
);
COMMENT ON OPERATOR appraisal.= (appraisal.quota, appraisal.quota) IS
    'same rules and options';

CREATE OPERATOR appraisal.<> (
    FUNCTION = appraisal.quota_ne,
    LEFTARG = appraisal.quota,
    RIGHTARG = appraisal.quota,
    COMMUTATOR = OPERATOR(appraisal.<>),
    NEGATOR = OPERATOR(appraisal.=),
    RESTRICT = neqsel,
    JOIN = neqjoinsel
);
COMMENT ON OPERATOR appraisal.<> (appraisal.quota, appraisal.quota) IS
    'some rule or option differs';

CREATE OPERATOR CLASS appraisal.quota_ops
    DEFAULT FOR TYPE appraisal.quota USING hash AS
    OPERATOR 1 appraisal.=,
    FUNCTION 1 appraisal.quota_hash(appraisal.quota),
    FUNCTION 2 appraisal.quota_hash_extended(appraisal.quota, bigint);
COMMENT ON OPERATOR CLASS appraisal.quota_ops USING hash IS
    'lets quotas be grouped, told apart and hashed';
COMMENT ON OPERATOR FAMILY appraisal.quota_ops USING hash IS
    'equality and hash of quotas';
