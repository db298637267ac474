package dev.nereid.server.backend.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.memory.NativeMemory;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.ConfigText;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.backend.RecordedExecution;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.tensor.Shape;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanBackendTest {
    static final String ADDITION = "input { name: 'A' data_type: TYPE_FP32 dims: 2 } "
            + "input { name: 'B' data_type: TYPE_FP32 dims: 2 } output { name: 'SUM' data_type: TYPE_FP32 dims: 2 } ";

    @TempDir
    Path folder;

    private final PlanBackend backend = new PlanBackend(KernelSet.scalar(), new WorkerPool(1));

    /** A config of the model {@code m} with this in it. */
    static ModelConfig config(String text) {
        return ConfigText.parse("name: 'm' backend: 'onnxruntime' " + text);
    }

    /** Why the backend does not load a model with this in its config; empty where it does. */
    static String refusal(PlanBackend backend, String text, Path folder) {
        try {
            backend.load(config(text), folder).close();
            return "";
        } catch (InferException e) {
            return e.text();
        }
    }

    /** A request for the sum of a and hundreds. */
    static RecordedExecution addition(String id, long batch, float... a) {
        float[] hundreds = new float[a.length];
        Arrays.fill(hundreds, 100);
        return new RecordedExecution(
                id,
                List.of(),
                RecordedExecution.floats("B", Shape.of(batch, a.length / batch), hundreds),
                RecordedExecution.floats("A", Shape.of(batch, a.length / batch), a));
    }

    @Test
    void runsABatchOnceAndGivesEachRequestItsRows() {
        GraphWriter.addition(2).write(folder);
        try (BackendModel model = backend.load(config("max_batch_size: 8 " + ADDITION), folder);
                ModelInstance instance = model.newInstance("m_0")) {
            RecordedExecution first = addition("first", 1, 1, 2);
            RecordedExecution second = addition("second", 2, 3, 4, 5, 6);
            instance.execute(new Batch(List.of(first, second)));
            assertThat(first.floats("SUM")).containsExactly(101, 102);
            assertThat(first.output("SUM").shape()).isEqualTo(Shape.of(1, 2));
            assertThat(second.floats("SUM")).containsExactly(103, 104, 105, 106);
            assertThat(second.output("SUM").shape()).isEqualTo(Shape.of(2, 2));
            assertThat(second.response.orElseThrow().id()).isEqualTo("second");
            assertThat(first.stages).containsExactly(Execution.Stage.INPUT_DONE, Execution.Stage.INFER_DONE);
            first.response.ifPresent(InferResponse::close);
            assertThat(second.floats("SUM")).as("still there").containsExactly(103, 104, 105, 106);
            second.response.ifPresent(InferResponse::close);
        }
    }

    @Test
    void givesAllMemoryBackWhenItIsClosed() {
        GraphWriter.addition(2).write(folder);
        long before = NativeMemory.liveBytes();
        for (int i = 0; i < 100; i++) {
            try (BackendModel model = backend.load(config("max_batch_size: 8 " + ADDITION), folder);
                    ModelInstance instance = model.newInstance("m_0")) {
                RecordedExecution first = addition("first", 1, 1, 2);
                RecordedExecution second = addition("second", 1, 3, 4);
                instance.execute(new Batch(List.of(first, second)));
                first.response.orElseThrow().close();
                second.response.orElseThrow().close();
            }
            assertThat(NativeMemory.liveBytes()).as("after round " + i).isEqualTo(before);
        }
    }

    @Test
    void joinsAndSlicesStrings() {
        new GraphWriter()
                .input("X", DataType.STRING, -1, -1)
                .output("Y", DataType.STRING, -1, -1)
                .node("Identity", "Y", "X")
                .write(folder);
        try (BackendModel model = backend.load(
                        config("max_batch_size: 8 input { name: 'X' data_type: TYPE_STRING dims: -1 } "
                                + "output { name: 'Y' data_type: TYPE_STRING dims: -1 }"),
                        folder);
                ModelInstance instance = model.newInstance("m_0")) {
            RecordedExecution first = new RecordedExecution(
                    "a", List.of(), RecordedExecution.strings("X", Shape.of(2, 1), "one", "\0two"));
            RecordedExecution second =
                    new RecordedExecution("b", List.of(), RecordedExecution.strings("X", Shape.of(1, 1), ""));
            instance.execute(new Batch(List.of(first, second)));
            assertThat(first.strings("Y")).containsExactly("one", "\0two");
            assertThat(second.strings("Y")).containsExactly("");
            first.response.orElseThrow().close();
            second.response.orElseThrow().close();
        }
    }

    @Test
    void answersOnlyTheOutputsThatWereAskedFor() {
        new GraphWriter()
                .input("X", DataType.FLOAT, -1)
                .output("POS", DataType.FLOAT, -1)
                .output("NEG", DataType.FLOAT, -1)
                .node("Identity", "POS", "X")
                .node("Neg", "NEG", "X")
                .write(folder);
        try (BackendModel model = backend.load(
                        config("input { name: 'X' data_type: TYPE_FP32 dims: -1 } "
                                + "output { name: 'NEG' data_type: TYPE_FP32 dims: -1 } "
                                + "output { name: 'POS' data_type: TYPE_FP32 dims: -1 }"),
                        folder);
                ModelInstance instance = model.newInstance("m_0")) {
            RecordedExecution some =
                    new RecordedExecution("a", List.of("NEG"), RecordedExecution.floats("X", Shape.of(2), 1, 2));
            RecordedExecution all =
                    new RecordedExecution("b", List.of(), RecordedExecution.floats("X", Shape.of(1), 3));
            instance.execute(new Batch(List.of(some)));
            instance.execute(new Batch(List.of(all)));
            assertThat(some.response.orElseThrow().outputs()).hasSize(1);
            assertThat(some.floats("NEG")).containsExactly(-1, -2);
            assertThat(all.response.orElseThrow().outputs())
                    .extracting(output -> output.name())
                    .containsExactly("NEG", "POS");
            some.response.orElseThrow().close();
            all.response.orElseThrow().close();
        }
    }

    @Test
    void reshapesInputsAndOutputsBothWays() {
        new GraphWriter()
                .input("X", DataType.FLOAT, -1, 2, 1, -1)
                .output("Y", DataType.FLOAT, -1, 2, 1, -1)
                .node("Neg", "Y", "X")
                .write(folder);
        try (BackendModel model = backend.load(
                        config("max_batch_size: 4 "
                                + "input { name: 'X' data_type: TYPE_FP32 dims: [ 2, -1 ] reshape { shape: [ 2, 1, -1 ] } } "
                                + "output { name: 'Y' data_type: TYPE_FP32 dims: [ 1, 2, -1 ] "
                                + "reshape { shape: [ 2, 1, -1 ] } }"),
                        folder);
                ModelInstance instance = model.newInstance("m_0")) {
            RecordedExecution execution = new RecordedExecution(
                    "a", List.of(), RecordedExecution.floats("X", Shape.of(1, 2, 3), 1, 2, 3, 4, 5, 6));
            instance.execute(new Batch(List.of(execution)));
            assertThat(execution.output("Y").shape()).isEqualTo(Shape.of(1, 1, 2, 3));
            assertThat(execution.floats("Y")).containsExactly(-1, -2, -3, -4, -5, -6);
            execution.response.orElseThrow().close();
        }
    }

    @Test
    void runsRequestsOfDifferentShapesOneAfterTheOther() {
        GraphWriter.addition(-1).write(folder);
        try (BackendModel model =
                        backend.load(config("max_batch_size: 8 " + ADDITION.replace("dims: 2", "dims: -1 ")), folder);
                ModelInstance instance = model.newInstance("m_0")) {
            RecordedExecution first = addition("first", 1, 1, 2);
            RecordedExecution second = addition("second", 1, 3, 4, 5);
            instance.execute(new Batch(List.of(first, second)));
            assertThat(first.floats("SUM")).containsExactly(101, 102);
            assertThat(second.floats("SUM")).containsExactly(103, 104, 105);
            first.response.orElseThrow().close();
            second.response.orElseThrow().close();
        }
    }

    @Test
    void dropsCancelledRequestsAndRunsTheOthers() {
        GraphWriter.addition(2).write(folder);
        try (BackendModel model = backend.load(config("max_batch_size: 8 " + ADDITION), folder);
                ModelInstance instance = model.newInstance("m_0")) {
            RecordedExecution cancelled = addition("first", 1, 1, 2);
            cancelled.request().cancel();
            RecordedExecution other = addition("second", 1, 3, 4);
            instance.execute(new Batch(List.of(cancelled, other)));
            assertThat(cancelled.failure.orElseThrow().code()).isEqualTo(InferException.Code.CANCELLED);
            assertThat(other.floats("SUM")).containsExactly(103, 104);
            other.response.orElseThrow().close();
        }
    }

    @Test
    void failsOnlyTheRequestWhoseInputsDoNotFitEachOther() {
        GraphWriter.addition(-1).write(folder);
        try (BackendModel model =
                        backend.load(config("max_batch_size: 8 " + ADDITION.replace("dims: 2", "dims: -1 ")), folder);
                ModelInstance instance = model.newInstance("m_0")) {
            RecordedExecution bad = new RecordedExecution(
                    "bad",
                    List.of(),
                    RecordedExecution.floats("A", Shape.of(1, 2), 1, 2),
                    RecordedExecution.floats("B", Shape.of(1, 3), 1, 2, 3));
            RecordedExecution good = addition("good", 1, 1, 2);
            instance.execute(new Batch(List.of(bad, good)));
            assertThat(bad.failure.orElseThrow().code()).isEqualTo(InferException.Code.INTERNAL);
            assertThat(bad.failure.orElseThrow().text())
                    .startsWith("model 'm': ")
                    .endsWith("shapes [1, 2] and [1, 3] do not broadcast");
            assertThat(good.floats("SUM")).containsExactly(101, 102);
            good.response.orElseThrow().close();
        }
    }

    @Test
    void multipliesInBf16WhereTheConfigSaysSo() {
        new GraphWriter()
                .input("X", DataType.FLOAT, -1, 2)
                .output("Y", DataType.FLOAT, -1, 1)
                .constant("numbers", 1 + 0x1p-9f, 3f)
                .constant("shape", 2L, 1L)
                .node("Reshape", "W", "numbers", "shape")
                .node("MatMul", "Y", "X", "W")
                .write(folder);
        String ports = "max_batch_size: 8 input { name: 'X' data_type: TYPE_FP32 dims: 2 } "
                + "output { name: 'Y' data_type: TYPE_FP32 dims: 1 } ";
        assertThat(product(ports)).containsExactly(7 + 0x1p-9f);
        assertThat(product(ports + "parameters { key: 'precision' value { string_value: 'fp32' } }"))
                .containsExactly(7 + 0x1p-9f);
        assertThat(product(ports + "parameters { key: 'precision' value { string_value: 'bf16' } }"))
                .containsExactly(7f);
    }

    private float[] product(String text) {
        try (BackendModel model = backend.load(config(text), folder);
                ModelInstance instance = model.newInstance("m_0")) {
            RecordedExecution execution =
                    new RecordedExecution("a", List.of(), RecordedExecution.floats("X", Shape.of(1, 2), 1, 2));
            instance.execute(new Batch(List.of(execution)));
            float[] values = execution.floats("Y");
            execution.response.orElseThrow().close();
            return values;
        }
    }

    @Test
    void runsAModelThatShallTakeLittleMemory() {
        GraphWriter.addition(2).write(folder);
        try (WorkerPool pool = new WorkerPool(1);
                BackendModel model = new PlanBackend(KernelSet.scalar(), pool)
                        .load(
                                config("max_batch_size: 8 parameters { key: 'memory' value { string_value: 'low' } } "
                                        + ADDITION),
                                folder);
                ModelInstance instance = model.newInstance("m_0")) {
            RecordedExecution execution = addition("first", 1, 1, 2);
            instance.execute(new Batch(List.of(execution)));
            assertThat(execution.floats("SUM")).containsExactly(101, 102);
            execution.response.orElseThrow().close();
        }
    }

    @Test
    void waitsForACoreAndKeepsWithinThoseOfTheModel() throws InterruptedException {
        GraphWriter.addition(2).write(folder);
        String oneCore = "parameters { key: 'scheduler.cores' value { string_value: '1' } } ";
        try (WorkerPool pool = new WorkerPool(2);
                BackendModel model = new PlanBackend(KernelSet.scalar(), pool)
                        .load(config("max_batch_size: 8 " + oneCore + ADDITION), folder);
                ModelInstance instance = model.newInstance("m_0")) {
            RecordedExecution execution = addition("first", 1, 1, 2);
            Thread thread;
            try (WorkerPool.Grant others = pool.grant();
                    WorkerPool.Grant _ = pool.grant();
                    WorkerPool.Grant _ = pool.grant()) {
                assertThat(others.count()).isEqualTo(2);
                assertThat(instance.startsAtOnce()).isFalse();
                thread = Thread.ofPlatform().start(() -> instance.execute(new Batch(List.of(execution))));
                while (thread.getState() != Thread.State.WAITING) {
                    Thread.onSpinWait();
                }
                assertThat(execution.response).isEmpty();
                others.betweenKernels();
                assertThat(others.count()).isEqualTo(1);
                thread.join();
            }
            assertThat(execution.floats("SUM")).containsExactly(101, 102);
            assertThat(instance.startsAtOnce()).isTrue();
            execution.response.ifPresent(InferResponse::close);
        }
    }

    @Test
    void aRequestThatTheModelFailsOnFailsAlone() {
        new GraphWriter()
                .input("IDS", DataType.INT64, -1, 2)
                .output("MEANING", DataType.FLOAT, -1, 2)
                .constant("table", 0f, 1f, 2f)
                .node("Gather", "MEANING", "table", "IDS")
                .write(folder);
        String tensors = "max_batch_size: 8 input { name: 'IDS' data_type: TYPE_INT64 dims: 2 } "
                + "output { name: 'MEANING' data_type: TYPE_FP32 dims: 2 } ";
        try (BackendModel model = backend.load(config(tensors), folder);
                ModelInstance instance = model.newInstance("m_0")) {
            RecordedExecution before = ids("before", 0, 1);
            RecordedExecution wrong = ids("wrong", 1, 3);
            RecordedExecution behind = ids("behind", 2, 2);
            instance.execute(new Batch(List.of(before, wrong, behind)));
            assertThat(before.floats("MEANING")).containsExactly(0, 1);
            assertThat(behind.floats("MEANING")).containsExactly(2, 2);
            assertThat(wrong.failure.map(InferException::text).orElseThrow()).contains("(Gather) failed");
            assertThat(before.failure).isEmpty();
            List.of(before, behind).forEach(each -> each.response.ifPresent(InferResponse::close));
        }
    }

    private static RecordedExecution ids(String id, long... ids) {
        return new RecordedExecution(id, List.of(), RecordedExecution.longs("IDS", Shape.of(1, ids.length), ids));
    }
}
