package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.memory.SlabPool;
import dev.nereid.server.backend.builtin.BuiltInBackends;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The backend {@code iterative_sequence}, as Triton's end-to-end test of it uses it. */
class IterativeBackendTest {
    private static final String COUNT_DOWN = """
            data: {"OUTPUT":1,"model_name":"count","model_version":"1"}

            data: {"OUTPUT":0,"model_name":"count","model_version":"1"}

            """;
    private static final String RESCHEDULED = "Request is released with TRITONSERVER_REQUEST_RELEASE_RESCHEDULE";

    @TempDir
    private Path root;

    private final SlabPool responses = new SlabPool(0);
    private TestServer server;

    @BeforeEach
    void start() {
        TestServer.write(root, "count", """
                backend: "iterative_sequence"
                max_batch_size: 4
                input [ { name: "INPUT" data_type: TYPE_INT32 dims: [ 1 ] } ]
                output [ { name: "OUTPUT" data_type: TYPE_INT32 dims: [ 1 ] } ]
                model_transaction_policy { decoupled: True }
                sequence_batching { iterative_sequence: true }
                instance_group [ { kind: KIND_CPU } ]
                """);
        server = TestServer.start(root, BuiltInBackends.all(responses));
    }

    @AfterEach
    void everythingIsGivenBack() {
        server.close();
        assertThat(server.usedBytes()).isZero();
        assertThat(responses.usedBytes()).isZero();
    }

    private String post(String path, String body) {
        try (RawClient client = server.connect()) {
            return client.send("POST", path, body.getBytes(StandardCharsets.UTF_8))
                    .receive()
                    .text();
        }
    }

    private String generate() {
        return post("/v2/models/count/generate_stream", "{\"INPUT\":2}");
    }

    /** Loads the model anew with another scheduler, in the loose JSON that Triton takes for it. */
    private void load(String scheduler) throws IOException {
        String config = """
                { "backend": "iterative_sequence", "max_batch_size": 1,
                  "input": [{ "name": "INPUT", "data_type": "TYPE_INT32", "dims": [ 1 ] }],
                  "output": [{ "name": 'OUTPUT', "data_type": "TYPE_INT32", "dims": [ 1 ] }],
                  "model_transaction_policy": { "decoupled": true }, %s,
                  "instance_group": [{ "kind": "KIND_CPU" },] }""".formatted(scheduler);
        String body = new ObjectMapper().writeValueAsString(Map.of("parameters", Map.of("config", config)));
        assertThat(post("/v2/repository/models/count/load", body)).isEmpty();
    }

    @Test
    void countsDownInSteps() {
        assertThat(generate()).isEqualTo(COUNT_DOWN);
        assertThat(post("/v2/models/count/generate_stream", "{\"INPUT\":1}")).containsOnlyOnce("data:");
    }

    @Test
    void countsDownInADirectSlotOfALooselyWrittenConfig() throws IOException {
        load(
                "\"sequence_batching\": { \"iterative_sequence\": true, direct: { \"max_queue_delay_microseconds\": 10 } }");
        assertThat(generate()).isEqualTo(COUNT_DOWN);
    }

    @Test
    void failsWhereTheConfigHasNoIterativeSequences() throws IOException {
        load("\"dynamic_batching\": {}");
        assertThat(generate()).contains(RESCHEDULED).doesNotContain("OUTPUT");
    }

    @Test
    void looseJsonIsStillJson() throws IOException {
        String body = new ObjectMapper()
                .writeValueAsString(Map.of("parameters", Map.of("config", "{\"backend\" \"identity\"}")));
        assertThat(post("/v2/repository/models/count/load", body)).contains("failed to poll from model repository");
        body = new ObjectMapper().writeValueAsString(Map.of("parameters", Map.of("config", "{colour: 1}")));
        assertThat(post("/v2/repository/models/count/load", body)).contains("failed to poll from model repository");
    }
}
