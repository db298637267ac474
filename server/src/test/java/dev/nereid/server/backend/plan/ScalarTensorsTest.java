package dev.nereid.server.backend.plan;

import static dev.nereid.server.backend.RecordedExecution.floats;
import static dev.nereid.server.backend.RecordedExecution.longs;
import static dev.nereid.server.backend.plan.PlanBackendTest.config;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.backend.RecordedExecution;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tensors of ONNX models that have fewer dims than a config can write, or of which the file says no shape. */
class ScalarTensorsTest {
    private static final String NOT_ONE = "', should only provide 1 in the model configuration when the model doesn't "
            + "support batching. Model configuration provided: ";

    @TempDir
    Path folder;

    private final PlanBackend backend = new PlanBackend(KernelSet.scalar(), new WorkerPool(1));

    private String refusal(String text) {
        return PlanBackendTest.refusal(backend, text, folder);
    }

    private record Answer(Shape shape, List<Float> values) {}

    /** What a model answers in its output Y. */
    private Answer answer(ModelConfig config, InputTensor... inputs) {
        try (BackendModel model = backend.load(config, folder);
                ModelInstance instance = model.newInstance("m_0")) {
            RecordedExecution execution = new RecordedExecution("a", List.of(), inputs);
            instance.execute(new Batch(List.of(execution)));
            List<Float> values = new ArrayList<>();
            for (float value : execution.floats("Y")) {
                values.add(value);
            }
            Shape shape = execution.output("Y").shape();
            execution.response.orElseThrow().close();
            return new Answer(shape, values);
        }
    }

    private static String tensors(String input, String output) {
        return "input { name: 'X' data_type: TYPE_FP32 dims: %s } output { name: 'Y' data_type: TYPE_FP32 dims: %s } "
                .formatted(input, output);
    }

    @Test
    void servesAScalarWithOneDim() {
        new GraphWriter()
                .input("X", DataType.FLOAT)
                .output("Y", DataType.FLOAT)
                .node("Neg", "Y", "X")
                .write(folder);
        ModelConfig complete = backend.complete(config(""), folder, 4);
        assertThat(complete.getInput(0).getDimsList()).containsExactly(1L);
        assertThat(complete.getInput(0).hasReshape()).isFalse();
        assertThat(complete.getOutput(0).hasReshape()).isFalse();
        assertThat(refusal(tensors("2", "1")))
                .isEqualTo("unable to load model 'm', scalar tensor 'X" + NOT_ONE + "[2].");
        assertThat(answer(complete, floats("X", Shape.of(1), 7))).isEqualTo(new Answer(Shape.of(1), List.of(-7f)));
    }

    /** The models of Triton's suite L0_scalar_io. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void takesATensorOfWhichTheFileSaysNoShapeForAScalar(int rank) {
        new GraphWriter()
                .inputWithoutShape("X", DataType.FLOAT)
                .outputWithoutShape("Y", DataType.FLOAT)
                .node("Identity", "Y", "X")
                .write(folder);
        String dims = "[ " + String.join(", ", Collections.nCopies(rank, "1")) + " ]";
        Shape shape = rank == 1 ? Shape.of(1) : Shape.of(1, 1);
        assertThat(answer(config(tensors(dims, dims)), floats("X", shape, 7)))
                .isEqualTo(new Answer(shape, List.of(7f)));
    }

    /** What the model sees has no dims, as in Triton: an index that has some would leave them in the answer. */
    @Test
    void givesTheModelAScalarWhereTheFileSaysNoShape() {
        new GraphWriter()
                .input("X", DataType.FLOAT, 3)
                .inputWithoutShape("I", DataType.INT64)
                .output("Y", DataType.FLOAT)
                .node("Gather", "Y", "X", "I")
                .write(folder);
        String config = tensors("3", "1") + "input { name: 'I' data_type: TYPE_INT64 dims: 1 }";
        assertThat(answer(config(config), floats("X", Shape.of(3), 5, 6, 7), longs("I", Shape.of(1), 2)))
                .isEqualTo(new Answer(Shape.of(1), List.of(7f)));
    }

