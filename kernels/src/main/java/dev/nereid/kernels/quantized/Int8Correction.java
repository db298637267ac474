package dev.nereid.kernels.quantized;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What is left to do once the stored numbers of two operands have been multiplied, for one zero point of the left
 * operand: {@code c[i,j] = sum[i,j] + start[j] + rowSum[i] * factor[j]}, modulo 2^32, where rowSum is the sum of the
 * left operand's stored row.
 *
 * @param start int32 [n]
 * @param factor int32 [n]; all zero unless {@code hasFactor}
 */
public record Int8Correction(MemorySegment start, MemorySegment factor, boolean hasFactor) {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    /** Bytes of scratch that {@link #of} needs. */
    public static long scratchBytes(int n) {
        return 8L * n;
    }

    /**
     * The correction for the stored zero points.
     *
     * @param aZero the left operand's zero point, as its stored numbers have it
     * @param sums the right operand's column sums
     * @param bZero the right operand's zero points, as its elements had them
     */
    public static Int8Correction of(
            int aZero, Int8Right b, MemorySegment sums, ZeroPoints bZero, MemorySegment scratch) {
        return of(aZero, b.k(), b.n(), b.signed(), sums, bZero, scratch);
    }

    /**
     * As above, for a right operand that is no single matrix.
     *
     * @param k products that make up a sum; elements that only fill a layout do not count
     */
    public static Int8Correction of(
            int aZero, int k, int n, boolean bSigned, MemorySegment sums, ZeroPoints bZero, MemorySegment scratch) {
        MemorySegment start = scratch.asSlice(0, 4L * n);
        MemorySegment factor = scratch.asSlice(4L * n, 4L * n);
        boolean hasFactor = false;
        for (int j = 0; j < n; j++) {
            int given = bZero.each().isPresent() ? bZero.each().get().get(INT, 4L * j) : bZero.uniform();
            int zero = Int8Panels.storedZeroPoint(bSigned, given);
            hasFactor |= zero != 0;
            start.set(INT, 4L * j, aZero * (k * zero - sums.get(INT, 4L * j)));
            factor.set(INT, 4L * j, -zero);
        }
        return new Int8Correction(start, factor, hasFactor);
    }
}
