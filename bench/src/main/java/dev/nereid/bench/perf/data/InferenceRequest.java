package dev.nereid.bench.perf.data;

import java.util.List;
import java.util.Map;

/**
 * What one request asks for, in no protocol's form.
 *
 * @param parameters of the request; values are {@code Boolean}, {@code Long}, {@code Double} or {@code String}
 */
public record InferenceRequest(List<InputTensor> inputs, List<OutputRequest> outputs, Map<String, Object> parameters) {
    public InferenceRequest {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        parameters = Map.copyOf(parameters);
    }

    /** Where a tensor lies that the server takes from, or puts into, shared memory. */
    public record Region(String name, long bytes) {}
}
