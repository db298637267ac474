package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Elements written to, or combined with, those at indices along an axis. */
final class AtenScatters {
    /** What ONNX calls the ways of combining. */
    private static final Map<String, String> REDUCTIONS = Map.of(
            "add", "add",
            "multiply", "mul",
            "sum", "add",
            "prod", "mul",
            "mean", "add",
            "amax", "max",
            "amin", "min");

    private AtenScatters() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        rows.addAll(List.of(
                row(
                        "scatter.src(Tensor self, int dim, Tensor index, Tensor src) -> Tensor",
                        call -> scattered(call, "src", "none")),
                row(
                        "scatter.value(Tensor self, int dim, Tensor index, Scalar value) -> Tensor",
                        call -> scattered(call, "value", "none")),
                row(
                        "scatter.reduce(Tensor self, int dim, Tensor index, Tensor src, *, str reduce) -> Tensor",
                        call -> scattered(call, "src", reduction(call))),
                row(
                        "scatter.value_reduce(Tensor self, int dim, Tensor index, Scalar value, *, str reduce) ->"
                                + " Tensor",
                        call -> scattered(call, "value", reduction(call)))));
        rows.addAll(List.of(
                row(
                        "scatter_add(Tensor self, int dim, Tensor index, Tensor src) -> Tensor",
                        call -> scattered(call, "src", "add")),
                row(
                        "scatter_reduce.two(Tensor self, int dim, Tensor index, Tensor src, str reduce, *, bool"
                                + " include_self=True) -> Tensor",
                        call -> reduced(call, AtenScatters::sources)),
                row(
                        "index_add(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor",
                        AtenScatters::indexAdd),
                row(
                        "index_copy(Tensor self, int dim, Tensor index, Tensor source) -> Tensor",
                        call -> atRows(call, call.tensor("source"), "none")),
                row(
                        "index_fill.int_Scalar(Tensor self, int dim, Tensor index, Scalar value) -> Tensor",
                        AtenScatters::indexFill),
                row(
                        "index_fill.int_Tensor(Tensor self, int dim, Tensor index, Tensor value) -> Tensor",
                        AtenScatters::indexFill),
                row(
                        "index_reduce(Tensor self, int dim, Tensor index, Tensor source, str reduce, *, bool"
                                + " include_self=True) -> Tensor",
                        call -> reduced(call, AtenScatters::rowSources)),
                row("bincount(Tensor self, Tensor? weights=None, int minlength=0) -> Tensor", AtenScatters::binCount)));
        return rows;
    }

    /** Where elements go and what they are, in one shape. */
    private record Sources(Value index, Value elements) {}

    private static String reduction(AtenCall call) {
        String name = call.text("reduce");
        String found = REDUCTIONS.getOrDefault(name, "");
        if (found.isEmpty()) {
            throw call.wrong("reduce", "one of " + REDUCTIONS.keySet());
        }
        return found;
    }

    private static Value scattered(AtenCall call, String source, String reduction) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        Sources sources = source.equals("src")
                ? sources(call)
                : new Sources(
                        vector(graph, call.tensor("index")),
                        graph.node(
                                "Expand",
                                TypePromotion.value(call, "value", graph.dataType(self)),
                                new SizeArithmetic(graph).shape(vector(graph, call.tensor("index")))));
        return scattered(graph, self, call.axis("dim", self), sources, reduction);
    }

    /** The source may be larger than the index: what is beyond it is not read. */
    private static Sources sources(AtenCall call) {
        AtenGraph graph = call.graph();
        Value index = vector(graph, call.tensor("index"));
        Value source = vector(graph, graph.cast(call.tensor("src"), graph.dataType(call.tensor("self"))));
        if (!graph.type(source).dims().equals(graph.type(index).dims())) {
            long[] starts = new long[graph.rank(index)];
            source = graph.node("Slice", source, graph.integers(starts), new SizeArithmetic(graph).shape(index));
        }
        return new Sources(index, source);
    }

    /** Whole rows: the index says the place of each. */
    private static Sources rowSources(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        Value source = vector(graph, graph.cast(call.tensor("source"), graph.dataType(self)));
        int axis = call.axis("dim", self);
        long[] dims = new long[graph.rank(source)];
        java.util.Arrays.fill(dims, 1);
        dims[axis] = -1;
        Value column = graph.node("Reshape", call.tensor("index"), graph.integers(dims));
        return new Sources(graph.node("Expand", column, new SizeArithmetic(graph).shape(source)), source);
    }

    private static Value scattered(AtenGraph graph, Value self, int axis, Sources sources, String reduction) {
        Value base = vector(graph, self);
        Value written = graph.node(
                "ScatterElements",
                OnnxAttributes.integer("axis", axis).with("reduction", new Attribute.Text(reduction)),
                base,
                sources.index(),
                sources.elements());
        return graph.rank(self) == 0 ? graph.node("Squeeze", written, graph.integers(0)) : written;
    }

    private static Value vector(AtenGraph graph, Value value) {
        return graph.rank(value) == 0 ? graph.node("Unsqueeze", value, graph.integers(0)) : value;
    }

    private static Value reduced(AtenCall call, Function<AtenCall, Sources> from) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        int axis = call.axis("dim", self);
        Sources sources = from.apply(call);
        boolean include = call.flag("include_self");
        String name = call.text("reduce");
        Value base = include
                ? self
                : scattered(graph, self, axis, filled(graph, sources, identity(graph, self, name)), "none");
        Value combined = scattered(graph, base, axis, sources, reduction(call));
        if (!name.equals("mean")) {
            return combined;
        }
        DataType type = graph.dataType(self);
        ValueMath math = ValueMath.of(call);
        Value start =
                graph.node("Expand", graph.scalar(include ? 1L : 0L, type), new SizeArithmetic(graph).shape(self));
        Value count = scattered(graph, start, axis, filled(graph, sources, graph.scalar(1L, type)), "add");
        Value divisor = math.maximum(count, graph.scalar(1L, type));
        return type.isFloat() ? math.divide(combined, divisor) : math.floorDivide(combined, divisor);
    }

    private static Sources filled(AtenGraph graph, Sources sources, Value number) {
        return new Sources(
                sources.index(), graph.node("Expand", number, new SizeArithmetic(graph).shape(sources.index())));
    }

    /** The identity element of a way of combining. */
    private static Value identity(AtenGraph graph, Value self, String name) {
        DataType type = graph.dataType(self);
        return switch (name) {
            case "prod" -> graph.scalar(1L, type);
            case "amax" -> AtenSorting.limit(graph, type, false);
            case "amin" -> AtenSorting.limit(graph, type, true);
            default -> graph.scalar(0L, type);
        };
    }

    private static Value atRows(AtenCall call, Value source, String reduction) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        Sources rows = rowSources(call);
        boolean same = source == call.tensor("source");
        Value elements = same ? rows.elements() : vector(graph, source);
        return scattered(graph, self, call.axis("dim", self), new Sources(rows.index(), elements), reduction);
    }

    private static Value indexAdd(AtenCall call) {
        AtenGraph graph = call.graph();
        DataType type = graph.dataType(call.tensor("self"));
        Value source = graph.cast(call.tensor("source"), type);
        boolean one = call.argument("alpha") instanceof Argument.OfInteger(long alpha) && alpha == 1;
        return atRows(
                call,
                one ? call.tensor("source") : graph.node("Mul", source, TypePromotion.value(call, "alpha", type)),
                "add");
    }

    private static Value indexFill(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        int rank = graph.rank(self);
        Value number = TypePromotion.value(call, "value", graph.dataType(self));
        if (rank == 0) {
            return number;
        }
        int axis = call.axis("dim", self);
        Value index = vector(graph, call.tensor("index"));
        List<Argument> dims = new ArrayList<>(new SizeArithmetic(graph).sizes(self));
        dims.set(axis, graph.size(index, 0));
        long[] column = new long[rank];
        java.util.Arrays.fill(column, 1);
        column[axis] = -1;
        Value places = graph.node("Expand", graph.node("Reshape", index, graph.integers(column)), graph.integers(dims));
        return scattered(graph, self, axis, filled(graph, new Sources(places, places), number), "none");
    }

    /** How often each number from 0 on is there, or the sum of its weights. */
    private static Value binCount(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = graph.cast(call.tensor("self"), DataType.INT64);
        Value all = graph.node(
                "Concat", OnnxAttributes.integer("axis", 0), self, graph.integers(call.integer("minlength") - 1));
        Value greatest = Axes.reduce(graph, "ReduceMax", all, new int[] {0}, true);
        Value length = graph.node("Add", greatest, graph.integers(1));
        DataType type = call.has("weights")
                ? graph.dataType(call.tensor("weights")) == DataType.FP32 ? DataType.FP32 : DataType.FP64
                : DataType.INT64;
        Value zeros = graph.node("Expand", graph.scalar(0L, type), length);
        Value one = graph.node("Expand", graph.scalar(1L, type), new SizeArithmetic(graph).shape(self));
        Value amounts = call.has("weights") ? graph.cast(call.tensor("weights"), type) : one;
        return scattered(graph, zeros, 0, new Sources(self, amounts), "add");
    }
}
