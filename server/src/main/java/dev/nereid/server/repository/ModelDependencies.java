package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelEnsembling.Step;
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
 * that could not be loaded, so that they come when what they lack does. Any thread.
 */
final class ModelDependencies {
    /**
     * A model that is wanted.
     *
     * @param named whether somebody asked for it by its name, and not only for an ensemble that it is a step of
     */
    private record Wanted(ModelSource source, boolean named) {}

    private final SortedMap<String, Wanted> wanted = new TreeMap<>();

    /** The names of the models that a model's steps use, each once, in order; none where it is no ensemble. */
    static Set<String> steps(ModelSource source) {
        Set<String> names = new LinkedHashSet<>();
        for (Step step : source.config().getEnsembleScheduling().getStepList()) {
            names.add(step.getModelName());
        }
        return names;
    }

    /** Wants a model from now on, as it lies in its folder now. */
    synchronized void want(ModelSource source, boolean named) {
        Wanted before = wanted.get(source.name());
        wanted.put(source.name(), new Wanted(source, named || (before != null && before.named())));
    }

    /**
     * Wants a model no more.
     *
     * @param withSteps whether to forget those of its steps' models too that nobody asked for and no other ensemble needs
     * @return everything that was forgotten, the model first
     */
    synchronized List<String> forget(String name, boolean withSteps) {
        List<String> forgotten = new ArrayList<>(List.of(name));
        for (int i = 0; i < forgotten.size(); i++) {
            Wanted gone = wanted.remove(forgotten.get(i));
            if (gone == null || !withSteps) {
                continue;
            }
            for (String step : steps(gone.source())) {
                Wanted part = wanted.get(step);
                if (part != null && !part.named() && readers(step).isEmpty() && !forgotten.contains(step)) {
                    forgotten.add(step);
                }
            }
        }
        return forgotten;
    }

    /** What was wanted of a model last. */
    synchronized Optional<ModelSource> source(String name) {
        return Optional.ofNullable(wanted.get(name)).map(Wanted::source);
    }

    /** A model with the models of its steps, of their steps, and so on. */
    synchronized Set<String> family(String name) {
        Set<String> found = new LinkedHashSet<>(Set.of(name));
        List<String> open = new ArrayList<>(found);
        for (int i = 0; i < open.size(); i++) {
            for (String step : source(open.get(i)).map(ModelDependencies::steps).orElse(Set.of())) {
                if (found.add(step)) {
                    open.add(step);
                }
            }
        }
        return found;
    }

    /** The ensembles that use one of these models, directly or not, without these models themselves. */
    synchronized Set<String> dependents(Collection<String> names) {
        Set<String> found = new LinkedHashSet<>();
        List<String> open = new ArrayList<>(names);
        for (int i = 0; i < open.size(); i++) {
            for (String reader : readers(open.get(i))) {
                if (found.add(reader)) {
                    open.add(reader);
                }
            }
        }
        names.forEach(found::remove);
        return found;
    }

    private List<String> readers(String name) {
        return wanted.values().stream()
                .map(Wanted::source)
                .filter(source -> steps(source).contains(name))
                .map(ModelSource::name)
                .toList();
    }

    /** Puts names in an order in which each comes after the models of its steps, as far as no circle forbids it. */
    synchronized List<String> inOrder(Collection<String> names) {
        Set<String> ordered = new LinkedHashSet<>();
        Set<String> entered = new HashSet<>();
        names.forEach(name -> order(name, entered, ordered));
        ordered.retainAll(Set.copyOf(names));
        return List.copyOf(ordered);
    }

    private void order(String name, Set<String> entered, Set<String> ordered) {
        if (entered.add(name)) {
            source(name).ifPresent(source -> steps(source).forEach(step -> order(step, entered, ordered)));
            ordered.add(name);
        }
    }

    /** Why a wanted ensemble cannot be loaded whatever its models are, in Triton's words; empty where it can. */
    synchronized Optional<String> problem(String name) {
        Optional<ModelSource> source = source(name);
        if (source.isEmpty()) {
            return Optional.empty();
        }
        List<String> missing = steps(source.get()).stream()
                .filter(step -> !wanted.containsKey(step))
                .toList();
        return missing.isEmpty()
                ? circle(name, name, new HashSet<>())
                : Optional.of("ensemble " + name + " contains models that are not available or ambiguous: "
                        + String.join(", ", missing));
    }

    private Optional<String> circle(String start, String now, Set<String> seen) {
        for (String step : source(now).map(ModelDependencies::steps).orElse(Set.of())) {
            if (step.equals(start)) {
                return Optional.of(
                        "circular dependency between ensembles: " + start + " -> ... -> " + now + " -> " + start);
            }
            if (seen.add(step)) {
                Optional<String> further = circle(start, step, seen);
                if (further.isPresent()) {
                    return further;
                }
            }
        }
        return Optional.empty();
    }
}
