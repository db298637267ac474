package dev.nereid.kernels.convolution.channelsfirst;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.PaddedPlane;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.VectorEpilogue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Depthwise convolution with the channels first. The channel is copied with its padding, and with the cells that one tap
 * reads next to each other, so that the loop over the taps has neither edges nor strides. Even and odd taps are summed up
 * apart, which keeps more additions in flight and rounds less; the bias is added last.
 */
final class ChannelsFirstDepthwise {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    /** Rows of output that one pass over the taps computes. */
    private static final int ROWS = 4;

    private ChannelsFirstDepthwise() {}

    static long scratchBytes(ConvShape shape) {
        return PaddedPlane.of(shape.window()).bytes();
    }

    /** Computes the filters of channels [from, to), counted over all items. */
    static void convolve(
            ConvShape shape, VectorChannelsFirst.Tensors tensors, int from, int to, MemorySegment scratch) {
        Window window = shape.window();
        PaddedPlane plane = PaddedPlane.of(window);
        int[] taps = plane.taps(window);
        Epilogue epilogue = Epilogue.NONE.withActivation(tensors.activation());
        int height = window.output()[0];
        int width = window.output()[1];
        for (int number = from; number < to; number++) {
            plane.fill(window, tensors.x(), (long) number * window.inputs(), scratch, 0f);
            int item = number / shape.channels();
            for (int f = 0; f < shape.groupFilters(); f++) {
                int filter = number % shape.channels() * shape.groupFilters() + f;
                float bias = tensors.bias().isPresent() ? tensors.bias().get().get(FLOAT, 4L * filter) : 0;
                long first = ((long) item * shape.filters() + filter) * window.outputs();
                convolve(
                        plane, scratch, taps, tensors.w(), 4L * filter * taps.length, bias, tensors.y(), first, window);
                Matrix y = Matrix.of(tensors.y(), first, height, width);
                Epilogue all = tensors.residual().isPresent()
                        ? epilogue.withResidual(Matrix.of(tensors.residual().get(), first, height, width))
                        : epilogue;
                VectorEpilogue.INSTANCE.apply(all, false, y, 0, height, 0, width);
            }
        }
    }

    private static void convolve(
            PaddedPlane plane,
            MemorySegment cells,
            int[] taps,
            MemorySegment w,
            long weights,
            float bias,
            MemorySegment y,
            long first,
            Window window) {
        int height = window.output()[0];
        int width = window.output()[1];
        int rowBytes = plane.rowBytes() * window.stride()[0];
        int row = 0;
        for (; row + ROWS <= height; row += ROWS) {
            fourRows(
                    cells,
                    (long) row * rowBytes,
                    rowBytes,
                    taps,
                    w,
                    weights,
                    bias,
                    y,
                    (first + (long) row * width) * 4,
                    width);
        }
        for (; row < height; row++) {
            oneRow(cells, (long) row * rowBytes, taps, w, weights, bias, y, (first + (long) row * width) * 4, width);
        }
    }

    private static void fourRows(
            MemorySegment cells,
            long source,
            int rowBytes,
            int[] taps,
            MemorySegment w,
            long weights,
            float bias,
            MemorySegment y,
            long target,
            int width) {
        for (int j = 0; j < width; j += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(j, width);
            FloatVector even0 = FloatVector.zero(SPECIES);
            FloatVector even1 = even0;
            FloatVector even2 = even0;
            FloatVector even3 = even0;
            FloatVector odd0 = even0;
            FloatVector odd1 = odd0;
            FloatVector odd2 = odd0;
            FloatVector odd3 = odd0;
            int t = 0;
            for (; t + 1 < taps.length; t += 2) {
                FloatVector weight = FloatVector.broadcast(SPECIES, w.get(FLOAT, weights + 4L * t));
                long at = source + 4L * j + taps[t];
                even0 = weight.fma(load(cells, at), even0);
                even1 = weight.fma(load(cells, at + rowBytes), even1);
                even2 = weight.fma(load(cells, at + 2L * rowBytes), even2);
                even3 = weight.fma(load(cells, at + 3L * rowBytes), even3);
                weight = FloatVector.broadcast(SPECIES, w.get(FLOAT, weights + 4L * t + 4));
                at = source + 4L * j + taps[t + 1];
                odd0 = weight.fma(load(cells, at), odd0);
                odd1 = weight.fma(load(cells, at + rowBytes), odd1);
                odd2 = weight.fma(load(cells, at + 2L * rowBytes), odd2);
                odd3 = weight.fma(load(cells, at + 3L * rowBytes), odd3);
            }
            if (t < taps.length) {
                FloatVector weight = FloatVector.broadcast(SPECIES, w.get(FLOAT, weights + 4L * t));
                long at = source + 4L * j + taps[t];
                even0 = weight.fma(load(cells, at), even0);
                even1 = weight.fma(load(cells, at + rowBytes), even1);
                even2 = weight.fma(load(cells, at + 2L * rowBytes), even2);
                even3 = weight.fma(load(cells, at + 3L * rowBytes), even3);
            }
            even0.add(odd0).add(bias).intoMemorySegment(y, target + 4L * j, ORDER, mask);
            even1.add(odd1).add(bias).intoMemorySegment(y, target + 4L * (j + width), ORDER, mask);
            even2.add(odd2).add(bias).intoMemorySegment(y, target + 4L * (j + 2L * width), ORDER, mask);
            even3.add(odd3).add(bias).intoMemorySegment(y, target + 4L * (j + 3L * width), ORDER, mask);
        }
    }

    private static void oneRow(
            MemorySegment cells,
            long source,
            int[] taps,
            MemorySegment w,
            long weights,
            float bias,
            MemorySegment y,
            long target,
            int width) {
        for (int j = 0; j < width; j += LANES) {
            FloatVector even = FloatVector.zero(SPECIES);
            FloatVector odd = even;
            for (int t = 0; t < taps.length; t++) {
                FloatVector weight = FloatVector.broadcast(SPECIES, w.get(FLOAT, weights + 4L * t));
                FloatVector read = load(cells, source + 4L * j + taps[t]);
                if ((t & 1) == 0) {
                    even = weight.fma(read, even);
                } else {
                    odd = weight.fma(read, odd);
                }
            }
            even.add(odd).add(bias).intoMemorySegment(y, target + 4L * j, ORDER, SPECIES.indexInRange(j, width));
        }
    }

    private static FloatVector load(MemorySegment cells, long at) {
        return FloatVector.fromMemorySegment(SPECIES, cells, at, ORDER);
    }
}
