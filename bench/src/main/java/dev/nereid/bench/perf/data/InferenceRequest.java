package dev.nereid.bench.perf.data;

import java.util.List;
import java.util.Map;

/**
 * What one request asks for, in no protocol's form.
 *
 * @param outputs their names
 * @param parameters of the request; values are {@code Boolean}, {@code Long}, {@code Double} or {@code String}
 */
public record InferenceRequest(List<InputTensor> inputs, List<String> outputs, Map<String, Object> parameters) {
    public InferenceRequest {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        parameters = Map.copyOf(parameters);
    }
}
