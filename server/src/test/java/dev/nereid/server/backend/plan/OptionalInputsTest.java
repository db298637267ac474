package dev.nereid.server.backend.plan;

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
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Configs that have an initializer of the model as an input, which requests may leave out. */
class OptionalInputsTest {
    private static final String TENSORS =
            "input { name: 'X' data_type: TYPE_FP32 dims: 2 } " + "output { name: 'Y' data_type: TYPE_FP32 dims: 2 } ";
    private static final String SCALE =
            TENSORS + "input { name: 'SCALE' data_type: TYPE_FP32 dims: 2 optional: true } ";

    @TempDir
    Path folder;

    private final PlanBackend backend = new PlanBackend(KernelSet.scalar(), new WorkerPool(1));

    /** Y = X * SCALE + SHIFT, of which the last two are initializers and inputs. */
    private static GraphWriter scaling(Object... dims) {
        return new GraphWriter()
                .input("X", DataType.FLOAT, dims)
                .input("SCALE", DataType.FLOAT, 2)
                .input("SHIFT", DataType.FLOAT, 2)
                .constant("SCALE", 10f, 100f)
                .constant("SHIFT", 1f, 2f)
                .output("Y", DataType.FLOAT, dims)
                .node("Mul", "SCALED", "X", "SCALE")
                .node("Add", "Y", "SCALED", "SHIFT");
    }

    @BeforeEach
    void write() {
        scaling(2).write(folder);
    }

    private String refusal(String text) {
        return PlanBackendTest.refusal(backend, text, folder);
    }

    private static InputTensor values(String name, float... values) {
        return RecordedExecution.floats(name, Shape.of(values.length), values);
    }

    private static float[] run(ModelInstance instance, InputTensor... inputs) {
        RecordedExecution execution = new RecordedExecution("", List.of(), inputs);
        instance.execute(new Batch(List.of(execution)));
        assertThat(execution.failure).isEmpty();
        float[] answer = execution.floats("Y");
        execution.response.ifPresent(InferResponse::close);
        return answer;
    }

    @Test
    void aRequestMayBringItOrLeaveItToTheFile() {
        try (BackendModel model = backend.load(config(SCALE), folder);
                ModelInstance instance = model.newInstance("m_0")) {
            assertThat(run(instance, values("X", 1, 2))).containsExactly(11, 202);
            assertThat(run(instance, values("X", 1, 2), values("SCALE", 3, 4))).containsExactly(4, 10);
            assertThat(run(instance, values("X", 1, 2)))
                    .as("nothing stays of what another request brought")
                    .containsExactly(11, 202);
        }
    }

    @Test
    void anOverridenWeightOfOneElementMayHaveADimThatTheFileDoesNot() {
        new GraphWriter()
                .input("X", DataType.FLOAT, 2)
                .input("SCALE", DataType.FLOAT)
                .constant("SCALE", List.of(), 10)
                .output("Y", DataType.FLOAT, 2)
                .node("Mul", "Y", "X", "SCALE")
                .write(folder);
        String scalar = TENSORS + "input { name: 'SCALE' data_type: TYPE_FP32 dims: %d optional: true }";
        try (BackendModel model = backend.load(config(scalar.formatted(1)), folder);
                ModelInstance instance = model.newInstance("m_0")) {
            assertThat(run(instance, values("X", 1, 2))).containsExactly(10, 20);
            assertThat(run(instance, values("X", 1, 2), values("SCALE", 3))).containsExactly(3, 6);
        }
        assertThat(refusal(scalar.formatted(2)))
                .isEqualTo("unable to load model 'm', scalar tensor 'SCALE', should only provide 1 in the model "
                        + "configuration when the model doesn't support batching. Model configuration provided: [2].");
    }

    @Test
    void aConfigThatNamesNoneHasThemAsConstants() {
        try (BackendModel model = backend.load(config(TENSORS), folder);
                ModelInstance instance = model.newInstance("m_0")) {
            assertThat(run(instance, values("X", 1, 2))).containsExactly(11, 202);
        }
    }

    @Test
    void completionDoesNotListThem() {
        ModelConfig completed = backend.complete(config(""), folder, 4);
        assertThat(completed.getInputList())
                .extracting(input -> input.getName())
                .containsExactly("X");
        assertThat(completed.getMaxBatchSize()).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "input { name: 'SCALE' data_type: TYPE_FP32 dims: 2 } "
                        + "| unable to load model 'm', configuration expects 2 inputs, model provides 1",
                "input { name: 'OTHER' data_type: TYPE_FP32 dims: 2 optional: true } "
                        + "| unexpected inference input 'OTHER' for model 'm', allowed inputs are: SCALE, SHIFT, X",
                "input { name: 'SCALE' data_type: TYPE_FP64 dims: 2 optional: true } "
                        + "| unable to load model 'm', configuration expects datatype TYPE_FP64 for input 'SCALE', "
                        + "model provides TYPE_FP32",
                "input { name: 'SCALE' data_type: TYPE_FP32 dims: 3 optional: true } "
                        + "| model 'm', tensor 'SCALE': the model expects 1 dimensions (shape [2]) but the model "
                        + "configuration specifies 1 dimensions (shape [3])",
                "input { name: 'SCALE' data_type: TYPE_FP32 dims: 2 optional: true allow_ragged_batch: true } "
                        + "| unable to load model 'm', configuration expects model provides input with shape [-1] for "
                        + "ragged input 'SCALE', which is not supported for optional input"
            })
    void refusesWhatDoesNotSuitTheInitializerInTritonsWords(String input, String expected) {
        assertThat(refusal(TENSORS + input)).isEqualTo(expected);
    }

    @Test
    void whatARunNeedsIsNotOptional() {
        assertThat(refusal("input { name: 'X' data_type: TYPE_FP32 dims: 2 optional: true } "
                        + "output { name: 'Y' data_type: TYPE_FP32 dims: 2 }"))
                .isEqualTo("unable to load model 'm', configuration expects 0 inputs, model provides 1");
    }

    @Test
    void aModelThatBatchesHasNoOptionalInputs() {
        scaling(-1, 2).write(folder);
        assertThat(refusal("max_batch_size: 4 " + SCALE))
                .isEqualTo("unable to load model 'm', optional input 'SCALE' is not supported for models that support "
                        + "batching");
    }

    @Test
    void anOldFileHasConstantsOnly() {
        scaling(2).irVersion(3).write(folder);
        assertThat(refusal(SCALE)).isEqualTo("unexpected inference input 'SCALE' for model 'm', allowed inputs are: X");
    }
}
