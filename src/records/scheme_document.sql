-- The document of a scheme: which keys it has, what is wrong with one, and a
-- scheme version written as one.

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
