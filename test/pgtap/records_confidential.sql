-- What is confidential, attacked by those from whom it is kept: an employee before publication learns
-- nothing of results and raters, and neither a person nor the person's manager learns who was anonymous.
-- Facts are those of access_data.psql: e's cycle 2 is in calibration, 3 in scoring; p, q and r rate e anonymously.
-- several assertions in a row are a line each
\pset fieldsep '\n'
BEGIN;
SELECT no_plan();
\ir access_data.psql
SET LOCAL jit = off; -- plans of absurd costs
CREATE SCHEMA attack AUTHORIZATION regress_employee;
GRANT USAGE ON SCHEMA attack TO PUBLIC;

-- 1. By the plan, and by what the server counts. A query is asked once with what is so and once with what is
-- not; both must look the same, whatever the plan, but for buffers, which tell what of the catalog was cached.
CREATE FUNCTION attack.counts() RETURNS bigint[] LANGUAGE sql AS $$
  SELECT array_agg(n ORDER BY c.oid, k)
  FROM pg_class c, LATERAL (VALUES (1, pg_stat_get_xact_numscans(c.oid)), (2, pg_stat_get_xact_tuples_returned(c.oid)), (3, pg_stat_get_xact_tuples_fetched(c.oid))) AS v (k, n)
  WHERE c.relnamespace = 'appraisal'::regnamespace AND c.relkind IN ('r', 'i')
