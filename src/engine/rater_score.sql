CREATE FUNCTION appraisal.rater_scores_add(appraisal.rater_scores, numeric, text, numeric)
    RETURNS appraisal.rater_scores
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.rater_scores_add(appraisal.rater_scores, numeric, text, numeric) IS
    'transition function of rater_score and rater_coverage';

CREATE FUNCTION appraisal.rater_scores_combine(appraisal.rater_scores, appraisal.rater_scores)
    RETURNS appraisal.rater_scores
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.rater_scores_combine(appraisal.rater_scores, appraisal.rater_scores) IS
    'combine function of rater_score and rater_coverage';

CREATE FUNCTION appraisal.rater_score_final(appraisal.rater_scores) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.rater_score_final(appraisal.rater_scores) IS
    'final function of rater_score';

CREATE FUNCTION appraisal.rater_coverage_final(appraisal.rater_scores) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.rater_coverage_final(appraisal.rater_scores) IS
    'final function of rater_coverage';

CREATE AGGREGATE appraisal.rater_score(score numeric, source text, weight numeric) (
    SFUNC = appraisal.rater_scores_add,
    STYPE = appraisal.rater_scores,
    SSPACE = 512,
    FINALFUNC = appraisal.rater_score_final,
    COMBINEFUNC = appraisal.rater_scores_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE appraisal.rater_score(numeric, text, numeric) IS
    'exact mean within each source, then by weight over the sources that have a score';

CREATE AGGREGATE appraisal.rater_coverage(score numeric, source text, weight numeric) (
    SFUNC = appraisal.rater_scores_add,
    STYPE = appraisal.rater_scores,
    SSPACE = 512,
    FINALFUNC = appraisal.rater_coverage_final,
    COMBINEFUNC = appraisal.rater_scores_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE appraisal.rater_coverage(numeric, text, numeric) IS
    'share of the weight of all sources whose sources have a score, from 0 to 1';
