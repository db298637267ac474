package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.InferTensorContents;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferRequest.InferInputTensor;
import dev.nereid.proto.inference.ModelInferRequest.InferRequestedOutputTensor;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.proto.inference.ModelStreamInferResponse;
import dev.nereid.server.CapturedLog;
import dev.nereid.server.ModelFolders;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.backend.builtin.BuiltInBackends;
import dev.nereid.server.observe.ModelStatistics.FailureReason;
import dev.nereid.server.protocol.HeaderForwarding;
import dev.nereid.server.protocol.SharedRange;
import dev.nereid.server.protocol.SharedRanges;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.RepositoryConfig;
import dev.nereid.server.statement.Statement;
import dev.nereid.server.trace.Tracer;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams with decoupled models, beside one that answers once. */
class DecoupledStreamTest {
    private static final int LONG_MILLIS = 600_000;

    @TempDir
    private Path root;

    private final SlabPool memory = new SlabPool(0);
    private final SlabPool responses = new SlabPool(0);
    private ModelRepository repository;
    private GrpcFront front;
    private ManagedChannel channel;

    /** What a stream's client heard: a message, or its end as a status. */
    private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();

    @BeforeEach
    void start() throws IOException {
        ModelFolders.write(root, "repeat", ModelFolders.REPEAT);
        ModelFolders.write(root, "square", ModelFolders.SQUARE);
        ModelFolders.write(root, "failing", ModelFolders.SQUARE + """
                parameters { key: "CUSTOM_FAIL_COUNT" value { string_value: "2" } }
                """);
        ModelFolders.write(root, "behind", """
                platform: "ensemble"
                input [ { name: "IN" data_type: TYPE_INT32 dims: [ 1 ] } ]
                output [ { name: "OUT" data_type: TYPE_INT32 dims: [ 1 ] } ]
                ensemble_scheduling { step [
                  { model_name: "failing" model_version: -1
                    input_map { key: "IN" value: "IN" } output_map { key: "OUT" value: "number" } },
                  { model_name: "once" model_version: -1
                    input_map { key: "IN" value: "number" } output_map { key: "OUT" value: "OUT" } } ] }
                """);
        ModelFolders.write(root, "once", """
                backend: "identity"
                input [ { name: "IN" data_type: TYPE_INT32 dims: [ -1 ] } ]
                output [ { name: "OUT" data_type: TYPE_INT32 dims: [ -1 ] } ]
                """);
        ModelFolders.write(root, "words", """
                backend: "identity"
                input [ { name: "IN" data_type: TYPE_STRING dims: [ -1 ] } ]
                output [ { name: "OUT" data_type: TYPE_STRING dims: [ -1 ] } ]
                """);
        repository = ModelRepository.start(RepositoryConfig.of(root), new Backends(BuiltInBackends.all(responses)));
        assertThat(repository.startup().orTimeout(30, TimeUnit.SECONDS).join()).isEmpty();
        front = GrpcFront.start(new GrpcConfig("127.0.0.1", 0, "triton"), repository, memory);
        channel = RunningFront.channel(front.port());
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        front.stop(Duration.ofSeconds(10));
        assertThat(repository.close(Duration.ofSeconds(10))).isTrue();
        assertThat(memory.usedBytes()).isZero();
        assertThat(responses.usedBytes()).isZero();
    }

