-- Who sees appeals: the person, save what is internal; HR and auditors all but their own; of managers above and
-- executives those on whose level an appeal is.

CREATE FUNCTION appraisal.my_appeals() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT a.appeal_id FROM appraisal.appeal AS a WHERE +a.participant_id IN (SELECT appraisal.my_participations())
$function$;
COMMENT ON FUNCTION appraisal.my_appeals() IS
    'keys of the appeals of the one who is asking, and of the units for which that one answers';

CREATE FUNCTION appraisal.appeals_i_handle() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT a.appeal_id FROM appraisal.appeal AS a
    WHERE CASE a.level WHEN 'leader' THEN a.participant_id IN (SELECT appraisal.my_participants())
                       WHEN 'hr' THEN (SELECT appraisal.acting_as('hr'))
                       ELSE (SELECT appraisal.acting_as('executive')) END
      AND a.participant_id NOT IN (SELECT appraisal.my_participations())
$function$;
COMMENT ON FUNCTION appraisal.appeals_i_handle() IS
    'keys of the appeals that are on the level of the one who is asking: leader for managers above, hr, executive; none of one''s own';
REVOKE ALL ON FUNCTION appraisal.my_appeals(), appraisal.appeals_i_handle() FROM PUBLIC;

DECLARE
    shown name;
BEGIN
    FOREACH shown IN ARRAY ARRAY['appeal', 'appeal_event', 'appeal_internal'] LOOP
        EXECUTE format('ALTER TABLE appraisal.%I ENABLE ROW LEVEL SECURITY', shown);
        EXECUTE format('DROP POLICY IF EXISTS seen_by_hr_and_auditors ON appraisal.%I', shown); EXECUTE format('CREATE POLICY seen_by_hr_and_auditors ON appraisal.%I FOR SELECT
            USING ((SELECT appraisal.acting_as(''hr'') OR appraisal.acting_as(''auditor''))
                   AND appeal_id NOT IN (SELECT appraisal.my_appeals()))', shown);
        EXECUTE format('DROP POLICY IF EXISTS seen_by_its_handlers ON appraisal.%I', shown); EXECUTE format('CREATE POLICY seen_by_its_handlers ON appraisal.%I FOR SELECT
            USING (appeal_id IN (SELECT appraisal.appeals_i_handle()))', shown);
    END LOOP;
END;
CREATE POLICY seen_by_its_person ON appraisal.appeal FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participations()));
CREATE POLICY seen_by_its_person ON appraisal.appeal_event FOR SELECT
    USING (NOT internal AND appeal_id IN (SELECT appraisal.my_appeals()));
