package dev.nereid.server.tensorflow;

import dev.nereid.proto.tensorflow.Code;
import dev.nereid.proto.tensorflow.ModelServerConfig;
import dev.nereid.proto.tensorflow.ModelVersionStatus;
import dev.nereid.proto.tensorflow.ModelVersionStatus.State;
import dev.nereid.proto.tensorflow.PredictionLog;
import dev.nereid.proto.tensorflow.StatusProto;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.IndexEntry;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.ModelState;
import dev.nereid.server.repository.validation.ModelSignature;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;

/** The models of the repository as TensorFlow Serving's clients name and see them. Any thread. */
public final class Servables {
    /** The reason of versions that were unloaded on purpose. */
    private static final String UNLOADED = "unloaded";

    private final ModelRepository repository;
    private volatile WarmupRunner warmup = (_, _) -> {};
    private final RequestMetrics metrics = new RequestMetrics();
    private volatile Map<String, Map<Long, String>> failures = Map.of();
    private volatile Consumer<ModelServerConfig> reload = _ -> {
        throw new InferException(
                InferException.Code.FAILED_PRECONDITION,
                "the models of this server come from --model-repository: a list of models can be loaded where the server is "
                        + "started as tensorflow_model_server");
    };

    public Servables(ModelRepository repository) {
        this.repository = repository;
    }

    /** The repository that the models are in. */
    public ModelRepository repository() {
        return repository;
    }

    /** Runs one request that a version of a model brings to be warmed up with. */
    @FunctionalInterface
    public interface WarmupRunner {
        /**
         * Runs a request and waits for its end.
         *
         * @throws InferException if it fails
         */
        void run(Model model, PredictionLog log);
    }

    /** Says who runs the requests of {@link #warmUp}. */
    public void warmUpWith(WarmupRunner runner) {
        warmup = runner;
    }

    /**
     * Runs requests that a version of a model brings, one after the other.
     *
     * @throws InferException if one fails, or the version is not there any more
     */
    public void warmUp(String model, long version, List<PredictionLog> logs) {
        for (PredictionLog log : logs) {
            warmup.run(repository.find(model, Long.toString(version)), log);
        }
    }

    /** What has been asked of the models. */
    public RequestMetrics metrics() {
        return metrics;
    }

    /**
     * Counts a request for inference that has been answered.
     *
     * @param api the method, as {@code predict}
     * @param status the name of its canonical code
     */
    public void answered(
            String model, String api, RequestMetrics.Entrypoint entrypoint, String status, long receivedNanos) {
        if (repository.versions(model).isEmpty()) {
            return;
        }
        metrics.counted(model, status);
        if (status.equals("OK")) {
            metrics.took(model, api, entrypoint, System.nanoTime() - receivedNanos);
        }
    }

    /** Says which versions of models could not be loaded, and why, where the repository does not know any more. */
    public void failures(Map<String, Map<Long, String>> newFailures) {
        failures = Map.copyOf(newFailures);
    }

    /** Says who carries out {@link #reload}. */
    public void reloadWith(Consumer<ModelServerConfig> newReload) {
        reload = newReload;
    }

    /**
     * Replaces the list of models. Returns when all of them are loaded.
     *
     * @throws InferException if the list is not right, a model cannot be loaded, or this server has no such list
     */
    public void reload(ModelServerConfig config) {
        reload.accept(config);
    }

    /**
     * The model that serves a request now.
     *
     * @throws InferException NOT_FOUND if there is none, INVALID_ARG if there is no such label, UNAVAILABLE while the start-up
     *     models load
     */
    public Model find(ServableSpec spec) {
        ServableSpec resolved = resolved(spec);
        OptionalLong version = resolved.version();
        try {
            return repository.find(resolved.name(), version.isPresent() ? Long.toString(version.getAsLong()) : "");
        } catch (InferException e) {
            throw repository.missing(
                    spec.name(),
                    "",
                    new InferException(
                            InferException.Code.NOT_FOUND, "Servable not found for request: " + resolved, e));
        }
    }

    private ServableSpec resolved(ServableSpec spec) {
        if (spec.label().isEmpty()) {
            return spec;
        }
        OptionalLong version = repository.label(spec.name(), spec.label().get());
        if (version.isEmpty()) {
            String label = spec.label().get();
            throw repository.missing(
                    spec.name(), label, InferException.invalid("Unrecognized servable version label: " + label));
        }
        return spec.atVersion(version.getAsLong());
    }

    /**
     * A signature of a model.
     *
     * @param name empty for the default one
     * @param missing what is thrown if the model's files have no signature of the name that it is given
     * @throws InferException also if they have one that could not be loaded, with the reason
     */
    public static ModelSignature signature(Model model, String name, Function<String, InferException> missing) {
        return model.signature(name).orElseThrow(() -> {
            String wanted = name.isEmpty() ? ModelSignature.DEFAULT : name;
            return model.signatureFailure(name)
                    .map(reason -> InferException.unsupported("signature '" + wanted + "' of model '" + model.name()
                            + "' version " + model.version() + " cannot be called: " + reason))
                    .orElseGet(() -> missing.apply(wanted));
        });
    }

    /**
     * The states of a model's versions, the highest first, as clients are told them.
     *
     * @throws InferException UNAVAILABLE while the server drains, as this call is the one that load balancers probe; else as
     *     {@link #status}
     */
    public List<ModelVersionStatus> probedStatus(ServableSpec spec) {
        if (repository.isDraining()) {
            throw InferException.unavailable("The server is stopping: it serves on for a moment, and is not ready");
        }
        return status(spec);
    }

    /**
     * The states of a model's versions, the highest first.
     *
     * @throws InferException NOT_FOUND if no version is known, or not the one that is meant
     */
    public List<ModelVersionStatus> status(ServableSpec spec) {
        ServableSpec resolved = resolved(spec);
        SortedMap<Long, ModelVersionStatus> all = new TreeMap<>(Comparator.reverseOrder());
        for (IndexEntry entry : repository.versions(resolved.name())) {
            String reason = entry.state().equals(ModelState.UNAVAILABLE.name())
                            && !entry.reason().equals(UNLOADED)
                    ? entry.reason()
                    : "";
            long version = Long.parseLong(entry.version());
            all.put(version, status(version, state(ModelState.valueOf(entry.state())), reason));
        }
        failures.getOrDefault(resolved.name(), Map.of()).forEach((version, reason) -> {
            ModelVersionStatus known = all.get(version);
            if (known == null || known.getState() == State.END) {
                all.put(version, status(version, State.END, reason));
            }
        });
        if (resolved.version().isPresent()) {
            all.keySet().removeIf(version -> version != resolved.version().getAsLong());
        }
        if (all.isEmpty()) {
            throw InferException.notFound(
                    resolved.version().isEmpty()
                            ? "Could not find any versions of model " + resolved.name()
                            : "Could not find version " + resolved.version().getAsLong() + " of model "
                                    + resolved.name());
        }
        return List.copyOf(all.values());
    }

    private static ModelVersionStatus status(long version, State state, String failure) {
        return ModelVersionStatus.newBuilder()
                .setVersion(version)
                .setState(state)
                .setStatus(StatusProto.newBuilder()
                        .setErrorCode(failure.isEmpty() ? Code.OK : Code.UNKNOWN)
                        .setErrorMessage(failure))
                .build();
    }

    private static State state(ModelState state) {
        return switch (state) {
            case READY -> State.AVAILABLE;
            case LOADING -> State.LOADING;
            case UNLOADING -> State.UNLOADING;
            case UNAVAILABLE -> State.END;
        };
    }
}
