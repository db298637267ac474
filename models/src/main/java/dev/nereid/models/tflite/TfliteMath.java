package dev.nereid.models.tflite;

/** The integer arithmetic of TFLite's kernels, for what is computed while a file is read. */
final class TfliteMath {
    private static final int FRACTION = 31;

    private TfliteMath() {}

    /**
     * A positive factor as {@code multiplier * 2^(shift - 31)}.
     *
     * @param multiplier from 2^30 to 2^31 - 1, or 0
     */
    record FixedPoint(int multiplier, int shift) {
        static FixedPoint of(double factor) {
            if (factor == 0) {
                return new FixedPoint(0, 0);
            }
            int exponent = Math.getExponent(factor) + 1;
            long multiplier = Math.round(Math.scalb(factor, FRACTION - exponent));
            if (multiplier == 1L << FRACTION) {
                multiplier /= 2;
                exponent++;
            }
            return exponent < -FRACTION ? new FixedPoint(0, 0) : new FixedPoint((int) multiplier, exponent);
        }

        /** The product with an integer: rounded twice, as the kernels do. */
        int times(int value) {
            return dev.nereid.models.operators.quantized.FixedPointScale.scale(value, multiplier, shift);
        }
    }

    /** The nearest integer; halves go away from zero. */
    static long round(double value) {
        double whole = Math.floor(Math.abs(value));
        double rounded = Math.abs(value) - whole >= 0.5 ? whole + 1 : whole;
        return (long) Math.copySign(rounded, value);
    }
}
