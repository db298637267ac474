package dev.nereid.models.operators;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.OptionalType;
import dev.nereid.models.graph.SequenceType;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What two types have in common, and types with less in them. */
public final class Types {
    private Types() {}

    /**
     * The type of a value that is of one or the other type: a dim in which they differ becomes an unknown one, ranks
     * that differ an unknown rank.
     *
     * @param what names the value in the message
     * @param unknown gives a fresh dim
     * @throws ModelFormatException if they have no type in common
     */
    public static ValueType join(ValueType left, ValueType right, String what, Supplier<Dim> unknown) {
        if (left.equals(right)) {
            return left;
        }
        if (left instanceof TensorType a && right instanceof TensorType b && a.dataType() == b.dataType()) {
            return join(a, b, unknown);
        }
        if (left instanceof SequenceType(ValueType a) && right instanceof SequenceType(ValueType b)) {
            return new SequenceType(join(a, b, what, unknown));
        }
        if (left instanceof OptionalType(ValueType a) && right instanceof OptionalType(ValueType b)) {
            return new OptionalType(join(a, b, what, unknown));
        }
        throw new ModelFormatException(what + " is " + left + " in one place and " + right + " in another");
    }

    private static TensorType join(TensorType left, TensorType right, Supplier<Dim> unknown) {
        if (!left.hasRank() || !right.hasRank() || left.rank() != right.rank()) {
            return TensorType.ofUnknownRank(left.dataType());
        }
        List<Dim> dims = new ArrayList<>();
        for (int axis = 0; axis < left.rank(); axis++) {
            boolean same = left.dim(axis).equals(right.dim(axis));
            dims.add(same ? left.dim(axis) : unknown.get());
        }
        return TensorType.of(left.dataType(), dims);
    }

    /** The type with a fresh dim in place of every formula: of an element that others of its sequence need not equal. */
    public static TensorType forgettingFormulas(TensorType type, Supplier<Dim> unknown) {
        return type.dims()
                .map(dims -> TensorType.of(
                        type.dataType(),
                        dims.stream()
                                .map(dim -> dim.isKnown() ? dim : unknown.get())
                                .toList()))
                .orElse(type);
    }
}
