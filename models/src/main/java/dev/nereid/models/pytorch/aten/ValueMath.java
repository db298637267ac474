package dev.nereid.models.pytorch.aten;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;

/** Formulas of values that have one datatype already. */
record ValueMath(AtenGraph graph) {
    static ValueMath of(AtenCall call) {
        return new ValueMath(call.graph());
    }

    /** A number in the datatype of a value. */
    Value number(double number, Value like) {
        return graph.scalar(number, graph.dataType(like));
    }

    /** Truth values are added as PyTorch does it: or. */
    Value add(Value a, Value b) {
        return graph.node(isTruth(a) ? "Or" : "Add", a, b);
    }

    Value add(Value a, double b) {
        return add(a, number(b, a));
    }

    Value subtract(Value a, Value b) {
        return graph.node("Sub", a, b);
    }

    Value subtract(Value a, double b) {
        return subtract(a, number(b, a));
    }

    Value subtract(double a, Value b) {
        return subtract(number(a, b), b);
    }

    Value multiply(Value a, Value b) {
        return graph.node(isTruth(a) ? "And" : "Mul", a, b);
    }

    Value multiply(Value a, double b) {
        return multiply(a, number(b, a));
    }

    Value divide(Value a, Value b) {
        return graph.node("Div", a, b);
    }

    Value divide(Value a, double b) {
        return divide(a, number(b, a));
    }

    Value power(Value a, Value b) {
        return graph.node("Pow", a, b);
    }

    Value negate(Value a) {
        DataType type = graph.dataType(a);
        return type.kind() == DataType.Kind.UNSIGNED ? subtract(0, a) : graph.node("Neg", a);
    }

    Value absolute(Value a) {
        return graph.dataType(a).kind() == DataType.Kind.UNSIGNED ? a : graph.node("Abs", a);
    }

    Value maximum(Value a, Value b) {
        return graph.node(isTruth(a) ? "Or" : "Max", a, b);
    }

    Value minimum(Value a, Value b) {
        return graph.node(isTruth(a) ? "And" : "Min", a, b);
    }

    Value where(Value condition, Value a, Value b) {
        return graph.node("Where", condition, a, b);
    }

    Value and(Value a, Value b) {
        return graph.node("And", a, b);
    }

    Value or(Value a, Value b) {
        return graph.node("Or", a, b);
    }

    Value not(Value a) {
        return graph.node("Not", a);
    }

    Value equal(Value a, Value b) {
        return graph.node("Equal", a, b);
    }

    Value equal(Value a, double b) {
        return equal(a, number(b, a));
    }

    /** A comparison by an operator of ONNX; truth values are 0 and 1. */
    Value compare(String operator, Value a, Value b) {
        boolean truths = isTruth(a) && !operator.equals("Equal");
        return truths
                ? graph.node(operator, graph.cast(a, DataType.UINT8), graph.cast(b, DataType.UINT8))
                : graph.node(operator, a, b);
    }

    Value less(Value a, Value b) {
        return graph.node("Less", a, b);
    }

    Value less(Value a, double b) {
        return less(a, number(b, a));
    }

    Value greater(Value a, double b) {
        return graph.node("Greater", a, number(b, a));
    }

    /** Whether elements are not numbers; of integers none is. */
    Value isNan(Value a) {
        return graph.dataType(a).isFloat() ? graph.node("IsNaN", a) : not(equal(a, a));
    }

    /** Whether the sign is a minus, which zeros have too. */
    Value isNegative(Value a) {
        if (!graph.dataType(a).isFloat()) {
            return less(a, 0);
        }
        return less(where(equal(a, 0), graph.node("Reciprocal", a), a), 0);
    }

    /** Rounds towards zero. */
    Value truncate(Value a) {
        return graph.dataType(a).isFloat() ? where(less(a, 0), graph.node("Ceil", a), graph.node("Floor", a)) : a;
    }

    /** The remainder with the divisor's sign. */
    Value remainder(Value a, Value b) {
        if (!graph.dataType(a).isFloat()) {
            return graph.node("Mod", a, b);
        }
        Value rest = truncatedRemainder(a, b);
        Value other = and(not(equal(rest, 0)), graph.node("Xor", less(b, 0), less(rest, 0)));
        return where(other, add(rest, b), rest);
    }

    /** The remainder with the dividend's sign. */
    Value truncatedRemainder(Value a, Value b) {
        return graph.node("Mod", OnnxAttributes.integer("fmod", 1), a, b);
    }

    /** The quotient rounded towards negative infinity, from the remainder as Python does it: 1 // 0.1 is 9. */
    Value floorDivide(Value a, Value b) {
        Value quotient = divide(subtract(a, remainder(a, b)), b);
        if (!graph.dataType(a).isFloat()) {
            return quotient;
        }
        Value floor = graph.node("Floor", quotient);
        Value nearest = where(graph.node("Greater", subtract(quotient, floor), number(0.5, a)), add(floor, 1), floor);
        Value exact = divide(a, b);
        Value signedZero = multiply(exact, 0);
        Value finite = where(equal(quotient, 0), signedZero, nearest);
        return where(equal(b, 0), exact, finite);
    }

    /** log(1 + a), exact for small a. */
    Value logOfOnePlus(Value a) {
        Value sum = add(a, 1);
        Value log = graph.node("Log", sum);
        Value change = subtract(sum, 1);
        Value corrected = where(equal(change, 0), a, multiply(log, divide(a, change)));
        return where(less(absolute(a), 0.5), corrected, log);
    }

    /** exp(a) - 1, exact for small a. */
    Value exponentialMinusOne(Value a) {
        Value half = graph.node("Tanh", multiply(a, 0.5));
        Value small = divide(multiply(half, 2), subtract(1, half));
        return where(less(absolute(a), 0.5), small, subtract(graph.node("Exp", a), 1));
    }

    private boolean isTruth(Value a) {
        return graph.dataType(a) == DataType.BOOL;
    }
}
