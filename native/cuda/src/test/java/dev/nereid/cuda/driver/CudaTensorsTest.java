package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.cuda.device.DeviceProduct;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarMatMul;
import dev.nereid.models.device.DevicePrecision;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Products of rounded operands beside the scalar ones, on an emulated GPU: by the kernels with tensor cores, whose
 * instructions the emulator computes from PTX's description of who holds what, and by their plain kernels.
 */
@Tag("cuda")
class CudaTensorsTest {
    private static final int[] ONE = {1, 1, 1};
    private static final int[] NONE = {0, 0, 0};

    @AutoClose
    private static DeviceRig rig;

    @BeforeAll
    static void open() {
        rig = DeviceRig.open("CUDA kernels with tensor cores", DevicePrecision.TF32);
    }

    private static DeviceProduct product(int m, int n, int k, long bias, long residual) {
        Activation activation = Activation.of(Activation.Kind.RELU);
        return new DeviceProduct(m, n, k, k, 1, n, 1, ONE, NONE, NONE, 1, 1, bias, 0, 1, activation, residual);
    }

    /** The first ones by tensor cores; rows of the others do not begin where these want them. */
    @ParameterizedTest
    @CsvSource({"1,4,4", "3,8,20", "130,12,36", "5,136,16", "33,4,64", "4,8,0", "5,7,3", "70,65,33", "2,66,130"})
    void multipliesOperandsRoundedToTf32(int m, int n, int k) {
        Random random = new Random(m + 31L * n + k);
        MemorySegment a = rig.random(random, m * k);
        MemorySegment b = rig.random(random, k * n);
        MemorySegment bias = rig.random(random, n);
        MemorySegment residual = rig.random(random, m * n);
        MatMulKernels oracle = new ScalarMatMul();
        Matrix left = Matrix.of(rounded(a), m, k);
        Matrix right = Matrix.of(rounded(b), k, n);
        Epilogue epilogue = Epilogue.NONE
                .withAddend(Matrix.repeatedRow(bias, 0, m, n))
                .withActivation(Activation.of(Activation.Kind.RELU))
                .withResidual(Matrix.of(residual, m, n));
        MemorySegment expected = rig.memory(4L * m * n);
        MemorySegment scratch = rig.memory(oracle.scratchBytes(left, right));
        oracle.multiply(left, right, Matrix.of(expected, m, n), epilogue, scratch, Workers.single());
        MemorySegment actual = rig.run(
                4L * m * n,
                List.of(a, b, bias, residual),
                (kernels, in, out) -> kernels.multiply(product(m, n, k, in[2], in[3]), in[0], in[1], out));
        DeviceRig.assertClose(actual, expected, 1e-5f, 2e-7f * (k + 8), m + " x " + n + " x " + k);
    }

    @Test
    void aRowIsTheSameInEveryBatch() {
        int n = 12;
        int k = 72;
        Random random = new Random(4);
        MemorySegment a = rig.random(random, 131 * k);
        MemorySegment b = rig.random(random, k * n);
        float[] all = multiply(a, b, 131, n, k);
        for (int row : new int[] {0, 17, 127, 128, 130}) {
            float[] alone = multiply(a.asSlice(4L * row * k, 4L * k), b, 1, n, k);
            assertThat(alone).containsExactly(Arrays.copyOfRange(all, row * n, (row + 1) * n));
        }
    }

    /** Slices of 256 and more: whole ones, ends of them, and as many as there may be. */
    @ParameterizedTest
    @CsvSource({"1,4,512", "3,12,700", "130,136,516", "5,260,1024", "2,4,4612"})
    void addsUpSlicesOfLongRows(int m, int n, int k) {
        assertThat(SplitK.of(n, k, CudaProducts.TENSOR_SIDE).count()).isGreaterThan(1);
        Random random = new Random(m + n + k);
        MemorySegment a = rig.random(random, m * k);
        MemorySegment b = rig.random(random, k * n);
        MemorySegment expected = rig.memory(4L * m * n);
        Matrix left = Matrix.of(rounded(a), m, k);
        Matrix right = Matrix.of(rounded(b), k, n);
        MatMulKernels oracle = new ScalarMatMul();
        MemorySegment scratch = rig.memory(oracle.scratchBytes(left, right));
        oracle.multiply(left, right, Matrix.of(expected, m, n), Epilogue.NONE, scratch, Workers.single());
        for (boolean apart : new boolean[] {true, false}) {
            MemorySegment actual = rig.floats(multiply(a, b, m, n, k, apart));
            DeviceRig.assertClose(actual, expected, 1e-5f, 2e-7f * (k + 8), m + " x " + n + " x " + k + " " + apart);
        }
    }

