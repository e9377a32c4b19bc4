-- How raters rate. Self-appraisals are left out: they have no other raters to stand beside. What others gave is
-- reckoned over the reviews that the reader sees, so it tells nobody of a review that is hidden.

CREATE VIEW appraisal.review_summary WITH (security_invoker = true) AS
SELECT v.cycle_id, v.review_id, v.participant_id, v.rater_id, v.source, v.anonymous,
       appraisal.score_summary(m.score) AS marks,
       count(*) FILTER (WHERE m.score = e.lowest)::integer AS lowest_marks,
       count(*) FILTER (WHERE m.score = e.highest)::integer AS highest_marks
FROM appraisal.review AS v
JOIN appraisal.rating AS m ON m.cycle_id = v.cycle_id AND m.review_id = v.review_id
JOIN (SELECT i.indicator_id,
             CASE i.kind WHEN 'gated' THEN 0 ELSE coalesce(i."least", min(coalesce(l."least", l.points))) END AS lowest,
             CASE i.kind WHEN 'gated' THEN count(l.*) ELSE coalesce(i.most, max(l.points)) END AS highest
      FROM appraisal.indicator AS i LEFT JOIN appraisal.indicator_level AS l ON l.indicator_id = i.indicator_id
      GROUP BY i.indicator_id, i.kind, i."least", i.most) AS e ON e.indicator_id = m.indicator_id
WHERE v.status = 'submitted'
GROUP BY v.cycle_id, v.review_id;
COMMENT ON VIEW appraisal.review_summary IS 'submitted reviews with a summary of their marks';
COMMENT ON COLUMN appraisal.review_summary.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.review_summary.review_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.review_summary.participant_id IS 'who is reviewed';
COMMENT ON COLUMN appraisal.review_summary.rater_id IS 'who reviews';
COMMENT ON COLUMN appraisal.review_summary.source IS 'as what';
COMMENT ON COLUMN appraisal.review_summary.anonymous IS 'is the person never told who rated?';
COMMENT ON COLUMN appraisal.review_summary.marks IS 'its marks: summary_mean(marks) and the like read it, merge_summaries() adds up several';
COMMENT ON COLUMN appraisal.review_summary.lowest_marks IS 'marks that could not be lower';
COMMENT ON COLUMN appraisal.review_summary.highest_marks IS 'marks that could not be higher';

CREATE VIEW appraisal.rater_statistics WITH (security_invoker = true) AS
SELECT c.cycle_id, c.code AS cycle, t.rater_id, h.code AS rater, h.name, t.reviews, appraisal.summary_count(t.marks) AS marks,
       appraisal.summary_mean(t.marks) AS mean, appraisal.summary_stddev(t.marks) AS spread,
       t.compared, t.leniency, round(t.lowest_marks::numeric / appraisal.summary_count(t.marks), 4) AS lowest_share,
       round(t.highest_marks::numeric / appraisal.summary_count(t.marks), 4) AS highest_share
FROM appraisal.cycle AS c
CROSS JOIN LATERAL (
    SELECT v.rater_id, count(*)::integer AS reviews, appraisal.merge_summaries(v.marks) AS marks,
           count(*) FILTER (WHERE v.raters > 1)::integer AS compared,
           round(avg(v.mean - (v.of_all - v.mean) / (v.raters - 1)) FILTER (WHERE v.raters > 1), 8) AS leniency,
           sum(v.lowest_marks) AS lowest_marks, sum(v.highest_marks) AS highest_marks
    FROM (SELECT r.*, sum(r.mean) OVER of_one AS of_all, nullif(count(*) OVER of_one, 1) AS raters
          FROM (SELECT s.participant_id, s.rater_id, s.marks, appraisal.summary_mean(s.marks) AS mean, s.lowest_marks, s.highest_marks
                FROM appraisal.review_summary AS s
                WHERE s.cycle_id = c.cycle_id AND s.source <> 'self') AS r
          WINDOW of_one AS (PARTITION BY r.participant_id)) AS v
    GROUP BY v.rater_id) AS t
LEFT JOIN appraisal.person AS h ON h.person_id = t.rater_id;
COMMENT ON VIEW appraisal.rater_statistics IS
    'how each rater rates in a cycle, beside the other raters of the same people, self-appraisals left out; over the reviews that the reader sees';
COMMENT ON COLUMN appraisal.rater_statistics.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.rater_statistics.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.rater_statistics.rater_id IS 'key of the rater';
COMMENT ON COLUMN appraisal.rater_statistics.rater IS 'code of the rater';
COMMENT ON COLUMN appraisal.rater_statistics.name IS 'name of the rater';
COMMENT ON COLUMN appraisal.rater_statistics.reviews IS 'reviews submitted';
COMMENT ON COLUMN appraisal.rater_statistics.marks IS 'marks in them';
COMMENT ON COLUMN appraisal.rater_statistics.mean IS 'mean of the marks';
COMMENT ON COLUMN appraisal.rater_statistics.spread IS 'standard deviation of the marks';
COMMENT ON COLUMN appraisal.rater_statistics.compared IS 'reviews of people whom others review, too';
COMMENT ON COLUMN appraisal.rater_statistics.leniency IS 'by how much the mean of such a review is above the mean of the others of the same person, on average; below 0 is strict';
COMMENT ON COLUMN appraisal.rater_statistics.lowest_share IS 'share of marks that could not be lower';
COMMENT ON COLUMN appraisal.rater_statistics.highest_share IS 'share of marks that could not be higher';

CREATE VIEW appraisal.rater_agreement WITH (security_invoker = true) AS
SELECT c.cycle_id, c.code AS cycle, t.people, t.reviews, t.alpha, t.icc
FROM appraisal.cycle AS c
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS people, sum(o.reviews)::integer AS reviews, round(appraisal.krippendorff_alpha(o.means), 8) AS alpha,
           round(appraisal.icc(o.means), 8) AS icc
    FROM (SELECT s.participant_id, count(*) AS reviews, appraisal.score_summary(appraisal.summary_mean(s.marks)) AS means
          FROM appraisal.review_summary AS s
          WHERE s.cycle_id = c.cycle_id AND s.source <> 'self'
          GROUP BY s.participant_id) AS o
    WHERE o.reviews > 1
    HAVING count(*) > 0) AS t;
COMMENT ON VIEW appraisal.rater_agreement IS
    'how far the raters of a cycle agree on the people who have several, self-appraisals left out; over the reviews that the reader sees';
COMMENT ON COLUMN appraisal.rater_agreement.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.rater_agreement.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.rater_agreement.people IS 'who has more than one review';
COMMENT ON COLUMN appraisal.rater_agreement.reviews IS 'reviews of these';
COMMENT ON COLUMN appraisal.rater_agreement.alpha IS 'Krippendorff''s alpha of the reviews'' means: 1 is full agreement, 0 none beyond chance';
COMMENT ON COLUMN appraisal.rater_agreement.icc IS 'share of the variance that is between people: ICC(1)';
