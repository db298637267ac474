package dev.nereid.bench.engine;

/**
 * How far an engine's floats lie from the numbers that they round.
 *
 * @param rms the root of the mean of the squares of the errors
 * @param largest the largest error
 * @param magnitude the root of the mean of the squares of the numbers
 * @param greatest the greatest magnitude of a number
 */
record Deviation(double rms, double largest, double magnitude, double greatest) {
    /** Half of a float's last place, as a part of it. */
    private static final double HALF_PLACE = 0x1p-24;

    /** The deviation of {@code floats} from {@code exact}; numbers that are not finite do not count. */
    static Deviation of(double[] floats, double... exact) {
        if (floats.length != exact.length) {
            throw new IllegalStateException(floats.length + " numbers, expected " + exact.length);
        }
        double squares = 0;
        double magnitudes = 0;
        double largest = 0;
        double greatest = 0;
        int count = 0;
        for (int i = 0; i < exact.length; i++) {
            if (!Double.isFinite(exact[i])) {
                continue;
            }
            double error = Math.abs(floats[i] - exact[i]);
            squares += error * error;
            magnitudes += exact[i] * exact[i];
            // Of a NaN on one side alone it is NaN too.
            largest = Math.max(largest, error);
            greatest = Math.max(greatest, Math.abs(exact[i]));
            count++;
        }
        return new Deviation(
                Math.sqrt(squares / Math.max(1, count)), largest, Math.sqrt(magnitudes / Math.max(1, count)), greatest);
    }

    /** Whether it is at most so many times another one, or within the rounding of the result alone. */
    boolean isWithin(Accuracy.Bounds bounds, Deviation other) {
        return rms <= Math.max(bounds.rms() * other.rms, HALF_PLACE * magnitude)
                && largest <= Math.max(bounds.largest() * other.largest, HALF_PLACE * greatest);
    }
}
