package dev.nereid.server.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Names in paths: what is not allowed there is written as {@code %} and two hexadecimal digits (RFC 3986, 2.1). */
public final class PathSegments {
    private static final int HEX = 16;

    private PathSegments() {}

    /** The name that a segment stands for; the segment itself where its escapes are none, or no UTF-8. */
    public static String decode(String segment) {
        if (segment.indexOf('%') < 0) {
            return segment;
        }
        byte[] encoded = segment.getBytes(StandardCharsets.UTF_8);
        ByteBuffer decoded = ByteBuffer.allocate(encoded.length);
        for (int i = 0; i < encoded.length; i++) {
            if (encoded[i] != '%') {
                decoded.put(encoded[i]);
                continue;
            }
            int high = i + 2 < encoded.length ? Character.digit(encoded[i + 1], HEX) : -1;
            int low = i + 2 < encoded.length ? Character.digit(encoded[i + 2], HEX) : -1;
            if (high < 0 || low < 0) {
                return segment;
            }
            decoded.put((byte) (high * HEX + low));
            i += 2;
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(decoded.flip()).toString();
        } catch (CharacterCodingException e) {
            return segment;
        }
    }
}
