package dev.nereid.server.backend.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.memory.NativeMemory;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.ConfigText;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.backend.RecordedExecution;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models whose file has one name for dims of several inputs, and requests where they differ. */
@Tag("found-10")
class SharedDimsTest {
    private static final String SUM = "input { name: 'A' data_type: TYPE_FP32 dims: -1 } "
            + "input { name: 'B' data_type: TYPE_FP32 dims: -1 } output { name: 'Y' data_type: TYPE_FP32 dims: -1 }";

    @TempDir
    Path folder;

    private final PlanBackend backend = new PlanBackend(KernelSet.scalar(), new WorkerPool(1));

    private BackendModel load(String text) {
        return backend.load(ConfigText.parse("name: 'm' backend: 'onnxruntime' " + text), folder);
    }

    private static InputTensor values(String name, float... values) {
        return RecordedExecution.floats(name, Shape.of(values.length), values);
    }

    private static RecordedExecution execute(ModelInstance instance, InputTensor... inputs) {
        RecordedExecution execution = new RecordedExecution("", List.of(), inputs);
        instance.execute(new Batch(List.of(execution)));
        return execution;
    }

    private static float[] run(ModelInstance instance, InputTensor... inputs) {
        RecordedExecution execution = execute(instance, inputs);
        assertThat(execution.failure.map(InferException::text)).isEmpty();
        float[] answer = execution.floats("Y");
        execution.response.ifPresent(InferResponse::close);
        return answer;
    }

    private void writeSum() {
        new GraphWriter()
                .input("A", DataType.FLOAT, -1)
                .input("B", DataType.FLOAT, -1)
                .constant("C", 10f)
                .output("Y", DataType.FLOAT, -1)
                .node("Add", "S", "A", "B")
                .node("Add", "Y", "S", "C")
                .write(folder);
    }

    @Test
    void aModelIsPlannedOnceMoreWhereARequestNeedsIt() {
        writeSum();
        long before = NativeMemory.liveBytes();
        try (BackendModel model = load(SUM);
                ModelInstance instance = model.newInstance("m_0");
                ModelInstance other = model.newInstance("m_1")) {
            assertThat(run(instance, values("A", 1, 2), values("B", 3, 4))).containsExactly(14, 16);
            assertThat(run(instance, values("A", 1), values("B", 3, 4))).containsExactly(14, 15);
            long planned = NativeMemory.liveBytes();
            assertThat(run(other, values("A", 1), values("B", 5, 6))).containsExactly(16, 17);
            assertThat(NativeMemory.liveBytes())
                    .as("one more for all instances")
                    .isEqualTo(planned);
            assertThat(run(other, values("A", 1, 2, 3), values("B", 1))).containsExactly(12, 13, 14);
            assertThat(run(other, values("A", 1), values("B", 2))).containsExactly(13);
        }
        assertThat(NativeMemory.liveBytes()).isEqualTo(before);
    }

    @Test
    void anOperatorSaysWhatItDoesNotTakeAndNothingIsPlanned() {
        writeSum();
        try (BackendModel model = load(SUM);
                ModelInstance instance = model.newInstance("m_0")) {
            assertThat(run(instance, values("A", 1, 2), values("B", 3, 4))).containsExactly(14, 16);
            long before = NativeMemory.liveBytes();
            InferException failure = execute(instance, values("A", 1, 2), values("B", 3, 4, 5))
                    .failure
                    .orElseThrow();
            assertThat(failure.code()).isEqualTo(InferException.Code.INTERNAL);
            assertThat(failure.text()).startsWith("model 'm': ").contains("node 'S'", "[2]", "[3]");
            assertThat(NativeMemory.liveBytes()).isEqualTo(before);

            run(instance, values("A", 1), values("B", 3, 4));
            assertThat(execute(instance, values("A", 1, 2), values("B", 3, 4, 5)).failure)
                    .as("when it is planned")
                    .isPresent();
        }
    }

    /** As the models of Triton's suite: each row of an output is a whole input. */
    @ParameterizedTest
    @CsvSource({"BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO, true", "BATCH_MAX_ELEMENT_COUNT_AS_SHAPE, false"})
    void whatABatchAddsUpMayBeOfAnyLength(String kind, boolean counts) {
        new GraphWriter()
                .input("X", DataType.FLOAT, -1)
                .input("SIZE", DataType.FLOAT, -1)
                .input("QUANTITY", DataType.FLOAT, -1)
                .constant("COLUMN", -1L, 1L)
                .constant("ROW", 1L, -1L)
                .output("Y", DataType.FLOAT, -2, -3)
                .output("RAGGED", DataType.FLOAT, -4, -5)
                .node("Div", "ONES", "SIZE", "SIZE")
                .node("Reshape", "ONE_COLUMN", "ONES", "COLUMN")
                .node("Reshape", "QUANTITY_ROW", "QUANTITY", "ROW")
                .node("Reshape", "X_ROW", "X", "ROW")
                .node("MatMul", "Y", "ONE_COLUMN", "QUANTITY_ROW")
                .node("MatMul", "RAGGED", "ONE_COLUMN", "X_ROW")
                .write(folder);
        String config = "max_batch_size: 8 "
                + "input { name: 'X' data_type: TYPE_FP32 dims: -1 allow_ragged_batch: true } "
                + "output { name: 'Y' data_type: TYPE_FP32 dims: -1 } "
                + "output { name: 'RAGGED' data_type: TYPE_FP32 dims: -1 } "
                + "batch_input { kind: BATCH_ELEMENT_COUNT target_name: 'SIZE' data_type: TYPE_FP32 source_input: 'X' } "
                + "batch_input { kind: " + kind + " target_name: 'QUANTITY' data_type: TYPE_FP32 source_input: 'X' }";
        try (BackendModel model = load(config);
                ModelInstance instance = model.newInstance("m_0")) {
            List<RecordedExecution> executions = List.of(row(2, 2), row(4, 4, 4, 4), row(1));
            instance.execute(new Batch(List.copyOf(executions)));
            for (RecordedExecution execution : executions) {
                assertThat(execution.failure.map(InferException::text)).isEmpty();
                assertThat(execution.floats("RAGGED")).containsExactly(2, 2, 4, 4, 4, 4, 1);
                // The other kind says how many elements the largest request has, by its length alone.
                assertThat(execution.output("Y").shape()).isEqualTo(Shape.of(1, 4));
                if (counts) {
                    assertThat(execution.floats("Y")).containsExactly(0, 2, 6, 7);
                }
                execution.response.ifPresent(InferResponse::close);
            }
        }
    }

    private static RecordedExecution row(float... values) {
        return new RecordedExecution("", List.of(), RecordedExecution.floats("X", Shape.of(1, values.length), values));
    }
}
