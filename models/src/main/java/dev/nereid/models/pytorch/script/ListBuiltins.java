package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.script.Builtins.Builtin;
import dev.nereid.models.pytorch.script.ScriptValue.ListValue;
import dev.nereid.models.pytorch.script.ScriptValue.Plain;
import dev.nereid.models.pytorch.script.ScriptValue.TupleValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/** Functions of lists and tuples. */
final class ListBuiltins {
    private static final int LONGEST = 1 << 20;

    private ListBuiltins() {}

    static Map<String, Builtin> all() {
        return Map.ofEntries(
                Map.entry("aten::__getitem__", ListBuiltins::item),
                Map.entry("aten::__contains__", of(ListBuiltins::contains)),
                Map.entry("aten::_set_item", of(ListBuiltins::set)),
                Map.entry("aten::len", ListBuiltins::length),
                Map.entry("aten::append", of((list, call) -> put(list, list.size(), List.of(call.at(1)), call))),
                Map.entry(
                        "aten::extend", of((list, call) -> put(list, list.size(), Containers.items(call.at(1)), call))),
                Map.entry("aten::add_", of((list, call) -> put(list, list.size(), Containers.items(call.at(1)), call))),
                Map.entry(
                        "aten::insert",
                        of((list, call) ->
                                put(list, Containers.bound(call.integer(1), list.size()), List.of(call.at(2)), call))),
                Map.entry(
                        "aten::pop",
                        of((list, call) -> Optional.of(
                                list.remove(Containers.index(call.count() > 1 ? call.integer(1) : -1, list.size()))))),
                Map.entry("aten::Delete", of((list, call) -> {
                    list.remove(Containers.index(call.integer(1), list.size()));
                    return Optional.of(ScriptValue.none());
                })),
                Map.entry("aten::clear", of((list, _) -> {
                    list.clear();
                    return Optional.of(ScriptValue.none());
                })),
                Map.entry("aten::reverse", of((list, _) -> {
                    Collections.reverse(list);
                    return Optional.of(ScriptValue.none());
                })),
                Map.entry(
                        "aten::index",
                        of((list, call) -> Optional.of(ScriptValue.of((long) list.indexOf(call.at(1)))))),
                Map.entry(
                        "aten::count",
                        of((list, call) ->
                                Optional.of(ScriptValue.of((long) Collections.frequency(list, call.at(1)))))),
                Map.entry("aten::copy", of((list, _) -> Optional.of(ListValue.of(list)))),
                Map.entry("aten::list", ListBuiltins::copy),
                Map.entry("aten::slice", ListBuiltins::slice),
                Map.entry("aten::add", ListBuiltins::joined),
                Map.entry("aten::mul", ListBuiltins::repeated),
                Map.entry("aten::any", of((list, call) -> fold(list, call, "Or", false))),
                Map.entry("aten::all", of((list, call) -> fold(list, call, "And", true))),
                Map.entry("aten::sum", of((list, call) -> calculate(list, call, "add"))),
                Map.entry("prim::min", of((list, call) -> calculate(list, call, "min"))),
                Map.entry("prim::max", of((list, call) -> calculate(list, call, "max"))),
                Map.entry("aten::sort", of((list, _) -> {
                    list.sort(order());
                    return Optional.of(ScriptValue.none());
                })),
                Map.entry(
                        "aten::sorted",
                        of((list, _) -> Optional.of(
                                ListValue.of(list.stream().sorted(order()).toList())))),
                Map.entry("prim::rangelist", ListBuiltins::range));
    }

    private static Builtin of(BiFunction<List<ScriptValue>, BuiltinCall, Optional<ScriptValue>> function) {
        return call -> call.count() > 0 && call.at(0) instanceof ListValue list
                ? function.apply(list.items, call)
                : Optional.empty();
    }

    private static boolean isSequence(ScriptValue value) {
        return value instanceof ListValue || value instanceof TupleValue;
    }

    private static Optional<ScriptValue> item(BuiltinCall call) {
        return call.at(0).isTensor() ? Optional.empty() : Optional.of(Containers.item(call.at(0), call.at(1)));
    }

    private static Optional<ScriptValue> contains(List<ScriptValue> list, BuiltinCall call) {
        Argument any = Argument.of(false);
        for (ScriptValue each : list) {
            Argument same = NumberBuiltins.equal(call, each, call.at(1))
                    .orElseThrow(() -> new ModelFormatException("a tensor is looked for in a list"));
            any = call.numbers().logical("Or", any, same);
        }
        return Optional.of(new Plain(any));
    }

    private static Optional<ScriptValue> set(List<ScriptValue> list, BuiltinCall call) {
        list.set(Containers.index(call.integer(1), list.size()), call.at(2));
        return Optional.of(call.at(0));
    }

