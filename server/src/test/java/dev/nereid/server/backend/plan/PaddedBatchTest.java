package dev.nereid.server.backend.plan;

import static dev.nereid.server.backend.plan.PlanBackendTest.config;
import static dev.nereid.server.backend.plan.TextFixture.INPUTS;
import static dev.nereid.server.backend.plan.TextFixture.parameter;
import static dev.nereid.server.backend.plan.TextFixture.texts;
import static dev.nereid.server.backend.plan.TextFixture.uneven;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.memory.NativeMemory;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.backend.RecordedExecution;
import dev.nereid.server.backend.TextLengths;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Texts of different lengths padded to the longest: MEANING is looked up for each of the IDS and times the WEIGHTS, RUNNING is
 * its running total, which no packing has a form for, PAIRS each meaning times each, LAST the total.
 */
class PaddedBatchTest {
    private static final String TENSORS = INPUTS + "dynamic_batching { } "
            + "output { name: 'RUNNING' data_type: TYPE_FP32 dims: -1 } "
            + "output { name: 'PAIRS' data_type: TYPE_FP32 dims: [ -1, -1 ] } "
            + "output { name: 'LAST' data_type: TYPE_FP32 dims: 1 } "
            + parameter("policy", "adaptive");

    @TempDir
    Path folder;

    private final PlanBackend backend = new PlanBackend(KernelSet.scalar(), new WorkerPool(1));

    @BeforeEach
    void write() {
        new GraphWriter()
                .input("IDS", DataType.INT64, -1, -1)
                .input("WEIGHTS", DataType.FLOAT, -1, -1)
                .output("RUNNING", DataType.FLOAT, -1, -1)
                .output("PAIRS", DataType.FLOAT, -1, -1, -3)
                .output("LAST", DataType.FLOAT, -1, 1)
                .constant("table", 0f, 1f, 2f, 3f)
                .constant("one", 1L)
                .constant("two", 2L)
                .node("Gather", "looked up", "table", "IDS")
                .node("Mul", "MEANING", "looked up", "WEIGHTS")
                .node("CumSum", "RUNNING", "MEANING", "one")
                .node("Unsqueeze", "rows", "MEANING", "two")
                .node("Unsqueeze", "columns", "MEANING", "one")
                .node("Mul", "PAIRS", "rows", "columns")
                .node("ReduceSum", "LAST", "MEANING", "one")
                .write(folder);
    }

    private BackendModel load(String padding) {
        BackendModel model = backend.load(config(TENSORS + parameter("padding", padding)), folder);
        assertThat(model.textLengths()).isEqualTo(TextLengths.PADDED);
        return model;
    }

    @Test
    void eachRequestGetsAnswersWithoutPadding() {
        try (BackendModel model = load("IDS=3, WEIGHTS=0");
                ModelInstance instance = model.newInstance("m_0")) {
            RecordedExecution one = texts("one", Shape.of(1, 3), 1, 2, 3);
            RecordedExecution two = texts("two", Shape.of(2, 2), 0, 1, 2, 2);
            RecordedExecution tiny = texts("tiny", Shape.of(1, 1), 3);
            instance.execute(new Batch(List.of(two, one, tiny)));
            assertThat(two.stages)
                    .as("one run")
                    .containsExactly(Execution.Stage.INPUT_DONE, Execution.Stage.INFER_DONE);
            assertThat(one.stages).isEmpty();
            assertThat(one.floats("RUNNING")).containsExactly(10, 30, 60);
            assertThat(one.output("RUNNING").shape()).isEqualTo(Shape.of(1, 3));
            assertThat(one.floats("LAST")).containsExactly(60);
            assertThat(one.floats("PAIRS")).containsExactly(100, 200, 300, 200, 400, 600, 300, 600, 900);
            assertThat(two.floats("RUNNING")).containsExactly(0, 10, 20, 40);
            assertThat(two.output("RUNNING").shape()).isEqualTo(Shape.of(2, 2));
            assertThat(two.floats("PAIRS")).containsExactly(0, 0, 0, 100, 400, 400, 400, 400);
            assertThat(two.output("PAIRS").shape()).isEqualTo(Shape.of(2, 2, 2));
            assertThat(two.floats("LAST")).containsExactly(10, 40);
            assertThat(tiny.floats("RUNNING")).containsExactly(30);
            assertThat(tiny.floats("PAIRS")).containsExactly(900);
            List.of(one, two, tiny).forEach(each -> each.response.ifPresent(InferResponse::close));
        }
    }

