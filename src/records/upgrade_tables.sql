-- All or nothing, because a procedure with settings of its own cannot commit meanwhile. What a version changes of
-- tables that are there is in tables/upgrades/; all else is made by the files that make it in a new installation.
CREATE PROCEDURE appraisal.upgrade_tables() LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    owner name;
    present integer;
    reached integer;
    linked record;
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
    SELECT t.version, t.version INTO STRICT present, reached FROM appraisal.tables_version AS t FOR UPDATE;
    CALL appraisal.make_tables(reached);
    IF reached <> present THEN
        UPDATE appraisal.tables_version AS t SET version = reached;
        -- accounts that are there get their rights on what is new; a role may have been dropped since
        FOR linked IN
            SELECT a.role_name, c.capability
            FROM appraisal.account AS a CROSS JOIN unnest(a.capabilities) AS c (capability)
            JOIN pg_roles AS r ON r.rolname = a.role_name
        LOOP
            CALL appraisal.link_account(linked.role_name, linked.capability);
        END LOOP;
    END IF;
END
$$;
COMMENT ON PROCEDURE appraisal.upgrade_tables() IS
    'bring tables that an older version of the extension made on to this one';
