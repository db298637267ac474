package dev.nereid.kernels.elementwise;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * A broadcast row shorter than a vector, repeated: after as many vectors as the row has elements the same vectors come
 * again. The colours of an image whose channels are last are such rows.
 */
final class BroadcastRow {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    /** For each length, which elements of the row each of the vectors has. */
    private static final VectorShuffle<?>[][] PLACES = places();

    private BroadcastRow() {}

    private static VectorShuffle<?>[][] places() {
        int lanes = SPECIES.length();
        VectorShuffle<?>[][] places = new VectorShuffle<?>[lanes][];
        for (int length = 1; length < lanes; length++) {
            places[length] = new VectorShuffle<?>[length];
            for (int vector = 0; vector < length; vector++) {
                int first = vector * lanes;
                int period = length;
                places[length][vector] = VectorShuffle.fromOp(SPECIES, lane -> (first + lane) % period);
            }
        }
        return places;
    }

    /**
     * One of the vectors.
     *
     * @param offset of the row, in bytes
     * @param length below a vector's
     * @param vector below the length
     */
    static FloatVector vector(MemorySegment row, long offset, int length, int vector) {
        return FloatVector.fromMemorySegment(
                        SPECIES, row, offset, ByteOrder.LITTLE_ENDIAN, SPECIES.indexInRange(0, length))
                .rearrange(PLACES[length][vector].cast(SPECIES));
    }
}
