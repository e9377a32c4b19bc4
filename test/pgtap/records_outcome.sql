-- Outcomes: due_outcomes(), confirm_outcome(), confirm_outcomes(), revoke_outcome(). First the rules of the schemes,
-- each on a person who hits it; then who may what; then random histories, with every kind of rule, against
-- gaps and islands in plain SQL.
\set feature outcome
\set ECHO none
\pset fieldsep '\n'
BEGIN;
SELECT no_plan();
\ir oracle.psql
\ir calibration.psql
SELECT quote_ident(:'schema') AS own \gset
SELECT set_config('search_path', :'own' || ', appraisal, public', true) AS path \gset
GRANT USAGE ON SCHEMA :schema TO PUBLIC;

-- Published cycles by hand: of a scheme, each with its grades, '{"a01": "A", ...}'; a grade of null is no score.
CREATE PROCEDURE past(of_scheme text, code text, period text, during daterange, grades jsonb, status text DEFAULT 'closed') LANGUAGE plpgsql AS $$
DECLARE this bigint;
BEGIN
  SET LOCAL session_replication_role = replica;
  INSERT INTO appraisal.cycle (code, title, scheme_id, period, during, cohort_date, status)
  SELECT past.code, past.code, max(s.scheme_id) FILTER (WHERE s.valid_from <= lower(past.during)), past.period, past.during, upper(past.during) - 1, past.status
  FROM appraisal.scheme AS s WHERE s.code = of_scheme RETURNING cycle_id INTO this;
  INSERT INTO appraisal.participant (cycle_id, person_id, appraised_unit_id, segment_days, unit_id, manager_id, job_group)
  SELECT this, n.person_id, CASE WHEN n.person_id IS NULL THEN u.unit_id END, 30, coalesce(o.unit_id, u.unit_id), o.manager_id, coalesce(o.job_group, u.kind, 'unit')
  FROM jsonb_object_keys(past.grades) AS g (who) LEFT JOIN appraisal.person AS n ON n.code = g.who LEFT JOIN appraisal.posting AS o USING (person_id)
  LEFT JOIN appraisal.unit AS u ON u.code = g.who AND n.code IS NULL;
  INSERT INTO appraisal.result (cycle_id, participant_id, state, coverage, raw_score, score, natural_grade, coefficient, published_at)
  SELECT this, p.participant_id, CASE WHEN g.grade IS NULL THEN 'insufficient' ELSE 'scored' END, 1, CASE WHEN g.grade IS NOT NULL THEN 50 END, CASE WHEN g.grade IS NOT NULL THEN 50 END,
         g.grade, appraisal.coefficient(g.grade, s.scale), statement_timestamp()
  FROM jsonb_each_text(past.grades) AS g (who, grade)
  JOIN appraisal.participant AS p ON p.cycle_id = this AND (p.person_id = (SELECT n.person_id FROM appraisal.person AS n WHERE n.code = g.who)
       OR p.appraised_unit_id = (SELECT u.unit_id FROM appraisal.unit AS u WHERE u.code = g.who))
  JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.scheme AS s USING (scheme_id);
  SET LOCAL session_replication_role = origin;
END $$;
-- a later version, as an upheld appeal makes one
CREATE PROCEDURE later(of_cycle text, who text, grade text) LANGUAGE plpgsql AS $$
BEGIN
  SET LOCAL session_replication_role = replica;
  INSERT INTO appraisal.result (cycle_id, participant_id, version, state, coverage, raw_score, score, natural_grade, coefficient, published_at)
  SELECT r.cycle_id, r.participant_id, r.version + 1, 'scored', 1, 60, 60, later.grade, appraisal.coefficient(later.grade, s.scale), statement_timestamp()
  FROM appraisal.current_result AS r JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.scheme AS s USING (scheme_id)
  LEFT JOIN appraisal.person AS n USING (person_id) LEFT JOIN appraisal.unit AS u ON u.unit_id = p.appraised_unit_id
  WHERE c.code = of_cycle AND coalesce(n.code, u.code) = who;
  SET LOCAL session_replication_role = origin;
