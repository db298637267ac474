package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Filters;
import dev.nereid.kernels.convolution.Window;
import java.lang.foreign.MemorySegment;

/**
 * The output rows of an item, cut into bands whose input and output stay in the L2 cache until the band is done.
 *
 * @param shape over two axes
 * @param rows rows of a band; the last may have fewer
 * @param copies whether what a band reads is copied first
 * @param haloBytes bytes of such a copy
 * @param restBytes bytes of scratch memory behind it for what computes rows
 */
record Bands(ConvShape shape, Halo halo, int rows, boolean copies, long haloBytes, long restBytes) {
    /** Bytes that a band reads, or writes. */
    private static final int BYTES = 192 << 10;

    /** Output cells below which a band has too little to do for the filters that it reads. */
    private static final int FEWEST_CELLS = 48;

    static Bands of(ConvShape shape) {
        Window window = shape.window();
        Halo halo = Halo.of(window, shape.channels());
        int width = Math.max(1, window.output()[1]);
        long written = BYTES / ((long) width * shape.filters() * Float.BYTES);
        long read = BYTES / (halo.rowBytes() * window.stride()[0]);
        int fewest = Math.ceilDiv(FEWEST_CELLS, width);
        int height = Math.max(1, window.output()[0]);
        int most = Math.clamp(Math.min(written, read), Math.min(fewest, height), height);
        int rows = even(height, most);
        // Two bands of few cells each read all filters twice.
        return of(shape, rows < fewest ? even(height, Math.ceilDiv(height, Math.max(1, height / fewest))) : rows);
    }

    /** Rows of bands of equal heights, none higher than {@code most}. */
    private static int even(int height, int most) {
        return Math.ceilDiv(height, Math.ceilDiv(height, most));
    }

    /** Bands of so many rows. */
    static Bands of(ConvShape shape, int rows) {
        Window window = shape.window();
        Halo halo = Halo.of(window, shape.channels());
        // What lies beyond the end of x may not be read.
        boolean copies = halo.isNeeded() || RowKernelChoice.readsBeyondCells(Filters.of(shape));
        long haloBytes = copies ? aligned(halo.bytes(Math.min(rows, window.output()[0]))) : 0;
        return new Bands(shape, halo, rows, copies, haloBytes, aligned(RowKernelChoice.scratchBytes(shape)));
    }

    /** Bands of an item. */
    int count() {
        return Math.ceilDiv(shape.window().output()[0], rows);
    }

    /** What several workers share, with so many panels of filters in a group. */
    ConvolutionSplit.Whole whole(int panels, double panelShare) {
        Window window = shape.window();
        Filters filters = Filters.of(shape);
        return new ConvolutionSplit.Whole(
                shape.batch(),
                window.output()[0],
                rows,
                Math.ceilDiv(FEWEST_CELLS / 2, Math.max(1, window.output()[1])),
                panels,
                panelShare,
                window.outputs() * filters.elements(),
                filters.elements() * Float.BYTES,
                (long) window.inputs() * shape.channels() * Float.BYTES,
                0);
    }

    /** The first output row of a band; that of the band behind the last is how many rows there are. */
    int firstRow(int band) {
        return Math.min(band * rows, shape.window().output()[0]);
    }

    long scratchBytes() {
        return haloBytes + restBytes;
    }

    /** The part of the scratch memory that is left to what computes rows. */
    MemorySegment rest(MemorySegment scratch) {
        return scratch.asSlice(haloBytes);
    }

    /** What a band reads: a copy in {@code scratch} where it needs one. */
    Halo.Cells cells(MemorySegment x, int item, int band, MemorySegment scratch) {
        return cells(x, item, firstRow(band), firstRow(band + 1), scratch);
    }

    /** What the output rows [from, to) read, no more of them than a band has. */
    Halo.Cells cells(MemorySegment x, int item, int from, int to, MemorySegment scratch) {
        long at = (long) item * shape.window().inputs() * shape.channels() * Float.BYTES;
        return copies ? halo.fill(x, at, from, to, scratch) : halo.inPlace(x.address() + at);
    }

    private static long aligned(long bytes) {
        return (bytes + 63) & -64;
    }
}
