-- Notices, as their person reads them.

CREATE FUNCTION appraisal.read_notices() RETURNS TABLE (notice_id bigint, cycle text, kind text, items bigint[], created_at timestamptz)
LANGUAGE plpgsql ROWS 10 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT n.notice_id, c.code, n.kind, n.items, n.created_at
    FROM appraisal.take_notices() AS n JOIN appraisal.cycle AS c USING (cycle_id)
    ORDER BY n.created_at, n.notice_id;
END
$$;
COMMENT ON FUNCTION appraisal.read_notices() IS 'the caller''s unread notices, oldest first, which are read by that';
