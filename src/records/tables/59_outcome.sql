-- What results lead to: outcomes by the rules of the scheme, and pay. Written by the functions of
-- 78_outcome_guards.sql only. As in 50_result.sql, no index has a column that tells how somebody did: that
-- somebody was warned at all does.

CREATE TABLE appraisal.outcome (
    cycle_id bigint NOT NULL,
    outcome_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    person_id bigint CONSTRAINT outcome_person_exists REFERENCES appraisal.person,
    appraised_unit_id bigint CONSTRAINT outcome_unit_exists REFERENCES appraisal.unit,
    outcome_rule_id bigint NOT NULL CONSTRAINT outcome_rule_exists REFERENCES appraisal.outcome_rule,
    outcome text NOT NULL,
    amount numeric,
    cycles bigint[] NOT NULL,
    versions integer[] NOT NULL,
    grades text[] NOT NULL,
    effective_on date NOT NULL,
    confirmed_by bigint CONSTRAINT outcome_confirmer_exists REFERENCES appraisal.person,
    confirmed_by_login name NOT NULL,
    confirmed_at timestamptz NOT NULL,
    note text,
    revoked_by bigint CONSTRAINT outcome_revoker_exists REFERENCES appraisal.person,
    revoked_by_login name,
    revoked_at timestamptz,
    revoked_because text CONSTRAINT outcome_reason_is_not_empty CHECK (btrim(revoked_because) <> ''),
    PRIMARY KEY (cycle_id, outcome_id),
    CONSTRAINT outcome_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT outcome_is_of_a_person_or_a_unit CHECK (num_nonnulls(person_id, appraised_unit_id) = 1),
    CONSTRAINT outcome_lists_are_as_long CHECK
        (cardinality(cycles) > 0 AND cardinality(cycles) = cardinality(versions) AND cardinality(versions) = cardinality(grades)),
    CONSTRAINT outcome_is_revoked_for_a_reason CHECK
        ((revoked_at IS NULL) = (revoked_because IS NULL) AND (revoked_at IS NULL) = (revoked_by_login IS NULL)
         AND (revoked_at IS NOT NULL OR revoked_by IS NULL)),
    -- searched by what may see the row already (see 40_review.sql); a condition of the index would tell, too
    CONSTRAINT outcome_is_confirmed_once
        EXCLUDE USING btree (cycle_id WITH =, (+participant_id) WITH =, (+outcome_rule_id) WITH =, (nullif(num_nulls(revoked_at), 0)) WITH =)
);
CREATE INDEX outcome_participant_idx ON appraisal.outcome ((+participant_id));
-- the planner knows nothing of it (see 50_result.sql)
ALTER TABLE appraisal.outcome
    ALTER COLUMN outcome_rule_id SET STATISTICS 0,
    ALTER COLUMN outcome SET STATISTICS 0,
    ALTER COLUMN amount SET STATISTICS 0,
    ALTER COLUMN versions SET STATISTICS 0,
    ALTER COLUMN grades SET STATISTICS 0,
    ALTER COLUMN effective_on SET STATISTICS 0,
    ALTER COLUMN revoked_at SET STATISTICS 0;
COMMENT ON TABLE appraisal.outcome IS 'what a grade, or a run of grades, led to: a rule of the scheme that somebody confirmed for a person or unit';
COMMENT ON COLUMN appraisal.outcome.cycle_id IS 'the cycle in which the run is complete';
COMMENT ON COLUMN appraisal.outcome.outcome_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.outcome.participant_id IS 'whose, as the participant of that cycle';
COMMENT ON COLUMN appraisal.outcome.person_id IS 'the person; null for a unit';
COMMENT ON COLUMN appraisal.outcome.appraised_unit_id IS 'the unit; null for a person';
COMMENT ON COLUMN appraisal.outcome.outcome_rule_id IS 'the rule';
COMMENT ON COLUMN appraisal.outcome.outcome IS 'the consequence, as the rule has it';
COMMENT ON COLUMN appraisal.outcome.amount IS 'money, or pay steps, as the rule has it';
COMMENT ON COLUMN appraisal.outcome.cycles IS 'evidence: the cycles of the run, in order of time';
COMMENT ON COLUMN appraisal.outcome.versions IS 'evidence: the versions of their results';
COMMENT ON COLUMN appraisal.outcome.grades IS 'evidence: their final grades';
COMMENT ON COLUMN appraisal.outcome.effective_on IS 'first day on which it holds';
COMMENT ON COLUMN appraisal.outcome.confirmed_by IS 'who confirmed it; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.outcome.confirmed_by_login IS 'with which login';
COMMENT ON COLUMN appraisal.outcome.confirmed_at IS 'when';
COMMENT ON COLUMN appraisal.outcome.note IS 'what was said to it; the person reads it, too';
COMMENT ON COLUMN appraisal.outcome.revoked_by IS 'who revoked it; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.outcome.revoked_by_login IS 'with which login; null while it holds';
COMMENT ON COLUMN appraisal.outcome.revoked_at IS 'when it was revoked; null while it holds';
COMMENT ON COLUMN appraisal.outcome.revoked_because IS 'why';

