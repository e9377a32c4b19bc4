-- The rules of a scheme as they hold for the job groups of a cycle.
--
-- A job group's own set of rules replaces that of '*', for weights of dimensions, indicators of a
-- dimension, raters and periods alike.  Everything that asks what holds for a participant asks here.

CREATE FUNCTION appraisal.period_months(period text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE period WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 WHEN 'half_year' THEN 6 WHEN 'year' THEN 12 END;
COMMENT ON FUNCTION appraisal.period_months(text) IS 'months of a period: month, quarter, half_year or year';

-- Most schemes compose nothing in a cycle of the period; those are not asked for their job groups.
CREATE FUNCTION appraisal.composed_groups(cycle_id bigint)
    RETURNS TABLE (job_group text, composed_of text, combined_by text, part_weights numeric[])
LANGUAGE plpgsql STABLE ROWS 5 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM appraisal.cycle AS c JOIN appraisal.period_rule AS r USING (scheme_id, period)
               WHERE c.cycle_id = composed_groups.cycle_id AND r.composed_of IS NOT NULL) THEN
        RETURN QUERY
        SELECT g.job_group, r.composed_of, r.combined_by, r.part_weights
        FROM (SELECT DISTINCT c.scheme_id, c.period, p.job_group
              FROM appraisal.participant AS p JOIN appraisal.cycle AS c USING (cycle_id)
              WHERE p.cycle_id = composed_groups.cycle_id) AS g
        JOIN appraisal.period_rule AS r
          ON r.scheme_id = g.scheme_id AND r.period = g.period
         AND r.job_group = CASE WHEN EXISTS (SELECT FROM appraisal.period_rule AS own
                                             WHERE own.scheme_id = g.scheme_id AND own.job_group = g.job_group)
                                THEN g.job_group ELSE '*' END
        WHERE r.composed_of IS NOT NULL;
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.composed_groups(bigint) IS
    'the job groups of a cycle for which its period takes in the results of shorter ones, and how';

CREATE FUNCTION appraisal.rolled_groups(cycle_id bigint) RETURNS SETOF text
LANGUAGE plpgsql STABLE ROWS 5 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT g.job_group FROM appraisal.composed_groups(rolled_groups.cycle_id) AS g WHERE g.combined_by <> 'reference';
END
$$;
COMMENT ON FUNCTION appraisal.rolled_groups(bigint) IS
    'the job groups of a cycle whose results are those of shorter periods combined: nobody rates or measures them in this one';

CREATE FUNCTION appraisal.job_group_indicators(scheme_id bigint, job_group text)
    RETURNS TABLE (dimension_id bigint, dimension_weight numeric, scheme_indicator_id bigint, indicator_id bigint,
                   code text, kind text, reads text, gathering text, weight numeric, curve appraisal.score_curve, target numeric,
                   unit_level text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT w.dimension_id, w.weight, u.scheme_indicator_id, i.indicator_id, i.code, i.kind, i.reads, i.gathering,
           u.weight, coalesce(u.curve, i.curve), u.target, u.unit_level
    FROM appraisal.dimension_weight AS w
    JOIN appraisal.scheme_indicator AS u
      ON u.scheme_id = w.scheme_id AND u.dimension_id = w.dimension_id
     AND u.job_group = CASE WHEN EXISTS (SELECT FROM appraisal.scheme_indicator AS own
                                         WHERE own.scheme_id = w.scheme_id AND own.dimension_id = w.dimension_id
                                           AND own.job_group = job_group_indicators.job_group)
                            THEN job_group_indicators.job_group ELSE '*' END
    JOIN appraisal.indicator AS i USING (indicator_id)
    WHERE w.scheme_id = job_group_indicators.scheme_id
      AND w.job_group = CASE WHEN EXISTS (SELECT FROM appraisal.dimension_weight AS own
                                          WHERE own.scheme_id = job_group_indicators.scheme_id
                                            AND own.job_group = job_group_indicators.job_group)
                             THEN job_group_indicators.job_group ELSE '*' END;
END
$$;
COMMENT ON FUNCTION appraisal.job_group_indicators(bigint, text) IS
    'the indicators of a scheme, with weights, curves and targets, as they hold for a job group';

CREATE FUNCTION appraisal.cycle_indicators(cycle_id bigint)
    RETURNS TABLE (job_group text, dimension_id bigint, dimension_weight numeric, scheme_indicator_id bigint, indicator_id bigint,
                   code text, kind text, reads text, gathering text, weight numeric, curve appraisal.score_curve, target numeric,
                   unit_level text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT g.job_group, i.*
    FROM appraisal.cycle AS c
    CROSS JOIN (SELECT DISTINCT p.job_group FROM appraisal.participant AS p WHERE p.cycle_id = cycle_indicators.cycle_id) AS g
    CROSS JOIN LATERAL appraisal.job_group_indicators(c.scheme_id, g.job_group) AS i
    WHERE c.cycle_id = cycle_indicators.cycle_id;
END
$$;
COMMENT ON FUNCTION appraisal.cycle_indicators(bigint) IS
    'the indicators of a cycle''s scheme, with weights, curves and targets, as they hold for each job group that takes part';

CREATE FUNCTION appraisal.job_group_raters(scheme_id bigint, period text, job_group text)
    RETURNS TABLE (source text, label text, weight numeric, least_raters integer, "trim" integer,
                   anonymous boolean, required boolean, delegate text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT r.source, r.label, r.weight, r.least_raters, r.trim, r.anonymous, r.required, r.delegate
    FROM appraisal.rater_rule AS r
    WHERE r.scheme_id = job_group_raters.scheme_id
      AND r.job_group = CASE WHEN EXISTS (SELECT FROM appraisal.rater_rule AS own
                                          WHERE own.scheme_id = job_group_raters.scheme_id
                                            AND own.job_group = job_group_raters.job_group)
                             THEN job_group_raters.job_group ELSE '*' END
      AND (r.period IS NULL OR r.period = job_group_raters.period);
END
$$;
COMMENT ON FUNCTION appraisal.job_group_raters(bigint, text, text) IS
    'the rater sources of a scheme in a period, as they hold for a job group';

CREATE FUNCTION appraisal.cycle_raters(cycle_id bigint)
    RETURNS TABLE (job_group text, source text, label text, weight numeric, least_raters integer, "trim" integer,
                   anonymous boolean, required boolean, delegate text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT g.job_group, r.*
    FROM appraisal.cycle AS c
    CROSS JOIN (SELECT DISTINCT p.job_group FROM appraisal.participant AS p WHERE p.cycle_id = cycle_raters.cycle_id) AS g
    CROSS JOIN LATERAL appraisal.job_group_raters(c.scheme_id, c.period, g.job_group) AS r
    WHERE c.cycle_id = cycle_raters.cycle_id AND g.job_group NOT IN (SELECT appraisal.rolled_groups(cycle_raters.cycle_id));
END
$$;
COMMENT ON FUNCTION appraisal.cycle_raters(bigint) IS
    'the rater sources of a cycle''s scheme and period, as they hold for each job group that takes part; none for those whose results are rolled up';
