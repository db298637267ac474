package dev.nereid.kernels.resize;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Weighted sums of pixels with the channels last: four vectors of channels at a time, which hides the latency of additions.
 */
final class WeightedPixelSums {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final int BLOCK = 4 * LANES;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private WeightedPixelSums() {}

    /** Computes y: [points, channels] of x: [cells, channels]. */
    static void run(WeightedSamples sums, int channels, MemorySegment x, MemorySegment y) {
        long row = (long) Float.BYTES * channels;
        if (channels == 0) {
            return;
        }
        check(sums, x.byteSize() / row);
        Objects.checkFromIndexSize(0, row * sums.points(), y.byteSize());
        for (int point = 0; point < sums.points(); point++) {
            int first = point * sums.taps();
            long to = y.address() + row * point;
            int channel = 0;
            for (; channel <= channels - BLOCK; channel += BLOCK) {
                long at = (long) Float.BYTES * channel;
                block(sums.cells(), sums.weights(), first, first + sums.taps(), x.address() + at, row, to + at);
            }
            for (; channel < channels; channel += LANES) {
                long at = (long) Float.BYTES * channel;
                VectorMask<Float> mask = SPECIES.indexInRange(channel, channels);
                vector(sums.cells(), sums.weights(), first, first + sums.taps(), x.address() + at, row, to + at, mask);
            }
        }
    }

    private static void check(WeightedSamples sums, long cells) {
        int taps = Math.multiplyExact(sums.points(), sums.taps());
        Objects.checkFromIndexSize(0, taps, sums.weights().length);
        int most = -1;
        int least = 0;
        for (int tap = 0; tap < taps; tap++) {
            most = Math.max(most, sums.cells()[tap]);
            least = Math.min(least, sums.cells()[tap]);
        }
        if (least < 0 || most >= cells) {
            throw new IndexOutOfBoundsException("a cell is outside of [0, " + cells + ")");
        }
    }

    private static void block(int[] cells, float[] weights, int from, int to, long x, long row, long y) {
        FloatVector a = FloatVector.zero(SPECIES);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        for (int tap = from; tap < to; tap++) {
            long cell = x + row * cells[tap];
            FloatVector weight = FloatVector.broadcast(SPECIES, weights[tap]);
            a = FloatVector.fromMemorySegment(SPECIES, ALL, cell, ORDER).fma(weight, a);
            b = FloatVector.fromMemorySegment(SPECIES, ALL, cell + 4L * LANES, ORDER)
                    .fma(weight, b);
            c = FloatVector.fromMemorySegment(SPECIES, ALL, cell + 8L * LANES, ORDER)
                    .fma(weight, c);
            d = FloatVector.fromMemorySegment(SPECIES, ALL, cell + 12L * LANES, ORDER)
                    .fma(weight, d);
        }
        a.intoMemorySegment(ALL, y, ORDER);
        b.intoMemorySegment(ALL, y + 4L * LANES, ORDER);
        c.intoMemorySegment(ALL, y + 8L * LANES, ORDER);
        d.intoMemorySegment(ALL, y + 12L * LANES, ORDER);
    }

    private static void vector(
            int[] cells, float[] weights, int from, int to, long x, long row, long y, VectorMask<Float> mask) {
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int tap = from; tap < to; tap++) {
            FloatVector weight = FloatVector.broadcast(SPECIES, weights[tap]);
            sum = FloatVector.fromMemorySegment(SPECIES, ALL, x + row * cells[tap], ORDER, mask)
                    .fma(weight, sum);
        }
        sum.intoMemorySegment(ALL, y, ORDER, mask);
    }
}
