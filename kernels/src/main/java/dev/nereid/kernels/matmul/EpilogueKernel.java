package dev.nereid.kernels.matmul;

/** Computes what an {@link Epilogue} says, over sums that have just been computed. Stateless; any number of threads. */
public interface EpilogueKernel {
    /**
     * Applies what comes after the sums to the rows [fromRow, toRow) and {@code columns} columns from {@code column} on.
     *
     * @param added whether the addend is in the sums already
     * @param c with contiguous rows; holds the sums, and then the result
     */
    void apply(Epilogue epilogue, boolean added, Matrix c, int fromRow, int toRow, int column, int columns);
}
