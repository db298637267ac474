package dev.nereid.server.schedule.sequence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.statement.Statement;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a model is told of a request's place in its sequence. */
class ControlTensorsTest {
    private final Map<String, String> seen = new LinkedHashMap<>();

    private SequenceFixture fixture(int maxBatchSize, String batching) {
        SequenceFixture fixture = new SequenceFixture(1, maxBatchSize, batching);
        fixture.behaviour = execution -> {
            String id = execution.request().header().id();
            seen.put(
                    id.isEmpty() ? "-" : id,
                    String.join(
                            " ",
                            Stream.of("START", "END", "READY", "CORRID")
                                    .flatMap(name -> execution.input(name).map(ControlTensorsTest::text).stream())
                                    .toList()));
            assertThat(execution.isAdded("X")).isFalse();
            assertThat(execution.isAdded("START"))
                    .isEqualTo(execution.input("START").isPresent());
            SequenceFixture.answer(execution);
        };
        return fixture;
    }

    private static String text(Tensor tensor) {
        return switch (tensor.dataType()) {
            case INT32, UINT32 -> Integer.toUnsignedString(tensor.segment().get(ValueLayout.JAVA_INT, 0));
            case FP32 -> Float.toString(tensor.segment().get(ValueLayout.JAVA_FLOAT, 0));
            case BOOL -> Byte.toString(tensor.segment().get(ValueLayout.JAVA_BYTE, 0));
            case UINT64, INT64 -> Long.toUnsignedString(tensor.segment().get(ValueLayout.JAVA_LONG, 0));
            case STRING -> new String(tensor.strings()[0], StandardCharsets.UTF_8);
            default -> throw new IllegalArgumentException(tensor.dataType().toString());
        };
    }

    @Test
    @Statement({64, 70, 71})
    void tellsWhereInItsSequenceARequestStands() {
        SequenceFixture fixture = fixture(1, SequenceFixture.FLAGS);
        fixture.start("first", 1);
        fixture.next("middle", 1);
        fixture.end("last", 1);
        fixture.request("only").of(2).start().end().submit();
        fixture.finishAll();
        // START is 0 or 1, END -1 or 1, READY false or true, each in the type of its list.
        assertThat(seen)
                .containsEntry("first", "1 -1.0 1")
                .containsEntry("middle", "0 -1.0 1")
                .containsEntry("last", "0 1.0 1")
                .containsEntry("only", "1 1.0 1");
    }

    @Test
    @Statement(71)
    void tellsThatPaddingIsNotReady() {
        SequenceFixture fixture = fixture(
                2,
                SequenceFixture.FLAGS + "control_input { name: 'CORRID' control { kind: CONTROL_SEQUENCE_CORRID "
                        + "data_type: TYPE_UINT64 } }");
        fixture.start("a", 1);
        fixture.start("b", 12);
        fixture.finishAll();
        assertThat(seen).containsEntry("-", "0 -1.0 0 0").containsEntry("b", "1 -1.0 1 12");
    }

    @ParameterizedTest
    @CsvSource({"0, [1]", "1, '[1,1]'"})
    @Statement(70)
    void hasOneElementOfTheModelsRank(int maxBatchSize, String shape) {
        SequenceFixture fixture = new SequenceFixture(1, maxBatchSize, SequenceFixture.FLAGS);
        fixture.behaviour = execution -> {
            for (String name : List.of("START", "END", "READY")) {
                assertThat(execution.input(name).orElseThrow().shape().toString())
                        .isEqualTo(shape);
            }
            SequenceFixture.answer(execution);
        };
        fixture.start("a", 1);
        fixture.finishAll();
        assertThat(fixture.answers).containsEntry("a", "ok");
    }

    @ParameterizedTest
    @CsvSource({
        "UINT64, 18446744073709551614",
        "INT64, 18446744073709551614",
        "UINT32, 4294967294",
        "INT32, 4294967294",
    })
    @Statement(67)
    void givesANumberInTheTypeThatTheModelWants(DataType type, String expected) {
        SequenceFixture fixture = fixture(1, corrid(type));
        fixture.start("a", -2);
        fixture.finishAll();
        assertThat(seen).containsEntry("a", expected);
    }

    @Test
    @Statement({67, 73})
    void givesAStringAsAnElement() {
        SequenceFixture fixture = fixture(1, corrid(DataType.STRING));
        fixture.request("a").of("chat-é").start().submit();
        fixture.finishAll();
        assertThat(seen).containsEntry("a", "chat-é");
    }

    @Test
    @Statement(67)
    void refusesAnIdOfTheOtherType() {
        SequenceFixture strings = fixture(1, corrid(DataType.STRING));
        strings.start("a", 5);
        assertThat(strings.answers)
                .containsEntry(
                        "a",
                        "INVALID_ARG [request id: a] sequence batching control 'CORRID' data-type is 'UINT64', but "
                                + "model 'm' expects 'BYTES'");
        SequenceFixture numbers = fixture(1, corrid(DataType.INT32));
        numbers.request("b").of("five").submit();
        assertThat(numbers.answers)
                .containsEntry(
                        "b",
                        "INVALID_ARG [request id: b] sequence batching control 'CORRID' data-type is 'BYTES', but "
                                + "model 'm' expects 'INT32'");
    }

    @Test
    @Statement(70)
    void addsNothingThatTheConfigDoesNotAskFor() {
        SequenceFixture fixture = fixture(1, "");
        fixture.start("a", 1);
        fixture.finishAll();
        assertThat(seen).containsEntry("a", "");
    }

    private static String corrid(DataType type) {
        return "control_input { name: 'CORRID' control { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_" + type
                + " } }";
    }
}
