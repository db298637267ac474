package dev.nereid.cuda.driver;

/**
 * Split-K: the number of parts into which the K dimension of a product is split, and the length of each but the last. It
 * depends on N and K alone, because it determines the order of additions: a row must give the same bits in every batch.
 */
record SplitK(int count, int length) {
    /** Depth of the FP32 tiles; the length of a part is a multiple of it. */
    private static final int DEPTH = 16;

    /** Fewest additions of a part. */
    private static final int SHORTEST = 256;

    private static final int MOST = 16;

    /** Blocks that a product of few rows should have, over all parts. */
    private static final int BLOCKS = 96;

    /** The parts of a product with n columns and k additions, for FP32 tiles of so many columns. */
    static SplitK of(int n, int k, int columns) {
        return of(n, k, columns, DEPTH);
    }

    /** The same for tiles of so many columns, whose depth divides the length of a part. */
    static SplitK of(int n, int k, int columns, int depth) {
        int wanted = Math.ceilDiv(BLOCKS, Math.max(1, Math.ceilDiv(n, columns)));
        int count = Math.clamp(Math.min(wanted, k / SHORTEST), 1, MOST);
        int length = Math.max(depth, Math.ceilDiv(Math.ceilDiv(k, count), depth) * depth);
        return new SplitK(Math.max(1, Math.ceilDiv(k, length)), length);
    }
}
