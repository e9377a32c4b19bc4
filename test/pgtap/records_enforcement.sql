-- Enforcement off, warn and block on a company of 240 people: the nested quota of performance-and-values is held in
-- every group or reported, and what is reported does nothing, warns (sql/enforcement_large.sql shows it) or stops the
-- last signature, until each group that misses is overridden, and by no more heads than then.
BEGIN;
SELECT no_plan();
\ir organisation.psql
\ir enforcement.psql
SELECT make_enforced(e, e) FROM unnest('{off,warn,block}'::text[]) AS e \g /dev/null

-- Bounds and heads by plain SQL: every cap and floor is a share from the top, or from the bottom, to the nearest head.
CREATE FUNCTION heads(of_cycle text) RETURNS TABLE (unit text, nth bigint, members bigint, low bigint, high bigint, actual bigint) LANGUAGE sql AS $$
    WITH graded AS (
        SELECT u.code AS unit, array_position('{杰出,持续一贯地超出期望,超出期望,部分超出期望,符合期望,需要提高,需要改进,不合格}'::text[], r.final_grade) AS place
        FROM appraisal.result AS r JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.unit AS u ON u.unit_id = r.cohort_unit_id WHERE c.code = of_cycle AND r.version = 1)
    SELECT g.unit, k.nth, count(*), CASE k.nth WHEN 3 THEN round(count(*) * 0.5) WHEN 4 THEN round(count(*) * 0.15) ELSE 0 END,
           CASE k.nth WHEN 1 THEN round(count(*) * 0.2) WHEN 2 THEN round(count(*) * 0.35) WHEN 3 THEN round(count(*) * 0.5) ELSE count(*) END,
           count(*) FILTER (WHERE g.place BETWEEN k.first AND k.last)
    FROM graded AS g, (VALUES (1, 1, 3), (2, 1, 4), (3, 5, 5), (4, 6, 8)) AS k (nth, first, last) GROUP BY g.unit, k.nth, k.first, k.last $$;
