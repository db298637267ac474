package dev.nereid.models.trees;

import dev.nereid.models.ModelFormatException;
import java.util.BitSet;

/** The sets of categories of a tree, in words of 32 bits. */
@SuppressWarnings("ArrayRecordComponent")
record LightgbmCategories(int[] boundaries, int[] words) {
    private static final int WORD = 32;

    static LightgbmCategories of(LightgbmLines lines, int nodes) {
        int count = lines.find("num_cat").isPresent() ? lines.integer("num_cat") : 0;
        if (count <= 0) {
            return new LightgbmCategories(new int[] {0}, new int[0]);
        }
        if (count > nodes) {
            throw new ModelFormatException(
                    "'num_cat': expected at most " + nodes + ", as many as there are nodes, got " + count);
        }
        int[] boundaries = lines.integers("cat_boundaries", count + 1);
        return new LightgbmCategories(boundaries, lines.words("cat_threshold", Math.max(0, boundaries[count])));
    }

    /** @param index what a node has as its threshold */
    long[] set(double index) {
        int at = (int) index;
        if (at != index || at < 0 || at >= boundaries.length - 1) {
            throw new ModelFormatException(
                    "there is no set of categories " + index + " among " + (boundaries.length - 1));
        }
        int from = boundaries[at];
        int to = boundaries[at + 1];
        if (from < 0 || to < from || to > words.length) {
            throw new ModelFormatException(
                    "'cat_boundaries': expected rising numbers up to " + words.length + ", got " + from + " and " + to);
        }
        return BitSet.valueOf(longs(from, to)).stream().asLongStream().toArray();
    }

    private long[] longs(int from, int to) {
        long[] longs = new long[(to - from + 1) / 2];
        for (int i = from; i < to; i++) {
            longs[(i - from) / 2] |= Integer.toUnsignedLong(words[i]) << ((i - from) % 2 * WORD);
        }
        return longs;
    }
}
