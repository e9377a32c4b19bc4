CREATE FUNCTION appraisal.apportion(total numeric, share numeric, decimals integer DEFAULT 2)
    RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE
    SUPPORT appraisal.window_frame_support;
COMMENT ON FUNCTION appraisal.apportion(numeric, numeric, integer) IS
    'part of a total in proportion to a share, rounded so that the parts of a partition add up to it';
