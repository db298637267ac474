package dev.nereid.kernels.reduce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.scalar.ScalarReduce;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HardmaxRowsTest extends KernelTest {
    private static final int ROWS = 19;

    private static final float[] SIMILAR = {
        Float.NEGATIVE_INFINITY, Float.NaN, -0f, 0f, 1, Float.POSITIVE_INFINITY, -Float.MAX_VALUE
    };

    private final ReduceKernels oracle = new ScalarReduce();
    private final RowKernel expected = oracle.row(RowOp.HARDMAX, DataType.FP32);
    private final RowKernel kernel = new VectorReduce(oracle).row(RowOp.HARDMAX, DataType.FP32);

    /** Rows of few different numbers, among them some that are none: each row alike from one of these on. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 15, 16, 17, 24, 31, 32, 33, 47, 63, 64, 65, 128, 207, 1000})
    void findsTheFirstOfTheGreatest(int length) {
        SplittableRandom random = new SplittableRandom(length);
        MemorySegment x = allocate(4 + 4L * ROWS * length);
        for (int i = 0; i < ROWS * length; i++) {
            int kinds = 1 + i / length % SIMILAR.length;
            x.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 + 4L * i, SIMILAR[random.nextInt(kinds)]);
        }
        agree(x, ROWS, length, 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 11, 16, 40, 256})
    void findsTheGreatestOfManyNumbers(int length) {
        MemorySegment x = allocate(4 + 4L * ROWS * length);
        float[] numbers = randomFloats(length, ROWS * length, -10, 10);
        MemorySegment.copy(numbers, 0, x, ValueLayout.JAVA_FLOAT_UNALIGNED, 4, numbers.length);
        agree(x, ROWS, length, 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 8, 17})
    void goesDownColumns(int columns) {
        MemorySegment x = allocate(4 + 4L * 3 * 5 * columns);
        float[] numbers = randomFloats(columns, 3 * 5 * columns, -10, 10);
        MemorySegment.copy(numbers, 0, x, ValueLayout.JAVA_FLOAT_UNALIGNED, 4, numbers.length);
        agree(x, 3, 5, columns);
    }

    private void agree(MemorySegment x, int outer, int length, int inner) {
        MemorySegment theirs = allocate(x.byteSize());
        MemorySegment ours = allocate(x.byteSize());
        expected.run(x, 4, theirs, 4, outer, length, inner);
        warmUp(() -> kernel.run(x, 4, ours, 4, outer, length, inner));
        kernel.run(x, 4, ours, 4, outer, length, inner);
        assertThat(ours.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(theirs.toArray(ValueLayout.JAVA_BYTE));
        kernel.run(x, 4, x, 4, outer, length, inner);
        assertThat(x.asSlice(4).toArray(ValueLayout.JAVA_BYTE))
                .isEqualTo(theirs.asSlice(4).toArray(ValueLayout.JAVA_BYTE));
    }
}
