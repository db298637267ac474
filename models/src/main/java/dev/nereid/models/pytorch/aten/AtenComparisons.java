package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;
import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Comparisons, what is known of numbers, and operators of truth values and of bits. */
final class AtenComparisons {
    private static final Map<String, String> COMPARISONS = Map.ofEntries(
            Map.entry("eq", "Equal"),
            Map.entry("lt", "Less"),
            Map.entry("le", "LessOrEqual"),
            Map.entry("gt", "Greater"),
            Map.entry("ge", "GreaterOrEqual"),
            Map.entry("less", "Less"),
            Map.entry("less_equal", "LessOrEqual"),
            Map.entry("greater", "Greater"),
            Map.entry("greater_equal", "GreaterOrEqual"));

    private AtenComparisons() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        COMPARISONS.forEach(
                (name, operator) -> rows.addAll(AtenArithmetic.operands(name, call -> compare(call, operator))));
        for (String name : List.of("ne", "not_equal")) {
            rows.addAll(AtenArithmetic.operands(name, call -> ValueMath.of(call).not(compare(call, "Equal"))));
        }
        rows.addAll(predicates());
        rows.addAll(logical());
        bits(rows, "bitwise_and", "__and__", "And");
        bits(rows, "bitwise_or", "__or__", "Or");
        bits(rows, "bitwise_xor", "__xor__", "Xor");
        rows.add(row("bitwise_not(Tensor self) -> Tensor", call -> {
            Value self = call.tensor("self");
            return call.graph().node(isTruth(call, self) ? "Not" : "BitwiseNot", self);
        }));
        shifts(rows, "bitwise_left_shift", "__lshift__", true);
        shifts(rows, "bitwise_right_shift", "__rshift__", false);
        return rows;
    }

    private static List<AtenOperator> predicates() {
        return List.of(
                row("isnan(Tensor self) -> Tensor", call -> ValueMath.of(call).isNan(call.tensor("self"))),
                row("isinf(Tensor self) -> Tensor", call -> infinite(call, call.tensor("self"), 1, 1)),
                row("isposinf(Tensor self) -> Tensor", call -> infinite(call, call.tensor("self"), 1, 0)),
                row("isneginf(Tensor self) -> Tensor", call -> infinite(call, call.tensor("self"), 0, 1)),
                row("isfinite(Tensor self) -> Tensor", call -> {
                    ValueMath math = ValueMath.of(call);
                    Value self = call.tensor("self");
                    return math.not(math.or(math.isNan(self), infinite(call, self, 1, 1)));
                }),
                row(
                        "isclose(Tensor self, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False)"
                                + " -> Tensor",
                        AtenComparisons::isClose),
                results("equal(Tensor self, Tensor other) -> bool", AtenComparisons::allEqual),
                row(
                        "isin.Tensor_Tensor(Tensor elements, Tensor test_elements, *, bool assume_unique=False, bool"
                                + " invert=False) -> Tensor",
                        AtenComparisons::isIn),
                row(
                        "isin.Tensor_Scalar(Tensor elements, Scalar test_element, *, bool assume_unique=False, bool"
                                + " invert=False) -> Tensor",
                        call -> {
                            DataType type = TypePromotion.of(call, "elements", "test_element");
                            Value equal = ValueMath.of(call)
                                    .equal(
                                            TypePromotion.value(call, "elements", type),
                                            TypePromotion.value(call, "test_element", type));
                            return call.flag("invert") ? ValueMath.of(call).not(equal) : equal;
                        }));
    }

    private static List<AtenOperator> logical() {
        return List.of(
                row(
                        "logical_not(Tensor self) -> Tensor",
                        call -> ValueMath.of(call).not(truth(call, "self"))),
                row(
                        "logical_and(Tensor self, Tensor other) -> Tensor",
                        call -> call.graph().node("And", truth(call, "self"), truth(call, "other"))),
                row(
                        "logical_or(Tensor self, Tensor other) -> Tensor",
                        call -> call.graph().node("Or", truth(call, "self"), truth(call, "other"))),
                row(
                        "logical_xor(Tensor self, Tensor other) -> Tensor",
                        call -> call.graph().node("Xor", truth(call, "self"), truth(call, "other"))));
    }

    private static void bits(List<AtenOperator> rows, String name, String operatorName, String operator) {
        List<AtenOperator> forms = new ArrayList<>(AtenArithmetic.operands(name, call -> bits(call, operator)));
        forms.addAll(AtenArithmetic.operands(operatorName, call -> bits(call, operator)));
        forms.add(row(name + ".Scalar_Tensor(Scalar self, Tensor other) -> Tensor", call -> bits(call, operator)));
        rows.addAll(forms);
    }

    private static void shifts(List<AtenOperator> rows, String name, String operatorName, boolean left) {
        rows.add(row(name + ".Tensor(Tensor self, Tensor other) -> Tensor", call -> shift(call, left)));
        rows.add(row(name + ".Tensor_Scalar(Tensor self, Scalar other) -> Tensor", call -> shift(call, left)));
        rows.addAll(AtenArithmetic.operands(operatorName, call -> shift(call, left)));
    }

    private static Value compare(AtenCall call, String operator) {
        DataType type = TypePromotion.of(call, "self", "other");
        return ValueMath.of(call)
                .compare(operator, TypePromotion.value(call, "self", type), TypePromotion.value(call, "other", type));
    }

    private static Value bits(AtenCall call, String operator) {
        DataType type = TypePromotion.of(call, "self", "other");
        if (type.isFloat()) {
            throw new ModelFormatException("expected integers or truth values, got " + type);
        }
        return call.graph()
                .node(
                        type == DataType.BOOL ? operator : "Bitwise" + operator,
                        TypePromotion.value(call, "self", type),
                        TypePromotion.value(call, "other", type));
    }

    /** A shift is a product with a power of two, or a quotient that is rounded down. */
    private static Value shift(AtenCall call, boolean left) {
        DataType type = TypePromotion.of(call, "self", "other");
        AtenGraph graph = call.graph();
        Value distance = TypePromotion.value(call, "other", DataType.UINT64);
        Value one = graph.scalar(1L, DataType.UINT64);
        Value power = graph.cast(graph.node("BitShift", OnnxAttributes.text("direction", "LEFT"), one, distance), type);
        Value self = TypePromotion.value(call, "self", type);
        ValueMath math = ValueMath.of(call);
        return left ? math.multiply(self, power) : math.floorDivide(self, power);
    }

    private static Value infinite(AtenCall call, Value self, long positive, long negative) {
        AtenGraph graph = call.graph();
        if (!graph.dataType(self).isFloat()) {
            ValueMath math = ValueMath.of(call);
            return math.not(math.equal(self, self));
        }
        return graph.node(
                "IsInf",
                OnnxAttributes.integer("detect_positive", positive)
                        .with("detect_negative", new dev.nereid.models.graph.Attributes.Attribute.Int(negative)),
                self);
    }

    private static Value isClose(AtenCall call) {
        DataType type = TypePromotion.of(call, "self", "other");
        ValueMath math = ValueMath.of(call);
        Value a = TypePromotion.value(call, "self", type);
        Value b = TypePromotion.value(call, "other", type);
        Value x = call.graph().cast(a, TypePromotion.real(type));
        Value y = call.graph().cast(b, TypePromotion.real(type));
        Value allowed = math.add(math.multiply(math.absolute(y), call.real("rtol")), call.real("atol"));
        Value distance = math.absolute(math.subtract(x, y));
        Value finite = math.less(distance, Double.POSITIVE_INFINITY);
        Value close = math.and(call.graph().node("LessOrEqual", distance, allowed), finite);
        Value equal = math.or(math.equal(a, b), close);
        return call.flag("equal_nan") ? math.or(equal, math.and(math.isNan(a), math.isNan(b))) : equal;
    }

    private static List<Argument> allEqual(AtenCall call) {
        AtenGraph graph = call.graph();
        DataType type = TypePromotion.of(call, "self", "other");
        Value equal =
                graph.node("Equal", TypePromotion.value(call, "self", type), TypePromotion.value(call, "other", type));
        Value all = Axes.reduce(graph, "ReduceMin", equal, Axes.all(graph.rank(equal)), false);
        return List.of(new Argument.OfSymbolicScalar(all));
    }

    private static Value isIn(AtenCall call) {
        AtenGraph graph = call.graph();
        DataType type = TypePromotion.of(call, "elements", "test_elements");
        Value elements = graph.node("Unsqueeze", TypePromotion.value(call, "elements", type), graph.integers(-1));
        Value tests = graph.node("Reshape", TypePromotion.value(call, "test_elements", type), graph.integers(-1));
        Value found = graph.node(
                "ReduceMax",
                OnnxAttributes.integer("keepdims", 0),
                graph.node("Equal", elements, tests),
                graph.integers(-1));
        return call.flag("invert") ? graph.node("Not", found) : found;
    }

    private static Value truth(AtenCall call, String name) {
        return TypePromotion.value(call, name, DataType.BOOL);
    }

    private static boolean isTruth(AtenCall call, Value value) {
        return call.graph().dataType(value) == DataType.BOOL;
    }
}
