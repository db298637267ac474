package dev.nereid.cuda.driver;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.WinogradTaps;

/**
 * Cost model: whether a convolution takes less time by Winograd's algorithm than as one implicit GEMM. An estimate, of
 * ratios that are in between those of the cards we know of, and that no card has confirmed. It is the same on every card and
 * for every batch, so that an item's bits are. The unit is as long as a card takes for a multiply-add.
 *
 * <p>An implicit product has nine multiply-adds where Winograd's has 36 for 16 cells; but what these need is written and read
 * again on both sides, filters are four times as large, and there are three kernels instead of one. That pays where channels
 * and filters are many, and where an item has so few cells that one product's blocks would leave most of a card idle.
 */
final class WinogradCostModel {
    /** Rows and columns of a block of the products. */
    private static final int SIDE = 64;

    /** Blocks that keep a card busy: fewer take as long. */
    private static final int BLOCKS = 96;

    /**
     * Multiply-adds for a byte of memory. By their data sheets cards have time for 6 (A100), 10 (H100), 13 (T4), 26 (A10) and 50
     * (L4), and for a byte of the L2 cache, which has much of what is written and read again, for a third or less.
     */
    private static final double BYTE = 12;

    /** Multiply-adds for the start and the end of a kernel: two microseconds of an A100. */
    private static final double START = 20e6;

    /** Filters take four times the memory and results more of rounding: for an item alone it has to be worth that. */
    private static final double WORTH = 0.9;

    /** Items of a large batch, for which it must not take longer. */
    private static final int MANY = 64;

    private WinogradCostModel() {}

    /** @param shape that {@link dev.nereid.cuda.device.DeviceWinogradFilters#suit suits} */
    static boolean pays(ConvShape shape) {
        // Fewer filters are no product, but a thread an element.
        return shape.filters() >= CudaProducts.SMALLEST_GROUP
                && winograd(batch(1, shape)) < WORTH * implicit(batch(1, shape))
                && winograd(batch(MANY, shape)) < implicit(batch(MANY, shape));
    }

    private static ConvShape batch(int items, ConvShape shape) {
        return new ConvShape(items, shape.channels(), shape.filters(), shape.groups(), shape.window());
    }

    /** Beside x and y, which both ways read and write. */
    private static double implicit(ConvShape shape) {
        double pixels = (double) shape.batch() * shape.window().outputs();
        double depth = (double) shape.channels() * shape.window().taps();
        return product(1, shape.filters(), pixels, depth) + BYTE * Float.BYTES * depth * shape.filters() + START;
    }

    private static double winograd(ConvShape shape) {
        double tiles = (double) shape.batch() * WinogradConvolutions.itemTiles(shape);
        double turns = Math.ceil(tiles / WinogradConvolutions.most(shape));
        double filterBytes = (double) Float.BYTES * WinogradTaps.PLACES * shape.channels() * shape.filters();
        // Written and read again.
        double tileBytes = 2.0 * tiles * WinogradConvolutions.tileBytes(shape);
        return product(WinogradTaps.PLACES, shape.filters(), tiles, shape.channels())
                + BYTE * (turns * filterBytes + tileBytes)
                + START * 3 * turns;
    }

    private static double product(int count, int rows, double columns, double depth) {
        double blocks = count * Math.ceil((double) rows / SIDE) * Math.ceil(columns / SIDE);
        return Math.max(BLOCKS, blocks) * SIDE * SIDE * depth;
    }
}
