package dev.nereid.server.config;

import dev.nereid.server.access.AccessConfig;
import dev.nereid.server.cache.CacheConfig;
import dev.nereid.server.grpc.GrpcConfig;
import dev.nereid.server.http.HttpConfig;
import dev.nereid.server.http.MetricsConfig;
import dev.nereid.server.http.SageMakerConfig;
import dev.nereid.server.http.VertexAiConfig;
import dev.nereid.server.observe.AccessLogConfig;
import dev.nereid.server.observe.LogConfig;
import dev.nereid.server.observe.TraceConfig;
import dev.nereid.server.protocol.BindAddress;
import dev.nereid.server.repository.RepositoryConfig;
import dev.nereid.server.schedule.limit.RateLimitConfig;
import dev.nereid.server.tensorflow.TensorflowConfig;
import dev.nereid.server.tls.TlsConfig;
import dev.nereid.server.torchserve.ListenAddress;
import dev.nereid.server.torchserve.TorchServeConfig;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Everything that the command line decides, one record a concern.
 *
 * @param exitTimeout what requests in flight and unloading models get when the server stops
 * @param drainDelay how long the server is not ready and serves on before it stops; zero for not at all
 * @param exitOnError whether a start-up model that cannot be loaded ends the server
 * @param pinnedMemoryBytes what may be pinned of the machine's memory for copies to and from GPUs
 * @param requestMemoryBytes what the tensors of requests in flight may take of native memory
 * @param clientSharedMemory whether clients may register shared memory
 * @param cache where models that allow it keep their answers; empty for nowhere
 * @param rateLimit which instances may start a batch
 * @param machineMetrics whether metrics show the machine's processors and memory
 * @param gpuMetrics time between two readings of what GPUs measure; empty if metrics do not show it
 * @param singlePort whether gRPC and HTTP/2 are served at the port of HTTP, and gRPC has no port of its own
 * @param sageMaker the front for SageMaker; there where it is one of {@code fronts}
 * @param vertexAi the front for Vertex AI; there where it is one of {@code fronts}
 * @param tensorflow the fronts of TensorFlow Serving's kind; there where one of {@code fronts} is
 * @param torchServe the fronts of TorchServe's kind; there where one of {@code fronts} is
 * @param access who may ask
 * @param accessLog where calls are logged
 * @param fronts those that are opened, in the order of {@link Front}; the configurations of the others are not used
 */
