// The guide's steps and its Java, through pgbouncer: java Check STEPS
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLWarning;
import org.postgresql.util.ServerErrorMessage;

public class Check {
    static final String ONE = System.getenv("APPRAISAL_ONE");
    static final String WIDE = System.getenv("APPRAISAL");

    static void say(String text) {
        System.out.println(text);
    }

    static void check(String name, boolean holds, Object saw) {
        say(holds ? "ok " + name : "not ok " + name + ": " + saw);
    }

    static void query(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    static void warn(SQLWarning warning) {
        for (; warning != null; warning = warning.getNextWarning()) {
            ServerErrorMessage said = ((PSQLWarning) warning).getServerErrorMessage();
            say(said.getSeverity() + ":  " + said.getMessage());
            if (said.getHint() != null) say("HINT:  " + said.getHint());
        }
    }

    static String show(ResultSet row, ResultSetMetaData columns, int n) throws SQLException {
        if (columns.getColumnType(n) == Types.NUMERIC) {
            BigDecimal number = row.getBigDecimal(n);
            return number == null ? "" : number.toPlainString();
        }
        String text = row.getString(n);
        return text == null ? "" : text;
    }

    static Void run(Connection connection, List<String> statements) throws SQLException {
        for (String sql : statements) {
            try (PreparedStatement statement = connection.prepareStatement(sql); ResultSet row = statement.executeQuery()) {
                warn(statement.getWarnings());
                ResultSetMetaData columns = row.getMetaData();
                List<String> cells = new ArrayList<>();
                for (int n = 1; n <= columns.getColumnCount(); n++) cells.add(columns.getColumnLabel(n));
                say(String.join("|", cells));
                while (row.next()) {
                    cells.clear();
                    for (int n = 1; n <= columns.getColumnCount(); n++) cells.add(show(row, columns, n));
                    say(String.join("|", cells));
                }
            }
        }
        return null;
    }

    static void complain(PSQLException error) {
        ServerErrorMessage said = error.getServerErrorMessage();
        say("ERROR:  " + said.getMessage());
        if (said.getDetail() != null) say("DETAIL:  " + said.getDetail());
        if (said.getHint() != null) say("HINT:  " + said.getHint());
        say("SQLSTATE " + error.getSQLState());
    }

    static void submit() throws Exception {
        String mark = "[{\"indicator\": \"service\", \"score\": %s}]";
        say(Appraisal.submitReview("p3", "2026q1", "p6", String.format(mark, new BigDecimal("96.5"))).replaceFirst(": ", "|").replace("\n", "|"));
        say(Appraisal.submitReview("p3", "2026q1", "p6", String.format(mark, new BigDecimal("92.12345678901234567890"))).replace("review ", ""));
        Appraisal.act("p3", connection -> {
            try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(
                    "SELECT score FROM appraisal.rating AS r JOIN appraisal.review AS v USING (cycle_id, review_id) WHERE review_id = 1")) {
                row.next();
                say(row.getBigDecimal(1).toPlainString());
            }
            return null;
        }, true);
        Appraisal.act("p2", connection -> {
            query(connection, "CALL appraisal.reopen_review('2026q1', 'p6', 'p3', 'to try it', source => 'manager')");
            return null;
        }, false);
    }

    static void transaction(String person, List<String> statements) throws Exception {
        try {
            Appraisal.act(person, connection -> run(connection, statements), false);
        } catch (PSQLException error) {
            complain(error);
        }
    }

    static void steps(List<String> lines) throws Exception {
        String person = null;
        List<String> statements = new ArrayList<>();
        for (String line : lines) {
            if (line.equals("@do")) {
                statements.add("");
            } else if (!line.startsWith("@")) {
                statements.set(statements.size() - 1, statements.get(statements.size() - 1) + line + "\n");
            } else {
                if (!statements.isEmpty()) transaction(person, statements);
                statements.clear();
                if (line.startsWith("@act")) person = line.substring(5);
                else say(line);
                if (line.equals("@submit")) submit();
            }
        }
    }

    record Seen(int server, String actor, long people) {
        String what() {
            return actor + " " + people;
        }
    }

