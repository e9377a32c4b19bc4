-- Surveys of staff about the scheme: who opens, answers, closes and reads them, and that nobody learns who
-- answered what.
-- several assertions in a row are a line each
\pset fieldsep '\n'
BEGIN;
SELECT no_plan();
\ir calibration.psql
SELECT pg_temp.make_cycle('early');
SELECT pg_temp.make_cycle('late');
SELECT pg_temp.make_cycle('alone');
SELECT pg_temp.make_cycle('few');
SELECT pg_temp.in_bulk($$UPDATE appraisal.cycle SET status = 'published' WHERE code <> 'early'$$);
SELECT pg_temp.in_bulk($$UPDATE appraisal.participant AS p SET exempt_because = 'leave' FROM appraisal.cycle AS c, appraisal.person AS n
  WHERE c.cycle_id = p.cycle_id AND n.person_id = p.person_id AND (n.code = 'a05' OR c.code = 'alone' AND n.code NOT IN ('a01', 'a02'))$$);
\set questions '[{"code": "fair", "question": "Is it fair?", "least": 1, "most": 5}, {"code": "clear", "question": "Is it clear?", "least": 1, "most": 5}, {"code": "missing", "question": "What is missing?"}]'
CREATE FUNCTION pg_temp.ask(cycle text, questions text, fewest text DEFAULT '3', login text DEFAULT 'regress_hr') RETURNS text LANGUAGE sql AS $$
  SELECT pg_temp.as_login(login, format('CALL appraisal.open_survey(%L, %L, %s)', cycle, questions, fewest)) $$;
CREATE FUNCTION pg_temp.answer(person text, answers text, cycle text DEFAULT 'late') RETURNS text LANGUAGE sql AS $$
  SELECT pg_temp.as_login('regress_app', format(' CALL appraisal.answer_survey(%L, %L)', cycle, answers), person) $$;
CREATE FUNCTION pg_temp.shown(login text, cycle text DEFAULT 'late') RETURNS text LANGUAGE sql AS $$
  SELECT pg_temp.as_login(login, format($q$SELECT string_agg(concat_ws(' ', code, answered || '/' || asked, coalesce(answers::text, '-'), coalesce(mean::text, '-'), words::text), ', ' ORDER BY question_no)
    FROM appraisal.survey_results(%L)$q$, cycle)) $$;

-- opening
SELECT is(pg_temp.ask('early', :'questions'), 'AP001 | staff are not asked about cycle "early" yet: the cycle is in status calibration | It can be in status published or closed. | CALL appraisal.compute_results() computes results, sign_off() signs and publish() publishes them.', 'people are asked about what they have seen');
SELECT matches(pg_temp.ask('nowhere', :'questions'), '^AP004 \| there is no cycle "nowhere"', 'no such cycle');
SELECT is(pg_temp.ask('late', :'questions', '3', 'regress_c'), '42501 | permission denied for function write_survey', 'an executive does not ask');
SELECT is(pg_temp.as_login('regress_app', format('CALL appraisal.open_survey(%L, %L)', 'late', :'questions'), 'c'), 'AP003 | surveys are opened and closed by HR | Ask HR to CALL appraisal.open_survey().', 'nor by a service');
SELECT is(pg_temp.ask('late', :'questions', fewest), format('AP005 | the least number of answers to the survey of cycle "late" cannot be %s | People who are asked: 20. From fewer than 3 answers each could be told from the others. | Give one from 3 to the people who are asked.', fewest), 'not from ' || fewest)
FROM (VALUES ('2'), ('21'), ('NULL')) AS v (fewest);
SELECT matches(pg_temp.ask('alone', :'questions'), '^AP005 .* People who are asked: 2\.', 'two people cannot be asked anonymously');
SELECT is(pg_temp.ask('late', asked), 'AP005 | ' || fault || ' | Give a list of objects with code (a plain word), question, and least and most for a mark or neither for words.', fault)
FROM (VALUES ('[]', 'the survey of cycle "late" asks nothing'),
  ('[{"code": "a", "question": "A?"}, {"question": "B?"}]', 'question 2 of the survey of cycle "late" is not complete'),
  ('[{"question": "A?"}, {"question": "B?"}]', 'question 1 of the survey of cycle "late" is not complete'),
  ('[{"code": "A b", "question": "A?"}]', 'question 1 of the survey of cycle "late" is not complete'),
  ('[{"code": "a", "question": " "}]', 'question 1 of the survey of cycle "late" is not complete'),
  ('[{"code": "a", "question": "A?", "least": 1}]', 'question 1 of the survey of cycle "late" is not complete'),
  ('[{"code": "a", "question": "A?", "least": 5, "most": 5}]', 'question 1 of the survey of cycle "late" is not complete'),
  ('[{"code": "a", "question": "A?"}, {"code": "b", "question": "A?"}, {"code": "a", "question": "B?"}]', 'two questions of the survey of cycle "late" have the code "a"')) AS v (asked, fault);
