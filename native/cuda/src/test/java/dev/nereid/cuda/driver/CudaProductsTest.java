package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.cuda.device.DeviceProduct;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarChannelsFirst;
import dev.nereid.kernels.scalar.ScalarMatMul;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The CUDA kernels of products and convolutions beside the scalar ones, on an emulated GPU. */
@Tag("cuda")
class CudaProductsTest {
    private static final Activation RELU = Activation.of(Activation.Kind.RELU);
    private static final int[] ONE = {1, 1, 1};
    private static final int[] NONE = {0, 0, 0};

    @AutoClose
    private static DeviceRig rig;

    @BeforeAll
    static void open() {
        rig = DeviceRig.open("CUDA kernels of products and convolutions");
    }

    private static DeviceProduct product(int m, int n, int k, Activation activation, long addend, long residual) {
        return new DeviceProduct(
                m, n, k, k, 1, n, 1, ONE, NONE, NONE, 1, 1, addend, 0, addend == 0 ? 0 : 1, activation, residual);
    }

    private static float tolerance(int k) {
        return 2e-7f * (k + 8);
    }

    /** The shapes reach over one tile, and the last of them takes the larger tiles. */
    @ParameterizedTest
    @CsvSource({
        "1, 1, 1",
        "1, 64, 3",
        "2, 3, 5",
        "63, 65, 17",
        "64, 64, 16",
        "65, 63, 15",
        "1, 384, 129",
        "70, 130, 33",
        "4, 7, 0",
        "1153, 1217, 9"
    })
    void multipliesMatrices(int m, int n, int k) {
        Example example = example(m, n, k, RELU);
        DeviceRig.assertClose(example.run(rig), example.expected(), 1e-5f, tolerance(k), m + " x " + n + " x " + k);
    }

    /** Products whose K is cut into splits, beside each other and one after the other: the same bits. */
    @ParameterizedTest
    @CsvSource({
        "1, 1, 512",
        "1, 64, 513",
        "3, 100, 1300",
        "65, 70, 1037",
        "1, 5, 4099",
        "64, 384, 1536",
        "2, 6200, 600",
        "1, 6100, 600"
    })
    void addsUpSlicesOfLongRows(int m, int n, int k) {
        Example example = example(m, n, k, RELU);
        long bytes = 4L * m * n;
        SplitK splits = SplitK.of(n, k, 64);
        MemorySegment apart = rig.run(bytes + 256 + splits.count() * bytes, example.operands(), (kernels, in, out) -> {
            assertThat(kernels.productBytes(1, m, n, k)).isEqualTo(splits.count() > 1 ? splits.count() * bytes : 0);
            kernels.multiply(example.product(in), in[0], in[1], out, (out + bytes + 255) / 256 * 256);
        });
        MemorySegment inTurns = example.run(rig);
        DeviceRig.assertClose(inTurns, example.expected(), 1e-5f, tolerance(k), m + " x " + n + " x " + k);
        assertThat(DeviceRig.toFloats(apart.asSlice(0, bytes))).isEqualTo(DeviceRig.toFloats(inTurns));
    }

    @Test
    void cutsKByNAndKAlone() {
        assertThat(SplitK.of(64, 511, 64)).isEqualTo(new SplitK(1, 512));
        assertThat(SplitK.of(64, 512, 64)).isEqualTo(new SplitK(2, 256));
        assertThat(SplitK.of(384, 1536, 64)).isEqualTo(new SplitK(6, 256));
        assertThat(SplitK.of(1, 1 << 20, 64)).isEqualTo(new SplitK(16, 1 << 16));
        assertThat(SplitK.of(1 << 20, 1 << 20, 64).count()).isEqualTo(1);
        assertThat(SplitK.of(0, 0, 64).count()).isEqualTo(1);
        for (int k = 1; k < 5000; k += 7) {
            SplitK splits = SplitK.of(100, k, 64);
            assertThat((long) splits.count() * splits.length()).isGreaterThanOrEqualTo(k);
            assertThat((splits.count() - 1) * splits.length()).isLessThan(k);
        }
    }

