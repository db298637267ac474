package dev.nereid.kernels.resize;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Weighted sums of whole lines, and of single numbers of one line. Places are addresses, which are not checked. */
final class WeightedLines {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private WeightedLines() {}

    /** One place of an axis whose places are lines of so many numbers. */
    static void add(ResampledAxis axis, int place, long lines, long length, long to) {
        if (length < LANES) {
            numbers(axis, place, lines, (int) length, to);
        } else if (axis.width() == 2) {
            two(axis, place, lines, length, to);
        } else {
            many(axis, place, lines, length, to);
        }
    }

    private static void two(ResampledAxis axis, int place, long lines, long length, long to) {
        long lineBytes = length * Float.BYTES;
        long first = lines + axis.indices()[2 * place] * lineBytes;
        long second = lines + axis.indices()[2 * place + 1] * lineBytes;
        FloatVector firstWeight = FloatVector.broadcast(SPECIES, axis.weights()[2 * place]);
        FloatVector secondWeight = FloatVector.broadcast(SPECIES, axis.weights()[2 * place + 1]);
        FloatVector zero = FloatVector.zero(SPECIES);
        for (long done = 0; done < length; done += LANES) {
            long at = Math.min(done, length - LANES) * Float.BYTES;
            FloatVector sum = FloatVector.fromMemorySegment(SPECIES, ALL, first + at, ORDER)
                    .fma(firstWeight, zero);
            FloatVector.fromMemorySegment(SPECIES, ALL, second + at, ORDER)
                    .fma(secondWeight, sum)
                    .intoMemorySegment(ALL, to + at, ORDER);
        }
    }

    private static void many(ResampledAxis axis, int place, long lines, long length, long to) {
        int[] indices = axis.indices();
        float[] weights = axis.weights();
        int begin = place * axis.width();
        int end = begin + axis.width();
        for (long done = 0; done < length; done += LANES) {
            long at = Math.min(done, length - LANES);
            FloatVector sum = FloatVector.zero(SPECIES);
            for (int tap = begin; tap < end; tap++) {
                long from = lines + (indices[tap] * length + at) * Float.BYTES;
                sum = FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER)
                        .fma(FloatVector.broadcast(SPECIES, weights[tap]), sum);
            }
            sum.intoMemorySegment(ALL, to + at * Float.BYTES, ORDER);
        }
    }

    /** All places of an axis whose places are so many numbers. */
    static void addEach(ResampledAxis axis, int inner, long line, long to) {
        for (int place = 0; place < axis.to(); place++) {
            numbers(axis, place, line, inner, to + (long) place * inner * Float.BYTES);
        }
    }

    private static void numbers(ResampledAxis axis, int place, long lines, int length, long to) {
        int begin = place * axis.width();
        int end = begin + axis.width();
        for (int i = 0; i < length; i++) {
            float sum = 0;
            for (int tap = begin; tap < end; tap++) {
                float number = ALL.get(FLOAT, lines + ((long) axis.indices()[tap] * length + i) * Float.BYTES);
                sum = Math.fma(number, axis.weights()[tap], sum);
            }
            ALL.set(FLOAT, to + (long) i * Float.BYTES, sum);
        }
    }
}
