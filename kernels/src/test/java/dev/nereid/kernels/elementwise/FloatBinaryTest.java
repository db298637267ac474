package dev.nereid.kernels.elementwise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.scalar.ScalarElementwise;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each function of two operands: its fast kernel against its scalar one, driven by the rows of {@link BinaryOp}. */
public class FloatBinaryTest extends KernelTest {
    private final ElementwiseKernels scalar = new ScalarElementwise();

    /** What is tested. */
    protected ElementwiseKernels kernels() {
        return new VectorElementwise(new ScalarElementwise());
    }

    static Stream<BinaryOp> functions() {
        return Arrays.stream(BinaryOp.values()).filter(op -> op.takes(DataType.FP32));
    }

    @ParameterizedTest
    @MethodSource("functions")
    void agreesWithItsOracleAtEveryLength(BinaryOp op) {
        compile(op);
        for (int length : LENGTHS) {
            agree(op, randomFloats(length, length, 0.1f, 9), randomFloats(-length, length, -9, 9), 3);
        }
    }

    @ParameterizedTest
    @MethodSource("functions")
    void agreesWithItsOracleOnSpecialValues(BinaryOp op) {
        compile(op);
        for (int shift = 0; shift < SPECIAL_FLOATS.length; shift++) {
            float[] shifted = new float[SPECIAL_FLOATS.length];
            for (int i = 0; i < shifted.length; i++) {
                shifted[i] = SPECIAL_FLOATS[(i + shift) % shifted.length];
            }
            agree(op, SPECIAL_FLOATS, shifted, 0);
        }
    }

    @ParameterizedTest
    @MethodSource("functions")
    void writesOverEitherOperand(BinaryOp op) {
        compile(op);
        BinaryKernel kernel = kernels().binary(op, DataType.FP32);
        int length = 3 * LANES + 5;
        float[] left = randomFloats(1, length, 1, 2);
        float[] right = randomFloats(2, length, 1, 2);
        MemorySegment y = floats(right, 4);
        float[] expected = run(kernel, 0, floats(left, 4), y, length, 4);
        MemorySegment x = floats(left, 4);
        kernel.both(x, 4, y, 4, x, 4, length);
        assertThat(floats(x, 4, length)).containsExactly(expected);
        kernel.both(floats(left, 4), 4, y, 4, y, 4, length);
        assertThat(floats(y, 4, length)).containsExactly(expected);
    }

    @ParameterizedTest
    @MethodSource("functions")
    void computesRowsAsOneByOne(BinaryOp op) {
        compile(op);
        BinaryKernel kernel = kernels().binary(op, DataType.FP32);
        for (int length : new int[] {1, LANES - 1, LANES, 2 * LANES + 3}) {
            for (int rows : new int[] {1, 5, 64, 131}) {
                MemorySegment many = floats(randomFloats(length, rows * length, 1, 2), 4);
                MemorySegment one = floats(randomFloats(rows, length, 1, 2), 4);
                assertThat(rows(kernel, many, 4L * length, one, 0, rows, length, true))
                        .containsExactly(rows(kernel, many, 4L * length, one, 0, rows, length, false));
                assertThat(rows(kernel, one, 0, many, 4L * length, rows, length, true))
                        .containsExactly(rows(kernel, one, 0, many, 4L * length, rows, length, false));
            }
        }
    }

    private float[] rows(
            BinaryKernel kernel,
            MemorySegment x,
            long xRow,
            MemorySegment y,
            long yRow,
            int rows,
            int length,
            boolean together) {
        MemorySegment z = allocate(4 + 4L * rows * length);
        if (together) {
            kernel.rows(x, 4, xRow, y, 4, yRow, z, 4, 4L * length, rows, length);
        } else {
            for (int row = 0; row < rows; row++) {
                kernel.both(x, 4 + row * xRow, y, 4 + row * yRow, z, 4 + 4L * row * length, length);
            }
        }
        return floats(z, 4, rows * length);
    }

    private void compile(BinaryOp op) {
        BinaryKernel kernel = kernels().binary(op, DataType.FP32);
        int length = 2 * LANES + 3;
        MemorySegment x = floats(randomFloats(1, length, 1, 2), 0);
        MemorySegment z = allocate(x.byteSize());
        warmUp(() -> {
            kernel.both(x, 0, x, 0, z, 0, length);
            kernel.leftScalar(x, 0, x, 0, z, 0, length);
            kernel.rightScalar(x, 0, x, 0, z, 0, length);
            kernel.rows(x, 0, 0, x, 0, 0, z, 0, 0, 3, length);
        });
    }

    private void agree(BinaryOp op, float[] left, float[] right, long offset) {
        if (left.length == 0) {
            return;
        }
        MemorySegment x = floats(left, offset);
        MemorySegment y = floats(right, offset);
        for (int form = 0; form < 3; form++) {
            float[] actual = run(kernels().binary(op, DataType.FP32), form, x, y, left.length, offset);
            float[] expected = run(scalar.binary(op, DataType.FP32), form, x, y, left.length, offset);
            for (int i = 0; i < left.length; i++) {
                assertThat(ulps(actual[i], expected[i]))
                        .as("%s(%s, %s), form %d, at %d of %d", op, left[i], right[i], form, i, left.length)
                        .isLessThanOrEqualTo(1);
            }
        }
    }

    /** Form 0: both sides are dense; 1: the left one is a scalar; 2: the right one is. */
    private float[] run(BinaryKernel kernel, int form, MemorySegment x, MemorySegment y, int length, long offset) {
        MemorySegment z = allocate(x.byteSize());
        switch (form) {
            case 0 -> kernel.both(x, offset, y, offset, z, offset, length);
            case 1 -> kernel.leftScalar(x, offset, y, offset, z, offset, length);
            default -> kernel.rightScalar(x, offset, y, offset, z, offset, length);
        }
        return floats(z, offset, length);
    }
}
