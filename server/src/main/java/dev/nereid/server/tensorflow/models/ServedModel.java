package dev.nereid.server.tensorflow.models;

import dev.nereid.proto.tensorflow.ModelConfig;
import dev.nereid.proto.tensorflow.PredictionLog;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.IndexEntry;
import dev.nereid.server.repository.LoadParameters;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.ModelState;
import dev.nereid.server.repository.folders.StagedRepository;
import dev.nereid.server.tensorflow.Servables;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one model in line with the versions in its folder. New versions are loaded before old ones are unloaded, and if none
 * of the new ones can be loaded the old ones go on. One thread at a time.
 */
final class ServedModel {
    private static final Logger LOG = LoggerFactory.getLogger(ServedModel.class);

    /** What a version failed with, how often, and when it is tried again. */
    private record Failure(Path folder, String reason, int attempts, long nextNanos) {}

    private final Servables servables;
    private final boolean warmup;
    private final ModelRepository repository;
    private final StagedRepository staged;
    private final BiFunction<ModelConfig, NavigableMap<Long, Path>, dev.nereid.proto.inference.ModelConfig> configs;
    private final int mostRetries;
    private final Duration retryInterval;
    private final Map<Long, Failure> failures = new TreeMap<>();
    private ModelConfig config;
    private NavigableMap<Long, Path> aspired = new TreeMap<>();
    private dev.nereid.proto.inference.ModelConfig stagedConfig =
            dev.nereid.proto.inference.ModelConfig.getDefaultInstance();
    private boolean tried;

    /**
     * A model that nothing is loaded of yet.
     *
     * @param warmup whether requests that versions bring are run
     * @param configs makes the engine's config from the list's and the versions that are to be served
     */
    ServedModel(
            ModelConfig config,
            Servables servables,
            boolean warmup,
            StagedRepository staged,
            BiFunction<ModelConfig, NavigableMap<Long, Path>, dev.nereid.proto.inference.ModelConfig> configs,
            int mostRetries,
            Duration retryInterval) {
        this.config = config;
        this.servables = servables;
        this.warmup = warmup;
        this.repository = servables.repository();
        this.staged = staged;
        this.configs = configs;
        this.mostRetries = mostRetries;
        this.retryInterval = retryInterval;
    }

    ModelConfig config() {
        return config;
    }

    void config(ModelConfig newConfig) {
        config = newConfig;
    }

    /** Why versions could not be loaded, by their numbers. */
    Map<Long, String> failures() {
        Map<Long, String> reasons = new TreeMap<>();
        failures.forEach((version, failure) -> reasons.put(version, failure.reason()));
        return reasons;
    }

    /** Loads and unloads what has changed since the last time, and tries again what failed if its time has come. */
    void update() {
        NavigableMap<Long, Path> wanted = AspiredVersions.of(config);
        failures.keySet().retainAll(wanted.keySet());
        failures.entrySet().removeIf(each -> !each.getValue().folder().equals(wanted.get(each.getKey())));
        boolean retries = failures.values().stream()
                .anyMatch(each -> each.attempts() <= mostRetries && System.nanoTime() - each.nextNanos() >= 0);
        dev.nereid.proto.inference.ModelConfig engine = configs.apply(config, wanted);
        if (tried && wanted.equals(aspired) && engine.equals(stagedConfig) && !retries) {
            return;
        }
        if (wanted.isEmpty() && (!tried || !aspired.isEmpty())) {
            LOG.warn(
                    "No versions of servable {} found under base path {}. Did you forget to name your leaf directory as a "
                            + "number (eg. '/1/')?",
                    config.getName(),
                    config.getBasePath());
        }
        tried = true;
        aspired = wanted;
        stagedConfig = engine;
        load(wanted, engine);
    }

    private void load(NavigableMap<Long, Path> wanted, dev.nereid.proto.inference.ModelConfig engine) {
        String name = config.getName();
        NavigableMap<Long, Path> next = new TreeMap<>(wanted);
        while (!next.isEmpty()) {
            NavigableMap<Long, Path> kept = new TreeMap<>(next);
            staged.put(name, engine, kept);
            try {
                Set<Long> before = readyVersions();
                repository.load(name, LoadParameters.NONE);
                next.forEach((version, folder) -> {
                    if (!before.contains(version)) {
                        warmUp(version, folder);
                    }
                });
                failures.keySet().removeAll(next.keySet());
                return;
            } catch (InferException e) {
                NavigableSet<Long> failed = failed(next.keySet());
                if (failed.isEmpty()) {
                    failed.addAll(next.keySet()); // the model as a whole cannot be read
                }
                failed.forEach(version -> note(version, Objects.requireNonNull(wanted.get(version)), e.text()));
                next.keySet().removeAll(failed);
            }
        }
        if (wanted.isEmpty()) {
            staged.remove(name);
            repository.unload(name, false);
        }
    }

    private Set<Long> readyVersions() {
        Set<Long> ready = new TreeSet<>();
        for (IndexEntry entry : repository.versions(config.getName())) {
            if (entry.state().equals(ModelState.READY.name())) {
                ready.add(Long.parseLong(entry.version()));
            }
        }
        return ready;
    }

    /** Runs the requests that a version brings, which serves already; one that fails is no reason not to serve. */
    private void warmUp(long version, Path folder) {
        try {
            List<PredictionLog> logs = warmup ? WarmupRecords.read(folder) : List.of();
            servables.warmUp(config.getName(), version, logs);
            if (!logs.isEmpty()) {
                LOG.info("{} version {} was warmed up with {} requests", config.getName(), version, logs.size());
            }
        } catch (IOException | InferException e) {
            LOG.error("{} version {} cannot be warmed up: {}", config.getName(), version, e.getMessage());
        }
    }

    /** Those of some versions that could not be loaded. */
    private NavigableSet<Long> failed(Set<Long> versions) {
        NavigableSet<Long> failed = new TreeSet<>();
        for (IndexEntry entry : repository.versions(config.getName())) {
            long version = Long.parseLong(entry.version());
            if (versions.contains(version)
                    && entry.state().equals(ModelState.UNAVAILABLE.name())
                    && !entry.isGivenUp()) {
                failed.add(version);
            }
        }
        return failed;
    }

    private void note(long version, Path folder, String text) {
        String reason = repository.versions(config.getName()).stream()
                .filter(entry -> entry.version().equals(Long.toString(version)))
                .map(IndexEntry::reason)
                .filter(each -> !each.isEmpty())
                .findFirst()
                .orElse(text);
        Failure before = failures.get(version);
        int attempts = before == null ? 1 : before.attempts() + 1;
        failures.put(version, new Failure(folder, reason, attempts, System.nanoTime() + retryInterval.toNanos()));
        LOG.error(
                "Loading servable: {{name: {} version: {}} failed: {}{}",
                config.getName(),
                version,
                reason,
                attempts <= mostRetries ? "; it is tried again in " + retryInterval.toSeconds() + " s" : "");
    }

    /** Unloads the model for good. */
    void remove() {
        staged.remove(config.getName());
        repository.unload(config.getName(), false);
    }
}
