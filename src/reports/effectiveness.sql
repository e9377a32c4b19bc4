-- What a scheme brings about: a cycle's figures beside those of the cycles before.

-- One cycle's figures, over the people who take part and the rows that the caller sees; over appraised units in a
-- cycle without people. direction is 1 where more is better, -1 where less is.
CREATE FUNCTION appraisal.cycle_measures(of_cycle bigint)
    RETURNS TABLE (place integer, measure text, item text, direction integer, value numeric)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    has_people CONSTANT boolean := EXISTS (SELECT FROM appraisal.participant AS p WHERE p.cycle_id = of_cycle AND p.person_id IS NOT NULL);
    grade_scale CONSTANT appraisal.grade_scale := (SELECT s.scale FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
                                                   WHERE c.cycle_id = of_cycle);
BEGIN
    RETURN QUERY
    WITH subject AS MATERIALIZED (
        SELECT p.participant_id, p.person_id, p.leads, p.segment_days, p.exempt_because,
               min(p.participant_id) FILTER (WHERE p.leads) OVER (PARTITION BY coalesce(p.person_id, -p.participant_id)) AS leading_id
        FROM appraisal.participant AS p
        WHERE p.cycle_id = of_cycle AND (p.person_id IS NOT NULL) = has_people
    ), outcome AS MATERIALIZED (
        SELECT r.participant_id, r.state, r.score, r.final_grade, r.published_at
        FROM appraisal.current_result AS r JOIN subject AS s USING (participant_id)
        WHERE r.cycle_id = of_cycle AND r.state <> 'exempt'
    ), review AS MATERIALIZED (
        SELECT v.status, v.late FROM appraisal.review AS v JOIN subject AS s USING (participant_id) WHERE v.cycle_id = of_cycle
    ), leniency AS MATERIALIZED (
        SELECT t.spread, t.leniency FROM appraisal.rater_statistics AS t WHERE t.cycle_id = of_cycle
    )
    SELECT 1, 'scored_share', NULL, 1, round(avg((o.score IS NOT NULL)::integer), 8) FROM outcome AS o HAVING count(*) > 0
    UNION ALL
    SELECT 2, 'score_mean', NULL, 1, round(avg(o.score), 8) FROM outcome AS o HAVING count(o.score) > 0
    UNION ALL
    SELECT 4, 'score_spread', NULL, NULL, round(stddev_samp(o.score), 8) FROM outcome AS o HAVING count(o.score) > 1
    UNION ALL
    SELECT 5, 'dimension_mean', d.code, 1, round(avg(e.score), 8)
    FROM (SELECT s.leading_id, x.dimension_id, sum(x.score * s.segment_days) / sum(s.segment_days) AS score
          FROM appraisal.dimension_score AS x JOIN subject AS s USING (participant_id)
          WHERE x.cycle_id = of_cycle AND x.score IS NOT NULL
            AND NOT EXISTS (SELECT FROM appraisal.dimension_score AS later
                            WHERE later.cycle_id = x.cycle_id AND later.participant_id = x.participant_id AND later.version > x.version)
          GROUP BY s.leading_id, x.dimension_id) AS e
    JOIN appraisal.dimension AS d USING (dimension_id)
    GROUP BY d.code
    UNION ALL
    SELECT 6, 'measurement_mean', i.code, CASE i.direction WHEN 'higher' THEN 1 WHEN 'lower' THEN -1 END, round(avg(m.value), 8)
    FROM appraisal.current_measurements(of_cycle) AS m
    JOIN subject AS s USING (participant_id)
    JOIN appraisal.indicator AS i USING (indicator_id)
    WHERE s.exempt_because IS NULL
    GROUP BY i.code, i.direction
    UNION ALL
    SELECT 8, 'grade_share', g.grade, NULL, round(count(*) FILTER (WHERE o.final_grade = g.grade) / count(o.final_grade)::numeric, 8)
    FROM appraisal.grades(grade_scale) AS g CROSS JOIN outcome AS o
    GROUP BY g.rank, g.grade HAVING count(o.final_grade) > 0
    UNION ALL
    SELECT 10, k.measure, NULL, k.direction, k.value
    FROM (SELECT count(*)::numeric AS filed, count(*) FILTER (WHERE a.status = 'upheld')::numeric AS upheld,
                 count(*) FILTER (WHERE a.status IN ('upheld', 'dismissed')) AS decided
          FROM appraisal.appeal AS a JOIN subject AS s USING (participant_id) WHERE a.cycle_id = of_cycle) AS n
    CROSS JOIN (SELECT count(*) FILTER (WHERE o.published_at IS NOT NULL) AS published FROM outcome AS o) AS r
    CROSS JOIN LATERAL (VALUES ('appeals_filed', NULL, n.filed), ('appeals_filed_share', NULL, round(n.filed / nullif(r.published, 0), 8)),
                               ('appeals_upheld', -1, n.upheld), ('appeals_upheld_share', -1, round(n.upheld / nullif(n.decided, 0), 8))) AS k (measure, direction, value)
    WHERE r.published > 0 AND k.value IS NOT NULL
    UNION ALL
    SELECT 12, 'reviews_missing_share', NULL, -1, round(avg((v.status <> 'submitted')::integer), 8) FROM review AS v HAVING count(*) > 0
    UNION ALL
    SELECT 13, 'reviews_late_share', NULL, -1, round(avg(v.late::integer), 8) FROM review AS v HAVING count(v.late) > 0
    UNION ALL
    SELECT 14, 'rater_spread', NULL, NULL, round(avg(l.spread), 8) FROM leniency AS l HAVING count(l.spread) > 0
    UNION ALL
    SELECT 15, 'rater_leniency_spread', NULL, -1, round(stddev_samp(l.leniency), 8) FROM leniency AS l HAVING count(l.leniency) > 1
    UNION ALL
    SELECT 16, 'rater_agreement', k.item, 1, k.value
    FROM appraisal.rater_agreement AS a CROSS JOIN LATERAL (VALUES ('alpha', a.alpha), ('icc', a.icc)) AS k (item, value)
    WHERE a.cycle_id = of_cycle AND k.value IS NOT NULL
    UNION ALL
    SELECT 17, 'survey_turnout', NULL, 1, round(s.answered::numeric / s.asked, 8)
    FROM appraisal.survey AS s WHERE s.cycle_id = of_cycle AND s.closed_at IS NOT NULL AND (SELECT appraisal.reads_surveys())
    UNION ALL
    SELECT 18, 'survey_mean', q.code, NULL, round(m.mean, 8)
    FROM appraisal.survey_means(of_cycle) AS m
    JOIN appraisal.survey_question AS q ON q.cycle_id = of_cycle AND q.question_no = m.question_no
    WHERE m.mean IS NOT NULL;
