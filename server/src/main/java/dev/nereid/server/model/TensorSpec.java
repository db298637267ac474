package dev.nereid.server.model;

import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Objects;

/**
 * What a model's config says of one input or output.
 *
 * @param dims as the model's code sees them, behind the {@code reshape} where there is one; without the batch dim, -1 for any
 *     extent
 */
public record TensorSpec(String name, DataType dataType, List<Long> dims) {
    public TensorSpec {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(dataType, "dataType");
        dims = List.copyOf(dims);
    }
}
