-- record_interview(), acknowledge_result(), and what cycle_progress says of them: every path and every error.
BEGIN;
SELECT no_plan();
\ir calibration.psql
\ir after_publication.psql
SELECT pg_temp.make_published('y') AS done \gset

SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.record_interview('y', 'a01', current_date, 'too early')$$),
  'AP001 | interviews of cycle "y" cannot be written: the cycle is in status calibration | It can be in status published. | CALL appraisal.compute_results() computes results, sign_off() signs and publish() publishes them.',
  'no interview before publication');
SELECT is(pg_temp.as_login('regress_a01', $$CALL appraisal.acknowledge_result('y')$$),
  'AP001 | acknowledgements of cycle "y" cannot be written: the cycle is in status calibration | It can be in status published. | CALL appraisal.compute_results() computes results, sign_off() signs and publish() publishes them.',
  'nor an acknowledgement');
SELECT is(pg_temp.publish('y'), '21', 'published');

-- who may
SELECT isnt(pg_temp.as_login('regress_ha', $$CALL appraisal.record_interview('y', 'a01', current_date, 'did well, wants a team')$$), NULL, 'a manager speaks with those below');
SELECT isnt(pg_temp.as_login('regress_hr', $$CALL appraisal.record_interview('y', 'a02', current_date, 'agreed on goals', held_by => 'ha')$$), NULL, 'HR records what a manager held');
SELECT isnt(pg_temp.as_login('regress_h1', $$CALL appraisal.record_interview('y', 'ha', current_date, 'by HR itself')$$), NULL, 'or holds it');
SELECT isnt(pg_temp.as_login('regress_app', $$CALL appraisal.record_interview('y', 'a03', current_date, 'by way of a service')$$, 'ha'), NULL, 'a service for whom it acts');
SELECT is(pg_temp.rows_of($$SELECT n.code, i.held_on = current_date AS today, h.code AS by, i.summary, coalesce(r.code, '-') AS recorded, i.recorded_by_login
    FROM appraisal.interview AS i JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id)
    JOIN appraisal.person AS h ON h.person_id = i.held_by LEFT JOIN appraisal.person AS r ON r.person_id = i.recorded_by ORDER BY i.interview_id$$),
  'a01 true ha did well, wants a team ha regress_ha, a02 true ha agreed on goals - regress_hr, ha true h1 by HR itself h1 regress_h1, a03 true ha by way of a service ha regress_app',
  'each with who held and who recorded it');

SELECT is(pg_temp.as_login(login, call, actor), told, told) FROM (VALUES
  ('regress_ha', $$CALL appraisal.record_interview('y', 'ha', current_date, 'me')$$, '', 'AP003 | nobody writes interviews of the own result | It is that of person "ha". | A manager above or HR calls record_interview().'),
  ('regress_a09', $$CALL appraisal.record_interview('y', 'a09', current_date, 'me', held_by => 'ha')$$, '', 'AP003 | nobody writes interviews of the own result | It is that of person "a09". | A manager above or HR calls record_interview().'),
  ('regress_app', $$CALL appraisal.record_interview('y', 'a01', current_date, 'me')$$, 'a01', 'AP003 | nobody writes interviews of the own result | It is that of person "a01". | A manager above or HR calls record_interview().'),
  ('regress_ha', $$CALL appraisal.record_interview('y', 'b01', current_date, 'x')$$, '', 'AP004 | there is no person "b01" | Add the person with CALL appraisal.add_person(), or ask who may see this one.'),
  ('regress_ha', format('SELECT appraisal.write_interview(%s, current_date, NULL, ''x'')', pg_temp.key_of('y', 'b01')), '',
   'AP003 | interviews of person "b01" are not yours to write | HR and the managers above are who writes them, as far as the scheme shows them results. | Ask one of them to CALL appraisal.record_interview().'),
  ('regress_h1', format('SELECT appraisal.write_interview(%s, -1, current_date, NULL, ''x'')', split_part(pg_temp.key_of('y', 'b01'), ',', 1)), '',
   format('AP004 | there is no participant -1 in cycle %s | CALL appraisal.record_interview() takes the codes of cycle and person.', split_part(pg_temp.key_of('y', 'b01'), ',', 1))),
  ('regress_h1', 'SELECT appraisal.write_interview(-1, -1, current_date, NULL, ''x'')', '', 'AP004 | there is no cycle with cycle_id -1'),
  ('regress_a01', 'SELECT appraisal.write_interview(1, 1, current_date, NULL, ''x'')', '', '42501 | permission denied for function write_interview'),
  ('regress_z', 'SELECT appraisal.write_interview(1, 1, current_date, NULL, ''x'')', '', '42501 | permission denied for function write_interview'),
  ('regress_h1', $$CALL appraisal.record_interview('y', 'c', current_date, 'x')$$, '', 'AP004 | person "c" takes no part in cycle "y" | Ask who may see this one.'),
  ('regress_h1', $$CALL appraisal.record_interview('no', 'a01', current_date, 'x')$$, '', 'AP004 | there is no cycle "no" | Open it with CALL appraisal.open_cycle().'),
  ('regress_hr', $$CALL appraisal.record_interview('y', 'a04', current_date, 'x')$$, '', 'AP005 | who held the interview with person "a04" is not said | This login is nobody in particular. | Give the argument held_by.'),
  ('regress_hr', $$CALL appraisal.record_interview('y', 'a04', current_date, 'x', held_by => 'a04')$$, '', 'AP003 | person "a04" cannot hold the interview about the own result | Name in held_by who held it.'),
  ('regress_ha', $$CALL appraisal.record_interview('y', 'a04', current_date, ' ')$$, '', 'AP005 | the interview with person "a04" needs a summary | Give the argument summary.'),
  ('regress_ha', $$CALL appraisal.record_interview('y', 'a01', current_date, 'once more')$$, '', format('AP005 | this interview with person "a01" is recorded already | It was held on %s by the same person. | SELECT * FROM appraisal.interview shows it, to those who may see it.', current_date))
  ) AS v (login, call, actor, told);
