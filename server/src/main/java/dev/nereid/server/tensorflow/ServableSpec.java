package dev.nereid.server.tensorflow;

import dev.nereid.server.repository.Model;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which model a request means.
 *
 * @param version empty for the latest that is available, or for the one with the label
 * @param label a name that the configuration gives to a version; not together with a version
 */
public record ServableSpec(String name, OptionalLong version, Optional<String> label) {
    public ServableSpec {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(label, "label");
    }

    /** The latest version of a model. */
    public static ServableSpec latest(String name) {
        return new ServableSpec(name, OptionalLong.empty(), Optional.empty());
    }

    /** The version, or the label, that a request to the model insists on; empty where any later one may take its place. */
    public String insistedVersion(Model model) {
        return label.orElseGet(() -> version.isEmpty() ? "" : Long.toString(model.version()));
    }

    /** The same model in a version. */
    ServableSpec atVersion(long number) {
        return new ServableSpec(name, OptionalLong.of(number), Optional.empty());
    }

    /** As errors write it. */
    @Override
    public String toString() {
        return version.isPresent() ? "Specific(" + name + ", " + version.getAsLong() + ")" : "Latest(" + name + ")";
    }
}
