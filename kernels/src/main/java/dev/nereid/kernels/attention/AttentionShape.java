package dev.nereid.kernels.attention;

/**
 * The sizes of an attention.
 *
 * @param queries tokens that ask
 * @param keys tokens that are asked
 * @param size elements of a query and of a key of one head
 * @param valueSize elements of a value of one head
 */
public record AttentionShape(int batch, int heads, int queries, int keys, int size, int valueSize) {
    public AttentionShape {
        if (batch < 0 || heads < 0 || queries < 0 || keys < 0 || size < 0 || valueSize < 0) {
            throw new IllegalArgumentException("an attention of batch " + batch + ", " + heads + " heads, " + queries
                    + " queries, " + keys + " keys, sizes " + size + " and " + valueSize);
        }
    }

    /** Matrices of scores: one for each head of each item of the batch. */
    public int matrices() {
        return Math.multiplyExact(batch, heads);
    }
}
