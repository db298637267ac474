package dev.nereid.perf.metrics;

import java.util.Map;

/**
 * One series of a server's metrics over the time of a level.
 *
 * @param labels of the series
 * @param counter whether it only grows: then the figures are its growth a second between polls
 * @param polls how many there were
 */
public record MetricRange(
        String name, Map<String, String> labels, boolean counter, double least, double mean, double most, int polls) {
    public MetricRange {
        labels = Map.copyOf(labels);
    }

    /** A label's value; empty where the series has none of that name. */
    public String label(String label) {
        return labels.getOrDefault(label, "");
    }
}
