package dev.nereid.bench.perf;

import java.util.List;

/** What flags may not say, alone or together. */
final class OptionChecks {
    private OptionChecks() {}

    /** @throws IllegalArgumentException naming the flag, what was expected and what came */
    static void check(PerfOptions options) {
        refuseIf(options.model.isEmpty(), "-m: expected the name of a model");
        oneOf("-i", options.protocol, List.of("http", "grpc"));
        oneOf("--input-tensor-format", options.inputFormat, List.of("binary", "json"));
        oneOf("--output-tensor-format", options.outputFormat, List.of("binary", "json"));
        oneOf("--grpc-compression-algorithm", options.compression, List.of("none", "gzip"));
        oneOf("--request-distribution", options.distribution, List.of("constant", "poisson"));
        oneOf("--measurement-mode", options.mode, List.of("time_windows", "count_windows"));
        atLeast("-b", options.batch, 1);
        atLeast("--max-threads", options.maxThreads, 1);
        atLeast("--measurement-interval", options.interval, 1);
        atLeast("--measurement-request-count", options.windowCount, 1);
        atLeast("--max-trials", options.maxTrials, 1);
        atLeast("--num-of-sequences", options.sequences, 1);
        atLeast("--string-length", options.stringLength, 0);
        refuseIf(options.stability < 0, "--stability-percentage: expected 0 or more, got " + options.stability);
        refuseIf(
                options.percentile != -1 && (options.percentile < 1 || options.percentile > 99.99),
                "--percentile: expected 1 to 99.99 (or -1 for the mean), got " + options.percentile);
        refuseIf(options.sync && options.async, "--sync and --async exclude each other");
        refuseIf(options.streaming && !options.isGrpc(), "--streaming goes with -i grpc only");
        refuseIf(options.streaming && !options.async, "--streaming needs --async");
        long modes = List.of(options.concurrency, options.rate, options.intervals).stream()
                .filter(text -> !text.isEmpty())
                .count();
        refuseIf(
                modes > 1,
                "expected one of --concurrency-range, --request-rate-range and --request-intervals, got " + modes);
        refuseIf(
                options.binarySearch && options.latencyLimit <= 0,
                "--binary-search needs a limit: --latency-threshold");
        if (options.findMaxRate) {
            checkMaxRate(options);
        }
    }

    private static void checkMaxRate(PerfOptions options) {
        refuseIf(options.sloMillis <= 0, "--find-max-rate needs a limit: --slo-ms");
        refuseIf(options.rate.isEmpty(), "--find-max-rate needs a rate to start from: --request-rate-range");
        refuseIf(options.distribution.equals("constant"), "--find-max-rate needs --request-distribution=poisson");
        refuseIf(
                options.sloPercentile <= 0 || options.sloPercentile >= 100,
                "--slo-percentile: expected a number between 0 and 100, got " + options.sloPercentile);
    }

    private static void oneOf(String flag, String value, List<String> allowed) {
        refuseIf(!allowed.contains(value), flag + ": expected one of " + allowed + ", got '" + value + "'");
    }

    private static void atLeast(String flag, long value, long least) {
        refuseIf(value < least, flag + ": expected " + least + " or more, got " + value);
    }

    private static void refuseIf(boolean wrong, String message) {
        if (wrong) {
            throw new IllegalArgumentException(message);
        }
    }
}
