package dev.nereid.server.statement;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The text of docs/scheduling.md: which test holds which statement, and how it ended. */
final class StatementPage {
    private static final int LAST_STATEMENT = 162;

    /** Statements that tell how Triton is built or what its documents say, which nobody's clients depend on. */
    private static final BitSet NOT_BINDING = new BitSet();

    static {
        for (int number : new int[] {8, 24, 25, 26, 30, 31, 47, 59, 91, 112, 113, 136, 144}) {
            NOT_BINDING.set(number);
        }
    }

    private static final String HEAD = """
            # Scheduling: what is held, and by which test

            How Triton schedules is stated in 162 numbered sentences. A test that holds one carries its number
            (`@Statement`) and has a sentence for a name. Where time matters to a scheduler it runs on a virtual clock; what
            clients, model lifecycles and threads do is held with real ones. This page is written by the tests:
            `./mvnw -pl server -am test -Dgroups=statement -Dsurefire.failIfNoSpecifiedTests=false
            -Dtest.extra.flags=-Dnereid.test.write=true`; CI compares it with what its own run found.
            Statements that only tell how Triton is built (quirks, documented-only text) are listed where a test holds them.

            """;

    private record Held(String test, String result) {}

    private final SortedMap<Integer, List<Held>> held = new TreeMap<>();

    void add(int statement, String test, String result) {
        if (statement < 1 || statement > LAST_STATEMENT) {
            throw new IllegalArgumentException(
                    test + " holds statement " + statement + ", expected 1 to " + LAST_STATEMENT);
        }
        held.computeIfAbsent(statement, _ -> new ArrayList<>()).add(new Held(test, result));
    }

    String text() {
        StringBuilder rows = new StringBuilder("| statement | test | result |\n|---|---|---|\n");
        int binding = 0;
        int passed = 0;
        for (int number = 1; number <= LAST_STATEMENT; number++) {
            List<Held> tests = new ArrayList<>(held.getOrDefault(number, List.of()));
            tests.sort((a, b) -> a.test().compareTo(b.test()));
            for (Held test : tests) {
                row(rows, number, test.test(), test.result());
            }
            if (!NOT_BINDING.get(number)) {
                binding++;
                if (tests.isEmpty()) {
                    row(rows, number, "", "no test");
                } else if (tests.stream().allMatch(test -> test.result().equals("passed"))) {
                    passed++;
                }
            }
        }
        return HEAD + "Of " + binding + " statements that clients or configs depend on, " + passed
                + " are held by tests that pass.\n\n" + rows;
    }

    private static void row(StringBuilder rows, int number, String test, String result) {
        rows.append("| ")
                .append(number)
                .append(" | ")
                .append(test)
                .append(" | ")
                .append(result)
                .append(" |\n");
    }
}
