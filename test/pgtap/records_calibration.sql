-- calibrate(), undo_calibration(), suggest_calibration(), quota_status(): every path and every error.
BEGIN;
SELECT no_plan();
\ir calibration.psql
SELECT pg_temp.make_cycle('y') AS done \gset

SELECT is(pg_temp.rows_of($$SELECT n.code, pg_temp.grades_of('y', n.code) FROM appraisal.person AS n WHERE n.code ~ '^(a0|ha|b01|hl)' ORDER BY 1$$),
  'a01 A A - A 1.5, a02 A B - B 1, a03 A B - B 1, a04 A B - B 1, a05 A B - B 1, a06 B B - B 1, a07 B B - B 1, a08 C D - D 0, a09 B B - B 1, b01 B B - B 1, ha A A - A 1.5, hl B B - B 1',
  'natural, quota, calibrated and final grade before');

-- what the quota did, and what speaks for what
SELECT is(pg_temp.rows_of($$SELECT person, unit, from_grade, to_grade, kind, why FROM appraisal.suggest_calibration('y')$$),
  'a02 a A B quota "A" begins at 94 in group "a", the score is 93.00, a03 a A B quota "A" begins at 94 in group "a", the score is 92.00, '
  'a04 a A B quota "A" begins at 94 in group "a", the score is 91.00, a05 a A B quota "A" begins at 94 in group "a", the score is 90.00, '
  'a08 a C D quota no score earns "C" in group "a", the score is 85.00', 'the cut line moves whom the quota says, with the bound that does');
SELECT is(pg_temp.rows_of($$SELECT * FROM appraisal.quota_status('y')$$),
  'a 10 10 A <= 20% 0 2 2 0 true, a 10 10 D = 10% 1 1 1 0 true, b 10 10 A <= 20% 0 2 0 0 true, b 10 10 D = 10% 1 1 0 1 false, '
  'firm 1 1 A <= 20% 0 0 0 0 true, firm 1 1 D = 10% 0 0 0 0 true', 'groups against rules; of ten alike one cannot have another grade');
SELECT throws_ok($$SELECT * FROM appraisal.quota_status('no')$$, 'AP004', 'there is no cycle "no"', 'no such cycle');
SELECT throws_ok($$SELECT * FROM appraisal.suggest_calibration('no')$$, 'AP004', 'there is no cycle "no"', 'nor to suggest for');

-- who may
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.calibrate('y', 'a02', 'A', 'held the team together')$$), '1', 'a manager calibrates those below');
SELECT is(pg_temp.grades_of('y', 'a02'), 'A B A A 1.5', 'the four grades stay apart; the coefficient follows the final one');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.calibrate('y', 'a03', 'C', 'missed the launch', 'c')$$), '1', 'HR does');
SELECT is(pg_temp.as_login('regress_c', $$CALL appraisal.calibrate('y', 'ha', 'B', 'the department did worse')$$), '1', 'an executive does');
SELECT is(pg_temp.as_login('regress_app', $$CALL appraisal.calibrate('y', 'a01', 'B', 'as agreed')$$, 'ha'), '1', 'a service does for whom it acts');
SELECT is(pg_temp.rows_of($$SELECT n.code, a.from_grade, a.to_grade, a.reason, m.code AS by, a.made_by_login, u.code AS authorised
    FROM appraisal.adjustment AS a JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id)
    JOIN appraisal.person AS m ON m.person_id = a.made_by LEFT JOIN appraisal.person AS u ON u.person_id = a.authorised_by ORDER BY a.adjustment_id$$),
  'a02 B A held the team together ha regress_ha, a03 B C missed the launch h1 regress_h1 c, ha A B the department did worse c regress_c, a01 A B as agreed ha regress_app',
  'each with who, why and by whose authority');
SELECT is(pg_temp.as_login('regress_hr', $$CALL appraisal.calibrate('y', 'b01', 'C', 'a login that is nobody')$$), '1', 'a login that is nobody in particular');

SELECT is(pg_temp.as_login(login, $$SELECT appraisal.write_adjustments(1, '{}', '{}', '{}', NULL, false)$$),
  '42501 | permission denied for function write_adjustments', login || ' does not') FROM unnest('{regress_a01,regress_hl,regress_z}'::text[]) AS login;
SELECT is(pg_temp.as_login('regress_app', $$CALL appraisal.calibrate('y', 'a01', 'A', 'x')$$, 'a01'),
  'AP003 | grades are calibrated by HR, executives and managers | Ask one of them to CALL appraisal.calibrate().', 'nor by way of a service');
