package dev.nereid.server.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClassificationTest {
    private static final List<String> LABELS = List.of("zero", "one", "", "three");

    private static Tensor floats(Shape shape, float... values) {
        MemorySegment segment = Arena.ofAuto().allocate(values.length * 4L, 64);
        MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_FLOAT, 0, values.length);
        return Tensor.of(DataType.FP32, shape, segment);
    }

    private static List<String> texts(Tensor classes) {
        return Arrays.stream(classes.strings())
                .map(text -> new String(text, StandardCharsets.UTF_8))
                .toList();
    }

    @Test
    void answersTheGreatestOfEachBatchEntry() {
        Tensor output = floats(Shape.of(2, 4), 1, 4, 3, 2, 8, 5, 6, 7);
        Tensor classes = Classification.classify(output, 2, true, LABELS);
        assertThat(classes.shape()).isEqualTo(Shape.of(2, 2));
        assertThat(texts(classes))
                .containsExactly("4.000000:1:one", "3.000000:2", "8.000000:0:zero", "7.000000:3:three");
    }

    @Test
    void takesTheWholeTensorWithoutBatching() {
        Tensor classes = Classification.classify(floats(Shape.of(2, 2), 1, 4, 3, 2), 1, false, List.of());
        assertThat(classes.shape()).isEqualTo(Shape.of(1));
        assertThat(texts(classes)).containsExactly("4.000000:1");
    }

    @Test
    void answersAllElementsWhereMoreAreAskedFor() {
        assertThat(texts(Classification.classify(floats(Shape.of(1, 2), 1, 2), Integer.MAX_VALUE, true, List.of())))
                .containsExactly("2.000000:1", "1.000000:0");
    }

    @Test
    void ordersEqualValuesByIndexAndNanLast() {
        Tensor output = floats(Shape.of(6), Float.NaN, 0f, -0f, 1, Float.POSITIVE_INFINITY, 1);
        assertThat(texts(Classification.classify(output, 6, false, List.of())))
                .containsExactly("inf:4", "1.000000:3", "1.000000:5", "0.000000:1", "-0.000000:2", "nan:0");
    }

    @Test
    void readsUnsignedIntegersAsUnsigned() {
        MemorySegment segment = Arena.ofAuto().allocate(16, 64);
        segment.set(ValueLayout.JAVA_LONG, 0, -1);
        segment.set(ValueLayout.JAVA_LONG, 8, 7);
        Tensor unsigned = Tensor.of(DataType.UINT64, Shape.of(2), segment);
        assertThat(texts(Classification.classify(unsigned, 2, false, List.of())))
                .containsExactly("18446744073709551615:0", "7:1");
        Tensor signed = Tensor.of(DataType.INT64, Shape.of(2), segment);
        assertThat(texts(Classification.classify(signed, 2, false, List.of()))).containsExactly("7:1", "-1:0");
    }

    @ParameterizedTest
    @CsvSource({
        "0.5,0.500000",
        "1e-7,0.000000",
        "-1e-9,-0.000000",
        "0.1234565,0.123456",
        "0.0000005,0.000000",
        "123456789.25,123456789.250000"
    })
    void printsFloatsAsC(double value, String text) {
        assertThat(Classification.sixDecimals(value)).isEqualTo(text);
    }

    @Test
    void refusesDatatypesWithoutOrder() {
        Tensor strings = Tensor.ofStrings(Shape.of(1), new byte[][] {{'a'}});
        assertThatThrownBy(() -> Classification.classify(strings, 1, false, List.of()))
                .isInstanceOf(InferException.class)
                .hasMessage("class result not available for output due to unsupported type 'BYTES'");
    }
}
