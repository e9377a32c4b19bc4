CREATE FUNCTION appraisal.streak(condition boolean) RETURNS bigint
    AS 'MODULE_PATHNAME' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE
    SUPPORT appraisal.window_frame_support;
COMMENT ON FUNCTION appraisal.streak(boolean) IS
    'number of rows on end, up to this one, for which a condition is true';