SELECT is((SELECT count(*) FROM appraisal.survey), 0::bigint, 'what is refused leaves nothing');
SELECT is(pg_temp.answer('a01', '[]'), 'AP004 | there is no survey of cycle "late" | HR opens one with CALL appraisal.open_survey().', 'nothing to answer');
SELECT is(pg_temp.as_login('regress_hr', $$CALL appraisal.close_survey('late')$$), 'AP001 | cycle "late" has no open survey | CALL appraisal.open_survey() opens the one that a cycle may have.', 'nor to close');
SELECT is(pg_temp.shown('regress_c'), 'AP004 | there is no survey of cycle "late" | CALL appraisal.open_survey().', 'nor to see');
SELECT is(pg_temp.ask('late', :'questions'), '20', 'HR asks 20 people');
SELECT is(pg_temp.ask('late', :'questions'), 'AP001 | cycle "late" has its survey | There is one a cycle, and it is not opened again. | SELECT * FROM appraisal.survey_results(''late'') once it is closed.', 'once');
SELECT is(pg_temp.ask('few', :'questions', '4'), '20', 'and for another cycle');

-- answering
SELECT is(pg_temp.as_login(login, 'SELECT string_agg(c.code, '' '' ORDER BY c.code) FROM appraisal.cycle AS c WHERE c.cycle_id IN (SELECT appraisal.my_open_surveys())', person), expected, format('%s %s is asked: %s', login, person, expected))
FROM (VALUES ('regress_a01', '', 'few late'), ('regress_app', 'a02', 'few late'), ('regress_app', 'a05', NULL), ('regress_c', '', NULL), ('regress_app', '', NULL)) AS v (login, person, expected);
SELECT is(pg_temp.answer('a01', answers), errcode || ' | ' || fault || ' | Give a mark for each question with a range; words may be left out.', fault)
FROM (VALUES ('AP005', 'question "clear" of the survey of cycle "late" is answered with a whole number from 1 to 5', '[{"question": "fair", "mark": 4}]'),
  ('AP005', 'question "fair" of the survey of cycle "late" is answered with a whole number from 1 to 5', '[{"question": "fair", "mark": 6}, {"question": "clear", "mark": 1}]'),
  ('AP005', 'question "fair" of the survey of cycle "late" is answered with a whole number from 1 to 5', '[{"question": "fair", "mark": 0}, {"question": "clear", "mark": 1}]'),
  ('AP005', 'question "fair" of the survey of cycle "late" is answered with a whole number from 1 to 5', '[{"question": "fair", "mark": 3.5}, {"question": "clear", "mark": 1}]'),
  ('AP005', 'question "fair" of the survey of cycle "late" is answered with a whole number from 1 to 5', '[{"question": "fair", "words": "no"}, {"question": "clear", "mark": 1}]'),
  ('AP005', 'question "fair" of the survey of cycle "late" is answered with a whole number from 1 to 5', NULL),
  ('AP005', 'question "missing" of the survey of cycle "late" is answered in words', '[{"question": "fair", "mark": 4}, {"question": "clear", "mark": 1}, {"question": "missing", "mark": 1}]'),
  ('AP005', 'question "fair" of the survey of cycle "late" is answered more than once', '[{"question": "fair", "mark": 4}, {"question": "clear", "mark": 1}, {"question": "fair", "mark": 4}]'),
  ('AP004', 'the survey of cycle "late" has no question "good"', '[{"question": "fair", "mark": 4}, {"question": "clear", "mark": 1}, {"question": "good", "mark": 4}]')) AS v (errcode, fault, answers);
