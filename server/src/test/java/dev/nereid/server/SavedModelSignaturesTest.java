package dev.nereid.server;

import static dev.nereid.server.RunningServers.exchange;
import static dev.nereid.server.RunningServers.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.nereid.models.tensorflow.saved.WrittenSavedModel;
import dev.nereid.proto.tensorflow.DataType;
import dev.nereid.proto.tensorflow.GetModelMetadataRequest;
import dev.nereid.proto.tensorflow.ModelSpec;
import dev.nereid.proto.tensorflow.PredictRequest;
import dev.nereid.proto.tensorflow.PredictionServiceGrpc;
import dev.nereid.proto.tensorflow.PredictionServiceGrpc.PredictionServiceBlockingStub;
import dev.nereid.proto.tensorflow.SignatureDefMap;
import dev.nereid.proto.tensorflow.TensorProto;
import dev.nereid.proto.tensorflow.TensorShapeProto;
import dev.nereid.server.config.Front;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A SavedModel of y = x / 2 + 2, with a signature of y = x + 4 and one that cannot be loaded. */
class SavedModelSignaturesTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DEFAULT = "serving_default:" + WrittenSavedModel.CALL;
    private static final String TWICE = "twice:" + WrittenSavedModel.TWICE;

    @TempDir
    private static Path repository;

    private static RunningServers servers;
    private static Server server;

    @BeforeAll
    static void start() throws IOException {
        write("several", DEFAULT, TWICE, "broken:" + WrittenSavedModel.UNKNOWN);
        write("single", TWICE);
        WrittenSavedModel.writeExamples(
                Files.createDirectories(repository.resolve("examples/1/model.savedmodel")), "doubles");
        servers = new RunningServers(repository);
        server = servers.start("--tensorflow-rest-port=0", "--tensorflow-grpc-port=0");
    }

    @AfterAll
    static void stop() {
        servers.close();
    }

    private static void write(String model, String... signatures) throws IOException {
        WrittenSavedModel.writeSignatures(
                Files.createDirectories(repository.resolve(model + "/1/model.savedmodel")), signatures);
    }

    private static JsonNode predict(String model, String signature) throws IOException {
        return JSON.readTree(exchange(
                        server,
                        Front.TENSORFLOW_REST,
                        "/v1/models/" + model + ":predict",
                        "{" + signature + "\"instances\": [1.0, 2.0]}")
                .body());
    }

    private static JsonNode named(String model, String signature) throws IOException {
        return predict(model, "\"signature_name\": \"" + signature + "\", ");
    }

    private static <T> T grpc(Function<PredictionServiceBlockingStub, T> call) {
        ManagedChannel channel = NettyChannelBuilder.forAddress(
                        "127.0.0.1", server.port(Front.TENSORFLOW_GRPC).orElseThrow())
                .usePlaintext()
                .build();
        try {
            return call.apply(PredictionServiceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS));
        } finally {
            channel.shutdownNow();
        }
    }

    private static PredictRequest request(String signature) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        shape.addDimBuilder().setSize(2);
        return PredictRequest.newBuilder()
                .setModelSpec(ModelSpec.newBuilder().setName("several").setSignatureName(signature))
                .putInputs(
                        "x",
                        TensorProto.newBuilder()
                                .setDtype(DataType.DT_FLOAT)
                                .setTensorShape(shape)
                                .addAllFloatVal(List.of(1f, 2f))
                                .build())
                .build();
    }

    @Test
    void restCallsASignatureByItsName() throws IOException {
        JsonNode plain = JSON.readTree("{\"predictions\": [2.5, 3.0]}");
        assertThat(predict("several", "")).isEqualTo(plain);
        assertThat(named("several", "serving_default")).isEqualTo(plain);
        assertThat(named("several", "twice")).isEqualTo(JSON.readTree("{\"predictions\": [5.0, 6.0]}"));
    }

    @Test
    void grpcCallsASignatureByItsName() {
        var answer = grpc(stub -> stub.predict(request("twice")));
        assertThat(answer.getOutputsOrThrow("y").getFloatValList()).containsExactly(5f, 6f);
        assertThat(answer.getModelSpec().getSignatureName()).isEqualTo("twice");
        assertThat(grpc(stub -> stub.predict(request("")))
                        .getOutputsOrThrow("y")
                        .getFloatValList())
                .containsExactly(2.5f, 3f);
    }

    @Test
    void metadataListsAllThatCanBeCalledWithTheirMethods() throws IOException {
        JsonNode rest = JSON.readTree(send(server, Front.TENSORFLOW_REST, "/v1/models/several/metadata", ""))
                .at("/metadata/signature_def/signature_def");
        assertThat(rest.fieldNames()).toIterable().containsExactlyInAnyOrder("serving_default", "twice");
        assertThat(rest.at("/twice/method_name").asText()).isEqualTo("tensorflow/serving/twice");
        SignatureDefMap map = grpc(stub -> unpacked(stub.getModelMetadata(GetModelMetadataRequest.newBuilder()
                        .setModelSpec(ModelSpec.newBuilder().setName("several"))
                        .addMetadataField("signature_def")
                        .build())
                .getMetadataOrThrow("signature_def")));
        assertThat(map.getSignatureDefMap()).containsOnlyKeys("serving_default", "twice");
        assertThat(map.getSignatureDefOrThrow("twice").getMethodName()).isEqualTo("tensorflow/serving/twice");
    }

    private static SignatureDefMap unpacked(com.google.protobuf.Any message) {
        try {
            return message.unpack(SignatureDefMap.class);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aSignatureThatCannotBeLoadedSaysWhy() throws IOException {
        assertThat(named("several", "broken").get("error").asText())
                .contains("signature 'broken' of model 'several' version 1 cannot be called", "NoSuchOperator");
        assertThatThrownBy(() -> grpc(stub -> stub.predict(request("broken"))))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("NoSuchOperator");
    }

    @Test
    void anUnknownSignatureIsNamed() throws IOException {
        assertThat(named("several", "other").get("error").asText()).contains("\"other\"");
    }

    @Test
    void theOnlySignatureIsCalledWhateverItIsNamed() throws IOException {
        JsonNode answer = JSON.readTree("{\"predictions\": [5.0, 6.0]}");
        assertThat(predict("single", "")).isEqualTo(answer);
        assertThat(named("single", "twice")).isEqualTo(answer);
    }

    @Test
    void examplesOfAnInputWithoutAShapeAreAnyNumber() throws IOException {
        String one = regress("{\"x\": 1.5}");
        assertThat(JSON.readTree(one)).isEqualTo(JSON.readTree("{\"results\": [3.0]}"));
        String several = regress("{\"x\": 1.0}, {\"x\": -2.0}, {\"y\": 4.0}");
        assertThat(JSON.readTree(several)).isEqualTo(JSON.readTree("{\"results\": [2.0, -4.0, 14.0]}"));
        assertThat(predict("examples", ""))
                .as("the default signature takes numbers")
                .isEqualTo(predict("several", ""));
    }

    private static String regress(String examples) {
        return send(
                server,
                Front.TENSORFLOW_REST,
                "/v1/models/examples:regress",
                "{\"signature_name\": \"doubles\", \"examples\": [" + examples + "]}");
    }

    @Test
    void statisticsCountTheRequestsOfAll() throws IOException {
        write("counted", DEFAULT, TWICE);
        send(server, Front.HTTP, "/v2/repository/models/counted/load", "{}");
        named("counted", "twice");
        predict("counted", "");
        JsonNode statistics = JSON.readTree(send(server, Front.HTTP, "/v2/models/counted/stats", ""));
        assertThat(statistics.at("/model_stats/0/inference_count").asLong()).isEqualTo(4);
    }

    @Test
    void aReloadTakesWhatTheFilesHaveThen() throws IOException {
        write("changing", DEFAULT);
        send(server, Front.HTTP, "/v2/repository/models/changing/load", "{}");
        assertThat(named("changing", "twice").has("error")).isTrue();
        write("changing", DEFAULT, TWICE);
        send(server, Front.HTTP, "/v2/repository/models/changing/load", "{}");
        assertThat(named("changing", "twice").at("/predictions/0").asDouble()).isEqualTo(5);
        send(server, Front.HTTP, "/v2/repository/models/changing/unload", "{}");
        assertThat(named("changing", "twice").get("error").asText()).contains("changing");
    }
}
