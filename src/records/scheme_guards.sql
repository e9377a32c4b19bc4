-- What keeps a draft from being activated, and a scheme in force from being
-- changed, by whatever way.

-- Sets of weights that do not add up.  A set that is wanted and not there
-- adds up to 0.
CREATE FUNCTION appraisal.scheme_weight_problems(scheme_id bigint) RETURNS TABLE (problem text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH weighed AS (
        SELECT w.job_group, w.dimension_id, w.weight, d.code,
               -- the job group whose indicators hold
               (SELECT max(u.job_group) FILTER (WHERE u.job_group = w.job_group) IS NOT NULL
                FROM appraisal.scheme_indicator AS u
                WHERE u.scheme_id = d.scheme_id AND u.dimension_id = d.dimension_id) AS has_own
        FROM appraisal.dimension_weight AS w
        JOIN appraisal.dimension AS d USING (scheme_id, dimension_id)
        WHERE d.scheme_id = scheme_weight_problems.scheme_id
    ),
    -- what is to add up: what of, the dimension, the job group, the sum
    added(what, dimension, job_group, total) AS (
        SELECT 'the dimensions', NULL, j.job_group, coalesce(sum(w.weight), 0)
        FROM (SELECT DISTINCT x.job_group FROM weighed AS x
              UNION SELECT '*' WHERE NOT EXISTS (SELECT FROM weighed)) AS j
        LEFT JOIN weighed AS w USING (job_group)
        GROUP BY j.job_group
        UNION ALL
        SELECT 'the indicators', d.code, u.job_group, sum(u.weight)
        FROM appraisal.scheme_indicator AS u
        JOIN appraisal.dimension AS d USING (scheme_id, dimension_id)
        WHERE u.scheme_id = scheme_weight_problems.scheme_id
        GROUP BY d.code, u.job_group
        UNION ALL
        SELECT 'the indicators', w.code, w.job_group, 0
        FROM weighed AS w
        WHERE w.weight > 0 AND NOT EXISTS (
            SELECT FROM appraisal.scheme_indicator AS u
            WHERE u.dimension_id = w.dimension_id AND u.job_group IN (w.job_group, '*'))
        UNION ALL
        SELECT DISTINCT 'the rater sources', NULL, r.job_group, sum(r.weight)
        FROM appraisal.rater_rule AS r
        JOIN (SELECT NULL AS period
              UNION SELECT x.period FROM appraisal.rater_rule AS x WHERE x.scheme_id = scheme_weight_problems.scheme_id) AS p
          ON r.period IS NULL OR r.period = p.period
        WHERE r.scheme_id = scheme_weight_problems.scheme_id
        GROUP BY r.job_group, p.period
        UNION ALL
        SELECT DISTINCT 'the rater sources', NULL, w.job_group, 0::numeric
        FROM weighed AS w
        JOIN appraisal.scheme_indicator AS u
          ON u.dimension_id = w.dimension_id AND u.job_group = CASE WHEN w.has_own THEN w.job_group ELSE '*' END
        JOIN appraisal.indicator AS i USING (indicator_id)
        WHERE w.weight > 0 AND i.kind <> 'measured' AND NOT EXISTS (
            SELECT FROM appraisal.rater_rule AS r
            WHERE r.scheme_id = scheme_weight_problems.scheme_id AND r.job_group IN (w.job_group, '*'))
        UNION ALL
        SELECT format('the parts of each %s', r.period), NULL, r.job_group, (SELECT sum(w) FROM unnest(r.part_weights) AS w)
        FROM appraisal.period_rule AS r
        WHERE r.scheme_id = scheme_weight_problems.scheme_id AND r.part_weights IS NOT NULL
    )
    SELECT format('weights of %s%s for job group "%s" add up to %s, not 100', a.what, ' of dimension "' || a.dimension || '"',
                  a.job_group, trim_scale(a.total))
    FROM added AS a
    WHERE a.total <> 100
    ORDER BY a.what, a.dimension, a.job_group, a.total;
END
$$;
COMMENT ON FUNCTION appraisal.scheme_weight_problems(bigint) IS
    'weights of a scheme version that do not add up to 100';

-- What one row cannot say: names that must be known elsewhere in the scheme.
CREATE FUNCTION appraisal.scheme_rule_problems(scheme_id bigint) RETURNS TABLE (problem text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH this AS (
        SELECT s.* FROM appraisal.scheme AS s WHERE s.scheme_id = scheme_rule_problems.scheme_id
    ),
    named_grade(grade, by_whom) AS (
        SELECT t.no_surprise_grade, 'no_surprise_grade' FROM this AS t
        UNION ALL SELECT t.improvement_grade, 'improvement_grade' FROM this AS t
        UNION ALL SELECT d.gate_grade, format('the gate of dimension "%s"', d.code)
                  FROM appraisal.dimension AS d JOIN this AS t USING (scheme_id)
        UNION ALL SELECT o.grade, format('outcome "%s"', o.code)
                  FROM appraisal.outcome_rule AS o JOIN this AS t USING (scheme_id)
    ),
    named_period(period, by_whom) AS (
        SELECT r.period, 'self_report' FROM this AS t, unnest(t.self_report) AS r (period)
        UNION ALL SELECT o.period, format('outcome "%s"', o.code)
                  FROM appraisal.outcome_rule AS o JOIN this AS t USING (scheme_id)
        UNION ALL SELECT r.period, format('the rater source "%s"', r.source)
                  FROM appraisal.rater_rule AS r JOIN this AS t USING (scheme_id)
    ),
    used AS (
        SELECT u.unit_level, u.curve AS own_curve, d.code AS dimension, i.*,
               EXISTS (SELECT FROM appraisal.indicator_level AS l WHERE l.indicator_id = i.indicator_id) AS has_levels
        FROM appraisal.scheme_indicator AS u
        JOIN this AS t USING (scheme_id)
        JOIN appraisal.dimension AS d USING (dimension_id)
        JOIN appraisal.indicator AS i USING (indicator_id)
    ),
    axis AS (
        SELECT d.box_axis, g.grade
        FROM appraisal.dimension AS d JOIN this AS t USING (scheme_id), appraisal.grades(d.scale) AS g
        WHERE d.box_axis IS NOT NULL
    ),
    pair AS (
        SELECT p.grade AS performance_grade, v.grade AS values_grade
        FROM axis AS p, axis AS v WHERE p.box_axis = 'performance' AND v.box_axis = 'values'
    ),
    named_box AS (
        SELECT b.performance_grade, b.values_grade FROM appraisal.box AS b JOIN this AS t USING (scheme_id)
    )
    SELECT DISTINCT format('%s names grade "%s", which is not in the scale', n.by_whom, n.grade)
    FROM named_grade AS n, this AS t
    WHERE n.grade IS NOT NULL AND n.grade NOT IN (SELECT g.grade FROM appraisal.grades(t.scale) AS g)
    UNION ALL
    SELECT 'the scheme has no periods'
    WHERE NOT EXISTS (SELECT FROM appraisal.period_rule AS p JOIN this AS t USING (scheme_id))
    UNION ALL
    SELECT format('each %s of job group "%s" has %s part_weights, and %s parts', r.period, r.job_group, cardinality(r.part_weights), n.parts)
    FROM appraisal.period_rule AS r JOIN this AS t USING (scheme_id),
         LATERAL (SELECT appraisal.period_months(r.period) / appraisal.period_months(r.composed_of) AS parts) AS n
    WHERE cardinality(r.part_weights) <> n.parts
    UNION ALL
    SELECT DISTINCT format('%s is for each %s, which is no period of the scheme', n.by_whom, n.period)
    FROM named_period AS n
    WHERE n.period IS NOT NULL
      AND n.period NOT IN (SELECT p.period FROM appraisal.period_rule AS p JOIN this AS t USING (scheme_id))
    UNION ALL
    SELECT DISTINCT format('indicator "%s" of dimension "%s" %s', u.code, u.dimension, why.problem)
    FROM used AS u, this AS t, LATERAL (VALUES
        (u.kind = 'measured' AND u.curve IS NULL AND u.own_curve IS NULL, 'is measured and has no curve'),
        (u.kind <> 'measured' AND u.own_curve IS NOT NULL, 'has a curve and is not measured'),
        (u.kind IN ('levels', 'gated') AND NOT u.has_levels, 'has no levels'),
        (u.kind = 'rated' AND u.has_levels = (u."least" IS NOT NULL), 'must have either a range or a list of marks'),
        (u.kind = 'measured' AND u.has_levels, 'is measured and has levels'),
        (u.unit_level IS NOT NULL AND u.kind <> 'measured', 'takes the result of a unit and is not measured'),
        (u.unit_level IS NOT NULL AND u.unit_level <> ALL (t.unit_levels), format('names unit level "%s", which is not among unit_levels', u.unit_level))
    ) AS why (is_wrong, problem)
    WHERE why.is_wrong
    UNION ALL
    SELECT format('there is no box for performance "%s" and values "%s"', p.performance_grade, p.values_grade)
    FROM (TABLE pair EXCEPT TABLE named_box) AS p
    UNION ALL
    SELECT format('a box names performance "%s" and values "%s", which the box axes have not', b.performance_grade, b.values_grade)
    FROM (TABLE named_box EXCEPT TABLE pair) AS b
    UNION ALL
    SELECT CASE WHEN t.appeal_days IS NULL THEN 'there are appeal levels and no appeal_days'
                ELSE 'there are appeal_days and no appeal levels' END
    FROM this AS t
    WHERE (t.appeal_days IS NULL) = EXISTS (SELECT FROM appraisal.appeal_rule AS a WHERE a.scheme_id = t.scheme_id)
    ORDER BY 1;
END
$$;
COMMENT ON FUNCTION appraisal.scheme_rule_problems(bigint) IS
    'rules of a scheme version that name what the scheme does not have';

CREATE FUNCTION appraisal.scheme_problems(code text, version integer DEFAULT NULL)
    RETURNS TABLE (error text, problem text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    id CONSTANT bigint := appraisal.find_scheme(scheme_problems.code, scheme_problems.version);
BEGIN
    RETURN QUERY SELECT 'AP002', w.problem FROM appraisal.scheme_weight_problems(id) AS w;
    RETURN QUERY SELECT 'AP005', r.problem FROM appraisal.scheme_rule_problems(id) AS r;
END
$$;
COMMENT ON FUNCTION appraisal.scheme_problems(text, integer) IS
    'all that keeps a draft from being activated: SQLSTATE and message';

CREATE FUNCTION appraisal.refuse_change(code text, version integer, status text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'AP006',
        MESSAGE = format('version %s of scheme "%s" is %s and cannot be changed', version, code, status),
        HINT = CASE status WHEN 'active' THEN format('Call revise_scheme(''%s'') for a new version.', code)
                           ELSE 'Call define_scheme() for a new version.' END;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_change(text, integer, text) IS
    'raise AP006 for a scheme version that is no draft';

CREATE FUNCTION appraisal.keep_scheme() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    IF TG_OP = 'INSERT' AND NEW.status <> 'draft' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001',
            MESSAGE = format('scheme "%s" must begin as a draft', NEW.code),
            HINT = 'define_scheme() makes a draft, activate_scheme() brings it into force.';
    ELSIF TG_OP = 'INSERT' THEN
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' AND OLD.status = 'draft' THEN
        RETURN OLD;
    ELSIF TG_OP = 'UPDATE' AND OLD.status = 'draft' AND NEW.status = 'draft' THEN
        RETURN NEW;
    ELSIF TG_OP = 'UPDATE' AND OLD.status = 'draft' AND NEW.status = 'active'
        AND to_jsonb(NEW) - '{status,valid_from}'::text[] = to_jsonb(OLD) - '{status,valid_from}'::text[]
    THEN
        SELECT p.error, p.problem, count(*) OVER () AS problems INTO wrong
        FROM appraisal.scheme_problems(OLD.code, OLD.version) AS p LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION USING ERRCODE = wrong.error, MESSAGE = wrong.problem,
                DETAIL = format('Faults found in version %s of scheme "%s": %s.', OLD.version, OLD.code, wrong.problems),
                HINT = format('scheme_problems(''%s'', %s) lists them; mend the draft with define_scheme().', OLD.code, OLD.version);
        END IF;
        RETURN NEW;
    ELSIF TG_OP = 'UPDATE' AND OLD.status = 'active' AND NEW.status = 'retired'
        AND to_jsonb(NEW) - '{status,retired_on}'::text[] = to_jsonb(OLD) - '{status,retired_on}'::text[]
    THEN
        RETURN NEW;
    ELSIF OLD.status = 'draft' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001',
            MESSAGE = format('version %s of scheme "%s" is a draft: it can be changed or activated, not both at once nor retired',
                             OLD.version, OLD.code),
            HINT = 'activate_scheme() brings it into force.';
    END IF;
    PERFORM appraisal.refuse_change(OLD.code, OLD.version, OLD.status);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION appraisal.keep_scheme() IS
    'trigger: a scheme begins as a draft, is activated without faults, and then only retired';

CREATE FUNCTION appraisal.keep_scheme_rule() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    scheme record;
BEGIN
    -- locked, so that it is not activated meanwhile; gone when a draft is deleted
    FOR scheme IN
        SELECT s.code, s.version, s.status FROM appraisal.scheme AS s
        WHERE s.scheme_id IN (OLD.scheme_id, NEW.scheme_id) FOR SHARE
    LOOP
        IF scheme.status <> 'draft' THEN
            PERFORM appraisal.refuse_change(scheme.code, scheme.version, scheme.status);
        END IF;
    END LOOP;
    RETURN coalesce(NEW, OLD);
END
$$;
COMMENT ON FUNCTION appraisal.keep_scheme_rule() IS
    'trigger: the rules of a scheme change only while it is a draft';

CREATE FUNCTION appraisal.keep_indicator() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    used record;
BEGIN
    SELECT i.code, i.version, s.code AS scheme, s.version AS scheme_version INTO used
    FROM appraisal.scheme_indicator AS u
    JOIN appraisal.scheme AS s USING (scheme_id)
    JOIN appraisal.indicator AS i USING (indicator_id)
    WHERE u.indicator_id IN (OLD.indicator_id, NEW.indicator_id) AND s.status <> 'draft'
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'AP006',
            MESSAGE = format('version %s of indicator "%s" is in use and cannot be changed', used.version, used.code),
            DETAIL = format('Version %s of scheme "%s" uses it.', used.scheme_version, used.scheme),
            HINT = 'define_scheme() with another definition makes a new version of the indicator.';
    END IF;
    RETURN coalesce(NEW, OLD);
END
$$;
COMMENT ON FUNCTION appraisal.keep_indicator() IS
    'trigger: an indicator changes only while no scheme that was activated uses it';
