-- From version 1 of the tables (0.1.0 of the extension) to 2, before the other files run: columns of tables that are
-- there, constraints and indexes that are others now, and what is there no more.

ALTER TABLE appraisal.sign_off_rule ADD COLUMN delegable boolean NOT NULL DEFAULT false;
ALTER TABLE appraisal.sign_off
    ADD COLUMN delegated_for bigint CONSTRAINT sign_off_delegated_for_exists REFERENCES appraisal.person,
    ADD CONSTRAINT sign_off_is_delegated_for_another CHECK (delegated_for <> signed_by);
