package dev.nereid.server.traffic;

/**
 * How far a number may be from the one that it is compared with: {@code abs + rel * |expected|}.
 *
 * @param abs 0 or more
 * @param rel 0 or more
 */
public record Tolerance(double abs, double rel) {
    /** What rounding in another order may do to 32-bit numbers. */
    static final Tolerance DEFAULT = new Tolerance(1e-6, 1e-4);

    boolean allows(double expected, double actual) {
        return Double.compare(expected, actual) == 0
                || expected == actual // zeros of either sign
                || Math.abs(actual - expected) <= abs + rel * Math.abs(expected);
    }
}
