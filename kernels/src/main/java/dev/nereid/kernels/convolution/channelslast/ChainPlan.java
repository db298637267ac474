package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import java.util.ArrayList;
import java.util.List;

/**
 * How a chain is cut into bands of its last convolution's rows, and what memory each convolution's input takes meanwhile.
 *
 * @param shapes over two axes
 * @param rows rows of a band; the last may have fewer
 * @param bands the first convolution's input, which may have to be copied
 * @param lines the inputs of the others
 * @param restBytes bytes of scratch memory for what computes rows
 */
record ChainPlan(List<ConvShape> shapes, int rows, Bands bands, List<LineBuffer> lines, long restBytes) {
    /** Bytes of what lies between the convolutions of a band, and of what the band reads and writes. */
    private static final long BYTES = 320 << 10;

    /** Output cells below which a band has too little to do for the filters that it reads. */
    private static final int FEWEST_CELLS = 48;

    ChainPlan {
        shapes = List.copyOf(shapes);
        lines = List.copyOf(lines);
    }

    static ChainPlan of(List<ConvShape> shapes) {
        Window last = shapes.getLast().window();
        int height = Math.max(1, last.output()[0]);
        int fewest = Math.clamp(Math.ceilDiv(FEWEST_CELLS, Math.max(1, last.output()[1])), 1, height);
        int rows = fewest;
        while (rows < height && bytes(shapes, rows + 1) <= BYTES) {
            rows++;
        }
        // Bands of equal heights: a low one at the end would cost as many passes over the filters as a high one.
        rows = Math.ceilDiv(height, Math.ceilDiv(height, rows));
        List<LineBuffer> lines = lines(shapes, rows);
        int firstRows = firstRows(shapes, rows);
        long rest = 0;
        for (ConvShape shape : shapes) {
            rest = Math.max(rest, RowKernelChoice.scratchBytes(shape));
        }
        return new ChainPlan(shapes, rows, Bands.of(shapes.getFirst(), firstRows), lines, (rest + 63) & -64);
    }

    /** The inputs of all convolutions but the first, for bands of so many rows. */
    private static List<LineBuffer> lines(List<ConvShape> shapes, int rows) {
        List<LineBuffer> lines = new ArrayList<>();
        int needed = rows;
        for (ConvShape shape : shapes.subList(1, shapes.size()).reversed()) {
            LineBuffer read = LineBuffer.of(shape.window(), shape.channels(), needed);
            lines.addFirst(read);
            needed = Math.min(read.rows(), shape.window().input()[0]);
        }
        return lines;
    }

    /** Rows that the first convolution computes for a band of so many rows. */
    private static int firstRows(List<ConvShape> shapes, int rows) {
        int needed = rows;
        for (ConvShape shape : shapes.subList(1, shapes.size()).reversed()) {
            needed = Math.min(
                    LineBuffer.rowsRead(shape.window(), needed), shape.window().input()[0]);
        }
        return needed;
    }

    private static long bytes(List<ConvShape> shapes, int rows) {
        Window last = shapes.getLast().window();
        long bytes = (long) rows * last.output()[1] * shapes.getLast().filters() * Float.BYTES;
        for (LineBuffer lines : lines(shapes, rows)) {
            bytes += lines.readBytes();
        }
        ConvShape first = shapes.getFirst();
        int read = LineBuffer.rowsRead(first.window(), firstRows(shapes, rows));
        return bytes + read * Halo.of(first.window(), first.channels()).rowBytes();
    }

    /** Rows of an item. */
    int height() {
        return shapes.getLast().window().output()[0];
    }

    long scratchBytes() {
        return bands.haloBytes() + lines.stream().mapToLong(LineBuffer::bytes).sum() + restBytes;
    }
}
