package dev.nereid.server.torchserve.rest;

import dev.nereid.server.torchserve.TorchServeException;
import dev.nereid.server.torchserve.TorchServeException.Kind;
import dev.nereid.server.torchserve.handler.RequestPart;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Makes the parts of a request of its body: of a form each field is one, any other body is one as a whole. */
final class RequestParts {
    /** The part that a body is as a whole. */
    static final String BODY = "body";

    /** Fields of a form; a repeated name counts again. */
    static final int MOST_PARTS = 1000;

    private static final int HEX = 16;

    private RequestParts() {}

    /**
     * Reads a body.
     *
     * @param contentType empty where the client gave none
     * @throws TorchServeException if it is no such form, or has too many fields
     */
    static Map<String, RequestPart> read(String contentType, byte[] body) {
        String type = contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return switch (type) {
            case "multipart/form-data" -> MultipartForm.read(contentType, body);
            case "application/x-www-form-urlencoded" -> urlEncoded(new String(body, StandardCharsets.ISO_8859_1));
            default -> Map.of(BODY, new RequestPart(body, contentType));
        };
    }

    /** Reads {@code name=value&...}; of a repeated name the last value counts. */
    static Map<String, RequestPart> urlEncoded(String text) {
        Map<String, RequestPart> parts = new LinkedHashMap<>();
        int from = 0;
        int fields = 0;
        while (from < text.length()) {
            int end = text.indexOf('&', from);
            String field = text.substring(from, end < 0 ? text.length() : end);
            from = end < 0 ? text.length() : end + 1;
            if (field.isEmpty()) {
                continue;
            }
            fields++;
            if (fields > MOST_PARTS) {
                throw tooMany();
            }
            int equals = field.indexOf('=');
            String name = equals < 0 ? field : field.substring(0, equals);
            parts.put(
                    new String(decode(name), StandardCharsets.UTF_8),
                    new RequestPart(decode(equals < 0 ? "" : field.substring(equals + 1)), ""));
        }
        return parts;
    }

    static TorchServeException tooMany() {
        return new TorchServeException(Kind.BAD_REQUEST, "expected at most " + MOST_PARTS + " fields in a form");
    }

    private static byte[] decode(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            char letter = text.charAt(i);
            int high = letter == '%' && i + 2 < text.length() ? Character.digit(text.charAt(i + 1), HEX) : -1;
            int low = high < 0 ? -1 : Character.digit(text.charAt(i + 2), HEX);
            if (low >= 0) {
                bytes.write(high * HEX + low);
                i += 2;
            } else {
                bytes.write(letter == '+' ? ' ' : letter);
            }
        }
        return bytes.toByteArray();
    }
}
