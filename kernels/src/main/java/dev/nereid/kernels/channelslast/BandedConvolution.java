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
    private final int panels;

    /** @param shape over two axes */
    BandedConvolution(SumKernels kernels, ConvShape shape, PackedFilters w) {
        this.kernels = kernels;
        this.shape = shape;
        this.w = w;
        this.bands = Bands.of(shape);
        this.panels = PlainSums.panels(w.filters(), kernels.products());
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
        Layer layer = Layer.whole(shape, w, bias, activation, residual, y);
        int count = shape.batch() * bands.count();
        int across = count >= workers.count() ? 1 : Math.min(panels, Math.ceilDiv(workers.count(), count));
        int tasks = count * across;
        Shares.run(shape, w.filters(), tasks, scratch, bands.scratchBytes(), workers, (task, own) -> {
            int band = task / across;
            int fromPanel = Shares.first(panels, task % across, across);
            int toPanel = Shares.first(panels, task % across + 1, across);
            band(layer, band / bands.count(), band % bands.count(), x, fromPanel, toPanel, own);
        });
    }

    private void band(
            Layer layer, int item, int band, MemorySegment x, int fromPanel, int toPanel, MemorySegment scratch) {
        int width = shape.window().output()[1];
        int from = bands.firstRow(band) * width;
        int to = bands.firstRow(band + 1) * width;
        Halo.Cells cells = bands.cells(x, item, band, scratch);
        PlainSums.run(kernels, layer, item, cells, from, to, fromPanel, toPanel, bands.rest(scratch));
    }
}
