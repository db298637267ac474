package dev.nereid.models.pytorch.aten;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/**
 * Which elements of a tensor a view has.
 *
 * @param take the tensor to the view
 * @param put the tensor and new elements of the view to the tensor with them in their places
 */
record ViewMapping(UnaryOperator<Value> take, BinaryOperator<Value> put) {
    /** The view as an argument. */
    Argument of(TensorReference base) {
        return new Argument.OfTensor(base.view(take, put));
    }

    /** The same elements in the same order under another shape. */
    static ViewMapping reshaped(AtenGraph graph, UnaryOperator<Value> take) {
        return new ViewMapping(take, (base, part) -> reshape(graph, part, new SizeArithmetic(graph).sizes(base)));
    }

    /** The axes in another order. */
    static ViewMapping permuted(AtenGraph graph, int[] order) {
        return new ViewMapping(
                base -> Axes.transpose(graph, base, order),
                (_, part) -> Axes.transpose(graph, part, Axes.inverse(order)));
    }

    /** A view that may be read, not written: elements of it share one place. */
    static ViewMapping readOnly(String what, UnaryOperator<Value> take) {
        return new ViewMapping(take, (_, _) -> {
            throw new ModelFormatException("writing in place to a view by " + what + " is not supported");
        });
    }

    /** Elements from a start to an end along an axis. */
    static ViewMapping slice(AtenGraph graph, int axis, Argument start, Argument end, Argument step) {
        return new ViewMapping(
                base -> slice(graph, base, axis, start, end, step),
                (base, part) -> SizeArithmetic.is(step, 1)
                        ? replaced(graph, base, part, axis, start, end)
                        : scattered(graph, base, part, axis, start, end, step));
    }

    /** One element along an axis, which the view does not have. */
    static ViewMapping select(AtenGraph graph, int axis, Argument index) {
        SizeArithmetic sizes = new SizeArithmetic(graph);
        return new ViewMapping(
                base -> graph.node("Gather", OnnxAttributes.integer("axis", axis), base, sizes.scalar(index)),
                (base, part) -> {
                    Argument start = sizes.fromStart(index, base, axis);
                    Value row = graph.node("Unsqueeze", part, graph.integers(axis));
                    return replaced(graph, base, row, axis, start, sizes.add(start, Argument.of(1)));
                });
    }

    /** The elements of a diagonal, as the last axis of the view. */
    static ViewMapping diagonal(AtenGraph graph, int rank, int first, int second, long offset) {
        List<Integer> axes = new ArrayList<>();
        for (int axis = 0; axis < rank; axis++) {
            if (axis != first && axis != second) {
                axes.add(axis);
            }
        }
        axes.add(first);
        axes.add(second);
        int[] order = axes.stream().mapToInt(Integer::intValue).toArray();
        return new ViewMapping(
                base -> {
                    Value flat = flattenedEnd(graph, Axes.transpose(graph, base, order));
                    Value places = diagonalPlaces(graph, base, first, second, offset);
                    return graph.node("Gather", OnnxAttributes.integer("axis", -1), flat, places);
                },
                (base, part) -> {
                    Value ordered = Axes.transpose(graph, base, order);
                    Value flat = flattenedEnd(graph, ordered);
                    SizeArithmetic sizes = new SizeArithmetic(graph);
                    Value places =
                            graph.node("Expand", diagonalPlaces(graph, base, first, second, offset), sizes.shape(part));
                    Value written =
                            graph.node("ScatterElements", OnnxAttributes.integer("axis", -1), flat, places, part);
                    return Axes.transpose(graph, reshape(graph, written, sizes.sizes(ordered)), Axes.inverse(order));
                });
    }

    /** The places of a diagonal in a matrix whose two axes are one. */
    private static Value diagonalPlaces(AtenGraph graph, Value base, int first, int second, long offset) {
        SizeArithmetic sizes = new SizeArithmetic(graph);
        Argument rows = graph.size(base, first);
        Argument columns = graph.size(base, second);
        Argument length = sizes.maximum(
                Argument.of(0),
                sizes.minimum(
                        sizes.add(rows, Argument.of(Math.min(offset, 0))),
                        sizes.subtract(columns, Argument.of(Math.max(offset, 0)))));
        Argument start = offset >= 0 ? Argument.of(offset) : sizes.multiply(Argument.of(-offset), columns);
        Value steps = graph.node("Mul", sizes.range(length), graph.integer(sizes.add(columns, Argument.of(1))));
        return graph.node("Add", steps, graph.integer(start));
    }

