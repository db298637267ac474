package dev.nereid.server.observe;

import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Which metrics say how long requests take; Triton's {@code --metrics-config}. Immutable.
 *
 * @param counters whether the families of added-up durations are shown
 * @param histograms whether decoupled models have a histogram of the time to their first response
 * @param summaries whether models have summaries of durations
 * @param quantiles what the summaries show
 */
public record LatencyConfig(boolean counters, boolean histograms, boolean summaries, SortedSet<Double> quantiles) {
    /** Triton's defaults. */
    public static final LatencyConfig DEFAULT = new LatencyConfig(
            true,
            false,
            false,
            SummaryQuantiles.parse("0.5:0.05,0.9:0.01,0.95:0.001,0.99:0.001,0.999:0.001")
                    .quantiles());

    public LatencyConfig {
        quantiles = Collections.unmodifiableSortedSet(new TreeSet<>(quantiles));
    }

    /**
     * This configuration with one more setting. As in Triton, a switch knows the word that moves it from its default and no
     * way back; every other value, and a setting that there is not, changes nothing.
     */
    public LatencyConfig with(String setting, String value) {
        return switch (setting) {
            case "counter_latencies" ->
                new LatencyConfig(counters && !value.equals("false"), histograms, summaries, quantiles);
            case "histogram_latencies" ->
                new LatencyConfig(counters, histograms || value.equals("true"), summaries, quantiles);
            case "summary_latencies" ->
                new LatencyConfig(counters, histograms, summaries || value.equals("true"), quantiles);
            case "summary_quantiles" -> {
                SortedSet<Double> read = SummaryQuantiles.parse(value).quantiles();
                yield new LatencyConfig(counters, histograms, summaries, read.isEmpty() ? quantiles : read);
            }
            default -> this;
        };
    }

    /** Sentences on what {@link #with} makes nothing of; none where all of a setting counts. */
    public static List<String> complaints(String setting, String value) {
        return switch (setting) {
            case "counter_latencies", "histogram_latencies", "summary_latencies" ->
                value.equals("true") || value.equals("false")
                        ? List.of()
                        : List.of(setting + " is true or false, got '" + value + "': it has no effect");
            case "summary_quantiles" -> SummaryQuantiles.parse(value).complaints();
            default ->
                List.of("expected counter_latencies, histogram_latencies, summary_latencies or summary_quantiles, got '"
                        + setting + "': it has no effect");
        };
    }
}
