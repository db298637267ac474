package dev.nereid.server.repository;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.RequestOrigin;
import dev.nereid.server.repository.folders.ModelFolders;
import dev.nereid.server.repository.folders.ModelId;
import dev.nereid.server.schedule.ensemble.StepModel;
import dev.nereid.server.traffic.DifferenceLog;
import dev.nereid.server.traffic.FallbackCondition;
import dev.nereid.server.traffic.Labels;
import dev.nereid.server.traffic.ModelTraffic;
import dev.nereid.server.traffic.Route;
import dev.nereid.server.traffic.ShadowRunner;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.event.Level;

/** Every model that was asked for, and the look-ups over all of them. Any thread; nothing waits. */
final class ModelCatalog {
    private static final int CORES_PER_REQUEST = 4;

    private final ModelNames names;
    private final Level level;
    private final ConcurrentMap<ModelId, ModelEntry> entries = new ConcurrentHashMap<>();
    private final Collection<Model> live = ConcurrentHashMap.newKeySet();
    private final ShadowRunner shadows;
    private volatile Map<String, Map<String, Long>> assignedLabels = Map.of();
    private volatile boolean closed;

    /** @param names says which model a name stands for */
    ModelCatalog(ModelNames names) {
        this(names, Level.INFO, new DifferenceLog(Optional.empty()));
    }

    /**
     * A catalog without models.
     *
     * @param level at which loads and unloads are logged that go well
     * @param differences gets samples of what versions answer differently
     */
    ModelCatalog(ModelNames names, Level level, DifferenceLog differences) {
        this.names = names;
        this.level = level;
        this.shadows = new ShadowRunner(this::hasTimeForShadows, differences);
    }

    /** Whether most cores have nothing to do: a shadow would take them from the requests of clients. */
    private boolean hasTimeForShadows(int held) {
        int inFlight = live.stream().mapToInt(Model::inFlight).sum() - held;
        return inFlight <= (Runtime.getRuntime().availableProcessors() - 1) / CORES_PER_REQUEST;
    }

    /** The entry of a model; made where there is none. */
    ModelEntry entry(ModelId id) {
        ModelEntry entry = entries.computeIfAbsent(
                id,
                key -> new ModelEntry(key, live, level, other -> named(other).map(ModelEntry::ready)));
        if (closed) {
            CompletableFuture<Void> _ = entry.close();
        }
        return entry;
    }

    /** Closes every entry, and those that are made later at once. Completes when loads under way have ended. */
    CompletableFuture<Void> close() {
        closed = true;
        shadows.close();
        return CompletableFuture.allOf(
                entries.values().stream().map(ModelEntry::close).toArray(CompletableFuture<?>[]::new));
    }

    /** Has schedulers refuse new requests, and ends the copies of requests that shadows run. */
    void refuse() {
        shadows.close();
        live.forEach(Model::refuse);
    }

    Optional<ModelEntry> existing(ModelId id) {
        return Optional.ofNullable(entries.get(id));
    }

    Collection<ModelEntry> all() {
        return Collections.unmodifiableCollection(entries.values());
    }

    SortedSet<ModelId> ids() {
        return new TreeSet<>(entries.keySet());
    }

    /** Every model whose memory is not given back. */
    Collection<Model> live() {
        return Collections.unmodifiableCollection(live);
    }

    /** See {@link ModelRepository#find}. */
    Model find(String name, String version) {
        long number = number(name, version);
        return find(names.find(name), number);
    }

    /** The version that a text stands for, which may be a label; {@link VersionNumber#ANY} for an empty one. */
    long number(String name, String version) {
        if (Labels.isLabel(version)) {
            OptionalLong labelled = label(name, version);
            if (labelled.isPresent()) {
                return labelled.getAsLong();
            }
            Optional<ModelEntry> entry = named(name);
            if (entry.isPresent() && !labels(entry.get()).isEmpty()) {
                throw InferException.notFound(LookUpErrors.unknownLabel(
                        entry.get().id(), version, labels(entry.get()).keySet()));
            }
        }
        return VersionNumber.of(version);
    }

    /** See {@link ModelRepository#mayBeLabel}. */
    boolean mayBeLabel(String name, String text) {
        return Labels.isLabel(text)
                && named(name).filter(entry -> !labels(entry).isEmpty()).isPresent();
    }

    /** See {@link ModelRepository#label}. */
    OptionalLong label(String name, String label) {
        Long version = named(name).map(entry -> labels(entry).get(label)).orElse(null);
        return version == null ? OptionalLong.empty() : OptionalLong.of(version);
    }

    /** See {@link ModelRepository#findForRequest}. */
    Model findForRequest(String name, String version) {
        try {
            return find(name, version);
        } catch (InferException e) {
            return fallbackFor(name, version, e).orElseThrow(() -> e);
        }
    }

