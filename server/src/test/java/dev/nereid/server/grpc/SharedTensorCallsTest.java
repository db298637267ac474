package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.CudaSharedMemoryStatusRequest;
import dev.nereid.proto.inference.CudaSharedMemoryUnregisterRequest;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.InferTensorContents;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferRequest.InferInputTensor;
import dev.nereid.proto.inference.ModelInferRequest.InferRequestedOutputTensor;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.proto.inference.SystemSharedMemoryRegisterRequest;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Inference whose tensors lie in shared memory, beyond what was recorded. */
class SharedTensorCallsTest {
    private static final int SIZE = 4096;

    @TempDir
    private Path root;

    @TempDir
    private Path objects;

    private final SlabPool memory = new SlabPool(0);
    private SharedMemory shared;
    private ModelRepository repository;
    private GrpcFront front;
    private ManagedChannel channel;
    private GRPCInferenceServiceBlockingStub stub;

    @BeforeEach
    void start() throws IOException {
        repository = IdentityModels.start(root);
        byte[] content = new byte[SIZE];
        content[0] = 5; // INT32 5, and the length of one string
        content[4] = 'h';
        content[5] = 'e';
        content[6] = 'l';
        content[7] = 'l';
        content[8] = 'o';
        Files.write(objects.resolve("o"), content);
        shared = SharedMemory.in(objects);
        front = GrpcFront.start(
                new GrpcConfig("127.0.0.1", 0, "triton"),
                repository,
                memory,
                new Extensions(
                        shared, new LogSettings(LogConfig.DEFAULT, _ -> {}), new TraceSettings(TraceConfig.NONE)));
        channel = RunningFront.channel(front.port());
        stub = GRPCInferenceServiceGrpc.newBlockingStub(channel);
        stub.systemSharedMemoryRegister(SystemSharedMemoryRegisterRequest.newBuilder()
                .setName("r")
                .setKey("o")
                .setByteSize(SIZE)
                .build());
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        front.stop(Duration.ofSeconds(10));
        assertThat(repository.close(Duration.ofSeconds(10))).isTrue();
        assertThat(memory.usedBytes()).isZero();
        shared.close();
    }

    private static InferParameter number(long value) {
        return InferParameter.newBuilder().setInt64Param(value).build();
    }

    private static InferParameter text(String value) {
        return InferParameter.newBuilder().setStringParam(value).build();
    }

    private static InferInputTensor.Builder input(String datatype, long offset, long bytes) {
        return InferInputTensor.newBuilder()
                .setName("INPUT0")
                .setDatatype(datatype)
                .addShape(1)
                .addShape(1)
                .putParameters("shared_memory_region", text("r"))
                .putParameters("shared_memory_offset", number(offset))
                .putParameters("shared_memory_byte_size", number(bytes));
    }

    private static InferRequestedOutputTensor.Builder output(long offset, long bytes) {
        return InferRequestedOutputTensor.newBuilder()
                .setName("OUTPUT0")
                .putParameters("shared_memory_region", text("r"))
                .putParameters("shared_memory_offset", number(offset))
                .putParameters("shared_memory_byte_size", number(bytes));
    }

    private ModelInferResponse infer(
            String datatype, InferInputTensor.Builder input, InferRequestedOutputTensor.Builder... outputs) {
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder()
                .setModelName(IdentityModels.name(datatype))
                .addInputs(input);
        for (InferRequestedOutputTensor.Builder output : outputs) {
            request.addOutputs(output);
        }
        return stub.modelInfer(request.build());
    }

    private void refused(
            String text,
            String datatype,
            InferInputTensor.Builder input,
            InferRequestedOutputTensor.Builder... outputs) {
        Assertions.assertThatThrownBy(() -> infer(datatype, input, outputs))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessage(text);
    }

    @Test
    void stringsGoInAndOutAsRawContents() throws IOException {
        ModelInferResponse response = infer("BYTES", input("BYTES", 0, 9), output(100, 9));
        assertThat(response.getRawOutputContentsList()).containsExactly(ByteString.EMPTY);
        byte[] content = Files.readAllBytes(objects.resolve("o"));
        assertThat(Arrays.copyOfRange(content, 100, 109)).isEqualTo(Arrays.copyOf(content, 9));
        assertThat(infer("BYTES", input("BYTES", 0, 9)).getRawOutputContents(0).toByteArray())
                .isEqualTo(Arrays.copyOf(content, 9));
    }

    @Test
    void saysWhatIsWrongWithAPlace() {
        String prefix = "INVALID_ARGUMENT: ";
        refused(prefix + "Invalid offset for shared memory region: 'r'", "INT32", input("INT32", Long.MIN_VALUE, 1));
        refused(prefix + "Invalid offset for shared memory region: 'r'", "INT32", input("INT32", -1, -1));
        refused(prefix + "Invalid offset + byte size for shared memory region: 'r'", "INT32", input("INT32", 0, -1));
        refused(
                prefix + "Integer overflow detected: byte_size (18446744073709551615) + offset (1) "
                        + "exceeds maximum value (18446744073709551615) for region 'r'",
                "INT32",
                input("INT32", 1, -1));
        refused(
                prefix + "invalid value type for 'shared_memory_region' parameter for tensor 'INPUT0', expected "
                        + "string_param.",
                "INT32",
                input("INT32", 0, 4).putParameters("shared_memory_region", number(1)));
        refused(
                prefix + "invalid value type for 'shared_memory_offset' parameter for tensor 'INPUT0', expected "
                        + "int64_param.",
                "INT32",
                input("INT32", 0, 4).putParameters("shared_memory_offset", text("0")));
        refused(
                prefix + "'shared_memory_offset' can not be specified without 'shared_memory_region' parameter for "
                        + "tensor 'INPUT0'",
                "INT32",
                input("INT32", 0, 4).removeParameters("shared_memory_region"));
        refused(
                prefix + "unexpected 'content' provided when using shared memory for input tensor 'INPUT0' for model "
                        + "'batched_INT32'",
                "INT32",
                input("INT32", 0, 4)
                        .setContents(InferTensorContents.newBuilder().addIntContents(1)));
        refused(
                prefix + "[request id: <id_unknown>] input byte size mismatch for input 'INPUT0' for model "
                        + "'batched_INT32'. Expected 4, got 8",
                "INT32",
                input("INT32", 0, 8));
        refused(
                prefix + "incomplete string data for inference input 'INPUT0', expecting string of length 5 but only 4 "
                        + "bytes available",
                "BYTES",
                input("BYTES", 0, 8));
        refused(
                prefix + "output can't set both 'shared_memory_region' and 'classification'",
                "INT32",
                input("INT32", 0, 4),
                output(0, 4).putParameters("classification", number(1)));
    }

    @Test
    void answersForGpusAsAServerWithoutOne() {
        Assertions.assertThatThrownBy(() -> stub.cudaSharedMemoryStatus(
                        CudaSharedMemoryStatusRequest.newBuilder().setName("c").build()))
                .hasMessage("NOT_FOUND: Unable to find cuda shared memory region: 'c'");
        assertThat(stub.cudaSharedMemoryUnregister(CudaSharedMemoryUnregisterRequest.getDefaultInstance())
                        .getSerializedSize())
                .isZero();
    }
}
