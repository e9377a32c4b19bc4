-- Deadlines: days are counted from the day after the one on which something happened, and end with the last of
-- them. An instant belongs to the day that it is in the cycle's time zone, whoever asks from wherever.

-- Not the session's zone: that is the client's. Where neither the database nor the server's roles have one,
-- what the session began with is the server's, unless the client asked for another on connecting.
CREATE FUNCTION appraisal.database_timezone() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN coalesce(
        (SELECT split_part(v.setting, '=', 2)
         FROM pg_db_role_setting AS s CROSS JOIN unnest(s.setconfig) AS v (setting)
         WHERE s.setrole = 0 AND v.setting ILIKE 'timezone=%'
           AND s.setdatabase IN (0, (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()))
         ORDER BY s.setdatabase DESC LIMIT 1),
        (SELECT s.reset_val FROM pg_settings AS s WHERE s.name = 'TimeZone'));
END
$$;
COMMENT ON FUNCTION appraisal.database_timezone() IS 'time zone that is set for the database, else for the server: that of new cycles';

CREATE FUNCTION appraisal.check_timezone(zone text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM timezone(zone, '2000-01-01 00:00+00'::timestamptz);
EXCEPTION WHEN invalid_parameter_value THEN
    RAISE EXCEPTION USING
        ERRCODE = 'AP004',
        MESSAGE = format('there is no time zone "%s"', zone),
        HINT = 'SELECT name FROM pg_timezone_names lists them.';
END
$$;
COMMENT ON FUNCTION appraisal.check_timezone(text) IS 'an error unless there is such a time zone';

CREATE FUNCTION appraisal.due_date(from_date date, days integer, kind text DEFAULT 'calendar') RETURNS date
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    days_off bigint;
    due date;
BEGIN
    IF kind IS NULL OR kind NOT IN ('calendar', 'working') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no kind of day "%s"', kind),
            HINT = 'Days are calendar or working.';
    ELSIF days NOT BETWEEN 0 AND 36525 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('nothing is due in %s days', days),
            HINT = 'Give 0 to 36525 days.';
    ELSIF kind = 'calendar' OR days = 0 OR NOT isfinite(from_date) THEN
        RETURN from_date + days;
    END IF;
    -- seven days have five of work, less those off: in so many weeks there are enough
    SELECT count(*) INTO days_off FROM appraisal.holiday AS h WHERE h.day > from_date AND NOT h.is_workday;
    SELECT d.day INTO due
    FROM (SELECT from_date + n AS day FROM generate_series(1, 7 * ((days + days_off::integer + 4) / 5)) AS n) AS d
    LEFT JOIN appraisal.holiday AS h USING (day)
    WHERE coalesce(h.is_workday, extract(isodow FROM d.day) < 6)
    ORDER BY d.day
    OFFSET days - 1 LIMIT 1;
    RETURN due;
END
$$;
COMMENT ON FUNCTION appraisal.due_date(date, integer, text) IS
    'last of so many calendar or working days after a day; working days are Monday to Friday save holidays, and the weekend days that are worked';
