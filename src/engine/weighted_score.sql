CREATE FUNCTION appraisal.weight_coverage_add(appraisal.score_summary, numeric, numeric)
    RETURNS appraisal.score_summary
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.weight_coverage_add(appraisal.score_summary, numeric, numeric) IS
    'transition function of weight_coverage';

CREATE FUNCTION appraisal.weighted_score_moving_add(internal, numeric, numeric) RETURNS internal
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.weighted_score_moving_add(internal, numeric, numeric) IS
    'moving transition function of weighted_score';

CREATE FUNCTION appraisal.weighted_score_moving_remove(internal, numeric, numeric) RETURNS internal
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.weighted_score_moving_remove(internal, numeric, numeric) IS
    'inverse transition function of weighted_score';

CREATE FUNCTION appraisal.weighted_score_moving_final(internal) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.weighted_score_moving_final(internal) IS
    'moving final function of weighted_score';

CREATE AGGREGATE appraisal.weighted_score(score numeric, weight numeric) (
    SFUNC = appraisal.score_summary_add,
    STYPE = appraisal.score_summary,
    SSPACE = 32,
    INITCOND = '(0,0,0)',
    FINALFUNC = appraisal.summary_mean,
    COMBINEFUNC = appraisal.score_summary_combine,
    MSFUNC = appraisal.weighted_score_moving_add,
    MINVFUNC = appraisal.weighted_score_moving_remove,
    MSTYPE = internal,
    MSSPACE = 1200,
    MFINALFUNC = appraisal.weighted_score_moving_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE appraisal.weighted_score(numeric, numeric) IS
    'exact mean of scores by their weights; pairs with a null are skipped';

CREATE AGGREGATE appraisal.weight_coverage(score numeric, weight numeric) (
    SFUNC = appraisal.weight_coverage_add,
    STYPE = appraisal.score_summary,
    SSPACE = 32,
    INITCOND = '(0,0,0)',
    FINALFUNC = appraisal.summary_mean,
    COMBINEFUNC = appraisal.score_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE appraisal.weight_coverage(numeric, numeric) IS
    'share of the weight that has a score, from 0 to 1';
