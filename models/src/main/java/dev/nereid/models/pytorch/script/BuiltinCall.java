package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.aten.AtenGraph;
import dev.nereid.models.pytorch.script.ScriptValue.Plain;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A call of a function that may be one of the language's own.
 *
 * @param name with its namespace
 */
record BuiltinCall(Evaluation evaluation, String name, List<ScriptValue> positional, Map<String, ScriptValue> named) {
    /** How many arguments there are by place. */
    int count() {
        return positional.size();
    }

    ScriptValue at(int index) {
        if (index >= positional.size()) {
            throw new ModelFormatException(name + " is given " + positional.size() + " arguments");
        }
        return positional.get(index);
    }

    /** An argument by place or name; empty where it is left out or None. */
    Optional<ScriptValue> find(int index, String parameter) {
        Optional<ScriptValue> value = index < positional.size()
                ? Optional.of(positional.get(index))
                : Optional.ofNullable(named.get(parameter));
        return value.filter(each -> !each.isNone());
    }

    /** An argument that is a number, text, device or tensor. */
    Argument plain(int index) {
        if (at(index) instanceof Plain(Argument argument)) {
            return argument;
        }
        throw new ModelFormatException(
                name + ": expected a plain value, got " + at(index).kind());
    }

    /** An integer that is known. */
    long integer(int index) {
        if (plain(index) instanceof Argument.OfInteger(long value)) {
            return value;
        }
        throw new ModelFormatException(name + ": expected an integer that is known when the model is loaded, got "
                + at(index).kind());
    }

    /** Whether these are numbers, and so many of them. */
    boolean isOfNumbers(int wanted) {
        return positional.size() == wanted && positional.stream().allMatch(Numbers::isNumber);
    }

    Numbers numbers() {
        return evaluation.numbers;
    }

    AtenGraph graph() {
        return evaluation.graph();
    }
}
