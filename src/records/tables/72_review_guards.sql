-- What keeps measurements, reviews, marks and feedback to the rules, by whatever way they are written.
--
-- As in 70_cycle_guards.sql, a guard belongs to the tables' owner and looks at a statement's rows at once.
-- Who may write what binds everybody but that owner, whose session could take the guard away; what may be
-- written binds all. Messages name a review by its key, never by its rater.

CREATE FUNCTION appraisal.segment_times(cycle_id bigint) RETURNS TABLE (participant_id bigint, during daterange)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    -- a segment is a run of postings in one unit; of several in a unit the first is the first segment there
    WITH moved AS (
        SELECT p.participant_id, p.person_id, p.unit_id,
               row_number() OVER (PARTITION BY p.person_id, p.unit_id ORDER BY p.segment) AS place
        FROM appraisal.participant AS p
        WHERE p.cycle_id = $1
          AND p.person_id IN (SELECT o.person_id FROM appraisal.participant AS o WHERE o.cycle_id = $1 AND o.segment > 1)
    ), posted AS (
        SELECT g.person_id, g.unit_id, g.during,
               (g.unit_id IS DISTINCT FROM lag(g.unit_id) OVER (PARTITION BY g.person_id ORDER BY g.during))::integer AS begins
        FROM appraisal.posting AS g
        JOIN appraisal.cycle AS c ON g.during && c.during
        JOIN appraisal.person AS n ON n.person_id = g.person_id AND g.during && daterange(n.hired_on, n.left_on)
        WHERE c.cycle_id = $1 AND g.person_id IN (SELECT m.person_id FROM moved AS m)
    ), run AS (
        SELECT o.person_id, o.unit_id, o.during, sum(o.begins) OVER (PARTITION BY o.person_id, o.unit_id ORDER BY o.during) AS place
        FROM posted AS o
    )
    SELECT m.participant_id, r.during
    FROM moved AS m JOIN run AS r USING (person_id, unit_id, place)
    WHERE (SELECT appraisal.acting_as('hr')) OR m.participant_id IN (SELECT appraisal.my_participants())
       OR (SELECT pg_has_role(session_user, current_user, 'USAGE'))
$function$;
COMMENT ON FUNCTION appraisal.segment_times(bigint) IS
    'when the segments of those were who moved within a cycle''s period, as far as the caller may record figures for them';

