package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.aten.AtenGraph;
import dev.nereid.models.pytorch.script.Builtins.Builtin;
import dev.nereid.models.pytorch.script.ScriptValue.ListValue;
import dev.nereid.models.pytorch.script.ScriptValue.Plain;
import dev.nereid.models.pytorch.script.ScriptValue.TupleValue;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tensors that are made of numbers. */
final class TensorMaking {
    private TensorMaking() {}

    static Map<String, Builtin> all() {
        return Map.of(
                "aten::tensor", TensorMaking::tensor,
                "aten::as_tensor", TensorMaking::tensor,
                "prim::NumToTensor",
                        call -> Optional.of(
                                new Plain(Argument.OfTensor.of(call.numbers().tensor(call.plain(0), DataType.FP64)))));
    }

    private static Optional<ScriptValue> tensor(BuiltinCall call) {
        Optional<DataType> wanted = call.find(1, "dtype").map(TensorBuiltins::dataType);
        AtenGraph graph = call.graph();
        if (call.at(0) instanceof Plain(Argument.OfTensor given)) {
            Value value = given.reference().value();
            return Optional.of(
                    tensor(wanted.map(type -> graph.cast(value, type)).orElse(value)));
        }
        List<Argument> numbers = new ArrayList<>();
        List<Long> shape = new ArrayList<>();
        collect(call.at(0), 0, shape, numbers);
        DataType type = wanted.orElseGet(() -> type(numbers));
        if (numbers.isEmpty()) {
            return Optional.of(tensor(graph.constant(
                    "empty",
                    graph.newTensor(
                            type,
                            dev.nereid.tensor.Shape.of(
                                    shape.stream().mapToLong(Long::longValue).toArray())))));
        }
        List<Value> parts = numbers.stream()
                .map(number -> graph.cast(call.numbers().tensor(number, type), type))
                .toList();
        if (shape.isEmpty()) {
            return Optional.of(tensor(parts.getFirst()));
        }
        Value[] vectors = parts.stream()
                .map(part -> graph.node("Reshape", part, graph.integers(1)))
                .toArray(Value[]::new);
        Value joined =
                vectors.length == 1 ? vectors[0] : graph.node("Concat", OnnxAttributes.integer("axis", 0), vectors);
        Value dims = graph.integers(shape.stream().mapToLong(Long::longValue).toArray());
        return Optional.of(tensor(shape.size() == 1 ? joined : graph.node("Reshape", joined, dims)));
    }

    private static ScriptValue tensor(Value value) {
        return new Plain(Argument.OfTensor.of(value));
    }

    private static DataType type(List<Argument> numbers) {
        boolean truths = !numbers.isEmpty();
        boolean integers = !numbers.isEmpty();
        for (Argument each : numbers) {
            truths &= each instanceof Argument.OfBoolean;
            integers &= Numbers.isInteger(each);
        }
        return truths ? DataType.BOOL : integers ? DataType.INT64 : DataType.FP32;
    }

    /** Adds the numbers of nested lists, and finds out how long the lists are. */
    private static void collect(ScriptValue value, int depth, List<Long> shape, List<Argument> numbers) {
        if (value instanceof ListValue || value instanceof TupleValue) {
            List<ScriptValue> items = Containers.items(value);
            if (shape.size() == depth) {
                shape.add((long) items.size());
            }
            if (shape.get(depth) != items.size()) {
                throw new ModelFormatException("a tensor is made of lists of different lengths");
            }
            items.forEach(item -> collect(item, depth + 1, shape, numbers));
        } else if (value instanceof Plain(Argument number) && Numbers.isNumber(value)) {
            numbers.add(number);
        } else {
            throw new ModelFormatException("a tensor is made of " + value.kind());
        }
    }
}
