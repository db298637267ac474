package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.InferTensorContents;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferRequest.InferRequestedOutputTensor;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.server.protocol.HeaderForwarding;
import dev.nereid.server.protocol.SharedRanges;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.trace.Tracer;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Requests that no honest client sends: each gets an answer or an error of the client's, and all memory comes back. Damages
 * messages for {@code -Dnereid.test.fuzz.seconds} (5), from the seed {@code -Dnereid.test.fuzz.seed}.
 */
@Tag("soak")
class HostileRequestsTest {
    private static final Duration FUZZING = Duration.ofSeconds(Long.getLong("nereid.test.fuzz.seconds", 5));
    private static final long SEED = Long.getLong("nereid.test.fuzz.seed", 20_261_125);

    @TempDir
    private Path root;

    private final SlabPool memory = new SlabPool(1 << 20);
    private ModelRepository repository;

    @BeforeEach
    void start() throws IOException {
        repository = IdentityModels.start(root);
    }

    @AfterEach
    void stop() {
        assertThat(repository.close(Duration.ofSeconds(10))).isTrue();
        assertThat(memory.usedBytes()).isZero();
        memory.close();
    }

    private ModelInferResponse infer(ModelInferRequest request) {
        return infer(repository, memory, request);
    }

    private static ModelInferResponse infer(ModelRepository repository, SlabPool memory, ModelInferRequest request) {
        CompletableFuture<ModelInferResponse> answer = new CompletableFuture<>();
        UnaryInference.start(
                repository,
                new RequestReaders(memory, SharedRanges.NONE, HeaderForwarding.NONE, Tracer.none()),
                request,
                new StreamObserver<>() {
                    @Override
                    public void onNext(ModelInferResponse response) {
                        answer.complete(response);
                    }

                    @Override
                    public void onError(Throwable error) {
                        answer.completeExceptionally(error);
                    }

                    @Override
                    public void onCompleted() {}
                });
        try {
            return answer.orTimeout(10, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof StatusRuntimeException status) {
                throw status;
            }
            throw e;
        }
    }

    private String refusal(ModelInferRequest request) {
        try {
            return "answered: " + infer(request);
        } catch (StatusRuntimeException e) {
            assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            return String.valueOf(e.getStatus().getDescription());
        }
    }

    /** Shapes whose element or byte count is a multiple of 2^64, which a careless product takes for 0. */
    @ParameterizedTest
    @CsvSource({
        "FP32, 4611686018427387904, 1",
        "FP32, 4294967296, 4294967296",
        "FP64, 2305843009213693952, 1",
        "UINT8, 4294967296, 4294967296",
        "BYTES, 4294967296, 4294967296",
        "INT64, 9223372036854775807, 9223372036854775807"
    })
    void refusesShapesWhoseSizeOverflows(String datatype, long first, long second) {
        ModelInferRequest request = IdentityModels.request(IdentityModels.unbatched(datatype), datatype, first, second)
                .addRawInputContents(ByteString.EMPTY)
                .build();

        assertThat(refusal(request)).contains("'INPUT0'").doesNotContain("answered");
    }

    @Test
    void refusesStringsThatAreLongerThanTheirBytes() {
        ModelInferRequest request = IdentityModels.request(IdentityModels.name("BYTES"), "BYTES", 1, 1)
                .addRawInputContents(ByteString.copyFrom(new byte[] {-1, -1, -1, 127, 'a'}))
                .build();

        assertThat(refusal(request)).contains("expecting string of length 2147483647 but only 1 bytes available");
    }

    @Test
    void refusesDatatypesThatTheProtocolDoesNotHave() {
        ModelInferRequest request = IdentityModels.request(IdentityModels.name("INT8"), "INT4", 1, 1)
                .addRawInputContents(ByteString.copyFrom(new byte[1]))
                .build();

        assertThat(refusal(request)).contains("data-type is '<invalid>'");
    }

