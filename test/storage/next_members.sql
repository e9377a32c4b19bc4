-- Members of the made-up next version (update).
CREATE FUNCTION appraisal.site_of(unit bigint) RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
'BEGIN RETURN (SELECT u.site FROM appraisal.unit AS u WHERE u.unit_id = unit); END';
COMMENT ON FUNCTION appraisal.site_of(bigint) IS 'town of a unit';
