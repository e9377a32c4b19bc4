-- After publication: the talk about a result, and that the person has taken note of it. Nobody writes these by
-- hand; rows are added and stay. Who held a talk and when is nobody's to search for (see 40_review.sql).

CREATE TABLE appraisal.interview (
    cycle_id bigint NOT NULL,
    interview_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    held_on date NOT NULL,
    held_by bigint NOT NULL CONSTRAINT interview_holder_exists REFERENCES appraisal.person,
    summary text NOT NULL CONSTRAINT interview_summary_is_not_empty CHECK (btrim(summary) <> ''),
    recorded_by bigint CONSTRAINT interview_recorder_exists REFERENCES appraisal.person,
    recorded_by_login name NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (cycle_id, interview_id),
    CONSTRAINT interview_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT interview_is_recorded_once
        EXCLUDE USING btree (cycle_id WITH =, (+participant_id) WITH =, (held_on + 0) WITH =, (+held_by) WITH =)
);
CREATE INDEX interview_participant_idx ON appraisal.interview (cycle_id, participant_id);
CREATE INDEX interview_held_by_idx ON appraisal.interview ((+held_by));
COMMENT ON TABLE appraisal.interview IS 'talks with a person about a published result; only added to';
COMMENT ON COLUMN appraisal.interview.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.interview.interview_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.interview.participant_id IS 'whose result; for an appraised unit the talk is with its head';
COMMENT ON COLUMN appraisal.interview.held_on IS 'day of the talk';
COMMENT ON COLUMN appraisal.interview.held_by IS 'who held it';
COMMENT ON COLUMN appraisal.interview.summary IS 'what was said';
COMMENT ON COLUMN appraisal.interview.recorded_by IS 'who recorded it; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.interview.recorded_by_login IS 'with which login';
COMMENT ON COLUMN appraisal.interview.recorded_at IS 'when';

CREATE TABLE appraisal.acknowledgement (
    cycle_id bigint NOT NULL,
    participant_id bigint NOT NULL,
    version integer NOT NULL,
    remark text CONSTRAINT acknowledgement_remark_is_not_empty CHECK (btrim(remark) <> ''),
    acknowledged_at timestamptz NOT NULL,
    PRIMARY KEY (cycle_id, participant_id, version),
    CONSTRAINT acknowledgement_result_exists FOREIGN KEY (cycle_id, participant_id, version) REFERENCES appraisal.result
);
COMMENT ON TABLE appraisal.acknowledgement IS 'that a person has taken note of the own result, which is not to agree with it; only added to';
COMMENT ON COLUMN appraisal.acknowledgement.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.acknowledgement.participant_id IS 'whose result';
COMMENT ON COLUMN appraisal.acknowledgement.version IS 'version of the result';
COMMENT ON COLUMN appraisal.acknowledgement.remark IS 'what the person had to say';
COMMENT ON COLUMN appraisal.acknowledgement.acknowledged_at IS 'when';
