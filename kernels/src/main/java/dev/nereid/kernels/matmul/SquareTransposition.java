package dev.nereid.kernels.matmul;

import static dev.nereid.memory.AddressSpace.ALL;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Transposes squares of {@link #EDGE} floats by vectors, in four steps of which each exchanges the parts of two vectors
 * that lie on the wrong side of a diagonal; two steps at a time are made on four vectors in registers. Only where vectors
 * have that many floats.
 */
final class SquareTransposition {
    /** Rows and columns of a square. */
    static final int EDGE = 16;

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_512;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final VectorShuffle<Float> ACROSS_8 = across(8);
    private static final VectorShuffle<Float> ACROSS_4 = across(4);
    private static final VectorShuffle<Float> ACROSS_2 = across(2);
    private static final VectorShuffle<Float> ACROSS_1 = across(1);
    private static final VectorMask<Float> UPPER_8 = VectorMask.fromLong(SPECIES, 0xff00);
    private static final VectorMask<Float> UPPER_4 = VectorMask.fromLong(SPECIES, 0xf0f0);
    private static final VectorMask<Float> UPPER_2 = VectorMask.fromLong(SPECIES, 0xcccc);
    private static final VectorMask<Float> UPPER_1 = VectorMask.fromLong(SPECIES, 0xaaaa);

    private SquareTransposition() {}

    /** Whether vectors are as long as an edge. */
    static boolean suits() {
        return FloatVector.SPECIES_PREFERRED.length() == EDGE;
    }

    private static VectorShuffle<Float> across(int bit) {
        return VectorShuffle.fromOp(SPECIES, lane -> lane ^ bit);
    }

    /**
     * Transposes {@code squares} squares that lie side by side into as many that lie below each other. Strides are in
     * bytes, between rows.
     */
    static void transpose(long from, long fromStride, long to, long toStride, int squares) {
        for (int square = 0; square < squares; square++) {
            long source = from + (long) square * EDGE * Float.BYTES;
            long target = to + (long) square * EDGE * toStride;
            far(source, fromStride, target, toStride);
            near(target, toStride);
        }
    }

    /** Exchanges halves and quarters. */
    private static void far(long from, long fromStride, long to, long toStride) {
        for (int i = 0; i < 4; i++) {
            long source = from + i * fromStride;
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, ALL, source, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(SPECIES, ALL, source + 4 * fromStride, ORDER);
            FloatVector c = FloatVector.fromMemorySegment(SPECIES, ALL, source + 8 * fromStride, ORDER);
            FloatVector d = FloatVector.fromMemorySegment(SPECIES, ALL, source + 12 * fromStride, ORDER);
            FloatVector tac = a.blend(c.rearrange(ACROSS_8), UPPER_8);
            c = a.rearrange(ACROSS_8).blend(c, UPPER_8);
            a = tac;
            FloatVector tbd = b.blend(d.rearrange(ACROSS_8), UPPER_8);
            d = b.rearrange(ACROSS_8).blend(d, UPPER_8);
            b = tbd;
            FloatVector tab = a.blend(b.rearrange(ACROSS_4), UPPER_4);
            b = a.rearrange(ACROSS_4).blend(b, UPPER_4);
            a = tab;
            FloatVector tcd = c.blend(d.rearrange(ACROSS_4), UPPER_4);
            d = c.rearrange(ACROSS_4).blend(d, UPPER_4);
            c = tcd;
            long target = to + i * toStride;
            a.intoMemorySegment(ALL, target, ORDER);
            b.intoMemorySegment(ALL, target + 4 * toStride, ORDER);
            c.intoMemorySegment(ALL, target + 8 * toStride, ORDER);
            d.intoMemorySegment(ALL, target + 12 * toStride, ORDER);
        }
    }

    /** Exchanges pairs and neighbours, in place. */
    private static void near(long square, long stride) {
        for (int i = 0; i < 4; i++) {
            long source = square + 4L * i * stride;
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, ALL, source, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(SPECIES, ALL, source + stride, ORDER);
            FloatVector c = FloatVector.fromMemorySegment(SPECIES, ALL, source + 2 * stride, ORDER);
            FloatVector d = FloatVector.fromMemorySegment(SPECIES, ALL, source + 3 * stride, ORDER);
            FloatVector tac = a.blend(c.rearrange(ACROSS_2), UPPER_2);
            c = a.rearrange(ACROSS_2).blend(c, UPPER_2);
            a = tac;
            FloatVector tbd = b.blend(d.rearrange(ACROSS_2), UPPER_2);
            d = b.rearrange(ACROSS_2).blend(d, UPPER_2);
            b = tbd;
            FloatVector tab = a.blend(b.rearrange(ACROSS_1), UPPER_1);
            b = a.rearrange(ACROSS_1).blend(b, UPPER_1);
            a = tab;
            FloatVector tcd = c.blend(d.rearrange(ACROSS_1), UPPER_1);
            d = c.rearrange(ACROSS_1).blend(d, UPPER_1);
            c = tcd;
            a.intoMemorySegment(ALL, source, ORDER);
            b.intoMemorySegment(ALL, source + stride, ORDER);
            c.intoMemorySegment(ALL, source + 2 * stride, ORDER);
            d.intoMemorySegment(ALL, source + 3 * stride, ORDER);
        }
    }
}
