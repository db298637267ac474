package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.Filters;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.convolution.WinogradTaps;
import dev.nereid.kernels.matmul.PanelKernel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Filters of 3 x 3 taps as Winograd's F(4 x 4, 3 x 3) multiplies them: for each of the 36 places of a transformed tile a
 * matrix [channels, filters] in panels.
 */
final class WinogradFilters {
    /** Places of a transformed tile along an axis. */
    static final int SIDE = WinogradTaps.SIDE;

    static final int PLACES = WinogradTaps.PLACES;
    private static final int TAPS = WinogradTaps.TAPS;

    /** Channels and filters beyond which the transformed filters take more memory than they are worth. */
    private static final int MOST = 512;

    /** Channels and filters beyond which the transformed filters no longer stay in a cache near the core, and in any. */
    private static final int SOME = 64;

    private static final int MANY = 256;

    /** Output cells along an axis below which most of a tile is thrown away, or filters are read for too few tiles. */
    private static final int FEWEST_CELLS = 3;

    private static final int FEWEST_CELLS_OF_SOME = 5;
    private static final int FEWEST_CELLS_OF_MANY = 9;

    /** Products of a filter's taps that make up for a vector that only a part of is filters, for each of its lanes. */
    private static final int WORTH_A_PART = 16;

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private WinogradFilters() {}

    /** Whether the algorithm can: 3 x 3 taps, no stride, whole vectors of channels. */
    static boolean can(Filters filters, Window window, int lanes) {
        Window flat = window.inTwoAxes();
        boolean can = filters.groups() == 1 && filters.groupChannels() % lanes == 0;
        for (int axis = 0; axis < 2; axis++) {
            can &= flat.kernel()[axis] == TAPS && flat.stride()[axis] == 1;
        }
        return can;
    }

    /** Whether it can, with filters that do not take more memory than they are worth. */
    static boolean fit(Filters filters, Window window, int lanes) {
        return can(filters, window, lanes) && filters.groupChannels() <= MOST && filters.count() <= MOST;
    }

    /**
     * Whether they fit, and it is worth it as far as a rule can tell: some output cells an axis for each one between, and filters
     * that are whole vectors or enough for a part of one.
     */
    static boolean suit(Filters filters, Window window, int lanes) {
        Window flat = window.inTwoAxes();
        long products = (long) filters.groupChannels() * filters.count();
        boolean suits = fit(filters, window, lanes)
                && (filters.count() % lanes == 0 || products >= (long) WORTH_A_PART * lanes);
        for (int axis = 0; axis < 2; axis++) {
            suits &= flat.output()[axis] >= fewestCells(filters) * flat.dilation()[axis];
        }
        return suits;
    }

    private static int fewestCells(Filters filters) {
        int most = Math.max(filters.groupChannels(), filters.count());
        return most > MANY ? FEWEST_CELLS_OF_MANY : most > SOME ? FEWEST_CELLS_OF_SOME : FEWEST_CELLS;
    }

    /** The filters of one place: as many, of a single tap. */
    static Filters place(Filters filters) {
        return new Filters(filters.count(), 1, filters.groupChannels(), 1);
    }

    static long placeBytes(Filters filters, PanelKernel kernel) {
        return FilterPanels.of(place(filters), kernel).bytes();
    }

    /** Packs w: [filters, channels, 3, 3], by arrays as {@link FilterPanels#pack} does. */
    static void pack(Filters filters, PanelKernel kernel, MemorySegment w, MemorySegment memory) {
        FilterPanels panels = FilterPanels.of(place(filters), kernel);
        int channels = filters.groupChannels();
        float[] weights = new float[channels * TAPS * TAPS];
        double[] transformed = new double[PLACES];
        for (int panel = 0; panel < panels.count(); panel++) {
            int width = panels.width(panel);
            float[][] places = new float[PLACES][width * channels];
            for (int column = 0; column < panels.columns(panel); column++) {
                long from = (long) (panels.first(panel) + column) * weights.length * Float.BYTES;
                MemorySegment.copy(w, FLOAT, from, weights, 0, weights.length);
                for (int channel = 0; channel < channels; channel++) {
                    WinogradTaps.transform(weights, channel * TAPS * TAPS, transformed);
                    int to = channel * width + column;
                    for (int at = 0; at < PLACES; at++) {
                        places[at][to] = (float) transformed[at];
                    }
                }
            }
            for (int at = 0; at < PLACES; at++) {
                MemorySegment.copy(
                        places[at], 0, memory, FLOAT, at * panels.bytes() + panels.offset(0, panel), width * channels);
            }
        }
    }
}
