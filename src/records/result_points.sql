-- From marks and figures to points: what each source gave, and what each indicator of each dimension earned.
--
-- All are steps of compute_results(), which runs them with the rights of the tables' owner. Each writes one
-- table, for the units of one kind or, if kind is null, for the people of a cycle, and touches no row that is
-- as it was. The cycle is locked and nobody else writes, so rows are changed or added without ON CONFLICT,
-- which would look for a conflict before each row. Stored numbers have no trailing zeros, so that equal
-- results are equal bytes.
--
-- Steps read a cycle by hash. Without nested loops some plans have estimates beyond all measure, by which
-- each would be compiled just in time: seconds for a cycle of ten people. So that is off, too.

CREATE FUNCTION appraisal.missing_states() RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN '{pending,recused,declined,insufficient,not_applicable}'::text[];
COMMENT ON FUNCTION appraisal.missing_states() IS 'why a score is missing; of several reasons the first one is told';

-- What the step is about: everybody of a kind who is appraised, other segments included, but for those whose
-- results are rolled up (roll_up.sql).
CREATE FUNCTION appraisal.appraised(of_cycle bigint, kind text)
    RETURNS TABLE (participant_id bigint, job_group text, unit_id bigint)
LANGUAGE plpgsql STABLE ROWS 100000 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    RETURN QUERY
    SELECT p.participant_id, p.job_group, p.unit_id
    FROM appraisal.participant AS p
    WHERE p.cycle_id = of_cycle AND p.exempt_because IS NULL
      AND CASE WHEN kind IS NULL THEN p.person_id IS NOT NULL ELSE p.appraised_unit_id IS NOT NULL AND p.job_group = kind END
      AND p.job_group NOT IN (SELECT appraisal.rolled_groups(of_cycle));
END
$$;
COMMENT ON FUNCTION appraisal.appraised(bigint, text) IS 'step of compute_results(): the units of a kind that are appraised, or the people';

-- A job group that is only measured has no sources. Places number all sources of the cycle.
CREATE FUNCTION appraisal.counting_raters(of_cycle bigint)
    RETURNS TABLE (job_group text, source text, place integer, weight numeric, least_raters integer, "trim" integer, anonymous boolean,
                   required boolean)
LANGUAGE plpgsql STABLE ROWS 20 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    RETURN QUERY
    SELECT r.job_group, r.source, dense_rank() OVER (ORDER BY r.source)::integer, r.weight, r.least_raters, r.trim, r.anonymous, r.required
    FROM appraisal.cycle_raters(of_cycle) AS r
    WHERE r.job_group IN (SELECT i.job_group FROM appraisal.cycle_indicators(of_cycle) AS i
                          WHERE i.kind <> 'measured' AND i.dimension_weight > 0);
END
$$;
COMMENT ON FUNCTION appraisal.counting_raters(bigint) IS 'step of compute_results(): the sources of each job group in which something is rated';

-- Places number the indicators of a job group: one that is in two dimensions is one.
CREATE FUNCTION appraisal.rated_indicators(of_cycle bigint)
    RETURNS TABLE (job_group text, scheme_indicator_id bigint, indicator_id bigint, place integer, dimension_weight numeric, weight numeric)
LANGUAGE plpgsql STABLE ROWS 50 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    RETURN QUERY
    SELECT i.job_group, i.scheme_indicator_id, i.indicator_id, dense_rank() OVER (PARTITION BY i.job_group ORDER BY i.indicator_id)::integer,
           i.dimension_weight, i.weight
    FROM appraisal.cycle_indicators(of_cycle) AS i
    WHERE i.kind <> 'measured' AND i.dimension_weight > 0;
END
$$;
COMMENT ON FUNCTION appraisal.rated_indicators(bigint) IS 'step of compute_results(): the rated indicators of each job group';

-- Which sources are there. Of an anonymous one nothing is told but that it is missing.
CREATE FUNCTION appraisal.source_states(of_cycle bigint, kind text)
    RETURNS TABLE (participant_id bigint, job_group text, source text, place integer, weight numeric, "trim" integer, anonymous boolean,
                   raters integer, state text)
