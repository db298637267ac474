package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.script.ScriptValue.DictValue;
import dev.nereid.models.pytorch.script.ScriptValue.ListValue;
import dev.nereid.models.pytorch.script.ScriptValue.ObjectValue;
import dev.nereid.models.pytorch.script.ScriptValue.Plain;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs statements. A branch or loop that data decide goes to {@link Branches} and {@link Loops}. */
final class Statements {
    private final Evaluation evaluation;

    Statements(Evaluation evaluation) {
        this.evaluation = evaluation;
    }

    /** Runs a block; what it returns, where it does. */
    Optional<ScriptValue> run(List<ScriptStatement> block) {
        evaluation.descend();
        for (int i = 0; i < block.size(); i++) {
            ScriptStatement statement = block.get(i);
            evaluation.frame().at = statement.at();
            Optional<ScriptValue> returned = statement instanceof ScriptStatement.If branch
                    ? branch(branch, block.subList(i + 1, block.size()))
                    : run(statement);
            if (returned.isPresent()) {
                evaluation.ascend();
                return returned;
            }
            if (statement instanceof ScriptStatement.If branch && mayReturn(branch)) {
                // What follows was run as part of the branch that was taken.
                break;
            }
        }
        evaluation.ascend();
        return Optional.empty();
    }

    private Optional<ScriptValue> run(ScriptStatement statement) {
        switch (statement) {
            case ScriptStatement.Assign assign -> assign(assign.target(), evaluation.expressions.value(assign.value()));
            case ScriptStatement.Evaluate evaluate -> evaluation.expressions.value(evaluate.value());
            case ScriptStatement.Return(int _, Optional<Expression> value) -> {
                return Optional.of(value.map(evaluation.expressions::value).orElse(ScriptValue.none()));
            }
            case ScriptStatement.If branch -> {
                return branch(branch, List.of());
            }
            case ScriptStatement.For loop -> {
                return forLoop(loop);
            }
            case ScriptStatement.While loop -> {
                return whileLoop(loop);
            }
            case ScriptStatement.With with -> {
                return with(with);
            }
        }
        return Optional.empty();
    }

    /** Whether a return is somewhere in a statement's blocks. */
    static boolean mayReturn(ScriptStatement statement) {
        return switch (statement) {
            case ScriptStatement.Return _ -> true;
            case ScriptStatement.If branch ->
                branch.then().stream().anyMatch(Statements::mayReturn)
                        || branch.otherwise().stream().anyMatch(Statements::mayReturn);
            case ScriptStatement.For loop -> loop.body().stream().anyMatch(Statements::mayReturn);
            case ScriptStatement.While loop -> loop.body().stream().anyMatch(Statements::mayReturn);
            case ScriptStatement.With with -> with.body().stream().anyMatch(Statements::mayReturn);
            case ScriptStatement.Assign _, ScriptStatement.Evaluate _ -> false;
        };
    }

    /** @param rest what follows in the block; run at the end of both branches where one of them may return */
    private Optional<ScriptValue> branch(ScriptStatement.If branch, List<ScriptStatement> rest) {
        ScriptValue condition = evaluation.expressions.value(branch.condition());
        List<ScriptStatement> after = mayReturn(branch) ? rest : List.of();
        List<ScriptStatement> then = joined(branch.then(), after);
        List<ScriptStatement> otherwise = joined(branch.otherwise(), after);
        Argument truth = evaluation.numbers.truth(condition);
        return truth instanceof Argument.OfBoolean(boolean value)
                ? run(value ? then : otherwise)
                : new Branches(evaluation).run(truth, then, otherwise);
    }

    private static List<ScriptStatement> joined(List<ScriptStatement> first, List<ScriptStatement> second) {
        if (second.isEmpty()) {
            return first;
        }
        List<ScriptStatement> both = new ArrayList<>(first);
        both.addAll(second);
        return both;
    }

    private Optional<ScriptValue> forLoop(ScriptStatement.For loop) {
        if (loop.iterable() instanceof Expression.Call(int _, Expression.Name name, List<Expression> bounds, var _)
                && name.name().equals("range")) {
            List<Argument> range = bounds.stream()
                    .map(evaluation.expressions::value)
                    .map(evaluation.numbers::integer)
                    .toList();
            return counted(loop, range);
        }
        ScriptValue iterable = evaluation.expressions.value(loop.iterable());
        for (ScriptValue item : List.copyOf(Containers.items(iterable))) {
            assign(loop.target(), item);
            Optional<ScriptValue> returned = run(loop.body());
            if (returned.isPresent()) {
                return returned;
            }
        }
        return Optional.empty();
    }

