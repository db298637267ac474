package dev.nereid.models.pytorch.export;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.export.ExportedArgument.Literal;
import dev.nereid.models.pytorch.export.ExportedArgument.Named;
import dev.nereid.models.pytorch.export.ExportedArgument.Nested;
import dev.nereid.models.pytorch.export.ExportedArgument.Several;
import dev.nereid.models.pytorch.export.ExportedArgument.Unusable;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Reads arguments: objects whose one member says what kind they are of. */
final class ArgumentReader {
    private static final Map<String, Function<JsonNode, ExportedArgument>> KINDS = Map.ofEntries(
            Map.entry("as_none", _ -> new Literal(Argument.none())),
            Map.entry("as_tensor", ArgumentReader::named),
            Map.entry("as_tensors", node -> several(node, ArgumentReader::named)),
            Map.entry("as_nested_tensors", node -> several(node, each -> several(each, ArgumentReader::named))),
            Map.entry("as_optional_tensors", node -> several(node, ArgumentReader::read)),
            Map.entry("as_optional_tensor", ArgumentReader::read),
            Map.entry("as_int", node -> new Literal(Argument.of(ProgramJson.integer(node)))),
            Map.entry("as_ints", node -> several(node, ArgumentReader::integer)),
            Map.entry("as_int_lists", node -> several(node, each -> several(each, ArgumentReader::integer))),
            Map.entry("as_float", node -> new Literal(Argument.of(ProgramJson.real(node)))),
            Map.entry("as_floats", node -> several(node, each -> new Literal(Argument.of(ProgramJson.real(each))))),
            Map.entry("as_bool", node -> new Literal(Argument.of(ProgramJson.truth(node)))),
            Map.entry("as_bools", node -> several(node, each -> new Literal(Argument.of(ProgramJson.truth(each))))),
            Map.entry("as_string", ArgumentReader::text),
            Map.entry("as_strings", node -> several(node, ArgumentReader::text)),
            Map.entry("as_sym_int", ArgumentReader::read),
            Map.entry("as_sym_ints", node -> several(node, ArgumentReader::read)),
            Map.entry("as_sym_float", ArgumentReader::read),
            Map.entry("as_sym_floats", node -> several(node, ArgumentReader::read)),
            Map.entry("as_sym_bool", ArgumentReader::read),
            Map.entry("as_sym_bools", node -> several(node, ArgumentReader::read)),
            Map.entry("as_name", node -> new Named(node.asText())),
            Map.entry("as_scalar_type", node -> new Literal(new Argument.OfDataType(ExportedTypes.dataType(node)))),
            Map.entry("as_memory_format", node -> new Literal(new Argument.OfPlacement("memory format " + node))),
            Map.entry("as_layout", node -> new Literal(new Argument.OfPlacement("layout " + node))),
            Map.entry("as_device", ArgumentReader::device),
            Map.entry("as_graph", ArgumentReader::nested),
            Map.entry("as_operator", ArgumentReader::text));

    private ArgumentReader() {}

    static ExportedArgument read(JsonNode node) {
        Map.Entry<String, JsonNode> kind = ProgramJson.union(node);
        return KINDS.getOrDefault(kind.getKey(), _ -> new Unusable(kind.getKey()))
                .apply(kind.getValue());
    }

    private static ExportedArgument several(JsonNode node, Function<JsonNode, ExportedArgument> read) {
        return new Several(ProgramJson.list(node, read));
    }

    private static ExportedArgument named(JsonNode node) {
        return new Named(ProgramJson.text(node, "name"));
    }

    private static ExportedArgument integer(JsonNode node) {
        return new Literal(Argument.of(ProgramJson.integer(node)));
    }

    private static ExportedArgument text(JsonNode node) {
        return new Literal(new Argument.OfText(node.asText()));
    }

    private static ExportedArgument device(JsonNode node) {
        return new Literal(new Argument.OfPlacement("device " + ProgramJson.text(node, "type")));
    }

    private static ExportedArgument nested(JsonNode node) {
        return new Nested(ProgramJson.text(node, "name"), ProgramReader.graph(ProgramJson.member(node, "graph")));
    }

    /** Names of tensors or numbers that a list of outputs makes. */
    static List<ExportedArgument> list(JsonNode object, String name) {
        return ProgramJson.list(ProgramJson.member(object, name), ArgumentReader::read);
    }
}
