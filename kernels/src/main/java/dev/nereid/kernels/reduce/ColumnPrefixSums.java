package dev.nereid.kernels.reduce;

/**
 * Prefix sums (CumSum) of 32-bit floats down columns, accumulated as doubles and rounded for each element. Stateless.
 */
public interface ColumnPrefixSums {
    /** Fewer columns than these it does not take. */
    int least();

    /**
     * Writes for every place of a column the sum of the numbers down to it.
     *
     * @param x address, rows of {@code inner} numbers that lie next to each other
     * @param y likewise; not x
     * @param length rows
     * @param inner columns
     * @param stride bytes from a row to the next, of both; negative where columns are walked backwards
     */
    void run(long x, long y, int length, int inner, long stride);
}
