-- Each group's results are read once, by index, and counted; so a whole cycle is read once, too, and one unit
-- by itself. A grade that the scale does not have, as imported results may, is not counted, and the heads do not
-- add up to those seen. Which grades a rule of a quota counts is asked of quota_check() with one head in one grade.

CREATE VIEW appraisal.grade_distribution WITH (security_invoker = true) AS
SELECT c.cycle_id, c.code AS cycle, 'person' AS level, u.unit_id, u.code AS unit, u.title AS unit_title, l.members, n.seen,
       e.rank AS place, e.grade, coalesce(n.natural_heads[e.rank], 0) AS natural_heads,
       coalesce(n.quota_heads[e.rank], 0) AS quota_heads, coalesce(n.final_heads[e.rank], 0) AS final_heads,
       b."least", b.most, b.least_or_better, b.most_or_better
FROM appraisal.cycle AS c
JOIN appraisal.scheme AS s ON s.scheme_id = c.scheme_id AND s.quota IS NOT NULL
JOIN appraisal.cut_line AS l ON l.cycle_id = c.cycle_id
JOIN appraisal.unit AS u ON u.unit_id = l.unit_id
CROSS JOIN LATERAL (SELECT array_agg(a.grade) AS labels FROM appraisal.grades(s.scale) AS a) AS k
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS seen, appraisal.grade_counts(r.natural_grade, s.scale) FILTER (WHERE r.natural_grade = ANY (k.labels)) AS natural_heads,
           appraisal.grade_counts(r.quota_grade, s.scale) FILTER (WHERE r.quota_grade = ANY (k.labels)) AS quota_heads, appraisal.grade_counts(r.final_grade, s.scale) FILTER (WHERE r.final_grade = ANY (k.labels)) AS final_heads
    FROM appraisal.current_result AS r
    WHERE r.cycle_id = l.cycle_id AND r.cohort_unit_id = l.unit_id
    HAVING count(*) > 0) AS n
CROSS JOIN LATERAL appraisal.grades(s.scale) AS e
LEFT JOIN LATERAL (
    SELECT max(a."least") FILTER (WHERE a.is_own) AS "least", min(a.most) FILTER (WHERE a.is_own) AS most,
           max(CASE WHEN a.is_upper THEN a."least" ELSE l.members - a.most END) FILTER (WHERE a.is_upper OR a.is_lower) AS least_or_better,
           min(CASE WHEN a.is_upper THEN a.most ELSE l.members - a."least" END) FILTER (WHERE a.is_upper OR a.is_lower) AS most_or_better
    FROM (SELECT k."least", k.most, m.first = e.rank AND m.last = e.rank AS is_own, m.first = 1 AND m.last = e.rank AS is_upper,
                 m.last = m.grades AND m.first = e.rank + 1 AS is_lower
          FROM appraisal.quota_bounds(s.quota, s.scale, l.members) WITH ORDINALITY AS k (rule, "least", most, place)
          JOIN (SELECT t.place, min(o.rank) AS first, max(o.rank) AS last, max(o.grades) AS grades
                FROM (SELECT w.rank, count(*) OVER () AS grades FROM appraisal.grades(s.scale) AS w) AS o
                CROSS JOIN LATERAL appraisal.quota_check(
                    array_fill(0, ARRAY[o.rank - 1]) || 1 || array_fill(0, ARRAY[(o.grades - o.rank)::integer]), s.scale, s.quota)
                    WITH ORDINALITY AS t (rule, "least", most, actual, heads_out, place)
                WHERE t.actual = 1
                GROUP BY t.place) AS m ON m.place = k.place) AS a
    WHERE a.is_own OR a.is_upper OR a.is_lower) AS b ON true
UNION ALL
SELECT c.cycle_id, c.code, 'person', u.unit_id, u.code, u.title, n.seen, n.seen, e.rank, e.grade,
       coalesce(n.natural_heads[e.rank], 0), NULL, coalesce(n.final_heads[e.rank], 0),
       NULL, NULL, NULL, NULL
