package dev.nereid.kernels.attention;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Numbers of {@code FP32} that are added to the scores: [batch, heads, queries, keys], where an axis with stride 0 is
 * repeated. Offset and strides are in elements.
 */
public record AttentionMask(
        MemorySegment segment, long offset, long batchStride, long headStride, long queryStride, long keyStride) {
    public AttentionMask {
        Objects.requireNonNull(segment, "segment");
        if (keyStride != 0 && keyStride != 1) {
            throw new IllegalArgumentException("a mask with " + keyStride + " elements between keys; expected 0 or 1");
        }
    }

    long index(int item, int head, int query) {
        return offset + item * batchStride + head * headStride + query * queryStride;
    }
}
