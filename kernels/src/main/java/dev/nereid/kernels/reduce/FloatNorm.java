package dev.nereid.kernels.reduce;

import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * The norms of 32-bit floats. Each reads a row twice before it writes it, the variance from differences to the mean:
 * a row stays in the cache, and nothing cancels.
 */
final class FloatNorm implements NormKernel {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    @Override
    public void layer(
            MemorySegment x,
            long xOffset,
            MemorySegment scale,
            long scaleOffset,
            MemorySegment bias,
            long biasOffset,
            MemorySegment y,
            long yOffset,
            int rows,
            int columns,
            float epsilon) {
        for (int row = 0; row < rows; row++) {
            long at = 4L * row * columns;
            float mean = sum(x, xOffset + at, columns) / columns;
            float inverse = inverseRoot(squares(x, xOffset + at, columns, mean), columns, epsilon);
            write(x, xOffset + at, mean, inverse, scale, scaleOffset, bias, biasOffset, y, yOffset + at, columns);
        }
    }

    @Override
    public void layerOfSum(
            MemorySegment x,
            long xOffset,
            MemorySegment residual,
            long residualOffset,
            MemorySegment scale,
            long scaleOffset,
            MemorySegment bias,
            long biasOffset,
            MemorySegment y,
            long yOffset,
            int rows,
            int columns,
            float epsilon) {
        for (int row = 0; row < rows; row++) {
            long at = 4L * row * columns;
            float mean = add(x, xOffset + at, residual, residualOffset + at, y, yOffset + at, columns) / columns;
            float inverse = inverseRoot(squares(y, yOffset + at, columns, mean), columns, epsilon);
            write(y, yOffset + at, mean, inverse, scale, scaleOffset, bias, biasOffset, y, yOffset + at, columns);
        }
    }

    @Override
    public void rootMeanSquare(
            MemorySegment x,
            long xOffset,
            MemorySegment scale,
            long scaleOffset,
            MemorySegment y,
            long yOffset,
            int rows,
            int columns,
            float epsilon) {
        for (int row = 0; row < rows; row++) {
            long at = 4L * row * columns;
            float inverse = inverseRoot(squares(x, xOffset + at, columns, 0), columns, epsilon);
            multiply(x, xOffset + at, inverse, scale, scaleOffset, y, yOffset + at, columns);
        }
    }

    @Override
    public void statistics(
            MemorySegment x,
            long xOffset,
            MemorySegment statistics,
            long statisticsOffset,
            int rows,
            int columns,
            double epsilon) {
        statistics = NativeSegments.exact(statistics);
        for (int row = 0; row < rows; row++) {
            long at = xOffset + 4L * row * columns;
            float mean = sum(x, at, columns) / columns;
            double variance = (double) squares(x, at, columns, mean) / columns;
            statistics.set(ValueLayout.JAVA_DOUBLE, statisticsOffset + 16L * row, mean);
            statistics.set(
                    ValueLayout.JAVA_DOUBLE, statisticsOffset + 16L * row + 8, 1 / Math.sqrt(variance + epsilon));
        }
    }

    private static float inverseRoot(float squares, int columns, float epsilon) {
        return (float) (1 / Math.sqrt(squares / columns + epsilon));
    }

    private static float sum(MemorySegment x, long start, int length) {
        x = NativeSegments.exact(x);
        FloatVector a = FloatVector.zero(SPECIES);
        FloatVector b = a;
        int i = 0;
        for (; i <= length - 2 * LANES; i += 2 * LANES) {
            a = a.add(FloatVector.fromMemorySegment(SPECIES, x, start + 4L * i, ORDER));
            b = b.add(FloatVector.fromMemorySegment(SPECIES, x, start + 4L * (i + LANES), ORDER));
        }
        for (; i < length; i += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(i, length);
            a = a.add(FloatVector.fromMemorySegment(SPECIES, x, start + 4L * i, ORDER, mask));
        }
        return LaneReduction.sum(a.add(b));
    }