LANGUAGE plpgsql STABLE ROWS 100000 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    RETURN QUERY
    WITH asked AS (
        SELECT v.participant_id, v.source, count(*) FILTER (WHERE v.status = 'submitted')::integer AS raters,
               bool_or(v.status = 'assigned') AS is_pending, bool_or(v.status = 'recused') AS is_recused,
               bool_or(v.status = 'declined' AND v.delegated_to IS NULL) AS is_declined
        FROM appraisal.review AS v
        WHERE v.cycle_id = of_cycle
        GROUP BY v.participant_id, v.source
    ),
    rule AS MATERIALIZED (
        SELECT c.* FROM appraisal.counting_raters(of_cycle) AS c
    )
    SELECT p.participant_id, p.job_group, r.source, r.place, r.weight, r.trim, r.anonymous, coalesce(a.raters, 0),
           CASE WHEN a.raters >= r.least_raters THEN 'scored'
                WHEN r.anonymous THEN 'insufficient'
                WHEN a.is_pending THEN 'pending'
                WHEN a.is_recused THEN 'recused'
                WHEN a.is_declined THEN 'declined'
                WHEN a.source IS NOT NULL THEN 'insufficient'
                ELSE 'not_applicable' END
    FROM appraisal.appraised(of_cycle, kind) AS p
    JOIN rule AS r USING (job_group)
    LEFT JOIN asked AS a ON a.participant_id = p.participant_id AND a.source = r.source;
END
$$;
COMMENT ON FUNCTION appraisal.source_states(bigint, text) IS
    'step of compute_results(): each participant''s sources, how many of their reviews are in, and why one does not count';

-- What rating_means() is to know of each participant who is rated: how much sources and indicators weigh.
-- Indicators weigh as in the scheme, or by the participant's own goals.
CREATE FUNCTION appraisal.rating_weights(of_cycle bigint, kind text)
    RETURNS TABLE (participant_id bigint, source_weights numeric[], indicators bigint[], indicator_weights numeric[])
LANGUAGE plpgsql STABLE ROWS 100000 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    RETURN QUERY
    WITH rater AS MATERIALIZED (
        SELECT c.job_group, c.place, c.weight FROM appraisal.counting_raters(of_cycle) AS c
    ),
    rated AS MATERIALIZED (
        SELECT i.* FROM appraisal.rated_indicators(of_cycle) AS i
    ),
    source AS (
        SELECT g.job_group, array_agg(r.weight ORDER BY n.place) AS weights
        FROM (SELECT DISTINCT x.job_group FROM rater AS x) AS g
        CROSS JOIN (SELECT DISTINCT x.place FROM rater AS x) AS n
        LEFT JOIN rater AS r ON r.job_group = g.job_group AND r.place = n.place
        GROUP BY g.job_group
    ),
    indicator AS (
        SELECT i.job_group, array_agg(i.indicator_id ORDER BY i.place) AS indicators, array_agg(i.weight ORDER BY i.place) AS weights
        FROM (SELECT r.job_group, r.place, r.indicator_id, sum(r.dimension_weight * r.weight) AS weight
              FROM rated AS r GROUP BY r.job_group, r.place, r.indicator_id) AS i
        GROUP BY i.job_group
    ),
    own AS (
        SELECT i.participant_id, array_agg(i.weight ORDER BY i.place) AS weights
        FROM (SELECT p.participant_id, r.place, sum(r.dimension_weight * coalesce(g.weight, r.weight)) AS weight
              FROM (SELECT DISTINCT x.participant_id FROM appraisal.goal AS x WHERE x.cycle_id = of_cycle) AS set
              JOIN appraisal.appraised(of_cycle, rating_weights.kind) AS p ON p.participant_id = set.participant_id
              JOIN rated AS r USING (job_group)
              LEFT JOIN appraisal.goal AS g ON g.cycle_id = of_cycle AND g.participant_id = p.participant_id
                                           AND g.scheme_indicator_id = r.scheme_indicator_id
              GROUP BY p.participant_id, r.place) AS i
        GROUP BY i.participant_id
    )
    SELECT p.participant_id, s.weights, i.indicators, coalesce(o.weights, i.weights)
    FROM appraisal.appraised(of_cycle, rating_weights.kind) AS p
    JOIN source AS s USING (job_group)
    JOIN indicator AS i USING (job_group)
    LEFT JOIN own AS o ON o.participant_id = p.participant_id;
