-- The own grade before publication, attacked through reports, functions, plans and statistics: two worlds that
-- differ in nothing but what is kept from somebody about oneself, and whatever that one asks has the same answer in
-- both. Facts are those of access_data.psql: cycle 2 is in calibration, 3 in scoring. Not looked at is how long it takes.
\pset fieldsep '\n'
BEGIN;
SELECT no_plan();
\ir access_data.psql
SET LOCAL jit = off;
CREATE SCHEMA attack;
GRANT USAGE ON SCHEMA attack TO PUBLIC;
-- of a scheme with all that results can have
SET LOCAL session_replication_role = replica;
UPDATE appraisal.scheme SET quota = 'A <= 30%', enforcement = 'block', calibration_steps = 1, no_surprise_grade = 'C';
UPDATE appraisal.result SET box_label = 'Star';
DELETE FROM appraisal.feedback WHERE kind = 'praise' AND participant_id IN (21, 22);
SET LOCAL session_replication_role = origin;

-- What is kept from whom about oneself: one's results, the marks, comments and calibrations behind them.
CREATE TABLE attack.whose (login name PRIMARY KEY, person text, participants bigint[]);
INSERT INTO attack.whose VALUES ('regress_employee', 'e', '{21,31}'), ('regress_manager', 'm', '{22,25,32,35}'), ('regress_hr', 'h', '{24,34}');
GRANT SELECT ON attack.whose TO PUBLIC;
CREATE FUNCTION attack.make_world(world int, participants bigint[], me bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  good CONSTANT boolean := world = 1;
BEGIN
  SET LOCAL session_replication_role = replica;
  UPDATE appraisal.result SET raw_score = CASE WHEN good THEN 91 ELSE 72 END, score = CASE WHEN good THEN 91 ELSE 72 END, natural_grade = CASE WHEN good THEN 'A' ELSE 'C' END,
    quota_grade = CASE WHEN good THEN 'A' ELSE 'C' END, calibrated_grade = CASE WHEN good THEN 'A' ELSE 'B' END, rank = CASE WHEN good THEN 1 ELSE 4 END, coefficient = CASE WHEN good THEN 2 ELSE 1 END,
    gate_dimension_id = CASE WHEN NOT good THEN 1 END, box_label = CASE WHEN good THEN 'Star' ELSE 'Dogs' END WHERE participant_id = ANY (participants);
  UPDATE appraisal.dimension_score SET score = CASE WHEN good THEN 91 ELSE 72 END, grade = CASE WHEN good THEN 'A' ELSE 'C' END,
    points = CASE WHEN good THEN '{82,100}'::numeric[] ELSE '{44,100}' END WHERE participant_id = ANY (participants);
  UPDATE appraisal.source_score SET score = CASE WHEN good THEN 82 ELSE 44 END, raters = CASE WHEN good THEN 3 ELSE 4 END WHERE participant_id = ANY (participants);
  UPDATE appraisal.adjustment SET from_grade = CASE WHEN good THEN 'B' ELSE 'C' END, to_grade = CASE WHEN good THEN 'A' ELSE 'B' END WHERE participant_id = ANY (participants);
  UPDATE appraisal.rating AS r SET score = CASE WHEN good THEN 99 ELSE 33 END, evidence = CASE WHEN good THEN 'fine' ELSE 'poor' END
  FROM appraisal.review AS v WHERE v.review_id = r.review_id AND v.participant_id = ANY (participants) AND v.rater_id <> me;
  UPDATE appraisal.review AS v SET comments = CASE WHEN good THEN '{"standing": "fine"}'::jsonb ELSE '{"standing": "poor"}' END
  WHERE v.participant_id = ANY (participants) AND v.rater_id <> me;
  SET LOCAL session_replication_role = origin;
  -- what each function gives as the next key is the same
  -- as they lie is what is left of the world before: written anew
  CLUSTER appraisal.result USING result_pkey; CLUSTER appraisal.dimension_score USING dimension_score_pkey; CLUSTER appraisal.source_score USING source_score_pkey;
  CLUSTER appraisal.adjustment USING adjustment_pkey; CLUSTER appraisal.rating USING rating_pkey; CLUSTER appraisal.review USING review_pkey; CLUSTER appraisal.cycle USING cycle_pkey;
  PERFORM setval(c.oid, 10000) FROM pg_class AS c WHERE c.relnamespace = 'appraisal'::regnamespace AND c.relkind = 'S';
  ANALYZE;
END $$;

-- A question and its answer, an error included; what it did is undone.
CREATE FUNCTION attack.ask(question text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  answer text; detail text; hint text;
BEGIN
  EXECUTE question INTO answer;
  RAISE EXCEPTION USING ERRCODE = 'ZZ000';
EXCEPTION
  WHEN SQLSTATE 'ZZ000' THEN RETURN coalesce(answer, 'null');
  WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws('|', SQLSTATE, SQLERRM, detail, hint);
END $$;
CREATE FUNCTION attack.counts() RETURNS bigint[] LANGUAGE sql AS $$
  SELECT array_agg(n ORDER BY c.oid, k)
  FROM pg_class c, LATERAL (VALUES (1, pg_stat_get_xact_numscans(c.oid)), (2, pg_stat_get_xact_tuples_returned(c.oid)), (3, pg_stat_get_xact_tuples_fetched(c.oid))) AS v (k, n)
  WHERE c.relnamespace = 'appraisal'::regnamespace AND c.relkind IN ('r', 'i')
$$;
-- the plan with its estimates and row counts, and what was read of which table
CREATE FUNCTION attack.explain(question text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  line text; seen text := ''; before bigint[] := attack.counts(); after bigint[];
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ' || question LOOP seen := seen || line || E'\n'; END LOOP;
  after := attack.counts();
  RETURN seen || (SELECT string_agg(x - y || '', ' ' ORDER BY o) FROM unnest(after, before) WITH ORDINALITY AS u (x, y, o));
END $$;

-- 1. Every view and table that can be read, whole and by guesses at each column.
CREATE TABLE attack.relation AS
SELECT c.relname AS name, c.relkind, a.attname AS column, format_type(a.atttypid, NULL) AS type
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'appraisal'::regnamespace AND (c.relkind = 'v' OR c.relname IN ('result', 'dimension_score', 'source_score', 'adjustment', 'rating', 'review', 'cut_line', 'feedback'));
CREATE TABLE attack.question (kind text, question text);
INSERT INTO attack.question
SELECT DISTINCT 'rows', format('SELECT string_agg(t::text, chr(10) ORDER BY t::text) FROM appraisal.%I AS t', name) FROM attack.relation
UNION ALL
SELECT 'plan', format('SELECT attack.explain(%L)', format('SELECT FROM appraisal.%I AS t WHERE t.cycle_id = 2 AND t.%I %s', r.name, r.column, g.guess))
FROM attack.relation AS r
CROSS JOIN LATERAL (
  SELECT g.guess FROM unnest(CASE WHEN r.type = 'text' THEN '{= ''A''}'::text[] WHEN r.type IN ('numeric', 'integer', 'bigint') THEN '{> 80}' ELSE '{IS NULL}' END
    || CASE WHEN r.relkind <> 'v' THEN CASE WHEN r.type = 'text' THEN '{>= ''B'',IS NULL}'::text[] ELSE '{= 1,IS NULL}' END ELSE '{}' END) AS g (guess)) AS g
WHERE r.column ~ '(score|grade|rank|coefficient|box|gate|state|coverage|raters|heads|seen|mean|spread|leniency|alpha|icc|marks|share|comment|evidence|label)' AND EXISTS (SELECT FROM attack.relation AS k WHERE k.name = r.name AND k.column = 'cycle_id')
UNION ALL
-- by names, joins, order
SELECT 'plan', format('SELECT attack.explain(%L)', q) FROM unnest(ARRAY[
  'SELECT FROM appraisal.result AS r JOIN (VALUES (''A''), (''B'')) AS v (grade) ON v.grade = r.final_grade', 'SELECT FROM appraisal.scorecard WHERE person = ''e'' AND final_grade = ''A''',
  'SELECT final_grade, count(*) FROM appraisal.result GROUP BY 1', 'SELECT DISTINCT rank FROM appraisal.result', 'SELECT FROM appraisal.ranking ORDER BY rank LIMIT 1',
  'SELECT FROM appraisal.scorecard AS s JOIN appraisal.scorecard_dimension AS d ON d.grade = s.final_grade', 'SELECT FROM appraisal.scorecard_comment WHERE comment = ''fine''',
  'SELECT FROM appraisal.result WHERE (natural_grade, final_grade) = (''A'', ''A'')', 'SELECT FROM appraisal.adjustment WHERE to_grade = ''A'' AND +participant_id = 21']) AS q
UNION ALL
-- 2. Statistics that anybody may read
-- of notices some were written by calls in the world before and taken back, which leaves a page
SELECT 'statistics', q FROM unnest(ARRAY[
  'SELECT string_agg(s::text, chr(10) ORDER BY s::text) FROM pg_stats AS s WHERE schemaname = ''appraisal''', 'SELECT string_agg(s::text, chr(10) ORDER BY s::text) FROM pg_stats_ext AS s',
  'SELECT string_agg(concat_ws('' '', relname, reltuples, relpages, pg_relation_size(oid)), chr(10) ORDER BY relname) FROM pg_class WHERE relnamespace = ''appraisal''::regnamespace AND relname !~ ''^(audit|notice)''',
  'SELECT string_agg(concat_ws('' '', relname, seq_scan, idx_scan, n_tup_ins, n_tup_upd, n_tup_del, n_live_tup, n_dead_tup), chr(10) ORDER BY relname) FROM pg_stat_user_tables WHERE schemaname = ''appraisal''',
  'SELECT string_agg(concat_ws('' '', sequencename, last_value), chr(10) ORDER BY sequencename) FROM pg_sequences WHERE schemaname = ''appraisal''',
  'SELECT string_agg(stadistinct::text, chr(10)) FROM pg_statistic', 'SELECT last_value::text FROM appraisal.adjustment_adjustment_id_seq', 'SELECT last_value::text FROM appraisal.sign_off_sign_off_id_seq',
  'SELECT nextval(''appraisal.delegation_delegation_id_seq'')::text']) AS q;
-- 3. Every function and procedure, with what would make it speak of oneself; by name of its arguments
INSERT INTO attack.question
WITH RECURSIVE routine AS (
  SELECT p.oid, p.prokind, p.proretset, n.o, coalesce(p.proargnames[n.o], '') AS name, format_type(t.type, NULL) AS type, p.pronargs
  FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang, LATERAL unnest(p.proargtypes) WITH ORDINALITY AS t (type, o), LATERAL (SELECT t.o) AS n
  WHERE p.pronamespace = 'appraisal'::regnamespace AND l.lanname IN ('sql', 'plpgsql') AND p.prorettype <> 'trigger'::regtype
    AND p.prokind IN ('f', 'p') AND p.proname NOT IN ('create_tables', 'upgrade_tables', 'link_account', 'load_scheme')
),
choice AS (
  SELECT r.*, c.value
  FROM routine AS r
  CROSS JOIN LATERAL unnest(CASE
    WHEN r.name IN ('cycle', 'a', 'cycle_code') AND r.type = 'text' THEN '{2}'::text[] WHEN r.name IN ('b') AND r.type = 'text' THEN '{1}'
    WHEN r.name IN ('person', 'to_person', 'to_code', 'from_person', 'rater') AND r.type = 'text' THEN '{ME}'
    WHEN r.name IN ('grade', 'to_grade') AND r.type = 'text' THEN '{A,B,C}'
    WHEN r.name LIKE '%unit%' AND r.type = 'text' THEN '{NULL,shop,firm}'
    WHEN r.name IN ('remark', 'authorised_by', 'title') THEN '{NULL}'
    WHEN r.name IN ('scale') THEN '{NULL,"A >= 90, B >= 75, C"}' WHEN r.name = 'quota' THEN '{NULL}'
    WHEN r.type = 'text' THEN '{x}'
    WHEN r.type = 'bigint' AND r.name LIKE '%cycle%' THEN '{2,3}' WHEN r.type = 'bigint' AND r.name ~ 'participant' THEN '{OWN}'
    WHEN r.type = 'bigint' AND r.name ~ 'unit' THEN '{1,2}' WHEN r.type = 'bigint' THEN '{NULL,1}'
    WHEN r.type = 'integer' THEN '{1}' WHEN r.type = 'boolean' THEN '{true,false}' WHEN r.type = 'numeric' THEN '{90}'
    WHEN r.type = 'bigint[]' AND r.name ~ 'participant' THEN '{"{OWN}"}' WHEN r.type = 'bigint[]' THEN '{"{1,2,3}"}'
    WHEN r.type = 'text[]' AND r.name ~ 'grade' THEN '{"{A}","{B}","{C}"}' WHEN r.type = 'text[]' THEN '{"{x}"}'
    WHEN r.type = 'jsonb' THEN ARRAY['[{"person": "ME", "grade": "A", "reason": "x"}]', NULL]
    WHEN r.type = 'date' THEN '{2024-12-31}' ELSE '{NULL}' END) AS c (value)
),
call AS (
  SELECT p.oid, 0 AS o, '' AS args FROM (SELECT DISTINCT oid FROM routine) AS p
  UNION ALL
  SELECT a.oid, a.o + 1, a.args || CASE WHEN a.o > 0 THEN ', ' ELSE '' END || CASE WHEN c.value IS NULL OR c.value = 'NULL' THEN 'NULL' ELSE quote_literal(c.value) END || '::' || c.type
  FROM call AS a JOIN choice AS c ON c.oid = a.oid AND c.o = a.o + 1
)
SELECT 'call', CASE p.prokind WHEN 'p' THEN format('CALL appraisal.%I(%s)', p.proname, c.args) ELSE format('SELECT string_agg(f::text, chr(10) ORDER BY f::text) FROM appraisal.%I(%s) AS f', p.proname, c.args) END
FROM call AS c JOIN pg_proc AS p ON p.oid = c.oid WHERE c.o = p.pronargs
UNION ALL
SELECT 'call', format('SELECT string_agg(f::text, chr(10) ORDER BY f::text) FROM appraisal.%I() AS f', p.proname) FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
WHERE p.pronamespace = 'appraisal'::regnamespace AND p.pronargs = 0 AND p.prokind = 'f' AND l.lanname IN ('sql', 'plpgsql') AND p.prorettype <> 'trigger'::regtype;
GRANT SELECT ON attack.question TO PUBLIC;
SELECT diag(string_agg(kind || ' ' || n, ', ')) FROM (SELECT kind, count(*) AS n FROM attack.question GROUP BY 1) AS k;

-- The answers of a world, which is gone when they are there.
CREATE FUNCTION attack.answers(of_login name, world int, published boolean DEFAULT false, plan int DEFAULT 1) RETURNS TABLE (kind text, question text, answer text) LANGUAGE plpgsql AS $$
DECLARE
  w attack.whose; q record; kinds text[] := '{}'; questions text[] := '{}'; got text[] := '{}';
BEGIN
  SELECT * INTO w FROM attack.whose AS x WHERE x.login = of_login;
  BEGIN
    PERFORM attack.make_world(world, w.participants, (SELECT p.person_id FROM appraisal.person AS p WHERE p.code = w.person));
    IF published THEN
      SET LOCAL session_replication_role = replica;
      UPDATE appraisal.cycle SET status = 'published' WHERE cycle_id = 2;
      SET LOCAL session_replication_role = origin;
    END IF;
    PERFORM set_config('enable_seqscan', CASE plan WHEN 1 THEN 'on' ELSE 'off' END, true), set_config('enable_hashjoin', CASE plan WHEN 1 THEN 'on' ELSE 'off' END, true);
    PERFORM set_config('session_authorization', of_login, true);
    FOR q IN SELECT x.* FROM attack.question AS x WHERE plan = 1 OR x.kind = 'plan' AND x.question !~ 'cycle_progress|grade_distribution' ORDER BY x.kind, x.question LOOP
      kinds := kinds || q.kind;
      questions := questions || replace(replace(q.question, 'ME', w.person), 'OWN', w.participants[1]::text);
      got := got || attack.ask(questions[cardinality(questions)]);
    END LOOP;
    PERFORM set_config('session_authorization', 'postgres', true);
    RAISE EXCEPTION USING ERRCODE = 'ZZ001';
  EXCEPTION WHEN SQLSTATE 'ZZ001' THEN NULL;
  END;
  RETURN QUERY SELECT * FROM unnest(kinds, questions, got);
END $$;
CREATE FUNCTION attack.differences(of_login name, published boolean DEFAULT false, plan int DEFAULT 1) RETURNS TABLE (kind text, question text, one text, other text) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY
  WITH a AS MATERIALIZED (SELECT * FROM attack.answers(of_login, 1, published, plan)), b AS MATERIALIZED (SELECT * FROM attack.answers(of_login, 2, published, plan))
  SELECT a.kind, a.question, l.one, l.other
  FROM a JOIN b USING (question)
  -- the first line that differs
  CROSS JOIN LATERAL (SELECT x, y FROM ROWS FROM (string_to_table(a.answer, E'\n'), string_to_table(b.answer, E'\n')) WITH ORDINALITY AS u (x, y, o) WHERE x IS DISTINCT FROM y ORDER BY o LIMIT 1) AS l (one, other)
  WHERE a.answer IS DISTINCT FROM b.answer;
END $$;

SELECT is_empty(format('SELECT * FROM attack.differences(%L, plan => %s)', login, plan), format('%s learns nothing about oneself before publication, plans of kind %s', login, plan))
FROM attack.whose, generate_series(1, 2) AS plan WHERE plan = 1 OR login = 'regress_employee';
-- the questions do find what is to be seen
CREATE TEMP TABLE after_publication AS SELECT w.login, d.* FROM attack.whose AS w, attack.differences(w.login, true) AS d WHERE w.login = 'regress_employee';
SELECT ok(count(*) FILTER (WHERE kind = 'rows' AND question ~ '\mappraisal\.scorecard AS') = 1 AND count(*) FILTER (WHERE kind = 'call') > 1 AND count(*) FILTER (WHERE kind = 'plan') > 10,
  format('%s sees it once published: %s answers differ', login, count(*))) FROM after_publication GROUP BY login;
SELECT is((SELECT count(*) FROM after_publication WHERE login = 'regress_employee' AND kind = 'rows' AND question ~ 'appraisal\.scorecard_comment'), 1::bigint, 'comments, too');
SELECT ok(count(*) FILTER (WHERE answer !~ '^(42501|42883|42P01)') > 100, format('%s of %s calls of an employee are answered', count(*) FILTER (WHERE answer !~ '^(42501|42883|42P01)'), count(*)))
FROM attack.answers('regress_employee', 1) WHERE kind = 'call';
SELECT * FROM finish();
ROLLBACK;
