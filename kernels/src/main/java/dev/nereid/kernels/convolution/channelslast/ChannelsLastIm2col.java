package dev.nereid.kernels.convolution.channelslast;

import static dev.nereid.memory.AddressSpace.ALL;

import dev.nereid.kernels.convolution.Filters;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.PanelKernel;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Convolution by im2col with the channels last: what an output pixel reads of a group's channels is copied to one row, a
 * block of pixels at a time, and multiplied with the filters. For kernels whose rows are too short to be products of their
 * own, and for groups.
 */
final class ChannelsLastIm2col {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();

    /** Bytes of a block: it stays in the L2 cache while all filters pass over it. */
    private static final int BLOCK_BYTES = 192 << 10;

    /** Cells in whose multiples a block is cut: more rows than any tile has. */
    private static final int TILE = 24;

    private ChannelsLastIm2col() {}

    static long scratchBytes(Filters filters, Window window) {
        return (long) block(filters, window) * filters.depth() * Float.BYTES;
    }

    private static int block(Filters filters, Window window) {
        int tiles = Math.max(1, BLOCK_BYTES / (filters.depth() * TILE * Float.BYTES));
        return Math.min(tiles * TILE, Math.max(1, window.outputs()));
    }

    /** Computes the filters of panels [fromPanel, toPanel) of every group for the cells [from, to) of an item. */
    static void run(
            PanelKernel kernel,
            LayerOperands layer,
            int item,
            Halo.Cells cells,
            int from,
            int to,
            int fromPanel,
            int toPanel,
            MemorySegment scratch) {
        FilterPanels panels = FilterPanels.of(layer.w().filters(), kernel);
        int block = block(layer.w().filters(), layer.window());
        int groupFilters = layer.shape().groupFilters();
        for (int first = from; first < to; first += block) {
            int last = Math.min(to, first + block);
            for (int group = 0; group < layer.shape().groups(); group++) {
                gather(layer, group, cells, first, last, scratch.address());
                for (int panel = fromPanel; panel < toPanel; panel++) {
                    multiply(kernel, layer, panels, group, panel, item, first, last, scratch.address());
                }
                int filters = panels.first(toPanel) - panels.first(fromPanel);
                layer.finish(item, first, last, group * groupFilters + panels.first(fromPanel), filters);
            }
        }
    }

    private static void multiply(
            PanelKernel kernel,
            LayerOperands layer,
            FilterPanels panels,
            int group,
            int panel,
            int item,
            int first,
            int last,
            long patches) {
        int depth = layer.w().filters().depth();
        int filter = group * layer.shape().groupFilters() + panel * panels.panelColumns();
        kernel.run(
                last - first,
                panels.columns(panel),
                1,
                depth,
                patches,
                depth,
                0,
                layer.w().segment().address() + panels.offset(group, panel),
                0,
                0,
                layer.y(item, first, filter),
                layer.shape().filters(),
                layer.bias(filter),
                0,
                layer.clamp());
    }

    private static void gather(LayerOperands layer, int group, Halo.Cells cells, int first, int last, long to) {
        Window window = layer.window();
        int channels = layer.shape().groupChannels();
        int width = window.output()[1];
        boolean rowsInOne = layer.shape().groups() == 1 && window.dilation()[1] == 1;
        int runs = rowsInOne ? 1 : window.kernel()[1];
        int length = rowsInOne ? window.kernel()[1] * channels : channels;
        long runBytes = (long) length * Float.BYTES;
        long runStep = (long) window.dilation()[1] * cells.channels() * Float.BYTES;
        long shift = (long) group * channels * Float.BYTES;
        long target = to;
        for (int cell = first; cell < last; cell++) {
            int column = cell % width * window.stride()[1];
            int row = cell / width * window.stride()[0];
            for (int ky = 0; ky < window.kernel()[0]; ky++) {
                long source = cells.at(row + ky * window.dilation()[0], column) + shift;
                for (int run = 0; run < runs; run++) {
                    copy(source + run * runStep, target, length);
                    target += runBytes;
                }
            }
        }
    }

    private static void copy(long from, long to, int length) {
        int j = 0;
        for (; j + LANES <= length; j += LANES) {
            FloatVector.fromMemorySegment(SPECIES, ALL, from + 4L * j, ORDER)
                    .intoMemorySegment(ALL, to + 4L * j, ORDER);
        }
        if (j < length) {
            VectorMask<Float> mask = SPECIES.indexInRange(j, length);
            FloatVector.fromMemorySegment(SPECIES, ALL, from + 4L * j, ORDER, mask)
                    .intoMemorySegment(ALL, to + 4L * j, ORDER, mask);
        }
    }
}
