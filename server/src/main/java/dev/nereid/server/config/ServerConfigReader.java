package dev.nereid.server.config;

import dev.nereid.models.device.PinnedMemoryBudget;
import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.grpc.GrpcConfig;
import dev.nereid.server.grpc.GrpcLimits;
import dev.nereid.server.grpc.KeepAlive;
import dev.nereid.server.grpc.ResponseCompression;
import dev.nereid.server.http.AllowedHosts;
import dev.nereid.server.http.Cors;
import dev.nereid.server.http.HttpConfig;
import dev.nereid.server.http.MetricsConfig;
import dev.nereid.server.http.connection.HttpLimits;
import dev.nereid.server.observe.AccessLogConfig;
import dev.nereid.server.observe.LogConfig;
import dev.nereid.server.protocol.BindAddress;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.HeaderForwarding;
import dev.nereid.server.repository.RepositoryConfig;
import dev.nereid.server.repository.folders.RepositoryRoot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** From the flags of {@code nereid serve} to the server's configuration; the only place that knows Triton's defaults. */
public final class ServerConfigReader {
    private static final String ANY_ADDRESS = "0.0.0.0";
    private static final int MAX_PORT = 65535;

    private ServerConfigReader() {}

    /**
     * Checks and converts the flags.
     *
     * @param roots where models lie, at least one
     * @throws CommandLineException in Triton's words where flags do not go together
     */
    public static ServerConfig read(ParsedFlags flags, List<RepositoryRoot> roots) {
        return read(flags, roots, System.getenv());
    }

    /**
     * As the other method does.
     *
     * @param environment the variables of the process, among them those that SageMaker and Vertex AI set
     */
    public static ServerConfig read(ParsedFlags flags, List<RepositoryRoot> roots, Map<String, String> environment) {
        String name = flags.text("id").orElse("triton");
        String httpAddress = flags.text("http-address").orElse(ANY_ADDRESS);
        long maxInputSize = flags.longInteger("http-max-input-size", 64L << 20);
        if (maxInputSize <= 0) {
            throw new CommandLineException("Error: --http-max-input-size must be greater than 0.");
        }
        HttpConfig http = HttpConfig.of(httpAddress, flags.integer("http-port", 8000), name)
                .withReusePort(flags.bool("reuse-http-port", false))
                .withLimits(HttpLimits.DEFAULT
                        .withMostInputBytes(maxInputSize)
                        .withMostConnections(
                                positive(flags, "http-max-connections", HttpLimits.DEFAULT.mostConnections())))
                .withKeys(RestrictionFlags.read(flags, "http-restricted-api"))
                .withForwarding(forwarding(flags, "http-header-forward-pattern"))
                .withCors(new Cors(Set.copyOf(flags.texts("http-cors-origin"))))
                .withHosts(AllowedHosts.of(httpAddress, flags.texts("http-allowed-host")))
                .withDialect(Dialect.of(flags.bool("triton-compat", true)))
                .withTls(TlsFlags.read(flags, "http"));
        GrpcConfig grpc = new GrpcConfig(
                flags.text("grpc-address").orElse(ANY_ADDRESS),
                flags.integer("grpc-port", 8001),
                name,
                keepAlive(flags),
                grpcLimits(flags),
                RestrictionFlags.read(flags, "grpc-restricted-protocol"),
                forwarding(flags, "grpc-header-forward-pattern"),
                TlsFlags.read(flags, "grpc"),
                compression(flags),
                flags.bool("reuse-grpc-port", false));
        RepositoryConfig repository = RepositoryFlags.read(flags, roots, environment);
        ServerConfig config = new ServerConfig(
                Duration.ofSeconds(Math.max(flags.integer("exit-timeout-secs", 30), 0)),
                Duration.ofSeconds(Math.max(flags.integer("drain-delay-secs", 0), 0)),
                flags.bool("exit-on-error", true),
                log(flags),
                EngineConfig.read(flags),
                repository,
                fronts(flags, environment),
                http,
                grpc,
                metrics(flags, httpAddress),
                singlePort(flags),
                SageMakerFlags.read(flags, environment, http.withReusePort(false)),
                VertexAiFlags.read(flags, environment, http.withReusePort(false)),
                TensorflowFlags.read(flags, http, grpc),
                Optional.empty(),
                CacheFlags.read(flags, environment),
                RateLimitFlags.read(flags),
                flags.bool("allow-cpu-metrics", true),
                gpuMetrics(flags),
                pinnedMemoryBytes(flags),
                RepositoryFlags.requestBytes(flags, repository.memoryLimit()),
                flags.bool("allow-client-shm", false),
                TraceFlags.read(flags),
                AccessFlags.read(flags),
                accessLog(flags));
        checkPorts(config);
        checkPortsDiffer(config);
        SageMakerFlags.checkSafePorts(flags, config);
        return config;
    }

