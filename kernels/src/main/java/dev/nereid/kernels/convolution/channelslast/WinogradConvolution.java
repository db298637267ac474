package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.PackedFilters;
import java.lang.foreign.MemorySegment;

/** A convolution by {@link Winograd}'s algorithm, band after band. */
final class WinogradConvolution extends SplitConvolution {
    private final Winograd winograd;

    /** @param shape over two axes, which the algorithm suits */
    WinogradConvolution(ConvolutionMicroKernels kernels, ConvShape shape, PackedFilters w) {
        this(kernels, shape, w, Winograd.of(shape));
    }

    private WinogradConvolution(ConvolutionMicroKernels kernels, ConvShape shape, PackedFilters w, Winograd winograd) {
        super(kernels, shape, w, new ConvolutionSplit(winograd.whole(kernels.products())), winograd.scratchBytes());
        this.winograd = winograd;
    }

    @Override
    void run(LayerOperands layer, ConvolutionSplit.Task task, MemorySegment x, MemorySegment scratch) {
        winograd.run(kernels, layer, task, x, scratch);
    }
}
