package dev.nereid.server.repository.validation;

import java.util.List;
import java.util.Objects;

/**
 * One way to call a model: named inputs and outputs. A model has one that is called when a request names none; formats whose
 * files have more, such as SavedModel, call it {@link #DEFAULT} too.
 */
public record ModelSignature(String name, List<TensorMetadata> inputs, List<TensorMetadata> outputs) {
    /** The name of the signature that is called when a request names none. */
    public static final String DEFAULT = "serving_default";

    public ModelSignature {
        Objects.requireNonNull(name, "name");
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }
}
