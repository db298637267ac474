package dev.nereid.server.traffic;

/**
 * How far a number may be from the one that it is compared with: {@code abs + rel * |expected|}. Infinities and NaN agree with
 * themselves alone.
 *
 * @param abs 0 or more
 * @param rel 0 or more
 */
public record Tolerance(double abs, double rel) {
    /** What rounding in another order may do to 32-bit numbers. */
    static final Tolerance DEFAULT = new Tolerance(1e-6, 1e-4);

    /** For whole numbers, which no rounding changes. */
    static final Tolerance EXACT = new Tolerance(0, 0);

    boolean allows(double expected, double actual) {
        if (!Double.isFinite(expected) || !Double.isFinite(actual)) {
            return Double.compare(expected, actual) == 0;
        }
        return allows(Math.abs(actual - expected), Math.abs(expected), expected == actual);
    }

    /** @param unsigned whether the numbers are unsigned ones of 64 bits */
    boolean allows(long expected, long actual, boolean unsigned) {
        boolean ascending = unsigned ? Long.compareUnsigned(expected, actual) < 0 : expected < actual;
        double distance = unsigned(ascending ? actual - expected : expected - actual);
        return allows(distance, unsigned ? unsigned(expected) : Math.abs((double) expected), expected == actual);
    }

    private boolean allows(double distance, double magnitude, boolean equal) {
        return equal || distance <= abs + rel * magnitude;
    }

    private static double unsigned(long value) {
        return value >= 0 ? value : 2.0 * (value >>> 1) + (value & 1);
    }
}
