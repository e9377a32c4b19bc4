CREATE FUNCTION appraisal.summary_count(summary appraisal.score_summary) RETURNS bigint
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.summary_count(appraisal.score_summary) IS
    'number of scores in a summary';

CREATE FUNCTION appraisal.summary_weight(summary appraisal.score_summary) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.summary_weight(appraisal.score_summary) IS
    'sum of the weights in a summary';

CREATE FUNCTION appraisal.summary_mean(summary appraisal.score_summary) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.summary_mean(appraisal.score_summary) IS
    'mean of the scores in a summary by their weights; null if there is no weight';

CREATE FUNCTION appraisal.summary_stddev(summary appraisal.score_summary) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.summary_stddev(appraisal.score_summary) IS
    'sample standard deviation of the scores in a summary; null for fewer than two scores with a weight';
