-- A policy goes before a reader's own conditions, be they leakproof and cheaper.
\set SHOW_CONTEXT never
CREATE TABLE secret (secret_id int, grade text, bonus numeric);
INSERT INTO secret VALUES (1, 'A', 100), (2, 'B', NULL);
CREATE TABLE mine (secret_id int);
INSERT INTO mine VALUES (2);
CREATE ROLE regress_reader;
GRANT SELECT ON secret, mine TO regress_reader;
GRANT USAGE ON SCHEMA appraisal TO regress_reader;
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY plain ON secret USING (secret_id IN (SELECT m.secret_id FROM mine AS m));
ANALYZE secret, mine;
CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ' || query;
END $$;
-- was the policy asked? Then its subquery was not "never executed".
CREATE FUNCTION asked(query text) RETURNS boolean LANGUAGE sql AS
    $$ SELECT bool_and(p !~ 'never executed') FROM plan_of(query) AS p $$;

SET ROLE regress_reader;
-- without: it is asked about rows that have what the reader looks for, and so tells
SELECT asked('SELECT FROM secret WHERE bonus IS NULL') AS no_bonus, asked('SELECT FROM secret WHERE grade IS NULL') AS no_grade;
RESET ROLE;

DROP POLICY plain ON secret;
CREATE POLICY first ON secret USING (appraisal.decide_first(secret_id IN (SELECT m.secret_id FROM mine AS m)));
SET ROLE regress_reader;
SELECT asked('SELECT FROM secret WHERE bonus IS NULL') AS no_bonus, asked('SELECT FROM secret WHERE grade IS NULL') AS no_grade;
SELECT asked('SELECT FROM secret WHERE grade = ''A''') AS is_a, asked('SELECT FROM secret WHERE grade = ''C''') AS is_c;
-- whatever the reader says that things cost
SET cpu_operator_cost = 0;
SELECT asked('SELECT FROM secret WHERE grade IS NULL') AS no_grade;
SET cpu_operator_cost = 1e290;
SELECT asked('SELECT FROM secret WHERE grade IS NULL') AS no_grade;
SET cpu_operator_cost = 1.7e308;
SELECT asked('SELECT FROM secret WHERE grade = ''C''') AS is_c;
RESET cpu_operator_cost;
SELECT * FROM secret;
RESET ROLE;

-- it is the condition itself; whoever calls it elsewhere goes after the policy like any other function
SELECT c AS condition, appraisal.decide_first(c) FROM (VALUES (true), (false), (NULL)) AS v (c);
SET ROLE regress_reader;
SELECT asked('SELECT FROM secret WHERE appraisal.decide_first(grade = ''C'')') AS is_c;
RESET ROLE;

DROP TABLE secret, mine;
DROP FUNCTION plan_of, asked;
DROP OWNED BY regress_reader;
DROP ROLE regress_reader;
