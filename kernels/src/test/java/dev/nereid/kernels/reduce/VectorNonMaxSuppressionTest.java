package dev.nereid.kernels.reduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.scalar.ScalarReduce;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class VectorNonMaxSuppressionTest extends KernelTest {
    private static final int BEFORE = 3;

    private final NonMaxSuppressionKernel oracle = new ScalarReduce().nonMaxSuppression();
    private final NonMaxSuppressionKernel kernel = new VectorReduce(new ScalarReduce()).nonMaxSuppression();

    @Test
    void findsTheScoresThatTheOracleFinds() {
        for (int length : LENGTHS) {
            float[] values = randomFloats(length, length, -1f, 1f);
            for (int i = 0; i < length; i += 3) {
                values[i] = SPECIAL_FLOATS[i / 3 % SPECIAL_FLOATS.length];
            }
            MemorySegment scores = floats(values, BEFORE);
            for (float least : new float[] {-2f, -0f, 0.9f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
                MemorySegment expected = allocate(4L * length);
                MemorySegment actual = allocate(4L * length);
                int count = oracle.above(least, scores, BEFORE, length, expected);
                warmUp(() -> kernel.above(least, scores, BEFORE, length, actual));
                assertThat(kernel.above(least, scores, BEFORE, length, actual)).isEqualTo(count);
                assertThat(actual.asSlice(0, 4L * count).toArray(ValueLayout.JAVA_INT_UNALIGNED))
                        .isEqualTo(expected.asSlice(0, 4L * count).toArray(ValueLayout.JAVA_INT_UNALIGNED));
            }
        }
    }

    @Test
    void findsTheBoxesThatTheOracleFinds() {
        int capacity = 5 * LANES + 2;
        float[] values = new float[NonMaxSuppressionKernel.EDGES * capacity];
        float[] corners = randomFloats(1, 2 * capacity, 0f, 1f);
        float[] sizes = randomFloats(2, 2 * capacity, 0f, 0.1f);
        for (int box = 0; box < capacity; box++) {
            for (int axis = 0; axis < 2; axis++) {
                float begin = corners[2 * box + axis];
                values[2 * axis * capacity + box] = begin;
                values[(2 * axis + 1) * capacity + box] = begin + sizes[2 * box + axis];
            }
        }
        // Without an area, a corner in common with the next, and without end.
        values[capacity + 7] = values[7];
        values[9] = values[capacity + 8];
        values[2 * capacity + 9] = values[3 * capacity + 8];
        values[capacity + 30] = Float.POSITIVE_INFINITY;
        MemorySegment edges = floats(values, 0);
        warmUp(() -> kernel.near(edges, capacity, 0, capacity - 1));
        for (int box = 0; box < capacity; box++) {
            for (int from = 0; from <= box; from++) {
                assertThat(kernel.near(edges, capacity, from, box))
                        .describedAs("of %d from %d on", box, from)
                        .isEqualTo(oracle.near(edges, capacity, from, box));
            }
        }
    }

    @Test
    void looksAtNoBoxThatIsNotThere() {
        MemorySegment edges = allocate(4L * NonMaxSuppressionKernel.EDGES * 3);
        for (int[] range : new int[][] {{-1, 2}, {0, 3}, {2, 1}}) {
            assertThatThrownBy(() -> kernel.near(edges, 3, range[0], range[1]))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
        assertThatThrownBy(() -> kernel.near(edges, 4, 0, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> kernel.above(0, edges, 8, 12, edges)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
