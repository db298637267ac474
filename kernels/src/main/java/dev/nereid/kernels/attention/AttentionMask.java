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

    /** Address of the first number of a query's row. */
    public long address(int item, int head, int query) {
        return segment.address() + index(item, head, query) * Float.BYTES;
    }

    long index(int item, int head, int query) {
        return offset + item * batchStride + head * headStride + query * queryStride;
    }

    /**
     * Checks that all numbers for an attention of this shape lie in the segment.
     *
     * @throws IndexOutOfBoundsException if they do not
     */
    void checkBounds(AttentionShape shape) {
        if (shape.matrices() == 0 || shape.queries() == 0 || shape.keys() == 0) {
            return;
        }
        long last = index(shape.batch() - 1, shape.heads() - 1, shape.queries() - 1) + (shape.keys() - 1) * keyStride;
        boolean forward = offset >= 0 && batchStride >= 0 && headStride >= 0 && queryStride >= 0;
        if (!forward || last >= segment.byteSize() / Float.BYTES) {
            throw new IndexOutOfBoundsException("a mask over the elements " + offset + " to " + last
                    + " of a segment of " + segment.byteSize() + " bytes");
        }
    }
}
