-- Process audit: what an audit found, who puts it right by when, and who verified that.
-- Written by the functions of 79_finding_guards.sql only.

CREATE TABLE appraisal.finding (
    cycle_id bigint NOT NULL CONSTRAINT finding_cycle_exists REFERENCES appraisal.cycle,
    finding_id bigint GENERATED ALWAYS AS IDENTITY,
    unit_id bigint NOT NULL CONSTRAINT finding_unit_exists REFERENCES appraisal.unit,
    participant_id bigint,
    process text NOT NULL CONSTRAINT finding_process_is_not_empty CHECK (btrim(process) <> ''),
    description text NOT NULL CONSTRAINT finding_description_is_not_empty CHECK (btrim(description) <> ''),
    found_on date NOT NULL,
    found_by bigint CONSTRAINT finding_finder_exists REFERENCES appraisal.person,
    found_by_login name NOT NULL,
    owner_id bigint NOT NULL CONSTRAINT finding_owner_exists REFERENCES appraisal.person,
    due_on date NOT NULL,
    rectification text CONSTRAINT finding_rectification_is_not_empty CHECK (btrim(rectification) <> ''),
    rectified_on date,
    verified_by bigint CONSTRAINT finding_verifier_exists REFERENCES appraisal.person,
    verified_by_login name,
    verified_on date,
    accepted boolean,
    verification text CONSTRAINT finding_verification_is_not_empty CHECK (btrim(verification) <> ''),
    PRIMARY KEY (cycle_id, finding_id),
    CONSTRAINT finding_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT finding_is_due_after_it_is_found CHECK (due_on >= found_on),
    CONSTRAINT finding_is_rectified_in_words CHECK ((rectification IS NULL) = (rectified_on IS NULL)),
    CONSTRAINT finding_is_rectified_after_it_is_found CHECK (rectified_on >= found_on),
    CONSTRAINT finding_is_verified_once_rectified CHECK (verified_on IS NULL OR rectified_on IS NOT NULL),
    CONSTRAINT finding_verified_is_accepted_or_not CHECK
        ((verified_on IS NULL) = (accepted IS NULL) AND (verified_on IS NULL) = (verified_by_login IS NULL)),
    CONSTRAINT finding_not_accepted_has_a_reason CHECK (accepted OR accepted IS NULL OR verification IS NOT NULL),
    CONSTRAINT finding_is_verified_by_another CHECK (verified_by <> owner_id)
);
CREATE INDEX finding_unit_id_idx ON appraisal.finding (unit_id);
CREATE INDEX finding_participant_idx ON appraisal.finding (cycle_id, participant_id);
CREATE INDEX finding_found_by_idx ON appraisal.finding (found_by);
CREATE INDEX finding_owner_id_idx ON appraisal.finding (owner_id);
CREATE INDEX finding_verified_by_idx ON appraisal.finding (verified_by);
COMMENT ON TABLE appraisal.finding IS 'what an audit of how processes are carried out found, and how it was put right';
COMMENT ON COLUMN appraisal.finding.cycle_id IS 'cycle whose time was audited';
COMMENT ON COLUMN appraisal.finding.finding_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.finding.unit_id IS 'where';
COMMENT ON COLUMN appraisal.finding.participant_id IS 'whose work it is about; null for nobody''s in particular';
COMMENT ON COLUMN appraisal.finding.process IS 'the process: order processing, response to customers and so on';
COMMENT ON COLUMN appraisal.finding.description IS 'what is wrong';
COMMENT ON COLUMN appraisal.finding.found_on IS 'day on which it was found';
COMMENT ON COLUMN appraisal.finding.found_by IS 'who found it; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.finding.found_by_login IS 'with which login it was recorded';
COMMENT ON COLUMN appraisal.finding.owner_id IS 'who puts it right';
COMMENT ON COLUMN appraisal.finding.due_on IS 'last day for that';
COMMENT ON COLUMN appraisal.finding.rectification IS 'what was done; null as long as nothing was';
COMMENT ON COLUMN appraisal.finding.rectified_on IS 'day on which it was done';
COMMENT ON COLUMN appraisal.finding.verified_by IS 'who looked whether it is; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.finding.verified_by_login IS 'with which login';
COMMENT ON COLUMN appraisal.finding.verified_on IS 'day of that';
COMMENT ON COLUMN appraisal.finding.accepted IS 'is it put right? If not, the owner does more, which clears the verification';
COMMENT ON COLUMN appraisal.finding.verification IS 'what the verifier says; why, if it is not accepted';
