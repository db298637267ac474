package dev.nereid.server.observe;

import java.util.Collections;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which metrics say how long requests take; Triton's {@code --metrics-config}. Immutable.
 *
 * @param counters whether the families of added-up durations are shown
 * @param histograms whether decoupled models have a histogram of the time to their first response
 * @param summaries whether models have summaries of durations
 * @param quantiles what the summaries show, each from 0 to 1
 */
public record LatencyConfig(boolean counters, boolean histograms, boolean summaries, SortedSet<Double> quantiles) {
    private static final Pattern NUMBER = Pattern.compile("[0-9]*\\.?[0-9]+");

    /** Triton's defaults. */
    public static final LatencyConfig DEFAULT =
            new LatencyConfig(true, false, false, quantiles("0.5:0.05,0.9:0.01,0.95:0.001,0.99:0.001,0.999:0.001"));

    public LatencyConfig {
        quantiles = Collections.unmodifiableSortedSet(new TreeSet<>(quantiles));
    }

    /**
     * This configuration with one more setting.
     *
     * @throws IllegalArgumentException if there is no such setting, or it cannot have that value
     */
    public LatencyConfig with(String setting, String value) {
        return switch (setting) {
            case "counter_latencies" -> new LatencyConfig(bool(setting, value), histograms, summaries, quantiles);
            case "histogram_latencies" -> new LatencyConfig(counters, bool(setting, value), summaries, quantiles);
            case "summary_latencies" -> new LatencyConfig(counters, histograms, bool(setting, value), quantiles);
            case "summary_quantiles" -> new LatencyConfig(counters, histograms, summaries, quantiles(value));
            default ->
                throw new IllegalArgumentException("expected counter_latencies, histogram_latencies, summary_latencies "
                        + "or summary_quantiles, got '" + setting + "'");
        };
    }

    private static boolean bool(String setting, String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "true", "on", "1" -> true;
            case "false", "off", "0" -> false;
            default -> throw new IllegalArgumentException(setting + " is true or false, got '" + value + "'");
        };
    }

    /**
     * Reads {@code 0.5:0.05,0.9:0.01}. The errors that it allows are looser than what the summaries have; as in Triton, what
     * follows the number of an error does not count.
     */
    private static SortedSet<Double> quantiles(String text) {
        SortedSet<Double> quantiles = new TreeSet<>();
        for (String pair : text.split(",", -1)) {
            int colon = pair.indexOf(':');
            try {
                double quantile = Double.parseDouble(pair.substring(0, Math.max(colon, 0)));
                Matcher error = NUMBER.matcher(pair.substring(colon + 1));
                if (quantile >= 0 && quantile <= 1 && error.lookingAt() && Double.parseDouble(error.group()) <= 1) {
                    quantiles.add(quantile);
                    continue;
                }
            } catch (NumberFormatException e) {
                // Told below.
            }
            throw new IllegalArgumentException(
                    "summary_quantiles are pairs of a quantile and its error, each from 0 to 1, such as 0.5:0.05, got '"
                            + pair + "'");
        }
        return quantiles;
    }
}
