-- From dimensions to results: totals, grades, groups of the forced distribution, and what is written of it.

-- Why there is no score, for who has none: the first of missing_states(), over what is required and missing.
-- A measurement may still come while reviews are given.
CREATE FUNCTION appraisal.missing_parts(of_cycle bigint, kind text) RETURNS TABLE (participant_id bigint, state_rank integer)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    RETURN QUERY
    WITH source AS (
        SELECT s.participant_id, p.job_group, s.source, s.state, s.weight
        FROM appraisal.source_score AS s
        JOIN appraisal.appraised(of_cycle, kind) AS p USING (participant_id)
        WHERE s.cycle_id = of_cycle AND s.version = 1 AND s.state <> 'scored' AND s.weight > 0
    ),
    rule AS MATERIALIZED (
        SELECT i.scheme_indicator_id, i.kind <> 'measured' AS is_rated FROM appraisal.cycle_indicators(of_cycle) AS i
    ),
    empty AS (
        SELECT DISTINCT d.participant_id, r.is_rated
        FROM appraisal.dimension_score AS d
        JOIN appraisal.appraised(of_cycle, kind) AS p USING (participant_id)
        CROSS JOIN unnest(d.scheme_indicators, d.weights, d.points) AS e (scheme_indicator_id, weight, points)
        JOIN rule AS r ON r.scheme_indicator_id = e.scheme_indicator_id
        WHERE d.cycle_id = of_cycle AND d.version = 1 AND array_position(d.points, NULL) IS NOT NULL
          AND e.points IS NULL AND e.weight > 0
    ),
    part AS (
        SELECT s.participant_id, array_position(appraisal.missing_states(), s.state) AS state_rank
        FROM source AS s
        JOIN appraisal.counting_raters(of_cycle) AS r ON r.job_group = s.job_group AND r.source = s.source
        WHERE r.required
        UNION ALL
        SELECT e.participant_id,
               array_position(appraisal.missing_states(),
                              CASE WHEN e.is_rated THEN coalesce(s.state, 'insufficient')
                                   WHEN c.status = 'scoring' THEN 'pending'
                                   ELSE 'insufficient' END)
        FROM empty AS e
        JOIN appraisal.cycle AS c ON c.cycle_id = of_cycle
        LEFT JOIN source AS s ON s.participant_id = e.participant_id AND e.is_rated
    )
    SELECT t.participant_id, min(t.state_rank) FROM part AS t GROUP BY t.participant_id;
END
$$;
COMMENT ON FUNCTION appraisal.missing_parts(bigint, text) IS
    'step of compute_results(): participants to whom something required is missing, and why';

-- Segments weigh by their days; the leading one carries what they come to.
CREATE FUNCTION appraisal.totals(of_cycle bigint, kind text)
    RETURNS TABLE (participant_id bigint, unit_id bigint, exempt boolean, missing_rank integer, coverage numeric, raw_score numeric)
LANGUAGE plpgsql STABLE ROWS 100000 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    RETURN QUERY
    WITH summed AS (
        SELECT d.participant_id, appraisal.weighted_score(d.score, d.weight) AS total,
               appraisal.weighted_score(d.coverage, d.weight) AS coverage
        FROM appraisal.dimension_score AS d
        WHERE d.cycle_id = of_cycle AND d.version = 1
        GROUP BY d.participant_id
    ),
    segment AS (
        SELECT coalesce(l.participant_id, p.participant_id) AS lead_id, p.segment_days::numeric AS days,
               CASE WHEN o.participant_id IS NOT NULL THEN o.total ELSE s.total END AS total,
               CASE WHEN o.participant_id IS NOT NULL THEN o.coverage ELSE s.coverage END AS coverage,
               coalesce(o.state_rank, m.state_rank) AS state_rank
        FROM appraisal.participant AS p
        LEFT JOIN appraisal.participant AS l
            ON l.cycle_id = of_cycle AND l.leads AND l.person_id = CASE WHEN NOT p.leads THEN p.person_id END
        LEFT JOIN summed AS s ON s.participant_id = p.participant_id
        LEFT JOIN appraisal.missing_parts(of_cycle, kind) AS m ON m.participant_id = p.participant_id
        LEFT JOIN appraisal.rolled_totals(of_cycle) AS o ON o.participant_id = p.participant_id
        WHERE p.cycle_id = of_cycle AND p.exempt_because IS NULL
    ),
    person AS (
        SELECT s.lead_id, min(s.state_rank) AS state_rank, appraisal.weighted_score(s.coverage, s.days) AS coverage,
               appraisal.weighted_score(s.total, s.days) AS total
        FROM segment AS s
        GROUP BY s.lead_id
    )
    SELECT p.participant_id, p.unit_id, p.exempt_because IS NOT NULL, t.state_rank, round(t.coverage, 14), round(t.total, 14)
    FROM appraisal.participant AS p
    LEFT JOIN person AS t ON t.lead_id = p.participant_id AND p.exempt_because IS NULL
    WHERE p.cycle_id = of_cycle AND p.leads
      AND CASE WHEN kind IS NULL THEN p.person_id IS NOT NULL ELSE p.appraised_unit_id IS NOT NULL AND p.job_group = kind END;
END
$$;
COMMENT ON FUNCTION appraisal.totals(bigint, text) IS
    'step of compute_results(): weighted mean of the dimensions, and of the segments by their days; to 14 decimals, where what divisions rounded is gone';

