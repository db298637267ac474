package dev.nereid.server.repository;

import dev.nereid.server.backend.Backends;
import dev.nereid.server.protocol.CallRecord;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.RequestOrigin;
import dev.nereid.server.repository.folders.ModelFolders;
import dev.nereid.server.repository.folders.ModelId;
import dev.nereid.server.repository.folders.OpenRoot;
import dev.nereid.server.repository.folders.RepositoryRoot;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.ensemble.StepModel;
import dev.nereid.server.traffic.DifferenceLog;
import dev.nereid.server.traffic.Labels;
import dev.nereid.server.traffic.ModelTraffic;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The models of some folders: which there are, which are loaded, and the way to them. Loading happens on threads of its
 * own; look-ups never wait. Any thread.
 */
public final class ModelRepository {
    /** How long an unload waits for requests in flight before it returns and leaves the rest to them. */
    private static final Duration UNLOAD_PATIENCE = Duration.ofMillis(250);

    /** What C++ takes for white space. */
    private static final String WHITESPACE = " \t\n\u000b\f\r";

    /** Of a model on demand, which goes at once where memory is short. */
    private static final int MOST_LOOK_UPS = 5;

    private static final Logger LOG = LoggerFactory.getLogger(ModelRepository.class);

    private final RepositoryConfig config;
    private final ModelFolders folders;
    private final ModelNames names;
    private final ModelCatalog catalog;
    private final DependentLoads loads;
    private final RequestedLoads requested;
    private final ExecutorService loadThreads;
    private final ScheduledExecutorService poller = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("repository-poll").factory());
    private final CompletableFuture<List<String>> startup = new CompletableFuture<>();
    private final boolean usable;
    private volatile boolean closing;
    private volatile boolean draining;
    private final VisibleModels visible;
    private final Optional<OnDemandModels> onDemand;

    private ModelRepository(
            RepositoryConfig config, ModelFolders folders, boolean usable, Backends backends, SharedResources shared) {
        this(config, folders, usable, backends, shared, Level.INFO);
    }

    private ModelRepository(
            RepositoryConfig config,
            ModelFolders folders,
            boolean usable,
            Backends backends,
            SharedResources shared,
            Level level) {
        this.config = config;
        this.folders = folders;
        this.usable = usable;
        this.names = new ModelNames(config.namespacing());
        this.catalog = new ModelCatalog(names, level, new DifferenceLog(config.shadowDifferences()));
        this.visible = new VisibleModels(catalog, names);
        ModelSources sources = new ModelSources(folders, config.configs(), catalog);
        this.loadThreads = Executors.newFixedThreadPool(
                config.loadThreads(),
                Thread.ofPlatform().daemon().name("model-load-", 0).factory());
        EnsembleLoader ensembles = new EnsembleLoader(catalog, shared, Clock.system());
        VersionLoader loader = new VersionLoader(config, backends, ensembles, shared, Clock.system());
        this.loads = new DependentLoads(catalog, names, sources, loader, ensembles, loadThreads);
        this.requested = new RequestedLoads(folders, sources, catalog, loads);
        this.onDemand = config.mode() == ControlMode.ON_DEMAND
                ? Optional.of(new OnDemandModels(
                        sources,
                        catalog,
                        requested,
                        loads,
                        names,
                        config.modelMemoryBudget(),
                        () -> closing,
                        Clock.system()))
                : Optional.empty();
    }

    /**
     * Reads the folders and begins to load what the configuration says. Returns before the models are loaded.
     *
     * @throws IllegalArgumentException if a folder is missing or cannot be read
     */
    public static ModelRepository start(RepositoryConfig config, Backends backends) {
        ModelRepository repository = open(config, backends, SharedResources.NONE);
        repository.loadStartupModels();
        return repository;
    }

    /**
     * As {@link #start}, for models of the server's own: loads and unloads that go well are no news.
     *
     * @throws IllegalArgumentException if a folder is missing or cannot be read
     */
    public static ModelRepository startUnnoticed(RepositoryConfig config, Backends backends) {
        ModelRepository repository = new ModelRepository(
                config,
                new ModelFolders(config.roots(), config.namespacing()),
                true,
                backends,
                SharedResources.NONE,
                Level.DEBUG);
        repository.loadStartupModels();
        return repository;
    }

    /**
     * Does nothing unless a root on this machine cannot be read: to be asked before anything else is done.
     *
     * @throws IllegalArgumentException with one sentence if it cannot
     */
    public static void check(RepositoryConfig config) {
        config.roots().stream()
                .filter(root -> !(root instanceof RepositoryRoot.Remote))
                .forEach(root -> OpenRoot.open(root).close());
    }

    /**
     * Reads the folders and loads nothing yet.
     *
     * @param shared outlives the repository
     * @throws IllegalArgumentException if a folder is missing or cannot be read
     */
    public static ModelRepository open(RepositoryConfig config, Backends backends, SharedResources shared) {
        ModelRepository repository = new ModelRepository(
                config, new ModelFolders(config.roots(), config.namespacing()), true, backends, shared);
        try {
            Optional<String> empty = repository.emptyText();
            if (!config.mode().takesRequests()) {
                empty.ifPresent(LOG::warn);
            }
            repository.folders.advice().forEach(LOG::warn);
            return repository;
        } catch (IllegalArgumentException e) {
            repository.close(Duration.ZERO);
            throw e;
        }
    }

    /**
     * What takes the place of a repository whose folders cannot be read, in a server that runs all the same: it is not
     * live, has no models and loads none.
     */
    public static ModelRepository unusable(RepositoryConfig config, Backends backends, SharedResources shared) {
        return new ModelRepository(config, new ModelFolders(List.of(), config.namespacing()), false, backends, shared);
    }

    /** Shows the models alone that are visible to whoever asks, from now on; the others are unknown ones. */
    public void showOnly(ModelVisibility newVisibility) {
        visible.showOnly(newVisibility);
    }

    /** Whether a model is visible to whoever asks. */
    public boolean isVisible(Model model) {
        return visible.has(model);
    }

    /** Whether a model of that name, of some version, would be visible to whoever asks. */
    public boolean isVisible(String model) {
        return visible.has(model);
    }

    /** Completes when every start-up model has been tried; with one sentence for each that could not be loaded. */
    public CompletableFuture<List<String>> startup() {
        return startup;
    }

    /** Whether looking a model up may block, since that loads it. */
    public boolean loadsOnDemand() {
        return onDemand.isPresent();
    }

    /**
     * The model that serves a request now. Blocks while it loads on demand.
     *
     * @param version a number or a label; empty for the highest version that is ready
     * @throws InferException with Triton's text where there is none; UNAVAILABLE while the start-up models load
     */
    public Model find(String name, String version) {
        noteAskedFor(name, version);
        if (!usable) {
            checkServing();
        }
        try {
            return lookUp(name, () -> visible.find(name, version));
        } catch (InferException e) {
            throw missing(name, version, e);
        }
    }

    /** For the access log: a client's call is about this model, be it there or not. */
    private static void noteAskedFor(String name, String version) {
        CallRecord.current().ifPresent(call -> call.asksFor(name, version));
    }

    /** Looks up a model that is loaded on demand before, where that is on. */
    private <T> T lookUp(String name, Supplier<T> look) {
        if (onDemand.isEmpty() || closing) {
            return look.get();
        }
        for (int attempt = 1; ; attempt++) {
            boolean exists = visible.has(name) && onDemand.get().use(name);
            try {
                return look.get();
            } catch (InferException e) {
                // It may have been unloaded for another one since.
                if (!exists || attempt == MOST_LOOK_UPS || catalog.isReady(name, "")) {
                    throw e;
                }
            }
        }
    }

    /**
     * What to say of a model, version or label that is not there: UNAVAILABLE while the start-up models load, for it may come, and
     * a proxy shall ask another server.
     *
     * @param version a number or a label; empty for any
     * @param error once the start is done
     */
    public InferException missing(String name, String version, InferException error) {
        boolean mayCome = error.code() == InferException.Code.NOT_FOUND
                || error.code() == InferException.Code.UNAVAILABLE
                || Labels.isLabel(version);
        if (startup.isDone() || !mayCome) {
            return error;
        }
        return new InferException(
                InferException.Code.UNAVAILABLE,
                "The server is starting: model '" + name + "' is not loaded yet, if there is one",
                error);
    }

    /**
     * The version that a request is given to: the one that was found for it, unless the model's traffic says another. Returns
     * at once. Closes the request where it throws.
     *
     * @param found what {@link #findForRequest} answered to the request's model and version
     * @param origin what is known of the request beside its message
     */
    public Model route(Model found, InferRequest request, RequestOrigin origin) {
        try {
            return found.traffic().isActive()
                            || !found.name().equals(request.header().modelName())
                    ? catalog.route(found, request, origin)
                    : found;
        } catch (RuntimeException | Error e) {
            request.close();
            throw e;
        }
    }

    /**
     * Finds a model as {@link #find} does, for a request: where no version is ready, that may be the fallback which the
     * model's traffic names.
     *
     * @throws InferException with Triton's text where there is none
     */
    public Model findForRequest(String name, String version) {
        noteAskedFor(name, version);
        if (!usable) {
            checkServing();
        }
        try {
            return lookUp(name, () -> visible.findForRequest(name, version));
        } catch (InferException e) {
            throw missing(name, version, e);
        }
    }

    /**
     * The traffic of a model.
     *
     * @throws InferException with Triton's text if the model is not known, or the server is exiting
     */
    public ModelTraffic traffic(String name) {
        checkServing();
        visible.check(name, "");
        return catalog.traffic(name);
    }

    /** The traffic of every model that has or had a document, by its name. */
    public SortedMap<ModelId, ModelTraffic> allTraffic() {
        SortedMap<ModelId, ModelTraffic> all = catalog.allTraffic();
        all.keySet().removeIf(id -> !visible.has(id.name()));
        return all;
    }

    /**
     * Puts a traffic document in force that takes the place of the model's own, until that one changes.
     *
     * @param document empty to have the model's own in force again
     * @throws InferException if the model is not known, or the document is not right; nothing has changed then
     */
    public void overrideTraffic(String name, Optional<String> document) {
        checkServing();
        visible.check(name, "");
        catalog.overrideTraffic(name, document);
    }

    /**
     * Whether a text may stand where the number of a version may: it has a label's form, and the model has labels, or may come to
     * have some because the start-up models load.
     */
    public boolean mayBeLabel(String name, String text) {
        return (visible.has(name) && catalog.mayBeLabel(name, text)) || (!startup.isDone() && Labels.isLabel(text));
    }

    /** The version that a label of a model names. */
    public OptionalLong label(String name, String label) {
        return visible.label(name, label);
    }

    /** The labels that a list of models gave, by model. */
    public Map<String, Map<String, Long>> assignedLabels() {
        return catalog.assignedLabels();
    }

    /** Replaces the labels that a list of models gave; those of traffic documents stay. */
    public void assignLabels(Map<String, Map<String, Long>> labels) {
        catalog.assignLabels(labels);
    }

    /**
     * Takes hold of a model for another one's request, which closes it.
     *
     * @param version -1 for the highest version that is ready
     * @throws InferException with Triton's text where there is none
     */
    public StepModel hold(String name, long version) {
        return lookUp(name, () -> catalog.hold(name, version));
    }

    /**
     * Whether a model answers requests, be it after it has been loaded on demand; false for unknown models.
     *
     * @throws InferException if the version is not a number, or the server is exiting
     */
    public boolean isReady(String name, String version) {
        checkServing();
        return visible.isReady(name, version)
                || (onDemand.isPresent() && visible.has(name) && onDemand.get().mayLoad(name, version));
    }

    /** Whether the server may call itself live: unless its folders cannot be read. */
    public boolean isLive() {
        return usable;
    }

    /** Whether the server may call itself ready: with strict readiness, while every model that it knows is. */
    public boolean isReady() {
        return usable
                && startup.isDone()
                && !closing
                && !draining
                && (!config.strictReadiness() || catalog.all().stream().allMatch(ModelEntry::isReady));
    }

    /** Begins to drain: the server is not ready from now on, and serves as before. */
    public void drain() {
        draining = true;
    }

    /** Whether the server will stop soon, so that clients shall look for another one. */
    public boolean isDraining() {
        return draining;
    }

    /** Sequences that have begun and not ended, over all models. */
    public int openSequences() {
        return catalog.live().stream().mapToInt(Model::openSequences).sum();
    }

    /**
     * Does nothing unless the server is exiting: then it is neither live nor ready.
     *
     * @throws InferException in Triton's words while it is exiting
     */
    public void checkNotExiting() {
        if (closing) {
            throw InferException.unavailable("Server exiting");
        }
    }

    /**
     * Does nothing while the server serves. While it exits, or if its folders cannot be read, it tells no client which models
     * are ready, and loads and unloads none.
     *
     * @throws InferException in Triton's words if it does not serve
     */
    public void checkServing() {
        if (closing || !usable) {
            throw InferException.unavailable("Server not ready");
        }
    }

    /** Begins to exit: schedulers take no new requests, and no models are loaded. What is in flight goes on. */
    public void refuse() {
        closing = true;
        poller.shutdownNow();
        catalog.refuse();
    }

    /**
     * Ends what is in flight, also of models that are being unloaded, as far as their backends can: its requests are answered
     * with errors. After {@link #refuse}.
     */
    public void cancelRuns() {
        catalog.live().forEach(Model::cancelRuns);
    }

    /**
     * Every version of a model that is ready, ascending; at least one.
     *
     * @throws InferException with Triton's text where there is none, or the server is exiting
     */
    public List<Model> readyVersions(String name) {
        checkServing();
        return visible.readyVersions(name);
    }

    /** Every ready version of every model, visible or not, by namespace, name and version. */
    public List<Model> readyModels() {
        return catalog.readyModels();
    }

    /** Every ready version of the models that a request can name: of all but those that share their name with others. */
    public List<Model> addressableModels() {
        return catalog.addressableModels().stream().filter(visible::has).toList();
    }

    /**
     * The models whose statistics were asked for.
     *
     * @param name empty for all
     * @param version empty for all versions
     * @throws InferException with Triton's text where there is none, or the server is exiting
     */
    public List<Model> forStatistics(String name, String version) {
        checkServing();
        return visible.forStatistics(name, version);
    }

    /** The versions of a model that was asked for, ascending, those that could not be loaded or were unloaded among them. */
    public List<IndexEntry> versions(String name) {
        return catalog.versions(name).stream().filter(visible::has).toList();
    }

    /** The repository index, by namespace, name and version. */
    public List<IndexEntry> index(boolean readyOnly) {
        try {
            return catalog.index(folders.scan(), folders.withdrawn(), readyOnly).stream()
                    .filter(visible::has)
                    .toList();
        } catch (IllegalArgumentException e) {
            throw InferException.internal(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Looks for models into one more folder from now on: that of an archive, which holds one model, or an ensemble with the
     * models of its steps, or is a model itself. Loads nothing.
     *
     * @param name what its model is called here, whatever it is called there
     * @return the folder that is looked into, for {@link #unregister}
     * @throws InferException in Triton's words if that is not allowed, or the folder or the name are taken
     */
    public Path register(Path archive, String name) {
        if (!config.mode().takesRequests()) {
            throw InferException.unsupported(
                    "repository registration is not allowed if model control mode is not EXPLICIT");
        }
        checkControl();
        checkName(name);
        ModelArchive found = ModelArchive.of(archive);
        folders.register(found.root(), name, found.folder());
        LOG.info("Model repository registered: {}", found.root());
        return found.root();
    }

    /**
     * Looks into a folder no more that was registered. What is loaded from it goes on, but is not listed.
     *
     * @throws InferException in Triton's words if it was not registered
     */
    public void unregister(Path root) {
        folders.unregister(root);
        LOG.info("Model repository unregistered: {}", root);
    }

    /**
     * Loads or reloads the model of a name, in every namespace that has one, and returns when that is done. The old versions
     * serve until the new ones are ready, and go on serving where the load fails.
     *
     * @throws InferException with Triton's text if the load fails or is not allowed
     */
    public void load(String name, LoadParameters parameters) {
        noteAskedFor(name, "");
        checkControl();
        visible.checkMayChange(name);
        checkName(name);
        try {
            requested.load(name, parameters);
            onDemand.ifPresent(models -> models.keep(name));
        } catch (InferException e) {
            checkServing(); // then the failure is that models are unloaded under its hands
            throw e;
        }
    }

    /**
     * Unloads the model of a name, in every namespace that has one, and the ensembles that need it. New requests are
     * refused at once; those in flight finish. A model that is not loaded is no error.
     *
     * @param dependents whether an ensemble takes the models of its steps with it, as far as they were loaded for its sake
     *     alone
     */
    public void unload(String name, boolean dependents) {
        noteAskedFor(name, "");
        boolean _ = unload(name, dependents, UNLOAD_PATIENCE);
    }

    /**
     * Unloads as the other method does.
     *
     * @param patience how long to wait for requests in flight
     * @return whether they were finished by then, and the memory given back
     */
    public boolean unload(String name, boolean dependents, Duration patience) {
        checkControl();
        visible.checkMayChange(name);
        onDemand.ifPresent(models -> models.release(name));
        boolean finished = await(
                loads.unload(names.all(name), dependents).stream()
                        .map(Model::released)
                        .toList(),
                patience);
        folders.retain(loads::wants);
        return finished;
    }

    /** Why there is no model at all and what to do about it, in one sentence; empty where there is one. */
    public Optional<String> emptyText() {
        return folders.scan().isEmpty() ? Optional.of(folders.emptyText()) : Optional.empty();
    }

    /** Requests and responses that are in flight over all models. */
    public int inFlight() {
        return catalog.live().stream().mapToInt(Model::inFlight).sum();
    }

    /** The models with requests or responses in flight or open sequences, by name and version. */
    public List<Model> busyModels() {
        return catalog.live().stream()
                .filter(model -> model.awaited() > 0)
                .sorted(Comparator.comparing(Model::id).thenComparingLong(Model::version))
                .toList();
    }

    /**
     * Refuses new requests, lets those in flight finish, and unloads every model.
     *
     * @return whether all was done within {@code timeout}
     */
    public boolean close(Duration timeout) {
        refuse();
        CompletableFuture<Void> unloaded = CompletableFuture.runAsync(
                () -> {
                    catalog.close().join();
                    loadThreads.shutdown();
                    all(catalog.live().stream().map(Model::released).toList()).join();
                },
                Thread.ofVirtual().name("repository-close")::start);
        boolean finished = await(List.of(unloaded), timeout);
        folders.close();
        return finished;
    }

    /** Begins to load what the configuration says; once, after {@link #open}. Returns before the models are loaded. */
    public void loadStartupModels() {
        if (!usable) {
            startup.complete(List.of());
            return;
        }
        onDemand.ifPresent(models -> config.startupModels().forEach(models::keep));
        CompletableFuture<Void> _ = CompletableFuture.supplyAsync(
                        requested.startup(config), Thread.ofVirtual().name("load-startup")::start)
                .handle((failures, error) ->
                        error == null ? startup.complete(failures) : startup.completeExceptionally(error))
                .thenAccept(_ -> {});
        long millis = config.pollInterval().toMillis();
        if (millis > 0) {
            Runnable look = config.mode() == ControlMode.POLL ? this::poll : this::rereadTraffic;
            Future<?> _ = poller.scheduleWithFixedDelay(look, millis, millis, TimeUnit.MILLISECONDS);
        }
    }

    /** Brings what is loaded in line with what the folders hold; happens by itself where polling is on. */
    public void poll() {
        requested.poll();
    }

    /**
     * Reads the traffic documents of the models again; happens by itself where polling is off, as a poll does it where it is on.
     * Throws nothing.
     */
    public void rereadTraffic() {
        for (ModelEntry entry : catalog.all()) {
            try {
                entry.rereadTraffic();
            } catch (RuntimeException e) {
                LOG.error("the traffic document of model '{}' cannot be read again", entry.id(), e);
            }
        }
    }

    private void checkControl() {
        checkServing();
        if (!config.mode().takesRequests()) {
            throw InferException.unavailable("explicit model load / unload is not allowed if polling is enabled");
        }
    }

    /** The texts are Triton's, which asks nothing of the name of a model to be unloaded: one that is not loaded is no error. */
    private static void checkName(String name) {
        if (name.isEmpty()) {
            throw InferException.invalid("model name must not be empty");
        }
        if (name.chars().allMatch(each -> WHITESPACE.indexOf(each) >= 0)) {
            throw InferException.invalid("model name must not contain only whitespace characters");
        }
        if (name.contains("..") || !ModelFolders.isName(name)) {
            throw InferException.invalid(
                    "invalid model name '" + name + "', model name must not contain path traversal characters");
        }
    }

    private static CompletableFuture<Void> all(List<? extends CompletableFuture<?>> futures) {
        return CompletableFuture.allOf(futures.toArray(CompletableFuture<?>[]::new));
    }

    /** Waits for all of them; answers whether they were done in time. */
    private static boolean await(List<CompletableFuture<Void>> futures, Duration timeout) {
        try {
            all(futures).get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            LOG.error("a model was not closed properly", e);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
