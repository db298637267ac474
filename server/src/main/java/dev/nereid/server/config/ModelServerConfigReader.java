package dev.nereid.server.config;

import dev.nereid.proto.tensorflow.BatchingParameters;
import dev.nereid.proto.tensorflow.ModelConfig;
import dev.nereid.proto.tensorflow.ModelServerConfig;
import dev.nereid.proto.tensorflow.MonitoringConfig;
import dev.nereid.proto.tensorflow.SSLConfig;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.folders.RepositoryRoot;
import dev.nereid.server.tensorflow.TensorflowConfig;
import dev.nereid.server.tensorflow.models.ServedModels;
import dev.nereid.server.tensorflow.models.ServedModelsConfig;
import dev.nereid.server.tensorflow.models.TextFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * From the flags of {@code tensorflow_model_server} to the server's configuration: what the flags do not say is as {@code nereid
 * serve} has it.
 */
public final class ModelServerConfigReader {
    private static final String METRICS_PATH = "/monitoring/prometheus/metrics";

    private ModelServerConfigReader() {}

    /** The server, and the models that it serves. */
    public record Read(ServerConfig server, ServedModelsConfig models) {}

    /**
     * Reads flags and the files that they name.
     *
     * @param root the folder that the models are put together in
     * @param address where to listen; TensorFlow Serving listens everywhere
     * @throws StartException with one sentence if they do not go together, or a file cannot be read
     */
    public static Read read(ModelServerFlags flags, Path root, String address) {
        try {
            return tryRead(flags, root, address);
        } catch (InferException e) {
            throw new StartException("Failed to start server. Error: " + e.text(), e);
        }
    }

    private static Read tryRead(ModelServerFlags flags, Path root, String address) {
        Optional<BatchingParameters> batching = batching(flags);
        List<String> arguments = new ArrayList<>(List.of(
                "--allow-http=false",
                "--allow-grpc=false",
                "--allow-metrics=false",
                "--model-control-mode=explicit",
                "--exit-on-error=false",
                "--drain-delay-secs=" + flags.integer("drain_delay_secs"),
                "--http-address=" + address,
                "--grpc-address=" + address,
                "--http-max-input-size=" + (100L << 20),
                "--backend-config=default-max-batch-size="
                        + batching.map(ServedModels::mostBatch).orElse(0L)));
        if (flags.integer("port") != 0) {
            arguments.add("--tensorflow-grpc-port=" + port(flags, "port"));
        }
        if (!flags.text("grpc_socket_path").isEmpty()) {
            arguments.add("--tensorflow-grpc-socket=" + flags.text("grpc_socket_path"));
        }
        if (flags.integer("rest_api_port") != 0) {
            arguments.add("--tensorflow-rest-port=" + port(flags, "rest_api_port"));
        }
        if (flags.bool("rest_api_enable_cors_support")) {
            arguments.add("--http-cors-origin=*");
        }
        long cores = flags.longInteger("tensorflow_intra_op_parallelism");
        if (cores > 0) {
            arguments.add("--backend-config=onnxruntime,intra_op_thread_count=" + cores);
        }
        tls(flags, root).ifPresent(arguments::addAll);
        ServerConfig config = ServerConfigReader.read(
                new FlagParser(ServeFlags.all()).parse(arguments), List.of(new RepositoryRoot.Local(root)), Map.of());
        TensorflowConfig fronts = config.tensorflow()
                .orElseThrow(() -> new StartException(
                        "Failed to start server. Error: --port and --rest_api_port are both 0, and there is no"
                                + " --grpc_socket_path: nothing would be served"));
        TensorflowConfig tensorflow = new TensorflowConfig(
                fronts.rest(),
                fronts.grpc(),
                fronts.grpcSocket(),
                restTimeout(flags),
                flags.bool("rest_api_enable_cors_support"),
                flags.bool("enable_serialization_as_tensor_content"),
                metricsPath(flags));
        return new Read(config.withTensorflow(tensorflow), models(flags, batching));
    }

    private static int port(ModelServerFlags flags, String name) {
        int port = flags.integer(name);
        if (!ServerConfigReader.isPort(port)) {
            throw new StartException(
                    "Failed to start server. Error: --" + name + "=" + port + ": expected a port, 1 to 65535");
        }
        return port;
    }