    static Seen asks(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(
                "SELECT pg_backend_pid(), coalesce(current_setting('appraisal.actor', true), ''), (SELECT count(*) FROM appraisal.person)")) {
            row.next();
            return new Seen(row.getInt(1), row.getString(2), row.getLong(3));
        }
    }

    static Seen act(String person, String sql) throws Exception {
        return Appraisal.act(person, connection -> {
            if (sql != null) query(connection, sql);
            return asks(connection);
        }, false);
    }

    static Seen ask() throws SQLException {
        try (Connection connection = DriverManager.getConnection(ONE)) {
            return asks(connection);
        }
    }

    static void set(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(ONE)) {
            query(connection, sql);
        }
    }

    // The pool has one server connection, which everybody gets in turn.
    static void leaks() throws Exception {
        Seen mine = act("p3", null), other = act("p4", null), nobody = ask();
        check("one server connection serves all", mine.server == other.server && other.server == nobody.server, mine);
        check("each person sees what is theirs", mine.what().equals("p3 4") && other.what().equals("p4 1"), other);
        check("the next transaction acts for nobody", nobody.what().equals(" 0"), nobody);
        String state = "";
        try {
            act("p3", "SELECT 1 / 0");
        } catch (SQLException error) {
            state = error.getSQLState();
        }
        nobody = ask();
        check("nor does it after an error", state.equals("22012") && nobody.what().equals(" 0"), nobody);
        set("SET appraisal.actor = 'p3'");
        Seen leaked = ask();
        check("a plain SET would leak", leaked.what().equals("p3 4"), leaked);
        set("RESET appraisal.actor");
    }

    static void numbers() throws Exception {
        BigDecimal exact = new BigDecimal("12345678901234567890.1234567890123456789");
        Appraisal.act("p3", connection -> {
            try (PreparedStatement statement = connection.prepareStatement("SELECT ?::numeric, (?::numeric)::text, 92.50::numeric")) {
                statement.setBigDecimal(1, exact);
                statement.setBigDecimal(2, exact);
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    check("numerics are exact both ways", row.getBigDecimal(1).equals(exact) && row.getString(2).equals(exact.toPlainString())
                        && row.getBigDecimal(3).toPlainString().equals("92.50"), row.getString(2));
                }
            }
            return null;
        }, true);
    }

    // Two connections in turn get either of several server connections.
    static void statementsAgain() throws Exception {
        Set<String> seen = new TreeSet<>();
        try (Connection first = DriverManager.getConnection(WIDE); Connection second = DriverManager.getConnection(WIDE)) {
            Connection[] held = {first, second};
            PreparedStatement[] actors = new PreparedStatement[2], counts = new PreparedStatement[2];
            for (int i = 0; i < 40; i++) {
                int n = i % 2;
                if (i < 2) {
                    held[n].setAutoCommit(false);
                    actors[n] = held[n].prepareStatement("SELECT set_config('appraisal.actor', ?, true)");
                    counts[n] = held[n].prepareStatement("SELECT count(*) FROM appraisal.person WHERE code <> ?");
                }
                actors[n].setString(1, n == 0 ? "p3" : "p4");
                actors[n].execute();
                counts[n].setString(1, "p9");
                try (ResultSet row = counts[n].executeQuery()) {
                    row.next();
                    seen.add(n + ": " + row.getLong(1));
                }
                if (i % 4 == 0) held[n].rollback();
                else held[n].commit();
            }
        }
        check("a statement is repeated on whatever server connection", seen.equals(Set.of("0: 4", "1: 1")), seen);
    }

    static void lock(Connection connection, int n) throws SQLException {
        query(connection, "SELECT pg_advisory_xact_lock(" + n + ")");
    }

    static void deadlock() throws Exception {
        List<CompletableFuture<Void>> attempts = new ArrayList<>();
        CompletableFuture<Void> ready = new CompletableFuture<>();
        Appraisal.act("p3", connection -> {
            lock(connection, 1);
            attempts.add(attempts.size() > 0 ? null : CompletableFuture.runAsync(() -> {
                try (Connection other = DriverManager.getConnection(WIDE)) {
                    other.setAutoCommit(false);
                    lock(other, 2);
                    ready.complete(null);
                    Thread.sleep(50);
                    lock(other, 1);
                    other.commit();
                } catch (Exception error) {
                    ready.completeExceptionally(error);
                }
            }));
            ready.join();
            lock(connection, 2);
            return null;
        }, false);
        attempts.get(0).join();
        check("a deadlock is tried again", attempts.size() == 2, attempts.size());
    }

    static void lost() throws Exception {
        int[] attempts = {0};
        Appraisal.Work<String> work = connection -> {
            attempts[0]++;
            if (attempts[0] == 1) query(connection, "SELECT pg_terminate_backend(pg_backend_pid())");
            return asks(connection).actor;
        };
        String actor = Appraisal.act("p3", work, true);
        check("after a lost connection work that is repeatable is repeated", actor.equals("p3") && attempts[0] == 2, attempts[0]);
        attempts[0] = 0;
        try {
            Appraisal.act("p3", work, false);
            check("other work is not", false, "no error");
        } catch (SQLException error) {
            check("other work is not", attempts[0] == 1, error);
        }
    }

    static void rules() throws Exception {
        int[] attempts = {0};
        try {
            Appraisal.act("p2", connection -> {
                attempts[0]++;
                query(connection, "CALL appraisal.start_scoring('2026q1')");
                return null;
            }, true);
        } catch (SQLException error) {
            check("an error of the rules is not repeated", error.getSQLState().equals("AP001") && attempts[0] == 1, error);
        }
    }

    public static void main(String[] arguments) throws Exception {
        steps(Files.readAllLines(Path.of(arguments[0])));
        Appraisal.url = ONE;
        leaks();
        Appraisal.url = WIDE;
        numbers();
        statementsAgain();
        deadlock();
        lost();
        rules();
        say("@done");
    }
}