    @Test
    void aRequestThatDoesNotSuitTheModelFailsAlone() {
        try (BackendModel model = load("IDS=0,WEIGHTS=0");
                ModelInstance instance = model.newInstance("m_0")) {
            RecordedExecution good = texts("good", Shape.of(1, 2), 1, 2);
            RecordedExecution uneven = uneven();
            RecordedExecution unknown = texts("unknown", Shape.of(1, 1), 4);
            instance.execute(new Batch(List.of(unknown, good, uneven)));
            assertThat(good.floats("LAST")).containsExactly(30);
            assertThat(uneven.failure.map(InferException::text))
                    .hasValue(
                            "[request id: uneven] model 'm': input 'WEIGHTS': expected 2 tokens as in the inputs before, "
                                    + "got shape [1,1]");
            assertThat(unknown.failure.map(InferException::text).orElseThrow()).contains("(Gather) failed");
            good.response.ifPresent(InferResponse::close);
        }
    }

    @Test
    void givesAllMemoryBack() {
        long before = NativeMemory.liveBytes();
        try (BackendModel model = load("IDS=0,WEIGHTS=0");
                ModelInstance instance = model.newInstance("m_0")) {
            RecordedExecution one = texts("one", Shape.of(2, 3), 1, 2, 3, 1, 2, 3);
            RecordedExecution other = texts("other", Shape.of(2, 2), 1, 2, 1, 2);
            RecordedExecution unknown = texts("unknown", Shape.of(1, 1), 4);
            RecordedExecution fine = texts("fine", Shape.of(1, 2), 1, 2);
            instance.execute(new Batch(List.of(one, other)));
            instance.execute(new Batch(List.of(unknown, fine)));
            List.of(one, other, fine)
                    .forEach(each -> each.response.orElseThrow().close());
        }
        assertThat(NativeMemory.liveBytes()).isEqualTo(before);
    }

    @Test
    void anOutputWhoseSizeForATextIsNotKnownIsRefused() {
        new GraphWriter()
                .input("IDS", DataType.INT64, -1, -1)
                .input("WEIGHTS", DataType.FLOAT, -1, -1)
                .output("RUNNING", DataType.FLOAT, -1, -1)
                .output("PAIRS", DataType.INT64, -1, -7)
                .output("LAST", DataType.FLOAT, -1, 1)
                .constant("one", 1L)
                .node("CumSum", "RUNNING", "WEIGHTS", "one")
                .node("NonZero", "PAIRS", "RUNNING")
                .node("ReduceSum", "LAST", "WEIGHTS", "one")
                .write(folder);
        String text = (TENSORS + parameter("padding", "IDS=0,WEIGHTS=0"))
                .replace("'PAIRS' data_type: TYPE_FP32 dims: [ -1, -1 ]", "'PAIRS' data_type: TYPE_INT64 dims: -1");
        assertThatThrownBy(() -> backend.load(config(text), folder))
                .isInstanceOf(InferException.class)
                .hasMessageStartingWith(
                        "parameter 'scheduler.padding' of model 'm': expected the size of output 'PAIRS' for "
                                + "a text to follow from {IDS=dim1, WEIGHTS=dim1}, got INT64[");
    }

    @Test
    void aPromiseThatTheModelDoesNotKeepIsWarnedOf() {
        assertThat(warnings("IDS=3,WEIGHTS=0")).isEmpty();
        assertThat(warnings("IDS=3,WEIGHTS=1"))
                .containsExactly(
                        "model 'm': output 'LAST' of a text is another when the text is padded (shape [1,1] and [1,1], "
                                + "cosine 1.000, length 4.000); parameter 'scheduler.padding' promises that the model "
                                + "ignores padding: does it lack a mask?");
    }

    private List<String> warnings(String padding) {
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        Logger logger = (Logger) LoggerFactory.getLogger(PaddingCheck.class);
        logger.addAppender(lines);
        try {
            load(padding).close();
        } finally {
            logger.detachAppender(lines);
        }
        return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
}
