package dev.nereid.kernels.quantized;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The vector loops of {@link VectorInt8Product}: one loop a method, each accumulator a variable of its own. */
final class VectorInt8Tile {
    /** Rows of a tile. */
    static final int ROWS = 6;

    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final int LANES = FLOATS.length();
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    /** Columns of a tile and of a panel. */
    static final int COLUMNS = 2 * LANES;

    private static final long VECTOR_BYTES = 4L * LANES;

    private VectorInt8Tile() {}

    /**
     * Adds a [6, steps * 4] by [steps * 4, COLUMNS] product to the tile of sums at {@code sumsOffset}.
     *
     * @param a floats, rows {@code rowBytes} apart
     * @param b one panel: four bytes of a column in each int
     * @param sums int32, rows {@code sumsRowBytes} apart
     */
    static void rows6(
            int steps,
            MemorySegment a,
            long aOffset,
            long rowBytes,
            MemorySegment b,
            long bOffset,
            MemorySegment sums,
            long sumsOffset,
            long sumsRowBytes) {
        FloatVector s00 = FloatVector.zero(FLOATS);
        FloatVector s01 = FloatVector.zero(FLOATS);
        FloatVector s10 = FloatVector.zero(FLOATS);
        FloatVector s11 = FloatVector.zero(FLOATS);
        FloatVector s20 = FloatVector.zero(FLOATS);
        FloatVector s21 = FloatVector.zero(FLOATS);
        FloatVector s30 = FloatVector.zero(FLOATS);
        FloatVector s31 = FloatVector.zero(FLOATS);
        FloatVector s40 = FloatVector.zero(FLOATS);
        FloatVector s41 = FloatVector.zero(FLOATS);
        FloatVector s50 = FloatVector.zero(FLOATS);
        FloatVector s51 = FloatVector.zero(FLOATS);
        for (int k = 0; k < 4 * steps; k++) {
            long from = bOffset + (k >> 2) * 2L * VECTOR_BYTES;
            int shift = 24 - ((k & 3) << 3);
            FloatVector b0 = (FloatVector) IntVector.fromMemorySegment(INTS, b, from, ORDER)
                    .lanewise(VectorOperators.LSHL, shift)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            FloatVector b1 = (FloatVector) IntVector.fromMemorySegment(INTS, b, from + VECTOR_BYTES, ORDER)
                    .lanewise(VectorOperators.LSHL, shift)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            long at = aOffset + 4L * k;
            FloatVector x = FloatVector.broadcast(FLOATS, a.get(FLOAT, at));
            s00 = x.fma(b0, s00);
            s01 = x.fma(b1, s01);
            x = FloatVector.broadcast(FLOATS, a.get(FLOAT, at + rowBytes));
            s10 = x.fma(b0, s10);
            s11 = x.fma(b1, s11);
            x = FloatVector.broadcast(FLOATS, a.get(FLOAT, at + 2 * rowBytes));
            s20 = x.fma(b0, s20);
            s21 = x.fma(b1, s21);
            x = FloatVector.broadcast(FLOATS, a.get(FLOAT, at + 3 * rowBytes));
            s30 = x.fma(b0, s30);
            s31 = x.fma(b1, s31);
            x = FloatVector.broadcast(FLOATS, a.get(FLOAT, at + 4 * rowBytes));
            s40 = x.fma(b0, s40);
            s41 = x.fma(b1, s41);
            x = FloatVector.broadcast(FLOATS, a.get(FLOAT, at + 5 * rowBytes));
            s50 = x.fma(b0, s50);
            s51 = x.fma(b1, s51);
        }
        IntVector.fromMemorySegment(INTS, sums, sumsOffset, ORDER)
                .add(s00.convert(VectorOperators.F2I, 0))
                .intoMemorySegment(sums, sumsOffset, ORDER);
        IntVector.fromMemorySegment(INTS, sums, sumsOffset + VECTOR_BYTES, ORDER)
                .add(s01.convert(VectorOperators.F2I, 0))
                .intoMemorySegment(sums, sumsOffset + VECTOR_BYTES, ORDER);
        IntVector.fromMemorySegment(INTS, sums, sumsOffset + sumsRowBytes, ORDER)
                .add(s10.convert(VectorOperators.F2I, 0))
                .intoMemorySegment(sums, sumsOffset + sumsRowBytes, ORDER);
        IntVector.fromMemorySegment(INTS, sums, sumsOffset + sumsRowBytes + VECTOR_BYTES, ORDER)
                .add(s11.convert(VectorOperators.F2I, 0))
                .intoMemorySegment(sums, sumsOffset + sumsRowBytes + VECTOR_BYTES, ORDER);
        IntVector.fromMemorySegment(INTS, sums, sumsOffset + 2 * sumsRowBytes, ORDER)
                .add(s20.convert(VectorOperators.F2I, 0))
                .intoMemorySegment(sums, sumsOffset + 2 * sumsRowBytes, ORDER);
        IntVector.fromMemorySegment(INTS, sums, sumsOffset + 2 * sumsRowBytes + VECTOR_BYTES, ORDER)
                .add(s21.convert(VectorOperators.F2I, 0))
                .intoMemorySegment(sums, sumsOffset + 2 * sumsRowBytes + VECTOR_BYTES, ORDER);
        IntVector.fromMemorySegment(INTS, sums, sumsOffset + 3 * sumsRowBytes, ORDER)
                .add(s30.convert(VectorOperators.F2I, 0))
                .intoMemorySegment(sums, sumsOffset + 3 * sumsRowBytes, ORDER);
        IntVector.fromMemorySegment(INTS, sums, sumsOffset + 3 * sumsRowBytes + VECTOR_BYTES, ORDER)
                .add(s31.convert(VectorOperators.F2I, 0))
                .intoMemorySegment(sums, sumsOffset + 3 * sumsRowBytes + VECTOR_BYTES, ORDER);
        IntVector.fromMemorySegment(INTS, sums, sumsOffset + 4 * sumsRowBytes, ORDER)
                .add(s40.convert(VectorOperators.F2I, 0))
                .intoMemorySegment(sums, sumsOffset + 4 * sumsRowBytes, ORDER);
        IntVector.fromMemorySegment(INTS, sums, sumsOffset + 4 * sumsRowBytes + VECTOR_BYTES, ORDER)
                .add(s41.convert(VectorOperators.F2I, 0))
                .intoMemorySegment(sums, sumsOffset + 4 * sumsRowBytes + VECTOR_BYTES, ORDER);
        IntVector.fromMemorySegment(INTS, sums, sumsOffset + 5 * sumsRowBytes, ORDER)
                .add(s50.convert(VectorOperators.F2I, 0))
                .intoMemorySegment(sums, sumsOffset + 5 * sumsRowBytes, ORDER);
        IntVector.fromMemorySegment(INTS, sums, sumsOffset + 5 * sumsRowBytes + VECTOR_BYTES, ORDER)
                .add(s51.convert(VectorOperators.F2I, 0))
                .intoMemorySegment(sums, sumsOffset + 5 * sumsRowBytes + VECTOR_BYTES, ORDER);
    }

