-- Reviews: a rater submits, declines, stands aside from or hands on what was assigned; HR opens again.

-- The one review that a rater's call means, held until the transaction ends. The cycle's row is taken
-- first, as in close_reviews(), so that the two cannot wait for each other.
CREATE FUNCTION appraisal.take_my_review(cycle text, person text, unit text, source text, review_id bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    found_id bigint := appraisal.cycle_of_code(cycle);
    meant record;
    status_now text;
BEGIN
    IF appraisal.acting_person() IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'reviews are given by people, and this login is nobody in particular',
            HINT = 'A service sets appraisal.actor to the person it acts for.';
    END IF;
    PERFORM appraisal.hold_cycle(found_id);
    -- an assigned one goes before those that are done
    SELECT r.review_id, count(*) OVER (PARTITION BY r.status = 'assigned') AS alike,
           string_agg(format('%s (%s)', r.review_id, r.source), ', ') OVER (PARTITION BY r.status = 'assigned') AS listed
    INTO meant
    FROM appraisal.my_reviews(found_id) AS r
    WHERE (r.person = take_my_review.person OR take_my_review.person IS NULL AND r.unit = take_my_review.unit)
      AND r.source = coalesce(take_my_review.source, r.source)
      AND r.review_id = coalesce(take_my_review.review_id, r.review_id)
    ORDER BY r.status = 'assigned' DESC, r.review_id
    LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('you have no %sreview of %s in cycle "%s"', source || ' ', appraisal.person_or_unit(person, unit), cycle),
            HINT = 'HR assigns reviews with CALL appraisal.assign_reviews().';
    END IF;
    SELECT r.status INTO status_now
    FROM appraisal.review AS r
    WHERE r.cycle_id = found_id AND r.review_id = meant.review_id
    FOR NO KEY UPDATE;
    IF status_now <> 'assigned' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('your review of %s in cycle "%s" is %s', appraisal.person_or_unit(person, unit), cycle, status_now),
            HINT = CASE WHEN status_now IN ('submitted', 'lapsed') THEN 'Ask HR to CALL appraisal.reopen_review().'
                        ELSE 'HR names another rater with CALL appraisal.assign_reviews().' END;
    END IF;
    IF meant.alike > 1 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('you have %s reviews of %s in cycle "%s"', meant.alike, appraisal.person_or_unit(person, unit), cycle),
            DETAIL = format('Reviews %s.', meant.listed),
            HINT = 'Say which one by source or review_id.';
    END IF;
    RETURN meant.review_id;
END
$function$;
COMMENT ON FUNCTION appraisal.take_my_review(text, text, text, text, bigint) IS
    'key of the caller''s open review of a person or unit, locked; an error if there is none, or more than one';

-- What the marks of a document come to for a job group: the score of a label, a list or of levels passed.
CREATE FUNCTION appraisal.marks_of(scheme_id bigint, job_group text, ratings jsonb)
    RETURNS TABLE (indicator text, indicator_id bigint, label text, levels numeric[], score numeric, evidence text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RETURN QUERY
    SELECT x.indicator, i.indicator_id, x.label, x.levels,
           coalesce(x.score, l.points, CASE i.kind WHEN 'gated' THEN appraisal.gated_score(x.levels) END), x.evidence
    FROM jsonb_to_recordset(ratings) AS x (indicator text, score numeric, label text, levels numeric[], evidence text)
    LEFT JOIN (SELECT DISTINCT r.code, r.kind, r.indicator_id
               FROM appraisal.job_group_indicators(marks_of.scheme_id, marks_of.job_group) AS r
               WHERE r.kind <> 'measured' AND r.dimension_weight > 0) AS i ON i.code = x.indicator
    LEFT JOIN appraisal.indicator_level AS l ON l.indicator_id = i.indicator_id AND l.label = x.label;
END
$function$;
COMMENT ON FUNCTION appraisal.marks_of(bigint, text, jsonb) IS
    'the marks of a document with their indicators and scores, as they hold for a job group';

CREATE PROCEDURE appraisal.submit_review(cycle text, person text, ratings jsonb, comments jsonb DEFAULT NULL,
                                         source text DEFAULT NULL, unit text DEFAULT NULL, INOUT review_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    taken_id bigint := appraisal.take_my_review(cycle, person, unit, source, review_id);
    review appraisal.review;
    rules record;
    wrong record;
BEGIN
    SELECT r.* INTO review
    FROM appraisal.review AS r
    WHERE r.cycle_id = this_cycle AND r.review_id = taken_id;
    SELECT c.scheme_id, p.job_group INTO rules
    FROM appraisal.participant AS p JOIN appraisal.cycle AS c USING (cycle_id)
    WHERE p.cycle_id = review.cycle_id AND p.participant_id = review.participant_id;

    SELECT m.indicator, count(m.indicator_id) AS known, count(m.score) AS marked INTO wrong
    FROM appraisal.marks_of(rules.scheme_id, rules.job_group, ratings) AS m
    GROUP BY m.indicator
    HAVING count(*) <> 1 OR count(m.indicator_id) <> 1 OR count(m.score) <> 1
    ORDER BY m.indicator
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE WHEN wrong.known = 0 THEN 'AP004' ELSE 'AP005' END,
            MESSAGE = format(CASE WHEN wrong.known = 0 THEN 'there is no indicator "%s" to rate for job group "%s" in cycle "%s"'
                                  WHEN wrong.known > 1 THEN 'indicator "%s" is rated more than once for job group "%s" in cycle "%s"'
                                  ELSE 'indicator "%s" has no mark for job group "%s" in cycle "%s"' END,
                             wrong.indicator, rules.job_group, cycle),
            DETAIL = format('It is review %s.', taken_id),
            HINT = 'Give each indicator once, with a score, a label or levels; cycle_indicators() lists them.';
    END IF;
    INSERT INTO appraisal.rating AS r (cycle_id, review_id, indicator_id, label, levels, score, evidence)
    SELECT review.cycle_id, taken_id, m.indicator_id, m.label, m.levels, m.score, m.evidence
    FROM appraisal.marks_of(rules.scheme_id, rules.job_group, ratings) AS m
    ON CONFLICT ON CONSTRAINT rating_pkey DO UPDATE
    SET label = excluded.label, levels = excluded.levels, score = excluded.score, evidence = excluded.evidence;
    UPDATE appraisal.review AS r
    SET status = 'submitted', submitted_at = statement_timestamp(), comments = coalesce(submit_review.comments, r.comments)
    WHERE r.cycle_id = review.cycle_id AND r.review_id = taken_id;
    submit_review.review_id := taken_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.submit_review(text, text, jsonb, jsonb, text, text, bigint) IS
    'submits the caller''s review: a mark for each rated indicator, evidence for extreme ones, comments by topic';

CREATE PROCEDURE appraisal.decline_review(cycle text, person text, reason text, source text DEFAULT NULL, unit text DEFAULT NULL,
                                          INOUT review_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
BEGIN
    decline_review.review_id := appraisal.take_my_review(cycle, person, unit, source, review_id);
    UPDATE appraisal.review AS r SET status = 'declined', reason = decline_review.reason
    WHERE r.cycle_id = this_cycle AND r.review_id = decline_review.review_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.decline_review(text, text, text, text, text, bigint) IS
    'the caller does not give a review that was assigned, and says why';

CREATE PROCEDURE appraisal.recuse(cycle text, person text, reason text, source text DEFAULT NULL, unit text DEFAULT NULL,
                                  INOUT review_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
BEGIN
    recuse.review_id := appraisal.take_my_review(cycle, person, unit, source, review_id);
    UPDATE appraisal.review AS r SET status = 'recused', reason = recuse.reason
    WHERE r.cycle_id = this_cycle AND r.review_id = recuse.review_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.recuse(text, text, text, text, text, bigint) IS
    'the caller stands aside from a review for a conflict of interest, and says which';

CREATE FUNCTION appraisal.delegate_of(cycle_id bigint, review_id bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    given record;
    delegate_id bigint;
BEGIN
    SELECT r.participant_id, r.source, r.rater_id, rule.delegate, c.code INTO given
    FROM appraisal.review AS r
    JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    JOIN appraisal.cycle AS c USING (cycle_id)
    LEFT JOIN LATERAL appraisal.job_group_raters(c.scheme_id, c.period, p.job_group) AS rule ON rule.source = r.source
    WHERE r.cycle_id = delegate_of.cycle_id AND r.review_id = delegate_of.review_id;
    IF given.delegate IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('a review as "%s" is not handed on in cycle "%s"', given.source, given.code),
            DETAIL = format('It is review %s.', review_id),
            HINT = 'CALL appraisal.decline_review() or recuse().';
    END IF;
    SELECT d.person_id INTO delegate_id
    FROM (SELECT CASE given.delegate WHEN 'manager' THEN s.manager_id WHEN 'second_manager' THEN s.second_manager_id
                                     WHEN 'top_manager' THEN s.top_manager_id
                                     ELSE (SELECT min(h.rater_id) FROM appraisal.review AS h
                                           WHERE h.cycle_id = delegate_of.cycle_id AND h.participant_id = given.participant_id
                                             AND h.source = 'hr') END AS person_id, s.self_id
          FROM appraisal.cycle_superiors(delegate_of.cycle_id, given.participant_id) AS s) AS d
    WHERE d.person_id IS DISTINCT FROM d.self_id
      AND NOT EXISTS (SELECT FROM appraisal.review AS o
                      WHERE o.cycle_id = delegate_of.cycle_id AND o.participant_id = given.participant_id
                        AND o.source = given.source AND o.rater_id = d.person_id);
    IF delegate_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('there is no "%s" to hand review %s of cycle "%s" on to', given.delegate, review_id, given.code),
            DETAIL = 'There is none, or that one rates as this source already.',
            HINT = 'CALL appraisal.decline_review() or recuse().';
    END IF;
    RETURN delegate_id;
END
$function$;
COMMENT ON FUNCTION appraisal.delegate_of(bigint, bigint) IS
    'the person to whom the scheme lets the rater of a review hand it on; an error if there is none';

CREATE PROCEDURE appraisal.delegate_review(cycle text, person text, reason text, source text DEFAULT NULL, unit text DEFAULT NULL,
                                           INOUT review_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    found_id bigint := appraisal.cycle_of_code(cycle);
BEGIN
    delegate_review.review_id := appraisal.take_my_review(cycle, person, unit, source, review_id);
    UPDATE appraisal.review AS r
    SET status = 'declined', reason = delegate_review.reason,
        delegated_to = (SELECT appraisal.my_delegate(found_id, delegate_review.review_id))
    WHERE r.cycle_id = found_id AND r.review_id = delegate_review.review_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.delegate_review(text, text, text, text, text, bigint) IS
    'hands the caller''s review on to the superior whom the scheme names for that, and says why';

CREATE PROCEDURE appraisal.reopen_review(cycle text, person text, rater text, reason text, source text DEFAULT NULL,
                                         unit text DEFAULT NULL, INOUT review_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    found_id bigint := appraisal.cycle_of_code(cycle);
    meant record;
BEGIN
    IF NOT appraisal.acting_as('hr') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'HR alone opens a review again',
            HINT = 'Ask HR to CALL appraisal.reopen_review().';
    END IF;
    PERFORM appraisal.hold_cycle(found_id);
    -- one that is closed goes before those that are open
    SELECT r.review_id, r.status, r.closed, count(*) OVER (PARTITION BY r.closed) AS alike,
           string_agg(format('%s (%s)', r.review_id, r.source), ', ') OVER (PARTITION BY r.closed) AS listed
    INTO meant
    FROM (SELECT v.*, v.status IN ('submitted', 'lapsed') AS closed
          FROM appraisal.review AS v
          JOIN appraisal.participant AS p USING (cycle_id, participant_id)
          JOIN appraisal.person AS n ON n.person_id = v.rater_id
          LEFT JOIN appraisal.person AS rated ON rated.person_id = p.person_id
          LEFT JOIN appraisal.unit AS u ON u.unit_id = p.appraised_unit_id
          WHERE v.cycle_id = found_id AND n.code = reopen_review.rater
            AND (rated.code = reopen_review.person OR reopen_review.person IS NULL AND u.code = reopen_review.unit)
            AND v.source = coalesce(reopen_review.source, v.source)
            AND v.review_id = coalesce(reopen_review.review_id, v.review_id)) AS r
    ORDER BY r.closed DESC, r.review_id
    LIMIT 1;
    CASE
    WHEN NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no review of %s by person "%s" in cycle "%s"',
                             appraisal.person_or_unit(person, unit), rater, cycle),
            HINT = 'CALL appraisal.assign_reviews() assigns one; nobody sees those of oneself.';
    WHEN NOT meant.closed THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('the review of %s by person "%s" in cycle "%s" is %s',
                             appraisal.person_or_unit(person, unit), rater, cycle, meant.status),
            DETAIL = 'Submitted and lapsed ones are opened again.',
            HINT = CASE meant.status WHEN 'assigned' THEN 'The rater calls submit_review().'
                                     ELSE 'CALL appraisal.assign_reviews() with another rater.' END;
    WHEN meant.alike > 1 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('there are %s reviews of %s by person "%s" in cycle "%s"', meant.alike,
                             appraisal.person_or_unit(person, unit), rater, cycle),
            DETAIL = format('Reviews %s.', meant.listed),
            HINT = 'Say which one by source or review_id.';
    ELSE
        UPDATE appraisal.review AS r SET status = 'assigned', submitted_at = NULL, reason = reopen_review.reason
        WHERE r.cycle_id = found_id AND r.review_id = meant.review_id
        RETURNING r.review_id INTO reopen_review.review_id;
    END CASE;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.reopen_review(text, text, text, text, text, text, bigint) IS
    'HR gives a submitted or lapsed review back to its rater while the cycle is in scoring, and says why';
