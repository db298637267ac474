package dev.nereid.kernels.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One element for each index, as the plain loop gathers it, for every size of elements, also from odd addresses. */
class ElementGatherTest extends KernelTest {
    private static final int ODD = 3;

    private final LayoutKernels oracle = new ScalarLayout();
    private final LayoutKernels kernels = new BlockedLayout();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8, 16})
    void picksAlongEveryAxis(int elementBytes) {
        Random random = new Random(elementBytes);
        for (int round = 0; round < 100; round++) {
            int rank = 1 + random.nextInt(4);
            int axis = random.nextInt(rank);
            long[] from = new long[rank];
            long[] dims = new long[rank];
            for (int i = 0; i < rank; i++) {
                from[i] = random.nextLong(1, 10);
                dims[i] = i == axis ? random.nextInt(12) : random.nextInt((int) from[i] + 1);
            }
            agree(elementBytes, dims, from, axis, random);
        }
        agree(elementBytes, new long[] {2, 1300}, new long[] {2, 700}, 1, random);
        agree(elementBytes, new long[] {5, 1300}, new long[] {7, 1301}, 0, random);
    }

    @Test
    void sharesManyRowsWithTheWorkers() {
        agree(4, new long[] {700, 300}, new long[] {700, 20}, 1, new Random(1));
        agree(4, new long[] {90, 30, 70}, new long[] {11, 30, 70}, 0, new Random(2));
    }

    @ParameterizedTest
    @ValueSource(longs = {-6, 5, Long.MIN_VALUE, Long.MAX_VALUE})
    void picksNothingBeyondTheExtent(long index) {
        MemorySegment x = allocate(4 * 5);
        MemorySegment indices = allocate(8 * 2);
        indices.set(ValueLayout.JAVA_LONG_UNALIGNED, 8, index);
        MemorySegment y = allocate(4 * 2);
        long[] dims = {2};
        long[] one = {1};
        for (LayoutKernels each : new LayoutKernels[] {oracle, kernels}) {
            assertThatThrownBy(() -> each.gatherElements(4, dims, one, 0, 5, 8, x, indices, y, Workers.single()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("index " + index + " is outside the extent 5");
        }
    }

    private void agree(int elementBytes, long[] dims, long[] from, int axis, Random random) {
        long[] strides = new long[from.length];
        long elements = 1;
        for (int i = from.length - 1; i >= 0; i--) {
            strides[i] = elements;
            elements *= from[i];
        }
        int count = (int) Arrays.stream(dims).reduce(1, (a, b) -> a * b);
        long extent = from[axis];
        MemorySegment x = random(random, elements * elementBytes);
        MemorySegment ints = allocate(4L * count + ODD).asSlice(ODD);
        MemorySegment longs = allocate(8L * count + ODD).asSlice(ODD);
        for (int i = 0; i < count; i++) {
            long index = random.nextLong(-extent, extent);
            ints.set(ValueLayout.JAVA_INT_UNALIGNED, 4L * i, (int) index);
            longs.set(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i, index);
        }
        MemorySegment expected = random(random, (long) count * elementBytes);
        oracle.gatherElements(elementBytes, dims, strides, axis, extent, 8, x, longs, expected, Workers.single());
        for (int indexBytes : new int[] {4, 8}) {
            MemorySegment actual = random(random, expected.byteSize());
            kernels.gatherElements(
                    elementBytes,
                    dims,
                    strides,
                    axis,
                    extent,
                    indexBytes,
                    x,
                    indexBytes == 4 ? ints : longs,
                    actual,
                    BlockedLayoutTest.Backwards.THREE);
            assertThat(actual.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    private MemorySegment random(Random random, long bytes) {
        byte[] values = new byte[Math.toIntExact(bytes)];
        random.nextBytes(values);
        MemorySegment segment = allocate(bytes + ODD).asSlice(ODD);
        MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_BYTE, 0, values.length);
        return segment;
    }
}
