package dev.nereid.models.operators.movement;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;

/**
 * The first few elements of rows in ascending or descending order, found by a heap of as many. Of equal elements the one
 * with the lower index comes first; NaN is the greatest. Used by one thread.
 */
final class Selection {
    private final boolean largest;
    private final long[] keys;

    /** Indices of keys; each comes after its two children in order, so that the last one is at the top. */
    private final int[] heap;

    /**
     * A selection.
     *
     * @param extent elements of a row
     * @param count how many are selected; at most the extent
     */
    Selection(int extent, int count, boolean largest) {
        this.largest = largest;
        this.keys = new long[extent];
        this.heap = new int[count];
    }

    /** The indices within the row of x that begins at {@code start}, in order; good until the next call. */
    int[] of(Tensor x, long start, long stride) {
        for (int i = 0; i < keys.length; i++) {
            long key = key(x, start + i * stride);
            keys[i] = largest ? ~key : key;
        }
        int count = heap.length;
        for (int i = 0; i < count; i++) {
            heap[i] = i;
        }
        for (int i = count / 2 - 1; i >= 0; i--) {
            sink(i, count);
        }
        for (int i = count; i < keys.length && count > 0; i++) {
            // Later indices lose against equal keys.
            if (keys[i] < keys[heap[0]]) {
                heap[0] = i;
                sink(0, count);
            }
        }
        for (int end = count - 1; end > 0; end--) {
            int last = heap[0];
            heap[0] = heap[end];
            heap[end] = last;
            sink(0, end);
        }
        return heap;
    }

    private void sink(int from, int count) {
        int at = from;
        int index = heap[at];
        while (2 * at + 1 < count) {
            int child = 2 * at + 1;
            if (child + 1 < count && after(heap[child + 1], heap[child])) {
                child++;
            }
            if (!after(heap[child], index)) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = index;
    }

    private boolean after(int i, int j) {
        return keys[i] > keys[j] || (keys[i] == keys[j] && i > j);
    }

    /** A number in the order of the elements. */
    private static long key(Tensor x, long i) {
        if (x.dataType().isFloat()) {
            // Both zeros are equal; negative numbers are ordered by magnitude, the other way round.
            long bits = Double.doubleToLongBits(Numbers.real(x, i) + 0.0);
            return bits ^ (bits >> 63 & Long.MAX_VALUE);
        }
        long value = Numbers.integer(x, i);
        return x.dataType() == DataType.UINT64 ? value ^ Long.MIN_VALUE : value;
    }
}
