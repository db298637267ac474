package dev.nereid.bench.schedule;

import java.util.function.DoublePredicate;

/**
 * The largest rate that is still served: grows from a rate that is until one is not, then halves the gap. A rate above
 * the first that fails may pass again; it does not count.
 */
final class MaxRate {
    private static final double GROWTH = 1.25;
    private static final double LEAST = 1;

    private MaxRate() {}

    /**
     * Searches.
     *
     * @param guess a rate near the result, to save time; any above 0 will do
     * @param precision relative
     */
    static double find(DoublePredicate served, double guess, double precision) {
        double low = guess;
        while (!served.test(low)) {
            low /= GROWTH * GROWTH;
            if (low < LEAST) {
                return 0;
            }
        }
        double high = low * GROWTH;
        while (served.test(high)) {
            low = high;
            high *= GROWTH;
        }
        while (high / low > 1 + precision) {
            double middle = (low + high) / 2;
            if (served.test(middle)) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
