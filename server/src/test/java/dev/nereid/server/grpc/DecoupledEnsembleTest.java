package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.memory.NativeMemory;
import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelStreamInferResponse;
import dev.nereid.server.ModelFolders;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.backend.builtin.IdentityBackend;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.RepositoryConfig;
import dev.nereid.server.statement.Statement;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An ensemble whose first step streams, over the wire. */
@SuppressWarnings("NullAway.Init") // set before each test
class DecoupledEnsembleTest {
    private static final Duration SECONDS = Duration.ofSeconds(10);
    private static final String MODEL = """
            max_batch_size: 8
            input [ { name: "INPUT0" data_type: TYPE_INT32 dims: [ 1 ] } ]
            output [ { name: "OUTPUT0" data_type: TYPE_INT32 dims: [ 1 ] } ]
            """;

    @TempDir
    private Path root;

    private final long bytesBefore = NativeMemory.liveBytes();
    private SlabPool memory;
    private ModelRepository repository;
    private GrpcFront front;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        ModelFolders.write(root, "counting", MODEL + """
                backend: "counting"
                model_transaction_policy { decoupled: true }
                """);
        ModelFolders.write(
                root, "echo", MODEL + "backend: \"identity\" instance_group [ { kind: KIND_CPU count: 1 } ]");
        ModelFolders.write(root, "e", MODEL + """
                platform: "ensemble"
                ensemble_scheduling { max_inflight_requests: 2 step [
                  { model_name: "counting" model_version: -1
                    input_map { key: "INPUT0" value: "INPUT0" } output_map { key: "OUTPUT0" value: "number" } },
                  { model_name: "echo" model_version: -1
                    input_map { key: "INPUT0" value: "number" } output_map { key: "OUTPUT0" value: "OUTPUT0" } } ] }
                """);
        memory = new SlabPool(1 << 20);
        repository = ModelRepository.start(
                RepositoryConfig.of(root), new Backends(List.of(CountingBackend.create(), new IdentityBackend())));
        assertThat(repository.startup().orTimeout(30, TimeUnit.SECONDS).join()).isEmpty();
        front = GrpcFront.start(new GrpcConfig("127.0.0.1", 0, "triton"), repository, memory);
        channel = RunningFront.channel(front.port());
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        front.stop(SECONDS);
        assertThat(repository.close(SECONDS)).isTrue();
        assertThat(memory.usedBytes()).isZero();
        memory.close();
        assertThat(NativeMemory.liveBytes()).isEqualTo(bytesBefore);
    }

    private static int number(ModelStreamInferResponse answer) {
        return answer.getInferResponse()
                .getRawOutputContents(0)
                .asReadOnlyByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN)
                .getInt();
    }

    private static ModelInferRequest upTo(int number) {
        return IdentityModels.numbers("e", "r" + number, number).toBuilder()
                .putParameters(
                        "triton_enable_empty_final_response",
                        InferParameter.newBuilder().setBoolParam(true).build())
                .build();
    }

    private static List<ModelStreamInferResponse> of(String id, List<ModelStreamInferResponse> answers) {
        return answers.stream()
                .filter(answer -> answer.getInferResponse().getId().equals(id))
                .toList();
    }

    @Test
    @Statement({102, 159})
    void answersOnceForEachResponseOfItsStep() {
        List<ModelStreamInferResponse> answers = WholeStream.of(channel, upTo(100), upTo(0), upTo(3));
        List<ModelStreamInferResponse> hundred = of("r100", answers);
        assertThat(hundred)
                .filteredOn(answer -> answer.getInferResponse().getOutputsCount() > 0)
                .extracting(DecoupledEnsembleTest::number)
                .as("one instance keeps the order")
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 100).boxed().toList());
        assertThat(of("r3", answers))
                .extracting(DecoupledEnsembleTest::isFinal)
                .containsOnlyOnce(true)
                .endsWith(true);
        assertThat(hundred)
                .extracting(DecoupledEnsembleTest::isFinal)
                .containsOnlyOnce(true)
                .endsWith(true);
        assertThat(of("r0", answers))
                .singleElement()
                .matches(DecoupledEnsembleTest::isFinal)
                .matches(answer -> answer.getInferResponse().getOutputsCount() == 0);
        assertThat(answers).allMatch(answer -> answer.getErrorMessage().isEmpty());
    }

    private static boolean isFinal(ModelStreamInferResponse answer) {
        return answer.getInferResponse()
                .getParametersOrThrow("triton_final_response")
                .getBoolParam();
    }

    @Test
    @Statement({102, 158})
    void cannotBeAskedForASingleAnswer() {
        assertThat(repository.find("e", "").config().getModelTransactionPolicy().getDecoupled())
                .isTrue();
        assertThatThrownBy(() -> GRPCInferenceServiceGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(SECONDS)
                        .modelInfer(upTo(1)))
                .hasMessage("UNIMPLEMENTED: ModelInfer RPC doesn't support models with decoupled transaction policy");
    }
}
