package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.aten.AtenTable;
import dev.nereid.models.pytorch.script.ScriptValue.ObjectValue;
import dev.nereid.models.pytorch.script.ScriptValue.TupleValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Calls of the code's own functions and methods, which are inlined, and of operators. */
final class Functions {
    private final Evaluation evaluation;

    Functions(Evaluation evaluation) {
        this.evaluation = evaluation;
    }

    /** Runs a function of the code. */
    ScriptValue call(Definition.OfFunction function, List<ScriptValue> positional, Map<String, ScriptValue> named) {
        Map<String, ScriptValue> variables = new HashMap<>();
        List<Definition.Parameter> parameters = function.parameters();
        if (positional.size() > parameters.size()) {
            throw new ModelFormatException(
                    function.name() + " takes " + parameters.size() + " arguments, got " + positional.size());
        }
        for (int i = 0; i < parameters.size(); i++) {
            Definition.Parameter parameter = parameters.get(i);
            Optional<ScriptValue> given = i < positional.size()
                    ? Optional.of(positional.get(i))
                    : Optional.ofNullable(named.get(parameter.name()));
            variables.put(
                    parameter.name(),
                    given.or(() -> parameter.whenAbsent().map(evaluation.expressions::value))
                            .orElseThrow(() -> new ModelFormatException(
                                    function.name() + " needs the argument '" + parameter.name() + "'")));
        }
        evaluation.enter(new Evaluation.Frame(function, variables));
        ScriptValue result = evaluation.statements.run(function.body()).orElse(ScriptValue.none());
        evaluation.leave();
        return result;
    }

    /** Calls a method of an object. */
    ScriptValue method(ObjectValue object, String name, List<ScriptValue> arguments) {
        return method(object, name, arguments, Map.of());
    }

    ScriptValue method(ObjectValue object, String name, List<ScriptValue> arguments, Map<String, ScriptValue> named) {
        Definition.OfFunction method =
                evaluation.code.requireClass(object.className).methods().get(name);
        if (method == null) {
            throw new ModelFormatException(object.className + " has no method '" + name + "'");
        }
        List<ScriptValue> all = new ArrayList<>(List.of(object));
        all.addAll(arguments);
        return call(method, all, named);
    }

    /** Calls a function or makes a named tuple, by its full name. */
    ScriptValue named(String fullName, List<ScriptValue> arguments, Map<String, ScriptValue> named) {
        Definition definition = evaluation
                .code
                .find(fullName)
                .orElseThrow(() -> new ModelFormatException("the archive has no code of " + fullName));
        return switch (definition) {
            case Definition.OfFunction function -> call(function, arguments, named);
            case Definition.OfClass type when type.isNamedTuple() -> tuple(type, arguments, named);
            case Definition.OfClass _ -> throw new ModelFormatException("the class " + fullName + " is called");
        };
    }

    private ScriptValue tuple(Definition.OfClass type, List<ScriptValue> arguments, Map<String, ScriptValue> named) {
        List<String> names = List.copyOf(type.attributes().keySet());
        List<ScriptValue> items = new ArrayList<>(arguments);
        for (String name : names.subList(Math.min(items.size(), names.size()), names.size())) {
            items.add(Optional.ofNullable(named.get(name))
                    .or(() -> Optional.ofNullable(type.constants().get(name)).map(evaluation.expressions::value))
                    .orElseThrow(() -> new ModelFormatException(type.name() + " needs the item '" + name + "'")));
        }
        return new TupleValue(items, names);
    }

    /**
     * Calls an operator.
     *
     * @param name with its namespace, such as {@code aten::add}
     */
    ScriptValue operator(String name, List<ScriptValue> positional, Map<String, ScriptValue> named) {
        Optional<ScriptValue> own = Builtins.call(new BuiltinCall(evaluation, name, positional, named));
        if (own.isPresent()) {
            return own.get();
        }
        Map<String, Argument> byName = new LinkedHashMap<>();
        named.forEach((parameter, value) -> byName.put(parameter, Containers.argument(value)));
        List<Argument> results = AtenTable.all()
                .call(
                        evaluation.graph(),
                        name,
                        "",
                        positional.stream().map(Containers::argument).toList(),
                        byName);
        List<ScriptValue> values = results.stream().map(Containers::value).toList();
        return switch (values.size()) {
            case 0 -> ScriptValue.none();
            case 1 -> values.getFirst();
            default -> TupleValue.of(values);
        };
    }
}
