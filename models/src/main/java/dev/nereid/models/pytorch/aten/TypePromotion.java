package dev.nereid.models.pytorch.aten;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * PyTorch's rules for the datatype of a result, and arguments as values of that type. Categories come first: truth
 * values, integers, floating-point numbers. Within a category tensors with dims decide, then tensors without, then
 * numbers; a later group counts only where its category is higher. A floating-point number alone is FP32.
 */
final class TypePromotion {
    private TypePromotion() {}

    /** The datatype that arguments have in common; those that are None do not count. */
    static DataType of(AtenCall call, String... names) {
        return of(call.graph(), Stream.of(names).map(call::argument).toList());
    }

    /** The datatype that arguments have in common. */
    static DataType of(AtenGraph graph, List<Argument> arguments) {
        Optional<DataType> dimensioned = Optional.empty();
        Optional<DataType> dimensionless = Optional.empty();
        Optional<DataType> numbers = Optional.empty();
        for (Argument argument : arguments) {
            switch (argument) {
                case Argument.OfTensor(TensorReference reference) -> {
                    DataType type = graph.dataType(reference.value());
                    if (graph.rank(reference.value()) > 0) {
                        dimensioned = joined(dimensioned, type);
                    } else {
                        dimensionless = joined(dimensionless, type);
                    }
                }
                case Argument.OfNone _ -> {}
                default -> numbers = joined(numbers, numberType(graph, argument));
            }
        }
        return over(dimensioned, over(dimensionless, numbers))
                .orElseThrow(() -> new ModelFormatException("it has no argument with a datatype"));
    }

    /** As {@link #of}, where the result is a floating-point number in any case: integers become FP32. */
    static DataType realOf(AtenCall call, String... names) {
        return real(of(call, names));
    }

    /** A floating-point type as it is, FP32 for others. */
    static DataType real(DataType type) {
        return type.isFloat() ? type : DataType.FP32;
    }

    /** The datatype that holds the values of both, as PyTorch has it. */
    static DataType common(DataType a, DataType b) {
        if (a == b || b == DataType.BOOL) {
            return a;
        }
        if (a == DataType.BOOL) {
            return b;
        }
        if (a.isFloat() != b.isFloat()) {
            return a.isFloat() ? a : b;
        }
        if (a.bytes() != b.bytes()) {
            DataType wide = a.bytes() > b.bytes() ? a : b;
            DataType narrow = wide == a ? b : a;
            boolean fits = a.isFloat() || wide.kind() == DataType.Kind.SIGNED || wide.kind() == narrow.kind();
            return fits ? wide : signedAbove(wide);
        }
        return a.isFloat() ? DataType.FP32 : signedAbove(a);
    }

    private static DataType signedAbove(DataType type) {
        return switch (type.bytes()) {
            case 1 -> DataType.INT16;
            case 2 -> DataType.INT32;
            default -> DataType.INT64;
        };
    }

    /** An argument, a tensor or a number, as a value of a datatype. */
    static Value value(AtenCall call, String name, DataType type) {
        return value(call.graph(), call.argument(name), type);
    }

    /** A tensor or a number as a value of a datatype. */
    static Value value(AtenGraph graph, Argument argument, DataType type) {
        return switch (argument) {
            case Argument.OfTensor(TensorReference reference) -> graph.cast(reference.value(), type);
            case Argument.OfInteger(long number) -> graph.scalar(number, type);
            case Argument.OfReal(double number) -> graph.scalar(number, type);
            case Argument.OfBoolean(boolean truth) -> graph.scalar(truth ? 1L : 0L, type);
            case Argument.OfSymbolicInteger(Value number) ->
                graph.cast(graph.node("Reshape", number, graph.integers()), type);
            case Argument.OfSymbolicScalar(Value number) -> graph.cast(number, type);
            default -> throw new ModelFormatException("expected a tensor or a number, got " + argument.kind());
        };
    }

    private static DataType numberType(AtenGraph graph, Argument argument) {
        return switch (argument) {
            case Argument.OfInteger _, Argument.OfSymbolicInteger _ -> DataType.INT64;
            case Argument.OfBoolean _ -> DataType.BOOL;
            case Argument.OfReal _ -> DataType.FP32;
            case Argument.OfSymbolicScalar(Value number) ->
                graph.dataType(number) == DataType.BOOL ? DataType.BOOL : DataType.FP32;
            default -> throw new ModelFormatException("expected a tensor or a number, got " + argument.kind());
        };
    }

    private static Optional<DataType> joined(Optional<DataType> known, DataType type) {
        return Optional.of(known.map(each -> common(each, type)).orElse(type));
    }

    /** Types of a group, and of one that counts only where its category is higher. */
    private static Optional<DataType> over(Optional<DataType> first, Optional<DataType> second) {
        if (first.isEmpty() || second.isEmpty()) {
            return first.or(() -> second);
        }
        DataType strong = first.get();
        DataType weak = second.get();
        return category(strong) >= category(weak) ? first : Optional.of(common(strong, weak));
    }

    private static int category(DataType type) {
        return type == DataType.BOOL ? 0 : type.isInteger() ? 1 : 2;
    }
}
