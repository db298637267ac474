package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.PackedFilters;
import java.lang.foreign.MemorySegment;

/** A convolution without Winograd's algorithm, one band of output rows at a time. */
final class BandedConvolution extends SplitConvolution {
    private final Bands bands;

    /** @param shape over two axes */
    BandedConvolution(ConvolutionMicroKernels kernels, ConvShape shape, PackedFilters w) {
        this(kernels, shape, w, Bands.of(shape));
    }

    private BandedConvolution(ConvolutionMicroKernels kernels, ConvShape shape, PackedFilters w, Bands bands) {
        super(kernels, shape, w, RowKernelChoice.cuts(bands, w.filters(), kernels.products()), bands.scratchBytes());
        this.bands = bands;
    }

    @Override
    void run(LayerOperands layer, ConvolutionSplit.Task task, MemorySegment x, MemorySegment scratch) {
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
