-- Schemes as documents: checked, taken apart into tables, put together again,
-- brought into force.

-- The keys of a scheme's document.  In place, * stands for any key of a map
-- and [] for the elements of a list; a key with a fallback may be left out,
-- and is left out by scheme_document().
CREATE FUNCTION appraisal.scheme_keys()
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
        ('', 'periods', 'map', true, NULL),
        ('periods', '*', 'map', false, NULL),
        ('periods.*', '*', 'object', false, NULL),
        ('periods.*.*', 'due_days', 'integer', false, NULL),
        ('periods.*.*', 'composed_of', 'text', false, NULL),
        ('periods.*.*', 'combined_by', 'text', false, NULL),
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
        ('', 'sign_off', 'list', false, NULL),
        ('sign_off', '[]', 'object', false, NULL),
        ('sign_off.[]', 'signer', 'text', true, NULL),
        ('sign_off.[]', 'act', 'text', true, NULL),
        ('sign_off.[]', 'label', 'text', true, NULL),
        ('sign_off.[]', 'due_days', 'integer', false, NULL),
        ('', 'appeals', 'list', false, NULL),
        ('appeals', '[]', 'object', false, NULL),
        ('appeals.[]', 'reviewer', 'text', true, NULL),
        ('appeals.[]', 'label', 'text', true, NULL),
        ('appeals.[]', 'decision_days', 'integer', false, NULL);
END
$$;
COMMENT ON FUNCTION appraisal.scheme_keys() IS
    'the keys of a scheme''s document: place, key, kind of value, whether required, value when left out';

-- The types of the engine say themselves what is wrong with a text.
CREATE FUNCTION appraisal.scheme_value_problem(kind text, value jsonb) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    type text := jsonb_typeof(value);
    content text := value #>> '{}';
    detail text;
BEGIN
    IF kind IN ('object', 'map', 'list') THEN
        IF (type = 'array') <> (kind = 'list') OR type NOT IN ('array', 'object') THEN
            RETURN format('must be %s, not %s', CASE kind WHEN 'list' THEN 'a list' ELSE 'an object' END, type);
        END IF;
        RETURN CASE WHEN value = '[]' OR (value = '{}' AND kind = 'map') THEN 'must not be empty' END;
    ELSIF kind = 'texts' THEN
        IF type <> 'array' OR value @? '$[*] ? (@.type() != "string" || @ == "")' THEN
            RETURN 'must be a list of texts';
        END IF;
        RETURN CASE WHEN value = '[]' THEN 'must not be empty' END;
    ELSIF kind IN ('number', 'integer', 'boolean') THEN
        IF type NOT IN ('number', 'boolean') OR (type = 'boolean') <> (kind = 'boolean') THEN
            RETURN format('must be %s %s, not %s', CASE kind WHEN 'integer' THEN 'an' ELSE 'a' END, kind, type);
        END IF;
        RETURN CASE WHEN kind = 'integer' AND (content::numeric % 1 <> 0 OR abs(content::numeric) >= 2147483648)
                    THEN 'must be an integer' END;
    ELSIF type <> 'string' OR content = '' THEN
        RETURN format('must be a text that is not empty, not %s', CASE type WHEN 'string' THEN 'an empty one' ELSE type END);
    END IF;
    PERFORM CASE kind
        WHEN 'grade_scale' THEN content::appraisal.grade_scale IS NULL
        WHEN 'quota' THEN content::appraisal.quota IS NULL
        WHEN 'score_curve' THEN content::appraisal.score_curve IS NULL
    END;
    RETURN NULL;
EXCEPTION
    WHEN data_exception OR program_limit_exceeded THEN
        GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
        RETURN concat_ws('. ', SQLERRM, nullif(detail, ''));
END
$$;
COMMENT ON FUNCTION appraisal.scheme_value_problem(text, jsonb) IS
    'what keeps a value from being of a kind of scheme_keys(); NULL if nothing does';

