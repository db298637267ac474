package dev.nereid.bench.schedule;

import java.util.Locale;

/**
 * What the adaptive policy is to reach, and what it does.
 *
 * @param name such as G1
 * @param what is compared with what
 * @param value that was reached
 * @param target it must reach at least
 */
record Goal(String name, String what, double value, double target) {
    boolean reached() {
        return value >= target;
    }

    String[] row() {
        return new String[] {
            name,
            what,
            String.format(Locale.ROOT, "%.3f", value),
            String.format(Locale.ROOT, "%.3f", target),
            reached() ? "yes" : "NO"
        };
    }
}
