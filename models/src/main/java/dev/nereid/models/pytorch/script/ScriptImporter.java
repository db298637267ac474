package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.models.imported.ImportMemory;
import dev.nereid.models.imported.ImportedModel;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.pytorch.archive.PickleValue;
import dev.nereid.models.pytorch.archive.PyTorchArchive;
import dev.nereid.models.pytorch.aten.AtenGraph;
import dev.nereid.models.pytorch.script.ScriptValue.ObjectValue;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Reads TorchScript files: traced, scripted and frozen models. */
public final class ScriptImporter {
    private ScriptImporter() {}

    /** Whether an archive holds TorchScript. */
    public static boolean reads(PyTorchArchive archive) {
        return archive.has("data.pkl") && archive.names().stream().anyMatch(name -> name.startsWith("code/"));
    }

    /**
     * Imports the model of an archive.
     *
     * @param operators what the engine has
     * @param archive of a file that is mapped in {@code memory}
     * @param declared the inputs that a config has, in its order; none to take the types that a traced model was traced with
     * @param inputNames the names of the arguments of {@code forward} to those that the inputs shall have
     * @param outputNames likewise for what it gives back
     * @param memory becomes the model's; the caller closes it when this throws
     * @throws ModelFormatException if it cannot be served; names the operator and the line of the code
     */
    public static ImportedModel load(
            String name,
            OperatorSet operators,
            PyTorchArchive archive,
            List<DeclaredPorts.Input> declared,
            UnaryOperator<List<String>> inputNames,
            UnaryOperator<List<String>> outputNames,
            ImportMemory memory) {
        AtenGraph builder = new AtenGraph(operators, memory);
        Evaluation evaluation = new Evaluation(new ScriptCode(archive), new ModelObjects(archive, builder), builder);
        try {
            ObjectValue model = evaluation.objects.model(evaluation);
            Definition.OfFunction forward =
                    evaluation.code.requireClass(model.className).methods().get("forward");
            if (forward == null) {
                throw new ModelFormatException("the model " + model.className + " has no method 'forward'");
            }
            ScriptInputs inputs =
                    new ScriptInputs(forward, declared, declared.isEmpty() ? tracedTypes(archive) : List.of());
            List<ScriptValue> arguments = new ArrayList<>(List.of(model));
            arguments.addAll(inputs.make(evaluation, inputNames));
            ScriptValue result = evaluation.functions.call(forward, arguments, Map.of());
            evaluation.objects.requireUnchanged();
            List<Value> outputs = ScriptOutputs.make(result, evaluation, outputNames);
            Graph graph = builder.graph(name, outputs);
            return new ImportedModel(graph, List.of(), Map.of(), memory);
        } catch (ModelRaisesException e) {
            throw new ModelFormatException(
                    evaluation.where() + "the model's code raises an exception: " + e.getMessage(), e);
        } catch (StackOverflowError e) {
            // A list that holds itself, or one in one in one: Python has no bound for how deep.
            throw new ModelFormatException(evaluation.where() + "the code nests its lists or calls too deep", e);
        } catch (ModelFormatException e) {
            throw new ModelFormatException(evaluation.where() + e.getMessage(), e);
        }
    }

    /** The types of the tensors that a model was traced with; empty where there are none. */
    private static List<TensorType> tracedTypes(PyTorchArchive archive) {
        List<TensorType> types = new ArrayList<>();
        if (archive.has("traced_inputs.pkl")
                && archive.pickle("traced_inputs.pkl") instanceof PickleValue.OfDict dict) {
            dict.find("forward").ifPresent(inputs -> collectTypes(inputs, types));
        }
        return types;
    }

    private static void collectTypes(PickleValue value, List<TensorType> types) {
        switch (value) {
            case PickleValue.OfTensor tensor -> {
                DataType type = tensor.storage().type().dataType();
                long[] dims = tensor.sizes().stream().mapToLong(Long::longValue).toArray();
                try {
                    types.add(TensorType.of(type, Shape.of(dims)));
                } catch (IllegalArgumentException | ArithmeticException e) {
                    throw new ModelFormatException("the model was traced with a tensor of " + tensor.sizes(), e);
                }
            }
            case PickleValue.OfTuple(List<PickleValue> items) -> items.forEach(each -> collectTypes(each, types));
            case PickleValue.OfList list -> list.items().forEach(each -> collectTypes(each, types));
            default -> {}
        }
    }
}
