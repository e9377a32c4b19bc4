-- Reviews: assigning, submitting, declining, standing aside, handing on, opening again; and who may not.
BEGIN;
SELECT no_plan();
\ir review_cycle.psql

-- assigned by rule
CREATE FUNCTION pg_temp.assigned_by_rule() RETURNS TABLE (rated text, segment integer, source text, rater text) LANGUAGE sql AS $$
  VALUES ('s1', 1, 'peer', 's2'), ('s1', 1, 'peer', 's3'), ('s1', 1, 'peer', 's4'), ('s2', 1, 'peer', 's1'), ('s2', 1, 'peer', 's3'), ('s2', 1, 'peer', 's4'),
    ('s3', 1, 'peer', 's1'), ('s3', 1, 'peer', 's2'), ('s3', 1, 'peer', 's4'), ('s4', 1, 'peer', 's1'), ('s4', 1, 'peer', 's2'), ('s4', 1, 'peer', 's3'),
    ('mv', 1, 'peer', 's1'), ('mv', 1, 'peer', 's2'), ('mv', 1, 'peer', 's3'), ('mv', 1, 'peer', 's4'),
    ('mv', 1, 'self', 'mv'), ('mv', 1, 'manager', 'm'), ('mv', 1, 'second_manager', 'd'), ('mv', 1, 'top_manager', 'c'),
    ('mv', 2, 'self', 'mv'), ('mv', 2, 'manager', 'd'), ('mv', 2, 'second_manager', 'c'),
    ('m', 1, 'manager', 'd'), ('m', 1, 'top_manager', 'c'), ('m', 1, 'subordinate', 's1'), ('m', 1, 'subordinate', 's2'), ('m', 1, 'subordinate', 's3'), ('m', 1, 'subordinate', 's4'),
    ('d', 1, 'manager', 'c'), ('d', 1, 'subordinate', 'm'), ('d', 1, 'subordinate', 'mv'), ('c', 1, 'subordinate', 'd'),
    ('shop', 1, 'self', 'm'), ('shop', 1, 'manager', 'd')
  UNION ALL SELECT s, 1, v.* FROM unnest('{s1,s2,s3,s4}'::text[]) AS s, (VALUES ('self', NULL), ('manager', 'm'), ('second_manager', 'd'), ('top_manager', 'c')) AS v (source, rater) $$;
CREATE VIEW pg_temp.assigned AS
  SELECT coalesce(p.code, u.code) AS rated, t.segment, r.source, n.code AS rater, r.anonymous, r.status, r.due_on, r.reason, r.late, r.review_id
  FROM appraisal.review AS r JOIN appraisal.participant AS t USING (cycle_id, participant_id) LEFT JOIN appraisal.person AS p ON p.person_id = t.person_id
  LEFT JOIN appraisal.unit AS u ON u.unit_id = t.appraised_unit_id JOIN appraisal.person AS n ON n.person_id = r.rater_id;
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT is(pg_temp.said($$CALL appraisal.assign_reviews('h1')$$), 51::bigint, 'by rule for all');
RESET SESSION AUTHORIZATION;
SELECT set_eq('SELECT rated, segment, source, rater FROM pg_temp.assigned',
  'SELECT rated, segment, source, coalesce(rater, rated) FROM pg_temp.assigned_by_rule()', 'self, superiors, peers and subordinates, by segment; nobody for who is exempt');
SELECT set_eq('SELECT DISTINCT source, anonymous, status, due_on FROM pg_temp.assigned',
  $$SELECT s, s IN ('peer', 'subordinate') AS a, 'assigned' AS b, '9999-01-01'::date AS c FROM unnest('{self,manager,second_manager,top_manager,peer,subordinate}'::text[]) AS s$$,
  'anonymous as the rule says, and due as the cycle says');
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT is(pg_temp.said($$CALL appraisal.assign_reviews('h1')$$), 0::bigint, 'nothing is missing then');

