package dev.nereid.models.plan;

import dev.nereid.tensor.Tensor;

/** Where the memory of one value of a plan comes from. */
public sealed interface Storage {
    /** The run's input at {@code index}, where it lies. */
    record Input(int index) implements Storage {}

    /** Memory of the model. */
    record Constant(Tensor tensor) implements Storage {}

    /** A region of the frame, by its number. */
    record InRegion(int region) implements Storage {}

    /** Made by the run when its size is known. */
    record Dynamic() implements Storage {}

    /** Another value's memory under another shape. */
    record Alias(int value) implements Storage {}
}
