package dev.nereid.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers that do not speak KServe's protocol. */
class ServiceKindTest {
    private static final String METADATA = """
            {"model_spec":{"name":"double"},"metadata":{"signature_def":{"signature_def":{"serving_default":{
              "inputs":{"x":{"dtype":"DT_FLOAT","tensor_shape":{"dim":[{"size":"-1"},{"size":"2"}]}}},
              "outputs":{"y":{"dtype":"DT_FLOAT","tensor_shape":{"dim":[{"size":"-1"},{"size":"2"}]}}}}}}}}""";

    @TempDir
    private Path folder;

    @Test
    void tensorFlowServingIsAskedWithNestedLists() throws Exception {
        try (FakeHttpServer server = new FakeHttpServer(Optional.empty())) {
            server.texts.put("/v1/models/double/metadata", METADATA);
            server.texts.put("/v1/models/double:predict", "{\"outputs\":[[2.0,4.0],[2.0,4.0]]}");
            Path file = folder.resolve("data.json");
            Files.writeString(file, "{\"data\": [{\"x\": [1, 2]}], \"validation_data\": [{\"y\": [2, 4]}]}");
            PerfOptions options = Runs.few("http", "localhost:" + server.port());
            options.kind = "tfserving";
            options.batch = 2;
            options.inputData.add(file.toString());
            assertThat(Runs.run(options).text())
                    .contains("  Service Kind: TFSERVING\n", "Request count: 20\n")
                    .doesNotContain("Wrong", "Server:");
            JsonNode request = new ObjectMapper().readTree(server.posted.get("/v1/models/double:predict"));
            assertThat(request.toString())
                    .isEqualTo("{\"signature_name\":\"serving_default\",\"inputs\":{\"x\":[[1.0,2.0],[1.0,2.0]]}}");
            options.signature = "other";
            assertThatThrownBy(() -> Runs.run(options))
                    .hasMessageContaining("no signature 'other'; it has [serving_default]");
        }
    }

    @Test
    void torchServeIsSentTheFileThatTheDataNames() throws Exception {
        try (FakeHttpServer server = new FakeHttpServer(Optional.empty())) {
            server.texts.put("/predictions/double", "{\"cat\":0.9}");
            Path picture = folder.resolve("kitten.jpg");
            Files.writeString(picture, "not really");
            Path file = folder.resolve("data.json");
            Files.writeString(file, "{\"data\": [{\"TORCHSERVE_INPUT\": [\"" + picture + "\"]}]}");
            PerfOptions options = Runs.few("http", "localhost:" + server.port());
            options.kind = "torchserve";
            options.inputData.add(file.toString());
            assertThat(Runs.run(options).text()).contains("Request count: 20\n");
            assertThat(server.posted).containsEntry("/predictions/double", "not really");
        }
    }

    @Test
    void payloadsForOpenAisInterfaceAreSentAsTheyAre() throws Exception {
        try (FakeHttpServer server = new FakeHttpServer(Optional.empty())) {
            server.texts.put("/v1/chat/completions", "{}");
            Path file = folder.resolve("data.json");
            Files.writeString(file, """
                    {"data": [
                      {"payload": [{"model": "double", "n": 1}], "timestamp": 20, "session_id": "a", "delay": 1},
                      {"payload": [{"model": "double", "n": 2}], "timestamp": 0, "session_id": "b"},
                      {"payload": [{"model": "double", "n": 3}], "timestamp": 5, "session_id": "a"}]}""");
            PerfOptions options = Runs.few("http", "localhost:" + server.port());
            options.kind = "openai";
            options.inputData.add(file.toString());
            options.report.export = folder.resolve("export.json");
            assertThat(Runs.run(options).text()).contains("Request count: 20\n");
            JsonNode export = new ObjectMapper().readTree(options.report.export.toFile());
            assertThat(export.path("service_kind").asText()).isEqualTo("openai");
            assertThat(export.path("endpoint").asText()).isEqualTo("v1/chat/completions");
            options.requestCount = 0;
            options.fixedSchedule = true;
            assertThat(Runs.run(options).text()).contains("Fixed schedule: every entry", "Request count: 3\n");
            assertThat(server.posted).containsEntry("/v1/chat/completions", "{\"model\":\"double\",\"n\":1}");
            options.fixedSchedule = false;
            options.sessions = 1;
            assertThat(Runs.run(options).text()).contains("Session concurrency: 1\n", "Request count: 3\n");
            assertThat(server.posted).containsEntry("/v1/chat/completions", "{\"model\":\"double\",\"n\":2}");
            options.inputData.clear();
            assertThatThrownBy(() -> Runs.run(options)).hasMessageContaining("--input-data");
        }
    }

    @Test
    void periodicConcurrencySendsAllItsRequestsOnStreams() throws Exception {
        try (FakeGrpcServer server = new FakeGrpcServer(Optional.empty(), 5)) {
            PerfOptions options = Runs.few("grpc", "localhost:" + server.port());
            options.requestCount = 0;
            options.streaming = true;
            options.async = true;
            options.periodic = "1:7:2";
            options.requestPeriod = 3;
            assertThat(Runs.run(options).text())
                    .contains("Periodic concurrency: up to 7\n", "Request count: 7\n", "Response Throughput: ");
        }
    }

    @Test
    void kindsThatAreNotThereAreRefusedInASentence() {
        PerfOptions options = Runs.few("http", "localhost:1");
        options.kind = "triton_c_api";
        assertThatThrownBy(() -> Runs.run(options)).hasMessageContaining("loads Triton into the process");
        options.kind = "dynamic_grpc";
        assertThatThrownBy(() -> Runs.run(options)).hasMessageContaining("dynamic_grpc");
        options.kind = "torchserve";
        options.protocol = "grpc";
        assertThatThrownBy(() -> Runs.run(options)).hasMessageContaining("expected http, got grpc");
    }
}
