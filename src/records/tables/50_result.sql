-- Results: what compute_results() makes of figures and marks. Nobody writes here by hand, HR included:
-- the rows are the tables' owner's, and write_results() is the only way. No index has a column that tells
-- how somebody did, because what an index finds shows before a policy is asked (see 40_review.sql).

CREATE TABLE appraisal.cut_line (
    cycle_id bigint NOT NULL CONSTRAINT cut_line_cycle_exists REFERENCES appraisal.cycle,
    unit_id bigint NOT NULL CONSTRAINT cut_line_unit_exists REFERENCES appraisal.unit,
    units bigint[] NOT NULL,
    members integer NOT NULL CONSTRAINT cut_line_members_are_positive CHECK (members > 0),
    scale appraisal.grade_scale NOT NULL,
    heads_out integer NOT NULL CONSTRAINT cut_line_heads_out_are_not_negative CHECK (heads_out >= 0),
    PRIMARY KEY (cycle_id, unit_id)
);
CREATE INDEX cut_line_unit_id_idx ON appraisal.cut_line (unit_id);
COMMENT ON TABLE appraisal.cut_line IS 'the grade scale in force for a group once the forced distribution is applied';
COMMENT ON COLUMN appraisal.cut_line.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.cut_line.unit_id IS 'unit whose people, with those of smaller units that joined it, are the group';
COMMENT ON COLUMN appraisal.cut_line.units IS 'units whose people are in the group, in order of their keys';
COMMENT ON COLUMN appraisal.cut_line.members IS 'people with a score in the group';
COMMENT ON COLUMN appraisal.cut_line.scale IS 'the scale in force: grade(score, scale) is the quota grade';
COMMENT ON COLUMN appraisal.cut_line.heads_out IS 'heads by which the quota is still missed, where no cut line meets it';

CREATE TABLE appraisal.result (
    cycle_id bigint NOT NULL,
    participant_id bigint NOT NULL,
    version integer NOT NULL DEFAULT 1 CONSTRAINT result_version_is_positive CHECK (version > 0),
    state text NOT NULL
        CONSTRAINT result_state_is_known CHECK
        (state IN ('scored', 'exempt', 'pending', 'not_applicable', 'declined', 'recused', 'insufficient')),
    coverage numeric,
    raw_score numeric,
    score numeric,
    natural_grade text,
    gate_dimension_id bigint CONSTRAINT result_gate_exists REFERENCES appraisal.dimension,
    cohort_unit_id bigint,
    quota_grade text,
    calibrated_grade text,
    final_grade text GENERATED ALWAYS AS (coalesce(calibrated_grade, quota_grade, natural_grade)) STORED,
    rank integer,
    coefficient numeric,
    box_label text,
    published_at timestamptz,
    PRIMARY KEY (cycle_id, participant_id, version),
    CONSTRAINT result_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT result_cut_line_exists FOREIGN KEY (cycle_id, cohort_unit_id) REFERENCES appraisal.cut_line,
    CONSTRAINT result_scored_has_a_score CHECK
        ((state = 'scored') = (score IS NOT NULL) AND (score IS NULL) = (raw_score IS NULL)),
    CONSTRAINT result_grade_needs_a_score CHECK (score IS NOT NULL OR num_nonnulls(natural_grade, quota_grade, calibrated_grade, rank) = 0)
);
CREATE INDEX result_cohort_idx ON appraisal.result (cycle_id, cohort_unit_id);
COMMENT ON TABLE appraisal.result IS 'what came out for a participant: one row a version, of which a published one never changes';
COMMENT ON COLUMN appraisal.result.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.result.participant_id IS 'whose; the leading segment''s for who moved';
COMMENT ON COLUMN appraisal.result.version IS 'counts from 1; an upheld appeal makes the next';
COMMENT ON COLUMN appraisal.result.state IS 'scored, or why there is no score: exempt, pending, not_applicable, declined, recused, insufficient';
COMMENT ON COLUMN appraisal.result.coverage IS 'share of the weight that had a score, 0 to 1';
COMMENT ON COLUMN appraisal.result.raw_score IS 'total before rounding, to 14 decimals';
COMMENT ON COLUMN appraisal.result.score IS 'total, rounded once to the scheme''s decimals';
COMMENT ON COLUMN appraisal.result.natural_grade IS 'grade of the score, capped where a gate was missed';
COMMENT ON COLUMN appraisal.result.gate_dimension_id IS 'dimension whose gate was missed and caps the grade';
COMMENT ON COLUMN appraisal.result.cohort_unit_id IS 'group of the forced distribution; null where there is none';
COMMENT ON COLUMN appraisal.result.quota_grade IS 'grade by the group''s cut line';
COMMENT ON COLUMN appraisal.result.calibrated_grade IS 'grade that calibration gave';
COMMENT ON COLUMN appraisal.result.final_grade IS 'calibrated, else quota, else natural grade';
COMMENT ON COLUMN appraisal.result.rank IS 'place by score in the cycle, among people or among units of a kind; equal scores share one, 1 is the best';
COMMENT ON COLUMN appraisal.result.coefficient IS 'coefficient of the final grade by the scheme''s scale';
COMMENT ON COLUMN appraisal.result.box_label IS 'name of the performance and values box';
COMMENT ON COLUMN appraisal.result.published_at IS 'when it was published; null before';

