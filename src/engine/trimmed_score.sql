CREATE FUNCTION appraisal.trimmed_score_add(appraisal.trimmed_scores, numeric, integer)
    RETURNS appraisal.trimmed_scores
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.trimmed_score_add(appraisal.trimmed_scores, numeric, integer) IS
    'transition function of trimmed_score';

CREATE FUNCTION appraisal.trimmed_score_combine(appraisal.trimmed_scores, appraisal.trimmed_scores)
    RETURNS appraisal.trimmed_scores
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.trimmed_score_combine(appraisal.trimmed_scores, appraisal.trimmed_scores) IS
    'combine function of trimmed_score';

CREATE FUNCTION appraisal.trimmed_score_final(appraisal.trimmed_scores) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.trimmed_score_final(appraisal.trimmed_scores) IS
    'final function of trimmed_score';

CREATE AGGREGATE appraisal.trimmed_score(score numeric, k integer) (
    SFUNC = appraisal.trimmed_score_add,
    STYPE = appraisal.trimmed_scores,
    SSPACE = 256,
    FINALFUNC = appraisal.trimmed_score_final,
    COMBINEFUNC = appraisal.trimmed_score_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE appraisal.trimmed_score(numeric, integer) IS
    'mean without the k highest and the k lowest scores; the plain mean of fewer than 2k+1 scores';
