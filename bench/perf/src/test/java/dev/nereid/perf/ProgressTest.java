package dev.nereid.perf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.perf.measure.MeasurementListener.Status;
import dev.nereid.perf.measure.Samples;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    private String written() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static Status status(long failed) {
        Samples samples = new Samples();
        for (int i = 1; i <= 100; i++) {
            samples.add(0, 0, 0, 0, i * 1000L, 1, false, false);
        }
        return new Status(2, 10, 2_000_000_000L, samples, failed);
    }

    @Test
    void lineIsWrittenOverItselfAndTakenAway() {
        Progress progress = new Progress(out, true);
        progress.begin("Concurrency 4", 10);
        progress.tick(status(0));
        assertThat(written())
                .isEqualTo("\r\u001b[2KConcurrency 4 | window 2 of 10 | 2.0 s | 50.0 requests/sec | p50 51 usec,"
                        + " p99 100 usec");
        progress.tick(status(3));
        assertThat(written()).endsWith(" | 3 failed").doesNotContain("\n");
        progress.clear();
        progress.clear();
        assertThat(written()).endsWith(" | 3 failed\r\u001b[2K");
    }

    @Test
    void quietProgressWritesNothing() {
        Progress progress = new Progress(out, false);
        progress.tick(status(0));
        progress.clear();
        assertThat(written()).isEmpty();
    }

    @Test
    void standardOutputHasTheReportAlone() throws Exception {
        try (FakeHttpServer server = new FakeHttpServer(Optional.empty())) {
            PerfOptions options = Runs.few("http", "localhost:" + server.port());
            ByteArrayOutputStream report = new ByteArrayOutputStream();
            options.requestCount = 0;
            options.interval = 300;
            options.stability = 100_000;
            int code = new PerfRun(
                            options,
                            new PrintStream(report, true, StandardCharsets.UTF_8),
                            new Progress(out, true),
                            Interrupts.none())
                    .run();
            assertThat(code).isZero();
            assertThat(written()).contains("Concurrency 1 | window 1 of 10 | ");
            assertThat(report.toString(StandardCharsets.UTF_8))
                    .contains("Client:")
                    .doesNotContain("\r", "window 1");
        }
    }
}