CREATE FUNCTION status_of(of_cycle text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT org.same_rows(format('SELECT unit, row_number() OVER (PARTITION BY unit ORDER BY o) AS nth, members, low, high, actual, heads_out FROM appraisal.quota_status(%L) WITH ORDINALITY AS q (unit, members, counted, rule, low, high, actual, heads_out, feasible, o)', of_cycle),
        format('SELECT unit, nth, members, low, high, actual, greatest(low - actual, actual - high, 0) FROM org.heads(%L)', of_cycle), of_cycle || ': bounds, heads and heads out of every group') $$;
SELECT status_of(c) FROM unnest('{off,warn,block}'::text[]) AS c;
CREATE FUNCTION missing(of_cycle text) RETURNS TABLE (unit text, heads_out bigint) LANGUAGE sql AS $$
    SELECT unit, sum(heads_out) FROM appraisal.quota_status(of_cycle) GROUP BY unit HAVING sum(heads_out) > 0 ORDER BY unit $$;
SELECT ok(count(*) > 6 AND sum(members) > 200 AND count(*) FILTER (WHERE heads_out = 0) > 2 AND count(*) FILTER (WHERE heads_out > 0) > 2,
  format('%s people in %s groups, %s of which hold every rule, %s reported: %s', sum(members), count(*), count(*) FILTER (WHERE heads_out = 0), count(*) FILTER (WHERE heads_out > 0),
         string_agg(unit || ' ' || heads_out, ', ' ORDER BY unit) FILTER (WHERE heads_out > 0)))
FROM (SELECT unit, max(members) AS members, sum(heads_out) AS heads_out FROM appraisal.quota_status('block') GROUP BY unit) AS g;
-- nested: 20 % of the best are within the 35 % of the good, in whoever holds them
SELECT is_empty($$SELECT a.unit FROM heads('block') AS a JOIN heads('block') AS b USING (unit) WHERE a.nth = 1 AND b.nth = 2 AND a.actual > b.actual$$, 'who is among the best is among the good');
-- only who ties misses: without ties a group can be cut anywhere
SELECT is_empty($$SELECT m.unit FROM missing('block') AS m WHERE m.unit NOT IN ('ningbo', 'suzhou', 'service')
    AND NOT EXISTS (SELECT FROM appraisal.quota_status('block') AS q WHERE q.unit = m.unit AND NOT q.feasible)$$, 'what misses without ties is infeasible, and named so');

CREATE FUNCTION sign(of_cycle text, login name DEFAULT 'org_chief', actor text DEFAULT '') RETURNS text LANGUAGE sql AS $$
    SELECT org.error_as(login, format('CALL appraisal.sign_off(%L)', of_cycle), actor) $$;
SELECT as_hr(format('CALL appraisal.sign_off(%L)', c)) FROM unnest('{off,warn,block}'::text[]) AS c;
SELECT matches(sign('block'), '^AP005 group "\w+" of cycle "block" misses its quota', 'block: the last signature is refused');
SET LOCAL client_min_messages = error;
SELECT is(sign('off'), NULL, 'off: it is not looked at');
SELECT is(sign('warn'), NULL, 'warn: it is signed');
SELECT as_login('org_chief', format('CALL appraisal.sign_off(%L)', c)) FROM unnest('{off,warn}'::text[]) AS c;
SELECT as_hr(format('CALL appraisal.publish(%L)', c)) FROM unnest('{off,warn}'::text[]) AS c;
SELECT is((SELECT count(*) FROM appraisal.result AS r JOIN appraisal.cycle AS c USING (cycle_id) WHERE c.code IN ('off', 'warn') AND r.published_at IS NULL), 0::bigint, 'both are published');

-- one group after the other is let through; the error names the next
CREATE TABLE miss AS SELECT row_number() OVER (ORDER BY unit) AS n, * FROM missing('block');
CREATE FUNCTION let_through(u text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM org.as_login('org_chief', format('CALL appraisal.override_quota(%L, %L, %L)', 'block', u, '同分'));
    RETURN coalesce(org.sign('block'), 'signed');
END $$;
SELECT matches(let_through(m.unit), CASE WHEN m.next IS NULL THEN '^signed$' ELSE format('^AP005 group "%s" of cycle "block" misses its quota', m.next) END,
  format('%s is let through by %s, then %s', m.unit, m.heads_out, coalesce('it is ' || m.next, 'it is signed')))
FROM (SELECT *, lead(unit) OVER (ORDER BY n) AS next FROM miss) AS m ORDER BY m.n;
SELECT results_eq('SELECT u.code, o.heads_out::bigint, o.reason FROM appraisal.quota_override AS o JOIN appraisal.unit AS u USING (unit_id) ORDER BY 1', 'SELECT unit, heads_out, ''同分'' FROM miss ORDER BY 1', 'overrides are kept, each with its heads');
SELECT matches(error_as('org_chief', format('CALL appraisal.override_quota(%L, %L, %L)', 'block', g.unit, 'x')), '^AP005 group "\w+" of cycle "block" meets its quota', g.unit || ' needs none')
FROM (SELECT unit FROM appraisal.quota_status('block') GROUP BY unit HAVING sum(heads_out) = 0 ORDER BY unit LIMIT 2) AS g;
SELECT matches(error_as(login, format('CALL appraisal.override_quota(%L, %L, %L)', 'block', 'ningbo', 'x')), '^(42501|AP003)', login || ' overrides nothing')
FROM unnest('{org_p169,org_east,org_employee,org_auditor,org_service}'::text[]) AS login;
-- calibration that goes beyond what was let through is refused again, in a group that held its quota, too
SELECT as_hr('CALL appraisal.withdraw_sign_off(''block'', reason => ''复核'')');
SELECT n.code AS person, u.code AS unit FROM appraisal.result AS r JOIN appraisal.cycle AS c USING (cycle_id) JOIN appraisal.participant AS p USING (cycle_id, participant_id) JOIN appraisal.person AS n USING (person_id)
  JOIN appraisal.unit AS u ON u.unit_id = r.cohort_unit_id WHERE c.code = 'block' AND r.final_grade = '部分超出期望' AND u.code NOT IN (SELECT unit FROM miss)
  AND (SELECT h.actual = h.high FROM heads('block') AS h WHERE h.unit = u.code AND h.nth = 1) ORDER BY 1 LIMIT 1 \gset
SELECT as_hr(format('CALL appraisal.calibrate(''block'', %L, ''超出期望'', ''新项目'')', :'person'));
SELECT is(sum(heads_out), 1::bigint, 'one of the best too many in ' || :'unit') FROM appraisal.quota_status('block') AS q WHERE q.unit = :'unit';
SELECT as_hr('CALL appraisal.sign_off(''block'')');
SELECT matches(sign('block'), format('^AP005 group "%s" of cycle "block" misses its quota', :'unit'), 'stops the signature');
SELECT as_hr('CALL appraisal.withdraw_sign_off(''block'', reason => ''复核'')');
SELECT as_hr(format('CALL appraisal.undo_calibration(''block'', %L, ''名额'')', :'person'));
SELECT as_hr('CALL appraisal.sign_off(''block'')');
SELECT is(sign('block'), NULL, 'taken back, it is signed');
SELECT as_login('org_chief', 'CALL appraisal.sign_off(''block'')');
SELECT as_hr('CALL appraisal.publish(''block'')');
SELECT status_of('block');
SELECT is_empty($$SELECT unit, heads_out FROM missing('block') EXCEPT SELECT u.code, o.heads_out FROM appraisal.quota_override AS o JOIN appraisal.unit AS u USING (unit_id)$$, 'published, every group holds its quota or was let through by as many heads');
SELECT * FROM finish();
ROLLBACK;