END
$$;
COMMENT ON FUNCTION appraisal.cycle_measures(bigint) IS
    'figures by which effectiveness() compares cycles, of one cycle, over the rows that the caller sees';

CREATE FUNCTION appraisal.cycle_before(of_cycle bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT b.cycle_id
            FROM appraisal.cycle AS c
            JOIN appraisal.scheme AS s USING (scheme_id)
            JOIN appraisal.cycle AS b ON b.period = c.period AND upper(b.during) <= lower(c.during) AND b.status IN ('published', 'closed')
            JOIN appraisal.scheme AS t ON t.scheme_id = b.scheme_id AND t.code = s.code
            WHERE c.cycle_id = of_cycle
            ORDER BY upper(b.during) DESC, b.cycle_id DESC LIMIT 1);
END
$$;
COMMENT ON FUNCTION appraisal.cycle_before(bigint) IS
    'the last published cycle of the same scheme, in whatever version, and kind of period that was over when this one began';

CREATE FUNCTION appraisal.cycle_figures(of_cycle bigint)
    RETURNS TABLE (place integer, measure text, item text, direction integer, who bigint, value numeric)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT f.place, f.measure, f.item, f.direction, coalesce(p.person_id, -p.appraised_unit_id), avg(f.value)
    FROM (SELECT 3 AS place, 'score_mean_of_same' AS measure, '' AS item, 1 AS direction, r.participant_id, r.score AS value
          FROM appraisal.current_result AS r WHERE r.cycle_id = of_cycle AND r.score IS NOT NULL
          UNION ALL
          SELECT 7, 'measurement_mean_of_same', i.code, CASE i.direction WHEN 'higher' THEN 1 WHEN 'lower' THEN -1 END, m.participant_id, m.value
          FROM appraisal.current_measurements(of_cycle) AS m JOIN appraisal.indicator AS i USING (indicator_id)) AS f
    JOIN appraisal.participant AS p ON p.cycle_id = of_cycle AND p.participant_id = f.participant_id
    WHERE p.exempt_because IS NULL
    GROUP BY 1, 2, 3, 4, 5;
