package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.InferException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
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
 * them, is checked again whenever one of them changes, and goes when one is missing. Any thread; operations run side by
 * side.
 */
final class DependentLoads {
    private static final Logger LOG = LoggerFactory.getLogger(DependentLoads.class);

    private final ModelCatalog catalog;
    private final VersionLoader loader;
    private final EnsembleLoader ensembles;
    private final Executor threads;
    private final ModelDependencies dependencies = new ModelDependencies();

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
        Set<String> names = want(requested, reader);
        names.addAll(dependencies.dependents(names));
        Map<String, CompletableFuture<Optional<InferException>>> loads = new HashMap<>();
        for (String name : dependencies.inOrder(names)) {
            Optional<ModelSource> source = dependencies.source(name);
            if (source.isPresent()) {
                CompletableFuture<?>[] before = ModelDependencies.steps(source.get()).stream()
                        .map(loads::get)
                        .filter(Objects::nonNull)
                        .toArray(CompletableFuture<?>[]::new);
                loads.put(
                        name,
                        CompletableFuture.allOf(before)
                                .thenApplyAsync(
                                        _ -> load(source.get(), retry),
                                        Thread.ofVirtual().name("load-" + name)::start));
            }
        }
        CompletableFuture.allOf(loads.values().toArray(CompletableFuture<?>[]::new))
                .join();
        Map<String, Optional<InferException>> results = new LinkedHashMap<>();
        for (ModelSource source : requested) {
            CompletableFuture<Optional<InferException>> load = loads.get(source.name());
            results.put(source.name(), load == null ? Optional.empty() : load.join());
        }
        return results;
    }

    /** Wants the models, and the models of their steps; answers all their names. */
    private Set<String> want(Collection<ModelSource> requested, Function<String, ModelSource> reader) {
        Set<String> names = new LinkedHashSet<>();
        Deque<ModelSource> open = new ArrayDeque<>(requested);
        for (ModelSource source : requested) {
            names.add(source.name());
            dependencies.want(source, true);
        }
        for (ModelSource source = open.poll(); source != null; source = open.poll()) {
            for (String step : ModelDependencies.steps(source)) {
                if (names.contains(step) || !ModelFolders.isName(step)) {
                    continue;
                }
                try {
                    ModelSource part = reader.apply(step);
                    dependencies.want(part, false);
                    names.add(step);
                    open.add(part);
                } catch (ModelLoadException e) {
                    LOG.error(
                            "model '{}', a step of ensemble '{}', cannot be loaded: {}", step, source.name(), e.text());
                }
            }
        }
        return names;
    }

    private Optional<InferException> load(ModelSource source, boolean retry) {
        ModelEntry entry = catalog.entry(source.name());
        try {
            if (EnsembleLoader.isEnsemble(source.config())) {
                loadEnsemble(entry, source);
            } else {
                entry.load(source, retry, loader, threads);
            }
            return Optional.empty();
        } catch (InferException e) {
            return Optional.of(e);
        }
    }

    private void loadEnsemble(ModelEntry entry, ModelSource source) {
        try {
            ModelSource complete = source.withConfig(complete(source));
            entry.load(complete, true, loader, threads);
            // The model of a step may have gone since it was checked.
            complete(source);
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

    /**
     * Unloads a model, and the ensembles that need it; these come back with it. Returns at once.
     *
     * @param withSteps whether the models go too that were loaded only as steps of what goes
     * @return the models that were ready
     */
    List<Model> unload(String name, boolean withSteps) {
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
        for (String each : broken) {
            LOG.warn("ensemble '{}' goes with model '{}', which it needs", each, name);
            // One that was loaded between the two unloads has a step that is not there any more.
            catalog.existing(each).filter(entry -> !entry.ready().isEmpty()).ifPresent(ModelEntry::unload);
        }
        return ready;
    }
}
