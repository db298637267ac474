package dev.nereid.perf.compare;

import java.util.ArrayList;
import java.util.List;

/**
 * One quantity of two servers.
 *
 * @param first of all windows of the first server together
 * @param second of all windows of the second
 * @param mean geometric mean of the rounds' ratios, first over second
 * @param low begin of the interval that holds the true ratio with 95 percent
 * @param high its end
 * @param least ratio of a round
 * @param most ratio of a round
 * @param rounds that both servers have a figure of
 */
public record Ratio(
        Quantity quantity,
        double first,
        double second,
        double mean,
        double low,
        double high,
        double least,
        double most,
        int rounds) {

    /** Whether the interval leaves 1 out: the servers differ. */
    public boolean isCertain() {
        return low > 1 || high < 1;
    }

    /** Whether, as far as one can tell, the first server is the better one. */
    public boolean firstIsBetter() {
        return quantity.moreIsBetter() == mean > 1;
    }

    /**
     * The ratio of a quantity over some rounds. Each round's two windows follow each other, so what disturbs the machine
     * for longer than a window disturbs both and leaves their ratio alone; ratios are averaged as logarithms.
     */
    static Ratio of(Quantity quantity, ComparedLevel level) {
        List<Double> logs = new ArrayList<>();
        for (Round round : level.rounds()) {
            double a = quantity.of(round.first());
            double b = quantity.of(round.second());
            if (a > 0 && b > 0) {
                logs.add(Math.log(a / b));
            }
        }
        int n = logs.size();
        double first = quantity.of(level.first());
        double second = quantity.of(level.second());
        if (n == 0) {
            return new Ratio(quantity, first, second, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN, 0);
        }
        double mean = logs.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        double squares =
                logs.stream().mapToDouble(log -> (log - mean) * (log - mean)).sum();
        double reach = n < 2 ? Double.POSITIVE_INFINITY : StudentT.reach(n - 1) * Math.sqrt(squares / (n - 1) / n);
        return new Ratio(
                quantity,
                first,
                second,
                Math.exp(mean),
                Math.exp(mean - reach),
                Math.exp(mean + reach),
                Math.exp(logs.stream().mapToDouble(Double::doubleValue).min().orElseThrow()),
                Math.exp(logs.stream().mapToDouble(Double::doubleValue).max().orElseThrow()),
                n);
    }
}
