package dev.nereid.kernels.convolution.channelslast;

import static dev.nereid.memory.AddressSpace.ALL;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.PanelKernel;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Grouped convolution as matrix products: the channels of each group are copied next to each other, some rows at a time, so
 * that a kernel row reads one run for each output pixel, as in {@link ImplicitGemm}. A kernel of one column reads such runs
 * from the input as it lies.
 */
final class GroupedConvolutionProducts {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();

    /** Bytes of a group's rows: they stay in the L1 cache while its filters pass over them. */
    private static final int BYTES = 24 << 10;

    /** Output cells in a row below which the kernels' tiles are not filled. */
    private static final int FEWEST_CELLS = 7;

    private GroupedConvolutionProducts() {}

    static boolean suits(ConvShape shape) {
        Window window = shape.window();
        return shape.groups() > 1 && window.dilation()[1] == 1 && window.output()[1] >= FEWEST_CELLS;
    }

    private static boolean copies(Window window) {
        return window.kernel()[1] > 1;
    }

    static long scratchBytes(ConvShape shape) {
        Window window = shape.window();
        return suits(shape) && copies(window)
                ? (long) LineBuffer.rowsRead(window, rows(shape)) * rowElements(shape) * Float.BYTES
                : 0;
    }

    /** Output rows that are computed at a time. */
    private static int rows(ConvShape shape) {
        Window window = shape.window();
        int rows = 1;
        while (rows < window.output()[0]
                && (long) LineBuffer.rowsRead(window, rows + 1) * rowElements(shape) * Float.BYTES <= BYTES) {
            rows++;
        }
        return rows;
    }

    /** Elements of a row of a group's copy. */
    private static int rowElements(ConvShape shape) {
        return columns(shape.window()) * shape.groupChannels();
    }

    private static int columns(Window window) {
        return (window.output()[1] - 1) * window.stride()[1] + window.kernel()[1];
    }

    /**
     * Computes the filters of panels [fromPanel, toPanel) of every group for the cells [from, to) of an item, which are
     * whole rows.
     *
     * @param scratch address of {@link #scratchBytes}
     */
    static void run(
            PanelKernel kernel,
            LayerOperands layer,
            int item,
            Halo.Cells cells,
            int from,
            int to,
            int fromPanel,
            int toPanel,
            long scratch) {
        ConvShape shape = layer.shape();
        FilterPanels panels = FilterPanels.of(layer.w().filters(), kernel);
        int width = layer.window().output()[1];
        int some = rows(shape);
        int filters = panels.first(toPanel) - panels.first(fromPanel);
        for (int row = from / width; row < to / width; row += some) {
            int end = Math.min(to / width, row + some);
            for (int group = 0; group < shape.groups(); group++) {
                Halo.Cells own = cells(layer, cells, group, row, end, scratch);
                for (int panel = fromPanel; panel < toPanel; panel++) {
                    for (int at = row; at < end; at++) {
                        row(kernel, layer, panels, group, panel, item, own, at);
                    }
                }
                int filter = group * shape.groupFilters() + panels.first(fromPanel);
                layer.finish(item, row * width, end * width, filter, filters);
            }
        }
    }

    private static void row(
            PanelKernel kernel,
            LayerOperands layer,
            FilterPanels panels,
            int group,
            int panel,
            int item,
            Halo.Cells cells,
            int row) {
        Window window = layer.window();
        int width = window.output()[1];
        int filter = group * layer.shape().groupFilters() + panels.first(panel);
        kernel.run(
                width,
                panels.columns(panel),
                window.kernel()[0],
                window.kernel()[1] * layer.shape().groupChannels(),
                cells.at(row * window.stride()[0], 0),
                (long) window.stride()[1] * cells.channels(),
                (long) window.dilation()[0] * cells.columns() * cells.channels(),
                layer.w().segment().address() + panels.offset(group, panel),
                0,
                0,
                layer.y(item, row * width, filter),
                layer.shape().filters(),
                layer.bias(filter),
                0,
                layer.clamp());
    }

    /** Where what a group reads for the output rows [from, to) lies. */
    private static Halo.Cells cells(LayerOperands layer, Halo.Cells cells, int group, int from, int to, long target) {
        Window window = layer.window();
        int channels = layer.shape().groupChannels();
        long shift = (long) group * channels * Float.BYTES;
        if (!copies(window)) {
            return new Halo.Cells(cells.address() + shift, cells.columns(), cells.channels());
        }
        int columns = columns(window);
        long rowBytes = (long) rowElements(layer.shape()) * Float.BYTES;
        int first = from * window.stride()[0];
        int rows = LineBuffer.rowsRead(window, to - from);
        for (int row = 0; row < rows; row++) {
            copy(cells.at(first + row, 0) + shift, cells.channels(), columns, channels, target + row * rowBytes);
        }
        return new Halo.Cells(target - first * rowBytes, columns, channels);
    }

    /** Copies the first {@code length} of each {@code step} elements, {@code count} times. */
    private static void copy(long from, int step, int count, int length, long to) {
        int whole = SPECIES.loopBound(length);
        for (int j = 0; j < whole; j += LANES) {
            for (int i = 0; i < count; i++) {
                FloatVector.fromMemorySegment(SPECIES, ALL, from + 4L * ((long) i * step + j), ORDER)
                        .intoMemorySegment(ALL, to + 4L * ((long) i * length + j), ORDER);
            }
        }
        if (whole < length) {
            VectorMask<Float> mask = SPECIES.indexInRange(whole, length);
            for (int i = 0; i < count; i++) {
                FloatVector.fromMemorySegment(SPECIES, ALL, from + 4L * ((long) i * step + whole), ORDER, mask)
                        .intoMemorySegment(ALL, to + 4L * ((long) i * length + whole), ORDER, mask);
            }
        }
    }
}
