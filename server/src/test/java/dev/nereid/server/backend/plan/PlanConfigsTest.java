package dev.nereid.server.backend.plan;

import static dev.nereid.server.backend.plan.PlanBackendTest.ADDITION;
import static dev.nereid.server.backend.plan.PlanBackendTest.config;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.memory.NativeMemory;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.protocol.InferException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How configs are completed from ONNX models, and which of them are refused. */
class PlanConfigsTest {
    @TempDir
    Path folder;

    private final PlanBackend backend = new PlanBackend(KernelSet.scalar(), new WorkerPool(1));

    private String refusal(String text) {
        return PlanBackendTest.refusal(backend, text, folder);
    }

    @Test
    void completesAConfigWithABatchWhereEveryFirstDimIsOpen() {
        GraphWriter.addition(2).write(folder);
        ModelConfig complete = backend.complete(config(""), folder, 4);
        assertThat(complete.getMaxBatchSize()).isEqualTo(4);
        assertThat(complete.hasDynamicBatching()).isTrue();
        assertThat(complete.getInputList())
                .extracting(input -> input.getName() + " " + input.getDataType() + " " + input.getDimsList())
                .containsExactly("B TYPE_FP32 [2]", "A TYPE_FP32 [2]");
        assertThat(complete.getOutput(0).getDimsList()).containsExactly(2L);
    }

    @Test
    void completesAConfigWithoutABatchWhereAFirstDimIsFixed() {
        new GraphWriter()
                .input("X", DataType.FLOAT, -1, 3)
                .output("Y", DataType.FLOAT, 1, 3)
                .node("Identity", "Y", "X")
                .write(folder);
        ModelConfig complete = backend.complete(config(""), folder, 4);
        assertThat(complete.getMaxBatchSize()).isZero();
        assertThat(complete.hasDynamicBatching()).isFalse();
        assertThat(complete.getInput(0).getDimsList()).containsExactly(-1L, 3L);
    }

    /** Differences between neighbours in time: a row less than there are. */
    private static GraphWriter differences() {
        return new GraphWriter()
                .input("X", DataType.FLOAT, -1, 3)
                .output("Y", DataType.FLOAT, -2, 3)
                .constant("one", 1L)
                .constant("zero", 0L)
                .constant("last", -1L)
                .constant("end", Long.MAX_VALUE)
                .node("Slice", "later", "X", "one", "end", "zero")
                .node("Slice", "earlier", "X", "zero", "last", "zero")
                .node("Sub", "Y", "later", "earlier");
    }

    @Test
    @Tag("found-21")
    void completesAConfigWithoutABatchWhereOutputsHaveOtherRowsThanInputs() {
        differences().write(folder);
        ModelConfig complete = backend.complete(config(""), folder, 4);
        assertThat(complete.getMaxBatchSize()).isZero();
        assertThat(complete.getInput(0).getDimsList()).containsExactly(-1L, 3L);
        assertThat(complete.getOutput(0).getDimsList()).containsExactly(-1L, 3L);
        backend.load(complete, folder).close();
    }

    @Test
    @Tag("found-21")
    void refusesABatchSizeForAModelWhoseOutputsHaveOtherRowsThanInputs() {
        differences().write(folder);
        assertThat(refusal("max_batch_size: 8 input { name: 'X' data_type: TYPE_FP32 dims: 3 } "
                        + "output { name: 'Y' data_type: TYPE_FP32 dims: 3 }"))
                .startsWith("unable to load model 'm', its first dimension is not a batch: output 'Y' has ")
                .endsWith("; set max_batch_size: 0");
    }

    @Test
    @Tag("found-21")
    void takesRowsForABatchWhereNobodyCanTell() {
        new GraphWriter()
                .input("X", DataType.FLOAT, -1, 3)
                .input("ROWS", DataType.INT64, -1)
                .output("Y", DataType.FLOAT, -2, 3)
                .constant("zero", 0L)
                .node("Gather", "Y", "X", "ROWS")
                .write(folder);
        assertThat(backend.complete(config(""), folder, 4).getMaxBatchSize()).isEqualTo(4);
    }

    @Test
    void keepsABatchSizeAndASchedulerThatTheConfigHas() {
        GraphWriter.addition(2).write(folder);
        assertThat(backend.complete(config("max_batch_size: 16"), folder, 4)).satisfies(complete -> {
            assertThat(complete.getMaxBatchSize()).isEqualTo(16);
            assertThat(complete.hasDynamicBatching()).isTrue();
            assertThat(complete.getInput(0).getDimsList()).containsExactly(2L);
        });
        assertThat(backend.complete(config("max_batch_size: 16 sequence_batching {}"), folder, 4)
                        .hasDynamicBatching())
                .isFalse();
        assertThat(backend.complete(config("max_batch_size: 1"), folder, 4).hasDynamicBatching())
                .isFalse();
        assertThat(backend.complete(config(""), folder, 0).getMaxBatchSize()).isZero();
    }

