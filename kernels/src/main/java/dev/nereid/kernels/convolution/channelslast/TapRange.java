package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * Output cells along one axis that follow each other and meet the same taps; the other taps read nothing but padding.
 *
 * @param from the first of the cells
 * @param to the one behind the last
 * @param first the first of the taps, which follow each other
 * @param taps how many; 0 where all read padding
 */
record TapRange(int from, int to, int first, int taps) {
    /** All output cells along an axis, in order. */
    static List<TapRange> of(Window window, int axis) {
        int cells = window.output()[axis];
        TreeSet<Integer> borders = new TreeSet<>(List.of(0, cells));
        for (int tap = 0; tap < window.kernel()[axis]; tap++) {
            borders.add(Math.clamp(begin(window, axis, tap), 0, cells));
            borders.add(Math.clamp(end(window, axis, tap), 0, cells));
        }
        List<TapRange> ranges = new ArrayList<>();
        int from = borders.removeFirst();
        for (int to : borders) {
            ranges.add(of(window, axis, from, to));
            from = to;
        }
        return ranges;
    }

    /** All output cells along an axis as if all of their taps met the input. */
    static List<TapRange> whole(Window window, int axis) {
        return List.of(new TapRange(0, window.output()[axis], 0, window.kernel()[axis]));
    }

    private static TapRange of(Window window, int axis, int from, int to) {
        int first = 0;
        int taps = 0;
        for (int tap = 0; tap < window.kernel()[axis]; tap++) {
            int position = window.position(axis, from, tap);
            if (position >= 0 && position < window.input()[axis]) {
                first = taps == 0 ? tap : first;
                taps++;
            }
        }
        return new TapRange(from, to, first, taps);
    }

    /** The first output cell for which a tap is not before the input. */
    private static int begin(Window window, int axis, int tap) {
        return Math.ceilDiv(-window.position(axis, 0, tap), window.stride()[axis]);
    }

    /** The first output cell for which a tap is behind the input. */
    private static int end(Window window, int axis, int tap) {
        return Math.ceilDiv(window.input()[axis] - window.position(axis, 0, tap), window.stride()[axis]);
    }

    /** How many times the taps of an axis meet the input, of how many if there were no padding. */
    static double met(Window window, int axis) {
        long met = 0;
        for (TapRange range : of(window, axis)) {
            met += (long) (range.to - range.from) * range.taps;
        }
        return met / Math.max(1.0, (double) window.output()[axis] * window.kernel()[axis]);
    }
}
