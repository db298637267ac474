package dev.nereid.server.trace;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The span of a client that a request is part of, as the W3C's header {@code traceparent} says.
 *
 * @param traceId 32 hexadecimal digits
 * @param spanId 16 hexadecimal digits
 * @param sampled whether the client traces the request
 */
record TraceParent(String traceId, String spanId, boolean sampled) {
    private static final Pattern HEADER =
            Pattern.compile("([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");

    /** Reads the header; empty where it is none, which the standard asks to ignore. */
    static Optional<TraceParent> read(String header) {
        Matcher parts = HEADER.matcher(header.strip().toLowerCase(Locale.ROOT));
        if (!parts.matches()
                || parts.group(1).equals("ff")
                || (parts.group(1).equals("00") && parts.group(5) != null)
                || isZero(parts.group(2))
                || isZero(parts.group(3))) {
            return Optional.empty();
        }
        boolean sampled = (Integer.parseInt(parts.group(4), 16) & 1) == 1;
        return Optional.of(new TraceParent(parts.group(2), parts.group(3), sampled));
    }

    private static boolean isZero(String digits) {
        return digits.chars().allMatch(digit -> digit == '0');
    }
}
