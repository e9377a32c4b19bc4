-- The contests of the engine.

\set scale '''A >= 90, B >= 80, C >= 70, D >= 60, E'''
\set quota '''A <= 20%, A+B <= 50%, D+E >= 10%'''

INSERT INTO contest (work, against, target, ours, theirs) VALUES
('`weighted_score`, 5 M rows, one group', 'exact SQL, `sum(score*weight)/sum(weight)`', 0.40,
 'SELECT weighted_score(score, weight) FROM rating',
 'SELECT sum(score * weight) / sum(weight) FROM rating'),
('same', 'the same SQL on `float8` columns', 1.00,
 'SELECT weighted_score(score, weight) FROM rating',
 'SELECT sum(score * weight) / sum(weight) FROM rating_float'),
('500 k groups, hash aggregate', 'exact SQL', 0.45,
 'SELECT count(s) FROM (SELECT weighted_score(score, weight) s FROM rating GROUP BY person) g',
 'SELECT count(s) FROM (SELECT sum(score * weight) / sum(weight) s FROM rating GROUP BY person) g');

INSERT INTO contest (work, against, target, what, ours, theirs) VALUES
('same', 'exact SQL, memory', 0.35, 'memory',
 'SELECT weighted_score(score, weight) s FROM rating GROUP BY person',
 'SELECT sum(score * weight) / sum(weight) s FROM rating GROUP BY person');

INSERT INTO contest (work, against, target, ours, theirs, bare)
SELECT '`grade`, 1 M rows, 5 bands, net of the scan', '`CASE` on numeric', 0.60,
       format('SELECT count(grade(score, %L)) FROM person', :scale),
       'SELECT count(CASE WHEN score >= 90 THEN ''A'' WHEN score >= 80 THEN ''B''
            WHEN score >= 70 THEN ''C'' WHEN score >= 60 THEN ''D'' ELSE ''E'' END) FROM person',
       'SELECT count(score) FROM person';

INSERT INTO contest (work, against, target, ours, theirs, bare) VALUES
('`points`, 1 M rows, 4 knots, net of the scan', '`CASE` interpolation on numeric', 0.50,
 'SELECT count(points(score, ''linear (0, 0), (60, 50), (90, 100), (100, 120)'')) FROM person',
 'SELECT count(CASE WHEN score < 0 THEN 0 WHEN score < 60 THEN 0 + 50 * (score - 0) / 60
        WHEN score < 90 THEN 50 + 50 * (score - 60) / 30
        WHEN score < 100 THEN 100 + 20 * (score - 90) / 10 ELSE 120 END) FROM person',
 'SELECT count(score) FROM person');

INSERT INTO contest (work, against, target, ours, theirs)
SELECT w.work, w.against, w.target,
       format('SELECT count(g) FROM (SELECT grade(score, forced_scale(score, %L, %L)
            OVER (PARTITION BY unit)) g FROM person) f', :scale, :quota),
       w.theirs
FROM (VALUES
    (1, 'forced grades of 1 M people in 2,000 units',
     '`ntile(10) OVER (PARTITION BY unit ORDER BY score DESC)`', 0.65,
     'SELECT count(g) FROM (SELECT ntile(10) OVER (PARTITION BY unit ORDER BY score DESC) g
        FROM person) f'),
    (2, 'same', '`rank()` + `count()` + `CASE`', 0.45,
     'SELECT count(CASE WHEN r <= n * 0.2 THEN ''A'' WHEN r <= n * 0.5 THEN ''B''
            WHEN r <= n * 0.7 THEN ''C'' WHEN r <= n * 0.9 THEN ''D'' ELSE ''E'' END)
        FROM (SELECT rank() OVER (PARTITION BY unit ORDER BY score DESC) r,
                     count(*) OVER (PARTITION BY unit) n FROM person) f')
) AS w (place, work, against, target, theirs)
ORDER BY place;

INSERT INTO contest (work, against, target, ours, theirs)
SELECT 'cut line of 1 M scores', '`percentile_disc` of three fractions', 0.50,
       format('SELECT forced_scale(score, %L, %L) FROM person', :scale, :quota),
       'SELECT percentile_disc(ARRAY[0.8, 0.5, 0.1]) WITHIN GROUP (ORDER BY score) FROM person';

INSERT INTO contest (work, against, target, ours, theirs) VALUES
('`streak`, 1 M rows, 2,000 people', 'gaps and islands: two `row_number()`, then `count()`', 0.60,
 'SELECT sum(n) FROM (SELECT streak(score >= 30) OVER (PARTITION BY unit ORDER BY id) n FROM person) s',
 'SELECT sum(n) FROM (SELECT CASE WHEN low THEN count(*) OVER (PARTITION BY unit, low, island ORDER BY id) ELSE 0 END n
    FROM (SELECT unit, id, score >= 30 AS low, row_number() OVER (PARTITION BY unit ORDER BY id)
            - row_number() OVER (PARTITION BY unit, score >= 30 ORDER BY id) AS island FROM person) i) s');

