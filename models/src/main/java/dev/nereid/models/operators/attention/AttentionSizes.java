package dev.nereid.models.operators.attention;

import dev.nereid.kernels.attention.AttentionShape;

/**
 * The sizes of an attention whose queries may have more heads than its keys: each head of keys and values then serves
 * {@link #group} heads of queries that follow each other.
 *
 * @param heads heads of queries
 * @param keyHeads heads of keys and values
 * @param size elements of a query and of a key of one head
 * @param valueSize elements of a value of one head
 */
public record AttentionSizes(int batch, int heads, int keyHeads, int queries, int keys, int size, int valueSize) {
    public AttentionSizes {
        if (keyHeads < 1 || heads % keyHeads != 0) {
            throw new IllegalArgumentException(
                    "expected a multiple of the " + keyHeads + " heads of keys as heads of queries, got " + heads);
        }
    }

    public int group() {
        return heads / keyHeads;
    }

    AttentionShape shape() {
        return new AttentionShape(batch, heads, queries, keys, size, valueSize);
    }

    boolean isEmpty() {
        return batch == 0 || heads == 0 || queries == 0 || valueSize == 0;
    }

    /** Multiply-adds of both products. */
    long work() {
        return (long) batch * heads * queries * keys * (size + valueSize);
    }
}
