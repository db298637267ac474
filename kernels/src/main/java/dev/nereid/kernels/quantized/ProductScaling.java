package dev.nereid.kernels.quantized;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;

/**
 * How the sums of an integer product become floats: {@code (float) sum * scale[column] + bias[column]}, rounded after
 * each of the three operations.
 *
 * @param scales float32 [n]
 * @param bias float32 [n]; nothing is added where it is empty
 */
public record ProductScaling(MemorySegment scales, Optional<MemorySegment> bias) {
    public ProductScaling {
        Objects.requireNonNull(scales, "scales");
        Objects.requireNonNull(bias, "bias");
    }
}
