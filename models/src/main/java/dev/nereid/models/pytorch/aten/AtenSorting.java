package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;
import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** What the order of elements along an axis decides. */
final class AtenSorting {
    private AtenSorting() {}

    /** Elements in order, and where they were. */
    private record Ordered(Value values, Value indices) {
        List<Argument> both() {
            return List.of(Argument.OfTensor.of(values), Argument.OfTensor.of(indices));
        }
    }

    static List<AtenOperator> all() {
        return List.of(
                results(
                        "sort(Tensor self, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)",
                        call -> sorted(call).both()),
                results(
                        "sort.stable(Tensor self, *, bool? stable, int dim=-1, bool descending=False) -> (Tensor"
                                + " values, Tensor indices)",
                        call -> sorted(call).both()),
                row(
                        "argsort(Tensor self, int dim=-1, bool descending=False) -> Tensor",
                        call -> sorted(call).indices()),
                row(
                        "argsort.stable(Tensor self, *, bool stable, int dim=-1, bool descending=False) -> Tensor",
                        call -> sorted(call).indices()),
                row("msort(Tensor self) -> Tensor", call -> {
                    Value self = call.tensor("self");
                    return ordered(call, self, 0, false, length(call, self, 0)).values();
                }),
                results(
                        "topk(Tensor self, SymInt k, int dim=-1, bool largest=True, bool sorted=True) -> (Tensor"
                                + " values, Tensor indices)",
                        AtenSorting::largest),
                results(
                        "kthvalue(Tensor self, int k, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor"
                                + " indices)",
                        call -> at(call, call.graph().scalar(call.integer("k") - 1, DataType.INT64))),
                row("median(Tensor self) -> Tensor", AtenSorting::wholeMedian),
                results(
                        "median.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
                        AtenSorting::median),
                results(
                        "cummax(Tensor self, int dim) -> (Tensor values, Tensor indices)",
                        call -> runningExtreme(call, true)),
                results(
                        "cummin(Tensor self, int dim) -> (Tensor values, Tensor indices)",
                        call -> runningExtreme(call, false)),
                row(
                        "bucketize.Tensor(Tensor self, Tensor boundaries, *, bool out_int32=False, bool right=False)"
                                + " -> Tensor",
                        call -> bucket(call, "boundaries", call.flag("right"))),
                row(
                        "searchsorted.Tensor(Tensor sorted_sequence, Tensor self, *, bool out_int32=False, bool"
                                + " right=False, str? side=None, Tensor? sorter=None) -> Tensor",
                        call -> bucket(
                                call,
                                "sorted_sequence",
                                call.flag("right")
                                        || (call.has("side")
                                                && call.text("side").equals("right")))));
    }

    private static Value length(AtenCall call, Value of, int axis) {
        AtenGraph graph = call.graph();
        return graph.integer(graph.rank(of) == 0 ? Argument.of(1) : graph.size(of, axis));
    }

    /** The first elements of an order; of equal ones the first is first. */
    private static Ordered ordered(AtenCall call, Value self, int axis, boolean descending, Value count) {
        AtenGraph graph = call.graph();
        if (graph.rank(self) == 0) {
            return new Ordered(self, graph.scalar(0L, DataType.INT64));
        }
        DataType type = graph.dataType(self);
        Value numbers = type == DataType.BOOL ? graph.cast(self, DataType.UINT8) : self;
        List<Value> both = graph.nodes(
                "",
                "TopK",
                2,
                OnnxAttributes.integer("axis", axis).with("largest", new Attribute.Int(descending ? 1 : 0)),
                List.of(Optional.of(numbers), Optional.of(count)));
        return new Ordered(graph.cast(both.getFirst(), type), both.getLast());
    }

    private static Ordered sorted(AtenCall call) {
        Value self = call.tensor("self");
        int axis = call.axis("dim", self);
        return ordered(call, self, axis, call.flag("descending"), length(call, self, axis));
    }

    private static List<Argument> largest(AtenCall call) {
        Value self = call.tensor("self");
        Value count = call.graph().integer(call.argument("k"));
        return ordered(call, self, call.axis("dim", self), call.flag("largest"), count)
                .both();
    }