END $$;
CREATE FUNCTION due(of_cycle text, login text DEFAULT 'regress_h1') RETURNS text LANGUAGE sql AS $$
  SELECT pg_temp.as_login(login, format($i$SELECT string_agg(concat_ws(' ', coalesce(person, unit), rule, state), ', ' ORDER BY coalesce(person, unit), rule) FROM appraisal.due_outcomes(%L)$i$, of_cycle)) $$;
CREATE FUNCTION month(n int) RETURNS daterange LANGUAGE sql IMMUTABLE AS $$
  SELECT daterange((date '2024-01-01' + make_interval(months => n - 1))::date, (date '2024-01-01' + make_interval(months => n))::date) $$;
CREATE FUNCTION define(document jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE id bigint;
BEGIN
  CALL appraisal.define_scheme(document, id);
  CALL appraisal.activate_scheme(document ->> 'code', NULL, '2020-01-01', id);
END $$;
SELECT count(define(document)) AS defined FROM appraisal.scheme_library() WHERE code IN ('ecommerce-monthly', 'company-half-year', 'operations-monthly') \gset

-- ecommerce-monthly: two months 需激励 a warning, three the bonus; a month 优秀 a reward, three a star with a reward
CALL past('ecommerce-monthly', 'm1', 'month', month(1), '{"a01": "需激励", "a02": "优秀", "a03": "需激励", "a04": "需激励", "a05": "优秀", "a09": "需激励"}');
CALL past('ecommerce-monthly', 'm2', 'month', month(2), '{"a01": "需激励", "a02": "优秀", "a03": null, "a04": "需激励", "a05": "优秀", "a09": "需激励"}');
CALL past('ecommerce-monthly', 'm3', 'month', month(3), '{"a01": "需激励", "a02": "优秀", "a03": "需激励", "a04": "一般", "a09": "需激励"}');
CALL past('ecommerce-monthly', 'm4', 'month', month(4), '{"a01": "需激励", "a02": "优秀", "a03": "需激励", "a04": "需激励", "a05": "优秀", "a09": "需激励"}');
SELECT is(due('m1'), 'a02 reward due, a05 reward due', 'one month');
SELECT is(due('m2'), 'a01 warning due, a02 reward due, a04 warning due, a05 reward due, a09 warning due', 'two months on end');
SELECT is(due('m3'), 'a01 bonus-lost due, a02 reward due, a02 star due, a02 star-reward due, a09 bonus-lost due', 'three; a month without a grade or with another one breaks a run');
SELECT is(due('m4'), 'a01 warning due, a02 reward due, a03 warning due, a05 reward due, a09 warning due', 'four are twice two; who was not there begins anew');
SELECT is(pg_temp.rows_of($$SELECT cycles, versions, grades, effective_on, label, outcome FROM appraisal.due_outcomes('m3') WHERE person = 'a01'$$),
  '["m1","m2","m3"] [1,1,1] ["需激励","需激励","需激励"] 2024-04-01 取消年终奖 bonus_lost', 'the evidence');

-- company-half-year: years; pay step, contract, department award
CALL past('company-half-year', 'y1', 'year', '[2024-01-01,2025-01-01)', '{"a01": "D", "a02": "A", "a03": "E", "a04": "C", "a05": "A", "a06": "D", "a": "A", "b": "B"}');
SELECT pg_temp.in_bulk($$UPDATE appraisal.unit SET kind = 'department' WHERE code IN ('a', 'b')$$) AS done,
  pg_temp.in_bulk($$UPDATE appraisal.person SET hired_on = CASE code WHEN 'a02' THEN date '2023-11-15' WHEN 'a05' THEN '2024-06-10' WHEN 'a04' THEN '2024-02-29' WHEN 'a06' THEN '2024-03-31' ELSE hired_on END,
    left_on = CASE code WHEN 'a06' THEN date '2026-02-15' END$$) AS done2 \gset
CALL past('company-half-year', 'y2', 'year', '[2025-01-01,2026-01-01)', '{"a01": "B", "a02": "A", "a03": "E", "a04": "D", "a05": "A", "a06": "D", "a": "B", "b": "A"}');
CALL past('company-half-year', 'y3', 'year', '[2026-01-01,2027-01-01)', '{"a01": "E", "a02": "A", "a03": "E", "a04": "D", "a05": "A", "b": "A"}');
SELECT is(due('y1'), 'a department-award due', 'a department''s award');
SELECT is(due('y2'), 'a01 pay-step due, a02 pay-step due, a03 contract-ended due, a04 pay-step due, a05 pay-step due, b department-award due',
  'two years D or better, E twice; a06 leaves before two years of service');
SELECT is(due('y3'), 'a02 open-ended-contract due, a05 open-ended-contract due, b department-award due', 'three years A');
SELECT is(pg_temp.rows_of($$SELECT coalesce(person, unit), rule, amount, effective_on FROM appraisal.due_outcomes('y2') ORDER BY 1$$),
  'a01 pay-step 1 2026-01-01, a02 pay-step 1 2026-01-01, a03 contract-ended 2026-01-01, a04 pay-step 1 2026-02-01, a05 pay-step 1 2026-06-01, b department-award 2026-01-01',
  'a pay step is from the month that completes two years of service');
SELECT is(pg_temp.rows_of($$SELECT person, effective_on FROM appraisal.due_outcomes('y3') WHERE person IS NOT NULL ORDER BY 1$$), 'a02 2027-01-01, a05 2027-06-01', 'so is the contract, of three');
CALL past('company-half-year', 'y4', 'year', '[2027-01-01,2028-01-01)', '{"a01": "E", "a02": "A", "a03": "E", "a04": "D", "a05": "B"}');
SELECT is(due('y4'), 'a01 contract-ended due, a02 pay-step due, a03 contract-ended due, a04 pay-step due, a05 pay-step due', 'each two years anew');

-- operations-monthly: 不合格 is trained; 不合格 again after training changes post
CALL past('operations-monthly', 'o1', 'month', month(1), '{"a01": "不合格", "a02": "不合格", "a03": "不合格", "a04": "合格", "a05": "不合格"}');
CALL past('operations-monthly', 'o2', 'month', month(2), '{"a01": "不合格", "a02": "不合格", "a03": "合格", "a04": "不合格", "a05": "不合格"}');
SELECT is(due('o2'), 'a01 training due, a02 training due, a04 training due, a05 training due', 'nobody was trained');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.confirm_outcome('o1', 'a01', 'training')$$) ~ '^\d+$', true, 'a01 is trained'),
  is(pg_temp.as_login('regress_h1', $$CALL appraisal.confirm_outcome('o1', 'a03', 'training')$$) ~ '^\d+$', true, 'a03, too');
