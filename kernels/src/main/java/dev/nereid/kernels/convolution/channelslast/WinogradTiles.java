package dev.nereid.kernels.convolution.channelslast;

import static dev.nereid.memory.AddressSpace.ALL;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.LE;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The transformations of single tiles, a vector of channels at a time: along one axis into {@code temporary}, then along
 * the other. Addresses are of elements, distances in bytes. Both are written out: a method for a line, called twelve times a
 * tile, took five times as long.
 */
final class WinogradTiles {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    static final int LANES = SPECIES.length();
    private static final long VECTOR = (long) LANES * Float.BYTES;
    private static final int SIDE = WinogradFilters.SIDE;

    /** Bytes of a line of the temporary. */
    private static final long LINE = SIDE * VECTOR;

    private static final int OUTPUTS = 4;

    /** Where a vector of zeros lies in {@code temporary}, behind the places. */
    private static final long ZERO = WinogradFilters.PLACES * 64L;

    /** Bytes of {@code temporary}. */
    static final long TEMPORARY_BYTES = ZERO + 64;

    private WinogradTiles() {}

    /** Transforms the 6 x 6 cells from x on; place p goes to {@code v + p * place}. */
    static void input(long x, long rowBytes, long cellBytes, long temporary, long v, long place) {
        FloatVector four = FloatVector.broadcast(SPECIES, 4f);
        FloatVector minusFour = FloatVector.broadcast(SPECIES, -4f);
        FloatVector minusFive = FloatVector.broadcast(SPECIES, -5f);
        FloatVector two = FloatVector.broadcast(SPECIES, 2f);
        FloatVector minusTwo = FloatVector.broadcast(SPECIES, -2f);
        long from = x;
        long to = temporary;
        for (int j = 0; j < SIDE; j++) {
            FloatVector d0 = FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
            FloatVector d1 = FloatVector.fromMemorySegment(SPECIES, ALL, from + rowBytes, ORDER);
            FloatVector d2 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 2 * rowBytes, ORDER);
            FloatVector d3 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 3 * rowBytes, ORDER);
            FloatVector d4 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 4 * rowBytes, ORDER);
            FloatVector d5 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 5 * rowBytes, ORDER);
            FloatVector even = d2.fma(minusFour, d4);
            FloatVector odd = d1.fma(minusFour, d3);
            FloatVector outer = d4.sub(d2);
            FloatVector inner = d3.sub(d1);
            d0.fma(four, d2.fma(minusFive, d4)).intoMemorySegment(ALL, to, ORDER);
            even.add(odd).intoMemorySegment(ALL, to + LINE, ORDER);
            even.sub(odd).intoMemorySegment(ALL, to + 2 * LINE, ORDER);
            inner.fma(two, outer).intoMemorySegment(ALL, to + 3 * LINE, ORDER);
            inner.fma(minusTwo, outer).intoMemorySegment(ALL, to + 4 * LINE, ORDER);
            d1.fma(four, d3.fma(minusFive, d5)).intoMemorySegment(ALL, to + 5 * LINE, ORDER);
            from += cellBytes;
            to += VECTOR;
        }
        from = temporary;
        to = v;
        for (int i = 0; i < SIDE; i++) {
            FloatVector d0 = FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
            FloatVector d1 = FloatVector.fromMemorySegment(SPECIES, ALL, from + VECTOR, ORDER);
            FloatVector d2 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 2 * VECTOR, ORDER);
            FloatVector d3 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 3 * VECTOR, ORDER);
            FloatVector d4 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 4 * VECTOR, ORDER);
            FloatVector d5 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 5 * VECTOR, ORDER);
            FloatVector even = d2.fma(minusFour, d4);
            FloatVector odd = d1.fma(minusFour, d3);
            FloatVector outer = d4.sub(d2);
            FloatVector inner = d3.sub(d1);
            d0.fma(four, d2.fma(minusFive, d4)).intoMemorySegment(ALL, to, ORDER);
            even.add(odd).intoMemorySegment(ALL, to + place, ORDER);
            even.sub(odd).intoMemorySegment(ALL, to + 2 * place, ORDER);
            inner.fma(two, outer).intoMemorySegment(ALL, to + 3 * place, ORDER);
            inner.fma(minusTwo, outer).intoMemorySegment(ALL, to + 4 * place, ORDER);
            d1.fma(four, d3.fma(minusFive, d5)).intoMemorySegment(ALL, to + 5 * place, ORDER);
            from += LINE;
            to += SIDE * place;
        }
    }

    /** What an output tile is written to: of its 4 x 4 cells only {@code rows} x {@code columns} are there. */
    record Target(long y, int rows, long rowBytes, int columns, long cellBytes) {
        /** The same cells from another filter on. */
        Target from(int filter) {
            return new Target(y + (long) Float.BYTES * filter, rows, rowBytes, columns, cellBytes);
        }
    }

    /**
     * Transforms the 36 places back, place p from {@code m + p * place}.
     *
     * @param bias address of what is added; 0 for nothing
     * @param filter the first of the target's that are written
     */
    static void output(
            long m, long place, long temporary, long bias, float low, float high, Target target, int filter) {
        FloatVector two = FloatVector.broadcast(SPECIES, 2f);
        FloatVector four = FloatVector.broadcast(SPECIES, 4f);
        FloatVector eight = FloatVector.broadcast(SPECIES, 8f);
        FloatVector least = FloatVector.broadcast(SPECIES, low);
        FloatVector most = FloatVector.broadcast(SPECIES, high);
        long from = m;
        long to = temporary;
        for (int j = 0; j < SIDE; j++) {
            FloatVector m0 = FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
            FloatVector m1 = FloatVector.fromMemorySegment(SPECIES, ALL, from + (SIDE * place), ORDER);
            FloatVector m2 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 2 * (SIDE * place), ORDER);
            FloatVector m3 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 3 * (SIDE * place), ORDER);
            FloatVector m4 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 4 * (SIDE * place), ORDER);
            FloatVector m5 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 5 * (SIDE * place), ORDER);
            FloatVector sum12 = m1.add(m2);
            FloatVector difference12 = m1.sub(m2);
            FloatVector sum34 = m3.add(m4);
            FloatVector difference34 = m3.sub(m4);
            m0.add(sum12).add(sum34).intoMemorySegment(ALL, to, ORDER);
            difference34.fma(two, difference12).intoMemorySegment(ALL, to + LINE, ORDER);
            sum34.fma(four, sum12).intoMemorySegment(ALL, to + 2 * LINE, ORDER);
            difference34.fma(eight, difference12).add(m5).intoMemorySegment(ALL, to + 3 * LINE, ORDER);
            from += place;
            to += VECTOR;
        }
        long added = bias;
        if (bias == 0) {
            added = temporary + ZERO;
            FloatVector.zero(SPECIES).intoMemorySegment(ALL, added, ORDER);
        }
        FloatVector shift = FloatVector.fromMemorySegment(SPECIES, ALL, added, ORDER);
        // Cells beyond the last column are written to it and then over, so the cells come from the right.
        long second = Math.min(1, target.columns() - 1) * target.cellBytes();
        long third = Math.min(2, target.columns() - 1) * target.cellBytes();
        long fourth = Math.min(3, target.columns() - 1) * target.cellBytes();
        from = temporary;
        to = target.y() + (long) Float.BYTES * filter;
        for (int i = 0; i < target.rows(); i++) {
            FloatVector m0 = FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
            FloatVector m1 = FloatVector.fromMemorySegment(SPECIES, ALL, from + VECTOR, ORDER);
            FloatVector m2 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 2 * VECTOR, ORDER);
            FloatVector m3 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 3 * VECTOR, ORDER);
            FloatVector m4 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 4 * VECTOR, ORDER);
            FloatVector m5 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 5 * VECTOR, ORDER);
            FloatVector sum12 = m1.add(m2);
            FloatVector difference12 = m1.sub(m2);
            FloatVector sum34 = m3.add(m4);
            FloatVector difference34 = m3.sub(m4);
            FloatVector y0 = m0.add(sum12).add(sum34).add(shift);
            FloatVector y1 = difference34.fma(two, difference12).add(shift);
            FloatVector y2 = sum34.fma(four, sum12).add(shift);
            FloatVector y3 = difference34.fma(eight, difference12).add(m5).add(shift);
            y3.blend(least, y3.compare(LE, least))
                    .blend(most, y3.compare(GE, most))
                    .intoMemorySegment(ALL, to + fourth, ORDER);
            y2.blend(least, y2.compare(LE, least))
                    .blend(most, y2.compare(GE, most))
                    .intoMemorySegment(ALL, to + third, ORDER);
            y1.blend(least, y1.compare(LE, least))
                    .blend(most, y1.compare(GE, most))
                    .intoMemorySegment(ALL, to + second, ORDER);
            y0.blend(least, y0.compare(LE, least))
                    .blend(most, y0.compare(GE, most))
                    .intoMemorySegment(ALL, to, ORDER);
            from += LINE;
            to += target.rowBytes();
        }
    }

    /** Output cells of a tile along an axis. */
    static int outputs() {
        return OUTPUTS;
    }
}
