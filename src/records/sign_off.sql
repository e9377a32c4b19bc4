-- Sign-off: the scheme's chain of signatures under the results of units and cycles.
--
-- A signature is for a unit with all below it, or for the whole cycle. A result is signed at a step when a
-- signature of that step covers its participant; who signs does so for others: the own result is left to the
-- next in the chain, and at the last step to somebody else. Which steps are missing is not stored, it follows.
-- An archive step keeps the record and judges nothing: whoever signed another step may sign it, for oneself, too,
-- and the last step that judges is the one that counts as the last. A chain of archive steps alone judges.

CREATE FUNCTION appraisal.sign_off_chain(of_cycle bigint)
    RETURNS TABLE (step integer, signer text, act text, label text, is_last boolean, judges boolean, delegable boolean)
LANGUAGE plpgsql STABLE ROWS 4 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT r.step, r.signer, r.act, r.label,
           r.step = coalesce(max(r.step) FILTER (WHERE r.act <> 'archive') OVER (), max(r.step) OVER ()),
           r.act <> 'archive' OR bool_and(r.act = 'archive') OVER (), r.delegable
    FROM appraisal.sign_off_rule AS r JOIN appraisal.cycle AS c USING (scheme_id)
    WHERE c.cycle_id = of_cycle;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 1, 'hr', 'approve', 'HR', true, true, false;
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.sign_off_chain(bigint) IS 'the signatures that results of a cycle need; one by HR where the scheme says nothing';

-- Signatures that hold, by the units of participants that they cover.
CREATE FUNCTION appraisal.signatures(of_cycle bigint) RETURNS TABLE (unit_id bigint, step integer, signed_by bigint, delegated_for bigint)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH RECURSIVE covered AS (
        SELECT p.unit_id, p.unit_id AS above_id FROM appraisal.participant AS p WHERE p.cycle_id = of_cycle AND p.leads
        UNION
        SELECT c.unit_id, u.parent_id
        FROM covered AS c JOIN appraisal.unit AS u ON u.unit_id = c.above_id
    )
    -- above the top is the whole cycle
    SELECT c.unit_id, s.step, s.signed_by, s.delegated_for
    FROM appraisal.sign_off AS s JOIN covered AS c ON c.above_id IS NOT DISTINCT FROM s.unit_id
    WHERE s.cycle_id = of_cycle AND s.withdrawn_at IS NULL;
END
$$;
COMMENT ON FUNCTION appraisal.signatures(bigint) IS 'the signatures of a cycle that hold, for each unit with participants that they cover';

CREATE FUNCTION appraisal.wanted_signatures(of_cycle bigint)
    RETURNS TABLE (participant_id bigint, unit_id bigint, own_id bigint, step integer, signed_by_oneself boolean)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH given AS MATERIALIZED (
        SELECT DISTINCT s.unit_id, s.step, s.signed_by, s.delegated_for FROM appraisal.signatures(of_cycle) AS s
    ),
    needed AS (
        SELECT p.participant_id, p.unit_id, coalesce(p.person_id, p.manager_id) AS own_id, c.step, c.is_last
        FROM appraisal.participant AS p CROSS JOIN appraisal.sign_off_chain(of_cycle) AS c
        WHERE p.cycle_id = of_cycle AND p.leads
    )
    SELECT n.participant_id, n.unit_id, n.own_id, n.step,
           EXISTS (SELECT FROM given AS g WHERE g.unit_id = n.unit_id AND g.step = n.step)
    FROM needed AS n
    WHERE NOT EXISTS (SELECT FROM given AS g
                      WHERE g.unit_id = n.unit_id AND g.step = n.step
                        AND (NOT n.is_last OR n.own_id IS DISTINCT FROM g.signed_by AND n.own_id IS DISTINCT FROM coalesce(g.delegated_for, g.signed_by)));
END
$$;
COMMENT ON FUNCTION appraisal.wanted_signatures(bigint) IS
    'the steps at which results of a cycle are not signed; at the last one that judges nobody''s own signature, or delegate''s, counts for oneself';