SELECT is((SELECT count(*) FROM appraisal.survey_turnout), 0::bigint, 'who gave a wrong answer has not answered');
SELECT is(pg_temp.answer(person, '[{"question": "fair", "mark": 1}, {"question": "clear", "mark": 1}]'), 'AP003 | the survey of cycle "late" does not ask you | It asks the people who were appraised. | A service sets appraisal.actor to the person it acts for.', 'it does not ask ' || coalesce(nullif(person, ''), 'nobody'))
FROM unnest('{a05,c,""}'::text[]) AS person;
SELECT is(pg_temp.as_login('regress_z', $$CALL appraisal.answer_survey('late', '[]')$$), '42501 | permission denied for function write_answers', 'nor an auditor');
-- twelve answer; the marks are 1, 2, 3, 4, 5, 1, ... and 5, 4, 3, 2, 1, 5, ...
CREATE TEMP TABLE given AS
SELECT n, p.code, 1 + (n - 1) % 5 AS fair, 5 - (n - 1) % 5 AS clear, CASE n % 6 WHEN 0 THEN 'words of ' || p.code WHEN 1 THEN '  ' END AS words
FROM (SELECT p.code, row_number() OVER (ORDER BY p.code)::int AS n FROM appraisal.person AS p JOIN appraisal.participant AS q USING (person_id) JOIN appraisal.cycle AS c USING (cycle_id)
      WHERE c.code = 'late' AND q.exempt_because IS NULL) AS p WHERE n <= 12;
SELECT pg_temp.answer(code, jsonb_build_array(jsonb_build_object('question', 'fair', 'mark', fair), jsonb_build_object('question', 'clear', 'mark', clear), jsonb_build_object('question', 'missing', 'words', words))::text)
FROM given WHERE n <= 11;
SELECT is((SELECT count(*) FROM appraisal.survey_turnout), 11::bigint, 'eleven have answered');
SELECT is(pg_temp.answer('a01', '[{"question": "fair", "mark": 1}, {"question": "clear", "mark": 1}]'), 'AP001 | you have answered the survey of cycle "late" | Whose an answer is is not known, so none can be changed. | SELECT * FROM appraisal.my_open_surveys() has the surveys that wait for you.', 'nobody answers twice');
SELECT is(pg_temp.as_login('regress_a01', 'SELECT string_agg(c.code, '' '') FROM appraisal.cycle AS c WHERE c.cycle_id IN (SELECT appraisal.my_open_surveys())'), 'few', 'and what is answered does not wait any more');

-- while it is open nobody sees anything: what one more answer changes would be that answer
CREATE TEMP TABLE reader AS SELECT * FROM unnest('{regress_hr,regress_c,regress_z}'::text[]) AS login;
SELECT is(pg_temp.shown(login), 'AP001 | the survey of cycle "late" is open, and shows what it came to when it is closed | CALL appraisal.close_survey().', login || ' sees nothing yet'),
  is(pg_temp.as_login(login, $$SELECT count(*) FROM appraisal.cycle AS c, appraisal.survey_means(c.cycle_id)$$), '0', 'nor by the function under it') FROM reader;
