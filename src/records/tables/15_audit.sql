-- Who changed what, acting for whom: every change to the records, and a hash chain over it.

CREATE TABLE appraisal.audit_log (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    role_name name NOT NULL,
    actor_id bigint,
    table_name name NOT NULL,
    command text NOT NULL CONSTRAINT audit_command_is_known CHECK (command IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')),
    before jsonb,
    after jsonb
);
COMMENT ON TABLE appraisal.audit_log IS 'every change to the records; rows are added and never changed';
COMMENT ON COLUMN appraisal.audit_log.audit_id IS 'key, in order of writing';
COMMENT ON COLUMN appraisal.audit_log.at IS 'when';
COMMENT ON COLUMN appraisal.audit_log.transaction_id IS 'transaction that made the change';
COMMENT ON COLUMN appraisal.audit_log.role_name IS 'login that made the change';
COMMENT ON COLUMN appraisal.audit_log.actor_id IS 'person for whom the login acted; null if for nobody in particular';
COMMENT ON COLUMN appraisal.audit_log.table_name IS 'table of the changed row';
COMMENT ON COLUMN appraisal.audit_log.command IS 'INSERT, UPDATE, DELETE or TRUNCATE';
COMMENT ON COLUMN appraisal.audit_log.before IS 'the row before the change';
COMMENT ON COLUMN appraisal.audit_log.after IS 'the row after the change';

CREATE TABLE appraisal.audit_seal (
    seal_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    follows bigint
        CONSTRAINT seal_follows_one_that_is_there REFERENCES appraisal.audit_seal
        CONSTRAINT seals_make_one_chain UNIQUE NULLS NOT DISTINCT,
    audit_ids bigint[] NOT NULL,
    row_hashes bytea[] NOT NULL,
    hash bytea NOT NULL,
    drawn_to bigint,
    complete_to bigint,
    CONSTRAINT every_sealed_row_has_a_hash CHECK (cardinality(audit_ids) = cardinality(row_hashes))
);
COMMENT ON TABLE appraisal.audit_seal IS 'hash chain over blocks of the audit log, so that later changes to it show';
COMMENT ON COLUMN appraisal.audit_seal.seal_id IS 'place in the chain';
COMMENT ON COLUMN appraisal.audit_seal.sealed_at IS 'when';
COMMENT ON COLUMN appraisal.audit_seal.follows IS 'seal before it in the chain; null for the first';
COMMENT ON COLUMN appraisal.audit_seal.audit_ids IS 'rows of the block, in order';
COMMENT ON COLUMN appraisal.audit_seal.row_hashes IS 'SHA-256 of each of these rows';
COMMENT ON COLUMN appraisal.audit_seal.hash IS 'SHA-256 of the hash before it and of the row hashes';
COMMENT ON COLUMN appraisal.audit_seal.drawn_to IS 'last key of the log that was given out by then, to whatever transaction; null in seals of 0.1.0';
COMMENT ON COLUMN appraisal.audit_seal.complete_to IS 'all rows of the log up to this key are in this seal or one before it; null in seals of 0.1.0';

-- Written by the tables' owner, whoever makes the change: nobody else can write here. One call a
-- statement, whatever the number of rows. The arguments are the key's columns, at most four, by which the
-- row before and the row after an update are known to be the same.
CREATE FUNCTION appraisal.write_audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    CASE TG_OP
    WHEN 'INSERT' THEN
        INSERT INTO appraisal.audit_log (role_name, actor_id, table_name, command, after)
        SELECT session_user, (SELECT appraisal.acting_person()), TG_TABLE_NAME, TG_OP, to_jsonb(n)
        FROM new_rows AS n;
    WHEN 'DELETE' THEN
        INSERT INTO appraisal.audit_log (role_name, actor_id, table_name, command, before)
        SELECT session_user, (SELECT appraisal.acting_person()), TG_TABLE_NAME, TG_OP, to_jsonb(o)
        FROM old_rows AS o;
    WHEN 'UPDATE' THEN
        INSERT INTO appraisal.audit_log (role_name, actor_id, table_name, command, before, after)
        SELECT session_user, (SELECT appraisal.acting_person()), TG_TABLE_NAME, TG_OP, o.before, n.after
        FROM (SELECT r.*, ARRAY[r.before -> TG_ARGV[0], r.before -> TG_ARGV[1], r.before -> TG_ARGV[2],
                                r.before -> TG_ARGV[3]] AS key
              FROM (SELECT to_jsonb(o) AS before FROM old_rows AS o) AS r) AS o
        FULL JOIN (SELECT r.*, ARRAY[r.after -> TG_ARGV[0], r.after -> TG_ARGV[1], r.after -> TG_ARGV[2],
                                     r.after -> TG_ARGV[3]] AS key
                   FROM (SELECT to_jsonb(n) AS after FROM new_rows AS n) AS r) AS n ON n.key = o.key
        WHERE o.before IS DISTINCT FROM n.after;
    ELSE
        INSERT INTO appraisal.audit_log (role_name, actor_id, table_name, command)
        VALUES (session_user, appraisal.acting_person(), TG_TABLE_NAME, TG_OP);
    END CASE;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.write_audit() IS 'trigger: writes the changes of a statement to the audit log';

CREATE FUNCTION appraisal.refuse_any_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'AP007',
        MESSAGE = format('%s is only added to', TG_TABLE_NAME),
        DETAIL = format('%s was tried.', TG_OP);
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_any_change() IS 'trigger: rows are never changed or removed';
REVOKE ALL ON FUNCTION appraisal.write_audit(), appraisal.refuse_any_change() FROM PUBLIC;

CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();

ALTER TABLE appraisal.audit_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_auditors ON appraisal.audit_log FOR SELECT
    USING ((SELECT appraisal.acting_as('auditor')));
ALTER TABLE appraisal.audit_seal ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_auditors ON appraisal.audit_seal FOR SELECT
    USING ((SELECT appraisal.acting_as('auditor')));

-- Seals all rows that no seal holds: what counts is the row's key, not when its transaction ended, so a
-- row that was written earlier and committed later falls into a later block. Whoever writes to the log
-- never waits for this, nor this for them. It runs as the tables' owner, because HR, who seals, may
-- neither read the log nor write a seal of one's own making.
--
-- The log is long and most of it sealed, so it is not looked at from the beginning. A key that was given out
-- before a seal may appear after it, while its transaction lasts; once all transactions have ended that had
-- begun to write by then, the keys up to there are complete. They had, if none is running whose number is
-- below that of the seal's own row: a block of its own gives that row a number above all that there are. A plan
-- for any number of rows would read the whole log again.
CREATE PROCEDURE appraisal.seal_audit()
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
SET plan_cache_mode = force_custom_plan AS $procedure$
DECLARE
    block_size CONSTANT integer := 100000; -- a seal is one row, and no value is larger than a gigabyte
    last appraisal.audit_seal;
    drawn_now bigint;
    complete_now bigint;
    blocks refcursor;
    block record;
BEGIN
    LOCK TABLE appraisal.audit_seal IN SHARE ROW EXCLUSIVE MODE;
    SELECT s.* INTO last FROM appraisal.audit_seal AS s ORDER BY s.seal_id DESC LIMIT 1;
    SELECT CASE WHEN age(s.xmin) > age(pg_snapshot_xmin(pg_current_snapshot())::xid) THEN s.drawn_to ELSE s.complete_to END
    INTO complete_now
    FROM appraisal.audit_seal AS s WHERE s.seal_id = last.seal_id;
    SELECT q.last_value INTO drawn_now FROM appraisal.audit_log_audit_id_seq AS q;
    OPEN blocks FOR
        SELECT array_agg(b.audit_id ORDER BY b.audit_id) AS audit_ids,
               array_agg(b.row_hash ORDER BY b.audit_id) AS row_hashes,
               string_agg(b.row_hash, '' ORDER BY b.audit_id) AS hashes
        FROM (SELECT l.audit_id, sha256(convert_to(to_jsonb(l)::text, 'UTF8')) AS row_hash,
                     (row_number() OVER (ORDER BY l.audit_id) - 1) / block_size AS place
              FROM appraisal.audit_log AS l
              JOIN (SELECT w.audit_id FROM appraisal.audit_log AS w WHERE w.audit_id > coalesce(last.complete_to, 0)
                    EXCEPT
                    -- what an earlier seal holds was given out before the one that complete_to is from
                    SELECT unnest(s.audit_ids) FROM appraisal.audit_seal AS s
                    WHERE last.complete_to IS NULL OR s.drawn_to >= last.complete_to) AS unsealed USING (audit_id)) AS b
        GROUP BY b.place
        ORDER BY b.place;
    LOOP
        FETCH blocks INTO block; -- one by one: they are large
        EXIT WHEN NOT FOUND;
        BEGIN
            INSERT INTO appraisal.audit_seal (follows, audit_ids, row_hashes, hash, drawn_to, complete_to)
            VALUES (last.seal_id, block.audit_ids, block.row_hashes, sha256(coalesce(last.hash, '') || block.hashes),
                    drawn_now, complete_now)
            RETURNING * INTO last;
        EXCEPTION WHEN no_data_found THEN
            RAISE; -- never: a block that could catch something is a transaction within the transaction
        END;
    END LOOP;
    CLOSE blocks;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.seal_audit() IS
    'adds blocks to the hash chain over the audit log: all rows that are not sealed yet';

CREATE FUNCTION appraisal.verify_audit(OUT audit_id bigint, OUT seal_id bigint, OUT finding text) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $function$
    SELECT u.audit_id, s.seal_id, CASE WHEN l.audit_id IS NULL THEN 'row is missing' ELSE 'row was changed' END
    FROM appraisal.audit_seal AS s
    CROSS JOIN unnest(s.audit_ids, s.row_hashes) AS u (audit_id, row_hash)
    LEFT JOIN appraisal.audit_log AS l USING (audit_id)
    WHERE u.row_hash IS DISTINCT FROM sha256(convert_to(to_jsonb(l)::text, 'UTF8'))
    UNION ALL
    SELECT a.audit_id, NULL, 'row was added'
    FROM (SELECT l.audit_id FROM appraisal.audit_log AS l
          WHERE l.audit_id <= (SELECT max(s.complete_to) FROM appraisal.audit_seal AS s)
          EXCEPT
          SELECT unnest(s.audit_ids) FROM appraisal.audit_seal AS s) AS a
    UNION ALL
    SELECT NULL, s.seal_id, 'seal does not follow from the rows and the seal before it'
    FROM appraisal.audit_seal AS s
    LEFT JOIN appraisal.audit_seal AS before ON before.seal_id = s.follows
    WHERE s.hash <> sha256(coalesce(before.hash, '') || (SELECT string_agg(h, '' ORDER BY place)
                                                         FROM unnest(s.row_hashes) WITH ORDINALITY AS u (h, place)))
    ORDER BY 1, 2
$function$;
COMMENT ON FUNCTION appraisal.verify_audit() IS
    'rows of the audit log and seals that were touched or added after sealing, the first one first; none if all is as it was';
REVOKE ALL ON PROCEDURE appraisal.seal_audit() FROM PUBLIC;
REVOKE ALL ON FUNCTION appraisal.verify_audit() FROM PUBLIC;
