package dev.nereid.server.backend.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.models.lowering.DeviceTurn;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.ConfigText;
import dev.nereid.server.Until;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.BatchOrder;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.backend.RecordedExecution;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two batches of one instance on a GPU, which is emulated: one executes and one is prepared. There is one core. */
@Tag("cuda")
class PreparedRunsTest {
    private static final String CONFIG = "name: 'm' backend: 'onnxruntime' max_batch_size: 8 "
            + "input { name: 'X' data_type: TYPE_FP32 dims: -1 } output { name: 'Y' data_type: TYPE_FP32 dims: -1 } "
            + "instance_group { kind: KIND_GPU gpus: 0 }";
    private static final int MANY = 1 << 18;

    @TempDir
    Path folder;

    private final BatchOrder order = new BatchOrder();
    private EmulatedCuda cuda;
    private final List<RecordedExecution> requests = new ArrayList<>();
    private Optional<BackendModel> model = Optional.empty();

    @BeforeEach
    void findGpu() {
        cuda = EmulatedCuda.find("batches prepared on GPUs").orElseGet(() -> Assumptions.abort("no emulated GPU"));
    }

    @AfterEach
    void leavesNothingOnTheGpu() {
        if (cuda != null) {
            cuda.hold(false);
            cuda.setTotal(0);
            requests.forEach(each -> each.response.ifPresent(InferResponse::close));
            model.ifPresent(BackendModel::close);
            assertThat(cuda.streams()).isZero();
            assertThat(cuda.used(0)).isZero();
            assertThat(cuda.pinned()).isZero();
        }
    }

    private void load(GraphWriter file) {
        file.write(folder);
        ModelConfig config;
        config = ConfigText.parse(CONFIG);
        PlanBackend backend = new PlanBackend(KernelSet.scalar(), new WorkerPool(1), cuda.devices());
        model = Optional.of(backend.load(config, folder));
    }

    /** Y is X without what is negative, by one kernel. */
    private void loadRelu() {
        load(new GraphWriter()
                .input("X", DataType.FLOAT, -1, -1)
                .output("Y", DataType.FLOAT, -1, -1)
                .node("Relu", "Y", "X"));
    }

    /** One of the objects that stand for the instance. */
    private ModelInstance instance() {
        return model.orElseThrow().newInstance("m_0", 0);
    }

    private BatchOrder.Turn begun() {
        BatchOrder.Turn turn = order.newTurn(System::nanoTime);
        turn.begin();
        return turn;
    }

    private RecordedExecution request(float... values) {
        return noted(new RecordedExecution(
                "x", List.of(), RecordedExecution.floats("X", Shape.of(1, values.length), values)));
    }

    /** An execution whose response is closed after the test. */
    private RecordedExecution noted(RecordedExecution execution) {
        requests.add(execution);
        return execution;
    }

