package dev.nereid.models.tflite;

import static dev.nereid.models.tflite.TfliteOperator.integers;
import static dev.nereid.models.tflite.TfliteOperator.numbers;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.tflite.TfliteMath.FixedPoint;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Operators of two tensors, element by element, with broadcasting. */
final class TfliteArithmetic {
    /** How far sums of quantised tensors are shifted left before they are scaled. */
    private static final int SUM_SHIFT = 20;

    private static final Map<String, String> COMPARISONS = Map.of(
            "LESS", "Less",
            "LESS_EQUAL", "LessOrEqual",
            "GREATER", "Greater",
            "GREATER_EQUAL", "GreaterOrEqual",
            "EQUAL", "Equal",
            "LOGICAL_AND", "And",
            "LOGICAL_OR", "Or",
            "POW", "Pow",
            "MAXIMUM", "Max",
            "MINIMUM", "Min");

    private TfliteArithmetic() {}

    static List<TfliteOperator> all() {
        List<TfliteOperator> rows = new ArrayList<>(List.of(
                integers("ADD", call -> sum(call, "Add")),
                integers("SUB", call -> sum(call, "Sub")),
                integers("MUL", TfliteArithmetic::product),
                numbers("DIV", call -> activated(call, "Div")),
                numbers("NOT_EQUAL", call -> call.graph().node("Not", binary(call, "Equal"))),
                numbers("SQUARED_DIFFERENCE", TfliteArithmetic::squaredDifference),
                numbers("FLOOR_DIV", TfliteArithmetic::floorDivide),
                numbers("FLOOR_MOD", TfliteArithmetic::floorModulo),
                numbers("ADD_N", TfliteArithmetic::sumOfAll)));
        COMPARISONS.forEach((name, operator) -> rows.add(numbers(name, call -> binary(call, operator))));
        return rows;
    }

    private static Value binary(TfliteCall call, String operator) {
        return call.graph().node(operator, call.input(0), call.input(1));
    }

    private static Value activated(TfliteCall call, String operator) {
        return FusedActivation.of(call.options().small(0, 0)).apply(call.graph(), binary(call, operator));
    }

    private static Value sum(TfliteCall call, String operator) {
        if (!call.computesIntegers()) {
            return activated(call, operator);
        }
        double twice = 2.0 * Math.max(call.declared(0).scale(), call.declared(1).scale());
        Value sum = call.graph().node(operator, part(call, 0, twice), part(call, 1, twice));
        FixedPoint factor = FixedPoint.of(
                twice / ((1 << SUM_SHIFT) * (double) call.output(0).scale()));
        return TfliteIntegers.scaled(
                call, sum, FusedActivation.of(call.options().small(0, 0)), factor);
    }

    private static Value part(TfliteCall call, int input, double twice) {
        TfliteTensor tensor = call.declared(input);
        FixedPoint factor = FixedPoint.of(tensor.scale() / twice);
        int zeroPoint = tensor.zeroPoint();
        return TfliteIntegers.mapped(
                call, input, DataType.INT32, value -> factor.times((value - zeroPoint) << SUM_SHIFT));
    }

    private static Value product(TfliteCall call) {
        if (!call.computesIntegers()) {
            return activated(call, "Mul");
        }
        Value product = call.graph().node("Mul", TfliteIntegers.centred(call, 0), TfliteIntegers.centred(call, 1));
        float factor = call.declared(0).scale()
                * call.declared(1).scale()
                / call.output(0).scale();
        return TfliteIntegers.scaled(
                call, product, FusedActivation.of(call.options().small(0, 0)), FixedPoint.of(factor));
    }

    private static Value squaredDifference(TfliteCall call) {
        Value difference = binary(call, "Sub");
        return call.graph().node("Mul", difference, difference);
    }

    private static boolean isFloat(TfliteCall call) {
        return call.declared(0).type().kind() == DataType.Kind.FLOAT;
    }

    private static Value floorDivide(TfliteCall call) {
        GraphBuilder graph = call.graph();
        if (isFloat(call)) {
            return graph.node("Floor", binary(call, "Div"));
        }
        Value rest = floorModulo(call);
        return graph.node("Div", graph.node("Sub", call.input(0), rest), call.input(1));
    }

    /** The remainder with the divisor's sign. */
    private static Value floorModulo(TfliteCall call) {
        GraphBuilder graph = call.graph();
        if (!isFloat(call)) {
            return binary(call, "Mod");
        }
        Value whole = graph.node("Floor", binary(call, "Div"));
        return graph.node("Sub", call.input(0), graph.node("Mul", whole, call.input(1)));
    }

    private static Value sumOfAll(TfliteCall call) {
        Value[] inputs = new Value[call.inputs()];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = call.input(i);
        }
        return call.graph().node("Sum", inputs);
    }
}
