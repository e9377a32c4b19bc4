-- Binary forms: what is sent comes back; what could not have been sent is
-- refused, byte by byte.
SET search_path = appraisal, public;

-- bytea is sent as it is, so binary COPY of a bytea column makes a file in
-- which any bytes stand where another type's binary form should.
CREATE FUNCTION receive(type regtype, bytes bytea) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    file text := current_setting('data_directory') || '/pg_appraisal_wire_test';
    result text;
BEGIN
    CREATE TEMP TABLE sent (b bytea) ON COMMIT DROP;
    INSERT INTO sent VALUES (bytes);
    EXECUTE format('COPY sent TO %L (FORMAT binary)', file);
    EXECUTE format('CREATE TEMP TABLE received (v %s) ON COMMIT DROP', type);
    BEGIN
        EXECUTE format('COPY received FROM %L (FORMAT binary)', file);
        SELECT left(v::text, 80) INTO result FROM received;
    EXCEPTION WHEN OTHERS THEN
        result := SQLSTATE || ': ' || SQLERRM;
    END;
    DROP TABLE sent, received;
    RETURN result;
END $$;

-- round trips
SELECT receive('grade_scale', grade_scale_send('"A+" > 90.5 : 1.5, 良好 >= 80, C'));
SELECT receive('quota', quota_send('S <= 20%, "A+"+B between 1 and 3 with (rounding = strict)'));
SELECT receive('score_curve', score_curve_send('linear (-1.50, 2), (3, 0.25)'));
SELECT receive('score_summary', score_summary_send('(2,5.00,437.500)'));
SELECT receive('score_summary', score_summary_send('(0,0,0)'));
SELECT receive('score_summary', score_summary_send('(2,0.9,4.56,23.1234,0.41)'));
SELECT receive('rater_scores', rater_scores_send('(同事,2,181.50,30),("",0,0,10.0),("a b",1,NaN,0.123456789)'));
SELECT receive('score_group', score_group_send(g)) = left(g::text, 80) AS same,
       forced_scale_final(g::text::score_group)
FROM (SELECT forced_scale_add(forced_scale_add(forced_scale_add(NULL, 95, 'A >= 90, B', 'A <= 0'),
        95, 'A >= 90, B', 'A <= 0'), 1e-20, 'A >= 90, B', 'A <= 0')) AS t (g);
SELECT forced_scale_add(NULL, 95, NULL, NULL)::text AS without_rules,
       forced_scale_final(forced_scale_add(NULL, 95, NULL, NULL)::text::score_group) IS NULL AS is_null;
SELECT receive('trimmed_scores', trimmed_scores_send('(2,3,12.50,{1,2,7.0,9})'));
SELECT receive('trimmed_scores', trimmed_scores_send('(1,0,0,{-Infinity,0.00000000000000000001})'));

-- every truncation of a good value is refused
CREATE FUNCTION truncations(type regtype, bytes bytea) RETURNS TABLE (outcome text, times bigint)
LANGUAGE sql AS $$
    SELECT o COLLATE "C", count(*)
    FROM generate_series(0, length(bytes) - 1) i,
         receive(type, substring(bytes FROM 1 FOR i)) AS r (o)
    GROUP BY 1 ORDER BY 1
$$;
SELECT * FROM truncations('grade_scale', grade_scale_send('A >= 90 : 1.5, B'));
SELECT * FROM truncations('quota', quota_send('S <= 20%, S+A between 1 and 3'));
SELECT * FROM truncations('score_curve', score_curve_send('step (1, 2), (3, 4)'));
SELECT * FROM truncations('score_summary', score_summary_send('(2,5.00,437.500)'));
SELECT * FROM truncations('rater_scores', rater_scores_send('(peer,2,181.50,30),(self,0,0,0)'));
SELECT * FROM truncations('score_group', score_group_send(forced_scale_add(NULL, 1e-20, 'A >= 90, B', 'A <= 0')));
SELECT * FROM truncations('trimmed_scores', trimmed_scores_send('(1,3,12.50,{2,7})'));

