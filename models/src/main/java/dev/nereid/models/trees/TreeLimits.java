package dev.nereid.models.trees;

import dev.nereid.models.ModelFormatException;

/** How large what a file says of itself may be, whatever the file's own size is. */
final class TreeLimits {
    /** Bytes of a file. */
    static final long FILE = 1L << 30;

    private static final int FEATURES = 1 << 24;
    private static final int SCORES = 1 << 16;

    private TreeLimits() {}

    static int features(long count) {
        return within("features", count, FEATURES);
    }

    static int scores(long count) {
        return within("scores a row", count, SCORES);
    }

    private static int within(String what, long count, int most) {
        if (count < 1 || count > most) {
            throw new ModelFormatException("expected 1 to " + most + " " + what + ", got " + count);
        }
        return (int) count;
    }
}
