package dev.nereid.kernels.quantized;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarQuantized;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What every implementation of the quantized family must agree on with the plain loops, bit for bit. */
public abstract class QuantizedKernelTest extends KernelTest {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final Workers ALONE = Workers.single();

    /** Rows, depth, columns: around tiles, panels, groups of four and the depth at which float sums stop being exact. */
    private static final int[][] SHAPES = {
        {1, 1, 1},
        {1, 4, 64},
        {2, 3, 5},
        {3, 7, 15},
        {5, 5, 17},
        {6, 8, 31},
        {7, 13, 65},
        {13, 61, 33},
        {1, 513, 16},
        {4, 515, 129},
        {12, 1030, 70},
        {0, 3, 4},
        {3, 0, 4},
        {3, 4, 0}
    };

    private static final boolean[] BOTH = {false, true};

    private final QuantizedKernels oracle = new ScalarQuantized();

    /** The kernels to test; not a field, because JUnit makes an instance a test. */
    protected abstract QuantizedKernels kernels();

    @Test
    void multipliesRandomBytesOfEverySign() {
        for (int[] shape : SHAPES) {
            for (boolean aSigned : BOTH) {
                for (boolean bSigned : BOTH) {
                    byte[] a = randomBytes(shape[0] * shape[1], 1);
                    byte[] b = randomBytes(shape[1] * shape[2], 2);
                    Product product = new Product(shape[0], shape[1], shape[2], a, aSigned, b, bSigned);
                    product.compare(ZeroPoints.ZERO, ZeroPoints.ZERO);
                    product.compare(ZeroPoints.uniform(aSigned ? -7 : 131), ZeroPoints.uniform(bSigned ? 5 : 128));
                }
            }
        }
    }

    @Test
    void multipliesTheLargestBytesWithoutSaturation() {
        byte[][] extremes = {{0}, {1}, {127}, {-128}, {-1}};
        for (byte[] left : extremes) {
            for (byte[] right : extremes) {
                for (boolean signed : BOTH) {
                    byte[] a = filled(7 * 1027, left[0]);
                    byte[] b = filled(1027 * 66, right[0]);
                    new Product(7, 1027, 66, a, signed, b, signed).compare(ZeroPoints.ZERO, ZeroPoints.ZERO);
                    new Product(7, 1027, 66, a, !signed, b, signed)
                            .compare(ZeroPoints.uniform(signed ? 255 : -128), ZeroPoints.uniform(signed ? -128 : 255));
                }
            }
        }
    }

    @Test
    void appliesAZeroPointToEachRowAndColumn() {
        for (int[] shape : SHAPES) {
            byte[] a = randomBytes(shape[0] * shape[1], 3);
            byte[] b = randomBytes(shape[1] * shape[2], 4);
            Product product = new Product(shape[0], shape[1], shape[2], a, false, b, true);
            ZeroPoints rows = ZeroPoints.each(ints(shape[0], 0, 256));
            ZeroPoints columns = ZeroPoints.each(ints(shape[2], -128, 128));
            product.compare(rows, ZeroPoints.ZERO);
            product.compare(ZeroPoints.uniform(17), columns);
            product.compare(rows, columns);
        }
    }

    @Test
    void scalesTheSumsAndAddsABias() {
        for (int[] shape : SHAPES) {
            byte[] a = randomBytes(shape[0] * shape[1], 5);
            byte[] b = randomBytes(shape[1] * shape[2], 6);
            Product product = new Product(shape[0], shape[1], shape[2], a, false, b, true);
            MemorySegment scales = floats(randomFloats(7, shape[2], 0.001f, 0.1f), 0);
            MemorySegment bias = floats(randomFloats(8, shape[2], -3f, 3f), 0);
            product.compareScaled(ZeroPoints.uniform(99), new ProductScaling(scales, Optional.empty()));
            product.compareScaled(ZeroPoints.uniform(99), new ProductScaling(scales, Optional.of(bias)));
        }
    }

