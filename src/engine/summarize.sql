CREATE FUNCTION appraisal.score_summary_add(appraisal.score_summary, numeric, numeric)
    RETURNS appraisal.score_summary
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_summary_add(appraisal.score_summary, numeric, numeric) IS
    'transition function of aggregates over a score and its weight';

CREATE FUNCTION appraisal.score_summary_add(appraisal.score_summary, numeric)
    RETURNS appraisal.score_summary
    AS 'MODULE_PATHNAME', 'score_summary_add_unweighted' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_summary_add(appraisal.score_summary, numeric) IS
    'transition function of aggregates over a score of weight 1';

CREATE FUNCTION appraisal.score_summary_combine(appraisal.score_summary, appraisal.score_summary)
    RETURNS appraisal.score_summary
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_summary_combine(appraisal.score_summary, appraisal.score_summary) IS
    'combine function of aggregates over a score_summary';

CREATE AGGREGATE appraisal.score_summary(score numeric) (
    SFUNC = appraisal.score_summary_add,
    STYPE = appraisal.score_summary,
    SSPACE = 96,
    INITCOND = '(0,0,0,0,0)',
    COMBINEFUNC = appraisal.score_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE appraisal.score_summary(numeric) IS
    'exact sums of scores of weight 1, to be stored, merged and read by summary_mean and others; nulls are skipped';

CREATE AGGREGATE appraisal.score_summary(score numeric, weight numeric) (
    SFUNC = appraisal.score_summary_add,
    STYPE = appraisal.score_summary,
    SSPACE = 96,
    INITCOND = '(0,0,0,0,0)',
    COMBINEFUNC = appraisal.score_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE appraisal.score_summary(numeric, numeric) IS
    'exact sums of weighted scores, to be stored, merged and read by summary_mean and others; pairs with a null are skipped';

CREATE AGGREGATE appraisal.merge_summaries(summary appraisal.score_summary) (
    SFUNC = appraisal.score_summary_combine,
    STYPE = appraisal.score_summary,
    SSPACE = 96,
    COMBINEFUNC = appraisal.score_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE appraisal.merge_summaries(appraisal.score_summary) IS
    'the summary of all the scores that several summaries stand for; null if there is none';
