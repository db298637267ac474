package dev.nereid.server.repository;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferException.Code;
import dev.nereid.server.repository.folders.ModelId;
import dev.nereid.server.repository.folders.ModelLoadException;
import dev.nereid.server.repository.folders.VersionFolders;
import dev.nereid.server.repository.validation.TensorMetadata;
import dev.nereid.server.traffic.ModelTraffic;
import dev.nereid.server.traffic.ValidationContext;
import java.nio.file.Files;
import java.util.ArrayList;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The versions of one model and their states. The newest load or unload of a model decides what becomes of it; look-ups
 * see the versions as they stand and never wait.
 */
final class ModelEntry {
    /** The reason of versions that were unloaded on purpose. */
    static final String UNLOADED = "unloaded";

    private static final String OVERTAKEN =
            "Newer operation has been applied to the model lifecycle, current load " + "operation is out-dated.";

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

        /** Whether it could not be loaded; one that was unloaded on purpose could. */
        boolean failed() {
            return state == ModelState.UNAVAILABLE && !reason.equals(UNLOADED);
        }
    }

    /** What could not be loaded, and why. */
    private record FailedUpdate(Fingerprint fingerprint, String reason) {}

    private final ModelId id;
    private final Collection<Model> live;
    private final Level level;
    private final ModelTraffic traffic;
    private final Function<String, Optional<List<Model>>> others;
    /** Loads under way. */
    private final Map<Long, CompletableFuture<Void>> pending = new ConcurrentHashMap<>();

    /** What could not be loaded in place of versions that are ready, by their numbers. */
    private final Map<Long, FailedUpdate> failedUpdates = new ConcurrentHashMap<>();

    /** Loads so far; numbers those under way. */
    private final AtomicLong loads = new AtomicLong();

    /** The number of the newest load or unload. */
    private long latest;

    private boolean closed;
    private volatile SortedMap<Long, Version> versions = Collections.emptySortedMap();
    private volatile String problem = "";

    /** What was loaded, or tried to be loaded, the last time; empty where the model was unloaded since. */
    private Optional<ModelSource> source = Optional.empty();

    /** Why there is no version to load; empty where there is, or where nobody tried. */
    private volatile String missing = "";

    /**
     * A model without versions.
     *
     * @param live a concurrent collection that holds every model whose memory is not given back
     */
    ModelEntry(ModelId id, Collection<Model> live) {
        this(id, live, Level.INFO);
    }

    /**
     * A model without versions.
     *
     * @param live a concurrent collection that holds every model whose memory is not given back
     * @param level at which loads and unloads are logged that go well
     */
    ModelEntry(ModelId id, Collection<Model> live, Level level) {
        this(id, live, level, _ -> Optional.empty());
    }

    /**
     * A model without versions.
     *
     * @param others has the ready versions of other models by their names, ascending
     */
    ModelEntry(ModelId id, Collection<Model> live, Level level, Function<String, Optional<List<Model>>> others) {
        this.id = id;
        this.others = others;
        this.live = live;
        this.level = level;
        this.traffic = new ModelTraffic(id.toString());
    }

    ModelId id() {
        return id;
    }

    /** The versions as they stand, ascending. */
    SortedMap<Long, Version> versions() {
        return versions;
    }

    /** How requests that name no version are spread over them. */
    ModelTraffic traffic() {
        return traffic;
    }

    /** What a traffic document is checked against. */
    ValidationContext facts() {
        return facts(versions);
    }

    private ValidationContext facts(SortedMap<Long, Version> versions) {
        List<Model> ready = versions.values().stream()
                .map(Version::ready)
                .flatMap(Optional::stream)
                .toList();
        return new ValidationContext(
                ready.stream().map(Model::version).collect(Collectors.toSet()),
                ready.stream()
                        .flatMap(model -> model.outputs().stream())
                        .map(TensorMetadata::name)
                        .collect(Collectors.toSet()),
                ready.stream()
                        .noneMatch(model -> model.decoupled() || model.config().hasSequenceBatching()),
                other -> FallbackCompatibility.mismatch(id, ready, other, others));
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

    /** Whether a source is what was loaded, or tried to be loaded, the last time. */
    boolean holds(ModelSource source) {
        SortedMap<Long, Version> now = versions;
        return !source.override()
                && source.versions().stream().allMatch(number -> {
                    Version version = now.get(number);
                    Fingerprint fingerprint = source.fingerprint(number);
                    return version != null
                            && (version.fingerprint().equals(fingerprint) || failedBefore(number, fingerprint));
                });
    }

    private boolean failedBefore(long number, Fingerprint fingerprint) {
        FailedUpdate failed = failedUpdates.get(number);
        return failed != null && failed.fingerprint().equals(fingerprint);
    }

    /**
     * Why a version is not ready, or why it is not what the newest load wanted: a version serves on where its successor cannot be
     * loaded.
     */
    String reason(long number) {
        Version version = versions.get(number);
        if (version == null || version.state() != ModelState.READY) {
            return version == null ? "" : version.reason();
        }
        FailedUpdate failed = failedUpdates.get(number);
        String newest = failed != null ? failed.reason() : problem.isEmpty() ? missing : problem;
        return newest.isEmpty() ? "" : "the newest load failed, an older one serves: " + newest;
    }

    /** Whether a load was tried that found no version; look-ups know the model then. */
    boolean lacksVersions() {
        return !missing.isEmpty();
    }

    /** Why versions could not be loaded, in Triton's words; empty where all could, or were not tried. */
    String failure() {
        if (versions.isEmpty()) {
            return missing;
        }
        StringBuilder text = new StringBuilder();
        versions.forEach((number, version) -> {
            if (version.failed()) {
                describe(text, number, version.reason());
            }
        });
        return text.toString().strip();
    }

    /** Whether everything is ready that is meant to be. What cannot be used at all is not meant to be, as in Triton. */
    boolean isReady() {
        SortedMap<Long, Version> now = versions;
        return (missing.isEmpty() || !now.isEmpty())
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
     * Loads what has changed since the last time, all or nothing, and puts it in the place of what was there. A newer
     * load or unload overtakes this one: what it has loaded is given up then.
     *
     * @param retry whether to try again what failed before and has not changed since
     * @param threads where the versions are loaded, side by side
     * @throws InferException if a version cannot be loaded, or the load was overtaken; what was ready before still is
     */
    void load(ModelSource source, boolean retry, VersionLoader loader, Executor threads) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        long key = loads.incrementAndGet();
        pending.put(key, done);
        try {
            TrafficDocument document = TrafficDocument.of(source);
            Operation operation = begin(source, retry, loader, threads);
            operation.await();
            finish(operation, source, document);
        } finally {
            pending.remove(key);
            done.complete(null);
        }
    }

    /** Refuses new requests at once and gives the memory back when those in flight are done. */
    void unload() {
        List<Runnable> retirements = new ArrayList<>();
        synchronized (this) {
            latest++;
            problem = "";
            missing = "";
            failedUpdates.clear();
            source = Optional.empty();
            traffic.clear();
            versions.forEach((number, version) -> takeAway(number, version, null, retirements));
        }
        retirements.forEach(Runnable::run);
    }

    /** Unloads for good: nothing is loaded any more. Completes when loads under way have ended. */
    CompletableFuture<Void> close() {
        synchronized (this) {
            closed = true;
        }
        unload();
        return CompletableFuture.allOf(pending.values().toArray(CompletableFuture<?>[]::new));
    }

    /** One load: what it makes of the versions, and what becomes of it. */
    private static final class Operation {
        private final long number;
        private final NavigableMap<Long, Version> next = new TreeMap<>();
        private final Map<Long, CompletableFuture<Model>> loading = new TreeMap<>();
        private final SortedMap<Long, Model> loaded = new TreeMap<>();
        private final SortedMap<Long, ModelLoadException> failed = new TreeMap<>();

        private Operation(long number) {
            this.number = number;
        }

        private void await() {
            loading.forEach((version, future) -> {
                try {
                    loaded.put(version, future.join());
                } catch (CompletionException e) {
                    failed.put(version, failure(e));
                }
            });
        }
    }

    private synchronized Operation begin(ModelSource source, boolean retry, VersionLoader loader, Executor threads) {
        if (closed) {
            throw InferException.unavailable("Server not ready");
        }
        problem = "";
        checkVersions(source, retry);
        Operation operation = new Operation(++latest);
        for (long number : source.versions()) {
            Fingerprint fingerprint = source.fingerprint(number);
            Version current = versions.get(number);
            Optional<Model> ready = current == null ? Optional.empty() : current.ready();
            if (current != null
                    && !source.override()
                    && current.fingerprint().equals(fingerprint)
                    && (ready.isPresent() || (current.failed() && !retry))) {
                failedUpdates.remove(number); // what serves is what is wanted again
                operation.next.put(number, current);
                continue;
            }
            if (current != null && !source.override() && !retry && failedBefore(number, fingerprint)) {
                operation.next.put(number, current);
                continue;
            }
            Version version = new Version(ModelState.LOADING, "", null, fingerprint);
            operation.next.put(number, version);
            if (ready.isEmpty()) {
                set(number, version);
            }
            LOG.atLevel(level).log("loading: {}:{}", id, number);
            boolean sameFiles = current != null
                    && ready.isPresent()
                    && !source.override()
                    && current.fingerprint().hasFilesOf(fingerprint);
            operation.loading.put(
                    number,
                    CompletableFuture.supplyAsync(
                            () -> sameFiles ? loader.reload(ready.orElseThrow(), source) : loader.load(source, number),
                            threads));
        }
        if (!operation.loading.isEmpty()) {
            VersionFolders.warnOfOthers(source.files());
        }
        return operation;
    }

    /** What is loaded stays as it is where there is nothing to load any more. Polls say so once. */
    private void checkVersions(ModelSource source, boolean retry) {
        String before = missing;
        missing = source.versions().isEmpty()
                ? "at least one version must be available under the version policy of model '" + id + "'"
                        + source.noVersionAdvice().map(advice -> ": " + advice).orElse("")
                : "";
        if (missing.isEmpty()) {
            return;
        }
        if (retry || before.isEmpty()) {
            VersionFolders.warnOfOthers(source.files());
            LOG.error("failed to load model '{}': {}", id, missing);
        }
        throw InferException.invalid("load failed for model '" + id + "': " + missing + "\n");
    }

    /** Reads the traffic document again that lies with the model: it may have changed since the model was loaded. */
    void rereadTraffic() {
        Optional<ModelSource> from;
        synchronized (this) {
            from = source;
        }
        // What a store or a client gave was copied, and the copies may be gone.
        if (from.filter(given -> given.origin() == ModelSource.Origin.HERE && Files.isDirectory(given.folder()))
                .isEmpty()) {
            return;
        }
        TrafficDocument document = TrafficDocument.of(from.get());
        synchronized (this) {
            if (source.equals(from)) {
                document.update(traffic, facts());
            }
        }
    }

    private void finish(Operation operation, ModelSource loaded, TrafficDocument document) {
        List<Runnable> retirements = new ArrayList<>();
        Optional<InferException> failure;
        synchronized (this) {
            operation.loaded.forEach(this::watch);
            if (operation.number == latest) {
                source = Optional.of(loaded);
            }
            if (operation.number != latest) {
                failure = Optional.of(overtaken(operation, retirements));
            } else if (operation.failed.isEmpty()) {
                swap(operation, document, retirements);
                failure = Optional.empty();
            } else {
                failure = Optional.of(giveUp(operation, retirements));
                document.update(traffic, facts());
            }
        }
        retirements.forEach(Runnable::run);
        if (failure.isPresent()) {
            throw failure.get();
        }
    }

    /** Remembers a model until its memory is given back. */
    private void watch(long number, Model model) {
        if (live.contains(model)) {
            return; // updated in place
        }
        live.add(model);
        model.traffic(traffic);
        CompletableFuture<Void> _ = model.released().whenComplete((_, error) -> released(number, model, error));
    }

    private void swap(Operation operation, TrafficDocument document, List<Runnable> retirements) {
        NavigableMap<Long, Version> next = operation.next;
        operation.loaded.forEach((number, model) -> {
            failedUpdates.remove(number);
            LOG.atLevel(level)
                    .log(
                            "successfully loaded '{}' version {} in {} ms",
                            id,
                            number,
                            model.loadTime().toMillis());
            next.computeIfPresent(
                    number, (key, version) -> new Version(ModelState.READY, "", model, version.fingerprint()));
        });
        SortedMap<Long, Version> before = versions;
        SortedMap<Long, Version> after = new TreeMap<>(before);
        after.putAll(next);
        document.update(traffic, facts(next)); // before a new version can be found
        replace(after);
        Model highest = next.lastEntry().getValue().model();
        before.forEach((number, version) -> {
            Version now = next.get(number);
            Model model = version.model();
            if (now == null) {
                takeAway(number, version, highest, retirements);
            } else if (model != null && model != now.model()) {
                retirements.add(() -> model.retire(now.model()));
            }
        });
    }

    private InferException overtaken(Operation operation, List<Runnable> retirements) {
        StringBuilder text = new StringBuilder("load failed for model '" + id + "': ");
        operation.loading.keySet().forEach(number -> describe(text, number, OVERTAKEN));
        giveBack(operation, retirements);
        return InferException.invalid(text.toString());
    }

    /** Retires what an operation has loaded; models that it only updated serve on. */
    private void giveBack(Operation operation, List<Runnable> retirements) {
        operation.loaded.forEach((number, model) -> {
            Version current = versions.get(number);
            if (current == null || current.model() != model) {
                retirements.add(() -> model.retire(null));
            }
        });
    }

    private static void describe(StringBuilder text, long number, String reason) {
        text.append("version ")
                .append(number)
                .append(" is at UNAVAILABLE state: ")
                .append(reason)
                .append(";\n");
    }

    private InferException giveUp(Operation operation, List<Runnable> retirements) {
        StringBuilder text = new StringBuilder("load failed for model '" + id + "': ");
        operation.failed.forEach((number, failure) -> {
            String reason = word(failure.code()) + ": " + failure.text();
            LOG.error("failed to load '{}' version {}: {}", id, number, reason);
            describe(text, number, reason);
            fail(operation, number, reason);
        });
        giveBack(operation, retirements);
        operation.loaded.forEach(
                (number, model) -> fail(operation, number, IndexEntry.givenUpFor(operation.failed.firstKey())));
        return InferException.invalid(text.toString());
    }

    private void fail(Operation operation, long number, String reason) {
        Version current = versions.get(number);
        Version wanted = operation.next.get(number);
        if (wanted != null && (current == null || current.ready().isEmpty())) {
            set(number, new Version(ModelState.UNAVAILABLE, reason, null, wanted.fingerprint()));
        } else if (wanted != null) {
            failedUpdates.put(number, new FailedUpdate(wanted.fingerprint(), reason));
        }
    }

    private void takeAway(long number, Version version, @Nullable Model successor, List<Runnable> retirements) {
        Model model = version.model();
        if (version.state() == ModelState.READY && model != null) {
            set(number, new Version(ModelState.UNLOADING, "", model, version.fingerprint()));
            retirements.add(() -> model.retire(successor));
        } else if (version.state() != ModelState.UNLOADING) {
            set(number, new Version(ModelState.UNAVAILABLE, UNLOADED, null, version.fingerprint()));
        }
    }

    /** Called by whichever thread gave the model's memory back. */
    private void released(long number, Model model, @Nullable Throwable error) {
        forget(number, model);
        if (error != null) {
            LOG.error("model '{}' version {} was not closed properly", id, number, error);
        } else {
            LOG.atLevel(level).log("successfully unloaded '{}' version {}", id, number);
        }
    }

    private synchronized void forget(long number, Model model) {
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
            case INTERNAL, MALFORMED -> "Internal";
            case NOT_FOUND -> "Not found";
            case INVALID_ARG -> "Invalid argument";
            case UNAVAILABLE -> "Unavailable";
            case RESOURCE_EXHAUSTED -> "Resource exhausted";
            case UNSUPPORTED -> "Unsupported";
            case ALREADY_EXISTS -> "Already exists";
            case CANCELLED -> "Cancelled";
            case FAILED_PRECONDITION -> "Failed precondition";
            case DEADLINE_EXCEEDED -> "Deadline exceeded";
            case UNAUTHENTICATED -> "Unauthenticated";
            case PERMISSION_DENIED -> "Permission denied";
        };
    }
}