SELECT is((SELECT count(*) FROM appraisal.cycle AS c, appraisal.survey_means(c.cycle_id)), 0::bigint, 'nor does the owner there');
SELECT pg_temp.answer(code, jsonb_build_array(jsonb_build_object('question', 'fair', 'mark', fair), jsonb_build_object('question', 'clear', 'mark', clear), jsonb_build_object('question', 'missing', 'words', words))::text)
FROM given WHERE n = 12;
SELECT is(pg_temp.as_login('regress_c', $$CALL appraisal.close_survey('late')$$), '42501 | permission denied for function write_survey_end', 'an executive does not close it');
SELECT is(pg_temp.as_login('regress_app', $$CALL appraisal.close_survey('late')$$, 'c'), 'AP003 | surveys are opened and closed by HR | Ask HR to CALL appraisal.close_survey().', 'nor by a service');
CREATE TEMP TABLE before_closing AS SELECT response_id, ctid::text AS place, xmin::text AS written_by, question_no, mark, words FROM appraisal.survey_response;
SAVEPOINT closing; -- rows that are written in one subtransaction have one xmin
SELECT is(pg_temp.as_login('regress_hr', $$CALL appraisal.close_survey('late')$$), '12', 'HR closes it: twelve answered');
RELEASE closing;
SELECT is(pg_temp.shown(login), (SELECT format('fair 12/20 12 %s, clear 12/20 12 %s, missing 12/20 2 - ', round(avg(fair), 8), round(avg(clear), 8)) FROM given)
    || (SELECT array_agg(words ORDER BY response_id)::text FROM appraisal.survey_response WHERE words IS NOT NULL), login || ' sees the means, by plain SQL the same') FROM reader;
SELECT set_eq($$SELECT unnest(words) FROM appraisal.survey_results('late')$$, $$SELECT words FROM given WHERE btrim(words) <> ''$$, 'and the words');
SELECT is(pg_temp.shown(login), 'AP003 | what surveys came to is for HR, executives and auditors | Ask one of them.', login || ' does not'),
  is(pg_temp.as_login(login, $$SELECT count(*) FROM appraisal.cycle AS c, appraisal.survey_means(c.cycle_id)$$), '0', 'nor by the function under it')
FROM unnest('{regress_ha,regress_a01,regress_app}'::text[]) AS login;
SELECT is(pg_temp.answer('b09', '[{"question": "fair", "mark": 1}, {"question": "clear", "mark": 1}]'), 'AP001 | the survey of cycle "late" is closed | HR opens one for the next cycle with CALL appraisal.open_survey().', 'closed is closed');
SELECT is(pg_temp.as_login('regress_hr', $$CALL appraisal.close_survey('late')$$), 'AP001 | cycle "late" has no open survey | CALL appraisal.open_survey() opens the one that a cycle may have.', 'once');

-- fewer than the survey takes
SELECT pg_temp.answer(code, jsonb_build_array(jsonb_build_object('question', 'fair', 'mark', 5), jsonb_build_object('question', 'clear', 'mark', clear), jsonb_build_object('question', 'missing', 'words', 'mine'))::text, 'few')
FROM given WHERE n <= 3;
SELECT is(pg_temp.as_login('regress_hr', $$CALL appraisal.close_survey('few')$$), '3', 'three answer where four are wanted');
SELECT is(pg_temp.shown(login, 'few'), 'fair 3/20 - -, clear 3/20 - -, missing 3/20 - -', login || ' sees that, and no more') FROM reader;

-- Whose answer is it? Nothing says so: not a column, not the log, not who wrote the row, not where it lies.
SELECT set_eq($$SELECT attname FROM pg_attribute WHERE attrelid = 'appraisal.survey_response'::regclass AND attnum > 0$$,
  $$VALUES ('cycle_id'::name), ('response_id'), ('question_no'), ('mark'), ('words')$$, 'no person, no time');
