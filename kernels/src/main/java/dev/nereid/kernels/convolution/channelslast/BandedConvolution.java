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

/** A convolution without Winograd's algorithm, one band of output rows at a time. */
final class BandedConvolution implements PreparedConvolution {
    private final ConvolutionMicroKernels kernels;
    private final ConvShape shape;
    private final PackedFilters w;
    private final Bands bands;
    private final ConvolutionSplit cuts;

    /** @param shape over two axes */
    BandedConvolution(ConvolutionMicroKernels kernels, ConvShape shape, PackedFilters w) {
        this.kernels = kernels;
        this.shape = shape;
        this.w = w;
        this.bands = Bands.of(shape);
        this.cuts = RowKernelChoice.cuts(bands, w.filters(), kernels.products());
    }

    @Override
    public long scratchBytes(int workers) {
        return workers * bands.scratchBytes();
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
                bands.scratchBytes(),
                workers,
                (task, own) -> run(layer, cut.task(task), x, own));
    }

    private void run(LayerOperands layer, ConvolutionSplit.Task task, MemorySegment x, MemorySegment scratch) {
        int width = shape.window().output()[1];
        Halo.Cells cells = bands.cells(x, task.item(), task.fromRow(), task.toRow(), scratch);
        RowKernelChoice.run(
                kernels,
                layer,
                task.item(),
                cells,
                task.fromRow() * width,
                task.toRow() * width,
                task.fromPanel(),
                task.toPanel(),
                bands.rest(scratch));
    }
}
