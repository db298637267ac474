package dev.nereid.kernels.quantized;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A tensor of bytes and what they are worth: {@code (byte - zeroPoint) * scale}.
 *
 * @param segment uint8 or int8
 * @param scale finite and greater than 0
 */
public record QuantizedBytes(MemorySegment segment, boolean signed, float scale, int zeroPoint) {
    public QuantizedBytes {
        Objects.requireNonNull(segment, "segment");
    }

    /** The least byte: the most negative int8, or 0. */
    public int lowest() {
        return signed ? Byte.MIN_VALUE : 0;
    }

    /** What turns a byte into the number that it stands for as unsigned: all bits of an int, or the last eight. */
    int mask() {
        return signed ? -1 : 0xff;
    }
}
