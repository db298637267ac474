package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.TextFormat;
import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.builtin.BuiltInBackends;
import dev.nereid.server.backend.builtin.ImplicitStateBackend;
import dev.nereid.server.protocol.InferException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The models and cases of Triton's suite L0_implicit_state that are its own backend's. */
class BuiltInImplicitStatesTest {
    private static final String FLAG =
            "{ name: \"%s\" control [ { kind: CONTROL_SEQUENCE_%s fp32_false_true: [ 0, 1 ] } ] }";
    private static final String CONTROLS = "control_input [ " + FLAG.formatted("START", "START") + ", "
            + FLAG.formatted("READY", "READY") + ", " + FLAG.formatted("END", "END") + " ]";
    private static final String STATE = "state [ { input_name: \"INPUT_STATE\" output_name: \"OUTPUT_STATE\" "
            + "data_type: TYPE_INT32 dims: 1 %s } ]";

    @TempDir
    private Path root;

    private final SlabPool responses = new SlabPool(0);
    private TestServer server;
    private RawClient client;

    private static String config(String more) {
        return """
                backend: "implicit_state"
                input [ { name: "INPUT" data_type: TYPE_INT32 dims: [ 1 ] },
                        { name: "TEST_CASE" data_type: TYPE_INT32 dims: [ 1 ] } ]
                output [ { name: "OUTPUT" data_type: TYPE_INT32 dims: [ 1 ] } ]
                instance_group [ { kind: KIND_CPU count: 1 } ]
                """ + more;
    }

    @BeforeEach
    void start() {
        write("no_implicit_state", "");
        write("wrong_internal_state", STATE.formatted(""));
        write(
                "no_state_update",
                STATE.formatted(
                        "initial_state: { name: \"state init\" data_type: TYPE_INT32 dims: 1 zero_data: true }"));
        write("single_state_buffer", STATE.formatted("use_same_buffer_for_input_output: true"));
        write("two_state_buffers", STATE.formatted(""));
        server = TestServer.start(root, BuiltInBackends.all(responses));
        client = server.connect();
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
        assertThat(responses.usedBytes()).isZero();
    }

    private void write(String name, String state) {
        TestServer.write(root, name, config("sequence_batching { " + CONTROLS + state + " }"));
    }

    private String step(String model, int testCase, int input, String flags) {
        String tensor = "{\"name\":\"%s\",\"datatype\":\"INT32\",\"shape\":[1],\"data\":[%d]}";
        String body = "{\"parameters\":{\"sequence_id\":2" + flags + "},\"inputs\":[" + tensor.formatted("INPUT", input)
                + "," + tensor.formatted("TEST_CASE", testCase) + "]}";
        return client.send("POST", "/v2/models/" + model + "/infer", body.getBytes(StandardCharsets.UTF_8))
                .receive()
                .text();
    }

    private String start(String model, int testCase) {
        return step(model, testCase, 1, ",\"sequence_start\":true");
    }

    @Test
    void aStateThatNoConfigHasIsAnError() {
        assertThat(start("no_implicit_state", 0))
                .isEqualTo("{\"error\":\"unable to add state 'undefined_state'. State configuration is missing for "
                        + "model 'no_implicit_state'.\"}");
        assertThat(start("wrong_internal_state", 0))
                .isEqualTo("{\"error\":\"state 'undefined_state' is not a valid state name.\"}");
    }

    @Test
    void aStateIsWhatItWasWhereNobodyUpdatesIt() {
        String answer = "\"outputs\":[{\"name\":\"OUTPUT\",\"datatype\":\"INT32\",\"shape\":[1],\"data\":[1]}]}";
        assertThat(start("no_state_update", 1)).endsWith(answer);
        for (int i = 0; i < 10; i++) {
            assertThat(step("no_state_update", 1, 1, "")).endsWith(answer);
        }
        assertThat(step("no_state_update", 1, 1, ",\"sequence_end\":true")).endsWith(answer);
    }

    /** There what is written is the state at once. */
    @Test
    void aStateInOneBufferIsUpdatedByWritingIt() {
        assertThat(start("single_state_buffer", 1)).contains("\"data\":[1]");
        assertThat(step("single_state_buffer", 1, 3, "")).contains("\"data\":[4]");
        assertThat(step("single_state_buffer", 1, 5, ",\"sequence_end\":true")).contains("\"data\":[9]");
    }

    @Test
    void findsInputAndOutputInOneBufferOnlyWhereTheConfigSaysSo() {
        String empty = "\"outputs\":[]";
        String different = "{\"error\":\"Input and output state are using different buffers.\"}";
        assertThat(start("single_state_buffer", 2)).contains(empty);
        assertThat(step("single_state_buffer", 2, 1, "")).contains(empty);
        assertThat(step("single_state_buffer", 2, 1, ",\"sequence_end\":true")).contains(empty);
        assertThat(start("two_state_buffers", 2)).contains(empty);
        assertThat(step("two_state_buffers", 2, 1, "")).isEqualTo(different);
        assertThat(start("two_state_buffers", 2)).contains(empty);
    }

    @Test
    void hasNoStateInTheMemoryOfAGpu() {
        assertThat(start("single_state_buffer", 3))
                .isEqualTo("{\"error\":\"growable memory should always provide memory in GPU\"}");
    }

    @Test
    void namesTheStateThatARequestNeedsAndTheModelHasNot() {
        assertThat(start("no_implicit_state", 1))
                .isEqualTo("{\"error\":\"[request id: <id_unknown>] unknown request input name INPUT_STATE\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "START", "START READY", "START READY CORRID"})
    void refusesConfigsWithOtherControls(String controls) throws TextFormat.ParseException {
        StringBuilder text = new StringBuilder();
        for (String control : controls.split(" ", -1)) {
            text.append(control.isEmpty() ? "" : "control_input " + FLAG.formatted(control, "START") + " ");
        }
        ModelConfig config = TextFormat.parse(config("sequence_batching { " + text + " }"), ModelConfig.class);
        assertThatThrownBy(() -> new ImplicitStateBackend(responses).load(config, Path.of("m", "1")))
                .isInstanceOf(InferException.class)
                .hasMessageContaining("'START', 'END, and 'READY' must be configured as the control inputs");
    }
}
