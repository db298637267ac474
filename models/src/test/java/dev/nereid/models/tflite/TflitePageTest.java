package dev.nereid.models.tflite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The table of operators in docs/tflite.md is what the reader has. Run with {@code
 * -Dtest.extra.flags=-Dnereid.test.write=true} to write it anew.
 */
class TflitePageTest {
    private static final Path PAGE = Path.of("..", "docs", "tflite.md");
    private static final String START = "| operator | floats | 8 bits |\n|---|---|---|\n";

    @Test
    void thePageHasEveryOperator() throws IOException {
        String page = Files.readString(PAGE);
        int start = page.indexOf(START) + START.length();
        int end = page.indexOf("\n\n", start) + 1;
        String table = TfliteTable.rows().stream()
                .sorted(Comparator.comparing(TfliteOperator::name))
                .map(row -> "| " + row.name() + " | yes | " + bytes(row) + " |\n")
                .collect(Collectors.joining());
        if (Boolean.getBoolean("nereid.test.write")) {
            Files.writeString(PAGE, page.substring(0, start) + table + page.substring(end));
            return;
        }
        assertThat(page.substring(start, end)).isEqualTo(table);
    }

    private static String bytes(TfliteOperator row) {
        return switch (row.arithmetic()) {
            case NUMBERS -> "no";
            case MOVES -> "yes";
            case INTEGERS -> "TFLite's integers";
        };
    }
}
