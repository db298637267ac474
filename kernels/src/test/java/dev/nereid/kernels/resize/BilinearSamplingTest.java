package dev.nereid.kernels.resize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarResize;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BilinearSamplingTest extends KernelTest {
    private final ResizeKernels scalar = new ScalarResize();
    private final ResizeKernels vector = new VectorResize();

    /** Runs its tasks last to first: their order must not matter. */
    private enum Backwards implements Workers {
        THREE;

        @Override
        public int count() {
            return 3;
        }

        @Override
        public void run(int tasks, Task task) {
            for (int i = tasks - 1; i >= 0; i--) {
                task.run(i);
            }
        }
    }

    @Test
    void samplesAsTheOracleDoesToTheLastBit() {
        for (int channels : new int[] {0, 1, 3, 4, 5, LANES - 1, LANES, LANES + 1, 61}) {
            for (int cells : new int[] {1, 35, 400}) {
                for (int count : new int[] {0, 1, 63, 64, 65, 2500}) {
                    agree(channels, cells, count);
                }
            }
        }
    }

    private void agree(int channels, int cells, int count) {
        SamplePoints points = points(cells, count);
        float[] numbers = randomFloats(channels, channels * cells, -1f, 1f);
        if (numbers.length > 0) {
            numbers[0] = Float.POSITIVE_INFINITY;
        }
        MemorySegment x = floats(numbers, 0);
        MemorySegment expected = allocate(4L * channels * count + 1);
        MemorySegment actual = allocate(4L * channels * count + 1);
        scalar.sample(points, channels, cells, x, expected, allocate(1), Workers.single());
        MemorySegment scratch = allocate(vector.sampleScratchBytes(channels, cells, 3));
        Runnable run = () -> vector.sample(points, channels, cells, x, actual, scratch, Backwards.THREE);
        if (count < 100) {
            warmUp(run);
        }
        run.run();
        assertThat(floats(actual, 0, channels * count))
                .as("%d channels, %d cells, %d points", channels, cells, count)
                .isEqualTo(floats(expected, 0, channels * count));
    }

    @Test
    void sumsCellsAsTheOracleDoesToTheLastBit() {
        SplittableRandom random = new SplittableRandom(11);
        for (int channels : new int[] {0, 1, LANES - 1, LANES, LANES + 1, 4 * LANES, 9 * LANES + 3}) {
            for (int taps : new int[] {0, 1, 4, 17}) {
                int points = 5;
                int cells = 9;
                int[] numbers = random.ints((long) points * taps + 1, 0, cells).toArray();
                WeightedSamples sums =
                        new WeightedSamples(points, taps, numbers, randomFloats(taps, points * taps, -1f, 1f));
                float[] values = randomFloats(channels, channels * cells, -1f, 1f);
                if (channels > 0) {
                    values[0] = Float.NaN;
                    values[channels] = Float.NEGATIVE_INFINITY;
                }
                MemorySegment x = floats(values, 0);
                MemorySegment expected = allocate(4L * channels * points + 1);
                MemorySegment actual = allocate(4L * channels * points + 1);
                scalar.sumCells(sums, channels, x, expected);
                warmUp(() -> vector.sumCells(sums, channels, x, actual));
                vector.sumCells(sums, channels, x, actual);
                assertThat(floats(actual, 0, channels * points))
                        .as("%d channels, %d taps", channels, taps)
                        .isEqualTo(floats(expected, 0, channels * points));
            }
        }
    }

    @Test
    void sumsNoCellsThatAreNotThere() {
        MemorySegment x = allocate(4 * 3 * 2);
        for (int cell : new int[] {-1, 3, Integer.MAX_VALUE}) {
            WeightedSamples sums = new WeightedSamples(1, 2, new int[] {0, cell}, new float[2]);
            assertThatThrownBy(() -> vector.sumCells(sums, 2, x, x)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void findsTheCellsThatTheOracleFinds() {
        float[] far = {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1e30f, -1e30f, -0f, -1f, 3f, 4f, 5f, 6f, 2.5f};
        for (int count : LENGTHS) {
            float[] rows = randomFloats(1, count, -3f, 8f);
            float[] columns = randomFloats(2, count, -3f, 8f);
            for (int i = 0; i < count; i += 5) {
                rows[i] = far[i % far.length];
                columns[count - 1 - i] = far[i % far.length];
            }
            for (boolean goesOn : new boolean[] {false, true}) {
                findNeighbours(count, goesOn, floats(rows, 0), floats(columns, 0), Optional.empty());
                Optional<MemorySegment> factors = Optional.of(floats(randomFloats(3, count, 0f, 2f), 0));
                findNeighbours(count, goesOn, floats(rows, 0), floats(columns, 0), factors);
            }
        }
    }

    private void findNeighbours(
            int count, boolean goesOn, MemorySegment rows, MemorySegment columns, Optional<MemorySegment> factors) {
        SamplePoints expected = new SamplePoints(allocate(16L * count + 1), allocate(16L * count + 1), count);
        SamplePoints actual = new SamplePoints(allocate(16L * count + 1), allocate(16L * count + 1), count);
        scalar.findNeighbours(expected, 5, 7, goesOn, rows, columns, factors);
        Runnable run = () -> vector.findNeighbours(actual, 5, 7, goesOn, rows, columns, factors);
        if (count < 100) {
            warmUp(run);
        }
        run.run();
        assertThat(actual.cells().toArray(ValueLayout.JAVA_BYTE))
                .isEqualTo(expected.cells().toArray(ValueLayout.JAVA_BYTE));
        assertThat(floats(actual.weights(), 0, 4 * count)).isEqualTo(floats(expected.weights(), 0, 4 * count));
    }

    private SamplePoints points(int cells, int count) {
        SplittableRandom random = new SplittableRandom(count);
        MemorySegment numbers = allocate(16L * count + 1);
        for (int tap = 0; tap < 4 * count; tap++) {
            numbers.set(ValueLayout.JAVA_INT, 4L * tap, random.nextInt(cells + 1));
        }
        return new SamplePoints(numbers, floats(randomFloats(count, 4 * count, 0f, 1f), 0), count);
    }

    @Test
    void refusesCellsThatAreNotThere() {
        MemorySegment cells = allocate(16);
        cells.set(ValueLayout.JAVA_INT, 12, -1);
        SamplePoints points = new SamplePoints(cells, allocate(16), 1);
        MemorySegment x = allocate(64);
        assertThatThrownBy(() -> vector.sample(points, 1, 4, x, x, allocate(4096), Workers.single()))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }
}
