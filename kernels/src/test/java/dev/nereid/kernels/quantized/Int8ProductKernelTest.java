package dev.nereid.kernels.quantized;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarInt8Product;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What every implementation of products of bytes must agree on with the plain loops, bit for bit. */
public abstract class Int8ProductKernelTest extends ByteKernelTest {
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
        {33, 1094, 40},
        {17, 66, 290},
        {50, 128, 16},
        {0, 3, 4},
        {3, 0, 4},
        {3, 4, 0}
    };

    private static final boolean[] BOTH = {false, true};

    private final Int8ProductKernels oracle = new ScalarInt8Product();

    /** The kernels to test; not a field, because JUnit makes an instance a test. */
    protected abstract Int8ProductKernels kernels();

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
    void multipliesWeightsOfWhichFewAreLarge() {
        for (int[] shape : SHAPES) {
            for (boolean signed : BOTH) {
                for (FewLarge distribution : FewLarge.values()) {
                    byte[] b = weights(shape[1] * shape[2], shape[2], signed, distribution, 18);
                    byte[] random = randomBytes(shape[0] * shape[1], 19);
                    byte[] largest = filled(shape[0] * shape[1], (byte) 255);
                    for (byte[] a : List.of(random, largest)) {
                        Product product = new Product(shape[0], shape[1], shape[2], a, false, b, signed);
                        product.compare(ZeroPoints.ZERO, ZeroPoints.ZERO);
                        product.compare(ZeroPoints.uniform(131), ZeroPoints.uniform(3), new CountedWorkers(3));
                    }
                }
            }
        }
    }

    /** One after the other, up to all of them. */
    @Test
    void multipliesAnyNumberOfLargeWeights() {
        for (int k : new int[] {20, 24, 128, 264}) {
            for (byte each : new byte[] {Byte.MAX_VALUE, Byte.MIN_VALUE}) {
                byte[] a = filled(5 * k, (byte) 255);
                byte[] b = filled(k * 33, (byte) (each / 40));
                for (int large = 0; large < b.length; large += 1 + large / 8) {
                    Arrays.fill(b, 0, large, each);
                    new Product(5, k, 33, a, false, b, true).compare(ZeroPoints.ZERO, ZeroPoints.ZERO);
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
            for (Int8ProductKernels set : List.of(oracle, kernels())) {
                Int8Left left =
                        set.quantizedLeft(mapping, m, k, x, allocate(set.leftBytes(m, k)), new CountedWorkers(2));
                Int8Right right = set.right(true, k, n, b, allocate(set.rightBytes(k, n)));
                MemorySegment c = allocate(4L * m * n);
                MemorySegment scratch = allocate(set.scratchBytes(m, k, n));
                set.multiply(
                        left,
                        ZeroPoints.uniform(96),
                        right,
                        ZeroPoints.uniform(9),
                        Optional.empty(),
                        c,
                        scratch,
                        ALONE);
                results.add(copy(c, 4 * m * n));
            }
            assertThat(results.get(1)).isEqualTo(results.get(0));
        }
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

        byte[] scaled(Int8ProductKernels set, ZeroPoints aZero, ProductScaling scaling) {
            MemorySegment c = dirty(4L * m * n);
            Optional<ProductScaling> to = Optional.of(scaling);
            set.multiply(left(set), aZero, right(set), ZeroPoints.ZERO, to, c, scratch(set), ALONE);
            return copy(c, 4 * m * n);
        }

        private byte[] sums(Int8ProductKernels set, ZeroPoints aZero, ZeroPoints bZero, Workers workers) {
            MemorySegment c = dirty(4L * m * n);
            MemorySegment scratch = scratch(set);
            Int8Left left = left(set);
            Int8Right right = right(set);
            if (m * k * n < 30_000) {
                warmUp(() -> set.multiply(left, aZero, right, bZero, Optional.empty(), c, scratch, workers));
            }
            set.multiply(left, aZero, right, bZero, Optional.empty(), c, scratch, workers);
            return copy(c, 4 * m * n);
        }

        private Int8Left left(Int8ProductKernels set) {
            return set.left(aSigned, m, k, a, dirty(set.leftBytes(m, k)), ALONE);
        }

        private Int8Right right(Int8ProductKernels set) {
            return set.right(bSigned, k, n, b, dirty(set.rightBytes(k, n)));
        }

        private MemorySegment scratch(Int8ProductKernels set) {
            return dirty(set.scratchBytes(m, k, n));
        }
    }

    private static byte[] filled(int length, byte value) {
        byte[] values = new byte[length];
        Arrays.fill(values, value);
        return values;
    }
}
