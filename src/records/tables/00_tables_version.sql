-- Which version of the tables this database has; upgrade_tables() reads it.
CREATE TABLE appraisal.tables_version (
    version integer PRIMARY KEY
);
CREATE UNIQUE INDEX tables_version_is_one_row ON appraisal.tables_version ((true));
COMMENT ON TABLE appraisal.tables_version IS 'version of the tables in this schema: one row';
COMMENT ON COLUMN appraisal.tables_version.version IS 'what create_tables() made or upgrade_tables() brought them to';

-- upgrade_tables() changes the row that is there
INSERT INTO appraisal.tables_version VALUES (newest) ON CONFLICT DO NOTHING;