SELECT is(pg_temp.as_login('regress_a09', $$CALL appraisal.calibrate('y', 'a09', 'A', 'x')$$),
  'AP003 | nobody calibrates the own grade | It is that of person "a09". | HR, an executive or a manager above calls calibrate().', 'HR not the own grade');
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.calibrate('y', 'ha', 'A', 'x')$$),
  'AP003 | nobody calibrates the own grade | It is that of person "ha". | HR, an executive or a manager above calls calibrate().', 'a manager neither');
SELECT is(pg_temp.as_login('regress_hb', $$CALL appraisal.calibrate('y', 'hb', 'A', 'x')$$),
  'AP003 | nobody calibrates the own grade | It is that of person "hb". | HR, an executive or a manager above calls calibrate().', 'nor an executive');
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.calibrate('y', 'b01', 'A', 'x')$$),
  'AP004 | there is no person "b01" | Add the person with CALL appraisal.add_person(), or ask who may see this one.', 'nor a manager somebody else''s people, who are not known');
SELECT is(pg_temp.as_login('regress_ha', format('SELECT appraisal.write_adjustments(%s, ARRAY[%s], ''{A}'', ''{x}'', NULL, false)', c.cycle_id, p.participant_id)),
  'AP003 | the grade of person "b01" is not yours to calibrate | HR, executives and the managers above are who calibrates, as far as the scheme shows them results. | Ask one of them to CALL appraisal.calibrate().',
  'nor by their keys') FROM appraisal.cycle AS c JOIN appraisal.participant AS p USING (cycle_id) JOIN appraisal.person AS n USING (person_id) WHERE n.code = 'b01';

-- what is refused
SELECT is(pg_temp.as_login('regress_h1', call), told, told) FROM (VALUES
  ($$CALL appraisal.calibrate('y', 'a04', 'S', 'x')$$, 'AP004 | there is no grade "S" in cycle "y" | Grades: A >= 90 : 1.5, B >= 80 : 1, C >= 70 : 0.5, D : 0. | Give one of these.'),
  ($$CALL appraisal.calibrate('y', 'a04', NULL, 'x')$$, 'AP004 | there is no grade "" in cycle "y" | Grades: A >= 90 : 1.5, B >= 80 : 1, C >= 70 : 0.5, D : 0. | Give one of these.'),
  ($$CALL appraisal.calibrate('y', 'a04', 'B', 'x')$$, 'AP005 | person "a04" has grade "B" already | Without calibration it is "B". | CALL appraisal.undo_calibration() takes the last change back.'),
  ($$CALL appraisal.calibrate('y', 'a04', 'D', 'x')$$, 'AP005 | grade "D" is too far for person "a04" | Without calibration it is "B"; the scheme lets it move by 1. | Give a grade that is nearer.'),
  ($$CALL appraisal.calibrate('y', 'a02', 'D', 'x')$$, 'AP005 | grade "D" is too far for person "a02" | Without calibration it is "B"; the scheme lets it move by 1. | Give a grade that is nearer.'),
  ($$CALL appraisal.calibrate('y', 'a04', 'A', ' ')$$, 'AP005 | calibrating the grade of person "a04" needs a reason | It is kept with the change. | Give the argument reason.'),
  ($$CALL appraisal.calibrate('y', 'a04', 'A', NULL)$$, 'AP005 | calibrating the grade of person "a04" needs a reason | It is kept with the change. | Give the argument reason.'),
  ($$CALL appraisal.calibrate('y', 'a04', 'A', 'x', 'a04')$$, 'AP003 | person "a04" cannot authorise a change of the own grade | Nobody decides on oneself. | Name somebody else in authorised_by.'),
  ($$CALL appraisal.calibrate('y', 'c', 'A', 'x')$$, 'AP004 | person "c" takes no part in cycle "y" | Ask who may see this one.'),
  ($$CALL appraisal.calibrate('y', NULL, 'A', 'x', unit => 'a')$$, 'AP004 | unit "a" takes no part in cycle "y" | Ask who may see this one.'),
  ($$CALL appraisal.calibrate('y', 'nobody', 'A', 'x')$$, 'AP004 | there is no person "nobody" | Add the person with CALL appraisal.add_person(), or ask who may see this one.'),
  ($$CALL appraisal.calibrate('no', 'a04', 'A', 'x')$$, 'AP004 | there is no cycle "no" | Open it with CALL appraisal.open_cycle().'),
  ($$CALL appraisal.calibrate('y', '[{"person": "a04", "grade": "A", "reason": "x"}, {"person": "a04", "grade": "C", "reason": "x"}]')$$,
   'AP005 | person "a04" is there more than once | It is change 1 of the call. | Give each person once.'),
  ($$CALL appraisal.undo_calibration('y', 'a04', 'x')$$, 'AP005 | person "a04" has no calibration to take back | Nobody calibrated, or what was computed has changed since. | CALL appraisal.calibrate() sets a grade.'),
  ('SELECT appraisal.write_adjustments(-1, ''{}'', ''{}'', ''{}'', NULL, false)', 'AP004 | there is no cycle with cycle_id -1')) AS v (call, told);
