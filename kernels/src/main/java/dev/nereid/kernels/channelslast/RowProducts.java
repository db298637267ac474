package dev.nereid.kernels.channelslast;

import dev.nereid.kernels.conv.Window;
import dev.nereid.kernels.matmul.PanelKernel;

/**
 * Convolutions as products straight from the input. The cells that one row of the kernel reads for an output cell lie
 * next to each other, so that a row of the kernel is one product, whose left side has a row an output cell; the
 * products of further rows go on from its sums.
 */
final class RowProducts {
    /** Products of a row of the kernel below which loading and storing the sums takes too long. */
    private static final int FEWEST_PRODUCTS = 64;

    /** Output cells in a row below which the kernels' tiles are not filled. */
    private static final int FEWEST_CELLS = 7;

    private RowProducts() {}

    static boolean suits(Layer layer) {
        Window window = layer.window();
        return layer.shape().groups() == 1
                && window.dilation()[1] == 1
                && (window.isPointwise()
                        || (window.kernel()[1] * layer.shape().channels() >= FEWEST_PRODUCTS
                                && window.output()[1] >= FEWEST_CELLS));
    }

    /** Computes the filters of panels [fromPanel, toPanel) for the cells [from, to) of an item. */
    static void run(
            PanelKernel kernel,
            Layer layer,
            int item,
            Halo.Cells cells,
            int from,
            int to,
            int fromPanel,
            int toPanel) {
        Panels panels = Panels.of(layer.w().filters(), kernel);
        for (int panel = fromPanel; panel < toPanel; panel++) {
            if (layer.window().isPointwise()) {
                product(kernel, layer, panels, panel, item, cells.at(0, from), from, to, 0, 1);
            } else {
                rows(kernel, layer, panels, panel, item, cells, from, to);
            }
            layer.finish(item, from, to, panel * panels.panelColumns(), panels.columns(panel));
        }
    }

    private static void rows(
            PanelKernel kernel,
            Layer layer,
            Panels panels,
            int panel,
            int item,
            Halo.Cells cells,
            int from,
            int to) {
        Window window = layer.window();
        int width = window.output()[1];
        int step = window.stride()[1];
        for (int first = from; first < to; ) {
            int row = first / width;
            int last = Math.min(to, (row + 1) * width);
            for (int ky = 0; ky < window.kernel()[0]; ky++) {
                int y = row * window.stride()[0] + ky * window.dilation()[0];
                long a = cells.at(y, first % width * step);
                product(kernel, layer, panels, panel, item, a, first, last, ky, step);
            }
            first = last;
        }
    }

    /** Adds what row {@code ky} of the kernel gives to the cells [from, to), the first of which reads from {@code a} on. */
    private static void product(
            PanelKernel kernel,
            Layer layer,
            Panels panels,
            int panel,
            int item,
            long a,
            int from,
            int to,
            int ky,
            int step) {
        int channels = layer.shape().channels();
        int filters = layer.shape().filters();
        int filter = panel * panels.panelColumns();
        int depth = layer.window().kernel()[1] * channels;
        long b = layer.w().segment().address() + panels.offset(0, panel);
        long c = layer.y(item, from, filter);
        kernel.run(
                to - from,
                panels.columns(panel),
                depth,
                a,
                (long) step * channels,
                b + (long) ky * depth * panels.width(panel) * Float.BYTES,
                0,
                0,
                c,
                filters,
                ky == 0 ? layer.bias(filter) : c,
                ky == 0 ? 0 : filters,
                1);
    }
}
