package dev.nereid.server;

import static dev.nereid.server.RunningServers.exchange;
import static dev.nereid.server.RunningServers.send;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.config.Front;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An ONNX model with an initializer that requests may replace, over HTTP. */
class OptionalInputsServerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String X = "{\"name\":\"X\",\"datatype\":\"FP32\",\"shape\":[3],\"data\":[1,2,3]}";
    private static final String SCALE = "{\"name\":\"SCALE\",\"datatype\":\"FP32\",\"shape\":[1],\"data\":[0.5]}";

    @TempDir
    Path repository;

    @AutoClose
    private RunningServers servers;

    @BeforeEach
    void write() throws IOException {
        servers = new RunningServers(repository);
        servers.write("scaling", """
                backend: "onnxruntime"
                input [
                  { name: "X" data_type: TYPE_FP32 dims: -1 },
                  { name: "SCALE" data_type: TYPE_FP32 dims: -1 optional: true }
                ]
                output { name: "Y" data_type: TYPE_FP32 dims: -1 }
                """);
        new GraphWriter()
                .input("X", DataType.FLOAT, -2)
                .input("SCALE", DataType.FLOAT, -3)
                .constant("SCALE", 10f)
                .output("Y", DataType.FLOAT, -2)
                .node("Add", "TWICE", "SCALE", "SCALE")
                .node("Mul", "Y", "X", "TWICE")
                .write(repository.resolve("scaling/1"));
    }

    private static JsonNode infer(Server server, String inputs) throws IOException {
        String answer = send(server, Front.HTTP, "/v2/models/scaling/infer", "{\"inputs\":[%s]}".formatted(inputs));
        return JSON.readTree(answer).at("/outputs/0/data");
    }

    @Test
    void aRequestThatLeavesItOutGetsTheFilesAndOneThatBringsItItsOwn() throws IOException {
        Server server = servers.start();
        assertThat(infer(server, X)).isEqualTo(JSON.readTree("[20.0,40.0,60.0]"));
        assertThat(infer(server, X + "," + SCALE)).isEqualTo(JSON.readTree("[1.0,2.0,3.0]"));
        assertThat(infer(server, SCALE.replace("[1]", "[3]").replace("[0.5]", "[1,2,3]") + "," + X))
                .as("of another length, and first")
                .isEqualTo(JSON.readTree("[2.0,8.0,18.0]"));
        assertThat(infer(server, X)).isEqualTo(JSON.readTree("[20.0,40.0,60.0]"));
    }

    @Test
    void whatARunNeedsMustBeThere() throws IOException {
        HttpResponse<String> answer =
                exchange(servers.start(), Front.HTTP, "/v2/models/scaling/infer", "{\"inputs\":[%s]}".formatted(SCALE));
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(JSON.readTree(answer.body()).at("/error").asText())
                .isEqualTo(
                        "[request id: <id_unknown>] expected number of inputs between 1 and 2 but got 1 inputs for model 'scaling'. Got "
                                + "input(s) ['SCALE'], but missing required input(s) ['X']. Please provide all required "
                                + "input(s).");
    }

    /** The cache must not take one for the other. */
    @Test
    void theResponseCacheTellsThemApart() throws IOException {
        servers.write("scaling", """
                backend: "onnxruntime"
                input [
                  { name: "X" data_type: TYPE_FP32 dims: -1 },
                  { name: "SCALE" data_type: TYPE_FP32 dims: -1 optional: true }
                ]
                output { name: "Y" data_type: TYPE_FP32 dims: -1 }
                response_cache { enable: true }
                """);
        Server server = servers.start("--cache-config=local,size=1048576");
        for (int i = 0; i < 2; i++) {
            assertThat(infer(server, X)).isEqualTo(JSON.readTree("[20.0,40.0,60.0]"));
            assertThat(infer(server, X + "," + SCALE)).isEqualTo(JSON.readTree("[1.0,2.0,3.0]"));
        }
    }

    @Test
    void metadataAndConfigListIt() throws IOException {
        Server server = servers.start();
        JsonNode metadata = JSON.readTree(send(server, Front.HTTP, "/v2/models/scaling", ""));
        assertThat(metadata.at("/inputs/1/name").asText()).isEqualTo("SCALE");
        JsonNode config = JSON.readTree(send(server, Front.HTTP, "/v2/models/scaling/config", ""));
        assertThat(config.at("/input/1/optional").asBoolean()).isTrue();
    }
}