SELECT pg_temp.in_bulk($$UPDATE appraisal.outcome SET confirmed_at = '2024-02-08 09:00+00' WHERE outcome = 'training'$$) AS done \gset
SELECT is(due('o2'), 'a01 training due, a02 training due, a04 training due, a05 training due', 'within the second month');
CALL past('operations-monthly', 'o3', 'month', month(3), '{"a01": "不合格", "a02": "不合格", "a03": "不合格", "a04": "不合格", "a05": "不合格"}');
CALL past('operations-monthly', 'o4', 'month', month(4), '{"a01": "不合格", "a02": "不合格", "a03": "不合格", "a04": "不合格", "a05": "不合格"}');
CALL past('operations-monthly', 'o5', 'month', month(5), '{"a01": "不合格", "a02": "不合格", "a03": "不合格"}');
SELECT is(due('o3'), 'a01 post-change due, a01 training due, a02 training due, a03 training due, a04 training due, a05 training due', 'the first month that begins after training');
SELECT is(due('o4'), 'a01 training due, a02 training due, a03 post-change due, a03 training due, a04 training due, a05 training due', 'not each month; who was trained before needs two months');
SELECT is(due('o5'), 'a01 post-change due, a01 training due, a02 training due, a03 training due', 'and again after two');
SELECT is(pg_temp.rows_of($$SELECT cycles FROM appraisal.due_outcomes('o3') WHERE rule = 'post-change'$$), '["o2","o3"]', 'the evidence is the run''s last periods');
-- a plan with training counts as well, once it is closed
SELECT pg_temp.in_bulk($$INSERT INTO appraisal.improvement_plan (cycle_id, participant_id, version, status, by_rule, goals, training, due_on, opened_by_login, opened_at, closed_by_login, closed_at, closed_because)
  SELECT p.cycle_id, p.participant_id, 1, v.status, false, 'x', v.training, '2024-03-31', 'x', '2024-02-10 00:00+00', CASE WHEN v.closed IS NOT NULL THEN 'x' END, v.closed::timestamptz, CASE WHEN v.closed IS NOT NULL THEN 'x' END
  FROM (VALUES ('a02', 'not_met', 'sums', '2024-03-01 00:00+00'), ('a04', 'met', NULL, '2024-03-01 00:00+00'), ('a05', 'cancelled', 'sums', '2024-03-01 00:00+00')) AS v (code, status, training, closed)
  JOIN appraisal.person AS n USING (code) JOIN appraisal.participant AS p USING (person_id) JOIN appraisal.cycle AS c USING (cycle_id) WHERE c.code = 'o2'$$) AS done \gset