    private static boolean singlePort(ParsedFlags flags) {
        if (!flags.bool("single-port", false)) {
            return false;
        }
        if (!flags.bool("allow-http", true) || !flags.bool("allow-grpc", true)) {
            throw new CommandLineException(
                    "Error: --single-port serves HTTP and gRPC at --http-port; leave out --allow-http=false and --allow-grpc=false.");
        }
        if (TlsFlags.read(flags, "grpc").isPresent()
                || TlsFlags.read(flags, "http").isPresent()) {
            throw new CommandLineException(
                    "Error: --single-port serves without TLS, which the proxy before it ends; leave out --grpc-use-ssl, --http-use-ssl and --tls-cert.");
        }
        return true;
    }

    private static MetricsConfig metrics(ParsedFlags flags, String httpAddress) {
        String address = flags.text("metrics-address")
                .filter(given -> !given.isEmpty())
                .orElse(BindAddress.isUnixSocket(httpAddress) ? ANY_ADDRESS : httpAddress);
        AllowedHosts hosts = AllowedHosts.of(address, flags.texts("http-allowed-host"));
        return new MetricsConfig(address, flags.integer("metrics-port", 8002), hosts, TlsFlags.read(flags, "metrics"));
    }

    /** How to log; read first, so that what follows can. */
    public static LogConfig log(ParsedFlags flags) {
        return new LogConfig(
                Math.max(flags.verbosity("log-verbose"), 0),
                flags.bool("log-info", true),
                flags.bool("log-warning", true),
                flags.bool("log-error", true),
                flags.text("log-format").flatMap(LogConfig.Format::find).orElse(LogConfig.Format.DEFAULT),
                flags.text("log-file").orElse(""));
    }

    private static AccessLogConfig accessLog(ParsedFlags flags) {
        String share = "access-log-sample";
        Optional<Path> file =
                flags.text("access-log").filter(path -> !path.isEmpty()).map(Path::of);
        try {
            return new AccessLogConfig(file, flags.real(share, 1));
        } catch (IllegalArgumentException e) {
            throw CommandLineException.badOption(share, String.valueOf(e.getMessage()));
        }
    }

    private static ResponseCompression compression(ParsedFlags flags) {
        return flags.text("grpc-infer-response-compression-level")
                .flatMap(ResponseCompression::find)
                .orElse(ResponseCompression.NONE);
    }

    private static HeaderForwarding forwarding(ParsedFlags flags, String flag) {
        try {
            return HeaderForwarding.of(flags.text(flag).orElse(""));
        } catch (IllegalArgumentException e) {
            throw CommandLineException.badOption(flag, String.valueOf(e.getMessage()));
        }
    }

    private static KeepAlive keepAlive(ParsedFlags flags) {
        KeepAlive defaults = KeepAlive.DEFAULT;
        return new KeepAlive(
                millis(flags, "grpc-keepalive-time", defaults.time(), 1),
                millis(flags, "grpc-keepalive-timeout", defaults.timeout(), 1),
                flags.bool("grpc-keepalive-permit-without-calls", defaults.permitWithoutCalls()),
                millis(flags, "grpc-http2-min-recv-ping-interval-without-data", defaults.leastPingInterval(), 0),
                millis(flags, "grpc-max-connection-age", defaults.connectionAge(), 0),
                millis(flags, "grpc-max-connection-age-grace", defaults.connectionAgeGrace(), 0));
    }

