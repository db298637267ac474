package dev.nereid.kernels.resize;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/** Weighted sums of the numbers of one line by the lanes of a {@link LaneTable}. */
final class WeightedLanes {
    private static final VectorSpecies<Integer> WORDS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = LaneTable.LANES;
    private static final int VECTOR_BYTES = LaneTable.VECTOR_BYTES;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    private WeightedLanes() {}

    /** Two numbers each, from one load each. */
    static void twoTaps(LaneTable table, long line, long to) {
        int vectors = table.vectors();
        int last = table.length() - LANES;
        long starts = table.starts();
        long lanes = table.lanes();
        long weights = table.weights();
        FloatVector zero = FloatVector.zero(SPECIES);
        for (int vector = 0; vector < vectors; vector++) {
            long entry = 2L * vector;
            long at = entry * VECTOR_BYTES;
            FloatVector first = IntVector.fromMemorySegment(WORDS, ALL, lanes + at, ORDER)
                    .selectFrom(IntVector.fromMemorySegment(WORDS, ALL, line + ALL.get(INT, starts + 4 * entry), ORDER))
                    .reinterpretAsFloats();
            FloatVector second = IntVector.fromMemorySegment(WORDS, ALL, lanes + at + VECTOR_BYTES, ORDER)
                    .selectFrom(
                            IntVector.fromMemorySegment(WORDS, ALL, line + ALL.get(INT, starts + 4 * entry + 4), ORDER))
                    .reinterpretAsFloats();
            FloatVector sum = first.fma(FloatVector.fromMemorySegment(SPECIES, ALL, weights + at, ORDER), zero);
            second.fma(FloatVector.fromMemorySegment(SPECIES, ALL, weights + at + VECTOR_BYTES, ORDER), sum)
                    .intoMemorySegment(ALL, to + 4L * Math.min(vector * LANES, last), ORDER);
        }
    }

    /** Any count of numbers, from one load each. */
    static void oneLoad(LaneTable table, long line, long to) {
        int taps = table.taps();
        int last = table.length() - LANES;
        for (int vector = 0; vector < table.vectors(); vector++) {
            FloatVector sum = FloatVector.zero(SPECIES);
            for (long entry = (long) vector * taps; entry < (vector + 1L) * taps; entry++) {
                long at = entry * VECTOR_BYTES;
                long start = line + ALL.get(INT, table.starts() + 4 * entry);
                sum = IntVector.fromMemorySegment(WORDS, ALL, table.lanes() + at, ORDER)
                        .selectFrom(IntVector.fromMemorySegment(WORDS, ALL, start, ORDER))
                        .reinterpretAsFloats()
                        .fma(FloatVector.fromMemorySegment(SPECIES, ALL, table.weights() + at, ORDER), sum);
            }
            sum.intoMemorySegment(ALL, to + 4L * Math.min(vector * LANES, last), ORDER);
        }
    }

    /** Any count of numbers, from two loads each. */
    static void twoLoads(LaneTable table, long line, long to) {
        int taps = table.taps();
        int last = table.length() - LANES;
        for (int vector = 0; vector < table.vectors(); vector++) {
            FloatVector sum = FloatVector.zero(SPECIES);
            for (long entry = (long) vector * taps; entry < (vector + 1L) * taps; entry++) {
                long at = entry * VECTOR_BYTES;
                long start = line + ALL.get(INT, table.starts() + 4 * entry);
                sum = IntVector.fromMemorySegment(WORDS, ALL, table.lanes() + at, ORDER)
                        .selectFrom(
                                IntVector.fromMemorySegment(WORDS, ALL, start, ORDER),
                                IntVector.fromMemorySegment(WORDS, ALL, start + VECTOR_BYTES, ORDER))
                        .reinterpretAsFloats()
                        .fma(FloatVector.fromMemorySegment(SPECIES, ALL, table.weights() + at, ORDER), sum);
            }
            sum.intoMemorySegment(ALL, to + 4L * Math.min(vector * LANES, last), ORDER);
        }
    }
}
