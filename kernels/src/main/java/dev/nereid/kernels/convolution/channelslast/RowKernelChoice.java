package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Filters;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.PanelKernel;
import java.lang.foreign.MemorySegment;

/**
 * Chooses the kernel that computes the rows of a convolution (depthwise, grouped, implicit GEMM, im2col), and packs the
 * filters for it.
 */
final class RowKernelChoice {
    private RowKernelChoice() {}

    static long packedBytes(Filters filters, PanelKernel kernel) {
        if (filters.isDepthwise()) {
            return ChannelsLastDepthwise.packedBytes(filters);
        }
        return NarrowGroupConvolution.suits(filters)
                ? NarrowGroupConvolution.packedBytes(filters)
                : FilterPanels.of(filters, kernel).bytes();
    }

    static void pack(Filters filters, PanelKernel kernel, MemorySegment w, MemorySegment memory) {
        if (filters.isDepthwise()) {
            ChannelsLastDepthwise.pack(filters, w, memory);
        } else if (NarrowGroupConvolution.suits(filters)) {
            NarrowGroupConvolution.pack(filters, w, memory);
        } else {
            FilterPanels.of(filters, kernel).pack(w, memory);
        }
    }

    /** Panels of a group, which may be computed apart; 1 where there are none. */
    static int panels(Filters filters, PanelKernel kernel) {
        return hasPanels(filters) ? FilterPanels.of(filters, kernel).count() : 1;
    }

    /** What several workers share of bands. */
    static ConvolutionSplit cuts(Bands bands, Filters filters, PanelKernel kernel) {
        double share = hasPanels(filters) ? FilterPanels.of(filters, kernel).share() : 1;
        return new ConvolutionSplit(bands.whole(panels(filters, kernel), share));
    }

    private static boolean hasPanels(Filters filters) {
        return !filters.isDepthwise() && !NarrowGroupConvolution.suits(filters);
    }

    /** Whether the kernel may read a vector of channels that reaches into what lies behind the last cell. */
    static boolean readsBeyondCells(Filters filters) {
        return filters.isDepthwise()
                ? filters.count() % ChannelsLastDepthwise.LANES != 0
                : NarrowGroupConvolution.suits(filters) && NarrowGroupConvolution.readsBeyondCells(filters);
    }

    /** Bytes of scratch memory that {@link #run} needs. */
    static long scratchBytes(ConvShape shape) {
        Filters filters = Filters.of(shape);
        if (filters.isDepthwise()) {
            return ChannelsLastDepthwise.scratchBytes();
        }
        if (NarrowGroupConvolution.suits(filters) || ImplicitGemm.suits(shape)) {
            return 0;
        }
        return GroupedConvolutionProducts.suits(shape)
                ? GroupedConvolutionProducts.scratchBytes(shape)
                : ChannelsLastIm2col.scratchBytes(filters, shape.window());
    }

    /**
     * Computes the cells [from, to) of an item, which are whole rows.
     *
     * @param fromPanel the first of the panels of every group
     * @param toPanel the panel behind the last
     */
    static void run(
            ConvolutionMicroKernels kernels,
            LayerOperands layer,
            int item,
            Halo.Cells cells,
            int from,
            int to,
            int fromPanel,
            int toPanel,
            MemorySegment scratch) {
        ConvShape shape = layer.shape();
        Filters filters = layer.w().filters();
        if (filters.isDepthwise()) {
            ChannelsLastDepthwise.run(kernels.depthwise(), layer, item, cells, from, to, scratch);
        } else if (NarrowGroupConvolution.suits(filters)) {
            NarrowGroupConvolution.run(kernels.grouped(), layer, item, cells, from, to);
        } else if (ImplicitGemm.suits(shape)) {
            ImplicitGemm.run(kernels.products(), layer, item, cells, from, to, fromPanel, toPanel);
        } else if (GroupedConvolutionProducts.suits(shape)) {
            GroupedConvolutionProducts.run(
                    kernels.products(), layer, item, cells, from, to, fromPanel, toPanel, scratch.address());
        } else {
            Window window = layer.window();
            int step = layer.hasWholeRows() ? to - from : window.output()[1];
            for (int at = from; at < to; at += step) {
                ChannelsLastIm2col.run(
                        kernels.products(), layer, item, cells, at, at + step, fromPanel, toPanel, scratch);
            }
        }
    }
}
