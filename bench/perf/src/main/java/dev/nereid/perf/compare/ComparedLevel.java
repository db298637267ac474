package dev.nereid.perf.compare;

import dev.nereid.perf.measure.Summary;
import java.util.Arrays;
import java.util.List;

/**
 * What came of one load level with two servers.
 *
 * @param level concurrency, or requests a second
 * @param first all windows of the first server together
 * @param firstFailed its requests that ended without a result
 */
public record ComparedLevel(
        double level, List<Round> rounds, Summary first, Summary second, long firstFailed, long secondFailed) {
    public ComparedLevel {
        rounds = List.copyOf(rounds);
    }

    /** Every quantity of both. */
    public List<Ratio> ratios() {
        return Arrays.stream(Quantity.values())
                .map(quantity -> Ratio.of(quantity, this))
                .toList();
    }
}