SELECT is(due('o3'), 'a01 post-change due, a01 training due, a02 post-change due, a02 training due, a03 training due, a04 training due, a05 training due', 'closed on the first day of the month; without training, or cancelled, it does not count');
SELECT pg_temp.in_bulk($$INSERT INTO appraisal.improvement_action (cycle_id, plan_id, title, owner_id, due_on, training)
  SELECT i.cycle_id, i.plan_id, 'x', p.person_id, '2024-03-01', 'sums' FROM appraisal.improvement_plan AS i JOIN appraisal.participant AS p USING (cycle_id, participant_id) WHERE i.status = 'met'$$) AS done \gset
SELECT matches(due('o3'), 'a04 post-change due', 'an action''s training counts, too');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.revoke_outcome('o1', 'a01', 'training', 'did not take place')$$) ~ '^\d+$', true, 'a training that is revoked');
SELECT doesnt_match(due('o3'), 'a01 post-change', 'was none');
-- outcomes of a plan
SELECT define(appraisal.merge_patch(document, '{"code": "plans", "assumed": null, "outcomes": {"training": null, "promotion": null, "post-change": {"run": 1, "after_training": false, "on_plan": "not_met"}}}')) AS defined
FROM appraisal.scheme_library() WHERE code = 'operations-monthly' \gset
CALL past('plans', 'q1', 'month', month(1), '{"a01": "不合格", "a02": "不合格", "a03": "合格"}');
SELECT is(due('q1'), NULL, 'no plan');
SELECT pg_temp.in_bulk($$INSERT INTO appraisal.improvement_plan (cycle_id, participant_id, version, status, by_rule, goals, due_on, opened_by_login, opened_at, closed_by_login, closed_at, closed_because)
  SELECT p.cycle_id, p.participant_id, 1, v.status, false, 'x', '2024-03-31', 'x', '2024-02-10 00:00+00', 'x', '2024-04-05 12:00+00', 'x'
  FROM (VALUES ('a01', 'met'), ('a02', 'not_met'), ('a03', 'not_met')) AS v (code, status) JOIN appraisal.person AS n USING (code) JOIN appraisal.participant AS p USING (person_id) JOIN appraisal.cycle AS c USING (cycle_id) WHERE c.code = 'q1'$$) AS done \gset
SELECT is(pg_temp.rows_of($$SELECT person, rule, effective_on FROM appraisal.due_outcomes('q1')$$), 'a02 post-change 2024-04-05', 'a plan that was not met, of who had the grade');
SELECT throws_ok($$SELECT define(appraisal.merge_patch(document, '{"code": "wrong", "assumed": null, "outcomes": {"training": {"on_plan": "maybe"}}}')) FROM appraisal.scheme_library() WHERE code = 'operations-monthly'$$,
  '23514', NULL, 'a plan is met or not');
