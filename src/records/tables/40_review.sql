-- Reviews: one rater's marks for one participant; and feedback given meanwhile.
--
-- No index has rater_id or delegated_to as such. An index is searched before a policy is asked, and EXPLAIN
-- ANALYZE tells how many rows were found, so whoever may read any review could ask who rates whom. +rater_id
-- is searched only by what may see the row already: unary plus is not leakproof, as = alone is.

CREATE TABLE appraisal.review (
    cycle_id bigint NOT NULL,
    review_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    rater_id bigint NOT NULL CONSTRAINT review_rater_exists REFERENCES appraisal.person,
    source text NOT NULL
        CONSTRAINT review_source_is_known CHECK
        (source IN ('self', 'manager', 'second_manager', 'top_manager', 'peer', 'subordinate', 'customer', 'related', 'colleague', 'hr')),
    anonymous boolean NOT NULL DEFAULT false,
    status text NOT NULL DEFAULT 'assigned'
        CONSTRAINT review_status_is_known CHECK (status IN ('assigned', 'submitted', 'declined', 'recused', 'lapsed')),
    due_on date,
    submitted_at timestamptz,
    late boolean GENERATED ALWAYS AS ((submitted_at AT TIME ZONE 'UTC')::date > due_on) STORED,
    comments jsonb CONSTRAINT review_comments_are_by_topic CHECK (jsonb_typeof(comments) = 'object'),
    reason text,
    delegated_to bigint CONSTRAINT review_delegate_exists REFERENCES appraisal.person,
    PRIMARY KEY (cycle_id, review_id),
    CONSTRAINT review_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT review_is_one_a_rater_and_source
        EXCLUDE USING btree (cycle_id WITH =, participant_id WITH =, source WITH =, (+rater_id) WITH =),
    CONSTRAINT review_submitted_has_its_time CHECK ((status = 'submitted') = (submitted_at IS NOT NULL)),
    CONSTRAINT review_not_given_has_a_reason CHECK (status NOT IN ('declined', 'recused') OR coalesce(reason, '') <> ''),
    CONSTRAINT review_delegated_is_declined CHECK (delegated_to IS NULL OR (status = 'declined' AND delegated_to <> rater_id))
);
CREATE INDEX review_rater_id_idx ON appraisal.review ((+rater_id));
COMMENT ON TABLE appraisal.review IS 'one rater''s review of one participant';
COMMENT ON COLUMN appraisal.review.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.review.review_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.review.participant_id IS 'who is reviewed';
COMMENT ON COLUMN appraisal.review.rater_id IS 'who reviews';
COMMENT ON COLUMN appraisal.review.source IS 'as what: self, manager, second_manager, top_manager, peer, subordinate, customer, related, colleague, hr';
COMMENT ON COLUMN appraisal.review.anonymous IS 'is the person never told who rated?';
COMMENT ON COLUMN appraisal.review.status IS 'assigned, submitted, declined, recused or lapsed';
COMMENT ON COLUMN appraisal.review.due_on IS 'last day; a later one is late and counts';
COMMENT ON COLUMN appraisal.review.submitted_at IS 'when it was submitted';
COMMENT ON COLUMN appraisal.review.late IS 'was it submitted after the day it was due, in UTC?';
COMMENT ON COLUMN appraisal.review.comments IS 'written comment, by topic';
COMMENT ON COLUMN appraisal.review.reason IS 'why it was declined, the rater stood aside, or it was sent back';
COMMENT ON COLUMN appraisal.review.delegated_to IS 'to whom the rater handed it on, who has a review of the same source then';

-- Where there are more possible raters than are asked, a draw decides. Its secret is for nobody: who knows
-- how places follow from it knows who rates whom.
CREATE TABLE appraisal.rater_draw (
    cycle_id bigint PRIMARY KEY CONSTRAINT rater_draw_cycle_exists REFERENCES appraisal.cycle ON DELETE CASCADE,
    secret uuid NOT NULL DEFAULT gen_random_uuid()
);
COMMENT ON TABLE appraisal.rater_draw IS 'the draw by which raters are chosen among many; for the tables'' owner alone';
COMMENT ON COLUMN appraisal.rater_draw.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.rater_draw.secret IS 'what the order of the draw is mixed with';
ALTER TABLE appraisal.rater_draw ENABLE ROW LEVEL SECURITY;

