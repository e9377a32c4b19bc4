-- Results: computed anew from figures and marks as often as HR likes, until they are published.
--
-- compute_results() calls write_results(), which is made with the tables, checks who is asking and runs the
-- steps with the rights of the tables' owner: nobody else writes results. Units come first, level by level
-- from the top, because their scores are figures of what is below them.

-- Rows of who is exempt by now, or in another job group. What is published is not computed anew, so
-- there is one version.
CREATE FUNCTION appraisal.remove_stale_results(of_cycle bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    WITH rule AS MATERIALIZED (
        SELECT DISTINCT i.job_group, i.dimension_id FROM appraisal.cycle_indicators(of_cycle) AS i WHERE i.dimension_weight > 0
    )
    DELETE FROM appraisal.dimension_score AS s
    WHERE s.cycle_id = of_cycle AND s.version = 1
      AND (s.participant_id, s.dimension_id) NOT IN (
          SELECT p.participant_id, r.dimension_id
          FROM appraisal.participant AS p JOIN rule AS r USING (job_group)
          WHERE p.cycle_id = of_cycle AND p.exempt_because IS NULL);
    DELETE FROM appraisal.source_score AS s
    WHERE s.cycle_id = of_cycle AND s.version = 1
      AND (s.participant_id, s.source) NOT IN (
          SELECT p.participant_id, r.source
          FROM appraisal.participant AS p JOIN appraisal.counting_raters(of_cycle) AS r USING (job_group)
          WHERE p.cycle_id = of_cycle AND p.exempt_because IS NULL);
    DELETE FROM appraisal.result AS r
    USING appraisal.participant AS p
    WHERE r.cycle_id = of_cycle AND r.version = 1
      AND p.cycle_id = r.cycle_id AND p.participant_id = r.participant_id AND NOT p.leads;
END
$$;
COMMENT ON FUNCTION appraisal.remove_stale_results(bigint) IS 'step of compute_results(): removes rows of participants to whom they no longer belong';

-- Totals with what follows from each alone: state, score, natural grade, the grade that a missed gate leaves.
CREATE FUNCTION appraisal.natural_results(of_cycle bigint, kind text)
    RETURNS TABLE (participant_id bigint, unit_id bigint, state text, coverage numeric, raw_score numeric, score numeric,
                   natural_grade text, gate_dimension_id bigint, gate_grade text, entry numeric, box_label text)
LANGUAGE plpgsql STABLE ROWS 100000 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
DECLARE
    rule appraisal.scheme;
BEGIN
    SELECT s.* INTO rule FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    RETURN QUERY
    WITH stated AS (
        SELECT t.participant_id, t.unit_id, t.coverage, t.raw_score,
               CASE WHEN t.exempt THEN 'exempt'
                    WHEN t.coverage IS NULL THEN 'not_applicable'
                    WHEN rule.missing = 'block' AND t.missing_rank IS NOT NULL
                    THEN (appraisal.missing_states())[t.missing_rank]
                    WHEN t.raw_score IS NULL OR t.coverage < rule.least_coverage THEN 'insufficient'
                    ELSE 'scored' END AS state
        FROM appraisal.totals(of_cycle, natural_results.kind) AS t
    ),
    scored AS (
        SELECT t.participant_id, t.unit_id, t.state, trim_scale(t.coverage) AS coverage,
               CASE WHEN t.state = 'scored' THEN trim_scale(t.raw_score) END AS raw_score,
               CASE WHEN t.state <> 'scored' THEN NULL
                    WHEN rule.rounding = 'down' THEN trunc(t.raw_score, rule.decimals)
                    ELSE round(t.raw_score, rule.decimals) END AS score
        FROM stated AS t
    ),
    read AS (
        SELECT s.*, CASE rule.grade_reads WHEN 'raw' THEN s.raw_score ELSE s.score END AS read
        FROM scored AS s
    )
    SELECT r.participant_id, r.unit_id, r.state, r.coverage, r.raw_score, r.score,
           CASE WHEN r.state = 'scored' THEN appraisal.capped_grade(appraisal.grade(r.read, rule.scale), g.gate_grade, rule.scale) END,
           CASE WHEN r.state = 'scored' THEN g.dimension_id END,
           CASE WHEN r.state = 'scored' THEN g.gate_grade END,
           CASE WHEN g.gate_grade IS NULL THEN r.read ELSE appraisal.capped_score(r.read, g.gate_grade, rule.scale) END,
           CASE WHEN r.state = 'scored' THEN b.label END
    FROM read AS r
    LEFT JOIN appraisal.missed_gates(of_cycle) AS g USING (participant_id)
    LEFT JOIN appraisal.boxes(of_cycle) AS b USING (participant_id);
END
$$;
COMMENT ON FUNCTION appraisal.natural_results(bigint, text) IS 'step of compute_results(): results before the forced distribution';

CREATE FUNCTION appraisal.write_graded_results(of_cycle bigint, kind text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
DECLARE
    rule appraisal.scheme;
BEGIN
    SELECT s.* INTO rule FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    WITH reached AS MATERIALIZED (
        SELECT n.* FROM appraisal.natural_results(of_cycle, write_graded_results.kind) AS n
    ),
    head AS (
        SELECT r.unit_id, count(*)::integer AS heads
        FROM reached AS r
        WHERE r.state = 'scored' AND rule.quota IS NOT NULL AND write_graded_results.kind IS NULL
        GROUP BY r.unit_id
    ),
    pooled AS MATERIALIZED (
        SELECT p.unit_id, p.group_id
        FROM (SELECT array_agg(h.unit_id) AS units, array_agg(h.heads) AS heads FROM head AS h HAVING count(*) > 0) AS a,
             appraisal.pool_units(a.units, a.heads, rule.least_group) AS p
    ),
    line AS MATERIALIZED (
        SELECT p.group_id, count(*)::integer AS members,
               coalesce(appraisal.forced_scale(r.entry, rule.scale, rule.quota), rule.scale) AS scale
        FROM reached AS r JOIN pooled AS p USING (unit_id)
        WHERE r.state = 'scored'
        GROUP BY p.group_id
    ),
    graded AS MATERIALIZED (
        SELECT r.*, l.group_id,
               CASE WHEN r.state = 'scored' THEN appraisal.capped_grade(appraisal.grade(r.entry, l.scale), r.gate_grade, rule.scale) END
                   AS quota_grade
        FROM reached AS r
        LEFT JOIN pooled AS p ON p.unit_id = r.unit_id AND r.state = 'scored'
        LEFT JOIN line AS l USING (group_id)
    ),
    counted AS (
        SELECT g.group_id, sum(q.heads_out)::integer AS heads_out
        FROM (SELECT x.group_id, appraisal.grade_counts(x.quota_grade, rule.scale) AS counts
              FROM graded AS x WHERE x.group_id IS NOT NULL GROUP BY x.group_id) AS g,
             appraisal.quota_check(g.counts, rule.scale, rule.quota) AS q
        GROUP BY g.group_id
    ),
    drawn AS (
        SELECT l.group_id, u.units, l.members, l.scale, c.heads_out
        FROM line AS l
        JOIN (SELECT p.group_id, array_agg(p.unit_id ORDER BY p.unit_id) AS units FROM pooled AS p GROUP BY p.group_id) AS u USING (group_id)
        JOIN counted AS c USING (group_id)
    ),
    written AS (
        INSERT INTO appraisal.cut_line (cycle_id, unit_id, units, members, scale, heads_out)
        SELECT of_cycle, d.group_id, d.units, d.members, d.scale, d.heads_out
        FROM drawn AS d
        LEFT JOIN appraisal.cut_line AS was ON was.cycle_id = of_cycle AND was.unit_id = d.group_id
        WHERE was.unit_id IS NULL
           OR (d.units, d.members, d.scale::text, d.heads_out) IS DISTINCT FROM (was.units, was.members, was.scale::text, was.heads_out)
        ON CONFLICT ON CONSTRAINT cut_line_pkey DO UPDATE
        SET units = excluded.units, members = excluded.members, scale = excluded.scale, heads_out = excluded.heads_out
    ),
    kept AS (
        SELECT g.*, CASE WHEN g.score IS NOT NULL AND (g.natural_grade, g.quota_grade) IS NOT DISTINCT FROM (was.natural_grade, was.quota_grade)
                         THEN was.calibrated_grade END AS calibrated_grade,
               CASE WHEN g.score IS NOT NULL THEN rank() OVER (ORDER BY g.score DESC NULLS LAST)::integer END AS rank,
               was.participant_id IS NULL AS is_new
        FROM graded AS g
        LEFT JOIN appraisal.result AS was
            ON was.cycle_id = of_cycle AND was.participant_id = g.participant_id AND was.version = 1
    ),
    fresh AS MATERIALIZED (
        SELECT k.*, appraisal.coefficient(coalesce(k.calibrated_grade, k.quota_grade, k.natural_grade), rule.scale) AS coefficient
        FROM kept AS k
    ),
    changed AS (
        UPDATE appraisal.result AS o
        SET state = f.state, coverage = f.coverage, raw_score = f.raw_score, score = f.score, natural_grade = f.natural_grade,
            gate_dimension_id = f.gate_dimension_id, cohort_unit_id = f.group_id, quota_grade = f.quota_grade,
            calibrated_grade = f.calibrated_grade, rank = f.rank, coefficient = f.coefficient, box_label = f.box_label
        FROM fresh AS f
        WHERE o.cycle_id = of_cycle AND o.participant_id = f.participant_id AND o.version = 1
          AND (o.state, o.coverage, o.raw_score, o.score, o.natural_grade, o.gate_dimension_id, o.cohort_unit_id, o.quota_grade,
               o.calibrated_grade, o.rank, o.coefficient, o.box_label) IS DISTINCT FROM
              (f.state, f.coverage, f.raw_score, f.score, f.natural_grade, f.gate_dimension_id, f.group_id, f.quota_grade,
               f.calibrated_grade, f.rank, f.coefficient, f.box_label)
    )
    INSERT INTO appraisal.result
        (cycle_id, participant_id, state, coverage, raw_score, score, natural_grade, gate_dimension_id, cohort_unit_id, quota_grade,
         calibrated_grade, rank, coefficient, box_label)
    SELECT of_cycle, f.participant_id, f.state, f.coverage, f.raw_score, f.score, f.natural_grade, f.gate_dimension_id, f.group_id,
           f.quota_grade, f.calibrated_grade, f.rank, f.coefficient, f.box_label
    FROM fresh AS f
    WHERE f.is_new;

    DELETE FROM appraisal.cut_line AS l
    WHERE l.cycle_id = of_cycle AND write_graded_results.kind IS NULL
      AND NOT EXISTS (SELECT FROM appraisal.result AS r WHERE r.cycle_id = l.cycle_id AND r.cohort_unit_id = l.unit_id);
END
$$;
COMMENT ON FUNCTION appraisal.write_graded_results(bigint, text) IS
    'step of compute_results(): writes results with the cut lines of their groups; a calibrated grade stays where the grades that it replaced do';

CREATE FUNCTION appraisal.run_results(of_cycle bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    kinds text[];
BEGIN
    kinds := (SELECT array_agg(k.job_group ORDER BY array_position(s.unit_levels, k.job_group) NULLS FIRST, k.job_group)
              FROM (SELECT DISTINCT p.cycle_id, p.job_group FROM appraisal.participant AS p
                    WHERE p.cycle_id = of_cycle AND p.appraised_unit_id IS NOT NULL) AS k
              JOIN appraisal.cycle AS c USING (cycle_id)
              JOIN appraisal.scheme AS s USING (scheme_id));
    PERFORM appraisal.remove_stale_results(of_cycle);
    FOR place IN 1 .. coalesce(cardinality(kinds), 0) + 1 LOOP
        PERFORM appraisal.write_scores(of_cycle, kinds[place]);
        PERFORM appraisal.write_graded_results(of_cycle, kinds[place]);
    END LOOP;
END
$$;
COMMENT ON FUNCTION appraisal.run_results(bigint) IS 'the steps of compute_results(): for each kind of unit from the top, then for the people';

CREATE FUNCTION appraisal.refuse_published(cycle text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF cycle IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP006',
            MESSAGE = format('results of cycle "%s" are published and never change', cycle),
            HINT = 'An appeal that is upheld makes the next version of a result.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_published(text) IS 'raise AP006 for a cycle whose published results were to change; nothing for null';

CREATE PROCEDURE appraisal.compute_results(cycle text, INOUT scored integer DEFAULT NULL, INOUT missing integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    SELECT w.scored, w.missing INTO compute_results.scored, compute_results.missing
    FROM appraisal.write_results(appraisal.cycle_of_code(cycle)) AS w;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.compute_results(text, integer, integer) IS
    'computes the results of a cycle in scoring or calibration; only what changed is written. For HR; tells how many have a score and how many have none yet';
