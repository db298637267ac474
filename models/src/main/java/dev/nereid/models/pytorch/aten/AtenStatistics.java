package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;
import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;

/** Norms, variances, softmax and running totals. */
final class AtenStatistics {
    private static final int USUAL_CORRECTION = 1;

    private AtenStatistics() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>(norms());
        variances(rows, "var", false);
        variances(rows, "std", true);
        rows.addAll(List.of(
                row("logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor", AtenStatistics::logSumExp),
                row("softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor", c -> softmax(c, "Softmax")),
                row(
                        "special_softmax(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
                        call -> softmax(call, "Softmax")),
                row(
                        "log_softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
                        call -> softmax(call, "LogSoftmax")),
                row(
                        "special_log_softmax(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
                        call -> softmax(call, "LogSoftmax")),
                row(
                        "_softmax(Tensor self, int dim, bool half_to_float) -> Tensor",
                        call -> widenedSoftmax(call, "Softmax")),
                row(
                        "_log_softmax(Tensor self, int dim, bool half_to_float) -> Tensor",
                        call -> widenedSoftmax(call, "LogSoftmax")),
                row(
                        "cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
                        call -> running(call, "CumSum")),
                row(
                        "cumprod(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
                        call -> running(call, "CumProd")),
                row("logcumsumexp(Tensor self, int dim) -> Tensor", AtenStatistics::logRunningSum)));
        return rows;
    }

    private static List<AtenOperator> norms() {
        return List.of(
                row("norm.Scalar(Tensor self, Scalar p=2) -> Tensor", call -> norm(call, "p", false)),
                row(
                        "norm.ScalarOpt_dtype(Tensor self, Scalar? p, *, ScalarType dtype) -> Tensor",
                        call -> norm(call, "p", false)),
                row(
                        "norm.ScalarOpt_dim(Tensor self, Scalar? p, int[1] dim, bool keepdim=False) -> Tensor",
                        call -> norm(call, "p", true)),
                row(
                        "norm.ScalarOpt_dim_dtype(Tensor self, Scalar? p, int[1] dim, bool keepdim, *, ScalarType"
                                + " dtype) -> Tensor",
                        call -> norm(call, "p", true)),
                row(
                        "linalg_vector_norm(Tensor self, Scalar ord=2, int[1]? dim=None, bool keepdim=False, *,"
                                + " ScalarType? dtype=None) -> Tensor",
                        call -> norm(call, "ord", true)),
                row(
                        "frobenius_norm.dim(Tensor self, int[1] dim, bool keepdim=False) -> Tensor",
                        call -> alongNorm(call, AtenElementwise.realSelf(call), 2)),
                row(
                        "linalg_norm(Tensor self, Scalar? ord=None, int[1]? dim=None, bool keepdim=False, *,"
                                + " ScalarType? dtype=None) -> Tensor",
                        AtenStatistics::vectorNorm));
    }

    private static void variances(List<AtenOperator> rows, String name, boolean root) {
        rows.add(row(
                name + "(Tensor self, bool unbiased=True) -> Tensor",
                call -> variance(call, root, false).getFirst()));
        rows.add(row(
                name + ".dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor",
                call -> variance(call, root, true).getFirst()));
        rows.add(row(
                name + ".correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False)"
                        + " -> Tensor",
                call -> variance(call, root, true).getFirst()));
        rows.add(results(
                name + "_mean(Tensor self, bool unbiased=True) -> (Tensor, Tensor)",
                call -> tensors(variance(call, root, false))));
        rows.add(results(
                name + "_mean.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> (Tensor,"
                        + " Tensor)",
                call -> tensors(variance(call, root, true))));
        rows.add(results(
                name + "_mean.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool"
                        + " keepdim=False) -> (Tensor, Tensor)",
                call -> tensors(variance(call, root, true))));
    }

    private static List<Argument> tensors(List<Value> values) {
        return values.stream()
                .map(value -> (Argument) Argument.OfTensor.of(value))
                .toList();
    }

    /** The variance or its root, and the mean. */
    private static List<Value> variance(AtenCall call, boolean root, boolean along) {
        AtenGraph graph = call.graph();
        ValueMath math = ValueMath.of(call);
        Value self = call.tensor("self");
        int[] axes = along ? Axes.namedOrAll(call, "dim", self) : Axes.all(graph.rank(self));
        boolean keep = along && call.flag("keepdim");
        Value mean = Axes.reduce(graph, "ReduceMean", self, axes, true);
        Value distance = math.subtract(self, mean);
        Value sum = Axes.reduce(graph, "ReduceSum", math.multiply(distance, distance), axes, keep);
        Value count = Axes.count(graph, self, axes, graph.dataType(self));
        Value divisor = math.maximum(math.subtract(count, correction(call)), math.number(0, self));
        Value variance = math.divide(sum, divisor);
        return List.of(
                root ? graph.node("Sqrt", variance) : variance,
                keep ? mean : Axes.reduce(graph, "ReduceMean", self, axes, false));
    }

    private static double correction(AtenCall call) {
        if (call.schema().parameter("unbiased").isPresent()) {
            return call.flag("unbiased") ? 1 : 0;
        }
        return call.has("correction") ? call.real("correction") : USUAL_CORRECTION;
    }

    private static Value norm(AtenCall call, String order, boolean along) {
        Value self = AtenElementwise.realSelf(call);
        boolean typed = call.schema().parameter("dtype").isPresent() && call.has("dtype");
        Value value = typed ? call.graph().cast(self, call.dataType("dtype").orElseThrow()) : self;
        double p = call.has(order) ? call.real(order) : 2;
        if (along) {
            return alongNorm(call, value, p);
        }
        return norm(call.graph(), value, Axes.all(call.graph().rank(value)), false, p);
    }

    private static Value alongNorm(AtenCall call, Value value, double p) {
        return norm(call.graph(), value, Axes.namedOrAll(call, "dim", value), call.flag("keepdim"), p);
    }

    /** Of a vector, or of a matrix that is taken for one where no order is given. */
    private static Value vectorNorm(AtenCall call) {
        int rank = call.graph().rank(call.tensor("self"));
        long axes = call.has("dim") ? call.sizes("dim").size() : rank;
        if (call.has("ord") && axes != 1) {
            throw new ModelFormatException("norms of matrices of an order are not known");
        }
        return norm(call, "ord", true);
    }

    private static Value norm(AtenGraph graph, Value value, int[] axes, boolean keep, double p) {
        ValueMath math = new ValueMath(graph);
        if (p == 2) {
            return Axes.reduce(graph, "ReduceL2", value, axes, keep);
        }
        if (p == 1) {
            return Axes.reduce(graph, "ReduceL1", value, axes, keep);
        }
        if (Double.isInfinite(p)) {
            return Axes.reduce(graph, p > 0 ? "ReduceMax" : "ReduceMin", math.absolute(value), axes, keep);
        }
        if (p == 0) {
            Value counted = graph.cast(graph.cast(value, DataType.BOOL), graph.dataType(value));
            return Axes.reduce(graph, "ReduceSum", counted, axes, keep);
        }
        Value powers = math.power(math.absolute(value), math.number(p, value));
        Value sum = Axes.reduce(graph, "ReduceSum", powers, axes, keep);
        return math.power(sum, math.number(1 / p, value));
    }

    private static Value logSumExp(AtenCall call) {
        Value self = AtenElementwise.realSelf(call);
        return Axes.reduce(
                call.graph(), "ReduceLogSumExp", self, Axes.namedOrAll(call, "dim", self), call.flag("keepdim"));
    }

    private static Value softmax(AtenCall call, String operator) {
        Value self = call.tensor("self");
        DataType type = call.dataType("dtype").orElse(call.graph().dataType(self));
        return softmax(call, operator, type);
    }

    private static Value widenedSoftmax(AtenCall call, String operator) {
        DataType type = call.graph().dataType(call.tensor("self"));
        return softmax(call, operator, call.flag("half_to_float") ? DataType.FP32 : type);
    }

    private static Value softmax(AtenCall call, String operator, DataType type) {
        AtenGraph graph = call.graph();
        Value self = graph.cast(call.tensor("self"), type);
        if (graph.rank(self) == 0) {
            Value one = graph.node("Unsqueeze", self, graph.integers(0));
            return graph.node("Squeeze", graph.node(operator, one), graph.integers(0));
        }
        return graph.node(operator, OnnxAttributes.integer("axis", call.axis("dim", self)), self);
    }

    private static Value running(AtenCall call, String operator) {
        AtenGraph graph = call.graph();
        Value self = AtenReductions.accumulated(call);
        long axis = call.axis("dim", self);
        return graph.rank(self) == 0 ? self : graph.node(operator, self, graph.scalar(axis, DataType.INT64));
    }

    /** log(cumsum(exp(self))), with the greatest number of the axis taken out before. */
    private static Value logRunningSum(AtenCall call) {
        AtenGraph graph = call.graph();
        ValueMath math = ValueMath.of(call);
        Value self = call.tensor("self");
        if (graph.rank(self) == 0) {
            return self;
        }
        int axis = call.axis("dim", self);
        Value greatest = Axes.reduce(graph, "ReduceMax", self, new int[] {axis}, true);
        Value sum = graph.node(
                "CumSum", graph.node("Exp", math.subtract(self, greatest)), graph.scalar((long) axis, DataType.INT64));
        return math.add(graph.node("Log", sum), greatest);
    }
}
