CREATE FUNCTION appraisal.points(measurement numeric, curve appraisal.score_curve) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.points(numeric, appraisal.score_curve) IS
    'points of a scoring curve at a measurement';

CREATE FUNCTION appraisal.attainment(actual numeric, target numeric) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.attainment(numeric, numeric) IS
    'completion rate of a target, 1 when it is met; right for negative targets, too';

CREATE FUNCTION appraisal.gated_score(levels numeric[]) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.gated_score(numeric[]) IS
    'levels passed in order: the sum up to and including the first that is not 1';
