package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Filters;
import dev.nereid.kernels.convolution.PackedFilters;
import dev.nereid.kernels.convolution.PreparedConvolution;
import dev.nereid.kernels.convolution.RowCopies;
import dev.nereid.kernels.convolution.SegmentChecks;
import dev.nereid.kernels.convolution.TaskSplit;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.matmul.Clamp;
import dev.nereid.kernels.matmul.PanelKernel;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * Dilated convolution, straight from the input: the taps of one kernel row are the runs of one product, which adds to the
 * sums of the row before. Taps that reach far into the padding are left out, cell by cell.
 */
final class DilatedConvolution implements PreparedConvolution {
    /** Output cells in a row below which the kernels' tiles are not filled. */
    private static final int FEWEST_CELLS = 7;

    /** The part of the taps that meets the input above which it is cheaper to write the padding out. */
    private static final double MOSTLY_MET = 0.8;

    private final PanelKernel kernel;
    private final ConvShape shape;
    private final PackedFilters w;
    private final FilterPanels panels;
    private final Bands bands;
    private final ConvolutionSplit cuts;
    private final boolean skips;
    private final List<TapRange> rows;
    private final List<TapRange> columns;

    /** @param shape over two axes */
    DilatedConvolution(PanelKernel kernel, ConvShape shape, PackedFilters w) {
        Window window = shape.window();
        this.kernel = kernel;
        this.shape = shape;
        this.w = w;
        this.panels = FilterPanels.of(w.filters(), kernel);
        this.bands = Bands.of(shape);
        this.cuts = new ConvolutionSplit(bands.whole(panels.count(), panels.share()));
        this.skips = TapRange.met(window, 0) * TapRange.met(window, 1) < MOSTLY_MET;
        this.rows = skips ? TapRange.of(window, 0) : TapRange.whole(window, 0);
        this.columns = skips ? TapRange.of(window, 1) : TapRange.whole(window, 1);
    }

    /** @param shape over two axes */
    static boolean suits(ConvShape shape) {
        Window window = shape.window();
        return shape.groups() == 1
                && !Filters.of(shape).isDepthwise()
                && window.dilation()[1] > 1
                && window.output()[1] >= FEWEST_CELLS;
    }

    @Override
    public long scratchBytes(int workers) {
        return skips ? 0 : workers * bands.scratchBytes();
    }

    @Override
    public void run(
            MemorySegment x,
            Optional<MemorySegment> bias,
            Activation activation,
            Optional<MemorySegment> residual,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        SegmentChecks.convolution(shape, x, bias, residual, y, scratch, scratchBytes(workers.count()));
        if (shape.batch() == 0 || shape.window().outputs() == 0) {
            return;
        }
        LayerOperands layer = LayerOperands.whole(shape, w, bias, activation, residual, y, kernel.epilogue());
        ConvolutionSplit.Cut cut = cuts.of(workers.count());
        TaskSplit.run(
                shape,
                w.filters(),
                cut.tasks(),
                scratch,
                scratchBytes(1),
                workers,
                (task, own) -> run(layer, cut.task(task), x, own));
    }

    private void run(LayerOperands layer, ConvolutionSplit.Task task, MemorySegment x, MemorySegment scratch) {
        long address = x.address() + (long) task.item() * shape.window().inputs() * shape.channels() * Float.BYTES;
        Halo.Cells cells = skips
                ? bands.halo().inPlace(address)
                : bands.cells(x, task.item(), task.fromRow(), task.toRow(), scratch);
        for (int panel = task.fromPanel(); panel < task.toPanel(); panel++) {
            band(layer, task.item(), cells, task.fromRow(), task.toRow(), panel);
        }
        int width = shape.window().output()[1];
        int filter = panels.first(task.fromPanel());
        int filters = panels.first(task.toPanel()) - filter;
        layer.finishSums(task.item(), task.fromRow() * width, task.toRow() * width, filter, filters);
    }

    /** One panel of filters for the output rows [from, to), a row of the kernel for all of them before the next. */
    private void band(LayerOperands layer, int item, Halo.Cells cells, int from, int to, int panel) {
        for (int tap = 0; tap < shape.window().kernel()[0]; tap++) {
            for (TapRange down : rows) {
                int end = Math.min(to, down.to());
                for (int row = Math.max(from, down.from()); row < end; row++) {
                    if (down.taps() == 0 && tap == 0) {
                        clear(layer, item, row, new TapRange(0, shape.window().output()[1], 0, 0), panel);
                    } else if (tap >= down.first() && tap < down.first() + down.taps()) {
                        row(layer, item, cells, row, tap, tap == down.first(), panel);
                    }
                }
            }
        }
    }

    private void row(LayerOperands layer, int item, Halo.Cells cells, int row, int tap, boolean first, int panel) {
        for (TapRange across : columns) {
            if (across.taps() > 0) {
                multiply(layer, item, cells, row, tap, across, first, panel);
            } else if (first) {
                clear(layer, item, row, across, panel);
            }
        }
    }

    /** Gives cells that no tap meets their sums, zeros. */
    private void clear(LayerOperands layer, int item, int row, TapRange across, int panel) {
        int filter = panels.first(panel);
        long bytes = (long) panels.columns(panel) * Float.BYTES;
        for (int column = across.from(); column < across.to(); column++) {
            long to = layer.y(item, row * shape.window().output()[1] + column, filter);
            RowCopies.zero(to, to + bytes);
        }
    }

    private void multiply(
            LayerOperands layer,
            int item,
            Halo.Cells cells,
            int row,
            int tap,
            TapRange across,
            boolean first,
            int panel) {
        Window window = shape.window();
        int channels = shape.channels();
        int filter = panels.first(panel);
        long c = layer.y(item, row * window.output()[1] + across.from(), filter);
        int tapsBefore = tap * window.kernel()[1] + across.first();
        long b = panels.offset(0, panel) + (long) tapsBefore * channels * panels.width(panel) * Float.BYTES;
        kernel.run(
                across.to() - across.from(),
                panels.columns(panel),
                across.taps(),
                channels,
                cells.at(position(0, row, tap), position(1, across.from(), across.first())),
                (long) window.stride()[1] * channels,
                (long) window.dilation()[1] * channels,
                w.segment().address() + b,
                0,
                0,
                c,
                shape.filters(),
                first ? 0 : c,
                first ? 0 : shape.filters(),
                Clamp.NONE);
    }

    /** Where a tap reads; counted from the first of the padding where that is written out. */
    private int position(int axis, int at, int tap) {
        int position = shape.window().position(axis, at, tap);
        return skips ? position : position + shape.window().padding()[axis];
    }
}
