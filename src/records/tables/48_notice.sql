-- Notices: that something waits for a person, for applications to pass on. A notice has no words but its kind and
-- the keys of what it is about, which the person may look up; nothing in it tells how anybody did, nor who rates
-- whom. Rows are read by whom they are for, and as in 40_review.sql no index can be searched by anybody else.
-- Notices follow from rows that are audited, and are not audited themselves.

CREATE TABLE appraisal.notice (
    cycle_id bigint NOT NULL CONSTRAINT notice_cycle_exists REFERENCES appraisal.cycle ON DELETE CASCADE,
    notice_id bigint GENERATED ALWAYS AS IDENTITY,
    person_id bigint NOT NULL CONSTRAINT notice_person_exists REFERENCES appraisal.person,
    kind text NOT NULL
        CONSTRAINT notice_kind_is_known CHECK
        (kind IN ('goal_to_confirm', 'review_to_do', 'review_overdue', 'sign_off_overdue', 'result_published', 'interview_to_hold', 'interview_overdue',
                  'plan_due', 'plan_overdue', 'appeal_decided', 'appeal_overdue', 'survey_to_answer', 'survey_to_open')),
    items bigint[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    reminds_on date,
    read_at timestamptz,
    PRIMARY KEY (cycle_id, notice_id),
    CONSTRAINT notice_reminds_once_a_day
        EXCLUDE USING btree ((+person_id) WITH =, (+cycle_id) WITH =, (kind || '') WITH =, (reminds_on + 0) WITH =)
        WHERE (reminds_on IS NOT NULL)
);
CREATE INDEX notice_person_id_idx ON appraisal.notice ((+person_id));
CREATE INDEX notice_unread_idx ON appraisal.notice ((+person_id)) WHERE read_at IS NULL;
COMMENT ON TABLE appraisal.notice IS 'what waits for whom, for applications to pass on; each is seen by its person alone';
COMMENT ON COLUMN appraisal.notice.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.notice.notice_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.notice.person_id IS 'for whom';
COMMENT ON COLUMN appraisal.notice.kind IS 'goal_to_confirm, review_to_do, result_published, interview_to_hold, plan_due, appeal_decided, survey_to_answer, survey_to_open; review_overdue, sign_off_overdue, interview_overdue, plan_overdue, appeal_overdue';
COMMENT ON COLUMN appraisal.notice.items IS 'keys of what it is about: goals, reviews, units, participants, actions of plans or appeals, by the kind';
COMMENT ON COLUMN appraisal.notice.created_at IS 'when';
COMMENT ON COLUMN appraisal.notice.reminds_on IS 'for a reminder the day, in UTC, on which it is the only one of its kind for the person and cycle; null for others';
COMMENT ON COLUMN appraisal.notice.read_at IS 'when it was handed over; null before';
