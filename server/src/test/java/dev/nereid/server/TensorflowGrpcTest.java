package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.protobuf.ByteString;
import com.google.protobuf.Int64Value;
import dev.nereid.proto.tensorflow.ClassificationRequest;
import dev.nereid.proto.tensorflow.DataType;
import dev.nereid.proto.tensorflow.Example;
import dev.nereid.proto.tensorflow.ExampleList;
import dev.nereid.proto.tensorflow.Feature;
import dev.nereid.proto.tensorflow.Features;
import dev.nereid.proto.tensorflow.FloatList;
import dev.nereid.proto.tensorflow.GetModelMetadataRequest;
import dev.nereid.proto.tensorflow.GetModelStatusRequest;
import dev.nereid.proto.tensorflow.InferenceTask;
import dev.nereid.proto.tensorflow.Input;
import dev.nereid.proto.tensorflow.ModelServiceGrpc;
import dev.nereid.proto.tensorflow.ModelSpec;
import dev.nereid.proto.tensorflow.ModelVersionStatus;
import dev.nereid.proto.tensorflow.MultiInferenceRequest;
import dev.nereid.proto.tensorflow.PredictRequest;
import dev.nereid.proto.tensorflow.PredictResponse;
import dev.nereid.proto.tensorflow.PredictionServiceGrpc;
import dev.nereid.proto.tensorflow.PredictionServiceGrpc.PredictionServiceBlockingStub;
import dev.nereid.proto.tensorflow.RegressionRequest;
import dev.nereid.proto.tensorflow.ReloadConfigRequest;
import dev.nereid.proto.tensorflow.SignatureDefMap;
import dev.nereid.proto.tensorflow.TensorProto;
import dev.nereid.proto.tensorflow.TensorShapeProto;
import dev.nereid.server.config.Front;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Calls of TensorFlow Serving's gRPC services. */
class TensorflowGrpcTest {
    @TempDir
    private static Path folder;

    private static RunningServers servers;
    private static ManagedChannel channel;
    private static PredictionServiceBlockingStub predictions;

    @BeforeAll
    static void start() throws IOException {
        servers = new RunningServers(folder);
        TensorflowModels.write(folder);
        Server server = servers.start("--tensorflow-grpc-port=0", "--allow-http=false", "--allow-grpc=false");
        channel = NettyChannelBuilder.forAddress(
                        "127.0.0.1", server.port(Front.TENSORFLOW_GRPC).orElseThrow())
                .usePlaintext()
                .build();
        predictions = PredictionServiceGrpc.newBlockingStub(channel);
    }

    @AfterAll
    static void stop() {
        channel.shutdownNow();
        servers.close();
    }

