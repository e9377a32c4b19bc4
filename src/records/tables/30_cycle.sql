-- Appraisal cycles: who is appraised, towards which goals, with what figures.
--
-- A participant is a person (or a unit) in a cycle, as posted then: a snapshot, so that later moves
-- change nothing. Who moved within the period is there once a segment; the leading one, which holds on
-- the cohort date, carries the result.

CREATE TABLE appraisal.cycle (
    cycle_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL
        CONSTRAINT cycle_code_is_unique UNIQUE
        CONSTRAINT cycle_code_is_not_empty CHECK (code <> ''),
    title text NOT NULL,
    scheme_id bigint NOT NULL CONSTRAINT cycle_scheme_exists REFERENCES appraisal.scheme,
    period text NOT NULL CONSTRAINT cycle_period_is_known CHECK (period IN ('month', 'quarter', 'half_year', 'year')),
    during daterange NOT NULL,
    cohort_date date NOT NULL,
    reviews_due date,
    status text NOT NULL DEFAULT 'draft'
        CONSTRAINT cycle_status_is_known CHECK (status IN ('draft', 'goals', 'scoring', 'calibration', 'published', 'closed')),
    calibration_began timestamptz,
    reopened_because text CONSTRAINT cycle_reason_is_not_empty CHECK (reopened_because <> ''),
    timezone text NOT NULL DEFAULT appraisal.database_timezone(),
    CONSTRAINT cycle_is_of_whole_days CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)),
    CONSTRAINT cycle_cohort_date_is_within CHECK (during @> cohort_date)
);
CREATE INDEX cycle_scheme_id_idx ON appraisal.cycle (scheme_id);
COMMENT ON TABLE appraisal.cycle IS 'an appraisal by a scheme for a period';
COMMENT ON COLUMN appraisal.cycle.cycle_id IS 'key';
COMMENT ON COLUMN appraisal.cycle.code IS 'stable name by which calls refer to the cycle';
COMMENT ON COLUMN appraisal.cycle.title IS 'name to show';
COMMENT ON COLUMN appraisal.cycle.scheme_id IS 'the scheme version by which it goes';
COMMENT ON COLUMN appraisal.cycle.period IS 'kind of period: month, quarter, half_year or year';
COMMENT ON COLUMN appraisal.cycle.during IS 'the period, to the day after its last one';
COMMENT ON COLUMN appraisal.cycle.cohort_date IS 'day whose unit and superior count; the last of the period unless said otherwise';
COMMENT ON COLUMN appraisal.cycle.reviews_due IS 'last day for reviews; a later one is marked late';
COMMENT ON COLUMN appraisal.cycle.status IS 'draft, goals, scoring, calibration, published or closed';
COMMENT ON COLUMN appraisal.cycle.calibration_began IS 'when reviews were closed; a concern told after that comes too late';
COMMENT ON COLUMN appraisal.cycle.reopened_because IS 'why it was last taken back a step';
COMMENT ON COLUMN appraisal.cycle.timezone IS 'time zone in which the days of deadlines are counted';