-- What holds: a later version, which an appeal made, takes the place of the one before.
CREATE VIEW appraisal.current_result WITH (security_invoker = true) AS
SELECT r.*
FROM appraisal.result AS r
WHERE NOT EXISTS (SELECT FROM appraisal.result AS later
                  WHERE later.cycle_id = r.cycle_id AND later.participant_id = r.participant_id AND later.version > r.version);
COMMENT ON VIEW appraisal.current_result IS 'results in their latest version';
COMMENT ON COLUMN appraisal.current_result.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.current_result.participant_id IS 'whose; the leading segment''s for who moved';
COMMENT ON COLUMN appraisal.current_result.version IS 'counts from 1; an upheld appeal makes the next';
COMMENT ON COLUMN appraisal.current_result.state IS 'scored, or why there is no score: exempt, pending, not_applicable, declined, recused, insufficient';
COMMENT ON COLUMN appraisal.current_result.coverage IS 'share of the weight that had a score, 0 to 1';
COMMENT ON COLUMN appraisal.current_result.raw_score IS 'total before rounding, to 14 decimals';
COMMENT ON COLUMN appraisal.current_result.score IS 'total, rounded once to the scheme''s decimals';
COMMENT ON COLUMN appraisal.current_result.natural_grade IS 'grade of the score, capped where a gate was missed';
COMMENT ON COLUMN appraisal.current_result.gate_dimension_id IS 'dimension whose gate was missed and caps the grade';
COMMENT ON COLUMN appraisal.current_result.cohort_unit_id IS 'group of the forced distribution; null where there is none';
COMMENT ON COLUMN appraisal.current_result.quota_grade IS 'grade by the group''s cut line';
COMMENT ON COLUMN appraisal.current_result.calibrated_grade IS 'grade that calibration gave';
COMMENT ON COLUMN appraisal.current_result.final_grade IS 'calibrated, else quota, else natural grade';
COMMENT ON COLUMN appraisal.current_result.rank IS 'place by score in the cycle, among people or among units of a kind; equal scores share one, 1 is the best';
COMMENT ON COLUMN appraisal.current_result.coefficient IS 'coefficient of the final grade by the scheme''s scale';
COMMENT ON COLUMN appraisal.current_result.box_label IS 'name of the performance and values box';
COMMENT ON COLUMN appraisal.current_result.published_at IS 'when it was published; null before';

