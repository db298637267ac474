package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.cuda.device.DeviceQuantized;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.quantized.Int8Left;
import dev.nereid.kernels.quantized.Int8ProductKernels;
import dev.nereid.kernels.quantized.Int8Right;
import dev.nereid.kernels.quantized.LinearQuantization;
import dev.nereid.kernels.quantized.ProductScaling;
import dev.nereid.kernels.quantized.QuantizationGrid;
import dev.nereid.kernels.quantized.QuantizationKernels;
import dev.nereid.kernels.quantized.QuantizeTypes;
import dev.nereid.kernels.quantized.ZeroPoints;
import dev.nereid.kernels.scalar.ScalarInt8Product;
import dev.nereid.kernels.scalar.ScalarQuantization;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The CUDA kernels of integers of 8 bits beside the scalar ones, on an emulated GPU: the same bits. */
@Tag("cuda")
class CudaQuantizedTest {
    private static final Int8ProductKernels PRODUCT_ORACLE = new ScalarInt8Product();
    private static final QuantizationKernels QUANTIZATION_ORACLE = new ScalarQuantization();
    private static final int[][] PRODUCTS = {
        {1, 1, 1}, {3, 5, 7}, {64, 64, 16}, {65, 67, 33}, {2, 130, 100}, {130, 3, 1}
    };

    @AutoClose
    private static DeviceRig rig;

    @BeforeAll
    static void open() {
        rig = DeviceRig.open("CUDA kernels of integers of 8 bits");
    }

