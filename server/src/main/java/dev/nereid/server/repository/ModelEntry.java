package dev.nereid.server.repository;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferException.Code;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The versions of one model and their states. Loads and unloads of a model happen one after the other; look-ups see
 * the versions as they stand and never wait.
 */
final class ModelEntry {
    /** The reason of versions that were unloaded on purpose. */
    static final String UNLOADED = "unloaded";

    private static final Logger LOG = LoggerFactory.getLogger(ModelEntry.class);

    /**
     * One version.
     *
     * @param reason why it is not ready; may be empty
     * @param model what serves it, while it is ready or unloading
     */
    record Version(
            ModelState state, String reason, @Nullable Model model, Fingerprint fingerprint) {
        Optional<Model> ready() {
            return state == ModelState.READY ? Optional.ofNullable(model) : Optional.empty();
        }
    }

    private final String name;
    private final Collection<Model> live;
    private final ReentrantLock operation = new ReentrantLock();
    private volatile SortedMap<Long, Version> versions = Collections.emptySortedMap();
    private volatile String problem = "";

    /**
     * A model without versions.
     *
     * @param live a concurrent collection that holds every model whose memory is not given back
     */
    ModelEntry(String name, Collection<Model> live) {
        this.name = name;
        this.live = live;
    }

    /** The versions as they stand, ascending. */
    SortedMap<Long, Version> versions() {
        return versions;
    }

    /** Why the model's folder cannot be used at all; empty where it can. */
    String problem() {
        return problem;
    }

    /** Notes that the model's folder cannot be used; versions that are loaded go on. Answers whether that is news. */
    boolean cannotBeUsed(String reason) {
        boolean news = !problem.equals(reason);
        problem = reason;
        return news;
    }

    /** Whether everything is ready that is meant to be. */
    boolean isReady() {
        SortedMap<Long, Version> now = versions;
        return !now.isEmpty()
                && now.values().stream()
                        .allMatch(version -> version.state() == ModelState.READY
                                || (version.state() == ModelState.UNAVAILABLE
                                        && version.reason().equals(UNLOADED)));
    }

    /** The ready versions, ascending. */
    List<Model> ready() {
        return versions.values().stream()
                .map(Version::ready)
                .flatMap(Optional::stream)
                .toList();
    }

    /**
     * Loads what has changed since the last time, all or nothing, and puts it in the place of what was there.
     *
     * @param source has at least one version
     * @param retry whether to try again what failed before and has not changed since
     * @param threads where the versions are loaded, side by side
     * @throws InferException if a version cannot be loaded; what was ready before still is
     */
    void load(ModelSource source, boolean retry, VersionLoader loader, Executor threads) {
        operation.lock();
        try {
            problem = "";
            NavigableMap<Long, Version> next = new TreeMap<>();
            Map<Long, CompletableFuture<Model>> loading = new TreeMap<>();
            for (long number : source.versions()) {
                Fingerprint fingerprint = source.fingerprint(number);
                Version current = versions.get(number);
                boolean same = current != null
                        && !source.override()
                        && current.fingerprint().equals(fingerprint);
                if (current != null && same && (current.ready().isPresent() || !retry)) {
                    next.put(number, current);
                } else {
                    if (current == null || current.ready().isEmpty()) {
                        set(number, new Version(ModelState.LOADING, "", null, fingerprint));
                    }
                    next.put(number, new Version(ModelState.LOADING, "", null, fingerprint));
                    loading.put(number, CompletableFuture.supplyAsync(() -> loader.load(source, number), threads));
                }
            }
            finish(next, loading);
        } finally {
            operation.unlock();
        }
    }

    /** Refuses new requests at once and gives the memory back when those in flight are done. */
    void unload() {
        operation.lock();
        try {
            problem = "";
            versions.forEach((number, version) -> takeAway(number, version, null));
        } finally {
            operation.unlock();
        }
    }

    private void finish(NavigableMap<Long, Version> next, Map<Long, CompletableFuture<Model>> loading) {
        SortedMap<Long, Model> loaded = new TreeMap<>();
        SortedMap<Long, ModelLoadException> failed = new TreeMap<>();
        loading.forEach((number, future) -> {
            try {
                Model model = future.join();
                live.add(model);
                CompletableFuture<Void> _ =
                        model.released().whenComplete((nothing, error) -> released(number, model, error));
                loaded.put(number, model);
            } catch (CompletionException e) {
                failed.put(number, failure(e));
            }
        });
        if (failed.isEmpty()) {
            swap(next, loaded);
        } else {
            giveUp(loaded, failed);
        }
    }

