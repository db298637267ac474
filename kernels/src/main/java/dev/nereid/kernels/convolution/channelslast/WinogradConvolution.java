package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.PackedFilters;
import dev.nereid.kernels.convolution.PreparedConvolution;
import dev.nereid.kernels.convolution.SegmentChecks;
import dev.nereid.kernels.convolution.TaskSplit;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** A convolution by {@link Winograd}'s algorithm, band after band. */
final class WinogradConvolution implements PreparedConvolution {
    private final ConvolutionMicroKernels kernels;
    private final ConvShape shape;
    private final PackedFilters w;
    private final Winograd winograd;
    private final ConvolutionSplit cuts;
    private final long scratchBytes;

    /** @param shape over two axes, which the algorithm suits */
    WinogradConvolution(ConvolutionMicroKernels kernels, ConvShape shape, PackedFilters w) {
        this.kernels = kernels;
        this.shape = shape;
        this.w = w;
        this.winograd = Winograd.of(shape);
        this.cuts = new ConvolutionSplit(winograd.whole(kernels.products()));
        this.scratchBytes = winograd.scratchBytes();
    }

    @Override
    public long scratchBytes(int workers) {
        return workers * scratchBytes;
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
        SegmentChecks.convolution(shape, x, bias, residual, y, scratch, scratchBytes(workers.count()));
        if (shape.batch() == 0 || shape.window().outputs() == 0) {
            return;
        }
        LayerOperands layer = LayerOperands.whole(
                shape, w, bias, activation, residual, y, kernels.products().epilogue());
        ConvolutionSplit.Cut cut = cuts.of(workers.count());
        TaskSplit.run(
                shape,
                w.filters(),
                cut.tasks(),
                scratch,
                scratchBytes,
                workers,
                (task, own) -> winograd.run(kernels, layer, cut.task(task), x, own));
    }
}
