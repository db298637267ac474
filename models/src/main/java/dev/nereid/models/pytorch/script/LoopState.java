package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.aten.TensorReference;
import dev.nereid.models.pytorch.script.ScriptValue.ListValue;
import dev.nereid.models.pytorch.script.ScriptValue.Plain;
import dev.nereid.models.pytorch.script.ScriptValue.TupleValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Something that a loop carries from one iteration to the next: a tensor or number in a variable, maybe inside of
 * tuples and lists, or a tensor that is written in place.
 */
final class LoopState {
    /** What the value is in the code. */
    private enum Kind {
        TENSOR,
        INTEGER,
        SCALAR
    }

    private final Optional<String> variable;
    /** Indexes into tuples and lists from the variable on. */
    private final List<Integer> path;

    private final Optional<TensorReference> written;
    private final Kind kind;
    private final Value initial;

    private LoopState(
            Optional<String> variable,
            List<Integer> path,
            Optional<TensorReference> written,
            Kind kind,
            Value initial) {
        this.variable = variable;
        this.path = List.copyOf(path);
        this.written = written;
        this.kind = kind;
        this.initial = initial;
    }

    static LoopState ofTensor(TensorReference tensor, Value initial) {
        return new LoopState(Optional.empty(), List.of(), Optional.of(tensor), Kind.TENSOR, initial);
    }

    /** The states of a variable; what is no tensor and no number must stay as it is. */
    static List<LoopState> ofVariable(String name, ScriptValue value, Evaluation evaluation) {
        List<LoopState> states = new ArrayList<>();
        collect(name, value, List.of(), states, evaluation);
        return states;
    }

    private static void collect(
            String name, ScriptValue value, List<Integer> path, List<LoopState> states, Evaluation evaluation) {
        switch (value) {
            case TupleValue _, ListValue _ -> {
                List<ScriptValue> items = Containers.items(value);
                for (int i = 0; i < items.size(); i++) {
                    List<Integer> inner = new ArrayList<>(path);
                    inner.add(i);
                    collect(name, items.get(i), inner, states, evaluation);
                }
            }
            case Plain(Argument argument) ->
                kind(argument)
                        .ifPresent(kind -> states.add(new LoopState(
                                Optional.of(name), path, Optional.empty(), kind, held(argument, kind, evaluation))));
            default -> {}
        }
    }

    private static Optional<Kind> kind(Argument argument) {
        return switch (argument) {
            case Argument.OfTensor _ -> Optional.of(Kind.TENSOR);
            case Argument.OfInteger _, Argument.OfSymbolicInteger _ -> Optional.of(Kind.INTEGER);
            case Argument.OfReal _, Argument.OfSymbolicScalar _, Argument.OfBoolean _ -> Optional.of(Kind.SCALAR);
            default -> Optional.empty();
        };
    }

    private static Value held(Argument argument, Kind kind, Evaluation evaluation) {
        return switch (kind) {
            case TENSOR -> ((Argument.OfTensor) argument).reference().value();
            case INTEGER -> evaluation.graph().integer(argument);
            case SCALAR ->
                argument instanceof Argument.OfBoolean || evaluation.numbers.isSymbolicTruth(argument)
                        ? evaluation.numbers.truthValue(argument)
                        : evaluation.numbers.realValue(argument);
        };
    }

    boolean isOf(TensorReference tensor) {
        return written.isPresent() && written.get() == tensor;
    }

    Value initial() {
        return initial;
    }

    /** What the state holds now, after an iteration. */
    Value current(Evaluation evaluation) {
        if (written.isPresent()) {
            return written.get().value();
        }
        String name = variable.orElseThrow();
        ScriptValue value =
                Optional.ofNullable(evaluation.frame().variables.get(name)).orElseThrow();
        for (int index : path) {
            List<ScriptValue> items = Containers.items(value);
            value = items.get(Containers.index(index, items.size()));
        }
        if (value instanceof Plain(Argument argument) && kind(argument).equals(Optional.of(kind))) {
            return held(argument, kind, evaluation);
        }
        throw new ModelFormatException(
                "a loop of which only a run knows how often it runs changes '" + name + "' to " + value.kind());
    }

    /** Gives all states their values. */
    static void put(List<LoopState> states, List<Value> values, Evaluation evaluation) {
        for (int i = 0; i < states.size(); i++) {
            LoopState state = states.get(i);
            Value value = values.get(i);
            if (state.written.isPresent()) {
                state.written.get().write(value);
            } else {
                ScriptValue replaced = switch (state.kind) {
                    case TENSOR -> new Plain(Argument.OfTensor.of(value));
                    case INTEGER -> new Plain(new Argument.OfSymbolicInteger(value));
                    case SCALAR -> new Plain(new Argument.OfSymbolicScalar(value));
                };
                evaluation.frame().variables.compute(state.variable.orElseThrow(), (name, old) -> {
                    if (old == null) {
                        throw new ModelFormatException("the variable '" + name + "' has no value");
                    }
                    return replace(old, state.path, replaced);
                });
            }
        }
    }

    private static ScriptValue replace(ScriptValue in, List<Integer> path, ScriptValue by) {
        if (path.isEmpty()) {
            return by;
        }
        List<ScriptValue> items = new ArrayList<>(Containers.items(in));
        int index = path.getFirst();
        items.set(index, replace(items.get(index), path.subList(1, path.size()), by));
        return in instanceof TupleValue tuple ? new TupleValue(items, tuple.names()) : ListValue.of(items);
    }

    /** Adds the variables that a statement gives a value. */
    static void collectAssigned(ScriptStatement statement, Set<String> names) {
        switch (statement) {
            case ScriptStatement.Assign assign -> collectTarget(assign.target(), names);
            case ScriptStatement.If branch -> {
                branch.then().forEach(each -> collectAssigned(each, names));
                branch.otherwise().forEach(each -> collectAssigned(each, names));
            }
            case ScriptStatement.For loop -> {
                collectTarget(loop.target(), names);
                loop.body().forEach(each -> collectAssigned(each, names));
            }
            case ScriptStatement.While loop -> loop.body().forEach(each -> collectAssigned(each, names));
            case ScriptStatement.With with -> with.body().forEach(each -> collectAssigned(each, names));
            case ScriptStatement.Return _, ScriptStatement.Evaluate _ -> {}
        }
    }

    private static void collectTarget(Expression target, Set<String> names) {
        switch (target) {
            case Expression.Name(int _, String name) -> names.add(name);
            case Expression.TupleOf(int _, List<Expression> targets) ->
                targets.forEach(each -> collectTarget(each, names));
            default -> {}
        }
    }
}
