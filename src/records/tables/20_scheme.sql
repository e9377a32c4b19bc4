-- Schemes: the rules by which people and units are appraised.
--
-- Everything that differs between job groups is a set of rows keyed by
-- job_group, and '*' is the set of all job groups that have none of their
-- own.  A job group's set replaces the set of '*', it does not patch it: so
-- each set is complete, adds up to 100 by itself, and what holds for a person
-- is seen in one place.  Weights, indicators, raters and periods all work so.

CREATE TABLE appraisal.scheme (
    scheme_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    parent_id bigint REFERENCES appraisal.scheme,
    status text NOT NULL DEFAULT 'draft',
    valid_from date,
    retired_on date,
    title text NOT NULL,
    label text NOT NULL,
    language text NOT NULL,
    uses text[] NOT NULL DEFAULT '{}',
    adaptable boolean NOT NULL DEFAULT false,
    surveyed boolean NOT NULL DEFAULT false,
    subjects text[] NOT NULL DEFAULT '{person}',
    unit_levels text[] NOT NULL DEFAULT '{}',
    decimals integer NOT NULL DEFAULT 2,
    rounding text NOT NULL DEFAULT 'half_up',
    grade_reads text NOT NULL DEFAULT 'rounded',
    missing text NOT NULL DEFAULT 'block',
    least_coverage numeric,
    scale appraisal.grade_scale,
    quota appraisal.quota,
    enforcement text NOT NULL DEFAULT 'off',
    least_group integer NOT NULL DEFAULT 1,
    calibration_steps integer,
    no_surprise_grade text,
    improvement_grade text,
    goals_set_by text NOT NULL DEFAULT 'none',
    goals_confirmed boolean NOT NULL DEFAULT false,
    goals_approved boolean NOT NULL DEFAULT false,
    target_floor text NOT NULL DEFAULT 'none',
    self_report text[] NOT NULL DEFAULT '{}',
    self_report_days integer,
    interview boolean NOT NULL DEFAULT false,
    comment_topics text[] NOT NULL DEFAULT '{}',
    transfer text NOT NULL DEFAULT 'segments',
    visible_to text[] NOT NULL DEFAULT '{person,manager,hr,executive}',
    appeal_days integer,
    appeal_day_kind text NOT NULL DEFAULT 'calendar',
    assumed text[] NOT NULL DEFAULT '{}',
    interview_days integer,
    improvement_reads text NOT NULL DEFAULT 'natural',
    CONSTRAINT scheme_code_and_version_are_unique UNIQUE (code, version),
    -- the version in force on a day is the last that began by then
    CONSTRAINT scheme_versions_begin_on_different_days UNIQUE (code, valid_from),
    CONSTRAINT scheme_code_is_a_plain_word CHECK (code ~ '^[a-z][a-z0-9_-]*$'),
    CONSTRAINT scheme_version_is_positive CHECK (version > 0),
    CONSTRAINT scheme_parent_is_another CHECK (parent_id <> scheme_id),
    CONSTRAINT scheme_status_is_known CHECK (status IN ('draft', 'active', 'retired')),
    CONSTRAINT scheme_valid_once_active CHECK ((status = 'draft') = (valid_from IS NULL)),
    CONSTRAINT scheme_retired_has_its_day CHECK ((status = 'retired') = (retired_on IS NOT NULL)),
    CONSTRAINT scheme_retired_not_before_valid CHECK (retired_on >= valid_from),
    CONSTRAINT scheme_names_are_not_empty CHECK (title <> '' AND label <> '' AND language <> ''),
    CONSTRAINT scheme_uses_are_known CHECK
        (uses <@ '{pay,bonus,promotion,training,post,contract,award,mark}'),
    CONSTRAINT scheme_subjects_are_known CHECK (subjects <@ '{person,unit}' AND subjects <> '{}'),
    CONSTRAINT scheme_unit_levels_are_for_units CHECK (unit_levels = '{}' OR 'unit' = ANY (subjects)),
    CONSTRAINT scheme_decimals_are_0_to_8 CHECK (decimals BETWEEN 0 AND 8),
    CONSTRAINT scheme_rounding_is_known CHECK (rounding IN ('half_up', 'down')),
    CONSTRAINT scheme_grade_reads_a_score CHECK (grade_reads IN ('rounded', 'raw')),
    CONSTRAINT scheme_missing_is_known CHECK (missing IN ('block', 'renormalise', 'zero')),
    CONSTRAINT scheme_renormalise_has_least_coverage CHECK
        ((missing = 'renormalise') = (least_coverage IS NOT NULL)),
    CONSTRAINT scheme_least_coverage_is_a_share CHECK (least_coverage > 0 AND least_coverage <= 1),
    CONSTRAINT scheme_quota_has_a_scale CHECK (quota IS NULL OR scale IS NOT NULL),
    -- raises the engine's error, which names the rules in conflict
    CONSTRAINT scheme_quota_fits_scale CHECK (appraisal.check_quota(quota, scale)),
    CONSTRAINT scheme_enforcement_is_known CHECK (enforcement IN ('off', 'warn', 'block')),
    CONSTRAINT scheme_enforcement_has_a_quota CHECK (enforcement = 'off' OR quota IS NOT NULL),
    CONSTRAINT scheme_least_group_is_positive CHECK (least_group > 0),
    CONSTRAINT scheme_calibration_steps_are_not_negative CHECK (calibration_steps >= 0),
    CONSTRAINT scheme_no_surprise_grade_has_a_scale CHECK (no_surprise_grade IS NULL OR scale IS NOT NULL),
    CONSTRAINT scheme_improvement_grade_has_a_scale CHECK (improvement_grade IS NULL OR scale IS NOT NULL),
    CONSTRAINT scheme_goals_are_set_by_somebody CHECK (goals_set_by IN ('none', 'person', 'manager')),
    CONSTRAINT scheme_goals_to_confirm_exist CHECK
        (goals_set_by <> 'none' OR NOT (goals_confirmed OR goals_approved)),
    CONSTRAINT scheme_target_floor_is_known CHECK (target_floor IN ('none', 'last', 'best')),
    CONSTRAINT scheme_self_report_names_periods CHECK
        (self_report <@ '{month,quarter,half_year,year}'),
    CONSTRAINT scheme_self_report_days_need_a_report CHECK
        (self_report_days IS NULL OR (self_report_days >= 0 AND self_report <> '{}')),
    CONSTRAINT scheme_transfer_is_known CHECK (transfer IN ('segments', 'present_unit')),
    CONSTRAINT scheme_visible_to_is_known CHECK
        (visible_to <@ '{person,manager,hr,executive,everyone}'),
    CONSTRAINT scheme_appeal_days_are_positive CHECK (appeal_days > 0),
    CONSTRAINT scheme_appeal_day_kind_is_known CHECK (appeal_day_kind IN ('calendar', 'working')),
    CONSTRAINT scheme_interview_days_need_an_interview CHECK (interview_days IS NULL OR (interview_days >= 0 AND interview)),
    CONSTRAINT scheme_improvement_reads_a_grade CHECK (improvement_reads IN ('natural', 'final'))
);
CREATE UNIQUE INDEX scheme_has_one_active_version ON appraisal.scheme (code) WHERE status = 'active';
CREATE UNIQUE INDEX scheme_has_one_draft ON appraisal.scheme (code) WHERE status = 'draft';
CREATE INDEX scheme_parent_id_idx ON appraisal.scheme (parent_id);
COMMENT ON TABLE appraisal.scheme IS 'a version of an appraisal scheme; immutable once active';
COMMENT ON COLUMN appraisal.scheme.scheme_id IS 'key';
COMMENT ON COLUMN appraisal.scheme.code IS 'the name that procedures take; the same for all versions';
COMMENT ON COLUMN appraisal.scheme.version IS 'counts from 1 for each code';
COMMENT ON COLUMN appraisal.scheme.parent_id IS 'the version that this one was made from: the one it revises, or the scheme that a subsidiary made its own';
COMMENT ON COLUMN appraisal.scheme.status IS 'draft, active or retired; a code has at most one draft and one active version';
COMMENT ON COLUMN appraisal.scheme.valid_from IS 'first day in force; NULL for a draft';
COMMENT ON COLUMN appraisal.scheme.retired_on IS 'first day no longer in force';
COMMENT ON COLUMN appraisal.scheme.title IS 'name in English';
COMMENT ON COLUMN appraisal.scheme.label IS 'name in the scheme''s own language';
COMMENT ON COLUMN appraisal.scheme.language IS 'language of all labels: zh, en, ...';
COMMENT ON COLUMN appraisal.scheme.uses IS 'what results are used for: pay, bonus, promotion, training, post, contract, award, mark';
COMMENT ON COLUMN appraisal.scheme.adaptable IS 'may subsidiaries make a scheme of their own from it (revise_scheme with new_code)?';
COMMENT ON COLUMN appraisal.scheme.surveyed IS 'are staff asked about the scheme, and its effect evaluated?';
COMMENT ON COLUMN appraisal.scheme.subjects IS 'who is appraised: person, unit or both';
COMMENT ON COLUMN appraisal.scheme.unit_levels IS 'kinds of the units that are appraised, highest first; a unit is of the kind that it is given in the organisation';
COMMENT ON COLUMN appraisal.scheme.decimals IS 'decimals of a score';
COMMENT ON COLUMN appraisal.scheme.rounding IS 'how a score is rounded to them: half_up or down';
COMMENT ON COLUMN appraisal.scheme.grade_reads IS 'does a grade read the rounded or the raw score?';
COMMENT ON COLUMN appraisal.scheme.missing IS 'a required rating or measurement is missing: block (no score), renormalise (the weights that are there count) or zero';
COMMENT ON COLUMN appraisal.scheme.least_coverage IS 'least share of the weight that renormalise takes, at most 1';
COMMENT ON COLUMN appraisal.scheme.scale IS 'grades of the total score; NULL for a scheme without grades';
COMMENT ON COLUMN appraisal.scheme.quota IS 'forced distribution of the grades; NULL for none';
COMMENT ON COLUMN appraisal.scheme.enforcement IS 'a quota that does not hold at sign-off: off, warn or block';
COMMENT ON COLUMN appraisal.scheme.least_group IS 'a smaller group joins its parent unit for the forced distribution';
COMMENT ON COLUMN appraisal.scheme.calibration_steps IS 'most grades that calibration may move a person; NULL for any number';
COMMENT ON COLUMN appraisal.scheme.no_surprise_grade IS 'this grade or a worse one needs feedback recorded before';
COMMENT ON COLUMN appraisal.scheme.improvement_grade IS 'this grade or a worse one needs an improvement plan';
COMMENT ON COLUMN appraisal.scheme.goals_set_by IS 'who proposes goals: person, manager, or none when the scheme''s indicators are all';
COMMENT ON COLUMN appraisal.scheme.goals_confirmed IS 'does the person confirm the goals?';
COMMENT ON COLUMN appraisal.scheme.goals_approved IS 'do HR and the department head check goals before they bind?';
COMMENT ON COLUMN appraisal.scheme.target_floor IS 'a proposed target is no worse than: none, the last actual, or the best one';
COMMENT ON COLUMN appraisal.scheme.self_report IS 'periods that ask for a written self-report';
COMMENT ON COLUMN appraisal.scheme.self_report_days IS 'days after the end of the period by which it is due';
COMMENT ON COLUMN appraisal.scheme.interview IS 'does a recorded interview close each appraisal?';
COMMENT ON COLUMN appraisal.scheme.comment_topics IS 'what the rater''s written comment must speak of';
COMMENT ON COLUMN appraisal.scheme.transfer IS 'a change of unit within the period: segments weighted by days, or the present_unit evaluates all of it after asking the former one';
COMMENT ON COLUMN appraisal.scheme.visible_to IS 'who may see a published result; auditors and the role of the tables'' owner always may';
COMMENT ON COLUMN appraisal.scheme.appeal_days IS 'days to file an appeal, from the later of publication and interview; NULL when there is no appeal';
COMMENT ON COLUMN appraisal.scheme.appeal_day_kind IS 'calendar or working days, for all appeal deadlines';
COMMENT ON COLUMN appraisal.scheme.assumed IS 'paths of the scheme''s document whose values the written rules leave open';
COMMENT ON COLUMN appraisal.scheme.interview_days IS 'days after publication by which the interview is held; NULL for at once';
COMMENT ON COLUMN appraisal.scheme.improvement_reads IS 'grade that an improvement plan follows: natural (calibrated, else of the score), which the forced distribution has no part in, or final';

