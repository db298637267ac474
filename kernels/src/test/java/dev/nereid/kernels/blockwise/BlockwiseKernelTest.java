package dev.nereid.kernels.blockwise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.blockwise.BlockwiseKernels.Left;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarBlockwise;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every implementation of products with weights in blocks must agree on with the plain loops, bit for bit. */
public abstract class BlockwiseKernelTest extends KernelTest {
    private static final Workers ALONE = Workers.single();
    private static final Workers THREE = new Taken(3);

    /** Rows, k, n, numbers of a block: around words, blocks, panels and tiles. */
    private static final int[][] SHAPES = {
        {1, 1, 1, 16},
        {1, 16, 16, 16},
        {1, 15, 17, 16},
        {1, 96, 48, 32},
        {1, 131, 63, 32},
        {1, 520, 130, 128},
        {1, 257, 16, 256},
        {1, 259, 17, 48},
        {1, 515, 129, 32},
        {1, 1100, 33, 512},
        {2, 8, 15, 16},
        {3, 77, 64, 32},
        {4, 256, 65, 256},
        {5, 100, 31, 64},
        {17, 67, 100, 16},
        {33, 515, 129, 32},
        {0, 32, 16, 32}
    };

    private static final boolean[] BOTH = {false, true};

    /** The kernels to test. */
    protected abstract BlockwiseKernels kernels();

    /** Whether they round the left side where they may. */
    protected abstract boolean rounds();

