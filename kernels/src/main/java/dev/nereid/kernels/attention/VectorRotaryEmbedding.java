package dev.nereid.kernels.attention;

import static dev.nereid.memory.AddressSpace.ALL;

import java.nio.ByteOrder;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Rotary position embedding by vectors: rotates pairs of elements, one vector of angles for all heads of a token before the
 * next.
 */
final class VectorRotaryEmbedding {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();

    /** Each of the first half of the lanes twice. */
    private static final VectorShuffle<Float> TWICE = VectorShuffle.fromOp(SPECIES, lane -> lane / 2);

    /** Neighbours change places. */
    private static final VectorShuffle<Float> SWAPPED = VectorShuffle.fromOp(SPECIES, lane -> lane ^ 1);

    /** The first lane of each two. */
    private static final VectorMask<Float> FIRSTS = VectorMask.fromLong(SPECIES, 0x5555_5555_5555_5555L);

    private VectorRotaryEmbedding() {}

    static void rotate(Heads x, Heads y, int item, int token, int first, int heads, int size, RotaryAngles angles) {
        if (heads == 0 || size == 0) {
            return;
        }
        Objects.checkFromIndexSize(0, 2L * angles.pairs(), size);
        angles.checkBounds();
        long from = address(x, item, token, first, heads, size);
        long to = address(y, item, token, first, heads, size);
        long fromStep = x.headStride() * Float.BYTES;
        long toStep = y.headStride() * Float.BYTES;
        long cosines = angles.cosines().address() + angles.offset() * Float.BYTES;
        long sines = angles.sines().address() + angles.offset() * Float.BYTES;
        if (angles.interleaved()) {
            neighbours(from, fromStep, to, toStep, heads, 2 * angles.pairs(), cosines, sines);
        } else {
            halves(from, fromStep, to, toStep, heads, angles.pairs(), cosines, sines);
        }
        int turned = 2 * angles.pairs();
        if (turned < size && from != to) {
            copy(from + 4L * turned, fromStep, to + 4L * turned, toStep, heads, size - turned);
        }
    }

    /** Where the vector of the first head is. */
    private static long address(Heads vectors, int item, int token, int first, int heads, int size) {
        long begin = vectors.index(item, first, token);
        long elements = vectors.segment().byteSize() / Float.BYTES;
        Objects.checkFromIndexSize(begin, size, elements);
        Objects.checkFromIndexSize(vectors.index(item, first + heads - 1, token), size, elements);
        return vectors.segment().address() + begin * Float.BYTES;
    }

    private static void halves(long x, long xStep, long y, long yStep, int heads, int pairs, long cosines, long sines) {
        long half = (long) pairs * Float.BYTES;
        for (int i = 0; i < pairs; i += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(i, pairs);
            FloatVector cosine = FloatVector.fromMemorySegment(SPECIES, ALL, cosines + 4L * i, ORDER, mask);
            FloatVector sine = FloatVector.fromMemorySegment(SPECIES, ALL, sines + 4L * i, ORDER, mask);
            FloatVector against = sine.neg();
            long from = x + 4L * i;
            long to = y + 4L * i;
            for (int head = 0; head < heads; head++) {
                FloatVector a = FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER, mask);
                FloatVector b = FloatVector.fromMemorySegment(SPECIES, ALL, from + half, ORDER, mask);
                a.fma(cosine, b.mul(against)).intoMemorySegment(ALL, to, ORDER, mask);
                a.fma(sine, b.mul(cosine)).intoMemorySegment(ALL, to + half, ORDER, mask);
                from += xStep;
                to += yStep;
            }
        }
    }

    private static void neighbours(
            long x, long xStep, long y, long yStep, int heads, int turned, long cosines, long sines) {
        for (int i = 0; i < turned; i += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(i, turned);
            VectorMask<Float> angles = SPECIES.indexInRange(i / 2, Math.min(turned / 2, i / 2 + LANES / 2));
            FloatVector cosine = FloatVector.fromMemorySegment(SPECIES, ALL, cosines + 2L * i, ORDER, angles)
                    .rearrange(TWICE);
            FloatVector sine = FloatVector.fromMemorySegment(SPECIES, ALL, sines + 2L * i, ORDER, angles)
                    .rearrange(TWICE);
            FloatVector signed = sine.blend(sine.neg(), FIRSTS);
            long from = x + 4L * i;
            long to = y + 4L * i;
            for (int head = 0; head < heads; head++) {
                FloatVector own = FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER, mask);
                own.fma(cosine, own.rearrange(SWAPPED).mul(signed)).intoMemorySegment(ALL, to, ORDER, mask);
                from += xStep;
                to += yStep;
            }
        }
    }

    private static void copy(long x, long xStep, long y, long yStep, int heads, int count) {
        for (int i = 0; i < count; i += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(i, count);
            long from = x + 4L * i;
            long to = y + 4L * i;
            for (int head = 0; head < heads; head++) {
                FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER, mask).intoMemorySegment(ALL, to, ORDER, mask);
                from += xStep;
                to += yStep;
            }
        }
    }
}
