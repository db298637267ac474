package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.matmul.Clamp;

/**
 * A kernel for the transformations of Winograd's F(4 x 4, 3 x 3), a tile a call, of {@code FP32} with its channels last.
 * Memory is given by the address of its first element, distances in elements. Nothing is checked. Stateless; any number of
 * threads.
 */
public interface WinogradKernel {
    /**
     * Transforms 6 x 6 cells into 36 places.
     *
     * @param channels whole vectors, as Java's loops have them
     * @param v place p goes to {@code p * place} behind it
     */
    void input(int channels, long x, long xRow, long xCell, long v, long place);

    /**
     * Transforms 36 places back into 4 x 4 cells, of which the first {@code rows} and {@code columns} are there.
     *
     * @param filters whole vectors, as Java's loops have them
     * @param m place p comes from {@code p * place} behind it
     * @param bias [filters], 0 for zeros
     */
    void output(
            int filters,
            long m,
            long place,
            long bias,
            Clamp clamp,
            long y,
            int rows,
            long yRow,
            int columns,
            long yCell);
}