    @Test
    void addsUpSlicesOfABatchThatBroadcasts() {
        int m = 3;
        int n = 5;
        int k = 700;
        Random random = new Random(5);
        MemorySegment a = rig.random(random, 2 * m * k);
        MemorySegment b = rig.random(random, 3 * k * n);
        int[] dims = {1, 2, 3};
        DeviceProduct product = new DeviceProduct(
                m,
                n,
                k,
                k,
                1,
                1,
                k,
                dims,
                new int[] {0, m * k, 0},
                new int[] {0, 0, k * n},
                1,
                0,
                0,
                0,
                0,
                Activation.NONE,
                0);
        long bytes = 4L * 6 * m * n;
        MemorySegment apart = rig.run(
                bytes + 256 + 2 * bytes,
                List.of(a, b),
                (kernels, in, out) -> kernels.multiply(product, in[0], in[1], out, (out + bytes + 255) / 256 * 256));
        MemorySegment inTurns =
                rig.run(bytes, List.of(a, b), (kernels, in, out) -> kernels.multiply(product, in[0], in[1], out));
        MatMulKernels oracle = new ScalarMatMul();
        MemorySegment expected = rig.memory(bytes);
        for (int item = 0; item < 6; item++) {
            Matrix left = new Matrix(a, (long) item / 3 * m * k, m, k, k, 1);
            Matrix right = new Matrix(b, (long) item % 3 * k * n, k, n, 1, k);
            Matrix c = Matrix.of(expected, (long) item * m * n, m, n);
            MemorySegment scratch = rig.memory(oracle.scratchBytes(left, right));
            oracle.multiply(left, right, c, Epilogue.NONE, scratch, Workers.single());
        }
        DeviceRig.assertClose(inTurns, expected, 1e-5f, tolerance(k), "a batch");
        assertThat(DeviceRig.toFloats(apart.asSlice(0, bytes))).isEqualTo(DeviceRig.toFloats(inTurns));
    }

    /** Rows of products with sliced sums are the same bits in all three kernels: few rows, many, and enough for large tiles. */
    @Test
    void givesARowTheSameBitsWhereverItsSlicesAreAdded() {
        int n = 65;
        int k = 512;
        Random random = new Random(9);
        MemorySegment a = rig.random(random, 12_288 * k);
        MemorySegment b = rig.random(random, k * n);
        List<float[]> rows = new ArrayList<>();
        for (int m : new int[] {1, 65, 3100, 12_288}) {
            long bytes = 4L * m * n;
            MemorySegment c = rig.run(
                    bytes + 256 + 2 * bytes,
                    List.of(a.asSlice(0, 4L * m * k), b),
                    (kernels, in, out) -> kernels.multiply(
                            product(m, n, k, Activation.NONE, 0, 0),
                            in[0],
                            in[1],
                            out,
                            (out + bytes + 255) / 256 * 256));
            rows.add(DeviceRig.toFloats(c.asSlice(0, 4L * n)));
        }
        assertThat(rows).allSatisfy(row -> assertThat(row).isEqualTo(rows.getFirst()));
    }

    @ParameterizedTest
    @EnumSource(Activation.Kind.class)
    void appliesEveryActivation(Activation.Kind kind) {
        int m = 5;
        int n = 67;
        int k = 13;
        Activation activation = new Activation(kind, kind == Activation.Kind.CLIP ? -0.5f : 0.25f, 0.75f);
        Example example = example(m, n, k, activation);
        DeviceRig.assertClose(example.run(rig), example.expected(), 1e-5f, 1e-5f, kind.name());
    }

    /** A product of random operands: a, b, bias and residual, and what the scalar kernels make of them. */
    private record Example(
            int m, int n, int k, Activation activation, List<MemorySegment> operands, MemorySegment expected) {
        MemorySegment run(DeviceRig rig) {
            return rig.run(
                    4L * m * n, operands, (kernels, in, out) -> kernels.multiply(product(in), in[0], in[1], out));
        }

        DeviceProduct product(long[] in) {
            return CudaProductsTest.product(m, n, k, activation, in[2], in[3]);
        }
    }

    private Example example(int m, int n, int k, Activation activation) {
        Random random = new Random(m * 31L + n * 7L + k);
        MemorySegment a = rig.random(random, m * k);
        MemorySegment b = rig.random(random, k * n);
        MemorySegment bias = rig.random(random, n);
        MemorySegment residual = rig.random(random, m * n);
        MemorySegment expected = rig.memory(4L * m * n);
        oracle(a, b, bias, residual, expected, activation, m, n, k);
        return new Example(m, n, k, activation, List.of(a, b, bias, residual), expected);
    }

    private static void oracle(
            MemorySegment a,
            MemorySegment b,
            MemorySegment bias,
            MemorySegment residual,
            MemorySegment c,
            Activation activation,
            int m,
            int n,
            int k) {
        MatMulKernels kernels = new ScalarMatMul();
        Matrix left = Matrix.of(a, m, k);
        Matrix right = Matrix.of(b, k, n);
        Epilogue epilogue = Epilogue.NONE
                .withAddend(Matrix.repeatedRow(bias, 0, m, n))
                .withActivation(activation)
                .withResidual(Matrix.of(residual, m, n));
        MemorySegment scratch = rig.memory(kernels.scratchBytes(left, right));
        kernels.multiply(left, right, Matrix.of(c, m, n), epilogue, scratch, Workers.single());
    }

