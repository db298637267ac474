package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.InferException;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads and unloads models together with those that hang on them: an ensemble brings the models of its steps, comes after
 * them, is checked again whenever one of them changes, and goes when one is missing. Any thread. Operations run side by
 * side as long as they have no models in common; on a model that nothing hangs on, the newer one overtakes the older.
 */
final class DependentLoads {
    private static final Logger LOG = LoggerFactory.getLogger(DependentLoads.class);

    private final ModelCatalog catalog;
    private final VersionLoader loader;
    private final EnsembleLoader ensembles;
    private final Executor threads;
    private final ModelDependencies dependencies = new ModelDependencies();
    private final Turns turns = new Turns();

    /** @param threads where versions are loaded */
    DependentLoads(ModelCatalog catalog, VersionLoader loader, EnsembleLoader ensembles, Executor threads) {
        this.catalog = catalog;
        this.loader = loader;
        this.ensembles = ensembles;
        this.threads = threads;
    }

    /**
     * Loads models and what hangs on them. Blocks until all have been tried.
     *
     * @param retry whether to try again what failed before and has not changed since
     * @param reader reads the folder of a model that a step names; throws ModelLoadException
     * @return for each of {@code requested} what went wrong; empty where nothing did
     */
    Map<String, Optional<InferException>> load(
            Collection<ModelSource> requested, boolean retry, Function<String, ModelSource> reader) {
        Map<String, ModelSource> sources = withSteps(requested, retry, reader);
        try (Turns.Turn turn = turns.await(() -> withDependents(sources.keySet()))) {
            sources.values().forEach(source -> dependencies.want(source, requested.contains(source)));
            Map<String, Optional<InferException>> results =
                    loadInOrder(turn.names(), source -> load(source, retry, sources.containsKey(source.name())));
            Map<String, Optional<InferException>> asked = new LinkedHashMap<>();
            for (ModelSource source : requested) {
                asked.put(source.name(), results.getOrDefault(source.name(), Optional.empty()));
            }
            return asked;
        }
    }

    /** The models by name, with those of their steps, of their steps, and so on, as far as they can be read. */
    private Map<String, ModelSource> withSteps(
            Collection<ModelSource> requested, boolean retry, Function<String, ModelSource> reader) {
        Map<String, ModelSource> sources = new LinkedHashMap<>();
        requested.forEach(source -> sources.put(source.name(), source));
        Deque<ModelSource> open = new ArrayDeque<>(requested);
        for (ModelSource source = open.poll(); source != null; source = open.poll()) {
            for (String step : ModelDependencies.steps(source)) {
                if (sources.containsKey(step) || !ModelFolders.isName(step)) {
                    continue;
                }
                try {
                    ModelSource part = reader.apply(step);
                    sources.put(step, part);
                    open.add(part);
                } catch (ModelLoadException e) {
                    if (retry || !cannotBeUsed(source.name())) {
                        LOG.error(
                                "model '{}', a step of ensemble '{}', cannot be loaded: {}",
                                step,
                                source.name(),
                                e.text());
                    }
                }
            }
        }
        return sources;
    }

    /** Whether that was found out before, and said: polls come again and again. */
    private boolean cannotBeUsed(String name) {
        return catalog.existing(name)
                .filter(entry -> !entry.problem().isEmpty())
                .isPresent();
    }

    private Set<String> withDependents(Set<String> names) {
        Set<String> all = new LinkedHashSet<>(names);
        all.addAll(dependencies.dependents(names));
        return all;
    }

    /** Loads wanted models, each after those that it is made of; answers what went wrong with each. */
    private Map<String, Optional<InferException>> loadInOrder(
            Set<String> names, Function<ModelSource, Optional<InferException>> load) {
        Map<String, CompletableFuture<Optional<InferException>>> loads = new LinkedHashMap<>();
        for (String name : dependencies.inOrder(names)) {
            dependencies.source(name).ifPresent(source -> {
                CompletableFuture<?>[] before = ModelDependencies.steps(source).stream()
                        .map(loads::get)
                        .filter(Objects::nonNull)
                        .toArray(CompletableFuture<?>[]::new);
                loads.put(
                        name,
                        CompletableFuture.allOf(before)
                                .thenApplyAsync(
                                        _ -> load.apply(source),
                                        Thread.ofVirtual().name("load-" + name)::start));
            });
        }
        Map<String, Optional<InferException>> results = new LinkedHashMap<>();
        loads.forEach((name, result) -> results.put(name, result.join()));
        return results;
    }

    private Optional<InferException> load(ModelSource source, boolean retry, boolean asked) {
        ModelEntry entry = catalog.entry(source.name());
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
                LOG.error("ensemble '{}' cannot be used: {}", source.name(), e.text());
            }
            throw new InferException(
                    InferException.Code.INVALID_ARG,
                    "load failed for model '" + source.name() + "': " + e.text() + "\n",
                    e);
        }
    }

    private ModelConfig complete(ModelSource source) {
        Optional<String> problem = dependencies.problem(source.name());
        if (problem.isPresent()) {
            throw ModelLoadException.invalid(problem.get());
        }
        return ensembles.complete(source.config());
    }

    /** Whether a model is loaded, or would be if it could. */
    boolean wants(String name) {
        return dependencies.source(name).isPresent();
    }

    /**
     * Unloads a model, and the ensembles that need it; these come back with it. Requests in flight are not awaited.
     *
     * @param withSteps whether the models go too that were loaded only as steps of what goes
     * @return the models that were ready
     */
    List<Model> unload(String name, boolean withSteps) {
        try (Turns.Turn _ = turns.await(() -> withDependents(dependencies.family(name)))) {
            return unloadAll(name, withSteps);
        }
    }

    private List<Model> unloadAll(String name, boolean withSteps) {
        List<String> gone = dependencies.forget(name, withSteps);
        Set<String> broken = dependencies.dependents(gone);
        List<String> all = new ArrayList<>(broken);
        all.addAll(gone);
        List<Model> ready = new ArrayList<>();
        for (String each : all) {
            catalog.existing(each).ifPresent(entry -> {
                ready.addAll(entry.ready());
                entry.unload();
            });
        }
        broken.forEach(each -> LOG.warn("ensemble '{}' goes with model '{}', which it needs", each, name));
        return ready;
    }
}
