package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Reads axes and shapes of operators: attributes or integer inputs, with negative axes counted from the end. */
public final class AxisArguments {
    private AxisArguments() {}

    /** The axis in [0, rank). */
    public static int of(long axis, int rank) {
        if (axis < -rank || axis >= rank) {
            throw new ModelFormatException("axis " + axis + " is outside a tensor of rank " + rank);
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    /** Different axes in [0, rank), in the given order. */
    public static int[] of(long[] axes, int rank) {
        int[] normal = Arrays.stream(axes).mapToInt(axis -> of(axis, rank)).toArray();
        if (Arrays.stream(normal).distinct().count() != normal.length) {
            throw new ModelFormatException("axes " + Arrays.toString(axes) + " name an axis twice");
        }
        return normal;
    }

    /** All axes of a tensor. */
    public static long[] all(int rank) {
        long[] axes = new long[rank];
        Arrays.setAll(axes, i -> i);
        return axes;
    }

    /** The numbers in an integer input; empty where it is left out or holds a formula or is not known. */
    public static Optional<long[]> numbers(Inference in, int input) {
        return in.has(input) ? numbers(in.content(input)) : Optional.empty();
    }

    private static Optional<long[]> numbers(Optional<List<Dim>> content) {
        return content.filter(dims -> dims.stream().allMatch(Dim::isKnown))
                .map(dims -> dims.stream().mapToLong(Dim::value).toArray());
    }

    /** The content of an input that holds whole numbers, which the first versions of ONNX also write as floats. */
    static Optional<List<Dim>> wholeNumbers(Inference in, int input) {
        Optional<List<Dim>> content = in.has(input) ? in.content(input) : Optional.empty();
        return content.isPresent() || !in.has(input)
                ? content
                : in.constant(input)
                        .filter(tensor -> tensor.shape().rank() <= 1 && DataTypes.FLOATS.contains(tensor.dataType()))
                        .map(tensor -> Arrays.stream(wholeNumbers(tensor))
                                .mapToObj(Dim::of)
                                .toList());
    }

    /** The elements of a tensor of whole numbers, integers or floats. */
    static long[] wholeNumbers(Tensor tensor) {
        long[] numbers = new long[Math.toIntExact(tensor.shape().elements())];
        for (int i = 0; i < numbers.length; i++) {
            double number = ScalarElements.real(tensor, i);
            if (number != Math.rint(number)) {
                throw new ModelFormatException("expected whole numbers, got " + number);
            }
            numbers[i] = (long) number;
        }
        return numbers;
    }

    /**
     * The number of elements of an integer vector input, where that is known before its content is: the rank of the
     * tensor whose shape it holds.
     */
    static Optional<Integer> length(Inference in, int input) {
        Optional<List<Dim>> dims = in.type(input).dims();
        return dims.filter(list -> list.size() == 1 && list.get(0).isKnown())
                .map(list -> Math.toIntExact(list.get(0).value()));
    }

    /** As many dims that only the run will know. */
    static List<Dim> unknown(Inference in, int rank) {
        return java.util.stream.Stream.generate(in::unknownDim).limit(rank).toList();
    }
}
