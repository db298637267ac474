package dev.nereid.server;

import static dev.nereid.server.RunningServers.exchange;
import static dev.nereid.server.RunningServers.send;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.models.tensorflow.saved.WrittenSavedModel;
import dev.nereid.proto.tensorflow.DataType;
import dev.nereid.proto.tensorflow.ModelSpec;
import dev.nereid.proto.tensorflow.PredictRequest;
import dev.nereid.proto.tensorflow.PredictionServiceGrpc;
import dev.nereid.proto.tensorflow.TensorProto;
import dev.nereid.proto.tensorflow.TensorShapeProto;
import dev.nereid.server.config.Front;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SavedModels of y = x / 2 + 2: one of numbers, one of columns of one number, as TensorFlow Serving's own example has them. */
class SavedModelServerTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private static Path repository;

    private static RunningServers servers;
    private static Server server;

    @BeforeAll
    static void start() throws IOException {
        WrittenSavedModel.write(Files.createDirectories(repository.resolve("numbers/1/model.savedmodel")), -1);
        WrittenSavedModel.write(Files.createDirectories(repository.resolve("columns/1/model.savedmodel")), -1, 1);
        servers = new RunningServers(repository);
        server = servers.start("--tensorflow-rest-port=0", "--tensorflow-grpc-port=0");
    }

    @AfterAll
    static void stop() {
        servers.close();
    }

    private static JsonNode predictions(String model, String instances) throws IOException {
        return JSON.readTree(send(
                        server,
                        Front.TENSORFLOW_REST,
                        "/v1/models/" + model + ":predict",
                        "{\"instances\": " + instances + "}"))
                .get("predictions");
    }

    @Test
    void rowsGiveRows() throws IOException {
        assertThat(predictions("numbers", "[1.0, 2.0, 5.0]")).isEqualTo(JSON.readTree("[2.5, 3.0, 4.5]"));
        assertThat(predictions("columns", "[[1.0], [2.0], [5.0]]")).isEqualTo(JSON.readTree("[[2.5], [3.0], [4.5]]"));
    }

    @Test
    void aVectorInPlaceOfAColumnGivesAVector() throws IOException {
        assertThat(predictions("columns", "[1.0, 2.0, 5.0]")).isEqualTo(JSON.readTree("[2.5, 3.0, 4.5]"));
        ManagedChannel channel = NettyChannelBuilder.forAddress(
                        "127.0.0.1", server.port(Front.TENSORFLOW_GRPC).orElseThrow())
                .usePlaintext()
                .build();
        try {
            TensorProto y = PredictionServiceGrpc.newBlockingStub(channel)
                    .predict(PredictRequest.newBuilder()
                            .setModelSpec(ModelSpec.newBuilder().setName("columns"))
                            .putInputs(
                                    "x",
                                    TensorProto.newBuilder()
                                            .setDtype(DataType.DT_FLOAT)
                                            .setTensorShape(TensorShapeProto.newBuilder()
                                                    .addDim(TensorShapeProto.Dim.newBuilder()
                                                            .setSize(3)))
                                            .addAllFloatVal(List.of(1f, 2f, 5f))
                                            .build())
                            .build())
                    .getOutputsOrThrow("y");
            assertThat(y.getTensorShape().getDimCount()).isEqualTo(1);
            assertThat(y.getFloatValList()).containsExactly(2.5f, 3f, 4.5f);
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void otherShapesAreRefused() {
        assertThat(exchange(server, Front.TENSORFLOW_REST, "/v1/models/columns:predict", "{\"instances\": [[1, 2]]}")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void theProtocolOfTritonServesThemToo() throws IOException {
        assertThat(JSON.readTree(send(server, Front.HTTP, "/v2/models/columns", ""))
                        .get("platform")
                        .asText())
                .isEqualTo("tensorflow_savedmodel");
        String answer = send(
                server,
                Front.HTTP,
                "/v2/models/columns/infer",
                "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[3,1],\"data\":[1,2,5]}]}");
        assertThat(JSON.readTree(answer).get("outputs").get(0).get("data")).isEqualTo(JSON.readTree("[2.5, 3.0, 4.5]"));
    }
}
