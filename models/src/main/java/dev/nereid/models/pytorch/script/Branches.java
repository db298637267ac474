package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Value;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.aten.AtenGraph;
import dev.nereid.models.pytorch.aten.TensorReference;
import dev.nereid.models.pytorch.script.ScriptValue.ListValue;
import dev.nereid.models.pytorch.script.ScriptValue.ObjectValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A branch that data decide: both sides are written into graphs of a node If, and what they change differently becomes
 * its outputs. A side that raises an exception is one that no run takes.
 */
final class Branches {
    private final Evaluation evaluation;

    Branches(Evaluation evaluation) {
        this.evaluation = evaluation;
    }

    /**
     * What a side left.
     *
     * @param held what tensors hold that its variables and its result reach, views too
     */
    private record Side(
            AtenGraph graph,
            Optional<ScriptValue> returned,
            Mutables after,
            IdentityHashMap<TensorReference, Value> held) {
        Value value(Argument.OfTensor tensor) {
            return Optional.ofNullable(held.get(tensor.reference()))
                    .orElseGet(() -> tensor.reference().value());
        }
    }

    /** Runs both sides; what they return, where both do. */
    Optional<ScriptValue> run(Argument condition, List<ScriptStatement> then, List<ScriptStatement> otherwise) {
        return run(
                condition,
                () -> evaluation.statements.run(then),
                () -> evaluation.statements.run(otherwise),
                raises(otherwise));
    }

    /** The value of the one or the other expression. */
    ScriptValue choose(Argument condition, Expression whenTrue, Expression otherwise) {
        return run(
                        condition,
                        () -> Optional.of(evaluation.expressions.value(whenTrue)),
                        () -> Optional.of(evaluation.expressions.value(otherwise)),
                        false)
                .orElseThrow();
    }

    /** Whether a block does nothing but raise an exception: then it is tried first. */
    private static boolean raises(List<ScriptStatement> block) {
        return !block.isEmpty()
                && block.getLast() instanceof ScriptStatement.Evaluate(int _, Expression.Call call)
                && call.function() instanceof Expression.Member member
                && member.name().equals("RaiseException");
    }

    private Optional<ScriptValue> run(
            Argument condition,
            Supplier<Optional<ScriptValue>> then,
            Supplier<Optional<ScriptValue>> otherwise,
            boolean otherwiseRaises) {
        Value decides = evaluation.numbers.truthValue(condition);
        Mutables before = Mutables.of(evaluation);
        if (otherwiseRaises) {
            return then.get();
        }
        Optional<Side> first = side(then, before);
        if (first.isEmpty()) {
            return otherwise.get();
        }
        Optional<Side> second = side(otherwise, before);
        return second.isPresent() ? merged(decides, before, first.get(), second.get()) : then.get();
    }

    /** Runs one side in a graph of its own and puts everything back; empty where it raises an exception. */
    private Optional<Side> side(Supplier<Optional<ScriptValue>> code, Mutables before) {
        Evaluation.Depth depth = evaluation.depth();
        int at = evaluation.frame().at;
        AtenGraph graph = evaluation.enterGraph();
        try {
            Optional<ScriptValue> returned = code.get();
            Mutables after = Mutables.of(evaluation);
            IdentityHashMap<TensorReference, Value> held = new IdentityHashMap<>();
            evaluation.frame().variables.values().forEach(value -> hold(value, held));
            returned.ifPresent(value -> hold(value, held));
            after.lists.keySet().forEach(list -> list.items.forEach(value -> hold(value, held)));
            evaluation.leaveGraph();
            before.restore(evaluation);
            evaluation.frame().at = at;
            return Optional.of(new Side(graph, returned, after, held));
        } catch (ModelRaisesException e) {
            evaluation.unwind(depth);
            before.restore(evaluation);
            evaluation.frame().at = at;
            return Optional.empty();
        }
    }

    private static void hold(ScriptValue value, IdentityHashMap<TensorReference, Value> held) {
        switch (value) {
            case ScriptValue.Plain(Argument.OfTensor(TensorReference reference)) ->
                held.put(reference, reference.value());
            case ScriptValue.TupleValue tuple -> tuple.items().forEach(each -> hold(each, held));
            case ListValue list -> list.items.forEach(each -> hold(each, held));
            case ScriptValue.DictValue dict -> dict.entries.values().forEach(each -> hold(each, held));
            default -> {}
        }
    }

