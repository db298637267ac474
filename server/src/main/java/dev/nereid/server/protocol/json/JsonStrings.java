package dev.nereid.server.protocol.json;

import java.util.Arrays;

/** Undoes the escapes of JSON strings that were checked before. */
final class JsonStrings {
    private JsonStrings() {}

    /** The text of the string whose quotes lie at {@code from} and before {@code to}. */
    static String text(byte[] json, int from, int to) {
        if (!hasEscape(json, from + 1, to - 1)) {
            return WireText.decode(json, from + 1, to - 1);
        }
        byte[] plain = bytes(json, from, to);
        return WireText.decode(plain, 0, plain.length);
    }

    /** The bytes of the string whose quotes lie at {@code from} and before {@code to}. */
    static byte[] bytes(byte[] json, int from, int to) {
        if (!hasEscape(json, from + 1, to - 1)) {
            return Arrays.copyOfRange(json, from + 1, to - 1);
        }
        byte[] plain = new byte[to - from - 2]; // an escape is never shorter than what it stands for
        int length = 0;
        int position = from + 1;
        while (position < to - 1) {
            byte next = json[position];
            if (next != '\\') {
                plain[length++] = next;
                position++;
            } else if (json[position + 1] == 'u') {
                int point = hex(json, position + 2);
                position += 6;
                if (Character.isHighSurrogate((char) point)) {
                    point = Character.toCodePoint((char) point, (char) hex(json, position + 2));
                    position += 6;
                }
                length = putCodePoint(plain, length, point);
            } else {
                plain[length++] = simpleEscape(json[position + 1]);
                position += 2;
            }
        }
        return Arrays.copyOf(plain, length);
    }

    private static boolean hasEscape(byte[] json, int from, int to) {
        for (int i = from; i < to; i++) {
            if (json[i] == '\\') {
                return true;
            }
        }
        return false;
    }

    private static byte simpleEscape(byte letter) {
        return (byte)
                switch (letter) {
                    case 'b' -> '\b';
                    case 'f' -> '\f';
                    case 'n' -> '\n';
                    case 'r' -> '\r';
                    case 't' -> '\t';
                    default -> letter;
                };
    }

    private static int hex(byte[] json, int from) {
        int value = 0;
        for (int i = from; i < from + 4; i++) {
            value = (value << 4) | Character.digit((char) json[i], 16);
        }
        return value;
    }

    private static int putCodePoint(byte[] target, int at, int point) {
        int length = at;
        if (point < 0x80) {
            target[length++] = (byte) point;
        } else if (point < 0x800) {
            target[length++] = (byte) (0xC0 | (point >> 6));
            target[length++] = (byte) (0x80 | (point & 0x3F));
        } else if (point < 0x10000) {
            target[length++] = (byte) (0xE0 | (point >> 12));
            target[length++] = (byte) (0x80 | ((point >> 6) & 0x3F));
            target[length++] = (byte) (0x80 | (point & 0x3F));
        } else {
            target[length++] = (byte) (0xF0 | (point >> 18));
            target[length++] = (byte) (0x80 | ((point >> 12) & 0x3F));
            target[length++] = (byte) (0x80 | ((point >> 6) & 0x3F));
            target[length++] = (byte) (0x80 | (point & 0x3F));
        }
        return length;
    }
}