    private Optional<ScriptValue> counted(ScriptStatement.For loop, List<Argument> range) {
        if (range.isEmpty() || range.size() > 3) {
            throw new ModelFormatException("range is given " + range.size() + " arguments, it takes 1 to 3");
        }
        Argument start = range.size() > 1 ? range.get(0) : Argument.of(0);
        Argument end = range.size() > 1 ? range.get(1) : range.get(0);
        Argument step = range.size() > 2 ? range.get(2) : Argument.of(1);
        if (!(start instanceof Argument.OfInteger(long from)
                && end instanceof Argument.OfInteger(long to)
                && step instanceof Argument.OfInteger(long by))) {
            Argument count = evaluation.numbers.rangeLength(start, end, step);
            new Loops(evaluation).counted(loop, count, start, step);
            return Optional.empty();
        }
        if (by == 0) {
            throw new ModelFormatException("a range has the step 0");
        }
        for (long i = from; by > 0 ? i < to : i > to; i += by) {
            assign(loop.target(), ScriptValue.of(i));
            Optional<ScriptValue> returned = run(loop.body());
            if (returned.isPresent()) {
                return returned;
            }
        }
        return Optional.empty();
    }

    private Optional<ScriptValue> whileLoop(ScriptStatement.While loop) {
        while (true) {
            Argument truth = evaluation.numbers.truth(evaluation.expressions.value(loop.condition()));
            if (!(truth instanceof Argument.OfBoolean(boolean goOn))) {
                new Loops(evaluation).conditional(loop, truth);
                return Optional.empty();
            }
            if (!goOn) {
                return Optional.empty();
            }
            Optional<ScriptValue> returned = run(loop.body());
            if (returned.isPresent()) {
                return returned;
            }
        }
    }

    private Optional<ScriptValue> with(ScriptStatement.With with) {
        ScriptValue context = evaluation.expressions.value(with.context());
        if (context instanceof ObjectValue object) {
            ScriptValue entered = evaluation.functions.method(object, "__enter__", List.of());
            with.target().ifPresent(target -> assign(target, entered));
            Optional<ScriptValue> returned = run(with.body());
            evaluation.functions.method(
                    object, "__exit__", List.of(ScriptValue.none(), ScriptValue.none(), ScriptValue.none()));
            return returned;
        }
        throw new ModelFormatException("'with' takes " + context.kind() + ": expected an object");
    }

    /** Gives a value to a variable, an attribute, an item, or the items of a tuple to several of them. */
    void assign(Expression target, ScriptValue value) {
        switch (target) {
            case Expression.Name(int _, String name) ->
                evaluation.frame().variables.put(name, value);
            case Expression.TupleOf(int _, List<Expression> targets) -> {
                List<ScriptValue> items = Containers.items(value);
                if (items.size() != targets.size()) {
                    throw new ModelFormatException(value.kind() + " is given to " + targets.size() + " variables");
                }
                for (int i = 0; i < items.size(); i++) {
                    assign(targets.get(i), items.get(i));
                }
            }
            case Expression.Member(int _, Expression of, String name) -> {
                if (!(evaluation.expressions.value(of) instanceof ObjectValue object)) {
                    throw new ModelFormatException("'" + name + "' is set in what is no object");
                }
                object.attributes.put(name, value);
            }
            case Expression.Item(int _, Expression of, Expression index) ->
                setItem(evaluation.expressions.value(of), evaluation.expressions.value(index), value);
            default -> throw new ModelFormatException("a value is given to what is no variable");
        }
    }

    private static void setItem(ScriptValue of, ScriptValue index, ScriptValue value) {
        switch (of) {
            case ListValue list
            when index instanceof Plain(Argument.OfInteger(long at)) ->
                list.items.set(Containers.index(at, list.items.size()), value);
            case DictValue dict when index instanceof Plain(Argument key) -> dict.entries.put(key, value);
            default -> throw new ModelFormatException("an item of " + of.kind() + " is set at " + index.kind());
        }
    }
}