    private Optional<ScriptValue> merged(Value decides, Mutables before, Side first, Side second) {
        if (first.returned().isPresent() != second.returned().isPresent()) {
            throw new ModelFormatException("only one side of a branch that data decide returns");
        }
        AtenGraph graph = evaluation.graph();
        Merge merge = new Merge(graph);
        Optional<Supplier<ScriptValue>> returned = first.returned()
                .map(value -> merge.merge(value, second.returned().orElseThrow(), first::value, second::value));
        List<Runnable> effects = new ArrayList<>();
        if (returned.isEmpty()) {
            variables(merge, first, second, effects);
        }
        containers(merge, before, first, second, effects);
        tensors(merge, before, first, second, effects);
        if (!merge.left().isEmpty()) {
            Map<String, Attribute> sides = new HashMap<>();
            sides.put("then_branch", first.graph().subgraph(merge.left()));
            sides.put("else_branch", second.graph().subgraph(merge.right()));
            merge.outputs(
                    graph.nodes("", "If", merge.left().size(), new Attributes(sides), List.of(Optional.of(decides))));
        }
        effects.forEach(Runnable::run);
        return returned.map(Supplier::get);
    }

    /** Variables that have a value after both sides. */
    private void variables(Merge merge, Side first, Side second, List<Runnable> effects) {
        int frame = evaluation.frames().size() - 1;
        Map<String, ScriptValue> variables = evaluation.frame().variables;
        Map<String, ScriptValue> left = first.after().variables.get(frame);
        Map<String, ScriptValue> right = second.after().variables.get(frame);
        left.keySet().stream().filter(right::containsKey).sorted().forEach(name -> {
            ScriptValue one = Optional.ofNullable(left.get(name)).orElseThrow();
            ScriptValue two = Optional.ofNullable(right.get(name)).orElseThrow();
            ScriptValue before = variables.get(name);
            if (!one.equals(before) || !two.equals(before)) {
                Supplier<ScriptValue> merged = merge.merge(one, two, first::value, second::value);
                effects.add(() -> variables.put(name, merged.get()));
            }
        });
    }

    /** Lists and attributes that were there before, and one of the sides has changed. */
    private static void containers(Merge merge, Mutables before, Side first, Side second, List<Runnable> effects) {
        before.lists.forEach((list, items) -> {
            List<ScriptValue> one = first.after().lists.getOrDefault(list, items);
            List<ScriptValue> two = second.after().lists.getOrDefault(list, items);
            if (!one.equals(items) || !two.equals(items)) {
                if (one.size() != two.size()) {
                    throw new ModelFormatException(
                            "data decide in a run whether a list has " + one.size() + " or " + two.size() + " items");
                }
                Supplier<ScriptValue> merged =
                        merge.merge(ListValue.of(one), ListValue.of(two), first::value, second::value);
                effects.add(() -> {
                    list.items.clear();
                    list.items.addAll(Containers.items(merged.get()));
                });
            }
        });
        before.dicts.forEach((dict, entries) -> {
            if (!first.after().dicts.getOrDefault(dict, entries).equals(entries)
                    || !second.after().dicts.getOrDefault(dict, entries).equals(entries)) {
                throw new ModelFormatException("a dict is changed where data decide");
            }
        });
        before.objects.forEach((object, attributes) -> attributes.forEach((name, value) -> {
            ScriptValue one = attribute(first, object, name, value);
            ScriptValue two = attribute(second, object, name, value);
            if (!one.equals(value) || !two.equals(value)) {
                Supplier<ScriptValue> merged = merge.merge(one, two, first::value, second::value);
                effects.add(() -> object.attributes.put(name, merged.get()));
            }
        }));
    }

    private static ScriptValue attribute(Side side, ObjectValue object, String name, ScriptValue before) {
        return Optional.ofNullable(side.after().objects.get(object))
                .map(attributes -> attributes.get(name))
                .orElse(before);
    }

    /** Tensors that one of the sides has written in place. */
    private static void tensors(Merge merge, Mutables before, Side first, Side second, List<Runnable> effects) {
        Function<Map.Entry<TensorReference, Value>, Runnable> write = entry -> {
            TensorReference tensor = entry.getKey();
            Value one = first.after().tensors.getOrDefault(tensor, entry.getValue());
            Value two = second.after().tensors.getOrDefault(tensor, entry.getValue());
            if (one.equals(entry.getValue()) && two.equals(entry.getValue())) {
                return () -> {};
            }
            Supplier<Value> output = merge.output(one, two);
            return () -> tensor.write(output.get());
        };
        before.tensors.entrySet().stream().map(write).forEach(effects::add);
    }
}
