package dev.nereid.bench.schedule;

import java.util.Locale;

/**
 * What is to be reached, and what is.
 *
 * @param name such as G1
 * @param what is compared with what
 * @param value that was reached
 * @param target it must reach at least
 */
public record Goal(String name, String what, double value, double target) {
    public boolean reached() {
        return value >= target;
    }

    /** The cells of a row: name, what, value, target, whether it is reached. */
    public String[] row() {
        return new String[] {
            name,
            what,
            String.format(Locale.ROOT, "%.3f", value),
            String.format(Locale.ROOT, "%.3f", target),
            reached() ? "yes" : "NO"
        };
    }
}
