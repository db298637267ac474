package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.folders.ModelFolders;
import dev.nereid.server.repository.folders.ModelId;
import dev.nereid.server.repository.folders.ModelLoadException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads and unloads models together with those that hang on them: an ensemble brings the models of its steps, comes after
 * them, is checked again whenever one of them changes, takes another model of the name where its step means that one now, and
 * goes when one is missing. Any thread. Operations run side by side as long as they have no models in common, and else in the
 * order in which they came.
 */
final class DependentLoads {
    private static final Logger LOG = LoggerFactory.getLogger(DependentLoads.class);

    private final ModelCatalog catalog;
    private final ModelSources sources;
    private final VersionLoader loader;
    private final EnsembleLoader ensembles;
    private final Executor threads;
    private final ModelDependencies dependencies;
    private final ModelOperationOrder turns = new ModelOperationOrder();

    /**
     * Loads nothing yet.
     *
     * @param names is told which models are wanted
     * @param sources has the models of steps
     * @param threads where versions are loaded
     */
    DependentLoads(
            ModelCatalog catalog,
            ModelNames names,
            ModelSources sources,
            VersionLoader loader,
            EnsembleLoader ensembles,
            Executor threads) {
        this.catalog = catalog;
        this.dependencies = new ModelDependencies(names);
        this.sources = sources;
        this.loader = loader;
        this.ensembles = ensembles;
        this.threads = threads;
    }

    /**
     * Loads models and what hangs on them, and unloads others. Blocks until all have been tried.
     *
     * @param gone what is to be unloaded; not awaited
     * @param retry whether to try again what failed before and has not changed since
     * @return for each of {@code requested} what went wrong; empty where nothing did
     */
    Map<ModelId, Optional<InferException>> load(
            Collection<ModelSource> requested, Collection<ModelId> gone, boolean retry) {
        Map<ModelId, ModelSource> wanted = withSteps(requested, retry);
        Set<ModelId> changed = new LinkedHashSet<>(wanted.keySet());
        changed.addAll(gone);
        try (ModelOperationOrder.Turn turn = turns.await(() -> withDependents(changed))) {
            dependencies.forget(gone, false);
            wanted.values().forEach(source -> dependencies.want(source, requested.contains(source)));
            Set<ModelId> broken = dependencies.lacking(dependencies.dependents(gone));
            Set<ModelId> whole = new LinkedHashSet<>(turn.models());
            whole.removeAll(broken);
            Map<ModelId, Optional<InferException>> results =
                    loadInOrder(whole, source -> load(source, retry, wanted.containsKey(source.id())));
            unload(gone, broken, gone);
            Map<ModelId, Optional<InferException>> asked = new LinkedHashMap<>();
            for (ModelSource source : requested) {
                asked.put(source.id(), results.getOrDefault(source.id(), Optional.empty()));
            }
            return asked;
        }
    }

    /** The models with those of their steps, of their steps, and so on, as far as they can be read. */
    private Map<ModelId, ModelSource> withSteps(Collection<ModelSource> requested, boolean retry) {
        Map<ModelId, ModelSource> found = new LinkedHashMap<>();
        requested.forEach(source -> found.put(source.id(), source));
        Deque<ModelSource> open = new ArrayDeque<>(requested);
        for (ModelSource source = open.poll(); source != null; source = open.poll()) {
            for (String step : ModelDependencies.steps(source)) {
                if (!ModelFolders.isName(step)) {
                    continue;
                }
                readSteps(step, source, found.keySet(), retry).forEach(part -> {
                    found.put(part.id(), part);
                    open.add(part);
                });
            }
        }
        return found;
    }

    /**
     * The models that a step may mean, as far as they can be read.
     *
     * @param known those that are not read again
     */
    private List<ModelSource> readSteps(String step, ModelSource ensemble, Set<ModelId> known, boolean retry) {
        List<ModelSource> read = new ArrayList<>();
        try {
            sources.find(step).forEach((id, places) -> {
                if (!known.contains(id)) {
                    readStep(id, places, ensemble, retry).ifPresent(read::add);
                }
            });
        } catch (ModelLoadException e) {
            cannotRead(ModelId.of(step), ensemble, e, retry);
        }
        return read;
    }

    private Optional<ModelSource> readStep(ModelId id, List<Path> places, ModelSource ensemble, boolean retry) {
        try {
            return Optional.of(sources.read(id, places, retry));
        } catch (ModelLoadException e) {
            cannotRead(id, ensemble, e, retry);
            return Optional.empty();
        }
    }

    private void cannotRead(ModelId step, ModelSource ensemble, ModelLoadException e, boolean retry) {
        if (retry || !cannotBeUsed(ensemble.id())) {
            LOG.error("model '{}', a step of ensemble '{}', cannot be loaded: {}", step, ensemble.id(), e.text());
        }
    }

    /** Whether that was found out before, and said: polls come again and again. */
    private boolean cannotBeUsed(ModelId id) {
        return catalog.existing(id).filter(entry -> !entry.problem().isEmpty()).isPresent();
    }

