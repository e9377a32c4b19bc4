-- The aggregate grade_counts.
SET search_path = appraisal, public;

\set scale '''S >= 90, A >= 80, B'''

SELECT grade_counts(g, :scale) FROM unnest('{A,B,NULL,A,S,A}'::text[]) g;
SELECT grade_counts(g, :scale) FROM unnest('{NULL}'::text[]) g;
SELECT grade_counts('A', :scale) FILTER (WHERE false) IS NULL AS no_rows;
SELECT n % 2 AS unit, grade_counts(grade(n, :scale), :scale) FROM generate_series(70, 100) n GROUP BY 1 ORDER BY 1;

-- scales of a group may differ in bounds, not in grades
SELECT grade_counts('A', s) FROM unnest('{"S >= 90, A","S >= 80, A"}'::grade_scale[]) s;
SELECT grade_counts('A', s) FROM unnest('{"S >= 90, A","A >= 80, S"}'::grade_scale[]) s;
SELECT grade_counts('A', s) FROM unnest('{"S >= 90, A","S >= 80, A >= 10, B"}'::grade_scale[]) s;
SELECT grade_counts('C', :scale);
SELECT grade_counts('A', NULL);

-- as a window aggregate
SELECT g, grade_counts(g, :scale) OVER (ORDER BY i) FROM unnest('{A,B,A}'::text[]) WITH ORDINALITY AS t (g, i);

-- partial aggregation, by way of two workers
CREATE TABLE parallel_grade AS
SELECT i % 2 AS unit, CASE i % 3 WHEN 0 THEN 'A' WHEN 1 THEN 'B' END AS g FROM generate_series(1, 20000) i;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT grade_counts(g, :scale) FROM parallel_grade;
SELECT grade_counts(g, :scale) FROM parallel_grade;
SELECT grade_counts(g, :scale) FROM parallel_grade WHERE unit > 5;
DROP TABLE parallel_grade;

-- the functions behind it refuse what is no state of theirs
SELECT grade_counts_add('{1,2}', 'A', :scale);
SELECT grade_counts_add('{}', 'A', :scale);
SELECT grade_counts_add('{1,NULL}', 'A', :scale);
SELECT grade_counts_combine('{1,2}', '{2,2}');
SELECT grade_counts_combine('{1,2}', '{{1,2}}');
SELECT grade_counts_combine('{1,2}', '{1,40}');
SELECT grade_counts_final('{1,2147483648}');
