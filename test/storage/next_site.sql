-- Tables of the made-up next version (update): one of rules, one about people.
CREATE TABLE appraisal.site (
    site_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    town text NOT NULL CONSTRAINT site_town_is_unique UNIQUE
);
COMMENT ON TABLE appraisal.site IS 'towns';
COMMENT ON COLUMN appraisal.site.site_id IS 'key';
COMMENT ON COLUMN appraisal.site.town IS 'name';

CREATE TABLE appraisal.site_visit (
    site_id bigint CONSTRAINT site_visit_site_exists REFERENCES appraisal.site,
    person_id bigint CONSTRAINT site_visit_person_exists REFERENCES appraisal.person,
    PRIMARY KEY (site_id, person_id)
);
CREATE INDEX site_visit_person_id_idx ON appraisal.site_visit (person_id);
COMMENT ON TABLE appraisal.site_visit IS 'who was where';
COMMENT ON COLUMN appraisal.site_visit.site_id IS 'where';
COMMENT ON COLUMN appraisal.site_visit.person_id IS 'who';

CREATE FUNCTION appraisal.my_sites() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT v.site_id FROM appraisal.site_visit AS v WHERE v.person_id = appraisal.acting_person()
$function$;
COMMENT ON FUNCTION appraisal.my_sites() IS 'where the one who is asking was';
REVOKE ALL ON FUNCTION appraisal.my_sites() FROM PUBLIC;
ALTER TABLE appraisal.site_visit ENABLE ROW LEVEL SECURITY;
CREATE POLICY added_by_hr ON appraisal.site_visit FOR INSERT WITH CHECK ((SELECT appraisal.acting_as('hr')));
CREATE POLICY seen_by_its_person ON appraisal.site_visit FOR SELECT USING (site_id IN (SELECT appraisal.my_sites()));

CREATE VIEW appraisal.site_visits WITH (security_invoker = true) AS
SELECT s.town, count(*) AS visits FROM appraisal.site AS s JOIN appraisal.site_visit AS v USING (site_id) GROUP BY s.town;
COMMENT ON VIEW appraisal.site_visits IS 'how many were where';
COMMENT ON COLUMN appraisal.site_visits.town IS 'name';
COMMENT ON COLUMN appraisal.site_visits.visits IS 'how many';