    /** The sum of the squares of x - mean. */
    private static float squares(MemorySegment x, long start, int length, float mean) {
        x = NativeSegments.exact(x);
        FloatVector a = FloatVector.zero(SPECIES);
        FloatVector b = a;
        int i = 0;
        for (; i <= length - 2 * LANES; i += 2 * LANES) {
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, start + 4L * i, ORDER)
                    .sub(mean);
            FloatVector w = FloatVector.fromMemorySegment(SPECIES, x, start + 4L * (i + LANES), ORDER)
                    .sub(mean);
            a = v.fma(v, a);
            b = w.fma(w, b);
        }
        for (; i < length; i += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(i, length);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, start + 4L * i, ORDER, mask)
                    .sub(mean)
                    .blend(0f, mask.not());
            a = v.fma(v, a);
        }
        return LaneReduction.sum(a.add(b));
    }

    /** Writes x + residual to y and returns the sum of that. */
    private static float add(
            MemorySegment x,
            long xStart,
            MemorySegment residual,
            long residualStart,
            MemorySegment y,
            long yStart,
            int length) {
        x = NativeSegments.exact(x);
        residual = NativeSegments.exact(residual);
        y = NativeSegments.exact(y);
        FloatVector a = FloatVector.zero(SPECIES);
        FloatVector b = a;
        int i = 0;
        for (; i <= length - 2 * LANES; i += 2 * LANES) {
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, xStart + 4L * i, ORDER)
                    .add(FloatVector.fromMemorySegment(SPECIES, residual, residualStart + 4L * i, ORDER));
            FloatVector w = FloatVector.fromMemorySegment(SPECIES, x, xStart + 4L * (i + LANES), ORDER)
                    .add(FloatVector.fromMemorySegment(SPECIES, residual, residualStart + 4L * (i + LANES), ORDER));
            v.intoMemorySegment(y, yStart + 4L * i, ORDER);
            w.intoMemorySegment(y, yStart + 4L * (i + LANES), ORDER);
            a = a.add(v);
            b = b.add(w);
        }
        for (; i < length; i += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(i, length);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, xStart + 4L * i, ORDER, mask)
                    .add(FloatVector.fromMemorySegment(SPECIES, residual, residualStart + 4L * i, ORDER, mask));
            v.intoMemorySegment(y, yStart + 4L * i, ORDER, mask);
            a = a.add(v);
        }
        return LaneReduction.sum(a.add(b));
    }

    private static void write(
            MemorySegment x,
            long xStart,
            float mean,
            float inverse,
            MemorySegment scale,
            long scaleStart,
            MemorySegment bias,
            long biasStart,
            MemorySegment y,
            long yStart,
            int length) {
        x = NativeSegments.exact(x);
        scale = NativeSegments.exact(scale);
        bias = NativeSegments.exact(bias);
        y = NativeSegments.exact(y);
        int bound = SPECIES.loopBound(length);
        for (int i = 0; i < bound; i += LANES) {
            FloatVector.fromMemorySegment(SPECIES, x, xStart + 4L * i, ORDER)
                    .sub(mean)
                    .mul(inverse)
                    .fma(
                            FloatVector.fromMemorySegment(SPECIES, scale, scaleStart + 4L * i, ORDER),
                            FloatVector.fromMemorySegment(SPECIES, bias, biasStart + 4L * i, ORDER))
                    .intoMemorySegment(y, yStart + 4L * i, ORDER);
        }
        if (bound < length) {
            VectorMask<Float> mask = SPECIES.indexInRange(bound, length);
            FloatVector.fromMemorySegment(SPECIES, x, xStart + 4L * bound, ORDER, mask)
                    .sub(mean)
                    .mul(inverse)
                    .fma(
                            FloatVector.fromMemorySegment(SPECIES, scale, scaleStart + 4L * bound, ORDER, mask),
                            FloatVector.fromMemorySegment(SPECIES, bias, biasStart + 4L * bound, ORDER, mask))
                    .intoMemorySegment(y, yStart + 4L * bound, ORDER, mask);
        }
    }

    private static void multiply(
            MemorySegment x,
            long xStart,
            float inverse,
            MemorySegment scale,
            long scaleStart,
            MemorySegment y,
            long yStart,
            int length) {
        x = NativeSegments.exact(x);
        scale = NativeSegments.exact(scale);
        y = NativeSegments.exact(y);
        int bound = SPECIES.loopBound(length);
        for (int i = 0; i < bound; i += LANES) {
            FloatVector.fromMemorySegment(SPECIES, x, xStart + 4L * i, ORDER)
                    .mul(inverse)
                    .mul(FloatVector.fromMemorySegment(SPECIES, scale, scaleStart + 4L * i, ORDER))
                    .intoMemorySegment(y, yStart + 4L * i, ORDER);
        }
        if (bound < length) {
            VectorMask<Float> mask = SPECIES.indexInRange(bound, length);
            FloatVector.fromMemorySegment(SPECIES, x, xStart + 4L * bound, ORDER, mask)
                    .mul(inverse)
                    .mul(FloatVector.fromMemorySegment(SPECIES, scale, scaleStart + 4L * bound, ORDER, mask))
                    .intoMemorySegment(y, yStart + 4L * bound, ORDER, mask);
        }
    }
}
