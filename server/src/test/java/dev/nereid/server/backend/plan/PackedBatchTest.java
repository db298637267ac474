package dev.nereid.server.backend.plan;

import static dev.nereid.server.backend.plan.PlanBackendTest.config;
import static dev.nereid.server.backend.plan.TextFixture.INPUTS;
import static dev.nereid.server.backend.plan.TextFixture.parameter;
import static dev.nereid.server.backend.plan.TextFixture.texts;
import static dev.nereid.server.backend.plan.TextFixture.uneven;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.memory.NativeMemory;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.backend.RecordedExecution;
import dev.nereid.server.backend.TextBatching;
import dev.nereid.server.backend.TextLengths;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts of different lengths in one run: MEANING is looked up for each of the IDS and times the WEIGHTS, SUM adds it up. */
class PackedBatchTest {
    private static final String TENSORS = INPUTS
            + "output { name: 'MEANING' data_type: TYPE_FP32 dims: -1 } "
            + "output { name: 'SUM' data_type: TYPE_FP32 dims: 1 } ";
    private static final String BATCHING = "dynamic_batching { } ";
    private static final String ADAPTIVE = parameter("policy", "adaptive");

    @TempDir
    Path folder;

    private final PlanBackend backend = new PlanBackend(KernelSet.scalar(), new WorkerPool(1));

    @BeforeEach
    void write() {
        new GraphWriter()
                .input("IDS", DataType.INT64, -1, -1)
                .input("WEIGHTS", DataType.FLOAT, -1, -1)
                .output("MEANING", DataType.FLOAT, -1, -1)
                .output("SUM", DataType.FLOAT, -1, 1)
                .constant("table", 0f, 1f, 2f, 3f)
                .constant("axes", 1L)
                .node("Gather", "looked up", "table", "IDS")
                .node("Mul", "MEANING", "looked up", "WEIGHTS")
                .node("ReduceSum", "SUM", "MEANING", "axes")
                .write(folder);
    }

    private BackendModel load() {
        BackendModel model = backend.load(config(TENSORS + BATCHING + ADAPTIVE), folder);
        assertThat(model.textLengths()).isEqualTo(TextLengths.PACKED);
        return model;
    }

    @Test
    void eachRequestGetsItsOwnTokensAndTexts() {
        try (BackendModel model = load();
                ModelInstance instance = model.newInstance("m_0")) {
            RecordedExecution one = texts("one", Shape.of(1, 3), 1, 2, 3);
            RecordedExecution two = texts("two", Shape.of(2, 2), 0, 1, 2, 2);
            RecordedExecution tiny = texts("tiny", Shape.of(1, 1), 3);
            instance.execute(new Batch(List.of(one, two, tiny)));
            assertThat(one.stages)
                    .as("one run")
                    .containsExactly(Execution.Stage.INPUT_DONE, Execution.Stage.INFER_DONE);
            assertThat(two.stages).isEmpty();
            assertThat(one.floats("MEANING")).containsExactly(10, 20, 30);
            assertThat(one.output("MEANING").shape()).isEqualTo(Shape.of(1, 3));
            assertThat(one.floats("SUM")).containsExactly(60);
            assertThat(two.floats("MEANING")).containsExactly(0, 10, 20, 20);
            assertThat(two.output("MEANING").shape()).isEqualTo(Shape.of(2, 2));
            assertThat(two.floats("SUM")).containsExactly(10, 40);
            assertThat(two.output("SUM").shape()).isEqualTo(Shape.of(2, 1));
            assertThat(tiny.floats("SUM")).containsExactly(30);
            List.of(one, two, tiny).forEach(each -> each.response.ifPresent(InferResponse::close));
        }
    }

