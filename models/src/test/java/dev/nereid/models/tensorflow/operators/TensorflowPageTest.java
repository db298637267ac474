package dev.nereid.models.tensorflow.operators;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.TextFormat;
import dev.nereid.proto.tensorflow.AttrValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The table of operators of docs/tensorflow.md is the registry's. Run with {@code -Dtest.extra.flags=-Dnereid.test.write=true}
 * to write it anew.
 */
class TensorflowPageTest {
    private static final Path PAGE = Path.of("..", "docs", "tensorflow.md");
    private static final String TITLE = "## Operators: ";

    @Test
    void pageListsTheOperators() throws IOException {
        String page = Files.readString(PAGE);
        int start = page.indexOf(TITLE);
        assertThat(start).as("where the table begins").isNotNegative();
        String wanted = page.substring(0, start) + table();
        if (Boolean.getBoolean("nereid.test.write")) {
            Files.writeString(PAGE, wanted);
            page = wanted;
        }
        assertThat(page).isEqualTo(wanted);
    }

    private static String table() {
        StringBuilder text = new StringBuilder(TITLE)
                .append(TensorflowTable.all().rows().size())
                .append(
                        "\n\nWritten by `TensorflowPageTest`. *Where missing*: values of attributes that exporters strip.\n")
                .append("\n| operator | where missing |\n|---|---|\n");
        for (TensorflowOperator row : TensorflowTable.all().rows()) {
            String defaults = new TreeMap<>(row.defaults().values())
                    .entrySet().stream()
                            .map(each -> each.getKey() + " " + describe(each.getValue()))
                            .collect(Collectors.joining(", "));
            text.append("| ").append(row.name()).append(" | ").append(defaults).append(" |\n");
        }
        return text.toString();
    }

    private static String describe(AttrValue value) {
        return switch (value.getValueCase()) {
            case S -> value.getS().toStringUtf8();
            case I -> Long.toString(value.getI());
            case F -> Float.toString(value.getF());
            case B -> Boolean.toString(value.getB());
            case TYPE -> value.getType().name();
            case LIST -> value.getList().getIList().toString();
            default -> TextFormat.printer().printToString(value);
        };
    }
}
