package dev.nereid.models.graph;

import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** A value while a plan runs. Holds no memory of its own: its tensors are views into that of the run. */
public sealed interface RunValue {
    record OfTensor(Tensor tensor) implements RunValue {
        public OfTensor {
            Objects.requireNonNull(tensor, "tensor");
        }
    }

    record OfSequence(List<RunValue> elements) implements RunValue {
        public OfSequence {
            elements = List.copyOf(elements);
        }
    }

    record OfOptional(Optional<RunValue> element) implements RunValue {
        public OfOptional {
            Objects.requireNonNull(element, "element");
        }
    }

    /**
     * Scalars found by keys: {@code values[i]} by {@code keys[i]}.
     *
     * @param keys of rank 1, integers or strings, no two equal
     * @param values of rank 1, as long as {@code keys}
     */
    record OfMap(Tensor keys, Tensor values) implements RunValue {
        public OfMap {
            if (keys.shape().rank() != 1 || !keys.shape().equals(values.shape())) {
                throw new IllegalArgumentException("a map has keys and values of one length, got shapes " + keys.shape()
                        + " and " + values.shape());
            }
        }
    }

    static RunValue of(Tensor tensor) {
        return new OfTensor(tensor);
    }

    /** The tensor; only of a tensor. */
    default Tensor tensor() {
        if (this instanceof OfTensor(Tensor tensor)) {
            return tensor;
        }
        throw new IllegalStateException("expected a tensor, got " + kind());
    }

    /** The elements; only of a sequence. */
    default List<RunValue> elements() {
        if (this instanceof OfSequence(List<RunValue> elements)) {
            return elements;
        }
        throw new IllegalStateException("expected a sequence, got " + kind());
    }

    /** What kind of value this is, with an article, for messages. */
    default String kind() {
        return switch (this) {
            case OfTensor(Tensor tensor) -> "a tensor " + tensor.dataType() + tensor.shape();
            case OfSequence(List<RunValue> elements) -> "a sequence of " + elements.size();
            case OfOptional(Optional<RunValue> element) ->
                element.map(value -> "an optional holding " + value.kind()).orElse("an empty optional");
            case OfMap(Tensor keys, Tensor _) -> "a map of " + keys.shape().elements() + " entries";
        };
    }
}
