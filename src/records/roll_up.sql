-- Roll-up: results of a year, a half-year or a quarter out of the published results of shorter periods.
--
-- The period is cut into places, as many as its parts should be: four quarters of a year. A published result of
-- the same person, or unit, in a cycle of the same scheme takes its place by the middle of its days. What a place
-- weighs follows from combined_by. A place counts while the person was there for half of it: who was exempt in
-- it, or not posted yet, is combined without it; who should have a result and has none lacks it, and the scheme's
-- rule for what is missing holds.
--
-- Parts are read once, by write_part_scores(); all later steps go by what that wrote. The steps run with the
-- rights of the tables' owner, as those of result_points.sql do.

-- A person may have changed the job group, and with it the length of the parts: a head since July has two
-- quarters and a half-year. A place that holds no part of the own length is filled by others, the longest first;
-- a part that is longer than a place fills several. Whoever is in several segments has the parts once, at the
-- leading one of those that are composed.
CREATE FUNCTION appraisal.part_results(of_cycle bigint)
    RETURNS TABLE (participant_id bigint, part_cycle_id bigint, part_participant_id bigint, part_version integer, weight numeric,
                   of_weight numeric, state text, score numeric, coverage numeric, published_at timestamptz)
LANGUAGE plpgsql STABLE ROWS 100000 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
DECLARE
    this record;
    part_ids bigint[];