CREATE TABLE appraisal.period_rule (
    scheme_id bigint NOT NULL REFERENCES appraisal.scheme ON DELETE CASCADE,
    job_group text NOT NULL,
    period text NOT NULL,
    due_days integer,
    composed_of text,
    combined_by text,
    part_weights numeric[],
    PRIMARY KEY (scheme_id, job_group, period),
    CONSTRAINT period_rule_job_group_is_not_empty CHECK (job_group <> ''),
    CONSTRAINT period_rule_period_is_known CHECK (period IN ('month', 'quarter', 'half_year', 'year')),
    CONSTRAINT period_rule_due_days_are_not_negative CHECK (due_days >= 0),
    CONSTRAINT period_rule_combination_is_known CHECK (combined_by IN ('mean', 'weighted', 'latest', 'reference')),
    CONSTRAINT period_rule_combines_periods CHECK ((composed_of IS NULL) = (combined_by IS NULL)),
    CONSTRAINT period_rule_parts_are_shorter CHECK
        (array_position('{month,quarter,half_year,year}', composed_of)
         < array_position('{month,quarter,half_year,year}', period)),
    CONSTRAINT period_rule_weighted_has_part_weights CHECK
        ((combined_by IS NOT DISTINCT FROM 'weighted') = (part_weights IS NOT NULL)),
    CONSTRAINT period_rule_part_weights_are_not_negative CHECK
        (array_position(part_weights, NULL) IS NULL AND 0 <= ALL (part_weights)),
    FOREIGN KEY (scheme_id, job_group, composed_of) REFERENCES appraisal.period_rule
);
CREATE INDEX period_rule_parts_idx ON appraisal.period_rule (scheme_id, job_group, composed_of);
COMMENT ON TABLE appraisal.period_rule IS 'the periods that a scheme appraises, by job group';
COMMENT ON COLUMN appraisal.period_rule.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.period_rule.job_group IS 'whom it is for; * is all job groups without rows of their own';
COMMENT ON COLUMN appraisal.period_rule.period IS 'month, quarter, half_year or year';
COMMENT ON COLUMN appraisal.period_rule.due_days IS 'days after the end of the period by which results are due';
COMMENT ON COLUMN appraisal.period_rule.composed_of IS 'shorter period whose results this one takes in';
COMMENT ON COLUMN appraisal.period_rule.combined_by IS 'how their results become the result: their mean, weighted, the latest; or reference: this period is appraised by itself and they are shown beside it';
COMMENT ON COLUMN appraisal.period_rule.part_weights IS 'weighted: per cent of each shorter period, in order of time; they add up to 100';

