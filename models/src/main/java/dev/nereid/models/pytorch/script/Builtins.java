package dev.nereid.models.pytorch.script;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The functions that only scripts have: of numbers, lists, dicts and texts, and questions about tensors. Several may have
 * a name; each takes only the arguments that it is for.
 */
final class Builtins {
    /** A function. */
    @FunctionalInterface
    interface Builtin {
        /** What the call gives; empty where the arguments are none for this function. */
        Optional<ScriptValue> call(BuiltinCall call);
    }

    private static final Map<String, List<Builtin>> ALL = all();

    private Builtins() {}

    private static Map<String, List<Builtin>> all() {
        Map<String, List<Builtin>> all = new HashMap<>();
        for (Map<String, Builtin> family : List.of(
                NumberBuiltins.all(),
                TextBuiltins.all(),
                ListBuiltins.all(),
                DictBuiltins.all(),
                TensorBuiltins.all(),
                TensorMaking.all())) {
            family.forEach((name, builtin) ->
                    all.computeIfAbsent(name, _ -> new ArrayList<>()).add(builtin));
        }
        return all;
    }

    /** What a call gives; empty where none of the functions takes its arguments. */
    static Optional<ScriptValue> call(BuiltinCall call) {
        for (Builtin builtin : ALL.getOrDefault(call.name(), List.of())) {
            Optional<ScriptValue> value = builtin.call(call);
            if (value.isPresent()) {
                return value;
            }
        }
        return Optional.empty();
    }
}