    @Test
    void givesTheSameProductForEveryNumberOfWorkers() {
        int m = 61;
        int k = 384;
        int n = 400;
        Product product = new Product(m, k, n, randomBytes(m * k, 9), false, randomBytes(k * n, 10), true);
        for (int workers : new int[] {2, 3, 7}) {
            product.compare(ZeroPoints.uniform(3), ZeroPoints.uniform(1), new CountedWorkers(workers));
        }
        Product flat = new Product(2, 4000, 1100, randomBytes(8000, 11), true, randomBytes(4_400_000, 12), false);
        flat.compare(ZeroPoints.uniform(3), ZeroPoints.uniform(1), new CountedWorkers(4));
    }

    @Test
    void givesARowTheSameProductInEveryBatch() {
        int k = 77;
        int n = 50;
        byte[] a = randomBytes(20 * k, 13);
        byte[] b = randomBytes(k * n, 14);
        ProductScaling scaling = new ProductScaling(floats(randomFloats(15, n, 0.01f, 1f), 0), Optional.empty());
        byte[] whole = new Product(20, k, n, a, false, b, true).scaled(kernels(), ZeroPoints.uniform(4), scaling);
        for (int m = 1; m < 20; m++) {
            byte[] some = new Product(m, k, n, a, false, b, true).scaled(kernels(), ZeroPoints.uniform(4), scaling);
            assertThat(some).isEqualTo(Arrays.copyOf(whole, some.length));
        }
    }

    @Test
    void quantizesALeftOperandAsThePlainLoopsDo() {
        for (int[] shape : SHAPES) {
            int m = shape[0];
            int k = shape[1];
            int n = shape[2];
            float[] values = randomFloats(16, m * k, -3f, 5f);
            for (int i = 0; i < Math.min(values.length, SPECIAL_FLOATS.length); i++) {
                values[i] = SPECIAL_FLOATS[i];
            }
            MemorySegment x = floats(values, 0);
            MemorySegment b = bytes(randomBytes(k * n, 17));
            LinearQuantization mapping = new LinearQuantization(8f / 255, 96);
            List<byte[]> results = new ArrayList<>();
            for (QuantizedKernels set : List.of(oracle, kernels())) {
                Int8Left left =
                        set.quantizedLeft(mapping, m, k, x, allocate(set.leftBytes(m, k)), new CountedWorkers(2));
                Int8Right right = set.right(true, k, n, b, allocate(set.rightBytes(k, n)));
                MemorySegment c = allocate(4L * m * n);
                MemorySegment scratch = allocate(set.scratchBytes(m, k, n));
                set.multiply(left, ZeroPoints.uniform(96), right, ZeroPoints.uniform(9), c, scratch, ALONE);
                results.add(copy(c, 4 * m * n));
            }
            assertThat(results.get(1)).isEqualTo(results.get(0));
        }
    }

    @Test
    void findsTheRangeOfFloatsForQuantisation() {
        for (int length : LENGTHS) {
            MemorySegment x = floats(randomFloats(18 + length, length, -2f, 3f), 0);
            warmUp(() -> kernels().dynamicQuantization(x, length, ALONE));
            assertThat(kernels().dynamicQuantization(x, length, ALONE))
                    .isEqualTo(oracle.dynamicQuantization(x, length, ALONE));
        }
        MemorySegment special = floats(new float[] {Float.NaN, -1f, Float.NaN, 4f, -0f}, 0);
        assertThat(kernels().dynamicQuantization(special, 5, ALONE)).isEqualTo(new LinearQuantization(5f / 255, 51));
        MemorySegment large = floats(randomFloats(19, 1 << 20, -1f, 2f), 0);
        assertThat(kernels().dynamicQuantization(large, 1 << 20, new CountedWorkers(3)))
                .isEqualTo(oracle.dynamicQuantization(large, 1 << 20, ALONE));
    }