    /**
     * The model that takes the place of one of which no version, or not that one, is ready. A version or a label that is not there
     * at all has none.
     */
    private Optional<Model> fallbackFor(String name, String version, InferException failure) {
        if (failure.code() == InferException.Code.INVALID_ARG
                || (failure.code() == InferException.Code.NOT_FOUND && !version.isEmpty())) {
            return Optional.empty();
        }
        return named(name)
                .filter(entry -> entry.traffic()
                        .fallback(version)
                        .filter(to -> to.on().contains(FallbackCondition.UNAVAILABLE))
                        .isPresent())
                .flatMap(entry -> fallbackModel(entry, version));
    }

    /** The version of another model, or another version, that the traffic of a model names as its fallback. */
    Optional<Model> fallbackModel(ModelEntry entry, String version) {
        return entry.traffic().fallback(version).flatMap(to -> {
            Optional<ModelEntry> other =
                    to.model().isPresent() ? named(to.model().get()) : Optional.of(entry);
            return other.map(ModelEntry::ready)
                    .filter(ready -> !ready.isEmpty())
                    .flatMap(ready -> to.to().isEmpty()
                            ? Optional.of(ready.getLast())
                            : ready.stream()
                                    .filter(model -> model.version()
                                            == entry.traffic().version(to.to().get()))
                                    .findFirst());
        });
    }

    /**
     * See {@link ModelRepository#traffic}.
     *
     * @throws InferException with Triton's text if the model is not known
     */
    ModelTraffic traffic(String name) {
        return known(names.find(name)).traffic();
    }

    /** See {@link ModelRepository#allTraffic}. */
    SortedMap<ModelId, ModelTraffic> allTraffic() {
        SortedMap<ModelId, ModelTraffic> traffic = new TreeMap<>();
        entries.forEach((id, entry) -> {
            if (entry.traffic().hasBeenUsed()) {
                traffic.put(id, entry.traffic());
            }
        });
        return traffic;
    }

    /** See {@link ModelRepository#overrideTraffic}. */
    void overrideTraffic(String name, Optional<String> document) {
        ModelEntry entry = known(names.find(name));
        entry.traffic().override(document, entry.facts());
    }

    /** The labels of a model: those of a list of models, and those of its traffic document. */
    private Map<String, Long> labels(ModelEntry entry) {
        Map<String, Long> assigned = assignedLabels.getOrDefault(entry.id().name(), Map.of());
        Map<String, Long> own = entry.traffic().labels();
        if (assigned.isEmpty() || own.isEmpty()) {
            return assigned.isEmpty() ? own : assigned;
        }
        Map<String, Long> all = new HashMap<>(own);
        all.putAll(assigned);
        return all;
    }

    /** See {@link ModelRepository#assignedLabels()}. */
    Map<String, Map<String, Long>> assignedLabels() {
        return assignedLabels;
    }

    /** See {@link ModelRepository#assignLabels}. */
    void assignLabels(Map<String, Map<String, Long>> labels) {
        assignedLabels = Map.copyOf(labels);
    }

    /** See {@link ModelRepository#route}. */
    Model route(Model found, InferRequest request, RequestOrigin origin) {
        Optional<ModelEntry> known = existing(found.id());
        if (known.isEmpty()) {
            return found;
        }
        ModelEntry entry = known.get();
        String name = request.header().modelName();
        if (!found.name().equals(name)
                || standsIn(found, entry, request.header().modelVersion())) {
            named(name)
                    .ifPresent(asked ->
                            request.watchAnswers(sink -> asked.traffic().watchFallback(request, sink)));
            return found;
        }
        SortedMap<Long, ModelEntry.Version> versions = entry.versions();
        ModelTraffic traffic = entry.traffic();
        Route route =
                traffic.route(request.header(), found.version(), origin, new RoutedVersions(versions, found.config()));
        request.watchAnswers(
                sink -> traffic.watch(route, request, sink, new VersionRedirect(this, entry, found), shadows));
        if (route.version() == found.version()) {
            return found;
        }
        ModelEntry.Version chosen = versions.get(route.version());
        return chosen == null ? found : chosen.ready().orElse(found);
    }

    /**
     * Whether a version was found in the place of another one of its model, which is not ready.
     *
     * @param asked what the request names: a number or a label; empty for any version
     */
    private boolean standsIn(Model found, ModelEntry entry, String asked) {
        if (asked.isEmpty()) {
            return false;
        }
        Long labelled = labels(entry).get(asked);
        if (labelled == null) {
            return VersionNumber.of(asked) != found.version();
        }
        ModelEntry.Version version = entry.versions().get(labelled);
        // A label that has moved since leads to a version that is ready.
        return labelled != found.version()
                && (version == null || version.ready().isEmpty());
    }

    /** @param version -1 for the highest that is ready */
    private Model find(ModelId id, long version) {
        if (version < 0) {
            return readyVersions(id).getLast();
        }
        ModelEntry.Version found = known(id).versions().get(version);
        if (found == null) {
            throw InferException.notFound(LookUpErrors.unknownVersion(id, version));
        }
        return found.ready().orElseThrow(() -> InferException.unavailable(LookUpErrors.notReady(id, version)));
    }

    /** See {@link ModelRepository#hold}. */
    StepModel hold(String name, long version) {
        return hold(names.find(name), version);
    }

