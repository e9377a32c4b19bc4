-- What people decide about computed results: grades calibrated, results signed off, quotas overridden.
-- Written by the functions of 74_calibration_guards.sql only. As in 50_result.sql, no index has a column
-- that tells how somebody did: that somebody was calibrated at all does.

CREATE TABLE appraisal.adjustment (
    cycle_id bigint NOT NULL,
    adjustment_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    from_grade text NOT NULL,
    to_grade text NOT NULL,
    reason text NOT NULL CONSTRAINT adjustment_has_a_reason CHECK (btrim(reason) <> ''),
    made_by bigint CONSTRAINT adjustment_maker_exists REFERENCES appraisal.person,
    made_by_login name NOT NULL,
    authorised_by bigint CONSTRAINT adjustment_authoriser_exists REFERENCES appraisal.person,
    made_at timestamptz NOT NULL,
    undoes bigint,
    PRIMARY KEY (cycle_id, adjustment_id),
    CONSTRAINT adjustment_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT adjustment_undone_exists FOREIGN KEY (cycle_id, undoes) REFERENCES appraisal.adjustment,
    CONSTRAINT adjustment_is_undone_once UNIQUE (cycle_id, undoes),
    CONSTRAINT adjustment_changes_the_grade CHECK (from_grade <> to_grade)
);
-- searched by what may see the row already (see 40_review.sql)
CREATE INDEX adjustment_participant_idx ON appraisal.adjustment ((+participant_id));
COMMENT ON TABLE appraisal.adjustment IS 'calibration: each change of a final grade by people; only added to';
COMMENT ON COLUMN appraisal.adjustment.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.adjustment.adjustment_id IS 'key within the cycle, in order of time';
COMMENT ON COLUMN appraisal.adjustment.participant_id IS 'whose grade';
COMMENT ON COLUMN appraisal.adjustment.from_grade IS 'final grade before';
COMMENT ON COLUMN appraisal.adjustment.to_grade IS 'final grade after';
COMMENT ON COLUMN appraisal.adjustment.reason IS 'why';
COMMENT ON COLUMN appraisal.adjustment.made_by IS 'who did; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.adjustment.made_by_login IS 'with which login';
COMMENT ON COLUMN appraisal.adjustment.authorised_by IS 'who authorised it, where somebody else did';
COMMENT ON COLUMN appraisal.adjustment.made_at IS 'when';
COMMENT ON COLUMN appraisal.adjustment.undoes IS 'earlier adjustment that this one takes back';

CREATE TABLE appraisal.sign_off (
    cycle_id bigint NOT NULL CONSTRAINT sign_off_cycle_exists REFERENCES appraisal.cycle,
    sign_off_id bigint GENERATED ALWAYS AS IDENTITY,
    unit_id bigint CONSTRAINT sign_off_unit_exists REFERENCES appraisal.unit,
    step integer NOT NULL,
    signer text NOT NULL
        CONSTRAINT sign_off_signer_is_known CHECK
        (signer IN ('unit_head', 'division_head', 'second_manager', 'hr', 'executive', 'meeting')),
    signed_by bigint NOT NULL CONSTRAINT sign_off_person_exists REFERENCES appraisal.person,
    signed_at timestamptz NOT NULL,
    remark text,
    withdrawn_at timestamptz,
    withdrawn_because text CONSTRAINT sign_off_reason_is_not_empty CHECK (btrim(withdrawn_because) <> ''),
    delegated_for bigint CONSTRAINT sign_off_delegated_for_exists REFERENCES appraisal.person,
    PRIMARY KEY (cycle_id, sign_off_id),
    CONSTRAINT sign_off_is_withdrawn_for_a_reason CHECK ((withdrawn_at IS NULL) = (withdrawn_because IS NULL)),
    CONSTRAINT sign_off_is_delegated_for_another CHECK (delegated_for <> signed_by)
);
CREATE UNIQUE INDEX sign_off_is_once_a_step ON appraisal.sign_off (cycle_id, unit_id, step, signed_by) NULLS NOT DISTINCT
    WHERE withdrawn_at IS NULL;
CREATE INDEX sign_off_unit_id_idx ON appraisal.sign_off (unit_id);
CREATE INDEX sign_off_signed_by_idx ON appraisal.sign_off (signed_by);
CREATE INDEX sign_off_delegated_for_idx ON appraisal.sign_off (delegated_for);
COMMENT ON TABLE appraisal.sign_off IS 'signatures under the results of a unit with all below it, or of a whole cycle';
COMMENT ON COLUMN appraisal.sign_off.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.sign_off.sign_off_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.sign_off.unit_id IS 'unit signed for, with all below it; null for the whole cycle';
COMMENT ON COLUMN appraisal.sign_off.step IS 'step of the scheme''s chain; 1 where the scheme has none';
COMMENT ON COLUMN appraisal.sign_off.signer IS 'as what: unit_head, division_head, second_manager, hr, executive or meeting';
COMMENT ON COLUMN appraisal.sign_off.signed_by IS 'who signed';
COMMENT ON COLUMN appraisal.sign_off.signed_at IS 'when';
COMMENT ON COLUMN appraisal.sign_off.remark IS 'what the signer had to say';
COMMENT ON COLUMN appraisal.sign_off.withdrawn_at IS 'when it was withdrawn; null while it holds';
COMMENT ON COLUMN appraisal.sign_off.withdrawn_because IS 'why';
COMMENT ON COLUMN appraisal.sign_off.delegated_for IS 'who had it signed, where the signer was a delegate';

