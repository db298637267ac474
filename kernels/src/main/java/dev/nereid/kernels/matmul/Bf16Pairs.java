package dev.nereid.kernels.matmul;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Rounding of {@code FP32} to pairs of bf16: to the nearest, ties to even; a NaN stays one. The first of a pair is in the
 * low half of four bytes.
 */
final class Bf16Pairs {
    /** Bytes of a pair. */
    static final int BYTES = 4;

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Math.max(64, INTS.vectorBitSize() / 2)));
    private static final int LANES = INTS.length();

    private static final int INFINITY = 0x7f80_0000;
    private static final int MAGNITUDE = 0x7fff_ffff;
    private static final int BELOW_HALF = 0x7fff;
    private static final int QUIET = 0x40;

    private Bf16Pairs() {}

    /** The bits of the nearest bf16. */
    static int round(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.isNaN(value) ? bits >>> 16 | QUIET : (bits + BELOW_HALF + (bits >>> 16 & 1)) >>> 16;
    }

    /** Rounds {@code k} floats that lie next to each other; a zero completes the last pair. */
    static void roundRow(long from, long to, int k) {
        int whole = INTS.loopBound(k);
        for (int i = 0; i < whole; i += LANES) {
            IntVector bits = IntVector.fromMemorySegment(INTS, ALL, from + 4L * i, ORDER);
            IntVector high = bits.lanewise(VectorOperators.LSHR, 16);
            IntVector rounded = bits.add(BELOW_HALF).add(high.and(1)).lanewise(VectorOperators.LSHR, 16);
            VectorMask<Integer> nan = bits.and(MAGNITUDE).compare(VectorOperators.GT, INFINITY);
            Vector<Short> shorts = rounded.blend(high.or(QUIET), nan).convertShape(VectorOperators.I2S, SHORTS, 0);
            ((ShortVector) shorts).intoMemorySegment(ALL, to + 2L * i, ORDER);
        }
        for (int i = whole; i < k; i += 2) {
            int second = i + 1 < k ? round(ALL.get(FLOAT, from + 4L * i + 4)) : 0;
            ALL.set(INT, to + 2L * i, round(ALL.get(FLOAT, from + 4L * i)) | second << 16);
        }
    }

    /**
     * Rounds the columns [first, first + columns) of a matrix to [pairs, width] pairs; what is beyond the matrix's rows
     * becomes zero, and what is beyond its columns is left as it is.
     */
    static void packPanel(Matrix b, int first, int columns, long to, int width) {
        for (int k = 0; k < b.rows(); k += 2) {
            long row = to + (long) (k / 2) * width * BYTES;
            boolean complete = k + 1 < b.rows();
            for (int j = 0; j < columns; j++) {
                int second = complete ? round(ALL.get(FLOAT, b.address(k + 1, first + j))) : 0;
                ALL.set(INT, row + (long) j * BYTES, round(ALL.get(FLOAT, b.address(k, first + j))) | second << 16);
            }
        }
    }
}
