package dev.nereid.models;

import java.util.List;
import java.util.Map;

/**
 * The inputs and outputs of a model as its file has them, in the file's order.
 *
 * @param inputs what every run must bring
 * @param overridable initializers that are inputs too: what a run may bring, and has a value without
 * @param unbatched outputs whose first dim is another number than the inputs' first dim, and what the nodes make it: of such a
 *     model the first dim is no batch
 */
public record ModelSignature(
        List<LoadedModel.Port> inputs,
        List<LoadedModel.Port> overridable,
        List<LoadedModel.Port> outputs,
        Map<String, String> unbatched) {
    public ModelSignature {
        inputs = List.copyOf(inputs);
        overridable = List.copyOf(overridable);
        outputs = List.copyOf(outputs);
        unbatched = Map.copyOf(unbatched);
    }
}