CREATE TABLE appraisal.dimension (
    dimension_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scheme_id bigint NOT NULL REFERENCES appraisal.scheme ON DELETE CASCADE,
    code text NOT NULL,
    "position" integer NOT NULL,
    title text NOT NULL,
    label text NOT NULL,
    gate numeric,
    gate_grade text,
    evidence_below numeric,
    evidence_from numeric,
    scale appraisal.grade_scale,
    box_axis text,
    CONSTRAINT dimension_code_is_unique UNIQUE (scheme_id, code),
    CONSTRAINT dimension_position_is_unique UNIQUE (scheme_id, "position"),
    CONSTRAINT dimension_is_of_its_scheme UNIQUE (scheme_id, dimension_id),
    CONSTRAINT dimension_box_axis_is_unique UNIQUE (scheme_id, box_axis),
    CONSTRAINT dimension_code_is_a_plain_word CHECK (code ~ '^[a-z][a-z0-9_-]*$'),
    CONSTRAINT dimension_position_is_positive CHECK ("position" > 0),
    CONSTRAINT dimension_names_are_not_empty CHECK (title <> '' AND label <> ''),
    CONSTRAINT dimension_gate_caps_the_grade CHECK ((gate IS NULL) = (gate_grade IS NULL)),
    CONSTRAINT dimension_evidence_bounds_are_in_order CHECK (evidence_below <= evidence_from),
    CONSTRAINT dimension_box_axis_is_known CHECK (box_axis IN ('performance', 'values')),
    CONSTRAINT dimension_box_axis_has_a_scale CHECK (box_axis IS NULL OR scale IS NOT NULL)
);
COMMENT ON TABLE appraisal.dimension IS 'a part of the total score';
COMMENT ON COLUMN appraisal.dimension.dimension_id IS 'key';
COMMENT ON COLUMN appraisal.dimension.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.dimension.code IS 'name within the scheme';
COMMENT ON COLUMN appraisal.dimension."position" IS 'order in which dimensions are shown';
COMMENT ON COLUMN appraisal.dimension.title IS 'name in English';
COMMENT ON COLUMN appraisal.dimension.label IS 'name in the scheme''s language';
COMMENT ON COLUMN appraisal.dimension.gate IS 'a score of the dimension below it caps the final grade';
COMMENT ON COLUMN appraisal.dimension.gate_grade IS 'the best grade that is left then';
COMMENT ON COLUMN appraisal.dimension.evidence_below IS 'a mark below it needs a written case; kept by dimension because marks of one dimension share a range';
COMMENT ON COLUMN appraisal.dimension.evidence_from IS 'a mark of this or above needs a written case';
COMMENT ON COLUMN appraisal.dimension.scale IS 'grades of the dimension''s own score; the boxes read them';
COMMENT ON COLUMN appraisal.dimension.box_axis IS 'the axis of the boxes that this dimension is: performance or values';

