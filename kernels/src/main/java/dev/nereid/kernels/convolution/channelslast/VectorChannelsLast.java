package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.ChainLink;
import dev.nereid.kernels.convolution.ChannelsLastKernels;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.ConvolutionCostModel;
import dev.nereid.kernels.convolution.Filters;
import dev.nereid.kernels.convolution.PackedFilters;
import dev.nereid.kernels.convolution.PackedTransposed;
import dev.nereid.kernels.convolution.PreparedChain;
import dev.nereid.kernels.convolution.PreparedConvolution;
import dev.nereid.kernels.convolution.SegmentChecks;
import dev.nereid.kernels.convolution.TransposedFilters;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.FloatPanelKernel;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Channels-last convolutions by Winograd's algorithm or by direct convolution. An item whose window reaches beyond it is copied with
 * its padding first.
 */
public final class VectorChannelsLast implements ChannelsLastKernels {
    private final FloatPanelKernel kernel;
    private final ConvolutionMicroKernels sums;
    private final Optional<ConvolutionCostModel> costs;

    /** Convolutions by the products of {@code kernel}. */
    public VectorChannelsLast(FloatPanelKernel kernel) {
        this(ConvolutionMicroKernels.of(kernel));
    }

    /** Convolutions whose sums are computed by {@code sums}. */
    public VectorChannelsLast(ConvolutionMicroKernels sums) {
        this(sums, Optional.empty());
    }

    private VectorChannelsLast(ConvolutionMicroKernels sums, Optional<ConvolutionCostModel> costs) {
        this.kernel = sums.products();
        this.sums = sums;
        this.costs = costs;
    }

    @Override
    public ChannelsLastKernels choosingBy(ConvolutionCostModel measured) {
        return new VectorChannelsLast(sums, Optional.of(measured));
    }

    @Override
    public boolean hasWinograd(Filters filters, Window window) {
        return WinogradFilters.can(filters, window, WinogradTiles.LANES);
    }

    @Override
    public boolean suitsWinograd(Filters filters, Window window) {
        return costs.map(measured -> WinogradFilters.fit(filters, window, WinogradTiles.LANES)
                        && measured.prefersWinograd(filters, window))
                .orElseGet(() -> WinogradFilters.suit(filters, window, WinogradTiles.LANES));
    }

    @Override
    public long packedBytes(Filters filters, boolean winograd) {
        if (winograd) {
            return WinogradFilters.PLACES * WinogradFilters.placeBytes(filters, kernel);
        }
        return RowKernelChoice.packedBytes(filters, kernel);
    }

    @Override
    public PackedFilters pack(Filters filters, boolean winograd, MemorySegment w, MemorySegment memory) {
        long bytes = packedBytes(filters, winograd);
        if (w.byteSize() < filters.elements() * Float.BYTES || memory.byteSize() < bytes) {
            throw new IllegalArgumentException(filters + " from " + w.byteSize() + " bytes into " + memory.byteSize());
        }
        if (winograd) {
            WinogradFilters.pack(filters, kernel, w, memory);
        } else {
            RowKernelChoice.pack(filters, kernel, w, memory);
        }
        return new PackedFilters(filters, winograd, memory, this);
    }

    @Override
    public long computedScratchBytes(Filters filters) {
        return ComputedFilters.scratchBytes(filters, kernel);
    }

    @Override
    public PackedFilters packComputed(
            Filters filters, int frames, MemorySegment w, MemorySegment memory, MemorySegment scratch) {
        SegmentChecks.floats("w", w, filters.elements());
        SegmentChecks.floats("packed filters", memory, packedBytes(filters, false) / Float.BYTES);
        SegmentChecks.floats("scratch", scratch, computedScratchBytes(filters) / Float.BYTES);
        MemorySegment own = scratch.asSlice(0, computedScratchBytes(filters));
        ComputedFilters.pack(kernel, filters, frames, w, memory, own);
        return new PackedFilters(filters, false, memory, this);
    }

    @Override
    public PreparedConvolution prepare(ConvShape shape, PackedFilters w) {
        ConvShape flat = flat(shape);
        if (w.kernels() != this || !w.filters().equals(Filters.of(flat))) {
            throw new IllegalArgumentException(
                    "filters packed for other kernels or sizes: " + w.filters() + ", expected " + Filters.of(flat));
        }
        if (w.winograd()) {
            return new WinogradConvolution(sums, flat, w);
        }
        return DilatedConvolution.suits(flat)
                ? new DilatedConvolution(kernel, flat, w)
                : new BandedConvolution(sums, flat, w);
    }

    @Override
    public PreparedChain prepare(List<ChainLink> links) {
        List<ChainLink> flat = new ArrayList<>();
        for (ChainLink link : links) {
            if (link.w().kernels() != this) {
                throw new IllegalArgumentException("filters packed for other kernels: " + link.w());
            }
            flat.add(new ChainLink(overTwoAxes(link.shape()), link.w(), link.bias(), link.activation()));
        }
        return new BandedChain(sums, flat);
    }

    @Override
    public long packedBytes(TransposedFilters filters) {
        return TransposedPanels.of(filters, kernel).bytes();
    }

    @Override
    public PackedTransposed packTransposed(TransposedFilters filters, MemorySegment w, MemorySegment memory) {
        SegmentChecks.floats("w", w, filters.elements());
        SegmentChecks.floats("packed filters", memory, packedBytes(filters) / Float.BYTES);
        TransposedPanels.of(filters, kernel).pack(w, memory);
        return new PackedTransposed(filters, memory, this);
    }

    @Override
    public PreparedConvolution prepareTransposed(ConvShape shape, PackedTransposed w) {
        if (w.kernels() != this || !w.filters().equals(TransposedFilters.of(shape))) {
            throw new IllegalArgumentException("filters packed for other kernels or sizes: " + w.filters()
                    + ", expected " + TransposedFilters.of(shape));
        }
        return new TransposedConvolution(kernel, overTwoAxes(shape), w);
    }

    /** The shape over two axes; a pointwise one as a single item, because its cells have nothing to do with each other. */
    private static ConvShape flat(ConvShape shape) {
        Window window = shape.window().inTwoAxes();
        if (!window.isPointwise() || shape.groups() > 1) {
            return overTwoAxes(shape);
        }
        int[] cells = {Math.multiplyExact(shape.batch(), window.outputs()), 1};
        int[] one = {1, 1};
        Window all = new Window(cells, one, one, one, new int[] {0, 0}, cells);
        return new ConvShape(1, shape.channels(), shape.filters(), 1, all);
    }

    private static ConvShape overTwoAxes(ConvShape shape) {
        Window window = shape.window().inTwoAxes();
        return new ConvShape(shape.batch(), shape.channels(), shape.filters(), shape.groups(), window);
    }
}
