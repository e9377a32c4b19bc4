-- The routines of the records are for accounts, not for PUBLIC: link_account() grants them. It runs as the
-- owner of the schema, who therefore may pass the right on; the routines themselves belong to the superuser
-- in whose name a trusted extension is made. Not as who makes the extension: in a superuser's restore that
-- is the superuser, while the schema has its owner by then, whose grants come back after this. An update ends
-- with this, too: what a script has said of a routine before is not said again, for it is in the routine's initial
-- privileges, which a dump takes for granted, and the rights that accounts have by now would be among them.
DO $grants$
DECLARE
    routine regprocedure;
    owner regrole;
BEGIN
    FOR routine, owner IN
        SELECT p.oid::regprocedure, n.nspowner::regrole
        FROM pg_extension AS e
        JOIN pg_namespace AS n ON n.oid = e.extnamespace
        JOIN pg_depend AS d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
                           AND d.classid = 'pg_proc'::regclass
        JOIN pg_proc AS p ON p.oid = d.objid
        JOIN pg_language AS l ON l.oid = p.prolang
        WHERE e.extname = 'pg_appraisal' AND l.lanname IN ('plpgsql', 'sql')
          AND NOT EXISTS (SELECT FROM pg_init_privs AS i WHERE i.classoid = 'pg_proc'::regclass AND i.objoid = p.oid)
    LOOP
        EXECUTE format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', routine);
        EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO %s WITH GRANT OPTION', routine, owner);
    END LOOP;
END
$grants$;
