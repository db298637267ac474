package dev.nereid.kernels.quantized;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * How integer sums become bytes: {@code round((sum + bias[column]) * multiplier[column]) + zeroPoint}, rounded half to
 * even and saturated to uint8 or int8; not a number counts as 0.
 *
 * @param bias int32 [n]
 * @param multipliers float32 [n]
 */
public record Requantization(MemorySegment bias, MemorySegment multipliers, boolean signed, int zeroPoint) {
    public Requantization {
        Objects.requireNonNull(bias, "bias");
        Objects.requireNonNull(multipliers, "multipliers");
    }

    /** The same for columns from {@code first} on. */
    public Requantization from(int first) {
        return new Requantization(bias.asSlice(4L * first), multipliers.asSlice(4L * first), signed, zeroPoint);
    }

    /** The least result: the most negative int8, or 0. */
    public int lowest() {
        return signed ? Byte.MIN_VALUE : 0;
    }
}
