-- Who sees outcomes and awards. An outcome follows from results and rules, so who sees those sees it; pay is
-- between the person, HR and executives, and no manager's.

ALTER TABLE appraisal.outcome ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_hr_and_auditors ON appraisal.outcome FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('auditor')));
CREATE POLICY seen_by_executives ON appraisal.outcome FOR SELECT
    USING ((SELECT appraisal.acting_as('executive')) AND cycle_id IN (SELECT appraisal.cycles_shown_to('executive')));
CREATE POLICY seen_by_its_managers ON appraisal.outcome FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participants()) AND cycle_id IN (SELECT appraisal.cycles_shown_to('manager')));
CREATE POLICY seen_by_its_person ON appraisal.outcome FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participations()) AND cycle_id IN (SELECT appraisal.cycles_published_to('person')));

ALTER TABLE appraisal.award ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_hr_and_auditors ON appraisal.award FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('auditor')));
CREATE POLICY seen_by_executives ON appraisal.award FOR SELECT
    USING ((SELECT appraisal.acting_as('executive')) AND cycle_id IN (SELECT appraisal.cycles_shown_to('executive')));
CREATE POLICY seen_by_its_person ON appraisal.award FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participations()));
