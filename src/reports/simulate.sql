-- What another scale or quota would have made of the scores that a cycle has. Nothing is written.

CREATE FUNCTION appraisal.simulate(cycle text, scale appraisal.grade_scale DEFAULT NULL, quota appraisal.quota DEFAULT NULL)
    RETURNS TABLE (participant_id bigint, person text, name text, unit text, group_unit text, score numeric, natural_grade text,
                   forced_grade text, final_grade text)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    rule appraisal.scheme;
BEGIN
    SELECT s.* INTO rule FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = this_cycle;
    rule.scale := coalesce(simulate.scale, rule.scale);
    rule.quota := coalesce(simulate.quota, rule.quota);
    IF rule.scale IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('the scheme of cycle "%s" has no grades', cycle),
            HINT = 'Give a scale to simulate.';
    END IF;
    PERFORM appraisal.check_quota(rule.quota, rule.scale);
    RETURN QUERY
    WITH latest AS (
        SELECT DISTINCT ON (r.participant_id) r.participant_id, r.score, r.final_grade, r.gate_dimension_id,
               CASE rule.grade_reads WHEN 'raw' THEN r.raw_score ELSE r.score END AS read
        FROM appraisal.result AS r
        WHERE r.cycle_id = this_cycle
        ORDER BY r.participant_id, r.version DESC
    ),
    -- a gate holds as far as the scale has the grade that it leaves
    reached AS MATERIALIZED (
        SELECT l.*, p.person_id, p.unit_id, e.grade AS gate_grade,
               CASE WHEN e.grade IS NULL THEN l.read ELSE appraisal.capped_score(l.read, e.grade, rule.scale) END AS entry
        FROM latest AS l
        JOIN appraisal.participant AS p ON p.cycle_id = this_cycle AND p.participant_id = l.participant_id
        LEFT JOIN appraisal.dimension AS d ON d.dimension_id = l.gate_dimension_id
        LEFT JOIN appraisal.grades(rule.scale) AS e ON e.grade = d.gate_grade
        WHERE l.score IS NOT NULL AND p.person_id IS NOT NULL
    ),
    head AS (
        SELECT r.unit_id, count(*)::integer AS heads FROM reached AS r WHERE rule.quota IS NOT NULL GROUP BY r.unit_id
    ),
    pooled AS MATERIALIZED (
        SELECT g.unit_id, g.group_id
        FROM (SELECT array_agg(h.unit_id) AS units, array_agg(h.heads) AS heads FROM head AS h HAVING count(*) > 0) AS a,
             appraisal.pool_units(a.units, a.heads, rule.least_group) AS g
    ),
    line AS (
        SELECT g.group_id, coalesce(appraisal.forced_scale(r.entry, rule.scale, rule.quota), rule.scale) AS scale
        FROM reached AS r JOIN pooled AS g USING (unit_id)
        GROUP BY g.group_id
    )
    SELECT r.participant_id, h.code, h.name, u.code, o.code, r.score,
           appraisal.capped_grade(appraisal.grade(r.read, rule.scale), r.gate_grade, rule.scale),
           appraisal.capped_grade(appraisal.grade(r.entry, coalesce(l.scale, rule.scale)), r.gate_grade, rule.scale), r.final_grade
    FROM reached AS r
    JOIN appraisal.unit AS u USING (unit_id)
    JOIN appraisal.person AS h USING (person_id)
    LEFT JOIN pooled AS g USING (unit_id)
    LEFT JOIN line AS l USING (group_id)
    LEFT JOIN appraisal.unit AS o ON o.unit_id = g.group_id
    ORDER BY r.score DESC, h.code;
END
$$;
COMMENT ON FUNCTION appraisal.simulate(text, appraisal.grade_scale, appraisal.quota) IS
    'grades that people of a cycle would have by another scale or quota, null for the scheme''s own, in groups of units as compute_results() pools them; over the results that the caller sees, beside the grade in force';
