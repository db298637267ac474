package dev.nereid.kernels.svm;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Squared distances in tiles of two rows and four panels, whose eight sums keep both units for multiply-adds busy and leave
 * registers even where there are sixteen. By addresses, which are not checked.
 */
final class DistanceTiles {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    static final int LANES = SPECIES.length();

    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int BYTES = 4 * LANES;

    private DistanceTiles() {}

    /**
     * Computes all rows.
     *
     * @param x [rows, features]
     * @param v panels of features of lanes
     * @param y [rows, panels of lanes]
     */
    static void run(int rows, int features, int panels, long x, long v, float scale, long y) {
        long xRow = 4L * features;
        long yRow = (long) panels * BYTES;
        long panel = (long) features * BYTES;
        int row = 0;
        for (; row + 2 <= rows; row += 2) {
            int p = 0;
            for (; p + 4 <= panels; p += 4) {
                twoByFour(
                        features, x + row * xRow, xRow, v + p * panel, scale, y + row * yRow + p * (long) BYTES, yRow);
            }
            for (; p < panels; p++) {
                twoByOne(features, x + row * xRow, xRow, v + p * panel, scale, y + row * yRow + p * (long) BYTES, yRow);
            }
        }
        if (row < rows) {
            int p = 0;
            for (; p + 4 <= panels; p += 4) {
                oneByFour(features, x + row * xRow, v + p * panel, scale, y + row * yRow + p * (long) BYTES);
            }
            for (; p < panels; p++) {
                oneByOne(features, x + row * xRow, v + p * panel, scale, y + row * yRow + p * (long) BYTES);
            }
        }
    }

    private static void twoByFour(int features, long x, long xRow, long v, float scale, long y, long yRow) {
        long panel = (long) features * BYTES;
        long v2 = v + 2 * panel;
        FloatVector a0 = FloatVector.zero(SPECIES);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        FloatVector b0 = a0;
        FloatVector b1 = a0;
        FloatVector b2 = a0;
        FloatVector b3 = a0;
        for (int k = 0; k < features; k++) {
            long at = (long) k * BYTES;
            FloatVector xa = value(x + 4L * k);
            FloatVector xb = value(x + xRow + 4L * k);
            FloatVector w = load(v + at);
            FloatVector d = xa.sub(w);
            a0 = d.fma(d, a0);
            d = xb.sub(w);
            b0 = d.fma(d, b0);
            w = load(v + panel + at);
            d = xa.sub(w);
            a1 = d.fma(d, a1);
            d = xb.sub(w);
            b1 = d.fma(d, b1);
            w = load(v2 + at);
            d = xa.sub(w);
            a2 = d.fma(d, a2);
            d = xb.sub(w);
            b2 = d.fma(d, b2);
            w = load(v2 + panel + at);
            d = xa.sub(w);
            a3 = d.fma(d, a3);
            d = xb.sub(w);
            b3 = d.fma(d, b3);
        }
        store(a0, a1, a2, a3, scale, y);
        store(b0, b1, b2, b3, scale, y + yRow);
    }

    private static void oneByFour(int features, long x, long v, float scale, long y) {
        long panel = (long) features * BYTES;
        long v2 = v + 2 * panel;
        FloatVector a0 = FloatVector.zero(SPECIES);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        for (int k = 0; k < features; k++) {
            long at = (long) k * BYTES;
            FloatVector xa = value(x + 4L * k);
            FloatVector d = xa.sub(load(v + at));
            a0 = d.fma(d, a0);
            d = xa.sub(load(v + panel + at));
            a1 = d.fma(d, a1);
            d = xa.sub(load(v2 + at));
            a2 = d.fma(d, a2);
            d = xa.sub(load(v2 + panel + at));
            a3 = d.fma(d, a3);
        }
        store(a0, a1, a2, a3, scale, y);
    }

    private static void twoByOne(int features, long x, long xRow, long v, float scale, long y, long yRow) {
        FloatVector a = FloatVector.zero(SPECIES);
        FloatVector b = a;
        for (int k = 0; k < features; k++) {
            FloatVector w = load(v + (long) k * BYTES);
            FloatVector d = value(x + 4L * k).sub(w);
            a = d.fma(d, a);
            d = value(x + xRow + 4L * k).sub(w);
            b = d.fma(d, b);
        }
        a.mul(scale).intoMemorySegment(ALL, y, ORDER);
        b.mul(scale).intoMemorySegment(ALL, y + yRow, ORDER);
    }

    private static void oneByOne(int features, long x, long v, float scale, long y) {
        FloatVector a = FloatVector.zero(SPECIES);
        for (int k = 0; k < features; k++) {
            FloatVector d = value(x + 4L * k).sub(load(v + (long) k * BYTES));
            a = d.fma(d, a);
        }
        a.mul(scale).intoMemorySegment(ALL, y, ORDER);
    }

    private static void store(FloatVector a, FloatVector b, FloatVector c, FloatVector d, float scale, long y) {
        a.mul(scale).intoMemorySegment(ALL, y, ORDER);
        b.mul(scale).intoMemorySegment(ALL, y + BYTES, ORDER);
        c.mul(scale).intoMemorySegment(ALL, y + 2L * BYTES, ORDER);
        d.mul(scale).intoMemorySegment(ALL, y + 3L * BYTES, ORDER);
    }

    private static FloatVector value(long address) {
        return FloatVector.broadcast(SPECIES, ALL.get(FLOAT, address));
    }

    private static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(SPECIES, ALL, address, ORDER);
    }
}
