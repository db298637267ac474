package dev.nereid.server.schedule.adaptive;

/** Max-min fair shares: small demands are met in full, the others get the rest in proportion to their weights. */
final class FairShares {
    private FairShares() {}

    /**
     * The share of weight 1 at which the capacity is used up.
     *
     * @param demands what each wants, together at least {@code capacity}
     * @param weights above 0
     */
    static double level(double[] demands, double[] weights, double capacity) {
        boolean[] content = new boolean[demands.length];
        while (true) {
            double left = capacity;
            double weight = 0;
            for (int i = 0; i < demands.length; i++) {
                left -= content[i] ? demands[i] : 0;
                weight += content[i] ? 0 : weights[i];
            }
            if (weight == 0) {
                return Double.POSITIVE_INFINITY;
            }
            double level = left / weight;
            boolean changed = false;
            for (int i = 0; i < demands.length; i++) {
                if (!content[i] && demands[i] <= level * weights[i]) {
                    content[i] = true;
                    changed = true;
                }
            }
            if (!changed) {
                return level;
            }
        }
    }
}
