-- Who sees and changes which rows: every capability, table and command, tried out as a login.
--
-- A line of the matrix says on which rows each command works, named as access_data.psql names them; '-' is
-- none, without an error, and what is refused has its SQLSTATE after '!'. Triggers are switched off: this is
-- what privileges and policies allow; what guards refuse besides is in the tests of the guards.
-- several assertions in a row are a line each
\pset fieldsep '\n'
BEGIN;
SELECT no_plan();
\ir access_data.psql
SET LOCAL session_replication_role = replica;

-- How rows are named; a table of the rules is one row or three that all are treated alike.
CREATE TEMP TABLE naming (table_name name PRIMARY KEY, name text);
INSERT INTO naming
SELECT t, $$'row'$$ FROM unnest('{unit,holiday,scheme,period_rule,dimension,dimension_weight,indicator,indicator_level,
  scheme_indicator,rater_rule,box,outcome_rule,sign_off_rule,appeal_rule,cycle,audit_log,audit_seal,tables_version,rater_draw,survey,survey_question,survey_turnout,survey_response}'::text[]) AS t;
INSERT INTO naming VALUES
  ('account', $$substr(role_name, 9)$$), ('person', 'code'), ('posting', 'pg_temp.letter(person_id)'), ('cut_line', 'cycle_id::text'),
  ('participant', 'pg_temp.whose(participant_id)'), ('goal', 'pg_temp.whose(participant_id)'), ('measurement', 'pg_temp.whose(participant_id)'),
  ('review', 'pg_temp.review(review_id)'), ('rating', 'pg_temp.review(review_id)'), ('feedback', 'left(kind, 1) || pg_temp.whose(participant_id)'),
  ('result', 'pg_temp.whose(participant_id)'), ('dimension_score', 'pg_temp.whose(participant_id)'), ('source_score', 'pg_temp.whose(participant_id)'),
  ('part_score', 'pg_temp.whose(participant_id)'), ('finding', 'pg_temp.letter(owner_id) || cycle_id'),
  ('adjustment', 'pg_temp.whose(participant_id)'), ('sign_off', 'pg_temp.letter(signed_by) || cycle_id'), ('delegation', 'pg_temp.letter(from_person) || cycle_id'), ('quota_override', 'cycle_id::text'),
  ('interview', 'pg_temp.whose(participant_id)'), ('acknowledgement', 'pg_temp.whose(participant_id)'), ('improvement_plan', 'pg_temp.whose(participant_id)'),
  ('improvement_action', 'pg_temp.letter(owner_id) || pg_temp.whose(plan_id)'),
  ('outcome', 'pg_temp.whose(participant_id)'), ('award', 'pg_temp.whose(participant_id)'),
  ('appeal', 'pg_temp.whose(participant_id)'), ('appeal_event', $$CASE WHEN internal THEN 'i' ELSE 'p' END || pg_temp.whose(appeal_id)$$), ('appeal_internal', 'pg_temp.whose(appeal_id)'),
  ('notice', 'pg_temp.letter(person_id) || cycle_id');
SELECT set_eq($$SELECT relname FROM pg_class WHERE relnamespace = 'appraisal'::regnamespace AND relkind IN ('r', 'p')$$,
  'SELECT table_name FROM naming', 'every table is named');

-- all rows, with a key that the one who asks can use, and how to write them again
CREATE TEMP TABLE subject AS
SELECT n.table_name, n.name, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '') AS columns,
  (array_agg(a.attname ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '' AND a.attidentity = ''))[1] AS column
FROM naming n JOIN pg_class c ON c.relname = n.table_name AND c.relnamespace = 'appraisal'::regnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
GROUP BY 1, 2;
CREATE TEMP TABLE line (table_name name, command text, capability text, outcome text);

