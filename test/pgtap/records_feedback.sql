-- Feedback: who gives it, to whom, and who reads it.
BEGIN;
SELECT no_plan();
\ir review_cycle.psql

SET LOCAL SESSION AUTHORIZATION regress_m;
SELECT pg_temp.said($$CALL appraisal.record_feedback('h1', 's1', 'concern', 'sales are low')$$) AS first \gset
SELECT results_eq('SELECT participant_id, given_by, kind, content, given_at > now() FROM feedback',
  $$VALUES (pg_temp.part('s1'), pg_temp.person('m'), 'concern', 'sales are low', true)$$, 'a superior''s feedback');
SELECT isnt(pg_temp.said($$CALL appraisal.record_feedback('h1', 'mv', 'consultation', 'was good here')$$), NULL, 'a former superior''s');
SELECT is((SELECT participant_id FROM feedback WHERE kind = 'consultation'), pg_temp.part('mv', 1), 'is of the segment of that time');
SELECT is(pg_temp.failure(c), message, c) FROM (VALUES
  ($$CALL appraisal.record_feedback('h1', 'm', 'praise', 'x')$$,
   'AP003 | nobody gives feedback to themselves | A superior or HR calls record_feedback(); a service sets appraisal.actor to the person it acts for.'),
  ($$CALL appraisal.record_feedback('h1', 'd', 'praise', 'x')$$,
   'AP004 | there is no person "d" | Add the person with CALL appraisal.add_person(), or ask who may see this one.'),
  ($$CALL appraisal.record_feedback('h0', 's1', 'praise', 'x')$$,
   'AP004 | there is no cycle "h0" | Open it with CALL appraisal.open_cycle().')) AS v (c, message);
SELECT throws_ok($$CALL appraisal.record_feedback('h1', 's1', 'gossip', 'x')$$, '23514', NULL, 'an unknown kind');
SELECT throws_ok($$CALL appraisal.record_feedback('h1', 's1', 'praise', '')$$, '23514', NULL, 'nothing said');
SELECT throws_ok(format('INSERT INTO appraisal.feedback (cycle_id, participant_id, given_by, kind, content) VALUES (%s, %s, %s, ''praise'', ''x'')', pg_temp.cycle_id(), pg_temp.part('s1'), pg_temp.person('d')),
  '42501', NULL, 'in another''s name');
SELECT is(pg_temp.failure(format('INSERT INTO appraisal.feedback (cycle_id, participant_id, given_by, given_at, kind, content) VALUES (%s, %s, %s, ''2026-01-01'', ''concern'', ''x'')', pg_temp.cycle_id(), pg_temp.part('s1'), pg_temp.person('m'))),
  'AP003 | the time of feedback is that of recording it | CALL appraisal.record_feedback().', 'as if it had been earlier');
SELECT throws_ok('UPDATE appraisal.feedback SET content = ''x''', '42501', NULL, 'what was said stays');

SET LOCAL SESSION AUTHORIZATION regress_h;
SELECT is(pg_temp.failure($$CALL appraisal.record_feedback('h1', 'w', 'praise', 'x')$$),
  'AP004 | person "w" takes no part in cycle "h1" | Enrol with CALL appraisal.enrol(), or ask who may see this one.', 'who is in no cycle');
SELECT isnt(pg_temp.said($$CALL appraisal.record_feedback('h1', 'mv', 'praise', 'helpful')$$), NULL, 'HR''s feedback');
SELECT is((SELECT participant_id FROM feedback WHERE content = 'helpful'), pg_temp.part('mv'), 'is of the leading segment');
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT is(pg_temp.failure($$CALL appraisal.record_feedback('h1', 's1', 'praise', 'x')$$),
  'AP003 | feedback is given by a person, and this login is nobody in particular | A superior or HR calls record_feedback(); a service sets appraisal.actor to the person it acts for.', 'a login that is nobody');
SET LOCAL SESSION AUTHORIZATION regress_c;
SELECT throws_ok($$CALL appraisal.record_feedback('h1', 's1', 'praise', 'x')$$, '42501', NULL, 'an executive who is nobody''s manager here');

SET LOCAL SESSION AUTHORIZATION regress_s1;
SELECT results_eq('SELECT kind, content FROM feedback', $$VALUES ('concern', 'sales are low')$$, 'the person reads it');
SELECT throws_ok($$CALL appraisal.record_feedback('h1', 's2', 'praise', 'x')$$, 'AP004', NULL, 'and gives none to colleagues');
SET LOCAL SESSION AUTHORIZATION regress_app;
SET LOCAL appraisal.actor = 'mv';
SELECT results_eq('SELECT kind, content FROM feedback', $$VALUES ('praise', 'helpful')$$, 'but not what superiors told each other');
SET LOCAL appraisal.actor = 'd';
SELECT is((SELECT count(*) FROM feedback), 3::bigint, 'who is above all of them reads all');

-- in season
RESET SESSION AUTHORIZATION;
ALTER TABLE appraisal.cycle DISABLE TRIGGER USER;
SELECT pg_temp.set_status('h1', 'published') AS applied \gset
ALTER TABLE appraisal.cycle ENABLE TRIGGER USER;
SET LOCAL SESSION AUTHORIZATION regress_m;
SELECT throws_ok($$CALL appraisal.record_feedback('h1', 's1', 'praise', 'x')$$, 'AP001',
  'feedback of cycle "h1" cannot be written: the cycle is in status published', 'not after the grade is told');
RESET SESSION AUTHORIZATION;
SELECT throws_ok('UPDATE appraisal.feedback SET content = ''x''', 'AP007', 'feedback is only added to', 'not even the owner changes what was said');
SELECT * FROM finish();
ROLLBACK;