-- two grades up are one grade too many, one up is more than the gate leaves once the scheme lets people move
SELECT pg_temp.make_cycle('free', '{"calibration_steps": null, "sign_off": null, "quota": null, "enforcement": "off"}') AS done \gset
SELECT is(pg_temp.grades_of('free', 'a08'), 'C - C 0.5', 'without a quota: natural grades');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.calibrate('free', 'a08', 'B', 'x')$$),
  'AP005 | person "a08" stays at grade "C" or worse | Dimension "Values" is below its gate. | A mark that was wrong is put right by who gave it: CALL appraisal.reopen().', 'a gate is not lifted');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.calibrate('free', 'a08', 'D', 'x')$$), '1', 'worse is possible');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.calibrate('free', 'a01', 'D', 'x')$$), '1', 'any number of steps, where the scheme sets none');
SELECT is(pg_temp.rows_of($$SELECT * FROM appraisal.quota_status('free')$$), NULL, 'no quota, no groups');

-- many at once, all or none
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.calibrate('y', '[{"person": "a06", "grade": "A", "reason": "x"}, {"person": "a07", "grade": "D", "reason": "x"}]')$$),
  'AP005 | grade "D" is too far for person "a07" | Without calibration it is "B"; the scheme lets it move by 1. | Give a grade that is nearer.', 'one of two is refused');
SELECT is(pg_temp.grades_of('y', 'a06'), 'B B - B 1', 'and the other not written');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.calibrate('y', '[{"person": "a06", "grade": "A", "reason": "one"}, {"person": "a07", "grade": "C", "reason": "two"}]', 'c')$$), '2', 'two');
SELECT is(pg_temp.grades_of('y', 'a06') || ', ' || pg_temp.grades_of('y', 'a07'), 'B B A A 1.5, B B C C 0.5', 'at once');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.calibrate('y', '[]')$$), '0', 'nobody');

-- back, one by one
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.calibrate('y', 'a06', 'B', 'second thoughts')$$), '1', 'to the grade as computed');
SELECT is(pg_temp.grades_of('y', 'a06'), 'B B - B 1', 'is no calibrated grade');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.calibrate('y', 'a06', 'C', 'third')$$), '1', 'and on');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.undo_calibration('y', 'a06', 'no')$$), 'B', 'the third is taken back');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.undo_calibration('y', 'a06', 'no')$$), 'A', 'the second');
SELECT is(pg_temp.grades_of('y', 'a06'), 'B B A A 1.5', 'with the calibrated grade that it replaced');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.undo_calibration('y', 'a06', '')$$),
  'AP005 | calibrating the grade of person "a06" needs a reason | It is kept with the change. | Give the argument reason.', 'only for a reason');
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.undo_calibration('y', 'ha', 'x')$$),
  'AP003 | nobody calibrates the own grade | It is that of person "ha". | HR, an executive or a manager above calls calibrate().', 'nobody the own');
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.undo_calibration('y', 'a06', 'no')$$), 'B', 'the first, by another');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.undo_calibration('y', 'a06', 'no')$$),
  'AP005 | person "a06" has no calibration to take back | Nobody calibrated, or what was computed has changed since. | CALL appraisal.calibrate() sets a grade.', 'and there is none before');
SELECT is(pg_temp.rows_of($$SELECT a.from_grade, a.to_grade, u.reason AS undone FROM appraisal.adjustment AS a JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    JOIN appraisal.person AS n USING (person_id) LEFT JOIN appraisal.adjustment AS u ON u.cycle_id = a.cycle_id AND u.adjustment_id = a.undoes WHERE n.code = 'a06' ORDER BY a.adjustment_id$$),
  'B A, A B, B C, C B third, B A second thoughts, A B one', 'all of it is kept');

