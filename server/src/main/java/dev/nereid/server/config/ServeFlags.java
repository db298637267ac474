package dev.nereid.server.config;

import static dev.nereid.server.cli.Flag.active;
import static dev.nereid.server.cli.Flag.deprecated;
import static dev.nereid.server.cli.Flag.inert;
import static dev.nereid.server.cli.FlagKind.BOOLEAN;
import static dev.nereid.server.cli.FlagKind.COMPRESSION;
import static dev.nereid.server.cli.FlagKind.CONTROL_MODE;
import static dev.nereid.server.cli.FlagKind.GRPC_RESPONSES;
import static dev.nereid.server.cli.FlagKind.GRPC_THREADS;
import static dev.nereid.server.cli.FlagKind.INTEGER;
import static dev.nereid.server.cli.FlagKind.LOG_FORMAT;
import static dev.nereid.server.cli.FlagKind.LONG;
import static dev.nereid.server.cli.FlagKind.NONE;
import static dev.nereid.server.cli.FlagKind.PATH;
import static dev.nereid.server.cli.FlagKind.RATE_LIMIT;
import static dev.nereid.server.cli.FlagKind.REAL;
import static dev.nereid.server.cli.FlagKind.RESOURCE;
import static dev.nereid.server.cli.FlagKind.SETTING;
import static dev.nereid.server.cli.FlagKind.TEXT;
import static dev.nereid.server.cli.FlagKind.VERBOSITY;

import dev.nereid.server.cli.Flag;
import dev.nereid.server.cli.FlagGroup;
import java.util.ArrayList;
import java.util.List;

/** The flags of {@code nereid serve}: Triton's, under Triton's names and with its defaults, and a few of our own. */
public final class ServeFlags {
    private static final String RESTRICTED =
            "<group>[,<group>...]:<key>=<value>: calls of these groups need a header; may be given several times. "
                    + "Groups: health, metadata, inference, shared-memory, model-config, model-repository, statistics, "
                    + "trace, logging.";

    private static final FlagGroup SERVER = FlagGroup.of(
            "Server",
            active("help", NONE, "Print this text."),
            active("id", TEXT, "Name of the server in its metadata. Default: triton."),
            active(
                    "exit-timeout-secs",
                    INTEGER,
                    "Seconds that requests in flight and unloading models get when the server stops; after that the "
                            + "server exits with code 1. Default: 30."));

