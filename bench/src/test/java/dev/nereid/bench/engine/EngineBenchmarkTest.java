package dev.nereid.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole comparisons in processes of their own, as short as they can be. */
class EngineBenchmarkTest {
    private static final Path ADDITION = Path.of("../models/examples/simple/1/model.onnx");
    private static final String FIXED = "model,case,threads,nereid_us,ort_us,ratio,spread";

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();

    private boolean run(TableFormat format, Path file) {
        EngineBenchmark benchmark =
                new EngineBenchmark(format, 1, MemoryChoice.LOW, new EngineBenchmark.Effort(1, 1, true, 0.01));
        return benchmark.run(
                List.of(file.toString()),
                new PrintStream(data, true, StandardCharsets.UTF_8),
                new PrintStream(log, true, StandardCharsets.UTF_8));
    }

    @Test
    void csvHasTheFixedColumnsInFrontAndNothingElse() {
        assertThat(run(TableFormat.CSV, ADDITION)).isTrue();
        List<String> lines = data.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst()).startsWith(FIXED + ",");
        String[] row = lines.get(1).split(",", -1);
        assertThat(row).hasSameSizeAs(lines.getFirst().split(",", -1));
        assertThat(Arrays.copyOf(row, 3)).containsExactly("simple", "b1", "1");
        for (String number : Arrays.copyOfRange(row, 3, row.length)) {
            assertThat(Double.parseDouble(number)).isGreaterThanOrEqualTo(0);
        }
        assertThat(Double.parseDouble(row[5])).isPositive();
        assertThat(log.toString(StandardCharsets.UTF_8)).contains("Geometric mean of the ratios: ");
    }

    @Test
    void fileThatIsNoModelFailsAndIsNamed() throws Exception {
        Path file = Files.writeString(folder.resolve("words.onnx"), "not a model");
        assertThat(run(TableFormat.MARKDOWN, file)).isFalse();
        assertThat(log.toString(StandardCharsets.UTF_8)).contains("words/b1 failed");
        assertThat(data.toString(StandardCharsets.UTF_8))
                .startsWith("| model | case |")
                .doesNotContain("words");
    }

    @Test
    void missingFileIsNamed() {
        assertThatThrownBy(() -> run(TableFormat.TEXT, folder.resolve("gone.onnx")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("gone.onnx");
    }
}