CREATE FUNCTION appraisal.is_signed(of_cycle bigint, participant_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN EXISTS (
        WITH RECURSIVE above AS (
            SELECT p.unit_id FROM appraisal.participant AS p
            WHERE p.cycle_id = of_cycle AND p.participant_id = is_signed.participant_id
            UNION
            SELECT u.parent_id FROM above AS a JOIN appraisal.unit AS u USING (unit_id)
        )
        SELECT FROM appraisal.sign_off AS s JOIN above AS a ON a.unit_id IS NOT DISTINCT FROM s.unit_id
        WHERE s.cycle_id = of_cycle AND s.withdrawn_at IS NULL);
END
$$;
COMMENT ON FUNCTION appraisal.is_signed(bigint, bigint) IS 'has anybody signed the result of a participant, and not withdrawn it?';

CREATE FUNCTION appraisal.refuse_if_signed(of_cycle bigint, what text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_code text;
BEGIN
    IF EXISTS (SELECT FROM appraisal.sign_off AS s WHERE s.cycle_id = of_cycle AND s.withdrawn_at IS NULL) THEN
        SELECT c.code INTO cycle_code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle;
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('%s of cycle "%s" stay: somebody has signed its results', what, cycle_code),
            HINT = format('CALL appraisal.withdraw_sign_off(''%s'') when they have to change.', cycle_code);
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_if_signed(bigint, text) IS 'an error if anybody has signed results of a cycle and not withdrawn it';

-- Nobody signs what the figures do not come to any more: results may be older than the last review.
CREATE FUNCTION appraisal.results_hash(of_cycle bigint) RETURNS numeric
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT coalesce(sum(hashtextextended(h.line, 0)), 0)
            FROM (SELECT r::text FROM appraisal.result AS r WHERE r.cycle_id = of_cycle
                  UNION ALL SELECT d::text FROM appraisal.dimension_score AS d WHERE d.cycle_id = of_cycle
                  UNION ALL SELECT s::text FROM appraisal.source_score AS s WHERE s.cycle_id = of_cycle
                  UNION ALL SELECT p::text FROM appraisal.part_score AS p WHERE p.cycle_id = of_cycle
                  UNION ALL SELECT l::text FROM appraisal.cut_line AS l WHERE l.cycle_id = of_cycle) AS h (line));
END
$$;
COMMENT ON FUNCTION appraisal.results_hash(bigint) IS 'tells whether the results of a cycle are what they were';

CREATE FUNCTION appraisal.check_results_are_fresh(of_cycle bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before CONSTANT numeric := appraisal.results_hash(of_cycle);
    cycle_code text;
BEGIN
    PERFORM appraisal.run_results(of_cycle);
    IF appraisal.results_hash(of_cycle) <> before THEN
        SELECT c.code INTO cycle_code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle;
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('results of cycle "%s" are not what its figures and marks come to', cycle_code),
            HINT = format('CALL appraisal.compute_results(''%s'').', cycle_code);
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.check_results_are_fresh(bigint) IS
    'computes the results of a cycle; an error, which undoes that, if it changes anything';

-- The head of a unit is posted there under somebody who is not; none if there are several.
CREATE FUNCTION appraisal.head_of_unit(unit_id bigint, on_date date, OUT head_id bigint, OUT superior_id bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    SELECT CASE WHEN count(*) = 1 THEN min(p.person_id) END, CASE WHEN count(*) = 1 THEN min(p.manager_id) END INTO head_id, superior_id
    FROM appraisal.posting AS p
    WHERE p.unit_id = head_of_unit.unit_id AND p.during @> on_date
      AND NOT EXISTS (SELECT FROM appraisal.posting AS m
                      WHERE m.person_id = p.manager_id AND m.during @> on_date AND m.unit_id = p.unit_id);
END
$$;
COMMENT ON FUNCTION appraisal.head_of_unit(bigint, date) IS 'head of a unit on a day, and the head''s superior';

-- Null for an office; whom nobody is above an executive signs for.
CREATE FUNCTION appraisal.expected_signer(of_cycle bigint, of_unit bigint, signer text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT CASE signer WHEN 'second_manager' THEN h.superior_id ELSE h.head_id END
            FROM appraisal.cycle AS c
            CROSS JOIN LATERAL appraisal.head_of_unit(
                CASE signer WHEN 'division_head' THEN (SELECT u.parent_id FROM appraisal.unit AS u WHERE u.unit_id = of_unit) ELSE of_unit END,
                c.cohort_date) AS h
            WHERE c.cycle_id = of_cycle AND signer NOT IN ('hr', 'executive', 'meeting'));
END
$$;
COMMENT ON FUNCTION appraisal.expected_signer(bigint, bigint, text) IS 'who signs as that for a unit, if it is one person and not an office';

CREATE FUNCTION appraisal.signing_office(signer text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
RETURN CASE signer WHEN 'hr' THEN 'hr' ELSE 'executive' END;
COMMENT ON FUNCTION appraisal.signing_office(text) IS 'the capability of who signs as that where no one person is expected to';

CREATE FUNCTION appraisal.is_signer(of_cycle bigint, of_unit bigint, signer text, who bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    office CONSTANT text := appraisal.signing_office(signer);
    expected CONSTANT bigint := appraisal.expected_signer(of_cycle, of_unit, signer);
BEGIN
    -- a whole cycle has no head
    IF expected IS NOT NULL OR (of_unit IS NULL AND signer NOT IN ('hr', 'executive', 'meeting')) THEN
        RETURN coalesce(expected = who, false);
    END IF;
    -- who asks has the capabilities of the login, others those of all their accounts
    RETURN CASE WHEN who = appraisal.acting_person() THEN appraisal.acting_as(office)
                ELSE EXISTS (SELECT FROM appraisal.account AS a WHERE a.person_id = who AND office = ANY (a.capabilities)) END;
END
$$;
COMMENT ON FUNCTION appraisal.is_signer(bigint, bigint, text, bigint) IS
    'is somebody who signs as that for a unit, or, without one, for a whole cycle?';

CREATE FUNCTION appraisal.signed_for_text(of_cycle bigint, of_unit bigint) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_text CONSTANT text := format('cycle "%s"', (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle));
BEGIN
    RETURN CASE WHEN of_unit IS NULL THEN cycle_text
                ELSE format('unit "%s" in %s', (SELECT u.code FROM appraisal.unit AS u WHERE u.unit_id = of_unit), cycle_text) END;
END
$$;
COMMENT ON FUNCTION appraisal.signed_for_text(bigint, bigint) IS 'what is signed for, as messages say it';

CREATE FUNCTION appraisal.refuse_signer(of_cycle bigint, of_unit bigint, step integer, signer text, label text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'AP003',
        MESSAGE = format('step %s of %s is not yours to sign', step, appraisal.signed_for_text(of_cycle, of_unit)),
        DETAIL = format('It is signed by %s, "%s".', CASE signer WHEN 'unit_head' THEN 'the head of the unit'
            WHEN 'division_head' THEN 'the head of the unit above' WHEN 'second_manager' THEN 'the superior of the unit''s head'
            WHEN 'hr' THEN 'HR' ELSE 'an executive' END, label),
        HINT = CASE WHEN of_unit IS NULL AND signer NOT IN ('hr', 'executive', 'meeting')
                    THEN 'That step is signed unit by unit: sign_off(cycle, unit).'
                    ELSE 'Ask that one to CALL appraisal.sign_off().' END;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_signer(bigint, bigint, integer, text, text) IS 'the error that somebody else signs a step';

-- A delegate may not be who is in the way of the other signer, nor the other way round, so both are looked at.
CREATE FUNCTION appraisal.apply_sign_off(of_cycle bigint, of_unit bigint, remark text) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    whose CONSTANT text := appraisal.signed_for_text(of_cycle, of_unit);
    scope CONSTANT bigint[] := ARRAY(SELECT b FROM appraisal.units_below((SELECT u.code FROM appraisal.unit AS u WHERE u.unit_id = of_unit)) AS b);
    next_step record;
    entitled boolean;
    in_place_of bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM appraisal.participant AS p WHERE p.cycle_id = of_cycle AND p.unit_id = ANY (scope)) THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('nobody takes part in %s', whose),
            HINT = 'Sign for the unit in which people are appraised, or for the whole cycle.';
    END IF;
    SELECT c.step, c.signer, c.label, c.is_last, c.judges, array_agg(DISTINCT w.own_id) AS own_ids,
           bool_and(w.signed_by_oneself) AS is_rest, array_agg(DISTINCT w.unit_id) AS units INTO next_step
    FROM appraisal.wanted_signatures(of_cycle) AS w JOIN appraisal.sign_off_chain(of_cycle) AS c USING (step)
    WHERE w.unit_id IN (SELECT unnest(scope))
    GROUP BY c.step, c.signer, c.label, c.is_last, c.judges
    ORDER BY c.step LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('the results of %s are signed by the whole chain', whose),
            HINT = format('CALL appraisal.publish(''%s'') when all are.', cycle_code);
    END IF;

    entitled := appraisal.is_signer(of_cycle, of_unit, next_step.signer, me);
    IF NOT entitled THEN
        in_place_of := appraisal.delegating_to(of_cycle, of_unit, next_step.step, next_step.signer, me);
    END IF;
    IF next_step.judges AND next_step.own_ids <@ ARRAY[me, coalesce(in_place_of, me)] THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('nobody signs off for oneself alone, and nobody else in %s is left for step %s', whose, next_step.step),
            HINT = CASE WHEN next_step.is_last THEN 'Another one of HR or of the executives signs.' ELSE 'The superior signs for a unit above.' END;
    END IF;
    -- what the last signers left as their own, HR or an executive
    IF NOT entitled AND in_place_of IS NULL AND next_step.is_rest THEN
        entitled := appraisal.acting_as('hr') OR appraisal.acting_as('executive');
    END IF;
    IF NOT entitled AND in_place_of IS NULL THEN
        PERFORM appraisal.refuse_signer(of_cycle, of_unit, next_step.step, next_step.signer, next_step.label);
    ELSIF next_step.judges
          AND EXISTS (SELECT FROM appraisal.signatures(of_cycle) AS s JOIN appraisal.sign_off_chain(of_cycle) AS c USING (step)
                      WHERE c.judges AND s.step <> next_step.step AND s.unit_id = ANY (next_step.units)
                        AND ARRAY[s.signed_by, s.delegated_for] && array_remove(ARRAY[me, in_place_of], NULL)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format(CASE WHEN in_place_of IS NULL THEN 'you have signed another step for people of %s'
                                  ELSE 'you, or who delegated to you, signed another step for people of %s' END, whose),
            DETAIL = format('Step %s is signed by somebody else, "%s".', next_step.step, next_step.label),
            HINT = 'Ask that one to CALL appraisal.sign_off().';
    END IF;

    -- the first signature holds the figures, too
    IF NOT EXISTS (SELECT FROM appraisal.sign_off AS s WHERE s.cycle_id = of_cycle AND s.withdrawn_at IS NULL) THEN
        PERFORM appraisal.check_results_are_fresh(of_cycle);
    END IF;
    INSERT INTO appraisal.sign_off (cycle_id, unit_id, step, signer, signed_by, signed_at, remark, delegated_for)
    VALUES (of_cycle, of_unit, next_step.step, next_step.signer, me, statement_timestamp(), apply_sign_off.remark, in_place_of);
    IF next_step.is_last THEN
        PERFORM appraisal.enforce_quota(of_cycle, scope);
    END IF;
    RETURN next_step.step;
END
$$;
COMMENT ON FUNCTION appraisal.apply_sign_off(bigint, bigint, text) IS
    'signs the next step that a unit, or a cycle, wants, if the one who asks is who signs it, or the delegate; returns the step';

-- A group is looked at when the last of its members is signed by all of the chain that judges.
CREATE FUNCTION appraisal.enforce_quota(of_cycle bigint, units bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
    rule record;
    missed record;
BEGIN
    SELECT c.code, s.enforcement INTO rule FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    IF rule.enforcement = 'off' THEN
        RETURN;
    END IF;
    SELECT u.code, q.rules, q.heads_out, count(*) OVER () AS groups, l.units && mine.units AS is_own INTO missed
    FROM (SELECT g.unit_id, string_agg(g.rule, ', ') AS rules, sum(g.heads_out)::integer AS heads_out
          FROM appraisal.quota_groups(of_cycle) AS g WHERE g.heads_out > 0 GROUP BY g.unit_id) AS q
    JOIN appraisal.cut_line AS l ON l.cycle_id = of_cycle AND l.unit_id = q.unit_id
    JOIN appraisal.unit AS u ON u.unit_id = q.unit_id
    CROSS JOIN (SELECT ARRAY(SELECT p.unit_id FROM appraisal.participant AS p
                             WHERE p.cycle_id = of_cycle AND p.leads AND p.person_id = me) AS units) AS mine
    WHERE l.units && enforce_quota.units
      AND NOT EXISTS (SELECT FROM appraisal.wanted_signatures(of_cycle) AS w JOIN appraisal.sign_off_chain(of_cycle) AS c USING (step)
                      JOIN appraisal.result AS r ON r.cycle_id = of_cycle AND r.participant_id = w.participant_id AND r.version = 1
                      WHERE c.judges AND r.cohort_unit_id = q.unit_id)
      AND (rule.enforcement = 'warn'
           OR q.heads_out > coalesce((SELECT max(o.heads_out) FROM appraisal.quota_override AS o
                                      WHERE o.cycle_id = of_cycle AND o.unit_id = q.unit_id), 0))
    ORDER BY u.code LIMIT 1;
    IF NOT FOUND THEN
        RETURN;
    ELSIF rule.enforcement = 'warn' THEN
        RAISE WARNING USING
            MESSAGE = format('group "%s" of cycle "%s" misses its quota', missed.code, rule.code),
            DETAIL = format('Rules: %s. Groups that miss theirs: %s.', missed.rules, missed.groups),
            HINT = format('SELECT * FROM appraisal.quota_status(''%s'').', rule.code);
    ELSE
        -- with the number, a signer who is in the group could reckon the own grade
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('group "%s" of cycle "%s" misses its quota', missed.code, rule.code),
            DETAIL = format('Rules: %s%s. Groups that miss theirs: %s.', missed.rules,
                            CASE WHEN NOT missed.is_own THEN format('; heads out of bounds: %s', missed.heads_out) END, missed.groups),
            HINT = format('Calibrate as suggest_calibration(''%s'') says, or CALL appraisal.override_quota(''%1$s'', ''%s'', reason).',
                          rule.code, missed.code);
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.enforce_quota(bigint, bigint[]) IS
    'a warning or an error, as the scheme has it, if a group with members in these units is signed and misses its quota';

CREATE FUNCTION appraisal.apply_withdrawal(of_cycle bigint, of_unit bigint, reason text) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    withdrawn integer;
BEGIN
    IF coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('withdrawing signatures of cycle "%s" needs a reason', cycle_code),
            HINT = 'Give the argument reason.';
    END IF;
    -- whatever covers somebody of the unit: signatures below it, its own, and those of all above
    WITH RECURSIVE above AS (
        SELECT u.unit_id, u.parent_id FROM appraisal.unit AS u WHERE u.unit_id = of_unit
        UNION
        SELECT u.unit_id, u.parent_id FROM above AS a JOIN appraisal.unit AS u ON u.unit_id = a.parent_id
    )
    UPDATE appraisal.sign_off AS s
    SET withdrawn_at = statement_timestamp(), withdrawn_because = apply_withdrawal.reason
    WHERE s.cycle_id = of_cycle AND s.withdrawn_at IS NULL
      AND (of_unit IS NULL OR s.unit_id IS NULL OR s.unit_id IN (SELECT a.unit_id FROM above AS a)
           OR s.unit_id IN (SELECT b FROM appraisal.units_below((SELECT u.code FROM appraisal.unit AS u WHERE u.unit_id = of_unit)) AS b));
    GET DIAGNOSTICS withdrawn = ROW_COUNT;
    IF withdrawn = 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('there is no signature to withdraw in cycle "%s"', cycle_code),
            HINT = 'CALL appraisal.sign_off() signs.';
    END IF;
    RETURN withdrawn;
END
$$;
COMMENT ON FUNCTION appraisal.apply_withdrawal(bigint, bigint, text) IS
    'withdraws all signatures that cover somebody of a unit, or all of a cycle; returns how many';

CREATE FUNCTION appraisal.apply_quota_override(of_cycle bigint, of_unit bigint, reason text) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    unit_code CONSTANT text := (SELECT u.code FROM appraisal.unit AS u WHERE u.unit_id = of_unit);
    out_now integer;
BEGIN
    SELECT sum(q.heads_out) INTO out_now FROM appraisal.quota_groups(of_cycle) AS q WHERE q.unit_id = of_unit;
    IF out_now IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('unit "%s" has no group in cycle "%s"', unit_code, cycle_code),
            HINT = format('SELECT * FROM appraisal.quota_status(''%s'') lists the groups.', cycle_code);
    ELSIF EXISTS (SELECT FROM appraisal.cut_line AS l JOIN appraisal.participant AS p ON p.cycle_id = l.cycle_id AND p.unit_id = ANY (l.units)
                  WHERE l.cycle_id = of_cycle AND l.unit_id = of_unit AND p.leads AND p.person_id = appraisal.acting_person()) THEN
        -- from the number of heads one could reckon the own grade
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('nobody overrides the quota of the own group, which "%s" of cycle "%s" is', unit_code, cycle_code),
            HINT = 'Another one of HR or of the executives calls override_quota().';
    ELSIF out_now = 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('group "%s" of cycle "%s" meets its quota', unit_code, cycle_code);
    ELSIF coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('overriding the quota of group "%s" of cycle "%s" needs a reason', unit_code, cycle_code),
            HINT = 'Give the argument reason.';
    END IF;
    INSERT INTO appraisal.quota_override (cycle_id, unit_id, heads_out, reason, made_by, made_by_login, made_at)
    VALUES (of_cycle, of_unit, out_now, apply_quota_override.reason, appraisal.acting_person(), session_user, statement_timestamp());
    RETURN out_now;
END
$$;
COMMENT ON FUNCTION appraisal.apply_quota_override(bigint, bigint, text) IS
    'lets a group miss its quota by as many heads as it does now; returns how many';

CREATE PROCEDURE appraisal.sign_off(cycle text, unit text DEFAULT NULL, remark text DEFAULT NULL, INOUT step integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    step := appraisal.write_sign_off(appraisal.cycle_of_code(cycle), CASE WHEN unit IS NOT NULL THEN appraisal.unit_of_code(unit) END, remark);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.sign_off(text, text, text, integer) IS
    'signs the next step of the scheme''s chain for a unit with all below it, or for the whole cycle; says which step';

CREATE PROCEDURE appraisal.withdraw_sign_off(cycle text, unit text DEFAULT NULL, reason text DEFAULT NULL, INOUT withdrawn integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    withdrawn := appraisal.write_withdrawal(appraisal.cycle_of_code(cycle), CASE WHEN unit IS NOT NULL THEN appraisal.unit_of_code(unit) END, reason);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.withdraw_sign_off(text, text, text, integer) IS
    'for HR: withdraws every signature that covers somebody of a unit, or all of a cycle, for a reason; says how many';

CREATE PROCEDURE appraisal.override_quota(cycle text, unit text, reason text, INOUT heads_out integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    heads_out := appraisal.write_quota_override(appraisal.cycle_of_code(cycle), appraisal.unit_of_code(unit), reason);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.override_quota(text, text, text, integer) IS
    'for HR and executives: lets a unit''s group miss its quota as it does now, for a reason; says by how many heads';
