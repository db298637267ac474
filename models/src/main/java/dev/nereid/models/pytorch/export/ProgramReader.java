package dev.nereid.models.pytorch.export;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.pytorch.export.ExportedProgram.Input;
import dev.nereid.models.pytorch.export.ExportedProgram.Output;
import dev.nereid.models.pytorch.export.ExportedProgram.Range;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads the JSON of an exported program. Members that are not known are passed over, as later versions add some. */
final class ProgramReader {
    /** The one that every release since torch 2.4 writes. */
    private static final Map<Long, String> SCHEMAS = Map.of(8L, "torch 2.6", 7L, "torch 2.5");

    private static final int MOST_NODES = 500_000;

    private ProgramReader() {}

    /**
     * The program.
     *
     * @throws ModelFormatException if the text is not one, or of a version that is not known; says where it is wrong
     */
    static ExportedProgram read(byte[] text) {
        JsonNode root = ProgramJson.parse(text, "the exported program");
        requireKnownVersion(root);
        JsonNode module = ProgramJson.member(root, "graph_module");
        JsonNode signature = ProgramJson.member(module, "signature");
        ExportedGraph graph = graph(ProgramJson.member(module, "graph"));
        List<Input> inputs = ProgramJson.list(ProgramJson.member(signature, "input_specs"), ProgramReader::input);
        List<Output> outputs = ProgramJson.list(ProgramJson.member(signature, "output_specs"), ProgramReader::output);
        if (inputs.size() != graph.inputs().size()
                || outputs.size() != graph.outputs().size()) {
            throw new ModelFormatException("the graph has " + graph.inputs().size() + " inputs and "
                    + graph.outputs().size() + " outputs, its signature " + inputs.size() + " and " + outputs.size());
        }
        long users = outputs.stream().filter(Output::isUsers).count();
        return new ExportedProgram(
                graph, inputs, outputs, ranges(root), OutputNames.of(module, (int) users), opsets(root));
    }

    private static void requireKnownVersion(JsonNode root) {
        long major = ProgramJson.integer(ProgramJson.member(ProgramJson.member(root, "schema_version"), "major"));
        if (!SCHEMAS.containsKey(major)) {
            throw new ModelFormatException("the exported program is of schema version " + major
                    + ": expected 7 or 8; export it again with torch 2.5 or later");
        }
    }

    /** A graph, of the program or nested in an argument. */
    static ExportedGraph graph(JsonNode node) {
        JsonNode nodes = ProgramJson.member(node, "nodes");
        if (nodes.size() > MOST_NODES) {
            throw new ModelFormatException("the graph has " + nodes.size() + " nodes: expected at most " + MOST_NODES);
        }
        Map<String, TensorType> tensors = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry :
                ProgramJson.member(node, "tensor_values").properties()) {
            tensors.put(entry.getKey(), about("tensor '" + entry.getKey() + "'", () -> tensor(entry.getValue())));
        }
        return new ExportedGraph(
                ArgumentReader.list(node, "inputs"),
                ArgumentReader.list(node, "outputs"),
                ProgramJson.list(nodes, ProgramReader::node),
                tensors);
    }

    /** In some versions the description is one level deeper. */
    private static TensorType tensor(JsonNode node) {
        return ExportedTypes.tensor(ProgramJson.find(node, "meta").orElse(node));
    }

    private static ExportedGraph.Node node(JsonNode node) {
        String target = ProgramJson.text(node, "target");
        return about(
                "node '" + target + "'",
                () -> new ExportedGraph.Node(
                        target,
                        ProgramJson.list(ProgramJson.member(node, "inputs"), ProgramReader::parameter),
                        ArgumentReader.list(node, "outputs"),
                        ProgramJson.find(node, "metadata")
                                .flatMap(metadata -> ProgramJson.find(metadata, "stack_trace"))
                                .map(JsonNode::asText)));
    }

    private static ExportedGraph.Parameter parameter(JsonNode node) {
        return new ExportedGraph.Parameter(
                ProgramJson.find(node, "name").map(JsonNode::asText).orElse(""),
                ArgumentReader.read(ProgramJson.member(node, "arg")));
    }

    private static Input input(JsonNode node) {
        Map.Entry<String, JsonNode> kind = ProgramJson.union(node);
        JsonNode spec = kind.getValue();
        return switch (kind.getKey()) {
            case "user_input" -> new Input.OfUser(ArgumentReader.read(ProgramJson.member(spec, "arg")));
            case "parameter" -> ofFile(spec, "parameter_name", "parameter");
            case "buffer" -> ofFile(spec, "buffer_name", "buffer");
            case "tensor_constant" -> ofFile(spec, "tensor_constant_name", "constant");
            case "constant_input" -> new Input.Fixed();
            default -> new Input.Other(kind.getKey());
        };
    }

    private static Input ofFile(JsonNode spec, String key, String kind) {
        return new Input.OfFile(
                ProgramJson.text(ProgramJson.member(spec, "arg"), "name"), ProgramJson.text(spec, key), kind);
    }

    private static Output output(JsonNode node) {
        Map.Entry<String, JsonNode> kind = ProgramJson.union(node);
        JsonNode spec = kind.getValue();
        JsonNode argument = ProgramJson.member(spec, "arg");
        Optional<String> target = Optional.<JsonNode>empty()
                .or(() -> ProgramJson.find(spec, "buffer_name"))
                .or(() -> ProgramJson.find(spec, "user_input_name"))
                .or(() -> ProgramJson.find(spec, "parameter_name"))
                .map(JsonNode::asText);
        // All but the user's own name a tensor without saying so.
        ExportedArgument value = argument.has("name")
                ? new ExportedArgument.Named(ProgramJson.text(argument, "name"))
                : ArgumentReader.read(argument);
        return new Output(kind.getKey(), value, target);
    }

    private static Map<String, Range> ranges(JsonNode root) {
        Map<String, Range> ranges = new HashMap<>();
        ProgramJson.find(root, "range_constraints")
                .ifPresent(node -> node.properties()
                        .forEach(entry -> ranges.put(
                                entry.getKey(),
                                new Range(bound(entry.getValue(), "min_val"), bound(entry.getValue(), "max_val")))));
        return ranges;
    }

    private static OptionalLong bound(JsonNode range, String name) {
        Optional<JsonNode> node = ProgramJson.find(range, name).filter(JsonNode::canConvertToLong);
        return node.isPresent() ? OptionalLong.of(node.get().longValue()) : OptionalLong.empty();
    }

    private static Map<String, Integer> opsets(JsonNode root) {
        Map<String, Integer> opsets = new HashMap<>();
        ProgramJson.find(root, "opset_version")
                .ifPresent(node -> node.properties()
                        .forEach(entry ->
                                opsets.put(entry.getKey(), entry.getValue().asInt())));
        return opsets;
    }

    private interface Part<T> {
        T read();
    }

    private static <T> T about(String what, Part<T> part) {
        try {
            return part.read();
        } catch (ModelFormatException e) {
            throw new ModelFormatException(what + ": " + e.getMessage(), e);
        }
    }
}
