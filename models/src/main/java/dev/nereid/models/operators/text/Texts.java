package dev.nereid.models.operators.text;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.nereid.models.ModelFormatException;
import java.nio.charset.StandardCharsets;

/** Strings as UTF-8 bytes, and regular expressions. */
final class Texts {
    static final byte[] EMPTY = {};

    private Texts() {}

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * A regular expression in RE2's syntax. It is matched in time linear in the text, so that neither a model nor a request
     * can make it take for ever.
     *
     * @throws ModelFormatException if it is none
     */
    static Pattern pattern(String attribute, String expression, int flags) {
        try {
            return Pattern.compile(expression, flags);
        } catch (PatternSyntaxException e) {
            throw new ModelFormatException(
                    attribute + ": expected a regular expression of RE2, got '" + expression + "': " + e.getMessage(),
                    e);
        }
    }
}