    private static Value flattenedEnd(AtenGraph graph, Value value) {
        List<Argument> sizes = new SizeArithmetic(graph).sizes(value);
        List<Argument> shape = new ArrayList<>(sizes.subList(0, sizes.size() - 2));
        shape.add(new SizeArithmetic(graph).product(sizes.subList(sizes.size() - 2, sizes.size())));
        return reshape(graph, value, shape);
    }

    /** Another shape; one dim may be -1. Dims of 0 are what they say. */
    static Value reshape(AtenGraph graph, Value value, List<Argument> sizes) {
        boolean open = sizes.stream().anyMatch(size -> SizeArithmetic.is(size, -1));
        boolean zero = sizes.stream()
                .anyMatch(size ->
                        SizeArithmetic.is(size, 0) || SizeArithmetic.known(size).isEmpty());
        return graph.node(
                "Reshape",
                zero && !open ? OnnxAttributes.integer("allowzero", 1) : Attributes.NONE,
                value,
                graph.integers(sizes));
    }

    static Value slice(AtenGraph graph, Value base, int axis, Argument start, Argument end, Argument step) {
        return graph.node(
                "Slice", base, graph.integer(start), graph.integer(end), graph.integers(axis), graph.integer(step));
    }

    /** The tensor with a part along an axis in the place of the elements there. */
    private static Value replaced(AtenGraph graph, Value base, Value part, int axis, Argument start, Argument end) {
        Dim length = graph.dim(part, axis);
        if (length.is(0)) {
            return base;
        }
        if (length.equals(graph.dim(base, axis))) {
            return part;
        }
        Argument one = Argument.of(1);
        Value before = slice(graph, base, axis, Argument.of(0), start, one);
        Value after = slice(graph, base, axis, end, Argument.of(Long.MAX_VALUE), one);
        return graph.node("Concat", OnnxAttributes.integer("axis", axis), before, part, after);
    }

    private static Value scattered(
            AtenGraph graph, Value base, Value part, int axis, Argument start, Argument end, Argument step) {
        Value all = new SizeArithmetic(graph).range(graph.size(base, axis));
        Value places = slice(graph, all, 0, start, end, step);
        int[] order = Axes.moved(graph.rank(base), axis, 0);
        Value written = graph.node(
                "ScatterND",
                Axes.transpose(graph, base, order),
                graph.node("Unsqueeze", places, graph.integers(1)),
                Axes.transpose(graph, part, order));
        return Axes.transpose(graph, written, Axes.inverse(order));
    }

    /** Elements along an axis in pieces of some lengths, by one node for each value that the tensor has. */
    static List<ViewMapping> pieces(AtenGraph graph, int axis, List<Argument> lengths) {
        SizeArithmetic sizes = new SizeArithmetic(graph);
        SplitCache cache = new SplitCache(graph, axis, lengths);
        List<ViewMapping> pieces = new ArrayList<>();
        Argument start = Argument.of(0);
        for (int i = 0; i < lengths.size(); i++) {
            Argument from = start;
            Argument until = sizes.add(start, lengths.get(i));
            int index = i;
            pieces.add(new ViewMapping(
                    base -> cache.of(base).get(index), (base, part) -> replaced(graph, base, part, axis, from, until)));
            start = until;
        }
        return pieces;
    }

    /** The pieces of the value that was split last. */
    private static final class SplitCache {
        private final AtenGraph graph;
        private final int axis;
        private final List<Argument> lengths;
        private List<Value> pieces = List.of();
        private java.util.Optional<Value> base = java.util.Optional.empty();

        SplitCache(AtenGraph graph, int axis, List<Argument> lengths) {
            this.graph = graph;
            this.axis = axis;
            this.lengths = lengths;
        }

        List<Value> of(Value value) {
            if (!base.equals(java.util.Optional.of(value))) {
                pieces = graph.nodes(
                        "",
                        "Split",
                        lengths.size(),
                        new Attributes(java.util.Map.of("axis", new Attribute.Int(axis))),
                        List.of(java.util.Optional.of(value), java.util.Optional.of(graph.integers(lengths))));
                base = java.util.Optional.of(value);
            }
            return pieces;
        }
    }
}
