package dev.nereid.kernels.scalar;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.resize.ResampledAxis;
import dev.nereid.kernels.resize.ResampledPlane;
import dev.nereid.kernels.resize.ResizeKernels;
import dev.nereid.kernels.resize.SamplePoints;
import dev.nereid.kernels.resize.WeightedSamples;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** The plain-loop kernels of images of another size. */
public final class ScalarResize implements ResizeKernels {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    @Override
    public void findNeighbours(
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

    @Override
    public void sample(
            SamplePoints points,
            int channels,
            int cells,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
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

    @Override
    public void sumCells(WeightedSamples sums, int channels, MemorySegment x, MemorySegment y) {
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

    @Override
    public long resampleScratchBytes(ResampledPlane plane, int workers) {
        return 0;
    }

    @Override
    public void resample(
            ResampledPlane plane, MemorySegment x, MemorySegment y, MemorySegment scratch, Workers workers) {
        ResampledAxis rows = plane.rows();
        ResampledAxis columns = plane.columns();
        long at = 0;
        for (long o = 0; o < plane.outer(); o++) {
            for (int row = 0; row < rows.to(); row++) {
                for (int column = 0; column < columns.to(); column++) {
                    for (long i = 0; i < plane.inner(); i++) {
                        FloatElements.set(DataType.FP32, y, at++, sum(plane, o, row, column, i, x));
                    }
                }
            }
        }
    }

    private static double sum(ResampledPlane plane, long o, int row, int column, long i, MemorySegment x) {
        ResampledAxis columns = plane.columns();
        if (columns.width() == 0) {
            return sumOfRows(plane, o, row, column, i, x);
        }
        double sum = 0;
        for (int tap = column * columns.width(); tap < (column + 1) * columns.width(); tap++) {
            sum += columns.weights()[tap] * sumOfRows(plane, o, row, columns.indices()[tap], i, x);
        }
        return sum;
    }

    private static double sumOfRows(ResampledPlane plane, long o, int row, int from, long i, MemorySegment x) {
        ResampledAxis rows = plane.rows();
        if (rows.width() == 0) {
            return FloatElements.get(DataType.FP32, x, elementIndex(plane, o, row, from, i));
        }
        double sum = 0;
        for (int tap = row * rows.width(); tap < (row + 1) * rows.width(); tap++) {
            sum += rows.weights()[tap]
                    * FloatElements.get(DataType.FP32, x, elementIndex(plane, o, rows.indices()[tap], from, i));
        }
        return sum;
    }

    private static long elementIndex(ResampledPlane plane, long o, int row, int column, long i) {
        return ((o * plane.rows().from() + row) * plane.columns().from() + column) * plane.inner() + i;
    }

    @Override
    public long sampleScratchBytes(int channels, int cells, int workers) {
        return 0;
    }

    @Override
    public long gatherScratchBytes(int elementBytes, ResampledPlane plane) {
        return 0;
    }

    @Override
    public void gather(
            int elementBytes,
            ResampledPlane plane,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        long bytes = elementBytes * plane.inner();
        long at = 0;
        for (long o = 0; o < plane.outer(); o++) {
            for (int row = 0; row < plane.rows().to(); row++) {
                for (int column = 0; column < plane.columns().to(); column++) {
                    int fromRow = plane.rows().source(row);
                    int fromColumn = plane.columns().source(column);
                    long from = elementIndex(plane, o, fromRow, fromColumn, 0) * elementBytes;
                    MemorySegment.copy(x, from, y, at, bytes);
                    at += bytes;
                }
            }
        }
    }
}
