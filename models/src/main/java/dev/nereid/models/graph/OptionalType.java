package dev.nereid.models.graph;

import java.util.Objects;

/** A value that may be absent. */
public record OptionalType(ValueType element) implements ValueType {
    public OptionalType {
        Objects.requireNonNull(element, "element");
    }

    @Override
    public String toString() {
        return "optional(" + element + ")";
    }
}