    private StreamObserver<ModelInferRequest> open(boolean strict) {
        Metadata metadata = new Metadata();
        if (strict) {
            metadata.put(CallMetadata.ascii("triton_grpc_error"), "true");
        }
        return GRPCInferenceServiceGrpc.newStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata))
                .modelStreamInfer(new StreamObserver<>() {
                    @Override
                    public void onNext(ModelStreamInferResponse response) {
                        heard.add(response);
                    }

                    @Override
                    public void onError(Throwable error) {
                        heard.add(Status.fromThrowable(error));
                    }

                    @Override
                    public void onCompleted() {
                        heard.add(Status.OK);
                    }
                });
    }

    private String next() {
        try {
            Object what = heard.poll(30, TimeUnit.SECONDS);
            return switch (what) {
                case ModelStreamInferResponse response -> text(response);
                case Status status -> status.getCode() + ": " + status.getDescription();
                case null, default -> "nothing";
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    /** {@code id OUT bytes final}, an error's text behind {@code !}. */
    private static String text(ModelStreamInferResponse message) {
        ModelInferResponse response = message.getInferResponse();
        String last = response.getParametersMap().containsKey("triton_final_response")
                ? " final="
                        + response.getParametersMap()
                                .get("triton_final_response")
                                .getBoolParam()
                : "";
        String outputs = response.getOutputsCount() == 0
                ? ""
                : " " + response.getRawOutputContents(0).byteAt(0) + " version=" + response.getModelVersion();
        return (message.getErrorMessage().isEmpty() ? "" : "!" + message.getErrorMessage() + " ")
                + response.getId()
                + outputs
                + last;
    }

    private static InferInputTensor integers(String name, Integer... values) {
        return InferInputTensor.newBuilder()
                .setName(name)
                .setDatatype("INT32")
                .addShape(values.length)
                .setContents(InferTensorContents.newBuilder().addAllIntContents(List.of(values)))
                .build();
    }

    private static InferInputTensor unsigned(String name, Integer... values) {
        return integers(name, values).toBuilder()
                .setDatatype("UINT32")
                .setContents(InferTensorContents.newBuilder().addAllUintContents(List.of(values)))
                .build();
    }

    private static ModelInferRequest.Builder repeat(String id, Integer[] in, Integer[] delay) {
        return ModelInferRequest.newBuilder()
                .setModelName("repeat")
                .setId(id)
                .addInputs(integers("IN", in))
                .addInputs(unsigned("DELAY", delay))
                .addInputs(unsigned("WAIT", 0));
    }

    private static ModelInferRequest once(String id, int value) {
        return ModelInferRequest.newBuilder()
                .setModelName("once")
                .setId(id)
                .addInputs(integers("IN", value))
                .build();
    }

    private static ModelInferRequest withFinal(ModelInferRequest.Builder request) {
        return request.putParameters(
                        "triton_enable_empty_final_response",
                        InferParameter.newBuilder().setBoolParam(true).build())
                .build();
    }

    @Test
    @Statement(158)
    void answersADecoupledModelOverAStreamAlone() {
        Assertions.assertThatThrownBy(() -> GRPCInferenceServiceGrpc.newBlockingStub(channel)
                        .modelInfer(repeat("a", new Integer[] {1}, new Integer[] {0})
                                .build()))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessage("UNIMPLEMENTED: ModelInfer RPC doesn't support models with decoupled transaction policy");
        StreamObserver<ModelInferRequest> stream = open(false);
        stream.onNext(repeat("a", new Integer[] {4, 2}, new Integer[] {0, 0}).build());
        assertThat(next()).isEqualTo("a 4 version=1 final=false");
        assertThat(next()).isEqualTo("a 2 version=1 final=false");
        stream.onCompleted();
        assertThat(next()).isEqualTo("OK: null");
    }

    @Test
    @Statement(159)
    void saysThatNothingFollowsToThoseWhoAsk() {
        StreamObserver<ModelInferRequest> stream = open(false);
        stream.onNext(withFinal(repeat("a", new Integer[] {4}, new Integer[] {0})));
        assertThat(next()).isEqualTo("a 4 version=1 final=false");
        assertThat(next()).isEqualTo("a final=true");
        stream.onNext(withFinal(repeat("none", new Integer[] {}, new Integer[] {})));
        assertThat(next()).isEqualTo("none final=true");
        stream.onNext(repeat("silent", new Integer[] {}, new Integer[] {}).build());
        stream.onNext(once("o", 7));
        assertThat(next()).as("a model that answers once is final at once").isEqualTo("o 7 version=1 final=true");
        stream.onCompleted();
        assertThat(next()).isEqualTo("OK: null");
    }

    @Test
    @Statement({158, 160})
    void mixesTheResponsesOfSeveralRequests() {
        StreamObserver<ModelInferRequest> stream = open(false);
        stream.onNext(withFinal(repeat("slow", new Integer[] {1, 2}, new Integer[] {0, 200})));
        assertThat(next()).isEqualTo("slow 1 version=1 final=false");
        stream.onNext(repeat("fast", new Integer[] {9}, new Integer[] {0}).build());
        assertThat(next()).as("the one instance is free").isEqualTo("fast 9 version=1 final=false");
        assertThat(next()).isEqualTo("slow 2 version=1 final=false");
        assertThat(next()).isEqualTo("slow final=true");
        stream.onCompleted();
        assertThat(next()).isEqualTo("OK: null");
    }

    @Test
    void goesOnAfterTheErrorOfARequest() {
        StreamObserver<ModelInferRequest> stream = open(false);
        stream.onNext(repeat("bad", new Integer[] {1, 2}, new Integer[] {0}).build());
        assertThat(next()).isEqualTo("!expected IN and DELAY shape to match, got [2] and [1] bad final=true");
        stream.onNext(once("o", 3));
        assertThat(next()).isEqualTo("o 3 version=1 final=true");
        stream.onCompleted();
        assertThat(next()).isEqualTo("OK: null");
    }

    /** Whose answer cannot be written: strings have no classes. */
    private static ModelInferRequest classesOfWords(String id) {
        return ModelInferRequest.newBuilder()
                .setModelName("words")
                .setId(id)
                .addInputs(InferInputTensor.newBuilder()
                        .setName("IN")
                        .setDatatype("BYTES")
                        .addShape(1)
                        .setContents(InferTensorContents.newBuilder().addBytesContents(ByteString.copyFromUtf8("a"))))
                .addOutputs(InferRequestedOutputTensor.newBuilder()
                        .setName("OUT")
                        .putParameters(
                                "classification",
                                InferParameter.newBuilder().setInt64Param(1).build()))
                .build();
    }

    @Test
    void anAnswerThatCannotBeWrittenIsAnErrorOfARequestThatRuns() {
        StreamObserver<ModelInferRequest> stream = open(false);
        stream.onNext(classesOfWords("w"));
        assertThat(next()).startsWith("!class result not available").endsWith(" w final=true");
        stream.onNext(once("o", 3));
        assertThat(next()).isEqualTo("o 3 version=1 final=true");
        stream.onCompleted();
        assertThat(next()).isEqualTo("OK: null");
        open(true).onNext(classesOfWords("w"));
        assertThat(next()).startsWith("INVALID_ARGUMENT: class result not available");
    }

    @Test
    void endsAStrictStreamAtTheFirstErrorOfARequestThatRuns() {
        StreamObserver<ModelInferRequest> stream = open(true);
        stream.onNext(
                ModelInferRequest.newBuilder().setModelName("nobody").setId("n").build());
        assertThat(next())
                .as("one that does not run ends nothing")
                .isEqualTo("!Request for unknown model: 'nobody' is not found n");
        stream.onNext(repeat("long", new Integer[] {1, 2}, new Integer[] {0, LONG_MILLIS})
                .build());
        assertThat(next()).isEqualTo("long 1 version=1 final=false");
        stream.onNext(repeat("bad", new Integer[] {1, 2}, new Integer[] {0}).build());
        assertThat(next()).isEqualTo("INVALID_ARGUMENT: expected IN and DELAY shape to match, got [2] and [1]");
        awaitCancelled();
    }

    @Test
    @Statement(156)
    void cancelsWhatRunsWhenTheClientIsGone() throws InterruptedException {
        StreamObserver<ModelInferRequest> stream = open(false);
        stream.onNext(repeat("long", new Integer[] {1, 2}, new Integer[] {0, LONG_MILLIS})
                .build());
        assertThat(next()).isEqualTo("long 1 version=1 final=false");
        try (CapturedLog log = CapturedLog.of(CallCancellation.class)) {
            stream.onError(Status.CANCELLED.asRuntimeException());
            log.await("[request id: long] Cancellation issued for ModelStreamInferHandler");
            assertThat(log.lines()).containsOnlyOnce("Cancellation notification received for ModelStreamInferHandler");
        }
        awaitCancelled();
    }

    /** While the second request is read, a first one fails on its own thread. */
    @Test
    void cancelsARequestThatIsReadWhileAStrictStreamEnds() {
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        AtomicReference<InferenceStream> stream = new AtomicReference<>();
        SharedRanges ranges = (_, _, _) -> {
            stream.get()
                    .onNext(repeat("bad", new Integer[] {1, 2}, new Integer[] {0})
                            .build());
            failure.orTimeout(30, TimeUnit.SECONDS).join();
            synchronized (stream.get()) {
                // The stream, which ends under its own lock, has ended altogether.
                return new NowhereRange();
            }
        };
        stream.set(new InferenceStream(
                repository,
                new RequestReaders(memory, ranges, HeaderForwarding.NONE, Tracer.none()),
                true,
                _ -> {},
                new StreamObserver<>() {
                    @Override
                    public void onNext(ModelStreamInferResponse response) {}

                    @Override
                    public void onError(Throwable error) {
                        failure.complete(error);
                    }

                    @Override
                    public void onCompleted() {}
                }));
        stream.get()
                .onNext(repeat("long", new Integer[] {1}, new Integer[] {LONG_MILLIS})
                        .addOutputs(InferRequestedOutputTensor.newBuilder()
                                .setName("OUT")
                                .putParameters(
                                        "shared_memory_region",
                                        InferParameter.newBuilder()
                                                .setStringParam("r")
                                                .build())
                                .putParameters(
                                        "shared_memory_byte_size",
                                        InferParameter.newBuilder()
                                                .setInt64Param(4)
                                                .build()))
                        .build());
        awaitCancelled();
    }

    /** Memory of a client's that nothing is ever written to. */
    private static final class NowhereRange implements SharedRange {
        @Override
        public long byteSize() {
            return Integer.BYTES;
        }

        @Override
        public void read(MemorySegment target) {}

        @Override
        public void write(MemorySegment source) {}

        @Override
        public void close() {}
    }

    private static ModelInferRequest failing(String model, int count) {
        return ModelInferRequest.newBuilder()
                .setModelName(model)
                .setId("f")
                .addInputs(integers("IN", count))
                .build();
    }

    @Test
    void goesOnBehindResponsesThatFailed() {
        StreamObserver<ModelInferRequest> stream = open(false);
        stream.onNext(failing("failing", 3));
        assertThat(next()).isEqualTo("f 3 version=1 final=false");
        assertThat(next()).isEqualTo("!simulated failure f final=false");
        assertThat(next()).isEqualTo("!simulated failure f final=false");
        stream.onNext(failing("failing", 3));
        assertThat(next()).isEqualTo("f 3 version=1 final=false");
        stream.onCompleted();
        assertThat(next()).startsWith("!");
        assertThat(next()).startsWith("!");
        assertThat(next()).isEqualTo("OK: null");
        assertThat(repository
                        .find("failing", "")
                        .statistics()
                        .snapshot()
                        .success()
                        .count())
                .isEqualTo(2);
        assertThat(repository
                        .find("failing", "")
                        .statistics()
                        .snapshot()
                        .responses()
                        .values())
                .extracting(each -> each.success().count() + " " + each.fail().count() + " "
                        + each.empty().count())
                .containsExactly("2 0 0", "0 2 0", "0 2 0");
    }

    @Test
    void aStrictStreamEndsWithTheFirstResponseThatFails() {
        StreamObserver<ModelInferRequest> stream = open(true);
        stream.onNext(failing("failing", 3));
        assertThat(next()).isEqualTo("f 3 version=1 final=false");
        assertThat(next()).isEqualTo("UNKNOWN: simulated failure");
        while (repository.inFlight() > 0) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aFailedResponseOfAStepFailsItsEnsemble() {
        StreamObserver<ModelInferRequest> stream = open(false);
        stream.onNext(failing("behind", 5));
        stream.onCompleted();
        String heardNow = next();
        for (int i = 0; i < 3 && !heardNow.startsWith("!"); i++) {
            assertThat(heardNow).isEqualTo("f 5 version=1 final=false");
            heardNow = next();
        }
        assertThat(heardNow).contains("simulated failure").endsWith("f final=true");
        assertThat(next()).isEqualTo("OK: null");
    }

    @Test
    void makesNoResponsesForAClientThatDoesNotRead() throws InterruptedException {
        ClientCall<ModelInferRequest, ModelStreamInferResponse> call =
                channel.newCall(GRPCInferenceServiceGrpc.getModelStreamInferMethod(), CallOptions.DEFAULT);
        call.start(new ClientCall.Listener<>() {}, new Metadata());
        call.sendMessage(ModelInferRequest.newBuilder()
                .setModelName("square")
                .addInputs(integers("IN", 2_000_000_000))
                .build());
        long before = -1;
        // The windows of the connection fill, then nothing moves.
        for (long now = made(); now != before || now == 0; now = made()) {
            before = now;
            Thread.sleep(500);
        }
        assertThat(before).isLessThan(1_000_000);
        call.cancel("enough", null);
        while (repository.inFlight() > 0) {
            Thread.onSpinWait();
        }
    }

    private long made() {
        return repository.find("square", "").statistics().snapshot().responses().values().stream()
                .mapToLong(each -> each.success().count())
                .sum();
    }

    private void awaitCancelled() {
        while (repository.inFlight() > 0) {
            Thread.onSpinWait();
        }
        assertThat(repository.find("repeat", "").statistics().snapshot().failures())
                .containsEntry(FailureReason.CANCELED, 1L);
    }
}
