package dev.nereid.models.pytorch.aten;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One call of an ATen operator while a graph is written: its arguments by name, and the builder.
 *
 * @param arguments in the order of the schema's parameters
 */
public record AtenCall(Schema schema, List<Argument> arguments, AtenGraph graph) {
    /** The numbers by which PyTorch's code names datatypes. */
    private static final Map<Long, DataType> SCALAR_TYPES = Map.of(
            0L, DataType.UINT8,
            1L, DataType.INT8,
            2L, DataType.INT16,
            3L, DataType.INT32,
            4L, DataType.INT64,
            5L, DataType.FP16,
            6L, DataType.FP32,
            7L, DataType.FP64,
            11L, DataType.BOOL,
            15L, DataType.BF16);

    public AtenCall {
        arguments = List.copyOf(arguments);
    }

    /** An argument as it was given, or as the schema has it. */
    public Argument argument(String name) {
        for (int i = 0; i < schema.parameters().size(); i++) {
            if (schema.parameters().get(i).name().equals(name)) {
                return arguments.get(i);
            }
        }
        throw new IllegalArgumentException(schema.fullName() + " has no parameter '" + name + "'");
    }

    /** Whether an argument is there and not None. */
    public boolean has(String name) {
        return !(argument(name) instanceof Argument.OfNone);
    }

    /** What a tensor argument holds now. */
    public Value tensor(String name) {
        return reference(name).value();
    }

    /** A tensor argument of which a view may be made, or that may be written. */
    public TensorReference reference(String name) {
        if (argument(name) instanceof Argument.OfTensor(TensorReference reference)) {
            return reference;
        }
        throw wrong(name, "a tensor");
    }

    public Optional<Value> optionalTensor(String name) {
        return has(name) ? Optional.of(tensor(name)) : Optional.empty();
    }

    /** A list of tensors; those that are None are left out. */
    public List<Value> tensors(String name) {
        return optionalTensors(name).stream().flatMap(Optional::stream).toList();
    }

    /** A list of tensors and Nones. */
    public List<Optional<Value>> optionalTensors(String name) {
        List<Optional<Value>> values = new ArrayList<>();
        for (Argument item : items(name)) {
            switch (item) {
                case Argument.OfTensor(TensorReference reference) -> values.add(Optional.of(reference.value()));
                case Argument.OfNone _ -> values.add(Optional.empty());
                default -> throw wrong(name, "a list of tensors");
            }
        }
        return values;
    }

    /** A known integer. */
    public long integer(String name) {
        return integer(name, argument(name));
    }

    private long integer(String name, Argument argument) {
        return switch (argument) {
            case Argument.OfInteger(long value) -> value;
            case Argument.OfBoolean(boolean value) -> value ? 1 : 0;
            default -> throw wrong(name, "an integer that is known when the model is loaded");
        };
    }

    /** Known integers; one is repeated where the schema says so ({@code int[2]}). */
    public long[] integers(String name) {
        return sizes(name).stream().mapToLong(item -> integer(name, item)).toArray();
    }

    /** Integers that need not be known; one is repeated where the schema says so. */
    public List<Argument> sizes(String name) {
        int repeated = schema.parameter(name).map(Schema.Parameter::repeated).orElse(0);
        List<Argument> items =
                argument(name) instanceof Argument.OfList(List<Argument> list) ? list : List.of(argument(name));
        return items.size() == 1 && repeated > 1 ? java.util.Collections.nCopies(repeated, items.getFirst()) : items;
    }

    /** The items of a list. */
    public List<Argument> items(String name) {
        if (argument(name) instanceof Argument.OfList(List<Argument> items)) {
            return items;
        }
        throw wrong(name, "a list");
    }

    /** A known number. */
    public double real(String name) {
        return switch (argument(name)) {
            case Argument.OfReal(double value) -> value;
            case Argument.OfInteger(long value) -> value;
            case Argument.OfBoolean(boolean value) -> value ? 1 : 0;
            default -> throw wrong(name, "a number that is known when the model is loaded");
        };
    }

    public boolean flag(String name) {
        return switch (argument(name)) {
            case Argument.OfBoolean(boolean value) -> value;
            case Argument.OfInteger(long value) -> value != 0;
            default -> throw wrong(name, "True or False");
        };
    }

    public String text(String name) {
        if (argument(name) instanceof Argument.OfText(String value)) {
            return value;
        }
        throw wrong(name, "a text");
    }

    /** A datatype argument, which TorchScript writes as a number; empty where it is None. */
    public Optional<DataType> dataType(String name) {
        return switch (argument(name)) {
            case Argument.OfDataType(DataType value) -> Optional.of(value);
            case Argument.OfInteger(long number) -> Optional.of(scalarType(name, number));
            case Argument.OfNone _ -> Optional.empty();
            default -> throw wrong(name, "a datatype");
        };
    }

    private DataType scalarType(String name, long number) {
        return Optional.ofNullable(SCALAR_TYPES.get(number))
                .orElseThrow(() -> wrong(name, "the number of a datatype of real numbers"));
    }

    /** An axis of a tensor as a number from 0. A tensor of rank 0 has axis 0, as PyTorch has it. */
    public int axis(String name, Value of) {
        return axis(name, integer(name), graph.rank(of));
    }

    /** Axes of a tensor as numbers from 0. */
    public int[] axes(String name, Value of) {
        int rank = graph.rank(of);
        return java.util.Arrays.stream(integers(name))
                .mapToInt(axis -> axis(name, axis, rank))
                .toArray();
    }

    /** An axis of a tensor of a rank as a number from 0. */
    public int axis(String name, long axis, int rank) {
        int limit = Math.max(rank, 1);
        if (axis < -limit || axis >= limit) {
            throw new ModelFormatException(
                    schema.fullName() + ": '" + name + "' is " + axis + " for a tensor of rank " + rank);
        }
        return (int) (axis < 0 ? axis + limit : axis);
    }

    /** What is wrong with an argument that is not what the operator takes here; the caller throws it. */
    public ModelFormatException wrong(String name, String expected) {
        return new ModelFormatException(schema.fullName() + ": expected '" + name + "' to be " + expected + ", got "
                + argument(name).kind());
    }
}
