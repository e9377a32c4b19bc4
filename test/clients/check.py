"""The guide's steps and its Python, through pgbouncer: check.py STEPS, or check.py STEPS twice"""
import os
import sys
import threading
from decimal import Decimal

import psycopg

import application
from application import act


def show(value):
    return "" if value is None else {True: "t", False: "f"}.get(value, value) if isinstance(value, bool) else str(value)


def notice(diag):
    print(f"{diag.severity}:  {diag.message_primary}")
    if diag.message_hint:
        print(f"HINT:  {diag.message_hint}")


def transactions(lines):
    """Lists of the file's lines: ["@step 1"] or ["@act p2", statement, …]"""
    found = []
    for line in lines:
        if line.startswith(("@step", "@act", "@submit", "@end")):
            found.append([line.rstrip("\n")])
        elif line.startswith("@do"):
            found[-1].append("")
        else:
            found[-1][-1] += line
    return found


def run(statements):
    def work(connection):
        connection.add_notice_handler(notice)
        for statement in statements:
            cursor = connection.execute(statement)
            print("|".join(column.name for column in cursor.description))
            for row in cursor:
                print("|".join(show(value) for value in row))
    return work


def complain(error):
    diag = error.diag
    print(f"ERROR:  {diag.message_primary}")
    for kind, text in ("DETAIL", diag.message_detail), ("HINT", diag.message_hint):
        if text:
            print(f"{kind}:  {text}")
    print(f"SQLSTATE {error.sqlstate}")


def submit():
    refused = application.submit_review("p3", "2026q1", "p6", Decimal("96.5"))
    print("|".join(refused.values()))
    print(application.submit_review("p3", "2026q1", "p6", Decimal("92.12345678901234567890"))["review"])
    score = act("p3", lambda connection: connection.execute(
        "SELECT score FROM appraisal.rating AS r JOIN appraisal.review AS v USING (cycle_id, review_id) WHERE review_id = 1").fetchone()[0])
    print(score)
    act("p2", lambda connection: connection.execute(
        "CALL appraisal.reopen_review('2026q1', 'p6', 'p3', 'to try it', source => 'manager')"))


def steps(file):
    for head, *statements in transactions(file):
        if head == "@submit":
            print("@submit")
            submit()
        elif not head.startswith("@act"):
            print(head)
        else:
            try:
                act(head[5:], run(statements))
            except psycopg.Error as error:
                complain(error)


def counted(connection, statement):
    """The row that a call gives, and how many rows it added to the tables."""
    count = """SELECT coalesce(sum(n_tup_ins), 0) FROM pg_stat_xact_user_tables
               WHERE schemaname = 'appraisal' AND relname <> 'audit_log'"""
    before = connection.execute(count).fetchone()[0]
    row = connection.execute(statement).fetchone()
    return row, connection.execute(count).fetchone()[0] - before


def twice(file):
    """After each transaction its calls once more, one by one: what does the second one say?"""
    for head, *statements in transactions(file):
        if not head.startswith("@act"):
            continue
        done = True
        try:
            act(head[5:], lambda connection: [connection.execute(statement) for statement in statements])
        except psycopg.Error:
            done = False
        for statement in statements:
            if not done or not statement.startswith("CALL appraisal."):
                continue
            try:
                row, added = act(head[5:], lambda connection: counted(connection, statement))
                said = "adds" if added else "0" if row[0] == 0 else "same"
            except psycopg.Error as error:
                said = error.sqlstate
            print(statement[len("CALL appraisal."):].split("(")[0], said)


def check(name, holds, saw=None):
    print(f"ok {name}" if holds else f"not ok {name}: {saw}")


def asks(connection):
    return connection.execute("""SELECT pg_backend_pid(), coalesce(current_setting('appraisal.actor', true), ''),
        (SELECT count(*) FROM appraisal.person)""").fetchone()


def without_act():
    with psycopg.connect(os.environ["APPRAISAL"], prepare_threshold=None) as connection:
        return asks(connection)