SELECT matches(pg_temp.as_login('regress_ha', format($$CALL appraisal.record_interview('y', 'a04', %s, 'x')$$, day)),
  '^AP005 [|] the interview with person "a04" cannot be of day [-0-9NUL]+ [|] Results were published at .*; it is recorded when it was held. [|] Give in held_on the day on which it was held.$', day)
FROM unnest('{current_date + 2,current_date - 2,"NULL"}'::text[]) AS day;

-- who takes note
SELECT is(pg_temp.as_login('regress_a01', $$CALL appraisal.acknowledge_result('y', 'I see it otherwise, but thank you')$$), '1', 'with a remark');
SELECT is(pg_temp.as_login('regress_app', $$CALL appraisal.acknowledge_result('y', ' ')$$, 'a02'), '1', 'by way of a service, without one');
SELECT is(pg_temp.rows_of($$SELECT n.code, a.version, coalesce(a.remark, '-') AS remark FROM appraisal.acknowledgement AS a JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    JOIN appraisal.person AS n USING (person_id) ORDER BY 1$$), 'a01 1 I see it otherwise, but thank you, a02 1 -', 'is kept');
SELECT is(pg_temp.as_login(login, call, actor), told, told) FROM (VALUES
  ('regress_a01', $$CALL appraisal.acknowledge_result('y')$$, '', 'AP005 | the result of person "a01" in cycle "y" is acknowledged already | It is version 1 of the result. | SELECT * FROM appraisal.acknowledgement shows it.'),
  ('regress_c', $$CALL appraisal.acknowledge_result('y')$$, '', 'AP004 | you take no part in cycle "y" | A result is acknowledged by whose it is, that of a unit by its head.'),
  ('regress_ha', $$CALL appraisal.acknowledge_result('y', unit => 'a')$$, '', 'AP004 | you are not who answers for that unit in cycle "y" | A result is acknowledged by whose it is, that of a unit by its head.'),
  ('regress_hr', $$CALL appraisal.acknowledge_result('y')$$, '', 'AP003 | results are acknowledged by people, and this login is nobody in particular | A service sets appraisal.actor to the person it acts for.'),
  ('regress_app', $$CALL appraisal.acknowledge_result('y')$$, '', 'AP003 | results are acknowledged by people, and this login is nobody in particular | A service sets appraisal.actor to the person it acts for.'),
  ('regress_z', 'SELECT appraisal.write_acknowledgement(1, NULL, NULL)', '', '42501 | permission denied for function write_acknowledgement'),
  ('regress_a01', $$CALL appraisal.acknowledge_result('no')$$, '', 'AP004 | there is no cycle "no" | Open it with CALL appraisal.open_cycle().')) AS v (login, call, actor, told);