    @Test
    void refusesDataForAnEmptyBatch() {
        ModelInferRequest request = IdentityModels.request(IdentityModels.name("INT32"), "INT32", 0, 4)
                .addRawInputContents(ByteString.copyFrom(new byte[16]))
                .build();

        assertThat(refusal(request)).contains("batch-size must be >= 1");
    }

    @Test
    void takesDamagedMessagesForWhatTheyAre() {
        System.out.println("HostileRequestsTest: -Dnereid.test.fuzz.seed=" + SEED);
        Random random = new Random(SEED);
        List<ModelInferRequest> honest = honestRequests();
        long end = System.nanoTime() + FUZZING.toNanos();
        int parsed = 0;
        while (System.nanoTime() < end) {
            byte[] bytes = damaged(honest.get(random.nextInt(honest.size())), random);
            parsed += isTaken(repository, memory, bytes) ? 1 : 0;
        }
        System.out.println("damaged messages that could be parsed: " + parsed);
        assertThat(parsed).isPositive();
    }

    /** Whether bytes are a message; one that is gets an answer, or an error of its own. */
    static boolean isTaken(ModelRepository repository, SlabPool memory, byte[] bytes) {
        ModelInferRequest request;
        try {
            request = ModelInferRequest.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            return false;
        }
        try {
            infer(repository, memory, request);
        } catch (StatusRuntimeException e) {
            assertThat(e.getStatus().getCode())
                    .as("%s gave %s", request, e.getStatus())
                    .isIn(Status.Code.INVALID_ARGUMENT, Status.Code.NOT_FOUND, Status.Code.UNAVAILABLE);
        }
        return true;
    }

    static List<ModelInferRequest> honestRequests() {
        List<ModelInferRequest> requests = new ArrayList<>();
        for (String datatype : IdentityModels.DATATYPES) {
            int bytes = datatype.equals("BYTES") ? 12 : 16;
            byte[] data = new byte[bytes];
            if (datatype.equals("BYTES")) {
                data[0] = 4;
                data[8] = 0;
            }
            requests.add(IdentityModels.request(IdentityModels.unbatched(datatype), datatype, 2, elements(datatype))
                    .addRawInputContents(ByteString.copyFrom(data))
                    .putParameters(
                            "priority",
                            InferParameter.newBuilder().setInt64Param(1).build())
                    .putParameters(
                            "note",
                            InferParameter.newBuilder().setStringParam("x").build())
                    .addOutputs(InferRequestedOutputTensor.newBuilder()
                            .setName("OUTPUT0")
                            .putParameters(
                                    "classification",
                                    InferParameter.newBuilder().setInt64Param(2).build()))
                    .build());
        }
        requests.add(IdentityModels.numbers(IdentityModels.name("INT32"), "id", 1, 2, 3, 4));
        ModelInferRequest.Builder strings = IdentityModels.request(IdentityModels.name("BYTES"), "BYTES", 1, 2);
        strings.getInputsBuilder(0)
                .setContents(InferTensorContents.newBuilder()
                        .addBytesContents(ByteString.copyFromUtf8("one"))
                        .addBytesContents(ByteString.copyFromUtf8("two")));
        requests.add(strings.build());
        return requests;
    }

    /** Elements in each of two rows of 16 bytes, or of two strings. */
    private static long elements(String datatype) {
        return switch (datatype) {
            case "BYTES" -> 1;
            case "UINT64", "INT64", "FP64" -> 1;
            case "UINT32", "INT32", "FP32" -> 2;
            case "UINT16", "INT16", "FP16", "BF16" -> 4;
            default -> 8;
        };
    }

    private static byte[] damaged(ModelInferRequest request, Random random) {
        byte[] bytes = request.toByteArray();
        int changes = 1 + random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(3)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                default -> bytes[at] = (byte) (random.nextBoolean() ? -1 : 127);
            }
        }
        return bytes;
    }
}
