-- How somebody went through the parts of a longer period: a line for the total and one for each dimension.

CREATE VIEW appraisal.result_trend WITH (security_invoker = true) AS
SELECT p.cycle_id, c.code AS cycle, p.participant_id, CASE WHEN p.person_id IS NULL THEN 'unit' ELSE 'person' END AS subject,
       p.person_id, h.code AS person, h.name, p.unit_id, u.code AS unit, u.title AS unit_title, p.job_group,
       d.code AS dimension, d.label, t.parts, t.scores, t.last_score - t.first_score AS change,
       CASE WHEN t.dimension_id IS NULL THEN r.score ELSE s.score END AS score
FROM appraisal.participant AS p
JOIN appraisal.cycle AS c ON c.cycle_id = p.cycle_id
JOIN appraisal.unit AS u ON u.unit_id = p.unit_id
LEFT JOIN appraisal.person AS h ON h.person_id = p.person_id
CROSS JOIN LATERAL (
    SELECT x.dimension_id, array_agg(k.code ORDER BY lower(k.during), k.cycle_id) AS parts,
           array_agg(x.score ORDER BY lower(k.during), k.cycle_id) AS scores,
           CASE WHEN count(x.score) > 1
                THEN (array_agg(x.score ORDER BY lower(k.during), k.cycle_id) FILTER (WHERE x.score IS NOT NULL))[1] END AS first_score,
           (array_agg(x.score ORDER BY lower(k.during) DESC, k.cycle_id DESC) FILTER (WHERE x.score IS NOT NULL))[1] AS last_score
    FROM (SELECT o.part_cycle_id, NULL::bigint AS dimension_id, o.score
          FROM appraisal.part_score AS o
          WHERE o.cycle_id = p.cycle_id AND o.participant_id = p.participant_id AND o.version = 1
          UNION ALL
          SELECT o.part_cycle_id, e.dimension_id, e.score
          FROM appraisal.part_score AS o CROSS JOIN unnest(o.dimensions, o.dimension_scores) AS e (dimension_id, score)
          WHERE o.cycle_id = p.cycle_id AND o.participant_id = p.participant_id AND o.version = 1) AS x
    JOIN appraisal.cycle AS k ON k.cycle_id = x.part_cycle_id
    GROUP BY x.dimension_id) AS t
LEFT JOIN appraisal.dimension AS d ON d.dimension_id = t.dimension_id
LEFT JOIN appraisal.current_result AS r ON r.cycle_id = p.cycle_id AND r.participant_id = p.participant_id
LEFT JOIN appraisal.dimension_score AS s
    ON s.cycle_id = p.cycle_id AND s.participant_id = p.participant_id AND s.version = 1 AND s.dimension_id = t.dimension_id;
COMMENT ON VIEW appraisal.result_trend IS
    'the scores of the parts of a longer period in order of time, of the total and of each dimension, as the result took them in';
COMMENT ON COLUMN appraisal.result_trend.cycle_id IS 'key of the cycle of the longer period';
COMMENT ON COLUMN appraisal.result_trend.cycle IS 'code of that cycle';
COMMENT ON COLUMN appraisal.result_trend.participant_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.result_trend.subject IS 'person or unit';
COMMENT ON COLUMN appraisal.result_trend.person_id IS 'key of the person; null for a unit';
COMMENT ON COLUMN appraisal.result_trend.person IS 'code of the person; null for a unit';
COMMENT ON COLUMN appraisal.result_trend.name IS 'name of the person; null for a unit';
COMMENT ON COLUMN appraisal.result_trend.unit_id IS 'key of the unit of then';
COMMENT ON COLUMN appraisal.result_trend.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.result_trend.unit_title IS 'name of that unit';
COMMENT ON COLUMN appraisal.result_trend.job_group IS 'job group of then';
COMMENT ON COLUMN appraisal.result_trend.dimension IS 'code of the dimension; null for the total';
COMMENT ON COLUMN appraisal.result_trend.label IS 'its name in the scheme''s language';
COMMENT ON COLUMN appraisal.result_trend.parts IS 'codes of the cycles of the shorter periods, in order of time';
COMMENT ON COLUMN appraisal.result_trend.scores IS 'the scores in them; null where there was none';
COMMENT ON COLUMN appraisal.result_trend.change IS 'the last score less the first, of those that are there; null if there are not two';
COMMENT ON COLUMN appraisal.result_trend.score IS 'score of the longer period, rolled up or, where the parts are for reference, by itself';