CREATE TABLE appraisal.dimension_score (
    cycle_id bigint NOT NULL,
    participant_id bigint NOT NULL,
    version integer NOT NULL DEFAULT 1,
    dimension_id bigint NOT NULL CONSTRAINT dimension_score_dimension_exists REFERENCES appraisal.dimension,
    weight numeric NOT NULL,
    coverage numeric,
    score numeric,
    grade text,
    scheme_indicators bigint[] NOT NULL,
    weights numeric[] NOT NULL,
    figures numeric[] NOT NULL,
    points numeric[] NOT NULL,
    PRIMARY KEY (cycle_id, participant_id, version, dimension_id),
    CONSTRAINT dimension_score_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT dimension_score_lists_are_as_long CHECK
        (cardinality(scheme_indicators) = cardinality(weights) AND cardinality(weights) = cardinality(figures)
         AND cardinality(figures) = cardinality(points))
);
CREATE INDEX dimension_score_dimension_id_idx ON appraisal.dimension_score (dimension_id);
COMMENT ON TABLE appraisal.dimension_score IS 'a result''s dimensions, with every indicator''s part in them; by segment for who moved';
COMMENT ON COLUMN appraisal.dimension_score.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.dimension_score.participant_id IS 'whose';
COMMENT ON COLUMN appraisal.dimension_score.version IS 'version of the result';
COMMENT ON COLUMN appraisal.dimension_score.dimension_id IS 'the dimension';
COMMENT ON COLUMN appraisal.dimension_score.weight IS 'per cent of the total';
COMMENT ON COLUMN appraisal.dimension_score.coverage IS 'share of the indicators'' weight that had points, 0 to 1';
COMMENT ON COLUMN appraisal.dimension_score.score IS 'weighted mean of the points; null if none';
COMMENT ON COLUMN appraisal.dimension_score.grade IS 'grade by the dimension''s own scale';
COMMENT ON COLUMN appraisal.dimension_score.scheme_indicators IS 'indicators, in order of their keys';
COMMENT ON COLUMN appraisal.dimension_score.weights IS 'their weights, per cent of the dimension';
COMMENT ON COLUMN appraisal.dimension_score.figures IS 'what each curve read: the figure or its attainment of the target; null for a rated one';
COMMENT ON COLUMN appraisal.dimension_score.points IS 'their points; null for a missing one';

CREATE TABLE appraisal.source_score (
    cycle_id bigint NOT NULL,
    participant_id bigint NOT NULL,
    version integer NOT NULL DEFAULT 1,
    source text NOT NULL,
    weight numeric NOT NULL,
    raters integer NOT NULL,
    state text NOT NULL
        CONSTRAINT source_score_state_is_known CHECK
        (state IN ('scored', 'pending', 'not_applicable', 'declined', 'recused', 'insufficient')),
    score numeric,
    anonymous boolean NOT NULL,
    PRIMARY KEY (cycle_id, participant_id, version, source),
    CONSTRAINT source_score_is_there_when_scored CHECK ((state = 'scored') = (score IS NOT NULL)),
    CONSTRAINT source_score_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant
);
COMMENT ON TABLE appraisal.source_score IS 'which sources a result rests on';
COMMENT ON COLUMN appraisal.source_score.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.source_score.participant_id IS 'whose';
COMMENT ON COLUMN appraisal.source_score.version IS 'version of the result';
COMMENT ON COLUMN appraisal.source_score.source IS 'the source';
COMMENT ON COLUMN appraisal.source_score.weight IS 'per cent of a rating';
COMMENT ON COLUMN appraisal.source_score.raters IS 'raters whose reviews count; 0 for a source with too few';
COMMENT ON COLUMN appraisal.source_score.state IS 'scored, or why it is missing: pending, not_applicable, declined, recused, insufficient';
COMMENT ON COLUMN appraisal.source_score.score IS 'mean of its raters'' marks, weighted as the indicators are in the total';
COMMENT ON COLUMN appraisal.source_score.anonymous IS 'is the person never told who rated?';

-- What the planner knows of a column shows in the estimates of anybody's plans, policies or not: in a small company
-- how often there is an A, with one's own and without it. So of what is confidential it knows nothing.
ALTER TABLE appraisal.result
    ALTER COLUMN state SET STATISTICS 0,
    ALTER COLUMN coverage SET STATISTICS 0,
    ALTER COLUMN raw_score SET STATISTICS 0,
    ALTER COLUMN score SET STATISTICS 0,
    ALTER COLUMN natural_grade SET STATISTICS 0,
    ALTER COLUMN quota_grade SET STATISTICS 0,
    ALTER COLUMN calibrated_grade SET STATISTICS 0,
    ALTER COLUMN final_grade SET STATISTICS 0,
    ALTER COLUMN gate_dimension_id SET STATISTICS 0,
    ALTER COLUMN rank SET STATISTICS 0,
    ALTER COLUMN coefficient SET STATISTICS 0,
    ALTER COLUMN box_label SET STATISTICS 0;
