package dev.nereid.kernels.scalar;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.pooling.PoolingKernels;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** The plain-loop kernels of pooling. */
public final class ScalarPooling implements PoolingKernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

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
    public long channelsLastScratchBytes(Window window, int batch, int channels) {
        return 0;
    }

    @Override
    public void maxChannelsLast(
            Window window,
            int batch,
            int channels,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        long at = 0;
        for (int item = 0; item < batch; item++) {
            for (int cell = 0; cell < window.outputs(); cell++) {
                for (int channel = 0; channel < channels; channel++) {
                    float highest = Float.NEGATIVE_INFINITY;
                    for (int tap = 0; tap < window.taps(); tap++) {
                        long input = ScalarChannelsLast.input(window, item, cell, tap);
                        if (input >= 0) {
                            highest = Math.max(highest, x.getAtIndex(FLOAT, input * channels + channel));
                        }
                    }
                    y.setAtIndex(FLOAT, at++, highest);
                }
            }
        }
    }

    @Override
    public void meanChannelsLast(
            Window window,
            int batch,
            int channels,
            Reduction.Mean mean,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        int[] divisors = mean.counts(window, 0, window.rank());
        long at = 0;
        for (int item = 0; item < batch; item++) {
            for (int cell = 0; cell < window.outputs(); cell++) {
                for (int channel = 0; channel < channels; channel++) {
                    double sum = 0;
                    for (int tap = 0; tap < window.taps(); tap++) {
                        long input = ScalarChannelsLast.input(window, item, cell, tap);
                        sum += input < 0 ? 0 : x.getAtIndex(FLOAT, input * channels + channel);
                    }
                    y.setAtIndex(FLOAT, at++, (float) (sum / divisors[cell]));
                }
            }
        }
    }
}
