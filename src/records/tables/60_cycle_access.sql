-- Who sees and changes what of a cycle.
--
-- As in 11_access.sql, the helpers belong to the tables' owner and answer about the one who asks only.
-- A list of rows stands behind IN (SELECT ...), which is hashed once a statement. No policy is restrictive:
-- PostgreSQL asks restrictive ones before the others, and lets a reader's own conditions in between.

CREATE FUNCTION appraisal.my_participations() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT p.participant_id FROM appraisal.participant AS p WHERE p.person_id = appraisal.acting_person()
    UNION ALL
    SELECT p.participant_id FROM appraisal.participant AS p
    WHERE p.manager_id = appraisal.acting_person() AND p.appraised_unit_id IS NOT NULL
$function$;
COMMENT ON FUNCTION appraisal.my_participations() IS
    'keys of the participants that the one who is asking is, or answers for as the head of an appraised unit';

-- Level by level, each by index (which OFFSET 0 sees to): where few are below, a join of all participants, or
-- compiling one, would be what takes time.
-- Superiors who take no part in a cycle are still above those who do, as they were posted on its cohort date.
CREATE FUNCTION appraisal.my_people_then() RETURNS TABLE (participant_id bigint, person_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $function$
    WITH RECURSIVE below AS (
        SELECT c.cycle_id, c.cohort_date, NULL::bigint AS participant_id, appraisal.acting_person() AS person_id
        FROM appraisal.cycle AS c
        WHERE appraisal.acting_as('manager')
        UNION
        SELECT b.cycle_id, b.cohort_date, p.participant_id, p.person_id
        FROM below AS b
        CROSS JOIN LATERAL (
            SELECT l.participant_id, l.person_id FROM appraisal.participant AS l
            WHERE l.cycle_id = b.cycle_id AND l.manager_id = b.person_id
            UNION ALL
            SELECT NULL, g.person_id FROM appraisal.posting AS g
            WHERE g.manager_id = b.person_id AND g.during @> b.cohort_date
              AND NOT EXISTS (SELECT FROM appraisal.participant AS own
                              WHERE own.cycle_id = b.cycle_id AND own.person_id = g.person_id)
            OFFSET 0) AS p
    )
    SELECT b.participant_id, b.person_id FROM below AS b
    WHERE b.participant_id IS NOT NULL AND b.participant_id NOT IN (SELECT appraisal.my_participations())
$function$;
COMMENT ON FUNCTION appraisal.my_people_then() IS
    'participants below the manager who is asking, on whatever level, as posted in each cycle, and who they are';

CREATE FUNCTION appraisal.my_participants() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT t.participant_id FROM appraisal.my_people_then() AS t
$function$;
COMMENT ON FUNCTION appraisal.my_participants() IS
    'keys of the participants below the manager who is asking, on whatever level, as posted in each cycle';

CREATE FUNCTION appraisal.participants_i_rate() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT r.participant_id FROM appraisal.review AS r
    WHERE +r.rater_id = appraisal.acting_person() AND r.status IN ('assigned', 'submitted')
$function$;
COMMENT ON FUNCTION appraisal.participants_i_rate() IS 'keys of the participants whom the one who is asking reviews';

CREATE FUNCTION appraisal.people_i_rate() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT p.person_id
    FROM appraisal.review AS r JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    WHERE +r.rater_id = appraisal.acting_person() AND r.status = 'assigned' AND p.person_id IS NOT NULL
$function$;
COMMENT ON FUNCTION appraisal.people_i_rate() IS 'people whom the one who is asking has to review';

CREATE FUNCTION appraisal.people_in_my_cycles() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT DISTINCT t.person_id FROM appraisal.my_people_then() AS t WHERE t.person_id IS NOT NULL
$function$;
COMMENT ON FUNCTION appraisal.people_in_my_cycles() IS
    'people who were below the manager who is asking in some cycle, wherever they are posted now';

CREATE FUNCTION appraisal.my_open_reviews() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT r.review_id FROM appraisal.review AS r
    WHERE +r.rater_id = appraisal.acting_person() AND r.status = 'assigned'
$function$;
COMMENT ON FUNCTION appraisal.my_open_reviews() IS 'keys of the reviews that the one who is asking has yet to submit';

CREATE FUNCTION appraisal.cycles_shown_to(audience text) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT c.cycle_id
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
    WHERE s.visible_to && ARRAY[$1, 'everyone']
      AND (c.status IN ('calibration', 'published', 'closed')
           OR NOT EXISTS (SELECT FROM appraisal.rater_rule AS r WHERE r.scheme_id = s.scheme_id AND r.anonymous))
$function$;
COMMENT ON FUNCTION appraisal.cycles_shown_to(text) IS
    'cycles whose results person, manager, executive or everyone sees by the scheme, published or not; where raters are anonymous not while they rate, or the difference of two results would be what one of them said';

CREATE FUNCTION appraisal.cycles_published_to(audience text) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT c.cycle_id
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
    WHERE s.visible_to && ARRAY[$1, 'everyone'] AND c.status IN ('published', 'closed')
$function$;
COMMENT ON FUNCTION appraisal.cycles_published_to(text) IS
    'cycles that are published and whose scheme shows results to person, manager, executive or everyone';

CREATE FUNCTION appraisal.cycles_open_to(audience text) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT c.cycle_id
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
    WHERE s.visible_to && ARRAY[$1, 'everyone']
$function$;
COMMENT ON FUNCTION appraisal.cycles_open_to(text) IS
    'cycles whose scheme shows results to person, manager, executive or everyone, whatever their status';

REVOKE ALL ON FUNCTION appraisal.cycles_open_to(text), appraisal.my_participations(), appraisal.my_people_then(), appraisal.my_participants(), appraisal.participants_i_rate(),
    appraisal.people_i_rate(), appraisal.people_in_my_cycles(), appraisal.my_open_reviews(), appraisal.cycles_shown_to(text),
    appraisal.cycles_published_to(text) FROM PUBLIC;

-- A rater must know whom to rate.
CREATE POLICY seen_by_its_raters ON appraisal.person FOR SELECT
    USING (person_id IN (SELECT appraisal.people_i_rate()));
-- A former superior has figures to record and feedback to give for that time.
CREATE POLICY seen_by_its_managers_then ON appraisal.person FOR SELECT
    USING (person_id IN (SELECT appraisal.people_in_my_cycles()));

ALTER TABLE appraisal.participant ENABLE ROW LEVEL SECURITY;
CREATE POLICY kept_by_hr ON appraisal.participant
    USING ((SELECT appraisal.acting_as('hr'))) WITH CHECK ((SELECT appraisal.acting_as('hr')));
CREATE POLICY seen_by_executives_and_auditors ON appraisal.participant FOR SELECT
    USING ((SELECT appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
CREATE POLICY seen_by_its_person ON appraisal.participant FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participations()));
CREATE POLICY seen_by_its_managers ON appraisal.participant FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participants()));
CREATE POLICY seen_by_its_raters ON appraisal.participant FOR SELECT
    USING (participant_id IN (SELECT appraisal.participants_i_rate()));