$$;
CREATE FUNCTION attack.observe(query text, condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  line text; seen text := ''; before bigint[]; after bigint[];
BEGIN
  EXECUTE query || condition; -- so that what is cached is so
  before := attack.counts();
  FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ' || query || condition LOOP
    -- where the condition stands is known to who writes it
    seen := seen || CASE WHEN line ~ '^ *(Filter|Index Cond|Recheck Cond|TID Cond):' THEN substring(line from '^ *[A-Z]\w+') ELSE line END || E'\n';
  END LOOP;
  after := attack.counts();
  RETURN seen || (SELECT string_agg(a - b || '', ' ' ORDER BY o) FROM unnest(after, before) WITH ORDINALITY AS u (a, b, o));
END $$;
CREATE FUNCTION attack.settings(plan int) RETURNS void LANGUAGE sql AS $$
  SELECT set_config('enable_seqscan', CASE WHEN plan = 1 THEN 'on' ELSE 'off' END, true), set_config('enable_indexscan', CASE WHEN plan = 3 THEN 'off' ELSE 'on' END, true),
         set_config('random_page_cost', CASE WHEN plan = 3 THEN '1e9' ELSE '4' END, true), set_config('cpu_tuple_cost', CASE WHEN plan = 3 THEN '1e9' ELSE '0.01' END, true);
$$;
-- hidden rows, every column but keys: the row by the other columns of its keys, the column by = and by IS NULL
CREATE TEMP TABLE secret AS
SELECT c.relname AS table_name, a.attname AS column, format_type(a.atttypid, NULL) AS type, NOT a.attnotnull AS may_be_null,
  (SELECT array_agg(k.attname) FROM pg_attribute k WHERE k.attrelid = c.oid AND k.attname <> a.attname
    AND k.attname IN ('cycle_id', 'participant_id', 'version', 'review_id', 'source', 'dimension_id', 'feedback_id', 'plan_id', 'appeal_id')) AS keys
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'appraisal'::regnamespace AND c.relname IN ('result', 'dimension_score', 'source_score', 'part_score', 'review', 'rating', 'feedback', 'interview', 'acknowledgement', 'improvement_plan', 'improvement_action', 'outcome', 'award', 'appeal', 'appeal_event', 'appeal_internal')
  AND a.attname NOT IN ('cycle_id', 'participant_id', 'version', 'part_cycle_id', 'part_participant_id', 'review_id', 'source', 'dimension_id', 'indicator_id', 'feedback_id', 'interview_id', 'plan_id', 'action_id', 'outcome_id', 'award_id', 'appeal_id', 'event_id')
  AND format_type(a.atttypid, NULL) NOT LIKE '%[]';
CREATE TEMP TABLE guess (login name, table_name name, "column" name, query text, so text, not_so text);
CREATE FUNCTION pg_temp.guesses(login name, participants bigint[], reviews bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  s record;
BEGIN
  FOR s IN SELECT * FROM secret LOOP
    EXECUTE format($f$
      INSERT INTO guess
      SELECT %1$L, %2$L, %3$L, (SELECT format('SELECT FROM appraisal.%%I WHERE ', %2$L) || string_agg(format('%%I = %%L', k, to_jsonb(t) ->> k), ' AND ') FROM unnest(%4$L::text[]) AS k),
             v.so, v.not_so
      FROM appraisal.%2$I AS t, LATERAL (VALUES (' AND %3$I IS NULL', ' AND %3$I IS NOT NULL', %3$I IS NULL), (' AND %3$I IS NOT NULL', ' AND %3$I IS NULL', %3$I IS NOT NULL AND %7$L::boolean),
        (format(' AND %3$I = %%L', %3$I), (SELECT format(' AND %3$I = %%L', %5$s)), %3$I IS NOT NULL)) AS v (so, not_so, holds)
      WHERE v.holds AND %6$s AND to_jsonb(t) ->> 'kind' IS DISTINCT FROM 'praise'$f$,
      login, s.table_name, s.column, s.keys,
      CASE s.type WHEN 'text' THEN format('%I || ''x''', s.column) WHEN 'boolean' THEN format('NOT %I', s.column) WHEN 'name' THEN format('%I::text || ''x''', s.column) WHEN 'timestamp with time zone' THEN format('%I + interval ''1 day''', s.column)
        WHEN 'date' THEN format('%I + 1', s.column) WHEN 'numeric' THEN format('%I + 1', s.column) WHEN 'bigint' THEN format('%I + 3', s.column) WHEN 'integer' THEN format('%I + 1', s.column)
        ELSE format('%I', s.column) END,
      CASE WHEN s.table_name IN ('interview', 'acknowledgement', 'improvement_plan', 'award') THEN 'participant_id = 14' -- h's, for each is told of the own
           WHEN s.table_name = 'improvement_action' THEN 'plan_id = 14'
           WHEN s.table_name LIKE 'appeal%' THEN 'appeal_id = 14'
           WHEN s.table_name IN ('review', 'rating') THEN format('review_id = ANY (%L)', reviews) ELSE format('participant_id = ANY (%L)', participants) END,
      s.may_be_null); -- PostgreSQL 17 and later know the answer of IS NULL without looking where no null may be
  END LOOP;
END $$;

-- e's own of cycle 3 and x's published ones, with the reviews; for m the anonymous reviews of e, m's own of cycle 2, and e's in scoring
SELECT pg_temp.guesses('regress_employee', '{31,13}', '{32,17}') AS guesses, pg_temp.guesses('regress_manager', '{22,31}', '{32,25}') AS guesses2 \gset
DELETE FROM guess WHERE login = 'regress_manager' AND table_name = 'feedback'; -- which is m's own
DELETE FROM guess WHERE login = 'regress_manager' AND table_name = 'part_score' AND query ~ 'participant_id = .31'; -- which superiors see while they rate
GRANT SELECT ON guess TO PUBLIC;
CREATE TEMP TABLE told (login name, table_name name, "column" name, plan int, query text, so text, one text, other text);
GRANT INSERT ON told TO PUBLIC;
GRANT CREATE ON SCHEMA attack TO PUBLIC;
CREATE FUNCTION attack.try() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  g record; plan int; one text; other text; asked bigint := 0;
BEGIN
  FOR plan IN 1..3 LOOP
    PERFORM attack.settings(plan);
    FOR g IN SELECT * FROM guess WHERE login = session_user LOOP
      one := attack.observe(g.query, g.so);
      other := attack.observe(g.query, g.not_so);
      asked := asked + 1;
      IF one <> other THEN INSERT INTO told VALUES (session_user, g.table_name, g.column, plan, g.query, g.so, one, other); END IF;
    END LOOP;
  END LOOP;
  PERFORM attack.settings(1);
  RETURN asked;
END $$;
SET LOCAL SESSION AUTHORIZATION regress_employee;
SELECT cmp_ok(attack.try(), '>', 200::bigint, 'an employee guesses');
SET LOCAL SESSION AUTHORIZATION regress_manager;
SELECT cmp_ok(attack.try(), '>', 150::bigint, 'so does a manager');
SELECT is(attack.observe('SELECT FROM appraisal.' || t, ' WHERE ' || c || so), attack.observe('SELECT FROM appraisal.' || t, ' WHERE ' || c || not_so), 'nor whose ' || t || ' there is, by ' || c)
FROM (VALUES ('notice', 'person_id = ', 4, 99), ('notice', '+person_id = ', 4, 99), ('notice', 'cycle_id = 1 AND +person_id = ', 4, 99), ('notice', 'cycle_id = 1 AND reminds_on IS NOT NULL AND person_id = ', 4, 99),
             ('improvement_plan', 'participant_id = ', 14, 99), ('improvement_plan', '+participant_id = ', 14, 99), ('improvement_plan', 'cycle_id = 1 AND status = ''open'' AND +participant_id = ', 14, 99),
             ('improvement_action', 'owner_id = ', 8, 9), ('improvement_action', '+owner_id = ', 8, 9),
             ('outcome', 'participant_id = ', 14, 99), ('outcome', 'cycle_id = 1 AND +participant_id = ', 14, 99), ('outcome', 'person_id = ', 8, 99),
             ('award', 'participant_id = ', 14, 99), ('award', 'cycle_id = 1 AND +participant_id = ', 14, 99),
             ('appeal', 'participant_id = ', 14, 99), ('appeal', '+participant_id = ', 14, 99), ('appeal', 'cycle_id = 1 AND status = ''filed'' AND +participant_id = ', 14, 99),
             ('appeal_internal', 'appeal_id = 14 AND proposed_by = ', 8, 9)) AS v (t, c, so, not_so);
RESET SESSION AUTHORIZATION;
SELECT set_eq('SELECT DISTINCT table_name, "column" FROM told', $$VALUES ('result'::name, 'cohort_unit_id'::name), ('feedback', 'given_by')$$,
  'plans and counters tell of a hidden row only its group of the forced distribution and who gave feedback, which are in indexes');
-- A column that an index begins with or goes on with can be asked for; these must not be in any.
SELECT is_empty($$SELECT i.indexrelid::regclass, a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
  WHERE i.indrelid::regclass::text || '.' || a.attname ~ '^appraisal\.(result\.(state|coverage|raw_score|score|\w+_grade|gate_dimension_id|rank|coefficient|box_label)|(dimension|source|part)_score\.(score|grade|points|figures|coverage|raters|state|part_version|weight|dimension_scores)|review\.(rater_id|delegated_to|status|submitted_at)|rating\.(score|label|levels)|interview\.(held_on|held_by|summary)|improvement_plan\.(participant_id|status|opened_by)|improvement_action\.(owner_id|progress)|outcome\.(participant_id|person_id|appraised_unit_id|outcome_rule_id|outcome|grades|versions)|award\.(participant_id|version|coefficient|amount|base)|appeal\.(participant_id|status|handler_id|decided_by|new_version)|appeal_event\.(person_id|kind|level)|appeal_internal\.(proposed_\w+|heads_out))$' $$,
  'no index has what is confidential');
SELECT is_empty($$SELECT attrelid::regclass, attname FROM pg_attribute
  WHERE attrelid::regclass::text || '.' || attname ~ '^appraisal\.(result\.(state|coverage|raw_score|score|\w+_grade|gate_dimension_id|rank|coefficient|box_label)|(dimension|source|part)_score\.(score|grade|points|figures|coverage|raters|state|dimension_scores)|improvement_plan\.status|appeal\.(status|level|new_version)|appeal_internal\.(proposed_score|proposed_grade|heads_out)|outcome\.(outcome_rule_id|outcome|amount|grades|revoked_at)|award\.(base|coefficient|unit_factor|share|rate|amount|supplements))$'
    AND attstattarget IS DISTINCT FROM 0$$, 'of what is confidential the planner gathers nothing');
SELECT is_empty($$SELECT polrelid::regclass, polname FROM pg_policy p JOIN pg_class c ON c.oid = polrelid
  WHERE c.relnamespace = 'appraisal'::regnamespace AND (NOT polpermissive OR polname <> 'known_to_all' AND pg_get_expr(polqual, polrelid) NOT LIKE 'appraisal.decide_first(%')$$,
  'every policy is asked first, which a restrictive one would prevent');

-- 2. By functions of the attacker's own that see rows, declared as cheap as can be
SET LOCAL SESSION AUTHORIZATION regress_employee;
CREATE TABLE attack.seen (content text);
CREATE FUNCTION attack.peek(row_seen anyelement) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
BEGIN
  INSERT INTO attack.seen VALUES (row_seen::text);
  RETURN true;
END $$;
CREATE FUNCTION attack.same(a bigint, b bigint) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
BEGIN
  INSERT INTO attack.seen VALUES (a);
  RETURN a = b;
END $$;
CREATE OPERATOR attack.=== (FUNCTION = attack.same, LEFTARG = bigint, RIGHTARG = bigint, RESTRICT = eqsel, JOIN = eqjoinsel);
SELECT throws_ok($$CREATE FUNCTION attack.safe(text) RETURNS boolean LANGUAGE sql LEAKPROOF AS 'SELECT true'$$, '42501', NULL, 'nobody calls an own function leakproof');
SELECT is((SELECT count(*) FROM appraisal.result r WHERE attack.peek(r)), 1::bigint, 'a function in a condition');
SELECT is((SELECT count(*) FROM appraisal.result r WHERE attack.peek(r) AND r.cycle_id = 3), 0::bigint, 'with one on a key');
SELECT is((SELECT count(*) FROM appraisal.participant p JOIN appraisal.result r ON attack.peek(r) AND r.participant_id = p.participant_id), 1::bigint, 'in a join');
SELECT is((SELECT count(*) FROM appraisal.review r WHERE attack.peek(r.rater_id) AND anonymous AND rater_id <> 3), 0::bigint, 'on raters');
SELECT is((SELECT count(*) FROM appraisal.review r WHERE r.rater_id OPERATOR(attack.===) 4::bigint), 0::bigint, 'an operator');
SELECT is((SELECT count(*) FROM appraisal.rating r WHERE attack.peek(r)), 3::bigint, 'on ratings');
SELECT is((SELECT count(*) FILTER (WHERE attack.peek(r)) FROM appraisal.source_score AS r TABLESAMPLE SYSTEM (100) WHERE attack.peek(r)), 1::bigint, 'in a sample');
RESET SESSION AUTHORIZATION;
SELECT set_eq('SELECT DISTINCT content FROM attack.seen',
  $$SELECT r::text FROM appraisal.result r WHERE participant_id = 11 UNION SELECT s::text FROM appraisal.source_score s WHERE participant_id = 11
    UNION SELECT r::text FROM appraisal.rating r WHERE review_id IN (16, 26, 36) UNION VALUES ('3')$$, 'they saw what their owner may see');
SET LOCAL SESSION AUTHORIZATION regress_employee;
SELECT is((SELECT count(*) FROM appraisal.result WHERE cycle_id > 1 AND 1 / (score - 91)::int = 0), 0::bigint, 'no division by a hidden score');
SELECT is((SELECT count(*) FROM appraisal.result WHERE cycle_id > 1 AND final_grade::int = 0), 0::bigint, 'no cast of a hidden grade');
SELECT throws_ok('SELECT FROM appraisal.result WHERE cycle_id = 1 AND 1 / (score - 91)::int = 0', '22012', NULL, 'as there is of one''s own that is published');

-- 3. By errors: what is there and what is not are refused in the same words
CREATE FUNCTION attack.error(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  message text; detail text; hint text; name text;
BEGIN
  EXECUTE statement;
  RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, name = CONSTRAINT_NAME;
  RETURN concat_ws('|', SQLSTATE, message, detail, hint, name);
END $$;
SELECT is(attack.error(format(statement, so)), attack.error(format(statement, not_so)), what), alike(attack.error(format(statement, so)), '42501|%', 'it is refused')
FROM (VALUES
  ('a goal of somebody who has it, and who is not there', 'INSERT INTO appraisal.goal (cycle_id, participant_id, scheme_indicator_id, title, weight) VALUES (1, %s, 2, ''x'', 1)', '13', '99'),
  ('the same, on conflict', 'INSERT INTO appraisal.goal (cycle_id, participant_id, scheme_indicator_id, title, weight) VALUES (1, %s, 2, ''x'', 1) ON CONFLICT DO NOTHING', '13', '99'),
  ('a goal that is handed on', 'UPDATE appraisal.goal SET participant_id = %s WHERE goal_id = 11', '13', '99'),
  ('a mark in a review of oneself, and in none', 'INSERT INTO appraisal.rating (cycle_id, review_id, indicator_id, score) VALUES (3, %s, 1, 1)', '32', '99'),
  ('the same, on conflict', 'INSERT INTO appraisal.rating AS r (cycle_id, review_id, indicator_id, score) VALUES (3, %s, 1, 1) ON CONFLICT (cycle_id, review_id, indicator_id) DO UPDATE SET score = r.score', '32', '99'),
  ('one''s review as another''s', 'UPDATE appraisal.review SET rater_id = %s WHERE review_id = 36', '4', '7')) AS v (what, statement, so, not_so);
SELECT is(attack.error('INSERT INTO appraisal.goal (cycle_id, participant_id, scheme_indicator_id, title, weight) VALUES (3, 31, 2, ''x'', 1)'),
  '23505|duplicate key value violates unique constraint "goal_is_one_an_indicator"|||goal_is_one_an_indicator', 'the row that is in the way is not shown');
SELECT is(left(attack.error(statement), 5), '42501', statement)
FROM unnest(ARRAY['INSERT INTO appraisal.review (cycle_id, participant_id, rater_id, source) VALUES (3, 31, 4, ''peer'')', 'CREATE TEMP TABLE t (r bigint REFERENCES appraisal.person)',
  'CREATE TABLE attack.t (c bigint, r bigint, FOREIGN KEY (c, r) REFERENCES appraisal.review)', 'CREATE VIEW appraisal.v AS SELECT 1', 'CREATE FUNCTION appraisal.f() RETURNS int LANGUAGE sql AS ''SELECT 1''',
  'CREATE TRIGGER t AFTER INSERT ON appraisal.rating EXECUTE FUNCTION suppress_redundant_updates_trigger()', 'CREATE RULE r AS ON INSERT TO appraisal.rating DO ALSO NOTIFY x',
  'ALTER TABLE appraisal.result DISABLE ROW LEVEL SECURITY', 'SET ROLE regress_hr', 'SET session_replication_role = replica', 'TRUNCATE appraisal.rating',
  'COMMENT ON TABLE appraisal.result IS ''x''']) AS statement WHERE statement !~ '^CREATE TEMP TABLE';
SET LOCAL row_security = off;
SELECT throws_ok('SELECT * FROM appraisal.result', '42501', 'query would be affected by row-level security policy for table "result"', 'row security is not switched off');
SET LOCAL row_security = on;

-- 4. By other ways to rows
DECLARE of_another CURSOR FOR SELECT * FROM appraisal.goal WHERE participant_id = 32;
SELECT is((SELECT count(*) FROM appraisal.goal WHERE participant_id = 32), 1::bigint, 'a rater sees the goals of whom one rates');
MOVE of_another;
WITH changed AS (UPDATE appraisal.goal SET title = 'x' WHERE participant_id = 32 RETURNING 1) SELECT is(count(*), 0::bigint, 'and changes none') FROM changed;
UPDATE appraisal.goal SET title = 'x' WHERE CURRENT OF of_another;
SELECT is((SELECT title FROM appraisal.goal WHERE participant_id = 32), 'Sell', 'nor by a cursor');
CLOSE of_another;
\set file `mktemp`
\setenv FILE :file
COPY appraisal.review (review_id) TO STDOUT \g :file
\set copied `tr '\n' ' ' <"$FILE"; rm "$FILE"`
SELECT is(:'copied'::text, '16 26 36 ', 'a copy has one''s own reviews');
CREATE TEMP VIEW own AS SELECT * FROM appraisal.result;
CREATE FUNCTION attack.mine() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM appraisal.result';
GRANT SELECT ON own TO PUBLIC;
SELECT is((SELECT count(*) FROM own), 1::bigint, 'a view of one''s own');
SELECT is(attack.mine(), 1::bigint, 'a function that runs as its owner');
SELECT is((SELECT array_agg(review_id ORDER BY review_id) FROM appraisal.review WHERE xmin IS NOT NULL AND ctid IS NOT NULL AND tableoid > 0), '{16,26,36}'::bigint[], 'system columns');
SELECT is((SELECT max(last_value) FROM pg_sequences WHERE schemaname = 'appraisal'), NULL::bigint, 'no sequence tells how far it is');
SELECT is(left(attack.error('SELECT last_value FROM appraisal.review_review_id_seq'), 5), '42501', 'nor does its row');
-- from PostgreSQL 18 on it is null for who has no right
SELECT is(CASE WHEN left(attack.error($$SELECT pg_sequence_last_value('appraisal.review_review_id_seq')$$), 5) <> '42501'
               THEN pg_sequence_last_value('appraisal.review_review_id_seq') END, NULL::bigint, 'nor its function');
SELECT is(left(attack.error($$SELECT nextval('appraisal.review_review_id_seq')$$), 5), '42501', 'nor the next');
SELECT is((SELECT count(*) FROM pg_stats WHERE schemaname = 'appraisal' AND tablename IN ('person', 'participant', 'review', 'rating', 'result', 'dimension_score', 'source_score', 'part_score', 'finding', 'feedback', 'goal', 'measurement')), 0::bigint, 'no statistics of columns');
SELECT is(left(attack.error('SELECT * FROM pg_statistic'), 5), '42501', 'nor below');

-- 5. By a search path full of impostors, and by saying who one is
SELECT set_config('appraisal.actor', 'h', true) AS set \gset
CREATE FUNCTION attack.equal(bigint, bigint) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE FUNCTION attack.equal(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE FUNCTION attack.equal(name, name) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR attack.= (FUNCTION = attack.equal, LEFTARG = bigint, RIGHTARG = bigint);
CREATE OPERATOR attack.= (FUNCTION = attack.equal, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR attack.= (FUNCTION = attack.equal, LEFTARG = name, RIGHTARG = name);
CREATE FUNCTION attack.current_setting(text, boolean) RETURNS text LANGUAGE sql AS $$SELECT 'h'$$;
CREATE TEMP TABLE account AS SELECT name 'regress_employee' AS role_name, 8::bigint AS person_id, ARRAY['hr', 'manager'] AS capabilities;
CREATE TEMP TABLE person AS SELECT 8::bigint AS person_id, 'h' AS code;
CREATE TEMP TABLE posting AS SELECT 1::bigint AS person_id, 3::bigint AS manager_id, daterange('-infinity', NULL) AS during;
SET LOCAL search_path = pg_temp, attack, pg_catalog, public;
SELECT concat_ws('|', appraisal.acting_person(), appraisal.acting_capabilities(), (SELECT count(*) FROM appraisal.my_people()),
  (SELECT count(*) FROM appraisal.result), (SELECT count(*) FROM appraisal.person)) AS seen \gset
RESET SESSION AUTHORIZATION;
SET LOCAL search_path = public;
SELECT is(:'seen'::text, '3|{employee}|0|1|2', 'one is who one is, above nobody, and sees oneself, whom one rates and one''s own result');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
  WHERE p.pronamespace = 'appraisal'::regnamespace AND l.lanname IN ('sql', 'plpgsql') AND p.provolatile <> 'i' AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false)$$,
  'every routine that could read a table names its search path');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
  WHERE p.pronamespace = 'appraisal'::regnamespace AND l.lanname IN ('sql', 'plpgsql') AND has_function_privilege('regress_nobody', p.oid, 'EXECUTE')$$,
  'no routine that could read a table is for PUBLIC');
-- of what makes the tables the functions that it made say the same
SELECT set_eq($$SELECT proname || ': ' || (regexp_match(prosrc, 'notify[^;]*'))[1] FROM pg_proc
  WHERE pronamespace = 'appraisal'::regnamespace AND prosrc ~* '(\m|_)notify\s*[(\w]' AND proname <> 'make_tables'$$,
  $$VALUES ('signal_notices: notify(''appraisal_notice'', '''')')$$, 'nothing is told to listeners but that there is something');
-- Whoever adds one that runs as the tables' owner asks what it tells to whom.
SELECT set_eq($$SELECT proname FROM pg_proc WHERE pronamespace = 'appraisal'::regnamespace AND prosecdef AND has_function_privilege('regress_employee', oid, 'EXECUTE')$$,
  $$SELECT unnest('{acting_person,acting_capabilities,acting_as,my_people,my_participations,my_participants,participants_i_rate,people_i_rate,my_open_reviews,cycles_shown_to,cycles_published_to,
    my_people_then,people_in_my_cycles,segment_times,my_reviews,my_delegate,my_earlier_actuals,hold_cycle,write_sign_off,write_delegation,write_delegation_withdrawal,comments_on_me,
    write_acknowledgement,write_improvement_progress,outcomes_seen,my_appeals,appeals_i_handle,write_appeal,
    my_open_surveys,survey_means,reads_surveys,write_answers,people_to_notify,take_notices,cycles_open_to,write_rectification,write_verification}'::name[])$$,
  'what an employee runs as the tables'' owner tells of oneself and of cycles only');
SELECT set_eq($$SELECT proname FROM pg_proc WHERE pronamespace = 'appraisal'::regnamespace AND prosecdef AND NOT has_function_privilege('regress_employee', oid, 'EXECUTE')
    AND prorettype <> 'trigger'::regtype$$,
  $$VALUES ('seal_audit'::name), ('write_reviews'), ('write_results'), ('write_adjustments'), ('write_withdrawal'), ('write_quota_override'),
    ('write_interview'), ('write_improvement_plan'), ('write_due_improvement_plans'), ('write_improvement_change'), ('write_improvement_closing'),
    ('write_outcomes'), ('write_revocation'), ('write_awards'),
    ('write_appeal_proposal'), ('write_appeal_decision'), ('write_appeal_escalations'),
    ('write_survey'), ('write_survey_end'), ('write_reminders'), ('write_finding')$$, 'the rest is for others');

-- 6. Anonymous raters: neither e nor m counts them below three, or sees a result move while they rate
CREATE FUNCTION pg_temp.as_login(login name, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  PERFORM set_config('session_authorization', login, true);
  EXECUTE query INTO result;
  PERFORM set_config('session_authorization', 'postgres', true);
  RETURN result;
END $$;
\set anonymous 'SELECT count(*) FROM appraisal.review WHERE anonymous AND rater_id IN (4, 5, 6)'
\set marks 'SELECT count(*) FROM appraisal.rating WHERE review_id IN (12, 13, 14, 22, 23, 24, 32, 33, 34)'
\set moving 'SELECT count(*) FROM appraisal.result NATURAL JOIN appraisal.dimension_score WHERE cycle_id = 3'
\set sources 'SELECT string_agg(cycle_id || source || raters, '','' ORDER BY cycle_id) FROM appraisal.source_score'
SELECT is(pg_temp.as_login(login, query), expected, login || ': ' || query)
FROM (VALUES ('regress_employee', :'anonymous', '0'), ('regress_manager', :'anonymous', '0'), ('regress_boss', :'anonymous', '0'),
             ('regress_employee', :'marks', '0'), ('regress_manager', :'marks', '0'), ('regress_boss', :'marks', '0'),
             ('regress_employee', :'moving', '0'), ('regress_manager', :'moving', '0'), ('regress_boss', :'moving', '0'),
             ('regress_employee', :'sources', '1peer3'), ('regress_manager', :'sources', '1peer3,2peer3'),
             ('regress_hr', :'anonymous', '9'), ('regress_hr', :'sources', '1peer3,2peer3,3peer3')) AS v (login, query, expected);
-- where nobody is anonymous the superiors may follow
SET LOCAL session_replication_role = replica;
SELECT throws_ok($$INSERT INTO appraisal.rater_rule (scheme_id, job_group, source, label, weight, least_raters, anonymous) VALUES (1, 'few', 'peer', 'x', 100, 2, true)$$,
  '23514', NULL, 'a scheme with less than three anonymous raters');
DELETE FROM appraisal.rater_rule WHERE anonymous;
SET LOCAL session_replication_role = origin;
SELECT is(pg_temp.as_login('regress_manager', :'moving'), '1', 'without anonymous raters a manager follows results while they are made');
SELECT is(pg_temp.as_login('regress_employee', :'moving'), '0', 'the person does not');
SELECT * FROM finish();
ROLLBACK;
