-- Appeals: filed by the person against a published result within the scheme's window, and taken from level to
-- level until the last one decides. appeal_decision.sql has proposals and decisions.
--
-- Nobody decides on a result that one rated, calibrated or signed. The level 'leader' is a talk, which those may
-- hold, too; without one recorded an appeal does not go on from there, save when it is overdue.

CREATE FUNCTION appraisal.require_person() RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
BEGIN
    IF me IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'appeals are filed and handled by people, and this login is nobody in particular',
            HINT = 'A service sets appraisal.actor to the person it acts for.';
    END IF;
    RETURN me;
END
$$;
COMMENT ON FUNCTION appraisal.require_person() IS 'who is asking; an error for a login that is nobody in particular';

-- One's own participation, or that of a unit for which one answers.
CREATE FUNCTION appraisal.own_participant(cycle text, unit text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    this_unit CONSTANT bigint := CASE WHEN unit IS NOT NULL THEN appraisal.unit_of_code(unit) END;
    found_id bigint;
BEGIN
    PERFORM appraisal.require_person();
    SELECT p.participant_id INTO found_id
    FROM appraisal.participant AS p
    WHERE p.cycle_id = this_cycle AND p.leads AND p.participant_id IN (SELECT appraisal.my_participations())
      AND p.appraised_unit_id IS NOT DISTINCT FROM this_unit;
    IF found_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = CASE WHEN unit IS NULL THEN format('you take no part in cycle "%s"', cycle)
                           ELSE format('you do not answer for unit "%s" in cycle "%s"', unit, cycle) END;
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION appraisal.own_participant(text, text) IS
    'key of the participant that the one who is asking is, or of a unit for which that one answers; an error if there is none';

CREATE FUNCTION appraisal.end_of_days(of_cycle bigint, since timestamptz, days integer) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this record;
BEGIN
    SELECT c.timezone, s.appeal_day_kind INTO this
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    RETURN (appraisal.due_date((since AT TIME ZONE this.timezone)::date, days, this.appeal_day_kind) + 1)::timestamp
           AT TIME ZONE this.timezone;
END
$$;
COMMENT ON FUNCTION appraisal.end_of_days(bigint, timestamptz, integer) IS
    'first instant after so many days, of the scheme''s kind, in the cycle''s time zone; null for null days';

-- From publication to the end of the last day, counted from the later of publication and first interview.
CREATE FUNCTION appraisal.appeal_windows(of_cycle bigint, only_participant bigint DEFAULT NULL)
    RETURNS TABLE (participant_id bigint, version integer, opens_at timestamptz, closes_at timestamptz)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH talked AS (
        SELECT i.participant_id, min(i.held_on) AS held_on
        FROM appraisal.interview AS i
        WHERE i.cycle_id = of_cycle AND (only_participant IS NULL OR i.participant_id = only_participant)
        GROUP BY i.participant_id
    ),
    begun AS (
        SELECT r.participant_id, r.version, r.published_at, s.appeal_days, c.timezone,
               -- midnight, so that instants of a day have one deadline, which is looked for once
               CASE WHEN s.interview AND t.held_on IS NULL THEN 'infinity'
                    ELSE greatest((r.published_at AT TIME ZONE c.timezone)::date, t.held_on)::timestamp AT TIME ZONE c.timezone END AS since
        FROM appraisal.current_result AS r
        JOIN appraisal.cycle AS c USING (cycle_id)
        JOIN appraisal.scheme AS s USING (scheme_id)
        LEFT JOIN talked AS t ON t.participant_id = r.participant_id
        WHERE r.cycle_id = of_cycle AND (only_participant IS NULL OR r.participant_id = only_participant)
          AND r.published_at IS NOT NULL AND r.state <> 'exempt' AND s.appeal_days IS NOT NULL
    ),
    ended AS MATERIALIZED (
        SELECT d.since, appraisal.end_of_days(of_cycle, d.since, d.appeal_days) AS closes_at
        FROM (SELECT DISTINCT b.since, b.appeal_days FROM begun AS b) AS d
    )
    SELECT b.participant_id, b.version, b.published_at, e.closes_at
    FROM begun AS b JOIN ended AS e USING (since);
END
$$;
COMMENT ON FUNCTION appraisal.appeal_windows(bigint, bigint) IS
    'from when, and until before when, the results of a cycle, or one of them, can be appealed; infinity while an interview is owed';

CREATE FUNCTION appraisal.appeal_window(cycle text, person text DEFAULT NULL, unit text DEFAULT NULL,
                                        OUT opens_at timestamptz, OUT closes_at timestamptz)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    this_participant CONSTANT bigint := CASE WHEN person IS NULL AND unit IS NULL THEN appraisal.own_participant(cycle, NULL)
                                             ELSE appraisal.leading_participant(cycle, person, unit) END;
BEGIN
    SELECT w.opens_at, w.closes_at INTO appeal_window.opens_at, appeal_window.closes_at
    FROM appraisal.appeal_windows(this_cycle, this_participant) AS w;
END
$$;
COMMENT ON FUNCTION appraisal.appeal_window(text, text, text) IS
    'from when, and until before when, the own result, or that of a person or a unit, can be appealed; null without a published result that the caller sees, infinity while an interview is owed';

-- Where nobody is above there is no leader to talk with.
CREATE FUNCTION appraisal.next_appeal_level(of_cycle bigint, of_participant bigint, after_level text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    has_leader boolean;
BEGIN
    SELECT CASE WHEN p.person_id IS NOT NULL THEN p.manager_id
                ELSE coalesce((SELECT h.manager_id FROM appraisal.participant AS h
                               WHERE h.cycle_id = p.cycle_id AND h.leads AND h.person_id = p.manager_id),
                              (SELECT g.manager_id FROM appraisal.posting AS g
                               WHERE g.person_id = p.manager_id AND g.during @> c.cohort_date)) END IS NOT NULL INTO has_leader
    FROM appraisal.participant AS p JOIN appraisal.cycle AS c USING (cycle_id)
    WHERE p.cycle_id = of_cycle AND p.participant_id = of_participant;
    RETURN (SELECT r.reviewer
            FROM appraisal.cycle AS c
            JOIN appraisal.appeal_rule AS r USING (scheme_id)
            WHERE c.cycle_id = of_cycle
              AND r.level > coalesce((SELECT x.level FROM appraisal.appeal_rule AS x
                                      WHERE x.scheme_id = c.scheme_id AND x.reviewer = after_level), 0)
              AND (r.reviewer <> 'leader' OR has_leader
                   OR NOT EXISTS (SELECT FROM appraisal.appeal_rule AS x WHERE x.scheme_id = c.scheme_id AND x.level > r.level))
            ORDER BY r.level LIMIT 1);
END
$$;
COMMENT ON FUNCTION appraisal.next_appeal_level(bigint, bigint, text) IS
    'level to which an appeal goes from another, first from null; null after the last';

CREATE FUNCTION appraisal.appeal_due(of_cycle bigint, of_level text) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT appraisal.end_of_days(of_cycle, statement_timestamp(), r.decision_days)
            FROM appraisal.cycle AS c JOIN appraisal.appeal_rule AS r USING (scheme_id)
            WHERE c.cycle_id = of_cycle AND r.reviewer = of_level);
END
$$;
COMMENT ON FUNCTION appraisal.appeal_due(bigint, text) IS 'when an appeal that comes to a level now is overdue there; null for never';

CREATE FUNCTION appraisal.add_appeal_event(of_cycle bigint, of_appeal bigint, kind text, remark text DEFAULT NULL,
                                           internal boolean DEFAULT false) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    added_id bigint;
BEGIN
    INSERT INTO appraisal.appeal_event AS e (cycle_id, appeal_id, kind, person_id, login, at, level, internal, remark)
    SELECT a.cycle_id, a.appeal_id, add_appeal_event.kind, appraisal.acting_person(), session_user, statement_timestamp(), a.level,
           add_appeal_event.internal, nullif(btrim(add_appeal_event.remark), '')
    FROM appraisal.appeal AS a WHERE a.cycle_id = of_cycle AND a.appeal_id = of_appeal
    RETURNING e.event_id INTO added_id;
    RETURN added_id;
END
$$;
COMMENT ON FUNCTION appraisal.add_appeal_event(bigint, bigint, text, text, boolean) IS 'writes a step of an appeal, on the level on which it is';

CREATE FUNCTION appraisal.move_appeal(of_cycle bigint, of_appeal bigint, to_level text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE appraisal.appeal AS a
    SET level = to_level, handler_id = NULL, due_at = appraisal.appeal_due(of_cycle, to_level)
    WHERE a.cycle_id = of_cycle AND a.appeal_id = of_appeal;
END
$$;
COMMENT ON FUNCTION appraisal.move_appeal(bigint, bigint, text) IS 'takes an appeal to a level, where nobody has taken it yet and its days begin';

CREATE FUNCTION appraisal.apply_filing(of_cycle bigint, of_participant bigint, grounds text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this record;
    open_window record;
    before record;
    first_level text;
    new_id bigint;
BEGIN
    PERFORM appraisal.require_person();
    SELECT c.code, c.timezone, s.code AS scheme, s.appeal_days INTO this
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    IF of_participant NOT IN (SELECT appraisal.my_participations()) THEN
        RAISE EXCEPTION USING ERRCODE = 'AP003', MESSAGE = 'everybody appeals against the own result',
            HINT = 'The person calls appraisal.file_appeal(), for a unit its head.';
    ELSIF this.appeal_days IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('there are no appeals in cycle "%s"', this.code),
            DETAIL = format('Scheme "%s" has no appeal_days.', this.scheme);
    ELSIF coalesce(btrim(grounds), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = 'an appeal needs grounds', HINT = 'Give the argument grounds.';
    END IF;
    SELECT w.* INTO open_window FROM appraisal.appeal_windows(of_cycle, of_participant) AS w;
    SELECT a.appeal_id, a.status INTO before
    FROM appraisal.appeal AS a
    WHERE a.cycle_id = of_cycle AND +a.participant_id = of_participant
      AND (a.status IN ('filed', 'investigating') OR a.status <> 'withdrawn' AND a.version = open_window.version);
    IF before.status IN ('filed', 'investigating') THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001', MESSAGE = format('your appeal in cycle "%s" is open already', this.code),
            DETAIL = format('It is appeal %s, %s.', before.appeal_id, before.status),
            HINT = format('CALL appraisal.add_appeal_note(''%s'', note => ...) adds to it.', this.code);
    ELSIF before.status IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001', MESSAGE = format('your appeal in cycle "%s" is decided', this.code),
            DETAIL = format('It is appeal %s, %s.', before.appeal_id, before.status),
            HINT = 'The last level has decided; its reasons are with the appeal.';
    ELSIF open_window.participant_id IS NULL OR statement_timestamp() >= open_window.closes_at THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('the days to appeal in cycle "%s" are over', this.code),
            DETAIL = CASE WHEN open_window.participant_id IS NULL THEN 'There is no result.'
                          ELSE format('They ended at %s (%s).', open_window.closes_at AT TIME ZONE this.timezone, this.timezone) END,
            HINT = format('SELECT * FROM appraisal.appeal_window(''%s'').', this.code);
    END IF;
    first_level := appraisal.next_appeal_level(of_cycle, of_participant, NULL);
    INSERT INTO appraisal.appeal AS a (cycle_id, participant_id, version, level, grounds, filed_at, due_at)
    VALUES (of_cycle, of_participant, open_window.version, first_level, apply_filing.grounds, statement_timestamp(),
            appraisal.appeal_due(of_cycle, first_level))
    RETURNING a.appeal_id INTO new_id;
    PERFORM appraisal.add_appeal_event(of_cycle, new_id, 'filed');
    RETURN new_id;
END
$$;
COMMENT ON FUNCTION appraisal.apply_filing(bigint, bigint, text) IS
    'files an appeal of the one who is asking, if the days to appeal are not over and none is open or decided; returns its key';

-- The open appeal of the one who is asking.
CREATE FUNCTION appraisal.own_appeal(of_cycle bigint, of_participant bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_id bigint;
BEGIN
    PERFORM appraisal.require_person();
    SELECT a.appeal_id INTO found_id
    FROM appraisal.appeal AS a
    WHERE a.cycle_id = of_cycle AND +a.participant_id = of_participant AND a.status IN ('filed', 'investigating')
      AND of_participant IN (SELECT appraisal.my_participations());
    IF found_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001',
            MESSAGE = format('you have no open appeal in cycle "%s"', (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle)),
            HINT = 'CALL appraisal.file_appeal() files one.';
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION appraisal.own_appeal(bigint, bigint) IS 'key of the open appeal of the one who is asking; an error if there is none';

-- Nothing is told of an appeal that the one who is asking does not see.
CREATE FUNCTION appraisal.appeal_to_handle(of_cycle bigint, of_participant bigint, on_its_level boolean) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who CONSTANT text := appraisal.participant_name(of_cycle, of_participant);
    this record;
BEGIN
    PERFORM appraisal.require_person();
    IF of_participant IN (SELECT appraisal.my_participations()) THEN
        RAISE EXCEPTION USING ERRCODE = 'AP003', MESSAGE = 'nobody handles the own appeal', DETAIL = format('It is that of %s.', who),
            HINT = 'Somebody else on its level does.';
    END IF;
    SELECT a.appeal_id, a.level, r.label, a.appeal_id IN (SELECT appraisal.appeals_i_handle()) AS is_on_my_level INTO this
    FROM appraisal.appeal AS a
    JOIN appraisal.cycle AS c USING (cycle_id)
    JOIN appraisal.appeal_rule AS r ON r.scheme_id = c.scheme_id AND r.reviewer = a.level
    WHERE a.cycle_id = of_cycle AND +a.participant_id = of_participant AND a.status IN ('filed', 'investigating')
      AND (appraisal.acting_as('hr') OR a.appeal_id IN (SELECT appraisal.appeals_i_handle()));
    IF this.appeal_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP004', MESSAGE = format('there is no open appeal of %s for you', who),
            DETAIL = 'There is none, it is decided, or it is not on your level.',
            HINT = 'SELECT * FROM appraisal.appeal shows those that you see.';
    ELSIF on_its_level AND NOT this.is_on_my_level THEN
        RAISE EXCEPTION USING ERRCODE = 'AP003', MESSAGE = format('the appeal of %s is on another level', who),
            DETAIL = format('It is on level "%s", "%s".', this.level, this.label),
            HINT = CASE this.level WHEN 'leader' THEN 'A manager above handles it.' ELSE 'An executive handles it.' END;
    END IF;
    RETURN this.appeal_id;
END
$$;
COMMENT ON FUNCTION appraisal.appeal_to_handle(bigint, bigint, boolean) IS
    'key of a participant''s open appeal; an error if the one who is asking does not see it, or is not on its level where that is wanted';

CREATE FUNCTION appraisal.apply_appeal_withdrawal(of_cycle bigint, of_participant bigint, remark text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_appeal CONSTANT bigint := appraisal.own_appeal(of_cycle, of_participant);
BEGIN
    PERFORM appraisal.add_appeal_event(of_cycle, this_appeal, 'withdrawn', remark);
    UPDATE appraisal.appeal AS a SET status = 'withdrawn' WHERE a.cycle_id = of_cycle AND a.appeal_id = this_appeal;
    RETURN this_appeal;
END
$$;
COMMENT ON FUNCTION appraisal.apply_appeal_withdrawal(bigint, bigint, text) IS 'withdraws the open appeal of the one who is asking';

CREATE FUNCTION appraisal.apply_appeal_note(of_cycle bigint, of_participant bigint, kind text, note text, internal boolean) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    is_own CONSTANT boolean := of_participant IN (SELECT appraisal.my_participations());
    this_appeal bigint;
    this_level text;
BEGIN
    IF is_own AND kind = 'talk' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP003', MESSAGE = 'the talk on the own appeal is recorded by who held it',
            HINT = 'A manager above does, or HR.';
    ELSIF coalesce(btrim(note), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = 'a note needs words', HINT = 'Give the argument note.';
    ELSIF internal AND (is_own OR kind = 'talk') THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = 'what the person says or heard is not internal',
            HINT = 'Internal notes are those of who handles the appeal.';
    END IF;
    this_appeal := CASE WHEN is_own THEN appraisal.own_appeal(of_cycle, of_participant)
                        ELSE appraisal.appeal_to_handle(of_cycle, of_participant, false) END;
    IF kind = 'talk' THEN
        SELECT a.level INTO this_level FROM appraisal.appeal AS a WHERE a.cycle_id = of_cycle AND a.appeal_id = this_appeal;
        IF this_level <> 'leader' THEN
            RAISE EXCEPTION USING ERRCODE = 'AP001',
                MESSAGE = format('the appeal of %s is past the talk', appraisal.participant_name(of_cycle, of_participant)),
                DETAIL = format('It is on level "%s".', this_level), HINT = 'CALL appraisal.add_appeal_note() without talk.';
        END IF;
    END IF;
    RETURN appraisal.add_appeal_event(of_cycle, this_appeal, kind, note, coalesce(internal, false));
END
$$;
COMMENT ON FUNCTION appraisal.apply_appeal_note(bigint, bigint, text, text, boolean) IS
    'adds a note, or the record of a talk, to an open appeal; returns the event''s key';

CREATE FUNCTION appraisal.require_talk(of_cycle bigint, of_appeal bigint, who text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
BEGIN
    IF NOT EXISTS (SELECT FROM appraisal.appeal_event AS e WHERE e.cycle_id = of_cycle AND e.appeal_id = of_appeal AND e.kind = 'talk') THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001', MESSAGE = format('there was no talk yet on the appeal of %s', who),
            DETAIL = 'Its first level is a talk with a manager above.',
            HINT = format('That manager, or HR, calls add_appeal_note(''%s'', person, note, talk => true).', cycle_code);
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.require_talk(bigint, bigint, text) IS 'an error unless a talk on an appeal is recorded';

-- A talk that settled nothing: the person, or who held it, takes the appeal to the next level.
CREATE FUNCTION appraisal.apply_appeal_escalation(of_cycle bigint, of_participant bigint, remark text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who CONSTANT text := appraisal.participant_name(of_cycle, of_participant);
    this_appeal CONSTANT bigint := CASE WHEN of_participant IN (SELECT appraisal.my_participations())
                                        THEN appraisal.own_appeal(of_cycle, of_participant)
                                        ELSE appraisal.appeal_to_handle(of_cycle, of_participant, true) END;
    this_level text;
    next_level text;
BEGIN
    SELECT a.level, appraisal.next_appeal_level(a.cycle_id, a.participant_id, a.level) INTO this_level, next_level
    FROM appraisal.appeal AS a WHERE a.cycle_id = of_cycle AND a.appeal_id = this_appeal;
    IF this_level <> 'leader' OR next_level IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001', MESSAGE = format('the appeal of %s stays on level "%s"', who, this_level),
            DETAIL = 'A talk is what one goes on from; other levels propose or decide.',
            HINT = 'An appeal that is overdue goes on by escalate_overdue_appeals().';
    END IF;
    PERFORM appraisal.require_talk(of_cycle, this_appeal, who);
    PERFORM appraisal.add_appeal_event(of_cycle, this_appeal, 'escalated', remark);
    PERFORM appraisal.move_appeal(of_cycle, this_appeal, next_level);
    RETURN this_appeal;
END
$$;
COMMENT ON FUNCTION appraisal.apply_appeal_escalation(bigint, bigint, text) IS 'takes an appeal on from the talk';

CREATE FUNCTION appraisal.apply_escalations(of_cycle bigint, OUT escalated integer, OUT overdue integer)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    WITH due AS MATERIALIZED (
        SELECT a.appeal_id, a.level, appraisal.next_appeal_level(a.cycle_id, a.participant_id, a.level) AS next_level
        FROM appraisal.appeal AS a
        WHERE a.cycle_id = of_cycle AND a.status IN ('filed', 'investigating') AND a.due_at <= statement_timestamp()
    ),
    told AS (
        INSERT INTO appraisal.appeal_event AS e (cycle_id, appeal_id, kind, person_id, login, at, level)
        SELECT of_cycle, d.appeal_id, CASE WHEN d.next_level IS NULL THEN 'overdue' ELSE 'escalated' END, appraisal.acting_person(),
               session_user, statement_timestamp(), d.level
        FROM due AS d
        -- at the last level it stays, and is told once
        WHERE d.next_level IS NOT NULL
           OR NOT EXISTS (SELECT FROM appraisal.appeal_event AS x
                          WHERE x.cycle_id = of_cycle AND x.appeal_id = d.appeal_id AND x.kind = 'overdue')
        ORDER BY d.appeal_id
        RETURNING e.appeal_id, e.kind
    ),
    moved AS (
        UPDATE appraisal.appeal AS a
        SET level = d.next_level, handler_id = NULL, due_at = appraisal.appeal_due(of_cycle, d.next_level)
        FROM due AS d
        WHERE a.cycle_id = of_cycle AND a.appeal_id = d.appeal_id AND d.next_level IS NOT NULL
    )
    SELECT count(*) FILTER (WHERE t.kind = 'escalated'), count(*) FILTER (WHERE t.kind = 'overdue')
    INTO apply_escalations.escalated, apply_escalations.overdue
    FROM told AS t;
END
$$;
COMMENT ON FUNCTION appraisal.apply_escalations(bigint) IS
    'takes overdue appeals of a cycle to the next level; at the last one it is only told, once, that they are overdue';

CREATE FUNCTION appraisal.check_before_closing(of_cycle bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    found bigint;
BEGIN
    SELECT count(*) INTO found FROM appraisal.appeal AS a WHERE a.cycle_id = of_cycle AND a.status IN ('filed', 'investigating');
    IF found > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001', MESSAGE = format('cycle "%s" has appeals that are not decided', cycle_code),
            DETAIL = format('Open appeals: %s.', found), HINT = 'CALL appraisal.decide_appeal() decides, on the last level.';
    END IF;
    SELECT count(*) INTO found FROM appraisal.appeal_windows(of_cycle) AS w WHERE w.closes_at > statement_timestamp();
    IF found > 0 THEN
        RAISE WARNING USING MESSAGE = format('results of cycle "%s" that could still have been appealed: %s', cycle_code, found),
            HINT = 'SELECT * FROM appraisal.appeal_window(cycle, person) says until when.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.check_before_closing(bigint) IS
    'an error if appeals of a cycle are open, a warning if there could be more; keep_cycle() asks';

CREATE PROCEDURE appraisal.file_appeal(cycle text, grounds text, unit text DEFAULT NULL, INOUT appeal_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    appeal_id := appraisal.write_appeal(appraisal.cycle_of_code(cycle), appraisal.own_participant(cycle, unit), 'file', grounds, false);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.file_appeal(text, text, text, bigint) IS
    'files an appeal against the own published result, or that of a unit for which one answers, within the scheme''s days';

CREATE PROCEDURE appraisal.withdraw_appeal(cycle text, remark text DEFAULT NULL, unit text DEFAULT NULL, INOUT appeal_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    appeal_id := appraisal.write_appeal(appraisal.cycle_of_code(cycle), appraisal.own_participant(cycle, unit), 'withdraw', remark, false);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.withdraw_appeal(text, text, text, bigint) IS 'withdraws the own open appeal';

CREATE PROCEDURE appraisal.take_appeal(cycle text, person text, remark text DEFAULT NULL, unit text DEFAULT NULL,
                                       INOUT appeal_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    appeal_id := appraisal.write_appeal(appraisal.cycle_of_code(cycle), appraisal.leading_participant(cycle, person, unit), 'take', remark, false);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.take_appeal(text, text, text, text, bigint) IS
    'takes the appeal of a person, or with person NULL of a unit, in hand, also out of another one''s';

CREATE PROCEDURE appraisal.add_appeal_note(cycle text, person text DEFAULT NULL, note text DEFAULT NULL, talk boolean DEFAULT false,
                                           internal boolean DEFAULT false, unit text DEFAULT NULL, INOUT event_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_participant CONSTANT bigint := CASE WHEN person IS NULL AND unit IS NULL THEN appraisal.own_participant(cycle, NULL)
                                             ELSE appraisal.leading_participant(cycle, person, unit) END;
BEGIN
    event_id := appraisal.write_appeal(appraisal.cycle_of_code(cycle), this_participant, CASE WHEN talk THEN 'talk' ELSE 'note' END,
                                       note, coalesce(internal, false));
END
$procedure$;
COMMENT ON PROCEDURE appraisal.add_appeal_note(text, text, text, boolean, boolean, text, bigint) IS
    'adds a note to the own open appeal, or to that of a person or a unit on one''s level; with talk the record of the talk, with internal one that the person does not see';

CREATE PROCEDURE appraisal.escalate_appeal(cycle text, person text DEFAULT NULL, remark text DEFAULT NULL, unit text DEFAULT NULL,
                                           INOUT appeal_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_participant CONSTANT bigint := CASE WHEN person IS NULL AND unit IS NULL THEN appraisal.own_participant(cycle, NULL)
                                             ELSE appraisal.leading_participant(cycle, person, unit) END;
BEGIN
    appeal_id := appraisal.write_appeal(appraisal.cycle_of_code(cycle), this_participant, 'escalate', remark, false);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.escalate_appeal(text, text, text, text, bigint) IS
    'takes an appeal that the talk did not settle to the next level: the own one, or as the manager above that of a person or a unit';

CREATE PROCEDURE appraisal.escalate_overdue_appeals(cycle text DEFAULT NULL, INOUT escalated integer DEFAULT NULL,
                                                    INOUT overdue integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    SELECT e.escalated, e.overdue INTO escalate_overdue_appeals.escalated, escalate_overdue_appeals.overdue
    FROM appraisal.write_appeal_escalations(CASE WHEN cycle IS NOT NULL THEN appraisal.cycle_of_code(cycle) END) AS e;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.escalate_overdue_appeals(text, integer, integer) IS
    'for HR and services: takes appeals of a cycle, or of all, that are overdue to the next level; says how many, and how many are newly overdue on the last one';