BEGIN
    SELECT c.period, c.during, c.scheme_id, s.code, array_agg(DISTINCT r.job_group) AS sets,
           array_agg(r.job_group) FILTER (WHERE r.period = c.period AND r.composed_of IS NOT NULL) AS composed,
           array_agg(r.composed_of) FILTER (WHERE r.period = c.period) AS lengths
    INTO this
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) JOIN appraisal.period_rule AS r USING (scheme_id)
    WHERE c.cycle_id = of_cycle
    GROUP BY c.cycle_id, s.code;
    part_ids := ARRAY(SELECT k.cycle_id FROM appraisal.cycle AS k JOIN appraisal.scheme AS s USING (scheme_id)
                      WHERE s.code = this.code AND k.period = ANY (this.lengths) AND k.during <@ this.during AND k.cycle_id <> of_cycle);
    RETURN QUERY
    WITH rule AS MATERIALIZED (
        SELECT g.* FROM appraisal.composed_groups(of_cycle) AS g
    ),
    place AS MATERIALIZED (
        SELECT l.composed_of, n.place, x.during, lower(x.during) + (upper(x.during) - lower(x.during)) / 2 AS middle, l.months
        FROM (SELECT DISTINCT r.composed_of, appraisal.period_months(r.composed_of) AS months,
                     appraisal.period_months(this.period) / appraisal.period_months(r.composed_of) AS places
              FROM rule AS r) AS l
        CROSS JOIN LATERAL generate_series(1, l.places) AS n (place)
        CROSS JOIN LATERAL (
            SELECT daterange(least((lower(this.during) + make_interval(months => l.months * (n.place - 1)))::date, upper(this.during)),
                             CASE WHEN n.place = l.places THEN upper(this.during)
                                  ELSE least((lower(this.during) + make_interval(months => l.months * n.place))::date, upper(this.during)) END)
                   AS during) AS x
        WHERE NOT isempty(x.during)
    ),
    owner AS MATERIALIZED (
        SELECT DISTINCT ON (coalesce(p.person_id, -p.appraised_unit_id), r.combined_by = 'reference')
               p.participant_id, p.person_id, coalesce(p.person_id, -p.appraised_unit_id) AS who, r.composed_of, r.combined_by, r.part_weights
        FROM appraisal.participant AS p JOIN rule AS r USING (job_group)
        WHERE p.cycle_id = of_cycle AND p.exempt_because IS NULL
        ORDER BY coalesce(p.person_id, -p.appraised_unit_id), r.combined_by = 'reference', p.leads DESC, p.segment DESC
    ),
    part AS MATERIALIZED (
        SELECT k.cycle_id, k.period, k.during, lower(k.during) + (upper(k.during) - lower(k.during)) / 2 AS middle,
               appraisal.period_months(k.period) AS months, k.status IN ('published', 'closed') AS is_published
        FROM appraisal.cycle AS k WHERE k.cycle_id = ANY (part_ids)
    ),
    latest AS MATERIALIZED (
        SELECT r.cycle_id, r.participant_id, r.version, r.state, r.score, r.coverage, r.published_at
        FROM appraisal.current_result AS r WHERE r.cycle_id = ANY (part_ids)
    ),
    taken AS MATERIALIZED (
        SELECT o.participant_id, o.composed_of, k.cycle_id, k.period, k.during, k.middle, k.months, q.participant_id AS part_participant_id,
               CASE WHEN r.score IS NOT NULL THEN 'scored'
                    WHEN q.exempt_because IS NOT NULL THEN 'exempt'
                    WHEN NOT k.is_published THEN 'pending'
                    WHEN r.state IN ('not_applicable', 'declined', 'recused') THEN r.state
                    ELSE 'insufficient' END AS state,
               r.version, r.score, r.coverage, r.published_at
        FROM owner AS o
        JOIN appraisal.participant AS q
            ON q.cycle_id = ANY (part_ids) AND q.leads AND coalesce(q.person_id, -q.appraised_unit_id) = o.who
        JOIN part AS k ON k.cycle_id = q.cycle_id
        LEFT JOIN latest AS r ON r.cycle_id = q.cycle_id AND r.participant_id = q.participant_id AND k.is_published
    ),
    placed AS MATERIALIZED (
        SELECT t.*, p.place, p.months AS place_months, least(t.months, p.months) AS months_in,
               first_value(t.period) OVER (PARTITION BY t.participant_id, p.place
                                           ORDER BY t.state = 'exempt', t.period <> t.composed_of, t.months DESC) AS of_length,
               bool_or(t.state = 'scored' AND t.period = t.composed_of) OVER (PARTITION BY t.participant_id, p.place) AS has_own
        FROM taken AS t
        JOIN place AS p
            ON p.composed_of = t.composed_of
           AND CASE WHEN t.months <= p.months THEN p.during @> t.middle ELSE t.during @> p.middle END
    ),
    -- who changed to another cycle of the same days is missing in one of them and has a score in the other
    used AS (
        SELECT p.*, sum(p.counted) OVER (PARTITION BY p.participant_id, p.place) AS all_counted
        FROM (SELECT s.*, CASE WHEN s.state = 'exempt' OR s.has_own AND s.state <> 'scored' THEN 0 ELSE s.months_in END::numeric AS counted
              FROM placed AS s WHERE s.period = s.of_length) AS p
    ),
    gap AS (
        SELECT o.participant_id, o.person_id, p.place, p.months, p.during
        FROM owner AS o
        JOIN place AS p USING (composed_of)
        LEFT JOIN (SELECT DISTINCT x.participant_id, x.place FROM placed AS x) AS there
            ON there.participant_id = o.participant_id AND there.place = p.place
        WHERE there.place IS NULL
    ),
    wanted AS (
        SELECT u.participant_id, u.place, u.place_months AS months, max(u.all_counted) / greatest(u.place_months, max(u.all_counted)) AS filled
        FROM used AS u WHERE u.counted > 0
        GROUP BY u.participant_id, u.place, u.place_months
        UNION ALL
        SELECT g.participant_id, g.place, g.months, 1
        FROM gap AS g
        LEFT JOIN (appraisal.posting AS h JOIN appraisal.person AS n USING (person_id))
            ON h.person_id = g.person_id AND h.during && g.during AND daterange(n.hired_on, n.left_on) && g.during
           AND CASE WHEN h.job_group = ANY (this.sets) THEN h.job_group ELSE '*' END = ANY (this.composed)
        CROSS JOIN LATERAL (SELECT h.during * g.during * daterange(n.hired_on, n.left_on) AS held) AS d
        GROUP BY g.participant_id, g.place, g.months, g.during, g.person_id
        HAVING g.person_id IS NULL OR 2 * sum(upper(d.held) - lower(d.held)) >= upper(g.during) - lower(g.during)
    ),
    weighed AS MATERIALIZED (
        SELECT w.participant_id, w.place, w.filled,
               CASE o.combined_by WHEN 'mean' THEN w.months
                                  WHEN 'weighted' THEN o.part_weights[w.place]
                                  WHEN 'latest' THEN CASE WHEN w.place = max(w.place) OVER (PARTITION BY w.participant_id) THEN 100 ELSE 0 END
                                  ELSE 0 END::numeric AS weight
        FROM wanted AS w JOIN owner AS o USING (participant_id)
    ),
    total AS (
        SELECT w.participant_id, sum(w.weight * w.filled) AS of_weight FROM weighed AS w GROUP BY w.participant_id
    )
    SELECT u.participant_id, u.cycle_id, u.part_participant_id, u.version,
           trim_scale(sum(CASE WHEN u.counted = 0 THEN 0 ELSE w.weight * u.counted / greatest(u.place_months, u.all_counted) END)),
           trim_scale(coalesce(t.of_weight, 0)), u.state, u.score, u.coverage, u.published_at
    FROM used AS u
    LEFT JOIN weighed AS w ON w.participant_id = u.participant_id AND w.place = u.place
    LEFT JOIN total AS t ON t.participant_id = u.participant_id
    GROUP BY u.participant_id, u.cycle_id, u.part_participant_id, u.version, t.of_weight, u.state, u.score, u.coverage, u.published_at;
