CREATE FUNCTION appraisal.standardized_score(score numeric) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE
    SUPPORT appraisal.window_frame_support;
COMMENT ON FUNCTION appraisal.standardized_score(numeric) IS
    'distance of a score from the mean of its partition''s scores, in their sample standard deviations; null when they do not differ or are fewer than two, NaN when one is NaN or infinite';

CREATE FUNCTION appraisal.standardized_score(score numeric, mean numeric, stddev numeric) RETURNS numeric
    AS 'MODULE_PATHNAME', 'standardized_score_scaled' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE
    SUPPORT appraisal.window_frame_support;
COMMENT ON FUNCTION appraisal.standardized_score(numeric, numeric, numeric) IS
    'a score rescaled so that its partition has the given mean and sample standard deviation; null and NaN as without them';
