package dev.nereid.server.schedule.sequence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ImplicitState;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.statement.Statement;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The state of a test is a number that grows by one with every request of its sequence. */
class ImplicitStateTest {
    private static final String STATE =
            "state { input_name: 'IN' output_name: 'OUT' data_type: TYPE_INT32 dims: 1 %s } ";

    @TempDir
    Path folder;

    /** What the model read, request by request. */
    private final List<String> read = new ArrayList<>();

    private SequenceFixture fixture(int maxBatchSize, String state, String strategy) {
        SequenceFixture fixture = new SequenceFixture(
                1,
                "max_batch_size: " + maxBatchSize + " input { name: 'X' data_type: TYPE_INT32 dims: 2 } "
                        + "sequence_batching { max_sequence_idle_microseconds: 1000000 " + state + strategy + " }",
                folder,
                new SchedulerHold(0, 0));
        fixture.behaviour = this::grow;
        return fixture;
    }

    private void grow(Execution execution) {
        int value = note(execution);
        for (ImplicitState state : execution.states()) {
            state.write(number(value + 1));
            state.update();
        }
        SequenceFixture.answer(execution);
    }

    private int note(Execution execution) {
        String id = execution.request().header().id();
        int value = execution.input("IN").orElseThrow().segment().get(ValueLayout.JAVA_INT, 0);
        read.add((id.isEmpty() ? "-" : id) + "=" + value);
        return value;
    }

