package dev.nereid.models;

import java.util.List;

/**
 * The inputs and outputs of a model as its file has them, in the file's order.
 *
 * @param inputs what every run must bring
 * @param overridable initializers that are inputs too: what a run may bring, and has a value without
 */
public record ModelSignature(
        List<LoadedModel.Port> inputs, List<LoadedModel.Port> overridable, List<LoadedModel.Port> outputs) {
    public ModelSignature {
        inputs = List.copyOf(inputs);
        overridable = List.copyOf(overridable);
        outputs = List.copyOf(outputs);
    }
}
