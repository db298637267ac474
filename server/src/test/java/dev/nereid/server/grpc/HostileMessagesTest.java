package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import dev.nereid.proto.health.HealthGrpc;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.proto.inference.ModelStreamInferResponse;
import dev.nereid.server.protocol.CollidingNames;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Messages that cannot be read, or become too much, and answers that nobody reads: over a front and its connections. */
@Timeout(120)
class HostileMessagesTest extends RunningFrontTest {
    private static final Duration SECONDS = Duration.ofSeconds(30);
    private static final int MEBI = 1 << 20;

    private static final MethodDescriptor.Marshaller<byte[]> BYTES = new RawMarshaller();

    private static ModelInferRequest bytes(byte[] data) {
        return IdentityModels.request(IdentityModels.name("UINT8"), "UINT8", 1, data.length)
                .addRawInputContents(ByteString.copyFrom(data))
                .build();
    }

    private ModelInferResponse infer(ModelInferRequest request, String coding) {
        return GRPCInferenceServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(SECONDS)
                .withCompression(coding)
                .modelInfer(request);
    }

    private static void expect(Runnable call, Status.Code code, String text) {
        assertThatThrownBy(call::run).isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
            assertThat(e.getStatus().getCode()).as("%s", e).isEqualTo(code);
            assertThat(e.getStatus().getDescription()).contains(text);
        });
    }

    @Test
    void refusesAMessageThatInflatesFarBeyondItsSize() {
        ModelInferRequest bomb = bytes(new byte[(int) BoundedCoding.ALWAYS_BYTES + MEBI]);
        expect(
                () -> infer(bomb, "gzip"),
                Status.Code.RESOURCE_EXHAUSTED,
                "inflates to more than " + BoundedCoding.ALWAYS_BYTES + " bytes");
        assertThat(infer(bytes(new byte[] {1, 2}), "gzip").getRawOutputContents(0))
                .isEqualTo(ByteString.copyFrom(new byte[] {1, 2}));
    }

    @Test
    void endsAStreamWhoseMessageInflatesFarBeyondItsSize() {
        CompletableFuture<Throwable> end = new CompletableFuture<>();
        StreamObserver<ModelInferRequest> call = GRPCInferenceServiceGrpc.newStub(channel)
                .withCompression("gzip")
                .modelStreamInfer(new StreamObserver<>() {
                    @Override
                    public void onNext(ModelStreamInferResponse answer) {}

                    @Override
                    public void onError(Throwable error) {
                        end.complete(error);
                    }

                    @Override
                    public void onCompleted() {
                        end.completeExceptionally(new IllegalStateException("it was taken"));
                    }
                });
        call.onNext(IdentityModels.numbers(IdentityModels.QUEUED, "still runs", 1));
        call.onNext(bytes(new byte[(int) BoundedCoding.ALWAYS_BYTES + MEBI]));
        Throwable error = end.orTimeout(SECONDS.toSeconds(), TimeUnit.SECONDS).join();
        assertThat(Status.fromThrowable(error).getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    }

    @Test
    void boundsTheOtherCodingToo() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream stream = new DeflaterOutputStream(bytes)) {
            stream.write(new byte[(int) BoundedCoding.ALWAYS_BYTES + MEBI]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        expect(
                () -> inflate(BoundedCoding.DEFLATE, bytes.toByteArray()).readAllBytes(),
                Status.Code.RESOURCE_EXHAUSTED,
                "the deflate message of ");
    }

    /** What does not shrink may be as large as any message. */
    @Test
    void takesALargeMessageThatIsNoBomb() {
        byte[] data = new byte[(int) BoundedCoding.ALWAYS_BYTES + MEBI];
        new Random(1).nextBytes(data);
        ModelInferRequest request = bytes(data);

        assertThat(infer(request, "gzip").getRawOutputContents(0)).isEqualTo(request.getRawInputContents(0));
    }

    @Test
    void saysThatAMessageIsNoGzip() {
        expect(
                () -> inflate(BoundedCoding.GZIP, new byte[] {1, 2, 3, 4}).readAllBytes(),
                Status.Code.INTERNAL,
                "the gzip message cannot be inflated: Not in GZIP format");
        byte[] cut = gzip(new byte[1000]);
        expect(
                () -> inflate(BoundedCoding.GZIP, Arrays.copyOf(cut, cut.length / 2))
                        .readAllBytes(),
                Status.Code.INTERNAL,
                "the gzip message cannot be inflated: Unexpected end");
    }

    /** A stream whose bytes may be read without an exception that would have to be declared. */
    private interface Inflated {
        byte[] readAllBytes();
    }

    private static Inflated inflate(BoundedCoding coding, byte[] compressed) {
        return () -> {
            try (InputStream stream = coding.decompress(new ByteArrayInputStream(compressed))) {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    private static byte[] gzip(byte[] plain) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream stream = new GZIPOutputStream(bytes)) {
            stream.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    @Test
    void refusesBytesThatAreNoMessage() {
        List<MethodDescriptor<?, ?>> methods =
                new ArrayList<>(GRPCInferenceServiceGrpc.getServiceDescriptor().getMethods());
        methods.add(HealthGrpc.getCheckMethod());
        for (MethodDescriptor<?, ?> method : methods) {
            if (!method.getType().clientSendsOneMessage()) {
                continue;
            }
            expect(
                    () -> ClientCalls.blockingUnaryCall(
                            channel,
                            method.toBuilder(BYTES, BYTES).build(),
                            CallOptions.DEFAULT.withDeadlineAfter(SECONDS),
                            new byte[] {-1, -1, -1, -1, -1}),
                    Status.Code.INTERNAL,
                    "Invalid protobuf byte sequence");
        }
        assertThat(infer(IdentityModels.numbers(IdentityModels.name("INT32"), "", 1), "identity")
                        .getOutputsCount())
                .isEqualTo(1);
    }

    /** Those of streams too, among them the library's own service that describes the others. */
    @Test
    @Tag("found-9")
    void refusesBytesThatAreNoMessageOfAStream() {
        for (MethodDescriptor<?, ?> method : List.of(
                GRPCInferenceServiceGrpc.getModelStreamInferMethod(),
                io.grpc.reflection.v1.ServerReflectionGrpc.getServerReflectionInfoMethod(),
                io.grpc.reflection.v1alpha.ServerReflectionGrpc.getServerReflectionInfoMethod())) {
            CompletableFuture<Throwable> end = new CompletableFuture<>();
            ClientCalls.asyncBidiStreamingCall(
                            channel.newCall(
                                    method.toBuilder(BYTES, BYTES).build(),
                                    CallOptions.DEFAULT.withDeadlineAfter(SECONDS)),
                            new StreamObserver<byte[]>() {
                                @Override
                                public void onNext(byte[] answer) {}

                                @Override
                                public void onError(Throwable error) {
                                    end.complete(error);
                                }

                                @Override
                                public void onCompleted() {
                                    end.completeExceptionally(new IllegalStateException("it was taken"));
                                }
                            })
                    .onNext(new byte[] {-1, -1, -1, -1, -1});
            Status status = Status.fromThrowable(end.join());
            assertThat(status.getCode()).as("%s", method).isEqualTo(Status.Code.INTERNAL);
            assertThat(status.getDescription()).contains("Invalid protobuf byte sequence");
        }
    }

    @Test
    void answersAStreamInWhichManyRequestsWaitForASlowOne() {
        int many = 5_000;
        AtomicInteger answers = new AtomicInteger();
        CompletableFuture<Void> end = new CompletableFuture<>();
        StreamObserver<ModelInferRequest> call = GRPCInferenceServiceGrpc.newStub(channel)
                .modelStreamInfer(new StreamObserver<>() {
                    @Override
                    public void onNext(ModelStreamInferResponse answer) {
                        answers.incrementAndGet();
                    }

                    @Override
                    public void onError(Throwable error) {
                        end.completeExceptionally(error);
                    }

                    @Override
                    public void onCompleted() {
                        end.complete(null);
                    }
                });
        call.onNext(IdentityModels.numbers(IdentityModels.SLOW, "", 1));
        ModelInferRequest unknown =
                ModelInferRequest.newBuilder().setModelName("none").build();
        for (int i = 0; i < many; i++) {
            call.onNext(unknown);
        }
        call.onCompleted();
        end.orTimeout(SECONDS.toSeconds(), TimeUnit.SECONDS).join();
        assertThat(answers).hasValue(many + 1);
    }

    private ModelInferResponse inferWith(int metadataBytes) {
        Metadata metadata = new Metadata();
        metadata.put(Metadata.Key.of("long", Metadata.ASCII_STRING_MARSHALLER), "x".repeat(metadataBytes));
        return GRPCInferenceServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(SECONDS)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata))
                .modelInfer(IdentityModels.numbers(IdentityModels.name("INT32"), "", 1));
    }

    @Test
    @Tag("found-9")
    void refusesOnlyTheCallWithTooMuchMetadata() throws ExecutionException, InterruptedException {
        ListenableFuture<ModelInferResponse> other = GRPCInferenceServiceGrpc.newFutureStub(channel)
                .withDeadlineAfter(SECONDS)
                .modelInfer(IdentityModels.numbers(IdentityModels.QUEUED, "still runs", 1));
        assertThat(inferWith(20_000).getOutputsCount()).isEqualTo(1);
        assertThat(inferWith(60_000).getOutputsCount()).isEqualTo(1);
        for (int bytes : new int[] {70_000, 200_000}) {
            expect(
                    () -> inferWith(bytes),
                    Status.Code.RESOURCE_EXHAUSTED,
                    "exceed the maximum allowed size of " + GrpcLimits.MOST_METADATA_BYTES);
        }
        assertThat(other.get().getOutputsCount()).isEqualTo(1);
    }

    @Test
    @Tag("found-2")
    void limitsParameters() {
        InferParameter value = InferParameter.newBuilder().setInt64Param(1).build();
        List<String> names = CollidingNames.of(10);
        String more = "one more";
        ModelInferRequest.Builder request = IdentityModels.numbers(IdentityModels.name("INT32"), "", 1).toBuilder();
        names.forEach(name -> request.putParameters(name, value));
        names.forEach(name -> request.getInputsBuilder(0).putParameters(name, value));
        request.addOutputsBuilder().setName("OUTPUT0");
        names.forEach(name -> request.getOutputsBuilder(0).putParameters(name, value));
        assertThat(infer(request.build(), "identity").getOutputsCount()).isEqualTo(1);

        refusedParameters("the request", request.build().toBuilder().putParameters(more, value));
        ModelInferRequest.Builder ofInput = request.build().toBuilder();
        ofInput.getInputsBuilder(0).putParameters(more, value);
        refusedParameters("input 'INPUT0'", ofInput);
        ModelInferRequest.Builder ofOutput = request.build().toBuilder();
        ofOutput.getOutputsBuilder(0).putParameters(more, value);
        refusedParameters("output 'OUTPUT0'", ofOutput);
    }

    private void refusedParameters(String owner, ModelInferRequest.Builder request) {
        expect(
                () -> infer(request.build(), "identity"),
                Status.Code.INVALID_ARGUMENT,
                owner + " has too many parameters: expected at most 1024, got 1025");
    }

    /** Each answer is as large as its request: the server must stop to read before it holds them all. */
    @Test
    void readsNoFurtherRequestOfAClientThatReadsNoAnswer() throws InterruptedException {
        ModelInferRequest large = bytes(new byte[MEBI]);
        int most = (int) (StreamBackPressure.MOST_BYTES / MEBI);
        AtomicInteger answers = new AtomicInteger();
        CompletableFuture<Void> end = new CompletableFuture<>();
        Paced paced = new Paced(answers, end);
        StreamObserver<ModelInferRequest> call =
                GRPCInferenceServiceGrpc.newStub(channel).modelStreamInfer(paced);
        int sent = 0;
        long quietSince = System.nanoTime();
        while (System.nanoTime() - quietSince < TimeUnit.SECONDS.toNanos(2)) {
            if (paced.call().isReady()) {
                call.onNext(large);
                sent++;
                quietSince = System.nanoTime();
                assertThat(sent).as("requests whose answers nobody read").isLessThan(3 * most);
            } else {
                Thread.sleep(5);
            }
        }
        assertThat(sent).isGreaterThan(most);
        assertThat(answers).hasValue(0);

        call.onCompleted();
        paced.call().request(Integer.MAX_VALUE);
        end.orTimeout(SECONDS.toSeconds(), TimeUnit.SECONDS).join();
        assertThat(answers).hasValue(sent);
    }

    /** Counts answers, of which it asks for none by itself. */
    private static final class Paced implements ClientResponseObserver<ModelInferRequest, ModelStreamInferResponse> {
        private final CompletableFuture<ClientCallStreamObserver<ModelInferRequest>> started =
                new CompletableFuture<>();
        private final AtomicInteger answers;
        private final CompletableFuture<Void> end;

        private Paced(AtomicInteger answers, CompletableFuture<Void> end) {
            this.answers = answers;
            this.end = end;
        }

        private ClientCallStreamObserver<ModelInferRequest> call() {
            return started.join();
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<ModelInferRequest> call) {
            call.disableAutoRequestWithInitial(0);
            started.complete(call);
        }

        @Override
        public void onNext(ModelStreamInferResponse answer) {
            answers.incrementAndGet();
        }

        @Override
        public void onError(Throwable error) {
            end.completeExceptionally(error);
        }

        @Override
        public void onCompleted() {
            end.complete(null);
        }
    }
}
