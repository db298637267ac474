package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Filters;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.Clamp;
import dev.nereid.kernels.matmul.PanelKernel;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Convolutions of 3 x 3 taps by Winograd's F(4 x 4, 3 x 3): 16 output cells cost 36 multiplications of channels by
 * filters instead of 144. A block of tiles is transformed, multiplied place by place, and transformed back before the
 * next, so that what is between stays in the L2 cache. Results differ from the direct sum by rounding: some units in
 * the sixth digit.
 *
 * <p>With dilation, what reads no cell in common is a convolution of its own: a tile has every second row, or column, and so
 * on, and beside it lie the tiles of the rows and columns between.
 *
 * @param shape with its output rounded up to whole tiles
 * @param rows output rows of an item that are there
 * @param columns output columns that are there
 * @param tileRows rows of tiles of a band at the most, those between not counted
 * @param block tiles of a block
 */
record Winograd(ConvShape shape, Halo halo, int rows, int columns, int tileRows, int block) {
    private static final int TILE = WinogradTiles.outputs();
    private static final int PLACES = WinogradFilters.PLACES;

    /** Bytes of the transformed tiles of a block. */
    private static final int BLOCK_BYTES = 384 << 10;

    /** As long as it takes to transform a channel of a tile, the multiplication does so many multiply-adds. */
    private static final int WORK_A_TILE = 800;

    private static final int MOST_TILES = 48;
    private static final int FEWEST_TILES = 16;

    static Winograd of(ConvShape shape) {
        Window window = shape.window();
        int rows = window.output()[0];
        int columns = window.output()[1];
        int tall = TILE * window.dilation()[0];
        int wide = TILE * window.dilation()[1];
        int[] whole = {Math.ceilDiv(rows, tall) * tall, Math.ceilDiv(columns, wide) * wide};
        Window rounded = new Window(
                window.input(), window.kernel(), window.stride(), window.dilation(), window.padding(), whole);
        ConvShape roundedShape = new ConvShape(shape.batch(), shape.channels(), shape.filters(), 1, rounded);
        int widest = Math.max(shape.channels(), shape.filters());
        int block = Math.clamp(BLOCK_BYTES / (PLACES * widest * Float.BYTES), FEWEST_TILES, MOST_TILES);
        int across = whole[1] / TILE * window.dilation()[0];
        int tileRows = Math.clamp(block / Math.max(1, across), 1, Math.max(1, whole[0] / tall));
        return new Winograd(roundedShape, Halo.of(rounded, shape.channels()), rows, columns, tileRows, block);
    }

    /** Panels that only together are whole vectors of the transformations, which may be wider than those of the product. */
    private static int panelsOfPart(PanelKernel kernel) {
        int panels = 1;
        while (panels * kernel.panelColumns() % WinogradTiles.LANES != 0) {
            panels++;
        }
        return panels;
    }

    private int tilesAcross() {
        return shape.window().output()[1] / TILE;
    }

    private int dilation(int axis) {
        return shape.window().dilation()[axis];
    }

    /** The first row or column of a tile, of those along an axis. */
    private int first(int axis, int tile) {
        int between = dilation(axis);
        return tile / between * between * TILE + tile % between;
    }

    /** Output rows of a row of tiles and those between. */
    private int tileHeight() {
        return TILE * dilation(0);
    }

    /** What several workers share: rows of tiles, and panels of the transformed filters, so many together. */
    ConvolutionSplit.Whole whole(PanelKernel kernel) {
        int tilesOfRow = tilesAcross() * dilation(0);
        int height = shape.window().output()[0] / tileHeight();
        Filters place = WinogradFilters.place(Filters.of(shape));
        FilterPanels panels = FilterPanels.of(place, kernel);
        return new ConvolutionSplit.Whole(
                shape.batch(),
                height,
                tileRows,
                Math.ceilDiv(FEWEST_TILES / 2, Math.max(1, tilesOfRow)),
                Math.ceilDiv(panels.count(), panelsOfPart(kernel)),
                Math.min(1, panels.share() * panelsOfPart(kernel)),
                PLACES * place.elements() * height * tilesOfRow,
                PLACES * place.elements() * Float.BYTES,
                (long) shape.window().inputs() * shape.channels() * Float.BYTES,
                (long) WORK_A_TILE * height * tilesOfRow * shape.channels());
    }

