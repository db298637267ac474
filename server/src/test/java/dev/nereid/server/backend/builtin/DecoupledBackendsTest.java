package dev.nereid.server.backend.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.ConfigText;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.ManyAnswers;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The backends {@code repeat} and {@code square}; time passes in no time here, and is noted. */
class DecoupledBackendsTest {
    private static final String REPEAT = "input { name: 'IN' data_type: TYPE_INT32 dims: -1 } "
            + "input { name: 'DELAY' data_type: TYPE_UINT32 dims: -1 } "
            + "input { name: 'WAIT' data_type: TYPE_UINT32 dims: 1 } "
            + "output { name: 'OUT' data_type: TYPE_INT32 dims: 1 } "
            + "output { name: 'IDX' data_type: TYPE_UINT32 dims: 1 } "
            + "model_transaction_policy { decoupled: true } ";
    private static final String SQUARE = "input { name: 'IN' data_type: TYPE_INT32 dims: 1 } "
            + "output { name: 'OUT' data_type: TYPE_INT32 dims: 1 } "
            + "model_transaction_policy { decoupled: true } ";

    private final SlabPool memory = new SlabPool(0);
    private final List<Duration> pauses = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void everyResponseGivesItsMemoryBack() {
        assertThat(memory.usedBytes()).isZero();
    }

    private boolean pause(Duration duration, BooleanSupplier givenUp) {
        pauses.add(duration);
        return !givenUp.getAsBoolean();
    }

    private static ModelConfig config(String text) {
        return ConfigText.parse("name: 'm' " + text);
    }

    private List<String> answers(Backend backend, String text, ManyAnswers execution) {
        try (BackendModel model = backend.load(config(text), Path.of("m", "1"));
                ModelInstance instance = model.newInstance("m_0")) {
            instance.execute(new Batch(List.of(execution)));
        }
        return execution.heard();
    }

    private List<String> repeat(List<String> outputs, int[] in, int[] delay, int wait) {
        InputTensor values = ManyAnswers.integers("IN", DataType.INT32, Shape.of(in.length), in);
        InputTensor delays = ManyAnswers.integers("DELAY", DataType.UINT32, Shape.of(delay.length), delay);
        InputTensor waits = ManyAnswers.integers("WAIT", DataType.UINT32, Shape.of(1), wait);
        return answers(new RepeatBackend(memory, this::pause), REPEAT, new ManyAnswers(outputs, values, delays, waits));
    }

    private List<String> square(String more, Shape shape, int... in) {
        ManyAnswers execution = new ManyAnswers(List.of(), ManyAnswers.integers("IN", DataType.INT32, shape, in));
        return answers(new SquareBackend(memory, this::pause), SQUARE + more, execution);
    }

    @Test
    void repeatAnswersEachElementAfterItsDelay() {
        assertThat(repeat(List.of(), new int[] {4, -2, 0}, new int[] {1, -1, 3}, 5))
                .containsExactly("OUT[1]=4 IDX[1]=0", "OUT[1]=-2 IDX[1]=1", "OUT[1]=0 IDX[1]=2", "end");
        assertThat(pauses)
                .as("delays are unsigned")
                .containsExactlyInAnyOrder(
                        Duration.ofMillis(5),
                        Duration.ofMillis(1),
                        Duration.ofMillis(0xFFFF_FFFFL),
                        Duration.ofMillis(3));
    }

    @Test
    void repeatWithoutElementsOnlyEnds() {
        assertThat(repeat(List.of(), new int[0], new int[0], 0)).containsExactly("end");
    }

    @Test
    void repeatGivesOnlyTheOutputsThatAreWanted() {
        assertThat(repeat(List.of("IDX"), new int[] {7}, new int[] {0}, 0)).containsExactly("IDX[1]=0", "end");
    }

    @Test
    void repeatWantsAsManyDelaysAsElements() {
        assertThat(repeat(List.of(), new int[] {4, 2}, new int[] {1}, 0))
                .containsExactly("INVALID_ARG: expected IN and DELAY shape to match, got [2] and [1]");
    }

    private List<String> repeatOnce(int... in) {
        return repeatOnce(false, in);
    }

