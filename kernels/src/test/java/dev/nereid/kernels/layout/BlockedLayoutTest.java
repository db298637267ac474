package dev.nereid.kernels.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The blocked kernels move the same bytes as the plain loops, for every element size, also from odd addresses. */
class BlockedLayoutTest extends KernelTest {
    private static final int ODD = 3;
    private static final List<Integer> EXTENTS = List.of(1, 2, 3, 5, 16, 17, 33);

    private final LayoutKernels oracle = new ScalarLayout();
    private final LayoutKernels kernels = new BlockedLayout();

    /** Runs its tasks last to first: their order must not matter. */
    enum Backwards implements Workers {
        THREE;

        @Override
        public int count() {
            return 3;
        }

        @Override
        public void run(int tasks, Task task) {
            for (int i = tasks - 1; i >= 0; i--) {
                task.run(i);
            }
        }
    }

    private MemorySegment random(Random random, long bytes) {
        byte[] values = new byte[Math.toIntExact(bytes)];
        random.nextBytes(values);
        MemorySegment segment = allocate(bytes + ODD).asSlice(ODD);
        MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_BYTE, 0, values.length);
        return segment;
    }

    private static long product(long[] dims) {
        return Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    }

    private void assertSame(MemorySegment expected, MemorySegment actual) {
        assertThat(actual.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected.toArray(ValueLayout.JAVA_BYTE));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8, 16})
    void transposesEveryPermutationOfUpToFourAxes(int elementBytes) {
        Random random = new Random(elementBytes);
        for (int rank = 0; rank <= 4; rank++) {
            for (List<Integer> order :
                    permutations(IntStream.range(0, rank).boxed().toList())) {
                long[] dims = random.longs(rank, 0, EXTENTS.size())
                        .map(i -> EXTENTS.get((int) i))
                        .toArray();
                int[] permutation = order.stream().mapToInt(Integer::intValue).toArray();
                MemorySegment x = random(random, product(dims) * elementBytes);
                MemorySegment expected = random(random, x.byteSize());
                MemorySegment actual = random(random, x.byteSize());
                oracle.transpose(elementBytes, dims, permutation, x, expected, Workers.single());
                kernels.transpose(elementBytes, dims, permutation, x, actual, Backwards.THREE);
                assertSame(expected, actual);
            }
        }
    }

    @Test
    void transposesMatricesWhoseSidesAreNoMultiplesOfAVector() {
        int[] extents = {3, 7, 8, 9, 15, 16, 17, 24, 31, 33, 48, 70};
        Random random = new Random(5);
        for (int rows : extents) {
            for (int columns : extents) {
                long[] dims = {2, rows, columns};
                MemorySegment x = random(random, product(dims) * 4);
                MemorySegment expected = random(random, x.byteSize());
                MemorySegment actual = random(random, x.byteSize());
                oracle.transpose(4, dims, new int[] {0, 2, 1}, x, expected, Workers.single());
                kernels.transpose(4, dims, new int[] {0, 2, 1}, x, actual, Workers.single());
                assertSame(expected, actual);
            }
        }
    }

    /** Colours that take turns and planes of them, squares, and what is too small or too narrow for either. */
    @Test
    void transposesMatricesOfBytesWhoseSidesAreNoMultiplesOfAVector() {
        int[] extents = {2, 3, 4, 5, 8, 15, 16, 17, 33, 63, 64, 65, 100, 131, 200};
        Random random = new Random(6);
        for (int rows : extents) {
            for (int columns : extents) {
                long[] dims = {2, rows, columns};
                MemorySegment x = random(random, product(dims));
                MemorySegment expected = random(random, x.byteSize());
                MemorySegment actual = random(random, x.byteSize());
                oracle.transpose(1, dims, new int[] {0, 2, 1}, x, expected, Workers.single());
                if (Math.max(rows, columns) == 131) {
                    warmUp(() -> kernels.transpose(1, dims, new int[] {0, 2, 1}, x, actual, Workers.single()));
                }
                kernels.transpose(1, dims, new int[] {0, 2, 1}, x, actual, Workers.single());
                assertSame(expected, actual);
            }
        }
    }

    private static List<List<Integer>> permutations(List<Integer> items) {
        if (items.isEmpty()) {
            return List.of(List.of());
        }
        List<List<Integer>> all = new ArrayList<>();
        for (Integer first : items) {
            List<Integer> rest = new ArrayList<>(items);
            rest.remove((Object) first);
            for (List<Integer> tail : permutations(rest)) {
                List<Integer> permutation = new ArrayList<>(List.of(first));
                permutation.addAll(tail);
                all.add(permutation);
            }
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8, 16})
    void copiesStridedRepeatedAndReversedBoxes(int elementBytes) {
        Random random = new Random(100 + elementBytes);
        for (int round = 0; round < 200; round++) {
            int rank = random.nextInt(5);
            long[] dims = new long[rank];
            long[] xStrides = new long[rank];
            long[] yStrides = new long[rank];
            long xLowest = 0;
            long xHighest = 0;
            long ySize = 1;
            List<Integer> order =
                    new ArrayList<>(IntStream.range(0, rank).boxed().toList());
            Collections.shuffle(order, random);
            for (int axis : order) {
                dims[axis] = random.nextInt(20) == 0 ? 0 : 1 + random.nextInt(9);
                yStrides[axis] = ySize;
                ySize *= Math.max(1, dims[axis]) + random.nextInt(2);
                xStrides[axis] = random.nextInt(-12, 13);
                long reach = xStrides[axis] * Math.max(0, dims[axis] - 1);
                xLowest += Math.min(0, reach);
                xHighest += Math.max(0, reach);
            }
            MemorySegment x = random(random, (xHighest - xLowest + 1) * elementBytes);
            MemorySegment expected = random(random, (ySize + 2) * elementBytes);
            MemorySegment actual = allocate(expected.byteSize());
            actual.copyFrom(expected);
            oracle.copy(elementBytes, dims, x, -xLowest, xStrides, expected, 1, yStrides, Workers.single());
            kernels.copy(elementBytes, dims, x, -xLowest, xStrides, actual, 1, yStrides, Backwards.THREE);
            assertSame(expected, actual);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8, 16})
    void copiesRowsAndEverySecondElementOfThem(int elementBytes) {
        Random random = new Random(200 + elementBytes);
        for (long rows : new long[] {1, 2, 5}) {
            for (long length : new long[] {1, 2, 3, 5, 7, 8, 15, 16, 17, 24, 32, 33, 48, 129, 700}) {
                for (long step : new long[] {1, 2}) {
                    for (long backwards : new long[] {1, -1}) {
                        long xRow = length * step + 3;
                        long[] dims = {2, rows, length};
                        long[] xStrides = {backwards * rows * xRow, backwards * xRow, step};
                        long[] yStrides = {rows * (length + 1), length + 1, 1};
                        MemorySegment x = random(random, (2 * rows * xRow - 3 - (step - 1)) * elementBytes);
                        MemorySegment expected = random(random, (2 * rows * (length + 1) - 1) * elementBytes);
                        MemorySegment actual = allocate(expected.byteSize());
                        actual.copyFrom(expected);
                        long first = backwards < 0 ? (2 * rows - 1) * xRow : 0;
                        oracle.copy(elementBytes, dims, x, first, xStrides, expected, 0, yStrides, Workers.single());
                        kernels.copy(elementBytes, dims, x, first, xStrides, actual, 0, yStrides, Backwards.THREE);
                        assertSame(expected, actual);
                    }
                }
            }
        }
    }

    /** Axes of repeats between those of x, as Tile has them: which of them is the longest differs. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void repeatsRows(int elementBytes) {
        Random random = new Random(500 + elementBytes);
        for (long[] extents : new long[][] {{3, 2, 20, 2}, {20, 2, 3, 2}, {2, 3, 1, 40}, {17, 2, 1, 2}}) {
            for (long length : new long[] {1, 8, 24, 40}) {
                long[] dims = {extents[0], extents[1], extents[2], extents[3], length};
                long[] xStrides = {extents[2] * length, 0, length, 0, 1};
                long[] yStrides = new long[dims.length];
                long stride = 1;
                for (int axis = dims.length - 1; axis >= 0; axis--) {
                    yStrides[axis] = stride;
                    stride *= dims[axis];
                }
                MemorySegment x = random(random, extents[0] * extents[2] * length * elementBytes);
                MemorySegment expected = random(random, stride * elementBytes);
                MemorySegment actual = random(random, stride * elementBytes);
                oracle.copy(elementBytes, dims, x, 0, xStrides, expected, 0, yStrides, Workers.single());
                kernels.copy(elementBytes, dims, x, 0, xStrides, actual, 0, yStrides, Backwards.THREE);
                assertSame(expected, actual);
            }
        }
    }

    /** Pixels by blocks, as SpaceToDepth has them: the columns of a block lie next to each other in x alone. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8, 16})
    void takesBlocksOfPixelsApart(int elementBytes) {
        Random random = new Random(400 + elementBytes);
        for (long block : new long[] {2, 3}) {
            for (long columns : new long[] {1, 7, 16, 17, 33, 64}) {
                long rows = 3;
                long channels = 2;
                long width = block * columns;
                long[] dims = {block, block, channels, rows, columns};
                long[] xStrides = {width, 1, rows * block * width, block * width, block};
                long[] yStrides = new long[dims.length];
                long stride = 1;
                for (int axis = dims.length - 1; axis >= 0; axis--) {
                    yStrides[axis] = stride;
                    stride *= dims[axis];
                }
                MemorySegment x = random(random, stride * elementBytes);
                MemorySegment expected = random(random, stride * elementBytes);
                MemorySegment actual = random(random, stride * elementBytes);
                oracle.copy(elementBytes, dims, x, 0, xStrides, expected, 0, yStrides, Workers.single());
                kernels.copy(elementBytes, dims, x, 0, xStrides, actual, 0, yStrides, Backwards.THREE);
                assertSame(expected, actual);
            }
        }
    }

    /** Every row has an element of its own, or a group of rows has one in common. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8, 16})
    void fillsRowsWithOneElementEach(int elementBytes) {
        Random random = new Random(300 + elementBytes);
        for (long rows : new long[] {1, 2, 5}) {
            for (long length : new long[] {1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 64, 129, 700, 4098}) {
                for (long[] xStrides : new long[][] {{rows, 1, 0}, {-rows, -1, 0}, {3, 0, 0}, {0, 0, 0}, {0, 5, 0}}) {
                    long[] dims = {2, rows, length};
                    long[] yStrides = {rows * (length + 1), length + 1, 1};
                    long reach = Math.abs(xStrides[0]) + (rows - 1) * Math.abs(xStrides[1]);
                    MemorySegment x = random(random, (reach + 1) * elementBytes);
                    MemorySegment expected = random(random, (2 * rows * (length + 1) - 1) * elementBytes);
                    MemorySegment actual = allocate(expected.byteSize());
                    actual.copyFrom(expected);
                    long first = xStrides[0] < 0 ? reach : 0;
                    oracle.copy(elementBytes, dims, x, first, xStrides, expected, 0, yStrides, Workers.single());
                    Runnable copy = () ->
                            kernels.copy(elementBytes, dims, x, first, xStrides, actual, 0, yStrides, Backwards.THREE);
                    warmUp(copy);
                    copy.run();
                    assertSame(expected, actual);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8, 16})
    void keepsTriangles(int elementBytes) {
        Random random = new Random(400 + elementBytes);
        for (long rows : new long[] {1, 2, 9, 37}) {
            for (long columns : new long[] {0, 1, 7, 8, 15, 16, 17, 31, 33, 129}) {
                for (long diagonal : new long[] {Long.MIN_VALUE, -38, -5, -1, 0, 1, 6, 16, 130, Long.MAX_VALUE}) {
                    for (boolean right : new boolean[] {true, false}) {
                        long bytes = 3 * rows * columns * elementBytes;
                        MemorySegment x = random(random, bytes);
                        MemorySegment expected = random(random, bytes);
                        MemorySegment actual = random(random, bytes);
                        Triangle triangle = new Triangle(3, rows, columns, diagonal, right);
                        oracle.triangle(elementBytes, triangle, x, expected, Workers.single());
                        Runnable run = () -> kernels.triangle(elementBytes, triangle, x, actual, Backwards.THREE);
                        if (diagonal == 6) {
                            warmUp(run);
                        }
                        run.run();
                        assertSame(expected, actual);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8, 16})
    void transposesAReversedMatrix(int elementBytes) {
        Random random = new Random(elementBytes);
        for (long rows : EXTENTS) {
            for (long columns : EXTENTS) {
                long[] dims = {columns, rows};
                long[] xStrides = {1, -columns};
                long[] yStrides = {rows, 1};
                MemorySegment x = random(random, rows * columns * elementBytes);
                MemorySegment expected = allocate(x.byteSize());
                MemorySegment actual = allocate(x.byteSize());
                long lastRow = (rows - 1) * columns;
                oracle.copy(elementBytes, dims, x, lastRow, xStrides, expected, 0, yStrides, Workers.single());
                kernels.copy(elementBytes, dims, x, lastRow, xStrides, actual, 0, yStrides, Backwards.THREE);
                assertSame(expected, actual);
            }
        }
    }

    @Test
    void splitsLargeMovesOverTheWorkers() {
        Random random = new Random(7);
        long[] dims = {300, 16, 4, 32};
        int[] permutation = {0, 2, 1, 3};
        int[] crossing = {3, 1, 2, 0};
        MemorySegment x = random(random, product(dims) * 4);
        for (int[] order : List.of(permutation, crossing)) {
            MemorySegment expected = allocate(x.byteSize());
            MemorySegment actual = allocate(x.byteSize());
            oracle.transpose(4, dims, order, x, expected, Workers.single());
            kernels.transpose(4, dims, order, x, actual, Backwards.THREE);
            assertSame(expected, actual);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 4, 8, 12, 16, 20, 28, 1536})
    void gathersAndScattersBlocks(long blockBytes) {
        Random random = new Random(blockBytes);
        for (int count : new int[] {0, 1, 7, 500}) {
            long outer = count > 100 ? 2 : 3;
            long extent = 11;
            MemorySegment x = random(random, outer * extent * blockBytes);
            MemorySegment indices = allocate(8L * count + 1).asSlice(1);
            for (int i = 0; i < count; i++) {
                indices.set(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i, random.nextLong(extent));
            }
            MemorySegment expected = random(random, outer * count * blockBytes);
            MemorySegment actual = random(random, expected.byteSize());
            oracle.gather(blockBytes, outer, extent, count, x, indices, expected, Workers.single());
            kernels.gather(blockBytes, outer, extent, count, x, indices, actual, Backwards.THREE);
            assertSame(expected, actual);

            MemorySegment scattered = random(random, extent * blockBytes);
            MemorySegment scatteredActual =
                    allocate(Math.max(1, scattered.byteSize())).asSlice(0, scattered.byteSize());
            scatteredActual.copyFrom(scattered);
            oracle.scatter(blockBytes, count, expected, indices, scattered);
            kernels.scatter(blockBytes, count, expected, indices, scatteredActual);
            assertSame(scattered, scatteredActual);
        }
    }

    /** Words, rows of words around a vector, one index, and rows whose gathers two tasks share. */
    @ParameterizedTest
    @ValueSource(longs = {4, 8, 12, 16, 20, 28, 60, 64, 68, 128, 132, 2048, 2052})
    void picksFromEveryRow(long blockBytes) {
        Random random = new Random(blockBytes);
        for (int count : new int[] {1, 2, 3, 5, 36, 301}) {
            // Enough for several tasks, of the small blocks too.
            for (long outer : new long[] {1, 3, blockBytes <= 16 ? 500 : 20}) {
                long extent = 9;
                MemorySegment x = random(random, outer * extent * blockBytes);
                MemorySegment indices = allocate(8L * count + 1).asSlice(1);
                for (int i = 0; i < count; i++) {
                    indices.set(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i, random.nextLong(extent));
                }
                MemorySegment expected = random(random, outer * count * blockBytes);
                MemorySegment actual = random(random, expected.byteSize());
                oracle.gather(blockBytes, outer, extent, count, x, indices, expected, Workers.single());
                kernels.gather(blockBytes, outer, extent, count, x, indices, actual, Backwards.THREE);
                assertSame(expected, actual);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 5, Long.MIN_VALUE, Long.MAX_VALUE})
    void picksNothingBeyondTheExtent(long index) {
        MemorySegment x = allocate(4 * 5);
        MemorySegment indices = allocate(8 * 2);
        indices.set(ValueLayout.JAVA_LONG_UNALIGNED, 8, index);
        MemorySegment y = allocate(4 * 2);
        assertThatThrownBy(() -> kernels.gather(4, 1, 5, 2, x, indices, y, Workers.single()))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8, 16})
    void fillsWithOneElement(int elementBytes) {
        Random random = new Random(elementBytes);
        for (int count : new int[] {0, 1, 3, 5, 16, 17, 33, 100_000}) {
            MemorySegment value = random(random, elementBytes);
            MemorySegment expected = random(random, (long) count * elementBytes);
            MemorySegment actual = random(random, expected.byteSize());
            oracle.fill(elementBytes, count, value, expected, Workers.single());
            kernels.fill(elementBytes, count, value, actual, Backwards.THREE);
            assertSame(expected, actual);
        }
    }
}
