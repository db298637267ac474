package dev.nereid.tensor;

/** FP16 and BF16 from doubles: rounded once, to the nearest, ties to even; what is too large becomes infinite. */
public final class HalfFloats {
    private HalfFloats() {}

    /** The bits of the nearest FP16 number. */
    public static short fp16(double value) {
        return Float.floatToFloat16(sticky(value));
    }

    /** The bits of the nearest BF16 number. */
    public static short bf16(double value) {
        float nearby = sticky(value);
        int bits = Float.floatToRawIntBits(nearby);
        if (Float.isNaN(nearby)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    /** The number that these bits of a BF16 mean. */
    public static float ofBf16(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /**
     * A float that rounds to the same half as the double: cut off, with the last bit set where something was cut off, so
     * that rounding twice is rounding once.
     */
    private static float sticky(double value) {
        float nearest = (float) value;
        double back = nearest;
        if (back == value || Double.isNaN(value)) {
            return nearest;
        }
        int bits = Float.floatToRawIntBits(nearest);
        return Float.intBitsToFloat((Math.abs(back) > Math.abs(value) ? bits - 1 : bits) | 1);
    }
}