-- a new version is another result to take note of
SELECT pg_temp.new_version('y', 'a01', 'A') AS done \gset
SELECT is(pg_temp.as_login('regress_a01', $$CALL appraisal.acknowledge_result('y', 'thank you')$$), '2', 'the version that an appeal made');

-- who sees them
SELECT is(pg_temp.as_login(login, format('SELECT string_agg(DISTINCT n.code, '' '' ORDER BY n.code) FROM appraisal.%I AS i JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id)', t)), seen,
  login || ' sees of ' || t)
FROM (VALUES ('interview', 'regress_a01', 'a01'), ('interview', 'regress_ha', 'a01 a02 a03 ha'), ('interview', 'regress_hb', NULL), ('interview', 'regress_c', NULL),
             ('interview', 'regress_h1', 'a01 a02 a03 ha'), ('interview', 'regress_z', 'a01 a02 a03 ha'), ('interview', 'regress_hl', NULL),
             ('acknowledgement', 'regress_a01', 'a01'), ('acknowledgement', 'regress_ha', 'a01 a02'), ('acknowledgement', 'regress_hb', NULL),
             ('acknowledgement', 'regress_h1', 'a01 a02'), ('acknowledgement', 'regress_z', 'a01 a02')) AS v (t, login, seen);
SELECT is(pg_temp.as_login('regress_hr', format('INSERT INTO appraisal.%I DEFAULT VALUES', t)), format('42501 | permission denied for table %s', t), 'nobody writes ' || t || ' by hand') FROM unnest('{interview,acknowledgement}'::text[]) AS t;

-- what is missing by its date
SELECT is(pg_temp.missing('regress_h1', 'y', 'interview'), NULL, 'nothing is overdue at once');
SELECT pg_temp.published_ago('y', 14) AS done \gset
SELECT is(pg_temp.missing('regress_h1', 'y', 'interview'), NULL, 'nor on the day itself');
SELECT pg_temp.published_ago('y', 16) AS done \gset
SELECT is(pg_temp.missing('regress_h1', 'y', 'interview'), 'a04 a05 a06 a07 a08 a09 b01 b02 b03 b04 b05 b06 b07 b08 b09 hb hl', 'results without an interview after 14 days');
SELECT is(pg_temp.missing('regress_h1', 'y', 'acknowledgement'), 'a03 a04 a05 a06 a07 a08 a09 b01 b02 b03 b04 b05 b06 b07 b08 b09 ha hb hl', 'results that did not come back to the person');
SELECT is(pg_temp.as_login('regress_h1', $$SELECT string_agg(DISTINCT concat_ws(' ', what, waits_for, waits_for_person, since = (SELECT (min(published_at) AT TIME ZONE 'UTC')::date + 14 FROM appraisal.result)), ', ')
    FROM appraisal.cycle_progress WHERE cycle = 'y' AND person IN ('a04', 'hl')$$),
  'acknowledgement person a04 t, acknowledgement person hl t, interview manager c t, interview manager ha t', 'from whom, since when');
SELECT is(pg_temp.missing('regress_a01', 'y', 'interview'), NULL, 'a01''s was held');
SELECT is(pg_temp.missing('regress_hl', 'y', 'interview'), 'hl', 'hl knows of the own one');
SELECT is(pg_temp.missing('regress_ha', 'y', 'interview'), 'a04 a05 a06 a07 a08 a09', 'a manager of those below');
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.record_interview('y', 'a04', current_date - 1, 'now')$$) ~ '^\d+$', true, 'one that was held a day ago');
SELECT is(pg_temp.missing('regress_ha', 'y', 'interview'), 'a05 a06 a07 a08 a09', 'is missing no more');

-- the ledger stays
SELECT throws_ok(format('%s appraisal.%I%s', v.c, t, v.x), 'AP007', t || ' is only added to', v.c || ' ' || t)
FROM unnest('{interview,acknowledgement}'::text[]) AS t, (VALUES ('UPDATE', ' SET cycle_id = cycle_id'), ('DELETE FROM', ''), ('TRUNCATE', '')) AS v (c, x);