SELECT set_eq($$SELECT attname FROM pg_attribute WHERE attrelid = 'appraisal.survey_turnout'::regclass AND attnum > 0$$, $$VALUES ('cycle_id'::name), ('person_id')$$, 'nor what was answered');
SELECT is_empty($$SELECT table_name FROM appraisal.audit_log WHERE table_name IN ('survey_turnout', 'survey_response')$$, 'the log has neither');
SELECT isnt_empty($$SELECT table_name FROM appraisal.audit_log WHERE table_name = 'survey' AND command = 'INSERT'$$, 'but who opened');
SELECT isnt_empty($$SELECT table_name FROM appraisal.audit_log WHERE table_name = 'survey' AND command = 'UPDATE' AND role_name = 'regress_hr'$$, 'and who closed');
SELECT is_empty($$SELECT FROM appraisal.audit_log WHERE coalesce(before, after)::text ~ 'words of'$$, 'and no words anywhere');
SELECT is((SELECT count(DISTINCT written_by) FROM before_closing WHERE question_no = 1), 12::bigint, 'while it was open each answer was its transaction''s (here subtransactions)');
SELECT is((SELECT count(DISTINCT r.xmin::text) FROM appraisal.survey_response AS r JOIN appraisal.cycle AS c USING (cycle_id) WHERE c.code = 'late'), 1::bigint, 'closing writes all in one');
SELECT is_empty($$SELECT response_id FROM before_closing INTERSECT SELECT response_id FROM appraisal.survey_response$$, 'with other keys');
SELECT results_eq($$SELECT r.question_no, r.mark, r.words FROM appraisal.survey_response AS r JOIN appraisal.cycle AS c USING (cycle_id) WHERE c.code = 'late' ORDER BY 1, 2, 3$$,
  'SELECT question_no, mark, words FROM before_closing ORDER BY 1, 2, 3', 'and the same answers');
-- in the order of their places the marks were 1 2 3 4 5 1 2 ...; drawn, they are so once in 12!/(3!3!2!2!2!) times
SELECT isnt((SELECT array_agg(mark ORDER BY r.ctid) FROM appraisal.survey_response AS r JOIN appraisal.cycle AS c USING (cycle_id) WHERE c.code = 'late' AND question_no = 1),
  (SELECT array_agg(fair ORDER BY n) FROM given), 'in another order');
SELECT is(pg_temp.as_login(login, format('SELECT count(*) FROM appraisal.%I', t)), '42501 | permission denied for table ' || t, format('%s reads no %s', login, t))
FROM unnest('{regress_hr,regress_c,regress_ha,regress_a01,regress_z,regress_app}'::text[]) AS login, unnest('{survey_turnout,survey_response}'::text[]) AS t;
SELECT is(pg_temp.as_login(login, 'SELECT count(*) FROM appraisal.survey_question'), '6', login || ' reads what is asked') FROM unnest('{regress_a01,regress_z,regress_app}'::text[]) AS login;
SELECT is(pg_temp.as_login('regress_hr', statement), '42501 | permission denied for table ' || t, 'HR by hand: ' || statement)
FROM (VALUES ('survey', 'DELETE FROM appraisal.survey'), ('survey', 'UPDATE appraisal.survey SET least_answers = 3'), ('survey_question', 'UPDATE appraisal.survey_question SET question = ''x'''),
  ('survey_response', 'INSERT INTO appraisal.survey_response (cycle_id, question_no, mark) SELECT cycle_id, 1, 5 FROM appraisal.survey')) AS v (t, statement);
SELECT throws_ok(statement, 'AP007', t || ' is only added to', 'not even the owner: ' || statement)
FROM (VALUES ('survey', 'DELETE FROM appraisal.survey'), ('survey_question', 'UPDATE appraisal.survey_question SET question = ''x'''), ('survey_turnout', 'DELETE FROM appraisal.survey_turnout'),
  ('survey_response', 'UPDATE appraisal.survey_response SET mark = 1')) AS v (t, statement);
SELECT * FROM finish();
ROLLBACK;
