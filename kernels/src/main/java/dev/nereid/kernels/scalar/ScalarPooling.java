package dev.nereid.kernels.scalar;

import dev.nereid.kernels.pooling.PoolingKernels;
import dev.nereid.kernels.resize.ResampledAxis;
import dev.nereid.kernels.resize.ResampledPlane;
import dev.nereid.kernels.resize.SamplePoints;
import dev.nereid.kernels.resize.WeightedSamples;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** The plain-loop kernels of pooling. */
public final class ScalarPooling implements PoolingKernels {
    @Override
    public long scratchBytes(Window window) {
        return 0;
    }

    @Override
    public void max(
            DataType type,
            int channels,
            Window window,
            MemorySegment x,
            MemorySegment y,
            Optional<MemorySegment> indices,
            boolean firstAxisFastest,
            MemorySegment scratch) {
        int rank = window.rank();
        long result = 0;
        int[] at = new int[rank];
        int[] tap = new int[rank];
        int[] position = new int[rank];
        int[] best = new int[rank];
        for (int channel = 0; channel < channels; channel++) {
            long first = (long) channel * window.inputs();
            for (int cell = 0; cell < window.outputs(); cell++) {
                long highest = -1;
                for (int t = 0; t < window.taps(); t++) {
                    if (locate(window, at, tap, position)) {
                        long index = first + MultiIndex.number(position, window.input());
                        if (highest < 0 || exceeds(type, x, index, highest)) {
                            highest = index;
                            System.arraycopy(position, 0, best, 0, rank);
                        }
                    }
                    MultiIndex.next(tap, window.kernel());
                }
                copy(type, x, highest, y, result);
                if (indices.isPresent()) {
                    long number = firstAxisFastest ? first + reversedNumber(best, window.input()) : highest;
                    indices.get().set(ValueLayout.JAVA_LONG_UNALIGNED, result * Long.BYTES, number);
                }
                result++;
                MultiIndex.next(at, window.output());
            }
        }
    }

    @Override
    public void reduce(
            DataType type,
            int channels,
            Window window,
            Reduction reduction,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch) {
        int[] at = new int[window.rank()];
        long result = 0;
        for (int channel = 0; channel < channels; channel++) {
            long first = (long) channel * window.inputs();
            for (int cell = 0; cell < window.outputs(); cell++) {
                double value = switch (reduction) {
                    case Reduction.Mean mean -> mean(type, window, mean, x, first, at);
                    case Reduction.Norm norm -> norm(type, window, norm, x, first, at);
                };
                FloatElements.set(type, y, result++, value);
                MultiIndex.next(at, window.output());
            }
        }
    }

    private static double mean(
            DataType type, Window window, Reduction.Mean mean, MemorySegment x, long first, int[] at) {
        int[] tap = new int[window.rank()];
        int[] position = new int[window.rank()];
        double sum = 0;
        int cells = 0;
        for (int t = 0; t < window.taps(); t++) {
            if (locate(window, at, tap, position)) {
                sum += FloatElements.get(type, x, first + MultiIndex.number(position, window.input()));
                cells++;
            } else if (mean.countsPadding() && isPadding(window, mean.paddingEnd(), position)) {
                cells++;
            }
            MultiIndex.next(tap, window.kernel());
        }
        return sum / cells;
    }

    private static double norm(
            DataType type, Window window, Reduction.Norm norm, MemorySegment x, long first, int[] at) {
        int[] tap = new int[window.rank()];
        int[] position = new int[window.rank()];
        double sum = 0;
        for (int t = 0; t < window.taps(); t++) {
            if (locate(window, at, tap, position)) {
                double value = FloatElements.get(type, x, first + MultiIndex.number(position, window.input()));
                sum += Math.pow(Math.abs(value), norm.p());
            }
            MultiIndex.next(tap, window.kernel());
        }
        return Math.pow(sum, 1.0 / norm.p());
    }

    /** Finds the position that a tap reads; false where it lies outside of the input. */
    private static boolean locate(Window window, int[] at, int[] tap, int[] position) {
        boolean inside = true;
        for (int axis = 0; axis < position.length; axis++) {
            position[axis] = window.position(axis, at[axis], tap[axis]);
            inside &= position[axis] >= 0 && position[axis] < window.input()[axis];
        }
        return inside;
    }

    private static boolean isPadding(Window window, int[] paddingEnd, int[] position) {
        for (int axis = 0; axis < position.length; axis++) {
            if (position[axis] < -window.padding()[axis] || position[axis] >= window.input()[axis] + paddingEnd[axis]) {
                return false;
            }
        }
        return true;
    }

    private static int reversedNumber(int[] position, int[] extents) {
        int number = 0;
        for (int axis = extents.length - 1; axis >= 0; axis--) {
            number = number * extents[axis] + position[axis];
        }
        return number;
    }

    /** Whether element a is higher than element b, or not a number while b is one. */
    private static boolean exceeds(DataType type, MemorySegment x, long a, long b) {
        if (type.isFloat()) {
            double left = FloatElements.get(type, x, a);
            double right = FloatElements.get(type, x, b);
            return left > right || (Double.isNaN(left) && !Double.isNaN(right));
        }
        return integer(type, x, a) > integer(type, x, b);
    }

    private static long integer(DataType type, MemorySegment x, long index) {
        return switch (type) {
            case INT8 -> x.get(ValueLayout.JAVA_BYTE, index);
            case UINT8 -> x.get(ValueLayout.JAVA_BYTE, index) & 0xFF;
            case INT32 -> x.get(ValueLayout.JAVA_INT_UNALIGNED, index * 4);
            case INT64 -> x.get(ValueLayout.JAVA_LONG_UNALIGNED, index * 8);
            default -> throw new IllegalArgumentException("no highest cell of " + type);
        };
    }

    /** Copies one element; the lowest number there is where {@code from} is negative: the window is all padding. */
    private static void copy(DataType type, MemorySegment x, long from, MemorySegment y, long to) {
        if (from >= 0) {
            MemorySegment.copy(x, from * type.bytes(), y, to * type.bytes(), type.bytes());
        } else if (type.isFloat()) {
            FloatElements.set(type, y, to, Double.NEGATIVE_INFINITY);
        } else {
            y.asSlice(to * type.bytes(), type.bytes()).fill((byte) 0);
            if (type.kind() == DataType.Kind.SIGNED) {
                y.set(ValueLayout.JAVA_BYTE, (to + 1) * type.bytes() - 1, Byte.MIN_VALUE);
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
    public void findNeighbours(
            SamplePoints points,
            int rows,
            int columns,
            boolean goesOn,
            MemorySegment rowPositions,
            MemorySegment columnPositions,
            Optional<MemorySegment> factors) {
        ScalarSampling.findNeighbours(points, rows, columns, goesOn, rowPositions, columnPositions, factors);
    }

    @Override
    public long sampleScratchBytes(int channels, int cells, int workers) {
        return 0;
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
        ScalarSampling.sample(points, channels, cells, x, y);
    }

    @Override
    public void sumCells(WeightedSamples sums, int channels, MemorySegment x, MemorySegment y) {
        ScalarSampling.sumCells(sums, channels, x, y);
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
