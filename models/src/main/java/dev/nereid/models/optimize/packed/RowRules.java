package dev.nereid.models.optimize.packed;

import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** Operators that do the same to every token, or to every text, whatever stands beside it. */
final class RowRules {
    /** The first opset whose elementwise operators broadcast as NumPy does. */
    private static final int BROADCASTING = 7;

    /** The first opset whose Softmax works along its axis alone. */
    private static final int SINGLE_AXIS = 13;

    private RowRules() {}

    /** Every element of the output is made of the elements of the same place, with broadcasting. */
    static void elementwise(Node node, PackedGraph graph) {
        boolean old = node.opset() < BROADCASTING && node.attributes().has("axis");
        if (old) {
            throw new PackingRefusal(node, "broadcasts along an axis of its own");
        }
        Value output = node.output(0).orElseThrow();
        int rank = graph.rank(output);
        List<Value> inputs = node.inputs().stream().flatMap(Optional::stream).toList();
        PackedValue packedValue = aligned(node, inputs, rank, graph);
        int axis = packedValue instanceof PackedValue.Rows(int rows) ? rows : ((PackedValue.Texts) packedValue).axis();
        for (Value input : inputs) {
            int own = graph.rank(input) - rank + axis;
            boolean repeated = own < 0 || graph.dim(input, own).is(1);
            if (graph.isSame(input) && !repeated) {
                throw new PackingRefusal(
                        node, "gives '" + input.name() + "' " + graph.type(input) + " to the tokens one by one");
            }
        }
        graph.keep(node, packedValue);
    }

    /** Where the texts of the inputs, aligned at their last axes, stand in an output of that rank. */
    private static PackedValue aligned(Node node, List<Value> inputs, int rank, PackedGraph graph) {
        Optional<PackedValue> found = Optional.empty();
        for (Value input : inputs) {
            int shift = rank - graph.rank(input);
            Optional<PackedValue> here = switch (graph.packedValue(input)) {
                case PackedValue.Rows(int axis) -> Optional.of(new PackedValue.Rows(axis + shift));
                case PackedValue.Texts(int axis) -> Optional.of(new PackedValue.Texts(axis + shift));
                case PackedValue.Same _, PackedValue.Formula _ -> Optional.empty();
            };
            if (found.isPresent() && here.isPresent() && !found.equals(here)) {
                throw new PackingRefusal(
                        node, "puts tokens together with something else: " + found.get() + " and " + here.get());
            }
            found = found.or(() -> here);
        }
        return found.orElseThrow(() -> new PackingRefusal(node, "reads a text's length"));
    }

    /** Rows times a matrix that all texts share. */
    static void matMul(Node node, PackedGraph graph) {
        Value left = node.input(0).orElseThrow();
        Value right = node.input(1).orElseThrow();
        int axis = axis(node, left, graph);
        int last = graph.rank(left) - 1;
        if (axis == last || graph.isBatch(left, last) || !graph.isSame(right) || graph.rank(right) > 2) {
            throw new PackingRefusal(node, "multiplies tokens with tokens");
        }
        for (int input = 2; input < node.inputs().size(); input++) {
            Optional<Value> added = node.input(input);
            boolean fits = added.isEmpty()
                    || (graph.isSame(added.get()) && graph.rank(added.get()) == 1)
                    || (graph.packedValue(added.get()).equals(graph.packedValue(left))
                            && graph.rank(added.get()) == graph.rank(left));
            if (!fits) {
                throw new PackingRefusal(node, "adds what is not a row for each token");
            }
        }
        graph.keep(node, graph.packedValue(left));
    }

    static void gemm(Node node, PackedGraph graph) {
        Value left = node.input(0).orElseThrow();
        Value right = node.input(1).orElseThrow();
        boolean shared = node.input(2)
                .map(added -> graph.isSame(added)
                        && (graph.rank(added) < 2 || graph.dim(added, 0).is(1)))
                .orElse(true);
        if (axis(node, left, graph) != 0
                || node.attributes().integer("transA", 0) != 0
                || !graph.isSame(right)
                || !shared) {
            throw new PackingRefusal(node, "multiplies tokens with tokens");
        }
        graph.keep(node, graph.packedValue(left));
    }

