package dev.nereid.perf.data;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one request asks for, in no protocol's form.
 *
 * @param parameters of the request; values are {@code Boolean}, {@code Long}, {@code Double} or {@code String}
 * @param expected outputs that the answer has to have, byte for byte; empty for any answer
 * @param body the whole body where it was given as it is
 */
public record InferenceRequest(
        List<InputTensor> inputs,
        List<RequestedOutput> outputs,
        Map<String, Object> parameters,
        List<InputTensor> expected,
        Optional<String> body) {
    public InferenceRequest {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        parameters = Map.copyOf(parameters);
        expected = List.copyOf(expected);
    }

    /** The same request with other parameters. */
    public InferenceRequest with(Map<String, Object> others) {
        return new InferenceRequest(inputs, outputs, others, expected, body);
    }
}
