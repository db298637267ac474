package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.script.ScriptValue.DictValue;
import dev.nereid.models.pytorch.script.ScriptValue.ListValue;
import dev.nereid.models.pytorch.script.ScriptValue.Plain;
import dev.nereid.models.pytorch.script.ScriptValue.TupleValue;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What {@code forward} gives back as outputs of the graph. A single tensor is {@code output_0}, items of a tuple or list
 * have their position for a name ({@code output_1}), those of a dict their key; items of items both, with a dot between.
 */
final class ScriptOutputs {
    private final Evaluation evaluation;
    private final List<String> names = new ArrayList<>();
    private final List<Value> values = new ArrayList<>();

    private ScriptOutputs(Evaluation evaluation) {
        this.evaluation = evaluation;
    }

    /** Makes the graph's outputs. */
    static List<Value> make(ScriptValue result, Evaluation evaluation, UnaryOperator<List<String>> rename) {
        ScriptOutputs outputs = new ScriptOutputs(evaluation);
        outputs.collect("", result);
        if (outputs.values.isEmpty()) {
            throw new ModelFormatException("the model gives back no tensor");
        }
        List<String> names = rename.apply(outputs.names);
        List<Value> made = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            made.add(evaluation.graph().output(names.get(i), outputs.values.get(i)));
        }
        return made;
    }

    private void collect(String name, ScriptValue value) {
        switch (value) {
            case Plain(Argument.OfNone _) -> {}
            case Plain(Argument.OfTensor tensor) -> add(name, tensor.reference().value());
            case Plain(Argument argument)
            when Numbers.isNumber(value) -> add(name, evaluation.numbers.tensor(argument, DataType.FP32));
            case TupleValue tuple -> items(name, tuple.items(), tuple.names());
            case ListValue list -> items(name, list.items, List.of());
            case DictValue dict ->
                dict.entries.forEach((key, item) -> collect(joined(name, TextBuiltins.shown(new Plain(key))), item));
            default -> throw new ModelFormatException("the model gives back " + value.kind());
        }
    }

    private void items(String name, List<ScriptValue> items, List<String> itemNames) {
        for (int i = 0; i < items.size(); i++) {
            String item = itemNames.isEmpty() ? Integer.toString(i) : itemNames.get(i);
            String whole = name.isEmpty() && itemNames.isEmpty() ? "output_" + item : joined(name, item);
            collect(whole, items.get(i));
        }
    }

    private static String joined(String name, String item) {
        return name.isEmpty() ? item : name + "." + item;
    }

    private void add(String name, Value value) {
        String unique = name.isEmpty() ? "output_0" : name;
        for (int i = 1; names.contains(unique); i++) {
            unique = name + "_" + i;
        }
        names.add(unique);
        values.add(value);
    }
}
