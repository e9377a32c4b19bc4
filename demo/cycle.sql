-- A whole appraisal cycle by the records, on a page: make demo. A company of 120, all drawn, the same each time.
\set ON_ERROR_STOP on
\pset footer off
SET client_min_messages = warning;
CREATE DATABASE company ENCODING 'UTF8' TEMPLATE template0;
\connect company
SET client_min_messages = warning;
CREATE EXTENSION pg_appraisal;
CALL appraisal.create_tables();

-- A number from 0 to below 1 that looks random.
CREATE FUNCTION public.draw(VARIADIC of text[]) RETURNS double precision LANGUAGE sql IMMUTABLE AS $$
    SELECT ('x' || left(md5(array_to_string(of, '/')), 8))::bit(32)::bigint / 4294967296.0 $$;

-- The marks that a person gets from a source: who is good is so at most things, and a little more in one's own eyes.
CREATE FUNCTION public.marks(person text, source text, goals text[], quarter text DEFAULT '') RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_agg(CASE
        WHEN indicator = ANY (goals) THEN jsonb_build_object('indicator', indicator,
            'score', ('{2.5,3,3.25,3.5,3.75,4,4.5,5}'::numeric[])[least(1 + floor(8 * luck), 8)::integer])
        ELSE jsonb_build_object('indicator', indicator, 'evidence', '事例 a case', 'levels',
            CASE WHEN person = 'p066' THEN '[1, 1, 0, 1, 1]'
                 ELSE (SELECT jsonb_agg(CASE WHEN n <= 2.1 + 2.6 * luck THEN 1 WHEN n <= 2.6 + 2.6 * luck THEN 0.5 ELSE 0 END)
                       FROM generate_series(1, 5) AS n) END)
        END)
    FROM unnest(goals || '{customers,cooperation,honesty,responsibility,learning}') AS indicator,
        LATERAL (SELECT 0.1 + 0.25 * (public.draw('a', person) + public.draw('b', person) + public.draw('c', person))
            + 0.3 * public.draw(indicator, person || quarter) + CASE source WHEN 'self' THEN 0.1 WHEN 'strict' THEN -0.08 ELSE 0 END) AS l (luck) $$;

-- Whoever is first in a unit leads it, under the head above.
CREATE TEMPORARY TABLE unit_plan (code text, title text, kind text, parent text, first int, people int, above int, job_groups text[]);
INSERT INTO unit_plan VALUES
    ('firm',       '公司 Company',      'company',    NULL,          1, 12, NULL, '{functional}'),
    ('east',       '华东 East',         'centre',     'firm',       13, 12,    1, '{functional,technical}'),
    ('west',       '华西 West',         'centre',     'firm',       25, 12,    1, '{functional,technical}'),
    ('operations', '运营部 Operations', 'department', 'east',       37, 23,   13, '{promotion,planning,staff}'),
    ('goods',      '商品部 Goods',      'department', 'east',       60, 19,   13, '{product,crm}'),
    ('service',    '客服部 Service',    'department', 'west',       79, 22,   25, '{customer_contact}'),
    ('marketing',  '市场部 Marketing',  'department', 'west',      101, 15,   25, '{promotion,staff}'),
    ('design',     '设计室 Design',     'department', 'west',      116,  5,   25, '{technical}');
CREATE TEMPORARY TABLE person_plan AS
SELECT 'p' || lpad(n::text, 3, '0') AS code,
    (ARRAY['伟 Wei', '芳 Fang', '娜 Na', '敏 Min', '静 Jing', '强 Qiang', '磊 Lei', '洋 Yang'])[1 + n % 8] AS given,
    (ARRAY['王 Wang', '李 Li', '张 Zhang', '刘 Liu', '陈 Chen', '杨 Yang', '赵 Zhao', '黄 Huang', '周 Zhou', '吴 Wu',
           '徐 Xu', '孙 Sun', '胡 Hu', '高 Gao', '林 Lin'])[1 + n % 15] AS family,
    u.code AS unit, 'p' || lpad((CASE WHEN n = u.first THEN u.above ELSE u.first END)::text, 3, '0') AS manager,
    CASE WHEN n > u.first THEN u.job_groups[1 + n % cardinality(u.job_groups)]
         WHEN u.kind = 'department' THEN 'department_head' ELSE 'senior_manager' END AS job_group,
    CASE n WHEN 48 THEN '2026-03-02' ELSE '2015-01-01'::date + n * 37 % 3650 END AS hired_on,
    CASE n WHEN 71 THEN '2026-02-01'::date END AS left_on
FROM unit_plan AS u, generate_series(u.first, u.first + u.people - 1) AS n;

