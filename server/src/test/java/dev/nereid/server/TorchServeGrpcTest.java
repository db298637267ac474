package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.models.operators.ModelSketch;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.proto.torchserve.DescribeModelRequest;
import dev.nereid.proto.torchserve.InferenceAPIsServiceGrpc;
import dev.nereid.proto.torchserve.ListModelsRequest;
import dev.nereid.proto.torchserve.ManagementAPIsServiceGrpc;
import dev.nereid.proto.torchserve.PredictionResponse;
import dev.nereid.proto.torchserve.PredictionsRequest;
import dev.nereid.proto.torchserve.RegisterModelRequest;
import dev.nereid.proto.torchserve.ScaleWorkerRequest;
import dev.nereid.proto.torchserve.SetDefaultRequest;
import dev.nereid.proto.torchserve.UnregisterModelRequest;
import dev.nereid.server.config.Front;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls of TorchServe's gRPC services. */
class TorchServeGrpcTest {
    private static final ByteString INSTANCES = ByteString.copyFromUtf8("{\"instances\": [[1.0, 2.0]]}");
    private static final String HALVED = "{\"predictions\": [[0.5, 1.0]]}";

    @TempDir
    private static Path folder;

    private static Server server;
    private static ManagedChannel inferenceChannel;
    private static ManagedChannel managementChannel;
    private static InferenceAPIsServiceGrpc.InferenceAPIsServiceBlockingStub inference;
    private static ManagementAPIsServiceGrpc.ManagementAPIsServiceBlockingStub management;

    @BeforeAll
    static void start() throws Exception {
        Path store = Files.createDirectory(folder.resolve("store"));
        TorchServeServers.archive(store, "halves.mar", "halves", "1.0");
        TorchServeServers.archive(store, "second.mar", "halves", "2.0");
        server = TorchServeServers.start(folder, store, "halves.mar");
        TorchServeServers.awaitHealthy(server);
        inferenceChannel = channel(server, Front.TORCHSERVE_GRPC);
        managementChannel = channel(server, Front.TORCHSERVE_GRPC_MANAGEMENT);
        inference = InferenceAPIsServiceGrpc.newBlockingStub(inferenceChannel);
        management = ManagementAPIsServiceGrpc.newBlockingStub(managementChannel);
    }

    private static ManagedChannel channel(Server of, Front front) {
        return NettyChannelBuilder.forAddress("127.0.0.1", of.port(front).orElseThrow())
                .usePlaintext()
                .build();
    }

    @AfterAll
    static void stop() {
        inferenceChannel.shutdownNow();
        managementChannel.shutdownNow();
        assertThat(server.stop()).isTrue();
    }

    private static PredictionsRequest request(String model, String version) {
        return PredictionsRequest.newBuilder()
                .setModelName(model)
                .setModelVersion(version)
                .putInput("data", INSTANCES)
                .build();
    }

