package dev.nereid.kernels.layout;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/** The inner loops of the layout kernels: one axis, or two that are transposed. Starts are bytes, strides elements. */
final class LayoutLoops {
    /** Rows and columns of a tile: 16 rows of 4-byte elements are 16 cache lines on either side. */
    private static final int TILE = 16;
    /** Shorter rows are moved by a loop: the call that copies a row has a price of its own. */
    private static final long SHORT_BYTES = 32;

    private static final int WORD_BYTES = 4;

    /** Words of a row that vectors count in an int. */
    private static final int MOST_WORDS = 1 << 30;

    /** Longer rows are worth a call each. */
    private static final long LONG_BYTES = 2048;

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    private LayoutLoops() {}

    /** Copies {@code length} elements. */
    static void copy(
            int elementBytes,
            long length,
            MemorySegment x,
            long xStart,
            long xStride,
            MemorySegment y,
            long yStart,
            long yStride) {
        if (xStride == 1 && yStride == 1 && length * elementBytes >= SHORT_BYTES) {
            MemorySegment.copy(x, xStart, y, yStart, length * elementBytes);
            return;
        }
        if (suitsFilling(elementBytes, length, xStride, yStride, x, y) && length * elementBytes >= SHORT_BYTES) {
            fillRows(elementBytes, 1, length, x, xStart, 0, y, yStart, 0);
            return;
        }
        if (elementBytes == 4 && length > 0 && x.isNative() && y.isNative()) {
            long from = lines(x, xStart, length, WORD_BYTES, 4 * xStride);
            long to = lines(y, yStart, length, WORD_BYTES, 4 * yStride);
            if (xStride == 2 && yStride == 1 && length <= MOST_WORDS) {
                WordRows.copyEverySecond(1, (int) length, from, 0, to, 0);
            } else {
                WordTranspose.copy(length, from, 4 * xStride, to, 4 * yStride);
            }
            return;
        }
        long xStep = xStride * elementBytes;
        long yStep = yStride * elementBytes;
        switch (elementBytes) {
            case 1 -> copy1(length, x, xStart, xStep, y, yStart, yStep);
            case 2 -> copy2(length, x, xStart, xStep, y, yStart, yStep);
            case 4 -> copy4(length, x, xStart, xStep, y, yStart, yStep);
            case 8 -> copy8(length, x, xStart, xStep, y, yStart, yStep);
            default -> copy16(length, x, xStart, xStep, y, yStart, yStep);
        }
    }

    /** Whether rows are one element again and again, and whole words of it. */
    static boolean suitsFilling(
            int elementBytes, long length, long xStride, long yStride, MemorySegment x, MemorySegment y) {
        return xStride == 0
                && yStride == 1
                && length > 0
                && elementBytes <= RowFill.MOST_BYTES
                && length * elementBytes % WORD_BYTES == 0
                && x.isNative()
                && y.isNative();
    }

    private static void fillRows(
            int elementBytes,
            long rows,
            long length,
            MemorySegment x,
            long xStart,
            long xRow,
            MemorySegment y,
            long yStart,
            long yRow) {
        long bytes = length * elementBytes;
        long xBytes = xRow * elementBytes;
        long yBytes = yRow * elementBytes;
        long from = lines(x, xStart, rows, elementBytes, xBytes);
        long to = lines(y, yStart, rows, bytes, yBytes);
        RowFill.fill(elementBytes, rows, bytes / WORD_BYTES, from, xBytes, to, yBytes);
    }

    /** Whether {@link #copyRows} has a way for rows like these: filled, or short ones of whole words, dense or every second. */
    static boolean suitsRows(
            int elementBytes, long length, long xStride, long yStride, MemorySegment x, MemorySegment y) {
        long bytes = length * elementBytes;
        if (suitsFilling(elementBytes, length, xStride, yStride, x, y)) {
            return true;
        }
        return x.isNative()
                && y.isNative()
                && yStride == 1
                && ((xStride == 1 && bytes % WORD_BYTES == 0 && bytes <= LONG_BYTES)
                        || (xStride == 2 && elementBytes == WORD_BYTES && bytes <= LONG_BYTES));
    }

