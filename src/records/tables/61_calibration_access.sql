-- Who sees calibrations, signatures, delegations and overrides. Nobody writes them by hand, and nobody ever sees the
-- adjustments of the own grade: what they came to is in the published result.

ALTER TABLE appraisal.adjustment ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_hr_and_auditors ON appraisal.adjustment FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('auditor'))
           AND participant_id NOT IN (SELECT appraisal.my_participations()));
CREATE POLICY seen_by_executives ON appraisal.adjustment FOR SELECT
    USING ((SELECT appraisal.acting_as('executive')) AND cycle_id IN (SELECT appraisal.cycles_shown_to('executive'))
           AND participant_id NOT IN (SELECT appraisal.my_participations()));
CREATE POLICY seen_by_its_managers ON appraisal.adjustment FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participants())
           AND cycle_id IN (SELECT appraisal.cycles_shown_to('manager')));

ALTER TABLE appraisal.sign_off ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_hr_executives_and_auditors ON appraisal.sign_off FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
CREATE POLICY seen_by_its_signer ON appraisal.sign_off FOR SELECT
    USING (signed_by = (SELECT appraisal.acting_person()));
CREATE POLICY seen_by_whom_it_is_signed_for ON appraisal.sign_off FOR SELECT
    USING (delegated_for = (SELECT appraisal.acting_person()));

ALTER TABLE appraisal.delegation ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_hr_executives_and_auditors ON appraisal.delegation FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
CREATE POLICY seen_by_its_two ON appraisal.delegation FOR SELECT
    USING (from_person = (SELECT appraisal.acting_person()) OR to_person = (SELECT appraisal.acting_person()));

ALTER TABLE appraisal.quota_override ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_hr_executives_and_auditors ON appraisal.quota_override FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
