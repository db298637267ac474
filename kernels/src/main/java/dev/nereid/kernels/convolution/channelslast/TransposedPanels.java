package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.Filters;
import dev.nereid.kernels.convolution.TransposedFilters;
import dev.nereid.kernels.matmul.PanelKernel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The filters of a transposed convolution, sorted by the first tap that meets a cell of y in each axis: for each of these
 * places the panels of an ordinary convolution that makes all such cells. Where the columns of the kernel tile y, those
 * under one cell of x are one place with as many more filters.
 *
 * @param places [first tap's row, first tap's column]
 */
@SuppressWarnings("ArrayRecordComponent")
record TransposedPanels(TransposedFilters filters, Place[][] places, long bytes) {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    /**
     * One place.
     *
     * @param rows taps of each of its cells
     * @param offset byte at which its panels begin
     */
    record Place(FilterPanels panels, int rows, int columns, long offset) {}

    static TransposedPanels of(TransposedFilters filters, PanelKernel kernel) {
        int across = filters.columns().tiles() ? 1 : filters.columns().stride();
        int outputs = filters.columns().tiles()
                ? filters.outputs() * filters.columns().stride()
                : filters.outputs();
        Place[][] places = new Place[filters.rows().stride()][across];
        long offset = 0;
        for (int row = 0; row < places.length; row++) {
            for (int column = 0; column < across; column++) {
                int rows = filters.rows().taps(row);
                int columns = filters.columns().taps(column);
                FilterPanels panels =
                        FilterPanels.of(new Filters(outputs, 1, filters.inputs(), rows * columns), kernel);
                places[row][column] = new Place(panels, rows, columns, offset);
                offset += (panels.bytes() + 63) & -64;
            }
        }
        return new TransposedPanels(filters, places, offset);
    }

    /** Packs w: [inputs, outputs, kernel rows, kernel columns]. */
    void pack(MemorySegment w, MemorySegment memory) {
        for (int row = 0; row < places.length; row++) {
            for (int column = 0; column < places[row].length; column++) {
                pack(row, column, w, memory);
            }
        }
    }

    private void pack(int row, int column, MemorySegment w, MemorySegment memory) {
        Place place = places[row][column];
        int outputs = filters.outputs();
        int count = place.panels().filters().count();
        for (int filter = 0; filter < count; filter++) {
            // Where columns tile, the filters of one place have columns of their own.
            int first = column + filter / outputs;
            for (int tap = 0; tap < place.rows() * place.columns(); tap++) {
                int down = filters.rows().tap(row, tap / place.columns());
                int right = filters.columns().tap(first, tap % place.columns());
                for (int input = 0; input < filters.inputs(); input++) {
                    long cell = ((long) input * outputs + filter % outputs)
                                    * filters.rows().kernel()
                            + down;
                    float weight = w.getAtIndex(FLOAT, cell * filters.columns().kernel() + right);
                    long element = place.panels().element(filter, tap, input);
                    memory.setAtIndex(FLOAT, place.offset() / Float.BYTES + element, weight);
                }
            }
        }
    }
}
