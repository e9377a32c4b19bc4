-- Views for analysts and reporting tools. All are security_invoker: each reader sees of them what that reader
-- sees of the tables, and what is reckoned is reckoned over those rows. Rows of people and of appraised units
-- stand together. None of them hides the keys of a cycle, so that one row is found by index; what is in
-- order of score or grade is sorted, because no index has either (50_result.sql).

CREATE VIEW appraisal.scorecard WITH (security_invoker = true) AS
SELECT r.cycle_id, c.code AS cycle, c.status AS cycle_status, r.participant_id, r.version,
       CASE WHEN p.person_id IS NULL THEN 'unit' ELSE 'person' END AS subject,
       p.person_id, h.code AS person, h.name, p.unit_id, u.code AS unit, u.title AS unit_title, p.manager_id, p.job_group,
       r.state, r.coverage, r.raw_score, r.score, r.natural_grade, d.code AS gate,
       r.cohort_unit_id AS group_unit_id, g.code AS group_unit, r.quota_grade, r.calibrated_grade, r.final_grade, r.rank, r.coefficient,
       r.box_label, r.published_at
FROM appraisal.current_result AS r
JOIN appraisal.cycle AS c ON c.cycle_id = r.cycle_id
JOIN appraisal.participant AS p ON p.cycle_id = r.cycle_id AND p.participant_id = r.participant_id
JOIN appraisal.unit AS u ON u.unit_id = p.unit_id
LEFT JOIN appraisal.person AS h ON h.person_id = p.person_id
LEFT JOIN appraisal.dimension AS d ON d.dimension_id = r.gate_dimension_id
LEFT JOIN appraisal.unit AS g ON g.unit_id = r.cohort_unit_id;
COMMENT ON VIEW appraisal.scorecard IS 'what came out for whom: a row a person or unit and cycle, of the latest version';
COMMENT ON COLUMN appraisal.scorecard.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.scorecard.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.scorecard.cycle_status IS 'how far the cycle is: results before published may still change';
COMMENT ON COLUMN appraisal.scorecard.participant_id IS 'key within the cycle; the leading segment''s for who moved';
COMMENT ON COLUMN appraisal.scorecard.version IS 'version of the result';
COMMENT ON COLUMN appraisal.scorecard.subject IS 'person or unit';
COMMENT ON COLUMN appraisal.scorecard.person_id IS 'key of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard.person IS 'code of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard.name IS 'name of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard.unit_id IS 'key of the unit of then; the unit itself for a unit';
COMMENT ON COLUMN appraisal.scorecard.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.scorecard.unit_title IS 'name of that unit';
COMMENT ON COLUMN appraisal.scorecard.manager_id IS 'key of the direct superior of then; who answers for a unit';
COMMENT ON COLUMN appraisal.scorecard.job_group IS 'job group of then; the kind of unit for a unit';
COMMENT ON COLUMN appraisal.scorecard.state IS 'scored, or why there is no score';
COMMENT ON COLUMN appraisal.scorecard.coverage IS 'share of the weight that had a score, 0 to 1';
COMMENT ON COLUMN appraisal.scorecard.raw_score IS 'total before rounding';
COMMENT ON COLUMN appraisal.scorecard.score IS 'total, rounded';
COMMENT ON COLUMN appraisal.scorecard.natural_grade IS 'grade of the score';
COMMENT ON COLUMN appraisal.scorecard.gate IS 'dimension whose gate was missed and caps the grade';
COMMENT ON COLUMN appraisal.scorecard.group_unit_id IS 'key of the unit whose group of the forced distribution it is';
COMMENT ON COLUMN appraisal.scorecard.group_unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.scorecard.quota_grade IS 'grade by the group''s cut line';
COMMENT ON COLUMN appraisal.scorecard.calibrated_grade IS 'grade that calibration gave';
COMMENT ON COLUMN appraisal.scorecard.final_grade IS 'calibrated, else quota, else natural grade';
COMMENT ON COLUMN appraisal.scorecard.rank IS 'place by score in the cycle; 1 is the best';
COMMENT ON COLUMN appraisal.scorecard.coefficient IS 'coefficient of the final grade';
COMMENT ON COLUMN appraisal.scorecard.box_label IS 'name of the performance and values box';
COMMENT ON COLUMN appraisal.scorecard.published_at IS 'when it was published; null before';

CREATE VIEW appraisal.scorecard_dimension WITH (security_invoker = true) AS
SELECT s.cycle_id, c.code AS cycle, s.participant_id, s.version, p.person_id, h.code AS person, p.unit_id, u.code AS unit,
       p.segment, p.segment_days, p.leads, d.code AS dimension, d.label, d."position", s.weight, s.coverage, s.score, s.grade, d.gate
FROM appraisal.dimension_score AS s
JOIN appraisal.cycle AS c ON c.cycle_id = s.cycle_id
JOIN appraisal.participant AS p ON p.cycle_id = s.cycle_id AND p.participant_id = s.participant_id
JOIN appraisal.unit AS u ON u.unit_id = p.unit_id
JOIN appraisal.dimension AS d ON d.dimension_id = s.dimension_id
LEFT JOIN appraisal.person AS h ON h.person_id = p.person_id
WHERE NOT EXISTS (SELECT FROM appraisal.dimension_score AS later
                  WHERE later.cycle_id = s.cycle_id AND later.participant_id = s.participant_id AND later.version > s.version);
