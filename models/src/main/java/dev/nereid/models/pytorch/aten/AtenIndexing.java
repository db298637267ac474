package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;
import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Elements that other tensors name by indices or masks. */
final class AtenIndexing {
    private AtenIndexing() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        rows.addAll(List.of(
                row(
                        "index.Tensor(Tensor self, Tensor?[] indices) -> Tensor",
                        call -> index(call).take()),
                row(
                        "_unsafe_index.Tensor(Tensor self, Tensor?[] indices) -> Tensor",
                        call -> index(call).take()),
                row(
                        "index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor",
                        AtenIndexing::put),
                row(
                        "_unsafe_index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) ->"
                                + " Tensor",
                        AtenIndexing::put),
                row(
                        "_index_put_impl_(Tensor(a!) self, Tensor?[] indices, Tensor values, bool accumulate=False, bool"
                                + " unsafe=False) -> Tensor",
                        call -> {
                            call.reference("self").write(put(call));
                            return call.tensor("self");
                        }),
                row("index_select(Tensor self, int dim, Tensor index) -> Tensor", AtenIndexing::selected),
                row("gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor", call -> {
                    Value self = call.tensor("self");
                    return gathered(call.graph(), self, call.axis("dim", self), call.tensor("index"));
                }),
                row(
                        "take(Tensor self, Tensor index) -> Tensor",
                        call -> call.graph()
                                .node(
                                        "Gather",
                                        call.graph()
                                                .node(
                                                        "Reshape",
                                                        call.tensor("self"),
                                                        call.graph().integers(-1)),
                                        call.tensor("index"))),
                row("take_along_dim(Tensor self, Tensor indices, int? dim=None) -> Tensor", AtenIndexing::takenAlong),
                row("masked_select(Tensor self, Tensor mask) -> Tensor", AtenIndexing::maskedSelect),
                row("masked_scatter(Tensor self, Tensor mask, Tensor source) -> Tensor", AtenIndexing::maskedScatter),
                row("nonzero(Tensor self) -> Tensor", call -> {
                    Value places = nonzero(call, "self");
                    return call.graph().node("Transpose", OnnxAttributes.permutation(1, 0), places);
                }),
                results("nonzero_numpy(Tensor self) -> Tensor[]", call -> List.of(columns(call, "self"))),
                results("where(Tensor condition) -> Tensor[]", call -> List.of(columns(call, "condition"))),
                row(
                        "argwhere(Tensor self) -> Tensor",
                        call -> call.graph()
                                .node("Transpose", OnnxAttributes.permutation(1, 0), nonzero(call, "self"))),
                row("one_hot(Tensor self, int num_classes=-1) -> Tensor", AtenIndexing::oneHot)));
        rows.addAll(uniqueness());
        return rows;
    }

    private static List<AtenOperator> uniqueness() {
        return List.of(
                results(
                        "_unique2(Tensor self, bool sorted=True, bool return_inverse=False, bool return_counts=False)"
                                + " -> (Tensor, Tensor, Tensor)",
                        call -> unique(call, Optional.empty())),
                results(
                        "_unique(Tensor self, bool sorted=True, bool return_inverse=False) -> (Tensor, Tensor)",
                        call -> unique(call, Optional.empty()).subList(0, 2)),
                results(
                        "unique_dim(Tensor self, int dim, bool sorted=True, bool return_inverse=False, bool"
                                + " return_counts=False) -> (Tensor, Tensor, Tensor)",
                        call -> unique(call, Optional.of(call.axis("dim", call.tensor("self"))))));
    }

    private static AdvancedIndex index(AtenCall call) {
        return new AdvancedIndex(call.graph(), call.tensor("self"), call.optionalTensors("indices"));
    }

    private static Value put(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        boolean add = call.flag("accumulate");
        Value values = graph.cast(call.tensor("values"), graph.dataType(self));
        List<Optional<Value>> indices = call.optionalTensors("indices");
        boolean mask = indices.size() == 1
                && indices.getFirst().isPresent()
                && graph.dataType(indices.getFirst().get()) == DataType.BOOL;
        if (mask && !add && graph.type(values).dims().orElseThrow().stream().allMatch(dim -> dim.is(1))) {
            return masked(graph, self, indices.getFirst().orElseThrow(), values);
        }
        return index(call).put(values, add);
    }

    /** One number in the places of a mask of the first axes. */
    private static Value masked(AtenGraph graph, Value self, Value mask, Value number) {
        int rest = graph.rank(self) - graph.rank(mask);
        if (rest < 0) {
            throw new ModelFormatException(
                    "too many indices, " + graph.rank(mask) + ", for a tensor of rank " + graph.rank(self));
        }
        long[] trailing = IntStream.range(0, rest)
                .mapToLong(i -> graph.rank(mask) + (long) i)
                .toArray();
        Value whole = rest == 0 ? mask : graph.node("Unsqueeze", mask, graph.integers(trailing));
        return graph.node("Where", whole, graph.node("Reshape", number, graph.integers()), self);
    }

    private static Value selected(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        Value index = call.tensor("index");
        if (graph.rank(self) == 0) {
            return self;
        }
        Value places = graph.rank(index) == 0 ? graph.node("Unsqueeze", index, graph.integers(0)) : index;
        return graph.node("Gather", OnnxAttributes.integer("axis", call.axis("dim", self)), self, places);
    }

    /** An element for each index, at its place but for one axis. */
    private static Value gathered(AtenGraph graph, Value self, int axis, Value index) {
        if (graph.rank(self) == 0) {
            return graph.node("Expand", self, new SizeArithmetic(graph).shape(index));
        }
        Value places = graph.rank(index) == 0 ? graph.node("Unsqueeze", index, graph.integers(0)) : index;
        Value taken = graph.node("GatherElements", OnnxAttributes.integer("axis", axis), self, places);
        return graph.rank(index) == 0 ? graph.node("Squeeze", taken, graph.integers(0)) : taken;
    }

    private static Value takenAlong(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        Value indices = call.tensor("indices");
        if (!call.has("dim")) {
            Value flat = graph.node("Reshape", self, graph.integers(-1));
            return graph.node("Gather", flat, graph.node("Reshape", indices, graph.integers(-1)));
        }
        int axis = call.axis("dim", self);
        SizeArithmetic sizes = new SizeArithmetic(graph);
        List<Argument> ownDims = new ArrayList<>(sizes.sizes(indices));
        ownDims.set(axis, graph.size(self, axis));
        List<Argument> indexDims = new ArrayList<>(sizes.sizes(self));
        indexDims.set(axis, graph.size(indices, axis));
        return graph.node(
                "GatherElements",
                OnnxAttributes.integer("axis", axis),
                graph.node("Expand", self, graph.integers(ownDims)),
                graph.node("Expand", indices, graph.integers(indexDims)));
    }

    private static Value maskedSelect(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        Value mask = graph.cast(call.tensor("mask"), DataType.BOOL);
        Value shape = AtenMovement.broadcastShape(graph, List.of(self, mask));
        Value elements = graph.node("Reshape", graph.node("Expand", self, shape), graph.integers(-1));
        Value flags = graph.node("Reshape", graph.node("Expand", mask, shape), graph.integers(-1));
        return graph.node("Compress", OnnxAttributes.integer("axis", 0), elements, flags);
    }

    /** The elements of a source, one after the other, in the places where a mask is true. */
    private static Value maskedScatter(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        SizeArithmetic sizes = new SizeArithmetic(graph);
        Value mask = graph.node("Expand", graph.cast(call.tensor("mask"), DataType.BOOL), sizes.shape(self));
        Value flags = graph.cast(graph.node("Reshape", mask, graph.integers(-1)), DataType.INT64);
        Value number = graph.node("CumSum", flags, graph.scalar(0L, DataType.INT64));
        Value place = graph.node("Max", graph.node("Sub", number, graph.integers(1)), graph.integers(0));
        Value zero = graph.node("Reshape", graph.scalar(0L, graph.dataType(self)), graph.integers(1));
        // A source without elements, of which none is asked for, has one to read.
        Value source = graph.node(
                "Concat",
                OnnxAttributes.integer("axis", 0),
                graph.node("Reshape", graph.cast(call.tensor("source"), graph.dataType(self)), graph.integers(-1)),
                zero);
        Value elements = graph.node("Reshape", graph.node("Gather", source, place), sizes.shape(self));
        return graph.node("Where", mask, elements, self);
    }

    /** The places of elements that are not 0: [rank, count]. */
    private static Value nonzero(AtenCall call, String name) {
        return call.graph().node("NonZero", call.tensor(name));
    }

    private static Argument columns(AtenCall call, String name) {
        AtenGraph graph = call.graph();
        Value places = nonzero(call, name);
        return new Argument.OfList(IntStream.range(0, Math.max(graph.rank(call.tensor(name)), 1))
                .mapToObj(axis -> (Argument) Argument.OfTensor.of(graph.node(
                        "Gather",
                        OnnxAttributes.integer("axis", 0),
                        places,
                        graph.scalar((long) axis, DataType.INT64))))
                .toList());
    }

    private static Value oneHot(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        long classes = call.integer("num_classes");
        Value depth = classes >= 0
                ? graph.integers(classes)
                : graph.node(
                        "Reshape",
                        graph.node(
                                "Add",
                                Axes.reduce(graph, "ReduceMax", self, Axes.all(graph.rank(self)), false),
                                graph.scalar(1L, DataType.INT64)),
                        graph.integers(1));
        return graph.node("OneHot", OnnxAttributes.integer("axis", -1), self, depth, graph.integers(0, 1));
    }

    /** Distinct elements in ascending order, which of them each element is, and how many of each there are. */
    private static List<Argument> unique(AtenCall call, Optional<Integer> axis) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        List<Value> made = graph.nodes(
                "",
                "Unique",
                4,
                axis.map(each -> OnnxAttributes.integer("axis", each))
                        .orElse(new dev.nereid.models.graph.Attributes(java.util.Map.of()))
                        .with("sorted", new Attribute.Int(1)),
                List.of(Optional.of(self)));
        Value inverse = axis.isPresent()
                ? made.get(2)
                : graph.node("Reshape", made.get(2), new SizeArithmetic(graph).shape(self));
        return List.of(
                Argument.OfTensor.of(made.get(0)), Argument.OfTensor.of(inverse), Argument.OfTensor.of(made.get(3)));
    }
}
