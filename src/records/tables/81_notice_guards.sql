-- What makes notices: triggers of the tables' owner, one call a statement, one row a person, kind and cycle.
-- Whoever listens to the channel learns that somebody has a notice, and nothing more: anybody may listen.

CREATE FUNCTION appraisal.signal_notices() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    -- sending makes transactions commit one after another
    IF EXISTS (SELECT FROM new_rows AS n) THEN
        PERFORM pg_notify('appraisal_notice', '');
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.signal_notices() IS 'trigger: tells who listens to the channel appraisal_notice that there are notices';
CREATE TRIGGER signal_notices AFTER INSERT ON appraisal.notice REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.signal_notices();

CREATE FUNCTION appraisal.notify_new_reviews() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    INSERT INTO appraisal.notice (cycle_id, person_id, kind, items)
    SELECT n.cycle_id, n.rater_id, 'review_to_do', array_agg(n.review_id ORDER BY n.review_id)
    FROM new_rows AS n
    WHERE n.status = 'assigned'
    GROUP BY n.cycle_id, n.rater_id;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.notify_new_reviews() IS 'trigger: raters have reviews to do';
CREATE TRIGGER notify_insert AFTER INSERT ON appraisal.review REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.notify_new_reviews();

CREATE FUNCTION appraisal.notify_reopened_reviews() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    INSERT INTO appraisal.notice (cycle_id, person_id, kind, items)
    SELECT n.cycle_id, n.rater_id, 'review_to_do', array_agg(n.review_id ORDER BY n.review_id)
    FROM new_rows AS n
    JOIN old_rows AS o ON o.cycle_id = n.cycle_id AND o.review_id = n.review_id AND o.status <> 'assigned'
    WHERE n.status = 'assigned'
    GROUP BY n.cycle_id, n.rater_id;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.notify_reopened_reviews() IS 'trigger: raters have reviews to do again';
CREATE TRIGGER notify_update AFTER UPDATE ON appraisal.review REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.notify_reopened_reviews();

-- A goal that was proposed, or changed, by somebody else: whoever did it oneself knows. A unit is its head.
CREATE FUNCTION appraisal.notify_new_goals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
BEGIN
    INSERT INTO appraisal.notice (cycle_id, person_id, kind, items)
    SELECT n.cycle_id, coalesce(p.person_id, p.manager_id), 'goal_to_confirm', array_agg(n.goal_id ORDER BY n.goal_id)
    FROM new_rows AS n
    JOIN appraisal.cycle AS c ON c.cycle_id = n.cycle_id
    JOIN appraisal.scheme AS s ON s.scheme_id = c.scheme_id AND s.goals_confirmed
    JOIN appraisal.participant AS p ON p.cycle_id = n.cycle_id AND p.participant_id = n.participant_id
    WHERE coalesce(p.person_id, p.manager_id) IS DISTINCT FROM me AND coalesce(p.person_id, p.manager_id) IS NOT NULL
    GROUP BY 1, 2;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.notify_new_goals() IS 'trigger: people have goals to confirm';
CREATE TRIGGER notify_insert AFTER INSERT ON appraisal.goal REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.notify_new_goals();

CREATE FUNCTION appraisal.notify_changed_goals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
BEGIN
    INSERT INTO appraisal.notice (cycle_id, person_id, kind, items)
    SELECT n.cycle_id, coalesce(p.person_id, p.manager_id), 'goal_to_confirm', array_agg(n.goal_id ORDER BY n.goal_id)
    FROM new_rows AS n
    JOIN old_rows AS o ON o.cycle_id = n.cycle_id AND o.goal_id = n.goal_id
     AND (o.title, o.earns, o.weight, o.target) IS DISTINCT FROM (n.title, n.earns, n.weight, n.target)
    JOIN appraisal.cycle AS c ON c.cycle_id = n.cycle_id
    JOIN appraisal.scheme AS s ON s.scheme_id = c.scheme_id AND s.goals_confirmed
    JOIN appraisal.participant AS p ON p.cycle_id = n.cycle_id AND p.participant_id = n.participant_id
    WHERE coalesce(p.person_id, p.manager_id) IS DISTINCT FROM me AND coalesce(p.person_id, p.manager_id) IS NOT NULL
    GROUP BY 1, 2;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.notify_changed_goals() IS 'trigger: people have goals to confirm again';
CREATE TRIGGER notify_update AFTER UPDATE ON appraisal.goal REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.notify_changed_goals();

