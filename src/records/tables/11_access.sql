-- Who is asking, and what that one may see.
--
-- Rights follow the login (session_user), so that neither SET ROLE nor a function of somebody else's
-- changes who is asking. These functions belong to the tables' owner and run as such, because they
-- must see accounts and postings that the one who asks may not; each answers about the one who asks
-- and nobody else.

CREATE FUNCTION appraisal.acting_person() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT CASE WHEN 'service' = ANY (a.capabilities)
                THEN (SELECT p.person_id FROM appraisal.person AS p
                      WHERE p.code = nullif(current_setting('appraisal.actor', true), ''))
                ELSE a.person_id END
    FROM appraisal.account AS a
    WHERE a.role_name = session_user
$function$;
COMMENT ON FUNCTION appraisal.acting_person() IS
    'person who is asking: the login''s own, or for a service the one in the setting appraisal.actor';

CREATE FUNCTION appraisal.acting_capabilities() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT CASE WHEN NOT 'service' = ANY (a.capabilities) THEN a.capabilities
                WHEN actor.person_id IS NULL THEN ARRAY['service']
                ELSE coalesce((SELECT own.capabilities FROM appraisal.account AS own
                               WHERE own.person_id = actor.person_id), ARRAY['employee']) END
    FROM appraisal.account AS a, (SELECT appraisal.acting_person()) AS actor (person_id)
    WHERE a.role_name = session_user
$function$;
COMMENT ON FUNCTION appraisal.acting_capabilities() IS
    'what the one who is asking may do; a person without a login of their own is an employee';

CREATE FUNCTION appraisal.acting_as(capability text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT coalesce($1 = ANY (appraisal.acting_capabilities()), false)
$function$;
COMMENT ON FUNCTION appraisal.acting_as(text) IS 'may the one who is asking act as hr, executive, manager, employee, auditor?';

-- Level by level, each by index: see my_people_then().
CREATE FUNCTION appraisal.my_people() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $function$
    WITH RECURSIVE below AS (
        SELECT p.person_id
        FROM appraisal.posting AS p
        WHERE p.manager_id = appraisal.acting_person() AND p.during @> current_date
          AND appraisal.acting_as('manager')
        UNION
        SELECT p.person_id
        FROM below AS b
        CROSS JOIN LATERAL (SELECT l.person_id FROM appraisal.posting AS l
                            WHERE l.manager_id = b.person_id AND l.during @> current_date OFFSET 0) AS p
    )
    SELECT b.person_id FROM below AS b
$function$;
COMMENT ON FUNCTION appraisal.my_people() IS
    'everybody below the manager who is asking, today, on whatever level; nobody for others';

REVOKE ALL ON FUNCTION appraisal.acting_person(), appraisal.acting_capabilities(),
    appraisal.acting_as(text), appraisal.my_people(), appraisal.refuse_loop_of_units() FROM PUBLIC;

-- The policies of tables about people. Helpers stand in scalar subselects, so that they run once a
-- statement. Policies of the same name mean the same everywhere; link_account() grants by them.

ALTER TABLE appraisal.person ENABLE ROW LEVEL SECURITY;
CREATE POLICY kept_by_hr ON appraisal.person
    USING ((SELECT appraisal.acting_as('hr'))) WITH CHECK ((SELECT appraisal.acting_as('hr')));
CREATE POLICY seen_by_executives_and_auditors ON appraisal.person FOR SELECT
    USING ((SELECT appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
CREATE POLICY seen_by_its_person ON appraisal.person FOR SELECT
    USING (person_id = (SELECT appraisal.acting_person()));
CREATE POLICY seen_by_its_managers ON appraisal.person FOR SELECT
    USING (person_id IN (SELECT appraisal.my_people()));

ALTER TABLE appraisal.posting ENABLE ROW LEVEL SECURITY;
CREATE POLICY kept_by_hr ON appraisal.posting
    USING ((SELECT appraisal.acting_as('hr'))) WITH CHECK ((SELECT appraisal.acting_as('hr')));
CREATE POLICY seen_by_executives_and_auditors ON appraisal.posting FOR SELECT
    USING ((SELECT appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
CREATE POLICY seen_by_its_person ON appraisal.posting FOR SELECT
    USING (person_id = (SELECT appraisal.acting_person()));
CREATE POLICY seen_by_its_managers ON appraisal.posting FOR SELECT
    USING (person_id IN (SELECT appraisal.my_people()));

-- Accounts are made by the tables' owner alone: whoever could make one could make oneself hr.
ALTER TABLE appraisal.account ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_hr_and_auditors ON appraisal.account FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('auditor')));
CREATE POLICY seen_by_its_role ON appraisal.account FOR SELECT USING (role_name = session_user);