CREATE TABLE appraisal.dimension_weight (
    scheme_id bigint NOT NULL,
    dimension_id bigint NOT NULL,
    job_group text NOT NULL,
    weight numeric NOT NULL,
    PRIMARY KEY (scheme_id, dimension_id, job_group),
    CONSTRAINT dimension_weight_job_group_is_not_empty CHECK (job_group <> ''),
    CONSTRAINT dimension_weight_is_0_to_100 CHECK (weight BETWEEN 0 AND 100),
    FOREIGN KEY (scheme_id, dimension_id) REFERENCES appraisal.dimension (scheme_id, dimension_id) ON DELETE CASCADE
);
COMMENT ON TABLE appraisal.dimension_weight IS 'weights of the dimensions, by job group; a dimension without a row is not appraised';
COMMENT ON COLUMN appraisal.dimension_weight.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.dimension_weight.dimension_id IS 'the dimension';
COMMENT ON COLUMN appraisal.dimension_weight.job_group IS 'whom it is for; * is all job groups without rows of their own';
COMMENT ON COLUMN appraisal.dimension_weight.weight IS 'per cent of the total; those of a job group add up to 100';

-- Indicators are a library: schemes share a definition when it is the same,
-- and what is told apart by code alone (sales over ten years) stays together.
-- A definition that differs is a new version, so no scheme in force changes.
CREATE TABLE appraisal.indicator (
    indicator_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    title text NOT NULL,
    label text NOT NULL,
    kind text NOT NULL,
    reads text NOT NULL DEFAULT 'value',
    direction text,
    curve appraisal.score_curve,
    unit text,
    data_source text,
    frequency text,
    gathering text NOT NULL DEFAULT 'latest',
    "least" numeric,
    most numeric,
    CONSTRAINT indicator_code_and_version_are_unique UNIQUE (code, version),
    CONSTRAINT indicator_code_is_a_plain_word CHECK (code ~ '^[a-z][a-z0-9_-]*$'),
    CONSTRAINT indicator_version_is_positive CHECK (version > 0),
    CONSTRAINT indicator_names_are_not_empty CHECK (title <> '' AND label <> ''),
    CONSTRAINT indicator_kind_is_known CHECK (kind IN ('measured', 'rated', 'levels', 'gated')),
    CONSTRAINT indicator_reads_is_known CHECK (reads IN ('value', 'attainment')),
    CONSTRAINT indicator_attainment_is_measured CHECK (reads = 'value' OR kind = 'measured'),
    CONSTRAINT indicator_measured_has_a_direction CHECK (kind <> 'measured' OR direction IS NOT NULL),
    CONSTRAINT indicator_direction_is_known CHECK (direction IN ('higher', 'lower')),
    CONSTRAINT indicator_curve_is_for_measurements CHECK (curve IS NULL OR kind = 'measured'),
    CONSTRAINT indicator_frequency_is_known CHECK
        (frequency IN ('day', 'week', 'month', 'quarter', 'half_year', 'year')),
    CONSTRAINT indicator_gathering_is_known CHECK (gathering IN ('latest', 'sum', 'mean')),
    CONSTRAINT indicator_range_is_for_ratings CHECK (kind = 'rated' OR ("least" IS NULL AND most IS NULL)),
    CONSTRAINT indicator_range_has_two_ends CHECK (("least" IS NULL) = (most IS NULL)),
    CONSTRAINT indicator_range_is_not_empty CHECK ("least" < most)
);
COMMENT ON TABLE appraisal.indicator IS 'library of what is measured or rated; immutable once a scheme that was activated uses it';
COMMENT ON COLUMN appraisal.indicator.indicator_id IS 'key';
COMMENT ON COLUMN appraisal.indicator.code IS 'name; the same for all versions';
COMMENT ON COLUMN appraisal.indicator.version IS 'counts from 1 for each code; another definition is another version';
COMMENT ON COLUMN appraisal.indicator.title IS 'name in English';
COMMENT ON COLUMN appraisal.indicator.label IS 'name in the scheme''s language';
COMMENT ON COLUMN appraisal.indicator.kind IS 'measured: points by a curve; rated: a mark from a range or a list; levels: one of some labels with points; gated: levels passed in order';
COMMENT ON COLUMN appraisal.indicator.reads IS 'what the curve reads: the measured value, or its attainment of the target (1 is met)';
COMMENT ON COLUMN appraisal.indicator.direction IS 'are higher or lower figures better? Wanted of ratings, too, if their targets have a floor';
COMMENT ON COLUMN appraisal.indicator.curve IS 'from measurement to points, unless the scheme has its own';
COMMENT ON COLUMN appraisal.indicator.unit IS 'unit of measure';
COMMENT ON COLUMN appraisal.indicator.data_source IS 'the system or office that the figures come from';
COMMENT ON COLUMN appraisal.indicator.frequency IS 'how often they are collected: day, week, month, quarter, half_year or year';
COMMENT ON COLUMN appraisal.indicator.gathering IS 'what several measurements in a cycle come to: latest, sum or mean';
COMMENT ON COLUMN appraisal.indicator."least" IS 'lowest mark of a range';
COMMENT ON COLUMN appraisal.indicator.most IS 'highest mark of a range';