CREATE TABLE appraisal.award (
    cycle_id bigint NOT NULL,
    award_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    version integer NOT NULL,
    base numeric NOT NULL CONSTRAINT award_base_is_not_negative CHECK (base >= 0 AND base < 'Infinity'),
    coefficient numeric,
    unit_factor numeric NOT NULL,
    share numeric NOT NULL,
    rate numeric CONSTRAINT award_rate_is_not_negative CHECK (rate >= 0),
    amount numeric NOT NULL CONSTRAINT award_amount_is_not_negative CHECK (amount >= 0),
    decimals integer NOT NULL,
    lost_cycle_id bigint,
    lost_outcome_id bigint,
    supplements bigint,
    made_by bigint CONSTRAINT award_maker_exists REFERENCES appraisal.person,
    made_by_login name NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (cycle_id, award_id),
    CONSTRAINT award_result_exists FOREIGN KEY (cycle_id, participant_id, version) REFERENCES appraisal.result,
    CONSTRAINT award_outcome_exists FOREIGN KEY (lost_cycle_id, lost_outcome_id) REFERENCES appraisal.outcome,
    CONSTRAINT award_supplemented_exists FOREIGN KEY (cycle_id, supplements) REFERENCES appraisal.award,
    CONSTRAINT award_lost_is_nothing CHECK
        ((lost_cycle_id IS NULL) = (lost_outcome_id IS NULL) AND (lost_outcome_id IS NULL OR (amount = 0 AND supplements IS NULL))),
    CONSTRAINT award_supplement_is_something CHECK (supplements IS NULL OR amount > 0),
    CONSTRAINT award_is_made_once
        EXCLUDE USING btree (cycle_id WITH =, (+participant_id) WITH =, (nullif(num_nulls(supplements), 0)) WITH =),
    CONSTRAINT award_supplement_is_one_a_version
        EXCLUDE USING btree (cycle_id WITH =, (+participant_id) WITH =, (+version) WITH =, (nullif(num_nonnulls(supplements), 0)) WITH =)
);
ALTER TABLE appraisal.award
    ALTER COLUMN version SET STATISTICS 0,
    ALTER COLUMN base SET STATISTICS 0,
    ALTER COLUMN coefficient SET STATISTICS 0,
    ALTER COLUMN unit_factor SET STATISTICS 0,
    ALTER COLUMN share SET STATISTICS 0,
    ALTER COLUMN rate SET STATISTICS 0,
    ALTER COLUMN amount SET STATISTICS 0,
    ALTER COLUMN lost_outcome_id SET STATISTICS 0,
    ALTER COLUMN supplements SET STATISTICS 0;
COMMENT ON TABLE appraisal.award IS 'bonus of a person for a cycle, and what was added to it after an appeal; only added to';
COMMENT ON COLUMN appraisal.award.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.award.award_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.award.participant_id IS 'whose; the leading segment''s for who moved';
COMMENT ON COLUMN appraisal.award.version IS 'version of the result that it goes by';
COMMENT ON COLUMN appraisal.award.base IS 'money at coefficient 1; of a pool what it is shared out in proportion to';
COMMENT ON COLUMN appraisal.award.coefficient IS 'of the result''s grade, 1 where the scheme''s grades have none; null for who has no grade, and gets nothing';
COMMENT ON COLUMN appraisal.award.unit_factor IS 'coefficient of the result of the person''s unit in the cycle; 1 if there is none';
COMMENT ON COLUMN appraisal.award.share IS 'days of the person''s segments by the days of the period, to 16 decimals';
COMMENT ON COLUMN appraisal.award.rate IS 'money for each unit of base, coefficient, unit factor and share of a pool; null where the base is money';
COMMENT ON COLUMN appraisal.award.amount IS 'money; of a supplement what is added';
COMMENT ON COLUMN appraisal.award.decimals IS 'decimals that money is rounded to';
COMMENT ON COLUMN appraisal.award.lost_cycle_id IS 'cycle of the outcome by which the bonus is lost; null if it is not';
COMMENT ON COLUMN appraisal.award.lost_outcome_id IS 'the outcome by which the bonus is lost; null if it is not';
COMMENT ON COLUMN appraisal.award.supplements IS 'the person''s first award of the cycle, to which this one adds; null for the first itself';
COMMENT ON COLUMN appraisal.award.made_by IS 'who made it; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.award.made_by_login IS 'with which login';
COMMENT ON COLUMN appraisal.award.made_at IS 'when';