    @Test
    void aRowIsTheSameWhereverItsSlicesAreAdded() {
        int n = 20;
        int k = 1100;
        Random random = new Random(9);
        MemorySegment a = rig.random(random, 131 * k);
        MemorySegment b = rig.random(random, k * n);
        float[] all = multiply(a, b, 131, n, k, false);
        assertThat(multiply(a, b, 131, n, k, true)).containsExactly(all);
        for (int row : new int[] {0, 63, 128, 130}) {
            MemorySegment alone = a.asSlice(4L * row * k, 4L * k);
            for (boolean apart : new boolean[] {true, false}) {
                assertThat(multiply(alone, b, 1, n, k, apart))
                        .containsExactly(Arrays.copyOfRange(all, row * n, (row + 1) * n));
            }
        }
    }

    /** With splits beside each other, for which there is scratch memory behind the result, or in turn. */
    private static float[] multiply(MemorySegment a, MemorySegment b, int m, int n, int k, boolean apart) {
        Activation none = Activation.NONE;
        DeviceProduct product = new DeviceProduct(m, n, k, k, 1, n, 1, ONE, NONE, NONE, 1, 0, 0, 0, 0, none, 0);
        long bytes = 4L * m * n;
        long parts = bytes * SplitK.of(n, k, CudaProducts.TENSOR_SIDE).count();
        MemorySegment c = rig.run(bytes + 256 + parts, List.of(a, b), (kernels, in, out) -> {
            assertThat(kernels.productBytes(1, m, n, k)).isEqualTo(parts);
            kernels.multiply(product, in[0], in[1], out, apart ? (out + bytes + 255) / 256 * 256 : 0);
        });
        return DeviceRig.toFloats(c.asSlice(0, bytes));
    }

    private static float[] multiply(MemorySegment a, MemorySegment b, int m, int n, int k) {
        Activation none = Activation.NONE;
        DeviceProduct product = new DeviceProduct(m, n, k, k, 1, n, 1, ONE, NONE, NONE, 1, 0, 0, 0, 0, none, 0);
        return DeviceRig.toFloats(
                rig.run(4L * m * n, List.of(a, b), (kernels, in, out) -> kernels.multiply(product, in[0], in[1], out)));
    }

    @ParameterizedTest
    @CsvSource({"FP16,3,8,16", "FP16,130,16,72", "FP16,5,7,3", "BF16,3,8,16", "BF16,5,136,40", "BF16,65,70,33"})
    void multipliesNumbersOf16Bits(DataType type, int m, int n, int k) {
        Random random = new Random(m + n + k);
        MemorySegment a = halves(type, random, m * k);
        MemorySegment b = halves(type, random, k * n);
        MemorySegment expected = rig.memory(2L * m * n);
        new ScalarMatMul().multiply(type, Matrix.of(a, m, k), Matrix.of(b, k, n), Matrix.of(expected, m, n));
        MemorySegment actual = rig.run(
                2L * m * n,
                List.of(a, b),
                (kernels, in, out) -> kernels.multiplyHalf(type, DeviceProduct.plain(m, n, k), in[0], in[1], out, 0));
        float[] wanted = HalfNumbers.wide(type, expected);
        float[] got = HalfNumbers.wide(type, actual);
        for (int i = 0; i < got.length; i++) {
            float unit = HalfNumbers.unit(type, wanted[i]);
            assertThat(got[i]).as("element %s", i).isBetween(wanted[i] - unit, wanted[i] + unit);
        }
    }

    @Test
    void roundsFp16AsJavaDoes() {
        // The product with 1 is the number itself, in and out of FP16; a sum of two needs rounding.
        int count = 1 << 16;
        MemorySegment a = rig.memory(2L * count);
        for (int i = 0; i < count; i++) {
            a.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) i);
        }
        MemorySegment one = rig.memory(2);
        one.set(ValueLayout.JAVA_SHORT, 0, Float.floatToFloat16(1 + 0x1p-10f));
        MemorySegment actual = rig.run(
                2L * count,
                List.of(a, one),
                (kernels, in, out) ->
                        kernels.multiplyHalf(DataType.FP16, DeviceProduct.plain(count, 1, 1), in[0], in[1], out, 0));
        for (int i = 0; i < count; i++) {
            float product = Float.float16ToFloat((short) i) * (1 + 0x1p-10f);
            float expected = Float.float16ToFloat(Float.floatToFloat16(product));
            float got = Float.float16ToFloat(actual.getAtIndex(ValueLayout.JAVA_SHORT, i));
            // A sum that begins at 0 never is -0.
            boolean same = got == expected || (Float.isNaN(got) && Float.isNaN(expected));
            assertThat(same).as("%s: %s and %s", i, got, expected).isTrue();
        }
    }

    private static MemorySegment rounded(MemorySegment x) {
        float[] values = DeviceRig.toFloats(x);
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.intBitsToFloat((Float.floatToRawIntBits(values[i]) + 0x1000) & 0xffffe000);
        }
        return rig.floats(values);
    }

    private static MemorySegment halves(DataType type, Random random, int length) {
        return HalfNumbers.fill(type, rig.memory(2L * length), () -> (float) random.nextGaussian());
    }
}
