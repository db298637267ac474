package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.nereid.proto.health.HealthGrpc;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.proto.inference.ModelStreamInferResponse;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Messages that cannot be read, or become too much, and answers that nobody reads: over a front and its connections. */
@Timeout(120)
class HostileMessagesTest {
    private static final Duration SECONDS = Duration.ofSeconds(30);
    private static final int MEBI = 1 << 20;

    private static final MethodDescriptor.Marshaller<byte[]> BYTES = new RawMarshaller();

    @TempDir
    private Path root;

    private RunningFront running;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        running = new RunningFront(root);
        channel = running.channel();
    }

    @AfterEach
    void stop() {
        running.close();
    }

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

    /** Each answer is as large as its request: the server must stop to read before it holds them all. */
    @Test
    void readsNoFurtherRequestOfAClientThatReadsNoAnswer() throws InterruptedException {
        ModelInferRequest large = bytes(new byte[MEBI]);
        int most = (int) (UnreadAnswers.MOST_BYTES / MEBI);
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
