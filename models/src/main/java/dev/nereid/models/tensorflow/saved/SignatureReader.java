package dev.nereid.models.tensorflow.saved;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.imported.ImportMemory;
import dev.nereid.models.tensorflow.graph.NodeOutput;
import dev.nereid.models.tensorflow.graph.TensorflowDataTypes;
import dev.nereid.models.tensorflow.graph.TensorflowGraph;
import dev.nereid.models.tensorflow.graph.TensorflowInput;
import dev.nereid.models.tensorflow.graph.TensorflowNode;
import dev.nereid.models.tensorflow.graph.TensorflowOutput;
import dev.nereid.proto.tensorflow.AttrValue;
import dev.nereid.proto.tensorflow.GraphDef;
import dev.nereid.proto.tensorflow.MetaGraphDef;
import dev.nereid.proto.tensorflow.NodeDef;
import dev.nereid.proto.tensorflow.SignatureDef;
import dev.nereid.proto.tensorflow.TensorInfo;
import dev.nereid.proto.tensorflow.TensorShapeProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Reads the graph of one signature of a SavedModel, and the variables that it needs. */
final class SignatureReader {
    private static final String VARIABLES = "variables";
    private static final String BATCH = "batch";
    private static final Set<String> VARIABLE_OPERATORS = Set.of("VarHandleOp", "VariableV2", "Variable");
    /** How the names of operators begin that change a variable. */
    private static final List<String> ASSIGNMENTS =
            List.of("Assign", "ResourceApply", "ResourceScatter", "Scatter", "Apply");

    /** Operators whose first input is a vector of serialized examples. */
    private static final Set<String> PARSERS = Set.of("ParseExample", "ParseExampleV2");

    private SignatureReader() {}

    /**
     * Reads a signature.
     *
     * @param parameters of a config, which may choose a graph and a signature; those of no meaning here are passed over
     * @param memory takes the variables; outlives the graph
     * @throws ModelFormatException if the model cannot be read, or the signature needs what is not supported
     */
    static TensorflowGraph read(Path folder, Map<String, String> parameters, ImportMemory memory) {
        MetaGraphDef graph = SavedModelFile.graph(folder, parameters);
        SignatureDef signature = SavedModelFile.signature(graph, parameters);
        List<TensorflowInput> inputs = new ArrayList<>();
        Set<NodeOutput> given = new HashSet<>();
        Map<String, DataType> placeholders = placeholders(graph.getGraphDef());
        new TreeMap<>(signature.getInputsMap()).forEach((name, info) -> {
            NodeOutput feeds = place("input", name, info);
            if (!given.add(feeds)) {
                throw new ModelFormatException("input '" + name + "' feeds '" + feeds + "', as another one does");
            }
            TensorType type = type(name, info);
            inputs.add(new TensorflowInput(
                    name, type.withDataType(placeholders.getOrDefault(feeds.node(), type.dataType())), feeds));
        });
        List<String> names = new ArrayList<>();
        List<NodeOutput> wanted = new ArrayList<>();
        new TreeMap<>(signature.getOutputsMap()).forEach((name, info) -> {
            names.add(name);
            wanted.add(place("output", name, info));
        });
        GraphFlattening flattening = new GraphFlattening(graph.getGraphDef());
        GraphFlattening.Flat flat = flattening.flatten(wanted, given);
        flat.nodes().forEach(SignatureReader::requireStateless);
        flattening.functions().values().forEach(each -> each.nodes().forEach(SignatureReader::requireStateless));
        Set<NodeOutput> examples = flat.nodes().stream()
                .filter(node ->
                        PARSERS.contains(node.operator()) && !node.inputs().isEmpty())
                .map(node -> node.inputs().getFirst())
                .collect(Collectors.toSet());
        inputs.replaceAll(input -> examples.contains(input.feeds()) ? vector(input) : input);
        List<TensorflowOutput> outputs = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            outputs.add(new TensorflowOutput(names.get(i), flat.results().get(i)));
        }
        return new TensorflowGraph(
                flat.nodes(), inputs, outputs, variables(folder, graph, flat.nodes(), memory), flattening.functions());
    }

    /** Models of TensorFlow 1 give no shape for their serialized examples, of which a request has any number. */
    private static TensorflowInput vector(TensorflowInput input) {
        return input.type().hasRank()
                ? input
                : new TensorflowInput(
                        input.name(),
                        TensorType.of(input.type().dataType(), List.of(Dim.symbol(BATCH))),
                        input.feeds());
    }

    /** The types of Placeholders: TensorFlow takes an input as its node has it, whatever the signature says. */
    private static Map<String, DataType> placeholders(GraphDef graph) {
        Map<String, DataType> types = new HashMap<>();
        for (NodeDef node : graph.getNodeList()) {
            AttrValue type = node.getAttrMap().get("dtype");
            if (node.getOp().startsWith("Placeholder") && type != null) {
                TensorflowDataTypes.find(type.getType()).ifPresent(each -> types.put(node.getName(), each));
            }
        }
        return types;
    }

    private static Map<String, Tensor> variables(
            Path folder, MetaGraphDef graph, List<TensorflowNode> nodes, ImportMemory memory) {
        List<TensorflowNode> variables = nodes.stream()
                .filter(node -> VARIABLE_OPERATORS.contains(node.operator()))
                .toList();
        if (variables.isEmpty()) {
            return Map.of();
        }
        Map<String, RestoredVariables.Place> places = RestoredVariables.of(graph);
        VariableBundle bundle = VariableBundle.open(folder.resolve(VARIABLES), memory);
        Map<String, Tensor> tensors = new HashMap<>();
        for (TensorflowNode variable : variables) {
            RestoredVariables.Place place = places.get(variable.name());
            if (place == null || place.tensor().isEmpty()) {
                throw variable.wrong("no tensor of the checkpoint is restored into it");
            }
            tensors.put(variable.name(), bundle.tensor(place.tensor(), place.slice()));
        }
        return tensors;
    }

    private static void requireStateless(TensorflowNode node) {
        if (ASSIGNMENTS.stream().anyMatch(node.operator()::startsWith)) {
            throw node.wrong("the signature changes a variable: models with a state are not supported");
        }
    }

    private static NodeOutput place(String kind, String name, TensorInfo info) {
        if (info.getName().isEmpty()) {
            throw new ModelFormatException(
                    kind + " '" + name + "' is a sparse or composite tensor: expected a dense one");
        }
        return NodeOutput.parse(info.getName());
    }

    private static TensorType type(String name, TensorInfo info) {
        DataType type;
        try {
            type = TensorflowDataTypes.of(info.getDtype());
        } catch (ModelFormatException e) {
            throw new ModelFormatException("input '" + name + "': " + e.getMessage(), e);
        }
        TensorShapeProto shape = info.getTensorShape();
        if (!info.hasTensorShape() || shape.getUnknownRank()) {
            return TensorType.ofUnknownRank(type);
        }
        List<Dim> dims = new ArrayList<>();
        for (TensorShapeProto.Dim dim : shape.getDimList()) {
            if (dim.getSize() < -1) {
                throw new ModelFormatException("input '" + name + "' has a dim of " + dim.getSize());
            }
            dims.add(
                    dim.getSize() >= 0
                            ? Dim.of(dim.getSize())
                            : Dim.symbol(dims.isEmpty() ? BATCH : name + "_" + dims.size()));
        }
        return TensorType.of(type, dims);
    }
}
