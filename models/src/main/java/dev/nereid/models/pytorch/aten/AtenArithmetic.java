package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Arithmetic of two operands that broadcast. */
final class AtenArithmetic {
    private AtenArithmetic() {}

    /** A function of two values of one type. */
    private interface Combination {
        Value of(ValueMath math, Value a, Value b);
    }

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        scaled(rows, "add", call -> scaled(call, "self", "other", ValueMath::add));
        scaled(rows, "sub", call -> scaled(call, "self", "other", ValueMath::subtract));
        scaled(rows, "subtract", call -> scaled(call, "self", "other", ValueMath::subtract));
        scaled(rows, "rsub", call -> scaled(call, "other", "self", ValueMath::subtract));
        rows.addAll(operands("mul", call -> common(call, ValueMath::multiply)));
        rows.addAll(operands("multiply", call -> common(call, ValueMath::multiply)));
        for (String name : List.of("div", "divide")) {
            rows.addAll(operands(name, AtenArithmetic::trueDivide));
            rows.add(row(
                    name + ".Tensor_mode(Tensor self, Tensor other, *, str? rounding_mode) -> Tensor",
                    AtenArithmetic::roundedDivide));
            rows.add(row(
                    name + ".Scalar_mode(Tensor self, Scalar other, *, str? rounding_mode) -> Tensor",
                    AtenArithmetic::roundedDivide));
        }
        rows.addAll(operands("true_divide", AtenArithmetic::trueDivide));
        for (String form :
                List.of("floor_divide(Tensor self, Tensor other)", "floor_divide.Scalar(Tensor self, Scalar other)")) {
            rows.add(row(form + " -> Tensor", call -> common(call, ValueMath::floorDivide)));
        }
        rows.addAll(operands("remainder", call -> common(call, ValueMath::remainder)));
        rows.add(row(
                "remainder.Scalar_Tensor(Scalar self, Tensor other) -> Tensor",
                call -> common(call, ValueMath::remainder)));
        rows.addAll(operands("fmod", call -> common(call, ValueMath::truncatedRemainder)));
        rows.addAll(powers());
        rows.addAll(realFunctions());
        rows.addAll(List.of(
                row("lerp.Scalar(Tensor self, Tensor end, Scalar weight) -> Tensor", AtenArithmetic::lerp),
                row("lerp.Tensor(Tensor self, Tensor end, Tensor weight) -> Tensor", AtenArithmetic::lerp),
                row(
                        "addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor",
                        call -> addProduct(call, ValueMath::multiply)),
                row(
                        "addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor",
                        call -> addProduct(call, ValueMath::divide))));
        return rows;
    }

    /** The forms with a tensor and with a number as the second operand. */
    static List<AtenOperator> operands(String name, Function<AtenCall, Value> lowering) {
        return List.of(
                row(name + ".Tensor(Tensor self, Tensor other) -> Tensor", lowering),
                row(name + ".Scalar(Tensor self, Scalar other) -> Tensor", lowering));
    }

    private static void scaled(List<AtenOperator> rows, String name, Function<AtenCall, Value> lowering) {
        rows.add(row(name + ".Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", lowering));
        rows.add(row(name + ".Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor", lowering));
    }

    private static List<AtenOperator> powers() {
        return List.of(
                row("pow.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor", AtenArithmetic::power),
                row("pow.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor", AtenArithmetic::power),
                row("pow.Scalar(Scalar self, Tensor exponent) -> Tensor", AtenArithmetic::power),
                row("float_power.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor", AtenArithmetic::doublePower),
                row("float_power.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor", AtenArithmetic::doublePower),
                row("float_power.Scalar(Scalar self, Tensor exponent) -> Tensor", AtenArithmetic::doublePower));
    }

    private static List<AtenOperator> realFunctions() {
        return List.of(
                row("atan2(Tensor self, Tensor other) -> Tensor", call -> real(call, AtenArithmetic::angle)),
                row("arctan2(Tensor self, Tensor other) -> Tensor", call -> real(call, AtenArithmetic::angle)),
                row("hypot(Tensor self, Tensor other) -> Tensor", call -> real(call, AtenArithmetic::hypotenuse)),
                row("copysign.Tensor(Tensor self, Tensor other) -> Tensor", AtenArithmetic::copySign),
                row("copysign.Scalar(Tensor self, Scalar other) -> Tensor", AtenArithmetic::copySign),
                row("heaviside(Tensor self, Tensor values) -> Tensor", call -> {
                    DataType type = TypePromotion.of(call, "self", "values");
                    ValueMath math = ValueMath.of(call);
                    Value self = TypePromotion.value(call, "self", type);
                    Value step = call.graph().cast(math.greater(self, 0), type);
                    return math.where(math.equal(self, 0), TypePromotion.value(call, "values", type), step);
                }),
                row(
                        "logaddexp(Tensor self, Tensor other) -> Tensor",
                        call -> real(call, (math, a, b) -> {
                            Value distance = math.absolute(math.subtract(a, b));
                            Value rest = math.logOfOnePlus(math.graph().node("Exp", math.negate(distance)));
                            return math.where(
                                    math.equal(a, b), math.add(a, Math.log(2)), math.add(math.maximum(a, b), rest));
                        })),
                row("xlogy.Tensor(Tensor self, Tensor other) -> Tensor", AtenArithmetic::productWithLog),
                row("xlogy.Scalar_Other(Tensor self, Scalar other) -> Tensor", AtenArithmetic::productWithLog),
                row("xlogy.Scalar_Self(Scalar self, Tensor other) -> Tensor", AtenArithmetic::productWithLog));
    }

    private static Value common(AtenCall call, Combination combination) {
        DataType type = TypePromotion.of(call, "self", "other");
        return combination.of(
                ValueMath.of(call), TypePromotion.value(call, "self", type), TypePromotion.value(call, "other", type));
    }

    private static Value real(AtenCall call, Combination combination) {
        DataType type = TypePromotion.realOf(call, "self", "other");
        return combination.of(
                ValueMath.of(call), TypePromotion.value(call, "self", type), TypePromotion.value(call, "other", type));
    }

    /** first and second * alpha, combined. */
    private static Value scaled(AtenCall call, String first, String second, Combination combination) {
        DataType type = TypePromotion.of(call, "self", "other");
        ValueMath math = ValueMath.of(call);
        Value scaled = scale(call, math, TypePromotion.value(call, second, type));
        return combination.of(math, TypePromotion.value(call, first, type), scaled);
    }

    private static Value scale(AtenCall call, ValueMath math, Value value) {
        boolean one = switch (call.argument("alpha")) {
            case Argument.OfInteger(long alpha) -> alpha == 1;
            case Argument.OfReal(double alpha) -> alpha == 1;
            default -> false;
        };
        return one
                ? value
                : math.multiply(
                        value, TypePromotion.value(call, "alpha", math.graph().dataType(value)));
    }

    private static Value trueDivide(AtenCall call) {
        return real(call, ValueMath::divide);
    }

    private static Value roundedDivide(AtenCall call) {
        if (!call.has("rounding_mode")) {
            return trueDivide(call);
        }
        return switch (call.text("rounding_mode")) {
            case "floor" -> common(call, ValueMath::floorDivide);
            case "trunc" -> common(call, (math, a, b) -> math.truncate(math.divide(a, b)));
            default -> throw call.wrong("rounding_mode", "'floor' or 'trunc'");
        };
    }

    private static Value power(AtenCall call) {
        return power(call, TypePromotion.of(call, "self", "exponent"));
    }

    private static Value doublePower(AtenCall call) {
        return power(call, DataType.FP64);
    }

    private static Value power(AtenCall call, DataType type) {
        AtenGraph graph = call.graph();
        Value self = TypePromotion.value(call, "self", type);
        if (type == DataType.BOOL) {
            throw new ModelFormatException("truth values have no powers");
        }
        if (call.argument("exponent") instanceof Argument.OfReal(double exponent)) {
            if (exponent == 0.5) {
                return graph.node("Sqrt", self);
            }
            if (exponent == -0.5) {
                return graph.node("Reciprocal", graph.node("Sqrt", self));
            }
        }
        return graph.node("Pow", self, TypePromotion.value(call, "exponent", type));
    }

    private static Value lerp(AtenCall call) {
        DataType type = call.graph().dataType(call.tensor("self"));
        ValueMath math = ValueMath.of(call);
        Value self = call.tensor("self");
        Value end = TypePromotion.value(call, "end", type);
        Value weight = TypePromotion.value(call, "weight", type);
        return math.add(self, math.multiply(weight, math.subtract(end, self)));
    }

    private static Value addProduct(AtenCall call, Combination combination) {
        DataType type = TypePromotion.of(call, "self", "tensor1", "tensor2");
        ValueMath math = ValueMath.of(call);
        Value product = combination.of(
                math, TypePromotion.value(call, "tensor1", type), TypePromotion.value(call, "tensor2", type));
        boolean one = call.argument("value") instanceof Argument.OfInteger(long value) && value == 1;
        Value scaled = one ? product : math.multiply(product, TypePromotion.value(call, "value", type));
        return math.add(TypePromotion.value(call, "self", type), scaled);
    }

    /** The angle of the point (x, y), from -pi to pi. */
    private static Value angle(ValueMath math, Value y, Value x) {
        AtenGraph graph = math.graph();
        Value bothInfinite = math.and(graph.node("IsInf", y), graph.node("IsInf", x));
        Value dividend = math.where(bothInfinite, graph.node("Sign", y), y);
        Value divisor = math.where(bothInfinite, graph.node("Sign", x), x);
        Value origin = math.and(math.equal(y, 0), math.equal(x, 0));
        Value quotient = math.where(origin, y, math.divide(dividend, divisor));
        Value halfTurn = math.where(math.isNegative(y), math.number(-Math.PI, y), math.number(Math.PI, y));
        Value left = math.isNegative(x);
        Value atan = graph.node("Atan", quotient);
        return math.where(left, math.where(origin, halfTurn, math.add(atan, halfTurn)), atan);
    }

    private static Value hypotenuse(ValueMath math, Value a, Value b) {
        return math.graph().node("Sqrt", math.add(math.multiply(a, a), math.multiply(b, b)));
    }

    private static Value copySign(AtenCall call) {
        return real(call, (math, a, b) -> {
            Value size = math.absolute(a);
            return math.where(math.isNegative(b), math.negate(size), size);
        });
    }

    /** self * log(other), which is 0 where self is. */
    private static Value productWithLog(AtenCall call) {
        return real(call, (math, a, b) -> {
            Value product = math.multiply(a, math.graph().node("Log", b));
            Value zero = math.where(math.isNan(b), b, math.number(0, b));
            return math.where(math.equal(a, 0), zero, product);
        });
    }
}
