package dev.nereid.models.operators.movement;

import dev.nereid.kernels.layout.RepeatedWords;
import java.util.Optional;

/**
 * Gathers 4-byte words of a row, as vectors that are each a permutation of one vector of it.
 *
 * @param to where each begins in the row of y, in words
 * @param from where what it is made of begins in the row of x
 * @param lanes which of the words there its own are, {@link RepeatedWords#LANES} for each
 */
@SuppressWarnings("ArrayRecordComponent")
record WordVectorGather(int[] to, int[] from, int[] lanes) {
    /**
     * Vectors that write the words [begin, end) of a row, and right ones where they reach beyond. Empty where some are made of
     * words too far apart, or rows are shorter than a vector.
     *
     * @param sources for each word of a row of y which of x's row it is
     * @param xWords length of x's row
     */
    static Optional<WordVectorGather> of(long[] sources, int begin, int end, long xWords) {
        int width = RepeatedWords.LANES;
        if (sources.length < width || xWords < width) {
            return Optional.empty();
        }
        int count = Math.ceilDiv(end - begin, width);
        WordVectorGather vectors = new WordVectorGather(new int[count], new int[count], new int[count * width]);
        for (int i = 0; i < count; i++) {
            int at = Math.min(begin + i * width, sources.length - width);
            long first = xWords - width;
            for (int lane = 0; lane < width; lane++) {
                first = Math.min(first, sources[at + lane]);
            }
            vectors.to[i] = at;
            vectors.from[i] = (int) first;
            for (int lane = 0; lane < width; lane++) {
                long which = sources[at + lane] - first;
                if (which >= width) {
                    return Optional.empty();
                }
                vectors.lanes[i * width + lane] = (int) which;
            }
        }
        return Optional.of(vectors);
    }

    /**
     * Writes them in some rows.
     *
     * @param x address
     * @param starts where rows begin from x on, in words, from the place {@code first} on
     * @param y address of the first row
     * @param yStride bytes from a row of y to the next
     */
    void write(int rows, long x, long[] starts, int first, long y, long yStride) {
        for (int i = 0; i < to.length; i++) {
            RepeatedWords.select(
                    rows,
                    lanes,
                    i * RepeatedWords.LANES,
                    x + (long) Integer.BYTES * from[i],
                    starts,
                    first,
                    y + (long) Integer.BYTES * to[i],
                    yStride);
        }
    }
}
