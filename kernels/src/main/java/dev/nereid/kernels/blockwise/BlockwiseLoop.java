package dev.nereid.kernels.blockwise;

/** Loops over packed weights of some number of bits. */
interface BlockwiseLoop {
    /** Vectors of columns that {@link #row} takes at a time: more would be more than the compiler inlines. */
    int STEP = 2;

    /** Vectors of columns of so many panels. */
    int vectors(int panels);

    /**
     * One row times the columns of two vectors, or of the last one twice, as {@link BlockwiseKernels.Left#FLOATS} says.
     *
     * @param vector the first of them, counted over all panels
     * @param a address of [k] floats
     * @param sums address of the sums of all vectors, of which those of these two are written
     */
    void row(BlockwiseMatrix b, int vector, long a, long sums);

    /**
     * The weights of one panel as floats.
     *
     * @param to address of the panel's first column in a matrix [k, any] of floats, with room for a whole panel
     * @param step bytes from row to row
     */
    void unpack(BlockwiseMatrix b, int panel, long to, long step);
}