CREATE TABLE appraisal.rating (
    cycle_id bigint NOT NULL,
    review_id bigint NOT NULL,
    indicator_id bigint NOT NULL CONSTRAINT rating_indicator_exists REFERENCES appraisal.indicator,
    label text,
    levels numeric[],
    score numeric NOT NULL CONSTRAINT rating_score_is_finite CHECK (score NOT IN ('NaN', 'Infinity', '-Infinity')),
    evidence text,
    PRIMARY KEY (cycle_id, review_id, indicator_id),
    CONSTRAINT rating_review_exists FOREIGN KEY (cycle_id, review_id) REFERENCES appraisal.review,
    CONSTRAINT rating_is_of_one_kind CHECK (num_nonnulls(label, levels) <= 1),
    CONSTRAINT rating_levels_give_the_score CHECK (levels IS NULL OR score = appraisal.gated_score(levels))
);
CREATE INDEX rating_indicator_id_idx ON appraisal.rating (indicator_id);
COMMENT ON TABLE appraisal.rating IS 'one mark of a review';
COMMENT ON COLUMN appraisal.rating.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.rating.review_id IS 'the review';
COMMENT ON COLUMN appraisal.rating.indicator_id IS 'what is rated';
COMMENT ON COLUMN appraisal.rating.label IS 'the level chosen, for an indicator of levels';
COMMENT ON COLUMN appraisal.rating.levels IS 'the levels in order, 1 passed, 0.5 half passed, 0 failed, for a gated indicator';
COMMENT ON COLUMN appraisal.rating.score IS 'the mark: chosen from a range, a list or a level''s range, or what the levels passed add up to';
COMMENT ON COLUMN appraisal.rating.evidence IS 'the written case that an extreme mark needs';

CREATE TABLE appraisal.feedback (
    cycle_id bigint NOT NULL,
    feedback_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    given_by bigint NOT NULL CONSTRAINT feedback_giver_exists REFERENCES appraisal.person,
    given_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    kind text NOT NULL CONSTRAINT feedback_kind_is_known CHECK (kind IN ('praise', 'concern', 'consultation')),
    content text NOT NULL CONSTRAINT feedback_is_not_empty CHECK (content <> ''),
    PRIMARY KEY (cycle_id, feedback_id),
    CONSTRAINT feedback_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant
);
CREATE INDEX feedback_participant_idx ON appraisal.feedback (cycle_id, participant_id);
CREATE INDEX feedback_given_by_idx ON appraisal.feedback (given_by);
COMMENT ON TABLE appraisal.feedback IS 'what a superior tells a person while the cycle runs, so that no grade surprises';
COMMENT ON COLUMN appraisal.feedback.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.feedback.feedback_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.feedback.participant_id IS 'to whom';
COMMENT ON COLUMN appraisal.feedback.given_by IS 'by whom';
COMMENT ON COLUMN appraisal.feedback.given_at IS 'when';
COMMENT ON COLUMN appraisal.feedback.kind IS 'praise; concern, after which a low grade is no surprise; consultation: what the former superior told the present one, not shown to the person';
COMMENT ON COLUMN appraisal.feedback.content IS 'what was said';

-- Estimates tell of nothing that is confidential: see 50_result.sql.
ALTER TABLE appraisal.review
    ALTER COLUMN comments SET STATISTICS 0;
ALTER TABLE appraisal.rating
    ALTER COLUMN label SET STATISTICS 0,
    ALTER COLUMN levels SET STATISTICS 0,
    ALTER COLUMN score SET STATISTICS 0,
    ALTER COLUMN evidence SET STATISTICS 0;
