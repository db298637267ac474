package dev.nereid.server.backend.plan;

import static dev.nereid.server.backend.plan.PlanBackendTest.addition;
import static dev.nereid.server.backend.plan.PlanBackendTest.config;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.memory.NativeMemory;
import dev.nereid.models.device.PinnedMemoryBudget;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.backend.RecordedExecution;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.statement.Statement;
import dev.nereid.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Instances of ONNX models on GPUs, of which two are emulated here. */
@Tag("cuda")
class GpuInstancesTest {
    private static final String TENSORS = "max_batch_size: 8 "
            + "input { name: 'A' data_type: TYPE_FP32 dims: 2 } input { name: 'B' data_type: TYPE_FP32 dims: 2 } "
            + "output { name: 'SUM' data_type: TYPE_FP32 dims: 2 } ";

    @TempDir
    Path folder;

    private EmulatedCuda cuda;
    private PlanBackend backend;

    @BeforeEach
    void findGpus() {
        cuda = EmulatedCuda.find("instances on GPUs").orElseGet(() -> Assumptions.abort("no emulated GPU"));
        backend = new PlanBackend(KernelSet.scalar(), new WorkerPool(1), cuda.devices());
    }

    @AfterEach
    void leavesNothingOnTheGpus() {
        if (cuda != null) {
            cuda.setTotal(0);
            assertThat(cuda.streams()).isZero();
            assertThat(cuda.used(0)).isZero();
            assertThat(cuda.used(1)).isZero();
            assertThat(cuda.pinned()).isZero();
        }
    }

    private static void run(ModelInstance instance) {
        RecordedExecution first = addition("first", 1, 1, 2);
        RecordedExecution second = addition("second", 2, 3, 4, 5, 6);
        instance.execute(new Batch(List.of(first, second)));
        assertThat(first.floats("SUM")).containsExactly(101, 102);
        assertThat(second.floats("SUM")).containsExactly(103, 104, 105, 106);
        first.response.ifPresent(InferResponse::close);
        second.response.ifPresent(InferResponse::close);
    }

    @Test
    void runsBatchesOnTheGpuThatTheInstanceIsFor() {
        GraphWriter.addition(2).write(folder);
        try (BackendModel model =
                backend.load(config(TENSORS + "instance_group { kind: KIND_GPU gpus: [ 0, 1 ] }"), folder)) {
            for (int gpu = 0; gpu < 2; gpu++) {
                try (ModelInstance instance = model.newInstance("m_0", gpu)) {
                    run(instance);
                }
                assertThat(cuda.used(gpu)).as("GPU " + gpu).isPositive();
            }
        }
    }

    @Test
    void textsOfDifferentLengthsArePaddedOnAGpuToo() {
        new GraphWriter()
                .input("A", DataType.FLOAT, -1, -1)
                .input("B", DataType.FLOAT, -1, -1)
                .output("SUM", DataType.FLOAT, -1, -1)
                .node("Add", "SUM", "A", "B")
                .write(folder);
        ModelConfig padded = config(TENSORS.replace("dims: 2 }", "dims: -1 }")
                + "dynamic_batching { } instance_group { kind: KIND_GPU gpus: [ 0 ] } "
                + TextFixture.parameter("policy", "adaptive")
                + TextFixture.parameter("padding", "A=0,B=0"));
        try (BackendModel model = backend.load(padded, folder);
                ModelInstance instance = model.newInstance("m_0", 0)) {
            RecordedExecution few = addition("few", 2, 1, 2);
            RecordedExecution many = addition("many", 1, 3, 4, 5);
            instance.execute(new Batch(List.of(few, many)));
            assertThat(few.stages)
                    .as("one run")
                    .containsExactly(Execution.Stage.INPUT_DONE, Execution.Stage.INFER_DONE);
            assertThat(few.floats("SUM")).containsExactly(101, 102);
            assertThat(few.output("SUM").shape()).isEqualTo(Shape.of(2, 1));
            assertThat(many.floats("SUM")).containsExactly(103, 104, 105);
            assertThat(cuda.used(0)).isPositive();
            List.of(few, many).forEach(each -> each.response.ifPresent(InferResponse::close));
        }
    }