    /** Copies rows of {@code length} elements, which are dense in y. */
    static void copyRows(
            int elementBytes,
            long rows,
            long length,
            MemorySegment x,
            long xStart,
            long xRow,
            long xStride,
            MemorySegment y,
            long yStart,
            long yRow) {
        if (xStride == 0) {
            fillRows(elementBytes, rows, length, x, xStart, xRow, y, yStart, yRow);
            return;
        }
        int words = (int) (length * elementBytes / WORD_BYTES);
        long xBytes = xRow * elementBytes;
        long yBytes = yRow * elementBytes;
        long to = lines(y, yStart, rows, 4L * words, yBytes);
        if (xStride == 1) {
            WordRows.copy(rows, words, lines(x, xStart, rows, 4L * words, xBytes), xBytes, to, yBytes);
        } else {
            WordRows.copyEverySecond(
                    rows, words, lines(x, xStart, rows, 4 * (2L * words - 1), xBytes), xBytes, to, yBytes);
        }
    }

    /**
     * Transposes a matrix: x is dense along its columns, y along its rows.
     *
     * @param matrices for those of words and of bytes
     * @param rows length of y's dense axis, along which x has the stride {@code xStride}
     * @param columns length of x's dense axis, along which y has the stride {@code yStride}
     */
    static void transpose(
            TransposeKernel matrices,
            int elementBytes,
            long rows,
            long columns,
            MemorySegment x,
            long xStart,
            long xStride,
            MemorySegment y,
            long yStart,
            long yStride) {
        if (elementBytes == 4 && x.isNative() && y.isNative()) {
            matrices.words(
                    rows,
                    columns,
                    lines(x, xStart, rows, 4 * columns, 4 * xStride),
                    xStride * 4,
                    lines(y, yStart, columns, 4 * rows, 4 * yStride),
                    yStride * 4);
            return;
        }
        if (elementBytes == 1 && rows > 0 && columns > 0 && x.isNative() && y.isNative()) {
            long from = lines(x, xStart, rows, columns, xStride);
            matrices.bytes(rows, columns, from, xStride, lines(y, yStart, columns, rows, yStride), yStride);
            return;
        }
        for (long row = 0; row < rows; row += TILE) {
            int tileRows = (int) Math.min(TILE, rows - row);
            for (long column = 0; column < columns; column += TILE) {
                int tileColumns = (int) Math.min(TILE, columns - column);
                long xAt = xStart + (row * xStride + column) * elementBytes;
                long yAt = yStart + (column * yStride + row) * elementBytes;
                for (int c = 0; c < tileColumns; c++) {
                    copy(
                            elementBytes,
                            tileRows,
                            x,
                            xAt + (long) c * elementBytes,
                            xStride,
                            y,
                            yAt + c * yStride * elementBytes,
                            1);
                }
            }
        }
    }

    /**
     * The address of the first of {@code count} dense lines of {@code bytes} bytes, all of which lie in the segment.
     *
     * @param stride bytes from line to line; negative where they are walked backwards
     */
    private static long lines(MemorySegment segment, long start, long count, long bytes, long stride) {
        long last = start + (count - 1) * stride;
        Objects.checkFromIndexSize(Math.min(start, last), Math.abs(last - start) + bytes, segment.byteSize());
        return segment.address() + start;
    }

    private static void copy1(
            long length, MemorySegment x, long xStart, long xStep, MemorySegment y, long yStart, long yStep) {
        for (long i = 0; i < length; i++) {
            y.set(BYTE, yStart + i * yStep, x.get(BYTE, xStart + i * xStep));
        }
    }

    private static void copy2(
            long length, MemorySegment x, long xStart, long xStep, MemorySegment y, long yStart, long yStep) {
        for (long i = 0; i < length; i++) {
            y.set(SHORT, yStart + i * yStep, x.get(SHORT, xStart + i * xStep));
        }
    }

    private static void copy4(
            long length, MemorySegment x, long xStart, long xStep, MemorySegment y, long yStart, long yStep) {
        for (long i = 0; i < length; i++) {
            y.set(INT, yStart + i * yStep, x.get(INT, xStart + i * xStep));
        }
    }

    private static void copy8(
            long length, MemorySegment x, long xStart, long xStep, MemorySegment y, long yStart, long yStep) {
        for (long i = 0; i < length; i++) {
            y.set(LONG, yStart + i * yStep, x.get(LONG, xStart + i * xStep));
        }
    }

    private static void copy16(
            long length, MemorySegment x, long xStart, long xStep, MemorySegment y, long yStart, long yStep) {
        for (long i = 0; i < length; i++) {
            y.set(LONG, yStart + i * yStep, x.get(LONG, xStart + i * xStep));
            y.set(LONG, yStart + i * yStep + 8, x.get(LONG, xStart + i * xStep + 8));
        }
    }
}