-- One walk over the document finds every node and what scheme_keys() says of
-- it; the rest are questions to the nodes.
CREATE FUNCTION appraisal.check_scheme_document(document jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    IF jsonb_typeof(document) IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = 'scheme document must be an object';
    END IF;
    WITH RECURSIVE keys AS MATERIALIZED (
        SELECT k.* FROM appraisal.scheme_keys() AS k
    ),
    node AS (
        SELECT ''::text AS path, ''::text AS place, 'object'::text AS kind, document AS value, NULL::text AS problem
        UNION ALL
        SELECT child.path, CASE WHEN keys.kind IS NOT NULL THEN concat_ws('.', nullif(node.place, ''), keys.key) END,
               keys.kind, child.value,
               CASE WHEN keys.kind IS NULL THEN 'there is no such key'
                    ELSE appraisal.scheme_value_problem(keys.kind, child.value) END
        FROM node
        CROSS JOIN LATERAL (
            SELECT concat_ws('.', nullif(node.path, ''), e.key) AS path, e.key, e.value
            FROM jsonb_each(CASE WHEN node.kind IN ('object', 'map') THEN node.value ELSE '{}' END) AS e
            UNION ALL
            SELECT format('%s[%s]', node.path, a.n - 1), '[]', a.value
            FROM jsonb_array_elements(CASE node.kind WHEN 'list' THEN node.value ELSE '[]' END) WITH ORDINALITY AS a (value, n)
        ) AS child
        LEFT JOIN keys ON keys.place = node.place AND keys.key IN (child.key, '*')
        WHERE node.problem IS NULL
    ),
    missing AS (
        SELECT concat_ws('.', nullif(node.path, ''), keys.key) AS path, 'is missing'::text AS problem
        FROM node
        JOIN keys ON keys.place = node.place AND keys.required
        WHERE node.kind = 'object' AND node.problem IS NULL AND NOT node.value ? keys.key
    ),
    used AS (
        SELECT node.path, regexp_replace(node.path, '^.*\.', '') AS indicator
        FROM node WHERE node.place = 'dimensions.*.indicators.*.*'
    ),
    problem AS (
        SELECT node.path, node.problem FROM node WHERE node.problem IS NOT NULL
        UNION ALL
        SELECT missing.path, missing.problem FROM missing
        UNION ALL
        SELECT used.path, 'the document does not define this indicator'
        FROM used WHERE NOT coalesce(document -> 'indicators' ? used.indicator, false)
        UNION ALL
        SELECT node.path, 'no dimension uses this indicator'
        FROM node
        WHERE node.place = 'indicators.*'
          AND NOT EXISTS (SELECT FROM used WHERE node.path = 'indicators.' || used.indicator)
        UNION ALL
        SELECT format('assumed[%s]', a.n - 1), format('the document has no path "%s"', a.path)
        FROM jsonb_array_elements_text(CASE jsonb_typeof(document -> 'assumed') WHEN 'array' THEN document -> 'assumed' ELSE '[]' END)
             WITH ORDINALITY AS a (path, n)
        WHERE NOT EXISTS (SELECT FROM node WHERE node.path = a.path)
    )
    SELECT p.path, p.problem, count(*) OVER () AS problems INTO wrong
    FROM problem AS p ORDER BY p.path COLLATE "C", p.problem COLLATE "C" LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005',
            MESSAGE = format('scheme document is wrong at "%s": %s', wrong.path, wrong.problem),
            DETAIL = format('Faults found in the document: %s.', wrong.problems),
            HINT = 'scheme_keys() lists the keys of a scheme''s document.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.check_scheme_document(jsonb) IS
    'raise AP005 with the path if a scheme''s document has unknown or missing keys or values of a wrong type';

CREATE FUNCTION appraisal.scheme_defaults(place text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT coalesce(jsonb_object_agg(k.key, k.fallback), '{}')
            FROM appraisal.scheme_keys() AS k WHERE k.place = scheme_defaults.place AND k.fallback IS NOT NULL);
END
$$;
COMMENT ON FUNCTION appraisal.scheme_defaults(text) IS
    'what a place in a scheme''s document has for the keys that are left out';

CREATE FUNCTION appraisal.scheme_part(place text, "row" jsonb, VARIADIC without text[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    defaults CONSTANT jsonb := appraisal.scheme_defaults(place);
BEGIN
    RETURN (SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}')
            FROM jsonb_each("row" - without) AS e
            WHERE e.value <> 'null' AND e.value IS DISTINCT FROM defaults -> e.key);
END
$$;
COMMENT ON FUNCTION appraisal.scheme_part(text, jsonb, text[]) IS
    'a row as a place in a scheme''s document writes it: without NULLs, defaults and the columns named';

CREATE FUNCTION appraisal.merge_patch(target jsonb, patch jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF jsonb_typeof(patch) IS DISTINCT FROM 'object' THEN
        RETURN patch;
    ELSIF jsonb_typeof(target) IS DISTINCT FROM 'object' THEN
        target := '{}';
    END IF;
    RETURN (target - ARRAY(SELECT jsonb_object_keys(patch)))
        || (SELECT coalesce(jsonb_object_agg(e.key, appraisal.merge_patch(target -> e.key, e.value)), '{}')
            FROM jsonb_each(patch) AS e WHERE e.value <> 'null');
END
$$;
COMMENT ON FUNCTION appraisal.merge_patch(jsonb, jsonb) IS
    'JSON Merge Patch (RFC 7396): objects are merged key by key, null removes a key, anything else replaces';

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

CREATE FUNCTION appraisal.scheme_document(code text, version integer DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    id CONSTANT bigint := appraisal.find_scheme(scheme_document.code, scheme_document.version);
BEGIN
    RETURN jsonb_strip_nulls(
        (SELECT appraisal.scheme_part('', to_jsonb(s), 'scheme_id', 'version', 'parent_id', 'status', 'valid_from', 'retired_on')
         FROM appraisal.scheme AS s WHERE s.scheme_id = id)
        || jsonb_build_object(
            'periods',
            (SELECT jsonb_object_agg(g.job_group, g.periods)
             FROM (SELECT p.job_group, jsonb_object_agg(p.period,
                          appraisal.scheme_part('periods.*.*', to_jsonb(p), 'scheme_id', 'job_group', 'period')) AS periods
                   FROM appraisal.period_rule AS p WHERE p.scheme_id = id GROUP BY p.job_group) AS g),
            'dimensions',
            (SELECT jsonb_object_agg(d.code,
                        appraisal.scheme_part('dimensions.*', to_jsonb(d), 'dimension_id', 'scheme_id', 'code')
                        || jsonb_build_object(
                            'weights',
                            (SELECT jsonb_object_agg(w.job_group, w.weight)
                             FROM appraisal.dimension_weight AS w WHERE w.dimension_id = d.dimension_id AND w.scheme_id = id),
                            'indicators',
                            (SELECT jsonb_object_agg(g.job_group, g.indicators)
                             FROM (SELECT u.job_group, jsonb_object_agg(i.code,
                                          appraisal.scheme_part('dimensions.*.indicators.*.*', to_jsonb(u),
                                              'scheme_indicator_id', 'scheme_id', 'dimension_id', 'job_group', 'indicator_id')) AS indicators
                                   FROM appraisal.scheme_indicator AS u JOIN appraisal.indicator AS i USING (indicator_id)
                                   WHERE u.dimension_id = d.dimension_id AND u.scheme_id = id GROUP BY u.job_group) AS g)))
             FROM appraisal.dimension AS d WHERE d.scheme_id = id),
            'indicators',
            (SELECT jsonb_object_agg(i.code, appraisal.scheme_part('indicators.*', i.document, VARIADIC '{}'))
             FROM appraisal.indicator_document AS i
             WHERE i.indicator_id IN (SELECT u.indicator_id FROM appraisal.scheme_indicator AS u WHERE u.scheme_id = id)),
            'raters',
            (SELECT jsonb_object_agg(g.job_group, g.sources)
             FROM (SELECT r.job_group, jsonb_object_agg(r.source,
                          appraisal.scheme_part('raters.*.*', to_jsonb(r), 'rater_rule_id', 'scheme_id', 'job_group', 'source')) AS sources
                   FROM appraisal.rater_rule AS r WHERE r.scheme_id = id GROUP BY r.job_group) AS g),
            'boxes',
            (SELECT jsonb_object_agg(g.performance_grade, g.boxes)
             FROM (SELECT b.performance_grade, jsonb_object_agg(b.values_grade,
                          appraisal.scheme_part('boxes.*.*', to_jsonb(b), 'scheme_id', 'performance_grade', 'values_grade')) AS boxes
                   FROM appraisal.box AS b WHERE b.scheme_id = id GROUP BY b.performance_grade) AS g),
            'outcomes',
            (SELECT jsonb_object_agg(o.code, appraisal.scheme_part('outcomes.*', to_jsonb(o), 'outcome_rule_id', 'scheme_id', 'code'))
             FROM appraisal.outcome_rule AS o WHERE o.scheme_id = id),
            'sign_off',
            (SELECT jsonb_agg(appraisal.scheme_part('sign_off.[]', to_jsonb(o), 'scheme_id', 'step') ORDER BY o.step)
             FROM appraisal.sign_off_rule AS o WHERE o.scheme_id = id),
            'appeals',
            (SELECT jsonb_agg(appraisal.scheme_part('appeals.[]', to_jsonb(a), 'scheme_id', 'level') ORDER BY a.level)
             FROM appraisal.appeal_rule AS a WHERE a.scheme_id = id)));
END
$$;
COMMENT ON FUNCTION appraisal.scheme_document(text, integer) IS
    'a scheme version as the document that define_scheme() takes; without a version the active one, else the newest';

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
            (code, version, title, label, kind, reads, direction, curve, unit, data_source, frequency, "least", most)
        SELECT g.code, 1 + coalesce((SELECT max(old.version) FROM appraisal.indicator AS old WHERE old.code = g.code), 0),
               r.title, r.label, r.kind, r.reads, r.direction, r.curve, r.unit, r.data_source, r.frequency, r."least", r.most
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
    INSERT INTO appraisal.period_rule (scheme_id, job_group, period, due_days, composed_of, combined_by)
    SELECT draft_id, g.key, p.key, r.due_days, r.composed_of, r.combined_by
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
        (scheme_id, code, title, label, subject, period, grade, compares, run, service_years, after_training, outcome, amount)
    SELECT draft_id, o.key, r.title, r.label, r.subject, r.period, r.grade, r.compares, r.run, r.service_years, r.after_training,
           r.outcome, r.amount
    FROM jsonb_each(document -> 'outcomes') AS o,
         jsonb_populate_record(NULL::appraisal.outcome_rule, appraisal.scheme_defaults('outcomes.*') || o.value) AS r;

    INSERT INTO appraisal.sign_off_rule (scheme_id, step, signer, act, label, due_days)
    SELECT draft_id, o.n, r.signer, r.act, r.label, r.due_days
    FROM jsonb_array_elements(document -> 'sign_off') WITH ORDINALITY AS o (value, n),
         jsonb_populate_record(NULL::appraisal.sign_off_rule, o.value) AS r;

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
         transfer, visible_to, appeal_days, appeal_day_kind, assumed)
      = (SELECT r.title, r.label, r.language, r.uses, r.adaptable, r.surveyed, r.subjects, r.unit_levels, r.decimals, r.rounding,
                r.grade_reads, r.missing, r.least_coverage, r.scale, r.quota, r.enforcement, r.least_group, r.calibration_steps,
                r.no_surprise_grade, r.improvement_grade, r.goals_set_by, r.goals_confirmed, r.goals_approved, r.target_floor,
                r.self_report, r.self_report_days, r.interview, r.comment_topics, r.transfer, r.visible_to, r.appeal_days,
                r.appeal_day_kind, r.assumed
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