-- What happens to one row when a login runs a command, which is undone.
CREATE FUNCTION pg_temp.try(login name, query text, before text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  hit bigint;
BEGIN
  IF before IS NOT NULL THEN EXECUTE before; END IF;
  PERFORM set_config('session_authorization', login, true);
  EXECUTE query;
  GET DIAGNOSTICS hit = ROW_COUNT;
  RAISE EXCEPTION USING ERRCODE = 'ZZ000', MESSAGE = hit;
EXCEPTION WHEN OTHERS THEN
  RETURN CASE WHEN SQLSTATE <> 'ZZ000' THEN '!' || SQLSTATE WHEN SQLERRM = '0' THEN '' ELSE 'hit' END;
END $$;
CREATE FUNCTION pg_temp.try_all(login name) RETURNS TABLE (table_name name, command text, outcome text) LANGUAGE plpgsql AS $$
DECLARE
  s record; r record;
BEGIN
  FOR s IN SELECT * FROM subject LOOP
    FOR r IN EXECUTE format('SELECT %s AS label, min(ctid)::text AS one, (array_agg(to_jsonb(t) ORDER BY ctid))[1] AS content FROM appraisal.%I AS t GROUP BY 1',
                            s.name, s.table_name) LOOP
      RETURN QUERY SELECT s.table_name, c.command, coalesce(nullif(replace(pg_temp.try(login, c.query, c.before), 'hit', r.label), ''), '-')
      FROM (VALUES
        ('SELECT', format('SELECT FROM appraisal.%I WHERE ctid = %L', s.table_name, r.one), NULL),
        ('UPDATE', format('UPDATE appraisal.%1$I SET %2$I = %2$I WHERE ctid = %3$L', s.table_name, s.column, r.one), NULL),
        ('DELETE', format('DELETE FROM appraisal.%I WHERE ctid = %L', s.table_name, r.one), NULL),
        ('INSERT', format('INSERT INTO appraisal.%1$I (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM jsonb_populate_record(NULL::appraisal.%1$I, %3$L)',
                          s.table_name, s.columns, r.content),
                   format('DELETE FROM appraisal.%I WHERE ctid = %L', s.table_name, r.one))) AS c (command, query, before);
    END LOOP;
  END LOOP;
END $$;
-- 'all' is every row that there is
CREATE FUNCTION pg_temp.outcomes(login name) RETURNS TABLE (table_name name, command text, outcome text) LANGUAGE sql AS $$
  SELECT t.table_name, t.command,
    concat_ws(' ', CASE WHEN count(*) FILTER (WHERE t.outcome !~ '^[-!]') = count(*) THEN 'all'
                        ELSE string_agg(t.outcome, ' ' ORDER BY t.outcome) FILTER (WHERE t.outcome !~ '^[-!]') END,
              string_agg(DISTINCT t.outcome, ' ') FILTER (WHERE t.outcome ~ '^!'),
              CASE WHEN bool_and(t.outcome = '-') THEN '-' END)
  FROM pg_temp.try_all(login) AS t GROUP BY 1, 2
$$;
CREATE TEMP TABLE found AS
SELECT k.capability, o.* FROM (VALUES ('hr', 'regress_hr'), ('executive', 'regress_boss'), ('manager', 'regress_manager'),
  ('employee', 'regress_employee'), ('auditor', 'regress_auditor')) AS k (capability, login), LATERAL pg_temp.outcomes(k.login) AS o;
-- What each capability may do; '!' is !42501, the one error here.
CREATE TEMP TABLE matrix (table_name name, command text, hr text, executive text, manager text, employee text, auditor text);
-- what is known to all and kept by HR
INSERT INTO matrix
SELECT t, c, 'all', k, k, k, k
FROM unnest('{appeal_rule,box,cycle,dimension,dimension_weight,holiday,indicator,indicator_level,outcome_rule,period_rule,rater_rule,scheme,scheme_indicator,sign_off_rule,unit}'::text[]) AS t
CROSS JOIN (VALUES ('SELECT', 'all'), ('INSERT', '!'), ('UPDATE', '!'), ('DELETE', '!')) AS v (c, k);
-- what nobody writes by hand
INSERT INTO matrix SELECT t, c, '!', '!', '!', '!', '!' FROM (VALUES
  ('INSERT', '{notice,survey,survey_question,survey_turnout,survey_response,account,acknowledgement,adjustment,award,outcome,appeal,appeal_event,appeal_internal,delegation,finding,part_score,improvement_action,improvement_plan,interview,quota_override,sign_off,audit_log,audit_seal,cut_line,dimension_score,rater_draw,result,review,source_score,tables_version}'::text[]),
  ('UPDATE', '{notice,survey,survey_question,survey_turnout,survey_response,account,acknowledgement,adjustment,award,outcome,appeal,appeal_event,appeal_internal,delegation,finding,part_score,improvement_action,improvement_plan,interview,quota_override,sign_off,audit_log,audit_seal,cut_line,dimension_score,feedback,measurement,rater_draw,result,source_score,tables_version}'::text[]),
  ('DELETE', '{notice,survey,survey_question,survey_turnout,survey_response,account,acknowledgement,adjustment,award,outcome,appeal,appeal_event,appeal_internal,delegation,finding,part_score,improvement_action,improvement_plan,interview,quota_override,sign_off,audit_log,audit_seal,cut_line,dimension_score,feedback,measurement,rater_draw,result,review,source_score,tables_version}'::text[]),
  ('SELECT', '{rater_draw,survey_turnout,survey_response}')) AS v (c, tables), unnest(tables) AS t;
INSERT INTO matrix VALUES
  ('account', 'SELECT', 'all', 'boss', 'manager', 'employee', 'all'),
  ('tables_version', 'SELECT', 'all', 'all', 'all', 'all', 'all'),
  ('audit_log', 'SELECT', '!', '!', '!', '!', 'all'),
  ('audit_seal', 'SELECT', '!', '!', '!', '!', 'all'),
  ('person', 'SELECT', 'all', 'all', 'e m p q r u', 'e m', 'all'),
  ('person', 'INSERT', 'all', '!', '!', '!', '!'),
  ('person', 'UPDATE', 'all', '!', '!', '!', '!'),
  ('person', 'DELETE', 'all', '!', '!', '!', '!'),
  ('posting', 'SELECT', 'all', 'all', 'e m p q r u', 'e', 'all'),
  ('posting', 'INSERT', 'all', '!', '!', '!', '!'),
  ('posting', 'UPDATE', 'all', '!', '!', '!', '!'),
  ('posting', 'DELETE', 'all', '!', '!', '!', '!'),
  ('participant', 'SELECT', 'all', 'all', 'e1 e2 e3 m1 m2 m3 z1 z2 z3', 'e1 e2 e3 m1 m2 m3', 'all'),
  ('participant', 'INSERT', 'all', '!', '!', '!', '!'),
  ('participant', 'UPDATE', 'all', '!', '!', '!', '!'),
  ('participant', 'DELETE', 'all', '!', '!', '!', '!'),
  ('goal', 'SELECT', 'all', 'all', 'e1 e2 e3 m1 m2 m3 z1 z2 z3', 'e1 e2 e3 m1 m2 m3', 'all'),
  ('goal', 'INSERT', 'all', '!', 'e1 e2 e3 m1 m2 m3 z1 z2 z3 !', 'e1 e2 e3 !', '!'),
  ('goal', 'UPDATE', 'all', '-', 'e1 e2 e3 m1 m2 m3 z1 z2 z3', 'e1 e2 e3', '!'),
  ('goal', 'DELETE', 'all', '!', '!', '!', '!'),
  ('measurement', 'SELECT', 'all', 'all', 'e1 e2 e3 m1 m2 m3 z1 z2 z3', 'e1 e2 e3', 'all'),
  ('measurement', 'INSERT', 'e1 e2 e3 m1 m2 m3 x1 x2 x3 z1 z2 z3 !', '!', 'e1 e2 e3 !', '!', '!'),
  ('review', 'SELECT',
    'bm1 bm2 bm3 bx1 bx2 bx3 bz1 bz2 bz3 em1 em2 em3 me1 me2 me3 pe1 pe2 pe3 qe1 qe2 qe3 re1 re2 re3',
    'bh1 bh2 bh3 bm1 bm2 bm3 bx1 bx2 bx3 bz1 bz2 bz3',
    'me1 me2 me3',
    'em1 em2 em3',
    'all'),
  ('review', 'UPDATE',
    'bm1 bm2 bm3 bx1 bx2 bx3 bz1 bz2 bz3 em1 em2 em3 me1 me2 me3 pe1 pe2 pe3 qe1 qe2 qe3 re1 re2 re3',
    'bh1 bh2 bh3 bm1 bm2 bm3 bx1 bx2 bx3 bz1 bz2 bz3',
    'me1 me2 me3',
    'em1 em2 em3',
    '!'),
  ('rating', 'SELECT',
    'bm1 bm2 bm3 bx1 bx2 bx3 bz1 bz2 bz3 em1 em2 em3 me1 me2 me3 pe1 pe2 pe3 qe1 qe2 qe3 re1 re2 re3',
    'bh1 bh2 bh3 bm1 bm2 bm3 bx1 bx2 bx3 bz1 bz2 bz3',
    'me1 me2 me3',
    'em1 em2 em3',
    'all'),
  ('rating', 'INSERT', '!', 'bh3 bm3 bx3 bz3 !', 'me3 !', 'em3 !', '!'),
  ('rating', 'UPDATE', '-', 'bh3 bm3 bx3 bz3', 'me3', 'em3', '!'),
  ('rating', 'DELETE', '-', 'bh3 bm3 bx3 bz3', 'me3', 'em3', '!'),
  ('feedback', 'SELECT',
    'ce1 ce2 ce3 cm1 cm2 cm3 cx1 cx2 cx3 cz1 cz2 cz3 pe1 pe2 pe3 ph1 ph2 ph3 pm1 pm2 pm3 px1 px2 px3 pz1 pz2 pz3',
    'ch1 ch2 ch3 cm1 cm2 cm3 cx1 cx2 cx3 ph1 ph2 ph3 pm1 pm2 pm3 px1 px2 px3',
    'ce1 ce2 ce3 cz1 cz2 cz3 pe1 pe2 pe3 pm1 pm2 pm3 pz1 pz2 pz3',
    'pe1 pe2 pe3',
    'all'),
  ('feedback', 'INSERT', '!', '!', 'ce1 ce2 ce3 pe1 pe2 pe3 !', '!', '!'),
  ('cut_line', 'SELECT', 'all', 'all', 'all', '1', 'all'),
  ('result', 'SELECT', 'e1 e2 e3 h1 m1 m2 m3 x1 x2 x3 z1 z2 z3', 'e1 e2 h1 h2 m1 m2 x1 x2 z1 z2', 'e1 e2 m1 z1', 'e1', 'all'),
  ('dimension_score', 'SELECT', 'e1 e2 e3 h1 m1 m2 m3 x1 x2 x3 z1 z2 z3', 'e1 e2 h1 h2 m1 m2 x1 x2 z1 z2', 'e1 e2 m1 z1', 'e1', 'all'),
  ('part_score', 'SELECT', 'e1 e2 e3 h1 m1 m2 m3 x1 x2 x3 z1 z2 z3', 'all', 'e1 e2 e3 m1 z1', 'e1', 'all'),
  ('finding', 'SELECT', 'all', 'all', 'e1 e2 e3 m1 m2 m3 u1 u2 u3', 'e1 e2 e3 m1 m2 m3', 'all'),
  ('adjustment', 'SELECT', 'e1 e2 e3 m1 m2 m3 x1 x2 x3 z1 z2 z3', 'e1 e2 h1 h2 m1 m2 x1 x2 z1 z2', 'e1 e2', '-', 'all'),
  ('sign_off', 'SELECT', 'all', 'all', 'm1 m2 m3', '-', 'all'),
  ('delegation', 'SELECT', 'all', 'all', 'all', '-', 'all'),
  ('quota_override', 'SELECT', 'all', 'all', '-', '-', 'all'),
  ('source_score', 'SELECT', 'all', 'e1 e2', 'e1 e2', 'e1', 'all'),
  ('interview', 'SELECT', 'all', 'h1 h2 h3 m1 m2 m3 x1 x2 x3', 'e1 e2 e3 m1 m2 m3 z1 z2 z3', 'e1 e2 e3', 'all'),
  ('acknowledgement', 'SELECT', 'all', '-', 'e1 e2 m1 m2 m3 z1 z2 z3', 'e1 e2 e3', 'all'),
  ('improvement_plan', 'SELECT', 'all', '-', 'e1 e2 m1 m2 m3 z1 z2 z3', 'e1 e2 e3', 'all'),
  ('improvement_action', 'SELECT', 'all', '-', 'ee1 ee2 em1 em2 em3 mm1 mm2 mm3 mx1 mx2 mx3 mz1 mz2 mz3', 'ee1 ee2 ee3 em1 em2 em3', 'all'),
  ('outcome', 'SELECT', 'all', 'e1 e2 h1 h2 m1 m2 x1 x2 z1 z2', 'e1 e2 m1 z1', 'e1', 'all'),
  -- pay is not for managers
  ('award', 'SELECT', 'all', 'e1 e2 h1 h2 m1 m2 x1 x2', 'm1 m2 m3', 'e1 e2 e3', 'all'),
  ('appeal', 'SELECT', 'all', 'x1', 'e1 m1 z1', 'e1', 'all'),
  ('appeal_event', 'SELECT', 'ie1 im1 ix1 iz1 pe1 ph1 pm1 px1 pz1', 'ix1 px1', 'ie1 pe1 pm1 pz1', 'pe1', 'all'),
  ('appeal_internal', 'SELECT', 'e1 m1 x1 z1', 'x1', 'e1', '-', 'all'),
  ('notice', 'SELECT', 'h1 h2 h3', 'b1 b2 b3', 'm1 m2 m3', 'e1 e2 e3', '-'),
  ('survey', 'SELECT', 'all', 'all', 'all', 'all', 'all'),
  ('survey_question', 'SELECT', 'all', 'all', 'all', 'all', 'all');
SELECT set_eq(
  $$SELECT capability, table_name, command, replace(outcome, '!42501', '!') FROM found$$,
  $$SELECT k.capability, m.table_name, m.command, k.rows FROM matrix m, LATERAL (VALUES ('hr', m.hr), ('executive', m.executive),
      ('manager', m.manager), ('employee', m.employee), ('auditor', m.auditor)) AS k (capability, rows)$$,
  'rows that each capability sees and changes, all tables and commands');

-- A service does what whom it acts for may do, save that it has privileges where the other is refused. (To
-- insert the actor anew, the actor is deleted first.)
CREATE FUNCTION pg_temp.as_service(actor text) RETURNS TABLE (table_name name, command text, outcome text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('appraisal.actor', actor, true);
  RETURN QUERY SELECT * FROM pg_temp.outcomes('regress_app');
END $$;
SELECT set_eq(
  format($$SELECT table_name, command, replace(replace(outcome, '-', '!42501'), ' !42501', '') FROM pg_temp.as_service(%L) WHERE table_name <> 'account' AND (table_name, command) <> ('person', 'INSERT')$$, actor),
  format($$SELECT table_name, command, replace(replace(outcome, '-', '!42501'), ' !42501', '') FROM found WHERE capability = %L AND table_name <> 'account' AND (table_name, command) <> ('person', 'INSERT')$$, capability),
  'a service acting for the ' || capability)
FROM (VALUES ('h', 'hr'), ('b', 'executive'), ('m', 'manager'), ('e', 'employee')) AS v (actor, capability);
SELECT is((SELECT string_agg(DISTINCT s.table_name || ' ' || outcome, ', ') FROM pg_temp.as_service('') s LEFT JOIN matrix m USING (table_name, command)
           WHERE m.employee IS DISTINCT FROM 'all' AND outcome !~ '^(-|!42501)$'), 'account app, cut_line 1', 'a service acting for nobody: its own account, the rules and published cut lines');
-- The reports: what each capability sees of every view; a view that has no line in it fails. Of appraised
-- people and units the row, of groups the cycle, the unit and how many results were counted, of raters the
-- cycle, how many reviews, how many of them beside others', and ! where leniency is told.
CREATE TEMP TABLE report (view_name name PRIMARY KEY, name text);
INSERT INTO report VALUES
  ('current_result', 'pg_temp.whose(participant_id)'), ('scorecard', 'pg_temp.whose(participant_id)'), ('scorecard_dimension', 'pg_temp.whose(participant_id)'), ('scorecard_source', 'pg_temp.whose(participant_id)'),
  ('scorecard_comment', $$replace(comment, 'comment ', '')$$),
  ('ranking', 'pg_temp.whose(participant_id)'), ('grade_distribution', $$cycle || coalesce(unit, level) || seen$$),
  ('improvement_progress', $$pg_temp.whose(participant_id) || ':' || actions$$), ('cycle_progress', $$coalesce(pg_temp.letter(waits_for_id), what) || pg_temp.whose(participant_id)$$), ('review_summary', 'pg_temp.review(review_id)'),
  ('rater_statistics', $$pg_temp.letter(rater_id) || cycle || ':' || reviews || '/' || compared || CASE WHEN leniency IS NOT NULL THEN '!' ELSE '' END$$),
  ('rater_agreement', $$cycle || ':' || people || '/' || reviews$$), ('result_trend', 'pg_temp.whose(participant_id)');
SELECT set_eq($$SELECT relname FROM pg_class WHERE relnamespace = 'appraisal'::regnamespace AND relkind IN ('v', 'm') AND relname <> 'indicator_document'$$,
  'SELECT view_name FROM report', 'every view is named');
CREATE FUNCTION pg_temp.reads(login name, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  PERFORM set_config('session_authorization', login, true);
  EXECUTE query INTO result;
  PERFORM set_config('session_authorization', 'postgres', true);
  RETURN coalesce(result, '-');
END $$;
CREATE TEMP TABLE shown (view_name name, hr text, executive text, manager text, employee text, auditor text);
INSERT INTO shown
SELECT v, 'e1 e2 e3 h1 m1 m2 m3 x1 x2 x3 z1 z2 z3', 'e1 e2 h1 h2 m1 m2 x1 x2 z1 z2', 'e1 e2 m1 z1', 'e1', 'e1 e2 e3 h1 h2 h3 m1 m2 m3 x1 x2 x3 z1 z2 z3'
FROM unnest('{current_result,scorecard,scorecard_dimension,ranking}'::text[]) AS v;
INSERT INTO shown VALUES
  ('scorecard_source', 'e1 e2 e3', 'e1 e2', 'e1 e2', 'e1', 'e1 e2 e3'),
  -- of oneself when published, not from whom nobody knows; e is told what m said, m what b did, h, too
  ('scorecard_comment', 'bh1 bm1 bm2 bx1 bx2 bz1 bz2 case me1 case me2 em1 em2 me1 me2 pe1 pe2 qe1 qe2 re1 re2', 'bh1 bh2 bm1 bm2 bx1 bx2 bz1 bz2',
    'bm1 bz1 case me1 case me2 me1 me2', 'case me1 em1 em2 me1',
    'bh1 bh2 bm1 bm2 bx1 bx2 bz1 bz2 case me1 case me2 em1 em2 me1 me2 pe1 pe2 qe1 qe2 re1 re2'),
  ('grade_distribution', '1firm1 1shop2 1staff1 1store1 2shop2 2staff1 2store1 3shop2 3staff1 3store1', '1firm1 1shop2 1staff1 1store1 2firm1 2shop2 2staff1 2store1',
    '1shop2 1staff1 2shop1', '1shop1', '1firm1 1shop2 1staff1 1store1 2firm1 2shop2 2staff1 2store1 3firm1 3shop2 3staff1 3store1'),
  ('cycle_progress', 'bm3 bx3 bz3 em3 me3 pe3 qe3 re3', 'bh3 bm3 bx3 bz3', 'me3', 'em3', 'bh3 bm3 bx3 bz3 em3 me3 pe3 qe3 re3'),
  ('review_summary', 'bm1 bm2 bx1 bx2 bz1 bz2 em1 em2 me1 me2 pe1 pe2 qe1 qe2 re1 re2', 'bh1 bh2 bm1 bm2 bx1 bx2 bz1 bz2', 'me1 me2', 'em1 em2',
    'bh1 bh2 bm1 bm2 bx1 bx2 bz1 bz2 em1 em2 me1 me2 pe1 pe2 qe1 qe2 re1 re2'),
  -- who sees one review of a person alone does not learn whether it was lenient: that would tell of the others
  ('rater_statistics', 'b1:3/1! b2:3/1! e1:1/1! e2:1/1! m1:1/1! m2:1/1! p1:1/1! p2:1/1! q1:1/1! q2:1/1! r1:1/1! r2:1/1!', 'b1:4/0 b2:4/0', 'm1:1/0 m2:1/0', 'e1:1/0 e2:1/0',
    'b1:4/1! b2:4/1! e1:1/1! e2:1/1! m1:1/1! m2:1/1! p1:1/1! p2:1/1! q1:1/1! q2:1/1! r1:1/1! r2:1/1!'),
  ('rater_agreement', '1:2/6 2:2/6', '-', '-', '-', '1:2/6 2:2/6'),
  ('result_trend', 'e1 e2 e3 h1 m1 m2 m3 x1 x2 x3 z1 z2 z3', 'e1 e2 e3 h1 h2 h3 m1 m2 m3 x1 x2 x3 z1 z2 z3', 'e1 e2 e3 m1 z1', 'e1', 'e1 e2 e3 h1 h2 h3 m1 m2 m3 x1 x2 x3 z1 z2 z3'),
  ('improvement_progress', 'e1:1 e2:1 e3:1 h1:1 h2:1 h3:1 m1:2 m2:2 m3:2 x1:2 x2:2 x3:2 z1:1 z2:1 z3:1', '-', 'e1:1 e2:1 m1:2 m2:2 m3:2 z1:1 z2:1 z3:1', 'e1:1 e2:1 e3:1',
    'e1:1 e2:1 e3:1 h1:1 h2:1 h3:1 m1:2 m2:2 m3:2 x1:2 x2:2 x3:2 z1:1 z2:1 z3:1');
SELECT is(pg_temp.reads(k.login, format('SELECT string_agg(DISTINCT %s, '' '' ORDER BY %1$s) FROM appraisal.%I', r.name, r.view_name)), k.rows, k.login || ' reads ' || s.view_name)
FROM shown AS s JOIN report AS r USING (view_name), LATERAL (VALUES ('regress_hr', s.hr), ('regress_boss', s.executive), ('regress_manager', s.manager),
  ('regress_employee', s.employee), ('regress_auditor', s.auditor)) AS k (login, rows);
SELECT is(pg_temp.reads(k.login, format('SELECT string_agg(person, '' '' ORDER BY person) FROM appraisal.simulate(%L)', k.cycle)), k.rows, k.login || ' simulates cycle ' || k.cycle)
FROM (VALUES ('regress_hr', 1, 'e h m x'), ('regress_hr', 2, 'e m x'), ('regress_boss', 2, 'e h m x'), ('regress_boss', 3, '-'), ('regress_manager', 1, 'e m'),
             ('regress_manager', 2, 'e'), ('regress_employee', 1, 'e'), ('regress_employee', 2, '-'), ('regress_auditor', 3, 'e h m x')) AS k (login, cycle, rows);
SELECT is(pg_temp.reads(k.login, $$SELECT string_agg(concat(coalesce(person, unit_a, unit_b), CASE WHEN score_a IS NULL THEN '+' WHEN score_b IS NULL THEN '-' END), ' '
    ORDER BY coalesce(person, unit_a, unit_b)) FROM appraisal.compare_cycles('1', '2')$$), k.rows, k.login || ' compares two cycles')
FROM (VALUES ('regress_hr', 'e h- m shop x'), ('regress_manager', 'e m- shop-'), ('regress_employee', 'e-'), ('regress_auditor', 'e h m shop x')) AS k (login, rows);
-- a figure that one may not see is not taken for missing: e rates m, and sees that m takes part
DELETE FROM appraisal.measurement WHERE cycle_id = 3;
SELECT is(pg_temp.reads(k.login, $$SELECT string_agg(pg_temp.whose(participant_id), ' ' ORDER BY participant_id) FROM appraisal.cycle_progress WHERE what = 'measurement'$$), k.rows,
  k.login || ' knows which figures are missing')
FROM (VALUES ('regress_hr', 'e3 m3 x3 h3 z3'), ('regress_boss', 'e3 m3 x3 h3 z3'), ('regress_manager', 'e3 m3 z3'), ('regress_employee', 'e3'), ('regress_auditor', 'e3 m3 x3 h3 z3')) AS k (login, rows);
SELECT is((SELECT string_agg(DISTINCT what, ' ') FROM appraisal.cycle_progress), 'measurement review', 'and so does the owner');
-- nor an interview, an acknowledgement or a plan
UPDATE appraisal.scheme SET interview = true, improvement_grade = 'A';
UPDATE appraisal.result SET published_at = '2025-01-01 UTC' WHERE cycle_id = 1;
DELETE FROM appraisal.interview; DELETE FROM appraisal.acknowledgement; DELETE FROM appraisal.improvement_action; DELETE FROM appraisal.improvement_plan;
SELECT is(pg_temp.reads(k.login, $$SELECT string_agg(left(what, 2) || pg_temp.whose(participant_id), ' ' ORDER BY what, participant_id) FROM appraisal.cycle_progress WHERE cycle_id = 1$$), k.rows,
  k.login || ' knows what is missing after publication')
FROM (VALUES ('regress_hr', 'ace1 acm1 acx1 ach1 acz1 ime1 imm1 imx1 imh1 ine1 inm1 inx1 inh1 inz1'), ('regress_boss', '-'), ('regress_manager', 'ace1 acm1 acz1 ime1 imm1 ine1 inm1 inz1'),
             ('regress_employee', 'ace1 ime1 ine1'), ('regress_auditor', 'ace1 acm1 acx1 ach1 acz1 ime1 imm1 imx1 imh1 ine1 inm1 inx1 inh1 inz1')) AS k (login, rows);
SELECT is(pg_temp.reads(k.login, $$SELECT string_agg(person || ' ' || what, ', ' ORDER BY person) FROM appraisal.due_improvement_plans('1')$$), k.rows, k.login || ' knows which plans are due')
FROM (VALUES ('regress_hr', 'e open, h open, m open, x open'), ('regress_boss', '-'), ('regress_manager', 'e open'), ('regress_employee', '-'), ('regress_auditor', 'e open, h open, m open, x open')) AS k (login, rows);
SELECT is(pg_temp.try('regress_nobody', format('SELECT FROM appraisal.%I', view_name)), '!42501', 'no account, no ' || view_name) FROM report;

-- What it costs: helpers run once a statement, however many rows there are, and one's own is looked up.
INSERT INTO appraisal.person (person_id, code, name, hired_on) OVERRIDING SYSTEM VALUE SELECT 100 + i, 'n' || i, 'n', '2020-01-01' FROM generate_series(1, 10000) i;
INSERT INTO appraisal.participant (cycle_id, participant_id, person_id, segment_days, unit_id, manager_id, job_group) OVERRIDING SYSTEM VALUE
SELECT 2, 1000 + i, 100 + i, 30, 2, 2, 'staff' FROM generate_series(1, 10000) i;
INSERT INTO appraisal.result (cycle_id, participant_id, state, coverage, raw_score, score) SELECT 2, 1000 + i, 'scored', 1, 80, 80 FROM generate_series(1, 10000) i;
INSERT INTO appraisal.review (cycle_id, review_id, participant_id, rater_id, source) OVERRIDING SYSTEM VALUE SELECT 2, 1000 + i, 1000 + i, 2, 'manager' FROM generate_series(1, 10000) i;
INSERT INTO appraisal.goal (cycle_id, goal_id, participant_id, scheme_indicator_id, title, weight) OVERRIDING SYSTEM VALUE
SELECT 2, 1000 + i, 1000 + i, 2, 'Sell', 50 FROM generate_series(1, 10000) i;
ANALYZE;
SET LOCAL track_functions = 'all';
CREATE FUNCTION pg_temp.calls(login name, query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  before bigint := (SELECT sum(pg_stat_get_xact_function_calls(oid)) FROM pg_proc WHERE pronamespace = 'appraisal'::regnamespace AND proname <> 'decide_first');
BEGIN
  PERFORM set_config('session_authorization', login, true);
  EXECUTE query;
  PERFORM set_config('session_authorization', 'postgres', true);
  RETURN (SELECT sum(pg_stat_get_xact_function_calls(oid)) FROM pg_proc WHERE pronamespace = 'appraisal'::regnamespace AND proname <> 'decide_first') - coalesce(before, 0);
END $$;
SELECT cmp_ok(pg_temp.calls(login, 'SELECT count(*) FROM appraisal.' || t), '<', 60::bigint, login || ' reads ' || t || ' and has helpers run a few times')
FROM unnest('{person,participant,goal,review,result}'::text[]) AS t, unnest('{regress_hr,regress_manager,regress_employee}'::name[]) AS login;
CREATE FUNCTION pg_temp.plan_of(login name, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  line text; plan text := '';
BEGIN
  PERFORM set_config('session_authorization', login, true);
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP plan := plan || line || E'\n'; END LOOP;
  PERFORM set_config('session_authorization', 'postgres', true);
  RETURN plan;
END $$;
\set own 'SELECT r.* FROM appraisal.participant AS p JOIN appraisal.result AS r USING (cycle_id, participant_id) WHERE p.person_id = (SELECT appraisal.acting_person())'
SELECT matches(pg_temp.plan_of('regress_employee', :'own'), 'Index Scan using participant_person_id_idx on participant', 'one''s own participations by index'),
  matches(pg_temp.plan_of('regress_employee', :'own'), 'Index Scan using result_pkey on result', 'and their results by key'),
  doesnt_match(pg_temp.plan_of('regress_employee', :'own'), 'Seq Scan', 'and no table is read whole');
SELECT matches(pg_temp.plan_of('regress_manager', 'SELECT count(*) FROM appraisal.' || t), '\(hashed SubPlan', 'whom a manager sees of ' || t || ' is a hash'),
  doesnt_match(pg_temp.plan_of('regress_manager', 'SELECT count(*) FROM appraisal.' || t), '[^d] SubPlan \d+\)', 'and nothing is asked row by row')
FROM unnest('{person,posting,participant,goal,measurement,review,feedback,result,dimension_score,source_score}'::text[]) AS t;
SELECT * FROM finish();
ROLLBACK;