    private static Optional<ScriptValue> length(BuiltinCall call) {
        return isSequence(call.at(0))
                ? Optional.of(ScriptValue.of((long) Containers.items(call.at(0)).size()))
                : Optional.empty();
    }

    private static Optional<ScriptValue> put(
            List<ScriptValue> list, int at, List<ScriptValue> items, BuiltinCall call) {
        requireShort(list.size() + (long) items.size());
        list.addAll(at, List.copyOf(items));
        return Optional.of(call.at(0));
    }

    private static void requireShort(long length) {
        if (length > LONGEST) {
            throw new ModelFormatException("a list of the code has more than " + LONGEST + " items");
        }
    }

    private static Optional<ScriptValue> copy(BuiltinCall call) {
        return call.at(0) instanceof Plain ? Optional.empty() : Optional.of(ListValue.of(Containers.items(call.at(0))));
    }

    private static Optional<ScriptValue> slice(BuiltinCall call) {
        if (!isSequence(call.at(0))) {
            return Optional.empty();
        }
        List<ScriptValue> items = Containers.items(call.at(0));
        long step = call.find(3, "step").isPresent() ? call.integer(3) : 1;
        if (step < 1) {
            throw new ModelFormatException("a list is sliced with the step " + step);
        }
        int from = call.find(1, "start").isPresent() ? Containers.bound(call.integer(1), items.size()) : 0;
        int to = call.find(2, "end").isPresent() ? Containers.bound(call.integer(2), items.size()) : items.size();
        List<ScriptValue> taken = new ArrayList<>();
        for (long i = from; i < to; i += step) {
            taken.add(items.get((int) i));
        }
        return Optional.of(call.at(0) instanceof ListValue ? ListValue.of(taken) : TupleValue.of(taken));
    }

    private static Optional<ScriptValue> joined(BuiltinCall call) {
        if (call.count() < 2 || !isSequence(call.at(0)) || !isSequence(call.at(1))) {
            return Optional.empty();
        }
        List<ScriptValue> both = new ArrayList<>(Containers.items(call.at(0)));
        both.addAll(Containers.items(call.at(1)));
        requireShort(both.size());
        return Optional.of(call.at(0) instanceof ListValue ? ListValue.of(both) : TupleValue.of(both));
    }

    private static Optional<ScriptValue> repeated(BuiltinCall call) {
        if (call.count() < 2 || !(call.at(0) instanceof ListValue list)) {
            return Optional.empty();
        }
        long times = Math.max(0, call.integer(1));
        requireShort(Math.multiplyExact(list.items.size(), Math.min(times, LONGEST + 1L)));
        ListValue repeated = new ListValue();
        for (long i = 0; i < times && !list.items.isEmpty(); i++) {
            repeated.items.addAll(list.items);
        }
        return Optional.of(repeated);
    }

    private static Optional<ScriptValue> fold(
            List<ScriptValue> list, BuiltinCall call, String operator, boolean whenEmpty) {
        Argument result = Argument.of(whenEmpty);
        for (ScriptValue each : list) {
            result = call.numbers().logical(operator, result, call.numbers().truth(each));
        }
        return Optional.of(new Plain(result));
    }

    private static Optional<ScriptValue> calculate(List<ScriptValue> list, BuiltinCall call, String operation) {
        if (call.count() != 1 || !list.stream().allMatch(Numbers::isNumber)) {
            return Optional.empty();
        }
        Optional<Argument> result = Optional.empty();
        for (ScriptValue each : list) {
            if (each instanceof Plain(Argument number)) {
                result = Optional.of(result.map(sum -> call.numbers().calculate(operation, sum, number))
                        .orElse(number));
            }
        }
        return Optional.of(new Plain(result.orElse(Argument.of(0L))));
    }

    private static Comparator<ScriptValue> order() {
        return (left, right) -> {
            if (left instanceof Plain(Argument.OfInteger(long a))
                    && right instanceof Plain(Argument.OfInteger(long b))) {
                return Long.compare(a, b);
            }
            if (left instanceof Plain(Argument.OfReal(double a)) && right instanceof Plain(Argument.OfReal(double b))) {
                return Double.compare(a, b);
            }
            if (left instanceof Plain(Argument.OfText(String a)) && right instanceof Plain(Argument.OfText(String b))) {
                return a.compareTo(b);
            }
            throw new ModelFormatException("a list of " + left.kind() + " and " + right.kind() + " is sorted");
        };
    }

    private static Optional<ScriptValue> range(BuiltinCall call) {
        long length = call.integer(0);
        requireShort(length);
        ListValue list = new ListValue();
        for (long i = 0; i < length; i++) {
            list.items.add(ScriptValue.of(i));
        }
        return Optional.of(list);
    }
}
