package dev.nereid.server.repository;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.repository.folders.ModelFiles;
import dev.nereid.server.repository.folders.ModelFolders;
import dev.nereid.server.repository.folders.ModelId;
import dev.nereid.server.repository.folders.ModelLoadException;
import dev.nereid.server.schedule.Clock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads a model when it is first asked for, and unloads the models that were asked for least recently where the budget does
 * not hold all. A model with requests in flight or open sequences stays, and so do the steps of a loaded ensemble and what
 * was loaded by name. Any thread; {@link #use} blocks while a model loads.
 */
final class OnDemandModels {
    private static final Logger LOG = LoggerFactory.getLogger(OnDemandModels.class);

    /** Requests that wait for one model; further ones are refused. */
    private static final int MOST_WAITING = 1000;

    /** How long a load waits for other models' requests to end, so that one of them can go. */
    private static final Duration ROOM_TIMEOUT = Duration.ofSeconds(30);

    /** How long the failure of a load answers further requests. */
    private static final Duration FAILURE_TIME = Duration.ofSeconds(5);

    private static final long LOOK_MILLIS = 20;

    private final ModelSources sources;
    private final ModelCatalog catalog;
    private final RequestedLoads requested;
    private final DependentLoads loads;
    private final ModelNames names;
    private final long budget;
    private final BooleanSupplier closing;
    private final Clock clock;
    /** One for each model of the repository that was asked for. */
    private final ConcurrentMap<String, Use> uses = new ConcurrentHashMap<>();

    private final Set<String> loadedByName = ConcurrentHashMap.newKeySet();

    /** What loads under way will take, by model. Guarded by this. */
    private final Map<String, Long> loading = new HashMap<>();

    /** What is known of a model's requests. Its fields but the first are guarded by it. */
    private static final class Use {
        private volatile long lastNanos;
        private Optional<CompletableFuture<Void>> load = Optional.empty();
        private int waiting;
        private Optional<InferException> failure = Optional.empty();
        private long failedNanos;

        private synchronized boolean isAwaited() {
            return waiting > 0;
        }
    }

    /**
     * Loads nothing yet.
     *
     * @param budget bytes of native memory that loaded models may take together
     * @param closing whether the server exits, and nothing is loaded any more
     */
    OnDemandModels(
            ModelSources sources,
            ModelCatalog catalog,
            RequestedLoads requested,
            DependentLoads loads,
            ModelNames names,
            long budget,
            BooleanSupplier closing,
            Clock clock) {
        this.sources = sources;
        this.catalog = catalog;
        this.requested = requested;
        this.loads = loads;
        this.names = names;
        this.budget = budget;
        this.closing = closing;
        this.clock = clock;
    }

    /** Notes that a model was loaded by its name: it stays until it is unloaded so. */
    void keep(String name) {
        loadedByName.add(name);
    }

    /** Notes that a model was unloaded by its name; the next request loads it again. */
    void release(String name) {
        loadedByName.remove(name);
    }

    /**
     * Whether a request would be answered as far as can be told: a version that the repository has, and whose last load, if
     * there was one of late, did not fail.
     *
     * @param version a number; empty for any
     */
    boolean mayLoad(String name, String version) {
        Use use = uses.get(name);
        if (use != null) {
            synchronized (use) {
                if (hasFailed(use)) {
                    return false;
                }
            }
        }
        long number = VersionNumber.of(version);
        return places(name).stream()
                .map(ModelFiles::at)
                .anyMatch(files -> number < 0
                        ? !files.versions().isEmpty()
                        : files.versions().contains(number));
    }

    /**
     * To be called before a model is looked up for a request: loads it if it is not loaded and there is one.
     *
     * @return whether the repository has such a model
     * @throws InferException UNAVAILABLE if it cannot be loaded, or too many requests wait for it
     */
    boolean use(String name) {
        if (!catalog.isReady(name, "")) {
            if (places(name).isEmpty()) {
                return false;
            }
            await(name);
        }
        use(name, clock.nanos());
        return true;
    }

    private Use use(String name, long nanos) {
        Use use = uses.computeIfAbsent(name, _ -> new Use());
        use.lastNanos = nanos;
        return use;
    }

    private List<Path> places(String name) {
        if (!ModelFolders.isName(name)) {
            return List.of();
        }
        try {
            return sources.find(name).values().stream()
                    .flatMap(Collection::stream)
                    .toList();
        } catch (ModelLoadException _) {
            // Whoever looks the model up says that there is none.
            return List.of();
        }
    }

    private void await(String name) {
        Use use = uses.computeIfAbsent(name, _ -> new Use());
        CompletableFuture<Void> load;
        synchronized (use) {
            if (hasFailed(use)) {
                throw use.failure.orElseThrow();
            }
            if (use.waiting >= MOST_WAITING) {
                throw InferException.unavailable("model '" + name + "' is being loaded, and " + MOST_WAITING
                        + " requests wait for it already; send this one again later");
            }
            use.waiting++;
            load = use.load.orElseGet(() -> begin(name, use));
        }
        try {
            load.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof InferException failure
                    ? failure
                    : new InferException(InferException.Code.INTERNAL, String.valueOf(e.getCause()), e);
        } finally {
            synchronized (use) {
                use.waiting--;
            }
        }
    }

    private boolean hasFailed(Use use) {
        return use.failure.isPresent() && clock.nanos() - use.failedNanos < FAILURE_TIME.toNanos();
    }

    /** Begins to load a model, on a thread of its own: whoever asked for it may hang up. Guarded by the use. */
    private CompletableFuture<Void> begin(String name, Use use) {
        CompletableFuture<Void> load = new CompletableFuture<>();
        use.load = Optional.of(load);
        use.failure = Optional.empty();
        Thread.ofVirtual().name("load-on-demand-" + name).start(() -> {
            Optional<Throwable> failure = load(name);
            use.lastNanos = clock.nanos();
            synchronized (use) {
                use.load = Optional.empty();
                if (failure.isPresent() && failure.get() instanceof InferException e) {
                    use.failure = Optional.of(e);
                    use.failedNanos = clock.nanos();
                }
            }
            failure.ifPresentOrElse(load::completeExceptionally, () -> load.complete(null));
        });
        return load;
    }

    private Optional<Throwable> load(String name) {
        try {
            if (!catalog.isReady(name, "")) {
                makeRoom(name);
                requested.load(name, LoadParameters.NONE);
            }
            return Optional.empty();
        } catch (ModelLoadException e) {
            return Optional.of(cannotBeLoaded(name, e.text()));
        } catch (InferException e) {
            return Optional.of(cannotBeLoaded(name, e.text()));
        } catch (RuntimeException | Error e) {
            LOG.error("model '{}' cannot be loaded on demand", name, e);
            return Optional.of(e);
        } finally {
            synchronized (this) {
                loading.remove(name);
                notifyAll();
            }
        }
    }

    private static InferException cannotBeLoaded(String name, String reason) {
        return InferException.unavailable("model '" + name + "' cannot be loaded: " + reason.strip());
    }

    /** Unloads others until a model fits, and sets its memory aside. */
    private synchronized void makeRoom(String name) {
        long bytes = estimate(name, new HashSet<>());
        if (bytes > budget) {
            throw InferException.unavailable("it needs about " + MemoryLimit.amount(bytes)
                    + " of memory, more than all models may take (--model-memory-budget, "
                    + MemoryLimit.amount(budget) + ")");
        }
        long start = System.nanoTime();
        while (!closing.getAsBoolean()) {
            if (taken() + bytes <= budget) {
                loading.put(name, bytes);
                return;
            }
            Optional<String> idle = leastRecentlyUsed();
            idle.ifPresent(this::unload);
            if (idle.isEmpty() && System.nanoTime() - start > ROOM_TIMEOUT.toNanos()) {
                throw InferException.unavailable("it needs about " + MemoryLimit.amount(bytes) + " of memory, but of "
                        + MemoryLimit.amount(budget) + " (--model-memory-budget) only "
                        + MemoryLimit.amount(Math.max(budget - taken(), 0))
                        + " are free, and the models that have them are in use");
            }
            if (idle.isEmpty()) {
                try {
                    wait(LOOK_MILLIS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw InferException.unavailable("interrupted");
                }
            }
        }
        throw InferException.unavailable("Server not ready");
    }

    /** What loaded models and those that are being loaded take. Guarded by this. */
    private long taken() {
        // The loads first: one that ends meanwhile may count twice, but never not at all.
        long coming = loading.entrySet().stream()
                .filter(each -> !catalog.isReady(each.getKey(), "")) // else it is among the others
                .mapToLong(Map.Entry::getValue)
                .sum();
        return coming + catalog.live().stream().mapToLong(Model::memoryBytes).sum();
    }

    /** About what a load takes: the model's files, and those of an ensemble's steps as far as they are not loaded. */
    private long estimate(String name, Set<String> seen) {
        if (!seen.add(name) || catalog.isReady(name, "")) {
            return 0;
        }
        long bytes = 0;
        for (Map.Entry<ModelId, List<Path>> found : sources.find(name).entrySet()) {
            ModelSource source = sources.read(found.getKey(), found.getValue(), false);
            for (long version : source.versions()) {
                bytes += source.files().bytes(version);
            }
            for (String step : ModelDependencies.steps(source)) {
                bytes += ModelFolders.isName(step) ? estimate(step, seen) : 0;
            }
        }
        return bytes;
    }

    /** The model that nobody uses now and that was asked for least recently, among those that may go. */
    private Optional<String> leastRecentlyUsed() {
        Set<ModelId> needed = loads.stepsOfWanted();
        return catalog.all().stream()
                .filter(entry -> !needed.contains(entry.id()) && mayGo(entry))
                .map(entry -> entry.id().name())
                .min(Comparator.comparingLong(this::sinceLastUse).reversed());
    }

    private boolean mayGo(ModelEntry entry) {
        String name = entry.id().name();
        Use use = uses.get(name);
        List<Model> ready = entry.ready();
        return !ready.isEmpty()
                && ready.stream().allMatch(model -> model.awaited() == 0)
                && !loadedByName.contains(name)
                && !loading.containsKey(name)
                && (use == null || !use.isAwaited());
    }

    /** Nanoseconds; the clock's zero is anywhere. */
    private long sinceLastUse(String name) {
        Use use = uses.get(name);
        return use == null ? Long.MAX_VALUE : clock.nanos() - use.lastNanos;
    }

    /** Unloads a model for another one's sake; waits until its memory is given back. Guarded by this. */
    private void unload(String name) {
        LOG.info("unloading model '{}', which was asked for least recently, for another one", name);
        Set<ModelId> ids = names.all(name);
        ids.forEach(id -> catalog.existing(id)
                .ifPresent(entry -> entry.ready().forEach(model -> model.passLateRequests(this::again))));
        loads.unload(ids, true).forEach(model -> model.released().join());
    }

    /** A request that had found its model before that was unloaded. */
    private void again(InferRequest request, ResponseSink sink) {
        Thread.ofVirtual().name("late-request").start(() -> {
            Model model;
            try {
                String name = request.header().modelName();
                boolean _ = use(name);
                model = catalog.find(name, request.header().modelVersion());
            } catch (InferException e) {
                sink.fail(e);
                return;
            } catch (RuntimeException e) {
                sink.fail(new InferException(InferException.Code.INTERNAL, String.valueOf(e), e));
                return;
            }
            model.inferWatched(request, sink);
        });
    }
}
