package dev.nereid.models.pytorch.export;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nereid.models.ModelFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The keys under which a program gives back its outputs, where it gives back a dict of tensors: part of the description of
 * the tree of its outputs, which is JSON within a text.
 */
final class OutputNames {
    private OutputNames() {}

    /**
     * The keys in their order; empty where the program gives back anything but a dict of so many tensors.
     *
     * @param module the graph module of the program
     */
    static List<String> of(JsonNode module, int outputs) {
        try {
            return ProgramJson.find(module, "module_call_graph")
                    .flatMap(calls -> Optional.ofNullable(calls.get(0)))
                    .flatMap(call -> ProgramJson.find(call, "signature"))
                    .flatMap(signature -> ProgramJson.find(signature, "out_spec"))
                    .map(JsonNode::asText)
                    .map(OutputNames::keys)
                    .filter(keys -> keys.size() == outputs)
                    .orElse(List.of());
        } catch (ModelFormatException e) {
            return List.of();
        }
    }

    /** The text: {@code [version, {"type": "builtins.dict", "context": "[keys]", "children_spec": [...]}]}. */
    private static List<String> keys(String specification) {
        JsonNode tree = ProgramJson.parse("{\"spec\":" + specification + "}", "the description of the outputs")
                .path("spec")
                .path(1);
        boolean leaves = true;
        for (JsonNode child : tree.path("children_spec")) {
            leaves &= child.path("children_spec").isEmpty();
        }
        if (!leaves || !tree.path("type").asText().equals("builtins.dict")) {
            return List.of();
        }
        List<String> keys = new ArrayList<>();
        ProgramJson.parse("{\"keys\":" + tree.path("context").asText() + "}", "the keys of the outputs")
                .path("keys")
                .forEach(key -> keys.add(key.asText()));
        return keys;
    }
}
