package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.pytorch.archive.PickleValue;
import dev.nereid.models.pytorch.archive.PyTorchArchive;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.aten.AtenGraph;
import dev.nereid.models.pytorch.aten.QuantizedSteps;
import dev.nereid.models.pytorch.aten.TensorReference;
import dev.nereid.models.pytorch.script.ScriptValue.DictValue;
import dev.nereid.models.pytorch.script.ScriptValue.ListValue;
import dev.nereid.models.pytorch.script.ScriptValue.ObjectValue;
import dev.nereid.models.pytorch.script.ScriptValue.Plain;
import dev.nereid.models.pytorch.script.ScriptValue.TupleValue;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Values of the archive's pickles as values of the code. A tensor becomes a constant when something first reads it. */
final class ModelObjects {
    private final PyTorchArchive archive;
    private final AtenGraph graph;
    private final IdentityHashMap<PickleValue, ScriptValue> known = new IdentityHashMap<>();
    private final Map<PickleValue.OfTensor, TensorReference> tensors = new HashMap<>();
    private final Map<PickleValue.OfQuantizedTensor, TensorReference> quantized = new HashMap<>();
    /** What they hold in the file. */
    private final Map<PickleValue.OfTensor, Value> constantsOfTensors = new HashMap<>();

    private Optional<List<PickleValue>> constants = Optional.empty();

    ModelObjects(PyTorchArchive archive, AtenGraph graph) {
        this.archive = archive;
        this.graph = graph;
    }

    /** The model: the object in {@code data.pkl}. */
    ObjectValue model(Evaluation evaluation) {
        PickleValue root = archive.pickle("data.pkl");
        if (value(root, "", evaluation) instanceof ObjectValue model) {
            return model;
        }
        throw new ModelFormatException("'data.pkl' holds " + root.kind()
                + ": expected a module; a file of weights is no model, export the model"
                + " with torch.export.save or torch.jit.save");
    }

    /** The constant that the code calls {@code CONSTANTS.cN}. */
    ScriptValue constant(String name, Evaluation evaluation) {
        if (constants.isEmpty()) {
            PickleValue all =
                    archive.has("constants.pkl") ? archive.pickle("constants.pkl") : new PickleValue.OfTuple(List.of());
            constants = Optional.of(all instanceof PickleValue.OfTuple(List<PickleValue> items) ? items : List.of());
        }
        int index = name.matches("c\\d{1,8}") ? Integer.parseInt(name.substring(1)) : -1;
        if (index < 0 || index >= constants.get().size()) {
            throw new ModelFormatException("the archive has no constant '" + name + "' among its "
                    + constants.get().size());
        }
        return value(constants.get().get(index), "CONSTANTS." + name, evaluation);
    }

    /** An attribute of an object; empty where it has none of that name. */
    Optional<ScriptValue> attribute(ObjectValue object, String name, Evaluation evaluation) {
        ScriptValue read = object.attributes.get(name);
        if (read != null) {
            return Optional.of(read);
        }
        Optional<PickleValue> stored = object.stored.flatMap(each -> each.attribute(name));
        if (stored.isPresent()) {
            String path = object.path.isEmpty() ? name : object.path + "." + name;
            ScriptValue value = value(stored.get(), path, evaluation);
            object.attributes.put(name, value);
            return Optional.of(value);
        }
        return Optional.ofNullable(evaluation
                        .code
                        .requireClass(object.className)
                        .constants()
                        .get(name))
                .map(evaluation.expressions::value);
    }

    private ScriptValue value(PickleValue stored, String path, Evaluation evaluation) {
        return switch (stored) {
            case PickleValue.OfNone _ -> ScriptValue.none();
            case PickleValue.OfBoolean(boolean value) -> ScriptValue.of(value);
            case PickleValue.OfInteger(long value) -> ScriptValue.of(value);
            case PickleValue.OfReal(double value) -> ScriptValue.of(value);
            case PickleValue.OfText(String value) -> ScriptValue.of(value);
            case PickleValue.OfDevice(String name) -> new Plain(new Argument.OfPlacement(name));
            case PickleValue.OfTensor tensor -> tensor(tensor, path);
            case PickleValue.OfTuple(List<PickleValue> items) -> TupleValue.of(values(items, path, evaluation));
            case PickleValue.OfEnumeration(String className, PickleValue value) ->
                evaluation.expressions.enumeration(className, value(value, path, evaluation));
            case PickleValue.OfList list -> {
                ScriptValue read = known.get(list);
                if (read == null) {
                    read = ListValue.of(values(list.items(), path, evaluation));
                    known.put(list, read);
                }
                yield read;
            }
            case PickleValue.OfDict dict -> {
                ScriptValue read = known.get(dict);
                if (read == null) {
                    DictValue made = new DictValue();
                    dict.entries().forEach((key, value) -> {
                        if (value(key, path, evaluation) instanceof Plain(Argument plain)) {
                            made.entries.put(plain, value(value, path, evaluation));
                        }
                    });
                    read = made;
                    known.put(dict, read);
                }
                yield read;
            }
            case PickleValue.OfObject object -> {
                ScriptValue read = known.get(object);
                if (read == null) {
                    read = PackedParameters.isPacked(object.className())
                            ? packed(object, path, evaluation)
                            : object(object, path, evaluation);
                }
                yield read;
            }
            case PickleValue.OfQuantizedTensor tensor -> quantized(tensor, path);
            case PickleValue.Storage _, PickleValue.Global _ ->
                throw new ModelFormatException("'" + path + "' is " + stored.kind() + ", which is not supported");
        };
    }

