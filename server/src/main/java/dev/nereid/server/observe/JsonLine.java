package dev.nereid.server.observe;

/**
 * One JSON object on one line, for logs. Every character that could end the line or act on a terminal is escaped, half
 * surrogate pairs become U+FFFD so that the bytes are UTF-8, and texts have a limit. Not thread-safe.
 */
public final class JsonLine {
    private static final char DELETE = 0x7F;
    private static final String CUT = "...";
    private static final String HEX = "0123456789abcdef";

    private final StringBuilder line = new StringBuilder(256).append('{');

    /**
     * A text.
     *
     * @param most characters that are written of it; one that is longer ends with three dots
     */
    public JsonLine text(String name, String value, int most) {
        begin(name).append('"');
        boolean cut = value.length() > most;
        int end = cut ? most : value.length();
        if (cut && end > 0 && Character.isHighSurrogate(value.charAt(end - 1))) {
            end--;
        }
        int at = 0;
        while (at < end) {
            int point = value.codePointAt(at);
            at += Character.charCount(point);
            escape(point);
        }
        line.append(cut ? CUT : "").append('"');
        return this;
    }

    /** A whole number. */
    public JsonLine number(String name, long value) {
        begin(name).append(value);
        return this;
    }

    /** The object so far with its end, and the end of the line. */
    public String end() {
        return line.append("}\n").toString();
    }

    private StringBuilder begin(String name) {
        if (line.length() > 1) {
            line.append(',');
        }
        return line.append('"').append(name).append("\":");
    }

    private void escape(int point) {
        if (point >= ' ' && point < DELETE && point != '"' && point != '\\') { // most of them are
            line.append((char) point);
            return;
        }
        switch (point) {
            case '"' -> line.append("\\\"");
            case '\\' -> line.append("\\\\");
            case '\n' -> line.append("\\n");
            case '\r' -> line.append("\\r");
            case '\t' -> line.append("\\t");
            default -> {
                int type = Character.getType(point);
                if (type == Character.SURROGATE) {
                    line.append('\uFFFD');
                } else if (point <= 0xFFFF && isUnsafe(type)) {
                    line.append("\\u");
                    for (int shift = 12; shift >= 0; shift -= 4) {
                        line.append(HEX.charAt((point >> shift) & 15));
                    }
                } else {
                    line.appendCodePoint(point);
                }
            }
        }
    }

    /** Control characters, those that change the direction of what follows, and separators of lines. */
    private static boolean isUnsafe(int type) {
        return type == Character.CONTROL
                || type == Character.FORMAT
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR;
    }
}