CREATE FUNCTION appraisal.my_reviews(cycle_id bigint)
    RETURNS TABLE (review_id bigint, source text, status text, person text, unit text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT r.review_id, r.source, r.status, n.code, u.code
    FROM appraisal.review AS r
    JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    LEFT JOIN appraisal.person AS n ON n.person_id = p.person_id
    LEFT JOIN appraisal.unit AS u ON u.unit_id = p.appraised_unit_id
    WHERE r.cycle_id = $1 AND +r.rater_id = appraisal.acting_person()
$function$;
COMMENT ON FUNCTION appraisal.my_reviews(bigint) IS
    'the reviews of a cycle that were assigned to the one who is asking, with the code of the person or the unit to review';

CREATE FUNCTION appraisal.my_delegate(cycle_id bigint, review_id bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT appraisal.delegate_of(r.cycle_id, r.review_id)
    FROM appraisal.review AS r
    WHERE r.cycle_id = $1 AND r.review_id = $2 AND r.rater_id = appraisal.acting_person()
$function$;
COMMENT ON FUNCTION appraisal.my_delegate(bigint, bigint) IS
    'person to whom the one who is asking may hand on a review that was assigned to them';

-- Who writes takes the cycle's row first and other rows after it, as close_reviews() does.
CREATE FUNCTION appraisal.hold_cycle(cycle_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM FROM appraisal.cycle AS c WHERE c.cycle_id = hold_cycle.cycle_id FOR SHARE;
END
$function$;
COMMENT ON FUNCTION appraisal.hold_cycle(bigint) IS 'keeps a cycle in its status until the transaction ends';

CREATE FUNCTION appraisal.write_reviews(cycle_id bigint, raters jsonb, most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF NOT appraisal.acting_as('hr') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'HR alone assigns reviews',
            HINT = 'Ask HR to CALL appraisal.assign_reviews().';
    END IF;
    -- one call at a time
    PERFORM FROM appraisal.cycle AS c WHERE c.cycle_id = write_reviews.cycle_id FOR NO KEY UPDATE;
    RETURN appraisal.add_reviews(write_reviews.cycle_id, raters, most);
END
$function$;
COMMENT ON FUNCTION appraisal.write_reviews(bigint, jsonb, integer) IS
    'for HR: adds the reviews of a cycle, with the rights of the tables'' owner; assign_reviews() calls it';

CREATE FUNCTION appraisal.refuse_wrong_measurement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    me bigint := appraisal.acting_person();
    is_owner boolean := pg_has_role(session_user, current_user, 'USAGE');
    wrong record;
BEGIN
    IF EXISTS (SELECT FROM written_rows AS w JOIN appraisal.participant AS p USING (cycle_id, participant_id)
               WHERE p.person_id = me) THEN
        PERFORM appraisal.refuse_own_measurement();
    END IF;
    WITH measured AS MATERIALIZED (
        SELECT DISTINCT g.cycle_id, g.job_group, i.indicator_id
        FROM (SELECT DISTINCT c.cycle_id, c.scheme_id, p.job_group
              FROM written_rows AS w
              JOIN appraisal.participant AS p USING (cycle_id, participant_id)
              JOIN appraisal.cycle AS c USING (cycle_id)) AS g
        CROSS JOIN LATERAL appraisal.job_group_indicators(g.scheme_id, g.job_group) AS i
        JOIN appraisal.indicator AS d USING (indicator_id)
        WHERE d.direction IS NOT NULL
    )
    SELECT w.measurement_id, c.code,
           CASE
           WHEN NOT is_owner AND w.recorded_by IS DISTINCT FROM me THEN
               ARRAY['AP003', 'a measurement is recorded in one''s own name']
           WHEN NOT is_owner AND w.recorded_at <> statement_timestamp() THEN
               ARRAY['AP003', 'the time of a measurement is that of recording it']
           WHEN m.indicator_id IS NULL THEN
               ARRAY['AP005', format('indicator "%s" is not measured for job group "%s"', i.code, p.job_group)]
           WHEN s.participant_id <> w.participant_id OR s.indicator_id <> w.indicator_id THEN
               ARRAY['AP005', 'a correction is of the same participant and indicator']
           END AS problem
    INTO wrong
    FROM written_rows AS w
    JOIN appraisal.cycle AS c USING (cycle_id)
    JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    JOIN appraisal.indicator AS i USING (indicator_id)
    LEFT JOIN measured AS m ON m.cycle_id = w.cycle_id AND m.job_group = p.job_group AND m.indicator_id = w.indicator_id
    LEFT JOIN appraisal.measurement AS s ON s.cycle_id = w.cycle_id AND s.measurement_id = w.supersedes
    WHERE m.indicator_id IS NULL OR s.participant_id <> w.participant_id OR s.indicator_id <> w.indicator_id
       OR NOT is_owner AND (w.recorded_by IS DISTINCT FROM me OR w.recorded_at <> statement_timestamp())
    ORDER BY w.measurement_id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = wrong.problem[1],
            MESSAGE = wrong.problem[2],
            DETAIL = format('It is measurement %s of cycle "%s".', wrong.measurement_id, wrong.code),
            HINT = 'CALL appraisal.record_measurement() or correct_measurement().';
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_wrong_measurement() IS
    'trigger: figures are of indicators that are measured or have a direction, recorded by who says so and not of oneself; corrections are of the same thing';

CREATE FUNCTION appraisal.refuse_wrong_review() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    wrong record;
BEGIN
    SELECT w.review_id, c.code INTO wrong
    FROM written_rows AS w
    JOIN appraisal.cycle AS c USING (cycle_id)
    JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    WHERE (w.source = 'self') <> (w.rater_id = coalesce(p.person_id, p.manager_id))
    ORDER BY w.review_id
    LIMIT 1;
    IF FOUND THEN
        PERFORM appraisal.refuse_own_review(format('cycle "%s", with key %s', wrong.code, wrong.review_id));
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_wrong_review() IS
    'trigger: a review as oneself is by oneself, and no other is; a unit is its head';

CREATE FUNCTION appraisal.keep_review() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    me bigint := appraisal.acting_person();
    is_owner boolean := pg_has_role(session_user, current_user, 'USAGE');
    is_hr boolean := is_owner OR appraisal.acting_as('hr');
    wrong record;
BEGIN
    SELECT coalesce(o.review_id, n.review_id) AS review_id, n.status, j.problem INTO wrong
    FROM old_rows AS o
    FULL JOIN new_rows AS n ON n.cycle_id = o.cycle_id AND n.review_id = o.review_id
    LEFT JOIN appraisal.participant AS p ON p.cycle_id = n.cycle_id AND p.participant_id = n.participant_id
    CROSS JOIN LATERAL (SELECT
        CASE
        WHEN o.review_id IS NULL OR n.review_id IS NULL
             OR (n.participant_id, n.rater_id, n.source, n.anonymous) <> (o.participant_id, o.rater_id, o.source, o.anonymous) THEN
            ARRAY['AP005', 'a review stays of whom, by whom, as what and as anonymous as it is']
        WHEN o.status = 'assigned' AND n.status IN ('submitted', 'declined', 'recused') THEN
            CASE WHEN NOT is_owner AND n.rater_id IS DISTINCT FROM me THEN
                     ARRAY['AP003', 'a review is given, declined or handed on by its rater alone']
                 WHEN NOT is_owner AND n.submitted_at <> statement_timestamp() THEN
                     ARRAY['AP003', 'the time of a review is that of submitting it']
                 WHEN n.status = 'submitted' AND n.reason IS DISTINCT FROM o.reason THEN
                     ARRAY['AP005', 'a reason is given for what is not submitted'] END
        WHEN o.status = 'assigned' AND n.status = 'lapsed' OR o.status IN ('submitted', 'lapsed') AND n.status = 'assigned' THEN
            CASE WHEN NOT is_hr THEN ARRAY['AP003', 'HR alone lets a review lapse or opens it again']
                 WHEN n.status = 'assigned' AND p.person_id = me THEN ARRAY['AP003', 'nobody opens reviews of oneself again']
                 WHEN n.status = 'assigned' AND coalesce(n.reason, '') = '' THEN
                     ARRAY['AP005', 'a review is opened again for a reason'] END
        WHEN n.status <> o.status THEN
            ARRAY['AP001', format('a review that is %s cannot become %s', o.status, n.status)]
        WHEN n.status NOT IN ('assigned', 'lapsed') OR n.reason IS DISTINCT FROM o.reason THEN
            CASE WHEN n IS DISTINCT FROM o THEN ARRAY['AP001', format('a review that is %s stays as it is', o.status)] END
        END AS status_problem,
        CASE
        WHEN n.due_on IS DISTINCT FROM o.due_on AND NOT is_hr THEN ARRAY['AP003', 'HR alone says when a review is due']
        WHEN n.comments IS DISTINCT FROM o.comments AND NOT is_owner AND (n.rater_id IS DISTINCT FROM me OR o.status <> 'assigned') THEN
            ARRAY['AP003', 'comments are its rater''s, while the review is open']
        END AS column_problem) AS f
    CROSS JOIN LATERAL (SELECT coalesce(f.status_problem, f.column_problem) AS problem) AS j
    WHERE j.problem IS NOT NULL
    ORDER BY 1
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = wrong.problem[1],
            MESSAGE = wrong.problem[2],
            DETAIL = format('It is review %s.', wrong.review_id),
            HINT = 'The rater calls submit_review(), decline_review(), recuse() or delegate_review(), HR reopen_review().';
    END IF;

    WITH given AS (
        SELECT n.cycle_id, n.review_id, n.source, n.anonymous, n.comments, c.code, c.period, c.scheme_id, p.job_group
        FROM old_rows AS o
        JOIN new_rows AS n ON n.cycle_id = o.cycle_id AND n.review_id = o.review_id
        JOIN appraisal.participant AS p ON p.cycle_id = n.cycle_id AND p.participant_id = n.participant_id
        JOIN appraisal.cycle AS c ON c.cycle_id = n.cycle_id
        WHERE o.status = 'assigned' AND n.status = 'submitted'
    ), group_given AS (
        SELECT DISTINCT g.scheme_id, g.period, g.job_group FROM given AS g
    ), lack AS (
        SELECT g.review_id, g.code, 'marks' AS of_what, i.code AS lacking
        FROM (SELECT DISTINCT x.scheme_id, x.job_group, r.indicator_id, r.code
              FROM group_given AS x
              CROSS JOIN LATERAL appraisal.job_group_indicators(x.scheme_id, x.job_group) AS r
              WHERE r.kind <> 'measured' AND r.dimension_weight > 0) AS i
        JOIN given AS g USING (scheme_id, job_group)
        LEFT JOIN appraisal.rating AS t
          ON t.cycle_id = g.cycle_id AND t.review_id = g.review_id AND t.indicator_id = i.indicator_id
        WHERE t.review_id IS NULL
        UNION ALL
        -- a superior's review says in words what is to be said
        SELECT g.review_id, g.code, 'comments', topic
        FROM group_given AS x
        JOIN appraisal.scheme AS s USING (scheme_id)
        CROSS JOIN LATERAL appraisal.job_group_raters(x.scheme_id, x.period, x.job_group) AS r
        JOIN given AS g ON g.scheme_id = x.scheme_id AND g.period = x.period AND g.job_group = x.job_group AND g.source = r.source
        CROSS JOIN LATERAL unnest(s.comment_topics) AS topic
        WHERE r.source = 'manager' AND r.weight > 0 AND NOT g.anonymous
          AND coalesce(btrim(g.comments ->> topic), '') = ''
        UNION ALL
        -- a self-report has words, on whatever topic
        SELECT g.review_id, g.code, 'comments', 'self-report'
        FROM given AS g
        JOIN appraisal.scheme AS s USING (scheme_id)
        WHERE g.source = 'self' AND g.period = ANY (s.self_report)
          AND NOT EXISTS (SELECT FROM jsonb_each_text(g.comments) AS t WHERE btrim(t.value) <> '')
    )
    SELECT l.review_id, l.code, l.of_what, string_agg(format('"%s"', l.lacking), ', ' ORDER BY l.lacking) AS lacking INTO wrong
    FROM lack AS l
    GROUP BY 1, 2, 3
    ORDER BY 1, 3 DESC
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('review %s of cycle "%s" lacks %s: %s', wrong.review_id, wrong.code, wrong.of_what, wrong.lacking),
            HINT = format('CALL appraisal.submit_review() with %s for each.',
                          CASE wrong.of_what WHEN 'marks' THEN 'a mark' ELSE 'a comment' END);
    END IF;

    -- what was handed on is assigned anew
    INSERT INTO appraisal.review (cycle_id, participant_id, rater_id, source, anonymous, due_on)
    SELECT n.cycle_id, n.participant_id, n.delegated_to, n.source, n.anonymous, n.due_on
    FROM old_rows AS o
    JOIN new_rows AS n ON n.cycle_id = o.cycle_id AND n.review_id = o.review_id
    WHERE n.delegated_to IS NOT NULL AND o.delegated_to IS NULL
      AND n.delegated_to = appraisal.delegate_of(n.cycle_id, n.review_id);
    IF (SELECT count(*) FROM old_rows AS o JOIN new_rows AS n ON n.cycle_id = o.cycle_id AND n.review_id = o.review_id
        WHERE n.delegated_to IS NOT NULL AND o.delegated_to IS NULL
          AND NOT EXISTS (SELECT FROM appraisal.review AS r
                          WHERE r.cycle_id = n.cycle_id AND r.participant_id = n.participant_id AND r.source = n.source
                            AND r.rater_id = n.delegated_to)) > 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = 'a review is handed on to whom the scheme names',
            HINT = 'CALL appraisal.delegate_review().';
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_review() IS
    'trigger: a review is given by its rater, whole, and opened again by HR; what is handed on is assigned anew';

CREATE FUNCTION appraisal.refuse_wrong_rating() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    me bigint := appraisal.acting_person();
    is_owner boolean := pg_has_role(session_user, current_user, 'USAGE');
    wrong record;
BEGIN
    IF TG_WHEN = 'BEFORE' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = 'a mark stays in its review and of its indicator',
            HINT = 'The rater calls submit_review().';
    END IF;
    SELECT r.review_id, r.status, c.code INTO wrong
    FROM written_rows AS w
    JOIN appraisal.review AS r USING (cycle_id, review_id)
    JOIN appraisal.cycle AS c USING (cycle_id)
    WHERE r.status <> 'assigned' OR NOT is_owner AND r.rater_id IS DISTINCT FROM me
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE wrong.status WHEN 'assigned' THEN 'AP003' ELSE 'AP001' END,
            MESSAGE = CASE wrong.status WHEN 'assigned' THEN 'the marks of a review are its rater''s'
                           ELSE format('the marks of a review that is %s stay as they are', wrong.status) END,
            DETAIL = format('It is review %s of cycle "%s".', wrong.review_id, wrong.code),
            HINT = 'The rater calls submit_review(); HR opens a submitted one again with reopen_review().';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN NULL;
    END IF;

    WITH mark AS (
        SELECT w.cycle_id, w.review_id, w.indicator_id, w.label, w.levels, w.score, w.evidence, c.scheme_id, c.code, p.job_group
        FROM written_rows AS w
        JOIN appraisal.review AS r USING (cycle_id, review_id)
        JOIN appraisal.participant AS p USING (cycle_id, participant_id)
        JOIN appraisal.cycle AS c USING (cycle_id)
    ), rated AS MATERIALIZED (
        -- an indicator that stands in two dimensions needs the evidence that either asks for
        SELECT g.scheme_id, g.job_group, i.indicator_id, max(d.evidence_below) AS evidence_below, min(d.evidence_from) AS evidence_from
        FROM (SELECT DISTINCT m.scheme_id, m.job_group FROM mark AS m) AS g
        CROSS JOIN LATERAL appraisal.job_group_indicators(g.scheme_id, g.job_group) AS i
        JOIN appraisal.dimension AS d USING (dimension_id)
        WHERE i.kind <> 'measured' AND i.dimension_weight > 0
        GROUP BY 1, 2, 3
    )
    SELECT m.review_id, m.code, i.code AS indicator, m.score, f.problem INTO wrong
    FROM mark AS m
    JOIN appraisal.indicator AS i USING (indicator_id)
    LEFT JOIN rated AS d USING (scheme_id, job_group, indicator_id)
    LEFT JOIN appraisal.indicator_level AS chosen ON chosen.indicator_id = i.indicator_id AND chosen.label = m.label
    CROSS JOIN LATERAL (SELECT CASE
        WHEN d.indicator_id IS NULL THEN format('is not rated for job group "%s"', m.job_group)
        WHEN i.kind = 'gated' THEN
            CASE WHEN m.levels IS NULL OR cardinality(m.levels) <> (SELECT count(*) FROM appraisal.indicator_level AS l
                                                                     WHERE l.indicator_id = i.indicator_id)
                      OR array_position(m.levels, NULL) IS NOT NULL OR NOT m.levels <@ '{0,0.5,1}'::numeric[] THEN
                'takes 0, 0.5 or 1 for each of its levels' END
        WHEN m.levels IS NOT NULL THEN 'has no levels that are passed in order'
        WHEN m.label IS NOT NULL AND chosen.label IS NULL THEN format('has no label "%s"', m.label)
        WHEN i.kind = 'levels' THEN
            CASE WHEN m.label IS NULL THEN 'takes one of its labels'
                 WHEN m.score NOT BETWEEN coalesce(chosen."least", chosen.points) AND chosen.points THEN
                     format('takes %s to %s for label "%s"', coalesce(chosen."least", chosen.points), chosen.points, m.label) END
        WHEN i."least" IS NOT NULL THEN
            CASE WHEN m.score NOT BETWEEN i."least" AND i.most THEN format('takes a mark from %s to %s', i."least", i.most) END
        WHEN m.score <> chosen.points
             OR NOT EXISTS (SELECT FROM appraisal.indicator_level AS l
                            WHERE l.indicator_id = i.indicator_id AND l.points = m.score) THEN
            format('takes one of the marks %s%s',
                   (SELECT string_agg(l.points::text, ', ' ORDER BY l.points, l."position") FROM appraisal.indicator_level AS l
                    WHERE l.indicator_id = i.indicator_id),
                   CASE WHEN m.label IS NOT NULL THEN format(', %s for label "%s"', chosen.points, m.label) END)
        END AS problem) AS kind
    CROSS JOIN LATERAL (SELECT coalesce(kind.problem, CASE
        WHEN coalesce(btrim(m.evidence), '') = '' AND m.score < d.evidence_below THEN
            format('needs evidence for a mark below %s', d.evidence_below)
        WHEN coalesce(btrim(m.evidence), '') = '' AND m.score >= d.evidence_from THEN
            format('needs evidence for a mark of %s or more', d.evidence_from)
        END) AS problem) AS f
    WHERE f.problem IS NOT NULL
    ORDER BY m.review_id, i.code
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('indicator "%s" %s', wrong.indicator, wrong.problem),
            DETAIL = format('It is review %s of cycle "%s", with a mark of %s.', wrong.review_id, wrong.code, wrong.score),
            HINT = 'The rater calls submit_review() with another mark or with evidence.';
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_wrong_rating() IS
    'trigger: marks are the rater''s own, of an open review, of what is rated, within its range, and extreme ones with evidence';

CREATE FUNCTION appraisal.refuse_wrong_feedback() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    is_owner boolean := pg_has_role(session_user, current_user, 'USAGE');
BEGIN
    IF EXISTS (SELECT FROM written_rows AS w WHERE NOT is_owner AND w.given_at <> statement_timestamp()) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'the time of feedback is that of recording it',
            HINT = 'CALL appraisal.record_feedback().';
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_wrong_feedback() IS 'trigger: nobody says to have told a person earlier';

REVOKE ALL ON FUNCTION appraisal.segment_times(bigint), appraisal.my_reviews(bigint), appraisal.my_delegate(bigint, bigint),
    appraisal.hold_cycle(bigint), appraisal.write_reviews(bigint, jsonb, integer), appraisal.refuse_wrong_measurement(),
    appraisal.refuse_wrong_review(), appraisal.keep_review(), appraisal.refuse_wrong_rating(),
    appraisal.refuse_wrong_feedback() FROM PUBLIC;

-- Triggers fire in order of their names: what is out of step is refused first.
CREATE TRIGGER rules_of_insert AFTER INSERT ON appraisal.measurement
    REFERENCING NEW TABLE AS written_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_wrong_measurement();
CREATE TRIGGER rules_of_insert AFTER INSERT ON appraisal.review
    REFERENCING NEW TABLE AS written_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_wrong_review();
CREATE TRIGGER rules_of_update AFTER UPDATE ON appraisal.review
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_review();
CREATE TRIGGER rules_of_insert AFTER INSERT ON appraisal.rating
    REFERENCING NEW TABLE AS written_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_wrong_rating();
CREATE TRIGGER rules_of_update AFTER UPDATE ON appraisal.rating
    REFERENCING NEW TABLE AS written_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_wrong_rating();
CREATE TRIGGER rules_of_key BEFORE UPDATE OF cycle_id, review_id, indicator_id ON appraisal.rating
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_wrong_rating();
CREATE TRIGGER rules_of_delete AFTER DELETE ON appraisal.rating
    REFERENCING OLD TABLE AS written_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_wrong_rating();
CREATE TRIGGER rules_of_insert AFTER INSERT ON appraisal.feedback
    REFERENCING NEW TABLE AS written_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_wrong_feedback();
