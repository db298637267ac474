package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.script.ScriptValue.Callable;
import dev.nereid.models.pytorch.script.ScriptValue.DictValue;
import dev.nereid.models.pytorch.script.ScriptValue.Enumeration;
import dev.nereid.models.pytorch.script.ScriptValue.ListValue;
import dev.nereid.models.pytorch.script.ScriptValue.ObjectValue;
import dev.nereid.models.pytorch.script.ScriptValue.Plain;
import dev.nereid.models.pytorch.script.ScriptValue.TupleValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The values of expressions. */
final class Expressions {
    private final Evaluation evaluation;

    Expressions(Evaluation evaluation) {
        this.evaluation = evaluation;
    }

    ScriptValue value(Expression expression) {
        evaluation.descend();
        ScriptValue value = evaluate(expression);
        evaluation.ascend();
        return value;
    }

    private ScriptValue evaluate(Expression expression) {
        return switch (expression) {
            case Expression.Literal(int _, Argument value) -> new Plain(value);
            case Expression.Name(int _, String name) -> variable(name);
            case Expression.Member member -> member(member);
            case Expression.Call call -> call(call);
            case Expression.ListOf(int _, List<Expression> items) -> ListValue.of(values(items));
            case Expression.TupleOf(int _, List<Expression> items) -> TupleValue.of(values(items));
            case Expression.DictOf(int _, List<Expression> keys, List<Expression> values) -> dict(keys, values);
            case Expression.Item(int _, Expression of, Expression index) ->
                evaluation.functions.operator("aten::__getitem__", List.of(value(of), value(index)), Map.of());
            case Expression.Range range -> range(range);
            case Expression.Conditional(int _, Expression condition, Expression whenTrue, Expression otherwise) ->
                conditional(condition, whenTrue, otherwise);
            case Expression.Logical logical -> logical(logical);
        };
    }

    private List<ScriptValue> values(List<Expression> expressions) {
        List<ScriptValue> values = new ArrayList<>();
        for (Expression each : expressions) {
            values.add(value(each));
        }
        return values;
    }

    private ScriptValue variable(String name) {
        ScriptValue value = evaluation.frame().variables.get(name);
        if (value == null) {
            throw new ModelFormatException("the variable '" + name + "' has no value");
        }
        if (value instanceof ScriptValue.Unset(String why)) {
            throw new ModelFormatException("the variable '" + name + "' is read, but " + why);
        }
        return value;
    }

    /** The dotted name that an expression is, such as {@code torch.add}; empty where it begins with a variable. */
    private Optional<String> dotted(Expression expression) {
        return switch (expression) {
            case Expression.Name(int _, String name) ->
                switch (name) {
                    case "torch", "ops", "__torch__", "CONSTANTS" ->
                        evaluation.frame().variables.containsKey(name) ? Optional.empty() : Optional.of(name);
                    default -> Optional.empty();
                };
            case Expression.Member(int _, Expression of, String name) ->
                dotted(of).map(prefix -> prefix + "." + name);
            default -> Optional.empty();
        };
    }

    private ScriptValue member(Expression.Member member) {
        Optional<String> dotted = dotted(member);
        if (dotted.isPresent()) {
            String name = dotted.get();
            if (name.startsWith("CONSTANTS.")) {
                return evaluation.objects.constant(name.substring("CONSTANTS.".length()), evaluation);
            }
            return enumerationMember(name).orElseGet(() -> new Callable(name));
        }
        return attribute(value(member.of()), member.name());
    }

    ScriptValue attribute(ScriptValue of, String name) {
        return switch (of) {
            case ObjectValue object ->
                evaluation
                        .objects
                        .attribute(object, name, evaluation)
                        .orElseThrow(
                                () -> new ModelFormatException(object.className + " has no attribute '" + name + "'"));
            case TupleValue tuple
            when tuple.names().contains(name) -> tuple.items().get(tuple.names().indexOf(name));
            case Enumeration each when name.equals("value") -> each.value();
            case Enumeration each when name.equals("name") -> ScriptValue.of(each.name());
            default -> throw new ModelFormatException("the attribute '" + name + "' of " + of.kind() + " is read");
        };
    }

    private Optional<ScriptValue> enumerationMember(String dotted) {
        int dot = dotted.lastIndexOf('.');
        String className = dotted.substring(0, dot);
        String name = dotted.substring(dot + 1);
        return evaluation
                .code
                .find(className)
                .flatMap(each -> each instanceof Definition.OfClass type
                                && type.isEnumeration()
                                && type.constants().containsKey(name)
                        ? Optional.of(new Enumeration(
                                className,
                                name,
                                value(Optional.ofNullable(type.constants().get(name))
                                        .orElseThrow())))
                        : Optional.empty());
    }

    /** The member of an enumeration with a value. */
    ScriptValue enumeration(String className, ScriptValue value) {
        for (String name : evaluation.code.requireClass(className).constants().keySet()) {
            Optional<ScriptValue> member = enumerationMember(className + "." + name);
            if (member.isPresent()
                    && member.get() instanceof Enumeration found
                    && found.value().equals(value)) {
                return found;
            }
        }
        throw new ModelFormatException(className + " has no member with the value " + value.kind());
    }

    private ScriptValue dict(List<Expression> keys, List<Expression> values) {
        DictValue dict = new DictValue();
        for (int i = 0; i < keys.size(); i++) {
            ScriptValue key = value(keys.get(i));
            if (!(key instanceof Plain(Argument plain))) {
                throw new ModelFormatException("a dict has the key " + key.kind());
            }
            dict.entries.put(plain, value(values.get(i)));
        }
        return dict;
    }

