-- Appeals: what is proposed and decided. An upheld one makes the next version of the result; nobody else's row
-- moves, whatever that does to the quota, which is written down instead.

-- What the one who is asking has had to do with a result, that keeps one from deciding on it. A source without
-- weight counts for nothing, or where all vote on all nobody would be left.
CREATE FUNCTION appraisal.part_in_result(of_cycle bigint, of_participant bigint) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
BEGIN
    RETURN CASE
        WHEN EXISTS (
            SELECT FROM appraisal.participant AS p
            JOIN appraisal.participant AS g
                ON g.cycle_id = p.cycle_id AND coalesce(g.person_id, -g.appraised_unit_id) = coalesce(p.person_id, -p.appraised_unit_id)
            JOIN appraisal.review AS v ON v.cycle_id = g.cycle_id AND v.participant_id = g.participant_id
            JOIN appraisal.source_score AS s
                ON s.cycle_id = v.cycle_id AND s.participant_id = v.participant_id AND s.source = v.source AND s.version = 1
            WHERE p.cycle_id = of_cycle AND p.participant_id = of_participant
              AND v.status = 'submitted' AND +v.rater_id = me AND s.weight > 0) THEN 'rated'
        WHEN EXISTS (
            SELECT FROM appraisal.adjustment AS j
            WHERE j.cycle_id = of_cycle AND +j.participant_id = of_participant AND me IN (j.made_by, j.authorised_by)) THEN 'calibrated'
        WHEN EXISTS (
            SELECT FROM appraisal.signatures(of_cycle) AS s
            JOIN appraisal.participant AS p ON p.cycle_id = of_cycle AND p.unit_id = s.unit_id
            WHERE p.participant_id = of_participant AND s.signed_by = me) THEN 'signed'
    END;
END
$$;
COMMENT ON FUNCTION appraisal.part_in_result(bigint, bigint) IS
    'rated, calibrated or signed: what the one who is asking did to a result; null for nothing';

