package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;

/** Functions of one number, element by element. */
final class TensorflowElementwise {
    /** Operators that the engine has under a name of its own. */
    private static final Map<String, String> SAME = Map.ofEntries(
            Map.entry("Abs", "Abs"),
            Map.entry("Acos", "Acos"),
            Map.entry("Acosh", "Acosh"),
            Map.entry("Asin", "Asin"),
            Map.entry("Asinh", "Asinh"),
            Map.entry("Atan", "Atan"),
            Map.entry("Atanh", "Atanh"),
            Map.entry("Ceil", "Ceil"),
            Map.entry("Cos", "Cos"),
            Map.entry("Cosh", "Cosh"),
            Map.entry("Erf", "Erf"),
            Map.entry("Exp", "Exp"),
            Map.entry("Floor", "Floor"),
            Map.entry("Inv", "Reciprocal"),
            Map.entry("Invert", "BitwiseNot"),
            Map.entry("IsInf", "IsInf"),
            Map.entry("IsNan", "IsNaN"),
            Map.entry("Log", "Log"),
            Map.entry("LogicalNot", "Not"),
            Map.entry("Neg", "Neg"),
            Map.entry("Reciprocal", "Reciprocal"),
            Map.entry("Rint", "Round"),
            Map.entry("Sign", "Sign"),
            Map.entry("Sin", "Sin"),
            Map.entry("Sinh", "Sinh"),
            Map.entry("Sqrt", "Sqrt"),
            Map.entry("Tan", "Tan"));

    private TensorflowElementwise() {}

    static List<TensorflowOperator> all() {
        List<TensorflowOperator> rows = new ArrayList<>();
        new TreeMap<>(SAME)
                .forEach((name, operator) -> rows.add(function(name, (graph, x) -> graph.node(operator, x))));
        rows.add(function("Round", (graph, x) -> graph.dataType(x).isFloat() ? graph.node("Round", x) : x));
        rows.add(function("Rsqrt", (graph, x) -> graph.node("Reciprocal", graph.node("Sqrt", x))));
        rows.add(function("Square", (graph, x) -> graph.node("Mul", x, x)));
        rows.add(function("Erfc", (graph, x) -> graph.node("Sub", one(graph, x), graph.node("Erf", x))));
        rows.add(function("Expm1", TensorflowElementwise::exponentialMinusOne));
        rows.add(function("Log1p", TensorflowElementwise::logarithmOfOnePlus));
        rows.add(function(
                "IsFinite",
                (graph, x) -> graph.node("Not", graph.node("Or", graph.node("IsInf", x), graph.node("IsNaN", x)))));
        rows.add(function("ZerosLike", (graph, x) -> filled(graph, x, 0)));
        rows.add(function("OnesLike", (graph, x) -> filled(graph, x, 1)));
        rows.add(row(
                "Cast",
                AttributeDefaults.NONE.flag("Truncate", false),
                call -> call.layouts()
                        .elementwise(
                                call.graph(),
                                call.input(0),
                                x -> call.graph().cast(x, call.attributes().type("DstT")))));
        return rows;
    }

    private static TensorflowOperator function(String name, BiFunction<GraphBuilder, Value, Value> lowering) {
        return row(
                name,
                call -> call.layouts().elementwise(call.graph(), call.input(0), x -> lowering.apply(call.graph(), x)));
    }

    private static Value one(GraphBuilder graph, Value like) {
        return graph.scalar(1.0, graph.dataType(like));
    }

    private static Value filled(GraphBuilder graph, Value like, double number) {
        return graph.node("Expand", graph.scalar(number, graph.dataType(like)), graph.node("Shape", like));
    }

    /** tanh(x / 2) * (e^x + 1), which is exact near 0. */
    private static Value exponentialMinusOne(GraphBuilder graph, Value x) {
        DataType type = graph.dataType(x);
        Value half = graph.node("Tanh", graph.node("Mul", x, graph.scalar(0.5, type)));
        return graph.node("Mul", half, graph.node("Add", graph.node("Exp", x), graph.scalar(1.0, type)));
    }

    /** With u = 1 + x as it is rounded: log(u) * x / (u - 1), x itself where u is 1, log(u) where u is x. */
    static Value logarithmOfOnePlus(GraphBuilder graph, Value x) {
        Value one = one(graph, x);
        Value u = graph.node("Add", x, one);
        Value logarithm = graph.node("Log", u);
        Value mended = graph.node("Div", graph.node("Mul", logarithm, x), graph.node("Sub", u, one));
        Value large = graph.node("Where", graph.node("Equal", u, x), logarithm, mended);
        return graph.node("Where", graph.node("Equal", u, one), x, large);
    }
}
