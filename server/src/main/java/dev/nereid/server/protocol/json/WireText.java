package dev.nereid.server.protocol.json;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Texts of clients as strings, without loss: bytes that are not UTF-8 become lone low surrogates (U+DC80 to U+DCFF) and
 * turn into the same bytes again on the way out.
 */
public final class WireText {
    private static final int BYTE_BASE = 0xDC00;

    private WireText() {}

    public static String decode(byte[] bytes, int from, int to) {
        if (isAscii(bytes, from, to)) {
            return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
        }
        ByteBuffer whole = ByteBuffer.wrap(bytes, from, to - from);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(whole).toString();
        } catch (CharacterCodingException e) {
            return decodePieces(bytes, from, to);
        }
    }

    private static boolean isAscii(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] < 0) {
                return false;
            }
        }
        return true;
    }

    /** Decodes character by character; what is not UTF-8 is carried as it is. */
    private static String decodePieces(byte[] bytes, int from, int to) {
        StringBuilder text = new StringBuilder(to - from);
        int position = from;
        while (position < to) {
            int length = sequenceLength(bytes[position]);
            if (length > 0 && position + length <= to) {
                try {
                    text.append(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, position, length)));
                    position += length;
                    continue;
                } catch (CharacterCodingException e) {
                    // Not a character: its first byte is carried below, the rest is looked at again.
                }
            }
            text.append((char) (BYTE_BASE + (bytes[position] & 0xFF)));
            position++;
        }
        return text.toString();
    }

    private static int sequenceLength(byte first) {
        int value = first & 0xFF;
        if (value < 0x80) {
            return 1;
        }
        if (value < 0xC2 || value > 0xF4) {
            return 0;
        }
        return value < 0xE0 ? 2 : value < 0xF0 ? 3 : 4;
    }

    public static byte[] encode(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return StandardCharsets.UTF_8.newEncoder().canEncode(text) ? bytes : encodePieces(text);
    }

    private static byte[] encodePieces(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length() * 2);
        text.codePoints().forEach(point -> {
            if (point >= BYTE_BASE + 0x80 && point <= BYTE_BASE + 0xFF) {
                bytes.write(point - BYTE_BASE);
            } else {
                bytes.writeBytes(Character.toString(point).getBytes(StandardCharsets.UTF_8));
            }
        });
        return bytes.toByteArray();
    }
}
