package dev.nereid.perf;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** The flags for what the server shows beside its answers: metrics, traces, composing models. */
@SuppressWarnings({"FieldMayBeFinal", "CanBeFinal"})
final class ObserveOptions {
    @Option(names = "--collect-metrics", description = "Poll the server's Prometheus metrics and report them.")
    boolean collect;

    @Option(
            names = "--metrics-url",
            paramLabel = "URL",
            description = "Where they are (default: the server's host, port 8002, /metrics).")
    String url = "";

    @Option(
            names = "--metrics-interval",
            paramLabel = "MS",
            defaultValue = "1000",
            description = "Time between two polls (default 1000).")
    long interval = 1000;

    @Option(
            names = "--bls-composing-models",
            paramLabel = "A:3,B",
            split = ",",
            description = "Models that the model calls by itself, to be counted with it.")
    List<String> composing = new ArrayList<>();

    @Option(
            names = "--trace-level",
            paramLabel = "LEVEL",
            description = "Have requests traced: OFF, TIMESTAMPS or TENSORS; may be repeated.")
    List<String> traceLevels = new ArrayList<>();

    @Option(names = "--trace-rate", paramLabel = "N", description = "Trace one in so many requests (1000).")
    String traceRate = "";

    @Option(names = "--trace-count", paramLabel = "N", description = "Trace no more than so many requests (-1: all).")
    String traceCount = "";

    @Option(
            names = "--log-frequency",
            paramLabel = "N",
            description = "Write a trace file for each so many traces (0: one file at the end).")
    String logFrequency = "";

    void check() {
        Checks.atLeast("--metrics-interval", interval, 1);
        Checks.refuseIf(
                !collect && !url.isEmpty(), "Must specify --collect-metrics when using the --metrics-url option.");
        traceLevels.forEach(level -> Checks.oneOf("--trace-level", level, "OFF", "TIMESTAMPS", "TENSORS"));
        Checks.refuseIf(
                traceLevels.size() > 1 && traceLevels.contains("OFF"), "--trace-level: OFF goes with no other level");
        number("--trace-rate", traceRate, 1);
        number("--trace-count", traceCount, -1);
        number("--log-frequency", logFrequency, 0);
    }

    private static void number(String flag, String text, long least) {
        if (!text.isEmpty()) {
            try {
                Checks.atLeast(flag, Long.parseLong(text), least);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(flag + ": expected a whole number, got '" + text + "'", e);
            }
        }
    }

    /** The settings that were given, by the names of the trace extension; empty for none. */
    Map<String, List<String>> trace() {
        Map<String, List<String>> settings = new LinkedHashMap<>();
        if (!traceLevels.isEmpty()) {
            settings.put("trace_level", traceLevels);
        }
        put(settings, "trace_rate", traceRate);
        put(settings, "trace_count", traceCount);
        put(settings, "log_frequency", logFrequency);
        return settings;
    }

    private static void put(Map<String, List<String>> settings, String name, String value) {
        if (!value.isEmpty()) {
            settings.put(name, List.of(value));
        }
    }
}
