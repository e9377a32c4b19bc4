-- Appeals from filing to decision: who may do what and when, every refusal, days counted by brute force, and the
-- next version of a result beside an independent computation.
\pset fieldsep '\n'
BEGIN;
SELECT no_plan();
\ir calibration.psql
SET LOCAL client_min_messages = error;
SELECT random() AS seed \gset
SELECT setseed(:seed) \g /dev/null
SELECT diag('seed ' || :'seed');
-- c is above the heads of departments; of a and b nobody else is HR or executive
CALL appraisal.link_account('regress_c', 'manager', 'c');
CREATE ROLE regress_c3; CREATE ROLE regress_b01;
INSERT INTO appraisal.person (code, name, hired_on) VALUES ('c3', 'c3', '2020-01-01');
CALL appraisal.link_account('regress_c3', 'executive', 'c3');
CALL appraisal.link_account('regress_b01', 'employee', 'b01');

CREATE FUNCTION pg_temp.who(text) RETURNS bigint LANGUAGE sql AS $$SELECT person_id FROM appraisal.person WHERE code = $1$$;
CREATE FUNCTION pg_temp.cyc(text) RETURNS bigint LANGUAGE sql AS $$SELECT cycle_id FROM appraisal.cycle WHERE code = $1$$;
CREATE FUNCTION pg_temp.part(text, text) RETURNS bigint LANGUAGE sql AS
  $$SELECT participant_id FROM appraisal.participant WHERE cycle_id = pg_temp.cyc($1) AND person_id = pg_temp.who($2) AND leads$$;
-- 'whom: call': as the login of that one, or for that one by the service
CREATE FUNCTION pg_temp.does(who text, call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM appraisal.account WHERE role_name = 'regress_' || who) THEN RETURN pg_temp.as_login('regress_' || who, call); END IF;
  RETURN pg_temp.as_login('regress_app', call, who);