END
$$;
COMMENT ON FUNCTION appraisal.cycle_figures(bigint) IS
    'scores and figures of each person, or unit, of a cycle, by which effectiveness() compares those who are in several';

-- What there is in one cycle only has no change. Drift is half the sum of the differences between the shares of the
-- grades: the share of people who would have to have another grade to be graded as before.
CREATE FUNCTION appraisal.effectiveness(cycle text, against text[] DEFAULT NULL)
    RETURNS TABLE (measure text, item text, value numeric, before numeric, change numeric, better boolean)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    cycles_before CONSTANT bigint[] := CASE WHEN against IS NULL THEN array_remove(ARRAY[appraisal.cycle_before(this_cycle)], NULL)
                                            ELSE ARRAY(SELECT appraisal.cycle_of_code(a.code) FROM unnest(against) AS a (code)) END;
    graded_alike CONSTANT boolean := (SELECT count(DISTINCT ARRAY(SELECT g.grade FROM appraisal.grades(s.scale) AS g ORDER BY g.rank)) = 1
                                             AND bool_and(s.scale IS NOT NULL)
                                      FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
                                      WHERE c.cycle_id = ANY (this_cycle || cycles_before));
BEGIN
    RETURN QUERY
    WITH measured AS MATERIALIZED (
        SELECT b.is_now, m.place, m.measure, coalesce(m.item, '') AS item, max(m.direction) AS direction, round(avg(m.value), 8) AS value
        FROM (SELECT k.cycle_id, k.cycle_id = this_cycle AS is_now FROM unnest(this_cycle || cycles_before) AS k (cycle_id)) AS b
        CROSS JOIN LATERAL appraisal.cycle_measures(b.cycle_id) AS m
        GROUP BY 1, 2, 3, 4
    ), figure AS MATERIALIZED (
        SELECT b.is_now, f.place, f.measure, f.item, max(f.direction) AS direction, f.who, avg(f.value) AS value
        FROM (SELECT k.cycle_id, k.cycle_id = this_cycle AS is_now FROM unnest(this_cycle || cycles_before) AS k (cycle_id)) AS b
        CROSS JOIN LATERAL appraisal.cycle_figures(b.cycle_id) AS f
        GROUP BY 1, 2, 3, 4, 6
    ), compared AS (
        SELECT k.place, k.measure, k.item, coalesce(n.direction, b.direction) AS direction, n.value, b.value AS before
        FROM (SELECT DISTINCT m.place, m.measure, m.item FROM measured AS m) AS k
        LEFT JOIN measured AS n ON n.is_now AND n.measure = k.measure AND n.item = k.item
        LEFT JOIN measured AS b ON NOT b.is_now AND b.measure = k.measure AND b.item = k.item
        UNION ALL
        SELECT n.place, n.measure, n.item, max(n.direction), round(avg(n.value), 8), round(avg(b.value), 8)
        FROM figure AS n JOIN figure AS b ON b.measure = n.measure AND b.item = n.item AND b.who = n.who AND NOT b.is_now
        WHERE n.is_now
        GROUP BY n.place, n.measure, n.item
        UNION ALL
        SELECT 9, 'grade_drift', '', -1, round(sum(abs(n.value - b.value)) / 2, 8), NULL
        FROM measured AS n JOIN measured AS b ON b.measure = n.measure AND b.item = n.item AND NOT b.is_now
        WHERE n.is_now AND n.measure = 'grade_share' AND graded_alike
        HAVING count(*) > 0
    )
    SELECT c.measure, nullif(c.item, ''), c.value, c.before, c.value - c.before,
           CASE WHEN c.value <> c.before THEN sign(c.value - c.before) = c.direction END
    FROM compared AS c
    LEFT JOIN appraisal.grades((SELECT s.scale FROM appraisal.cycle AS y JOIN appraisal.scheme AS s USING (scheme_id)
                                WHERE y.cycle_id = this_cycle)) AS g ON c.measure = 'grade_share' AND g.grade = c.item
    ORDER BY c.place, c.measure, g.rank, c.item;
END
$$;
COMMENT ON FUNCTION appraisal.effectiveness(text, text[]) IS
    'what changed in a cycle against the one before by the same scheme, or the mean of those named: scores, figures, grades, appeals, lateness, raters, survey; over the rows that the caller sees';
