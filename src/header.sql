-- Every part of this script names schemas in full and pins the search path,
-- so that nothing in the installing session can be picked up by mistake.
\echo Use "CREATE EXTENSION pg_appraisal" to load this file. \quit

SET LOCAL search_path = pg_catalog, pg_temp;

COMMENT ON SCHEMA appraisal IS 'employee performance appraisal (extension pg_appraisal)';
REVOKE ALL ON SCHEMA appraisal FROM PUBLIC;
GRANT USAGE ON SCHEMA appraisal TO PUBLIC;
