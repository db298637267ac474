package dev.nereid.perf.report;

import dev.nereid.perf.measure.MeasureSettings;
import java.util.Locale;
import java.util.Optional;

/**
 * The lines that say how a measurement is made, in perf_analyzer's words.
 *
 * @param kind of server
 * @param namesBatch whether there is a line for the batch size
 * @param warmup requests before each level
 * @param requestCount requests of a level; 0 where windows decide
 * @param limit the highest level, in words; empty where only one level is measured
 * @param distribution of an open loop by its flag's names; empty for other loads
 */
public record SettingsText(
        MeasureSettings settings,
        String kind,
        boolean namesBatch,
        long warmup,
        long requestCount,
        Optional<String> limit,
        Optional<String> distribution,
        boolean binarySearch,
        boolean async,
        boolean decoupled) {
    /** The whole text. */
    public String text() {
        StringBuilder text = new StringBuilder("*** Measurement Settings ***\n");
        if (namesBatch) {
            line(text, "Batch size: " + settings.batch());
        }
        line(text, "Service Kind: " + kind.toUpperCase(Locale.ROOT));
        if (warmup > 0) {
            line(text, "Sending " + warmup + " warmup request" + (warmup > 1 ? "s" : ""));
        }
        if (requestCount > 0) {
            line(text, "Sending " + requestCount + " benchmark request" + (requestCount > 1 ? "s" : ""));
        } else {
            windows(text);
        }
        limit.ifPresent(highest -> {
            line(text, "Latency limit: " + TextReport.rate(settings.latencyLimitMicros() / 1000.0) + " msec");
            if (!highest.isEmpty()) {
                line(text, highest);
            }
        });
        distribution.ifPresent(name -> line(
                text, "Using " + (name.equals("constant") ? "uniform" : name) + " distribution on request generation"));
        if (binarySearch) {
            line(text, "Using Binary Search algorithm");
        }
        line(text, "Using " + (async ? "asynchronous" : "synchronous") + " calls for inference");
        if (decoupled) {
            line(text, "Detected decoupled model, using the last response for measuring latency");
        }
        return text.append('\n').toString();
    }

    private void windows(StringBuilder text) {
        line(
                text,
                "Using \"" + (settings.countWindows() ? "count_windows" : "time_windows")
                        + "\" mode for stabilization");
        String metric = async ? "throughput" : "latency and throughput";
        // Without a space behind the percentile, as perf_analyzer has it.
        line(
                text,
                settings.percentile() > 0
                        ? "Stabilizing using p" + TextReport.number(settings.percentile()) + metric
                        : "Stabilizing using average " + metric);
        line(
                text,
                settings.countWindows()
                        ? "Minimum number of samples in each window: " + settings.requestCount()
                        : "Measurement window: " + settings.intervalMillis() + " msec");
    }

    private static void line(StringBuilder text, String line) {
        text.append("  ").append(line).append('\n');
    }
}
