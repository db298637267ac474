package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.PanelKernel;

/**
 * Convolution as implicit GEMM, straight from the input: what a kernel row reads for an output pixel is contiguous, so the
 * kernel rows are the runs of a product's left side, which has one row for each output pixel.
 */
final class ImplicitGemm {
    /** Output cells in a row below which the kernels' tiles are not filled. */
    private static final int FEWEST_CELLS = 7;

    /** Bytes of filters from which on some of them are no longer in the L2 cache when their turn comes. */
    private static final long WORTH_PREFETCHING = 256 << 10;

    private ImplicitGemm() {}

    static boolean suits(ConvShape shape) {
        Window window = shape.window();
        return shape.groups() == 1
                && window.dilation()[1] == 1
                && (window.isPointwise() || window.output()[1] >= FEWEST_CELLS);
    }

    /** Computes the filters of panels [fromPanel, toPanel) for the cells [from, to) of an item. */
    static void run(
            PanelKernel kernel,
            LayerOperands layer,
            int item,
            Halo.Cells cells,
            int from,
            int to,
            int fromPanel,
            int toPanel) {
        FilterPanels panels = FilterPanels.of(layer.w().filters(), kernel);
        Window window = layer.window();
        int columns = window.output()[1];
        boolean rowsFollow = cells.columns() == columns && layer.hasWholeRows();
        int width = window.isPointwise() && rowsFollow ? window.outputs() : columns;
        boolean prefetches = panels.bytes() >= WORTH_PREFETCHING;
        for (int panel = fromPanel; panel < toPanel; panel++) {
            long prefetched = prefetches && panel + 1 < toPanel ? panels.bytes(panel + 1) : 0;
            for (int first = from; first < to; ) {
                int last = Math.min(to, (first / width + 1) * width);
                row(kernel, layer, panels, panel, first == from ? prefetched : 0, item, cells, first, last);
                first = last;
            }
        }
        layer.finish(item, from, to, panels.first(fromPanel), panels.first(toPanel) - panels.first(fromPanel));
    }

    /**
     * The cells [from, to) of one output row, or of all rows of a pointwise convolution whose cells follow each other.
     *
     * @param prefetched bytes of the next panel to bring nearer meanwhile
     */
    private static void row(
            PanelKernel kernel,
            LayerOperands layer,
            FilterPanels panels,
            int panel,
            long prefetched,
            int item,
            Halo.Cells cells,
            int from,
            int to) {
        Window window = layer.window();
        int channels = layer.shape().channels();
        int width = window.output()[1];
        int filter = panels.first(panel);
        long filters = layer.w().segment().address();
        long a = cells.at(from / width * window.stride()[0], from % width * window.stride()[1]);
        kernel.run(
                to - from,
                panels.columns(panel),
                window.kernel()[0],
                window.kernel()[1] * channels,
                a,
                (long) window.stride()[1] * channels,
                (long) window.dilation()[0] * cells.columns() * channels,
                filters + panels.offset(0, panel),
                prefetched > 0 ? filters + panels.offset(0, panel + 1) : 0,
                prefetched,
                layer.y(item, from, filter),
                layer.shape().filters(),
                layer.bias(filter),
                0,
                layer.clamp());
    }
}
