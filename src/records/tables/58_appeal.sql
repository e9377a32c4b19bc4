-- Appeals: results that their person calls wrong, and every step until somebody has decided. Written by the
-- functions of 77_appeal_guards.sql only. What the handlers keep to themselves is a table of its own, because
-- the person reads the others. Who appealed is nobody's to search (see 40_review.sql).

CREATE TABLE appraisal.appeal (
    cycle_id bigint NOT NULL,
    appeal_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    version integer NOT NULL,
    status text NOT NULL DEFAULT 'filed'
        CONSTRAINT appeal_status_is_known CHECK (status IN ('filed', 'investigating', 'upheld', 'dismissed', 'withdrawn')),
    level text NOT NULL CONSTRAINT appeal_level_is_known CHECK (level IN ('leader', 'hr', 'executive')),
    grounds text NOT NULL CONSTRAINT appeal_has_grounds CHECK (btrim(grounds) <> ''),
    filed_at timestamptz NOT NULL,
    due_at timestamptz,
    handler_id bigint CONSTRAINT appeal_handler_exists REFERENCES appraisal.person,
    decided_by bigint CONSTRAINT appeal_decider_exists REFERENCES appraisal.person,
    decided_at timestamptz,
    decision text CONSTRAINT appeal_decision_is_not_empty CHECK (btrim(decision) <> ''),
    new_version integer,
    PRIMARY KEY (cycle_id, appeal_id),
    CONSTRAINT appeal_result_exists FOREIGN KEY (cycle_id, participant_id, version) REFERENCES appraisal.result,
    -- the appeal is upheld first, and by that the next version may be written
    CONSTRAINT appeal_new_result_exists FOREIGN KEY (cycle_id, participant_id, new_version) REFERENCES appraisal.result
        DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT appeal_is_one_at_a_time
        -- a condition of the index would tell whether there is one
        EXCLUDE USING btree (cycle_id WITH =, (+participant_id) WITH =,
                             (nullif(least(strpos('filed investigating', status), 1), 0)) WITH =),
    CONSTRAINT appeal_is_decided_by_somebody CHECK
        ((status IN ('upheld', 'dismissed')) = (decided_at IS NOT NULL)
         AND num_nonnulls(decided_by, decided_at, decision) IN (0, 3)),
    CONSTRAINT appeal_upheld_makes_the_next_version CHECK
        (CASE status WHEN 'upheld' THEN coalesce(new_version = version + 1, false) ELSE new_version IS NULL END)
);
CREATE INDEX appeal_participant_idx ON appraisal.appeal ((+participant_id));
-- the planner knows nothing of it (see 50_result.sql)
ALTER TABLE appraisal.appeal
    ALTER COLUMN version SET STATISTICS 0,
    ALTER COLUMN status SET STATISTICS 0,
    ALTER COLUMN level SET STATISTICS 0,
    ALTER COLUMN new_version SET STATISTICS 0;
COMMENT ON TABLE appraisal.appeal IS 'appeals against published results; at most one open at a time for a participant';
COMMENT ON COLUMN appraisal.appeal.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.appeal.appeal_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.appeal.participant_id IS 'whose result';
COMMENT ON COLUMN appraisal.appeal.version IS 'version of the result that is appealed';
COMMENT ON COLUMN appraisal.appeal.status IS 'filed, investigating once somebody has taken it, then upheld, dismissed or withdrawn';
COMMENT ON COLUMN appraisal.appeal.level IS 'where it is, by the scheme''s appeal rules: leader, hr or executive';
COMMENT ON COLUMN appraisal.appeal.grounds IS 'why, in the person''s words';
COMMENT ON COLUMN appraisal.appeal.filed_at IS 'when it was filed';
COMMENT ON COLUMN appraisal.appeal.due_at IS 'when the level''s days end: it is overdue from then on; null where the scheme sets none';
COMMENT ON COLUMN appraisal.appeal.handler_id IS 'who has taken it on its level; null while nobody has';
COMMENT ON COLUMN appraisal.appeal.decided_by IS 'who decided';
COMMENT ON COLUMN appraisal.appeal.decided_at IS 'when';
COMMENT ON COLUMN appraisal.appeal.decision IS 'why, for the person to read';
COMMENT ON COLUMN appraisal.appeal.new_version IS 'version of the result that an upheld appeal made';

