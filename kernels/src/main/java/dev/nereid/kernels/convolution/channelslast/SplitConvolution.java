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

/** A convolution over two axes whose output is split into tasks of rows and panels of filters. */
abstract class SplitConvolution implements PreparedConvolution {
    final ConvolutionMicroKernels kernels;
    final ConvShape shape;
    private final PackedFilters w;
    private final ConvolutionSplit cuts;
    private final long taskBytes;

    /** @param taskBytes scratch of a task */
    SplitConvolution(
            ConvolutionMicroKernels kernels, ConvShape shape, PackedFilters w, ConvolutionSplit cuts, long taskBytes) {
        this.kernels = kernels;
        this.shape = shape;
        this.w = w;
        this.cuts = cuts;
        this.taskBytes = taskBytes;
    }

    @Override
    public final long scratchBytes(int workers) {
        return workers * taskBytes;
    }

    @Override
    public final void run(
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
                taskBytes,
                workers,
                (task, own) -> run(layer, cut.task(task), x, own));
    }

    /** Computes one task. */
    abstract void run(LayerOperands layer, ConvolutionSplit.Task task, MemorySegment x, MemorySegment scratch);
}