-- Who has a result, where the scheme shows it to them, and who is to talk with them about it, whatever it is.
CREATE FUNCTION appraisal.notify_publication() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    INSERT INTO appraisal.notice (cycle_id, person_id, kind, items)
    SELECT p.cycle_id, k.person_id, k.kind, array_agg(p.participant_id ORDER BY p.participant_id)
    FROM new_rows AS n
    JOIN old_rows AS o ON o.cycle_id = n.cycle_id AND o.status = 'calibration'
    JOIN appraisal.scheme AS s ON s.scheme_id = n.scheme_id
    JOIN appraisal.participant AS p ON p.cycle_id = n.cycle_id AND p.leads AND p.exempt_because IS NULL
    CROSS JOIN LATERAL (
        SELECT coalesce(p.person_id, p.manager_id), 'result_published' WHERE s.visible_to && '{person,everyone}'
        UNION ALL
        SELECT p.manager_id, 'interview_to_hold' WHERE s.interview AND p.person_id IS NOT NULL) AS k (person_id, kind)
    WHERE n.status = 'published' AND k.person_id IS NOT NULL
    GROUP BY p.cycle_id, k.person_id, k.kind;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.notify_publication() IS 'trigger: results are there to see, and interviews to hold';
CREATE TRIGGER notify_update AFTER UPDATE ON appraisal.cycle REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.notify_publication();

CREATE FUNCTION appraisal.notify_survey() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    INSERT INTO appraisal.notice (cycle_id, person_id, kind)
    SELECT n.cycle_id, p.person_id, 'survey_to_answer'
    FROM new_rows AS n JOIN appraisal.participant AS p USING (cycle_id)
    WHERE p.leads AND p.exempt_because IS NULL AND p.person_id IS NOT NULL;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.notify_survey() IS 'trigger: people are asked about the scheme';
CREATE TRIGGER notify_insert AFTER INSERT ON appraisal.survey REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.notify_survey();

-- Neither whether an appeal was upheld nor by whom is in it.
CREATE FUNCTION appraisal.notify_decided_appeals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    INSERT INTO appraisal.notice (cycle_id, person_id, kind, items)
    SELECT n.cycle_id, coalesce(p.person_id, p.manager_id), 'appeal_decided', array_agg(n.appeal_id ORDER BY n.appeal_id)
    FROM new_rows AS n
    JOIN old_rows AS o ON o.cycle_id = n.cycle_id AND o.appeal_id = n.appeal_id AND o.status IN ('filed', 'investigating')
    JOIN appraisal.participant AS p ON p.cycle_id = n.cycle_id AND p.participant_id = n.participant_id
    WHERE n.status IN ('upheld', 'dismissed') AND coalesce(p.person_id, p.manager_id) IS NOT NULL
    GROUP BY 1, 2;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.notify_decided_appeals() IS 'trigger: appeals are decided';
CREATE TRIGGER notify_update AFTER UPDATE ON appraisal.appeal REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.notify_decided_appeals();

CREATE FUNCTION appraisal.notify_new_actions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    INSERT INTO appraisal.notice (cycle_id, person_id, kind, items)
    SELECT n.cycle_id, n.owner_id, 'plan_due', array_agg(n.action_id ORDER BY n.action_id)
    FROM new_rows AS n
    WHERE n.done_on IS NULL
    GROUP BY 1, 2;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.notify_new_actions() IS 'trigger: people have actions of an improvement plan to see to';
CREATE TRIGGER notify_insert AFTER INSERT ON appraisal.improvement_action REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.notify_new_actions();

-- Handing over: of two who read at once one gets a notice.
CREATE FUNCTION appraisal.take_notices() RETURNS SETOF appraisal.notice
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    UPDATE appraisal.notice AS n SET read_at = statement_timestamp()
    WHERE +n.person_id = (SELECT appraisal.acting_person()) AND n.read_at IS NULL
    RETURNING n.*
$function$;
COMMENT ON FUNCTION appraisal.take_notices() IS
    'what read_notices() calls: marks the unread notices of the one who is asking as read, with the rights of the tables'' owner';

CREATE FUNCTION appraisal.write_reminders() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF NOT (appraisal.acting_as('hr') OR appraisal.acting_as('service') OR pg_has_role(session_user, current_user, 'USAGE')) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'recurring work is done for HR, or for a service that acts for nobody',
            HINT = 'CALL appraisal.run_due_work() with such a login.';
    END IF;
    RETURN appraisal.add_reminders();
END
$function$;
COMMENT ON FUNCTION appraisal.write_reminders() IS
    'what run_due_work() calls: reminds people of what is overdue, with the rights of the tables'' owner; returns how many notices';

REVOKE ALL ON FUNCTION appraisal.signal_notices(), appraisal.notify_new_reviews(), appraisal.notify_reopened_reviews(), appraisal.notify_new_goals(),
    appraisal.notify_changed_goals(), appraisal.notify_publication(), appraisal.notify_survey(),
    appraisal.notify_decided_appeals(), appraisal.notify_new_actions(), appraisal.take_notices(), appraisal.write_reminders() FROM PUBLIC;
