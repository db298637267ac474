package dev.nereid.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a server shows beside its answers. */
class ObserveTest {
    private static final String METRICS = """
            # TYPE nv_gpu_utilization gauge
            nv_gpu_utilization{gpu_uuid="GPU-1"} 0.25
            # TYPE nv_gpu_memory_used_bytes gauge
            nv_gpu_memory_used_bytes{gpu_uuid="GPU-1"} 1000
            # TYPE nereid_native_memory_bytes gauge
            nereid_native_memory_bytes 4096
            # TYPE nv_inference_pending_request_count gauge
            nv_inference_pending_request_count{model="double",version="1"} 3
            nv_inference_pending_request_count{model="other",version="1"} 7
            """;

    @TempDir
    private Path folder;

    @Test
    void metricsAreReportedAndBecomeColumns() throws Exception {
        try (FakeHttpServer server = new FakeHttpServer(Optional.empty())) {
            server.texts.put("/metrics", METRICS);
            PerfOptions options = Runs.few("http", "localhost:" + server.port());
            options.observe.collect = true;
            options.observe.url = "localhost:" + server.port() + "/metrics";
            options.observe.interval = 5;
            options.report.csv = folder.resolve("table.csv");
            options.report.verboseCsv = true;
            assertThat(Runs.run(options).text())
                    .contains("  Server Prometheus Metrics: \n    Avg GPU Utilization:\n      GPU-1 : 25%\n")
                    .contains("    Max GPU Memory Usage:\n      GPU-1 : 1000 bytes\n")
                    .contains("    nereid_native_memory_bytes: min 4096, avg 4096, max 4096\n")
                    .contains("    nv_inference_pending_request_count: min 3, avg 3, max 3\n")
                    .doesNotContain("max 7");
            List<String> table = Files.readAllLines(options.report.csv);
            assertThat(table.getFirst())
                    .contains(",response wait,Avg GPU Utilization,Avg GPU Power Usage,Max GPU Memory Usage,"
                            + "Total GPU Memory,")
                    .endsWith(",Avg nereid_native_memory_bytes,Avg nv_inference_pending_request_count");
            assertThat(table.getLast()).contains(",GPU-1:0.25;,,GPU-1:1000;,,").endsWith(",4096,3");
        }
    }

    @Test
    void traceSettingsAreSentInTheWordsOfTheExtension() throws Exception {
        try (FakeHttpServer http = new FakeHttpServer(Optional.empty());
                FakeGrpcServer grpc = new FakeGrpcServer(Optional.empty(), 1)) {
            http.texts.put("/v2/models/double/trace/setting", "{}");
            Runs.run(traced("http", http.port()));
            JsonNode settings = new ObjectMapper().readTree(http.posted.get("/v2/models/double/trace/setting"));
            assertThat(settings.toString())
                    .isEqualTo("{\"trace_level\":[\"TIMESTAMPS\",\"TENSORS\"],\"trace_rate\":\"7\","
                            + "\"log_frequency\":\"3\"}");
            Runs.run(traced("grpc", grpc.port()));
            assertThat(grpc.traces).hasSize(1);
            assertThat(grpc.traces.getFirst().toString()).contains("TIMESTAMPS", "TENSORS");
            assertThat(grpc.traces.getFirst()).containsOnlyKeys("trace_level", "trace_rate", "log_frequency");
        }
    }

    @Test
    void bothServersOfAComparisonAreToldHowToTrace() throws Exception {
        try (FakeHttpServer http = new FakeHttpServer(Optional.empty());
                FakeGrpcServer grpc = new FakeGrpcServer(Optional.empty(), 1)) {
            http.texts.put("/v2/models/double/trace/setting", "{}");
            PerfOptions options = traced("http", http.port());
            options.requestCount = 0;
            options.interval = 40;
            options.versus.url = "localhost:" + grpc.port();
            options.versus.protocol = "grpc";
            options.versus.rounds = 2;
            Runs.run(options);
            assertThat(http.posted.get("/v2/models/double/trace/setting")).contains("TIMESTAMPS");
            assertThat(grpc.traces).hasSize(1);
        }
    }

    @Test
    void modelsBehindAnotherAreRefusedWhereNobodyCountsThem() throws Exception {
        try (FakeGrpcServer server = new FakeGrpcServer(Optional.empty(), 1)) {
            PerfOptions options = Runs.few("grpc", "localhost:" + server.port());
            options.observe.composing.add("other");
            assertThatThrownBy(() -> Runs.run(options)).hasMessageContaining("--bls-composing-models");
        }
    }

    private static PerfOptions traced(String protocol, int port) {
        PerfOptions options = Runs.few(protocol, "localhost:" + port);
        options.observe.traceLevels.addAll(List.of("TIMESTAMPS", "TENSORS"));
        options.observe.traceRate = "7";
        options.observe.logFrequency = "3";
        return options;
    }