    private List<ScriptValue> values(List<PickleValue> items, String path, Evaluation evaluation) {
        return items.stream().map(item -> value(item, path, evaluation)).toList();
    }

    /** An object whose class has a method for its state is given that; others read their attributes when they need them. */
    private ObjectValue object(PickleValue.OfObject stored, String path, Evaluation evaluation) {
        Optional<Definition.OfFunction> setState = evaluation
                .code
                .find(stored.className())
                .flatMap(each -> each instanceof Definition.OfClass definition
                        ? Optional.ofNullable(definition.methods().get("__setstate__"))
                        : Optional.empty());
        if (setState.isEmpty()) {
            ObjectValue object = new ObjectValue(stored.className(), path, Optional.of(stored));
            known.put(stored, object);
            return object;
        }
        ObjectValue object = new ObjectValue(stored.className(), path, Optional.empty());
        known.put(stored, object);
        ScriptValue state =
                stored.state().map(each -> value(each, path, evaluation)).orElse(ScriptValue.none());
        evaluation.functions.call(setState.get(), List.of(object, state), Map.of());
        return object;
    }

    /**
     * Refuses a model that has written a tensor of its own: nothing would remember it for the next run.
     *
     * @throws ModelFormatException if it has
     */
    void requireUnchanged() {
        constantsOfTensors.forEach((stored, constant) -> {
            TensorReference reference = tensors.get(stored);
            if (reference != null && !reference.value().equals(constant)) {
                throw changed(constant.name());
            }
        });
        known.forEach((stored, value) -> {
            if (stored instanceof PickleValue.OfObject object && value instanceof ObjectValue read) {
                read.attributes.forEach((name, now) -> object.attribute(name).ifPresent(before -> {
                    if (before instanceof PickleValue.OfTensor tensor && !isTensor(now, tensor)) {
                        throw changed(read.path.isEmpty() ? name : read.path + "." + name);
                    }
                }));
            }
        });
    }

    private boolean isTensor(ScriptValue value, PickleValue.OfTensor stored) {
        return value instanceof Plain(Argument.OfTensor(TensorReference reference))
                && reference.equals(tensors.get(stored));
    }

    private static ModelFormatException changed(String name) {
        return new ModelFormatException("the model writes its tensor '" + name
                + "': state is not kept between runs; give it to forward and return it instead");
    }

    private ScriptValue packed(PickleValue.OfObject stored, String path, Evaluation evaluation) {
        ScriptValue state =
                stored.state().map(each -> value(each, path, evaluation)).orElse(ScriptValue.none());
        ScriptValue packed = new PackedParameters(evaluation, path).of(stored.className(), state);
        known.put(stored, packed);
        return packed;
    }

    private ScriptValue quantized(PickleValue.OfQuantizedTensor stored, String path) {
        TensorReference reference = quantized.get(stored);
        if (reference == null) {
            Value steps = graph.constant(path, archive.tensor(stored.integers()));
            Value tensor = switch (stored.quantization()) {
                case PickleValue.Quantization.PerTensor(double scale, long zeroPoint) ->
                    QuantizedSteps.of(graph, scale, zeroPoint, graph.dataType(steps))
                            .tensorOfSteps(steps);
                case PickleValue.Quantization.PerChannel(var scales, var zeroPoints, int axis) ->
                    QuantizedSteps.ofChannels(
                            graph,
                            steps,
                            graph.constant(path + ".scales", archive.tensor(scales)),
                            graph.constant(path + ".zero_points", archive.tensor(zeroPoints)),
                            axis);
            };
            reference = TensorReference.of(tensor);
            quantized.put(stored, reference);
        }
        return new Plain(new Argument.OfTensor(reference));
    }

    private ScriptValue tensor(PickleValue.OfTensor stored, String path) {
        TensorReference reference = tensors.get(stored);
        if (reference == null) {
            Value constant = graph.constant(path, archive.tensor(stored));
            constantsOfTensors.put(stored, constant);
            reference = TensorReference.of(constant);
            tensors.put(stored, reference);
        }
        return new Plain(new Argument.OfTensor(reference));
    }
}
