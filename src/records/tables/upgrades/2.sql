-- From version 1 of the tables (0.1.0 of the extension) to 2, before the other files run: columns of tables that are
-- there, constraints and indexes that are others now, and what is there no more.
ALTER TABLE appraisal.scheme
    ADD COLUMN interview_days integer,
    ADD COLUMN improvement_reads text NOT NULL DEFAULT 'natural',
    ADD CONSTRAINT scheme_interview_days_need_an_interview CHECK (interview_days IS NULL OR (interview_days >= 0 AND interview)),
    ADD CONSTRAINT scheme_improvement_reads_a_grade CHECK (improvement_reads IN ('natural', 'final'));

ALTER TABLE appraisal.sign_off_rule ADD COLUMN delegable boolean NOT NULL DEFAULT false;
ALTER TABLE appraisal.sign_off
    ADD COLUMN delegated_for bigint CONSTRAINT sign_off_delegated_for_exists REFERENCES appraisal.person,
    ADD CONSTRAINT sign_off_is_delegated_for_another CHECK (delegated_for <> signed_by);

-- Roll-up: a longer period takes in the results of shorter ones in more ways.
ALTER TABLE appraisal.period_rule
    ADD COLUMN part_weights numeric[],
    DROP CONSTRAINT period_rule_combination_is_known,
    ADD CONSTRAINT period_rule_combination_is_known CHECK (combined_by IN ('mean', 'weighted', 'latest', 'reference')),
    ADD CONSTRAINT period_rule_weighted_has_part_weights CHECK
        ((combined_by IS NOT DISTINCT FROM 'weighted') = (part_weights IS NOT NULL)),
    ADD CONSTRAINT period_rule_part_weights_are_not_negative CHECK
        (array_position(part_weights, NULL) IS NULL AND 0 <= ALL (part_weights));
ALTER TABLE appraisal.cycle
    ADD COLUMN timezone text NOT NULL DEFAULT appraisal.database_timezone();

ALTER TABLE appraisal.outcome_rule
    ADD COLUMN on_plan text,
    ADD CONSTRAINT outcome_rule_plan_ends_so CHECK (on_plan IN ('met', 'not_met'));

-- Seals say what need not be looked at again.
ALTER TABLE appraisal.audit_seal
    ADD COLUMN drawn_to bigint,
    ADD COLUMN complete_to bigint;
