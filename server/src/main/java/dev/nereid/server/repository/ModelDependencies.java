package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelEnsembling.Step;
import dev.nereid.server.repository.folders.ModelId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which models somebody wants to be loaded, and which of them, the ensembles, are made of which others. Remembers models
 * that could not be loaded, so that they come when what they lack does. Which model a step means can change with every
 * model that comes or goes. Any thread.
 */
final class ModelDependencies {
    /**
     * A model that is wanted.
     *
     * @param named whether somebody asked for it by its name, and not only for an ensemble that it is a step of
     */
    private record Wanted(ModelSource source, boolean named) {}

    private final ModelNames names;
    private final SortedMap<ModelId, Wanted> wanted = new TreeMap<>();

    /** @param names is told of every model that is wanted, and changed by nobody else */
    ModelDependencies(ModelNames names) {
        this.names = names;
    }

    /** The names of the models that a model's steps use, each once, in order; none where it is no ensemble. */
    static Set<String> steps(ModelSource source) {
        Set<String> steps = new LinkedHashSet<>();
        for (Step step : source.config().getEnsembleScheduling().getStepList()) {
            steps.add(step.getModelName());
        }
        return steps;
    }

    /** The models that a model's steps mean now, in order; those that are not wanted are left out. */
    Set<ModelId> parts(ModelSource source) {
        Set<ModelId> parts = new LinkedHashSet<>();
        steps(source).forEach(step -> names.part(source.id(), step).ifPresent(parts::add));
        return parts;
    }

    /** A model's config; an ensemble's says of each step in which namespace its model is now, whatever it said before. */
    ModelConfig bound(ModelSource source) {
        ModelConfig config = source.config();
        if (!config.hasEnsembleScheduling()) {
            return config;
        }
        ModelConfig.Builder bound = config.toBuilder();
        for (Step.Builder step : bound.getEnsembleSchedulingBuilder().getStepBuilderList()) {
            step.setModelNamespace(names.part(source.id(), step.getModelName())
                    .map(ModelId::namespace)
                    .orElse(""));
        }
        return bound.build();
    }

    /** Wants a model from now on, as it lies in its folder now. */
    synchronized void want(ModelSource source, boolean named) {
        Wanted before = wanted.get(source.id());
        wanted.put(source.id(), new Wanted(source, named || (before != null && before.named())));
        names.add(source.id());
    }

    /**
     * Wants models no more.
     *
     * @param withSteps whether to forget those of their steps' models too that nobody asked for and no other ensemble needs
     * @return everything that was forgotten, these models first
     */
    synchronized List<ModelId> forget(Collection<ModelId> ids, boolean withSteps) {
        List<ModelId> forgotten = new ArrayList<>(ids);
        for (int i = 0; i < forgotten.size(); i++) {
            ModelId id = forgotten.get(i);
            Set<ModelId> parts = source(id).map(this::parts).orElse(Set.of()); // while it can still be told
            names.remove(id);
            if (wanted.remove(id) == null || !withSteps) {
                continue;
            }
            for (ModelId part : parts) {
                Wanted kept = wanted.get(part);
                if (kept != null && !kept.named() && !isNeeded(part) && !forgotten.contains(part)) {
                    forgotten.add(part);
                }
            }
        }
        return forgotten;
    }

    private boolean isNeeded(ModelId id) {
        return wanted.values().stream().anyMatch(each -> parts(each.source()).contains(id));
    }

    /** The models that the steps of wanted ensembles mean. */
    synchronized Set<ModelId> stepsOfWanted() {
        Set<ModelId> steps = new HashSet<>();
        wanted.values().forEach(each -> steps.addAll(parts(each.source())));
        return steps;
    }

    /** What was wanted of a model last. */
    synchronized Optional<ModelSource> source(ModelId id) {
        return Optional.ofNullable(wanted.get(id)).map(Wanted::source);
    }

