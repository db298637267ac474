package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceWinogradFilters;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.convolution.WinogradTaps;

/**
 * Starts the kernels of {@code winograd.cu}. Tiles of all items are computed in turns, so that what lies between the kernels of a
 * turn is bounded; which turn a tile is in changes no bit of it.
 */
final class WinogradConvolutions {
    /**
     * Bytes of the transformed tiles of a turn, on both sides of the products: what the L2 cache of a large card holds, and three
     * blocks' columns where channels and filters are as many as can be.
     */
    private static final long MOST_BYTES = 32 << 20;

    /** Tiles along an axis of the smaller blocks of the products, of which a turn is a whole number. */
    private static final int SIDE = 64;

    private final Launcher launcher;

    WinogradConvolutions(Launcher launcher) {
        this.launcher = launcher;
    }

    /** Tiles of an item. */
    static int itemTiles(ConvShape shape) {
        int tiles = 1;
        for (int cells : shape.window().output()) {
            tiles *= Math.ceilDiv(cells, WinogradTaps.OUTPUTS);
        }
        return tiles;
    }

    private static int tiles(ConvShape shape) {
        return Math.multiplyExact(shape.batch(), itemTiles(shape));
    }

    /** Bytes of a transformed tile, on both sides of the products. */
    static long tileBytes(ConvShape shape) {
        return (long) Float.BYTES * WinogradTaps.PLACES * (shape.channels() + shape.filters());
    }

    /** The most tiles of a turn. */
    static int most(ConvShape shape) {
        return Math.toIntExact(MOST_BYTES / tileBytes(shape) / SIDE * SIDE);
    }

    /** Tiles of each turn but the last: as many turns as have to be, and about as many tiles in each. */
    static int turn(ConvShape shape) {
        int tiles = tiles(shape);
        int turns = Math.max(1, Math.ceilDiv(tiles, most(shape)));
        return Math.min(tiles, Math.ceilDiv(Math.ceilDiv(tiles, turns), SIDE) * SIDE);
    }

    /**
     * Bytes of scratch memory.
     *
     * @param least whether for turns of a block's columns alone
     */
    static long bytes(ConvShape shape, boolean least) {
        return tileBytes(shape) * (least ? Math.min(SIDE, turn(shape)) : turn(shape));
    }

    void convolve(ConvolutionOperands o, long scratchBytes) {
        ConvShape shape = o.shape();
        if (!DeviceWinogradFilters.suit(shape) || scratchBytes < bytes(shape, true)) {
            throw new IllegalArgumentException(
                    "no convolution for Winograd's algorithm, in " + scratchBytes + " bytes: " + shape);
        }
        int tiles = tiles(shape);
        int turn = Math.toIntExact(scratchBytes / tileBytes(shape));
        for (int first = 0; first < tiles; first += turn) {
            int count = Math.min(turn, tiles - first);
            arguments(o, first, turn, count);
            // All of them have the same arguments.
            run(shape, count);
        }
    }

    private void run(ConvShape shape, int tiles) {
        launcher.elements("winograd_input", (long) shape.channels() * tiles);
        int side = CudaProducts.side(shape.filters(), tiles, WinogradTaps.PLACES);
        launcher.run(
                "winograd_" + side,
                Math.ceilDiv(tiles, side),
                Math.ceilDiv(shape.filters(), side),
                WinogradTaps.PLACES,
                CudaProducts.THREADS,
                1);
        launcher.elements("winograd_output", (long) shape.filters() * tiles);
    }

    private void arguments(ConvolutionOperands o, int first, int turn, int tiles) {
        ConvShape shape = o.shape();
        Window window = shape.window();
        long placeBytes = (long) Float.BYTES * WinogradTaps.PLACES * shape.channels() * turn;
        launcher.begin()
                .address(o.x())
                .address(o.w())
                .address(o.bias())
                .address(o.residual())
                .address(o.y())
                .address(o.scratch())
                .address(o.scratch() + placeBytes)
                .number(shape.channels())
                .number(shape.filters())
                .numbers(window.input(), 2)
                .numbers(window.padding(), 2)
                .numbers(window.output(), 2)
                .activation(o.activation())
                .number(first)
                .number(tiles)
                .number(0);
    }
}
