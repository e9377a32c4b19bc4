-- Who works where, for whom, and since when; and which login is who.

CREATE TABLE appraisal.unit (
    unit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL
        CONSTRAINT unit_code_is_unique UNIQUE
        CONSTRAINT unit_code_is_not_empty CHECK (code <> ''),
    title text NOT NULL,
    kind text,
    parent_id bigint CONSTRAINT unit_parent_exists REFERENCES appraisal.unit,
    CONSTRAINT unit_is_not_its_own_parent CHECK (parent_id <> unit_id)
);
CREATE INDEX unit_parent_id_idx ON appraisal.unit (parent_id);
COMMENT ON TABLE appraisal.unit IS 'organisational unit: company, centre, department, station, team';
COMMENT ON COLUMN appraisal.unit.unit_id IS 'key';
COMMENT ON COLUMN appraisal.unit.code IS 'stable name by which calls refer to the unit';
COMMENT ON COLUMN appraisal.unit.title IS 'name to show';
COMMENT ON COLUMN appraisal.unit.kind IS 'level of the unit where a scheme tells them apart: company, centre, station';
COMMENT ON COLUMN appraisal.unit.parent_id IS 'unit that this one belongs to; null at the top';

CREATE TABLE appraisal.person (
    person_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL
        CONSTRAINT person_code_is_unique UNIQUE
        CONSTRAINT person_code_is_not_empty CHECK (code <> ''),
    name text NOT NULL,
    hired_on date NOT NULL,
    left_on date,
    CONSTRAINT person_leaves_after_being_hired CHECK (left_on >= hired_on)
);
COMMENT ON TABLE appraisal.person IS 'everybody who is appraised or takes part in appraising';
COMMENT ON COLUMN appraisal.person.person_id IS 'key';
COMMENT ON COLUMN appraisal.person.code IS 'personnel number or the like, by which calls refer to the person';
COMMENT ON COLUMN appraisal.person.name IS 'name to show';
COMMENT ON COLUMN appraisal.person.hired_on IS 'first day of service';
COMMENT ON COLUMN appraisal.person.left_on IS 'first day without service; null while in service';

CREATE TABLE appraisal.posting (
    posting_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL CONSTRAINT posting_person_exists REFERENCES appraisal.person,
    unit_id bigint NOT NULL CONSTRAINT posting_unit_exists REFERENCES appraisal.unit,
    manager_id bigint CONSTRAINT posting_manager_exists REFERENCES appraisal.person,
    job_group text NOT NULL CONSTRAINT posting_job_group_is_not_empty CHECK (job_group <> ''),
    title text,
    during daterange NOT NULL,
    CONSTRAINT posting_manager_is_somebody_else CHECK (manager_id <> person_id),
    CONSTRAINT posting_has_a_first_day CHECK (NOT isempty(during) AND NOT lower_inf(during)),
    -- a person is a range of one, which gist knows without another extension
    CONSTRAINT postings_of_a_person_do_not_overlap
        EXCLUDE USING gist (int8range(person_id, person_id, '[]') WITH &&, during WITH &&)
);
CREATE INDEX posting_person_id_idx ON appraisal.posting (person_id);
CREATE INDEX posting_unit_id_idx ON appraisal.posting (unit_id);
CREATE INDEX posting_manager_id_idx ON appraisal.posting (manager_id);
COMMENT ON TABLE appraisal.posting IS 'where a person works, for whom and as what, from a day to a day';
COMMENT ON COLUMN appraisal.posting.posting_id IS 'key';
COMMENT ON COLUMN appraisal.posting.person_id IS 'who';
COMMENT ON COLUMN appraisal.posting.unit_id IS 'where';
COMMENT ON COLUMN appraisal.posting.manager_id IS 'direct superior; null for who has none';
COMMENT ON COLUMN appraisal.posting.job_group IS 'group of posts that a scheme treats alike: staff, middle_manager and so on';
COMMENT ON COLUMN appraisal.posting.title IS 'the post''s name, to show';
COMMENT ON COLUMN appraisal.posting.during IS 'from the first day to the day after the last one, which may be open';

CREATE TABLE appraisal.account (
    role_name name PRIMARY KEY,
    person_id bigint CONSTRAINT account_person_exists REFERENCES appraisal.person,
    capabilities text[] NOT NULL
        CONSTRAINT account_capabilities_are_known
        CHECK (capabilities <@ ARRAY['hr', 'executive', 'manager', 'employee', 'auditor', 'service']
               AND array_position(capabilities, NULL) IS NULL)
        CONSTRAINT service_acts_for_others_only
        CHECK (NOT 'service' = ANY (capabilities) OR person_id IS NULL AND capabilities = ARRAY['service']),
    CONSTRAINT account_of_a_person_is_one UNIQUE (person_id)
);
COMMENT ON TABLE appraisal.account IS 'database roles that may use the records: who they are and what they may do';
COMMENT ON COLUMN appraisal.account.role_name IS 'database role, as it logs in';
COMMENT ON COLUMN appraisal.account.person_id IS 'who that is; null for logins that are nobody in particular';
COMMENT ON COLUMN appraisal.account.capabilities IS 'any of hr, executive, manager, employee, auditor; or service, alone: acts for the person in the setting appraisal.actor';

CREATE TABLE appraisal.holiday (
    day date PRIMARY KEY,
    title text NOT NULL,
    is_workday boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE appraisal.holiday IS 'days that are not what their weekday says; deadlines in working days heed them';
COMMENT ON COLUMN appraisal.holiday.day IS 'the day';
COMMENT ON COLUMN appraisal.holiday.title IS 'name to show';
COMMENT ON COLUMN appraisal.holiday.is_workday IS 'true for a weekend day that is worked, false for a day off';

-- A unit must not end up below itself. One change of the tree at a time: two that are harmless each
-- could make a loop together.
CREATE FUNCTION appraisal.refuse_loop_of_units() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('appraisal.unit', 0));
    IF EXISTS (
        WITH RECURSIVE above AS (
            SELECT u.unit_id, u.parent_id FROM appraisal.unit AS u WHERE u.unit_id = NEW.parent_id
            UNION
            SELECT u.unit_id, u.parent_id FROM appraisal.unit AS u JOIN above AS a ON u.unit_id = a.parent_id
        )
        SELECT FROM above WHERE unit_id = NEW.unit_id
    ) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('unit "%s" cannot belong to a unit below it', NEW.code),
            HINT = 'Move the lower unit first.';
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_loop_of_units() IS 'trigger: a unit does not belong to itself, however indirectly';
CREATE TRIGGER refuse_loop AFTER INSERT OR UPDATE OF parent_id ON appraisal.unit
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION appraisal.refuse_loop_of_units();
