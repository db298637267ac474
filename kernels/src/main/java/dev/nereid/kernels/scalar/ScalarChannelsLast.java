package dev.nereid.kernels.scalar;

import dev.nereid.kernels.convolution.ChannelsLastKernels;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Filters;
import dev.nereid.kernels.convolution.PackedFilters;
import dev.nereid.kernels.convolution.PackedTransposed;
import dev.nereid.kernels.convolution.PreparedConvolution;
import dev.nereid.kernels.convolution.TransposedFilters;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** The plain-loop kernels of the channels-last family: the definition, summed up as doubles. Filters stay as they are. */
public final class ScalarChannelsLast implements ChannelsLastKernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    @Override
    public boolean hasWinograd(Filters filters, Window window) {
        return false;
    }

    @Override
    public boolean suitsWinograd(Filters filters, Window window) {
        return false;
    }

    @Override
    public long packedBytes(Filters filters, boolean winograd) {
        return filters.elements() * Float.BYTES;
    }

    @Override
    public PackedFilters pack(Filters filters, boolean winograd, MemorySegment w, MemorySegment memory) {
        MemorySegment.copy(w, 0, memory, 0, packedBytes(filters, false));
        return new PackedFilters(filters, false, memory, this);
    }

    @Override
    public PreparedConvolution prepare(ConvShape shape, PackedFilters w) {
        return new Convolution(shape, w);
    }

    /** Needs no scratch memory, and takes no second worker. */
    private record Convolution(ConvShape shape, PackedFilters w) implements PreparedConvolution {
        @Override
        public long scratchBytes(int workers) {
            return 0;
        }

        @Override
        public void run(
                MemorySegment x,
                Optional<MemorySegment> bias,
                Activation activation,
                Optional<MemorySegment> residual,
                MemorySegment y,
                MemorySegment scratch,
                Workers workers) {
            convolve(shape, x, w, bias, activation, residual, y);
        }
    }

    private static void convolve(
            ConvShape shape,
            MemorySegment x,
            PackedFilters w,
            Optional<MemorySegment> bias,
            Activation activation,
            Optional<MemorySegment> residual,
            MemorySegment y) {
        Window window = shape.window();
        long at = 0;
        for (int item = 0; item < shape.batch(); item++) {
            for (int cell = 0; cell < window.outputs(); cell++) {
                for (int filter = 0; filter < shape.filters(); filter++) {
                    double sum = bias.isPresent() ? bias.get().getAtIndex(FLOAT, filter) : 0;
                    sum += cell(shape, window, x, w.segment(), item, cell, filter);
                    double value = ScalarActivation.apply(activation, (float) sum);
                    if (residual.isPresent()) {
                        value += residual.get().getAtIndex(FLOAT, at);
                    }
                    y.setAtIndex(FLOAT, at++, (float) value);
                }
            }
        }
    }

    private static double cell(
            ConvShape shape, Window window, MemorySegment x, MemorySegment w, int item, int cell, int filter) {
        int group = filter / shape.groupFilters();
        double sum = 0;
        for (int tap = 0; tap < window.taps(); tap++) {
            long input = input(window, item, cell, tap);
            for (int channel = 0; input >= 0 && channel < shape.groupChannels(); channel++) {
                long from = input * shape.channels() + (long) group * shape.groupChannels() + channel;
                long weight = ((long) filter * shape.groupChannels() + channel) * window.taps() + tap;
                sum += (double) x.getAtIndex(FLOAT, from) * w.getAtIndex(FLOAT, weight);
            }
        }
        return sum;
    }

    /** Number of the input cell that a tap reads, counted over all items; negative for padding. */
    static long input(Window window, int item, int cell, int tap) {
        long place = item;
        int cells = window.outputs();
        int taps = window.taps();
        for (int axis = 0; axis < window.rank(); axis++) {
            cells /= window.output()[axis];
            taps /= window.kernel()[axis];
            int position =
                    window.position(axis, cell / cells % window.output()[axis], tap / taps % window.kernel()[axis]);
            if (position < 0 || position >= window.input()[axis]) {
                return -1;
            }
            place = place * window.input()[axis] + position;
        }
        return place;
    }

    @Override
    public long packedBytes(TransposedFilters filters) {
        return filters.elements() * Float.BYTES;
    }

    @Override
    public PackedTransposed packTransposed(TransposedFilters filters, MemorySegment w, MemorySegment memory) {
        MemorySegment.copy(w, 0, memory, 0, packedBytes(filters));
        return new PackedTransposed(filters, memory, this);
    }

    @Override
    public PreparedConvolution prepareTransposed(ConvShape shape, PackedTransposed w) {
        return new ScalarTransposed(shape, w.segment());
    }
}