    /** Executes a batch on a thread of its own, as its scheduler does. */
    private static CompletableFuture<Void> start(
            ModelInstance instance, BatchOrder.Turn turn, RecordedExecution... requests) {
        CompletableFuture<Void> ended = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                instance.execute(new Batch(List.of(requests), turn));
                ended.complete(null);
            } catch (RuntimeException | Error e) {
                ended.completeExceptionally(e);
            } finally {
                turn.end();
            }
        });
        return ended.orTimeout(60, TimeUnit.SECONDS);
    }

    private static void answers(RecordedExecution request, float... values) {
        assertThat(request.failure.map(InferException::text)).isEmpty();
        assertThat(request.floats("Y")).isEqualTo(values);
    }

    private void untilWaitingOrBothRun(BatchOrder.Turn turn) {
        Until.until("the second batch waits, or computes too", () -> turn.isWaiting() || cuda.running() > 1);
        assertThat(cuda.running()).as("kernels that run").isEqualTo(1);
    }

    @Test
    void copiesTheNextInputsWhileABatchComputes() {
        loadRelu();
        BatchOrder.Turn first = begun();
        BatchOrder.Turn second = begun();
        RecordedExecution a = request(-1, 2);
        RecordedExecution b = request(3, -4, 5);
        cuda.hold(true);
        CompletableFuture<Void> executing = start(instance(), first, a);
        Until.until("a kernel of the first runs", () -> cuda.running() == 1);
        int copies = cuda.copiesIn();
        CompletableFuture<Void> prepared = start(instance(), second, b);
        Until.until("the second's inputs are there", () -> cuda.copiesIn() > copies);
        untilWaitingOrBothRun(second);
        assertThat(a.response).isEmpty();
        cuda.hold(false);
        executing.join();
        prepared.join();
        assertThat(cuda.mostRunning()).isEqualTo(1);
        answers(a, 0, 2);
        answers(b, 3, 0, 5);
        assertThat(second.waitedNanos()).isPositive();
    }

    @Test
    void computesTheNextBatchWhileAnswersAreMade() {
        loadRelu();
        BatchOrder.Turn first = begun();
        BatchOrder.Turn second = begun();
        RecordedExecution b = request(3, -4, 5);
        CompletableFuture<Void> prepared = start(instance(), second, b);
        Until.until("the second waits", second::isWaiting);
        RecordedExecution a = noted(new RecordedExecution(request(-1, 2).request()) {
            @Override
            public void respond(InferResponse answer, boolean last) {
                prepared.join();
                super.respond(answer, last);
            }
        });
        start(instance(), first, a).join();
        answers(a, 0, 2);
        answers(b, 3, 0, 5);
    }

    /** Where the second had the only core, or the place among the kernels, the first would wait for ever. */
    @Test
    void computesInTheOrderOfTakingWhicheverIsPreparedFirst() {
        loadRelu();
        BatchOrder.Turn first = begun();
        BatchOrder.Turn second = begun();
        RecordedExecution a = request(-1, 2);
        RecordedExecution b = request(3, -4, 5);
        int launches = cuda.launches();
        CompletableFuture<Void> prepared = start(instance(), second, b);
        Until.until("the second waits or has computed", () -> second.isWaiting() || prepared.isDone());
        assertThat(cuda.launches()).isEqualTo(launches);
        start(instance(), first, a).join();
        prepared.join();
        answers(a, 0, 2);
        answers(b, 3, 0, 5);
    }

    /** What is asked of a turn, with what was on the GPU by then. */
    private final class NotedTurn implements DeviceTurn {
        private final List<String> calls = new ArrayList<>();
        private final int launches = cuda.launches();
        private final int out = cuda.copiesOut();

        private void note(String call) {
            calls.add(call + " " + (cuda.launches() - launches) + " kernels " + (cuda.copiesOut() - out) + " out");
        }

        @Override
        public void awaitPlace() {
            note("place");
        }

        @Override
        public boolean awaitMemory() {
            note("memory");
            return true;
        }

        @Override
        public void placed() {
            note("placed");
        }

        @Override
        public void awaitCompute() {
            note("compute");
        }

        @Override
        public boolean isAwaited() {
            return true;
        }

        @Override
        public void computed() {
            note("computed");
        }
    }

    @Test
    void letsTheNextBatchComputeBeforeItsOutputsAreCopied() {
        loadRelu();
        NotedTurn turn = new NotedTurn();
        RecordedExecution a = request(-1, 2);
        instance().execute(new Batch(List.of(a), turn));
        answers(a, 0, 2);
        assertThat(turn.calls)
                .containsExactly(
                        "place 0 kernels 0 out",
                        "placed 0 kernels 0 out",
                        "compute 0 kernels 0 out",
                        "computed 1 kernels 0 out",
                        "computed 1 kernels 1 out");
    }

    @Test
    void keepsItsTurnOverTheRunsOfABatchOfSeveralShapes() {
        loadRelu();
        NotedTurn turn = new NotedTurn();
        RecordedExecution a = request(-1, 2);
        RecordedExecution b = request(3, -4, 5);
        instance().execute(new Batch(List.of(a, b), turn));
        answers(a, 0, 2);
        answers(b, 3, 0, 5);
        assertThat(turn.calls)
                .containsExactly(
                        "place 0 kernels 0 out",
                        "compute 0 kernels 0 out",
                        "place 1 kernels 1 out",
                        "placed 1 kernels 1 out",
                        "compute 1 kernels 1 out",
                        "computed 2 kernels 1 out",
                        "computed 2 kernels 2 out");
    }

    @Test
    void runsAModelThatIsPartlyOnTheCpuInItsTurnAsAWhole() {
        load(new GraphWriter()
                .input("X", DataType.FLOAT, -1, -1)
                .output("Y", DataType.FLOAT, -1, -1)
                .node("Relu", "R", "X")
                .node("Hardmax", "H", "R")
                .node("Relu", "Y", "H"));
        assertThat(instance().heedsTurns()).isTrue();
        NotedTurn turn = new NotedTurn();
        RecordedExecution a = request(-1, 2);
        instance().execute(new Batch(List.of(a), turn));
        answers(a, 0, 1);
        assertThat(turn.calls).containsExactly("compute 0 kernels 0 out", "computed 2 kernels 2 out");
    }

    @Test
    void waitsForMemoryThatTwoBatchesDoNotFit() {
        loadRelu();
        BatchOrder.Turn first = begun();
        BatchOrder.Turn second = begun();
        RecordedExecution a = request(new float[MANY]);
        RecordedExecution b = request(new float[MANY]);
        cuda.setTotal(cuda.used(0) + (3 << 20));
        cuda.hold(true);
        CompletableFuture<Void> executing = start(instance(), first, a);
        Until.until("a kernel of the first runs", () -> cuda.running() == 1);
        CompletableFuture<Void> prepared = start(instance(), second, b);
        Until.until("the second waits or has failed", () -> second.isWaiting() || prepared.isDone());
        cuda.hold(false);
        executing.join();
        prepared.join();
        answers(a, new float[MANY]);
        answers(b, new float[MANY]);
        assertThat(cuda.mostRunning()).isEqualTo(1);
    }

    @Test
    void leavesTheMemoryThatABatchWaitsForToItAndNotToALaterOne() {
        loadRelu();
        // The second fits alone, and not beside half a megabyte.
        int more = MANY + 3 * MANY / 8;
        BatchOrder.Turn first = begun();
        BatchOrder.Turn second = begun();
        RecordedExecution a = request(new float[MANY]);
        RecordedExecution b = request(new float[more]);
        RecordedExecution c = request(new float[MANY / 4]);
        cuda.setTotal(cuda.used(0) + (3 << 20));
        cuda.hold(true);
        CompletableFuture<Void> executing = start(instance(), first, a);
        Until.until("a kernel of the first runs", () -> cuda.running() == 1);
        CompletableFuture<Void> waits = start(instance(), second, b);
        Until.until("the second waits or has failed", () -> second.isWaiting() || waits.isDone());
        BatchOrder.Turn third = begun();
        CompletableFuture<Void> later = start(instance(), third, c);
        Until.until("the third waits", () -> third.isWaiting() || later.isDone());
        cuda.hold(false);
        executing.join();
        waits.join();
        later.join();
        answers(a, new float[MANY]);
        answers(b, new float[more]);
        answers(c, new float[MANY / 4]);
    }

    @Test
    void hasTheMemoryOfStreamsThatRestWhereARunNeedsAll() {
        loadRelu();
        BatchOrder.Turn first = begun();
        BatchOrder.Turn second = begun();
        RecordedExecution a = request(new float[MANY / 4]);
        RecordedExecution b = request(new float[MANY / 4]);
        cuda.hold(true);
        CompletableFuture<Void> executing = start(instance(), first, a);
        Until.until("a kernel of the first runs", () -> cuda.running() == 1);
        CompletableFuture<Void> prepared = start(instance(), second, b);
        Until.until("the second waits", second::isWaiting);
        cuda.hold(false);
        executing.join();
        prepared.join();
        answers(a, new float[MANY / 4]);
        answers(b, new float[MANY / 4]);
        assertThat(cuda.streams()).as("the model's own, and two").isEqualTo(3);
        // Both streams have half a megabyte of values; the next run needs two, which fit if the other one lets go.
        cuda.setTotal(cuda.used(0) + (1 << 20) + (1 << 19));
        for (int round = 0; round < 2; round++) {
            RecordedExecution large = request(new float[MANY]);
            start(instance(), begun(), large).join();
            answers(large, new float[MANY]);
        }
    }

    @Test
    void failsARunThatDoesNotFitAloneAndGoesOn() {
        loadRelu();
        BatchOrder.Turn first = begun();
        BatchOrder.Turn second = begun();
        RecordedExecution a = request(-1, 2);
        RecordedExecution b = request(new float[MANY]);
        cuda.setTotal(cuda.used(0) + (1 << 20));
        cuda.hold(true);
        CompletableFuture<Void> executing = start(instance(), first, a);
        Until.until("a kernel of the first runs", () -> cuda.running() == 1);
        CompletableFuture<Void> prepared = start(instance(), second, b);
        Until.until("the second waits", () -> second.isWaiting() || prepared.isDone());
        cuda.hold(false);
        executing.join();
        prepared.join();
        answers(a, 0, 2);
        assertThat(b.failure.orElseThrow().code()).isEqualTo(InferException.Code.UNAVAILABLE);
        assertThat(b.failure.orElseThrow().text()).contains("out of memory: asked for 2097152 bytes");
        RecordedExecution c = request(-3, 4);
        start(instance(), begun(), c).join();
        answers(c, 0, 4);
    }

    @Test
    void computesNothingOfAPreparedBatchThatIsCancelled() {
        loadRelu();
        BatchOrder.Turn first = begun();
        BatchOrder.Turn second = begun();
        RecordedExecution a = request(-1, 2);
        RecordedExecution b = request(3, -4, 5);
        RecordedExecution c = request(6, -7, 8);
        int launches = cuda.launches();
        cuda.hold(true);
        CompletableFuture<Void> executing = start(instance(), first, a);
        Until.until("a kernel of the first runs", () -> cuda.running() == 1);
        CompletableFuture<Void> prepared = start(instance(), second, b, c);
        Until.until("the second waits", second::isWaiting);
        b.request().cancel();
        c.request().cancel();
        cuda.hold(false);
        executing.join();
        prepared.join();
        answers(a, 0, 2);
        assertThat(b.failure.orElseThrow().code()).isEqualTo(InferException.Code.CANCELLED);
        assertThat(c.failure.orElseThrow().code()).isEqualTo(InferException.Code.CANCELLED);
        assertThat(cuda.launches() - launches).as("kernels").isEqualTo(1);
        assertThat(cuda.streams()).as("the model's own, and both").isEqualTo(3);
        RecordedExecution d = request(-3, 4);
        start(instance(), begun(), d).join();
        answers(d, 0, 4);
    }

    @Test
    void failsBothBatchesWithTheirCardAndIsUnloaded() {
        loadRelu();
        BatchOrder.Turn first = begun();
        BatchOrder.Turn second = begun();
        RecordedExecution a = request(-1, 2);
        RecordedExecution b = request(3, -4, 5);
        cuda.hold(true);
        CompletableFuture<Void> executing = start(instance(), first, a);
        Until.until("a kernel of the first runs", () -> cuda.running() == 1);
        CompletableFuture<Void> prepared = start(instance(), second, b);
        untilWaitingOrBothRun(second);
        cuda.fail(0);
        cuda.hold(false);
        executing.join();
        prepared.join();
        for (RecordedExecution request : List.of(a, b)) {
            assertThat(request.failure.orElseThrow().code()).isEqualTo(InferException.Code.INTERNAL);
            assertThat(request.failure.orElseThrow().text()).contains("CUDA_ERROR_ILLEGAL_ADDRESS");
        }
        BackendModel failed = model.orElseThrow();
        model = Optional.empty();
        assertThatThrownBy(failed::close).hasStackTraceContaining("CUDA_ERROR_ILLEGAL_ADDRESS");
    }
}