ALTER TABLE appraisal.goal ENABLE ROW LEVEL SECURITY;
CREATE POLICY kept_by_hr ON appraisal.goal
    USING ((SELECT appraisal.acting_as('hr'))) WITH CHECK ((SELECT appraisal.acting_as('hr')));
CREATE POLICY seen_by_executives_and_auditors ON appraisal.goal FOR SELECT
    USING ((SELECT appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
CREATE POLICY seen_by_its_raters ON appraisal.goal FOR SELECT
    USING (participant_id IN (SELECT appraisal.participants_i_rate()));
CREATE POLICY seen_by_its_person ON appraisal.goal FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participations()));
CREATE POLICY seen_by_its_managers ON appraisal.goal FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participants()));
-- keep_goal() says what of it each may change
CREATE POLICY added_by_its_person ON appraisal.goal FOR INSERT
    WITH CHECK (participant_id IN (SELECT appraisal.my_participations()));
CREATE POLICY changed_by_its_person ON appraisal.goal FOR UPDATE
    USING (participant_id IN (SELECT appraisal.my_participations()));
CREATE POLICY added_by_its_managers ON appraisal.goal FOR INSERT
    WITH CHECK (participant_id IN (SELECT appraisal.my_participants()));
CREATE POLICY changed_by_its_managers ON appraisal.goal FOR UPDATE
    USING (participant_id IN (SELECT appraisal.my_participants()));

