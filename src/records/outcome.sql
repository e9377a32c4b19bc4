-- Outcomes: what a grade, or a run of grades over cycles, leads to by the rules of the scheme.
--
-- What is due is not stored, it follows: from the current results of the cycles of one scheme, whatever its
-- versions, whose periods follow one another day on day. So a later version of a result changes it by itself;
-- what somebody confirmed keeps the evidence that it had then.

-- The runs that are complete in a cycle, with their evidence. Who does not see all results, trainings and plans
-- sees other runs, so it is asked with the rights of the tables' owner: outcomes_seen(), write_outcomes().
--
-- A run is due when it has reached its length, and each time that it has gone on for as long again. One that
-- waits for a training is due in the first period that begins after it, and counts on from there.
CREATE FUNCTION appraisal.outcome_runs(of_cycle bigint)
    RETURNS TABLE (participant_id bigint, outcome_rule_id bigint, cycles bigint[], versions integer[], grades text[], effective_on date)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
DECLARE
    this record;
BEGIN
    SELECT c.period, c.during, s.scheme_id, s.code, s.scale INTO this
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    RETURN QUERY
    WITH ladder AS MATERIALIZED (
        SELECT g.grade, g.rank FROM appraisal.grades(this.scale) AS g
    ),
    rule AS MATERIALIZED (
        SELECT o.*, l.rank
        FROM appraisal.outcome_rule AS o JOIN ladder AS l USING (grade)
        WHERE o.scheme_id = this.scheme_id AND o.period = this.period
    ),
    subject AS (
        SELECT p.participant_id, p.person_id, p.appraised_unit_id, coalesce(p.person_id, -p.appraised_unit_id) AS subject_id
        FROM appraisal.participant AS p WHERE p.cycle_id = of_cycle AND p.leads
    ),
    -- a grade that this version of the scheme does not know is none
    graded AS (
        SELECT coalesce(p.person_id, -p.appraised_unit_id) AS subject_id, p.cycle_id, c.during, r.version, r.final_grade, l.rank
        FROM appraisal.cycle AS c
        JOIN appraisal.scheme AS s USING (scheme_id)
        JOIN appraisal.participant AS p USING (cycle_id)
        JOIN appraisal.current_result AS r USING (cycle_id, participant_id)
        LEFT JOIN ladder AS l ON l.grade = r.final_grade
        WHERE s.code = this.code AND c.period = this.period AND c.status IN ('published', 'closed')
          AND (c.cycle_id = of_cycle OR upper(c.during) <= lower(this.during))
    ),
    numbered AS (
        SELECT g.*, row_number() OVER w AS place, lower(g.during) IS DISTINCT FROM upper(lag(g.during) OVER w) AS begins
        FROM graded AS g JOIN subject AS s USING (subject_id)
        WINDOW w AS (PARTITION BY g.subject_id ORDER BY g.during, g.cycle_id)
    ),
    linked AS MATERIALIZED (
        SELECT n.*, count(*) FILTER (WHERE n.begins) OVER (PARTITION BY n.subject_id ORDER BY n.place) AS chain FROM numbered AS n
    ),
    trained AS (
        SELECT t.subject_id, min(t.trained_on) AS trained_on
        FROM (SELECT coalesce(o.person_id, -o.appraised_unit_id) AS subject_id, (o.confirmed_at AT TIME ZONE 'UTC')::date AS trained_on
              FROM appraisal.outcome AS o WHERE o.outcome = 'training' AND o.revoked_at IS NULL
              UNION ALL
              SELECT p.person_id, (i.closed_at AT TIME ZONE 'UTC')::date
              FROM appraisal.improvement_plan AS i JOIN appraisal.participant AS p USING (cycle_id, participant_id)
              WHERE i.status IN ('met', 'not_met')
                AND (i.training IS NOT NULL OR EXISTS (SELECT FROM appraisal.improvement_action AS a
                                                       WHERE a.cycle_id = i.cycle_id AND a.plan_id = i.plan_id AND a.training IS NOT NULL))) AS t
        GROUP BY t.subject_id
    ),
    -- of several plans the last counts
    planned AS (
        SELECT DISTINCT ON (i.participant_id) i.participant_id, i.status, (i.closed_at AT TIME ZONE 'UTC')::date AS closed_on
        FROM appraisal.improvement_plan AS i WHERE i.cycle_id = of_cycle AND i.status <> 'cancelled'
        ORDER BY i.participant_id, i.plan_id DESC
    ),
    -- only a run that has not ended by now is followed back
    hit AS (
        SELECT s.participant_id, s.person_id, l.subject_id, l.chain, l.place, u.*
        FROM linked AS l
        JOIN subject AS s USING (subject_id)
        CROSS JOIN rule AS u
        WHERE l.cycle_id = of_cycle AND (u.subject = 'person') = (s.person_id IS NOT NULL)
          AND CASE u.compares WHEN 'equal' THEN l.rank = u.rank WHEN 'or_better' THEN l.rank <= u.rank ELSE l.rank >= u.rank END
    ),
    run AS (
        SELECT h.*, l.cycle_id AS of_cycle_id,
               appraisal.streak(CASE h.compares WHEN 'equal' THEN l.rank = h.rank WHEN 'or_better' THEN l.rank <= h.rank
                                                ELSE l.rank >= h.rank END) OVER w AS length,
               count(*) FILTER (WHERE lower(l.during) >= t.trained_on) OVER w AS since_training
        FROM hit AS h
        JOIN linked AS l ON l.subject_id = h.subject_id AND l.chain = h.chain
        LEFT JOIN trained AS t ON t.subject_id = h.subject_id
        WINDOW w AS (PARTITION BY h.outcome_rule_id, h.subject_id ORDER BY l.place)
    ),
    complete AS (
        SELECT r.participant_id, r.subject_id, r.place, r.outcome_rule_id, r.run, r.service_years, n.left_on,
               greatest(upper(this.during), date_trunc('month', n.hired_on + make_interval(years => r.service_years))::date,
                        CASE WHEN r.on_plan IS NOT NULL THEN i.closed_on END) AS effective_on
        FROM run AS r
        LEFT JOIN appraisal.person AS n ON n.person_id = r.person_id
        LEFT JOIN planned AS i ON i.participant_id = r.participant_id
        WHERE r.of_cycle_id = of_cycle AND r.length >= r.run AND (r.on_plan IS NULL OR i.status = r.on_plan)
          AND CASE WHEN r.after_training
                   THEN r.since_training > 0 AND (r.length - greatest(r.run, r.length - r.since_training + 1)) % r.run = 0
                   ELSE r.length % r.run = 0 END
    )
    SELECT c.participant_id, c.outcome_rule_id, array_agg(l.cycle_id ORDER BY l.place), array_agg(l.version ORDER BY l.place),
           array_agg(l.final_grade ORDER BY l.place), c.effective_on
    FROM complete AS c
    JOIN linked AS l ON l.subject_id = c.subject_id AND l.place > c.place - c.run AND l.place <= c.place
    -- who left before has no years of service without a break
    WHERE c.service_years IS NULL OR c.left_on IS NULL OR c.left_on > c.effective_on
    GROUP BY c.participant_id, c.outcome_rule_id, c.effective_on;
