-- What raters wrote: comments by topic, and the written cases of marks. Of reviews that the reader sees it is all;
-- of oneself, whose reviews nobody sees, what comments_on_me() tells. Who wrote it is in neither.

-- Whose text is anonymous is not told apart from the person: what one writes may give one away.
CREATE FUNCTION appraisal.comments_on_me()
    RETURNS TABLE (cycle_id bigint, participant_id bigint, source text, kind text, topic text, comment text)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 20 SET search_path = pg_catalog, pg_temp SET jit = off AS $function$
    SELECT v.cycle_id, v.participant_id, v.source, w.kind, w.topic, w.comment
    FROM appraisal.participant AS p
    JOIN appraisal.review AS v ON v.cycle_id = p.cycle_id AND v.participant_id = p.participant_id
    CROSS JOIN LATERAL (
        SELECT 'comment'::text AS kind, t.key AS topic, t.value AS comment FROM jsonb_each_text(v.comments) AS t
        UNION ALL
        SELECT 'evidence', i.label, m.evidence
        FROM appraisal.rating AS m JOIN appraisal.indicator AS i ON i.indicator_id = m.indicator_id
        WHERE m.cycle_id = v.cycle_id AND m.review_id = v.review_id) AS w
    WHERE p.participant_id IN (SELECT appraisal.my_participations())
      AND p.cycle_id IN (SELECT appraisal.cycles_published_to('person'))
      AND v.status = 'submitted' AND NOT v.anonymous AND v.rater_id IS DISTINCT FROM appraisal.acting_person()
      AND btrim(w.comment) <> ''
$function$;
COMMENT ON FUNCTION appraisal.comments_on_me() IS
    'what others who are not anonymous wrote about the one who is asking, in published cycles whose scheme shows results to the person';
REVOKE ALL ON FUNCTION appraisal.comments_on_me() FROM PUBLIC;

-- Asked participant by participant, so that one person's are found by index.
CREATE VIEW appraisal.scorecard_comment WITH (security_invoker = true) AS
SELECT p.cycle_id, c.code AS cycle, p.participant_id, p.person_id, h.code AS person, p.unit_id, u.code AS unit,
       p.segment, p.leads, o.source, o.anonymous, o.kind, o.topic, o.comment
FROM appraisal.participant AS p
JOIN appraisal.cycle AS c ON c.cycle_id = p.cycle_id
JOIN appraisal.unit AS u ON u.unit_id = p.unit_id
LEFT JOIN appraisal.person AS h ON h.person_id = p.person_id
CROSS JOIN LATERAL (
    SELECT v.source, v.anonymous, 'comment'::text AS kind, t.key AS topic, t.value AS comment
    FROM appraisal.review AS v
    CROSS JOIN LATERAL jsonb_each_text(v.comments) AS t
    WHERE v.cycle_id = p.cycle_id AND v.participant_id = p.participant_id AND v.status = 'submitted' AND btrim(t.value) <> ''
    UNION ALL
    SELECT v.source, v.anonymous, 'evidence'::text, i.label, m.evidence
    FROM appraisal.review AS v
    JOIN appraisal.rating AS m ON m.cycle_id = v.cycle_id AND m.review_id = v.review_id
    JOIN appraisal.indicator AS i ON i.indicator_id = m.indicator_id
    WHERE v.cycle_id = p.cycle_id AND v.participant_id = p.participant_id AND v.status = 'submitted' AND btrim(m.evidence) <> ''
    UNION ALL
    -- who is above the policies has these among the others
    SELECT w.source, false, w.kind, w.topic, w.comment
    FROM appraisal.comments_on_me() AS w
    WHERE w.cycle_id = p.cycle_id AND w.participant_id = p.participant_id AND row_security_active('appraisal.review')) AS o;
COMMENT ON VIEW appraisal.scorecard_comment IS
    'what raters wrote in the reviews that the reader sees; about oneself once published, and not what anonymous ones did';
COMMENT ON COLUMN appraisal.scorecard_comment.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.scorecard_comment.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.scorecard_comment.participant_id IS 'key within the cycle, of the segment';
COMMENT ON COLUMN appraisal.scorecard_comment.person_id IS 'key of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard_comment.person IS 'code of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard_comment.unit_id IS 'key of the unit of the segment';
COMMENT ON COLUMN appraisal.scorecard_comment.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.scorecard_comment.segment IS 'counts the postings of the period from 1';
COMMENT ON COLUMN appraisal.scorecard_comment.leads IS 'is it the segment that carries the result?';
COMMENT ON COLUMN appraisal.scorecard_comment.source IS 'self, manager, peer and so on';
COMMENT ON COLUMN appraisal.scorecard_comment.anonymous IS 'is the person never told who rated, and so not shown this?';
COMMENT ON COLUMN appraisal.scorecard_comment.kind IS 'comment: on a topic of the scheme; evidence: the written case of a mark';
COMMENT ON COLUMN appraisal.scorecard_comment.topic IS 'the topic; the label of what is rated';
COMMENT ON COLUMN appraisal.scorecard_comment.comment IS 'what was written';
