-- Every table but the audit's own is audited.

DECLARE
    audited name;
    key_columns text;
BEGIN
    FOR audited, key_columns IN
        SELECT c.relname, string_agg(quote_literal(a.attname), ', ' ORDER BY a.attnum)
        FROM pg_class AS c
        JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
        WHERE c.relnamespace = 'appraisal'::regnamespace AND c.relkind IN ('r', 'p')
          AND c.relname NOT IN ('audit_log', 'audit_seal')
        GROUP BY c.relname
    LOOP
        EXECUTE format('CREATE TRIGGER audit_insert AFTER INSERT ON appraisal.%I REFERENCING NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.write_audit(%s)', audited, key_columns);
        EXECUTE format('CREATE TRIGGER audit_update AFTER UPDATE ON appraisal.%I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.write_audit(%s)', audited, key_columns);
        EXECUTE format('CREATE TRIGGER audit_delete AFTER DELETE ON appraisal.%I REFERENCING OLD TABLE AS old_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.write_audit(%s)', audited, key_columns);
        EXECUTE format('CREATE TRIGGER audit_truncate AFTER TRUNCATE ON appraisal.%I
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.write_audit()', audited);
    END LOOP;
END;
