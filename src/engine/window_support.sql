CREATE FUNCTION appraisal.window_frame_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.window_frame_support(internal) IS
    'planner support of window functions: they need no particular frame';

CREATE FUNCTION appraisal.window_rising_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.window_rising_support(internal) IS
    'planner support of window functions whose result never falls';
