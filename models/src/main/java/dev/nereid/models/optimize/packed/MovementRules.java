package dev.nereid.models.optimize.packed;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Operators that move elements and leave the tokens, or the texts, in their order. */
final class MovementRules {
    private MovementRules() {}

    /** Any change of shape that keeps what lies before the tokens and what lies behind them. */
    static void reshape(Node node, PackedGraph graph) {
        Value x = node.input(0).orElseThrow();
        Value y = node.output(0).orElseThrow();
        int rank = graph.rank(y);
        int from = RowRules.axis(node, x, graph);
        PackedValue packedValue = RowRules.moved(graph.packedValue(x), reshapedAxis(node, x, from, y, graph));
        graph.define(node, y, packedValue);
        int axis = RowRules.axis(node, y, graph);
        long[] shape = new long[rank];
        for (int i = 0; i < rank; i++) {
            shape[i] = i == axis ? -1 : graph.dim(y, i).value();
            if (shape[i] == 0) {
                throw new PackingRefusal(node, "gives nothing: " + graph.type(y));
            }
        }
        graph.add(node, "Reshape", List.of(x, graph.constant(y.name() + " shape", shape)), Attributes.NONE, y);
    }

    /** The axis of y along which the texts stand that stand along axis {@code from} of x. */
    private static int reshapedAxis(Node node, Value x, int from, Value y, PackedGraph graph) {
        long before = graph.before(x, from);
        boolean rows = graph.packedValue(x) instanceof PackedValue.Rows;
        if (!rows && node.operator().equals("Unsqueeze")) {
            return unsqueezedAxis(node, from, graph.rank(y), graph);
        }
        long seen = 1;
        for (int axis = 0; axis < graph.rank(y); axis++) {
            Dim dim = graph.dim(y, axis);
            boolean fits = rows ? graph.isLength(dim) : dim.is(1);
            if (fits && seen == before) {
                return axis;
            }
            if (!dim.isKnown()) {
                break;
            }
            seen *= dim.value();
        }
        throw new PackingRefusal(
                node, "mixes tokens with what lies beside them: " + graph.type(x) + " becomes " + graph.type(y));
    }

    private static int unsqueezedAxis(Node node, int from, int rank, PackedGraph graph) {
        long[] given = node.input(1)
                .flatMap(graph::numbers)
                .or(() -> node.attributes().integers("axes"))
                .orElseThrow(() -> new PackingRefusal(node, "has unknown axes"));
        boolean[] added = new boolean[rank];
        for (long axis : given) {
            added[RowRules.position(axis, rank)] = true;
        }
        int old = 0;
        for (int axis = 0; axis < rank; axis++) {
            if (!added[axis] && old++ == from) {
                return axis;
            }
        }
        throw new PackingRefusal(node, "loses the axis of the texts");
    }

    static void transpose(Node node, PackedGraph graph) {
        Value x = node.input(0).orElseThrow();
        int rank = graph.rank(x);
        int from = RowRules.axis(node, x, graph);
        Optional<long[]> permutation = node.attributes().integers("perm");
        int to = rank - 1 - from;
        for (int axis = 0; permutation.isPresent() && axis < rank; axis++) {
            to = permutation.get()[axis] == from ? axis : to;
        }
        graph.keep(node, RowRules.moved(graph.packedValue(x), to));
    }

    /** Along another axis than that of the texts. */
    static void concat(Node node, PackedGraph graph) {
        Value first = node.input(0).orElseThrow();
        PackedValue packedValue = graph.packedValue(first);
        int axis = RowRules.position(node.attributes().integer("axis", 1), graph.rank(first));
        boolean alike = node.inputs().stream()
                .flatMap(Optional::stream)
                .allMatch(input -> graph.packedValue(input).equals(packedValue));
        if (!alike || RowRules.axis(node, first, graph) == axis) {
            throw new PackingRefusal(node, "joins tokens with something else");
        }
        graph.keep(node, packedValue);
    }

    /** Along another axis than that of the texts. */
    static void split(Node node, PackedGraph graph) {
        Value x = node.input(0).orElseThrow();
        if (RowRules.axis(node, x, graph) == RowRules.position(node.attributes().integer("axis", 0), graph.rank(x))) {
            throw new PackingRefusal(node, "splits a text");
        }
        graph.keep(node, graph.packedValue(x));
    }

    static void expand(Node node, PackedGraph graph) {
        Value x = node.input(0).orElseThrow();
        Value y = node.output(0).orElseThrow();
        if (graph.isSame(x)) {
            fill(node, graph.content(node.input(1).orElseThrow()), List.of(graph.made(x)), node.attributes(), graph);
            return;
        }
        int rank = graph.rank(y);
        int axis = RowRules.axis(node, x, graph) + rank - graph.rank(x);
        graph.define(node, y, RowRules.moved(graph.packedValue(x), axis));
        long[] shape = new long[rank];
        for (int i = 0; i < rank; i++) {
            shape[i] = i == axis ? 1 : graph.dim(y, i).value();
        }
        graph.add(node, "Expand", List.of(x, graph.constant(y.name() + " shape", shape)), Attributes.NONE, y);
    }

    static void constantOfShape(Node node, PackedGraph graph) {
        fill(node, graph.content(node.input(0).orElseThrow()), List.of(), node.attributes(), graph);
    }

    /** One number for every token: the operator with the shape of the tokens behind its other inputs. */
    private static void fill(
            Node node, Optional<List<Dim>> shape, List<Value> others, Attributes attributes, PackedGraph graph) {
        boolean one = others.stream()
                .allMatch(
                        value -> graph.type(value).dims().orElseThrow().stream().allMatch(dim -> dim.is(1)));
        if (shape.isEmpty() || !graph.isShapeOfTokens(shape.get()) || !one) {
            throw new PackingRefusal(node, "makes a shape from a text's length: " + shape.orElse(List.of()));
        }
        Value y = node.output(0).orElseThrow();
        Value tokens = new Value(y.name() + " shape");
        graph.add(node, "Shape", List.of(graph.tokens()), Attributes.NONE, tokens);
        List<Value> inputs = new ArrayList<>(others);
        inputs.add(tokens);
        graph.add(node, node.operator(), inputs, attributes, y);
        graph.define(node, y, new PackedValue.Rows(1));
    }
}
