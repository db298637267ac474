package dev.nereid.kernels.tree;

/** Scores rows by {@link ForestTables}. Memory is given by its address; nothing is checked. Any number of threads. */
public interface ForestWalk {
    /** Keys that a row may have at most. */
    int mostKeys();

    /**
     * As {@link TreeKernel#run}.
     *
     * @param features a row; all keys of a row are at most {@link #mostKeys}
     * @param x FP32 [rows, features]
     */
    void scores(ForestTables forest, int rows, int features, long x, long scores, long present);
}