SELECT is((SELECT appraisal.scheme_document('plans') #>> '{outcomes,post-change,on_plan}'), 'not_met', 'and the document keeps which');

-- confirmed, contradicted by a later version, revoked, due again
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.confirm_outcome('m3', 'a01', 'bonus-lost', 'talked to')$$) ~ '^\d+$', true, 'confirmed');
SELECT matches(due('m3'), 'a01 bonus-lost confirmed', 'is listed so');
CALL later('m2', 'a01', '一般');
SELECT is(due('m3'), 'a01 bonus-lost contradicted, a02 reward due, a02 star due, a02 star-reward due, a09 bonus-lost due', 'a later version contradicts it');
SELECT is(due('m2'), 'a02 reward due, a04 warning due, a05 reward due, a09 warning due', 'and what was due is not');
SELECT is(due('m4'), 'a01 warning due, a02 reward due, a03 warning due, a05 reward due, a09 warning due', 'another run is two long now');
SELECT is(pg_temp.as_login('regress_h1', $$SELECT string_agg(concat_ws(' ', in_cycle, rule, state), ', ' ORDER BY in_cycle) FROM appraisal.due_outcomes('m2', onwards => true) WHERE person = 'a01'$$),
  'm3 bonus-lost contradicted, m4 warning due', 'and in all later cycles');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.confirm_outcome('m3', 'a01', 'bonus-lost')$$), 'AP005 | outcome "bonus-lost" of person "a01" in cycle "m3" is confirmed already | SELECT * FROM appraisal.due_outcomes(''m3'').', 'what is contradicted is revoked first');
SELECT is(pg_temp.as_login('regress_c', $$CALL appraisal.revoke_outcome('m3', 'a01', 'bonus-lost', 'the appeal')$$) ~ '^\d+$', true, 'an executive revokes');
SELECT is(due('m3'), 'a02 reward due, a02 star due, a02 star-reward due, a09 bonus-lost due', 'gone');
CALL later('m2', 'a01', '需激励');
SELECT matches(due('m3'), 'a01 bonus-lost due', 'version 3 makes it due anew');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.confirm_outcome('m3', 'a01', 'bonus-lost')$$) ~ '^\d+$', true, 'confirmed again');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.revoke_outcome('m3', 'a01', 'bonus-lost', 'a mistake')$$) ~ '^\d+$', true, 'and revoked');
SELECT matches(due('m3'), 'a01 bonus-lost revoked', 'on the same evidence it is not due, but told');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.confirm_outcomes('m3')$$), '4', 'all of a cycle, but what was revoked');
SELECT is(due('m3', 'regress_h2'), 'a01 bonus-lost revoked, a02 reward confirmed, a02 star confirmed, a02 star-reward confirmed, a09 bonus-lost confirmed', 'of all');
SELECT is(due('m2', 'regress_a09'), 'a01 warning due, a02 reward due, a04 warning due, a05 reward due', 'the own is not listed') ;
SELECT is(pg_temp.as_login('regress_a09', $$CALL appraisal.confirm_outcomes('m2', 'warning')$$), '2', 'nor confirmed with all');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.confirm_outcome('m3', 'a01', 'bonus-lost')$$) ~ '^\d+$', true, 'what was revoked is confirmed by name');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.confirm_outcomes('m3')$$), '0', 'and that is all');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.confirm_outcome('y1', NULL, 'department-award', unit => 'a')$$) ~ '^\d+$', true, 'a unit''s');

