package dev.nereid.models.graph;

import java.util.Objects;

/**
 * A list of values of one type. The shapes of tensors in it may differ: a dim of {@code element} that is not a number
 * says nothing about two elements being equal there.
 */
public record SequenceType(ValueType element) implements ValueType {
    public SequenceType {
        Objects.requireNonNull(element, "element");
    }

    @Override
    public String toString() {
        return "sequence(" + element + ")";
    }
}
