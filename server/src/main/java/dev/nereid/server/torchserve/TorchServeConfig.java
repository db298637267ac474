package dev.nereid.server.torchserve;

import dev.nereid.server.tls.TlsConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where and how TorchServe's protocols are served.
 *
 * @param addresses of the fronts; those over HTTP may be the same
 * @param httpTls what addresses with TLS show; there where one of them has it
 * @param modelStore folder with archives; empty where only URLs can be registered
 * @param loadModels what is registered at start: {@code all}, {@code none}, or {@code archive} and {@code name=archive} with commas
 *     between them
 * @param models settings of models by name and version
 * @param onlyThese whether {@code models} are what is registered at start, and not {@code loadModels}
 * @param defaults of registered models
 * @param limits of requests, answers and downloads
 * @param tokens whether requests must show a key
 * @param modelApi whether models can be registered and unregistered
 * @param metrics what the metrics page has
 * @param envelope that all models have whose manifest names none; empty for none
 * @param allowedUrls where archives may come from beside the model store
 * @param cors what web pages of other origins may do
 * @param workspace folder for what the server keeps while it runs; on the disk of models
 * @param home the folder that keys and snapshots are in
 * @param snapshots whether changes of the registered models are written to {@code logs/config}
 * @param properties what all of this was read from, for snapshots
 */
public record TorchServeConfig(
        Addresses addresses,
        Optional<TlsConfig> grpcTls,
        Optional<TlsConfig> httpTls,
        Optional<Path> modelStore,
        String loadModels,
        Map<String, Map<String, ModelSettings>> models,
        boolean onlyThese,
        Defaults defaults,
        Limits limits,
        Tokens tokens,
        boolean modelApi,
        Metrics metrics,
        String envelope,
        List<Pattern> allowedUrls,
        Cors cors,
        Path workspace,
        Path home,
        boolean snapshots,
        Map<String, String> properties) {
    public TorchServeConfig {
        Objects.requireNonNull(addresses, "addresses");
        Objects.requireNonNull(grpcTls, "grpcTls");
        Objects.requireNonNull(httpTls, "httpTls");
        Objects.requireNonNull(modelStore, "modelStore");
        Objects.requireNonNull(loadModels, "loadModels");
        models = Map.copyOf(models);
        Objects.requireNonNull(defaults, "defaults");
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(tokens, "tokens");
        Objects.requireNonNull(metrics, "metrics");
        Objects.requireNonNull(envelope, "envelope");
        allowedUrls = List.copyOf(allowedUrls);
        Objects.requireNonNull(cors, "cors");
        Objects.requireNonNull(workspace, "workspace");
        Objects.requireNonNull(home, "home");
        properties = Map.copyOf(properties);
    }

    /** Where each front listens. */
    public record Addresses(
            ListenAddress inference,
            ListenAddress management,
            ListenAddress metrics,
            ListenAddress grpcInference,
            ListenAddress grpcManagement) {
        /** Whether a front over HTTP has TLS. */
        boolean anyTls() {
            return inference.tls() || management.tls() || metrics.tls();
        }
    }

    /**
     * Settings of models that nobody gave others.
     *
     * @param workers instances of models that are registered at start
     * @param registeredWorkers instances of models that are registered later
     * @param jobQueueSize requests that wait for a model at most
     * @param responseTimeoutSeconds what a request may take
     * @param startupTimeoutSeconds is told, and does not end a load
     * @param unregisterTimeoutSeconds what requests in flight get when their model is unregistered
     * @param session names of the headers of sequences
     */
    public record Defaults(
            int workers,
            int registeredWorkers,
            int jobQueueSize,
            int responseTimeoutSeconds,
            int startupTimeoutSeconds,
            int unregisterTimeoutSeconds,
            SequenceHeaders session) {}

    /** Names of the headers with which requests belong to a sequence. */
    public record SequenceHeaders(String id, String start, String end) {}

    /**
     * In bytes.
     *
     * @param request of the body of a request
     * @param response of an answer
     * @param download of an archive that is fetched
     */
    public record Limits(int request, int response, long download) {}

    /**
     * The keys that requests show.
     *
     * @param minutes how long a key is good
     */
    public record Tokens(boolean enabled, double minutes) {}

    /**
     * The metrics page.
     *
     * @param machine whether the page has the machine's processors, memory and disks
     */
    public record Metrics(boolean served, boolean prometheus, boolean machine) {}

    /** Headers of every answer; empty for none of them. */
    public record Cors(String origin, String methods, String headers) {}
}