SELECT jsonb_build_object(
    'units', (SELECT jsonb_agg(jsonb_build_object('code', code, 'title', title, 'kind', kind, 'parent', parent) ORDER BY first) FROM unit_plan),
    'people', jsonb_agg(jsonb_build_object('code', code, 'hired_on', hired_on, 'left_on', left_on,
        'name', split_part(family, ' ', 1) || split_part(given, ' ', 1) || ' ' || split_part(given, ' ', 2) || ' ' || split_part(family, ' ', 2))),
    'postings', jsonb_agg(jsonb_build_object('person', code, 'unit', unit, 'manager', manager, 'job_group', job_group,
        'from_date', hired_on, 'until_date', left_on))) AS organisation
FROM person_plan \gset
CALL appraisal.import_organisation(:'organisation') \g /dev/null

-- Logins: two of HR, the chief, and an application that acts for everybody.
CREATE ROLE company_hr LOGIN;
CREATE ROLE company_hr2 LOGIN;
CREATE ROLE company_chief LOGIN;
CREATE ROLE company_portal LOGIN;
CALL appraisal.link_account('company_hr', 'hr', 'p002');
CALL appraisal.link_account('company_hr2', 'hr', 'p003');
CALL appraisal.link_account('company_chief', 'executive', 'p001');
CALL appraisal.link_account('company_chief', 'manager', 'p001');
CALL appraisal.link_account('company_portal', 'service');
-- Whom the application acts for is an employee; heads are managers, by roles that cannot log in.
SELECT format('CREATE ROLE company_%1$s', manager), format('CALL appraisal.link_account(%L, %L, %L)', 'company_' || manager, 'manager', manager)
FROM person_plan WHERE manager <> 'p001' GROUP BY manager ORDER BY manager \gexec

-- The scheme is in Chinese; the company wants it in English.
SELECT jsonb_build_object('language', 'en', 'label', document ->> 'title',
    'scale', 'Outstanding >= 5, Excellent >= 4.5, Exceeds >= 4, Good >= 3.75, Meets >= 3.5, Lacking >= 3.25, Poor >= 3, Failed',
    'quota', 'Outstanding+Excellent+Exceeds <= 20%, Outstanding+Excellent+Exceeds+Good <= 35%, Meets = 50%, Lacking+Poor+Failed >= 15%',
    'no_surprise_grade', 'Poor', 'improvement_grade', 'Poor',
    'dimensions', '{"performance": {"label": "Performance"}, "values": {"label": "Values", "gate_grade": "Failed"}}'::jsonb,
    'raters', '{"*": {"manager": {"label": "Manager"}, "self": {"label": "Self"}}}'::jsonb,
    'indicators', (SELECT jsonb_object_agg(key, jsonb_build_object('label', value -> 'title')) FROM jsonb_each(document -> 'indicators'))) AS overrides
FROM appraisal.scheme_library() WHERE code = 'performance-and-values' \gset
SET SESSION AUTHORIZATION company_hr;
CALL appraisal.load_scheme('performance-and-values', :'overrides') \g /dev/null
CALL appraisal.activate_scheme('performance-and-values', valid_from => '2026-01-01') \g /dev/null

CALL appraisal.open_cycle('2026q1', 'performance-and-values', 'quarter', '[2026-01-01,2026-04-01)', reviews_due => current_date + 7) \g /dev/null
CALL appraisal.enrol('2026q1') \g /dev/null
CALL appraisal.exempt('2026q1', 'p090', 'long leave') \g /dev/null
CALL appraisal.propose_goals('2026q1') \g /dev/null

-- Everybody confirms the goals.
SET SESSION AUTHORIZATION company_portal;
DO $$
DECLARE
    confirmed integer;
BEGIN
    FOR i IN 1 .. 120 LOOP
        PERFORM set_config('appraisal.actor', 'p' || lpad(i::text, 3, '0'), true);
        IF EXISTS (SELECT FROM appraisal.goal AS g JOIN appraisal.participant AS p USING (cycle_id, participant_id)
                   WHERE p.person_id = appraisal.acting_person()) THEN
            CALL appraisal.confirm_goal('2026q1', confirmed => confirmed);
        END IF;
    END LOOP;
END
$$;
SET SESSION AUTHORIZATION company_hr;
CALL appraisal.start_scoring('2026q1') \g /dev/null
CALL appraisal.assign_reviews('2026q1') \g /dev/null

