-- Two cycles side by side.

CREATE FUNCTION appraisal.compare_cycles(a text, b text)
    RETURNS TABLE (subject text, person text, name text, unit_a text, unit_b text, score_a numeric, score_b numeric, difference numeric,
                   rank_a integer, rank_b integer, grade_a text, grade_b text, steps integer)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_a CONSTANT bigint := appraisal.cycle_of_code(a);
    this_b CONSTANT bigint := appraisal.cycle_of_code(b);
    scale_a appraisal.grade_scale;
    scale_b appraisal.grade_scale;
BEGIN
    scale_a := (SELECT s.scale FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = this_a);
    scale_b := (SELECT s.scale FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = this_b);
    RETURN QUERY
    SELECT coalesce(x.subject, y.subject), coalesce(x.person, y.person), coalesce(x.name, y.name), x.unit, y.unit, x.score, y.score,
           y.score - x.score, x.rank, y.rank, x.final_grade, y.final_grade,
           -- steps between scales that are not graded alike would mean nothing
           CASE WHEN (SELECT array_agg(e.grade ORDER BY e.rank) FROM appraisal.grades(scale_a) AS e)
                     = (SELECT array_agg(e.grade ORDER BY e.rank) FROM appraisal.grades(scale_b) AS e)
                THEN v.rank - w.rank END
    FROM (SELECT s.*, coalesce(s.person_id, -s.unit_id) AS who FROM appraisal.scorecard AS s WHERE s.cycle_id = this_a) AS x
    FULL JOIN (SELECT s.*, coalesce(s.person_id, -s.unit_id) AS who FROM appraisal.scorecard AS s WHERE s.cycle_id = this_b) AS y
        ON y.who = x.who
    LEFT JOIN appraisal.grades(scale_a) AS v ON v.grade = x.final_grade
    LEFT JOIN appraisal.grades(scale_b) AS w ON w.grade = y.final_grade
    ORDER BY 1, 8 DESC NULLS LAST, 2, 4, 5;
END
$$;
COMMENT ON FUNCTION appraisal.compare_cycles(text, text) IS
    'scores, ranks and grades of each person and unit in two cycles, with the difference and the grades gained (below 0: lost), if both grade alike; over the results that the caller sees';
