CREATE PROCEDURE appraisal.create_tables() LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    version integer;
BEGIN
    IF to_regclass('appraisal.tables_version') IS NULL THEN
        CALL appraisal.make_tables(version);
    END IF;
END
$$;
COMMENT ON PROCEDURE appraisal.create_tables() IS
    'make the tables of the records, as ordinary objects of the caller; nothing if they are there';
