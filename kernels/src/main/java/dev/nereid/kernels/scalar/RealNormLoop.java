package dev.nereid.kernels.scalar;

import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.kernels.reduce.NormKernel;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;

/** The loops of the norms, on doubles. Copied for each datatype. */
final class RealNormLoop implements NormKernel {
    private static final ElementAccess ELEMENTS = LoopCopy.operation(MethodHandles.lookup(), ElementAccess.class);
    private static final ElementAccess.RealReader READER = ELEMENTS.real();
    private static final ElementAccess.RealWriter WRITER = ELEMENTS.setReal();
    private static final long BYTES = ELEMENTS.bytes();

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
        x = NativeSegments.exact(x);
        scale = NativeSegments.exact(scale);
        bias = NativeSegments.exact(bias);
        y = NativeSegments.exact(y);
        for (int row = 0; row < rows; row++) {
            long at = BYTES * row * columns;
            double mean = mean(x, xOffset + at, columns);
            double inverse = 1 / Math.sqrt(variance(x, xOffset + at, columns, mean) + epsilon);
            for (int c = 0; c < columns; c++) {
                double normal = (READER.get(x, xOffset + at + BYTES * c) - mean) * inverse;
                WRITER.set(
                        y,
                        yOffset + at + BYTES * c,
                        normal * READER.get(scale, scaleOffset + BYTES * c) + READER.get(bias, biasOffset + BYTES * c));
            }
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
        x = NativeSegments.exact(x);
        residual = NativeSegments.exact(residual);
        y = NativeSegments.exact(y);
        for (int row = 0; row < rows; row++) {
            long at = BYTES * row * columns;
            for (int c = 0; c < columns; c++) {
                WRITER.set(
                        y,
                        yOffset + at + BYTES * c,
                        READER.get(x, xOffset + at + BYTES * c)
                                + READER.get(residual, residualOffset + at + BYTES * c));
            }
            layer(y, yOffset + at, scale, scaleOffset, bias, biasOffset, y, yOffset + at, 1, columns, epsilon);
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
        x = NativeSegments.exact(x);
        scale = NativeSegments.exact(scale);
        y = NativeSegments.exact(y);
        for (int row = 0; row < rows; row++) {
            long at = BYTES * row * columns;
            double inverse = 1 / Math.sqrt(variance(x, xOffset + at, columns, 0) + epsilon);
            for (int c = 0; c < columns; c++) {
                double normal = READER.get(x, xOffset + at + BYTES * c) * inverse;
                WRITER.set(y, yOffset + at + BYTES * c, normal * READER.get(scale, scaleOffset + BYTES * c));
            }
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
            long at = xOffset + BYTES * row * columns;
            double mean = mean(x, at, columns);
            statistics.set(ValueLayout.JAVA_DOUBLE, statisticsOffset + 16L * row, mean);
            statistics.set(
                    ValueLayout.JAVA_DOUBLE,
                    statisticsOffset + 16L * row + 8,
                    1 / Math.sqrt(variance(x, at, columns, mean) + epsilon));
        }
    }

    private static double mean(MemorySegment x, long start, int columns) {
        x = NativeSegments.exact(x);
        double sum = 0;
        for (int c = 0; c < columns; c++) {
            sum += READER.get(x, start + BYTES * c);
        }
        return sum / columns;
    }

    private static double variance(MemorySegment x, long start, int columns, double mean) {
        x = NativeSegments.exact(x);
        double sum = 0;
        for (int c = 0; c < columns; c++) {
            double difference = READER.get(x, start + BYTES * c) - mean;
            sum += difference * difference;
        }
        return sum / columns;
    }
}
