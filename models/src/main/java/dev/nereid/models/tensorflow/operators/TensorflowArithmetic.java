package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.function.Function;

/** Sums, products, quotients and remainders of tensors that broadcast. */
final class TensorflowArithmetic {
    private static final Map<String, String> SAME = Map.ofEntries(
            Map.entry("Add", "Add"),
            Map.entry("AddV2", "Add"),
            Map.entry("Sub", "Sub"),
            Map.entry("Mul", "Mul"),
            Map.entry("RealDiv", "Div"),
            Map.entry("Div", "Div"),
            Map.entry("TruncateDiv", "Div"),
            Map.entry("Maximum", "Max"),
            Map.entry("Minimum", "Min"),
            Map.entry("Pow", "Pow"),
            Map.entry("BitwiseAnd", "BitwiseAnd"),
            Map.entry("BitwiseOr", "BitwiseOr"),
            Map.entry("BitwiseXor", "BitwiseXor"));

    private TensorflowArithmetic() {}

    static List<TensorflowOperator> all() {
        List<TensorflowOperator> rows = new ArrayList<>();
        new TreeMap<>(SAME)
                .forEach((name, operator) -> rows.add(binary(name, call -> (a, b) -> call.node(operator, a, b))));
        rows.add(binary("SquaredDifference", call -> (a, b) -> {
            Value difference = call.node("Sub", a, b);
            return call.node("Mul", difference, difference);
        }));
        rows.add(binary("DivNoNan", call -> (a, b) -> unlessZero(call, b, call.node("Div", a, b))));
        rows.add(binary("MulNoNan", call -> (a, b) -> unlessZero(call, b, call.node("Mul", a, b))));
        rows.add(binary("Xlogy", call -> (a, b) -> unlessZero(call, a, call.node("Mul", a, call.node("Log", b)))));
        rows.add(binary(
                "Xlog1py",
                call -> (a, b) -> unlessZero(
                        call, a, call.node("Mul", a, TensorflowElementwise.logarithmOfOnePlus(call.graph(), b)))));
        rows.add(binary("Xdivy", call -> (a, b) -> unlessZero(call, a, call.node("Div", a, b))));
        rows.add(binary("FloorDiv", call -> (a, b) -> floorDivide(call.graph(), a, b)));
        rows.add(binary("FloorMod", call -> (a, b) -> floorModulo(call.graph(), a, b)));
        for (String name : List.of("Mod", "TruncateMod")) {
            rows.add(binary(name, call -> (a, b) -> remainder(call.graph(), a, b)));
        }
        rows.add(binary("Atan2", call -> (a, b) -> angle(call.graph(), a, b)));
        rows.add(binary("LeftShift", call -> (a, b) -> shift(call, "LEFT", a, b)));
        rows.add(binary("RightShift", call -> (a, b) -> shift(call, "RIGHT", a, b)));
        for (String name : List.of("AddN", "AccumulateNV2")) {
            rows.add(row(name, TensorflowArithmetic::sum));
        }
        rows.add(row(
                "ClipByValue",
                call -> call.node("Min", call.node("Max", call.input(0), call.input(1)), call.input(2))));
        return rows;
    }

    private static TensorflowOperator binary(String name, Function<TensorflowCall, BinaryOperator<Value>> lowering) {
        return row(name, call -> Broadcasts.apply(call, lowering.apply(call)));
    }

    private static Value sum(TensorflowCall call) {
        Value sum = call.input(0);
        for (Value each : call.rest(1)) {
            sum = Broadcasts.apply(call, sum, each, (a, b) -> call.node("Add", a, b));
        }
        return sum;
    }

    /** The result, and 0 where {@code tested} is 0. */
    private static Value unlessZero(TensorflowCall call, Value tested, Value result) {
        Value zero = call.graph().scalar(0.0, call.graph().dataType(result));
        return call.node("Where", call.node("Equal", tested, zero), zero, result);
    }

    private static Value floorDivide(GraphBuilder graph, Value a, Value b) {
        if (graph.dataType(a).isFloat()) {
            return graph.node("Floor", graph.node("Div", a, b));
        }
        return unsigned(graph, a)
                ? graph.node("Div", a, b)
                : graph.node("Div", graph.node("Sub", a, graph.node("Mod", a, b)), b);
    }

    private static boolean unsigned(GraphBuilder graph, Value value) {
        return graph.dataType(value).kind() == DataType.Kind.UNSIGNED;
    }

    private static Value remainder(GraphBuilder graph, Value a, Value b) {
        return graph.node("Mod", OnnxAttributes.integer("fmod", 1), a, b);
    }

    /** The remainder with the divisor's sign. */
    private static Value floorModulo(GraphBuilder graph, Value a, Value b) {
        if (!graph.dataType(a).isFloat()) {
            return graph.node("Mod", a, b);
        }
        Value zero = graph.scalar(0.0, graph.dataType(a));
        Value rest = remainder(graph, a, b);
        Value otherSign = graph.node("Xor", graph.node("Less", rest, zero), graph.node("Less", b, zero));
        Value mended = graph.node("And", otherSign, graph.node("Not", graph.node("Equal", rest, zero)));
        return graph.node("Where", mended, graph.node("Add", rest, b), rest);
    }

    /** The angle of the point (x, y), from -pi to pi. */
    private static Value angle(GraphBuilder graph, Value y, Value x) {
        DataType type = graph.dataType(y);
        Value zero = graph.scalar(0.0, type);
        Value whole = graph.node("Atan", graph.node("Div", y, x));
        Value half = graph.node(
                "Where", graph.node("Less", y, zero), graph.scalar(-Math.PI, type), graph.scalar(Math.PI, type));
        Value turned = graph.node("Where", graph.node("Less", x, zero), graph.node("Add", whole, half), whole);
        Value origin = graph.node("And", graph.node("Equal", y, zero), graph.node("Equal", x, zero));
        return graph.node("Where", origin, zero, turned);
    }

    private static Value shift(TensorflowCall call, String direction, Value a, Value b) {
        if (!unsigned(call.graph(), a)) {
            throw new ModelFormatException("it shifts " + call.graph().dataType(a) + ": expected an unsigned type");
        }
        return call.graph().node("BitShift", OnnxAttributes.text("direction", direction), a, b);
    }
}
