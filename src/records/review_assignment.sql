-- Who reviews whom: the superiors of each, the raters of each source, and those that HR names.
--
-- The planner knows nothing of how many rows a function or a common table expression has, and takes it
-- for few; enable_nestloop is off where that would make the time grow with the square of the people, and
-- jit because what it compiles by such estimates takes longer than to run.

CREATE FUNCTION appraisal.cycle_superiors(cycle_id bigint, only_participant bigint DEFAULT NULL)
    RETURNS TABLE (participant_id bigint, self_id bigint, manager_id bigint, second_manager_id bigint, top_manager_id bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $function$
BEGIN
    RETURN QUERY
    WITH RECURSIVE boss AS MATERIALIZED (
        SELECT p.person_id, p.manager_id
        FROM appraisal.participant AS p
        WHERE p.cycle_id = cycle_superiors.cycle_id AND p.leads AND p.person_id IS NOT NULL
        UNION ALL
        SELECT g.person_id, g.manager_id
        FROM appraisal.posting AS g JOIN appraisal.cycle AS c ON g.during @> c.cohort_date
        WHERE c.cycle_id = cycle_superiors.cycle_id
          AND NOT EXISTS (SELECT FROM appraisal.participant AS p
                          WHERE p.cycle_id = c.cycle_id AND p.leads AND p.person_id = g.person_id)
    ), seat AS (
        -- a unit is rated as its head would be
        SELECT p.participant_id, coalesce(p.person_id, p.manager_id) AS self_id,
               CASE WHEN p.person_id IS NULL THEN b.manager_id ELSE p.manager_id END AS manager_id
        FROM appraisal.participant AS p
        LEFT JOIN boss AS b ON p.person_id IS NULL AND b.person_id = p.manager_id
        WHERE p.cycle_id = cycle_superiors.cycle_id AND (only_participant IS NULL OR p.participant_id = only_participant)
    ), chain AS (
        -- from each manager upwards; a loop ends where it closes, and has no top
        SELECT s.manager_id AS first_id, s.manager_id AS person_id FROM seat AS s WHERE s.manager_id IS NOT NULL
        UNION
        SELECT c.first_id, b.manager_id FROM chain AS c JOIN boss AS b USING (person_id) WHERE b.manager_id IS NOT NULL
    )
    SELECT s.participant_id, s.self_id, s.manager_id, b.manager_id, top.person_id
    FROM seat AS s
    LEFT JOIN boss AS b ON b.person_id = s.manager_id
    LEFT JOIN (SELECT c.first_id, c.person_id
               FROM chain AS c LEFT JOIN boss AS above USING (person_id)
               WHERE above.manager_id IS NULL) AS top ON top.first_id = s.manager_id;
END
$function$;
COMMENT ON FUNCTION appraisal.cycle_superiors(bigint, bigint) IS
    'the superiors of a cycle''s participants: direct, the one above, and the top; a unit''s are its head''s';

CREATE FUNCTION appraisal.raters_by_rule(cycle_id bigint, most integer)
    RETURNS TABLE (participant_id bigint, source text, rater_id bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $function$
BEGIN
    RETURN QUERY
    WITH rule AS MATERIALIZED (
        SELECT r.job_group, r.source, array_agg(r.source) OVER (PARTITION BY r.job_group) AS sources
        FROM appraisal.cycle_raters(raters_by_rule.cycle_id) AS r
    ), wanted AS MATERIALIZED (
        SELECT p.participant_id, p.person_id, r.source, r.sources
        FROM appraisal.participant AS p JOIN rule AS r USING (job_group)
        WHERE p.cycle_id = raters_by_rule.cycle_id AND p.exempt_because IS NULL
    ), superior AS (
        SELECT w.participant_id, w.source,
               CASE w.source WHEN 'self' THEN s.self_id WHEN 'manager' THEN s.manager_id
                             WHEN 'second_manager' THEN s.second_manager_id
                             -- who is asked already as a nearer superior is not asked twice
                             ELSE nullif(nullif(s.top_manager_id, CASE WHEN 'manager' = ANY (w.sources) THEN s.manager_id END),
                                         CASE WHEN 'second_manager' = ANY (w.sources) THEN s.second_manager_id END) END AS rater_id,
               s.self_id
        FROM wanted AS w JOIN appraisal.cycle_superiors(raters_by_rule.cycle_id) AS s USING (participant_id)
        WHERE w.source IN ('self', 'manager', 'second_manager', 'top_manager')
    ), member AS MATERIALIZED (
        SELECT p.participant_id, p.person_id, p.unit_id, p.manager_id, p.leads,
               md5(concat_ws('/', d.secret, p.person_id)) COLLATE "C" AS mixed
        FROM appraisal.participant AS p
        JOIN appraisal.rater_draw AS d USING (cycle_id)
        WHERE p.cycle_id = raters_by_rule.cycle_id AND p.person_id IS NOT NULL AND p.exempt_because IS NULL
          AND EXISTS (SELECT FROM rule AS r WHERE r.source IN ('peer', 'subordinate', 'colleague'))
    ), circle AS (
        SELECT m.participant_id, m.person_id, m.leads, m.mixed, 'peer' AS source, m.unit_id, m.manager_id
        FROM member AS m
        WHERE m.manager_id IS NOT NULL AND EXISTS (SELECT FROM rule AS r WHERE r.source = 'peer')
        UNION ALL
        SELECT m.participant_id, m.person_id, m.leads, m.mixed, 'colleague', 0, 0
        FROM member AS m
        WHERE EXISTS (SELECT FROM rule AS r WHERE r.source = 'colleague')
    ), ring AS MATERIALIZED (
        -- peers and colleagues sit in a ring in a mixed order, and each is rated by those some steps
        -- ahead, so that all rate about as many; who left the circle within the period is rated and does
        -- not rate
        SELECT c.*, count(*) FILTER (WHERE c.leads) OVER everybody AS raters,
               count(*) FILTER (WHERE c.leads) OVER (everybody ORDER BY c.mixed, c.person_id) AS place,
               bool_or(c.leads) OVER (PARTITION BY c.source, c.unit_id, c.manager_id, c.person_id)::integer AS oneself
        FROM circle AS c
        WINDOW everybody AS (PARTITION BY c.source, c.unit_id, c.manager_id)
    ), step AS MATERIALIZED (
        -- which steps is drawn, too: with the nearest ones, whom I rate would tell me who rates me. A whole
        -- turn comes last, because it leads to oneself
        SELECT s.source, s.unit_id, s.manager_id, s.step, s.turn
        FROM (SELECT c.source, c.unit_id, c.manager_id, g.step,
                     row_number() OVER (PARTITION BY c.source, c.unit_id, c.manager_id
                                        ORDER BY g.step = c.raters, md5(concat_ws('/', d.secret, c.source, c.unit_id, c.manager_id, g.step)) COLLATE "C")
                         AS turn
              FROM (SELECT DISTINCT r.source, r.unit_id, r.manager_id, r.raters FROM ring AS r) AS c
              JOIN appraisal.rater_draw AS d ON d.cycle_id = raters_by_rule.cycle_id
              CROSS JOIN LATERAL generate_series(1, c.raters) AS g (step)) AS s
        WHERE s.turn <= coalesce(most, s.turn)
    ), rated AS MATERIALIZED (
        -- first, or the sources would be joined with all the steps
        SELECT r.* FROM wanted AS w JOIN ring AS r USING (participant_id, source)
    ), turn AS MATERIALIZED (
        SELECT r.participant_id, r.source, r.unit_id, r.manager_id, (r.place + s.step - 1) % r.raters + 1 AS place
        FROM rated AS r JOIN step AS s USING (source, unit_id, manager_id)
        WHERE s.turn <= r.raters - r.oneself
    ), subordinate AS (
        SELECT m.manager_id, m.person_id AS rater_id,
               row_number() OVER (PARTITION BY m.manager_id ORDER BY m.mixed, m.person_id) AS place
        FROM member AS m
        WHERE m.leads AND m.manager_id IS NOT NULL
    )
    SELECT s.participant_id, s.source, s.rater_id
    FROM superior AS s
    WHERE s.rater_id IS NOT NULL AND (s.source = 'self' OR s.rater_id IS DISTINCT FROM s.self_id)
    UNION ALL
    SELECT t.participant_id, t.source, o.person_id
    FROM turn AS t
    JOIN ring AS o ON o.source = t.source AND o.unit_id = t.unit_id AND o.manager_id = t.manager_id AND o.place = t.place
    WHERE o.leads
    UNION ALL
    SELECT w.participant_id, w.source, s.rater_id
    FROM wanted AS w JOIN subordinate AS s ON s.manager_id = w.person_id
    WHERE w.source = 'subordinate' AND s.place <= coalesce(most, s.place);
END
$function$;
COMMENT ON FUNCTION appraisal.raters_by_rule(bigint, integer) IS
    'who reviews whom in a cycle by the rater rules of its scheme, at most so many for peers, subordinates and colleagues';

CREATE FUNCTION appraisal.raters_by_name(cycle_id bigint, raters jsonb)
    RETURNS TABLE (participant_id bigint, source text, rater_id bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    wrong record;
BEGIN
    SELECT x.place, x.person, x.unit, x.source, x.rater, c.code AS cycle_code, p.job_group, r.source AS known_source,
           n.person_id AS rater_id, coalesce(p.person_id, p.manager_id) AS self_id, p.person_id
    INTO wrong
    FROM ROWS FROM (jsonb_to_recordset(raters) AS (person text, unit text, source text, rater text))
         WITH ORDINALITY AS x (person, unit, source, rater, place)
    JOIN appraisal.cycle AS c ON c.cycle_id = raters_by_name.cycle_id
    LEFT JOIN appraisal.person AS n ON n.code = x.rater
    LEFT JOIN (appraisal.participant AS p
               LEFT JOIN appraisal.person AS rated USING (person_id)
               LEFT JOIN appraisal.unit AS u ON u.unit_id = p.appraised_unit_id)
      ON p.cycle_id = c.cycle_id AND p.exempt_because IS NULL AND (rated.code = x.person OR x.person IS NULL AND u.code = x.unit)
    LEFT JOIN appraisal.cycle_raters(raters_by_name.cycle_id) AS r ON r.job_group = p.job_group AND r.source = x.source
    -- who moved may have a source in one of the segments only
    WHERE p.participant_id IS NULL OR n.person_id IS NULL
       OR r.source IS NULL AND NOT EXISTS (
              SELECT FROM appraisal.participant AS o
              JOIN appraisal.cycle_raters(raters_by_name.cycle_id) AS k USING (job_group)
              WHERE o.cycle_id = c.cycle_id AND o.person_id = p.person_id AND k.source = x.source)
       OR (x.source = 'self') <> (n.person_id = coalesce(p.person_id, p.manager_id))
    ORDER BY x.place
    LIMIT 1;
    CASE
    WHEN NOT FOUND THEN
        RETURN QUERY
        SELECT p.participant_id, x.source, n.person_id
        FROM jsonb_to_recordset(raters) AS x (person text, unit text, source text, rater text)
        JOIN appraisal.person AS n ON n.code = x.rater
        LEFT JOIN appraisal.person AS rated ON rated.code = x.person
        LEFT JOIN appraisal.unit AS u ON u.code = x.unit AND x.person IS NULL
        JOIN appraisal.participant AS p
          ON p.cycle_id = raters_by_name.cycle_id AND p.exempt_because IS NULL
         AND (p.person_id = rated.person_id OR p.appraised_unit_id = u.unit_id);
    WHEN wrong.job_group IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('%s is not appraised in cycle "%s"',
                             appraisal.person_or_unit(wrong.person, wrong.unit), wrong.cycle_code),
            DETAIL = format('It is rater %s of the call.', wrong.place),
            HINT = 'CALL appraisal.enrol() adds people; who is exempt is not reviewed.';
    WHEN wrong.rater_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no person "%s"', wrong.rater),
            DETAIL = format('It is rater %s of the call.', wrong.place),
            HINT = 'Add the person with CALL appraisal.add_person().';
    WHEN wrong.known_source IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('"%s" is no rater source of job group "%s" in cycle "%s"',
                             wrong.source, wrong.job_group, wrong.cycle_code),
            DETAIL = format('It is rater %s of the call.', wrong.place),
            HINT = 'cycle_raters() lists the sources.';
    ELSE
        PERFORM appraisal.refuse_own_review(appraisal.person_or_unit(wrong.person, wrong.unit));
    END CASE;
END
$function$;
COMMENT ON FUNCTION appraisal.raters_by_name(bigint, jsonb) IS
    'who reviews whom as named: an array of objects with person or unit, source and rater';

CREATE FUNCTION appraisal.refuse_own_review(subject text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'AP003',
        MESSAGE = 'nobody reviews oneself, save as source "self"',
        DETAIL = format('It is a review of %s.', subject),
        HINT = 'CALL appraisal.assign_reviews() with another rater.';
END
$function$;
COMMENT ON FUNCTION appraisal.refuse_own_review(text) IS 'raise AP003 for a review of oneself, or as oneself by another';

-- Runs with the rights of the tables' owner, in write_reviews(). Names go first: the rule holds for each
-- source of which a participant has no review yet and is given none by name.
CREATE FUNCTION appraisal.add_reviews(cycle_id bigint, raters jsonb, most integer) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $function$
DECLARE
    added_by_name integer := 0;
    added_by_rule integer;
    -- a self-report is handed in before the others judge
    self_report_due CONSTANT date := (
        SELECT upper(c.during) - 1 + s.self_report_days
        FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
        WHERE c.cycle_id = add_reviews.cycle_id AND c.period = ANY (s.self_report));
BEGIN
    IF raters IS NOT NULL THEN
        -- a join with no sources at all would not ask for the names
        IF NOT EXISTS (SELECT FROM appraisal.cycle_raters(add_reviews.cycle_id)) THEN
            PERFORM FROM appraisal.raters_by_name(add_reviews.cycle_id, raters);
        END IF;
        INSERT INTO appraisal.review (cycle_id, participant_id, rater_id, source, anonymous, due_on)
        SELECT c.cycle_id, n.participant_id, n.rater_id, n.source, r.anonymous,
               coalesce(CASE n.source WHEN 'self' THEN self_report_due END, c.reviews_due)
        FROM appraisal.raters_by_name(add_reviews.cycle_id, raters) AS n
        JOIN appraisal.participant AS p ON p.cycle_id = add_reviews.cycle_id AND p.participant_id = n.participant_id
        JOIN appraisal.cycle AS c ON c.cycle_id = p.cycle_id
        JOIN appraisal.cycle_raters(add_reviews.cycle_id) AS r ON r.job_group = p.job_group AND r.source = n.source
        ON CONFLICT ON CONSTRAINT review_is_one_a_rater_and_source DO NOTHING;
        GET DIAGNOSTICS added_by_name = ROW_COUNT;
    END IF;
    INSERT INTO appraisal.rater_draw (cycle_id) VALUES (add_reviews.cycle_id) ON CONFLICT DO NOTHING;
    -- what is there is read once, before the table grows
    WITH present AS MATERIALIZED (
        SELECT DISTINCT o.participant_id, o.source FROM appraisal.review AS o WHERE o.cycle_id = add_reviews.cycle_id
    )
    INSERT INTO appraisal.review (cycle_id, participant_id, rater_id, source, anonymous, due_on)
    SELECT c.cycle_id, n.participant_id, n.rater_id, n.source, r.anonymous,
           coalesce(CASE n.source WHEN 'self' THEN self_report_due END, c.reviews_due)
    FROM appraisal.raters_by_rule(add_reviews.cycle_id, most) AS n
    JOIN appraisal.participant AS p ON p.cycle_id = add_reviews.cycle_id AND p.participant_id = n.participant_id
    JOIN appraisal.cycle AS c ON c.cycle_id = p.cycle_id
    JOIN appraisal.cycle_raters(add_reviews.cycle_id) AS r ON r.job_group = p.job_group AND r.source = n.source
    LEFT JOIN present AS o ON o.participant_id = n.participant_id AND o.source = n.source
    WHERE o.participant_id IS NULL;
    GET DIAGNOSTICS added_by_rule = ROW_COUNT;
    RETURN added_by_name + added_by_rule;
END
$function$;
COMMENT ON FUNCTION appraisal.add_reviews(bigint, jsonb, integer) IS
    'adds the reviews of a cycle that are missing, those named and those by rule; for write_reviews()';

CREATE PROCEDURE appraisal.assign_reviews(cycle text, raters jsonb DEFAULT NULL, most integer DEFAULT 10,
                                          INOUT assigned integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    assigned := appraisal.write_reviews(appraisal.cycle_of_code(cycle), raters, most);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.assign_reviews(text, jsonb, integer, integer) IS
    'assigns the reviews of a cycle by the scheme''s rater rules and as named, adding what is missing';
