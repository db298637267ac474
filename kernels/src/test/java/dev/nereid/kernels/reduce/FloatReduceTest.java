package dev.nereid.kernels.reduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.scalar.ScalarReduce;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The vector kernels that put numbers together, against the scalar ones. */
public class FloatReduceTest extends KernelTest {
    private static final int[] INNER = {1, 2, LANES, 5 * LANES + 3};

    private final ReduceKernels scalar = new ScalarReduce();
    private ReduceKernels vector;

    @BeforeEach
    void chooseKernels() {
        vector = kernels();
    }

    /** The kernels that are tested. */
    protected ReduceKernels kernels() {
        return new VectorReduce(scalar);
    }

    @ParameterizedTest
    @EnumSource(ReduceOp.class)
    void reducesAsItsOracleDoes(ReduceOp op) {
        Reduction kernel = vector.reduction(op, DataType.FP32);
        for (int inner : INNER) {
            MemorySegment x = floats(randomFloats(1, 9 * LANES * inner, 1, 2), 0);
            MemorySegment y = allocate(4L * inner);
            warmUp(() -> kernel.run(x, 0, y, 0, 1, 9 * LANES, inner), inner);
            for (int reduced : LENGTHS) {
                if (reduced * inner < 10_000 && reduced > 0) {
                    reduce(op, randomFloats(reduced, 3 * reduced * inner, 0.9f, 1.1f), reduced, inner);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ReduceOp.class)
    void reducesSpecialValuesAsItsOracleDoes(ReduceOp op) {
        for (float special : SPECIAL_FLOATS) {
            float[] values = randomFloats(3, 3 * 21, 0, 1);
            values[17] = special;
            values[62] = special;
            reduce(op, values, 21, 1);
            reduce(op, values, 3, 7);
        }
    }

    /** More than the caches hold is read row by row, some columns at a time. */
    @ParameterizedTest
    @EnumSource(ReduceOp.class)
    void reducesFarColumnsAsItsOracleDoes(ReduceOp op) {
        for (int inner : new int[] {2048 + 5 * LANES + 3, 3 * 2048 + LANES}) {
            for (int reduced : new int[] {67, 72}) {
                float[] values = randomFloats(reduced, 3 * reduced * inner, 0.9f, 1.1f);
                reduce(op, values, reduced, inner);
                values[inner + 1] = Float.NaN;
                values[reduced * inner - 1] = Float.POSITIVE_INFINITY;
                values[3 * reduced * inner - LANES] = -0f;
                reduce(op, values, reduced, inner);
            }
        }
    }

    /** Rows that are reduced some at a time, about where that begins and ends. */
    @ParameterizedTest
    @EnumSource(ReduceOp.class)
    void givesAShortRowTheSameTotalAloneAndAmongMany(ReduceOp op) {
        Reduction kernel = vector.reduction(op, DataType.FP32);
        for (int length : new int[] {1, 3, LANES - 1, LANES, LANES + 1, 4 * LANES, 100, 16 * LANES - 1, 16 * LANES}) {
            for (int rows : new int[] {3, 4, 5, 39}) {
                float[] values = randomFloats(length, rows * length, -1, 2);
                values[0] = Float.NaN;
                values[2 * length] = -0f;
                values[3 * length - 1] = Float.POSITIVE_INFINITY;
                MemorySegment x = floats(values, 4);
                MemorySegment among = allocate(4L * rows);
                MemorySegment alone = allocate(4L * rows);
                warmUp(() -> kernel.run(x, 4, among, 0, rows, length, 1), 1);
                kernel.run(x, 4, among, 0, rows, length, 1);
                for (int row = 0; row < rows; row++) {
                    kernel.run(x, 4 + 4L * row * length, alone, 4L * row, 1, length, 1);
                }
                assertThat(floats(among, 0, rows)).containsExactly(floats(alone, 0, rows));
                MemorySegment expected = allocate(4L * rows);
                scalar.reduction(op, DataType.FP32).run(x, 4, expected, 0, rows, length, 1);
                close(floats(among, 0, rows), floats(expected, 0, rows), 3e-7f * (float) Math.sqrt(length + 16));
            }
        }
    }

    /** Rows of one sign and of both, with NaN of either sign, zeros and infinities at any place. */
    @ParameterizedTest
    @EnumSource(
            value = ReduceOp.class,
            names = {"MAX", "MIN"})
    void findsTheExtremesOfLongRowsAsItsOracleDoes(ReduceOp op) {
        float negativeNaN = Float.intBitsToFloat(0xffc00000);
        float[] specials = Arrays.copyOf(SPECIAL_FLOATS, SPECIAL_FLOATS.length + 1);
        specials[SPECIAL_FLOATS.length] = negativeNaN;
        for (int length : new int[] {8 * LANES - 1, 8 * LANES, 9 * LANES, 10 * LANES + 1, 13 * LANES - 1}) {
            for (float[] range : new float[][] {{-2, -1}, {1, 2}, {-1, 1}}) {
                float[] rows = randomFloats(length, 3 * length, range[0], range[1]);
                MemorySegment x = floats(rows, 0);
                MemorySegment y = allocate(4);
                Reduction kernel = vector.reduction(op, DataType.FP32);
                warmUp(() -> kernel.run(x, 0, y, 0, 1, length, 1), 1);
                reduce(op, rows, length, 1);
                for (float special : specials) {
                    float[] with = rows.clone();
                    with[0] = special;
                    with[length + length / 2] = special;
                    with[3 * length - 1] = special;
                    reduce(op, with, length, 1);
                }
            }
        }
    }

    /** A zero with a sign is less than one without. */
    @Test
    void ordersZerosByTheirSigns() {
        float[] zeros = new float[8 * LANES];
        zeros[3] = -0f;
        assertThat(extreme(ReduceOp.MIN, zeros)).isEqualTo(-0f);
        assertThat(extreme(ReduceOp.MAX, zeros)).isEqualTo(0f);
        Arrays.fill(zeros, -0f);
        assertThat(extreme(ReduceOp.MAX, zeros)).isEqualTo(-0f);
        zeros[LANES + 1] = 0f;
        assertThat(extreme(ReduceOp.MAX, zeros)).isEqualTo(0f);
    }

    private float extreme(ReduceOp op, float[] values) {
        MemorySegment x = floats(values, 0);
        MemorySegment y = allocate(4);
        Reduction kernel = vector.reduction(op, DataType.FP32);
        warmUp(() -> kernel.run(x, 0, y, 0, 1, values.length, 1), 1);
        kernel.run(x, 0, y, 0, 1, values.length, 1);
        return floats(y, 0, 1)[0];
    }

    @ParameterizedTest
    @EnumSource(ReduceOp.class)
    void reducesNothingToTheNeutralNumber(ReduceOp op) {
        reduce(op, new float[0], 0, 1);
        reduce(op, new float[0], 0, 3);
    }

    @ParameterizedTest
    @EnumSource(RowOp.class)
    void computesRowsAsItsOracleDoes(RowOp op) {
        RowKernel kernel = vector.row(op, DataType.FP32);
        for (int inner : INNER) {
            MemorySegment x = floats(randomFloats(1, 3 * LANES * inner, 1, 2), 0);
            warmUp(() -> kernel.run(x, 0, x, 0, 1, 3 * LANES, inner), inner);
            for (int length : LENGTHS) {
                if (length * inner < 10_000) {
                    rows(op, randomFloats(length, 3 * length * inner, -20, 20), length, inner);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(RowOp.class)
    void computesMaskedRowsAsItsOracleDoes(RowOp op) {
        float[] values = randomFloats(1, 9 * 37, -1, 1);
        values[3] = Float.NEGATIVE_INFINITY;
        values[40] = -Float.MAX_VALUE;
        values[80] = -1e4f;
        values[81] = 1e4f;
        rows(op, values, 37, 1);
        rows(op, values, 37, 3);
    }

    /** Down columns too, where a logarithm is taken of lanes. */
    @ParameterizedTest
    @EnumSource(RowOp.class)
    void computesColumnsTheSameBeforeAndAfterTheyAreCompiled(RowOp op) {
        RowKernel kernel = vector.row(op, DataType.FP32);
        int length = 19;
        int inner = 1000;
        MemorySegment x = floats(randomFloats(5, length * inner, -8, 8), 0);
        MemorySegment y = allocate(4L * length * inner);
        kernel.run(x, 0, y, 0, 1, length, inner);
        float[] first = floats(y, 0, length * inner);
        warmUp(() -> kernel.run(x, 0, y, 0, 1, length, 2 * LANES));
        kernel.run(x, 0, y, 0, 1, length, inner);
        assertThat(floats(y, 0, length * inner)).containsExactly(first);
    }

    @Test
    void normalisesAsItsOracleDoes() {
        NormKernel fast = vector.norm(DataType.FP32);
        NormKernel slow = scalar.norm(DataType.FP32);
        MemorySegment warm = floats(randomFloats(1, 3 * LANES + 1, 1, 2), 0);
        MemorySegment warmResult = allocate(8L * warm.byteSize());
        warmUp(() -> norms(fast, warm, warm, warm, warmResult, 0, 1, 3 * LANES + 1), 1);
        for (int columns : LENGTHS) {
            if (columns == 0) {
                continue;
            }
            int rows = 3;
            MemorySegment x = floats(randomFloats(1, rows * columns, -3, 5), 4);
            MemorySegment scale = floats(randomFloats(2, columns, 0.5f, 2), 4);
            MemorySegment bias = floats(randomFloats(3, columns, -1, 1), 4);
            int results = 3 * rows * columns;
            MemorySegment actual = allocate(4L * results + 16L * rows);
            MemorySegment expected = allocate(4L * results + 16L * rows);
            norms(fast, x, scale, bias, actual, 4, rows, columns);
            norms(slow, x, scale, bias, expected, 4, rows, columns);
            close(floats(actual, 16L * rows, results), floats(expected, 16L * rows, results), 2e-5f);
            for (int i = 0; i < 2 * rows; i++) {
                double statistic = expected.getAtIndex(ValueLayout.JAVA_DOUBLE, i);
                assertThat(actual.getAtIndex(ValueLayout.JAVA_DOUBLE, i))
                        .isCloseTo(statistic, within(1e-5 * Math.max(1, Math.abs(statistic))));
            }
        }
    }

    @Test
    void givesARowTheSameResultInEveryBatch() {
        NormKernel norm = vector.norm(DataType.FP32);
        int columns = 3 * LANES + 5;
        float[] row = randomFloats(9, columns, -1, 1);
        float[] batch = new float[4 * columns];
        for (int i = 0; i < batch.length; i++) {
            batch[i] = row[i % columns];
        }
        MemorySegment x = floats(batch, 0);
        MemorySegment y = allocate(4L * batch.length);
        norm.layer(x, 0, x, 0, x, 0, y, 0, 4, columns, 1e-5f);
        float[] results = floats(y, 0, batch.length);
        vector.row(RowOp.SOFTMAX, DataType.FP32).run(x, 0, y, 0, 4, columns, 1);
        float[] softmax = floats(y, 0, batch.length);
        for (int i = columns; i < batch.length; i++) {
            assertThat(results[i]).isEqualTo(results[i % columns]);
            assertThat(softmax[i]).isEqualTo(softmax[i % columns]);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = RowOp.class,
            names = {"SOFTMAX", "LOG_SOFTMAX"})
    void givesAShortRowTheSameBitsAloneAndAmongMany(RowOp op) {
        RowKernel kernel = vector.row(op, DataType.FP32);
        int many = 100;
        for (int length = 1; length <= LANES; length++) {
            float[] values = randomFloats(length, many * length, -20, 20);
            values[0] = Float.NEGATIVE_INFINITY;
            values[2 * length] = 100f;
            values[5 * length - 1] = Float.NaN;
            values[7 * length - 1] = Float.POSITIVE_INFINITY;
            values[9 * length - 1] = -Float.MAX_VALUE;
            values[11 * length - 1] = -87.33f;
            MemorySegment x = floats(values, 0);
            MemorySegment among = allocate(4L * values.length);
            MemorySegment alone = allocate(4L * values.length);
            int columns = length;
            warmUp(() -> kernel.run(x, 0, among, 0, many, columns, 1), 1);
            kernel.run(x, 0, among, 0, many, length, 1);
            for (int row = 0; row < many; row++) {
                kernel.run(x, 4L * row * length, alone, 4L * row * length, 1, length, 1);
            }
            assertThat(floats(alone, 0, values.length))
                    .describedAs("%s of %d numbers", op, length)
                    .isEqualTo(floats(among, 0, values.length));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = RowOp.class,
            names = {"SOFTMAX", "LOG_SOFTMAX"})
    void givesARowTheSameSoftmaxWhereverItStandsAndInPlace(RowOp op) {
        RowKernel softmax = vector.row(op, DataType.FP32);
        for (int length : new int[] {LANES + 1, 2 * LANES, 2 * LANES + 7, 127, 129, 513}) {
            int rows = 39;
            float[] values = randomFloats(length, rows * length, -9, 9);
            MemorySegment x = floats(values, 0);
            MemorySegment y = allocate(4L * values.length);
            softmax.run(x, 0, y, 0, rows, length, 1);
            float[] together = floats(y, 0, values.length);
            MemorySegment alone = allocate(4L * length);
            for (int row = 0; row < rows; row++) {
                softmax.run(x, 4L * row * length, alone, 0, 1, length, 1);
                assertThat(floats(alone, 0, length))
                        .isEqualTo(Arrays.copyOfRange(together, row * length, (row + 1) * length));
            }
            softmax.run(x, 0, x, 0, rows, length, 1);
            assertThat(floats(x, 0, values.length)).isEqualTo(together);
        }
    }

    private static void norms(
            NormKernel kernel,
            MemorySegment x,
            MemorySegment scale,
            MemorySegment bias,
            MemorySegment results,
            long offset,
            int rows,
            int columns) {
        long size = 4L * rows * columns;
        long first = 16L * rows;
        kernel.statistics(x, offset, results, 0, rows, columns, 1e-5);
        kernel.layer(x, offset, scale, offset, bias, offset, results, first, rows, columns, 1e-5f);
        kernel.layerOfSum(
                x, offset, x, offset, scale, offset, bias, offset, results, first + size, rows, columns, 1e-5f);
        kernel.rootMeanSquare(x, offset, scale, offset, results, first + 2 * size, rows, columns, 1e-5f);
    }

    private static void warmUp(Runnable kernel, int inner) {
        if (inner <= 2) {
            warmUp(kernel);
        }
    }

    private void reduce(ReduceOp op, float[] values, int reduced, int inner) {
        int results = 3 * inner;
        MemorySegment x = floats(values, 4);
        MemorySegment actual = allocate(4L * results);
        MemorySegment expected = allocate(4L * results);
        vector.reduction(op, DataType.FP32).run(x, 4, actual, 0, 3, reduced, inner);
        scalar.reduction(op, DataType.FP32).run(x, 4, expected, 0, 3, reduced, inner);
        close(floats(actual, 0, results), floats(expected, 0, results), 3e-7f * (float) Math.sqrt(reduced + 16));
    }

    private void rows(RowOp op, float[] values, int length, int inner) {
        int outer = values.length / Math.max(length * inner, 1);
        MemorySegment x = floats(values, 4);
        MemorySegment actual = allocate(4L * values.length);
        MemorySegment expected = allocate(4L * values.length);
        vector.row(op, DataType.FP32).run(x, 4, actual, 0, outer, length, inner);
        scalar.row(op, DataType.FP32).run(x, 4, expected, 0, outer, length, inner);
        float[] separate = floats(actual, 0, values.length);
        close(separate, floats(expected, 0, values.length), 2e-6f);
        vector.row(op, DataType.FP32).run(x, 4, x, 4, outer, length, inner);
        assertThat(floats(x, 4, values.length)).containsExactly(separate);
    }

    private static void close(float[] actual, float[] expected, float relative) {
        for (int i = 0; i < actual.length; i++) {
            if (ulps(actual[i], expected[i]) > 1) {
                assertThat(actual[i])
                        .as("at %d of %d", i, actual.length)
                        .isCloseTo(expected[i], within(relative * Math.max(1, Math.abs(expected[i]))));
            }
        }
    }
}
