-- From version 1 of the tables (0.1.0 of the extension) to 2, before the other files run: columns of tables that are
-- there, constraints and indexes that are others now, and what is there no more.

ALTER TABLE appraisal.outcome_rule
    ADD COLUMN on_plan text,
    ADD CONSTRAINT outcome_rule_plan_ends_so CHECK (on_plan IN ('met', 'not_met'));
