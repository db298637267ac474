package dev.nereid.perf;

import java.util.Locale;
import java.util.stream.Stream;

/** What flags may not say, alone or together. */
final class OptionChecks {
    private OptionChecks() {}

    /**
     * Checks the flags, those of former versions translated.
     *
     * @throws IllegalArgumentException naming the flag, what was expected and what came
     */
    static void check(PerfOptions options) {
        options.deprecated.translate(options);
        // A stream takes requests whether or not the last one is answered.
        options.async |= options.streaming && !options.sync && options.server().isGrpc();
        Checks.refuseIf(options.model.isEmpty(), "-m: expected the name of a model");
        options.server().check("-i", "--service-kind");
        options.report.check();
        options.observe.check();
        options.tls.check();
        options.versus.check();
        values(options);
        protocol(options);
        modes(options);
        options.goal.check(options);
        if (options.versus.isAsked()) {
            versus(options);
        }
    }

    private static void values(PerfOptions options) {
        options.inputFormat = options.inputFormat.toLowerCase(Locale.ROOT);
        options.outputFormat = options.outputFormat.toLowerCase(Locale.ROOT);
        Checks.oneOf("--input-tensor-format", options.inputFormat, "binary", "json");
        Checks.oneOf("--output-tensor-format", options.outputFormat, "binary", "json");
        Checks.oneOf("--grpc-compression-algorithm", options.compression, "none", "gzip", "deflate");
        Checks.oneOf("--request-distribution", options.distribution, "constant", "poisson");
        Checks.oneOf("--measurement-mode", options.mode, "time_windows", "count_windows");
        Checks.refuseIf(
                options.sharedMemory.equals("cuda"),
                "--shared-memory: cuda needs memory of a GPU, which this tool does not touch; expected none or system");
        Checks.oneOf("--shared-memory", options.sharedMemory, "none", "system");
        Checks.atLeast("--output-shared-memory-size", options.outputMemory, 1);
        Checks.atLeast("-b", options.batch, 1);
        Checks.atLeast("--max-threads", options.maxThreads, 1);
        Checks.atLeast("--measurement-interval", options.interval, 1);
        Checks.atLeast("--measurement-request-count", options.windowCount, 1);
        Checks.atLeast("--max-trials", options.maxTrials, 1);
        Checks.atLeast("--num-of-sequences", options.sequences, 1);
        Checks.atLeast("--string-length", options.stringLength, 0);
        Checks.atLeast("--request-period", options.requestPeriod, 1);
        Checks.atLeast("--session-concurrency", options.sessions, 0);
        Checks.atLeast("--request-count", options.requestCount, 0);
        Checks.atLeast("--warmup-request-count", options.warmup, 0);
        Checks.refuseIf(
                options.sequenceLength == 0, "--sequence-length: expected 1 or more, got " + options.sequenceLength);
        Checks.refuseIf(options.stability < 0, "--stability-percentage: expected 0 or more, got " + options.stability);
        Checks.refuseIf(
                options.percentile != -1 && (options.percentile < 1 || options.percentile > 99.99),
                "--percentile: expected 1 to 99.99 (or -1 for the mean), got " + options.percentile);
    }

    private static void protocol(PerfOptions options) {
        boolean grpc = options.server().isGrpc();
        Checks.refuseIf(options.sync && options.async, "--sync and --async exclude each other");
        Checks.refuseIf(
                options.streaming && !grpc && !options.kind.equals("openai"), "--streaming goes with -i grpc only");
        Checks.refuseIf(
                options.streaming && options.sync,
                "--streaming and --sync exclude each other: can not use streaming with synchronous API");
        Checks.refuseIf(
                options.streaming && grpc && !options.kind.equals("triton"),
                "--streaming: a server of --service-kind=" + options.kind + " has no streams");
        Checks.refuseIf(
                !options.compression.equals("none") && !grpc, "--grpc-compression-algorithm goes with -i grpc only");
        Checks.refuseIf(
                !options.sharedMemory.equals("none") && !options.kind.equals("triton"),
                "--shared-memory goes with --service-kind=triton only");
    }

    private static void modes(PerfOptions options) {
        long modes = Stream.of(
                        !options.concurrency.isEmpty(),
                        !options.rate.isEmpty(),
                        !options.intervals.isEmpty(),
                        !options.periodic.isEmpty(),
                        options.fixedSchedule,
                        options.sessions > 0)
                .filter(Boolean::booleanValue)
                .count();
        Checks.refuseIf(
                modes > 1,
                "expected one of --concurrency-range, --request-rate-range, --request-intervals,"
                        + " --periodic-concurrency-range, --fixed-schedule and --session-concurrency, got " + modes);
        Checks.refuseIf(
                options.binarySearch && options.latencyLimit <= 0,
                "--binary-search needs a limit: --latency-threshold");
        Checks.refuseIf(
                !options.periodic.isEmpty() && !options.streaming,
                "--periodic-concurrency-range counts the responses of streams: it needs --streaming");
        Checks.refuseIf(
                options.requestCount > 0
                        && (options.fixedSchedule || options.sessions > 0 || !options.periodic.isEmpty()),
                "--request-count: this load has a number of requests of its own");
    }

    private static void versus(PerfOptions options) {
        ServerChoice second = options.versus.choice(options.server());
        second.check("--vs-protocol", "--vs-service-kind");
        Checks.refuseIf(
                options.streaming && !(second.isGrpc() && second.kind().equals("triton")),
                "--streaming needs streams of both servers: --vs-protocol=grpc and --vs-service-kind=triton");
        Checks.refuseIf(options.goal.findMaxRate, "--vs compares at given levels: it does not go with --find-max-rate");
        Checks.refuseIf(options.isFinite(), "--vs alternates windows: it does not go with a load that ends by itself");
        Checks.refuseIf(options.binarySearch, "--vs compares at given levels: it does not go with --binary-search");
        Checks.refuseIf(
                options.latencyLimit > 0, "--vs compares at given levels: it does not go with --latency-threshold");
        Checks.refuseIf(options.goal.millis > 0, "--vs compares latencies as they are: it does not go with --slo-ms");
        Checks.refuseIf(
                options.observe.collect, "--vs reports what clients see: it does not go with --collect-metrics");
        Checks.refuseIf(
                !options.observe.composing.isEmpty(),
                "--vs reports what clients see: it does not go with --bls-composing-models");
        Checks.refuseIf(
                !options.sharedMemory.equals("none"), "--vs: shared memory is used with one server at a time only");
    }
}
