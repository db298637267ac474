package dev.nereid.kernels.scalar;

import dev.nereid.kernels.resize.SamplePoints;
import dev.nereid.kernels.resize.WeightedSamples;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** The scalar loops that read between cells. */
final class ScalarSampling {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private ScalarSampling() {}

    static void findNeighbours(
            SamplePoints points,
            int rows,
            int columns,
            boolean goesOn,
            MemorySegment rowPositions,
            MemorySegment columnPositions,
            Optional<MemorySegment> factors) {
        for (int point = 0; point < points.count(); point++) {
            float y = position(rowPositions.get(FLOAT, 4L * point), rows);
            float x = position(columnPositions.get(FLOAT, 4L * point), columns);
            int row = (int) Math.floor(y);
            int column = (int) Math.floor(x);
            for (int tap = 0; tap < SamplePoints.TAPS; tap++) {
                int down = tap / 2;
                int across = tap % 2;
                float weight = weight(y - row, down) * weight(x - column, across);
                float factor = factors.isPresent() ? factors.get().get(FLOAT, 4L * point) : 1;
                long at = 4L * (tap * (long) points.count() + point);
                points.weights().set(FLOAT, at, weight * factor);
                points.cells().set(INT, at, cell(row + down, column + across, rows, columns, goesOn));
            }
        }
    }

    /** The position, or one beyond the same edge; then all cells are padding. */
    private static float position(float position, int extent) {
        return Float.isNaN(position) ? position : Math.clamp(position, -2f, extent + 1f);
    }

    private static float weight(float ratio, int tap) {
        return tap == 0 ? 1 - ratio : ratio;
    }

    private static int cell(int row, int column, int rows, int columns, boolean goesOn) {
        if (goesOn) {
            return Math.clamp(row, 0, rows - 1) * columns + Math.clamp(column, 0, columns - 1);
        }
        boolean inside = row >= 0 && row < rows && column >= 0 && column < columns;
        return inside ? row * columns + column : rows * columns;
    }

    static void sample(SamplePoints points, int channels, int cells, MemorySegment x, MemorySegment y) {
        long count = points.count();
        for (long channel = 0; channel < channels; channel++) {
            for (long point = 0; point < count; point++) {
                float sum = 0;
                for (long tap = point; tap < SamplePoints.TAPS * count; tap += count) {
                    int cell = points.cells().get(INT, 4 * tap);
                    float value = cell == cells ? 0 : x.get(FLOAT, 4 * (channel * cells + cell));
                    sum = Math.fma(points.weights().get(FLOAT, 4 * tap), value, sum);
                }
                y.set(FLOAT, 4 * (channel * count + point), sum);
            }
        }
    }

    static void sumCells(WeightedSamples sums, int channels, MemorySegment x, MemorySegment y) {
        for (int point = 0; point < sums.points(); point++) {
            for (int channel = 0; channel < channels; channel++) {
                float sum = 0;
                for (int tap = point * sums.taps(); tap < (point + 1) * sums.taps(); tap++) {
                    float value = x.get(FLOAT, 4 * ((long) sums.cells()[tap] * channels + channel));
                    sum = Math.fma(sums.weights()[tap], value, sum);
                }
                y.set(FLOAT, 4 * ((long) point * channels + channel), sum);
            }
        }
    }
}
