package dev.nereid.kernels.quantized;

import dev.nereid.tensor.DataType;
import java.util.Objects;

/**
 * The types of a quantisation.
 *
 * @param from FP32, FP16, BF16 or INT32
 * @param precision FP32, FP16 or BF16: what the quotient is rounded to before anything else
 * @param to an integer of at most 16 bits, or a float of at most 8
 * @param saturate whether an 8-bit float takes its largest number where the value is out of range, instead of infinity or
 *     NaN; integers always saturate
 */
public record QuantizeTypes(DataType from, DataType precision, DataType to, boolean saturate) {
    public QuantizeTypes {
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(precision, "precision");
        Objects.requireNonNull(to, "to");
    }
}