-- so are bytes behind it
SELECT receive('grade_scale', grade_scale_send('A >= 90, B') || bytea '\x00');
SELECT receive('quota', quota_send('A <= 10%') || bytea '\x00');
SELECT receive('score_summary', score_summary_send('(2,5,437)') || bytea '\x00');
SELECT receive('rater_scores', rater_scores_send('(peer,1,2,3)') || bytea '\x00');
SELECT receive('trimmed_scores', trimmed_scores_send('(1,3,12.50,{2,7})') || bytea '\x00');
SELECT receive('score_group', bytea '\x010000');
SELECT '\x010000'::score_group;

-- grade_scale: version, number of bands, label, kind of bound, bound,
-- coefficient mark, coefficient
SELECT receive('grade_scale', b) FROM (VALUES
    (1, bytea '\x02'),
    (2, bytea '\x0100000000'),
    (3, bytea '\x01ffffffff'),
    (4, bytea '\x01000003e9'),
    (5, bytea '\x0100000001' || bytea '\x00000000' || bytea '\x0000'),
    (6, bytea '\x0100000001' || bytea '\xffffffff' || bytea '\x0000'),
    (7, bytea '\x0100000001' || bytea '\x7fffffff' || bytea '\x0000'),
    (8, bytea '\x0100000001' || bytea '\x00000001' || bytea '\xff' || bytea '\x0000'),
    (9, bytea '\x0100000001' || bytea '\x00000001' || bytea '\x00' || bytea '\x0000'),
    (10, bytea '\x0100000001' || bytea '\x00000001' || bytea 'A' || bytea '\x0300'),
    (11, bytea '\x0100000001' || bytea '\x00000001' || bytea 'A' || bytea '\x0002'),
    (12, bytea '\x0100000001' || bytea '\x00000001' || bytea 'A' || bytea '\x01' || numeric_send('NaN') || bytea '\x00'),
    (13, bytea '\x0100000001' || bytea '\x00000001' || bytea 'A' || bytea '\x01' || bytea '\x0001000000000000ffff' || bytea '\x00'),
    (14, bytea '\x0100000001' || bytea '\x00000001' || bytea 'A' || bytea '\x00' || bytea '\x01' || numeric_send('Infinity')),
    (15, bytea '\x0100000002' || bytea '\x00000001' || bytea 'A' || bytea '\x0000' || bytea '\x00000001' || bytea 'B' || bytea '\x0000'),
    (16, bytea '\x0100000002' || bytea '\x00000001' || bytea 'A' || bytea '\x01' || numeric_send(1) || bytea '\x00' || bytea '\x00000001' || bytea 'A' || bytea '\x0000'),
    (17, bytea '\x0100000002' || bytea '\x00000001' || bytea 'A' || bytea '\x01' || numeric_send(1) || bytea '\x00' || bytea '\x00000001' || bytea 'B' || bytea '\x01' || numeric_send(2) || bytea '\x00'),
    (18, bytea '\x0100000001' || bytea '\x00000001' || bytea 'A' || bytea '\x01' || numeric_send(1.50) || bytea '\x00')
) AS t (i, b) ORDER BY i;

-- quota: version, rounding, number of rules, operator, share mark, limits,
-- number of labels, labels
SELECT receive('quota', b) FROM (VALUES
    (1, bytea '\x00'),
    (2, bytea '\x0103'),
    (3, bytea '\x010000000000'),
    (4, bytea '\x0100000003e9'),
    (5, bytea '\x010000000001' || bytea '\x0400'),
    (6, bytea '\x010000000001' || bytea '\x0002'),
    (7, bytea '\x010000000001' || bytea '\x0000' || int8send(1) || int8send(2)),
    (8, bytea '\x010000000001' || bytea '\x0000' || int8send(0) || int8send(2147483648)),
    (9, bytea '\x010000000001' || bytea '\x0001' || int8send(0) || int8send(10000000001)),
    (10, bytea '\x010000000001' || bytea '\x0000' || int8send(0) || int8send(-1)),
    (11, bytea '\x010000000001' || bytea '\x0100' || int8send(1) || int8send(2)),
    (12, bytea '\x010000000001' || bytea '\x0200' || int8send(1) || int8send(2)),
    (13, bytea '\x010000000001' || bytea '\x0300' || int8send(3) || int8send(2) || bytea '\x00000001' || bytea '\x00000001' || bytea 'A'),
    (14, bytea '\x010000000001' || bytea '\x0000' || int8send(0) || int8send(2) || bytea '\x00000000'),
    (15, bytea '\x010000000001' || bytea '\x0000' || int8send(0) || int8send(2) || bytea '\x000003e9'),
    (16, bytea '\x010000000001' || bytea '\x0000' || int8send(0) || int8send(2) || bytea '\x00000001' || bytea '\x00000000'),
    (17, bytea '\x010000000001' || bytea '\x0000' || int8send(0) || int8send(2) || bytea '\x00000002' || bytea '\x00000001' || bytea 'A' || bytea '\x00000001' || bytea 'A'),
    (18, bytea '\x010000000001' || bytea '\x0000' || int8send(0) || int8send(2) || bytea '\x00000001' || bytea '\x00000001' || bytea 'A')
) AS t (i, b) ORDER BY i;

