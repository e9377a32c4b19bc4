-- The rules of a scheme as they hold for the job groups of a cycle.
--
-- A job group's own set of rules replaces that of '*', for weights of dimensions, indicators of a
-- dimension, raters and periods alike.  Everything that asks what holds for a participant asks here.

CREATE FUNCTION appraisal.cycle_indicators(cycle_id bigint)
    RETURNS TABLE (job_group text, dimension_id bigint, dimension_weight numeric, scheme_indicator_id bigint, indicator_id bigint,
                   code text, kind text, reads text, gathering text, weight numeric, curve appraisal.score_curve, target numeric,
                   unit_level text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH present AS (
        SELECT DISTINCT c.scheme_id, p.job_group
        FROM appraisal.participant AS p JOIN appraisal.cycle AS c USING (cycle_id)
        WHERE p.cycle_id = cycle_indicators.cycle_id
    ),
    weighed AS (
        SELECT g.job_group, w.scheme_id, w.dimension_id, w.weight
        FROM present AS g
        JOIN appraisal.dimension_weight AS w
          ON w.scheme_id = g.scheme_id
         AND w.job_group = CASE WHEN EXISTS (SELECT FROM appraisal.dimension_weight AS own
                                             WHERE own.scheme_id = g.scheme_id AND own.job_group = g.job_group)
                                THEN g.job_group ELSE '*' END
    )
    SELECT w.job_group, w.dimension_id, w.weight, u.scheme_indicator_id, i.indicator_id, i.code, i.kind, i.reads, i.gathering,
           u.weight, coalesce(u.curve, i.curve), u.target, u.unit_level
    FROM weighed AS w
    JOIN appraisal.scheme_indicator AS u
      ON u.scheme_id = w.scheme_id AND u.dimension_id = w.dimension_id
     AND u.job_group = CASE WHEN EXISTS (SELECT FROM appraisal.scheme_indicator AS own
                                         WHERE own.scheme_id = w.scheme_id AND own.dimension_id = w.dimension_id
                                           AND own.job_group = w.job_group)
                            THEN w.job_group ELSE '*' END
    JOIN appraisal.indicator AS i USING (indicator_id);
END
$$;
COMMENT ON FUNCTION appraisal.cycle_indicators(bigint) IS
    'the indicators of a cycle''s scheme, with weights, curves and targets, as they hold for each job group that takes part';

CREATE FUNCTION appraisal.cycle_raters(cycle_id bigint)
    RETURNS TABLE (job_group text, source text, label text, weight numeric, least_raters integer, "trim" integer,
                   anonymous boolean, required boolean, delegate text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH present AS (
        SELECT DISTINCT c.scheme_id, c.period, p.job_group
        FROM appraisal.participant AS p JOIN appraisal.cycle AS c USING (cycle_id)
        WHERE p.cycle_id = cycle_raters.cycle_id
    )
    SELECT g.job_group, r.source, r.label, r.weight, r.least_raters, r.trim, r.anonymous, r.required, r.delegate
    FROM present AS g
    JOIN appraisal.rater_rule AS r
      ON r.scheme_id = g.scheme_id
     AND r.job_group = CASE WHEN EXISTS (SELECT FROM appraisal.rater_rule AS own
                                         WHERE own.scheme_id = g.scheme_id AND own.job_group = g.job_group)
                            THEN g.job_group ELSE '*' END
    WHERE r.period IS NULL OR r.period = g.period;
END
$$;
COMMENT ON FUNCTION appraisal.cycle_raters(bigint) IS
    'the rater sources of a cycle''s scheme and period, as they hold for each job group that takes part';
