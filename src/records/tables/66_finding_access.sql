-- Who sees findings: HR, executives and auditors all; the owner, who found it and who is concerned theirs; and
-- managers those whose owner is below them, now or in some cycle.

ALTER TABLE appraisal.finding ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_hr_executives_and_auditors ON appraisal.finding FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
CREATE POLICY seen_by_its_owner_and_finder ON appraisal.finding FOR SELECT
    USING (owner_id = (SELECT appraisal.acting_person()) OR found_by = (SELECT appraisal.acting_person()));
CREATE POLICY seen_by_its_person ON appraisal.finding FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participations()));
CREATE POLICY seen_by_its_managers ON appraisal.finding FOR SELECT
    USING (owner_id IN (SELECT appraisal.my_people() UNION ALL SELECT appraisal.people_in_my_cycles()));
