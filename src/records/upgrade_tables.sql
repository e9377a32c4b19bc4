-- There is one version of the tables so far; a later one adds its step here.
-- A step that makes a table gives the accounts that are there their rights on it: link_account() anew for each.
CREATE PROCEDURE appraisal.upgrade_tables() LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    newest CONSTANT integer := 1;
    present integer;
    owner name;
BEGIN
    IF to_regclass('appraisal.tables_version') IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001', MESSAGE = 'there are no tables to upgrade',
            HINT = 'CALL appraisal.create_tables() makes them.';
    END IF;
    -- what is new would be the caller's, and its SECURITY DEFINER functions would run as the caller
    SELECT pg_get_userbyid(c.relowner) INTO owner FROM pg_class AS c WHERE c.oid = 'appraisal.tables_version'::regclass;
    IF owner <> current_user THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'only the owner of the tables upgrades them',
            DETAIL = format('The owner is "%s", the caller is "%s".', owner, current_user),
            HINT = format('SET ROLE %I first.', owner);
    END IF;
    SELECT t.version INTO STRICT present FROM appraisal.tables_version AS t;
    IF present > newest THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001', MESSAGE = format('the tables are of version %s, this extension knows %s', present, newest),
            HINT = 'Run ALTER EXTENSION pg_appraisal UPDATE.';
    END IF;
END
$$;
COMMENT ON PROCEDURE appraisal.upgrade_tables() IS
    'bring tables that an older version of the extension made on to this one';
