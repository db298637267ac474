package dev.nereid.kernels.reduce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarReduce;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Norms of columns, against the scalar ones. */
class ColumnNormTest extends KernelTest {
    private static final float EPSILON = 1e-5f;
    private static final float OFF = 2e-5f;

    private final ColumnNormKernel scalar = new ScalarReduce().columnNorm();
    private final ColumnNormKernel vector = new VectorReduce(new ScalarReduce()).columnNorm();

    @Test
    void normalizesAsItsOracleDoes() {
        float[] warm = randomFloats(1, 9 * (3 * LANES + 1), 1, 2);
        warmUp(() -> run(vector, 1, 9, 3 * LANES + 1, warm, warm, warm, Workers.single()));
        for (int columns : new int[] {0, 1, 3, LANES - 1, LANES, LANES + 1, 2 * LANES, 5 * LANES + 3}) {
            for (int rows : new int[] {0, 1, 2, 3, 4, 63, 64, 65, 1000, 9001}) {
                compare(2, rows, columns, randomFloats(rows + columns, 2 * rows * columns, -3, 5));
            }
        }
        // More columns than rows of a block fit the cache.
        compare(1, 131, 1030, randomFloats(5, 131 * 1030, 0, 1));
    }

    /** What is far from zero keeps its differences, also where the first rows are others than the rest. */
    @Test
    void numbersFarFromZeroDoNotCancel() {
        int columns = LANES + 3;
        int rows = 5000;
        float[] x = randomFloats(6, rows * columns, 999, 1001);
        float[] one = filled(columns, 1);
        float[] none = new float[columns];
        float[] expected = run(scalar, 1, rows, columns, x, one, none, Workers.single());
        // Sums of so large numbers are rounded, differences to the mean are not.
        close(run(vector, 1, rows, columns, x, one, none, Workers.single()), expected, 3e-4f);
        Arrays.fill(x, 0, columns, 1e6f);
        expected = run(scalar, 1, rows, columns, x, one, none, Workers.single());
        close(run(vector, 1, rows, columns, x, one, none, Workers.single()), expected, 1e-4f);
    }

    @Test
    void aColumnHasTheSameBitsInEveryBatchAndForAllWorkers() {
        int columns = 3 * LANES + 5;
        int rows = 3333;
        float[] one = randomFloats(7, rows * columns, -1, 1);
        float[] batch = Arrays.copyOf(one, 4 * one.length);
        for (int matrix = 1; matrix < 4; matrix++) {
            System.arraycopy(one, 0, batch, matrix * one.length, one.length);
        }
        float[] scale = randomFloats(8, columns, 0.5f, 2);
        float[] alone = run(vector, 1, rows, columns, one, scale, scale, Workers.single());
        float[] together = run(vector, 4, rows, columns, batch, scale, scale, new Threes());
        for (int matrix = 0; matrix < 4; matrix++) {
            assertThat(Arrays.copyOfRange(together, matrix * one.length, (matrix + 1) * one.length))
                    .isEqualTo(alone);
        }
    }

    @Test
    void resultsMayTakeTheirInputsPlace() {
        int columns = 2 * LANES + 5;
        int rows = 300;
        float[] values = randomFloats(9, rows * columns, -1, 1);
        float[] scale = randomFloats(10, columns, 0.5f, 2);
        MemorySegment x = floats(values, 0);
        MemorySegment scales = floats(scale, 0);
        MemorySegment scratch = allocate(vector.scratchBytes(1, rows, columns));
        vector.run(1, rows, columns, x, scales, scales, EPSILON, x, scratch, Workers.single());
        assertThat(floats(x, 0, rows * columns))
                .isEqualTo(run(vector, 1, rows, columns, values, scale, scale, Workers.single()));
    }

    private void compare(int matrices, int rows, int columns, float... x) {
        float[] scale = randomFloats(2, columns, 0.5f, 2);
        float[] bias = randomFloats(3, columns, -1, 1);
        float[] expected = run(scalar, matrices, rows, columns, x, scale, bias, Workers.single());
        float[] actual = run(vector, matrices, rows, columns, x, scale, bias, Workers.single());
        close(actual, expected, OFF);
    }

    private static float[] filled(int length, float value) {
        float[] values = new float[length];
        Arrays.fill(values, value);
        return values;
    }

    private static void close(float[] actual, float[] expected, float off) {
        for (int i = 0; i < expected.length; i++) {
            assertThat(Math.abs(actual[i] - expected[i]))
                    .as("%s, expected %s", actual[i], expected[i])
                    .isLessThanOrEqualTo(off * Math.max(1, Math.abs(expected[i])));
        }
    }

    private float[] run(
            ColumnNormKernel kernel,
            int matrices,
            int rows,
            int columns,
            float[] x,
            float[] scale,
            float[] bias,
            Workers workers) {
        MemorySegment y = allocate(Math.max(4, 4L * matrices * rows * columns));
        MemorySegment scratch = allocate(Math.max(64, kernel.scratchBytes(matrices, rows, columns)));
        for (long i = 0; i < scratch.byteSize() / 4; i++) {
            scratch.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, Float.NaN);
        }
        kernel.run(
                matrices, rows, columns, floats(x, 0), floats(scale, 0), floats(bias, 0), EPSILON, y, scratch, workers);
        return floats(y, 0, matrices * rows * columns);
    }

    /** Three workers, one after the other and the last one first. */
    private record Threes() implements Workers {
        @Override
        public int count() {
            return 3;
        }

        @Override
        public void run(int tasks, Task task) {
            for (int index = tasks - 1; index >= 0; index--) {
                task.run(index);
            }
        }
    }
}
