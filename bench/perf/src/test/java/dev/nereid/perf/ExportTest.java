package dev.nereid.perf;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What requests and answers carry, in the file that {@code --profile-export-file} names. */
class ExportTest {
    private static final String DATA = "{\"data\": [{\"INPUT0\": [1, 2, 3, 4]}, {\"INPUT0\": [5, 6, 7, 8]}]}";

    @TempDir
    private Path folder;

    private PerfOptions options(String protocol, int port, String data) throws Exception {
        PerfOptions options = Runs.few(protocol, "localhost:" + port);
        Path file = folder.resolve("data.json");
        Files.writeString(file, data);
        options.inputData.add(file.toString());
        options.report.export = folder.resolve("export.json");
        return options;
    }

    private static JsonNode requests(PerfOptions options) throws Exception {
        Runs.run(options);
        return new ObjectMapper().readTree(options.report.export.toFile()).at("/experiments/0/requests");
    }

    private static void assertDoubled(JsonNode requests) {
        assertThat(requests).hasSize(20);
        Set<String> pairs = new java.util.TreeSet<>();
        for (JsonNode request : requests) {
            List<String> names = new ArrayList<>();
            request.fieldNames().forEachRemaining(names::add);
            assertThat(names).containsExactly("timestamp", "request_inputs", "response_timestamps", "response_outputs");
            assertThat(request.path("response_outputs"))
                    .hasSameSizeAs(request.path("response_timestamps"))
                    .hasSize(1);
            pairs.add(request.path("request_inputs") + " " + request.at("/response_outputs/0"));
        }
        assertThat(pairs)
                .containsExactly(
                        "{\"INPUT0\":[1.0,2.0,3.0,4.0]} {\"OUTPUT0\":[2.0,4.0,6.0,8.0]}",
                        "{\"INPUT0\":[5.0,6.0,7.0,8.0]} {\"OUTPUT0\":[10.0,12.0,14.0,16.0]}");
    }

    @Test
    void tensorsOverHttpStandBesideTheTimes() throws Exception {
        try (FakeHttpServer server = new FakeHttpServer(Optional.empty())) {
            PerfOptions options = options("http", server.port(), DATA);
            assertDoubled(requests(options));
            options.outputFormat = "json";
            assertDoubled(requests(options));
        }
    }

    @Test
    void tensorsOverGrpcStandBesideTheTimes() throws Exception {
        try (FakeGrpcServer server = new FakeGrpcServer(Optional.empty(), 1)) {
            PerfOptions options = options("grpc", server.port(), DATA);
            assertDoubled(requests(options));
            options.streaming = true;
            assertDoubled(requests(options));
        }
    }

    @Test
    void outputsInSharedMemoryAreEmpty() throws Exception {
        for (String protocol : List.of("http", "grpc")) {
            try (FakeHttpServer http = new FakeHttpServer(Optional.empty());
                    FakeGrpcServer grpc = new FakeGrpcServer(Optional.empty(), 1)) {
                PerfOptions options = options(protocol, protocol.equals("http") ? http.port() : grpc.port(), DATA);
                options.sharedMemory = "system";
                assertThat(requests(options).get(0).at("/response_outputs/0/OUTPUT0"))
                        .as(protocol)
                        .hasToString("\"\"");
            }
        }
    }

    @Test
    void requestsWithoutAnyResponseAreNotCounted() throws Exception {
        try (FakeGrpcServer server = new FakeGrpcServer(Optional.empty(), 0)) {
            PerfOptions options = options("grpc", server.port(), DATA);
            options.streaming = true;
            Runs.Run run = Runs.run(options);
            assertThat(run.code()).as("the code of an option that is wrong").isEqualTo(3);
            assertThat(run.text()).doesNotContain("Throughput");
        }
    }

    @Test
    void requestsOfSequencesHaveTheirIds() throws Exception {
        try (FakeHttpServer server = new FakeHttpServer(Optional.empty())) {
            server.texts.put("/v2/models/double/config", "{\"name\":\"double\",\"sequence_batching\":{}}");
            PerfOptions options = options("http", server.port(), DATA);
            options.sequenceIds = "7:9";
            options.sequenceLength = 5;
            options.sequenceVariation = 0;
            JsonNode requests = requests(options);
            assertThat(requests).hasSize(20);
            List<Long> ids = new ArrayList<>();
            requests.forEach(request -> ids.add(request.path("sequence_id").asLong()));
            assertThat(ids.stream().collect(Collectors.groupingBy(id -> id, Collectors.counting())))
                    .containsOnlyKeys(7L, 8L)
                    .containsValue(10L);
        }
    }

    @Test
    void textsOfOpenAisInterfaceHaveTheNamesOfPerfAnalyzer() throws Exception {
        try (FakeHttpServer server = new FakeHttpServer(Optional.empty())) {
            server.texts.put("/v1/chat/completions", "{\"choices\":[]}");
            PerfOptions options = options("http", server.port(), "{\"data\": [{\"payload\": [{\"n\": 1}]}]}");
            options.kind = "openai";
            JsonNode request = requests(options).get(0);
            assertThat(request.at("/request_inputs/payload").asText()).isEqualTo("{\"n\":1}");
            assertThat(request.at("/response_outputs/0/response").asText()).isEqualTo("{\"choices\":[]}");
        }
    }

    @Test
    void eventsOfAStreamAreResponsesAndTheLastIsOnlyAnEnd() throws Exception {
        try (FakeHttpServer server = new FakeHttpServer(Optional.empty())) {
            server.texts.put("/v1/chat/completions", "data: {\"n\":1}\n\ndata: {\"n\":2}\n\ndata: [DONE]\n\n");
            server.types.put("/v1/chat/completions", "text/event-stream; charset=utf-8");
            PerfOptions options = options("http", server.port(), "{\"data\": [{\"payload\": [{\"n\": 1}]}]}");
            options.kind = "openai";
            JsonNode request = requests(options).get(0);
            assertThat(request.path("response_timestamps")).hasSize(3);
            assertThat(request.path("response_outputs").toString())
                    .isEqualTo(
                            "[{\"response\":\"data: {\\\"n\\\":1}\\n\\n\"},{\"response\":\"data: {\\\"n\\\":2}\\n\\n\"},"
                                    + "{\"response\":\"data: [DONE]\\n\\n\"}]");
        }
    }

    @Test
    void turnsOfSessionsAndEntriesOfASchedulesHaveWhatTheirEntriesSay() throws Exception {
        try (FakeHttpServer server = new FakeHttpServer(Optional.empty())) {
            server.texts.put("/v1/chat/completions", "{}");
            PerfOptions options = options("http", server.port(), """
                    {"data": [{"payload": [{"n": 1}], "timestamp": 3, "session_id": "a", "delay": 2}]}""");
            options.kind = "openai";
            options.requestCount = 0;
            options.sessions = 1;
            assertThat(requests(options).at("/0/request_inputs").toString())
                    .isEqualTo("{\"payload\":\"{\\\"n\\\":1}\",\"session_id\":\"a\",\"delay\":2}");
            options.sessions = 0;
            options.fixedSchedule = true;
            assertThat(requests(options).at("/0/request_inputs").toString())
                    .isEqualTo("{\"payload\":\"{\\\"n\\\":1}\",\"timestamp\":3}");
        }
    }
}
