package dev.nereid.perf;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The flags of {@code nereid perf}: perf_analyzer's, and a few of our own. Filled in by the parser. */
@SuppressWarnings({"NullAway.Init", "FieldMayBeFinal", "CanBeFinal"})
final class PerfOptions {
    @Option(names = "-m", paramLabel = "MODEL", description = "Model to send requests to.")
    String model = "";

    @Option(names = "-x", paramLabel = "VERSION", description = "Its version (default: the server's choice).")
    String version = "";

    @Option(
            names = "-u",
            paramLabel = "HOST:PORT",
            description = "Server (default localhost:8000, gRPC localhost:8001).")
    String url = "";

    @Option(names = "-i", paramLabel = "PROTOCOL", defaultValue = "http", description = "http or grpc (default http).")
    String protocol = "http";

    int batch = 1;
    boolean batchIsGiven;

    @Option(names = "-b", paramLabel = "N", description = "Batch size (default 1).")
    void batch(int size) {
        batch = size;
        batchIsGiven = true;
    }

    @Option(names = "-H", paramLabel = "'K: V'", description = "A header of every request; may be repeated.")
    List<String> headers = new ArrayList<>();

    @Option(
            names = {"-a", "--async"},
            description = "Asynchronous calls.")
    boolean async;

    @Option(names = "--sync", description = "Synchronous calls (default).")
    boolean sync;

    @Option(names = "--streaming", description = "gRPC streams in place of calls.")
    boolean streaming;

    @Option(
            names = "--input-tensor-format",
            paramLabel = "FORMAT",
            defaultValue = "binary",
            description = "binary or json.")
    String inputFormat = "binary";

    @Option(
            names = "--output-tensor-format",
            paramLabel = "FORMAT",
            defaultValue = "binary",
            description = "binary or json.")
    String outputFormat = "binary";

    @Option(
            names = "--grpc-compression-algorithm",
            paramLabel = "NAME",
            defaultValue = "none",
            description = "none, gzip or deflate.")
    String compression = "none";

    @Option(
            names = "--service-kind",
            paramLabel = "KIND",
            defaultValue = "triton",
            description = "triton (any KServe v2 server), tfserving, torchserve or openai.")
    String kind = "triton";

    @Option(
            names = "--model-signature-name",
            paramLabel = "NAME",
            defaultValue = "serving_default",
            description = "Signature of a model of TensorFlow Serving (default serving_default).")
    String signature = "serving_default";

    @Option(
            names = "--endpoint",
            paramLabel = "PATH",
            defaultValue = "v1/chat/completions",
            description = "Path on a server of kind openai (default v1/chat/completions).")
    String endpoint = "v1/chat/completions";

    @Option(names = "--concurrency-range", paramLabel = "S:E:STEP", description = "Users of a closed loop (default 1).")
    String concurrency = "";

    @Option(names = "--request-rate-range", paramLabel = "S:E:STEP", description = "Requests a second of an open loop.")
    String rate = "";

    @Option(
            names = "--request-intervals",
            paramLabel = "FILE",
            description = "Microseconds between requests, a line each.")
    String intervals = "";

    @Option(
            names = "--periodic-concurrency-range",
            paramLabel = "S:E:STEP",
            description = "Begin with S requests and add STEP more each time all of the last have --request-period"
                    + " responses, up to E in all.")
    String periodic = "";

    @Option(
            names = "--request-period",
            paramLabel = "N",
            defaultValue = "10",
            description = "Responses after which the next requests follow (default 10).")
    int requestPeriod = 10;

    @Option(names = "--fixed-schedule", description = "Send each entry of the input data at its timestamp, once.")
    boolean fixedSchedule;

    @Option(
            names = "--session-concurrency",
            paramLabel = "N",
            defaultValue = "0",
            description = "Sessions of the input data at a time, each of its entries after the former's answer.")
    int sessions;

    @Option(
            names = "--request-distribution",
            paramLabel = "NAME",
            defaultValue = "constant",
            description = "constant or poisson.")
    String distribution = "constant";

    @Option(names = "--binary-search", description = "Search the range for the highest level within the latency limit.")
    boolean binarySearch;

    @Option(
            names = {"-l", "--latency-threshold"},
            paramLabel = "MS",
            defaultValue = "0",
            description = "Latency limit.")
    double latencyLimit;

    @Option(names = "--max-threads", paramLabel = "N", defaultValue = "16", description = "Most threads (default 16).")
    int maxThreads = 16;

    @Option(
            names = "--request-parameter",
            paramLabel = "NAME:VALUE:TYPE",
            description = "A parameter of every request.")
    List<String> parameters = new ArrayList<>();

