package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Operators whose output is the input under another shape that has as many elements in any case: no copy. */
public final class Views {
    /** ONNX Identity. */
    static final Operator IDENTITY = new View(in -> in.valueType(0));
    /** ONNX Flatten: the axes before {@code axis} become one, and the others. */
    static final Operator FLATTEN = new View(Views::flattened);
    /** ONNX Squeeze: without the named axes, or without all whose extent is 1. */
    static final Operator SQUEEZE = new View(Views::squeezed);
    /** ONNX Unsqueeze: with axes of extent 1 at the named places of the output. */
    static final Operator UNSQUEEZE = new View(Views::unsqueezed);

    /** Infers the type of the output. */
    @FunctionalInterface
    public interface Rule {
        ValueType output(Inference in);
    }

    /** One of these operators. */
    public record View(Rule rule) implements Operator {
        @Override
        public List<ValueType> outputTypes(Inference in) {
            return List.of(rule.output(in));
        }

        @Override
        public void lower(Lowering lowering) {
            lowering.alias(0, 0);
        }
    }

    private Views() {}

    private static TensorType flattened(Inference in) {
        TensorType x = in.type(0);
        if (!x.hasRank()) {
            return TensorType.of(x.dataType(), AxisArguments.unknown(in, 2));
        }
        long axis = in.attributes().integer("axis", 1);
        int split = axis == x.rank() ? x.rank() : AxisArguments.of(axis, x.rank());
        List<Dim> dims = x.dims().orElseThrow();
        return TensorType.of(
                x.dataType(),
                List.of(Dim.product(dims.subList(0, split)), Dim.product(dims.subList(split, dims.size()))));
    }

    private static TensorType squeezed(Inference in) {
        TensorType x = in.type(0);
        boolean given = in.has(1) || in.attributes().has("axes");
        Optional<long[]> axes = axes(in);
        if (!x.hasRank() || (given && axes.isEmpty())) {
            return TensorType.ofUnknownRank(x.dataType());
        }
        List<Dim> dims = x.dims().orElseThrow();
        if (!given && !dims.stream().allMatch(Dim::isKnown)) {
            return TensorType.ofUnknownRank(x.dataType());
        }
        int[] removed = given
                ? AxisArguments.of(axes.orElseThrow(), x.rank())
                : IntStream.range(0, dims.size()).filter(i -> dims.get(i).is(1)).toArray();
        List<Dim> rest = new ArrayList<>();
        for (int axis = 0; axis < dims.size(); axis++) {
            if (!contains(removed, axis)) {
                rest.add(dims.get(axis));
            } else if (dims.get(axis).isKnown() && !dims.get(axis).is(1)) {
                throw new ModelFormatException("axis " + axis + " of " + x + " cannot be squeezed");
            }
        }
        return TensorType.of(x.dataType(), rest);
    }

    private static TensorType unsqueezed(Inference in) {
        TensorType x = in.type(0);
        Optional<long[]> axes = axes(in);
        if (!x.hasRank() || axes.isEmpty()) {
            return TensorType.ofUnknownRank(x.dataType());
        }
        int rank = x.rank() + axes.get().length;
        int[] added = AxisArguments.of(axes.get(), rank);
        List<Dim> dims = new ArrayList<>();
        int next = 0;
        for (int axis = 0; axis < rank; axis++) {
            dims.add(contains(added, axis) ? Dim.of(1) : x.dim(next++));
        }
        return TensorType.of(x.dataType(), dims);
    }

    /** An input from opset 13 on, an attribute before. */
    private static Optional<long[]> axes(Inference in) {
        return in.has(1) ? AxisArguments.numbers(in, 1) : in.attributes().integers("axes");
    }

    private static boolean contains(int[] axes, int axis) {
        return Arrays.stream(axes).anyMatch(a -> a == axis);
    }
}