END
$$;
COMMENT ON FUNCTION appraisal.outcome_runs(bigint) IS
    'runs of grades that are complete in a cycle by the scheme''s outcome rules, with their evidence, for who sees all results';

-- What is due beside what was confirmed, one row a participant and rule.
CREATE FUNCTION appraisal.outcome_states(of_cycle bigint)
    RETURNS TABLE (participant_id bigint, outcome_rule_id bigint, cycles bigint[], versions integer[], grades text[], effective_on date,
                   state text)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH run AS MATERIALIZED (
        SELECT r.* FROM appraisal.outcome_runs(of_cycle) AS r
    ),
    -- of several that were revoked the last
    written AS (
        SELECT DISTINCT ON (o.participant_id, o.outcome_rule_id) o.*
        FROM appraisal.outcome AS o
        WHERE o.cycle_id = of_cycle
        ORDER BY o.participant_id, o.outcome_rule_id, o.revoked_at IS NULL DESC, o.outcome_id DESC
    )
    SELECT s.participant_id, s.outcome_rule_id, s.cycles, s.versions, s.grades, s.effective_on, s.state
    FROM (SELECT coalesce(w.participant_id, r.participant_id) AS participant_id, coalesce(w.outcome_rule_id, r.outcome_rule_id) AS outcome_rule_id,
                 CASE WHEN k.is_kept THEN w.cycles ELSE r.cycles END AS cycles,
                 CASE WHEN k.is_kept THEN w.versions ELSE r.versions END AS versions,
                 CASE WHEN k.is_kept THEN w.grades ELSE r.grades END AS grades,
                 CASE WHEN k.is_kept THEN w.effective_on ELSE r.effective_on END AS effective_on,
                 CASE WHEN k.is_kept AND r.cycles IS NULL THEN 'contradicted'
                      WHEN k.is_kept THEN 'confirmed'
                      WHEN (w.cycles, w.versions) = (r.cycles, r.versions) THEN 'revoked'
                      WHEN r.cycles IS NOT NULL THEN 'due' END AS state
          FROM run AS r
          FULL JOIN written AS w ON w.participant_id = r.participant_id AND w.outcome_rule_id = r.outcome_rule_id
          CROSS JOIN LATERAL (SELECT w.outcome_id IS NOT NULL AND w.revoked_at IS NULL AS is_kept) AS k) AS s
    WHERE s.state IS NOT NULL;