    /** The element at a place of the ascending order. */
    private static List<Argument> at(AtenCall call, Value place) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        if (graph.rank(self) == 0) {
            return new Ordered(self, graph.scalar(0L, DataType.INT64)).both();
        }
        int axis = call.axis("dim", self);
        Value until = graph.node("Add", graph.node("Reshape", place, graph.integers(1)), graph.integers(1));
        Ordered ordered = ordered(call, self, axis, false, until);
        Value last = graph.scalar(-1L, DataType.INT64);
        boolean keep = call.flag("keepdim");
        return new Ordered(
                        pick(graph, ordered.values(), last, axis, keep),
                        pick(graph, ordered.indices(), last, axis, keep))
                .both();
    }

    private static Value pick(AtenGraph graph, Value from, Value index, int axis, boolean keep) {
        Value picked = graph.node("Gather", OnnxAttributes.integer("axis", axis), from, index);
        return keep ? graph.node("Unsqueeze", picked, graph.integers(axis)) : picked;
    }

    /** The lower one of the two in the middle; where an element is not a number, the first such. */
    private static List<Argument> median(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        int axis = call.axis("dim", self);
        Value length = length(call, self, axis);
        Value middle = graph.node("Div", graph.node("Sub", length, graph.integers(1)), graph.integers(2));
        List<Argument> usual = at(call, middle);
        if (graph.rank(self) == 0 || !graph.dataType(self).isFloat()) {
            return usual;
        }
        boolean keep = call.flag("keepdim");
        ValueMath math = ValueMath.of(call);
        Value nan = math.isNan(self);
        Value any = Axes.reduce(graph, "ReduceMax", nan, new int[] {axis}, keep);
        Value first = AtenReductions.position(graph, "ArgMax", nan, axis, keep);
        Value values = ((Argument.OfTensor) usual.getFirst()).reference().value();
        Value indices = ((Argument.OfTensor) usual.getLast()).reference().value();
        return new Ordered(math.where(any, math.number(Double.NaN, self), values), math.where(any, first, indices))
                .both();
    }

    private static Value wholeMedian(AtenCall call) {
        AtenGraph graph = call.graph();
        Value flat = graph.node("Reshape", call.tensor("self"), graph.integers(-1));
        Argument median = AtenTable.all()
                .call(
                        graph,
                        "aten::median",
                        "dim",
                        List.of(Argument.OfTensor.of(flat), Argument.of(0)),
                        java.util.Map.of())
                .getFirst();
        return ((Argument.OfTensor) median).reference().value();
    }

    /** Compares each element with all before it: memory grows with the square of the axis. */
    private static List<Argument> runningExtreme(AtenCall call, boolean largest) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        int rank = graph.rank(self);
        if (rank == 0) {
            return new Ordered(self, graph.scalar(0L, DataType.INT64)).both();
        }
        int axis = call.axis("dim", self);
        int[] order = Axes.moved(rank, axis, rank - 1);
        Value rows = graph.node("Unsqueeze", Axes.transpose(graph, self, order), graph.integers(-2));
        Value length = graph.node("Reshape", length(call, self, axis), graph.integers());
        Value places = graph.node("Range", graph.scalar(0L, DataType.INT64), length, graph.scalar(1L, DataType.INT64));
        Value before = graph.node(
                "LessOrEqual",
                graph.node("Unsqueeze", places, graph.integers(0)),
                graph.node("Unsqueeze", places, graph.integers(1)));
        Value seen = graph.node("Where", before, rows, limit(graph, graph.dataType(self), !largest));
        Value indices = graph.node(
                largest ? "ArgMax" : "ArgMin",
                OnnxAttributes.integer("axis", -1)
                        .with("keepdims", new Attribute.Int(0))
                        .with("select_last_index", new Attribute.Int(1)),
                seen);
        int[] last = {rank};
        Value values = Axes.reduce(graph, largest ? "ReduceMax" : "ReduceMin", seen, last, false);
        int[] back = Axes.inverse(order);
        return new Ordered(Axes.transpose(graph, values, back), Axes.transpose(graph, indices, back)).both();
    }

    /** The least or greatest number of a type. */
    static Value limit(AtenGraph graph, DataType type, boolean greatest) {
        if (type.isFloat()) {
            return graph.scalar(greatest ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY, type);
        }
        if (type == DataType.BOOL || type.kind() == DataType.Kind.UNSIGNED) {
            return graph.scalar(greatest ? (type == DataType.BOOL ? 1L : (1L << (8 * type.bytes())) - 1) : 0L, type);
        }
        long top = -1L >>> (65 - 8 * type.bytes());
        return graph.scalar(greatest ? top : -top - 1, type);
    }

    /** How many boundaries are below each element, or not above it. */
    private static Value bucket(AtenCall call, String boundaries, boolean right) {
        AtenGraph graph = call.graph();
        DataType type = TypePromotion.of(call, "self", boundaries);
        Value self = graph.node("Unsqueeze", TypePromotion.value(call, "self", type), graph.integers(-1));
        Value limits = TypePromotion.value(call, boundaries, type);
        if (graph.rank(limits) > 1) {
            limits = graph.node("Unsqueeze", limits, graph.integers(-2));
        }
        Value below = graph.node(right ? "LessOrEqual" : "Less", limits, self);
        DataType counts = call.flag("out_int32") ? DataType.INT32 : DataType.INT64;
        return Axes.reduce(graph, "ReduceSum", graph.cast(below, counts), new int[] {graph.rank(self) - 1}, false);
    }
}