-- HR wants one review earlier, so that it comes late, and somebody does not want to give one.
UPDATE appraisal.review AS r SET due_on = current_date - 7
FROM appraisal.participant AS p JOIN appraisal.person AS n USING (person_id)
WHERE p.cycle_id = r.cycle_id AND p.participant_id = r.participant_id AND n.code = 'p045' AND r.source = 'manager';
SET SESSION AUTHORIZATION company_portal;
BEGIN;
SET LOCAL appraisal.actor = 'p079';
CALL appraisal.decline_review('2026q1', 'p085', 'we have worked together for a week') \g /dev/null
COMMIT;

-- Everybody gives the reviews asked for, save one; most of who do badly hear of it in time.
DO $$
DECLARE
    mine record;
    feedback bigint;
BEGIN
    FOR i IN 1 .. 120 LOOP
        PERFORM set_config('appraisal.actor', 'p' || lpad(i::text, 3, '0'), true);
        FOR mine IN
            SELECT r.review_id, n.code, r.source, array_agg(x.code ORDER BY x.code) AS goals
            FROM appraisal.review AS r
            JOIN appraisal.participant AS p USING (cycle_id, participant_id)
            JOIN appraisal.person AS n USING (person_id)
            JOIN appraisal.goal AS g USING (cycle_id, participant_id)
            JOIN appraisal.scheme_indicator AS s USING (scheme_indicator_id)
            JOIN appraisal.indicator AS x USING (indicator_id)
            WHERE +r.rater_id = appraisal.acting_person() AND r.status = 'assigned' AND (n.code, r.source) <> ('p104', 'manager')
            GROUP BY r.review_id, n.code, r.source ORDER BY r.review_id
        LOOP
            CALL appraisal.submit_review('2026q1', mine.code, public.marks(mine.code, mine.source, mine.goals), review_id => mine.review_id);
            IF mine.source = 'manager' AND public.draw('a', mine.code) + public.draw('b', mine.code) < 0.9 AND public.draw('told', mine.code) < 0.95 THEN
                CALL appraisal.record_feedback('2026q1', mine.code, 'concern', 'The goals of the quarter are not in reach.', feedback);
            END IF;
        END LOOP;
    END LOOP;
END
$$;

RESET SESSION AUTHORIZATION;
\echo
\echo '6. A company, and its first quarter by the scheme "performance and values"'
SELECT (SELECT count(*) FROM appraisal.person) AS people, (SELECT count(*) FROM appraisal.unit) AS units,
    (SELECT count(*) FROM appraisal.participant) AS enrolled,
    (SELECT string_agg(exempt_because, ', ' ORDER BY exempt_because) FROM appraisal.participant) AS exempt,
    (SELECT count(*) FROM appraisal.goal WHERE confirmed_at IS NOT NULL) AS goals, count(*) AS reviews,
    count(*) FILTER (WHERE status = 'submitted') AS submitted, count(*) FILTER (WHERE late) AS late,
    count(*) FILTER (WHERE status = 'declined') AS declined
FROM appraisal.review;

SET SESSION AUTHORIZATION company_hr;
\echo '   Still missing, as HR sees it:'
SELECT name, what, source, waits_for_name FROM appraisal.cycle_progress WHERE cycle = '2026q1';
CALL appraisal.close_reviews('2026q1') \g /dev/null
CALL appraisal.compute_results('2026q1') \g /dev/null

-- The chief has no appraisal in a quarter, and so sees everybody's.
SET SESSION AUTHORIZATION company_chief;
\echo '   Results, and whose is no ordinary one:'
SELECT state, count(*), string_agg(name || CASE WHEN failed THEN ' (values failed)' ELSE '' END, ', ' ORDER BY person)
    FILTER (WHERE state <> 'scored' OR failed) AS who
FROM (SELECT s.*, EXISTS (SELECT FROM appraisal.scorecard_dimension AS d
                          WHERE d.cycle_id = s.cycle_id AND d.participant_id = s.participant_id AND d.score < d.gate) AS failed
      FROM appraisal.scorecard AS s) AS s
GROUP BY state ORDER BY count DESC, state;

\echo '7. Forced distribution of one group, the customer service: the cut line, and whom it moved'
\pset tuples_only on
SELECT format('%s begins at %s, by the scheme at %s', g.grade, lower(g.bounds), lower(o.bounds))
FROM appraisal.cut_line AS l JOIN appraisal.unit AS u USING (unit_id) JOIN appraisal.cycle AS c USING (cycle_id)
    JOIN appraisal.scheme AS s USING (scheme_id), appraisal.grades(l.scale) AS g, appraisal.grades(s.scale) AS o
