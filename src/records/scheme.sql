-- Schemes: defined by a document, which is taken apart into tables, loaded from
-- the library, revised, brought into force.

CREATE FUNCTION appraisal.find_scheme(code text, version integer DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_id bigint;
BEGIN
    SELECT s.scheme_id INTO found_id
    FROM appraisal.scheme AS s
    WHERE s.code = find_scheme.code AND (find_scheme.version IS NULL OR s.version = find_scheme.version)
    ORDER BY (s.status = 'active') DESC, s.version DESC LIMIT 1;
    IF found_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP004',
            MESSAGE = CASE WHEN find_scheme.version IS NULL THEN format('there is no scheme "%s"', find_scheme.code)
                           ELSE format('there is no version %s of scheme "%s"', find_scheme.version, find_scheme.code) END,
            HINT = 'define_scheme() makes a scheme from a document, load_scheme() one of scheme_library().';
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION appraisal.find_scheme(text, integer) IS
    'key of a scheme version; without a version the active one, else the newest';

-- As indicator_document shows them, so that equal definitions are equal.
CREATE FUNCTION appraisal.indicators_of_document(document jsonb)
    RETURNS TABLE (code text, definition jsonb)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT e.key,
           to_jsonb(jsonb_populate_record(NULL::appraisal.indicator, appraisal.scheme_defaults('indicators.*') || e.value))
           - '{indicator_id,code,version}'::text[]
           || jsonb_build_object('levels', coalesce(e.value -> 'levels', '[]'))
    FROM jsonb_each(document -> 'indicators') AS e;
END
$$;
COMMENT ON FUNCTION appraisal.indicators_of_document(jsonb) IS
    'the indicators that a scheme''s document defines, defaults filled in';

-- Which row a document's definitions make or replace: a new version, or the
-- draft that the caller names.
CREATE FUNCTION appraisal.begin_draft(document jsonb, draft_id bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_code CONSTANT text := document ->> 'code';
    draft record;
    new_id bigint;
BEGIN
    IF draft_id IS NULL THEN
        SELECT s.scheme_id, s.version INTO draft FROM appraisal.scheme AS s WHERE s.code = this_code AND s.status = 'draft';
        IF FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'AP001',
                MESSAGE = format('scheme "%s" has a draft already', this_code),
                DETAIL = format('It is version %s.', draft.version),
                HINT = format('To replace it, call define_scheme() or load_scheme() with scheme_id => %s.', draft.scheme_id);
        END IF;
        INSERT INTO appraisal.scheme AS s (code, version, parent_id, title, label, language)
        SELECT this_code, coalesce(max(old.version), 0) + 1, (array_agg(old.scheme_id ORDER BY old.version DESC))[1],
               document ->> 'title', document ->> 'label', document ->> 'language'
        FROM appraisal.scheme AS old WHERE old.code = this_code
        RETURNING s.scheme_id INTO new_id;
        RETURN new_id;
    END IF;
    SELECT s.code, s.version, s.status INTO draft FROM appraisal.scheme AS s WHERE s.scheme_id = draft_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'AP004', MESSAGE = format('there is no scheme with scheme_id %s', draft_id);
    ELSIF draft.code <> this_code THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005',
            MESSAGE = format('a document of scheme "%s" cannot replace one of scheme "%s"', this_code, draft.code);
    ELSIF draft.status <> 'draft' THEN
        PERFORM appraisal.refuse_change(draft.code, draft.version, draft.status);
    END IF;
    DELETE FROM appraisal.dimension AS d WHERE d.scheme_id = draft_id;
    DELETE FROM appraisal.period_rule AS p WHERE p.scheme_id = draft_id;
    DELETE FROM appraisal.rater_rule AS r WHERE r.scheme_id = draft_id;
    DELETE FROM appraisal.box AS b WHERE b.scheme_id = draft_id;
    DELETE FROM appraisal.outcome_rule AS o WHERE o.scheme_id = draft_id;
    DELETE FROM appraisal.sign_off_rule AS o WHERE o.scheme_id = draft_id;
    DELETE FROM appraisal.appeal_rule AS a WHERE a.scheme_id = draft_id;
    RETURN draft_id;
END
$$;
COMMENT ON FUNCTION appraisal.begin_draft(jsonb, bigint) IS
    'step of define_scheme(): an empty draft for a document';

-- Definitions that the library has are used, others become new versions.
CREATE FUNCTION appraisal.add_indicators(document jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    WITH fresh AS (
        INSERT INTO appraisal.indicator AS i
            (code, version, title, label, kind, reads, direction, curve, unit, data_source, frequency, gathering, "least", most)
        SELECT g.code, 1 + coalesce((SELECT max(old.version) FROM appraisal.indicator AS old WHERE old.code = g.code), 0),
               r.title, r.label, r.kind, r.reads, r.direction, r.curve, r.unit, r.data_source, r.frequency, r.gathering, r."least", r.most
        FROM appraisal.indicators_of_document(document) AS g,
             jsonb_populate_record(NULL::appraisal.indicator, g.definition) AS r
        WHERE NOT EXISTS (SELECT FROM appraisal.indicator_document AS old
                          WHERE old.code = g.code AND old.document = g.definition)
        RETURNING i.indicator_id, i.code
    )
    INSERT INTO appraisal.indicator_level (indicator_id, "position", label, points, "least", earns)
    SELECT fresh.indicator_id, l.n, r.label, r.points, r."least", r.earns
    FROM fresh,
         jsonb_array_elements(document #> ARRAY['indicators', fresh.code, 'levels']) WITH ORDINALITY AS l (value, n),
         jsonb_populate_record(NULL::appraisal.indicator_level, l.value) AS r;
END
$$;
COMMENT ON FUNCTION appraisal.add_indicators(jsonb) IS
    'step of define_scheme(): the indicators of a document that the library has not';

CREATE FUNCTION appraisal.add_dimensions(document jsonb, draft_id bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO appraisal.dimension
        (scheme_id, code, "position", title, label, gate, gate_grade, evidence_below, evidence_from, scale, box_axis)
    SELECT draft_id, e.key, r."position", r.title, r.label, r.gate, r.gate_grade, r.evidence_below, r.evidence_from, r.scale, r.box_axis
    FROM jsonb_each(document -> 'dimensions') AS e,
         jsonb_populate_record(NULL::appraisal.dimension, e.value) AS r;

    INSERT INTO appraisal.dimension_weight (scheme_id, dimension_id, job_group, weight)
    SELECT draft_id, d.dimension_id, w.key, w.value::numeric
    FROM appraisal.dimension AS d,
         jsonb_each_text(document #> ARRAY['dimensions', d.code, 'weights']) AS w
    WHERE d.scheme_id = draft_id;

    INSERT INTO appraisal.scheme_indicator (scheme_id, dimension_id, job_group, indicator_id, weight, curve, target, unit_level)
    SELECT draft_id, d.dimension_id, g.key, known.indicator_id, r.weight, r.curve, r.target, r.unit_level
    FROM appraisal.dimension AS d,
         jsonb_each(document #> ARRAY['dimensions', d.code, 'indicators']) AS g,
         jsonb_each(g.value) AS u,
         jsonb_populate_record(NULL::appraisal.scheme_indicator, u.value) AS r,
         (SELECT n.code, max(i.indicator_id) AS indicator_id
          FROM appraisal.indicators_of_document(document) AS n
          JOIN appraisal.indicator_document AS i ON i.code = n.code AND i.document = n.definition
          GROUP BY n.code) AS known
    WHERE d.scheme_id = draft_id AND known.code = u.key;
END
$$;
COMMENT ON FUNCTION appraisal.add_dimensions(jsonb, bigint) IS
    'step of define_scheme(): dimensions, their weights and indicators';

CREATE FUNCTION appraisal.add_scheme_rules(document jsonb, draft_id bigint) RETURNS void
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
COMMENT ON FUNCTION appraisal.add_scheme_rules(jsonb, bigint) IS
    'step of define_scheme(): periods, raters, boxes, outcomes, signatures and appeals';

CREATE PROCEDURE appraisal.define_scheme(document jsonb, INOUT scheme_id bigint DEFAULT NULL)
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
COMMENT ON PROCEDURE appraisal.define_scheme(jsonb, bigint) IS
    'make a draft from a scheme''s document: a new version of its code or, with scheme_id, that draft anew';

CREATE PROCEDURE appraisal.load_scheme(code text, overrides jsonb DEFAULT NULL, INOUT scheme_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    document jsonb;
BEGIN
    BEGIN
        SELECT l.document INTO document FROM appraisal.scheme_library() AS l WHERE l.code = load_scheme.code;
    EXCEPTION
        WHEN untranslatable_character OR feature_not_supported THEN
            RAISE EXCEPTION USING ERRCODE = 'untranslatable_character',
                MESSAGE = format('the labels of the scheme library cannot be written in encoding "%s"', getdatabaseencoding()),
                HINT = 'Use a database of encoding UTF8.';
    END;
    IF document IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP004',
            MESSAGE = format('there is no scheme "%s" in the library', load_scheme.code),
            HINT = 'scheme_library() lists those there are; define_scheme() takes a document of your own.';
    END IF;
    CALL appraisal.define_scheme(appraisal.merge_patch(document, coalesce(overrides, '{}')), scheme_id);
END
$$;
COMMENT ON PROCEDURE appraisal.load_scheme(text, jsonb, bigint) IS
    'make a draft from a scheme of scheme_library(), changed by the overrides, a JSON Merge Patch';

CREATE PROCEDURE appraisal.revise_scheme(
    code text, overrides jsonb DEFAULT NULL, new_code text DEFAULT NULL, INOUT scheme_id bigint DEFAULT NULL
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    source record;
BEGIN
    SELECT s.scheme_id, s.version, s.status, s.adaptable INTO source
    FROM appraisal.scheme AS s WHERE s.scheme_id = appraisal.find_scheme(revise_scheme.code);
    IF source.status <> 'active' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001',
            MESSAGE = format('scheme "%s" has no active version to revise', code),
            DETAIL = format('Version %s is %s.', source.version, source.status),
            HINT = CASE source.status WHEN 'draft' THEN 'Change a draft with define_scheme(); activate_scheme() brings it into force.'
                                      ELSE 'Call define_scheme() with what scheme_document() gives.' END;
    ELSIF new_code IS NOT NULL AND NOT source.adaptable THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005',
            MESSAGE = format('scheme "%s" is not adaptable', code),
            DETAIL = 'Only an adaptable scheme may be made into another with a code of its own.';
    END IF;
    CALL appraisal.define_scheme(
        appraisal.merge_patch(appraisal.scheme_document(code, source.version), coalesce(overrides, '{}'))
        || jsonb_build_object('code', coalesce(new_code, code)), scheme_id);
    UPDATE appraisal.scheme AS s SET parent_id = source.scheme_id WHERE s.scheme_id = revise_scheme.scheme_id;
END
$$;
COMMENT ON PROCEDURE appraisal.revise_scheme(text, jsonb, text, bigint) IS
    'make a draft from the active version of a scheme, changed by the overrides; with new_code, a subsidiary''s own scheme';

-- The version before is retired on the day on which the new one begins.
CREATE PROCEDURE appraisal.activate_scheme(
    code text, version integer DEFAULT NULL, valid_from date DEFAULT CURRENT_DATE, INOUT scheme_id bigint DEFAULT NULL
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    draft record;
    former record;
BEGIN
    SELECT s.scheme_id, s.version, s.status INTO draft
    FROM appraisal.scheme AS s
    WHERE s.code = activate_scheme.code
      AND (s.version = activate_scheme.version OR (activate_scheme.version IS NULL AND s.status = 'draft'))
    FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM appraisal.find_scheme(code, version);
        RAISE EXCEPTION USING ERRCODE = 'AP001',
            MESSAGE = format('scheme "%s" has no draft to activate', code),
            HINT = format('revise_scheme(''%s'') makes one.', code);
    ELSIF draft.status <> 'draft' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001',
            MESSAGE = format('version %s of scheme "%s" is %s, not a draft', draft.version, code, draft.status),
            HINT = format('revise_scheme(''%s'') makes a new draft.', code);
    END IF;
    SELECT s.version, s.valid_from INTO former
    FROM appraisal.scheme AS s
    WHERE s.code = activate_scheme.code AND s.status <> 'draft' AND s.valid_from >= activate_scheme.valid_from
    ORDER BY s.valid_from DESC LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001',
            MESSAGE = format('version %s of scheme "%s" cannot begin on %s', draft.version, code, valid_from),
            DETAIL = format('Version %s began on %s.', former.version, former.valid_from),
            HINT = 'Call activate_scheme() with a later valid_from.';
    END IF;
    UPDATE appraisal.scheme AS s SET status = 'retired', retired_on = activate_scheme.valid_from
    WHERE s.code = activate_scheme.code AND s.status = 'active';
    UPDATE appraisal.scheme AS s SET status = 'active', valid_from = activate_scheme.valid_from
    WHERE s.scheme_id = draft.scheme_id;
    scheme_id := draft.scheme_id;
END
$$;
COMMENT ON PROCEDURE appraisal.activate_scheme(text, integer, date, bigint) IS
    'bring a draft into force, if it has no faults, and retire the version before it';
