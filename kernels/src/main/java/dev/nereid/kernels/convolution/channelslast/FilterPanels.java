package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.Filters;
import dev.nereid.kernels.matmul.PanelKernel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Filters packed as panels, one group after the other: a column is a filter, and row (tap, channel) holds the weights of
 * that input channel. The last panel of a group is filled up with zeros to whole vectors.
 */
record FilterPanels(Filters filters, int panelColumns, int lanes) {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    static FilterPanels of(Filters filters, PanelKernel kernel) {
        return new FilterPanels(filters, kernel.panelColumns(), kernel.lanes());
    }

    /** Panels of a group. */
    int count() {
        return Math.ceilDiv(filters.groupFilters(), panelColumns);
    }

    /** What a whole panel is of all filters of a group. */
    double share() {
        return Math.min(1, (double) panelColumns / filters.groupFilters());
    }

    /** The first filter of a panel within its group; that of the panel behind the last is how many filters there are. */
    int first(int panel) {
        return Math.min(panel * panelColumns, filters.groupFilters());
    }

    /** Filters in a panel. */
    int columns(int panel) {
        return Math.min(panelColumns, filters.groupFilters() - panel * panelColumns);
    }

    /** Elements between rows of a panel. */
    int width(int panel) {
        return Math.ceilDiv(columns(panel), lanes) * lanes;
    }

    /** Byte at which a panel begins. */
    long offset(int group, int panel) {
        return (group * groupElements() + (long) panel * panelColumns * filters.depth()) * Float.BYTES;
    }

    /** Bytes of a panel. */
    long bytes(int panel) {
        return (long) width(panel) * filters.depth() * Float.BYTES;
    }

    /** Bytes of all panels of all groups. */
    long bytes() {
        return filters.groups() * groupElements() * Float.BYTES;
    }

    private long groupElements() {
        int last = count() - 1;
        return ((long) last * panelColumns + width(last)) * filters.depth();
    }

    /**
     * Packs w: [filters, channels, taps]. A model is loaded before anything is compiled, and arrays are what an interpreter is
     * fastest with: one is filled for each panel, and only whole ones are copied from and to memory.
     */
    void pack(MemorySegment w, MemorySegment memory) {
        float[] weights = new float[filters.depth()];
        for (int group = 0; group < filters.groups(); group++) {
            for (int panel = 0; panel < count(); panel++) {
                float[] rows = new float[width(panel) * filters.depth()];
                for (int column = 0; column < columns(panel); column++) {
                    read(w, group * filters.groupFilters() + first(panel) + column, weights);
                    addColumn(weights, column, width(panel), rows);
                }
                MemorySegment.copy(rows, 0, memory, FLOAT, offset(group, panel), rows.length);
            }
        }
    }

    /** Reads what a filter has: [channels, taps]. */
    private void read(MemorySegment w, int filter, float[] weights) {
        MemorySegment.copy(w, FLOAT, (long) filter * filters.depth() * Float.BYTES, weights, 0, filters.depth());
    }

    private void addColumn(float[] weights, int column, int width, float[] rows) {
        int taps = filters.taps();
        int at = column;
        for (int tap = 0; tap < taps; tap++) {
            for (int from = tap; from < weights.length; from += taps) {
                rows[at] = weights[from];
                at += width;
            }
        }
    }

    /** Where the number is that a filter multiplies a channel of a tap's cell with, in elements. */
    long element(int filter, int tap, int channel) {
        int own = filter % filters.groupFilters();
        int panel = own / panelColumns;
        long row = (long) tap * filters.groupChannels() + channel;
        return offset(filter / filters.groupFilters(), panel) / Float.BYTES + row * width(panel) + own % panelColumns;
    }
}
