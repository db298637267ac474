package dev.nereid.kernels.attention;

import java.util.Optional;

/**
 * The softmax of attention: the exponentials between its two products, and the division by their sum after the second. A row
 * does not depend on those beside it, and keys whose weight vanishes do not change a bit. Memory is given by addresses,
 * strides in bytes. Stateless; any number of threads.
 */
public interface AttentionSoftmaxKernel {
    /** The rows of scores of one attention, head by head, for one thread. */
    interface Rows {
        /** Selects the head whose rows follow. */
        void selectHead(int item, int head);

        /**
         * Replaces the scores x of the queries [from, to) by {@code exp(scale * x + mask - m)}, with m the highest exponent of
         * the query.
         *
         * @param scores [to - from rounded up to {@link #SIDE_BY_SIDE}, keys], its rows {@code stride} apart: whole vectors,
         *     of which what belongs to no key is zero at first, and anything afterwards
         * @param factors [to - from rounded up to {@link #SIDE_BY_SIDE}], for one by the sum of each row
         */
        void exponentiate(int from, int to, long scores, long stride, long factors);
    }

    /** Rows that may be computed together. */
    int SIDE_BY_SIDE = 4;

    /** Elements that rows of scores are rounded up to: whole vectors. */
    int lanes();

    /**
     * Bytes of scratch memory for {@link #rows}.
     *
     * @param columns keys rounded up to {@link #lanes}
     */
    long scratchBytes(int columns);

    /**
     * Prepares for the scores of an attention.
     *
     * @param scratch address of {@link #scratchBytes} with any content, aligned to 64 bytes, used as long as the result is
     */
    Rows rows(int keys, float scale, Optional<AttentionMask> mask, long scratch);

    /**
     * Multiplies each row by its factor.
     *
     * @param y [rows, columns], its rows {@code stride} apart
     * @param factors [rows]
     */
    void scale(int rows, int columns, long y, long stride, long factors);
}
