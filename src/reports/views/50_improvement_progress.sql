-- Improvement plans with how far their actions are, for who sees the plan.

CREATE VIEW appraisal.improvement_progress WITH (security_invoker = true) AS
SELECT l.cycle_id, c.code AS cycle, l.plan_id, l.participant_id, p.person_id, h.code AS person, h.name, p.unit_id, u.code AS unit,
       l.version, l.status, l.by_rule, l.due_on, l.status = 'open' AND l.due_on < current_date AS overdue,
       coalesce(a.actions, 0) AS actions, coalesce(a.done, 0) AS actions_done,
       CASE WHEN l.status = 'open' THEN coalesce(a.late, 0) ELSE 0 END AS actions_overdue, a.progress
FROM appraisal.improvement_plan AS l
JOIN appraisal.cycle AS c ON c.cycle_id = l.cycle_id
JOIN appraisal.participant AS p ON p.cycle_id = l.cycle_id AND p.participant_id = l.participant_id
JOIN appraisal.unit AS u ON u.unit_id = p.unit_id
LEFT JOIN appraisal.person AS h ON h.person_id = p.person_id
LEFT JOIN (SELECT x.cycle_id, x.plan_id, count(*)::integer AS actions, count(x.done_on)::integer AS done,
                  count(*) FILTER (WHERE x.done_on IS NULL AND x.due_on < current_date)::integer AS late, round(avg(x.progress), 1) AS progress
           FROM appraisal.improvement_action AS x GROUP BY x.cycle_id, x.plan_id) AS a ON a.cycle_id = l.cycle_id AND a.plan_id = l.plan_id;
COMMENT ON VIEW appraisal.improvement_progress IS 'improvement plans and how far they are';
COMMENT ON COLUMN appraisal.improvement_progress.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.improvement_progress.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.improvement_progress.plan_id IS 'key of the plan within the cycle';
COMMENT ON COLUMN appraisal.improvement_progress.participant_id IS 'key within the cycle of whose it is';
COMMENT ON COLUMN appraisal.improvement_progress.person_id IS 'key of the person; null for a unit';
COMMENT ON COLUMN appraisal.improvement_progress.person IS 'code of the person; null for a unit';
COMMENT ON COLUMN appraisal.improvement_progress.name IS 'name of the person; null for a unit';
COMMENT ON COLUMN appraisal.improvement_progress.unit_id IS 'key of the unit of then';
COMMENT ON COLUMN appraisal.improvement_progress.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.improvement_progress.version IS 'version of the result that the plan followed';
COMMENT ON COLUMN appraisal.improvement_progress.status IS 'open, met, not_met or cancelled';
COMMENT ON COLUMN appraisal.improvement_progress.by_rule IS 'did the scheme''s improvement_grade open it?';
COMMENT ON COLUMN appraisal.improvement_progress.due_on IS 'last day of the plan';
COMMENT ON COLUMN appraisal.improvement_progress.overdue IS 'is it open after that day?';
COMMENT ON COLUMN appraisal.improvement_progress.actions IS 'actions that it has';
COMMENT ON COLUMN appraisal.improvement_progress.actions_done IS 'actions that are done';
COMMENT ON COLUMN appraisal.improvement_progress.actions_overdue IS 'actions not done after their last day, while the plan is open';
COMMENT ON COLUMN appraisal.improvement_progress.progress IS 'mean of the actions'' progress, per cent; null without actions';