CREATE TABLE appraisal.indicator_level (
    indicator_id bigint NOT NULL REFERENCES appraisal.indicator ON DELETE CASCADE,
    "position" integer NOT NULL,
    label text NOT NULL,
    points numeric NOT NULL,
    "least" numeric,
    earns text,
    PRIMARY KEY (indicator_id, "position"),
    CONSTRAINT indicator_level_label_is_unique UNIQUE (indicator_id, label),
    CONSTRAINT indicator_level_position_is_positive CHECK ("position" > 0),
    CONSTRAINT indicator_level_label_is_not_empty CHECK (label <> ''),
    CONSTRAINT indicator_level_range_is_in_order CHECK ("least" <= points)
);
COMMENT ON TABLE appraisal.indicator_level IS 'marks of a rated indicator, levels of one with levels, or the levels to pass in order of a gated one';
COMMENT ON COLUMN appraisal.indicator_level.indicator_id IS 'the indicator';
COMMENT ON COLUMN appraisal.indicator_level."position" IS 'order: as listed; gated levels are passed in this order';
COMMENT ON COLUMN appraisal.indicator_level.label IS 'name of the mark or level';
COMMENT ON COLUMN appraisal.indicator_level.points IS 'what it gives; the most when it is a range of points';
COMMENT ON COLUMN appraisal.indicator_level."least" IS 'least points of a level that is a range; NULL for one that is not';
COMMENT ON COLUMN appraisal.indicator_level.earns IS 'what earns it';

