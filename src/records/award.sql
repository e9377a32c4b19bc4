-- Pay: what a cycle's results earn, and what is added when an appeal makes a later version of one.
--
-- base x coefficient x unit factor x segment share, rounded once; or a pool shared out in that proportion.
-- What was awarded stays: a later version adds to it, and takes nothing away.

-- What each person of a cycle would be paid by: everything but the base. Exact, so days stand for the share.
CREATE FUNCTION appraisal.award_factors(of_cycle bigint)
    RETURNS TABLE (participant_id bigint, version integer, grade text, coefficient numeric, unit_factor numeric, days integer,
                   lost_cycle_id bigint, lost_outcome_id bigint)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    this record;
    has_coefficients boolean;
BEGIN
    SELECT c.period, c.during, s.scale INTO this
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    has_coefficients := EXISTS (SELECT FROM appraisal.grades(this.scale) AS g WHERE g.coefficient IS NOT NULL);
    RETURN QUERY
    WITH part AS (
        SELECT p.person_id, sum(p.segment_days)::integer AS days
        FROM appraisal.participant AS p WHERE p.cycle_id = of_cycle AND p.person_id IS NOT NULL GROUP BY p.person_id
    ),
    lost AS (
        SELECT DISTINCT ON (o.person_id) o.person_id, o.cycle_id, o.outcome_id
        FROM appraisal.outcome AS o JOIN appraisal.cycle AS m USING (cycle_id)
        WHERE this.period = 'year' AND o.outcome = 'bonus_lost' AND o.revoked_at IS NULL AND m.during <@ this.during
        ORDER BY o.person_id, o.cycle_id, o.outcome_id
    )
    SELECT p.participant_id, r.version, r.final_grade,
           CASE WHEN r.score IS NULL THEN NULL WHEN has_coefficients THEN r.coefficient ELSE 1 END,
           coalesce(u.coefficient, 1), d.days, l.cycle_id, l.outcome_id
    FROM appraisal.participant AS p
    JOIN appraisal.current_result AS r USING (cycle_id, participant_id)
    JOIN part AS d ON d.person_id = p.person_id
    LEFT JOIN appraisal.participant AS up ON up.cycle_id = p.cycle_id AND up.appraised_unit_id = p.unit_id
    LEFT JOIN appraisal.current_result AS u ON u.cycle_id = up.cycle_id AND u.participant_id = up.participant_id
    LEFT JOIN lost AS l ON l.person_id = p.person_id
    WHERE p.cycle_id = of_cycle AND p.leads AND p.exempt_because IS NULL;
END
$$;
COMMENT ON FUNCTION appraisal.award_factors(bigint) IS
    'coefficient, unit factor and days of each person who is appraised in a cycle, by current results, and the outcome by which the bonus is lost';

-- What speaks against awards as they are asked for.
CREATE FUNCTION appraisal.refuse_awards(of_cycle bigint, pool numeric, base numeric, people bigint[], bases numeric[], decimals integer)
    RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    paid record;
    problem text[];
