package dev.nereid.kernels.layout;

/**
 * Transposes x: [rows, columns] to y: [columns, rows] by addresses, which are not checked. Elements of a row are next to each
 * other; strides are bytes from row to row. Nothing overlaps. Stateless.
 */
public interface TransposeKernel {
    /** Elements are words of 4 bytes. */
    void words(long rows, long columns, long x, long xStride, long y, long yStride);

    /** Elements are bytes; there are rows and columns. */
    void bytes(long rows, long columns, long x, long xStride, long y, long yStride);
}
