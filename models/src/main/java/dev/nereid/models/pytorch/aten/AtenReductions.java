package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;
import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Sums, products, extremes and truth along axes. */
final class AtenReductions {
    private AtenReductions() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        rows.addAll(List.of(
                row("sum(Tensor self, *, ScalarType? dtype=None) -> Tensor", call -> total(call, "ReduceSum")),
                row(
                        "sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) ->"
                                + " Tensor",
                        call -> along(call, "ReduceSum", accumulated(call))),
                row(
                        "nansum(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) ->"
                                + " Tensor",
                        call -> {
                            ValueMath math = ValueMath.of(call);
                            Value self = accumulated(call);
                            return along(call, "ReduceSum", math.where(math.isNan(self), math.number(0, self), self));
                        }),
                row("mean(Tensor self, *, ScalarType? dtype=None) -> Tensor", call -> mean(call, false)),
                row(
                        "mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
                        call -> mean(call, true)),
                row("prod(Tensor self, *, ScalarType? dtype=None) -> Tensor", call -> total(call, "ReduceProd")),
                row(
                        "prod.dim_int(Tensor self, int dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
                        call -> along(call, "ReduceProd", accumulated(call))),
                row(
                        "amax(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor",
                        call -> along(call, "ReduceMax", call.tensor("self"))),
                row(
                        "amin(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor",
                        call -> along(call, "ReduceMin", call.tensor("self"))),
                results(
                        "aminmax(Tensor self, *, int? dim=None, bool keepdim=False) -> (Tensor min, Tensor max)",
                        call -> List.of(
                                Argument.OfTensor.of(along(call, "ReduceMin", call.tensor("self"))),
                                Argument.OfTensor.of(along(call, "ReduceMax", call.tensor("self"))))),
                row("max(Tensor self) -> Tensor", call -> everything(call, "ReduceMax", call.tensor("self"))),
                row("min(Tensor self) -> Tensor", call -> everything(call, "ReduceMin", call.tensor("self"))),
                results(
                        "max.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
                        call -> extreme(call, "ReduceMax", "ArgMax")),
                results(
                        "min.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
                        call -> extreme(call, "ReduceMin", "ArgMin")),
                row(
                        "argmax(Tensor self, int? dim=None, bool keepdim=False) -> Tensor",
                        call -> position(call, "ArgMax")),
                row(
                        "argmin(Tensor self, int? dim=None, bool keepdim=False) -> Tensor",
                        call -> position(call, "ArgMin")),
                row("count_nonzero(Tensor self, int? dim=None) -> Tensor", AtenReductions::countNonzero),
                row("count_nonzero.dim_IntList(Tensor self, int[] dim) -> Tensor", AtenReductions::countNonzero)));
        truth(rows, "any", "ReduceMax");
        truth(rows, "all", "ReduceMin");
        return rows;
    }

    private static void truth(List<AtenOperator> rows, String name, String operator) {
        rows.add(row(
                name + "(Tensor self) -> Tensor", call -> truth(call, value -> everything(call, operator, value))));
        rows.add(row(
                name + ".dim(Tensor self, int dim, bool keepdim=False) -> Tensor",
                call -> truth(call, value -> along(call, operator, value))));
        rows.add(row(
                name + ".dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor",
                call -> truth(call, value -> {
                    boolean none = call.has("dim") && call.items("dim").isEmpty();
                    return none ? value : along(call, operator, value);
                })));
    }

    /** PyTorch gives bytes for bytes, for everything else truth values. */
    private static Value truth(AtenCall call, Function<Value, Value> reduction) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        Value result = reduction.apply(graph.cast(self, DataType.BOOL));
        return graph.dataType(self) == DataType.UINT8 ? graph.cast(result, DataType.UINT8) : result;
    }

    /** The first argument in the type in which it is summed: as asked, or INT64 for integers and truth values. */
    static Value accumulated(AtenCall call) {
        Value self = call.tensor("self");
        DataType type = call.graph().dataType(self);
        Optional<DataType> asked = call.dataType("dtype");
        return call.graph().cast(self, asked.orElse(type.isFloat() ? type : DataType.INT64));
    }

    private static Value total(AtenCall call, String operator) {
        return everything(call, operator, accumulated(call));
    }

    private static Value everything(AtenCall call, String operator, Value value) {
        AtenGraph graph = call.graph();
        return Axes.reduce(graph, operator, value, Axes.all(graph.rank(value)), false);
    }

    /** Along the axes of the argument 'dim'. */
    private static Value along(AtenCall call, String operator, Value value) {
        return Axes.reduce(call.graph(), operator, value, Axes.namedOrAll(call, "dim", value), call.flag("keepdim"));
    }

    private static Value mean(AtenCall call, boolean axes) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        DataType type = call.dataType("dtype").orElse(graph.dataType(self));
        if (!type.isFloat()) {
            throw new ModelFormatException("expected a floating-point tensor or 'dtype', got " + type);
        }
        Value value = graph.cast(self, type);
        return axes ? along(call, "ReduceMean", value) : everything(call, "ReduceMean", value);
    }

    private static List<Argument> extreme(AtenCall call, String values, String indices) {
        Value self = call.tensor("self");
        return List.of(
                Argument.OfTensor.of(along(call, values, self)),
                Argument.OfTensor.of(
                        position(call.graph(), indices, self, call.axis("dim", self), call.flag("keepdim"))));
    }

    private static Value position(AtenCall call, String operator) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        boolean keep = call.flag("keepdim");
        if (call.has("dim")) {
            return position(graph, operator, self, call.axis("dim", self), keep);
        }
        Value flat = graph.node("Reshape", self, graph.integers(-1));
        Value position = position(graph, operator, flat, 0, false);
        long[] ones = new long[keep ? graph.rank(self) : 0];
        java.util.Arrays.fill(ones, 1);
        return keep ? graph.node("Reshape", position, graph.integers(ones)) : position;
    }

    /** The index of the greatest or least number of an axis, the first one of several. */
    static Value position(AtenGraph graph, String operator, Value self, int axis, boolean keep) {
        if (graph.rank(self) == 0) {
            return graph.scalar(0L, DataType.INT64);
        }
        DataType type = graph.dataType(self);
        Value numbers = type == DataType.BOOL ? graph.cast(self, DataType.UINT8) : self;
        if (type.isFloat()) {
            // ONNX passes over what is not a number; for PyTorch it is greater, or less, than all others.
            double extreme = operator.equals("ArgMax") ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
            numbers = graph.node("Where", graph.node("IsNaN", self), graph.scalar(extreme, type), self);
        }
        return graph.node(
                operator,
                OnnxAttributes.integer("axis", axis)
                        .with("keepdims", new dev.nereid.models.graph.Attributes.Attribute.Int(keep ? 1 : 0)),
                numbers);
    }

    private static Value countNonzero(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        Value ones = graph.cast(graph.cast(self, DataType.BOOL), DataType.INT64);
        return Axes.reduce(graph, "ReduceSum", ones, Axes.namedOrAll(call, "dim", self), false);
    }
}