CREATE FUNCTION appraisal.refuse_part_in_result(of_cycle bigint, of_participant bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part CONSTANT text := appraisal.part_in_result(of_cycle, of_participant);
BEGIN
    IF part IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP003',
            MESSAGE = format('you %s the result of %s, and have no say on its appeal', part, appraisal.participant_name(of_cycle, of_participant)),
            DETAIL = 'Nobody takes, proposes or decides on a result that one rated, calibrated or signed.',
            HINT = 'Somebody else on its level does; a talk or a note is open to you.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_part_in_result(bigint, bigint) IS 'an error if the one who is asking rated, calibrated or signed a result';

CREATE FUNCTION appraisal.apply_taking(of_cycle bigint, of_participant bigint, remark text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_appeal CONSTANT bigint := appraisal.appeal_to_handle(of_cycle, of_participant, true);
    me CONSTANT bigint := appraisal.acting_person();
BEGIN
    PERFORM appraisal.refuse_part_in_result(of_cycle, of_participant);
    IF EXISTS (SELECT FROM appraisal.appeal AS a WHERE a.cycle_id = of_cycle AND a.appeal_id = this_appeal AND a.handler_id = me) THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001',
            MESSAGE = format('the appeal of %s is in your hands already', appraisal.participant_name(of_cycle, of_participant)),
            HINT = 'CALL appraisal.propose_decision() or, on the last level, decide_appeal().';
    END IF;
    UPDATE appraisal.appeal AS a SET status = 'investigating', handler_id = me WHERE a.cycle_id = of_cycle AND a.appeal_id = this_appeal;
    PERFORM appraisal.add_appeal_event(of_cycle, this_appeal, 'taken', remark);
    RETURN this_appeal;
END
$$;
COMMENT ON FUNCTION appraisal.apply_taking(bigint, bigint, text) IS 'puts an appeal into the hands of the one who is asking';

-- Who may propose or decide: whoever is on the level, had no part in the result, and finds the appeal in nobody
-- else's hands.
CREATE FUNCTION appraisal.appeal_in_hand(of_cycle bigint, of_participant bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_appeal CONSTANT bigint := appraisal.appeal_to_handle(of_cycle, of_participant, true);
    taker text;
BEGIN
    PERFORM appraisal.refuse_part_in_result(of_cycle, of_participant);
    SELECT n.code INTO taker
    FROM appraisal.appeal AS a JOIN appraisal.person AS n ON n.person_id = a.handler_id
    WHERE a.cycle_id = of_cycle AND a.appeal_id = this_appeal AND a.handler_id <> appraisal.acting_person();
    IF taker IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP003',
            MESSAGE = format('the appeal of %s is in other hands', appraisal.participant_name(of_cycle, of_participant)),
            DETAIL = format('Person "%s" has taken it.', taker), HINT = 'CALL appraisal.take_appeal() takes it over.';
    END IF;
    RETURN this_appeal;
END
$$;
COMMENT ON FUNCTION appraisal.appeal_in_hand(bigint, bigint) IS
    'key of a participant''s open appeal, if it is for the one who is asking to propose or decide; an error if not';

-- The next version of a result, were it given this score or grade, or both. The score is graded as scores are, by
-- the scheme and by the cut line that was; a grade that is given stands above that, and above a gate.
CREATE FUNCTION appraisal.next_result(of_cycle bigint, of_participant bigint, new_score numeric, new_grade text)
    RETURNS TABLE (version integer, state text, coverage numeric, raw_score numeric, score numeric, natural_grade text,
                   gate_dimension_id bigint, cohort_unit_id bigint, quota_grade text, calibrated_grade text, rank integer,
                   coefficient numeric, box_label text)
LANGUAGE plpgsql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rule appraisal.scheme;
    old appraisal.result;
    subject record;
    line record;
    gate text;
    reads numeric;
BEGIN
    SELECT s.* INTO rule FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    SELECT r.* INTO old FROM appraisal.current_result AS r WHERE r.cycle_id = of_cycle AND r.participant_id = of_participant;
    SELECT p.person_id, p.unit_id, p.job_group INTO subject
    FROM appraisal.participant AS p WHERE p.cycle_id = of_cycle AND p.participant_id = of_participant;
    -- who had no score was in no group
    SELECT l.unit_id, l.scale INTO line
    FROM appraisal.cut_line AS l
    WHERE l.cycle_id = of_cycle AND l.unit_id = old.cohort_unit_id
       OR l.cycle_id = of_cycle AND old.score IS NULL AND subject.person_id IS NOT NULL AND subject.unit_id = ANY (l.units)
    ORDER BY l.unit_id LIMIT 1;

    gate_dimension_id := old.gate_dimension_id;
    SELECT d.gate_grade INTO gate FROM appraisal.dimension AS d WHERE d.dimension_id = old.gate_dimension_id;
    IF appraisal.grade_rank(new_grade, rule.scale) < appraisal.grade_rank(gate, rule.scale) THEN
        gate := NULL;
        gate_dimension_id := NULL;
    END IF;
    version := old.version + 1;
    state := CASE WHEN new_score IS NULL THEN old.state ELSE 'scored' END;
    coverage := old.coverage;
    box_label := old.box_label;
    raw_score := coalesce(trim_scale(round(new_score, 14)), old.raw_score);
    score := CASE WHEN new_score IS NULL THEN old.score
                  WHEN rule.rounding = 'down' THEN trunc(raw_score, rule.decimals)
                  ELSE round(raw_score, rule.decimals) END;
    cohort_unit_id := line.unit_id;
    reads := CASE rule.grade_reads WHEN 'raw' THEN raw_score ELSE score END;
    natural_grade := appraisal.capped_grade(appraisal.grade(reads, rule.scale), gate, rule.scale);
    quota_grade := appraisal.capped_grade(
        appraisal.grade(CASE WHEN gate IS NULL THEN reads ELSE appraisal.capped_score(reads, gate, rule.scale) END, line.scale),
        gate, rule.scale);
    calibrated_grade := CASE WHEN new_grade IS NOT NULL THEN nullif(new_grade, coalesce(quota_grade, natural_grade))
                             WHEN (natural_grade, quota_grade) IS NOT DISTINCT FROM (old.natural_grade, old.quota_grade)
                             THEN old.calibrated_grade END;
    coefficient := appraisal.coefficient(coalesce(calibrated_grade, quota_grade, natural_grade), rule.scale);
    rank := CASE WHEN score = old.score THEN old.rank
                 ELSE 1 + (SELECT count(*)
                           FROM appraisal.current_result AS o JOIN appraisal.participant AS p USING (cycle_id, participant_id)
                           WHERE o.cycle_id = of_cycle AND o.participant_id <> of_participant AND o.score > next_result.score
                             AND (p.person_id IS NOT NULL AND subject.person_id IS NOT NULL
                                  OR p.person_id IS NULL AND subject.person_id IS NULL AND p.job_group = subject.job_group)) END;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION appraisal.next_result(bigint, bigint, numeric, text) IS
    'the next version of a result with a score or a grade given by an appeal: graded by the scheme and the group''s cut line as stored';

CREATE FUNCTION appraisal.check_appeal_outcome(of_cycle bigint, of_participant bigint, new_score numeric, new_grade text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who CONSTANT text := appraisal.participant_name(of_cycle, of_participant);
    rule record;
    old record;
    new record;
BEGIN
    SELECT c.code, s.scale INTO rule FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    SELECT r.score, r.final_grade, r.raw_score INTO old
    FROM appraisal.current_result AS r WHERE r.cycle_id = of_cycle AND r.participant_id = of_participant;
    IF new_score IN ('NaN', 'Infinity', '-Infinity') THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('%s cannot be given the score %s', who, new_score),
            HINT = 'Give a number.';
    ELSIF new_grade IS NOT NULL AND (rule.scale IS NULL OR NOT EXISTS (SELECT FROM appraisal.grades(rule.scale) AS g WHERE g.grade = new_grade)) THEN
        RAISE EXCEPTION USING ERRCODE = 'AP004', MESSAGE = format('there is no grade "%s" in cycle "%s"', new_grade, rule.code),
            DETAIL = format('Grades: %s.', rule.scale), HINT = 'Give one of these.';
    ELSIF old.score IS NULL AND new_score IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('%s has no score, without which there is no grade', who),
            HINT = 'Give the argument score.';
    END IF;
    SELECT n.raw_score, n.score, coalesce(n.calibrated_grade, n.quota_grade, n.natural_grade) AS final_grade INTO new
    FROM appraisal.next_result(of_cycle, of_participant, new_score, new_grade) AS n;
    IF new.score < old.score OR appraisal.grade_rank(new.final_grade, rule.scale) > appraisal.grade_rank(old.final_grade, rule.scale) THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('no appeal makes the result of %s worse', who),
            DETAIL = 'Neither score nor final grade may be worse than it is.',
            HINT = 'Give a better score, the grade, or both; or dismiss the appeal.';
    ELSIF (new.raw_score, new.final_grade) IS NOT DISTINCT FROM (old.raw_score, old.final_grade) THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('that changes nothing in the result of %s', who),
            HINT = 'Give another score or grade, or dismiss the appeal.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.check_appeal_outcome(bigint, bigint, numeric, text) IS
    'an error unless the score or grade makes the result of a participant another one, and none the worse';

-- The last proposal stands; every one is with its reason among the internal notes.
CREATE FUNCTION appraisal.apply_proposal(of_cycle bigint, of_participant bigint, new_score numeric, new_grade text, reason text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_appeal CONSTANT bigint := appraisal.appeal_in_hand(of_cycle, of_participant);
    who CONSTANT text := appraisal.participant_name(of_cycle, of_participant);
    this_level text;
    next_level text;
BEGIN
    SELECT a.level, appraisal.next_appeal_level(of_cycle, of_participant, a.level) INTO this_level, next_level
    FROM appraisal.appeal AS a WHERE a.cycle_id = of_cycle AND a.appeal_id = this_appeal;
    IF next_level IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001', MESSAGE = format('the appeal of %s is on the last level, which decides', who),
            HINT = 'CALL appraisal.decide_appeal().';
    ELSIF coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('a proposal on the appeal of %s needs a reason', who),
            HINT = 'Give the argument reason.';
    END IF;
    IF this_level = 'leader' THEN
        PERFORM appraisal.require_talk(of_cycle, this_appeal, who);
    END IF;
    IF num_nonnulls(new_score, new_grade) > 0 THEN
        PERFORM appraisal.check_appeal_outcome(of_cycle, of_participant, new_score, new_grade);
    END IF;
    INSERT INTO appraisal.appeal_internal (cycle_id, appeal_id, proposed_score, proposed_grade, proposed_because, proposed_by)
    VALUES (of_cycle, this_appeal, new_score, new_grade, reason, appraisal.acting_person())
    ON CONFLICT ON CONSTRAINT appeal_internal_pkey DO UPDATE
    SET proposed_score = excluded.proposed_score, proposed_grade = excluded.proposed_grade,
        proposed_because = excluded.proposed_because, proposed_by = excluded.proposed_by;
    PERFORM appraisal.add_appeal_event(of_cycle, this_appeal, 'note',
        format('%s: %s', CASE WHEN num_nonnulls(new_score, new_grade) = 0 THEN 'to be dismissed'
                              ELSE concat_ws(', ', 'score ' || new_score, 'grade "' || new_grade || '"') END, reason), true);
    PERFORM appraisal.add_appeal_event(of_cycle, this_appeal, 'proposed');
    UPDATE appraisal.appeal AS a SET status = 'investigating' WHERE a.cycle_id = of_cycle AND a.appeal_id = this_appeal;
    PERFORM appraisal.move_appeal(of_cycle, this_appeal, next_level);
    RETURN next_level;
END
$$;
COMMENT ON FUNCTION appraisal.apply_proposal(bigint, bigint, numeric, text, text) IS
    'writes a proposal and hands the appeal on; returns the level to which it goes';

-- Heads by which a group misses its quota with the grades that hold.
CREATE FUNCTION appraisal.heads_out(of_cycle bigint, of_group bigint) RETURNS integer
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rule record;
BEGIN
    SELECT s.scale, s.quota INTO rule FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    RETURN (SELECT sum(q.heads_out)
            FROM (SELECT appraisal.grade_counts(r.final_grade, rule.scale) AS counts
                  FROM appraisal.current_result AS r
                  WHERE r.cycle_id = of_cycle AND r.cohort_unit_id = of_group
                  HAVING count(*) > 0) AS g
            CROSS JOIN LATERAL appraisal.quota_check(g.counts, rule.scale, rule.quota) AS q);
END
$$;
COMMENT ON FUNCTION appraisal.heads_out(bigint, bigint) IS 'heads by which a group misses its quota with the final grades that hold; null if there is no such group';

CREATE FUNCTION appraisal.apply_decision(of_cycle bigint, of_participant bigint, upheld boolean, new_score numeric, new_grade text,
                                         reason text) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_appeal CONSTANT bigint := appraisal.appeal_in_hand(of_cycle, of_participant);
    who CONSTANT text := appraisal.participant_name(of_cycle, of_participant);
    this_level text;
    next_level text;
    made record;
    made_version integer;
BEGIN
    SELECT a.level, appraisal.next_appeal_level(of_cycle, of_participant, a.level) INTO this_level, next_level
    FROM appraisal.appeal AS a WHERE a.cycle_id = of_cycle AND a.appeal_id = this_appeal;
    IF next_level IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001', MESSAGE = format('level "%s" does not decide the appeal of %s', this_level, who),
            DETAIL = format('After it comes level "%s"; the last one decides.', next_level), HINT = 'CALL appraisal.propose_decision() hands it on.';
    ELSIF upheld IS NULL OR coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('the appeal of %s is upheld or not, and for a reason', who),
            HINT = 'Give the arguments upheld and reason; the person reads the reason.';
    ELSIF NOT upheld AND num_nonnulls(new_score, new_grade) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('dismissed, the appeal of %s changes neither score nor grade', who),
            HINT = 'Leave score and grade out, or uphold it.';
    END IF;
    IF upheld AND num_nonnulls(new_score, new_grade) = 0 THEN
        SELECT i.proposed_score, i.proposed_grade INTO new_score, new_grade
        FROM appraisal.appeal_internal AS i WHERE i.cycle_id = of_cycle AND i.appeal_id = this_appeal;
        IF num_nonnulls(new_score, new_grade) = 0 THEN
            RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('the appeal of %s is upheld with a score, a grade or both', who),
                DETAIL = 'Nobody proposed one.', HINT = 'Give the argument score or grade.';
        END IF;
    END IF;
    PERFORM appraisal.add_appeal_event(of_cycle, this_appeal, 'decided', reason);
    IF upheld THEN
        PERFORM appraisal.check_appeal_outcome(of_cycle, of_participant, new_score, new_grade);
        SELECT n.* INTO made FROM appraisal.next_result(of_cycle, of_participant, new_score, new_grade) AS n;
        made_version := made.version;
    END IF;
    UPDATE appraisal.appeal AS a
    SET status = CASE WHEN upheld THEN 'upheld' ELSE 'dismissed' END, handler_id = appraisal.acting_person(),
        decided_by = appraisal.acting_person(), decided_at = statement_timestamp(), decision = reason, new_version = made_version
    WHERE a.cycle_id = of_cycle AND a.appeal_id = this_appeal;
    IF NOT upheld THEN
        RETURN NULL;
    END IF;
    INSERT INTO appraisal.result (cycle_id, participant_id, version, state, coverage, raw_score, score, natural_grade, gate_dimension_id,
                                  cohort_unit_id, quota_grade, calibrated_grade, rank, coefficient, box_label, published_at)
    VALUES (of_cycle, of_participant, made.version, made.state, made.coverage, made.raw_score, made.score, made.natural_grade,
            made.gate_dimension_id, made.cohort_unit_id, made.quota_grade, made.calibrated_grade, made.rank, made.coefficient,
            made.box_label, statement_timestamp());
    INSERT INTO appraisal.appeal_internal AS i (cycle_id, appeal_id, heads_out)
    VALUES (of_cycle, this_appeal, appraisal.heads_out(of_cycle, made.cohort_unit_id))
    ON CONFLICT ON CONSTRAINT appeal_internal_pkey DO UPDATE SET heads_out = excluded.heads_out;
    RETURN made_version;
END
$$;
COMMENT ON FUNCTION appraisal.apply_decision(bigint, bigint, boolean, numeric, text, text) IS
    'decides an appeal; upheld, writes the next version of the result and what that does to the quota, and returns the version';

CREATE PROCEDURE appraisal.propose_decision(cycle text, person text, reason text, score numeric DEFAULT NULL, grade text DEFAULT NULL,
                                            unit text DEFAULT NULL, INOUT next_level text DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    next_level := appraisal.write_appeal_proposal(appraisal.cycle_of_code(cycle), appraisal.leading_participant(cycle, person, unit),
                                                  score, grade, reason);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.propose_decision(text, text, text, numeric, text, text, text) IS
    'proposes to uphold an appeal with a score, a grade or both, or with neither to dismiss it, and hands it on to the next level';

CREATE PROCEDURE appraisal.decide_appeal(cycle text, person text, upheld boolean, reason text, score numeric DEFAULT NULL,
                                         grade text DEFAULT NULL, unit text DEFAULT NULL, INOUT new_version integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    new_version := appraisal.write_appeal_decision(appraisal.cycle_of_code(cycle), appraisal.leading_participant(cycle, person, unit),
                                                   upheld, score, grade, reason);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.decide_appeal(text, text, boolean, text, numeric, text, text, integer) IS
    'decides an appeal on the last level; upheld, with the score or grade given or else as proposed, it makes the next version of the result';