    @Test
    void refusesOtherDimsOfATensorOfWhichTheFileSaysNoShape() {
        new GraphWriter()
                .inputWithoutShape("X", DataType.FLOAT)
                .outputWithoutShape("Y", DataType.FLOAT)
                .node("Identity", "Y", "X")
                .write(folder);
        String start = "unable to load model 'm', scalar tensor '";
        assertThat(refusal(tensors("2", "1"))).isEqualTo(start + "X" + NOT_ONE + "[2].");
        assertThat(refusal(tensors("1", "-1"))).isEqualTo(start + "Y" + NOT_ONE + "[-1].");
        assertThat(refusal(tensors("[ 1, 1 ]", "[ 1, 2 ]"))).isEqualTo(start + "Y" + NOT_ONE + "[1,2].");
        assertThat(refusal("max_batch_size: 4 " + tensors("2", "1"))).isEqualTo(start + "X" + NOT_ONE + "[2].");
        assertThat(refusal("max_batch_size: 4 " + tensors("1", "2"))).isEqualTo(start + "Y" + NOT_ONE + "[2].");
    }

    /** As many elements as there are is known when the model has run: the config holds nobody to one. */
    @Test
    void answersAnOutputOfWhichNobodyKnowsTheShapeInTheOneThatItHas() {
        new GraphWriter()
                .input("X", DataType.FLOAT, -1, 2)
                .input("S", DataType.INT64, -2)
                .outputWithoutShape("Y", DataType.FLOAT)
                .node("Reshape", "Y", "X", "S")
                .write(folder);
        ModelConfig complete = backend.complete(config(""), folder, 4);
        assertThat(complete.getMaxBatchSize()).isZero();
        assertThat(complete.getOutput(0).getDimsList()).containsExactly(1L);
        assertThat(complete.getOutput(0).hasReshape()).isFalse();
        assertThat(answer(complete, floats("X", Shape.of(3, 2), 1, 2, 3, 4, 5, 6), longs("S", Shape.of(2), 2, 3)))
                .isEqualTo(new Answer(Shape.of(2, 3), List.of(1f, 2f, 3f, 4f, 5f, 6f)));
    }

    @Test
    void writesAnEmptyReshapeWhereTheBatchIsAllTheDimsThatThereAre() {
        writeRows();
        ModelConfig complete = backend.complete(config(""), folder, 4);
        assertThat(complete.getMaxBatchSize()).isEqualTo(4);
        assertThat(complete.getInput(0).getDimsList()).containsExactly(1L);
        assertThat(complete.getInput(0).hasReshape()).isTrue();
        assertThat(complete.getInput(0).getReshape().getShapeList()).isEmpty();
        assertThat(complete.getOutput(0)).satisfies(output -> {
            assertThat(output.getDimsList()).containsExactly(1L);
            assertThat(output.hasReshape()).isTrue();
        });
        assertThat(answer(complete, floats("X", Shape.of(3, 1), 1, 2, 3)))
                .isEqualTo(new Answer(Shape.of(3, 1), List.of(-1f, -2f, -3f)));
    }

    /** Triton adds the batch dim to the config's dims, and compares: one dim of size 1 is one too many. */
    @Test
    void refusesADimBesideTheBatchThatTheModelHasNot() {
        writeRows();
        String start = "max_batch_size: 4 ";
        String empty = "1 reshape: { shape: [ ] }";
        String expected = "': the model expects 1 dimensions (shape [-1]) but the model configuration specifies 2 "
                + "dimensions (an initial batch dimension because max_batch_size > 0 followed by the explicit tensor "
                + "shape, making complete shape [-1,1])";
        assertThat(refusal(start + tensors(empty, empty))).isEmpty();
        assertThat(refusal(start + tensors("1", empty))).isEqualTo("model 'm', tensor 'X" + expected);
        assertThat(refusal(start + tensors(empty, "1"))).isEqualTo("model 'm', tensor 'Y" + expected);
    }

    private void writeRows() {
        new GraphWriter()
                .input("X", DataType.FLOAT, -1)
                .output("Y", DataType.FLOAT, -1)
                .node("Neg", "Y", "X")
                .write(folder);
    }
}