CREATE TABLE appraisal.participant (
    cycle_id bigint NOT NULL CONSTRAINT participant_cycle_exists REFERENCES appraisal.cycle,
    participant_id bigint GENERATED ALWAYS AS IDENTITY,
    person_id bigint CONSTRAINT participant_person_exists REFERENCES appraisal.person,
    appraised_unit_id bigint CONSTRAINT participant_appraised_unit_exists REFERENCES appraisal.unit,
    segment integer NOT NULL DEFAULT 1 CONSTRAINT participant_segment_is_positive CHECK (segment > 0),
    segment_days integer NOT NULL CONSTRAINT participant_segment_days_are_positive CHECK (segment_days > 0),
    leads boolean NOT NULL DEFAULT true,
    unit_id bigint NOT NULL CONSTRAINT participant_unit_exists REFERENCES appraisal.unit,
    manager_id bigint CONSTRAINT participant_manager_exists REFERENCES appraisal.person,
    job_group text NOT NULL CONSTRAINT participant_job_group_is_not_empty CHECK (job_group <> ''),
    exempt_because text CONSTRAINT participant_exemption_has_a_reason CHECK (exempt_because <> ''),
    PRIMARY KEY (cycle_id, participant_id),
    CONSTRAINT participant_is_a_person_or_a_unit CHECK (num_nonnulls(person_id, appraised_unit_id) = 1),
    CONSTRAINT participant_manager_is_somebody_else CHECK (manager_id <> person_id),
    CONSTRAINT participant_person_is_once_a_segment UNIQUE (cycle_id, person_id, segment),
    CONSTRAINT participant_unit_is_once UNIQUE (cycle_id, appraised_unit_id)
);
CREATE UNIQUE INDEX participant_person_leads_once ON appraisal.participant (cycle_id, person_id) WHERE leads;
CREATE INDEX participant_person_id_idx ON appraisal.participant (person_id);
CREATE INDEX participant_manager_id_idx ON appraisal.participant (manager_id, cycle_id);
CREATE INDEX participant_unit_id_idx ON appraisal.participant (unit_id, cycle_id);
CREATE INDEX participant_appraised_unit_id_idx ON appraisal.participant (appraised_unit_id);
COMMENT ON TABLE appraisal.participant IS 'who is appraised in a cycle, as posted then; once a segment for who moved within it';
COMMENT ON COLUMN appraisal.participant.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.participant.participant_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.participant.person_id IS 'the person; null for a unit that is appraised';
COMMENT ON COLUMN appraisal.participant.appraised_unit_id IS 'the unit that is appraised; null for a person';
COMMENT ON COLUMN appraisal.participant.segment IS 'counts the postings of the period from 1';
COMMENT ON COLUMN appraisal.participant.segment_days IS 'days of the segment; segments weigh by them';
COMMENT ON COLUMN appraisal.participant.leads IS 'is this the segment of the cohort date, which carries the result?';
COMMENT ON COLUMN appraisal.participant.unit_id IS 'where the person was posted; the unit itself for a unit';
COMMENT ON COLUMN appraisal.participant.manager_id IS 'direct superior then; who answers for a unit';
COMMENT ON COLUMN appraisal.participant.job_group IS 'job group then; the kind of unit for a unit';
COMMENT ON COLUMN appraisal.participant.exempt_because IS 'why there is no appraisal; null for who is appraised';

