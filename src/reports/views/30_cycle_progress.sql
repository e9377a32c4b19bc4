-- What is missing is asked participant by participant, so that the first rows come at once, and one person's
-- by index. Reviews are those that the reader may see: whoever may not know of an anonymous rater does not
-- learn from this that one is awaited.

CREATE VIEW appraisal.cycle_progress WITH (security_invoker = true) AS
SELECT p.cycle_id, c.code AS cycle, p.participant_id, CASE WHEN p.person_id IS NULL THEN 'unit' ELSE 'person' END AS subject,
       p.person_id, h.code AS person, h.name, p.unit_id, u.code AS unit, u.title AS unit_title, p.job_group,
       m.what, m.item, m.source, m.waits_for, m.waits_for_id, w.code AS waits_for_person, w.name AS waits_for_name,
       m.since, greatest(current_date - m.since, 0) AS days
FROM appraisal.participant AS p
JOIN appraisal.cycle AS c ON c.cycle_id = p.cycle_id
JOIN appraisal.scheme AS s ON s.scheme_id = c.scheme_id
JOIN appraisal.unit AS u ON u.unit_id = p.unit_id
LEFT JOIN appraisal.person AS h ON h.person_id = p.person_id
CROSS JOIN LATERAL (
    SELECT 'goal' AS what, i.code AS item, NULL AS source, s.goals_set_by AS waits_for,
           CASE s.goals_set_by WHEN 'manager' THEN p.manager_id ELSE coalesce(p.person_id, p.manager_id) END AS waits_for_id,
           lower(c.during) AS since
    FROM appraisal.dimension_weight AS d
    JOIN appraisal.scheme_indicator AS x ON x.scheme_id = d.scheme_id AND x.dimension_id = d.dimension_id
    JOIN appraisal.indicator AS i ON i.indicator_id = x.indicator_id
    WHERE c.status IN ('draft', 'goals') AND s.goals_set_by <> 'none' AND d.scheme_id = c.scheme_id
      AND d.job_group = CASE WHEN (c.scheme_id, p.job_group) IN (SELECT own.scheme_id, own.job_group FROM appraisal.dimension_weight AS own)
                             THEN p.job_group ELSE '*' END
      AND x.job_group = CASE WHEN (x.dimension_id, p.job_group) IN (SELECT own.dimension_id, own.job_group FROM appraisal.scheme_indicator AS own)
                             THEN p.job_group ELSE '*' END
      AND i.direction IS NOT NULL AND x.unit_level IS NULL
      -- nobody is asked for what is rolled up
      AND NOT EXISTS (SELECT FROM appraisal.period_rule AS r
                      WHERE r.scheme_id = c.scheme_id AND r.period = c.period AND r.combined_by <> 'reference'
                        AND r.job_group = CASE WHEN (c.scheme_id, p.job_group) IN (SELECT own.scheme_id, own.job_group FROM appraisal.period_rule AS own)
                                               THEN p.job_group ELSE '*' END)
      AND NOT EXISTS (SELECT FROM appraisal.goal AS g
                      WHERE g.cycle_id = p.cycle_id AND g.participant_id = p.participant_id AND g.scheme_indicator_id = x.scheme_indicator_id)
    UNION ALL
    SELECT k.what, g.title AS item, NULL AS source, k.waits_for, k.waits_for_id, lower(c.during) AS since
    FROM appraisal.goal AS g
    CROSS JOIN LATERAL (
        SELECT 'confirmation' AS what, 'person' AS waits_for, coalesce(p.person_id, p.manager_id) AS waits_for_id
        WHERE s.goals_confirmed AND g.confirmed_at IS NULL
        UNION ALL
        SELECT 'approval' AS what, 'hr' AS waits_for, NULL AS waits_for_id WHERE s.goals_approved AND g.approved_by_hr IS NULL
        UNION ALL
        -- whoever has nobody above needs HR alone
        SELECT 'approval' AS what, 'head' AS waits_for, a.above_id AS waits_for_id
        FROM (SELECT CASE WHEN p.person_id IS NOT NULL THEN p.manager_id
                          ELSE (SELECT l.manager_id FROM appraisal.participant AS l
                                WHERE l.cycle_id = p.cycle_id AND l.person_id = p.manager_id AND l.manager_id IS NOT NULL
                                ORDER BY l.leads DESC, l.segment LIMIT 1) END AS above_id) AS a
        WHERE s.goals_approved AND g.approved_by_head IS NULL AND a.above_id IS NOT NULL) AS k
    WHERE c.status IN ('draft', 'goals') AND g.cycle_id = p.cycle_id AND g.participant_id = p.participant_id
    UNION ALL
    SELECT 'review' AS what, NULL AS item, v.source, 'rater' AS waits_for, v.rater_id AS waits_for_id,
           coalesce(v.due_on, c.reviews_due, upper(c.during)) AS since
    FROM appraisal.review AS v
    WHERE c.status = 'scoring' AND v.cycle_id = p.cycle_id AND v.participant_id = p.participant_id AND v.status = 'assigned'
    UNION ALL
    SELECT 'measurement' AS what, i.code AS item, NULL AS source, coalesce(i.data_source, 'hr') AS waits_for, NULL AS waits_for_id,
           upper(c.during) AS since
    FROM appraisal.dimension_weight AS d
    JOIN appraisal.scheme_indicator AS x ON x.scheme_id = d.scheme_id AND x.dimension_id = d.dimension_id
    JOIN appraisal.indicator AS i ON i.indicator_id = x.indicator_id
    WHERE c.status IN ('scoring', 'calibration') AND d.scheme_id = c.scheme_id AND d.weight > 0
      AND d.job_group = CASE WHEN (c.scheme_id, p.job_group) IN (SELECT own.scheme_id, own.job_group FROM appraisal.dimension_weight AS own)
                             THEN p.job_group ELSE '*' END
      AND x.job_group = CASE WHEN (x.dimension_id, p.job_group) IN (SELECT own.dimension_id, own.job_group FROM appraisal.scheme_indicator AS own)
                             THEN p.job_group ELSE '*' END
      AND i.kind = 'measured' AND x.unit_level IS NULL
      AND NOT EXISTS (SELECT FROM appraisal.period_rule AS r
                      WHERE r.scheme_id = c.scheme_id AND r.period = c.period AND r.combined_by <> 'reference'
                        AND r.job_group = CASE WHEN (c.scheme_id, p.job_group) IN (SELECT own.scheme_id, own.job_group FROM appraisal.period_rule AS own)
                                               THEN p.job_group ELSE '*' END)
      AND NOT EXISTS (SELECT FROM appraisal.measurement AS f
                      WHERE f.cycle_id = p.cycle_id AND f.participant_id = p.participant_id AND f.indicator_id = i.indicator_id)
      -- who may not see a measurement must not take it for missing
      AND ((SELECT NOT row_security_active('appraisal.measurement') OR appraisal.acting_as('hr') OR appraisal.acting_as('executive')
                   OR appraisal.acting_as('auditor'))
           OR p.participant_id IN (SELECT appraisal.my_participations()) OR p.participant_id IN (SELECT appraisal.my_participants()))
    UNION ALL
    SELECT k.what, NULL AS item, NULL AS source, k.waits_for, k.waits_for_id, k.since
    FROM appraisal.current_result AS r
    CROSS JOIN LATERAL (SELECT (r.published_at AT TIME ZONE 'UTC')::date AS published_on) AS d
    CROSS JOIN LATERAL (
        SELECT 'interview' AS what, CASE WHEN a.above_id IS NULL THEN 'hr' ELSE 'manager' END AS waits_for, a.above_id AS waits_for_id,
               d.published_on + coalesce(s.interview_days, 0) AS since
        FROM (SELECT CASE WHEN p.person_id IS NOT NULL THEN p.manager_id
                          ELSE (SELECT l.manager_id FROM appraisal.participant AS l
                                WHERE l.cycle_id = p.cycle_id AND l.person_id = p.manager_id AND l.manager_id IS NOT NULL
                                ORDER BY l.leads DESC, l.segment LIMIT 1) END AS above_id) AS a
        WHERE s.interview
          AND NOT EXISTS (SELECT FROM appraisal.interview AS i WHERE i.cycle_id = p.cycle_id AND i.participant_id = p.participant_id)
        UNION ALL
        SELECT 'acknowledgement' AS what, 'person' AS waits_for, coalesce(p.person_id, p.manager_id) AS waits_for_id,
               d.published_on + coalesce(s.interview_days, 0) AS since
        WHERE s.interview AND s.visible_to && '{person,everyone}'
          AND NOT EXISTS (SELECT FROM appraisal.acknowledgement AS i
                          WHERE i.cycle_id = p.cycle_id AND i.participant_id = p.participant_id AND i.version = r.version)
        UNION ALL
        -- once for all, because no index may be searched for whose a plan is
        SELECT 'improvement_plan' AS what, 'hr' AS waits_for, NULL AS waits_for_id, d.published_on AS since
        WHERE p.person_id IS NOT NULL
          -- not by grade_rank(), which fails on a grade that the scale has not: a report shows what there is
          AND (SELECT array_position(g.grades, appraisal.grade_for_improvement(s.improvement_reads, r.natural_grade, r.calibrated_grade, r.final_grade))
                      >= array_position(g.grades, s.improvement_grade)
               FROM (SELECT ARRAY(SELECT x.grade FROM appraisal.grades(s.scale) AS x) AS grades) AS g)
          AND (p.participant_id, r.version) NOT IN (SELECT l.participant_id, l.version FROM appraisal.improvement_plan AS l)
          AND p.participant_id NOT IN (SELECT l.participant_id FROM appraisal.improvement_plan AS l WHERE l.status <> 'cancelled')) AS k
    WHERE c.status = 'published' AND r.cycle_id = p.cycle_id AND r.participant_id = p.participant_id AND r.state <> 'exempt'
      AND k.since < current_date
      -- as with measurements
      AND ((SELECT NOT row_security_active('appraisal.interview') OR appraisal.acting_as('hr') OR appraisal.acting_as('auditor'))
           OR p.participant_id IN (SELECT appraisal.my_participations()) OR p.participant_id IN (SELECT appraisal.my_participants()))
    UNION ALL
    SELECT 'part' AS what, k.code AS item, NULL AS source, 'hr' AS waits_for, NULL AS waits_for_id, upper(k.during) AS since
    FROM appraisal.part_score AS o JOIN appraisal.cycle AS k ON k.cycle_id = o.part_cycle_id
    WHERE c.status IN ('scoring', 'calibration') AND o.cycle_id = p.cycle_id AND o.participant_id = p.participant_id
      AND o.state = 'pending' AND o.weight > 0 AND k.status NOT IN ('published', 'closed')) AS m
