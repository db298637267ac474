package dev.nereid.server.repository.folders;

import dev.nereid.proto.inference.ModelEnsembling.Step;
import java.util.Comparator;
import java.util.Objects;

/**
 * Who a model is: with {@code --model-namespacing} models of different repositories may have one name. Ordered by namespace,
 * then by name, as Triton's index is.
 *
 * @param namespace the path of the repository that the model comes from, as it was given; empty where names alone tell models
 *     apart, and for a model of files that a client sent
 */
public record ModelId(String namespace, String name) implements Comparable<ModelId> {
    private static final Comparator<ModelId> ORDER =
            Comparator.comparing(ModelId::namespace).thenComparing(ModelId::name);

    public ModelId {
        Objects.requireNonNull(namespace, "namespace");
        Objects.requireNonNull(name, "name");
    }

    /** A model in no namespace. */
    public static ModelId of(String name) {
        return new ModelId("", name);
    }

    /** The model that a step of a loaded ensemble means: its config says in which namespace. */
    public static ModelId of(Step step) {
        return new ModelId(step.getModelNamespace(), step.getModelName());
    }

    @Override
    public int compareTo(ModelId other) {
        return ORDER.compare(this, other);
    }

    /** How errors and log lines name the model, as Triton's do: the name alone where there is no namespace. */
    @Override
    public String toString() {
        return namespace.isEmpty() ? name : namespace + "::" + name;
    }
}
