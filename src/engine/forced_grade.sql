CREATE FUNCTION appraisal.forced_grade(
    score numeric, scale appraisal.grade_scale, quota appraisal.quota
) RETURNS text
    AS 'MODULE_PATHNAME' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE
    SUPPORT appraisal.window_frame_support;
COMMENT ON FUNCTION appraisal.forced_grade(numeric, appraisal.grade_scale, appraisal.quota) IS
    'forced grade of a row; equal scores may be split, by the window''s order';

CREATE FUNCTION appraisal.forced_grade_rank(
    score numeric, scale appraisal.grade_scale, quota appraisal.quota
) RETURNS integer
    AS 'MODULE_PATHNAME' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE
    SUPPORT appraisal.window_rising_support;
COMMENT ON FUNCTION appraisal.forced_grade_rank(numeric, appraisal.grade_scale, appraisal.quota) IS
    'place of the forced grade of a row in its scale, 1 for the best; rises along the window';
