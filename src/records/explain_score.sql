-- How a result came about, step by step, from what is stored of it.

CREATE FUNCTION appraisal.explain_score(cycle text, person text DEFAULT NULL, unit text DEFAULT NULL)
    RETURNS TABLE (step integer, what text, label text, raw numeric, weight numeric, points numeric, note text)
LANGUAGE plpgsql STABLE ROWS 50 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    this_person CONSTANT bigint := CASE WHEN person IS NOT NULL THEN appraisal.person_of_code(person) END;
    this_unit CONSTANT bigint := CASE WHEN unit IS NOT NULL THEN appraisal.unit_of_code(unit) END;
    rule appraisal.scheme;
    this appraisal.result;
    computed appraisal.result;
BEGIN
    SELECT s.* INTO rule FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = this_cycle;
    SELECT r.* INTO this
    FROM appraisal.participant AS p JOIN appraisal.result AS r USING (cycle_id, participant_id)
    WHERE p.cycle_id = this_cycle AND (p.person_id = this_person OR p.appraised_unit_id = this_unit)
    ORDER BY r.version DESC LIMIT 1;
    -- what was computed, and the parts that it rests on, is version 1; later ones were given by appeals
    SELECT r.* INTO computed
    FROM appraisal.result AS r WHERE r.cycle_id = this_cycle AND r.participant_id = this.participant_id AND r.version = 1;
    RETURN QUERY
    WITH segment AS (
        SELECT p.participant_id, p.segment, p.segment_days, p.job_group, u.title AS unit_title, count(*) OVER () AS segments,
               p.job_group IN (SELECT appraisal.rolled_groups(this_cycle)) AS is_rolled
        FROM appraisal.participant AS p JOIN appraisal.unit AS u USING (unit_id)
        WHERE p.cycle_id = this_cycle AND (p.person_id = this_person OR p.appraised_unit_id = this_unit) AND p.exempt_because IS NULL
    ),
    dimension AS (
        SELECT g.segment, d.label, d."position", s.*
        FROM segment AS g
        JOIN appraisal.dimension_score AS s ON s.cycle_id = this_cycle AND s.participant_id = g.participant_id AND s.version = 1
        JOIN appraisal.dimension AS d USING (dimension_id)
    ),
    line (place, segment, part, detail, what, label, raw, weight, points, note) AS (
        SELECT 1, g.segment, 0, r.rater_rule_id, 'source', coalesce(r.label, s.source), s.raters::numeric, s.weight, s.score,
               CASE WHEN s.state <> 'scored' THEN s.state WHEN s.weight = 0 THEN 'does not count' END
        FROM segment AS g
        JOIN appraisal.source_score AS s ON s.cycle_id = this_cycle AND s.participant_id = g.participant_id AND s.version = 1
        LEFT JOIN LATERAL (
            SELECT x.rater_rule_id, x.label FROM appraisal.rater_rule AS x
            WHERE x.scheme_id = rule.scheme_id AND x.source = s.source AND x.job_group IN (g.job_group, '*')
            ORDER BY (x.job_group = '*') LIMIT 1) AS r ON true
        UNION ALL
        SELECT 2, d.segment, d."position", e.place, 'indicator', i.label, e.figure, e.weight, e.points,
               CASE WHEN e.points IS NULL THEN 'missing' WHEN i.reads = 'attainment' THEN 'attainment of the target'
                    WHEN i.kind = 'measured' THEN i.unit ELSE 'rated' END
        FROM dimension AS d
        CROSS JOIN unnest(d.scheme_indicators, d.weights, d.figures, d.points) WITH ORDINALITY
            AS e (scheme_indicator_id, weight, figure, points, place)
        JOIN appraisal.scheme_indicator AS u ON u.scheme_indicator_id = e.scheme_indicator_id
        JOIN appraisal.indicator AS i USING (indicator_id)
        UNION ALL
        SELECT 2, d.segment, d."position", 1000000, 'dimension', d.label, NULL, d.weight, d.score,
               concat_ws(', ', d.grade, CASE WHEN d.coverage < 1 THEN format('%s of the weight is covered', d.coverage) END)
        FROM dimension AS d
        UNION ALL
        SELECT 3, g.segment, 0, 0, 'segment', g.unit_title, NULL, g.segment_days, appraisal.weighted_score(d.score, d.weight), 'days'
        FROM segment AS g JOIN dimension AS d USING (segment)
        WHERE g.segments > 1 AND NOT g.is_rolled
        GROUP BY g.segment, g.unit_title, g.segment_days
        UNION ALL
        SELECT 3, 0, row_number() OVER (ORDER BY lower(k.during), k.cycle_id)::integer, 0, 'part', k.title, NULL, o.weight, o.score,
               CASE WHEN o.state <> 'scored' THEN o.state
                    ELSE concat_ws(', ', CASE WHEN o.weight = 0 THEN 'does not count' END,
                                   CASE WHEN o.part_version > 1 THEN format('version %s', o.part_version) END) END
        FROM segment AS g
        JOIN appraisal.part_score AS o ON o.cycle_id = this_cycle AND o.participant_id = g.participant_id AND o.version = 1
        JOIN appraisal.cycle AS k ON k.cycle_id = o.part_cycle_id
        UNION ALL
        -- beside segments that are appraised by themselves the parts count by the days of the others
        SELECT 3, 0, 1000000, 0, 'parts', min(c.combined_by), NULL, CASE WHEN e.exist THEN sum(g.segment_days) END, trim_scale(max(t.total)),
               CASE WHEN e.exist THEN 'days' END
        FROM segment AS g
        JOIN appraisal.composed_groups(this_cycle) AS c ON c.job_group = g.job_group AND g.is_rolled
        JOIN appraisal.rolled_totals(this_cycle, ARRAY(SELECT x.participant_id FROM segment AS x)) AS t ON t.participant_id = g.participant_id
        CROSS JOIN (SELECT bool_or(NOT x.is_rolled) AS exist FROM segment AS x) AS e
        GROUP BY e.exist
        HAVING max(t.total) IS NOT NULL
        UNION ALL
        SELECT v.place, 0, 0, 0, v.what, v.label, v.raw, v.weight, v.points, v.note
        FROM (VALUES
            (4, 'state', computed.state, NULL::numeric, NULL::numeric, NULL::numeric,
             CASE WHEN computed.coverage < 1 THEN format('%s of the weight is covered', computed.coverage) END, true),
            (5, 'total', NULL, NULL, NULL, computed.raw_score, NULL, computed.score IS NOT NULL),
            (6, 'score', NULL, computed.raw_score, NULL, computed.score,
             format('%s to %s decimals', CASE rule.rounding WHEN 'down' THEN 'cut' ELSE 'rounded half up' END, rule.decimals),
             computed.score IS NOT NULL),
            (8, 'gate', (SELECT d.label FROM appraisal.dimension AS d WHERE d.dimension_id = this.gate_dimension_id),
             (SELECT d.score FROM dimension AS d WHERE d.dimension_id = this.gate_dimension_id AND d.participant_id = this.participant_id),
             NULL, (SELECT d.gate FROM appraisal.dimension AS d WHERE d.dimension_id = this.gate_dimension_id),
             (SELECT d.gate_grade FROM appraisal.dimension AS d WHERE d.dimension_id = this.gate_dimension_id),
             this.gate_dimension_id IS NOT NULL),
            (9, 'natural grade', this.natural_grade, CASE rule.grade_reads WHEN 'raw' THEN this.raw_score ELSE this.score END, NULL, NULL,
             rule.scale::text, this.natural_grade IS NOT NULL),
            (10, 'quota grade', this.quota_grade, CASE rule.grade_reads WHEN 'raw' THEN this.raw_score ELSE this.score END, NULL, NULL,
             (SELECT concat_ws(': ', u.title, l.scale)
              FROM appraisal.cut_line AS l JOIN appraisal.unit AS u USING (unit_id)
              WHERE l.cycle_id = this_cycle AND l.unit_id = this.cohort_unit_id),
             this.cohort_unit_id IS NOT NULL),
            (11, 'calibrated grade', this.calibrated_grade, NULL, NULL, NULL,
             CASE WHEN this.calibrated_grade IS DISTINCT FROM computed.calibrated_grade THEN 'by appeal' END, this.calibrated_grade IS NOT NULL),
            (12, 'final grade', this.final_grade, NULL, NULL, this.coefficient, CASE WHEN this.coefficient IS NOT NULL THEN 'coefficient' END,
             this.final_grade IS NOT NULL)
        ) AS v (place, what, label, raw, weight, points, note, is_there)
        WHERE v.is_there
        UNION ALL
        SELECT 7, 0, r.version, 0, 'appeal', r.final_grade, before.score, NULL, r.score,
               concat_ws(', ', format('version %s', r.version),
                         CASE WHEN r.gate_dimension_id IS NULL AND before.gate_dimension_id IS NOT NULL THEN 'no gate any more' END)
        FROM appraisal.result AS r
        JOIN appraisal.result AS before
            ON before.cycle_id = r.cycle_id AND before.participant_id = r.participant_id AND before.version = r.version - 1
        WHERE r.cycle_id = this_cycle AND r.participant_id = this.participant_id
    )
    SELECT row_number() OVER (ORDER BY l.segment = 0, l.segment, l.place, l.part, l.detail)::integer,
           l.what, l.label, l.raw, l.weight, l.points, nullif(l.note, '')
    FROM line AS l
    WHERE this.participant_id IS NOT NULL
    ORDER BY 1;
END
$$;
COMMENT ON FUNCTION appraisal.explain_score(text, text, text) IS
    'the steps from figures and marks to the final grade of a person, or a unit, in a cycle; none if the caller may not see the result';
