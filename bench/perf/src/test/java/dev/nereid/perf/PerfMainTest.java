package dev.nereid.perf;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.perf.nullserver.NullGrpcServer;
import dev.nereid.perf.nullserver.NullHttpServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole measurements of servers in this process. */
class PerfMainTest {
    @TempDir
    private Path folder;

    private static PerfOptions options(String url) {
        PerfOptions options = new PerfOptions();
        options.model = "null";
        options.url = url;
        options.interval = 100;
        options.stability = 1000;
        return options;
    }

    private static String run(PerfOptions options) throws Exception {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        assertThat(new PerfRun(options, new PrintStream(text, true, StandardCharsets.UTF_8)).run())
                .isZero();
        return text.toString(StandardCharsets.UTF_8);
    }

    @Test
    void closedLoopOverHttpFillsTextTableAndExport() throws Exception {
        try (NullHttpServer server = new NullHttpServer(0)) {
            PerfOptions options = options("localhost:" + server.port());
            options.concurrency = "1:3:2";
            options.report.csv = folder.resolve("table.csv");
            options.report.export = folder.resolve("export.json");
            assertThat(run(options))
                    .contains("Request concurrency: 1\n", "Request concurrency: 3\n", "  Client: \n", "  Server: \n")
                    .contains("Inferences/Second vs. Client Average Batch Latency\nConcurrency: 1, throughput: ");
            List<String> table = Files.readAllLines(options.report.csv);
            assertThat(table).hasSize(3);
            assertThat(table.getFirst())
                    .isEqualTo("Concurrency,Inferences/Second,Client Send,Network+Server Send/Recv,Server Queue,"
                            + "Server Compute Input,Server Compute Infer,Server Compute Output,Client Recv,"
                            + "p50 latency,p90 latency,p95 latency,p99 latency");
            JsonNode export = new ObjectMapper().readTree(options.report.export.toFile());
            assertThat(export.path("experiments")).hasSize(2);
            assertThat(export.at("/experiments/0/experiment/mode").asText()).isEqualTo("concurrency");
            assertThat(export.at("/experiments/0/requests/0/response_timestamps"))
                    .hasSize(1);
        }
    }

    @Test
    void goodputIsReportedEverywhereOnceALimitIsGiven() throws Exception {
        try (NullHttpServer server = new NullHttpServer(0)) {
            PerfOptions options = options("localhost:" + server.port());
            options.concurrency = "2";
            options.requestCount = 60;
            options.report.csv = folder.resolve("table.csv");
            options.report.export = folder.resolve("export.json");
            options.report.html = folder.resolve("page.html");
            assertThat(run(options)).doesNotContain("Goodput");
            assertThat(Files.readAllLines(options.report.csv).getFirst()).endsWith(",p99 latency");
            options.goal.millis = 60_000;
            assertThat(run(options))
                    .containsPattern(
                            "    Goodput: [0-9.]+ infer/sec \\(100\\.00% of the requests within 60000 msec, 99% wanted: met\\)\n");
            List<String> table = Files.readAllLines(options.report.csv);
            assertThat(table.getFirst()).endsWith(",p99 latency,Goodput/Second,Goodput Percentage");
            assertThat(table.getLast()).endsWith(",100");
            JsonNode goodput =
                    new ObjectMapper().readTree(options.report.export.toFile()).at("/experiments/0/goodput");
            assertThat(goodput.path("limit_ms").asDouble()).isEqualTo(60_000);
            assertThat(goodput.path("within").asLong()).isEqualTo(60);
            assertThat(goodput.path("requests").asLong()).isEqualTo(60);
            assertThat(Files.readString(options.report.html)).contains("goodput/sec", "within 60000 ms");
            options.goal.millis = 1e-6;
            assertThat(run(options))
                    .contains("    Goodput: 0 infer/sec (0.00% of the requests", "99% wanted: missed)\n");
        }
    }

    @Test
    void exportHasATimeForEachResponseOfADecoupledModel() throws Exception {
        try (FakeGrpcServer server = new FakeGrpcServer(Optional.empty(), 3)) {
            PerfOptions options = Runs.few("grpc", "localhost:" + server.port());
            options.streaming = true;
            options.report.export = folder.resolve("export.json");
            assertThat(run(options)).contains("Response Throughput: ");
            JsonNode request =
                    new ObjectMapper().readTree(options.report.export.toFile()).at("/experiments/0/requests/0");
            JsonNode times = request.path("response_timestamps");
            // As perf_analyzer has it: the response that only says that it is the last one is there too.
            assertThat(times).hasSize(4);
            assertThat(request.path("response_outputs")).hasSize(4);
            assertThat(request.at("/response_outputs/2/OUTPUT0")).hasSize(4);
            assertThat(request.at("/response_outputs/3/OUTPUT0").asText("?")).isEmpty();
            assertThat(times.get(2).asLong()).isLessThanOrEqualTo(times.get(3).asLong());
            assertThat(times.get(0).asLong()).isLessThanOrEqualTo(times.get(1).asLong());
            assertThat(times.get(1).asLong()).isLessThanOrEqualTo(times.get(2).asLong());
        }
    }