CREATE TABLE appraisal.scheme_indicator (
    scheme_indicator_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scheme_id bigint NOT NULL,
    dimension_id bigint NOT NULL,
    job_group text NOT NULL,
    indicator_id bigint NOT NULL REFERENCES appraisal.indicator,
    weight numeric NOT NULL,
    curve appraisal.score_curve,
    target numeric,
    unit_level text,
    CONSTRAINT scheme_indicator_is_used_once UNIQUE (scheme_id, dimension_id, job_group, indicator_id),
    CONSTRAINT scheme_indicator_job_group_is_not_empty CHECK (job_group <> ''),
    CONSTRAINT scheme_indicator_weight_is_0_to_100 CHECK (weight BETWEEN 0 AND 100),
    CONSTRAINT scheme_indicator_target_is_finite CHECK (target NOT IN ('NaN', 'Infinity', '-Infinity')),
    FOREIGN KEY (scheme_id, dimension_id) REFERENCES appraisal.dimension (scheme_id, dimension_id) ON DELETE CASCADE
);
CREATE INDEX scheme_indicator_indicator_id_idx ON appraisal.scheme_indicator (indicator_id);
COMMENT ON TABLE appraisal.scheme_indicator IS 'an indicator in a dimension, by job group';
COMMENT ON COLUMN appraisal.scheme_indicator.scheme_indicator_id IS 'key';
COMMENT ON COLUMN appraisal.scheme_indicator.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.scheme_indicator.dimension_id IS 'the dimension';
COMMENT ON COLUMN appraisal.scheme_indicator.job_group IS 'whom it is for; * is all job groups without rows of their own in this dimension';
COMMENT ON COLUMN appraisal.scheme_indicator.indicator_id IS 'the indicator';
COMMENT ON COLUMN appraisal.scheme_indicator.weight IS 'per cent of the dimension; those of a job group add up to 100';
COMMENT ON COLUMN appraisal.scheme_indicator.curve IS 'the scheme''s own curve instead of the library''s';
COMMENT ON COLUMN appraisal.scheme_indicator.target IS 'target unless a goal sets another';
COMMENT ON COLUMN appraisal.scheme_indicator.unit_level IS 'the measurement is the result of the person''s unit on this level of the scheme''s unit_levels';

CREATE TABLE appraisal.rater_rule (
    rater_rule_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scheme_id bigint NOT NULL REFERENCES appraisal.scheme ON DELETE CASCADE,
    job_group text NOT NULL,
    source text NOT NULL,
    label text NOT NULL,
    weight numeric NOT NULL,
    least_raters integer NOT NULL DEFAULT 1,
    trim integer NOT NULL DEFAULT 0,
    anonymous boolean NOT NULL DEFAULT false,
    required boolean NOT NULL DEFAULT true,
    period text,
    delegate text,
    CONSTRAINT rater_rule_source_is_unique UNIQUE (scheme_id, job_group, source),
    CONSTRAINT rater_rule_job_group_is_not_empty CHECK (job_group <> ''),
    CONSTRAINT rater_rule_source_is_known CHECK
        (source IN ('self', 'manager', 'second_manager', 'top_manager', 'peer', 'subordinate', 'customer', 'related', 'colleague', 'hr')),
    CONSTRAINT rater_rule_label_is_not_empty CHECK (label <> ''),
    CONSTRAINT rater_rule_weight_is_0_to_100 CHECK (weight BETWEEN 0 AND 100),
    CONSTRAINT rater_rule_least_raters_are_positive CHECK (least_raters > 0),
    CONSTRAINT rater_rule_trim_is_not_negative CHECK (trim >= 0),
    -- of two raters each knows the other's mark from the mean
    CONSTRAINT rater_rule_anonymous_takes_three CHECK (NOT anonymous OR least_raters >= 3),
    CONSTRAINT rater_rule_self_is_one CHECK
        (source <> 'self' OR (least_raters = 1 AND trim = 0 AND NOT anonymous AND delegate IS NULL)),
    CONSTRAINT rater_rule_period_is_known CHECK (period IN ('month', 'quarter', 'half_year', 'year')),
    CONSTRAINT rater_rule_delegate_is_another CHECK (delegate <> source),
    CONSTRAINT rater_rule_delegate_is_known CHECK (delegate IN ('manager', 'second_manager', 'top_manager', 'hr'))
);
COMMENT ON TABLE appraisal.rater_rule IS 'who rates, by job group';
COMMENT ON COLUMN appraisal.rater_rule.rater_rule_id IS 'key';
COMMENT ON COLUMN appraisal.rater_rule.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.rater_rule.job_group IS 'whom it is for; * is all job groups without rows of their own';
COMMENT ON COLUMN appraisal.rater_rule.source IS 'self; manager, second_manager (the manager''s own), top_manager; peer, subordinate, customer, related (staff who work with the person), colleague (everybody), hr';
COMMENT ON COLUMN appraisal.rater_rule.label IS 'name of the source in the scheme''s language';
COMMENT ON COLUMN appraisal.rater_rule.weight IS 'per cent of a rating; 0 is collected and does not count; those of a job group add up to 100';
COMMENT ON COLUMN appraisal.rater_rule.least_raters IS 'fewer than this is missing, and is shown to nobody';
COMMENT ON COLUMN appraisal.rater_rule.trim IS 'how many highest and lowest ratings are left out of the mean';
COMMENT ON COLUMN appraisal.rater_rule.anonymous IS 'is the person never told who rated?';
COMMENT ON COLUMN appraisal.rater_rule.required IS 'is the score missing without it?';
COMMENT ON COLUMN appraisal.rater_rule.period IS 'only in periods of this kind; NULL for all';
COMMENT ON COLUMN appraisal.rater_rule.delegate IS 'the source that a rater may delegate to';

