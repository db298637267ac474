package dev.nereid.kernels.matmul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarMatMul;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sums are chains of fused multiply-adds in one order, so the vector kernels agree with the oracle to the bit. */
public class MatMulKernelsTest extends KernelTest {
    /** What the kernels agree with to the bit. */
    protected MatMulKernels oracle() {
        return new ScalarMatMul();
    }

    /** The kernels under test, as this machine gets them. */
    protected MatMulKernels kernels() {
        return new VectorMatMul(Cpu.detect());
    }

    /** The kernels under test in every width. */
    protected List<MatMulKernels> everyKernels() {
        return IntStream.of(128, 256, 512)
                .<MatMulKernels>mapToObj(bits -> new VectorMatMul(new Cpu(bits, 1, "any")))
                .toList();
    }

    record Sizes(int m, int k, int n) {}

    static List<Sizes> sizes() {
        List<Sizes> sizes = new ArrayList<>();
        for (int m = 1; m <= 13; m++) {
            sizes.add(new Sizes(m, 5, 67));
        }
        for (int n : new int[] {1, 2, 3, 4, 5, 7, 10, 15, 16, 17, 31, 32, 47, 48, 63, 64, 65, 80, 127, 128, 129}) {
            sizes.add(new Sizes(7, 3, n));
        }
        sizes.add(new Sizes(23, 19, 195));
        sizes.add(new Sizes(3, 0, 20));
        sizes.add(new Sizes(0, 4, 20));
        sizes.add(new Sizes(4, 4, 0));
        sizes.add(new Sizes(9, 1, 1));
        sizes.add(new Sizes(9, 1, 67));
        sizes.add(new Sizes(1, 77, 1));
        sizes.add(new Sizes(1, 33, 403));
        sizes.add(new Sizes(6, 1031, 70));
        sizes.add(new Sizes(2, 2500, 33));
        sizes.add(new Sizes(17, 4099, 100));
        return sizes;
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void packedProductEqualsTheOracle(Sizes size) {
        for (MatMulKernels vector : everyKernels()) {
            Matrix a = random(1, size.m(), size.k());
            Matrix b = random(2, size.k(), size.n());
            assertThat(multipliedPacked(vector, a, b, Epilogue.NONE))
                    .isEqualTo(multipliedPacked(oracle(), a, b, Epilogue.NONE));
            assertThat(values(multiplied(vector, a, b, Epilogue.NONE)))
                    .isEqualTo(values(multiplied(oracle(), a, b, Epilogue.NONE)));
        }
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void productOfTransposedMatricesEqualsTheOracle(Sizes size) {
        MatMulKernels vector = kernels();
        Matrix a = random(1, size.k(), size.m()).transposed();
        Matrix b = random(2, size.n(), size.k()).transposed();
        float[] expected = values(multiplied(oracle(), a, b, Epilogue.NONE));
        assertThat(values(multiplied(vector, a, b, Epilogue.NONE))).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void addendIsARowAColumnOrAMatrix(Sizes size) {
        MatMulKernels vector = kernels();
        Matrix a = random(1, size.m(), size.k());
        Matrix b = random(2, size.k(), size.n());
        MemorySegment numbers = random(3, 1, size.m() + size.n()).segment();
        Matrix matrix = random(4, size.m(), size.n());
        for (Matrix addend : List.of(
                Matrix.repeatedRow(numbers, 0, size.m(), size.n()),
                Matrix.repeatedColumn(numbers, 0, size.m(), size.n()),
                new Matrix(numbers, 0, size.m(), size.n(), 0, 0),
                matrix)) {
            Epilogue epilogue = Epilogue.NONE
                    .withAddend(addend)
                    .withActivation(Activation.of(Activation.Kind.RELU))
                    .withResidual(matrix);
            assertThat(multipliedPacked(vector, a, b, epilogue)).isEqualTo(multipliedPacked(oracle(), a, b, epilogue));
        }
    }

    @ParameterizedTest
    @MethodSource("sizes")
    @Tag("found-19")
    void addendsAreAddedToFinishedSums(Sizes size) {
        Matrix a = random(1, size.m(), size.k());
        Matrix b = random(2, size.k(), size.n());
        MemorySegment row = floats(randomFloats(3, Math.max(1, size.n()), 9f, 11f), 0);
        Epilogue epilogue = Epilogue.NONE.withAddend(Matrix.repeatedRow(row, 0, size.m(), size.n()));
        for (MatMulKernels kernels : List.of(kernels(), oracle())) {
            float[] expected = multipliedPacked(kernels, a, b, Epilogue.NONE);
            for (int i = 0; i < expected.length; i++) {
                expected[i] += row.getAtIndex(ValueLayout.JAVA_FLOAT, i % size.n());
            }
            assertThat(multipliedPacked(kernels, a, b, epilogue)).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @EnumSource(Activation.Kind.class)
    void activationIsCloseToItsDefinition(Activation.Kind kind) {
        MatMulKernels vector = kernels();
        int n = 1000;
        Matrix a = Matrix.of(floats(new float[] {1f}, 0), 1, 1);
        Matrix b = Matrix.of(floats(randomFloats(9, n, -8f, 8f), 0), 1, n);
        Epilogue epilogue = Epilogue.NONE.withActivation(new Activation(kind, -0.5f, 3f));
        float[] expected = multipliedPacked(oracle(), a, b, epilogue);
        warmUp(() -> multipliedPacked(vector, a, b, epilogue));
        float[] actual = multipliedPacked(vector, a, b, epilogue);
        for (int i = 0; i < n; i++) {
            assertThat(actual[i])
                    .describedAs("%s of %s", kind, values(b)[i])
                    .isCloseTo(expected[i], org.assertj.core.api.Assertions.within(3e-6f));
        }
    }

    @Test
    void rowDoesNotDependOnItsNeighbours() {
        MatMulKernels vector = kernels();
        Matrix a = random(1, 29, 200);
        Matrix b = random(2, 200, 131);
        warmUp(() -> multipliedPacked(vector, a, b, Epilogue.NONE));
        float[] whole = multipliedPacked(vector, a, b, Epilogue.NONE);
        for (int row = 0; row < 29; row++) {
            Matrix alone = new Matrix(a.segment(), a.index(row, 0), 1, 200, 200, 1);
            assertThat(multipliedPacked(vector, alone, b, Epilogue.NONE))
                    .isEqualTo(java.util.Arrays.copyOfRange(whole, row * 131, (row + 1) * 131));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 40, 300})
    void resultDoesNotDependOnTheWorkers(int n) {
        MatMulKernels vector = kernels();
        Matrix a = random(1, 300, 400);
        Matrix b = random(2, 400, n);
        float[] alone = values(multiplied(vector, a, b, Epilogue.NONE));
        try (WorkerPool pool = new WorkerPool(3);
                WorkerPool.Grant workers = pool.grant()) {
            Matrix c = Matrix.of(allocate(300L * n * 4), 300, n);
            vector.multiply(a, b, c, Epilogue.NONE, allocate(vector.scratchBytes(a, b)), workers);
            assertThat(values(c)).isEqualTo(alone);
            float[] alonePacked = multipliedPacked(vector, a, b, Epilogue.NONE);
            PackedMatrix packed = vector.pack(b, allocate(vector.packedBytes(400, n)));
            Matrix other = Matrix.of(allocate(300L * n * 4), 300, n);
            vector.multiply(a, packed, other, Epilogue.NONE, allocate(vector.scratchBytes(300, packed)), workers);
            assertThat(values(other)).isEqualTo(alonePacked);
        }
    }

    /** Small ones, ones too large for that, and right sides that several products share or whose columns are strided. */
    @ParameterizedTest
    @MethodSource("sizes")
    void manyProductsAreThoseOfEachAlone(Sizes size) {
        for (MatMulKernels vector : everyKernels()) {
            MatrixBatch a = series(1, size.m(), size.k(), 0, 2, 1, 2);
            MatrixBatch b = series(2, size.k(), size.n(), 2, 0, 0, 1);
            assertEachEqual(vector, a, b);
            MatrixBatch strided = series(3, size.n(), size.k(), 1, 1, 0, 2);
            assertEachEqual(vector, a, new MatrixBatch(strided.first().transposed(), strided.offsets()));
        }
    }

    /** Products of a few numbers, which are shorter than a vector, and no memory beyond the last ones of either side. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 9})
    void manySmallProductsTouchNothingButThemselves(int n) {
        int count = 13;
        for (int m : new int[] {1, 2, 9}) {
            for (MatMulKernels vector : everyKernels()) {
                long[] a = IntStream.range(0, count).mapToLong(i -> 4L * m * i).toArray();
                long[] b = IntStream.range(0, count).mapToLong(i -> 4L * n * i).toArray();
                long[] c = IntStream.range(0, count)
                        .mapToLong(i -> (long) m * n * i)
                        .toArray();
                MatrixBatch left =
                        new MatrixBatch(Matrix.of(random(1, m * count, 4).segment(), m, 4), a);
                MemorySegment right = random(2, 4 * count, n).segment().asSlice(0, 16L * n * count);
                MemorySegment all = floats(new float[m * n * count + 64], 0);
                vector.multiplyEach(
                        left,
                        new MatrixBatch(Matrix.of(right, 4, n), b),
                        new MatrixBatch(Matrix.of(all, 20, m, n), c),
                        allocate(1),
                        Workers.single());
                for (int i = 0; i < count; i++) {
                    Matrix product = multiplied(oracle(), left.get(i), Matrix.of(right, b[i], 4, n), Epilogue.NONE);
                    assertThat(floats(all, 4 * (20 + c[i]), m * n)).isEqualTo(values(product));
                }
                assertThat(floats(all, 0, 20)).containsOnly(0f);
                assertThat(floats(all, 4L * (20 + m * n * count), 44)).containsOnly(0f);
            }
        }
    }

    /** In any order, with gaps, and rows with gaps between them. */
    @Test
    void manySmallProductsMayLieAnywhere() {
        int n = 9;
        for (MatMulKernels vector : everyKernels()) {
            MatrixBatch a = series(1, 9, 32, 0, 1, 2);
            MatrixBatch b = series(2, 32, n, 2, 1, 0);
            MemorySegment all = floats(new float[1000], 0);
            Matrix first = new Matrix(all, 10, 9, n, n + 3, 1);
            long[] places = {500, 0, 250};
            vector.multiplyEach(a, b, new MatrixBatch(first, places), allocate(1), Workers.single());
            float[] values = floats(all, 0, 1000);
            for (int i = 0; i < 3; i++) {
                float[] expected = values(multiplied(oracle(), a.get(i), b.get(i), Epilogue.NONE));
                for (int row = 0; row < 9; row++) {
                    int at = (int) (10 + places[i] + row * (n + 3L));
                    assertThat(java.util.Arrays.copyOfRange(values, at, at + n + 3))
                            .startsWith(java.util.Arrays.copyOfRange(expected, row * n, (row + 1) * n))
                            .endsWith(0, 0, 0);
                }
            }
        }
    }

    @Test
    void manyProductsDoNotDependOnTheWorkers() {
        MatMulKernels vector = kernels();
        int count = 5000;
        long[] offsets = IntStream.range(0, count).mapToLong(i -> 9L * 32 * i).toArray();
        long[] places = IntStream.range(0, count).mapToLong(i -> 81L * i).toArray();
        MatrixBatch a = new MatrixBatch(Matrix.of(random(1, count * 9, 32).segment(), 9, 32), offsets);
        MatrixBatch b = new MatrixBatch(Matrix.of(random(2, count * 9, 32).segment(), 32, 9), offsets);
        MatrixBatch alone = new MatrixBatch(Matrix.of(allocate(4L * 81 * count), 9, 9), places);
        MatrixBatch shared = new MatrixBatch(Matrix.of(allocate(4L * 81 * count), 9, 9), places);
        vector.multiplyEach(a, b, alone, allocate(1), Workers.single());
        try (WorkerPool pool = new WorkerPool(3);
                WorkerPool.Grant workers = pool.grant()) {
            vector.multiplyEach(a, b, shared, allocate(1), workers);
        }
        assertThat(shared.first().segment().mismatch(alone.first().segment())).isEqualTo(-1);
    }

    @Test
    void refusesManyProductsThatDoNotFit() {
        MatMulKernels vector = kernels();
        MatrixBatch a = series(1, 2, 3, 0, 1);
        MatrixBatch beyond = new MatrixBatch(a.first(), 0, 1000);
        MatrixBatch b = series(2, 3, 4, 0, 1);
        MatrixBatch c = series(3, 2, 4, 0, 1);
        assertThatThrownBy(() -> vector.multiplyEach(beyond, b, c, allocate(1), Workers.single()))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> vector.multiplyEach(a, c, c, allocate(1), Workers.single()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a product of [2,3] and [2,4] into [2,4]");
        assertThatThrownBy(() -> vector.multiplyEach(series(1, 2, 3, 0), b, c, allocate(1), Workers.single()))
                .hasMessageContaining("1 left and 2 right sides");
    }

    /** Matrices one behind the other, gathered by their numbers. */
    private MatrixBatch series(long seed, int rows, int columns, int... numbers) {
        Matrix all = random(seed, 3 * rows, columns);
        long[] offsets =
                IntStream.of(numbers).mapToLong(i -> (long) i * rows * columns).toArray();
        return new MatrixBatch(Matrix.of(all.segment(), rows, columns), offsets);
    }

    private void assertEachEqual(MatMulKernels vector, MatrixBatch a, MatrixBatch b) {
        int size = a.first().rows() * b.first().columns();
        long[] places =
                IntStream.range(0, a.size()).mapToLong(i -> (long) i * size).toArray();
        Matrix first = Matrix.of(
                allocate(4L * size * a.size()), a.first().rows(), b.first().columns());
        MemorySegment scratch = allocate(vector.scratchBytes(a.first(), b.first()));
        vector.multiplyEach(a, b, new MatrixBatch(first, places), scratch, Workers.single());
        for (int i = 0; i < a.size(); i++) {
            assertThat(floats(first.segment(), 4 * places[i], size))
                    .isEqualTo(values(multiplied(oracle(), a.get(i), b.get(i), Epilogue.NONE)));
        }
    }

    @Test
    void leavesTheMemoryAroundAnUnalignedResultAlone() {
        MatMulKernels vector = kernels();
        int n = 21;
        Matrix a = random(1, 5, 8);
        Matrix b = random(2, 8, n);
        Matrix whole = random(3, 7, n + 9);
        float[] before = values(whole);
        Matrix part = new Matrix(whole.segment(), whole.index(1, 4), 5, n, n + 9, 1);
        vector.multiply(a, b, part, Epilogue.NONE, allocate(vector.scratchBytes(a, b)), Workers.single());
        float[] after = values(whole);
        for (int row = 0; row < 7; row++) {
            for (int column = 0; column < n + 9; column++) {
                if (row == 0 || row == 6 || column < 4 || column >= 4 + n) {
                    int i = row * (n + 9) + column;
                    assertThat(after[i]).isEqualTo(before[i]);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void productOfDoublesEqualsTheOracle(Sizes size) {
        Matrix a = doubles(1, size.m(), size.k());
        Matrix b = doubles(2, size.k(), size.n());
        assertThat(doubles(kernels(), a, b)).containsExactly(doubles(oracle(), a, b));
        Matrix turned = doubles(1, size.k(), size.m()).transposed();
        assertThat(doubles(kernels(), turned, b)).containsExactly(doubles(oracle(), turned, b));
    }

    /** What kernels pack, and go on with in parts of k. */
    @Test
    void largeProductOfDoublesEqualsTheOracle() {
        for (int n : new int[] {3, 34, 67}) {
            for (int k : new int[] {255, 256, 257, 519, 5600}) {
                Matrix a = doubles(1, 67, k);
                Matrix b = doubles(2, k, n);
                assertThat(doubles(kernels(), a, b)).containsExactly(doubles(oracle(), a, b));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void productOfIntegersEqualsTheOracle(Sizes size) {
        for (DataType type : List.of(DataType.INT32, DataType.UINT32, DataType.INT64, DataType.UINT64)) {
            Matrix a = bits(type, 1, size.m(), size.k());
            Matrix b = bits(type, 2, size.k(), size.n());
            assertThat(product(kernels(), type, a, b)).isEqualTo(product(oracle(), type, a, b));
            Matrix turned = bits(type, 1, size.k(), size.m()).transposed();
            assertThat(product(kernels(), type, turned, b)).isEqualTo(product(oracle(), type, turned, b));
        }
    }

    private Matrix bits(DataType type, long seed, int rows, int columns) {
        byte[] bits = new byte[rows * columns * type.bytes()];
        new Random(seed).nextBytes(bits);
        MemorySegment memory = allocate(bits.length);
        MemorySegment.copy(bits, 0, memory, ValueLayout.JAVA_BYTE, 0, bits.length);
        return Matrix.of(memory, rows, columns);
    }

    private byte[] product(MatMulKernels kernels, DataType type, Matrix a, Matrix b) {
        MemorySegment c = allocate((long) a.rows() * b.columns() * type.bytes());
        kernels.multiply(type, a, b, Matrix.of(c, a.rows(), b.columns()));
        return c.toArray(ValueLayout.JAVA_BYTE);
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void productOfDoublesWithColumnsThatLieInMemoryIsNearTheOracle(Sizes size) {
        Matrix a = doubles(1, size.m(), size.k());
        Matrix b = doubles(2, size.n(), size.k()).transposed();
        assertThat(doubles(kernels(), a, b)).containsExactly(doubles(oracle(), a, b), within(1e-12));
    }

    @Test
    void doublesAreAddedAsTheOracleDoes() {
        for (boolean repeated : new boolean[] {true, false}) {
            Matrix addend = doubles(3, 5, 19);
            if (repeated) {
                addend = Matrix.repeatedRow(addend.segment(), 19, 5, 19);
            }
            Matrix ours = doubles(4, 5, 19);
            Matrix theirs = doubles(4, 5, 19);
            kernels().scaleAndAdd(DataType.FP64, 1, ours, 1, Optional.of(addend));
            oracle().scaleAndAdd(DataType.FP64, 1, theirs, 1, Optional.of(addend));
            assertThat(elements(ours)).containsExactly(elements(theirs));
        }
    }

    @Test
    void productOfDoublesLeavesWhatLiesBesideIt() {
        for (int n = 1; n <= 27; n++) {
            Matrix a = doubles(1, 5, 8);
            Matrix b = doubles(2, 8, n);
            Matrix whole = doubles(3, 7, n + 9);
            double[] expected = elements(whole);
            double[] product = doubles(oracle(), a, b);
            for (int row = 0; row < 5; row++) {
                System.arraycopy(product, row * n, expected, (int) whole.index(row + 1, 4), n);
            }
            kernels().multiply(DataType.FP64, a, b, new Matrix(whole.segment(), whole.index(1, 4), 5, n, n + 9, 1));
            assertThat(elements(whole)).containsExactly(expected);
        }
    }

    private Matrix doubles(long seed, int rows, int columns) {
        MemorySegment memory = allocate(8L * rows * columns);
        Random random = new Random(seed);
        for (int i = 0; i < rows * columns; i++) {
            memory.setAtIndex(ValueLayout.JAVA_DOUBLE, i, random.nextDouble() - 0.5);
        }
        return Matrix.of(memory, rows, columns);
    }

    private double[] doubles(MatMulKernels kernels, Matrix a, Matrix b) {
        Matrix c = Matrix.of(allocate(8L * a.rows() * b.columns()), a.rows(), b.columns());
        kernels.multiply(DataType.FP64, a, b, c);
        return elements(c);
    }

    private static double[] elements(Matrix dense) {
        return IntStream.range(0, dense.rows() * dense.columns())
                .mapToDouble(i -> dense.segment().getAtIndex(ValueLayout.JAVA_DOUBLE, i))
                .toArray();
    }

    @Test
    void multipliesIntegersWithWrapping() {
        MemorySegment numbers = allocate(64);
        numbers.set(ValueLayout.JAVA_INT, 0, Integer.MAX_VALUE);
        numbers.set(ValueLayout.JAVA_INT, 4, 3);
        Matrix product = Matrix.of(allocate(4), 1, 1);
        oracle().multiply(DataType.INT32, Matrix.of(numbers, 0, 1, 1), Matrix.of(numbers, 1, 1, 1), product);
        assertThat(product.segment().get(ValueLayout.JAVA_INT, 0)).isEqualTo((int) (3L * Integer.MAX_VALUE));
    }

    @Test
    void refusesSizesThatDoNotFit() {
        MatMulKernels vector = kernels();
        Matrix a = random(1, 2, 3);
        Matrix b = random(2, 4, 5);
        Matrix c = random(3, 2, 5);
        assertThatThrownBy(() ->
                        vector.multiply(a, b, c, Epilogue.NONE, allocate(vector.scratchBytes(a, b)), Workers.single()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a product of [2,3] and [4,5] into [2,5]");
    }

    @Test
    void refusesAMatrixThatOtherKernelsPacked() {
        MatMulKernels vector = kernels();
        DataType elements =
                vector.pack(random(3, 1, 1), allocate(vector.packedBytes(1, 1))).elements();
        PackedMatrix packed = new PackedMatrix(allocate(4 * 3 * 16), elements, 3, 5, 7);
        assertThatThrownBy(() -> vector.multiply(
                        random(1, 2, 3), packed, random(3, 2, 5), Epilogue.NONE, allocate(64), Workers.single()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("packed in panels of 7 columns");
    }

    private Matrix random(long seed, int rows, int columns) {
        return Matrix.of(floats(randomFloats(seed, rows * columns, -1f, 1f), 0), rows, columns);
    }

    private Matrix multiplied(MatMulKernels kernels, Matrix a, Matrix b, Epilogue epilogue) {
        Matrix c = Matrix.of(allocate(4L * a.rows() * b.columns()), a.rows(), b.columns());
        kernels.multiply(a, b, c, epilogue, allocate(kernels.scratchBytes(a, b)), Workers.single());
        return c;
    }

    private float[] multipliedPacked(MatMulKernels kernels, Matrix a, Matrix b, Epilogue epilogue) {
        Matrix c = Matrix.of(allocate(4L * a.rows() * b.columns()), a.rows(), b.columns());
        PackedMatrix packed = kernels.pack(b, allocate(kernels.packedBytes(b.rows(), b.columns())));
        MemorySegment scratch = allocate(kernels.scratchBytes(a.rows(), packed));
        kernels.multiply(a, packed, c, epilogue, scratch, Workers.single());
        return values(c);
    }

    private static float[] values(Matrix matrix) {
        return floats(matrix.segment(), matrix.offset() * 4, matrix.rows() * matrix.columns());
    }
}
