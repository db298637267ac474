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

import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops of softmax and its logarithm on 32-bit floats: along a row, or down columns with a lane each. The
 * exponential function stands in them written out, see {@link dev.nereid.kernels.elementwise.FloatLanes}; far below the
 * greatest number it is exactly zero, because subnormal numbers are slow. Copied for each of the two.
 */
final class FloatSoftmaxLoop implements RowKernel {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final boolean LOGARITHM =
            LoopCopy.operation(MethodHandles.lookup(), RowOp.class) == RowOp.LOG_SOFTMAX;

    @Override
    public void run(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int outer, int length, int inner) {
        if (inner == 1 && FewSoftmaxRows.suits(outer, length)) {
            FewSoftmaxRows.run(x, xOffset, y, yOffset, outer, length, LOGARITHM);
            return;
        }
        if (inner == 1 && length <= LANES) {
            shortRows(x, xOffset, y, yOffset, outer, length);
            return;
        }
        if (inner == 1 && !LOGARITHM) {
            SoftmaxRows.run(x, xOffset, y, yOffset, outer, length);
            return;
        }
        long rowBytes = 4L * length * inner;
        for (int o = 0; o < outer; o++) {
            long xRow = xOffset + o * rowBytes;
            long yRow = yOffset + o * rowBytes;
            if (inner == 1) {
                row(x, xRow, y, yRow, length);
            } else {
                columns(x, xRow, y, yRow, length, inner);
            }
        }
    }

    /** The logarithm of a row's softmax. */
    private static void row(MemorySegment x, long xStart, MemorySegment y, long yStart, int length) {
        float greatest = greatest(x, xStart, length);
        float sum = exponentials(x, xStart, length, greatest);
        subtract(x, xStart, y, yStart, length, greatest, (float) Math.log(sum));
    }

    /** The greatest number of a row longer than a vector; of NaN it takes no notice, the sum will. */
    private static float greatest(MemorySegment x, long start, int length) {
        x = NativeSegments.exact(x);
        FloatVector a = FloatVector.fromMemorySegment(SPECIES, x, start + 4L * (length - LANES), ORDER);
        FloatVector b = a;
        int i = 0;
        for (; i <= length - 2 * LANES; i += 2 * LANES) {
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, start + 4L * i, ORDER);
            FloatVector w = FloatVector.fromMemorySegment(SPECIES, x, start + 4L * (i + LANES), ORDER);
            a = a.blend(v, a.lt(v));
            b = b.blend(w, b.lt(w));
        }
        if (i <= length - LANES) {
            a = a.max(FloatVector.fromMemorySegment(SPECIES, x, start + 4L * i, ORDER));
        }
        return a.max(b).reduceLanes(MAX);
    }

    /** Rows that fit a vector: read once, written once. */
    private static void shortRows(MemorySegment x, long xStart, MemorySegment y, long yStart, int rows, int length) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        VectorMask<Float> mask = SPECIES.indexInRange(0, length);
        FloatVector lowest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        for (int row = 0; row < rows; row++) {
            long at = 4L * row * length;
            FloatVector read = FloatVector.fromMemorySegment(SPECIES, x, xStart + at, ORDER, mask);
            FloatVector v = read.sub(lowest.blend(read, mask).reduceLanes(MAX));
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
            float sum = LaneReduction.sum(exp.blend(0f, mask.not()));
            (LOGARITHM ? v.sub((float) Math.log(sum)) : exp.mul(1f / sum))
                    .intoMemorySegment(y, yStart + at, ORDER, mask);
        }
    }

    /** The sum of exp(x - greatest): whole vectors, and then the rest of the row. */
    private static float exponentials(MemorySegment x, long xStart, int length, float greatest) {
        int bound = SPECIES.loopBound(length);
        float sum = wholeVectors(x, xStart, bound, greatest);
        return bound == length ? sum : sum + rest(x, xStart + 4L * bound, length - bound, greatest);
    }

    private static float wholeVectors(MemorySegment x, long xStart, int length, float greatest) {
        x = NativeSegments.exact(x);
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int i = 0; i < length; i += LANES) {
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, xStart + 4L * i, ORDER)
                    .sub(greatest);
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
            sum = sum.add(exp);
        }
        return LaneReduction.sum(sum);
    }

    private static float rest(MemorySegment x, long xStart, int length, float greatest) {
        x = NativeSegments.exact(x);
        VectorMask<Float> mask = SPECIES.indexInRange(0, length);
        FloatVector v =
                FloatVector.fromMemorySegment(SPECIES, x, xStart, ORDER, mask).sub(greatest);
        FloatVector shifted = v.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, ROUNDER));
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
        return LaneReduction.sum(exp.blend(0f, mask.not()));
    }

    private static void subtract(
            MemorySegment x, long xStart, MemorySegment y, long yStart, int length, float greatest, float logSum) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        int bound = SPECIES.loopBound(length);
        for (int i = 0; i < bound; i += LANES) {
            FloatVector.fromMemorySegment(SPECIES, x, xStart + 4L * i, ORDER)
                    .sub(greatest)
                    .sub(logSum)
                    .intoMemorySegment(y, yStart + 4L * i, ORDER);
        }
        if (bound < length) {
            VectorMask<Float> mask = SPECIES.indexInRange(bound, length);
            FloatVector.fromMemorySegment(SPECIES, x, xStart + 4L * bound, ORDER, mask)
                    .sub(greatest)
                    .sub(logSum)
                    .intoMemorySegment(y, yStart + 4L * bound, ORDER, mask);
        }
    }

    private static void columns(MemorySegment x, long xStart, MemorySegment y, long yStart, int length, int inner) {
        for (int i = 0; i < inner; i += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(i, inner);
            column(x, xStart + 4L * i, y, yStart + 4L * i, length, 4L * inner, mask);
        }
    }

    private static void column(
            MemorySegment x,
            long xStart,
            MemorySegment y,
            long yStart,
            int length,
            long stride,
            VectorMask<Float> mask) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        FloatVector greatest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        for (int row = 0; row < length; row++) {
            greatest = greatest.max(FloatVector.fromMemorySegment(SPECIES, x, xStart + row * stride, ORDER, mask));
        }
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int row = 0; row < length; row++) {
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, xStart + row * stride, ORDER, mask)
                    .sub(greatest);
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
            sum = sum.add(exp);
            (LOGARITHM ? v : exp).intoMemorySegment(y, yStart + row * stride, ORDER, mask);
        }
        FloatVector last = LOGARITHM
                ? LaneLogarithm.of(sum)
                : FloatVector.broadcast(SPECIES, 1f).div(sum);
        for (int row = 0; row < length; row++) {
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, y, yStart + row * stride, ORDER, mask);
            (LOGARITHM ? v.sub(last) : v.mul(last)).intoMemorySegment(y, yStart + row * stride, ORDER, mask);
        }
    }
}
