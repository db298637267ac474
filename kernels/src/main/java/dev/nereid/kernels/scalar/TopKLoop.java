package dev.nereid.kernels.scalar;

import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.kernels.reduce.TopKKernel;
import dev.nereid.memory.NativeSegments;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;

/** TopK by a heap of k elements. Copied for each datatype and order. */
final class TopKLoop implements TopKKernel {
    /** What a copy selects. */
    record Operation(ElementAccess elements, boolean largest) {}

    private static final Operation OPERATION = LoopCopy.operation(MethodHandles.lookup(), Operation.class);
    private static final ElementAccess.IntegerReader INTEGER =
            OPERATION.elements().integer();
    private static final ElementAccess.RealReader REAL = OPERATION.elements().real();
    private static final boolean IS_INTEGER = OPERATION.elements().isInteger();
    private static final long BYTES = OPERATION.elements().bytes();
    private static final long FLIP = OPERATION.largest() ? -1 : 0;
    private static final boolean UNSIGNED = OPERATION.elements().type() == DataType.UINT64;

    @Override
    public long scratchBytes(int length, int count) {
        return 0;
    }

    @Override
    public void run(
            MemorySegment x,
            long xOffset,
            MemorySegment y,
            long yOffset,
            MemorySegment indices,
            long indexOffset,
            int outer,
            int length,
            int inner,
            int count,
            MemorySegment scratch) {
        x = NativeSegments.exact(x);
        long[] keys = new long[length];
        int[] heap = new int[count];
        for (int row = 0; row < outer * inner; row++) {
            int o = row / inner;
            int i = row % inner;
            long from = xOffset + BYTES * ((long) o * length * inner + i);
            for (int at = 0; at < length; at++) {
                keys[at] = key(x, from + BYTES * inner * at);
            }
            select(keys, heap);
            for (int rank = 0; rank < count; rank++) {
                long to = ((long) o * count + rank) * inner + i;
                MemorySegment.copy(x, from + BYTES * inner * heap[rank], y, yOffset + BYTES * to, BYTES);
                indices.set(ValueLayout.JAVA_LONG_UNALIGNED, indexOffset + Long.BYTES * to, heap[rank]);
            }
        }
    }

    /** A number that is the lower the earlier the element comes. */
    private static long key(MemorySegment x, long offset) {
        if (!IS_INTEGER) {
            // Both zeros are equal; negative numbers are ordered by magnitude, the other way round.
            long bits = Double.doubleToLongBits(REAL.get(x, offset) + 0.0);
            return bits ^ (bits >> 63 & Long.MAX_VALUE) ^ FLIP;
        }
        long value = INTEGER.get(x, offset);
        return (UNSIGNED ? value ^ Long.MIN_VALUE : value) ^ FLIP;
    }

    /** Fills {@code heap} with the indices of the first keys, in order. */
    private static void select(long[] keys, int[] heap) {
        int count = heap.length;
        for (int i = 0; i < count; i++) {
            heap[i] = i;
        }
        for (int i = count / 2 - 1; i >= 0; i--) {
            sink(keys, heap, i, count);
        }
        for (int i = count; i < keys.length && count > 0; i++) {
            // Later indices lose against equal keys.
            if (keys[i] < keys[heap[0]]) {
                heap[0] = i;
                sink(keys, heap, 0, count);
            }
        }
        for (int end = count - 1; end > 0; end--) {
            int last = heap[0];
            heap[0] = heap[end];
            heap[end] = last;
            sink(keys, heap, 0, end);
        }
    }

    /** Each index in the heap comes after its two children in order, so that the last one is at the top. */
    private static void sink(long[] keys, int[] heap, int from, int count) {
        int at = from;
        int index = heap[at];
        while (2 * at + 1 < count) {
            int child = 2 * at + 1;
            if (child + 1 < count && isAfter(keys, heap[child + 1], heap[child])) {
                child++;
            }
            if (!isAfter(keys, heap[child], index)) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = index;
    }

    private static boolean isAfter(long[] keys, int i, int j) {
        return keys[i] > keys[j] || (keys[i] == keys[j] && i > j);
    }
}
