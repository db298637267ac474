package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.google.protobuf.TextFormat;
import com.google.protobuf.util.JsonFormat;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.backend.plan.PlanBackend;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The example models as Triton's sequence clients call them: several sequences sent at once, one behind the other. */
class SequenceExamplesTest {
    private static final List<Integer> VALUES = List.of(0, 11, 7, 5, 3, 2, 0, 1);

    private ModelRepository repository;

    @BeforeEach
    void start() {
        repository = ModelRepository.start(
                RepositoryConfig.of(Path.of("../models/examples"))
                        .withMode(
                                ControlMode.EXPLICIT,
                                List.of("simple_sequence", "simple_dyna_sequence", "simple_string_dyna_sequence")),
                new Backends(List.of(new PlanBackend(KernelSet.scalar(), new WorkerPool(1)))));
        assertThat(repository.startup().orTimeout(60, TimeUnit.SECONDS).join()).isEmpty();
    }

    @AfterEach
    void close() {
        TestRepository.close(repository);
    }

    /** Sends a whole sequence without waiting for answers. */
    private List<CompletableFuture<Integer>> send(String model, CorrelationId id, int sign) {
        List<CompletableFuture<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < VALUES.size(); i++) {
            MemorySegment segment = Arena.ofAuto().allocate(Integer.BYTES);
            segment.set(ValueLayout.JAVA_INT, 0, sign * VALUES.get(i));
            InferRequest.Header header =
                    new InferRequest.Header(model, "", "", id, i == 0, i == VALUES.size() - 1, 0, 0, Map.of());
            answers.add(TestRepository.infer(
                            repository.find(model, ""),
                            new InferRequest(
                                    header,
                                    List.of(new InputTensor(
                                            "INPUT", Tensor.of(DataType.INT32, Shape.of(1, 1), segment))),
                                    List.of(),
                                    List.of(),
                                    System.nanoTime()))
                    .thenApply(SequenceExamplesTest::output));
        }
        return answers;
    }

    private static int output(InferResponse response) {
        try (response) {
            return response.outputs().getFirst().tensor().segment().get(ValueLayout.JAVA_INT, 0);
        }
    }

    private static List<Integer> join(List<CompletableFuture<Integer>> answers) {
        return answers.stream().map(CompletableFuture::join).toList();
    }

    @Test
    @Tag("found-14")
    void isWarmedUpWithSamplesThatNameTheControls() {
        StringBuilder config = new StringBuilder("model_warmup { name: 'w' batch_size: 8");
        for (String input : List.of("INPUT", "START", "READY")) {
            config.append(" inputs { key: '")
                    .append(input)
                    .append("' value { data_type: TYPE_INT32 dims: 1 zero_data: true } }");
        }
        ModelConfig.Builder warmed = repository.find("simple_sequence", "").config().toBuilder();
        assertThatCode(() -> {
                    TextFormat.merge(config.append(" }"), warmed);
                    String json = JsonFormat.printer().print(warmed);
                    repository.load("simple_sequence", new LoadParameters(json, Map.of()));
                })
                .doesNotThrowAnyException();
        Model model = repository.find("simple_sequence", "");
        assertThat(model.config().getModelWarmupCount()).isEqualTo(1);
        assertThat(model.statistics().snapshot().batches()).containsOnlyKeys(8L);
    }

    @Test
    void addsOneToTheFirstValueOfASequence() {
        List<CompletableFuture<Integer>> numbered = send("simple_sequence", new CorrelationId.Numeric(1000), 1);
        List<CompletableFuture<Integer>> named =
                send("simple_sequence", new CorrelationId.Textual("6fa459ea-ee8a-3ca4-894e-db77e160355e"), -1);
        assertThat(join(numbered)).containsExactly(1, 11, 7, 5, 3, 2, 0, 1);
        assertThat(join(named)).containsExactly(1, -11, -7, -5, -3, -2, 0, -1);
    }

    @Test
    void addsTheIdToTheLastValueOfASequence() {
        List<CompletableFuture<Integer>> first = send("simple_dyna_sequence", new CorrelationId.Numeric(1000), 1);
        List<CompletableFuture<Integer>> second = send("simple_dyna_sequence", new CorrelationId.Numeric(1001), -1);
        assertThat(join(first)).containsExactly(1, 11, 7, 5, 3, 2, 0, 1001);
        assertThat(join(second)).containsExactly(1, -11, -7, -5, -3, -2, 0, 1000);
    }

    @Test
    void sumsASequenceUpAndAddsTheNumberThatItsIdSpells() {
        List<CompletableFuture<Integer>> first =
                send("simple_string_dyna_sequence", new CorrelationId.Textual("1002"), 1);
        List<CompletableFuture<Integer>> second =
                send("simple_string_dyna_sequence", new CorrelationId.Textual("1003"), -1);
        assertThat(join(first)).containsExactly(0, 11, 18, 23, 26, 28, 28, 29 + 1002);
        assertThat(join(second)).containsExactly(0, -11, -18, -23, -26, -28, -28, -29 + 1003);
    }
}
