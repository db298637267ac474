package dev.nereid.kernels.attention;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Rotary position embedding (RoPE): the cosines and sines of the angles by which the pairs of a vector are rotated, of
 * {@code FP32}, from element {@code offset} on.
 *
 * @param pairs how many pairs; they are the first elements of a vector
 * @param interleaved whether the elements of a pair are neighbours; else {@code pairs} lie between one and the other
 */
public record RotaryAngles(MemorySegment cosines, MemorySegment sines, long offset, int pairs, boolean interleaved) {
    public RotaryAngles {
        Objects.requireNonNull(cosines, "cosines");
        Objects.requireNonNull(sines, "sines");
        if (offset < 0 || pairs < 0) {
            throw new IllegalArgumentException("angles of " + pairs + " pairs from element " + offset + " on");
        }
    }

    /** @throws IndexOutOfBoundsException if they do not lie in their segments */
    void checkBounds() {
        Objects.checkFromIndexSize(offset, pairs, cosines.byteSize() / Float.BYTES);
        Objects.checkFromIndexSize(offset, pairs, sines.byteSize() / Float.BYTES);
    }
}
