package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ServerLiveRequest;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.repository.ModelRepository;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls that have eight MiB of the heap together. */
@Tag("found-4")
class CallMemoryTest {
    private static final int MIB = 1 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final RequestBudget heap = RequestBudget.ofHeap(8 * MIB);
    private final SlabPool memory = new SlabPool(MIB);

    @TempDir
    private Path root;

    private ModelRepository repository;
    private GrpcFront front;
    private ManagedChannel channel;
    private GRPCInferenceServiceBlockingStub stub;

    @BeforeEach
    void start() throws IOException {
        repository = IdentityModels.start(root);
        front = GrpcFront.start(
                new GrpcConfig("127.0.0.1", 0, "triton"),
                repository,
                memory,
                Extensions.none().withRequests(heap));
        channel = NettyChannelBuilder.forAddress("127.0.0.1", front.port())
                .usePlaintext()
                .maxInboundMessageSize(Integer.MAX_VALUE)
                .build();
        stub = GRPCInferenceServiceGrpc.newBlockingStub(channel);
    }

    @AfterEach
    void nothingIsLeft() {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (heap.used() != 0 || memory.usedBytes() != 0) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(1_000_000);
        }
        channel.shutdownNow();
        front.stop(PATIENCE);
        repository.close(PATIENCE);
        memory.close();
    }

    private static ModelInferRequest raw(int bytes) {
        return IdentityModels.request(IdentityModels.name("UINT8"), "UINT8", 1, bytes)
                .addRawInputContents(ByteString.copyFrom(new byte[bytes]))
                .build();
    }

    private void expectRefused(ModelInferRequest request) {
        assertThatThrownBy(() -> stub.modelInfer(request))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        error -> assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED))
                .hasMessageContaining("bytes of the Java heap");
        expectServed();
    }

    /** On the same connection. */
    private void expectServed() {
        assertThat(stub.modelInfer(raw(10)).getRawOutputContents(0).size()).isEqualTo(10);
    }

    @Test
    void aMessageThatDoesNotFitEndsItsCallAndNoOther() {
        assertThat(stub.modelInfer(raw(3 * MIB)).getRawOutputContents(0).size()).isEqualTo(3 * MIB);
        expectRefused(raw(20 * MIB));
    }

    @Test
    void aMessageIsCountedAsWhatItInflatesTo() {
        assertThatThrownBy(() -> stub.withCompression("gzip").modelInfer(raw(20 * MIB)))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        error -> assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED));
        expectServed();
    }

    /** Each takes two bytes of the message. */
    @Test
    void elementsOfBytesCountWithTheirObjects() {
        ModelInferRequest.Builder request = IdentityModels.request(IdentityModels.name("BYTES"), "BYTES", 1, 200_000);
        for (int i = 0; i < 200_000; i++) {
            request.getInputsBuilder(0).getContentsBuilder().addBytesContents(ByteString.EMPTY);
        }
        assertThat(request.build().getSerializedSize()).isLessThan(MIB / 2);
        expectRefused(request.build());
    }

    /** A call that takes no parameters can be sent fields that nobody knows; they are kept as objects. */
    @Test
    void fieldsThatNobodyKnowsCountWithTheirObjects() {
        byte[] fields = new byte[2 * MIB];
        for (int i = 0; i < fields.length; i += 2) {
            fields[i] = 15 << 3;
        }
        assertThatThrownBy(() -> stub.serverLive(ServerLiveRequest.parseFrom(fields)))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        error -> assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED));
        expectServed();
    }

    @Test
    void manyMessagesOfOneStreamAreCountedOneByOne() {
        ModelInferRequest[] requests = new ModelInferRequest[20];
        Arrays.fill(requests, raw(MIB / 4));
        assertThat(WholeStream.of(channel, requests))
                .hasSize(20)
                .allSatisfy(answer -> assertThat(answer.getErrorMessage()).isEmpty());
    }
}
