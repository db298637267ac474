package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelMetadataRequest;
import dev.nereid.proto.inference.ModelStreamInferResponse;
import dev.nereid.proto.inference.ServerLiveRequest;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.repository.ModelRepository;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The environment variables with which Triton's suites of timeouts and cancellations delay parts of calls. */
@Tag("found-18")
class CallDelaysTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private static final ModelInferRequest REQUEST = IdentityModels.request(IdentityModels.name("FP32"), "FP32", 1, 2)
            .addRawInputContents(ByteString.copyFrom(new byte[8]))
            .build();

    @TempDir
    private Path root;

    private interface Check {
        void of(ManagedChannel channel) throws Exception;
    }

    private void with(Map<String, String> environment, Check check) throws Exception {
        SlabPool memory = new SlabPool(1 << 20);
        ModelRepository repository = IdentityModels.start(root);
        GrpcFront front = GrpcFront.start(
                new GrpcConfig("127.0.0.1", 0, "triton"),
                repository,
                memory,
                Extensions.none(),
                CallDelays.of(environment));
        ManagedChannel channel = RunningFront.channel(front.port());
        try {
            check.of(channel);
        } finally {
            channel.shutdownNow();
            front.stop(LONG);
            assertThat(repository.close(LONG)).isTrue();
            assertThat(memory.usedBytes()).isZero();
            memory.close();
        }
    }

    private static GRPCInferenceServiceBlockingStub stub(ManagedChannel channel, Duration deadline) {
        return GRPCInferenceServiceGrpc.newBlockingStub(channel).withDeadlineAfter(deadline);
    }

    private static void expires(Runnable call) {
        assertThat(catchThrowableOfType(StatusRuntimeException.class, call::run)
                        .getStatus()
                        .getCode())
                .isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    }

    private static Duration timeOf(Runnable call) {
        long start = System.nanoTime();
        call.run();
        return Duration.ofNanos(System.nanoTime() - start);
    }

    @Test
    void areNoneWhereNothingAsksForThem() {
        assertThat(CallDelays.of(Map.of("TRITONSERVER_DELAY_SCHEDULER", "5"))).isEmpty();
        assertThat(CallDelays.of(Map.of("TRITONSERVER_DELAY_GRPC_RESPONSE", "much")))
                .isEmpty();
    }

    @Test
    void delayTheAnswersOfAllButInference() throws Exception {
        with(Map.of("TRITONSERVER_SERVER_DELAY_GRPC_RESPONSE_SEC", "1"), channel -> {
            Duration tooShort = Duration.ofMillis(300);
            ServerLiveRequest live = ServerLiveRequest.getDefaultInstance();
            ModelMetadataRequest unknown =
                    ModelMetadataRequest.newBuilder().setName("nope").build();
            assertThat(stub(channel, LONG).modelInfer(REQUEST).getRawOutputContents(0))
                    .hasSize(8);
            expires(() -> stub(channel, tooShort).serverLive(live));
            expires(() -> stub(channel, tooShort).modelMetadata(unknown));
            assertThat(stub(channel, LONG).serverLive(live).getLive()).isTrue();
        });
    }

    @Test
    void delayInferenceBeforeItBeginsAndBeforeItIsAnswered() throws Exception {
        for (String variable : List.of(
                "TRITONSERVER_DELAY_GRPC_PROCESS",
                "TRITONSERVER_DELAY_GRPC_PROCESS_ENTRY",
                "TRITONSERVER_DELAY_RESPONSE_COMPLETE_EXEC",
                "TRITONSERVER_DELAY_RESPONSE_COMPLETION")) {
            with(
                    Map.of(variable, "200"),
                    channel -> assertThat(timeOf(() -> stub(channel, LONG).modelInfer(REQUEST)))
                            .as(variable)
                            .isGreaterThanOrEqualTo(Duration.ofMillis(200)));
        }
    }

    @Test
    void delayEachAnswerOfAStreamAndItsEnd() throws Exception {
        with(Map.of("TRITONSERVER_DELAY_GRPC_RESPONSE", "100", "TRITONSERVER_DELAY_GRPC_COMPLETE", "100"), channel -> {
            List<ModelStreamInferResponse> answers = new CopyOnWriteArrayList<>();
            CompletableFuture<Void> over = new CompletableFuture<>();
            Duration time = timeOf(() -> {
                StreamObserver<ModelInferRequest> stream = GRPCInferenceServiceGrpc.newStub(channel)
                        .modelStreamInfer(new StreamObserver<>() {
                            @Override
                            public void onNext(ModelStreamInferResponse answer) {
                                answers.add(answer);
                            }

                            @Override
                            public void onError(Throwable error) {
                                over.completeExceptionally(error);
                            }

                            @Override
                            public void onCompleted() {
                                over.complete(null);
                            }
                        });
                stream.onNext(REQUEST);
                stream.onNext(REQUEST);
                stream.onCompleted();
                over.orTimeout(30, TimeUnit.SECONDS).join();
            });
            assertThat(answers).hasSize(2);
            assertThat(time).isGreaterThanOrEqualTo(Duration.ofMillis(300));
        });
    }

    /** A client that gives up gets its own end at once; the server hears of it later. */
    @Test
    void delayWhatACancelledCallIsTold() throws Exception {
        Map<String, String> environment = Map.of(
                "TRITONSERVER_DELAY_GRPC_NOTIFICATION", "200",
                "TRITONSERVER_DELAY_GRPC_ENQUEUE", "100",
                "TRITONSERVER_DELAY_GRPC_PROCESS", "500");
        with(environment, channel -> {
            expires(() -> stub(channel, Duration.ofMillis(100)).modelInfer(REQUEST));
            assertThat(stub(channel, LONG).modelInfer(REQUEST).getRawOutputContents(0))
                    .hasSize(8);
        });
    }
}
