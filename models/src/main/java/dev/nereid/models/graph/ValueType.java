package dev.nereid.models.graph;

import dev.nereid.models.ModelFormatException;

/** What is known of a value before it exists. Nearly every value is a tensor. */
public sealed interface ValueType permits TensorType, SequenceType, OptionalType, MapType {
    /**
     * This type, where only a tensor will do.
     *
     * @param what names the value in the message
     * @throws ModelFormatException if it is another type
     */
    default TensorType asTensor(String what) {
        if (this instanceof TensorType tensor) {
            return tensor;
        }
        throw new ModelFormatException(what + ": expected a tensor, got " + this);
    }
}
