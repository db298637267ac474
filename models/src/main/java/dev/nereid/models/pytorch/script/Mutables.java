package dev.nereid.models.pytorch.script;

import dev.nereid.models.graph.Value;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.aten.TensorReference;
import dev.nereid.models.pytorch.script.ScriptValue.DictValue;
import dev.nereid.models.pytorch.script.ScriptValue.ListValue;
import dev.nereid.models.pytorch.script.ScriptValue.ObjectValue;
import dev.nereid.models.pytorch.script.ScriptValue.Plain;
import dev.nereid.models.pytorch.script.ScriptValue.TupleValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What code may change and a variable of an active call reaches, with its content at one time: variables, lists, dicts,
 * attributes and tensors. It can be put back.
 */
final class Mutables {
    /** The variables of each active call. */
    final List<Map<String, ScriptValue>> variables = new ArrayList<>();

    final IdentityHashMap<ListValue, List<ScriptValue>> lists = new IdentityHashMap<>();
    final IdentityHashMap<DictValue, Map<Argument, ScriptValue>> dicts = new IdentityHashMap<>();
    final IdentityHashMap<ObjectValue, Map<String, ScriptValue>> objects = new IdentityHashMap<>();
    /** Tensors that are no views of others, in the order in which they were met. */
    final Map<TensorReference, Value> tensors = new LinkedHashMap<>();

    private Mutables() {}

    /** The state now. */
    static Mutables of(Evaluation evaluation) {
        Mutables state = new Mutables();
        for (Evaluation.Frame frame : evaluation.frames()) {
            state.variables.add(new HashMap<>(frame.variables));
            frame.variables.values().forEach(state::collect);
        }
        return state;
    }

    private void collect(ScriptValue value) {
        switch (value) {
            case Plain(Argument.OfTensor(TensorReference reference)) -> {
                TensorReference root = reference.root();
                if (!tensors.containsKey(root)) {
                    tensors.put(root, root.value());
                }
            }
            case ListValue list -> {
                if (!lists.containsKey(list)) {
                    lists.put(list, List.copyOf(list.items));
                    list.items.forEach(this::collect);
                }
            }
            case DictValue dict -> {
                if (!dicts.containsKey(dict)) {
                    dicts.put(dict, new LinkedHashMap<>(dict.entries));
                    dict.entries.values().forEach(this::collect);
                }
            }
            case ObjectValue object -> {
                if (!objects.containsKey(object)) {
                    objects.put(object, new LinkedHashMap<>(object.attributes));
                    object.attributes.values().forEach(this::collect);
                }
            }
            case TupleValue tuple -> tuple.items().forEach(this::collect);
            case Plain _, ScriptValue.Enumeration _, ScriptValue.Callable _, ScriptValue.Unset _ -> {}
        }
    }

    /** Puts everything back as it was. Attributes that were read for the first time since stay: reading changes nothing. */
    void restore(Evaluation evaluation) {
        for (int i = 0; i < variables.size(); i++) {
            Map<String, ScriptValue> frame = evaluation.frames().get(i).variables;
            frame.clear();
            frame.putAll(variables.get(i));
        }
        lists.forEach((list, items) -> {
            list.items.clear();
            list.items.addAll(items);
        });
        dicts.forEach((dict, entries) -> {
            dict.entries.clear();
            dict.entries.putAll(entries);
        });
        objects.forEach((object, attributes) -> object.attributes.putAll(attributes));
        tensors.forEach((tensor, value) -> {
            if (tensor.value() != value) {
                tensor.write(value);
            }
        });
    }

    /** What a tensor holds at this time. */
    Value value(TensorReference tensor) {
        Value known = tensors.get(tensor);
        return known == null ? tensor.value() : known;
    }
}