    private static final FlagGroup NEREID = FlagGroup.of(
            "Nereid's own",
            active(
                    "kernels",
                    TEXT,
                    "Best kernels to use: scalar, vector or native. Default: the best that this machine has."),
            active("threads", INTEGER, "Threads that compute. Default: one for each processor."),
            active(
                    "plan-cache-dir",
                    PATH,
                    "Folder for what this machine's kernels cost, by which the algorithms of layers are chosen. It is "
                            + "measured once, in some seconds of the first start, and read by later ones. Default: "
                            + "none; rules choose."),
            active(
                    "memory-limit",
                    TEXT,
                    "Native memory that the server may take for models, their runs and requests, as bytes, with a unit "
                            + "(4G) or as a share of the machine's memory (75%). Models and requests that would not fit "
                            + "are refused. Default: what the machine or container has, less the Java heap and a "
                            + "reserve."),
            active(
                    "request-memory-limit",
                    TEXT,
                    "Native memory that the tensors of requests in flight may take of it, over all connections; in the "
                            + "same form. Requests beyond it get 503 or RESOURCE_EXHAUSTED. Half of the Java heap is "
                            + "the limit of what they take there. Default: half of --memory-limit."),
            active(
                    "config-variables",
                    TEXT,
                    "Models in whose config.pbtxt ${NAME} and ${NAME:-default} stand for environment variables: off, local "
                            + "(those of folders on this machine) or all (those of stores too). Default: off."),
            active(
                    "model-memory-budget",
                    TEXT,
                    "Native memory that loaded models may take with --model-control-mode=on-demand, in the form of "
                            + "--memory-limit: the model that was asked for least recently goes when another one needs "
                            + "room. Default: half of --memory-limit."),
            active(
                    "shadow-differences-file",
                    TEXT,
                    "File that gets samples of what shadow versions answer differently, a line of JSON each, at most one a "
                            + "second and 64 MiB. Default: none, the log gets them."),
            active(
                    "triton-compat",
                    BOOLEAN,
                    "Answer over HTTP exactly as Triton does. false: 400 for malformed JSON, FP16 and BF16 in JSON, "
                            + "binary_data_output for listed outputs too, events for decoupled models. Default: "
                            + "true."),
            active(
                    "scheduler",
                    TEXT,
                    "Policy of models whose config names none: triton or adaptive; models with settings that only "
                            + "Triton's policy has keep it. Default: triton."),
            active(
                    "single-port",
                    BOOLEAN,
                    "Serve HTTP/1.1, HTTP/2 without TLS and gRPC at --http-port, told apart by the first bytes of a "
                            + "connection and by content types; --grpc-port is not opened. Default: false."),
            active(
                    "drain-delay-secs",
                    INTEGER,
                    "Seconds that the server serves on after SIGTERM while it is not ready and its HTTP answers end their "
                            + "connections, so that load balancers and clients find another one; then gRPC sends GOAWAY "
                            + "and what is in flight gets --exit-timeout-secs. Default: 0, refuse new requests at once as "
                            + "Triton does."),
            active(
                    "prefer-gpu",
                    NONE,
                    "Put instance groups of no kind or KIND_AUTO on the GPUs that they list, or on all, where those are "
                            + "there. Without it they are on the CPU."));

    private static final FlagGroup LOGGING = FlagGroup.of(
            "Logging",
            active("log-verbose", VERBOSITY, "Level of verbose messages. Default: 0, none."),
            active("log-info", BOOLEAN, "Write informational messages. Default: true."),
            active("log-warning", BOOLEAN, "Write warnings. Default: true."),
            active("log-error", BOOLEAN, "Write errors. Default: true."),
            active("log-format", LOG_FORMAT, "How a line begins, or json: a JSON object a line. Default: default."),
            active(
                    "log-file",
                    PATH,
                    "File to log to. Default: none; messages go to standard output, warnings and errors to standard "
                            + "error."),
            active(
                    "access-log",
                    PATH,
                    "File that gets a line of JSON for each call, HTTP and gRPC; at 100 MiB it becomes <file>.1 and begins "
                            + "anew. Default: none."),
            active(
                    "access-log-sample",
                    REAL,
                    "Share of the calls that succeed that get a line, 0 to 1; all that fail get one. Default: 1."));

    private static final FlagGroup REPOSITORY = FlagGroup.of(
            "Model repository",
            active(
                    "model-repository",
                    PATH,
                    "Folder of models; may be given several times. Default: the example repository, where there is "
                            + "one."),
            active("model-store", PATH, "The same as --model-repository."),
            active("exit-on-error", BOOLEAN, "Exit when a model fails to load at start. Default: true."),
            active("disable-auto-complete-config", NONE, "Take model configs as they are; complete nothing."),
            active(
                    "strict-readiness",
                    BOOLEAN,
                    "Be ready only while every model is ready; false: as soon as the server answers. Default: true."),
            active(
                    "model-control-mode",
                    CONTROL_MODE,
                    "none: load every model at start; poll: also follow changes of the folders; explicit: load "
                            + "only models named by --load-model and by clients; on-demand: as explicit, and a request "
                            + "loads the model that it is for. Default: none."),
            active("repository-poll-secs", INTEGER, "Seconds between two looks at the folders. Default: 15."),
            active(
                    "load-model",
                    TEXT,
                    "Model to load at start in explicit mode; may be given several times. * alone means all."),
            active("model-config-name", TEXT, "Prefer <model>/configs/<name>.pbtxt over <model>/config.pbtxt."),
            active(
                    "model-namespacing",
                    BOOLEAN,
                    "Let folders of --model-repository have models of one name; an ensemble takes those of its own folder "
                            + "first, and a request that names one finds it only while no other has its name. Default: "
                            + "false."),
            active("model-load-thread-count", INTEGER, "Models that load at the same time. Default: 4."),
            active("model-load-retry-count", INTEGER, "Further attempts after a failed load. Default: 0."),
            active(
                    "backend-config",
                    SETTING,
                    "[<backend>,]<setting>=<value>: a setting of one backend or of all; may be given several times. "
                            + "Known: default-max-batch-size, onnxruntime,intra_op_thread_count (cores that one "
                            + "execution has; 0 for all), tensorflow,signatures (all or default: which signatures of a "
                            + "SavedModel are loaded), java,allow-uploaded-code."),
            active(
                    "host-policy",
                    SETTING,
                    "<policy>,<setting>=<value>: where the threads of instances run; may be given several times. "
                            + "Settings: cpu-cores (0-3,8) and numa-node. Groups name a policy; others have cpu or "
                            + "model, by their kind."));

