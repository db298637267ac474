package dev.nereid.server.backend.plan;

import static dev.nereid.server.backend.plan.PlanBackendTest.config;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.memory.NativeMemory;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.backend.RecordedExecution;
import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models whose inputs, or what they make of them, are larger than memory. */
class LoadMemoryTest {
    private static final long MIB = 1L << 20;

    @AutoClose
    private final WorkerPool workers = new WorkerPool(1);

    private final PlanBackend backend = new PlanBackend(KernelSet.scalar(), workers);

    @TempDir
    private Path folder;

    /** Of eight GiB: the limit stands for a machine that has less. */
    @Test
    @Tag("found-22")
    void loadsAModelOfAVeryLargeInputWithoutMakingOneUp() {
        new GraphWriter()
                .input("X", DataType.FLOAT, 1, 32768, 65536)
                .output("Y", DataType.FLOAT, 1, 32768, 65536)
                .node("Relu", "Y", "X")
                .write(folder);
        try (NativeMemory.Limit _ = NativeMemory.limit(NativeMemory.budget().used() + 64 * MIB);
                BackendModel model = backend.load(
                        config("input { name: 'X' data_type: TYPE_FP32 dims: [1, 32768, 65536] } "
                                + "output { name: 'Y' data_type: TYPE_FP32 dims: [1, 32768, 65536] }"),
                        folder)) {
            assertThat(model.memoryBytes()).isLessThan(MIB);
        }
    }

    @Test
    @Tag("found-22")
    void saysThatDimsAreMoreThanAnyTensorHas() {
        new GraphWriter()
                .input("X", DataType.FLOAT, 1L << 40, 1L << 40)
                .output("Y", DataType.FLOAT, 1L << 40, 1L << 40)
                .node("Relu", "Y", "X")
                .write(folder);
        assertThatThrownBy(() -> backend.load(
                        config("input { name: 'X' data_type: TYPE_FP32 dims: [1099511627776, 1099511627776] } "
                                + "output { name: 'Y' data_type: TYPE_FP32 dims: [1099511627776, 1099511627776] }"),
                        folder))
                .hasMessageContaining("'X' has the type FP32[1099511627776, 1099511627776]")
                .hasMessageNotContaining("long overflow");
    }

    /** The sentence names the node, and says what there is. */
    @Test
    @Tag("found-5")
    void aRequestThatAsksForTooMuchIsRefusedAndOthersAreNot() {
        new GraphWriter()
                .input("X", DataType.FLOAT, 1)
                .input("R", DataType.INT64, 1)
                .output("Y", DataType.FLOAT, -1)
                .node("Tile", "Y", "X", "R")
                .write(folder);
        try (BackendModel model = backend.load(
                        config(
                                "input { name: 'X' data_type: TYPE_FP32 dims: 1 } input { name: 'R' data_type: TYPE_INT64 "
                                        + "dims: 1 } output { name: 'Y' data_type: TYPE_FP32 dims: -1 }"),
                        folder);
                ModelInstance instance = model.newInstance("m_0");
                NativeMemory.Limit _ = NativeMemory.limit(NativeMemory.budget().used() + 64 * MIB)) {
            RecordedExecution never = repeat(1L << 40);
            RecordedExecution now = repeat(3);
            instance.execute(new Batch(List.of(never)));
            instance.execute(new Batch(List.of(now)));
            assertThat(never.failure.orElseThrow().code()).isEqualTo(InferException.Code.INVALID_ARG);
            assertThat(never.failure.orElseThrow().text())
                    .contains("model 'm': ", "Tile", "4398046511104 bytes of native memory were asked for")
                    .contains("--memory-limit");
            assertThat(now.floats("Y")).containsExactly(7, 7, 7);
            now.response.orElseThrow().close();
        }
    }

    private static RecordedExecution repeat(long times) {
        return new RecordedExecution(
                "r",
                List.of(),
                RecordedExecution.floats("X", Shape.of(1), 7),
                RecordedExecution.longs("R", Shape.of(1), times));
    }
}
