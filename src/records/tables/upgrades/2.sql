-- From version 1 of the tables (0.1.0 of the extension) to 2, before the other files run: columns of tables that are
-- there, constraints and indexes that are others now, and what is there no more.
ALTER TABLE appraisal.scheme
    ADD COLUMN interview_days integer,
    ADD COLUMN improvement_reads text NOT NULL DEFAULT 'natural',
    ADD CONSTRAINT scheme_interview_days_need_an_interview CHECK (interview_days IS NULL OR (interview_days >= 0 AND interview)),
    ADD CONSTRAINT scheme_improvement_reads_a_grade CHECK (improvement_reads IN ('natural', 'final'));
ALTER TABLE appraisal.cycle
    ADD COLUMN timezone text NOT NULL DEFAULT appraisal.database_timezone();
