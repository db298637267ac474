package dev.nereid.server.backend.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.ConfigText;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.backend.RecordedExecution;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.tensor.Shape;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches of which requests are cancelled while they run. */
@Tag("found-6")
class CancelledBatchTest {
    private static final int STEPS = 20;
    private static final int NEVER = Integer.MAX_VALUE;

    @TempDir
    Path folder;

    private final WorkerPool workers = new WorkerPool(1);
    private BackendModel model;
    private ModelInstance instance;
    private long used;

    /** Cancelled from the so-many-th time on that somebody asks. */
    private static final class CancelledAt implements InferRequest.Parent {
        private final int most;
        private int asked;

        CancelledAt(int most) {
            this.most = most;
        }

        @Override
        public boolean cancelled() {
            asked++;
            return asked >= most;
        }

        @Override
        public void executed(InferRequest.Execution execution) {}
    }

    @BeforeEach
    void load() {
        GraphWriter file = new GraphWriter().input("X", DataType.FLOAT, -1, 2).output("Y", DataType.FLOAT, -1, 2);
        for (int i = 0; i < STEPS; i++) {
            file.node("Neg", i == STEPS - 1 ? "Y" : "v" + i, i == 0 ? "X" : "v" + (i - 1));
        }
        file.write(folder);
        ModelConfig config = ConfigText.parse("name: 'm' backend: 'onnxruntime' max_batch_size: 4 "
                + "input { name: 'X' data_type: TYPE_FP32 dims: 2 } output { name: 'Y' data_type: TYPE_FP32 dims: 2 }");
        model = new PlanBackend(KernelSet.scalar(), workers).load(config, folder);
        instance = model.newInstance("m_0");
        for (int i = 0; i < 2; i++) { // from here on nothing more is kept
            RecordedExecution left = request(NEVER, 1);
            RecordedExecution right = request(NEVER, 2);
            instance.execute(new Batch(List.of(left, right)));
            check(left, 1);
            check(right, 2);
        }
        used = model.memoryBytes();
    }

    @AfterEach
    void leavesNothing() {
        assertThat(model.memoryBytes()).isEqualTo(used);
        instance.close();
        model.close();
        workers.close();
    }

    private static RecordedExecution request(int cancelledAt, float value) {
        return new RecordedExecution(new InferRequest(
                InferRequest.Header.of("m", "", ""),
                List.of(RecordedExecution.floats("X", Shape.of(1, 2), value, -value)),
                List.of(),
                List.of(),
                0,
                new CancelledAt(cancelledAt)));
    }

    private static void check(RecordedExecution execution, float value) {
        assertThat(execution.failure).isEmpty();
        try (InferResponse response = execution.response.orElseThrow()) {
            assertThat(response.outputs()
                            .getFirst()
                            .tensor()
                            .segment()
                            .asSlice(0, 8)
                            .toArray(ValueLayout.JAVA_FLOAT))
                    .containsExactly(value, -value);
        }
    }

    private static void checkCancelled(RecordedExecution execution) {
        assertThat(execution.response).isEmpty();
        assertThat(execution.failure.orElseThrow().code()).isEqualTo(InferException.Code.CANCELLED);
    }

    @Test
    void endsBetweenTwoStepsWhenAllAreCancelled() {
        for (int at = 2; at < STEPS; at++) {
            RecordedExecution left = request(at, 3);
            RecordedExecution right = request(2, 4);
            instance.execute(new Batch(List.of(left, right)));
            checkCancelled(left);
            checkCancelled(right);
            RecordedExecution next = request(NEVER, 5);
            RecordedExecution last = request(NEVER, 6);
            instance.execute(new Batch(List.of(next, last)));
            check(next, 5);
            check(last, 6);
        }
    }

    @Test
    void goesOnWhenOneOfTwoIsCancelled() {
        RecordedExecution left = request(3, 7);
        RecordedExecution right = request(NEVER, 8);
        instance.execute(new Batch(List.of(left, right)));
        check(left, 7);
        check(right, 8);
    }

    @Test
    void runsNothingMoreWhenTheServerStops() {
        model.cancelRuns();
        RecordedExecution request = request(NEVER, 9);
        instance.execute(new Batch(List.of(request)));
        assertThat(request.response).isEmpty();
        assertThat(request.failure.orElseThrow().code()).isEqualTo(InferException.Code.UNAVAILABLE);
        assertThat(request.failure.orElseThrow().text()).contains("Server is stopping");
    }
}