-- score_curve: version, kind, number of knots, x and y of each
SELECT receive('score_curve', b) FROM (VALUES
    (1, bytea '\x02'),
    (2, bytea '\x0102'),
    (3, bytea '\x010000000000'),
    (4, bytea '\x0100000003e9'),
    (5, bytea '\x01ff'),
    (6, bytea '\x010000000001' || numeric_send('NaN') || numeric_send(1)),
    (7, bytea '\x010000000002' || numeric_send(2) || numeric_send(1) || numeric_send(1) || numeric_send(1)),
    (8, bytea '\x010100000002' || numeric_send(1) || numeric_send(1) || numeric_send(1) || numeric_send(2)),
    (9, bytea '\x010100000001' || numeric_send(1.50) || numeric_send(1) || bytea '\x00'),
    (10, bytea '\x010100000001' || numeric_send(1.50) || numeric_send(1))
) AS t (i, b) ORDER BY i;

-- score_summary: version, number of sums, count, sums
SELECT receive('score_summary', b) FROM (VALUES
    (1, bytea '\x02'),
    (2, bytea '\x0103'),
    (3, bytea '\x0102' || int8send(-1) || numeric_send(1) || numeric_send(1)),
    (4, bytea '\x0102' || int8send(1) || numeric_send(-1) || numeric_send(1)),
    (5, bytea '\x0102' || int8send(1) || numeric_send('Infinity') || numeric_send(1)),
    (6, bytea '\x0102' || int8send(0) || numeric_send(0) || numeric_send(1)),
    (7, bytea '\x0102' || int8send(0) || numeric_send(0.0) || numeric_send(0)),
    (8, bytea '\x0102' || int8send(1) || numeric_send(1.0) || numeric_send(1)),
    (9, bytea '\x0102' || int8send(1) || numeric_send(1) || numeric_send('NaN')),
    (10, bytea '\x0104' || int8send(1) || numeric_send(1) || numeric_send(2) || numeric_send(3) || numeric_send(1)),
    (11, bytea '\x0104' || int8send(1) || numeric_send(1) || numeric_send(2) || numeric_send(4) || numeric_send(1))
) AS t (i, b) ORDER BY i;

-- rater_scores: version, number of sources, name, count, sum and weight of each
CREATE FUNCTION source_with(name bytea, n bigint, sum numeric, weight numeric) RETURNS bytea
LANGUAGE sql AS $$
    SELECT int4send(length(name)) || name || int8send(n) || numeric_send(sum) || numeric_send(weight)
