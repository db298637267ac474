package dev.nereid.perf.report.html;

import java.util.Locale;

/** A picture of a page, written element by element. */
final class Svg {
    private final StringBuilder text = new StringBuilder();

    /** @param name what a screen reader says of it */
    Svg(String name, int width, int height) {
        add("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">", width, height, Page.escape(name));
    }

    /** Adds an element, formatted without regard to the user's language. */
    @SuppressWarnings("AnnotateFormatMethod")
    void add(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    /** Ends the picture. */
    String end() {
        return text.append("</svg>").toString();
    }
}