END
$$;
COMMENT ON FUNCTION appraisal.rating_weights(bigint, text) IS
    'step of compute_results(): what sources and rated indicators weigh for each participant';

-- The nearest unit of each appraised kind, at or above each unit, and its score. A unit that is appraised
-- reads one of a kind before its own only, and those have been computed.
CREATE FUNCTION appraisal.unit_scores(of_cycle bigint) RETURNS TABLE (unit_id bigint, kind text, score numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    RETURN QUERY
    WITH RECURSIVE unit AS MATERIALIZED (
        SELECT p.appraised_unit_id AS unit_id, p.job_group AS kind, r.score
        FROM appraisal.participant AS p
        LEFT JOIN appraisal.result AS r ON r.cycle_id = p.cycle_id AND r.participant_id = p.participant_id AND r.version = 1
        WHERE p.cycle_id = of_cycle AND p.appraised_unit_id IS NOT NULL
    ),
    below AS (
        SELECT u.unit_id, u.kind, u.score FROM unit AS u
        UNION ALL
        SELECT c.unit_id, b.kind, b.score
        FROM below AS b
        JOIN appraisal.unit AS c ON c.parent_id = b.unit_id
        WHERE NOT EXISTS (SELECT FROM unit AS own WHERE own.unit_id = c.unit_id AND own.kind = b.kind)
    )
    SELECT b.unit_id, b.kind, b.score FROM below AS b;
END
$$;
COMMENT ON FUNCTION appraisal.unit_scores(bigint) IS
    'step of compute_results(): for each unit the score of the nearest appraised unit of a kind, itself or above';

-- What each indicator's curve reads, and its points; of one that is rated its place. An attainment has 24 decimals: with fewer, a steep
-- curve would make so much of what was rounded that a true tie is lost.
CREATE FUNCTION appraisal.indicator_points(of_cycle bigint, kind text)
    RETURNS TABLE (participant_id bigint, dimension_id bigint, dimension_weight numeric, scheme_indicator_id bigint, place integer,
                   weight numeric, figure numeric, points numeric)
LANGUAGE plpgsql STABLE ROWS 1000000 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off SET enable_mergejoin = off AS $$
BEGIN
    RETURN QUERY
    WITH rule AS MATERIALIZED (
        SELECT i.job_group, i.dimension_id, i.dimension_weight, i.scheme_indicator_id, i.indicator_id, r.place,
               i.reads = 'attainment' AS is_attainment, i.weight, i.curve, i.target, i.unit_level
        FROM appraisal.cycle_indicators(of_cycle) AS i
        LEFT JOIN appraisal.rated_indicators(of_cycle) AS r ON r.job_group = i.job_group AND r.scheme_indicator_id = i.scheme_indicator_id
        WHERE i.dimension_weight > 0
    ),
    level AS MATERIALIZED (
        SELECT u.kind, u.place
        FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id), unnest(s.unit_levels) WITH ORDINALITY AS u (kind, place)
        WHERE c.cycle_id = of_cycle
          AND (indicator_points.kind IS NULL
               OR u.place < coalesce(array_position(s.unit_levels, indicator_points.kind), 0))
    ),
    unit_score AS MATERIALIZED (
        SELECT u.unit_id, u.kind, u.score FROM appraisal.unit_scores(of_cycle) AS u JOIN level AS l USING (kind)
    )
    SELECT f.participant_id, f.dimension_id, f.dimension_weight, f.scheme_indicator_id, f.place, f.weight, f.figure,
           appraisal.points(f.figure, f.curve)
    FROM (SELECT p.participant_id, r.dimension_id, r.dimension_weight, r.scheme_indicator_id, r.place, r.curve,
                 coalesce(g.weight, r.weight) AS weight,
                 CASE WHEN NOT r.is_attainment THEN trim_scale(coalesce(m.value, u.score))
                      ELSE trim_scale(1 + round(coalesce(m.value, u.score) - coalesce(g.target, r.target), 24)
                                          / nullif(abs(coalesce(g.target, r.target)), 0)) END AS figure
          FROM appraisal.appraised(of_cycle, indicator_points.kind) AS p
          JOIN rule AS r USING (job_group)
          LEFT JOIN appraisal.goal AS g ON g.cycle_id = of_cycle AND g.participant_id = p.participant_id
                                       AND g.scheme_indicator_id = r.scheme_indicator_id
          LEFT JOIN appraisal.current_measurements(of_cycle) AS m
              ON m.participant_id = p.participant_id AND m.indicator_id = r.indicator_id AND r.place IS NULL
          LEFT JOIN unit_score AS u ON u.unit_id = p.unit_id AND u.kind = r.unit_level) AS f;
