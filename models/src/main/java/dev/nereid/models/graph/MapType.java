package dev.nereid.models.graph;

import dev.nereid.tensor.DataType;
import java.util.Objects;

/**
 * Values found by keys.
 *
 * @param key an integer type or {@code STRING}
 * @param value for the maps that operators make and read, a tensor of rank 0
 */
public record MapType(DataType key, ValueType value) implements ValueType {
    public MapType {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
    }

    @Override
    public String toString() {
        return "map(" + key + "," + value + ")";
    }
}