END $$;
CREATE FUNCTION pg_temp.published(of_cycle text, overrides jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_temp.make_cycle(of_cycle, '{"sign_off": null, "enforcement": "off", "no_surprise_grade": null}'::jsonb || overrides);
  PERFORM pg_temp.as_login('regress_h1', format('CALL appraisal.sign_off(%L)', of_cycle));
  PERFORM pg_temp.as_login('regress_h2', format('CALL appraisal.publish(%L)', of_cycle));
END $$;
-- an appeal as it stands: status, level, who has it
CREATE FUNCTION pg_temp.appeal_of(of_cycle text, person text) RETURNS text LANGUAGE sql AS $$
  SELECT concat_ws(' ', a.status, a.level, n.code) FROM appraisal.appeal AS a LEFT JOIN appraisal.person AS n ON n.person_id = a.handler_id
  WHERE a.cycle_id = pg_temp.cyc(of_cycle) AND a.participant_id = pg_temp.part(of_cycle, person) ORDER BY a.appeal_id DESC LIMIT 1 $$;
CREATE FUNCTION pg_temp.events_of(of_cycle text, person text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(concat(e.kind, CASE WHEN e.internal THEN '!' END, '(', n.code, ' ', e.level, ')'), ' ' ORDER BY e.event_id)
  FROM appraisal.appeal AS a JOIN appraisal.appeal_event AS e USING (cycle_id, appeal_id) LEFT JOIN appraisal.person AS n ON n.person_id = e.person_id
  WHERE a.cycle_id = pg_temp.cyc(of_cycle) AND a.participant_id = pg_temp.part(of_cycle, person) $$;

-- 1. Days. Holidays fall, and weekends are worked, at random; a day after the other is counted.
INSERT INTO appraisal.holiday (day, title, is_workday)
SELECT d, 'x', extract(isodow FROM d) >= 6 OR random() < 0.1 FROM generate_series(date '2025-12-01', date '2028-06-30', '1 day') AS g (t), LATERAL (SELECT t::date) AS v (d) WHERE random() < 0.15;
CREATE FUNCTION pg_temp.brute(from_date date, days int, kind text) RETURNS date LANGUAGE plpgsql AS $$
DECLARE d date := from_date; left_over int := days; worked boolean;
BEGIN
  WHILE left_over > 0 LOOP
    d := d + 1;
    SELECT is_workday INTO worked FROM appraisal.holiday WHERE day = d;
    IF NOT FOUND THEN worked := to_char(d, 'Dy') NOT IN ('Sat', 'Sun'); END IF;
    IF kind = 'calendar' OR worked THEN left_over := left_over - 1; END IF;
  END LOOP;
  RETURN d;
END $$;
CREATE TEMP TABLE day_case AS SELECT date '2026-01-01' + (random() * 700)::int AS from_date, (random() * random() * 60)::int AS days, k AS kind FROM unnest('{calendar,working}'::text[]) AS k, generate_series(1, 300);
SELECT is_empty($$SELECT *, appraisal.due_date(from_date, days, kind), pg_temp.brute(from_date, days, kind) FROM day_case WHERE appraisal.due_date(from_date, days, kind) <> pg_temp.brute(from_date, days, kind)$$, '600 deadlines, counted');
SELECT cmp_ok(count(*) FILTER (WHERE appraisal.due_date(from_date, days, 'working') - from_date <> days * 7 / 5), '>', 20::bigint, 'of which many meet holidays') FROM day_case WHERE kind = 'working';
SELECT is(appraisal.due_date('2026-03-02', 7), '2026-03-09', 'calendar days unless said otherwise'), is(appraisal.due_date('2026-03-02', 0, 'working'), '2026-03-02', 'no days'),
  is(appraisal.due_date('infinity', 7, 'working'), 'infinity', 'never and a week'), is(appraisal.due_date(NULL, 7), NULL, 'no day'), is(appraisal.due_date('2026-03-02', NULL), NULL, 'no number');
SELECT throws_ok($$SELECT appraisal.due_date('2026-03-02', 7, 'bank')$$, 'AP004', 'there is no kind of day "bank"', 'a kind of day'),
  throws_ok($$SELECT appraisal.due_date('2026-03-02', -1)$$, 'AP005', 'nothing is due in -1 days', 'days back'),
  throws_ok($$SELECT appraisal.due_date('2026-03-02', 40000)$$, 'AP005', 'nothing is due in 40000 days', 'too many');

-- 2. The window: by time zone, kind of day, publication and interview.
SELECT pg_temp.published('w', '{"appeal_days": 5, "appeals": [{"reviewer": "hr", "label": "HR"}]}') AS done \gset
SELECT pg_temp.published('wi', '{"appeal_days": 5, "appeal_day_kind": "working", "interview": true, "interview_days": 9, "appeals": [{"reviewer": "hr", "label": "HR"}]}') AS done \gset
CREATE FUNCTION pg_temp.set_window(of_cycle text, zone text, published timestamptz, held date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  SET LOCAL session_replication_role = replica;
  UPDATE appraisal.cycle SET timezone = zone WHERE code = of_cycle;
  UPDATE appraisal.result SET published_at = published WHERE cycle_id = pg_temp.cyc(of_cycle) AND participant_id = pg_temp.part(of_cycle, 'a01');
  DELETE FROM appraisal.interview WHERE cycle_id = pg_temp.cyc(of_cycle);
  INSERT INTO appraisal.interview (cycle_id, participant_id, held_on, held_by, summary, recorded_by_login, recorded_at)
  SELECT pg_temp.cyc(of_cycle), pg_temp.part(of_cycle, 'a01'), held + n * 3, pg_temp.who('ha'), 's', 'x', now() FROM generate_series(0, 1) AS n WHERE held IS NOT NULL;
  SET LOCAL session_replication_role = origin;
END $$;
CREATE TEMP TABLE window_case (cycle text, zone text, published timestamptz, held date, opens timestamptz, closes timestamptz);
DO $$
DECLARE c record;
BEGIN
  FOR c IN SELECT k AS cycle, (ARRAY['Asia/Shanghai', 'UTC', 'Pacific/Kiritimati', 'Etc/GMT+12', 'America/New_York', 'Asia/Kathmandu'])[1 + floor(random() * 6)] AS zone,
             timestamptz '2026-01-01 00:00+00' + random() * interval '700 days' AS published, (date '2026-01-05' + (random() * 700)::int) AS held, random() < 0.25 AS late, random() < 0.3 AS none
           FROM unnest('{w,wi}'::text[]) AS k, generate_series(1, 60) LOOP
    PERFORM pg_temp.set_window(c.cycle, c.zone, c.published, CASE WHEN c.none THEN NULL WHEN c.late THEN c.published::date + 9 ELSE c.held END);
    INSERT INTO window_case SELECT c.cycle, c.zone, c.published, CASE WHEN c.none THEN NULL WHEN c.late THEN c.published::date + 9 ELSE c.held END, w.opens_at, w.closes_at
    FROM appraisal.appeal_windows(pg_temp.cyc(c.cycle), pg_temp.part(c.cycle, 'a01')) AS w;
  END LOOP;
END $$;
-- the day of an instant in a zone, by another way than the product's
CREATE FUNCTION pg_temp.local_day(t timestamptz, zone text) RETURNS date LANGUAGE plpgsql AS $$
DECLARE d date; was text := current_setting('timezone');
BEGIN
  PERFORM set_config('timezone', zone, true);
  d := to_char(t, 'YYYY-MM-DD')::date;
  PERFORM set_config('timezone', was, true);
  RETURN d;
END $$;
SELECT is(count(*), 120::bigint, 'windows'), is(count(*) FILTER (WHERE opens <> published), 0::bigint, 'each from publication on'),
  is(count(*) FILTER (WHERE cycle = 'wi' AND held IS NULL AND closes <> 'infinity'), 0::bigint, 'while an interview is owed it has no end'),
  cmp_ok(count(*) FILTER (WHERE closes <> 'infinity'), '>', 60::bigint, 'the others have one') FROM window_case;
SELECT is_empty($$SELECT *, x.last_day FROM window_case, LATERAL (SELECT pg_temp.brute(greatest(pg_temp.local_day(published, zone), held), 5, CASE cycle WHEN 'w' THEN 'calendar' ELSE 'working' END) AS last_day) AS x
  WHERE closes <> 'infinity' AND (pg_temp.local_day(closes - interval '1 microsecond', zone), pg_temp.local_day(closes, zone)) IS DISTINCT FROM (x.last_day, x.last_day + 1)$$,
  'which is the end of the last day there, to the microsecond, by days counted');
SELECT cmp_ok(count(DISTINCT closes - published), '>', 30::bigint, 'at many distances') FROM window_case WHERE isfinite(closes);
-- at the last moment: by publication so many days ago in the cycle's zone, whatever zone the person's session has
CREATE FUNCTION pg_temp.days_ago(zone text, days int) RETURNS timestamptz LANGUAGE sql AS $$SELECT (date_trunc('day', now() AT TIME ZONE zone) - days * interval '1 day') AT TIME ZONE zone + interval '20 hours'$$;
CREATE FUNCTION pg_temp.files_on(zone text, days int, session_zone text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE said text; was text := current_setting('timezone');
BEGIN
  PERFORM pg_temp.set_window('w', zone, pg_temp.days_ago(zone, days), NULL);
  PERFORM set_config('timezone', session_zone, true);
  said := pg_temp.does('a01', $c$CALL appraisal.file_appeal('w', 'last moment')$c$);
  PERFORM set_config('timezone', was, true);
  IF said ~ '^\d+$' THEN PERFORM pg_temp.in_bulk('DELETE FROM appraisal.appeal_event; DELETE FROM appraisal.appeal'); RETURN 'filed'; END IF;
  RETURN regexp_replace(said, 'at [-0-9]+ 00:00:00', 'at midnight');
END $$;
SELECT is(pg_temp.files_on(z, 5, s), 'filed', z || ', asked from ' || s || ': the last day'),
  is(pg_temp.files_on(z, 6, s), format('AP005 | the days to appeal in cycle "w" are over | They ended at midnight (%s). | SELECT * FROM appraisal.appeal_window(''w'').', z), 'over on the day after')
FROM (VALUES ('Pacific/Kiritimati', 'Etc/GMT+12'), ('Etc/GMT+12', 'Pacific/Kiritimati'), ('Asia/Shanghai', 'UTC')) AS v (z, s);
SELECT pg_temp.set_window('w', 'UTC', now(), NULL), pg_temp.set_window('wi', 'UTC', now(), NULL) \g /dev/null
-- the zone of a cycle
SELECT is((SELECT DISTINCT timezone FROM appraisal.cycle WHERE code NOT IN ('w', 'wi')), NULL, 'no others yet');
SELECT is(pg_temp.does('h1', $$CALL appraisal.open_cycle('tz', 'w', 'year', '[2026-01-01,2027-01-01)', timezone => 'Mars/Olympus')$$), 'AP004 | there is no time zone "Mars/Olympus" | SELECT name FROM pg_timezone_names lists them.', 'a time zone that is none');
SELECT matches(pg_temp.does('h1', $$CALL appraisal.open_cycle('tz', 'w', 'year', '[2026-01-01,2027-01-01)', timezone => 'Asia/Shanghai')$$), '^\d+$', 'a time zone of one''s own');
SELECT is(pg_temp.as_login('regress_h1', $$UPDATE appraisal.cycle SET timezone = 'Nowhere' WHERE code = 'tz'$$), 'AP004 | there is no time zone "Nowhere" | SELECT name FROM pg_timezone_names lists them.', 'changed to none'),
  is(pg_temp.as_login('regress_h1', $$UPDATE appraisal.cycle SET timezone = 'Asia/Tokyo' WHERE code = 'w'$$), 'AP001 | the time zone of cycle "w" is settled | It is in status published, and deadlines run.', 'when it counts it stays'),
  is(pg_temp.as_login('regress_h1', $$UPDATE appraisal.cycle SET timezone = 'Asia/Tokyo' WHERE code = 'tz'$$), NULL, 'before it does not');
SELECT is(appraisal.database_timezone(), (SELECT reset_val FROM pg_settings WHERE name = 'TimeZone'), 'the server''s zone');
SELECT format('ALTER DATABASE %I SET timezone = ''Asia/Shanghai''', current_database()) AS alter \gset
:alter;
SET LOCAL timezone = 'America/New_York';
SELECT is(appraisal.database_timezone(), 'Asia/Shanghai', 'the database''s, not the session''s');
RESET timezone;

-- 3. From step to step. h1 signed everybody's results; the heads rated their people, c the heads.
\set three '{"appeal_days": 7, "appeals": [{"reviewer": "leader", "label": "Leader"}, {"reviewer": "hr", "label": "HR", "decision_days": 5}, {"reviewer": "executive", "label": "Chief", "decision_days": 3}]}'
SELECT pg_temp.published('y', :'three'), pg_temp.published('plain', '{}'), pg_temp.published('gone', :'three') \g /dev/null
SELECT pg_temp.make_cycle('early', :'three') \g /dev/null
SELECT pg_temp.does('h2', $$CALL appraisal.close_cycle('gone')$$) \g /dev/null
-- one is exempt, one could not be scored; one of HR may not look at what is the own
SELECT pg_temp.in_bulk($$UPDATE appraisal.result SET state = 'exempt', score = NULL, raw_score = NULL, natural_grade = NULL, quota_grade = NULL, coefficient = NULL, rank = NULL, cohort_unit_id = NULL
  WHERE (cycle_id, participant_id) = (pg_temp.cyc('y'), pg_temp.part('y', 'b08'))$$),
  pg_temp.in_bulk($$UPDATE appraisal.result SET state = 'insufficient', score = NULL, raw_score = NULL, natural_grade = NULL, quota_grade = NULL, coefficient = NULL, rank = NULL, cohort_unit_id = NULL
  WHERE (cycle_id, participant_id) = (pg_temp.cyc('y'), pg_temp.part('y', 'b09'))$$),
  pg_temp.in_bulk($$INSERT INTO appraisal.adjustment (cycle_id, participant_id, from_grade, to_grade, reason, made_by, made_by_login, authorised_by, made_at)
    SELECT pg_temp.cyc('y'), pg_temp.part('y', p), 'B', 'A', 'x', pg_temp.who(m), 'x', pg_temp.who(a), now() FROM (VALUES ('a04', 'h2', NULL), ('a05', 'c', 'h2')) AS v (p, m, a)$$) \g /dev/null

CREATE TEMP TABLE step (n int GENERATED ALWAYS AS IDENTITY, who text, call text, told text, said text);
CREATE FUNCTION pg_temp.run_steps() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE s record; answer text;
BEGIN
  FOR s IN SELECT * FROM step WHERE said IS NULL ORDER BY n LOOP
    answer := coalesce(pg_temp.does(s.who, 'CALL appraisal.' || s.call), 'null');
    UPDATE step SET said = answer WHERE n = s.n;
    CONTINUE WHEN s.told IS NULL;
    RETURN NEXT CASE WHEN s.told = '#' THEN public.matches(answer, '^\d+$', s.who || ': ' || s.call) ELSE public.is(answer, s.told, s.who || ': ' || s.call) END;
  END LOOP;
END $$;
INSERT INTO step (who, call, told) VALUES
  ('', $$file_appeal('y', 'x')$$, 'AP003 | appeals are filed and handled by people, and this login is nobody in particular | A service sets appraisal.actor to the person it acts for.'),
  ('hr', $$file_appeal('y', 'x')$$, 'AP003 | appeals are filed and handled by people, and this login is nobody in particular | A service sets appraisal.actor to the person it acts for.'),
  ('z', $$file_appeal('y', 'x')$$, '42501 | permission denied for function write_appeal'),
  ('c', $$file_appeal('y', 'x')$$, 'AP004 | you take no part in cycle "y"'),
  ('a01', $$file_appeal('y', 'x', unit => 'a')$$, 'AP004 | you do not answer for unit "a" in cycle "y"'),
  ('a01', $$file_appeal('no', 'x')$$, 'AP004 | there is no cycle "no" | Open it with CALL appraisal.open_cycle().'),
  ('a01', $$file_appeal('early', 'x')$$, 'AP001 | appeals of cycle "early" cannot be written: the cycle is in status calibration | It can be in status published. | CALL appraisal.compute_results() computes results, sign_off() signs and publish() publishes them.'),
  ('a01', $$file_appeal('gone', 'x')$$, 'AP001 | appeals of cycle "gone" cannot be written: the cycle is in status closed | It can be in status published. | What is published is changed by an appeal only.'),
  ('a01', $$file_appeal('plain', 'x')$$, 'AP005 | there are no appeals in cycle "plain" | Scheme "plain" has no appeal_days.'),
  ('a01', $$file_appeal('y', ' ')$$, 'AP005 | an appeal needs grounds | Give the argument grounds.'),
  ('b08', $$file_appeal('y', 'x')$$, 'AP005 | the days to appeal in cycle "y" are over | There is no result. | SELECT * FROM appraisal.appeal_window(''y'').'),
  ('a03', $$withdraw_appeal('y')$$, 'AP001 | you have no open appeal in cycle "y" | CALL appraisal.file_appeal() files one.'),
  ('a03', $$add_appeal_note('y', note => 'x')$$, 'AP001 | you have no open appeal in cycle "y" | CALL appraisal.file_appeal() files one.'),
  ('a03', $$file_appeal('y', 'my sales were booked late')$$, '#'),
  ('a03', $$file_appeal('y', 'again')$$, NULL),
  ('a03', $$add_appeal_note('y', note => ' ')$$, 'AP005 | a note needs words | Give the argument note.'),
  ('a03', $$add_appeal_note('y', note => 'x', internal => true)$$, 'AP005 | what the person says or heard is not internal | Internal notes are those of who handles the appeal.'),
  ('a03', $$add_appeal_note('y', note => 'x', talk => true)$$, 'AP003 | the talk on the own appeal is recorded by who held it | A manager above does, or HR.'),
  ('a03', $$add_appeal_note('y', note => 'the invoices are attached')$$, '#'),
  ('a03', $$escalate_appeal('y')$$, 'AP001 | there was no talk yet on the appeal of person "a03" | Its first level is a talk with a manager above. | That manager, or HR, calls add_appeal_note(''y'', person, note, talk => true).'),
  ('a01', $$take_appeal('y', 'a03')$$, NULL),
  ('ha', $$take_appeal('y', 'a03')$$, 'AP003 | you rated the result of person "a03", and have no say on its appeal | Nobody takes, proposes or decides on a result that one rated, calibrated or signed. | Somebody else on its level does; a talk or a note is open to you.'),
  ('ha', $$propose_decision('y', 'a03', 'x')$$, 'AP003 | you rated the result of person "a03", and have no say on its appeal | Nobody takes, proposes or decides on a result that one rated, calibrated or signed. | Somebody else on its level does; a talk or a note is open to you.'),
  ('hb', $$take_appeal('y', 'a03')$$, 'AP004 | there is no open appeal of person "a03" for you | There is none, it is decided, or it is not on your level. | SELECT * FROM appraisal.appeal shows those that you see.'),
  ('c2', $$take_appeal('y', 'a03')$$, 'AP004 | there is no open appeal of person "a03" for you | There is none, it is decided, or it is not on your level. | SELECT * FROM appraisal.appeal shows those that you see.'),
  ('ha', $$take_appeal('y', 'a02')$$, 'AP004 | there is no open appeal of person "a02" for you | There is none, it is decided, or it is not on your level. | SELECT * FROM appraisal.appeal shows those that you see.'),
  ('h2', $$take_appeal('y', 'a03')$$, 'AP003 | the appeal of person "a03" is on another level | It is on level "leader", "Leader". | A manager above handles it.'),
  ('hr', $$take_appeal('y', 'a03')$$, 'AP003 | appeals are filed and handled by people, and this login is nobody in particular | A service sets appraisal.actor to the person it acts for.'),
  ('c', $$propose_decision('y', 'a03', 'x')$$, 'AP001 | there was no talk yet on the appeal of person "a03" | Its first level is a talk with a manager above. | That manager, or HR, calls add_appeal_note(''y'', person, note, talk => true).'),
  ('c', $$decide_appeal('y', 'a03', true, 'x', grade => 'A')$$, 'AP001 | level "leader" does not decide the appeal of person "a03" | After it comes level "hr"; the last one decides. | CALL appraisal.propose_decision() hands it on.'),
  ('ha', $$add_appeal_note('y', 'a03', 'x', talk => true, internal => true)$$, 'AP005 | what the person says or heard is not internal | Internal notes are those of who handles the appeal.'),
  ('ha', $$add_appeal_note('y', 'a03', 'we spoke; I stand by my marks', talk => true)$$, '#'),
  ('ha', $$add_appeal_note('y', 'a03', 'always complains', internal => true)$$, '#'),
  ('a03', $$escalate_appeal('y', remark => 'it settled nothing')$$, '#'),
  ('ha', $$add_appeal_note('y', 'a03', 'x')$$, 'AP004 | there is no open appeal of person "a03" for you | There is none, it is decided, or it is not on your level. | SELECT * FROM appraisal.appeal shows those that you see.'),
  ('h2', $$add_appeal_note('y', 'a03', 'x', talk => true)$$, 'AP001 | the appeal of person "a03" is past the talk | It is on level "hr". | CALL appraisal.add_appeal_note() without talk.'),
  ('a03', $$escalate_appeal('y')$$, 'AP001 | the appeal of person "a03" stays on level "hr" | A talk is what one goes on from; other levels propose or decide. | An appeal that is overdue goes on by escalate_overdue_appeals().'),
  ('c', $$take_appeal('y', 'a03')$$, 'AP004 | there is no open appeal of person "a03" for you | There is none, it is decided, or it is not on your level. | SELECT * FROM appraisal.appeal shows those that you see.'),
  ('h1', $$take_appeal('y', 'a03')$$, 'AP003 | you signed the result of person "a03", and have no say on its appeal | Nobody takes, proposes or decides on a result that one rated, calibrated or signed. | Somebody else on its level does; a talk or a note is open to you.'),
  ('a09', $$propose_decision('y', 'a03', ' ')$$, 'AP005 | a proposal on the appeal of person "a03" needs a reason | Give the argument reason.'),
  ('h2', $$take_appeal('y', 'a03', 'I ask the bookkeepers')$$, '#'),
  ('h2', $$take_appeal('y', 'a03')$$, 'AP001 | the appeal of person "a03" is in your hands already | CALL appraisal.propose_decision() or, on the last level, decide_appeal().'),
  ('a09', $$propose_decision('y', 'a03', 'x')$$, 'AP003 | the appeal of person "a03" is in other hands | Person "h2" has taken it. | CALL appraisal.take_appeal() takes it over.'),
  ('a09', $$take_appeal('y', 'a03')$$, '#'),
  ('h2', $$propose_decision('y', 'a03', 'x')$$, 'AP003 | the appeal of person "a03" is in other hands | Person "a09" has taken it. | CALL appraisal.take_appeal() takes it over.'),
  ('h2', $$take_appeal('y', 'a03')$$, '#'),
  ('h2', $$decide_appeal('y', 'a03', false, 'x')$$, 'AP001 | level "hr" does not decide the appeal of person "a03" | After it comes level "executive"; the last one decides. | CALL appraisal.propose_decision() hands it on.'),
  ('h2', $$propose_decision('y', 'a03', 'x', score => 'NaN')$$, 'AP005 | person "a03" cannot be given the score NaN | Give a number.'),
  ('h2', $$propose_decision('y', 'a03', 'x', grade => 'AAA')$$, 'AP004 | there is no grade "AAA" in cycle "y" | Grades: A >= 90 : 1.5, B >= 80 : 1, C >= 70 : 0.5, D : 0. | Give one of these.'),
  ('h2', $$propose_decision('y', 'a03', 'x', score => 91.5)$$, 'AP005 | no appeal makes the result of person "a03" worse | Neither score nor final grade may be worse than it is. | Give a better score, the grade, or both; or dismiss the appeal.'),
  ('h2', $$propose_decision('y', 'a03', 'x', grade => 'C')$$, 'AP005 | no appeal makes the result of person "a03" worse | Neither score nor final grade may be worse than it is. | Give a better score, the grade, or both; or dismiss the appeal.'),
  ('h2', $$propose_decision('y', 'a03', 'x', score => 92, grade => 'B')$$, 'AP005 | that changes nothing in the result of person "a03" | Give another score or grade, or dismiss the appeal.'),
  ('h2', $$propose_decision('y', 'a03', 'sales were booked late', score => 94.5)$$, 'executive'),
  ('h2', $$propose_decision('y', 'a03', 'x', score => 95)$$, 'AP003 | the appeal of person "a03" is on another level | It is on level "executive", "Chief". | An executive handles it.'),
  ('c2', $$propose_decision('y', 'a03', 'x')$$, 'AP001 | the appeal of person "a03" is on the last level, which decides | CALL appraisal.decide_appeal().'),
  ('c2', $$decide_appeal('y', 'a03', NULL, 'x')$$, 'AP005 | the appeal of person "a03" is upheld or not, and for a reason | Give the arguments upheld and reason; the person reads the reason.'),
  ('c2', $$decide_appeal('y', 'a03', true, '')$$, 'AP005 | the appeal of person "a03" is upheld or not, and for a reason | Give the arguments upheld and reason; the person reads the reason.'),
  ('c2', $$decide_appeal('y', 'a03', false, 'x', grade => 'A')$$, 'AP005 | dismissed, the appeal of person "a03" changes neither score nor grade | Leave score and grade out, or uphold it.'),
  ('h2', $$close_cycle('y')$$, 'AP001 | cycle "y" has appeals that are not decided | Open appeals: 1. | CALL appraisal.decide_appeal() decides, on the last level.');
SELECT * FROM pg_temp.run_steps();
SELECT matches(said, '^AP001 . your appeal in cycle "y" is open already . It is appeal \d+, filed[.] . CALL appraisal.add_appeal_note\(''y'', note => [.]{3}\) adds to it[.]$', 'one at a time') FROM step WHERE call ~ 'again';
SELECT matches(said, '^(42501|AP00[34])', 'an employee takes none') FROM step WHERE who = 'a01' AND call ~ 'take_appeal';
SELECT is(pg_temp.appeal_of('y', 'a03'), 'investigating executive', 'it stands with the executives'),
  is(pg_temp.events_of('y', 'a03'), 'filed(a03 leader) note(a03 leader) talk(ha leader) note!(ha leader) escalated(a03 leader) taken(h2 hr) taken(a09 hr) taken(h2 hr) note!(h2 hr) proposed(h2 hr)', 'every step is there');
SELECT is((SELECT string_agg(remark, '; ' ORDER BY event_id) FROM appraisal.appeal_event WHERE internal), 'always complains; score 94.5: sales were booked late', 'and what is internal');
SELECT is((SELECT due_at FROM appraisal.appeal WHERE status = 'investigating'), (pg_temp.brute(pg_temp.local_day(now(), c.timezone), 3, 'calendar') + 1)::timestamp AT TIME ZONE c.timezone, 'due by the level''s days') FROM appraisal.cycle AS c WHERE code = 'y';

-- who sees what of it
CREATE FUNCTION pg_temp.sees(who text) RETURNS text LANGUAGE sql AS $$
  SELECT concat_ws(' ', pg_temp.does(who, 'SELECT count(*) FROM appraisal.appeal'), pg_temp.does(who, 'SELECT count(*) FROM appraisal.appeal_event'), pg_temp.does(who, 'SELECT count(*) FROM appraisal.appeal_internal')) $$;
SELECT is(pg_temp.sees(w), rows, w || ' sees of appeals, events and proposals') FROM (VALUES ('a03', '1 8 0'), ('ha', '0 0 0'), ('a02', '0 0 0'), ('hb', '1 10 1'), ('c', '1 10 1'), ('c2', '1 10 1'), ('h1', '1 10 1'), ('hr', '1 10 1'), ('z', '1 10 1'), ('', '0 0 0')) AS v (w, rows);
SELECT is(pg_temp.does('a03', $$SELECT string_agg(remark, '; ' ORDER BY event_id) FROM appraisal.appeal_event$$), 'the invoices are attached; we spoke; I stand by my marks; it settled nothing; I ask the bookkeepers', 'the person reads what is for the person');

-- decided: what was proposed, since nothing else is said
INSERT INTO step (who, call, told) VALUES ('c2', $$decide_appeal('y', 'a03', true, 'The bookkeepers confirm it.')$$, '2'),
  ('c', $$decide_appeal('y', 'a03', false, 'x')$$, 'AP004 | there is no open appeal of person "a03" for you | There is none, it is decided, or it is not on your level. | SELECT * FROM appraisal.appeal shows those that you see.'),
  ('a03', $$withdraw_appeal('y')$$, 'AP001 | you have no open appeal in cycle "y" | CALL appraisal.file_appeal() files one.');
SELECT * FROM pg_temp.run_steps();
SELECT is(pg_temp.rows_of($$SELECT r.version, r.raw_score, r.score, r.natural_grade, r.quota_grade, r.calibrated_grade, r.final_grade, r.rank, r.coefficient, r.published_at = a.decided_at AS at_once
  FROM appraisal.result AS r LEFT JOIN appraisal.appeal AS a ON a.cycle_id = r.cycle_id AND a.participant_id = r.participant_id AND a.new_version = r.version
  WHERE r.cycle_id = pg_temp.cyc('y') AND r.participant_id = pg_temp.part('y', 'a03') ORDER BY 1$$),
  '1 92 92.00 A B B 4 1, 2 94.5 94.50 A A A 2 1.5 true', 'two versions of the result: the cut line was at 94');
SELECT is((SELECT scale::text FROM appraisal.cut_line WHERE cycle_id = pg_temp.cyc('y') AND unit_id = (SELECT unit_id FROM appraisal.unit WHERE code = 'a')), 'A >= 94 : 1.5, B >= 80 : 1, C >= 80 : 0.5, D : 0', 'which it was');
SELECT is((SELECT heads_out FROM appraisal.appeal_internal), 1, 'a third A in a group of ten is one head out'),
  is((SELECT sum(heads_out) FROM appraisal.quota_status('y') WHERE unit = 'a'), 1::bigint, 'as quota_status says then');
SELECT is(pg_temp.does('a03', $$SELECT concat_ws(' ', version, score, final_grade, rank, coefficient) FROM appraisal.scorecard WHERE cycle = 'y'$$), '2 94.50 A 2 1.5', 'the scorecard shows the second'),
  is(pg_temp.does('a03', $$SELECT string_agg(concat_ws(' ', what, label, raw, points, note), ', ' ORDER BY step) FROM appraisal.explain_score('y', 'a03') WHERE what !~ 'source|indicator|dimension'$$),
     'state scored, total 92, score 92 92.00 rounded half up to 2 decimals, appeal A 92.00 94.50 version 2, natural grade A 94.50 A >= 90 : 1.5, B >= 80 : 1, C >= 70 : 0.5, D : 0, quota grade A 94.50 A: A >= 94 : 1.5, B >= 80 : 1, C >= 80 : 0.5, D : 0, final grade A 1.5 coefficient', 'and it is explained'),
  is(pg_temp.does('a03', $$SELECT count(*) FROM appraisal.explain_score('y', 'a03') WHERE what ~ 'source|indicator|dimension'$$), '5', 'with the parts that were computed'),
  is(pg_temp.does('a03', $$SELECT concat_ws(' ', status, n.code, decision, new_version) FROM appraisal.appeal AS a LEFT JOIN appraisal.person AS n ON n.person_id = decided_by$$), 'upheld The bookkeepers confirm it. 2', 'the person reads why');
-- the new version can be appealed, the decided one cannot
INSERT INTO step (who, call, told) VALUES ('a02', $$file_appeal('y', 'x')$$, '#'), ('a02', $$withdraw_appeal('y', 'it is well')$$, '#'), ('a02', $$file_appeal('y', 'not well')$$, '#'),
  ('c', $$add_appeal_note('y', 'a02', 'spoke', talk => true)$$, '#'), ('c', $$take_appeal('y', 'a02')$$, '#'), ('c', $$propose_decision('y', 'a02', 'nothing in it')$$, 'hr'),
  ('h2', $$propose_decision('y', 'a02', 'nor do I see anything')$$, 'executive'),
  ('c2', $$decide_appeal('y', 'a02', true, 'x')$$, 'AP005 | the appeal of person "a02" is upheld with a score, a grade or both | Nobody proposed one. | Give the argument score or grade.'),
  ('c2', $$take_appeal('y', 'a02')$$, '#'), ('c3', $$decide_appeal('y', 'a02', false, 'x')$$, 'AP003 | the appeal of person "a02" is in other hands | Person "c2" has taken it. | CALL appraisal.take_appeal() takes it over.'),
  ('c2', $$decide_appeal('y', 'a02', false, 'The marks are right.')$$, 'null'), ('a02', $$file_appeal('y', 'once more')$$, NULL), ('a03', $$file_appeal('y', 'more')$$, '#'),
  -- a09 is of HR, and b's head an executive: not for themselves
  ('a09', $$file_appeal('y', 'x')$$, '#'), ('ha', $$add_appeal_note('y', 'a09', 'spoke', talk => true)$$, '#'), ('ha', $$escalate_appeal('y', 'a09')$$, '#'),
  ('a09', $$take_appeal('y', 'a09')$$, 'AP003 | nobody handles the own appeal | It is that of person "a09". | Somebody else on its level does.'),
  -- calibrated, and authorised
  ('a04', $$file_appeal('y', 'x')$$, '#'), ('a05', $$file_appeal('y', 'x')$$, '#'), ('h2', $$add_appeal_note('y', 'a04', 'they spoke', talk => true)$$, '#'), ('h2', $$add_appeal_note('y', 'a05', 'they spoke', talk => true)$$, '#'),
  ('a04', $$escalate_appeal('y')$$, '#'), ('a05', $$escalate_appeal('y')$$, '#'),
  ('h2', $$take_appeal('y', 'a04')$$, 'AP003 | you calibrated the result of person "a04", and have no say on its appeal | Nobody takes, proposes or decides on a result that one rated, calibrated or signed. | Somebody else on its level does; a talk or a note is open to you.'),
  ('h2', $$take_appeal('y', 'a05')$$, 'AP003 | you calibrated the result of person "a05", and have no say on its appeal | Nobody takes, proposes or decides on a result that one rated, calibrated or signed. | Somebody else on its level does; a talk or a note is open to you.'),
  ('a09', $$propose_decision('y', 'a04', 'better', grade => 'A')$$, 'executive'), ('a09', $$propose_decision('y', 'a05', 'better', grade => 'A')$$, 'executive'),
  ('c', $$decide_appeal('y', 'a05', true, 'so it is')$$, 'AP003 | you calibrated the result of person "a05", and have no say on its appeal | Nobody takes, proposes or decides on a result that one rated, calibrated or signed. | Somebody else on its level does; a talk or a note is open to you.'),
  ('c', $$decide_appeal('y', 'a04', true, 'so it is')$$, '2'), ('c3', $$decide_appeal('y', 'a05', true, 'so it is')$$, '2'),
  -- who has no score
  ('b09', $$file_appeal('y', 'x')$$, '#'), ('hb', $$add_appeal_note('y', 'b09', 'spoke', talk => true)$$, NULL), ('h2', $$add_appeal_note('y', 'b09', 'spoke', talk => true)$$, '#'), ('b09', $$escalate_appeal('y')$$, '#'),
  ('h2', $$propose_decision('y', 'b09', 'x', grade => 'B')$$, 'AP005 | person "b09" has no score, without which there is no grade | Give the argument score.'),
  ('h2', $$propose_decision('y', 'b09', 'there was a review', score => 83)$$, 'executive'), ('c2', $$decide_appeal('y', 'b09', true, 'it counts')$$, '2'),
  -- a08 missed a gate: a score leaves the cap, a grade that is given lifts it
  ('a08', $$file_appeal('y', 'x')$$, '#'), ('ha', $$add_appeal_note('y', 'a08', 'spoke', talk => true)$$, '#'), ('a08', $$escalate_appeal('y')$$, '#'),
  ('h2', $$propose_decision('y', 'a08', 'x', score => 99)$$, 'executive'), ('c2', $$decide_appeal('y', 'a08', true, 'the mark on values was another''s', score => 99, grade => 'B')$$, '2');
SELECT * FROM pg_temp.run_steps();
SELECT matches(said, '^AP001 . your appeal in cycle "y" is decided . It is appeal \d+, dismissed[.] . The last level has decided; its reasons are with the appeal[.]$', 'decided is decided') FROM step WHERE call ~ 'once more';
SELECT is(pg_temp.rows_of(format($$SELECT r.version, r.state, r.score, r.natural_grade, r.quota_grade, coalesce(r.calibrated_grade, '-') AS c, r.final_grade, r.rank, r.coefficient, r.gate_dimension_id IS NULL AS free FROM appraisal.current_result AS r
  WHERE r.cycle_id = pg_temp.cyc('y') AND r.participant_id = pg_temp.part('y', %L)$$, p)), told, p || ' has then')
FROM (VALUES ('a02', '1 scored 93.00 A B - B 3 1 true'), ('a04', '2 scored 91.00 A B A A 5 1.5 true'), ('a05', '2 scored 90.00 A B A A 6 1.5 true'),
  ('b09', '2 scored 83.00 B B - B 20 1 true'), ('a08', '2 scored 99.00 A A B B 1 1 true')) AS v (p, told);
SELECT is(pg_temp.does('h2', $$SELECT string_agg(concat_ws(' ', what, label, raw, points, note), ', ' ORDER BY step) FROM appraisal.explain_score('y', 'a08') WHERE what IN ('appeal', 'gate', 'calibrated grade', 'final grade')$$),
  'appeal B 85.00 99.00 version 2, no gate any more, calibrated grade B by appeal, final grade B 1 coefficient', 'and it says that the gate is lifted');
SELECT is((SELECT count(*) FROM appraisal.appeal_event AS e WHERE e.person_id IS NULL), 0::bigint, 'each by somebody');

-- The head of a unit appeals for it, and stands aside as for oneself.
SELECT pg_temp.in_bulk($$INSERT INTO appraisal.participant (cycle_id, appraised_unit_id, segment_days, unit_id, manager_id, job_group)
    SELECT pg_temp.cyc('y'), unit_id, 365, unit_id, pg_temp.who('ha'), 'department' FROM appraisal.unit WHERE code = 'a'$$),
  pg_temp.in_bulk($$INSERT INTO appraisal.result (cycle_id, participant_id, state, coverage, raw_score, score, natural_grade, rank, coefficient, published_at)
    SELECT cycle_id, participant_id, 'scored', 1, 72, 72, 'C', 1, 0.5, now() FROM appraisal.participant WHERE appraised_unit_id IS NOT NULL$$) \g /dev/null
INSERT INTO step (who, call, told) VALUES ('a01', $$file_appeal('y', 'x', unit => 'a')$$, 'AP004 | you do not answer for unit "a" in cycle "y"'), ('ha', $$file_appeal('y', 'the shop was closed for a month', unit => 'a')$$, '#'),
  ('ha', $$add_appeal_note('y', unit => 'a', note => 'see the lease')$$, '#'), ('ha', $$take_appeal('y', NULL, unit => 'a')$$, 'AP003 | nobody handles the own appeal | It is that of unit "a". | Somebody else on its level does.'),
  ('c', $$add_appeal_note('y', unit => 'a', note => 'we spoke', talk => true)$$, '#'), ('ha', $$escalate_appeal('y', unit => 'a')$$, '#'), ('h2', $$propose_decision('y', NULL, 'a month is a month', grade => 'B', unit => 'a')$$, 'executive'),
  ('c2', $$decide_appeal('y', NULL, true, 'so it is', score => 81.5, unit => 'a')$$, '2'), ('ha', $$file_appeal('y', 'more', unit => 'a')$$, '#'), ('ha', $$withdraw_appeal('y', unit => 'a')$$, '#');
SELECT * FROM pg_temp.run_steps();
SELECT is(pg_temp.rows_of($$SELECT version, score, natural_grade, coalesce(quota_grade, '-') AS q, final_grade, rank, coefficient FROM appraisal.current_result JOIN appraisal.participant USING (cycle_id, participant_id) WHERE appraised_unit_id IS NOT NULL$$), '2 81.50 B - B 1 1', 'the unit has then');

-- 4. Overdue: on to the next level, talk or no talk; on the last one told once, and there it stays.
SELECT pg_temp.published('o', '{"appeal_days": 30, "appeal_day_kind": "working", "appeals": [{"reviewer": "leader", "label": "L", "decision_days": 2}, {"reviewer": "hr", "label": "HR", "decision_days": 3}, {"reviewer": "executive", "label": "C", "decision_days": 1}]}') \g /dev/null
INSERT INTO step (who, call, told) VALUES ('a01', $$file_appeal('o', 'x')$$, '#'), ('b01', $$file_appeal('o', 'x')$$, '#'), ('b02', $$file_appeal('o', 'x')$$, '#'), ('b02', $$withdraw_appeal('o')$$, '#');
SELECT * FROM pg_temp.run_steps();
CREATE FUNCTION pg_temp.overdue(codes text[]) RETURNS void LANGUAGE sql AS $$
  SELECT pg_temp.in_bulk(format('UPDATE appraisal.appeal SET due_at = now() - interval ''1 second'' WHERE cycle_id = pg_temp.cyc(''o'') AND participant_id IN (SELECT pg_temp.part(''o'', p) FROM unnest(%L::text[]) AS p)', codes)) $$;
CREATE FUNCTION pg_temp.escalates(login text, call text DEFAULT $$CALL appraisal.escalate_overdue_appeals('o')$$) RETURNS text LANGUAGE plpgsql AS $$
DECLARE before bigint := (SELECT count(*) FROM appraisal.appeal_event WHERE kind = 'escalated'); told bigint := (SELECT count(*) FROM appraisal.appeal_event WHERE kind = 'overdue'); said text;
BEGIN
  said := pg_temp.as_login('regress_' || login, call);
  RETURN concat_ws(' ', said, (SELECT count(*) FROM appraisal.appeal_event WHERE kind = 'escalated') - before, (SELECT count(*) FROM appraisal.appeal_event WHERE kind = 'overdue') - told);
END $$;
SELECT is(pg_temp.escalates('h1'), '0 0 0', 'nothing is due'), is(pg_temp.escalates('a01'), '42501 | permission denied for function write_appeal_escalations 0 0', 'nor anybody else''s business');
SELECT pg_temp.overdue('{a01,b02}') \g /dev/null
SELECT is(pg_temp.escalates('app'), '1 1 0', 'a service escalates'), is(pg_temp.escalates('app'), '0 0 0', 'once'), is(pg_temp.appeal_of('o', 'a01'), 'filed hr', 'past the talk'), is(pg_temp.appeal_of('o', 'b01'), 'filed leader', 'nobody else''s'),
  is(pg_temp.appeal_of('o', 'b02'), 'withdrawn leader', 'what is withdrawn stays');
SELECT is(a.due_at, (pg_temp.brute(pg_temp.local_day(now(), c.timezone), 3, 'working') + 1)::timestamp AT TIME ZONE c.timezone, 'its days begin anew, working ones')
FROM appraisal.cycle AS c JOIN appraisal.appeal AS a USING (cycle_id) WHERE c.code = 'o' AND a.participant_id = pg_temp.part('o', 'a01');
SELECT is(pg_temp.does('h2', $$CALL appraisal.take_appeal('o', 'a01')$$) ~ '^\d+$', true, 'taken'), is(pg_temp.appeal_of('o', 'a01'), 'investigating hr h2', 'by HR');
SELECT pg_temp.overdue('{a01,b01}') \g /dev/null
SELECT is(pg_temp.escalates('hr', 'CALL appraisal.escalate_overdue_appeals()'), '2 2 0', 'all cycles'), is(pg_temp.appeal_of('o', 'a01'), 'investigating executive', 'out of the hands that had it'), is(pg_temp.appeal_of('o', 'b01'), 'filed hr', 'and the other one');
SELECT is(pg_temp.does('h2', $$CALL appraisal.propose_decision('o', 'a01', 'x', score => 99)$$), 'AP003 | the appeal of person "a01" is on another level | It is on level "executive", "C". | An executive handles it.', 'too late');
SELECT pg_temp.overdue('{a01}') \g /dev/null
SELECT is(pg_temp.escalates('h1'), '0 0 1', 'the last level'), is(pg_temp.escalates('h1'), '0 0 0', 'is told once'), is(pg_temp.appeal_of('o', 'a01'), 'investigating executive', 'and the appeal stays');
SELECT is(pg_temp.events_of('o', 'a01'), 'filed(a01 leader) escalated( leader) taken(h2 hr) escalated( hr) overdue(h1 executive)', 'all of it is on record');
SELECT is(pg_temp.does('c2', $$CALL appraisal.decide_appeal('o', 'a01', true, 'late, but so', score => 96)$$), '2', 'and is decided late');
SELECT is(pg_temp.as_login('regress_h1', $$CALL appraisal.escalate_overdue_appeals('no')$$), 'AP004 | there is no cycle "no" | Open it with CALL appraisal.open_cycle().', 'no such cycle');
-- where nobody is above, there is nobody to talk with
SELECT pg_temp.in_bulk($$UPDATE appraisal.participant SET manager_id = NULL WHERE cycle_id = pg_temp.cyc('o') AND person_id = pg_temp.who('hl')$$) \g /dev/null
SELECT is(pg_temp.does('hl', $$CALL appraisal.file_appeal('o', 'x')$$) ~ '^\d+$', true, 'filed'), is(pg_temp.appeal_of('o', 'hl'), 'filed hr', 'with HR at once');

-- 5. What a decision makes of a result, beside an independent computation: by everybody in turn, in cycles with a
-- quota, calibrated, and without a quota; nobody else's rows change by a byte, and the quota is counted by hand.
CREATE FUNCTION pg_temp.by_text(score numeric, scale text) RETURNS text LANGUAGE sql AS $$
  SELECT m[1] FROM regexp_matches(scale, '(\w+)(?: (>=?) ([-.0-9]+))?', 'g') WITH ORDINALITY AS b (m, place)
  WHERE m[1] !~ '^[0-9]' AND (m[3] IS NULL OR score > m[3]::numeric OR m[2] = '>=' AND score = m[3]::numeric) ORDER BY place LIMIT 1 $$;
CREATE FUNCTION pg_temp.everything_but(of_cycle bigint, of_participant bigint) RETURNS text LANGUAGE sql AS $$
  SELECT md5(string_agg(x, ',' ORDER BY x)) FROM (SELECT 'r' || t::text FROM appraisal.result AS t WHERE cycle_id <> of_cycle OR participant_id <> of_participant OR version = 1
    UNION ALL SELECT 'd' || t::text FROM appraisal.dimension_score AS t UNION ALL SELECT 's' || t::text FROM appraisal.source_score AS t UNION ALL SELECT 'l' || t::text FROM appraisal.cut_line AS t
    UNION ALL SELECT 'j' || t::text FROM appraisal.adjustment AS t UNION ALL SELECT 'p' || t::text FROM appraisal.participant AS t UNION ALL SELECT 'v' || t::text FROM appraisal.review AS t) AS y (x) $$;
\set last '{"appeal_days": 7, "appeals": [{"reviewer": "executive", "label": "Chief"}]}'
SELECT pg_temp.published('q1', :'last'), pg_temp.published('q2', :'last'::jsonb || '{"grade_reads": "raw", "rounding": "down", "decimals": 0}'), pg_temp.published('q3', :'last'::jsonb || '{"quota": null, "least_group": 1}') \g /dev/null
-- two are calibrated, up and down
SELECT pg_temp.in_bulk($$UPDATE appraisal.result SET calibrated_grade = CASE quota_grade WHEN 'A' THEN 'B' ELSE 'A' END, coefficient = CASE quota_grade WHEN 'A' THEN 1 ELSE 1.5 END
  WHERE cycle_id IN (pg_temp.cyc('q1'), pg_temp.cyc('q2')) AND participant_id IN (SELECT pg_temp.part(q, p) FROM unnest('{q1,q2}'::text[]) AS q, unnest('{a01,a02,b05}'::text[]) AS p)$$) \g /dev/null
CREATE TEMP TABLE trial (cycle text, person text, new_score numeric, new_grade text, expected jsonb, expected_out int, said text, made jsonb, heads_out int, same boolean);
DO $$
DECLARE
  t record; o record; s text; sc text; ln text; gate text; gid bigint; raw numeric; sco numeric; reads numeric; nat text; quo text; cal text; fin text; exp jsonb; before text; rnk int; outs int; said text; n record;
  grades CONSTANT text := 'ABCD';
BEGIN
  FOR t IN SELECT r.cycle_id, c.code, r.participant_id, p.code AS person, (random() < 0.75) AS with_score, random() < 0.5 AS with_grade, random() AS x, random() AS y
           FROM appraisal.result AS r JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.participant AS g USING (cycle_id, participant_id) JOIN appraisal.person AS p USING (person_id)
           WHERE c.code ~ '^q' AND r.version = 1 ORDER BY random() LOOP
    SELECT r.*, d.gate_grade, l.scale::text AS line, h.scale::text AS scale, h.grade_reads, h.rounding, h.decimals INTO o
    FROM appraisal.result AS r JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.scheme AS h USING (scheme_id)
    LEFT JOIN appraisal.dimension AS d ON d.dimension_id = r.gate_dimension_id LEFT JOIN appraisal.cut_line AS l ON l.cycle_id = r.cycle_id AND l.unit_id = r.cohort_unit_id
    WHERE r.cycle_id = t.cycle_id AND r.participant_id = t.participant_id;
    raw := CASE WHEN t.with_score THEN o.raw_score - 1 + round((t.x * 15)::numeric, 3) END;
    fin := CASE WHEN t.with_grade OR NOT t.with_score THEN substr(grades, 1 + floor(t.y * 4)::int, 1) END;
    INSERT INTO trial (cycle, person, new_score, new_grade) VALUES (t.code, t.person, raw, fin);
    gate := CASE WHEN strpos(grades, fin) < strpos(grades, o.gate_grade) THEN NULL ELSE o.gate_grade END;
    sco := CASE WHEN raw IS NULL THEN o.score WHEN o.rounding = 'down' THEN floor(raw * 10 ^ o.decimals) / 10 ^ o.decimals ELSE floor(raw * 10 ^ o.decimals + 0.5) / 10 ^ o.decimals END;
    reads := CASE o.grade_reads WHEN 'raw' THEN coalesce(raw, o.raw_score) ELSE sco END;
    nat := pg_temp.by_text(reads, o.scale);
    nat := CASE WHEN strpos(grades, nat) < strpos(grades, gate) THEN gate ELSE nat END;
    -- the gate leaves C, which begins at 70
    quo := CASE WHEN o.line IS NOT NULL THEN pg_temp.by_text(CASE WHEN gate IS NULL THEN reads ELSE least(reads, 70) END, o.line) END;
    quo := CASE WHEN strpos(grades, quo) < strpos(grades, gate) THEN gate ELSE quo END;
    cal := CASE WHEN fin IS NULL AND nat = o.natural_grade AND quo IS NOT DISTINCT FROM o.quota_grade THEN o.calibrated_grade WHEN fin <> coalesce(quo, nat) THEN fin END;
    fin := coalesce(cal, quo, nat);
    SELECT count(*) + 1 INTO rnk FROM appraisal.participant AS g, LATERAL (SELECT x.score FROM appraisal.result AS x WHERE x.cycle_id = g.cycle_id AND x.participant_id = g.participant_id ORDER BY x.version DESC LIMIT 1) AS x
    WHERE g.cycle_id = t.cycle_id AND g.participant_id <> t.participant_id AND x.score > sco;
    exp := CASE WHEN sco < o.score OR strpos(grades, fin) > strpos(grades, o.final_grade) OR (coalesce(raw, o.raw_score), fin) = (o.raw_score, o.final_grade) THEN NULL
      ELSE jsonb_build_object('raw', trim_scale(coalesce(raw, o.raw_score)), 'score', trim_scale(sco), 'natural', nat, 'quota', quo, 'calibrated', cal, 'final', fin, 'gated', gate IS NOT NULL,
             'rank', CASE WHEN sco = o.score THEN o.rank ELSE rnk END, 'coefficient', (ARRAY[1.5, 1, 0.5, 0])[strpos(grades, fin)], 'state', 'scored', 'cohort', o.cohort_unit_id) END;
    before := pg_temp.everything_but(t.cycle_id, t.participant_id);
    PERFORM pg_temp.does(t.person, format('CALL appraisal.file_appeal(%L, ''x'')', t.code));
    said := pg_temp.as_login('regress_c3', format('CALL appraisal.decide_appeal(%L, %L, true, ''x'', score => %L, grade => %L)', t.code, t.person, raw, (SELECT new_grade FROM trial WHERE cycle = t.code AND person = t.person)));
    SELECT * INTO n FROM appraisal.result AS r WHERE r.cycle_id = t.cycle_id AND r.participant_id = t.participant_id AND r.version = 2;
    -- at most a fifth have A and a tenth D, to the nearest head
    SELECT greatest(a - round(m * 0.2), 0) + abs(d - round(m * 0.1)) INTO outs FROM (
      SELECT count(*)::numeric AS m, count(*) FILTER (WHERE final_grade = 'A') AS a, count(*) FILTER (WHERE final_grade = 'D') AS d
      FROM appraisal.participant AS g, LATERAL (SELECT x.* FROM appraisal.result AS x WHERE x.cycle_id = g.cycle_id AND x.participant_id = g.participant_id ORDER BY x.version DESC LIMIT 1) AS x
      WHERE g.cycle_id = t.cycle_id AND x.cohort_unit_id = o.cohort_unit_id) AS c;
    UPDATE trial SET expected = exp, said = s.said, expected_out = CASE WHEN o.cohort_unit_id IS NOT NULL THEN outs END,
      made = CASE WHEN n.version IS NOT NULL THEN jsonb_build_object('raw', trim_scale(n.raw_score), 'score', trim_scale(n.score), 'natural', n.natural_grade, 'quota', n.quota_grade, 'calibrated', n.calibrated_grade, 'final', n.final_grade,
        'gated', n.gate_dimension_id IS NOT NULL, 'rank', n.rank, 'coefficient', trim_scale(n.coefficient), 'state', n.state, 'cohort', n.cohort_unit_id) END,
      heads_out = (SELECT i.heads_out FROM appraisal.appeal AS a JOIN appraisal.appeal_internal AS i USING (cycle_id, appeal_id) WHERE a.cycle_id = t.cycle_id AND a.participant_id = t.participant_id),
      same = before = pg_temp.everything_but(t.cycle_id, t.participant_id)
    FROM (SELECT said) AS s WHERE cycle = t.code AND person = t.person;
  END LOOP;
END $$;
SELECT is(count(*), 63::bigint, 'everybody appealed'), cmp_ok(count(made), '>', 20::bigint, count(made) || ' with success') FROM trial;
SELECT is_empty('SELECT cycle, person, new_score, new_grade, expected, said, made FROM trial WHERE expected IS DISTINCT FROM made', 'each next version is what it comes to, or there is none');
SELECT is_empty($$SELECT cycle, person, said FROM trial WHERE (made IS NULL) <> (said ~ '^AP005 . (no appeal makes|that changes nothing)') OR made IS NOT NULL AND said <> '2'$$, 'what is refused is refused for being worse, or nothing');
SELECT is_empty('SELECT cycle, person, expected_out, heads_out FROM trial WHERE made IS NOT NULL AND expected_out IS DISTINCT FROM heads_out', 'heads out of the quota, counted by hand');
SELECT ok(bool_and(same), 'and of all other rows not a byte changed'), cmp_ok(count(*) FILTER (WHERE heads_out > 0), '>', 0::bigint, 'some groups miss their quota then') FROM trial;

-- 6. By no other way, whoever tries
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is(pg_temp.as_login(l, c), '42501 | permission denied for table ' || substring(c from 'appraisal\.(\w+)'), l || ': ' || c)
FROM unnest('{regress_h2,regress_c3,regress_a01,regress_app}'::text[]) AS l, unnest(ARRAY[
  'INSERT INTO appraisal.appeal (cycle_id, participant_id, version, level, grounds, filed_at) VALUES (1, 1, 1, ''hr'', ''x'', now())', 'UPDATE appraisal.appeal SET status = ''upheld''', 'DELETE FROM appraisal.appeal_event',
  'UPDATE appraisal.appeal_internal SET heads_out = 0', 'INSERT INTO appraisal.result (cycle_id, participant_id, version, state) VALUES (1, 1, 9, ''pending'')']) AS c;
SELECT is(pg_temp.as_login('regress_a01', format('SELECT appraisal.write_appeal(%s, %s, ''file'', ''x'', false)', pg_temp.cyc('y'), pg_temp.part('y', 'a06'))), 'AP003 | everybody appeals against the own result | The person calls appraisal.file_appeal(), for a unit its head.', 'nobody files for another'),
  is(pg_temp.as_login('regress_a01', format('SELECT appraisal.write_appeal(%s, %s, ''take'', ''x'', false)', pg_temp.cyc('y'), pg_temp.part('y', 'a03'))), 'AP004 | there is no open appeal of person "a03" for you | There is none, it is decided, or it is not on your level. | SELECT * FROM appraisal.appeal shows those that you see.', 'nor takes'),
  is(pg_temp.as_login('regress_a01', 'SELECT appraisal.write_appeal(0, 0, ''file'', ''x'', false)'), 'AP004 | there is no cycle with cycle_id 0', 'no such cycle');
SELECT throws_ok(q, c, NULL, q) FROM (VALUES ('UPDATE appraisal.appeal_event SET remark = ''x''', 'AP007'), ('DELETE FROM appraisal.appeal_event', 'AP007'), ('DELETE FROM appraisal.appeal', 'AP007'), ('TRUNCATE appraisal.appeal CASCADE', 'AP007'),
  ('DELETE FROM appraisal.appeal_internal', 'AP007'), ('UPDATE appraisal.appeal SET decision = ''x'' WHERE status = ''upheld''', 'AP007'), ('UPDATE appraisal.appeal SET grounds = ''x''', 'AP007'),
  ('UPDATE appraisal.appeal SET status = ''filed'' WHERE status = ''withdrawn''', 'AP007'), ('UPDATE appraisal.result SET score = score', 'AP006'), ('DELETE FROM appraisal.result WHERE version = 2', '23503')) AS v (q, c);
SELECT throws_ok(format($$INSERT INTO appraisal.result (cycle_id, participant_id, version, state) VALUES (%s, %s, %s, 'pending')$$, pg_temp.cyc(c), pg_temp.part(c, p), v), 'AP006', format('results of cycle "%s" are published and never change', c), 'version ' || v || ' of ' || p || ' in ' || c)
FROM (VALUES ('y', 'a07', 2), ('y', 'a03', 3), ('early', 'a01', 2), ('gone', 'a01', 2)) AS x (c, p, v);
SELECT throws_ok(format($$INSERT INTO appraisal.dimension_score SELECT d.cycle_id, d.participant_id, 2, d.dimension_id, weight, coverage, score, grade, scheme_indicators, weights, figures, points FROM appraisal.dimension_score AS d WHERE cycle_id = %s AND participant_id = %s$$,
  pg_temp.cyc('y'), pg_temp.part('y', 'a03')), 'AP006', NULL, 'what a result rests on is added to by nobody');
SELECT throws_ok(format($$INSERT INTO appraisal.appeal (cycle_id, participant_id, version, level, grounds, filed_at) VALUES (%s, %s, 1, 'hr', 'x', now())$$, pg_temp.cyc('gone'), pg_temp.part('gone', 'a01')), 'AP001',
  'appeal of cycle "gone" cannot be written: the cycle is in status closed', 'nor to a cycle that is closed');
SELECT throws_ok(format($$INSERT INTO appraisal.appeal (cycle_id, participant_id, version, level, grounds, filed_at) SELECT cycle_id, participant_id, version, 'hr', 'x', now() FROM appraisal.appeal WHERE appeal_id = %s$$,
  (SELECT max(appeal_id) FROM appraisal.appeal WHERE status = 'filed')), '23P01', NULL, 'one open appeal at a time');
-- closing, when all is decided
SELECT pg_temp.does('c3', format('CALL appraisal.decide_appeal(%L, %L, false, ''no'')', c.code, p.code)) FROM appraisal.appeal AS a JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.participant AS g USING (cycle_id, participant_id) JOIN appraisal.person AS p USING (person_id)
WHERE c.code = 'q1' AND a.status IN ('filed', 'investigating') \g /dev/null
SELECT is(pg_temp.does('h2', $$CALL appraisal.close_cycle('q1')$$), 'closed', 'a cycle closes when its appeals are decided');
SELECT is_empty('SELECT * FROM appraisal.verify_audit()', 'the audit holds');
SELECT * FROM finish();
ROLLBACK;
