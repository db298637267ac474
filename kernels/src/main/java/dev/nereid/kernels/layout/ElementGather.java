package dev.nereid.kernels.layout;

import static dev.nereid.memory.AddressSpace.ALL;
import static dev.nereid.memory.AddressSpace.BITS;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * Gather of elements along an axis (ONNX GatherElements), row by row: the indices of a part of a row are converted to
 * offsets in x and checked, then the elements are read by address; 4-byte words with long indices by {@link WordGather}.
 * Stateless.
 *
 * @param dims of the indices and of the result
 * @param xStrides of x, in elements
 * @param axis that indices are of
 * @param extent of x along that axis
 */
@SuppressWarnings("ArrayRecordComponent")
record ElementGather(
        int elementBytes,
        long[] dims,
        long[] xStrides,
        int axis,
        long extent,
        int indexBytes,
        MemorySegment x,
        MemorySegment indices,
        MemorySegment y) {
    /** Elements of a row at a time: their places stay in the L1 cache. */
    private static final int PART = WordGather.PART;

    /** Bytes of a cache line. */
    private static final int LINE = 64;

    /** What is larger comes from beyond the L2 cache, and its lines are asked for before they are gathered from. */
    private static final long CACHED_BYTES = 1 << 20;

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    /** @throws IllegalArgumentException if a segment lies on the heap */
    ElementGather {
        if (!x.isNative() || !indices.isNative() || !y.isNative()) {
            throw new IllegalArgumentException("elements are picked from native memory alone");
        }
    }

    long rows() {
        long rows = 1;
        for (int outer = 0; outer < dims.length - 1; outer++) {
            rows *= dims[outer];
        }
        return rows;
    }

    /** Gathers the elements of the rows [from, to). */
    void run(long from, long to) {
        int last = dims.length - 1;
        long columns = dims[last];
        long stride = xStrides[axis];
        long step = axis == last ? 0 : xStrides[last];
        Objects.checkFromIndexSize(from * columns, (to - from) * columns, indices.byteSize() / indexBytes);
        Objects.checkFromIndexSize(from * columns, (to - from) * columns, y.byteSize() / elementBytes);
        int most = (int) Math.min(PART, columns);
        long[] places = new long[most];
        WordGather words = new WordGather(most);
        long[] position = position(from);
        for (long row = from; row < to; row++) {
            long base = next(position);
            for (long column = 0; column < columns; column += PART) {
                int count = (int) Math.min(PART, columns - column);
                long at = row * columns + column;
                long first = base + column * step;
                long reach = (count - 1) * step + (extent - 1) * stride + 1;
                if (extent > 0) {
                    Objects.checkFromIndexSize(first, reach, x.byteSize() / elementBytes);
                }
                long source = x.address() + first * elementBytes;
                long index = indices.address() + at * indexBytes;
                long target = y.address() + at * elementBytes;
                if (step == 0 && x.byteSize() > CACHED_BYTES && count * (long) LINE > reach * elementBytes) {
                    places[0] = touch(source, reach * elementBytes);
                }
                if (indexBytes == Long.BYTES && elementBytes == Integer.BYTES) {
                    words.gather(count, index, extent, source, 4 * stride, 4 * step, target);
                    continue;
                }
                if (indexBytes == Integer.BYTES) {
                    ints(count, index, extent, places);
                } else {
                    longs(count, index, extent, places);
                }
                gather(count, source, stride, step, target, places);
            }
        }
    }

    /**
     * Reads a word of each line, so that all of them are under way at the same time: picking alone has too few in flight.
     * Gives something that depends on all of them.
     */
    private static long touch(long from, long bytes) {
        long seen = 0;
        int lines = (int) (bytes - Long.BYTES + LINE - 1) / LINE;
        for (int line = 0; line < lines; line++) {
            seen |= ALL.get(LONG, from + (long) LINE * line & BITS);
        }
        return seen;
    }

    /** The place of a row along the axes outside of it. */
    private long[] position(long row) {
        long[] position = new long[dims.length - 1];
        long rest = row;
        for (int outer = position.length - 1; outer >= 0; outer--) {
            position[outer] = rest % dims[outer];
            rest /= dims[outer];
        }
        return position;
    }

    /** Where the row of x begins from which the row at a position is gathered; the position goes on to the next row. */
    private long next(long[] position) {
        long base = 0;
        for (int outer = 0; outer < position.length; outer++) {
            base += outer == axis ? 0 : position[outer] * xStrides[outer];
        }
        for (int outer = position.length - 1; outer >= 0 && ++position[outer] == dims[outer]; outer--) {
            position[outer] = 0;
        }
        return base;
    }

    private static void ints(int count, long index, long extent, long[] places) {
        for (int i = 0; i < count; i++) {
            places[i] = place(ALL.get(INT, index + (long) Integer.BYTES * i), extent);
        }
    }

    private static void longs(int count, long index, long extent, long[] places) {
        for (int i = 0; i < count; i++) {
            places[i] = place(ALL.get(LONG, index + (long) Long.BYTES * i), extent);
        }
    }

    /** The place that an index means, which may be counted from the end. */
    static long place(long index, long extent) {
        return index >= 0 && index < extent ? index : fromEnd(index, extent);
    }

    private static long fromEnd(long index, long extent) {
        if (index < -extent || index >= extent) {
            throw new IllegalArgumentException("index " + index + " is outside the extent " + extent);
        }
        return index + extent;
    }

    private void gather(int count, long from, long stride, long step, long to, long[] places) {
        long strideBytes = stride * elementBytes;
        long stepBytes = step * elementBytes;
        switch (elementBytes) {
            case Byte.BYTES -> gather1(count, from, strideBytes, stepBytes, to, places);
            case Short.BYTES -> gather2(count, from, strideBytes, stepBytes, to, places);
            case Integer.BYTES -> gather4(count, from, strideBytes, stepBytes, to, places);
            case Long.BYTES -> gather8(count, from, strideBytes, stepBytes, to, places);
            default -> gather16(count, from, strideBytes, stepBytes, to, places);
        }
    }

    private static void gather1(int count, long from, long stride, long step, long to, long[] places) {
        for (int i = 0; i < count; i++) {
            ALL.set(BYTE, to + i, ALL.get(BYTE, from + places[i] * stride + i * step));
        }
    }

    private static void gather2(int count, long from, long stride, long step, long to, long[] places) {
        for (int i = 0; i < count; i++) {
            ALL.set(SHORT, to + 2L * i, ALL.get(SHORT, from + places[i] * stride + i * step));
        }
    }

    private static void gather4(int count, long from, long stride, long step, long to, long[] places) {
        for (int i = 0; i < count; i++) {
            ALL.set(INT, to + 4L * i, ALL.get(INT, from + places[i] * stride + i * step));
        }
    }

    private static void gather8(int count, long from, long stride, long step, long to, long[] places) {
        for (int i = 0; i < count; i++) {
            ALL.set(LONG, to + 8L * i, ALL.get(LONG, from + places[i] * stride + i * step));
        }
    }

    private static void gather16(int count, long from, long stride, long step, long to, long[] places) {
        for (int i = 0; i < count; i++) {
            long at = from + places[i] * stride + i * step;
            ALL.set(LONG, to + 16L * i, ALL.get(LONG, at));
            ALL.set(LONG, to + 16L * i + 8, ALL.get(LONG, at + 8));
        }
    }
}