-- refused
SELECT is(pg_temp.as_login(login, statement), told, login || ' ' || statement) FROM (VALUES
  ('regress_a09', $$CALL appraisal.confirm_outcome('m2', 'a09', 'warning')$$, 'AP003 | nobody decides on outcomes of the own result | It is that of person "a09". | Somebody else of HR, or an executive, calls it.'),
  ('regress_a09', $$CALL appraisal.revoke_outcome('m3', 'a09', 'bonus-lost', 'x')$$, 'AP003 | nobody decides on outcomes of the own result | It is that of person "a09". | Somebody else of HR, or an executive, calls it.'),
  ('regress_ha', $$CALL appraisal.confirm_outcome('m2', 'a04', 'warning')$$, '42501 | permission denied for function write_outcomes'),
  ('regress_a01', $$SELECT appraisal.write_revocation(1, 1, 1, 'x')$$, '42501 | permission denied for function write_revocation'),
  ('regress_app', $$CALL appraisal.confirm_outcomes('m2')$$, 'AP003 | outcomes are confirmed and revoked by HR, and by executives to whom the scheme shows results | Ask one of them to CALL appraisal.confirm_outcome() or revoke_outcome().'),
  ('regress_h1', $$CALL appraisal.confirm_outcome('m2', 'a02', 'warning')$$, 'AP005 | outcome "warning" of person "a02" in cycle "m2" is not due | SELECT * FROM appraisal.due_outcomes(''m2'').'),
  ('regress_h1', $$CALL appraisal.confirm_outcome('m2', 'a02', 'no')$$, 'AP004 | there is no outcome rule "no" | Rules of scheme "ecommerce-monthly" for cycles of this period: bonus-lost, reward, star, star-reward, warning. | Give one of these.'),
  ('regress_h1', $$CALL appraisal.confirm_outcome('no', 'a02', 'warning')$$, 'AP004 | there is no cycle "no" | Open it with CALL appraisal.open_cycle().'),
  ('regress_h1', $$CALL appraisal.confirm_outcome('m2', 'b01', 'warning')$$, 'AP004 | person "b01" takes no part in cycle "m2" | Ask who may see this one.'),
  ('regress_h1', $$CALL appraisal.revoke_outcome('m2', 'a02', 'reward', 'x')$$, 'AP005 | person "a02" has no outcome "reward" to revoke in cycle "m2" | Table appraisal.outcome has those that were confirmed.'),
  ('regress_h1', $$CALL appraisal.revoke_outcome('m3', 'a02', 'reward', ' ')$$, 'AP005 | revoking an outcome of person "a02" needs a reason | Give the argument reason.'),
  ('regress_h1', $$SELECT appraisal.write_outcomes(0, NULL, NULL, NULL)$$, 'AP004 | there is no cycle with cycle_id 0'),
  ('regress_ha', $$SELECT * FROM appraisal.due_outcomes('m2')$$, 'AP003 | outcomes that are due in cycle "m2" are not yours to see | They are for HR, auditors, and executives to whom the scheme shows results. | Table appraisal.outcome has those that were confirmed.'),
  ('regress_a01', $$SELECT * FROM appraisal.due_outcomes('m2')$$, 'AP003 | outcomes that are due in cycle "m2" are not yours to see | They are for HR, auditors, and executives to whom the scheme shows results. | Table appraisal.outcome has those that were confirmed.'),
  ('regress_h1', $$SELECT * FROM appraisal.due_outcomes('no')$$, 'AP004 | there is no cycle "no" | Open it with CALL appraisal.open_cycle().')) AS v (login, statement, told);
SELECT is(due('m2', 'regress_z'), due('m2', 'regress_h1'), 'auditors see what is due'), is(due('m2', 'regress_c2'), due('m2', 'regress_h1'), 'executives, too');
CALL past('ecommerce-monthly', 'm5', 'month', month(5), '{"a01": "需激励"}', 'calibration');
SELECT is(pg_temp.as_login('regress_h1', $$SELECT * FROM appraisal.due_outcomes('m5')$$),
    'AP001 | nothing is due in cycle "m5": the cycle is in status calibration | It can be in status published or closed. | CALL appraisal.compute_results() computes results, sign_off() signs and publish() publishes them.', 'before publication nothing is due'),
  is(pg_temp.as_login('regress_h1', $$CALL appraisal.confirm_outcomes('m5')$$),
    'AP001 | outcomes of cycle "m5" cannot be written: the cycle is in status calibration | It can be in status published or closed. | CALL appraisal.compute_results() computes results, sign_off() signs and publish() publishes them.', 'nor confirmed');
-- an executive to whom one version does not show results sees nothing of runs that may go back to it
CALL appraisal.revise_scheme('ecommerce-monthly', '{"visible_to": ["person", "manager", "hr"]}') \g /dev/null
CALL appraisal.activate_scheme('ecommerce-monthly', valid_from => '2024-05-01') \g /dev/null
CALL past('ecommerce-monthly', 'm6', 'month', month(6), '{"a01": "需激励", "a02": "优秀"}');
SELECT matches(due('m4', 'regress_c2'), '^AP003', 'not even before'), matches(pg_temp.as_login('regress_c2', $$CALL appraisal.confirm_outcomes('m4')$$), '^AP003', 'nor confirms');
SELECT is(due('m6'), 'a02 reward due', 'HR does; a month that is not published is a gap');