public record ServerConfig(
        Duration exitTimeout,
        Duration drainDelay,
        boolean exitOnError,
        LogConfig log,
        EngineConfig engine,
        RepositoryConfig repository,
        Set<Front> fronts,
        HttpConfig http,
        GrpcConfig grpc,
        MetricsConfig metrics,
        boolean singlePort,
        Optional<SageMakerConfig> sageMaker,
        Optional<VertexAiConfig> vertexAi,
        Optional<TensorflowConfig> tensorflow,
        Optional<TorchServeConfig> torchServe,
        Optional<CacheConfig> cache,
        RateLimitConfig rateLimit,
        boolean machineMetrics,
        Optional<Duration> gpuMetrics,
        long pinnedMemoryBytes,
        long requestMemoryBytes,
        boolean clientSharedMemory,
        TraceConfig trace,
        AccessConfig access,
        AccessLogConfig accessLog) {
    public ServerConfig {
        Objects.requireNonNull(exitTimeout, "exitTimeout");
        Objects.requireNonNull(drainDelay, "drainDelay");
        Objects.requireNonNull(log, "log");
        Objects.requireNonNull(engine, "engine");
        Objects.requireNonNull(repository, "repository");
        fronts = Collections.unmodifiableSet(fronts.isEmpty() ? EnumSet.noneOf(Front.class) : EnumSet.copyOf(fronts));
        Objects.requireNonNull(http, "http");
        Objects.requireNonNull(grpc, "grpc");
        Objects.requireNonNull(metrics, "metrics");
        if (singlePort && !(fronts.contains(Front.HTTP) && fronts.contains(Front.GRPC))) {
            throw new IllegalArgumentException("a single port needs both HTTP and gRPC");
        }
        Objects.requireNonNull(sageMaker, "sageMaker");
        Objects.requireNonNull(vertexAi, "vertexAi");
        Objects.requireNonNull(tensorflow, "tensorflow");
        Objects.requireNonNull(torchServe, "torchServe");
        Objects.requireNonNull(trace, "trace");
        Objects.requireNonNull(access, "access");
        Objects.requireNonNull(accessLog, "accessLog");
        Objects.requireNonNull(cache, "cache");
        Objects.requireNonNull(rateLimit, "rateLimit");
        Objects.requireNonNull(gpuMetrics, "gpuMetrics");
    }

    /** This configuration with other settings of TensorFlow Serving's fronts. */
    public ServerConfig withTensorflow(TensorflowConfig newTensorflow) {
        return new ServerConfig(
                exitTimeout,
                drainDelay,
                exitOnError,
                log,
                engine,
                repository,
                fronts,
                http,
                grpc,
                metrics,
                singlePort,
                sageMaker,
                vertexAi,
                Optional.of(newTensorflow),
                torchServe,
                cache,
                rateLimit,
                machineMetrics,
                gpuMetrics,
                pinnedMemoryBytes,
                requestMemoryBytes,
                clientSharedMemory,
                trace,
                access,
                accessLog);
    }

    /** This configuration over other models, without a front. */
    public ServerConfig withoutFronts(RepositoryConfig newRepository) {
        return new ServerConfig(
                exitTimeout,
                drainDelay,
                exitOnError,
                log,
                engine,
                newRepository,
                Set.of(),
                http,
                grpc,
                metrics,
                false,
                sageMaker,
                vertexAi,
                tensorflow,
                torchServe,
                cache,
                rateLimit,
                machineMetrics,
                Optional.empty(),
                pinnedMemoryBytes,
                requestMemoryBytes,
                clientSharedMemory,
                trace,
                access,
                accessLog);
    }

    /** What a front listens on. */
    public BindAddress bind(Front front) {
        return new BindAddress(address(front), port(front));
    }

    /** The address that a front listens at. */
    public String address(Front front) {
        return switch (front) {
            case HTTP -> http.address();
            case GRPC -> grpc.address();
            case METRICS -> metrics.address();
            case SAGEMAKER -> sageMaker.orElseThrow().http().address();
            case VERTEX_AI -> vertexAi.orElseThrow().http().address();
            case TENSORFLOW_REST -> tensorflow.orElseThrow().rest().address();
            case TENSORFLOW_GRPC -> tensorflow.orElseThrow().grpc().address();
            case TENSORFLOW_GRPC_SOCKET ->
                tensorflow.orElseThrow().grpcSocket().orElseThrow().address();
            default -> torchServe(front).host();
        };
    }

    /** What a front shows of TLS, and asks; empty where it is served in the clear. */
    public Optional<TlsConfig> tls(Front front) {
        return switch (front) {
            case HTTP -> http.tls();
            case GRPC -> grpc.tls();
            case METRICS -> metrics.tls();
            case SAGEMAKER -> sageMaker.orElseThrow().http().tls();
            case VERTEX_AI -> vertexAi.orElseThrow().http().tls();
            case TENSORFLOW_REST -> tensorflow.orElseThrow().rest().tls();
            case TENSORFLOW_GRPC, TENSORFLOW_GRPC_SOCKET ->
                tensorflow.orElseThrow().grpc().tls();
            case TORCHSERVE_GRPC, TORCHSERVE_GRPC_MANAGEMENT ->
                torchServe.orElseThrow().grpcTls();
            default -> torchServe(front).tls() ? torchServe.orElseThrow().httpTls() : Optional.empty();
        };
    }

    /** Whether other servers may listen at the port of a front too. */
    public boolean reusePort(Front front) {
        return switch (front) {
            case HTTP -> http.reusePort();
            case GRPC -> grpc.reusePort();
            default -> false;
        };
    }

    /** The port that a front shall listen on; 0 for any free one. */
    public int port(Front front) {
        return switch (front) {
            case HTTP -> http.port();
            case GRPC -> grpc.port();
            case METRICS -> metrics.port();
            case SAGEMAKER -> sageMaker.orElseThrow().http().port();
            case VERTEX_AI -> vertexAi.orElseThrow().http().port();
            case TENSORFLOW_REST -> tensorflow.orElseThrow().rest().port();
            case TENSORFLOW_GRPC -> tensorflow.orElseThrow().grpc().port();
            case TENSORFLOW_GRPC_SOCKET -> 0;
            default -> torchServe(front).port();
        };
    }

    /** Where a front of TorchServe's kind listens. */
    public ListenAddress torchServe(Front front) {
        TorchServeConfig.Addresses addresses = torchServe.orElseThrow().addresses();
        return switch (front) {
            case TORCHSERVE_INFERENCE -> addresses.inference();
            case TORCHSERVE_MANAGEMENT -> addresses.management();
            case TORCHSERVE_METRICS -> addresses.metrics();
            case TORCHSERVE_GRPC -> addresses.grpcInference();
            case TORCHSERVE_GRPC_MANAGEMENT -> addresses.grpcManagement();
            default -> throw new IllegalArgumentException(front + " is no front of TorchServe's kind");
        };
    }

    /** This configuration with fronts of TorchServe's kind, and no others. */
    public ServerConfig withTorchServe(TorchServeConfig torch) {
        Set<Front> its = EnumSet.of(
                Front.TORCHSERVE_INFERENCE,
                Front.TORCHSERVE_MANAGEMENT,
                Front.TORCHSERVE_GRPC,
                Front.TORCHSERVE_GRPC_MANAGEMENT);
        if (torch.metrics().served()) {
            its.add(Front.TORCHSERVE_METRICS);
        }
        return new ServerConfig(
                exitTimeout,
                drainDelay,
                exitOnError,
                log,
                engine,
                repository,
                its,
                http,
                grpc,
                metrics,
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(torch),
                cache,
                rateLimit,
                machineMetrics,
                gpuMetrics,
                pinnedMemoryBytes,
                requestMemoryBytes,
                clientSharedMemory,
                trace,
                access,
                accessLog);
    }
}