    @Test
    void compressionOfCallsIsWhatWasAskedFor() throws Exception {
        for (String compression : List.of("none", "gzip", "deflate")) {
            try (FakeGrpcServer server = new FakeGrpcServer(Optional.empty(), 1)) {
                PerfOptions options = Runs.few("grpc", "localhost:" + server.port());
                options.compression = compression;
                assertThat(Runs.run(options).text()).contains("Request count: 20\n");
                assertThat(server.encodings)
                        .filteredOn(compression.equals("none") ? "none"::equals : compression::equals)
                        .hasSizeGreaterThanOrEqualTo(20);
            }
        }
    }

    @Test
    void ensemblesAreListedWithTheModelsTheyAreMadeOf() throws Exception {
        try (FakeHttpServer server = new FakeHttpServer(Optional.empty())) {
            server.texts.put("/v2", "{\"extensions\":[\"statistics\"]}");
            server.texts.put("/v2/models/double/config", """
                    {"name":"double","ensemble_scheduling":{"step":[
                      {"model_name":"first","model_version":"-1"},{"model_name":"second","model_version":"2"}]}}""");
            for (String path : List.of("first", "second/versions/2", "called")) {
                server.texts.put("/v2/models/" + path, "{\"name\":\"" + path.split("/", 2)[0] + "\"}");
                server.texts.put("/v2/models/" + path + "/config", "{}");
            }
            PerfOptions options = Runs.few("http", "localhost:" + server.port());
            options.observe.composing.add("called");
            options.report.csv = folder.resolve("table.csv");
            // The figures of the server grow with the requests that it has answered.
            server.growing(name -> statistics(name, version(name), server.model.inferences.get()));
            assertThat(Runs.run(options).text())
                    .contains("""
                            Avg request latency: 100 usec (overhead 10 usec + queue 30 usec + compute 60 usec)

                              Composing models:\s
                              first, version: 1
                                  Inference count: 20
                            """)
                    .contains("  second, version: 2\n", "  called, version: 3\n")
                    .contains("      Avg request latency: 100 usec (overhead 70 usec + queue 10 usec + compute input 5"
                            + " usec + compute infer 10 usec + compute output 5 usec)\n");
            assertThat(Files.readAllLines(folder.resolve("second_v2.table.csv")))
                    .hasSize(2)
                    .first()
                    .isEqualTo("Concurrency,Inferences/Second,Client Send,Network+Server Send/Recv,Server Queue,"
                            + "Server Compute Input,Server Compute Infer,Server Compute Output,Client Recv");
            assertThat(folder.resolve("first_v1.table.csv")).exists();
            assertThat(folder.resolve("called_v3.table.csv")).exists();
        }
    }

    @Test
    void ensembleWithACachedModelInItIsReportedWithTheCache() throws Exception {
        try (FakeHttpServer server = new FakeHttpServer(Optional.empty())) {
            server.texts.put("/v2", "{\"extensions\":[\"statistics\"]}");
            server.texts.put("/v2/models/double/config", """
                    {"name":"double","ensemble_scheduling":{"step":[{"model_name":"first","model_version":"-1"}]}}""");
            server.texts.put("/v2/models/first", "{\"name\":\"first\"}");
            server.texts.put("/v2/models/first/config", "{\"response_cache\":{\"enable\":true}}");
            PerfOptions options = Runs.few("http", "localhost:" + server.port());
            server.growing(name -> statistics(name, "1", server.model.inferences.get()));
            assertThat(Runs.run(options).text())
                    .contains("    Cache hit count: 0\n    Cache miss count: 0\n")
                    .contains(
                            "Avg request latency: 100 usec (overhead 70 usec + queue 10 usec + cache hit/miss 20 usec)")
                    .contains("      Cache hit count: 0\n      Cache miss count: 0\n");
        }
    }

    private static String version(String model) {
        return switch (model) {
            case "second" -> "2";
            case "called" -> "3";
            default -> "1";
        };
    }

    /** Each request: 100 µs, of them 10 in the queue and 20 computing. */
    private static String statistics(String name, String version, long count) {
        return """
                {"model_stats":[{"name":"%s","version":"%s","inference_count":%d,"execution_count":%d,"inference_stats":{
                  "success":{"count":%d,"ns":%d},"queue":{"count":%d,"ns":%d},"compute_input":{"count":%d,"ns":%d},
                  "compute_infer":{"count":%d,"ns":%d},"compute_output":{"count":%d,"ns":%d},
                  "cache_hit":{"count":0,"ns":0},"cache_miss":{"count":0,"ns":0}}}]}""".formatted(
                        name,
                        version,
                        count,
                        count,
                        count,
                        100_000 * count,
                        count,
                        10_000 * count,
                        count,
                        5_000 * count,
                        count,
                        10_000 * count,
                        count,
                        5_000 * count);
    }
}
