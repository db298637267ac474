package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.script.Builtins.Builtin;
import dev.nereid.models.pytorch.script.ScriptValue.Plain;
import dev.nereid.tensor.DataType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/** Functions of numbers and truth values, and comparisons of all plain values. */
final class NumberBuiltins {
    private NumberBuiltins() {}

    static Map<String, Builtin> all() {
        Map<String, Builtin> all = new HashMap<>();
        for (String name : List.of("add", "sub", "mul", "div", "floordiv", "remainder", "pow", "min", "max")) {
            Builtin calculation = call -> call.isOfNumbers(2)
                    ? plain(call.numbers().calculate(name, call.plain(0), call.plain(1)))
                    : Optional.empty();
            all.put("aten::" + name, calculation);
            all.put("prim::" + name, calculation);
        }
        for (String name : List.of("eq", "ne", "lt", "le", "gt", "ge")) {
            all.put("aten::" + name, call -> compare(call, name));
        }
        all.put("aten::neg", NumberBuiltins::negated);
        all.put("aten::abs", NumberBuiltins::magnitude);
        all.put("prim::abs", NumberBuiltins::magnitude);
        all.put("aten::__not__", call -> plain(call.numbers().not(call.numbers().truth(call.at(0)))));
        all.put("aten::__and__", call -> bits(call, "And"));
        all.put("aten::__or__", call -> bits(call, "Or"));
        all.put("aten::__xor__", call -> bits(call, "Xor"));
        all.put("aten::__is__", call -> Optional.of(ScriptValue.of(isSame(call.at(0), call.at(1)))));
        all.put("aten::__isnot__", call -> Optional.of(ScriptValue.of(!isSame(call.at(0), call.at(1)))));
        all.put("aten::floor", call -> rounded(call, Math::floor, "Floor"));
        all.put("aten::ceil", call -> rounded(call, Math::ceil, "Ceil"));
        all.put("aten::round", call -> real(call, Math::rint, "Round"));
        all.put("aten::sqrt", call -> real(call, Math::sqrt, "Sqrt"));
        all.put("aten::exp", call -> real(call, Math::exp, "Exp"));
        all.put("aten::log", call -> real(call, Math::log, "Log"));
        all.put("aten::Int", call -> plain(call.numbers().integer(call.at(0))));
        all.put("aten::IntImplicit", call -> plain(call.numbers().integer(call.at(0))));
        all.put("aten::Float", call -> plain(call.numbers().real(call.at(0))));
        all.put("aten::FloatImplicit", call -> plain(call.numbers().real(call.at(0))));
        all.put("aten::Bool", call -> plain(call.numbers().truth(call.at(0))));
        all.put("aten::item", NumberBuiltins::item);
        all.put("aten::ScalarImplicit", NumberBuiltins::item);
        all.put("aten::__range_length", NumberBuiltins::rangeLength);
        all.put("aten::__derive_index", NumberBuiltins::derivedIndex);
        return all;
    }

    private static Optional<ScriptValue> plain(Argument argument) {
        return Optional.of(new Plain(argument));
    }

    private static Optional<ScriptValue> compare(BuiltinCall call, String relation) {
        if (call.isOfNumbers(2)) {
            return plain(call.numbers().compare(relation, call.plain(0), call.plain(1)));
        }
        return switch (relation) {
            case "eq" -> equal(call, call.at(0), call.at(1)).map(Plain::new);
            case "ne" ->
                equal(call, call.at(0), call.at(1)).map(call.numbers()::not).map(Plain::new);
            default ->
                call.at(0) instanceof Plain(Argument.OfText(String left))
                                && call.at(1) instanceof Plain(Argument.OfText(String right))
                        ? plain(call.numbers()
                                .compare(relation, Argument.of((long) left.compareTo(right)), Argument.of(0L)))
                        : Optional.empty();
        };
    }

