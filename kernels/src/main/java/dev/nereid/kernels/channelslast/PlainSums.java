package dev.nereid.kernels.channelslast;

import dev.nereid.kernels.conv.ConvShape;
import dev.nereid.kernels.conv.Window;
import dev.nereid.kernels.matmul.PanelKernel;
import java.lang.foreign.MemorySegment;

/** Which kernel sums up the rows of a convolution, and how that kernel wants its filters. */
final class PlainSums {
    private PlainSums() {}

    static long packedBytes(Filters filters, PanelKernel kernel) {
        if (filters.isDepthwise()) {
            return DepthwiseCells.packedBytes(filters);
        }
        return GroupedCells.suits(filters)
                ? GroupedCells.packedBytes(filters)
                : Panels.of(filters, kernel).bytes();
    }

    static void pack(Filters filters, PanelKernel kernel, MemorySegment w, MemorySegment memory) {
        if (filters.isDepthwise()) {
            DepthwiseCells.pack(filters, w, memory);
        } else if (GroupedCells.suits(filters)) {
            GroupedCells.pack(filters, w, memory);
        } else {
            Panels.of(filters, kernel).pack(w, memory);
        }
    }

    /** Panels of a group, which may be computed apart; 1 where there are none. */
    static int panels(Filters filters, PanelKernel kernel) {
        return hasPanels(filters) ? Panels.of(filters, kernel).count() : 1;
    }

    /** What several workers share of bands. */
    static Cuts cuts(Bands bands, Filters filters, PanelKernel kernel) {
        double share = hasPanels(filters) ? Panels.of(filters, kernel).share() : 1;
        return new Cuts(bands.whole(panels(filters, kernel), share));
    }

    private static boolean hasPanels(Filters filters) {
        return !filters.isDepthwise() && !GroupedCells.suits(filters);
    }

    /** Whether the kernel may read a vector of channels that reaches into what lies behind the last cell. */
    static boolean readsBeyondCells(Filters filters) {
        return filters.isDepthwise()
                ? filters.count() % DepthwiseCells.LANES != 0
                : GroupedCells.suits(filters) && GroupedCells.readsBeyondCells(filters);
    }

    /** Bytes of scratch memory that {@link #run} needs. */
    static long scratchBytes(ConvShape shape) {
        Filters filters = Filters.of(shape);
        if (filters.isDepthwise()) {
            return DepthwiseCells.scratchBytes();
        }
        if (GroupedCells.suits(filters) || RowProducts.suits(shape)) {
            return 0;
        }
        return GroupedRows.suits(shape)
                ? GroupedRows.scratchBytes(shape)
                : Patches.scratchBytes(filters, shape.window());
    }

    /**
     * Computes the cells [from, to) of an item, which are whole rows.
     *
     * @param fromPanel the first of the panels of every group
     * @param toPanel the panel behind the last
     */
    static void run(
            SumKernels kernels,
            Layer layer,
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
            DepthwiseCells.run(kernels.depthwise(), layer, item, cells, from, to, scratch);
        } else if (GroupedCells.suits(filters)) {
            GroupedCells.run(kernels.grouped(), layer, item, cells, from, to);
        } else if (RowProducts.suits(shape)) {
            RowProducts.run(kernels.products(), layer, item, cells, from, to, fromPanel, toPanel);
        } else if (GroupedRows.suits(shape)) {
            GroupedRows.run(kernels.products(), layer, item, cells, from, to, fromPanel, toPanel, scratch.address());
        } else {
            Window window = layer.window();
            int step = layer.hasWholeRows() ? to - from : window.output()[1];
            for (int at = from; at < to; at += step) {
                Patches.run(kernels.products(), layer, item, cells, at, at + step, fromPanel, toPanel, scratch);
            }
        }
    }
}