ALTER TABLE appraisal.measurement ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_all_but_employees ON appraisal.measurement FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
CREATE POLICY seen_by_its_person ON appraisal.measurement FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participations()));
CREATE POLICY seen_by_its_managers ON appraisal.measurement FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participants()));
-- whose figure it is does not record it, whatever one's office
CREATE POLICY added_by_hr ON appraisal.measurement FOR INSERT
    WITH CHECK ((SELECT appraisal.acting_as('hr')) AND participant_id NOT IN (SELECT appraisal.my_participations()));
CREATE POLICY added_by_its_managers ON appraisal.measurement FOR INSERT
    WITH CHECK (participant_id IN (SELECT appraisal.my_participants()));

-- Reviews are assigned by rule, not by hand: nobody adds one, not even HR (write_reviews() does, for HR).
-- Superiors see the signed reviews of those below. Who was anonymous stays so for all but HR and auditors,
-- and nobody, whatever one's office, sees who reviews oneself.
ALTER TABLE appraisal.review ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_hr_and_auditors ON appraisal.review FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('auditor'))
           AND participant_id NOT IN (SELECT appraisal.my_participations()));
CREATE POLICY seen_by_its_rater ON appraisal.review FOR SELECT
    USING (+rater_id = (SELECT appraisal.acting_person()));
CREATE POLICY seen_by_its_managers ON appraisal.review FOR SELECT
    USING (NOT anonymous AND participant_id IN (SELECT appraisal.my_participants()));
CREATE POLICY changed_by_its_rater ON appraisal.review FOR UPDATE
    USING (+rater_id = (SELECT appraisal.acting_person()));
CREATE POLICY changed_by_hr ON appraisal.review FOR UPDATE
    USING ((SELECT appraisal.acting_as('hr')) AND participant_id NOT IN (SELECT appraisal.my_participations()));

ALTER TABLE appraisal.rating ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_with_its_review ON appraisal.rating FOR SELECT
    USING (EXISTS (SELECT FROM appraisal.review AS r
                   WHERE r.cycle_id = rating.cycle_id AND r.review_id = rating.review_id));
CREATE POLICY added_by_its_rater ON appraisal.rating FOR INSERT
    WITH CHECK (review_id IN (SELECT appraisal.my_open_reviews()));
CREATE POLICY changed_by_its_rater ON appraisal.rating FOR UPDATE
    USING (review_id IN (SELECT appraisal.my_open_reviews()));
CREATE POLICY removed_by_its_rater ON appraisal.rating FOR DELETE
    USING (review_id IN (SELECT appraisal.my_open_reviews()));

ALTER TABLE appraisal.feedback ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_hr_and_auditors ON appraisal.feedback FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('auditor'))
           AND (kind <> 'consultation' OR participant_id NOT IN (SELECT appraisal.my_participations())));
CREATE POLICY seen_by_its_giver ON appraisal.feedback FOR SELECT
    USING (given_by = (SELECT appraisal.acting_person()));
CREATE POLICY seen_by_its_person ON appraisal.feedback FOR SELECT
    USING (kind <> 'consultation' AND participant_id IN (SELECT appraisal.my_participations()));
CREATE POLICY seen_by_its_managers ON appraisal.feedback FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participants()));
CREATE POLICY added_by_its_managers ON appraisal.feedback FOR INSERT
    WITH CHECK (given_by = (SELECT appraisal.acting_person()) AND participant_id IN (SELECT appraisal.my_participants()));
