-- Who sees interviews, acknowledgements and improvement plans: whose result it is, the managers above as far as
-- the scheme shows them results, HR and auditors; and an interview, who held it.

DECLARE
    shown name;
BEGIN
    FOREACH shown IN ARRAY ARRAY['interview', 'acknowledgement', 'improvement_plan'] LOOP
        EXECUTE format('ALTER TABLE appraisal.%I ENABLE ROW LEVEL SECURITY', shown);
        EXECUTE format('DROP POLICY IF EXISTS seen_by_hr_and_auditors ON appraisal.%I', shown); EXECUTE format('CREATE POLICY seen_by_hr_and_auditors ON appraisal.%I FOR SELECT
            USING ((SELECT appraisal.acting_as(''hr'') OR appraisal.acting_as(''auditor'')))', shown);
        EXECUTE format('DROP POLICY IF EXISTS seen_by_its_person ON appraisal.%I', shown); EXECUTE format('CREATE POLICY seen_by_its_person ON appraisal.%I FOR SELECT
            USING (participant_id IN (SELECT appraisal.my_participations()))', shown);
        EXECUTE format('DROP POLICY IF EXISTS seen_by_its_managers ON appraisal.%I', shown); EXECUTE format('CREATE POLICY seen_by_its_managers ON appraisal.%I FOR SELECT
            USING (participant_id IN (SELECT appraisal.my_participants())
                   AND cycle_id IN (SELECT appraisal.cycles_shown_to(''manager'')))', shown);
    END LOOP;
END;
CREATE POLICY seen_by_its_holder ON appraisal.interview FOR SELECT
    USING (+held_by = (SELECT appraisal.acting_person()));

-- An action is seen with its plan; who owns one sees that one, and nothing of the plan.
ALTER TABLE appraisal.improvement_action ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_with_its_plan ON appraisal.improvement_action FOR SELECT
    USING (EXISTS (SELECT FROM appraisal.improvement_plan AS p
                   WHERE p.cycle_id = improvement_action.cycle_id AND p.plan_id = improvement_action.plan_id));
CREATE POLICY seen_by_its_owner ON appraisal.improvement_action FOR SELECT
    USING (+owner_id = (SELECT appraisal.acting_person()));
