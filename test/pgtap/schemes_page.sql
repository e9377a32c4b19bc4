-- doc/schemes.md against the tests that it names: each assertion's words stand in the file that is said to have
-- them, and each scheme of the library has its table. Runs from the top of the tree, as test/run does.
BEGIN;
SELECT no_plan();
\set page `cat doc/schemes.md`
-- every test file under its name, as text: psql has no way to read files whose names a query finds
\set tests `cd test/pgtap && for f in *.sql *.psql; do printf '\001%s\002' "$f"; cat "$f"; done`
CREATE TEMP TABLE file AS
SELECT split_part(part, E'\002', 1) AS name, replace(split_part(part, E'\002', 2), '''''', '''') AS content
FROM regexp_split_to_table(:'tests', E'\001') AS part WHERE part <> '';
CREATE TEMP TABLE section AS
SELECT (regexp_match(part, '^([a-z0-9-]+) \('))[1] AS scheme, (regexp_match(part, '^[a-z0-9-]+ \((.+?)\)\n'))[1] AS label, part
FROM regexp_split_to_table(:'page', '\n## ') AS part;
CREATE TEMP TABLE rule AS
SELECT s.scheme, r.line, r.cells[1] AS rule, r.cells[2] AS said, r.cells[3] AS shown
FROM section AS s, LATERAL (SELECT line, regexp_match(line, '^\| (.+) \| (.+) \| (.+) \|$') AS cells FROM regexp_split_to_table(s.part, '\n') AS line WHERE line ~ '^\|' AND line !~ '^\|(---| Rule )') AS r
WHERE s.scheme IS NOT NULL;
-- `file`: `words`, `words`; `file`: ...
CREATE TEMP TABLE shown AS
SELECT t.place, f.m[1] AS name, w.m[1] AS words
FROM (SELECT rule AS place, shown AS said FROM rule UNION ALL SELECT 'for all schemes', part FROM section WHERE scheme IS NULL) AS t,
     regexp_matches(t.said, '`(\w+\.p?sql)`: ((?:`[^`]+`(?:, )?)+)', 'g') AS f (m), regexp_matches(f.m[2], '`([^`]+)`', 'g') AS w (m);

SELECT set_eq('SELECT scheme FROM section WHERE scheme IS NOT NULL', 'SELECT code FROM appraisal.scheme_library()', 'each scheme of the library has a table');
SELECT is_empty('SELECT line FROM rule WHERE rule IS NULL', 'each row has three cells');
SELECT is_empty('SELECT scheme, rule FROM rule WHERE rule NOT IN (SELECT place FROM shown)', 'each rule names a test');
SELECT is_empty('SELECT place, name FROM shown WHERE name NOT IN (SELECT name FROM file)', 'each file that is named is there');
-- as the beginning or the end of a text, so that a short one is not found in any other
SELECT is_empty($$SELECT s.place, s.name, s.words FROM shown AS s JOIN file AS f USING (name) WHERE position('''' || s.words IN f.content) = 0 AND position(s.words || '''' IN f.content) = 0$$, 'each assertion that is named is in its file');
SELECT cmp_ok(count(*), '>=', 100::bigint, format('%s rules, shown by %s assertions', count(*), (SELECT count(DISTINCT (name, words)) FROM shown))) FROM rule;
SELECT * FROM finish();
ROLLBACK;