    /** Whether two values are equal; empty where a tensor is among them. */
    static Optional<Argument> equal(BuiltinCall call, ScriptValue left, ScriptValue right) {
        if (left.isTensor() || right.isTensor()) {
            return Optional.empty();
        }
        if (Numbers.isNumber(left)
                && Numbers.isNumber(right)
                && left instanceof Plain(Argument first)
                && right instanceof Plain(Argument second)) {
            return Optional.of(call.numbers().compare("eq", first, second));
        }
        boolean sequences = (left instanceof ScriptValue.ListValue && right instanceof ScriptValue.ListValue)
                || (left instanceof ScriptValue.TupleValue && right instanceof ScriptValue.TupleValue);
        if (!sequences) {
            return Optional.of(Argument.of(left.equals(right)));
        }
        List<ScriptValue> a = Containers.items(left);
        List<ScriptValue> b = Containers.items(right);
        if (a.size() != b.size()) {
            return Optional.of(Argument.of(false));
        }
        Argument all = Argument.of(true);
        for (int i = 0; i < a.size(); i++) {
            Optional<Argument> same = equal(call, a.get(i), b.get(i));
            if (same.isEmpty()) {
                throw new ModelFormatException("lists of tensors are compared");
            }
            all = call.numbers().logical("And", all, same.get());
        }
        return Optional.of(all);
    }

    private static boolean isSame(ScriptValue left, ScriptValue right) {
        return left.equals(right);
    }

    private static Optional<ScriptValue> negated(BuiltinCall call) {
        if (!call.isOfNumbers(1)) {
            return Optional.empty();
        }
        return call.plain(0) instanceof Argument.OfReal(double value)
                ? plain(Argument.of(-value))
                : plain(call.numbers().calculate("sub", Argument.of(0L), call.plain(0)));
    }

    private static Optional<ScriptValue> magnitude(BuiltinCall call) {
        if (!call.isOfNumbers(1)) {
            return Optional.empty();
        }
        Argument value = call.plain(0);
        return plain(call.numbers().calculate("max", value, call.numbers().calculate("sub", Argument.of(0L), value)));
    }

    private static Optional<ScriptValue> bits(BuiltinCall call, String operator) {
        if (!call.isOfNumbers(2)) {
            return Optional.empty();
        }
        if (call.plain(0) instanceof Argument.OfInteger(long left)
                && call.plain(1) instanceof Argument.OfInteger(long right)) {
            return plain(Argument.of(
                    switch (operator) {
                        case "And" -> left & right;
                        case "Or" -> left | right;
                        default -> left ^ right;
                    }));
        }
        return plain(call.numbers().logical(operator, call.plain(0), call.plain(1)));
    }

    private static Optional<ScriptValue> real(BuiltinCall call, DoubleUnaryOperator function, String node) {
        if (!call.isOfNumbers(1)) {
            return Optional.empty();
        }
        Argument value = call.numbers().real(call.at(0));
        return plain(
                value instanceof Argument.OfReal(double known)
                        ? Argument.of(function.applyAsDouble(known))
                        : new Argument.OfSymbolicScalar(
                                call.graph().node(node, call.numbers().realValue(value))));
    }

    /** Rounds to an integer, as Python's math does. */
    private static Optional<ScriptValue> rounded(BuiltinCall call, DoubleUnaryOperator function, String node) {
        if (call.count() == 1 && call.at(0) instanceof Plain(Argument argument) && Numbers.isInteger(argument)) {
            return Optional.of(call.at(0));
        }
        return real(call, function, node).map(value -> new Plain(call.numbers().integer(value)));
    }

    /** The number in a tensor of one element. */
    private static Optional<ScriptValue> item(BuiltinCall call) {
        if (!(call.at(0) instanceof Plain(Argument.OfTensor tensor))) {
            return Optional.of(call.at(0));
        }
        DataType type = call.graph().dataType(tensor.reference().value());
        if (type == DataType.BOOL) {
            return plain(call.numbers().truth(call.at(0)));
        }
        return plain(
                type.isInteger()
                        ? call.numbers().integer(call.at(0))
                        : call.numbers().real(call.at(0)));
    }

    private static Optional<ScriptValue> rangeLength(BuiltinCall call) {
        if (call.plain(0) instanceof Argument.OfInteger(long from)
                && call.plain(1) instanceof Argument.OfInteger(long to)
                && call.plain(2) instanceof Argument.OfInteger(long by)
                && by != 0) {
            long length = by > 0 ? Math.ceilDiv(to - from, by) : Math.ceilDiv(from - to, -by);
            return plain(Argument.of(Math.max(0, length)));
        }
        return plain(call.numbers().rangeLength(call.plain(0), call.plain(1), call.plain(2)));
    }

    private static Optional<ScriptValue> derivedIndex(BuiltinCall call) {
        Argument distance = call.numbers().calculate("mul", call.plain(0), call.plain(2));
        return plain(call.numbers().calculate("add", call.plain(1), distance));
    }
}
