CREATE FUNCTION appraisal.forced_scale_add(
    appraisal.score_group, numeric, appraisal.grade_scale, appraisal.quota
) RETURNS appraisal.score_group
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.forced_scale_add(
    appraisal.score_group, numeric, appraisal.grade_scale, appraisal.quota) IS
    'transition function of forced_scale';

CREATE FUNCTION appraisal.forced_scale_combine(appraisal.score_group, appraisal.score_group)
    RETURNS appraisal.score_group
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.forced_scale_combine(appraisal.score_group, appraisal.score_group) IS
    'combine function of forced_scale';

CREATE FUNCTION appraisal.forced_scale_final(appraisal.score_group) RETURNS appraisal.grade_scale
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.forced_scale_final(appraisal.score_group) IS
    'final function of forced_scale';

CREATE AGGREGATE appraisal.forced_scale(
    score numeric, scale appraisal.grade_scale, quota appraisal.quota
) (
    SFUNC = appraisal.forced_scale_add,
    STYPE = appraisal.score_group,
    SSPACE = 1024,
    FINALFUNC = appraisal.forced_scale_final,
    COMBINEFUNC = appraisal.forced_scale_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE appraisal.forced_scale(numeric, appraisal.grade_scale, appraisal.quota) IS
    'the scale in force for a group once a quota is applied: its cut line';