    private void swap(NavigableMap<Long, Version> next, SortedMap<Long, Model> loaded) {
        loaded.forEach((number, model) -> {
            LOG.info(
                    "model '{}' version {} is ready after {} ms",
                    name,
                    number,
                    model.loadTime().toMillis());
            next.computeIfPresent(
                    number, (key, version) -> new Version(ModelState.READY, "", model, version.fingerprint()));
        });
        SortedMap<Long, Version> before = versions;
        SortedMap<Long, Version> after = new TreeMap<>(before);
        after.putAll(next);
        replace(after);
        Model highest = next.lastEntry().getValue().model();
        before.forEach((number, version) -> {
            Version now = next.get(number);
            if (now == null) {
                takeAway(number, version, highest);
            } else if (version.model() != null && version.model() != now.model()) {
                version.model().retire(now.model());
            }
        });
    }

    private void giveUp(SortedMap<Long, Model> loaded, SortedMap<Long, ModelLoadException> failed) {
        StringBuilder text = new StringBuilder("load failed for model '" + name + "': ");
        failed.forEach((number, failure) -> {
            String reason = word(failure.code()) + ": " + failure.text();
            LOG.error("model '{}' version {} cannot be loaded: {}", name, number, reason);
            text.append("version ")
                    .append(number)
                    .append(" is at UNAVAILABLE state: ")
                    .append(reason)
                    .append(";\n");
            fail(number, reason);
        });
        loaded.forEach((number, model) -> {
            model.retire(null);
            fail(number, "not loaded because version " + failed.firstKey() + " cannot be");
        });
        throw InferException.invalid(text.toString());
    }

    private void fail(long number, String reason) {
        Version current = versions.get(number);
        if (current == null || current.ready().isEmpty()) {
            Fingerprint fingerprint = current == null ? Fingerprint.NONE : current.fingerprint();
            set(number, new Version(ModelState.UNAVAILABLE, reason, null, fingerprint));
        }
    }

    private void takeAway(long number, Version version, @Nullable Model successor) {
        Model model = version.model();
        if (version.state() == ModelState.READY && model != null) {
            set(number, new Version(ModelState.UNLOADING, "", model, version.fingerprint()));
            model.retire(successor);
        } else if (version.state() != ModelState.UNLOADING) {
            set(number, new Version(ModelState.UNAVAILABLE, UNLOADED, null, version.fingerprint()));
        }
    }

    /** Called by whichever thread gave the model's memory back. */
    private synchronized void released(long number, Model model, @Nullable Throwable error) {
        if (error != null) {
            LOG.error("model '{}' version {} was not closed properly", name, number, error);
        }
        live.remove(model);
        Version version = versions.get(number);
        if (version != null && version.model() == model && version.state() == ModelState.UNLOADING) {
            set(number, new Version(ModelState.UNAVAILABLE, UNLOADED, null, version.fingerprint()));
        }
    }

    private synchronized void set(long number, Version version) {
        SortedMap<Long, Version> copy = new TreeMap<>(versions);
        copy.put(number, version);
        replace(copy);
    }

    private synchronized void replace(SortedMap<Long, Version> next) {
        versions = Collections.unmodifiableSortedMap(next);
    }

    private static ModelLoadException failure(CompletionException e) {
        return e.getCause() instanceof ModelLoadException failure
                ? failure
                : new ModelLoadException(Code.INTERNAL, String.valueOf(e.getCause()), e);
    }

    /** How Triton's reasons name an error class. */
    private static String word(Code code) {
        return switch (code) {
            case UNKNOWN -> "Unknown";
            case INTERNAL -> "Internal";
            case NOT_FOUND -> "Not found";
            case INVALID_ARG -> "Invalid argument";
            case UNAVAILABLE -> "Unavailable";
            case UNSUPPORTED -> "Unsupported";
            case ALREADY_EXISTS -> "Already exists";
            case CANCELLED -> "Cancelled";
        };
    }
}
