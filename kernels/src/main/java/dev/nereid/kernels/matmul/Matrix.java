package dev.nereid.kernels.matmul;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A view of rows x columns elements in native memory. Offset and strides are in elements; element (r, c) is number
 * {@code offset + r * rowStride + c * columnStride} of the segment. A stride of 0 repeats a row or a column.
 */
public record Matrix(MemorySegment segment, long offset, int rows, int columns, long rowStride, long columnStride) {
    public Matrix {
        Objects.requireNonNull(segment, "segment");
        if (rows < 0 || columns < 0 || offset < 0) {
            throw new IllegalArgumentException(
                    "a matrix of " + rows + " x " + columns + " elements from number " + offset);
        }
    }

    /** A dense matrix in row-major order that begins at element {@code offset}. */
    public static Matrix of(MemorySegment segment, long offset, int rows, int columns) {
        return new Matrix(segment, offset, rows, columns, columns, 1);
    }

    /** A dense matrix in row-major order at the begin of the segment. */
    public static Matrix of(MemorySegment segment, int rows, int columns) {
        return of(segment, 0, rows, columns);
    }

    /** One row of numbers, repeated for every row. */
    public static Matrix repeatedRow(MemorySegment segment, long offset, int rows, int columns) {
        return new Matrix(segment, offset, rows, columns, 0, 1);
    }

    /** One column of numbers, repeated for every column. */
    public static Matrix repeatedColumn(MemorySegment segment, long offset, int rows, int columns) {
        return new Matrix(segment, offset, rows, columns, 1, 0);
    }

    public Matrix transposed() {
        return new Matrix(segment, offset, columns, rows, columnStride, rowStride);
    }

    /** Number of the element (row, column) in the segment. */
    public long index(int row, int column) {
        return offset + row * rowStride + column * columnStride;
    }

    /** Address of the element (row, column) of {@code FP32}, which nobody checks. */
    public long address(int row, int column) {
        return segment.address() + index(row, column) * Float.BYTES;
    }

    /**
     * Checks that all elements, taken as {@code FP32}, lie in the segment.
     *
     * @throws IndexOutOfBoundsException if they do not
     */
    public void checkBounds() {
        checkBounds(Float.BYTES);
    }

    /**
     * Checks that all elements, of so many bytes each, lie in the segment.
     *
     * @throws IndexOutOfBoundsException if they do not
     */
    void checkBounds(int bytes) {
        if (rows == 0 || columns == 0) {
            return;
        }
        long row = (rows - 1) * rowStride;
        long column = (columns - 1) * columnStride;
        long first = offset + Math.min(0, row) + Math.min(0, column);
        long last = offset + Math.max(0, row) + Math.max(0, column);
        if (first < 0 || last >= segment.byteSize() / bytes) {
            throw new IndexOutOfBoundsException("a matrix over the elements " + first + " to " + last
                    + " of a segment of " + segment.byteSize() + " bytes");
        }
    }

    /** Whether the elements of a row lie next to each other. */
    public boolean hasContiguousRows() {
        return columnStride == 1 || columns == 1;
    }
}