    @Option(
            names = "--measurement-mode",
            paramLabel = "MODE",
            defaultValue = "time_windows",
            description = "time_windows or count_windows.")
    String mode = "time_windows";

    @Option(
            names = {"-p", "--measurement-interval"},
            paramLabel = "MS",
            defaultValue = "5000",
            description = "Length of a window.")
    long interval = 5000;

    @Option(
            names = "--measurement-request-count",
            paramLabel = "N",
            defaultValue = "50",
            description = "Requests of a window.")
    int windowCount = 50;

    @Option(
            names = {"-s", "--stability-percentage"},
            paramLabel = "PERCENT",
            defaultValue = "10",
            description = "How far windows may differ.")
    double stability = 10;

    @Option(
            names = {"-r", "--max-trials"},
            paramLabel = "N",
            defaultValue = "10",
            description = "Most windows of a level.")
    int maxTrials = 10;

    @Option(
            names = "--percentile",
            paramLabel = "P",
            defaultValue = "-1",
            description = "Judge this percentile, not the mean.")
    double percentile = -1;

    @Option(
            names = "--warmup-request-count",
            paramLabel = "N",
            defaultValue = "0",
            description = "Requests before each level.")
    long warmup;

    @Option(
            names = "--request-count",
            paramLabel = "N",
            defaultValue = "0",
            description = "Exactly so many requests, in place of windows.")
    long requestCount;

    @Option(
            names = "--num-of-sequences",
            paramLabel = "N",
            defaultValue = "4",
            description = "Sequences of an open loop.")
    int sequences = 4;

    @Option(
            names = "--sequence-length",
            paramLabel = "N",
            defaultValue = "-1",
            description = "Mean length of a sequence (20).")
    int sequenceLength = -1;

    @Option(
            names = "--sequence-length-variation",
            paramLabel = "PERCENT",
            defaultValue = "20",
            description = "Its variation.")
    double sequenceVariation = 20;

    @Option(
            names = "--sequence-id-range",
            paramLabel = "S:E",
            defaultValue = "1",
            description = "Correlation ids (from 1).")
    String sequenceIds = "1";

    @Option(
            names = "--serial-sequences",
            description = "Never two requests of one sequence at a time, also in an open loop.")
    boolean serial;

    @Option(
            names = "--shared-memory",
            paramLabel = "KIND",
            defaultValue = "none",
            description = "Tensors through shared memory: none or system (default none).")
    String sharedMemory = "none";

    @Option(
            names = "--output-shared-memory-size",
            paramLabel = "BYTES",
            defaultValue = "102400",
            description = "Room for each output and element of a batch there (default 102400).")
    long outputMemory = 102_400;

    @Option(
            names = "--input-data",
            paramLabel = "SOURCE",
            description = "zero, random, a folder or a JSON file; FILE@WEIGHT mixes.")
    List<String> inputData = new ArrayList<>();

    @Option(names = "--shape", paramLabel = "NAME:1,2", description = "The shape of an input with free lengths.")
    List<String> shapes = new ArrayList<>();

    @Option(
            names = "--string-length",
            paramLabel = "N",
            defaultValue = "128",
            description = "Length of random strings.")
    int stringLength = 128;

    @Option(names = "--string-data", paramLabel = "TEXT", description = "All strings are this.")
    String stringData = "";

    @Option(names = "-v", description = "Show every window; twice: every request too, on stderr.")
    boolean[] verbose = {};

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Seed of all that is random.")
    long seed = 1;

    @Mixin
    GoalOptions goal = new GoalOptions();

    @Mixin
    ReportOptions report = new ReportOptions();

    @Mixin
    ObserveOptions observe = new ObserveOptions();

    @Mixin
    CompareOptions versus = new CompareOptions();

    @Mixin
    TlsOptions tls = new TlsOptions();

    @Mixin
    DeprecatedOptions deprecated = new DeprecatedOptions();

    boolean isVerbose() {
        return verbose.length > 0;
    }

    /** Whether every request is to be seen. */
    boolean isVeryVerbose() {
        return verbose.length > 1;
    }

    /** The server that the load goes to. */
    ServerChoice server() {
        return new ServerChoice(url, protocol, kind, model, version);
    }

    /** Whether requests are sent by the clock. */
    boolean isByRate() {
        return !rate.isEmpty() || !intervals.isEmpty() || fixedSchedule;
    }

    /** Whether a load ends by itself: the input data, or a number of requests, is all of it. */
    boolean isFinite() {
        return requestCount > 0 || fixedSchedule || sessions > 0 || !periodic.isEmpty();
    }
}