    /** As {@link #rows6}, for one row. */
    static void row(
            int steps,
            MemorySegment a,
            long aOffset,
            MemorySegment b,
            long bOffset,
            MemorySegment sums,
            long sumsOffset) {
        FloatVector s0 = FloatVector.zero(FLOATS);
        FloatVector s1 = FloatVector.zero(FLOATS);
        for (int k = 0; k < 4 * steps; k++) {
            long from = bOffset + (k >> 2) * 2L * VECTOR_BYTES;
            int shift = 24 - ((k & 3) << 3);
            FloatVector x = FloatVector.broadcast(FLOATS, a.get(FLOAT, aOffset + 4L * k));
            s0 = x.fma(
                    (FloatVector) IntVector.fromMemorySegment(INTS, b, from, ORDER)
                            .lanewise(VectorOperators.LSHL, shift)
                            .lanewise(VectorOperators.ASHR, 24)
                            .convert(VectorOperators.I2F, 0),
                    s0);
            s1 = x.fma(
                    (FloatVector) IntVector.fromMemorySegment(INTS, b, from + VECTOR_BYTES, ORDER)
                            .lanewise(VectorOperators.LSHL, shift)
                            .lanewise(VectorOperators.ASHR, 24)
                            .convert(VectorOperators.I2F, 0),
                    s1);
        }
        IntVector.fromMemorySegment(INTS, sums, sumsOffset, ORDER)
                .add(s0.convert(VectorOperators.F2I, 0))
                .intoMemorySegment(sums, sumsOffset, ORDER);
        IntVector.fromMemorySegment(INTS, sums, sumsOffset + VECTOR_BYTES, ORDER)
                .add(s1.convert(VectorOperators.F2I, 0))
                .intoMemorySegment(sums, sumsOffset + VECTOR_BYTES, ORDER);
    }