    /**
     * Takes hold of a model version; the caller closes it.
     *
     * @param version -1 for the highest that is ready
     * @throws InferException if there is none
     */
    StepModel hold(ModelId id, long version) {
        while (true) {
            // A model that has just been replaced is found no more by the next look.
            Optional<StepModel> held = find(id, version).hold();
            if (held.isPresent()) {
                return held.get();
            }
            Thread.onSpinWait();
        }
    }

    /** See {@link ModelRepository#isReady(String, String)}. */
    boolean isReady(String name, String version) {
        long number = number(name, version);
        return named(name)
                .map(entry -> entry.ready().stream().anyMatch(model -> number < 0 || model.version() == number))
                .orElse(false);
    }

    /** See {@link ModelRepository#readyVersions}. */
    List<Model> readyVersions(String name) {
        return readyVersions(names.find(name));
    }

    private List<Model> readyVersions(ModelId id) {
        List<Model> ready = known(id).ready();
        if (ready.isEmpty()) {
            throw InferException.notFound(LookUpErrors.noVersions(id));
        }
        return ready;
    }

    /** See {@link ModelRepository#versions}. */
    List<IndexEntry> versions(String name) {
        List<IndexEntry> index = new ArrayList<>();
        named(name)
                .ifPresent(entry ->
                        entry.versions().forEach((number, version) -> index.add(entry(entry, number, version))));
        return index;
    }

    private static IndexEntry entry(ModelEntry entry, long number, ModelEntry.Version version) {
        return new IndexEntry(entry.id(), Long.toString(number), version.state().name(), entry.reason(number));
    }

    /** See {@link ModelRepository#readyModels}. */
    List<Model> readyModels() {
        return ids().stream().flatMap(id -> entry(id).ready().stream()).toList();
    }

    /** See {@link ModelRepository#addressableModels}. */
    List<Model> addressableModels() {
        return readyModels().stream()
                .filter(model -> names.only(model.name()).stream().anyMatch(model.id()::equals))
                .toList();
    }

    /** See {@link ModelRepository#forStatistics}. */
    List<Model> forStatistics(String name, String version) {
        long number = number(name, version);
        if (name.isEmpty()) {
            return readyModels();
        }
        List<Model> ready = named(name).map(ModelEntry::ready).orElse(List.of());
        if (ready.isEmpty()) {
            throw InferException.invalid(LookUpErrors.noStatistics(name));
        }
        List<Model> wanted = ready.stream()
                .filter(model -> number < 0 || model.version() == number)
                .toList();
        if (wanted.isEmpty()) {
            throw InferException.invalid(LookUpErrors.noVersionStatistics(name));
        }
        return wanted;
    }

    /**
     * See {@link ModelRepository#index}.
     *
     * @param scanned what the folders hold
     * @param withdrawn what they held, and is listed no more
     */
    List<IndexEntry> index(SortedMap<ModelId, List<Path>> scanned, Set<ModelId> withdrawn, boolean readyOnly) {
        SortedSet<ModelId> ids = ids();
        ids.removeAll(withdrawn);
        ids.addAll(scanned.keySet());
        List<IndexEntry> index = new ArrayList<>();
        for (ModelId id : ids) {
            if (scanned.getOrDefault(id, List.of()).size() > 1) {
                // Whatever of it is still loaded, and whoever asks for what is ready: as Triton does.
                index.add(new IndexEntry(id, "", ModelState.UNAVAILABLE.name(), ModelFolders.AMBIGUOUS));
                continue;
            }
            Optional<ModelEntry> entry = existing(id);
            SortedMap<Long, ModelEntry.Version> versions =
                    entry.map(ModelEntry::versions).orElse(Collections.emptySortedMap());
            versions.forEach((number, version) -> {
                if (!readyOnly || version.state() == ModelState.READY) {
                    index.add(entry(entry.get(), number, version));
                }
            });
            if (versions.isEmpty() && !readyOnly && !cameLater(id, scanned.keySet())) {
                String problem = entry.map(each -> each.problem().isEmpty() ? each.failure() : each.problem())
                        .orElse("");
                index.add(new IndexEntry(id, "", problem.isEmpty() ? "" : ModelState.UNAVAILABLE.name(), problem));
            }
        }
        return index;
    }

    /** Whether somebody asked for a name that had no model, and it has one now. */
    private static boolean cameLater(ModelId id, Set<ModelId> scanned) {
        return !scanned.contains(id)
                && id.namespace().isEmpty()
                && scanned.stream().anyMatch(other -> other.name().equals(id.name()));
    }

    /** The entry of the model that a name stands for. */
    private Optional<ModelEntry> named(String name) {
        return names.only(name).flatMap(this::existing);
    }

    /** The entry of a model that has, had, or ought to have a version; there are none of models that could never be read. */
    private ModelEntry known(ModelId id) {
        return existing(id)
                .filter(entry -> !entry.versions().isEmpty() || entry.lacksVersions())
                .orElseThrow(() -> InferException.notFound(LookUpErrors.unknownModel(id)));
    }
}