BEGIN
    -- the first awards of a pool add up to it
    SELECT count(*) AS awards, bool_or(a.rate IS NOT NULL) AS of_pool, sum(a.amount) FILTER (WHERE a.supplements IS NULL) AS pool INTO paid
    FROM appraisal.award AS a WHERE a.cycle_id = of_cycle;
    problem := CASE
        WHEN decimals IS NULL OR decimals NOT BETWEEN -12 AND 20 THEN
            ARRAY['AP005', format('amounts cannot be rounded to %s decimals', coalesce(decimals::text, 'null')), 'It can be -12 to 20.', 'Give 2 for cents.']
        WHEN NOT (pool >= 0 AND pool < 'Infinity') OR NOT (base >= 0 AND base < 'Infinity') THEN
            ARRAY['AP005', format('a pool or base of %s cannot be paid', CASE WHEN pool >= 0 AND pool < 'Infinity' THEN base ELSE coalesce(pool, base) END),
                  'An award is no less than nothing.',
                  'Give an amount that is not negative.']
        WHEN pool <> round(pool, decimals) THEN
            ARRAY['AP005', format('a pool of %s has more than %s decimals', pool, decimals), 'Awards add up to the pool.', 'Give the pool or the argument decimals otherwise.']
        WHEN paid.awards = 0 AND num_nonnulls(pool, base, bases) = 0 THEN
            ARRAY['AP005', format('awards of cycle "%s" need a pool or a base', cycle_code), 'There are none yet.', 'Give the argument pool, base or bases.']
        WHEN paid.awards > 0 AND pool IS NOT NULL AND NOT paid.of_pool THEN
            ARRAY['AP005', format('cycle "%s" was awarded by base, not out of a pool', cycle_code), format('Awards that there are: %s.', paid.awards),
                  format('CALL appraisal.award_bonus(''%s'') adds supplements.', cycle_code)]
        WHEN paid.of_pool AND pool IS NOT NULL AND pool <> paid.pool THEN
            ARRAY['AP005', format('the pool of cycle "%s" was %s, not %s', cycle_code, paid.pool, pool), 'It is shared out.',
                  format('CALL appraisal.award_bonus(''%s'') adds supplements.', cycle_code)]
        WHEN pool IS NOT NULL AND NOT paid.awards > 0 AND NOT EXISTS (
                SELECT FROM appraisal.award_factors(of_cycle) AS f LEFT JOIN unnest(people, bases) AS b (participant_id, base) USING (participant_id)
                WHERE f.lost_outcome_id IS NULL AND f.coefficient * f.unit_factor * coalesce(b.base, refuse_awards.base, CASE WHEN bases IS NULL THEN 1 END) > 0) THEN
            ARRAY['AP005', format('nobody in cycle "%s" has a part in the pool', cycle_code), 'Every product of base, coefficient and unit factor is 0.',
                  'Give other bases, or no pool.']
        END;
    IF problem IS NULL THEN
        SELECT CASE WHEN count(*) > 1 THEN ARRAY['AP005', format('%s is there more than once', w.who), format('So often: %s.', count(*)), 'Give each person once.']
                    WHEN bool_or(p.participant_id IN (SELECT appraisal.my_participations())) THEN
                        ARRAY['AP003', 'nobody sets the own base', format('It is that of %s.', w.who), 'Somebody else of HR calls it.']
                    WHEN bool_or((b.base >= 0 AND b.base < 'Infinity') IS NOT TRUE) THEN
                        ARRAY['AP005', format('%s cannot have a base of %s', w.who, coalesce(min(b.base)::text, 'null')), 'An award is no less than nothing.',
                              'Give an amount that is not negative.']
                    WHEN bool_or(a.base <> b.base) THEN
                        ARRAY['AP005', format('the base of %s was %s, not %s', w.who, min(a.base), min(b.base)), 'It is awarded.', 'Leave the person out.']
                    WHEN paid.of_pool AND count(a.award_id) = 0 THEN
                        ARRAY['AP005', format('%s had no part in the pool of cycle "%s"', w.who, cycle_code), 'It is shared out.', 'Leave the person out.']
                    END
        INTO problem
        FROM unnest(people, bases) AS b (participant_id, base)
        JOIN appraisal.participant AS p ON p.cycle_id = of_cycle AND p.participant_id = b.participant_id
        LEFT JOIN appraisal.award AS a ON a.cycle_id = of_cycle AND +a.participant_id = b.participant_id AND a.supplements IS NULL
        CROSS JOIN LATERAL (SELECT appraisal.participant_name(of_cycle, p.participant_id) AS who) AS w
        GROUP BY w.who
        HAVING count(*) > 1 OR bool_or(p.participant_id IN (SELECT appraisal.my_participations()))
            OR bool_or((b.base >= 0 AND b.base < 'Infinity') IS NOT TRUE) OR bool_or(a.base <> b.base)
            OR paid.of_pool AND count(a.award_id) = 0
        ORDER BY w.who LIMIT 1;
    END IF;
    IF problem IS NULL THEN
        SELECT ARRAY['AP005', format('grade "%s" of cycle "%s" has no coefficient, and others have', f.grade, cycle_code),
                     'It could be 0 or 1.', 'CALL appraisal.revise_scheme() gives it one, for cycles to come.'] INTO problem
        FROM appraisal.award_factors(of_cycle) AS f WHERE f.grade IS NOT NULL AND f.coefficient IS NULL
        ORDER BY f.grade LIMIT 1;
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = problem[1], MESSAGE = problem[2], DETAIL = problem[3], HINT = problem[4];
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_awards(bigint, numeric, numeric, bigint[], numeric[], integer) IS
    'an error if awards that are asked for cannot be made; apply_awards() asks';

