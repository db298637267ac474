package dev.nereid.server;

import static dev.nereid.server.RunningServers.exchange;
import static dev.nereid.server.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.nereid.proto.health.HealthCheckRequest;
import dev.nereid.proto.health.HealthCheckResponse;
import dev.nereid.proto.health.HealthCheckResponse.ServingStatus;
import dev.nereid.proto.health.HealthGrpc;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelReadyRequest;
import dev.nereid.proto.inference.ModelStreamInferResponse;
import dev.nereid.proto.inference.ServerLiveRequest;
import dev.nereid.proto.inference.ServerReadyRequest;
import dev.nereid.proto.tensorflow.GetModelStatusRequest;
import dev.nereid.proto.tensorflow.ModelServiceGrpc;
import dev.nereid.proto.tensorflow.ModelSpec;
import dev.nereid.server.config.Front;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients and load balancers see of a server that drains, until its end. */
class DrainTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String TENSOR =
            "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"INT32\",\"shape\":[1],\"data\":[7]}]}";

    @TempDir
    Path repository;

    private Server server;
    private ManagedChannel channel;
    private GRPCInferenceServiceBlockingStub stub;

    @BeforeEach
    void start() {
        RunningServers models = new RunningServers(repository);
        models.write("plain", identity(""));
        models.write("slow", identity("parameters { key: \"execute_delay_ms\" value { string_value: \"1500\" } }"));
        models.write("sums", """
                backend: "sequence"
                max_batch_size: 4
                input [ { name: "INPUT" data_type: TYPE_INT32 dims: [ 1 ] } ]
                output [ { name: "OUTPUT" data_type: TYPE_INT32 dims: [ 1 ] } ]
                sequence_batching {
                  max_sequence_idle_microseconds: 60000000
                  control_input [
                    { name: "START" control [ { kind: CONTROL_SEQUENCE_START int32_false_true: [ 0, 1 ] } ] },
                    { name: "READY" control [ { kind: CONTROL_SEQUENCE_READY int32_false_true: [ 0, 1 ] } ] }
                  ]
                }
                """);
        server = Server.start(RunningServers.config(
                repository, "--drain-delay-secs=2", "--tensorflow-rest-port=0", "--tensorflow-grpc-port=0"));
        assertThat(server.startup().join()).isEmpty();
        channel = RunningServers.channel(server);
        stub = GRPCInferenceServiceGrpc.newBlockingStub(channel);
    }

    private static String identity(String more) {
        return """
                backend: "identity"
                input [ { name: "INPUT0" data_type: TYPE_INT32 dims: [ 1 ] } ]
                output [ { name: "OUTPUT0" data_type: TYPE_INT32 dims: [ 1 ] } ]
                """ + more;
    }

    @AfterEach
    void end() {
        channel.shutdownNow();
    }

    /** Begins to drain; whether all was done in time is answered at the end. */
    private CompletableFuture<Boolean> drain() {
        CompletableFuture<Boolean> stopped = CompletableFuture.supplyAsync(
                () -> server.drainAndStop(System.nanoTime()
                        + server.config()
                                .drainDelay()
                                .plus(server.config().exitTimeout())
                                .toNanos()),
                task -> Thread.ofPlatform().start(task));
        until("the server is not ready", () -> status("/v2/health/ready") == 400);
        return stopped;
    }

    private int status(String path) {
        return exchange(server, Front.HTTP, path, "").statusCode();
    }

    private static ModelInferRequest request(String model) {
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder()
                .setModelName(model)
                .addRawInputContents(ByteString.copyFrom(new byte[] {7, 0, 0, 0}));
        request.addInputsBuilder().setName("INPUT0").setDatatype("INT32").addShape(1);
        return request.build();
    }

    private static ModelInferRequest sum(String flag) {
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder()
                .setModelName("sums")
                .putParameters(
                        "sequence_id",
                        InferParameter.newBuilder().setInt64Param(1).build())
                .putParameters(
                        flag, InferParameter.newBuilder().setBoolParam(true).build())
                .addRawInputContents(ByteString.copyFrom(new byte[] {1, 0, 0, 0}));
        request.addInputsBuilder()
                .setName("INPUT")
                .setDatatype("INT32")
                .addShape(1)
                .addShape(1);
        return request.build();
    }

    @Test
    void isNotReadyAndServesOnForTheDelay() throws Exception {
        int port = server.port(Front.HTTP).orElseThrow();
        BlockingQueue<ServingStatus> watched = new LinkedBlockingQueue<>();
        watch(watched);
        assertThat(watched.poll(10, TimeUnit.SECONDS)).isEqualTo(ServingStatus.SERVING);
        try (Socket kept = new Socket(InetAddress.getLoopbackAddress(), port)) {
            assertThat(ask(kept)).contains("200 OK").doesNotContain("Connection: close");

            CompletableFuture<Boolean> stopped = drain();

            assertThat(status("/v2/health/live")).isEqualTo(200);
            assertThat(status("/v2/models/plain/ready")).isEqualTo(400);
            assertThat(stub.serverLive(ServerLiveRequest.getDefaultInstance()).getLive())
                    .isTrue();
            assertThat(stub.serverReady(ServerReadyRequest.getDefaultInstance()).getReady())
                    .isFalse();
            assertThat(stub.modelReady(ModelReadyRequest.newBuilder()
                                    .setName("plain")
                                    .build())
                            .getReady())
                    .isFalse();
            assertThat(HealthGrpc.newBlockingStub(channel)
                            .check(HealthCheckRequest.getDefaultInstance())
                            .getStatus())
                    .isEqualTo(ServingStatus.NOT_SERVING);
            assertThat(watched.poll(10, TimeUnit.SECONDS)).isEqualTo(ServingStatus.NOT_SERVING);

            HttpResponse<String> fresh = exchange(server, Front.HTTP, "/v2/models/plain/infer", TENSOR);
            assertThat(fresh.statusCode()).isEqualTo(200);
            assertThat(fresh.headers().firstValue("connection")).hasValue("close");
            assertThat(ask(kept)).contains("200 OK").containsIgnoringCase("Connection: close");
            assertThat(kept.getInputStream().read()).isEqualTo(-1);
            assertThat(stub.modelInfer(request("plain")).getRawOutputContents(0).byteAt(0))
                    .isEqualTo((byte) 7);

            assertThat(stopped.get(20, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(catchThrowableOfType(
                        ConnectException.class, () -> new Socket(InetAddress.getLoopbackAddress(), port).close()))
                .isNotNull();
    }

    /** Collects what the health service tells who watches it. */
    private void watch(BlockingQueue<ServingStatus> into) {
        Iterator<HealthCheckResponse> told =
                HealthGrpc.newBlockingStub(channel).watch(HealthCheckRequest.getDefaultInstance());
        Thread.ofVirtual().start(() -> {
            try {
                told.forEachRemaining(status -> into.add(status.getStatus()));
            } catch (StatusRuntimeException e) {
                into.add(ServingStatus.UNRECOGNIZED);
            }
        });
    }

    /** The head of the answer to a request on a connection that is kept. */
    private static String ask(Socket socket) throws Exception {
        socket.getOutputStream()
                .write("GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\nUser-Agent: curl/8\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII));
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = socket.getInputStream().read();
            assertThat(next).as(head.toString()).isNotNegative();
            head.append((char) next);
        }
        return head.toString();
    }

    @Test
    void finishesWhatBeganBeforeTheEndOfTheDelay() throws Exception {
        CompletableFuture<Boolean> stopped = drain();
        Thread.sleep(400);
        CompletableFuture<HttpResponse<String>> http =
                async(() -> exchange(server, Front.HTTP, "/v2/models/slow/infer", TENSOR));
        CompletableFuture<Byte> grpc = async(
                () -> stub.modelInfer(request("slow")).getRawOutputContents(0).byteAt(0));
        assertThat(http.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        assertThat(grpc.get(20, TimeUnit.SECONDS)).isEqualTo((byte) 7);
        assertThat(stopped.get(20, TimeUnit.SECONDS)).isTrue();
    }

    private static <T> CompletableFuture<T> async(Supplier<T> call) {
        return CompletableFuture.supplyAsync(call, task -> Thread.ofVirtual().start(task));
    }

    /** One ModelStreamInfer call, and how it ends. */
    private final class Stream implements StreamObserver<ModelStreamInferResponse> {
        private final List<ModelStreamInferResponse> answers = new CopyOnWriteArrayList<>();
        private final CompletableFuture<Status> ended = new CompletableFuture<>();
        private final StreamObserver<ModelInferRequest> requests =
                GRPCInferenceServiceGrpc.newStub(channel).modelStreamInfer(this);

        @Override
        public void onNext(ModelStreamInferResponse answer) {
            answers.add(answer);
        }

        @Override
        public void onError(Throwable error) {
            ended.complete(Status.fromThrowable(error));
        }

        @Override
        public void onCompleted() {
            ended.complete(Status.OK);
        }

        void send(String model) {
            requests.onNext(request(model));
        }

        private void assertStopped() throws Exception {
            Status status = ended.get(20, TimeUnit.SECONDS);
            assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(status.getDescription())
                    .isEqualTo(
                            "Server is stopping: requests of this stream without an answer were not run; send them to "
                                    + "another server");
        }
    }

    @Test
    void streamsEndWithAStatusWhenTheirRequestsAreAnswered() throws Exception {
        Stream idle = new Stream();
        idle.send("plain");
        Stream busy = new Stream();
        CompletableFuture<Boolean> stopped = drain();
        Thread.sleep(300);
        busy.send("slow");
        idle.assertStopped();
        assertThat(idle.answers).hasSize(1);
        busy.assertStopped();
        assertThat(busy.answers).hasSize(1);
        assertThat(busy.answers.getFirst().getErrorMessage()).isEmpty();
        assertThat(stopped.get(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void anIdleStreamHoldsNoServerThatStopsAtOnce() throws Exception {
        Stream idle = new Stream();
        idle.send("plain");
        until("it is answered", () -> idle.answers.size() == 1);
        long start = System.nanoTime();
        assertThat(server.stop()).isTrue();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(PATIENCE);
        idle.assertStopped();
    }

    @Test
    void openSequencesGoOnAfterTheDelay() throws Exception {
        assertThat(stub.modelInfer(sum("sequence_start"))
                        .getRawOutputContents(0)
                        .byteAt(0))
                .isEqualTo((byte) 1);
        CompletableFuture<Boolean> stopped = drain();
        until("nothing new is taken", () -> status("/v2/health/live") != 200);
        assertThat(catchThrowableOfType(StatusRuntimeException.class, () -> stub.modelInfer(request("plain")))
                        .getStatus()
                        .getCode())
                .isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(stopped).isNotDone();
        assertThat(stub.modelInfer(sum("sequence_end")).getRawOutputContents(0).byteAt(0))
                .isEqualTo((byte) 2);
        assertThat(stopped.get(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void tensorflowServingsProbesFailToo() throws Exception {
        assertThat(exchange(server, Front.TENSORFLOW_REST, "/v1/models/plain", "")
                        .statusCode())
                .isEqualTo(200);
        ManagedChannel tensorflow = NettyChannelBuilder.forAddress(
                        "127.0.0.1", server.port(Front.TENSORFLOW_GRPC).orElseThrow())
                .usePlaintext()
                .build();
        CompletableFuture<Boolean> stopped = drain();
        HttpResponse<String> probed = exchange(server, Front.TENSORFLOW_REST, "/v1/models/plain", "");
        assertThat(probed.statusCode()).isEqualTo(503);
        assertThat(probed.body()).contains("The server is stopping");
        assertThat(catchThrowableOfType(
                                StatusRuntimeException.class,
                                () -> ModelServiceGrpc.newBlockingStub(tensorflow)
                                        .getModelStatus(GetModelStatusRequest.newBuilder()
                                                .setModelSpec(
                                                        ModelSpec.newBuilder().setName("plain"))
                                                .build()))
                        .getStatus()
                        .getCode())
                .isEqualTo(Status.Code.UNAVAILABLE);
        tensorflow.shutdownNow();
        assertThat(stopped.get(20, TimeUnit.SECONDS)).isTrue();
    }
}
