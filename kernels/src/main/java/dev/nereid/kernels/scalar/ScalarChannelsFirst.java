package dev.nereid.kernels.scalar;

import dev.nereid.kernels.convolution.ChannelsFirstKernels;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/** The plain-loop kernels of the conv family: the definition, cell by cell and tap by tap, summed up as doubles. */
public final class ScalarChannelsFirst implements ChannelsFirstKernels {
    @Override
    public boolean suitsFirst(ConvShape shape) {
        return shape.groupChannels() == 1 && shape.groupFilters() == 1;
    }

    @Override
    public long scratchBytes(ConvShape shape, int workers) {
        return 0;
    }

    @Override
    public void convolve(
            ConvShape shape,
            MemorySegment x,
            MemorySegment w,
            Optional<MemorySegment> bias,
            Activation activation,
            Optional<MemorySegment> residual,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        convolve(DataType.FP32, shape, x, w, bias, y);
        long elements = (long) shape.batch() * shape.filters() * shape.window().outputs();
        for (long i = 0; i < elements; i++) {
            double value = ScalarActivation.apply(activation, (float) FloatElements.get(DataType.FP32, y, i));
            if (residual.isPresent()) {
                value += FloatElements.get(DataType.FP32, residual.get(), i);
            }
            FloatElements.set(DataType.FP32, y, i, value);
        }
    }

    @Override
    public void convolve(
            DataType type,
            ConvShape shape,
            MemorySegment x,
            MemorySegment w,
            Optional<MemorySegment> bias,
            MemorySegment y) {
        Window window = shape.window();
        int[] at = new int[window.rank()];
        long index = 0;
        for (int item = 0; item < shape.batch(); item++) {
            for (int filter = 0; filter < shape.filters(); filter++) {
                double start = bias.isPresent() ? FloatElements.get(type, bias.get(), filter) : 0;
                Arrays.fill(at, 0);
                for (int cell = 0; cell < window.outputs(); cell++) {
                    double sum = start + cell(type, shape, x, w, item, filter, at);
                    FloatElements.set(type, y, index++, sum);
                    MultiIndex.next(at, window.output());
                }
            }
        }
    }

    private static double cell(
            DataType type, ConvShape shape, MemorySegment x, MemorySegment w, int item, int filter, int[] at) {
        Window window = shape.window();
        int channels = shape.groupChannels();
        int firstChannel = filter / shape.groupFilters() * channels;
        int[] tap = new int[window.rank()];
        double sum = 0;
        for (int t = 0; t < window.taps(); t++) {
            int source = source(window, at, tap);
            if (source >= 0) {
                for (int channel = 0; channel < channels; channel++) {
                    long from = ((long) item * shape.channels() + firstChannel + channel) * window.inputs() + source;
                    long weight = ((long) filter * channels + channel) * window.taps() + t;
                    sum += FloatElements.get(type, x, from) * FloatElements.get(type, w, weight);
                }
            }
            MultiIndex.next(tap, window.kernel());
        }
        return sum;
    }

    @Override
    public void convolveTransposed(
            DataType type,
            ConvShape shape,
            MemorySegment x,
            MemorySegment w,
            Optional<MemorySegment> bias,
            MemorySegment y) {
        Window window = shape.window();
        double[] plane = new double[window.inputs()];
        for (int item = 0; item < shape.batch(); item++) {
            for (int channel = 0; channel < shape.channels(); channel++) {
                Arrays.fill(plane, bias.isPresent() ? FloatElements.get(type, bias.get(), channel) : 0);
                int group = channel / shape.groupChannels();
                for (int f = 0; f < shape.groupFilters(); f++) {
                    int filter = group * shape.groupFilters() + f;
                    scatter(type, shape, x, w, item, channel % shape.groupChannels(), filter, plane);
                }
                long first = ((long) item * shape.channels() + channel) * plane.length;
                for (int cell = 0; cell < plane.length; cell++) {
                    FloatElements.set(type, y, first + cell, plane[cell]);
                }
            }
        }
    }

    @Override
    public long transposedScratchBytes(ConvShape shape) {
        return 0;
    }

    @Override
    public void convolveTransposed(
            ConvShape shape,
            MemorySegment x,
            MemorySegment w,
            Optional<MemorySegment> bias,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        convolveTransposed(DataType.FP32, shape, x, w, bias, y);
    }

    private static void scatter(
            DataType type,
            ConvShape shape,
            MemorySegment x,
            MemorySegment w,
            int item,
            int channel,
            int filter,
            double[] plane) {
        Window window = shape.window();
        long firstCell = ((long) item * shape.filters() + filter) * window.outputs();
        long firstWeight = ((long) filter * shape.groupChannels() + channel) * window.taps();
        int[] at = new int[window.rank()];
        for (int cell = 0; cell < window.outputs(); cell++) {
            double value = FloatElements.get(type, x, firstCell + cell);
            int[] tap = new int[window.rank()];
            for (int t = 0; t < window.taps(); t++) {
                int target = source(window, at, tap);
                if (target >= 0) {
                    plane[target] += value * FloatElements.get(type, w, firstWeight + t);
                }
                MultiIndex.next(tap, window.kernel());
            }
            MultiIndex.next(at, window.output());
        }
    }

    /** The number of the input cell that a tap reads; -1 for padding. */
    private static int source(Window window, int[] at, int[] tap) {
        int number = 0;
        for (int axis = 0; axis < window.rank(); axis++) {
            int position = window.position(axis, at[axis], tap[axis]);
            if (position < 0 || position >= window.input()[axis]) {
                return -1;
            }
            number = number * window.input()[axis] + position;
        }
        return number;
    }
}