-- the quota after calibration, counted by plain SQL
SELECT is(pg_temp.heads('y', 'a'), 'A1 B6 C2 D1', 'heads of group a');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.calibrate('y', '[{"person": "a01", "grade": "A", "reason": "x"}, {"person": "a04", "grade": "A", "reason": "x"}, {"person": "a05", "grade": "A", "reason": "x"}]')$$), '3', 'three more are the best');
SELECT is(pg_temp.heads('y', 'a'), 'A4 B3 C2 D1', 'heads of group a then');
SELECT is(pg_temp.rows_of($$SELECT rule, "least", most, actual, heads_out, feasible FROM appraisal.quota_status('y') WHERE unit = 'a'$$),
  'A <= 20% 0 2 4 2 true, D = 10% 1 1 1 0 true', 'two of them too many');
SELECT is(pg_temp.rows_of($$SELECT person, from_grade, to_grade, why FROM appraisal.suggest_calibration('y') WHERE kind = 'calibration'$$),
  'a02 A B group "a" misses A <= 20%, a03 C B group "a" misses A <= 20%, a04 A B group "a" misses A <= 20%, a05 A B group "a" misses A <= 20%, a07 C B group "a" misses A <= 20%, '
  'ha B A group "a" misses A <= 20%, b01 C B group "b" misses D = 10%', 'which calibrations to take back');
-- as far as one sees
SELECT is(pg_temp.as_login('regress_ha', $$SELECT string_agg(concat_ws(' ', unit, members, counted, rule, actual, heads_out), ', ') FROM appraisal.quota_status('y')$$),
  'a 10 9 A <= 20% 4 2, a 10 9 D = 10% 1 0', 'a manager''s own grade is not counted, and nobody else''s group');
SELECT is(pg_temp.as_login('regress_a09', $$SELECT string_agg(concat_ws(' ', unit, members, counted, rule, actual, heads_out), ', ') FROM appraisal.quota_status('y') WHERE unit = 'a'$$),
  'a 10 9 A <= 20% 4 2, a 10 9 D = 10% 1 0', 'nor that of somebody in HR');
SELECT is(pg_temp.as_login('regress_a01', $$SELECT count(*) FROM appraisal.quota_status('y')$$), '0', 'an employee sees no group');
SELECT is(pg_temp.as_login('regress_a01', $$SELECT count(*) FROM appraisal.suggest_calibration('y')$$), '0', 'and no suggestion');
SELECT is(pg_temp.as_login('regress_ha', $$SELECT string_agg(DISTINCT person, ' ') FROM appraisal.suggest_calibration('y')$$), 'a02 a03 a04 a05 a07 a08', 'a manager those below');

-- who sees adjustments
SELECT is(pg_temp.as_login(login, $$SELECT string_agg(DISTINCT n.code, ' ' ORDER BY n.code) FROM appraisal.adjustment AS a JOIN appraisal.cycle AS c USING (cycle_id)
    JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id) WHERE c.code = 'y'$$), seen, login || ' sees adjustments')
FROM (VALUES ('regress_h1', 'a01 a02 a03 a04 a05 a06 a07 b01 ha'), ('regress_c', 'a01 a02 a03 a04 a05 a06 a07 b01 ha'), ('regress_ha', 'a01 a02 a03 a04 a05 a06 a07'),
             ('regress_hb', 'a01 a02 a03 a04 a05 a06 a07 b01 ha'), ('regress_a01', NULL), ('regress_z', 'a01 a02 a03 a04 a05 a06 a07 b01 ha')) AS v (login, seen);

-- recomputed: what was calibrated stays where the grades are as they were
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.compute_results('y')$$), '21', 'computed anew');
SELECT is(pg_temp.heads('y', 'a'), 'A4 B3 C2 D1', 'with the grades as calibrated');
SELECT pg_temp.in_bulk($$UPDATE appraisal.rating AS t SET score = 75 FROM appraisal.review AS v JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id)
  WHERE v.cycle_id = t.cycle_id AND v.review_id = t.review_id AND n.code = 'a05' AND v.cycle_id = (SELECT cycle_id FROM appraisal.cycle WHERE code = 'y')$$) AS done \gset
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.compute_results('y')$$), '21', 'another mark');
SELECT is(pg_temp.grades_of('y', 'a05'), 'C C - C 0.5', 'another grade, which nobody calibrated');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.undo_calibration('y', 'a05', 'x')$$),
  'AP005 | person "a05" has no calibration to take back | Nobody calibrated, or what was computed has changed since. | CALL appraisal.calibrate() sets a grade.', 'and nothing of the other one is taken back');