CREATE TABLE appraisal.goal (
    cycle_id bigint NOT NULL,
    goal_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    scheme_indicator_id bigint NOT NULL CONSTRAINT goal_indicator_exists REFERENCES appraisal.scheme_indicator,
    title text NOT NULL CONSTRAINT goal_title_is_not_empty CHECK (title <> ''),
    earns text,
    weight numeric NOT NULL CONSTRAINT goal_weight_is_0_to_100 CHECK (weight BETWEEN 0 AND 100),
    target numeric CONSTRAINT goal_target_is_finite CHECK (target NOT IN ('NaN', 'Infinity', '-Infinity')),
    floor numeric,
    proposed_by bigint CONSTRAINT goal_proposer_exists REFERENCES appraisal.person,
    adjusted_by bigint CONSTRAINT goal_adjuster_exists REFERENCES appraisal.person,
    adjusted_because text,
    confirmed_at timestamptz,
    approved_by_head bigint CONSTRAINT goal_head_exists REFERENCES appraisal.person,
    approved_by_hr name,
    PRIMARY KEY (cycle_id, goal_id),
    CONSTRAINT goal_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT goal_is_one_an_indicator UNIQUE (cycle_id, participant_id, scheme_indicator_id),
    CONSTRAINT goal_adjustment_has_a_reason CHECK (adjusted_by IS NULL OR coalesce(adjusted_because, '') <> '')
);
CREATE INDEX goal_scheme_indicator_id_idx ON appraisal.goal (scheme_indicator_id);
CREATE INDEX goal_proposed_by_idx ON appraisal.goal (proposed_by);
CREATE INDEX goal_adjusted_by_idx ON appraisal.goal (adjusted_by);
CREATE INDEX goal_approved_by_head_idx ON appraisal.goal (approved_by_head);
COMMENT ON TABLE appraisal.goal IS 'what a participant is to reach: an indicator of the scheme with a target of one''s own';
COMMENT ON COLUMN appraisal.goal.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.goal.goal_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.goal.participant_id IS 'whose goal';
COMMENT ON COLUMN appraisal.goal.scheme_indicator_id IS 'the indicator in its dimension';
COMMENT ON COLUMN appraisal.goal.title IS 'the goal in words; the indicator''s name unless said otherwise';
COMMENT ON COLUMN appraisal.goal.earns IS 'what earns which mark, in words';
COMMENT ON COLUMN appraisal.goal.weight IS 'per cent of the dimension; those of a participant add up to 100';
COMMENT ON COLUMN appraisal.goal.target IS 'target; null where the indicator has none';
COMMENT ON COLUMN appraisal.goal.floor IS 'last or best earlier actual, than which a proposed target is no worse';
COMMENT ON COLUMN appraisal.goal.proposed_by IS 'who proposed it; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.goal.adjusted_by IS 'who changed it last since';
COMMENT ON COLUMN appraisal.goal.adjusted_because IS 'why';
COMMENT ON COLUMN appraisal.goal.confirmed_at IS 'when the person agreed to it as it is';
COMMENT ON COLUMN appraisal.goal.approved_by_head IS 'head of the department who approved it as it is';
COMMENT ON COLUMN appraisal.goal.approved_by_hr IS 'login of HR that approved it as it is';

CREATE TABLE appraisal.measurement (
    cycle_id bigint NOT NULL,
    measurement_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    indicator_id bigint NOT NULL CONSTRAINT measurement_indicator_exists REFERENCES appraisal.indicator,
    value numeric NOT NULL CONSTRAINT measurement_value_is_finite CHECK (value NOT IN ('NaN', 'Infinity', '-Infinity')),
    measured_on date NOT NULL,
    data_source text,
    supersedes bigint,
    corrected_because text,
    recorded_by bigint CONSTRAINT measurement_recorder_exists REFERENCES appraisal.person,
    recorded_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (cycle_id, measurement_id),
    CONSTRAINT measurement_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT measurement_superseded_exists FOREIGN KEY (cycle_id, supersedes) REFERENCES appraisal.measurement,
    CONSTRAINT measurement_is_superseded_once UNIQUE (cycle_id, supersedes),
    CONSTRAINT measurement_correction_has_a_reason CHECK ((supersedes IS NULL) = (corrected_because IS NULL) AND corrected_because <> '')
);
CREATE INDEX measurement_participant_idx ON appraisal.measurement (cycle_id, participant_id, indicator_id);
CREATE INDEX measurement_indicator_id_idx ON appraisal.measurement (indicator_id);
CREATE INDEX measurement_recorded_by_idx ON appraisal.measurement (recorded_by);
COMMENT ON TABLE appraisal.measurement IS 'figures as they were gathered; rows are added, a correction supersedes an earlier one';
COMMENT ON COLUMN appraisal.measurement.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.measurement.measurement_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.measurement.participant_id IS 'whose figure';
COMMENT ON COLUMN appraisal.measurement.indicator_id IS 'what was measured';
COMMENT ON COLUMN appraisal.measurement.value IS 'the figure, in the indicator''s unit of measure';
COMMENT ON COLUMN appraisal.measurement.measured_on IS 'day, or last day, that the figure is of';
COMMENT ON COLUMN appraisal.measurement.data_source IS 'system or office that it comes from';
COMMENT ON COLUMN appraisal.measurement.supersedes IS 'the measurement that this one corrects';
COMMENT ON COLUMN appraisal.measurement.corrected_because IS 'why';
COMMENT ON COLUMN appraisal.measurement.recorded_by IS 'who recorded it; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.measurement.recorded_at IS 'when';
