-- From version 1 of the tables (0.1.0 of the extension) to 2, before the other files run: columns of tables that are
-- there, constraints and indexes that are others now, and what is there no more.

-- Roll-up: a longer period takes in the results of shorter ones in more ways.
ALTER TABLE appraisal.period_rule
    ADD COLUMN part_weights numeric[],
    DROP CONSTRAINT period_rule_combination_is_known,
    ADD CONSTRAINT period_rule_combination_is_known CHECK (combined_by IN ('mean', 'weighted', 'latest', 'reference')),
    ADD CONSTRAINT period_rule_weighted_has_part_weights CHECK
        ((combined_by IS NOT DISTINCT FROM 'weighted') = (part_weights IS NOT NULL)),
    ADD CONSTRAINT period_rule_part_weights_are_not_negative CHECK
        (array_position(part_weights, NULL) IS NULL AND 0 <= ALL (part_weights));