-- First what is new, then what is added to what was there before.
CREATE FUNCTION appraisal.apply_awards(of_cycle bigint, pool numeric, base numeric, people bigint[], bases numeric[], decimals integer,
                                       OUT awarded integer, OUT paid numeric)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    period_days CONSTANT integer := (SELECT upper(c.during) - lower(c.during) FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    last_before bigint;
BEGIN
    PERFORM appraisal.refuse_awards(of_cycle, pool, base, people, bases, decimals);
    last_before := (SELECT coalesce(max(a.award_id), 0) FROM appraisal.award AS a WHERE a.cycle_id = of_cycle);

    -- a pool is shared out once; by base, whoever has no award yet is new
    IF last_before = 0 OR NOT EXISTS (SELECT FROM appraisal.award AS a WHERE a.cycle_id = of_cycle AND a.rate IS NOT NULL) THEN
        WITH new AS MATERIALIZED (
            SELECT f.*, x.base, CASE WHEN f.lost_outcome_id IS NULL THEN coalesce(x.base * f.coefficient * f.unit_factor * f.days, 0) ELSE 0 END AS product
            FROM appraisal.award_factors(of_cycle) AS f
            LEFT JOIN unnest(people, bases) AS b (participant_id, base) USING (participant_id)
            CROSS JOIN LATERAL (SELECT coalesce(b.base, apply_awards.base, CASE WHEN pool IS NOT NULL AND bases IS NULL THEN 1 END) AS base) AS x
            WHERE x.base IS NOT NULL
              AND NOT EXISTS (SELECT FROM appraisal.award AS a WHERE a.cycle_id = of_cycle AND +a.participant_id = f.participant_id)
        ),
        earned AS (
            SELECT n.participant_id,
                   CASE WHEN pool IS NULL THEN round(round(n.product, 40) / period_days, decimals)
                        ELSE appraisal.apportion(pool, n.product, decimals) OVER (ORDER BY n.participant_id) END AS amount,
                   CASE WHEN pool IS NOT NULL THEN trim_scale(round(round(pool * period_days, 40) / nullif(sum(n.product) OVER (), 0), 30)) END AS rate
            FROM new AS n
        )
        INSERT INTO appraisal.award
            (cycle_id, participant_id, version, base, coefficient, unit_factor, share, rate, amount, decimals, lost_cycle_id, lost_outcome_id,
             made_by, made_by_login, made_at)
        SELECT of_cycle, n.participant_id, n.version, n.base, n.coefficient, n.unit_factor, trim_scale(round(n.days::numeric / period_days, 16)),
               e.rate, e.amount, apply_awards.decimals, n.lost_cycle_id, n.lost_outcome_id, appraisal.acting_person(), session_user, statement_timestamp()
        FROM new AS n JOIN earned AS e USING (participant_id)
        ORDER BY n.participant_id;
    END IF;

    WITH before AS (
        SELECT a.participant_id, min(a.award_id) AS first_id, max(a.version) AS version, sum(a.amount) AS amount, min(a.base) AS base,
               min(a.rate) AS rate, min(a.decimals) AS decimals, count(a.lost_outcome_id) > 0 AS was_lost
        FROM appraisal.award AS a WHERE a.cycle_id = of_cycle AND a.award_id <= last_before
        GROUP BY a.participant_id
    ),
    owed AS (
        SELECT f.*, b.first_id, b.base, b.rate, b.decimals,
               round(round(b.base * f.coefficient * f.unit_factor * f.days * coalesce(b.rate, 1), 40) / period_days, b.decimals) - b.amount AS amount
        FROM before AS b JOIN appraisal.award_factors(of_cycle) AS f USING (participant_id)
        WHERE f.lost_outcome_id IS NULL AND (f.version > b.version OR b.was_lost)
    )
    INSERT INTO appraisal.award
        (cycle_id, participant_id, version, base, coefficient, unit_factor, share, rate, amount, decimals, supplements, made_by, made_by_login, made_at)
    SELECT of_cycle, o.participant_id, o.version, o.base, o.coefficient, o.unit_factor, trim_scale(round(o.days::numeric / period_days, 16)), o.rate,
           o.amount, o.decimals, o.first_id, appraisal.acting_person(), session_user, statement_timestamp()
    FROM owed AS o
    WHERE o.amount > 0
    ORDER BY o.participant_id;

    SELECT count(*), coalesce(sum(a.amount), 0) INTO awarded, paid
    FROM appraisal.award AS a WHERE a.cycle_id = of_cycle AND a.award_id > last_before;
END
$$;
COMMENT ON FUNCTION appraisal.apply_awards(bigint, numeric, numeric, bigint[], numeric[], integer) IS
    'writes first awards and supplements of a cycle; returns how many and how much';

CREATE PROCEDURE appraisal.award_bonus(cycle text, pool numeric DEFAULT NULL, base numeric DEFAULT NULL, bases jsonb DEFAULT NULL,
                                       decimals integer DEFAULT 2, INOUT awarded integer DEFAULT NULL, INOUT paid numeric DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    people bigint[];
    amounts numeric[];
BEGIN
    IF bases IS NOT NULL THEN
        SELECT coalesce(array_agg(appraisal.leading_participant(award_bonus.cycle, x.person, NULL)), '{}'), coalesce(array_agg(x.base), '{}')
        INTO people, amounts
        FROM jsonb_to_recordset(bases) AS x (person text, base numeric);
    END IF;
    SELECT w.awarded, w.paid INTO award_bonus.awarded, award_bonus.paid
    FROM appraisal.write_awards(this_cycle, pool, base, people, amounts, decimals) AS w;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.award_bonus(text, numeric, numeric, jsonb, integer, integer, numeric) IS
    'for HR: pays a published cycle''s results, by base or out of a pool; called again it adds what later versions earn. Says how many awards and how much';
