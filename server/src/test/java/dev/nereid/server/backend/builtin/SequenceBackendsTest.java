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
import dev.nereid.server.backend.RecordedExecution;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The backends {@code sequence} and {@code dyna_sequence}, given controls as a sequence batcher gives them. */
class SequenceBackendsTest {
    private static final String TENSORS = "name: 'm' max_batch_size: 4 "
            + "input { name: 'INPUT' data_type: TYPE_INT32 dims: -1 } "
            + "output { name: 'OUTPUT' data_type: TYPE_INT32 dims: -1 } ";
    private static final String FLAG =
            "control_input { name: '%s' control { kind: CONTROL_SEQUENCE_%s " + "int32_false_true: [ 0, 1 ] } } ";
    private static final String SEQUENCE = TENSORS + "sequence_batching { " + FLAG.formatted("START", "START")
            + FLAG.formatted("READY", "READY") + "}";
    private static final String DYNA = TENSORS + "sequence_batching { "
            + FLAG.formatted("START", "START") + FLAG.formatted("READY", "READY") + FLAG.formatted("END", "END")
            + "control_input { name: 'CORRID' control { kind: CONTROL_SEQUENCE_CORRID data_type: %s } } oldest { } }";

    private final SlabPool memory = new SlabPool(0);

    @AfterEach
    void everyResponseGivesItsMemoryBack() {
        assertThat(memory.usedBytes()).isZero();
    }

    private static ModelConfig config(String text) {
        return ConfigText.parse(text);
    }

    /** One step: its values, then START, READY, END. */
    private static ManyAnswers step(InputTensor corrid, boolean start, boolean ready, boolean end, int... values) {
        return new ManyAnswers(
                List.of(),
                ManyAnswers.integers("INPUT", DataType.INT32, Shape.of(1, values.length), values),
                flag("START", start),
                flag("READY", ready),
                flag("END", end),
                corrid);
    }

    private static InputTensor flag(String name, boolean value) {
        return ManyAnswers.integers(name, DataType.INT32, Shape.of(1, 1), value ? 1 : 0);
    }

    private static InputTensor number(long id) {
        return new InputTensor(
                "CORRID",
                Tensor.of(DataType.UINT64, Shape.of(1, 1), Arena.ofAuto().allocateFrom(ValueLayout.JAVA_LONG, id)));
    }

    private static InputTensor text(String id) {
        return RecordedExecution.strings("CORRID", Shape.of(1, 1), id);
    }

    /** Runs batches of steps one after the other on one instance. */
    @SafeVarargs
    private List<List<String>> run(Backend backend, String text, List<ManyAnswers>... batches) {
        List<List<String>> heard = new ArrayList<>();
        try (BackendModel model = backend.load(config(text), Path.of("m", "1"));
                ModelInstance instance = model.newInstance("m_0")) {
            for (List<ManyAnswers> batch : batches) {
                instance.execute(new Batch(List.copyOf(batch)));
                heard.add(batch.stream().flatMap(step -> step.heard().stream()).toList());
            }
        }
        return heard;
    }

    @Test
    void sequenceAddsUpByThePlaceInTheBatch() {
        InputTensor none = number(0);
        assertThat(run(
                        new SequenceBackend(memory),
                        SEQUENCE,
                        List.of(step(none, true, true, false, 1, 2), step(none, true, true, false, 10)),
                        List.of(step(none, false, false, false, 99), step(none, false, true, false, 20)),
                        List.of(step(none, false, true, true, 4), step(none, true, true, false, 5))))
                .containsExactly(
                        List.of("OUTPUT[1,2]=3 last", "OUTPUT[1,1]=10 last"),
                        List.of(" last", "OUTPUT[1,1]=30 last"),
                        List.of("OUTPUT[1,1]=7 last", "OUTPUT[1,1]=5 last"));
    }

    @Test
    void dynaSequenceAddsUpByCorrelationAndAddsTheIdAtTheEnd() {
        assertThat(run(
                        new DynaSequenceBackend(memory),
                        DYNA.formatted("TYPE_UINT64"),
                        List.of(step(number(5), true, true, false, 1), step(number(6), true, true, false, 100)),
                        List.of(step(number(6), false, true, false, 1), step(number(5), false, true, false, 2)),
                        List.of(step(number(5), false, true, true, 3)),
                        List.of(step(number((1L << 32) + 7), true, true, true, 1))))
                .containsExactly(
                        List.of("OUTPUT[1,1]=1 last", "OUTPUT[1,1]=100 last"),
                        List.of("OUTPUT[1,1]=101 last", "OUTPUT[1,1]=3 last"),
                        List.of("OUTPUT[1,1]=11 last"),
                        List.of("OUTPUT[1,1]=8 last"));
    }

    @Test
    void dynaSequenceTakesIdsThatAreStringsOfNumbers() {
        assertThat(run(
                        new DynaSequenceBackend(memory),
                        DYNA.formatted("TYPE_STRING"),
                        List.of(step(text("12"), true, true, false, 1)),
                        List.of(step(text("12"), false, true, true, 1)),
                        List.of(step(text("x1"), true, true, false, 1))))
                .containsExactly(
                        List.of("OUTPUT[1,1]=1 last"),
                        List.of("OUTPUT[1,1]=14 last"),
                        List.of("INVALID_ARG: correlation ID 'x1': this backend adds it to a sum, so expected a whole "
                                + "number"));
    }

    @Test
    void refusesMoreThanOneStepOrMoreRequestsThanSlots() {
        ManyAnswers two = new ManyAnswers(
                List.of(),
                ManyAnswers.integers("INPUT", DataType.INT32, Shape.of(2, 1), 1, 2),
                flag("START", true),
                flag("READY", true));
        assertThat(run(new SequenceBackend(memory), SEQUENCE, List.of(two)))
                .containsExactly(List.of("UNSUPPORTED: unable to execute more than one timestep at a time"));
        List<ManyAnswers> five = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            five.add(step(number(i), true, true, false, 1));
        }
        assertThatThrownBy(() -> run(new SequenceBackend(memory), SEQUENCE, five))
                .isInstanceOf(InferException.class)
                .hasMessage("unable to execute batch larger than max-batch-size");
    }

    @Test
    void refusesConfigsWithOtherTensorsOrControls() {
        assertThatThrownBy(() -> run(new SequenceBackend(memory), SEQUENCE.replace("'READY'", "'RUN'")))
                .hasMessage("'START' and 'READY' must be configured as the control inputs");
        assertThatThrownBy(() -> run(new SequenceBackend(memory), SEQUENCE.replace("'INPUT'", "'IN'")))
                .hasMessage("model input must be named 'INPUT'");
        assertThatThrownBy(() -> run(
                        new SequenceBackend(memory),
                        SEQUENCE.replace("'OUTPUT' data_type: TYPE_INT32", "'OUTPUT' data_type: TYPE_FP32")))
                .hasMessage("model output must have TYPE_INT32 data-type");
        assertThatThrownBy(() ->
                        run(new SequenceBackend(memory), SEQUENCE.replaceFirst("int32_false_true", "fp32_false_true")))
                .hasMessageContaining("control 'START' of model 'm' must be TYPE_INT32, got TYPE_FP32");
        assertThatThrownBy(() -> run(new DynaSequenceBackend(memory), DYNA.formatted("TYPE_INT32")))
                .hasMessage("model CORRID control input must have TYPE_UINT64 or TYPE_STRING data-type");
    }
}
