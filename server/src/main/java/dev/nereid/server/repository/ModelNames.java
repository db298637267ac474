package dev.nereid.server.repository;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.folders.ModelId;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;

/**
 * Which models a name stands for: Triton's global map. Holds the models that somebody wants to be loaded, whether they could be
 * or not. Without namespaces a name is its model's identity, and nothing has to be looked up. Any thread; look-ups never wait.
 */
final class ModelNames {
    private final boolean namespaces;
    /** A name that had a model once stays, for errors tell it from one that never had. */
    private final ConcurrentMap<String, SortedSet<ModelId>> models = new ConcurrentHashMap<>();

    /** @param namespaces whether several models may have one name */
    ModelNames(boolean namespaces) {
        this.namespaces = namespaces;
    }

    void add(ModelId id) {
        models.compute(id.name(), (_, before) -> changed(before == null ? none() : before, after -> after.add(id)));
    }

    void remove(ModelId id) {
        models.computeIfPresent(id.name(), (_, before) -> changed(before, after -> after.remove(id)));
    }

    /**
     * The model that a request means.
     *
     * @throws InferException in Triton's words if no model or several have the name
     */
    ModelId find(String name) {
        if (!namespaces) {
            return ModelId.of(name);
        }
        SortedSet<ModelId> found = models.get(name);
        if (found == null) {
            throw InferException.invalid(LookUpErrors.unknownModel(name));
        }
        return switch (found.size()) {
            case 0 -> throw InferException.notFound(LookUpErrors.noIdentifier(name));
            case 1 -> found.first();
            default -> throw InferException.invalid(LookUpErrors.ambiguous(name, found.size()));
        };
    }

    /** The model that a request means; empty where no model or several have the name. */
    Optional<ModelId> only(String name) {
        return namespaces ? only(models.getOrDefault(name, none())) : Optional.of(ModelId.of(name));
    }

    /** Every model that an operation means which is for all models of a name. */
    Set<ModelId> all(String name) {
        return namespaces ? models.getOrDefault(name, none()) : Set.of(ModelId.of(name));
    }

    /**
     * The model that a step of an ensemble means: that of the ensemble's own namespace, or else the only one of that name;
     * empty where there is none or no telling which.
     */
    Optional<ModelId> part(ModelId ensemble, String step) {
        SortedSet<ModelId> found = models.getOrDefault(step, none());
        ModelId own = new ModelId(ensemble.namespace(), step);
        return found.contains(own) ? Optional.of(own) : only(found);
    }

    private static Optional<ModelId> only(SortedSet<ModelId> found) {
        return found.size() == 1 ? Optional.of(found.first()) : Optional.empty();
    }

    private static SortedSet<ModelId> none() {
        return Collections.emptySortedSet();
    }

    private static SortedSet<ModelId> changed(SortedSet<ModelId> before, Consumer<SortedSet<ModelId>> change) {
        SortedSet<ModelId> after = new TreeSet<>(before);
        change.accept(after);
        return Collections.unmodifiableSortedSet(after);
    }
}