    @Test
    void quantizesEveryPairOfTypes() {
        List<DataType> to = List.of(
                DataType.UINT8,
                DataType.INT8,
                DataType.INT16,
                DataType.UINT16,
                DataType.INT4,
                DataType.UINT2,
                DataType.FLOAT8E4M3FN);
        for (QuantizationGrid grid : grids()) {
            int elements = (int) grid.elements();
            int scales = (int) grid.scales();
            for (DataType type : to) {
                float[] values = randomFloats(elements, elements, -40f, 40f);
                for (int i = 0; i < Math.min(elements, SPECIAL_FLOATS.length); i++) {
                    values[elements - 1 - i] = SPECIAL_FLOATS[i];
                }
                MemorySegment x = floats(values, 0);
                MemorySegment scale = floats(randomFloats(elements + 1, scales, 0.05f, 0.5f), 0);
                MemorySegment zero = integralFloats(scales, type.kind() == DataType.Kind.SIGNED ? -2 : 0, 2);
                QuantizeTypes types = new QuantizeTypes(DataType.FP32, DataType.FP32, type, true);
                MemorySegment expected = allocate((long) elements * type.bytes());
                MemorySegment actual = allocate((long) elements * type.bytes());
                oracle.quantize(grid, types, x, scale, zero, expected);
                warmUp(() -> kernels().quantize(grid, types, x, scale, zero, actual));
                kernels().quantize(grid, types, x, scale, zero, actual);
                assertThat(copy(actual, elements * type.bytes()))
                        .as("%s to %s", grid, type)
                        .isEqualTo(copy(expected, elements * type.bytes()));
            }
        }
    }

    @Test
    void dequantizesEveryPairOfTypes() {
        List<DataType> from =
                List.of(DataType.UINT8, DataType.INT8, DataType.UINT16, DataType.FLOAT8E5M2, DataType.INT32);
        for (QuantizationGrid grid : grids()) {
            int elements = (int) grid.elements();
            int scales = (int) grid.scales();
            for (DataType type : from) {
                for (DataType to : List.of(DataType.FP32, DataType.FP16)) {
                    MemorySegment x = bytes(randomBytes(elements * type.bytes(), 20 + elements));
                    MemorySegment scale = floats(randomFloats(elements + 1, scales, 0.05f, 0.5f), 0);
                    MemorySegment zero = integralFloats(scales, 0, 100);
                    MemorySegment expected = allocate(4L * elements);
                    MemorySegment actual = allocate(4L * elements);
                    oracle.dequantize(grid, type, to, x, scale, zero, expected);
                    warmUp(() -> kernels().dequantize(grid, type, to, x, scale, zero, actual));
                    kernels().dequantize(grid, type, to, x, scale, zero, actual);
                    assertThat(copy(actual, 4 * elements))
                            .as("%s from %s to %s", grid, type, to)
                            .isEqualTo(copy(expected, 4 * elements));
                }
            }
        }
    }

    @Test
    void requantizesSums() {
        int m = 5;
        int n = 37;
        MemorySegment sums = ints(m * n, -100_000, 100_000);
        MemorySegment bias = ints(n, -1000, 1000);
        MemorySegment multipliers = floats(randomFloats(21, n, 0.0005f, 0.005f), 0);
        for (boolean signed : BOTH) {
            MemorySegment expected = allocate((long) m * n);
            MemorySegment actual = allocate((long) m * n);
            oracle.requantize(m, n, sums, bias, multipliers, signed, 11, expected);
            warmUp(() -> kernels().requantize(m, n, sums, bias, multipliers, signed, 11, actual));
            kernels().requantize(m, n, sums, bias, multipliers, signed, 11, actual);
            assertThat(copy(actual, m * n)).isEqualTo(copy(expected, m * n));
        }
    }

    private static List<QuantizationGrid> grids() {
        return List.of(
                QuantizationGrid.perTensor(0),
                QuantizationGrid.perTensor(1),
                QuantizationGrid.perTensor(67),
                new QuantizationGrid(3, 5, 19, 0),
                new QuantizationGrid(4, 37, 1, 0),
                new QuantizationGrid(3, 40, 1, 16),
                new QuantizationGrid(2, 9, 1, 1),
                new QuantizationGrid(2, 7, 21, 3));
    }

    /** The operands of one product. */
    private final class Product {
        private final int m;
        private final int k;
        private final int n;
        private final MemorySegment a;
        private final boolean aSigned;
        private final MemorySegment b;
        private final boolean bSigned;

