package dev.nereid.kernels.resize;

/**
 * A kernel that gathers words of image rows by a {@link LaneTable} with one load a vector, as nearest-neighbour resize does.
 * Places are addresses, and nothing is checked. Stateless; any number of threads.
 */
@FunctionalInterface
public interface ResizeGatherKernel {
    /** Words that rows and lines have at least. */
    int LEAST_WORDS = 8;

    /**
     * Gathers rows, which follow each other from {@code y} on.
     *
     * @param rows of the result
     * @param words of a row
     * @param sources address of INT32 [rows]: the line of the image that each is made of
     * @param starts address of INT32 [vectors]: bytes from the beginning of a line
     * @param lanes address of INT32 [vectors, 8]
     * @param x of the image's first line
     * @param lineBytes from line to line
     */
    void gather(int rows, int words, long sources, long starts, long lanes, long x, long lineBytes, long y);
}
