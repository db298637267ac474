package dev.nereid.server.backend.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.memory.NativeMemory;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.inference.BatchInput;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.ConfigText;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.backend.RecordedExecution;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.statement.Statement;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Batches of requests of different shapes in real ONNX models. */
class RaggedBatchTest {
    private static final String RAGGED =
            "max_batch_size: 8 input { name: 'X' data_type: TYPE_FP32 dims: -1 allow_ragged_batch: true } ";

    @TempDir
    Path folder;

    private final PlanBackend backend = new PlanBackend(KernelSet.scalar(), new WorkerPool(1));

    private BackendModel load(String text) {
        return backend.load(ConfigText.parse("name: 'm' backend: 'onnxruntime' " + text), folder);
    }

    /** A request of zeros of a shape. */
    private static RecordedExecution request(Shape shape) {
        return request(shape, new float[(int) shape.elements()]);
    }

    private static RecordedExecution request(Shape shape, float... values) {
        return new RecordedExecution("r", List.of(), RecordedExecution.floats("X", shape, values));
    }

    private static void execute(BackendModel model, RecordedExecution... executions) {
        try (ModelInstance instance = model.newInstance("m_0")) {
            instance.execute(new Batch(List.of(executions)));
        }
        for (RecordedExecution execution : executions) {
            assertThat(execution.failure).isEmpty();
        }
    }

    private static void close(RecordedExecution... executions) {
        for (RecordedExecution execution : executions) {
            execution.response.ifPresent(InferResponse::close);
        }
    }

    /** One element for each request, of a batch input with as many elements. */
    private static List<Float> perRequest(RecordedExecution... executions) {
        List<Float> values = new ArrayList<>();
        for (RecordedExecution execution : executions) {
            for (float value : execution.floats("Y")) {
                values.add(value);
            }
        }
        return values;
    }

    /** A model that answers each request its part of a batch input, and takes X only to have it. */
    private void writeQuantity(DataType type) {
        new GraphWriter()
                .input("X", DataType.FLOAT, -2)
                .input("Q", type, -3)
                .output("Y", type, -3)
                .node("Identity", "Y", "Q")
                .write(folder);
    }

    @Test
    @Statement(37)
    void saysHowManyElementsEachRequestHas() {
        writeQuantity(DataType.FLOAT);
        RecordedExecution[] requests = {request(Shape.of(1, 3)), request(Shape.of(1, 4)), request(Shape.of(1, 5))};
        try (BackendModel model = load(RAGGED + "batch_input { kind: BATCH_ELEMENT_COUNT target_name: 'Q' "
                + "data_type: TYPE_FP32 source_input: 'X' } output { name: 'Y' data_type: TYPE_FP32 dims: [ ] }")) {
            execute(model, requests);
            assertThat(perRequest(requests)).containsExactly(3f, 4f, 5f);
            close(requests);
        }
    }