    /** Models with the models of their steps, of their steps, and so on, wanted or not. */
    synchronized Set<ModelId> family(Collection<ModelId> ids) {
        Set<ModelId> found = new LinkedHashSet<>(ids);
        List<ModelId> open = new ArrayList<>(found);
        for (int i = 0; i < open.size(); i++) {
            ModelId id = open.get(i);
            for (String step : source(id).map(ModelDependencies::steps).orElse(Set.of())) {
                ModelId part = names.part(id, step).orElse(new ModelId(id.namespace(), step));
                if (found.add(part)) {
                    open.add(part);
                }
            }
        }
        return found;
    }

    /**
     * The ensembles for which it matters, directly or not, that one of these models changes, comes or goes, without these
     * models themselves: a step may mean it, or would without it mean another one.
     */
    synchronized Set<ModelId> dependents(Collection<ModelId> ids) {
        Set<ModelId> found = new LinkedHashSet<>();
        List<ModelId> open = new ArrayList<>(ids);
        for (int i = 0; i < open.size(); i++) {
            for (ModelId reader : readers(open.get(i).name())) {
                if (found.add(reader)) {
                    open.add(reader);
                }
            }
        }
        ids.forEach(found::remove);
        return found;
    }

    private List<ModelId> readers(String name) {
        return wanted.values().stream()
                .map(Wanted::source)
                .filter(source -> steps(source).contains(name))
                .map(ModelSource::id)
                .toList();
    }

    /** Those of these ensembles that lack a model now, or of whose models one does. */
    synchronized Set<ModelId> lacking(Collection<ModelId> ids) {
        Set<ModelId> lacking = new LinkedHashSet<>();
        boolean grown = true;
        while (grown) {
            grown = false;
            for (ModelId id : ids) {
                grown |= source(id).filter(source -> lacks(source, lacking)).isPresent() && lacking.add(id);
            }
        }
        return lacking;
    }

    private boolean lacks(ModelSource source, Set<ModelId> lacking) {
        return !missing(source).isEmpty() || parts(source).stream().anyMatch(lacking::contains);
    }

    /** Puts models in an order in which each comes after the models of its steps, as far as no circle forbids it. */
    synchronized List<ModelId> inOrder(Collection<ModelId> ids) {
        Set<ModelId> ordered = new LinkedHashSet<>();
        Set<ModelId> entered = new HashSet<>();
        ids.forEach(id -> order(id, entered, ordered));
        ordered.retainAll(Set.copyOf(ids));
        return List.copyOf(ordered);
    }

    private void order(ModelId id, Set<ModelId> entered, Set<ModelId> ordered) {
        if (entered.add(id)) {
            source(id).ifPresent(source -> parts(source).forEach(part -> order(part, entered, ordered)));
            ordered.add(id);
        }
    }

    /** Why a wanted ensemble cannot be loaded whatever its models are, in Triton's words; empty where it can. */
    synchronized Optional<String> problem(ModelId id) {
        Optional<ModelSource> source = source(id);
        if (source.isEmpty()) {
            return Optional.empty();
        }
        List<String> missing = missing(source.get());
        return missing.isEmpty()
                ? circle(id, id, new HashSet<>())
                : Optional.of("ensemble " + id + " contains models that are not available or ambiguous: "
                        + String.join(", ", missing));
    }

    private List<String> missing(ModelSource source) {
        return steps(source).stream()
                .filter(step -> names.part(source.id(), step).isEmpty())
                .toList();
    }

    private Optional<String> circle(ModelId start, ModelId now, Set<ModelId> seen) {
        for (ModelId part : source(now).map(this::parts).orElse(Set.of())) {
            if (part.equals(start)) {
                return Optional.of(
                        "circular dependency between ensembles: " + start + " -> ... -> " + now + " -> " + start);
            }
            if (seen.add(part)) {
                Optional<String> further = circle(start, part, seen);
                if (further.isPresent()) {
                    return further;
                }
            }
        }
        return Optional.empty();
    }
}