# The pool has one server connection, which everybody gets in turn.
def leaks():
    mine, other = act("p3", asks), act("p4", asks)
    check("one server connection serves all", mine[0] == other[0] == without_act()[0])
    check("each person sees what is theirs", (mine[1:], other[1:]) == (("p3", 4), ("p4", 1)), (mine, other))
    check("the next transaction acts for nobody", without_act()[1:] == ("", 0), without_act())
    try:
        act("p3", lambda connection: connection.execute("SELECT 1 / 0"))
        check("an error is raised", False)
    except psycopg.DataError:
        check("nor does it after an error", without_act()[1:] == ("", 0), without_act())
    with psycopg.connect(os.environ["APPRAISAL"], prepare_threshold=None, autocommit=True) as connection:
        connection.execute("SET appraisal.actor = 'p3'")
    check("a plain SET would leak", without_act()[1:] == ("p3", 4), without_act())
    with psycopg.connect(os.environ["APPRAISAL"], prepare_threshold=None, autocommit=True) as connection:
        connection.execute("RESET appraisal.actor")


def numbers():
    exact = Decimal("12345678901234567890.1234567890123456789")
    row = act("p3", lambda connection: connection.execute("SELECT %s::numeric, %s::numeric::text, 92.50::numeric", [exact, exact]).fetchone())
    check("numerics are exact both ways", row == (exact, str(exact), Decimal("92.50")) and str(row[2]) == "92.50", row)


# Two connections in turn get either of several server connections.
def statements_again():
    connections = [psycopg.connect(os.environ["APPRAISAL"], prepare_threshold=None) for _ in range(2)]
    seen = set()
    for i in range(40):
        held = connections[i % 2]
        held.execute("SELECT set_config('appraisal.actor', %s, true)", [("p3", "p4")[i % 2]])
        seen.add((i % 2, held.execute("SELECT count(*) FROM appraisal.person WHERE code <> %s", ["p9"]).fetchone()[0]))
        if i % 3:
            held.commit() if i % 4 else held.rollback()
    for held in connections:
        held.close()
    check("a statement is repeated on whatever server connection", seen == {(0, 4), (1, 1)}, seen)


def deadlock():
    attempts = []
    ready, asked = threading.Event(), threading.Event()

    def other():
        with psycopg.connect(os.environ["APPRAISAL"], prepare_threshold=None) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(2)")
            ready.set()
            asked.wait()
            threading.Event().wait(0.05)
            connection.execute("SELECT pg_advisory_xact_lock(1)")

    thread = threading.Thread(target=other)

    def work(connection):
        attempts.append(1)
        connection.execute("SELECT pg_advisory_xact_lock(1)")
        if len(attempts) == 1:
            thread.start()
            ready.wait()
            asked.set()
        connection.execute("SELECT pg_advisory_xact_lock(2)")

    act("p3", work)
    thread.join()
    check("a deadlock is tried again", len(attempts) == 2, len(attempts))


def lost():
    attempts = []

    def work(connection):
        attempts.append(1)
        if len(attempts) == 1:
            connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return asks(connection)[1]

    check("after a lost connection work that is repeatable is repeated",
          act("p3", work, repeatable=True) == "p3" and len(attempts) == 2, len(attempts))
    attempts.clear()
    try:
        act("p3", work)
        check("other work is not", False, "no error")
    except psycopg.OperationalError as error:
        check("other work is not", len(attempts) == 1, error)


def rules():
    attempts = []

    def work(connection):
        attempts.append(1)
        connection.execute("CALL appraisal.start_scoring('2026q1')")

    try:
        act("p2", work, repeatable=True)
    except psycopg.Error as error:
        check("an error of the rules is not repeated", (error.sqlstate, len(attempts)) == ("AP001", 1), (error.sqlstate, attempts))


with open(sys.argv[1], encoding="utf-8") as file:
    if sys.argv[2:] == ["twice"]:
        twice(file)
        sys.exit()
    steps(file)
one, wide = os.environ["APPRAISAL_ONE"], os.environ["APPRAISAL"]
os.environ["APPRAISAL"] = one
leaks()
os.environ["APPRAISAL"] = wide
numbers()
statements_again()
deadlock()
lost()
rules()
print("@done")
