CREATE FUNCTION appraisal.grade_counts_add(bigint[], text, appraisal.grade_scale) RETURNS bigint[]
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_counts_add(bigint[], text, appraisal.grade_scale) IS
    'transition function of grade_counts';

CREATE FUNCTION appraisal.grade_counts_combine(bigint[], bigint[]) RETURNS bigint[]
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_counts_combine(bigint[], bigint[]) IS
    'combine function of grade_counts';

CREATE FUNCTION appraisal.grade_counts_final(bigint[]) RETURNS integer[]
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_counts_final(bigint[]) IS
    'final function of grade_counts';

CREATE AGGREGATE appraisal.grade_counts(grade text, scale appraisal.grade_scale) (
    SFUNC = appraisal.grade_counts_add,
    STYPE = bigint[],
    SSPACE = 96,
    FINALFUNC = appraisal.grade_counts_final,
    COMBINEFUNC = appraisal.grade_counts_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE appraisal.grade_counts(text, appraisal.grade_scale) IS
    'heads in each grade of a scale, best first; null grades are not counted';
