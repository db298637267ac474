package dev.nereid.server.torchserve;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.torchserve.TorchServeException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The calls that manage models, of whatever protocol, with the answers of TorchServe. Any thread. */
public final class Management {
    private static final Logger LOG = LoggerFactory.getLogger(Management.class);
    private static final int OK = 200;
    private static final int ACCEPTED = 202;
    private static final int MOST_LISTED = 100;
    private static final String PROCESSING = "Processing worker updates...";

    private final RegisteredModels models;
    private final TorchServeConfig config;

    public Management(RegisteredModels models, TorchServeConfig config) {
        this.models = models;
        this.config = config;
    }

    /**
     * An answer.
     *
     * @param status of HTTP
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Outcome(int status, byte[] document) {
        private static Outcome of(int status, String text) {
            return new Outcome(status, GsonText.status(text));
        }
    }

    /** How many workers a model should have; {@code synchronous}: answered when it has them. */
    public record Scale(OptionalInt min, OptionalInt max, boolean synchronous) {}

    /** What is registered, from a place on; {@code limit} entries at most, and never more than a hundred. */
    public Outcome list(int limit, int from) {
        List<RegisteredVersion> all = models.defaults();
        int first = Math.clamp(from, 0, all.size());
        int most = limit < 0 || limit > MOST_LISTED ? MOST_LISTED : limit;
        int end = Math.min(all.size(), first + most);
        List<Object> page = new ArrayList<>();
        for (RegisteredVersion version : all.subList(first, end)) {
            page.add(GsonText.object("modelName", version.name(), "modelUrl", version.url()));
        }
        Map<String, Object> answer =
                end < all.size() ? GsonText.object("nextPageToken", Integer.toString(end)) : GsonText.object();
        answer.put("models", page);
        return new Outcome(OK, GsonText.of(answer));
    }

    /**
     * Descriptions of a model.
     *
     * @param version empty for the default one, {@code all} for all
     * @param customized whether the model tells of itself too; where one version is described
     */
    public Outcome describe(String name, String version, boolean customized) {
        if (version.equals("all")) {
            return new Outcome(
                    OK,
                    GsonText.of(models.versionsOf(name).stream()
                            .map(Descriptions::of)
                            .toList()));
        }
        RegisteredVersion described = models.find(name, version);
        Map<String, Object> description = Descriptions.of(described);
        if (customized) {
            description.put("customizedMetadata", CustomizedMetadata.of(described));
        }
        return new Outcome(OK, GsonText.of(List.of(description)));
    }

    /**
     * Registers a model.
     *
     * @throws TorchServeException if that is not allowed or not possible
     */
    public Outcome register(Registration registration) {
        checkAllowed();
        RegisteredVersion version = models.register(registration, false);
        String registered = "Model \"" + version.name() + "\" Version: " + version.version() + " registered with "
                + version.minWorkers() + " initial workers";
        if (version.minWorkers() == 0) {
            models.changed();
            return Outcome.of(OK, registered + ". Use scale workers API to add workers for the model.");
        }
        if (!registration.synchronous()) {
            inBackground(version);
            return Outcome.of(ACCEPTED, PROCESSING);
        }
        try {
            version.scale();
        } catch (InferException e) {
            models.unregister(version.name(), version.version());
            throw failed(version, e);
        }
        models.changed();
        return Outcome.of(OK, registered);
    }

    private static TorchServeException failed(RegisteredVersion version, InferException cause) {
        return new TorchServeException(
                Kind.FAILED,
                "Failed to start workers for model " + version.name() + " version: " + version.version() + ": "
                        + cause.text(),
                cause);
    }

    private void inBackground(RegisteredVersion version) {
        Thread.ofVirtual().name("scale-" + version.name()).start(() -> {
            try {
                version.scale();
                models.changed();
            } catch (RuntimeException e) {
                LOG.error(
                        "the workers of model '{}' version {} cannot be changed: {}",
                        version.name(),
                        version.version(),
                        e.getMessage());
            }
        });
    }

    /**
     * Changes the number of workers.
     *
     * @param version empty for the default one
     */
    public Outcome scale(String name, String version, Scale wanted) {
        int min = wanted.min().orElse(1);
        int max = wanted.max().orElse(min);
        if (max < min) {
            throw new TorchServeException(Kind.BAD_REQUEST, "max_worker cannot be less than min_worker.");
        }
        RegisteredModels.checkWorkers(min);
        RegisteredModels.checkWorkers(max);
        RegisteredVersion found = models.find(name, version);
        int minBefore = found.minWorkers();
        int maxBefore = found.maxWorkers();
        found.want(min, max);
        if (!wanted.synchronous()) {
            inBackground(found);
            return Outcome.of(ACCEPTED, PROCESSING);
        }
        try {
            found.scale();
        } catch (InferException e) {
            found.want(minBefore, maxBefore);
            throw failed(found, e);
        }
        models.changed();
        return Outcome.of(
                OK,
                "Workers scaled to " + min + " for model: " + name
                        + (version.isEmpty() ? "" : ", version: " + version));
    }

    /**
     * Unregisters a version, with its workers.
     *
     * @param version empty for the default one
     * @throws TorchServeException if that is not allowed or there is none
     */
    public Outcome unregister(String name, String version) {
        checkAllowed();
        models.unregister(name, version);
        models.changed();
        return Outcome.of(OK, "Model \"" + name + "\" unregistered");
    }

    /** Has requests that name no version mean this one. */
    public Outcome setDefault(String name, String version) {
        models.setDefault(name, version);
        models.changed();
        return Outcome.of(OK, "Default version successfully updated for model \"" + name + "\" to \"" + version + "\"");
    }

    /** Whether every model has the workers that it should have and the server does not drain: 200 and {@code Healthy}, or 500. */
    public Outcome ping() {
        boolean healthy = !models.isDraining() && models.defaults().stream().allMatch(RegisteredVersion::isHealthy);
        return Outcome.of(healthy ? OK : Kind.FAILED.status(), healthy ? "Healthy" : "Unhealthy");
    }

    private void checkAllowed() {
        if (!config.modelApi()) {
            throw new TorchServeException(
                    Kind.BAD_METHOD, "Requested method is not allowed, please refer to API document.");
        }
    }
}