    private List<String> repeatOnce(boolean withTheFirst, int... in) {
        ManyAnswers execution = new ManyAnswers(
                List.of(),
                ManyAnswers.integers("IN", DataType.INT32, Shape.of(in.length), in),
                ManyAnswers.integers("DELAY", DataType.UINT32, Shape.of(in.length), new int[in.length]),
                ManyAnswers.integers("WAIT", DataType.UINT32, Shape.of(1), 0));
        if (withTheFirst) {
            execution.request().answerWithTheFirst();
        }
        return answers(new RepeatBackend(memory, this::pause), single(REPEAT), execution);
    }

    /** Triton's test of streams to a model that should give one response and gives four. */
    @Test
    void repeatAnswersTheFirstElementOnlyWhereTheModelIsNotDecoupledAndTheRequestIsOfAStream() {
        assertThat(repeatOnce(true, 7, 8, 9)).containsExactly("OUT[1]=7 IDX[1]=0 last");
        assertThat(repeatOnce(true)).containsExactly("INTERNAL: expected a single response, got 0");
    }

    @Test
    void repeatAnswersOneElementWhereTheModelIsNotDecoupled() {
        assertThat(repeatOnce(7)).containsExactly("OUT[1]=7 IDX[1]=0 last");
        assertThat(repeatOnce(7, 8)).containsExactly("INTERNAL: expected a single response, got 2");
        assertThat(repeatOnce()).containsExactly("INTERNAL: expected a single response, got 0");
    }

    @Test
    void squareGivesTheFirstResponseOnlyWhereTheModelIsNotDecoupled() {
        ManyAnswers square = new ManyAnswers(List.of(), ManyAnswers.integers("IN", DataType.INT32, Shape.of(1), 3));
        assertThat(answers(new SquareBackend(memory, this::pause), single(SQUARE), square))
                .containsExactly("OUT[1]=3 last");
    }

    private static String single(String config) {
        return config.replace("decoupled: true", "decoupled: false");
    }

    @Test
    void repeatStopsWhenItsClientGivesUp() {
        ManyAnswers execution = new ManyAnswers(
                List.of(),
                ManyAnswers.integers("IN", DataType.INT32, Shape.of(2), 1, 2),
                ManyAnswers.integers("DELAY", DataType.UINT32, Shape.of(2), 10, 10),
                ManyAnswers.integers("WAIT", DataType.UINT32, Shape.of(1), 0));
        execution.request().cancel();
        assertThat(answers(new RepeatBackend(memory, this::pause), REPEAT, execution))
                .containsExactly("CANCELLED: Request cancelled");
    }

    @Test
    void repeatRefusesConfigsThatItCannotServe() {
        refusesRepeat("dims: 1 }", "dims: 2 }", "expected WAIT shape to be [1], got [2]");
        refusesRepeat(
                "'DELAY' data_type: TYPE_UINT32",
                "'DELAY' data_type: TYPE_INT32",
                "expected DELAY datatype to be UINT32, got TYPE_INT32");
        refusesRepeat("'IDX'", "'INDEX'", "expected second output tensor name to be IDX, got INDEX");
        refusesRepeat("output { name: 'IDX' data_type: TYPE_UINT32 dims: 1 }", "", "expected 2 outputs, got 1");
        refusesRepeat(
                "TYPE_UINT32 dims: -1",
                "TYPE_UINT32 dims: 2",
                "expected IN and DELAY shape to match, got [-1] and [2]");
    }

    private static void refusesRepeat(String part, String other, String why) {
        int at = REPEAT.indexOf(part);
        String wrong = REPEAT.substring(0, at) + other + REPEAT.substring(at + part.length());
        assertThatThrownBy(() -> new RepeatBackend(new SlabPool(0)).load(config(wrong), Path.of("m", "1")))
                .isInstanceOf(InferException.class)
                .hasMessageContaining(why);
    }

    @Test
    void repeatRefusesBatches() {
        assertThatThrownBy(
                        () -> new RepeatBackend(memory).load(config(REPEAT + "max_batch_size: 1"), Path.of("m", "1")))
                .hasMessage("repeat backend only supports models with max_batch_size == 0");
    }