    private static MemorySegment bytes(Random random, int length) {
        MemorySegment memory = rig.memory(length);
        for (int i = 0; i < length; i++) {
            memory.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(256));
        }
        return memory;
    }

    @Test
    void findsTheRangeOfAllElements() {
        for (int size : new int[] {0, 1, 5, 255, 257, 4097, 20_000}) {
            MemorySegment x = rig.random(new Random(size), size);
            if (size > 4) {
                x.setAtIndex(ValueLayout.JAVA_FLOAT, 3, Float.NaN);
            }
            LinearQuantization expected = QUANTIZATION_ORACLE.dynamicQuantization(x, size, Workers.single());
            MemorySegment actual = rig.run(512 + 4096, List.of(x), (kernels, in, out) -> {
                assertThat(kernels.quantized().rangeBytes(size)).isLessThanOrEqualTo(4096);
                kernels.quantized().range(in[0], size, out, out + 256, out + 512);
            });
            assertThat(actual.get(ValueLayout.JAVA_FLOAT, 0))
                    .as("scale of %s", size)
                    .isEqualTo(expected.scale());
            assertThat(Byte.toUnsignedInt(actual.get(ValueLayout.JAVA_BYTE, 256)))
                    .as("zero point of %s", size)
                    .isEqualTo(expected.zeroPoint());
        }
    }

    @ParameterizedTest
    @CsvSource({"INT8", "UINT8"})
    void quantizesAndBack(DataType type) {
        int[][] grids = {{1, 1, 1}, {1, 1, 257}, {3, 5, 7}, {2, 64, 1}, {1, 3, 33}};
        for (int[] dims : grids) {
            int channels = dims[1];
            int size = dims[0] * channels * dims[2];
            MemorySegment x = rig.random(new Random(size), size);
            for (int i = 0; i < size; i += 11) {
                x.setAtIndex(ValueLayout.JAVA_FLOAT, i, new float[] {1e9f, -1e9f, Float.NaN, 0.025f}[i / 11 % 4]);
            }
            MemorySegment scales = rig.memory(4L * channels);
            MemorySegment zeros = bytes(new Random(channels), channels);
            MemorySegment wideZeros = rig.memory(4L * channels);
            for (int i = 0; i < channels; i++) {
                scales.setAtIndex(ValueLayout.JAVA_FLOAT, i, 0.01f * (i + 1));
                byte zero = zeros.get(ValueLayout.JAVA_BYTE, i);
                wideZeros.setAtIndex(
                        ValueLayout.JAVA_FLOAT, i, type == DataType.INT8 ? zero : Byte.toUnsignedInt(zero));
            }
            QuantizationGrid grid = new QuantizationGrid(dims[0], channels, dims[2], 0);
            MemorySegment expected = rig.memory(size);
            QuantizeTypes types = new QuantizeTypes(DataType.FP32, DataType.FP32, type, true);
            QUANTIZATION_ORACLE.quantize(grid, types, x, scales, wideZeros, expected);
            MemorySegment actual = rig.run(
                    size,
                    List.of(x, scales, zeros),
                    (kernels, in, out) -> kernels.quantized()
                            .quantize(
                                    type,
                                    in[0],
                                    out,
                                    size,
                                    new DeviceQuantized.Scales(in[1], in[2], channels, dims[2])));
            assertThat(actual.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected.toArray(ValueLayout.JAVA_BYTE));
            MemorySegment back = rig.memory(4L * size);
            QUANTIZATION_ORACLE.dequantize(grid, type, DataType.FP32, expected, scales, wideZeros, back);
            MemorySegment actualBack = rig.run(
                    4L * size,
                    List.of(expected, scales, zeros),
                    (kernels, in, out) -> kernels.quantized()
                            .dequantize(
                                    type,
                                    in[0],
                                    out,
                                    size,
                                    new DeviceQuantized.Scales(in[1], in[2], channels, dims[2])));
            DeviceRig.assertClose(actualBack, back, 0, 0, type + " back");
        }
    }

    @ParameterizedTest
    @CsvSource({"true,true", "true,false", "false,true", "false,false"})
    void multipliesExactly(boolean aSigned, boolean bSigned) {
        for (int[] sizes : PRODUCTS) {
            int m = sizes[0];
            int n = sizes[1];
            int k = sizes[2];
            Random random = new Random(m + n + k);
            MemorySegment a = bytes(random, m * k);
            MemorySegment b = bytes(random, k * n);
            MemorySegment aZero = bytes(random, 1);
            MemorySegment bZeros = bytes(random, n);
            MemorySegment scales = rig.memory(4L * n);
            MemorySegment bias = rig.random(random, n);
            MemorySegment wideZeros = rig.memory(4L * n);
            MemorySegment aScale = rig.floats(0.02f);
            MemorySegment multipliers = rig.memory(4L * n);
            for (int j = 0; j < n; j++) {
                wideZeros.setAtIndex(ValueLayout.JAVA_INT, j, integer(bZeros, j, bSigned));
                scales.setAtIndex(ValueLayout.JAVA_FLOAT, j, 0.003f * (j % 7 + 1));
                multipliers.setAtIndex(ValueLayout.JAVA_FLOAT, j, 0.02f * scales.getAtIndex(ValueLayout.JAVA_FLOAT, j));
            }
            Int8Left left =
                    PRODUCT_ORACLE.left(aSigned, m, k, a, rig.memory(PRODUCT_ORACLE.leftBytes(m, k)), Workers.single());
            Int8Right right = PRODUCT_ORACLE.right(bSigned, k, n, b, rig.memory(PRODUCT_ORACLE.rightBytes(k, n)));
            MemorySegment scratch = rig.memory(PRODUCT_ORACLE.scratchBytes(m, k, n));
            ZeroPoints leftZero = ZeroPoints.uniform(integer(aZero, 0, aSigned));
            ZeroPoints rightZeros = ZeroPoints.each(wideZeros);

            MemorySegment sums = rig.memory(4L * m * n);
            PRODUCT_ORACLE.multiply(
                    left, leftZero, right, rightZeros, Optional.empty(), sums, scratch, Workers.single());
            List<MemorySegment> operands = List.of(a, b, aZero, bZeros, aScale, scales, bias);
            MemorySegment actual = rig.run(
                    4L * m * n,
                    operands,
                    (kernels, in, out) -> kernels.quantized().multiply(product(m, n, k, in, aSigned, bSigned), out));
            assertThat(actual.toArray(ValueLayout.JAVA_INT)).isEqualTo(sums.toArray(ValueLayout.JAVA_INT));

            MemorySegment scaled = rig.memory(4L * m * n);
            Optional<ProductScaling> scaling = Optional.of(new ProductScaling(multipliers, Optional.of(bias)));
            PRODUCT_ORACLE.multiply(left, leftZero, right, rightZeros, scaling, scaled, scratch, Workers.single());
            MemorySegment actualScaled = rig.run(
                    4L * m * n + 4L * n,
                    operands,
                    (kernels, in, out) -> kernels.quantized()
                            .multiplyScaled(
                                    product(m, n, k, in, aSigned, bSigned),
                                    new DeviceQuantized.Scaling(in[4], in[5], true),
                                    in[6],
                                    out,
                                    out + 4L * m * n));
            DeviceRig.assertClose(actualScaled.asSlice(0, 4L * m * n), scaled, 1e-6f, 1e-6f, "scaled");
        }
    }

    /**
     * Unsigned rows and signed columns without zero points of their own, of lengths that tensor cores take. Long ones are added
     * in splits beside each other, but for those of many rows.
     */
    @ParameterizedTest
    @CsvSource({"1,16,16", "3,32,48", "130,16,80", "3,144,64", "2,16,1040", "130,144,512", "1,48,4624", "3970,16,528"})
    void multipliesExactlyOnTensorCores(int m, int n, int k) {
        Random random = new Random(m + n + k);
        MemorySegment a = bytes(random, m * k);
        MemorySegment b = bytes(random, k * n);
        MemorySegment aZero = bytes(random, 1);
        MemorySegment scale = rig.floats(0.003f);
        MemorySegment aScale = rig.floats(0.02f);
        MemorySegment bias = rig.random(random, n);
        MemorySegment multipliers = rig.memory(4L * n);
        for (int j = 0; j < n; j++) {
            multipliers.setAtIndex(ValueLayout.JAVA_FLOAT, j, 0.02f * 0.003f);
        }
        Int8Left left =
                PRODUCT_ORACLE.left(false, m, k, a, rig.memory(PRODUCT_ORACLE.leftBytes(m, k)), Workers.single());
        Int8Right right = PRODUCT_ORACLE.right(true, k, n, b, rig.memory(PRODUCT_ORACLE.rightBytes(k, n)));
        MemorySegment expected = rig.memory(4L * m * n);
        PRODUCT_ORACLE.multiply(
                left,
                ZeroPoints.uniform(integer(aZero, 0, false)),
                right,
                ZeroPoints.ZERO,
                Optional.of(new ProductScaling(multipliers, Optional.of(bias))),
                expected,
                rig.memory(PRODUCT_ORACLE.scratchBytes(m, k, n)),
                Workers.single());
        int parts = m < 3969 ? CudaQuantized.splits(n, k).count() : 1;
        long scratch = (4L * n + 255) / 256 * 256 + (parts > 1 ? 4L * parts * m * n : 0);
        long offset = (4L * m * n + 255) / 256 * 256;
        MemorySegment actual =
                rig.run(offset + scratch, List.of(a, b, aZero, aScale, scale, bias), (kernels, in, out) -> {
                    assertThat(kernels.quantized().scaledBytes(m, n, k)).isEqualTo(scratch);
                    kernels.quantized()
                            .multiplyScaled(
                                    new DeviceQuantized.Product(
                                            m, n, k, in[0], false, in[2], false, in[1], true, 0, false),
                                    new DeviceQuantized.Scaling(in[3], in[4], false),
                                    in[5],
                                    out,
                                    out + offset);
                });
        DeviceRig.assertClose(actual.asSlice(0, 4L * m * n), expected, 1e-6f, 1e-6f, m + " x " + n + " x " + k);
    }

    @Test
    void cutsLongProductsOfBytes() {
        assertThat(CudaQuantized.splits(16, 1040)).isEqualTo(new SplitK(4, 320));
        assertThat(CudaQuantized.splits(768, 3072)).isEqualTo(new SplitK(12, 256));
        assertThat(CudaQuantized.splits(16, 511).count()).isEqualTo(1);
    }

    @Test
    void quantizesProductsAgain() {
        int m = 65;
        int n = 70;
        int k = 17;
        Random random = new Random(3);
        MemorySegment a = bytes(random, m * k);
        MemorySegment b = bytes(random, k * n);
        MemorySegment aZero = bytes(random, 1);
        MemorySegment bZeros = bytes(random, n);
        float yScale = 1.5f;
        Int8Left left =
                PRODUCT_ORACLE.left(false, m, k, a, rig.memory(PRODUCT_ORACLE.leftBytes(m, k)), Workers.single());
        Int8Right right = PRODUCT_ORACLE.right(true, k, n, b, rig.memory(PRODUCT_ORACLE.rightBytes(k, n)));
        MemorySegment wideZeros = rig.memory(4L * n);
        MemorySegment multipliers = rig.memory(4L * n);
        for (int j = 0; j < n; j++) {
            wideZeros.setAtIndex(ValueLayout.JAVA_INT, j, integer(bZeros, j, true));
            multipliers.setAtIndex(ValueLayout.JAVA_FLOAT, j, 0.02f * 0.25f / yScale);
        }
        MemorySegment sums = rig.memory(4L * m * n);
        PRODUCT_ORACLE.multiply(
                left,
                ZeroPoints.uniform(integer(aZero, 0, false)),
                right,
                ZeroPoints.each(wideZeros),
                Optional.empty(),
                sums,
                rig.memory(PRODUCT_ORACLE.scratchBytes(m, k, n)),
                Workers.single());
        for (boolean signed : new boolean[] {true, false}) {
            MemorySegment zero = bytes(new Random(9), 1);
            MemorySegment expected = rig.memory((long) m * n);
            QUANTIZATION_ORACLE.requantize(
                    m, n, sums, rig.memory(4L * n), multipliers, signed, integer(zero, 0, signed), expected);
            MemorySegment actual = rig.run(
                    (long) m * n,
                    List.of(a, b, aZero, bZeros, rig.floats(0.02f), rig.floats(0.25f), rig.floats(yScale), zero),
                    (kernels, in, out) -> kernels.quantized()
                            .multiplyQuantized(
                                    product(m, n, k, in, false, true),
                                    new DeviceQuantized.Scaling(in[4], in[5], false),
                                    in[6],
                                    in[7],
                                    signed,
                                    out));
            assertThat(actual.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    private static DeviceQuantized.Product product(int m, int n, int k, long[] in, boolean aSigned, boolean bSigned) {
        return new DeviceQuantized.Product(m, n, k, in[0], aSigned, in[2], false, in[1], bSigned, in[3], true);
    }

    private static int integer(MemorySegment memory, int at, boolean signed) {
        byte value = memory.get(ValueLayout.JAVA_BYTE, at);
        return signed ? value : Byte.toUnsignedInt(value);
    }
}