    private static GrpcLimits grpcLimits(ParsedFlags flags) {
        GrpcLimits defaults = GrpcLimits.DEFAULT;
        return new GrpcLimits(
                positive(flags, "grpc-max-connections", defaults.mostConnections()),
                positive(flags, "grpc-max-concurrent-calls", defaults.mostCallsPerConnection()),
                positive(flags, "grpc-max-resets", defaults.mostResets()),
                millis(flags, "grpc-read-timeout", defaults.readTimeout(), 1),
                millis(flags, "grpc-max-connection-idle", defaults.idleTimeout(), 0));
    }

    private static int positive(ParsedFlags flags, String flag, int whenAbsent) {
        int number = flags.integer(flag, whenAbsent);
        if (number < 1) {
            throw CommandLineException.badOption(flag, "Expected at least 1. Got " + number);
        }
        return number;
    }

    private static long pinnedMemoryBytes(ParsedFlags flags) {
        String flag = "pinned-memory-pool-byte-size";
        long bytes = flags.longInteger(flag, PinnedMemoryBudget.DEFAULT_BYTES);
        if (bytes < 0) {
            throw CommandLineException.badOption(flag, "Expected at least 0. Got " + bytes);
        }
        return bytes;
    }

    private static Optional<Duration> gpuMetrics(ParsedFlags flags) {
        Duration interval = millis(flags, "metrics-interval-ms", Duration.ofSeconds(2), 1);
        boolean wanted = flags.bool("allow-metrics", true) && flags.bool("allow-gpu-metrics", true);
        return wanted ? Optional.of(interval) : Optional.empty();
    }

    private static Duration millis(ParsedFlags flags, String flag, Duration whenAbsent, int least) {
        int millis = flags.integer(flag, (int) whenAbsent.toMillis());
        if (millis < least) {
            throw CommandLineException.badOption(flag, "Expected at least " + least + ". Got " + millis);
        }
        return Duration.ofMillis(millis);
    }

    private static Set<Front> fronts(ParsedFlags flags, Map<String, String> environment) {
        Set<Front> fronts = EnumSet.noneOf(Front.class);
        boolean usual = !VertexAiFlags.isOnlyWayIn(environment);
        if (flags.bool("allow-http", usual)) {
            fronts.add(Front.HTTP);
        }
        if (flags.bool("allow-grpc", usual)) {
            fronts.add(Front.GRPC);
        }
        if (flags.bool("allow-metrics", true)) {
            fronts.add(Front.METRICS);
        }
        if (SageMakerFlags.isWanted(flags)) {
            fronts.add(Front.SAGEMAKER);
        }
        if (VertexAiFlags.isWanted(flags, environment)) {
            fronts.add(Front.VERTEX_AI);
        }
        if (TensorflowFlags.isRestWanted(flags)) {
            fronts.add(Front.TENSORFLOW_REST);
        }
        if (TensorflowFlags.isGrpcWanted(flags)) {
            fronts.add(Front.TENSORFLOW_GRPC);
        }
        if (TensorflowFlags.isGrpcSocketWanted(flags)) {
            fronts.add(Front.TENSORFLOW_GRPC_SOCKET);
        }
        return fronts;
    }

    /** Whether a number is a port, or 0 for any free one. */
    static boolean isPort(int number) {
        return number >= 0 && number <= MAX_PORT;
    }

    /** As in Triton, what a front that is not opened was given does not matter. */
    private static void checkPorts(ServerConfig config) {
        for (Front front : config.fronts()) {
            int port = config.port(front);
            if (!isPort(port)) {
                throw CommandLineException.badOption(
                        front.portFlag(),
                        "The port of " + front.title() + " lies between 0 and " + MAX_PORT + ". Got " + port);
            }
        }
    }

    private static void checkPortsDiffer(ServerConfig config) {
        Map<String, Front> taken = new HashMap<>();
        for (Front front : Front.values()) {
            boolean shared = config.singlePort() && front == Front.GRPC;
            if (!config.fronts().contains(front) || shared) {
                continue;
            }
            BindAddress bind = config.bind(front);
            if (bind.port() == 0 && bind.socketFile().isEmpty()) {
                continue;
            }
            String place = bind.toString();
            Front other = taken.putIfAbsent(place, front);
            if (other != null) {
                throw new CommandLineException("The server cannot listen to " + other.title() + " requests and "
                        + front.title() + " requests at the same address and port " + place);
            }
        }
    }
}