ALTER TABLE appraisal.dimension_score
    ALTER COLUMN coverage SET STATISTICS 0,
    ALTER COLUMN score SET STATISTICS 0,
    ALTER COLUMN grade SET STATISTICS 0,
    ALTER COLUMN figures SET STATISTICS 0,
    ALTER COLUMN points SET STATISTICS 0;
ALTER TABLE appraisal.source_score
    ALTER COLUMN raters SET STATISTICS 0,
    ALTER COLUMN state SET STATISTICS 0,
    ALTER COLUMN score SET STATISTICS 0;

-- Written once a computation, before anything is made of it: a part that is published meanwhile is in all of a
-- result or in none of it. The dimensions are here so that a superior sees what the result rests on, whoever
-- was the superior in the part.
CREATE TABLE appraisal.part_score (
    cycle_id bigint NOT NULL,
    participant_id bigint NOT NULL,
    version integer NOT NULL DEFAULT 1,
    part_cycle_id bigint NOT NULL,
    part_participant_id bigint NOT NULL,
    part_version integer,
    weight numeric NOT NULL,
    of_weight numeric NOT NULL,
    state text NOT NULL
        CONSTRAINT part_score_state_is_known CHECK
        (state IN ('scored', 'exempt', 'pending', 'not_applicable', 'declined', 'recused', 'insufficient')),
    score numeric,
    coverage numeric,
    dimensions bigint[] NOT NULL,
    dimension_scores numeric[] NOT NULL,
    PRIMARY KEY (cycle_id, participant_id, version, part_cycle_id),
    CONSTRAINT part_score_is_there_when_scored CHECK ((state = 'scored') = (score IS NOT NULL)),
    CONSTRAINT part_score_lists_are_as_long CHECK (cardinality(dimensions) = cardinality(dimension_scores)),
    CONSTRAINT part_score_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT part_score_part_exists FOREIGN KEY (part_cycle_id, part_participant_id) REFERENCES appraisal.participant
);
CREATE INDEX part_score_part_idx ON appraisal.part_score (part_cycle_id, part_participant_id);
ALTER TABLE appraisal.part_score
    ALTER COLUMN part_version SET STATISTICS 0,
    ALTER COLUMN state SET STATISTICS 0,
    ALTER COLUMN score SET STATISTICS 0,
    ALTER COLUMN coverage SET STATISTICS 0,
    ALTER COLUMN dimension_scores SET STATISTICS 0;
COMMENT ON TABLE appraisal.part_score IS 'results of shorter periods that a result takes in';
COMMENT ON COLUMN appraisal.part_score.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.part_score.participant_id IS 'whose; of several segments the leading one of those that are rolled up';
COMMENT ON COLUMN appraisal.part_score.version IS 'version of the result';
COMMENT ON COLUMN appraisal.part_score.part_cycle_id IS 'cycle of the shorter period';
COMMENT ON COLUMN appraisal.part_score.part_participant_id IS 'the same person or unit in it';
COMMENT ON COLUMN appraisal.part_score.part_version IS 'version of the result there; null if there was none';
COMMENT ON COLUMN appraisal.part_score.weight IS 'what the part weighs; 0 where it is shown and does not count';
COMMENT ON COLUMN appraisal.part_score.of_weight IS 'what all parts weigh that should be there, those that nobody took part in included';
COMMENT ON COLUMN appraisal.part_score.state IS 'scored, exempt, or why it is missing: pending, not_applicable, declined, recused, insufficient';
COMMENT ON COLUMN appraisal.part_score.score IS 'published score; null without one';
COMMENT ON COLUMN appraisal.part_score.coverage IS 'share of the part''s weight that had a score, 0 to 1';
COMMENT ON COLUMN appraisal.part_score.dimensions IS 'dimensions that the part has a score of, as this cycle''s scheme has them, in order of their keys';
COMMENT ON COLUMN appraisal.part_score.dimension_scores IS 'their scores in the part';
