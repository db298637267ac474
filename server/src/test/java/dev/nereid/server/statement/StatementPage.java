package dev.nereid.server.statement;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The text of docs/scheduling.md: what each statement says, which tests hold it, and how they ended. */
final class StatementPage {
    private static final String HEAD = """
            # How Triton schedules: statements and their tests

            Each statement is something that clients or config files depend on. A test that holds it carries its number
            (`@Statement`). Where time matters to a scheduler the test runs on a virtual clock. A test passed unless a word behind
            it says otherwise. Statements that are not binding tell how Triton is built. Numbers that are missing are of such
            statements too, which no test holds.

            This page is written by the tests, from `statements.md` in their resources and what they found:
            `./mvnw -pl server -am test -Dgroups=statement -Dsurefire.failIfNoSpecifiedTests=false
            -Dtest.extra.flags=-Dnereid.test.write=true`. CI compares it with what its own run found, and a test with a number
            without a text fails the build. Adaptive policy: [scheduling-adaptive.md](scheduling-adaptive.md).

            """;

    private record Held(String test, String result) {
        String text() {
            return result.equals("passed") ? test : test + " (**" + result + "**)";
        }
    }

    private final StatementTexts texts;
    private final SortedMap<Integer, List<Held>> held = new TreeMap<>();

    StatementPage(StatementTexts texts) {
        this.texts = texts;
    }

    /**
     * Adds a test's result.
     *
     * @throws IllegalArgumentException if the statement has no text
     */
    void add(int statement, String test, String result) {
        if (texts.find(statement).isEmpty()) {
            throw new IllegalArgumentException(
                    test + " holds statement " + statement + ", which has no text in statements.md");
        }
        held.computeIfAbsent(statement, _ -> new ArrayList<>()).add(new Held(test, result));
    }

    String text() {
        StringBuilder rows = new StringBuilder();
        int binding = 0;
        int passed = 0;
        String section = "";
        for (Map.Entry<Integer, StatementTexts.Text> entry : texts.all().entrySet()) {
            StatementTexts.Text statement = entry.getValue();
            List<Held> tests = held.getOrDefault(entry.getKey(), List.of());
            if (!section.equals(statement.section())) {
                section = statement.section();
                rows.append("\n## ").append(section).append("\n\n| | statement | tests |\n|---:|---|---|\n");
            }
            row(rows, entry.getKey(), statement.text(), tests);
            if (statement.binding()) {
                binding++;
                passed += !tests.isEmpty()
                                && tests.stream().allMatch(test -> test.result().equals("passed"))
                        ? 1
                        : 0;
            }
        }
        return HEAD + "Of " + binding + " binding statements, " + passed + " are held by tests that pass.\n" + rows;
    }

    private static void row(StringBuilder rows, int number, String statement, List<Held> tests) {
        rows.append("| ")
                .append(number)
                .append(" | ")
                .append(statement)
                .append(" | ")
                .append(
                        tests.isEmpty()
                                ? "**no test**"
                                : tests.stream()
                                        .sorted(Comparator.comparing(Held::test))
                                        .map(Held::text)
                                        .collect(Collectors.joining(", ")))
                .append(" |\n");
    }
}