        Product(int m, int k, int n, byte[] a, boolean aSigned, byte[] b, boolean bSigned) {
            this.m = m;
            this.k = k;
            this.n = n;
            this.a = bytes(a);
            this.aSigned = aSigned;
            this.b = bytes(b);
            this.bSigned = bSigned;
        }

        void compare(ZeroPoints aZero, ZeroPoints bZero) {
            compare(aZero, bZero, ALONE);
        }

        void compare(ZeroPoints aZero, ZeroPoints bZero, Workers workers) {
            assertThat(sums(kernels(), aZero, bZero, workers))
                    .as("[%d,%d] x [%d,%d], signed %s and %s", m, k, k, n, aSigned, bSigned)
                    .isEqualTo(sums(oracle, aZero, bZero, ALONE));
        }

        void compareScaled(ZeroPoints aZero, ProductScaling scaling) {
            assertThat(scaled(kernels(), aZero, scaling))
                    .as("[%d,%d] x [%d,%d], scaled", m, k, k, n)
                    .isEqualTo(scaled(oracle, aZero, scaling));
        }

        byte[] scaled(QuantizedKernels set, ZeroPoints aZero, ProductScaling scaling) {
            MemorySegment c = dirty(4L * m * n);
            set.multiplyScaled(left(set), aZero, right(set), ZeroPoints.ZERO, scaling, c, scratch(set), ALONE);
            return copy(c, 4 * m * n);
        }

        private byte[] sums(QuantizedKernels set, ZeroPoints aZero, ZeroPoints bZero, Workers workers) {
            MemorySegment c = dirty(4L * m * n);
            MemorySegment scratch = scratch(set);
            Int8Left left = left(set);
            Int8Right right = right(set);
            if (m * k * n < 30_000) {
                warmUp(() -> set.multiply(left, aZero, right, bZero, c, scratch, workers));
            }
            set.multiply(left, aZero, right, bZero, c, scratch, workers);
            return copy(c, 4 * m * n);
        }

        private Int8Left left(QuantizedKernels set) {
            return set.left(aSigned, m, k, a, dirty(set.leftBytes(m, k)), ALONE);
        }

        private Int8Right right(QuantizedKernels set) {
            return set.right(bSigned, k, n, b, dirty(set.rightBytes(k, n)));
        }

        private MemorySegment scratch(QuantizedKernels set) {
            return dirty(set.scratchBytes(m, k, n));
        }
    }

    /** Says that it has some number of workers, and runs the tasks backwards on the caller. */
    private record CountedWorkers(int count) implements Workers {
        @Override
        public void run(int tasks, Task task) {
            for (int i = tasks - 1; i >= 0; i--) {
                task.run(i);
            }
        }
    }

    private MemorySegment dirty(long bytes) {
        MemorySegment segment = allocate(bytes);
        segment.fill((byte) 0x5a);
        return segment;
    }

    private MemorySegment bytes(byte[] values) {
        MemorySegment segment = allocate(values.length);
        for (int i = 0; i < values.length; i++) {
            segment.set(ValueLayout.JAVA_BYTE, i, values[i]);
        }
        return segment;
    }

    private MemorySegment ints(int length, int from, int to) {
        SplittableRandom random = new SplittableRandom(length);
        MemorySegment segment = allocate(4L * length);
        for (int i = 0; i < length; i++) {
            segment.set(INT, 4L * i, random.nextInt(from, to));
        }
        return segment;
    }

    private MemorySegment integralFloats(int length, int from, int to) {
        SplittableRandom random = new SplittableRandom(length);
        MemorySegment segment = allocate(4L * length);
        for (int i = 0; i < length; i++) {
            segment.set(FLOAT, 4L * i, random.nextInt(from, to));
        }
        return segment;
    }

    private static byte[] randomBytes(int length, long seed) {
        byte[] values = new byte[length];
        new SplittableRandom(seed).nextBytes(values);
        return values;
    }

    private static byte[] filled(int length, byte value) {
        byte[] values = new byte[length];
        Arrays.fill(values, value);
        return values;
    }

    private static byte[] copy(MemorySegment segment, int length) {
        byte[] values = new byte[length];
        for (int i = 0; i < length; i++) {
            values[i] = segment.get(ValueLayout.JAVA_BYTE, i);
        }
        return values;
    }
}
