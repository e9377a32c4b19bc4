-- Written by tools/make_update. What the tables need is in upgrade_tables().
\echo Use "ALTER EXTENSION pg_appraisal UPDATE TO '0.2.0'" to load this file. \quit

SET LOCAL search_path = pg_catalog, pg_temp;
DROP FUNCTION appraisal.signatures(bigint);
DROP FUNCTION appraisal.sign_off_chain(bigint);
DROP FUNCTION appraisal.take_cycle_in_calibration(bigint,pg_catalog.text);
DROP FUNCTION appraisal.write_dimension_scores(bigint,pg_catalog.text);
DROP FUNCTION appraisal.indicator_points(bigint,pg_catalog.text);
DROP FUNCTION appraisal.rated_points(bigint,pg_catalog.text);
DROP FUNCTION appraisal.rated_shares(bigint);
DROP FUNCTION appraisal.write_source_scores(bigint,pg_catalog.text);
DROP FUNCTION appraisal.source_states(bigint,pg_catalog.text);
DROP FUNCTION appraisal.counting_raters(bigint);
DROP PROCEDURE appraisal.open_cycle(pg_catalog.text,pg_catalog.text,pg_catalog.text,pg_catalog.daterange,pg_catalog.text,pg_catalog.date,pg_catalog.date,bigint);
CREATE OR REPLACE AGGREGATE appraisal.weighted_score(score numeric, weight numeric) (
    SFUNC = appraisal.score_summary_add,
    STYPE = appraisal.score_summary,
    SSPACE = 32,
    INITCOND = '(0,0,0)',
    FINALFUNC = appraisal.summary_mean,
    COMBINEFUNC = appraisal.score_summary_combine,
    MSFUNC = appraisal.weighted_score_moving_add,
    MINVFUNC = appraisal.weighted_score_moving_remove,
    MSTYPE = internal,
    MSSPACE = 1200,
    MFINALFUNC = appraisal.weighted_score_moving_final,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE appraisal.weight_coverage(score numeric, weight numeric) (
    SFUNC = appraisal.weight_coverage_add,
    STYPE = appraisal.score_summary,
    SSPACE = 32,
    INITCOND = '(0,0,0)',
    FINALFUNC = appraisal.summary_mean,
    COMBINEFUNC = appraisal.score_summary_combine,
    PARALLEL = SAFE
);
CREATE FUNCTION appraisal.rating_means(sources integer[], indicators bigint[], scores numeric[],
                                       source_weights numeric[], rated bigint[], indicator_weights numeric[],
                                       OUT by_source numeric[], OUT by_indicator numeric[])
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.rating_means(integer[], bigint[], numeric[], numeric[], bigint[], numeric[]) IS
    'a person''s ratings averaged both ways: by source, weighted over the indicators, and by indicator, within each source and then by weight over the sources';
CREATE OR REPLACE PROCEDURE appraisal.link_account(role_name name, capability text, person text DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    grants text;
BEGIN
    INSERT INTO appraisal.account AS a (role_name, person_id, capabilities)
    VALUES (link_account.role_name, CASE WHEN person IS NOT NULL THEN appraisal.person_of_code(person) END,
            ARRAY[capability])
    ON CONFLICT ON CONSTRAINT account_pkey DO UPDATE
    SET person_id = coalesce(excluded.person_id, a.person_id),
        capabilities = CASE WHEN a.capabilities @> excluded.capabilities THEN a.capabilities
                            ELSE a.capabilities || excluded.capabilities END;

    FOR grants IN
        SELECT format('GRANT SELECT ON %s', string_agg(DISTINCT p.polrelid::regclass::text, ', '))
        FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
        WHERE c.relnamespace = 'appraisal'::regnamespace
          AND (p.polname <> 'seen_by_auditors' OR capability IN ('auditor', 'service'))
        UNION ALL
        SELECT format('GRANT SELECT ON %s', string_agg(c.oid::regclass::text, ', '))
        FROM pg_class AS c
        WHERE c.relnamespace = 'appraisal'::regnamespace AND c.relkind = 'v'
        HAVING count(*) > 0
        UNION ALL
        SELECT format('GRANT INSERT, UPDATE, DELETE ON %s', string_agg(DISTINCT p.polrelid::regclass::text, ', '))
        FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
        WHERE c.relnamespace = 'appraisal'::regnamespace
          AND p.polname = 'kept_by_hr' AND capability IN ('hr', 'service')
        HAVING count(*) > 0
        UNION ALL
        SELECT format('GRANT %s ON %s', w.command, string_agg(DISTINCT p.polrelid::regclass::text, ', '))
        FROM pg_policy AS p
        JOIN pg_class AS c ON c.oid = p.polrelid
        JOIN (VALUES ('a', 'INSERT'), ('w', 'UPDATE'), ('d', 'DELETE')) AS w (polcmd, command) ON w.polcmd = p.polcmd::text
        WHERE c.relnamespace = 'appraisal'::regnamespace AND capability <> 'auditor'
          AND (p.polname NOT LIKE '%\_by\_hr' OR capability IN ('hr', 'service'))
        GROUP BY w.command
        UNION ALL
        SELECT format('GRANT EXECUTE ON FUNCTION %s', string_agg(f.oid::regprocedure::text, ', '))
        FROM pg_proc AS f
        WHERE f.pronamespace = 'appraisal'::regnamespace AND f.prosecdef AND f.provolatile = 's' AND f.proname <> 'verify_audit'
        UNION ALL
        SELECT format('GRANT EXECUTE ON ROUTINE %s', string_agg(f.oid::regprocedure::text, ', '))
        FROM pg_depend AS d
        JOIN pg_proc AS f ON f.oid = d.objid
        JOIN pg_language AS l ON l.oid = f.prolang
        WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.classid = 'pg_proc'::regclass
          AND d.refobjid = (SELECT e.oid FROM pg_extension AS e WHERE e.extname = 'pg_appraisal')
          AND l.lanname IN ('plpgsql', 'sql') AND f.proname NOT IN ('make_tables', 'create_tables', 'upgrade_tables', 'link_account')
        UNION ALL
        SELECT 'GRANT EXECUTE ON PROCEDURE appraisal.seal_audit()' WHERE capability IN ('hr', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_reviews(bigint, jsonb, integer)' WHERE capability IN ('hr', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.hold_cycle(bigint)' WHERE capability <> 'auditor'
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_results(bigint)' WHERE capability IN ('hr', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_adjustments(bigint, bigint[], text[], text[], bigint, boolean)'
        WHERE capability IN ('hr', 'executive', 'manager', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_sign_off(bigint, bigint, text)' WHERE capability <> 'auditor'
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_delegation(bigint, integer, bigint, text, text),
                    appraisal.write_delegation_withdrawal(bigint, integer, bigint, bigint)' WHERE capability <> 'auditor'
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_withdrawal(bigint, bigint, text)' WHERE capability IN ('hr', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_quota_override(bigint, bigint, text)' WHERE capability IN ('hr', 'executive', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_outcomes(bigint, bigint, bigint, text),
            appraisal.write_revocation(bigint, bigint, bigint, text)' WHERE capability IN ('hr', 'executive', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_awards(bigint, numeric, numeric, bigint[], numeric[], integer)'
        WHERE capability IN ('hr', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_interview(bigint, bigint, date, bigint, text),
                appraisal.write_improvement_plan(bigint, bigint, text, date, jsonb, text, text, text),
                appraisal.write_improvement_change(bigint, bigint, text, date, jsonb, text, text, text),
                appraisal.write_improvement_closing(bigint, bigint, boolean, text)'
        WHERE capability IN ('hr', 'manager', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_due_improvement_plans(bigint, date)' WHERE capability IN ('hr', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_acknowledgement(bigint, bigint, text),
                appraisal.write_improvement_progress(bigint, bigint, text, integer, text, date)'
        WHERE capability <> 'auditor'
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_appeal(bigint, bigint, text, text, boolean)' WHERE capability <> 'auditor'
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_appeal_proposal(bigint, bigint, numeric, text, text),
            appraisal.write_appeal_decision(bigint, bigint, boolean, numeric, text, text)'
        WHERE capability IN ('hr', 'executive', 'manager', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_appeal_escalations(bigint)' WHERE capability IN ('hr', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_survey(bigint, jsonb, integer), appraisal.write_survey_end(bigint)'
        WHERE capability IN ('hr', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_answers(bigint, jsonb), appraisal.take_notices()' WHERE capability <> 'auditor'
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_reminders()' WHERE capability IN ('hr', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_finding(bigint, bigint, bigint, text, text, date, bigint, date)'
        WHERE capability IN ('hr', 'executive', 'manager', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_rectification(bigint, bigint, text, date)' WHERE capability <> 'auditor'
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_verification(bigint, bigint, boolean, text)' WHERE capability <> 'auditor'
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.verify_audit()' WHERE capability IN ('auditor', 'service')
    LOOP
        EXECUTE format('%s TO %I', grants, link_account.role_name);
    END LOOP;
END
$procedure$;
CREATE OR REPLACE FUNCTION appraisal.scheme_keys()
    RETURNS TABLE (place text, key text, kind text, required boolean, fallback jsonb)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY VALUES
        ('', 'code', 'text', true, NULL::jsonb),
        ('', 'title', 'text', true, NULL),
        ('', 'label', 'text', true, NULL),
        ('', 'language', 'text', true, NULL),
        ('', 'uses', 'texts', false, '[]'),
        ('', 'adaptable', 'boolean', false, 'false'),
        ('', 'surveyed', 'boolean', false, 'false'),
        ('', 'subjects', 'texts', false, '["person"]'),
        ('', 'unit_levels', 'texts', false, '[]'),
        ('', 'decimals', 'integer', false, '2'),
        ('', 'rounding', 'text', false, '"half_up"'),
        ('', 'grade_reads', 'text', false, '"rounded"'),
        ('', 'missing', 'text', false, '"block"'),
        ('', 'least_coverage', 'number', false, NULL),
        ('', 'scale', 'grade_scale', false, NULL),
        ('', 'quota', 'quota', false, NULL),
        ('', 'enforcement', 'text', false, '"off"'),
        ('', 'least_group', 'integer', false, '1'),
        ('', 'calibration_steps', 'integer', false, NULL),
        ('', 'no_surprise_grade', 'text', false, NULL),
        ('', 'improvement_grade', 'text', false, NULL),
        ('', 'goals_set_by', 'text', false, '"none"'),
        ('', 'goals_confirmed', 'boolean', false, 'false'),
        ('', 'goals_approved', 'boolean', false, 'false'),
        ('', 'target_floor', 'text', false, '"none"'),
        ('', 'self_report', 'texts', false, '[]'),
        ('', 'self_report_days', 'integer', false, NULL),
        ('', 'interview', 'boolean', false, 'false'),
        ('', 'comment_topics', 'texts', false, '[]'),
        ('', 'transfer', 'text', false, '"segments"'),
        ('', 'visible_to', 'texts', false, '["person", "manager", "hr", "executive"]'),
        ('', 'appeal_days', 'integer', false, NULL),
        ('', 'appeal_day_kind', 'text', false, '"calendar"'),
        ('', 'assumed', 'texts', false, '[]'),
        ('', 'interview_days', 'integer', false, NULL),
        ('', 'improvement_reads', 'text', false, '"natural"'),
        ('', 'periods', 'map', true, NULL),
        ('periods', '*', 'map', false, NULL),
        ('periods.*', '*', 'object', false, NULL),
        ('periods.*.*', 'due_days', 'integer', false, NULL),
        ('periods.*.*', 'composed_of', 'text', false, NULL),
        ('periods.*.*', 'combined_by', 'text', false, NULL),
        ('periods.*.*', 'part_weights', 'list', false, NULL),
        ('periods.*.*.part_weights', '[]', 'number', false, NULL),
        ('', 'dimensions', 'map', true, NULL),
        ('dimensions', '*', 'object', false, NULL),
        ('dimensions.*', 'position', 'integer', true, NULL),
        ('dimensions.*', 'title', 'text', true, NULL),
        ('dimensions.*', 'label', 'text', true, NULL),
        ('dimensions.*', 'gate', 'number', false, NULL),
        ('dimensions.*', 'gate_grade', 'text', false, NULL),
        ('dimensions.*', 'evidence_below', 'number', false, NULL),
        ('dimensions.*', 'evidence_from', 'number', false, NULL),
        ('dimensions.*', 'scale', 'grade_scale', false, NULL),
        ('dimensions.*', 'box_axis', 'text', false, NULL),
        ('dimensions.*', 'weights', 'map', true, NULL),
        ('dimensions.*.weights', '*', 'number', false, NULL),
        ('dimensions.*', 'indicators', 'map', true, NULL),
        ('dimensions.*.indicators', '*', 'map', false, NULL),
        ('dimensions.*.indicators.*', '*', 'object', false, NULL),
        ('dimensions.*.indicators.*.*', 'weight', 'number', true, NULL),
        ('dimensions.*.indicators.*.*', 'curve', 'score_curve', false, NULL),
        ('dimensions.*.indicators.*.*', 'target', 'number', false, NULL),
        ('dimensions.*.indicators.*.*', 'unit_level', 'text', false, NULL),
        ('', 'indicators', 'map', true, NULL),
        ('indicators', '*', 'object', false, NULL),
        ('indicators.*', 'title', 'text', true, NULL),
        ('indicators.*', 'label', 'text', true, NULL),
        ('indicators.*', 'kind', 'text', true, NULL),
        ('indicators.*', 'reads', 'text', false, '"value"'),
        ('indicators.*', 'direction', 'text', false, NULL),
        ('indicators.*', 'curve', 'score_curve', false, NULL),
        ('indicators.*', 'unit', 'text', false, NULL),
        ('indicators.*', 'data_source', 'text', false, NULL),
        ('indicators.*', 'frequency', 'text', false, NULL),
        ('indicators.*', 'gathering', 'text', false, '"latest"'),
        ('indicators.*', 'least', 'number', false, NULL),
        ('indicators.*', 'most', 'number', false, NULL),
        ('indicators.*', 'levels', 'list', false, '[]'),
        ('indicators.*.levels', '[]', 'object', false, NULL),
        ('indicators.*.levels.[]', 'label', 'text', true, NULL),
        ('indicators.*.levels.[]', 'points', 'number', true, NULL),
        ('indicators.*.levels.[]', 'least', 'number', false, NULL),
        ('indicators.*.levels.[]', 'earns', 'text', false, NULL),
        ('', 'raters', 'map', false, NULL),
        ('raters', '*', 'map', false, NULL),
        ('raters.*', '*', 'object', false, NULL),
        ('raters.*.*', 'label', 'text', true, NULL),
        ('raters.*.*', 'weight', 'number', true, NULL),
        ('raters.*.*', 'least_raters', 'integer', false, '1'),
        ('raters.*.*', 'trim', 'integer', false, '0'),
        ('raters.*.*', 'anonymous', 'boolean', false, 'false'),
        ('raters.*.*', 'required', 'boolean', false, 'true'),
        ('raters.*.*', 'period', 'text', false, NULL),
        ('raters.*.*', 'delegate', 'text', false, NULL),
        ('', 'boxes', 'map', false, NULL),
        ('boxes', '*', 'map', false, NULL),
        ('boxes.*', '*', 'object', false, NULL),
        ('boxes.*.*', 'label', 'text', true, NULL),
        ('boxes.*.*', 'title', 'text', true, NULL),
        ('', 'outcomes', 'map', false, NULL),
        ('outcomes', '*', 'object', false, NULL),
        ('outcomes.*', 'title', 'text', true, NULL),
        ('outcomes.*', 'label', 'text', true, NULL),
        ('outcomes.*', 'subject', 'text', false, '"person"'),
        ('outcomes.*', 'period', 'text', true, NULL),
        ('outcomes.*', 'grade', 'text', true, NULL),
        ('outcomes.*', 'compares', 'text', false, '"equal"'),
        ('outcomes.*', 'run', 'integer', false, '1'),
        ('outcomes.*', 'service_years', 'integer', false, NULL),
        ('outcomes.*', 'after_training', 'boolean', false, 'false'),
        ('outcomes.*', 'outcome', 'text', true, NULL),
        ('outcomes.*', 'amount', 'number', false, NULL),
        ('outcomes.*', 'on_plan', 'text', false, NULL),
        ('', 'sign_off', 'list', false, NULL),
        ('sign_off', '[]', 'object', false, NULL),
        ('sign_off.[]', 'signer', 'text', true, NULL),
        ('sign_off.[]', 'act', 'text', true, NULL),
        ('sign_off.[]', 'label', 'text', true, NULL),
        ('sign_off.[]', 'due_days', 'integer', false, NULL),
        ('sign_off.[]', 'delegable', 'boolean', false, 'false'),
        ('', 'appeals', 'list', false, NULL),
        ('appeals', '[]', 'object', false, NULL),
        ('appeals.[]', 'reviewer', 'text', true, NULL),
        ('appeals.[]', 'label', 'text', true, NULL),
        ('appeals.[]', 'decision_days', 'integer', false, NULL);
END
$$;
CREATE OR REPLACE FUNCTION appraisal.add_scheme_rules(document jsonb, draft_id bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO appraisal.period_rule (scheme_id, job_group, period, due_days, composed_of, combined_by, part_weights)
    SELECT draft_id, g.key, p.key, r.due_days, r.composed_of, r.combined_by, r.part_weights
    FROM jsonb_each(document -> 'periods') AS g,
         jsonb_each(g.value) AS p,
         jsonb_populate_record(NULL::appraisal.period_rule, p.value) AS r;

    INSERT INTO appraisal.rater_rule
        (scheme_id, job_group, source, label, weight, least_raters, trim, anonymous, required, period, delegate)
    SELECT draft_id, g.key, p.key, r.label, r.weight, r.least_raters, r.trim, r.anonymous, r.required, r.period, r.delegate
    FROM jsonb_each(document -> 'raters') AS g,
         jsonb_each(g.value) AS p,
         jsonb_populate_record(NULL::appraisal.rater_rule, appraisal.scheme_defaults('raters.*.*') || p.value) AS r;

    INSERT INTO appraisal.box (scheme_id, performance_grade, values_grade, label, title)
    SELECT draft_id, g.key, b.key, b.value ->> 'label', b.value ->> 'title'
    FROM jsonb_each(document -> 'boxes') AS g, jsonb_each(g.value) AS b;

    INSERT INTO appraisal.outcome_rule
        (scheme_id, code, title, label, subject, period, grade, compares, run, service_years, after_training, outcome, amount, on_plan)
    SELECT draft_id, o.key, r.title, r.label, r.subject, r.period, r.grade, r.compares, r.run, r.service_years, r.after_training,
           r.outcome, r.amount, r.on_plan
    FROM jsonb_each(document -> 'outcomes') AS o,
         jsonb_populate_record(NULL::appraisal.outcome_rule, appraisal.scheme_defaults('outcomes.*') || o.value) AS r;

    INSERT INTO appraisal.sign_off_rule (scheme_id, step, signer, act, label, due_days, delegable)
    SELECT draft_id, o.n, r.signer, r.act, r.label, r.due_days, r.delegable
    FROM jsonb_array_elements(document -> 'sign_off') WITH ORDINALITY AS o (value, n),
         jsonb_populate_record(NULL::appraisal.sign_off_rule, appraisal.scheme_defaults('sign_off.[]') || o.value) AS r;

    INSERT INTO appraisal.appeal_rule (scheme_id, level, reviewer, label, decision_days)
    SELECT draft_id, a.n, r.reviewer, r.label, r.decision_days
    FROM jsonb_array_elements(document -> 'appeals') WITH ORDINALITY AS a (value, n),
         jsonb_populate_record(NULL::appraisal.appeal_rule, a.value) AS r;
END
$$;
CREATE OR REPLACE PROCEDURE appraisal.define_scheme(document jsonb, INOUT scheme_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM appraisal.check_scheme_document(document);
    -- versions of schemes and of indicators are counted
    LOCK TABLE appraisal.scheme IN SHARE ROW EXCLUSIVE MODE;
    scheme_id := appraisal.begin_draft(document, scheme_id);
    UPDATE appraisal.scheme AS s
    SET (title, label, language, uses, adaptable, surveyed, subjects, unit_levels, decimals, rounding, grade_reads, missing,
         least_coverage, scale, quota, enforcement, least_group, calibration_steps, no_surprise_grade, improvement_grade,
         goals_set_by, goals_confirmed, goals_approved, target_floor, self_report, self_report_days, interview, comment_topics,
         transfer, visible_to, appeal_days, appeal_day_kind, assumed, interview_days, improvement_reads)
      = (SELECT r.title, r.label, r.language, r.uses, r.adaptable, r.surveyed, r.subjects, r.unit_levels, r.decimals, r.rounding,
                r.grade_reads, r.missing, r.least_coverage, r.scale, r.quota, r.enforcement, r.least_group, r.calibration_steps,
                r.no_surprise_grade, r.improvement_grade, r.goals_set_by, r.goals_confirmed, r.goals_approved, r.target_floor,
                r.self_report, r.self_report_days, r.interview, r.comment_topics, r.transfer, r.visible_to, r.appeal_days,
                r.appeal_day_kind, r.assumed, r.interview_days, r.improvement_reads
         FROM jsonb_populate_record(NULL::appraisal.scheme, appraisal.scheme_defaults('') || document) AS r)
    WHERE s.scheme_id = define_scheme.scheme_id;
    PERFORM appraisal.add_indicators(document);
    PERFORM appraisal.add_dimensions(document, scheme_id);
    PERFORM appraisal.add_scheme_rules(document, scheme_id);
END
$$;
CREATE OR REPLACE FUNCTION appraisal.scheme_weight_problems(scheme_id bigint) RETURNS TABLE (problem text)
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
CREATE OR REPLACE FUNCTION appraisal.scheme_rule_problems(scheme_id bigint) RETURNS TABLE (problem text)
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
CREATE FUNCTION appraisal.period_months(period text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE period WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 WHEN 'half_year' THEN 6 WHEN 'year' THEN 12 END;
COMMENT ON FUNCTION appraisal.period_months(text) IS 'months of a period: month, quarter, half_year or year';
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
CREATE OR REPLACE FUNCTION appraisal.cycle_indicators(cycle_id bigint)
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
CREATE OR REPLACE FUNCTION appraisal.cycle_raters(cycle_id bigint)
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
CREATE PROCEDURE appraisal.open_cycle(code text, scheme text, period text, during daterange, title text DEFAULT NULL,
                                      cohort_date date DEFAULT NULL, reviews_due date DEFAULT NULL, INOUT cycle_id bigint DEFAULT NULL,
                                      timezone text DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    active_id bigint;
BEGIN
    SELECT s.scheme_id INTO active_id FROM appraisal.scheme AS s WHERE s.code = open_cycle.scheme AND s.status = 'active';
    IF active_id IS NULL THEN
        PERFORM appraisal.find_scheme(scheme);
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('scheme "%s" has no active version', scheme),
            HINT = format('CALL appraisal.activate_scheme(''%s'') brings its draft into force.', scheme);
    ELSIF isempty(during) OR lower_inf(during) OR upper_inf(during) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('cycle "%s" needs a first and a last day', code),
            DETAIL = format('The period given is %s.', during);
    END IF;
    INSERT INTO appraisal.cycle (code, title, scheme_id, period, during, cohort_date, reviews_due, timezone)
    VALUES (open_cycle.code, coalesce(open_cycle.title, open_cycle.code), active_id, open_cycle.period, open_cycle.during,
            coalesce(open_cycle.cohort_date, upper(open_cycle.during) - 1),
            coalesce(open_cycle.reviews_due,
                     (SELECT upper(open_cycle.during) - 1 + r.due_days FROM appraisal.period_rule AS r
                      WHERE r.scheme_id = active_id AND r.job_group = '*' AND r.period = open_cycle.period)),
            coalesce(open_cycle.timezone, appraisal.database_timezone()))
    RETURNING cycle.cycle_id INTO open_cycle.cycle_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.open_cycle(text, text, text, daterange, text, date, date, bigint, text) IS
    'opens a cycle, a draft, by the active version of a scheme; units and superiors are those of the cohort date, the last day unless said otherwise; reviews are due when the scheme has results due, unless said otherwise; days of deadlines are those of the time zone, the database''s unless said otherwise';
CREATE OR REPLACE FUNCTION appraisal.goal_indicators(cycle_id bigint)
    RETURNS TABLE (job_group text, dimension text, scheme_indicator_id bigint, code text, direction text, weight numeric,
                   target numeric, title text, earns text, is_wanted boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT k.job_group, d.code, k.scheme_indicator_id, k.code, i.direction, k.weight, k.target, i.label,
           (SELECT string_agg(l.label || ': ' || l.earns, E'\n' ORDER BY l."position")
            FROM appraisal.indicator_level AS l WHERE l.indicator_id = i.indicator_id),
           i.direction IS NOT NULL AND k.unit_level IS NULL AND k.dimension_weight > 0
               AND k.job_group NOT IN (SELECT appraisal.rolled_groups(goal_indicators.cycle_id))
    FROM appraisal.cycle_indicators(goal_indicators.cycle_id) AS k
    JOIN appraisal.indicator AS i USING (indicator_id)
    JOIN appraisal.dimension AS d USING (dimension_id);
END
$$;
CREATE OR REPLACE FUNCTION appraisal.figures_of(cycle_id bigint, measurements jsonb)
    RETURNS TABLE (place bigint, participant_id bigint, indicator_id bigint, value numeric, measured_on date, data_source text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $function$
BEGIN
    RETURN QUERY
    -- Step by step: the planner knows nothing of a new cycle's participants, and would hold each figure against
    -- all of its job group.
    WITH named AS MATERIALIZED (
        SELECT x.*, coalesce(n.person_id, -u.unit_id) AS subject_id
        FROM ROWS FROM (jsonb_to_recordset(measurements)
                        AS (person text, unit text, indicator text, value numeric, measured_on date, data_source text))
             WITH ORDINALITY AS x (person, unit, indicator, value, measured_on, data_source, place)
        LEFT JOIN appraisal.person AS n ON n.code = x.person
        LEFT JOIN appraisal.unit AS u ON u.code = x.unit AND x.person IS NULL
    ),
    met AS MATERIALIZED (
        SELECT m.*, p.participant_id, p.job_group, p.leads, p.segment
        FROM named AS m
        JOIN appraisal.participant AS p
          ON p.cycle_id = figures_of.cycle_id AND coalesce(p.person_id, -p.appraised_unit_id) = m.subject_id
    )
    -- of several segments the one of that day, else the leading one, else the last that the caller sees
    SELECT DISTINCT ON (x.place) x.place, x.participant_id, i.indicator_id, x.value, x.measured_on, x.data_source
    FROM met AS x
    -- rated ones are measured, too, where higher or lower is better: floors of later targets are made of them
    JOIN (SELECT DISTINCT r.job_group, r.code, r.indicator_id
          FROM appraisal.cycle_indicators(figures_of.cycle_id) AS r JOIN appraisal.indicator AS d USING (indicator_id)
          WHERE d.direction IS NOT NULL) AS i ON i.job_group = x.job_group AND i.code = x.indicator
    LEFT JOIN appraisal.segment_times(figures_of.cycle_id) AS t ON t.participant_id = x.participant_id
    ORDER BY x.place, coalesce(t.during @> x.measured_on, false) DESC, x.leads DESC, x.segment DESC;
END
$function$;
CREATE OR REPLACE FUNCTION appraisal.refuse_figures(cycle_id bigint, measurements jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    wrong record;
BEGIN
    SELECT x.place, x.person, x.unit, x.indicator, p.job_group, c.code AS cycle_code INTO wrong
    FROM ROWS FROM (jsonb_to_recordset(measurements) AS (person text, unit text, indicator text))
         WITH ORDINALITY AS x (person, unit, indicator, place)
    JOIN appraisal.cycle AS c ON c.cycle_id = refuse_figures.cycle_id
    LEFT JOIN appraisal.person AS n ON n.code = x.person
    LEFT JOIN appraisal.unit AS u ON u.code = x.unit AND x.person IS NULL
    LEFT JOIN appraisal.participant AS p
      ON p.cycle_id = c.cycle_id AND coalesce(p.person_id, -p.appraised_unit_id) = coalesce(n.person_id, -u.unit_id)
    WHERE x.place NOT IN (SELECT f.place FROM appraisal.figures_of(refuse_figures.cycle_id, measurements) AS f)
    ORDER BY x.place, p.leads DESC
    LIMIT 1;
    CASE
    WHEN NOT FOUND THEN
        RETURN;
    WHEN wrong.job_group IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('%s takes no part in cycle "%s"',
                             appraisal.person_or_unit(wrong.person, wrong.unit), wrong.cycle_code),
            DETAIL = format('It is measurement %s of the call.', wrong.place),
            HINT = 'Enrol with CALL appraisal.enrol(), or ask who may see this one.';
    ELSE
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no measured indicator "%s" for job group "%s" in cycle "%s"',
                             wrong.indicator, wrong.job_group, wrong.cycle_code),
            DETAIL = format('It is measurement %s of the call, of %s.', wrong.place,
                            appraisal.person_or_unit(wrong.person, wrong.unit)),
            HINT = 'cycle_indicators() lists what is measured of whom.';
    END CASE;
END
$function$;
CREATE OR REPLACE FUNCTION appraisal.add_reviews(cycle_id bigint, raters jsonb, most integer) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $function$
DECLARE
    added_by_name integer := 0;
    added_by_rule integer;
    -- a self-report is handed in before the others judge
    self_report_due CONSTANT date := (
        SELECT upper(c.during) - 1 + s.self_report_days
        FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
        WHERE c.cycle_id = add_reviews.cycle_id AND c.period = ANY (s.self_report));
BEGIN
    IF raters IS NOT NULL THEN
        -- a join with no sources at all would not ask for the names
        IF NOT EXISTS (SELECT FROM appraisal.cycle_raters(add_reviews.cycle_id)) THEN
            PERFORM FROM appraisal.raters_by_name(add_reviews.cycle_id, raters);
        END IF;
        INSERT INTO appraisal.review (cycle_id, participant_id, rater_id, source, anonymous, due_on)
        SELECT c.cycle_id, n.participant_id, n.rater_id, n.source, r.anonymous,
               coalesce(CASE n.source WHEN 'self' THEN self_report_due END, c.reviews_due)
        FROM appraisal.raters_by_name(add_reviews.cycle_id, raters) AS n
        JOIN appraisal.participant AS p ON p.cycle_id = add_reviews.cycle_id AND p.participant_id = n.participant_id
        JOIN appraisal.cycle AS c ON c.cycle_id = p.cycle_id
        JOIN appraisal.cycle_raters(add_reviews.cycle_id) AS r ON r.job_group = p.job_group AND r.source = n.source
        ON CONFLICT ON CONSTRAINT review_is_one_a_rater_and_source DO NOTHING;
        GET DIAGNOSTICS added_by_name = ROW_COUNT;
    END IF;
    INSERT INTO appraisal.rater_draw (cycle_id) VALUES (add_reviews.cycle_id) ON CONFLICT DO NOTHING;
    -- what is there is read once, before the table grows
    WITH present AS MATERIALIZED (
        SELECT DISTINCT o.participant_id, o.source FROM appraisal.review AS o WHERE o.cycle_id = add_reviews.cycle_id
    )
    INSERT INTO appraisal.review (cycle_id, participant_id, rater_id, source, anonymous, due_on)
    SELECT c.cycle_id, n.participant_id, n.rater_id, n.source, r.anonymous,
           coalesce(CASE n.source WHEN 'self' THEN self_report_due END, c.reviews_due)
    FROM appraisal.raters_by_rule(add_reviews.cycle_id, most) AS n
    JOIN appraisal.participant AS p ON p.cycle_id = add_reviews.cycle_id AND p.participant_id = n.participant_id
    JOIN appraisal.cycle AS c ON c.cycle_id = p.cycle_id
    JOIN appraisal.cycle_raters(add_reviews.cycle_id) AS r ON r.job_group = p.job_group AND r.source = n.source
    LEFT JOIN present AS o ON o.participant_id = n.participant_id AND o.source = n.source
    WHERE o.participant_id IS NULL;
    GET DIAGNOSTICS added_by_rule = ROW_COUNT;
    RETURN added_by_name + added_by_rule;
END
$function$;
CREATE OR REPLACE FUNCTION appraisal.appraised(of_cycle bigint, kind text)
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
CREATE OR REPLACE FUNCTION appraisal.totals(of_cycle bigint, kind text)
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
CREATE OR REPLACE FUNCTION appraisal.run_results(of_cycle bigint) RETURNS void
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
    PERFORM appraisal.write_part_scores(of_cycle);
    PERFORM appraisal.write_rolled_dimensions(of_cycle);
    FOR place IN 1 .. coalesce(cardinality(kinds), 0) + 1 LOOP
        PERFORM appraisal.write_scores(of_cycle, kinds[place]);
        PERFORM appraisal.write_graded_results(of_cycle, kinds[place]);
    END LOOP;
END
$$;
CREATE OR REPLACE FUNCTION appraisal.explain_score(cycle text, person text DEFAULT NULL, unit text DEFAULT NULL)
    RETURNS TABLE (step integer, what text, label text, raw numeric, weight numeric, points numeric, note text)
LANGUAGE plpgsql STABLE ROWS 50 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    this_person CONSTANT bigint := CASE WHEN person IS NOT NULL THEN appraisal.person_of_code(person) END;
    this_unit CONSTANT bigint := CASE WHEN unit IS NOT NULL THEN appraisal.unit_of_code(unit) END;
    rule appraisal.scheme;
    this appraisal.result;
    computed appraisal.result;
BEGIN
    SELECT s.* INTO rule FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = this_cycle;
    SELECT r.* INTO this
    FROM appraisal.participant AS p JOIN appraisal.result AS r USING (cycle_id, participant_id)
    WHERE p.cycle_id = this_cycle AND (p.person_id = this_person OR p.appraised_unit_id = this_unit)
    ORDER BY r.version DESC LIMIT 1;
    -- what was computed, and the parts that it rests on, is version 1; later ones were given by appeals
    SELECT r.* INTO computed
    FROM appraisal.result AS r WHERE r.cycle_id = this_cycle AND r.participant_id = this.participant_id AND r.version = 1;
    RETURN QUERY
    WITH segment AS (
        SELECT p.participant_id, p.segment, p.segment_days, p.job_group, u.title AS unit_title, count(*) OVER () AS segments,
               p.job_group IN (SELECT appraisal.rolled_groups(this_cycle)) AS is_rolled
        FROM appraisal.participant AS p JOIN appraisal.unit AS u USING (unit_id)
        WHERE p.cycle_id = this_cycle AND (p.person_id = this_person OR p.appraised_unit_id = this_unit) AND p.exempt_because IS NULL
    ),
    dimension AS (
        SELECT g.segment, d.label, d."position", s.*
        FROM segment AS g
        JOIN appraisal.dimension_score AS s ON s.cycle_id = this_cycle AND s.participant_id = g.participant_id AND s.version = 1
        JOIN appraisal.dimension AS d USING (dimension_id)
    ),
    line (place, segment, part, detail, what, label, raw, weight, points, note) AS (
        SELECT 1, g.segment, 0, r.rater_rule_id, 'source', coalesce(r.label, s.source), s.raters::numeric, s.weight, s.score,
               CASE WHEN s.state <> 'scored' THEN s.state WHEN s.weight = 0 THEN 'does not count' END
        FROM segment AS g
        JOIN appraisal.source_score AS s ON s.cycle_id = this_cycle AND s.participant_id = g.participant_id AND s.version = 1
        LEFT JOIN LATERAL (
            SELECT x.rater_rule_id, x.label FROM appraisal.rater_rule AS x
            WHERE x.scheme_id = rule.scheme_id AND x.source = s.source AND x.job_group IN (g.job_group, '*')
            ORDER BY (x.job_group = '*') LIMIT 1) AS r ON true
        UNION ALL
        SELECT 2, d.segment, d."position", e.place, 'indicator', i.label, e.figure, e.weight, e.points,
               CASE WHEN e.points IS NULL THEN 'missing' WHEN i.reads = 'attainment' THEN 'attainment of the target'
                    WHEN i.kind = 'measured' THEN i.unit ELSE 'rated' END
        FROM dimension AS d
        CROSS JOIN unnest(d.scheme_indicators, d.weights, d.figures, d.points) WITH ORDINALITY
            AS e (scheme_indicator_id, weight, figure, points, place)
        JOIN appraisal.scheme_indicator AS u ON u.scheme_indicator_id = e.scheme_indicator_id
        JOIN appraisal.indicator AS i USING (indicator_id)
        UNION ALL
        SELECT 2, d.segment, d."position", 1000000, 'dimension', d.label, NULL, d.weight, d.score,
               concat_ws(', ', d.grade, CASE WHEN d.coverage < 1 THEN format('%s of the weight is covered', d.coverage) END)
        FROM dimension AS d
        UNION ALL
        SELECT 3, g.segment, 0, 0, 'segment', g.unit_title, NULL, g.segment_days, appraisal.weighted_score(d.score, d.weight), 'days'
        FROM segment AS g JOIN dimension AS d USING (segment)
        WHERE g.segments > 1 AND NOT g.is_rolled
        GROUP BY g.segment, g.unit_title, g.segment_days
        UNION ALL
        SELECT 3, 0, row_number() OVER (ORDER BY lower(k.during), k.cycle_id)::integer, 0, 'part', k.title, NULL, o.weight, o.score,
               CASE WHEN o.state <> 'scored' THEN o.state
                    ELSE concat_ws(', ', CASE WHEN o.weight = 0 THEN 'does not count' END,
                                   CASE WHEN o.part_version > 1 THEN format('version %s', o.part_version) END) END
        FROM segment AS g
        JOIN appraisal.part_score AS o ON o.cycle_id = this_cycle AND o.participant_id = g.participant_id AND o.version = 1
        JOIN appraisal.cycle AS k ON k.cycle_id = o.part_cycle_id
        UNION ALL
        -- beside segments that are appraised by themselves the parts count by the days of the others
        SELECT 3, 0, 1000000, 0, 'parts', min(c.combined_by), NULL, CASE WHEN e.exist THEN sum(g.segment_days) END, trim_scale(max(t.total)),
               CASE WHEN e.exist THEN 'days' END
        FROM segment AS g
        JOIN appraisal.composed_groups(this_cycle) AS c ON c.job_group = g.job_group AND g.is_rolled
        JOIN appraisal.rolled_totals(this_cycle, ARRAY(SELECT x.participant_id FROM segment AS x)) AS t ON t.participant_id = g.participant_id
        CROSS JOIN (SELECT bool_or(NOT x.is_rolled) AS exist FROM segment AS x) AS e
        GROUP BY e.exist
        HAVING max(t.total) IS NOT NULL
        UNION ALL
        SELECT v.place, 0, 0, 0, v.what, v.label, v.raw, v.weight, v.points, v.note
        FROM (VALUES
            (4, 'state', computed.state, NULL::numeric, NULL::numeric, NULL::numeric,
             CASE WHEN computed.coverage < 1 THEN format('%s of the weight is covered', computed.coverage) END, true),
            (5, 'total', NULL, NULL, NULL, computed.raw_score, NULL, computed.score IS NOT NULL),
            (6, 'score', NULL, computed.raw_score, NULL, computed.score,
             format('%s to %s decimals', CASE rule.rounding WHEN 'down' THEN 'cut' ELSE 'rounded half up' END, rule.decimals),
             computed.score IS NOT NULL),
            (8, 'gate', (SELECT d.label FROM appraisal.dimension AS d WHERE d.dimension_id = this.gate_dimension_id),
             (SELECT d.score FROM dimension AS d WHERE d.dimension_id = this.gate_dimension_id AND d.participant_id = this.participant_id),
             NULL, (SELECT d.gate FROM appraisal.dimension AS d WHERE d.dimension_id = this.gate_dimension_id),
             (SELECT d.gate_grade FROM appraisal.dimension AS d WHERE d.dimension_id = this.gate_dimension_id),
             this.gate_dimension_id IS NOT NULL),
            (9, 'natural grade', this.natural_grade, CASE rule.grade_reads WHEN 'raw' THEN this.raw_score ELSE this.score END, NULL, NULL,
             rule.scale::text, this.natural_grade IS NOT NULL),
            (10, 'quota grade', this.quota_grade, CASE rule.grade_reads WHEN 'raw' THEN this.raw_score ELSE this.score END, NULL, NULL,
             (SELECT concat_ws(': ', u.title, l.scale)
              FROM appraisal.cut_line AS l JOIN appraisal.unit AS u USING (unit_id)
              WHERE l.cycle_id = this_cycle AND l.unit_id = this.cohort_unit_id),
             this.cohort_unit_id IS NOT NULL),
            (11, 'calibrated grade', this.calibrated_grade, NULL, NULL, NULL,
             CASE WHEN this.calibrated_grade IS DISTINCT FROM computed.calibrated_grade THEN 'by appeal' END, this.calibrated_grade IS NOT NULL),
            (12, 'final grade', this.final_grade, NULL, NULL, this.coefficient, CASE WHEN this.coefficient IS NOT NULL THEN 'coefficient' END,
             this.final_grade IS NOT NULL)
        ) AS v (place, what, label, raw, weight, points, note, is_there)
        WHERE v.is_there
        UNION ALL
        SELECT 7, 0, r.version, 0, 'appeal', r.final_grade, before.score, NULL, r.score,
               concat_ws(', ', format('version %s', r.version),
                         CASE WHEN r.gate_dimension_id IS NULL AND before.gate_dimension_id IS NOT NULL THEN 'no gate any more' END)
        FROM appraisal.result AS r
        JOIN appraisal.result AS before
            ON before.cycle_id = r.cycle_id AND before.participant_id = r.participant_id AND before.version = r.version - 1
        WHERE r.cycle_id = this_cycle AND r.participant_id = this.participant_id
    )
    SELECT row_number() OVER (ORDER BY l.segment = 0, l.segment, l.place, l.part, l.detail)::integer,
           l.what, l.label, l.raw, l.weight, l.points, nullif(l.note, '')
    FROM line AS l
    WHERE this.participant_id IS NOT NULL
    ORDER BY 1;
END
$$;
CREATE FUNCTION appraisal.take_cycle_in(of_cycle bigint, what text, VARIADIC statuses text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this record;
BEGIN
    UPDATE appraisal.cycle AS c SET status = c.status WHERE c.cycle_id = of_cycle RETURNING c.code, c.status INTO this;
    IF this.code IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP004', MESSAGE = format('there is no cycle with cycle_id %s', of_cycle);
    ELSIF this.status <> ALL (statuses) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('%s of cycle "%s" cannot be written: the cycle is in status %s', what, this.code, this.status),
            DETAIL = format('It can be in status %s.', array_to_string(statuses, ' or ')),
            HINT = appraisal.next_step(this.status);
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.take_cycle_in(bigint, text, text[]) IS
    'holds a cycle until the transaction ends; an error if it is in none of these statuses';
CREATE OR REPLACE FUNCTION appraisal.quota_groups(of_cycle bigint)
    RETURNS TABLE (unit_id bigint, members integer, counted integer, rule text, "least" integer, most integer, actual integer,
                   heads_out integer, feasible boolean)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    scheme appraisal.scheme;
BEGIN
    SELECT s.* INTO scheme FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    RETURN QUERY
    WITH grouped AS (
        SELECT r.cohort_unit_id, count(*)::integer AS counted, appraisal.grade_counts(r.final_grade, scheme.scale) AS finals,
               appraisal.grade_counts(r.quota_grade, scheme.scale) AS quotas
        FROM appraisal.current_result AS r
        WHERE r.cycle_id = of_cycle AND r.cohort_unit_id IS NOT NULL
        GROUP BY r.cohort_unit_id
    )
    SELECT l.unit_id, l.members, g.counted, b.rule, b."least", b.most, f.actual,
           greatest(f.actual - b.most, b."least" - f.actual - (l.members - g.counted), 0),
           greatest(q.actual - b.most, b."least" - q.actual - (l.members - g.counted), 0) = 0
    FROM grouped AS g
    JOIN appraisal.cut_line AS l ON l.cycle_id = of_cycle AND l.unit_id = g.cohort_unit_id
    CROSS JOIN LATERAL ROWS FROM (
        appraisal.quota_bounds(scheme.quota, scheme.scale, l.members),
        appraisal.quota_check(g.finals, scheme.scale, scheme.quota),
        appraisal.quota_check(g.quotas, scheme.scale, scheme.quota)) WITH ORDINALITY
        AS b (rule, "least", most, frule, fleast, fmost, actual, fout, qrule, qleast, qmost, qactual, qout, place)
    CROSS JOIN LATERAL (SELECT b.actual) AS f (actual)
    CROSS JOIN LATERAL (SELECT b.qactual) AS q (actual)
    ORDER BY l.unit_id, b.place;
END
$$;
CREATE FUNCTION appraisal.sign_off_chain(of_cycle bigint)
    RETURNS TABLE (step integer, signer text, act text, label text, is_last boolean, judges boolean, delegable boolean)
LANGUAGE plpgsql STABLE ROWS 4 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT r.step, r.signer, r.act, r.label,
           r.step = coalesce(max(r.step) FILTER (WHERE r.act <> 'archive') OVER (), max(r.step) OVER ()),
           r.act <> 'archive' OR bool_and(r.act = 'archive') OVER (), r.delegable
    FROM appraisal.sign_off_rule AS r JOIN appraisal.cycle AS c USING (scheme_id)
    WHERE c.cycle_id = of_cycle;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 1, 'hr', 'approve', 'HR', true, true, false;
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.sign_off_chain(bigint) IS 'the signatures that results of a cycle need; one by HR where the scheme says nothing';
CREATE FUNCTION appraisal.signatures(of_cycle bigint) RETURNS TABLE (unit_id bigint, step integer, signed_by bigint, delegated_for bigint)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH RECURSIVE covered AS (
        SELECT p.unit_id, p.unit_id AS above_id FROM appraisal.participant AS p WHERE p.cycle_id = of_cycle AND p.leads
        UNION
        SELECT c.unit_id, u.parent_id
        FROM covered AS c JOIN appraisal.unit AS u ON u.unit_id = c.above_id
    )
    -- above the top is the whole cycle
    SELECT c.unit_id, s.step, s.signed_by, s.delegated_for
    FROM appraisal.sign_off AS s JOIN covered AS c ON c.above_id IS NOT DISTINCT FROM s.unit_id
    WHERE s.cycle_id = of_cycle AND s.withdrawn_at IS NULL;
END
$$;
COMMENT ON FUNCTION appraisal.signatures(bigint) IS 'the signatures of a cycle that hold, for each unit with participants that they cover';
CREATE OR REPLACE FUNCTION appraisal.wanted_signatures(of_cycle bigint)
    RETURNS TABLE (participant_id bigint, unit_id bigint, own_id bigint, step integer, signed_by_oneself boolean)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH given AS MATERIALIZED (
        SELECT DISTINCT s.unit_id, s.step, s.signed_by, s.delegated_for FROM appraisal.signatures(of_cycle) AS s
    ),
    needed AS (
        SELECT p.participant_id, p.unit_id, coalesce(p.person_id, p.manager_id) AS own_id, c.step, c.is_last
        FROM appraisal.participant AS p CROSS JOIN appraisal.sign_off_chain(of_cycle) AS c
        WHERE p.cycle_id = of_cycle AND p.leads
    )
    SELECT n.participant_id, n.unit_id, n.own_id, n.step,
           EXISTS (SELECT FROM given AS g WHERE g.unit_id = n.unit_id AND g.step = n.step)
    FROM needed AS n
    WHERE NOT EXISTS (SELECT FROM given AS g
                      WHERE g.unit_id = n.unit_id AND g.step = n.step
                        AND (NOT n.is_last OR n.own_id IS DISTINCT FROM g.signed_by AND n.own_id IS DISTINCT FROM coalesce(g.delegated_for, g.signed_by)));
END
$$;
COMMENT ON FUNCTION appraisal.wanted_signatures(bigint) IS
    'the steps at which results of a cycle are not signed; at the last one that judges nobody''s own signature, or delegate''s, counts for oneself';
CREATE OR REPLACE FUNCTION appraisal.results_hash(of_cycle bigint) RETURNS numeric
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT coalesce(sum(hashtextextended(h.line, 0)), 0)
            FROM (SELECT r::text FROM appraisal.result AS r WHERE r.cycle_id = of_cycle
                  UNION ALL SELECT d::text FROM appraisal.dimension_score AS d WHERE d.cycle_id = of_cycle
                  UNION ALL SELECT s::text FROM appraisal.source_score AS s WHERE s.cycle_id = of_cycle
                  UNION ALL SELECT p::text FROM appraisal.part_score AS p WHERE p.cycle_id = of_cycle
                  UNION ALL SELECT l::text FROM appraisal.cut_line AS l WHERE l.cycle_id = of_cycle) AS h (line));
END
$$;
CREATE FUNCTION appraisal.expected_signer(of_cycle bigint, of_unit bigint, signer text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT CASE signer WHEN 'second_manager' THEN h.superior_id ELSE h.head_id END
            FROM appraisal.cycle AS c
            CROSS JOIN LATERAL appraisal.head_of_unit(
                CASE signer WHEN 'division_head' THEN (SELECT u.parent_id FROM appraisal.unit AS u WHERE u.unit_id = of_unit) ELSE of_unit END,
                c.cohort_date) AS h
            WHERE c.cycle_id = of_cycle AND signer NOT IN ('hr', 'executive', 'meeting'));
END
$$;
COMMENT ON FUNCTION appraisal.expected_signer(bigint, bigint, text) IS 'who signs as that for a unit, if it is one person and not an office';
CREATE FUNCTION appraisal.signing_office(signer text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
RETURN CASE signer WHEN 'hr' THEN 'hr' ELSE 'executive' END;
COMMENT ON FUNCTION appraisal.signing_office(text) IS 'the capability of who signs as that where no one person is expected to';
CREATE FUNCTION appraisal.is_signer(of_cycle bigint, of_unit bigint, signer text, who bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    office CONSTANT text := appraisal.signing_office(signer);
    expected CONSTANT bigint := appraisal.expected_signer(of_cycle, of_unit, signer);
BEGIN
    -- a whole cycle has no head
    IF expected IS NOT NULL OR (of_unit IS NULL AND signer NOT IN ('hr', 'executive', 'meeting')) THEN
        RETURN coalesce(expected = who, false);
    END IF;
    -- who asks has the capabilities of the login, others those of all their accounts
    RETURN CASE WHEN who = appraisal.acting_person() THEN appraisal.acting_as(office)
                ELSE EXISTS (SELECT FROM appraisal.account AS a WHERE a.person_id = who AND office = ANY (a.capabilities)) END;
END
$$;
COMMENT ON FUNCTION appraisal.is_signer(bigint, bigint, text, bigint) IS
    'is somebody who signs as that for a unit, or, without one, for a whole cycle?';
CREATE FUNCTION appraisal.signed_for_text(of_cycle bigint, of_unit bigint) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_text CONSTANT text := format('cycle "%s"', (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle));
BEGIN
    RETURN CASE WHEN of_unit IS NULL THEN cycle_text
                ELSE format('unit "%s" in %s', (SELECT u.code FROM appraisal.unit AS u WHERE u.unit_id = of_unit), cycle_text) END;
END
$$;
COMMENT ON FUNCTION appraisal.signed_for_text(bigint, bigint) IS 'what is signed for, as messages say it';
CREATE FUNCTION appraisal.refuse_signer(of_cycle bigint, of_unit bigint, step integer, signer text, label text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'AP003',
        MESSAGE = format('step %s of %s is not yours to sign', step, appraisal.signed_for_text(of_cycle, of_unit)),
        DETAIL = format('It is signed by %s, "%s".', CASE signer WHEN 'unit_head' THEN 'the head of the unit'
            WHEN 'division_head' THEN 'the head of the unit above' WHEN 'second_manager' THEN 'the superior of the unit''s head'
            WHEN 'hr' THEN 'HR' ELSE 'an executive' END, label),
        HINT = CASE WHEN of_unit IS NULL AND signer NOT IN ('hr', 'executive', 'meeting')
                    THEN 'That step is signed unit by unit: sign_off(cycle, unit).'
                    ELSE 'Ask that one to CALL appraisal.sign_off().' END;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_signer(bigint, bigint, integer, text, text) IS 'the error that somebody else signs a step';
CREATE OR REPLACE FUNCTION appraisal.apply_sign_off(of_cycle bigint, of_unit bigint, remark text) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    whose CONSTANT text := appraisal.signed_for_text(of_cycle, of_unit);
    scope CONSTANT bigint[] := ARRAY(SELECT b FROM appraisal.units_below((SELECT u.code FROM appraisal.unit AS u WHERE u.unit_id = of_unit)) AS b);
    next_step record;
    entitled boolean;
    in_place_of bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM appraisal.participant AS p WHERE p.cycle_id = of_cycle AND p.unit_id = ANY (scope)) THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('nobody takes part in %s', whose),
            HINT = 'Sign for the unit in which people are appraised, or for the whole cycle.';
    END IF;
    SELECT c.step, c.signer, c.label, c.is_last, c.judges, array_agg(DISTINCT w.own_id) AS own_ids,
           bool_and(w.signed_by_oneself) AS is_rest, array_agg(DISTINCT w.unit_id) AS units INTO next_step
    FROM appraisal.wanted_signatures(of_cycle) AS w JOIN appraisal.sign_off_chain(of_cycle) AS c USING (step)
    WHERE w.unit_id IN (SELECT unnest(scope))
    GROUP BY c.step, c.signer, c.label, c.is_last, c.judges
    ORDER BY c.step LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('the results of %s are signed by the whole chain', whose),
            HINT = format('CALL appraisal.publish(''%s'') when all are.', cycle_code);
    END IF;

    entitled := appraisal.is_signer(of_cycle, of_unit, next_step.signer, me);
    IF NOT entitled THEN
        in_place_of := appraisal.delegating_to(of_cycle, of_unit, next_step.step, next_step.signer, me);
    END IF;
    IF next_step.judges AND next_step.own_ids <@ ARRAY[me, coalesce(in_place_of, me)] THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('nobody signs off for oneself alone, and nobody else in %s is left for step %s', whose, next_step.step),
            HINT = CASE WHEN next_step.is_last THEN 'Another one of HR or of the executives signs.' ELSE 'The superior signs for a unit above.' END;
    END IF;
    -- what the last signers left as their own, HR or an executive
    IF NOT entitled AND in_place_of IS NULL AND next_step.is_rest THEN
        entitled := appraisal.acting_as('hr') OR appraisal.acting_as('executive');
    END IF;
    IF NOT entitled AND in_place_of IS NULL THEN
        PERFORM appraisal.refuse_signer(of_cycle, of_unit, next_step.step, next_step.signer, next_step.label);
    ELSIF next_step.judges
          AND EXISTS (SELECT FROM appraisal.signatures(of_cycle) AS s JOIN appraisal.sign_off_chain(of_cycle) AS c USING (step)
                      WHERE c.judges AND s.step <> next_step.step AND s.unit_id = ANY (next_step.units)
                        AND ARRAY[s.signed_by, s.delegated_for] && array_remove(ARRAY[me, in_place_of], NULL)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format(CASE WHEN in_place_of IS NULL THEN 'you have signed another step for people of %s'
                                  ELSE 'you, or who delegated to you, signed another step for people of %s' END, whose),
            DETAIL = format('Step %s is signed by somebody else, "%s".', next_step.step, next_step.label),
            HINT = 'Ask that one to CALL appraisal.sign_off().';
    END IF;

    -- the first signature holds the figures, too
    IF NOT EXISTS (SELECT FROM appraisal.sign_off AS s WHERE s.cycle_id = of_cycle AND s.withdrawn_at IS NULL) THEN
        PERFORM appraisal.check_results_are_fresh(of_cycle);
    END IF;
    INSERT INTO appraisal.sign_off (cycle_id, unit_id, step, signer, signed_by, signed_at, remark, delegated_for)
    VALUES (of_cycle, of_unit, next_step.step, next_step.signer, me, statement_timestamp(), apply_sign_off.remark, in_place_of);
    IF next_step.is_last THEN
        PERFORM appraisal.enforce_quota(of_cycle, scope);
    END IF;
    RETURN next_step.step;
END
$$;
COMMENT ON FUNCTION appraisal.apply_sign_off(bigint, bigint, text) IS
    'signs the next step that a unit, or a cycle, wants, if the one who asks is who signs it, or the delegate; returns the step';
CREATE OR REPLACE FUNCTION appraisal.enforce_quota(of_cycle bigint, units bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
    rule record;
    missed record;
BEGIN
    SELECT c.code, s.enforcement INTO rule FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    IF rule.enforcement = 'off' THEN
        RETURN;
    END IF;
    SELECT u.code, q.rules, q.heads_out, count(*) OVER () AS groups, l.units && mine.units AS is_own INTO missed
    FROM (SELECT g.unit_id, string_agg(g.rule, ', ') AS rules, sum(g.heads_out)::integer AS heads_out
          FROM appraisal.quota_groups(of_cycle) AS g WHERE g.heads_out > 0 GROUP BY g.unit_id) AS q
    JOIN appraisal.cut_line AS l ON l.cycle_id = of_cycle AND l.unit_id = q.unit_id
    JOIN appraisal.unit AS u ON u.unit_id = q.unit_id
    CROSS JOIN (SELECT ARRAY(SELECT p.unit_id FROM appraisal.participant AS p
                             WHERE p.cycle_id = of_cycle AND p.leads AND p.person_id = me) AS units) AS mine
    WHERE l.units && enforce_quota.units
      AND NOT EXISTS (SELECT FROM appraisal.wanted_signatures(of_cycle) AS w JOIN appraisal.sign_off_chain(of_cycle) AS c USING (step)
                      JOIN appraisal.result AS r ON r.cycle_id = of_cycle AND r.participant_id = w.participant_id AND r.version = 1
                      WHERE c.judges AND r.cohort_unit_id = q.unit_id)
      AND (rule.enforcement = 'warn'
           OR q.heads_out > coalesce((SELECT max(o.heads_out) FROM appraisal.quota_override AS o
                                      WHERE o.cycle_id = of_cycle AND o.unit_id = q.unit_id), 0))
    ORDER BY u.code LIMIT 1;
    IF NOT FOUND THEN
        RETURN;
    ELSIF rule.enforcement = 'warn' THEN
        RAISE WARNING USING
            MESSAGE = format('group "%s" of cycle "%s" misses its quota', missed.code, rule.code),
            DETAIL = format('Rules: %s. Groups that miss theirs: %s.', missed.rules, missed.groups),
            HINT = format('SELECT * FROM appraisal.quota_status(''%s'').', rule.code);
    ELSE
        -- with the number, a signer who is in the group could reckon the own grade
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('group "%s" of cycle "%s" misses its quota', missed.code, rule.code),
            DETAIL = format('Rules: %s%s. Groups that miss theirs: %s.', missed.rules,
                            CASE WHEN NOT missed.is_own THEN format('; heads out of bounds: %s', missed.heads_out) END, missed.groups),
            HINT = format('Calibrate as suggest_calibration(''%s'') says, or CALL appraisal.override_quota(''%1$s'', ''%s'', reason).',
                          rule.code, missed.code);
    END IF;
END
$$;
CREATE OR REPLACE FUNCTION appraisal.apply_quota_override(of_cycle bigint, of_unit bigint, reason text) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    unit_code CONSTANT text := (SELECT u.code FROM appraisal.unit AS u WHERE u.unit_id = of_unit);
    out_now integer;
BEGIN
    SELECT sum(q.heads_out) INTO out_now FROM appraisal.quota_groups(of_cycle) AS q WHERE q.unit_id = of_unit;
    IF out_now IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('unit "%s" has no group in cycle "%s"', unit_code, cycle_code),
            HINT = format('SELECT * FROM appraisal.quota_status(''%s'') lists the groups.', cycle_code);
    ELSIF EXISTS (SELECT FROM appraisal.cut_line AS l JOIN appraisal.participant AS p ON p.cycle_id = l.cycle_id AND p.unit_id = ANY (l.units)
                  WHERE l.cycle_id = of_cycle AND l.unit_id = of_unit AND p.leads AND p.person_id = appraisal.acting_person()) THEN
        -- from the number of heads one could reckon the own grade
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('nobody overrides the quota of the own group, which "%s" of cycle "%s" is', unit_code, cycle_code),
            HINT = 'Another one of HR or of the executives calls override_quota().';
    ELSIF out_now = 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('group "%s" of cycle "%s" meets its quota', unit_code, cycle_code);
    ELSIF coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('overriding the quota of group "%s" of cycle "%s" needs a reason', unit_code, cycle_code),
            HINT = 'Give the argument reason.';
    END IF;
    INSERT INTO appraisal.quota_override (cycle_id, unit_id, heads_out, reason, made_by, made_by_login, made_at)
    VALUES (of_cycle, of_unit, out_now, apply_quota_override.reason, appraisal.acting_person(), session_user, statement_timestamp());
    RETURN out_now;
END
$$;
CREATE FUNCTION appraisal.delegating_to(of_cycle bigint, of_unit bigint, step integer, signer text, who bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (WITH RECURSIVE above AS (
                SELECT of_unit AS unit_id
                UNION
                SELECT u.parent_id FROM above AS a JOIN appraisal.unit AS u USING (unit_id)
            )
            SELECT d.from_person
            FROM appraisal.delegation AS d JOIN above AS a ON a.unit_id IS NOT DISTINCT FROM d.unit_id
            WHERE d.cycle_id = of_cycle AND d.step = delegating_to.step AND d.to_person = who AND d.withdrawn_at IS NULL
              AND appraisal.is_signer(of_cycle, of_unit, signer, d.from_person)
            ORDER BY d.delegation_id LIMIT 1);
END
$$;
COMMENT ON FUNCTION appraisal.delegating_to(bigint, bigint, integer, text, bigint) IS
    'in whose place somebody signs a step for a unit, or for a whole cycle; null if nobody delegated it';
CREATE FUNCTION appraisal.take_cycle_to_delegate(of_cycle bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM appraisal.take_cycle_in(of_cycle, 'delegations', 'draft', 'goals', 'scoring', 'calibration');
    IF appraisal.acting_person() IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'signatures are delegated by people, and this login is nobody in particular',
            HINT = 'A service sets appraisal.actor to the person it acts for.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.take_cycle_to_delegate(bigint) IS
    'holds a cycle that is not published until the transaction ends, for somebody; an error otherwise';
CREATE FUNCTION appraisal.apply_delegation(of_cycle bigint, of_step integer, of_unit bigint, to_code text, reason text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    whose CONSTANT text := appraisal.signed_for_text(of_cycle, of_unit);
    rule record;
    delegate bigint;
    present text;
    given bigint;
BEGIN
    SELECT c.* INTO rule FROM appraisal.sign_off_chain(of_cycle) AS c WHERE c.step = of_step;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('the chain of cycle "%s" has no step %s', cycle_code, coalesce(of_step::text, 'null')),
            DETAIL = format('Steps: %s.', (SELECT string_agg(format('%s "%s"', c.step, c.label), ', ' ORDER BY c.step) FROM appraisal.sign_off_chain(of_cycle) AS c)),
            HINT = 'Give one of these.';
    ELSIF NOT rule.delegable THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('step %s of cycle "%s" cannot be delegated', of_step, cycle_code),
            DETAIL = format('The scheme wants "%s" to sign.', rule.label),
            HINT = 'A version of the scheme whose step is delegable lets later cycles do so.';
    ELSIF NOT appraisal.is_signer(of_cycle, of_unit, rule.signer, me) THEN
        IF appraisal.delegating_to(of_cycle, of_unit, of_step, rule.signer, me) IS NOT NULL THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AP003',
                MESSAGE = format('step %s of %s was delegated to you, and is not delegated again', of_step, whose),
                HINT = 'Sign it, or ask who delegated it to CALL appraisal.withdraw_delegation().';
        END IF;
        PERFORM appraisal.refuse_signer(of_cycle, of_unit, of_step, rule.signer, rule.label);
    ELSIF coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('delegating step %s of %s needs a reason', of_step, whose),
            HINT = 'Give the argument reason.';
    END IF;
    delegate := appraisal.person_of_code(to_code);
    IF delegate = me THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = 'nobody delegates to oneself',
            DETAIL = format('It is step %s of %s.', of_step, whose), HINT = 'Name somebody else in to_person.';
    END IF;
    SELECT n.code INTO present
    FROM appraisal.delegation AS d JOIN appraisal.person AS n ON n.person_id = d.to_person
    WHERE d.cycle_id = of_cycle AND d.step = of_step AND d.unit_id IS NOT DISTINCT FROM of_unit AND d.from_person = me AND d.withdrawn_at IS NULL;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('you have delegated step %s of %s already', of_step, whose),
            DETAIL = format('To person "%s".', present),
            HINT = 'CALL appraisal.withdraw_delegation() first.';
    END IF;
    INSERT INTO appraisal.delegation (cycle_id, step, unit_id, from_person, to_person, reason, given_at)
    VALUES (of_cycle, of_step, of_unit, me, delegate, apply_delegation.reason, statement_timestamp())
    RETURNING delegation_id INTO given;
    RETURN given;
END
$$;
COMMENT ON FUNCTION appraisal.apply_delegation(bigint, integer, bigint, text, text) IS
    'has somebody sign a step in the place of the one who asks, who signs it by the scheme; returns the key of the delegation';
CREATE FUNCTION appraisal.apply_delegation_withdrawal(of_cycle bigint, of_step integer, of_unit bigint, of_person bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
    giver CONSTANT bigint := coalesce(of_person, me);
    withdrawn bigint;
BEGIN
    IF giver <> me AND NOT appraisal.acting_as('hr') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'HR alone withdraws what others delegated',
            HINT = 'Ask HR, or who delegated, to CALL appraisal.withdraw_delegation().';
    END IF;
    UPDATE appraisal.delegation AS d SET withdrawn_at = statement_timestamp()
    WHERE d.cycle_id = of_cycle AND d.step = of_step AND d.unit_id IS NOT DISTINCT FROM of_unit AND d.from_person = giver AND d.withdrawn_at IS NULL
    RETURNING d.delegation_id INTO withdrawn;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('nothing is delegated at step %s of %s', coalesce(of_step::text, 'null'), appraisal.signed_for_text(of_cycle, of_unit)),
            HINT = 'SELECT * FROM appraisal.delegation shows what you delegated; give its step and unit.';
    END IF;
    RETURN withdrawn;
END
$$;
COMMENT ON FUNCTION appraisal.apply_delegation_withdrawal(bigint, integer, bigint, bigint) IS
    'withdraws the delegation that somebody gave for a step and a unit, or for a whole cycle; returns its key';
CREATE PROCEDURE appraisal.delegate_sign_off(cycle text, step integer, to_person text, reason text, unit text DEFAULT NULL,
                                             INOUT delegation_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    delegation_id := appraisal.write_delegation(appraisal.cycle_of_code(cycle), step,
                                                CASE WHEN unit IS NOT NULL THEN appraisal.unit_of_code(unit) END, to_person, reason);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.delegate_sign_off(text, integer, text, text, text, bigint) IS
    'has somebody sign a step of the chain in the caller''s place, for a unit with all below it or for the whole cycle; says its key';
CREATE PROCEDURE appraisal.withdraw_delegation(cycle text, step integer, unit text DEFAULT NULL, from_person text DEFAULT NULL,
                                               INOUT delegation_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    delegation_id := appraisal.write_delegation_withdrawal(appraisal.cycle_of_code(cycle), step,
                                                           CASE WHEN unit IS NOT NULL THEN appraisal.unit_of_code(unit) END,
                                                           CASE WHEN from_person IS NOT NULL THEN appraisal.person_of_code(from_person) END);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.withdraw_delegation(text, integer, text, text, bigint) IS
    'withdraws what the caller, or for HR somebody else, delegated; what was signed stays; says its key';
CREATE OR REPLACE FUNCTION appraisal.publish_results(of_cycle bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    wanted record;
    surprised bigint;
BEGIN
    SELECT w.step, c.label, u.code AS unit, (SELECT count(DISTINCT x.participant_id) FROM appraisal.wanted_signatures(of_cycle) AS x) AS results
    INTO wanted
    FROM appraisal.wanted_signatures(of_cycle) AS w
    JOIN appraisal.sign_off_chain(of_cycle) AS c USING (step)
    JOIN appraisal.unit AS u USING (unit_id)
    ORDER BY w.step, u.code LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('the results of cycle "%s" are not signed off', cycle_code),
            DETAIL = format('Results that want a signature: %s. The first is step %s, "%s", in unit "%s".',
                            wanted.results, wanted.step, wanted.label, wanted.unit),
            HINT = format('CALL appraisal.sign_off(''%s'').', cycle_code);
    END IF;
    PERFORM appraisal.refuse_stale_parts(of_cycle);
    SELECT count(*) INTO surprised FROM appraisal.surprised(of_cycle) AS s;
    IF surprised > 0 THEN
        RAISE WARNING USING
            MESSAGE = format('low grades of cycle "%s" that come without earlier feedback: %s', cycle_code, surprised),
            HINT = format('SELECT * FROM appraisal.surprises(''%s'').', cycle_code);
    END IF;
    UPDATE appraisal.result AS r SET published_at = statement_timestamp() WHERE r.cycle_id = of_cycle AND r.version = 1;
END
$$;
CREATE FUNCTION appraisal.refuse_unless_above(of_cycle bigint, of_participant bigint, what text, call text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who CONSTANT text := appraisal.participant_name(of_cycle, of_participant);
BEGIN
    IF who IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no participant %s in cycle %s', coalesce(of_participant::text, 'NULL'), of_cycle),
            HINT = format('CALL appraisal.%s() takes the codes of cycle and person.', call);
    ELSIF of_participant IN (SELECT appraisal.my_participations()) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('nobody writes %s of the own result', what),
            DETAIL = format('It is that of %s.', who),
            HINT = format('A manager above or HR calls %s().', call);
    ELSIF NOT (appraisal.acting_as('hr')
               OR of_cycle IN (SELECT appraisal.cycles_shown_to('manager')) AND of_participant IN (SELECT appraisal.my_participants())) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('%s of %s are not yours to write', what, who),
            DETAIL = 'HR and the managers above are who writes them, as far as the scheme shows them results.',
            HINT = format('Ask one of them to CALL appraisal.%s().', call);
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_unless_above(bigint, bigint, text, text) IS
    'an error unless the one who asks is of HR or above this participant, as far as the scheme shows managers results';
CREATE FUNCTION appraisal.result_after_publication(of_cycle bigint, of_participant bigint, OUT version integer, OUT natural_grade text,
                                                   OUT calibrated_grade text, OUT final_grade text, OUT first_published_at timestamptz)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    SELECT r.version, r.natural_grade, r.calibrated_grade, r.final_grade,
           (SELECT min(o.published_at) FROM appraisal.result AS o WHERE o.cycle_id = of_cycle AND o.participant_id = of_participant)
    INTO result_after_publication.version, result_after_publication.natural_grade, result_after_publication.calibrated_grade,
         result_after_publication.final_grade, first_published_at
    FROM appraisal.current_result AS r
    WHERE r.cycle_id = of_cycle AND r.participant_id = of_participant AND r.state <> 'exempt' AND r.published_at IS NOT NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('%s has no result in cycle "%s"', appraisal.participant_name(of_cycle, of_participant),
                             (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle)),
            DETAIL = 'Who is exempt has none; who moved has it with the last of the postings.',
            HINT = 'SELECT * FROM appraisal.scorecard lists the results.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.result_after_publication(bigint, bigint) IS
    'the published result of a participant in its latest version; an error if there is none';
CREATE FUNCTION appraisal.apply_interview(of_cycle bigint, of_participant bigint, held_on date, held_by bigint, summary text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who CONSTANT text := appraisal.participant_name(of_cycle, of_participant);
    holder_id CONSTANT bigint := coalesce(apply_interview.held_by, appraisal.acting_person());
    published timestamptz;
    new_id bigint;
BEGIN
    PERFORM appraisal.refuse_unless_above(of_cycle, of_participant, 'interviews', 'record_interview');
    SELECT r.first_published_at INTO published FROM appraisal.result_after_publication(of_cycle, of_participant) AS r;
    IF holder_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('who held the interview with %s is not said', who),
            DETAIL = 'This login is nobody in particular.',
            HINT = 'Give the argument held_by.';
    ELSIF EXISTS (SELECT FROM appraisal.participant AS p
                  WHERE p.cycle_id = of_cycle AND p.participant_id = of_participant AND coalesce(p.person_id, p.manager_id) = holder_id) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('%s cannot hold the interview about the own result', (SELECT format('person "%s"', n.code) FROM appraisal.person AS n WHERE n.person_id = holder_id)),
            HINT = 'Name in held_by who held it.';
    ELSIF held_on IS NULL OR held_on < (published AT TIME ZONE INTERVAL '-12:00')::date
          OR held_on > (statement_timestamp() AT TIME ZONE INTERVAL '14:00')::date THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('the interview with %s cannot be of day %s', who, coalesce(held_on::text, 'NULL')),
            DETAIL = format('Results were published at %s; it is recorded when it was held.', published),
            HINT = 'Give in held_on the day on which it was held.';
    ELSIF coalesce(btrim(summary), '') = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('the interview with %s needs a summary', who),
            HINT = 'Give the argument summary.';
    END IF;
    INSERT INTO appraisal.interview AS i (cycle_id, participant_id, held_on, held_by, summary, recorded_by, recorded_by_login, recorded_at)
    VALUES (of_cycle, of_participant, apply_interview.held_on, holder_id, apply_interview.summary, appraisal.acting_person(), session_user,
            statement_timestamp())
    ON CONFLICT ON CONSTRAINT interview_is_recorded_once DO NOTHING
    RETURNING i.interview_id INTO new_id;
    IF new_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('this interview with %s is recorded already', who),
            DETAIL = format('It was held on %s by the same person.', held_on),
            HINT = 'SELECT * FROM appraisal.interview shows it, to those who may see it.';
    END IF;
    RETURN new_id;
END
$$;
COMMENT ON FUNCTION appraisal.apply_interview(bigint, bigint, date, bigint, text) IS
    'records an interview, if the one who asks may; returns its key';
CREATE FUNCTION appraisal.apply_acknowledgement(of_cycle bigint, of_unit bigint, remark text) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    mine bigint;
    this_version integer;
BEGIN
    IF me IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'results are acknowledged by people, and this login is nobody in particular',
            HINT = 'A service sets appraisal.actor to the person it acts for.';
    ELSIF of_cycle NOT IN (SELECT appraisal.cycles_published_to('person')) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('the scheme of cycle "%s" does not show people their results', cycle_code),
            HINT = 'Ask HR.';
    END IF;
    SELECT p.participant_id INTO mine
    FROM appraisal.participant AS p
    WHERE p.cycle_id = of_cycle AND p.leads
      AND (of_unit IS NULL AND p.person_id = me OR p.appraised_unit_id = of_unit AND p.manager_id = me);
    IF mine IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = CASE WHEN of_unit IS NULL THEN format('you take no part in cycle "%s"', cycle_code)
                           ELSE format('you are not who answers for that unit in cycle "%s"', cycle_code) END,
            HINT = 'A result is acknowledged by whose it is, that of a unit by its head.';
    END IF;
    SELECT r.version INTO this_version FROM appraisal.result_after_publication(of_cycle, mine) AS r;
    INSERT INTO appraisal.acknowledgement (cycle_id, participant_id, version, remark, acknowledged_at)
    VALUES (of_cycle, mine, this_version, nullif(btrim(apply_acknowledgement.remark), ''), statement_timestamp())
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('the result of %s in cycle "%s" is acknowledged already', appraisal.participant_name(of_cycle, mine), cycle_code),
            DETAIL = format('It is version %s of the result.', this_version),
            HINT = 'SELECT * FROM appraisal.acknowledgement shows it.';
    END IF;
    RETURN this_version;
END
$$;
COMMENT ON FUNCTION appraisal.apply_acknowledgement(bigint, bigint, text) IS
    'notes that the one who asks has taken note of the own result, or that of the unit led; returns its version';
CREATE FUNCTION appraisal.warn_of_missing_interviews(of_cycle bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this record;
    missing bigint;
BEGIN
    SELECT c.code, s.interview INTO this FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    SELECT count(*) INTO missing
    FROM appraisal.current_result AS r
    WHERE this.interview AND r.cycle_id = of_cycle AND r.state <> 'exempt'
      AND NOT EXISTS (SELECT FROM appraisal.interview AS i WHERE i.cycle_id = of_cycle AND i.participant_id = r.participant_id);
    IF missing > 0 THEN
        RAISE WARNING USING
            MESSAGE = format('results of cycle "%s" about which no interview is recorded: %s', this.code, missing),
            HINT = 'CALL appraisal.record_interview() records them before the cycle is closed.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.warn_of_missing_interviews(bigint) IS
    'a warning if the scheme wants interviews and some results of the cycle are without';
CREATE PROCEDURE appraisal.record_interview(cycle text, person text, held_on date, summary text, held_by text DEFAULT NULL,
                                            unit text DEFAULT NULL, INOUT interview_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    interview_id := appraisal.write_interview(appraisal.cycle_of_code(cycle), appraisal.leading_participant(cycle, person, unit), held_on,
        CASE WHEN held_by IS NOT NULL THEN appraisal.person_of_code(held_by) END, summary);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.record_interview(text, text, date, text, text, text, bigint) IS
    'records a talk with a person about the published result, or with person NULL with the head of an appraised unit';
CREATE PROCEDURE appraisal.acknowledge_result(cycle text, remark text DEFAULT NULL, unit text DEFAULT NULL, INOUT version integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    version := appraisal.write_acknowledgement(appraisal.cycle_of_code(cycle),
        CASE WHEN unit IS NOT NULL THEN appraisal.unit_of_code(unit) END, remark);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.acknowledge_result(text, text, text, integer) IS
    'the one who asks has taken note of the own published result, or that of the unit led; says which version';
CREATE FUNCTION appraisal.grade_for_improvement(improvement_reads text, natural_grade text, calibrated_grade text, final_grade text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE improvement_reads WHEN 'final' THEN final_grade ELSE coalesce(calibrated_grade, natural_grade) END
$$;
COMMENT ON FUNCTION appraisal.grade_for_improvement(text, text, text, text) IS
    'the grade of a result that the scheme''s improvement_grade is held against';
CREATE FUNCTION appraisal.results_to_improve(of_cycle bigint)
    RETURNS TABLE (participant_id bigint, version integer, grade text, natural_grade text, final_grade text, is_low boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this record;
BEGIN
    SELECT s.scale, s.improvement_reads, appraisal.grade_rank(s.improvement_grade, s.scale) AS low INTO this
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    RETURN QUERY
    SELECT r.participant_id, r.version, g.grade, r.natural_grade, r.final_grade,
           coalesce(appraisal.grade_rank(g.grade, this.scale) >= this.low, false)
    FROM appraisal.current_result AS r
    JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    CROSS JOIN LATERAL (SELECT appraisal.grade_for_improvement(this.improvement_reads, r.natural_grade, r.calibrated_grade, r.final_grade) AS grade) AS g
    WHERE r.cycle_id = of_cycle AND r.published_at IS NOT NULL AND p.person_id IS NOT NULL;
END
$$;
COMMENT ON FUNCTION appraisal.results_to_improve(bigint) IS
    'published results of people, as far as the caller sees them: the grade that is read, and whether it is low enough for a plan';
CREATE FUNCTION appraisal.improvement_plans_due(of_cycle bigint) RETURNS TABLE (participant_id bigint, version integer)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT r.participant_id, r.version
    FROM appraisal.results_to_improve(of_cycle) AS r
    WHERE r.is_low
      AND NOT EXISTS (SELECT FROM appraisal.improvement_plan AS l
                      WHERE l.cycle_id = of_cycle AND +l.participant_id = r.participant_id
                        AND (l.status <> 'cancelled' OR l.version = r.version));
END
$$;
COMMENT ON FUNCTION appraisal.improvement_plans_due(bigint) IS
    'participants whose result wants an improvement plan by the scheme''s rule and has none';
CREATE FUNCTION appraisal.open_plan_of(of_cycle bigint, of_participant bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_id bigint;
BEGIN
    SELECT l.plan_id INTO found_id
    FROM appraisal.improvement_plan AS l WHERE l.cycle_id = of_cycle AND +l.participant_id = of_participant AND l.status = 'open';
    IF found_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('%s has no open improvement plan in cycle "%s"', appraisal.participant_name(of_cycle, of_participant),
                             (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle)),
            HINT = 'CALL appraisal.open_improvement_plan() opens one.';
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION appraisal.open_plan_of(bigint, bigint) IS 'key of the open improvement plan of a participant; an error if there is none';
CREATE FUNCTION appraisal.apply_improvement_actions(of_cycle bigint, of_plan bigint, actions jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    plan record;
    fault record;
BEGIN
    SELECT l.due_on, coalesce(p.person_id, p.manager_id) AS person_id, appraisal.participant_name(of_cycle, p.participant_id) AS who INTO plan
    FROM appraisal.improvement_plan AS l JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    WHERE l.cycle_id = of_cycle AND l.plan_id = of_plan;
    SELECT x.place, x.title, count(*) OVER (PARTITION BY btrim(x.title)) > 1 AS twice INTO fault
    FROM ROWS FROM (jsonb_to_recordset(actions) AS (title text)) WITH ORDINALITY AS x (title, place)
    ORDER BY coalesce(btrim(x.title), '') = '' DESC, twice DESC, x.place LIMIT 1;
    IF coalesce(btrim(fault.title), '') = '' AND FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('action %s of the improvement plan of %s has no title', fault.place, plan.who),
            HINT = 'Actions are a list of objects: title, owner, due_on, support, training.';
    ELSIF fault.twice THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('action "%s" is there more than once', fault.title),
            DETAIL = format('It is in the improvement plan of %s.', plan.who),
            HINT = 'Give each action once.';
    END IF;
    UPDATE appraisal.improvement_action AS a
    SET owner_id = coalesce(x.owner_id, a.owner_id), due_on = coalesce(x.due_on, a.due_on),
        support = coalesce(x.support, a.support), training = coalesce(x.training, a.training)
    FROM jsonb_to_recordset(actions) AS x (title text, owner_id bigint, due_on date, support text, training text)
    WHERE a.cycle_id = of_cycle AND a.plan_id = of_plan AND btrim(a.title) = btrim(x.title);
    INSERT INTO appraisal.improvement_action (cycle_id, plan_id, title, owner_id, due_on, support, training)
    SELECT of_cycle, of_plan, btrim(x.title), coalesce(x.owner_id, plan.person_id), coalesce(x.due_on, plan.due_on), x.support, x.training
    FROM ROWS FROM (jsonb_to_recordset(actions) AS (title text, owner_id bigint, due_on date, support text, training text))
        WITH ORDINALITY AS x (title, owner_id, due_on, support, training, place)
    WHERE NOT EXISTS (SELECT FROM appraisal.improvement_action AS a
                      WHERE a.cycle_id = of_cycle AND a.plan_id = of_plan AND btrim(a.title) = btrim(x.title))
    ORDER BY x.place;
    SELECT a.title, a.due_on INTO fault
    FROM appraisal.improvement_action AS a
    WHERE a.cycle_id = of_cycle AND a.plan_id = of_plan AND a.due_on > plan.due_on
    ORDER BY a.action_id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('action "%s" is due after the improvement plan of %s', fault.title, plan.who),
            DETAIL = format('The action is due on %s, the plan on %s.', fault.due_on, plan.due_on),
            HINT = 'Give the action an earlier due_on, or the plan a later one.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.apply_improvement_actions(bigint, bigint, jsonb) IS
    'adds actions to an improvement plan, or changes those that it has: [{"title", "owner_id", "due_on", "support", "training"}, ...]';
CREATE FUNCTION appraisal.check_improvement_due_on(who text, due_on date) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- as improvement_plan_due_on_is_ahead
    IF due_on IS NULL OR due_on < (statement_timestamp() AT TIME ZONE INTERVAL '-12:00')::date THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('the improvement plan of %s cannot be due on %s', who, coalesce(due_on::text, 'NULL')),
            HINT = 'Give in due_on the last day of the plan, which is to come.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.check_improvement_due_on(text, date) IS 'an error unless the last day of an improvement plan is to come';
CREATE FUNCTION appraisal.apply_improvement_plan(of_cycle bigint, of_participant bigint, goals text, due_on date, actions jsonb,
                                                 direction text, support text, training text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who CONSTANT text := appraisal.participant_name(of_cycle, of_participant);
    rule record;
    found_result record;
    present record;
    new_id bigint;
BEGIN
    PERFORM appraisal.refuse_unless_above(of_cycle, of_participant, 'improvement plans', 'open_improvement_plan');
    SELECT r.* INTO found_result FROM appraisal.result_after_publication(of_cycle, of_participant) AS r;
    SELECT s.scale, s.improvement_reads, s.improvement_grade, appraisal.grade_rank(s.improvement_grade, s.scale) AS low INTO rule
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    SELECT l.opened_at, l.due_on INTO present
    FROM appraisal.improvement_plan AS l WHERE l.cycle_id = of_cycle AND +l.participant_id = of_participant AND l.status = 'open';
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('%s has an open improvement plan already', who),
            DETAIL = format('It was opened at %s and is due on %s.', present.opened_at, present.due_on),
            HINT = 'CALL appraisal.revise_improvement_plan() changes it, close_improvement_plan() closes it.';
    ELSIF coalesce(btrim(goals), '') = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('the improvement plan of %s needs goals', who),
            HINT = 'Say in goals what is to be reached.';
    ELSIF appraisal.grade_rank(found_result.final_grade, rule.scale) >= rule.low
          AND appraisal.grade_rank(appraisal.grade_for_improvement(rule.improvement_reads, found_result.natural_grade,
                                                                   found_result.calibrated_grade, found_result.final_grade), rule.scale) < rule.low THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('an improvement plan of %s would follow from the forced distribution alone', who),
            DETAIL = format('The score earned "%s", the group''s cut line made it "%s"; plans are for "%s" or worse.',
                            found_result.natural_grade, found_result.final_grade, rule.improvement_grade),
            HINT = 'A scheme whose plans may follow from it has improvement_reads "final".';
    END IF;
    PERFORM appraisal.check_improvement_due_on(who, apply_improvement_plan.due_on);
    INSERT INTO appraisal.improvement_plan AS l
        (cycle_id, participant_id, version, by_rule, goals, direction, support, training, due_on, opened_by, opened_by_login, opened_at)
    VALUES (of_cycle, of_participant, found_result.version, false, apply_improvement_plan.goals, nullif(btrim(apply_improvement_plan.direction), ''),
            nullif(btrim(apply_improvement_plan.support), ''), nullif(btrim(apply_improvement_plan.training), ''), apply_improvement_plan.due_on,
            appraisal.acting_person(), session_user, statement_timestamp())
    RETURNING l.plan_id INTO new_id;
    PERFORM appraisal.apply_improvement_actions(of_cycle, new_id, coalesce(actions, '[]'));
    RETURN new_id;
END
$$;
COMMENT ON FUNCTION appraisal.apply_improvement_plan(bigint, bigint, text, date, jsonb, text, text, text) IS
    'opens an improvement plan by hand, if the one who asks may; returns its key';
CREATE FUNCTION appraisal.apply_due_improvement_plans(of_cycle bigint, due_on date) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this record;
    last_day date;
    opened integer;
BEGIN
    SELECT c.code, c.during, s.improvement_grade INTO this
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    IF this.improvement_grade IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('the scheme of cycle "%s" opens no improvement plans by rule', this.code),
            DETAIL = 'It has no improvement_grade.',
            HINT = 'CALL appraisal.open_improvement_plan() opens one by hand.';
    END IF;
    last_day := coalesce(apply_due_improvement_plans.due_on, current_date + (upper(this.during) - lower(this.during)));
    PERFORM appraisal.check_improvement_due_on(format('cycle "%s"', this.code), last_day);
    INSERT INTO appraisal.improvement_plan (cycle_id, participant_id, version, by_rule, due_on, opened_by, opened_by_login, opened_at)
    SELECT of_cycle, d.participant_id, d.version, true, last_day, appraisal.acting_person(), session_user, statement_timestamp()
    FROM appraisal.improvement_plans_due(of_cycle) AS d
    ORDER BY d.participant_id;
    GET DIAGNOSTICS opened = ROW_COUNT;
    RETURN opened;
END
$$;
COMMENT ON FUNCTION appraisal.apply_due_improvement_plans(bigint, date) IS
    'opens the improvement plans that the scheme''s rule wants; returns how many';
CREATE FUNCTION appraisal.apply_improvement_change(of_cycle bigint, of_participant bigint, goals text, due_on date, actions jsonb,
                                                   direction text, support text, training text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_plan bigint;
BEGIN
    PERFORM appraisal.refuse_unless_above(of_cycle, of_participant, 'improvement plans', 'revise_improvement_plan');
    this_plan := appraisal.open_plan_of(of_cycle, of_participant);
    IF apply_improvement_change.due_on IS NOT NULL THEN
        PERFORM appraisal.check_improvement_due_on(appraisal.participant_name(of_cycle, of_participant), apply_improvement_change.due_on);
    END IF;
    UPDATE appraisal.improvement_plan AS l
    SET goals = coalesce(nullif(btrim(apply_improvement_change.goals), ''), l.goals),
        due_on = coalesce(apply_improvement_change.due_on, l.due_on),
        direction = coalesce(nullif(btrim(apply_improvement_change.direction), ''), l.direction),
        support = coalesce(nullif(btrim(apply_improvement_change.support), ''), l.support),
        training = coalesce(nullif(btrim(apply_improvement_change.training), ''), l.training)
    WHERE l.cycle_id = of_cycle AND l.plan_id = this_plan;
    PERFORM appraisal.apply_improvement_actions(of_cycle, this_plan, coalesce(actions, '[]'));
    RETURN this_plan;
END
$$;
COMMENT ON FUNCTION appraisal.apply_improvement_change(bigint, bigint, text, date, jsonb, text, text, text) IS
    'changes an open improvement plan, if the one who asks may; returns its key';
CREATE FUNCTION appraisal.apply_improvement_progress(of_cycle bigint, of_participant bigint, action text, progress integer, note text,
                                                     done_on date) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
    this_plan bigint;
    found_actions bigint[];
BEGIN
    SELECT array_agg(a.action_id) INTO found_actions
    FROM appraisal.improvement_action AS a JOIN appraisal.improvement_plan AS l USING (cycle_id, plan_id)
    WHERE a.cycle_id = of_cycle AND +a.owner_id = me AND l.status = 'open' AND btrim(a.title) = btrim(apply_improvement_progress.action)
      AND (of_participant IS NULL OR +l.participant_id = of_participant);
    IF found_actions IS NULL AND of_participant IS NOT NULL THEN
        PERFORM appraisal.refuse_unless_above(of_cycle, of_participant, 'improvement plans', 'record_improvement_progress');
        this_plan := appraisal.open_plan_of(of_cycle, of_participant);
        SELECT array_agg(a.action_id) INTO found_actions
        FROM appraisal.improvement_action AS a
        WHERE a.cycle_id = of_cycle AND a.plan_id = this_plan AND btrim(a.title) = btrim(apply_improvement_progress.action);
    END IF;
    IF found_actions IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no action "%s" for you to report on', action),
            HINT = 'Actions of open plans count, by their titles; who does not own one names the person.';
    ELSIF cardinality(found_actions) > 1 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('you own several actions "%s"', action),
            DETAIL = format('They are %s, in plans of different people.', cardinality(found_actions)),
            HINT = 'Name the person, too.';
    ELSIF progress IS NULL OR progress NOT BETWEEN 0 AND 100 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('progress of action "%s" cannot be %s', action, coalesce(progress::text, 'NULL')),
            HINT = 'Give per cent, 0 to 100.';
    ELSIF done_on IS NOT NULL AND (progress < 100 OR done_on > (statement_timestamp() AT TIME ZONE INTERVAL '14:00')::date) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('action "%s" cannot be done on %s', action, done_on),
            DETAIL = format('Its progress is %s per cent.', progress),
            HINT = 'Give done_on when it is done, with progress 100.';
    END IF;
    UPDATE appraisal.improvement_action AS a
    SET progress = apply_improvement_progress.progress,
        note = coalesce(nullif(btrim(apply_improvement_progress.note), ''), a.note),
        done_on = CASE apply_improvement_progress.progress WHEN 100 THEN coalesce(apply_improvement_progress.done_on, a.done_on, current_date) END
    WHERE a.cycle_id = of_cycle AND a.action_id = found_actions[1];
    RETURN found_actions[1];
END
$$;
COMMENT ON FUNCTION appraisal.apply_improvement_progress(bigint, bigint, text, integer, text, date) IS
    'notes how far an action of an open improvement plan is, for its owner, a manager above or HR; returns its key';
CREATE FUNCTION appraisal.apply_improvement_closing(of_cycle bigint, of_participant bigint, met boolean, reason text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    new_status CONSTANT text := CASE met WHEN true THEN 'met' WHEN false THEN 'not_met' ELSE 'cancelled' END;
    who CONSTANT text := appraisal.participant_name(of_cycle, of_participant);
    this_plan bigint;
BEGIN
    PERFORM appraisal.refuse_unless_above(of_cycle, of_participant, 'improvement plans', 'close_improvement_plan');
    this_plan := appraisal.open_plan_of(of_cycle, of_participant);
    IF coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('closing the improvement plan of %s needs a reason', who),
            HINT = 'Give the argument reason.';
    ELSIF met IS NOT NULL AND (SELECT l.goals IS NULL FROM appraisal.improvement_plan AS l
                               WHERE l.cycle_id = of_cycle AND l.plan_id = this_plan) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('the improvement plan of %s has no goals that could be met or not', who),
            HINT = 'CALL appraisal.revise_improvement_plan() sets them; with met NULL the plan is cancelled.';
    END IF;
    UPDATE appraisal.improvement_plan AS l
    SET status = new_status, closed_by = appraisal.acting_person(), closed_by_login = session_user, closed_at = statement_timestamp(),
        closed_because = reason
    WHERE l.cycle_id = of_cycle AND l.plan_id = this_plan;
    RETURN new_status;
END
$$;
COMMENT ON FUNCTION appraisal.apply_improvement_closing(bigint, bigint, boolean, text) IS
    'closes an open improvement plan, if the one who asks may; returns its status';
CREATE FUNCTION appraisal.actions_with_owners(actions jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    resolved jsonb;
BEGIN
    SELECT jsonb_agg(jsonb_build_object('title', x.title, 'owner_id', CASE WHEN x.owner IS NOT NULL THEN appraisal.person_of_code(x.owner) END,
                                        'due_on', x.due_on, 'support', nullif(btrim(x.support), ''), 'training', nullif(btrim(x.training), ''))
                     ORDER BY x.place)
    INTO resolved
    FROM ROWS FROM (jsonb_to_recordset(actions) AS (title text, owner text, due_on date, support text, training text))
        WITH ORDINALITY AS x (title, owner, due_on, support, training, place);
    RETURN coalesce(resolved, '[]');
END
$$;
COMMENT ON FUNCTION appraisal.actions_with_owners(jsonb) IS 'a list of actions with the keys of their owners instead of codes';
CREATE PROCEDURE appraisal.open_improvement_plan(cycle text, person text, goals text, due_on date, actions jsonb DEFAULT '[]',
                                                 direction text DEFAULT NULL, support text DEFAULT NULL, training text DEFAULT NULL,
                                                 unit text DEFAULT NULL, INOUT plan_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    plan_id := appraisal.write_improvement_plan(appraisal.cycle_of_code(cycle), appraisal.leading_participant(cycle, person, unit), goals, due_on,
                                                appraisal.actions_with_owners(actions), direction, support, training);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.open_improvement_plan(text, text, text, date, jsonb, text, text, text, text, bigint) IS
    'opens an improvement plan after a published result: for those above and HR';
CREATE PROCEDURE appraisal.open_due_improvement_plans(cycle text, due_on date DEFAULT NULL, INOUT opened integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    opened := appraisal.write_due_improvement_plans(appraisal.cycle_of_code(cycle), due_on);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.open_due_improvement_plans(text, date, integer) IS
    'for HR: opens the improvement plans that the scheme''s rule wants and that are not there yet; says how many';
CREATE PROCEDURE appraisal.revise_improvement_plan(cycle text, person text, goals text DEFAULT NULL, due_on date DEFAULT NULL,
                                                   actions jsonb DEFAULT '[]', direction text DEFAULT NULL, support text DEFAULT NULL,
                                                   training text DEFAULT NULL, unit text DEFAULT NULL, INOUT plan_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    plan_id := appraisal.write_improvement_change(appraisal.cycle_of_code(cycle), appraisal.leading_participant(cycle, person, unit), goals, due_on,
                                                  appraisal.actions_with_owners(actions), direction, support, training);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.revise_improvement_plan(text, text, text, date, jsonb, text, text, text, text, bigint) IS
    'changes an open improvement plan in what is given: for those above and HR';
CREATE PROCEDURE appraisal.record_improvement_progress(cycle text, person text, action text, progress integer, note text DEFAULT NULL,
                                                       done_on date DEFAULT NULL, unit text DEFAULT NULL, INOUT action_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    action_id := appraisal.write_improvement_progress(appraisal.cycle_of_code(cycle),
        CASE WHEN num_nonnulls(person, unit) > 0 THEN appraisal.leading_participant(cycle, person, unit) END, action, progress, note, done_on);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.record_improvement_progress(text, text, text, integer, text, date, text, bigint) IS
    'notes how far an action of an open improvement plan is: for its owner, who need not name the person, those above and HR';
CREATE PROCEDURE appraisal.close_improvement_plan(cycle text, person text, met boolean, reason text, unit text DEFAULT NULL,
                                                  INOUT status text DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    status := appraisal.write_improvement_closing(appraisal.cycle_of_code(cycle), appraisal.leading_participant(cycle, person, unit), met, reason);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.close_improvement_plan(text, text, boolean, text, text, text) IS
    'closes an open improvement plan as met or not met, or with met NULL as cancelled, for a reason: for those above and HR';
CREATE FUNCTION appraisal.due_improvement_plans(cycle text)
    RETURNS TABLE (person text, unit text, what text, grade text, natural_grade text, final_grade text, version integer)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    -- who sees results and not their plans must not take these for missing
    sees_all CONSTANT boolean := appraisal.acting_as('hr') OR appraisal.acting_as('auditor')
        OR NOT row_security_active('appraisal.improvement_plan');
BEGIN
    RETURN QUERY
    WITH due AS MATERIALIZED (
        SELECT d.participant_id FROM appraisal.improvement_plans_due(this_cycle) AS d
    )
    SELECT n.code, u.code, x.what, r.grade, r.natural_grade, r.final_grade, r.version
    FROM appraisal.results_to_improve(this_cycle) AS r
    CROSS JOIN LATERAL (
        SELECT CASE WHEN r.participant_id IN (SELECT d.participant_id FROM due AS d) THEN 'open'
                    WHEN NOT r.is_low AND r.participant_id IN (SELECT l.participant_id FROM appraisal.improvement_plan AS l
                                                               WHERE l.cycle_id = this_cycle AND l.status = 'open' AND l.by_rule) THEN 'cancel' END AS what) AS x
    JOIN appraisal.participant AS p ON p.cycle_id = this_cycle AND p.participant_id = r.participant_id
    JOIN appraisal.person AS n USING (person_id)
    JOIN appraisal.unit AS u USING (unit_id)
    WHERE x.what IS NOT NULL AND (sees_all OR r.participant_id IN (SELECT appraisal.my_participants()))
    ORDER BY u.code, n.code;
END
$$;
COMMENT ON FUNCTION appraisal.due_improvement_plans(text) IS
    'people for whom the scheme''s rule wants an improvement plan that is not there, and plans by rule that a later version of the result leaves without ground';
CREATE FUNCTION appraisal.database_timezone() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN coalesce(
        (SELECT split_part(v.setting, '=', 2)
         FROM pg_db_role_setting AS s CROSS JOIN unnest(s.setconfig) AS v (setting)
         WHERE s.setrole = 0 AND v.setting ILIKE 'timezone=%'
           AND s.setdatabase IN (0, (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()))
         ORDER BY s.setdatabase DESC LIMIT 1),
        (SELECT s.reset_val FROM pg_settings AS s WHERE s.name = 'TimeZone'));
END
$$;
COMMENT ON FUNCTION appraisal.database_timezone() IS 'time zone that is set for the database, else for the server: that of new cycles';
CREATE FUNCTION appraisal.check_timezone(zone text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM timezone(zone, '2000-01-01 00:00+00'::timestamptz);
EXCEPTION WHEN invalid_parameter_value THEN
    RAISE EXCEPTION USING
        ERRCODE = 'AP004',
        MESSAGE = format('there is no time zone "%s"', zone),
        HINT = 'SELECT name FROM pg_timezone_names lists them.';
END
$$;
COMMENT ON FUNCTION appraisal.check_timezone(text) IS 'an error unless there is such a time zone';
CREATE FUNCTION appraisal.due_date(from_date date, days integer, kind text DEFAULT 'calendar') RETURNS date
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    days_off bigint;
    due date;
BEGIN
    IF kind IS NULL OR kind NOT IN ('calendar', 'working') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no kind of day "%s"', kind),
            HINT = 'Days are calendar or working.';
    ELSIF days NOT BETWEEN 0 AND 36525 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('nothing is due in %s days', days),
            HINT = 'Give 0 to 36525 days.';
    ELSIF kind = 'calendar' OR days = 0 OR NOT isfinite(from_date) THEN
        RETURN from_date + days;
    END IF;
    -- seven days have five of work, less those off: in so many weeks there are enough
    SELECT count(*) INTO days_off FROM appraisal.holiday AS h WHERE h.day > from_date AND NOT h.is_workday;
    SELECT d.day INTO due
    FROM (SELECT from_date + n AS day FROM generate_series(1, 7 * ((days + days_off::integer + 4) / 5)) AS n) AS d
    LEFT JOIN appraisal.holiday AS h USING (day)
    WHERE coalesce(h.is_workday, extract(isodow FROM d.day) < 6)
    ORDER BY d.day
    OFFSET days - 1 LIMIT 1;
    RETURN due;
END
$$;
COMMENT ON FUNCTION appraisal.due_date(date, integer, text) IS
    'last of so many calendar or working days after a day; working days are Monday to Friday save holidays, and the weekend days that are worked';
CREATE FUNCTION appraisal.require_person() RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
BEGIN
    IF me IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'appeals are filed and handled by people, and this login is nobody in particular',
            HINT = 'A service sets appraisal.actor to the person it acts for.';
    END IF;
    RETURN me;
END
$$;
COMMENT ON FUNCTION appraisal.require_person() IS 'who is asking; an error for a login that is nobody in particular';
CREATE FUNCTION appraisal.own_participant(cycle text, unit text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    this_unit CONSTANT bigint := CASE WHEN unit IS NOT NULL THEN appraisal.unit_of_code(unit) END;
    found_id bigint;
BEGIN
    PERFORM appraisal.require_person();
    SELECT p.participant_id INTO found_id
    FROM appraisal.participant AS p
    WHERE p.cycle_id = this_cycle AND p.leads AND p.participant_id IN (SELECT appraisal.my_participations())
      AND p.appraised_unit_id IS NOT DISTINCT FROM this_unit;
    IF found_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = CASE WHEN unit IS NULL THEN format('you take no part in cycle "%s"', cycle)
                           ELSE format('you do not answer for unit "%s" in cycle "%s"', unit, cycle) END;
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION appraisal.own_participant(text, text) IS
    'key of the participant that the one who is asking is, or of a unit for which that one answers; an error if there is none';
CREATE FUNCTION appraisal.end_of_days(of_cycle bigint, since timestamptz, days integer) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this record;
BEGIN
    SELECT c.timezone, s.appeal_day_kind INTO this
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    RETURN (appraisal.due_date((since AT TIME ZONE this.timezone)::date, days, this.appeal_day_kind) + 1)::timestamp
           AT TIME ZONE this.timezone;
END
$$;
COMMENT ON FUNCTION appraisal.end_of_days(bigint, timestamptz, integer) IS
    'first instant after so many days, of the scheme''s kind, in the cycle''s time zone; null for null days';
CREATE FUNCTION appraisal.appeal_windows(of_cycle bigint, only_participant bigint DEFAULT NULL)
    RETURNS TABLE (participant_id bigint, version integer, opens_at timestamptz, closes_at timestamptz)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH talked AS (
        SELECT i.participant_id, min(i.held_on) AS held_on
        FROM appraisal.interview AS i
        WHERE i.cycle_id = of_cycle AND (only_participant IS NULL OR i.participant_id = only_participant)
        GROUP BY i.participant_id
    ),
    begun AS (
        SELECT r.participant_id, r.version, r.published_at, s.appeal_days, c.timezone,
               -- midnight, so that instants of a day have one deadline, which is looked for once
               CASE WHEN s.interview AND t.held_on IS NULL THEN 'infinity'
                    ELSE greatest((r.published_at AT TIME ZONE c.timezone)::date, t.held_on)::timestamp AT TIME ZONE c.timezone END AS since
        FROM appraisal.current_result AS r
        JOIN appraisal.cycle AS c USING (cycle_id)
        JOIN appraisal.scheme AS s USING (scheme_id)
        LEFT JOIN talked AS t ON t.participant_id = r.participant_id
        WHERE r.cycle_id = of_cycle AND (only_participant IS NULL OR r.participant_id = only_participant)
          AND r.published_at IS NOT NULL AND r.state <> 'exempt' AND s.appeal_days IS NOT NULL
    ),
    ended AS MATERIALIZED (
        SELECT d.since, appraisal.end_of_days(of_cycle, d.since, d.appeal_days) AS closes_at
        FROM (SELECT DISTINCT b.since, b.appeal_days FROM begun AS b) AS d
    )
    SELECT b.participant_id, b.version, b.published_at, e.closes_at
    FROM begun AS b JOIN ended AS e USING (since);
END
$$;
COMMENT ON FUNCTION appraisal.appeal_windows(bigint, bigint) IS
    'from when, and until before when, the results of a cycle, or one of them, can be appealed; infinity while an interview is owed';
CREATE FUNCTION appraisal.appeal_window(cycle text, person text DEFAULT NULL, unit text DEFAULT NULL,
                                        OUT opens_at timestamptz, OUT closes_at timestamptz)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    this_participant CONSTANT bigint := CASE WHEN person IS NULL AND unit IS NULL THEN appraisal.own_participant(cycle, NULL)
                                             ELSE appraisal.leading_participant(cycle, person, unit) END;
BEGIN
    SELECT w.opens_at, w.closes_at INTO appeal_window.opens_at, appeal_window.closes_at
    FROM appraisal.appeal_windows(this_cycle, this_participant) AS w;
END
$$;
COMMENT ON FUNCTION appraisal.appeal_window(text, text, text) IS
    'from when, and until before when, the own result, or that of a person or a unit, can be appealed; null without a published result that the caller sees, infinity while an interview is owed';
CREATE FUNCTION appraisal.next_appeal_level(of_cycle bigint, of_participant bigint, after_level text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    has_leader boolean;
BEGIN
    SELECT CASE WHEN p.person_id IS NOT NULL THEN p.manager_id
                ELSE coalesce((SELECT h.manager_id FROM appraisal.participant AS h
                               WHERE h.cycle_id = p.cycle_id AND h.leads AND h.person_id = p.manager_id),
                              (SELECT g.manager_id FROM appraisal.posting AS g
                               WHERE g.person_id = p.manager_id AND g.during @> c.cohort_date)) END IS NOT NULL INTO has_leader
    FROM appraisal.participant AS p JOIN appraisal.cycle AS c USING (cycle_id)
    WHERE p.cycle_id = of_cycle AND p.participant_id = of_participant;
    RETURN (SELECT r.reviewer
            FROM appraisal.cycle AS c
            JOIN appraisal.appeal_rule AS r USING (scheme_id)
            WHERE c.cycle_id = of_cycle
              AND r.level > coalesce((SELECT x.level FROM appraisal.appeal_rule AS x
                                      WHERE x.scheme_id = c.scheme_id AND x.reviewer = after_level), 0)
              AND (r.reviewer <> 'leader' OR has_leader
                   OR NOT EXISTS (SELECT FROM appraisal.appeal_rule AS x WHERE x.scheme_id = c.scheme_id AND x.level > r.level))
            ORDER BY r.level LIMIT 1);
END
$$;
COMMENT ON FUNCTION appraisal.next_appeal_level(bigint, bigint, text) IS
    'level to which an appeal goes from another, first from null; null after the last';
CREATE FUNCTION appraisal.appeal_due(of_cycle bigint, of_level text) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT appraisal.end_of_days(of_cycle, statement_timestamp(), r.decision_days)
            FROM appraisal.cycle AS c JOIN appraisal.appeal_rule AS r USING (scheme_id)
            WHERE c.cycle_id = of_cycle AND r.reviewer = of_level);
END
$$;
COMMENT ON FUNCTION appraisal.appeal_due(bigint, text) IS 'when an appeal that comes to a level now is overdue there; null for never';
CREATE FUNCTION appraisal.add_appeal_event(of_cycle bigint, of_appeal bigint, kind text, remark text DEFAULT NULL,
                                           internal boolean DEFAULT false) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    added_id bigint;
BEGIN
    INSERT INTO appraisal.appeal_event AS e (cycle_id, appeal_id, kind, person_id, login, at, level, internal, remark)
    SELECT a.cycle_id, a.appeal_id, add_appeal_event.kind, appraisal.acting_person(), session_user, statement_timestamp(), a.level,
           add_appeal_event.internal, nullif(btrim(add_appeal_event.remark), '')
    FROM appraisal.appeal AS a WHERE a.cycle_id = of_cycle AND a.appeal_id = of_appeal
    RETURNING e.event_id INTO added_id;
    RETURN added_id;
END
$$;
COMMENT ON FUNCTION appraisal.add_appeal_event(bigint, bigint, text, text, boolean) IS 'writes a step of an appeal, on the level on which it is';
CREATE FUNCTION appraisal.move_appeal(of_cycle bigint, of_appeal bigint, to_level text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE appraisal.appeal AS a
    SET level = to_level, handler_id = NULL, due_at = appraisal.appeal_due(of_cycle, to_level)
    WHERE a.cycle_id = of_cycle AND a.appeal_id = of_appeal;
END
$$;
COMMENT ON FUNCTION appraisal.move_appeal(bigint, bigint, text) IS 'takes an appeal to a level, where nobody has taken it yet and its days begin';
CREATE FUNCTION appraisal.apply_filing(of_cycle bigint, of_participant bigint, grounds text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this record;
    open_window record;
    before record;
    first_level text;
    new_id bigint;
BEGIN
    PERFORM appraisal.require_person();
    SELECT c.code, c.timezone, s.code AS scheme, s.appeal_days INTO this
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    IF of_participant NOT IN (SELECT appraisal.my_participations()) THEN
        RAISE EXCEPTION USING ERRCODE = 'AP003', MESSAGE = 'everybody appeals against the own result',
            HINT = 'The person calls appraisal.file_appeal(), for a unit its head.';
    ELSIF this.appeal_days IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('there are no appeals in cycle "%s"', this.code),
            DETAIL = format('Scheme "%s" has no appeal_days.', this.scheme);
    ELSIF coalesce(btrim(grounds), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = 'an appeal needs grounds', HINT = 'Give the argument grounds.';
    END IF;
    SELECT w.* INTO open_window FROM appraisal.appeal_windows(of_cycle, of_participant) AS w;
    SELECT a.appeal_id, a.status INTO before
    FROM appraisal.appeal AS a
    WHERE a.cycle_id = of_cycle AND +a.participant_id = of_participant
      AND (a.status IN ('filed', 'investigating') OR a.status <> 'withdrawn' AND a.version = open_window.version);
    IF before.status IN ('filed', 'investigating') THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001', MESSAGE = format('your appeal in cycle "%s" is open already', this.code),
            DETAIL = format('It is appeal %s, %s.', before.appeal_id, before.status),
            HINT = format('CALL appraisal.add_appeal_note(''%s'', note => ...) adds to it.', this.code);
    ELSIF before.status IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001', MESSAGE = format('your appeal in cycle "%s" is decided', this.code),
            DETAIL = format('It is appeal %s, %s.', before.appeal_id, before.status),
            HINT = 'The last level has decided; its reasons are with the appeal.';
    ELSIF open_window.participant_id IS NULL OR statement_timestamp() >= open_window.closes_at THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('the days to appeal in cycle "%s" are over', this.code),
            DETAIL = CASE WHEN open_window.participant_id IS NULL THEN 'There is no result.'
                          ELSE format('They ended at %s (%s).', open_window.closes_at AT TIME ZONE this.timezone, this.timezone) END,
            HINT = format('SELECT * FROM appraisal.appeal_window(''%s'').', this.code);
    END IF;
    first_level := appraisal.next_appeal_level(of_cycle, of_participant, NULL);
    INSERT INTO appraisal.appeal AS a (cycle_id, participant_id, version, level, grounds, filed_at, due_at)
    VALUES (of_cycle, of_participant, open_window.version, first_level, apply_filing.grounds, statement_timestamp(),
            appraisal.appeal_due(of_cycle, first_level))
    RETURNING a.appeal_id INTO new_id;
    PERFORM appraisal.add_appeal_event(of_cycle, new_id, 'filed');
    RETURN new_id;
END
$$;
COMMENT ON FUNCTION appraisal.apply_filing(bigint, bigint, text) IS
    'files an appeal of the one who is asking, if the days to appeal are not over and none is open or decided; returns its key';
CREATE FUNCTION appraisal.own_appeal(of_cycle bigint, of_participant bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_id bigint;
BEGIN
    PERFORM appraisal.require_person();
    SELECT a.appeal_id INTO found_id
    FROM appraisal.appeal AS a
    WHERE a.cycle_id = of_cycle AND +a.participant_id = of_participant AND a.status IN ('filed', 'investigating')
      AND of_participant IN (SELECT appraisal.my_participations());
    IF found_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001',
            MESSAGE = format('you have no open appeal in cycle "%s"', (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle)),
            HINT = 'CALL appraisal.file_appeal() files one.';
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION appraisal.own_appeal(bigint, bigint) IS 'key of the open appeal of the one who is asking; an error if there is none';
CREATE FUNCTION appraisal.appeal_to_handle(of_cycle bigint, of_participant bigint, on_its_level boolean) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who CONSTANT text := appraisal.participant_name(of_cycle, of_participant);
    this record;
BEGIN
    PERFORM appraisal.require_person();
    IF of_participant IN (SELECT appraisal.my_participations()) THEN
        RAISE EXCEPTION USING ERRCODE = 'AP003', MESSAGE = 'nobody handles the own appeal', DETAIL = format('It is that of %s.', who),
            HINT = 'Somebody else on its level does.';
    END IF;
    SELECT a.appeal_id, a.level, r.label, a.appeal_id IN (SELECT appraisal.appeals_i_handle()) AS is_on_my_level INTO this
    FROM appraisal.appeal AS a
    JOIN appraisal.cycle AS c USING (cycle_id)
    JOIN appraisal.appeal_rule AS r ON r.scheme_id = c.scheme_id AND r.reviewer = a.level
    WHERE a.cycle_id = of_cycle AND +a.participant_id = of_participant AND a.status IN ('filed', 'investigating')
      AND (appraisal.acting_as('hr') OR a.appeal_id IN (SELECT appraisal.appeals_i_handle()));
    IF this.appeal_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP004', MESSAGE = format('there is no open appeal of %s for you', who),
            DETAIL = 'There is none, it is decided, or it is not on your level.',
            HINT = 'SELECT * FROM appraisal.appeal shows those that you see.';
    ELSIF on_its_level AND NOT this.is_on_my_level THEN
        RAISE EXCEPTION USING ERRCODE = 'AP003', MESSAGE = format('the appeal of %s is on another level', who),
            DETAIL = format('It is on level "%s", "%s".', this.level, this.label),
            HINT = CASE this.level WHEN 'leader' THEN 'A manager above handles it.' ELSE 'An executive handles it.' END;
    END IF;
    RETURN this.appeal_id;
END
$$;
COMMENT ON FUNCTION appraisal.appeal_to_handle(bigint, bigint, boolean) IS
    'key of a participant''s open appeal; an error if the one who is asking does not see it, or is not on its level where that is wanted';
CREATE FUNCTION appraisal.apply_appeal_withdrawal(of_cycle bigint, of_participant bigint, remark text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_appeal CONSTANT bigint := appraisal.own_appeal(of_cycle, of_participant);
BEGIN
    PERFORM appraisal.add_appeal_event(of_cycle, this_appeal, 'withdrawn', remark);
    UPDATE appraisal.appeal AS a SET status = 'withdrawn' WHERE a.cycle_id = of_cycle AND a.appeal_id = this_appeal;
    RETURN this_appeal;
END
$$;
COMMENT ON FUNCTION appraisal.apply_appeal_withdrawal(bigint, bigint, text) IS 'withdraws the open appeal of the one who is asking';
CREATE FUNCTION appraisal.apply_appeal_note(of_cycle bigint, of_participant bigint, kind text, note text, internal boolean) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    is_own CONSTANT boolean := of_participant IN (SELECT appraisal.my_participations());
    this_appeal bigint;
    this_level text;
BEGIN
    IF is_own AND kind = 'talk' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP003', MESSAGE = 'the talk on the own appeal is recorded by who held it',
            HINT = 'A manager above does, or HR.';
    ELSIF coalesce(btrim(note), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = 'a note needs words', HINT = 'Give the argument note.';
    ELSIF internal AND (is_own OR kind = 'talk') THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = 'what the person says or heard is not internal',
            HINT = 'Internal notes are those of who handles the appeal.';
    END IF;
    this_appeal := CASE WHEN is_own THEN appraisal.own_appeal(of_cycle, of_participant)
                        ELSE appraisal.appeal_to_handle(of_cycle, of_participant, false) END;
    IF kind = 'talk' THEN
        SELECT a.level INTO this_level FROM appraisal.appeal AS a WHERE a.cycle_id = of_cycle AND a.appeal_id = this_appeal;
        IF this_level <> 'leader' THEN
            RAISE EXCEPTION USING ERRCODE = 'AP001',
                MESSAGE = format('the appeal of %s is past the talk', appraisal.participant_name(of_cycle, of_participant)),
                DETAIL = format('It is on level "%s".', this_level), HINT = 'CALL appraisal.add_appeal_note() without talk.';
        END IF;
    END IF;
    RETURN appraisal.add_appeal_event(of_cycle, this_appeal, kind, note, coalesce(internal, false));
END
$$;
COMMENT ON FUNCTION appraisal.apply_appeal_note(bigint, bigint, text, text, boolean) IS
    'adds a note, or the record of a talk, to an open appeal; returns the event''s key';
CREATE FUNCTION appraisal.require_talk(of_cycle bigint, of_appeal bigint, who text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
BEGIN
    IF NOT EXISTS (SELECT FROM appraisal.appeal_event AS e WHERE e.cycle_id = of_cycle AND e.appeal_id = of_appeal AND e.kind = 'talk') THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001', MESSAGE = format('there was no talk yet on the appeal of %s', who),
            DETAIL = 'Its first level is a talk with a manager above.',
            HINT = format('That manager, or HR, calls add_appeal_note(''%s'', person, note, talk => true).', cycle_code);
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.require_talk(bigint, bigint, text) IS 'an error unless a talk on an appeal is recorded';
CREATE FUNCTION appraisal.apply_appeal_escalation(of_cycle bigint, of_participant bigint, remark text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who CONSTANT text := appraisal.participant_name(of_cycle, of_participant);
    this_appeal CONSTANT bigint := CASE WHEN of_participant IN (SELECT appraisal.my_participations())
                                        THEN appraisal.own_appeal(of_cycle, of_participant)
                                        ELSE appraisal.appeal_to_handle(of_cycle, of_participant, true) END;
    this_level text;
    next_level text;
BEGIN
    SELECT a.level, appraisal.next_appeal_level(a.cycle_id, a.participant_id, a.level) INTO this_level, next_level
    FROM appraisal.appeal AS a WHERE a.cycle_id = of_cycle AND a.appeal_id = this_appeal;
    IF this_level <> 'leader' OR next_level IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001', MESSAGE = format('the appeal of %s stays on level "%s"', who, this_level),
            DETAIL = 'A talk is what one goes on from; other levels propose or decide.',
            HINT = 'An appeal that is overdue goes on by escalate_overdue_appeals().';
    END IF;
    PERFORM appraisal.require_talk(of_cycle, this_appeal, who);
    PERFORM appraisal.add_appeal_event(of_cycle, this_appeal, 'escalated', remark);
    PERFORM appraisal.move_appeal(of_cycle, this_appeal, next_level);
    RETURN this_appeal;
END
$$;
COMMENT ON FUNCTION appraisal.apply_appeal_escalation(bigint, bigint, text) IS 'takes an appeal on from the talk';
CREATE FUNCTION appraisal.apply_escalations(of_cycle bigint, OUT escalated integer, OUT overdue integer)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    WITH due AS MATERIALIZED (
        SELECT a.appeal_id, a.level, appraisal.next_appeal_level(a.cycle_id, a.participant_id, a.level) AS next_level
        FROM appraisal.appeal AS a
        WHERE a.cycle_id = of_cycle AND a.status IN ('filed', 'investigating') AND a.due_at <= statement_timestamp()
    ),
    told AS (
        INSERT INTO appraisal.appeal_event AS e (cycle_id, appeal_id, kind, person_id, login, at, level)
        SELECT of_cycle, d.appeal_id, CASE WHEN d.next_level IS NULL THEN 'overdue' ELSE 'escalated' END, appraisal.acting_person(),
               session_user, statement_timestamp(), d.level
        FROM due AS d
        -- at the last level it stays, and is told once
        WHERE d.next_level IS NOT NULL
           OR NOT EXISTS (SELECT FROM appraisal.appeal_event AS x
                          WHERE x.cycle_id = of_cycle AND x.appeal_id = d.appeal_id AND x.kind = 'overdue')
        ORDER BY d.appeal_id
        RETURNING e.appeal_id, e.kind
    ),
    moved AS (
        UPDATE appraisal.appeal AS a
        SET level = d.next_level, handler_id = NULL, due_at = appraisal.appeal_due(of_cycle, d.next_level)
        FROM due AS d
        WHERE a.cycle_id = of_cycle AND a.appeal_id = d.appeal_id AND d.next_level IS NOT NULL
    )
    SELECT count(*) FILTER (WHERE t.kind = 'escalated'), count(*) FILTER (WHERE t.kind = 'overdue')
    INTO apply_escalations.escalated, apply_escalations.overdue
    FROM told AS t;
END
$$;
COMMENT ON FUNCTION appraisal.apply_escalations(bigint) IS
    'takes overdue appeals of a cycle to the next level; at the last one it is only told, once, that they are overdue';
CREATE FUNCTION appraisal.check_before_closing(of_cycle bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    found bigint;
BEGIN
    SELECT count(*) INTO found FROM appraisal.appeal AS a WHERE a.cycle_id = of_cycle AND a.status IN ('filed', 'investigating');
    IF found > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001', MESSAGE = format('cycle "%s" has appeals that are not decided', cycle_code),
            DETAIL = format('Open appeals: %s.', found), HINT = 'CALL appraisal.decide_appeal() decides, on the last level.';
    END IF;
    SELECT count(*) INTO found FROM appraisal.appeal_windows(of_cycle) AS w WHERE w.closes_at > statement_timestamp();
    IF found > 0 THEN
        RAISE WARNING USING MESSAGE = format('results of cycle "%s" that could still have been appealed: %s', cycle_code, found),
            HINT = 'SELECT * FROM appraisal.appeal_window(cycle, person) says until when.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.check_before_closing(bigint) IS
    'an error if appeals of a cycle are open, a warning if there could be more; keep_cycle() asks';
CREATE PROCEDURE appraisal.file_appeal(cycle text, grounds text, unit text DEFAULT NULL, INOUT appeal_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    appeal_id := appraisal.write_appeal(appraisal.cycle_of_code(cycle), appraisal.own_participant(cycle, unit), 'file', grounds, false);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.file_appeal(text, text, text, bigint) IS
    'files an appeal against the own published result, or that of a unit for which one answers, within the scheme''s days';
CREATE PROCEDURE appraisal.withdraw_appeal(cycle text, remark text DEFAULT NULL, unit text DEFAULT NULL, INOUT appeal_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    appeal_id := appraisal.write_appeal(appraisal.cycle_of_code(cycle), appraisal.own_participant(cycle, unit), 'withdraw', remark, false);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.withdraw_appeal(text, text, text, bigint) IS 'withdraws the own open appeal';
CREATE PROCEDURE appraisal.take_appeal(cycle text, person text, remark text DEFAULT NULL, unit text DEFAULT NULL,
                                       INOUT appeal_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    appeal_id := appraisal.write_appeal(appraisal.cycle_of_code(cycle), appraisal.leading_participant(cycle, person, unit), 'take', remark, false);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.take_appeal(text, text, text, text, bigint) IS
    'takes the appeal of a person, or with person NULL of a unit, in hand, also out of another one''s';
CREATE PROCEDURE appraisal.add_appeal_note(cycle text, person text DEFAULT NULL, note text DEFAULT NULL, talk boolean DEFAULT false,
                                           internal boolean DEFAULT false, unit text DEFAULT NULL, INOUT event_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_participant CONSTANT bigint := CASE WHEN person IS NULL AND unit IS NULL THEN appraisal.own_participant(cycle, NULL)
                                             ELSE appraisal.leading_participant(cycle, person, unit) END;
BEGIN
    event_id := appraisal.write_appeal(appraisal.cycle_of_code(cycle), this_participant, CASE WHEN talk THEN 'talk' ELSE 'note' END,
                                       note, coalesce(internal, false));
END
$procedure$;
COMMENT ON PROCEDURE appraisal.add_appeal_note(text, text, text, boolean, boolean, text, bigint) IS
    'adds a note to the own open appeal, or to that of a person or a unit on one''s level; with talk the record of the talk, with internal one that the person does not see';
CREATE PROCEDURE appraisal.escalate_appeal(cycle text, person text DEFAULT NULL, remark text DEFAULT NULL, unit text DEFAULT NULL,
                                           INOUT appeal_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_participant CONSTANT bigint := CASE WHEN person IS NULL AND unit IS NULL THEN appraisal.own_participant(cycle, NULL)
                                             ELSE appraisal.leading_participant(cycle, person, unit) END;
BEGIN
    appeal_id := appraisal.write_appeal(appraisal.cycle_of_code(cycle), this_participant, 'escalate', remark, false);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.escalate_appeal(text, text, text, text, bigint) IS
    'takes an appeal that the talk did not settle to the next level: the own one, or as the manager above that of a person or a unit';
CREATE PROCEDURE appraisal.escalate_overdue_appeals(cycle text DEFAULT NULL, INOUT escalated integer DEFAULT NULL,
                                                    INOUT overdue integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    SELECT e.escalated, e.overdue INTO escalate_overdue_appeals.escalated, escalate_overdue_appeals.overdue
    FROM appraisal.write_appeal_escalations(CASE WHEN cycle IS NOT NULL THEN appraisal.cycle_of_code(cycle) END) AS e;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.escalate_overdue_appeals(text, integer, integer) IS
    'for HR and services: takes appeals of a cycle, or of all, that are overdue to the next level; says how many, and how many are newly overdue on the last one';
CREATE FUNCTION appraisal.part_in_result(of_cycle bigint, of_participant bigint) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
BEGIN
    RETURN CASE
        WHEN EXISTS (
            SELECT FROM appraisal.participant AS p
            JOIN appraisal.participant AS g
                ON g.cycle_id = p.cycle_id AND coalesce(g.person_id, -g.appraised_unit_id) = coalesce(p.person_id, -p.appraised_unit_id)
            JOIN appraisal.review AS v ON v.cycle_id = g.cycle_id AND v.participant_id = g.participant_id
            JOIN appraisal.source_score AS s
                ON s.cycle_id = v.cycle_id AND s.participant_id = v.participant_id AND s.source = v.source AND s.version = 1
            WHERE p.cycle_id = of_cycle AND p.participant_id = of_participant
              AND v.status = 'submitted' AND +v.rater_id = me AND s.weight > 0) THEN 'rated'
        WHEN EXISTS (
            SELECT FROM appraisal.adjustment AS j
            WHERE j.cycle_id = of_cycle AND +j.participant_id = of_participant AND me IN (j.made_by, j.authorised_by)) THEN 'calibrated'
        WHEN EXISTS (
            SELECT FROM appraisal.signatures(of_cycle) AS s
            JOIN appraisal.participant AS p ON p.cycle_id = of_cycle AND p.unit_id = s.unit_id
            WHERE p.participant_id = of_participant AND s.signed_by = me) THEN 'signed'
    END;
END
$$;
COMMENT ON FUNCTION appraisal.part_in_result(bigint, bigint) IS
    'rated, calibrated or signed: what the one who is asking did to a result; null for nothing';
CREATE FUNCTION appraisal.refuse_part_in_result(of_cycle bigint, of_participant bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part CONSTANT text := appraisal.part_in_result(of_cycle, of_participant);
BEGIN
    IF part IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP003',
            MESSAGE = format('you %s the result of %s, and have no say on its appeal', part, appraisal.participant_name(of_cycle, of_participant)),
            DETAIL = 'Nobody takes, proposes or decides on a result that one rated, calibrated or signed.',
            HINT = 'Somebody else on its level does; a talk or a note is open to you.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_part_in_result(bigint, bigint) IS 'an error if the one who is asking rated, calibrated or signed a result';
CREATE FUNCTION appraisal.apply_taking(of_cycle bigint, of_participant bigint, remark text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_appeal CONSTANT bigint := appraisal.appeal_to_handle(of_cycle, of_participant, true);
    me CONSTANT bigint := appraisal.acting_person();
BEGIN
    PERFORM appraisal.refuse_part_in_result(of_cycle, of_participant);
    IF EXISTS (SELECT FROM appraisal.appeal AS a WHERE a.cycle_id = of_cycle AND a.appeal_id = this_appeal AND a.handler_id = me) THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001',
            MESSAGE = format('the appeal of %s is in your hands already', appraisal.participant_name(of_cycle, of_participant)),
            HINT = 'CALL appraisal.propose_decision() or, on the last level, decide_appeal().';
    END IF;
    UPDATE appraisal.appeal AS a SET status = 'investigating', handler_id = me WHERE a.cycle_id = of_cycle AND a.appeal_id = this_appeal;
    PERFORM appraisal.add_appeal_event(of_cycle, this_appeal, 'taken', remark);
    RETURN this_appeal;
END
$$;
COMMENT ON FUNCTION appraisal.apply_taking(bigint, bigint, text) IS 'puts an appeal into the hands of the one who is asking';
CREATE FUNCTION appraisal.appeal_in_hand(of_cycle bigint, of_participant bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_appeal CONSTANT bigint := appraisal.appeal_to_handle(of_cycle, of_participant, true);
    taker text;
BEGIN
    PERFORM appraisal.refuse_part_in_result(of_cycle, of_participant);
    SELECT n.code INTO taker
    FROM appraisal.appeal AS a JOIN appraisal.person AS n ON n.person_id = a.handler_id
    WHERE a.cycle_id = of_cycle AND a.appeal_id = this_appeal AND a.handler_id <> appraisal.acting_person();
    IF taker IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP003',
            MESSAGE = format('the appeal of %s is in other hands', appraisal.participant_name(of_cycle, of_participant)),
            DETAIL = format('Person "%s" has taken it.', taker), HINT = 'CALL appraisal.take_appeal() takes it over.';
    END IF;
    RETURN this_appeal;
END
$$;
COMMENT ON FUNCTION appraisal.appeal_in_hand(bigint, bigint) IS
    'key of a participant''s open appeal, if it is for the one who is asking to propose or decide; an error if not';
CREATE FUNCTION appraisal.next_result(of_cycle bigint, of_participant bigint, new_score numeric, new_grade text)
    RETURNS TABLE (version integer, state text, coverage numeric, raw_score numeric, score numeric, natural_grade text,
                   gate_dimension_id bigint, cohort_unit_id bigint, quota_grade text, calibrated_grade text, rank integer,
                   coefficient numeric, box_label text)
LANGUAGE plpgsql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rule appraisal.scheme;
    old appraisal.result;
    subject record;
    line record;
    gate text;
    reads numeric;
BEGIN
    SELECT s.* INTO rule FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    SELECT r.* INTO old FROM appraisal.current_result AS r WHERE r.cycle_id = of_cycle AND r.participant_id = of_participant;
    SELECT p.person_id, p.unit_id, p.job_group INTO subject
    FROM appraisal.participant AS p WHERE p.cycle_id = of_cycle AND p.participant_id = of_participant;
    -- who had no score was in no group
    SELECT l.unit_id, l.scale INTO line
    FROM appraisal.cut_line AS l
    WHERE l.cycle_id = of_cycle AND l.unit_id = old.cohort_unit_id
       OR l.cycle_id = of_cycle AND old.score IS NULL AND subject.person_id IS NOT NULL AND subject.unit_id = ANY (l.units)
    ORDER BY l.unit_id LIMIT 1;

    gate_dimension_id := old.gate_dimension_id;
    SELECT d.gate_grade INTO gate FROM appraisal.dimension AS d WHERE d.dimension_id = old.gate_dimension_id;
    IF appraisal.grade_rank(new_grade, rule.scale) < appraisal.grade_rank(gate, rule.scale) THEN
        gate := NULL;
        gate_dimension_id := NULL;
    END IF;
    version := old.version + 1;
    state := CASE WHEN new_score IS NULL THEN old.state ELSE 'scored' END;
    coverage := old.coverage;
    box_label := old.box_label;
    raw_score := coalesce(trim_scale(round(new_score, 14)), old.raw_score);
    score := CASE WHEN new_score IS NULL THEN old.score
                  WHEN rule.rounding = 'down' THEN trunc(raw_score, rule.decimals)
                  ELSE round(raw_score, rule.decimals) END;
    cohort_unit_id := line.unit_id;
    reads := CASE rule.grade_reads WHEN 'raw' THEN raw_score ELSE score END;
    natural_grade := appraisal.capped_grade(appraisal.grade(reads, rule.scale), gate, rule.scale);
    quota_grade := appraisal.capped_grade(
        appraisal.grade(CASE WHEN gate IS NULL THEN reads ELSE appraisal.capped_score(reads, gate, rule.scale) END, line.scale),
        gate, rule.scale);
    calibrated_grade := CASE WHEN new_grade IS NOT NULL THEN nullif(new_grade, coalesce(quota_grade, natural_grade))
                             WHEN (natural_grade, quota_grade) IS NOT DISTINCT FROM (old.natural_grade, old.quota_grade)
                             THEN old.calibrated_grade END;
    coefficient := appraisal.coefficient(coalesce(calibrated_grade, quota_grade, natural_grade), rule.scale);
    rank := CASE WHEN score = old.score THEN old.rank
                 ELSE 1 + (SELECT count(*)
                           FROM appraisal.current_result AS o JOIN appraisal.participant AS p USING (cycle_id, participant_id)
                           WHERE o.cycle_id = of_cycle AND o.participant_id <> of_participant AND o.score > next_result.score
                             AND (p.person_id IS NOT NULL AND subject.person_id IS NOT NULL
                                  OR p.person_id IS NULL AND subject.person_id IS NULL AND p.job_group = subject.job_group)) END;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION appraisal.next_result(bigint, bigint, numeric, text) IS
    'the next version of a result with a score or a grade given by an appeal: graded by the scheme and the group''s cut line as stored';
CREATE FUNCTION appraisal.check_appeal_outcome(of_cycle bigint, of_participant bigint, new_score numeric, new_grade text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who CONSTANT text := appraisal.participant_name(of_cycle, of_participant);
    rule record;
    old record;
    new record;
BEGIN
    SELECT c.code, s.scale INTO rule FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    SELECT r.score, r.final_grade, r.raw_score INTO old
    FROM appraisal.current_result AS r WHERE r.cycle_id = of_cycle AND r.participant_id = of_participant;
    IF new_score IN ('NaN', 'Infinity', '-Infinity') THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('%s cannot be given the score %s', who, new_score),
            HINT = 'Give a number.';
    ELSIF new_grade IS NOT NULL AND (rule.scale IS NULL OR NOT EXISTS (SELECT FROM appraisal.grades(rule.scale) AS g WHERE g.grade = new_grade)) THEN
        RAISE EXCEPTION USING ERRCODE = 'AP004', MESSAGE = format('there is no grade "%s" in cycle "%s"', new_grade, rule.code),
            DETAIL = format('Grades: %s.', rule.scale), HINT = 'Give one of these.';
    ELSIF old.score IS NULL AND new_score IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('%s has no score, without which there is no grade', who),
            HINT = 'Give the argument score.';
    END IF;
    SELECT n.raw_score, n.score, coalesce(n.calibrated_grade, n.quota_grade, n.natural_grade) AS final_grade INTO new
    FROM appraisal.next_result(of_cycle, of_participant, new_score, new_grade) AS n;
    IF new.score < old.score OR appraisal.grade_rank(new.final_grade, rule.scale) > appraisal.grade_rank(old.final_grade, rule.scale) THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('no appeal makes the result of %s worse', who),
            DETAIL = 'Neither score nor final grade may be worse than it is.',
            HINT = 'Give a better score, the grade, or both; or dismiss the appeal.';
    ELSIF (new.raw_score, new.final_grade) IS NOT DISTINCT FROM (old.raw_score, old.final_grade) THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('that changes nothing in the result of %s', who),
            HINT = 'Give another score or grade, or dismiss the appeal.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.check_appeal_outcome(bigint, bigint, numeric, text) IS
    'an error unless the score or grade makes the result of a participant another one, and none the worse';
CREATE FUNCTION appraisal.apply_proposal(of_cycle bigint, of_participant bigint, new_score numeric, new_grade text, reason text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_appeal CONSTANT bigint := appraisal.appeal_in_hand(of_cycle, of_participant);
    who CONSTANT text := appraisal.participant_name(of_cycle, of_participant);
    this_level text;
    next_level text;
BEGIN
    SELECT a.level, appraisal.next_appeal_level(of_cycle, of_participant, a.level) INTO this_level, next_level
    FROM appraisal.appeal AS a WHERE a.cycle_id = of_cycle AND a.appeal_id = this_appeal;
    IF next_level IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001', MESSAGE = format('the appeal of %s is on the last level, which decides', who),
            HINT = 'CALL appraisal.decide_appeal().';
    ELSIF coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('a proposal on the appeal of %s needs a reason', who),
            HINT = 'Give the argument reason.';
    END IF;
    IF this_level = 'leader' THEN
        PERFORM appraisal.require_talk(of_cycle, this_appeal, who);
    END IF;
    IF num_nonnulls(new_score, new_grade) > 0 THEN
        PERFORM appraisal.check_appeal_outcome(of_cycle, of_participant, new_score, new_grade);
    END IF;
    INSERT INTO appraisal.appeal_internal (cycle_id, appeal_id, proposed_score, proposed_grade, proposed_because, proposed_by)
    VALUES (of_cycle, this_appeal, new_score, new_grade, reason, appraisal.acting_person())
    ON CONFLICT ON CONSTRAINT appeal_internal_pkey DO UPDATE
    SET proposed_score = excluded.proposed_score, proposed_grade = excluded.proposed_grade,
        proposed_because = excluded.proposed_because, proposed_by = excluded.proposed_by;
    PERFORM appraisal.add_appeal_event(of_cycle, this_appeal, 'note',
        format('%s: %s', CASE WHEN num_nonnulls(new_score, new_grade) = 0 THEN 'to be dismissed'
                              ELSE concat_ws(', ', 'score ' || new_score, 'grade "' || new_grade || '"') END, reason), true);
    PERFORM appraisal.add_appeal_event(of_cycle, this_appeal, 'proposed');
    UPDATE appraisal.appeal AS a SET status = 'investigating' WHERE a.cycle_id = of_cycle AND a.appeal_id = this_appeal;
    PERFORM appraisal.move_appeal(of_cycle, this_appeal, next_level);
    RETURN next_level;
END
$$;
COMMENT ON FUNCTION appraisal.apply_proposal(bigint, bigint, numeric, text, text) IS
    'writes a proposal and hands the appeal on; returns the level to which it goes';
CREATE FUNCTION appraisal.heads_out(of_cycle bigint, of_group bigint) RETURNS integer
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rule record;
BEGIN
    SELECT s.scale, s.quota INTO rule FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    RETURN (SELECT sum(q.heads_out)
            FROM (SELECT appraisal.grade_counts(r.final_grade, rule.scale) AS counts
                  FROM appraisal.current_result AS r
                  WHERE r.cycle_id = of_cycle AND r.cohort_unit_id = of_group
                  HAVING count(*) > 0) AS g
            CROSS JOIN LATERAL appraisal.quota_check(g.counts, rule.scale, rule.quota) AS q);
END
$$;
COMMENT ON FUNCTION appraisal.heads_out(bigint, bigint) IS 'heads by which a group misses its quota with the final grades that hold; null if there is no such group';
CREATE FUNCTION appraisal.apply_decision(of_cycle bigint, of_participant bigint, upheld boolean, new_score numeric, new_grade text,
                                         reason text) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_appeal CONSTANT bigint := appraisal.appeal_in_hand(of_cycle, of_participant);
    who CONSTANT text := appraisal.participant_name(of_cycle, of_participant);
    this_level text;
    next_level text;
    made record;
    made_version integer;
BEGIN
    SELECT a.level, appraisal.next_appeal_level(of_cycle, of_participant, a.level) INTO this_level, next_level
    FROM appraisal.appeal AS a WHERE a.cycle_id = of_cycle AND a.appeal_id = this_appeal;
    IF next_level IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001', MESSAGE = format('level "%s" does not decide the appeal of %s', this_level, who),
            DETAIL = format('After it comes level "%s"; the last one decides.', next_level), HINT = 'CALL appraisal.propose_decision() hands it on.';
    ELSIF upheld IS NULL OR coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('the appeal of %s is upheld or not, and for a reason', who),
            HINT = 'Give the arguments upheld and reason; the person reads the reason.';
    ELSIF NOT upheld AND num_nonnulls(new_score, new_grade) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('dismissed, the appeal of %s changes neither score nor grade', who),
            HINT = 'Leave score and grade out, or uphold it.';
    END IF;
    IF upheld AND num_nonnulls(new_score, new_grade) = 0 THEN
        SELECT i.proposed_score, i.proposed_grade INTO new_score, new_grade
        FROM appraisal.appeal_internal AS i WHERE i.cycle_id = of_cycle AND i.appeal_id = this_appeal;
        IF num_nonnulls(new_score, new_grade) = 0 THEN
            RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('the appeal of %s is upheld with a score, a grade or both', who),
                DETAIL = 'Nobody proposed one.', HINT = 'Give the argument score or grade.';
        END IF;
    END IF;
    PERFORM appraisal.add_appeal_event(of_cycle, this_appeal, 'decided', reason);
    IF upheld THEN
        PERFORM appraisal.check_appeal_outcome(of_cycle, of_participant, new_score, new_grade);
        SELECT n.* INTO made FROM appraisal.next_result(of_cycle, of_participant, new_score, new_grade) AS n;
        made_version := made.version;
    END IF;
    UPDATE appraisal.appeal AS a
    SET status = CASE WHEN upheld THEN 'upheld' ELSE 'dismissed' END, handler_id = appraisal.acting_person(),
        decided_by = appraisal.acting_person(), decided_at = statement_timestamp(), decision = reason, new_version = made_version
    WHERE a.cycle_id = of_cycle AND a.appeal_id = this_appeal;
    IF NOT upheld THEN
        RETURN NULL;
    END IF;
    INSERT INTO appraisal.result (cycle_id, participant_id, version, state, coverage, raw_score, score, natural_grade, gate_dimension_id,
                                  cohort_unit_id, quota_grade, calibrated_grade, rank, coefficient, box_label, published_at)
    VALUES (of_cycle, of_participant, made.version, made.state, made.coverage, made.raw_score, made.score, made.natural_grade,
            made.gate_dimension_id, made.cohort_unit_id, made.quota_grade, made.calibrated_grade, made.rank, made.coefficient,
            made.box_label, statement_timestamp());
    INSERT INTO appraisal.appeal_internal AS i (cycle_id, appeal_id, heads_out)
    VALUES (of_cycle, this_appeal, appraisal.heads_out(of_cycle, made.cohort_unit_id))
    ON CONFLICT ON CONSTRAINT appeal_internal_pkey DO UPDATE SET heads_out = excluded.heads_out;
    RETURN made_version;
END
$$;
COMMENT ON FUNCTION appraisal.apply_decision(bigint, bigint, boolean, numeric, text, text) IS
    'decides an appeal; upheld, writes the next version of the result and what that does to the quota, and returns the version';
CREATE PROCEDURE appraisal.propose_decision(cycle text, person text, reason text, score numeric DEFAULT NULL, grade text DEFAULT NULL,
                                            unit text DEFAULT NULL, INOUT next_level text DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    next_level := appraisal.write_appeal_proposal(appraisal.cycle_of_code(cycle), appraisal.leading_participant(cycle, person, unit),
                                                  score, grade, reason);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.propose_decision(text, text, text, numeric, text, text, text) IS
    'proposes to uphold an appeal with a score, a grade or both, or with neither to dismiss it, and hands it on to the next level';
CREATE PROCEDURE appraisal.decide_appeal(cycle text, person text, upheld boolean, reason text, score numeric DEFAULT NULL,
                                         grade text DEFAULT NULL, unit text DEFAULT NULL, INOUT new_version integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    new_version := appraisal.write_appeal_decision(appraisal.cycle_of_code(cycle), appraisal.leading_participant(cycle, person, unit),
                                                   upheld, score, grade, reason);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.decide_appeal(text, text, boolean, text, numeric, text, text, integer) IS
    'decides an appeal on the last level; upheld, with the score or grade given or else as proposed, it makes the next version of the result';
CREATE FUNCTION appraisal.refuse_all_but_hr(call text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT appraisal.acting_as('hr') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'surveys are opened and closed by HR',
            HINT = format('Ask HR to CALL appraisal.%s().', call);
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_all_but_hr(text) IS 'raise AP003 for who opens or closes a survey without the capability hr';
CREATE FUNCTION appraisal.add_survey(of_cycle bigint, questions jsonb, least_answers integer) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this CONSTANT appraisal.cycle := (SELECT c FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    people CONSTANT bigint[] := ARRAY(SELECT p.person_id FROM appraisal.participant AS p
                                      WHERE p.cycle_id = of_cycle AND p.leads AND p.exempt_because IS NULL AND p.person_id IS NOT NULL);
    wrong record;
BEGIN
    IF this.status NOT IN ('published', 'closed') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('staff are not asked about cycle "%s" yet: the cycle is in status %s', this.code, this.status),
            DETAIL = 'It can be in status published or closed.',
            HINT = appraisal.next_step(this.status);
    ELSIF EXISTS (SELECT FROM appraisal.survey AS s WHERE s.cycle_id = of_cycle) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('cycle "%s" has its survey', this.code),
            DETAIL = 'There is one a cycle, and it is not opened again.',
            HINT = format('SELECT * FROM appraisal.survey_results(''%s'') once it is closed.', this.code);
    ELSIF least_answers IS NULL OR least_answers < 3 OR least_answers > cardinality(people) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('the least number of answers to the survey of cycle "%s" cannot be %s', this.code, coalesce(least_answers::text, 'NULL')),
            DETAIL = format('People who are asked: %s. From fewer than 3 answers each could be told from the others.', cardinality(people)),
            HINT = 'Give one from 3 to the people who are asked.';
    END IF;
    SELECT x.place, x.code, count(*) OVER (PARTITION BY x.code) AS alike,
           (x.code ~ '^[a-z][a-z0-9_-]*$' AND btrim(x.question) <> ''
            AND coalesce(x."least" < x.most, num_nonnulls(x."least", x.most) = 0)) IS TRUE AS is_complete
    INTO wrong
    FROM ROWS FROM (jsonb_to_recordset(questions) AS (code text, question text, "least" integer, most integer))
         WITH ORDINALITY AS x (code, question, "least", most, place)
    ORDER BY is_complete, alike DESC, x.place
    LIMIT 1;
    IF NOT FOUND OR NOT wrong.is_complete OR wrong.alike > 1 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = CASE WHEN wrong.place IS NULL THEN format('the survey of cycle "%s" asks nothing', this.code)
                           WHEN NOT wrong.is_complete THEN format('question %s of the survey of cycle "%s" is not complete', wrong.place, this.code)
                           ELSE format('two questions of the survey of cycle "%s" have the code "%s"', this.code, wrong.code) END,
            HINT = 'Give a list of objects with code (a plain word), question, and least and most for a mark or neither for words.';
    END IF;
    INSERT INTO appraisal.survey (cycle_id, least_answers, asked, opened_at)
    VALUES (of_cycle, add_survey.least_answers, cardinality(people), statement_timestamp());
    INSERT INTO appraisal.survey_question (cycle_id, question_no, code, question, "least", most)
    SELECT of_cycle, x.place, x.code, x.question, x."least", x.most
    FROM ROWS FROM (jsonb_to_recordset(questions) AS (code text, question text, "least" integer, most integer))
         WITH ORDINALITY AS x (code, question, "least", most, place);
    RETURN cardinality(people);
END
$$;
COMMENT ON FUNCTION appraisal.add_survey(bigint, jsonb, integer) IS 'adds the survey of a cycle with its questions; for write_survey()';
CREATE FUNCTION appraisal.add_answers(of_cycle bigint, of_person bigint, answers jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    is_closed boolean;
    wrong record;
BEGIN
    SELECT s.closed_at IS NOT NULL INTO is_closed FROM appraisal.survey AS s WHERE s.cycle_id = of_cycle FOR SHARE;
    IF is_closed IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no survey of cycle "%s"', cycle_code),
            HINT = 'HR opens one with CALL appraisal.open_survey().';
    ELSIF is_closed THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('the survey of cycle "%s" is closed', cycle_code),
            HINT = 'HR opens one for the next cycle with CALL appraisal.open_survey().';
    ELSIF NOT EXISTS (SELECT FROM appraisal.participant AS p
                      WHERE p.cycle_id = of_cycle AND p.person_id = of_person AND p.leads AND p.exempt_because IS NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('the survey of cycle "%s" does not ask you', cycle_code),
            DETAIL = 'It asks the people who were appraised.',
            HINT = 'A service sets appraisal.actor to the person it acts for.';
    END IF;
    INSERT INTO appraisal.survey_turnout (cycle_id, person_id) VALUES (of_cycle, of_person) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('you have answered the survey of cycle "%s"', cycle_code),
            DETAIL = 'Whose an answer is is not known, so none can be changed.',
            HINT = 'SELECT * FROM appraisal.my_open_surveys() has the surveys that wait for you.';
    END IF;

    SELECT coalesce(q.code, x.question) AS question, q.question_no, q."least", q.most,
           CASE WHEN q.question_no IS NULL THEN 'unknown'
                WHEN count(*) OVER (PARTITION BY coalesce(q.code, x.question)) > 1 THEN 'twice'
                WHEN q."least" IS NULL AND x.mark IS NOT NULL THEN 'words'
                WHEN q."least" IS NOT NULL AND (x.words IS NOT NULL OR (x.mark BETWEEN q."least" AND q.most AND x.mark = trunc(x.mark)) IS NOT TRUE) THEN 'mark'
           END AS fault
    INTO wrong
    FROM ROWS FROM (jsonb_to_recordset(answers) AS (question text, mark numeric, words text)) WITH ORDINALITY AS x (question, mark, words, place)
    FULL JOIN (SELECT * FROM appraisal.survey_question AS k WHERE k.cycle_id = of_cycle) AS q ON q.code = x.question
    ORDER BY 5 NULLS LAST, x.place, q.question_no
    LIMIT 1;
    IF wrong.fault IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE wrong.fault WHEN 'unknown' THEN 'AP004' ELSE 'AP005' END,
            MESSAGE = CASE wrong.fault
                WHEN 'unknown' THEN format('the survey of cycle "%s" has no question "%s"', cycle_code, wrong.question)
                WHEN 'twice' THEN format('question "%s" of the survey of cycle "%s" is answered more than once', wrong.question, cycle_code)
                WHEN 'words' THEN format('question "%s" of the survey of cycle "%s" is answered in words', wrong.question, cycle_code)
                ELSE format('question "%s" of the survey of cycle "%s" is answered with a whole number from %s to %s',
                            wrong.question, cycle_code, wrong."least", wrong.most) END,
            HINT = 'Give a mark for each question with a range; words may be left out.';
    END IF;
    INSERT INTO appraisal.survey_response (cycle_id, question_no, mark, words)
    SELECT of_cycle, q.question_no, x.mark, x.words
    FROM jsonb_to_recordset(answers) AS x (question text, mark integer, words text)
    JOIN appraisal.survey_question AS q ON q.cycle_id = of_cycle AND q.code = x.question
    WHERE x.mark IS NOT NULL OR btrim(x.words) <> '';
END
$$;
COMMENT ON FUNCTION appraisal.add_answers(bigint, bigint, jsonb) IS 'adds the answers of a person to a survey, of nobody in particular; for write_answers()';
CREATE FUNCTION appraisal.end_survey(of_cycle bigint) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    heads integer;
BEGIN
    PERFORM FROM appraisal.survey AS s WHERE s.cycle_id = of_cycle AND s.closed_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('cycle "%s" has no open survey', cycle_code),
            HINT = 'CALL appraisal.open_survey() opens the one that a cycle may have.';
    END IF;
    WITH gone AS (
        DELETE FROM appraisal.survey_response AS r WHERE r.cycle_id = of_cycle RETURNING r.question_no, r.mark, r.words
    )
    INSERT INTO appraisal.survey_response (cycle_id, question_no, mark, words)
    SELECT of_cycle, g.question_no, g.mark, g.words FROM gone AS g ORDER BY gen_random_uuid();
    SELECT count(*) INTO heads FROM appraisal.survey_turnout AS t WHERE t.cycle_id = of_cycle;
    UPDATE appraisal.survey AS s SET closed_at = statement_timestamp(), answered = heads WHERE s.cycle_id = of_cycle;
    RETURN heads;
END
$$;
COMMENT ON FUNCTION appraisal.end_survey(bigint) IS 'closes the survey of a cycle and mixes its answers; for write_survey_end()';
CREATE PROCEDURE appraisal.open_survey(cycle text, questions jsonb, least_answers integer DEFAULT 5, INOUT asked integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
BEGIN
    asked := appraisal.write_survey(this_cycle, questions, open_survey.least_answers);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.open_survey(text, jsonb, integer, integer) IS
    'asks the people who were appraised in a published cycle about the scheme, each once and nobody by name; says how many are asked';
CREATE PROCEDURE appraisal.answer_survey(cycle text, answers jsonb)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
BEGIN
    PERFORM appraisal.write_answers(this_cycle, answers);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.answer_survey(text, jsonb) IS
    'answers a survey, once: a mark for each question with a range, words for the others as one likes';
CREATE PROCEDURE appraisal.close_survey(cycle text, INOUT answered integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
BEGIN
    answered := appraisal.write_survey_end(this_cycle);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.close_survey(text, integer) IS
    'ends a survey for good, after which its results show; says how many people answered';
CREATE FUNCTION appraisal.survey_results(cycle text)
    RETURNS TABLE (question_no integer, code text, question text, "least" integer, most integer, asked integer, answered integer,
                   answers bigint, mean numeric, words text[])
LANGUAGE plpgsql STABLE ROWS 10 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    is_closed CONSTANT boolean := (SELECT s.closed_at IS NOT NULL FROM appraisal.survey AS s WHERE s.cycle_id = this_cycle);
BEGIN
    IF NOT appraisal.reads_surveys() THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'what surveys came to is for HR, executives and auditors',
            HINT = 'Ask one of them.';
    ELSIF is_closed IS NOT TRUE THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE WHEN is_closed IS NULL THEN 'AP004' ELSE 'AP001' END,
            MESSAGE = format(CASE WHEN is_closed IS NULL THEN 'there is no survey of cycle "%s"'
                                  ELSE 'the survey of cycle "%s" is open, and shows what it came to when it is closed' END, cycle),
            HINT = CASE WHEN is_closed IS NULL THEN 'CALL appraisal.open_survey().' ELSE 'CALL appraisal.close_survey().' END;
    END IF;
    RETURN QUERY
    SELECT q.question_no, q.code, q.question, q."least", q.most, s.asked, s.answered, m.answers, round(m.mean, 8), m.words
    FROM appraisal.survey AS s
    JOIN appraisal.survey_question AS q USING (cycle_id)
    LEFT JOIN appraisal.survey_means(this_cycle) AS m ON m.question_no = q.question_no
    WHERE s.cycle_id = this_cycle
    ORDER BY q.question_no;
END
$$;
COMMENT ON FUNCTION appraisal.survey_results(text) IS
    'what a closed survey came to, question by question: means, and words in no order; without them if fewer answered than the survey takes';
CREATE FUNCTION appraisal.read_notices() RETURNS TABLE (notice_id bigint, cycle text, kind text, items bigint[], created_at timestamptz)
LANGUAGE plpgsql ROWS 10 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT n.notice_id, c.code, n.kind, n.items, n.created_at
    FROM appraisal.take_notices() AS n JOIN appraisal.cycle AS c USING (cycle_id)
    ORDER BY n.created_at, n.notice_id;
END
$$;
COMMENT ON FUNCTION appraisal.read_notices() IS 'the caller''s unread notices, oldest first, which are read by that';
CREATE FUNCTION appraisal.add_reminders() RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    today CONSTANT date := (statement_timestamp() AT TIME ZONE 'UTC')::date;
    written integer;
BEGIN
    INSERT INTO appraisal.notice (cycle_id, person_id, kind, items, reminds_on)
    SELECT d.cycle_id, d.person_id, d.kind, coalesce(array_agg(DISTINCT d.item ORDER BY d.item) FILTER (WHERE d.item IS NOT NULL), '{}'), today
    FROM (
        SELECT r.cycle_id, r.rater_id AS person_id, 'review_overdue' AS kind, r.review_id AS item
        FROM appraisal.cycle AS c JOIN appraisal.review AS r USING (cycle_id)
        WHERE c.status = 'scoring' AND r.status = 'assigned' AND coalesce(r.due_on, c.reviews_due) < today
        UNION ALL
        -- the next step that a unit wants; what its signers left as their own is for HR
        SELECT n.cycle_id, g.person_id, 'sign_off_overdue', n.unit_id
        FROM (SELECT DISTINCT ON (c.cycle_id, w.unit_id) c.cycle_id, w.unit_id, CASE WHEN w.signed_by_oneself THEN 'hr' ELSE r.signer END AS signer,
                     upper(c.during) - 1 + r.due_days AS due_on
              FROM appraisal.cycle AS c
              CROSS JOIN LATERAL appraisal.wanted_signatures(c.cycle_id) AS w
              LEFT JOIN appraisal.sign_off_rule AS r ON r.scheme_id = c.scheme_id AND r.step = w.step
              WHERE c.status = 'calibration'
                AND EXISTS (SELECT FROM appraisal.sign_off_rule AS d WHERE d.scheme_id = c.scheme_id AND upper(c.during) - 1 + d.due_days < today)
              ORDER BY c.cycle_id, w.unit_id, w.step, w.signed_by_oneself) AS n
        CROSS JOIN LATERAL (SELECT appraisal.expected_signer(n.cycle_id, n.unit_id, n.signer) AS person_id) AS e
        CROSS JOIN LATERAL (SELECT e.person_id WHERE e.person_id IS NOT NULL
                            UNION
                            SELECT a.person_id FROM appraisal.account AS a
                            WHERE e.person_id IS NULL AND appraisal.signing_office(n.signer) = ANY (a.capabilities)) AS g
        WHERE n.due_on < today
        UNION ALL
        -- of units nobody is interviewed
        SELECT c.cycle_id, p.manager_id, 'interview_overdue', p.participant_id
        FROM appraisal.cycle AS c
        JOIN appraisal.scheme AS s ON s.scheme_id = c.scheme_id AND s.interview
        JOIN appraisal.participant AS p ON p.cycle_id = c.cycle_id AND p.leads AND p.exempt_because IS NULL AND p.person_id IS NOT NULL
        JOIN appraisal.result AS r ON r.cycle_id = p.cycle_id AND r.participant_id = p.participant_id AND r.version = 1
        WHERE c.status = 'published' AND (r.published_at AT TIME ZONE 'UTC')::date + coalesce(s.interview_days, 0) < today
          AND NOT EXISTS (SELECT FROM appraisal.interview AS i WHERE i.cycle_id = p.cycle_id AND i.participant_id = p.participant_id)
        UNION ALL
        SELECT a.cycle_id, a.owner_id, 'plan_overdue', a.action_id
        FROM appraisal.improvement_plan AS l JOIN appraisal.improvement_action AS a USING (cycle_id, plan_id)
        WHERE l.status = 'open' AND a.done_on IS NULL AND a.due_on < today
        UNION ALL
        -- while nobody has taken it, all who may
        SELECT a.cycle_id, coalesce(a.handler_id, CASE a.level WHEN 'leader' THEN p.manager_id ELSE o.person_id END), 'appeal_overdue', a.appeal_id
        FROM appraisal.appeal AS a
        JOIN appraisal.participant AS p ON p.cycle_id = a.cycle_id AND p.participant_id = a.participant_id
        LEFT JOIN appraisal.account AS o
            ON a.handler_id IS NULL AND a.level = ANY (o.capabilities) AND o.person_id IS DISTINCT FROM p.person_id
        WHERE a.status IN ('filed', 'investigating') AND a.due_at <= statement_timestamp()
        UNION ALL
        -- a scheme whose staff are asked
        SELECT c.cycle_id, a.person_id, 'survey_to_open', NULL
        FROM appraisal.cycle AS c
        JOIN appraisal.scheme AS s ON s.scheme_id = c.scheme_id AND s.surveyed
        JOIN appraisal.account AS a ON 'hr' = ANY (a.capabilities)
        WHERE c.status = 'published' AND NOT EXISTS (SELECT FROM appraisal.survey AS v WHERE v.cycle_id = c.cycle_id)
    ) AS d
    JOIN appraisal.person AS p ON p.person_id = d.person_id AND (p.left_on > today) IS NOT FALSE
    GROUP BY d.cycle_id, d.person_id, d.kind
    ORDER BY d.cycle_id, d.person_id, d.kind
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;
COMMENT ON FUNCTION appraisal.add_reminders() IS 'reminds people of what is overdue, once a day; for write_reminders()';
CREATE PROCEDURE appraisal.run_due_work(INOUT reminded integer DEFAULT NULL, INOUT escalated integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    overdue integer;
BEGIN
    -- first, so that who has lost an appeal to the next level is not reminded of it
    CALL appraisal.escalate_overdue_appeals(NULL, escalated, overdue);
    reminded := appraisal.write_reminders();
    CALL appraisal.seal_audit();
END
$procedure$;
COMMENT ON PROCEDURE appraisal.run_due_work(integer, integer) IS
    'does what is due: takes overdue appeals to the next level, reminds people of what is overdue, once a day, and seals the audit log; says how many';
CREATE FUNCTION appraisal.refuse_finding(act text, finding_id bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'AP003',
        MESSAGE = CASE act
            WHEN 'record' THEN 'findings are recorded by HR and executives, and by managers for themselves and the people below'
            WHEN 'rectify' THEN format('finding %s is put right by its owner', finding_id)
            WHEN 'day' THEN format('the day on which finding %s was put right is the day of the call', finding_id)
            ELSE format('finding %s is verified by HR, executives, managers above its owner and who found it, never by its owner', finding_id) END,
        HINT = CASE act
            WHEN 'record' THEN 'Ask one of them to CALL appraisal.record_finding().'
            WHEN 'rectify' THEN 'Ask that one, or HR, to CALL appraisal.rectify_finding().'
            WHEN 'day' THEN 'HR may give an earlier one.'
            ELSE 'Ask one of them to CALL appraisal.verify_finding().' END;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_finding(text, bigint) IS 'raise AP003 for who may not record, rectify or verify a finding';
CREATE FUNCTION appraisal.today_utc() RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp RETURN (statement_timestamp() AT TIME ZONE 'UTC')::date;
COMMENT ON FUNCTION appraisal.today_utc() IS 'the day in UTC, whatever the zone of the session';
CREATE FUNCTION appraisal.add_finding(cycle_id bigint, unit_id bigint, participant_id bigint, process text, description text,
                                      found_on date, owner_id bigint, due_on date) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    acting_id CONSTANT bigint := appraisal.acting_person();
    by_office CONSTANT boolean := appraisal.acting_as('hr') OR appraisal.acting_as('executive');
    new_id bigint;
BEGIN
    IF NOT by_office AND owner_id IS DISTINCT FROM acting_id
       AND owner_id NOT IN (SELECT appraisal.my_people() UNION ALL SELECT appraisal.people_in_my_cycles()) THEN
        PERFORM appraisal.refuse_finding('record', NULL);
    ELSIF btrim(coalesce(process, '')) = '' OR btrim(coalesce(description, '')) = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = 'a finding says which process it is about and what is wrong';
    ELSIF found_on > appraisal.today_utc() OR (due_on < found_on) IS NOT FALSE THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = 'a finding is found by today and due on that day or later',
            DETAIL = format('It would be found on %s and due on %s.', found_on, coalesce(due_on::text, 'no day'));
    END IF;
    INSERT INTO appraisal.finding AS f (cycle_id, unit_id, participant_id, process, description, found_on, found_by, found_by_login, owner_id, due_on)
    VALUES (add_finding.cycle_id, add_finding.unit_id, add_finding.participant_id, add_finding.process, add_finding.description,
            add_finding.found_on, acting_id, session_user, add_finding.owner_id, add_finding.due_on)
    RETURNING f.finding_id INTO new_id;
    RETURN new_id;
END
$$;
COMMENT ON FUNCTION appraisal.add_finding(bigint, bigint, bigint, text, text, date, bigint, date) IS 'step of record_finding(): adds it, for write_finding()';
CREATE FUNCTION appraisal.finding_to_change(cycle_id bigint, finding_id bigint, OUT owner_id bigint, OUT found_by bigint, OUT found_on date,
                                            OUT rectified_on date, OUT verified_on date, OUT accepted boolean, OUT is_owner boolean,
                                            OUT is_judge boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    acting_id CONSTANT bigint := appraisal.acting_person();
    by_office CONSTANT boolean := appraisal.acting_as('hr') OR appraisal.acting_as('executive');
    is_seen boolean;
BEGIN
    SELECT f.owner_id, f.found_by, f.found_on, f.rectified_on, f.verified_on, f.accepted, coalesce(f.owner_id = acting_id, false),
           (by_office OR f.found_by = acting_id
            OR f.owner_id IN (SELECT appraisal.my_people() UNION ALL SELECT appraisal.people_in_my_cycles())) IS TRUE,
           f.participant_id IN (SELECT appraisal.my_participations())
    INTO finding_to_change.owner_id, finding_to_change.found_by, finding_to_change.found_on, finding_to_change.rectified_on,
         finding_to_change.verified_on, finding_to_change.accepted, is_owner, is_judge, is_seen
    FROM appraisal.finding AS f
    WHERE f.cycle_id = finding_to_change.cycle_id AND f.finding_id = finding_to_change.finding_id
    FOR UPDATE;
    IF (is_owner OR is_judge OR is_seen) IS NOT TRUE THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no finding %s in this cycle', finding_id),
            HINT = 'record_finding() said its key; or ask who may see this one.';
    ELSIF accepted THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('finding %s is closed: its rectification is accepted', finding_id),
            HINT = 'CALL appraisal.record_finding() records another.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.finding_to_change(bigint, bigint) IS
    'a finding, held until the transaction ends, and what it is to the one who is asking; an error if there is none to change';
CREATE FUNCTION appraisal.apply_rectification(cycle_id bigint, finding_id bigint, rectification text, rectified_on date) RETURNS date
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this record;
    by_hr CONSTANT boolean := appraisal.acting_as('hr');
    done_on CONSTANT date := coalesce(rectified_on, appraisal.today_utc());
BEGIN
    SELECT f.* INTO this FROM appraisal.finding_to_change(apply_rectification.cycle_id, apply_rectification.finding_id) AS f;
    IF NOT this.is_owner AND NOT by_hr THEN
        PERFORM appraisal.refuse_finding('rectify', finding_id);
    ELSIF done_on <> appraisal.today_utc() AND (this.is_owner OR NOT by_hr) THEN
        PERFORM appraisal.refuse_finding('day', finding_id);
    ELSIF btrim(coalesce(rectification, '')) = '' OR done_on NOT BETWEEN this.found_on AND appraisal.today_utc() THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = 'a rectification says what was done, on a day from the finding to today',
            DETAIL = format('Finding %s is of %s.', finding_id, this.found_on);
    END IF;
    UPDATE appraisal.finding AS f
    SET rectification = apply_rectification.rectification, rectified_on = done_on, verified_by = NULL, verified_by_login = NULL,
        verified_on = NULL, accepted = NULL, verification = NULL
    WHERE f.cycle_id = apply_rectification.cycle_id AND f.finding_id = apply_rectification.finding_id;
    RETURN done_on;
END
$$;
COMMENT ON FUNCTION appraisal.apply_rectification(bigint, bigint, text, date) IS 'step of rectify_finding(), for write_rectification()';
CREATE FUNCTION appraisal.apply_verification(cycle_id bigint, finding_id bigint, accepted boolean, verification text) RETURNS date
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this record;
    looked_on CONSTANT date := appraisal.today_utc();
BEGIN
    SELECT f.* INTO this FROM appraisal.finding_to_change(apply_verification.cycle_id, apply_verification.finding_id) AS f;
    IF this.is_owner OR NOT this.is_judge THEN
        PERFORM appraisal.refuse_finding('verify', finding_id);
    ELSIF this.rectified_on IS NULL OR this.verified_on IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('finding %s has nothing to verify', finding_id),
            DETAIL = CASE WHEN this.rectified_on IS NULL THEN 'Its owner has not put it right yet.'
                          ELSE 'The last rectification was not accepted.' END,
            HINT = 'The owner: CALL appraisal.rectify_finding().';
    ELSIF accepted IS NULL OR NOT accepted AND btrim(coalesce(verification, '')) = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = 'a verification accepts, or says why not',
            DETAIL = format('It is finding %s.', finding_id);
    END IF;
    UPDATE appraisal.finding AS f
    SET verified_by = appraisal.acting_person(), verified_by_login = session_user, verified_on = looked_on,
        accepted = apply_verification.accepted, verification = nullif(btrim(apply_verification.verification), '')
    WHERE f.cycle_id = apply_verification.cycle_id AND f.finding_id = apply_verification.finding_id;
    RETURN looked_on;
END
$$;
COMMENT ON FUNCTION appraisal.apply_verification(bigint, bigint, boolean, text) IS 'step of verify_finding(), for write_verification()';
CREATE PROCEDURE appraisal.record_finding(cycle text, unit text, process text, description text, owner text, due_on date,
                                          found_on date DEFAULT NULL, person text DEFAULT NULL, INOUT finding_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    about bigint;
BEGIN
    IF person IS NOT NULL THEN
        SELECT p.participant_id INTO about
        FROM appraisal.participant AS p
        WHERE p.cycle_id = this_cycle AND p.leads AND p.participant_id IN (SELECT appraisal.participants_named(cycle, record_finding.person, NULL));
    END IF;
    finding_id := appraisal.write_finding(this_cycle, appraisal.unit_of_code(unit), about, process, description,
                                          coalesce(found_on, appraisal.today_utc()), appraisal.person_of_code(owner), due_on);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.record_finding(text, text, text, text, text, date, date, text, bigint) IS
    'records what an audit found in a unit, or in the work of a person, who owns it and by when it is put right';
CREATE PROCEDURE appraisal.rectify_finding(cycle text, finding_id bigint, rectification text, INOUT rectified_on date DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    rectified_on := appraisal.write_rectification(appraisal.cycle_of_code(cycle), finding_id, rectification, rectified_on);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.rectify_finding(text, bigint, text, date) IS
    'says how a finding was put right; for its owner, or for HR, which may say on which day; what was verified before is to be verified anew';
CREATE PROCEDURE appraisal.verify_finding(cycle text, finding_id bigint, accepted boolean, verification text DEFAULT NULL,
                                          INOUT verified_on date DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    verified_on := appraisal.write_verification(appraisal.cycle_of_code(cycle), finding_id, accepted, verification);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.verify_finding(text, bigint, boolean, text, date) IS
    'accepts what was done about a finding, or says why not; for others than its owner';
CREATE FUNCTION appraisal.rectification_rates(of_cycle bigint, until date) RETURNS TABLE (person_id bigint, due integer, in_time integer)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT f.owner_id, count(*)::integer, count(*) FILTER (WHERE f.accepted AND f.rectified_on <= f.due_on)::integer
    FROM appraisal.finding AS f JOIN appraisal.cycle AS c ON c.cycle_id = of_cycle
    WHERE f.due_on <@ c.during AND f.due_on <= until
    GROUP BY f.owner_id;
END
$$;
COMMENT ON FUNCTION appraisal.rectification_rates(bigint, date) IS
    'for each owner the findings due in the period of a cycle until a day, and how many of them were put right in time and accepted';
CREATE PROCEDURE appraisal.record_rectification_rates(cycle text, indicator text, measured_on date DEFAULT NULL,
                                                      without_findings numeric DEFAULT NULL, INOUT recorded integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    acting_id CONSTANT bigint := appraisal.acting_person();
    until date;
BEGIN
    SELECT coalesce(measured_on, upper(c.during) - 1) INTO until FROM appraisal.cycle AS c WHERE c.cycle_id = this_cycle;
    IF NOT EXISTS (SELECT FROM appraisal.cycle_indicators(this_cycle) AS i WHERE i.code = indicator AND i.kind = 'measured') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no measured indicator "%s" in cycle "%s"', indicator, cycle),
            HINT = 'cycle_indicators() lists what is measured of whom.';
    END IF;
    INSERT INTO appraisal.measurement (cycle_id, participant_id, indicator_id, value, measured_on, data_source, supersedes, corrected_because,
                                       recorded_by)
    SELECT this_cycle, x.participant_id, x.indicator_id, x.value, until, 'findings', s.measurement_id,
           CASE WHEN s.measurement_id IS NOT NULL THEN 'findings were counted anew' END, acting_id
    FROM (SELECT p.participant_id, i.indicator_id,
                 CASE WHEN r.due > 0 THEN trim_scale(round(r.in_time::numeric / r.due, 16)) ELSE without_findings END AS value
          FROM appraisal.participant AS p
          JOIN appraisal.cycle_indicators(this_cycle) AS i ON i.job_group = p.job_group AND i.code = indicator AND i.kind = 'measured'
          LEFT JOIN appraisal.rectification_rates(this_cycle, until) AS r ON r.person_id = p.person_id
          WHERE p.cycle_id = this_cycle AND p.exempt_because IS NULL AND p.person_id IS NOT NULL
            AND p.person_id IS DISTINCT FROM acting_id) AS x
    LEFT JOIN appraisal.measurement AS s
        ON s.cycle_id = this_cycle AND s.participant_id = x.participant_id AND s.indicator_id = x.indicator_id AND s.data_source = 'findings'
       AND NOT EXISTS (SELECT FROM appraisal.measurement AS n WHERE n.cycle_id = this_cycle AND n.supersedes = s.measurement_id)
    WHERE x.value IS NOT NULL AND x.value IS DISTINCT FROM s.value
    ORDER BY x.participant_id;
    GET DIAGNOSTICS recorded = ROW_COUNT;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.record_rectification_rates(text, text, date, numeric, integer) IS
    'records, as a figure of each owner but the caller, the share of the findings due in the period that was put right in time; rates that changed supersede those recorded before';
CREATE FUNCTION appraisal.outcome_runs(of_cycle bigint)
    RETURNS TABLE (participant_id bigint, outcome_rule_id bigint, cycles bigint[], versions integer[], grades text[], effective_on date)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
DECLARE
    this record;
BEGIN
    SELECT c.period, c.during, s.scheme_id, s.code, s.scale INTO this
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    RETURN QUERY
    WITH ladder AS MATERIALIZED (
        SELECT g.grade, g.rank FROM appraisal.grades(this.scale) AS g
    ),
    rule AS MATERIALIZED (
        SELECT o.*, l.rank
        FROM appraisal.outcome_rule AS o JOIN ladder AS l USING (grade)
        WHERE o.scheme_id = this.scheme_id AND o.period = this.period
    ),
    subject AS (
        SELECT p.participant_id, p.person_id, p.appraised_unit_id, coalesce(p.person_id, -p.appraised_unit_id) AS subject_id
        FROM appraisal.participant AS p WHERE p.cycle_id = of_cycle AND p.leads
    ),
    -- a grade that this version of the scheme does not know is none
    graded AS (
        SELECT coalesce(p.person_id, -p.appraised_unit_id) AS subject_id, p.cycle_id, c.during, r.version, r.final_grade, l.rank
        FROM appraisal.cycle AS c
        JOIN appraisal.scheme AS s USING (scheme_id)
        JOIN appraisal.participant AS p USING (cycle_id)
        JOIN appraisal.current_result AS r USING (cycle_id, participant_id)
        LEFT JOIN ladder AS l ON l.grade = r.final_grade
        WHERE s.code = this.code AND c.period = this.period AND c.status IN ('published', 'closed')
          AND (c.cycle_id = of_cycle OR upper(c.during) <= lower(this.during))
    ),
    numbered AS (
        SELECT g.*, row_number() OVER w AS place, lower(g.during) IS DISTINCT FROM upper(lag(g.during) OVER w) AS begins
        FROM graded AS g JOIN subject AS s USING (subject_id)
        WINDOW w AS (PARTITION BY g.subject_id ORDER BY g.during, g.cycle_id)
    ),
    linked AS MATERIALIZED (
        SELECT n.*, count(*) FILTER (WHERE n.begins) OVER (PARTITION BY n.subject_id ORDER BY n.place) AS chain FROM numbered AS n
    ),
    trained AS (
        SELECT t.subject_id, min(t.trained_on) AS trained_on
        FROM (SELECT coalesce(o.person_id, -o.appraised_unit_id) AS subject_id, (o.confirmed_at AT TIME ZONE 'UTC')::date AS trained_on
              FROM appraisal.outcome AS o WHERE o.outcome = 'training' AND o.revoked_at IS NULL
              UNION ALL
              SELECT p.person_id, (i.closed_at AT TIME ZONE 'UTC')::date
              FROM appraisal.improvement_plan AS i JOIN appraisal.participant AS p USING (cycle_id, participant_id)
              WHERE i.status IN ('met', 'not_met')
                AND (i.training IS NOT NULL OR EXISTS (SELECT FROM appraisal.improvement_action AS a
                                                       WHERE a.cycle_id = i.cycle_id AND a.plan_id = i.plan_id AND a.training IS NOT NULL))) AS t
        GROUP BY t.subject_id
    ),
    -- of several plans the last counts
    planned AS (
        SELECT DISTINCT ON (i.participant_id) i.participant_id, i.status, (i.closed_at AT TIME ZONE 'UTC')::date AS closed_on
        FROM appraisal.improvement_plan AS i WHERE i.cycle_id = of_cycle AND i.status <> 'cancelled'
        ORDER BY i.participant_id, i.plan_id DESC
    ),
    -- only a run that has not ended by now is followed back
    hit AS (
        SELECT s.participant_id, s.person_id, l.subject_id, l.chain, l.place, u.*
        FROM linked AS l
        JOIN subject AS s USING (subject_id)
        CROSS JOIN rule AS u
        WHERE l.cycle_id = of_cycle AND (u.subject = 'person') = (s.person_id IS NOT NULL)
          AND CASE u.compares WHEN 'equal' THEN l.rank = u.rank WHEN 'or_better' THEN l.rank <= u.rank ELSE l.rank >= u.rank END
    ),
    run AS (
        SELECT h.*, l.cycle_id AS of_cycle_id,
               appraisal.streak(CASE h.compares WHEN 'equal' THEN l.rank = h.rank WHEN 'or_better' THEN l.rank <= h.rank
                                                ELSE l.rank >= h.rank END) OVER w AS length,
               count(*) FILTER (WHERE lower(l.during) >= t.trained_on) OVER w AS since_training
        FROM hit AS h
        JOIN linked AS l ON l.subject_id = h.subject_id AND l.chain = h.chain
        LEFT JOIN trained AS t ON t.subject_id = h.subject_id
        WINDOW w AS (PARTITION BY h.outcome_rule_id, h.subject_id ORDER BY l.place)
    ),
    complete AS (
        SELECT r.participant_id, r.subject_id, r.place, r.outcome_rule_id, r.run, r.service_years, n.left_on,
               greatest(upper(this.during), date_trunc('month', n.hired_on + make_interval(years => r.service_years))::date,
                        CASE WHEN r.on_plan IS NOT NULL THEN i.closed_on END) AS effective_on
        FROM run AS r
        LEFT JOIN appraisal.person AS n ON n.person_id = r.person_id
        LEFT JOIN planned AS i ON i.participant_id = r.participant_id
        WHERE r.of_cycle_id = of_cycle AND r.length >= r.run AND (r.on_plan IS NULL OR i.status = r.on_plan)
          AND CASE WHEN r.after_training
                   THEN r.since_training > 0 AND (r.length - greatest(r.run, r.length - r.since_training + 1)) % r.run = 0
                   ELSE r.length % r.run = 0 END
    )
    SELECT c.participant_id, c.outcome_rule_id, array_agg(l.cycle_id ORDER BY l.place), array_agg(l.version ORDER BY l.place),
           array_agg(l.final_grade ORDER BY l.place), c.effective_on
    FROM complete AS c
    JOIN linked AS l ON l.subject_id = c.subject_id AND l.place > c.place - c.run AND l.place <= c.place
    -- who left before has no years of service without a break
    WHERE c.service_years IS NULL OR c.left_on IS NULL OR c.left_on > c.effective_on
    GROUP BY c.participant_id, c.outcome_rule_id, c.effective_on;
END
$$;
COMMENT ON FUNCTION appraisal.outcome_runs(bigint) IS
    'runs of grades that are complete in a cycle by the scheme''s outcome rules, with their evidence, for who sees all results';
CREATE FUNCTION appraisal.outcome_states(of_cycle bigint)
    RETURNS TABLE (participant_id bigint, outcome_rule_id bigint, cycles bigint[], versions integer[], grades text[], effective_on date,
                   state text)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH run AS MATERIALIZED (
        SELECT r.* FROM appraisal.outcome_runs(of_cycle) AS r
    ),
    -- of several that were revoked the last
    written AS (
        SELECT DISTINCT ON (o.participant_id, o.outcome_rule_id) o.*
        FROM appraisal.outcome AS o
        WHERE o.cycle_id = of_cycle
        ORDER BY o.participant_id, o.outcome_rule_id, o.revoked_at IS NULL DESC, o.outcome_id DESC
    )
    SELECT s.participant_id, s.outcome_rule_id, s.cycles, s.versions, s.grades, s.effective_on, s.state
    FROM (SELECT coalesce(w.participant_id, r.participant_id) AS participant_id, coalesce(w.outcome_rule_id, r.outcome_rule_id) AS outcome_rule_id,
                 CASE WHEN k.is_kept THEN w.cycles ELSE r.cycles END AS cycles,
                 CASE WHEN k.is_kept THEN w.versions ELSE r.versions END AS versions,
                 CASE WHEN k.is_kept THEN w.grades ELSE r.grades END AS grades,
                 CASE WHEN k.is_kept THEN w.effective_on ELSE r.effective_on END AS effective_on,
                 CASE WHEN k.is_kept AND r.cycles IS NULL THEN 'contradicted'
                      WHEN k.is_kept THEN 'confirmed'
                      WHEN (w.cycles, w.versions) = (r.cycles, r.versions) THEN 'revoked'
                      WHEN r.cycles IS NOT NULL THEN 'due' END AS state
          FROM run AS r
          FULL JOIN written AS w ON w.participant_id = r.participant_id AND w.outcome_rule_id = r.outcome_rule_id
          CROSS JOIN LATERAL (SELECT w.outcome_id IS NOT NULL AND w.revoked_at IS NULL AS is_kept) AS k) AS s
    WHERE s.state IS NOT NULL;
END
$$;
COMMENT ON FUNCTION appraisal.outcome_states(bigint) IS
    'outcomes of a cycle that are due, confirmed, contradicted by a later version of a result, or revoked on the evidence that there is';
CREATE FUNCTION appraisal.outcomes_shown_to_executives(of_cycle bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN NOT EXISTS (
        SELECT FROM appraisal.cycle AS t
        JOIN appraisal.scheme AS own ON own.scheme_id = t.scheme_id
        JOIN appraisal.scheme AS s ON s.code = own.code
        JOIN appraisal.cycle AS c ON c.scheme_id = s.scheme_id
        WHERE t.cycle_id = of_cycle AND c.status IN ('published', 'closed')
          AND c.cycle_id NOT IN (SELECT appraisal.cycles_shown_to('executive')));
END
$$;
COMMENT ON FUNCTION appraisal.outcomes_shown_to_executives(bigint) IS
    'do executives see all results of the scheme, whatever its versions, on which outcomes of a cycle may rest?';
CREATE FUNCTION appraisal.due_outcomes(cycle text, onwards boolean DEFAULT false)
    RETURNS TABLE (in_cycle text, person text, unit text, rule text, label text, outcome text, amount numeric, state text,
                   cycles text[], versions integer[], grades text[], effective_on date)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    this record;
BEGIN
    IF NOT (appraisal.acting_as('hr') OR appraisal.acting_as('auditor') OR NOT row_security_active('appraisal.result')
            OR appraisal.acting_as('executive') AND appraisal.outcomes_shown_to_executives(this_cycle)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('outcomes that are due in cycle "%s" are not yours to see', cycle),
            DETAIL = 'They are for HR, auditors, and executives to whom the scheme shows results.',
            HINT = 'Table appraisal.outcome has those that were confirmed.';
    END IF;
    SELECT c.status, c.period, c.during, s.code INTO this
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = this_cycle;
    IF this.status NOT IN ('published', 'closed') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('nothing is due in cycle "%s": the cycle is in status %s', cycle, this.status),
            DETAIL = 'It can be in status published or closed.',
            HINT = appraisal.next_step(this.status);
    END IF;
    RETURN QUERY
    SELECT c.code, n.code, u.code, r.code, r.label, r.outcome, r.amount, s.state,
           (SELECT array_agg(e.code ORDER BY k.place) FROM unnest(s.cycles) WITH ORDINALITY AS k (cycle_id, place)
            JOIN appraisal.cycle AS e USING (cycle_id)),
           s.versions, s.grades, s.effective_on
    FROM appraisal.cycle AS c
    JOIN appraisal.scheme AS o USING (scheme_id)
    CROSS JOIN LATERAL appraisal.outcomes_seen(c.cycle_id) AS s
    JOIN appraisal.participant AS p ON p.cycle_id = c.cycle_id AND p.participant_id = s.participant_id
    JOIN appraisal.outcome_rule AS r USING (outcome_rule_id)
    LEFT JOIN appraisal.person AS n ON n.person_id = p.person_id
    LEFT JOIN appraisal.unit AS u ON u.unit_id = p.appraised_unit_id
    WHERE (c.cycle_id = this_cycle
           OR onwards AND o.code = this.code AND c.period = this.period AND c.status IN ('published', 'closed')
              AND lower(c.during) >= upper(this.during))
    ORDER BY c.during, c.code, u.code, n.code, r.code;
END
$$;
COMMENT ON FUNCTION appraisal.due_outcomes(text, boolean) IS
    'outcomes of a published cycle, or of it and all later ones of its scheme and period: due, confirmed, contradicted or revoked, with their evidence; without the caller''s own';
CREATE FUNCTION appraisal.refuse_outcomes_by_others(of_cycle bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- who does not see a grade would be told it by what is refused
    IF NOT (appraisal.acting_as('hr') OR appraisal.acting_as('executive') AND appraisal.outcomes_shown_to_executives(of_cycle)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'outcomes are confirmed and revoked by HR, and by executives to whom the scheme shows results',
            HINT = 'Ask one of them to CALL appraisal.confirm_outcome() or revoke_outcome().';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_outcomes_by_others(bigint) IS 'an error unless the caller may confirm and revoke outcomes of a cycle';
CREATE FUNCTION appraisal.refuse_own_outcome(of_cycle bigint, of_participant bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF of_participant IN (SELECT appraisal.my_participations()) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'nobody decides on outcomes of the own result',
            DETAIL = format('It is that of %s.', appraisal.participant_name(of_cycle, of_participant)),
            HINT = 'Somebody else of HR, or an executive, calls it.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_own_outcome(bigint, bigint) IS 'an error if a participant is the caller, or a unit that the caller answers for';
CREATE FUNCTION appraisal.apply_outcomes(of_cycle bigint, of_participant bigint, of_rule bigint, note text) RETURNS bigint[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    found_state text;
    written bigint[];
BEGIN
    IF of_participant IS NOT NULL THEN
        PERFORM appraisal.refuse_own_outcome(of_cycle, of_participant);
        SELECT s.state INTO found_state FROM appraisal.outcome_states(of_cycle) AS s
        WHERE s.participant_id = of_participant AND s.outcome_rule_id = of_rule;
        IF found_state IS NULL OR found_state IN ('confirmed', 'contradicted') THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AP005',
                MESSAGE = format('outcome "%s" of %s in cycle "%s" is %s', (SELECT r.code FROM appraisal.outcome_rule AS r WHERE r.outcome_rule_id = of_rule),
                                 appraisal.participant_name(of_cycle, of_participant), cycle_code,
                                 CASE WHEN found_state IS NULL THEN 'not due' ELSE 'confirmed already' END),
                HINT = format('SELECT * FROM appraisal.due_outcomes(''%s'').', cycle_code);
        END IF;
    END IF;
    WITH added AS (
        INSERT INTO appraisal.outcome AS o
            (cycle_id, participant_id, person_id, appraised_unit_id, outcome_rule_id, outcome, amount, cycles, versions, grades, effective_on,
             confirmed_by, confirmed_by_login, confirmed_at, note)
        SELECT of_cycle, p.participant_id, p.person_id, p.appraised_unit_id, r.outcome_rule_id, r.outcome, r.amount, s.cycles, s.versions, s.grades,
               s.effective_on, appraisal.acting_person(), session_user, statement_timestamp(), apply_outcomes.note
        FROM appraisal.outcome_states(of_cycle) AS s
        JOIN appraisal.participant AS p ON p.cycle_id = of_cycle AND p.participant_id = s.participant_id
        JOIN appraisal.outcome_rule AS r USING (outcome_rule_id)
        WHERE (of_participant IS NULL AND s.state = 'due' OR s.participant_id = of_participant) AND (of_rule IS NULL OR r.outcome_rule_id = of_rule)
          AND p.participant_id NOT IN (SELECT appraisal.my_participations())
        ORDER BY p.participant_id, r.outcome_rule_id
        RETURNING o.outcome_id
    )
    SELECT array_agg(a.outcome_id) INTO written FROM added AS a;
    RETURN coalesce(written, '{}');
END
$$;
COMMENT ON FUNCTION appraisal.apply_outcomes(bigint, bigint, bigint, text) IS
    'writes what is due: a rule for a participant, or for NULL all but the caller''s own; returns the keys';
CREATE FUNCTION appraisal.apply_revocation(of_cycle bigint, of_participant bigint, of_rule bigint, reason text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    revoked_id bigint;
BEGIN
    PERFORM appraisal.refuse_own_outcome(of_cycle, of_participant);
    IF coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('revoking an outcome of %s needs a reason', appraisal.participant_name(of_cycle, of_participant)),
            HINT = 'Give the argument reason.';
    END IF;
    UPDATE appraisal.outcome AS o
    SET revoked_by = appraisal.acting_person(), revoked_by_login = session_user, revoked_at = statement_timestamp(),
        revoked_because = apply_revocation.reason
    WHERE o.cycle_id = of_cycle AND +o.participant_id = of_participant AND o.outcome_rule_id = of_rule AND o.revoked_at IS NULL
    RETURNING o.outcome_id INTO revoked_id;
    IF revoked_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('%s has no outcome "%s" to revoke in cycle "%s"', appraisal.participant_name(of_cycle, of_participant),
                             (SELECT r.code FROM appraisal.outcome_rule AS r WHERE r.outcome_rule_id = of_rule),
                             (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle)),
            HINT = 'Table appraisal.outcome has those that were confirmed.';
    END IF;
    RETURN revoked_id;
END
$$;
COMMENT ON FUNCTION appraisal.apply_revocation(bigint, bigint, bigint, text) IS 'revokes the outcome of a rule for a participant; returns its key';
CREATE FUNCTION appraisal.outcome_rule_of_code(of_cycle bigint, code text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    scheme_code text;
    rules text;
    found_id bigint;
BEGIN
    SELECT s.code, string_agg(r.code, ', ' ORDER BY r.code), max(r.outcome_rule_id) FILTER (WHERE r.code = outcome_rule_of_code.code)
    INTO scheme_code, rules, found_id
    FROM appraisal.cycle AS c
    JOIN appraisal.scheme AS s USING (scheme_id)
    LEFT JOIN appraisal.outcome_rule AS r ON r.scheme_id = s.scheme_id AND r.period = c.period
    WHERE c.cycle_id = of_cycle
    GROUP BY s.code;
    IF found_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no outcome rule "%s"', outcome_rule_of_code.code),
            DETAIL = format('Rules of scheme "%s" for cycles of this period: %s.', scheme_code, coalesce(rules, 'none')),
            HINT = 'Give one of these.';
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION appraisal.outcome_rule_of_code(bigint, text) IS
    'key of the outcome rule with this code in a cycle''s scheme, for its period; an error if there is none';
CREATE PROCEDURE appraisal.confirm_outcome(cycle text, person text, rule text, note text DEFAULT NULL, unit text DEFAULT NULL,
                                           INOUT outcome_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    this_participant CONSTANT bigint := appraisal.leading_participant(cycle, person, unit);
    this_rule CONSTANT bigint := appraisal.outcome_rule_of_code(this_cycle, rule);
BEGIN
    outcome_id := (appraisal.write_outcomes(this_cycle, this_participant, this_rule, note))[1];
END
$procedure$;
COMMENT ON PROCEDURE appraisal.confirm_outcome(text, text, text, text, text, bigint) IS
    'records an outcome that is due for a person, or with person NULL for an appraised unit, with its evidence';
CREATE PROCEDURE appraisal.confirm_outcomes(cycle text, rule text DEFAULT NULL, note text DEFAULT NULL, INOUT confirmed integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    this_rule CONSTANT bigint := CASE WHEN rule IS NOT NULL THEN appraisal.outcome_rule_of_code(this_cycle, rule) END;
BEGIN
    confirmed := cardinality(appraisal.write_outcomes(this_cycle, NULL, this_rule, note));
END
$procedure$;
COMMENT ON PROCEDURE appraisal.confirm_outcomes(text, text, text, integer) IS
    'records all outcomes of a cycle, or of one rule, that are due, save the caller''s own; says how many';
CREATE PROCEDURE appraisal.revoke_outcome(cycle text, person text, rule text, reason text, unit text DEFAULT NULL,
                                          INOUT outcome_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    this_participant CONSTANT bigint := appraisal.leading_participant(cycle, person, unit);
    this_rule CONSTANT bigint := appraisal.outcome_rule_of_code(this_cycle, rule);
BEGIN
    outcome_id := appraisal.write_revocation(this_cycle, this_participant, this_rule, reason);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.revoke_outcome(text, text, text, text, text, bigint) IS
    'takes a confirmed outcome of a person, or with person NULL of an appraised unit, back, for a reason';
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
CREATE FUNCTION appraisal.cycle_measures(of_cycle bigint)
    RETURNS TABLE (place integer, measure text, item text, direction integer, value numeric)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    has_people CONSTANT boolean := EXISTS (SELECT FROM appraisal.participant AS p WHERE p.cycle_id = of_cycle AND p.person_id IS NOT NULL);
    grade_scale CONSTANT appraisal.grade_scale := (SELECT s.scale FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
                                                   WHERE c.cycle_id = of_cycle);
BEGIN
    RETURN QUERY
    WITH subject AS MATERIALIZED (
        SELECT p.participant_id, p.person_id, p.leads, p.segment_days, p.exempt_because,
               min(p.participant_id) FILTER (WHERE p.leads) OVER (PARTITION BY coalesce(p.person_id, -p.participant_id)) AS leading_id
        FROM appraisal.participant AS p
        WHERE p.cycle_id = of_cycle AND (p.person_id IS NOT NULL) = has_people
    ), outcome AS MATERIALIZED (
        SELECT r.participant_id, r.state, r.score, r.final_grade, r.published_at
        FROM appraisal.current_result AS r JOIN subject AS s USING (participant_id)
        WHERE r.cycle_id = of_cycle AND r.state <> 'exempt'
    ), review AS MATERIALIZED (
        SELECT v.status, v.late FROM appraisal.review AS v JOIN subject AS s USING (participant_id) WHERE v.cycle_id = of_cycle
    ), leniency AS MATERIALIZED (
        SELECT t.spread, t.leniency FROM appraisal.rater_statistics AS t WHERE t.cycle_id = of_cycle
    )
    SELECT 1, 'scored_share', NULL, 1, round(avg((o.score IS NOT NULL)::integer), 8) FROM outcome AS o HAVING count(*) > 0
    UNION ALL
    SELECT 2, 'score_mean', NULL, 1, round(avg(o.score), 8) FROM outcome AS o HAVING count(o.score) > 0
    UNION ALL
    SELECT 4, 'score_spread', NULL, NULL, round(stddev_samp(o.score), 8) FROM outcome AS o HAVING count(o.score) > 1
    UNION ALL
    SELECT 5, 'dimension_mean', d.code, 1, round(avg(e.score), 8)
    FROM (SELECT s.leading_id, x.dimension_id, sum(x.score * s.segment_days) / sum(s.segment_days) AS score
          FROM appraisal.dimension_score AS x JOIN subject AS s USING (participant_id)
          WHERE x.cycle_id = of_cycle AND x.score IS NOT NULL
            AND NOT EXISTS (SELECT FROM appraisal.dimension_score AS later
                            WHERE later.cycle_id = x.cycle_id AND later.participant_id = x.participant_id AND later.version > x.version)
          GROUP BY s.leading_id, x.dimension_id) AS e
    JOIN appraisal.dimension AS d USING (dimension_id)
    GROUP BY d.code
    UNION ALL
    SELECT 6, 'measurement_mean', i.code, CASE i.direction WHEN 'higher' THEN 1 WHEN 'lower' THEN -1 END, round(avg(m.value), 8)
    FROM appraisal.current_measurements(of_cycle) AS m
    JOIN subject AS s USING (participant_id)
    JOIN appraisal.indicator AS i USING (indicator_id)
    WHERE s.exempt_because IS NULL
    GROUP BY i.code, i.direction
    UNION ALL
    SELECT 8, 'grade_share', g.grade, NULL, round(count(*) FILTER (WHERE o.final_grade = g.grade) / count(o.final_grade)::numeric, 8)
    FROM appraisal.grades(grade_scale) AS g CROSS JOIN outcome AS o
    GROUP BY g.rank, g.grade HAVING count(o.final_grade) > 0
    UNION ALL
    SELECT 10, k.measure, NULL, k.direction, k.value
    FROM (SELECT count(*)::numeric AS filed, count(*) FILTER (WHERE a.status = 'upheld')::numeric AS upheld,
                 count(*) FILTER (WHERE a.status IN ('upheld', 'dismissed')) AS decided
          FROM appraisal.appeal AS a JOIN subject AS s USING (participant_id) WHERE a.cycle_id = of_cycle) AS n
    CROSS JOIN (SELECT count(*) FILTER (WHERE o.published_at IS NOT NULL) AS published FROM outcome AS o) AS r
    CROSS JOIN LATERAL (VALUES ('appeals_filed', NULL, n.filed), ('appeals_filed_share', NULL, round(n.filed / nullif(r.published, 0), 8)),
                               ('appeals_upheld', -1, n.upheld), ('appeals_upheld_share', -1, round(n.upheld / nullif(n.decided, 0), 8))) AS k (measure, direction, value)
    WHERE r.published > 0 AND k.value IS NOT NULL
    UNION ALL
    SELECT 12, 'reviews_missing_share', NULL, -1, round(avg((v.status <> 'submitted')::integer), 8) FROM review AS v HAVING count(*) > 0
    UNION ALL
    SELECT 13, 'reviews_late_share', NULL, -1, round(avg(v.late::integer), 8) FROM review AS v HAVING count(v.late) > 0
    UNION ALL
    SELECT 14, 'rater_spread', NULL, NULL, round(avg(l.spread), 8) FROM leniency AS l HAVING count(l.spread) > 0
    UNION ALL
    SELECT 15, 'rater_leniency_spread', NULL, -1, round(stddev_samp(l.leniency), 8) FROM leniency AS l HAVING count(l.leniency) > 1
    UNION ALL
    SELECT 16, 'rater_agreement', k.item, 1, k.value
    FROM appraisal.rater_agreement AS a CROSS JOIN LATERAL (VALUES ('alpha', a.alpha), ('icc', a.icc)) AS k (item, value)
    WHERE a.cycle_id = of_cycle AND k.value IS NOT NULL
    UNION ALL
    SELECT 17, 'survey_turnout', NULL, 1, round(s.answered::numeric / s.asked, 8)
    FROM appraisal.survey AS s WHERE s.cycle_id = of_cycle AND s.closed_at IS NOT NULL AND (SELECT appraisal.reads_surveys())
    UNION ALL
    SELECT 18, 'survey_mean', q.code, NULL, round(m.mean, 8)
    FROM appraisal.survey_means(of_cycle) AS m
    JOIN appraisal.survey_question AS q ON q.cycle_id = of_cycle AND q.question_no = m.question_no
    WHERE m.mean IS NOT NULL;
END
$$;
COMMENT ON FUNCTION appraisal.cycle_measures(bigint) IS
    'figures by which effectiveness() compares cycles, of one cycle, over the rows that the caller sees';
CREATE FUNCTION appraisal.cycle_before(of_cycle bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT b.cycle_id
            FROM appraisal.cycle AS c
            JOIN appraisal.scheme AS s USING (scheme_id)
            JOIN appraisal.cycle AS b ON b.period = c.period AND upper(b.during) <= lower(c.during) AND b.status IN ('published', 'closed')
            JOIN appraisal.scheme AS t ON t.scheme_id = b.scheme_id AND t.code = s.code
            WHERE c.cycle_id = of_cycle
            ORDER BY upper(b.during) DESC, b.cycle_id DESC LIMIT 1);
END
$$;
COMMENT ON FUNCTION appraisal.cycle_before(bigint) IS
    'the last published cycle of the same scheme, in whatever version, and kind of period that was over when this one began';
CREATE FUNCTION appraisal.cycle_figures(of_cycle bigint)
    RETURNS TABLE (place integer, measure text, item text, direction integer, who bigint, value numeric)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT f.place, f.measure, f.item, f.direction, coalesce(p.person_id, -p.appraised_unit_id), avg(f.value)
    FROM (SELECT 3 AS place, 'score_mean_of_same' AS measure, '' AS item, 1 AS direction, r.participant_id, r.score AS value
          FROM appraisal.current_result AS r WHERE r.cycle_id = of_cycle AND r.score IS NOT NULL
          UNION ALL
          SELECT 7, 'measurement_mean_of_same', i.code, CASE i.direction WHEN 'higher' THEN 1 WHEN 'lower' THEN -1 END, m.participant_id, m.value
          FROM appraisal.current_measurements(of_cycle) AS m JOIN appraisal.indicator AS i USING (indicator_id)) AS f
    JOIN appraisal.participant AS p ON p.cycle_id = of_cycle AND p.participant_id = f.participant_id
    WHERE p.exempt_because IS NULL
    GROUP BY 1, 2, 3, 4, 5;
END
$$;
COMMENT ON FUNCTION appraisal.cycle_figures(bigint) IS
    'scores and figures of each person, or unit, of a cycle, by which effectiveness() compares those who are in several';
CREATE FUNCTION appraisal.effectiveness(cycle text, against text[] DEFAULT NULL)
    RETURNS TABLE (measure text, item text, value numeric, before numeric, change numeric, better boolean)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    cycles_before CONSTANT bigint[] := CASE WHEN against IS NULL THEN array_remove(ARRAY[appraisal.cycle_before(this_cycle)], NULL)
                                            ELSE ARRAY(SELECT appraisal.cycle_of_code(a.code) FROM unnest(against) AS a (code)) END;
    graded_alike CONSTANT boolean := (SELECT count(DISTINCT ARRAY(SELECT g.grade FROM appraisal.grades(s.scale) AS g ORDER BY g.rank)) = 1
                                             AND bool_and(s.scale IS NOT NULL)
                                      FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
                                      WHERE c.cycle_id = ANY (this_cycle || cycles_before));
BEGIN
    RETURN QUERY
    WITH measured AS MATERIALIZED (
        SELECT b.is_now, m.place, m.measure, coalesce(m.item, '') AS item, max(m.direction) AS direction, round(avg(m.value), 8) AS value
        FROM (SELECT k.cycle_id, k.cycle_id = this_cycle AS is_now FROM unnest(this_cycle || cycles_before) AS k (cycle_id)) AS b
        CROSS JOIN LATERAL appraisal.cycle_measures(b.cycle_id) AS m
        GROUP BY 1, 2, 3, 4
    ), figure AS MATERIALIZED (
        SELECT b.is_now, f.place, f.measure, f.item, max(f.direction) AS direction, f.who, avg(f.value) AS value
        FROM (SELECT k.cycle_id, k.cycle_id = this_cycle AS is_now FROM unnest(this_cycle || cycles_before) AS k (cycle_id)) AS b
        CROSS JOIN LATERAL appraisal.cycle_figures(b.cycle_id) AS f
        GROUP BY 1, 2, 3, 4, 6
    ), compared AS (
        SELECT k.place, k.measure, k.item, coalesce(n.direction, b.direction) AS direction, n.value, b.value AS before
        FROM (SELECT DISTINCT m.place, m.measure, m.item FROM measured AS m) AS k
        LEFT JOIN measured AS n ON n.is_now AND n.measure = k.measure AND n.item = k.item
        LEFT JOIN measured AS b ON NOT b.is_now AND b.measure = k.measure AND b.item = k.item
        UNION ALL
        SELECT n.place, n.measure, n.item, max(n.direction), round(avg(n.value), 8), round(avg(b.value), 8)
        FROM figure AS n JOIN figure AS b ON b.measure = n.measure AND b.item = n.item AND b.who = n.who AND NOT b.is_now
        WHERE n.is_now
        GROUP BY n.place, n.measure, n.item
        UNION ALL
        SELECT 9, 'grade_drift', '', -1, round(sum(abs(n.value - b.value)) / 2, 8), NULL
        FROM measured AS n JOIN measured AS b ON b.measure = n.measure AND b.item = n.item AND NOT b.is_now
        WHERE n.is_now AND n.measure = 'grade_share' AND graded_alike
        HAVING count(*) > 0
    )
    SELECT c.measure, nullif(c.item, ''), c.value, c.before, c.value - c.before,
           CASE WHEN c.value <> c.before THEN sign(c.value - c.before) = c.direction END
    FROM compared AS c
    LEFT JOIN appraisal.grades((SELECT s.scale FROM appraisal.cycle AS y JOIN appraisal.scheme AS s USING (scheme_id)
                                WHERE y.cycle_id = this_cycle)) AS g ON c.measure = 'grade_share' AND g.grade = c.item
    ORDER BY c.place, c.measure, g.rank, c.item;
END
$$;
COMMENT ON FUNCTION appraisal.effectiveness(text, text[]) IS
    'what changed in a cycle against the one before by the same scheme, or the mean of those named: scores, figures, grades, appeals, lateness, raters, survey; over the rows that the caller sees';
CREATE OR REPLACE FUNCTION appraisal.scheme_library() RETURNS TABLE (code text, document jsonb)
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $library$
VALUES
('commerce-staff-monthly', $document${
  "code": "commerce-staff-monthly",
  "title": "Monthly appraisal of commerce staff",
  "label": "\u5546\u52a1\u4eba\u5458\u7ee9\u6548\u8003\u6838",
  "language": "zh",
  "scale": "\u4f18\u79c0 >= 90, \u826f\u597d >= 80, \u5408\u683c >= 60, \u4e0d\u5408\u683c",
  "interview": true,
  "interview_days": 14,
  "periods": {
    "*": {
      "month": {"due_days": 10},
      "quarter": {"composed_of": "month", "combined_by": "mean"},
      "year": {"composed_of": "month", "combined_by": "mean"}
    }
  },
  "dimensions": {
    "quantitative": {
      "position": 1,
      "title": "Quantitative indicators",
      "label": "\u5b9a\u91cf\u6307\u6807",
      "weights": {"*": 60, "manager": 70},
      "indicators": {
        "*": {"sales": {"weight": 50}, "payment_collection": {"weight": 30}, "new_customers": {"weight": 20}},
        "manager": {"team_sales": {"weight": 60}, "payment_collection": {"weight": 40}}
      }
    },
    "qualitative": {
      "position": 2,
      "title": "Qualitative indicators",
      "label": "\u5b9a\u6027\u6307\u6807",
      "weights": {"*": 40, "manager": 30},
      "indicators": {
        "*": {"diligence": {"weight": 50}, "teamwork": {"weight": 50}},
        "manager": {"team_management": {"weight": 60}, "teamwork": {"weight": 40}}
      }
    }
  },
  "indicators": {
    "sales": {
      "title": "Sales",
      "label": "\u9500\u552e\u989d",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u9500\u552e\u7cfb\u7edf",
      "frequency": "month"
    },
    "team_sales": {
      "title": "Sales of the team",
      "label": "\u56e2\u961f\u9500\u552e\u989d",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u9500\u552e\u7cfb\u7edf",
      "frequency": "month"
    },
    "payment_collection": {
      "title": "Payments collected",
      "label": "\u56de\u6b3e\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u8d22\u52a1\u90e8",
      "frequency": "month"
    },
    "new_customers": {
      "title": "New customers",
      "label": "\u65b0\u589e\u5ba2\u6237\u6570",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "count",
      "data_source": "\u5ba2\u6237\u7cfb\u7edf",
      "frequency": "month"
    },
    "diligence": {"title": "Diligence", "label": "\u5de5\u4f5c\u6001\u5ea6", "kind": "rated", "least": 0, "most": 100},
    "teamwork": {"title": "Teamwork", "label": "\u56e2\u961f\u534f\u4f5c", "kind": "rated", "least": 0, "most": 100},
    "team_management": {"title": "Management of the team", "label": "\u56e2\u961f\u7ba1\u7406", "kind": "rated", "least": 0, "most": 100}
  },
  "raters": {
    "*": {"manager": {"label": "\u76f4\u63a5\u4e0a\u7ea7", "weight": 100}, "self": {"label": "\u81ea\u8bc4", "weight": 0}}
  },
  "sign_off": [
    {"signer": "unit_head", "act": "submit", "label": "\u9500\u552e\u603b\u76d1", "due_days": 10},
    {"signer": "hr", "act": "check", "label": "\u4eba\u529b\u8d44\u6e90\u90e8"},
    {"signer": "executive", "act": "approve", "label": "\u603b\u7ecf\u7406"},
    {"signer": "hr", "act": "archive", "label": "\u4eba\u529b\u8d44\u6e90\u90e8"}
  ],
  "assumed": [
    "interview_days",
    "scale",
    "dimensions.quantitative.weights",
    "dimensions.quantitative.indicators",
    "dimensions.qualitative.weights",
    "dimensions.qualitative.indicators",
    "indicators"
  ]
}
$document$::jsonb),
('company-half-year', $document${
  "code": "company-half-year",
  "title": "Company appraisal, half-yearly and annual",
  "label": "\u516c\u53f8\u7ee9\u6548\u8003\u6838\u529e\u6cd5",
  "language": "zh",
  "uses": ["pay", "contract", "award"],
  "adaptable": true,
  "subjects": ["person", "unit"],
  "unit_levels": ["department"],
  "scale": "A >= 90, B >= 80, C >= 70, D >= 60, E",
  "self_report": ["year"],
  "interview": true,
  "interview_days": 14,
  "comment_topics": ["\u603b\u4f53\u8bc4\u4ef7", "\u4f18\u70b9", "\u4e0d\u8db3", "\u671f\u671b"],
  "transfer": "present_unit",
  "appeal_days": 7,
  "periods": {
    "*": {"half_year": {}, "year": {"composed_of": "half_year", "combined_by": "reference"}}
  },
  "dimensions": {
    "key": {
      "position": 1,
      "title": "Key indicators",
      "label": "\u5173\u952e\u6307\u6807",
      "weights": {"*": 50, "middle_manager": 60, "department": 100},
      "indicators": {
        "*": {"department_contract": {"weight": 40, "unit_level": "department"}, "key_tasks": {"weight": 60}},
        "middle_manager": {"department_contract": {"weight": 60, "unit_level": "department"}, "key_tasks": {"weight": 40}},
        "department": {"revenue": {"weight": 30}, "profit": {"weight": 30}, "key_tasks": {"weight": 40}}
      }
    },
    "general": {
      "position": 2,
      "title": "General indicators",
      "label": "\u901a\u7528\u6307\u6807",
      "weights": {"*": 50, "middle_manager": 40},
      "indicators": {
        "*": {"attitude": {"weight": 40}, "ability": {"weight": 40}, "discipline": {"weight": 20}},
        "middle_manager": {"management": {"weight": 50}, "ability": {"weight": 30}, "discipline": {"weight": 20}}
      }
    }
  },
  "indicators": {
    "department_contract": {
      "title": "Result of the department contract",
      "label": "\u90e8\u95e8\u7ee9\u6548\u5408\u540c\u5f97\u5206",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (100, 100)",
      "unit": "points",
      "data_source": "\u90e8\u95e8\u8003\u6838\u7ed3\u679c",
      "frequency": "half_year"
    },
    "revenue": {
      "title": "Revenue",
      "label": "\u8425\u4e1a\u6536\u5165",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u8d22\u52a1\u90e8",
      "frequency": "month",
      "gathering": "sum"
    },
    "profit": {
      "title": "Profit",
      "label": "\u5229\u6da6",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u8d22\u52a1\u90e8",
      "frequency": "month",
      "gathering": "sum"
    },
    "key_tasks": {"title": "Key tasks", "label": "\u91cd\u70b9\u5de5\u4f5c", "kind": "rated", "least": 0, "most": 100},
    "attitude": {"title": "Attitude", "label": "\u5de5\u4f5c\u6001\u5ea6", "kind": "rated", "least": 0, "most": 100},
    "ability": {"title": "Ability", "label": "\u5de5\u4f5c\u80fd\u529b", "kind": "rated", "least": 0, "most": 100},
    "discipline": {"title": "Discipline", "label": "\u9075\u7ae0\u5b88\u7eaa", "kind": "rated", "least": 0, "most": 100},
    "management": {"title": "Management", "label": "\u7ba1\u7406\u80fd\u529b", "kind": "rated", "least": 0, "most": 100}
  },
  "raters": {
    "*": {
      "manager": {"label": "\u90e8\u95e8\u8d1f\u8d23\u4eba", "weight": 70},
      "second_manager": {"label": "\u5206\u7ba1\u9886\u5bfc", "weight": 20},
      "top_manager": {"label": "\u603b\u7ecf\u7406", "weight": 10, "delegate": "second_manager"},
      "colleague": {"label": "\u5168\u5458\u4e92\u8bc4", "weight": 0, "least_raters": 5, "anonymous": true, "required": false, "period": "year"},
      "self": {"label": "\u8ff0\u804c", "weight": 0, "period": "year"}
    },
    "middle_manager": {
      "manager": {"label": "\u5206\u7ba1\u9886\u5bfc", "weight": 70},
      "top_manager": {"label": "\u603b\u7ecf\u7406", "weight": 30, "delegate": "manager"},
      "colleague": {"label": "\u5168\u5458\u4e92\u8bc4", "weight": 0, "least_raters": 5, "anonymous": true, "required": false, "period": "year"},
      "self": {"label": "\u8ff0\u804c", "weight": 0, "period": "year"}
    },
    "department": {
      "manager": {"label": "\u5206\u7ba1\u9886\u5bfc", "weight": 70},
      "top_manager": {"label": "\u603b\u7ecf\u7406", "weight": 30, "delegate": "manager"}
    }
  },
  "outcomes": {
    "pay-step": {
      "title": "One pay step, from the month that completes two years of service",
      "label": "\u664b\u5347\u4e00\u7ea7\u5de5\u8d44",
      "period": "year",
      "grade": "D",
      "compares": "or_better",
      "run": 2,
      "service_years": 2,
      "outcome": "pay_step",
      "amount": 1
    },
    "open-ended-contract": {
      "title": "Open-ended contract",
      "label": "\u7b7e\u8ba2\u65e0\u56fa\u5b9a\u671f\u9650\u52b3\u52a8\u5408\u540c",
      "period": "year",
      "grade": "A",
      "run": 3,
      "service_years": 3,
      "outcome": "contract_open_ended"
    },
    "contract-ended": {
      "title": "Contract ended or not renewed",
      "label": "\u89e3\u9664\u6216\u4e0d\u7eed\u7b7e\u52b3\u52a8\u5408\u540c",
      "period": "year",
      "grade": "E",
      "run": 2,
      "outcome": "contract_ended"
    },
    "department-award": {
      "title": "Department award",
      "label": "\u5148\u8fdb\u90e8\u95e8",
      "subject": "unit",
      "period": "year",
      "grade": "A",
      "outcome": "award"
    }
  },
  "sign_off": [
    {"signer": "unit_head", "act": "submit", "label": "\u90e8\u95e8\u8d1f\u8d23\u4eba"},
    {"signer": "hr", "act": "check", "label": "\u4eba\u529b\u8d44\u6e90\u90e8"},
    {"signer": "meeting", "act": "approve", "label": "\u7ecf\u7406\u529e\u516c\u4f1a"},
    {"signer": "hr", "act": "archive", "label": "\u4eba\u529b\u8d44\u6e90\u90e8"}
  ],
  "appeals": [
    {"reviewer": "leader", "label": "\u5206\u7ba1\u9886\u5bfc"},
    {"reviewer": "hr", "label": "\u4eba\u529b\u8d44\u6e90\u90e8\u8d1f\u8d23\u4eba"},
    {"reviewer": "executive", "label": "\u7ecf\u7406\u529e\u516c\u4f1a"}
  ],
  "assumed": [
    "interview_days",
    "dimensions.key.weights.department",
    "dimensions.key.indicators",
    "dimensions.general.indicators",
    "indicators",
    "raters.*.colleague.least_raters",
    "raters.middle_manager.colleague.least_raters",
    "raters.department",
    "outcomes.department-award.grade"
  ]
}
$document$::jsonb),
('course-marks', $document${
  "code": "course-marks",
  "title": "Marks of a course in practice",
  "label": "\u8bfe\u7a0b\u5b9e\u8bad\u6210\u7ee9",
  "language": "zh",
  "uses": ["mark"],
  "periods": {
    "*": {"half_year": {}}
  },
  "dimensions": {
    "work": {
      "position": 1,
      "title": "Published work",
      "label": "\u5b9e\u8bad\u6210\u679c",
      "weights": {"*": 100},
      "indicators": {
        "*": {
          "posts": {"weight": 25},
          "search_rank": {"weight": 25},
          "visits": {"weight": 25},
          "inbound_links": {"weight": 25}
        }
      }
    }
  },
  "indicators": {
    "posts": {
      "title": "Posts",
      "label": "\u53d1\u5e16\u6570",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (30, 100)",
      "unit": "count",
      "data_source": "\u7f51\u7ad9\u540e\u53f0",
      "frequency": "week",
      "gathering": "sum"
    },
    "search_rank": {
      "title": "Search rank",
      "label": "\u641c\u7d22\u6392\u540d",
      "kind": "measured",
      "direction": "lower",
      "curve": "step (1, 100), (4, 90), (11, 75), (31, 60), (101, 0)",
      "unit": "rank",
      "data_source": "\u641c\u7d22\u5f15\u64ce",
      "frequency": "week"
    },
    "visits": {
      "title": "Visits",
      "label": "\u8bbf\u95ee\u91cf",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (500, 60), (3000, 100)",
      "unit": "count",
      "data_source": "\u7f51\u7ad9\u7edf\u8ba1",
      "frequency": "week",
      "gathering": "sum"
    },
    "inbound_links": {
      "title": "Inbound links",
      "label": "\u5916\u90e8\u94fe\u63a5\u6570",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (10, 60), (50, 100)",
      "unit": "count",
      "data_source": "\u641c\u7d22\u5f15\u64ce",
      "frequency": "week"
    }
  },
  "assumed": [
    "periods",
    "dimensions",
    "indicators.posts.curve",
    "indicators.search_rank.curve",
    "indicators.visits.curve",
    "indicators.inbound_links.curve"
  ]
}
$document$::jsonb),
('ecommerce-monthly', $document${
  "code": "ecommerce-monthly",
  "title": "Monthly appraisal of the e-commerce department",
  "label": "\u7535\u5b50\u5546\u52a1\u90e8\u7ee9\u6548\u8003\u6838",
  "language": "zh",
  "uses": ["bonus", "award"],
  "scale": "\u4f18\u79c0 >= 90, \u5408\u683c >= 80, \u4e00\u822c >= 60, \u9700\u6fc0\u52b1",
  "periods": {
    "*": {"month": {}, "year": {"composed_of": "month", "combined_by": "mean"}}
  },
  "dimensions": {
    "month": {
      "position": 1,
      "title": "Work of the month",
      "label": "\u6708\u5ea6\u8003\u6838",
      "weights": {"*": 100},
      "indicators": {
        "*": {"promotion_cost": {"weight": 30}, "promotion_effect": {"weight": 40}, "channel_results": {"weight": 30}}
      }
    }
  },
  "indicators": {
    "promotion_cost": {
      "title": "Promotion cost against budget",
      "label": "\u63a8\u5e7f\u8d39\u7528",
      "kind": "measured",
      "direction": "lower",
      "curve": "linear (0.9, 100), (1, 80), (1.3, 0)",
      "unit": "share of budget",
      "data_source": "\u63a8\u5e7f\u540e\u53f0",
      "frequency": "month"
    },
    "promotion_effect": {
      "title": "Effect of promotion",
      "label": "\u63a8\u5e7f\u6548\u679c",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "visits",
      "data_source": "\u63a8\u5e7f\u540e\u53f0",
      "frequency": "month"
    },
    "channel_results": {
      "title": "Results of channels",
      "label": "\u6e20\u9053\u4e1a\u7ee9",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u6e20\u9053\u7cfb\u7edf",
      "frequency": "month"
    }
  },
  "outcomes": {
    "reward": {
      "title": "Reward for an excellent month",
      "label": "\u4f18\u79c0\u5956\u52b1",
      "period": "month",
      "grade": "\u4f18\u79c0",
      "outcome": "reward"
    },
    "star": {
      "title": "Star employee",
      "label": "\u660e\u661f\u5458\u5de5",
      "period": "month",
      "grade": "\u4f18\u79c0",
      "run": 3,
      "outcome": "title"
    },
    "star-reward": {
      "title": "Reward of the star employee",
      "label": "\u660e\u661f\u5458\u5de5\u5956\u52b1",
      "period": "month",
      "grade": "\u4f18\u79c0",
      "run": 3,
      "outcome": "reward"
    },
    "warning": {"title": "Warning", "label": "\u8b66\u544a", "period": "month", "grade": "\u9700\u6fc0\u52b1", "run": 2, "outcome": "warning"},
    "bonus-lost": {
      "title": "Year-end bonus lost",
      "label": "\u53d6\u6d88\u5e74\u7ec8\u5956",
      "period": "month",
      "grade": "\u9700\u6fc0\u52b1",
      "run": 3,
      "outcome": "bonus_lost"
    }
  },
  "assumed": ["scale", "dimensions.month.indicators", "indicators"]
}
$document$::jsonb),
('fulfilment', $document${
  "code": "fulfilment",
  "title": "Order fulfilment",
  "label": "\u53d1\u8d27\u7ba1\u7406\u8003\u6838",
  "language": "zh",
  "scale": "\u4f18\u79c0 >= 90, \u826f\u597d >= 80, \u5408\u683c >= 60, \u4e0d\u5408\u683c",
  "periods": {
    "*": {"month": {}}
  },
  "dimensions": {
    "dispatch": {
      "position": 1,
      "title": "Dispatch",
      "label": "\u53d1\u8d27",
      "weights": {"*": 70},
      "indicators": {
        "*": {"order_to_dispatch": {"weight": 70}, "out_of_stock_notice": {"weight": 30}}
      }
    },
    "stock": {
      "position": 2,
      "title": "Stock",
      "label": "\u5e93\u5b58",
      "weights": {"*": 30},
      "indicators": {
        "*": {"stock_count_done": {"weight": 40}, "stock_accuracy": {"weight": 60}}
      }
    }
  },
  "indicators": {
    "order_to_dispatch": {
      "title": "Hours from order to dispatch",
      "label": "\u4e0b\u5355\u5230\u53d1\u8d27\u65f6\u95f4",
      "kind": "measured",
      "direction": "lower",
      "curve": "linear (24, 100), (48, 60), (48, 0)",
      "unit": "h",
      "data_source": "\u8ba2\u5355\u7cfb\u7edf",
      "frequency": "day",
      "gathering": "mean"
    },
    "out_of_stock_notice": {
      "title": "Customers told in time of goods out of stock",
      "label": "\u7f3a\u8d27\u901a\u77e5\u53ca\u65f6\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0.8, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u5ba2\u670d\u7cfb\u7edf",
      "frequency": "day",
      "gathering": "mean"
    },
    "stock_count_done": {
      "title": "Stock counts done",
      "label": "\u76d8\u70b9\u5b8c\u6210\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u4ed3\u50a8\u7cfb\u7edf",
      "frequency": "month"
    },
    "stock_accuracy": {
      "title": "Accuracy of stock",
      "label": "\u76d8\u70b9\u51c6\u786e\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0.95, 0), (0.99, 80), (1, 100)",
      "unit": "share",
      "data_source": "\u4ed3\u50a8\u7cfb\u7edf",
      "frequency": "month"
    }
  },
  "assumed": [
    "scale",
    "periods",
    "dimensions",
    "indicators.order_to_dispatch.curve",
    "indicators.out_of_stock_notice",
    "indicators.stock_count_done",
    "indicators.stock_accuracy"
  ]
}
$document$::jsonb),
('half-year-360', $document${
  "code": "half-year-360",
  "title": "Half-yearly appraisal by indicators, 360 degrees or interview",
  "label": "\u5e76\u8d2d\u4f01\u4e1a\u7ee9\u6548\u8003\u6838",
  "language": "zh",
  "scale": "\u4f18\u79c0 >= 90, \u826f\u597d >= 80, \u5408\u683c >= 60, \u4e0d\u5408\u683c",
  "interview": true,
  "interview_days": 14,
  "improvement_grade": "\u4e0d\u5408\u683c",
  "periods": {
    "*": {"half_year": {}, "year": {"composed_of": "half_year", "combined_by": "mean"}}
  },
  "dimensions": {
    "indicators": {
      "position": 1,
      "title": "Key indicators",
      "label": "\u6307\u6807\u8003\u6838",
      "weights": {"senior_manager": 100, "project": 100},
      "indicators": {
        "*": {"business_plan": {"weight": 60}, "profit": {"weight": 40}},
        "project": {"milestones": {"weight": 60}, "project_budget": {"weight": 40}}
      }
    },
    "all_round": {
      "position": 2,
      "title": "360 degrees",
      "label": "360\u5ea6\u8003\u6838",
      "weights": {"middle_manager": 100, "technical": 100, "functional": 100},
      "indicators": {
        "*": {"results": {"weight": 40}, "ability": {"weight": 30}, "cooperation": {"weight": 30}}
      }
    },
    "interview": {
      "position": 3,
      "title": "Interview",
      "label": "\u9762\u8c08\u8003\u6838",
      "weights": {"*": 100},
      "indicators": {
        "*": {"interview": {"weight": 100}}
      }
    }
  },
  "indicators": {
    "business_plan": {
      "title": "Completion of the business plan",
      "label": "\u7ecf\u8425\u8ba1\u5212\u5b8c\u6210\u7387",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u8d22\u52a1\u90e8",
      "frequency": "half_year"
    },
    "profit": {
      "title": "Profit",
      "label": "\u5229\u6da6",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u8d22\u52a1\u90e8",
      "frequency": "half_year"
    },
    "milestones": {
      "title": "Milestones reached",
      "label": "\u91cc\u7a0b\u7891\u8fbe\u6210\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u9879\u76ee\u7ba1\u7406\u90e8",
      "frequency": "half_year"
    },
    "project_budget": {
      "title": "Cost against budget",
      "label": "\u9879\u76ee\u8d39\u7528",
      "kind": "measured",
      "direction": "lower",
      "curve": "linear (1, 100), (1.1, 60), (1.3, 0)",
      "unit": "share of budget",
      "data_source": "\u8d22\u52a1\u90e8",
      "frequency": "half_year"
    },
    "results": {"title": "Results of work", "label": "\u5de5\u4f5c\u4e1a\u7ee9", "kind": "rated", "least": 0, "most": 100},
    "ability": {"title": "Ability", "label": "\u5de5\u4f5c\u80fd\u529b", "kind": "rated", "least": 0, "most": 100},
    "cooperation": {"title": "Cooperation", "label": "\u534f\u4f5c\u6027", "kind": "rated", "least": 0, "most": 100},
    "interview": {
      "title": "Judgement of the interview",
      "label": "\u9762\u8c08\u8bc4\u4ef7",
      "kind": "levels",
      "levels": [
        {"label": "\u4f18\u79c0", "points": 100, "least": 90},
        {"label": "\u826f\u597d", "points": 89, "least": 80},
        {"label": "\u5408\u683c", "points": 79, "least": 60},
        {"label": "\u4e0d\u5408\u683c", "points": 59, "least": 0}
      ]
    }
  },
  "raters": {
    "*": {"manager": {"label": "\u4e0a\u7ea7", "weight": 100}, "self": {"label": "\u81ea\u8bc4", "weight": 0}},
    "middle_manager": {
      "manager": {"label": "\u4e0a\u7ea7", "weight": 50},
      "peer": {"label": "\u540c\u7ea7", "weight": 20, "least_raters": 3, "anonymous": true},
      "subordinate": {"label": "\u4e0b\u7ea7", "weight": 20, "least_raters": 3, "anonymous": true},
      "self": {"label": "\u81ea\u8bc4", "weight": 10}
    },
    "technical": {
      "manager": {"label": "\u4e0a\u7ea7", "weight": 60},
      "peer": {"label": "\u540c\u7ea7", "weight": 30, "least_raters": 3, "anonymous": true},
      "self": {"label": "\u81ea\u8bc4", "weight": 10}
    },
    "functional": {
      "manager": {"label": "\u4e0a\u7ea7", "weight": 60},
      "peer": {"label": "\u540c\u7ea7", "weight": 30, "least_raters": 3, "anonymous": true},
      "self": {"label": "\u81ea\u8bc4", "weight": 10}
    }
  },
  "assumed": [
    "interview_days",
    "scale",
    "improvement_grade",
    "dimensions.indicators.indicators",
    "dimensions.all_round.indicators",
    "indicators",
    "raters"
  ]
}
$document$::jsonb),
('manager-quarterly', $document${
  "code": "manager-quarterly",
  "title": "Quarterly appraisal of the manager of enterprise management",
  "label": "\u4f01\u4e1a\u7ba1\u7406\u90e8\u7ecf\u7406\u7ee9\u6548\u8003\u6838",
  "language": "zh",
  "uses": ["pay", "training", "post"],
  "scale": "\"A \u4f18\u79c0\" >= 90, \"B \u826f\u597d\" >= 80, \"C \u597d\" >= 70, \"D \u5408\u683c\" >= 60, \"E \u8f83\u5dee\"",
  "self_report": ["quarter", "year"],
  "self_report_days": 5,
  "periods": {
    "*": {"quarter": {"due_days": 15}, "year": {"due_days": 30, "composed_of": "quarter", "combined_by": "reference"}}
  },
  "dimensions": {
    "task": {
      "position": 1,
      "title": "Task performance",
      "label": "\u4efb\u52a1\u7ee9\u6548",
      "weights": {"*": 55},
      "indicators": {
        "*": {
          "planning_omissions_important": {"weight": 15},
          "planning_omissions_ordinary": {"weight": 10},
          "plan_completion": {"weight": 20},
          "budget_variance": {"weight": 15},
          "quality_nonconformities": {"weight": 10},
          "suggestions_adopted": {"weight": 10},
          "training_completion": {"weight": 10},
          "report_on_time": {"weight": 10}
        }
      }
    },
    "attitude": {
      "position": 2,
      "title": "Attitude",
      "label": "\u5de5\u4f5c\u6001\u5ea6",
      "weights": {"*": 10},
      "indicators": {
        "*": {"initiative": {"weight": 30}, "responsibility": {"weight": 40}, "cooperation": {"weight": 30}}
      }
    },
    "ability": {
      "position": 3,
      "title": "Ability",
      "label": "\u5de5\u4f5c\u80fd\u529b",
      "weights": {"*": 35},
      "indicators": {
        "*": {
          "knowledge": {"weight": 25},
          "planning": {"weight": 25},
          "leadership": {"weight": 25},
          "analysis": {"weight": 25}
        }
      }
    }
  },
  "indicators": {
    "planning_omissions_important": {
      "title": "Important omissions in planning",
      "label": "\u8ba1\u5212\u91cd\u8981\u9057\u6f0f\u6b21\u6570",
      "kind": "measured",
      "direction": "lower",
      "curve": "step (0, 100), (1, 0)",
      "unit": "count",
      "data_source": "\u4f01\u4e1a\u7ba1\u7406\u90e8",
      "frequency": "quarter",
      "gathering": "sum"
    },
    "planning_omissions_ordinary": {
      "title": "Ordinary omissions in planning",
      "label": "\u8ba1\u5212\u4e00\u822c\u9057\u6f0f\u6b21\u6570",
      "kind": "measured",
      "direction": "lower",
      "curve": "linear (0, 100), (3, 80), (8, 0)",
      "unit": "count",
      "data_source": "\u4f01\u4e1a\u7ba1\u7406\u90e8",
      "frequency": "quarter",
      "gathering": "mean"
    },
    "plan_completion": {
      "title": "Completion of the plan",
      "label": "\u8ba1\u5212\u5b8c\u6210\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0.6, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u4f01\u4e1a\u7ba1\u7406\u90e8",
      "frequency": "quarter",
      "gathering": "mean"
    },
    "budget_variance": {
      "title": "Variance from the budget",
      "label": "\u9884\u7b97\u504f\u5dee\u7387",
      "kind": "measured",
      "direction": "lower",
      "curve": "linear (0.05, 100), (0.1, 60), (0.2, 0)",
      "unit": "share",
      "data_source": "\u8d22\u52a1\u90e8",
      "frequency": "quarter",
      "gathering": "mean"
    },
    "quality_nonconformities": {
      "title": "Non-conformities of the quality system",
      "label": "\u8d28\u91cf\u4f53\u7cfb\u4e0d\u5408\u683c\u9879",
      "kind": "measured",
      "direction": "lower",
      "curve": "linear (0, 100), (2, 80), (6, 0)",
      "unit": "count",
      "data_source": "\u5185\u5ba1\u62a5\u544a",
      "frequency": "quarter",
      "gathering": "mean"
    },
    "suggestions_adopted": {
      "title": "Suggestions adopted",
      "label": "\u5efa\u8bae\u91c7\u7eb3\u6570",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (3, 80), (5, 100)",
      "unit": "count",
      "data_source": "\u4f01\u4e1a\u7ba1\u7406\u90e8",
      "frequency": "quarter",
      "gathering": "mean"
    },
    "training_completion": {
      "title": "Completion of the training plan",
      "label": "\u57f9\u8bad\u8ba1\u5212\u5b8c\u6210\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u4eba\u529b\u8d44\u6e90\u90e8",
      "frequency": "quarter",
      "gathering": "mean"
    },
    "report_on_time": {
      "title": "Reports on time",
      "label": "\u62a5\u544a\u53ca\u65f6\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u603b\u7ecf\u529e",
      "frequency": "month",
      "gathering": "mean"
    },
    "initiative": {"title": "Initiative", "label": "\u4e3b\u52a8\u6027", "kind": "rated", "least": 0, "most": 100},
    "responsibility": {"title": "Responsibility", "label": "\u8d23\u4efb\u5fc3", "kind": "rated", "least": 0, "most": 100},
    "cooperation": {"title": "Cooperation", "label": "\u534f\u4f5c\u6027", "kind": "rated", "least": 0, "most": 100},
    "knowledge": {"title": "Knowledge", "label": "\u4e13\u4e1a\u77e5\u8bc6", "kind": "rated", "least": 0, "most": 100},
    "planning": {"title": "Planning", "label": "\u8ba1\u5212\u80fd\u529b", "kind": "rated", "least": 0, "most": 100},
    "leadership": {"title": "Leadership", "label": "\u9886\u5bfc\u80fd\u529b", "kind": "rated", "least": 0, "most": 100},
    "analysis": {"title": "Analysis", "label": "\u5206\u6790\u80fd\u529b", "kind": "rated", "least": 0, "most": 100}
  },
  "raters": {
    "*": {
      "manager": {"label": "\u4e0a\u7ea7", "weight": 70},
      "related": {"label": "\u76f8\u5173\u4eba\u5458", "weight": 30, "least_raters": 3, "anonymous": true},
      "self": {"label": "\u8ff0\u804c", "weight": 0}
    }
  },
  "sign_off": [
    {"signer": "hr", "act": "check", "label": "\u4eba\u529b\u8d44\u6e90\u90e8"},
    {"signer": "executive", "act": "approve", "label": "\u603b\u7ecf\u7406"}
  ],
  "assumed": [
    "scale",
    "self_report_days",
    "periods.*.quarter.due_days",
    "periods.*.year.due_days",
    "dimensions.task.indicators",
    "dimensions.attitude.indicators",
    "dimensions.ability.indicators",
    "indicators",
    "raters.*"
  ]
}
$document$::jsonb),
('operations-monthly', $document${
  "code": "operations-monthly",
  "title": "Monthly appraisal of operations and processes",
  "label": "\u8fd0\u8425\u7ee9\u6548\u8003\u6838\u4e0e\u6d41\u7a0b\u5236\u5ea6",
  "language": "zh",
  "uses": ["bonus", "promotion", "pay", "post", "training"],
  "scale": "\u4f18\u79c0 >= 90 : 1.5, \u826f\u597d >= 75 : 1.2, \u5408\u683c >= 60 : 1, \u4e0d\u5408\u683c : 0",
  "improvement_grade": "\u4e0d\u5408\u683c",
  "periods": {
    "*": {"month": {"due_days": 10}, "year": {"composed_of": "month", "combined_by": "mean"}}
  },
  "dimensions": {
    "performance": {
      "position": 1,
      "title": "Performance",
      "label": "\u5de5\u4f5c\u4e1a\u7ee9",
      "weights": {"*": 60},
      "indicators": {
        "*": {
          "sales": {"weight": 30},
          "profit": {"weight": 20},
          "new_customers": {"weight": 15},
          "customer_satisfaction": {"weight": 15},
          "response_time": {"weight": 5},
          "order_processing": {"weight": 5},
          "rectification": {"weight": 10}
        }
      }
    },
    "ability": {
      "position": 2,
      "title": "Ability",
      "label": "\u5de5\u4f5c\u80fd\u529b",
      "weights": {"*": 25},
      "indicators": {
        "*": {
          "knowledge": {"weight": 25},
          "problem_solving": {"weight": 25},
          "communication": {"weight": 25},
          "learning": {"weight": 25}
        }
      }
    },
    "attitude": {
      "position": 3,
      "title": "Attitude",
      "label": "\u5de5\u4f5c\u6001\u5ea6",
      "weights": {"*": 15},
      "indicators": {
        "*": {
          "responsibility": {"weight": 25},
          "initiative": {"weight": 25},
          "teamwork": {"weight": 25},
          "discipline": {"weight": 25}
        }
      }
    }
  },
  "indicators": {
    "sales": {
      "title": "Sales",
      "label": "\u9500\u552e\u989d",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0.5, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u9500\u552e\u7cfb\u7edf",
      "frequency": "month"
    },
    "profit": {
      "title": "Profit",
      "label": "\u5229\u6da6",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0.5, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u8d22\u52a1\u90e8",
      "frequency": "month"
    },
    "new_customers": {
      "title": "New customers",
      "label": "\u65b0\u589e\u5ba2\u6237\u6570",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0.5, 0), (1, 100)",
      "unit": "count",
      "data_source": "\u5ba2\u6237\u7cfb\u7edf",
      "frequency": "month"
    },
    "customer_satisfaction": {
      "title": "Customer satisfaction",
      "label": "\u5ba2\u6237\u6ee1\u610f\u5ea6",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0.5, 0), (1, 100)",
      "unit": "%",
      "data_source": "\u5ba2\u670d\u7cfb\u7edf",
      "frequency": "month"
    },
    "response_time": {
      "title": "Response time to customers",
      "label": "\u5ba2\u6237\u54cd\u5e94\u65f6\u95f4",
      "kind": "measured",
      "direction": "lower",
      "curve": "linear (1, 100), (3, 80), (10, 0)",
      "unit": "min",
      "data_source": "\u5ba2\u670d\u7cfb\u7edf",
      "frequency": "day",
      "gathering": "mean"
    },
    "order_processing": {
      "title": "Order-processing time",
      "label": "\u8ba2\u5355\u5904\u7406\u65f6\u95f4",
      "kind": "measured",
      "direction": "lower",
      "curve": "linear (4, 100), (12, 80), (48, 0)",
      "unit": "h",
      "data_source": "\u8ba2\u5355\u7cfb\u7edf",
      "frequency": "day",
      "gathering": "mean"
    },
    "rectification": {
      "title": "Audit findings put right in time",
      "label": "\u5ba1\u6838\u95ee\u9898\u6309\u671f\u6574\u6539\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u5185\u90e8\u5ba1\u6838",
      "frequency": "month"
    },
    "knowledge": {
      "title": "Knowledge",
      "label": "\u4e13\u4e1a\u77e5\u8bc6",
      "kind": "levels",
      "levels": [
        {"label": "\u4f18\u79c0", "points": 100, "least": 90},
        {"label": "\u826f\u597d", "points": 89, "least": 75},
        {"label": "\u5408\u683c", "points": 74, "least": 60},
        {"label": "\u4e0d\u5408\u683c", "points": 59, "least": 0}
      ]
    },
    "problem_solving": {
      "title": "Problem solving",
      "label": "\u89e3\u51b3\u95ee\u9898",
      "kind": "levels",
      "levels": [
        {"label": "\u4f18\u79c0", "points": 100, "least": 90},
        {"label": "\u826f\u597d", "points": 89, "least": 75},
        {"label": "\u5408\u683c", "points": 74, "least": 60},
        {"label": "\u4e0d\u5408\u683c", "points": 59, "least": 0}
      ]
    },
    "communication": {
      "title": "Communication",
      "label": "\u6c9f\u901a\u80fd\u529b",
      "kind": "levels",
      "levels": [
        {"label": "\u4f18\u79c0", "points": 100, "least": 90},
        {"label": "\u826f\u597d", "points": 89, "least": 75},
        {"label": "\u5408\u683c", "points": 74, "least": 60},
        {"label": "\u4e0d\u5408\u683c", "points": 59, "least": 0}
      ]
    },
    "learning": {
      "title": "Learning",
      "label": "\u5b66\u4e60\u80fd\u529b",
      "kind": "levels",
      "levels": [
        {"label": "\u4f18\u79c0", "points": 100, "least": 90},
        {"label": "\u826f\u597d", "points": 89, "least": 75},
        {"label": "\u5408\u683c", "points": 74, "least": 60},
        {"label": "\u4e0d\u5408\u683c", "points": 59, "least": 0}
      ]
    },
    "responsibility": {
      "title": "Responsibility",
      "label": "\u8d23\u4efb\u5fc3",
      "kind": "levels",
      "levels": [
        {"label": "\u4f18\u79c0", "points": 100, "least": 90},
        {"label": "\u826f\u597d", "points": 89, "least": 75},
        {"label": "\u5408\u683c", "points": 74, "least": 60},
        {"label": "\u4e0d\u5408\u683c", "points": 59, "least": 0}
      ]
    },
    "initiative": {
      "title": "Initiative",
      "label": "\u4e3b\u52a8\u6027",
      "kind": "levels",
      "levels": [
        {"label": "\u4f18\u79c0", "points": 100, "least": 90},
        {"label": "\u826f\u597d", "points": 89, "least": 75},
        {"label": "\u5408\u683c", "points": 74, "least": 60},
        {"label": "\u4e0d\u5408\u683c", "points": 59, "least": 0}
      ]
    },
    "teamwork": {
      "title": "Teamwork",
      "label": "\u56e2\u961f\u5408\u4f5c",
      "kind": "levels",
      "levels": [
        {"label": "\u4f18\u79c0", "points": 100, "least": 90},
        {"label": "\u826f\u597d", "points": 89, "least": 75},
        {"label": "\u5408\u683c", "points": 74, "least": 60},
        {"label": "\u4e0d\u5408\u683c", "points": 59, "least": 0}
      ]
    },
    "discipline": {
      "title": "Discipline",
      "label": "\u7eaa\u5f8b\u6027",
      "kind": "levels",
      "levels": [
        {"label": "\u4f18\u79c0", "points": 100, "least": 90},
        {"label": "\u826f\u597d", "points": 89, "least": 75},
        {"label": "\u5408\u683c", "points": 74, "least": 60},
        {"label": "\u4e0d\u5408\u683c", "points": 59, "least": 0}
      ]
    }
  },
  "raters": {
    "*": {
      "manager": {"label": "\u4e0a\u7ea7", "weight": 60},
      "peer": {"label": "\u540c\u4e8b", "weight": 30, "least_raters": 3, "anonymous": true},
      "self": {"label": "\u81ea\u8bc4", "weight": 10}
    },
    "customer_contact": {
      "manager": {"label": "\u4e0a\u7ea7", "weight": 50},
      "peer": {"label": "\u540c\u4e8b", "weight": 20, "least_raters": 3, "anonymous": true},
      "self": {"label": "\u81ea\u8bc4", "weight": 10},
      "customer": {"label": "\u5ba2\u6237", "weight": 20, "least_raters": 3, "anonymous": true}
    }
  },
  "outcomes": {
    "promotion": {
      "title": "Considered for promotion",
      "label": "\u664b\u5347\u8d44\u683c",
      "period": "year",
      "grade": "\u4f18\u79c0",
      "outcome": "promotion"
    },
    "training": {"title": "Training", "label": "\u57f9\u8bad", "period": "month", "grade": "\u4e0d\u5408\u683c", "outcome": "training"},
    "post-change": {
      "title": "Change of post",
      "label": "\u8c03\u5c97",
      "period": "month",
      "grade": "\u4e0d\u5408\u683c",
      "run": 2,
      "after_training": true,
      "outcome": "post_change"
    }
  },
  "assumed": [
    "scale",
    "dimensions.performance.weights",
    "dimensions.performance.indicators",
    "dimensions.ability.weights",
    "dimensions.ability.indicators",
    "dimensions.attitude.weights",
    "dimensions.attitude.indicators",
    "indicators",
    "raters.*",
    "raters.customer_contact",
    "outcomes.promotion.grade",
    "outcomes.post-change.run"
  ]
}
$document$::jsonb),
('participation', $document${
  "code": "participation",
  "title": "Participation and shared results",
  "label": "\u85aa\u916c\u7ee9\u6548\u65b9\u6848\uff08\u5168\u5458\u53c2\u4e0e\uff09",
  "language": "zh",
  "uses": ["award", "bonus"],
  "surveyed": true,
  "scale": "\u4f18\u79c0 >= 90, \u826f\u597d >= 80, \u5408\u683c >= 60, \u4e0d\u5408\u683c",
  "periods": {
    "*": {"quarter": {}}
  },
  "dimensions": {
    "results": {
      "position": 1,
      "title": "Results",
      "label": "\u4e1a\u7ee9",
      "weights": {"*": 100},
      "indicators": {
        "*": {"sales": {"weight": 40}, "customer_satisfaction": {"weight": 30}, "operating_efficiency": {"weight": 30}}
      }
    }
  },
  "indicators": {
    "sales": {
      "title": "Sales",
      "label": "\u9500\u552e\u989d",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u9500\u552e\u7cfb\u7edf",
      "frequency": "day",
      "gathering": "sum"
    },
    "customer_satisfaction": {
      "title": "Customer satisfaction",
      "label": "\u5ba2\u6237\u6ee1\u610f\u5ea6",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "%",
      "data_source": "\u5ba2\u670d\u7cfb\u7edf",
      "frequency": "week",
      "gathering": "mean"
    },
    "operating_efficiency": {
      "title": "Operating efficiency",
      "label": "\u8fd0\u8425\u6548\u7387",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "orders a head",
      "data_source": "\u8fd0\u8425\u7cfb\u7edf",
      "frequency": "month",
      "gathering": "mean"
    }
  },
  "outcomes": {
    "reward": {
      "title": "Reward",
      "label": "\u5956\u52b1",
      "period": "quarter",
      "grade": "\u826f\u597d",
      "compares": "or_better",
      "outcome": "reward"
    }
  },
  "assumed": ["scale", "periods", "dimensions", "indicators", "outcomes"]
}
$document$::jsonb),
('performance-and-values', $document${
  "code": "performance-and-values",
  "title": "Performance and values",
  "label": "\u7f51\u8425\u7ee9\u6548\u8003\u6838",
  "language": "zh",
  "scale": "\u6770\u51fa >= 5, \u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b >= 4.5, \u8d85\u51fa\u671f\u671b >= 4, \u90e8\u5206\u8d85\u51fa\u671f\u671b >= 3.75, \u7b26\u5408\u671f\u671b >= 3.5, \u9700\u8981\u63d0\u9ad8 >= 3.25, \u9700\u8981\u6539\u8fdb >= 3, \u4e0d\u5408\u683c",
  "quota": "\u8d85\u51fa\u671f\u671b+\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b+\u6770\u51fa <= 20%, \u90e8\u5206\u8d85\u51fa\u671f\u671b+\u8d85\u51fa\u671f\u671b+\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b+\u6770\u51fa <= 35%, \u7b26\u5408\u671f\u671b = 50%, \u9700\u8981\u63d0\u9ad8+\u9700\u8981\u6539\u8fdb+\u4e0d\u5408\u683c >= 15%",
  "enforcement": "block",
  "least_group": 10,
  "calibration_steps": 1,
  "no_surprise_grade": "\u9700\u8981\u63d0\u9ad8",
  "improvement_grade": "\u9700\u8981\u6539\u8fdb",
  "goals_set_by": "person",
  "goals_confirmed": true,
  "target_floor": "best",
  "interview": true,
  "interview_days": 14,
  "periods": {
    "*": {"quarter": {}, "year": {"composed_of": "quarter", "combined_by": "mean"}},
    "senior_manager": {"half_year": {}, "year": {"composed_of": "half_year", "combined_by": "mean"}},
    "department_head": {"half_year": {}, "year": {"composed_of": "half_year", "combined_by": "mean"}}
  },
  "dimensions": {
    "performance": {
      "position": 1,
      "title": "Performance",
      "label": "\u4e1a\u7ee9",
      "weights": {"*": 70},
      "scale": "\u9ad8 >= 3.75, \u4e2d >= 3.5, \u4f4e",
      "box_axis": "performance",
      "indicators": {
        "*": {"goal_1": {"weight": 40}, "goal_2": {"weight": 30}, "goal_3": {"weight": 30}},
        "shop_manager": {"paid_sales": {"weight": 50}, "team_growth": {"weight": 30}, "staff_turnover": {"weight": 20}},
        "product": {"basket_size": {"weight": 50}, "lead_item_sales": {"weight": 50}},
        "crm": {
          "repeat_purchase": {"weight": 50},
          "message_open_rate": {"weight": 25},
          "message_conversion": {"weight": 25}
        },
        "promotion": {
          "new_members": {"weight": 20},
          "member_growth": {"weight": 20},
          "daily_visitors": {"weight": 20},
          "visitor_growth": {"weight": 20},
          "conversion": {"weight": 20}
        },
        "planning": {
          "pages_improved": {"weight": 20},
          "unsold_rate": {"weight": 20},
          "click_rate": {"weight": 15},
          "dwell_time": {"weight": 15},
          "pages_seen": {"weight": 15},
          "conversion": {"weight": 15}
        }
      }
    },
    "values": {
      "position": 2,
      "title": "Values",
      "label": "\u4ef7\u503c\u89c2",
      "weights": {"*": 30},
      "gate": 2.5,
      "gate_grade": "\u4e0d\u5408\u683c",
      "evidence_below": 2.5,
      "evidence_from": 3,
      "scale": "\u9ad8 >= 3, \u4e2d >= 2.5, \u4f4e",
      "box_axis": "values",
      "indicators": {
        "*": {
          "customers": {"weight": 20},
          "cooperation": {"weight": 20},
          "honesty": {"weight": 20},
          "responsibility": {"weight": 20},
          "learning": {"weight": 20}
        }
      }
    }
  },
  "indicators": {
    "goal_1": {
      "title": "Goal 1",
      "label": "\u76ee\u6807\u4e00",
      "kind": "rated",
      "direction": "higher",
      "unit": "as agreed",
      "data_source": "as agreed",
      "frequency": "month",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "goal_2": {
      "title": "Goal 2",
      "label": "\u76ee\u6807\u4e8c",
      "kind": "rated",
      "direction": "higher",
      "unit": "as agreed",
      "data_source": "as agreed",
      "frequency": "month",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "goal_3": {
      "title": "Goal 3",
      "label": "\u76ee\u6807\u4e09",
      "kind": "rated",
      "direction": "higher",
      "unit": "as agreed",
      "data_source": "as agreed",
      "frequency": "month",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "paid_sales": {
      "title": "Paid sales",
      "label": "\u652f\u4ed8\u9500\u552e\u989d",
      "kind": "rated",
      "direction": "higher",
      "unit": "CNY",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "sum",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "team_growth": {
      "title": "Growth of the team",
      "label": "\u56e2\u961f\u6210\u957f",
      "kind": "rated",
      "direction": "higher",
      "unit": "people",
      "data_source": "\u4eba\u529b\u8d44\u6e90\u90e8",
      "frequency": "month",
      "gathering": "sum",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "staff_turnover": {
      "title": "Staff turnover",
      "label": "\u5458\u5de5\u6d41\u5931\u7387",
      "kind": "rated",
      "direction": "lower",
      "unit": "share",
      "data_source": "\u4eba\u529b\u8d44\u6e90\u90e8",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "basket_size": {
      "title": "Basket size",
      "label": "\u5ba2\u5355\u4ef7",
      "kind": "rated",
      "direction": "higher",
      "unit": "CNY",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "lead_item_sales": {
      "title": "Sales of lead items",
      "label": "\u7206\u6b3e\u9500\u552e\u989d",
      "kind": "rated",
      "direction": "higher",
      "unit": "CNY",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "sum",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "repeat_purchase": {
      "title": "Repeat purchase rate",
      "label": "\u91cd\u590d\u8d2d\u4e70\u7387",
      "kind": "rated",
      "direction": "higher",
      "unit": "share",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "message_open_rate": {
      "title": "Open rate of messages",
      "label": "\u4fe1\u606f\u6253\u5f00\u7387",
      "kind": "rated",
      "direction": "higher",
      "unit": "share",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "message_conversion": {
      "title": "Conversion rate of messages",
      "label": "\u4fe1\u606f\u8f6c\u5316\u7387",
      "kind": "rated",
      "direction": "higher",
      "unit": "share",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "new_members": {
      "title": "New members",
      "label": "\u65b0\u589e\u4f1a\u5458\u6570",
      "kind": "rated",
      "direction": "higher",
      "unit": "count",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "sum",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "member_growth": {
      "title": "Growth of members",
      "label": "\u4f1a\u5458\u589e\u957f\u7387",
      "kind": "rated",
      "direction": "higher",
      "unit": "share",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "daily_visitors": {
      "title": "Daily visitors",
      "label": "\u65e5\u5747\u8bbf\u5ba2\u6570",
      "kind": "rated",
      "direction": "higher",
      "unit": "count",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "visitor_growth": {
      "title": "Growth of visitors",
      "label": "\u8bbf\u5ba2\u589e\u957f\u7387",
      "kind": "rated",
      "direction": "higher",
      "unit": "share",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "conversion": {
      "title": "Conversion rate",
      "label": "\u8f6c\u5316\u7387",
      "kind": "rated",
      "direction": "higher",
      "unit": "share",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "pages_improved": {
      "title": "Pages improved",
      "label": "\u9875\u9762\u4f18\u5316\u6570",
      "kind": "rated",
      "direction": "higher",
      "unit": "count",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "sum",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "unsold_rate": {
      "title": "Unsold rate",
      "label": "\u6ede\u9500\u7387",
      "kind": "rated",
      "direction": "lower",
      "unit": "share",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "click_rate": {
      "title": "Click rate",
      "label": "\u70b9\u51fb\u7387",
      "kind": "rated",
      "direction": "higher",
      "unit": "share",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "dwell_time": {
      "title": "Dwell time",
      "label": "\u505c\u7559\u65f6\u95f4",
      "kind": "rated",
      "direction": "higher",
      "unit": "s",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "pages_seen": {
      "title": "Pages seen",
      "label": "\u6d4f\u89c8\u6df1\u5ea6",
      "kind": "rated",
      "direction": "higher",
      "unit": "pages",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "customers": {
      "title": "Customers",
      "label": "\u5ba2\u6237\u610f\u8bc6",
      "kind": "gated",
      "levels": [
        {"label": "1", "points": 1, "earns": "\u793c\u8c8c\u5f85\u5ba2\uff0c\u4e0d\u4e0e\u5ba2\u6237\u4e89\u6267"},
        {"label": "2", "points": 1, "earns": "\u6309\u65f6\u7b54\u590d\u5ba2\u6237\u7684\u95ee\u9898"},
        {"label": "3", "points": 1, "earns": "\u4e3b\u52a8\u8ddf\u8fdb\uff0c\u76f4\u5230\u95ee\u9898\u89e3\u51b3"},
        {"label": "4", "points": 1, "earns": "\u53d1\u73b0\u5e76\u8bf4\u51fa\u5ba2\u6237\u6ca1\u6709\u63d0\u51fa\u7684\u9700\u8981"},
        {"label": "5", "points": 1, "earns": "\u628a\u5ba2\u6237\u7684\u610f\u89c1\u53d8\u6210\u6d41\u7a0b\u7684\u6539\u8fdb"}
      ]
    },
    "cooperation": {
      "title": "Cooperation",
      "label": "\u534f\u4f5c\u7cbe\u795e",
      "kind": "gated",
      "levels": [
        {"label": "1", "points": 1, "earns": "\u9075\u5b88\u7ea6\u5b9a\uff0c\u6309\u65f6\u4ea4\u63a5"},
        {"label": "2", "points": 1, "earns": "\u6709\u4eba\u6c42\u52a9\u65f6\u7ed9\u4e88\u5e2e\u52a9"},
        {"label": "3", "points": 1, "earns": "\u4e3b\u52a8\u901a\u62a5\u4e0e\u4ed6\u4eba\u6709\u5173\u7684\u60c5\u51b5"},
        {"label": "4", "points": 1, "earns": "\u610f\u89c1\u4e0d\u540c\u65f6\u4ecd\u7136\u843d\u5b9e\u5171\u540c\u7684\u51b3\u5b9a"},
        {"label": "5", "points": 1, "earns": "\u4fc3\u6210\u5176\u4ed6\u90e8\u95e8\u4e4b\u95f4\u7684\u5408\u4f5c"}
      ]
    },
    "honesty": {
      "title": "Honesty",
      "label": "\u8bda\u5b9e\u5b88\u4fe1",
      "kind": "gated",
      "levels": [
        {"label": "1", "points": 1, "earns": "\u6570\u636e\u771f\u5b9e\uff0c\u4e0d\u9690\u7792"},
        {"label": "2", "points": 1, "earns": "\u627f\u8ba4\u81ea\u5df1\u7684\u5dee\u9519"},
        {"label": "3", "points": 1, "earns": "\u5f53\u9762\u63d0\u51fa\u4e0d\u540c\u610f\u89c1"},
        {"label": "4", "points": 1, "earns": "\u5236\u6b62\u4ed6\u4eba\u5f04\u865a\u4f5c\u5047"},
        {"label": "5", "points": 1, "earns": "\u4f7f\u5236\u5ea6\u5835\u4f4f\u5f04\u865a\u4f5c\u5047\u7684\u673a\u4f1a"}
      ]
    },
    "responsibility": {
      "title": "Responsibility",
      "label": "\u8d23\u4efb\u62c5\u5f53",
      "kind": "gated",
      "levels": [
        {"label": "1", "points": 1, "earns": "\u5b8c\u6210\u5206\u5185\u7684\u5de5\u4f5c"},
        {"label": "2", "points": 1, "earns": "\u9047\u5230\u56f0\u96be\u5148\u60f3\u529e\u6cd5"},
        {"label": "3", "points": 1, "earns": "\u5bf9\u7ed3\u679c\u8d1f\u8d23\uff0c\u4e0d\u63a8\u7ed9\u4ed6\u4eba"},
        {"label": "4", "points": 1, "earns": "\u4e3b\u52a8\u627f\u62c5\u65e0\u4eba\u8d1f\u8d23\u7684\u5de5\u4f5c"},
        {"label": "5", "points": 1, "earns": "\u4f7f\u56e2\u961f\u4e0d\u518d\u51fa\u73b0\u540c\u7c7b\u95ee\u9898"}
      ]
    },
    "learning": {
      "title": "Learning",
      "label": "\u5b66\u4e60\u6210\u957f",
      "kind": "gated",
      "levels": [
        {"label": "1", "points": 1, "earns": "\u638c\u63e1\u672c\u5c97\u4f4d\u7684\u6280\u80fd"},
        {"label": "2", "points": 1, "earns": "\u603b\u7ed3\u6bcf\u6b21\u6d3b\u52a8\u7684\u5f97\u5931"},
        {"label": "3", "points": 1, "earns": "\u5b66\u4e60\u76f8\u90bb\u5c97\u4f4d\u7684\u6280\u80fd"},
        {"label": "4", "points": 1, "earns": "\u628a\u7ecf\u9a8c\u6559\u7ed9\u540c\u4e8b"},
        {"label": "5", "points": 1, "earns": "\u4f7f\u56e2\u961f\u7528\u4e0a\u65b0\u7684\u65b9\u6cd5"}
      ]
    }
  },
  "raters": {
    "*": {"manager": {"label": "\u4e3b\u7ba1\u8bc4\u5206", "weight": 100}, "self": {"label": "\u81ea\u8bc4", "weight": 0}}
  },
  "boxes": {
    "\u9ad8": {
      "\u9ad8": {"label": "\u660e\u661f", "title": "star"},
      "\u4e2d": {"label": "\u725b", "title": "bull"},
      "\u4f4e": {"label": "\u91ce\u72d7", "title": "wild dog"}
    },
    "\u4e2d": {
      "\u9ad8": {"label": "\u725b", "title": "bull"},
      "\u4e2d": {"label": "\u725b", "title": "bull"},
      "\u4f4e": {"label": "\u725b", "title": "bull"}
    },
    "\u4f4e": {
      "\u9ad8": {"label": "\u5c0f\u767d\u5154", "title": "rabbit"},
      "\u4e2d": {"label": "\u725b", "title": "bull"},
      "\u4f4e": {"label": "\u72d7", "title": "dog"}
    }
  },
  "sign_off": [
    {"signer": "second_manager", "act": "approve", "label": "\u4e3b\u7ba1\u7684\u4e0a\u7ea7"},
    {"signer": "hr", "act": "approve", "label": "\u4eba\u529b\u8d44\u6e90\u90e8"}
  ],
  "assumed": [
    "interview_days",
    "enforcement",
    "least_group",
    "calibration_steps",
    "no_surprise_grade",
    "improvement_grade",
    "dimensions.performance.scale",
    "dimensions.performance.indicators",
    "dimensions.values.gate",
    "dimensions.values.scale",
    "dimensions.values.indicators",
    "indicators"
  ]
}
$document$::jsonb),
('quarterly-operations', $document${
  "code": "quarterly-operations",
  "title": "Quarterly appraisal of platform operations",
  "label": "\u7535\u5546\u5e73\u53f0\u8fd0\u8425\u7ee9\u6548\u8003\u6838\u5236\u5ea6",
  "language": "zh",
  "uses": ["bonus", "promotion", "training"],
  "surveyed": true,
  "scale": "\u4f18\u79c0 >= 90, \u826f\u597d >= 80, \u5408\u683c >= 60, \u4e0d\u5408\u683c",
  "improvement_grade": "\u4e0d\u5408\u683c",
  "goals_set_by": "manager",
  "goals_approved": true,
  "interview": true,
  "interview_days": 14,
  "appeal_days": 7,
  "periods": {
    "*": {
      "quarter": {},
      "half_year": {"composed_of": "quarter", "combined_by": "mean"},
      "year": {"composed_of": "quarter", "combined_by": "mean"}
    }
  },
  "dimensions": {
    "goals": {
      "position": 1,
      "title": "Department goals",
      "label": "\u90e8\u95e8\u76ee\u6807",
      "weights": {"*": 70},
      "indicators": {
        "*": {"sales": {"weight": 60}, "customer_satisfaction": {"weight": 40}},
        "marketing": {"sales": {"weight": 50}, "conversion": {"weight": 30}, "promotion_return": {"weight": 20}},
        "customer_service": {"customer_satisfaction": {"weight": 60}, "first_response": {"weight": 40}},
        "product": {"sales": {"weight": 40}, "conversion": {"weight": 30}, "listing_on_time": {"weight": 30}},
        "logistics": {
          "dispatched_on_time": {"weight": 60},
          "damage_rate": {"weight": 20},
          "customer_satisfaction": {"weight": 20}
        },
        "data_analysis": {"report_on_time": {"weight": 50}, "report_accuracy": {"weight": 50}}
      }
    },
    "conduct": {
      "position": 2,
      "title": "Conduct of work",
      "label": "\u5de5\u4f5c\u8868\u73b0",
      "weights": {"*": 30},
      "indicators": {
        "*": {"responsibility": {"weight": 40}, "cooperation": {"weight": 30}, "initiative": {"weight": 30}}
      }
    }
  },
  "indicators": {
    "sales": {
      "title": "Sales",
      "label": "\u9500\u552e\u989d",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u9500\u552e\u7cfb\u7edf",
      "frequency": "day",
      "gathering": "sum"
    },
    "customer_satisfaction": {
      "title": "Customer satisfaction",
      "label": "\u5ba2\u6237\u6ee1\u610f\u5ea6",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "%",
      "data_source": "\u5ba2\u670d\u7cfb\u7edf",
      "frequency": "week",
      "gathering": "mean"
    },
    "conversion": {
      "title": "Conversion rate",
      "label": "\u8f6c\u5316\u7387",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "%",
      "data_source": "\u8425\u9500\u5de5\u5177",
      "frequency": "day",
      "gathering": "mean"
    },
    "promotion_return": {
      "title": "Return on promotion",
      "label": "\u63a8\u5e7f\u6295\u5165\u4ea7\u51fa\u6bd4",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "ratio",
      "data_source": "\u8425\u9500\u5de5\u5177",
      "frequency": "week",
      "gathering": "mean"
    },
    "first_response": {
      "title": "Time to first response",
      "label": "\u9996\u6b21\u54cd\u5e94\u65f6\u95f4",
      "kind": "measured",
      "direction": "lower",
      "curve": "linear (30, 100), (60, 80), (180, 0)",
      "unit": "s",
      "data_source": "\u5ba2\u670d\u7cfb\u7edf",
      "frequency": "day",
      "gathering": "mean"
    },
    "listing_on_time": {
      "title": "Listings on time",
      "label": "\u4e0a\u65b0\u53ca\u65f6\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u5546\u54c1\u7cfb\u7edf",
      "frequency": "week",
      "gathering": "mean"
    },
    "dispatched_on_time": {
      "title": "Orders dispatched on time",
      "label": "\u53d1\u8d27\u53ca\u65f6\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0.8, 0), (0.95, 80), (1, 100)",
      "unit": "share",
      "data_source": "\u4ed3\u50a8\u7cfb\u7edf",
      "frequency": "day",
      "gathering": "mean"
    },
    "damage_rate": {
      "title": "Damaged parcels",
      "label": "\u7834\u635f\u7387",
      "kind": "measured",
      "direction": "lower",
      "curve": "linear (0, 100), (0.01, 60), (0.03, 0)",
      "unit": "share",
      "data_source": "\u4ed3\u50a8\u7cfb\u7edf",
      "frequency": "week",
      "gathering": "mean"
    },
    "report_on_time": {
      "title": "Reports on time",
      "label": "\u62a5\u8868\u53ca\u65f6\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u6570\u636e\u5e73\u53f0",
      "frequency": "month",
      "gathering": "mean"
    },
    "report_accuracy": {
      "title": "Correct reports",
      "label": "\u62a5\u8868\u51c6\u786e\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0.8, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u6570\u636e\u5e73\u53f0",
      "frequency": "month",
      "gathering": "mean"
    },
    "responsibility": {"title": "Responsibility", "label": "\u8d23\u4efb\u5fc3", "kind": "rated", "least": 0, "most": 100},
    "cooperation": {"title": "Cooperation", "label": "\u534f\u4f5c\u6027", "kind": "rated", "least": 0, "most": 100},
    "initiative": {"title": "Initiative", "label": "\u4e3b\u52a8\u6027", "kind": "rated", "least": 0, "most": 100}
  },
  "raters": {
    "*": {
      "self": {"label": "\u81ea\u8bc4", "weight": 10},
      "manager": {"label": "\u4e0a\u7ea7\u8bc4\u4ef7", "weight": 70},
      "peer": {"label": "\u540c\u4e8b\u8bc4\u4ef7", "weight": 20, "least_raters": 2}
    }
  },
  "appeals": [{"reviewer": "hr", "label": "\u4eba\u529b\u8d44\u6e90\u90e8", "decision_days": 7}],
  "assumed": [
    "interview_days",
    "scale",
    "appeal_days",
    "dimensions.goals.weights",
    "dimensions.goals.indicators",
    "dimensions.conduct",
    "indicators",
    "raters.*",
    "appeals[0].decision_days"
  ]
}
$document$::jsonb),
('quarterly-sales-pay', $document${
  "code": "quarterly-sales-pay",
  "title": "Quarterly performance pay in sales",
  "label": "\u85aa\u916c\u7ee9\u6548\u65b9\u6848",
  "language": "zh",
  "uses": ["bonus", "promotion", "training", "pay"],
  "scale": "\u4f18\u79c0 >= 90 : 1.5, \u826f\u597d >= 80 : 1.2, \u5408\u683c >= 60 : 1, \u4e0d\u5408\u683c : 0",
  "periods": {
    "*": {"quarter": {}, "year": {"composed_of": "quarter", "combined_by": "mean"}}
  },
  "dimensions": {
    "sales": {
      "position": 1,
      "title": "Sales",
      "label": "\u9500\u552e",
      "weights": {"*": 40},
      "indicators": {
        "*": {"sales_growth": {"weight": 100}}
      }
    },
    "traffic": {
      "position": 2,
      "title": "Traffic and conversion",
      "label": "\u6d41\u91cf\u4e0e\u8f6c\u5316",
      "weights": {"*": 25},
      "indicators": {
        "*": {"new_visitors": {"weight": 30}, "returning_visitors": {"weight": 30}, "conversion": {"weight": 40}}
      }
    },
    "product": {
      "position": 3,
      "title": "Product management",
      "label": "\u5546\u54c1\u7ba1\u7406",
      "weights": {"*": 20},
      "indicators": {
        "*": {"listing_rate": {"weight": 50}, "stock_turnover": {"weight": 50}}
      }
    },
    "service": {
      "position": 4,
      "title": "Service",
      "label": "\u5ba2\u6237\u670d\u52a1",
      "weights": {"*": 15},
      "indicators": {
        "*": {"customer_satisfaction": {"weight": 60}, "after_sales": {"weight": 40}}
      }
    }
  },
  "indicators": {
    "sales_growth": {
      "title": "Growth of sales",
      "label": "\u9500\u552e\u589e\u957f\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (-0.2, 0), (0, 60), (0.2, 100)",
      "unit": "share",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean"
    },
    "new_visitors": {
      "title": "New visitors",
      "label": "\u65b0\u8bbf\u5ba2\u6570",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "count",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "day",
      "gathering": "sum"
    },
    "returning_visitors": {
      "title": "Returning visitors",
      "label": "\u56de\u8bbf\u5ba2\u6570",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "count",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "day",
      "gathering": "sum"
    },
    "conversion": {
      "title": "Conversion: sales by visitors",
      "label": "\u8f6c\u5316\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (0.03, 100)",
      "unit": "share",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "day",
      "gathering": "mean"
    },
    "listing_rate": {
      "title": "Goods listed",
      "label": "\u4e0a\u67b6\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0.6, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u5546\u54c1\u7cfb\u7edf",
      "frequency": "week",
      "gathering": "mean"
    },
    "stock_turnover": {
      "title": "Stock turnover",
      "label": "\u5e93\u5b58\u5468\u8f6c\u7387",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "times",
      "data_source": "\u4ed3\u50a8\u7cfb\u7edf",
      "frequency": "month",
      "gathering": "mean"
    },
    "customer_satisfaction": {
      "title": "Customer satisfaction",
      "label": "\u5ba2\u6237\u6ee1\u610f\u5ea6",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0.7, 0), (0.98, 100)",
      "unit": "share",
      "data_source": "\u5ba2\u670d\u7cfb\u7edf",
      "frequency": "month",
      "gathering": "mean"
    },
    "after_sales": {
      "title": "Good after-sales feedback",
      "label": "\u552e\u540e\u597d\u8bc4\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0.7, 0), (0.98, 100)",
      "unit": "share",
      "data_source": "\u5ba2\u670d\u7cfb\u7edf",
      "frequency": "month",
      "gathering": "mean"
    }
  },
  "outcomes": {
    "promotion": {
      "title": "Considered for promotion",
      "label": "\u664b\u5347\u8d44\u683c",
      "period": "year",
      "grade": "\u4f18\u79c0",
      "outcome": "promotion"
    },
    "training": {"title": "Training", "label": "\u57f9\u8bad", "period": "year", "grade": "\u4e0d\u5408\u683c", "outcome": "training"}
  },
  "assumed": ["scale", "dimensions", "indicators", "outcomes"]
}
$document$::jsonb),
('three-level', $document${
  "code": "three-level",
  "title": "Company, centre and station",
  "label": "\u4e09\u7ea7\u7ee9\u6548\u8bc4\u4ef7",
  "language": "zh",
  "subjects": ["unit", "person"],
  "unit_levels": ["company", "centre", "station"],
  "scale": "\u4f18\u79c0 >= 90, \u826f\u597d >= 80, \u5408\u683c >= 60, \u4e0d\u5408\u683c",
  "periods": {
    "*": {"quarter": {}, "year": {"composed_of": "quarter", "combined_by": "mean"}}
  },
  "dimensions": {
    "own": {
      "position": 1,
      "title": "Own results",
      "label": "\u81ea\u8eab\u4e1a\u7ee9",
      "weights": {"*": 70, "company": 100, "centre": 70, "station": 70},
      "indicators": {
        "*": {"tasks": {"weight": 60}, "conduct": {"weight": 40}},
        "company": {"sales": {"weight": 60}, "customer_satisfaction": {"weight": 40}},
        "centre": {"sales": {"weight": 60}, "customer_satisfaction": {"weight": 40}},
        "station": {"sales": {"weight": 50}, "customer_satisfaction": {"weight": 50}}
      }
    },
    "unit": {
      "position": 2,
      "title": "Result of the unit above",
      "label": "\u4e0a\u7ea7\u5355\u4f4d\u7ee9\u6548",
      "weights": {"*": 30, "centre": 30, "station": 30},
      "indicators": {
        "*": {"unit_result": {"weight": 100, "unit_level": "station"}},
        "station": {"unit_result": {"weight": 100, "unit_level": "centre"}},
        "centre": {"unit_result": {"weight": 100, "unit_level": "company"}}
      }
    }
  },
  "indicators": {
    "sales": {
      "title": "Sales",
      "label": "\u9500\u552e\u989d",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u9500\u552e\u7cfb\u7edf",
      "frequency": "day",
      "gathering": "sum"
    },
    "customer_satisfaction": {
      "title": "Customer satisfaction",
      "label": "\u5ba2\u6237\u6ee1\u610f\u5ea6",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "%",
      "data_source": "\u5ba2\u670d\u7cfb\u7edf",
      "frequency": "week",
      "gathering": "mean"
    },
    "unit_result": {
      "title": "Result of the unit",
      "label": "\u5355\u4f4d\u7ee9\u6548\u5f97\u5206",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (100, 100)",
      "unit": "points",
      "data_source": "\u5355\u4f4d\u8003\u6838\u7ed3\u679c",
      "frequency": "quarter"
    },
    "tasks": {"title": "Tasks", "label": "\u5de5\u4f5c\u4efb\u52a1", "kind": "rated", "least": 0, "most": 100},
    "conduct": {"title": "Conduct", "label": "\u5de5\u4f5c\u8868\u73b0", "kind": "rated", "least": 0, "most": 100}
  },
  "raters": {
    "*": {"manager": {"label": "\u4e0a\u7ea7", "weight": 100}, "self": {"label": "\u81ea\u8bc4", "weight": 0, "required": false}}
  },
  "assumed": ["scale", "periods", "dimensions", "indicators", "raters"]
}
$document$::jsonb)
$library$;
CREATE PROCEDURE appraisal.make_tables(INOUT version integer) LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $make_tables$
DECLARE
    newest CONSTANT integer := 2;
    -- what is there already, the site's own among it: 99_guards.sql is for the rest
    present_tables CONSTANT oid[] := ARRAY(SELECT c.oid FROM pg_class AS c WHERE c.relnamespace = 'appraisal'::regnamespace);
    present_policies CONSTANT oid[] := ARRAY(SELECT p.oid FROM pg_policy AS p);
BEGIN
IF version > newest THEN
    RAISE EXCEPTION USING ERRCODE = 'AP001',
        MESSAGE = format('the tables are of version %s, this extension knows %s', version, newest),
        HINT = 'Run ALTER EXTENSION pg_appraisal UPDATE.';
ELSIF version = newest THEN
    RETURN;
END IF;
IF version < 2 THEN
-- From version 1 of the tables (0.1.0 of the extension) to 2, before the other files run: columns of tables that are
-- there, constraints and indexes that are others now, and what is there no more.
ALTER TABLE appraisal.scheme
    ADD COLUMN interview_days integer,
    ADD COLUMN improvement_reads text NOT NULL DEFAULT 'natural',
    ADD CONSTRAINT scheme_interview_days_need_an_interview CHECK (interview_days IS NULL OR (interview_days >= 0 AND interview)),
    ADD CONSTRAINT scheme_improvement_reads_a_grade CHECK (improvement_reads IN ('natural', 'final'));

ALTER TABLE appraisal.sign_off_rule ADD COLUMN delegable boolean NOT NULL DEFAULT false;
ALTER TABLE appraisal.sign_off
    ADD COLUMN delegated_for bigint CONSTRAINT sign_off_delegated_for_exists REFERENCES appraisal.person,
    ADD CONSTRAINT sign_off_is_delegated_for_another CHECK (delegated_for <> signed_by);

-- Roll-up: a longer period takes in the results of shorter ones in more ways.
ALTER TABLE appraisal.period_rule
    ADD COLUMN part_weights numeric[],
    DROP CONSTRAINT period_rule_combination_is_known,
    ADD CONSTRAINT period_rule_combination_is_known CHECK (combined_by IN ('mean', 'weighted', 'latest', 'reference')),
    ADD CONSTRAINT period_rule_weighted_has_part_weights CHECK
        ((combined_by IS NOT DISTINCT FROM 'weighted') = (part_weights IS NOT NULL)),
    ADD CONSTRAINT period_rule_part_weights_are_not_negative CHECK
        (array_position(part_weights, NULL) IS NULL AND 0 <= ALL (part_weights));
ALTER TABLE appraisal.cycle
    ADD COLUMN timezone text NOT NULL DEFAULT appraisal.database_timezone();

ALTER TABLE appraisal.outcome_rule
    ADD COLUMN on_plan text,
    ADD CONSTRAINT outcome_rule_plan_ends_so CHECK (on_plan IN ('met', 'not_met'));

-- Seals say what need not be looked at again.
ALTER TABLE appraisal.audit_seal
    ADD COLUMN drawn_to bigint,
    ADD COLUMN complete_to bigint;
END IF;
-- Which version of the tables this database has; upgrade_tables() reads it.
CREATE TABLE IF NOT EXISTS appraisal.tables_version (
    version integer PRIMARY KEY
);
CREATE UNIQUE INDEX IF NOT EXISTS tables_version_is_one_row ON appraisal.tables_version ((true));
COMMENT ON TABLE appraisal.tables_version IS 'version of the tables in this schema: one row';
COMMENT ON COLUMN appraisal.tables_version.version IS 'what create_tables() made or upgrade_tables() brought them to';

-- upgrade_tables() changes the row that is there
INSERT INTO appraisal.tables_version VALUES (newest) ON CONFLICT DO NOTHING;
-- Who works where, for whom, and since when; and which login is who.

CREATE TABLE IF NOT EXISTS appraisal.unit (
    unit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL
        CONSTRAINT unit_code_is_unique UNIQUE
        CONSTRAINT unit_code_is_not_empty CHECK (code <> ''),
    title text NOT NULL,
    kind text,
    parent_id bigint CONSTRAINT unit_parent_exists REFERENCES appraisal.unit,
    CONSTRAINT unit_is_not_its_own_parent CHECK (parent_id <> unit_id)
);
CREATE INDEX IF NOT EXISTS unit_parent_id_idx ON appraisal.unit (parent_id);
COMMENT ON TABLE appraisal.unit IS 'organisational unit: company, centre, department, station, team';
COMMENT ON COLUMN appraisal.unit.unit_id IS 'key';
COMMENT ON COLUMN appraisal.unit.code IS 'stable name by which calls refer to the unit';
COMMENT ON COLUMN appraisal.unit.title IS 'name to show';
COMMENT ON COLUMN appraisal.unit.kind IS 'level of the unit where a scheme tells them apart: company, centre, station';
COMMENT ON COLUMN appraisal.unit.parent_id IS 'unit that this one belongs to; null at the top';

CREATE TABLE IF NOT EXISTS appraisal.person (
    person_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL
        CONSTRAINT person_code_is_unique UNIQUE
        CONSTRAINT person_code_is_not_empty CHECK (code <> ''),
    name text NOT NULL,
    hired_on date NOT NULL,
    left_on date,
    CONSTRAINT person_leaves_after_being_hired CHECK (left_on >= hired_on)
);
COMMENT ON TABLE appraisal.person IS 'everybody who is appraised or takes part in appraising';
COMMENT ON COLUMN appraisal.person.person_id IS 'key';
COMMENT ON COLUMN appraisal.person.code IS 'personnel number or the like, by which calls refer to the person';
COMMENT ON COLUMN appraisal.person.name IS 'name to show';
COMMENT ON COLUMN appraisal.person.hired_on IS 'first day of service';
COMMENT ON COLUMN appraisal.person.left_on IS 'first day without service; null while in service';

CREATE TABLE IF NOT EXISTS appraisal.posting (
    posting_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL CONSTRAINT posting_person_exists REFERENCES appraisal.person,
    unit_id bigint NOT NULL CONSTRAINT posting_unit_exists REFERENCES appraisal.unit,
    manager_id bigint CONSTRAINT posting_manager_exists REFERENCES appraisal.person,
    job_group text NOT NULL CONSTRAINT posting_job_group_is_not_empty CHECK (job_group <> ''),
    title text,
    during daterange NOT NULL,
    CONSTRAINT posting_manager_is_somebody_else CHECK (manager_id <> person_id),
    CONSTRAINT posting_has_a_first_day CHECK (NOT isempty(during) AND NOT lower_inf(during)),
    -- a person is a range of one, which gist knows without another extension
    CONSTRAINT postings_of_a_person_do_not_overlap
        EXCLUDE USING gist (int8range(person_id, person_id, '[]') WITH &&, during WITH &&)
);
CREATE INDEX IF NOT EXISTS posting_person_id_idx ON appraisal.posting (person_id);
CREATE INDEX IF NOT EXISTS posting_unit_id_idx ON appraisal.posting (unit_id);
CREATE INDEX IF NOT EXISTS posting_manager_id_idx ON appraisal.posting (manager_id);
COMMENT ON TABLE appraisal.posting IS 'where a person works, for whom and as what, from a day to a day';
COMMENT ON COLUMN appraisal.posting.posting_id IS 'key';
COMMENT ON COLUMN appraisal.posting.person_id IS 'who';
COMMENT ON COLUMN appraisal.posting.unit_id IS 'where';
COMMENT ON COLUMN appraisal.posting.manager_id IS 'direct superior; null for who has none';
COMMENT ON COLUMN appraisal.posting.job_group IS 'group of posts that a scheme treats alike: staff, middle_manager and so on';
COMMENT ON COLUMN appraisal.posting.title IS 'the post''s name, to show';
COMMENT ON COLUMN appraisal.posting.during IS 'from the first day to the day after the last one, which may be open';

CREATE TABLE IF NOT EXISTS appraisal.account (
    role_name name PRIMARY KEY,
    person_id bigint CONSTRAINT account_person_exists REFERENCES appraisal.person,
    capabilities text[] NOT NULL
        CONSTRAINT account_capabilities_are_known
        CHECK (capabilities <@ ARRAY['hr', 'executive', 'manager', 'employee', 'auditor', 'service']
               AND array_position(capabilities, NULL) IS NULL)
        CONSTRAINT service_acts_for_others_only
        CHECK (NOT 'service' = ANY (capabilities) OR person_id IS NULL AND capabilities = ARRAY['service']),
    CONSTRAINT account_of_a_person_is_one UNIQUE (person_id)
);
COMMENT ON TABLE appraisal.account IS 'database roles that may use the records: who they are and what they may do';
COMMENT ON COLUMN appraisal.account.role_name IS 'database role, as it logs in';
COMMENT ON COLUMN appraisal.account.person_id IS 'who that is; null for logins that are nobody in particular';
COMMENT ON COLUMN appraisal.account.capabilities IS 'any of hr, executive, manager, employee, auditor; or service, alone: acts for the person in the setting appraisal.actor';

CREATE TABLE IF NOT EXISTS appraisal.holiday (
    day date PRIMARY KEY,
    title text NOT NULL,
    is_workday boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE appraisal.holiday IS 'days that are not what their weekday says; deadlines in working days heed them';
COMMENT ON COLUMN appraisal.holiday.day IS 'the day';
COMMENT ON COLUMN appraisal.holiday.title IS 'name to show';
COMMENT ON COLUMN appraisal.holiday.is_workday IS 'true for a weekend day that is worked, false for a day off';

-- A unit must not end up below itself. One change of the tree at a time: two that are harmless each
-- could make a loop together.
CREATE OR REPLACE FUNCTION appraisal.refuse_loop_of_units() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('appraisal.unit', 0));
    IF EXISTS (
        WITH RECURSIVE above AS (
            SELECT u.unit_id, u.parent_id FROM appraisal.unit AS u WHERE u.unit_id = NEW.parent_id
            UNION
            SELECT u.unit_id, u.parent_id FROM appraisal.unit AS u JOIN above AS a ON u.unit_id = a.parent_id
        )
        SELECT FROM above WHERE unit_id = NEW.unit_id
    ) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('unit "%s" cannot belong to a unit below it', NEW.code),
            HINT = 'Move the lower unit first.';
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_loop_of_units() IS 'trigger: a unit does not belong to itself, however indirectly';
CREATE OR REPLACE TRIGGER refuse_loop AFTER INSERT OR UPDATE OF parent_id ON appraisal.unit
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION appraisal.refuse_loop_of_units();
-- Who is asking, and what that one may see.
--
-- Rights follow the login (session_user), so that neither SET ROLE nor a function of somebody else's
-- changes who is asking. These functions belong to the tables' owner and run as such, because they
-- must see accounts and postings that the one who asks may not; each answers about the one who asks
-- and nobody else.

CREATE OR REPLACE FUNCTION appraisal.acting_person() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT CASE WHEN 'service' = ANY (a.capabilities)
                THEN (SELECT p.person_id FROM appraisal.person AS p
                      WHERE p.code = nullif(current_setting('appraisal.actor', true), ''))
                ELSE a.person_id END
    FROM appraisal.account AS a
    WHERE a.role_name = session_user
$function$;
COMMENT ON FUNCTION appraisal.acting_person() IS
    'person who is asking: the login''s own, or for a service the one in the setting appraisal.actor';

CREATE OR REPLACE FUNCTION appraisal.acting_capabilities() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT CASE WHEN NOT 'service' = ANY (a.capabilities) THEN a.capabilities
                WHEN actor.person_id IS NULL THEN ARRAY['service']
                ELSE coalesce((SELECT own.capabilities FROM appraisal.account AS own
                               WHERE own.person_id = actor.person_id), ARRAY['employee']) END
    FROM appraisal.account AS a, (SELECT appraisal.acting_person()) AS actor (person_id)
    WHERE a.role_name = session_user
$function$;
COMMENT ON FUNCTION appraisal.acting_capabilities() IS
    'what the one who is asking may do; a person without a login of their own is an employee';

CREATE OR REPLACE FUNCTION appraisal.acting_as(capability text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT coalesce($1 = ANY (appraisal.acting_capabilities()), false)
$function$;
COMMENT ON FUNCTION appraisal.acting_as(text) IS 'may the one who is asking act as hr, executive, manager, employee, auditor?';

-- Level by level, each by index: see my_people_then().
CREATE OR REPLACE FUNCTION appraisal.my_people() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $function$
    WITH RECURSIVE below AS (
        SELECT p.person_id
        FROM appraisal.posting AS p
        WHERE p.manager_id = appraisal.acting_person() AND p.during @> current_date
          AND appraisal.acting_as('manager')
        UNION
        SELECT p.person_id
        FROM below AS b
        CROSS JOIN LATERAL (SELECT l.person_id FROM appraisal.posting AS l
                            WHERE l.manager_id = b.person_id AND l.during @> current_date OFFSET 0) AS p
    )
    SELECT b.person_id FROM below AS b
$function$;
COMMENT ON FUNCTION appraisal.my_people() IS
    'everybody below the manager who is asking, today, on whatever level; nobody for others';

REVOKE ALL ON FUNCTION appraisal.acting_person(), appraisal.acting_capabilities(),
    appraisal.acting_as(text), appraisal.my_people(), appraisal.refuse_loop_of_units() FROM PUBLIC;

-- The policies of tables about people. Helpers stand in scalar subselects, so that they run once a
-- statement. Policies of the same name mean the same everywhere; link_account() grants by them.

ALTER TABLE appraisal.person ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS kept_by_hr ON appraisal.person; CREATE POLICY kept_by_hr ON appraisal.person
    USING ((SELECT appraisal.acting_as('hr'))) WITH CHECK ((SELECT appraisal.acting_as('hr')));
DROP POLICY IF EXISTS seen_by_executives_and_auditors ON appraisal.person; CREATE POLICY seen_by_executives_and_auditors ON appraisal.person FOR SELECT
    USING ((SELECT appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
DROP POLICY IF EXISTS seen_by_its_person ON appraisal.person; CREATE POLICY seen_by_its_person ON appraisal.person FOR SELECT
    USING (person_id = (SELECT appraisal.acting_person()));
DROP POLICY IF EXISTS seen_by_its_managers ON appraisal.person; CREATE POLICY seen_by_its_managers ON appraisal.person FOR SELECT
    USING (person_id IN (SELECT appraisal.my_people()));

ALTER TABLE appraisal.posting ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS kept_by_hr ON appraisal.posting; CREATE POLICY kept_by_hr ON appraisal.posting
    USING ((SELECT appraisal.acting_as('hr'))) WITH CHECK ((SELECT appraisal.acting_as('hr')));
DROP POLICY IF EXISTS seen_by_executives_and_auditors ON appraisal.posting; CREATE POLICY seen_by_executives_and_auditors ON appraisal.posting FOR SELECT
    USING ((SELECT appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
DROP POLICY IF EXISTS seen_by_its_person ON appraisal.posting; CREATE POLICY seen_by_its_person ON appraisal.posting FOR SELECT
    USING (person_id = (SELECT appraisal.acting_person()));
DROP POLICY IF EXISTS seen_by_its_managers ON appraisal.posting; CREATE POLICY seen_by_its_managers ON appraisal.posting FOR SELECT
    USING (person_id IN (SELECT appraisal.my_people()));

-- Accounts are made by the tables' owner alone: whoever could make one could make oneself hr.
ALTER TABLE appraisal.account ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen_by_hr_and_auditors ON appraisal.account; CREATE POLICY seen_by_hr_and_auditors ON appraisal.account FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('auditor')));
DROP POLICY IF EXISTS seen_by_its_role ON appraisal.account; CREATE POLICY seen_by_its_role ON appraisal.account FOR SELECT USING (role_name = session_user);
-- Who changed what, acting for whom: every change to the records, and a hash chain over it.

CREATE TABLE IF NOT EXISTS appraisal.audit_log (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    role_name name NOT NULL,
    actor_id bigint,
    table_name name NOT NULL,
    command text NOT NULL CONSTRAINT audit_command_is_known CHECK (command IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')),
    before jsonb,
    after jsonb
);
COMMENT ON TABLE appraisal.audit_log IS 'every change to the records; rows are added and never changed';
COMMENT ON COLUMN appraisal.audit_log.audit_id IS 'key, in order of writing';
COMMENT ON COLUMN appraisal.audit_log.at IS 'when';
COMMENT ON COLUMN appraisal.audit_log.transaction_id IS 'transaction that made the change';
COMMENT ON COLUMN appraisal.audit_log.role_name IS 'login that made the change';
COMMENT ON COLUMN appraisal.audit_log.actor_id IS 'person for whom the login acted; null if for nobody in particular';
COMMENT ON COLUMN appraisal.audit_log.table_name IS 'table of the changed row';
COMMENT ON COLUMN appraisal.audit_log.command IS 'INSERT, UPDATE, DELETE or TRUNCATE';
COMMENT ON COLUMN appraisal.audit_log.before IS 'the row before the change';
COMMENT ON COLUMN appraisal.audit_log.after IS 'the row after the change';

CREATE TABLE IF NOT EXISTS appraisal.audit_seal (
    seal_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    follows bigint
        CONSTRAINT seal_follows_one_that_is_there REFERENCES appraisal.audit_seal
        CONSTRAINT seals_make_one_chain UNIQUE NULLS NOT DISTINCT,
    audit_ids bigint[] NOT NULL,
    row_hashes bytea[] NOT NULL,
    hash bytea NOT NULL,
    drawn_to bigint,
    complete_to bigint,
    CONSTRAINT every_sealed_row_has_a_hash CHECK (cardinality(audit_ids) = cardinality(row_hashes))
);
COMMENT ON TABLE appraisal.audit_seal IS 'hash chain over blocks of the audit log, so that later changes to it show';
COMMENT ON COLUMN appraisal.audit_seal.seal_id IS 'place in the chain';
COMMENT ON COLUMN appraisal.audit_seal.sealed_at IS 'when';
COMMENT ON COLUMN appraisal.audit_seal.follows IS 'seal before it in the chain; null for the first';
COMMENT ON COLUMN appraisal.audit_seal.audit_ids IS 'rows of the block, in order';
COMMENT ON COLUMN appraisal.audit_seal.row_hashes IS 'SHA-256 of each of these rows';
COMMENT ON COLUMN appraisal.audit_seal.hash IS 'SHA-256 of the hash before it and of the row hashes';
COMMENT ON COLUMN appraisal.audit_seal.drawn_to IS 'last key of the log that was given out by then, to whatever transaction; null in seals of 0.1.0';
COMMENT ON COLUMN appraisal.audit_seal.complete_to IS 'all rows of the log up to this key are in this seal or one before it; null in seals of 0.1.0';

-- Written by the tables' owner, whoever makes the change: nobody else can write here. One call a
-- statement, whatever the number of rows. The arguments are the key's columns, at most four, by which the
-- row before and the row after an update are known to be the same.
CREATE OR REPLACE FUNCTION appraisal.write_audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    CASE TG_OP
    WHEN 'INSERT' THEN
        INSERT INTO appraisal.audit_log (role_name, actor_id, table_name, command, after)
        SELECT session_user, (SELECT appraisal.acting_person()), TG_TABLE_NAME, TG_OP, to_jsonb(n)
        FROM new_rows AS n;
    WHEN 'DELETE' THEN
        INSERT INTO appraisal.audit_log (role_name, actor_id, table_name, command, before)
        SELECT session_user, (SELECT appraisal.acting_person()), TG_TABLE_NAME, TG_OP, to_jsonb(o)
        FROM old_rows AS o;
    WHEN 'UPDATE' THEN
        INSERT INTO appraisal.audit_log (role_name, actor_id, table_name, command, before, after)
        SELECT session_user, (SELECT appraisal.acting_person()), TG_TABLE_NAME, TG_OP, o.before, n.after
        FROM (SELECT r.*, ARRAY[r.before -> TG_ARGV[0], r.before -> TG_ARGV[1], r.before -> TG_ARGV[2],
                                r.before -> TG_ARGV[3]] AS key
              FROM (SELECT to_jsonb(o) AS before FROM old_rows AS o) AS r) AS o
        FULL JOIN (SELECT r.*, ARRAY[r.after -> TG_ARGV[0], r.after -> TG_ARGV[1], r.after -> TG_ARGV[2],
                                     r.after -> TG_ARGV[3]] AS key
                   FROM (SELECT to_jsonb(n) AS after FROM new_rows AS n) AS r) AS n ON n.key = o.key
        WHERE o.before IS DISTINCT FROM n.after;
    ELSE
        INSERT INTO appraisal.audit_log (role_name, actor_id, table_name, command)
        VALUES (session_user, appraisal.acting_person(), TG_TABLE_NAME, TG_OP);
    END CASE;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.write_audit() IS 'trigger: writes the changes of a statement to the audit log';

CREATE OR REPLACE FUNCTION appraisal.refuse_any_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'AP007',
        MESSAGE = format('%s is only added to', TG_TABLE_NAME),
        DETAIL = format('%s was tried.', TG_OP);
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_any_change() IS 'trigger: rows are never changed or removed';
REVOKE ALL ON FUNCTION appraisal.write_audit(), appraisal.refuse_any_change() FROM PUBLIC;

CREATE OR REPLACE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE OR REPLACE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();

ALTER TABLE appraisal.audit_log ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen_by_auditors ON appraisal.audit_log; CREATE POLICY seen_by_auditors ON appraisal.audit_log FOR SELECT
    USING ((SELECT appraisal.acting_as('auditor')));
ALTER TABLE appraisal.audit_seal ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen_by_auditors ON appraisal.audit_seal; CREATE POLICY seen_by_auditors ON appraisal.audit_seal FOR SELECT
    USING ((SELECT appraisal.acting_as('auditor')));

-- Seals all rows that no seal holds: what counts is the row's key, not when its transaction ended, so a
-- row that was written earlier and committed later falls into a later block. Whoever writes to the log
-- never waits for this, nor this for them. It runs as the tables' owner, because HR, who seals, may
-- neither read the log nor write a seal of one's own making.
--
-- The log is long and most of it sealed, so it is not looked at from the beginning. A key that was given out
-- before a seal may appear after it, while its transaction lasts; once all transactions have ended that had
-- begun to write by then, the keys up to there are complete. They had, if none is running whose number is
-- below that of the seal's own row: a block of its own gives that row a number above all that there are. A plan
-- for any number of rows would read the whole log again.
CREATE OR REPLACE PROCEDURE appraisal.seal_audit()
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
SET plan_cache_mode = force_custom_plan AS $procedure$
DECLARE
    block_size CONSTANT integer := 100000; -- a seal is one row, and no value is larger than a gigabyte
    last appraisal.audit_seal;
    drawn_now bigint;
    complete_now bigint;
    blocks refcursor;
    block record;
BEGIN
    LOCK TABLE appraisal.audit_seal IN SHARE ROW EXCLUSIVE MODE;
    SELECT s.* INTO last FROM appraisal.audit_seal AS s ORDER BY s.seal_id DESC LIMIT 1;
    SELECT CASE WHEN age(s.xmin) > age(pg_snapshot_xmin(pg_current_snapshot())::xid) THEN s.drawn_to ELSE s.complete_to END
    INTO complete_now
    FROM appraisal.audit_seal AS s WHERE s.seal_id = last.seal_id;
    SELECT q.last_value INTO drawn_now FROM appraisal.audit_log_audit_id_seq AS q;
    OPEN blocks FOR
        SELECT array_agg(b.audit_id ORDER BY b.audit_id) AS audit_ids,
               array_agg(b.row_hash ORDER BY b.audit_id) AS row_hashes,
               string_agg(b.row_hash, '' ORDER BY b.audit_id) AS hashes
        FROM (SELECT l.audit_id, sha256(convert_to(to_jsonb(l)::text, 'UTF8')) AS row_hash,
                     (row_number() OVER (ORDER BY l.audit_id) - 1) / block_size AS place
              FROM appraisal.audit_log AS l
              JOIN (SELECT w.audit_id FROM appraisal.audit_log AS w WHERE w.audit_id > coalesce(last.complete_to, 0)
                    EXCEPT
                    -- what an earlier seal holds was given out before the one that complete_to is from
                    SELECT unnest(s.audit_ids) FROM appraisal.audit_seal AS s
                    WHERE last.complete_to IS NULL OR s.drawn_to >= last.complete_to) AS unsealed USING (audit_id)) AS b
        GROUP BY b.place
        ORDER BY b.place;
    LOOP
        FETCH blocks INTO block; -- one by one: they are large
        EXIT WHEN NOT FOUND;
        BEGIN
            INSERT INTO appraisal.audit_seal (follows, audit_ids, row_hashes, hash, drawn_to, complete_to)
            VALUES (last.seal_id, block.audit_ids, block.row_hashes, sha256(coalesce(last.hash, '') || block.hashes),
                    drawn_now, complete_now)
            RETURNING * INTO last;
        EXCEPTION WHEN no_data_found THEN
            RAISE; -- never: a block that could catch something is a transaction within the transaction
        END;
    END LOOP;
    CLOSE blocks;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.seal_audit() IS
    'adds blocks to the hash chain over the audit log: all rows that are not sealed yet';

CREATE OR REPLACE FUNCTION appraisal.verify_audit(OUT audit_id bigint, OUT seal_id bigint, OUT finding text) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $function$
    SELECT u.audit_id, s.seal_id, CASE WHEN l.audit_id IS NULL THEN 'row is missing' ELSE 'row was changed' END
    FROM appraisal.audit_seal AS s
    CROSS JOIN unnest(s.audit_ids, s.row_hashes) AS u (audit_id, row_hash)
    LEFT JOIN appraisal.audit_log AS l USING (audit_id)
    WHERE u.row_hash IS DISTINCT FROM sha256(convert_to(to_jsonb(l)::text, 'UTF8'))
    UNION ALL
    SELECT a.audit_id, NULL, 'row was added'
    FROM (SELECT l.audit_id FROM appraisal.audit_log AS l
          WHERE l.audit_id <= (SELECT max(s.complete_to) FROM appraisal.audit_seal AS s)
          EXCEPT
          SELECT unnest(s.audit_ids) FROM appraisal.audit_seal AS s) AS a
    UNION ALL
    SELECT NULL, s.seal_id, 'seal does not follow from the rows and the seal before it'
    FROM appraisal.audit_seal AS s
    LEFT JOIN appraisal.audit_seal AS before ON before.seal_id = s.follows
    WHERE s.hash <> sha256(coalesce(before.hash, '') || (SELECT string_agg(h, '' ORDER BY place)
                                                         FROM unnest(s.row_hashes) WITH ORDINALITY AS u (h, place)))
    ORDER BY 1, 2
$function$;
COMMENT ON FUNCTION appraisal.verify_audit() IS
    'rows of the audit log and seals that were touched or added after sealing, the first one first; none if all is as it was';
REVOKE ALL ON PROCEDURE appraisal.seal_audit() FROM PUBLIC;
REVOKE ALL ON FUNCTION appraisal.verify_audit() FROM PUBLIC;
-- Schemes: the rules by which people and units are appraised.
--
-- Everything that differs between job groups is a set of rows keyed by
-- job_group, and '*' is the set of all job groups that have none of their
-- own.  A job group's set replaces the set of '*', it does not patch it: so
-- each set is complete, adds up to 100 by itself, and what holds for a person
-- is seen in one place.  Weights, indicators, raters and periods all work so.

CREATE TABLE IF NOT EXISTS appraisal.scheme (
    scheme_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    parent_id bigint REFERENCES appraisal.scheme,
    status text NOT NULL DEFAULT 'draft',
    valid_from date,
    retired_on date,
    title text NOT NULL,
    label text NOT NULL,
    language text NOT NULL,
    uses text[] NOT NULL DEFAULT '{}',
    adaptable boolean NOT NULL DEFAULT false,
    surveyed boolean NOT NULL DEFAULT false,
    subjects text[] NOT NULL DEFAULT '{person}',
    unit_levels text[] NOT NULL DEFAULT '{}',
    decimals integer NOT NULL DEFAULT 2,
    rounding text NOT NULL DEFAULT 'half_up',
    grade_reads text NOT NULL DEFAULT 'rounded',
    missing text NOT NULL DEFAULT 'block',
    least_coverage numeric,
    scale appraisal.grade_scale,
    quota appraisal.quota,
    enforcement text NOT NULL DEFAULT 'off',
    least_group integer NOT NULL DEFAULT 1,
    calibration_steps integer,
    no_surprise_grade text,
    improvement_grade text,
    goals_set_by text NOT NULL DEFAULT 'none',
    goals_confirmed boolean NOT NULL DEFAULT false,
    goals_approved boolean NOT NULL DEFAULT false,
    target_floor text NOT NULL DEFAULT 'none',
    self_report text[] NOT NULL DEFAULT '{}',
    self_report_days integer,
    interview boolean NOT NULL DEFAULT false,
    comment_topics text[] NOT NULL DEFAULT '{}',
    transfer text NOT NULL DEFAULT 'segments',
    visible_to text[] NOT NULL DEFAULT '{person,manager,hr,executive}',
    appeal_days integer,
    appeal_day_kind text NOT NULL DEFAULT 'calendar',
    assumed text[] NOT NULL DEFAULT '{}',
    interview_days integer,
    improvement_reads text NOT NULL DEFAULT 'natural',
    CONSTRAINT scheme_code_and_version_are_unique UNIQUE (code, version),
    -- the version in force on a day is the last that began by then
    CONSTRAINT scheme_versions_begin_on_different_days UNIQUE (code, valid_from),
    CONSTRAINT scheme_code_is_a_plain_word CHECK (code ~ '^[a-z][a-z0-9_-]*$'),
    CONSTRAINT scheme_version_is_positive CHECK (version > 0),
    CONSTRAINT scheme_parent_is_another CHECK (parent_id <> scheme_id),
    CONSTRAINT scheme_status_is_known CHECK (status IN ('draft', 'active', 'retired')),
    CONSTRAINT scheme_valid_once_active CHECK ((status = 'draft') = (valid_from IS NULL)),
    CONSTRAINT scheme_retired_has_its_day CHECK ((status = 'retired') = (retired_on IS NOT NULL)),
    CONSTRAINT scheme_retired_not_before_valid CHECK (retired_on >= valid_from),
    CONSTRAINT scheme_names_are_not_empty CHECK (title <> '' AND label <> '' AND language <> ''),
    CONSTRAINT scheme_uses_are_known CHECK
        (uses <@ '{pay,bonus,promotion,training,post,contract,award,mark}'),
    CONSTRAINT scheme_subjects_are_known CHECK (subjects <@ '{person,unit}' AND subjects <> '{}'),
    CONSTRAINT scheme_unit_levels_are_for_units CHECK (unit_levels = '{}' OR 'unit' = ANY (subjects)),
    CONSTRAINT scheme_decimals_are_0_to_8 CHECK (decimals BETWEEN 0 AND 8),
    CONSTRAINT scheme_rounding_is_known CHECK (rounding IN ('half_up', 'down')),
    CONSTRAINT scheme_grade_reads_a_score CHECK (grade_reads IN ('rounded', 'raw')),
    CONSTRAINT scheme_missing_is_known CHECK (missing IN ('block', 'renormalise', 'zero')),
    CONSTRAINT scheme_renormalise_has_least_coverage CHECK
        ((missing = 'renormalise') = (least_coverage IS NOT NULL)),
    CONSTRAINT scheme_least_coverage_is_a_share CHECK (least_coverage > 0 AND least_coverage <= 1),
    CONSTRAINT scheme_quota_has_a_scale CHECK (quota IS NULL OR scale IS NOT NULL),
    -- raises the engine's error, which names the rules in conflict
    CONSTRAINT scheme_quota_fits_scale CHECK (appraisal.check_quota(quota, scale)),
    CONSTRAINT scheme_enforcement_is_known CHECK (enforcement IN ('off', 'warn', 'block')),
    CONSTRAINT scheme_enforcement_has_a_quota CHECK (enforcement = 'off' OR quota IS NOT NULL),
    CONSTRAINT scheme_least_group_is_positive CHECK (least_group > 0),
    CONSTRAINT scheme_calibration_steps_are_not_negative CHECK (calibration_steps >= 0),
    CONSTRAINT scheme_no_surprise_grade_has_a_scale CHECK (no_surprise_grade IS NULL OR scale IS NOT NULL),
    CONSTRAINT scheme_improvement_grade_has_a_scale CHECK (improvement_grade IS NULL OR scale IS NOT NULL),
    CONSTRAINT scheme_goals_are_set_by_somebody CHECK (goals_set_by IN ('none', 'person', 'manager')),
    CONSTRAINT scheme_goals_to_confirm_exist CHECK
        (goals_set_by <> 'none' OR NOT (goals_confirmed OR goals_approved)),
    CONSTRAINT scheme_target_floor_is_known CHECK (target_floor IN ('none', 'last', 'best')),
    CONSTRAINT scheme_self_report_names_periods CHECK
        (self_report <@ '{month,quarter,half_year,year}'),
    CONSTRAINT scheme_self_report_days_need_a_report CHECK
        (self_report_days IS NULL OR (self_report_days >= 0 AND self_report <> '{}')),
    CONSTRAINT scheme_transfer_is_known CHECK (transfer IN ('segments', 'present_unit')),
    CONSTRAINT scheme_visible_to_is_known CHECK
        (visible_to <@ '{person,manager,hr,executive,everyone}'),
    CONSTRAINT scheme_appeal_days_are_positive CHECK (appeal_days > 0),
    CONSTRAINT scheme_appeal_day_kind_is_known CHECK (appeal_day_kind IN ('calendar', 'working')),
    CONSTRAINT scheme_interview_days_need_an_interview CHECK (interview_days IS NULL OR (interview_days >= 0 AND interview)),
    CONSTRAINT scheme_improvement_reads_a_grade CHECK (improvement_reads IN ('natural', 'final'))
);
CREATE UNIQUE INDEX IF NOT EXISTS scheme_has_one_active_version ON appraisal.scheme (code) WHERE status = 'active';
CREATE UNIQUE INDEX IF NOT EXISTS scheme_has_one_draft ON appraisal.scheme (code) WHERE status = 'draft';
CREATE INDEX IF NOT EXISTS scheme_parent_id_idx ON appraisal.scheme (parent_id);
COMMENT ON TABLE appraisal.scheme IS 'a version of an appraisal scheme; immutable once active';
COMMENT ON COLUMN appraisal.scheme.scheme_id IS 'key';
COMMENT ON COLUMN appraisal.scheme.code IS 'the name that procedures take; the same for all versions';
COMMENT ON COLUMN appraisal.scheme.version IS 'counts from 1 for each code';
COMMENT ON COLUMN appraisal.scheme.parent_id IS 'the version that this one was made from: the one it revises, or the scheme that a subsidiary made its own';
COMMENT ON COLUMN appraisal.scheme.status IS 'draft, active or retired; a code has at most one draft and one active version';
COMMENT ON COLUMN appraisal.scheme.valid_from IS 'first day in force; NULL for a draft';
COMMENT ON COLUMN appraisal.scheme.retired_on IS 'first day no longer in force';
COMMENT ON COLUMN appraisal.scheme.title IS 'name in English';
COMMENT ON COLUMN appraisal.scheme.label IS 'name in the scheme''s own language';
COMMENT ON COLUMN appraisal.scheme.language IS 'language of all labels: zh, en, ...';
COMMENT ON COLUMN appraisal.scheme.uses IS 'what results are used for: pay, bonus, promotion, training, post, contract, award, mark';
COMMENT ON COLUMN appraisal.scheme.adaptable IS 'may subsidiaries make a scheme of their own from it (revise_scheme with new_code)?';
COMMENT ON COLUMN appraisal.scheme.surveyed IS 'are staff asked about the scheme, and its effect evaluated?';
COMMENT ON COLUMN appraisal.scheme.subjects IS 'who is appraised: person, unit or both';
COMMENT ON COLUMN appraisal.scheme.unit_levels IS 'kinds of the units that are appraised, highest first; a unit is of the kind that it is given in the organisation';
COMMENT ON COLUMN appraisal.scheme.decimals IS 'decimals of a score';
COMMENT ON COLUMN appraisal.scheme.rounding IS 'how a score is rounded to them: half_up or down';
COMMENT ON COLUMN appraisal.scheme.grade_reads IS 'does a grade read the rounded or the raw score?';
COMMENT ON COLUMN appraisal.scheme.missing IS 'a required rating or measurement is missing: block (no score), renormalise (the weights that are there count) or zero';
COMMENT ON COLUMN appraisal.scheme.least_coverage IS 'least share of the weight that renormalise takes, at most 1';
COMMENT ON COLUMN appraisal.scheme.scale IS 'grades of the total score; NULL for a scheme without grades';
COMMENT ON COLUMN appraisal.scheme.quota IS 'forced distribution of the grades; NULL for none';
COMMENT ON COLUMN appraisal.scheme.enforcement IS 'a quota that does not hold at sign-off: off, warn or block';
COMMENT ON COLUMN appraisal.scheme.least_group IS 'a smaller group joins its parent unit for the forced distribution';
COMMENT ON COLUMN appraisal.scheme.calibration_steps IS 'most grades that calibration may move a person; NULL for any number';
COMMENT ON COLUMN appraisal.scheme.no_surprise_grade IS 'this grade or a worse one needs feedback recorded before';
COMMENT ON COLUMN appraisal.scheme.improvement_grade IS 'this grade or a worse one needs an improvement plan';
COMMENT ON COLUMN appraisal.scheme.goals_set_by IS 'who proposes goals: person, manager, or none when the scheme''s indicators are all';
COMMENT ON COLUMN appraisal.scheme.goals_confirmed IS 'does the person confirm the goals?';
COMMENT ON COLUMN appraisal.scheme.goals_approved IS 'do HR and the department head check goals before they bind?';
COMMENT ON COLUMN appraisal.scheme.target_floor IS 'a proposed target is no worse than: none, the last actual, or the best one';
COMMENT ON COLUMN appraisal.scheme.self_report IS 'periods that ask for a written self-report';
COMMENT ON COLUMN appraisal.scheme.self_report_days IS 'days after the end of the period by which it is due';
COMMENT ON COLUMN appraisal.scheme.interview IS 'does a recorded interview close each appraisal?';
COMMENT ON COLUMN appraisal.scheme.comment_topics IS 'what the rater''s written comment must speak of';
COMMENT ON COLUMN appraisal.scheme.transfer IS 'a change of unit within the period: segments weighted by days, or the present_unit evaluates all of it after asking the former one';
COMMENT ON COLUMN appraisal.scheme.visible_to IS 'who may see a published result; auditors and the role of the tables'' owner always may';
COMMENT ON COLUMN appraisal.scheme.appeal_days IS 'days to file an appeal, from the later of publication and interview; NULL when there is no appeal';
COMMENT ON COLUMN appraisal.scheme.appeal_day_kind IS 'calendar or working days, for all appeal deadlines';
COMMENT ON COLUMN appraisal.scheme.assumed IS 'paths of the scheme''s document whose values the written rules leave open';
COMMENT ON COLUMN appraisal.scheme.interview_days IS 'days after publication by which the interview is held; NULL for at once';
COMMENT ON COLUMN appraisal.scheme.improvement_reads IS 'grade that an improvement plan follows: natural (calibrated, else of the score), which the forced distribution has no part in, or final';

CREATE TABLE IF NOT EXISTS appraisal.period_rule (
    scheme_id bigint NOT NULL REFERENCES appraisal.scheme ON DELETE CASCADE,
    job_group text NOT NULL,
    period text NOT NULL,
    due_days integer,
    composed_of text,
    combined_by text,
    part_weights numeric[],
    PRIMARY KEY (scheme_id, job_group, period),
    CONSTRAINT period_rule_job_group_is_not_empty CHECK (job_group <> ''),
    CONSTRAINT period_rule_period_is_known CHECK (period IN ('month', 'quarter', 'half_year', 'year')),
    CONSTRAINT period_rule_due_days_are_not_negative CHECK (due_days >= 0),
    CONSTRAINT period_rule_combination_is_known CHECK (combined_by IN ('mean', 'weighted', 'latest', 'reference')),
    CONSTRAINT period_rule_combines_periods CHECK ((composed_of IS NULL) = (combined_by IS NULL)),
    CONSTRAINT period_rule_parts_are_shorter CHECK
        (array_position('{month,quarter,half_year,year}', composed_of)
         < array_position('{month,quarter,half_year,year}', period)),
    CONSTRAINT period_rule_weighted_has_part_weights CHECK
        ((combined_by IS NOT DISTINCT FROM 'weighted') = (part_weights IS NOT NULL)),
    CONSTRAINT period_rule_part_weights_are_not_negative CHECK
        (array_position(part_weights, NULL) IS NULL AND 0 <= ALL (part_weights)),
    FOREIGN KEY (scheme_id, job_group, composed_of) REFERENCES appraisal.period_rule
);
CREATE INDEX IF NOT EXISTS period_rule_parts_idx ON appraisal.period_rule (scheme_id, job_group, composed_of);
COMMENT ON TABLE appraisal.period_rule IS 'the periods that a scheme appraises, by job group';
COMMENT ON COLUMN appraisal.period_rule.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.period_rule.job_group IS 'whom it is for; * is all job groups without rows of their own';
COMMENT ON COLUMN appraisal.period_rule.period IS 'month, quarter, half_year or year';
COMMENT ON COLUMN appraisal.period_rule.due_days IS 'days after the end of the period by which results are due';
COMMENT ON COLUMN appraisal.period_rule.composed_of IS 'shorter period whose results this one takes in';
COMMENT ON COLUMN appraisal.period_rule.combined_by IS 'how their results become the result: their mean, weighted, the latest; or reference: this period is appraised by itself and they are shown beside it';
COMMENT ON COLUMN appraisal.period_rule.part_weights IS 'weighted: per cent of each shorter period, in order of time; they add up to 100';

CREATE TABLE IF NOT EXISTS appraisal.dimension (
    dimension_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scheme_id bigint NOT NULL REFERENCES appraisal.scheme ON DELETE CASCADE,
    code text NOT NULL,
    "position" integer NOT NULL,
    title text NOT NULL,
    label text NOT NULL,
    gate numeric,
    gate_grade text,
    evidence_below numeric,
    evidence_from numeric,
    scale appraisal.grade_scale,
    box_axis text,
    CONSTRAINT dimension_code_is_unique UNIQUE (scheme_id, code),
    CONSTRAINT dimension_position_is_unique UNIQUE (scheme_id, "position"),
    CONSTRAINT dimension_is_of_its_scheme UNIQUE (scheme_id, dimension_id),
    CONSTRAINT dimension_box_axis_is_unique UNIQUE (scheme_id, box_axis),
    CONSTRAINT dimension_code_is_a_plain_word CHECK (code ~ '^[a-z][a-z0-9_-]*$'),
    CONSTRAINT dimension_position_is_positive CHECK ("position" > 0),
    CONSTRAINT dimension_names_are_not_empty CHECK (title <> '' AND label <> ''),
    CONSTRAINT dimension_gate_caps_the_grade CHECK ((gate IS NULL) = (gate_grade IS NULL)),
    CONSTRAINT dimension_evidence_bounds_are_in_order CHECK (evidence_below <= evidence_from),
    CONSTRAINT dimension_box_axis_is_known CHECK (box_axis IN ('performance', 'values')),
    CONSTRAINT dimension_box_axis_has_a_scale CHECK (box_axis IS NULL OR scale IS NOT NULL)
);
COMMENT ON TABLE appraisal.dimension IS 'a part of the total score';
COMMENT ON COLUMN appraisal.dimension.dimension_id IS 'key';
COMMENT ON COLUMN appraisal.dimension.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.dimension.code IS 'name within the scheme';
COMMENT ON COLUMN appraisal.dimension."position" IS 'order in which dimensions are shown';
COMMENT ON COLUMN appraisal.dimension.title IS 'name in English';
COMMENT ON COLUMN appraisal.dimension.label IS 'name in the scheme''s language';
COMMENT ON COLUMN appraisal.dimension.gate IS 'a score of the dimension below it caps the final grade';
COMMENT ON COLUMN appraisal.dimension.gate_grade IS 'the best grade that is left then';
COMMENT ON COLUMN appraisal.dimension.evidence_below IS 'a mark below it needs a written case; kept by dimension because marks of one dimension share a range';
COMMENT ON COLUMN appraisal.dimension.evidence_from IS 'a mark of this or above needs a written case';
COMMENT ON COLUMN appraisal.dimension.scale IS 'grades of the dimension''s own score; the boxes read them';
COMMENT ON COLUMN appraisal.dimension.box_axis IS 'the axis of the boxes that this dimension is: performance or values';

CREATE TABLE IF NOT EXISTS appraisal.dimension_weight (
    scheme_id bigint NOT NULL,
    dimension_id bigint NOT NULL,
    job_group text NOT NULL,
    weight numeric NOT NULL,
    PRIMARY KEY (scheme_id, dimension_id, job_group),
    CONSTRAINT dimension_weight_job_group_is_not_empty CHECK (job_group <> ''),
    CONSTRAINT dimension_weight_is_0_to_100 CHECK (weight BETWEEN 0 AND 100),
    FOREIGN KEY (scheme_id, dimension_id) REFERENCES appraisal.dimension (scheme_id, dimension_id) ON DELETE CASCADE
);
COMMENT ON TABLE appraisal.dimension_weight IS 'weights of the dimensions, by job group; a dimension without a row is not appraised';
COMMENT ON COLUMN appraisal.dimension_weight.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.dimension_weight.dimension_id IS 'the dimension';
COMMENT ON COLUMN appraisal.dimension_weight.job_group IS 'whom it is for; * is all job groups without rows of their own';
COMMENT ON COLUMN appraisal.dimension_weight.weight IS 'per cent of the total; those of a job group add up to 100';

-- Indicators are a library: schemes share a definition when it is the same,
-- and what is told apart by code alone (sales over ten years) stays together.
-- A definition that differs is a new version, so no scheme in force changes.
CREATE TABLE IF NOT EXISTS appraisal.indicator (
    indicator_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    title text NOT NULL,
    label text NOT NULL,
    kind text NOT NULL,
    reads text NOT NULL DEFAULT 'value',
    direction text,
    curve appraisal.score_curve,
    unit text,
    data_source text,
    frequency text,
    gathering text NOT NULL DEFAULT 'latest',
    "least" numeric,
    most numeric,
    CONSTRAINT indicator_code_and_version_are_unique UNIQUE (code, version),
    CONSTRAINT indicator_code_is_a_plain_word CHECK (code ~ '^[a-z][a-z0-9_-]*$'),
    CONSTRAINT indicator_version_is_positive CHECK (version > 0),
    CONSTRAINT indicator_names_are_not_empty CHECK (title <> '' AND label <> ''),
    CONSTRAINT indicator_kind_is_known CHECK (kind IN ('measured', 'rated', 'levels', 'gated')),
    CONSTRAINT indicator_reads_is_known CHECK (reads IN ('value', 'attainment')),
    CONSTRAINT indicator_attainment_is_measured CHECK (reads = 'value' OR kind = 'measured'),
    CONSTRAINT indicator_measured_has_a_direction CHECK (kind <> 'measured' OR direction IS NOT NULL),
    CONSTRAINT indicator_direction_is_known CHECK (direction IN ('higher', 'lower')),
    CONSTRAINT indicator_curve_is_for_measurements CHECK (curve IS NULL OR kind = 'measured'),
    CONSTRAINT indicator_frequency_is_known CHECK
        (frequency IN ('day', 'week', 'month', 'quarter', 'half_year', 'year')),
    CONSTRAINT indicator_gathering_is_known CHECK (gathering IN ('latest', 'sum', 'mean')),
    CONSTRAINT indicator_range_is_for_ratings CHECK (kind = 'rated' OR ("least" IS NULL AND most IS NULL)),
    CONSTRAINT indicator_range_has_two_ends CHECK (("least" IS NULL) = (most IS NULL)),
    CONSTRAINT indicator_range_is_not_empty CHECK ("least" < most)
);
COMMENT ON TABLE appraisal.indicator IS 'library of what is measured or rated; immutable once a scheme that was activated uses it';
COMMENT ON COLUMN appraisal.indicator.indicator_id IS 'key';
COMMENT ON COLUMN appraisal.indicator.code IS 'name; the same for all versions';
COMMENT ON COLUMN appraisal.indicator.version IS 'counts from 1 for each code; another definition is another version';
COMMENT ON COLUMN appraisal.indicator.title IS 'name in English';
COMMENT ON COLUMN appraisal.indicator.label IS 'name in the scheme''s language';
COMMENT ON COLUMN appraisal.indicator.kind IS 'measured: points by a curve; rated: a mark from a range or a list; levels: one of some labels with points; gated: levels passed in order';
COMMENT ON COLUMN appraisal.indicator.reads IS 'what the curve reads: the measured value, or its attainment of the target (1 is met)';
COMMENT ON COLUMN appraisal.indicator.direction IS 'are higher or lower figures better? Wanted of ratings, too, if their targets have a floor';
COMMENT ON COLUMN appraisal.indicator.curve IS 'from measurement to points, unless the scheme has its own';
COMMENT ON COLUMN appraisal.indicator.unit IS 'unit of measure';
COMMENT ON COLUMN appraisal.indicator.data_source IS 'the system or office that the figures come from';
COMMENT ON COLUMN appraisal.indicator.frequency IS 'how often they are collected: day, week, month, quarter, half_year or year';
COMMENT ON COLUMN appraisal.indicator.gathering IS 'what several measurements in a cycle come to: latest, sum or mean';
COMMENT ON COLUMN appraisal.indicator."least" IS 'lowest mark of a range';
COMMENT ON COLUMN appraisal.indicator.most IS 'highest mark of a range';

CREATE TABLE IF NOT EXISTS appraisal.indicator_level (
    indicator_id bigint NOT NULL REFERENCES appraisal.indicator ON DELETE CASCADE,
    "position" integer NOT NULL,
    label text NOT NULL,
    points numeric NOT NULL,
    "least" numeric,
    earns text,
    PRIMARY KEY (indicator_id, "position"),
    CONSTRAINT indicator_level_label_is_unique UNIQUE (indicator_id, label),
    CONSTRAINT indicator_level_position_is_positive CHECK ("position" > 0),
    CONSTRAINT indicator_level_label_is_not_empty CHECK (label <> ''),
    CONSTRAINT indicator_level_range_is_in_order CHECK ("least" <= points)
);
COMMENT ON TABLE appraisal.indicator_level IS 'marks of a rated indicator, levels of one with levels, or the levels to pass in order of a gated one';
COMMENT ON COLUMN appraisal.indicator_level.indicator_id IS 'the indicator';
COMMENT ON COLUMN appraisal.indicator_level."position" IS 'order: as listed; gated levels are passed in this order';
COMMENT ON COLUMN appraisal.indicator_level.label IS 'name of the mark or level';
COMMENT ON COLUMN appraisal.indicator_level.points IS 'what it gives; the most when it is a range of points';
COMMENT ON COLUMN appraisal.indicator_level."least" IS 'least points of a level that is a range; NULL for one that is not';
COMMENT ON COLUMN appraisal.indicator_level.earns IS 'what earns it';

CREATE TABLE IF NOT EXISTS appraisal.scheme_indicator (
    scheme_indicator_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scheme_id bigint NOT NULL,
    dimension_id bigint NOT NULL,
    job_group text NOT NULL,
    indicator_id bigint NOT NULL REFERENCES appraisal.indicator,
    weight numeric NOT NULL,
    curve appraisal.score_curve,
    target numeric,
    unit_level text,
    CONSTRAINT scheme_indicator_is_used_once UNIQUE (scheme_id, dimension_id, job_group, indicator_id),
    CONSTRAINT scheme_indicator_job_group_is_not_empty CHECK (job_group <> ''),
    CONSTRAINT scheme_indicator_weight_is_0_to_100 CHECK (weight BETWEEN 0 AND 100),
    CONSTRAINT scheme_indicator_target_is_finite CHECK (target NOT IN ('NaN', 'Infinity', '-Infinity')),
    FOREIGN KEY (scheme_id, dimension_id) REFERENCES appraisal.dimension (scheme_id, dimension_id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS scheme_indicator_indicator_id_idx ON appraisal.scheme_indicator (indicator_id);
COMMENT ON TABLE appraisal.scheme_indicator IS 'an indicator in a dimension, by job group';
COMMENT ON COLUMN appraisal.scheme_indicator.scheme_indicator_id IS 'key';
COMMENT ON COLUMN appraisal.scheme_indicator.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.scheme_indicator.dimension_id IS 'the dimension';
COMMENT ON COLUMN appraisal.scheme_indicator.job_group IS 'whom it is for; * is all job groups without rows of their own in this dimension';
COMMENT ON COLUMN appraisal.scheme_indicator.indicator_id IS 'the indicator';
COMMENT ON COLUMN appraisal.scheme_indicator.weight IS 'per cent of the dimension; those of a job group add up to 100';
COMMENT ON COLUMN appraisal.scheme_indicator.curve IS 'the scheme''s own curve instead of the library''s';
COMMENT ON COLUMN appraisal.scheme_indicator.target IS 'target unless a goal sets another';
COMMENT ON COLUMN appraisal.scheme_indicator.unit_level IS 'the measurement is the result of the person''s unit on this level of the scheme''s unit_levels';

CREATE TABLE IF NOT EXISTS appraisal.rater_rule (
    rater_rule_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scheme_id bigint NOT NULL REFERENCES appraisal.scheme ON DELETE CASCADE,
    job_group text NOT NULL,
    source text NOT NULL,
    label text NOT NULL,
    weight numeric NOT NULL,
    least_raters integer NOT NULL DEFAULT 1,
    trim integer NOT NULL DEFAULT 0,
    anonymous boolean NOT NULL DEFAULT false,
    required boolean NOT NULL DEFAULT true,
    period text,
    delegate text,
    CONSTRAINT rater_rule_source_is_unique UNIQUE (scheme_id, job_group, source),
    CONSTRAINT rater_rule_job_group_is_not_empty CHECK (job_group <> ''),
    CONSTRAINT rater_rule_source_is_known CHECK
        (source IN ('self', 'manager', 'second_manager', 'top_manager', 'peer', 'subordinate', 'customer', 'related', 'colleague', 'hr')),
    CONSTRAINT rater_rule_label_is_not_empty CHECK (label <> ''),
    CONSTRAINT rater_rule_weight_is_0_to_100 CHECK (weight BETWEEN 0 AND 100),
    CONSTRAINT rater_rule_least_raters_are_positive CHECK (least_raters > 0),
    CONSTRAINT rater_rule_trim_is_not_negative CHECK (trim >= 0),
    -- of two raters each knows the other's mark from the mean
    CONSTRAINT rater_rule_anonymous_takes_three CHECK (NOT anonymous OR least_raters >= 3),
    CONSTRAINT rater_rule_self_is_one CHECK
        (source <> 'self' OR (least_raters = 1 AND trim = 0 AND NOT anonymous AND delegate IS NULL)),
    CONSTRAINT rater_rule_period_is_known CHECK (period IN ('month', 'quarter', 'half_year', 'year')),
    CONSTRAINT rater_rule_delegate_is_another CHECK (delegate <> source),
    CONSTRAINT rater_rule_delegate_is_known CHECK (delegate IN ('manager', 'second_manager', 'top_manager', 'hr'))
);
COMMENT ON TABLE appraisal.rater_rule IS 'who rates, by job group';
COMMENT ON COLUMN appraisal.rater_rule.rater_rule_id IS 'key';
COMMENT ON COLUMN appraisal.rater_rule.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.rater_rule.job_group IS 'whom it is for; * is all job groups without rows of their own';
COMMENT ON COLUMN appraisal.rater_rule.source IS 'self; manager, second_manager (the manager''s own), top_manager; peer, subordinate, customer, related (staff who work with the person), colleague (everybody), hr';
COMMENT ON COLUMN appraisal.rater_rule.label IS 'name of the source in the scheme''s language';
COMMENT ON COLUMN appraisal.rater_rule.weight IS 'per cent of a rating; 0 is collected and does not count; those of a job group add up to 100';
COMMENT ON COLUMN appraisal.rater_rule.least_raters IS 'fewer than this is missing, and is shown to nobody';
COMMENT ON COLUMN appraisal.rater_rule.trim IS 'how many highest and lowest ratings are left out of the mean';
COMMENT ON COLUMN appraisal.rater_rule.anonymous IS 'is the person never told who rated?';
COMMENT ON COLUMN appraisal.rater_rule.required IS 'is the score missing without it?';
COMMENT ON COLUMN appraisal.rater_rule.period IS 'only in periods of this kind; NULL for all';
COMMENT ON COLUMN appraisal.rater_rule.delegate IS 'the source that a rater may delegate to';

CREATE TABLE IF NOT EXISTS appraisal.box (
    scheme_id bigint NOT NULL REFERENCES appraisal.scheme ON DELETE CASCADE,
    performance_grade text NOT NULL,
    values_grade text NOT NULL,
    label text NOT NULL,
    title text NOT NULL,
    PRIMARY KEY (scheme_id, performance_grade, values_grade),
    CONSTRAINT box_names_are_not_empty CHECK (title <> '' AND label <> '')
);
COMMENT ON TABLE appraisal.box IS 'a name for each pair of grades on the two box axes';
COMMENT ON COLUMN appraisal.box.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.box.performance_grade IS 'grade of the dimension that is the performance axis';
COMMENT ON COLUMN appraisal.box.values_grade IS 'grade of the dimension that is the values axis';
COMMENT ON COLUMN appraisal.box.label IS 'name of the box in the scheme''s language';
COMMENT ON COLUMN appraisal.box.title IS 'name in English';

CREATE TABLE IF NOT EXISTS appraisal.outcome_rule (
    outcome_rule_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scheme_id bigint NOT NULL REFERENCES appraisal.scheme ON DELETE CASCADE,
    code text NOT NULL,
    title text NOT NULL,
    label text NOT NULL,
    subject text NOT NULL DEFAULT 'person',
    period text NOT NULL,
    grade text NOT NULL,
    compares text NOT NULL DEFAULT 'equal',
    run integer NOT NULL DEFAULT 1,
    service_years integer,
    after_training boolean NOT NULL DEFAULT false,
    outcome text NOT NULL,
    amount numeric,
    on_plan text,
    CONSTRAINT outcome_rule_code_is_unique UNIQUE (scheme_id, code),
    CONSTRAINT outcome_rule_code_is_a_plain_word CHECK (code ~ '^[a-z][a-z0-9_-]*$'),
    CONSTRAINT outcome_rule_names_are_not_empty CHECK (title <> '' AND label <> ''),
    CONSTRAINT outcome_rule_subject_is_known CHECK (subject IN ('person', 'unit')),
    CONSTRAINT outcome_rule_period_is_known CHECK (period IN ('month', 'quarter', 'half_year', 'year')),
    CONSTRAINT outcome_rule_comparison_is_known CHECK (compares IN ('equal', 'or_better', 'or_worse')),
    CONSTRAINT outcome_rule_run_is_positive CHECK (run > 0),
    CONSTRAINT outcome_rule_service_years_are_positive CHECK (service_years > 0),
    CONSTRAINT outcome_rule_outcome_is_known CHECK
        (outcome IN ('warning', 'bonus', 'bonus_lost', 'reward', 'title', 'pay_step', 'promotion', 'training', 'post_change',
                     'contract_open_ended', 'contract_ended', 'award')),
    CONSTRAINT outcome_rule_amount_is_finite CHECK (amount NOT IN ('NaN', 'Infinity', '-Infinity')),
    CONSTRAINT outcome_rule_plan_ends_so CHECK (on_plan IN ('met', 'not_met'))
);
COMMENT ON TABLE appraisal.outcome_rule IS 'what a grade, or a run of grades, leads to';
COMMENT ON COLUMN appraisal.outcome_rule.outcome_rule_id IS 'key';
COMMENT ON COLUMN appraisal.outcome_rule.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.outcome_rule.code IS 'name within the scheme';
COMMENT ON COLUMN appraisal.outcome_rule.title IS 'name in English';
COMMENT ON COLUMN appraisal.outcome_rule.label IS 'name in the scheme''s language';
COMMENT ON COLUMN appraisal.outcome_rule.subject IS 'whose result is read: person or unit';
COMMENT ON COLUMN appraisal.outcome_rule.period IS 'results of these periods';
COMMENT ON COLUMN appraisal.outcome_rule.grade IS 'the grade';
COMMENT ON COLUMN appraisal.outcome_rule.compares IS 'equal: this grade; or_better, or_worse: this or a better or worse one';
COMMENT ON COLUMN appraisal.outcome_rule.run IS 'for so many periods on end';
COMMENT ON COLUMN appraisal.outcome_rule.service_years IS 'only with so many years of service without a break, and not before the month that completes them';
COMMENT ON COLUMN appraisal.outcome_rule.after_training IS 'only if the person was trained before the last period of the run began';
COMMENT ON COLUMN appraisal.outcome_rule.outcome IS 'the consequence: warning, bonus, bonus_lost, reward, title, pay_step, promotion, training, post_change, contract_open_ended, contract_ended, award';
COMMENT ON COLUMN appraisal.outcome_rule.amount IS 'money, or pay steps';
COMMENT ON COLUMN appraisal.outcome_rule.on_plan IS 'only if an improvement plan of the cycle was closed so: met or not_met; NULL for with or without a plan';

CREATE TABLE IF NOT EXISTS appraisal.sign_off_rule (
    scheme_id bigint NOT NULL REFERENCES appraisal.scheme ON DELETE CASCADE,
    step integer NOT NULL,
    signer text NOT NULL,
    act text NOT NULL,
    label text NOT NULL,
    due_days integer,
    delegable boolean NOT NULL DEFAULT false,
    PRIMARY KEY (scheme_id, step),
    CONSTRAINT sign_off_rule_step_is_positive CHECK (step > 0),
    CONSTRAINT sign_off_rule_signer_is_known CHECK
        (signer IN ('unit_head', 'division_head', 'second_manager', 'hr', 'executive', 'meeting')),
    CONSTRAINT sign_off_rule_act_is_known CHECK (act IN ('submit', 'check', 'approve', 'archive')),
    CONSTRAINT sign_off_rule_label_is_not_empty CHECK (label <> ''),
    CONSTRAINT sign_off_rule_due_days_are_not_negative CHECK (due_days >= 0)
);
COMMENT ON TABLE appraisal.sign_off_rule IS 'the chain of signatures before results bind';
COMMENT ON COLUMN appraisal.sign_off_rule.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.sign_off_rule.step IS 'order';
COMMENT ON COLUMN appraisal.sign_off_rule.signer IS 'unit_head, division_head, second_manager (the rater''s own superior), hr, executive or meeting';
COMMENT ON COLUMN appraisal.sign_off_rule.act IS 'submit, check, approve, or archive, which keeps the record and judges nothing';
COMMENT ON COLUMN appraisal.sign_off_rule.label IS 'the signer''s post in the scheme''s language';
COMMENT ON COLUMN appraisal.sign_off_rule.due_days IS 'days after the end of the period by which it is due';
COMMENT ON COLUMN appraisal.sign_off_rule.delegable IS 'may the signer have somebody else sign?';

CREATE TABLE IF NOT EXISTS appraisal.appeal_rule (
    scheme_id bigint NOT NULL REFERENCES appraisal.scheme ON DELETE CASCADE,
    level integer NOT NULL,
    reviewer text NOT NULL,
    label text NOT NULL,
    decision_days integer,
    PRIMARY KEY (scheme_id, level),
    CONSTRAINT appeal_rule_level_is_positive CHECK (level > 0),
    CONSTRAINT appeal_rule_reviewer_is_known CHECK (reviewer IN ('leader', 'hr', 'executive')),
    CONSTRAINT appeal_rule_reviewer_is_unique UNIQUE (scheme_id, reviewer),
    CONSTRAINT appeal_rule_label_is_not_empty CHECK (label <> ''),
    CONSTRAINT appeal_rule_decision_days_are_positive CHECK (decision_days > 0)
);
COMMENT ON TABLE appraisal.appeal_rule IS 'who hears an appeal, level by level';
COMMENT ON COLUMN appraisal.appeal_rule.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.appeal_rule.level IS 'order, first to last';
COMMENT ON COLUMN appraisal.appeal_rule.reviewer IS 'leader, hr or executive';
COMMENT ON COLUMN appraisal.appeal_rule.label IS 'the reviewer''s post in the scheme''s language';
COMMENT ON COLUMN appraisal.appeal_rule.decision_days IS 'days in which the level decides; NULL for no limit';

CREATE OR REPLACE TRIGGER keep_scheme BEFORE INSERT OR UPDATE OR DELETE ON appraisal.scheme
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme();
CREATE OR REPLACE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.period_rule
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE OR REPLACE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.dimension
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE OR REPLACE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.dimension_weight
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE OR REPLACE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.scheme_indicator
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE OR REPLACE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.rater_rule
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE OR REPLACE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.box
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE OR REPLACE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.outcome_rule
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE OR REPLACE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.sign_off_rule
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE OR REPLACE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.appeal_rule
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE OR REPLACE TRIGGER keep_indicator BEFORE UPDATE OR DELETE ON appraisal.indicator
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_indicator();
CREATE OR REPLACE TRIGGER keep_indicator BEFORE INSERT OR UPDATE OR DELETE ON appraisal.indicator_level
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_indicator();

-- What a scheme's document says of an indicator: every key, also those that
-- have their default.
CREATE OR REPLACE VIEW appraisal.indicator_document WITH (security_invoker = true) AS
SELECT i.indicator_id, i.code, i.version,
       to_jsonb(i) - '{indicator_id,code,version}'::text[]
       || jsonb_build_object('levels', coalesce(l.levels, '[]')) AS document
FROM appraisal.indicator AS i
LEFT JOIN (
    SELECT x.indicator_id,
           jsonb_agg(jsonb_strip_nulls(to_jsonb(x) - '{indicator_id,position}'::text[]) ORDER BY x."position") AS levels
    FROM appraisal.indicator_level AS x GROUP BY x.indicator_id
) AS l USING (indicator_id);
COMMENT ON VIEW appraisal.indicator_document IS 'indicators as a scheme''s document writes them, defaults included';
COMMENT ON COLUMN appraisal.indicator_document.indicator_id IS 'key';
COMMENT ON COLUMN appraisal.indicator_document.code IS 'name; the same for all versions';
COMMENT ON COLUMN appraisal.indicator_document.version IS 'version of the indicator';
COMMENT ON COLUMN appraisal.indicator_document.document IS 'its definition';
-- Appraisal cycles: who is appraised, towards which goals, with what figures.
--
-- A participant is a person (or a unit) in a cycle, as posted then: a snapshot, so that later moves
-- change nothing. Who moved within the period is there once a segment; the leading one, which holds on
-- the cohort date, carries the result.

CREATE TABLE IF NOT EXISTS appraisal.cycle (
    cycle_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL
        CONSTRAINT cycle_code_is_unique UNIQUE
        CONSTRAINT cycle_code_is_not_empty CHECK (code <> ''),
    title text NOT NULL,
    scheme_id bigint NOT NULL CONSTRAINT cycle_scheme_exists REFERENCES appraisal.scheme,
    period text NOT NULL CONSTRAINT cycle_period_is_known CHECK (period IN ('month', 'quarter', 'half_year', 'year')),
    during daterange NOT NULL,
    cohort_date date NOT NULL,
    reviews_due date,
    status text NOT NULL DEFAULT 'draft'
        CONSTRAINT cycle_status_is_known CHECK (status IN ('draft', 'goals', 'scoring', 'calibration', 'published', 'closed')),
    calibration_began timestamptz,
    reopened_because text CONSTRAINT cycle_reason_is_not_empty CHECK (reopened_because <> ''),
    timezone text NOT NULL DEFAULT appraisal.database_timezone(),
    CONSTRAINT cycle_is_of_whole_days CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)),
    CONSTRAINT cycle_cohort_date_is_within CHECK (during @> cohort_date)
);
CREATE INDEX IF NOT EXISTS cycle_scheme_id_idx ON appraisal.cycle (scheme_id);
COMMENT ON TABLE appraisal.cycle IS 'an appraisal by a scheme for a period';
COMMENT ON COLUMN appraisal.cycle.cycle_id IS 'key';
COMMENT ON COLUMN appraisal.cycle.code IS 'stable name by which calls refer to the cycle';
COMMENT ON COLUMN appraisal.cycle.title IS 'name to show';
COMMENT ON COLUMN appraisal.cycle.scheme_id IS 'the scheme version by which it goes';
COMMENT ON COLUMN appraisal.cycle.period IS 'kind of period: month, quarter, half_year or year';
COMMENT ON COLUMN appraisal.cycle.during IS 'the period, to the day after its last one';
COMMENT ON COLUMN appraisal.cycle.cohort_date IS 'day whose unit and superior count; the last of the period unless said otherwise';
COMMENT ON COLUMN appraisal.cycle.reviews_due IS 'last day for reviews; a later one is marked late';
COMMENT ON COLUMN appraisal.cycle.status IS 'draft, goals, scoring, calibration, published or closed';
COMMENT ON COLUMN appraisal.cycle.calibration_began IS 'when reviews were closed; a concern told after that comes too late';
COMMENT ON COLUMN appraisal.cycle.reopened_because IS 'why it was last taken back a step';
COMMENT ON COLUMN appraisal.cycle.timezone IS 'time zone in which the days of deadlines are counted';

CREATE TABLE IF NOT EXISTS appraisal.participant (
    cycle_id bigint NOT NULL CONSTRAINT participant_cycle_exists REFERENCES appraisal.cycle,
    participant_id bigint GENERATED ALWAYS AS IDENTITY,
    person_id bigint CONSTRAINT participant_person_exists REFERENCES appraisal.person,
    appraised_unit_id bigint CONSTRAINT participant_appraised_unit_exists REFERENCES appraisal.unit,
    segment integer NOT NULL DEFAULT 1 CONSTRAINT participant_segment_is_positive CHECK (segment > 0),
    segment_days integer NOT NULL CONSTRAINT participant_segment_days_are_positive CHECK (segment_days > 0),
    leads boolean NOT NULL DEFAULT true,
    unit_id bigint NOT NULL CONSTRAINT participant_unit_exists REFERENCES appraisal.unit,
    manager_id bigint CONSTRAINT participant_manager_exists REFERENCES appraisal.person,
    job_group text NOT NULL CONSTRAINT participant_job_group_is_not_empty CHECK (job_group <> ''),
    exempt_because text CONSTRAINT participant_exemption_has_a_reason CHECK (exempt_because <> ''),
    PRIMARY KEY (cycle_id, participant_id),
    CONSTRAINT participant_is_a_person_or_a_unit CHECK (num_nonnulls(person_id, appraised_unit_id) = 1),
    CONSTRAINT participant_manager_is_somebody_else CHECK (manager_id <> person_id),
    CONSTRAINT participant_person_is_once_a_segment UNIQUE (cycle_id, person_id, segment),
    CONSTRAINT participant_unit_is_once UNIQUE (cycle_id, appraised_unit_id)
);
CREATE UNIQUE INDEX IF NOT EXISTS participant_person_leads_once ON appraisal.participant (cycle_id, person_id) WHERE leads;
CREATE INDEX IF NOT EXISTS participant_person_id_idx ON appraisal.participant (person_id);
CREATE INDEX IF NOT EXISTS participant_manager_id_idx ON appraisal.participant (manager_id, cycle_id);
CREATE INDEX IF NOT EXISTS participant_unit_id_idx ON appraisal.participant (unit_id, cycle_id);
CREATE INDEX IF NOT EXISTS participant_appraised_unit_id_idx ON appraisal.participant (appraised_unit_id);
COMMENT ON TABLE appraisal.participant IS 'who is appraised in a cycle, as posted then; once a segment for who moved within it';
COMMENT ON COLUMN appraisal.participant.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.participant.participant_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.participant.person_id IS 'the person; null for a unit that is appraised';
COMMENT ON COLUMN appraisal.participant.appraised_unit_id IS 'the unit that is appraised; null for a person';
COMMENT ON COLUMN appraisal.participant.segment IS 'counts the postings of the period from 1';
COMMENT ON COLUMN appraisal.participant.segment_days IS 'days of the segment; segments weigh by them';
COMMENT ON COLUMN appraisal.participant.leads IS 'is this the segment of the cohort date, which carries the result?';
COMMENT ON COLUMN appraisal.participant.unit_id IS 'where the person was posted; the unit itself for a unit';
COMMENT ON COLUMN appraisal.participant.manager_id IS 'direct superior then; who answers for a unit';
COMMENT ON COLUMN appraisal.participant.job_group IS 'job group then; the kind of unit for a unit';
COMMENT ON COLUMN appraisal.participant.exempt_because IS 'why there is no appraisal; null for who is appraised';

CREATE TABLE IF NOT EXISTS appraisal.goal (
    cycle_id bigint NOT NULL,
    goal_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    scheme_indicator_id bigint NOT NULL CONSTRAINT goal_indicator_exists REFERENCES appraisal.scheme_indicator,
    title text NOT NULL CONSTRAINT goal_title_is_not_empty CHECK (title <> ''),
    earns text,
    weight numeric NOT NULL CONSTRAINT goal_weight_is_0_to_100 CHECK (weight BETWEEN 0 AND 100),
    target numeric CONSTRAINT goal_target_is_finite CHECK (target NOT IN ('NaN', 'Infinity', '-Infinity')),
    floor numeric,
    proposed_by bigint CONSTRAINT goal_proposer_exists REFERENCES appraisal.person,
    adjusted_by bigint CONSTRAINT goal_adjuster_exists REFERENCES appraisal.person,
    adjusted_because text,
    confirmed_at timestamptz,
    approved_by_head bigint CONSTRAINT goal_head_exists REFERENCES appraisal.person,
    approved_by_hr name,
    PRIMARY KEY (cycle_id, goal_id),
    CONSTRAINT goal_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT goal_is_one_an_indicator UNIQUE (cycle_id, participant_id, scheme_indicator_id),
    CONSTRAINT goal_adjustment_has_a_reason CHECK (adjusted_by IS NULL OR coalesce(adjusted_because, '') <> '')
);
CREATE INDEX IF NOT EXISTS goal_scheme_indicator_id_idx ON appraisal.goal (scheme_indicator_id);
CREATE INDEX IF NOT EXISTS goal_proposed_by_idx ON appraisal.goal (proposed_by);
CREATE INDEX IF NOT EXISTS goal_adjusted_by_idx ON appraisal.goal (adjusted_by);
CREATE INDEX IF NOT EXISTS goal_approved_by_head_idx ON appraisal.goal (approved_by_head);
COMMENT ON TABLE appraisal.goal IS 'what a participant is to reach: an indicator of the scheme with a target of one''s own';
COMMENT ON COLUMN appraisal.goal.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.goal.goal_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.goal.participant_id IS 'whose goal';
COMMENT ON COLUMN appraisal.goal.scheme_indicator_id IS 'the indicator in its dimension';
COMMENT ON COLUMN appraisal.goal.title IS 'the goal in words; the indicator''s name unless said otherwise';
COMMENT ON COLUMN appraisal.goal.earns IS 'what earns which mark, in words';
COMMENT ON COLUMN appraisal.goal.weight IS 'per cent of the dimension; those of a participant add up to 100';
COMMENT ON COLUMN appraisal.goal.target IS 'target; null where the indicator has none';
COMMENT ON COLUMN appraisal.goal.floor IS 'last or best earlier actual, than which a proposed target is no worse';
COMMENT ON COLUMN appraisal.goal.proposed_by IS 'who proposed it; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.goal.adjusted_by IS 'who changed it last since';
COMMENT ON COLUMN appraisal.goal.adjusted_because IS 'why';
COMMENT ON COLUMN appraisal.goal.confirmed_at IS 'when the person agreed to it as it is';
COMMENT ON COLUMN appraisal.goal.approved_by_head IS 'head of the department who approved it as it is';
COMMENT ON COLUMN appraisal.goal.approved_by_hr IS 'login of HR that approved it as it is';

CREATE TABLE IF NOT EXISTS appraisal.measurement (
    cycle_id bigint NOT NULL,
    measurement_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    indicator_id bigint NOT NULL CONSTRAINT measurement_indicator_exists REFERENCES appraisal.indicator,
    value numeric NOT NULL CONSTRAINT measurement_value_is_finite CHECK (value NOT IN ('NaN', 'Infinity', '-Infinity')),
    measured_on date NOT NULL,
    data_source text,
    supersedes bigint,
    corrected_because text,
    recorded_by bigint CONSTRAINT measurement_recorder_exists REFERENCES appraisal.person,
    recorded_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (cycle_id, measurement_id),
    CONSTRAINT measurement_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT measurement_superseded_exists FOREIGN KEY (cycle_id, supersedes) REFERENCES appraisal.measurement,
    CONSTRAINT measurement_is_superseded_once UNIQUE (cycle_id, supersedes),
    CONSTRAINT measurement_correction_has_a_reason CHECK ((supersedes IS NULL) = (corrected_because IS NULL) AND corrected_because <> '')
);
CREATE INDEX IF NOT EXISTS measurement_participant_idx ON appraisal.measurement (cycle_id, participant_id, indicator_id);
CREATE INDEX IF NOT EXISTS measurement_indicator_id_idx ON appraisal.measurement (indicator_id);
CREATE INDEX IF NOT EXISTS measurement_recorded_by_idx ON appraisal.measurement (recorded_by);
COMMENT ON TABLE appraisal.measurement IS 'figures as they were gathered; rows are added, a correction supersedes an earlier one';
COMMENT ON COLUMN appraisal.measurement.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.measurement.measurement_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.measurement.participant_id IS 'whose figure';
COMMENT ON COLUMN appraisal.measurement.indicator_id IS 'what was measured';
COMMENT ON COLUMN appraisal.measurement.value IS 'the figure, in the indicator''s unit of measure';
COMMENT ON COLUMN appraisal.measurement.measured_on IS 'day, or last day, that the figure is of';
COMMENT ON COLUMN appraisal.measurement.data_source IS 'system or office that it comes from';
COMMENT ON COLUMN appraisal.measurement.supersedes IS 'the measurement that this one corrects';
COMMENT ON COLUMN appraisal.measurement.corrected_because IS 'why';
COMMENT ON COLUMN appraisal.measurement.recorded_by IS 'who recorded it; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.measurement.recorded_at IS 'when';
-- Reviews: one rater's marks for one participant; and feedback given meanwhile.
--
-- No index has rater_id or delegated_to as such. An index is searched before a policy is asked, and EXPLAIN
-- ANALYZE tells how many rows were found, so whoever may read any review could ask who rates whom. +rater_id
-- is searched only by what may see the row already: unary plus is not leakproof, as = alone is.

CREATE TABLE IF NOT EXISTS appraisal.review (
    cycle_id bigint NOT NULL,
    review_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    rater_id bigint NOT NULL CONSTRAINT review_rater_exists REFERENCES appraisal.person,
    source text NOT NULL
        CONSTRAINT review_source_is_known CHECK
        (source IN ('self', 'manager', 'second_manager', 'top_manager', 'peer', 'subordinate', 'customer', 'related', 'colleague', 'hr')),
    anonymous boolean NOT NULL DEFAULT false,
    status text NOT NULL DEFAULT 'assigned'
        CONSTRAINT review_status_is_known CHECK (status IN ('assigned', 'submitted', 'declined', 'recused', 'lapsed')),
    due_on date,
    submitted_at timestamptz,
    late boolean GENERATED ALWAYS AS ((submitted_at AT TIME ZONE 'UTC')::date > due_on) STORED,
    comments jsonb CONSTRAINT review_comments_are_by_topic CHECK (jsonb_typeof(comments) = 'object'),
    reason text,
    delegated_to bigint CONSTRAINT review_delegate_exists REFERENCES appraisal.person,
    PRIMARY KEY (cycle_id, review_id),
    CONSTRAINT review_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT review_is_one_a_rater_and_source
        EXCLUDE USING btree (cycle_id WITH =, participant_id WITH =, source WITH =, (+rater_id) WITH =),
    CONSTRAINT review_submitted_has_its_time CHECK ((status = 'submitted') = (submitted_at IS NOT NULL)),
    CONSTRAINT review_not_given_has_a_reason CHECK (status NOT IN ('declined', 'recused') OR coalesce(reason, '') <> ''),
    CONSTRAINT review_delegated_is_declined CHECK (delegated_to IS NULL OR (status = 'declined' AND delegated_to <> rater_id))
);
CREATE INDEX IF NOT EXISTS review_rater_id_idx ON appraisal.review ((+rater_id));
COMMENT ON TABLE appraisal.review IS 'one rater''s review of one participant';
COMMENT ON COLUMN appraisal.review.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.review.review_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.review.participant_id IS 'who is reviewed';
COMMENT ON COLUMN appraisal.review.rater_id IS 'who reviews';
COMMENT ON COLUMN appraisal.review.source IS 'as what: self, manager, second_manager, top_manager, peer, subordinate, customer, related, colleague, hr';
COMMENT ON COLUMN appraisal.review.anonymous IS 'is the person never told who rated?';
COMMENT ON COLUMN appraisal.review.status IS 'assigned, submitted, declined, recused or lapsed';
COMMENT ON COLUMN appraisal.review.due_on IS 'last day; a later one is late and counts';
COMMENT ON COLUMN appraisal.review.submitted_at IS 'when it was submitted';
COMMENT ON COLUMN appraisal.review.late IS 'was it submitted after the day it was due, in UTC?';
COMMENT ON COLUMN appraisal.review.comments IS 'written comment, by topic';
COMMENT ON COLUMN appraisal.review.reason IS 'why it was declined, the rater stood aside, or it was sent back';
COMMENT ON COLUMN appraisal.review.delegated_to IS 'to whom the rater handed it on, who has a review of the same source then';

-- Where there are more possible raters than are asked, a draw decides. Its secret is for nobody: who knows
-- how places follow from it knows who rates whom.
CREATE TABLE IF NOT EXISTS appraisal.rater_draw (
    cycle_id bigint PRIMARY KEY CONSTRAINT rater_draw_cycle_exists REFERENCES appraisal.cycle ON DELETE CASCADE,
    secret uuid NOT NULL DEFAULT gen_random_uuid()
);
COMMENT ON TABLE appraisal.rater_draw IS 'the draw by which raters are chosen among many; for the tables'' owner alone';
COMMENT ON COLUMN appraisal.rater_draw.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.rater_draw.secret IS 'what the order of the draw is mixed with';
ALTER TABLE appraisal.rater_draw ENABLE ROW LEVEL SECURITY;

CREATE TABLE IF NOT EXISTS appraisal.rating (
    cycle_id bigint NOT NULL,
    review_id bigint NOT NULL,
    indicator_id bigint NOT NULL CONSTRAINT rating_indicator_exists REFERENCES appraisal.indicator,
    label text,
    levels numeric[],
    score numeric NOT NULL CONSTRAINT rating_score_is_finite CHECK (score NOT IN ('NaN', 'Infinity', '-Infinity')),
    evidence text,
    PRIMARY KEY (cycle_id, review_id, indicator_id),
    CONSTRAINT rating_review_exists FOREIGN KEY (cycle_id, review_id) REFERENCES appraisal.review,
    CONSTRAINT rating_is_of_one_kind CHECK (num_nonnulls(label, levels) <= 1),
    CONSTRAINT rating_levels_give_the_score CHECK (levels IS NULL OR score = appraisal.gated_score(levels))
);
CREATE INDEX IF NOT EXISTS rating_indicator_id_idx ON appraisal.rating (indicator_id);
COMMENT ON TABLE appraisal.rating IS 'one mark of a review';
COMMENT ON COLUMN appraisal.rating.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.rating.review_id IS 'the review';
COMMENT ON COLUMN appraisal.rating.indicator_id IS 'what is rated';
COMMENT ON COLUMN appraisal.rating.label IS 'the level chosen, for an indicator of levels';
COMMENT ON COLUMN appraisal.rating.levels IS 'the levels in order, 1 passed, 0.5 half passed, 0 failed, for a gated indicator';
COMMENT ON COLUMN appraisal.rating.score IS 'the mark: chosen from a range, a list or a level''s range, or what the levels passed add up to';
COMMENT ON COLUMN appraisal.rating.evidence IS 'the written case that an extreme mark needs';

CREATE TABLE IF NOT EXISTS appraisal.feedback (
    cycle_id bigint NOT NULL,
    feedback_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    given_by bigint NOT NULL CONSTRAINT feedback_giver_exists REFERENCES appraisal.person,
    given_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    kind text NOT NULL CONSTRAINT feedback_kind_is_known CHECK (kind IN ('praise', 'concern', 'consultation')),
    content text NOT NULL CONSTRAINT feedback_is_not_empty CHECK (content <> ''),
    PRIMARY KEY (cycle_id, feedback_id),
    CONSTRAINT feedback_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant
);
CREATE INDEX IF NOT EXISTS feedback_participant_idx ON appraisal.feedback (cycle_id, participant_id);
CREATE INDEX IF NOT EXISTS feedback_given_by_idx ON appraisal.feedback (given_by);
COMMENT ON TABLE appraisal.feedback IS 'what a superior tells a person while the cycle runs, so that no grade surprises';
COMMENT ON COLUMN appraisal.feedback.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.feedback.feedback_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.feedback.participant_id IS 'to whom';
COMMENT ON COLUMN appraisal.feedback.given_by IS 'by whom';
COMMENT ON COLUMN appraisal.feedback.given_at IS 'when';
COMMENT ON COLUMN appraisal.feedback.kind IS 'praise; concern, after which a low grade is no surprise; consultation: what the former superior told the present one, not shown to the person';
COMMENT ON COLUMN appraisal.feedback.content IS 'what was said';

-- Estimates tell of nothing that is confidential: see 50_result.sql.
ALTER TABLE appraisal.review
    ALTER COLUMN comments SET STATISTICS 0;
ALTER TABLE appraisal.rating
    ALTER COLUMN label SET STATISTICS 0,
    ALTER COLUMN levels SET STATISTICS 0,
    ALTER COLUMN score SET STATISTICS 0,
    ALTER COLUMN evidence SET STATISTICS 0;
-- Process audit: what an audit found, who puts it right by when, and who verified that.
-- Written by the functions of 79_finding_guards.sql only.

CREATE TABLE IF NOT EXISTS appraisal.finding (
    cycle_id bigint NOT NULL CONSTRAINT finding_cycle_exists REFERENCES appraisal.cycle,
    finding_id bigint GENERATED ALWAYS AS IDENTITY,
    unit_id bigint NOT NULL CONSTRAINT finding_unit_exists REFERENCES appraisal.unit,
    participant_id bigint,
    process text NOT NULL CONSTRAINT finding_process_is_not_empty CHECK (btrim(process) <> ''),
    description text NOT NULL CONSTRAINT finding_description_is_not_empty CHECK (btrim(description) <> ''),
    found_on date NOT NULL,
    found_by bigint CONSTRAINT finding_finder_exists REFERENCES appraisal.person,
    found_by_login name NOT NULL,
    owner_id bigint NOT NULL CONSTRAINT finding_owner_exists REFERENCES appraisal.person,
    due_on date NOT NULL,
    rectification text CONSTRAINT finding_rectification_is_not_empty CHECK (btrim(rectification) <> ''),
    rectified_on date,
    verified_by bigint CONSTRAINT finding_verifier_exists REFERENCES appraisal.person,
    verified_by_login name,
    verified_on date,
    accepted boolean,
    verification text CONSTRAINT finding_verification_is_not_empty CHECK (btrim(verification) <> ''),
    PRIMARY KEY (cycle_id, finding_id),
    CONSTRAINT finding_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT finding_is_due_after_it_is_found CHECK (due_on >= found_on),
    CONSTRAINT finding_is_rectified_in_words CHECK ((rectification IS NULL) = (rectified_on IS NULL)),
    CONSTRAINT finding_is_rectified_after_it_is_found CHECK (rectified_on >= found_on),
    CONSTRAINT finding_is_verified_once_rectified CHECK (verified_on IS NULL OR rectified_on IS NOT NULL),
    CONSTRAINT finding_verified_is_accepted_or_not CHECK
        ((verified_on IS NULL) = (accepted IS NULL) AND (verified_on IS NULL) = (verified_by_login IS NULL)),
    CONSTRAINT finding_not_accepted_has_a_reason CHECK (accepted OR accepted IS NULL OR verification IS NOT NULL),
    CONSTRAINT finding_is_verified_by_another CHECK (verified_by <> owner_id)
);
CREATE INDEX IF NOT EXISTS finding_unit_id_idx ON appraisal.finding (unit_id);
CREATE INDEX IF NOT EXISTS finding_participant_idx ON appraisal.finding (cycle_id, participant_id);
CREATE INDEX IF NOT EXISTS finding_found_by_idx ON appraisal.finding (found_by);
CREATE INDEX IF NOT EXISTS finding_owner_id_idx ON appraisal.finding (owner_id);
CREATE INDEX IF NOT EXISTS finding_verified_by_idx ON appraisal.finding (verified_by);
COMMENT ON TABLE appraisal.finding IS 'what an audit of how processes are carried out found, and how it was put right';
COMMENT ON COLUMN appraisal.finding.cycle_id IS 'cycle whose time was audited';
COMMENT ON COLUMN appraisal.finding.finding_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.finding.unit_id IS 'where';
COMMENT ON COLUMN appraisal.finding.participant_id IS 'whose work it is about; null for nobody''s in particular';
COMMENT ON COLUMN appraisal.finding.process IS 'the process: order processing, response to customers and so on';
COMMENT ON COLUMN appraisal.finding.description IS 'what is wrong';
COMMENT ON COLUMN appraisal.finding.found_on IS 'day on which it was found';
COMMENT ON COLUMN appraisal.finding.found_by IS 'who found it; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.finding.found_by_login IS 'with which login it was recorded';
COMMENT ON COLUMN appraisal.finding.owner_id IS 'who puts it right';
COMMENT ON COLUMN appraisal.finding.due_on IS 'last day for that';
COMMENT ON COLUMN appraisal.finding.rectification IS 'what was done; null as long as nothing was';
COMMENT ON COLUMN appraisal.finding.rectified_on IS 'day on which it was done';
COMMENT ON COLUMN appraisal.finding.verified_by IS 'who looked whether it is; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.finding.verified_by_login IS 'with which login';
COMMENT ON COLUMN appraisal.finding.verified_on IS 'day of that';
COMMENT ON COLUMN appraisal.finding.accepted IS 'is it put right? If not, the owner does more, which clears the verification';
COMMENT ON COLUMN appraisal.finding.verification IS 'what the verifier says; why, if it is not accepted';
-- What staff say about the scheme by which they were appraised.
--
-- Who has answered and what was answered are two tables with nothing in common: no person, no time and no key
-- from which one could tell whose answer it is, nor which answers are of the same person. Neither is audited,
-- because the audit log says who and when. No account reads either; what is answered shows as means, once the
-- survey is closed, from the least number of people up (survey_means() in 67_survey_access.sql).

CREATE TABLE IF NOT EXISTS appraisal.survey (
    cycle_id bigint PRIMARY KEY CONSTRAINT survey_cycle_exists REFERENCES appraisal.cycle,
    -- of two who answered each knows the other's mark from the mean
    least_answers integer NOT NULL CONSTRAINT survey_takes_three CHECK (least_answers >= 3),
    asked integer NOT NULL CONSTRAINT survey_asks_enough_people CHECK (asked >= least_answers),
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    answered integer,
    CONSTRAINT survey_closed_says_how_many_answered CHECK ((closed_at IS NULL) = (answered IS NULL))
);
COMMENT ON TABLE appraisal.survey IS 'survey of staff about the scheme of a cycle, anonymous';
COMMENT ON COLUMN appraisal.survey.cycle_id IS 'the cycle, whose people are asked';
COMMENT ON COLUMN appraisal.survey.least_answers IS 'with fewer people who answered nothing is shown';
COMMENT ON COLUMN appraisal.survey.asked IS 'people who are asked';
COMMENT ON COLUMN appraisal.survey.opened_at IS 'when it was opened';
COMMENT ON COLUMN appraisal.survey.closed_at IS 'when it was closed; null while people answer';
COMMENT ON COLUMN appraisal.survey.answered IS 'people who had answered by then';

CREATE TABLE IF NOT EXISTS appraisal.survey_question (
    cycle_id bigint NOT NULL CONSTRAINT survey_question_survey_exists REFERENCES appraisal.survey,
    question_no integer NOT NULL CONSTRAINT survey_question_number_is_positive CHECK (question_no > 0),
    code text NOT NULL CONSTRAINT survey_question_code_is_a_plain_word CHECK (code ~ '^[a-z][a-z0-9_-]*$'),
    question text NOT NULL CONSTRAINT survey_question_is_not_empty CHECK (btrim(question) <> ''),
    "least" integer,
    most integer,
    PRIMARY KEY (cycle_id, question_no),
    CONSTRAINT survey_question_code_is_unique UNIQUE (cycle_id, code),
    CONSTRAINT survey_question_range_has_two_ends CHECK (("least" IS NULL) = (most IS NULL)),
    CONSTRAINT survey_question_range_is_not_empty CHECK ("least" < most)
);
COMMENT ON TABLE appraisal.survey_question IS 'what a survey asks';
COMMENT ON COLUMN appraisal.survey_question.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.survey_question.question_no IS 'order, from 1';
COMMENT ON COLUMN appraisal.survey_question.code IS 'name by which calls refer to it; the same name in another survey is the same question';
COMMENT ON COLUMN appraisal.survey_question.question IS 'the question, to show';
COMMENT ON COLUMN appraisal.survey_question."least" IS 'lowest mark; null for a question that is answered in words';
COMMENT ON COLUMN appraisal.survey_question.most IS 'highest mark';

CREATE TABLE IF NOT EXISTS appraisal.survey_turnout (
    cycle_id bigint NOT NULL CONSTRAINT survey_turnout_survey_exists REFERENCES appraisal.survey,
    person_id bigint NOT NULL CONSTRAINT survey_turnout_person_exists REFERENCES appraisal.person,
    PRIMARY KEY (cycle_id, person_id)
);
CREATE INDEX IF NOT EXISTS survey_turnout_person_id_idx ON appraisal.survey_turnout (person_id);
COMMENT ON TABLE appraisal.survey_turnout IS 'who has answered a survey, so that nobody does twice; for the tables'' owner alone';
COMMENT ON COLUMN appraisal.survey_turnout.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.survey_turnout.person_id IS 'who';
ALTER TABLE appraisal.survey_turnout ENABLE ROW LEVEL SECURITY;

CREATE TABLE IF NOT EXISTS appraisal.survey_response (
    cycle_id bigint NOT NULL,
    response_id uuid NOT NULL DEFAULT gen_random_uuid(),
    question_no integer NOT NULL,
    mark integer,
    words text CONSTRAINT survey_response_words_are_not_empty CHECK (btrim(words) <> ''),
    PRIMARY KEY (cycle_id, response_id),
    CONSTRAINT survey_response_question_exists FOREIGN KEY (cycle_id, question_no) REFERENCES appraisal.survey_question,
    CONSTRAINT survey_response_is_a_mark_or_words CHECK (num_nonnulls(mark, words) = 1)
);
CREATE INDEX IF NOT EXISTS survey_response_question_idx ON appraisal.survey_response (cycle_id, question_no);
COMMENT ON TABLE appraisal.survey_response IS 'answers, one by one, of nobody in particular; for the tables'' owner alone';
COMMENT ON COLUMN appraisal.survey_response.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.survey_response.response_id IS 'key, random';
COMMENT ON COLUMN appraisal.survey_response.question_no IS 'the question';
COMMENT ON COLUMN appraisal.survey_response.mark IS 'the mark; null for words';
COMMENT ON COLUMN appraisal.survey_response.words IS 'the words; null for a mark';
ALTER TABLE appraisal.survey_response ENABLE ROW LEVEL SECURITY;
-- Notices: that something waits for a person, for applications to pass on. A notice has no words but its kind and
-- the keys of what it is about, which the person may look up; nothing in it tells how anybody did, nor who rates
-- whom. Rows are read by whom they are for, and as in 40_review.sql no index can be searched by anybody else.
-- Notices follow from rows that are audited, and are not audited themselves.

CREATE TABLE IF NOT EXISTS appraisal.notice (
    cycle_id bigint NOT NULL CONSTRAINT notice_cycle_exists REFERENCES appraisal.cycle ON DELETE CASCADE,
    notice_id bigint GENERATED ALWAYS AS IDENTITY,
    person_id bigint NOT NULL CONSTRAINT notice_person_exists REFERENCES appraisal.person,
    kind text NOT NULL
        CONSTRAINT notice_kind_is_known CHECK
        (kind IN ('goal_to_confirm', 'review_to_do', 'review_overdue', 'sign_off_overdue', 'result_published', 'interview_to_hold', 'interview_overdue',
                  'plan_due', 'plan_overdue', 'appeal_decided', 'appeal_overdue', 'survey_to_answer', 'survey_to_open')),
    items bigint[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    reminds_on date,
    read_at timestamptz,
    PRIMARY KEY (cycle_id, notice_id),
    CONSTRAINT notice_reminds_once_a_day
        EXCLUDE USING btree ((+person_id) WITH =, (+cycle_id) WITH =, (kind || '') WITH =, (reminds_on + 0) WITH =)
        WHERE (reminds_on IS NOT NULL)
);
CREATE INDEX IF NOT EXISTS notice_person_id_idx ON appraisal.notice ((+person_id));
CREATE INDEX IF NOT EXISTS notice_unread_idx ON appraisal.notice ((+person_id)) WHERE read_at IS NULL;
COMMENT ON TABLE appraisal.notice IS 'what waits for whom, for applications to pass on; each is seen by its person alone';
COMMENT ON COLUMN appraisal.notice.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.notice.notice_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.notice.person_id IS 'for whom';
COMMENT ON COLUMN appraisal.notice.kind IS 'goal_to_confirm, review_to_do, result_published, interview_to_hold, plan_due, appeal_decided, survey_to_answer, survey_to_open; review_overdue, sign_off_overdue, interview_overdue, plan_overdue, appeal_overdue';
COMMENT ON COLUMN appraisal.notice.items IS 'keys of what it is about: goals, reviews, units, participants, actions of plans or appeals, by the kind';
COMMENT ON COLUMN appraisal.notice.created_at IS 'when';
COMMENT ON COLUMN appraisal.notice.reminds_on IS 'for a reminder the day, in UTC, on which it is the only one of its kind for the person and cycle; null for others';
COMMENT ON COLUMN appraisal.notice.read_at IS 'when it was handed over; null before';
-- Results: what compute_results() makes of figures and marks. Nobody writes here by hand, HR included:
-- the rows are the tables' owner's, and write_results() is the only way. No index has a column that tells
-- how somebody did, because what an index finds shows before a policy is asked (see 40_review.sql).

CREATE TABLE IF NOT EXISTS appraisal.cut_line (
    cycle_id bigint NOT NULL CONSTRAINT cut_line_cycle_exists REFERENCES appraisal.cycle,
    unit_id bigint NOT NULL CONSTRAINT cut_line_unit_exists REFERENCES appraisal.unit,
    units bigint[] NOT NULL,
    members integer NOT NULL CONSTRAINT cut_line_members_are_positive CHECK (members > 0),
    scale appraisal.grade_scale NOT NULL,
    heads_out integer NOT NULL CONSTRAINT cut_line_heads_out_are_not_negative CHECK (heads_out >= 0),
    PRIMARY KEY (cycle_id, unit_id)
);
CREATE INDEX IF NOT EXISTS cut_line_unit_id_idx ON appraisal.cut_line (unit_id);
COMMENT ON TABLE appraisal.cut_line IS 'the grade scale in force for a group once the forced distribution is applied';
COMMENT ON COLUMN appraisal.cut_line.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.cut_line.unit_id IS 'unit whose people, with those of smaller units that joined it, are the group';
COMMENT ON COLUMN appraisal.cut_line.units IS 'units whose people are in the group, in order of their keys';
COMMENT ON COLUMN appraisal.cut_line.members IS 'people with a score in the group';
COMMENT ON COLUMN appraisal.cut_line.scale IS 'the scale in force: grade(score, scale) is the quota grade';
COMMENT ON COLUMN appraisal.cut_line.heads_out IS 'heads by which the quota is still missed, where no cut line meets it';

CREATE TABLE IF NOT EXISTS appraisal.result (
    cycle_id bigint NOT NULL,
    participant_id bigint NOT NULL,
    version integer NOT NULL DEFAULT 1 CONSTRAINT result_version_is_positive CHECK (version > 0),
    state text NOT NULL
        CONSTRAINT result_state_is_known CHECK
        (state IN ('scored', 'exempt', 'pending', 'not_applicable', 'declined', 'recused', 'insufficient')),
    coverage numeric,
    raw_score numeric,
    score numeric,
    natural_grade text,
    gate_dimension_id bigint CONSTRAINT result_gate_exists REFERENCES appraisal.dimension,
    cohort_unit_id bigint,
    quota_grade text,
    calibrated_grade text,
    final_grade text GENERATED ALWAYS AS (coalesce(calibrated_grade, quota_grade, natural_grade)) STORED,
    rank integer,
    coefficient numeric,
    box_label text,
    published_at timestamptz,
    PRIMARY KEY (cycle_id, participant_id, version),
    CONSTRAINT result_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT result_cut_line_exists FOREIGN KEY (cycle_id, cohort_unit_id) REFERENCES appraisal.cut_line,
    CONSTRAINT result_scored_has_a_score CHECK
        ((state = 'scored') = (score IS NOT NULL) AND (score IS NULL) = (raw_score IS NULL)),
    CONSTRAINT result_grade_needs_a_score CHECK (score IS NOT NULL OR num_nonnulls(natural_grade, quota_grade, calibrated_grade, rank) = 0)
);
CREATE INDEX IF NOT EXISTS result_cohort_idx ON appraisal.result (cycle_id, cohort_unit_id);
COMMENT ON TABLE appraisal.result IS 'what came out for a participant: one row a version, of which a published one never changes';
COMMENT ON COLUMN appraisal.result.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.result.participant_id IS 'whose; the leading segment''s for who moved';
COMMENT ON COLUMN appraisal.result.version IS 'counts from 1; an upheld appeal makes the next';
COMMENT ON COLUMN appraisal.result.state IS 'scored, or why there is no score: exempt, pending, not_applicable, declined, recused, insufficient';
COMMENT ON COLUMN appraisal.result.coverage IS 'share of the weight that had a score, 0 to 1';
COMMENT ON COLUMN appraisal.result.raw_score IS 'total before rounding, to 14 decimals';
COMMENT ON COLUMN appraisal.result.score IS 'total, rounded once to the scheme''s decimals';
COMMENT ON COLUMN appraisal.result.natural_grade IS 'grade of the score, capped where a gate was missed';
COMMENT ON COLUMN appraisal.result.gate_dimension_id IS 'dimension whose gate was missed and caps the grade';
COMMENT ON COLUMN appraisal.result.cohort_unit_id IS 'group of the forced distribution; null where there is none';
COMMENT ON COLUMN appraisal.result.quota_grade IS 'grade by the group''s cut line';
COMMENT ON COLUMN appraisal.result.calibrated_grade IS 'grade that calibration gave';
COMMENT ON COLUMN appraisal.result.final_grade IS 'calibrated, else quota, else natural grade';
COMMENT ON COLUMN appraisal.result.rank IS 'place by score in the cycle, among people or among units of a kind; equal scores share one, 1 is the best';
COMMENT ON COLUMN appraisal.result.coefficient IS 'coefficient of the final grade by the scheme''s scale';
COMMENT ON COLUMN appraisal.result.box_label IS 'name of the performance and values box';
COMMENT ON COLUMN appraisal.result.published_at IS 'when it was published; null before';

-- What holds: a later version, which an appeal made, takes the place of the one before.
CREATE OR REPLACE VIEW appraisal.current_result WITH (security_invoker = true) AS
SELECT r.*
FROM appraisal.result AS r
WHERE NOT EXISTS (SELECT FROM appraisal.result AS later
                  WHERE later.cycle_id = r.cycle_id AND later.participant_id = r.participant_id AND later.version > r.version);
COMMENT ON VIEW appraisal.current_result IS 'results in their latest version';
COMMENT ON COLUMN appraisal.current_result.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.current_result.participant_id IS 'whose; the leading segment''s for who moved';
COMMENT ON COLUMN appraisal.current_result.version IS 'counts from 1; an upheld appeal makes the next';
COMMENT ON COLUMN appraisal.current_result.state IS 'scored, or why there is no score: exempt, pending, not_applicable, declined, recused, insufficient';
COMMENT ON COLUMN appraisal.current_result.coverage IS 'share of the weight that had a score, 0 to 1';
COMMENT ON COLUMN appraisal.current_result.raw_score IS 'total before rounding, to 14 decimals';
COMMENT ON COLUMN appraisal.current_result.score IS 'total, rounded once to the scheme''s decimals';
COMMENT ON COLUMN appraisal.current_result.natural_grade IS 'grade of the score, capped where a gate was missed';
COMMENT ON COLUMN appraisal.current_result.gate_dimension_id IS 'dimension whose gate was missed and caps the grade';
COMMENT ON COLUMN appraisal.current_result.cohort_unit_id IS 'group of the forced distribution; null where there is none';
COMMENT ON COLUMN appraisal.current_result.quota_grade IS 'grade by the group''s cut line';
COMMENT ON COLUMN appraisal.current_result.calibrated_grade IS 'grade that calibration gave';
COMMENT ON COLUMN appraisal.current_result.final_grade IS 'calibrated, else quota, else natural grade';
COMMENT ON COLUMN appraisal.current_result.rank IS 'place by score in the cycle, among people or among units of a kind; equal scores share one, 1 is the best';
COMMENT ON COLUMN appraisal.current_result.coefficient IS 'coefficient of the final grade by the scheme''s scale';
COMMENT ON COLUMN appraisal.current_result.box_label IS 'name of the performance and values box';
COMMENT ON COLUMN appraisal.current_result.published_at IS 'when it was published; null before';

CREATE TABLE IF NOT EXISTS appraisal.dimension_score (
    cycle_id bigint NOT NULL,
    participant_id bigint NOT NULL,
    version integer NOT NULL DEFAULT 1,
    dimension_id bigint NOT NULL CONSTRAINT dimension_score_dimension_exists REFERENCES appraisal.dimension,
    weight numeric NOT NULL,
    coverage numeric,
    score numeric,
    grade text,
    scheme_indicators bigint[] NOT NULL,
    weights numeric[] NOT NULL,
    figures numeric[] NOT NULL,
    points numeric[] NOT NULL,
    PRIMARY KEY (cycle_id, participant_id, version, dimension_id),
    CONSTRAINT dimension_score_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT dimension_score_lists_are_as_long CHECK
        (cardinality(scheme_indicators) = cardinality(weights) AND cardinality(weights) = cardinality(figures)
         AND cardinality(figures) = cardinality(points))
);
CREATE INDEX IF NOT EXISTS dimension_score_dimension_id_idx ON appraisal.dimension_score (dimension_id);
COMMENT ON TABLE appraisal.dimension_score IS 'a result''s dimensions, with every indicator''s part in them; by segment for who moved';
COMMENT ON COLUMN appraisal.dimension_score.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.dimension_score.participant_id IS 'whose';
COMMENT ON COLUMN appraisal.dimension_score.version IS 'version of the result';
COMMENT ON COLUMN appraisal.dimension_score.dimension_id IS 'the dimension';
COMMENT ON COLUMN appraisal.dimension_score.weight IS 'per cent of the total';
COMMENT ON COLUMN appraisal.dimension_score.coverage IS 'share of the indicators'' weight that had points, 0 to 1';
COMMENT ON COLUMN appraisal.dimension_score.score IS 'weighted mean of the points; null if none';
COMMENT ON COLUMN appraisal.dimension_score.grade IS 'grade by the dimension''s own scale';
COMMENT ON COLUMN appraisal.dimension_score.scheme_indicators IS 'indicators, in order of their keys';
COMMENT ON COLUMN appraisal.dimension_score.weights IS 'their weights, per cent of the dimension';
COMMENT ON COLUMN appraisal.dimension_score.figures IS 'what each curve read: the figure or its attainment of the target; null for a rated one';
COMMENT ON COLUMN appraisal.dimension_score.points IS 'their points; null for a missing one';

CREATE TABLE IF NOT EXISTS appraisal.source_score (
    cycle_id bigint NOT NULL,
    participant_id bigint NOT NULL,
    version integer NOT NULL DEFAULT 1,
    source text NOT NULL,
    weight numeric NOT NULL,
    raters integer NOT NULL,
    state text NOT NULL
        CONSTRAINT source_score_state_is_known CHECK
        (state IN ('scored', 'pending', 'not_applicable', 'declined', 'recused', 'insufficient')),
    score numeric,
    anonymous boolean NOT NULL,
    PRIMARY KEY (cycle_id, participant_id, version, source),
    CONSTRAINT source_score_is_there_when_scored CHECK ((state = 'scored') = (score IS NOT NULL)),
    CONSTRAINT source_score_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant
);
COMMENT ON TABLE appraisal.source_score IS 'which sources a result rests on';
COMMENT ON COLUMN appraisal.source_score.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.source_score.participant_id IS 'whose';
COMMENT ON COLUMN appraisal.source_score.version IS 'version of the result';
COMMENT ON COLUMN appraisal.source_score.source IS 'the source';
COMMENT ON COLUMN appraisal.source_score.weight IS 'per cent of a rating';
COMMENT ON COLUMN appraisal.source_score.raters IS 'raters whose reviews count; 0 for a source with too few';
COMMENT ON COLUMN appraisal.source_score.state IS 'scored, or why it is missing: pending, not_applicable, declined, recused, insufficient';
COMMENT ON COLUMN appraisal.source_score.score IS 'mean of its raters'' marks, weighted as the indicators are in the total';
COMMENT ON COLUMN appraisal.source_score.anonymous IS 'is the person never told who rated?';

-- What the planner knows of a column shows in the estimates of anybody's plans, policies or not: in a small company
-- how often there is an A, with one's own and without it. So of what is confidential it knows nothing.
ALTER TABLE appraisal.result
    ALTER COLUMN state SET STATISTICS 0,
    ALTER COLUMN coverage SET STATISTICS 0,
    ALTER COLUMN raw_score SET STATISTICS 0,
    ALTER COLUMN score SET STATISTICS 0,
    ALTER COLUMN natural_grade SET STATISTICS 0,
    ALTER COLUMN quota_grade SET STATISTICS 0,
    ALTER COLUMN calibrated_grade SET STATISTICS 0,
    ALTER COLUMN final_grade SET STATISTICS 0,
    ALTER COLUMN gate_dimension_id SET STATISTICS 0,
    ALTER COLUMN rank SET STATISTICS 0,
    ALTER COLUMN coefficient SET STATISTICS 0,
    ALTER COLUMN box_label SET STATISTICS 0;
ALTER TABLE appraisal.dimension_score
    ALTER COLUMN coverage SET STATISTICS 0,
    ALTER COLUMN score SET STATISTICS 0,
    ALTER COLUMN grade SET STATISTICS 0,
    ALTER COLUMN figures SET STATISTICS 0,
    ALTER COLUMN points SET STATISTICS 0;
ALTER TABLE appraisal.source_score
    ALTER COLUMN raters SET STATISTICS 0,
    ALTER COLUMN state SET STATISTICS 0,
    ALTER COLUMN score SET STATISTICS 0;

-- Written once a computation, before anything is made of it: a part that is published meanwhile is in all of a
-- result or in none of it. The dimensions are here so that a superior sees what the result rests on, whoever
-- was the superior in the part.
CREATE TABLE IF NOT EXISTS appraisal.part_score (
    cycle_id bigint NOT NULL,
    participant_id bigint NOT NULL,
    version integer NOT NULL DEFAULT 1,
    part_cycle_id bigint NOT NULL,
    part_participant_id bigint NOT NULL,
    part_version integer,
    weight numeric NOT NULL,
    of_weight numeric NOT NULL,
    state text NOT NULL
        CONSTRAINT part_score_state_is_known CHECK
        (state IN ('scored', 'exempt', 'pending', 'not_applicable', 'declined', 'recused', 'insufficient')),
    score numeric,
    coverage numeric,
    dimensions bigint[] NOT NULL,
    dimension_scores numeric[] NOT NULL,
    PRIMARY KEY (cycle_id, participant_id, version, part_cycle_id),
    CONSTRAINT part_score_is_there_when_scored CHECK ((state = 'scored') = (score IS NOT NULL)),
    CONSTRAINT part_score_lists_are_as_long CHECK (cardinality(dimensions) = cardinality(dimension_scores)),
    CONSTRAINT part_score_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT part_score_part_exists FOREIGN KEY (part_cycle_id, part_participant_id) REFERENCES appraisal.participant
);
CREATE INDEX IF NOT EXISTS part_score_part_idx ON appraisal.part_score (part_cycle_id, part_participant_id);
ALTER TABLE appraisal.part_score
    ALTER COLUMN part_version SET STATISTICS 0,
    ALTER COLUMN state SET STATISTICS 0,
    ALTER COLUMN score SET STATISTICS 0,
    ALTER COLUMN coverage SET STATISTICS 0,
    ALTER COLUMN dimension_scores SET STATISTICS 0;
COMMENT ON TABLE appraisal.part_score IS 'results of shorter periods that a result takes in';
COMMENT ON COLUMN appraisal.part_score.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.part_score.participant_id IS 'whose; of several segments the leading one of those that are rolled up';
COMMENT ON COLUMN appraisal.part_score.version IS 'version of the result';
COMMENT ON COLUMN appraisal.part_score.part_cycle_id IS 'cycle of the shorter period';
COMMENT ON COLUMN appraisal.part_score.part_participant_id IS 'the same person or unit in it';
COMMENT ON COLUMN appraisal.part_score.part_version IS 'version of the result there; null if there was none';
COMMENT ON COLUMN appraisal.part_score.weight IS 'what the part weighs; 0 where it is shown and does not count';
COMMENT ON COLUMN appraisal.part_score.of_weight IS 'what all parts weigh that should be there, those that nobody took part in included';
COMMENT ON COLUMN appraisal.part_score.state IS 'scored, exempt, or why it is missing: pending, not_applicable, declined, recused, insufficient';
COMMENT ON COLUMN appraisal.part_score.score IS 'published score; null without one';
COMMENT ON COLUMN appraisal.part_score.coverage IS 'share of the part''s weight that had a score, 0 to 1';
COMMENT ON COLUMN appraisal.part_score.dimensions IS 'dimensions that the part has a score of, as this cycle''s scheme has them, in order of their keys';
COMMENT ON COLUMN appraisal.part_score.dimension_scores IS 'their scores in the part';
-- What people decide about computed results: grades calibrated, results signed off, quotas overridden.
-- Written by the functions of 74_calibration_guards.sql only. As in 50_result.sql, no index has a column
-- that tells how somebody did: that somebody was calibrated at all does.

CREATE TABLE IF NOT EXISTS appraisal.adjustment (
    cycle_id bigint NOT NULL,
    adjustment_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    from_grade text NOT NULL,
    to_grade text NOT NULL,
    reason text NOT NULL CONSTRAINT adjustment_has_a_reason CHECK (btrim(reason) <> ''),
    made_by bigint CONSTRAINT adjustment_maker_exists REFERENCES appraisal.person,
    made_by_login name NOT NULL,
    authorised_by bigint CONSTRAINT adjustment_authoriser_exists REFERENCES appraisal.person,
    made_at timestamptz NOT NULL,
    undoes bigint,
    PRIMARY KEY (cycle_id, adjustment_id),
    CONSTRAINT adjustment_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT adjustment_undone_exists FOREIGN KEY (cycle_id, undoes) REFERENCES appraisal.adjustment,
    CONSTRAINT adjustment_is_undone_once UNIQUE (cycle_id, undoes),
    CONSTRAINT adjustment_changes_the_grade CHECK (from_grade <> to_grade)
);
-- searched by what may see the row already (see 40_review.sql)
CREATE INDEX IF NOT EXISTS adjustment_participant_idx ON appraisal.adjustment ((+participant_id));
COMMENT ON TABLE appraisal.adjustment IS 'calibration: each change of a final grade by people; only added to';
COMMENT ON COLUMN appraisal.adjustment.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.adjustment.adjustment_id IS 'key within the cycle, in order of time';
COMMENT ON COLUMN appraisal.adjustment.participant_id IS 'whose grade';
COMMENT ON COLUMN appraisal.adjustment.from_grade IS 'final grade before';
COMMENT ON COLUMN appraisal.adjustment.to_grade IS 'final grade after';
COMMENT ON COLUMN appraisal.adjustment.reason IS 'why';
COMMENT ON COLUMN appraisal.adjustment.made_by IS 'who did; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.adjustment.made_by_login IS 'with which login';
COMMENT ON COLUMN appraisal.adjustment.authorised_by IS 'who authorised it, where somebody else did';
COMMENT ON COLUMN appraisal.adjustment.made_at IS 'when';
COMMENT ON COLUMN appraisal.adjustment.undoes IS 'earlier adjustment that this one takes back';

CREATE TABLE IF NOT EXISTS appraisal.sign_off (
    cycle_id bigint NOT NULL CONSTRAINT sign_off_cycle_exists REFERENCES appraisal.cycle,
    sign_off_id bigint GENERATED ALWAYS AS IDENTITY,
    unit_id bigint CONSTRAINT sign_off_unit_exists REFERENCES appraisal.unit,
    step integer NOT NULL,
    signer text NOT NULL
        CONSTRAINT sign_off_signer_is_known CHECK
        (signer IN ('unit_head', 'division_head', 'second_manager', 'hr', 'executive', 'meeting')),
    signed_by bigint NOT NULL CONSTRAINT sign_off_person_exists REFERENCES appraisal.person,
    signed_at timestamptz NOT NULL,
    remark text,
    withdrawn_at timestamptz,
    withdrawn_because text CONSTRAINT sign_off_reason_is_not_empty CHECK (btrim(withdrawn_because) <> ''),
    delegated_for bigint CONSTRAINT sign_off_delegated_for_exists REFERENCES appraisal.person,
    PRIMARY KEY (cycle_id, sign_off_id),
    CONSTRAINT sign_off_is_withdrawn_for_a_reason CHECK ((withdrawn_at IS NULL) = (withdrawn_because IS NULL)),
    CONSTRAINT sign_off_is_delegated_for_another CHECK (delegated_for <> signed_by)
);
CREATE UNIQUE INDEX IF NOT EXISTS sign_off_is_once_a_step ON appraisal.sign_off (cycle_id, unit_id, step, signed_by) NULLS NOT DISTINCT
    WHERE withdrawn_at IS NULL;
CREATE INDEX IF NOT EXISTS sign_off_unit_id_idx ON appraisal.sign_off (unit_id);
CREATE INDEX IF NOT EXISTS sign_off_signed_by_idx ON appraisal.sign_off (signed_by);
CREATE INDEX IF NOT EXISTS sign_off_delegated_for_idx ON appraisal.sign_off (delegated_for);
COMMENT ON TABLE appraisal.sign_off IS 'signatures under the results of a unit with all below it, or of a whole cycle';
COMMENT ON COLUMN appraisal.sign_off.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.sign_off.sign_off_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.sign_off.unit_id IS 'unit signed for, with all below it; null for the whole cycle';
COMMENT ON COLUMN appraisal.sign_off.step IS 'step of the scheme''s chain; 1 where the scheme has none';
COMMENT ON COLUMN appraisal.sign_off.signer IS 'as what: unit_head, division_head, second_manager, hr, executive or meeting';
COMMENT ON COLUMN appraisal.sign_off.signed_by IS 'who signed';
COMMENT ON COLUMN appraisal.sign_off.signed_at IS 'when';
COMMENT ON COLUMN appraisal.sign_off.remark IS 'what the signer had to say';
COMMENT ON COLUMN appraisal.sign_off.withdrawn_at IS 'when it was withdrawn; null while it holds';
COMMENT ON COLUMN appraisal.sign_off.withdrawn_because IS 'why';
COMMENT ON COLUMN appraisal.sign_off.delegated_for IS 'who had it signed, where the signer was a delegate';

CREATE TABLE IF NOT EXISTS appraisal.delegation (
    cycle_id bigint NOT NULL CONSTRAINT delegation_cycle_exists REFERENCES appraisal.cycle,
    delegation_id bigint GENERATED ALWAYS AS IDENTITY,
    step integer NOT NULL,
    unit_id bigint CONSTRAINT delegation_unit_exists REFERENCES appraisal.unit,
    from_person bigint NOT NULL CONSTRAINT delegation_giver_exists REFERENCES appraisal.person,
    to_person bigint NOT NULL CONSTRAINT delegation_delegate_exists REFERENCES appraisal.person,
    reason text NOT NULL CONSTRAINT delegation_has_a_reason CHECK (btrim(reason) <> ''),
    given_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    PRIMARY KEY (cycle_id, delegation_id),
    CONSTRAINT delegation_is_to_another CHECK (from_person <> to_person)
);
CREATE UNIQUE INDEX IF NOT EXISTS delegation_is_one_a_step ON appraisal.delegation (cycle_id, step, unit_id, from_person) NULLS NOT DISTINCT
    WHERE withdrawn_at IS NULL;
CREATE INDEX IF NOT EXISTS delegation_unit_id_idx ON appraisal.delegation (unit_id);
CREATE INDEX IF NOT EXISTS delegation_from_person_idx ON appraisal.delegation (from_person);
CREATE INDEX IF NOT EXISTS delegation_to_person_idx ON appraisal.delegation (to_person);
COMMENT ON TABLE appraisal.delegation IS 'who may sign a step of a chain in somebody''s place';
COMMENT ON COLUMN appraisal.delegation.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.delegation.delegation_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.delegation.step IS 'step of the scheme''s chain';
COMMENT ON COLUMN appraisal.delegation.unit_id IS 'unit for which, with all below it; null for the whole cycle';
COMMENT ON COLUMN appraisal.delegation.from_person IS 'who is to sign';
COMMENT ON COLUMN appraisal.delegation.to_person IS 'who may sign in that one''s place';
COMMENT ON COLUMN appraisal.delegation.reason IS 'why';
COMMENT ON COLUMN appraisal.delegation.given_at IS 'when it was given';
COMMENT ON COLUMN appraisal.delegation.withdrawn_at IS 'when it was withdrawn; null while it holds';

CREATE TABLE IF NOT EXISTS appraisal.quota_override (
    cycle_id bigint NOT NULL CONSTRAINT quota_override_cycle_exists REFERENCES appraisal.cycle,
    override_id bigint GENERATED ALWAYS AS IDENTITY,
    unit_id bigint NOT NULL CONSTRAINT quota_override_unit_exists REFERENCES appraisal.unit,
    heads_out integer NOT NULL CONSTRAINT quota_override_is_of_heads_out CHECK (heads_out > 0),
    reason text NOT NULL CONSTRAINT quota_override_has_a_reason CHECK (btrim(reason) <> ''),
    made_by bigint CONSTRAINT quota_override_maker_exists REFERENCES appraisal.person,
    made_by_login name NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (cycle_id, override_id)
);
CREATE INDEX IF NOT EXISTS quota_override_unit_id_idx ON appraisal.quota_override (unit_id);
CREATE INDEX IF NOT EXISTS quota_override_made_by_idx ON appraisal.quota_override (made_by);
COMMENT ON TABLE appraisal.quota_override IS 'groups that may miss their quota, by so many heads; only added to';
COMMENT ON COLUMN appraisal.quota_override.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.quota_override.override_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.quota_override.unit_id IS 'unit whose group it is';
COMMENT ON COLUMN appraisal.quota_override.heads_out IS 'heads out of bounds when it was given; more are not covered';
COMMENT ON COLUMN appraisal.quota_override.reason IS 'why';
COMMENT ON COLUMN appraisal.quota_override.made_by IS 'who gave it; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.quota_override.made_by_login IS 'with which login';
COMMENT ON COLUMN appraisal.quota_override.made_at IS 'when';

-- Estimates tell of nothing that is confidential: see 50_result.sql.
ALTER TABLE appraisal.adjustment
    ALTER COLUMN from_grade SET STATISTICS 0,
    ALTER COLUMN to_grade SET STATISTICS 0,
    ALTER COLUMN reason SET STATISTICS 0;
-- After publication: the talk about a result, and that the person has taken note of it. Nobody writes these by
-- hand; rows are added and stay. Who held a talk and when is nobody's to search for (see 40_review.sql).

CREATE TABLE IF NOT EXISTS appraisal.interview (
    cycle_id bigint NOT NULL,
    interview_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    held_on date NOT NULL,
    held_by bigint NOT NULL CONSTRAINT interview_holder_exists REFERENCES appraisal.person,
    summary text NOT NULL CONSTRAINT interview_summary_is_not_empty CHECK (btrim(summary) <> ''),
    recorded_by bigint CONSTRAINT interview_recorder_exists REFERENCES appraisal.person,
    recorded_by_login name NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (cycle_id, interview_id),
    CONSTRAINT interview_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT interview_is_recorded_once
        EXCLUDE USING btree (cycle_id WITH =, (+participant_id) WITH =, (held_on + 0) WITH =, (+held_by) WITH =)
);
CREATE INDEX IF NOT EXISTS interview_participant_idx ON appraisal.interview (cycle_id, participant_id);
CREATE INDEX IF NOT EXISTS interview_held_by_idx ON appraisal.interview ((+held_by));
COMMENT ON TABLE appraisal.interview IS 'talks with a person about a published result; only added to';
COMMENT ON COLUMN appraisal.interview.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.interview.interview_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.interview.participant_id IS 'whose result; for an appraised unit the talk is with its head';
COMMENT ON COLUMN appraisal.interview.held_on IS 'day of the talk';
COMMENT ON COLUMN appraisal.interview.held_by IS 'who held it';
COMMENT ON COLUMN appraisal.interview.summary IS 'what was said';
COMMENT ON COLUMN appraisal.interview.recorded_by IS 'who recorded it; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.interview.recorded_by_login IS 'with which login';
COMMENT ON COLUMN appraisal.interview.recorded_at IS 'when';

CREATE TABLE IF NOT EXISTS appraisal.acknowledgement (
    cycle_id bigint NOT NULL,
    participant_id bigint NOT NULL,
    version integer NOT NULL,
    remark text CONSTRAINT acknowledgement_remark_is_not_empty CHECK (btrim(remark) <> ''),
    acknowledged_at timestamptz NOT NULL,
    PRIMARY KEY (cycle_id, participant_id, version),
    CONSTRAINT acknowledgement_result_exists FOREIGN KEY (cycle_id, participant_id, version) REFERENCES appraisal.result
);
COMMENT ON TABLE appraisal.acknowledgement IS 'that a person has taken note of the own result, which is not to agree with it; only added to';
COMMENT ON COLUMN appraisal.acknowledgement.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.acknowledgement.participant_id IS 'whose result';
COMMENT ON COLUMN appraisal.acknowledgement.version IS 'version of the result';
COMMENT ON COLUMN appraisal.acknowledgement.remark IS 'what the person had to say';
COMMENT ON COLUMN appraisal.acknowledgement.acknowledged_at IS 'when';
-- Improvement plans: what a person is to reach after a low result, and what is done for it. That there is a plan
-- tells how somebody did, so no index can be searched for whose it is (see 40_review.sql).

CREATE TABLE IF NOT EXISTS appraisal.improvement_plan (
    cycle_id bigint NOT NULL,
    plan_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    version integer NOT NULL,
    status text NOT NULL DEFAULT 'open'
        CONSTRAINT improvement_plan_status_is_known CHECK (status IN ('open', 'met', 'not_met', 'cancelled')),
    by_rule boolean NOT NULL,
    goals text CONSTRAINT improvement_plan_goals_are_not_empty CHECK (btrim(goals) <> ''),
    direction text CONSTRAINT improvement_plan_direction_is_not_empty CHECK (btrim(direction) <> ''),
    support text CONSTRAINT improvement_plan_support_is_not_empty CHECK (btrim(support) <> ''),
    training text CONSTRAINT improvement_plan_training_is_not_empty CHECK (btrim(training) <> ''),
    due_on date NOT NULL,
    opened_by bigint CONSTRAINT improvement_plan_opener_exists REFERENCES appraisal.person,
    opened_by_login name NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_by bigint CONSTRAINT improvement_plan_closer_exists REFERENCES appraisal.person,
    closed_by_login name,
    closed_at timestamptz,
    closed_because text CONSTRAINT improvement_plan_reason_is_not_empty CHECK (btrim(closed_because) <> ''),
    PRIMARY KEY (cycle_id, plan_id),
    CONSTRAINT improvement_plan_result_exists FOREIGN KEY (cycle_id, participant_id, version) REFERENCES appraisal.result,
    CONSTRAINT improvement_plan_is_open_once
        EXCLUDE USING btree (cycle_id WITH =, (+participant_id) WITH =, (nullif(strpos('open', status), 0)) WITH =), -- a condition of the index would tell
    -- in the part of the world where the day lasts longest
    CONSTRAINT improvement_plan_due_on_is_ahead CHECK (due_on >= (opened_at AT TIME ZONE INTERVAL '-12:00')::date),
    CONSTRAINT improvement_plan_closed_has_a_reason CHECK
        (num_nulls(closed_by_login, closed_at, closed_because) = CASE status WHEN 'open' THEN 3 ELSE 0 END
         AND (status <> 'open' OR closed_by IS NULL)),
    CONSTRAINT improvement_plan_by_hand_has_goals CHECK (by_rule OR goals IS NOT NULL),
    CONSTRAINT improvement_plan_met_has_goals CHECK (status NOT IN ('met', 'not_met') OR goals IS NOT NULL)
);
CREATE INDEX IF NOT EXISTS improvement_plan_participant_idx ON appraisal.improvement_plan ((+participant_id));
-- the planner knows nothing of it (see 50_result.sql)
ALTER TABLE appraisal.improvement_plan
    ALTER COLUMN version SET STATISTICS 0,
    ALTER COLUMN status SET STATISTICS 0,
    ALTER COLUMN by_rule SET STATISTICS 0;
COMMENT ON TABLE appraisal.improvement_plan IS 'plans by which a person is to come up from a result; one that is closed never changes';
COMMENT ON COLUMN appraisal.improvement_plan.cycle_id IS 'the cycle of the result';
COMMENT ON COLUMN appraisal.improvement_plan.plan_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.improvement_plan.participant_id IS 'whose';
COMMENT ON COLUMN appraisal.improvement_plan.version IS 'version of the result that it followed';
COMMENT ON COLUMN appraisal.improvement_plan.status IS 'open, met, not_met or cancelled';
COMMENT ON COLUMN appraisal.improvement_plan.by_rule IS 'did the scheme''s improvement_grade open it?';
COMMENT ON COLUMN appraisal.improvement_plan.goals IS 'what is to be reached; null while a plan opened by rule has none';
COMMENT ON COLUMN appraisal.improvement_plan.direction IS 'in what the person is to improve';
COMMENT ON COLUMN appraisal.improvement_plan.support IS 'what help the person gets';
COMMENT ON COLUMN appraisal.improvement_plan.training IS 'what the person learns';
COMMENT ON COLUMN appraisal.improvement_plan.due_on IS 'last day of the plan';
COMMENT ON COLUMN appraisal.improvement_plan.opened_by IS 'who opened it; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.improvement_plan.opened_by_login IS 'with which login';
COMMENT ON COLUMN appraisal.improvement_plan.opened_at IS 'when';
COMMENT ON COLUMN appraisal.improvement_plan.closed_by IS 'who closed it; null while it is open, and for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.improvement_plan.closed_by_login IS 'with which login; null while it is open';
COMMENT ON COLUMN appraisal.improvement_plan.closed_at IS 'when; null while it is open';
COMMENT ON COLUMN appraisal.improvement_plan.closed_because IS 'why it was closed so';

CREATE TABLE IF NOT EXISTS appraisal.improvement_action (
    cycle_id bigint NOT NULL,
    plan_id bigint NOT NULL,
    action_id bigint GENERATED ALWAYS AS IDENTITY,
    title text NOT NULL CONSTRAINT improvement_action_title_is_not_empty CHECK (btrim(title) <> ''),
    owner_id bigint NOT NULL CONSTRAINT improvement_action_owner_exists REFERENCES appraisal.person,
    due_on date NOT NULL,
    support text CONSTRAINT improvement_action_support_is_not_empty CHECK (btrim(support) <> ''),
    training text CONSTRAINT improvement_action_training_is_not_empty CHECK (btrim(training) <> ''),
    progress integer NOT NULL DEFAULT 0 CONSTRAINT improvement_action_progress_is_0_to_100 CHECK (progress BETWEEN 0 AND 100),
    note text CONSTRAINT improvement_action_note_is_not_empty CHECK (btrim(note) <> ''),
    done_on date,
    PRIMARY KEY (cycle_id, action_id),
    CONSTRAINT improvement_action_plan_exists FOREIGN KEY (cycle_id, plan_id) REFERENCES appraisal.improvement_plan,
    CONSTRAINT improvement_action_is_done_at_100 CHECK ((progress = 100) = (done_on IS NOT NULL))
);
CREATE UNIQUE INDEX IF NOT EXISTS improvement_action_title_is_unique ON appraisal.improvement_action (cycle_id, plan_id, (btrim(title)));
CREATE INDEX IF NOT EXISTS improvement_action_owner_id_idx ON appraisal.improvement_action ((+owner_id));
COMMENT ON TABLE appraisal.improvement_action IS 'what is done in an improvement plan';
COMMENT ON COLUMN appraisal.improvement_action.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.improvement_action.plan_id IS 'the plan';
COMMENT ON COLUMN appraisal.improvement_action.action_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.improvement_action.title IS 'what is done; calls name the action by it';
COMMENT ON COLUMN appraisal.improvement_action.owner_id IS 'who sees to it: the person, or somebody who helps';
COMMENT ON COLUMN appraisal.improvement_action.due_on IS 'last day';
COMMENT ON COLUMN appraisal.improvement_action.support IS 'what help there is for it';
COMMENT ON COLUMN appraisal.improvement_action.training IS 'what is learnt by it';
COMMENT ON COLUMN appraisal.improvement_action.progress IS 'per cent done';
COMMENT ON COLUMN appraisal.improvement_action.note IS 'what the last report of progress said';
COMMENT ON COLUMN appraisal.improvement_action.done_on IS 'when it was done';
-- Appeals: results that their person calls wrong, and every step until somebody has decided. Written by the
-- functions of 77_appeal_guards.sql only. What the handlers keep to themselves is a table of its own, because
-- the person reads the others. Who appealed is nobody's to search (see 40_review.sql).

CREATE TABLE IF NOT EXISTS appraisal.appeal (
    cycle_id bigint NOT NULL,
    appeal_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    version integer NOT NULL,
    status text NOT NULL DEFAULT 'filed'
        CONSTRAINT appeal_status_is_known CHECK (status IN ('filed', 'investigating', 'upheld', 'dismissed', 'withdrawn')),
    level text NOT NULL CONSTRAINT appeal_level_is_known CHECK (level IN ('leader', 'hr', 'executive')),
    grounds text NOT NULL CONSTRAINT appeal_has_grounds CHECK (btrim(grounds) <> ''),
    filed_at timestamptz NOT NULL,
    due_at timestamptz,
    handler_id bigint CONSTRAINT appeal_handler_exists REFERENCES appraisal.person,
    decided_by bigint CONSTRAINT appeal_decider_exists REFERENCES appraisal.person,
    decided_at timestamptz,
    decision text CONSTRAINT appeal_decision_is_not_empty CHECK (btrim(decision) <> ''),
    new_version integer,
    PRIMARY KEY (cycle_id, appeal_id),
    CONSTRAINT appeal_result_exists FOREIGN KEY (cycle_id, participant_id, version) REFERENCES appraisal.result,
    -- the appeal is upheld first, and by that the next version may be written
    CONSTRAINT appeal_new_result_exists FOREIGN KEY (cycle_id, participant_id, new_version) REFERENCES appraisal.result
        DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT appeal_is_one_at_a_time
        -- a condition of the index would tell whether there is one
        EXCLUDE USING btree (cycle_id WITH =, (+participant_id) WITH =,
                             (nullif(least(strpos('filed investigating', status), 1), 0)) WITH =),
    CONSTRAINT appeal_is_decided_by_somebody CHECK
        ((status IN ('upheld', 'dismissed')) = (decided_at IS NOT NULL)
         AND num_nonnulls(decided_by, decided_at, decision) IN (0, 3)),
    CONSTRAINT appeal_upheld_makes_the_next_version CHECK
        (CASE status WHEN 'upheld' THEN coalesce(new_version = version + 1, false) ELSE new_version IS NULL END)
);
CREATE INDEX IF NOT EXISTS appeal_participant_idx ON appraisal.appeal ((+participant_id));
-- the planner knows nothing of it (see 50_result.sql)
ALTER TABLE appraisal.appeal
    ALTER COLUMN version SET STATISTICS 0,
    ALTER COLUMN status SET STATISTICS 0,
    ALTER COLUMN level SET STATISTICS 0,
    ALTER COLUMN new_version SET STATISTICS 0;
COMMENT ON TABLE appraisal.appeal IS 'appeals against published results; at most one open at a time for a participant';
COMMENT ON COLUMN appraisal.appeal.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.appeal.appeal_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.appeal.participant_id IS 'whose result';
COMMENT ON COLUMN appraisal.appeal.version IS 'version of the result that is appealed';
COMMENT ON COLUMN appraisal.appeal.status IS 'filed, investigating once somebody has taken it, then upheld, dismissed or withdrawn';
COMMENT ON COLUMN appraisal.appeal.level IS 'where it is, by the scheme''s appeal rules: leader, hr or executive';
COMMENT ON COLUMN appraisal.appeal.grounds IS 'why, in the person''s words';
COMMENT ON COLUMN appraisal.appeal.filed_at IS 'when it was filed';
COMMENT ON COLUMN appraisal.appeal.due_at IS 'when the level''s days end: it is overdue from then on; null where the scheme sets none';
COMMENT ON COLUMN appraisal.appeal.handler_id IS 'who has taken it on its level; null while nobody has';
COMMENT ON COLUMN appraisal.appeal.decided_by IS 'who decided';
COMMENT ON COLUMN appraisal.appeal.decided_at IS 'when';
COMMENT ON COLUMN appraisal.appeal.decision IS 'why, for the person to read';
COMMENT ON COLUMN appraisal.appeal.new_version IS 'version of the result that an upheld appeal made';

CREATE TABLE IF NOT EXISTS appraisal.appeal_event (
    cycle_id bigint NOT NULL,
    appeal_id bigint NOT NULL,
    event_id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL
        CONSTRAINT appeal_event_kind_is_known CHECK
        (kind IN ('filed', 'talk', 'taken', 'note', 'proposed', 'escalated', 'overdue', 'decided', 'withdrawn')),
    person_id bigint CONSTRAINT appeal_event_person_exists REFERENCES appraisal.person,
    login name NOT NULL,
    at timestamptz NOT NULL,
    level text NOT NULL CONSTRAINT appeal_event_level_is_known CHECK (level IN ('leader', 'hr', 'executive')),
    internal boolean NOT NULL DEFAULT false,
    remark text CONSTRAINT appeal_event_remark_is_not_empty CHECK (btrim(remark) <> ''),
    PRIMARY KEY (cycle_id, appeal_id, event_id),
    CONSTRAINT appeal_event_appeal_exists FOREIGN KEY (cycle_id, appeal_id) REFERENCES appraisal.appeal,
    CONSTRAINT appeal_event_internal_is_a_note CHECK (NOT internal OR kind = 'note'),
    CONSTRAINT appeal_event_words_are_there CHECK (kind NOT IN ('talk', 'note', 'decided') OR remark IS NOT NULL)
);
COMMENT ON TABLE appraisal.appeal_event IS 'every step of every appeal; only added to';
COMMENT ON COLUMN appraisal.appeal_event.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.appeal_event.appeal_id IS 'the appeal';
COMMENT ON COLUMN appraisal.appeal_event.event_id IS 'key, in order of time';
COMMENT ON COLUMN appraisal.appeal_event.kind IS 'filed, talk, taken, note, proposed, escalated, overdue, decided or withdrawn';
COMMENT ON COLUMN appraisal.appeal_event.person_id IS 'who did it; null for a service that acts for nobody';
COMMENT ON COLUMN appraisal.appeal_event.login IS 'with which login';
COMMENT ON COLUMN appraisal.appeal_event.at IS 'when';
COMMENT ON COLUMN appraisal.appeal_event.level IS 'level on which the appeal was then';
COMMENT ON COLUMN appraisal.appeal_event.internal IS 'a note among those who handle appeals, which the person does not see';
COMMENT ON COLUMN appraisal.appeal_event.remark IS 'what was said';

CREATE TABLE IF NOT EXISTS appraisal.appeal_internal (
    cycle_id bigint NOT NULL,
    appeal_id bigint NOT NULL,
    proposed_score numeric,
    proposed_grade text,
    proposed_because text CONSTRAINT appeal_internal_proposal_has_a_reason CHECK (btrim(proposed_because) <> ''),
    proposed_by bigint CONSTRAINT appeal_internal_proposer_exists REFERENCES appraisal.person,
    heads_out integer CONSTRAINT appeal_internal_heads_out_are_not_negative CHECK (heads_out >= 0),
    PRIMARY KEY (cycle_id, appeal_id),
    CONSTRAINT appeal_internal_appeal_exists FOREIGN KEY (cycle_id, appeal_id) REFERENCES appraisal.appeal,
    CONSTRAINT appeal_internal_proposal_is_somebodys CHECK
        ((proposed_because IS NULL) = (proposed_by IS NULL)
         AND (proposed_because IS NOT NULL OR num_nonnulls(proposed_score, proposed_grade) = 0))
);
ALTER TABLE appraisal.appeal_internal
    ALTER COLUMN proposed_score SET STATISTICS 0,
    ALTER COLUMN proposed_grade SET STATISTICS 0,
    ALTER COLUMN heads_out SET STATISTICS 0;
COMMENT ON TABLE appraisal.appeal_internal IS 'what those who handle an appeal know of it and its person does not: the last proposal, and what the decision did to the quota';
COMMENT ON COLUMN appraisal.appeal_internal.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.appeal_internal.appeal_id IS 'the appeal';
COMMENT ON COLUMN appraisal.appeal_internal.proposed_score IS 'score to uphold it with; with no grade either, it is to be dismissed';
COMMENT ON COLUMN appraisal.appeal_internal.proposed_grade IS 'final grade to uphold it with';
COMMENT ON COLUMN appraisal.appeal_internal.proposed_because IS 'why';
COMMENT ON COLUMN appraisal.appeal_internal.proposed_by IS 'who proposed it';
COMMENT ON COLUMN appraisal.appeal_internal.heads_out IS 'heads by which the group misses its quota after an upheld appeal; null where there is no group';
-- What results lead to: outcomes by the rules of the scheme, and pay. Written by the functions of
-- 78_outcome_guards.sql only. As in 50_result.sql, no index has a column that tells how somebody did: that
-- somebody was warned at all does.

CREATE TABLE IF NOT EXISTS appraisal.outcome (
    cycle_id bigint NOT NULL,
    outcome_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    person_id bigint CONSTRAINT outcome_person_exists REFERENCES appraisal.person,
    appraised_unit_id bigint CONSTRAINT outcome_unit_exists REFERENCES appraisal.unit,
    outcome_rule_id bigint NOT NULL CONSTRAINT outcome_rule_exists REFERENCES appraisal.outcome_rule,
    outcome text NOT NULL,
    amount numeric,
    cycles bigint[] NOT NULL,
    versions integer[] NOT NULL,
    grades text[] NOT NULL,
    effective_on date NOT NULL,
    confirmed_by bigint CONSTRAINT outcome_confirmer_exists REFERENCES appraisal.person,
    confirmed_by_login name NOT NULL,
    confirmed_at timestamptz NOT NULL,
    note text,
    revoked_by bigint CONSTRAINT outcome_revoker_exists REFERENCES appraisal.person,
    revoked_by_login name,
    revoked_at timestamptz,
    revoked_because text CONSTRAINT outcome_reason_is_not_empty CHECK (btrim(revoked_because) <> ''),
    PRIMARY KEY (cycle_id, outcome_id),
    CONSTRAINT outcome_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT outcome_is_of_a_person_or_a_unit CHECK (num_nonnulls(person_id, appraised_unit_id) = 1),
    CONSTRAINT outcome_lists_are_as_long CHECK
        (cardinality(cycles) > 0 AND cardinality(cycles) = cardinality(versions) AND cardinality(versions) = cardinality(grades)),
    CONSTRAINT outcome_is_revoked_for_a_reason CHECK
        ((revoked_at IS NULL) = (revoked_because IS NULL) AND (revoked_at IS NULL) = (revoked_by_login IS NULL)
         AND (revoked_at IS NOT NULL OR revoked_by IS NULL)),
    -- searched by what may see the row already (see 40_review.sql); a condition of the index would tell, too
    CONSTRAINT outcome_is_confirmed_once
        EXCLUDE USING btree (cycle_id WITH =, (+participant_id) WITH =, (+outcome_rule_id) WITH =, (nullif(num_nulls(revoked_at), 0)) WITH =)
);
CREATE INDEX IF NOT EXISTS outcome_participant_idx ON appraisal.outcome ((+participant_id));
-- the planner knows nothing of it (see 50_result.sql)
ALTER TABLE appraisal.outcome
    ALTER COLUMN outcome_rule_id SET STATISTICS 0,
    ALTER COLUMN outcome SET STATISTICS 0,
    ALTER COLUMN amount SET STATISTICS 0,
    ALTER COLUMN versions SET STATISTICS 0,
    ALTER COLUMN grades SET STATISTICS 0,
    ALTER COLUMN effective_on SET STATISTICS 0,
    ALTER COLUMN revoked_at SET STATISTICS 0;
COMMENT ON TABLE appraisal.outcome IS 'what a grade, or a run of grades, led to: a rule of the scheme that somebody confirmed for a person or unit';
COMMENT ON COLUMN appraisal.outcome.cycle_id IS 'the cycle in which the run is complete';
COMMENT ON COLUMN appraisal.outcome.outcome_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.outcome.participant_id IS 'whose, as the participant of that cycle';
COMMENT ON COLUMN appraisal.outcome.person_id IS 'the person; null for a unit';
COMMENT ON COLUMN appraisal.outcome.appraised_unit_id IS 'the unit; null for a person';
COMMENT ON COLUMN appraisal.outcome.outcome_rule_id IS 'the rule';
COMMENT ON COLUMN appraisal.outcome.outcome IS 'the consequence, as the rule has it';
COMMENT ON COLUMN appraisal.outcome.amount IS 'money, or pay steps, as the rule has it';
COMMENT ON COLUMN appraisal.outcome.cycles IS 'evidence: the cycles of the run, in order of time';
COMMENT ON COLUMN appraisal.outcome.versions IS 'evidence: the versions of their results';
COMMENT ON COLUMN appraisal.outcome.grades IS 'evidence: their final grades';
COMMENT ON COLUMN appraisal.outcome.effective_on IS 'first day on which it holds';
COMMENT ON COLUMN appraisal.outcome.confirmed_by IS 'who confirmed it; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.outcome.confirmed_by_login IS 'with which login';
COMMENT ON COLUMN appraisal.outcome.confirmed_at IS 'when';
COMMENT ON COLUMN appraisal.outcome.note IS 'what was said to it; the person reads it, too';
COMMENT ON COLUMN appraisal.outcome.revoked_by IS 'who revoked it; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.outcome.revoked_by_login IS 'with which login; null while it holds';
COMMENT ON COLUMN appraisal.outcome.revoked_at IS 'when it was revoked; null while it holds';
COMMENT ON COLUMN appraisal.outcome.revoked_because IS 'why';

CREATE TABLE IF NOT EXISTS appraisal.award (
    cycle_id bigint NOT NULL,
    award_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    version integer NOT NULL,
    base numeric NOT NULL CONSTRAINT award_base_is_not_negative CHECK (base >= 0 AND base < 'Infinity'),
    coefficient numeric,
    unit_factor numeric NOT NULL,
    share numeric NOT NULL,
    rate numeric CONSTRAINT award_rate_is_not_negative CHECK (rate >= 0),
    amount numeric NOT NULL CONSTRAINT award_amount_is_not_negative CHECK (amount >= 0),
    decimals integer NOT NULL,
    lost_cycle_id bigint,
    lost_outcome_id bigint,
    supplements bigint,
    made_by bigint CONSTRAINT award_maker_exists REFERENCES appraisal.person,
    made_by_login name NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (cycle_id, award_id),
    CONSTRAINT award_result_exists FOREIGN KEY (cycle_id, participant_id, version) REFERENCES appraisal.result,
    CONSTRAINT award_outcome_exists FOREIGN KEY (lost_cycle_id, lost_outcome_id) REFERENCES appraisal.outcome,
    CONSTRAINT award_supplemented_exists FOREIGN KEY (cycle_id, supplements) REFERENCES appraisal.award,
    CONSTRAINT award_lost_is_nothing CHECK
        ((lost_cycle_id IS NULL) = (lost_outcome_id IS NULL) AND (lost_outcome_id IS NULL OR (amount = 0 AND supplements IS NULL))),
    CONSTRAINT award_supplement_is_something CHECK (supplements IS NULL OR amount > 0),
    CONSTRAINT award_is_made_once
        EXCLUDE USING btree (cycle_id WITH =, (+participant_id) WITH =, (nullif(num_nulls(supplements), 0)) WITH =),
    CONSTRAINT award_supplement_is_one_a_version
        EXCLUDE USING btree (cycle_id WITH =, (+participant_id) WITH =, (+version) WITH =, (nullif(num_nonnulls(supplements), 0)) WITH =)
);
ALTER TABLE appraisal.award
    ALTER COLUMN version SET STATISTICS 0,
    ALTER COLUMN base SET STATISTICS 0,
    ALTER COLUMN coefficient SET STATISTICS 0,
    ALTER COLUMN unit_factor SET STATISTICS 0,
    ALTER COLUMN share SET STATISTICS 0,
    ALTER COLUMN rate SET STATISTICS 0,
    ALTER COLUMN amount SET STATISTICS 0,
    ALTER COLUMN lost_outcome_id SET STATISTICS 0,
    ALTER COLUMN supplements SET STATISTICS 0;
COMMENT ON TABLE appraisal.award IS 'bonus of a person for a cycle, and what was added to it after an appeal; only added to';
COMMENT ON COLUMN appraisal.award.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.award.award_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.award.participant_id IS 'whose; the leading segment''s for who moved';
COMMENT ON COLUMN appraisal.award.version IS 'version of the result that it goes by';
COMMENT ON COLUMN appraisal.award.base IS 'money at coefficient 1; of a pool what it is shared out in proportion to';
COMMENT ON COLUMN appraisal.award.coefficient IS 'of the result''s grade, 1 where the scheme''s grades have none; null for who has no grade, and gets nothing';
COMMENT ON COLUMN appraisal.award.unit_factor IS 'coefficient of the result of the person''s unit in the cycle; 1 if there is none';
COMMENT ON COLUMN appraisal.award.share IS 'days of the person''s segments by the days of the period, to 16 decimals';
COMMENT ON COLUMN appraisal.award.rate IS 'money for each unit of base, coefficient, unit factor and share of a pool; null where the base is money';
COMMENT ON COLUMN appraisal.award.amount IS 'money; of a supplement what is added';
COMMENT ON COLUMN appraisal.award.decimals IS 'decimals that money is rounded to';
COMMENT ON COLUMN appraisal.award.lost_cycle_id IS 'cycle of the outcome by which the bonus is lost; null if it is not';
COMMENT ON COLUMN appraisal.award.lost_outcome_id IS 'the outcome by which the bonus is lost; null if it is not';
COMMENT ON COLUMN appraisal.award.supplements IS 'the person''s first award of the cycle, to which this one adds; null for the first itself';
COMMENT ON COLUMN appraisal.award.made_by IS 'who made it; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.award.made_by_login IS 'with which login';
COMMENT ON COLUMN appraisal.award.made_at IS 'when';
-- Who sees and changes what of a cycle.
--
-- As in 11_access.sql, the helpers belong to the tables' owner and answer about the one who asks only.
-- A list of rows stands behind IN (SELECT ...), which is hashed once a statement. No policy is restrictive:
-- PostgreSQL asks restrictive ones before the others, and lets a reader's own conditions in between.

CREATE OR REPLACE FUNCTION appraisal.my_participations() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT p.participant_id FROM appraisal.participant AS p WHERE p.person_id = appraisal.acting_person()
    UNION ALL
    SELECT p.participant_id FROM appraisal.participant AS p
    WHERE p.manager_id = appraisal.acting_person() AND p.appraised_unit_id IS NOT NULL
$function$;
COMMENT ON FUNCTION appraisal.my_participations() IS
    'keys of the participants that the one who is asking is, or answers for as the head of an appraised unit';

-- Level by level, each by index (which OFFSET 0 sees to): where few are below, a join of all participants, or
-- compiling one, would be what takes time.
-- Superiors who take no part in a cycle are still above those who do, as they were posted on its cohort date.
CREATE OR REPLACE FUNCTION appraisal.my_people_then() RETURNS TABLE (participant_id bigint, person_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $function$
    WITH RECURSIVE below AS (
        SELECT c.cycle_id, c.cohort_date, NULL::bigint AS participant_id, appraisal.acting_person() AS person_id
        FROM appraisal.cycle AS c
        WHERE appraisal.acting_as('manager')
        UNION
        SELECT b.cycle_id, b.cohort_date, p.participant_id, p.person_id
        FROM below AS b
        CROSS JOIN LATERAL (
            SELECT l.participant_id, l.person_id FROM appraisal.participant AS l
            WHERE l.cycle_id = b.cycle_id AND l.manager_id = b.person_id
            UNION ALL
            SELECT NULL, g.person_id FROM appraisal.posting AS g
            WHERE g.manager_id = b.person_id AND g.during @> b.cohort_date
              AND NOT EXISTS (SELECT FROM appraisal.participant AS own
                              WHERE own.cycle_id = b.cycle_id AND own.person_id = g.person_id)
            OFFSET 0) AS p
    )
    SELECT b.participant_id, b.person_id FROM below AS b
    WHERE b.participant_id IS NOT NULL AND b.participant_id NOT IN (SELECT appraisal.my_participations())
$function$;
COMMENT ON FUNCTION appraisal.my_people_then() IS
    'participants below the manager who is asking, on whatever level, as posted in each cycle, and who they are';

CREATE OR REPLACE FUNCTION appraisal.my_participants() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT t.participant_id FROM appraisal.my_people_then() AS t
$function$;
COMMENT ON FUNCTION appraisal.my_participants() IS
    'keys of the participants below the manager who is asking, on whatever level, as posted in each cycle';

CREATE OR REPLACE FUNCTION appraisal.participants_i_rate() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT r.participant_id FROM appraisal.review AS r
    WHERE +r.rater_id = appraisal.acting_person() AND r.status IN ('assigned', 'submitted')
$function$;
COMMENT ON FUNCTION appraisal.participants_i_rate() IS 'keys of the participants whom the one who is asking reviews';

CREATE OR REPLACE FUNCTION appraisal.people_i_rate() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT p.person_id
    FROM appraisal.review AS r JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    WHERE +r.rater_id = appraisal.acting_person() AND r.status = 'assigned' AND p.person_id IS NOT NULL
$function$;
COMMENT ON FUNCTION appraisal.people_i_rate() IS 'people whom the one who is asking has to review';

CREATE OR REPLACE FUNCTION appraisal.people_in_my_cycles() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT DISTINCT t.person_id FROM appraisal.my_people_then() AS t WHERE t.person_id IS NOT NULL
$function$;
COMMENT ON FUNCTION appraisal.people_in_my_cycles() IS
    'people who were below the manager who is asking in some cycle, wherever they are posted now';

CREATE OR REPLACE FUNCTION appraisal.my_open_reviews() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT r.review_id FROM appraisal.review AS r
    WHERE +r.rater_id = appraisal.acting_person() AND r.status = 'assigned'
$function$;
COMMENT ON FUNCTION appraisal.my_open_reviews() IS 'keys of the reviews that the one who is asking has yet to submit';

CREATE OR REPLACE FUNCTION appraisal.cycles_shown_to(audience text) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT c.cycle_id
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
    WHERE s.visible_to && ARRAY[$1, 'everyone']
      AND (c.status IN ('calibration', 'published', 'closed')
           OR NOT EXISTS (SELECT FROM appraisal.rater_rule AS r WHERE r.scheme_id = s.scheme_id AND r.anonymous))
$function$;
COMMENT ON FUNCTION appraisal.cycles_shown_to(text) IS
    'cycles whose results person, manager, executive or everyone sees by the scheme, published or not; where raters are anonymous not while they rate, or the difference of two results would be what one of them said';

CREATE OR REPLACE FUNCTION appraisal.cycles_published_to(audience text) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT c.cycle_id
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
    WHERE s.visible_to && ARRAY[$1, 'everyone'] AND c.status IN ('published', 'closed')
$function$;
COMMENT ON FUNCTION appraisal.cycles_published_to(text) IS
    'cycles that are published and whose scheme shows results to person, manager, executive or everyone';

CREATE OR REPLACE FUNCTION appraisal.cycles_open_to(audience text) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT c.cycle_id
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
    WHERE s.visible_to && ARRAY[$1, 'everyone']
$function$;
COMMENT ON FUNCTION appraisal.cycles_open_to(text) IS
    'cycles whose scheme shows results to person, manager, executive or everyone, whatever their status';

REVOKE ALL ON FUNCTION appraisal.cycles_open_to(text), appraisal.my_participations(), appraisal.my_people_then(), appraisal.my_participants(), appraisal.participants_i_rate(),
    appraisal.people_i_rate(), appraisal.people_in_my_cycles(), appraisal.my_open_reviews(), appraisal.cycles_shown_to(text),
    appraisal.cycles_published_to(text) FROM PUBLIC;

-- A rater must know whom to rate.
DROP POLICY IF EXISTS seen_by_its_raters ON appraisal.person; CREATE POLICY seen_by_its_raters ON appraisal.person FOR SELECT
    USING (person_id IN (SELECT appraisal.people_i_rate()));
-- A former superior has figures to record and feedback to give for that time.
DROP POLICY IF EXISTS seen_by_its_managers_then ON appraisal.person; CREATE POLICY seen_by_its_managers_then ON appraisal.person FOR SELECT
    USING (person_id IN (SELECT appraisal.people_in_my_cycles()));

ALTER TABLE appraisal.participant ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS kept_by_hr ON appraisal.participant; CREATE POLICY kept_by_hr ON appraisal.participant
    USING ((SELECT appraisal.acting_as('hr'))) WITH CHECK ((SELECT appraisal.acting_as('hr')));
DROP POLICY IF EXISTS seen_by_executives_and_auditors ON appraisal.participant; CREATE POLICY seen_by_executives_and_auditors ON appraisal.participant FOR SELECT
    USING ((SELECT appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
DROP POLICY IF EXISTS seen_by_its_person ON appraisal.participant; CREATE POLICY seen_by_its_person ON appraisal.participant FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participations()));
DROP POLICY IF EXISTS seen_by_its_managers ON appraisal.participant; CREATE POLICY seen_by_its_managers ON appraisal.participant FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participants()));
DROP POLICY IF EXISTS seen_by_its_raters ON appraisal.participant; CREATE POLICY seen_by_its_raters ON appraisal.participant FOR SELECT
    USING (participant_id IN (SELECT appraisal.participants_i_rate()));

ALTER TABLE appraisal.goal ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS kept_by_hr ON appraisal.goal; CREATE POLICY kept_by_hr ON appraisal.goal
    USING ((SELECT appraisal.acting_as('hr'))) WITH CHECK ((SELECT appraisal.acting_as('hr')));
DROP POLICY IF EXISTS seen_by_executives_and_auditors ON appraisal.goal; CREATE POLICY seen_by_executives_and_auditors ON appraisal.goal FOR SELECT
    USING ((SELECT appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
DROP POLICY IF EXISTS seen_by_its_raters ON appraisal.goal; CREATE POLICY seen_by_its_raters ON appraisal.goal FOR SELECT
    USING (participant_id IN (SELECT appraisal.participants_i_rate()));
DROP POLICY IF EXISTS seen_by_its_person ON appraisal.goal; CREATE POLICY seen_by_its_person ON appraisal.goal FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participations()));
DROP POLICY IF EXISTS seen_by_its_managers ON appraisal.goal; CREATE POLICY seen_by_its_managers ON appraisal.goal FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participants()));
-- keep_goal() says what of it each may change
DROP POLICY IF EXISTS added_by_its_person ON appraisal.goal; CREATE POLICY added_by_its_person ON appraisal.goal FOR INSERT
    WITH CHECK (participant_id IN (SELECT appraisal.my_participations()));
DROP POLICY IF EXISTS changed_by_its_person ON appraisal.goal; CREATE POLICY changed_by_its_person ON appraisal.goal FOR UPDATE
    USING (participant_id IN (SELECT appraisal.my_participations()));
DROP POLICY IF EXISTS added_by_its_managers ON appraisal.goal; CREATE POLICY added_by_its_managers ON appraisal.goal FOR INSERT
    WITH CHECK (participant_id IN (SELECT appraisal.my_participants()));
DROP POLICY IF EXISTS changed_by_its_managers ON appraisal.goal; CREATE POLICY changed_by_its_managers ON appraisal.goal FOR UPDATE
    USING (participant_id IN (SELECT appraisal.my_participants()));

ALTER TABLE appraisal.measurement ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen_by_all_but_employees ON appraisal.measurement; CREATE POLICY seen_by_all_but_employees ON appraisal.measurement FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
DROP POLICY IF EXISTS seen_by_its_person ON appraisal.measurement; CREATE POLICY seen_by_its_person ON appraisal.measurement FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participations()));
DROP POLICY IF EXISTS seen_by_its_managers ON appraisal.measurement; CREATE POLICY seen_by_its_managers ON appraisal.measurement FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participants()));
-- whose figure it is does not record it, whatever one's office
DROP POLICY IF EXISTS added_by_hr ON appraisal.measurement; CREATE POLICY added_by_hr ON appraisal.measurement FOR INSERT
    WITH CHECK ((SELECT appraisal.acting_as('hr')) AND participant_id NOT IN (SELECT appraisal.my_participations()));
DROP POLICY IF EXISTS added_by_its_managers ON appraisal.measurement; CREATE POLICY added_by_its_managers ON appraisal.measurement FOR INSERT
    WITH CHECK (participant_id IN (SELECT appraisal.my_participants()));

-- Reviews are assigned by rule, not by hand: nobody adds one, not even HR (write_reviews() does, for HR).
-- Superiors see the signed reviews of those below. Who was anonymous stays so for all but HR and auditors,
-- and nobody, whatever one's office, sees who reviews oneself.
ALTER TABLE appraisal.review ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen_by_hr_and_auditors ON appraisal.review; CREATE POLICY seen_by_hr_and_auditors ON appraisal.review FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('auditor'))
           AND participant_id NOT IN (SELECT appraisal.my_participations()));
DROP POLICY IF EXISTS seen_by_its_rater ON appraisal.review; CREATE POLICY seen_by_its_rater ON appraisal.review FOR SELECT
    USING (+rater_id = (SELECT appraisal.acting_person()));
DROP POLICY IF EXISTS seen_by_its_managers ON appraisal.review; CREATE POLICY seen_by_its_managers ON appraisal.review FOR SELECT
    USING (NOT anonymous AND participant_id IN (SELECT appraisal.my_participants()));
DROP POLICY IF EXISTS changed_by_its_rater ON appraisal.review; CREATE POLICY changed_by_its_rater ON appraisal.review FOR UPDATE
    USING (+rater_id = (SELECT appraisal.acting_person()));
DROP POLICY IF EXISTS changed_by_hr ON appraisal.review; CREATE POLICY changed_by_hr ON appraisal.review FOR UPDATE
    USING ((SELECT appraisal.acting_as('hr')) AND participant_id NOT IN (SELECT appraisal.my_participations()));

ALTER TABLE appraisal.rating ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen_with_its_review ON appraisal.rating; CREATE POLICY seen_with_its_review ON appraisal.rating FOR SELECT
    USING (EXISTS (SELECT FROM appraisal.review AS r
                   WHERE r.cycle_id = rating.cycle_id AND r.review_id = rating.review_id));
DROP POLICY IF EXISTS added_by_its_rater ON appraisal.rating; CREATE POLICY added_by_its_rater ON appraisal.rating FOR INSERT
    WITH CHECK (review_id IN (SELECT appraisal.my_open_reviews()));
DROP POLICY IF EXISTS changed_by_its_rater ON appraisal.rating; CREATE POLICY changed_by_its_rater ON appraisal.rating FOR UPDATE
    USING (review_id IN (SELECT appraisal.my_open_reviews()));
DROP POLICY IF EXISTS removed_by_its_rater ON appraisal.rating; CREATE POLICY removed_by_its_rater ON appraisal.rating FOR DELETE
    USING (review_id IN (SELECT appraisal.my_open_reviews()));

ALTER TABLE appraisal.feedback ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen_by_hr_and_auditors ON appraisal.feedback; CREATE POLICY seen_by_hr_and_auditors ON appraisal.feedback FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('auditor'))
           AND (kind <> 'consultation' OR participant_id NOT IN (SELECT appraisal.my_participations())));
DROP POLICY IF EXISTS seen_by_its_giver ON appraisal.feedback; CREATE POLICY seen_by_its_giver ON appraisal.feedback FOR SELECT
    USING (given_by = (SELECT appraisal.acting_person()));
DROP POLICY IF EXISTS seen_by_its_person ON appraisal.feedback; CREATE POLICY seen_by_its_person ON appraisal.feedback FOR SELECT
    USING (kind <> 'consultation' AND participant_id IN (SELECT appraisal.my_participations()));
DROP POLICY IF EXISTS seen_by_its_managers ON appraisal.feedback; CREATE POLICY seen_by_its_managers ON appraisal.feedback FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participants()));
DROP POLICY IF EXISTS added_by_its_managers ON appraisal.feedback; CREATE POLICY added_by_its_managers ON appraisal.feedback FOR INSERT
    WITH CHECK (given_by = (SELECT appraisal.acting_person()) AND participant_id IN (SELECT appraisal.my_participants()));
DROP POLICY IF EXISTS added_by_hr ON appraisal.feedback; CREATE POLICY added_by_hr ON appraisal.feedback FOR INSERT
    WITH CHECK (given_by = (SELECT appraisal.acting_person()) AND (SELECT appraisal.acting_as('hr'))
                AND participant_id NOT IN (SELECT appraisal.my_participations()));

-- Results, their dimensions and sources: the same four policies on each. One's own is kept from everybody,
-- HR included, until it is published.
DECLARE
    shown name;
    not_ones_own CONSTANT text := '(participant_id NOT IN (SELECT appraisal.my_participations())
        OR cycle_id IN (SELECT appraisal.cycles_published_to(''person'')))';
BEGIN
    FOREACH shown IN ARRAY ARRAY['result', 'dimension_score', 'source_score'] LOOP
        EXECUTE format('ALTER TABLE appraisal.%I ENABLE ROW LEVEL SECURITY', shown);
        EXECUTE format('DROP POLICY IF EXISTS seen_by_hr_and_auditors ON appraisal.%I', shown); EXECUTE format('CREATE POLICY seen_by_hr_and_auditors ON appraisal.%I FOR SELECT
            USING ((SELECT appraisal.acting_as(''hr'') OR appraisal.acting_as(''auditor'')) AND %s)', shown, not_ones_own);
        EXECUTE format('DROP POLICY IF EXISTS seen_by_executives ON appraisal.%I', shown); EXECUTE format('CREATE POLICY seen_by_executives ON appraisal.%I FOR SELECT
            USING ((SELECT appraisal.acting_as(''executive''))
                   AND cycle_id IN (SELECT appraisal.cycles_shown_to(''executive'')) AND %s)', shown, not_ones_own);
        EXECUTE format('DROP POLICY IF EXISTS seen_by_its_managers ON appraisal.%I', shown); EXECUTE format('CREATE POLICY seen_by_its_managers ON appraisal.%I FOR SELECT
            USING (participant_id IN (SELECT appraisal.my_participants())
                   AND cycle_id IN (SELECT appraisal.cycles_shown_to(''manager'')))', shown);
        EXECUTE format('DROP POLICY IF EXISTS seen_by_its_person ON appraisal.%I', shown); EXECUTE format('CREATE POLICY seen_by_its_person ON appraisal.%I FOR SELECT
            USING (participant_id IN (SELECT appraisal.my_participations())
                   AND cycle_id IN (SELECT appraisal.cycles_published_to(''person'')))', shown);
    END LOOP;
END;
DROP POLICY IF EXISTS seen_by_everyone ON appraisal.result; CREATE POLICY seen_by_everyone ON appraisal.result FOR SELECT
    USING (cycle_id IN (SELECT appraisal.cycles_published_to('everyone')));

-- What a result takes in is published already, so superiors and executives see it while they rate.
ALTER TABLE appraisal.part_score ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen_by_hr_and_auditors ON appraisal.part_score; CREATE POLICY seen_by_hr_and_auditors ON appraisal.part_score FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('auditor'))
           AND (participant_id NOT IN (SELECT appraisal.my_participations()) OR cycle_id IN (SELECT appraisal.cycles_published_to('person'))));
DROP POLICY IF EXISTS seen_by_executives ON appraisal.part_score; CREATE POLICY seen_by_executives ON appraisal.part_score FOR SELECT
    USING ((SELECT appraisal.acting_as('executive')) AND cycle_id IN (SELECT appraisal.cycles_open_to('executive'))
           AND (participant_id NOT IN (SELECT appraisal.my_participations()) OR cycle_id IN (SELECT appraisal.cycles_published_to('person'))));
DROP POLICY IF EXISTS seen_by_its_managers ON appraisal.part_score; CREATE POLICY seen_by_its_managers ON appraisal.part_score FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participants()) AND cycle_id IN (SELECT appraisal.cycles_open_to('manager')));
DROP POLICY IF EXISTS seen_by_its_person ON appraisal.part_score; CREATE POLICY seen_by_its_person ON appraisal.part_score FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participations()) AND cycle_id IN (SELECT appraisal.cycles_published_to('person')));

-- A cut line names nobody; it is what a grade is explained by.
ALTER TABLE appraisal.cut_line ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen_by_all_but_employees ON appraisal.cut_line; CREATE POLICY seen_by_all_but_employees ON appraisal.cut_line FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('auditor')
                   OR appraisal.acting_as('manager')));
DROP POLICY IF EXISTS seen_by_everyone ON appraisal.cut_line; CREATE POLICY seen_by_everyone ON appraisal.cut_line FOR SELECT
    USING (cycle_id IN (SELECT appraisal.cycles_published_to('person')));
-- Who sees calibrations, signatures, delegations and overrides. Nobody writes them by hand, and nobody ever sees the
-- adjustments of the own grade: what they came to is in the published result.

ALTER TABLE appraisal.adjustment ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen_by_hr_and_auditors ON appraisal.adjustment; CREATE POLICY seen_by_hr_and_auditors ON appraisal.adjustment FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('auditor'))
           AND participant_id NOT IN (SELECT appraisal.my_participations()));
DROP POLICY IF EXISTS seen_by_executives ON appraisal.adjustment; CREATE POLICY seen_by_executives ON appraisal.adjustment FOR SELECT
    USING ((SELECT appraisal.acting_as('executive')) AND cycle_id IN (SELECT appraisal.cycles_shown_to('executive'))
           AND participant_id NOT IN (SELECT appraisal.my_participations()));
DROP POLICY IF EXISTS seen_by_its_managers ON appraisal.adjustment; CREATE POLICY seen_by_its_managers ON appraisal.adjustment FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participants())
           AND cycle_id IN (SELECT appraisal.cycles_shown_to('manager')));

ALTER TABLE appraisal.sign_off ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen_by_hr_executives_and_auditors ON appraisal.sign_off; CREATE POLICY seen_by_hr_executives_and_auditors ON appraisal.sign_off FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
DROP POLICY IF EXISTS seen_by_its_signer ON appraisal.sign_off; CREATE POLICY seen_by_its_signer ON appraisal.sign_off FOR SELECT
    USING (signed_by = (SELECT appraisal.acting_person()));
DROP POLICY IF EXISTS seen_by_whom_it_is_signed_for ON appraisal.sign_off; CREATE POLICY seen_by_whom_it_is_signed_for ON appraisal.sign_off FOR SELECT
    USING (delegated_for = (SELECT appraisal.acting_person()));

ALTER TABLE appraisal.delegation ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen_by_hr_executives_and_auditors ON appraisal.delegation; CREATE POLICY seen_by_hr_executives_and_auditors ON appraisal.delegation FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
DROP POLICY IF EXISTS seen_by_its_two ON appraisal.delegation; CREATE POLICY seen_by_its_two ON appraisal.delegation FOR SELECT
    USING (from_person = (SELECT appraisal.acting_person()) OR to_person = (SELECT appraisal.acting_person()));

ALTER TABLE appraisal.quota_override ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen_by_hr_executives_and_auditors ON appraisal.quota_override; CREATE POLICY seen_by_hr_executives_and_auditors ON appraisal.quota_override FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
-- Who sees interviews, acknowledgements and improvement plans: whose result it is, the managers above as far as
-- the scheme shows them results, HR and auditors; and an interview, who held it.

DECLARE
    shown name;
BEGIN
    FOREACH shown IN ARRAY ARRAY['interview', 'acknowledgement', 'improvement_plan'] LOOP
        EXECUTE format('ALTER TABLE appraisal.%I ENABLE ROW LEVEL SECURITY', shown);
        EXECUTE format('DROP POLICY IF EXISTS seen_by_hr_and_auditors ON appraisal.%I', shown); EXECUTE format('CREATE POLICY seen_by_hr_and_auditors ON appraisal.%I FOR SELECT
            USING ((SELECT appraisal.acting_as(''hr'') OR appraisal.acting_as(''auditor'')))', shown);
        EXECUTE format('DROP POLICY IF EXISTS seen_by_its_person ON appraisal.%I', shown); EXECUTE format('CREATE POLICY seen_by_its_person ON appraisal.%I FOR SELECT
            USING (participant_id IN (SELECT appraisal.my_participations()))', shown);
        EXECUTE format('DROP POLICY IF EXISTS seen_by_its_managers ON appraisal.%I', shown); EXECUTE format('CREATE POLICY seen_by_its_managers ON appraisal.%I FOR SELECT
            USING (participant_id IN (SELECT appraisal.my_participants())
                   AND cycle_id IN (SELECT appraisal.cycles_shown_to(''manager'')))', shown);
    END LOOP;
END;
DROP POLICY IF EXISTS seen_by_its_holder ON appraisal.interview; CREATE POLICY seen_by_its_holder ON appraisal.interview FOR SELECT
    USING (+held_by = (SELECT appraisal.acting_person()));

-- An action is seen with its plan; who owns one sees that one, and nothing of the plan.
ALTER TABLE appraisal.improvement_action ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen_with_its_plan ON appraisal.improvement_action; CREATE POLICY seen_with_its_plan ON appraisal.improvement_action FOR SELECT
    USING (EXISTS (SELECT FROM appraisal.improvement_plan AS p
                   WHERE p.cycle_id = improvement_action.cycle_id AND p.plan_id = improvement_action.plan_id));
DROP POLICY IF EXISTS seen_by_its_owner ON appraisal.improvement_action; CREATE POLICY seen_by_its_owner ON appraisal.improvement_action FOR SELECT
    USING (+owner_id = (SELECT appraisal.acting_person()));
-- Who sees appeals: the person, save what is internal; HR and auditors all but their own; of managers above and
-- executives those on whose level an appeal is.

CREATE OR REPLACE FUNCTION appraisal.my_appeals() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT a.appeal_id FROM appraisal.appeal AS a WHERE +a.participant_id IN (SELECT appraisal.my_participations())
$function$;
COMMENT ON FUNCTION appraisal.my_appeals() IS
    'keys of the appeals of the one who is asking, and of the units for which that one answers';

CREATE OR REPLACE FUNCTION appraisal.appeals_i_handle() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT a.appeal_id FROM appraisal.appeal AS a
    WHERE CASE a.level WHEN 'leader' THEN a.participant_id IN (SELECT appraisal.my_participants())
                       WHEN 'hr' THEN (SELECT appraisal.acting_as('hr'))
                       ELSE (SELECT appraisal.acting_as('executive')) END
      AND a.participant_id NOT IN (SELECT appraisal.my_participations())
$function$;
COMMENT ON FUNCTION appraisal.appeals_i_handle() IS
    'keys of the appeals that are on the level of the one who is asking: leader for managers above, hr, executive; none of one''s own';
REVOKE ALL ON FUNCTION appraisal.my_appeals(), appraisal.appeals_i_handle() FROM PUBLIC;

DECLARE
    shown name;
BEGIN
    FOREACH shown IN ARRAY ARRAY['appeal', 'appeal_event', 'appeal_internal'] LOOP
        EXECUTE format('ALTER TABLE appraisal.%I ENABLE ROW LEVEL SECURITY', shown);
        EXECUTE format('DROP POLICY IF EXISTS seen_by_hr_and_auditors ON appraisal.%I', shown); EXECUTE format('CREATE POLICY seen_by_hr_and_auditors ON appraisal.%I FOR SELECT
            USING ((SELECT appraisal.acting_as(''hr'') OR appraisal.acting_as(''auditor''))
                   AND appeal_id NOT IN (SELECT appraisal.my_appeals()))', shown);
        EXECUTE format('DROP POLICY IF EXISTS seen_by_its_handlers ON appraisal.%I', shown); EXECUTE format('CREATE POLICY seen_by_its_handlers ON appraisal.%I FOR SELECT
            USING (appeal_id IN (SELECT appraisal.appeals_i_handle()))', shown);
    END LOOP;
END;
DROP POLICY IF EXISTS seen_by_its_person ON appraisal.appeal; CREATE POLICY seen_by_its_person ON appraisal.appeal FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participations()));
DROP POLICY IF EXISTS seen_by_its_person ON appraisal.appeal_event; CREATE POLICY seen_by_its_person ON appraisal.appeal_event FOR SELECT
    USING (NOT internal AND appeal_id IN (SELECT appraisal.my_appeals()));
-- Who sees outcomes and awards. An outcome follows from results and rules, so who sees those sees it; pay is
-- between the person, HR and executives, and no manager's.

ALTER TABLE appraisal.outcome ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen_by_hr_and_auditors ON appraisal.outcome; CREATE POLICY seen_by_hr_and_auditors ON appraisal.outcome FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('auditor')));
DROP POLICY IF EXISTS seen_by_executives ON appraisal.outcome; CREATE POLICY seen_by_executives ON appraisal.outcome FOR SELECT
    USING ((SELECT appraisal.acting_as('executive')) AND cycle_id IN (SELECT appraisal.cycles_shown_to('executive')));
DROP POLICY IF EXISTS seen_by_its_managers ON appraisal.outcome; CREATE POLICY seen_by_its_managers ON appraisal.outcome FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participants()) AND cycle_id IN (SELECT appraisal.cycles_shown_to('manager')));
DROP POLICY IF EXISTS seen_by_its_person ON appraisal.outcome; CREATE POLICY seen_by_its_person ON appraisal.outcome FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participations()) AND cycle_id IN (SELECT appraisal.cycles_published_to('person')));

ALTER TABLE appraisal.award ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen_by_hr_and_auditors ON appraisal.award; CREATE POLICY seen_by_hr_and_auditors ON appraisal.award FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('auditor')));
DROP POLICY IF EXISTS seen_by_executives ON appraisal.award; CREATE POLICY seen_by_executives ON appraisal.award FOR SELECT
    USING ((SELECT appraisal.acting_as('executive')) AND cycle_id IN (SELECT appraisal.cycles_shown_to('executive')));
DROP POLICY IF EXISTS seen_by_its_person ON appraisal.award; CREATE POLICY seen_by_its_person ON appraisal.award FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participations()));
-- Who sees findings: HR, executives and auditors all; the owner, who found it and who is concerned theirs; and
-- managers those whose owner is below them, now or in some cycle.

ALTER TABLE appraisal.finding ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen_by_hr_executives_and_auditors ON appraisal.finding; CREATE POLICY seen_by_hr_executives_and_auditors ON appraisal.finding FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
DROP POLICY IF EXISTS seen_by_its_owner_and_finder ON appraisal.finding; CREATE POLICY seen_by_its_owner_and_finder ON appraisal.finding FOR SELECT
    USING (owner_id = (SELECT appraisal.acting_person()) OR found_by = (SELECT appraisal.acting_person()));
DROP POLICY IF EXISTS seen_by_its_person ON appraisal.finding; CREATE POLICY seen_by_its_person ON appraisal.finding FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participations()));
DROP POLICY IF EXISTS seen_by_its_managers ON appraisal.finding; CREATE POLICY seen_by_its_managers ON appraisal.finding FOR SELECT
    USING (owner_id IN (SELECT appraisal.my_people() UNION ALL SELECT appraisal.people_in_my_cycles()));
-- Who sees what of surveys: everybody what is asked, nobody who answered, and those who run the scheme the
-- means. Nobody writes by hand (80_survey_guards.sql).

ALTER TABLE appraisal.survey ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS known_to_all ON appraisal.survey; CREATE POLICY known_to_all ON appraisal.survey FOR SELECT USING (true);
ALTER TABLE appraisal.survey_question ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS known_to_all ON appraisal.survey_question; CREATE POLICY known_to_all ON appraisal.survey_question FOR SELECT USING (true);

CREATE OR REPLACE FUNCTION appraisal.my_open_surveys() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT s.cycle_id
    FROM appraisal.survey AS s JOIN appraisal.participant AS p USING (cycle_id)
    WHERE s.closed_at IS NULL AND p.person_id = appraisal.acting_person() AND p.leads AND p.exempt_because IS NULL
      AND NOT EXISTS (SELECT FROM appraisal.survey_turnout AS t
                      WHERE t.cycle_id = s.cycle_id AND t.person_id = p.person_id)
$function$;
COMMENT ON FUNCTION appraisal.my_open_surveys() IS
    'keys of the cycles whose survey is open and which the one who is asking has yet to answer';

CREATE OR REPLACE FUNCTION appraisal.reads_surveys() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('auditor')
        OR pg_has_role(session_user, current_user, 'USAGE')
$function$;
COMMENT ON FUNCTION appraisal.reads_surveys() IS 'may the one who is asking see what surveys came to?';

-- Nothing while people answer: two means with an answer between them would tell that answer.
CREATE OR REPLACE FUNCTION appraisal.survey_means(cycle_id bigint)
    RETURNS TABLE (question_no integer, answers bigint, mean numeric, words text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT q.question_no, count(r.response_id), avg(r.mark), array_agg(r.words ORDER BY r.response_id) FILTER (WHERE r.words IS NOT NULL)
    FROM appraisal.survey AS s
    JOIN appraisal.survey_question AS q USING (cycle_id)
    LEFT JOIN appraisal.survey_response AS r ON r.cycle_id = q.cycle_id AND r.question_no = q.question_no
    WHERE s.cycle_id = $1 AND s.closed_at IS NOT NULL AND s.answered >= s.least_answers AND (SELECT appraisal.reads_surveys())
    GROUP BY q.question_no
$function$;
COMMENT ON FUNCTION appraisal.survey_means(bigint) IS
    'what a closed survey came to, if enough people answered, for HR, executives, auditors and the tables'' owner; no rows for others';

REVOKE ALL ON FUNCTION appraisal.my_open_surveys(), appraisal.survey_means(bigint), appraisal.reads_surveys() FROM PUBLIC;
-- Notices are their person's alone, whatever one's office: that somebody has a review to do tells who rates.

ALTER TABLE appraisal.notice ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen_by_its_person ON appraisal.notice; CREATE POLICY seen_by_its_person ON appraisal.notice FOR SELECT
    USING (+person_id = (SELECT appraisal.acting_person()));

CREATE OR REPLACE FUNCTION appraisal.people_to_notify() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT p.code
    FROM appraisal.person AS p
    WHERE (SELECT appraisal.acting_as('service'))
      AND p.person_id IN (SELECT n.person_id FROM appraisal.notice AS n WHERE n.read_at IS NULL)
$function$;
COMMENT ON FUNCTION appraisal.people_to_notify() IS
    'codes of the people who have unread notices, for a service that acts for nobody; none for others';
REVOKE ALL ON FUNCTION appraisal.people_to_notify() FROM PUBLIC;
-- What keeps the rows of a cycle to its steps, by whatever way they are written. The guards belong to the
-- tables' owner, because they must see rows that the writer may not; each looks at a statement's rows at
-- once. They lock the cycle's row, so that a step and a write do not pass each other.

CREATE OR REPLACE FUNCTION appraisal.refuse_out_of_step() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    written record;
BEGIN
    FOR written IN
        SELECT c.code, c.status FROM appraisal.cycle AS c
        WHERE c.cycle_id IN (SELECT w.cycle_id FROM written_rows AS w)
        ORDER BY c.cycle_id
        FOR SHARE
    LOOP
        IF written.status <> ALL (TG_ARGV) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AP001',
                MESSAGE = format('%s of cycle "%s" cannot be written: the cycle is in status %s', TG_TABLE_NAME, written.code, written.status),
                DETAIL = format('It can be in status %s.', array_to_string(TG_ARGV, ' or ')),
                HINT = appraisal.next_step(written.status);
        END IF;
    END LOOP;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_out_of_step() IS
    'trigger: rows of a cycle are written in the statuses named as arguments';
REVOKE ALL ON FUNCTION appraisal.refuse_out_of_step() FROM PUBLIC;

-- In which statuses the rows of each table may be added, changed and removed.
DECLARE
    step record;
BEGIN
    FOR step IN
        SELECT v.* FROM (VALUES
            ('participant', 'INSERT', 'draft, goals'),
            ('participant', 'UPDATE', 'draft, goals, scoring'),
            ('participant', 'DELETE', 'draft, goals'),
            ('goal', 'INSERT', 'goals'),
            ('goal', 'UPDATE', 'goals'),
            ('goal', 'DELETE', 'goals'),
            ('measurement', 'INSERT', 'goals, scoring, calibration'),
            ('review', 'INSERT', 'scoring'),
            ('review', 'UPDATE', 'scoring'),
            ('review', 'DELETE', 'scoring'),
            ('rating', 'INSERT', 'scoring'),
            ('rating', 'UPDATE', 'scoring'),
            ('rating', 'DELETE', 'scoring'),
            ('feedback', 'INSERT', 'draft, goals, scoring, calibration')
        ) AS v (table_name, command, statuses)
    LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER refuse_out_of_step_%s AFTER %s ON appraisal.%I
            REFERENCING %s TABLE AS written_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(%s)',
            lower(step.command), step.command, step.table_name,
            CASE step.command WHEN 'DELETE' THEN 'OLD' ELSE 'NEW' END, step.statuses);
    END LOOP;
END;

-- Only added to, like the audit log.
CREATE OR REPLACE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.measurement
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE OR REPLACE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.feedback
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
-- What keeps cycles, participants and goals to their rules, by whatever way they are written. As in the
-- file before, the guards belong to the tables' owner and see rows that the writer may not. They name the
-- first fault in order of keys; without an order the planner would look for any one row by row, which is
-- slow where there is none.

-- A cycle: what it is settled by, and its steps. The row is locked here, and whoever writes rows of the
-- cycle locks it, too: what is checked stays so until the step is taken.
CREATE OR REPLACE FUNCTION appraisal.keep_cycle() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    steps CONSTANT text[] := ARRAY['draft', 'goals', 'scoring', 'calibration', 'published', 'closed'];
    step CONSTANT integer := array_position(steps, NEW.status) - array_position(steps, OLD.status);
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status <> 'draft' OR EXISTS (SELECT FROM appraisal.participant AS p WHERE p.cycle_id = OLD.cycle_id) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AP001',
                MESSAGE = format('cycle "%s" cannot be removed', OLD.code),
                DETAIL = CASE WHEN OLD.status <> 'draft' THEN format('It is in status %s.', OLD.status)
                              ELSE 'It has participants.' END;
        END IF;
        RETURN OLD;
    ELSIF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'draft' OR NEW.reopened_because IS NOT NULL THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AP001',
                MESSAGE = format('cycle "%s" begins as a draft', NEW.code),
                HINT = 'CALL appraisal.open_cycle().';
        END IF;
        PERFORM appraisal.check_cycle(NEW.code, NEW.scheme_id, NEW.period);
        PERFORM appraisal.check_timezone(NEW.timezone);
        NEW.calibration_began := NULL;
        RETURN NEW;
    END IF;
    -- nobody says when calibration began
    NEW.calibration_began := CASE WHEN step = 1 AND NEW.status = 'calibration' THEN statement_timestamp()
                                  WHEN step IS DISTINCT FROM -1 THEN OLD.calibration_began END;

    IF (NEW.scheme_id, NEW.period, NEW.during, NEW.cohort_date)
       IS DISTINCT FROM (OLD.scheme_id, OLD.period, OLD.during, OLD.cohort_date) THEN
        IF OLD.status <> 'draft' OR EXISTS (SELECT FROM appraisal.participant AS p WHERE p.cycle_id = OLD.cycle_id) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AP001',
                MESSAGE = format('scheme, period and cohort date of cycle "%s" are settled', OLD.code),
                DETAIL = CASE WHEN OLD.status <> 'draft' THEN format('It is in status %s.', OLD.status)
                              ELSE 'It has participants, who were enrolled by them.' END,
                HINT = 'CALL appraisal.open_cycle() opens another.';
        END IF;
        PERFORM appraisal.check_cycle(NEW.code, NEW.scheme_id, NEW.period);
    END IF;
    IF NEW.timezone IS DISTINCT FROM OLD.timezone THEN
        IF OLD.status IN ('published', 'closed') THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AP001',
                MESSAGE = format('the time zone of cycle "%s" is settled', OLD.code),
                DETAIL = format('It is in status %s, and deadlines run.', OLD.status);
        END IF;
        PERFORM appraisal.check_timezone(NEW.timezone);
    END IF;
    IF step = -1 AND OLD.status NOT IN ('published', 'closed') THEN
        IF NEW.reopened_because IS NULL OR NEW.reopened_because IS NOT DISTINCT FROM OLD.reopened_because THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AP005',
                MESSAGE = format('taking cycle "%s" back to %s needs a reason of its own', OLD.code, NEW.status),
                DETAIL = coalesce('The last time it was: ' || OLD.reopened_because, 'There is none.'),
                HINT = format('CALL appraisal.reopen(''%s'', reason).', OLD.code);
        END IF;
        UPDATE appraisal.sign_off AS s SET withdrawn_at = statement_timestamp(), withdrawn_because = NEW.reopened_because
        WHERE s.cycle_id = OLD.cycle_id AND s.withdrawn_at IS NULL;
        RETURN NEW;
    ELSIF NEW.reopened_because IS DISTINCT FROM OLD.reopened_because THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('why cycle "%s" was taken back is written when it is', OLD.code),
            HINT = format('CALL appraisal.reopen(''%s'', reason).', OLD.code);
    END IF;
    IF step NOT IN (0, 1) THEN
        PERFORM appraisal.refuse_step(OLD.code, OLD.status, NEW.status);
    ELSIF step = 1 AND NEW.status = 'published' THEN
        PERFORM appraisal.publish_results(OLD.cycle_id);
    ELSIF step = 1 AND NEW.status = 'closed' THEN
        PERFORM appraisal.check_before_closing(OLD.cycle_id);
        PERFORM appraisal.warn_of_missing_interviews(OLD.cycle_id);
    ELSIF step = 1 AND NEW.status = 'scoring' THEN
        PERFORM appraisal.check_before_scoring(OLD.cycle_id);
    ELSIF step = 1 AND NEW.status = 'calibration' THEN
        -- here, because HR does not see reviews of oneself
        UPDATE appraisal.review AS r SET status = 'lapsed' WHERE r.cycle_id = OLD.cycle_id AND r.status = 'assigned';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_cycle() IS
    'trigger: a cycle begins as a draft by a scheme in force, and takes one step at a time when it is ready for it';
CREATE OR REPLACE TRIGGER keep_cycle BEFORE INSERT OR UPDATE OR DELETE ON appraisal.cycle
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_cycle();

-- Participants: one segment of a person leads, all are exempt for one reason or none, and nobody has a say
-- in one's own participation beyond being enrolled by rule.
CREATE OR REPLACE FUNCTION appraisal.keep_new_participants() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    acting_id CONSTANT bigint := appraisal.acting_person();
    fault record;
BEGIN
    SELECT n.cycle_id, n.participant_id, 'segments' AS kind INTO fault
    FROM new_rows AS n
    WHERE NOT n.leads AND NOT EXISTS (
        SELECT FROM appraisal.participant AS p
        WHERE p.cycle_id = n.cycle_id AND p.person_id = n.person_id AND p.leads
          AND p.exempt_because IS NOT DISTINCT FROM n.exempt_because)
    LIMIT 1;
    IF NOT FOUND THEN
        SELECT n.cycle_id, n.participant_id, 'own' AS kind INTO fault
        FROM new_rows AS n
        WHERE n.person_id = acting_id AND n.exempt_because NOT IN ('newcomer', 'leaver')
        LIMIT 1;
    END IF;
    IF NOT FOUND THEN
        SELECT n.cycle_id, n.participant_id, 'subject' AS kind INTO fault
        FROM (SELECT w.cycle_id, min(w.participant_id) AS participant_id,
                     CASE WHEN w.person_id IS NULL THEN 'unit' ELSE 'person' END AS subject
              FROM new_rows AS w GROUP BY 1, 3) AS n
        JOIN appraisal.cycle AS c USING (cycle_id)
        JOIN appraisal.scheme AS s USING (scheme_id)
        WHERE n.subject <> ALL (s.subjects)
        LIMIT 1;
    END IF;
    IF FOUND THEN
        PERFORM appraisal.refuse_participant(fault.kind, appraisal.participant_name(fault.cycle_id, fault.participant_id));
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_new_participants() IS
    'trigger: participants are of the scheme''s subjects, and the segments of a person hang together';

CREATE OR REPLACE FUNCTION appraisal.keep_changed_participants() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    acting_id CONSTANT bigint := appraisal.acting_person();
    fault record;
BEGIN
    SELECT o.cycle_id, o.participant_id,
           CASE WHEN (n.person_id, n.appraised_unit_id) IS DISTINCT FROM (o.person_id, o.appraised_unit_id)
                     OR n.participant_id IS NULL THEN 'key'
                WHEN n.person_id = acting_id AND n IS DISTINCT FROM o THEN 'own'
                ELSE 'segments' END AS kind INTO fault
    FROM old_rows AS o
    LEFT JOIN new_rows AS n ON n.cycle_id = o.cycle_id AND n.participant_id = o.participant_id
    WHERE (n.person_id, n.appraised_unit_id) IS DISTINCT FROM (o.person_id, o.appraised_unit_id)
       OR n.person_id = acting_id AND n IS DISTINCT FROM o
       OR EXISTS (SELECT FROM appraisal.participant AS p
                  WHERE p.cycle_id = n.cycle_id AND p.person_id = n.person_id
                  HAVING NOT bool_or(p.leads) OR count(DISTINCT coalesce(p.exempt_because, '')) > 1)
    ORDER BY o.participant_id LIMIT 1;
    IF FOUND THEN
        PERFORM appraisal.refuse_participant(fault.kind, coalesce(appraisal.participant_name(fault.cycle_id, fault.participant_id),
                                                                  'a participant'));
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_changed_participants() IS
    'trigger: a participant stays who it is, the segments of a person hang together, and nobody changes one''s own';

CREATE OR REPLACE FUNCTION appraisal.keep_removed_participants() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    acting_id CONSTANT bigint := appraisal.acting_person();
    fault record;
BEGIN
    SELECT CASE WHEN o.person_id = acting_id THEN 'own' ELSE 'segments' END AS kind, n.code INTO fault
    FROM old_rows AS o JOIN appraisal.person AS n USING (person_id)
    WHERE o.person_id = acting_id
       OR o.leads AND EXISTS (SELECT FROM appraisal.participant AS p WHERE p.cycle_id = o.cycle_id AND p.person_id = o.person_id)
    LIMIT 1;
    IF FOUND THEN
        PERFORM appraisal.refuse_participant(fault.kind, format('person "%s"', fault.code));
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_removed_participants() IS
    'trigger: all segments of a person are removed together, and nobody removes one''s own';
CREATE OR REPLACE TRIGGER keep_participant_insert AFTER INSERT ON appraisal.participant REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_new_participants();
CREATE OR REPLACE TRIGGER keep_participant_update AFTER UPDATE ON appraisal.participant REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_changed_participants();
CREATE OR REPLACE TRIGGER keep_participant_delete AFTER DELETE ON appraisal.participant REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_removed_participants();

-- Earlier figures of those for whom the one who is asking may propose goals, and of nobody else: a manager
-- needs those of the years before, when the person had another one.
CREATE OR REPLACE FUNCTION appraisal.my_earlier_actuals(cycle_id bigint, participants bigint[])
    RETURNS TABLE (participant_id bigint, scheme_indicator_id bigint, actual numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    is_owner CONSTANT boolean := pg_has_role(session_user, current_user, 'USAGE');
BEGIN
    RETURN QUERY
    SELECT e.participant_id, e.scheme_indicator_id, e.actual
    FROM appraisal.earlier_actuals(my_earlier_actuals.cycle_id, participants) AS e
    WHERE (SELECT appraisal.acting_as('hr')) OR is_owner
       OR e.participant_id IN (SELECT appraisal.my_participants() UNION ALL SELECT appraisal.my_participations());
END
$function$;
COMMENT ON FUNCTION appraisal.my_earlier_actuals(bigint, bigint[]) IS
    'earlier_actuals() of the participants for whom the one who is asking may propose goals';

-- A goal that changes is neither confirmed nor approved any more, and nobody chooses when one confirmed.
CREATE OR REPLACE FUNCTION appraisal.clear_goal() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    IF (NEW.title, NEW.earns, NEW.weight, NEW.target) IS DISTINCT FROM (OLD.title, OLD.earns, OLD.weight, OLD.target) THEN
        NEW.confirmed_at := NULL;
        NEW.approved_by_head := NULL;
        NEW.approved_by_hr := NULL;
    ELSIF NEW.confirmed_at IS DISTINCT FROM OLD.confirmed_at AND NEW.confirmed_at IS NOT NULL THEN
        NEW.confirmed_at := statement_timestamp();
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION appraisal.clear_goal() IS 'trigger: a goal that changes has to be confirmed and approved anew';
CREATE OR REPLACE TRIGGER clear_goal BEFORE UPDATE ON appraisal.goal
    FOR EACH ROW EXECUTE FUNCTION appraisal.clear_goal();

CREATE OR REPLACE FUNCTION appraisal.keep_new_goals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    acting_id CONSTANT bigint := appraisal.acting_person();
    fault record;
BEGIN
    -- the rules once a cycle, not once a row
    WITH written AS MATERIALIZED (
        SELECT w.cycle_id, array_agg(DISTINCT w.participant_id) AS participants FROM new_rows AS w GROUP BY w.cycle_id
    ),
    rule AS MATERIALIZED (
        SELECT w.cycle_id, k.job_group, k.scheme_indicator_id
        FROM written AS w, appraisal.cycle_indicators(w.cycle_id) AS k
    ),
    earlier AS MATERIALIZED (
        SELECT w.cycle_id, e.* FROM written AS w, appraisal.earlier_actuals(w.cycle_id, w.participants) AS e
    )
    SELECT x.* INTO fault
    FROM (SELECT n.cycle_id, n.participant_id, n.goal_id, n.title, n.target, e.actual,
                 CASE WHEN num_nonnulls(n.confirmed_at, n.approved_by_head, n.approved_by_hr, n.adjusted_by, n.adjusted_because) > 0
                          THEN 'early'
                      WHEN k.scheme_indicator_id IS NULL THEN 'indicator'
                      WHEN n.proposed_by IS DISTINCT FROM acting_id THEN 'proposer'
                      WHEN coalesce(p.person_id, p.manager_id) = acting_id AND s.goals_set_by <> 'person' THEN 'own'
                      WHEN n.floor IS DISTINCT FROM e.actual THEN 'floor'
                      WHEN n.target IS NULL AND e.actual IS NOT NULL OR appraisal.is_worse(n.target, e.actual, e.direction)
                          THEN 'target' END AS kind
          FROM new_rows AS n
          JOIN appraisal.participant AS p USING (cycle_id, participant_id)
          JOIN appraisal.cycle AS y USING (cycle_id)
          JOIN appraisal.scheme AS s USING (scheme_id)
          LEFT JOIN rule AS k
            ON k.cycle_id = n.cycle_id AND k.job_group = p.job_group AND k.scheme_indicator_id = n.scheme_indicator_id
          LEFT JOIN earlier AS e
            ON e.cycle_id = n.cycle_id AND e.participant_id = n.participant_id
           AND e.scheme_indicator_id = n.scheme_indicator_id) AS x
    WHERE x.kind IS NOT NULL
    ORDER BY x.goal_id LIMIT 1;
    IF FOUND THEN
        PERFORM appraisal.refuse_goal(fault.kind, fault.title, appraisal.participant_name(fault.cycle_id, fault.participant_id),
                                      fault.target, fault.actual);
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_new_goals() IS
    'trigger: a goal is for one of the participant''s indicators, proposed by who adds it, and no worse than its floor';

CREATE OR REPLACE FUNCTION appraisal.keep_changed_goals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    acting_id CONSTANT bigint := appraisal.acting_person();
    below CONSTANT bigint[] := ARRAY(SELECT appraisal.my_participants());
    acts_as_hr CONSTANT boolean := appraisal.acting_as('hr');
    fault record;
BEGIN
    SELECT x.* INTO fault
    FROM (SELECT o.cycle_id, o.participant_id, o.goal_id, o.title, n.target, n.floor AS actual,
                 CASE WHEN (n.participant_id, n.scheme_indicator_id, n.floor)
                           IS DISTINCT FROM (o.participant_id, o.scheme_indicator_id, o.floor) THEN 'key'
                      WHEN v.is_own AND g.is_adjusted THEN 'adjust own'
                      WHEN g.is_adjusted AND (n.adjusted_by IS DISTINCT FROM acting_id OR n.adjusted_because IS NULL) THEN 'adjuster'
                      WHEN n.proposed_by IS DISTINCT FROM o.proposed_by AND n.proposed_by IS DISTINCT FROM acting_id THEN 'proposer'
                      WHEN v.is_own AND g.is_changed AND s.goals_set_by <> 'person' THEN 'own'
                      -- not adjusted by the one who is acting: a proposal in place of an earlier one
                      WHEN (g.is_changed OR n.proposed_by IS DISTINCT FROM o.proposed_by)
                           AND NOT (n.adjusted_because IS NOT NULL AND n.adjusted_by IS NOT DISTINCT FROM acting_id)
                           AND (n.adjusted_because IS NOT NULL OR o.adjusted_because IS NOT NULL
                                OR n.proposed_by IS DISTINCT FROM acting_id
                                OR NOT (o.proposed_by IS NOT DISTINCT FROM acting_id
                                        OR s.goals_set_by = 'person' AND v.is_own
                                        OR s.goals_set_by = 'manager' AND o.participant_id = ANY (below)))
                          THEN 'proposal'
                      WHEN g.is_changed AND (n.target IS NULL AND n.floor IS NOT NULL
                                             OR appraisal.is_worse(n.target, n.floor, i.direction)) THEN 'target'
                      -- what a change has cleared needs nobody's leave
                      WHEN g.is_changed THEN NULL
                      WHEN n.confirmed_at IS DISTINCT FROM o.confirmed_at AND NOT v.is_own THEN 'confirm'
                      WHEN v.is_own AND (n.approved_by_head, n.approved_by_hr)
                                        IS DISTINCT FROM (o.approved_by_head, o.approved_by_hr) THEN 'approve own'
                      WHEN n.approved_by_head IS DISTINCT FROM o.approved_by_head
                           AND NOT (coalesce(o.approved_by_head, acting_id) = acting_id
                                    AND coalesce(n.approved_by_head, acting_id) = acting_id
                                    AND o.participant_id = ANY (below)) IS TRUE THEN 'approve as head'
                      WHEN n.approved_by_hr IS DISTINCT FROM o.approved_by_hr
                           AND NOT (acts_as_hr AND coalesce(n.approved_by_hr, session_user) = session_user) THEN 'approve as hr'
                      -- who is above approves as head
                      WHEN n.approved_by_hr IS DISTINCT FROM o.approved_by_hr AND n.approved_by_hr IS NOT NULL
                           AND o.participant_id = ANY (below) AND coalesce(o.approved_by_head, acting_id) = acting_id
                          THEN 'approve twice'
                 END AS kind
          FROM old_rows AS o
          JOIN appraisal.participant AS p ON p.cycle_id = o.cycle_id AND p.participant_id = o.participant_id
          JOIN appraisal.cycle AS y ON y.cycle_id = o.cycle_id
          JOIN appraisal.scheme AS s ON s.scheme_id = y.scheme_id
          JOIN appraisal.scheme_indicator AS u ON u.scheme_indicator_id = o.scheme_indicator_id
          JOIN appraisal.indicator AS i ON i.indicator_id = u.indicator_id
          LEFT JOIN new_rows AS n ON n.cycle_id = o.cycle_id AND n.goal_id = o.goal_id,
          LATERAL (SELECT coalesce(coalesce(p.person_id, p.manager_id) = acting_id, false) AS is_own) AS v,
          LATERAL (SELECT (n.title, n.earns, n.weight, n.target) IS DISTINCT FROM (o.title, o.earns, o.weight, o.target) AS is_changed,
                          (n.adjusted_by, n.adjusted_because) IS DISTINCT FROM (o.adjusted_by, o.adjusted_because) AS is_adjusted) AS g
         ) AS x
    WHERE x.kind IS NOT NULL
    ORDER BY x.goal_id LIMIT 1;
    IF FOUND THEN
        PERFORM appraisal.refuse_goal(fault.kind, fault.title, appraisal.participant_name(fault.cycle_id, fault.participant_id),
                                      fault.target, fault.actual);
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_changed_goals() IS
    'trigger: who may propose, adjust, confirm and approve a goal, each in the own name, and that its target is no worse than its floor';
CREATE OR REPLACE TRIGGER keep_goal_insert AFTER INSERT ON appraisal.goal REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_new_goals();
CREATE OR REPLACE TRIGGER keep_goal_update AFTER UPDATE ON appraisal.goal REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_changed_goals();

REVOKE ALL ON FUNCTION appraisal.keep_cycle(), appraisal.keep_new_participants(), appraisal.keep_changed_participants(),
    appraisal.keep_removed_participants(), appraisal.my_earlier_actuals(bigint, bigint[]), appraisal.clear_goal(),
    appraisal.keep_new_goals(), appraisal.keep_changed_goals() FROM PUBLIC;
-- What keeps measurements, reviews, marks and feedback to the rules, by whatever way they are written.
--
-- As in 70_cycle_guards.sql, a guard belongs to the tables' owner and looks at a statement's rows at once.
-- Who may write what binds everybody but that owner, whose session could take the guard away; what may be
-- written binds all. Messages name a review by its key, never by its rater.

CREATE OR REPLACE FUNCTION appraisal.segment_times(cycle_id bigint) RETURNS TABLE (participant_id bigint, during daterange)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    -- a segment is a run of postings in one unit; of several in a unit the first is the first segment there
    WITH moved AS (
        SELECT p.participant_id, p.person_id, p.unit_id,
               row_number() OVER (PARTITION BY p.person_id, p.unit_id ORDER BY p.segment) AS place
        FROM appraisal.participant AS p
        WHERE p.cycle_id = $1
          AND p.person_id IN (SELECT o.person_id FROM appraisal.participant AS o WHERE o.cycle_id = $1 AND o.segment > 1)
    ), posted AS (
        SELECT g.person_id, g.unit_id, g.during,
               (g.unit_id IS DISTINCT FROM lag(g.unit_id) OVER (PARTITION BY g.person_id ORDER BY g.during))::integer AS begins
        FROM appraisal.posting AS g
        JOIN appraisal.cycle AS c ON g.during && c.during
        JOIN appraisal.person AS n ON n.person_id = g.person_id AND g.during && daterange(n.hired_on, n.left_on)
        WHERE c.cycle_id = $1 AND g.person_id IN (SELECT m.person_id FROM moved AS m)
    ), run AS (
        SELECT o.person_id, o.unit_id, o.during, sum(o.begins) OVER (PARTITION BY o.person_id, o.unit_id ORDER BY o.during) AS place
        FROM posted AS o
    )
    SELECT m.participant_id, r.during
    FROM moved AS m JOIN run AS r USING (person_id, unit_id, place)
    WHERE (SELECT appraisal.acting_as('hr')) OR m.participant_id IN (SELECT appraisal.my_participants())
       OR (SELECT pg_has_role(session_user, current_user, 'USAGE'))
$function$;
COMMENT ON FUNCTION appraisal.segment_times(bigint) IS
    'when the segments of those were who moved within a cycle''s period, as far as the caller may record figures for them';

CREATE OR REPLACE FUNCTION appraisal.my_reviews(cycle_id bigint)
    RETURNS TABLE (review_id bigint, source text, status text, person text, unit text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT r.review_id, r.source, r.status, n.code, u.code
    FROM appraisal.review AS r
    JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    LEFT JOIN appraisal.person AS n ON n.person_id = p.person_id
    LEFT JOIN appraisal.unit AS u ON u.unit_id = p.appraised_unit_id
    WHERE r.cycle_id = $1 AND +r.rater_id = appraisal.acting_person()
$function$;
COMMENT ON FUNCTION appraisal.my_reviews(bigint) IS
    'the reviews of a cycle that were assigned to the one who is asking, with the code of the person or the unit to review';

CREATE OR REPLACE FUNCTION appraisal.my_delegate(cycle_id bigint, review_id bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT appraisal.delegate_of(r.cycle_id, r.review_id)
    FROM appraisal.review AS r
    WHERE r.cycle_id = $1 AND r.review_id = $2 AND r.rater_id = appraisal.acting_person()
$function$;
COMMENT ON FUNCTION appraisal.my_delegate(bigint, bigint) IS
    'person to whom the one who is asking may hand on a review that was assigned to them';

-- Who writes takes the cycle's row first and other rows after it, as close_reviews() does.
CREATE OR REPLACE FUNCTION appraisal.hold_cycle(cycle_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM FROM appraisal.cycle AS c WHERE c.cycle_id = hold_cycle.cycle_id FOR SHARE;
END
$function$;
COMMENT ON FUNCTION appraisal.hold_cycle(bigint) IS 'keeps a cycle in its status until the transaction ends';

CREATE OR REPLACE FUNCTION appraisal.write_reviews(cycle_id bigint, raters jsonb, most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF NOT appraisal.acting_as('hr') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'HR alone assigns reviews',
            HINT = 'Ask HR to CALL appraisal.assign_reviews().';
    END IF;
    -- one call at a time
    PERFORM FROM appraisal.cycle AS c WHERE c.cycle_id = write_reviews.cycle_id FOR NO KEY UPDATE;
    RETURN appraisal.add_reviews(write_reviews.cycle_id, raters, most);
END
$function$;
COMMENT ON FUNCTION appraisal.write_reviews(bigint, jsonb, integer) IS
    'for HR: adds the reviews of a cycle, with the rights of the tables'' owner; assign_reviews() calls it';

CREATE OR REPLACE FUNCTION appraisal.refuse_wrong_measurement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    me bigint := appraisal.acting_person();
    is_owner boolean := pg_has_role(session_user, current_user, 'USAGE');
    wrong record;
BEGIN
    IF EXISTS (SELECT FROM written_rows AS w JOIN appraisal.participant AS p USING (cycle_id, participant_id)
               WHERE p.person_id = me) THEN
        PERFORM appraisal.refuse_own_measurement();
    END IF;
    WITH measured AS MATERIALIZED (
        SELECT DISTINCT g.cycle_id, g.job_group, i.indicator_id
        FROM (SELECT DISTINCT c.cycle_id, c.scheme_id, p.job_group
              FROM written_rows AS w
              JOIN appraisal.participant AS p USING (cycle_id, participant_id)
              JOIN appraisal.cycle AS c USING (cycle_id)) AS g
        CROSS JOIN LATERAL appraisal.job_group_indicators(g.scheme_id, g.job_group) AS i
        JOIN appraisal.indicator AS d USING (indicator_id)
        WHERE d.direction IS NOT NULL
    )
    SELECT w.measurement_id, c.code,
           CASE
           WHEN NOT is_owner AND w.recorded_by IS DISTINCT FROM me THEN
               ARRAY['AP003', 'a measurement is recorded in one''s own name']
           WHEN NOT is_owner AND w.recorded_at <> statement_timestamp() THEN
               ARRAY['AP003', 'the time of a measurement is that of recording it']
           WHEN m.indicator_id IS NULL THEN
               ARRAY['AP005', format('indicator "%s" is not measured for job group "%s"', i.code, p.job_group)]
           WHEN s.participant_id <> w.participant_id OR s.indicator_id <> w.indicator_id THEN
               ARRAY['AP005', 'a correction is of the same participant and indicator']
           END AS problem
    INTO wrong
    FROM written_rows AS w
    JOIN appraisal.cycle AS c USING (cycle_id)
    JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    JOIN appraisal.indicator AS i USING (indicator_id)
    LEFT JOIN measured AS m ON m.cycle_id = w.cycle_id AND m.job_group = p.job_group AND m.indicator_id = w.indicator_id
    LEFT JOIN appraisal.measurement AS s ON s.cycle_id = w.cycle_id AND s.measurement_id = w.supersedes
    WHERE m.indicator_id IS NULL OR s.participant_id <> w.participant_id OR s.indicator_id <> w.indicator_id
       OR NOT is_owner AND (w.recorded_by IS DISTINCT FROM me OR w.recorded_at <> statement_timestamp())
    ORDER BY w.measurement_id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = wrong.problem[1],
            MESSAGE = wrong.problem[2],
            DETAIL = format('It is measurement %s of cycle "%s".', wrong.measurement_id, wrong.code),
            HINT = 'CALL appraisal.record_measurement() or correct_measurement().';
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_wrong_measurement() IS
    'trigger: figures are of indicators that are measured or have a direction, recorded by who says so and not of oneself; corrections are of the same thing';

CREATE OR REPLACE FUNCTION appraisal.refuse_wrong_review() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    wrong record;
BEGIN
    SELECT w.review_id, c.code INTO wrong
    FROM written_rows AS w
    JOIN appraisal.cycle AS c USING (cycle_id)
    JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    WHERE (w.source = 'self') <> (w.rater_id = coalesce(p.person_id, p.manager_id))
    ORDER BY w.review_id
    LIMIT 1;
    IF FOUND THEN
        PERFORM appraisal.refuse_own_review(format('cycle "%s", with key %s', wrong.code, wrong.review_id));
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_wrong_review() IS
    'trigger: a review as oneself is by oneself, and no other is; a unit is its head';

CREATE OR REPLACE FUNCTION appraisal.keep_review() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    me bigint := appraisal.acting_person();
    is_owner boolean := pg_has_role(session_user, current_user, 'USAGE');
    is_hr boolean := is_owner OR appraisal.acting_as('hr');
    wrong record;
BEGIN
    SELECT coalesce(o.review_id, n.review_id) AS review_id, n.status, j.problem INTO wrong
    FROM old_rows AS o
    FULL JOIN new_rows AS n ON n.cycle_id = o.cycle_id AND n.review_id = o.review_id
    LEFT JOIN appraisal.participant AS p ON p.cycle_id = n.cycle_id AND p.participant_id = n.participant_id
    CROSS JOIN LATERAL (SELECT
        CASE
        WHEN o.review_id IS NULL OR n.review_id IS NULL
             OR (n.participant_id, n.rater_id, n.source, n.anonymous) <> (o.participant_id, o.rater_id, o.source, o.anonymous) THEN
            ARRAY['AP005', 'a review stays of whom, by whom, as what and as anonymous as it is']
        WHEN o.status = 'assigned' AND n.status IN ('submitted', 'declined', 'recused') THEN
            CASE WHEN NOT is_owner AND n.rater_id IS DISTINCT FROM me THEN
                     ARRAY['AP003', 'a review is given, declined or handed on by its rater alone']
                 WHEN NOT is_owner AND n.submitted_at <> statement_timestamp() THEN
                     ARRAY['AP003', 'the time of a review is that of submitting it']
                 WHEN n.status = 'submitted' AND n.reason IS DISTINCT FROM o.reason THEN
                     ARRAY['AP005', 'a reason is given for what is not submitted'] END
        WHEN o.status = 'assigned' AND n.status = 'lapsed' OR o.status IN ('submitted', 'lapsed') AND n.status = 'assigned' THEN
            CASE WHEN NOT is_hr THEN ARRAY['AP003', 'HR alone lets a review lapse or opens it again']
                 WHEN n.status = 'assigned' AND p.person_id = me THEN ARRAY['AP003', 'nobody opens reviews of oneself again']
                 WHEN n.status = 'assigned' AND coalesce(n.reason, '') = '' THEN
                     ARRAY['AP005', 'a review is opened again for a reason'] END
        WHEN n.status <> o.status THEN
            ARRAY['AP001', format('a review that is %s cannot become %s', o.status, n.status)]
        WHEN n.status NOT IN ('assigned', 'lapsed') OR n.reason IS DISTINCT FROM o.reason THEN
            CASE WHEN n IS DISTINCT FROM o THEN ARRAY['AP001', format('a review that is %s stays as it is', o.status)] END
        END AS status_problem,
        CASE
        WHEN n.due_on IS DISTINCT FROM o.due_on AND NOT is_hr THEN ARRAY['AP003', 'HR alone says when a review is due']
        WHEN n.comments IS DISTINCT FROM o.comments AND NOT is_owner AND (n.rater_id IS DISTINCT FROM me OR o.status <> 'assigned') THEN
            ARRAY['AP003', 'comments are its rater''s, while the review is open']
        END AS column_problem) AS f
    CROSS JOIN LATERAL (SELECT coalesce(f.status_problem, f.column_problem) AS problem) AS j
    WHERE j.problem IS NOT NULL
    ORDER BY 1
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = wrong.problem[1],
            MESSAGE = wrong.problem[2],
            DETAIL = format('It is review %s.', wrong.review_id),
            HINT = 'The rater calls submit_review(), decline_review(), recuse() or delegate_review(), HR reopen_review().';
    END IF;

    WITH given AS (
        SELECT n.cycle_id, n.review_id, n.source, n.anonymous, n.comments, c.code, c.period, c.scheme_id, p.job_group
        FROM old_rows AS o
        JOIN new_rows AS n ON n.cycle_id = o.cycle_id AND n.review_id = o.review_id
        JOIN appraisal.participant AS p ON p.cycle_id = n.cycle_id AND p.participant_id = n.participant_id
        JOIN appraisal.cycle AS c ON c.cycle_id = n.cycle_id
        WHERE o.status = 'assigned' AND n.status = 'submitted'
    ), group_given AS (
        SELECT DISTINCT g.scheme_id, g.period, g.job_group FROM given AS g
    ), lack AS (
        SELECT g.review_id, g.code, 'marks' AS of_what, i.code AS lacking
        FROM (SELECT DISTINCT x.scheme_id, x.job_group, r.indicator_id, r.code
              FROM group_given AS x
              CROSS JOIN LATERAL appraisal.job_group_indicators(x.scheme_id, x.job_group) AS r
              WHERE r.kind <> 'measured' AND r.dimension_weight > 0) AS i
        JOIN given AS g USING (scheme_id, job_group)
        LEFT JOIN appraisal.rating AS t
          ON t.cycle_id = g.cycle_id AND t.review_id = g.review_id AND t.indicator_id = i.indicator_id
        WHERE t.review_id IS NULL
        UNION ALL
        -- a superior's review says in words what is to be said
        SELECT g.review_id, g.code, 'comments', topic
        FROM group_given AS x
        JOIN appraisal.scheme AS s USING (scheme_id)
        CROSS JOIN LATERAL appraisal.job_group_raters(x.scheme_id, x.period, x.job_group) AS r
        JOIN given AS g ON g.scheme_id = x.scheme_id AND g.period = x.period AND g.job_group = x.job_group AND g.source = r.source
        CROSS JOIN LATERAL unnest(s.comment_topics) AS topic
        WHERE r.source = 'manager' AND r.weight > 0 AND NOT g.anonymous
          AND coalesce(btrim(g.comments ->> topic), '') = ''
        UNION ALL
        -- a self-report has words, on whatever topic
        SELECT g.review_id, g.code, 'comments', 'self-report'
        FROM given AS g
        JOIN appraisal.scheme AS s USING (scheme_id)
        WHERE g.source = 'self' AND g.period = ANY (s.self_report)
          AND NOT EXISTS (SELECT FROM jsonb_each_text(g.comments) AS t WHERE btrim(t.value) <> '')
    )
    SELECT l.review_id, l.code, l.of_what, string_agg(format('"%s"', l.lacking), ', ' ORDER BY l.lacking) AS lacking INTO wrong
    FROM lack AS l
    GROUP BY 1, 2, 3
    ORDER BY 1, 3 DESC
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('review %s of cycle "%s" lacks %s: %s', wrong.review_id, wrong.code, wrong.of_what, wrong.lacking),
            HINT = format('CALL appraisal.submit_review() with %s for each.',
                          CASE wrong.of_what WHEN 'marks' THEN 'a mark' ELSE 'a comment' END);
    END IF;

    -- what was handed on is assigned anew
    INSERT INTO appraisal.review (cycle_id, participant_id, rater_id, source, anonymous, due_on)
    SELECT n.cycle_id, n.participant_id, n.delegated_to, n.source, n.anonymous, n.due_on
    FROM old_rows AS o
    JOIN new_rows AS n ON n.cycle_id = o.cycle_id AND n.review_id = o.review_id
    WHERE n.delegated_to IS NOT NULL AND o.delegated_to IS NULL
      AND n.delegated_to = appraisal.delegate_of(n.cycle_id, n.review_id);
    IF (SELECT count(*) FROM old_rows AS o JOIN new_rows AS n ON n.cycle_id = o.cycle_id AND n.review_id = o.review_id
        WHERE n.delegated_to IS NOT NULL AND o.delegated_to IS NULL
          AND NOT EXISTS (SELECT FROM appraisal.review AS r
                          WHERE r.cycle_id = n.cycle_id AND r.participant_id = n.participant_id AND r.source = n.source
                            AND r.rater_id = n.delegated_to)) > 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = 'a review is handed on to whom the scheme names',
            HINT = 'CALL appraisal.delegate_review().';
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_review() IS
    'trigger: a review is given by its rater, whole, and opened again by HR; what is handed on is assigned anew';

CREATE OR REPLACE FUNCTION appraisal.refuse_wrong_rating() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    me bigint := appraisal.acting_person();
    is_owner boolean := pg_has_role(session_user, current_user, 'USAGE');
    wrong record;
BEGIN
    IF TG_WHEN = 'BEFORE' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = 'a mark stays in its review and of its indicator',
            HINT = 'The rater calls submit_review().';
    END IF;
    SELECT r.review_id, r.status, c.code INTO wrong
    FROM written_rows AS w
    JOIN appraisal.review AS r USING (cycle_id, review_id)
    JOIN appraisal.cycle AS c USING (cycle_id)
    WHERE r.status <> 'assigned' OR NOT is_owner AND r.rater_id IS DISTINCT FROM me
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE wrong.status WHEN 'assigned' THEN 'AP003' ELSE 'AP001' END,
            MESSAGE = CASE wrong.status WHEN 'assigned' THEN 'the marks of a review are its rater''s'
                           ELSE format('the marks of a review that is %s stay as they are', wrong.status) END,
            DETAIL = format('It is review %s of cycle "%s".', wrong.review_id, wrong.code),
            HINT = 'The rater calls submit_review(); HR opens a submitted one again with reopen_review().';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN NULL;
    END IF;

    WITH mark AS (
        SELECT w.cycle_id, w.review_id, w.indicator_id, w.label, w.levels, w.score, w.evidence, c.scheme_id, c.code, p.job_group
        FROM written_rows AS w
        JOIN appraisal.review AS r USING (cycle_id, review_id)
        JOIN appraisal.participant AS p USING (cycle_id, participant_id)
        JOIN appraisal.cycle AS c USING (cycle_id)
    ), rated AS MATERIALIZED (
        -- an indicator that stands in two dimensions needs the evidence that either asks for
        SELECT g.scheme_id, g.job_group, i.indicator_id, max(d.evidence_below) AS evidence_below, min(d.evidence_from) AS evidence_from
        FROM (SELECT DISTINCT m.scheme_id, m.job_group FROM mark AS m) AS g
        CROSS JOIN LATERAL appraisal.job_group_indicators(g.scheme_id, g.job_group) AS i
        JOIN appraisal.dimension AS d USING (dimension_id)
        WHERE i.kind <> 'measured' AND i.dimension_weight > 0
        GROUP BY 1, 2, 3
    )
    SELECT m.review_id, m.code, i.code AS indicator, m.score, f.problem INTO wrong
    FROM mark AS m
    JOIN appraisal.indicator AS i USING (indicator_id)
    LEFT JOIN rated AS d USING (scheme_id, job_group, indicator_id)
    LEFT JOIN appraisal.indicator_level AS chosen ON chosen.indicator_id = i.indicator_id AND chosen.label = m.label
    CROSS JOIN LATERAL (SELECT CASE
        WHEN d.indicator_id IS NULL THEN format('is not rated for job group "%s"', m.job_group)
        WHEN i.kind = 'gated' THEN
            CASE WHEN m.levels IS NULL OR cardinality(m.levels) <> (SELECT count(*) FROM appraisal.indicator_level AS l
                                                                     WHERE l.indicator_id = i.indicator_id)
                      OR array_position(m.levels, NULL) IS NOT NULL OR NOT m.levels <@ '{0,0.5,1}'::numeric[] THEN
                'takes 0, 0.5 or 1 for each of its levels' END
        WHEN m.levels IS NOT NULL THEN 'has no levels that are passed in order'
        WHEN m.label IS NOT NULL AND chosen.label IS NULL THEN format('has no label "%s"', m.label)
        WHEN i.kind = 'levels' THEN
            CASE WHEN m.label IS NULL THEN 'takes one of its labels'
                 WHEN m.score NOT BETWEEN coalesce(chosen."least", chosen.points) AND chosen.points THEN
                     format('takes %s to %s for label "%s"', coalesce(chosen."least", chosen.points), chosen.points, m.label) END
        WHEN i."least" IS NOT NULL THEN
            CASE WHEN m.score NOT BETWEEN i."least" AND i.most THEN format('takes a mark from %s to %s', i."least", i.most) END
        WHEN m.score <> chosen.points
             OR NOT EXISTS (SELECT FROM appraisal.indicator_level AS l
                            WHERE l.indicator_id = i.indicator_id AND l.points = m.score) THEN
            format('takes one of the marks %s%s',
                   (SELECT string_agg(l.points::text, ', ' ORDER BY l.points, l."position") FROM appraisal.indicator_level AS l
                    WHERE l.indicator_id = i.indicator_id),
                   CASE WHEN m.label IS NOT NULL THEN format(', %s for label "%s"', chosen.points, m.label) END)
        END AS problem) AS kind
    CROSS JOIN LATERAL (SELECT coalesce(kind.problem, CASE
        WHEN coalesce(btrim(m.evidence), '') = '' AND m.score < d.evidence_below THEN
            format('needs evidence for a mark below %s', d.evidence_below)
        WHEN coalesce(btrim(m.evidence), '') = '' AND m.score >= d.evidence_from THEN
            format('needs evidence for a mark of %s or more', d.evidence_from)
        END) AS problem) AS f
    WHERE f.problem IS NOT NULL
    ORDER BY m.review_id, i.code
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('indicator "%s" %s', wrong.indicator, wrong.problem),
            DETAIL = format('It is review %s of cycle "%s", with a mark of %s.', wrong.review_id, wrong.code, wrong.score),
            HINT = 'The rater calls submit_review() with another mark or with evidence.';
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_wrong_rating() IS
    'trigger: marks are the rater''s own, of an open review, of what is rated, within its range, and extreme ones with evidence';

CREATE OR REPLACE FUNCTION appraisal.refuse_wrong_feedback() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    is_owner boolean := pg_has_role(session_user, current_user, 'USAGE');
BEGIN
    IF EXISTS (SELECT FROM written_rows AS w WHERE NOT is_owner AND w.given_at <> statement_timestamp()) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'the time of feedback is that of recording it',
            HINT = 'CALL appraisal.record_feedback().';
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_wrong_feedback() IS 'trigger: nobody says to have told a person earlier';

REVOKE ALL ON FUNCTION appraisal.segment_times(bigint), appraisal.my_reviews(bigint), appraisal.my_delegate(bigint, bigint),
    appraisal.hold_cycle(bigint), appraisal.write_reviews(bigint, jsonb, integer), appraisal.refuse_wrong_measurement(),
    appraisal.refuse_wrong_review(), appraisal.keep_review(), appraisal.refuse_wrong_rating(),
    appraisal.refuse_wrong_feedback() FROM PUBLIC;

-- Triggers fire in order of their names: what is out of step is refused first.
CREATE OR REPLACE TRIGGER rules_of_insert AFTER INSERT ON appraisal.measurement
    REFERENCING NEW TABLE AS written_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_wrong_measurement();
CREATE OR REPLACE TRIGGER rules_of_insert AFTER INSERT ON appraisal.review
    REFERENCING NEW TABLE AS written_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_wrong_review();
CREATE OR REPLACE TRIGGER rules_of_update AFTER UPDATE ON appraisal.review
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_review();
CREATE OR REPLACE TRIGGER rules_of_insert AFTER INSERT ON appraisal.rating
    REFERENCING NEW TABLE AS written_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_wrong_rating();
CREATE OR REPLACE TRIGGER rules_of_update AFTER UPDATE ON appraisal.rating
    REFERENCING NEW TABLE AS written_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_wrong_rating();
CREATE OR REPLACE TRIGGER rules_of_key BEFORE UPDATE OF cycle_id, review_id, indicator_id ON appraisal.rating
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_wrong_rating();
CREATE OR REPLACE TRIGGER rules_of_delete AFTER DELETE ON appraisal.rating
    REFERENCING OLD TABLE AS written_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_wrong_rating();
CREATE OR REPLACE TRIGGER rules_of_insert AFTER INSERT ON appraisal.feedback
    REFERENCING NEW TABLE AS written_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_wrong_feedback();
-- How results are written, and that they stay once they are published.

CREATE OR REPLACE FUNCTION appraisal.write_results(cycle_id bigint, OUT scored integer, OUT missing integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    written record;
BEGIN
    IF NOT appraisal.acting_as('hr') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'results are computed by HR only',
            HINT = 'Ask for it a login with the capability hr.';
    END IF;
    -- written, not only locked, for the reason that take_cycle_in() has
    UPDATE appraisal.cycle AS c SET status = c.status WHERE c.cycle_id = write_results.cycle_id RETURNING c.code, c.status INTO written;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'AP004', MESSAGE = format('there is no cycle with cycle_id %s', write_results.cycle_id);
    ELSIF written.status NOT IN ('scoring', 'calibration') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('results of cycle "%s" cannot be computed: the cycle is in status %s', written.code, written.status),
            DETAIL = 'It can be in status scoring or calibration.',
            HINT = appraisal.next_step(written.status);
    END IF;
    PERFORM appraisal.refuse_if_signed(write_results.cycle_id, 'results');
    PERFORM appraisal.run_results(write_results.cycle_id);
    SELECT count(*) FILTER (WHERE r.state = 'scored'), count(*) FILTER (WHERE r.state NOT IN ('scored', 'exempt'))
    INTO scored, missing
    FROM appraisal.result AS r WHERE r.cycle_id = write_results.cycle_id AND r.version = 1;
END
$function$;
COMMENT ON FUNCTION appraisal.write_results(bigint) IS
    'what compute_results() calls: computes and writes the results of a cycle, for HR, with the rights of the tables'' owner';

-- A published result is one version of one participant, with the dimensions and sources that it rests on,
-- those of other segments included, and the cut line that it names. A next version, which keep_versions() lets
-- an appeal make, rests on those of the first.
CREATE OR REPLACE FUNCTION appraisal.keep_published_result() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    PERFORM appraisal.refuse_published((SELECT min(c.code) FROM old_rows AS o JOIN appraisal.cycle AS c USING (cycle_id)
                                        WHERE o.published_at IS NOT NULL));
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_published_result() IS 'trigger: a published result never changes';

CREATE OR REPLACE FUNCTION appraisal.keep_published_part() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    IF EXISTS (SELECT FROM appraisal.cycle AS c
               WHERE c.status IN ('published', 'closed') AND c.cycle_id IN (SELECT w.cycle_id FROM changed_rows AS w)) THEN
        PERFORM appraisal.refuse_published((
            SELECT min(c.code)
            FROM changed_rows AS w
            JOIN appraisal.participant AS p USING (cycle_id, participant_id)
            JOIN appraisal.participant AS l
                ON l.cycle_id = p.cycle_id AND coalesce(l.person_id, -l.appraised_unit_id) = coalesce(p.person_id, -p.appraised_unit_id)
            JOIN appraisal.result AS r
                ON r.cycle_id = l.cycle_id AND r.participant_id = l.participant_id AND r.version <= w.version
            JOIN appraisal.cycle AS c ON c.cycle_id = w.cycle_id
            WHERE r.published_at IS NOT NULL));
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_published_part() IS 'trigger: what a published result rests on never changes';

CREATE OR REPLACE FUNCTION appraisal.keep_published_cut_line() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    PERFORM appraisal.refuse_published((
        SELECT min(c.code)
        FROM old_rows AS o
        JOIN appraisal.result AS r ON r.cycle_id = o.cycle_id AND r.cohort_unit_id = o.unit_id
        JOIN appraisal.cycle AS c ON c.cycle_id = o.cycle_id
        WHERE r.published_at IS NOT NULL));
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_published_cut_line() IS 'trigger: a cut line that a published result names never changes';

CREATE OR REPLACE FUNCTION appraisal.keep_published() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    PERFORM appraisal.refuse_published((SELECT min(c.code) FROM appraisal.result AS r JOIN appraisal.cycle AS c USING (cycle_id)
                                        WHERE r.published_at IS NOT NULL));
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_published() IS 'trigger: tables with published results are never emptied';
REVOKE ALL ON FUNCTION appraisal.write_results(bigint), appraisal.keep_published_result(), appraisal.keep_published_part(),
    appraisal.keep_published_cut_line(), appraisal.keep_published() FROM PUBLIC;

DECLARE
    guard record;
BEGIN
    FOR guard IN
        SELECT v.* FROM (VALUES
            ('result', 'UPDATE', 'OLD', 'old_rows', 'keep_published_result'),
            ('result', 'DELETE', 'OLD', 'old_rows', 'keep_published_result'),
            ('cut_line', 'UPDATE', 'OLD', 'old_rows', 'keep_published_cut_line'),
            ('cut_line', 'DELETE', 'OLD', 'old_rows', 'keep_published_cut_line'),
            ('dimension_score', 'INSERT', 'NEW', 'changed_rows', 'keep_published_part'),
            ('dimension_score', 'UPDATE', 'OLD', 'changed_rows', 'keep_published_part'),
            ('dimension_score', 'DELETE', 'OLD', 'changed_rows', 'keep_published_part'),
            ('source_score', 'INSERT', 'NEW', 'changed_rows', 'keep_published_part'),
            ('source_score', 'UPDATE', 'OLD', 'changed_rows', 'keep_published_part'),
            ('source_score', 'DELETE', 'OLD', 'changed_rows', 'keep_published_part'),
            ('part_score', 'INSERT', 'NEW', 'changed_rows', 'keep_published_part'),
            ('part_score', 'UPDATE', 'OLD', 'changed_rows', 'keep_published_part'),
            ('part_score', 'DELETE', 'OLD', 'changed_rows', 'keep_published_part')
        ) AS v (table_name, command, side, row_set, function)
    LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER keep_published_%s AFTER %s ON appraisal.%I REFERENCING %s TABLE AS %I
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.%I()',
            lower(guard.command), guard.command, guard.table_name, guard.side, guard.row_set, guard.function);
    END LOOP;
END;
CREATE OR REPLACE TRIGGER keep_published_truncate BEFORE TRUNCATE ON appraisal.result
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_published();
CREATE OR REPLACE TRIGGER keep_published_truncate BEFORE TRUNCATE ON appraisal.cut_line
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_published();
CREATE OR REPLACE TRIGGER keep_published_truncate BEFORE TRUNCATE ON appraisal.dimension_score
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_published();
CREATE OR REPLACE TRIGGER keep_published_truncate BEFORE TRUNCATE ON appraisal.source_score
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_published();
CREATE OR REPLACE TRIGGER keep_published_truncate BEFORE TRUNCATE ON appraisal.part_score
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_published();
-- How grades are calibrated and results signed off, and that what is written of it stays. Who calls is checked
-- here or in the member functions that these call; the rest is theirs. Each takes the cycle's row first.

CREATE OR REPLACE FUNCTION appraisal.write_adjustments(cycle_id bigint, participants bigint[], grades text[], reasons text[],
                                            authorised_by bigint, undoing boolean) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF NOT (appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('manager')) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'grades are calibrated by HR, executives and managers',
            HINT = 'Ask one of them to CALL appraisal.calibrate().';
    END IF;
    PERFORM appraisal.take_cycle_in(write_adjustments.cycle_id, 'calibrated grades', 'calibration');
    RETURN appraisal.apply_adjustments(write_adjustments.cycle_id, participants, grades, reasons, authorised_by, undoing);
END
$function$;
COMMENT ON FUNCTION appraisal.write_adjustments(bigint, bigint[], text[], text[], bigint, boolean) IS
    'what calibrate() and undo_calibration() call: changes final grades, with the rights of the tables'' owner';

CREATE OR REPLACE FUNCTION appraisal.write_sign_off(cycle_id bigint, unit_id bigint, remark text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF appraisal.acting_person() IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'results are signed by people, and this login is nobody in particular',
            HINT = 'A service sets appraisal.actor to the person it acts for.';
    END IF;
    PERFORM appraisal.take_cycle_in(write_sign_off.cycle_id, 'signatures', 'calibration');
    RETURN appraisal.apply_sign_off(write_sign_off.cycle_id, write_sign_off.unit_id, write_sign_off.remark);
END
$function$;
COMMENT ON FUNCTION appraisal.write_sign_off(bigint, bigint, text) IS
    'what sign_off() calls: signs the next step for a unit or a cycle, with the rights of the tables'' owner; returns the step';

CREATE OR REPLACE FUNCTION appraisal.write_withdrawal(cycle_id bigint, unit_id bigint, reason text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF NOT appraisal.acting_as('hr') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'HR alone withdraws signatures',
            HINT = 'Ask HR to CALL appraisal.withdraw_sign_off().';
    END IF;
    PERFORM appraisal.take_cycle_in(write_withdrawal.cycle_id, 'signatures', 'calibration');
    RETURN appraisal.apply_withdrawal(write_withdrawal.cycle_id, write_withdrawal.unit_id, write_withdrawal.reason);
END
$function$;
COMMENT ON FUNCTION appraisal.write_withdrawal(bigint, bigint, text) IS
    'what withdraw_sign_off() calls: for HR, with the rights of the tables'' owner; returns how many signatures it was';

-- Who delegates may not see whom, so the delegate comes by code; it is looked up for who may delegate only.
CREATE OR REPLACE FUNCTION appraisal.write_delegation(cycle_id bigint, step integer, unit_id bigint, to_code text, reason text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.take_cycle_to_delegate(write_delegation.cycle_id);
    RETURN appraisal.apply_delegation(write_delegation.cycle_id, write_delegation.step, write_delegation.unit_id,
                                      write_delegation.to_code, write_delegation.reason);
END
$function$;
COMMENT ON FUNCTION appraisal.write_delegation(bigint, integer, bigint, text, text) IS
    'what delegate_sign_off() calls: has somebody sign a step in the caller''s place, with the rights of the tables'' owner; returns its key';

CREATE OR REPLACE FUNCTION appraisal.write_delegation_withdrawal(cycle_id bigint, step integer, unit_id bigint, from_person bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.take_cycle_to_delegate(write_delegation_withdrawal.cycle_id);
    RETURN appraisal.apply_delegation_withdrawal(write_delegation_withdrawal.cycle_id, write_delegation_withdrawal.step,
                                                 write_delegation_withdrawal.unit_id, write_delegation_withdrawal.from_person);
END
$function$;
COMMENT ON FUNCTION appraisal.write_delegation_withdrawal(bigint, integer, bigint, bigint) IS
    'what withdraw_delegation() calls, with the rights of the tables'' owner; returns the key of what was withdrawn';

CREATE OR REPLACE FUNCTION appraisal.write_quota_override(cycle_id bigint, unit_id bigint, reason text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF NOT (appraisal.acting_as('hr') OR appraisal.acting_as('executive')) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'quotas are overridden by HR and executives',
            HINT = 'Ask one of them to CALL appraisal.override_quota().';
    END IF;
    PERFORM appraisal.take_cycle_in(write_quota_override.cycle_id, 'overrides of the quota', 'calibration');
    RETURN appraisal.apply_quota_override(write_quota_override.cycle_id, write_quota_override.unit_id, write_quota_override.reason);
END
$function$;
COMMENT ON FUNCTION appraisal.write_quota_override(bigint, bigint, text) IS
    'what override_quota() calls, with the rights of the tables'' owner; returns the heads out of bounds';
REVOKE ALL ON FUNCTION appraisal.write_adjustments(bigint, bigint[], text[], text[], bigint, boolean),
    appraisal.write_sign_off(bigint, bigint, text), appraisal.write_withdrawal(bigint, bigint, text),
    appraisal.write_quota_override(bigint, bigint, text), appraisal.write_delegation(bigint, integer, bigint, text, text),
    appraisal.write_delegation_withdrawal(bigint, integer, bigint, bigint) FROM PUBLIC;

CREATE OR REPLACE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.adjustment
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE OR REPLACE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.quota_override
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE OR REPLACE TRIGGER only_added_to BEFORE DELETE OR TRUNCATE ON appraisal.sign_off
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();

-- A signature is withdrawn, once, and else stays as it is.
CREATE OR REPLACE FUNCTION appraisal.keep_sign_off() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    IF OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL
       OR to_jsonb(NEW) - '{withdrawn_at,withdrawn_because}'::text[]
          IS DISTINCT FROM to_jsonb(OLD) - '{withdrawn_at,withdrawn_because}'::text[] THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP007',
            MESSAGE = 'a signature is withdrawn, once, and else never changes',
            DETAIL = format('It is sign_off %s.', OLD.sign_off_id),
            HINT = 'CALL appraisal.withdraw_sign_off().';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_sign_off() IS 'trigger: a signature is withdrawn, once, and else never changes';
REVOKE ALL ON FUNCTION appraisal.keep_sign_off() FROM PUBLIC;
CREATE OR REPLACE TRIGGER keep_sign_off BEFORE UPDATE ON appraisal.sign_off
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_sign_off();

-- So is a delegation: what was signed under it is explained by it.
CREATE OR REPLACE TRIGGER only_added_to BEFORE DELETE OR TRUNCATE ON appraisal.delegation
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE OR REPLACE FUNCTION appraisal.keep_delegation() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    IF OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL
       OR to_jsonb(NEW) - 'withdrawn_at' IS DISTINCT FROM to_jsonb(OLD) - 'withdrawn_at' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP007',
            MESSAGE = 'a delegation is withdrawn, once, and else never changes',
            DETAIL = format('It is delegation %s.', OLD.delegation_id),
            HINT = 'CALL appraisal.withdraw_delegation().';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_delegation() IS 'trigger: a delegation is withdrawn, once, and else never changes';
REVOKE ALL ON FUNCTION appraisal.keep_delegation() FROM PUBLIC;
CREATE OR REPLACE TRIGGER keep_delegation BEFORE UPDATE ON appraisal.delegation
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_delegation();
CREATE OR REPLACE TRIGGER refuse_out_of_step_insert AFTER INSERT ON appraisal.delegation REFERENCING NEW TABLE AS written_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(draft, goals, scoring, calibration);
CREATE OR REPLACE TRIGGER refuse_out_of_step_update AFTER UPDATE ON appraisal.delegation REFERENCING NEW TABLE AS written_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(draft, goals, scoring, calibration);

DECLARE
    written name;
BEGIN
    FOREACH written IN ARRAY ARRAY['adjustment', 'sign_off', 'quota_override'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER refuse_out_of_step_insert AFTER INSERT ON appraisal.%I REFERENCING NEW TABLE AS written_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(calibration)', written);
    END LOOP;
END;
CREATE OR REPLACE TRIGGER refuse_out_of_step_update AFTER UPDATE ON appraisal.sign_off REFERENCING NEW TABLE AS written_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(calibration);

-- What is signed is what the figures come to, so no figure is added after.
CREATE OR REPLACE FUNCTION appraisal.refuse_signed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    PERFORM appraisal.refuse_if_signed(w.cycle_id, 'figures') FROM (SELECT DISTINCT m.cycle_id FROM written_rows AS m) AS w;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_signed() IS 'trigger: no figures are added to a cycle whose results somebody has signed';
REVOKE ALL ON FUNCTION appraisal.refuse_signed() FROM PUBLIC;
CREATE OR REPLACE TRIGGER refuse_signed AFTER INSERT ON appraisal.measurement REFERENCING NEW TABLE AS written_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_signed();

-- After the audit's own trigger, so that what publishing wrote is in the block.
CREATE OR REPLACE FUNCTION appraisal.seal_publication() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    IF EXISTS (SELECT FROM new_rows AS n JOIN old_rows AS o USING (cycle_id)
               WHERE n.status = 'published' AND o.status = 'calibration') THEN
        CALL appraisal.seal_audit();
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.seal_publication() IS 'trigger: publication seals the audit log';
REVOKE ALL ON FUNCTION appraisal.seal_publication() FROM PUBLIC;
CREATE OR REPLACE TRIGGER seal_publication AFTER UPDATE ON appraisal.cycle REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.seal_publication();
-- How interviews and acknowledgements are written, and that they stay. As in 74_calibration_guards.sql, who
-- calls is checked here or in the member functions that these call, and each takes the cycle's row first.

CREATE OR REPLACE FUNCTION appraisal.write_interview(cycle_id bigint, participant_id bigint, held_on date, held_by bigint, summary text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.take_cycle_in(write_interview.cycle_id, 'interviews', 'published');
    RETURN appraisal.apply_interview(write_interview.cycle_id, write_interview.participant_id, write_interview.held_on,
                                     write_interview.held_by, write_interview.summary);
END
$function$;
COMMENT ON FUNCTION appraisal.write_interview(bigint, bigint, date, bigint, text) IS
    'what record_interview() calls: records an interview, with the rights of the tables'' owner; returns its key';

CREATE OR REPLACE FUNCTION appraisal.write_acknowledgement(cycle_id bigint, unit_id bigint, remark text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.take_cycle_in(write_acknowledgement.cycle_id, 'acknowledgements', 'published');
    RETURN appraisal.apply_acknowledgement(write_acknowledgement.cycle_id, write_acknowledgement.unit_id, write_acknowledgement.remark);
END
$function$;
COMMENT ON FUNCTION appraisal.write_acknowledgement(bigint, bigint, text) IS
    'what acknowledge_result() calls: notes that the one who asks knows the own result, with the rights of the tables'' owner; returns its version';
REVOKE ALL ON FUNCTION appraisal.write_interview(bigint, bigint, date, bigint, text),
    appraisal.write_acknowledgement(bigint, bigint, text) FROM PUBLIC;

DECLARE
    written name;
BEGIN
    FOREACH written IN ARRAY ARRAY['interview', 'acknowledgement'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.%I
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change()', written);
        EXECUTE format('CREATE OR REPLACE TRIGGER refuse_out_of_step_insert AFTER INSERT ON appraisal.%I REFERENCING NEW TABLE AS written_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(published)', written);
    END LOOP;
END;
-- How improvement plans are opened, changed and closed, and that a closed one stays. Plans are opened while the
-- cycle is published; they run on, and are closed, after it is.

CREATE OR REPLACE FUNCTION appraisal.write_improvement_plan(cycle_id bigint, participant_id bigint, goals text, due_on date, actions jsonb,
                                                 direction text, support text, training text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.take_cycle_in(write_improvement_plan.cycle_id, 'improvement plans', 'published');
    RETURN appraisal.apply_improvement_plan(write_improvement_plan.cycle_id, write_improvement_plan.participant_id, write_improvement_plan.goals,
        write_improvement_plan.due_on, write_improvement_plan.actions, write_improvement_plan.direction, write_improvement_plan.support,
        write_improvement_plan.training);
END
$function$;
COMMENT ON FUNCTION appraisal.write_improvement_plan(bigint, bigint, text, date, jsonb, text, text, text) IS
    'what open_improvement_plan() calls: opens a plan by hand, with the rights of the tables'' owner; returns its key';

CREATE OR REPLACE FUNCTION appraisal.write_due_improvement_plans(cycle_id bigint, due_on date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF NOT appraisal.acting_as('hr') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'improvement plans are opened by rule by HR only',
            HINT = 'A manager above opens one by hand: CALL appraisal.open_improvement_plan().';
    END IF;
    PERFORM appraisal.take_cycle_in(write_due_improvement_plans.cycle_id, 'improvement plans', 'published');
    RETURN appraisal.apply_due_improvement_plans(write_due_improvement_plans.cycle_id, write_due_improvement_plans.due_on);
END
$function$;
COMMENT ON FUNCTION appraisal.write_due_improvement_plans(bigint, date) IS
    'what open_due_improvement_plans() calls: for HR, with the rights of the tables'' owner; returns how many were opened';

CREATE OR REPLACE FUNCTION appraisal.write_improvement_change(cycle_id bigint, participant_id bigint, goals text, due_on date, actions jsonb,
                                                   direction text, support text, training text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.take_cycle_in(write_improvement_change.cycle_id, 'improvement plans', 'published', 'closed');
    RETURN appraisal.apply_improvement_change(write_improvement_change.cycle_id, write_improvement_change.participant_id,
        write_improvement_change.goals, write_improvement_change.due_on, write_improvement_change.actions, write_improvement_change.direction,
        write_improvement_change.support, write_improvement_change.training);
END
$function$;
COMMENT ON FUNCTION appraisal.write_improvement_change(bigint, bigint, text, date, jsonb, text, text, text) IS
    'what revise_improvement_plan() calls: changes an open plan, with the rights of the tables'' owner; returns its key';

CREATE OR REPLACE FUNCTION appraisal.write_improvement_progress(cycle_id bigint, participant_id bigint, action text, progress integer, note text,
                                                     done_on date) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.take_cycle_in(write_improvement_progress.cycle_id, 'improvement plans', 'published', 'closed');
    RETURN appraisal.apply_improvement_progress(write_improvement_progress.cycle_id, write_improvement_progress.participant_id,
        write_improvement_progress.action, write_improvement_progress.progress, write_improvement_progress.note,
        write_improvement_progress.done_on);
END
$function$;
COMMENT ON FUNCTION appraisal.write_improvement_progress(bigint, bigint, text, integer, text, date) IS
    'what record_improvement_progress() calls: with the rights of the tables'' owner; returns the key of the action';

CREATE OR REPLACE FUNCTION appraisal.write_improvement_closing(cycle_id bigint, participant_id bigint, met boolean, reason text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.take_cycle_in(write_improvement_closing.cycle_id, 'improvement plans', 'published', 'closed');
    RETURN appraisal.apply_improvement_closing(write_improvement_closing.cycle_id, write_improvement_closing.participant_id,
        write_improvement_closing.met, write_improvement_closing.reason);
END
$function$;
COMMENT ON FUNCTION appraisal.write_improvement_closing(bigint, bigint, boolean, text) IS
    'what close_improvement_plan() calls: with the rights of the tables'' owner; returns the status';

CREATE OR REPLACE TRIGGER only_added_to BEFORE DELETE OR TRUNCATE ON appraisal.improvement_plan
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE OR REPLACE TRIGGER only_added_to BEFORE DELETE OR TRUNCATE ON appraisal.improvement_action
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();

CREATE OR REPLACE FUNCTION appraisal.keep_improvement_plan() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    changing CONSTANT text[] := ARRAY['status', 'goals', 'direction', 'support', 'training', 'due_on', 'closed_by', 'closed_by_login', 'closed_at',
                                      'closed_because'];
BEGIN
    IF OLD.status <> 'open' OR to_jsonb(NEW) - changing IS DISTINCT FROM to_jsonb(OLD) - changing THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP007',
            MESSAGE = CASE OLD.status WHEN 'open' THEN 'whose improvement plan it is, and who opened it, never changes'
                                      ELSE 'a closed improvement plan never changes' END,
            DETAIL = format('It is improvement_plan %s.', OLD.plan_id),
            HINT = 'CALL appraisal.open_improvement_plan() opens another.';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_improvement_plan() IS
    'trigger: an improvement plan stays whose it is, and stays as it is once it is closed';
CREATE OR REPLACE TRIGGER keep_improvement_plan BEFORE UPDATE ON appraisal.improvement_plan
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_improvement_plan();

CREATE OR REPLACE FUNCTION appraisal.keep_improvement_action() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    fault record;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.cycle_id, NEW.plan_id, NEW.action_id, NEW.title) <> (OLD.cycle_id, OLD.plan_id, OLD.action_id, OLD.title) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP007',
            MESSAGE = 'plan and title of an improvement action never change',
            DETAIL = format('It is improvement_action %s.', OLD.action_id),
            HINT = 'CALL appraisal.revise_improvement_plan() adds another.';
    END IF;
    SELECT p.plan_id, p.status INTO fault
    FROM appraisal.improvement_plan AS p WHERE p.cycle_id = NEW.cycle_id AND p.plan_id = NEW.plan_id AND p.status <> 'open';
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP007',
            MESSAGE = 'the actions of a closed improvement plan never change',
            DETAIL = format('It is improvement_plan %s, which is %s.', fault.plan_id, fault.status),
            HINT = 'CALL appraisal.open_improvement_plan() opens another.';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_improvement_action() IS
    'trigger: actions are of open improvement plans, and keep their titles';
CREATE OR REPLACE TRIGGER keep_improvement_action BEFORE INSERT OR UPDATE ON appraisal.improvement_action
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_improvement_action();
REVOKE ALL ON FUNCTION appraisal.write_improvement_plan(bigint, bigint, text, date, jsonb, text, text, text),
    appraisal.write_due_improvement_plans(bigint, date),
    appraisal.write_improvement_change(bigint, bigint, text, date, jsonb, text, text, text),
    appraisal.write_improvement_progress(bigint, bigint, text, integer, text, date),
    appraisal.write_improvement_closing(bigint, bigint, boolean, text),
    appraisal.keep_improvement_plan(), appraisal.keep_improvement_action() FROM PUBLIC;

CREATE OR REPLACE TRIGGER refuse_out_of_step_insert AFTER INSERT ON appraisal.improvement_plan REFERENCING NEW TABLE AS written_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(published);
DECLARE
    step record;
BEGIN
    FOR step IN
        SELECT v.* FROM (VALUES ('improvement_plan', 'UPDATE'), ('improvement_action', 'INSERT'), ('improvement_action', 'UPDATE'))
            AS v (table_name, command)
    LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER refuse_out_of_step_%s AFTER %s ON appraisal.%I REFERENCING NEW TABLE AS written_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(published, closed)',
            lower(step.command), step.command, step.table_name);
    END LOOP;
END;
-- How appeals are written, and that what is written of them stays. Each function takes the cycle's row first;
-- who may do what is said by the member functions that they call.

CREATE OR REPLACE FUNCTION appraisal.write_appeal(cycle_id bigint, participant_id bigint, act text, remark text, internal boolean) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.take_cycle_in(write_appeal.cycle_id, 'appeals', 'published');
    CASE act
    WHEN 'file' THEN
        RETURN appraisal.apply_filing(write_appeal.cycle_id, write_appeal.participant_id, write_appeal.remark);
    WHEN 'withdraw' THEN
        RETURN appraisal.apply_appeal_withdrawal(write_appeal.cycle_id, write_appeal.participant_id, write_appeal.remark);
    WHEN 'take' THEN
        RETURN appraisal.apply_taking(write_appeal.cycle_id, write_appeal.participant_id, write_appeal.remark);
    WHEN 'escalate' THEN
        RETURN appraisal.apply_appeal_escalation(write_appeal.cycle_id, write_appeal.participant_id, write_appeal.remark);
    ELSE
        RETURN appraisal.apply_appeal_note(write_appeal.cycle_id, write_appeal.participant_id, write_appeal.act, write_appeal.remark,
                                           write_appeal.internal);
    END CASE;
END
$function$;
COMMENT ON FUNCTION appraisal.write_appeal(bigint, bigint, text, text, boolean) IS
    'what the calls on appeals but those of decisions call: file, withdraw, take, escalate, talk or note, with the rights of the tables'' owner; returns the appeal''s key, of a note the event''s';

CREATE OR REPLACE FUNCTION appraisal.write_appeal_proposal(cycle_id bigint, participant_id bigint, score numeric, grade text, reason text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.take_cycle_in(write_appeal_proposal.cycle_id, 'appeals', 'published');
    RETURN appraisal.apply_proposal(write_appeal_proposal.cycle_id, write_appeal_proposal.participant_id, write_appeal_proposal.score,
                                    write_appeal_proposal.grade, write_appeal_proposal.reason);
END
$function$;
COMMENT ON FUNCTION appraisal.write_appeal_proposal(bigint, bigint, numeric, text, text) IS
    'what propose_decision() calls, with the rights of the tables'' owner; returns the level to which the appeal goes';

CREATE OR REPLACE FUNCTION appraisal.write_appeal_decision(cycle_id bigint, participant_id bigint, upheld boolean, score numeric, grade text,
                                                reason text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.take_cycle_in(write_appeal_decision.cycle_id, 'appeals', 'published');
    RETURN appraisal.apply_decision(write_appeal_decision.cycle_id, write_appeal_decision.participant_id, write_appeal_decision.upheld,
                                    write_appeal_decision.score, write_appeal_decision.grade, write_appeal_decision.reason);
END
$function$;
COMMENT ON FUNCTION appraisal.write_appeal_decision(bigint, bigint, boolean, numeric, text, text) IS
    'what decide_appeal() calls, with the rights of the tables'' owner; returns the new version of the result, if it makes one';

-- It does what is due and nothing else, so who calls does not matter.
CREATE OR REPLACE FUNCTION appraisal.write_appeal_escalations(only_cycle bigint, OUT escalated integer, OUT overdue integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    this_cycle bigint;
    moved record;
BEGIN
    escalated := 0;
    overdue := 0;
    FOR this_cycle IN
        SELECT DISTINCT a.cycle_id FROM appraisal.appeal AS a
        WHERE (only_cycle IS NULL OR a.cycle_id = only_cycle)
          AND a.status IN ('filed', 'investigating') AND a.due_at <= statement_timestamp()
        ORDER BY a.cycle_id
    LOOP
        PERFORM appraisal.take_cycle_in(this_cycle, 'appeals', 'published');
        SELECT e.escalated, e.overdue INTO moved FROM appraisal.apply_escalations(this_cycle) AS e;
        escalated := escalated + moved.escalated;
        overdue := overdue + moved.overdue;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION appraisal.write_appeal_escalations(bigint) IS
    'what escalate_overdue_appeals() calls: takes overdue appeals of a cycle, or of all, to the next level, with the rights of the tables'' owner';
REVOKE ALL ON FUNCTION appraisal.write_appeal(bigint, bigint, text, text, boolean),
    appraisal.write_appeal_proposal(bigint, bigint, numeric, text, text),
    appraisal.write_appeal_decision(bigint, bigint, boolean, numeric, text, text),
    appraisal.write_appeal_escalations(bigint) FROM PUBLIC;

CREATE OR REPLACE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.appeal_event
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE OR REPLACE TRIGGER only_added_to BEFORE DELETE OR TRUNCATE ON appraisal.appeal
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE OR REPLACE TRIGGER only_added_to BEFORE DELETE OR TRUNCATE ON appraisal.appeal_internal
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();

DECLARE
    written name;
BEGIN
    FOREACH written IN ARRAY ARRAY['appeal', 'appeal_event', 'appeal_internal'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER refuse_out_of_step_insert AFTER INSERT ON appraisal.%I REFERENCING NEW TABLE AS written_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(published)', written);
    END LOOP;
    FOREACH written IN ARRAY ARRAY['appeal', 'appeal_internal'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER refuse_out_of_step_update AFTER UPDATE ON appraisal.%I REFERENCING NEW TABLE AS written_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(published)', written);
    END LOOP;
END;

-- What was appealed, when and why stays; and so does all of an appeal that is over.
CREATE OR REPLACE FUNCTION appraisal.keep_appeal() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    IF OLD.status NOT IN ('filed', 'investigating')
       OR (NEW.cycle_id, NEW.appeal_id, NEW.participant_id, NEW.version, NEW.grounds, NEW.filed_at)
          IS DISTINCT FROM (OLD.cycle_id, OLD.appeal_id, OLD.participant_id, OLD.version, OLD.grounds, OLD.filed_at) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP007',
            MESSAGE = 'what was appealed, when and why never changes, nor does an appeal that is over',
            DETAIL = format('It is appeal %s, %s.', OLD.appeal_id, OLD.status),
            HINT = 'CALL appraisal.file_appeal() files another, add_appeal_note() adds to one that is open.';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_appeal() IS 'trigger: what was appealed stays, and so does an appeal that is over';
REVOKE ALL ON FUNCTION appraisal.keep_appeal() FROM PUBLIC;
CREATE OR REPLACE TRIGGER keep_appeal BEFORE UPDATE ON appraisal.appeal
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_appeal();

-- A result is added to a published cycle as the next version that an upheld appeal has announced, and by no other way.
CREATE OR REPLACE FUNCTION appraisal.keep_versions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    PERFORM appraisal.refuse_published((
        SELECT min(c.code)
        FROM new_rows AS n JOIN appraisal.cycle AS c USING (cycle_id)
        WHERE (n.version > 1 OR c.status IN ('published', 'closed'))
          AND NOT EXISTS (SELECT FROM appraisal.appeal AS a
                          WHERE a.cycle_id = n.cycle_id AND +a.participant_id = n.participant_id AND a.status = 'upheld'
                            AND a.new_version = n.version)));
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_versions() IS 'trigger: a later version of a result is that of an upheld appeal';
REVOKE ALL ON FUNCTION appraisal.keep_versions() FROM PUBLIC;
CREATE OR REPLACE TRIGGER keep_versions AFTER INSERT ON appraisal.result REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_versions();
-- How outcomes are confirmed and bonuses awarded, and that what is written of it stays. Who calls is checked
-- here; the rest is the member functions'. Each takes the cycle's row first, so of two at once the second
-- goes by what the first has written.

-- What is due rests on all results of a run, and on plans that not all who confirm may read; the own is left out.
CREATE OR REPLACE FUNCTION appraisal.outcomes_seen(cycle_id bigint)
    RETURNS TABLE (participant_id bigint, outcome_rule_id bigint, cycles bigint[], versions integer[], grades text[], effective_on date,
                   state text)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF appraisal.acting_as('hr') OR appraisal.acting_as('auditor') OR pg_has_role(session_user, current_user, 'USAGE')
       OR appraisal.acting_as('executive') AND appraisal.outcomes_shown_to_executives(outcomes_seen.cycle_id) THEN
        RETURN QUERY
        SELECT s.* FROM appraisal.outcome_states(outcomes_seen.cycle_id) AS s
        WHERE s.participant_id NOT IN (SELECT appraisal.my_participations());
    END IF;
END
$function$;
COMMENT ON FUNCTION appraisal.outcomes_seen(bigint) IS
    'outcome_states() for HR, auditors, and executives to whom the scheme shows results, without the caller''s own; for others none';

CREATE OR REPLACE FUNCTION appraisal.write_outcomes(cycle_id bigint, participant_id bigint, outcome_rule_id bigint, note text) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.refuse_outcomes_by_others(write_outcomes.cycle_id);
    PERFORM appraisal.take_cycle_in(write_outcomes.cycle_id, 'outcomes', 'published', 'closed');
    RETURN appraisal.apply_outcomes(write_outcomes.cycle_id, write_outcomes.participant_id, write_outcomes.outcome_rule_id,
                                    write_outcomes.note);
END
$function$;
COMMENT ON FUNCTION appraisal.write_outcomes(bigint, bigint, bigint, text) IS
    'what confirm_outcome() and confirm_outcomes() call, with the rights of the tables'' owner; returns the keys of what was confirmed';

CREATE OR REPLACE FUNCTION appraisal.write_revocation(cycle_id bigint, participant_id bigint, outcome_rule_id bigint, reason text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.refuse_outcomes_by_others(write_revocation.cycle_id);
    PERFORM appraisal.take_cycle_in(write_revocation.cycle_id, 'outcomes', 'published', 'closed');
    RETURN appraisal.apply_revocation(write_revocation.cycle_id, write_revocation.participant_id, write_revocation.outcome_rule_id,
                                      write_revocation.reason);
END
$function$;
COMMENT ON FUNCTION appraisal.write_revocation(bigint, bigint, bigint, text) IS
    'what revoke_outcome() calls, with the rights of the tables'' owner; returns the key of what was revoked';

CREATE OR REPLACE FUNCTION appraisal.write_awards(cycle_id bigint, pool numeric, base numeric, people bigint[], bases numeric[], decimals integer,
                                       OUT awarded integer, OUT paid numeric)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF NOT appraisal.acting_as('hr') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'bonuses are awarded by HR only',
            HINT = 'Ask HR to CALL appraisal.award_bonus().';
    END IF;
    PERFORM appraisal.take_cycle_in(write_awards.cycle_id, 'awards', 'published', 'closed');
    SELECT a.awarded, a.paid INTO write_awards.awarded, write_awards.paid
    FROM appraisal.apply_awards(write_awards.cycle_id, write_awards.pool, write_awards.base, write_awards.people, write_awards.bases,
                                write_awards.decimals) AS a;
END
$function$;
COMMENT ON FUNCTION appraisal.write_awards(bigint, numeric, numeric, bigint[], numeric[], integer) IS
    'what award_bonus() calls, for HR, with the rights of the tables'' owner; returns how many awards and how much it was';
REVOKE ALL ON FUNCTION appraisal.outcomes_seen(bigint), appraisal.write_outcomes(bigint, bigint, bigint, text), appraisal.write_revocation(bigint, bigint, bigint, text),
    appraisal.write_awards(bigint, numeric, numeric, bigint[], numeric[], integer) FROM PUBLIC;

CREATE OR REPLACE TRIGGER only_added_to BEFORE DELETE OR TRUNCATE ON appraisal.outcome
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE OR REPLACE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.award
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();

-- An outcome is revoked, once, and else stays as it is.
CREATE OR REPLACE FUNCTION appraisal.keep_outcome() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    revocation CONSTANT text[] := ARRAY['revoked_by', 'revoked_by_login', 'revoked_at', 'revoked_because'];
BEGIN
    IF OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL
       OR to_jsonb(NEW) - revocation IS DISTINCT FROM to_jsonb(OLD) - revocation THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP007',
            MESSAGE = 'an outcome is revoked, once, and else never changes',
            DETAIL = format('It is outcome %s.', OLD.outcome_id),
            HINT = 'CALL appraisal.revoke_outcome().';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_outcome() IS 'trigger: an outcome is revoked, once, and else never changes';
REVOKE ALL ON FUNCTION appraisal.keep_outcome() FROM PUBLIC;
CREATE OR REPLACE TRIGGER keep_outcome BEFORE UPDATE ON appraisal.outcome
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_outcome();

DECLARE
    written record;
BEGIN
    FOR written IN
        SELECT v.* FROM (VALUES ('outcome', 'INSERT'), ('outcome', 'UPDATE'), ('award', 'INSERT')) AS v (table_name, command)
    LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER refuse_out_of_step_%s AFTER %s ON appraisal.%I REFERENCING NEW TABLE AS written_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(published, closed)',
            lower(written.command), written.command, written.table_name);
    END LOOP;
END;
-- How findings are written, and that they stay. Who calls is checked here, the rest in the member functions.

CREATE OR REPLACE FUNCTION appraisal.write_finding(cycle_id bigint, unit_id bigint, participant_id bigint, process text, description text,
                                        found_on date, owner_id bigint, due_on date) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF NOT (appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('manager')) THEN
        PERFORM appraisal.refuse_finding('record', NULL);
    END IF;
    RETURN appraisal.add_finding(write_finding.cycle_id, write_finding.unit_id, write_finding.participant_id, write_finding.process,
                                 write_finding.description, write_finding.found_on, write_finding.owner_id, write_finding.due_on);
END
$function$;
COMMENT ON FUNCTION appraisal.write_finding(bigint, bigint, bigint, text, text, date, bigint, date) IS
    'what record_finding() calls: for HR, executives and managers, with the rights of the tables'' owner; returns its key';

CREATE OR REPLACE FUNCTION appraisal.write_rectification(cycle_id bigint, finding_id bigint, rectification text, rectified_on date) RETURNS date
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RETURN appraisal.apply_rectification(write_rectification.cycle_id, write_rectification.finding_id, write_rectification.rectification,
                                         write_rectification.rectified_on);
END
$function$;
COMMENT ON FUNCTION appraisal.write_rectification(bigint, bigint, text, date) IS
    'what rectify_finding() calls: for the owner and HR, with the rights of the tables'' owner; returns the day';

CREATE OR REPLACE FUNCTION appraisal.write_verification(cycle_id bigint, finding_id bigint, accepted boolean, verification text) RETURNS date
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RETURN appraisal.apply_verification(write_verification.cycle_id, write_verification.finding_id, write_verification.accepted,
                                        write_verification.verification);
END
$function$;
COMMENT ON FUNCTION appraisal.write_verification(bigint, bigint, boolean, text) IS
    'what verify_finding() calls: for others than the owner, with the rights of the tables'' owner; returns the day';
REVOKE ALL ON FUNCTION appraisal.write_finding(bigint, bigint, bigint, text, text, date, bigint, date),
    appraisal.write_rectification(bigint, bigint, text, date), appraisal.write_verification(bigint, bigint, boolean, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION appraisal.keep_finding() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    may_change CONSTANT text[] := ARRAY['rectification', 'rectified_on', 'verified_by', 'verified_by_login', 'verified_on', 'accepted', 'verification'];
BEGIN
    IF OLD.accepted IS TRUE OR to_jsonb(NEW) - may_change IS DISTINCT FROM to_jsonb(OLD) - may_change THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP007',
            MESSAGE = 'a finding stays as it was recorded, and never changes once its rectification is accepted',
            DETAIL = format('It is finding %s.', OLD.finding_id),
            HINT = 'CALL appraisal.record_finding() records another.';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_finding() IS 'trigger: a finding is rectified and verified, and else never changes';
REVOKE ALL ON FUNCTION appraisal.keep_finding() FROM PUBLIC;
CREATE OR REPLACE TRIGGER keep_finding BEFORE UPDATE ON appraisal.finding
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_finding();
CREATE OR REPLACE TRIGGER only_added_to BEFORE DELETE OR TRUNCATE ON appraisal.finding
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
-- How surveys are opened, answered and closed, with the rights of the tables' owner. Each takes the cycle's row
-- first, then the survey's.

CREATE OR REPLACE FUNCTION appraisal.write_survey(cycle_id bigint, questions jsonb, least_answers integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.refuse_all_but_hr('open_survey');
    PERFORM FROM appraisal.cycle AS c WHERE c.cycle_id = write_survey.cycle_id FOR NO KEY UPDATE;
    RETURN appraisal.add_survey(write_survey.cycle_id, questions, write_survey.least_answers);
END
$function$;
COMMENT ON FUNCTION appraisal.write_survey(bigint, jsonb, integer) IS
    'what open_survey() calls: for HR, with the rights of the tables'' owner; returns how many people are asked';

CREATE OR REPLACE FUNCTION appraisal.write_answers(cycle_id bigint, answers jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM FROM appraisal.cycle AS c WHERE c.cycle_id = write_answers.cycle_id FOR SHARE;
    PERFORM appraisal.add_answers(write_answers.cycle_id, appraisal.acting_person(), answers);
END
$function$;
COMMENT ON FUNCTION appraisal.write_answers(bigint, jsonb) IS
    'what answer_survey() calls: the answers of the one who is asking, with the rights of the tables'' owner';

CREATE OR REPLACE FUNCTION appraisal.write_survey_end(cycle_id bigint) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM appraisal.refuse_all_but_hr('close_survey');
    PERFORM FROM appraisal.cycle AS c WHERE c.cycle_id = write_survey_end.cycle_id FOR NO KEY UPDATE;
    RETURN appraisal.end_survey(write_survey_end.cycle_id);
END
$function$;
COMMENT ON FUNCTION appraisal.write_survey_end(bigint) IS
    'what close_survey() calls: for HR, with the rights of the tables'' owner; returns how many people answered';
REVOKE ALL ON FUNCTION appraisal.write_survey(bigint, jsonb, integer), appraisal.write_answers(bigint, jsonb),
    appraisal.write_survey_end(bigint) FROM PUBLIC;

-- What was asked stays, and who answered; answers are written anew once, when a survey is closed.
CREATE OR REPLACE TRIGGER only_added_to BEFORE DELETE OR TRUNCATE ON appraisal.survey
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE OR REPLACE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.survey_question
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE OR REPLACE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.survey_turnout
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE OR REPLACE TRIGGER only_added_to BEFORE UPDATE OR TRUNCATE ON appraisal.survey_response
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
-- What makes notices: triggers of the tables' owner, one call a statement, one row a person, kind and cycle.
-- Whoever listens to the channel learns that somebody has a notice, and nothing more: anybody may listen.

CREATE OR REPLACE FUNCTION appraisal.signal_notices() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    -- sending makes transactions commit one after another
    IF EXISTS (SELECT FROM new_rows AS n) THEN
        PERFORM pg_notify('appraisal_notice', '');
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.signal_notices() IS 'trigger: tells who listens to the channel appraisal_notice that there are notices';
CREATE OR REPLACE TRIGGER signal_notices AFTER INSERT ON appraisal.notice REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.signal_notices();

CREATE OR REPLACE FUNCTION appraisal.notify_new_reviews() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    INSERT INTO appraisal.notice (cycle_id, person_id, kind, items)
    SELECT n.cycle_id, n.rater_id, 'review_to_do', array_agg(n.review_id ORDER BY n.review_id)
    FROM new_rows AS n
    WHERE n.status = 'assigned'
    GROUP BY n.cycle_id, n.rater_id;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.notify_new_reviews() IS 'trigger: raters have reviews to do';
CREATE OR REPLACE TRIGGER notify_insert AFTER INSERT ON appraisal.review REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.notify_new_reviews();

CREATE OR REPLACE FUNCTION appraisal.notify_reopened_reviews() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    INSERT INTO appraisal.notice (cycle_id, person_id, kind, items)
    SELECT n.cycle_id, n.rater_id, 'review_to_do', array_agg(n.review_id ORDER BY n.review_id)
    FROM new_rows AS n
    JOIN old_rows AS o ON o.cycle_id = n.cycle_id AND o.review_id = n.review_id AND o.status <> 'assigned'
    WHERE n.status = 'assigned'
    GROUP BY n.cycle_id, n.rater_id;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.notify_reopened_reviews() IS 'trigger: raters have reviews to do again';
CREATE OR REPLACE TRIGGER notify_update AFTER UPDATE ON appraisal.review REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.notify_reopened_reviews();

-- A goal that was proposed, or changed, by somebody else: whoever did it oneself knows. A unit is its head.
CREATE OR REPLACE FUNCTION appraisal.notify_new_goals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
BEGIN
    INSERT INTO appraisal.notice (cycle_id, person_id, kind, items)
    SELECT n.cycle_id, coalesce(p.person_id, p.manager_id), 'goal_to_confirm', array_agg(n.goal_id ORDER BY n.goal_id)
    FROM new_rows AS n
    JOIN appraisal.cycle AS c ON c.cycle_id = n.cycle_id
    JOIN appraisal.scheme AS s ON s.scheme_id = c.scheme_id AND s.goals_confirmed
    JOIN appraisal.participant AS p ON p.cycle_id = n.cycle_id AND p.participant_id = n.participant_id
    WHERE coalesce(p.person_id, p.manager_id) IS DISTINCT FROM me AND coalesce(p.person_id, p.manager_id) IS NOT NULL
    GROUP BY 1, 2;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.notify_new_goals() IS 'trigger: people have goals to confirm';
CREATE OR REPLACE TRIGGER notify_insert AFTER INSERT ON appraisal.goal REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.notify_new_goals();

CREATE OR REPLACE FUNCTION appraisal.notify_changed_goals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
BEGIN
    INSERT INTO appraisal.notice (cycle_id, person_id, kind, items)
    SELECT n.cycle_id, coalesce(p.person_id, p.manager_id), 'goal_to_confirm', array_agg(n.goal_id ORDER BY n.goal_id)
    FROM new_rows AS n
    JOIN old_rows AS o ON o.cycle_id = n.cycle_id AND o.goal_id = n.goal_id
     AND (o.title, o.earns, o.weight, o.target) IS DISTINCT FROM (n.title, n.earns, n.weight, n.target)
    JOIN appraisal.cycle AS c ON c.cycle_id = n.cycle_id
    JOIN appraisal.scheme AS s ON s.scheme_id = c.scheme_id AND s.goals_confirmed
    JOIN appraisal.participant AS p ON p.cycle_id = n.cycle_id AND p.participant_id = n.participant_id
    WHERE coalesce(p.person_id, p.manager_id) IS DISTINCT FROM me AND coalesce(p.person_id, p.manager_id) IS NOT NULL
    GROUP BY 1, 2;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.notify_changed_goals() IS 'trigger: people have goals to confirm again';
CREATE OR REPLACE TRIGGER notify_update AFTER UPDATE ON appraisal.goal REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.notify_changed_goals();

-- Who has a result, where the scheme shows it to them, and who is to talk with them about it, whatever it is.
CREATE OR REPLACE FUNCTION appraisal.notify_publication() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    INSERT INTO appraisal.notice (cycle_id, person_id, kind, items)
    SELECT p.cycle_id, k.person_id, k.kind, array_agg(p.participant_id ORDER BY p.participant_id)
    FROM new_rows AS n
    JOIN old_rows AS o ON o.cycle_id = n.cycle_id AND o.status = 'calibration'
    JOIN appraisal.scheme AS s ON s.scheme_id = n.scheme_id
    JOIN appraisal.participant AS p ON p.cycle_id = n.cycle_id AND p.leads AND p.exempt_because IS NULL
    CROSS JOIN LATERAL (
        SELECT coalesce(p.person_id, p.manager_id), 'result_published' WHERE s.visible_to && '{person,everyone}'
        UNION ALL
        SELECT p.manager_id, 'interview_to_hold' WHERE s.interview AND p.person_id IS NOT NULL) AS k (person_id, kind)
    WHERE n.status = 'published' AND k.person_id IS NOT NULL
    GROUP BY p.cycle_id, k.person_id, k.kind;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.notify_publication() IS 'trigger: results are there to see, and interviews to hold';
CREATE OR REPLACE TRIGGER notify_update AFTER UPDATE ON appraisal.cycle REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.notify_publication();

CREATE OR REPLACE FUNCTION appraisal.notify_survey() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    INSERT INTO appraisal.notice (cycle_id, person_id, kind)
    SELECT n.cycle_id, p.person_id, 'survey_to_answer'
    FROM new_rows AS n JOIN appraisal.participant AS p USING (cycle_id)
    WHERE p.leads AND p.exempt_because IS NULL AND p.person_id IS NOT NULL;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.notify_survey() IS 'trigger: people are asked about the scheme';
CREATE OR REPLACE TRIGGER notify_insert AFTER INSERT ON appraisal.survey REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.notify_survey();

-- Neither whether an appeal was upheld nor by whom is in it.
CREATE OR REPLACE FUNCTION appraisal.notify_decided_appeals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    INSERT INTO appraisal.notice (cycle_id, person_id, kind, items)
    SELECT n.cycle_id, coalesce(p.person_id, p.manager_id), 'appeal_decided', array_agg(n.appeal_id ORDER BY n.appeal_id)
    FROM new_rows AS n
    JOIN old_rows AS o ON o.cycle_id = n.cycle_id AND o.appeal_id = n.appeal_id AND o.status IN ('filed', 'investigating')
    JOIN appraisal.participant AS p ON p.cycle_id = n.cycle_id AND p.participant_id = n.participant_id
    WHERE n.status IN ('upheld', 'dismissed') AND coalesce(p.person_id, p.manager_id) IS NOT NULL
    GROUP BY 1, 2;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.notify_decided_appeals() IS 'trigger: appeals are decided';
CREATE OR REPLACE TRIGGER notify_update AFTER UPDATE ON appraisal.appeal REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.notify_decided_appeals();

CREATE OR REPLACE FUNCTION appraisal.notify_new_actions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    INSERT INTO appraisal.notice (cycle_id, person_id, kind, items)
    SELECT n.cycle_id, n.owner_id, 'plan_due', array_agg(n.action_id ORDER BY n.action_id)
    FROM new_rows AS n
    WHERE n.done_on IS NULL
    GROUP BY 1, 2;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.notify_new_actions() IS 'trigger: people have actions of an improvement plan to see to';
CREATE OR REPLACE TRIGGER notify_insert AFTER INSERT ON appraisal.improvement_action REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.notify_new_actions();

-- Handing over: of two who read at once one gets a notice.
CREATE OR REPLACE FUNCTION appraisal.take_notices() RETURNS SETOF appraisal.notice
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    UPDATE appraisal.notice AS n SET read_at = statement_timestamp()
    WHERE +n.person_id = (SELECT appraisal.acting_person()) AND n.read_at IS NULL
    RETURNING n.*
$function$;
COMMENT ON FUNCTION appraisal.take_notices() IS
    'what read_notices() calls: marks the unread notices of the one who is asking as read, with the rights of the tables'' owner';

CREATE OR REPLACE FUNCTION appraisal.write_reminders() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF NOT (appraisal.acting_as('hr') OR appraisal.acting_as('service') OR pg_has_role(session_user, current_user, 'USAGE')) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'recurring work is done for HR, or for a service that acts for nobody',
            HINT = 'CALL appraisal.run_due_work() with such a login.';
    END IF;
    RETURN appraisal.add_reminders();
END
$function$;
COMMENT ON FUNCTION appraisal.write_reminders() IS
    'what run_due_work() calls: reminds people of what is overdue, with the rights of the tables'' owner; returns how many notices';

REVOKE ALL ON FUNCTION appraisal.signal_notices(), appraisal.notify_new_reviews(), appraisal.notify_reopened_reviews(), appraisal.notify_new_goals(),
    appraisal.notify_changed_goals(), appraisal.notify_publication(), appraisal.notify_survey(),
    appraisal.notify_decided_appeals(), appraisal.notify_new_actions(), appraisal.take_notices(), appraisal.write_reminders() FROM PUBLIC;
-- What all tables have in common: rules and the chart of units are known to all accounts and kept by HR,
-- which is every table that has no policies of its own; policies are asked first; and every table is
-- audited, but for the audit's own, those that must not tell who answered what in a survey, and notices, which
-- follow from rows that are audited.

DECLARE
    guarded name;
    policy name;
    condition text;
    key_columns text;
BEGIN
    -- An upgrade comes by here, too. Tables and policies that were there before, in present_tables and
    -- present_policies, are guarded already, or are the site's own.
    FOR guarded IN
        SELECT c.relname FROM pg_class AS c
        WHERE c.relnamespace = 'appraisal'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
          AND c.oid <> ALL (present_tables)
    LOOP
        EXECUTE format('ALTER TABLE appraisal.%I ENABLE ROW LEVEL SECURITY', guarded);
        EXECUTE format('DROP POLICY IF EXISTS known_to_all ON appraisal.%I', guarded); EXECUTE format('CREATE POLICY known_to_all ON appraisal.%I FOR SELECT USING (true)', guarded);
        CONTINUE WHEN guarded = 'tables_version';
        EXECUTE format('DROP POLICY IF EXISTS kept_by_hr ON appraisal.%I', guarded); EXECUTE format('CREATE POLICY kept_by_hr ON appraisal.%I USING ((SELECT appraisal.acting_as(''hr'')))
            WITH CHECK ((SELECT appraisal.acting_as(''hr'')))', guarded);
    END LOOP;

    -- A policy that goes after a reader's own condition shows by how often it was asked which rows met that.
    FOR guarded, policy, condition IN
        SELECT c.relname, p.polname, pg_get_expr(p.polqual, p.polrelid)
        FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
        WHERE c.relnamespace = 'appraisal'::regnamespace AND p.polqual IS NOT NULL AND p.polname <> 'known_to_all'
          AND p.oid <> ALL (present_policies)
    LOOP
        EXECUTE format('ALTER POLICY %I ON appraisal.%I USING (appraisal.decide_first(%s))', policy, guarded, condition);
    END LOOP;

    FOR guarded, key_columns IN
        SELECT c.relname, string_agg(quote_literal(a.attname), ', ' ORDER BY a.attnum)
        FROM pg_class AS c
        JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary AND i.indrelid <> ALL (present_tables)
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
        WHERE c.relnamespace = 'appraisal'::regnamespace AND c.relkind IN ('r', 'p')
          AND c.relname NOT IN ('audit_log', 'audit_seal', 'survey_turnout', 'survey_response', 'notice')
        GROUP BY c.relname
    LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER audit_insert AFTER INSERT ON appraisal.%I REFERENCING NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.write_audit(%s)', guarded, key_columns);
        EXECUTE format('CREATE OR REPLACE TRIGGER audit_update AFTER UPDATE ON appraisal.%I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.write_audit(%s)', guarded, key_columns);
        EXECUTE format('CREATE OR REPLACE TRIGGER audit_delete AFTER DELETE ON appraisal.%I REFERENCING OLD TABLE AS old_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.write_audit(%s)', guarded, key_columns);
        EXECUTE format('CREATE OR REPLACE TRIGGER audit_truncate AFTER TRUNCATE ON appraisal.%I
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.write_audit()', guarded);
    END LOOP;
END;
-- Views for analysts and reporting tools. All are security_invoker: each reader sees of them what that reader
-- sees of the tables, and what is reckoned is reckoned over those rows. Rows of people and of appraised units
-- stand together. None of them hides the keys of a cycle, so that one row is found by index; what is in
-- order of score or grade is sorted, because no index has either (50_result.sql).

CREATE OR REPLACE VIEW appraisal.scorecard WITH (security_invoker = true) AS
SELECT r.cycle_id, c.code AS cycle, c.status AS cycle_status, r.participant_id, r.version,
       CASE WHEN p.person_id IS NULL THEN 'unit' ELSE 'person' END AS subject,
       p.person_id, h.code AS person, h.name, p.unit_id, u.code AS unit, u.title AS unit_title, p.manager_id, p.job_group,
       r.state, r.coverage, r.raw_score, r.score, r.natural_grade, d.code AS gate,
       r.cohort_unit_id AS group_unit_id, g.code AS group_unit, r.quota_grade, r.calibrated_grade, r.final_grade, r.rank, r.coefficient,
       r.box_label, r.published_at
FROM appraisal.current_result AS r
JOIN appraisal.cycle AS c ON c.cycle_id = r.cycle_id
JOIN appraisal.participant AS p ON p.cycle_id = r.cycle_id AND p.participant_id = r.participant_id
JOIN appraisal.unit AS u ON u.unit_id = p.unit_id
LEFT JOIN appraisal.person AS h ON h.person_id = p.person_id
LEFT JOIN appraisal.dimension AS d ON d.dimension_id = r.gate_dimension_id
LEFT JOIN appraisal.unit AS g ON g.unit_id = r.cohort_unit_id;
COMMENT ON VIEW appraisal.scorecard IS 'what came out for whom: a row a person or unit and cycle, of the latest version';
COMMENT ON COLUMN appraisal.scorecard.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.scorecard.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.scorecard.cycle_status IS 'how far the cycle is: results before published may still change';
COMMENT ON COLUMN appraisal.scorecard.participant_id IS 'key within the cycle; the leading segment''s for who moved';
COMMENT ON COLUMN appraisal.scorecard.version IS 'version of the result';
COMMENT ON COLUMN appraisal.scorecard.subject IS 'person or unit';
COMMENT ON COLUMN appraisal.scorecard.person_id IS 'key of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard.person IS 'code of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard.name IS 'name of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard.unit_id IS 'key of the unit of then; the unit itself for a unit';
COMMENT ON COLUMN appraisal.scorecard.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.scorecard.unit_title IS 'name of that unit';
COMMENT ON COLUMN appraisal.scorecard.manager_id IS 'key of the direct superior of then; who answers for a unit';
COMMENT ON COLUMN appraisal.scorecard.job_group IS 'job group of then; the kind of unit for a unit';
COMMENT ON COLUMN appraisal.scorecard.state IS 'scored, or why there is no score';
COMMENT ON COLUMN appraisal.scorecard.coverage IS 'share of the weight that had a score, 0 to 1';
COMMENT ON COLUMN appraisal.scorecard.raw_score IS 'total before rounding';
COMMENT ON COLUMN appraisal.scorecard.score IS 'total, rounded';
COMMENT ON COLUMN appraisal.scorecard.natural_grade IS 'grade of the score';
COMMENT ON COLUMN appraisal.scorecard.gate IS 'dimension whose gate was missed and caps the grade';
COMMENT ON COLUMN appraisal.scorecard.group_unit_id IS 'key of the unit whose group of the forced distribution it is';
COMMENT ON COLUMN appraisal.scorecard.group_unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.scorecard.quota_grade IS 'grade by the group''s cut line';
COMMENT ON COLUMN appraisal.scorecard.calibrated_grade IS 'grade that calibration gave';
COMMENT ON COLUMN appraisal.scorecard.final_grade IS 'calibrated, else quota, else natural grade';
COMMENT ON COLUMN appraisal.scorecard.rank IS 'place by score in the cycle; 1 is the best';
COMMENT ON COLUMN appraisal.scorecard.coefficient IS 'coefficient of the final grade';
COMMENT ON COLUMN appraisal.scorecard.box_label IS 'name of the performance and values box';
COMMENT ON COLUMN appraisal.scorecard.published_at IS 'when it was published; null before';

CREATE OR REPLACE VIEW appraisal.scorecard_dimension WITH (security_invoker = true) AS
SELECT s.cycle_id, c.code AS cycle, s.participant_id, s.version, p.person_id, h.code AS person, p.unit_id, u.code AS unit,
       p.segment, p.segment_days, p.leads, d.code AS dimension, d.label, d."position", s.weight, s.coverage, s.score, s.grade, d.gate
FROM appraisal.dimension_score AS s
JOIN appraisal.cycle AS c ON c.cycle_id = s.cycle_id
JOIN appraisal.participant AS p ON p.cycle_id = s.cycle_id AND p.participant_id = s.participant_id
JOIN appraisal.unit AS u ON u.unit_id = p.unit_id
JOIN appraisal.dimension AS d ON d.dimension_id = s.dimension_id
LEFT JOIN appraisal.person AS h ON h.person_id = p.person_id
WHERE NOT EXISTS (SELECT FROM appraisal.dimension_score AS later
                  WHERE later.cycle_id = s.cycle_id AND later.participant_id = s.participant_id AND later.version > s.version);
COMMENT ON VIEW appraisal.scorecard_dimension IS 'the dimensions of each scorecard, a row each; once a segment for who moved';
COMMENT ON COLUMN appraisal.scorecard_dimension.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.scorecard_dimension.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.scorecard_dimension.participant_id IS 'key within the cycle, of the segment';
COMMENT ON COLUMN appraisal.scorecard_dimension.version IS 'version of the result';
COMMENT ON COLUMN appraisal.scorecard_dimension.person_id IS 'key of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard_dimension.person IS 'code of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard_dimension.unit_id IS 'key of the unit of the segment';
COMMENT ON COLUMN appraisal.scorecard_dimension.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.scorecard_dimension.segment IS 'counts the postings of the period from 1';
COMMENT ON COLUMN appraisal.scorecard_dimension.segment_days IS 'days of the segment, by which it weighs';
COMMENT ON COLUMN appraisal.scorecard_dimension.leads IS 'is it the segment that carries the result?';
COMMENT ON COLUMN appraisal.scorecard_dimension.dimension IS 'code of the dimension';
COMMENT ON COLUMN appraisal.scorecard_dimension.label IS 'its name in the scheme''s language';
COMMENT ON COLUMN appraisal.scorecard_dimension."position" IS 'order in which dimensions are shown';
COMMENT ON COLUMN appraisal.scorecard_dimension.weight IS 'per cent of the total';
COMMENT ON COLUMN appraisal.scorecard_dimension.coverage IS 'share of the indicators'' weight that had points, 0 to 1';
COMMENT ON COLUMN appraisal.scorecard_dimension.score IS 'weighted mean of the points; null if none';
COMMENT ON COLUMN appraisal.scorecard_dimension.grade IS 'grade by the dimension''s own scale';
COMMENT ON COLUMN appraisal.scorecard_dimension.gate IS 'a score below it caps the final grade';

CREATE OR REPLACE VIEW appraisal.scorecard_source WITH (security_invoker = true) AS
SELECT s.cycle_id, c.code AS cycle, s.participant_id, s.version, p.person_id, h.code AS person, p.unit_id, u.code AS unit,
       p.segment, p.segment_days, p.leads, s.source, s.anonymous, s.weight, s.raters, s.state, s.score
FROM appraisal.source_score AS s
JOIN appraisal.cycle AS c ON c.cycle_id = s.cycle_id
JOIN appraisal.participant AS p ON p.cycle_id = s.cycle_id AND p.participant_id = s.participant_id
JOIN appraisal.unit AS u ON u.unit_id = p.unit_id
LEFT JOIN appraisal.person AS h ON h.person_id = p.person_id
WHERE NOT EXISTS (SELECT FROM appraisal.source_score AS later
                  WHERE later.cycle_id = s.cycle_id AND later.participant_id = s.participant_id AND later.version > s.version);
COMMENT ON VIEW appraisal.scorecard_source IS 'what each source gave, a row each; once a segment for who moved';
COMMENT ON COLUMN appraisal.scorecard_source.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.scorecard_source.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.scorecard_source.participant_id IS 'key within the cycle, of the segment';
COMMENT ON COLUMN appraisal.scorecard_source.version IS 'version of the result';
COMMENT ON COLUMN appraisal.scorecard_source.person_id IS 'key of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard_source.person IS 'code of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard_source.unit_id IS 'key of the unit of the segment';
COMMENT ON COLUMN appraisal.scorecard_source.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.scorecard_source.segment IS 'counts the postings of the period from 1';
COMMENT ON COLUMN appraisal.scorecard_source.segment_days IS 'days of the segment, by which it weighs';
COMMENT ON COLUMN appraisal.scorecard_source.leads IS 'is it the segment that carries the result?';
COMMENT ON COLUMN appraisal.scorecard_source.source IS 'self, manager, peer and so on';
COMMENT ON COLUMN appraisal.scorecard_source.anonymous IS 'is the person never told who rated?';
COMMENT ON COLUMN appraisal.scorecard_source.weight IS 'per cent of a rating';
COMMENT ON COLUMN appraisal.scorecard_source.raters IS 'raters whose reviews count; 0 for a source with too few';
COMMENT ON COLUMN appraisal.scorecard_source.state IS 'scored, or why it is missing';
COMMENT ON COLUMN appraisal.scorecard_source.score IS 'mean of its raters'' marks';

CREATE OR REPLACE VIEW appraisal.ranking WITH (security_invoker = true) AS
SELECT s.cycle_id, s.cycle, s.subject, s.rank, s.participant_id, s.person_id, s.person, s.name, s.unit_id, s.unit, s.unit_title,
       s.job_group, s.score, s.final_grade, s.coefficient
FROM appraisal.scorecard AS s
WHERE s.rank IS NOT NULL;
COMMENT ON VIEW appraisal.ranking IS 'who has a score, with the place by it; people and each kind of unit are ranked apart';
COMMENT ON COLUMN appraisal.ranking.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.ranking.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.ranking.subject IS 'person or unit';
COMMENT ON COLUMN appraisal.ranking.rank IS 'place by score in the cycle, equal scores share one; 1 is the best';
COMMENT ON COLUMN appraisal.ranking.participant_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.ranking.person_id IS 'key of the person; null for a unit';
COMMENT ON COLUMN appraisal.ranking.person IS 'code of the person; null for a unit';
COMMENT ON COLUMN appraisal.ranking.name IS 'name of the person; null for a unit';
COMMENT ON COLUMN appraisal.ranking.unit_id IS 'key of the unit of then; the unit itself for a unit';
COMMENT ON COLUMN appraisal.ranking.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.ranking.unit_title IS 'name of that unit';
COMMENT ON COLUMN appraisal.ranking.job_group IS 'job group of then; the kind of unit for a unit';
COMMENT ON COLUMN appraisal.ranking.score IS 'total, rounded';
COMMENT ON COLUMN appraisal.ranking.final_grade IS 'grade in force';
COMMENT ON COLUMN appraisal.ranking.coefficient IS 'coefficient of that grade';
-- What raters wrote: comments by topic, and the written cases of marks. Of reviews that the reader sees it is all;
-- of oneself, whose reviews nobody sees, what comments_on_me() tells. Who wrote it is in neither.

-- Whose text is anonymous is not told apart from the person: what one writes may give one away.
CREATE OR REPLACE FUNCTION appraisal.comments_on_me()
    RETURNS TABLE (cycle_id bigint, participant_id bigint, source text, kind text, topic text, comment text)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 20 SET search_path = pg_catalog, pg_temp SET jit = off AS $function$
    SELECT v.cycle_id, v.participant_id, v.source, w.kind, w.topic, w.comment
    FROM appraisal.participant AS p
    JOIN appraisal.review AS v ON v.cycle_id = p.cycle_id AND v.participant_id = p.participant_id
    CROSS JOIN LATERAL (
        SELECT 'comment'::text AS kind, t.key AS topic, t.value AS comment FROM jsonb_each_text(v.comments) AS t
        UNION ALL
        SELECT 'evidence', i.label, m.evidence
        FROM appraisal.rating AS m JOIN appraisal.indicator AS i ON i.indicator_id = m.indicator_id
        WHERE m.cycle_id = v.cycle_id AND m.review_id = v.review_id) AS w
    WHERE p.participant_id IN (SELECT appraisal.my_participations())
      AND p.cycle_id IN (SELECT appraisal.cycles_published_to('person'))
      AND v.status = 'submitted' AND NOT v.anonymous AND v.rater_id IS DISTINCT FROM appraisal.acting_person()
      AND btrim(w.comment) <> ''
$function$;
COMMENT ON FUNCTION appraisal.comments_on_me() IS
    'what others who are not anonymous wrote about the one who is asking, in published cycles whose scheme shows results to the person';
REVOKE ALL ON FUNCTION appraisal.comments_on_me() FROM PUBLIC;

-- Asked participant by participant, so that one person's are found by index.
CREATE OR REPLACE VIEW appraisal.scorecard_comment WITH (security_invoker = true) AS
SELECT p.cycle_id, c.code AS cycle, p.participant_id, p.person_id, h.code AS person, p.unit_id, u.code AS unit,
       p.segment, p.leads, o.source, o.anonymous, o.kind, o.topic, o.comment
FROM appraisal.participant AS p
JOIN appraisal.cycle AS c ON c.cycle_id = p.cycle_id
JOIN appraisal.unit AS u ON u.unit_id = p.unit_id
LEFT JOIN appraisal.person AS h ON h.person_id = p.person_id
CROSS JOIN LATERAL (
    SELECT v.source, v.anonymous, 'comment'::text AS kind, t.key AS topic, t.value AS comment
    FROM appraisal.review AS v
    CROSS JOIN LATERAL jsonb_each_text(v.comments) AS t
    WHERE v.cycle_id = p.cycle_id AND v.participant_id = p.participant_id AND v.status = 'submitted' AND btrim(t.value) <> ''
    UNION ALL
    SELECT v.source, v.anonymous, 'evidence'::text, i.label, m.evidence
    FROM appraisal.review AS v
    JOIN appraisal.rating AS m ON m.cycle_id = v.cycle_id AND m.review_id = v.review_id
    JOIN appraisal.indicator AS i ON i.indicator_id = m.indicator_id
    WHERE v.cycle_id = p.cycle_id AND v.participant_id = p.participant_id AND v.status = 'submitted' AND btrim(m.evidence) <> ''
    UNION ALL
    -- who is above the policies has these among the others
    SELECT w.source, false, w.kind, w.topic, w.comment
    FROM appraisal.comments_on_me() AS w
    WHERE w.cycle_id = p.cycle_id AND w.participant_id = p.participant_id AND row_security_active('appraisal.review')) AS o;
COMMENT ON VIEW appraisal.scorecard_comment IS
    'what raters wrote in the reviews that the reader sees; about oneself once published, and not what anonymous ones did';
COMMENT ON COLUMN appraisal.scorecard_comment.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.scorecard_comment.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.scorecard_comment.participant_id IS 'key within the cycle, of the segment';
COMMENT ON COLUMN appraisal.scorecard_comment.person_id IS 'key of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard_comment.person IS 'code of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard_comment.unit_id IS 'key of the unit of the segment';
COMMENT ON COLUMN appraisal.scorecard_comment.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.scorecard_comment.segment IS 'counts the postings of the period from 1';
COMMENT ON COLUMN appraisal.scorecard_comment.leads IS 'is it the segment that carries the result?';
COMMENT ON COLUMN appraisal.scorecard_comment.source IS 'self, manager, peer and so on';
COMMENT ON COLUMN appraisal.scorecard_comment.anonymous IS 'is the person never told who rated, and so not shown this?';
COMMENT ON COLUMN appraisal.scorecard_comment.kind IS 'comment: on a topic of the scheme; evidence: the written case of a mark';
COMMENT ON COLUMN appraisal.scorecard_comment.topic IS 'the topic; the label of what is rated';
COMMENT ON COLUMN appraisal.scorecard_comment.comment IS 'what was written';
-- Each group's results are read once, by index, and counted; so a whole cycle is read once, too, and one unit
-- by itself. A grade that the scale does not have, as imported results may, is not counted, and the heads do not
-- add up to those seen. Which grades a rule of a quota counts is asked of quota_check() with one head in one grade.

CREATE OR REPLACE VIEW appraisal.grade_distribution WITH (security_invoker = true) AS
SELECT c.cycle_id, c.code AS cycle, 'person' AS level, u.unit_id, u.code AS unit, u.title AS unit_title, l.members, n.seen,
       e.rank AS place, e.grade, coalesce(n.natural_heads[e.rank], 0) AS natural_heads,
       coalesce(n.quota_heads[e.rank], 0) AS quota_heads, coalesce(n.final_heads[e.rank], 0) AS final_heads,
       b."least", b.most, b.least_or_better, b.most_or_better
FROM appraisal.cycle AS c
JOIN appraisal.scheme AS s ON s.scheme_id = c.scheme_id AND s.quota IS NOT NULL
JOIN appraisal.cut_line AS l ON l.cycle_id = c.cycle_id
JOIN appraisal.unit AS u ON u.unit_id = l.unit_id
CROSS JOIN LATERAL (SELECT array_agg(a.grade) AS labels FROM appraisal.grades(s.scale) AS a) AS k
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS seen, appraisal.grade_counts(r.natural_grade, s.scale) FILTER (WHERE r.natural_grade = ANY (k.labels)) AS natural_heads,
           appraisal.grade_counts(r.quota_grade, s.scale) FILTER (WHERE r.quota_grade = ANY (k.labels)) AS quota_heads, appraisal.grade_counts(r.final_grade, s.scale) FILTER (WHERE r.final_grade = ANY (k.labels)) AS final_heads
    FROM appraisal.current_result AS r
    WHERE r.cycle_id = l.cycle_id AND r.cohort_unit_id = l.unit_id
    HAVING count(*) > 0) AS n
CROSS JOIN LATERAL appraisal.grades(s.scale) AS e
LEFT JOIN LATERAL (
    SELECT max(a."least") FILTER (WHERE a.is_own) AS "least", min(a.most) FILTER (WHERE a.is_own) AS most,
           max(CASE WHEN a.is_upper THEN a."least" ELSE l.members - a.most END) FILTER (WHERE a.is_upper OR a.is_lower) AS least_or_better,
           min(CASE WHEN a.is_upper THEN a.most ELSE l.members - a."least" END) FILTER (WHERE a.is_upper OR a.is_lower) AS most_or_better
    FROM (SELECT k."least", k.most, m.first = e.rank AND m.last = e.rank AS is_own, m.first = 1 AND m.last = e.rank AS is_upper,
                 m.last = m.grades AND m.first = e.rank + 1 AS is_lower
          FROM appraisal.quota_bounds(s.quota, s.scale, l.members) WITH ORDINALITY AS k (rule, "least", most, place)
          JOIN (SELECT t.place, min(o.rank) AS first, max(o.rank) AS last, max(o.grades) AS grades
                FROM (SELECT w.rank, count(*) OVER () AS grades FROM appraisal.grades(s.scale) AS w) AS o
                CROSS JOIN LATERAL appraisal.quota_check(
                    array_fill(0, ARRAY[o.rank - 1]) || 1 || array_fill(0, ARRAY[(o.grades - o.rank)::integer]), s.scale, s.quota)
                    WITH ORDINALITY AS t (rule, "least", most, actual, heads_out, place)
                WHERE t.actual = 1
                GROUP BY t.place) AS m ON m.place = k.place) AS a
    WHERE a.is_own OR a.is_upper OR a.is_lower) AS b ON true
UNION ALL
SELECT c.cycle_id, c.code, 'person', u.unit_id, u.code, u.title, n.seen, n.seen, e.rank, e.grade,
       coalesce(n.natural_heads[e.rank], 0), NULL, coalesce(n.final_heads[e.rank], 0),
       NULL, NULL, NULL, NULL
FROM appraisal.cycle AS c
JOIN appraisal.scheme AS s ON s.scheme_id = c.scheme_id AND s.quota IS NULL AND s.scale IS NOT NULL
CROSS JOIN appraisal.unit AS u
CROSS JOIN LATERAL (SELECT array_agg(a.grade) AS labels FROM appraisal.grades(s.scale) AS a) AS k
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS seen, appraisal.grade_counts(r.natural_grade, s.scale) FILTER (WHERE r.natural_grade = ANY (k.labels)) AS natural_heads,
           appraisal.grade_counts(r.final_grade, s.scale) FILTER (WHERE r.final_grade = ANY (k.labels)) AS final_heads
    FROM appraisal.participant AS p
    JOIN appraisal.current_result AS r ON r.cycle_id = p.cycle_id AND r.participant_id = p.participant_id
    WHERE p.unit_id = u.unit_id AND p.cycle_id = c.cycle_id AND p.person_id IS NOT NULL AND r.score IS NOT NULL
    HAVING count(*) > 0) AS n
CROSS JOIN LATERAL appraisal.grades(s.scale) AS e
UNION ALL
SELECT c.cycle_id, c.code, n.job_group, NULL, NULL, NULL, n.seen, n.seen, e.rank, e.grade,
       coalesce(n.natural_heads[e.rank], 0), NULL, coalesce(n.final_heads[e.rank], 0),
       NULL, NULL, NULL, NULL
FROM appraisal.cycle AS c
JOIN appraisal.scheme AS s ON s.scheme_id = c.scheme_id AND s.scale IS NOT NULL
CROSS JOIN LATERAL (SELECT array_agg(a.grade) AS labels FROM appraisal.grades(s.scale) AS a) AS k
CROSS JOIN LATERAL (
    SELECT p.job_group, count(*)::integer AS seen, appraisal.grade_counts(r.natural_grade, s.scale) FILTER (WHERE r.natural_grade = ANY (k.labels)) AS natural_heads,
           appraisal.grade_counts(r.final_grade, s.scale) FILTER (WHERE r.final_grade = ANY (k.labels)) AS final_heads
    FROM appraisal.participant AS p
    JOIN appraisal.current_result AS r ON r.cycle_id = p.cycle_id AND r.participant_id = p.participant_id
    WHERE p.cycle_id = c.cycle_id AND p.appraised_unit_id IS NOT NULL AND r.score IS NOT NULL
    GROUP BY p.job_group) AS n
CROSS JOIN LATERAL appraisal.grades(s.scale) AS e;
COMMENT ON VIEW appraisal.grade_distribution IS
    'how many have which grade, by group of the forced distribution, or by unit where there is none, and by kind for appraised units; counted are the results that the reader sees';
COMMENT ON COLUMN appraisal.grade_distribution.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.grade_distribution.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.grade_distribution.level IS 'person, or the kind of the appraised units';
COMMENT ON COLUMN appraisal.grade_distribution.unit_id IS 'key of the unit whose group it is; null for appraised units';
COMMENT ON COLUMN appraisal.grade_distribution.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.grade_distribution.unit_title IS 'name of that unit';
COMMENT ON COLUMN appraisal.grade_distribution.members IS 'with a score in the group, whoever is asking; the bounds are for so many';
COMMENT ON COLUMN appraisal.grade_distribution.seen IS 'those of them whose results the reader sees: the counts are over these';
COMMENT ON COLUMN appraisal.grade_distribution.place IS 'place of the grade in the scale; 1 is the best';
COMMENT ON COLUMN appraisal.grade_distribution.grade IS 'the grade';
COMMENT ON COLUMN appraisal.grade_distribution.natural_heads IS 'how many have it by their score';
COMMENT ON COLUMN appraisal.grade_distribution.quota_heads IS 'how many have it by the group''s cut line; null without a quota';
COMMENT ON COLUMN appraisal.grade_distribution.final_heads IS 'how many have it in the end';
COMMENT ON COLUMN appraisal.grade_distribution."least" IS 'the quota''s least for this grade by itself; null for no such rule';
COMMENT ON COLUMN appraisal.grade_distribution.most IS 'the quota''s most for this grade by itself';
COMMENT ON COLUMN appraisal.grade_distribution.least_or_better IS 'the quota''s least for this grade and all better ones';
COMMENT ON COLUMN appraisal.grade_distribution.most_or_better IS 'the quota''s most for this grade and all better ones; a rule for the lower end says the same';
-- What is missing is asked participant by participant, so that the first rows come at once, and one person's
-- by index. Reviews are those that the reader may see: whoever may not know of an anonymous rater does not
-- learn from this that one is awaited.

CREATE OR REPLACE VIEW appraisal.cycle_progress WITH (security_invoker = true) AS
SELECT p.cycle_id, c.code AS cycle, p.participant_id, CASE WHEN p.person_id IS NULL THEN 'unit' ELSE 'person' END AS subject,
       p.person_id, h.code AS person, h.name, p.unit_id, u.code AS unit, u.title AS unit_title, p.job_group,
       m.what, m.item, m.source, m.waits_for, m.waits_for_id, w.code AS waits_for_person, w.name AS waits_for_name,
       m.since, greatest(current_date - m.since, 0) AS days
FROM appraisal.participant AS p
JOIN appraisal.cycle AS c ON c.cycle_id = p.cycle_id
JOIN appraisal.scheme AS s ON s.scheme_id = c.scheme_id
JOIN appraisal.unit AS u ON u.unit_id = p.unit_id
LEFT JOIN appraisal.person AS h ON h.person_id = p.person_id
CROSS JOIN LATERAL (
    SELECT 'goal' AS what, i.code AS item, NULL AS source, s.goals_set_by AS waits_for,
           CASE s.goals_set_by WHEN 'manager' THEN p.manager_id ELSE coalesce(p.person_id, p.manager_id) END AS waits_for_id,
           lower(c.during) AS since
    FROM appraisal.dimension_weight AS d
    JOIN appraisal.scheme_indicator AS x ON x.scheme_id = d.scheme_id AND x.dimension_id = d.dimension_id
    JOIN appraisal.indicator AS i ON i.indicator_id = x.indicator_id
    WHERE c.status IN ('draft', 'goals') AND s.goals_set_by <> 'none' AND d.scheme_id = c.scheme_id
      AND d.job_group = CASE WHEN (c.scheme_id, p.job_group) IN (SELECT own.scheme_id, own.job_group FROM appraisal.dimension_weight AS own)
                             THEN p.job_group ELSE '*' END
      AND x.job_group = CASE WHEN (x.dimension_id, p.job_group) IN (SELECT own.dimension_id, own.job_group FROM appraisal.scheme_indicator AS own)
                             THEN p.job_group ELSE '*' END
      AND i.direction IS NOT NULL AND x.unit_level IS NULL
      -- nobody is asked for what is rolled up
      AND NOT EXISTS (SELECT FROM appraisal.period_rule AS r
                      WHERE r.scheme_id = c.scheme_id AND r.period = c.period AND r.combined_by <> 'reference'
                        AND r.job_group = CASE WHEN (c.scheme_id, p.job_group) IN (SELECT own.scheme_id, own.job_group FROM appraisal.period_rule AS own)
                                               THEN p.job_group ELSE '*' END)
      AND NOT EXISTS (SELECT FROM appraisal.goal AS g
                      WHERE g.cycle_id = p.cycle_id AND g.participant_id = p.participant_id AND g.scheme_indicator_id = x.scheme_indicator_id)
    UNION ALL
    SELECT k.what, g.title AS item, NULL AS source, k.waits_for, k.waits_for_id, lower(c.during) AS since
    FROM appraisal.goal AS g
    CROSS JOIN LATERAL (
        SELECT 'confirmation' AS what, 'person' AS waits_for, coalesce(p.person_id, p.manager_id) AS waits_for_id
        WHERE s.goals_confirmed AND g.confirmed_at IS NULL
        UNION ALL
        SELECT 'approval' AS what, 'hr' AS waits_for, NULL AS waits_for_id WHERE s.goals_approved AND g.approved_by_hr IS NULL
        UNION ALL
        -- whoever has nobody above needs HR alone
        SELECT 'approval' AS what, 'head' AS waits_for, a.above_id AS waits_for_id
        FROM (SELECT CASE WHEN p.person_id IS NOT NULL THEN p.manager_id
                          ELSE (SELECT l.manager_id FROM appraisal.participant AS l
                                WHERE l.cycle_id = p.cycle_id AND l.person_id = p.manager_id AND l.manager_id IS NOT NULL
                                ORDER BY l.leads DESC, l.segment LIMIT 1) END AS above_id) AS a
        WHERE s.goals_approved AND g.approved_by_head IS NULL AND a.above_id IS NOT NULL) AS k
    WHERE c.status IN ('draft', 'goals') AND g.cycle_id = p.cycle_id AND g.participant_id = p.participant_id
    UNION ALL
    SELECT 'review' AS what, NULL AS item, v.source, 'rater' AS waits_for, v.rater_id AS waits_for_id,
           coalesce(v.due_on, c.reviews_due, upper(c.during)) AS since
    FROM appraisal.review AS v
    WHERE c.status = 'scoring' AND v.cycle_id = p.cycle_id AND v.participant_id = p.participant_id AND v.status = 'assigned'
    UNION ALL
    SELECT 'measurement' AS what, i.code AS item, NULL AS source, coalesce(i.data_source, 'hr') AS waits_for, NULL AS waits_for_id,
           upper(c.during) AS since
    FROM appraisal.dimension_weight AS d
    JOIN appraisal.scheme_indicator AS x ON x.scheme_id = d.scheme_id AND x.dimension_id = d.dimension_id
    JOIN appraisal.indicator AS i ON i.indicator_id = x.indicator_id
    WHERE c.status IN ('scoring', 'calibration') AND d.scheme_id = c.scheme_id AND d.weight > 0
      AND d.job_group = CASE WHEN (c.scheme_id, p.job_group) IN (SELECT own.scheme_id, own.job_group FROM appraisal.dimension_weight AS own)
                             THEN p.job_group ELSE '*' END
      AND x.job_group = CASE WHEN (x.dimension_id, p.job_group) IN (SELECT own.dimension_id, own.job_group FROM appraisal.scheme_indicator AS own)
                             THEN p.job_group ELSE '*' END
      AND i.kind = 'measured' AND x.unit_level IS NULL
      AND NOT EXISTS (SELECT FROM appraisal.period_rule AS r
                      WHERE r.scheme_id = c.scheme_id AND r.period = c.period AND r.combined_by <> 'reference'
                        AND r.job_group = CASE WHEN (c.scheme_id, p.job_group) IN (SELECT own.scheme_id, own.job_group FROM appraisal.period_rule AS own)
                                               THEN p.job_group ELSE '*' END)
      AND NOT EXISTS (SELECT FROM appraisal.measurement AS f
                      WHERE f.cycle_id = p.cycle_id AND f.participant_id = p.participant_id AND f.indicator_id = i.indicator_id)
      -- who may not see a measurement must not take it for missing
      AND ((SELECT NOT row_security_active('appraisal.measurement') OR appraisal.acting_as('hr') OR appraisal.acting_as('executive')
                   OR appraisal.acting_as('auditor'))
           OR p.participant_id IN (SELECT appraisal.my_participations()) OR p.participant_id IN (SELECT appraisal.my_participants()))
    UNION ALL
    SELECT k.what, NULL AS item, NULL AS source, k.waits_for, k.waits_for_id, k.since
    FROM appraisal.current_result AS r
    CROSS JOIN LATERAL (SELECT (r.published_at AT TIME ZONE 'UTC')::date AS published_on) AS d
    CROSS JOIN LATERAL (
        SELECT 'interview' AS what, CASE WHEN a.above_id IS NULL THEN 'hr' ELSE 'manager' END AS waits_for, a.above_id AS waits_for_id,
               d.published_on + coalesce(s.interview_days, 0) AS since
        FROM (SELECT CASE WHEN p.person_id IS NOT NULL THEN p.manager_id
                          ELSE (SELECT l.manager_id FROM appraisal.participant AS l
                                WHERE l.cycle_id = p.cycle_id AND l.person_id = p.manager_id AND l.manager_id IS NOT NULL
                                ORDER BY l.leads DESC, l.segment LIMIT 1) END AS above_id) AS a
        WHERE s.interview
          AND NOT EXISTS (SELECT FROM appraisal.interview AS i WHERE i.cycle_id = p.cycle_id AND i.participant_id = p.participant_id)
        UNION ALL
        SELECT 'acknowledgement' AS what, 'person' AS waits_for, coalesce(p.person_id, p.manager_id) AS waits_for_id,
               d.published_on + coalesce(s.interview_days, 0) AS since
        WHERE s.interview AND s.visible_to && '{person,everyone}'
          AND NOT EXISTS (SELECT FROM appraisal.acknowledgement AS i
                          WHERE i.cycle_id = p.cycle_id AND i.participant_id = p.participant_id AND i.version = r.version)
        UNION ALL
        -- once for all, because no index may be searched for whose a plan is
        SELECT 'improvement_plan' AS what, 'hr' AS waits_for, NULL AS waits_for_id, d.published_on AS since
        WHERE p.person_id IS NOT NULL
          -- not by grade_rank(), which fails on a grade that the scale has not: a report shows what there is
          AND (SELECT array_position(g.grades, appraisal.grade_for_improvement(s.improvement_reads, r.natural_grade, r.calibrated_grade, r.final_grade))
                      >= array_position(g.grades, s.improvement_grade)
               FROM (SELECT ARRAY(SELECT x.grade FROM appraisal.grades(s.scale) AS x) AS grades) AS g)
          AND (p.participant_id, r.version) NOT IN (SELECT l.participant_id, l.version FROM appraisal.improvement_plan AS l)
          AND p.participant_id NOT IN (SELECT l.participant_id FROM appraisal.improvement_plan AS l WHERE l.status <> 'cancelled')) AS k
    WHERE c.status = 'published' AND r.cycle_id = p.cycle_id AND r.participant_id = p.participant_id AND r.state <> 'exempt'
      AND k.since < current_date
      -- as with measurements
      AND ((SELECT NOT row_security_active('appraisal.interview') OR appraisal.acting_as('hr') OR appraisal.acting_as('auditor'))
           OR p.participant_id IN (SELECT appraisal.my_participations()) OR p.participant_id IN (SELECT appraisal.my_participants()))
    UNION ALL
    SELECT 'part' AS what, k.code AS item, NULL AS source, 'hr' AS waits_for, NULL AS waits_for_id, upper(k.during) AS since
    FROM appraisal.part_score AS o JOIN appraisal.cycle AS k ON k.cycle_id = o.part_cycle_id
    WHERE c.status IN ('scoring', 'calibration') AND o.cycle_id = p.cycle_id AND o.participant_id = p.participant_id
      AND o.state = 'pending' AND o.weight > 0 AND k.status NOT IN ('published', 'closed')) AS m
LEFT JOIN appraisal.person AS w ON w.person_id = m.waits_for_id
WHERE p.exempt_because IS NULL;
COMMENT ON VIEW appraisal.cycle_progress IS
    'what is missing in cycles under way, from whom and since when: goals, their confirmation and approval, reviews, measurements, results of shorter periods that compute_results() found not published, and after publication what is overdue: interviews, acknowledgements, improvement plans';
COMMENT ON COLUMN appraisal.cycle_progress.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.cycle_progress.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.cycle_progress.participant_id IS 'key within the cycle of whom it is about';
COMMENT ON COLUMN appraisal.cycle_progress.subject IS 'person or unit';
COMMENT ON COLUMN appraisal.cycle_progress.person_id IS 'key of the person; null for a unit';
COMMENT ON COLUMN appraisal.cycle_progress.person IS 'code of the person; null for a unit';
COMMENT ON COLUMN appraisal.cycle_progress.name IS 'name of the person; null for a unit';
COMMENT ON COLUMN appraisal.cycle_progress.unit_id IS 'key of the unit of then';
COMMENT ON COLUMN appraisal.cycle_progress.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.cycle_progress.unit_title IS 'name of that unit';
COMMENT ON COLUMN appraisal.cycle_progress.job_group IS 'job group of then';
COMMENT ON COLUMN appraisal.cycle_progress.what IS 'goal (not proposed), its confirmation or approval, review, measurement, part (a shorter period); interview, acknowledgement, improvement_plan (which the rule wants and nobody opened)';
COMMENT ON COLUMN appraisal.cycle_progress.item IS 'code of the indicator that has no goal or no figure; the goal''s title where it waits for somebody; code of the shorter period''s cycle';
COMMENT ON COLUMN appraisal.cycle_progress.source IS 'as what the rater reviews: self, manager, peer and so on';
COMMENT ON COLUMN appraisal.cycle_progress.waits_for IS 'whose turn it is: person, manager, head, hr, rater, or where the figures come from';
COMMENT ON COLUMN appraisal.cycle_progress.waits_for_id IS 'key of the person whose turn it is; null for an office';
COMMENT ON COLUMN appraisal.cycle_progress.waits_for_person IS 'code of that person';
COMMENT ON COLUMN appraisal.cycle_progress.waits_for_name IS 'name of that person';
COMMENT ON COLUMN appraisal.cycle_progress.since IS 'from when it is missing: the first day of the period for goals, the day after it for figures and parts, the day a review, an interview or an acknowledgement was due, the day of publication (UTC) for plans';
COMMENT ON COLUMN appraisal.cycle_progress.days IS 'days since then; 0 if it is not due yet';
-- How raters rate. Self-appraisals are left out: they have no other raters to stand beside. What others gave is
-- reckoned over the reviews that the reader sees, so it tells nobody of a review that is hidden.

CREATE OR REPLACE VIEW appraisal.review_summary WITH (security_invoker = true) AS
SELECT v.cycle_id, v.review_id, v.participant_id, v.rater_id, v.source, v.anonymous,
       appraisal.score_summary(m.score) AS marks,
       count(*) FILTER (WHERE m.score = e.lowest)::integer AS lowest_marks,
       count(*) FILTER (WHERE m.score = e.highest)::integer AS highest_marks
FROM appraisal.review AS v
JOIN appraisal.rating AS m ON m.cycle_id = v.cycle_id AND m.review_id = v.review_id
JOIN (SELECT i.indicator_id,
             CASE i.kind WHEN 'gated' THEN 0 ELSE coalesce(i."least", min(coalesce(l."least", l.points))) END AS lowest,
             CASE i.kind WHEN 'gated' THEN count(l.*) ELSE coalesce(i.most, max(l.points)) END AS highest
      FROM appraisal.indicator AS i LEFT JOIN appraisal.indicator_level AS l ON l.indicator_id = i.indicator_id
      GROUP BY i.indicator_id, i.kind, i."least", i.most) AS e ON e.indicator_id = m.indicator_id
WHERE v.status = 'submitted'
GROUP BY v.cycle_id, v.review_id;
COMMENT ON VIEW appraisal.review_summary IS 'submitted reviews with a summary of their marks';
COMMENT ON COLUMN appraisal.review_summary.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.review_summary.review_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.review_summary.participant_id IS 'who is reviewed';
COMMENT ON COLUMN appraisal.review_summary.rater_id IS 'who reviews';
COMMENT ON COLUMN appraisal.review_summary.source IS 'as what';
COMMENT ON COLUMN appraisal.review_summary.anonymous IS 'is the person never told who rated?';
COMMENT ON COLUMN appraisal.review_summary.marks IS 'its marks: summary_mean(marks) and the like read it, merge_summaries() adds up several';
COMMENT ON COLUMN appraisal.review_summary.lowest_marks IS 'marks that could not be lower';
COMMENT ON COLUMN appraisal.review_summary.highest_marks IS 'marks that could not be higher';

CREATE OR REPLACE VIEW appraisal.rater_statistics WITH (security_invoker = true) AS
SELECT c.cycle_id, c.code AS cycle, t.rater_id, h.code AS rater, h.name, t.reviews, appraisal.summary_count(t.marks) AS marks,
       appraisal.summary_mean(t.marks) AS mean, appraisal.summary_stddev(t.marks) AS spread,
       t.compared, t.leniency, round(t.lowest_marks::numeric / appraisal.summary_count(t.marks), 4) AS lowest_share,
       round(t.highest_marks::numeric / appraisal.summary_count(t.marks), 4) AS highest_share
FROM appraisal.cycle AS c
CROSS JOIN LATERAL (
    SELECT v.rater_id, count(*)::integer AS reviews, appraisal.merge_summaries(v.marks) AS marks,
           count(*) FILTER (WHERE v.raters > 1)::integer AS compared,
           round(avg(v.mean - (v.of_all - v.mean) / (v.raters - 1)) FILTER (WHERE v.raters > 1), 8) AS leniency,
           sum(v.lowest_marks) AS lowest_marks, sum(v.highest_marks) AS highest_marks
    FROM (SELECT r.*, sum(r.mean) OVER of_one AS of_all, nullif(count(*) OVER of_one, 1) AS raters
          FROM (SELECT s.participant_id, s.rater_id, s.marks, appraisal.summary_mean(s.marks) AS mean, s.lowest_marks, s.highest_marks
                FROM appraisal.review_summary AS s
                WHERE s.cycle_id = c.cycle_id AND s.source <> 'self') AS r
          WINDOW of_one AS (PARTITION BY r.participant_id)) AS v
    GROUP BY v.rater_id) AS t
LEFT JOIN appraisal.person AS h ON h.person_id = t.rater_id;
COMMENT ON VIEW appraisal.rater_statistics IS
    'how each rater rates in a cycle, beside the other raters of the same people, self-appraisals left out; over the reviews that the reader sees';
COMMENT ON COLUMN appraisal.rater_statistics.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.rater_statistics.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.rater_statistics.rater_id IS 'key of the rater';
COMMENT ON COLUMN appraisal.rater_statistics.rater IS 'code of the rater';
COMMENT ON COLUMN appraisal.rater_statistics.name IS 'name of the rater';
COMMENT ON COLUMN appraisal.rater_statistics.reviews IS 'reviews submitted';
COMMENT ON COLUMN appraisal.rater_statistics.marks IS 'marks in them';
COMMENT ON COLUMN appraisal.rater_statistics.mean IS 'mean of the marks';
COMMENT ON COLUMN appraisal.rater_statistics.spread IS 'standard deviation of the marks';
COMMENT ON COLUMN appraisal.rater_statistics.compared IS 'reviews of people whom others review, too';
COMMENT ON COLUMN appraisal.rater_statistics.leniency IS 'by how much the mean of such a review is above the mean of the others of the same person, on average; below 0 is strict';
COMMENT ON COLUMN appraisal.rater_statistics.lowest_share IS 'share of marks that could not be lower';
COMMENT ON COLUMN appraisal.rater_statistics.highest_share IS 'share of marks that could not be higher';

CREATE OR REPLACE VIEW appraisal.rater_agreement WITH (security_invoker = true) AS
SELECT c.cycle_id, c.code AS cycle, t.people, t.reviews, t.alpha, t.icc
FROM appraisal.cycle AS c
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS people, sum(o.reviews)::integer AS reviews, round(appraisal.krippendorff_alpha(o.means), 8) AS alpha,
           round(appraisal.icc(o.means), 8) AS icc
    FROM (SELECT s.participant_id, count(*) AS reviews, appraisal.score_summary(appraisal.summary_mean(s.marks)) AS means
          FROM appraisal.review_summary AS s
          WHERE s.cycle_id = c.cycle_id AND s.source <> 'self'
          GROUP BY s.participant_id) AS o
    WHERE o.reviews > 1
    HAVING count(*) > 0) AS t;
COMMENT ON VIEW appraisal.rater_agreement IS
    'how far the raters of a cycle agree on the people who have several, self-appraisals left out; over the reviews that the reader sees';
COMMENT ON COLUMN appraisal.rater_agreement.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.rater_agreement.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.rater_agreement.people IS 'who has more than one review';
COMMENT ON COLUMN appraisal.rater_agreement.reviews IS 'reviews of these';
COMMENT ON COLUMN appraisal.rater_agreement.alpha IS 'Krippendorff''s alpha of the reviews'' means: 1 is full agreement, 0 none beyond chance';
COMMENT ON COLUMN appraisal.rater_agreement.icc IS 'share of the variance that is between people: ICC(1)';
-- Improvement plans with how far their actions are, for who sees the plan.

CREATE OR REPLACE VIEW appraisal.improvement_progress WITH (security_invoker = true) AS
SELECT l.cycle_id, c.code AS cycle, l.plan_id, l.participant_id, p.person_id, h.code AS person, h.name, p.unit_id, u.code AS unit,
       l.version, l.status, l.by_rule, l.due_on, l.status = 'open' AND l.due_on < current_date AS overdue,
       coalesce(a.actions, 0) AS actions, coalesce(a.done, 0) AS actions_done,
       CASE WHEN l.status = 'open' THEN coalesce(a.late, 0) ELSE 0 END AS actions_overdue, a.progress
FROM appraisal.improvement_plan AS l
JOIN appraisal.cycle AS c ON c.cycle_id = l.cycle_id
JOIN appraisal.participant AS p ON p.cycle_id = l.cycle_id AND p.participant_id = l.participant_id
JOIN appraisal.unit AS u ON u.unit_id = p.unit_id
LEFT JOIN appraisal.person AS h ON h.person_id = p.person_id
LEFT JOIN (SELECT x.cycle_id, x.plan_id, count(*)::integer AS actions, count(x.done_on)::integer AS done,
                  count(*) FILTER (WHERE x.done_on IS NULL AND x.due_on < current_date)::integer AS late, round(avg(x.progress), 1) AS progress
           FROM appraisal.improvement_action AS x GROUP BY x.cycle_id, x.plan_id) AS a ON a.cycle_id = l.cycle_id AND a.plan_id = l.plan_id;
COMMENT ON VIEW appraisal.improvement_progress IS 'improvement plans and how far they are';
COMMENT ON COLUMN appraisal.improvement_progress.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.improvement_progress.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.improvement_progress.plan_id IS 'key of the plan within the cycle';
COMMENT ON COLUMN appraisal.improvement_progress.participant_id IS 'key within the cycle of whose it is';
COMMENT ON COLUMN appraisal.improvement_progress.person_id IS 'key of the person; null for a unit';
COMMENT ON COLUMN appraisal.improvement_progress.person IS 'code of the person; null for a unit';
COMMENT ON COLUMN appraisal.improvement_progress.name IS 'name of the person; null for a unit';
COMMENT ON COLUMN appraisal.improvement_progress.unit_id IS 'key of the unit of then';
COMMENT ON COLUMN appraisal.improvement_progress.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.improvement_progress.version IS 'version of the result that the plan followed';
COMMENT ON COLUMN appraisal.improvement_progress.status IS 'open, met, not_met or cancelled';
COMMENT ON COLUMN appraisal.improvement_progress.by_rule IS 'did the scheme''s improvement_grade open it?';
COMMENT ON COLUMN appraisal.improvement_progress.due_on IS 'last day of the plan';
COMMENT ON COLUMN appraisal.improvement_progress.overdue IS 'is it open after that day?';
COMMENT ON COLUMN appraisal.improvement_progress.actions IS 'actions that it has';
COMMENT ON COLUMN appraisal.improvement_progress.actions_done IS 'actions that are done';
COMMENT ON COLUMN appraisal.improvement_progress.actions_overdue IS 'actions not done after their last day, while the plan is open';
COMMENT ON COLUMN appraisal.improvement_progress.progress IS 'mean of the actions'' progress, per cent; null without actions';
-- How somebody went through the parts of a longer period: a line for the total and one for each dimension.

CREATE OR REPLACE VIEW appraisal.result_trend WITH (security_invoker = true) AS
SELECT p.cycle_id, c.code AS cycle, p.participant_id, CASE WHEN p.person_id IS NULL THEN 'unit' ELSE 'person' END AS subject,
       p.person_id, h.code AS person, h.name, p.unit_id, u.code AS unit, u.title AS unit_title, p.job_group,
       d.code AS dimension, d.label, t.parts, t.scores, t.last_score - t.first_score AS change,
       CASE WHEN t.dimension_id IS NULL THEN r.score ELSE s.score END AS score
FROM appraisal.participant AS p
JOIN appraisal.cycle AS c ON c.cycle_id = p.cycle_id
JOIN appraisal.unit AS u ON u.unit_id = p.unit_id
LEFT JOIN appraisal.person AS h ON h.person_id = p.person_id
CROSS JOIN LATERAL (
    SELECT x.dimension_id, array_agg(k.code ORDER BY lower(k.during), k.cycle_id) AS parts,
           array_agg(x.score ORDER BY lower(k.during), k.cycle_id) AS scores,
           CASE WHEN count(x.score) > 1
                THEN (array_agg(x.score ORDER BY lower(k.during), k.cycle_id) FILTER (WHERE x.score IS NOT NULL))[1] END AS first_score,
           (array_agg(x.score ORDER BY lower(k.during) DESC, k.cycle_id DESC) FILTER (WHERE x.score IS NOT NULL))[1] AS last_score
    FROM (SELECT o.part_cycle_id, NULL::bigint AS dimension_id, o.score
          FROM appraisal.part_score AS o
          WHERE o.cycle_id = p.cycle_id AND o.participant_id = p.participant_id AND o.version = 1
          UNION ALL
          SELECT o.part_cycle_id, e.dimension_id, e.score
          FROM appraisal.part_score AS o CROSS JOIN unnest(o.dimensions, o.dimension_scores) AS e (dimension_id, score)
          WHERE o.cycle_id = p.cycle_id AND o.participant_id = p.participant_id AND o.version = 1) AS x
    JOIN appraisal.cycle AS k ON k.cycle_id = x.part_cycle_id
    GROUP BY x.dimension_id) AS t
LEFT JOIN appraisal.dimension AS d ON d.dimension_id = t.dimension_id
LEFT JOIN appraisal.current_result AS r ON r.cycle_id = p.cycle_id AND r.participant_id = p.participant_id
LEFT JOIN appraisal.dimension_score AS s
    ON s.cycle_id = p.cycle_id AND s.participant_id = p.participant_id AND s.version = 1 AND s.dimension_id = t.dimension_id;
COMMENT ON VIEW appraisal.result_trend IS
    'the scores of the parts of a longer period in order of time, of the total and of each dimension, as the result took them in';
COMMENT ON COLUMN appraisal.result_trend.cycle_id IS 'key of the cycle of the longer period';
COMMENT ON COLUMN appraisal.result_trend.cycle IS 'code of that cycle';
COMMENT ON COLUMN appraisal.result_trend.participant_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.result_trend.subject IS 'person or unit';
COMMENT ON COLUMN appraisal.result_trend.person_id IS 'key of the person; null for a unit';
COMMENT ON COLUMN appraisal.result_trend.person IS 'code of the person; null for a unit';
COMMENT ON COLUMN appraisal.result_trend.name IS 'name of the person; null for a unit';
COMMENT ON COLUMN appraisal.result_trend.unit_id IS 'key of the unit of then';
COMMENT ON COLUMN appraisal.result_trend.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.result_trend.unit_title IS 'name of that unit';
COMMENT ON COLUMN appraisal.result_trend.job_group IS 'job group of then';
COMMENT ON COLUMN appraisal.result_trend.dimension IS 'code of the dimension; null for the total';
COMMENT ON COLUMN appraisal.result_trend.label IS 'its name in the scheme''s language';
COMMENT ON COLUMN appraisal.result_trend.parts IS 'codes of the cycles of the shorter periods, in order of time';
COMMENT ON COLUMN appraisal.result_trend.scores IS 'the scores in them; null where there was none';
COMMENT ON COLUMN appraisal.result_trend.change IS 'the last score less the first, of those that are there; null if there are not two';
COMMENT ON COLUMN appraisal.result_trend.score IS 'score of the longer period, rolled up or, where the parts are for reference, by itself';
version := newest;
END
$make_tables$;
COMMENT ON PROCEDURE appraisal.make_tables(integer) IS
    'make what of the tables is not there, and anew what of them is code; for create_tables() and upgrade_tables()';
CREATE OR REPLACE PROCEDURE appraisal.create_tables() LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    version integer;
BEGIN
    IF to_regclass('appraisal.tables_version') IS NULL THEN
        CALL appraisal.make_tables(version);
    END IF;
END
$$;
CREATE OR REPLACE PROCEDURE appraisal.upgrade_tables() LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    owner name;
    present integer;
    reached integer;
    linked record;
BEGIN
    IF to_regclass('appraisal.tables_version') IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001', MESSAGE = 'there are no tables to upgrade',
            HINT = 'CALL appraisal.create_tables() makes them.';
    END IF;
    -- what is new would be the caller's, and its SECURITY DEFINER functions would run as the caller
    SELECT pg_get_userbyid(c.relowner) INTO owner FROM pg_class AS c WHERE c.oid = 'appraisal.tables_version'::regclass;
    IF owner <> current_user THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'only the owner of the tables upgrades them',
            DETAIL = format('The owner is "%s", the caller is "%s".', owner, current_user),
            HINT = format('SET ROLE %I first.', owner);
    END IF;
    SELECT t.version, t.version INTO STRICT present, reached FROM appraisal.tables_version AS t FOR UPDATE;
    CALL appraisal.make_tables(reached);
    IF reached <> present THEN
        UPDATE appraisal.tables_version AS t SET version = reached;
        -- accounts that are there get their rights on what is new; a role may have been dropped since
        FOR linked IN
            SELECT a.role_name, c.capability
            FROM appraisal.account AS a CROSS JOIN unnest(a.capabilities) AS c (capability)
            JOIN pg_roles AS r ON r.rolname = a.role_name
        LOOP
            CALL appraisal.link_account(linked.role_name, linked.capability);
        END LOOP;
    END IF;
END
$$;
-- The routines of the records are for accounts, not for PUBLIC: link_account() grants them. It runs as the
-- owner of the schema, who therefore may pass the right on; the routines themselves belong to the superuser
-- in whose name a trusted extension is made. Not as who makes the extension: in a superuser's restore that
-- is the superuser, while the schema has its owner by then, whose grants come back after this. An update ends
-- with this, too: what a script has said of a routine before is not said again, for it is in the routine's initial
-- privileges, which a dump takes for granted, and the rights that accounts have by now would be among them.
DO $grants$
DECLARE
    routine regprocedure;
    owner regrole;
BEGIN
    FOR routine, owner IN
        SELECT p.oid::regprocedure, n.nspowner::regrole
        FROM pg_extension AS e
        JOIN pg_namespace AS n ON n.oid = e.extnamespace
        JOIN pg_depend AS d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
                           AND d.classid = 'pg_proc'::regclass
        JOIN pg_proc AS p ON p.oid = d.objid
        JOIN pg_language AS l ON l.oid = p.prolang
        WHERE e.extname = 'pg_appraisal' AND l.lanname IN ('plpgsql', 'sql')
          AND NOT EXISTS (SELECT FROM pg_init_privs AS i WHERE i.classoid = 'pg_proc'::regclass AND i.objoid = p.oid)
    LOOP
        EXECUTE format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', routine);
        EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO %s WITH GRANT OPTION', routine, owner);
    END LOOP;
END
$grants$;