    @Test
    void squareAnswersANumberThatManyTimes() {
        assertThat(square("", Shape.of(1), 3)).containsExactly("OUT[1]=3", "OUT[1]=3", "OUT[1]=3", "end");
        assertThat(square("", Shape.of(1), 0)).containsExactly("end");
        assertThat(square("", Shape.of(1), -5)).containsExactly("end");
    }

    @Test
    void squareWaitsForAClientThatDoesNotKeepUp() {
        ManyAnswers execution = new ManyAnswers(List.of(), ManyAnswers.integers("IN", DataType.INT32, Shape.of(1), 2));
        AtomicInteger looks = new AtomicInteger();
        execution.request().answerWhile(() -> looks.incrementAndGet() > 3);
        assertThat(answers(new SquareBackend(memory, this::pause), SQUARE, execution))
                .containsExactly("OUT[1]=2", "OUT[1]=2", "end");
        assertThat(pauses).filteredOn(Duration.ofMillis(2)::equals).hasSize(3);
    }

    /** Triton's test of the statistics of cancelled responses. */
    @Test
    void squareEndsItsResponseAndThenTheRequestThatItsClientGivesUp() {
        ManyAnswers execution = new ManyAnswers(List.of(), ManyAnswers.integers("IN", DataType.INT32, Shape.of(1), 4));
        String parameters = "parameters { key: 'CUSTOM_INFER_DELAY_NS' value { string_value: '7' } } "
                + "parameters { key: 'CUSTOM_OUTPUT_DELAY_NS' value { string_value: '5' } } "
                + "parameters { key: 'CUSTOM_CANCEL_DELAY_NS' value { string_value: '3' } }";
        Pauses cancelled = (duration, givenUp) -> {
            boolean first = pauses.isEmpty();
            boolean passes = pause(duration, givenUp);
            if (first) {
                execution.request().cancel();
            }
            return passes;
        };
        assertThat(answers(new SquareBackend(memory, cancelled), SQUARE + parameters, execution))
                .containsExactly("OUT[1]=4", "CANCELLED: Request cancelled");
        assertThat(pauses).containsExactly(Duration.ofNanos(7), Duration.ofNanos(5), Duration.ofNanos(3));
    }

    @Test
    void squareKeepsTheBatchDim() {
        assertThat(square("max_batch_size: 4", Shape.of(1, 1), 1)).containsExactly("OUT[1,1]=1", "end");
        assertThat(square("max_batch_size: 4", Shape.of(2, 1), 1, 1))
                .containsExactly("INVALID_ARG: unexpected shape for IN input");
    }

    @Test
    void squareFailsAndLeavesOutAsItsParametersSay() {
        String parameters = "parameters { key: 'CUSTOM_FAIL_COUNT' value { string_value: '1' } } "
                + "parameters { key: 'CUSTOM_EMPTY_COUNT' value { string_value: '2' } } "
                + "parameters { key: 'CUSTOM_INFER_DELAY_NS' value { string_value: '7' } }";
        assertThat(square(parameters, Shape.of(1), 4))
                .containsExactly("OUT[1]=4", "UNKNOWN of one: simulated failure", "left out", "left out", "end");
        assertThat(pauses)
                .as("those that are left out are made all the same")
                .filteredOn(Duration.ofNanos(7)::equals)
                .hasSize(4);
        assertThat(square(parameters, Shape.of(1), 2)).containsExactly("left out", "left out", "end");
    }

    @Test
    void refusesAParameterThatIsNoNumber() {
        String parameters = "parameters { key: 'CUSTOM_FAIL_COUNT' value { string_value: '-1' } }";
        assertThatThrownBy(() -> square(parameters, Shape.of(1), 1))
                .hasMessage("parameter 'CUSTOM_FAIL_COUNT' of model 'm': expected a number, got '-1'");
    }

    @Test
    void aRequestWhoseAnswersBreakOffFailsWhateverWasThrown() {
        Pauses broken = (_, _) -> {
            throw new StackOverflowError("deep");
        };
        ManyAnswers execution = new ManyAnswers(List.of(), ManyAnswers.integers("IN", DataType.INT32, Shape.of(1), 2));
        assertThat(answers(new SquareBackend(memory, broken), SQUARE, execution))
                .singleElement()
                .asString()
                .startsWith("INTERNAL: the responses broke off");
    }
}