END
$$;
COMMENT ON FUNCTION appraisal.part_results(bigint) IS
    'the results of shorter periods that those of a cycle take in, as they are now, with their weights; as far as the caller sees them';

-- Nobody ever sees a part_score that is half old and half new: what is read here is of one moment.
CREATE FUNCTION appraisal.write_part_scores(of_cycle bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM appraisal.composed_groups(of_cycle))
       AND NOT EXISTS (SELECT FROM appraisal.part_score AS o WHERE o.cycle_id = of_cycle) THEN
        RETURN;
    END IF;
    WITH part AS MATERIALIZED (
        SELECT t.* FROM appraisal.part_results(of_cycle) AS t
    ),
    -- dimensions are known by their codes, because the scheme may have been revised since
    dimension AS MATERIALIZED (
        SELECT b.dimension_id, a.dimension_id AS own_id
        FROM appraisal.cycle AS c
        JOIN appraisal.dimension AS a USING (scheme_id)
        JOIN appraisal.dimension AS b ON b.code = a.code
        WHERE c.cycle_id = of_cycle
    ),
    scored AS (
        SELECT t.participant_id, t.part_cycle_id, d.own_id, trim_scale(appraisal.weighted_score(s.score, q.segment_days)) AS score
        FROM part AS t
        JOIN appraisal.participant AS l ON l.cycle_id = t.part_cycle_id AND l.participant_id = t.part_participant_id
        JOIN appraisal.participant AS q
            ON q.cycle_id = l.cycle_id AND coalesce(q.person_id, -q.appraised_unit_id) = coalesce(l.person_id, -l.appraised_unit_id)
        JOIN appraisal.dimension_score AS s ON s.cycle_id = q.cycle_id AND s.participant_id = q.participant_id AND s.version = 1
        JOIN dimension AS d ON d.dimension_id = s.dimension_id
        WHERE t.state = 'scored' AND s.score IS NOT NULL
        GROUP BY t.participant_id, t.part_cycle_id, d.own_id
    ),
    listed AS (
        SELECT s.participant_id, s.part_cycle_id, array_agg(s.own_id ORDER BY s.own_id) AS dimensions,
               array_agg(s.score ORDER BY s.own_id) AS dimension_scores
        FROM scored AS s
        GROUP BY s.participant_id, s.part_cycle_id
    ),
    fresh AS MATERIALIZED (
        SELECT t.*, coalesce(l.dimensions, '{}') AS dimensions, coalesce(l.dimension_scores, '{}') AS dimension_scores
        FROM part AS t LEFT JOIN listed AS l USING (participant_id, part_cycle_id)
    ),
    gone AS (
        DELETE FROM appraisal.part_score AS o
        WHERE o.cycle_id = of_cycle AND o.version = 1
          AND (o.participant_id, o.part_cycle_id) NOT IN (SELECT f.participant_id, f.part_cycle_id FROM fresh AS f)
    ),
    changed AS (
        UPDATE appraisal.part_score AS o
        SET part_participant_id = f.part_participant_id, part_version = f.part_version, weight = f.weight, of_weight = f.of_weight,
            state = f.state, score = f.score, coverage = f.coverage, dimensions = f.dimensions, dimension_scores = f.dimension_scores
        FROM fresh AS f
        WHERE o.cycle_id = of_cycle AND o.participant_id = f.participant_id AND o.version = 1 AND o.part_cycle_id = f.part_cycle_id
          AND (o.part_participant_id, o.part_version, o.weight, o.of_weight, o.state, o.score, o.coverage, o.dimensions, o.dimension_scores)
              IS DISTINCT FROM
              (f.part_participant_id, f.part_version, f.weight, f.of_weight, f.state, f.score, f.coverage, f.dimensions, f.dimension_scores)
    )
    INSERT INTO appraisal.part_score
        (cycle_id, participant_id, part_cycle_id, part_participant_id, part_version, weight, of_weight, state, score, coverage, dimensions,
         dimension_scores)
    SELECT of_cycle, f.participant_id, f.part_cycle_id, f.part_participant_id, f.part_version, f.weight, f.of_weight, f.state, f.score,
           f.coverage, f.dimensions, f.dimension_scores
    FROM fresh AS f
    LEFT JOIN appraisal.part_score AS was
        ON was.cycle_id = of_cycle AND was.participant_id = f.participant_id AND was.version = 1 AND was.part_cycle_id = f.part_cycle_id
    WHERE was.part_cycle_id IS NULL;