END
$$;
COMMENT ON FUNCTION appraisal.outcome_states(bigint) IS
    'outcomes of a cycle that are due, confirmed, contradicted by a later version of a result, or revoked on the evidence that there is';

-- What is due rests on all results of a run, so it is only for who sees all of them.
CREATE FUNCTION appraisal.outcomes_shown_to_executives(of_cycle bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN NOT EXISTS (
        SELECT FROM appraisal.cycle AS t
        JOIN appraisal.scheme AS own ON own.scheme_id = t.scheme_id
        JOIN appraisal.scheme AS s ON s.code = own.code
        JOIN appraisal.cycle AS c ON c.scheme_id = s.scheme_id
        WHERE t.cycle_id = of_cycle AND c.status IN ('published', 'closed')
          AND c.cycle_id NOT IN (SELECT appraisal.cycles_shown_to('executive')));
END
$$;
COMMENT ON FUNCTION appraisal.outcomes_shown_to_executives(bigint) IS
    'do executives see all results of the scheme, whatever its versions, on which outcomes of a cycle may rest?';

CREATE FUNCTION appraisal.due_outcomes(cycle text, onwards boolean DEFAULT false)
    RETURNS TABLE (in_cycle text, person text, unit text, rule text, label text, outcome text, amount numeric, state text,
                   cycles text[], versions integer[], grades text[], effective_on date)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    this record;
BEGIN
    IF NOT (appraisal.acting_as('hr') OR appraisal.acting_as('auditor') OR NOT row_security_active('appraisal.result')
            OR appraisal.acting_as('executive') AND appraisal.outcomes_shown_to_executives(this_cycle)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('outcomes that are due in cycle "%s" are not yours to see', cycle),
            DETAIL = 'They are for HR, auditors, and executives to whom the scheme shows results.',
            HINT = 'Table appraisal.outcome has those that were confirmed.';
    END IF;
    SELECT c.status, c.period, c.during, s.code INTO this
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = this_cycle;
    IF this.status NOT IN ('published', 'closed') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('nothing is due in cycle "%s": the cycle is in status %s', cycle, this.status),
            DETAIL = 'It can be in status published or closed.',
            HINT = appraisal.next_step(this.status);
    END IF;
    RETURN QUERY
    SELECT c.code, n.code, u.code, r.code, r.label, r.outcome, r.amount, s.state,
           (SELECT array_agg(e.code ORDER BY k.place) FROM unnest(s.cycles) WITH ORDINALITY AS k (cycle_id, place)
            JOIN appraisal.cycle AS e USING (cycle_id)),
           s.versions, s.grades, s.effective_on
    FROM appraisal.cycle AS c
    JOIN appraisal.scheme AS o USING (scheme_id)
    CROSS JOIN LATERAL appraisal.outcomes_seen(c.cycle_id) AS s
    JOIN appraisal.participant AS p ON p.cycle_id = c.cycle_id AND p.participant_id = s.participant_id
    JOIN appraisal.outcome_rule AS r USING (outcome_rule_id)
    LEFT JOIN appraisal.person AS n ON n.person_id = p.person_id
    LEFT JOIN appraisal.unit AS u ON u.unit_id = p.appraised_unit_id
    WHERE (c.cycle_id = this_cycle
           OR onwards AND o.code = this.code AND c.period = this.period AND c.status IN ('published', 'closed')
              AND lower(c.during) >= upper(this.during))
    ORDER BY c.during, c.code, u.code, n.code, r.code;
END
$$;
COMMENT ON FUNCTION appraisal.due_outcomes(text, boolean) IS
    'outcomes of a published cycle, or of it and all later ones of its scheme and period: due, confirmed, contradicted or revoked, with their evidence; without the caller''s own';

CREATE FUNCTION appraisal.refuse_outcomes_by_others(of_cycle bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- who does not see a grade would be told it by what is refused
    IF NOT (appraisal.acting_as('hr') OR appraisal.acting_as('executive') AND appraisal.outcomes_shown_to_executives(of_cycle)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'outcomes are confirmed and revoked by HR, and by executives to whom the scheme shows results',
            HINT = 'Ask one of them to CALL appraisal.confirm_outcome() or revoke_outcome().';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_outcomes_by_others(bigint) IS 'an error unless the caller may confirm and revoke outcomes of a cycle';

CREATE FUNCTION appraisal.refuse_own_outcome(of_cycle bigint, of_participant bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF of_participant IN (SELECT appraisal.my_participations()) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'nobody decides on outcomes of the own result',
            DETAIL = format('It is that of %s.', appraisal.participant_name(of_cycle, of_participant)),
            HINT = 'Somebody else of HR, or an executive, calls it.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_own_outcome(bigint, bigint) IS 'an error if a participant is the caller, or a unit that the caller answers for';

CREATE FUNCTION appraisal.apply_outcomes(of_cycle bigint, of_participant bigint, of_rule bigint, note text) RETURNS bigint[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    found_state text;
    written bigint[];
BEGIN
    IF of_participant IS NOT NULL THEN
        PERFORM appraisal.refuse_own_outcome(of_cycle, of_participant);
        SELECT s.state INTO found_state FROM appraisal.outcome_states(of_cycle) AS s
        WHERE s.participant_id = of_participant AND s.outcome_rule_id = of_rule;
        IF found_state IS NULL OR found_state IN ('confirmed', 'contradicted') THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AP005',
                MESSAGE = format('outcome "%s" of %s in cycle "%s" is %s', (SELECT r.code FROM appraisal.outcome_rule AS r WHERE r.outcome_rule_id = of_rule),
                                 appraisal.participant_name(of_cycle, of_participant), cycle_code,
                                 CASE WHEN found_state IS NULL THEN 'not due' ELSE 'confirmed already' END),
                HINT = format('SELECT * FROM appraisal.due_outcomes(''%s'').', cycle_code);
        END IF;
    END IF;
    WITH added AS (
        INSERT INTO appraisal.outcome AS o
            (cycle_id, participant_id, person_id, appraised_unit_id, outcome_rule_id, outcome, amount, cycles, versions, grades, effective_on,
             confirmed_by, confirmed_by_login, confirmed_at, note)
        SELECT of_cycle, p.participant_id, p.person_id, p.appraised_unit_id, r.outcome_rule_id, r.outcome, r.amount, s.cycles, s.versions, s.grades,
               s.effective_on, appraisal.acting_person(), session_user, statement_timestamp(), apply_outcomes.note
        FROM appraisal.outcome_states(of_cycle) AS s
        JOIN appraisal.participant AS p ON p.cycle_id = of_cycle AND p.participant_id = s.participant_id
        JOIN appraisal.outcome_rule AS r USING (outcome_rule_id)
        WHERE (of_participant IS NULL AND s.state = 'due' OR s.participant_id = of_participant) AND (of_rule IS NULL OR r.outcome_rule_id = of_rule)
          AND p.participant_id NOT IN (SELECT appraisal.my_participations())
        ORDER BY p.participant_id, r.outcome_rule_id
        RETURNING o.outcome_id
    )
    SELECT array_agg(a.outcome_id) INTO written FROM added AS a;
    RETURN coalesce(written, '{}');
END
$$;
COMMENT ON FUNCTION appraisal.apply_outcomes(bigint, bigint, bigint, text) IS
    'writes what is due: a rule for a participant, or for NULL all but the caller''s own; returns the keys';

CREATE FUNCTION appraisal.apply_revocation(of_cycle bigint, of_participant bigint, of_rule bigint, reason text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    revoked_id bigint;
BEGIN
    PERFORM appraisal.refuse_own_outcome(of_cycle, of_participant);
    IF coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('revoking an outcome of %s needs a reason', appraisal.participant_name(of_cycle, of_participant)),
            HINT = 'Give the argument reason.';
    END IF;
    UPDATE appraisal.outcome AS o
    SET revoked_by = appraisal.acting_person(), revoked_by_login = session_user, revoked_at = statement_timestamp(),
        revoked_because = apply_revocation.reason
    WHERE o.cycle_id = of_cycle AND +o.participant_id = of_participant AND o.outcome_rule_id = of_rule AND o.revoked_at IS NULL
    RETURNING o.outcome_id INTO revoked_id;
    IF revoked_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('%s has no outcome "%s" to revoke in cycle "%s"', appraisal.participant_name(of_cycle, of_participant),
                             (SELECT r.code FROM appraisal.outcome_rule AS r WHERE r.outcome_rule_id = of_rule),
                             (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle)),
            HINT = 'Table appraisal.outcome has those that were confirmed.';
    END IF;
    RETURN revoked_id;
END
$$;
COMMENT ON FUNCTION appraisal.apply_revocation(bigint, bigint, bigint, text) IS 'revokes the outcome of a rule for a participant; returns its key';

CREATE FUNCTION appraisal.outcome_rule_of_code(of_cycle bigint, code text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    scheme_code text;
    rules text;
    found_id bigint;
BEGIN
    SELECT s.code, string_agg(r.code, ', ' ORDER BY r.code), max(r.outcome_rule_id) FILTER (WHERE r.code = outcome_rule_of_code.code)
    INTO scheme_code, rules, found_id
    FROM appraisal.cycle AS c
    JOIN appraisal.scheme AS s USING (scheme_id)
    LEFT JOIN appraisal.outcome_rule AS r ON r.scheme_id = s.scheme_id AND r.period = c.period
    WHERE c.cycle_id = of_cycle
    GROUP BY s.code;
    IF found_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no outcome rule "%s"', outcome_rule_of_code.code),
            DETAIL = format('Rules of scheme "%s" for cycles of this period: %s.', scheme_code, coalesce(rules, 'none')),
            HINT = 'Give one of these.';
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION appraisal.outcome_rule_of_code(bigint, text) IS
    'key of the outcome rule with this code in a cycle''s scheme, for its period; an error if there is none';

CREATE PROCEDURE appraisal.confirm_outcome(cycle text, person text, rule text, note text DEFAULT NULL, unit text DEFAULT NULL,
                                           INOUT outcome_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    this_participant CONSTANT bigint := appraisal.leading_participant(cycle, person, unit);
    this_rule CONSTANT bigint := appraisal.outcome_rule_of_code(this_cycle, rule);
BEGIN
    outcome_id := (appraisal.write_outcomes(this_cycle, this_participant, this_rule, note))[1];
END
$procedure$;
COMMENT ON PROCEDURE appraisal.confirm_outcome(text, text, text, text, text, bigint) IS
    'records an outcome that is due for a person, or with person NULL for an appraised unit, with its evidence';

CREATE PROCEDURE appraisal.confirm_outcomes(cycle text, rule text DEFAULT NULL, note text DEFAULT NULL, INOUT confirmed integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    this_rule CONSTANT bigint := CASE WHEN rule IS NOT NULL THEN appraisal.outcome_rule_of_code(this_cycle, rule) END;
BEGIN
    confirmed := cardinality(appraisal.write_outcomes(this_cycle, NULL, this_rule, note));
END
$procedure$;
COMMENT ON PROCEDURE appraisal.confirm_outcomes(text, text, text, integer) IS
    'records all outcomes of a cycle, or of one rule, that are due, save the caller''s own; says how many';

CREATE PROCEDURE appraisal.revoke_outcome(cycle text, person text, rule text, reason text, unit text DEFAULT NULL,
                                          INOUT outcome_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    this_participant CONSTANT bigint := appraisal.leading_participant(cycle, person, unit);
    this_rule CONSTANT bigint := appraisal.outcome_rule_of_code(this_cycle, rule);
BEGIN
    outcome_id := appraisal.write_revocation(this_cycle, this_participant, this_rule, reason);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.revoke_outcome(text, text, text, text, text, bigint) IS
    'takes a confirmed outcome of a person, or with person NULL of an appraised unit, back, for a reason';
