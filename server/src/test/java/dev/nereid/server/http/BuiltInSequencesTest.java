package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.memory.SlabPool;
import dev.nereid.server.backend.builtin.BuiltInBackends;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The models of Triton's sequence examples, by the backends of its tests, through the sequence batcher. */
class BuiltInSequencesTest {
    private static final String FLAG =
            "{ name: \"%s\" control [ { kind: CONTROL_SEQUENCE_%s int32_false_true: [ 0, 1 ] } ] }";
    private static final String TENSORS = """
            max_batch_size: 8
            input [ { name: "INPUT" data_type: TYPE_INT32 dims: [ 1 ] } ]
            output [ { name: "OUTPUT" data_type: TYPE_INT32 dims: [ 1 ] } ]
            instance_group [ { kind: KIND_CPU count: 1 } ]
            """;

    @TempDir
    private Path root;

    private final SlabPool responses = new SlabPool(0);
    private TestServer server;

    @BeforeEach
    void start() {
        String controls = FLAG.formatted("START", "START") + ", " + FLAG.formatted("READY", "READY");
        TestServer.write(
                root,
                "simple_sequence",
                "backend: \"sequence\"\n" + TENSORS + "sequence_batching { control_input [ " + controls + " ] }");
        for (String type : List.of("UINT64", "STRING")) {
            TestServer.write(
                    root,
                    "dyna_" + type,
                    "backend: \"dyna_sequence\"\n" + TENSORS
                            + "sequence_batching { oldest { max_candidate_sequences: 4 } "
                            + "control_input [ " + controls + ", " + FLAG.formatted("END", "END")
                            + ", { name: \"CORRID\" control [ { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_" + type
                            + " } ] } ] }");
        }
        server = TestServer.start(root, BuiltInBackends.all(responses));
    }

    @AfterEach
    void stop() {
        server.close();
        assertThat(responses.usedBytes()).isZero();
    }

    /** Sends the values of two sequences in turns; answers what came for the first, then for the second. */
    private List<List<Integer>> run(String model, String firstId, String secondId, int... values) {
        List<List<Integer>> sums = List.of(new ArrayList<>(), new ArrayList<>());
        try (RawClient client = server.connect()) {
            for (int i = 0; i < values.length; i++) {
                boolean last = i == values.length - 1;
                sums.get(0).add(step(client, model, firstId, i == 0, last, values[i]));
                sums.get(1).add(step(client, model, secondId, i == 0, last, -values[i]));
            }
        }
        return sums;
    }

    private static int step(RawClient client, String model, String id, boolean start, boolean end, int value) {
        String body = "{\"parameters\":{\"sequence_id\":" + id + ",\"sequence_start\":" + start + ",\"sequence_end\":"
                + end + "},\"inputs\":[{\"name\":\"INPUT\",\"datatype\":\"INT32\",\"shape\":[1,1],\"data\":[" + value
                + "]}]}";
        RawClient.Answer answer = client.send(
                        "POST", "/v2/models/" + model + "/infer", body.getBytes(StandardCharsets.UTF_8))
                .receive();
        try {
            JsonNode json = new ObjectMapper().readTree(answer.text());
            return json.path("outputs").path(0).path("data").path(0).asInt(Integer.MIN_VALUE);
        } catch (IOException e) {
            throw new UncheckedIOException(answer.text(), e);
        }
    }

    @Test
    void addsUpByTheSlotOfTheSequence() {
        assertThat(run("simple_sequence", "1007", "1008", 11, 7, 5))
                .containsExactly(List.of(11, 18, 23), List.of(-11, -18, -23));
    }

    @Test
    void addsUpByTheCorrelationId() {
        assertThat(run("dyna_UINT64", "1007", "18446744073709551615", 11, 7, 5))
                .containsExactly(List.of(11, 18, 23 + 1007), List.of(-11, -18, -23 - 1));
    }

    @Test
    void addsUpByACorrelationIdThatIsAString() {
        assertThat(run("dyna_STRING", "\"2000\"", "\"2001\"", 11, 7, 5))
                .containsExactly(List.of(11, 18, 23 + 2000), List.of(-11, -18, -23 + 2001));
    }
}
