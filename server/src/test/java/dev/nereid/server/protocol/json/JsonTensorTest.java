package dev.nereid.server.protocol.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTensorTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1|[]",
                "true|[]",
                "[]|[0]",
                "[1]|[1]",
                "[1, 2.5,3]|[3]",
                "[[1,2],[3,4],[5,6]]|[3,2]",
                "[ [ [ ] , [ ] ] ]|[1,2,0]",
                "[\"a\",\"]\"]|[2]",
                "[[[[1]]]]|[1,1,1,1]"
            })
    void shapeIsThatOfTheLists(String json, String shape) {
        assertThat(JsonTensor.shape(parse(json))).hasToString(shape);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[[1],[2,3]]",
                "[1,[2]]",
                "[[1],2]",
                "[[1,2],[3],[4,5,6]]",
                "[[],[1]]",
                "[[[]],[]]",
                "[[],1]",
                "[{\"a\":1}]",
                "[[1,{}]]"
            })
    void listsOfDifferentLengthsAndObjectsAreRefused(String json) {
        assertThatThrownBy(() -> JsonTensor.shape(parse(json)))
                .isInstanceOf(InferException.class)
                .hasMessageStartingWith("expected");
    }

    @Test
    void deepListsAreRefused() {
        assertThat(JsonTensor.shape(parse("[".repeat(32) + "]".repeat(32))).rank())
                .isEqualTo(32);
        assertThatThrownBy(() -> JsonTensor.shape(parse("[".repeat(33) + "]".repeat(33))))
                .hasMessage("expected lists in at most 32 lists, got more");
    }

    /** Documents of more than a kilobyte have their numbers read while they are checked. */
    @ParameterizedTest
    @ValueSource(ints = {3, 1000})
    void numbersAreReadInTheirOrder(int rows) {
        String json = IntStream.range(0, rows)
                .mapToObj(i -> "[" + i + "," + i + ".5]")
                .collect(Collectors.joining(", ", "[", "]"));
        JsonValue value = parse(json);
        Shape shape = JsonTensor.shape(value);
        MemorySegment target = MemorySegment.ofBuffer(ByteBuffer.allocateDirect(rows * 2 * Float.BYTES));

        Tensor tensor = JsonTensor.read(value, DataType.FP32, shape, target);

        assertThat(shape).isEqualTo(Shape.of(rows, 2));
        for (int i = 0; i < rows; i++) {
            assertThat(tensor.segment().getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, 2L * i))
                    .isEqualTo(i);
            assertThat(tensor.segment().getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, 2L * i + 1))
                    .isEqualTo(i + 0.5f);
        }
    }

    @Test
    void longListsOfDifferentLengthsAreRefused() {
        String row = IntStream.range(0, 400).mapToObj(Integer::toString).collect(Collectors.joining(",", "[", "]"));
        String shorter = IntStream.range(0, 399).mapToObj(Integer::toString).collect(Collectors.joining(",", "[", "]"));

        assertThat(JsonTensor.shape(parse("[" + row + "," + row + "]"))).isEqualTo(Shape.of(2, 400));
        assertThatThrownBy(() -> JsonTensor.shape(parse("[" + row + "," + shorter + "]")))
                .hasMessage("expected lists of equal lengths at depth 1, got lists of 400 and of 399");
    }

    @Test
    void elementsOfAnotherDatatypeAreRefused() {
        JsonValue value = parse("[1.5]");
        MemorySegment target = MemorySegment.ofBuffer(ByteBuffer.allocateDirect(8));

        assertThatThrownBy(() -> JsonTensor.read(value, DataType.INT64, Shape.of(1), target))
                .isInstanceOf(InferException.class)
                .hasMessageStartingWith("expected elements of datatype INT64: ");
    }

    @Test
    void stringsAreRead() {
        JsonValue value = parse("[[\"a\"],[\"b\\n\"]]");

        Tensor tensor = JsonTensor.read(value, DataType.STRING, JsonTensor.shape(value), MemorySegment.NULL);

        assertThat(tensor.shape()).isEqualTo(Shape.of(2, 1));
        assertThat(tensor.strings()).isDeepEqualTo(new byte[][] {{'a'}, {'b', '\n'}});
    }

    private static JsonValue parse(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return JsonValue.parse(bytes, 0, bytes.length);
    }
}