-- closing says what was left
SELECT matches(pg_temp.as_login('regress_hr', $$CALL appraisal.close_cycle('y')$$), '^closed$', 'a cycle is closed with some missing');
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.record_interview('y', 'a05', current_date, 'late')$$),
  'AP001 | interviews of cycle "y" cannot be written: the cycle is in status closed | It can be in status published. | What is published is changed by an appeal only.', 'and none recorded after');
SELECT throws_ok($$INSERT INTO appraisal.interview (cycle_id, participant_id, held_on, held_by, summary, recorded_by_login, recorded_at)
    SELECT cycle_id, participant_id, held_on + 1, held_by, 'x', 'x', now() FROM appraisal.interview LIMIT 1$$, 'AP001', 'interview of cycle "y" cannot be written: the cycle is in status closed', 'by whatever way');
SELECT is(pg_temp.missing('regress_h1', 'y', 'interview'), NULL, 'nothing is under way any more');

-- a scheme that keeps results from managers or people, and one without interviews
SELECT pg_temp.make_published('dark', '{"visible_to": ["hr"]}') AS done \gset
SELECT pg_temp.publish('dark') AS done \gset
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.record_interview('dark', 'a01', current_date, 'x')$$),
  'AP003 | interviews of person "a01" are not yours to write | HR and the managers above are who writes them, as far as the scheme shows them results. | Ask one of them to CALL appraisal.record_interview().', 'managers who see no results hold no talks');
SELECT is(pg_temp.as_login('regress_a01', $$CALL appraisal.acknowledge_result('dark')$$),
  'AP003 | the scheme of cycle "dark" does not show people their results | Ask HR.', 'and there is nothing to acknowledge');
SELECT pg_temp.published_ago('dark', 16) AS done \gset
SELECT is(pg_temp.missing('regress_h1', 'dark', 'interview') ~ '^a01 ', true, 'interviews are missed');
SELECT is(pg_temp.missing('regress_h1', 'dark', 'acknowledgement'), NULL, 'acknowledgements are not');
SELECT pg_temp.make_published('none', '{"interview": null, "interview_days": null}') AS done \gset
SELECT pg_temp.publish('none') AS done \gset
SELECT pg_temp.published_ago('none', 99) AS done \gset
SELECT is(pg_temp.missing('regress_h1', 'none', kind), NULL, 'no ' || kind || ' where the scheme wants none') FROM unnest('{interview,acknowledgement}'::text[]) AS kind;
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.record_interview('none', 'a01', current_date, 'all the same')$$) ~ '^\d+$', true, 'which is no reason not to talk');
-- without days: at once
SELECT pg_temp.make_published('soon', '{"interview_days": null}') AS done \gset
SELECT pg_temp.publish('soon') AS done \gset
SELECT pg_temp.published_ago('soon', 2) AS done \gset
SELECT is(pg_temp.missing('regress_ha', 'soon', 'interview'), 'a01 a02 a03 a04 a05 a06 a07 a08 a09 ha', 'due at once where no days are given');
SELECT throws_ok($$CALL appraisal.load_scheme('operations-monthly', '{"interview_days": 3}')$$, '23514', NULL, 'days are for schemes with an interview');
SELECT is(count(*) FILTER (WHERE s.document ? 'interview_days'), 5::bigint, 'five schemes of the library have interviews') FROM appraisal.scheme_library() AS s;
SELECT is_empty($$SELECT code FROM appraisal.scheme_library() WHERE document ? 'interview' <> document ? 'interview_days' OR document ? 'interview' <> (document -> 'assumed' ? 'interview_days')$$, 'with days, which are assumed');

-- who is exempt has nothing to speak of
SELECT pg_temp.in_bulk($$UPDATE appraisal.result SET state = 'exempt', raw_score = NULL, score = NULL, natural_grade = NULL, quota_grade = NULL, rank = NULL
    WHERE (cycle_id, participant_id) = ($$ || pg_temp.key_of('soon', 'a02') || ')') AS done \gset
SELECT is(pg_temp.as_login('regress_ha', $$CALL appraisal.record_interview('soon', 'a02', current_date, 'x')$$),
  'AP005 | person "a02" has no result in cycle "soon" | Who is exempt has none; who moved has it with the last of the postings. | SELECT * FROM appraisal.scorecard lists the results.', 'an exempt one');
SELECT * FROM finish();
ROLLBACK;