CREATE TABLE appraisal.box (
    scheme_id bigint NOT NULL REFERENCES appraisal.scheme ON DELETE CASCADE,
    performance_grade text NOT NULL,
    values_grade text NOT NULL,
    label text NOT NULL,
    title text NOT NULL,
    PRIMARY KEY (scheme_id, performance_grade, values_grade),
    CONSTRAINT box_names_are_not_empty CHECK (title <> '' AND label <> '')
);
COMMENT ON TABLE appraisal.box IS 'a name for each pair of grades on the two box axes';
COMMENT ON COLUMN appraisal.box.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.box.performance_grade IS 'grade of the dimension that is the performance axis';
COMMENT ON COLUMN appraisal.box.values_grade IS 'grade of the dimension that is the values axis';
COMMENT ON COLUMN appraisal.box.label IS 'name of the box in the scheme''s language';
COMMENT ON COLUMN appraisal.box.title IS 'name in English';

CREATE TABLE appraisal.outcome_rule (
    outcome_rule_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scheme_id bigint NOT NULL REFERENCES appraisal.scheme ON DELETE CASCADE,
    code text NOT NULL,
    title text NOT NULL,
    label text NOT NULL,
    subject text NOT NULL DEFAULT 'person',
    period text NOT NULL,
    grade text NOT NULL,
    compares text NOT NULL DEFAULT 'equal',
    run integer NOT NULL DEFAULT 1,
    service_years integer,
    after_training boolean NOT NULL DEFAULT false,
    outcome text NOT NULL,
    amount numeric,
    on_plan text,
    CONSTRAINT outcome_rule_code_is_unique UNIQUE (scheme_id, code),
    CONSTRAINT outcome_rule_code_is_a_plain_word CHECK (code ~ '^[a-z][a-z0-9_-]*$'),
    CONSTRAINT outcome_rule_names_are_not_empty CHECK (title <> '' AND label <> ''),
    CONSTRAINT outcome_rule_subject_is_known CHECK (subject IN ('person', 'unit')),
    CONSTRAINT outcome_rule_period_is_known CHECK (period IN ('month', 'quarter', 'half_year', 'year')),
    CONSTRAINT outcome_rule_comparison_is_known CHECK (compares IN ('equal', 'or_better', 'or_worse')),
    CONSTRAINT outcome_rule_run_is_positive CHECK (run > 0),
    CONSTRAINT outcome_rule_service_years_are_positive CHECK (service_years > 0),
    CONSTRAINT outcome_rule_outcome_is_known CHECK
        (outcome IN ('warning', 'bonus', 'bonus_lost', 'reward', 'title', 'pay_step', 'promotion', 'training', 'post_change',
                     'contract_open_ended', 'contract_ended', 'award')),
    CONSTRAINT outcome_rule_amount_is_finite CHECK (amount NOT IN ('NaN', 'Infinity', '-Infinity')),
    CONSTRAINT outcome_rule_plan_ends_so CHECK (on_plan IN ('met', 'not_met'))
);
COMMENT ON TABLE appraisal.outcome_rule IS 'what a grade, or a run of grades, leads to';
COMMENT ON COLUMN appraisal.outcome_rule.outcome_rule_id IS 'key';
COMMENT ON COLUMN appraisal.outcome_rule.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.outcome_rule.code IS 'name within the scheme';
COMMENT ON COLUMN appraisal.outcome_rule.title IS 'name in English';
COMMENT ON COLUMN appraisal.outcome_rule.label IS 'name in the scheme''s language';
COMMENT ON COLUMN appraisal.outcome_rule.subject IS 'whose result is read: person or unit';
COMMENT ON COLUMN appraisal.outcome_rule.period IS 'results of these periods';
COMMENT ON COLUMN appraisal.outcome_rule.grade IS 'the grade';
COMMENT ON COLUMN appraisal.outcome_rule.compares IS 'equal: this grade; or_better, or_worse: this or a better or worse one';
COMMENT ON COLUMN appraisal.outcome_rule.run IS 'for so many periods on end';
COMMENT ON COLUMN appraisal.outcome_rule.service_years IS 'only with so many years of service without a break, and not before the month that completes them';
COMMENT ON COLUMN appraisal.outcome_rule.after_training IS 'only if the person was trained before the last period of the run began';
COMMENT ON COLUMN appraisal.outcome_rule.outcome IS 'the consequence: warning, bonus, bonus_lost, reward, title, pay_step, promotion, training, post_change, contract_open_ended, contract_ended, award';
COMMENT ON COLUMN appraisal.outcome_rule.amount IS 'money, or pay steps';
COMMENT ON COLUMN appraisal.outcome_rule.on_plan IS 'only if an improvement plan of the cycle was closed so: met or not_met; NULL for with or without a plan';

