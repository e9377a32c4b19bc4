-- Work that recurs: what a site runs every day, or more often.

-- Runs with the rights of the tables' owner, in write_reminders(). One reminder a person, cycle, kind and day, which
-- notice_reminds_once_a_day keeps also where two run at once. Days are those of UTC, as in review.late. Who has
-- left is not reminded.
CREATE FUNCTION appraisal.add_reminders() RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    today CONSTANT date := (statement_timestamp() AT TIME ZONE 'UTC')::date;
    written integer;
BEGIN
    INSERT INTO appraisal.notice (cycle_id, person_id, kind, items, reminds_on)
    SELECT d.cycle_id, d.person_id, d.kind, coalesce(array_agg(DISTINCT d.item ORDER BY d.item) FILTER (WHERE d.item IS NOT NULL), '{}'), today
    FROM (
        SELECT r.cycle_id, r.rater_id AS person_id, 'review_overdue' AS kind, r.review_id AS item
        FROM appraisal.cycle AS c JOIN appraisal.review AS r USING (cycle_id)
        WHERE c.status = 'scoring' AND r.status = 'assigned' AND coalesce(r.due_on, c.reviews_due) < today
        UNION ALL
        -- the next step that a unit wants; what its signers left as their own is for HR
        SELECT n.cycle_id, g.person_id, 'sign_off_overdue', n.unit_id
        FROM (SELECT DISTINCT ON (c.cycle_id, w.unit_id) c.cycle_id, w.unit_id, CASE WHEN w.signed_by_oneself THEN 'hr' ELSE r.signer END AS signer,
                     upper(c.during) - 1 + r.due_days AS due_on
              FROM appraisal.cycle AS c
              CROSS JOIN LATERAL appraisal.wanted_signatures(c.cycle_id) AS w
              LEFT JOIN appraisal.sign_off_rule AS r ON r.scheme_id = c.scheme_id AND r.step = w.step
              WHERE c.status = 'calibration'
                AND EXISTS (SELECT FROM appraisal.sign_off_rule AS d WHERE d.scheme_id = c.scheme_id AND upper(c.during) - 1 + d.due_days < today)
              ORDER BY c.cycle_id, w.unit_id, w.step, w.signed_by_oneself) AS n
        CROSS JOIN LATERAL (SELECT appraisal.expected_signer(n.cycle_id, n.unit_id, n.signer) AS person_id) AS e
        CROSS JOIN LATERAL (SELECT e.person_id WHERE e.person_id IS NOT NULL
                            UNION
                            SELECT a.person_id FROM appraisal.account AS a
                            WHERE e.person_id IS NULL AND appraisal.signing_office(n.signer) = ANY (a.capabilities)) AS g
        WHERE n.due_on < today
        UNION ALL
        -- of units nobody is interviewed
        SELECT c.cycle_id, p.manager_id, 'interview_overdue', p.participant_id
        FROM appraisal.cycle AS c
        JOIN appraisal.scheme AS s ON s.scheme_id = c.scheme_id AND s.interview
        JOIN appraisal.participant AS p ON p.cycle_id = c.cycle_id AND p.leads AND p.exempt_because IS NULL AND p.person_id IS NOT NULL
        JOIN appraisal.result AS r ON r.cycle_id = p.cycle_id AND r.participant_id = p.participant_id AND r.version = 1
        WHERE c.status = 'published' AND (r.published_at AT TIME ZONE 'UTC')::date + coalesce(s.interview_days, 0) < today
          AND NOT EXISTS (SELECT FROM appraisal.interview AS i WHERE i.cycle_id = p.cycle_id AND i.participant_id = p.participant_id)
        UNION ALL
        SELECT a.cycle_id, a.owner_id, 'plan_overdue', a.action_id
        FROM appraisal.improvement_plan AS l JOIN appraisal.improvement_action AS a USING (cycle_id, plan_id)
        WHERE l.status = 'open' AND a.done_on IS NULL AND a.due_on < today
        UNION ALL
        -- while nobody has taken it, all who may
        SELECT a.cycle_id, coalesce(a.handler_id, CASE a.level WHEN 'leader' THEN p.manager_id ELSE o.person_id END), 'appeal_overdue', a.appeal_id
        FROM appraisal.appeal AS a
        JOIN appraisal.participant AS p ON p.cycle_id = a.cycle_id AND p.participant_id = a.participant_id
        LEFT JOIN appraisal.account AS o
            ON a.handler_id IS NULL AND a.level = ANY (o.capabilities) AND o.person_id IS DISTINCT FROM p.person_id
        WHERE a.status IN ('filed', 'investigating') AND a.due_at <= statement_timestamp()
        UNION ALL
        -- a scheme whose staff are asked
        SELECT c.cycle_id, a.person_id, 'survey_to_open', NULL
        FROM appraisal.cycle AS c
        JOIN appraisal.scheme AS s ON s.scheme_id = c.scheme_id AND s.surveyed
        JOIN appraisal.account AS a ON 'hr' = ANY (a.capabilities)
        WHERE c.status = 'published' AND NOT EXISTS (SELECT FROM appraisal.survey AS v WHERE v.cycle_id = c.cycle_id)
    ) AS d
    JOIN appraisal.person AS p ON p.person_id = d.person_id AND (p.left_on > today) IS NOT FALSE
    GROUP BY d.cycle_id, d.person_id, d.kind
    ORDER BY d.cycle_id, d.person_id, d.kind
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;
COMMENT ON FUNCTION appraisal.add_reminders() IS 'reminds people of what is overdue, once a day; for write_reminders()';

CREATE PROCEDURE appraisal.run_due_work(INOUT reminded integer DEFAULT NULL, INOUT escalated integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    overdue integer;
BEGIN
    -- first, so that who has lost an appeal to the next level is not reminded of it
    CALL appraisal.escalate_overdue_appeals(NULL, escalated, overdue);
    reminded := appraisal.write_reminders();
    CALL appraisal.seal_audit();
END
$procedure$;
COMMENT ON PROCEDURE appraisal.run_due_work(integer, integer) IS
    'does what is due: takes overdue appeals to the next level, reminds people of what is overdue, once a day, and seals the audit log; says how many';
