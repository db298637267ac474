package dev.nereid.bench.perf.report;

import dev.nereid.bench.perf.measure.MeasureSettings;

/** The lines that say how a measurement is made. */
public final class SettingsText {
    private SettingsText() {}

    /** In perf_analyzer's words. */
    public static String of(MeasureSettings settings, boolean byRate, String distribution, boolean async) {
        StringBuilder text = new StringBuilder("*** Measurement Settings ***\n")
                .append("  Batch size: ")
                .append(settings.batch())
                .append("\n  Service Kind: TRITON\n  Using \"")
                .append(settings.countWindows() ? "count_windows" : "time_windows")
                .append("\" mode for stabilization\n  Stabilizing using ")
                .append(judged(settings))
                .append('\n')
                .append(
                        settings.countWindows()
                                ? "  Minimum number of samples in each window: " + settings.requestCount()
                                : "  Measurement window: " + settings.intervalMillis() + " msec")
                .append('\n');
        if (settings.latencyLimitMicros() > 0) {
            text.append("  Latency limit: ")
                    .append(settings.latencyLimitMicros() / 1000)
                    .append(" msec\n");
        }
        if (byRate) {
            text.append("  Using ")
                    .append(distribution.equals("constant") ? "uniform" : distribution)
                    .append(" distribution on request generation\n");
        }
        return text.append("  Using ")
                .append(async ? "asynchronous" : "synchronous")
                .append(" calls for inference\n\n")
                .toString();
    }

    private static String judged(MeasureSettings settings) {
        if (settings.percentile() > 0) {
            return "p" + TextReport.number(settings.percentile()) + "latency and throughput";
        }
        return settings.throughputOnly() ? "average throughput" : "average latency and throughput";
    }
}