CREATE POLICY added_by_hr ON appraisal.feedback FOR INSERT
    WITH CHECK (given_by = (SELECT appraisal.acting_person()) AND (SELECT appraisal.acting_as('hr'))
                AND participant_id NOT IN (SELECT appraisal.my_participations()));

-- Results, their dimensions and sources: the same four policies on each. One's own is kept from everybody,
-- HR included, until it is published.
DECLARE
    shown name;
    not_ones_own CONSTANT text := '(participant_id NOT IN (SELECT appraisal.my_participations())
        OR cycle_id IN (SELECT appraisal.cycles_published_to(''person'')))';
BEGIN
    FOREACH shown IN ARRAY ARRAY['result', 'dimension_score', 'source_score'] LOOP
        EXECUTE format('ALTER TABLE appraisal.%I ENABLE ROW LEVEL SECURITY', shown);
        EXECUTE format('DROP POLICY IF EXISTS seen_by_hr_and_auditors ON appraisal.%I', shown); EXECUTE format('CREATE POLICY seen_by_hr_and_auditors ON appraisal.%I FOR SELECT
            USING ((SELECT appraisal.acting_as(''hr'') OR appraisal.acting_as(''auditor'')) AND %s)', shown, not_ones_own);
        EXECUTE format('DROP POLICY IF EXISTS seen_by_executives ON appraisal.%I', shown); EXECUTE format('CREATE POLICY seen_by_executives ON appraisal.%I FOR SELECT
            USING ((SELECT appraisal.acting_as(''executive''))
                   AND cycle_id IN (SELECT appraisal.cycles_shown_to(''executive'')) AND %s)', shown, not_ones_own);
        EXECUTE format('DROP POLICY IF EXISTS seen_by_its_managers ON appraisal.%I', shown); EXECUTE format('CREATE POLICY seen_by_its_managers ON appraisal.%I FOR SELECT
            USING (participant_id IN (SELECT appraisal.my_participants())
                   AND cycle_id IN (SELECT appraisal.cycles_shown_to(''manager'')))', shown);
        EXECUTE format('DROP POLICY IF EXISTS seen_by_its_person ON appraisal.%I', shown); EXECUTE format('CREATE POLICY seen_by_its_person ON appraisal.%I FOR SELECT
            USING (participant_id IN (SELECT appraisal.my_participations())
                   AND cycle_id IN (SELECT appraisal.cycles_published_to(''person'')))', shown);
    END LOOP;
END;
CREATE POLICY seen_by_everyone ON appraisal.result FOR SELECT
    USING (cycle_id IN (SELECT appraisal.cycles_published_to('everyone')));

-- What a result takes in is published already, so superiors and executives see it while they rate.
ALTER TABLE appraisal.part_score ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_hr_and_auditors ON appraisal.part_score FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('auditor'))
           AND (participant_id NOT IN (SELECT appraisal.my_participations()) OR cycle_id IN (SELECT appraisal.cycles_published_to('person'))));
CREATE POLICY seen_by_executives ON appraisal.part_score FOR SELECT
    USING ((SELECT appraisal.acting_as('executive')) AND cycle_id IN (SELECT appraisal.cycles_open_to('executive'))
           AND (participant_id NOT IN (SELECT appraisal.my_participations()) OR cycle_id IN (SELECT appraisal.cycles_published_to('person'))));
CREATE POLICY seen_by_its_managers ON appraisal.part_score FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participants()) AND cycle_id IN (SELECT appraisal.cycles_open_to('manager')));
CREATE POLICY seen_by_its_person ON appraisal.part_score FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participations()) AND cycle_id IN (SELECT appraisal.cycles_published_to('person')));

-- A cut line names nobody; it is what a grade is explained by.
ALTER TABLE appraisal.cut_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_all_but_employees ON appraisal.cut_line FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('auditor')
                   OR appraisal.acting_as('manager')));
CREATE POLICY seen_by_everyone ON appraisal.cut_line FOR SELECT
    USING (cycle_id IN (SELECT appraisal.cycles_published_to('person')));
