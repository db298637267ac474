package dev.nereid.models.imported;

import dev.nereid.models.graph.TensorType;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a config says of a model's inputs and outputs, for formats whose files have no names or types of their own: the model
 * then has these. Of no meaning for ONNX.
 *
 * @param inputs in the config's order
 * @param outputs names in the config's order
 * @param parameters of the config, for formats that Triton's backend reads by them
 */
public record DeclaredPorts(List<Input> inputs, List<String> outputs, Map<String, String> parameters) {
    /** A config that says nothing. */
    public static final DeclaredPorts NONE = new DeclaredPorts(List.of(), List.of());

    /** An input as a run brings it, with the dim of the batch if it has one. */
    public record Input(String name, TensorType type) {
        public Input {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(type, "type");
        }
    }

    public DeclaredPorts {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        parameters = Map.copyOf(parameters);
    }

    /** A config without parameters. */
    public DeclaredPorts(List<Input> inputs, List<String> outputs) {
        this(inputs, outputs, Map.of());
    }

    /** The names of the inputs. */
    public List<String> inputNames() {
        return inputs.stream().map(Input::name).toList();
    }
}