-- by name
SELECT is(pg_temp.said($$CALL appraisal.assign_reviews('h1', '[{"person": "s1", "source": "customer", "rater": "w"}, {"person": "s1", "source": "customer", "rater": "w"},
  {"person": "s1", "source": "hr", "rater": "h"}, {"person": "mv", "source": "customer", "rater": "w"}, {"unit": "shop", "source": "self", "rater": "m"}]')$$), 4::bigint,
  'named ones are added, for each segment; what is there is not');
RESET SESSION AUTHORIZATION;
DELETE FROM appraisal.review WHERE review_id IN (SELECT review_id FROM pg_temp.assigned WHERE rated = 's2' AND source IN ('peer', 'manager') OR rated = 's3' AND source = 'peer');
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT is(pg_temp.said($$CALL appraisal.assign_reviews('h1', '[{"person": "s2", "source": "peer", "rater": "w"}, {"person": "s2", "source": "manager", "rater": "d"}]')$$), 5::bigint,
  'what is named takes the place of the rule, what is missing elsewhere is added');
RESET SESSION AUTHORIZATION;
SELECT results_eq($$SELECT rater FROM pg_temp.assigned WHERE rated = 's2' AND source IN ('peer', 'manager') ORDER BY 1$$, $$VALUES ('d'), ('w')$$, 'in that place');
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT is(pg_temp.said($$CALL appraisal.assign_reviews('h1')$$), 0::bigint, 'and keeps it');
SELECT is(pg_temp.failure(format('CALL appraisal.assign_reviews(''h1'', %L)', raters)), message, what) FROM (VALUES
  ('[{"person": "s1", "source": "peer", "rater": "w"}, {"person": "s9", "source": "peer", "rater": "w"}]',
   'AP004 | person "s9" is not appraised in cycle "h1" | It is rater 2 of the call. | CALL appraisal.enrol() adds people; who is exempt is not reviewed.', 'nobody of that name'),
  ('[{"person": "s5", "source": "peer", "rater": "w"}]',
   'AP004 | person "s5" is not appraised in cycle "h1" | It is rater 1 of the call. | CALL appraisal.enrol() adds people; who is exempt is not reviewed.', 'somebody exempt'),
  ('[{"unit": "store", "source": "manager", "rater": "w"}]',
   'AP004 | unit "store" is not appraised in cycle "h1" | It is rater 1 of the call. | CALL appraisal.enrol() adds people; who is exempt is not reviewed.', 'a unit that is not appraised'),
  ('[{"person": "s1", "source": "peer", "rater": "ww"}]',
   'AP004 | there is no person "ww" | It is rater 1 of the call. | Add the person with CALL appraisal.add_person().', 'an unknown rater'),
  ('[{"person": "s1", "source": "related", "rater": "w"}]',
   'AP005 | "related" is no rater source of job group "staff" in cycle "h1" | It is rater 1 of the call. | cycle_raters() lists the sources.', 'a source that the scheme has not'),
  ('[{"person": "s1", "source": "colleague", "rater": "w"}]',
   'AP005 | "colleague" is no rater source of job group "staff" in cycle "h1" | It is rater 1 of the call. | cycle_raters() lists the sources.', 'a source of another period'),
  ('[{"person": "s1", "source": "peer", "rater": "s1"}]',
   'AP003 | nobody reviews oneself, save as source "self" | It is a review of person "s1". | CALL appraisal.assign_reviews() with another rater.', 'oneself as a peer'),
  ('[{"person": "s1", "source": "self", "rater": "w"}]',
   'AP003 | nobody reviews oneself, save as source "self" | It is a review of person "s1". | CALL appraisal.assign_reviews() with another rater.', 'another as oneself'),
  ('[{"unit": "shop", "source": "manager", "rater": "m"}]',
   'AP003 | nobody reviews oneself, save as source "self" | It is a review of unit "shop". | CALL appraisal.assign_reviews() with another rater.', 'the head of a unit as its superior')
) AS v (raters, message, what);
SET LOCAL SESSION AUTHORIZATION regress_m;
SELECT throws_ok($$CALL appraisal.assign_reviews('h1')$$, '42501', NULL, 'HR assigns, managers do not');
SET LOCAL SESSION AUTHORIZATION regress_app;
SET LOCAL appraisal.actor = 'm';
SELECT is(pg_temp.failure($$CALL appraisal.assign_reviews('h1')$$), 'AP003 | HR alone assigns reviews | Ask HR to CALL appraisal.assign_reviews().', 'nor do they through a service');
SET LOCAL appraisal.actor = 'h';
SELECT is(pg_temp.said($$CALL appraisal.assign_reviews('h1')$$), 0::bigint, 'HR does');
SELECT throws_ok('SELECT appraisal.add_reviews(pg_temp.cycle_id(), NULL, 10)', '42501', NULL, 'and not with rights of one''s own');
SELECT throws_ok(format('INSERT INTO appraisal.review (cycle_id, participant_id, rater_id, source) VALUES (%s, %s, %s, ''hr'')', pg_temp.cycle_id(), pg_temp.part('s2'), pg_temp.person('h')),
  '42501', NULL, 'nor by hand');
RESET SESSION AUTHORIZATION;
SELECT matches(pg_temp.failure(format('INSERT INTO appraisal.review (cycle_id, participant_id, rater_id, source) VALUES (%s, %s, %s, %L)', pg_temp.cycle_id(), pg_temp.part(rated), pg_temp.person(rater), source)),
  '^AP003 \| nobody reviews oneself, save as source "self" \| It is a review of cycle "h1", with key \d+\. \|', what)
FROM (VALUES ('s1', 's1', 'peer', 'nobody reviews oneself, whoever writes it'), ('s1', 's2', 'self', 'nor is another oneself'), ('shop', 'm', 'manager', 'nor does a unit''s head')) AS v (rated, rater, source, what);

-- submitting
\set good '[{"indicator": "chores", "score": 80.5}, {"indicator": "stance", "label": "中"}, {"indicator": "ladder", "levels": [1, 1, 0]}]'
CREATE FUNCTION pg_temp.submitting(person text, ratings jsonb, comments jsonb DEFAULT NULL, source text DEFAULT NULL) RETURNS text LANGUAGE sql AS
  $$ SELECT format('CALL appraisal.submit_review(''h1'', %L, %L, %L, %L)', person, ratings, comments, source) $$;
SET LOCAL SESSION AUTHORIZATION regress_app;
SET LOCAL appraisal.actor = 's2';
SELECT is(pg_temp.said(pg_temp.submitting('s1', :'good')), pg_temp.review_of('s1', 's2', 'peer'), 'a peer''s review');
SELECT results_eq($$SELECT i.code, r.score, r.label, r.levels, r.evidence FROM rating AS r JOIN indicator AS i USING (indicator_id) ORDER BY 1$$,
  $$VALUES ('chores', 80.5, NULL, NULL::numeric[], NULL), ('ladder', 2, NULL, '{1,1,0}', NULL), ('stance', 2.9, '中', NULL, NULL)$$,
  'the marks: as given, of the levels passed, the most of a label');
SELECT results_eq('SELECT status, submitted_at > now(), late FROM review WHERE review_id = ' || pg_temp.review_of('s1', 's2', 'peer'), $$VALUES ('submitted', true, false)$$, 'it is submitted, and not late');
SELECT is(pg_temp.failure(pg_temp.submitting('s1', :'good')),
  'AP001 | your review of person "s1" in cycle "h1" is submitted | Ask HR to CALL appraisal.reopen_review().', 'once');
SELECT is(pg_temp.failure(pg_temp.submitting('s1', :'good', source => 'manager')),
  'AP004 | you have no manager review of person "s1" in cycle "h1" | HR assigns reviews with CALL appraisal.assign_reviews().', 'not as what one is not');
SELECT is(pg_temp.failure(pg_temp.submitting('d', :'good')),
  'AP004 | you have no review of person "d" in cycle "h1" | HR assigns reviews with CALL appraisal.assign_reviews().', 'nor whom one does not review');
SELECT is(pg_temp.failure(pg_temp.submitting('nobody', :'good')),
  'AP004 | you have no review of person "nobody" in cycle "h1" | HR assigns reviews with CALL appraisal.assign_reviews().', 'which says nothing about who is there');
SET LOCAL appraisal.actor = 'nobody';
SELECT is(pg_temp.failure(pg_temp.submitting('s1', :'good')),
  'AP003 | reviews are given by people, and this login is nobody in particular | A service sets appraisal.actor to the person it acts for.', 'a service for nobody');
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT throws_ok(pg_temp.submitting('s1', :'good'), 'AP003', 'reviews are given by people, and this login is nobody in particular', 'so with an HR login');
SET LOCAL SESSION AUTHORIZATION regress_auditor;
SELECT throws_ok(pg_temp.submitting('s1', :'good'), 'AP003', NULL, 'or an auditor''s');

-- marks that the rules refuse
SET LOCAL SESSION AUTHORIZATION regress_app;
SET LOCAL appraisal.actor = 's3';
CREATE FUNCTION pg_temp.refusal(person text, patch jsonb) RETURNS text LANGUAGE sql AS $$
  SELECT regexp_replace(pg_temp.failure(pg_temp.submitting(person, (
    SELECT jsonb_agg(coalesce(p, g)) FROM jsonb_array_elements('[{"indicator": "chores", "score": 80.5}, {"indicator": "stance", "label": "中"}, {"indicator": "ladder", "levels": [1, 1, 0]}]') AS g
    FULL JOIN jsonb_array_elements(patch) AS p ON p ->> 'indicator' = g ->> 'indicator'))), 'eview \d+', 'eview N') $$;
SELECT is(pg_temp.refusal('s1', patch::jsonb), message, patch) FROM (VALUES
  ('[{"indicator": "chores", "score": 100.01}]', 'AP005 | indicator "chores" takes a mark from 0 to 100 | It is review N of cycle "h1", with a mark of 100.01. | The rater calls submit_review() with another mark or with evidence.'),
  ('[{"indicator": "chores", "score": -1}]', 'AP005 | indicator "chores" takes a mark from 0 to 100 | It is review N of cycle "h1", with a mark of -1. | The rater calls submit_review() with another mark or with evidence.'),
  ('[{"indicator": "chores", "score": 1, "label": "好"}]', 'AP005 | indicator "chores" has no label "好" | It is review N of cycle "h1", with a mark of 1. | The rater calls submit_review() with another mark or with evidence.'),
  ('[{"indicator": "chores", "score": 1, "levels": [1]}]', 'AP005 | indicator "chores" has no levels that are passed in order | It is review N of cycle "h1", with a mark of 1. | The rater calls submit_review() with another mark or with evidence.'),
  ('[{"indicator": "chores"}]', 'AP005 | indicator "chores" has no mark for job group "staff" in cycle "h1" | It is review N. | Give each indicator once, with a score, a label or levels; cycle_indicators() lists them.'),
  ('[{"indicator": "chores", "score": 1}, {"indicator": "chores", "score": 2}]', 'AP005 | indicator "chores" is rated more than once for job group "staff" in cycle "h1" | It is review N. | Give each indicator once, with a score, a label or levels; cycle_indicators() lists them.'),
  ('[{"indicator": "sales", "score": 1}]', 'AP004 | there is no indicator "sales" to rate for job group "staff" in cycle "h1" | It is review N. | Give each indicator once, with a score, a label or levels; cycle_indicators() lists them.'),
  ('[{"indicator": "extra", "score": 1}]', 'AP004 | there is no indicator "extra" to rate for job group "staff" in cycle "h1" | It is review N. | Give each indicator once, with a score, a label or levels; cycle_indicators() lists them.'),
  ('[{"indicator": "stance", "score": 2.5}]', 'AP005 | indicator "stance" takes one of its labels | It is review N of cycle "h1", with a mark of 2.5. | The rater calls submit_review() with another mark or with evidence.'),
  ('[{"indicator": "stance", "label": "差", "score": 1.5}]', 'AP005 | indicator "stance" takes 1 to 1 for label "差" | It is review N of cycle "h1", with a mark of 1.5. | The rater calls submit_review() with another mark or with evidence.'),
  ('[{"indicator": "stance", "label": "中", "score": 3}]', 'AP005 | indicator "stance" takes 2 to 2.9 for label "中" | It is review N of cycle "h1", with a mark of 3. | The rater calls submit_review() with another mark or with evidence.'),
  ('[{"indicator": "stance", "label": "no"}]', 'AP005 | indicator "stance" has no mark for job group "staff" in cycle "h1" | It is review N. | Give each indicator once, with a score, a label or levels; cycle_indicators() lists them.'),
  ('[{"indicator": "stance", "label": "差"}]', 'AP005 | indicator "stance" needs evidence for a mark below 2 | It is review N of cycle "h1", with a mark of 1. | The rater calls submit_review() with another mark or with evidence.'),
  ('[{"indicator": "stance", "label": "好", "evidence": "  "}]', 'AP005 | indicator "stance" needs evidence for a mark of 3 or more | It is review N of cycle "h1", with a mark of 5. | The rater calls submit_review() with another mark or with evidence.'),
  ('[{"indicator": "stance", "label": "好", "score": 3}]', 'AP005 | indicator "stance" needs evidence for a mark of 3 or more | It is review N of cycle "h1", with a mark of 3. | The rater calls submit_review() with another mark or with evidence.'),
  ('[{"indicator": "stance", "label": "中", "score": 2}]', NULL),
  ('[{"indicator": "stance", "label": "好", "score": 3, "evidence": "May"}]', NULL),
  ('[{"indicator": "stance", "label": "差", "evidence": "May"}]', NULL),
  ('[{"indicator": "ladder", "levels": [1, 1]}]', 'AP005 | indicator "ladder" takes 0, 0.5 or 1 for each of its levels | It is review N of cycle "h1", with a mark of 2. | The rater calls submit_review() with another mark or with evidence.'),
  ('[{"indicator": "ladder", "levels": [1, 0.7, 0]}]', 'AP005 | indicator "ladder" takes 0, 0.5 or 1 for each of its levels | It is review N of cycle "h1", with a mark of 1.7. | The rater calls submit_review() with another mark or with evidence.'),
  ('[{"indicator": "ladder", "score": 2, "levels": [1, 1, null]}]', 'AP005 | indicator "ladder" takes 0, 0.5 or 1 for each of its levels | It is review N of cycle "h1", with a mark of 2. | The rater calls submit_review() with another mark or with evidence.'),
  ('[{"indicator": "ladder", "score": 2}]', 'AP005 | indicator "ladder" takes 0, 0.5 or 1 for each of its levels | It is review N of cycle "h1", with a mark of 2. | The rater calls submit_review() with another mark or with evidence.'),
  ('[{"indicator": "ladder", "score": 2, "label": "2"}]', 'AP005 | indicator "ladder" takes 0, 0.5 or 1 for each of its levels | It is review N of cycle "h1", with a mark of 2. | The rater calls submit_review() with another mark or with evidence.'),
  ('[{"indicator": "ladder", "levels": [1, 0.5, 1]}]', 'AP005 | indicator "ladder" needs evidence for a mark below 2 | It is review N of cycle "h1", with a mark of 1.5. | The rater calls submit_review() with another mark or with evidence.'),
  ('[{"indicator": "ladder", "levels": [1, 1, 1], "evidence": "June"}]', NULL)
) AS v (patch, message);
SELECT throws_ok(pg_temp.submitting('s1', '[{"indicator": "chores", "score": 80}, {"indicator": "stance", "label": "中"}, {"indicator": "ladder", "score": 1, "levels": [1, 1, 0]}]'),
  '23514', NULL, 'levels that do not give the score');
SELECT matches(pg_temp.failure(pg_temp.submitting('s1', '[{"indicator": "stance", "label": "中"}]')),
  '^AP005 \| review \d+ of cycle "h1" lacks marks: "chores", "ladder" \| CALL appraisal.submit_review\(\) with a mark for each\.$', 'a review lacks marks');
SELECT is((SELECT count(*) FROM rating), 0::bigint, 'nothing of it remains');

-- a list of marks, and the comments of a superior
SET LOCAL appraisal.actor = 'd';
SELECT is(pg_temp.refusal('m', patch::jsonb), message, patch) FROM (VALUES
  ('[{"indicator": "plan", "score": 4}]', 'AP004 | there is no indicator "chores" to rate for job group "manager" in cycle "h1" | It is review N. | Give each indicator once, with a score, a label or levels; cycle_indicators() lists them.')) AS v (patch, message);
\set rest '{"indicator": "stance", "label": "中"}, {"indicator": "ladder", "levels": [1, 1, 0]}'
SELECT matches(pg_temp.failure(pg_temp.submitting('m', ('[{"indicator": "plan", "score": 4},' || :'rest' || ']')::jsonb)), '^AP005 \| indicator "plan" takes one of the marks 1.5, 3, 5 \|', 'a mark that is not in the list');
SELECT matches(pg_temp.failure(pg_temp.submitting('m', ('[{"indicator": "plan", "score": 3, "label": "好"},' || :'rest' || ']')::jsonb)), '^AP005 \| indicator "plan" takes one of the marks 1.5, 3, 5, 5 for label "好" \|', 'a mark that is not the label''s');
SELECT matches(pg_temp.failure(pg_temp.submitting('m', ('[{"indicator": "plan", "label": "中"},' || :'rest' || ']')::jsonb, '{"优点": "x", "不足": " "}')),
  '^AP005 \| review \d+ of cycle "h1" lacks comments: "不足" \| CALL appraisal.submit_review\(\) with a comment for each\.$', 'a superior''s comments');
SELECT matches(pg_temp.failure(pg_temp.submitting('m', ('[{"indicator": "plan", "score": 3},' || :'rest' || ']')::jsonb)),
  '^AP005 \| review \d+ of cycle "h1" lacks comments: "不足", "优点"|^AP005 \| review \d+ of cycle "h1" lacks comments: "优点", "不足"', 'both');
SELECT throws_ok(pg_temp.submitting('m', ('[{"indicator": "plan", "score": 3},' || :'rest' || ']')::jsonb, '[]'), '23514', NULL, 'comments go by topic');
SELECT is(pg_temp.said(pg_temp.submitting('m', ('[{"indicator": "plan", "score": 3},' || :'rest' || ']')::jsonb, '{"优点": "x", "不足": "y"}')), pg_temp.review_of('m', 'd', 'manager'), 'whole');
SELECT is((SELECT comments FROM review WHERE review_id = pg_temp.review_of('m', 'd', 'manager')), '{"不足": "y", "优点": "x"}'::jsonb, 'it keeps the comments');

-- several reviews of one person
SET LOCAL appraisal.actor = 'mv';
SELECT matches(pg_temp.failure(pg_temp.submitting('mv', :'good')),
  '^AP005 \| you have 2 reviews of person "mv" in cycle "h1" \| Reviews (\d+) \(self\), (\d+) \(self\)\. \| Say which one by source or review_id\.$', 'two segments');
SELECT lives_ok(format('CALL appraisal.submit_review(''h1'', ''mv'', %L, review_id => %s)', :'good', pg_temp.review_of('mv', 'mv', 'self')), 'one by its key');
SELECT lives_ok(pg_temp.submitting('mv', :'good'), 'then the other');
SELECT throws_ok(pg_temp.submitting('mv', :'good'), 'AP001', 'your review of person "mv" in cycle "h1" is submitted', 'then none');
SET LOCAL appraisal.actor = 'm';
SELECT lives_ok($$CALL appraisal.submit_review('h1', NULL, '[{"indicator": "order", "score": 9}]', unit => 'shop')$$, 'a unit, by its head');
SELECT is(pg_temp.failure($$CALL appraisal.submit_review('h1', NULL, '[]', unit => 'store')$$),
  'AP004 | you have no review of unit "store" in cycle "h1" | HR assigns reviews with CALL appraisal.assign_reviews().', 'not another');

-- who sees what
SET LOCAL SESSION AUTHORIZATION regress_s1;
SELECT set_eq('SELECT DISTINCT rater_id FROM review', 'SELECT pg_temp.person(''s1'')', 'a rater sees reviews of one''s own only');
SELECT is((SELECT count(*) FROM rating), 0::bigint, 'nobody else''s marks');
SELECT is((SELECT count(*) FROM review WHERE participant_id = pg_temp.part('s1') AND source <> 'self'), 0::bigint, 'and not who reviews oneself');
SELECT is(pg_temp.failure($$CALL appraisal.submit_review('h1', 's2', '[]', source => 'manager')$$),
  'AP004 | you have no manager review of person "s2" in cycle "h1" | HR assigns reviews with CALL appraisal.assign_reviews().', 'errors do not tell, either');
SELECT set_eq('SELECT review_id FROM appraisal.my_reviews(pg_temp.cycle_id())', 'SELECT review_id FROM appraisal.review', 'nor does the list of what there is to do');
SELECT is(appraisal.my_delegate(pg_temp.cycle_id(), pg_temp.review_of('s1', 'c', 'top_manager')), NULL, 'nor the one who would be asked instead');
SET LOCAL SESSION AUTHORIZATION regress_m;
SELECT is((SELECT count(*) FROM review WHERE participant_id = pg_temp.part('s1') AND source = 'peer'), 0::bigint, 'a superior does not see anonymous ones');
SELECT is((SELECT count(*) FROM review WHERE participant_id = pg_temp.part('m')), 0::bigint, 'nor those of oneself');

-- written directly by the rater: the guards say the same
SET LOCAL SESSION AUTHORIZATION regress_s1;
SELECT pg_temp.review_of('s3', 's1', 'peer') AS mine, pg_temp.review_of('s1', 's2', 'peer') AS submitted \gset
CREATE FUNCTION pg_temp.mark(review bigint, indicator text, score numeric) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO appraisal.rating (cycle_id, review_id, indicator_id, score) SELECT %s, %s, indicator_id, %s FROM appraisal.indicator WHERE code = %L', pg_temp.cycle_id(), review, score, indicator) $$;
SELECT lives_ok(pg_temp.mark(:mine, 'chores', 70), 'a mark ahead of the rest');
SELECT lives_ok(format('UPDATE appraisal.rating SET score = 71 WHERE review_id = %s', :mine), 'which may change');
SELECT lives_ok(format('UPDATE appraisal.review SET comments = ''{"a": "b"}'' WHERE review_id = %s', :mine), 'and a comment');
SELECT matches(pg_temp.failure(c), '^' || message, what) FROM (VALUES
  (pg_temp.mark(:mine, 'extra', 70), 'AP005 \| indicator "extra" is not rated for job group "staff" \| It is review \d+ of cycle "h1", with a mark of 70\.', 'an indicator that is not rated'),
  (pg_temp.mark(:mine, 'sales', 70), 'AP005 \| indicator "sales" is not rated for job group "staff"', 'a measured one'),
  (format('UPDATE appraisal.rating SET score = 101 WHERE review_id = %s', :mine), 'AP005 \| indicator "chores" takes a mark from 0 to 100', 'a mark out of range'),
  (format('UPDATE appraisal.rating SET review_id = %s WHERE review_id = %s', :mine, :mine), 'AP005 \| a mark stays in its review and of its indicator \| The rater calls', 'a mark of another review'),
  (format('UPDATE appraisal.review SET status = ''submitted'', submitted_at = statement_timestamp() WHERE review_id = %s', :mine), 'AP005 \| review \d+ of cycle "h1" lacks marks: "ladder", "stance"', 'half a review'),
  (format('UPDATE appraisal.review SET status = ''submitted'', submitted_at = ''2026-01-01'' WHERE review_id = %s', :mine), 'AP003 \| the time of a review is that of submitting it \| It is review \d+\. \| The rater calls', 'another time'),
  (format('UPDATE appraisal.review SET status = ''submitted'', submitted_at = statement_timestamp(), reason = ''x'' WHERE review_id = %s', :mine), 'AP005 \| a reason is given for what is not submitted', 'a reason'),
  (format('UPDATE appraisal.review SET reason = ''x'' WHERE review_id = %s', :mine), 'AP001 \| a review that is assigned stays as it is', 'a reason for nothing'),
  (format('UPDATE appraisal.review SET anonymous = false WHERE review_id = %s', :mine), 'AP005 \| a review stays of whom, by whom, as what and as anonymous as it is', 'not anonymous'),
  (format('UPDATE appraisal.review SET source = ''manager'' WHERE review_id = %s', :mine), 'AP005 \| a review stays of whom', 'another source'),
  (format('UPDATE appraisal.review SET participant_id = %s WHERE review_id = %s', pg_temp.part('m'), :mine), 'AP005 \| a review stays of whom|23505', 'another person'),
  (format('UPDATE appraisal.review SET due_on = NULL WHERE review_id = %s', :mine), 'AP003 \| HR alone says when a review is due', 'another day'),
  (format('UPDATE appraisal.review SET status = ''lapsed'' WHERE review_id = %s', :mine), 'AP003 \| HR alone lets a review lapse or opens it again', 'lapsed'),
  (format('UPDATE appraisal.review SET status = ''declined'', reason = ''x'', delegated_to = %s WHERE review_id = %s', pg_temp.person('d'), :mine), 'AP005 \| a review as "peer" is not handed on in cycle "h1"', 'handed on by a peer')
) AS v (c, message, what);
SELECT throws_ok(format('UPDATE appraisal.review SET rater_id = %s WHERE review_id = %s', pg_temp.person('s4'), :mine), '42501', NULL, 'another rater');
SELECT throws_ok(pg_temp.mark(:submitted, 'chores', 70), '42501', NULL, 'marks in another''s review');
SELECT is_empty(format('UPDATE appraisal.review SET status = ''declined'', reason = ''x'' WHERE review_id = %s RETURNING 1', :submitted), 'another''s review is not there');
SELECT lives_ok(format('DELETE FROM appraisal.rating WHERE review_id = %s', :mine), 'a mark may go');
SET LOCAL SESSION AUTHORIZATION regress_app;
SET LOCAL appraisal.actor = 's2';
SELECT is_empty(format('UPDATE appraisal.rating SET score = 1 WHERE review_id = %s RETURNING 1', :submitted), 'marks that were submitted do not change');
SELECT is_empty(format('DELETE FROM appraisal.rating WHERE review_id = %s RETURNING 1', :submitted), 'nor go');
SELECT matches(pg_temp.failure(format('UPDATE appraisal.review SET %s WHERE review_id = %s', change, :submitted)), message, 'a submitted review: ' || change) FROM (VALUES
  ('status = ''assigned'', submitted_at = NULL, reason = ''x''', '^AP003 \| HR alone lets a review lapse or opens it again'),
  ('comments = ''{"a": "b"}''', '^AP001 \| a review that is submitted stays as it is'), ('submitted_at = statement_timestamp()', '^AP001 \| a review that is submitted stays as it is'),
  ('status = ''recused'', submitted_at = NULL, reason = ''x''', '^AP001 \| a review that is submitted cannot become recused')) AS v (change, message);
SELECT lives_ok(format('UPDATE appraisal.review SET status = status WHERE review_id = %s', :submitted), 'what changes nothing is let be');
RESET SESSION AUTHORIZATION;
SELECT matches(pg_temp.failure(c), '^AP001 \| the marks of a review that is submitted stay as they are \| It is review \d+ of cycle "h1"\. \| The rater calls', 'not even for the owner: ' || c)
FROM unnest(ARRAY[format('UPDATE appraisal.rating SET evidence = ''x'' WHERE review_id = %s', :submitted), format('DELETE FROM appraisal.rating WHERE review_id = %s', :submitted)]) AS c;
GRANT SELECT, INSERT ON appraisal.rating TO regress_s1;
ALTER TABLE appraisal.rating DISABLE ROW LEVEL SECURITY;
SET LOCAL SESSION AUTHORIZATION regress_s1;
SELECT matches(pg_temp.failure(pg_temp.mark(pg_temp.review_of('s3', 's4', 'peer'), 'chores', 70)), '^AP003 \| the marks of a review are its rater''s \| It is review', 'behind the policies stands the guard');
RESET SESSION AUTHORIZATION;
ALTER TABLE appraisal.rating ENABLE ROW LEVEL SECURITY;

-- HR changes nobody's review
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT matches(pg_temp.failure(format('UPDATE appraisal.review SET %s WHERE review_id = %s', change, :mine)), message, 'HR: ' || change) FROM (VALUES
  ('status = ''declined'', reason = ''x''', '^AP003 \| a review is given, declined or handed on by its rater alone'), ('status = ''submitted'', submitted_at = statement_timestamp()', '^AP003 \| a review is given, declined'),
  ('comments = ''{}''', '^AP003 \| comments are its rater''s, while the review is open')) AS v (change, message);
SELECT lives_ok(format('UPDATE appraisal.review SET due_on = ''2020-01-01'' WHERE review_id = %s', :mine), 'but says when it is due');
SET LOCAL SESSION AUTHORIZATION regress_s1;
SELECT lives_ok(pg_temp.submitting('s3', :'good'), 'a late one');
SELECT ok((SELECT late FROM review WHERE review_id = :mine), 'is marked');

-- declining and standing aside
SELECT is(pg_temp.said($$CALL appraisal.decline_review('h1', 's4', 'never met')$$), pg_temp.review_of('s4', 's1', 'peer'), 'declined');
SELECT is(pg_temp.said($$CALL appraisal.recuse('h1', 'm', 'my sister')$$), pg_temp.review_of('m', 's1', 'subordinate'), 'stood aside');
SELECT results_eq($$SELECT status, reason FROM review WHERE status IN ('declined', 'recused') ORDER BY 1$$, $$VALUES ('declined', 'never met'), ('recused', 'my sister')$$, 'with the reason');
SELECT is(pg_temp.failure($$CALL appraisal.submit_review('h1', 's4', '[]')$$), 'AP001 | your review of person "s4" in cycle "h1" is declined | HR names another rater with CALL appraisal.assign_reviews().', 'that is all');
SELECT throws_ok($$CALL appraisal.decline_review('h1', 's1', '', source => 'self')$$, '23514', NULL, 'not without a reason');
SELECT throws_ok($$CALL appraisal.recuse('h1', 's1', NULL)$$, '23514', NULL, 'nor without any');
SELECT throws_ok($$CALL appraisal.recuse('h1', 'd', 'x')$$, 'AP004', NULL, 'nor whom one does not review');
SELECT throws_ok($$CALL appraisal.decline_review('h1', 'd', 'x')$$, 'AP004', NULL, 'of either kind');
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT is(pg_temp.failure($$CALL appraisal.reopen_review('h1', 's4', 's1', 'please')$$),
  'AP001 | the review of person "s4" by person "s1" in cycle "h1" is declined | Submitted and lapsed ones are opened again. | CALL appraisal.assign_reviews() with another rater.', 'and HR cannot make one');

-- handing on
SET LOCAL SESSION AUTHORIZATION regress_app;
SET LOCAL appraisal.actor = 'c';
SELECT is(pg_temp.said($$CALL appraisal.delegate_review('h1', 's1', 'abroad')$$), pg_temp.review_of('s1', 'c', 'top_manager'), 'handed on');
SELECT is(pg_temp.said($$CALL appraisal.delegate_review('h1', 'm', 'abroad')$$), pg_temp.review_of('m', 'c', 'top_manager'), 'by the rule of the job group');
RESET SESSION AUTHORIZATION;
SELECT results_eq($$SELECT rated, rater, status, reason, due_on, anonymous FROM pg_temp.assigned WHERE source = 'top_manager' AND rated IN ('s1', 'm') ORDER BY rated, rater$$,
  $$VALUES ('m', 'c', 'declined', 'abroad', '9999-01-01'::date, false), ('m', 'd', 'assigned', NULL, '9999-01-01', false),
           ('s1', 'c', 'declined', 'abroad', '9999-01-01', false), ('s1', 'd', 'assigned', NULL, '9999-01-01', false)$$, 'to the one who is next, as the same source');
SELECT is((SELECT delegated_to FROM review WHERE review_id = pg_temp.review_of('s1', 'c', 'top_manager')), pg_temp.person('d'), 'which is kept');
SET LOCAL SESSION AUTHORIZATION regress_app;
SET LOCAL appraisal.actor = 'd';
SELECT matches(pg_temp.failure($$CALL appraisal.delegate_review('h1', 's1', 'x', source => 'top_manager')$$),
  '^AP005 \| there is no "second_manager" to hand review \d+ of cycle "h1" on to \| There is none, or that one rates as this source already\. \| CALL appraisal\.decline_review\(\) or recuse\(\)\.$', 'not on to oneself');
SELECT matches(pg_temp.failure($$CALL appraisal.delegate_review('h1', 's1', 'x', source => 'second_manager')$$),
  '^AP005 \| a review as "second_manager" is not handed on in cycle "h1" \| It is review \d+\. \| CALL appraisal\.decline_review\(\) or recuse\(\)\.$', 'nor where the scheme says nothing');
SET LOCAL appraisal.actor = 'w';
SELECT is(pg_temp.said($$CALL appraisal.delegate_review('h1', 's1', 'not mine')$$), pg_temp.review_of('s1', 'w', 'customer'), 'to HR, where HR is named');
SELECT is((SELECT delegated_to FROM review WHERE status = 'declined'), pg_temp.person('h'), 'as the one who was');
SELECT throws_ok(format($$CALL appraisal.delegate_review('h1', 'mv', 'x', review_id => %s)$$, pg_temp.review_of('mv', 'w', 'customer')), 'AP005', NULL, 'not where nobody is');
SET LOCAL appraisal.actor = 'c';
SELECT is(pg_temp.failure(format('UPDATE appraisal.review SET status = ''declined'', reason = ''x'', delegated_to = %s WHERE review_id = %s', pg_temp.person('m'), pg_temp.review_of('s4', 'c', 'top_manager'))),
  'AP005 | a review is handed on to whom the scheme names | CALL appraisal.delegate_review().', 'and to nobody else, by hand');
SET LOCAL SESSION AUTHORIZATION regress_s1;
SELECT throws_ok($$CALL appraisal.delegate_review('h1', 'd', 'x')$$, 'AP004', NULL, 'nor whom one does not review');

-- opening again
SELECT is(pg_temp.failure($$CALL appraisal.reopen_review('h1', 's1', 's2', 'x')$$), 'AP003 | HR alone opens a review again | Ask HR to CALL appraisal.reopen_review().', 'HR opens again, the person does not');
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT is(pg_temp.failure($$CALL appraisal.reopen_review('h1', 's2', 's9', 'x')$$),
  'AP004 | there is no review of person "s2" by person "s9" in cycle "h1" | CALL appraisal.assign_reviews() assigns one; nobody sees those of oneself.', 'nobody''s');
SELECT is(pg_temp.failure($$CALL appraisal.reopen_review('h1', 's4', 's3', 'x')$$),
  'AP001 | the review of person "s4" by person "s3" in cycle "h1" is assigned | Submitted and lapsed ones are opened again. | The rater calls submit_review().', 'what is open');
SELECT matches(pg_temp.failure($$CALL appraisal.reopen_review('h1', 'mv', 'mv', 'x')$$),
  '^AP005 \| there are 2 reviews of person "mv" by person "mv" in cycle "h1" \| Reviews \d+ \(self\), \d+ \(self\)\. \| Say which one by source or review_id\.$', 'which of two');
SELECT matches(pg_temp.failure($$CALL appraisal.reopen_review('h1', 's1', 's2', '')$$), '^AP005 \| a review is opened again for a reason \| It is review', 'without a reason');
SELECT is(pg_temp.said($$CALL appraisal.reopen_review('h1', 's1', 's2', 'marks are questioned')$$), :submitted::bigint, 'for a reason');
SELECT is(pg_temp.said($$CALL appraisal.reopen_review('h1', NULL, 'm', 'marks are questioned', unit => 'shop')$$), pg_temp.review_of('shop', 'm', 'self'), 'of a unit');
SELECT results_eq('SELECT status, submitted_at, reason, (SELECT count(*) FROM rating AS t WHERE t.review_id = r.review_id) FROM review AS r WHERE review_id = ' || :submitted,
  $$VALUES ('assigned', NULL::timestamptz, 'marks are questioned', 3::bigint)$$, 'the marks stay for the rater to look at');
SET LOCAL SESSION AUTHORIZATION regress_app;
SET LOCAL appraisal.actor = 's2';
SELECT lives_ok(pg_temp.submitting('s1', '[{"indicator": "chores", "score": 60}, {"indicator": "stance", "label": "中"}, {"indicator": "ladder", "levels": [1, 1, 0]}]'), 'submitted anew');
SELECT results_eq($$SELECT i.code, r.score FROM rating AS r JOIN indicator AS i USING (indicator_id) ORDER BY 1$$, $$VALUES ('chores', 60::numeric), ('ladder', 2), ('stance', 2.9)$$, 'with the marks of now');
RESET SESSION AUTHORIZATION;
SELECT results_eq($$SELECT command, before ->> 'score', after ->> 'score' FROM audit_log WHERE table_name = 'rating' AND role_name = 'regress_app' AND coalesce(before, after) ->> 'review_id' = '$$ || :submitted || $$' ORDER BY 1, 3$$,
  $$VALUES ('INSERT', NULL, '2'), ('INSERT', NULL, '2.9'), ('INSERT', NULL, '80.5'), ('UPDATE', '80.5', '60')$$, 'of which the audit log has what changed');
CALL appraisal.link_account(session_user::name, 'hr', 'mv');
SELECT matches(pg_temp.failure(format($$UPDATE appraisal.review SET status = 'assigned', submitted_at = NULL, reason = 'x' WHERE review_id = %s$$, pg_temp.review_of('mv', 'mv', 'self'))),
  '^AP003 \| nobody opens reviews of oneself again \|', 'nobody opens reviews of oneself, not even HR');
DELETE FROM appraisal.account WHERE role_name = session_user;
CALL appraisal.link_account('regress_s1', 'hr');
SET LOCAL SESSION AUTHORIZATION regress_s1;
SELECT throws_ok($$CALL appraisal.reopen_review('h1', 's1', 's2', 'x')$$, 'AP004', NULL, 'who does not even find them');

-- lapsed, and after the reviews are closed
RESET SESSION AUTHORIZATION;
SET LOCAL SESSION AUTHORIZATION regress_hr;
UPDATE appraisal.review SET status = 'lapsed' WHERE review_id = pg_temp.review_of('s4', 's3', 'peer');
SET LOCAL SESSION AUTHORIZATION regress_app;
SET LOCAL appraisal.actor = 's3';
SELECT is(pg_temp.failure(pg_temp.submitting('s4', :'good')), 'AP001 | your review of person "s4" in cycle "h1" is lapsed | Ask HR to CALL appraisal.reopen_review().', 'a lapsed one');
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT is(pg_temp.said($$CALL appraisal.reopen_review('h1', 's4', 's3', 'was ill')$$), pg_temp.review_of('s4', 's3', 'peer'), 'is opened again');
SET LOCAL SESSION AUTHORIZATION regress_app;
SELECT lives_ok(pg_temp.submitting('s4', :'good'), 'and given');
RESET SESSION AUTHORIZATION;
SELECT pg_temp.set_status('h1', 'calibration') AS applied \gset
SET LOCAL SESSION AUTHORIZATION regress_app;
SET LOCAL appraisal.actor = 's4';
SELECT throws_ok(pg_temp.submitting('s1', :'good'), 'AP001', NULL, 'nothing is submitted then');
SELECT throws_ok($$CALL appraisal.decline_review('h1', 's1', 'x')$$, 'AP001', NULL, 'nor declined');
SET LOCAL SESSION AUTHORIZATION regress_hr;
SELECT throws_ok($$CALL appraisal.reopen_review('h1', 's4', 's3', 'x')$$, 'AP001', 'review of cycle "h1" cannot be written: the cycle is in status calibration', 'nor opened again');
SELECT throws_ok($$CALL appraisal.assign_reviews('h1', '[{"person": "s3", "source": "customer", "rater": "w"}]')$$, 'AP001', 'review of cycle "h1" cannot be written: the cycle is in status calibration', 'nor assigned');
-- an application may do it all in one block, with variables for what is told
SET LOCAL SESSION AUTHORIZATION regress_h;
SELECT lives_ok($test$DO $do$
DECLARE
  n bigint; i integer; j integer;
BEGIN
  CALL appraisal.open_cycle('at once', 'trial', 'half_year', '[2026-01-01,2026-07-01)', cycle_id => n);
  CALL appraisal.enrol('at once', enrolled => i, exempted => j);
  CALL appraisal.start_scoring('at once', i);
  CALL appraisal.assign_reviews('at once', assigned => i);
  n := NULL;
  CALL appraisal.decline_review('at once', 'h', 'no time', 'self', review_id => n);
END $do$$test$, 'a cycle opened, and a review declined, by one statement');
RESET SESSION AUTHORIZATION;
SELECT * FROM finish();
ROLLBACK;
