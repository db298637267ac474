package dev.nereid.kernels.reduce;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Hardmax of 32-bit floats: one where the greatest of a row first stands, zero elsewhere. The greatest is found without its
 * place, and then the first that is equal to it; of NaN only one at the head of a row counts, which is not exceeded. The last
 * vector of a row goes over elements of the one before again. Rows of a few elements and columns are the base's.
 *
 * @param base of the scalar loops
 */
record HardmaxRows(RowKernel base) implements RowKernel {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;
    private static final int LANES = SPECIES.length();
    private static final int FOUR_LANES = FOUR.length();
    private static final VectorShuffle<Float> BY_EIGHT = VectorShuffle.iota(SPECIES, 8 % LANES, 1, true);
    private static final VectorShuffle<Float> BY_FOUR = VectorShuffle.iota(SPECIES, 4 % LANES, 1, true);
    private static final VectorShuffle<Float> BY_TWO = VectorShuffle.iota(SPECIES, 2 % LANES, 1, true);
    private static final VectorShuffle<Float> BY_ONE = VectorShuffle.iota(SPECIES, 1 % LANES, 1, true);
    private static final VectorShuffle<Float> FOUR_BY_TWO = VectorShuffle.iota(FOUR, 2, 1, true);
    private static final VectorShuffle<Float> FOUR_BY_ONE = VectorShuffle.iota(FOUR, 1, 1, true);

    /** Rows up to here are compared four elements at a time, and their comparisons fit a long. */
    private static final int SHORT = Math.max(2 * LANES, 16);

    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);

    @Override
    public void run(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int outer, int length, int inner) {
        if (inner != 1 || length < FOUR_LANES) {
            base.run(x, xOffset, y, yOffset, outer, length, inner);
            return;
        }
        long row = (long) Float.BYTES * length;
        Objects.checkFromIndexSize(xOffset, outer * row, x.byteSize());
        Objects.checkFromIndexSize(yOffset, outer * row, y.byteSize());
        if (length < SHORT) {
            shortRows(x.address() + xOffset, y.address() + yOffset, outer, length);
        } else {
            rows(x.address() + xOffset, y.address() + yOffset, outer, length);
        }
    }

    private static void shortRows(long x, long y, int rows, int length) {
        FloatVector zero = FloatVector.zero(FOUR);
        int last = length - FOUR_LANES;
        for (int row = 0; row < rows; row++) {
            FloatVector greatest = FloatVector.broadcast(FOUR, Float.NEGATIVE_INFINITY);
            for (int i = 0; i < length; i += FOUR_LANES) {
                FloatVector v = FloatVector.fromMemorySegment(FOUR, ALL, x + 4L * Math.min(i, last), ORDER);
                greatest = greatest.blend(v, greatest.lt(v));
            }
            FloatVector other = greatest.rearrange(FOUR_BY_TWO);
            greatest = greatest.blend(other, greatest.lt(other));
            other = greatest.rearrange(FOUR_BY_ONE);
            greatest = greatest.blend(other, greatest.lt(other));
            greatest = FloatVector.broadcast(FOUR, greatest.lane(0));
            long equal = 0;
            for (int i = 0; i < length; i += FOUR_LANES) {
                int at = Math.min(i, last);
                FloatVector v = FloatVector.fromMemorySegment(FOUR, ALL, x + 4L * at, ORDER);
                equal |= v.compare(VectorOperators.EQ, greatest).toLong() << at;
            }
            int first = Float.isNaN(ALL.get(FLOAT, x)) ? 0 : Long.numberOfTrailingZeros(equal);
            for (int i = 0; i < length; i += FOUR_LANES) {
                zero.intoMemorySegment(ALL, y + 4L * Math.min(i, last), ORDER);
            }
            ALL.set(FLOAT, y + 4L * first, 1);
            x += 4L * length;
            y += 4L * length;
        }
    }

    private static void rows(long x, long y, int rows, int length) {
        FloatVector zero = FloatVector.zero(SPECIES);
        int last = length - LANES;
        for (int row = 0; row < rows; row++) {
            int first = Float.isNaN(ALL.get(FLOAT, x)) ? 0 : first(x, length, greatest(x, length));
            for (int i = 0; i < length; i += LANES) {
                zero.intoMemorySegment(ALL, y + 4L * Math.min(i, last), ORDER);
            }
            ALL.set(FLOAT, y + 4L * first, 1);
            x += 4L * length;
            y += 4L * length;
        }
    }

    /** The greatest number of a row of at least two vectors. */
    private static float greatest(long x, int length) {
        FloatVector a = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        FloatVector b = a;
        int last = length - LANES;
        for (int i = 0; i < length; i += 2 * LANES) {
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, ALL, x + 4L * Math.min(i, last), ORDER);
            FloatVector w = FloatVector.fromMemorySegment(SPECIES, ALL, x + 4L * Math.min(i + LANES, last), ORDER);
            a = a.blend(v, a.lt(v));
            b = b.blend(w, b.lt(w));
        }
        a = a.blend(b, a.lt(b));
        if (LANES > 8) {
            FloatVector other = a.rearrange(BY_EIGHT);
            a = a.blend(other, a.lt(other));
        }
        if (LANES > 4) {
            FloatVector other = a.rearrange(BY_FOUR);
            a = a.blend(other, a.lt(other));
        }
        FloatVector other = a.rearrange(BY_TWO);
        a = a.blend(other, a.lt(other));
        other = a.rearrange(BY_ONE);
        return a.blend(other, a.lt(other)).lane(0);
    }

    /** Where the number first stands in the row. */
    private static int first(long x, int length, float number) {
        int last = length - LANES;
        for (int i = 0; i < length; i += LANES) {
            int at = Math.min(i, last);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, ALL, x + 4L * at, ORDER);
            long equal = v.compare(VectorOperators.EQ, number).toLong();
            if (equal != 0) {
                return at + Long.numberOfTrailingZeros(equal);
            }
        }
        return 0;
    }
}
