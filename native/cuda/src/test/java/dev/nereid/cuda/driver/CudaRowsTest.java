package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.cuda.device.DeviceNorm;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.pooling.PoolingKernels;
import dev.nereid.kernels.reduce.ReduceOp;
import dev.nereid.kernels.reduce.RowOp;
import dev.nereid.kernels.scalar.ScalarPooling;
import dev.nereid.kernels.scalar.ScalarReduce;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The CUDA kernels that put many numbers together beside the scalar ones, on an emulated GPU. */
@Tag("cuda")
class CudaRowsTest {
    private static final ScalarReduce ORACLE = new ScalarReduce();
    private static final int[][] SHAPES = {
        {1, 1, 1}, {3, 5, 1}, {2, 255, 1}, {2, 256, 1}, {2, 257, 1}, {1, 4098, 1}, {3, 5, 7}, {2, 33, 65}, {1, 1, 300}
    };

    @AutoClose
    private static DeviceRig rig;

    @BeforeAll
    static void open() {
        rig = DeviceRig.open("CUDA kernels of reductions, norms and attention");
    }

    static Stream<ReduceOp> reductions() {
        return Arrays.stream(ReduceOp.values()).filter(op -> CudaCapabilities.INSTANCE.has(op, DataType.FP32));
    }

    @ParameterizedTest
    @MethodSource("reductions")
    void reduces(ReduceOp op) {
        for (int[] shape : SHAPES) {
            MemorySegment x = positive(op, shape[0] * shape[1] * shape[2]);
            long bytes = 4L * shape[0] * shape[2];
            MemorySegment expected = rig.memory(bytes);
            ORACLE.reduction(op, DataType.FP32).run(x, 0, expected, 0, shape[0], shape[1], shape[2]);
            MemorySegment actual = rig.run(
                    bytes,
                    List.of(x),
                    (kernels, in, out) ->
                            kernels.reduce().reduce(op, DataType.FP32, in[0], out, shape[0], shape[1], shape[2]));
            DeviceRig.assertClose(actual, expected, 1e-5f, 1e-5f, op + " of " + Arrays.toString(shape));
        }
    }

    /** The logarithm of a sum wants one that is positive. */
    private static MemorySegment positive(ReduceOp op, int length) {
        MemorySegment x = rig.random(new Random(length), length);
        for (int i = 0; op == ReduceOp.LOG_SUM && i < length; i++) {
            x.setAtIndex(ValueLayout.JAVA_FLOAT, i, Math.abs(x.getAtIndex(ValueLayout.JAVA_FLOAT, i)) + 0.1f);
        }
        return x;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void computesTheSoftmax(boolean logarithm) {
        RowOp op = logarithm ? RowOp.LOG_SOFTMAX : RowOp.SOFTMAX;
        for (int[] shape : SHAPES) {
            int length = shape[0] * shape[1] * shape[2];
            MemorySegment x = rig.random(new Random(length), length);
            MemorySegment expected = rig.memory(4L * length);
            ORACLE.row(op, DataType.FP32).run(x, 0, expected, 0, shape[0], shape[1], shape[2]);
            MemorySegment actual = rig.run(
                    4L * length,
                    List.of(x),
                    (kernels, in, out) -> kernels.softmax(logarithm, in[0], out, shape[0], shape[1], shape[2]));
            DeviceRig.assertClose(actual, expected, 1e-5f, 1e-6f, op + " of " + Arrays.toString(shape));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 5", "2, 255", "2, 256", "4, 257", "1, 4098"})
    void normalizesRows(int rows, int columns) {
        Random random = new Random(columns);
        MemorySegment x = rig.random(random, rows * columns);
        MemorySegment scale = rig.random(random, columns);
        MemorySegment bias = rig.random(random, columns);
        MemorySegment expected = rig.memory(4L * rows * columns);
        float epsilon = 1e-3f;
        ORACLE.norm(DataType.FP32).layer(x, 0, scale, 0, bias, 0, expected, 0, rows, columns, epsilon);
        MemorySegment actual = rig.run(
                4L * rows * columns,
                List.of(x, scale, bias),
                (kernels, in, out) -> kernels.normalizeMeanVariance(
                        new DeviceNorm(rows, columns, epsilon, in[1], in[2], 1, 0, 1), in[0], out));
        DeviceRig.assertClose(actual, expected, 1e-5f, 1e-5f, "layer norm of " + columns);
        ORACLE.norm(DataType.FP32).rootMeanSquare(x, 0, scale, 0, expected, 0, rows, columns, epsilon);
        actual = rig.run(
                4L * rows * columns,
                List.of(x, scale),
                (kernels, in, out) -> kernels.normalizeMeanSquare(
                        new DeviceNorm(rows, columns, epsilon, in[1], 0, 1, 0, 1), in[0], out));
        DeviceRig.assertClose(actual, expected, 1e-5f, 1e-5f, "RMS norm of " + columns);
    }

    /** channels, height, width, kernel, stride, padding. */
    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1, 1, 0", "5, 7, 9, 3, 2, 1", "3, 12, 11, 2, 2, 0", "64, 8, 8, 8, 1, 0"})
    void pools(int channels, int height, int width, int kernel, int stride, int padding) {
        int[] output = {(height + 2 * padding - kernel) / stride + 1, (width + 2 * padding - kernel) / stride + 1};
        Window window = new Window(
                new int[] {height, width},
                new int[] {kernel, kernel},
                new int[] {stride, stride},
                new int[] {1, 1},
                new int[] {padding, padding},
                output);
        MemorySegment x = rig.random(new Random(7), channels * height * width);
        long bytes = 4L * channels * output[0] * output[1];
        MemorySegment expected = rig.memory(bytes);
        ScalarPooling oracle = new ScalarPooling();
        MemorySegment scratch = rig.memory(oracle.scratchBytes(window));
        oracle.max(DataType.FP32, channels, window, x, expected, Optional.empty(), false, scratch);
        MemorySegment most =
                rig.run(bytes, List.of(x), (kernels, in, out) -> kernels.poolMax(window, channels, in[0], out));
        DeviceRig.assertClose(most, expected, 0, 0, "max of " + window);
        int[] end = {padding, padding};
        for (boolean counts : new boolean[] {false, true}) {
            PoolingKernels.Reduction mean = new PoolingKernels.Reduction.Mean(counts, end);
            oracle.reduce(DataType.FP32, channels, window, mean, x, expected, scratch);
            MemorySegment actual = rig.run(
                    bytes,
                    List.of(x),
                    (kernels, in, out) -> kernels.poolMean(window, end, counts, channels, in[0], out));
            DeviceRig.assertClose(actual, expected, 1e-5f, 1e-6f, "mean of " + window);
        }
    }

    @Test
    void reductionsOfOneRowDoNotDependOnItsNeighbours() {
        MemorySegment x = rig.random(new Random(1), 7 * 1021);
        MemorySegment all = rig.run(
                4L * 7,
                List.of(x),
                (kernels, in, out) -> kernels.reduce().reduce(ReduceOp.SUM, DataType.FP32, in[0], out, 7, 1021, 1));
        MemorySegment one = rig.run(
                4,
                List.of(x),
                (kernels, in, out) -> kernels.reduce().reduce(ReduceOp.SUM, DataType.FP32, in[0], out, 1, 1021, 1));
        assertThat(DeviceRig.toFloats(one)[0]).isEqualTo(DeviceRig.toFloats(all)[0]);
    }
}
