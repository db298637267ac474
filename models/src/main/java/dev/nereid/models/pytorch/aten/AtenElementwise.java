package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Functions of one tensor, element by element. */
final class AtenElementwise {
    /** Functions that ONNX has under another name, with floating-point results. */
    private static final Map<String, String> REAL_FUNCTIONS = Map.ofEntries(
            Map.entry("sqrt", "Sqrt"),
            Map.entry("exp", "Exp"),
            Map.entry("log", "Log"),
            Map.entry("sin", "Sin"),
            Map.entry("cos", "Cos"),
            Map.entry("tan", "Tan"),
            Map.entry("asin", "Asin"),
            Map.entry("acos", "Acos"),
            Map.entry("atan", "Atan"),
            Map.entry("arcsin", "Asin"),
            Map.entry("arccos", "Acos"),
            Map.entry("arctan", "Atan"),
            Map.entry("sinh", "Sinh"),
            Map.entry("cosh", "Cosh"),
            Map.entry("tanh", "Tanh"),
            Map.entry("asinh", "Asinh"),
            Map.entry("acosh", "Acosh"),
            Map.entry("atanh", "Atanh"),
            Map.entry("arcsinh", "Asinh"),
            Map.entry("arccosh", "Acosh"),
            Map.entry("arctanh", "Atanh"),
            Map.entry("erf", "Erf"),
            Map.entry("special_erf", "Erf"),
            Map.entry("sigmoid", "Sigmoid"),
            Map.entry("special_expit", "Sigmoid"),
            Map.entry("reciprocal", "Reciprocal"));

    private AtenElementwise() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        REAL_FUNCTIONS.forEach((name, operator) ->
                rows.add(real(name, (math, x) -> math.graph().node(operator, x))));
        rows.addAll(List.of(
                real(
                        "rsqrt",
                        (math, x) ->
                                math.graph().node("Reciprocal", math.graph().node("Sqrt", x))),
                real("expm1", ValueMath::exponentialMinusOne),
                real("special_expm1", ValueMath::exponentialMinusOne),
                real("exp2", (math, x) -> math.power(math.number(2, x), x)),
                real("special_exp2", (math, x) -> math.power(math.number(2, x), x)),
                real("log1p", ValueMath::logOfOnePlus),
                real("special_log1p", ValueMath::logOfOnePlus),
                real("log2", (math, x) -> math.multiply(math.graph().node("Log", x), 1 / Math.log(2))),
                real("log10", (math, x) -> math.multiply(math.graph().node("Log", x), 1 / Math.log(10))),
                real("erfc", (math, x) -> math.subtract(1, math.graph().node("Erf", x))),
                real("special_erfc", (math, x) -> math.subtract(1, math.graph().node("Erf", x))),
                real("deg2rad", (math, x) -> math.multiply(x, Math.PI / 180)),
                real("rad2deg", (math, x) -> math.multiply(x, 180 / Math.PI)),
                real("sinc", AtenElementwise::sinc),
                real("special_sinc", AtenElementwise::sinc),
                row("logit(Tensor self, float? eps=None) -> Tensor", AtenElementwise::logit),
                row("special_logit(Tensor self, float? eps=None) -> Tensor", AtenElementwise::logit)));
        for (String name : List.of("abs", "absolute")) {
            rows.add(same(name, ValueMath::absolute));
        }
        for (String name : List.of("neg", "negative")) {
            rows.add(same(name, ValueMath::negate));
        }
        for (String name : List.of("sign", "sgn")) {
            rows.add(same(name, AtenElementwise::sign));
        }
        for (String name : List.of("trunc", "fix")) {
            rows.add(same(name, ValueMath::truncate));
        }
        rows.addAll(List.of(
                same("ceil", rounding("Ceil")),
                same("floor", rounding("Floor")),
                same("round", rounding("Round")),
                row("round.decimals(Tensor self, *, int decimals) -> Tensor", AtenElementwise::roundDecimals),
                same("frac", (math, x) -> math.subtract(x, math.truncate(x))),
                same("square", (math, x) -> math.multiply(x, x)),
                same("positive", (_, x) -> x),
                same("signbit", ValueMath::isNegative),
                same("real", (_, x) -> x),
                same("conj", (_, x) -> x),
                same("resolve_conj", (_, x) -> x),
                same("resolve_neg", (_, x) -> x)));
        return rows;
    }

    /** A function that gives a floating-point number for an integer. */
    static AtenOperator real(String name, BiFunction<ValueMath, Value, Value> function) {
        return row(name + "(Tensor self) -> Tensor", call -> function.apply(ValueMath.of(call), realSelf(call)));
    }

    /** The first argument as a floating-point tensor. */
    static Value realSelf(AtenCall call) {
        Value self = call.tensor("self");
        return call.graph().cast(self, TypePromotion.real(call.graph().dataType(self)));
    }

    private static AtenOperator same(String name, BiFunction<ValueMath, Value, Value> function) {
        return row(name + "(Tensor self) -> Tensor", call -> function.apply(ValueMath.of(call), call.tensor("self")));
    }

    private static BiFunction<ValueMath, Value, Value> rounding(String operator) {
        return (math, x) -> math.graph().dataType(x).isFloat() ? math.graph().node(operator, x) : x;
    }

    private static Value sign(ValueMath math, Value x) {
        DataType type = math.graph().dataType(x);
        if (type == DataType.BOOL) {
            return x;
        }
        Value sign = math.graph().node("Sign", x);
        return type.isFloat() ? math.where(math.isNan(x), math.number(0, x), sign) : sign;
    }

    private static Value roundDecimals(AtenCall call) {
        Value self = call.tensor("self");
        ValueMath math = ValueMath.of(call);
        long decimals = call.integer("decimals");
        Function<Value, Value> round = x -> math.graph().node("Round", x);
        if (decimals == 0 || !call.graph().dataType(self).isFloat()) {
            return rounding("Round").apply(math, self);
        }
        double power = Math.pow(10, (double) Math.abs(decimals));
        return decimals > 0
                ? math.divide(round.apply(math.multiply(self, power)), power)
                : math.multiply(round.apply(math.divide(self, power)), power);
    }

    private static Value sinc(ValueMath math, Value x) {
        Value angle = math.multiply(x, Math.PI);
        Value quotient = math.divide(math.graph().node("Sin", angle), angle);
        return math.where(math.equal(x, 0), math.number(1, x), quotient);
    }

    private static Value logit(AtenCall call) {
        ValueMath math = ValueMath.of(call);
        Value x = realSelf(call);
        if (call.has("eps")) {
            double eps = call.real("eps");
            x = math.minimum(math.maximum(x, math.number(eps, x)), math.number(1 - eps, x));
        }
        return call.graph().node("Log", math.divide(x, math.subtract(1, x)));
    }
}
