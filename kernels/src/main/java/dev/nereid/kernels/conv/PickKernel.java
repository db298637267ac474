package dev.nereid.kernels.conv;

/**
 * A kernel for words of the rows of an image by a {@link LaneTable} of one load. Places are addresses, and nothing is checked.
 * Stateless; any number of threads.
 */
@FunctionalInterface
public interface PickKernel {
    /** Words that rows and lines have at least. */
    int LEAST_WORDS = 8;

    /**
     * Picks rows, which follow each other from {@code y} on.
     *
     * @param rows of the result
     * @param words of a row
     * @param sources address of INT32 [rows]: the line of the image that each is made of
     * @param starts address of INT32 [vectors]: bytes from the beginning of a line
     * @param lanes address of INT32 [vectors, 8]
     * @param x of the image's first line
     * @param lineBytes from line to line
     */
    void pick(int rows, int words, long sources, long starts, long lanes, long x, long lineBytes, long y);
}
