package dev.nereid.models.operators.attention;

import dev.nereid.kernels.attention.Heads;
import dev.nereid.kernels.matmul.Matrix;
import java.lang.foreign.MemorySegment;

/**
 * Vectors of any datatype, one for each item of a batch, head and token, wherever the heads lie. The elements of one
 * vector are contiguous. Offset and strides are in elements.
 */
record TokenVectors(MemorySegment segment, long offset, long itemStride, long headStride, long tokenStride) {
    /** x: [batch, tokens, heads * size]. */
    static TokenVectors side(MemorySegment segment, int heads, int tokens, int size) {
        return new TokenVectors(segment, 0, (long) tokens * heads * size, size, (long) heads * size);
    }

    /** x: [batch, heads, tokens, size]. */
    static TokenVectors stacked(MemorySegment segment, int heads, int tokens, int size) {
        return new TokenVectors(segment, 0, (long) heads * tokens * size, (long) tokens * size, size);
    }

    /** The same places in another segment, such as one with the elements of another datatype. */
    TokenVectors in(MemorySegment other) {
        return new TokenVectors(other, offset, itemStride, headStride, tokenStride);
    }

    /** The vectors from this element on. */
    TokenVectors from(long elements) {
        return new TokenVectors(segment, offset + elements, itemStride, headStride, tokenStride);
    }

    /** Number of the first element of a vector. */
    long index(int item, int head, int token) {
        return offset + item * itemStride + head * headStride + token * tokenStride;
    }

    /** The vectors of one head of one item: [tokens, size]. */
    Matrix matrix(int item, int head, int tokens, int size) {
        return new Matrix(segment, index(item, head, 0), tokens, size, tokenStride, 1);
    }

    /** These vectors, of {@code FP32}, as kernels take them. */
    Heads heads() {
        return new Heads(segment, offset, itemStride, headStride, tokenStride);
    }

    /** Copies vectors to {@code target}, behind the {@code skipped} tokens that are there already. */
    void copyTo(TokenVectors target, int skipped, int batch, int heads, int tokens, int size, int elementBytes) {
        long bytes = (long) size * elementBytes;
        for (int item = 0; item < batch; item++) {
            for (int head = 0; head < heads; head++) {
                for (int token = 0; token < tokens; token++) {
                    MemorySegment.copy(
                            segment,
                            index(item, head, token) * elementBytes,
                            target.segment(),
                            target.index(item, head, token + skipped) * elementBytes,
                            bytes);
                }
            }
        }
    }
}