    private ScriptValue range(Expression.Range range) {
        ScriptValue of = value(range.of());
        ScriptValue from = range.from().map(this::value).orElse(ScriptValue.none());
        ScriptValue to = range.to().map(this::value).orElse(ScriptValue.none());
        return evaluation.functions.operator("aten::slice", List.of(of, from, to), Map.of());
    }

    private ScriptValue conditional(Expression condition, Expression whenTrue, Expression otherwise) {
        Argument truth = evaluation.numbers.truth(value(condition));
        if (truth instanceof Argument.OfBoolean(boolean known)) {
            return value(known ? whenTrue : otherwise);
        }
        return new Branches(evaluation).choose(truth, whenTrue, otherwise);
    }

    private ScriptValue logical(Expression.Logical logical) {
        Argument left = evaluation.numbers.truth(value(logical.left()));
        if (left instanceof Argument.OfBoolean(boolean known)) {
            return known == logical.isAnd() ? value(logical.right()) : new Plain(left);
        }
        Argument right = evaluation.numbers.truth(value(logical.right()));
        return new Plain(evaluation.numbers.logical(logical.isAnd() ? "And" : "Or", left, right));
    }

    private ScriptValue call(Expression.Call call) {
        Optional<String> dotted = dotted(call.function());
        if (dotted.isPresent()) {
            return dottedCall(dotted.get(), call);
        }
        return switch (call.function()) {
            case Expression.Name(int _, String name)
            when !evaluation.frame().variables.containsKey(name) -> intrinsic(name, call);
            case Expression.Member(int _, Expression of, String name) -> methodCall(value(of), name, call);
            default -> {
                if (value(call.function()) instanceof Callable(String name)) {
                    yield dottedCall(name, call);
                }
                throw new ModelFormatException("a value that is no function is called");
            }
        };
    }

    private ScriptValue dottedCall(String name, Expression.Call call) {
        if (name.startsWith("torch.") && name.indexOf('.') == name.lastIndexOf('.')) {
            return operator("aten::" + name.substring("torch.".length()), call);
        }
        String[] parts = name.split("\\.", -1);
        if (parts.length == 3 && parts[0].equals("ops")) {
            return operator(parts[1] + "::" + parts[2], call);
        }
        if (name.endsWith(".__new__")) {
            String className = name.substring(0, name.length() - ".__new__".length());
            return new ObjectValue(evaluation.code.requireClass(className).name(), "", Optional.empty());
        }
        return evaluation.functions.named(name, values(call.arguments()), named(call));
    }

    private ScriptValue operator(String name, Expression.Call call) {
        return evaluation.functions.operator(name, values(call.arguments()), named(call));
    }

    private Map<String, ScriptValue> named(Expression.Call call) {
        Map<String, ScriptValue> named = new LinkedHashMap<>();
        call.named().forEach(each -> named.put(each.name(), value(each.value())));
        return named;
    }

    private ScriptValue methodCall(ScriptValue receiver, String name, Expression.Call call) {
        if (receiver instanceof Plain(Argument.OfPackedWeights packed) && name.equals("unpack")) {
            return evaluation.functions.operator(
                    "quantized::" + (packed.stride().isEmpty() ? "linear" : "conv2d") + "_unpack",
                    List.of(receiver),
                    Map.of());
        }
        if (receiver instanceof ObjectValue object) {
            return evaluation.functions.method(object, name, values(call.arguments()), named(call));
        }
        List<ScriptValue> arguments = new ArrayList<>(List.of(receiver));
        arguments.addAll(values(call.arguments()));
        return evaluation.functions.operator("aten::" + name, arguments, named(call));
    }

    /** Functions that are part of the language. */
    private ScriptValue intrinsic(String name, Expression.Call call) {
        return switch (name) {
            case "annotate", "unchecked_cast" -> annotated(argument(call, 0), value(argument(call, 1)));
            case "uninitialized" -> new ScriptValue.Unset("it has no value on the path that was taken");
            case "isinstance" -> ScriptValue.of(TypeTest.isA(value(argument(call, 0)), argument(call, 1)));
            case "getattr" -> {
                if (value(argument(call, 1)) instanceof Plain(Argument.OfText(String attribute))) {
                    yield attribute(value(argument(call, 0)), attribute);
                }
                throw new ModelFormatException("getattr takes a name that is no text");
            }
            case "int" -> new Plain(evaluation.numbers.integer(value(argument(call, 0))));
            case "float" -> new Plain(evaluation.numbers.real(value(argument(call, 0))));
            case "bool" -> new Plain(evaluation.numbers.truth(value(argument(call, 0))));
            case "len", "str", "list", "print", "min", "max", "abs", "sorted", "round", "sum", "any", "all" ->
                operator("aten::" + name, call);
            default -> throw new ModelFormatException("the function '" + name + "' is not known");
        };
    }

    /** A tensor that is annotated as a number becomes one: so TorchScript writes its implicit conversions. */
    private ScriptValue annotated(Expression type, ScriptValue value) {
        if (!value.isTensor() || !(type instanceof Expression.Name(int _, String name))) {
            return value;
        }
        return switch (name) {
            case "int" -> new Plain(evaluation.numbers.integer(value));
            case "float" -> new Plain(evaluation.numbers.real(value));
            case "number" -> evaluation.functions.operator("aten::ScalarImplicit", List.of(value), Map.of());
            default -> value;
        };
    }

    private static Expression argument(Expression.Call call, int index) {
        if (index >= call.arguments().size()) {
            throw new ModelFormatException(
                    "a function is called with " + call.arguments().size() + " arguments where it takes more");
        }
        return call.arguments().get(index);
    }
}
