package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.script.ScriptValue.ListValue;
import dev.nereid.models.pytorch.script.ScriptValue.Plain;
import dev.nereid.models.pytorch.script.ScriptValue.TupleValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The inputs of a model: the parameters of {@code forward}, and the items of those that are tuples and lists. Types come
 * from outside, for the code says of a tensor only that it is one.
 */
final class ScriptInputs {
    /**
     * A place for a tensor or number.
     *
     * @param type Tensor, int, float or bool
     * @param optional whether the model can do without
     */
    private record Place(String name, String type, boolean optional) {}

    private final Definition.OfFunction forward;
    private final List<DeclaredPorts.Input> declared;
    private final List<Place> places = new ArrayList<>();
    private List<String> names = List.of();
    private List<TensorType> types;
    private int next;

    /**
     * @param declared the inputs that a config has, in its order
     * @param traced types of the tensors that the model was traced with, in the model's order; where there is no config
     */
    ScriptInputs(Definition.OfFunction forward, List<DeclaredPorts.Input> declared, List<TensorType> traced) {
        this.forward = forward;
        this.declared = List.copyOf(declared);
        this.types = declared.isEmpty()
                ? List.copyOf(traced)
                : declared.stream().map(DeclaredPorts.Input::type).toList();
        for (Definition.Parameter parameter : parameters()) {
            collect(parameter.name(), type(parameter), parameter.whenAbsent().isPresent());
        }
    }

    private List<Definition.Parameter> parameters() {
        return forward.parameters()
                .subList(
                        Math.min(1, forward.parameters().size()),
                        forward.parameters().size());
    }

    private static Expression type(Definition.Parameter parameter) {
        return parameter.type().orElse(new Expression.Name(0, "Tensor"));
    }

    private void collect(String name, Expression type, boolean optional) {
        switch (type) {
            case Expression.Name(int _, String plain)
            when plain.matches("Tensor|int|float|bool|number") -> places.add(new Place(name, plain, optional));
            case Expression.Item(int _, Expression.Name(int _, String container), Expression of)
            when container.equals("Optional") -> collect(name, of, true);
            case Expression.Item(int _, Expression.Name(int _, String container), Expression of)
            when container.equals("Tuple") -> {
                List<Expression> items = items(of);
                for (int i = 0; i < items.size(); i++) {
                    collect(name + "_" + i, items.get(i), optional);
                }
            }
            case Expression.Item(int _, Expression.Name(int _, String container), Expression of)
            when container.equals("List") -> {
                // As many as there are types for.
                int length = optional ? 0 : Math.max(1, types.size() - places.size());
                for (int i = 0; i < length; i++) {
                    collect(name + "_" + i, of, false);
                }
            }
            default -> {
                if (!optional) {
                    throw new ModelFormatException("the parameter '" + name
                            + "' of forward is neither a tensor, a number, nor a tuple or list of such");
                }
            }
        }
    }

    private static List<Expression> items(Expression of) {
        return of instanceof Expression.TupleOf(int _, List<Expression> items) ? items : List.of(of);
    }

    /** Makes the graph's inputs; the arguments of {@code forward} but the model. */
    List<ScriptValue> make(Evaluation evaluation, UnaryOperator<List<String>> rename) {
        long required = places.stream().filter(place -> !place.optional()).count();
        if (types.size() < required || types.size() > places.size()) {
            throw new ModelFormatException("the model takes " + required
                    + (required < places.size() ? " to " + places.size() : "") + " inputs, "
                    + placeNames() + ", "
                    + (types.isEmpty()
                            ? "and TorchScript has no types for them: name each in config.pbtxt, with data_type and dims"
                            : "the config has " + types.size()));
        }
        skipOptional();
        names = rename.apply(placeNames());
        if (!declared.isEmpty()) {
            types = names.stream().map(this::declaredType).toList();
        }
        List<ScriptValue> arguments = new ArrayList<>();
        for (Definition.Parameter parameter : parameters()) {
            arguments.add(argument(parameter.name(), type(parameter), parameter.whenAbsent(), evaluation)
                    .orElse(ScriptValue.none()));
        }
        return arguments;
    }

    private List<String> placeNames() {
        return places.stream().map(Place::name).toList();
    }

    /** The config's order is not the model's. */
    private TensorType declaredType(String name) {
        return declared.stream()
                .filter(input -> input.name().equals(name))
                .map(DeclaredPorts.Input::type)
                .findFirst()
                .orElseThrow(() -> new ModelFormatException("the config has no input for '" + name
                        + "', which the model takes; it has "
                        + declared.stream().map(DeclaredPorts.Input::name).toList()));
    }

    /**
     * Leaves out optional places until there are as many as types: those that a config does not name where it names arguments,
     * else numbers first, then the last ones.
     */
    private void skipOptional() {
        List<String> configured =
                declared.stream().map(DeclaredPorts.Input::name).toList();
        if (!configured.isEmpty() && placeNames().containsAll(configured)) {
            places.removeIf(place -> place.optional() && !configured.contains(place.name()));
            return;
        }
        for (int round = 0; round < 2; round++) {
            for (int i = places.size() - 1; i >= 0 && places.size() > types.size(); i--) {
                Place place = places.get(i);
                if (place.optional() && (round == 1 || !place.type().equals("Tensor"))) {
                    places.remove(i);
                }
            }
        }
    }

    private Optional<ScriptValue> argument(
            String name, Expression type, Optional<Expression> whenAbsent, Evaluation evaluation) {
        return switch (type) {
            case Expression.Item(int _, Expression.Name(int _, String container), Expression of)
            when container.equals("Tuple") -> {
                List<ScriptValue> items = new ArrayList<>();
                for (int i = 0; i < items(of).size(); i++) {
                    argument(name + "_" + i, items(of).get(i), Optional.empty(), evaluation)
                            .ifPresent(items::add);
                }
                yield items.isEmpty()
                        ? whenAbsent.map(evaluation.expressions::value)
                        : Optional.of(TupleValue.of(items));
            }
            case Expression.Item(int _, Expression.Name(int _, String container), Expression of)
            when container.equals("List") -> {
                ListValue list = new ListValue();
                while (isNext(name + "_" + list.items.size())) {
                    argument(name + "_" + list.items.size(), of, Optional.empty(), evaluation)
                            .ifPresent(list.items::add);
                }
                yield list.items.isEmpty() && whenAbsent.isPresent()
                        ? whenAbsent.map(evaluation.expressions::value)
                        : Optional.of(list);
            }
            case Expression.Item(int _, Expression.Name(int _, String container), Expression of)
            when container.equals("Optional") -> argument(name, of, whenAbsent, evaluation);
            default -> isNext(name) ? Optional.of(input(evaluation)) : whenAbsent.map(evaluation.expressions::value);
        };
    }

    private boolean isNext(String name) {
        return next < places.size() && places.get(next).name().equals(name);
    }

    private ScriptValue input(Evaluation evaluation) {
        Place place = places.get(next);
        Value value = evaluation.graph().input(names.get(next), types.get(next));
        next++;
        ScriptValue tensor = new Plain(Argument.OfTensor.of(value));
        return switch (place.type()) {
            case "int" -> new Plain(evaluation.numbers.integer(tensor));
            case "float" -> new Plain(evaluation.numbers.real(tensor));
            case "bool" -> new Plain(evaluation.numbers.truth(tensor));
            default -> tensor;
        };
    }
}
