-- The measuring device.  A contest is two queries over the same data; both
-- run in turn, five times, in this session, and the medians are compared.

CREATE EXTENSION pg_appraisal;
CREATE SCHEMA bench;
SET search_path = bench, appraisal, public;
SET jit = off;
SET max_parallel_workers_per_gather = 0;
SET work_mem = '1GB';
SET client_min_messages = warning;

CREATE TABLE contest (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    work text NOT NULL,
    against text NOT NULL,
    ours text NOT NULL,
    theirs text NOT NULL,
    bare text,              -- subtracted from both: the scan that both need
    target numeric,
    what text NOT NULL DEFAULT 'time' CHECK (what IN ('time', 'memory')),
    ours_median numeric,    -- milliseconds or kilobytes
    theirs_median numeric
);

CREATE FUNCTION milliseconds(query text) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
    start timestamptz := clock_timestamp();
BEGIN
    EXECUTE query;
    RETURN extract(epoch FROM clock_timestamp() - start) * 1000;
END $$;

-- Peak memory of the plan's topmost node that says how much it used.
CREATE FUNCTION kilobytes(query text) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
    plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) ' || query INTO plan;
    RETURN (jsonb_path_query_first(plan, 'strict $.**."Peak Memory Usage"'))::numeric;
END $$;

CREATE FUNCTION median(numeric[]) RETURNS numeric
LANGUAGE sql AS $$
    SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY v) FROM unnest($1) v
$$;

CREATE PROCEDURE hold(contest_id int)
LANGUAGE plpgsql AS $$
DECLARE
    c contest;
    our_times numeric[];
    their_times numeric[];
    bare_times numeric[];
BEGIN
    SELECT * INTO STRICT c FROM contest WHERE id = contest_id;
    FOR i IN 1..CASE c.what WHEN 'time' THEN 5 ELSE 1 END LOOP
        IF c.what = 'memory' THEN
            our_times := our_times || kilobytes(c.ours);
            their_times := their_times || kilobytes(c.theirs);
        ELSE
            our_times := our_times || milliseconds(c.ours);
            their_times := their_times || milliseconds(c.theirs);
            IF c.bare IS NOT NULL THEN
                bare_times := bare_times || milliseconds(c.bare);
            END IF;
        END IF;
    END LOOP;
    UPDATE contest
    SET ours_median = median(our_times) - coalesce(median(bare_times), 0),
        theirs_median = median(their_times) - coalesce(median(bare_times), 0)
    WHERE id = contest_id;
END $$;
