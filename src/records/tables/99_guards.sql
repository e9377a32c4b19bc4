-- What all tables have in common: rules and the chart of units are known to all accounts and kept by HR,
-- which is every table that has no policies of its own; policies are asked first; and every table is
-- audited, but for the audit's own, those that must not tell who answered what in a survey, and notices, which
-- follow from rows that are audited.

DECLARE
    guarded name;
    policy name;
    condition text;
    key_columns text;
BEGIN
    -- An upgrade comes by here, too. Tables and policies that were there before, in present_tables and
    -- present_policies, are guarded already, or are the site's own.
    FOR guarded IN
        SELECT c.relname FROM pg_class AS c
        WHERE c.relnamespace = 'appraisal'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
          AND c.oid <> ALL (present_tables)
    LOOP
        EXECUTE format('ALTER TABLE appraisal.%I ENABLE ROW LEVEL SECURITY', guarded);
        EXECUTE format('DROP POLICY IF EXISTS known_to_all ON appraisal.%I', guarded); EXECUTE format('CREATE POLICY known_to_all ON appraisal.%I FOR SELECT USING (true)', guarded);
        CONTINUE WHEN guarded = 'tables_version';
        EXECUTE format('DROP POLICY IF EXISTS kept_by_hr ON appraisal.%I', guarded); EXECUTE format('CREATE POLICY kept_by_hr ON appraisal.%I USING ((SELECT appraisal.acting_as(''hr'')))
            WITH CHECK ((SELECT appraisal.acting_as(''hr'')))', guarded);
    END LOOP;

    -- A policy that goes after a reader's own condition shows by how often it was asked which rows met that.
    FOR guarded, policy, condition IN
        SELECT c.relname, p.polname, pg_get_expr(p.polqual, p.polrelid)
        FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
        WHERE c.relnamespace = 'appraisal'::regnamespace AND p.polqual IS NOT NULL AND p.polname <> 'known_to_all'
          AND p.oid <> ALL (present_policies)
    LOOP
        EXECUTE format('ALTER POLICY %I ON appraisal.%I USING (appraisal.decide_first(%s))', policy, guarded, condition);
    END LOOP;

    FOR guarded, key_columns IN
        SELECT c.relname, string_agg(quote_literal(a.attname), ', ' ORDER BY a.attnum)
        FROM pg_class AS c
        JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary AND i.indrelid <> ALL (present_tables)
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
        WHERE c.relnamespace = 'appraisal'::regnamespace AND c.relkind IN ('r', 'p')
          AND c.relname NOT IN ('audit_log', 'audit_seal', 'survey_turnout', 'survey_response', 'notice')
        GROUP BY c.relname
    LOOP
        EXECUTE format('CREATE TRIGGER audit_insert AFTER INSERT ON appraisal.%I REFERENCING NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.write_audit(%s)', guarded, key_columns);
        EXECUTE format('CREATE TRIGGER audit_update AFTER UPDATE ON appraisal.%I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.write_audit(%s)', guarded, key_columns);
        EXECUTE format('CREATE TRIGGER audit_delete AFTER DELETE ON appraisal.%I REFERENCING OLD TABLE AS old_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.write_audit(%s)', guarded, key_columns);
        EXECUTE format('CREATE TRIGGER audit_truncate AFTER TRUNCATE ON appraisal.%I
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.write_audit()', guarded);
    END LOOP;
END;
