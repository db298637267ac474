package dev.nereid.server.model;

import dev.nereid.server.protocol.Parameter;
import dev.nereid.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What a model answers. Outputs are copied when the response is handed over, but for tensors of {@link ModelRequest#allocate},
 * which go with it. One thread at a time.
 */
public final class ModelResponse {
    private final Map<String, Tensor> outputs = new LinkedHashMap<>();
    private final Map<String, Parameter> parameters = new LinkedHashMap<>();

    /**
     * Adds an output.
     *
     * @param tensor with the request's batch dim in front, where the model has one
     * @return this
     */
    public ModelResponse output(String name, Tensor tensor) {
        outputs.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(tensor, "tensor"));
        return this;
    }

    /**
     * Adds a parameter of the response.
     *
     * @return this
     */
    public ModelResponse parameter(String name, Parameter value) {
        parameters.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value"));
        return this;
    }

    /** In the order in which they were added. */
    public Map<String, Tensor> outputs() {
        return Collections.unmodifiableMap(outputs);
    }

    /** In the order in which they were added. */
    public Map<String, Parameter> parameters() {
        return Collections.unmodifiableMap(parameters);
    }
}