END
$$;
COMMENT ON FUNCTION appraisal.write_part_scores(bigint) IS
    'step of compute_results(): writes the results of shorter periods that those of the cycle take in';

-- A part that has no such dimension says nothing of it; a part that is missing does, where missing counts as zero.
CREATE FUNCTION appraisal.write_rolled_dimensions(of_cycle bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
DECLARE
    missing CONSTANT text := (SELECT s.missing FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
                              WHERE c.cycle_id = of_cycle);
BEGIN
    IF NOT EXISTS (SELECT FROM appraisal.rolled_groups(of_cycle)) THEN
        RETURN;
    END IF;
    WITH rolled AS MATERIALIZED (
        SELECT g.job_group FROM appraisal.rolled_groups(of_cycle) AS g (job_group)
    ),
    rule AS MATERIALIZED (
        SELECT DISTINCT i.job_group, i.dimension_id, i.dimension_weight
        FROM appraisal.cycle_indicators(of_cycle) AS i JOIN rolled AS r USING (job_group)
        WHERE i.dimension_weight > 0
    ),
    part AS MATERIALIZED (
        SELECT o.participant_id, p.job_group, o.weight, o.of_weight, o.state, o.dimensions, o.dimension_scores
        FROM appraisal.part_score AS o
        JOIN appraisal.participant AS p USING (cycle_id, participant_id)
        JOIN rolled AS r USING (job_group)
        WHERE o.cycle_id = of_cycle AND o.version = 1
    ),
    owner AS (
        -- shares of places are rounded, and what that leaves over is not missing
        SELECT s.participant_id, s.job_group, s.of_weight, CASE WHEN round(s.missing_weight, 9) = 0 THEN 0 ELSE s.missing_weight END AS missing_weight
        FROM (SELECT t.participant_id, t.job_group, max(t.of_weight) AS of_weight,
                     max(t.of_weight) - coalesce(sum(t.weight) FILTER (WHERE t.state = 'scored'), 0) AS missing_weight
              FROM part AS t
              GROUP BY t.participant_id, t.job_group) AS s
    ),
    given AS (
        SELECT t.participant_id, d.dimension_id, sum(t.weight) AS weight, sum(t.weight * d.score) AS points,
               appraisal.weighted_score(d.score, t.weight) AS score
        FROM part AS t CROSS JOIN unnest(t.dimensions, t.dimension_scores) AS d (dimension_id, score)
        WHERE t.weight > 0
        GROUP BY t.participant_id, d.dimension_id
    ),
    fresh AS MATERIALIZED (
        SELECT x.participant_id, x.dimension_id, x.weight, trim_scale(round(x.present / nullif(x.of_weight, 0), 24)) AS coverage,
               trim_scale(x.score) AS score, appraisal.grade(round(x.score, 14), d.scale) AS grade
        FROM (SELECT o.participant_id, r.dimension_id, r.dimension_weight AS weight, o.of_weight, coalesce(g.weight, 0) AS present,
                     appraisal.parts_total(missing, g.score, g.points, coalesce(g.weight, 0) + o.missing_weight) AS score
              FROM owner AS o
              JOIN rule AS r USING (job_group)
              LEFT JOIN given AS g ON g.participant_id = o.participant_id AND g.dimension_id = r.dimension_id) AS x
        JOIN appraisal.dimension AS d USING (dimension_id)
    ),
    gone AS (
        DELETE FROM appraisal.dimension_score AS o
        USING appraisal.participant AS p
        WHERE o.cycle_id = of_cycle AND o.version = 1 AND p.cycle_id = of_cycle AND p.participant_id = o.participant_id
          AND p.job_group IN (SELECT r.job_group FROM rolled AS r)
          AND (o.participant_id, o.dimension_id) NOT IN (SELECT f.participant_id, f.dimension_id FROM fresh AS f)
    ),
    changed AS (
        UPDATE appraisal.dimension_score AS o
        SET weight = f.weight, coverage = f.coverage, score = f.score, grade = f.grade, scheme_indicators = '{}', weights = '{}',
            figures = '{}', points = '{}'
        FROM fresh AS f
        WHERE o.cycle_id = of_cycle AND o.participant_id = f.participant_id AND o.version = 1 AND o.dimension_id = f.dimension_id
          AND (o.weight, o.coverage, o.score, o.grade, cardinality(o.points)) IS DISTINCT FROM (f.weight, f.coverage, f.score, f.grade, 0)
    )
    INSERT INTO appraisal.dimension_score
        (cycle_id, participant_id, dimension_id, weight, coverage, score, grade, scheme_indicators, weights, figures, points)
    SELECT of_cycle, f.participant_id, f.dimension_id, f.weight, f.coverage, f.score, f.grade, '{}', '{}', '{}', '{}'
    FROM fresh AS f
    LEFT JOIN appraisal.dimension_score AS was
        ON was.cycle_id = of_cycle AND was.participant_id = f.participant_id AND was.version = 1 AND was.dimension_id = f.dimension_id
    WHERE was.dimension_id IS NULL;
END
$$;
COMMENT ON FUNCTION appraisal.write_rolled_dimensions(bigint) IS
    'step of compute_results(): writes the dimensions of results that are rolled up, combined as the results are';

CREATE FUNCTION appraisal.parts_total(missing text, mean numeric, points numeric, of_weight numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN missing = 'zero' THEN round(coalesce(points, 0), 24) / nullif(of_weight, 0) ELSE mean END;
COMMENT ON FUNCTION appraisal.parts_total(text, numeric, numeric, numeric) IS
    'what parts come to: the mean of those that are there, or where missing ones count as zero their points by the weight of all';

-- The published scores are combined, as they were rounded when they were published: so the year is what people
-- can reckon from their quarters. All segments of a person that are rolled up have the same total.
CREATE FUNCTION appraisal.rolled_totals(of_cycle bigint, participants bigint[] DEFAULT NULL)
    RETURNS TABLE (participant_id bigint, total numeric, coverage numeric, state_rank integer)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
DECLARE
    this record;
BEGIN
    IF NOT EXISTS (SELECT FROM appraisal.rolled_groups(of_cycle)) THEN
        RETURN;
    END IF;
    SELECT s.missing, CASE c.status WHEN 'scoring' THEN 'pending' ELSE 'insufficient' END AS state_of_gap INTO this
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    RETURN QUERY
    WITH summed AS (
        SELECT o.participant_id,
               appraisal.parts_total(this.missing, appraisal.weighted_score(o.score, o.weight), sum(o.weight * o.score), max(o.of_weight)) AS total,
               round(coalesce(sum(o.weight * coalesce(o.coverage, 1)) FILTER (WHERE o.state = 'scored'), 0) / max(o.of_weight), 24) AS coverage,
               least(min(array_position(appraisal.missing_states(), o.state)) FILTER (WHERE o.weight > 0),
                     CASE WHEN round(max(o.of_weight) - sum(o.weight), 9) > 0
                          THEN array_position(appraisal.missing_states(), this.state_of_gap) END) AS state_rank
        FROM appraisal.part_score AS o
        WHERE o.cycle_id = of_cycle AND o.version = 1 AND o.of_weight > 0 AND (participants IS NULL OR o.participant_id = ANY (participants))
        GROUP BY o.participant_id
    )
    SELECT p.participant_id, s.total, s.coverage, s.state_rank
    FROM appraisal.participant AS p
    LEFT JOIN (summed JOIN appraisal.participant AS l ON l.cycle_id = of_cycle AND l.participant_id = summed.participant_id) AS s
        ON coalesce(s.person_id, -s.appraised_unit_id) = coalesce(p.person_id, -p.appraised_unit_id)
    WHERE p.cycle_id = of_cycle AND p.exempt_because IS NULL AND p.job_group IN (SELECT appraisal.rolled_groups(of_cycle))
      AND (participants IS NULL OR p.participant_id = ANY (participants));
END
$$;
COMMENT ON FUNCTION appraisal.rolled_totals(bigint, bigint[]) IS
    'step of compute_results(): totals of participants, all or some, whose results are rolled up, with what part of them is there and why the rest is missing';

-- What an appeal that was upheld, or a publication, has changed in the parts since. A published result stays, and
-- its own appeal may take what changed into account: from then on the result is the newer one.
CREATE FUNCTION appraisal.stale_parts(of_cycle bigint)
    RETURNS TABLE (participant_id bigint, part_cycle_id bigint, version integer, score numeric, version_now integer, score_now numeric,
                   weight numeric, of_weight numeric)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM appraisal.rolled_groups(of_cycle)) THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT f.participant_id, f.part_cycle_id, o.part_version, o.score, f.part_version, f.score, coalesce(o.weight, f.weight), o.of_weight
    FROM appraisal.part_results(of_cycle) AS f
    JOIN appraisal.participant AS p ON p.cycle_id = of_cycle AND p.participant_id = f.participant_id
    JOIN appraisal.participant AS l
        ON l.cycle_id = of_cycle AND l.leads AND coalesce(l.person_id, -l.appraised_unit_id) = coalesce(p.person_id, -p.appraised_unit_id)
    JOIN appraisal.current_result AS r ON r.cycle_id = of_cycle AND r.participant_id = l.participant_id
    LEFT JOIN appraisal.part_score AS o
        ON o.cycle_id = of_cycle AND o.participant_id = f.participant_id AND o.version = 1 AND o.part_cycle_id = f.part_cycle_id
    WHERE f.state = 'scored' AND coalesce(o.weight, f.weight) > 0
      AND (o.part_version, o.score) IS DISTINCT FROM (f.part_version, f.score)
      AND (r.version = 1 OR f.published_at > r.published_at);
END
$$;
COMMENT ON FUNCTION appraisal.stale_parts(bigint) IS
    'parts whose published results are not those that the results of a cycle were made of';

CREATE FUNCTION appraisal.stale_roll_ups(cycle text)
    RETURNS TABLE (person text, unit text, part text, version integer, score numeric, version_now integer, score_now numeric, result numeric,
                   result_now numeric)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    rule appraisal.scheme;
BEGIN
    SELECT s.* INTO rule FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = this_cycle;
    RETURN QUERY
    WITH stale AS MATERIALIZED (
        SELECT s.* FROM appraisal.stale_parts(this_cycle) AS s
    ),
    -- null where a part came that had no place in the result yet
    renewed AS (
        SELECT o.participant_id,
               CASE WHEN bool_and(o.is_known)
                    THEN appraisal.parts_total(rule.missing, appraisal.weighted_score(o.score, o.weight), sum(o.weight * o.score),
                                               max(o.of_weight)) END AS total
        FROM (SELECT k.participant_id, k.weight, k.of_weight, coalesce(s.score_now, k.score) AS score, true AS is_known
              FROM appraisal.part_score AS k LEFT JOIN stale AS s USING (participant_id, part_cycle_id)
              WHERE k.cycle_id = this_cycle AND k.version = 1 AND k.participant_id IN (SELECT x.participant_id FROM stale AS x)
              UNION ALL
              SELECT s.participant_id, s.weight, s.of_weight, s.score_now, false FROM stale AS s WHERE s.of_weight IS NULL) AS o
        GROUP BY o.participant_id
    )
    SELECT h.code, u.code, k.code, s.version, s.score, s.version_now, s.score_now, r.score,
           CASE rule.rounding WHEN 'down' THEN trunc(round(n.total, 14), rule.decimals) ELSE round(round(n.total, 14), rule.decimals) END
    FROM stale AS s
    JOIN renewed AS n USING (participant_id)
    JOIN appraisal.cycle AS k ON k.cycle_id = s.part_cycle_id
    JOIN appraisal.participant AS p ON p.cycle_id = this_cycle AND p.participant_id = s.participant_id
    JOIN appraisal.unit AS u USING (unit_id)
    LEFT JOIN appraisal.person AS h USING (person_id)
    LEFT JOIN appraisal.current_result AS r ON r.cycle_id = this_cycle AND r.participant_id = s.participant_id
    ORDER BY u.code, h.code, lower(k.during), k.code;
END
$$;
COMMENT ON FUNCTION appraisal.stale_roll_ups(text) IS
    'results of a cycle whose parts have later versions now, or were published since: what was taken in, what it is now, and what the parts come to now';

CREATE FUNCTION appraisal.refuse_stale_parts(of_cycle bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    stale record;
BEGIN
    SELECT c.code, count(DISTINCT s.participant_id) AS results, min(k.code) AS part INTO stale
    FROM appraisal.stale_parts(of_cycle) AS s
    JOIN appraisal.cycle AS c ON c.cycle_id = of_cycle
    JOIN appraisal.cycle AS k ON k.cycle_id = s.part_cycle_id
    GROUP BY c.code;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('results of cycle "%s" rest on parts that have changed since', stale.code),
            DETAIL = format('Results: %s. One of the parts is of cycle "%s".', stale.results, stale.part),
            HINT = format('CALL appraisal.withdraw_sign_off(''%1$s''), compute_results(''%1$s'') and sign anew; stale_roll_ups(''%1$s'') lists them.',
                          stale.code);
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_stale_parts(bigint) IS
    'raise AP001 if results of a cycle rest on parts that have later versions, or were published since';
