package dev.nereid.kernels.attention;

import dev.nereid.kernels.matmul.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Vectors of {@code FP32}, one for each item of a batch, head and token, wherever the heads lie: as
 * {@code [batch, tokens, heads * size]} or {@code [batch, heads, tokens, size]}. The elements of one vector are
 * contiguous. Offset and strides are in elements.
 *
 * @param sharing heads that follow each other and have the same vectors
 */
public record Heads(
        MemorySegment segment, long offset, long batchStride, long headStride, long tokenStride, int sharing) {
    public Heads {
        Objects.requireNonNull(segment, "segment");
        if (sharing < 1) {
            throw new IllegalArgumentException("vectors of " + sharing + " heads");
        }
    }

    /** Heads with vectors of their own. */
    public Heads(MemorySegment segment, long offset, long batchStride, long headStride, long tokenStride) {
        this(segment, offset, batchStride, headStride, tokenStride, 1);
    }

    /** So many times as many heads, each of these for some that follow each other. */
    public Heads sharedBy(int count) {
        return new Heads(segment, offset, batchStride, headStride, tokenStride, count);
    }

    /** The layout of a projection: x: [batch, tokens, heads * size]. */
    public static Heads ofProjection(MemorySegment segment, int tokens, int heads, int size) {
        long tokenStride = (long) heads * size;
        return new Heads(segment, 0, tokens * tokenStride, size, tokenStride);
    }

    /** The vectors of one head as a matrix: [tokens, size]. */
    Matrix matrix(int item, int head, int tokens, int size) {
        return new Matrix(segment, index(item, head, 0), tokens, size, tokenStride, 1);
    }

    /** Number of the first element of a vector. */
    public long index(int item, int head, int token) {
        return offset + item * batchStride + head / sharing * headStride + token * tokenStride;
    }

    /** Whether two heads have the same vectors. */
    boolean areSame(int head, int other) {
        return headStride == 0 || head / sharing == other / sharing;
    }

    /**
     * Checks that all vectors of an attention of this shape lie in the segment.
     *
     * @throws IndexOutOfBoundsException if they do not
     */
    void checkBounds(AttentionShape shape, int tokens, int size) {
        if (shape.matrices() == 0 || tokens == 0 || size == 0) {
            return;
        }
        long last = offset
                + (shape.batch() - 1) * batchStride
                + (shape.heads() - 1) / sharing * headStride
                + (tokens - 1) * tokenStride
                + size
                - 1;
        boolean forward = offset >= 0 && batchStride >= 0 && headStride >= 0 && tokenStride >= 0;
        if (!forward || last >= segment.byteSize() / Float.BYTES) {
            throw new IndexOutOfBoundsException("heads over the elements " + offset + " to " + last
                    + " of a segment of " + segment.byteSize() + " bytes");
        }
    }
}
