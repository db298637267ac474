package dev.nereid.kernels.reduce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.scalar.ScalarReduce;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The vector kernels select the elements that a heap selects, bit by bit, and find them at the same places. */
class TopKTest extends KernelTest {
    private static final int BEFORE = 3;
    private static final int OUTER = 2;

    private final ReduceKernels scalar = new ScalarReduce();
    private final ReduceKernels vector = new VectorReduce(scalar);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void selectsFromRowsOfDifferentNumbers(boolean largest) {
        for (int length : LENGTHS) {
            float[] numbers = randomFloats(length, OUTER * length, -1f, 1f);
            for (int count : new int[] {0, 1, 2, 4, 5, LANES, 40, 300, length - 1, length}) {
                agree(largest, numbers, length, 1, count);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void selectsTheFirstOfEqualNumbers(boolean largest) {
        SplittableRandom random = new SplittableRandom(7);
        for (int length : LENGTHS) {
            float[] numbers = new float[OUTER * length];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = random.nextInt(8) > 0 ? 0f : random.nextInt(-2, 3);
            }
            for (int count : new int[] {1, 3, 7, 300}) {
                agree(largest, numbers, length, 1, count);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void ordersSpecialNumbers(boolean largest) {
        int length = 6 * SPECIAL_FLOATS.length;
        float[] numbers = new float[OUTER * length];
        SplittableRandom random = new SplittableRandom(9);
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = SPECIAL_FLOATS[random.nextInt(SPECIAL_FLOATS.length)];
        }
        numbers[5] = Float.intBitsToFloat(0xffc0_0001);
        for (int count : new int[] {1, 2, 5, 20, 60, length}) {
            agree(largest, numbers, length, 1, count);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void selectsDownColumns(boolean largest) {
        SplittableRandom random = new SplittableRandom(11);
        for (int inner : new int[] {2, LANES - 1, LANES, LANES + 1, 3 * LANES + 5}) {
            for (int length : new int[] {1, 5, 84}) {
                float[] numbers = new float[OUTER * length * inner];
                for (int i = 0; i < numbers.length; i++) {
                    numbers[i] = SPECIAL_FLOATS[random.nextInt(SPECIAL_FLOATS.length)];
                }
                for (int count : new int[] {0, 1, 5, 16, 17}) {
                    agree(largest, numbers, length, inner, count);
                }
            }
        }
    }

    @Test
    void ordersIntegersBySign() {
        MemorySegment x = allocate(24);
        for (int i = 0; i < 3; i++) {
            x.set(ValueLayout.JAVA_LONG, 8L * i, new long[] {1, -1, 5}[i]);
        }
        assertThat(longs(scalar, DataType.INT64, x)).containsExactly(2, 0, 1);
        assertThat(longs(scalar, DataType.UINT64, x)).containsExactly(1, 2, 0);
    }

    private long[] longs(ReduceKernels kernels, DataType type, MemorySegment x) {
        MemorySegment indices = allocate(24);
        kernels.topK(true, type).run(x, 0, allocate(24), 0, indices, 0, 1, 3, 1, 3, allocate(1));
        return indices.asSlice(0, 24).toArray(ValueLayout.JAVA_LONG);
    }

    private void agree(boolean largest, float[] numbers, int length, int inner, int count) {
        if (count > length || count < 0) {
            return;
        }
        MemorySegment x = floats(numbers, BEFORE);
        assertThat(selected(vector.topK(largest, DataType.FP32), x, length, inner, count, true))
                .as("%d of %d by %d", count, length, inner)
                .isEqualTo(selected(scalar.topK(largest, DataType.FP32), x, length, inner, count, false));
    }

    /** The elements and then the indices, as bytes. */
    private byte[] selected(TopKKernel kernel, MemorySegment x, int length, int inner, int count, boolean warm) {
        long results = (long) OUTER * count * inner;
        MemorySegment y = allocate(12 * results + BEFORE + 1);
        long indices = 4 * results + BEFORE;
        MemorySegment scratch = allocate(Math.max(1, kernel.scratchBytes(length, count)));
        Runnable run = () -> kernel.run(x, BEFORE, y, BEFORE, y, indices, OUTER, length, inner, count, scratch);
        if (warm && length < 1000) {
            warmUp(run);
        }
        run.run();
        return y.toArray(ValueLayout.JAVA_BYTE);
    }
}
