CREATE FUNCTION appraisal.decide_first_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.decide_first_support(internal) IS
    'planner support of decide_first: it goes before all other conditions on a table';

CREATE FUNCTION appraisal.decide_first(condition boolean) RETURNS boolean
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    SUPPORT appraisal.decide_first_support;
COMMENT ON FUNCTION appraisal.decide_first(boolean) IS
    'the condition itself, evaluated before what a reader asks for: for policies of row-level security';
