package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.ChainLink;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** One thread's pass of a chain down the rows of one item. */
final class ChainRun {
    private final ConvolutionMicroKernels kernels;
    private final List<ChainLink> links;
    private final ChainPlan plan;
    private final MemorySegment x;
    private final Optional<MemorySegment> residual;
    private final MemorySegment y;
    private final MemorySegment halo;
    private final MemorySegment rest;
    private final int item;
    /** Of each convolution but the first: its input's memory, the row at its begin, and the row behind the last in it. */
    private final MemorySegment[] memories;

    private final int[] firsts;
    private final int[] ends;

    ChainRun(
            ConvolutionMicroKernels kernels,
            List<ChainLink> links,
            ChainPlan plan,
            MemorySegment x,
            Optional<MemorySegment> residual,
            MemorySegment y,
            MemorySegment scratch,
            int item) {
        this.kernels = kernels;
        this.links = links;
        this.plan = plan;
        this.x = x;
        this.residual = residual;
        this.y = y;
        this.item = item;
        this.halo = scratch;
        this.memories = new MemorySegment[links.size()];
        this.firsts = new int[links.size()];
        this.ends = new int[links.size()];
        long at = plan.bands().haloBytes();
        for (int link = 1; link < links.size(); link++) {
            LineBuffer lines = lines(link);
            memories[link] = scratch.asSlice(at, lines.bytes());
            lines.clearSides(memories[link]);
            at += lines.bytes();
        }
        this.rest = scratch.asSlice(at);
    }

    private LineBuffer lines(int link) {
        return plan.lines().get(link - 1);
    }

    /** Computes the rows [from, to) of the last convolution. */
    void rows(int from, int to) {
        for (int first = from; first < to; first += plan.rows()) {
            band(first, Math.min(to, first + plan.rows()));
        }
    }

    private void band(int from, int to) {
        int[] begins = new int[links.size()];
        int[] limits = new int[links.size()];
        int begin = from;
        int limit = to;
        for (int link = links.size() - 1; link >= 0; link--) {
            begins[link] = begin;
            limits[link] = limit;
            if (link > 0 && begin < limit) {
                Window window = links.get(link).shape().window();
                int firstRow = begin * window.stride()[0];
                int endRow = firstRow + LineBuffer.rowsRead(window, limit - begin);
                int lacking = makeRoom(link, firstRow, endRow);
                int padding = window.padding()[0];
                begin = Math.max(0, lacking - padding);
                limit = Math.min(window.input()[0], endRow - padding);
            }
        }
        for (int link = 0; link < links.size(); link++) {
            if (begins[link] < limits[link]) {
                compute(link, begins[link], limits[link]);
            }
        }
    }

    /** Makes room for the rows [from, to) of a convolution's input; the first of those that are not there yet. */
    private int makeRoom(int link, int from, int to) {
        LineBuffer lines = lines(link);
        if (to - firsts[link] > lines.room()) {
            lines.slide(memories[link], firsts[link], from, ends[link]);
            firsts[link] = from;
        }
        int lacking = Math.max(from, ends[link]);
        lines.clearPadding(memories[link], firsts[link], lacking, to);
        ends[link] = Math.max(lacking, to);
        return lacking;
    }

    /** Computes the rows [from, to) of a convolution. */
    private void compute(int link, int from, int to) {
        ConvShape shape = links.get(link).shape();
        int width = shape.window().output()[1];
        boolean last = link == links.size() - 1;
        LayerOperands layer = last ? lastLayer() : layer(link);
        int layerItem = last ? item : 0;
        Halo.Cells cells = link == 0 ? plan.bands().cells(x, item, from, to, halo) : cells(link);
        int panels = RowKernelChoice.panels(layer.w().filters(), kernels.products());
        RowKernelChoice.run(kernels, layer, layerItem, cells, from * width, to * width, 0, panels, rest);
    }

    private LayerOperands lastLayer() {
        ChainLink link = links.getLast();
        return LayerOperands.whole(
                link.shape(),
                link.w(),
                link.bias(),
                link.activation(),
                residual,
                y,
                kernels.products().epilogue());
    }

    /** A convolution that writes what the next one reads. */
    private LayerOperands layer(int link) {
        ChainLink from = links.get(link);
        LineBuffer lines = lines(link + 1);
        long row = (long) lines.window().padding()[0] - firsts[link + 1];
        long first = row * lines.columns() * lines.channels() + lines.firstElement();
        return new LayerOperands(
                from.shape(),
                from.w(),
                from.bias(),
                from.activation(),
                Optional.empty(),
                memories[link + 1],
                first,
                lines.columns(),
                kernels.products().epilogue());
    }

    private Halo.Cells cells(int link) {
        LineBuffer lines = lines(link);
        long address = memories[link].address() - firsts[link] * lines.rowBytes();
        return new Halo.Cells(address, lines.columns(), lines.channels());
    }
}
