-- Calibration: final grades changed by people, with reasons, within the scheme's limits.
--
-- The cut line is the least change that meets the quota, so natural grades become quota grades by themselves.
-- calibrate() goes beyond that for a person; what it comes to is checked at sign-off.

-- Rows of other tables say what happens to a cycle's results, so the cycle's row is written, not just locked:
-- a transaction with an older snapshot fails on it, instead of deciding by what it cannot see.
CREATE FUNCTION appraisal.take_cycle_in(of_cycle bigint, what text, VARIADIC statuses text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this record;
BEGIN
    UPDATE appraisal.cycle AS c SET status = c.status WHERE c.cycle_id = of_cycle RETURNING c.code, c.status INTO this;
    IF this.code IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP004', MESSAGE = format('there is no cycle with cycle_id %s', of_cycle);
    ELSIF this.status <> ALL (statuses) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('%s of cycle "%s" cannot be written: the cycle is in status %s', what, this.code, this.status),
            DETAIL = format('It can be in status %s.', array_to_string(statuses, ' or ')),
            HINT = appraisal.next_step(this.status);
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.take_cycle_in(bigint, text, text[]) IS
    'holds a cycle until the transaction ends; an error if it is in none of these statuses';

-- What each change comes to, and what speaks against it: SQLSTATE, message, detail and hint.
CREATE FUNCTION appraisal.judge_adjustments(of_cycle bigint, participants bigint[], grades text[], reasons text[],
                                            authorised_by bigint, undoing boolean)
    RETURNS TABLE (place bigint, participant_id bigint, from_grade text, to_grade text, reason text, undoes bigint, problem text[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rule appraisal.scheme;
    cycle_code text;
    by_office boolean;
    by_manager boolean;
BEGIN
    SELECT s.* INTO rule FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    SELECT c.code INTO cycle_code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle;
    -- who does not see a grade would be told it by what is refused
    by_office := appraisal.acting_as('hr')
        OR appraisal.acting_as('executive') AND of_cycle IN (SELECT appraisal.cycles_shown_to('executive'));
    by_manager := of_cycle IN (SELECT appraisal.cycles_shown_to('manager'));
    RETURN QUERY
    WITH asked AS (
        SELECT a.place, a.participant_id, a.grade, a.reason, count(*) OVER (PARTITION BY a.participant_id) AS times
        FROM unnest(participants, grades, reasons) WITH ORDINALITY AS a (participant_id, grade, reason, place)
    ),
    known AS (
        SELECT a.place, a.participant_id, a.reason, a.times, r.final_grade, coalesce(r.quota_grade, r.natural_grade) AS computed_grade,
               CASE WHEN undoing THEN last.from_grade ELSE a.grade END AS to_grade, last.adjustment_id AS last_id,
               appraisal.participant_name(of_cycle, a.participant_id) AS who, coalesce(p.person_id, p.manager_id) AS own_id,
               d.title AS gate_title, d.gate_grade
        FROM asked AS a
        JOIN appraisal.participant AS p ON p.cycle_id = of_cycle AND p.participant_id = a.participant_id
        LEFT JOIN appraisal.result AS r ON r.cycle_id = of_cycle AND r.participant_id = a.participant_id AND r.version = 1
        LEFT JOIN appraisal.dimension AS d ON d.dimension_id = r.gate_dimension_id
        -- one that a new computation has overtaken is in force no more
        LEFT JOIN LATERAL (
            SELECT j.adjustment_id, j.from_grade, j.to_grade
            FROM appraisal.adjustment AS j
            WHERE undoing AND j.cycle_id = of_cycle AND +j.participant_id = a.participant_id AND j.undoes IS NULL
              AND NOT EXISTS (SELECT FROM appraisal.adjustment AS u WHERE u.cycle_id = of_cycle AND u.undoes = j.adjustment_id)
            ORDER BY j.adjustment_id DESC LIMIT 1) AS last ON last.to_grade = r.final_grade
    )
    SELECT k.place, k.participant_id, k.final_grade, k.to_grade, k.reason, k.last_id,
        CASE
        WHEN k.participant_id IN (SELECT appraisal.my_participations()) THEN
            ARRAY['AP003', 'nobody calibrates the own grade', format('It is that of %s.', k.who),
                  'HR, an executive or a manager above calls calibrate().']
        WHEN NOT (by_office OR by_manager AND k.participant_id IN (SELECT appraisal.my_participants())) THEN
            ARRAY['AP003', format('the grade of %s is not yours to calibrate', k.who),
                  'HR, executives and the managers above are who calibrates, as far as the scheme shows them results.',
                  'Ask one of them to CALL appraisal.calibrate().']
        WHEN k.times > 1 THEN
            ARRAY['AP005', format('%s is there more than once', k.who), format('It is change %s of the call.', k.place),
                  'Give each person once.']
        WHEN k.final_grade IS NULL THEN
            ARRAY['AP005', format('%s has no grade to calibrate in cycle "%s"', k.who, cycle_code),
                  'Grades are of who has a score.', format('CALL appraisal.compute_results(''%s'') computes results.', cycle_code)]
        WHEN appraisal.is_signed(of_cycle, k.participant_id) THEN
            ARRAY['AP001', format('the result of %s is signed off', k.who), 'What is signed stays.',
                  format('CALL appraisal.withdraw_sign_off(''%s'').', cycle_code)]
        WHEN coalesce(btrim(k.reason), '') = '' THEN
            ARRAY['AP005', format('calibrating the grade of %s needs a reason', k.who), 'It is kept with the change.', 'Give the argument reason.']
        WHEN authorised_by = k.own_id THEN
            ARRAY['AP003', format('%s cannot authorise a change of the own grade', k.who), 'Nobody decides on oneself.', 'Name somebody else in authorised_by.']
        WHEN undoing AND k.to_grade IS NULL THEN
            ARRAY['AP005', format('%s has no calibration to take back', k.who), 'Nobody calibrated, or what was computed has changed since.', 'CALL appraisal.calibrate() sets a grade.']
        WHEN k.to_grade IS NULL OR NOT EXISTS (SELECT FROM appraisal.grades(rule.scale) AS g WHERE g.grade = k.to_grade) THEN
            ARRAY['AP004', format('there is no grade "%s" in cycle "%s"', k.to_grade, cycle_code), format('Grades: %s.', rule.scale), 'Give one of these.']
        WHEN k.to_grade = k.final_grade THEN
            ARRAY['AP005', format('%s has grade "%s" already', k.who, k.to_grade),
                  format('Without calibration it is "%s".', k.computed_grade), 'CALL appraisal.undo_calibration() takes the last change back.']
        WHEN abs(appraisal.grade_rank(k.to_grade, rule.scale) - appraisal.grade_rank(k.computed_grade, rule.scale)) > rule.calibration_steps THEN
            ARRAY['AP005', format('grade "%s" is too far for %s', k.to_grade, k.who),
                  format('Without calibration it is "%s"; the scheme lets it move by %s.', k.computed_grade, rule.calibration_steps), 'Give a grade that is nearer.']
        WHEN appraisal.grade_rank(k.to_grade, rule.scale) < appraisal.grade_rank(k.gate_grade, rule.scale) THEN
            ARRAY['AP005', format('%s stays at grade "%s" or worse', k.who, k.gate_grade),
                  format('Dimension "%s" is below its gate.', k.gate_title), 'A mark that was wrong is put right by who gave it: CALL appraisal.reopen().']
        END
    FROM known AS k;
END
$$;
COMMENT ON FUNCTION appraisal.judge_adjustments(bigint, bigint[], text[], text[], bigint, boolean) IS
    'what calibrations asked for come to, and what speaks against each; apply_adjustments() asks';

CREATE FUNCTION appraisal.apply_adjustments(of_cycle bigint, participants bigint[], grades text[], reasons text[],
                                            authorised_by bigint, undoing boolean) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    problem text[];
    written integer;
BEGIN
    SELECT j.problem INTO problem
    FROM appraisal.judge_adjustments(of_cycle, participants, grades, reasons, authorised_by, undoing) AS j
    WHERE j.problem IS NOT NULL
    ORDER BY j.place LIMIT 1;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = problem[1], MESSAGE = problem[2], DETAIL = problem[3], HINT = problem[4];
    END IF;
    WITH added AS (
        INSERT INTO appraisal.adjustment AS a
            (cycle_id, participant_id, from_grade, to_grade, reason, made_by, made_by_login, authorised_by, made_at, undoes)
        SELECT of_cycle, j.participant_id, j.from_grade, j.to_grade, j.reason, appraisal.acting_person(), session_user,
               apply_adjustments.authorised_by, statement_timestamp(), j.undoes
        FROM appraisal.judge_adjustments(of_cycle, participants, grades, reasons, authorised_by, undoing) AS j
        ORDER BY j.place
        RETURNING a.participant_id, a.to_grade
    )
    UPDATE appraisal.result AS r
    SET calibrated_grade = nullif(a.to_grade, coalesce(r.quota_grade, r.natural_grade)),
        coefficient = appraisal.coefficient(a.to_grade, s.scale)
    FROM added AS a, appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
    WHERE c.cycle_id = of_cycle AND r.cycle_id = of_cycle AND r.participant_id = a.participant_id AND r.version = 1;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;
COMMENT ON FUNCTION appraisal.apply_adjustments(bigint, bigint[], text[], text[], bigint, boolean) IS
    'writes calibrations; a calibrated grade is kept where it differs from what was computed';

-- The leading participant of a person, or a unit, whom the caller may know of.
CREATE FUNCTION appraisal.leading_participant(cycle text, person text, unit text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    this_person CONSTANT bigint := CASE WHEN person IS NOT NULL THEN appraisal.person_of_code(person) END;
    this_unit CONSTANT bigint := CASE WHEN person IS NULL THEN appraisal.unit_of_code(unit) END;
    found_id bigint;
BEGIN
    SELECT p.participant_id INTO found_id
    FROM appraisal.participant AS p
    WHERE p.cycle_id = this_cycle AND p.leads AND (p.person_id = this_person OR p.appraised_unit_id = this_unit);
    IF found_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('%s takes no part in cycle "%s"', appraisal.person_or_unit(person, unit), cycle),
            HINT = 'Ask who may see this one.';
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION appraisal.leading_participant(text, text, text) IS
    'key of the participant that carries the result of a person, or a unit; an error if there is none whom the caller may see';

CREATE PROCEDURE appraisal.calibrate(cycle text, person text, grade text, reason text, authorised_by text DEFAULT NULL,
                                     unit text DEFAULT NULL, INOUT calibrated integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    calibrated := appraisal.write_adjustments(appraisal.cycle_of_code(cycle),
        ARRAY[appraisal.leading_participant(cycle, person, unit)], ARRAY[grade], ARRAY[reason],
        CASE WHEN authorised_by IS NOT NULL THEN appraisal.person_of_code(authorised_by) END, false);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.calibrate(text, text, text, text, text, text, integer) IS
    'sets the final grade of a person, or with person NULL of an appraised unit, for a reason; before anybody signed it off';

CREATE PROCEDURE appraisal.calibrate(cycle text, changes jsonb, authorised_by text DEFAULT NULL, INOUT calibrated integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    participants bigint[];
    grades text[];
    reasons text[];
BEGIN
    SELECT array_agg(appraisal.leading_participant(calibrate.cycle, x.person, x.unit)), array_agg(x.grade), array_agg(x.reason)
    INTO participants, grades, reasons
    FROM jsonb_to_recordset(changes) AS x (person text, unit text, grade text, reason text);
    calibrated := appraisal.write_adjustments(this_cycle, coalesce(participants, '{}'), coalesce(grades, '{}'), coalesce(reasons, '{}'),
        CASE WHEN authorised_by IS NOT NULL THEN appraisal.person_of_code(authorised_by) END, false);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.calibrate(text, jsonb, text, integer) IS
    'sets final grades, all or none: [{"person" or "unit", "grade", "reason"}, ...]';

CREATE PROCEDURE appraisal.undo_calibration(cycle text, person text, reason text, unit text DEFAULT NULL, INOUT grade text DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    this_participant CONSTANT bigint := appraisal.leading_participant(cycle, person, unit);
BEGIN
    PERFORM appraisal.write_adjustments(this_cycle, ARRAY[this_participant], ARRAY[NULL::text], ARRAY[reason], NULL, true);
    SELECT r.final_grade INTO grade
    FROM appraisal.result AS r WHERE r.cycle_id = this_cycle AND r.participant_id = this_participant AND r.version = 1;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.undo_calibration(text, text, text, text, text) IS
    'takes the last calibration of a person, or a unit, back, for a reason; says the final grade that holds then';

-- Each group against each rule, as far as the caller sees results. Of members who are not seen nothing is
-- told: heads are out where they are so whatever those have. To the tables' owner all is seen.
CREATE FUNCTION appraisal.quota_groups(of_cycle bigint)
    RETURNS TABLE (unit_id bigint, members integer, counted integer, rule text, "least" integer, most integer, actual integer,
                   heads_out integer, feasible boolean)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    scheme appraisal.scheme;
BEGIN
    SELECT s.* INTO scheme FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    RETURN QUERY
    WITH grouped AS (
        SELECT r.cohort_unit_id, count(*)::integer AS counted, appraisal.grade_counts(r.final_grade, scheme.scale) AS finals,
               appraisal.grade_counts(r.quota_grade, scheme.scale) AS quotas
        FROM appraisal.current_result AS r
        WHERE r.cycle_id = of_cycle AND r.cohort_unit_id IS NOT NULL
        GROUP BY r.cohort_unit_id
    )
    SELECT l.unit_id, l.members, g.counted, b.rule, b."least", b.most, f.actual,
           greatest(f.actual - b.most, b."least" - f.actual - (l.members - g.counted), 0),
           greatest(q.actual - b.most, b."least" - q.actual - (l.members - g.counted), 0) = 0
    FROM grouped AS g
    JOIN appraisal.cut_line AS l ON l.cycle_id = of_cycle AND l.unit_id = g.cohort_unit_id
    CROSS JOIN LATERAL ROWS FROM (
        appraisal.quota_bounds(scheme.quota, scheme.scale, l.members),
        appraisal.quota_check(g.finals, scheme.scale, scheme.quota),
        appraisal.quota_check(g.quotas, scheme.scale, scheme.quota)) WITH ORDINALITY
        AS b (rule, "least", most, frule, fleast, fmost, actual, fout, qrule, qleast, qmost, qactual, qout, place)
    CROSS JOIN LATERAL (SELECT b.actual) AS f (actual)
    CROSS JOIN LATERAL (SELECT b.qactual) AS q (actual)
    ORDER BY l.unit_id, b.place;
END
$$;
COMMENT ON FUNCTION appraisal.quota_groups(bigint) IS
    'final grades of each group of a cycle against each rule of its quota, as far as the caller sees them; by key of the unit';

CREATE FUNCTION appraisal.quota_status(cycle text)
    RETURNS TABLE (unit text, members integer, counted integer, rule text, "least" integer, most integer, actual integer,
                   heads_out integer, feasible boolean)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
BEGIN
    RETURN QUERY
    SELECT u.code, q.members, q.counted, q.rule, q."least", q.most, q.actual, q.heads_out, q.feasible
    FROM appraisal.quota_groups(this_cycle) WITH ORDINALITY
        AS q (unit_id, members, counted, rule, "least", most, actual, heads_out, feasible, place)
    JOIN appraisal.unit AS u USING (unit_id)
    ORDER BY u.code, q.place;
END
$$;
COMMENT ON FUNCTION appraisal.quota_status(text) IS
    'final grades of each group of a cycle against each rule of its quota; feasible is false where the cut line itself could not meet the rule. Counts what the caller may see';

CREATE FUNCTION appraisal.suggest_calibration(cycle text)
    RETURNS TABLE (person text, unit text, from_grade text, to_grade text, kind text, why text)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    scheme appraisal.scheme;
BEGIN
    SELECT s.* INTO scheme FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = this_cycle;
    RETURN QUERY
    WITH missed AS (
        SELECT q.unit_id, string_agg(q.rule, ', ') AS rules FROM appraisal.quota_groups(this_cycle) AS q WHERE q.heads_out > 0 GROUP BY q.unit_id
    )
    SELECT n.code, u.code, v.from_grade, v.to_grade, v.kind, v.why
    FROM appraisal.result AS r
    JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    JOIN appraisal.person AS n USING (person_id)
    JOIN appraisal.unit AS u ON u.unit_id = p.unit_id
    JOIN appraisal.cut_line AS l ON l.cycle_id = r.cycle_id AND l.unit_id = r.cohort_unit_id
    JOIN appraisal.unit AS g ON g.unit_id = l.unit_id
    LEFT JOIN missed AS m ON m.unit_id = l.unit_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN appraisal.grade_rank(r.natural_grade, scheme.scale) < appraisal.grade_rank(r.quota_grade, scheme.scale)
                    THEN r.natural_grade ELSE r.quota_grade END) AS better (grade)
    CROSS JOIN LATERAL (VALUES
        (1, 'quota', r.natural_grade, r.quota_grade,
         format('%s in group "%s", the score is %s',
                CASE WHEN isempty(appraisal.grade_bounds(better.grade, l.scale)) THEN format('no score earns "%s"', better.grade)
                     ELSE format('"%s" begins at %s', better.grade, lower(appraisal.grade_bounds(better.grade, l.scale))) END, g.code,
                CASE scheme.grade_reads WHEN 'raw' THEN r.raw_score ELSE r.score END)),
        (2, 'calibration', r.final_grade, r.quota_grade, format('group "%s" misses %s', g.code, m.rules))
    ) AS v (place, kind, from_grade, to_grade, why)
    WHERE r.cycle_id = this_cycle AND r.version = 1 AND v.from_grade <> v.to_grade AND (v.kind = 'quota' OR m.unit_id IS NOT NULL)
    ORDER BY v.place, g.code, n.code;
END
$$;
COMMENT ON FUNCTION appraisal.suggest_calibration(text) IS
    'whom the quota moves, from the natural to the quota grade, and whose calibration to take back where a group misses its quota: the least change, since the cut line is that already';
