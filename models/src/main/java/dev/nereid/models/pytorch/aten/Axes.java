package dev.nereid.models.pytorch.aten;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** What operators do along some axes of a tensor. Axes are counted from 0. */
final class Axes {
    private Axes() {}

    /** The axes that an argument names; all where it is None or names none. A tensor of rank 0 has no axes. */
    static int[] namedOrAll(AtenCall call, String name, Value of) {
        int rank = call.graph().rank(of);
        if (rank == 0 || !call.has(name) || call.sizes(name).isEmpty()) {
            return all(rank);
        }
        return call.axes(name, of);
    }

    static int[] all(int rank) {
        return IntStream.range(0, rank).toArray();
    }

    /** An operator of ONNX that reduces axes. */
    static Value reduce(AtenGraph graph, String operator, Value value, int[] axes, boolean keep) {
        return graph.node(
                operator,
                OnnxAttributes.integer("keepdims", keep ? 1 : 0),
                value,
                graph.integers(Arrays.stream(axes).asLongStream().toArray()));
    }

    /** How many elements some axes have together, as a number of a type. */
    static Value count(AtenGraph graph, Value of, int[] axes, DataType type) {
        Dim product = Dim.product(
                Arrays.stream(axes).mapToObj(axis -> graph.dim(of, axis)).toList());
        if (product.isKnown()) {
            return graph.scalar(product.value(), type);
        }
        List<Argument> sizes =
                Arrays.stream(axes).mapToObj(axis -> graph.size(of, axis)).toList();
        Value count = graph.node(
                "ReduceProd", OnnxAttributes.integer("keepdims", 0), graph.integers(sizes), graph.integers(0));
        return graph.cast(count, type);
    }

    /** The order of axes that brings one of them to another place. */
    static int[] moved(int rank, int from, int to) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
        order.removeIf(axis -> axis == from);
        order.add(to, from);
        return order.stream().mapToInt(Integer::intValue).toArray();
    }

    /** The order of axes with two exchanged. */
    static int[] swapped(int rank, int one, int other) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
        Collections.swap(order, one, other);
        return order.stream().mapToInt(Integer::intValue).toArray();
    }

    /** The order that undoes another. */
    static int[] inverse(int[] order) {
        int[] inverse = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            inverse[order[i]] = i;
        }
        return inverse;
    }

    /** The tensor with its axes in another order. */
    static Value transpose(AtenGraph graph, Value value, int[] order) {
        return Arrays.equals(order, all(order.length))
                ? value
                : graph.node("Transpose", OnnxAttributes.permutation(order), value);
    }
}
