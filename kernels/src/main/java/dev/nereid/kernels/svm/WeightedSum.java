package dev.nereid.kernels.svm;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The sum of the products of two rows of floats, in doubles: a product of two floats is exact there. By addresses, which are
 * not checked.
 */
final class WeightedSum {
    private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Float> FLOATS =
            VectorSpecies.of(float.class, VectorShape.forBitSize(DOUBLES.vectorBitSize() / 2));
    private static final int LANES = DOUBLES.length();
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private WeightedSum() {}

    /** Adds up {@code length} products, in two accumulators, which hide half the latency of an addition. */
    static void run(int length, long x, long weights, long sum) {
        DoubleVector a = DoubleVector.zero(DOUBLES);
        DoubleVector b = DoubleVector.zero(DOUBLES);
        int i = 0;
        for (; i <= length - 2 * LANES; i += 2 * LANES) {
            a = load(x + 4L * i).fma(load(weights + 4L * i), a);
            b = load(x + 4L * (i + LANES)).fma(load(weights + 4L * (i + LANES)), b);
        }
        if (i <= length - LANES) {
            a = load(x + 4L * i).fma(load(weights + 4L * i), a);
            i += LANES;
        }
        if (i < length) {
            VectorMask<Float> mask = FLOATS.indexInRange(i, length);
            b = load(x + 4L * i, mask).fma(load(weights + 4L * i, mask), b);
        }
        double total = a.add(b).reduceLanes(VectorOperators.ADD);
        ALL.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, sum, total);
    }

    private static DoubleVector load(long address) {
        return (DoubleVector) FloatVector.fromMemorySegment(FLOATS, ALL, address, ORDER)
                .convertShape(VectorOperators.F2D, DOUBLES, 0);
    }

    private static DoubleVector load(long address, VectorMask<Float> mask) {
        return (DoubleVector) FloatVector.fromMemorySegment(FLOATS, ALL, address, ORDER, mask)
                .convertShape(VectorOperators.F2D, DOUBLES, 0);
    }
}
