package dev.nereid.kernels.scalar;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.reduce.ColumnNormKernel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Columns one after the other, on doubles. */
final class ScalarColumnNorm implements ColumnNormKernel {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    @Override
    public long scratchBytes(int matrices, int rows, int columns) {
        return 0;
    }

    @Override
    public void run(
            int matrices,
            int rows,
            int columns,
            MemorySegment x,
            MemorySegment scale,
            MemorySegment bias,
            float epsilon,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        for (long matrix = 0; matrix < matrices; matrix++) {
            for (int column = 0; column < columns; column++) {
                long first = matrix * rows * columns + column;
                double sum = 0;
                for (int row = 0; row < rows; row++) {
                    sum += x.getAtIndex(FLOAT, first + (long) row * columns);
                }
                double mean = sum / rows;
                double squares = 0;
                for (int row = 0; row < rows; row++) {
                    double difference = x.getAtIndex(FLOAT, first + (long) row * columns) - mean;
                    squares += difference * difference;
                }
                double factor = scale.getAtIndex(FLOAT, column) / Math.sqrt(squares / rows + epsilon);
                for (int row = 0; row < rows; row++) {
                    long at = first + (long) row * columns;
                    double value = (x.getAtIndex(FLOAT, at) - mean) * factor + bias.getAtIndex(FLOAT, column);
                    y.setAtIndex(FLOAT, at, (float) value);
                }
            }
        }
    }
}