FROM appraisal.cycle AS c
JOIN appraisal.scheme AS s ON s.scheme_id = c.scheme_id AND s.quota IS NULL AND s.scale IS NOT NULL
CROSS JOIN appraisal.unit AS u
CROSS JOIN LATERAL (SELECT array_agg(a.grade) AS labels FROM appraisal.grades(s.scale) AS a) AS k
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS seen, appraisal.grade_counts(r.natural_grade, s.scale) FILTER (WHERE r.natural_grade = ANY (k.labels)) AS natural_heads,
           appraisal.grade_counts(r.final_grade, s.scale) FILTER (WHERE r.final_grade = ANY (k.labels)) AS final_heads
    FROM appraisal.participant AS p
    JOIN appraisal.current_result AS r ON r.cycle_id = p.cycle_id AND r.participant_id = p.participant_id
    WHERE p.unit_id = u.unit_id AND p.cycle_id = c.cycle_id AND p.person_id IS NOT NULL AND r.score IS NOT NULL
    HAVING count(*) > 0) AS n
CROSS JOIN LATERAL appraisal.grades(s.scale) AS e
UNION ALL
SELECT c.cycle_id, c.code, n.job_group, NULL, NULL, NULL, n.seen, n.seen, e.rank, e.grade,
       coalesce(n.natural_heads[e.rank], 0), NULL, coalesce(n.final_heads[e.rank], 0),
       NULL, NULL, NULL, NULL
FROM appraisal.cycle AS c
JOIN appraisal.scheme AS s ON s.scheme_id = c.scheme_id AND s.scale IS NOT NULL
CROSS JOIN LATERAL (SELECT array_agg(a.grade) AS labels FROM appraisal.grades(s.scale) AS a) AS k
CROSS JOIN LATERAL (
    SELECT p.job_group, count(*)::integer AS seen, appraisal.grade_counts(r.natural_grade, s.scale) FILTER (WHERE r.natural_grade = ANY (k.labels)) AS natural_heads,
           appraisal.grade_counts(r.final_grade, s.scale) FILTER (WHERE r.final_grade = ANY (k.labels)) AS final_heads
    FROM appraisal.participant AS p
    JOIN appraisal.current_result AS r ON r.cycle_id = p.cycle_id AND r.participant_id = p.participant_id
    WHERE p.cycle_id = c.cycle_id AND p.appraised_unit_id IS NOT NULL AND r.score IS NOT NULL
    GROUP BY p.job_group) AS n
CROSS JOIN LATERAL appraisal.grades(s.scale) AS e;
COMMENT ON VIEW appraisal.grade_distribution IS
    'how many have which grade, by group of the forced distribution, or by unit where there is none, and by kind for appraised units; counted are the results that the reader sees';
COMMENT ON COLUMN appraisal.grade_distribution.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.grade_distribution.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.grade_distribution.level IS 'person, or the kind of the appraised units';
COMMENT ON COLUMN appraisal.grade_distribution.unit_id IS 'key of the unit whose group it is; null for appraised units';
COMMENT ON COLUMN appraisal.grade_distribution.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.grade_distribution.unit_title IS 'name of that unit';
COMMENT ON COLUMN appraisal.grade_distribution.members IS 'with a score in the group, whoever is asking; the bounds are for so many';
COMMENT ON COLUMN appraisal.grade_distribution.seen IS 'those of them whose results the reader sees: the counts are over these';
COMMENT ON COLUMN appraisal.grade_distribution.place IS 'place of the grade in the scale; 1 is the best';
COMMENT ON COLUMN appraisal.grade_distribution.grade IS 'the grade';
COMMENT ON COLUMN appraisal.grade_distribution.natural_heads IS 'how many have it by their score';
COMMENT ON COLUMN appraisal.grade_distribution.quota_heads IS 'how many have it by the group''s cut line; null without a quota';
COMMENT ON COLUMN appraisal.grade_distribution.final_heads IS 'how many have it in the end';
COMMENT ON COLUMN appraisal.grade_distribution."least" IS 'the quota''s least for this grade by itself; null for no such rule';
COMMENT ON COLUMN appraisal.grade_distribution.most IS 'the quota''s most for this grade by itself';
COMMENT ON COLUMN appraisal.grade_distribution.least_or_better IS 'the quota''s least for this grade and all better ones';
COMMENT ON COLUMN appraisal.grade_distribution.most_or_better IS 'the quota''s most for this grade and all better ones; a rule for the lower end says the same';
