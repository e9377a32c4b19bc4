-- Schemes: documents in and out, the library, what is refused and how.
\set ECHO none
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE SCHEMA records_scheme;
SET LOCAL search_path = records_scheme, appraisal, public;
CALL create_tables();
SELECT no_plan();

-- "SQLSTATE message" of a statement, or NULL when it succeeds; nothing of what it did remains.
CREATE FUNCTION error_of(VARIADIC statements text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    statement text;
BEGIN
    FOREACH statement IN ARRAY statements LOOP
        EXECUTE statement;
    END LOOP;
    RAISE EXCEPTION USING ERRCODE = 'AP999';
EXCEPTION
    WHEN SQLSTATE 'AP999' THEN RETURN NULL;
    WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE FUNCTION error_of_document(document jsonb) RETURNS text LANGUAGE sql AS
    $$ SELECT error_of(format('CALL appraisal.define_scheme(%L)', document)) $$;
-- the error of activating what a document says
CREATE FUNCTION error_of_activating(document jsonb) RETURNS text LANGUAGE sql AS
    $$ SELECT error_of(format('CALL appraisal.define_scheme(%L)', document), format('CALL appraisal.activate_scheme(%L)', document ->> 'code')) $$;
-- a small document that has nearly nothing
CREATE FUNCTION small(patch jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT appraisal.merge_patch('{
        "code": "small", "title": "Small", "label": "小", "language": "zh",
        "periods": {"*": {"month": {}}},
        "dimensions": {"work": {"position": 1, "title": "Work", "label": "工作", "weights": {"*": 100},
                                "indicators": {"*": {"chores": {"weight": 100}}}}},
        "indicators": {"chores": {"title": "Chores", "label": "任务", "kind": "rated", "least": 0, "most": 100}},
        "raters": {"*": {"manager": {"label": "上级", "weight": 100}}}}', patch) $$;
CREATE FUNCTION library(wanted text) RETURNS jsonb LANGUAGE sql AS
    $$ SELECT document FROM appraisal.scheme_library() WHERE code = wanted $$;

-- The library
SELECT set_eq('SELECT code FROM scheme_library()',
    '{quarterly-operations,manager-quarterly,commerce-staff-monthly,ecommerce-monthly,half-year-360,company-half-year,quarterly-sales-pay,
      participation,three-level,operations-monthly,performance-and-values,course-marks,fulfilment}'::text[], 'the library has the schemes');
SELECT is(document ->> 'code', code, code || ' is its own code') FROM scheme_library();
SELECT is(document ->> 'language', 'zh', code || ': labels in Chinese') FROM scheme_library();
SELECT is(jsonb_path_query_first(library('ecommerce-monthly'), '$.label') #>> '{}', '电子商务部绩效考核', 'escapes are read back as written');
SELECT is(error_of(format('CALL appraisal.load_scheme(%L)', code)), NULL, code || ' loads') FROM scheme_library();

DO $$
DECLARE
    this text;
    id bigint;
BEGIN
    FOR this IN SELECT code FROM appraisal.scheme_library() LOOP
        id := NULL;
        CALL appraisal.load_scheme(this, scheme_id => id);
    END LOOP;
END $$;
SELECT is(scheme_document(code), document, code || ' comes back unchanged') FROM scheme_library();
SELECT is(scheme_document(code, 1), document, code || ' comes back unchanged, by version') FROM scheme_library();
SELECT is((SELECT string_agg(problem, '; ') FROM scheme_problems(code)), NULL, code || ' has no problems') FROM scheme_library();
SELECT is(error_of(format('CALL appraisal.activate_scheme(%L)', code)), NULL, code || ' can be activated') FROM scheme_library();

-- A second scheme shares definitions that are the same, by one row
SELECT is((SELECT count(*) FROM (SELECT DISTINCT e.key, merge_patch('{"reads": "value"}', e.value)
                                 FROM scheme_library(), jsonb_each(document -> 'indicators') e) d),
          (SELECT count(*) FROM indicator), 'the indicator library has each definition once');
SELECT ok(count(*) > 0, count(*) || ' indicators serve several schemes') FROM (
    SELECT indicator_id FROM scheme_indicator GROUP BY indicator_id HAVING count(DISTINCT scheme_id) > 1) s;

-- Facts of the schemes, read from the tables
CREATE FUNCTION weights(this text, dim text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(job_group || ' ' || weight, ', ' ORDER BY job_group COLLATE "C")
    FROM appraisal.dimension_weight JOIN appraisal.dimension d USING (scheme_id, dimension_id) JOIN appraisal.scheme s USING (scheme_id)
    WHERE s.code = this AND d.code = dim $$;
SELECT is(weights('company-half-year', 'key'), '* 50, department 100, middle_manager 60', 'managers 60/40, staff 50/50, a department by its contract: key');
SELECT is(weights('company-half-year', 'general'), '* 50, middle_manager 40', 'managers 60/40, staff 50/50: general');
SELECT is((SELECT string_agg(d.code || ' ' || weight, ', ' ORDER BY "position") FROM scheme s JOIN dimension d USING (scheme_id)
           JOIN dimension_weight USING (scheme_id, dimension_id) WHERE s.code = 'manager-quarterly'),
          'task 55, attitude 10, ability 35', 'manager-quarterly');
SELECT is((SELECT string_agg(source || ' ' || weight, ', ' ORDER BY weight, source) FROM rater_rule JOIN scheme s USING (scheme_id)
           WHERE s.code = 'company-half-year' AND job_group = '*'),
          'colleague 0, self 0, top_manager 10, second_manager 20, manager 70', 'raters of staff');
SELECT is((SELECT string_agg(q.rule || ': ' || "least" || '-' || most, '; ' ORDER BY q.rule COLLATE "C") FROM scheme, quota_bounds(quota, scale, 100) q WHERE code = 'performance-and-values'),
          '符合期望 = 50%: 50-50; 超出期望+持续一贯地超出期望+杰出 <= 20%: 0-20; 部分超出期望+超出期望+持续一贯地超出期望+杰出 <= 35%: 0-35; 需要提高+需要改进+不合格 >= 15%: 15-100',
          'the nested forced distribution');
SELECT is((SELECT string_agg(grade(m, scale), ' ' ORDER BY m) FROM scheme, unnest('{2.5,3,3.25,3.5,3.75,4,4.5,5}'::numeric[]) m WHERE code = 'performance-and-values'),
          '不合格 需要改进 需要提高 符合期望 部分超出期望 超出期望 持续一贯地超出期望 杰出', 'marks and their names');
SELECT is((SELECT string_agg(grade(m, scale), ' ' ORDER BY m) FROM scheme, unnest('{59.99,60,79.99,80,90}'::numeric[]) m WHERE code = 'ecommerce-monthly'),
          '需激励 一般 一般 合格 优秀', 'ecommerce-monthly');
SELECT is((SELECT string_agg(points(h, curve)::text, ' ' ORDER BY h) FROM indicator, unnest('{12,24,36,48,49}'::numeric[]) h WHERE code = 'order_to_dispatch'),
          '100 100 80 0 0', 'hours from order to dispatch: at most 48');
SELECT is((SELECT string_agg(b.label, ' ' ORDER BY performance_grade, values_grade) FROM box b JOIN scheme s USING (scheme_id)
           WHERE s.code = 'performance-and-values' AND '中' NOT IN (performance_grade, values_grade)),
          (SELECT string_agg(label, ' ' ORDER BY p, v) FROM (VALUES ('高', '高', '明星'), ('高', '低', '野狗'), ('低', '高', '小白兔'), ('低', '低', '狗')) b (p, v, label)),
          'boxes at the corners');

SELECT is((SELECT string_agg(i.code || ' ' || u.weight || coalesce(' of ' || u.unit_level, ''), ', ' ORDER BY i.code) FROM scheme_indicator u JOIN indicator i USING (indicator_id)
           JOIN dimension d USING (dimension_id) JOIN scheme s ON s.scheme_id = u.scheme_id
           WHERE s.code = 'company-half-year' AND d.code = 'key' AND u.job_group = 'department'),
          'key_tasks 40, profit 30, revenue 30', 'a department is appraised by its contract, not by its own result');
SELECT results_eq($$SELECT DISTINCT s.code, i.code
    FROM scheme s JOIN scheme_indicator u USING (scheme_id) JOIN indicator i USING (indicator_id)
    JOIN LATERAL (SELECT min(array_position('{day,week,month,quarter,half_year,year}', p.period)) AS shortest
                  FROM period_rule p WHERE p.scheme_id = s.scheme_id) p ON array_position('{day,week,month,quarter,half_year,year}', i.frequency) < p.shortest
    WHERE i.kind = 'measured' AND i.gathering = 'latest' ORDER BY 1, 2$$,
    $$VALUES ('course-marks', 'inbound_links'), ('course-marks', 'search_rank')$$,
    'of figures that come several times in a period only what is reached at its end counts as the latest');

-- Every key of a document matters: an unknown one beside any other is named, a value of another type, too
CREATE TABLE node AS
WITH RECURSIVE node AS (
    SELECT '{}'::text[] AS path, ''::text AS spelling, document AS value, code FROM scheme_library()
    WHERE code IN ('commerce-staff-monthly', 'company-half-year')
    UNION ALL
    SELECT path || c.key, c.spelling, c.value, code
    FROM node, LATERAL (
        SELECT key, ltrim(spelling || '.' || key, '.'), value FROM jsonb_each(CASE jsonb_typeof(node.value) WHEN 'object' THEN node.value ELSE '{}' END)
        UNION ALL
        SELECT (n - 1)::text, format('%s[%s]', spelling, n - 1), value
        FROM jsonb_array_elements(CASE jsonb_typeof(node.value) WHEN 'array' THEN node.value ELSE '[]' END) WITH ORDINALITY AS a (value, n)) c (key, spelling, value))
SELECT * FROM node;
SELECT cmp_ok(count(*), '>=', 300::bigint, count(*) || ' nodes') FROM node;

CREATE FUNCTION scheme_key(path text[]) RETURNS boolean LANGUAGE sql AS
    $$ SELECT NOT EXISTS (SELECT FROM appraisal.scheme_keys() k WHERE k.place = array_to_string(path, '.') AND k.key = '*') $$;
SELECT is_empty(
    $$ SELECT spelling, error FROM node,
         LATERAL error_of(format('SELECT appraisal.check_scheme_document(%L)', jsonb_set(library(code), path || 'zzz'::text, '1'))) error
       WHERE jsonb_typeof(value) = 'object'
         AND error IS DISTINCT FROM format('AP005 scheme document is wrong at "%s": %s', ltrim(spelling || '.zzz', '.'), 'there is no such key')
         -- keys of maps are free; their values are not
         AND error NOT LIKE format('AP005 scheme document is wrong at "%s": must be %%', ltrim(spelling || '.zzz', '.'))
         AND path[cardinality(path)] IS DISTINCT FROM 'weights' $$,
    'an unknown key is named wherever it is');
SELECT is_empty(
    $$ SELECT spelling, replaced, error FROM node,
         LATERAL (SELECT r FROM jsonb_array_elements('[null, true, 1, 1.5, "x", [], {}]') r WHERE jsonb_typeof(r) <> jsonb_typeof(value)) o (replaced),
         LATERAL error_of(format('SELECT appraisal.check_scheme_document(%L)', jsonb_set(library(code), path, replaced))) error
       WHERE path <> '{}' AND code = 'commerce-staff-monthly'
         AND (error IS NULL OR error NOT LIKE format('AP005 scheme document is wrong at "%s": %%', replace(regexp_replace(spelling, '^(assumed)\[.*', '\1'), '_', '\_'))) $$,
    'a value of another type is named wherever it is');

-- Every weight matters
CREATE TABLE weight AS
SELECT code, path, value::numeric AS weight FROM (
    WITH RECURSIVE n AS (
        SELECT '{}'::text[] AS path, document AS value, code FROM scheme_library()
        WHERE code IN ('company-half-year', 'three-level', 'operations-monthly')
        UNION ALL
        SELECT path || key, e.value, code FROM n, jsonb_each(CASE jsonb_typeof(n.value) WHEN 'object' THEN n.value ELSE '{}' END) e)
    SELECT * FROM n) n
WHERE jsonb_typeof(value) = 'number' AND (path[cardinality(path)] = 'weight' OR path[cardinality(path) - 1] = 'weights');
DELETE FROM scheme;
SELECT cmp_ok(count(*), '>=', 60::bigint, count(*) || ' weights') FROM weight;
SELECT is_empty(
    $$ SELECT code, path, error FROM weight,
         LATERAL error_of_activating(jsonb_set(library(code), path, to_jsonb(CASE weight WHEN 100 THEN 99.5 ELSE weight + 1 END))) error
       WHERE error IS NULL OR error NOT LIKE 'AP002 weights of % add up to ' || CASE weight WHEN 100 THEN '99.5' ELSE '101' END || ', not 100' $$,
    'weights that do not add up, each by turn: the sum is told');

-- What is refused, and how
SELECT is(error_of_activating(small()), NULL, 'a small scheme');
SELECT is(error_of_activating(small(patch::jsonb)), error, error)
FROM (VALUES
    ('{"dimensions": {"work": {"weights": {"*": 90}}}}', 'AP002 weights of the dimensions for job group "*" add up to 90, not 100'),
    ('{"dimensions": {"work": {"weights": {"*": 33.30}}}}', 'AP002 weights of the dimensions for job group "*" add up to 33.3, not 100'),
    ('{"dimensions": {"work": {"weights": {"chief": 70}}}}', 'AP002 weights of the dimensions for job group "chief" add up to 70, not 100'),
    ('{"dimensions": {"work": {"indicators": {"*": {"chores": {"weight": 40}}}}}}', 'AP002 weights of the indicators of dimension "work" for job group "*" add up to 40, not 100'),
    ('{"dimensions": {"work": {"indicators": {"*": null, "chief": {"chores": {"weight": 100}}}}}}', 'AP002 weights of the indicators of dimension "work" for job group "*" add up to 0, not 100'),
    ('{"raters": {"*": {"self": {"label": "自评", "weight": 10}}}}', 'AP002 weights of the rater sources for job group "*" add up to 110, not 100'),
    ('{"raters": {"*": {"self": {"label": "自评", "weight": 10, "period": "month"}}}}', 'AP002 weights of the rater sources for job group "*" add up to 110, not 100'),
    ('{"raters": {"*": null, "chief": {"manager": {"label": "上级", "weight": 100}}}}', 'AP002 weights of the rater sources for job group "*" add up to 0, not 100'),
    ('{"raters": null}', 'AP002 weights of the rater sources for job group "*" add up to 0, not 100'),
    ('{"indicators": {"chores": {"kind": "measured", "direction": "higher", "least": null, "most": null}}}', 'AP005 indicator "chores" of dimension "work" is measured and has no curve'),
    ('{"indicators": {"chores": {"kind": "levels", "least": null, "most": null}}}', 'AP005 indicator "chores" of dimension "work" has no levels'),
    ('{"indicators": {"chores": {"kind": "gated", "least": null, "most": null}}}', 'AP005 indicator "chores" of dimension "work" has no levels'),
    ('{"indicators": {"chores": {"least": null, "most": null}}}', 'AP005 indicator "chores" of dimension "work" must have either a range or a list of marks'),
    ('{"indicators": {"chores": {"levels": [{"label": "好", "points": 1}]}}}', 'AP005 indicator "chores" of dimension "work" must have either a range or a list of marks'),
    ('{"indicators": {"chores": {"kind": "measured", "direction": "higher", "curve": "linear (0, 0)", "least": null, "most": null, "levels": [{"label": "好", "points": 1}]}}}',
     'AP005 indicator "chores" of dimension "work" is measured and has levels'),
    ('{"dimensions": {"work": {"indicators": {"*": {"chores": {"curve": "linear (0, 0), (1, 100)"}}}}}}', 'AP005 indicator "chores" of dimension "work" has a curve and is not measured'),
    ('{"dimensions": {"work": {"indicators": {"*": {"chores": {"unit_level": "部门"}}}}}, "subjects": ["person", "unit"], "unit_levels": ["部门"]}',
     'AP005 indicator "chores" of dimension "work" takes the result of a unit and is not measured'),
    ('{"indicators": {"chores": {"kind": "measured", "direction": "higher", "curve": "linear (0, 0)", "least": null, "most": null}},
       "dimensions": {"work": {"indicators": {"*": {"chores": {"unit_level": "部门"}}}}}}',
     'AP005 indicator "chores" of dimension "work" names unit level "部门", which is not among unit_levels'),
    ('{"scale": "A >= 90, B", "no_surprise_grade": "C"}', 'AP005 no_surprise_grade names grade "C", which is not in the scale'),
    ('{"scale": "A >= 90, B", "improvement_grade": "C"}', 'AP005 improvement_grade names grade "C", which is not in the scale'),
    ('{"scale": "A >= 90, B", "dimensions": {"work": {"gate": 60, "gate_grade": "C"}}}', 'AP005 the gate of dimension "work" names grade "C", which is not in the scale'),
    ('{"dimensions": {"work": {"gate": 60, "gate_grade": "C"}}}', 'AP005 the gate of dimension "work" names grade "C", which is not in the scale'),
    ('{"scale": "A >= 90, B", "outcomes": {"star": {"title": "Star", "label": "明星", "period": "month", "grade": "C", "outcome": "title"}}}',
     'AP005 outcome "star" names grade "C", which is not in the scale'),
    ('{"scale": "A >= 90, B", "outcomes": {"star": {"title": "Star", "label": "明星", "period": "year", "grade": "A", "outcome": "title"}}}',
     'AP005 outcome "star" is for each year, which is no period of the scheme'),
    ('{"self_report": ["year"]}', 'AP005 self_report is for each year, which is no period of the scheme'),
    ('{"raters": {"*": {"self": {"label": "自评", "weight": 0, "period": "year"}}}}', 'AP005 the rater source "self" is for each year, which is no period of the scheme'),
    ('{"appeal_days": 7}', 'AP005 there are appeal_days and no appeal levels'),
    ('{"appeals": [{"reviewer": "hr", "label": "人力资源部"}]}', 'AP005 there are appeal levels and no appeal_days'),
    ('{"boxes": {"高": {"高": {"label": "明星", "title": "star"}}}}', 'AP005 a box names performance "高" and values "高", which the box axes have not'),
    ('{"quota": "A <= 20%"}', '23514 new row for relation "scheme" violates check constraint "scheme_quota_has_a_scale"'),
    ('{"scale": "A >= 90, B", "quota": "C <= 20%"}', '22023 quota rule 1 ("C <= 20%") names grade "C", which is not in the scale'),
    ('{"scale": "A >= 90, B", "quota": "A <= 20%, B <= 20%"}', '22023 quota cannot be met by a group of any size'),
    ('{"enforcement": "block"}', '23514 new row for relation "scheme" violates check constraint "scheme_enforcement_has_a_quota"'),
    ('{"missing": "renormalise"}', '23514 new row for relation "scheme" violates check constraint "scheme_renormalise_has_least_coverage"'),
    ('{"raters": {"*": {"peer": {"label": "同事", "weight": 0, "anonymous": true}}}}', '23514 new row for relation "rater_rule" violates check constraint "rater_rule_anonymous_takes_three"'),
    ('{"raters": {"*": {"boss": {"label": "老板", "weight": 0}}}}', '23514 new row for relation "rater_rule" violates check constraint "rater_rule_source_is_known"'),
    ('{"code": null}', 'AP005 scheme document is wrong at "code": is missing'),
    ('{"code": ""}', 'AP005 scheme document is wrong at "code": must be a text that is not empty, not an empty one'),
    ('{"periods": null}', 'AP005 scheme document is wrong at "periods": is missing'),
    ('{"dimensions": {"work": {"weights": null}}}', 'AP005 scheme document is wrong at "dimensions.work.weights": is missing'),
    ('{"dimensions": {"work": {"weights": {"*": "100"}}}}', 'AP005 scheme document is wrong at "dimensions.work.weights.*": must be a number, not string'),
    ('{"dimensions": {"work": {"position": 1.5}}}', 'AP005 scheme document is wrong at "dimensions.work.position": must be an integer'),
    ('{"decimals": 3000000000}', 'AP005 scheme document is wrong at "decimals": must be an integer'),
    ('{"decimals": true}', 'AP005 scheme document is wrong at "decimals": must be an integer, not boolean'),
    ('{"interview": 1}', 'AP005 scheme document is wrong at "interview": must be a boolean, not number'),
    ('{"uses": [1]}', 'AP005 scheme document is wrong at "uses": must be a list of texts'),
    ('{"uses": []}', 'AP005 scheme document is wrong at "uses": must not be empty'),
    ('{"outcomes": {"x": 1}}', 'AP005 scheme document is wrong at "outcomes.x": must be an object, not number'),
    ('{"appeals": {}}', 'AP005 scheme document is wrong at "appeals": must be a list, not object'),
    ('{"appeals": []}', 'AP005 scheme document is wrong at "appeals": must not be empty'),
    ('{"appeals": [{"reviewer": "hr", "label": "人力资源部"}, {"reviewer": "leader"}]}', 'AP005 scheme document is wrong at "appeals[1].label": is missing'),
    ('{"dimensions": {"work": {"weigths": {"*": 100}}}}', 'AP005 scheme document is wrong at "dimensions.work.weigths": there is no such key'),
    ('{"scale": "A >= 90, B >= 95"}', 'AP005 scheme document is wrong at "scale": bound of grade scale band 2 ("B") is higher than that of the band above it. Band 1 has ">= 90", band 2 has ">= 95".'),
    ('{"quota": "A << 20%"}', 'AP005 scheme document is wrong at "quota": invalid input syntax for type quota: "A << 20%". In rule 1, "+", "<=", ">=", "=" or "between" was expected at character 3.'),
    ('{"indicators": {"chores": {"curve": "linear (1, 0), (0, 1)"}}}', 'AP005 scheme document is wrong at "indicators.chores.curve": knot 2 of a score curve lies before the knot in front of it'),
    ('{"indicators": {"more": {"title": "More", "label": "更多", "kind": "rated"}}}', 'AP005 scheme document is wrong at "indicators.more": no dimension uses this indicator'),
    ('{"dimensions": {"work": {"indicators": {"*": {"more": {"weight": 0}}}}}}', 'AP005 scheme document is wrong at "dimensions.work.indicators.*.more": the document does not define this indicator'),
    ('{"assumed": ["label", "labels"]}', 'AP005 scheme document is wrong at "assumed[1]": the document has no path "labels"')
) AS v (patch, error);
SELECT is(error_of_activating(library('performance-and-values') #- '{boxes,高,高}'), 'AP005 there is no box for performance "高" and values "高"', 'a box is missing');
SELECT is(error_of_document('[]'), 'AP005 scheme document must be an object', 'no object');
SELECT is(error_of('CALL appraisal.define_scheme(NULL)'), 'AP005 scheme document must be an object', 'NULL');
SELECT is(error_of_document(small('{"periods": {}}') - 'periods' || '{"periods": {}}'), 'AP005 scheme document is wrong at "periods": must not be empty', 'an empty map');
SELECT is(error_of($$ CALL appraisal.load_scheme('nothing') $$), 'AP004 there is no scheme "nothing" in the library', 'unknown code');
SELECT is(error_of($$ SELECT appraisal.scheme_document('nothing') $$), 'AP004 there is no scheme "nothing"', 'unknown code');
SELECT is(error_of($$ CALL appraisal.activate_scheme('nothing') $$), 'AP004 there is no scheme "nothing"', 'unknown code');
SELECT is(error_of($$ CALL appraisal.revise_scheme('nothing') $$), 'AP004 there is no scheme "nothing"', 'unknown code');

-- The life of a scheme
CALL define_scheme(small(), NULL);
SELECT scheme_id AS draft FROM scheme WHERE code = 'small' \gset
SELECT is(scheme_document('small'), small(), 'what has its default is left out');
SELECT is((SELECT scheme_part('', to_jsonb(s), VARIADIC '{scheme_id,version,status,code,title,label,language}') FROM scheme s WHERE code = 'small'), '{}',
          'defaults of the tables are those of documents');
SELECT is(error_of($$ SELECT appraisal.scheme_document('small', 2) $$), 'AP004 there is no version 2 of scheme "small"', 'unknown version');
SELECT is(error_of_document(small()), 'AP001 scheme "small" has a draft already', 'one draft at a time');
SELECT is(error_of(format('CALL appraisal.define_scheme(%L, -1)', small())), 'AP004 there is no scheme with scheme_id -1', 'unknown draft');
SELECT is(error_of(format('CALL appraisal.define_scheme(%L, %s)', small('{"code": "other"}'), :draft)),
          'AP005 a document of scheme "other" cannot replace one of scheme "small"', 'a draft of another code');
CALL define_scheme(small('{"decimals": 1, "indicators": {"chores": {"most": 10}}}'), :draft);
SELECT is(scheme_document('small'), small('{"decimals": 1, "indicators": {"chores": {"most": 10}}}'), 'a draft is replaced');
SELECT is((SELECT scheme_id FROM scheme WHERE code = 'small'), :draft::bigint, 'and keeps its key');
SELECT is(error_of($$ CALL appraisal.revise_scheme('small') $$), 'AP001 scheme "small" has no active version to revise', 'a draft is not revised');
SELECT is(error_of($$ UPDATE appraisal.scheme SET status = 'retired', valid_from = '2026-01-01', retired_on = '2026-02-01' WHERE code = 'small' $$),
          'AP001 version 1 of scheme "small" is a draft: it can be changed or activated, not both at once nor retired', 'a draft is not retired');
SELECT is(error_of($$ UPDATE appraisal.scheme SET status = 'active', valid_from = '2026-01-01', decimals = 3 WHERE code = 'small' $$),
          'AP001 version 1 of scheme "small" is a draft: it can be changed or activated, not both at once nor retired', 'what is activated is what was checked');
SELECT is(error_of($$ INSERT INTO appraisal.scheme (code, title, label, language, status, valid_from) VALUES ('x', 'X', 'X', 'en', 'active', '2026-01-01') $$),
          'AP001 scheme "x" must begin as a draft', 'no scheme begins active');
SELECT is(error_of($$ UPDATE appraisal.dimension_weight SET weight = 50 $$, $$ UPDATE appraisal.scheme SET status = 'active', valid_from = '2026-01-01' WHERE code = 'small' $$),
          'AP002 weights of the dimensions for job group "*" add up to 50, not 100', 'a direct write does not go round the checks');

CALL activate_scheme('small', 1, '2026-01-01', NULL);
SELECT is((SELECT (status, valid_from)::text FROM scheme WHERE code = 'small'), '(active,2026-01-01)', 'activated');
SELECT is(error_of(statement), 'AP006 version 1 of scheme "small" is active and cannot be changed', statement)
FROM unnest(ARRAY[
    $$ UPDATE appraisal.scheme SET decimals = 3 $$, $$ DELETE FROM appraisal.scheme $$,
    $$ UPDATE appraisal.scheme SET status = 'draft', valid_from = NULL $$,
    $$ UPDATE appraisal.scheme SET status = 'retired', retired_on = '2026-02-01', decimals = 3 $$,
    $$ UPDATE appraisal.dimension SET gate = 1, gate_grade = 'A' $$, $$ DELETE FROM appraisal.dimension $$,
    $$ INSERT INTO appraisal.dimension (scheme_id, code, "position", title, label) SELECT scheme_id, 'x', 9, 'X', 'X' FROM appraisal.scheme $$,
    $$ UPDATE appraisal.dimension_weight SET weight = 1 $$, $$ UPDATE appraisal.scheme_indicator SET target = 1 $$,
    $$ UPDATE appraisal.rater_rule SET trim = 1 $$, $$ UPDATE appraisal.period_rule SET due_days = 1 $$,
    $$ INSERT INTO appraisal.box SELECT scheme_id, 'A', 'A', 'X', 'X' FROM appraisal.scheme $$,
    $$ INSERT INTO appraisal.outcome_rule (scheme_id, code, title, label, period, grade, outcome) SELECT scheme_id, 'x', 'X', 'X', 'month', 'A', 'title' FROM appraisal.scheme $$,
    $$ INSERT INTO appraisal.sign_off_rule SELECT scheme_id, 1, 'hr', 'check', 'X' FROM appraisal.scheme $$,
    $$ INSERT INTO appraisal.appeal_rule SELECT scheme_id, 1, 'hr', 'X' FROM appraisal.scheme $$,
    format('CALL appraisal.define_scheme(%L, %s)', small(), :draft)]) AS statement;
SELECT is(error_of(statement), 'AP006 version 2 of indicator "chores" is in use and cannot be changed', statement)
FROM unnest(ARRAY[
    $$ UPDATE appraisal.indicator SET most = 20 WHERE code = 'chores' AND version = 2 $$,
    $$ INSERT INTO appraisal.indicator_level (indicator_id, "position", label, points) SELECT indicator_id, 1, 'X', 1 FROM appraisal.scheme_indicator $$]) AS statement;
SELECT is(error_of($$ UPDATE appraisal.indicator SET most = 20 WHERE code = 'chores' AND version = 1 $$), NULL, 'a version that nobody uses may change');
SELECT is(error_of($$ CALL appraisal.activate_scheme('small') $$), 'AP001 scheme "small" has no draft to activate', 'nothing to activate');
SELECT is(error_of($$ CALL appraisal.activate_scheme('small', 1) $$), 'AP001 version 1 of scheme "small" is active, not a draft', 'active already');
SELECT is(error_of($$ CALL appraisal.activate_scheme('small', 7) $$), 'AP004 there is no version 7 of scheme "small"', 'unknown version');
SELECT is(error_of($$ CALL appraisal.revise_scheme('small', new_code => 'east') $$), 'AP005 scheme "small" is not adaptable', 'not adaptable');

CALL revise_scheme('small', '{"adaptable": true}', NULL, NULL);
SELECT is((SELECT array_agg((version, status, parent_id IS NULL)::text ORDER BY version) FROM scheme WHERE code = 'small'),
          '{"(1,active,t)","(2,draft,f)"}', 'a revision is a draft');
SELECT is(scheme_document('small', 2), scheme_document('small') || '{"adaptable": true}', 'of the same rules but for the overrides');
SELECT is((SELECT count(*) FROM indicator WHERE code = 'chores'), 2::bigint, 'and of the same indicators');
SELECT is(error_of($$ UPDATE appraisal.scheme SET status = 'active', valid_from = '2026-06-01' WHERE code = 'small' AND version = 2 $$),
          '23505 duplicate key value violates unique constraint "scheme_has_one_active_version"', 'two active versions');
SELECT is(error_of($$ CALL appraisal.activate_scheme('small', valid_from => '2026-01-01') $$), 'AP001 version 2 of scheme "small" cannot begin on 2026-01-01', 'two versions from one day');
CALL activate_scheme('small', NULL, '2026-07-01', NULL);
SELECT is((SELECT array_agg((version, status, valid_from, retired_on)::text ORDER BY version) FROM scheme WHERE code = 'small'),
          '{"(1,retired,2026-01-01,2026-07-01)","(2,active,2026-07-01,)"}', 'the version before is retired');
SELECT is(error_of($$ UPDATE appraisal.scheme SET retired_on = '2026-08-01' WHERE version = 1 $$), 'AP006 version 1 of scheme "small" is retired and cannot be changed', 'so it stays');
CALL revise_scheme('small', '{"decimals": 3, "indicators": {"chores": {"most": 50}}}', 'east', NULL);
SELECT is((SELECT (e.version, e.status, p.code, p.version)::text FROM scheme e JOIN scheme p ON p.scheme_id = e.parent_id WHERE e.code = 'east'),
          '(1,draft,small,2)', 'a subsidiary has a scheme of its own');
SELECT is(scheme_document('east'), scheme_document('small') || jsonb_build_object('code', 'east', 'decimals', 3, 'indicators', scheme_document('east') -> 'indicators'),
          'of the same rules but for its figures');
SELECT is((SELECT array_agg(version ORDER BY version) FROM indicator WHERE code = 'chores'), '{1,2,3}', 'another definition is another version');
SELECT is(error_of($$ DELETE FROM appraisal.scheme WHERE code = 'east' $$), NULL, 'a draft may be deleted');

-- Overrides
CALL load_scheme('fulfilment', '{"code": "dispatch", "scale": null, "assumed": null, "dimensions": {"stock": {"label": "仓库"}}}', NULL);
SELECT is(scheme_document('dispatch'),
          jsonb_set(library('fulfilment') - 'scale' - 'assumed' || '{"code": "dispatch"}', '{dimensions,stock,label}', '"仓库"'), 'overrides are merged');
-- RFC 7396, appendix A
SELECT is(merge_patch(target::jsonb, patch::jsonb), result::jsonb, format('%s + %s', target, patch))
FROM (VALUES
    ('{"a":"b"}', '{"a":"c"}', '{"a":"c"}'), ('{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'), ('{"a":"b"}', '{"a":null}', '{}'),
    ('{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'), ('{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'), ('{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'),
    ('{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'), ('{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'),
    ('["a","b"]', '["c","d"]', '["c","d"]'), ('{"a":"b"}', '["c"]', '["c"]'), ('{"a":"foo"}', 'null', 'null'), ('{"a":"foo"}', '"bar"', '"bar"'),
    ('{"e":null}', '{"a":1}', '{"e":null,"a":1}'), ('[1,2]', '{"a":"b","c":null}', '{"a":"b"}'), ('{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}')
) AS v (target, patch, result);

SELECT * FROM finish();
ROLLBACK;
