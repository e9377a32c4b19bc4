-- How two install scripts differ: reads OLD and NEW (files that psql can run), prints the update script.
-- The server says where a statement ends and which object it is about, by an event trigger.
\set ON_ERROR_STOP on
\set QUIET on
\pset tuples_only on
\pset format unaligned
SET client_min_messages = warning;
SET search_path = pg_catalog;
SET check_function_bodies = off;

CREATE SCHEMA update_of;
CREATE TABLE update_of.said (
    script text NOT NULL DEFAULT current_setting('update_of.script'),
    place integer GENERATED ALWAYS AS IDENTITY,
    tag text NOT NULL,
    kind text,
    object text,
    statement text NOT NULL
);
-- What CREATE OR REPLACE cannot change of a routine; defaults may be added.
CREATE TABLE update_of.routine (
    script text NOT NULL DEFAULT current_setting('update_of.script'),
    object text NOT NULL,
    shape text NOT NULL,
    defaults integer NOT NULL
);
CREATE FUNCTION update_of.note() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO update_of.said (tag, kind, object, statement)
    SELECT c.command_tag, c.object_type, c.object_identity, current_query() FROM pg_event_trigger_ddl_commands() AS c;
    INSERT INTO update_of.routine (object, shape, defaults)
    SELECT c.object_identity, concat_ws(' ', p.prokind, p.prorettype::regtype, p.proretset, p.proallargtypes::regtype[], p.proargmodes, p.proargnames),
           p.pronargdefaults
    FROM pg_event_trigger_ddl_commands() AS c JOIN pg_proc AS p ON c.classid = 'pg_proc'::regclass AND c.objid = p.oid
    WHERE c.command_tag LIKE 'CREATE %';
END
$$;
CREATE EVENT TRIGGER update_of ON ddl_command_end EXECUTE FUNCTION update_of.note();

SET update_of.script = 'old';
CREATE SCHEMA appraisal;
\i :old
DROP SCHEMA appraisal CASCADE;
SET update_of.script = 'new';
CREATE SCHEMA appraisal;
\i :new
DROP EVENT TRIGGER update_of;

CREATE VIEW update_of.object AS
SELECT s.kind, s.object, bool_or(s.script = 'old') AS was, bool_or(s.script = 'new') AS is
FROM update_of.said AS s WHERE s.object IS NOT NULL GROUP BY s.kind, s.object;

-- Routines that must be dropped and made again; their rights go with them.
CREATE VIEW update_of.reshaped AS
SELECT o.object FROM update_of.routine AS o JOIN update_of.routine AS n ON n.object = o.object
WHERE o.script = 'old' AND n.script = 'new' AND (n.shape <> o.shape OR n.defaults < o.defaults);

CREATE VIEW update_of.change AS
SELECT n.place, n.tag, n.kind, n.object, n.statement,
       n.object IS NOT NULL AND (NOT o.was OR n.object IN (SELECT r.object FROM update_of.reshaped AS r)) AS is_new,
       n.tag IN ('CREATE FUNCTION', 'CREATE PROCEDURE', 'CREATE AGGREGATE') AS makes_routine
FROM update_of.said AS n
LEFT JOIN update_of.object AS o ON o.kind = n.kind AND o.object = n.object
WHERE n.script = 'new';

CREATE VIEW update_of.said_anew AS
SELECT c.* FROM update_of.change AS c
WHERE c.is_new OR NOT EXISTS (SELECT FROM update_of.said AS o WHERE o.script = 'old' AND o.statement = c.statement AND o.kind = c.kind
                                                                AND o.object IS NOT DISTINCT FROM c.object);

-- What this does not know how to update is for who changed it.
DO $$
DECLARE
    unknown text;
BEGIN
    SELECT string_agg(format('%s %s: %s', s.kind, s.object, split_part(s.statement, E'\n', 1)), E'\n' ORDER BY s.place) INTO unknown
    FROM (SELECT c.place, c.kind, c.object, c.statement FROM update_of.said_anew AS c
          WHERE c.object IS NULL OR NOT c.is_new AND NOT c.makes_routine AND c.tag NOT LIKE 'ALTER %' AND c.tag <> 'COMMENT'
          UNION ALL
          -- no more said of what stays
          SELECT o.place, o.kind, o.object, o.statement
          FROM update_of.said AS o
          LEFT JOIN update_of.object AS b ON b.kind = o.kind AND b.object = o.object
          WHERE o.script = 'old' AND (b.object IS NULL OR b.is) AND NOT EXISTS (SELECT FROM update_of.reshaped AS r WHERE r.object = o.object)
            AND o.tag NOT IN ('CREATE FUNCTION', 'CREATE PROCEDURE', 'CREATE AGGREGATE')
            AND NOT EXISTS (SELECT FROM update_of.said AS n
                            WHERE n.script = 'new' AND n.kind = o.kind AND n.object IS NOT DISTINCT FROM o.object
                              AND (n.statement = o.statement OR n.tag = 'COMMENT' AND o.tag = 'COMMENT'))) AS s;
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION USING MESSAGE = 'how is this brought from the one version to the other?', DETAIL = unknown,
            HINT = 'Add a new object instead, or teach tools/make_update.sql.';
    END IF;
END
$$;

SELECT format('DROP %s %s;', upper(s.kind), s.object)
FROM update_of.said AS s JOIN update_of.object AS o ON o.kind = s.kind AND o.object = s.object
WHERE s.script = 'old' AND s.tag LIKE 'CREATE %' AND (NOT o.is OR s.object IN (SELECT r.object FROM update_of.reshaped AS r))
GROUP BY s.kind, s.object ORDER BY min(s.place) DESC;

SELECT replace(CASE WHEN c.makes_routine AND NOT c.is_new THEN regexp_replace(c.statement, '^CREATE ', 'CREATE OR REPLACE ') ELSE c.statement END,
               '$libdir/pg_appraisal', 'MODULE_PATHNAME')
FROM (SELECT DISTINCT ON (c.statement) c.* FROM update_of.said_anew AS c ORDER BY c.statement, c.place) AS c
ORDER BY c.place;
