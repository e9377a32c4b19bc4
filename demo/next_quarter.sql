-- The company's second quarter, halfway: after demo/cycle.sql, in its database. Most reviews are in, results are
-- computed as far as they go. The head of goods, p060, has become strict. Prints nothing; doc/analyst.md asks about it.
\set ON_ERROR_STOP on
SET SESSION AUTHORIZATION company_hr;
CALL appraisal.open_cycle('2026q2', 'performance-and-values', 'quarter', '[2026-04-01,2026-07-01)', reviews_due => current_date + 7) \g /dev/null
CALL appraisal.enrol('2026q2') \g /dev/null
CALL appraisal.propose_goals('2026q2') \g /dev/null
SET SESSION AUTHORIZATION company_portal;
DO $$
DECLARE
    confirmed integer;
BEGIN
    FOR i IN 2 .. 120 LOOP
        PERFORM set_config('appraisal.actor', 'p' || lpad(i::text, 3, '0'), true);
        IF EXISTS (SELECT FROM appraisal.goal AS g JOIN appraisal.participant AS p USING (cycle_id, participant_id)
                   JOIN appraisal.cycle AS c USING (cycle_id)
                   WHERE p.person_id = appraisal.acting_person() AND c.code = '2026q2') THEN
            CALL appraisal.confirm_goal('2026q2', confirmed => confirmed);
        END IF;
    END LOOP;
END
$$;
SET SESSION AUTHORIZATION company_hr;
CALL appraisal.start_scoring('2026q2') \g /dev/null
CALL appraisal.assign_reviews('2026q2') \g /dev/null
SET SESSION AUTHORIZATION company_portal;
DO $$
DECLARE
    mine record;
BEGIN
    FOR i IN 1 .. 120 LOOP
        PERFORM set_config('appraisal.actor', 'p' || lpad(i::text, 3, '0'), true);
        FOR mine IN
            SELECT r.review_id, n.code, r.source, array_agg(x.code ORDER BY x.code) AS goals
            FROM appraisal.review AS r
            JOIN appraisal.cycle AS c USING (cycle_id)
            JOIN appraisal.participant AS p USING (cycle_id, participant_id)
            JOIN appraisal.person AS n USING (person_id)
            JOIN appraisal.goal AS g USING (cycle_id, participant_id)
            JOIN appraisal.scheme_indicator AS s USING (scheme_indicator_id)
            JOIN appraisal.indicator AS x USING (indicator_id)
            WHERE +r.rater_id = appraisal.acting_person() AND r.status = 'assigned' AND c.code = '2026q2'
            GROUP BY r.review_id, n.code, r.source ORDER BY r.review_id
        LOOP
            IF public.draw('2026q2', mine.code, mine.source) < 0.96 THEN
                CALL appraisal.submit_review('2026q2', mine.code, public.marks(mine.code, CASE WHEN i = 60 AND mine.code <> 'p060' THEN 'strict' ELSE mine.source END,
                    mine.goals, '2026q2'), review_id => mine.review_id);
            END IF;
        END LOOP;
    END LOOP;
END
$$;
SET SESSION AUTHORIZATION company_hr;
CALL appraisal.compute_results('2026q2') \g /dev/null
RESET SESSION AUTHORIZATION;
