package dev.nereid.server.statement;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the statements say, from the resource {@code statements.md}: a line {@code ## section}, or a number, a dot and one
 * line of text.
 */
final class StatementTexts {
    private static final String NOT_BINDING = "*Not binding.* ";
    private static final Pattern STATEMENT = Pattern.compile("([1-9][0-9]*)\\. (\\S.*)");
    private static final String SECTION = "## ";

    /**
     * A statement.
     *
     * @param section the heading that it stands under
     * @param text one line of Markdown
     */
    record Text(String section, String text) {
        /** Whether clients or configs depend on it; others tell how Triton is built. */
        boolean binding() {
            return !text.startsWith(NOT_BINDING);
        }
    }

    private final SortedMap<Integer, Text> byNumber = new TreeMap<>();

    private StatementTexts(List<String> lines) {
        String section = "";
        for (String line : lines) {
            if (line.startsWith(SECTION)) {
                section = line.substring(SECTION.length());
            } else if (!line.isEmpty()) {
                add(section, line);
            }
        }
    }

    private void add(String section, String line) {
        Matcher statement = STATEMENT.matcher(line);
        if (section.isEmpty() || !statement.matches()) {
            throw new IllegalArgumentException(
                    "expected '## <section>' or '<number>. <text>' below a section, got: " + line);
        }
        int number = Integer.parseInt(statement.group(1));
        if (!byNumber.isEmpty() && number <= byNumber.lastKey()) {
            throw new IllegalArgumentException("statement " + number + " stands behind " + byNumber.lastKey());
        }
        byNumber.put(number, new Text(section, statement.group(2)));
    }

    /** Those of the project. */
    static StatementTexts read() {
        try (InputStream file = Objects.requireNonNull(
                StatementTexts.class.getResourceAsStream("statements.md"), "no resource statements.md")) {
            return of(new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static StatementTexts of(List<String> lines) {
        return new StatementTexts(lines);
    }

    Optional<Text> find(int number) {
        return Optional.ofNullable(byNumber.get(number));
    }

    /** By number, in ascending order. */
    SortedMap<Integer, Text> all() {
        return new TreeMap<>(byNumber);
    }
}
