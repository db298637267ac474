package dev.nereid.kernels.convolution.channelsfirst;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.RowCopies;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.Matrix;
import java.lang.foreign.MemorySegment;

/**
 * Im2col with the channels first, a block of output pixels at a time: row (channel, tap) holds what the tap reads for each
 * pixel of the block, so that a 2-D convolution is a matrix product.
 */
final class Im2col {
    /** Bytes of a block: it stays in the L2 cache while all filters pass over it. */
    private static final int BLOCK_BYTES = 512 << 10;

    /** Cells in whose multiples a block is cut: a panel of the widest micro-kernel. */
    private static final int PANEL = 64;

    private Im2col() {}

    static long scratchBytes(ConvShape shape) {
        return (long) rows(shape) * cells(shape) * Float.BYTES;
    }

    static int blocks(ConvShape shape) {
        return Math.ceilDiv(shape.window().outputs(), cells(shape));
    }

    static int firstCell(ConvShape shape, int block) {
        return block * cells(shape);
    }

    private static int rows(ConvShape shape) {
        return shape.groupChannels() * shape.window().taps();
    }

    /** Output cells of a block. */
    private static int cells(ConvShape shape) {
        int panels = Math.max(1, BLOCK_BYTES / (rows(shape) * PANEL * Float.BYTES));
        return Math.max(1, Math.min(panels * PANEL, shape.window().outputs()));
    }

    /** Fills {@code scratch} with a block's columns. */
    static Matrix gather(ConvShape shape, MemorySegment x, int item, int group, int block, MemorySegment scratch) {
        Window window = shape.window();
        int first = firstCell(shape, block);
        int cells = Math.min(cells(shape), window.outputs() - first);
        long plane = ((long) item * shape.channels() + (long) group * shape.groupChannels()) * window.inputs();
        long target = 0;
        for (int channel = 0; channel < shape.groupChannels(); channel++) {
            for (int ky = 0; ky < window.kernel()[0]; ky++) {
                for (int kx = 0; kx < window.kernel()[1]; kx++) {
                    gatherRow(window, x, plane, ky, kx, first, cells, scratch, target);
                    target += cells;
                }
            }
            plane += window.inputs();
        }
        return Matrix.of(scratch, rows(shape), cells);
    }

    private static void gatherRow(
            Window window,
            MemorySegment x,
            long plane,
            int ky,
            int kx,
            int first,
            int cells,
            MemorySegment target,
            long offset) {
        int width = window.output()[1];
        int inputWidth = window.input()[1];
        int stride = window.stride()[1];
        int shift = kx * window.dilation()[1] - window.padding()[1];
        int inside = clamp(Math.ceilDiv(-shift, stride), width);
        int beyond = clamp(Math.floorDiv(inputWidth - 1 - shift, stride) + 1, width);
        int at = 0;
        while (at < cells) {
            int row = (first + at) / width;
            int from = (first + at) % width;
            int to = Math.min(width, from + cells - at);
            int y = window.position(0, row, ky);
            int begin = Math.clamp(inside, from, to);
            int end = Math.max(begin, Math.min(beyond, to));
            if (y < 0 || y >= window.input()[0]) {
                begin = to;
                end = to;
            }
            RowCopies.fill(target, (offset + at) * 4, begin - from, 0f);
            long source = (plane + (long) y * inputWidth + (long) begin * stride + shift) * 4;
            if (stride == 1) {
                RowCopies.copy(x, source, target, (offset + at + begin - from) * 4, end - begin);
            } else {
                RowCopies.gather(x, source, stride, target, (offset + at + begin - from) * 4, end - begin);
            }
            RowCopies.fill(target, (offset + at + end - from) * 4, to - end, 0f);
            at += to - from;
        }
    }

    private static int clamp(int number, int high) {
        return Math.clamp(number, 0, high);
    }
}
