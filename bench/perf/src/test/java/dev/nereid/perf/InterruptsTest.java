package dev.nereid.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.perf.nullserver.NullHttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ctrl-C: what was measured is told, and a second one ends it at once. */
@Timeout(120)
class InterruptsTest {
    private static final String WAITING =
            "Interrupt signal (2) received.\nWaiting for in-flight inferences to complete.\n";

    @TempDir
    private Path folder;

    private Process perf(int port, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                // What runs the tests may ignore the signal, and what it starts would too.
                "env",
                "--default-signal=INT",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                PerfMain.class.getName(),
                "-m",
                "null",
                "-u",
                "localhost:" + port));
        command.addAll(List.of(more));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(text().toFile());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        return builder.start();
    }

    private Path text() {
        return folder.resolve("text");
    }

    private void await(Process perf, String words) throws IOException, InterruptedException {
        while (!Files.readString(text()).contains(words)) {
            assertThat(perf.isAlive()).as(Files.readString(text())).isTrue();
            Thread.sleep(10);
        }
    }

    private static void interrupt(Process perf) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-INT", String.valueOf(perf.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    private static void assumeSignals() throws InterruptedException {
        try {
            assumeTrue(
                    new ProcessBuilder("env", "--default-signal=INT", "true")
                                    .start()
                                    .waitFor()
                            == 0,
                    "this env cannot change signals");
        } catch (IOException e) {
            assumeTrue(false, "there is no env to change signals");
        }
    }

    @Test
    void theFirstEndsTheRunWithAllThatWasMeasured() throws Exception {
        assumeSignals();
        Path table = folder.resolve("table.csv");
        Path export = folder.resolve("export.json");
        Path page = folder.resolve("page.html");
        try (NullHttpServer server = new NullHttpServer(0)) {
            Process perf = perf(
                    server.port(),
                    "-p",
                    "1000",
                    "-s",
                    "100000",
                    "--request-rate-range",
                    "50:1000:10",
                    "-f",
                    table.toString(),
                    "--profile-export-file",
                    export.toString(),
                    "--html",
                    page.toString());
            await(perf, "Request Rate: 60 inference requests per second\n");
            interrupt(perf);
            assertThat(perf.waitFor(60, TimeUnit.SECONDS)).isTrue();
            String text = Files.readString(text());
            assertThat(perf.exitValue()).as(text).isZero();
            assertThat(text)
                    .contains(
                            WAITING,
                            "Warning: interrupted before the measurement was complete; what there is counts.\n")
                    .containsPattern("Inferences/Second vs\\. Client Average Batch Latency\n"
                            + "Request Rate: 50, throughput: .*\nRequest Rate: 60, throughput: .*\n$")
                    .doesNotContain("Request Rate: 70");
        }
        assertThat(Files.readAllLines(table)).hasSize(3);
        JsonNode levels = new ObjectMapper().readTree(export.toFile()).path("experiments");
        assertThat(levels).hasSize(2);
        assertThat(levels.at("/1/requests")).isNotEmpty();
        assertThat(Files.readString(page)).contains("interrupted");
    }

    @Test
    void theSecondEndsItAtOnce() throws Exception {
        assumeSignals();
        try (NullHttpServer server = new NullHttpServer(0)) {
            Process perf = perf(server.port(), "-p", "300000");
            await(perf, "Request concurrency: 1\n");
            interrupt(perf);
            await(perf, WAITING);
            interrupt(perf);
            assertThat(perf.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(perf.exitValue()).isZero();
            assertThat(Files.readString(text()))
                    .endsWith("Interrupt signal (2) received.\nExiting immediately...\n")
                    .doesNotContain("Throughput");
        }
    }

    /** Interrupts a run as soon as it has printed these words. */
    private static Runs.Run interrupted(PerfOptions options, String words) throws IOException {
        AtomicInteger exits = new AtomicInteger();
        Interrupts interrupts = new Interrupts(
                new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8), exits::incrementAndGet);
        ByteArrayOutputStream text = new ByteArrayOutputStream() {
            @Override
            public synchronized void write(byte[] bytes, int offset, int length) {
                super.write(bytes, offset, length);
                if (!interrupts.heard() && toString(StandardCharsets.UTF_8).contains(words)) {
                    interrupts.hear();
                }
            }
        };
        PrintStream out = new PrintStream(text, true, StandardCharsets.UTF_8);
        int code = new PerfRun(options, out, Progress.of(options.report), interrupts).run();
        assertThat(exits).hasValue(0);
        return new Runs.Run(code, text.toString(StandardCharsets.UTF_8));
    }

    @Test
    void aSearchForTheHighestRateEndsWithWhatItHas() throws Exception {
        try (NullHttpServer server = new NullHttpServer(0)) {
            PerfOptions options = new PerfOptions();
            options.model = "null";
            options.url = "localhost:" + server.port();
            options.interval = 50;
            options.rate = "100";
            options.distribution = "poisson";
            options.goal.findMaxRate = true;
            options.goal.millis = 1000;
            options.goal.percentile = 50;
            options.report.progress = "never";
            Runs.Run run = interrupted(options, " 100.0 requests/sec: ");
            assertThat(run.code()).isZero();
            assertThat(run.text())
                    .contains(
                            "     100.0 requests/sec: ",
                            "Maximum rate: 100.0 infer/sec met before the search was interrupted\n")
                    .doesNotContain("200.0 requests/sec");
        }
    }
}