    @ParameterizedTest
    @ValueSource(ints = {4, 8})
    void multipliesRandomNumbersInEveryShape(int bits) {
        for (int[] shape : SHAPES) {
            for (boolean zeroPoints : BOTH) {
                for (boolean bias : BOTH) {
                    Case some = new Case(bits, shape, zeroPoints, bias);
                    for (Left left : Left.values()) {
                        assertThat(some.product(kernels(), left, ALONE))
                                .as("%s %s zero points %s bias %s", Arrays.toString(shape), left, zeroPoints, bias)
                                .containsExactly(some.expected(left));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8})
    void givesTheSameHoweverManyWorkersThereAre(int bits) {
        for (int[] shape : new int[][] {{1, 1024, 1100, 32}, {7, 640, 333, 64}, {1, 70000, 16, 16}}) {
            Case some = new Case(bits, shape, true, true);
            for (Left left : Left.values()) {
                assertThat(some.product(kernels(), left, THREE))
                        .as("%s %s", Arrays.toString(shape), left)
                        .containsExactly(some.product(kernels(), left, ALONE));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8})
    void aRowDoesNotDependOnItsNeighbours(int bits) {
        Case many = new Case(bits, new int[] {9, 160, 70, 32}, true, true);
        for (Left left : Left.values()) {
            float[] together = many.product(kernels(), left, ALONE);
            for (int row = 0; row < 9; row++) {
                assertThat(many.row(row).product(kernels(), left, ALONE))
                        .as("row %d, %s", row, left)
                        .containsExactly(Arrays.copyOfRange(together, row * 70, (row + 1) * 70));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8})
    void theLargestNumbersDoNotOverflow(int bits) {
        for (int block : new int[] {16, 256, 4096, 32768}) {
            Case large = new Case(bits, new int[] {2, 4096, 32, block}, true, false);
            Arrays.fill(large.x, 1e30f);
            large.numbers.fill((byte) 0xff);
            Arrays.fill(large.zeros, 0);
            for (Left left : Left.values()) {
                assertThat(large.product(kernels(), left, ALONE)).containsExactly(large.expected(left));
            }
            Arrays.fill(large.x, -1e-3f);
            large.numbers.fill((byte) 0);
            Arrays.fill(large.zeros, (1 << bits) - 1);
            for (Left left : Left.values()) {
                assertThat(large.product(kernels(), left, ALONE)).containsExactly(large.expected(left));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8})
    void whatIsNoNumberOrInfiniteStaysInItsRow(int bits) {
        for (float strange : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            Case some = new Case(bits, new int[] {3, 64, 20, 32}, true, false);
            some.x[64 + 40] = strange;
            for (Left left : Left.values()) {
                float[] y = some.product(kernels(), left, ALONE);
                assertThat(y).containsExactly(some.expected(left));
                for (int j = 0; j < 60; j++) {
                    assertThat(Float.isFinite(y[j]))
                            .as("%s, number %d", left, j)
                            .isEqualTo(j < 20 || j >= 40);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8})
    void blocksOfZerosAndOfSubnormalNumbersCountAsZeroWhereRounded(int bits) {
        Case some = new Case(bits, new int[] {2, 96, 33, 32}, false, true);
        Arrays.fill(some.x, 0, 32, 0);
        Arrays.fill(some.x, 32, 64, Float.MIN_NORMAL / 2);
        Arrays.fill(some.x, 96, 192, -0f);
        for (Left left : Left.values()) {
            assertThat(some.product(kernels(), left, ALONE)).containsExactly(some.expected(left));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8})
    void compiledLoopsAgreeToo(int bits) {
        Case one = new Case(bits, new int[] {1, 131, 63, 32}, true, true);
        Case more = new Case(bits, new int[] {5, 131, 63, 32}, false, false);
        for (Left left : Left.values()) {
            warmUp(() -> {
                one.product(kernels(), left, ALONE);
                more.product(kernels(), left, ALONE);
            });
            assertThat(one.product(kernels(), left, ALONE)).containsExactly(one.expected(left));
            assertThat(more.product(kernels(), left, ALONE)).containsExactly(more.expected(left));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8})
    void sizesThatDoNotFitAreRefused(int bits) {
        BlockwiseKernels kernels = kernels();
        Case some = new Case(bits, new int[] {1, 32, 16, 32}, false, false);
        Matrix wide = Matrix.of(allocate(4 * 33), 1, 33);
        Matrix y = Matrix.of(allocate(4 * 16), 1, 16);
        MemorySegment scratch = allocate(4096);
        assertThatThrownBy(
                        () -> kernels.multiply(wide, some.matrix(), Left.ROUNDED, Optional.empty(), y, scratch, ALONE))
                .hasMessageContaining("[1,33] and [32,16]");
        Matrix x = Matrix.of(allocate(4 * 32), 1, 32);
        assertThatThrownBy(() ->
                        kernels.multiply(x, some.matrix(), Left.FLOATS, Optional.of(allocate(8)), y, scratch, ALONE))
                .hasMessageContaining("bias");
    }

    /** A product of random numbers, whose memory is allocated anew for every run. */
    private final class Case implements BlockwiseSource {
        private final int bits;
        private final int rows;
        private final int k;
        private final int n;
        private final int block;
        private final float[] x;
        private final MemorySegment numbers;
        private final float[] scales;
        private final int[] zeros;
        private final float[] bias;

        Case(int bits, int[] shape, boolean zeroPoints, boolean withBias) {
            this(
                    bits,
                    shape,
                    randomFloats(1, shape[0] * shape[1], -2, 2),
                    allocate((long) shape[2] * Math.ceilDiv(shape[1], shape[3]) * shape[3] * bits / 8),
                    randomFloats(2, shape[2] * Math.ceilDiv(shape[1], shape[3]), -0.1f, 0.1f),
                    zeroPoints ? new int[shape[2] * Math.ceilDiv(shape[1], shape[3])] : new int[0],
                    withBias ? randomFloats(3, shape[2], -1, 1) : new float[0]);
            SplittableRandom random = new SplittableRandom(4);
            for (long i = 0; i < numbers.byteSize(); i++) {
                numbers.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
            }
            Arrays.setAll(zeros, _ -> random.nextInt(1 << bits));
        }

        private Case(
                int bits, int[] shape, float[] x, MemorySegment numbers, float[] scales, int[] zeros, float[] bias) {
            this.bits = bits;
            this.rows = shape[0];
            this.k = shape[1];
            this.n = shape[2];
            this.block = shape[3];
            this.x = x;
            this.numbers = numbers;
            this.scales = scales;
            this.zeros = zeros;
            this.bias = bias;
        }

        Case row(int row) {
            float[] one = Arrays.copyOfRange(x, row * k, (row + 1) * k);
            return new Case(bits, new int[] {1, k, n, block}, one, numbers, scales, zeros, bias);
        }

        @Override
        public int bits() {
            return bits;
        }

        @Override
        public int block() {
            return block;
        }

        @Override
        public MemorySegment numbers() {
            return numbers;
        }

        @Override
        public float scale(int column, int at) {
            return scales[column * Math.ceilDiv(k, block) + at];
        }

        @Override
        public boolean hasZeroPoints() {
            return zeros.length > 0;
        }

        @Override
        public int zeroPoint(int column, int at) {
            return zeros[column * Math.ceilDiv(k, block) + at];
        }

        BlockwiseMatrix matrix() {
            return BlockwiseMatrix.pack(k, n, this, allocate(BlockwiseMatrix.bytes(k, n, this)));
        }

        float[] expected(Left left) {
            return product(new ScalarBlockwise(rounds()), left, ALONE);
        }

        /** Rows of x lie apart and those of y too; what lies between them must stay. */
        float[] product(BlockwiseKernels kernels, Left left, Workers workers) {
            BlockwiseMatrix b = matrix();
            int gap = 3;
            float[] apart = new float[rows * (k + gap)];
            Arrays.fill(apart, Float.NaN);
            for (int i = 0; i < rows; i++) {
                System.arraycopy(x, i * k, apart, i * (k + gap), k);
            }
            Matrix a = new Matrix(floats(apart, 0), 0, rows, k, k + gap, 1);
            MemorySegment memory = floats(new float[rows * (n + gap) + gap], 0);
            Matrix y = new Matrix(memory, gap, rows, n, n + gap, 1);
            Optional<MemorySegment> start = bias.length > 0 ? Optional.of(floats(bias, 0)) : Optional.empty();
            MemorySegment scratch = allocate(kernels.scratchBytes(rows, b, left, workers));
            scratch.fill((byte) 0xff);
            kernels.multiply(a, b, left, start, y, scratch, workers);
            float[] all = floats(memory, 0, rows * (n + gap) + gap);
            float[] result = new float[rows * n];
            for (int i = 0; i < all.length; i++) {
                int column = i % (n + gap) - gap;
                if (column >= 0) {
                    result[i / (n + gap) * n + column] = all[i];
                } else {
                    assertThat(all[i]).as("between the rows").isZero();
                }
            }
            return result;
        }
    }

    /** As many workers as are said, which take their turns. */
    private record Taken(int count) implements Workers {
        @Override
        public void run(int tasks, Task task) {
            for (int i = tasks - 1; i >= 0; i--) {
                task.run(i);
            }
        }
    }
}