    private static final FlagGroup HTTP = FlagGroup.of(
            "HTTP",
            active("allow-http", BOOLEAN, "Serve HTTP. Default: true."),
            active("http-address", TEXT, "Address to listen at, or unix:PATH, a Unix domain socket. Default: 0.0.0.0."),
            active("http-port", INTEGER, "Port; 0 takes a free one. Default: 8000."),
            active("http-max-input-size", LONG, "Largest request body in bytes. Default: 67108864."),
            inert("http-thread-count", INTEGER, "Threads for HTTP; each request has a virtual thread of its own here."),
            active("reuse-http-port", BOOLEAN, "Share the port with other servers that say so too. Default: false."),
            active(
                    "http-header-forward-pattern",
                    TEXT,
                    "Headers whose names contain this regular expression become parameters of inference requests."),
            active("http-restricted-api", TEXT, RESTRICTED),
            active(
                    "http-max-connections",
                    INTEGER,
                    "Connections at a time; further ones wait. Default: 16384. Not one of Triton's flags."),
            active(
                    "http-cors-origin",
                    TEXT,
                    "Origin of a web page that may read answers and send requests that change something, as "
                            + "https://example.org:8443, or * for any; repeatable. Default: none. Not one of Triton's "
                            + "flags."),
            active(
                    "http-allowed-host",
                    TEXT,
                    "Name that requests may give in their Host header beside addresses and names that are not public; * "
                            + "for any; repeatable. Default: none where the server listens on loopback, else any but "
                            + "from web browsers on this machine. Not one of Triton's flags."));

