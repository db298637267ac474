package dev.nereid.models.operators.elementwise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.scalar.ScalarElementwise;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StringCastTest {
    private final ElementwiseKernels kernels = new ScalarElementwise();

    @AutoClose
    private final Arena arena = Arena.ofShared();

    @ParameterizedTest
    @CsvSource({
        "3.14, 3.14",
        "' -1e3 ', -1000",
        "INF, Infinity",
        "-inf, -Infinity",
        "+INF, Infinity",
        "NaN, NaN",
        "1E-3, 0.001"
    })
    void parsesRealNumbers(String text, double expected) {
        MemorySegment memory = parse(text, DataType.FP64);
        assertThat(memory.get(ValueLayout.JAVA_DOUBLE, 0)).isEqualTo(Double.valueOf(expected));
    }

    @Test
    void parsesIntegersExactly() {
        assertThat(parse("9223372036854775807", DataType.INT64).get(ValueLayout.JAVA_LONG, 0))
                .isEqualTo(Long.MAX_VALUE);
        assertThat(parse("-7.9", DataType.INT64).get(ValueLayout.JAVA_LONG, 0)).isEqualTo(-7);
        assertThat(parse("18446744073709551615", DataType.UINT64).get(ValueLayout.JAVA_LONG, 0))
                .isEqualTo(-1);
    }

    @Test
    void refusesWhatIsNotANumber() {
        assertThatThrownBy(() -> parse("twelve", DataType.FP32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("'twelve' is not a number");
    }

    @ParameterizedTest
    @CsvSource({
        "FP32, 0.1, 0.1",
        "FP32, 100000, 100000",
        "FP32, 16777216, 16777216",
        "FP32, 1e8, 1e+08",
        "FP32, 2.5, 2.5",
        "FP64, 1e16, 10000000000000000",
        "FP64, 1e17, 1e+17",
        "FP32, 1e20, 1e+20",
        "FP32, -1.5e-7, -1.5e-07",
        "FP64, 0.30000000000000004, 0.30000000000000004",
        "FP16, 0.1, 0.1",
        "BF16, 3.140625, 3.14",
        "FP32, NaN, NaN",
        "FP32, -Infinity, -INF",
        "FP32, 0, 0",
        "FP32, -0.0, -0",
        "INT32, -12, -12",
        "UINT64, 1.8446744073709550e19, 18446744073709549568",
        "BOOL, 1, 1",
        "BOOL, 0, 0"
    })
    void formatsNumbers(DataType type, double number, String expected) {
        MemorySegment memory = arena.allocate(8, 8);
        MemorySegment wide = arena.allocate(8, 8);
        wide.set(ValueLayout.JAVA_DOUBLE, 0, number);
        kernels.cast(DataType.FP64, type, CastRule.DEFAULT).run(wide, 0, memory, 0, 1);
        Tensor strings = Tensor.ofStrings(Shape.SCALAR, new byte[1][]);
        StringFormatter.of(kernels, type).run(Tensor.of(type, Shape.SCALAR, memory), strings, arena.allocate(8, 8));
        assertThat(new String(strings.strings()[0], StandardCharsets.UTF_8)).isEqualTo(expected);
    }

    private MemorySegment parse(String text, DataType type) {
        MemorySegment memory = arena.allocate(8, 8);
        Tensor strings = Tensor.ofStrings(Shape.SCALAR, new byte[][] {text.getBytes(StandardCharsets.UTF_8)});
        StringParser.of(kernels, type, CastRule.DEFAULT)
                .run(strings, Tensor.of(type, Shape.SCALAR, memory), arena.allocate(8, 8));
        return memory;
    }
}