CREATE TABLE appraisal.sign_off_rule (
    scheme_id bigint NOT NULL REFERENCES appraisal.scheme ON DELETE CASCADE,
    step integer NOT NULL,
    signer text NOT NULL,
    act text NOT NULL,
    label text NOT NULL,
    due_days integer,
    delegable boolean NOT NULL DEFAULT false,
    PRIMARY KEY (scheme_id, step),
    CONSTRAINT sign_off_rule_step_is_positive CHECK (step > 0),
    CONSTRAINT sign_off_rule_signer_is_known CHECK
        (signer IN ('unit_head', 'division_head', 'second_manager', 'hr', 'executive', 'meeting')),
    CONSTRAINT sign_off_rule_act_is_known CHECK (act IN ('submit', 'check', 'approve', 'archive')),
    CONSTRAINT sign_off_rule_label_is_not_empty CHECK (label <> ''),
    CONSTRAINT sign_off_rule_due_days_are_not_negative CHECK (due_days >= 0)
);
COMMENT ON TABLE appraisal.sign_off_rule IS 'the chain of signatures before results bind';
COMMENT ON COLUMN appraisal.sign_off_rule.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.sign_off_rule.step IS 'order';
COMMENT ON COLUMN appraisal.sign_off_rule.signer IS 'unit_head, division_head, second_manager (the rater''s own superior), hr, executive or meeting';
COMMENT ON COLUMN appraisal.sign_off_rule.act IS 'submit, check, approve, or archive, which keeps the record and judges nothing';
COMMENT ON COLUMN appraisal.sign_off_rule.label IS 'the signer''s post in the scheme''s language';
COMMENT ON COLUMN appraisal.sign_off_rule.due_days IS 'days after the end of the period by which it is due';
COMMENT ON COLUMN appraisal.sign_off_rule.delegable IS 'may the signer have somebody else sign?';

CREATE TABLE appraisal.appeal_rule (
    scheme_id bigint NOT NULL REFERENCES appraisal.scheme ON DELETE CASCADE,
    level integer NOT NULL,
    reviewer text NOT NULL,
    label text NOT NULL,
    decision_days integer,
    PRIMARY KEY (scheme_id, level),
    CONSTRAINT appeal_rule_level_is_positive CHECK (level > 0),
    CONSTRAINT appeal_rule_reviewer_is_known CHECK (reviewer IN ('leader', 'hr', 'executive')),
    CONSTRAINT appeal_rule_reviewer_is_unique UNIQUE (scheme_id, reviewer),
    CONSTRAINT appeal_rule_label_is_not_empty CHECK (label <> ''),
    CONSTRAINT appeal_rule_decision_days_are_positive CHECK (decision_days > 0)
);
COMMENT ON TABLE appraisal.appeal_rule IS 'who hears an appeal, level by level';
COMMENT ON COLUMN appraisal.appeal_rule.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.appeal_rule.level IS 'order, first to last';
COMMENT ON COLUMN appraisal.appeal_rule.reviewer IS 'leader, hr or executive';
COMMENT ON COLUMN appraisal.appeal_rule.label IS 'the reviewer''s post in the scheme''s language';
COMMENT ON COLUMN appraisal.appeal_rule.decision_days IS 'days in which the level decides; NULL for no limit';

CREATE TRIGGER keep_scheme BEFORE INSERT OR UPDATE OR DELETE ON appraisal.scheme
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme();
CREATE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.period_rule
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.dimension
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.dimension_weight
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.scheme_indicator
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.rater_rule
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.box
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.outcome_rule
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.sign_off_rule
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.appeal_rule
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE TRIGGER keep_indicator BEFORE UPDATE OR DELETE ON appraisal.indicator
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_indicator();
CREATE TRIGGER keep_indicator BEFORE INSERT OR UPDATE OR DELETE ON appraisal.indicator_level
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_indicator();

-- What a scheme's document says of an indicator: every key, also those that
-- have their default.
CREATE VIEW appraisal.indicator_document WITH (security_invoker = true) AS
SELECT i.indicator_id, i.code, i.version,
       to_jsonb(i) - '{indicator_id,code,version}'::text[]
       || jsonb_build_object('levels', coalesce(l.levels, '[]')) AS document
FROM appraisal.indicator AS i
LEFT JOIN (
    SELECT x.indicator_id,
           jsonb_agg(jsonb_strip_nulls(to_jsonb(x) - '{indicator_id,position}'::text[]) ORDER BY x."position") AS levels
    FROM appraisal.indicator_level AS x GROUP BY x.indicator_id
) AS l USING (indicator_id);
COMMENT ON VIEW appraisal.indicator_document IS 'indicators as a scheme''s document writes them, defaults included';
COMMENT ON COLUMN appraisal.indicator_document.indicator_id IS 'key';
COMMENT ON COLUMN appraisal.indicator_document.code IS 'name; the same for all versions';
COMMENT ON COLUMN appraisal.indicator_document.version IS 'version of the indicator';
COMMENT ON COLUMN appraisal.indicator_document.document IS 'its definition';
