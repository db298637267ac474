package dev.nereid.kernels.attention;

import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Scaled dot-product attention of {@code FP32}: {@code y = softmax(scale * q * transposed(k) + mask) * v} for every head
 * of every item. What a query gets depends on the keys of its own item alone, and keys whose mask is so low that their
 * weight vanishes do not change a bit of it. No state; all methods may run in many threads at a time.
 */
public interface AttentionKernels {
    /** Bytes of scratch memory that {@link #attend} needs with so many workers. */
    long scratchBytes(AttentionShape shape, int workers);

    /**
     * Computes y; must not overlap an input.
     *
     * @param scratch memory of {@link #scratchBytes} with any content, aligned to 64 bytes
     */
    void attend(
            AttentionShape shape,
            Heads q,
            Heads k,
            Heads v,
            float scale,
            Optional<AttentionMask> mask,
            Heads y,
            MemorySegment scratch,
            Workers workers);

    /**
     * Turns pairs of elements of the vectors of some heads of one token: {@code (a, b)} becomes {@code (a * cosine - b *
     * sine, a * sine + b * cosine)}; what is behind the pairs is copied. y may be x, and overlaps nothing else.
     *
     * @param first the first of these heads
     * @param heads how many they are
     * @param size elements of a vector
     */
    void rotate(Heads x, Heads y, int item, int token, int first, int heads, int size, RotaryAngles angles);
}
