-- Improvement plans: what a person is to reach after a low result, and what is done for it. That there is a plan
-- tells how somebody did, so no index can be searched for whose it is (see 40_review.sql).

CREATE TABLE appraisal.improvement_plan (
    cycle_id bigint NOT NULL,
    plan_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    version integer NOT NULL,
    status text NOT NULL DEFAULT 'open'
        CONSTRAINT improvement_plan_status_is_known CHECK (status IN ('open', 'met', 'not_met', 'cancelled')),
    by_rule boolean NOT NULL,
    goals text CONSTRAINT improvement_plan_goals_are_not_empty CHECK (btrim(goals) <> ''),
    direction text CONSTRAINT improvement_plan_direction_is_not_empty CHECK (btrim(direction) <> ''),
    support text CONSTRAINT improvement_plan_support_is_not_empty CHECK (btrim(support) <> ''),
    training text CONSTRAINT improvement_plan_training_is_not_empty CHECK (btrim(training) <> ''),
    due_on date NOT NULL,
    opened_by bigint CONSTRAINT improvement_plan_opener_exists REFERENCES appraisal.person,
    opened_by_login name NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_by bigint CONSTRAINT improvement_plan_closer_exists REFERENCES appraisal.person,
    closed_by_login name,
    closed_at timestamptz,
    closed_because text CONSTRAINT improvement_plan_reason_is_not_empty CHECK (btrim(closed_because) <> ''),
    PRIMARY KEY (cycle_id, plan_id),
    CONSTRAINT improvement_plan_result_exists FOREIGN KEY (cycle_id, participant_id, version) REFERENCES appraisal.result,
    CONSTRAINT improvement_plan_is_open_once
        EXCLUDE USING btree (cycle_id WITH =, (+participant_id) WITH =, (nullif(strpos('open', status), 0)) WITH =), -- a condition of the index would tell
    -- in the part of the world where the day lasts longest
    CONSTRAINT improvement_plan_due_on_is_ahead CHECK (due_on >= (opened_at AT TIME ZONE INTERVAL '-12:00')::date),
    CONSTRAINT improvement_plan_closed_has_a_reason CHECK
        (num_nulls(closed_by_login, closed_at, closed_because) = CASE status WHEN 'open' THEN 3 ELSE 0 END
         AND (status <> 'open' OR closed_by IS NULL)),
    CONSTRAINT improvement_plan_by_hand_has_goals CHECK (by_rule OR goals IS NOT NULL),
    CONSTRAINT improvement_plan_met_has_goals CHECK (status NOT IN ('met', 'not_met') OR goals IS NOT NULL)
);
CREATE INDEX improvement_plan_participant_idx ON appraisal.improvement_plan ((+participant_id));
-- the planner knows nothing of it (see 50_result.sql)
ALTER TABLE appraisal.improvement_plan
    ALTER COLUMN version SET STATISTICS 0,
    ALTER COLUMN status SET STATISTICS 0,
    ALTER COLUMN by_rule SET STATISTICS 0;
COMMENT ON TABLE appraisal.improvement_plan IS 'plans by which a person is to come up from a result; one that is closed never changes';
COMMENT ON COLUMN appraisal.improvement_plan.cycle_id IS 'the cycle of the result';
COMMENT ON COLUMN appraisal.improvement_plan.plan_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.improvement_plan.participant_id IS 'whose';
COMMENT ON COLUMN appraisal.improvement_plan.version IS 'version of the result that it followed';
COMMENT ON COLUMN appraisal.improvement_plan.status IS 'open, met, not_met or cancelled';
COMMENT ON COLUMN appraisal.improvement_plan.by_rule IS 'did the scheme''s improvement_grade open it?';
COMMENT ON COLUMN appraisal.improvement_plan.goals IS 'what is to be reached; null while a plan opened by rule has none';
COMMENT ON COLUMN appraisal.improvement_plan.direction IS 'in what the person is to improve';
COMMENT ON COLUMN appraisal.improvement_plan.support IS 'what help the person gets';
COMMENT ON COLUMN appraisal.improvement_plan.training IS 'what the person learns';
COMMENT ON COLUMN appraisal.improvement_plan.due_on IS 'last day of the plan';
COMMENT ON COLUMN appraisal.improvement_plan.opened_by IS 'who opened it; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.improvement_plan.opened_by_login IS 'with which login';
COMMENT ON COLUMN appraisal.improvement_plan.opened_at IS 'when';
COMMENT ON COLUMN appraisal.improvement_plan.closed_by IS 'who closed it; null while it is open, and for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.improvement_plan.closed_by_login IS 'with which login; null while it is open';
COMMENT ON COLUMN appraisal.improvement_plan.closed_at IS 'when; null while it is open';
COMMENT ON COLUMN appraisal.improvement_plan.closed_because IS 'why it was closed so';

CREATE TABLE appraisal.improvement_action (
    cycle_id bigint NOT NULL,
    plan_id bigint NOT NULL,
    action_id bigint GENERATED ALWAYS AS IDENTITY,
    title text NOT NULL CONSTRAINT improvement_action_title_is_not_empty CHECK (btrim(title) <> ''),
    owner_id bigint NOT NULL CONSTRAINT improvement_action_owner_exists REFERENCES appraisal.person,
    due_on date NOT NULL,
    support text CONSTRAINT improvement_action_support_is_not_empty CHECK (btrim(support) <> ''),
    training text CONSTRAINT improvement_action_training_is_not_empty CHECK (btrim(training) <> ''),
    progress integer NOT NULL DEFAULT 0 CONSTRAINT improvement_action_progress_is_0_to_100 CHECK (progress BETWEEN 0 AND 100),
    note text CONSTRAINT improvement_action_note_is_not_empty CHECK (btrim(note) <> ''),
    done_on date,
    PRIMARY KEY (cycle_id, action_id),
    CONSTRAINT improvement_action_plan_exists FOREIGN KEY (cycle_id, plan_id) REFERENCES appraisal.improvement_plan,
    CONSTRAINT improvement_action_is_done_at_100 CHECK ((progress = 100) = (done_on IS NOT NULL))
);
CREATE UNIQUE INDEX improvement_action_title_is_unique ON appraisal.improvement_action (cycle_id, plan_id, (btrim(title)));
CREATE INDEX improvement_action_owner_id_idx ON appraisal.improvement_action ((+owner_id));
COMMENT ON TABLE appraisal.improvement_action IS 'what is done in an improvement plan';
COMMENT ON COLUMN appraisal.improvement_action.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.improvement_action.plan_id IS 'the plan';
COMMENT ON COLUMN appraisal.improvement_action.action_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.improvement_action.title IS 'what is done; calls name the action by it';
COMMENT ON COLUMN appraisal.improvement_action.owner_id IS 'who sees to it: the person, or somebody who helps';
COMMENT ON COLUMN appraisal.improvement_action.due_on IS 'last day';
COMMENT ON COLUMN appraisal.improvement_action.support IS 'what help there is for it';
COMMENT ON COLUMN appraisal.improvement_action.training IS 'what is learnt by it';
COMMENT ON COLUMN appraisal.improvement_action.progress IS 'per cent done';
COMMENT ON COLUMN appraisal.improvement_action.note IS 'what the last report of progress said';
COMMENT ON COLUMN appraisal.improvement_action.done_on IS 'when it was done';