CREATE TABLE appraisal.delegation (
    cycle_id bigint NOT NULL CONSTRAINT delegation_cycle_exists REFERENCES appraisal.cycle,
    delegation_id bigint GENERATED ALWAYS AS IDENTITY,
    step integer NOT NULL,
    unit_id bigint CONSTRAINT delegation_unit_exists REFERENCES appraisal.unit,
    from_person bigint NOT NULL CONSTRAINT delegation_giver_exists REFERENCES appraisal.person,
    to_person bigint NOT NULL CONSTRAINT delegation_delegate_exists REFERENCES appraisal.person,
    reason text NOT NULL CONSTRAINT delegation_has_a_reason CHECK (btrim(reason) <> ''),
    given_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    PRIMARY KEY (cycle_id, delegation_id),
    CONSTRAINT delegation_is_to_another CHECK (from_person <> to_person)
);
CREATE UNIQUE INDEX delegation_is_one_a_step ON appraisal.delegation (cycle_id, step, unit_id, from_person) NULLS NOT DISTINCT
    WHERE withdrawn_at IS NULL;
CREATE INDEX delegation_unit_id_idx ON appraisal.delegation (unit_id);
CREATE INDEX delegation_from_person_idx ON appraisal.delegation (from_person);
CREATE INDEX delegation_to_person_idx ON appraisal.delegation (to_person);
COMMENT ON TABLE appraisal.delegation IS 'who may sign a step of a chain in somebody''s place';
COMMENT ON COLUMN appraisal.delegation.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.delegation.delegation_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.delegation.step IS 'step of the scheme''s chain';
COMMENT ON COLUMN appraisal.delegation.unit_id IS 'unit for which, with all below it; null for the whole cycle';
COMMENT ON COLUMN appraisal.delegation.from_person IS 'who is to sign';
COMMENT ON COLUMN appraisal.delegation.to_person IS 'who may sign in that one''s place';
COMMENT ON COLUMN appraisal.delegation.reason IS 'why';
COMMENT ON COLUMN appraisal.delegation.given_at IS 'when it was given';
COMMENT ON COLUMN appraisal.delegation.withdrawn_at IS 'when it was withdrawn; null while it holds';

CREATE TABLE appraisal.quota_override (
    cycle_id bigint NOT NULL CONSTRAINT quota_override_cycle_exists REFERENCES appraisal.cycle,
    override_id bigint GENERATED ALWAYS AS IDENTITY,
    unit_id bigint NOT NULL CONSTRAINT quota_override_unit_exists REFERENCES appraisal.unit,
    heads_out integer NOT NULL CONSTRAINT quota_override_is_of_heads_out CHECK (heads_out > 0),
    reason text NOT NULL CONSTRAINT quota_override_has_a_reason CHECK (btrim(reason) <> ''),
    made_by bigint CONSTRAINT quota_override_maker_exists REFERENCES appraisal.person,
    made_by_login name NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (cycle_id, override_id)
);
CREATE INDEX quota_override_unit_id_idx ON appraisal.quota_override (unit_id);
CREATE INDEX quota_override_made_by_idx ON appraisal.quota_override (made_by);
COMMENT ON TABLE appraisal.quota_override IS 'groups that may miss their quota, by so many heads; only added to';
COMMENT ON COLUMN appraisal.quota_override.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.quota_override.override_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.quota_override.unit_id IS 'unit whose group it is';
COMMENT ON COLUMN appraisal.quota_override.heads_out IS 'heads out of bounds when it was given; more are not covered';
COMMENT ON COLUMN appraisal.quota_override.reason IS 'why';
COMMENT ON COLUMN appraisal.quota_override.made_by IS 'who gave it; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.quota_override.made_by_login IS 'with which login';
COMMENT ON COLUMN appraisal.quota_override.made_at IS 'when';

-- Estimates tell of nothing that is confidential: see 50_result.sql.
ALTER TABLE appraisal.adjustment
    ALTER COLUMN from_grade SET STATISTICS 0,
    ALTER COLUMN to_grade SET STATISTICS 0,
    ALTER COLUMN reason SET STATISTICS 0;
