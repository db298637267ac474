package dev.nereid.kernels.channelslast;

import dev.nereid.kernels.conv.ConvShape;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** A convolution by plain sums: band after band of output rows. */
final class BandedConvolution implements PreparedConvolution {
    private final SumKernels kernels;
    private final ConvShape shape;
    private final PackedFilters w;
    private final Bands bands;
    private final Cuts cuts;

    /** @param shape over two axes */
    BandedConvolution(SumKernels kernels, ConvShape shape, PackedFilters w) {
        this.kernels = kernels;
        this.shape = shape;
        this.w = w;
        this.bands = Bands.of(shape);
        this.cuts = PlainSums.cuts(bands, w.filters(), kernels.products());
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
        Checks.convolution(shape, x, bias, residual, y, scratch, scratchBytes(workers.count()));
        if (shape.batch() == 0 || shape.window().outputs() == 0) {
            return;
        }
        Layer layer = Layer.whole(
                shape, w, bias, activation, residual, y, kernels.products().epilogue());
        Cuts.Cut cut = cuts.of(workers.count());
        Shares.run(
                shape,
                w.filters(),
                cut.tasks(),
                scratch,
                bands.scratchBytes(),
                workers,
                (task, own) -> run(layer, cut.task(task), x, own));
    }

    private void run(Layer layer, Cuts.Task task, MemorySegment x, MemorySegment scratch) {
        int width = shape.window().output()[1];
        Halo.Cells cells = bands.cells(x, task.item(), task.fromRow(), task.toRow(), scratch);
        PlainSums.run(
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
