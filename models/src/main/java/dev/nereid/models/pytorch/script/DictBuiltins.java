package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.script.Builtins.Builtin;
import dev.nereid.models.pytorch.script.ScriptValue.DictValue;
import dev.nereid.models.pytorch.script.ScriptValue.ListValue;
import dev.nereid.models.pytorch.script.ScriptValue.Plain;
import dev.nereid.models.pytorch.script.ScriptValue.TupleValue;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/** Functions of dicts. */
final class DictBuiltins {
    private DictBuiltins() {}

    static Map<String, Builtin> all() {
        return Map.ofEntries(
                Map.entry("aten::len", of((dict, _) -> ScriptValue.of((long) dict.entries.size()))),
                Map.entry(
                        "aten::__contains__",
                        of((dict, call) -> ScriptValue.of(dict.entries.containsKey(call.plain(1))))),
                Map.entry("aten::_set_item", of((dict, call) -> {
                    dict.entries.put(call.plain(1), call.at(2));
                    return dict;
                })),
                Map.entry("aten::keys", of((dict, _) -> ListValue.of(Containers.items(dict)))),
                Map.entry("aten::values", of((dict, _) -> ListValue.of(List.copyOf(dict.entries.values())))),
                Map.entry("aten::items", of((dict, _) -> items(dict))),
                Map.entry(
                        "aten::get",
                        of((dict, call) ->
                                found(dict, call.plain(1)).orElse(call.count() > 2 ? call.at(2) : ScriptValue.none()))),
                Map.entry(
                        "aten::setdefault",
                        of((dict, call) ->
                                found(dict, call.plain(1)).orElseGet(() -> put(dict, call.plain(1), call.at(2))))),
                Map.entry("aten::pop", of(DictBuiltins::pop)),
                Map.entry("aten::Delete", of(DictBuiltins::pop)),
                Map.entry("aten::update", of(DictBuiltins::update)),
                Map.entry("aten::clear", of((dict, _) -> {
                    dict.entries.clear();
                    return ScriptValue.none();
                })),
                Map.entry("aten::copy", of((dict, _) -> copy(dict))),
                Map.entry("aten::dict", DictBuiltins::dict));
    }

    private static Builtin of(BiFunction<DictValue, BuiltinCall, ScriptValue> function) {
        return call -> call.count() > 0 && call.at(0) instanceof DictValue dict
                ? Optional.of(function.apply(dict, call))
                : Optional.empty();
    }

    private static Optional<ScriptValue> found(DictValue dict, Argument key) {
        return Optional.ofNullable(dict.entries.get(key));
    }

    private static ScriptValue put(DictValue dict, Argument key, ScriptValue value) {
        dict.entries.put(key, value);
        return value;
    }

    private static ScriptValue items(DictValue dict) {
        return ListValue.of(dict.entries.entrySet().stream()
                .map(entry -> TupleValue.of(List.of(new Plain(entry.getKey()), entry.getValue())))
                .toList());
    }

    private static ScriptValue pop(DictValue dict, BuiltinCall call) {
        ScriptValue value = found(dict, call.plain(1))
                .or(() -> call.find(2, "default_value"))
                .orElseThrow(() -> new ModelRaisesException(
                        "the dict has no key " + call.plain(1).kind()));
        dict.entries.remove(call.plain(1));
        return value;
    }

    private static ScriptValue update(DictValue dict, BuiltinCall call) {
        if (!(call.at(1) instanceof DictValue other)) {
            throw new ModelFormatException(
                    "a dict is updated with " + call.at(1).kind());
        }
        dict.entries.putAll(other.entries);
        return ScriptValue.none();
    }

    private static DictValue copy(DictValue dict) {
        DictValue copy = new DictValue();
        copy.entries.putAll(dict.entries);
        return copy;
    }

    private static Optional<ScriptValue> dict(BuiltinCall call) {
        DictValue dict = new DictValue();
        if (call.count() > 0 && call.at(0) instanceof DictValue other) {
            return Optional.of(copy(other));
        }
        if (call.count() > 0) {
            for (ScriptValue pair : Containers.items(call.at(0))) {
                List<ScriptValue> both = Containers.items(pair);
                if (both.size() == 2 && both.get(0) instanceof Plain(Argument key)) {
                    dict.entries.put(key, both.get(1));
                }
            }
        }
        return Optional.of(dict);
    }
}