    @Test
    void loadsForAGpuWhenTheFirstInstanceOfARunningModelIsMadeThere() {
        GraphWriter.addition(2).write(folder);
        try (BackendModel model = backend.load(config(TENSORS + "instance_group { kind: KIND_CPU }"), folder)) {
            assertThat(cuda.used(1)).isZero();
            try (ModelInstance instance = model.newInstance("m_0", 1);
                    ModelInstance onCpu = model.newInstance("m_0")) {
                run(instance);
                run(onCpu);
            }
            assertThat(cuda.used(0)).isZero();
            assertThat(cuda.used(1)).isPositive();
        }
    }

    @Test
    void givesAllMemoryOfTheHostBackToo() {
        GraphWriter.addition(2).write(folder);
        long before = NativeMemory.liveBytes();
        for (int round = 0; round < 5; round++) {
            try (BackendModel model =
                            backend.load(config(TENSORS + "instance_group { kind: KIND_GPU gpus: 0 }"), folder);
                    ModelInstance instance = model.newInstance("m_0", 0)) {
                run(instance);
            }
            assertThat(NativeMemory.liveBytes()).as("after round " + round).isEqualTo(before);
            assertThat(cuda.used(0)).isZero();
        }
    }

    @Test
    void answersARunThatDoesNotFitTheGpuAndGoesOn() {
        new GraphWriter()
                .input("X", DataType.FLOAT, -1, -1)
                .output("Y", DataType.FLOAT, -1, -1)
                .node("Relu", "Y", "X")
                .write(folder);
        ModelConfig config = config("max_batch_size: 8 input { name: 'X' data_type: TYPE_FP32 dims: -1 } "
                + "output { name: 'Y' data_type: TYPE_FP32 dims: -1 } instance_group { kind: KIND_GPU gpus: 0 }");
        try (BackendModel model = backend.load(config, folder);
                ModelInstance instance = model.newInstance("m_0", 0)) {
            cuda.setTotal(1 << 20);
            RecordedExecution large = new RecordedExecution(
                    "large", List.of(), RecordedExecution.floats("X", Shape.of(1, 1 << 18), new float[1 << 18]));
            instance.execute(new Batch(List.of(large)));
            InferException error = large.failure.orElseThrow();
            assertThat(error.code()).isEqualTo(InferException.Code.UNAVAILABLE);
            assertThat(error.text())
                    .contains("GPU 0")
                    .contains("out of memory: asked for 2097152 bytes for the values of a run")
                    .contains("of 1048576 bytes are free");
            RecordedExecution small =
                    new RecordedExecution("small", List.of(), RecordedExecution.floats("X", Shape.of(1, 2), -1, 5));
            instance.execute(new Batch(List.of(small)));
            assertThat(small.floats("Y")).containsExactly(0, 5);
            small.response.ifPresent(InferResponse::close);
        }
    }

    @Test
    void answersARunThatDoesNotFitTheGpuForWhatStaysThereBetweenItsRegions() {
        new GraphWriter()
                .input("X", DataType.FLOAT, -1, -1)
                .output("Y", DataType.FLOAT, -1, -1)
                .node("Relu", "R", "X")
                .node("Hardmax", "H", "R")
                .node("Sub", "Y", "H", "R")
                .write(folder);
        ModelConfig config = config("max_batch_size: 8 input { name: 'X' data_type: TYPE_FP32 dims: -1 } "
                + "output { name: 'Y' data_type: TYPE_FP32 dims: -1 } instance_group { kind: KIND_GPU gpus: 0 }");
        try (BackendModel model = backend.load(config, folder);
                ModelInstance instance = model.newInstance("m_0", 0)) {
            // X and R fit, and then H and Y, but not beside R.
            cuda.setTotal((5 << 19) + (1 << 16));
            int launches = cuda.launches();
            RecordedExecution large = new RecordedExecution(
                    "large", List.of(), RecordedExecution.floats("X", Shape.of(1, 1 << 18), new float[1 << 18]));
            instance.execute(new Batch(List.of(large)));
            InferException error = large.failure.orElseThrow();
            assertThat(error.code()).isEqualTo(InferException.Code.UNAVAILABLE);
            assertThat(error.text()).contains("out of memory: asked for 3145728 bytes for the values of a run");
            assertThat(cuda.launches()).as("kernels").isEqualTo(launches);
            RecordedExecution small =
                    new RecordedExecution("small", List.of(), RecordedExecution.floats("X", Shape.of(1, 2), -1, 5));
            instance.execute(new Batch(List.of(small)));
            assertThat(small.floats("Y")).containsExactly(0, -4);
            small.response.ifPresent(InferResponse::close);
        }
    }