    private static Tensor number(int value) {
        MemorySegment segment = Arena.ofAuto().allocate(Integer.BYTES);
        segment.set(ValueLayout.JAVA_INT, 0, value);
        return Tensor.of(DataType.INT32, Shape.of(1, 1), segment);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "direct {}", "oldest { max_candidate_sequences: 8 }"})
    @Statement(84)
    void givesWhatARequestWroteToTheNextOfItsSequence(String strategy) {
        SequenceFixture fixture = fixture(1, STATE.formatted(""), strategy);
        fixture.start("a1", 1);
        fixture.next("a2", 1);
        fixture.end("a3", 1);
        fixture.finishAll();
        assertThat(read).containsExactly("a1=0", "a2=1", "a3=2");
    }

    @Test
    @Statement(84)
    void keepsTheStatesOfSequencesApart() {
        SequenceFixture fixture = fixture(2, STATE.formatted(""), "");
        fixture.start("a1", 1);
        fixture.start("b1", 2);
        fixture.next("b2", 2);
        fixture.finishAll();
        fixture.next("a2", 1);
        fixture.next("b3", 2);
        fixture.finishAll();
        assertThat(read).containsSubsequence("a1=0", "a2=1").containsSubsequence("b1=0", "b2=1", "b3=2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"direct {}", "oldest { max_candidate_sequences: 1 }"})
    @Statement(85)
    void beginsWithZerosOnEveryStart(String strategy) {
        SequenceFixture fixture = fixture(1, STATE.formatted(""), strategy);
        for (int round = 0; round < 3; round++) {
            fixture.start("a" + round, 1);
            fixture.next("b" + round, 1);
        }
        fixture.end("end", 1);
        fixture.start("new", 2);
        fixture.finishAll();
        assertThat(read).containsExactly("a0=0", "b0=1", "a1=0", "b1=1", "a2=0", "b2=1", "end=2", "new=0");
    }

    @Test
    @Statement(85)
    void beginsWithZerosWhereTheConfigSaysSo() {
        SequenceFixture fixture = fixture(
                1, STATE.formatted("initial_state { name: 'i' data_type: TYPE_INT32 dims: 1 zero_data: true }"), "");
        fixture.start("a1", 1);
        fixture.finishAll();
        assertThat(read).containsExactly("a1=0");
    }

    @Test
    @Statement(85)
    void beginsWithTheContentOfAFile() throws IOException {
        Files.createDirectory(folder.resolve("initial_state"));
        ByteBuffer bytes =
                ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putInt(41).putInt(7);
        Files.write(folder.resolve("initial_state/start"), bytes.array());
        SequenceFixture fixture = fixture(
                1, STATE.formatted("initial_state { name: 'i' data_type: TYPE_INT32 dims: 1 data_file: 'start' }"), "");
        fixture.start("a1", 1);
        fixture.next("a2", 1);
        fixture.start("a3", 1);
        fixture.finishAll();
        assertThat(read).containsExactly("a1=41", "a2=42", "a3=41");
    }

    @Test
    @Statement(85)
    void takesOpenDimsAsOne() {
        SequenceFixture fixture =
                fixture(1, "state { input_name: 'IN' output_name: 'OUT' data_type: TYPE_INT32 dims: [ -1, 3 ] }", "");
        List<Shape> shapes = new ArrayList<>();
        fixture.behaviour = execution -> {
            shapes.add(execution.input("IN").orElseThrow().shape());
            ImplicitState state = execution.states().getFirst();
            state.write(
                    Tensor.of(DataType.INT32, Shape.of(1, 2, 3), Arena.ofAuto().allocate(6 * Integer.BYTES)));
            state.update();
            SequenceFixture.answer(execution);
        };
        fixture.start("a1", 1);
        fixture.next("a2", 1);
        fixture.finishAll();
        assertThat(shapes).containsExactly(Shape.of(1, 1, 3), Shape.of(1, 2, 3));
    }

    @Test
    @Statement({85, 87})
    void keepsStrings() throws IOException {
        SequenceFixture fixture =
                fixture(0, "state { input_name: 'IN' output_name: 'OUT' data_type: TYPE_STRING dims: 1 }", "");
        fixture.behaviour = execution -> {
            String text = new String(execution.input("IN").orElseThrow().strings()[0], StandardCharsets.UTF_8);
            read.add(text);
            ImplicitState state = execution.states().getFirst();
            byte[] grown = (text + execution.request().header().id()).getBytes(StandardCharsets.UTF_8);
            state.write(Tensor.ofStrings(Shape.of(1), new byte[][] {grown}));
            state.update();
            SequenceFixture.answer(execution);
        };
        fixture.start("a", 1);
        fixture.next("b", 1);
        fixture.next("c", 1);
        fixture.finishAll();
        assertThat(read).containsExactly("", "a", "ab");
    }

    @Test
    @Statement(86)
    void refusesAFileThatIsTooShort() throws IOException {
        Files.createDirectory(folder.resolve("initial_state"));
        Files.write(folder.resolve("initial_state/start"), new byte[3]);
        assertThatThrownBy(() -> fixture(
                        1,
                        STATE.formatted("initial_state { name: 'i' data_type: TYPE_INT32 dims: 1 data_file: 'start' }"),
                        ""))
                .isInstanceOf(InferException.class)
                .hasMessageContaining(
                        "initial_state setting expects 4 bytes, but the data provided from start only has 3 bytes.");
    }

    @Test
    @Statement(86)
    void refusesAFileOutsideOfItsFolder() {
        assertThatThrownBy(() -> fixture(
                        1,
                        STATE.formatted(
                                "initial_state { name: 'i' data_type: TYPE_INT32 dims: 1 data_file: '../../x' }"),
                        ""))
                .isInstanceOf(InferException.class)
                .hasMessageContaining("lies outside of ");
    }

    @Test
    @Statement(87)
    void keepsTheStateUntilTheBackendUpdatesIt() {
        SequenceFixture fixture = fixture(1, STATE.formatted(""), "");
        fixture.start("a1", 1);
        fixture.finishAll();
        fixture.behaviour = execution -> {
            execution.states().getFirst().write(number(note(execution) + 100));
            SequenceFixture.answer(execution);
        };
        fixture.next("a2", 1);
        fixture.finishAll();
        fixture.behaviour = execution -> {
            execution.states().getFirst().write(number(note(execution) + 100));
            throw InferException.internal("the model is broken");
        };
        fixture.next("a3", 1);
        fixture.finishAll();
        fixture.behaviour = this::grow;
        fixture.next("a4", 1);
        fixture.next("a5", 1);
        fixture.finishAll();
        assertThat(read).containsExactly("a1=0", "a2=1", "a3=1", "a4=1", "a5=2");
        assertThat(fixture.answers).containsEntry("a3", "INTERNAL the model is broken");
    }

    @Test
    @Statement(87)
    void changesOneBufferInPlaceWithoutAnUpdate() {
        SequenceFixture fixture = fixture(1, STATE.formatted("use_same_buffer_for_input_output: true"), "");
        fixture.behaviour = execution -> {
            execution.states().getFirst().write(number(note(execution) + 1));
            SequenceFixture.answer(execution);
        };
        fixture.start("a1", 1);
        fixture.next("a2", 1);
        fixture.next("a3", 1);
        fixture.finishAll();
        assertThat(read).containsExactly("a1=0", "a2=1", "a3=2");
    }

    @Test
    @Statement(87)
    void refusesAStateOfAnotherDatatype() {
        SequenceFixture fixture = fixture(1, STATE.formatted(""), "");
        fixture.behaviour = execution -> execution
                .states()
                .getFirst()
                .write(Tensor.of(DataType.FP32, Shape.of(1, 1), Arena.ofAuto().allocate(4)));
        fixture.start("a1", 1);
        fixture.finishAll();
        assertThat(fixture.answers).containsEntry("a1", "INTERNAL state 'OUT' is INT32, but the model gave FP32");
    }

    @Test
    @Statement(88)
    void givesPaddingAStateOfItsOwn() {
        SequenceFixture fixture = fixture(2, STATE.formatted(""), "");
        fixture.start("a1", 1);
        fixture.start("b1", 2);
        fixture.finishAll();
        fixture.next("b2", 2);
        fixture.finishAll();
        fixture.next("a2", 1);
        fixture.finishAll();
        assertThat(read).containsExactly("a1=0", "-=0", "b1=0", "-=0", "b2=1", "a2=1");
    }

    @Test
    void holdsNoMemoryOfSequencesThatAreOver() {
        SequenceFixture fixture = fixture(2, STATE.formatted(""), "");
        long before = fixture.scheduler.memoryBytes();
        fixture.start("a1", 1);
        fixture.next("a2", 1);
        fixture.start("b1", 2);
        fixture.finishAll();
        assertThat(fixture.scheduler.memoryBytes()).isGreaterThan(before);
        fixture.end("a3", 1);
        fixture.start("c1", 3);
        fixture.next("c2", 3).cancel();
        fixture.finishAll();
        fixture.clock.advanceMicros(1_000_000);
        assertThat(fixture.scheduler.memoryBytes()).isEqualTo(before);
        fixture.scheduler.close();
        assertThat(fixture.scheduler.memoryBytes()).isZero();
    }
}