$$;
SELECT receive('rater_scores', b) FROM (VALUES
    (1, bytea '\x02'),
    (2, bytea '\x0100000000'),
    (3, bytea '\x01ffffffff'),
    (4, bytea '\x01000003e9'),
    (5, bytea '\x01000003e8'),
    (6, bytea '\x0100000001' || bytea '\xffffffff'),
    (7, bytea '\x0100000001' || bytea '\x7fffffff' || bytea 'a'),
    (8, bytea '\x0100000001' || source_with('\xff', 1, 1, 1)),
    (9, bytea '\x0100000001' || source_with('\x00', 1, 1, 1)),
    (10, bytea '\x0100000001' || source_with('a', -1, 1, 1)),
    (11, bytea '\x0100000001' || source_with('a', 0, 1, 1)),
    (12, bytea '\x0100000001' || source_with('a', 0, 0.0, 1)),
    (13, bytea '\x0100000001' || source_with('a', 0, 'NaN', 1)),
    (14, bytea '\x0100000001' || source_with('a', 1, 1, -1)),
    (15, bytea '\x0100000001' || source_with('a', 1, 1, 'NaN')),
    (16, bytea '\x0100000001' || source_with('a', 1, 1, 'Infinity')),
    (17, bytea '\x0100000002' || source_with('a', 1, 1, 1) || source_with('a', 1, 1, 1)),
    (18, bytea '\x0100000003' || source_with('c', 1, 1, 1) || source_with('', 1, 1, 1) || source_with('a', 1, 1, 1)),
    (19, bytea '\x0100000001' || source_with('a', 9223372036854775807, '-Infinity', 1e-20)),
    (20, bytea '\x0100000001' || bytea '\x00000000' || int8send(1) || bytea '\x0001000000000000ffff' || numeric_send(1)),
    (21, bytea '\x0100000002' || source_with('a', 1, 1, 1))
) AS t (i, b) ORDER BY i;

-- trimmed_scores: version, k, number and sum of the scores in the middle,
-- number of others, others
SELECT receive('trimmed_scores', b) FROM (VALUES
    (1, bytea '\x02'),
    (2, bytea '\x01ffffffff'),
    (3, bytea '\x01000f4241'),
    (4, bytea '\x0100000001' || int8send(-1)),
    (5, bytea '\x0100000001' || int8send(4611686018427387905) || numeric_send(0) || bytea '\x00000002' || numeric_send(0) || numeric_send(0)),
    (6, bytea '\x0100000001' || int8send(0) || numeric_send(0) || bytea '\xffffffff'),
    (7, bytea '\x0100000001' || int8send(0) || numeric_send(0) || bytea '\x00000003'),
    (8, bytea '\x0100000001' || int8send(0) || numeric_send(1) || bytea '\x00000000'),
    (9, bytea '\x0100000001' || int8send(1) || numeric_send(1) || bytea '\x00000001' || numeric_send(1)),
    (10, bytea '\x0100000001' || int8send(0) || numeric_send(0) || bytea '\x00000002' || numeric_send(2) || numeric_send(1)),
    (11, bytea '\x0100000001' || int8send(1) || numeric_send(3) || bytea '\x00000002' || numeric_send(1) || numeric_send(2)),
    (12, bytea '\x0100000001' || int8send(1) || numeric_send('NaN') || bytea '\x00000002' || numeric_send(1) || numeric_send('NaN'))
) AS t (i, b) ORDER BY i;

-- score_group: version, rules mark, scale, quota, number of pairs, pairs,
-- number of long scores, long scores
CREATE FUNCTION group_with(rest bytea) RETURNS text
LANGUAGE sql AS $$
    SELECT receive('score_group', bytea '\x0101' || grade_scale_send('A >= 90, B') || quota_send('A <= 0') || rest)
$$;
SELECT receive('score_group', bytea '\x00'), receive('score_group', bytea '\x0102');
SELECT group_with(bytea '\xffffffff');
SELECT group_with(bytea '\x00000001');
SELECT group_with(bytea '\x00000001' || int8send(9220000000000000000) || int8send(1) || bytea '\x00000000');
SELECT group_with(bytea '\x00000001' || int8send(1) || int8send(0) || bytea '\x00000000');
SELECT group_with(bytea '\x00000002' || int8send(1) || int8send(1) || int8send(1) || int8send(1) || bytea '\x00000000');
SELECT group_with(bytea '\x00000000' || bytea '\xffffffff');
SELECT group_with(bytea '\x00000000' || bytea '\x00000001' || numeric_send(1));
SELECT group_with(bytea '\x00000000' || bytea '\x00000001' || numeric_send('NaN'));
SELECT left(group_with(bytea '\x00000001' || int8send(1) || int8send(1) || bytea '\x00000000'), 6);
SELECT 'xyz'::score_group;

-- a group that claims more people than a group can have
SELECT forced_scale_final((bytea '\x0101' || grade_scale_send('A >= 90, B') || quota_send('A <= 0') ||
    '\x00000002' || int8send(1) || int8send(2147483647) || int8send(2) || int8send(1) || bytea '\x00000000')::text::score_group);
DROP FUNCTION receive, truncations, source_with, group_with;