INSERT INTO contest (work, against, target, ours, theirs) VALUES
('`standardized_score`, 1 M rows, 2,000 raters', '`(score - avg(score) OVER w) / stddev_samp(score) OVER w`', 1.00,
 'SELECT sum(z) FROM (SELECT standardized_score(score) OVER (PARTITION BY unit) z FROM person) s',
 'SELECT sum(z) FROM (SELECT (score - avg(score) OVER w) / stddev_samp(score) OVER w z FROM person
    WINDOW w AS (PARTITION BY unit)) s'),
('same, to a mean and deviation', '`50 + 10 * (…)`', 1.00,
 'SELECT sum(z) FROM (SELECT standardized_score(score, 50, 10) OVER (PARTITION BY unit) z FROM person) s',
 'SELECT sum(z) FROM (SELECT 50 + 10 * (score - avg(score) OVER w) / stddev_samp(score) OVER w z FROM person
    WINDOW w AS (PARTITION BY unit)) s');

INSERT INTO contest (work, against, target, ours, theirs) VALUES
('`rater_score`, 1.2 M ratings of 100 k people by 4 sources', 'two levels of GROUP BY', 0.50,
 'SELECT count(s) FROM (SELECT rater_score(score, source, weight) s FROM feedback GROUP BY ratee) g',
 'SELECT count(s) FROM (SELECT sum(m * w) / sum(w) s
    FROM (SELECT ratee, source, avg(score) m, max(weight) w FROM feedback GROUP BY ratee, source) s
    GROUP BY ratee) g');

INSERT INTO contest (work, against, target, ours, theirs) VALUES
('`apportion`, 1 M rows, 2,000 units', '`sum(share) OVER (PARTITION BY unit ORDER BY id)`', 1.10,
 'SELECT sum(p) FROM (SELECT apportion(1000000, score) OVER (PARTITION BY unit ORDER BY id) p FROM person) s',
 'SELECT sum(p) FROM (SELECT sum(score) OVER (PARTITION BY unit ORDER BY id) p FROM person) s');

INSERT INTO contest (work, against, target, ours, theirs)
SELECT '`trimmed_score`, 1 M rows, 100,000 groups of ten, k = 1', '`row_number()` both ways, then `avg() FILTER`', 0.30,
       format('SELECT sum(s) FROM (SELECT trimmed_score(score, 1) s FROM person GROUP BY id %% %s) g', groups),
       format('SELECT sum(s) FROM (SELECT avg(score) FILTER (WHERE lo > 1 AND hi > 1) s
            FROM (SELECT id %% %1$s AS g, score, row_number() OVER (PARTITION BY id %% %1$s ORDER BY score) lo,
                         row_number() OVER (PARTITION BY id %% %1$s ORDER BY score DESC) hi FROM person) r GROUP BY g) g', groups)
FROM (SELECT greatest((100000 * :size)::int, 1)) AS t (groups);

-- Growth: the cut line of n nearly distinct scores.
CREATE TABLE growth (n bigint, milliseconds numeric);

CREATE PROCEDURE measure_growth(total bigint, scale grade_scale, quota quota)
LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
    times numeric[];
BEGIN
    FOREACH n IN ARRAY ARRAY[total / 1000, total / 100, total / 10, total] LOOP
        times := '{}';
        FOR i IN 1..5 LOOP
            times := times || milliseconds(format(
                'SELECT forced_scale(score, %L, %L) FROM (SELECT score FROM many LIMIT %s) m',
                scale, quota, n));
        END LOOP;
        INSERT INTO growth VALUES (n, median(times));
    END LOOP;
END $$;

-- One partition of n rows in three huge groups of ties, on disk: work_mem is 1 MB.
CREATE TABLE spilled (work text, n bigint, milliseconds numeric);

CREATE PROCEDURE measure_spilled(total bigint, scale grade_scale, quota quota)
LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
    times numeric[];
    work text;
    call text;
BEGIN
    PERFORM set_config('work_mem', '1MB', true);
    FOR work, call IN
        VALUES ('`rank()`, for comparison', 'rank() OVER (ORDER BY score DESC)'),
               ('`forced_grade`', format('forced_grade(score, %L, %L) OVER (ORDER BY score DESC)', scale, quota)),
               ('`streak`', 'streak(score > 30) OVER (ORDER BY score)'),
               ('`standardized_score`', 'standardized_score(score) OVER ()'),
               ('`apportion`', 'apportion(1000000, score) OVER (ORDER BY score)')
    LOOP
        FOREACH n IN ARRAY ARRAY[total / 4, total / 2, total] LOOP
            times := '{}';
            FOR i IN 1..3 LOOP
                times := times || milliseconds(format(
                    'SELECT count(r) FROM (SELECT %s r FROM (SELECT 20.0 + 30 * (id %% 3) score FROM person LIMIT %s) p) w',
                    call, n));
            END LOOP;
            INSERT INTO spilled VALUES (work, n, median(times));
        END LOOP;
    END LOOP;
END $$;

SELECT format('CALL hold(%s)', id) FROM contest ORDER BY id \gexec
CALL measure_spilled((1000000 * :size)::bigint, :scale, :quota);
CALL measure_growth((10000000 * :size)::bigint, :scale, :quota);
