package dev.nereid.server.repository.validation;

import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Objects;

/**
 * An input or output as model metadata describes it.
 *
 * @param shape with the batch dim in front where the model batches; -1 for a dim of any size
 */
public record TensorMetadata(String name, DataType dataType, List<Long> shape) {
    public TensorMetadata {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(dataType, "dataType");
        shape = List.copyOf(shape);
    }
}