-- Of several gates that were missed the one with the worst grade caps.
CREATE FUNCTION appraisal.missed_gates(of_cycle bigint)
    RETURNS TABLE (participant_id bigint, dimension_id bigint, gate_grade text)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    RETURN QUERY
    SELECT DISTINCT ON (s.participant_id) s.participant_id, s.dimension_id, d.gate_grade
    FROM appraisal.dimension_score AS s
    JOIN appraisal.dimension AS d USING (dimension_id)
    JOIN appraisal.scheme AS r USING (scheme_id)
    WHERE s.cycle_id = of_cycle AND s.version = 1 AND round(s.score, 14) < d.gate
    ORDER BY s.participant_id, appraisal.grade_rank(d.gate_grade, r.scale) DESC, d."position";
END
$$;
COMMENT ON FUNCTION appraisal.missed_gates(bigint) IS 'step of compute_results(): dimensions below their gates, and the best grade that is left';

CREATE FUNCTION appraisal.boxes(of_cycle bigint) RETURNS TABLE (participant_id bigint, label text)
LANGUAGE plpgsql STABLE ROWS 100000 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    RETURN QUERY
    WITH axis AS MATERIALIZED (
        SELECT d.dimension_id, d.box_axis
        FROM appraisal.cycle AS c JOIN appraisal.dimension AS d USING (scheme_id)
        WHERE c.cycle_id = of_cycle AND d.box_axis IS NOT NULL
    )
    SELECT p.participant_id, b.label
    FROM (SELECT s.participant_id, max(s.grade) FILTER (WHERE a.box_axis = 'performance') AS performance_grade,
                 max(s.grade) FILTER (WHERE a.box_axis = 'values') AS values_grade
          FROM appraisal.dimension_score AS s JOIN axis AS a USING (dimension_id)
          WHERE s.cycle_id = of_cycle AND s.version = 1
          GROUP BY s.participant_id) AS p
    JOIN appraisal.cycle AS c ON c.cycle_id = of_cycle
    JOIN appraisal.box AS b ON b.scheme_id = c.scheme_id AND b.performance_grade = p.performance_grade AND b.values_grade = p.values_grade;
END
$$;
COMMENT ON FUNCTION appraisal.boxes(bigint) IS 'step of compute_results(): the box of each participant''s grades on the two axes';

-- The score with which somebody enters the forced distribution. Below a gate it is no better than the
-- worst one of the grade that the gate leaves; raw scores have 14 decimals, so the next above an open bound is known.
CREATE FUNCTION appraisal.capped_score(score numeric, gate_grade text, scale appraisal.grade_scale) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN lower_inf(b.bounds) THEN '-Infinity'
                ELSE least($1, lower(b.bounds) + CASE WHEN lower_inc(b.bounds) THEN 0 ELSE 0.00000000000001 END) END
    FROM (SELECT appraisal.grade_bounds($2, $3) AS bounds) AS b
$$;
COMMENT ON FUNCTION appraisal.capped_score(numeric, text, appraisal.grade_scale) IS
    'step of compute_results(): score with which somebody enters the forced distribution, low enough for the grade that a missed gate leaves';

CREATE FUNCTION appraisal.capped_grade(grade text, gate_grade text, scale appraisal.grade_scale) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN appraisal.grade_rank(grade, scale) < appraisal.grade_rank(gate_grade, scale) THEN gate_grade ELSE grade END;
COMMENT ON FUNCTION appraisal.capped_grade(text, text, appraisal.grade_scale) IS 'the worse of a grade and the best one that a missed gate leaves';

-- Bottom up, level by level: a group that is too small becomes part of its parent's.
CREATE FUNCTION appraisal.pool_units(units bigint[], heads integer[], least_group integer)
    RETURNS TABLE (unit_id bigint, group_id bigint)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    groups bigint[] := units;
    ids bigint[];
    parents bigint[];
    depths integer[];
BEGIN
    WITH RECURSIVE above AS (
        SELECT u.unit_id, u.parent_id FROM appraisal.unit AS u WHERE u.unit_id = ANY (units)
        UNION
        SELECT u.unit_id, u.parent_id FROM above AS a JOIN appraisal.unit AS u ON u.unit_id = a.parent_id
    ),
    tree AS (
        SELECT a.unit_id, a.parent_id, 0 AS depth FROM above AS a WHERE a.parent_id IS NULL
        UNION ALL
        SELECT a.unit_id, a.parent_id, t.depth + 1 FROM tree AS t JOIN above AS a ON a.parent_id = t.unit_id
    )
    SELECT array_agg(t.unit_id), array_agg(t.parent_id), array_agg(t.depth) INTO ids, parents, depths FROM tree AS t;

    FOR this_depth IN REVERSE coalesce((SELECT max(d) FROM unnest(depths) AS d), 0) .. 1 LOOP
        groups := (
            WITH member AS (
                SELECT m.group_id, m.heads, m.place FROM unnest(groups, heads) WITH ORDINALITY AS m (group_id, heads, place)
            ),
            small AS (
                SELECT m.group_id, t.parent_id
                FROM member AS m
                JOIN unnest(ids, parents, depths) AS t (unit_id, parent_id, depth) ON t.unit_id = m.group_id AND t.depth = this_depth
                GROUP BY m.group_id, t.parent_id
                HAVING sum(m.heads) < least_group
            )
            SELECT array_agg(coalesce(s.parent_id, m.group_id) ORDER BY m.place) FROM member AS m LEFT JOIN small AS s USING (group_id));
    END LOOP;
    RETURN QUERY SELECT p.unit_id, p.group_id FROM unnest(units, groups) AS p (unit_id, group_id);
END
$$;
COMMENT ON FUNCTION appraisal.pool_units(bigint[], integer[], integer) IS
    'units and the units whose groups they are in: those with fewer heads than the least are joined to their parents';
