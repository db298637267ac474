package dev.nereid.models.device;

import dev.nereid.models.graph.TensorType;

/** A value of a region: its type, in formulas over the symbols of the model's inputs, and where it lies on the device. */
record RegionValue(String name, TensorType type, Place place) {
    /** Where a value lies. */
    sealed interface Place {
        /** Copied from the host when the region starts: input number {@code index} of its node. */
        record Input(int index) implements Place {}

        /** In the model's constants. */
        record Constant(long address) implements Place {}

        /** In the memory of a run. */
        record Memory() implements Place {}

        /** Another value's memory. */
        record Alias(int value) implements Place {}
    }
}
