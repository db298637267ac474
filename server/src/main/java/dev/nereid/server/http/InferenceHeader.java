package dev.nereid.server.http;

import dev.nereid.server.protocol.InferException;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerResponse;
import java.util.Optional;

/** The header of the binary data extension: how many bytes of a body are JSON. */
final class InferenceHeader {
    static final HeaderName NAME = HeaderNames.create("Inference-Header-Content-Length");

    private InferenceHeader() {}

    /** What {@link JsonLength#of} asks for. */
    static long jsonBytes(Exchange exchange, long bodyBytes) {
        Optional<String> header = exchange.header(NAME);
        return header.isPresent() ? jsonBytes(header.get(), bodyBytes) : bodyBytes;
    }

    /** What {@link InferForm.BinaryMark#on} asks for. */
    static void mark(ServerResponse head, int jsonBytes) {
        head.header(NAME, Integer.toString(jsonBytes));
    }

    /**
     * Reads the header's value, leniently as Triton does: blanks in front and anything behind the digits is ignored.
     *
     * @param bodyBytes length of the body
     * @throws InferException if it is no number or none that the body's length allows
     */
    static long jsonBytes(String value, long bodyBytes) {
        int position = 0;
        while (position < value.length() && Character.isWhitespace(value.charAt(position))) {
            position++;
        }
        int first = position;
        if (position < value.length() && (value.charAt(position) == '-' || value.charAt(position) == '+')) {
            position++;
        }
        int digits = position;
        long number = 0;
        while (position < value.length() && value.charAt(position) >= '0' && value.charAt(position) <= '9') {
            number = Math.min(number * 10 + value.charAt(position) - '0', Integer.MAX_VALUE + 2L);
            position++;
        }
        if (position == digits) {
            throw InferException.invalid("Unable to parse Inference-Header-Content-Length, got: " + shown(value));
        }
        if (value.charAt(first) == '-') {
            number = -number;
        }
        if (number != (int) number) {
            throw InferException.invalid("Unable to parse Inference-Header-Content-Length, value is out of range [ "
                    + Integer.MIN_VALUE + ", " + Integer.MAX_VALUE + " ], got: " + value);
        }
        if (number < 0 || number > bodyBytes) {
            throw InferException.invalid(
                    "inference header size should be in range (0, " + bodyBytes + "), got: " + value);
        }
        return number;
    }

    /** Triton's HTTP library keeps a blank of a header that has no other value. */
    private static String shown(String value) {
        return value.isEmpty() ? " " : value;
    }
}
