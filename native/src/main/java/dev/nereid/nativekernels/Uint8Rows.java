package dev.nereid.nativekernels;

import dev.nereid.kernels.quantized.Int8Panels;

/**
 * The layout of a left operand for products of unsigned with signed bytes: rows of {@link #rowBytes} bytes, zero beyond
 * the last column, followed by the int32 sum of each row as stored. Signed elements are stored with 128 added.
 *
 * @param step rows are filled up to a multiple of this
 */
record Uint8Rows(int step) {
    long bytes(int m, int k) {
        return sumsOffset(m, k) + 4L * m;
    }

    /** Bytes from one row to the next. */
    long rowBytes(int k) {
        return Int8Panels.roundUp(k, step);
    }

    /** Where the row sums begin. */
    long sumsOffset(int m, int k) {
        return m * rowBytes(k);
    }

    /** The zero point as the stored bytes have it. */
    static int storedZeroPoint(boolean signed, int zeroPoint) {
        return signed ? zeroPoint + 128 : zeroPoint;
    }
}