    @Test
    void answersWhereNotEvenAStreamFitsTheGpu() {
        GraphWriter.addition(2).write(folder);
        cuda.setTotal(100);
        ModelConfig config = config(TENSORS + "instance_group { kind: KIND_GPU gpus: 0 }");
        try (BackendModel model = backend.load(config, folder);
                ModelInstance instance = model.newInstance("m_0", 0)) {
            runsOutOfMemory(instance);
            int streams = cuda.streams();
            long hostBytes = NativeMemory.liveBytes();
            runsOutOfMemory(instance);
            assertThat(cuda.streams()).as("streams").isEqualTo(streams);
            assertThat(NativeMemory.liveBytes()).as("bytes of the host").isEqualTo(hostBytes);
        }
    }

    private static void runsOutOfMemory(ModelInstance instance) {
        RecordedExecution execution = addition("a", 1, 1, 2);
        instance.execute(new Batch(List.of(execution)));
        assertThat(execution.failure.orElseThrow().text()).contains("out of memory");
    }

    @Test
    void leavesAGpuThatFailedSoThatTheNextModelFindsANewContext() {
        GraphWriter.addition(2).write(folder);
        ModelConfig config = config(TENSORS + "instance_group { kind: KIND_GPU gpus: 0 }");
        long hostBytes = NativeMemory.liveBytes();
        BackendModel runs = backend.load(config, folder);
        BackendModel rests = backend.load(config, folder);
        try (ModelInstance running = runs.newInstance("m_0", 0);
                ModelInstance resting = rests.newInstance("m_0", 0)) {
            run(running);
            run(resting);
            cuda.fail(0);
            RecordedExecution execution = addition("a", 1, 1, 2);
            running.execute(new Batch(List.of(execution)));
            InferException error = execution.failure.orElseThrow();
            assertThat(error.code()).isEqualTo(InferException.Code.INTERNAL);
            assertThat(error.text()).contains("GPU 0", "CUDA_ERROR_ILLEGAL_ADDRESS");
        }
        for (BackendModel model : List.of(runs, rests)) {
            assertThatThrownBy(model::close).hasStackTraceContaining("CUDA_ERROR_ILLEGAL_ADDRESS");
        }
        assertThat(cuda.streams()).isZero();
        assertThat(NativeMemory.liveBytes()).isEqualTo(hostBytes);
        try (BackendModel model = backend.load(config, folder);
                ModelInstance instance = model.newInstance("m_0", 0)) {
            run(instance);
        }
    }

    @Test
    @Statement(161)
    void copiesThroughPlainMemoryWhereNoMoreMayBePinned() {
        GraphWriter.addition(2).write(folder);
        ModelConfig config = config(TENSORS + "instance_group { kind: KIND_GPU gpus: 0 }");
        Logger log = (Logger) LoggerFactory.getLogger(PinnedMemoryBudget.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        log.addAppender(lines);
        // One stream has 65536 bytes, and the second finds nothing left.
        PinnedMemoryBudget budget = new PinnedMemoryBudget(100_000);
        PlanBackend bounded = new PlanBackend(KernelSet.scalar(), new WorkerPool(1), cuda.devices(budget));
        try (BackendModel first = bounded.load(config, folder);
                ModelInstance pinned = first.newInstance("m_0", 0)) {
            run(pinned);
            assertThat(budget.usedBytes()).isEqualTo(65536).isEqualTo(cuda.pinned());
            assertThat(lines.list).isEmpty();
            try (BackendModel second = bounded.load(config, folder);
                    ModelInstance plain = second.newInstance("m_0", 0)) {
                for (int round = 0; round < 3; round++) {
                    run(plain);
                    run(pinned);
                }
                assertThat(cuda.pinned()).isEqualTo(65536);
            }
        } finally {
            log.detachAppender(lines);
        }
        assertThat(budget.usedBytes()).isZero();
        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "failed to allocate pinned system memory, falling back to non-pinned system memory: asked "
                                + "for 65536 bytes, 65536 of 100000 are in use");
    }