    private static void assertFails(ThrowingCallable call, Status.Code code, String text) {
        assertThatThrownBy(call).isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
            assertThat(e.getStatus().getCode()).isEqualTo(code);
            assertThat(e.getStatus().getDescription()).isEqualTo(text);
        });
    }

    @Test
    void aPingTellsTheTextOfRest() {
        assertThat(inference.ping(Empty.getDefaultInstance()).getHealth())
                .isEqualTo("{\n  \"status\": \"Healthy\"\n}\n");
    }

    @Test
    void predictionsAreThoseOfRest() {
        assertThat(inference.predictions(request("halves", "")).getPrediction().toStringUtf8())
                .isEqualTo(HALVED);
        assertThat(inference
                        .predictions(request("halves", "1.0"))
                        .getPrediction()
                        .toStringUtf8())
                .isEqualTo(HALVED);
    }

    @Test
    void largePredictionsAreAnsweredAsSmallOnesAre() throws Exception {
        GraphWriter anyWidth = new GraphWriter()
                .input("x", DataType.FLOAT, -1, -1)
                .output("y", DataType.FLOAT, -1, -1)
                .constant("half", List.of(), 0.5)
                .node("Mul", "y", "x", "half");
        TorchServeServers.archive(
                folder.resolve("store"), "wide.mar", "wide", "1.0", anyWidth, "base_handler", "\"envelope\":\"json\",");
        management.registerModel(RegisterModelRequest.newBuilder()
                .setUrl("wide.mar")
                .setInitialWorkers(1)
                .setSynchronous(true)
                .build());
        // Little of both; a large answer to a small request; a large request.
        for (int numbers : new int[] {3, 5_000, 20_000}) {
            PredictionResponse answer = inference.predictions(request("wide", "").toBuilder()
                    .putInput("data", ByteString.copyFromUtf8("{\"instances\": [[" + "1,".repeat(numbers - 1) + "1]]}"))
                    .build());
            assertThat(answer.getPrediction().toStringUtf8())
                    .isEqualTo("{\"predictions\": [[" + "0.5, ".repeat(numbers - 1) + "0.5]]}");
        }
    }

    @Test
    void aPredictionThatTakesTooLongIsCancelled() throws Exception {
        Path store = Files.createDirectory(folder.resolve("endless"));
        GraphWriter endless = new GraphWriter()
                .input("x", DataType.FLOAT, -1, 2)
                .output("y", DataType.FLOAT, -1, 2)
                .constant("trips", 1L << 62)
                .node("Loop", "y", "trips", "", "x")
                .attribute(ModelSketch.body(
                        "body",
                        ModelSketch.graph(
                                "number:i[] go:b[] before:f[n,2]",
                                "go:b[] after:f[n,2]",
                                ModelSketch.node("after = Sigmoid(before)"))));
        TorchServeServers.archive(
                store, "endless.mar", "endless", "1.0", endless, "base_handler", "\"envelope\":\"json\",");
        Map<String, String> properties = Map.of(
                "model_store", store.toString(),
                "load_models", "endless.mar",
                "default_response_timeout", "1",
                "disable_token_authorization", "true");
        Server impatient = TorchServeServers.start(Files.createDirectory(folder.resolve("late")), properties, false);
        ManagedChannel channel = channel(impatient, Front.TORCHSERVE_GRPC);
        try {
            TorchServeServers.awaitHealthy(impatient);
            var stub = InferenceAPIsServiceGrpc.newBlockingStub(channel);
            assertThatThrownBy(() -> stub.predictions(request("endless", "")))
                    .isInstanceOfSatisfying(
                            StatusRuntimeException.class,
                            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL));
        } finally {
            channel.shutdownNow();
            assertThat(impatient.stop()).isTrue();
        }
    }

    @Test
    void aStreamOfAnswersEndsWithTheLast() {
        Iterator<PredictionResponse> answers = inference.streamPredictions(request("halves", ""));
        assertThat(answers.next().getPrediction().toStringUtf8()).isEqualTo(HALVED);
        assertThat(answers.hasNext()).isFalse();
    }

    @Test
    void aStreamOfRequestsIsAnsweredInOrderAndOutlivesErrors() throws Exception {
        List<PredictionResponse> answers = new CopyOnWriteArrayList<>();
        CompletableFuture<Boolean> over = new CompletableFuture<>();
        StreamObserver<PredictionsRequest> requests = InferenceAPIsServiceGrpc.newStub(inferenceChannel)
                .streamPredictions2(new StreamObserver<>() {
                    @Override
                    public void onNext(PredictionResponse answer) {
                        answers.add(answer);
                    }

                    @Override
                    public void onError(Throwable error) {
                        over.completeExceptionally(error);
                    }

                    @Override
                    public void onCompleted() {
                        over.complete(true);
                    }
                });
        requests.onNext(request("halves", ""));
        requests.onNext(request("none", ""));
        requests.onNext(request("halves", ""));
        requests.onCompleted();
        assertThat(over.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(answers).hasSize(3);
        assertThat(answers.get(0).getPrediction().toStringUtf8()).isEqualTo(HALVED);
        assertThat(answers.get(1).getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND.value());
        assertThat(answers.get(1).getStatus().getMessage()).isEqualTo("Model not found: none");
        assertThat(answers.get(2).getPrediction().toStringUtf8()).isEqualTo(HALVED);
    }

    @Test
    void errorsHaveTheirStatuses() {
        assertFails(() -> inference.predictions(request("none", "")), Status.Code.NOT_FOUND, "Model not found: none");
        assertFails(
                () -> inference.predictions(request("halves", "9")),
                Status.Code.NOT_FOUND,
                "Model version: 9 does not exist for model: halves");
        assertFails(
                () -> inference.predictions(request("halves", "").toBuilder()
                        .putInput("data", ByteString.copyFromUtf8("x"))
                        .build()),
                Status.Code.INTERNAL,
                "Prediction failed");
        assertFails(
                () -> management.registerModel(
                        RegisterModelRequest.newBuilder().setUrl("none.mar").build()),
                Status.Code.NOT_FOUND,
                "Model not found at: none.mar");
        assertFails(
                () -> management.scaleWorker(ScaleWorkerRequest.newBuilder()
                        .setModelName("halves")
                        .setMinWorker(2)
                        .setMaxWorker(1)
                        .build()),
                Status.Code.INVALID_ARGUMENT,
                "max_worker cannot be less than min_worker.");
        assertFails(
                () -> inference.predictions(request("halves", "").toBuilder()
                        .putInput("data", ByteString.copyFrom(new byte[6_553_501]))
                        .build()),
                Status.Code.INVALID_ARGUMENT,
                "the inputs exceed max_request_size of 6553500 bytes");
    }

    @Test
    void modelsAreManaged() {
        assertThat(management.listModels(ListModelsRequest.getDefaultInstance()).getMsg())
                .contains("\"modelName\": \"halves\"");
        assertThat(management
                        .registerModel(RegisterModelRequest.newBuilder()
                                .setUrl("second.mar")
                                .setInitialWorkers(1)
                                .setSynchronous(true)
                                .build())
                        .getMsg())
                .contains("Model \\\"halves\\\" Version: 2.0 registered with 1 initial workers");
        assertThat(management
                        .scaleWorker(ScaleWorkerRequest.newBuilder()
                                .setModelName("halves")
                                .setModelVersion("2.0")
                                .setMinWorker(2)
                                .setSynchronous(true)
                                .build())
                        .getMsg())
                .contains("Workers scaled to 2 for model: halves, version: 2.0");
        assertThat(management
                        .setDefault(SetDefaultRequest.newBuilder()
                                .setModelName("halves")
                                .setModelVersion("2.0")
                                .build())
                        .getMsg())
                .contains("Default version successfully updated");
        assertThat(management
                        .describeModel(DescribeModelRequest.newBuilder()
                                .setModelName("halves")
                                .build())
                        .getMsg())
                .contains("\"modelVersion\": \"2.0\"")
                .doesNotContain("customizedMetadata");
        assertThat(management
                        .describeModel(DescribeModelRequest.newBuilder()
                                .setModelName("halves")
                                .setModelVersion("1.0")
                                .setCustomized(true)
                                .build())
                        .getMsg())
                .contains("customizedMetadata");
        assertThat(management
                        .listModels(ListModelsRequest.newBuilder()
                                .setLimit(1)
                                .setNextPageToken(1)
                                .build())
                        .getMsg())
                .isEqualTo("{\n  \"models\": []\n}\n");
        assertThat(management
                        .setDefault(SetDefaultRequest.newBuilder()
                                .setModelName("halves")
                                .setModelVersion("1.0")
                                .build())
                        .getMsg())
                .isNotEmpty();
        assertThat(management
                        .unregisterModel(UnregisterModelRequest.newBuilder()
                                .setModelName("halves")
                                .setModelVersion("2.0")
                                .build())
                        .getMsg())
                .contains("unregistered");
    }

    @Test
    void callsNeedTheKeyOfTheirService() throws Exception {
        Path home = Files.createDirectory(folder.resolve("home"));
        Server guarded = TorchServeServers.start(
                home, Map.of("model_store", folder.resolve("store").toString(), "load_models", "halves.mar"), false);
        ManagedChannel channel = channel(guarded, Front.TORCHSERVE_GRPC);
        try {
            TorchServeServers.awaitHealthy(guarded);
            var stub = InferenceAPIsServiceGrpc.newBlockingStub(channel);
            assertThat(stub.ping(Empty.getDefaultInstance()).getHealth()).contains("Healthy");
            assertFails(
                    () -> stub.predictions(request("halves", "")),
                    Status.Code.PERMISSION_DENIED,
                    "Token Authorization failed. Token either incorrect, expired, or not provided correctly");
            String key = new com.fasterxml.jackson.databind.ObjectMapper()
                    .readTree(home.resolve("key_file.json").toFile())
                    .at("/inference/key")
                    .asText();
            Metadata metadata = new Metadata();
            metadata.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + key);
            assertThat(stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata))
                            .predictions(request("halves", ""))
                            .getPrediction()
                            .toStringUtf8())
                    .isEqualTo(HALVED);
        } finally {
            channel.shutdownNow();
            assertThat(guarded.stop()).isTrue();
        }
    }

    @Test
    void anOpenStreamEndsWhenTheServerStops() throws Exception {
        Server stopped = TorchServeServers.start(
                Files.createDirectory(folder.resolve("stopped")), folder.resolve("store"), "halves.mar");
        ManagedChannel channel = channel(stopped, Front.TORCHSERVE_GRPC);
        try {
            TorchServeServers.awaitHealthy(stopped);
            CompletableFuture<PredictionResponse> first = new CompletableFuture<>();
            CompletableFuture<Status> end = new CompletableFuture<>();
            StreamObserver<PredictionsRequest> requests = InferenceAPIsServiceGrpc.newStub(channel)
                    .streamPredictions2(new StreamObserver<>() {
                        @Override
                        public void onNext(PredictionResponse answer) {
                            first.complete(answer);
                        }

                        @Override
                        public void onError(Throwable error) {
                            end.complete(Status.fromThrowable(error));
                        }

                        @Override
                        public void onCompleted() {
                            end.complete(Status.OK);
                        }
                    });
            requests.onNext(request("halves", ""));
            assertThat(first.get(30, TimeUnit.SECONDS).getPrediction().toStringUtf8())
                    .isEqualTo(HALVED);
            assertThat(stopped.stop()).isTrue();
            Status status = end.get(30, TimeUnit.SECONDS);
            assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(status.getDescription()).contains("the server is stopping");
        } finally {
            channel.shutdownNow();
            stopped.stop();
        }
    }
}
