CREATE FUNCTION appraisal.check_quota(quota appraisal.quota, scale appraisal.grade_scale)
    RETURNS boolean
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.check_quota(appraisal.quota, appraisal.grade_scale) IS
    'true if a quota fits a scale and some group could meet it; else an error that names the rules';

CREATE FUNCTION appraisal.quota_bounds(
    quota appraisal.quota, scale appraisal.grade_scale, n integer,
    OUT rule text, OUT "least" integer, OUT most integer
) RETURNS SETOF record
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 5;
COMMENT ON FUNCTION appraisal.quota_bounds(appraisal.quota, appraisal.grade_scale, integer) IS
    'least and most heads for each rule of a quota in a group of n';

CREATE FUNCTION appraisal.quota_check(
    counts integer[], scale appraisal.grade_scale, quota appraisal.quota,
    OUT rule text, OUT "least" integer, OUT most integer, OUT actual integer, OUT heads_out integer
) RETURNS SETOF record
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 5;
COMMENT ON FUNCTION appraisal.quota_check(integer[], appraisal.grade_scale, appraisal.quota) IS
    'heads in each grade against each rule of a quota, with the heads out of bounds';