    @Test
    @Statement(37)
    void addsTheElementsUpAsIntegersToo() {
        writeQuantity(DataType.INT32);
        RecordedExecution[] requests = {request(Shape.of(1, 3)), request(Shape.of(1, 4)), request(Shape.of(1, 5))};
        try (BackendModel model = load(RAGGED + "batch_input { kind: BATCH_ACCUMULATED_ELEMENT_COUNT "
                + "target_name: 'Q' data_type: TYPE_INT32 source_input: 'X' } "
                + "output { name: 'Y' data_type: TYPE_INT32 dims: [ ] }")) {
            execute(model, requests);
            List<Integer> values = new ArrayList<>();
            for (RecordedExecution request : requests) {
                values.add(request.output("Y").segment().get(ValueLayout.JAVA_INT, 0));
            }
            assertThat(values).containsExactly(3, 7, 12);
            close(requests);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "BATCH_ELEMENT_COUNT | [6, 4] | [2]",
                "BATCH_ACCUMULATED_ELEMENT_COUNT | [6, 10] | [2]",
                "BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO | [0, 6, 10] | [3]",
                "BATCH_MAX_ELEMENT_COUNT_AS_SHAPE | [0, 0, 0, 0, 0, 0] | [6]",
                "BATCH_ITEM_SHAPE | [3, 1, 3, 1, 2, 2] | [3, 2]",
                "BATCH_ITEM_SHAPE_FLATTEN | [3, 1, 3, 1, 2, 2] | [6]"
            })
    @Statement({37, 38})
    void measuresABatchOfTwoAndABatchOfOne(String kind, String values, String shape) {
        List<SlabPool.Slab> slabs = new ArrayList<>();
        try (SlabPool memory = new SlabPool(0)) {
            Tensor tensor = new BatchQuantity(BatchInput.Kind.valueOf(kind), "X", dev.nereid.tensor.DataType.INT32)
                    .gather(List.of(request(Shape.of(2, 3, 1)), request(Shape.of(1, 2, 2))), memory, slabs);
            int[] numbers = new int[(int) tensor.shape().elements()];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = tensor.segment().getAtIndex(ValueLayout.JAVA_INT, i);
            }
            assertThat(Arrays.toString(numbers)).isEqualTo(values);
            assertThat(tensor.shape().toString()).isEqualTo(shape.replace(" ", ""));
            slabs.forEach(SlabPool.Slab::close);
        }
    }

    @Test
    @Statement({36, 40})
    void concatenatesFlatAndCutsAnOutputByTheShapesOfTheRequests() {
        new GraphWriter()
                .input("X", DataType.FLOAT, -2)
                .output("Y", DataType.FLOAT, -2)
                .node("Neg", "Y", "X")
                .write(folder);
        long before = NativeMemory.liveBytes();
        try (BackendModel model = load("max_batch_size: 8 input { name: 'X' data_type: TYPE_FP32 dims: [ -1, -1 ] "
                + "allow_ragged_batch: true } output { name: 'Y' data_type: TYPE_FP32 dims: [ -1, -1 ] } "
                + "batch_output { target_name: 'Y' source_input: 'X' }")) {
            RecordedExecution first = request(Shape.of(1, 3, 1), 1, 2, 3);
            RecordedExecution second = request(Shape.of(2, 1, 2), 4, 5, 6, 7);
            execute(model, first, second);
            assertThat(first.output("Y").shape()).isEqualTo(Shape.of(1, 3, 1));
            assertThat(first.floats("Y")).containsExactly(-1, -2, -3);
            assertThat(second.output("Y").shape()).isEqualTo(Shape.of(2, 1, 2));
            assertThat(second.floats("Y")).containsExactly(-4, -5, -6, -7);
            assertThat(first.stages).as("one run").hasSize(2);
            assertThat(second.stages).isEmpty();
            close(first, second);

            RecordedExecution alone = request(Shape.of(1, 2, 2), 1, 2, 3, 4);
            execute(model, alone);
            assertThat(alone.output("Y").shape()).isEqualTo(Shape.of(1, 2, 2));
            close(alone);
        }
        assertThat(NativeMemory.liveBytes()).isEqualTo(before);
    }

    @Test
    @Statement(40)
    void failsARequestWhosePartTheModelDidNotGive() {
        new GraphWriter()
                .input("X", DataType.FLOAT, -2)
                .output("Y", DataType.FLOAT, 1)
                .node("ReduceSum", "Y", "X")
                .write(folder);
        try (BackendModel model = load(RAGGED + "output { name: 'Y' data_type: TYPE_FP32 dims: -1 } "
                        + "batch_output { target_name: 'Y' source_input: 'X' }");
                ModelInstance instance = model.newInstance("m_0")) {
            RecordedExecution request = request(Shape.of(1, 3), 1, 2, 3);
            instance.execute(new Batch(List.of(request)));
            assertThat(request.failure.orElseThrow().text())
                    .isEqualTo(
                            "output 'Y' of shape [1] has no elements left for a part of shape [1,3] behind the first 0");
        }
    }

    @Test
    @Statement(36)
    void refusesAModelWhoseRaggedInputIsNotFlat() {
        GraphWriter.addition(2).write(folder);
        assertThatThrownBy(() -> load("max_batch_size: 8 input { name: 'A' data_type: TYPE_FP32 dims: 2 "
                        + "allow_ragged_batch: true } input { name: 'B' data_type: TYPE_FP32 dims: 2 } "
                        + "output { name: 'SUM' data_type: TYPE_FP32 dims: 2 }"))
                .isInstanceOf(InferException.class)
                .hasMessageContaining(
                        "configuration expects model provides input with shape [-1]  for ragged input 'A', "
                                + "model provides [-1,2]");
    }

    @Test
    void countsBatchInputsAmongTheModelsInputs() {
        writeQuantity(DataType.FLOAT);
        assertThatThrownBy(() -> load(RAGGED + "output { name: 'Y' data_type: TYPE_FP32 dims: [ ] }"))
                .hasMessage("unable to load model 'm', configuration expects 1 inputs, model provides 2");
        assertThatThrownBy(
                        () -> load(
                                RAGGED + "batch_input { kind: BATCH_ELEMENT_COUNT target_name: 'Q' "
                                        + "data_type: TYPE_INT32 source_input: 'X' } output { name: 'Y' data_type: TYPE_FP32 dims: [] }"))
                .hasMessageContaining("configuration expects datatype TYPE_INT32 for input 'Q'");
    }

    @Test
    @Statement(34)
    void givesTheModelOneOfTheEqualShapeTensorsOfABatch() {
        new GraphWriter()
                .input("X", DataType.FLOAT, -1, 4)
                .input("SHAPE", DataType.INT64, 3)
                .output("Y", DataType.FLOAT, -1, -5, -6)
                .node("Reshape", "Y", "X", "SHAPE")
                .write(folder);
        try (BackendModel model = load("max_batch_size: 8 input { name: 'X' data_type: TYPE_FP32 dims: 4 } "
                + "input { name: 'SHAPE' data_type: TYPE_INT64 dims: 3 is_shape_tensor: true } "
                + "output { name: 'Y' data_type: TYPE_FP32 dims: [ -1, -1 ] }")) {
            RecordedExecution first = reshaped(2, 1, 2, 3, 4);
            RecordedExecution second = reshaped(2, 5, 6, 7, 8);
            RecordedExecution other = reshaped(4, 9, 10, 11, 12);
            execute(model, first, second, other);
            assertThat(first.output("Y").shape()).isEqualTo(Shape.of(1, 2, 2));
            assertThat(second.floats("Y")).containsExactly(5, 6, 7, 8);
            assertThat(other.output("Y").shape()).isEqualTo(Shape.of(1, 4, 1));
            assertThat(second.stages).as("in the run of the first").isEmpty();
            close(first, second, other);
        }
    }

    private static RecordedExecution reshaped(long rows, float... values) {
        Tensor shape = Tensor.of(
                dev.nereid.tensor.DataType.INT64,
                Shape.of(3),
                Arena.ofAuto().allocateFrom(ValueLayout.JAVA_LONG, -1, rows, 4 / rows));
        return new RecordedExecution(
                "r", List.of(), RecordedExecution.floats("X", Shape.of(1, 4), values), new InputTensor("SHAPE", shape));
    }
}
