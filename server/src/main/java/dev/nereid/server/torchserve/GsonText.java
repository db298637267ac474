package dev.nereid.server.torchserve;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** JSON as Gson writes it with pretty printing: two spaces a level, letters of HTML as escapes, and a line break at the end. */
public final class GsonText {
    private static final String INDENT = "  ";
    private static final String HTML = "<>&='\u2028\u2029";

    private final StringBuilder text = new StringBuilder();

    private GsonText() {}

    /**
     * A document.
     *
     * @param value a text, number or truth value, a list, a map of names to values in their order, or an empty optional for null
     */
    public static byte[] of(Object value) {
        GsonText writer = new GsonText();
        writer.write(value, "\n");
        return writer.text.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    }

    /** An object of names and values by turns. */
    public static Map<String, Object> object(Object... namesAndValues) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            object.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return object;
    }

    /** The answer of most calls of management: an object with a text. */
    public static byte[] status(String text) {
        return of(object("status", text));
    }

    private void write(Object value, String lineBreak) {
        String inner = lineBreak + INDENT;
        switch (value) {
            case Map<?, ?> map when map.isEmpty() -> text.append("{}");
            case Map<?, ?> map -> {
                String separator = "{";
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    text.append(separator).append(inner);
                    quote(String.valueOf(entry.getKey()));
                    text.append(": ");
                    write(entry.getValue(), inner);
                    separator = ",";
                }
                text.append(lineBreak).append('}');
            }
            case List<?> list when list.isEmpty() -> text.append("[]");
            case List<?> list -> {
                String separator = "[";
                for (Object element : list) {
                    text.append(separator).append(inner);
                    write(element, inner);
                    separator = ",";
                }
                text.append(lineBreak).append(']');
            }
            case Number number -> text.append(number);
            case Optional<?> none when none.isEmpty() -> text.append("null");
            case Boolean truth -> text.append(truth);
            default -> quote(value.toString());
        }
    }

    private void quote(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char letter = value.charAt(i);
            switch (letter) {
                case '"', '\\' -> text.append('\\').append(letter);
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                case '\b' -> text.append("\\b");
                case '\f' -> text.append("\\f");
                default -> {
                    if (letter < ' ' || HTML.indexOf(letter) >= 0) {
                        text.append(String.format("\\u%04x", (int) letter));
                    } else {
                        text.append(letter);
                    }
                }
            }
        }
        text.append('"');
    }
}
