-- The results, as the tables that doc/performance.md keeps.

\pset format unaligned
\pset tuples_only on
\pset fieldsep ' | '

\echo '| work | against | ours | theirs | ratio | to reach |'
\echo '|---|---|---:|---:|---:|---:|'
SELECT format('| %s | %s | %s | %s | %s | ≤ %s |', work, against,
              round(ours_median) || unit, round(theirs_median) || unit,
              round(ours_median / theirs_median, 2), target)
FROM contest, LATERAL (SELECT CASE what WHEN 'time' THEN ' ms' ELSE ' kB' END) u (unit)
ORDER BY id;

\echo
\echo '| distinct scores, nearly | cut line | a score |'
\echo '|---:|---:|---:|'
SELECT format('| %s | %s ms | %s ns |', to_char(n, 'FM999,999,999'), round(milliseconds, 1),
              round(milliseconds * 1000000 / n))
FROM growth ORDER BY n;

\echo
\echo '| one partition on disk | rows: time a row |'
\echo '|---|---|'
SELECT format('| %s | %s |', work,
              string_agg(format('%s: %s ns', to_char(n, 'FM999,999,999'), round(milliseconds * 1000000 / n)), ', ' ORDER BY n))
FROM spilled GROUP BY work ORDER BY min(ctid);