LEFT JOIN appraisal.person AS w ON w.person_id = m.waits_for_id
WHERE p.exempt_because IS NULL;
COMMENT ON VIEW appraisal.cycle_progress IS
    'what is missing in cycles under way, from whom and since when: goals, their confirmation and approval, reviews, measurements, results of shorter periods that compute_results() found not published, and after publication what is overdue: interviews, acknowledgements, improvement plans';
COMMENT ON COLUMN appraisal.cycle_progress.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.cycle_progress.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.cycle_progress.participant_id IS 'key within the cycle of whom it is about';
COMMENT ON COLUMN appraisal.cycle_progress.subject IS 'person or unit';
COMMENT ON COLUMN appraisal.cycle_progress.person_id IS 'key of the person; null for a unit';
COMMENT ON COLUMN appraisal.cycle_progress.person IS 'code of the person; null for a unit';
COMMENT ON COLUMN appraisal.cycle_progress.name IS 'name of the person; null for a unit';
COMMENT ON COLUMN appraisal.cycle_progress.unit_id IS 'key of the unit of then';
COMMENT ON COLUMN appraisal.cycle_progress.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.cycle_progress.unit_title IS 'name of that unit';
COMMENT ON COLUMN appraisal.cycle_progress.job_group IS 'job group of then';
COMMENT ON COLUMN appraisal.cycle_progress.what IS 'goal (not proposed), its confirmation or approval, review, measurement, part (a shorter period); interview, acknowledgement, improvement_plan (which the rule wants and nobody opened)';
COMMENT ON COLUMN appraisal.cycle_progress.item IS 'code of the indicator that has no goal or no figure; the goal''s title where it waits for somebody; code of the shorter period''s cycle';
COMMENT ON COLUMN appraisal.cycle_progress.source IS 'as what the rater reviews: self, manager, peer and so on';
COMMENT ON COLUMN appraisal.cycle_progress.waits_for IS 'whose turn it is: person, manager, head, hr, rater, or where the figures come from';
COMMENT ON COLUMN appraisal.cycle_progress.waits_for_id IS 'key of the person whose turn it is; null for an office';
COMMENT ON COLUMN appraisal.cycle_progress.waits_for_person IS 'code of that person';
COMMENT ON COLUMN appraisal.cycle_progress.waits_for_name IS 'name of that person';
COMMENT ON COLUMN appraisal.cycle_progress.since IS 'from when it is missing: the first day of the period for goals, the day after it for figures and parts, the day a review, an interview or an acknowledgement was due, the day of publication (UTC) for plans';
COMMENT ON COLUMN appraisal.cycle_progress.days IS 'days since then; 0 if it is not due yet';
