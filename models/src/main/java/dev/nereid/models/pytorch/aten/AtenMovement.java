package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;
import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Tensors joined, repeated, turned and moved along axes. */
final class AtenMovement {
    private AtenMovement() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        for (String name : List.of("cat", "concat", "concatenate")) {
            rows.add(row(
                    name + "(Tensor[] tensors, int dim=0) -> Tensor",
                    call -> joined(call, promoted(call), call.integer("dim"))));
        }
        rows.addAll(List.of(
                row("stack(Tensor[] tensors, int dim=0) -> Tensor", AtenMovement::stacked),
                row("hstack(Tensor[] tensors) -> Tensor", call -> {
                    List<Value> tensors = atLeast(call, 1);
                    return joined(call, tensors, call.graph().rank(tensors.getFirst()) == 1 ? 0 : 1);
                }),
                row("vstack(Tensor[] tensors) -> Tensor", call -> joined(call, atLeast(call, 2), 0)),
                row("dstack(Tensor[] tensors) -> Tensor", call -> joined(call, atLeast(call, 3), 2)),
                row("repeat(Tensor self, SymInt[] repeats) -> Tensor", call -> tiled(call, call.sizes("repeats"))),
                row("tile(Tensor self, SymInt[] dims) -> Tensor", call -> tiled(call, call.sizes("dims"))),
                row("roll(Tensor self, SymInt[1] shifts, int[1] dims=[]) -> Tensor", AtenMovement::rolled),
                row("flip(Tensor self, int[] dims) -> Tensor", call -> {
                    Value self = call.tensor("self");
                    return flipped(call.graph(), self, call.axes("dims", self));
                }),
                row("fliplr(Tensor self) -> Tensor", call -> flipped(call.graph(), call.tensor("self"), 1)),
                row("flipud(Tensor self) -> Tensor", call -> flipped(call.graph(), call.tensor("self"), 0)),
                row("rot90(Tensor self, int k=1, int[] dims=[0,1]) -> Tensor", AtenMovement::turned),
                row("tril(Tensor self, int diagonal=0) -> Tensor", call -> triangle(call, 0)),
                row("triu(Tensor self, int diagonal=0) -> Tensor", call -> triangle(call, 1)),
                results("meshgrid(Tensor[] tensors) -> Tensor[]", call -> grid(call, false)),
                results(
                        "meshgrid.indexing(Tensor[] tensors, *, str indexing) -> Tensor[]",
                        call -> grid(call, call.text("indexing").equals("xy"))),
                results("broadcast_tensors(Tensor[] tensors) -> Tensor[]", AtenMovement::broadcast),
                row("diag_embed(Tensor self, int offset=0, int dim1=-2, int dim2=-1) -> Tensor", call -> {
                    int rank = call.graph().rank(call.tensor("self")) + 1;
                    return embedded(
                            call,
                            call.integer("offset"),
                            call.axis("dim1", call.integer("dim1"), rank),
                            call.axis("dim2", call.integer("dim2"), rank));
                }),
                row("diag(Tensor self, int diagonal=0) -> Tensor", call -> {
                    Value self = call.tensor("self");
                    long offset = call.integer("diagonal");
                    return call.graph().rank(self) == 1
                            ? embedded(call, offset, 0, 1)
                            : ViewMapping.diagonal(call.graph(), 2, 0, 1, offset)
                                    .take()
                                    .apply(self);
                })));
        return rows;
    }

    /** The tensors in the type that they have in common; a vector without elements beside others does not count. */
    private static List<Value> promoted(AtenCall call) {
        AtenGraph graph = call.graph();
        DataType type = TypePromotion.of(graph, call.items("tensors"));
        List<Value> all = call.tensors("tensors");
        List<Value> counted = all.stream()
                .filter(each -> graph.rank(each) != 1 || !graph.dim(each, 0).is(0))
                .toList();
        return (counted.isEmpty() ? all.subList(0, 1) : counted)
                .stream().map(each -> graph.cast(each, type)).toList();
    }

    private static Value joined(AtenCall call, List<Value> tensors, long dim) {
        if (tensors.isEmpty()) {
            throw new ModelFormatException("expected tensors, got none");
        }
        if (tensors.size() == 1) {
            return tensors.getFirst();
        }
        int axis = call.axis("dim", dim, call.graph().rank(tensors.getFirst()));
        return call.graph().node("Concat", OnnxAttributes.integer("axis", axis), tensors.toArray(Value[]::new));
    }

    private static Value stacked(AtenCall call) {
        AtenGraph graph = call.graph();
        DataType type = TypePromotion.of(graph, call.items("tensors"));
        List<Value> tensors = call.tensors("tensors");
        int axis = call.axis("dim", call.integer("dim"), graph.rank(tensors.getFirst()) + 1);
        return joined(
                call,
                tensors.stream()
                        .map(each -> graph.node("Unsqueeze", graph.cast(each, type), graph.integers(axis)))
                        .toList(),
                axis);
    }

    private static List<Value> atLeast(AtenCall call, int rank) {
        AtenGraph graph = call.graph();
        DataType type = TypePromotion.of(graph, call.items("tensors"));
        return call.tensors("tensors").stream()
                .map(each -> {
                    Value value = graph.cast(each, type);
                    return switch (rank - graph.rank(value)) {
                        case 1 -> graph.node("Unsqueeze", value, graph.integers(rank == 3 ? 2 : 0));
                        case 2 ->
                            graph.node("Unsqueeze", value, rank == 3 ? graph.integers(0, 2) : graph.integers(0, 1));
                        case 3 -> graph.node("Unsqueeze", value, graph.integers(0, 1, 2));
                        default -> value;
                    };
                })
                .toList();
    }

    private static Value tiled(AtenCall call, List<Argument> repeats) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        int rank = graph.rank(self);
        List<Argument> counts =
                new ArrayList<>(Collections.nCopies(Math.max(rank - repeats.size(), 0), Argument.of(1)));
        counts.addAll(repeats);
        long[] leading = new long[counts.size() - rank];
        Arrays.setAll(leading, i -> i);
        Value whole = leading.length == 0 ? self : graph.node("Unsqueeze", self, graph.integers(leading));
        return counts.isEmpty() ? whole : graph.node("Tile", whole, graph.integers(counts));
    }

    private static Value rolled(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        List<Argument> shifts = call.sizes("shifts");
        if (call.items("dims").isEmpty()) {
            Value flat = graph.node("Reshape", self, graph.integers(-1));
            return graph.node(
                    "Reshape", rolled(graph, flat, 0, shifts.getFirst()), new SizeArithmetic(graph).shape(self));
        }
        int[] axes = call.axes("dims", self);
        if (axes.length != shifts.size()) {
            throw new ModelFormatException(shifts.size() + " shifts for " + axes.length + " axes");
        }
        Value result = self;
        for (int i = 0; i < axes.length; i++) {
            result = rolled(graph, result, axes[i], shifts.get(i));
        }
        return result;
    }

    private static Value rolled(AtenGraph graph, Value value, int axis, Argument shift) {
        SizeArithmetic sizes = new SizeArithmetic(graph);
        Argument length = graph.size(value, axis);
        if (graph.rank(value) == 0 || SizeArithmetic.is(length, 0) || SizeArithmetic.is(shift, 0)) {
            return value;
        }
        Argument first = sizes.modulo(sizes.subtract(Argument.of(0), shift), length);
        if (SizeArithmetic.is(first, 0)) {
            return value;
        }
        Argument one = Argument.of(1);
        return graph.node(
                "Concat",
                OnnxAttributes.integer("axis", axis),
                ViewMapping.slice(graph, value, axis, first, Argument.of(Long.MAX_VALUE), one),
                ViewMapping.slice(graph, value, axis, Argument.of(0), first, one));
    }

    static Value flipped(AtenGraph graph, Value value, int... axes) {
        if (axes.length == 0 || graph.rank(value) == 0) {
            return value;
        }
        long[] last = new long[axes.length];
        long[] end = new long[axes.length];
        Arrays.fill(last, -1);
        Arrays.fill(end, -Long.MAX_VALUE);
        return graph.node(
                "Slice",
                value,
                graph.integers(last),
                graph.integers(end),
                graph.integers(Arrays.stream(axes).asLongStream().toArray()),
                graph.integers(last));
    }

    private static Value turned(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        int[] axes = call.axes("dims", self);
        int[] swapped = Axes.swapped(graph.rank(self), axes[0], axes[1]);
        return switch (Math.floorMod(call.integer("k"), 4)) {
            case 1 -> Axes.transpose(graph, flipped(graph, self, axes[1]), swapped);
            case 2 -> flipped(graph, self, axes);
            case 3 -> Axes.transpose(graph, flipped(graph, self, axes[0]), swapped);
            default -> self;
        };
    }

    private static Value triangle(AtenCall call, long upper) {
        AtenGraph graph = call.graph();
        return graph.node(
                "Trilu",
                OnnxAttributes.integer("upper", upper),
                call.tensor("self"),
                graph.scalar(call.integer("diagonal"), DataType.INT64));
    }

    /** Each vector along an axis of its own, over the sizes of all; the first two axes exchanged for 'xy'. */
    private static List<Argument> grid(AtenCall call, boolean exchanged) {
        AtenGraph graph = call.graph();
        List<Value> vectors = call.tensors("tensors");
        List<Argument> sizes = new ArrayList<>();
        for (Value vector : vectors) {
            sizes.add(graph.rank(vector) == 0 ? Argument.of(1) : graph.size(vector, 0));
        }
        boolean swap = exchanged && vectors.size() > 1;
        if (swap) {
            Collections.swap(sizes, 0, 1);
        }
        List<Argument> grids = new ArrayList<>();
        for (int i = 0; i < vectors.size(); i++) {
            long[] dims = new long[vectors.size()];
            Arrays.fill(dims, 1);
            dims[swap && i < 2 ? 1 - i : i] = -1;
            Value column = graph.node("Reshape", vectors.get(i), graph.integers(dims));
            grids.add(Argument.OfTensor.of(graph.node("Expand", column, graph.integers(sizes))));
        }
        return List.of(new Argument.OfList(grids));
    }

    private static List<Argument> broadcast(AtenCall call) {
        AtenGraph graph = call.graph();
        List<Value> tensors = call.tensors("tensors");
        Value shape = broadcastShape(graph, tensors);
        return List.of(new Argument.OfList(tensors.stream()
                .map(each -> (Argument) Argument.OfTensor.of(graph.node("Expand", each, shape)))
                .toList()));
    }

    /** The shape that tensors have together. */
    static Value broadcastShape(AtenGraph graph, List<Value> tensors) {
        Optional<Value> sum = Optional.empty();
        for (Value each : tensors) {
            Value zero = graph.node(
                    "ConstantOfShape",
                    OnnxAttributes.tensor("value", oneFalse(graph)),
                    new SizeArithmetic(graph).shape(each));
            sum = Optional.of(sum.isEmpty() ? zero : graph.node("Or", sum.get(), zero));
        }
        return new SizeArithmetic(graph).shape(sum.orElseThrow());
    }

    private static dev.nereid.tensor.Tensor oneFalse(AtenGraph graph) {
        return graph.newTensor(DataType.BOOL, dev.nereid.tensor.Shape.of(1));
    }

    /** The elements of the last axis on a diagonal of a matrix, whose axes go to two places. */
    private static Value embedded(AtenCall call, long offset, int first, int second) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        int rank = graph.rank(self);
        long[] pads = new long[2 * rank];
        pads[2 * rank - 1] = Math.abs(offset);
        Value padded = offset == 0 ? self : graph.node("Pad", self, graph.integers(pads));
        SizeArithmetic sizes = new SizeArithmetic(graph);
        Value places = sizes.range(graph.size(padded, rank - 1));
        Value distance = graph.node(
                "Sub",
                graph.node("Unsqueeze", places, graph.integers(0)),
                graph.node("Unsqueeze", places, graph.integers(1)));
        Value on = graph.node("Equal", distance, graph.integers(offset));
        Value rows = graph.node("Unsqueeze", padded, graph.integers(offset >= 0 ? -1 : -2));
        Value matrix = graph.node("Where", on, rows, graph.scalar(0L, graph.dataType(self)));
        List<Integer> order = new ArrayList<>(Collections.nCopies(rank + 1, -1));
        order.set(first, rank - 1);
        order.set(second, rank);
        for (int axis = 0; axis < rank - 1; axis++) {
            order.set(order.indexOf(-1), axis);
        }
        return Axes.transpose(
                graph, matrix, order.stream().mapToInt(Integer::intValue).toArray());
    }
}
