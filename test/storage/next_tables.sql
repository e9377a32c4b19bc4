-- The step of the tables to the made-up next version (update).
ALTER TABLE appraisal.unit ADD COLUMN site text;
ALTER TABLE appraisal.person DROP CONSTRAINT person_leaves_after_being_hired;
ALTER TABLE appraisal.person ADD CONSTRAINT person_leaves_after_being_hired CHECK (left_on > hired_on);
DROP INDEX appraisal.posting_unit_id_idx;
DROP VIEW appraisal.rater_agreement;
