package dev.nereid.kernels.attention;

import dev.nereid.kernels.matmul.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Vectors of {@code FP32}, one for each item of a batch, head and token, wherever the heads lie: as
 * {@code [batch, tokens, heads * size]} or {@code [batch, heads, tokens, size]}. The elements of one vector are
 * contiguous. Offset and strides are in elements.
 */
public record Heads(MemorySegment segment, long offset, long batchStride, long headStride, long tokenStride) {
    public Heads {
        Objects.requireNonNull(segment, "segment");
    }

    /** The layout of a projection: x: [batch, tokens, heads * size]. */
    public static Heads ofProjection(MemorySegment segment, int tokens, int heads, int size) {
        long tokenStride = (long) heads * size;
        return new Heads(segment, 0, tokens * tokenStride, size, tokenStride);
    }

    /** The vectors of one head as a matrix: [tokens, size]. */
    Matrix matrix(int item, int head, int tokens, int size) {
        return new Matrix(segment, offset + item * batchStride + head * headStride, tokens, size, tokenStride, 1);
    }
}
