-- Notices are their person's alone, whatever one's office: that somebody has a review to do tells who rates.

ALTER TABLE appraisal.notice ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_its_person ON appraisal.notice FOR SELECT
    USING (+person_id = (SELECT appraisal.acting_person()));

CREATE FUNCTION appraisal.people_to_notify() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT p.code
    FROM appraisal.person AS p
    WHERE (SELECT appraisal.acting_as('service'))
      AND p.person_id IN (SELECT n.person_id FROM appraisal.notice AS n WHERE n.read_at IS NULL)
$function$;
COMMENT ON FUNCTION appraisal.people_to_notify() IS
    'codes of the people who have unread notices, for a service that acts for nobody; none for others';
REVOKE ALL ON FUNCTION appraisal.people_to_notify() FROM PUBLIC;