    private static final FlagGroup GRPC = FlagGroup.of(
            "gRPC",
            active("allow-grpc", BOOLEAN, "Serve gRPC. Default: true."),
            active("grpc-address", TEXT, "Address to listen at, or unix:PATH, a Unix domain socket. Default: 0.0.0.0."),
            active("grpc-port", INTEGER, "Port; 0 takes a free one. Default: 8001."),
            active("grpc-keepalive-time", INTEGER, "Milliseconds between two pings. Default: 7200000."),
            active("grpc-keepalive-timeout", INTEGER, "Milliseconds to wait for a ping's answer. Default: 20000."),
            active(
                    "grpc-keepalive-permit-without-calls",
                    BOOLEAN,
                    "Let clients ping connections without a call. Default: false."),
            active(
                    "grpc-http2-min-recv-ping-interval-without-data",
                    INTEGER,
                    "Least milliseconds between two pings of a client. Default: 300000."),
            active(
                    "grpc-max-connection-age",
                    INTEGER,
                    "Milliseconds after which a connection is closed. Default: 0, never."),
            active(
                    "grpc-max-connection-age-grace",
                    INTEGER,
                    "Milliseconds that calls then get to finish. Default: 0, no limit."),
            active(
                    "grpc-max-connection-idle",
                    INTEGER,
                    "Milliseconds after which a connection without a call is closed; 0: never. Default: 300000. Not one "
                            + "of Triton's flags."),
            active(
                    "grpc-max-connections",
                    INTEGER,
                    "Connections at a time; further ones are closed at once. Default: 16384. Not one of Triton's flags."),
            active(
                    "grpc-max-concurrent-calls",
                    INTEGER,
                    "Calls that one connection may have at a time; all together may have 64 times as many. Default: 1024. "
                            + "Not one of Triton's flags."),
            active(
                    "grpc-max-resets",
                    INTEGER,
                    "Calls that may be reset on one connection in 10 seconds; more close it. Default: 2048. Not one of "
                            + "Triton's flags."),
            active(
                    "grpc-read-timeout",
                    INTEGER,
                    "Milliseconds that a client may take to begin a connection, but no more than 10000, and from the first to "
                            + "the last byte of a frame or of a call's headers. Default: 30000. Not one of Triton's flags."),
            active("reuse-grpc-port", BOOLEAN, "Share the port with other servers that say so too. Default: false."),
            active(
                    "grpc-header-forward-pattern",
                    TEXT,
                    "Metadata whose names contain this regular expression become parameters of inference requests."),
            inert("grpc-infer-thread-count", GRPC_THREADS, "Threads that take requests."),
            inert("grpc-infer-allocation-pool-size", INTEGER, "Request states kept for reuse."),
            inert("grpc-max-response-pool-size", GRPC_RESPONSES, "Responses alive at the same time."),
            active(
                    "grpc-infer-response-compression-level",
                    COMPRESSION,
                    "Compression of the responses of inference calls, for clients that accept it. Default: none."),
            inert("grpc-http2-max-pings-without-data", INTEGER, "Pings without data between."),
            inert("grpc-http2-max-ping-strikes", INTEGER, "Bad pings after which a connection is closed."),
            active("grpc-use-ssl", BOOLEAN, "Serve gRPC with TLS. Default: whether there is --tls-cert."),
            active(
                    "grpc-use-ssl-mutual",
                    BOOLEAN,
                    "Ask clients for a certificate; turns TLS on with any value. Default: whether there is --tls-client-ca."),
            active("grpc-server-cert", PATH, "PEM file of the certificate for TLS. Default: --tls-cert."),
            active("grpc-server-key", PATH, "PEM file of the certificate's key, in PKCS 8. Default: --tls-key."),
            active(
                    "grpc-root-cert",
                    PATH,
                    "PEM file of the authority whose certificates clients show. Default: --tls-client-ca."),
            active("grpc-restricted-protocol", TEXT, RESTRICTED + " The header is triton-grpc-protocol-<key>."));

    private static final FlagGroup METRICS = FlagGroup.of(
            "Metrics",
            active("allow-metrics", BOOLEAN, "Serve metrics. Default: true."),
            active(
                    "metrics-address",
                    TEXT,
                    "Address to listen at, or unix:PATH. Default: that of --http-address, if it is no socket."),
            active("metrics-port", INTEGER, "Port; 0 takes a free one. Default: 8002."),
            active(
                    "allow-gpu-metrics",
                    BOOLEAN,
                    "Report GPUs, where NVIDIA's libnvidia-ml.so.1 is there. Default: true."),
            active("allow-cpu-metrics", BOOLEAN, "Report processors and memory. Default: true."),
            active(
                    "metrics-interval-ms",
                    INTEGER,
                    "Milliseconds between two readings of GPUs; all else is read when metrics are asked for. Default: "
                            + "2000."),
            active(
                    "metrics-config",
                    SETTING,
                    "<setting>=<value>: how durations are reported; may be given several times. counter_latencies "
                            + "(true), histogram_latencies (false), summary_latencies (false), summary_quantiles "
                            + "(0.5:0.05,0.9:0.01,0.95:0.001,0.99:0.001,0.999:0.001)."));

    private static final FlagGroup SHARED_MEMORY = FlagGroup.of(
            "Shared memory",
            active(
                    "allow-client-shm",
                    BOOLEAN,
                    "Let clients register shared memory, which gives them every shared memory object that the server's "
                            + "user may open. Default: false."));