-- what was written stays
SELECT throws_ok(statement, code, message, statement) FROM (VALUES
  ('DELETE FROM appraisal.outcome', 'AP007', 'outcome is only added to'), ('TRUNCATE appraisal.outcome CASCADE', 'AP007', NULL),
  ($$UPDATE appraisal.outcome SET note = 'x'$$, 'AP007', 'an outcome is revoked, once, and else never changes'),
  ($$UPDATE appraisal.outcome SET revoked_at = now(), revoked_because = 'y', revoked_by_login = 'x' WHERE revoked_at IS NOT NULL$$, 'AP007', 'an outcome is revoked, once, and else never changes'),
  ($$UPDATE appraisal.outcome SET revoked_at = now() WHERE revoked_at IS NULL$$, '23514', NULL),
  ($$INSERT INTO appraisal.outcome SELECT (jsonb_populate_record(o, '{"outcome_id": 9999}')).* FROM appraisal.outcome AS o WHERE revoked_at IS NULL LIMIT 1$$, '428C9', NULL),
  ($$INSERT INTO appraisal.outcome OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(o, '{"outcome_id": 9999}')).* FROM appraisal.outcome AS o WHERE revoked_at IS NULL LIMIT 1$$, '23P01', NULL),
  ($$INSERT INTO appraisal.outcome OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(o, jsonb_build_object('outcome_id', 9999, 'cycle_id', c.cycle_id, 'participant_id', p.participant_id))).* FROM appraisal.outcome AS o,
    appraisal.cycle AS c JOIN appraisal.participant AS p USING (cycle_id) WHERE c.code = 'm5' LIMIT 1$$, 'AP001', NULL)) AS v (statement, code, message);
-- who sees what was confirmed
SELECT is(pg_temp.as_login(login, $$SELECT count(*) FROM appraisal.outcome AS o JOIN appraisal.cycle AS c USING (cycle_id) WHERE c.code IN ('m2', 'm3', 'y1')$$), seen, login || ' sees outcomes')
FROM (VALUES ('regress_h1', '10'), ('regress_z', '10'), ('regress_c', '10'), ('regress_a01', '4'), ('regress_a09', '10'), ('regress_hb', '10'), ('regress_hl', '0'), ('regress_app', '0')) AS v (login, seen);

-- Random histories of 40 people and 3 units over 36 periods with gaps, versions and rules of every kind.
SELECT define(jsonb_build_object('code', 'random') || '{"title": "R", "label": "R", "language": "en", "subjects": ["person", "unit"], "unit_levels": ["unit"], "scale": "A >= 90, B >= 75, C >= 60, D", "periods": {"*": {"month": {}}},
  "dimensions": {"work": {"position": 1, "title": "W", "label": "W", "weights": {"*": 100}, "indicators": {"*": {"rnd": {"weight": 100}}}}},
  "indicators": {"rnd": {"title": "R", "label": "R", "kind": "rated", "least": 0, "most": 100}}, "raters": {"*": {"manager": {"label": "M", "weight": 100}}}}'::jsonb
  || jsonb_build_object('outcomes', (SELECT jsonb_object_agg(lower(g) || '-' || replace(k, '_', '-') || r, jsonb_build_object('title', 'x', 'label', 'x', 'period', 'month', 'grade', g, 'compares', k, 'run', r, 'outcome', 'reward',
       'subject', CASE WHEN r = 4 THEN 'unit' ELSE 'person' END)) FROM unnest('{A,B,C,D}'::text[]) AS g, unnest('{equal,or_better,or_worse}'::text[]) AS k, unnest('{1,2,3,4,7}'::int[]) AS r))) AS defined \gset
CREATE TABLE who AS SELECT code FROM appraisal.person UNION ALL SELECT code FROM appraisal.unit;
CREATE TABLE history AS
WITH RECURSIVE h AS (
  SELECT code, 1 AS n, pick(1, 5) AS g FROM who UNION ALL SELECT code, n + 1, CASE WHEN pick(1, 3) = 1 THEN pick(1, 5) ELSE g END FROM h WHERE n < 36)