    long scratchBytes() {
        return haloBytes()
                + placeBytes(shape.channels()) * PLACES
                + placeBytes(width()) * PLACES
                + WinogradTiles.TEMPORARY_BYTES
                + TailFilters.BYTES;
    }

    /** Filters of a transformed tile: whole vectors, the last one's beyond the convolution's are zeros. */
    private int width() {
        return Math.ceilDiv(shape.filters(), WinogradTiles.LANES) * WinogradTiles.LANES;
    }

    /** Bytes of what a band reads, padding and all. */
    private long haloBytes() {
        return (halo.bytes(tileRows * tileHeight()) + 63) & -64;
    }

    private long placeBytes(int width) {
        return (long) block * width * Float.BYTES;
    }

    /** Computes some rows of tiles of an item, for some panels of filters as {@link #whole} counts them. */
    void run(
            ConvolutionMicroKernels kernels,
            LayerOperands layer,
            ConvolutionSplit.Task task,
            MemorySegment x,
            MemorySegment scratch) {
        PanelKernel kernel = kernels.products();
        int item = task.item();
        long at = (long) item * shape.window().inputs() * shape.channels() * Float.BYTES;
        Halo.Cells cells = halo.fill(x, at, task.fromRow() * tileHeight(), task.toRow() * tileHeight(), scratch);
        long v = scratch.address() + haloBytes();
        long m = v + placeBytes(shape.channels()) * PLACES;
        long temporary = m + placeBytes(width()) * PLACES;
        FilterPanels panels = FilterPanels.of(WinogradFilters.place(layer.w().filters()), kernel);
        int fromPanel = task.fromPanel() * panelsOfPart(kernel);
        int toPanel = Math.min(panels.count(), task.toPanel() * panelsOfPart(kernel));
        int fromFilter = panels.first(fromPanel);
        int toFilter = panels.first(toPanel);
        int tiles = tilesAcross() * dilation(0);
        int end = task.toRow() * tiles;
        for (int first = task.fromRow() * tiles; first < end; first += block) {
            int last = Math.min(end, first + block);
            transform(kernels.winograd(), cells, first, last, temporary, v);
            multiply(kernel, layer, panels, fromPanel, toPanel, last - first, v, m);
            transformBack(kernels.winograd(), layer, item, first, last, fromFilter, toFilter, temporary, m);
        }
        int from = task.fromRow() * tileHeight() * columns;
        int to = Math.min(rows, task.toRow() * tileHeight()) * columns;
        layer.finish(item, from, to, fromFilter, toFilter - fromFilter);
    }

    private void transform(
            Optional<WinogradKernel> kernel, Halo.Cells cells, int first, int last, long temporary, long v) {
        int channels = shape.channels();
        long cellBytes = (long) channels * Float.BYTES;
        long rowBytes = cells.columns() * cellBytes * dilation(0);
        long columnBytes = cellBytes * dilation(1);
        for (int tile = first; tile < last; tile++) {
            long from = cells.at(first(0, tile / tilesAcross()), first(1, tile % tilesAcross()));
            long to = v + (tile - first) * cellBytes;
            if (kernel.isPresent()) {
                kernel.get()
                        .input(
                                channels,
                                from,
                                rowBytes / Float.BYTES,
                                columnBytes / Float.BYTES,
                                to,
                                placeBytes(channels) / Float.BYTES);
                continue;
            }
            for (int channel = 0; channel < channels; channel += WinogradTiles.LANES) {
                WinogradTiles.input(
                        from + 4L * channel, rowBytes, columnBytes, temporary, to + 4L * channel, placeBytes(channels));
            }
        }
    }

