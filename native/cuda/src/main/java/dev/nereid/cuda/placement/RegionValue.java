package dev.nereid.cuda.placement;

import dev.nereid.models.graph.TensorType;

/** A value on a device: its type, in formulas over the symbols of the model's inputs, and where it lies there. */
record RegionValue(String name, TensorType type, Place place) {
    /** Where a value lies. */
    sealed interface Place {
        /** In the memory of a run, where the first region that reads it has copied it from the host. */
        record Input() implements Place {}

        /** In the model's constants. */
        record Constant(long address) implements Place {}

        /** In the memory of a run, made by a step. */
        record Memory() implements Place {}

        /** The memory of another value, which is no alias itself. */
        record Alias(int value) implements Place {}
    }
}
