package dev.nereid.kernels.elementwise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.scalar.ScalarElementwise;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Kernels that make booleans or read them, beside the oracle. */
class BooleansTest extends KernelTest {
    private final ElementwiseKernels oracle = new ScalarElementwise();
    private final ElementwiseKernels vector = new VectorElementwise(oracle);

    @ParameterizedTest
    @EnumSource(CompareOp.class)
    void comparesFloatsAsTheOracleDoes(CompareOp op) {
        BinaryKernel expected = oracle.compare(op, DataType.FP32);
        BinaryKernel kernel = vector.compare(op, DataType.FP32);
        for (int length : LENGTHS) {
            MemorySegment x = smallFloats(1, length);
            MemorySegment y = smallFloats(2, length);
            agree(expected, kernel, x, y, length);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = BinaryOp.class,
            names = {"BITWISE_AND", "BITWISE_OR", "BITWISE_XOR"})
    void combinesBytesAsTheOracleDoes(BinaryOp op) {
        BinaryKernel expected = oracle.binary(op, DataType.UINT8);
        BinaryKernel kernel = vector.binary(op, DataType.UINT8);
        for (int length : LENGTHS) {
            agree(expected, kernel, bytes(1, length, 256), bytes(2, length, 256), length);
        }
    }

    private void agree(BinaryKernel expected, BinaryKernel kernel, MemorySegment x, MemorySegment y, int length) {
        MemorySegment theirs = allocate(3L * length + 1);
        MemorySegment ours = allocate(3L * length + 1);
        expected.both(x, 4, y, 4, theirs, 1, length);
        expected.leftScalar(x, 4, y, 4, theirs, 1 + length, length);
        expected.rightScalar(x, 4, y, 4, theirs, 1 + 2L * length, length);
        warmUp(() -> kernel.both(x, 4, y, 4, ours, 1, length));
        warmUp(() -> kernel.leftScalar(x, 4, y, 4, ours, 1 + length, length));
        warmUp(() -> kernel.rightScalar(x, 4, y, 4, ours, 1 + 2L * length, length));
        kernel.both(x, 4, y, 4, ours, 1, length);
        kernel.leftScalar(x, 4, y, 4, ours, 1 + length, length);
        kernel.rightScalar(x, 4, y, 4, ours, 1 + 2L * length, length);
        assertThat(ours.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(theirs.toArray(ValueLayout.JAVA_BYTE));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void invertsAndSelectsAsTheOracleDoes(int repeated) {
        UnaryKernel not = vector.unary(UnaryOp.NOT, DataType.BOOL);
        WhereKernel where = vector.where(4);
        int xStep = repeated == 1 ? 0 : 1;
        int yStep = repeated == 2 ? 0 : 1;
        for (int length : LENGTHS) {
            MemorySegment condition = bytes(5, length, 2);
            MemorySegment x = smallFloats(1, length);
            MemorySegment y = smallFloats(2, length);
            MemorySegment theirs = allocate(5L * length);
            MemorySegment ours = allocate(5L * length);
            oracle.where(4).run(condition, 4, 1, x, 4, xStep, y, 4, yStep, theirs, 0, length);
            oracle.unary(UnaryOp.NOT, DataType.BOOL).run(condition, 4, theirs, 4L * length, length);
            warmUp(() -> where.run(condition, 4, 1, x, 4, xStep, y, 4, yStep, ours, 0, length));
            warmUp(() -> not.run(condition, 4, ours, 4L * length, length));
            where.run(condition, 4, 1, x, 4, xStep, y, 4, yStep, ours, 0, length);
            not.run(condition, 4, ours, 4L * length, length);
            assertThat(ours.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(theirs.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    private MemorySegment bytes(long seed, int length, int bound) {
        SplittableRandom random = new SplittableRandom(seed);
        MemorySegment memory = allocate(5L + length);
        for (int i = 0; i < length; i++) {
            memory.set(ValueLayout.JAVA_BYTE, 4L + i, (byte) random.nextInt(bound));
        }
        return memory;
    }

    /** Few different numbers, so that many are equal, and some that are none. */
    private MemorySegment smallFloats(long seed, int length) {
        SplittableRandom random = new SplittableRandom(seed);
        MemorySegment memory = allocate(8 + 4L * length);
        for (int i = 0; i < length; i++) {
            int number = random.nextInt(-2, 4);
            memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 + 4L * i, number == 3 ? Float.NaN : number);
        }
        return memory;
    }
}