    @Test
    void refusesABatchSizeForAModelThatDoesNotBatchBeforeItCompletesAnything() {
        new GraphWriter()
                .input("X", DataType.FLOAT, 1, 3)
                .output("Y", DataType.FLOAT, 1, 3)
                .node("Identity", "Y", "X")
                .write(folder);
        assertThatThrownBy(() -> backend.complete(config("max_batch_size: 8"), folder, 4))
                .isInstanceOf(InferException.class)
                .hasMessage("autofill failed for model 'm': model does not support batching while non-zero "
                        + "max_batch_size is specified");
    }

    /** As ONNX Runtime tells Triton, and as the model batch_item of Triton's suite L0_batch_input has it. */
    @Test
    void knowsADimOfAnOutputThatFollowsFromTheNodes() {
        new GraphWriter()
                .input("X", DataType.FLOAT, -1, 2)
                .output("Y", DataType.FLOAT, -2, -3)
                .node("Identity", "Y", "X")
                .write(folder);
        ModelConfig complete = backend.complete(config(""), folder, 4);
        assertThat(complete.getOutput(0).getDimsList()).containsExactly(2L);
        String input = "max_batch_size: 8 input { name: 'X' data_type: TYPE_FP32 dims: 2 } ";
        assertThat(refusal(input + "output { name: 'Y' data_type: TYPE_FP32 dims: 2 }"))
                .isEmpty();
        assertThat(refusal(input + "output { name: 'Y' data_type: TYPE_FP32 dims: 3 }"))
                .contains("the model expects 2 dimensions (shape [-1,2])");
    }

    @Test
    void saysHowConfigAndModelDiffer() {
        GraphWriter.addition(2).write(folder);
        String batch = "max_batch_size: 8 ";
        assertThat(refusal(batch + ADDITION.replace("'B'", "'C'")))
                .isEqualTo("unexpected inference input 'C' for model 'm', allowed inputs are: A, B");
        assertThat(refusal(batch + ADDITION.replace("'SUM'", "'S'")))
                .isEqualTo("unexpected inference output 'S' for model 'm', allowed outputs are: SUM");
        assertThat(refusal(batch + ADDITION.replace("input { name: 'B' data_type: TYPE_FP32 dims: 2 }", "")))
                .isEqualTo("unable to load model 'm', configuration expects 1 inputs, model provides 2");
        assertThat(refusal(batch + ADDITION.replace("'A' data_type: TYPE_FP32", "'A' data_type: TYPE_INT8")))
                .isEqualTo("unable to load model 'm', configuration expects datatype TYPE_INT8 for input 'A', model "
                        + "provides TYPE_FP32");
        assertThat(refusal(batch + ADDITION.replace("dims: 2", "dims: 3 ")))
                .isEqualTo("model 'm', tensor 'A': the model expects 2 dimensions (shape [-1,2]) but the model "
                        + "configuration specifies 2 dimensions (an initial batch dimension because max_batch_size > 0 "
                        + "followed by the explicit tensor shape, making complete shape [-1,3])");
        assertThat(refusal(ADDITION))
                .isEqualTo("model 'm', tensor 'A': the model expects 2 dimensions (shape [-1,2]) but the model "
                        + "configuration specifies 1 dimensions (shape [2])");
    }

    @Test
    void refusesAnAcceleratorThatNobodyKnows() {
        GraphWriter.addition(2).write(folder);
        String config = "max_batch_size: 8 " + ADDITION
                + "optimization { execution_accelerators { cpu_execution_accelerator { name: 'NAME' } } }";
        assertThat(refusal(config.replace("NAME", "unknown_cpu")))
                .isEqualTo("unknown Execution Accelerator 'unknown_cpu' is requested");
        assertThat(refusal(config.replace("NAME", "openvino"))).isEmpty();
    }

    @Test
    void saysHowASequenceControlAndTheModelDiffer() {
        new GraphWriter()
                .input("X", DataType.FLOAT, -1, 2)
                .input("START", DataType.FLOAT, -1, 1)
                .output("Y", DataType.FLOAT, -1, 2)
                .node("Add", "Y", "X", "START")
                .write(folder);
        String config = "max_batch_size: 4 input { name: 'X' data_type: TYPE_FP32 dims: 2 } "
                + "output { name: 'Y' data_type: TYPE_FP32 dims: 2 } sequence_batching { control_input { "
                + "name: 'START' control { kind: CONTROL_SEQUENCE_START fp32_false_true: [ 0, 1 ] } } }";
        assertThat(refusal(config)).isEmpty();
        assertThat(refusal(config.replace("START'", "BEGIN'")))
                .isEqualTo("configuration specified sequence control 'BEGIN', but model does not provide that input");
        assertThat(refusal(config.replace("START'", "X'")))
                .isEqualTo("unable to load model 'm', sequence control 'X' in model has dims [2] but dims [1] is "
                        + "expected");
        assertThat(refusal(config.replace("fp32", "int32")))
                .isEqualTo("unable to load model 'm', sequence control 'START', the model expects data-type FLOAT but "
                        + "the model configuration specifies data-type TYPE_INT32");
    }