    /** Over the axes from {@code axis} on, with scales for these; further inputs are spread as the first. */
    static void normalization(Node node, PackedGraph graph) {
        Value x = node.input(0).orElseThrow();
        int rank = graph.rank(x);
        int from = position(node.attributes().integer("axis", -1), rank);
        boolean single = node.outputs().stream().skip(1).allMatch(Optional::isEmpty);
        if (axis(node, x, graph) >= from || hasBatchFrom(x, from, graph) || !single) {
            throw new PackingRefusal(node, "normalises over the tokens of a text");
        }
        for (Value other :
                node.inputs().stream().skip(1).flatMap(Optional::stream).toList()) {
            boolean scale = graph.isSame(other) && graph.rank(other) <= rank - from;
            boolean residual = graph.packedValue(other).equals(graph.packedValue(x)) && graph.rank(other) == rank;
            if (!scale && !residual) {
                throw new PackingRefusal(node, "scales tokens by something else: '" + other.name() + "'");
            }
        }
        graph.keep(node, graph.packedValue(x));
    }

    static void softmax(Node node, PackedGraph graph) {
        Value x = node.input(0).orElseThrow();
        long given = node.attributes().integer("axis", node.opset() < SINGLE_AXIS ? 1 : -1);
        int along = position(given, graph.rank(x));
        int axis = axis(node, x, graph);
        boolean mixes = node.opset() < SINGLE_AXIS
                ? axis >= along || hasBatchFrom(x, along, graph)
                : axis == along || graph.isBatch(x, along);
        if (mixes) {
            throw new PackingRefusal(node, "normalises over the tokens of a text");
        }
        graph.keep(node, graph.packedValue(x));
    }

    private static boolean hasBatchFrom(Value value, int from, PackedGraph graph) {
        return IntStream.range(from, graph.rank(value)).anyMatch(axis -> graph.isBatch(value, axis));
    }

    /** Along one axis, -1 if absent. */
    static void alongAxis(Node node, PackedGraph graph) {
        Value x = node.input(0).orElseThrow();
        int along = position(node.attributes().integer("axis", -1), graph.rank(x));
        if (axis(node, x, graph) == along || graph.isBatch(x, along)) {
            throw new PackingRefusal(node, "normalises over the tokens of a text");
        }
        graph.keep(node, graph.packedValue(x));
    }

    /** Numbers rounded with scales that all texts share: a single one, or one for each place along another axis. */
    static void quantization(Node node, PackedGraph graph) {
        Value x = node.input(0).orElseThrow();
        int along = position(node.attributes().integer("axis", 1), graph.rank(x));
        int axis = axis(node, x, graph);
        for (Value scale :
                node.inputs().stream().skip(1).flatMap(Optional::stream).toList()) {
            boolean shared = graph.isSame(scale)
                    && (graph.rank(scale) == 0
                            || (graph.rank(scale) == 1
                                    && (axis != along || graph.dim(scale, 0).is(1))));
            if (!shared || node.attributes().integer("block_size", 0) != 0) {
                throw new PackingRefusal(node, "rounds tokens by scales of their own");
            }
        }
        graph.keep(node, graph.packedValue(x));
    }

    /** The axis along which texts stand in a value. */
    static int axis(Node node, Value value, PackedGraph graph) {
        OptionalInt axis = switch (graph.packedValue(value)) {
            case PackedValue.Rows(int rows) -> OptionalInt.of(rows);
            case PackedValue.Texts(int texts) -> OptionalInt.of(texts);
            case PackedValue.Same _, PackedValue.Formula _ -> OptionalInt.empty();
        };
        return axis.orElseThrow(() -> new PackingRefusal(node, "has no text in '" + value.name() + "'"));
    }

    /** An axis in [0, rank). */
    static int position(long axis, int rank) {
        return (int) (axis < 0 ? axis + rank : axis);
    }

    /** The spread along another axis. */
    static PackedValue moved(PackedValue packedValue, int axis) {
        return packedValue instanceof PackedValue.Rows ? new PackedValue.Rows(axis) : new PackedValue.Texts(axis);
    }
}
