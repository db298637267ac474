package dev.nereid.server.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TensorTextTest {
    /** The numbers 1 and -2, then zeros. */
    private static final MemorySegment MEMORY = Arena.ofAuto().allocate(1 << 17);

    static {
        MEMORY.setAtIndex(ValueLayout.JAVA_INT, 0, 1);
        MEMORY.setAtIndex(ValueLayout.JAVA_INT, 1, -2);
    }

    private static String data(TensorText text) {
        return new String(text.data(), StandardCharsets.UTF_8);
    }

    @Test
    void showsNumbersAndShapeSeparatedByCommas() {
        TensorText text = TensorText.of(Tensor.of(DataType.INT32, Shape.of(1, 2), MEMORY.asSlice(0, 8)));
        assertThat(data(text)).isEqualTo("1,-2");
        assertThat(text.shape()).isEqualTo("1,2");
        assertThat(text.dataType()).isEqualTo("INT32");
    }

    @Test
    void showsStringsInQuotes() {
        byte[][] strings = {"a".getBytes(StandardCharsets.UTF_8), "b\"".getBytes(StandardCharsets.UTF_8)};
        TensorText text = TensorText.of(Tensor.ofStrings(Shape.of(2), strings));
        assertThat(data(text)).isEqualTo("\"a\",\"b\\\"\"");
        assertThat(text.dataType()).isEqualTo("BYTES");
    }

    @Test
    void cutsWhatIsLarge() {
        int elements = (1 << 16) + 1;
        TensorText numbers = TensorText.of(Tensor.of(DataType.INT8, Shape.of(elements), MEMORY.asSlice(16, elements)));
        assertThat(data(numbers)).hasSize(2 * elements - 3 + 4).endsWith("0,0,...");
        assertThat(numbers.shape()).isEqualTo("65537");
        TensorText strings =
                TensorText.of(Tensor.ofStrings(Shape.of(2), new byte[][] {new byte[3], new byte[2 << 20]}));
        assertThat(data(strings)).isEqualTo("\"\\u0000\\u0000\\u0000\",...");
    }

    @Test
    void showsNoDataOfWhatJsonHasNoFormFor() {
        TensorText text = TensorText.of(Tensor.of(DataType.FP16, Shape.of(1), MEMORY.asSlice(16, 2)));
        assertThat(data(text)).isEmpty();
        assertThat(text.dataType()).isEqualTo("FP16");
    }

    @Test
    void showsAnEmptyTensor() {
        TensorText text = TensorText.of(Tensor.of(DataType.FP32, Shape.of(0, 3), MEMORY.asSlice(16, 0)));
        assertThat(data(text)).isEmpty();
        assertThat(text.shape()).isEqualTo("0,3");
    }
}