    private static TensorShapeProto shape(long... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long dim : dims) {
            shape.addDimBuilder().setSize(dim);
        }
        return shape.build();
    }

    private static TensorProto.Builder tensor(DataType type, long... dims) {
        return TensorProto.newBuilder().setDtype(type).setTensorShape(shape(dims));
    }

    private static PredictRequest.Builder halves(TensorProto.Builder x) {
        return PredictRequest.newBuilder()
                .setModelSpec(ModelSpec.newBuilder().setName("halves"))
                .putInputs("x", x.build());
    }

    static Stream<Arguments> spellings() {
        ByteBuffer bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : new float[] {2, 4, 6, 8}) {
            bytes.putFloat(value);
        }
        bytes.flip();
        return Stream.of(
                arguments(
                        "a list",
                        tensor(DataType.DT_FLOAT, 2, 2)
                                .addFloatVal(2)
                                .addFloatVal(4)
                                .addFloatVal(6)
                                .addFloatVal(8),
                        new float[] {1, 2, 3, 4}),
                arguments(
                        "bytes",
                        tensor(DataType.DT_FLOAT, 2, 2).setTensorContent(ByteString.copyFrom(bytes)),
                        new float[] {1, 2, 3, 4}),
                arguments(
                        "a last value that is repeated",
                        tensor(DataType.DT_FLOAT, 3, 2).addFloatVal(2).addFloatVal(4),
                        new float[] {1, 2, 2, 2, 2, 2}),
                arguments("no value", tensor(DataType.DT_FLOAT, 1, 2), new float[] {0, 0}));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("spellings")
    void tensorsAreReadInAllSpellings(String name, TensorProto.Builder x, float[] expected) {
        PredictResponse response = predictions.predict(halves(x).build());
        TensorProto y = response.getOutputsOrThrow("y");
        assertThat(y.getDtype()).isEqualTo(DataType.DT_FLOAT);
        assertThat(y.getTensorShape()).isEqualTo(x.getTensorShape());
        assertThat(y.getTensorContent()).isEmpty();
        assertThat(y.getFloatValList()).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(y.getFloatVal(i)).isEqualTo(expected[i]);
        }
        assertThat(response.getModelSpec())
                .isEqualTo(ModelSpec.newBuilder()
                        .setName("halves")
                        .setVersion(Int64Value.of(1))
                        .setSignatureName("serving_default")
                        .build());
    }

    @Test
    void halvesAndStringsGoBothWays() {
        PredictRequest half = PredictRequest.newBuilder()
                .setModelSpec(ModelSpec.newBuilder().setName("half").setVersion(Int64Value.of(1)))
                .putInputs(
                        "x",
                        tensor(DataType.DT_HALF, 2)
                                .addHalfVal(0x3C00)
                                .addHalfVal(0xC000)
                                .build())
                .build();
        assertThat(predictions.predict(half).getOutputsOrThrow("y").getHalfValList())
                .containsExactly(0x3C00, 0xC000);
        ByteString lengths = ByteString.copyFrom(new byte[] {1, 2, 'a', 0, (byte) 0xFF});
        PredictRequest strings = PredictRequest.newBuilder()
                .setModelSpec(ModelSpec.newBuilder().setName("echo"))
                .putInputs(
                        "in",
                        tensor(DataType.DT_STRING, 2).setTensorContent(lengths).build())
                .addOutputFilter("text")
                .build();
        PredictResponse response = predictions.predict(strings);
        assertThat(response.getOutputsMap()).containsOnlyKeys("text");
        assertThat(response.getOutputsOrThrow("text").getStringValList())
                .containsExactly(ByteString.copyFromUtf8("a"), ByteString.copyFrom(new byte[] {0, (byte) 0xFF}));
    }

    static Stream<Arguments> refusals() {
        TensorProto.Builder good = tensor(DataType.DT_FLOAT, 1, 2);
        return Stream.of(
                arguments(PredictRequest.newBuilder(), Status.Code.INVALID_ARGUMENT, "Missing ModelSpec"),
                arguments(
                        PredictRequest.newBuilder().setModelSpec(ModelSpec.getDefaultInstance()),
                        Status.Code.INVALID_ARGUMENT,
                        "ModelSpec has no name specified."),
                arguments(
                        halves(good).setModelSpec(ModelSpec.newBuilder().setName("none")),
                        Status.Code.NOT_FOUND,
                        "Servable not found for request: Latest(none)"),
                arguments(
                        halves(good)
                                .setModelSpec(
                                        ModelSpec.newBuilder().setName("halves").setVersionLabel("x")),
                        Status.Code.INVALID_ARGUMENT,
                        "Unrecognized servable version label: x"),
                arguments(
                        halves(good)
                                .setModelSpec(
                                        ModelSpec.newBuilder().setName("halves").setSignatureName("x")),
                        Status.Code.FAILED_PRECONDITION,
                        "Serving signature key \"x\" not found."),
                arguments(
                        halves(good).putInputs("z", good.build()),
                        Status.Code.INVALID_ARGUMENT,
                        "input size does not match signature: 2!=1 len({x,z}) != len({x}). Sent extra: {z}. Missing but "
                                + "required: {}."),
                arguments(
                        halves(good).clearInputs(),
                        Status.Code.INVALID_ARGUMENT,
                        "input size does not match signature: 0!=1 len({}) != len({x}). Sent extra: {}. Missing but "
                                + "required: {x}."),
                arguments(
                        halves(good).clearInputs().putInputs("z", good.build()),
                        Status.Code.INVALID_ARGUMENT,
                        "input tensor alias not found in signature: z. Inputs expected to be in the set {x}."),
                arguments(
                        halves(good).addOutputFilter("z"),
                        Status.Code.INVALID_ARGUMENT,
                        "output tensor alias not found in signature: z Outputs expected to be in the set {y}."),
                arguments(
                        halves(good).addOutputFilter("y").addOutputFilter("y"),
                        Status.Code.INVALID_ARGUMENT,
                        "duplicate output tensor alias: y"),
                arguments(
                        halves(tensor(DataType.DT_INT32, 1, 2)),
                        Status.Code.INVALID_ARGUMENT,
                        "input 'x': Expects arg[0] to be float but int32 is provided"),
                arguments(
                        halves(tensor(DataType.DT_FLOAT, 1, 2).addAllFloatVal(java.util.List.of(1f, 2f, 3f))),
                        Status.Code.INVALID_ARGUMENT,
                        "tensor 'x' has 3 values: expected no more than 2 for [1,2]"),
                arguments(
                        halves(tensor(DataType.DT_FLOAT, 1, 2).setTensorContent(ByteString.copyFrom(new byte[7]))),
                        Status.Code.INVALID_ARGUMENT,
                        "tensor 'x' has 7 bytes of content: expected 8 for float [1,2]"),
                arguments(
                        halves(tensor(DataType.DT_FLOAT, -1, 2)),
                        Status.Code.INVALID_ARGUMENT,
                        "tensor 'x' has a negative dim: [-1, 2]"),
                arguments(
                        halves(tensor(DataType.DT_FLOAT, 1L << 40, 1L << 40)),
                        Status.Code.INVALID_ARGUMENT,
                        "tensor 'x' has too many elements: [1099511627776, 1099511627776]"),
                arguments(
                        halves(tensor(DataType.DT_QINT8, 1)),
                        Status.Code.INVALID_ARGUMENT,
                        "tensor 'x' has the datatype DT_QINT8, which is not supported"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void errorsAreThoseOfTensorflowServing(PredictRequest.Builder request, Status.Code code, String text) {
        assertThatThrownBy(() -> predictions.predict(request.build()))
                .isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
                    assertThat(e.getStatus().getDescription()).isEqualTo(text);
                    assertThat(e.getStatus().getCode()).isEqualTo(code);
                });
    }

    @Test
    void aTensorThatWouldFillTheMemoryIsRefused() {
        assertThatThrownBy(() -> predictions.predict(
                        halves(tensor(DataType.DT_FLOAT, 1L << 36, 2).addFloatVal(1))
                                .build()))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getMessage()).contains("memory"));
    }

    private static Input examples() {
        Example example = Example.newBuilder()
                .setFeatures(Features.newBuilder()
                        .putFeature(
                                "x",
                                Feature.newBuilder()
                                        .setFloatList(FloatList.newBuilder().addValue(1))
                                        .build()))
                .build();
        return Input.newBuilder()
                .setExampleList(ExampleList.newBuilder().addExamples(example))
                .build();
    }

    @Test
    void examplesAreClassifiedAndRegressed() {
        assertThat(predictions
                        .classify(ClassificationRequest.newBuilder()
                                .setModelSpec(ModelSpec.newBuilder().setName("classes"))
                                .setInput(examples())
                                .build())
                        .getResult()
                        .getClassifications(0)
                        .getClasses(1)
                        .getScore())
                .isEqualTo(0.75f);
        assertThat(predictions
                        .regress(RegressionRequest.newBuilder()
                                .setModelSpec(ModelSpec.newBuilder().setName("values"))
                                .setInput(examples())
                                .build())
                        .getResult()
                        .getRegressions(0)
                        .getValue())
                .isEqualTo(examples().getExampleList().getExamples(0).getSerializedSize());
    }

    @Test
    void severalHeadsAreAskedAtOnce() {
        MultiInferenceRequest request = MultiInferenceRequest.newBuilder()
                .setInput(examples())
                .addTasks(InferenceTask.newBuilder()
                        .setModelSpec(ModelSpec.newBuilder().setName("values"))
                        .setMethodName("tensorflow/serving/regress"))
                .build();
        assertThat(predictions
                        .multiInference(request)
                        .getResults(0)
                        .getRegressionResult()
                        .getRegressionsCount())
                .isEqualTo(1);
    }

    @Test
    void metadataIsTheMapOfSignatures() throws Exception {
        SignatureDefMap signatures = predictions
                .getModelMetadata(GetModelMetadataRequest.newBuilder()
                        .setModelSpec(ModelSpec.newBuilder().setName("echo"))
                        .addMetadataField("signature_def")
                        .build())
                .getMetadataOrThrow("signature_def")
                .unpack(SignatureDefMap.class);
        assertThat(signatures
                        .getSignatureDefOrThrow("serving_default")
                        .getInputsOrThrow("in")
                        .getTensorShape())
                .isEqualTo(shape(-1));
    }

    @Test
    void statusNamesTheVersions() {
        assertThat(ModelServiceGrpc.newBlockingStub(channel)
                        .getModelStatus(GetModelStatusRequest.newBuilder()
                                .setModelSpec(ModelSpec.newBuilder().setName("halves"))
                                .build())
                        .getModelVersionStatus(0)
                        .getState())
                .isEqualTo(ModelVersionStatus.State.AVAILABLE);
    }

    @Test
    void aTritonRepositoryHasNoListOfModelsToReload() {
        assertThatThrownBy(() -> ModelServiceGrpc.newBlockingStub(channel)
                        .handleReloadConfigRequest(ReloadConfigRequest.getDefaultInstance()))
                .hasMessageStartingWith("FAILED_PRECONDITION: the models of this server come from --model-repository");
    }
}
