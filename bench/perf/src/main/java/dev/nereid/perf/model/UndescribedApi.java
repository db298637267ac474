package dev.nereid.perf.model;

import java.util.List;

/** A server that says nothing of its models: what is known of them is what its kind implies. */
public record UndescribedApi(List<TensorSpec> inputs) implements ServerApi {
    /** TorchServe: one string, the name of a file. */
    public static UndescribedApi torchServe() {
        return new UndescribedApi(List.of(new TensorSpec("TORCHSERVE_INPUT", "BYTES", List.of(1L), false)));
    }

    /** OpenAI's interface: no tensors. */
    public static UndescribedApi openAi() {
        return new UndescribedApi(List.of());
    }

    @Override
    public ModelContract contract(String model, String version) {
        return new ModelContract(model, version, inputs, List.of(), 0, false, false, false, List.of());
    }

    @Override
    public void close() {
        // There is no connection.
    }
}