    @Test
    void letsAConfigPinDownInputsButNotOutputs() {
        new GraphWriter()
                .input("X", DataType.FLOAT, -1)
                .output("Y", DataType.FLOAT, -1)
                .node("Neg", "Y", "X")
                .write(folder);
        String input = "input { name: 'X' data_type: TYPE_FP32 dims: 8 } ";
        assertThat(refusal(input + "output { name: 'Y' data_type: TYPE_FP32 dims: -1 }"))
                .isEmpty();
        assertThat(refusal(input + "output { name: 'Y' data_type: TYPE_FP32 dims: 8 }"))
                .isEqualTo("model 'm', tensor 'Y': the model expects 1 dimensions (shape [-1]) but the model "
                        + "configuration specifies 1 dimensions (shape [8])");
    }

    @Test
    void wantsAFirstDimOfAnySizeForABatch() {
        new GraphWriter()
                .input("X", DataType.FLOAT, 4)
                .output("Y", DataType.FLOAT, 4)
                .node("Neg", "Y", "X")
                .write(folder);
        assertThat(refusal("max_batch_size: 4 input { name: 'X' data_type: TYPE_FP32 dims: 4 } "
                        + "output { name: 'Y' data_type: TYPE_FP32 dims: 4 }"))
                .isEqualTo("model 'm', tensor 'X': for the model to support batching the shape should have at least 1 "
                        + "dimension and the first dimension must be -1; but shape expected by the model is [4]");
    }

    @Test
    void saysThatAFileIsMissingOrBroken() throws IOException {
        assertThat(refusal(ADDITION)).isEqualTo("unable to find '" + folder.resolve("model.onnx") + "' for model 'm'");
        Files.write(folder.resolve("model.onnx"), new byte[] {1, 2, 3});
        long before = NativeMemory.liveBytes();
        assertThatThrownBy(() -> backend.load(config(ADDITION), folder))
                .isInstanceOf(InferException.class)
                .hasMessageStartingWith("Load model from " + folder.resolve("model.onnx") + " failed: ");
        assertThat(NativeMemory.liveBytes()).isEqualTo(before);
    }

    @Test
    void namesAnUnknownOperatorWithItsNode() {
        new GraphWriter()
                .input("X", DataType.FLOAT, 4)
                .output("Y", DataType.FLOAT, 4)
                .node("Frobnicate", "Y", "X")
                .write(folder);
        assertThat(refusal("input { name: 'X' data_type: TYPE_FP32 dims: 4 } "
                        + "output { name: 'Y' data_type: TYPE_FP32 dims: 4 }"))
                .contains("Frobnicate")
                .contains("node 'Y'");
    }

    @Test
    void refusesModelsWhoseOutputsAreNoTensors() {
        new GraphWriter()
                .input("X", DataType.FLOAT, 4)
                .sequenceOutput("S", DataType.FLOAT)
                .node("SequenceConstruct", "S", "X")
                .write(folder);
        assertThat(refusal("input { name: 'X' data_type: TYPE_FP32 dims: 4 } "
                        + "output { name: 'S' data_type: TYPE_FP32 dims: 4 }"))
                .isEqualTo("Unsupported ONNX Type 'ONNX_TYPE_SEQUENCE' for I/O 'S', expected 'ONNX_TYPE_TENSOR'");
    }

    @Test
    void refusesParametersThatMakeNoSense() {
        GraphWriter.addition(2).write(folder);
        assertThat(refusal(ADDITION + "parameters { key: 'intra_op_thread_count' value { string_value: 'x' } }"))
                .isEqualTo("parameter 'intra_op_thread_count' of model 'm': expected a number of threads, got 'x'");
        assertThat(refusal(ADDITION + "parameters { key: 'winograd' value { string_value: 'no' } }"))
                .isEqualTo("parameter 'winograd' of model 'm': expected 'off' or 'on', got 'no'");
        assertThat(refusal(ADDITION + "parameters { key: 'precision' value { string_value: 'fp16' } }"))
                .isEqualTo("parameter 'precision' of model 'm': expected 'bf16' or 'fp32', got 'fp16'");
        assertThat(refusal(ADDITION + "parameters { key: 'weights' value { string_value: 'int4' } }"))
                .isEqualTo("parameter 'weights' of model 'm': expected 'fp32' or 'int8', got 'int4'");
    }

    @Test
    void refusesAMemoryUseThatIsNoneOrContradictsAnotherParameter() {
        GraphWriter.addition(2).write(folder);
        String low = "parameters { key: 'memory' value { string_value: 'low' } }";
        assertThat(refusal(ADDITION + low.replace("low", "tiny")))
                .isEqualTo("parameter 'memory' of model 'm': expected 'low', got 'tiny'");
        assertThat(refusal(ADDITION + low + " parameters { key: 'winograd' value { string_value: 'on' } }"))
                .isEqualTo("parameters 'winograd' and 'memory' of model 'm': Winograd's algorithm takes more memory,"
                        + " it is not for 'low'");
    }
}
