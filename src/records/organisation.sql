-- The organisation: units, people, postings, accounts, holidays.

CREATE PROCEDURE appraisal.add_unit(code text, title text, parent text DEFAULT NULL, kind text DEFAULT NULL,
                                    INOUT unit_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    INSERT INTO appraisal.unit (code, title, kind, parent_id)
    VALUES (add_unit.code, add_unit.title, add_unit.kind,
            CASE WHEN parent IS NOT NULL THEN appraisal.unit_of_code(parent) END)
    RETURNING unit.unit_id INTO add_unit.unit_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.add_unit(text, text, text, text, bigint) IS
    'adds a unit below the unit with the code in parent, or at the top';

CREATE FUNCTION appraisal.unit_of_code(code text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    found_id bigint;
BEGIN
    SELECT u.unit_id INTO found_id FROM appraisal.unit AS u WHERE u.code = unit_of_code.code;
    IF found_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no unit "%s"', unit_of_code.code),
            HINT = 'Add it with CALL appraisal.add_unit().';
    END IF;
    RETURN found_id;
END
$function$;
COMMENT ON FUNCTION appraisal.unit_of_code(text) IS 'key of the unit with this code; an error if there is none';

CREATE PROCEDURE appraisal.add_person(code text, name text, hired_on date, INOUT person_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    INSERT INTO appraisal.person (code, name, hired_on)
    VALUES (add_person.code, add_person.name, add_person.hired_on)
    RETURNING person.person_id INTO add_person.person_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.add_person(text, text, date, bigint) IS 'adds a person in service from a day on';

CREATE FUNCTION appraisal.person_of_code(code text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    found_id bigint;
BEGIN
    SELECT p.person_id INTO found_id FROM appraisal.person AS p WHERE p.code = person_of_code.code;
    IF found_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no person "%s"', person_of_code.code),
            HINT = 'Add the person with CALL appraisal.add_person(), or ask who may see this one.';
    END IF;
    RETURN found_id;
END
$function$;
COMMENT ON FUNCTION appraisal.person_of_code(text) IS
    'key of the person with this code; an error if there is none whom the caller may see';

CREATE PROCEDURE appraisal.post_person(person text, unit text, job_group text, from_date date,
                                       manager text DEFAULT NULL, title text DEFAULT NULL,
                                       INOUT posting_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    posted_id bigint := appraisal.person_of_code(person);
    until_date date;
BEGIN
    -- the posting of that day ends there, the new one where a later one begins
    UPDATE appraisal.posting AS p SET during = daterange(lower(p.during), from_date)
    WHERE p.person_id = posted_id AND lower(p.during) < from_date AND p.during @> from_date;
    SELECT min(lower(p.during)) INTO until_date
    FROM appraisal.posting AS p
    WHERE p.person_id = posted_id AND lower(p.during) > from_date;
    INSERT INTO appraisal.posting (person_id, unit_id, manager_id, job_group, title, during)
    VALUES (posted_id, appraisal.unit_of_code(unit),
            CASE WHEN manager IS NOT NULL THEN appraisal.person_of_code(manager) END,
            post_person.job_group, post_person.title, daterange(from_date, until_date))
    RETURNING posting.posting_id INTO post_person.posting_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.post_person(text, text, text, date, text, text, bigint) IS
    'posts a person to a unit from a day on; the posting that holds on that day ends there';

-- Row-level security decides what an account sees and changes; privileges only keep those out who have
-- no account. A service may act for anybody, so it has the privileges of all.
CREATE PROCEDURE appraisal.link_account(role_name name, capability text, person text DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    grants text;
BEGIN
    INSERT INTO appraisal.account AS a (role_name, person_id, capabilities)
    VALUES (link_account.role_name, CASE WHEN person IS NOT NULL THEN appraisal.person_of_code(person) END,
            ARRAY[capability])
    ON CONFLICT ON CONSTRAINT account_pkey DO UPDATE
    SET person_id = coalesce(excluded.person_id, a.person_id),
        capabilities = CASE WHEN a.capabilities @> excluded.capabilities THEN a.capabilities
                            ELSE a.capabilities || excluded.capabilities END;

    FOR grants IN
        SELECT format('GRANT SELECT ON %s', string_agg(DISTINCT p.polrelid::regclass::text, ', '))
        FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
        WHERE c.relnamespace = 'appraisal'::regnamespace
          AND (p.polname <> 'seen_by_auditors' OR capability IN ('auditor', 'service'))
        UNION ALL
        SELECT format('GRANT SELECT ON %s', string_agg(c.oid::regclass::text, ', '))
        FROM pg_class AS c
        WHERE c.relnamespace = 'appraisal'::regnamespace AND c.relkind = 'v'
        HAVING count(*) > 0
        UNION ALL
        SELECT format('GRANT INSERT, UPDATE, DELETE ON %s', string_agg(DISTINCT p.polrelid::regclass::text, ', '))
        FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
        WHERE c.relnamespace = 'appraisal'::regnamespace
          AND p.polname = 'kept_by_hr' AND capability IN ('hr', 'service')
        HAVING count(*) > 0
        UNION ALL
        SELECT format('GRANT %s ON %s', w.command, string_agg(DISTINCT p.polrelid::regclass::text, ', '))
        FROM pg_policy AS p
        JOIN pg_class AS c ON c.oid = p.polrelid
        JOIN (VALUES ('a', 'INSERT'), ('w', 'UPDATE'), ('d', 'DELETE')) AS w (polcmd, command) ON w.polcmd = p.polcmd::text
        WHERE c.relnamespace = 'appraisal'::regnamespace AND capability <> 'auditor'
          AND (p.polname NOT LIKE '%\_by\_hr' OR capability IN ('hr', 'service'))
        GROUP BY w.command
        UNION ALL
        SELECT format('GRANT EXECUTE ON FUNCTION %s', string_agg(f.oid::regprocedure::text, ', '))
        FROM pg_proc AS f
        WHERE f.pronamespace = 'appraisal'::regnamespace AND f.prosecdef AND f.provolatile = 's' AND f.proname <> 'verify_audit'
        UNION ALL
        SELECT format('GRANT EXECUTE ON ROUTINE %s', string_agg(f.oid::regprocedure::text, ', '))
        FROM pg_depend AS d
        JOIN pg_proc AS f ON f.oid = d.objid
        JOIN pg_language AS l ON l.oid = f.prolang
        WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.classid = 'pg_proc'::regclass
          AND d.refobjid = (SELECT e.oid FROM pg_extension AS e WHERE e.extname = 'pg_appraisal')
          AND l.lanname IN ('plpgsql', 'sql') AND f.proname NOT IN ('make_tables', 'create_tables', 'upgrade_tables', 'link_account')
        UNION ALL
        SELECT 'GRANT EXECUTE ON PROCEDURE appraisal.seal_audit()' WHERE capability IN ('hr', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_reviews(bigint, jsonb, integer)' WHERE capability IN ('hr', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.hold_cycle(bigint)' WHERE capability <> 'auditor'
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_results(bigint)' WHERE capability IN ('hr', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_adjustments(bigint, bigint[], text[], text[], bigint, boolean)'
        WHERE capability IN ('hr', 'executive', 'manager', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_sign_off(bigint, bigint, text)' WHERE capability <> 'auditor'
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_delegation(bigint, integer, bigint, text, text),
                    appraisal.write_delegation_withdrawal(bigint, integer, bigint, bigint)' WHERE capability <> 'auditor'
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_withdrawal(bigint, bigint, text)' WHERE capability IN ('hr', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_quota_override(bigint, bigint, text)' WHERE capability IN ('hr', 'executive', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_outcomes(bigint, bigint, bigint, text),
            appraisal.write_revocation(bigint, bigint, bigint, text)' WHERE capability IN ('hr', 'executive', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_awards(bigint, numeric, numeric, bigint[], numeric[], integer)'
        WHERE capability IN ('hr', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_interview(bigint, bigint, date, bigint, text),
                appraisal.write_improvement_plan(bigint, bigint, text, date, jsonb, text, text, text),
                appraisal.write_improvement_change(bigint, bigint, text, date, jsonb, text, text, text),
                appraisal.write_improvement_closing(bigint, bigint, boolean, text)'
        WHERE capability IN ('hr', 'manager', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_due_improvement_plans(bigint, date)' WHERE capability IN ('hr', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_acknowledgement(bigint, bigint, text),
                appraisal.write_improvement_progress(bigint, bigint, text, integer, text, date)'
        WHERE capability <> 'auditor'
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_appeal(bigint, bigint, text, text, boolean)' WHERE capability <> 'auditor'
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_appeal_proposal(bigint, bigint, numeric, text, text),
            appraisal.write_appeal_decision(bigint, bigint, boolean, numeric, text, text)'
        WHERE capability IN ('hr', 'executive', 'manager', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_appeal_escalations(bigint)' WHERE capability IN ('hr', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_survey(bigint, jsonb, integer), appraisal.write_survey_end(bigint)'
        WHERE capability IN ('hr', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_answers(bigint, jsonb), appraisal.take_notices()' WHERE capability <> 'auditor'
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_reminders()' WHERE capability IN ('hr', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_finding(bigint, bigint, bigint, text, text, date, bigint, date)'
        WHERE capability IN ('hr', 'executive', 'manager', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_rectification(bigint, bigint, text, date)' WHERE capability <> 'auditor'
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_verification(bigint, bigint, boolean, text)' WHERE capability <> 'auditor'
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.verify_audit()' WHERE capability IN ('auditor', 'service')
    LOOP
        EXECUTE format('%s TO %I', grants, link_account.role_name);
    END LOOP;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.link_account(name, text, text) IS
    'gives a database role a capability (hr, executive, manager, employee, auditor, service) and says who it is; for the tables'' owner';

CREATE PROCEDURE appraisal.import_organisation(document jsonb, INOUT units integer DEFAULT NULL,
                                               INOUT people integer DEFAULT NULL,
                                               INOUT postings integer DEFAULT NULL,
                                               INOUT holidays integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    unknown text;
BEGIN
    -- units first, then where they belong: they may come in any order
    INSERT INTO appraisal.unit AS u (code, title, kind)
    SELECT x.code, x.title, x.kind
    FROM jsonb_to_recordset(document -> 'units') AS x (code text, title text, kind text)
    ON CONFLICT ON CONSTRAINT unit_code_is_unique DO UPDATE SET title = excluded.title, kind = excluded.kind;
    GET DIAGNOSTICS units = ROW_COUNT;

    SELECT string_agg(DISTINCT format('"%s"', m.code), ', ') INTO unknown
    FROM (SELECT x.parent FROM jsonb_to_recordset(document -> 'units') AS x (parent text)
          UNION SELECT x.unit FROM jsonb_to_recordset(document -> 'postings') AS x (unit text)) AS m (code)
    WHERE m.code IS NOT NULL AND NOT EXISTS (SELECT FROM appraisal.unit AS u WHERE u.code = m.code);
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no unit %s', unknown),
            HINT = 'Put each unit that is named as a parent or in a posting into "units".';
    END IF;
    UPDATE appraisal.unit AS u SET parent_id = p.unit_id
    FROM jsonb_to_recordset(document -> 'units') AS x (code text, parent text)
    LEFT JOIN appraisal.unit AS p ON p.code = x.parent
    WHERE u.code = x.code AND u.parent_id IS DISTINCT FROM p.unit_id;

    INSERT INTO appraisal.person AS p (code, name, hired_on, left_on)
    SELECT x.code, x.name, x.hired_on, x.left_on
    FROM jsonb_to_recordset(document -> 'people') AS x (code text, name text, hired_on date, left_on date)
    ON CONFLICT ON CONSTRAINT person_code_is_unique DO UPDATE
    SET name = excluded.name, hired_on = excluded.hired_on, left_on = excluded.left_on;
    GET DIAGNOSTICS people = ROW_COUNT;

    SELECT string_agg(DISTINCT format('"%s"', m.code), ', ') INTO unknown
    FROM (SELECT x.person FROM jsonb_to_recordset(document -> 'postings') AS x (person text)
          UNION SELECT x.manager FROM jsonb_to_recordset(document -> 'postings') AS x (manager text)) AS m (code)
    WHERE m.code IS NOT NULL AND NOT EXISTS (SELECT FROM appraisal.person AS p WHERE p.code = m.code);
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no person %s', unknown),
            HINT = 'Put each person who is posted or manages into "people".';
    END IF;

    -- the postings of the people named are replaced
    DELETE FROM appraisal.posting AS g
    USING appraisal.person AS p
    WHERE g.person_id = p.person_id
      AND p.code IN (SELECT x.person FROM jsonb_to_recordset(document -> 'postings') AS x (person text));
    INSERT INTO appraisal.posting (person_id, unit_id, manager_id, job_group, title, during)
    SELECT p.person_id, u.unit_id, m.person_id, x.job_group, x.title, daterange(x.from_date, x.until_date)
    FROM jsonb_to_recordset(document -> 'postings')
        AS x (person text, unit text, manager text, job_group text, title text, from_date date, until_date date)
    JOIN appraisal.person AS p ON p.code = x.person
    JOIN appraisal.unit AS u ON u.code = x.unit
    LEFT JOIN appraisal.person AS m ON m.code = x.manager;
    GET DIAGNOSTICS postings = ROW_COUNT;

    INSERT INTO appraisal.holiday AS h (day, title, is_workday)
    SELECT x.day, x.title, coalesce(x.is_workday, false)
    FROM jsonb_to_recordset(document -> 'holidays') AS x (day date, title text, is_workday boolean)
    ON CONFLICT ON CONSTRAINT holiday_pkey DO UPDATE SET title = excluded.title, is_workday = excluded.is_workday;
    GET DIAGNOSTICS holidays = ROW_COUNT;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.import_organisation(jsonb, integer, integer, integer, integer) IS
    'adds or updates units, people, postings and holidays from one document; the postings of the people named are replaced';
