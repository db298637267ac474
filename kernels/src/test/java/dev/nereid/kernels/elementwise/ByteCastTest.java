package dev.nereid.kernels.elementwise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.scalar.ScalarElementwise;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ByteCastTest extends KernelTest {
    private static final int BEFORE = 3;

    private final ElementwiseKernels scalar = new ScalarElementwise();
    private final ElementwiseKernels vector = new VectorElementwise(scalar);

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"UINT8", "INT8", "BOOL"})
    void everyByteBecomesTheFloatOfTheOracle(DataType type) {
        UnaryKernel oracle = scalar.cast(type, DataType.FP32, CastRule.DEFAULT);
        UnaryKernel kernel = vector.cast(type, DataType.FP32, CastRule.DEFAULT);
        for (int length : LENGTHS) {
            MemorySegment x = allocate(length + BEFORE);
            for (int i = 0; i < length; i++) {
                x.set(ValueLayout.JAVA_BYTE, BEFORE + i, (byte) (7 * i));
            }
            MemorySegment expected = allocate(4L * length + BEFORE);
            MemorySegment actual = allocate(4L * length + BEFORE);
            oracle.run(x, BEFORE, expected, BEFORE, length, 0, 0);
            warmUp(() -> kernel.run(x, BEFORE, actual, BEFORE, length, 0, 0));
            kernel.run(x, BEFORE, actual, BEFORE, length, 0, 0);
            assertThat(floats(actual, BEFORE, length)).isEqualTo(floats(expected, BEFORE, length));
        }
    }

    @Test
    void everyFloatButZeroHolds() {
        agree(
                scalar.cast(DataType.FP32, DataType.BOOL, CastRule.DEFAULT),
                vector.cast(DataType.FP32, DataType.BOOL, CastRule.DEFAULT));
    }

    @ParameterizedTest
    @EnumSource(PredicateOp.class)
    void floatsHaveThePropertiesThatTheOracleSees(PredicateOp op) {
        agree(scalar.test(op, DataType.FP32), vector.test(op, DataType.FP32));
    }

    private void agree(UnaryKernel oracle, UnaryKernel kernel) {
        for (int length : LENGTHS) {
            float[] values = randomFloats(length, length, -1f, 1f);
            for (int i = 0; i < length; i += 2) {
                values[i] = SPECIAL_FLOATS[i / 2 % SPECIAL_FLOATS.length];
            }
            MemorySegment x = floats(values, BEFORE);
            MemorySegment expected = allocate(length + BEFORE);
            MemorySegment actual = allocate(length + BEFORE);
            oracle.run(x, BEFORE, expected, BEFORE, length, 1, 0);
            warmUp(() -> kernel.run(x, BEFORE, actual, BEFORE, length, 1, 0));
            kernel.run(x, BEFORE, actual, BEFORE, length, 1, 0);
            assertThat(actual.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected.toArray(ValueLayout.JAVA_BYTE));
        }
    }
}
