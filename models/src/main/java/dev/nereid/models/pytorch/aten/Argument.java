package dev.nereid.models.pytorch.aten;

import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** What an ATen operator is called with, or gives back. */
public sealed interface Argument {
    /** A tensor of the graph. */
    record OfTensor(TensorReference reference) implements Argument {
        public OfTensor {
            Objects.requireNonNull(reference, "reference");
        }

        /** A tensor that is a value of the graph and no view of another. */
        public static OfTensor of(Value value) {
            return new OfTensor(TensorReference.of(value));
        }
    }

    /** An integer that is known. */
    record OfInteger(long value) implements Argument {}

    /**
     * An integer that depends on the shapes or the content of a run's inputs.
     *
     * @param value INT64 of shape [1]
     */
    record OfSymbolicInteger(Value value) implements Argument {}

    /** A floating-point number. */
    record OfReal(double value) implements Argument {}

    /**
     * A floating-point number or truth value that depends on a run.
     *
     * @param value FP64 or BOOL of shape []
     */
    record OfSymbolicScalar(Value value) implements Argument {}

    /** A truth value. */
    record OfBoolean(boolean value) implements Argument {}

    /** Text: a mode, an equation, a rounding. */
    record OfText(String value) implements Argument {
        public OfText {
            Objects.requireNonNull(value, "value");
        }
    }

    /** A list or a tuple. */
    record OfList(List<Argument> items) implements Argument {
        public OfList {
            items = List.copyOf(items);
        }
    }

    /** The element type of a tensor ({@code dtype=...}). */
    record OfDataType(DataType value) implements Argument {}

    /**
     * The weights of a quantised layer, as its module packs them.
     *
     * @param weight floats that {@link QuantizedSteps#dequantized} has made of constants
     * @param stride of a convolution, for each axis, as {@code padding}, {@code outputPadding} and {@code dilation}; empty
     *     of another layer
     */
    record OfPackedWeights(
            Value weight,
            Optional<Value> bias,
            List<Long> stride,
            List<Long> padding,
            List<Long> outputPadding,
            List<Long> dilation,
            long groups,
            boolean transposed)
            implements Argument {
        public OfPackedWeights {
            Objects.requireNonNull(weight, "weight");
            stride = List.copyOf(stride);
            padding = List.copyOf(padding);
            outputPadding = List.copyOf(outputPadding);
            dilation = List.copyOf(dilation);
        }

        /** Those of a layer that has a matrix and no more: a linear one, or a table. */
        public static OfPackedWeights ofMatrix(Value weight, Optional<Value> bias) {
            return new OfPackedWeights(weight, bias, List.of(), List.of(), List.of(), List.of(), 1, false);
        }
    }

    /** What has no meaning here: a device, a layout, a memory format. */
    record OfPlacement(String text) implements Argument {}

    /** Python's None: an optional argument that is left out. */
    record OfNone() implements Argument {}

    static Argument none() {
        return new OfNone();
    }

    static Argument of(long value) {
        return new OfInteger(value);
    }

    static Argument of(double value) {
        return new OfReal(value);
    }

    static Argument of(boolean value) {
        return new OfBoolean(value);
    }

    /** A list of known integers. */
    static Argument of(List<Long> values) {
        return new OfList(values.stream().map(Argument::of).toList());
    }

    /** The kind of the argument in words, for messages. */
    default String kind() {
        return switch (this) {
            case OfTensor _ -> "a tensor";
            case OfInteger(long value) -> "the integer " + value;
            case OfSymbolicInteger _ -> "an integer that only a run knows";
            case OfReal(double value) -> "the number " + value;
            case OfSymbolicScalar _ -> "a number that only a run knows";
            case OfBoolean(boolean value) -> value ? "True" : "False";
            case OfText(String value) -> "the text '" + value + "'";
            case OfList(List<Argument> items) -> "a list of " + items.size();
            case OfDataType(DataType value) -> "the datatype " + value;
            case OfPackedWeights _ -> "packed weights";
            case OfPlacement(String text) -> text;
            case OfNone _ -> "None";
        };
    }
}