    private static Duration restTimeout(ModelServerFlags flags) {
        int millis = flags.integer("rest_api_timeout_in_ms");
        return millis > 0
                ? Duration.ofMillis(millis)
                : ChronoUnit.FOREVER.getDuration().dividedBy(2);
    }

    private static ServedModelsConfig models(ModelServerFlags flags, Optional<BatchingParameters> batching) {
        Optional<Path> file = path(flags, "model_config_file");
        return new ServedModelsConfig(
                file.map(TextFiles::models).orElseGet(() -> single(flags)),
                file,
                Duration.ofSeconds(flags.integer("model_config_file_poll_wait_seconds")),
                Duration.ofSeconds(flags.integer("file_system_poll_wait_seconds")),
                batching,
                flags.bool("enable_per_model_batching_parameters"),
                Math.max(flags.integer("max_num_load_retries"), 0),
                Duration.of(Math.max(flags.longInteger("load_retry_interval_micros"), 0), ChronoUnit.MICROS),
                flags.bool("enable_model_warmup"),
                flags.bool("allow_version_labels_for_unavailable_models"));
    }

    private static ModelServerConfig single(ModelServerFlags flags) {
        String path = flags.text("model_base_path");
        if (path.isEmpty()) {
            throw new StartException("Failed to start server. Error: Both server_options.model_base_path and "
                    + "server_options.model_config_file are empty!");
        }
        ModelServerConfig.Builder list = ModelServerConfig.newBuilder();
        list.getModelConfigListBuilder()
                .addConfig(ModelConfig.newBuilder()
                        .setName(flags.text("model_name"))
                        .setBasePath(Path.of(path).toAbsolutePath().toString())
                        .setModelPlatform("tensorflow"));
        return list.build();
    }

    private static Optional<Path> path(ModelServerFlags flags, String name) {
        return Optional.of(flags.text(name)).filter(text -> !text.isEmpty()).map(Path::of);
    }

    private static Optional<BatchingParameters> batching(ModelServerFlags flags) {
        Optional<Path> file = path(flags, "batching_parameters_file");
        if (!flags.bool("enable_batching")) {
            if (file.isPresent()) {
                throw new StartException(
                        "Failed to start server. Error: server_options.batching_parameters_file is set "
                                + "without setting server_options.enable_batching to true.");
            }
            return Optional.empty();
        }
        return Optional.of(file.map(TextFiles::batching).orElseGet(BatchingParameters::getDefaultInstance));
    }

    private static Optional<String> metricsPath(ModelServerFlags flags) {
        return path(flags, "monitoring_config_file")
                .map(TextFiles::monitoring)
                .map(MonitoringConfig::getPrometheusConfig)
                .filter(MonitoringConfig.PrometheusConfig::getEnable)
                .map(config -> config.getPath().isEmpty() ? METRICS_PATH : config.getPath());
    }

    /** Writes key and certificates, which the file holds as texts, to files that only this user may read. */
    private static Optional<List<String>> tls(ModelServerFlags flags, Path root) {
        Optional<Path> file = path(flags, "ssl_config_file");
        if (file.isEmpty()) {
            return Optional.empty();
        }
        SSLConfig config = TextFiles.ssl(file.get());
        List<String> arguments = new ArrayList<>(List.of(
                "--grpc-use-ssl=true",
                "--grpc-server-cert=" + pem(root, "certificate", config.getServerCert()),
                "--grpc-server-key=" + pem(root, "key", config.getServerKey())));
        if (config.getClientVerify()) {
            arguments.add("--grpc-use-ssl-mutual=true");
            arguments.add("--grpc-root-cert=" + pem(root, "authority", config.getCustomCa()));
        }
        return Optional.of(arguments);
    }

    private static Path pem(Path root, String name, String text) {
        Path file = root.resolve(".tls-" + name + ".pem");
        try {
            Files.writeString(file, text);
            Files.setPosixFilePermissions(file, Set.of(PosixFilePermission.OWNER_READ));
            return file;
        } catch (IOException e) {
            throw new StartException(
                    "Failed to start server. Error: the " + name + " of --ssl_config_file cannot be kept: " + e, e);
        }
    }
}