    private static final FlagGroup TRACING = FlagGroup.of(
            "Tracing",
            active(
                    "trace-config",
                    SETTING,
                    "[<mode>,]<setting>=<value>: what is traced, and where traces go to; may be given several times. "
                            + "mode (triton) is triton, for JSON files, or opentelemetry, for a collector; level (OFF) is "
                            + "TIMESTAMPS, TENSORS or OFF; rate (1000) traces one request in so many; count (-1) that "
                            + "many at most. triton,file=<path>; triton,log-frequency (0): so many traces a file. "
                            + "opentelemetry,url (http://localhost:4318/v1/traces); opentelemetry,resource=<key>=<value>; "
                            + "opentelemetry,bsp_max_queue_size (2048), bsp_schedule_delay (5000 ms) and "
                            + "bsp_max_export_batch_size (512). Clients can change level, rate, count and log-frequency."),
            deprecated("trace-file", PATH, "File for traces.", replacedTrace("triton,file=<filepath>")),
            deprecated("trace-level", TEXT, "What is traced.", replacedTrace("level=<OFF|TIMESTAMPS|TENSORS>")),
            deprecated("trace-rate", INTEGER, "One request in so many is traced.", replacedTrace("rate=<rate value>")),
            deprecated("trace-count", INTEGER, "Requests left to trace.", replacedTrace("count=<count value>")),
            deprecated(
                    "trace-log-frequency",
                    INTEGER,
                    "Traces a file.",
                    replacedTrace("triton,log-frequency=<log frequency value>")));
    private static final FlagGroup CACHE = FlagGroup.of(
            "Response cache",
            active(
                    "cache-config",
                    SETTING,
                    "Keep answers of models whose config enables response_cache. local,size=<bytes>: so many bytes in "
                            + "all. redis,host=<host> and redis,port=<port>: in a Redis, which servers may share; "
                            + "further settings are in docs/response-cache.md. Default: no cache."));

    private static final FlagGroup RATE_LIMITER = FlagGroup.of(
            "Rate limiter",
            active(
                    "rate-limit",
                    RATE_LIMIT,
                    "execution_count: instances start in the order of their executions so far, and only while the "
                            + "resources are free that their group's rate_limiter names. Default: off."),
            active(
                    "rate-limit-resource",
                    RESOURCE,
                    "<name>:<count>[:<device>]: how much there is of a resource; may be given several times. Default: "
                            + "what the most demanding instance asks for."));

    private static final FlagGroup DEPRECATED = FlagGroup.of(
            "Deprecated",
            deprecated(
                    "response-cache-byte-size",
                    LONG,
                    "Bytes of the response cache; 0 for none.",
                    "! This will default to the 'local' cache implementation with the provided byte size for its "
                            + "config. Please use '--cache-config' instead. The equivalent --cache-config CLI args "
                            + "would be: '--cache-config=local,size=" + Flag.VALUE + "'"),
            deprecated(
                    "strict-model-config",
                    BOOLEAN,
                    "true means --disable-auto-complete-config.",
                    "! Please use '--disable-auto-complete-config' instead."));

    private ServeFlags() {}

    /** Triton's sentence, which lacks a quote. */
    private static String replacedTrace(String setting) {
        return " and will be removed in future releases. Please use '--trace-config " + setting + " instead.";
    }

    /** Every flag, in the order of the usage. */
    public static List<FlagGroup> all() {
        List<FlagGroup> groups = new ArrayList<>(List.of(
                SERVER,
                NEREID,
                LOGGING,
                REPOSITORY,
                HTTP,
                GRPC,
                METRICS,
                SHARED_MEMORY,
                TRACING,
                CACHE,
                RATE_LIMITER,
                DEPRECATED));
        groups.addAll(TlsFlags.groups());
        groups.add(AccessFlags.group());
        groups.addAll(PlatformFlags.all());
        groups.addAll(IgnoredFlags.all());
        return List.copyOf(groups);
    }
}
