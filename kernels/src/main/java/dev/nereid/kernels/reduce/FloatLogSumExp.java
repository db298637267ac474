package dev.nereid.kernels.reduce;

import static dev.nereid.kernels.elementwise.ExpConstants.LOG2_E;
import static dev.nereid.kernels.elementwise.ExpConstants.MANTISSA_BITS;
import static dev.nereid.kernels.elementwise.ExpConstants.MINUS_LN2_HIGH;
import static dev.nereid.kernels.elementwise.ExpConstants.MINUS_LN2_LOW;
import static dev.nereid.kernels.elementwise.ExpConstants.NORMAL_LOW;
import static dev.nereid.kernels.elementwise.ExpConstants.ONE;
import static dev.nereid.kernels.elementwise.ExpConstants.Q2;
import static dev.nereid.kernels.elementwise.ExpConstants.Q3;
import static dev.nereid.kernels.elementwise.ExpConstants.Q4;
import static dev.nereid.kernels.elementwise.ExpConstants.Q5;
import static dev.nereid.kernels.elementwise.ExpConstants.ROUNDER;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.MAX;

import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The logarithm of a sum of exponentials along rows of 32-bit floats; down columns it is the base's. */
final class FloatLogSumExp implements Reduction {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);

    private final Reduction base;

    FloatLogSumExp(Reduction base) {
        this.base = base;
    }

    @Override
    public void run(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int outer, int reduced, int inner) {
        y = NativeSegments.exact(y);
        if (inner != 1) {
            base.run(x, xOffset, y, yOffset, outer, reduced, inner);
            return;
        }
        for (int o = 0; o < outer; o++) {
            long start = xOffset + 4L * o * reduced;
            float greatest = greatest(x, start, reduced);
            float shift = Float.isInfinite(greatest) ? 0 : greatest;
            y.set(FLOAT, yOffset + 4L * o, (float) Math.log(sum(x, start, reduced, shift)) + shift);
        }
    }

    private static float greatest(MemorySegment x, long start, int length) {
        x = NativeSegments.exact(x);
        FloatVector a = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < length; i += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(i, length);
            a = a.lanewise(MAX, FloatVector.fromMemorySegment(SPECIES, x, start + 4L * i, ORDER, mask), mask);
        }
        return a.reduceLanes(MAX);
    }

    private static float sum(MemorySegment x, long start, int length, float shift) {
        x = NativeSegments.exact(x);
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int i = 0; i < length; i += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(i, length);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, start + 4L * i, ORDER, mask)
                    .sub(shift);
            FloatVector shifted =
                    v.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, ROUNDER));
            FloatVector n = shifted.sub(ROUNDER);
            FloatVector r = n.fma(
                    FloatVector.broadcast(SPECIES, MINUS_LN2_LOW),
                    n.fma(FloatVector.broadcast(SPECIES, MINUS_LN2_HIGH), v));
            FloatVector p = r.fma(FloatVector.broadcast(SPECIES, Q5), FloatVector.broadcast(SPECIES, Q4))
                    .fma(r, FloatVector.broadcast(SPECIES, Q3))
                    .fma(r, FloatVector.broadcast(SPECIES, Q2))
                    .fma(r, FloatVector.broadcast(SPECIES, 1f))
                    .fma(r, FloatVector.broadcast(SPECIES, 1f));
            FloatVector power = shifted.reinterpretAsInts()
                    .lanewise(LSHL, MANTISSA_BITS)
                    .add(ONE)
                    .reinterpretAsFloats();
            FloatVector exp = p.mul(power).blend(0f, v.lt(NORMAL_LOW));
            FloatVector bounded = exp.blend(v, v.eq(Float.POSITIVE_INFINITY));
            sum = sum.lanewise(VectorOperators.ADD, bounded, mask);
        }
        return LaneReduction.sum(sum);
    }
}