END
$$;
COMMENT ON FUNCTION appraisal.indicator_points(bigint, text) IS
    'step of compute_results(): every indicator of every participant with its weight, figure and points, null where missing or rated';

-- One statement, because each mark is read once for both tables: rating_means() tells what the sources gave
-- and what the indicators earned, both by their places. Of sources that are trimmed the mean of an indicator
-- stands for its marks.
CREATE FUNCTION appraisal.write_scores(of_cycle bigint, kind text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
DECLARE
    counts_zero CONSTANT boolean := (SELECT s.missing = 'zero' FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
                                     WHERE c.cycle_id = of_cycle);
BEGIN
    WITH stated AS MATERIALIZED (
        SELECT s.* FROM appraisal.source_states(of_cycle, kind) AS s
    ),
    mark AS NOT MATERIALIZED (
        SELECT s.participant_id, s.place, s.trim, m.indicator_id, m.score
        FROM stated AS s
        JOIN appraisal.review AS v ON v.cycle_id = of_cycle AND v.participant_id = s.participant_id AND v.source = s.source
                                  AND v.status = 'submitted'
        JOIN appraisal.rating AS m ON m.cycle_id = of_cycle AND m.review_id = v.review_id
        WHERE s.state = 'scored'
    ),
    given AS (
        SELECT t.participant_id, array_agg(t.place) AS places, array_agg(t.indicator_id) AS indicators, array_agg(t.score) AS scores
        FROM (SELECT m.participant_id, m.place, m.indicator_id, m.score FROM mark AS m WHERE m.trim = 0
              UNION ALL
              SELECT m.participant_id, m.place, m.indicator_id, appraisal.trimmed_score(m.score, m.trim) FROM mark AS m
              WHERE m.trim > 0 GROUP BY m.participant_id, m.place, m.indicator_id) AS t
        GROUP BY t.participant_id
    ),
    rated AS MATERIALIZED (
        SELECT g.participant_id,
               appraisal.rating_means(g.places, g.indicators, g.scores, w.source_weights, w.indicators, w.indicator_weights) AS means
        FROM given AS g
        JOIN appraisal.rating_weights(of_cycle, kind) AS w USING (participant_id)
    ),
    source AS MATERIALIZED (
        SELECT s.participant_id, s.job_group, s.source, s.weight, CASE WHEN g.score IS NOT NULL THEN s.raters ELSE 0 END AS raters,
               CASE WHEN g.score IS NULL AND s.state = 'scored' THEN 'insufficient' ELSE s.state END AS state, g.score, s.anonymous
        FROM stated AS s
        LEFT JOIN rated AS r USING (participant_id)
        CROSS JOIN LATERAL (SELECT trim_scale(round((r.means).by_source[s.place], 14)) AS score) AS g
    ),
    changed_source AS (
        UPDATE appraisal.source_score AS o
        SET weight = f.weight, raters = f.raters, state = f.state, score = f.score, anonymous = f.anonymous
        FROM source AS f
        WHERE o.cycle_id = of_cycle AND o.participant_id = f.participant_id AND o.version = 1 AND o.source = f.source
          AND (o.weight, o.raters, o.state, o.score, o.anonymous) IS DISTINCT FROM (f.weight, f.raters, f.state, f.score, f.anonymous)
    ),
    new_source AS (
        INSERT INTO appraisal.source_score (cycle_id, participant_id, source, weight, raters, state, score, anonymous)
        SELECT of_cycle, f.participant_id, f.source, f.weight, f.raters, f.state, f.score, f.anonymous
        FROM source AS f
        LEFT JOIN appraisal.source_score AS was
            ON was.cycle_id = of_cycle AND was.participant_id = f.participant_id AND was.version = 1 AND was.source = f.source
        WHERE was.source IS NULL
    ),
    -- of who misses a required source: the weight of the sources that count, as a share of those that
    -- should; what is optional and missing should not
    share AS (
        SELECT s.participant_id,
               round(coalesce(sum(s.weight) FILTER (WHERE s.state = 'scored'), 0)
                     / sum(s.weight) FILTER (WHERE s.state = 'scored' OR r.required), 24) AS share
        FROM source AS s
        JOIN appraisal.counting_raters(of_cycle) AS r ON r.job_group = s.job_group AND r.source = s.source
        WHERE s.weight > 0
          AND s.participant_id IN (SELECT m.participant_id FROM source AS m WHERE m.weight > 0 AND m.state <> 'scored')
        GROUP BY s.participant_id
        HAVING bool_or(s.state <> 'scored' AND r.required)
    ),
    part AS (
        SELECT i.participant_id, i.dimension_id, i.dimension_weight, i.scheme_indicator_id, i.weight, i.figure,
               CASE WHEN i.place IS NULL THEN i.points
                    WHEN counts_zero AND s.share IS NOT NULL THEN trim_scale((r.means).by_indicator[i.place] * s.share)
                    ELSE trim_scale((r.means).by_indicator[i.place]) END AS points,
               CASE WHEN coalesce(i.points, (r.means).by_indicator[i.place]) IS NULL THEN 0
                    WHEN i.place IS NULL THEN 1
                    ELSE coalesce(s.share, 1) END AS covered
        FROM appraisal.indicator_points(of_cycle, kind) AS i
        LEFT JOIN rated AS r ON r.participant_id = i.participant_id
        LEFT JOIN share AS s ON s.participant_id = i.participant_id
        ORDER BY i.participant_id, i.dimension_id, i.dimension_weight, i.scheme_indicator_id
    ),
    summed AS (
        SELECT p.participant_id, p.dimension_id, p.dimension_weight AS weight,
               appraisal.weighted_score(p.covered, p.weight) AS coverage,
               appraisal.weighted_score(CASE WHEN counts_zero THEN coalesce(p.points, 0) ELSE p.points END, p.weight) AS score,
               array_agg(p.scheme_indicator_id) AS scheme_indicators, array_agg(p.weight) AS weights,
               array_agg(p.figure) AS figures, array_agg(p.points) AS points
        FROM part AS p
        GROUP BY p.participant_id, p.dimension_id, p.dimension_weight
    ),
    fresh AS MATERIALIZED (
        SELECT s.participant_id, s.dimension_id, s.weight, trim_scale(s.coverage) AS coverage, trim_scale(s.score) AS score,
               appraisal.grade(round(s.score, 14), d.scale) AS grade, s.scheme_indicators, s.weights, s.figures, s.points
        FROM summed AS s JOIN appraisal.dimension AS d USING (dimension_id)
    ),
    changed AS (
        UPDATE appraisal.dimension_score AS o
        SET weight = f.weight, coverage = f.coverage, score = f.score, grade = f.grade, scheme_indicators = f.scheme_indicators,
            weights = f.weights, figures = f.figures, points = f.points
        FROM fresh AS f
        WHERE o.cycle_id = of_cycle AND o.participant_id = f.participant_id AND o.version = 1 AND o.dimension_id = f.dimension_id
          AND (o.weight, o.coverage, o.score, o.grade, o.scheme_indicators, o.weights, o.figures, o.points) IS DISTINCT FROM
              (f.weight, f.coverage, f.score, f.grade, f.scheme_indicators, f.weights, f.figures, f.points)
    )
    INSERT INTO appraisal.dimension_score
        (cycle_id, participant_id, dimension_id, weight, coverage, score, grade, scheme_indicators, weights, figures, points)
    SELECT of_cycle, f.participant_id, f.dimension_id, f.weight, f.coverage, f.score, f.grade, f.scheme_indicators, f.weights,
           f.figures, f.points
    FROM fresh AS f
    LEFT JOIN appraisal.dimension_score AS was
        ON was.cycle_id = of_cycle AND was.participant_id = f.participant_id AND was.version = 1 AND was.dimension_id = f.dimension_id
    WHERE was.dimension_id IS NULL;
END
$$;
COMMENT ON FUNCTION appraisal.write_scores(bigint, text) IS
    'step of compute_results(): writes which sources count and what they gave, and each participant''s dimensions with every indicator''s part in them';