    /** {@code sums[j] += start[j] + rowSum * factor[j]} for n columns; the sums are padded to a multiple of a tile. */
    static void correct(
            int n, MemorySegment sums, long sumsOffset, MemorySegment start, MemorySegment factor, int rowSum) {
        int j = 0;
        for (int end = INTS.loopBound(n); j < end; j += LANES) {
            long at = sumsOffset + 4L * j;
            IntVector.fromMemorySegment(INTS, sums, at, ORDER)
                    .add(IntVector.fromMemorySegment(INTS, start, 4L * j, ORDER))
                    .add(IntVector.fromMemorySegment(INTS, factor, 4L * j, ORDER)
                            .mul(rowSum))
                    .intoMemorySegment(sums, at, ORDER);
        }
        for (; j < n; j++) {
            long at = sumsOffset + 4L * j;
            sums.set(INT, at, sums.get(INT, at) + start.get(INT, 4L * j) + rowSum * factor.get(INT, 4L * j));
        }
    }

    /** {@code c[j] = (float) sums[j] * scales[j]} for n columns. */
    static void scale(int n, MemorySegment sums, long sumsOffset, MemorySegment scales, MemorySegment c, long cOffset) {
        int j = 0;
        for (int end = INTS.loopBound(n); j < end; j += LANES) {
            IntVector sum = IntVector.fromMemorySegment(INTS, sums, sumsOffset + 4L * j, ORDER);
            ((FloatVector) sum.convert(VectorOperators.I2F, 0))
                    .mul(FloatVector.fromMemorySegment(FLOATS, scales, 4L * j, ORDER))
                    .intoMemorySegment(c, cOffset + 4L * j, ORDER);
        }
        for (; j < n; j++) {
            c.set(FLOAT, cOffset + 4L * j, sums.get(INT, sumsOffset + 4L * j) * scales.get(FLOAT, 4L * j));
        }
    }

    /** {@code c[j] = (float) sums[j] * scales[j] + bias[j]} for n columns, rounded after each operation. */
    static void scaleAndAdd(
            int n,
            MemorySegment sums,
            long sumsOffset,
            MemorySegment scales,
            MemorySegment bias,
            MemorySegment c,
            long cOffset) {
        int j = 0;
        for (int end = INTS.loopBound(n); j < end; j += LANES) {
            IntVector sum = IntVector.fromMemorySegment(INTS, sums, sumsOffset + 4L * j, ORDER);
            ((FloatVector) sum.convert(VectorOperators.I2F, 0))
                    .mul(FloatVector.fromMemorySegment(FLOATS, scales, 4L * j, ORDER))
                    .add(FloatVector.fromMemorySegment(FLOATS, bias, 4L * j, ORDER))
                    .intoMemorySegment(c, cOffset + 4L * j, ORDER);
        }
        for (; j < n; j++) {
            float scaled = sums.get(INT, sumsOffset + 4L * j) * scales.get(FLOAT, 4L * j);
            c.set(FLOAT, cOffset + 4L * j, scaled + bias.get(FLOAT, 4L * j));
        }
    }
}