    @Test
    void multipliesTransposedMatricesOfABatchThatBroadcasts() {
        int m = 9;
        int n = 70;
        int k = 21;
        Random random = new Random(5);
        MemorySegment a = rig.random(random, 2 * m * k);
        MemorySegment b = rig.random(random, 3 * k * n);
        DeviceProduct product = new DeviceProduct(
                m,
                n,
                k,
                1,
                m,
                1,
                k,
                new int[] {1, 2, 3},
                new int[] {0, m * k, 0},
                new int[] {0, 0, k * n},
                0.5f,
                0,
                0,
                0,
                0,
                Activation.NONE,
                0);
        MemorySegment actual = rig.run(
                4L * 6 * m * n, List.of(a, b), (kernels, in, out) -> kernels.multiply(product, in[0], in[1], out));
        MatMulKernels oracle = new ScalarMatMul();
        MemorySegment expected = rig.memory(4L * 6 * m * n);
        for (int item = 0; item < 6; item++) {
            Matrix left = new Matrix(a, (long) item / 3 * m * k, m, k, 1, m);
            Matrix right = new Matrix(b, (long) item % 3 * k * n, k, n, 1, k);
            Matrix c = Matrix.of(expected, (long) item * m * n, m, n);
            MemorySegment scratch = rig.memory(oracle.scratchBytes(left, right));
            oracle.multiply(left, right, c, Epilogue.NONE, scratch, Workers.single());
        }
        float[] half = DeviceRig.toFloats(expected);
        for (int i = 0; i < half.length; i++) {
            half[i] *= 0.5f;
        }
        DeviceRig.assertClose(actual, rig.floats(half), 1e-5f, 1e-5f, "a batch");
    }

    /** Rows are the same bits in products with other rows, and so with other tiles. */
    @Test
    void givesARowTheSameBitsWhateverIsMultipliedBesideIt() {
        int n = 1217;
        int k = 100;
        Random random = new Random(9);
        MemorySegment a = rig.random(random, 1153 * k);
        MemorySegment b = rig.random(random, k * n);
        List<float[]> rows = new ArrayList<>();
        for (int m : new int[] {1, 65, 1153}) {
            MemorySegment c = rig.run(
                    4L * m * n,
                    List.of(a.asSlice(0, 4L * m * k), b),
                    (kernels, in, out) -> kernels.multiply(product(m, n, k, Activation.NONE, 0, 0), in[0], in[1], out));
            rows.add(DeviceRig.toFloats(c.asSlice(0, 4L * n)));
        }
        assertThat(rows.get(1)).isEqualTo(rows.get(0));
        assertThat(rows.get(2)).isEqualTo(rows.get(0));
    }

    /** batch, channels, filters, groups, height, width, kernel, stride, dilation, padding. */
    @ParameterizedTest
    @CsvSource({
        "1, 1, 1, 1, 1, 1, 1, 1, 1, 0", "2, 3, 8, 1, 7, 9, 3, 1, 1, 1", "1, 3, 65, 1, 11, 13, 3, 2, 1, 1",
        "3, 8, 8, 8, 9, 9, 3, 1, 1, 1", "1, 6, 12, 3, 8, 5, 3, 1, 2, 2", "2, 16, 70, 1, 6, 6, 1, 1, 1, 0",
        "1, 12, 12, 2, 10, 7, 5, 3, 1, 0", "1, 4, 130, 1, 40, 41, 3, 1, 1, 1"
    })
    void convolves(
            int batch,
            int channels,
            int filters,
            int groups,
            int height,
            int width,
            int kernel,
            int stride,
            int dilation,
            int padding) {
        int reach = (kernel - 1) * dilation + 1;
        int[] output = {(height + 2 * padding - reach) / stride + 1, (width + 2 * padding - reach) / stride + 1};
        Window window = new Window(
                new int[] {height, width},
                new int[] {kernel, kernel},
                new int[] {stride, stride},
                new int[] {dilation, dilation},
                new int[] {padding, padding},
                output);
        ConvShape shape = new ConvShape(batch, channels, filters, groups, window);
        Random random = new Random(11);
        MemorySegment x = rig.random(random, batch * channels * height * width);
        MemorySegment w = rig.random(random, filters * (channels / groups) * kernel * kernel);
        MemorySegment bias = rig.random(random, filters);
        int length = batch * filters * output[0] * output[1];
        MemorySegment residual = rig.random(random, length);
        MemorySegment expected = rig.memory(4L * length);
        Activation activation = Activation.leakyRelu(0.1f);
        ScalarChannelsFirst oracle = new ScalarChannelsFirst();
        oracle.convolve(
                shape,
                x,
                w,
                Optional.of(bias),
                activation,
                Optional.of(residual),
                expected,
                rig.memory(oracle.scratchBytes(shape, 1)),
                Workers.single());
        MemorySegment actual = rig.run(
                4L * length,
                List.of(x, w, bias, residual),
                (kernels, in, out) -> kernels.convolve(shape, in[0], in[1], in[2], activation, in[3], out));
        DeviceRig.assertClose(
                actual, expected, 1e-5f, tolerance(channels / groups * kernel * kernel), shape.toString());
    }
}
