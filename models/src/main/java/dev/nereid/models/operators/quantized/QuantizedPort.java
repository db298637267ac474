package dev.nereid.models.operators.quantized;

/**
 * Where an operator has a quantised tensor: which of its inputs are the tensor, its scale, and its zero point.
 *
 * @param tensor the input; without meaning for an output
 * @param scale {@link #NONE} for a tensor that is not quantised
 * @param zeroPoint an input that may be left out
 */
record QuantizedPort(int tensor, int scale, int zeroPoint) {
    static final int NONE = -1;

    /** A tensor with its scale and zero point right after it. */
    static QuantizedPort at(int tensor) {
        return new QuantizedPort(tensor, tensor + 1, tensor + 2);
    }

    /** A tensor that is not quantised. */
    static QuantizedPort plain(int tensor) {
        return new QuantizedPort(tensor, NONE, NONE);
    }

    /** An output whose scale is an input, and whose zero point the one after it. */
    static QuantizedPort output(int scale) {
        return new QuantizedPort(NONE, scale, scale + 1);
    }

    boolean isQuantized() {
        return scale != NONE;
    }
}
