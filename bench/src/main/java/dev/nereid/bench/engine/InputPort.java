package dev.nereid.bench.engine;

import dev.nereid.models.LoadedModel;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;

/** An input as a model declares it, with 1 for every open dim. */
record InputPort(String name, DataType dataType, Shape shape) {
    /** The inputs of a model. */
    static List<InputPort> of(LoadedModel model) {
        return model.inputs().stream()
                .map(port -> new InputPort(
                        port.name(),
                        port.type().dataType(),
                        Shape.of(port.type().dims().orElseThrow().stream()
                                .mapToLong(dim -> dim.isKnown() ? dim.value() : 1)
                                .toArray())))
                .toList();
    }
}
