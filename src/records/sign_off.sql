-- Sign-off: the scheme's chain of signatures under the results of units and cycles.
--
-- A signature is for a unit with all below it, or for the whole cycle. A result is signed at a step when a
-- signature of that step covers its participant; who signs does so for others: the own result is left to the
-- next in the chain, and at the last step to somebody else. Which steps are missing is not stored, it follows.

CREATE FUNCTION appraisal.sign_off_chain(of_cycle bigint)
    RETURNS TABLE (step integer, signer text, act text, label text, is_last boolean)
LANGUAGE plpgsql STABLE ROWS 4 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT r.step, r.signer, r.act, r.label, r.step = max(r.step) OVER ()
    FROM appraisal.sign_off_rule AS r JOIN appraisal.cycle AS c USING (scheme_id)
    WHERE c.cycle_id = of_cycle;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 1, 'hr', 'approve', 'HR', true;
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.sign_off_chain(bigint) IS 'the signatures that results of a cycle need; one by HR where the scheme says nothing';

-- Signatures that hold, by the units of participants that they cover.
CREATE FUNCTION appraisal.signatures(of_cycle bigint) RETURNS TABLE (unit_id bigint, step integer, signed_by bigint)
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
    SELECT c.unit_id, s.step, s.signed_by
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
        SELECT DISTINCT s.unit_id, s.step, s.signed_by FROM appraisal.signatures(of_cycle) AS s
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
                      WHERE g.unit_id = n.unit_id AND g.step = n.step AND (NOT n.is_last OR g.signed_by IS DISTINCT FROM n.own_id));
END
$$;
COMMENT ON FUNCTION appraisal.wanted_signatures(bigint) IS
    'the steps at which results of a cycle are not signed; at the last one nobody''s own signature counts for oneself';

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

CREATE FUNCTION appraisal.apply_sign_off(of_cycle bigint, of_unit bigint, remark text) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
    this record;
    scope bigint[];
    whose text;
    next_step record;
    expected bigint;
    entitled boolean;
BEGIN
    SELECT c.code, c.cohort_date INTO this FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle;
    whose := CASE WHEN of_unit IS NULL THEN format('cycle "%s"', this.code)
                  ELSE format('unit "%s" in cycle "%s"', (SELECT u.code FROM appraisal.unit AS u WHERE u.unit_id = of_unit), this.code) END;
    scope := ARRAY(SELECT b FROM appraisal.units_below((SELECT u.code FROM appraisal.unit AS u WHERE u.unit_id = of_unit)) AS b);
    IF NOT EXISTS (SELECT FROM appraisal.participant AS p WHERE p.cycle_id = of_cycle AND p.unit_id = ANY (scope)) THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('nobody takes part in %s', whose),
            HINT = 'Sign for the unit in which people are appraised, or for the whole cycle.';
    END IF;
    SELECT c.step, c.signer, c.label, c.is_last, bool_and(w.own_id IS NOT DISTINCT FROM me) AS is_own,
           bool_and(w.signed_by_oneself) AS is_rest, array_agg(DISTINCT w.unit_id) AS units INTO next_step
    FROM appraisal.wanted_signatures(of_cycle) AS w JOIN appraisal.sign_off_chain(of_cycle) AS c USING (step)
    WHERE w.unit_id IN (SELECT unnest(scope))
    GROUP BY c.step, c.signer, c.label, c.is_last
    ORDER BY c.step LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('the results of %s are signed by the whole chain', whose),
            HINT = format('CALL appraisal.publish(''%s'') when all are.', this.code);
    ELSIF next_step.is_own THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('nobody signs off for oneself alone, and nobody else in %s is left for step %s', whose, next_step.step),
            HINT = CASE WHEN next_step.is_last THEN 'Another one of HR or of the executives signs.' ELSE 'The superior signs for a unit above.' END;
    END IF;

    -- whom nobody is above an executive signs for; what the last signers left as their own, HR or an executive
    CASE next_step.signer
    WHEN 'hr' THEN
        entitled := appraisal.acting_as('hr');
    WHEN 'executive', 'meeting' THEN
        entitled := appraisal.acting_as('executive');
    ELSE
        SELECT CASE next_step.signer WHEN 'second_manager' THEN h.superior_id ELSE h.head_id END INTO expected
        FROM appraisal.head_of_unit(CASE next_step.signer
                                    WHEN 'division_head' THEN (SELECT u.parent_id FROM appraisal.unit AS u WHERE u.unit_id = of_unit)
                                    ELSE of_unit END, this.cohort_date) AS h;
        entitled := CASE WHEN expected IS NULL THEN of_unit IS NOT NULL AND appraisal.acting_as('executive') ELSE me = expected END;
    END CASE;
    IF NOT entitled AND next_step.is_rest THEN
        entitled := appraisal.acting_as('hr') OR appraisal.acting_as('executive');
    END IF;
    IF NOT entitled THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('step %s of %s is not yours to sign', next_step.step, whose),
            DETAIL = format('It is signed by %s, "%s".', CASE next_step.signer WHEN 'unit_head' THEN 'the head of the unit'
                WHEN 'division_head' THEN 'the head of the unit above' WHEN 'second_manager' THEN 'the superior of the unit''s head'
                WHEN 'hr' THEN 'HR' ELSE 'an executive' END, next_step.label),
            HINT = CASE WHEN of_unit IS NULL AND next_step.signer NOT IN ('hr', 'executive', 'meeting')
                        THEN 'That step is signed unit by unit: sign_off(cycle, unit).'
                        ELSE 'Ask that one to CALL appraisal.sign_off().' END;
    ELSIF EXISTS (SELECT FROM appraisal.signatures(of_cycle) AS s
                  WHERE s.signed_by = me AND s.step <> next_step.step AND s.unit_id = ANY (next_step.units)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('you have signed another step for people of %s', whose),
            DETAIL = format('Step %s is signed by somebody else, "%s".', next_step.step, next_step.label),
            HINT = 'Ask that one to CALL appraisal.sign_off().';
    END IF;

    -- the first signature holds the figures, too
    IF NOT EXISTS (SELECT FROM appraisal.sign_off AS s WHERE s.cycle_id = of_cycle AND s.withdrawn_at IS NULL) THEN
        PERFORM appraisal.check_results_are_fresh(of_cycle);
    END IF;
    INSERT INTO appraisal.sign_off (cycle_id, unit_id, step, signer, signed_by, signed_at, remark)
    VALUES (of_cycle, of_unit, next_step.step, next_step.signer, me, statement_timestamp(), apply_sign_off.remark);
    IF next_step.is_last THEN
        PERFORM appraisal.enforce_quota(of_cycle, scope);
    END IF;
    RETURN next_step.step;
END
$$;
COMMENT ON FUNCTION appraisal.apply_sign_off(bigint, bigint, text) IS
    'signs the next step that a unit, or a cycle, wants, if the one who asks is who signs it; returns the step';

-- A group is looked at when the last of its members is signed by the whole chain.
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
      AND NOT EXISTS (SELECT FROM appraisal.wanted_signatures(of_cycle) AS w
                      JOIN appraisal.result AS r ON r.cycle_id = of_cycle AND r.participant_id = w.participant_id AND r.version = 1
                      WHERE r.cohort_unit_id = q.unit_id)
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
