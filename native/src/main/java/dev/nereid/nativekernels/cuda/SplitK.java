package dev.nereid.nativekernels.cuda;

/**
 * Split-K: the number of parts into which the K dimension of a product is split, and the length of each but the last. A
 * matter of N and K alone, for it is a part of the order of additions: rows must give the same bits whatever is multiplied
 * beside them.
 */
record SplitK(int count, int length) {
    /** The depth of tiles of FP32, of which splits are a whole number. */
    private static final int DEPTH = 16;

    /** Additions that make a split worth while. */
    private static final int SHORTEST = 256;

    private static final int MOST = 16;

    /** Blocks that a product of few rows is to have, with all its splits. */
    private static final int BLOCKS = 96;

    /** The splits of products of n columns and k additions, with tiles of FP32 of so many columns. */
    static SplitK of(int n, int k, int columns) {
        return of(n, k, columns, DEPTH);
    }

    /** The same with tiles of so many columns, of whose depth a split is a whole number. */
    static SplitK of(int n, int k, int columns, int depth) {
        int wanted = Math.ceilDiv(BLOCKS, Math.max(1, Math.ceilDiv(n, columns)));
        int count = Math.clamp(Math.min(wanted, k / SHORTEST), 1, MOST);
        int length = Math.max(depth, Math.ceilDiv(Math.ceilDiv(k, count), depth) * depth);
        return new SplitK(Math.max(1, Math.ceilDiv(k, length)), length);
    }
}
