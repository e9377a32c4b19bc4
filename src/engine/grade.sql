CREATE FUNCTION appraisal.grade(score numeric, scale appraisal.grade_scale) RETURNS text
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade(numeric, appraisal.grade_scale) IS
    'grade of a score; null below a scale whose last grade has a bound';

CREATE FUNCTION appraisal.grade_rank(label text, scale appraisal.grade_scale) RETURNS integer
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_rank(text, appraisal.grade_scale) IS
    'place of a grade in its scale, 1 for the best';

CREATE FUNCTION appraisal.coefficient(label text, scale appraisal.grade_scale) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.coefficient(text, appraisal.grade_scale) IS
    'coefficient of a grade; null if the scale gives it none';

CREATE FUNCTION appraisal.grade_bounds(label text, scale appraisal.grade_scale) RETURNS numrange
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_bounds(text, appraisal.grade_scale) IS
    'scores that get a grade, as a range; empty if none do';

CREATE FUNCTION appraisal.grades(
    scale appraisal.grade_scale,
    OUT rank integer, OUT grade text, OUT bounds numrange, OUT coefficient numeric
) RETURNS SETOF record
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 5;
COMMENT ON FUNCTION appraisal.grades(appraisal.grade_scale) IS
    'the grades of a scale as rows, best first';
