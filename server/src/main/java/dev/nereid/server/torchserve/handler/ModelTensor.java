package dev.nereid.server.torchserve.handler;

import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Objects;

/**
 * An input or output of the engine's model.
 *
 * @param dims with the batch dim in front where the model batches; -1 for a dim of any size
 */
public record ModelTensor(String name, DataType dataType, List<Long> dims) {
    public ModelTensor {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(dataType, "dataType");
        dims = List.copyOf(dims);
    }

    int rank() {
        return dims.size();
    }
}
