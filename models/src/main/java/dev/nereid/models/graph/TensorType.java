package dev.nereid.models.graph;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What is known of a tensor before it exists: its datatype and, unless even the rank is open, its dims.
 *
 * @param dims empty when the rank is not known
 */
public record TensorType(DataType dataType, Optional<List<Dim>> dims) implements ValueType {
    public TensorType {
        Objects.requireNonNull(dataType, "dataType");
        dims = dims.map(List::copyOf);
    }

    public static TensorType of(DataType dataType, List<Dim> dims) {
        return new TensorType(dataType, Optional.of(dims));
    }

    /** The type of a tensor whose shape is known. */
    public static TensorType of(DataType dataType, Shape shape) {
        List<Dim> dims = new ArrayList<>();
        for (long dim : shape.dims()) {
            dims.add(Dim.of(dim));
        }
        return of(dataType, dims);
    }

    /** A tensor of which only the datatype is known. */
    public static TensorType ofUnknownRank(DataType dataType) {
        return new TensorType(dataType, Optional.empty());
    }

    public boolean hasRank() {
        return dims.isPresent();
    }

    /** The rank; only where it is known. */
    public int rank() {
        return dims.orElseThrow().size();
    }

    /** One dim; negative axes count from the innermost. Only where the rank is known. */
    public Dim dim(int axis) {
        List<Dim> list = dims.orElseThrow();
        return list.get(axis < 0 ? axis + list.size() : axis);
    }

    /** The shape, where every dim is a number. */
    public Optional<Shape> shape() {
        if (dims.isEmpty() || !dims.get().stream().allMatch(Dim::isKnown)) {
            return Optional.empty();
        }
        return Optional.of(Shape.of(dims.get().stream().mapToLong(Dim::value).toArray()));
    }

    public TensorType withDataType(DataType other) {
        return new TensorType(other, dims);
    }

    @Override
    public String toString() {
        return dataType + dims.map(List::toString).orElse("[?]");
    }
}
