package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** One of two elements, by a condition or by their order. */
final class AtenSelections {
    private AtenSelections() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        rows.addAll(List.of(
                row("where.self(Tensor condition, Tensor self, Tensor other) -> Tensor", AtenSelections::where),
                row("where.ScalarOther(Tensor condition, Tensor self, Scalar other) -> Tensor", AtenSelections::where),
                row("where.ScalarSelf(Tensor condition, Scalar self, Tensor other) -> Tensor", AtenSelections::where),
                row("where.Scalar(Tensor condition, Scalar self, Scalar other) -> Tensor", AtenSelections::where),
                row("masked_fill.Scalar(Tensor self, Tensor mask, Scalar value) -> Tensor", AtenSelections::maskedFill),
                row("masked_fill.Tensor(Tensor self, Tensor mask, Tensor value) -> Tensor", AtenSelections::maskedFill),
                row(
                        "nan_to_num(Tensor self, float? nan=None, float? posinf=None, float? neginf=None) -> Tensor",
                        AtenSelections::nanToNumber)));
        for (String name : List.of("clamp", "clip")) {
            rows.add(row(name + "(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor", AtenSelections::clamp));
            rows.add(row(
                    name + ".Tensor(Tensor self, Tensor? min=None, Tensor? max=None) -> Tensor",
                    AtenSelections::clamp));
        }
        rows.addAll(List.of(
                row("clamp_min(Tensor self, Scalar min) -> Tensor", call -> bounded(call, "min", "Max")),
                row("clamp_min.Tensor(Tensor self, Tensor min) -> Tensor", call -> bounded(call, "min", "Max")),
                row("clamp_max(Tensor self, Scalar max) -> Tensor", call -> bounded(call, "max", "Min")),
                row("clamp_max.Tensor(Tensor self, Tensor max) -> Tensor", call -> bounded(call, "max", "Min"))));
        for (String name : List.of("maximum", "max.other")) {
            rows.add(row(name + "(Tensor self, Tensor other) -> Tensor", call -> extreme(call, true)));
        }
        for (String name : List.of("minimum", "min.other")) {
            rows.add(row(name + "(Tensor self, Tensor other) -> Tensor", call -> extreme(call, false)));
        }
        rows.add(row("fmax(Tensor self, Tensor other) -> Tensor", call -> numberBesideNan(call, true)));
        rows.add(row("fmin(Tensor self, Tensor other) -> Tensor", call -> numberBesideNan(call, false)));
        return rows;
    }

    private static Value where(AtenCall call) {
        DataType type = TypePromotion.of(call, "self", "other");
        Value condition = call.graph().cast(call.tensor("condition"), DataType.BOOL);
        return call.graph()
                .node(
                        "Where",
                        condition,
                        TypePromotion.value(call, "self", type),
                        TypePromotion.value(call, "other", type));
    }

    private static Value maskedFill(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        Value value = TypePromotion.value(call, "value", graph.dataType(self));
        return graph.node("Where", graph.cast(call.tensor("mask"), DataType.BOOL), value, self);
    }

    private static Value clamp(AtenCall call) {
        if (!call.has("min") && !call.has("max")) {
            throw new ModelFormatException("expected 'min' or 'max', got None for both");
        }
        AtenGraph graph = call.graph();
        DataType type = TypePromotion.of(call, "self", "min", "max");
        Value self = TypePromotion.value(call, "self", type);
        if (isNumber(call, "min") && isNumber(call, "max")) {
            Function<String, Optional<Value>> bound =
                    name -> call.has(name) ? Optional.of(TypePromotion.value(call, name, type)) : Optional.empty();
            return graph.nodes(
                            "",
                            "Clip",
                            1,
                            dev.nereid.models.graph.Attributes.NONE,
                            List.of(Optional.of(self), bound.apply("min"), bound.apply("max")))
                    .getFirst();
        }
        ValueMath math = ValueMath.of(call);
        Value above = call.has("min") ? math.maximum(self, TypePromotion.value(call, "min", type)) : self;
        return call.has("max") ? math.minimum(above, TypePromotion.value(call, "max", type)) : above;
    }

    private static boolean isNumber(AtenCall call, String name) {
        return !(call.argument(name) instanceof Argument.OfTensor);
    }

    private static Value bounded(AtenCall call, String bound, String operator) {
        DataType type = TypePromotion.of(call, "self", bound);
        return call.graph()
                .node(operator, TypePromotion.value(call, "self", type), TypePromotion.value(call, bound, type));
    }

    private static Value extreme(AtenCall call, boolean largest) {
        DataType type = TypePromotion.of(call, "self", "other");
        ValueMath math = ValueMath.of(call);
        Value a = TypePromotion.value(call, "self", type);
        Value b = TypePromotion.value(call, "other", type);
        return largest ? math.maximum(a, b) : math.minimum(a, b);
    }

    private static Value numberBesideNan(AtenCall call, boolean largest) {
        DataType type = TypePromotion.of(call, "self", "other");
        ValueMath math = ValueMath.of(call);
        Value a = TypePromotion.value(call, "self", type);
        Value b = TypePromotion.value(call, "other", type);
        Value extreme = largest ? math.maximum(a, b) : math.minimum(a, b);
        return type.isFloat() ? math.where(math.isNan(a), b, math.where(math.isNan(b), a, extreme)) : extreme;
    }

    private static Value nanToNumber(AtenCall call) {
        AtenGraph graph = call.graph();
        ValueMath math = ValueMath.of(call);
        Value self = call.tensor("self");
        DataType type = graph.dataType(self);
        if (!type.isFloat()) {
            return self;
        }
        double largest = largest(type);
        Value above = math.number(call.has("posinf") ? call.real("posinf") : largest, self);
        Value below = math.number(call.has("neginf") ? call.real("neginf") : -largest, self);
        Value nan = math.number(call.has("nan") ? call.real("nan") : 0, self);
        Value limited = math.where(math.equal(self, Double.POSITIVE_INFINITY), above, self);
        limited = math.where(math.equal(self, Double.NEGATIVE_INFINITY), below, limited);
        return math.where(math.isNan(self), nan, limited);
    }

    /** The largest finite number of a floating-point type. */
    static double largest(DataType type) {
        return switch (type) {
            case FP16 -> 65504;
            case BF16 -> 0x1.fep127;
            case FP64 -> Double.MAX_VALUE;
            default -> Float.MAX_VALUE;
        };
    }
}
