package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.nereid.cuda.EmulatedClientMemory;
import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.CudaSharedMemoryRegisterRequest;
import dev.nereid.proto.inference.CudaSharedMemoryStatusRequest;
import dev.nereid.proto.inference.CudaSharedMemoryStatusResponse;
import dev.nereid.proto.inference.CudaSharedMemoryUnregisterRequest;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferRequest.InferInputTensor;
import dev.nereid.proto.inference.ModelInferRequest.InferRequestedOutputTensor;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.observe.LogConfig;
import dev.nereid.server.observe.LogSettings;
import dev.nereid.server.observe.TraceConfig;
import dev.nereid.server.observe.TraceSettings;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.sharedmemory.SharedMemory;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Inference over gRPC whose tensors lie in memory of GPUs, of which two are emulated here. */
@Tag("cuda")
class GpuSharedTensorCallsTest {
    private static final int SIZE = 256;

    @TempDir
    private Path root;

    @TempDir
    private Path objects;

    private final SlabPool memory = new SlabPool(0);
    private EmulatedCuda cuda;
    private EmulatedClientMemory client;
    private SharedMemory shared;
    private ModelRepository repository;
    private GrpcFront front;
    private ManagedChannel channel;
    private GRPCInferenceServiceBlockingStub stub;

    @BeforeEach
    void start() throws IOException {
        cuda = EmulatedCuda.find("shared memory of GPUs").orElseGet(() -> Assumptions.abort("no emulated GPU"));
        client = EmulatedClientMemory.allocate(1, SIZE);
        repository = IdentityModels.start(root);
        shared = SharedMemory.in(objects, cuda.devices());
        front = GrpcFront.start(
                new GrpcConfig("127.0.0.1", 0, "triton"),
                repository,
                memory,
                new Extensions(
                        shared, new LogSettings(LogConfig.DEFAULT, _ -> {}), new TraceSettings(TraceConfig.NONE)));
        channel = RunningFront.channel(front.port());
        stub = GRPCInferenceServiceGrpc.newBlockingStub(channel);
    }

    @AfterEach
    void everythingIsGivenBack() {
        if (cuda != null) {
            channel.shutdownNow();
            front.stop(Duration.ofSeconds(10));
            assertThat(repository.close(Duration.ofSeconds(10))).isTrue();
            assertThat(memory.usedBytes()).isZero();
            shared.close();
            client.close();
            assertThat(cuda.opened()).isZero();
        }
    }

    private CudaSharedMemoryRegisterRequest.Builder region(String name) {
        return CudaSharedMemoryRegisterRequest.newBuilder()
                .setName(name)
                .setRawHandle(ByteString.copyFrom(client.handle()))
                .setDeviceId(1)
                .setByteSize(SIZE);
    }

    private static Map<String, InferParameter> place(long offset, long bytes) {
        return Map.of(
                "shared_memory_region",
                InferParameter.newBuilder().setStringParam("g").build(),
                "shared_memory_offset",
                InferParameter.newBuilder().setInt64Param(offset).build(),
                "shared_memory_byte_size",
                InferParameter.newBuilder().setInt64Param(bytes).build());
    }

    private ModelInferResponse infer(long outputBytes) {
        return stub.modelInfer(ModelInferRequest.newBuilder()
                .setModelName(IdentityModels.name("INT32"))
                .addInputs(InferInputTensor.newBuilder()
                        .setName("INPUT0")
                        .setDatatype("INT32")
                        .addShape(1)
                        .addShape(2)
                        .putAllParameters(place(4, 8)))
                .addOutputs(InferRequestedOutputTensor.newBuilder()
                        .setName("OUTPUT0")
                        .putAllParameters(place(64, outputBytes)))
                .build());
    }

    @Test
    void readsInputsAndWritesOutputs() {
        stub.cudaSharedMemoryRegister(region("g").build());
        byte[] numbers = {1, 2, 3, 4, 5, 6, 7, 8};
        client.put(4, numbers);
        ModelInferResponse response = infer(8);
        assertThat(response.getRawOutputContentsList()).containsExactly(ByteString.EMPTY);
        assertThat(client.get(64, 8)).isEqualTo(numbers);
        assertThatThrownBy(() -> infer(4))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessage(
                        "INTERNAL: shared memory size specified with the request for output 'OUTPUT0' (4 bytes) should "
                                + "be at least 8 bytes to hold the results");
    }

    @Test
    void listsAndForgetsRegions() {
        stub.cudaSharedMemoryRegister(region("g").build());
        stub.cudaSharedMemoryRegister(region("h").setByteSize(16).build());
        CudaSharedMemoryStatusResponse all =
                stub.cudaSharedMemoryStatus(CudaSharedMemoryStatusRequest.getDefaultInstance());
        assertThat(all.getRegionsMap()).containsOnlyKeys("g", "h");
        assertThat(all.getRegionsOrThrow("h").getByteSize()).isEqualTo(16);
        assertThat(all.getRegionsOrThrow("h").getDeviceId()).isEqualTo(1);
        stub.cudaSharedMemoryUnregister(
                CudaSharedMemoryUnregisterRequest.newBuilder().setName("g").build());
        assertThatThrownBy(() -> stub.cudaSharedMemoryStatus(
                        CudaSharedMemoryStatusRequest.newBuilder().setName("g").build()))
                .hasMessage("NOT_FOUND: Unable to find cuda shared memory region: 'g'");
        stub.cudaSharedMemoryUnregister(CudaSharedMemoryUnregisterRequest.getDefaultInstance());
        assertThat(cuda.opened()).isZero();
    }

    @Test
    void saysWhatIsWrongWithARegistration() {
        String prefix = "INVALID_ARGUMENT: ";
        assertThatThrownBy(() -> stub.cudaSharedMemoryRegister(
                        region("g").setRawHandle(ByteString.copyFromUtf8("x")).build()))
                .hasMessage(prefix + "'raw_handle' must be a cudaIpcMemHandle_t of 64 bytes, got 1");
        assertThatThrownBy(() ->
                        stub.cudaSharedMemoryRegister(region("g").setDeviceId(5).build()))
                .hasMessage(prefix
                        + "failed to register CUDA shared memory region: 'g', there is no GPU 5, there are 0, 1");
        assertThatThrownBy(() -> stub.cudaSharedMemoryRegister(
                        region("g").setByteSize(SIZE + 1).build()))
                .hasMessage(prefix + "failed to register shared memory region 'g': invalid args");
    }
}
