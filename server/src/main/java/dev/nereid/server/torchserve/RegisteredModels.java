package dev.nereid.server.torchserve;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.torchserve.TorchServeException.Kind;
import dev.nereid.server.torchserve.archive.FrontEndConfig;
import dev.nereid.server.torchserve.archive.TorchArchive;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models that are registered, with their versions. Each version with workers is a model of the engine's repository, whose only
 * folder is {@link #folder}. Any thread.
 */
public final class RegisteredModels {
    private static final Logger LOG = LoggerFactory.getLogger(RegisteredModels.class);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");
    private static final String ALL = "all";
    private static final String NONE = "none";
    private static final int MOST_WORKERS = 1024;
    private static final int BATCH_DELAY_MILLIS = 100;
    private static final int RETRY_SECONDS = 300;
    private static final int MOST_SEQUENCES = 1 << 20;
    private static final int SEQUENCE_IDLE_MILLIS = 60_000;

    private final TorchServeConfig config;
    private final ModelRepository repository;
    private final ModelStore store;
    private final Snapshots snapshots;
    private final Path archives;
    private final Map<String, Versions> models = new TreeMap<>();
    private volatile List<String> startupNames = List.of();

    /** The versions of one model, of which one is the default. Guarded by the lock of the registry. */
    private static final class Versions {
        private final Map<String, RegisteredVersion> all = new TreeMap<>();
        private String defaultVersion = "";
    }

    /**
     * Without any model.
     *
     * @param repository of the folder that {@link #folder} names, in explicit mode
     */
    public RegisteredModels(TorchServeConfig config, ModelRepository repository) {
        this.config = config;
        this.repository = repository;
        this.store = new ModelStore(config);
        this.snapshots = new Snapshots(config);
        this.archives = config.workspace().resolve("archives");
        try {
            Files.createDirectories(archives);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the server will stop soon. */
    boolean isDraining() {
        return repository.isDraining();
    }

    /** The folder of the engine's repository. */
    public static Path folder(Path workspace) {
        return workspace.resolve("models");
    }

    /**
     * Registers what the configuration says, without workers, and says how many there should be; {@link #startWorkers} makes them.
     *
     * @throws TorchServeException if an archive that is named cannot be registered; of {@code all} those that can are
     */
    public void registerStartupModels() {
        if (config.onlyThese()) {
            config.models()
                    .forEach((name, versions) -> versions.forEach((version, settings) -> {
                        RegisteredVersion registered = registerAtStartup(settings.archive(), Optional.of(name));
                        if (settings.defaultVersion()) {
                            setDefault(registered.name(), registered.version());
                        }
                    }));
        } else if (config.loadModels().equals(ALL)) {
            for (String entry : store.entries()) {
                try {
                    registerAtStartup(entry, Optional.empty());
                } catch (TorchServeException e) {
                    LOG.warn("Failed to load model: {}: {}", entry, e.text());
                }
            }
        } else if (!config.loadModels().equals(NONE)) {
            for (String model : config.loadModels().split(",", -1)) {
                String[] parts = model.strip().split("=", 2);
                registerAtStartup(
                        parts[parts.length - 1], parts.length == 2 ? Optional.of(parts[0]) : Optional.empty());
            }
        }
        startupNames = all().stream().map(RegisteredVersion::name).distinct().toList();
    }

    private RegisteredVersion registerAtStartup(String url, Optional<String> name) {
        return register(Registration.of(url, name), true);
    }

    /** Gives the start-up models their workers, and returns when all have been tried. */
    public void startWorkers() {
        for (RegisteredVersion version : all()) {
            try {
                version.scale();
                LOG.info("Model {} loaded.", version.name());
            } catch (InferException e) {
                LOG.error("model '{}' version {} has no workers: {}", version.name(), version.version(), e.text());
            }
        }
        changed();
    }

    /** The name of the only start-up model; empty where there is not just one. */
    public Optional<String> onlyStartupModel() {
        return startupNames.size() == 1 ? Optional.of(startupNames.getFirst()) : Optional.empty();
    }

    /**
     * Registers an archive, without workers. The first version of a model is the default one.
     *
     * @throws TorchServeException that says why it cannot be registered
     */
    RegisteredVersion register(Registration registration, boolean atStartup) {
        ModelStore.Stored stored = store.find(registration.url(), atStartup);
        try {
            TorchArchive archive = open(stored, registration);
            try {
                return add(registration, stored, archive, atStartup);
            } catch (RuntimeException | Error e) {
                archive.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            stored.discard();
            throw e;
        }
    }

    private TorchArchive open(ModelStore.Stored stored, Registration registration) {
        try {
            return TorchArchive.open(stored.archive(), archives, registration.handler());
        } catch (InferException e) {
            throw new TorchServeException(
                    e.code() == InferException.Code.INVALID_ARG || e.code() == InferException.Code.MALFORMED
                            ? Kind.BAD_ARCHIVE
                            : TorchServeException.of(e).kind(),
                    e.text(),
                    e);
        }
    }

    private synchronized RegisteredVersion add(
            Registration registration, ModelStore.Stored stored, TorchArchive archive, boolean atStartup) {
        String name = checked(
                "model name", registration.name().orElse(archive.manifest().modelName()));
        String version = checked("model version", archive.manifest().modelVersion());
        Versions versions = models.getOrDefault(name, new Versions());
        if (versions.all.containsKey(version)) {
            throw new TorchServeException(
                    Kind.CONFLICT, "Model version " + version + " is already registered for model " + name);
        }
        ModelSettings configured =
                config.models().getOrDefault(name, Map.of()).getOrDefault(version, ModelSettings.of(""));
        ModelSettings all = configured;
        for (Map.Entry<String, Long> number : registration.settings().numbers().entrySet()) {
            all = all.with(number.getKey(), number.getValue());
        }
        RegisteredVersion added = new RegisteredVersion(
                name,
                version,
                registration.url(),
                atStartup,
                stored,
                archive,
                settings(all, archive),
                repository,
                folder(config.workspace()));
        int workers = (int) all.number(
                "minWorkers",
                archive.config(),
                atStartup ? config.defaults().workers() : config.defaults().registeredWorkers());
        int most = (int) Math.max(workers, all.number("maxWorkers", archive.config(), workers));
        checkWorkers(workers);
        added.want(workers, most);
        models.put(name, versions);
        versions.all.put(version, added);
        if (versions.defaultVersion.isEmpty()) {
            versions.defaultVersion = version;
        }
        return added;
    }

    private RegisteredVersion.Settings settings(ModelSettings given, TorchArchive archive) {
        TorchServeConfig.Defaults defaults = config.defaults();
        return new RegisteredVersion.Settings(
                (int) given.number("batchSize", archive.config(), 1),
                (int) given.number("maxBatchDelay", archive.config(), BATCH_DELAY_MILLIS),
                (int) given.number("responseTimeout", archive.config(), defaults.responseTimeoutSeconds()),
                (int) given.number("startupTimeout", archive.config(), defaults.startupTimeoutSeconds()),
                (int) given.number("jobQueueSize", archive.config(), defaults.jobQueueSize()),
                (int) given.number("clientTimeoutInMills", archive.config(), 0),
                (int) given.number("maxRetryTimeoutInSec", archive.config(), RETRY_SECONDS),
                config.envelope(),
                Duration.ofSeconds(defaults.unregisterTimeoutSeconds()),
                sequences(given, archive.config()));
    }

    /** What an archive says of the state of its model; empty where it has none. */
    private static Optional<OpenSequences.Limits> sequences(ModelSettings given, FrontEndConfig config) {
        long idle = config.number("sequenceMaxIdleMSec").orElse(0);
        if (idle == 0 && !config.flag("sequenceBatching")) {
            return Optional.empty();
        }
        // TorchServe's least number: a batch of each worker.
        long workers = Math.max(given.number("maxWorkers", config, 1), given.number("minWorkers", config, 1));
        long most = Math.max(
                config.number("maxNumSequence").orElse(0), given.number("batchSize", config, 1) * Math.max(workers, 1));
        return Optional.of(new OpenSequences.Limits(
                (int) Math.min(most, MOST_SEQUENCES),
                (int) Math.max(config.number("maxSequenceJobQueueSize").orElse(1), 1),
                Duration.ofMillis(idle == 0 ? SEQUENCE_IDLE_MILLIS : idle),
                Duration.ofMillis(config.number("sequenceTimeoutMSec").orElse(0))));
    }

    private static String checked(String what, String text) {
        if (!NAME.matcher(text).matches()) {
            throw new TorchServeException(
                    Kind.BAD_REQUEST,
                    what + ": expected up to 128 letters, digits, dots, dashes and underscores, got '"
                            + text.substring(0, Math.min(text.length(), 128)) + "'");
        }
        return text;
    }

    /**
     * Refuses a number of workers that is too large: each has memory of its own.
     *
     * @throws TorchServeException if it is
     */
    static void checkWorkers(int workers) {
        if (workers < 0 || workers > MOST_WORKERS) {
            throw new TorchServeException(
                    Kind.BAD_REQUEST, "expected from 0 to " + MOST_WORKERS + " workers, got " + workers);
        }
    }

    /**
     * A version.
     *
     * @param version empty for the default one
     * @throws TorchServeException if there is none
     */
    public synchronized RegisteredVersion find(String name, String version) {
        Versions versions = versions(name);
        RegisteredVersion found = versions.all.get(version.isEmpty() ? versions.defaultVersion : version);
        if (found == null) {
            throw new TorchServeException(
                    Kind.NO_VERSION, "Model version: " + version + " does not exist for model: " + name);
        }
        return found;
    }

    private Versions versions(String name) {
        Versions versions = models.get(name);
        if (versions == null || versions.all.isEmpty()) {
            throw new TorchServeException(Kind.NO_MODEL, "Model not found: " + name);
        }
        return versions;
    }

    /** All versions of a model, by their names. */
    public synchronized List<RegisteredVersion> versionsOf(String name) {
        return List.copyOf(versions(name).all.values());
    }

    /** The default version of every model, by their names. */
    public synchronized List<RegisteredVersion> defaults() {
        List<RegisteredVersion> found = new ArrayList<>();
        for (Versions versions : models.values()) {
            if (!versions.all.isEmpty()) {
                found.add(versions.all.get(versions.defaultVersion));
            }
        }
        return found;
    }

    /** Every version of every model. */
    public synchronized List<RegisteredVersion> all() {
        return models.values().stream()
                .map(versions -> versions.all.values())
                .flatMap(Collection::stream)
                .toList();
    }

    /** Whether a version is the default one of its model. */
    synchronized boolean isDefault(RegisteredVersion version) {
        Versions versions = models.get(version.name());
        return versions != null && versions.defaultVersion.equals(version.version());
    }

    /** Has requests that name no version mean this one. */
    synchronized void setDefault(String name, String version) {
        RegisteredVersion found = find(name, version);
        versions(name).defaultVersion = found.version();
    }

    /**
     * Takes a version away, with its workers.
     *
     * @param version empty for the default one
     * @throws TorchServeException if there is none, or it is the default one beside others
     */
    void unregister(String name, String version) {
        RegisteredVersion removed;
        synchronized (this) {
            removed = find(name, version);
            Versions versions = versions(name);
            if (isDefault(removed) && versions.all.size() > 1) {
                throw new TorchServeException(Kind.DEFAULT_VERSION, "Cannot remove default version for model " + name);
            }
            versions.all.remove(removed.version());
            if (versions.all.isEmpty()) {
                models.remove(name);
            }
        }
        removed.close();
    }

    /** Notes that registered models or their workers have changed. */
    void changed() {
        snapshots.write(all(), this::isDefault);
    }

    /** Takes all models away. */
    public void close() {
        for (RegisteredVersion version : all()) {
            version.archive().close();
        }
    }
}
