package dev.nereid.models;

import java.util.List;

/** The inputs and outputs of a model as its file declares them, in the file's order. */
public record ModelSignature(List<LoadedModel.Port> inputs, List<LoadedModel.Port> outputs) {
    public ModelSignature {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }
}
