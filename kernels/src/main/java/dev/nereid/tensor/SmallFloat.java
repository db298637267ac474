package dev.nereid.tensor;

import java.util.Optional;

/**
 * A float format of at most 8 bits: sign, exponent, mantissa. Numbers are rounded to the nearest, ties to even; a NaN
 * that the format has not becomes minus zero.
 * {@code E8M0} has neither sign nor mantissa nor zero: powers of two alone.
 */
public enum SmallFloat {
    E4M3FN(4, 3, 7, 0x7e, 0x7f, Special.NAN_ONLY),
    E4M3FNUZ(4, 3, 8, 0x7f, 0x80, Special.NAN_ONLY),
    E5M2(5, 2, 15, 0x7b, 0x7f, Special.INFINITIES),
    E5M2FNUZ(5, 2, 16, 0x7f, 0x80, Special.NAN_ONLY),
    E2M1(2, 1, 1, 0x07, 0x08, Special.NONE),
    E8M0(8, 0, 127, 0xfe, 0xff, Special.NAN_ONLY);

    /** How a number between two powers of two is rounded to {@code E8M0}. */
    public enum Powers {
        UP,
        DOWN,
        NEAREST
    }

    private enum Special {
        NONE,
        NAN_ONLY,
        INFINITIES
    }

    private static final int INFINITY_E5M2 = 0x7c;

    private final int mantissaBits;
    private final int bias;
    private final int largest;
    private final int nan;
    private final Special special;
    private final int signBit;

    @SuppressWarnings("ImmutableEnumChecker") // written by the constructor alone
    private final float[] decoded;

    SmallFloat(int exponentBits, int mantissaBits, int bias, int largest, int nan, Special special) {
        this.mantissaBits = mantissaBits;
        this.bias = bias;
        this.largest = largest;
        this.nan = nan;
        this.special = special;
        this.signBit = 1 << (exponentBits + mantissaBits);
        this.decoded = new float[256];
        for (int code = 0; code < decoded.length; code++) {
            decoded[code] = value(code);
        }
    }

    /** The format of a datatype; empty where that is none of these. */
    public static Optional<SmallFloat> of(DataType type) {
        return switch (type) {
            case FLOAT8E4M3FN -> Optional.of(E4M3FN);
            case FLOAT8E4M3FNUZ -> Optional.of(E4M3FNUZ);
            case FLOAT8E5M2 -> Optional.of(E5M2);
            case FLOAT8E5M2FNUZ -> Optional.of(E5M2FNUZ);
            case FLOAT4E2M1 -> Optional.of(E2M1);
            case FLOAT8E8M0 -> Optional.of(E8M0);
            default -> Optional.empty();
        };
    }

    /** The number that the low bits of {@code code} stand for. */
    public float decode(byte code) {
        return decoded[code & 0xff];
    }

    /** The nearest number of the format; beyond its range the largest one if {@code saturate}, else infinity or NaN. */
    public byte encode(double value, boolean saturate) {
        return encode(value, saturate, Powers.UP);
    }

    /** As {@link #encode(double, boolean)}, with {@code powers} for {@code E8M0}. */
    public byte encode(double value, boolean saturate, Powers powers) {
        if (Double.isNaN(value)) {
            return (byte) nan;
        }
        double magnitude = Math.abs(value);
        boolean negative = this != E8M0 && Double.doubleToRawLongBits(value) < 0;
        int code = this == E8M0 ? powerCode(magnitude, powers) : magnitudeCode(magnitude);
        if (code > largest) {
            code = saturate || special == Special.NONE ? largest : overflowCode();
        }
        // Where minus zero means NaN, zero has no sign.
        boolean signed = special != Special.NAN_ONLY || (code != nan && (code != 0 || nan != signBit));
        return (byte) (negative && signed ? code | signBit : code);
    }

    private int overflowCode() {
        return special == Special.INFINITIES ? INFINITY_E5M2 : nan;
    }

    /** The code without sign; greater than {@code largest} where the rounded number is out of range. */
    private int magnitudeCode(double magnitude) {
        if (Double.isInfinite(magnitude)) {
            return Integer.MAX_VALUE;
        }
        int exponent = Math.max(Math.getExponent(magnitude), 1 - bias);
        long steps = Math.round(Math.rint(Math.scalb(magnitude, mantissaBits - exponent)));
        long code = ((long) (exponent + bias - 1) << mantissaBits) + steps;
        return (int) Math.min(code, Integer.MAX_VALUE);
    }

    private int powerCode(double magnitude, Powers powers) {
        if (Double.isInfinite(magnitude)) {
            return Integer.MAX_VALUE;
        }
        int exponent = Math.getExponent(magnitude);
        double power = Math.scalb(1.0, exponent);
        boolean up = switch (powers) {
            case UP -> magnitude > power;
            case DOWN -> false;
            case NEAREST -> magnitude >= 1.5 * power;
        };
        return Math.max(exponent + bias + (up ? 1 : 0), 0);
    }

    private float value(int code) {
        if (this == E8M0) {
            return code == nan ? Float.NaN : Math.scalb(1f, code - bias);
        }
        int bits = code & (signBit - 1);
        float sign = (code & signBit) == 0 ? 1f : -1f;
        if (special == Special.INFINITIES && bits >= INFINITY_E5M2) {
            return bits == INFINITY_E5M2 ? sign * Float.POSITIVE_INFINITY : Float.NaN;
        }
        if (special == Special.NAN_ONLY && (nan == signBit ? code == nan : bits == nan)) {
            return Float.NaN;
        }
        int exponent = bits >> mantissaBits;
        int mantissa = bits & ((1 << mantissaBits) - 1);
        int scale = Math.max(exponent, 1) - bias - mantissaBits;
        return sign * Math.scalb((float) (exponent == 0 ? mantissa : mantissa + (1 << mantissaBits)), scale);
    }
}
