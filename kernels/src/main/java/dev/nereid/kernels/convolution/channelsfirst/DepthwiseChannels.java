package dev.nereid.kernels.convolution.channelsfirst;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.Clamp;
import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.VectorEpilogue;
import java.lang.foreign.MemorySegment;

/** Depthwise convolutions by a {@link DepthwiseKernel}, some channels at a time. */
final class DepthwiseChannels {
    private DepthwiseChannels() {}

    /**
     * Computes the channels [from, to), counted over all items.
     *
     * @throws IndexOutOfBoundsException if a segment is smaller than the shape
     */
    static void convolve(
            DepthwiseKernel kernel, ConvShape shape, VectorChannelsFirst.Tensors tensors, int from, int to) {
        Window window = shape.window();
        for (int channel = from; channel < to; ) {
            int first = channel % shape.channels();
            int channels = Math.min(to - channel, shape.channels() - first);
            kernel.run(
                    window,
                    channels,
                    address(tensors.x(), (long) channel * window.inputs(), (long) channels * window.inputs()),
                    address(tensors.w(), (long) first * window.taps(), (long) channels * window.taps()),
                    tensors.bias().map(bias -> address(bias, first, channels)).orElse(0L),
                    Clamp.of(tensors.activation()),
                    address(tensors.y(), (long) channel * window.outputs(), (long) channels * window.outputs()));
            channel += channels;
        }
        finish(shape, tensors, from, to);
    }

    /** Applies what comes after the clamped sums, to all of them as one long row. */
    private static void finish(ConvShape shape, VectorChannelsFirst.Tensors tensors, int from, int to) {
        Epilogue epilogue = Epilogue.NONE.withActivation(Clamp.rest(tensors.activation()));
        if (tensors.residual().isEmpty() && epilogue.equals(Epilogue.NONE)) {
            return;
        }
        long first = (long) from * shape.window().outputs();
        int elements = Math.multiplyExact(to - from, shape.window().outputs());
        Epilogue all = tensors.residual().isPresent()
                ? epilogue.withResidual(Matrix.of(tensors.residual().get(), first, 1, elements))
                : epilogue;
        VectorEpilogue.INSTANCE.apply(all, true, Matrix.of(tensors.y(), first, 1, elements), 0, 1, 0, elements);
    }

    private static long address(MemorySegment segment, long element, long elements) {
        return segment.asSlice(element * Float.BYTES, elements * Float.BYTES).address();
    }
}
