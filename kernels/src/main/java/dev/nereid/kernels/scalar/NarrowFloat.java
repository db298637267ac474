package dev.nereid.kernels.scalar;

import dev.nereid.tensor.DataType;
import java.util.EnumMap;
import java.util.Map;

/**
 * A float format of at most eight bits: decoding and rounding of single numbers, as the ONNX document on float8 types
 * defines them. One instance a format.
 */
public final class NarrowFloat {
    /** What a format keeps its highest codes for. */
    private enum Specials {
        /** Infinities and NaNs where the exponent is all ones. */
        IEEE,
        /** No infinities; NaN where exponent and mantissa are all ones. */
        FINITE,
        /** No infinities and no negative zero, whose code is NaN. */
        FINITE_UNSIGNED_ZERO,
        /** Numbers only. */
        NONE
    }

    private static final Map<DataType, NarrowFloat> FORMATS = new EnumMap<>(Map.of(
            DataType.FLOAT8E4M3FN, new NarrowFloat(4, 3, 7, Specials.FINITE),
            DataType.FLOAT8E4M3FNUZ, new NarrowFloat(4, 3, 8, Specials.FINITE_UNSIGNED_ZERO),
            DataType.FLOAT8E5M2, new NarrowFloat(5, 2, 15, Specials.IEEE),
            DataType.FLOAT8E5M2FNUZ, new NarrowFloat(5, 2, 16, Specials.FINITE_UNSIGNED_ZERO),
            DataType.FLOAT4E2M1, new NarrowFloat(2, 1, 1, Specials.NONE)));

    private final int mantissaBits;
    private final int smallestExponent;
    private final int signBit;
    private final int largestCode;
    private final Specials specials;
    private final float[] decoded;

    private NarrowFloat(int exponentBits, int mantissaBits, int bias, Specials specials) {
        this.mantissaBits = mantissaBits;
        this.smallestExponent = 1 - bias;
        this.signBit = 1 << (exponentBits + mantissaBits);
        this.specials = specials;
        this.largestCode = switch (specials) {
            case IEEE -> (((1 << exponentBits) - 1) << mantissaBits) - 1;
            case FINITE -> signBit - 2;
            case FINITE_UNSIGNED_ZERO, NONE -> signBit - 1;
        };
        this.decoded = new float[2 * signBit];
        for (int code = 0; code < decoded.length; code++) {
            decoded[code] = decodeByFields(code);
        }
    }

    /**
     * The format of a datatype.
     *
     * @throws IllegalArgumentException if it is none of the formats that have sign, exponent and mantissa in a byte
     */
    public static NarrowFloat of(DataType type) {
        NarrowFloat format = FORMATS.get(type);
        if (format == null) {
            throw new IllegalArgumentException("expected a float type of at most 8 bits, got " + type);
        }
        return format;
    }

    /** The number that a code stands for. */
    public float decode(int code) {
        return decoded[code & (decoded.length - 1)];
    }

    /**
     * The code of the nearest number, ties going to the even one.
     *
     * @param saturate whether what is out of range becomes the largest number; else infinity, or NaN where the format
     *     has no infinity. A format without either saturates always.
     */
    public int encode(float value, boolean saturate) {
        int sign = Float.floatToRawIntBits(value) < 0 ? signBit : 0;
        if (Float.isNaN(value)) {
            return notANumber(sign);
        }
        int code = Float.isInfinite(value) ? Integer.MAX_VALUE : round(Math.abs(value));
        if (code > largestCode) {
            if (saturate || specials == Specials.NONE) {
                return sign | largestCode;
            }
            return specials == Specials.IEEE ? sign | (largestCode + 1) : notANumber(sign);
        }
        return code == 0 && specials == Specials.FINITE_UNSIGNED_ZERO ? 0 : sign | code;
    }

    private int round(float magnitude) {
        int exponent = Math.max(Math.getExponent(magnitude), smallestExponent);
        // The integer multiple of the format's step at this exponent; its implicit bit carries into the exponent field.
        double steps = Math.rint(Math.scalb((double) magnitude, mantissaBits - exponent));
        long code = ((long) (exponent - smallestExponent) << mantissaBits) + (long) steps;
        return (int) Math.min(code, Integer.MAX_VALUE);
    }

    private int notANumber(int sign) {
        return switch (specials) {
            case IEEE, FINITE -> sign | (signBit - 1);
            case FINITE_UNSIGNED_ZERO -> signBit;
            case NONE -> largestCode;
        };
    }

    private float decodeByFields(int code) {
        int magnitude = code & (signBit - 1);
        float sign = magnitude == code ? 1 : -1;
        if (specials == Specials.FINITE_UNSIGNED_ZERO && code == signBit) {
            return Float.NaN;
        }
        if (magnitude > largestCode) {
            return specials == Specials.IEEE && magnitude == largestCode + 1
                    ? sign * Float.POSITIVE_INFINITY
                    : Float.NaN;
        }
        int exponentField = magnitude >> mantissaBits;
        int mantissa = magnitude & ((1 << mantissaBits) - 1);
        if (exponentField > 0) {
            mantissa |= 1 << mantissaBits;
            exponentField--;
        }
        return sign * Math.scalb((float) mantissa, exponentField + smallestExponent - mantissaBits);
    }
}
