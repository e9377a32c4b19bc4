-- What tools/make_tables_doc writes. A table that no area names lands in the last one, so that it shows.
CREATE TEMP TABLE area (place int, area text, tables text[]);
INSERT INTO area VALUES
  (1, 'Organisation', '{unit,person,posting,account,holiday}'),
  (2, 'Scheme', '{scheme,period_rule,dimension,dimension_weight,indicator,indicator_level,scheme_indicator,rater_rule,box,outcome_rule,sign_off_rule,appeal_rule,indicator_document}'),
  (3, 'Cycle', '{cycle,participant,goal,measurement,review,rating,feedback}'),
  (4, 'Results', '{result,dimension_score,source_score,cut_line}'),
  (5, 'Audit', '{audit_log,audit_seal,tables_version}'),
  (6, 'Reports', '{scorecard,scorecard_dimension,scorecard_source,scorecard_comment,ranking,grade_distribution,cycle_progress,review_summary,rater_statistics,rater_agreement}'),
  (7, 'Others', '{}');
CREATE TEMP VIEW here AS
SELECT c.oid, c.relname AS name, c.relkind, coalesce(a.place, 7) AS place, coalesce(array_position(a.tables, c.relname::text), 99) AS rank
FROM pg_class c LEFT JOIN area a ON c.relname = ANY (a.tables)
WHERE c.relnamespace = 'appraisal'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm');
-- foreign keys: many on the left, one on the right; o| where the reference may be null
CREATE TEMP VIEW arrow AS
SELECT k.conrelid, k.confrelid, k.conname, r.place,
  format('    %s }o--%s %s : "%s"', r.name, CASE WHEN bool_and(a.attnotnull) THEN '||' ELSE 'o|' END, o.name,
         string_agg(a.attname, ', ' ORDER BY p.o) FILTER (WHERE cardinality(k.conkey) = 1 OR a.attname NOT IN ('cycle_id', 'scheme_id') OR cardinality(k.conkey) = 1)) AS line
FROM pg_constraint k JOIN here r ON r.oid = k.conrelid JOIN here o ON o.oid = k.confrelid,
  LATERAL unnest(k.conkey) WITH ORDINALITY AS p (attnum, o) JOIN pg_attribute a ON a.attnum = p.attnum
WHERE k.contype = 'f' AND a.attrelid = k.conrelid
GROUP BY k.oid, k.conrelid, k.confrelid, k.conname, k.conkey, r.place, r.name, o.name;
CREATE TEMP VIEW key_column AS
SELECT h.oid, h.place, h.rank, h.name, a.attname, a.attnum, split_part(replace(format_type(a.atttypid, NULL), 'appraisal.', ''), ' ', 1) AS type,
  EXISTS (SELECT FROM pg_index i WHERE i.indrelid = h.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)) AS pk,
  EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = h.oid AND k.contype = 'f' AND a.attnum = ANY (k.conkey)) AS fk,
  EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = h.oid AND k.contype = 'u' AND a.attnum = ANY (k.conkey)) AS uk
FROM here h JOIN pg_attribute a ON a.attrelid = h.oid AND a.attnum > 0 AND NOT a.attisdropped;

SELECT $$# Tables

What `CALL appraisal.create_tables()` makes in schema `appraisal`. This page is written from the catalog by `tools/cluster tools/make_tables_doc`; edit the comments in `src/records/tables` and `src/reports/views`. [Records](records.md) says how they are used, [access](records_access.md) who sees which rows.

A line of a picture is a foreign key: many rows at its forked end refer to one at the other. Tables of other areas are shown by name alone; keys within a cycle, `(cycle_id, …)`, by their second column.$$;
SELECT format(E'\n## %s\n\n%s%s', a.area, coalesce(E'```mermaid\nerDiagram\n' || p.boxes || coalesce(E'\n' || l.lines, '') || E'\n```\n\n', ''), t.texts)
FROM area a,
LATERAL (SELECT string_agg(format(E'    %s {\n%s\n    }', b.name, b.columns), E'\n' ORDER BY b.rank, b.name) AS boxes
         FROM (SELECT k.rank, k.name, string_agg(format('        %s %s%s', k.type, k.attname,
                        coalesce(' ' || nullif(concat_ws(', ', CASE WHEN pk THEN 'PK' END, CASE WHEN fk THEN 'FK' END, CASE WHEN uk AND NOT pk THEN 'UK' END), ''), '')), E'\n' ORDER BY k.attnum) AS columns
               FROM key_column k WHERE k.place = a.place AND (pk OR fk OR uk) GROUP BY 1, 2) AS b) AS p,
LATERAL (SELECT string_agg(w.line, E'\n' ORDER BY w.line COLLATE "C") AS lines FROM arrow w WHERE w.place = a.place) AS l,
LATERAL (SELECT string_agg(format(E'### %s\n\n%s\n\n| column | type | |\n|---|---|---|\n%s', h.name,
                        CASE h.relkind WHEN 'v' THEN 'View: ' WHEN 'm' THEN 'View: ' ELSE '' END || obj_description(h.oid, 'pg_class'),
           (SELECT string_agg(format('| `%s` | %s%s | %s |', c.attname, replace(format_type(c.atttypid, c.atttypmod), 'appraisal.', ''), CASE WHEN c.attnotnull THEN ' not null' ELSE '' END,
                                     replace(col_description(h.oid, c.attnum), '|', '\|')), E'\n' ORDER BY c.attnum)
            FROM pg_attribute c WHERE c.attrelid = h.oid AND c.attnum > 0 AND NOT c.attisdropped)), E'\n\n' ORDER BY h.rank, h.name) AS texts
         FROM here h WHERE h.place = a.place) AS t
WHERE t.texts IS NOT NULL
ORDER BY a.place;