WHERE u.code = 'service' AND o.rank = g.rank AND lower(g.bounds) <> lower(o.bounds)
ORDER BY g.rank;
\pset tuples_only off
SELECT s.person, n.name, s.from_grade, s.to_grade, s.why
FROM appraisal.suggest_calibration('2026q1') AS s JOIN appraisal.person AS n ON n.code = s.person
WHERE s.unit = 'service' ORDER BY s.person;

\echo '8. Calibration: the head of service raises p098, and the group misses its quota by one'
SET SESSION AUTHORIZATION company_portal;
BEGIN;
SET LOCAL appraisal.actor = 'p079';
CALL appraisal.calibrate('2026q1', 'p098', 'Good', 'kept the hotline open when the network was down') \g /dev/null
COMMIT;
SET SESSION AUTHORIZATION company_chief;
SELECT unit, members, rule, least, most, actual, heads_out FROM appraisal.quota_status('2026q1') WHERE unit = 'service';
SELECT person, from_grade, to_grade, why FROM appraisal.suggest_calibration('2026q1') WHERE kind = 'calibration';
\echo '   The chief allows it; otherwise the last signature would be refused.'
CALL appraisal.override_quota('2026q1', 'service', 'the hotline was worth it') \g /dev/null

\echo
\echo '9. The company: by score, by quota, in the end (a block is two people)'
\echo '   and what the quota asks of a grade, and of it and all better together'
SELECT grade, format('%2s %s', sum(natural_heads), repeat('█', round(sum(natural_heads) / 2.0)::integer)) AS by_score,
    format('%2s %s', sum(quota_heads), repeat('█', round(sum(quota_heads) / 2.0)::integer)) AS by_quota,
    format('%2s %s', sum(final_heads), repeat('█', round(sum(final_heads) / 2.0)::integer)) AS final,
    sum("least") || ' to ' || sum(most) AS quota,
    sum(sum(final_heads)) OVER (ORDER BY place) AS or_better, sum(least_or_better) || ' to ' || sum(most_or_better) AS quota
FROM appraisal.grade_distribution WHERE cycle = '2026q1' GROUP BY place, grade ORDER BY place;

SET SESSION AUTHORIZATION company_hr;
\echo '10. Low grades that come as a surprise, for nobody spoke of it in time'
SELECT n.name, s.unit, s.grade FROM appraisal.surprises('2026q1') AS s JOIN appraisal.person AS n ON n.code = s.person ORDER BY s.person;

-- Each unit is signed for by the superior of its head, from below; then HR signs for all, and another one for that one.
SET SESSION AUTHORIZATION company_portal;
DO $$
DECLARE
    this record;
    step integer;
BEGIN
    FOR this IN
        SELECT * FROM (VALUES ('operations', 'p013'), ('goods', 'p013'), ('service', 'p025'), ('marketing', 'p025'), ('design', 'p025'),
                              ('east', 'p001'), ('west', 'p001'), ('firm', 'p001')) AS v (unit, signer)
    LOOP
        PERFORM set_config('appraisal.actor', this.signer, true);
        CALL appraisal.sign_off('2026q1', this.unit, step => step);
    END LOOP;
END
$$;
SET SESSION AUTHORIZATION company_hr;
CALL appraisal.sign_off('2026q1', remark => 'all groups meet the quota, or are allowed not to') \g /dev/null
SET SESSION AUTHORIZATION company_hr2;
CALL appraisal.sign_off('2026q1') \g /dev/null
\echo '11. Signed by the chain'
SELECT s.step, n.name AS signed_by, string_agg(coalesce(u.title, 'the whole cycle'), ', ' ORDER BY s.sign_off_id) AS for
FROM appraisal.sign_off AS s JOIN appraisal.person AS n ON n.person_id = s.signed_by LEFT JOIN appraisal.unit AS u USING (unit_id)
GROUP BY s.step, n.name ORDER BY min(s.sign_off_id);

\echo '12. What p098 sees of it before publication, and after'
SET SESSION AUTHORIZATION company_portal;
SET appraisal.actor = 'p098';
\pset footer on
SELECT final_grade FROM appraisal.scorecard;
SELECT * FROM appraisal.explain_score('2026q1', 'p098');
RESET appraisal.actor;
SET SESSION AUTHORIZATION company_hr;
-- it warns of the surprise
SET client_min_messages = error;
CALL appraisal.publish('2026q1') \g /dev/null
SET SESSION AUTHORIZATION company_portal;
SET appraisal.actor = 'p098';
\pset footer off
\pset format wrapped
\pset columns 130
SELECT * FROM appraisal.explain_score('2026q1', 'p098');
\pset format aligned
RESET appraisal.actor;
RESET SESSION AUTHORIZATION;