COMMENT ON VIEW appraisal.scorecard_dimension IS 'the dimensions of each scorecard, a row each; once a segment for who moved';
COMMENT ON COLUMN appraisal.scorecard_dimension.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.scorecard_dimension.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.scorecard_dimension.participant_id IS 'key within the cycle, of the segment';
COMMENT ON COLUMN appraisal.scorecard_dimension.version IS 'version of the result';
COMMENT ON COLUMN appraisal.scorecard_dimension.person_id IS 'key of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard_dimension.person IS 'code of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard_dimension.unit_id IS 'key of the unit of the segment';
COMMENT ON COLUMN appraisal.scorecard_dimension.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.scorecard_dimension.segment IS 'counts the postings of the period from 1';
COMMENT ON COLUMN appraisal.scorecard_dimension.segment_days IS 'days of the segment, by which it weighs';
COMMENT ON COLUMN appraisal.scorecard_dimension.leads IS 'is it the segment that carries the result?';
COMMENT ON COLUMN appraisal.scorecard_dimension.dimension IS 'code of the dimension';
COMMENT ON COLUMN appraisal.scorecard_dimension.label IS 'its name in the scheme''s language';
COMMENT ON COLUMN appraisal.scorecard_dimension."position" IS 'order in which dimensions are shown';
COMMENT ON COLUMN appraisal.scorecard_dimension.weight IS 'per cent of the total';
COMMENT ON COLUMN appraisal.scorecard_dimension.coverage IS 'share of the indicators'' weight that had points, 0 to 1';
COMMENT ON COLUMN appraisal.scorecard_dimension.score IS 'weighted mean of the points; null if none';
COMMENT ON COLUMN appraisal.scorecard_dimension.grade IS 'grade by the dimension''s own scale';
COMMENT ON COLUMN appraisal.scorecard_dimension.gate IS 'a score below it caps the final grade';

CREATE VIEW appraisal.scorecard_source WITH (security_invoker = true) AS
SELECT s.cycle_id, c.code AS cycle, s.participant_id, s.version, p.person_id, h.code AS person, p.unit_id, u.code AS unit,
       p.segment, p.segment_days, p.leads, s.source, s.anonymous, s.weight, s.raters, s.state, s.score
FROM appraisal.source_score AS s
JOIN appraisal.cycle AS c ON c.cycle_id = s.cycle_id
JOIN appraisal.participant AS p ON p.cycle_id = s.cycle_id AND p.participant_id = s.participant_id
JOIN appraisal.unit AS u ON u.unit_id = p.unit_id
LEFT JOIN appraisal.person AS h ON h.person_id = p.person_id
WHERE NOT EXISTS (SELECT FROM appraisal.source_score AS later
                  WHERE later.cycle_id = s.cycle_id AND later.participant_id = s.participant_id AND later.version > s.version);
COMMENT ON VIEW appraisal.scorecard_source IS 'what each source gave, a row each; once a segment for who moved';
COMMENT ON COLUMN appraisal.scorecard_source.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.scorecard_source.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.scorecard_source.participant_id IS 'key within the cycle, of the segment';
COMMENT ON COLUMN appraisal.scorecard_source.version IS 'version of the result';
COMMENT ON COLUMN appraisal.scorecard_source.person_id IS 'key of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard_source.person IS 'code of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard_source.unit_id IS 'key of the unit of the segment';
COMMENT ON COLUMN appraisal.scorecard_source.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.scorecard_source.segment IS 'counts the postings of the period from 1';
COMMENT ON COLUMN appraisal.scorecard_source.segment_days IS 'days of the segment, by which it weighs';
COMMENT ON COLUMN appraisal.scorecard_source.leads IS 'is it the segment that carries the result?';
COMMENT ON COLUMN appraisal.scorecard_source.source IS 'self, manager, peer and so on';
COMMENT ON COLUMN appraisal.scorecard_source.anonymous IS 'is the person never told who rated?';
COMMENT ON COLUMN appraisal.scorecard_source.weight IS 'per cent of a rating';
COMMENT ON COLUMN appraisal.scorecard_source.raters IS 'raters whose reviews count; 0 for a source with too few';
COMMENT ON COLUMN appraisal.scorecard_source.state IS 'scored, or why it is missing';
COMMENT ON COLUMN appraisal.scorecard_source.score IS 'mean of its raters'' marks';

CREATE VIEW appraisal.ranking WITH (security_invoker = true) AS
SELECT s.cycle_id, s.cycle, s.subject, s.rank, s.participant_id, s.person_id, s.person, s.name, s.unit_id, s.unit, s.unit_title,
       s.job_group, s.score, s.final_grade, s.coefficient
FROM appraisal.scorecard AS s
WHERE s.rank IS NOT NULL;
COMMENT ON VIEW appraisal.ranking IS 'who has a score, with the place by it; people and each kind of unit are ranked apart';
COMMENT ON COLUMN appraisal.ranking.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.ranking.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.ranking.subject IS 'person or unit';
COMMENT ON COLUMN appraisal.ranking.rank IS 'place by score in the cycle, equal scores share one; 1 is the best';
COMMENT ON COLUMN appraisal.ranking.participant_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.ranking.person_id IS 'key of the person; null for a unit';
COMMENT ON COLUMN appraisal.ranking.person IS 'code of the person; null for a unit';
COMMENT ON COLUMN appraisal.ranking.name IS 'name of the person; null for a unit';
COMMENT ON COLUMN appraisal.ranking.unit_id IS 'key of the unit of then; the unit itself for a unit';
COMMENT ON COLUMN appraisal.ranking.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.ranking.unit_title IS 'name of that unit';
COMMENT ON COLUMN appraisal.ranking.job_group IS 'job group of then; the kind of unit for a unit';
COMMENT ON COLUMN appraisal.ranking.score IS 'total, rounded';
COMMENT ON COLUMN appraisal.ranking.final_grade IS 'grade in force';
COMMENT ON COLUMN appraisal.ranking.coefficient IS 'coefficient of that grade';