SELECT code, n, ('{A,B,C,D}'::text[])[g] AS grade, pick(1, 30) > 1 AS is_there FROM h;
SELECT format('CALL past(%L, %L, %L, %L, %L)', 'random', 'r' || n, 'month', month(n), jsonb_object_agg(code, grade) FILTER (WHERE is_there)) FROM history WHERE n NOT IN (11, 24) GROUP BY n ORDER BY n \gexec
SELECT format('CALL later(%L, %L, %L)', 'r' || n, code, ('{A,B,C,D}'::text[])[pick(1, 4)]) FROM history WHERE is_there AND n NOT IN (11, 24) AND pick(1, 15) = 1 ORDER BY 1 \gexec
-- islands: rows that fulfil the rule, numbered by the month less their own number
CREATE TABLE expected AS
WITH graded AS (
  SELECT c.code AS cycle, lower(c.during) AS first, (extract(year FROM lower(c.during)) * 12 + extract(month FROM lower(c.during)))::int AS month, coalesce(n.code, u.code) AS who, p.person_id IS NOT NULL AS is_person,
    r.version, r.final_grade, position(r.final_grade IN 'ABCD') AS rank
  FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) JOIN appraisal.participant AS p USING (cycle_id)
  JOIN appraisal.result AS r USING (cycle_id, participant_id) LEFT JOIN appraisal.person AS n USING (person_id) LEFT JOIN appraisal.unit AS u ON u.unit_id = p.appraised_unit_id
  WHERE s.code = 'random' AND r.version = (SELECT max(x.version) FROM appraisal.result AS x WHERE x.cycle_id = r.cycle_id AND x.participant_id = r.participant_id)
),
hit AS (
  SELECT g.*, o.code AS rule, o.run, g.month - row_number() OVER (PARTITION BY o.code, g.who ORDER BY g.month) AS island
  FROM graded AS g JOIN appraisal.outcome_rule AS o ON o.scheme_id = (SELECT max(scheme_id) FROM appraisal.scheme WHERE code = 'random') AND (o.subject = 'person') = g.is_person
  WHERE CASE o.compares WHEN 'equal' THEN g.final_grade = o.grade WHEN 'or_better' THEN g.rank <= position(o.grade IN 'ABCD') ELSE g.rank >= position(o.grade IN 'ABCD') END
)
SELECT h.cycle, h.who, h.rule, h.run, e.cycles, e.versions, e.grades
FROM (SELECT *, row_number() OVER (PARTITION BY rule, who, island ORDER BY month) AS length FROM hit) AS h
CROSS JOIN LATERAL (SELECT array_agg(x.cycle ORDER BY x.month) AS cycles, array_agg(x.version ORDER BY x.month) AS versions, array_agg(x.final_grade ORDER BY x.month) AS grades
                    FROM graded AS x WHERE x.who = h.who AND x.month > h.month - h.run AND x.month <= h.month) AS e
WHERE h.length % h.run = 0;
CREATE TABLE found AS
SELECT d.* FROM (SELECT code FROM appraisal.cycle WHERE code ~ '^r\d+$') AS c, LATERAL appraisal.due_outcomes(c.code) AS d;
SELECT no_rows($$SELECT * FROM (SELECT in_cycle, coalesce(person, unit) AS who, rule, cycles, versions, grades FROM found) AS f FULL JOIN expected AS e
  ON (e.cycle, e.who, e.rule, e.cycles, e.versions, e.grades) = (f.in_cycle, f.who, f.rule, f.cycles, f.versions, f.grades) WHERE f.who IS NULL OR e.who IS NULL$$, 'random histories: what is due, and the evidence');
SELECT cmp_ok(count(*) FILTER (WHERE run = 7), '>', 20::bigint, format('%s are due, %s by runs of seven', count(*), count(*) FILTER (WHERE run = 7))), cmp_ok(count(*) FILTER (WHERE run = 4), '>', 3::bigint, 'of units, too') FROM expected;
SELECT * FROM finish();
ROLLBACK;
