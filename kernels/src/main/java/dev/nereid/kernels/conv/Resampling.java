package dev.nereid.kernels.conv;

import static dev.nereid.memory.AddressSpace.ALL;

import dev.nereid.kernels.conv.PoolingKernels.Taps;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** Weighted sums along one axis: vectors of what lies behind it, or number by number where that is less than a vector. */
final class Resampling {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    /** Numbers that are worth waking a second worker. */
    private static final long WORTH_SPLITTING = 1 << 17;

    private Resampling() {}

    static void run(
            long outer, int from, int to, long inner, Taps taps, MemorySegment x, MemorySegment y, Workers workers) {
        check(outer, from, to, inner, taps, x, y);
        long rows = outer * to;
        int shares = rows * inner < WORTH_SPLITTING ? 1 : (int) Math.min(rows, workers.count());
        Workers taking = shares == 1 ? Workers.single() : workers;
        taking.run(shares, share -> {
            for (long row = rows * share / shares; row < rows * (share + 1) / shares; row++) {
                long source = x.address() + row / to * from * inner * Float.BYTES;
                long target = y.address() + row * inner * Float.BYTES;
                int first = (int) (row % to) * taps.width();
                if (inner < LANES) {
                    numbers(taps, first, source, inner, target);
                } else {
                    vectors(taps, first, source, inner, target);
                }
            }
        });
    }

    private static void check(long outer, int from, int to, long inner, Taps taps, MemorySegment x, MemorySegment y) {
        Objects.checkFromIndexSize(0, outer * from * inner * Float.BYTES, x.byteSize());
        Objects.checkFromIndexSize(0, outer * to * inner * Float.BYTES, y.byteSize());
        for (int index : taps.indices()) {
            Objects.checkIndex(index, from);
        }
        Objects.checkFromIndexSize(0, to * taps.width(), Math.min(taps.indices().length, taps.weights().length));
    }

    private static void vectors(Taps taps, int first, long x, long inner, long y) {
        int[] indices = taps.indices();
        float[] weights = taps.weights();
        int end = first + taps.width();
        for (long i = 0; i < inner; i += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(i, inner);
            FloatVector sum = FloatVector.zero(SPECIES);
            for (int tap = first; tap < end; tap++) {
                long at = x + (indices[tap] * inner + i) * Float.BYTES;
                sum = FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER, mask)
                        .fma(FloatVector.broadcast(SPECIES, weights[tap]), sum);
            }
            sum.intoMemorySegment(ALL, y + i * Float.BYTES, ORDER, mask);
        }
    }

    private static void numbers(Taps taps, int first, long x, long inner, long y) {
        int end = first + taps.width();
        for (int i = 0; i < inner; i++) {
            float sum = 0;
            for (int tap = first; tap < end; tap++) {
                float number = ALL.get(FLOAT, x + (taps.indices()[tap] * inner + i) * Float.BYTES);
                sum = Math.fma(number, taps.weights()[tap], sum);
            }
            ALL.set(FLOAT, y + (long) i * Float.BYTES, sum);
        }
    }
}
