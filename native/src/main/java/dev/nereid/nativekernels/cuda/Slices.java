package dev.nereid.nativekernels.cuda;

/**
 * Into how many parts the sums of a product are cut, and how long each but the last is. A matter of N and K alone, for it
 * is a part of the order of additions: rows must give the same bits whatever is multiplied beside them.
 */
record Slices(int count, int length) {
    /** The depth of tiles of FP32, of which slices are a whole number. */
    private static final int DEPTH = 16;

    /** Additions that make a slice worth while. */
    private static final int SHORTEST = 256;

    private static final int MOST = 16;

    /** Blocks that a product of few rows is to have, with all its slices. */
    private static final int BLOCKS = 96;

    /** The slices of products of n columns and k additions, with tiles of FP32 of so many columns. */
    static Slices of(int n, int k, int columns) {
        return of(n, k, columns, DEPTH);
    }

    /** The same with tiles of so many columns, of whose depth a slice is a whole number. */
    static Slices of(int n, int k, int columns, int depth) {
        int wanted = Math.ceilDiv(BLOCKS, Math.max(1, Math.ceilDiv(n, columns)));
        int count = Math.clamp(Math.min(wanted, k / SHORTEST), 1, MOST);
        int length = Math.max(depth, Math.ceilDiv(Math.ceilDiv(k, count), depth) * depth);
        return new Slices(Math.max(1, Math.ceilDiv(k, length)), length);
    }
}
