package dev.nereid.models.pytorch.script;

import dev.nereid.models.graph.Value;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.aten.AtenGraph;
import dev.nereid.models.pytorch.script.ScriptValue.DictValue;
import dev.nereid.models.pytorch.script.ScriptValue.ListValue;
import dev.nereid.models.pytorch.script.ScriptValue.Plain;
import dev.nereid.models.pytorch.script.ScriptValue.TupleValue;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Two values that a variable may have, after the one or the other branch, as one. What differs becomes an output of the
 * node If; the merged value can be had when that node is made.
 */
final class Merge {
    private final AtenGraph graph;
    private final List<Value> left = new ArrayList<>();
    private final List<Value> right = new ArrayList<>();
    private List<Value> outputs = List.of();

    Merge(AtenGraph graph) {
        this.graph = graph;
    }

    /** What the first branch gives. */
    List<Value> left() {
        return left;
    }

    /** What the second branch gives. */
    List<Value> right() {
        return right;
    }

    void outputs(List<Value> made) {
        this.outputs = made;
    }

    /** An output that is one value or the other. */
    Supplier<Value> output(Value first, Value second) {
        if (first.equals(second)) {
            return () -> first;
        }
        int index = left.size();
        left.add(first);
        right.add(second);
        return () -> outputs.get(index);
    }

    /**
     * One value for both.
     *
     * @param firstTensors what a tensor holds after the first branch
     */
    Supplier<ScriptValue> merge(
            ScriptValue first,
            ScriptValue second,
            Function<Argument.OfTensor, Value> firstTensors,
            Function<Argument.OfTensor, Value> secondTensors) {
        if (first.equals(second)) {
            return () -> first;
        }
        if (first instanceof Plain(Argument.OfTensor a) && second instanceof Plain(Argument.OfTensor b)) {
            Supplier<Value> output = output(firstTensors.apply(a), secondTensors.apply(b));
            return () -> new Plain(Argument.OfTensor.of(output.get()));
        }
        if (first instanceof Plain(Argument a) && second instanceof Plain(Argument b)) {
            return plain(a, b).orElse(() -> unset(first, second));
        }
        if (first instanceof TupleValue a
                && second instanceof TupleValue b
                && a.items().size() == b.items().size()) {
            List<Supplier<ScriptValue>> items = items(a.items(), b.items(), firstTensors, secondTensors);
            return () -> new TupleValue(items.stream().map(Supplier::get).toList(), a.names());
        }
        if (first instanceof ListValue a && second instanceof ListValue b && a.items.size() == b.items.size()) {
            List<Supplier<ScriptValue>> items = items(a.items, b.items, firstTensors, secondTensors);
            return () -> ListValue.of(items.stream().map(Supplier::get).toList());
        }
        if (first instanceof DictValue a
                && second instanceof DictValue b
                && a.entries.keySet().equals(b.entries.keySet())) {
            List<Argument> keys = List.copyOf(a.entries.keySet());
            List<Supplier<ScriptValue>> items = new ArrayList<>();
            for (Argument key : keys) {
                items.add(merge(
                        Containers.item(a, new Plain(key)),
                        Containers.item(b, new Plain(key)),
                        firstTensors,
                        secondTensors));
            }
            return () -> {
                DictValue merged = new DictValue();
                for (int i = 0; i < keys.size(); i++) {
                    merged.entries.put(keys.get(i), items.get(i).get());
                }
                return merged;
            };
        }
        return () -> unset(first, second);
    }

    private List<Supplier<ScriptValue>> items(
            List<ScriptValue> first,
            List<ScriptValue> second,
            Function<Argument.OfTensor, Value> firstTensors,
            Function<Argument.OfTensor, Value> secondTensors) {
        List<Supplier<ScriptValue>> items = new ArrayList<>();
        for (int i = 0; i < first.size(); i++) {
            items.add(merge(first.get(i), second.get(i), firstTensors, secondTensors));
        }
        return items;
    }

    private static ScriptValue unset(ScriptValue first, ScriptValue second) {
        return new ScriptValue.Unset("data decide in a run whether it is " + first.kind() + " or " + second.kind());
    }

    private Optional<Supplier<ScriptValue>> plain(Argument first, Argument second) {
        boolean truths = isTruth(first) && isTruth(second);
        if (!truths && Numbers.isInteger(first) && Numbers.isInteger(second)) {
            Supplier<Value> output = output(graph.integer(first), graph.integer(second));
            return Optional.of(() -> new Plain(graph.integerArgument(output.get())));
        }
        Optional<Value> a = scalar(first, truths ? DataType.BOOL : DataType.FP64);
        Optional<Value> b = scalar(second, truths ? DataType.BOOL : DataType.FP64);
        if (a.isEmpty() || b.isEmpty()) {
            return Optional.empty();
        }
        Supplier<Value> output = output(a.get(), b.get());
        return Optional.of(() -> new Plain(new Argument.OfSymbolicScalar(output.get())));
    }

    private boolean isTruth(Argument argument) {
        return argument instanceof Argument.OfBoolean
                || (argument instanceof Argument.OfSymbolicScalar(Value value)
                        && graph.dataType(value) == DataType.BOOL);
    }

    /** The scalar of a type, where it needs no node. */
    private Optional<Value> scalar(Argument argument, DataType type) {
        return switch (argument) {
            case Argument.OfReal(double value) when type == DataType.FP64 -> Optional.of(graph.scalar(value, type));
            case Argument.OfBoolean(boolean value)
            when type == DataType.BOOL -> Optional.of(graph.scalar(value ? 1L : 0L, type));
            case Argument.OfSymbolicScalar(Value value) when graph.dataType(value) == type -> Optional.of(value);
            default -> Optional.empty();
        };
    }
}