    @Test
    @Statement(161)
    void copiesThroughPlainMemoryWhereTheSystemPinsNoMore() {
        GraphWriter.addition(2).write(folder);
        ModelConfig config = config(TENSORS + "instance_group { kind: KIND_GPU gpus: 0 }");
        PinnedMemoryBudget budget = new PinnedMemoryBudget(PinnedMemoryBudget.DEFAULT_BYTES);
        PlanBackend unlucky = new PlanBackend(KernelSet.scalar(), new WorkerPool(1), cuda.devices(budget));
        cuda.limitPinned(1);
        try (BackendModel model = unlucky.load(config, folder);
                ModelInstance instance = model.newInstance("m_0", 0)) {
            run(instance);
            assertThat(budget.usedBytes()).isZero();
        } finally {
            cuda.limitPinned(0);
        }
    }

    @Test
    void saysOnceThatKernelsCannotBeRecorded() {
        new GraphWriter()
                .input("X", DataType.FLOAT, -1, -1)
                .output("Y", DataType.FLOAT, -1, -1)
                .node("Relu", "R", "X")
                .node("Transpose", "Y", "R")
                .write(folder);
        ModelConfig config = config("input { name: 'X' data_type: TYPE_FP32 dims: [ -1, -1 ] } "
                + "output { name: 'Y' data_type: TYPE_FP32 dims: [ -1, -1 ] } "
                + "instance_group { kind: KIND_GPU gpus: 0 }");
        Logger log = (Logger) LoggerFactory.getLogger("dev.nereid.cuda.placement");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        log.addAppender(lines);
        cuda.refuseGraphs(true);
        try (BackendModel model = backend.load(config, folder);
                ModelInstance instance = model.newInstance("m_0", 0)) {
            for (int round = 0; round < 5; round++) {
                RecordedExecution execution =
                        new RecordedExecution("x", List.of(), RecordedExecution.floats("X", Shape.of(1, 2), -1, 5));
                instance.execute(new Batch(List.of(execution)));
                assertThat(execution.floats("Y")).containsExactly(0, 5);
                execution.response.ifPresent(InferResponse::close);
            }
        } finally {
            cuda.refuseGraphs(false);
            log.detachAppender(lines);
        }
        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "kernels are started one by one, for they cannot be recorded: GPU 0 (Emulated device 0 "
                                + "(tests only)): recording kernels failed with CUDA_ERROR_STREAM_CAPTURE_INVALIDATED");
    }

    @Test
    void namesAnIndexThatIsOutside() {
        new GraphWriter()
                .input("X", DataType.FLOAT, -1, -1)
                .input("I", DataType.INT64, -1)
                .output("Y", DataType.FLOAT, -1, -1)
                .node("Relu", "R", "X")
                .node("Gather", "G", "R", "I")
                .node("Relu", "Y", "G")
                .write(folder);
        ModelConfig config = config("input { name: 'X' data_type: TYPE_FP32 dims: [ -1, -1 ] } "
                + "input { name: 'I' data_type: TYPE_INT64 dims: -1 } "
                + "output { name: 'Y' data_type: TYPE_FP32 dims: [ -1, -1 ] } "
                + "instance_group { kind: KIND_GPU gpus: 0 }");
        try (BackendModel model = backend.load(config, folder);
                ModelInstance instance = model.newInstance("m_0", 0)) {
            RecordedExecution outside = gather(2, 0);
            instance.execute(new Batch(List.of(outside)));
            assertThat(outside.failure.orElseThrow().text()).contains("is outside of its axis");
            RecordedExecution inside = gather(-1, 0);
            instance.execute(new Batch(List.of(inside)));
            assertThat(inside.floats("Y")).containsExactly(3, 4, 1, 2);
            inside.response.ifPresent(InferResponse::close);
        }
    }

    private static RecordedExecution gather(long... indices) {
        return new RecordedExecution(
                "g",
                List.of(),
                RecordedExecution.floats("X", Shape.of(2, 2), 1, 2, 3, 4),
                RecordedExecution.longs("I", Shape.of(2), indices));
    }

    @Test
    void knowsNoOtherGpusThanThere() {
        GraphWriter.addition(2).write(folder);
        assertThat(backend.gpus()).containsExactly(0, 1);
        try (BackendModel model = backend.load(config(TENSORS), folder)) {
            assertThatThrownBy(() -> model.newInstance("m_0", 7))
                    .isInstanceOf(InferException.class)
                    .hasMessageContaining("there is no GPU 7");
        }
    }
}
