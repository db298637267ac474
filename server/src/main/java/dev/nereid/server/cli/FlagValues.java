package dev.nereid.server.cli;

import java.math.BigInteger;
import java.util.Locale;

/** From the text of a flag's value to the value. Refusals are {@link IllegalArgumentException} with Triton's texts. */
final class FlagValues {
    private FlagValues() {}

    static boolean bool(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "on", "1" -> true;
            case "false", "off", "0" -> false;
            default -> throw new IllegalArgumentException("invalid value for bool option: " + text);
        };
    }

    static int integer(String text) {
        long value = longInteger(text);
        if (value != (int) value) {
            throw outOfBound(text);
        }
        return (int) value;
    }

    static long longInteger(String text) {
        BigInteger value;
        try {
            value = new BigInteger(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("Invalid option value. Got " + text, e);
        }
        if (value.bitLength() >= Long.SIZE) {
            throw outOfBound(text);
        }
        return value.longValue();
    }

    static double real(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("Invalid option value. Got " + text, e);
        }
    }

    static int verbosity(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "on" -> 1;
            case "false", "off" -> 0;
            default -> integer(text);
        };
    }

    private static IllegalArgumentException outOfBound(String text) {
        return new IllegalArgumentException("Provided option value is out of bound. Got " + text);
    }
}