-- by hand: nobody
SELECT is(pg_temp.as_login(login, statement), '42501 | permission denied for table ' || split_part(split_part(statement, 'appraisal.', 2), ' ', 1), login || ': ' || statement)
FROM unnest('{regress_h1,regress_c,regress_ha,regress_a01,regress_z,regress_app}'::text[]) AS login,
     unnest(ARRAY['UPDATE appraisal.adjustment SET reason = ''x''', 'DELETE FROM appraisal.adjustment', 'UPDATE appraisal.result SET calibrated_grade = ''A''',
                  'INSERT INTO appraisal.adjustment OVERRIDING SYSTEM VALUE SELECT * FROM appraisal.adjustment']) AS statement;
SELECT throws_ok('UPDATE appraisal.adjustment SET reason = ''x''', 'AP007', 'adjustment is only added to', 'not even their owner changes adjustments');
SELECT throws_ok('DELETE FROM appraisal.adjustment', 'AP007', 'adjustment is only added to', 'or removes them');
SELECT throws_ok('TRUNCATE appraisal.adjustment', 'AP007', 'adjustment is only added to', 'or all of them');
SELECT is((SELECT count(*) FROM appraisal.audit_log WHERE table_name = 'adjustment'), (SELECT count(*) FROM appraisal.adjustment), 'all are in the audit log');

-- out of step
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.reopen('y', 'a review was wrong')$$), 'scoring', 'back to scoring');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.calibrate('y', 'a04', 'B', 'x')$$),
  'AP001 | calibrated grades of cycle "y" cannot be written: the cycle is in status scoring | It can be in status calibration. | CALL appraisal.close_reviews() when the reviews are in.', 'not while reviews come in');
SELECT throws_like($$INSERT INTO appraisal.adjustment (cycle_id, participant_id, from_grade, to_grade, reason, made_by_login, made_at)
    SELECT cycle_id, participant_id, 'A', 'B', 'x', 'x', now() FROM appraisal.adjustment$$, 'adjustment of cycle "y" cannot be written%', 'not by the owner''s hand either');

-- units are calibrated, too; not by their head
SELECT pg_temp.make_cycle('u', '{"subjects": ["person", "unit"], "unit_levels": ["department"], "quota": null, "enforcement": "off", "sign_off": null}') AS done \gset
SELECT pg_temp.in_bulk($$INSERT INTO appraisal.participant (cycle_id, appraised_unit_id, segment_days, unit_id, manager_id, job_group)
  SELECT c.cycle_id, u.unit_id, 365, u.unit_id, n.person_id, 'department' FROM appraisal.cycle AS c, appraisal.unit AS u, appraisal.person AS n WHERE c.code = 'u' AND u.code = 'a' AND n.code = 'ha'$$) AS done \gset
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.calibrate('u', NULL, 'B', 'x', unit => 'a')$$),
  'AP005 | unit "a" has no grade to calibrate in cycle "u" | Grades are of who has a score. | CALL appraisal.compute_results(''u'') computes results.', 'a unit without a result');
SELECT pg_temp.in_bulk($$INSERT INTO appraisal.result (cycle_id, participant_id, state, raw_score, score, natural_grade)
  SELECT cycle_id, participant_id, 'scored', 95, 95, 'A' FROM appraisal.participant WHERE appraised_unit_id IS NOT NULL$$) AS done \gset
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.calibrate('u', NULL, 'B', 'x', unit => 'a')$$),
  'AP003 | nobody calibrates the own grade | It is that of unit "a". | HR, an executive or a manager above calls calibrate().', 'a head not the own unit');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.calibrate('u', NULL, 'B', 'x', 'ha', 'a')$$),
  'AP003 | unit "a" cannot authorise a change of the own grade | Nobody decides on oneself. | Name somebody else in authorised_by.', 'nor by authority of its head');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.calibrate('u', '[{"unit": "a", "grade": "B", "reason": "x"}]')$$), '1', 'HR does');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.undo_calibration('u', NULL, 'x', 'a')$$), 'A', 'and takes it back');

-- a scheme that hides results from managers does not tell them by what it refuses
SELECT pg_temp.make_cycle('hidden', '{"visible_to": ["person", "hr"]}') AS done \gset
SELECT matches(pg_temp.as_login(login, $$CALL appraisal.calibrate('hidden', 'a08', 'D', 'x')$$), '^AP003 . the grade of person "a08" is not yours to calibrate', login || ' may not calibrate what is not shown')
FROM unnest('{regress_ha,regress_c}'::text[]) AS login;
SELECT * FROM finish();
ROLLBACK;