CREATE TABLE appraisal.appeal_event (
    cycle_id bigint NOT NULL,
    appeal_id bigint NOT NULL,
    event_id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL
        CONSTRAINT appeal_event_kind_is_known CHECK
        (kind IN ('filed', 'talk', 'taken', 'note', 'proposed', 'escalated', 'overdue', 'decided', 'withdrawn')),
    person_id bigint CONSTRAINT appeal_event_person_exists REFERENCES appraisal.person,
    login name NOT NULL,
    at timestamptz NOT NULL,
    level text NOT NULL CONSTRAINT appeal_event_level_is_known CHECK (level IN ('leader', 'hr', 'executive')),
    internal boolean NOT NULL DEFAULT false,
    remark text CONSTRAINT appeal_event_remark_is_not_empty CHECK (btrim(remark) <> ''),
    PRIMARY KEY (cycle_id, appeal_id, event_id),
    CONSTRAINT appeal_event_appeal_exists FOREIGN KEY (cycle_id, appeal_id) REFERENCES appraisal.appeal,
    CONSTRAINT appeal_event_internal_is_a_note CHECK (NOT internal OR kind = 'note'),
    CONSTRAINT appeal_event_words_are_there CHECK (kind NOT IN ('talk', 'note', 'decided') OR remark IS NOT NULL)
);
COMMENT ON TABLE appraisal.appeal_event IS 'every step of every appeal; only added to';
COMMENT ON COLUMN appraisal.appeal_event.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.appeal_event.appeal_id IS 'the appeal';
COMMENT ON COLUMN appraisal.appeal_event.event_id IS 'key, in order of time';
COMMENT ON COLUMN appraisal.appeal_event.kind IS 'filed, talk, taken, note, proposed, escalated, overdue, decided or withdrawn';
COMMENT ON COLUMN appraisal.appeal_event.person_id IS 'who did it; null for a service that acts for nobody';
COMMENT ON COLUMN appraisal.appeal_event.login IS 'with which login';
COMMENT ON COLUMN appraisal.appeal_event.at IS 'when';
COMMENT ON COLUMN appraisal.appeal_event.level IS 'level on which the appeal was then';
COMMENT ON COLUMN appraisal.appeal_event.internal IS 'a note among those who handle appeals, which the person does not see';
COMMENT ON COLUMN appraisal.appeal_event.remark IS 'what was said';

CREATE TABLE appraisal.appeal_internal (
    cycle_id bigint NOT NULL,
    appeal_id bigint NOT NULL,
    proposed_score numeric,
    proposed_grade text,
    proposed_because text CONSTRAINT appeal_internal_proposal_has_a_reason CHECK (btrim(proposed_because) <> ''),
    proposed_by bigint CONSTRAINT appeal_internal_proposer_exists REFERENCES appraisal.person,
    heads_out integer CONSTRAINT appeal_internal_heads_out_are_not_negative CHECK (heads_out >= 0),
    PRIMARY KEY (cycle_id, appeal_id),
    CONSTRAINT appeal_internal_appeal_exists FOREIGN KEY (cycle_id, appeal_id) REFERENCES appraisal.appeal,
    CONSTRAINT appeal_internal_proposal_is_somebodys CHECK
        ((proposed_because IS NULL) = (proposed_by IS NULL)
         AND (proposed_because IS NOT NULL OR num_nonnulls(proposed_score, proposed_grade) = 0))
);
ALTER TABLE appraisal.appeal_internal
    ALTER COLUMN proposed_score SET STATISTICS 0,
    ALTER COLUMN proposed_grade SET STATISTICS 0,
    ALTER COLUMN heads_out SET STATISTICS 0;
COMMENT ON TABLE appraisal.appeal_internal IS 'what those who handle an appeal know of it and its person does not: the last proposal, and what the decision did to the quota';
COMMENT ON COLUMN appraisal.appeal_internal.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.appeal_internal.appeal_id IS 'the appeal';
COMMENT ON COLUMN appraisal.appeal_internal.proposed_score IS 'score to uphold it with; with no grade either, it is to be dismissed';
COMMENT ON COLUMN appraisal.appeal_internal.proposed_grade IS 'final grade to uphold it with';
COMMENT ON COLUMN appraisal.appeal_internal.proposed_because IS 'why';
COMMENT ON COLUMN appraisal.appeal_internal.proposed_by IS 'who proposed it';
COMMENT ON COLUMN appraisal.appeal_internal.heads_out IS 'heads by which the group misses its quota after an upheld appeal; null where there is no group';
