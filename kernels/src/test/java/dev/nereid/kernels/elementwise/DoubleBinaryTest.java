package dev.nereid.kernels.elementwise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.scalar.ScalarElementwise;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Arithmetic of doubles by vectors has the bits of the plain loops. */
class DoubleBinaryTest extends KernelTest {
    private static final double[] SPECIAL = {
        0,
        -0d,
        1,
        -3.5,
        Double.MIN_VALUE,
        Double.MIN_NORMAL,
        Double.MAX_VALUE,
        -Double.MAX_VALUE,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.NaN
    };

    private final ElementwiseKernels scalar = new ScalarElementwise();
    private final ElementwiseKernels vector = new VectorElementwise(scalar);

    private MemorySegment random(long seed, int length) {
        return of(new Random(seed).doubles(length, -9, 9).toArray());
    }

    private MemorySegment of(double[] values) {
        MemorySegment segment = allocate(8L * values.length);
        MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_DOUBLE, 0, values.length);
        return segment;
    }

    @ParameterizedTest
    @EnumSource(
            value = BinaryOp.class,
            names = {"ADD", "SUB", "MUL", "DIV"})
    void everyFormAgreesWithTheOracle(BinaryOp op) {
        BinaryKernel ours = vector.binary(op, DataType.FP64);
        BinaryKernel theirs = scalar.binary(op, DataType.FP64);
        MemorySegment some = random(1, 20);
        MemorySegment spare = allocate(some.byteSize());
        warmUp(() -> {
            ours.both(some, 0, some, 0, spare, 0, 19);
            ours.leftScalar(some, 0, some, 0, spare, 0, 19);
            ours.rightScalar(some, 0, some, 0, spare, 0, 19);
            ours.rows(some, 0, 0, some, 0, 0, spare, 0, 0, 3, 19);
        });
        for (int length : LENGTHS) {
            if (length > 0) {
                agree(ours, theirs, random(length, length), random(-length, length), length);
            }
        }
        for (double first : SPECIAL) {
            double[] repeated = new double[SPECIAL.length];
            Arrays.fill(repeated, first);
            agree(ours, theirs, of(SPECIAL), of(repeated), SPECIAL.length);
        }
    }

    private void agree(BinaryKernel ours, BinaryKernel theirs, MemorySegment x, MemorySegment y, int length) {
        MemorySegment actual = allocate(8L * length);
        MemorySegment expected = allocate(8L * length);
        ours.both(x, 0, y, 0, actual, 0, length);
        theirs.both(x, 0, y, 0, expected, 0, length);
        assertSame(actual, expected);
        ours.leftScalar(x, 0, y, 0, actual, 0, length);
        theirs.leftScalar(x, 0, y, 0, expected, 0, length);
        assertSame(actual, expected);
        ours.rightScalar(x, 0, y, 0, actual, 0, length);
        theirs.rightScalar(x, 0, y, 0, expected, 0, length);
        assertSame(actual, expected);
        theirs.both(x, 0, y, 0, expected, 0, length);
        ours.both(x, 0, y, 0, x, 0, length);
        assertSame(x, expected);
    }

    @ParameterizedTest
    @EnumSource(
            value = BinaryOp.class,
            names = {"ADD", "SUB", "MUL", "DIV"})
    void rowsAreComputedAsOneByOne(BinaryOp op) {
        BinaryKernel ours = vector.binary(op, DataType.FP64);
        BinaryKernel theirs = scalar.binary(op, DataType.FP64);
        for (int length : new int[] {1, 7, 8, 10, 30}) {
            for (int rows : new int[] {1, 5, 64, 131}) {
                MemorySegment many = random(length, rows * length);
                MemorySegment one = random(rows, length);
                MemorySegment actual = allocate(many.byteSize());
                MemorySegment expected = allocate(many.byteSize());
                long row = 8L * length;
                ours.rows(many, 0, row, one, 0, 0, actual, 0, row, rows, length);
                theirs.rows(many, 0, row, one, 0, 0, expected, 0, row, rows, length);
                assertSame(actual, expected);
                ours.rows(one, 0, 0, many, 0, row, actual, 0, row, rows, length);
                theirs.rows(one, 0, 0, many, 0, row, expected, 0, row, rows, length);
                assertSame(actual, expected);
            }
        }
    }

    private static void assertSame(MemorySegment actual, MemorySegment expected) {
        assertThat(actual.toArray(ValueLayout.JAVA_DOUBLE)).containsExactly(expected.toArray(ValueLayout.JAVA_DOUBLE));
    }
}
