package dev.nereid.models.conformance;

import dev.nereid.tensor.DataType;

/**
 * Equality of floats of a byte or less, whose neighbours are further apart than any tolerance: equal bits, two NaN, or
 * zeros of either sign.
 */
final class NarrowFloats {
    private NarrowFloats() {}

    static boolean agree(DataType type, int expected, int actual) {
        return expected == actual
                || (isNaN(type, expected) && isNaN(type, actual))
                || (isZero(type, expected) && isZero(type, actual));
    }

    private static boolean isNaN(DataType type, int bits) {
        return switch (type) {
            case FLOAT8E4M3FN -> (bits & 0x7F) == 0x7F;
            case FLOAT8E5M2 -> (bits & 0x7F) > 0x7C;
            case FLOAT8E4M3FNUZ, FLOAT8E5M2FNUZ -> bits == 0x80;
            case FLOAT8E8M0 -> bits == 0xFF;
            default -> false;
        };
    }

    private static boolean isZero(DataType type, int bits) {
        return switch (type) {
            case FLOAT8E4M3FN, FLOAT8E5M2 -> (bits & 0x7F) == 0;
            case FLOAT4E2M1 -> (bits & 0x7) == 0;
            case FLOAT8E4M3FNUZ, FLOAT8E5M2FNUZ -> bits == 0;
            default -> false;
        };
    }
}
