package dev.nereid.kernels.layout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelTest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Pieces of rows, word by word, from rows in any order and from odd addresses. */
class RepeatedWordsTest extends KernelTest {
    private static final int WIDTH = RepeatedWords.LANES;
    private static final int ROWS = 5;
    private static final int X_WORDS = 100;
    private static final int ODD = 3;

    /** Three places of x's rows in front of those that are meant. */
    private static final int FIRST = 3;

    private final Random random = new Random(7);
    private final int[] x = random.ints(ROWS * X_WORDS).toArray();
    private final long[] starts =
            random.longs(FIRST + ROWS, 0, ROWS).map(row -> row * X_WORDS).toArray();

    @Test
    void neighboursAreCopiedAndNothingElseIsWritten() {
        for (int words : new int[] {WIDTH, WIDTH + 1, 2 * WIDTH - 1, 2 * WIDTH, 3 * WIDTH + 5, 77}) {
            int stride = words + 2;
            MemorySegment y = odd(new int[ROWS * stride]);
            int[] expected = new int[ROWS * stride];
            for (int row = 0; row < ROWS; row++) {
                System.arraycopy(x, (int) starts[FIRST + row] + 1, expected, row * stride, words);
            }
            MemorySegment from = odd(x);
            Runnable run = () -> RepeatedWords.copy(
                    ROWS, words, from.address() + Integer.BYTES, starts, FIRST, y.address(), 4L * stride);
            warmUp(run);
            run.run();
            assertThat(y.toArray(ValueLayout.JAVA_INT_UNALIGNED)).isEqualTo(expected);
        }
    }

    @Test
    void vectorsAreMadeOfAnyWordsOfOne() {
        int stride = WIDTH + 1;
        for (int from : new int[] {0, WIDTH}) {
            int[] lanes = random.ints(2L * WIDTH, 0, WIDTH).toArray();
            MemorySegment y = odd(new int[ROWS * stride]);
            int[] expected = new int[ROWS * stride];
            for (int row = 0; row < ROWS; row++) {
                for (int lane = 0; lane < WIDTH; lane++) {
                    expected[row * stride + lane] = x[(int) starts[FIRST + row] + lanes[from + lane]];
                }
            }
            MemorySegment source = odd(x);
            Runnable run = () ->
                    RepeatedWords.select(ROWS, lanes, from, source.address(), starts, FIRST, y.address(), 4L * stride);
            warmUp(run);
            run.run();
            assertThat(y.toArray(ValueLayout.JAVA_INT_UNALIGNED)).isEqualTo(expected);
        }
    }

    private MemorySegment odd(int[] values) {
        MemorySegment segment = allocate(4L * values.length + ODD).asSlice(ODD, 4L * values.length);
        MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_INT_UNALIGNED, 0, values.length);
        return segment;
    }
}