    private Set<ModelId> withDependents(Set<ModelId> ids) {
        Set<ModelId> all = new LinkedHashSet<>(ids);
        all.addAll(dependencies.dependents(ids));
        return all;
    }

    /** Loads wanted models, each after those that it is made of; answers what went wrong with each. */
    private Map<ModelId, Optional<InferException>> loadInOrder(
            Set<ModelId> ids, Function<ModelSource, Optional<InferException>> load) {
        Map<ModelId, CompletableFuture<Optional<InferException>>> loads = new LinkedHashMap<>();
        for (ModelId id : dependencies.inOrder(ids)) {
            dependencies.source(id).ifPresent(source -> {
                CompletableFuture<?>[] before = dependencies.parts(source).stream()
                        .map(loads::get)
                        .filter(Objects::nonNull)
                        .toArray(CompletableFuture<?>[]::new);
                loads.put(
                        id,
                        CompletableFuture.allOf(before)
                                .thenApplyAsync(
                                        _ -> load.apply(source),
                                        Thread.ofVirtual().name("load-" + id.name())::start));
            });
        }
        Map<ModelId, Optional<InferException>> results = new LinkedHashMap<>();
        loads.forEach((id, result) -> results.put(id, result.join()));
        return results;
    }

    private Optional<InferException> load(ModelSource source, boolean retry, boolean asked) {
        ModelEntry entry = catalog.entry(source.id());
        try {
            if (EnsembleLoader.isEnsemble(source.config())) {
                loadEnsemble(entry, source, asked);
            } else {
                entry.load(source, retry, loader, threads);
            }
            return Optional.empty();
        } catch (InferException e) {
            return Optional.of(e);
        }
    }

    /** @param asked whether somebody asked for it; else only its models may have changed */
    private void loadEnsemble(ModelEntry entry, ModelSource source, boolean asked) {
        try {
            ModelConfig config = complete(source);
            List<Model> ready = entry.ready();
            // The models that made them may have changed, though the ensemble has not.
            ready.forEach(Model::forgetAnswers);
            boolean fits = !ready.isEmpty()
                    && ready.stream().allMatch(model -> model.config().equals(config));
            if (asked || !fits) {
                entry.load(source.withConfig(config), true, loader, threads);
            }
        } catch (ModelLoadException e) {
            if (!entry.ready().isEmpty()) {
                entry.unload();
            }
            if (entry.cannotBeUsed(e.text())) {
                LOG.error("ensemble '{}' cannot be used: {}", source.id(), e.text());
            }
            throw new InferException(
                    InferException.Code.INVALID_ARG,
                    "load failed for model '" + source.id() + "': " + e.text() + "\n",
                    e);
        }
    }

    private ModelConfig complete(ModelSource source) {
        Optional<String> problem = dependencies.problem(source.id());
        if (problem.isPresent()) {
            throw ModelLoadException.invalid(problem.get());
        }
        return ensembles.complete(source.id(), dependencies.bound(source));
    }

    /** Whether a model is loaded, or would be if it could. */
    boolean wants(ModelId id) {
        return dependencies.source(id).isPresent();
    }

    /** The models that the steps of ensembles mean which are loaded, or would be if they could. */
    Set<ModelId> stepsOfWanted() {
        return dependencies.stepsOfWanted();
    }

    /**
     * Unloads models, and the ensembles that need them; these come back with them. Requests in flight are not awaited.
     *
     * @param withSteps whether the models go too that were loaded only as steps of what goes
     * @return the models that were ready
     */
    List<Model> unload(Collection<ModelId> ids, boolean withSteps) {
        try (ModelOperationOrder.Turn _ = turns.await(() -> withDependents(dependencies.family(ids)))) {
            List<ModelId> gone = dependencies.forget(ids, withSteps);
            Set<ModelId> whole = dependencies.dependents(gone);
            Set<ModelId> broken = dependencies.lacking(whole);
            whole.removeAll(broken);
            loadInOrder(whole, source -> load(source, false, false));
            return unload(ids, broken, gone);
        }
    }

    /**
     * Unloads what is wanted no more, and first the ensembles that need it.
     *
     * @param asked what of it somebody asked to be unloaded
     * @return the models that were ready
     */
    private List<Model> unload(Collection<ModelId> asked, Collection<ModelId> broken, Collection<ModelId> gone) {
        List<ModelId> all = new ArrayList<>(broken);
        all.addAll(gone);
        List<Model> ready = new ArrayList<>();
        for (ModelId each : all) {
            catalog.existing(each).ifPresent(entry -> {
                ready.addAll(entry.ready());
                entry.unload();
            });
        }
        String names = asked.stream().map(ModelId::toString).collect(Collectors.joining("', '"));
        broken.forEach(each -> LOG.warn("ensemble '{}' goes with model '{}', which it needs", each, names));
        return ready;
    }
}