    @Test
    void aRequestThatDoesNotSuitTheModelFailsAlone() {
        try (BackendModel model = load();
                ModelInstance instance = model.newInstance("m_0")) {
            RecordedExecution good = texts("good", Shape.of(1, 2), 1, 2);
            RecordedExecution uneven = uneven();
            RecordedExecution empty = texts("empty", Shape.of(1, 0));
            RecordedExecution unknown = texts("unknown", Shape.of(1, 1), 4);
            instance.execute(new Batch(List.of(unknown, good, uneven, empty)));
            assertThat(good.floats("SUM")).containsExactly(30);
            assertThat(uneven.failure.map(InferException::text))
                    .hasValue("[request id: uneven] model 'm': inputs 'IDS' and 'WEIGHTS': expected as many texts and "
                            + "tokens in both, got shapes [1,2] and [1,1]");
            assertThat(empty.failure.map(InferException::text))
                    .hasValue(
                            "[request id: empty] model 'm': input 'IDS': expected texts of 1 to any number of tokens, "
                                    + "got shape [1,0]");
            assertThat(unknown.failure.map(InferException::text).orElseThrow()).contains("(Gather) failed");
            good.response.ifPresent(InferResponse::close);
        }
    }

    @Test
    void givesAllMemoryBack() {
        long before = NativeMemory.liveBytes();
        try (BackendModel model = load();
                ModelInstance instance = model.newInstance("m_0")) {
            RecordedExecution one = texts("one", Shape.of(1, 3), 1, 2, 3);
            RecordedExecution unknown = texts("unknown", Shape.of(1, 1), 4);
            instance.execute(new Batch(List.of(one, unknown)));
            one.response.orElseThrow().close();
        }
        assertThat(NativeMemory.liveBytes()).isEqualTo(before);
    }

    @Test
    void textsArePackedWhereTheConfigLeavesRoomForIt() {
        String count = parameter("token_input", "IDS");
        assertThat(TextBatching.of(config(TENSORS + BATCHING + ADAPTIVE))).isEqualTo(TextBatching.PACKED_IF_POSSIBLE);
        assertThat(TextBatching.of(config(TENSORS + BATCHING + ADAPTIVE + count)))
                .isEqualTo(TextBatching.PACKED);
        for (String other : List.of(
                TENSORS + BATCHING,
                TENSORS + BATCHING + parameter("policy", "triton") + count,
                TENSORS + ADAPTIVE,
                TENSORS + "dynamic_batching { max_queue_delay_microseconds: 5 } " + ADAPTIVE,
                TENSORS + BATCHING + ADAPTIVE + count + parameter("length_ratio", "2"),
                TENSORS.replace("dims: -1 }", "dims: 2 }") + BATCHING + ADAPTIVE,
                TENSORS.replace("INT64", "INT64 allow_ragged_batch: true") + BATCHING + ADAPTIVE)) {
            assertThat(TextBatching.of(config(other))).as(other).isEqualTo(TextBatching.EQUAL_SHAPES);
        }
    }

    @Test
    void aModelThatMixesTextsTakesEqualShapesAsEver() {
        new GraphWriter()
                .input("IDS", DataType.INT64, -1, -1)
                .input("WEIGHTS", DataType.FLOAT, -1, -1)
                .output("MEANING", DataType.FLOAT, -1, -1)
                .output("SUM", DataType.FLOAT, -1, 1)
                .constant("axes", 1L)
                .node("CumSum", "MEANING", "WEIGHTS", "axes")
                .node("ReduceSum", "SUM", "MEANING", "axes")
                .write(folder);
        try (BackendModel model = backend.load(config(TENSORS + BATCHING + ADAPTIVE), folder);
                ModelInstance instance = model.newInstance("m_0")) {
            assertThat(model.textLengths()).isEqualTo(TextLengths.EQUAL);
            RecordedExecution one = texts("one", Shape.of(1, 3), 1, 2, 3);
            instance.execute(new Batch(List.of(one)));
            assertThat(one.floats("MEANING")).containsExactly(10, 20, 30);
            one.response.ifPresent(InferResponse::close);
        }
    }
}
