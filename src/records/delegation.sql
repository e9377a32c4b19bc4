-- Delegation: who signs a step in the place of who is to, where the scheme's chain lets that be done.
--
-- It gives the signature and nothing else: a delegate sees of results what one saw before. It holds as long as who
-- gave it is who signs, and only for what that one would sign; what is delegated is not delegated again.

CREATE FUNCTION appraisal.delegating_to(of_cycle bigint, of_unit bigint, step integer, signer text, who bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (WITH RECURSIVE above AS (
                SELECT of_unit AS unit_id
                UNION
                SELECT u.parent_id FROM above AS a JOIN appraisal.unit AS u USING (unit_id)
            )
            SELECT d.from_person
            FROM appraisal.delegation AS d JOIN above AS a ON a.unit_id IS NOT DISTINCT FROM d.unit_id
            WHERE d.cycle_id = of_cycle AND d.step = delegating_to.step AND d.to_person = who AND d.withdrawn_at IS NULL
              AND appraisal.is_signer(of_cycle, of_unit, signer, d.from_person)
            ORDER BY d.delegation_id LIMIT 1);
END
$$;
COMMENT ON FUNCTION appraisal.delegating_to(bigint, bigint, integer, text, bigint) IS
    'in whose place somebody signs a step for a unit, or for a whole cycle; null if nobody delegated it';

-- Who goes on leave delegates before there is anything to sign.
CREATE FUNCTION appraisal.take_cycle_to_delegate(of_cycle bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM appraisal.take_cycle_in(of_cycle, 'delegations', 'draft', 'goals', 'scoring', 'calibration');
    IF appraisal.acting_person() IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'signatures are delegated by people, and this login is nobody in particular',
            HINT = 'A service sets appraisal.actor to the person it acts for.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.take_cycle_to_delegate(bigint) IS
    'holds a cycle that is not published until the transaction ends, for somebody; an error otherwise';

CREATE FUNCTION appraisal.apply_delegation(of_cycle bigint, of_step integer, of_unit bigint, to_code text, reason text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    whose CONSTANT text := appraisal.signed_for_text(of_cycle, of_unit);
    rule record;
    delegate bigint;
    present text;
    given bigint;
BEGIN
    SELECT c.* INTO rule FROM appraisal.sign_off_chain(of_cycle) AS c WHERE c.step = of_step;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('the chain of cycle "%s" has no step %s', cycle_code, coalesce(of_step::text, 'null')),
            DETAIL = format('Steps: %s.', (SELECT string_agg(format('%s "%s"', c.step, c.label), ', ' ORDER BY c.step) FROM appraisal.sign_off_chain(of_cycle) AS c)),
            HINT = 'Give one of these.';
    ELSIF NOT rule.delegable THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('step %s of cycle "%s" cannot be delegated', of_step, cycle_code),
            DETAIL = format('The scheme wants "%s" to sign.', rule.label),
            HINT = 'A version of the scheme whose step is delegable lets later cycles do so.';
    ELSIF NOT appraisal.is_signer(of_cycle, of_unit, rule.signer, me) THEN
        IF appraisal.delegating_to(of_cycle, of_unit, of_step, rule.signer, me) IS NOT NULL THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AP003',
                MESSAGE = format('step %s of %s was delegated to you, and is not delegated again', of_step, whose),
                HINT = 'Sign it, or ask who delegated it to CALL appraisal.withdraw_delegation().';
        END IF;
        PERFORM appraisal.refuse_signer(of_cycle, of_unit, of_step, rule.signer, rule.label);
    ELSIF coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('delegating step %s of %s needs a reason', of_step, whose),
            HINT = 'Give the argument reason.';
    END IF;
    delegate := appraisal.person_of_code(to_code);
    IF delegate = me THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = 'nobody delegates to oneself',
            DETAIL = format('It is step %s of %s.', of_step, whose), HINT = 'Name somebody else in to_person.';
    END IF;
    SELECT n.code INTO present
    FROM appraisal.delegation AS d JOIN appraisal.person AS n ON n.person_id = d.to_person
    WHERE d.cycle_id = of_cycle AND d.step = of_step AND d.unit_id IS NOT DISTINCT FROM of_unit AND d.from_person = me AND d.withdrawn_at IS NULL;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('you have delegated step %s of %s already', of_step, whose),
            DETAIL = format('To person "%s".', present),
            HINT = 'CALL appraisal.withdraw_delegation() first.';
    END IF;
    INSERT INTO appraisal.delegation (cycle_id, step, unit_id, from_person, to_person, reason, given_at)
    VALUES (of_cycle, of_step, of_unit, me, delegate, apply_delegation.reason, statement_timestamp())
    RETURNING delegation_id INTO given;
    RETURN given;
END
$$;
COMMENT ON FUNCTION appraisal.apply_delegation(bigint, integer, bigint, text, text) IS
    'has somebody sign a step in the place of the one who asks, who signs it by the scheme; returns the key of the delegation';

CREATE FUNCTION appraisal.apply_delegation_withdrawal(of_cycle bigint, of_step integer, of_unit bigint, of_person bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
    giver CONSTANT bigint := coalesce(of_person, me);
    withdrawn bigint;
BEGIN
    IF giver <> me AND NOT appraisal.acting_as('hr') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'HR alone withdraws what others delegated',
            HINT = 'Ask HR, or who delegated, to CALL appraisal.withdraw_delegation().';
    END IF;
    UPDATE appraisal.delegation AS d SET withdrawn_at = statement_timestamp()
    WHERE d.cycle_id = of_cycle AND d.step = of_step AND d.unit_id IS NOT DISTINCT FROM of_unit AND d.from_person = giver AND d.withdrawn_at IS NULL
    RETURNING d.delegation_id INTO withdrawn;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('nothing is delegated at step %s of %s', coalesce(of_step::text, 'null'), appraisal.signed_for_text(of_cycle, of_unit)),
            HINT = 'SELECT * FROM appraisal.delegation shows what you delegated; give its step and unit.';
    END IF;
    RETURN withdrawn;
END
$$;
COMMENT ON FUNCTION appraisal.apply_delegation_withdrawal(bigint, integer, bigint, bigint) IS
    'withdraws the delegation that somebody gave for a step and a unit, or for a whole cycle; returns its key';

CREATE PROCEDURE appraisal.delegate_sign_off(cycle text, step integer, to_person text, reason text, unit text DEFAULT NULL,
                                             INOUT delegation_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    delegation_id := appraisal.write_delegation(appraisal.cycle_of_code(cycle), step,
                                                CASE WHEN unit IS NOT NULL THEN appraisal.unit_of_code(unit) END, to_person, reason);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.delegate_sign_off(text, integer, text, text, text, bigint) IS
    'has somebody sign a step of the chain in the caller''s place, for a unit with all below it or for the whole cycle; says its key';

CREATE PROCEDURE appraisal.withdraw_delegation(cycle text, step integer, unit text DEFAULT NULL, from_person text DEFAULT NULL,
                                               INOUT delegation_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    delegation_id := appraisal.write_delegation_withdrawal(appraisal.cycle_of_code(cycle), step,
                                                           CASE WHEN unit IS NOT NULL THEN appraisal.unit_of_code(unit) END,
                                                           CASE WHEN from_person IS NOT NULL THEN appraisal.person_of_code(from_person) END);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.withdraw_delegation(text, integer, text, text, bigint) IS
    'withdraws what the caller, or for HR somebody else, delegated; what was signed stays; says its key';
