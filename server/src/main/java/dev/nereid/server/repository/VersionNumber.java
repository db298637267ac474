package dev.nereid.server.repository;

import dev.nereid.server.protocol.InferException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The version that a request asks for, read as C++'s {@code stol} does and Triton with it: blanks in front and anything behind
 * the digits is ignored.
 */
final class VersionNumber {
    /** For the server's choice. */
    static final long ANY = -1;

    private static final Pattern NUMBER = Pattern.compile("\\s*([+-]?[0-9]+)");

    private VersionNumber() {}

    /**
     * The number; {@link #ANY} for an empty text.
     *
     * @throws InferException with Triton's text if there is none, or it is negative or beyond 64 bits
     */
    static long of(String text) {
        if (text.isEmpty()) {
            return ANY;
        }
        Matcher matcher = NUMBER.matcher(text);
        if (!matcher.lookingAt()) {
            throw InferException.invalid(LookUpErrors.notANumber(text));
        }
        long number;
        try {
            number = Long.parseLong(matcher.group(1));
        } catch (NumberFormatException e) {
            throw InferException.invalid(LookUpErrors.notANumber(text));
        }
        if (number < 0) {
            throw InferException.invalid(LookUpErrors.notPositive(text));
        }
        return number;
    }
}