    @Test
    void versionIsPrintedInPerfAnalyzersWords() {
        PrintStream usual = System.err;
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try (PrintStream caught = new PrintStream(text, true, StandardCharsets.UTF_8)) {
            System.setErr(caught);
            assertThat(PerfMain.run("--version")).isZero();
        } finally {
            System.setErr(usual);
        }
        assertThat(text.toString(StandardCharsets.UTF_8))
                .matches("Perf Analyzer Version 2\\.\\d+\\.\\d+ \\(nereid perf.*\\)\\n");
    }

    @Test
    void openLoopSendsAsManyRequestsAsAskedFor() throws Exception {
        try (NullHttpServer server = new NullHttpServer(0)) {
            PerfOptions options = options("localhost:" + server.port());
            options.rate = "400";
            options.requestCount = 100;
            options.distribution = "poisson";
            assertThat(run(options))
                    .contains("Request Rate: 400 inference", "Request count: 100\n", "From the scheduled time:");
        }
    }

    @Test
    void searchForTheHighestRateEndsWithOne() throws Exception {
        try (NullHttpServer server = new NullHttpServer(0);
                FakeHttpServer metrics = new FakeHttpServer(Optional.empty())) {
            metrics.texts.put("/metrics", "# TYPE nereid_free gauge\nnereid_free 7\n");
            PerfOptions options = options("localhost:" + server.port());
            options.rate = "500";
            options.distribution = "poisson";
            options.goal.findMaxRate = true;
            options.goal.millis = 20;
            options.goal.percentile = 90;
            options.observe.collect = true;
            options.observe.url = "localhost:" + metrics.port() + "/metrics";
            options.observe.interval = 5;
            options.report.csv = folder.resolve("table.csv");
            options.report.export = folder.resolve("export.json");
            options.report.html = folder.resolve("page.html");
            // How high it is, and whether there is one at all, depends on what else the machine does.
            Runs.Run run = Runs.run(options);
            assertThat(run.text()).contains("requests/sec: ", ": missed", "Maximum rate: ");
            long tried = run.text()
                    .lines()
                    .filter(line -> line.contains("requests/sec: "))
                    .count();
            long met = run.text().lines().filter(line -> line.endsWith(": met")).count();
            JsonNode export = new ObjectMapper().readTree(options.report.export.toFile());
            assertThat(export.path("experiments")).hasSize((int) tried);
            assertThat(export.at("/experiments/0/experiment/mode").asText()).isEqualTo("request_rate");
            assertThat(Files.readString(options.report.html)).contains("over the limit", "goodput/sec");
            if (met > 0) {
                List<String> table = Files.readAllLines(options.report.csv);
                assertThat(table).hasSize((int) met + 1);
                assertThat(table.getFirst())
                        .startsWith("Request Rate,Inferences/Second,")
                        .endsWith("Goodput Percentage");
                assertThat(run.text())
                        .contains("  Client: \n", "    nereid_free: min 7, avg 7, max 7\n", "    Goodput: ");
            }
        }
    }

    @Test
    void callsAndStreamsOverGrpcAreAnswered() throws Exception {
        try (NullGrpcServer server = new NullGrpcServer(0)) {
            PerfOptions options = options("localhost:" + server.port());
            options.protocol = "grpc";
            options.requestCount = 50;
            assertThat(run(options)).contains("Request count: 50\n", "Avg gRPC time: ");
            options.streaming = true;
            options.async = true;
            assertThat(run(options)).contains("Request count: 50\n");
        }
    }

    @Test
    void levelThatIsNotStableEndsWithACodeOfItsOwnAndIsOnThePageOnly() throws Exception {
        try (NullHttpServer server = new NullHttpServer(0)) {
            PerfOptions options = options("localhost:" + server.port());
            options.stability = 0;
            options.maxTrials = 3;
            options.interval = 20;
            options.report.csv = folder.resolve("table.csv");
            options.report.html = folder.resolve("page.html");
            Runs.Run run = Runs.run(options);
            assertThat(run.code()).isEqualTo(2);
            assertThat(run.text()).contains("Throughput: ").doesNotContain("Inferences/Second vs.");
            assertThat(options.report.csv).doesNotExist();
            assertThat(Files.readString(options.report.html)).contains("not stable");
        }
    }

    @Test
    void modelThatIsNotThereIsNamed() throws Exception {
        try (NullHttpServer server = new NullHttpServer(0)) {
            PerfOptions options = options("localhost:" + server.port());
            options.model = "other";
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> run(options))
                    .hasMessageContaining("/v2/models/other answered 404");
        }
    }
}
