-- From ratings to a forced distribution, on a page: make demo.
\set ON_ERROR_STOP on
\pset footer off
\ir load.sql

\echo
\echo '1. Forty-three judges, ten qualities rated 0 to 10, and what each quality weighs'
\pset tuples_only on
SELECT string_agg(quality || ' ' || weight, '  ' ORDER BY weight DESC, quality) FROM quality;
\pset tuples_only off

\echo '2. Scores: the best and the last five'
WITH ranked AS (
    SELECT judge, round(score, 3) AS score, rank() OVER (ORDER BY score DESC),
        row_number() OVER (ORDER BY score DESC) AS up, row_number() OVER (ORDER BY score) AS down
    FROM score
)
SELECT best.rank, best.judge, best.score, last.rank, last.judge, last.score
FROM ranked AS best JOIN ranked AS last ON best.up = 6 - last.down
WHERE best.up <= 5
ORDER BY best.up;

\echo '3. Natural grades, and what the quota makes of them'
\pset tuples_only on
SELECT 'scale     ' || scale FROM policy
UNION ALL SELECT 'quota     ' || quota FROM policy
UNION ALL SELECT 'cut line  ' || cut_line FROM cut_line;
\pset tuples_only off
SELECT g.grade, g.bounds AS natural, count(*) FILTER (WHERE natural_grade = g.grade) AS judges,
    grade_bounds(g.grade, cut_line) AS forced, count(*) FILTER (WHERE forced_grade = g.grade) AS judges
FROM policy, cut_line, grades(scale) AS g, appraised
GROUP BY g.rank, g.grade, g.bounds, cut_line
ORDER BY g.rank;

SELECT n.rule, n.least, n.most, n.actual AS natural, n.heads_out AS out, f.actual AS forced, f.heads_out AS out
FROM policy,
    LATERAL (SELECT grade_counts(natural_grade, scale) AS natural, grade_counts(forced_grade, scale) AS forced
             FROM appraised) AS counts,
    quota_check(counts.natural, scale, quota) AS n
    JOIN quota_check(counts.forced, scale, quota) AS f USING (rule);

\echo '4. The judges whose grade moved'
SELECT natural_grade || ' to ' || forced_grade AS moved, judge, round(score, 3) AS score
FROM appraised
WHERE natural_grade <> forced_grade
ORDER BY score DESC;

SELECT round(corr(score_rank, rten_rank)::numeric, 3) AS spearman FROM ranked \gset
\echo '5. Rank by score against rank by "worthy of retention" (RTEN), which is no part of the score:'
\echo '   Spearman''s coefficient is' :spearman; the ranks differ most for
SELECT judge, round(score, 3) AS score, rten, round(score_rank, 1) AS score_rank, round(rten_rank, 1) AS rten_rank,
    round(score_rank - rten_rank, 1) AS difference
FROM ranked
ORDER BY abs(score_rank - rten_rank) DESC, judge
LIMIT 5;
