package dev.nereid.models.execute;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.MapType;
import dev.nereid.models.graph.OptionalType;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.SequenceType;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/** Whether a value is of a type. Symbolic dims are not looked at. */
final class TypeCheck {
    private TypeCheck() {}

    /**
     * What is wrong with the value; empty if nothing is.
     *
     * @param what names the value
     */
    static Optional<String> mismatch(String what, ValueType type, RunValue value) {
        return switch (type) {
            case TensorType tensorType
            when value instanceof RunValue.OfTensor(Tensor tensor) -> mismatch(what, tensorType, tensor);
            case SequenceType sequence
            when value instanceof RunValue.OfSequence(List<RunValue> elements) ->
                elements.stream()
                        .flatMap(element -> mismatch("an element of " + what, sequence.element(), element).stream())
                        .findFirst();
            case OptionalType(ValueType element)
            when value instanceof RunValue.OfOptional held ->
                held.element().flatMap(there -> mismatch(what, element, there));
            // Loops may start with an optional and go on with what it holds.
            case OptionalType(ValueType element) -> mismatch(what, element, value);
            case MapType map
            when value instanceof RunValue.OfMap(Tensor keys, Tensor values) ->
                mismatch("the keys of " + what, map.key(), keys)
                        .or(() -> mismatch(
                                "the values of " + what,
                                map.value().asTensor(what).dataType(),
                                values));
            default -> Optional.of(what + ": expected " + type + ", got " + value.kind());
        };
    }

    private static Optional<String> mismatch(String what, TensorType type, Tensor tensor) {
        if (tensor.dataType() != type.dataType() || !type.hasRank()) {
            return mismatch(what, type.dataType(), tensor);
        }
        List<Dim> dims = type.dims().orElseThrow();
        boolean fits = dims.size() == tensor.shape().rank();
        for (int axis = 0; fits && axis < dims.size(); axis++) {
            fits = !dims.get(axis).isKnown()
                    || dims.get(axis).value() == tensor.shape().dim(axis);
        }
        return fits ? Optional.empty() : Optional.of(what + ": expected shape " + dims + ", got " + tensor.shape());
    }

    private static Optional<String> mismatch(String what, DataType expected, Tensor tensor) {
        return tensor.dataType() == expected
                ? Optional.empty()
                : Optional.of(what + ": expected datatype " + expected + ", got " + tensor.dataType());
    }
}
