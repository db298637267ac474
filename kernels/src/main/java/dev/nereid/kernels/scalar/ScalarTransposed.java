package dev.nereid.kernels.scalar;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.PreparedConvolution;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * A transposed convolution with the channels last, by its definition, summed up as doubles. Needs no scratch memory, and
 * takes no second worker.
 *
 * @param w [filters, channels, kernel...]
 */
record ScalarTransposed(ConvShape shape, MemorySegment w) implements PreparedConvolution {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

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
        Window window = shape.window();
        long at = 0;
        for (int item = 0; item < shape.batch(); item++) {
            for (int cell = 0; cell < window.inputs(); cell++) {
                for (int channel = 0; channel < shape.channels(); channel++) {
                    double sum = bias.isPresent() ? bias.get().getAtIndex(FLOAT, channel) : 0;
                    sum += cell(window, x, item, cell, channel);
                    double value = ScalarActivation.apply(activation, (float) sum);
                    if (residual.isPresent()) {
                        value += residual.get().getAtIndex(FLOAT, at);
                    }
                    y.setAtIndex(FLOAT, at++, (float) value);
                }
            }
        }
    }

    private double cell(Window window, MemorySegment x, int item, int cell, int channel) {
        double sum = 0;
        for (int tap = 0; tap < window.taps(); tap++) {
            long place = place(window, item, cell, tap);
            for (int filter = 0; place >= 0 && filter < shape.filters(); filter++) {
                long weight = ((long) filter * shape.channels() + channel) * window.taps() + tap;
                sum += (double) x.getAtIndex(FLOAT, place * shape.filters() + filter) * w.getAtIndex(FLOAT, weight);
            }
        }
        return sum;
    }

    /** Number of the cell of x whose tap {@code tap} meets a cell of y, counted over all items; -1 where there is none. */
    private static long place(Window window, int item, int cell, int tap) {
        long place = item;
        int cells = window.inputs();
        int taps = window.taps();
        for (int axis = 0; axis < window.rank(); axis++) {
            cells /= window.input()[axis];
            taps /= window.kernel()[axis];
            int from = from(window, axis, cell / cells % window.input()[axis], tap / taps % window.kernel()[axis]);
            if (from < 0) {
                return -1;
            }
            place = place * window.output()[axis] + from;
        }
        return place;
    }

    /** The position of x whose tap {@code tap} meets position {@code at} of y; -1 where there is none. */
    private static int from(Window window, int axis, int at, int tap) {
        int steps = at + window.padding()[axis] - tap * window.dilation()[axis];
        int stride = window.stride()[axis];
        return steps >= 0 && steps % stride == 0 && steps / stride < window.output()[axis] ? steps / stride : -1;
    }
}