    private void multiply(
            PanelKernel kernel,
            LayerOperands layer,
            FilterPanels panels,
            int fromPanel,
            int toPanel,
            int tiles,
            long v,
            long m) {
        int channels = shape.channels();
        int width = width();
        for (int at = 0; at < PLACES; at++) {
            long b = layer.w().segment().address() + at * panels.bytes();
            for (int panel = fromPanel; panel < toPanel; panel++) {
                kernel.run(
                        tiles,
                        Math.min(panels.width(panel), width - panels.first(panel)),
                        1,
                        channels,
                        v + at * placeBytes(channels),
                        channels,
                        0,
                        b + panels.offset(0, panel),
                        0,
                        0,
                        m + at * placeBytes(width) + 4L * panels.first(panel),
                        width,
                        0,
                        0,
                        Clamp.NONE);
            }
        }
    }

    private void transformBack(
            Optional<WinogradKernel> kernel,
            LayerOperands layer,
            int item,
            int first,
            int last,
            int fromFilter,
            int toFilter,
            long temporary,
            long m) {
        int filters = shape.filters();
        int end = fromFilter + (toFilter - fromFilter) / WinogradTiles.LANES * WinogradTiles.LANES;
        long cellBytes = (long) width() * Float.BYTES;
        long place = placeBytes(width());
        TailFilters lastOnes =
                new TailFilters(temporary + WinogradTiles.TEMPORARY_BYTES, toFilter - end, layer.bias(end));
        for (int tile = first; tile < last; tile++) {
            int row = first(0, tile / tilesAcross());
            int column = first(1, tile % tilesAcross());
            int height = Math.min(TILE, Math.ceilDiv(rows - row, dilation(0)));
            int wide = Math.min(TILE, Math.ceilDiv(columns - column, dilation(1)));
            if (height <= 0 || wide <= 0) {
                continue;
            }
            long from = m + (tile - first) * cellBytes;
            WinogradTiles.Target target = new WinogradTiles.Target(
                    layer.y(item, row * columns + column, fromFilter),
                    height,
                    (long) columns * filters * Float.BYTES * dilation(0),
                    wide,
                    (long) filters * Float.BYTES * dilation(1));
            transformBack(
                    kernel,
                    end - fromFilter,
                    from + 4L * fromFilter,
                    place,
                    temporary,
                    layer.bias(fromFilter),
                    layer.clamp(),
                    target);
            if (end < toFilter) {
                WinogradTiles.Target rest = target.from(end - fromFilter);
                transformBack(
                        kernel,
                        WinogradTiles.LANES,
                        from + 4L * end,
                        place,
                        temporary,
                        lastOnes.bias(),
                        layer.clamp(),
                        lastOnes.inPlaceOf(rest));
                lastOnes.copy(rest);
            }
        }
    }

    /** A tile, for whole vectors of filters. */
    private static void transformBack(
            Optional<WinogradKernel> kernel,
            int filters,
            long m,
            long place,
            long temporary,
            long bias,
            Clamp clamp,
            WinogradTiles.Target target) {
        if (kernel.isPresent()) {
            kernel.get()
                    .output(
                            filters,
                            m,
                            place / Float.BYTES,
                            bias,
                            clamp,
                            target.y(),
                            target.rows(),
                            target.rowBytes() / Float.BYTES,
                            target.columns(),
                            target.cellBytes() / Float.BYTES);
            return;
        }
        for (int filter = 0; filter < filters; filter += WinogradTiles.LANES) {
            long added = bias == 0 ? 0 : bias + 4L * filter;
            WinogradTiles.output(m + 4L * filter, place, temporary, added, clamp.low(), clamp.high(), target, filter);
        }
    }
}
